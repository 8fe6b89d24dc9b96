"""«Сводная ведомость учёта посещаемости»: what each student of a class missed, by month and in all (10.4)."""

from asyncio import gather
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Select, and_, case, func, select

from models.curriculum import Enrolment, GroupMembership, StudyGroup
from models.journal import Attendance, RollCall
from models.school import Person, Student
from models.timetable import Lesson
from permissions.journal import visible_attendance
from permissions.report_class import (
    first_of_month,
    lessons_taken,
    visible_counted_absences,
    visible_counted_lessons,
)
from permissions.scopes import of_school, same
from rules.account import Role
from rules.journal import AttendanceCode
from rules.report_attendance import (
    ATTENDANCE_FORMULA,
    ATTENDANCE_LEGEND,
    AbsenceLeft,
    AttendanceCounts,
    absence_left_out,
    lesson_left_out,
)
from rules.report_daily import months

from .context import Context
from .edges import Edge
from .edges_kinds import argument, parent_keys, to_one
from .report import Question
from .report_shown import Shown, shown_to

Span = tuple[date, date]
"""Some days: the first and the last."""


def _narrowed(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(StudyGroup.class_id.type, Date, Date)
    asked = and_(StudyGroup.class_id == keys.c.key0, Lesson.date.between(keys.c.key1, keys.c.key2))
    query = visible_counted_absences.for_roles(roles).join(keys, asked)
    query = query.add_columns(*(key.label(f"_{key.key}") for key in keys.c))
    return query.order_by(Lesson.date, Lesson.number, Attendance.id)


counted_absences = Edge(visible_counted_absences, ("class_id", "since", "until"), _narrowed, many=True)
"""What stands in the journal of a class's attendance on some days: read once, whoever asks what is behind a figure."""


def _lessons_narrowed(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(StudyGroup.class_id.type, Date, Date)
    asked = and_(StudyGroup.class_id == keys.c.key0, Lesson.date.between(keys.c.key1, keys.c.key2))
    query = visible_counted_lessons.for_roles(roles).join(keys, asked)
    query = query.add_columns(*(key.label(f"_{key.key}") for key in keys.c))
    return query.order_by(Lesson.date, Lesson.number, Lesson.id, GroupMembership.student_id)


counted_lessons = Edge(visible_counted_lessons, ("class_id", "since", "until"), _lessons_narrowed, many=True)
"""Which lessons of some days who of a class was to be at: read once, whoever asks what is behind a figure."""

attendance_itself = to_one(visible_attendance, Attendance.id, of="id")


@dataclass(frozen=True, slots=True)
class AttendanceBehind:
    """The absences and lessons that a figure is made of: of the days that a report reads those in a span, of all
    students of the class or one.
    """

    class_id: int
    read: Span
    days: Span
    student_id: int | None = None

    async def rows(self, context: Context, roles: Iterable[Role]) -> list[Any]:
        """Each entry, counted or not, as far as the viewer sees them; those of all figures are read together."""
        return await self._within(context, counted_absences(), roles)

    async def lessons(self, context: Context, roles: Iterable[Role]) -> list[Any]:
        """Each lesson of each student who was to be there, counted or not."""
        return await self._within(context, counted_lessons(), roles)

    async def _within(self, context: Context, edge: Any, roles: Iterable[Role]) -> list[Any]:
        found = await context.load_key(edge, (self.class_id, *self.read), frozenset(roles))
        first, last = self.days
        return [
            each for each in found if self.student_id in (None, each.student_id) and first <= each.lesson_date <= last
        ]


@dataclass(frozen=True, slots=True)
class AttendanceFigures:
    """Figures of attendance that can say where they come from."""

    counts: AttendanceCounts
    behind: AttendanceBehind

    @property
    def percent(self) -> Decimal | None:
        """How many percent of the lessons held were not missed."""
        return self.counts.percent

    @property
    def formula(self) -> str:
        """The formula of the percentage."""
        return ATTENDANCE_FORMULA


@dataclass(frozen=True, slots=True)
class MonthAttendance:
    """A month, as far as it is asked for."""

    month: date
    figures: AttendanceFigures


@dataclass(frozen=True, slots=True)
class StudentAttendance:
    """A student of the class. at_home: learns at home, and is not counted (7.8). left_on: the last day in the class,
    where it is one of those asked for or before.
    """

    student_id: int
    at_home: bool
    months: list[MonthAttendance]
    total: AttendanceFigures


@dataclass(frozen=True, slots=True)
class ClassAttendance:
    """What a class missed on some days."""

    class_id: int
    days: Span
    students: list[StudentAttendance]
    months: list[MonthAttendance]
    total: AttendanceFigures
    shown: Shown

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (*ATTENDANCE_LEGEND, *self.shown.legend)


def _members() -> Any:
    days = (argument("since", Date), argument("until", Date))
    return (
        select(Enrolment.student_id, Student.taught_at_home, Person.sort_key)
        .join(Student, same(Student, Enrolment.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(
            *(of_school(Enrolment), Enrolment.class_id == argument("class_id"), Enrolment.starts_on <= days[1]),
            func.coalesce(Enrolment.ends_on, days[1], type_=Date) >= days[0],
        )
        .distinct()
    )


_MISSED = [code for code in AttendanceCode if code not in (AttendanceCode.LATE, AttendanceCode.EXEMPT)]
_OF_A_DAY = {
    "illness_days": AttendanceCode.ILLNESS,
    "excused_days": AttendanceCode.EXCUSED,
    "unexcused_days": AttendanceCode.UNEXCUSED,
}


def _counted() -> Any:
    """By student and month: lessons by what stands at them, and days of which every lesson was missed."""
    student = GroupMembership.student_id
    code = func.coalesce(Attendance.code, "")
    taken = func.count().filter(code != AttendanceCode.EXEMPT.value)
    day = (
        lessons_taken(
            *(student, Lesson.date, first_of_month.label("month"), taken.label("held")),
            func.count().filter(and_(RollCall.id.is_(None), code != AttendanceCode.EXEMPT.value)).label("uncalled"),
            *(func.count().filter(code == each.value).label(each.value) for each in AttendanceCode),
        )
        .where(
            StudyGroup.class_id == argument("class_id"),
            Lesson.date.between(argument("since", Date), argument("until", Date)),
        )
        .group_by(student, Lesson.date)
        .subquery("day")
    )
    missed: Any = sum(day.c[each.value] for each in _MISSED)
    whole = and_(day.c.held > 0, missed == day.c.held)
    sums = ("held", "uncalled", *(each.value for each in AttendanceCode))
    return select(
        *(day.c.student_id, day.c.month),
        *(func.sum(day.c[name]).cast(student.type).label(name) for name in sums),
        func.count(case((whole, 1))).label("days"),
        *(
            func.count(case((and_(whole, day.c[each.value] == day.c.held), 1))).label(name)
            for name, each in _OF_A_DAY.items()
        ),
    ).group_by(day.c.student_id, day.c.month)


class_members = Question(_members)
_class_attendance = Question(_counted)


async def attendance_of(context: Context, class_id: int, days: Span) -> ClassAttendance:
    """What everybody missed who was in the class on one of the days, by name, or, read without names, by number."""
    shown = shown_to(context)
    asked = {"class_id": class_id, "since": days[0], "until": days[1]}
    members, by_month = await gather(class_members(context, **asked), _class_attendance(context, **asked))
    counted: dict[int, dict[date, AttendanceCounts]] = defaultdict(dict)
    for row in by_month:
        counted[row.student_id][row.month] = AttendanceCounts(
            **{name: row[name] for name in AttendanceCounts.__slots__}
        )
    spans = [(first, (max(first, days[0]), min(last, days[1]))) for first, last in months(*days)]

    def figures(counts: AttendanceCounts, span: Span, student_id: int | None = None) -> AttendanceFigures:
        return AttendanceFigures(counts, AttendanceBehind(class_id, days, span, student_id))

    students, own = [], {each.student_id: {} if each.taught_at_home else counted[each.student_id] for each in members}
    for each in sorted(members, key=lambda row: ("" if shown.rounded else row.sort_key, row.student_id)):
        number, of = each.student_id, own[each.student_id]
        monthly = [MonthAttendance(month, figures(of.get(month, _NOTHING), span, number)) for month, span in spans]
        total = figures(sum(of.values(), _NOTHING), days, number)
        students.append(StudentAttendance(number, each.taught_at_home, monthly, total))
    together = [
        MonthAttendance(month, figures(shown.attendance(of.get(month, _NOTHING) for of in own.values()), span))
        for month, span in spans
    ]
    everybody = figures(shown.attendance(each.total.counts for each in students), days)
    return ClassAttendance(class_id, days, students, together, everybody, shown)


_NOTHING = AttendanceCounts()


def lesson_reason(lesson: Any) -> AbsenceLeft | None:
    """Why a lesson is not counted as held for a student; None if it is."""
    return lesson_left_out(lesson.code, lesson.taught_at_home)


def absence_reason(absence: Any) -> AbsenceLeft | None:
    """Why an absence is not counted; None if it is."""
    return absence_left_out(absence.code, absence.taught_at_home, absence.taken)
