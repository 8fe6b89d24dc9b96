"""Blanks of temporary journals (13.1): what is printed on them of a class, its lessons and its students."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from models.curriculum import DroppedSubject, GroupMembership, SchoolClass, StudyGroup
from models.journal import Task, WorkType
from models.school import Person, School, Student
from models.timetable import Lesson
from permissions.journal_outage import lessons_to_fill
from permissions.scopes import same
from rules.curriculum import class_name
from rules.journal_outage import check_days, local
from rules.journal_outage_sheets import Blank, BlankJournal, BlankLesson, BlankTask
from rules.refusals import not_found
from rules.timetable import LessonState

from .commands import among, command
from .context import Context
from .database import Transaction


@dataclass(frozen=True)
class _Member:
    """A stay of a student in a group, with what decides whether they get anything there."""

    group_id: int
    student_id: int
    name: str
    starts_on: date
    ends_on: date | None
    taught_at_home: bool


def _holds(stay: Any, day: date) -> bool:
    return bool(stay.starts_on <= day and (stay.ends_on is None or stay.ends_on >= day))


async def blank_of(context: Context, class_id: int, since: date, until: date) -> Blank:
    """The blank of a class for some days: of the journals in which the viewer may write. `NOT_FOUND` without any.

    Noted in the audit trail: who, what, when.
    """
    check_days(since, until)
    viewer = context.viewer
    async with command(context, "makeOutageSheets", {"class": class_id, "from": since, "to": until}) as work:
        lessons = await work.reach(
            lessons_to_fill(viewer)
            .where(Lesson.date.between(since, until), Lesson.state != LessonState.CANCELLED)
            .where(StudyGroup.class_id == class_id)
            .order_by(Lesson.date, Lesson.number, Lesson.id)
        )
        if not lessons:
            raise not_found("id")
        about = await work.first(
            select(School.code, School.name, SchoolClass.grade, SchoolClass.letter)
            .join(SchoolClass, SchoolClass.school_id == School.id)
            .where(SchoolClass.school_id == viewer.school_id, SchoolClass.id == class_id)
        )
        kinds = await work.fetch(
            select(WorkType.short_name, WorkType.name)
            .where(WorkType.school_id == viewer.school_id)
            .order_by(WorkType.position, WorkType.id)
        )
        tasks = await _tasks(work, viewer.school_id, [lesson.id for lesson in lessons])
        members = await _members(work, viewer.school_id, {lesson.group_id for lesson in lessons}, since, until)
        dropped = await _dropped(work, viewer.school_id, {each.student_id for each in members}, since, until)
    journals: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for lesson in lessons:
        journals[lesson.group_id, lesson.subject_id].append(lesson)
    return Blank(
        about.code,
        about.name,
        class_id,
        class_name(about.grade, about.letter),
        since,
        until,
        local(context.now, viewer.time_zone),
        {row.short_name: row.name for row in kinds},
        sorted((_journal(each, members, dropped, tasks) for each in journals.values()), key=lambda each: each.title),
    )


async def classes_to_fill(context: Context, since: date, until: date) -> list[tuple[int, str]]:
    """The classes of whose lessons on these days the viewer may have blanks: number and name, in their order."""
    check_days(since, until)
    lessons = (
        lessons_to_fill(context.viewer)
        .where(Lesson.date.between(since, until), Lesson.state != LessonState.CANCELLED)
        .with_only_columns(StudyGroup.class_id, maintain_column_froms=True)
    )
    async with context.database.transaction() as work:
        rows = await work.fetch(
            select(SchoolClass.id, SchoolClass.grade, SchoolClass.letter)
            .where(SchoolClass.school_id == context.viewer.school_id, SchoolClass.id.in_(lessons))
            .order_by(SchoolClass.grade, SchoolClass.letter, SchoolClass.id),
            **context.viewer.parameters(),
        )
    return [(row.id, class_name(row.grade, row.letter)) for row in rows]


def _journal(
    lessons: Sequence[Any], members: Iterable[_Member], dropped: Iterable[Any], tasks: dict[int, list[BlankTask]]
) -> BlankJournal:
    first = lessons[0]
    stays = [each for each in members if each.group_id == first.group_id]
    days = {lesson.date for lesson in lessons}
    listed = {each.student_id: each.name for each in stays if any(_holds(each, day) for day in days)}
    without = [each for each in dropped if each.subject_id == first.subject_id]

    def missing(day: date) -> frozenset[int]:
        there = {each.student_id for each in stays if _holds(each, day) and not each.taught_at_home}
        return frozenset(listed.keys() - there | {each.student_id for each in without if _holds(each, day)})

    return BlankJournal(
        first.group_id,
        first.subject_id,
        ", ".join(name for name in (first.subject, first.group_name) if name),
        [
            BlankLesson(
                lesson.id,
                lesson.date,
                lesson.number,
                lesson.topic,
                lesson.material,
                tasks.get(lesson.id, []),
                missing(lesson.date),
            )
            for lesson in lessons
        ],
        list(listed.items()),
    )


async def _tasks(work: Transaction, school_id: int, lessons: Sequence[int]) -> dict[int, list[BlankTask]]:
    rows = await work.fetch(
        select(Task.id, Task.lesson_id, WorkType.short_name)
        .join(WorkType, same(WorkType, Task.work_type_id))
        .where(Task.school_id == school_id, among(Task.lesson_id, lessons))
        .order_by(Task.lesson_id, Task.position, Task.id)
    )
    found: dict[int, list[BlankTask]] = defaultdict(list)
    for row in rows:
        found[row.lesson_id].append(BlankTask(row.id, row.short_name))
    return found


async def _members(work: Transaction, school_id: int, groups: Iterable[int], since: date, until: date) -> list[_Member]:
    """Who is in these groups on one of the days, by name."""
    rows = await work.fetch(
        select(
            GroupMembership.group_id,
            GroupMembership.student_id,
            Person.family_name,
            Person.given_name,
            GroupMembership.starts_on,
            GroupMembership.ends_on,
            Student.taught_at_home,
        )
        .join(Student, same(Student, GroupMembership.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(
            GroupMembership.school_id == school_id,
            among(GroupMembership.group_id, list(groups)),
            GroupMembership.starts_on <= until,
            or_(GroupMembership.ends_on.is_(None), GroupMembership.ends_on >= since),
        )
        .order_by(Person.sort_key, Student.id)
    )
    return [
        _Member(
            row.group_id,
            row.student_id,
            f"{row.family_name} {row.given_name}",
            row.starts_on,
            row.ends_on,
            row.taught_at_home,
        )
        for row in rows
    ]


async def _dropped(work: Transaction, school_id: int, students: Iterable[int], since: date, until: date) -> list[Any]:
    """Subjects that some of the students do not take on one of the days (7.8)."""
    return await work.fetch(
        select(
            DroppedSubject.student_id, DroppedSubject.subject_id, DroppedSubject.starts_on, DroppedSubject.ends_on
        ).where(
            DroppedSubject.school_id == school_id,
            among(DroppedSubject.student_id, list(students)),
            DroppedSubject.starts_on <= until,
            or_(DroppedSubject.ends_on.is_(None), DroppedSubject.ends_on >= since),
        )
    )
