"""The graph of versions as the plain-Python oracle walks it, and who may see them."""

from typing import Any

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode

from . import oracle_graph as graph
from .oracle import World
from .oracle_graph import Arguments, Find, Link, Row, by
from .oracle_rights import Eyes

KINDS = {"Mark": "mark", "Attendance": "attendance", "Task": "task", "Homework": "homework", "LessonRecord": "lesson"}
"""The types whose rows tell their versions, with their tables."""


def _type(of: str) -> str:
    return f"{of.removesuffix('Record')}Version"


def _known(eyes: Eyes, row: Row, table: str, column: str) -> list[Row]:
    """The versions that belong to a row by a column, each with who made it so."""
    found = []
    for version in eyes.world.where(f"{table}_version", column, row["id"]):
        entry = eyes.world.row("audit_entry", version["entry_id"])
        by_whom = entry["account_id"] if entry and entry["account_id"] else version["changed_by"]
        found.append({**version, "made_by": by_whom, "command": entry and entry["command"]})
    return found


def _of(table: str, column: str) -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        found = _known(eyes, row, table, column)
        student = given.get("studentId")
        return [each for each in found if not student or each["student_id"] == student.number]

    return find


def _of_row(table: str) -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        lessons = {each["id"] for each in graph.page_lessons(eyes.world, row["page"])}
        return [each for each in _known(eyes, row, table, "student_id") if each["lesson_id"] in lessons]

    return find


def _changed_by(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    account = eyes.world.row("account", row["made_by"])
    return eyes.world.where("staff", "person_id", account["person_id"]) if account else []


_BY_ROW, _BY_TIME = by("row_id", "valid_from"), by("valid_from", "id")


def _many(of: str, find: Find, order: Any = _BY_ROW, takes: tuple[str, ...] = ()) -> Link:
    return Link(_type(of), find, "many", order, takes)


LINKS: dict[str, dict[str, Link]] = {
    **{of: {"history": _many(of, _of(table, "row_id"))} for of, table in KINDS.items()},
    **{_type(of): {"changedBy": Link("Staff", _changed_by)} for of in KINDS},
    "JournalRow": {
        "markHistory": _many("Mark", _of_row("mark"), _BY_TIME),
        "attendanceHistory": _many("Attendance", _of_row("attendance"), _BY_TIME),
    },
}
LINKS["Task"]["markHistory"] = _many("Mark", _of("mark", "task_id"), takes=("studentId",))
for _name, _kind in (("taskHistory", "Task"), ("homeworkHistory", "Homework"), ("attendanceHistory", "Attendance")):
    LINKS["LessonRecord"][_name] = _many(_kind, _of(KINDS[_kind], "lesson_id"))
for _kind in ("Mark", "Attendance"):
    LINKS[_type(_kind)]["student"] = graph.link("Student", "student", "student_id")


def _shown(*names: str) -> dict[str, Any]:
    return {name: lambda world, row, name=name: row[name] for name in names}


def _letters(world: World, row: Row) -> str:
    return ATTENDANCE_LETTERS[AttendanceCode(row["code"])]


_ALL = {
    **_shown("removed", "version", "command"),
    "changedAt": lambda world, row: row["valid_from"].isoformat(),
    "replacedAt": lambda world, row: row["valid_to"] and row["valid_to"].isoformat(),
}
SCALARS: dict[str, dict[str, Any]] = {
    "MarkVersion": {**_ALL, **_shown("value", "number", "comment")},
    "AttendanceVersion": {**_ALL, **_shown("comment"), "letters": _letters},
    "TaskVersion": {**_ALL, **_shown("name", "weight")},
    "HomeworkVersion": {**_ALL, **_shown("text")},
    "LessonVersion": {**_ALL, **_shown("topic", "material"), "state": lambda world, row: row["state"].upper()},
}
WITHOUT_ID = set(SCALARS)
TABLES = tuple(f"{table}_version" for table in KINDS.values())
