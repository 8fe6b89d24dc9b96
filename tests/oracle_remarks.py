"""Remarks about journals in plain Python: whose they are, and which have been mended (7.11)."""

from datetime import date
from random import Random
from typing import Any

from server.demo import DEMO_NOW, DEMO_TODAY

from .oracle import World
from .oracle_obligations import KEY, obligations

Row = Any
STATES = ("open", "answered", "closed", "withdrawn")


def state(world: World, row: Row) -> str:
    """What has become of a remark: of what is found, on a topic, or as the watch tells it."""
    if row["withdrawn_at"]:
        return "WITHDRAWN"
    if row["closed_at"] or (row["finding"] and not _stands(world, row)):
        return "CLOSED"
    return "ANSWERED" if row["answered_at"] else "OPEN"


def _stands(world: World, row: Row) -> bool:
    if row["finding"] != "topic":
        key = tuple(row[name] for name in ("finding", "key0", "key1", "key2"))
        known = vars(world).setdefault("overdue", {})
        if row["school_id"] not in known:
            rows = obligations(world, row["school_id"])
            known[row["school_id"]] = {tuple(each[n] for n in KEY) for each in rows if each["status"] == "OVERDUE"}
        return key in known[row["school_id"]]
    lesson = world.by_id["lesson"][row["key0"]]
    on_paper = any(
        each["starts_on"] <= lesson["date"] and (each["ends_on"] is None or lesson["date"] <= each["ends_on"])
        for each in world.of("outage", row["school_id"])
    )
    given = lesson["state"] != "cancelled" and lesson["date"] < DEMO_TODAY and not on_paper
    return given and not (lesson["topic"] or "").strip()


def of_school(eyes: Any, row: Row, given: Any) -> list[Row]:
    """The school's, as far as they are asked for."""
    wanted = {name: given[f"{name.removesuffix('_id')}Id"].number for name in _BY if f"{name[:-3]}Id" in given}
    return [
        each
        for each in eyes.world.of("remark", row["school_id"])
        if all(each[name] == number for name, number in wanted.items())
        and ("state" not in given or state(eyes.world, each) == given["state"].text)
    ]


_BY = ("staff_id", "class_id", "subject_id")


def of_viewer(eyes: Any, row: Row, given: Any) -> list[Row]:
    """One's own."""
    return [each for each in eyes.world.of("remark", eyes.school) if eyes.staff and each["staff_id"] == eyes.staff]


def waiting(eyes: Any, row: Row, given: Any) -> list[Row]:
    """One's own that are not closed and not taken back."""
    return [each for each in of_viewer(eyes, row, given) if state(eyes.world, each) in ("OPEN", "ANSWERED")]


def own(eyes: Any, role: Any, row: Row) -> bool:
    """A teacher sees what is said to them."""
    return eyes.staff is not None and bool(row["staff_id"] == eyes.staff)


def _of(name: str) -> Any:
    return lambda world, row: row[name]


SCALARS = {
    "Remark": {
        "state": state,
        "mended": lambda world, row: state(world, row) == "CLOSED" and row["closed_by"] is None,
        "finding": lambda world, row: row["finding"] and row["finding"].upper(),
        **{name: _of(name) for name in ("clause", "text", "answer", "comment", "version")},
    }
}


def by_account(find: Any, column: str) -> Any:
    """Whose account it is, if it is anybody's."""
    return lambda eyes, row, given: find(eyes, row, given) if row[column] is not None else []


def links(link: Any, by_account: Any) -> dict[str, Any]:
    """The edges of a remark."""
    return {
        "staff": link("Staff", "staff", "staff_id"),
        "madeBy": by_account("made_by"),
        "closedBy": by_account("closed_by"),
        "year": link("AcademicYear", "academic_year", "year_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "period": link("Period", "period", "period_id"),
        "student": link("Student", "student", "student_id"),
    }


async def harden(maker: Any) -> None:
    """Remarks to everybody, in each state, on lessons whose topic is missing, and on such as have one."""
    rng = Random(7_11)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    lessons = await maker.connection.fetch(
        "SELECT lesson.id, group_id, lesson.subject_id, teacher_id, class_id, year_id FROM lesson"
        " JOIN study_group AS g ON g.id = group_id JOIN school_class AS c ON c.id = class_id"
        " WHERE lesson.school_id = $1 AND lesson.date < $2 ORDER BY lesson.id",
        *(maker.school, DEMO_TODAY),
    )
    students = await maker.ids("SELECT id FROM student WHERE school_id = $1 ORDER BY id")
    for number, lesson in enumerate(rng.sample(lessons, 60)):
        if number % 4 == 0:
            await maker.connection.execute("UPDATE lesson SET topic = NULL WHERE id = $1", lesson["id"])
        kept: dict[str, Any] = {
            "staff_id": lesson["teacher_id"],
            **{name: lesson[name] for name in ("year_id", "class_id", "group_id", "subject_id")},
            "lesson_id": lesson["id"],
            "student_id": rng.choice((None, *students[:3])),
            "clause": "7.4",
            "text": f"Замечание {number}",
            "due_on": rng.choice((None, date(2026, 5, 25))),
            "made_at": DEMO_NOW,
            "made_by": rng.choice(accounts),
            "changed_at": DEMO_NOW,
        }
        if number % 2 == 0:
            kept |= {"finding": "topic", "key0": lesson["id"], "key1": 0, "key2": 0}
        become = STATES[number // 4 % len(STATES)]
        if become == "answered":
            kept |= {"answer": "Исправлю", "answered_at": DEMO_NOW}
        if become == "closed":
            kept |= {"closed_at": DEMO_NOW, "closed_by": rng.choice(accounts)}
        if become == "withdrawn":
            kept |= {"withdrawn_at": DEMO_NOW, "comment": "Ошибка"}
        await maker.add("remark", **kept)
