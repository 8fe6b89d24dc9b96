"""The graph of versions as the plain-Python oracle walks it, and who may see them."""

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode

from . import oracle_graph as graph
from .oracle import World
from .oracle_graph import Arguments, Find, Link, Row, by
from .oracle_rights import Eyes

KINDS = {"Mark": "mark", "Attendance": "attendance", "Task": "task", "Homework": "homework", "LessonRecord": "lesson"}
"""The types whose rows tell their versions, with their tables."""

OF_LESSON = {**KINDS, "RollCall": "roll_call"}
"""The types that have versions at a lesson: a roll call is no node, and its versions are told by the lesson."""


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
    **{_type(of): {"changedBy": Link("Staff", _changed_by)} for of in OF_LESSON},
    "JournalRow": {
        "markHistory": _many("Mark", _of_row("mark"), _BY_TIME),
        "attendanceHistory": _many("Attendance", _of_row("attendance"), _BY_TIME),
    },
}
LINKS["Task"]["markHistory"] = _many("Mark", _of("mark", "task_id"), takes=("studentId",))
for _kind in ("RollCall", "Task", "Homework", "Attendance"):
    LINKS["LessonRecord"][f"{_kind[0].lower()}{_kind[1:]}History"] = _many(_kind, _of(OF_LESSON[_kind], "lesson_id"))
for _kind in ("Mark", "Attendance"):
    LINKS[_type(_kind)]["student"] = graph.link("Student", "student", "student_id")

LINKS["TaskVersion"] |= {
    "workType": graph.link("WorkType", "work_type", "work_type_id"),
    "lesson": graph.link("Lesson", "lesson", "lesson_id"),
}


def _of_cell(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """All that has stood in a cell: of a student, a subject, and what is marked."""
    slot = ("subject_id", "year_id", "kind", "period_id")
    found = _known(eyes, {"id": row["student_id"]}, "final_mark", "student_id")
    return [each for each in found if all(each[name] == row[name] for name in slot)]


LINKS["FinalMark"] = {"history": _many("FinalMark", _of("final_mark", "row_id"))}
LINKS["FinalMarkCell"] = {"history": _many("FinalMark", _of_cell, _BY_TIME)}
LINKS["FinalMarkVersion"] = {
    "changedBy": Link("Staff", _changed_by),
    "student": graph.link("Student", "student", "student_id"),
}


def _opened(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The access log of the school, as far as it is asked for."""
    found = list(eyes.world.of("journal_access", row["school_id"]))
    for name, column in (("classId", "class_id"), ("subjectId", "subject_id")):
        if name in given:
            found = [each for each in found if each[column] == given[name].number]
    return [each for each in found if given.get("since", each["day"]) <= each["day"] <= given.get("until", each["day"])]


def _opened_page(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Those of one journal: of a class and a subject."""
    of = eyes.world.of("journal_access", eyes.school)
    return [each for each in of if (each["class_id"], each["subject_id"]) == (row["class_id"], row["subject_id"])]


def _writers(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """By whose commands there are versions of the page's lessons."""
    lessons = {each["id"] for each in graph.journal_lessons(eyes, row, given)}
    entries = {
        version["entry_id"]
        for table in OF_LESSON.values()
        for version in eyes.world.of(f"{table}_version", eyes.school)
        if version["row_id" if table == "lesson" else "lesson_id"] in lessons
    }
    moments = defaultdict[int, list[Any]](list)
    for entry in (eyes.world.row("audit_entry", each) for each in entries - {None}):
        moments[entry["account_id"]].append(entry["at"])
    return [
        {"account_id": account, "commands": len(at), "first_at": min(at), "last_at": max(at)}
        for account, at in moments.items()
    ]


def _account(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return _changed_by(eyes, {"made_by": row["account_id"]}, given)


LINKS["School"] = {
    "journalAccess": Link(
        "JournalAccess", _opened, "page", graph.by_id, ("first", "since", "until", "classId", "subjectId")
    )
}
LINKS["JournalPage"] = {
    "accessLog": Link("JournalAccess", _opened_page, "page", graph.by_id, ("first",)),
    "writers": Link("JournalWriter", _writers, "many", by("last_at", "account_id"), free=True),
}
LINKS["JournalAccess"] = {
    "by": Link("Staff", _account),
    "schoolClass": graph.link("SchoolClass", "school_class", "class_id"),
    "group": graph.link("StudyGroup", "study_group", "group_id"),
    "subject": graph.link("Subject", "subject", "subject_id"),
    "period": graph.link("Period", "period", "period_id"),
}
LINKS["JournalWriter"] = {"by": Link("Staff", _account)}


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
    "FinalMarkVersion": {**_ALL, **_shown("value", "number", "proposed")},
    "RollCallVersion": _ALL,
    "LessonVersion": {**_ALL, **_shown("topic", "material"), "state": lambda world, row: row["state"].upper()},
}
SCALARS["JournalAccess"] = {"at": lambda world, row: row["at"].isoformat()}
SCALARS["JournalWriter"] = {
    **_shown("commands"),
    "firstAt": lambda world, row: row["first_at"].isoformat(),
    "lastAt": lambda world, row: row["last_at"].isoformat(),
}
WITHOUT_ID = set(SCALARS) - {"JournalAccess"}

REWRITTEN = {
    "mark": ("UPDATE mark SET value = CASE value WHEN '5' THEN '4' ELSE '5' END, version = version + 1", 60),
    "attendance": ("UPDATE attendance SET comment = 'Со слов матери', version = version + 1", 20),
    "task": ("UPDATE task SET name = 'Другая работа', version = version + 1", 20),
    "homework": ("UPDATE homework SET text = text || ' (кратко)', version = version + 1", 20),
    "roll_call": ("UPDATE roll_call SET version = version + 1", 20),
    "lesson": ("UPDATE lesson SET material = 'Повторение', version = version + 1", 20),
}


async def rewrite(maker: Any, now: Any) -> None:
    """Commands of the past: rows that were changed, marks that were taken back, and pages that were opened."""
    rng, db = Random(11), maker.connection  # of its own: what comes after is drawn as it was
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 ORDER BY id")
    teaching = await db.fetch(
        "SELECT g.class_id, t.group_id, t.subject_id FROM teaching_assignment AS t JOIN study_group AS g"
        " ON (g.school_id, g.id) = (t.school_id, t.group_id) WHERE t.school_id = $1 ORDER BY t.id",
        maker.school,
    )
    periods = await maker.ids("SELECT id FROM period WHERE school_id = $1 ORDER BY id")
    commands = [*((statement, table) for table, (statement, _) in REWRITTEN.items()), ("DELETE FROM mark", "mark")]
    await db.execute("SELECT set_config('classbook.quiet', 'on', true)")
    for statement, table in commands:
        ids = await maker.ids(f"SELECT id FROM {table} WHERE school_id = $1 ORDER BY id")
        for number in rng.sample(ids, min(len(ids), REWRITTEN[table][1])):
            at = now - timedelta(hours=rng.randint(1, 400))
            entry = await maker.add(
                *("audit_entry",),
                account_id=rng.choice((*accounts, None)),
                at=at,
                command=rng.choice(("setMarks", "removeMark")),
                input=rng.choice(("{}", '{"reason": "Ошибка"}')),
            )
            await db.execute(
                "SELECT set_config('classbook.audit_entry', $1, true), set_config('classbook.now', $2, true)",
                *(str(entry), at.isoformat()),
            )
            await db.execute(f"{statement} WHERE school_id = $1 AND id = $2", maker.school, number)
    await db.execute("SELECT set_config('classbook.audit_entry', '', true), set_config('classbook.now', '', true)")
    for _ in range(60):
        of, at = rng.choice(teaching), now - timedelta(hours=rng.randint(0, 400))
        await maker.add(
            *("journal_access",),
            account_id=rng.choice(accounts),
            at=at,
            day=at.date(),
            class_id=of["class_id"],
            group_id=rng.choice((None, of["group_id"])),
            subject_id=of["subject_id"],
            period_id=rng.choice(periods),
            as_of=rng.choice((None, at - timedelta(days=3))),
        )
