"""Outages (13): declared, watched, and the temporary journals of their days brought into the journal."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from resolvers.account_audit import examine, seal
from server.demo import DEMO_NOW, Demo

from .journal_help import Lesson, gid
from .outage_help import Book, Desk, conflicts, opened

DAY = "2026-05-20"
"""The demo's today: access was lost in its morning."""


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school of this module's; the outages of the demo are not in the way of its own."""
    async with opened(cluster, demo_template) as desk:
        await desk.db.execute("DELETE FROM outage")
        yield desk


@pytest.fixture(scope="module")
async def outage(desk: Desk) -> str:
    """The id of an outage of today's morning, over by now."""
    given = {"startedAt": "2026-05-20T06:00:00", "endedAt": "2026-05-20T07:00:00", "reason": "Обрыв линии"}
    found: str = (await desk.done("declareOutage", given))["outage"]["id"]
    return found


class Sheet:
    """The sheet of one new lesson, by the keys of its rows and columns."""

    def __init__(self, book: Book, lesson: Lesson) -> None:
        self.book, self.lesson = book, lesson
        (self.name,) = (name for name in book.journals() if f"attendance:{lesson.id}" in book.values(name).values())
        self.places = book.places(self.name)
        self.texts = book.places("Уроки")

    def at(self, row: str | int, column: str) -> str:
        """The cell of a row (a student's place in the lesson, or a heading's key) and a column without the lesson."""
        key = str(self.lesson.students[row]) if isinstance(row, int) else row
        kind, _, slot = column.partition(":")
        return self.places[key, ":".join(filter(None, (kind, str(self.lesson.id), slot)))]

    def put(self, row: str | int, column: str, value: str | int) -> str:
        """Fill a cell in."""
        cell = self.at(row, column)
        self.book.fill(self.name, cell, value)
        return cell

    def write(self, column: str, text: str) -> str:
        """Fill in what is said of the lesson as a whole."""
        cell = self.texts[str(self.lesson.id), column]
        self.book.fill("Уроки", cell, text)
        return cell


async def new_sheet(desk: Desk, subject: str = "Биол.", as_: str = "deputy", days: int = 0) -> Sheet:
    """The blank of the day of a new lesson at which nothing is written."""
    lesson = await desk.lesson("5А", subject, days=days)
    day = lesson.date.isoformat()
    return Sheet(await desk.blank(await desk.class_of(lesson.group_id), day, day, as_), lesson)


RECORD = """query($id: ID!) { node(id: $id) { ... on LessonRecord { topic material rollCalledAt
    tasks { workType { shortName } marks { value student { id } } } attendance { letters minutesLate student { id } }
    homework { text forAll } transfers { paperDate importedAt importedBy { id } outage { id } } } } }"""


async def record(desk: Desk, lesson: Lesson) -> Any:
    """What the journal has at a lesson."""
    return (await desk.school.data(RECORD, {"id": gid("LessonRecord", lesson.id)}, as_="deputy"))["node"]


async def test_a_sheet_is_written_once(desk: Desk, outage: str) -> None:
    """Everything that can stand on a sheet comes into the journal, with the dates of the paper and of the import."""
    sheet = await new_sheet(desk)
    (first, second, third) = (gid("Student", each) for each in sheet.lesson.students[:3])
    sheet.put(0, "mark:new0", 5)
    sheet.put(1, "mark:new0", "н/а")
    sheet.put("kind", "mark:new1", "КР")
    sheet.put(0, "mark:new1", "зач")
    sheet.put(1, "attendance", "оп 10")
    sheet.put(2, "attendance", "H")  # the Latin letter
    sheet.write("topic", "=1+1")
    sheet.write("material", "Учебник, §§ 3–4")
    sheet.write("homework", "§ 5, упр. 2")
    content = sheet.book.saved()
    file = await desk.upload(content)
    seen = await desk.preview(file)
    assert (seen["writes"], seen["same"], seen["conflicts"]) == (8, 0, 0)
    assert {each["lesson"]["id"] for each in seen["cells"]} == {sheet.lesson.gid}
    entries = len(await desk.entries())
    done = await desk.bring(file, DAY)
    assert (done["written"], done["same"], done["skipped"], done["repeated"]) == (8, 0, 0, False)
    found = await record(desk, sheet.lesson)
    assert (found["topic"], found["material"]) == ("=1+1", "Учебник, §§ 3–4")
    assert found["homework"] == [{"text": "§ 5, упр. 2", "forAll": True}]
    assert found["rollCalledAt"]
    absent = {each["student"]["id"]: (each["letters"], each["minutesLate"]) for each in found["attendance"]}
    assert absent == {second: ("ОП", 10), third: ("Н", None)}
    marks = [
        (task["workType"]["shortName"], {mark["student"]["id"]: mark["value"] for mark in task["marks"]})
        for task in found["tasks"]
    ]
    assert marks == [("О", {first: "5", second: "н/а"}), ("КР", {first: "зач."})]
    (transfer,) = found["transfers"]
    assert (transfer["paperDate"], transfer["outage"]["id"]) == (DAY, outage)
    assert transfer["importedAt"] == done["transfers"][0]["importedAt"] >= DEMO_NOW.isoformat()[:10]
    made = (await desk.entries())[entries:]
    assert [each["command"] for each in made] == [
        *("importOutageSheet", "recordLesson", "takeRollCall", "addTask", "addTask", "setMarks", "assignHomework"),
    ]
    assert all(f'"stepOf": {made[0]["id"]}' in each["input"] for each in made[1:])

    # Once more: the same file, the same bytes under another name, and a copy that another program has saved.
    before = await desk.digest()
    for again in (file, await desk.upload(content, name="копия.xlsx"), await desk.upload(values_only(content))):
        done = await desk.bring(again, DAY)
        assert (done["written"], done["same"], done["repeated"]) == (0, 8, True)
        assert [each["lesson"]["id"] for each in done["transfers"]] == [sheet.lesson.gid]
        assert await desk.digest() == before


def values_only(content: bytes) -> bytes:
    """A workbook as a program leaves it that keeps but the values of cells, and puts the sheets in another order."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as copy:
        for name in reversed(book.sheet_names):
            sheet = copy.add_worksheet(name)
            for row, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
                for column, value in enumerate(cells):
                    if value != "":
                        (sheet.write_number if isinstance(value, float) else sheet.write_string)(row, column, value)
    return buffer.getvalue()


async def test_one_sheet_twice_at_once(desk: Desk, outage: str) -> None:
    """Two imports of a sheet at the same time write it once."""
    sheet = await new_sheet(desk)
    for row, student in enumerate(sheet.lesson.students[:4]):
        assert student
        sheet.put(row, "mark:new0", "4")
        sheet.put(row, "mark:new1", "5")
    files = [await desk.upload(sheet.book.saved()) for _ in range(3)]
    done = await asyncio.gather(*(desk.bring(file, DAY) for file in files))
    assert sorted(each["written"] for each in done) == [0, 0, 8]
    found = await record(desk, sheet.lesson)
    assert [len(each["marks"]) for each in found["tasks"]] == [4, 4]
    assert len(found["transfers"]) == 1


async def test_a_substitute_brings_the_paper(desk: Desk, outage: str) -> None:
    """Who gave the lesson in another's place is named as that with every step, and every step is in the chain."""
    lesson = await desk.lesson("5А", "Биол.")
    await desk.db.execute(
        "UPDATE lesson SET substitute_id = (SELECT staff.id FROM staff JOIN account USING (school_id, person_id)"
        " WHERE login = 'teacher-parent') WHERE id = $1",
        lesson.id,
    )
    book = await desk.blank(await desk.class_of(lesson.group_id), DAY, DAY, "teacher-parent")
    sheet = Sheet(book, lesson)
    sheet.put(0, "mark:new0", "4")
    sheet.put("roll", "attendance", "+")
    sheet.write("topic", "Корень")
    sheet.write("homework", "§ 7")
    file = await desk.upload(book.saved(), "teacher-parent")
    entries = len(await desk.entries())
    assert (await desk.bring(file, DAY, "teacher-parent"))["written"] == 4
    _, *steps = (await desk.entries())[entries:]
    assert len(steps) == 5
    assert all(f'"asSubstitute": [{lesson.id}]' in each["input"] for each in steps)
    school = await desk.db.fetchval("SELECT school_id FROM school WHERE code = 'demo'")
    database = desk.school.app.state.database
    assert await seal(database, school) > 0
    assert (await examine(database, school)).wrong == []


async def test_everybody_was_there(desk: Desk, outage: str) -> None:
    """«+» is a roll call; nothing at all is none."""
    sheet = await new_sheet(desk)
    sheet.put(0, "mark:new0", "4")
    assert (await desk.bring(await desk.upload(sheet.book.saved()), DAY))["written"] == 1
    assert (await record(desk, sheet.lesson))["rollCalledAt"] is None
    sheet.put("roll", "attendance", "+")
    assert (await desk.bring(await desk.upload(sheet.book.saved()), DAY))["written"] == 1
    found = await record(desk, sheet.lesson)
    assert found["rollCalledAt"]
    assert found["attendance"] == []
    assert len(found["transfers"]) == 2, "two sheets of paper, one lesson"


async def test_what_stands_against_an_import(desk: Desk, outage: str) -> None:
    """Each kind of conflict at its cell; nothing is written until each is decided."""
    sheet = await new_sheet(desk)
    lesson = sheet.lesson
    task = await desk.task(lesson)
    await desk.done("setMark", {"taskId": task, "studentId": lesson.student(0), "value": "3"})
    await desk.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student(1)}]})
    await desk.done("recordLesson", {"lessonId": lesson.gid, "topic": "Корень"})
    stranger = lesson.strangers[0]
    home = await desk.db.fetchval("SELECT id FROM student WHERE taught_at_home LIMIT 1")
    cells = {
        sheet.put(0, "mark:new0", "5"): "CELL_DIFFERS",
        sheet.put(1, "mark:new0", "6"): "BAD_VALUE",
        sheet.at(1, "attendance"): "CELL_DIFFERS",
        sheet.put(2, "attendance", "?"): "BAD_VALUE",
        sheet.put(3, "attendance", "Б"): "CELL_DIFFERS",
        sheet.put("roll", "attendance", "-"): "BAD_VALUE",
        sheet.write("topic", "Стебель"): "CELL_DIFFERS",
    }
    mark = sheet.at(0, "mark:new0")
    letters = mark.rstrip("0123456789")
    for row, student, code in (
        (60, stranger, "NOT_IN_GROUP"),
        (61, home, "TAUGHT_AT_HOME"),
        (62, 10**12, "NOT_IN_GROUP"),
    ):
        if student is None:
            continue
        sheet.book.fill(sheet.name, f"A{row}", str(student))
        sheet.book.fill(sheet.name, f"{letters}{row}", "5")
        there = await desk.db.fetchval(
            "SELECT EXISTS (SELECT FROM group_membership WHERE group_id = $1 AND student_id = $2)",
            lesson.group_id,
            student,
        )
        cells[f"{letters}{row}"] = code if there or code == "NOT_IN_GROUP" else "NOT_IN_GROUP"
    sheet.book.fill(sheet.name, "BZ8", "5")
    sheet.book.fill(sheet.name, f"{letters}70", "5")
    cells |= {"BZ8": "NO_SUCH_LESSON", f"{letters}70": "NOT_IN_GROUP"}
    file = await desk.upload(sheet.book.saved())
    seen = await desk.preview(file)
    assert conflicts(seen) == cells
    stands = {f"{each['column']}{each['row']}": each["stands"] for each in seen["cells"]}
    assert (stands[mark], stands[sheet.at(1, "attendance")]) == ("3", "Н")
    given = {"fileId": file, "paperDate": DAY}
    assert await desk.refused("importOutageSheet", given) == ("SHEET_CONFLICTS", "fileId", "13.2")

    # Decided: two cells as on paper, the others as in the journal.
    taken = {mark, sheet.at(1, "attendance")}
    decided = [
        {
            **{name: each[name] for name in ("sheet", "row", "column")},
            "choice": "TAKE_PAPER" if f"{each['column']}{each['row']}" in taken else "KEEP_JOURNAL",
        }
        for each in seen["cells"]
        if each["outcome"] == "CONFLICT"
    ]
    one_less = decided[1:]
    assert await desk.refused("importOutageSheet", {**given, "resolutions": one_less}) == (
        *("SHEET_CONFLICTS", "fileId", "13.2"),
    )
    done = await desk.bring(file, DAY, resolutions=decided)
    assert (done["written"], done["skipped"]) == (2, len(decided) - 2)
    found = await record(desk, lesson)
    assert found["topic"] == "Корень"
    assert found["attendance"] == []
    assert [[mark["value"] for mark in each["marks"]] for each in found["tasks"]] == [["5"]]


@pytest.mark.parametrize(("row", "text"), [(0, "?"), (0, "Н"), ("roll", "+")])
async def test_what_is_left_out_is_no_roll(desk: Desk, outage: str, row: str | int, text: str) -> None:
    """Nobody is said to have been there by a cell that was left out: "nobody called" and "all there" are two facts."""
    sheet = await new_sheet(desk)
    cell = sheet.put(row, "attendance", text)
    sheet.write("topic", "Лист")
    left = {"sheet": sheet.name, "row": int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), "choice": "KEEP_JOURNAL"}
    left["column"] = cell.rstrip("0123456789")
    done = await desk.bring(await desk.upload(sheet.book.saved()), DAY, resolutions=[left])
    assert (done["written"], done["skipped"]) == (1, 1)
    assert (await record(desk, sheet.lesson))["rollCalledAt"] is None


async def test_a_reason_found_out_since_stays(desk: Desk, outage: str) -> None:
    """«Н» on paper and illness in the journal are the same absence (7.3)."""
    sheet = await new_sheet(desk)
    await desk.done(
        "markAttendance", {"lessonId": sheet.lesson.gid, "studentId": sheet.lesson.student(0), "code": "ILLNESS"}
    )
    sheet.put(0, "attendance", "Н")
    done = await desk.bring(await desk.upload(sheet.book.saved()), DAY)
    assert (done["written"], done["same"]) == (0, 1)
    found = await record(desk, sheet.lesson)
    assert [each["letters"] for each in found["attendance"]] == ["Б"]
    assert found["rollCalledAt"], "the paper says that the roll was called"


async def test_lessons_that_are_not_there(desk: Desk, outage: str) -> None:
    """Cancelled, moved, of another day than the outage's, of an open outage, of a closed year, of another's journal."""
    sheet = await new_sheet(desk, "Биол.")
    cell = sheet.put(0, "mark:new0", "5")
    file = await desk.upload(sheet.book.saved())
    for change, code in (
        ("state = 'cancelled'", "LESSON_CANCELLED"),
        ("date = date - 1", "NO_SUCH_LESSON"),
    ):
        await desk.db.execute(f"UPDATE lesson SET {change} WHERE id = $1", sheet.lesson.id)
        assert conflicts(await desk.preview(file)) == {cell: code}
        await desk.db.execute(
            "UPDATE lesson SET state = 'planned', date = $2 WHERE id = $1", sheet.lesson.id, sheet.lesson.date
        )
    own = await desk.upload(sheet.book.saved(), "teacher")
    teacher = await desk.db.fetchval(
        "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = 'teacher'"
    )
    teaches = await desk.db.fetchval("SELECT teacher_id = $2 FROM lesson WHERE id = $1", sheet.lesson.id, teacher)
    assert conflicts(await desk.preview(own, "teacher")) == ({} if teaches else {cell: "NO_SUCH_LESSON"})
    elsewhere = await new_sheet(desk, days=-2)
    cell = elsewhere.put(0, "mark:new0", "5")
    assert conflicts(await desk.preview(await desk.upload(elsewhere.book.saved()))) == {cell: "OUTSIDE_OUTAGE"}
    number = int(await desk.db.fetchval("SELECT id FROM outage"))
    await desk.db.execute("UPDATE outage SET ended_at = NULL, ends_on = NULL WHERE id = $1", number)
    try:
        cell = sheet.at(0, "mark:new0")
        assert conflicts(await desk.preview(file)) == {cell: "OUTSIDE_OUTAGE"}
    finally:
        await desk.db.execute(
            "UPDATE outage SET ended_at = started_at + interval '1 hour', ends_on = starts_on WHERE id = $1", number
        )


async def test_the_paper_has_a_date(desk: Desk, outage: str) -> None:
    sheet = await new_sheet(desk)
    sheet.put(0, "mark:new0", "5")
    file = await desk.upload(sheet.book.saved())
    for day in ("2026-05-19", "2026-05-21"):
        refused = await desk.refused("importOutageSheet", {"fileId": file, "paperDate": day})
        assert refused == ("BAD_INPUT", "paperDate", None)


async def test_files_of_others_are_not_found(desk: Desk, outage: str) -> None:
    """Families have neither sheets nor imports; a file is its owner's."""
    sheet = await new_sheet(desk)
    sheet.put(0, "mark:new0", "5")
    file = await desk.upload(sheet.book.saved())
    given = {"fileId": file, "paperDate": DAY}
    assert await desk.refused("importOutageSheet", given, "class-teacher") == ("NOT_FOUND", "fileId", None)
    path = f"/outage-sheets/{gid('SchoolClass', await desk.class_of(sheet.lesson.group_id))}.xlsx"
    days = {"from": DAY, "to": DAY}
    assert (await desk.get(path, None, **days)).status_code == 401
    for login in ("parent", "student", "secretary", "hr", "administrator", "analyst", "director"):
        assert (await desk.get(path, login, **days)).status_code == 404, login
    for login in ("parent", "student", "secretary", "analyst"):
        text = 'mutation { importOutageSheet(input: {fileId: "x", paperDate: "2026-05-20"}) { __typename } }'
        assert "errors" in await desk.school.ask(text, as_=login), login
    for wrong in ("nothing.xlsx", f"{gid('Student', 1)}.xlsx", f"{gid('SchoolClass', 10**9)}.xlsx"):
        assert (await desk.get(f"/outage-sheets/{wrong}", **days)).status_code == 404
    assert (await desk.get(path.replace(".xlsx", ".ods"), **days)).status_code == 404
    for asked in ({}, {"from": DAY}, {"from": DAY, "to": "2026-05-19"}, {"from": "x", "to": DAY}):
        assert (await desk.get(path, **asked)).status_code == 400
    assert (await desk.get(path, **{"from": "2026-01-01", "to": DAY})).status_code == 400


async def test_a_teachers_blank_has_their_own_journals(desk: Desk) -> None:
    assert await new_sheet(desk)
    school_class = await desk.db.fetchval(
        "SELECT g.class_id FROM lesson JOIN study_group AS g ON g.id = group_id"
        " JOIN staff ON staff.id = teacher_id JOIN account USING (person_id)"
        " WHERE login = 'teacher' AND date = '2026-05-20' ORDER BY lesson.id LIMIT 1"
    )
    assert school_class is not None, "the demo's teacher has a lesson on the demo's day"
    own = await desk.blank(school_class, DAY, DAY, "teacher")
    every = await desk.blank(school_class, DAY, DAY)
    assert set(own.journals()) < set(every.journals())


@pytest.mark.parametrize("late", [False, True])
async def test_two_working_days_open_a_locked_lesson(cluster: str, demo_template: tuple[str, Demo], late: bool) -> None:
    """While a transfer is due the edit lock does not stop it; afterwards it does, and any other way stays shut."""
    async with opened(cluster, demo_template) as desk:
        await desk.db.execute("DELETE FROM outage")
        await desk.db.execute("UPDATE school SET edit_lock_days = 3")
        login, subject = await own_subject(desk)
        lesson = await desk.lesson("5А", subject, days=-8)
        day = lesson.date.isoformat()
        ended = "2026-05-15T10:00:00" if late else "2026-05-18T10:00:00"
        await desk.done("declareOutage", {"startedAt": f"{day}T08:00:00", "endedAt": ended})
        sheet = Sheet(await desk.blank(await desk.class_of(lesson.group_id), day, day, login), lesson)
        cell = sheet.put(0, "mark:new0", "5")
        sheet.write("topic", "Клетка")
        sheet.put("roll", "attendance", "+")
        file = await desk.upload(sheet.book.saved(), login)
        by_hand = {"lessonId": lesson.gid, "topic": "Клетка"}
        assert (await desk.refused("recordLesson", by_hand, login))[0] == "EDIT_LOCKED"
        if late:
            assert set(conflicts(await desk.preview(file, login)).values()) == {"EDIT_LOCKED"}
            assert cell in conflicts(await desk.preview(file, login))
            refused = await desk.refused("importOutageSheet", {"fileId": file, "paperDate": day}, login)
            assert refused == ("SHEET_CONFLICTS", "fileId", "13.2")
            deputys = await desk.upload(sheet.book.saved())
            assert (await desk.bring(deputys, day))["written"] == 3
        else:
            assert (await desk.bring(file, day, login))["written"] == 3
            assert (await desk.refused("recordLesson", {**by_hand, "topic": "Лист"}, login))[0] == "EDIT_LOCKED"


async def own_subject(desk: Desk) -> tuple[str, str]:
    """A teacher of 5А with a log-in, and the subject."""
    row = await desk.db.fetchrow(
        "SELECT login, subject.short_name FROM account JOIN staff USING (school_id, person_id)"
        " JOIN teaching_assignment AS a ON a.staff_id = staff.id JOIN subject ON subject.id = a.subject_id"
        " JOIN study_group AS g ON g.id = a.group_id JOIN school_class AS c ON c.id = g.class_id"
        " WHERE c.grade = 5 AND c.letter = 'А' AND login IN ('teacher', 'class-teacher') AND a.ends_on >= '2026-05-20'"
        " ORDER BY g.id, login LIMIT 1"
    )
    return row["login"], row["short_name"]
