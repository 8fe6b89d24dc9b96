"""Dated lessons out of the weekly timetable: of what stands beside the plan, only what differs is touched."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Time,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from models import Base
from models.curriculum import AcademicYear, GroupMembership, SchoolClass, StudyGroup, TeachingAssignment
from models.curriculum_plan import Component, PlanHours
from models.curriculum_topics import Topic
from models.timetable import Bell, BellSchedule, Lesson
from models.timetable_week import Timetable, TimetableEntry
from permissions.scopes import on, same
from rules.curriculum import GroupKind
from rules.curriculum_plan import ComponentKind
from rules.timetable import LessonState, Weeks
from rules.timetable_checks import Assigned, Bells, Entry, Group, Week
from rules.timetable_corrections import Taken
from rules.timetable_lessons import Changes, Plan, Standing, Wanted, changes, days_between, wanted_lessons

from .commands import Work, among
from .database import Transaction
from .timetable_days import holidays_of, transfers_of
from .timetable_slots import lock_days, titles_of
from .timetable_topics import hold_topics, place_topics

CHUNK = 5_000
"""Rows that are written between two steps of a progress bar."""

Step = Callable[[int, int], None]
"""Told how many rows of how many have been written."""


@dataclass(frozen=True)
class Generated:
    """What has become of dated lessons. `left_out`: what each of those not made would have taken, and its title.

    `pairs`: group and subject of every lesson that came, went or changed.
    """

    created: int
    changed: int
    removed: int
    left_out: tuple[tuple[Taken, str], ...]
    pairs: frozenset[tuple[int, int]]


async def generate_lessons(
    work: Work, school_id: int, timetable_id: int, since: date, until: date, *, step: Step | None = None
) -> Generated:
    """Make the lessons from `since` to `until`, both inclusive, those of this version of the timetable.

    Only days on which the version is in force get any. Lessons that have been taught, filled in or corrected one by one
    stay as they are; others keep their ids where they stay. A lesson whose teacher, room or students one of those has
    is left out.
    """
    timetable = await work.first(
        select(Timetable.year_id, Timetable.starts_on, Timetable.ends_on).where(
            Timetable.school_id == school_id, Timetable.id == timetable_id
        )
    )
    plan = await load_plan(work, school_id, timetable.year_id, timetable_id, since)
    await hold_lessons(work, school_id, plan.groups, [(since, until)])
    standing = await _standing(work, school_id, plan, since, until)
    wanted = wanted_lessons(plan, max(since, timetable.starts_on), min(until, timetable.ends_on))
    found = changes(plan, standing, wanted)
    await _write(work, school_id, found, step or (lambda *_: None))
    await place_topics(work, school_id, found.pairs, work.today)
    counts = (len(found.create), len(found.change), len(found.remove))
    titles = await titles_of(work, [each.lesson for each in found.left_out])
    left_out = zip((each.taken for each in found.left_out), titles, strict=True)
    return Generated(*counts, tuple(left_out), frozenset(found.pairs))


async def hold_lessons(work: Work, school_id: int, groups: Collection[int], spans: Sequence[tuple[date, date]]) -> None:
    """Lock the lessons of these groups on these days, and of those moved away from there, and the days themselves.

    In the order in which every command locks: groups, lessons, days. While the groups are ours nobody puts another
    lesson there.
    """
    await hold_topics(work, school_id, groups)
    lessons = select(Lesson.id).where(*_around(school_id, groups, spans)).order_by(Lesson.id)
    await work.fetch(lessons.with_for_update())
    await lock_days(work, (day for span in spans for day in days_between(*span)))


def _around(school_id: int, groups: Collection[int], spans: Sequence[tuple[date, date]]) -> tuple[Any, ...]:
    """Lessons of the groups on these days, and those that were moved away from these days."""
    days = (column.between(*span) for span in spans for column in (Lesson.date, Lesson.moved_from))
    return Lesson.school_id == school_id, among(Lesson.group_id, groups), or_(*days)


async def load_week(transaction: Transaction, school_id: int, year_id: int, timetable_id: int, day: date) -> Week:
    """What the checks of a timetable need, with who is in which subgroup and who teaches what on a day."""
    groups = await load_groups(
        transaction, school_id, year_id, await load_members(transaction, school_id, year_id, day)
    )
    assigned = await transaction.fetch(
        select(TeachingAssignment.staff_id, TeachingAssignment.group_id, TeachingAssignment.subject_id).where(
            TeachingAssignment.school_id == school_id,
            among(TeachingAssignment.group_id, groups),
            on(day, TeachingAssignment),
        )
    )
    return Week(
        await load_entries(transaction, school_id, timetable_id),
        groups,
        await load_bells(transaction, school_id, year_id),
        frozenset(Assigned(row.staff_id, row.group_id, row.subject_id) for row in assigned),
        await _planned(transaction, school_id, year_id),
    )


async def _planned(transaction: Transaction, school_id: int, year_id: int) -> dict[tuple[int, int], float]:
    """Hours of lessons a week by the plan, of each class and subject."""
    rows = await transaction.fetch(
        select(PlanHours.class_id, PlanHours.subject_id, func.sum(PlanHours.hours).label("hours"))
        .join(Component, same(Component, PlanHours.component_id))
        .where(
            PlanHours.school_id == school_id,
            Component.year_id == year_id,
            Component.kind != ComponentKind.EXTRACURRICULAR,
        )
        .group_by(PlanHours.class_id, PlanHours.subject_id)
    )
    return {(row.class_id, row.subject_id): row.hours for row in rows}


async def load_members(transaction: Transaction, school_id: int, year_id: int, day: date) -> dict[int, set[int]]:
    """Who is in which subgroup on a day."""
    members: dict[int, set[int]] = {}
    for row in await transaction.fetch(
        select(GroupMembership.group_id, GroupMembership.student_id)
        .join(StudyGroup, same(StudyGroup, GroupMembership.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(
            GroupMembership.school_id == school_id,
            StudyGroup.kind == GroupKind.SUBGROUP,
            SchoolClass.year_id == year_id,
            on(day, GroupMembership),
        )
    ):
        members.setdefault(row.group_id, set()).add(row.student_id)
    return members


async def load_plan(transaction: Transaction, school_id: int, year_id: int, timetable_id: int, day: date) -> Plan:
    """What dated lessons are planned from, with who is in which subgroup on a day."""
    year = await transaction.first(
        select(AcademicYear.starts_on).where(AcademicYear.school_id == school_id, AcademicYear.id == year_id)
    )
    return Plan(
        year.starts_on,
        await load_entries(transaction, school_id, timetable_id),
        await load_groups(transaction, school_id, year_id, await load_members(transaction, school_id, year_id, day)),
        await load_bells(transaction, school_id, year_id),
        await holidays_of(transaction, school_id, year_id),
        await transfers_of(transaction, school_id, year_id),
    )


async def load_entries(transaction: Transaction, school_id: int, timetable_id: int) -> list[Entry]:
    """The entries of a version."""
    rows = await transaction.fetch(
        select(TimetableEntry).where(TimetableEntry.school_id == school_id, TimetableEntry.timetable_id == timetable_id)
    )
    return [
        Entry(
            row.id,
            row.weekday,
            row.number,
            Weeks(row.weeks),
            row.group_id,
            row.subject_id,
            row.teacher_id,
            row.room_id,
        )
        for row in rows
    ]


async def load_groups(
    transaction: Transaction, school_id: int, year_id: int, members: dict[int, set[int]] | None = None
) -> dict[int, Group]:
    """All groups of a year, those with the members that are given."""
    rows = await transaction.fetch(
        select(
            StudyGroup.id,
            StudyGroup.class_id,
            StudyGroup.kind,
            StudyGroup.subject_id,
            SchoolClass.grade,
            SchoolClass.shift,
        )
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(StudyGroup.school_id == school_id, SchoolClass.year_id == year_id)
    )
    return {
        row.id: Group(
            row.class_id,
            row.grade,
            row.shift,
            row.kind == GroupKind.WHOLE,
            frozenset((members or {}).get(row.id, ())),
            row.subject_id,
        )
        for row in rows
    }


async def load_bells(transaction: Transaction, school_id: int, year_id: int) -> Bells:
    """The bells of a year by shift and weekday: a day's own schedule, or else the shift's usual one."""
    rows = await transaction.fetch(
        select(BellSchedule.shift, BellSchedule.weekday, Bell.number, Bell.starts_at, Bell.ends_at)
        .join(Bell, and_(Bell.school_id == BellSchedule.school_id, Bell.schedule_id == BellSchedule.id))
        .where(BellSchedule.school_id == school_id, BellSchedule.year_id == year_id)
    )
    given: dict[tuple[int, int | None], dict[int, Any]] = {}
    for row in rows:
        given.setdefault((row.shift, row.weekday), {})[row.number] = (row.starts_at, row.ends_at)
    return {
        (shift, weekday): given.get((shift, weekday)) or given.get((shift, None), {})
        for shift in {shift for shift, _ in given}
        for weekday in range(1, 8)
    }


def is_filled() -> Any:
    """That something has been written at a lesson: whatever refers to it keeps it where it is."""
    hanging = [
        exists().where(*(element.parent == Lesson.__table__.c[element.column.name] for element in key.elements))
        for table in Base.metadata.tables.values()
        for key in table.foreign_key_constraints
        if key.referred_table is Lesson.__table__
    ]
    return or_(
        Lesson.state != LessonState.PLANNED,
        Lesson.substitute_id.is_not(None),
        _has_own_topic(),
        Lesson.material.is_not(None),
        *hanging,
    )


def _has_own_topic() -> Any:
    """That somebody has worded the lesson's topic otherwise than its plan, or put it on that very lesson."""
    planned = select(Topic.name).where(same(Topic, Lesson.topic_id)).scalar_subquery()
    return or_(Lesson.topic_pinned, and_(Lesson.topic.is_not(None), Lesson.topic.is_distinct_from(planned)))


async def _standing(work: Work, school_id: int, plan: Plan, since: date, until: date) -> list[Standing]:
    """The lessons of the year's groups on these days.

    And those that were moved away from these days by hand: they stand for lessons that are not to be made again.
    """
    rows = await work.fetch(
        select(
            Lesson.id,
            Lesson.group_id,
            Lesson.subject_id,
            Lesson.teacher_id,
            Lesson.room_id,
            Lesson.date,
            Lesson.number,
            Lesson.shift,
            Lesson.starts_at,
            Lesson.ends_at,
            Lesson.moved_from,
            Lesson.substitute_id,
            Lesson.state,
            is_filled().label("filled"),
        ).where(*_around(school_id, plan.groups, [(since, until)]))
    )
    return [
        Standing(
            *(row.id, row.group_id, row.subject_id, row.teacher_id, row.room_id, row.date, row.number, row.shift),
            *(row.starts_at, row.ends_at, row.moved_from),
            row.filled or plan.by_hand(row.group_id, row.date, row.moved_from) or not since <= row.date <= until,
            row.substitute_id,
            row.state == LessonState.CANCELLED,
        )
        for row in rows
    ]


async def _write(work: Work, school_id: int, found: Changes, step: Step) -> None:
    """Write the changes, each kind in statements over many rows."""
    total, done = len(found.remove) + len(found.change) + len(found.create), 0
    step(done, total)
    for removed in _chunks(found.remove):
        ids = [each.id for each in removed]
        await work.execute(delete(Lesson).where(Lesson.school_id == school_id, among(Lesson.id, ids)))
        step(done := done + len(removed), total)
    for changed in _chunks(found.change):
        await _change(work, school_id, changed)
        step(done := done + len(changed), total)
    for created in _chunks(found.create):
        await _create(work, school_id, created)
        step(done := done + len(created), total)


def _chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


_CHANGED = {
    "teacher_id": BigInteger,
    "room_id": BigInteger,
    "shift": BigInteger,
    "starts_at": Time,
    "ends_at": Time,
    "moved_from": Date,
}


async def _change(work: Work, school_id: int, changed: Sequence[tuple[int, Wanted]]) -> None:
    arrays = [bindparam("ids", [number for number, _ in changed], ARRAY(BigInteger))]
    for name, type_ in _CHANGED.items():
        arrays.append(bindparam(f"{name}s", [getattr(wanted, name) for _, wanted in changed], ARRAY(type_)))
    news = func.unnest(*arrays).table_valued("id", *_CHANGED).render_derived()
    await work.execute(
        update(Lesson)
        .where(Lesson.school_id == school_id, Lesson.id == news.c.id)
        .values(
            **{name: news.c[name] for name in _CHANGED},
            version=Lesson.version + 1,
            changed_at=work.now,
            changed_by=work.viewer.account_id,
        )
    )


_COLUMNS = (
    *("school_id", "group_id", "subject_id", "teacher_id", "room_id", "date", "number", "shift"),
    *("starts_at", "ends_at", "state", "moved_from", "changed_at", "changed_by"),
)


async def _create(work: Work, school_id: int, created: Sequence[Wanted]) -> None:
    await work.connection.copy_records_to_table(
        Lesson.__tablename__,
        columns=_COLUMNS,
        records=[
            (
                *(school_id, each.group_id, each.subject_id, each.teacher_id, each.room_id, each.day, each.number),
                *(each.shift, each.starts_at, each.ends_at, LessonState.PLANNED.value, each.moved_from),
                *(work.now, work.viewer.account_id),
            )
            for each in created
        ],
    )
