"""A copy of a class's journal as the printed form shows it: rows of students, columns of lessons, cells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode, mean
from rules.journal_certificates import NO_RESULTS
from rules.journal_print import LEGEND, decimal, due_by, long_days, month_name, short_date, work_title
from rules.timetable import LessonState

Values = Mapping[str, Any]


def journal_form(copy: Values, time_zone: str, printed: str, certified: Sequence[str] = ()) -> dict[str, Any]:
    """The values of `journal.typ`, of a copy read back from JSON.

    time_zone: the school's. printed: what stands at the foot. certified: lines on the title page that say so.
    """
    leader, period = copy["class"]["leader"], copy["period"]
    return {
        "school": {
            "name": copy["school"]["name"],
            "full": copy["school"]["fullName"],
            "address": copy["school"]["address"] or "",
        },
        "title": copy["class"]["name"],
        "leader": leader["name"] if leader else "не назначен",
        "leader-short": _short(leader),
        "year": copy["year"]["name"],
        "period": period["name"],
        "days": long_days(date.fromisoformat(period["startsOn"]), date.fromisoformat(period["endsOn"])),
        "printed": printed,
        "certified": list(certified),
        "legend": LEGEND,
        "pages": [_page(page, ZoneInfo(time_zone)) for page in copy["pages"]],
        "marks": _marks(copy.get("results", NO_RESULTS)),
    }


def _marks(results: Values) -> dict[str, Any]:
    """The sheet of the period's marks: students by subjects."""
    by_subject = [{mark["student"]: mark["value"] for mark in each["marks"]} for each in results["subjects"]]
    return {
        "subjects": [each["name"] for each in results["subjects"]],
        "rows": [
            {
                "number": str(number),
                "name": each["name"],
                "cells": [marks.get(each["id"], "") for marks in by_subject],
            }
            for number, each in enumerate(results["students"], 1)
        ],
    }


def certified_lines(certificate: Any, zone: ZoneInfo) -> list[str]:
    """What the title page says of a certificate: its number, date and digest, and by whose key it is signed."""
    lines = [
        f"Заверено директором {certificate.issued_at.astimezone(zone):%d.%m.%Y} под № {certificate.number}",
        f"SHA-256: {certificate.digest}",
    ]
    if certificate.accepted_at is None:
        return [*lines, "Электронной подписью не подписано"]
    signed_at = (certificate.signed_at or certificate.accepted_at).astimezone(zone)
    return [
        *lines,
        f"Подписано электронной подписью {signed_at:%d.%m.%Y %H:%M}",
        f"Сертификат {certificate.serial}, действует с {certificate.valid_from.astimezone(zone):%d.%m.%Y}"
        f" по {certificate.valid_until.astimezone(zone):%d.%m.%Y}",
        f"Владелец: {certificate.subject}",
    ]


def _page(page: Values, zone: ZoneInfo) -> dict[str, Any]:
    """A subject of a group. Lessons that were cancelled have no column: nothing can be written there."""
    lessons = [lesson for lesson in page["lessons"] if lesson["state"] != LessonState.CANCELLED]
    names = {each["id"]: each["short"] for each in page["students"]}
    teachers = list(dict.fromkeys(_short(lesson["teacher"]) for lesson in lessons if lesson["teacher"]))
    cells = [_cells(lesson) for lesson in lessons]
    return {
        "title": f"{page['subject']['name']} · {page['group']['title'].partition(' / ')[0]}{_part(page)}",
        "teachers": ", ".join(teachers) or "не назначен",
        "signers": teachers or [""],
        "lessons": [_lesson(lesson, names, zone) for lesson in lessons],
        "results": ["Средний балл", "Взвеш. балл"],
        "rows": [
            {
                "number": str(number),
                "name": each["name"],
                "cells": [cell[each["id"]] for cell in cells],
                "results": _averages(each["id"], lessons),
            }
            for number, each in enumerate(page["students"], 1)
        ],
    }


def _part(page: Values) -> str:
    """The subgroup's name: its title is «5Ж / Английский язык, группа 2»."""
    _, _, part = page["group"]["title"].partition(" / ")
    name = part.removeprefix(page["subject"]["name"]).removeprefix(", ")
    return f", {name}" if name else ""


def _cells(lesson: Values) -> Mapping[int, str]:
    """What stands in each student's cell: the letters of an absence, and beside them the marks in order of tasks."""
    found = defaultdict(list)
    for each in lesson["attendance"]:
        found[each["student"]].append(ATTENDANCE_LETTERS[AttendanceCode(each["code"])])
    for task in lesson["tasks"]:
        for mark in task["marks"]:
            found[mark["student"]].append(mark["value"])
    return defaultdict(str, {student: " ".join(parts) for student, parts in found.items()})


def _averages(student: int, lessons: Sequence[Values]) -> list[str]:
    """The simple and the weighted average of the marks that are numbers."""
    numbers = [
        (int(mark["value"]), task["weight"])
        for lesson in lessons
        for task in lesson["tasks"]
        for mark in task["marks"]
        if mark["student"] == student and mark["value"].isdecimal()
    ]
    values, weights = [value for value, _ in numbers], [weight for _, weight in numbers]
    return [decimal(mean(values)), decimal(mean(values, weights))]


def _lesson(lesson: Values, names: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    day, called = date.fromisoformat(lesson["date"]), lesson["rollCalledAt"]
    works = [work_title(task["kind"], task["name"]) for task in lesson["tasks"]]
    substitute = f"{_short(lesson['substitute'])} (замена)" if lesson["substitute"] else None
    return {
        "month": month_name(day),
        "day": str(day.day),
        "date": short_date(day),
        "number": str(lesson["number"]),
        "topic": lesson["topic"] or "",
        "material": ". ".join(part.rstrip(".") for part in (lesson["material"], "; ".join(works)) if part),
        "homework": [_homework(each, names) for each in lesson["homework"]],
        "teacher": substitute or _short(lesson["teacher"]),
        "called": short_date(datetime.fromisoformat(called).astimezone(zone).date()) if called else "—",
    }


def _homework(work: Values, names: Mapping[int, str]) -> str:
    """For whom, what, and until when."""
    people = ", ".join(names[each] for each in work["students"] if each in names)
    text = due_by(work["text"], work["dueOn"])
    return text if work["forAll"] else f"{people}: {text}"


def _short(person: Values | None) -> str:
    """«Иванова М. П.»; nothing of nobody."""
    return str(person["short"]) if person else ""
