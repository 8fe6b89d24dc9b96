"""What every command that puts lessons into the timetable asks: is it a school day, when does it ring, who is free.

A day is locked before lessons are put into it: of two commands that want the same slot the second sees what the first
has done. Groups are locked first (`hold_topics`), then lessons, both by id, then days, by date.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, any_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, GroupMembership, Holiday, SchoolClass, StudyGroup, Subject
from models.school import Staff
from models.timetable import Bell, BellSchedule, Lesson
from models.timetable_corrections import StaffAbsence
from permissions.scopes import on, same
from rules.curriculum import class_name, group_title
from rules.days import is_official_holiday
from rules.timetable import LessonState
from rules.timetable_corrections import Taken, collision, lesson_title, not_a_school_day, teacher_away
from rules.timetable_lessons import given_away

from .commands import Work, among
from .timetable_days import transfers_of

Fields = Mapping[int, Mapping[Taken, str]]
"""Lesson → what may be taken → the input field that asked for it."""


async def lock_days(work: Work, days: Iterable[date]) -> None:
    """Keep other commands from putting lessons into these days, until the end of this one."""
    for day in sorted(set(days)):
        key = func.hashtextextended(f"lessons {work.viewer.school_id} {day}", 0)
        await work.fetch(select(func.pg_advisory_xact_lock(key)))


async def check_school_day(work: Work, year_id: int, grade: int, day: date, field: str) -> None:
    """Refuse a day outside the class's school year, of its holidays, or whose lessons were moved away (6.1)."""
    year = await work.first(
        select(AcademicYear.name).where(
            AcademicYear.school_id == work.viewer.school_id, AcademicYear.id == year_id, on(day, AcademicYear)
        )
    )
    if year is None:
        raise not_a_school_day("Этот день — вне учебного года класса.", field)
    holiday = await work.first(
        select(Holiday.name).where(
            Holiday.school_id == work.viewer.school_id,
            Holiday.year_id == year_id,
            on(day, Holiday),
            or_(Holiday.grades.is_(None), literal(grade) == any_(Holiday.grades)),
        )
    )
    if holiday is not None:
        raise not_a_school_day(f"В этот день нет уроков: {holiday.name}.", field)
    if is_official_holiday(day):
        raise not_a_school_day("Это праздничный или выходной день по производственному календарю.", field)
    transfer = given_away(await transfers_of(work, work.viewer.school_id, year_id), day, grade)
    if transfer is not None:
        raise not_a_school_day(f"Уроки этого дня перенесены на {transfer.to_date:%d.%m.%Y}.", field)


async def bell_of(work: Work, year_id: int, shift: int, day: date, number: int) -> Any:
    """When the lesson of that number begins and ends: by the weekday's own bells, or else by the shift's usual ones."""
    schedule = (
        select(BellSchedule.id)
        .where(
            BellSchedule.school_id == work.viewer.school_id,
            BellSchedule.year_id == year_id,
            BellSchedule.shift == shift,
            or_(BellSchedule.weekday.is_(None), BellSchedule.weekday == day.isoweekday()),
        )
        .order_by(BellSchedule.weekday.nulls_last())
        .limit(1)
    )
    return await work.first(
        select(Bell.starts_at, Bell.ends_at).where(
            Bell.school_id == work.viewer.school_id,
            Bell.schedule_id == schedule.scalar_subquery(),
            Bell.number == number,
        )
    )


def _gives(lesson: Any) -> Any:
    """Who gives the lesson."""
    return func.coalesce(lesson.substitute_id, lesson.teacher_id)


async def check_free(work: Work, lessons: Collection[int], fields: Fields, takes: Collection[Taken]) -> None:
    """Refuse lessons, as they now stand, that claim a teacher, a room or students whom another lesson has (6.1)."""
    if not lessons or not takes:
        return
    mine, other = aliased(Lesson), aliased(Lesson)
    own_group, other_group = aliased(StudyGroup), aliased(StudyGroup)
    member, fellow = aliased(GroupMembership), aliased(GroupMembership)
    common = (
        select(fellow.group_id)
        .join(member, and_(member.school_id == fellow.school_id, member.student_id == fellow.student_id))
        .where(
            *(member.school_id == mine.school_id, member.group_id == mine.group_id),
            *(on(mine.date, member), on(mine.date, fellow)),
        )
    )
    of_class = (
        select(other_group.id)
        .join(
            own_group,
            and_(own_group.school_id == other_group.school_id, own_group.class_id == other_group.class_id),
        )
        .where(
            *(own_group.school_id == mine.school_id, own_group.id == mine.group_id),
            or_(own_group.id == other_group.id, own_group.subject_id.is_(None), other_group.subject_id.is_(None)),
        )
    )
    claims = {
        Taken.TEACHER: or_(
            other.substitute_id == _gives(mine),
            and_(other.substitute_id.is_(None), other.teacher_id == _gives(mine)),
        ),
        Taken.ROOM: other.room_id == mine.room_id,
        Taken.GROUP: or_(other.group_id.in_(common), other.group_id.in_(of_class)),
    }
    parts = [
        select(literal(taken.value).label("taken"), mine.id.label("mine"), other.id.label("other"))
        .join(
            other,
            and_(
                *(other.school_id == mine.school_id, other.date == mine.date, other.id != mine.id),
                *(other.starts_at < mine.ends_at, mine.starts_at < other.ends_at),
                *(other.state != LessonState.CANCELLED, claims[taken]),
            ),
        )
        .where(mine.school_id == work.viewer.school_id, among(mine.id, lessons), mine.state != LessonState.CANCELLED)
        for taken in Taken
        if taken in takes
    ]
    found = await work.fetch(union_all(*parts))
    if found:
        first = min(found, key=lambda row: (row.mine, list(Taken).index(Taken(row.taken)), row.other))
        taken = Taken(first.taken)
        raise collision(taken, await _title(work, first.other), first.other, fields[first.mine][taken])


async def _title(work: Work, lesson_id: int) -> str:
    """What people call a lesson that stands."""
    lesson = await work.first(
        select(Lesson.group_id, Lesson.subject_id, Lesson.date.label("day"), Lesson.number).where(
            Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id
        )
    )
    return (await titles_of(work, [lesson]))[0]


async def titles_of(work: Work, lessons: Sequence[Any]) -> list[str]:
    """What people call lessons, whether they stand or are only planned: each of a group, a subject, a day, a number."""
    if not lessons:
        return []
    part = aliased(Subject)
    groups = {
        row.id: group_title(class_name(row.grade, row.letter), row.part, row.name)
        for row in await work.fetch(
            select(StudyGroup.id, SchoolClass.grade, SchoolClass.letter, StudyGroup.name, part.name.label("part"))
            .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
            .outerjoin(part, and_(part.school_id == StudyGroup.school_id, part.id == StudyGroup.subject_id))
            .where(
                StudyGroup.school_id == work.viewer.school_id,
                among(StudyGroup.id, {each.group_id for each in lessons}),
            )
        )
    }
    of_school = select(Subject.id, Subject.name).where(
        Subject.school_id == work.viewer.school_id, among(Subject.id, {each.subject_id for each in lessons})
    )
    subjects = {row.id: row.name for row in await work.fetch(of_school)}
    return [lesson_title(groups[e.group_id], subjects[e.subject_id], e.day, e.number) for e in lessons]


def is_away(staff: Any, day: Any) -> Any:
    """That the employee is not there on the day: absent, not hired yet, or dismissed before it."""
    absent = (
        select(literal(1))
        .where(StaffAbsence.school_id == staff.school_id, StaffAbsence.staff_id == staff.id, on(day, StaffAbsence))
        .exists()
    )
    return or_(absent, staff.hired_on > day, and_(staff.dismissed_on.is_not(None), staff.dismissed_on < day))


async def check_present(work: Work, lessons: Collection[int], fields: Fields) -> None:
    """Refuse lessons, as they now stand, whose giver is not there on the day (6.5)."""
    if not lessons:
        return
    away = await work.first(
        select(Lesson.id)
        .join(Staff, and_(Staff.school_id == Lesson.school_id, Staff.id == _gives(Lesson)))
        .where(Lesson.school_id == work.viewer.school_id, among(Lesson.id, lessons), is_away(Staff, Lesson.date))
        .order_by(Lesson.id)
        .limit(1)
    )
    if away is not None:
        raise teacher_away(fields[away.id][Taken.TEACHER])
