"""A sheet that comes back to a journal in which something stands already: each cell against a plain model of it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from rules.journal import ATTENDANCE_LETTERS, MARK_VALUES, AttendanceCode
from server.demo import Demo

from .journal_help import Lesson, gid, number_of
from .outage_help import Book, Desk
from .test_outage_random import EXCUSED, MEMBERS, RECORDS, SEEDS, opened_hardened, read_back

Cell = tuple[str, str]
Absence = tuple[str, int | None]


@pytest.fixture(scope="module")
async def desk(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    async with opened_hardened(cluster, hardened_template) as desk:
        yield desk


@dataclass
class Work:
    """A task with its marks. named: whose it is, if not everybody's."""

    number: int
    kind: str
    named: frozenset[int]
    marks: dict[int, str]


@dataclass
class Stands:
    """What the journal has at a lesson."""

    topic: str | None = None
    homework: list[str] = field(default_factory=list)
    called: bool = False
    absent: dict[int, Absence] = field(default_factory=dict)
    tasks: list[Work] = field(default_factory=list)

    def shown(self, lesson: int) -> dict[str, Any]:
        """As GraphQL tells it."""
        return {
            "id": gid("LessonRecord", lesson),
            "topic": self.topic,
            "material": None,
            "called": self.called,
            "homework": self.homework,
            "absent": self.absent,
            "tasks": [(each.kind, each.marks) for each in self.tasks],
        }


class Scene:
    """A lesson, what stands there, and the sheet; every cell that is filled says what must become of it.

    there: who gets marks; members: those of them whose absence no document explains. against: cells that stand against
    the import, each with its code; write and same: how many others there are of both.
    """

    def __init__(self, desk: Desk, rng: Random, lesson: Lesson, there: Sequence[int], kinds: Sequence[Any]) -> None:
        self.desk, self.rng, self.lesson, self.there, self.kinds = desk, rng, lesson, there, kinds
        self.members: Sequence[int] = there
        self.stands = Stands()
        self.against: dict[Cell, str] = {}
        self.write = self.same = 0

    async def live(self) -> None:
        """Something happens at the lesson, by hand."""
        rng, stands = self.rng, self.stands
        if rng.random() < 0.5:
            stands.topic = f"Тема {rng.randrange(3)}"
            await self.desk.done("recordLesson", {"lessonId": self.lesson.gid, "topic": stands.topic})
        if rng.random() < 0.4:
            stands.homework.append(f"§ {rng.randrange(3)}")
            await self.desk.done("assignHomework", {"lessonId": self.lesson.gid, "text": stands.homework[-1]})
        if rng.random() < 0.4:
            stands.absent = {each: self.absence() for each in self.some(0.2)}
            stands.called = True
            absent = [
                {"studentId": gid("Student", each), "code": code.upper(), **({"minutesLate": late} if late else {})}
                for each, (code, late) in stands.absent.items()
            ]
            await self.desk.done("takeRollCall", {"lessonId": self.lesson.gid, "absent": absent})
        for task in stands.tasks:
            new = {each: rng.choice(MARK_VALUES) for each in self.some(0.3) if not task.named or each in task.named}
            entries = [
                {"taskId": gid("Task", task.number), "studentId": gid("Student", each), "value": value}
                for each, value in new.items()
            ]
            if entries:
                await self.desk.done("setMarks", {"entries": entries})
                task.marks |= new

    async def give_tasks(self) -> None:
        """Tasks that the blank will show: for all, or for some."""
        for _ in range(self.rng.choice((0, 1, 2))):
            kind = self.rng.choice(self.kinds)
            named = frozenset(self.some(0.5)) if self.rng.random() < 0.3 else frozenset()
            given = {"lessonId": self.lesson.gid, "workTypeId": gid("WorkType", kind["id"])}
            if named:
                given["studentIds"] = [gid("Student", each) for each in sorted(named)]
            made = await self.desk.done("addTask", given)
            self.stands.tasks.append(Work(number_of(made["task"]["id"]), kind["short_name"], named, {}))

    def absence(self) -> Absence:
        code = self.rng.choice(list(AttendanceCode))
        return code.value, self.rng.choice((None, 5)) if code is AttendanceCode.LATE else None

    def some(self, part: float) -> list[int]:
        return [each for each in self.members if self.rng.random() < part]

    def tell(self, cell: Cell, code: str | None, *, same: bool = False) -> None:
        """What becomes of a cell."""
        if code:
            self.against[cell] = code
        elif same:
            self.same += 1
        else:
            self.write += 1

    def fill(self, book: Book, printed: str | None) -> dict[Cell, Any]:
        """Fill the sheet in. Gives what each conflict of two values would put into `stands`, once it is decided so."""
        (sheet,) = (n for n in book.journals() if f"attendance:{self.lesson.id}" in book.values(n).values())
        places = book.places(sheet)
        taken: dict[Cell, Any] = {}
        self._texts(book, printed, taken)
        rows = [int(row) for row, column in places if column == f"attendance:{self.lesson.id}" and row.isdigit()]
        self._roll(book, sheet, rows, taken)
        for task in self.stands.tasks:
            self._column(book, sheet, f"{task.number}", task, rows, taken)
        new = Work(0, self.kinds[0]["short_name"], frozenset(), {})
        self._column(book, sheet, "new0", new, rows, taken)
        if new.marks:
            self.stands.tasks.append(new)
        return taken

    def _texts(self, book: Book, printed: str | None, taken: dict[Cell, Any]) -> None:
        places, stands = book.places("Уроки"), self.stands
        if self.rng.random() < 0.5:
            text, cell = f"Тема {self.rng.randrange(3)}", places[str(self.lesson.id), "topic"]
            book.fill("Уроки", cell, text)
            if text != printed:
                differs = stands.topic not in (None, printed, text)
                self.tell(("Уроки", cell), "CELL_DIFFERS" if differs else None, same=text == stands.topic)
                taken["Уроки", cell] = lambda: setattr(stands, "topic", text)
        if self.rng.random() < 0.5:
            work, cell = f"§ {self.rng.randrange(3)}", places[str(self.lesson.id), "homework"]
            book.fill("Уроки", cell, work)
            same = work in stands.homework
            self.tell(("Уроки", cell), "CELL_DIFFERS" if stands.homework and not same else None, same=same)
            if not same:
                taken["Уроки", cell] = lambda: stands.homework.append(work)

    def _roll(self, book: Book, sheet: str, rows: Sequence[int], taken: dict[Cell, Any]) -> None:
        """Who is not marked was there, if the sheet says anything of the roll."""
        column, places, stands = f"attendance:{self.lesson.id}", book.places(sheet), self.stands
        said = {each: self.absence() for each in self.some(0.15)}
        called = self.rng.random() < 0.3
        if not (said or called):
            return
        if called:
            book.fill(sheet, places["roll", column], "+")
            self.tell((sheet, places["roll", column]), None, same=stands.called)
        for row in rows:
            cell, known, new = places[str(row), column], stands.absent.get(row), said.get(row)
            if new is not None:
                code, late = new
                letters = ATTENDANCE_LETTERS[AttendanceCode(code)]
                book.fill(sheet, cell, f"{letters} {late}" if late else letters)
                same = known is not None and (
                    known[0] != "late" if code == "unexplained" else known[0] == code and late in (None, known[1])
                )
                differs = not same and (known is not None or stands.called)
                self.tell((sheet, cell), "CELL_DIFFERS" if differs else None, same=same)
                if not same:
                    taken[sheet, cell] = lambda row=row, new=new: stands.absent.update({row: new})
            elif known is not None:
                self.tell((sheet, cell), "CELL_DIFFERS")
                taken[sheet, cell] = lambda row=row: stands.absent.pop(row)
        taken["", "roll"] = lambda: setattr(stands, "called", True)

    def _column(
        self, book: Book, sheet: str, slot: str, task: Work, rows: Sequence[int], taken: dict[Cell, Any]
    ) -> None:
        """Marks of a task, among them some for those who get none."""
        for row in rows:
            if self.rng.random() > 0.2:
                continue
            value, cell = self.rng.choice(MARK_VALUES), book.places(sheet)[str(row), f"mark:{self.lesson.id}:{slot}"]
            book.fill(sheet, cell, value)
            stood = task.marks.get(row)
            if row not in self.there:
                self.tell((sheet, cell), "NOTHING_HERE")
            elif task.named and row not in task.named:
                self.tell((sheet, cell), "NOT_A_RECIPIENT")
            else:
                self.tell((sheet, cell), "CELL_DIFFERS" if stood not in (None, value) else None, same=stood == value)
                taken[sheet, cell] = lambda row=row, value=value: task.marks.update({row: value})
                if slot.startswith("new"):
                    task.marks[row] = value


NOTHING_HERE = {"NOT_IN_GROUP", "TAUGHT_AT_HOME", "SUBJECT_NOT_TAKEN"}


def told(cells: Collection[dict[str, Any]]) -> dict[Cell, str]:
    """The conflicts of a preview; who gets nothing at the lesson gets nothing for one reason or another."""
    found = {(each["sheet"], f"{each['column']}{each['row']}"): each["conflict"] for each in cells if each["conflict"]}
    return {cell: "NOTHING_HERE" if code in NOTHING_HERE else code for cell, code in found.items()}


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
async def test_each_cell_against_what_stands(desk: Desk, seed: int) -> None:
    rng = Random(seed)
    subject = rng.choice(("Биол.", "Матем.", "Англ. яз."))
    lesson = await desk.lesson("5А", subject, days=-rng.randrange(9))
    day = lesson.date.isoformat()
    excused = {row[0] for row in await desk.db.fetch(EXCUSED, lesson.date)}
    members = [row[0] for row in await desk.db.fetch(MEMBERS, lesson.group_id, lesson.date, lesson.id)]
    kinds = await desk.db.fetch(
        "SELECT id, short_name FROM work_type WHERE school_id = (SELECT school_id FROM school WHERE code = 'demo')"
        " ORDER BY position, id"
    )
    scene = Scene(desk, rng, lesson, members, kinds)
    scene.members = [each for each in members if each not in excused]
    await scene.give_tasks()
    await scene.live()
    printed = scene.stands.topic
    book = await desk.blank(await desk.class_of(lesson.group_id), day, day)
    await scene.live()
    taken = scene.fill(book, printed)
    file = await desk.upload(book.saved())
    if not (scene.against or scene.write or scene.same):
        assert (await desk.bring(file, day))["code"] == "BAD_FILE"
        return
    seen = await desk.preview(file)
    assert told(seen["cells"]) == scene.against
    assert (seen["writes"], seen["same"]) == (scene.write, scene.same)
    if scene.against:
        assert (await desk.bring(file, day))["code"] == "SHEET_CONFLICTS"

    decided = []
    for each in (each for each in seen["cells"] if each["conflict"]):
        cell = (each["sheet"], f"{each['column']}{each['row']}")
        choice = "TAKE_PAPER" if scene.against[cell] == "CELL_DIFFERS" and rng.random() < 0.5 else "KEEP_JOURNAL"
        decided.append({**{name: each[name] for name in ("sheet", "row", "column")}, "choice": choice})
        if choice == "KEEP_JOURNAL":
            taken.pop(cell, None)
    done = await desk.bring(file, day, resolutions=decided)
    assert done["__typename"] == "ImportOutageSheetPayload", done
    for change in taken.values():
        change()
    of = [{"__typename": "LessonRecord", "id": gid("LessonRecord", lesson.id)}]
    (found,) = (await desk.school.data(RECORDS, {"of": of}, as_="deputy"))["_entities"]
    assert read_back(found) == scene.stands.shown(lesson.id)
    again = await desk.bring(file, day, resolutions=decided)
    assert again["written"] == 0, again
