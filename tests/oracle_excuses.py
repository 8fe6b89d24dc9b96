"""Excuses as the plain-Python oracle and its school know them: documents, messages, and the absences they explain."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rules.journal_excuses import ExcuseKind

from .oracle_graph import Arguments, Link, Row, by, by_name, link, links, many, staff_of_account

if TYPE_CHECKING:
    from .oracle_people import Maker


def _covering(eyes: Any, student: int, day: date) -> list[Row]:
    """The excuse that stands for a student's day: of several the one entered last."""
    found = [
        each
        for each in eyes.world.where("excuse", "student_id", student)
        if each["withdrawn_at"] is None and each["starts_on"] <= day <= each["ends_on"]
    ]
    return sorted(found, key=lambda each: each["id"])[-1:]


def _of_day(eyes: Any, row: Row, given: Arguments) -> list[Row]:
    return _covering(eyes, row["student_id"], row["date"])


def _expected(eyes: Any, lesson: Row, given: Arguments) -> list[Row]:
    stays = eyes.world.stays_in[lesson["group_id"]]
    there = {stay.student for stay in stays if stay.on(lesson["date"])}
    return [eyes.world.by_id["student"][each] for each in there if _covering(eyes, each, lesson["date"])]


LINKS: dict[str, dict[str, Link]] = {
    "Attendance": {"excuse": link("Excuse", "excuse", "excuse_id")},
    "DiaryDay": {"excuse": Link("Excuse", _of_day)},
    "LessonRecord": {"expectedAbsent": Link("Student", _expected, "many", by_name)},
    "Student": {
        "excuses": Link("Excuse", many("excuse", "student_id"), "page", by("starts_on", "id"), ("first",)),
    },
    "Excuse": {
        "student": link("Student", "student", "student_id"),
        "enteredBy": Link("Staff", staff_of_account("entered_by")),
        "attachments": links("Attachment", "attachment", "excuse_id", "id"),
        "attendance": Link("Attendance", many("attendance", "excuse_id"), "page", by("lesson_date", "id"), ("first",)),
    },
}
"""Type → field → where it leads, as in `oracle_links`."""

SCALARS: dict[str, dict[str, Any]] = {
    "Excuse": {
        "kind": lambda world, row: row["kind"].upper(),
        "endsOn": lambda world, row: str(row["ends_on"]),
        "inTime": lambda world, row: row["due_on"] and row["entered_on"] <= row["due_on"],
    }
}
PERSONAL: dict[str, dict[str, Any]] = {
    "Excuse": {"number": lambda world, row: row["number"], "comment": lambda world, row: row["comment"]}
}


async def add_excuses(maker: "Maker", moment: Any) -> None:
    """Excuses of every kind for those who were away, in time and late, some withdrawn; files on some of them."""
    rng = maker.rng
    away = await maker.connection.fetch(
        "SELECT a.id, student_id, lesson_date, y.id AS year FROM attendance AS a JOIN academic_year AS y"
        " ON y.school_id = a.school_id AND lesson_date BETWEEN y.starts_on AND y.ends_on"
        " WHERE a.school_id = $1 AND code IN ('illness', 'excused', 'other') ORDER BY a.id",
        maker.school,
    )
    by_account = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    for number, each in enumerate(rng.sample(away, min(60, len(away)))):
        kind = list(ExcuseKind)[number % len(ExcuseKind)]
        message, day = kind is ExcuseKind.MESSAGE, each["lesson_date"]
        entered = day + timedelta(days=rng.choice((0, 1, 9)))
        excuse = await maker.add(
            *("excuse",),
            year_id=each["year"],
            student_id=each["student_id"],
            kind=kind.value,
            code="illness",
            number=None if message else f"{number}",
            issued_on=None if message else day,
            received_on=day,
            due_on=None if message else day + timedelta(days=2),
            starts_on=day - timedelta(days=rng.choice((0, 2))),
            ends_on=day + timedelta(days=rng.choice((0, 1, 5))),
            comment=rng.choice((None, "Со слов матери")),
            entered_on=entered,
            entered_by=rng.choice(by_account),
            withdrawn_at=moment if number % 8 == 7 else None,
            changed_at=moment,
        )
        if number % 8 != 7:
            await maker.connection.execute("UPDATE attendance SET excuse_id = $2 WHERE id = $1", each["id"], excuse)
        if number % 5 == 0:
            file = await maker.add(
                *("file",),
                name="Справка.txt",
                digest="00",
                media_type="text/plain",
                size=1,
                uploaded_at=moment,
                uploaded_by=by_account[0],
            )
            await maker.add("attachment", file_id=file, excuse_id=excuse)
