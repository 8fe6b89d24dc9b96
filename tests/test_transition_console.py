"""`classbook new-year`: whose command it is, what it tells, and that it is the same commands as anybody's."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rules.movement_transition import FINDING_NAMES, STEP_NAMES, TransitionFindingKind
from server.demo import Demo

from .transition_help import AUGUST, STEPS, Summer, new_year, summer


@pytest.fixture
async def here(
    cluster: str, demo_template: tuple[str, Demo], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Summer]:
    """A school at the end of August, and the command line pointed at it."""
    async with summer(cluster, demo_template) as here:
        monkeypatch.setenv("DATABASE_URL", here.school.url)
        monkeypatch.setenv("CLASSBOOK_DATA", str(tmp_path))
        monkeypatch.setenv("CLASSBOOK_NOW", AUGUST.isoformat())
        yield here


async def test_the_command_goes_the_whole_way(here: Summer) -> None:
    for login, more, message in (
        ("deputy", (), "Переход на новый учебный год выполняет администратор системы."),
        ("nobody", (), "Такого логина нет."),
        ("administrator", ("--school", "99"), "Нет школы с кодом «99»."),
        ("administrator", ("--take-back",), "Переход на новый учебный год не начат."),
    ):
        refused = await new_year(*more, login=login)
        assert (refused.exit_code, refused.output.strip()) == (1, message)
    assert (await new_year("--take-back", "--open")).exit_code == 2
    assert await here.db.fetchval("SELECT count(*) FROM year_transition") == 0

    first = await new_year()
    assert first.exit_code == 0, first.output
    before, _, after = first.output.partition("В черновике нового года")
    named = await here.classes("2025/2026", "2026-08-28")
    for name, of in named.items():
        assert of["students"] == [] or name in before
        assert all(student["name"] in " ".join(before.split()) for student in of["students"][:1])
    assert all(f"{name}: " in before for name in STEP_NAMES.values())
    assert FINDING_NAMES[TransitionFindingKind.CLASS_WITHOUT_LEADER] in after
    assert FINDING_NAMES[TransitionFindingKind.STUDENT_WITHOUT_ORDER] not in after, "told once"
    assert re.search(r"О[ОШ]-\d на 20\d\d-\d\d-\d\d", " ".join(before.split())), "which form is open"
    found = await here.findings()
    waits = sum(found[kind] for kind in ("DRAFT_ORDER", "OPEN_FORM", "CLASS_WITHOUT_PLAN", "SUBJECT_WITHOUT_TEACHER"))
    assert f"Черновик 2026/2027 готов. Открыть его пока мешает: {found.total() - waits}." in after

    refused = await new_year("--open")
    assert refused.exit_code == 1
    assert "Новый год открыть нельзя." in refused.output
    assert not any(f"{name}: " in refused.output for name in STEP_NAMES.values()), "no step is taken twice"

    await here.orders()
    await here.leaders()
    ready = await new_year()
    assert (ready.exit_code, "Открыть его можно с --open." in ready.output) == (0, True)
    opened = await new_year("--open")
    assert opened.exit_code == 0, opened.output
    assert "Учебный год 2026/2027 открыт, 2025/2026 закрыт: " in opened.output

    again = await new_year("--open")
    assert (again.exit_code, again.output.strip()) == (0, "Учебный год 2026/2027 уже открыт.")

    entries = await here.db.fetch(
        "SELECT command || ' ' || outcome AS entry FROM audit_entry JOIN account ON account.id = account_id "
        "WHERE login = 'administrator' AND command LIKE '%Transition%' OR command = 'openYear'"
    )
    assert Counter(row["entry"] for row in entries) == {
        "beginTransition done": 1,
        "runTransitionStep done": len(STEPS),
        "openYear YEAR_NOT_READY": 1,
        "openYear done": 1,
    }
    sessions = await here.db.fetch("SELECT ended_at FROM session WHERE device = 'classbook'")
    assert sessions
    assert all(row["ended_at"] for row in sessions)


async def test_the_command_takes_back(here: Summer) -> None:
    before = await here.everything()
    assert (await new_year()).exit_code == 0
    assert await here.everything() != before
    done = await new_year("--take-back")
    assert (done.exit_code, done.output.strip()) == (0, "Переход с 2025/2026 учебного года отменён, черновик удалён.")
    assert await here.everything() == before
