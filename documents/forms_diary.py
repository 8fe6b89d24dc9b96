"""A student's days as the printed diary shows them (7.13): weeks of lessons, then what they come to by subject."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode, mean
from rules.journal_print import ATTENDANCE_WORDS, LEGEND, counted, day_title, decimal, due_by, long_days, work_title
from rules.timetable import LessonState

Values = Mapping[str, Any]


def diary_form(copy: Values, printed: str) -> dict[str, Any]:
    """The values of `diary.typ`, of a copy read back from JSON. printed: what stands at the foot."""
    days = [(date.fromisoformat(each["date"]), each) for each in copy["days"]]
    weeks = [list(week) for _, week in groupby(days, lambda each: each[0].isocalendar()[:2])]
    return {
        "school": {"name": copy["school"]},
        "student": copy["student"],
        "title": f"{copy['class']} класс" if copy["class"] else "вне класса",
        "leader": copy["leader"] or "",
        "days": long_days(date.fromisoformat(copy["since"]), date.fromisoformat(copy["until"])),
        "printed": printed,
        "legend": LEGEND,
        "weeks": [
            {"title": long_days(week[0][0], week[-1][0]), "days": list(map(_day, shown))}
            for week in weeks
            if (shown := [each for each in week if each[1]["lessons"] or each[1]["holiday"]])
        ],
        "totals": list(_totals([lesson for _, each in days for lesson in each["lessons"]])),
    }


def _day(each: tuple[date, Values]) -> dict[str, Any]:
    day, found = each
    return {
        "title": day_title(day),
        "note": found["holiday"] or "",
        "lessons": [_lesson(lesson) for lesson in found["lessons"]],
    }


def _lesson(lesson: Values) -> dict[str, Any]:
    cancelled = lesson["state"] == LessonState.CANCELLED
    return {
        "number": str(lesson["number"]),
        "subject": lesson["subject"] or "",
        "time": "урок отменён" if cancelled else f"{lesson['startsAt'][:5]}–{lesson['endsAt'][:5]}",
        "topic": lesson["topic"] or "",
        "works": [work_title(kind, name) for kind, name in lesson["works"]],
        "homework": [due_by(text, due) for text, due in lesson["homework"]],
        "marks": " ".join(value for value, _ in lesson["marks"]),
        "attendance": _attendance(lesson),
    }


def _attendance(lesson: Values) -> str:
    """«Н», or «ОП, 10 мин»."""
    if lesson["code"] is None:
        return ""
    minutes = f", {lesson['minutesLate']} мин" if lesson["minutesLate"] else ""
    return ATTENDANCE_LETTERS[AttendanceCode(lesson["code"])] + minutes


def _totals(lessons: Sequence[Values]) -> Iterator[dict[str, str]]:
    """By subject: the marks, their average, and the lessons missed, of subjects that have either."""
    subjects = defaultdict(list)
    for lesson in lessons:
        subjects[lesson["subject"] or ""].append(lesson)
    for subject, of_subject in sorted(subjects.items()):
        marks = [value for lesson in of_subject for value, _ in lesson["marks"]]
        codes = [AttendanceCode(lesson["code"]) for lesson in of_subject if lesson["code"]]
        if marks or codes:
            yield {
                "subject": subject,
                "marks": " ".join(marks),
                "average": decimal(mean([int(value) for value in marks if value.isdecimal()])),
                "missed": _missed(codes),
            }


def _missed(codes: Sequence[AttendanceCode]) -> str:
    """«3 урока: 2 — болезнь, 1 — причина не указана; опозданий: 1»."""
    missed = [code for code in codes if code is not AttendanceCode.LATE]
    reasons = ", ".join(f"{missed.count(code)} — {ATTENDANCE_WORDS[code]}" for code in dict.fromkeys(missed))
    late = codes.count(AttendanceCode.LATE)
    parts = [f"{counted(len(missed), ('урок', 'урока', 'уроков'))}: {reasons}"] if missed else []
    return "; ".join((*parts, *([f"опозданий: {late}"] if late else [])))
