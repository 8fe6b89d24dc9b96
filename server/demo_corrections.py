"""What became of the demo school's lessons: corrections with their reasons, and absences of those who were away."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

from rules.timetable import LessonState
from rules.timetable_absences import AbsenceKind
from rules.timetable_corrections import CorrectionKind

from .demo_accounts import Accounts
from .demo_lessons import Lesson, Year
from .demo_rows import Rows
from .demo_staff import DEPUTY, HR, Team
from .demo_year import DEMO_TODAY, FROSTY_DAY, at

_ONE = timedelta(days=1)


def write_corrections(rows: Rows, year: Year, team: Team, accounts: Accounts) -> None:
    """A correction for each lesson that did not go as planned, and an absence for each time somebody was away."""
    deputy, hr = (accounts.of_staff[team.administration[each]] for each in (DEPUTY, HR))
    for number, lesson in enumerate(year.lessons):
        if found := _what(lesson):
            kind, reason, day, place = found
            rows.add(
                "lesson_correction",
                lesson_id=number,
                kind=kind.value,
                reason=reason,
                made_at=_before(min(day, lesson.day)),
                made_by=deputy,
                date=day,
                number=place,
                subject_id=lesson.course.subject,
                teacher_id=lesson.teacher,
                room_id=lesson.room,
            )
    for staff, first, last in _spells(year.away, year.days):
        _add_absence(rows, staff, AbsenceKind.SICK_LEAVE, first, last, hr)
    tomorrow = next(day for day in year.days if day > DEMO_TODAY)
    for lesson in year.lessons:
        if lesson.day == tomorrow and lesson.substitute is None and (tomorrow, lesson.teacher) not in year.away:
            _add_absence(rows, lesson.teacher, AbsenceKind.BUSINESS_TRIP, tomorrow, tomorrow + _ONE, deputy)
            break


def _what(lesson: Lesson) -> tuple[CorrectionKind, str, date, int] | None:
    """What was done to a lesson and why, and on which day and as which lesson it stood before."""
    if lesson.state is LessonState.CANCELLED:
        frosty = lesson.day == FROSTY_DAY and lesson.course.of.grade <= 4
        reason = "Актированный день: мороз" if frosty else "Некому заменить учителя"
        return CorrectionKind.CANCELLED, reason, lesson.day, lesson.number
    if lesson.substitute is not None:
        return CorrectionKind.SUBSTITUTED, "Больничный лист учителя", lesson.day, lesson.number
    if lesson.moved_from is not None and lesson.number_before is not None:
        return CorrectionKind.MOVED, "По просьбе классного руководителя", lesson.moved_from, lesson.number_before
    return None


def _before(day: date) -> datetime:
    """The morning before a day, or today's if it is still to come."""
    return at(min(day - _ONE, DEMO_TODAY), time(9))


def _spells(away: set[tuple[date, int]], days: list[date]) -> list[tuple[int, date, date]]:
    """Who was away from when to when: days of lessons that follow each other are one absence."""
    place = {day: number for number, day in enumerate(days)}
    of: dict[int, list[date]] = {}
    for day, staff in sorted(away):
        of.setdefault(staff, []).append(day)
    found = []
    for staff, missed in sorted(of.items()):
        breaks = [other for one, other in pairwise(missed) if place[other] != place[one] + 1]
        starts = [missed[0], *breaks]
        ends = [*(missed[missed.index(day) - 1] for day in breaks), missed[-1]]
        found += [(staff, first, last) for first, last in zip(starts, ends, strict=True)]
    return found


def _add_absence(rows: Rows, staff: int, kind: AbsenceKind, first: date, last: date, by: int) -> None:
    moment = at(min(first, DEMO_TODAY), time(8))
    rows.add(
        "staff_absence",
        staff_id=staff,
        kind=kind.value,
        starts_on=first,
        ends_on=last,
        recorded_at=moment,
        recorded_by=by,
        changed_at=moment,
        changed_by=by,
    )
