"""An import costs by the sheet's lessons: neither by how many marks stand there, nor by how many are refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from resolvers.database import Transaction
from server.demo import Demo

from .outage_help import Desk, opened
from .test_outage import DAY, Sheet

PREVIEW = """query($file: ID!) { outageSheetPreview(fileId: $file) { writes conflicts cells { conflict } } }"""


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school that had no access for two weeks."""
    async with opened(cluster, demo_template) as desk:
        await desk.db.execute("DELETE FROM outage")
        given = {"startedAt": f"{DAY}T06:00:00", "endedAt": f"{DAY}T07:00:00", "reason": "Обрыв линии"}
        await desk.done("declareOutage", given)
        await desk.db.execute("UPDATE outage SET starts_on = '2026-05-06'")
        yield desk


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which statements commands have sent."""
    sent: list[str] = []
    fetch, execute = Transaction.fetch, Transaction.execute

    async def fetched(self: Transaction, executable: Any, **parameters: Any) -> list[Any]:
        sent.append(str(executable))
        return await fetch(self, executable, **parameters)

    async def executed(self: Transaction, executable: Any, **parameters: Any) -> None:
        sent.append(str(executable))
        await execute(self, executable, **parameters)

    monkeypatch.setattr(Transaction, "fetch", fetched)
    monkeypatch.setattr(Transaction, "execute", executed)
    return sent


async def sheets(desk: Desk, lessons: int) -> list[Sheet]:
    """The sheets of so many new lessons, a day each, in one blank."""
    made = [await desk.lesson("5А", "Биол.", days=-days) for days in range(lessons)]
    class_id = await desk.class_of(made[0].group_id)
    book = await desk.blank(class_id, made[-1].date.isoformat(), made[0].date.isoformat())
    return [Sheet(book, lesson) for lesson in made]


async def test_as_many_statements_for_one_mark_as_for_all(desk: Desk, statements: list[str]) -> None:
    sent = []
    for most in (1, 100):
        of = await sheets(desk, 9)
        for sheet in of:
            for row, _ in list(enumerate(sheet.lesson.students))[:most]:
                sheet.put(row, "mark:new0", "5")
            sheet.put("roll", "attendance", "+")
            sheet.write("topic", "Корень")
        file = await desk.upload(of[0].book.saved())
        statements.clear()
        done = await desk.bring(file, DAY)
        assert done["written"] == sum(min(most, len(sheet.lesson.students)) + 2 for sheet in of)
        sent.append(len(statements))
    assert sent[0] == sent[1]
    assert sent[0] < 60 * 9


async def test_as_many_statements_for_one_refusal_as_for_all(desk: Desk, statements: list[str]) -> None:
    """A class that has changed since its blank was printed: each cell is told of, none is tried by itself."""
    sent = []
    for strangers in (1, 6):
        (sheet,) = await sheets(desk, 1)
        for row, stranger in enumerate(sheet.lesson.strangers[:strangers]):
            cell = sheet.put(row, "mark:new0", "5")
            sheet.put(row, "attendance", "Н")
            sheet.book.fill(sheet.name, f"A{cell.strip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}", str(stranger))
        file = await desk.upload(sheet.book.saved())
        statements.clear()
        seen = (await desk.school.data(PREVIEW, {"file": file}, as_="deputy"))["outageSheetPreview"]
        sent.append(len(statements))
        assert (seen["writes"], seen["conflicts"]) == (0, 2 * strangers)
        assert {each["conflict"] for each in seen["cells"]} == {"NOT_IN_GROUP"}
    assert sent[0] == sent[1]
