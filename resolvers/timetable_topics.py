"""Topics on lessons: placing them (5.5), and what of a plan has been scheduled, held, and left over."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    not_,
    select,
    update,
)

from models.account import AuditEntry
from models.curriculum import AcademicYear, StudyGroup
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment
from models.timetable import Lesson
from permissions.curriculum_topics import visible_topic_assignments, visible_topics
from permissions.scopes import of_school, same
from permissions.timetable import visible_lessons
from rules.account import Role
from rules.timetable import LessonState
from rules.timetable_topics import LessonTopic, PlannedTopic, Wanted, placed

from .commands import among
from .database import Transaction
from .edges import Edge
from .edges_kinds import parent_keys, to_one
from .timetable import BY_TIME

Pair = tuple[int, int]
"""A group and a subject."""


# Placing


@dataclass(frozen=True)
class Reworked:
    """What a change of plans has made of their topics: how they were called before, and which are no longer in them."""

    names: Mapping[int, str]
    dropped: Collection[int]


async def hold_topics(work: Transaction, school_id: int, groups: Collection[int]) -> None:
    """Lock these groups in order of id, so that nobody else places topics, or puts lessons, there meanwhile.

    Whoever locks lessons other than to write in their journal calls this first: two who each held a lesson that the
    other one's topics move to would wait for each other.
    """
    mine = select(StudyGroup.id).where(StudyGroup.school_id == school_id, among(StudyGroup.id, groups))
    await work.fetch(mine.order_by(StudyGroup.id).with_for_update(key_share=True))


async def assigned_plans(work: Transaction, school_id: int, pairs: Collection[Pair]) -> list[Any]:
    """Which plans these groups go by in these subjects, since and until when."""
    given = _pairs(pairs)
    return await work.fetch(
        select(
            TopicPlanAssignment.id,
            TopicPlanAssignment.plan_id,
            TopicPlanAssignment.group_id,
            TopicPlanAssignment.subject_id,
            TopicPlanAssignment.starts_on,
            TopicPlanAssignment.ends_on,
        )
        .join(given, and_(*_is(TopicPlanAssignment, given)))
        .where(TopicPlanAssignment.school_id == school_id)
        .order_by(TopicPlanAssignment.id)
    )


async def place_topics(
    work: Transaction, school_id: int, pairs: Collection[Pair], since: date, reworked: Reworked | None = None
) -> int:
    """Put the topics of their plans on the lessons of these groups and subjects, each pair given once or more (5.5).

    To be called in the transaction that made, moved, cancelled or restored lessons, once, after all of it has been
    written, with the pairs that have won or lost a lesson; their groups have been held since before (`hold_topics`).
    Only lessons from `since` on that have not been held and are not in the teacher's own words change (`placed` in
    rules/timetable_topics.py says how); `since` is the school's today as a rule. A row that has what it should have is
    not written, so that a second call does nothing. Five statements, however many pairs and lessons there are. Gives
    how many lessons have changed.
    """
    if not pairs:
        return 0
    reworked = reworked or Reworked({}, ())
    assignments = defaultdict[Pair, list[Any]](list)
    for row in await assigned_plans(work, school_id, pairs):
        if row.ends_on is None or row.ends_on >= since:
            assignments[row.group_id, row.subject_id].append(row)
    topics = await _topics(work, school_id, {row.plan_id for rows in assignments.values() for row in rows})
    begins = {pair: min([since, *(row.starts_on for row in assignments[pair])]) for pair in sorted(set(pairs))}
    changes: dict[int, Wanted] = {}
    lessons = await _lessons(work, school_id, begins, since, reworked.names)
    for pair, of_pair in groupby(lessons, key=lambda each: each[0]):
        for plan, under_it in _by_assignment(assignments[pair], [lesson for _, lesson in of_pair]):
            sequence = [topic for topic in topics.get(plan, ()) if topic.id not in reworked.dropped]
            changes |= placed(sequence, under_it, since)
    if changes:
        await _write(work, school_id, changes)
    return len(changes)


Planned = tuple[int, list[LessonTopic]]
"""A plan, and lessons that go by it; 0 for lessons that go by none."""


def _by_assignment(assignments: Iterable[Any], lessons: Iterable[LessonTopic]) -> Iterable[Planned]:
    """A pair's lessons, under each assignment apart: every one begins with the plan's first topic."""
    found: dict[int, Planned] = {}
    for lesson in lessons:
        of_day = next((each for each in assignments if _holds(each, lesson.date)), None)
        number, plan = (of_day.id, of_day.plan_id) if of_day else (0, 0)
        found.setdefault(number, (plan, []))[1].append(lesson)
    return found.values()


def _holds(assignment: Any, day: date) -> bool:
    ends_on = assignment.ends_on
    return bool(assignment.starts_on <= day and (ends_on is None or day <= ends_on))


def _pairs(pairs: Collection[Pair]) -> Any:
    """The pairs as a table, each once."""
    groups, subjects = zip(*sorted(set(pairs)), strict=True)
    return (
        func.unnest(_array("groups", groups, BigInteger), _array("subjects", subjects, BigInteger))
        .table_valued("group_id", "subject_id")
        .render_derived()
    )


def _array(name: str, values: Iterable[Any], type_: Any) -> Any:
    return bindparam(name, list(values), ARRAY(type_))


def _is(model: Any, pair: Any) -> tuple[Any, Any]:
    return model.group_id == pair.c.group_id, model.subject_id == pair.c.subject_id


async def _topics(work: Transaction, school_id: int, plans: Collection[int]) -> dict[int, list[PlannedTopic]]:
    found = defaultdict[int, list[PlannedTopic]](list)
    for row in await work.fetch(
        select(Topic.plan_id, Topic.id, Topic.name, Topic.hours)
        .where(Topic.school_id == school_id, among(Topic.plan_id, plans))
        .order_by(Topic.plan_id, Topic.position)
    ):
        found[row.plan_id].append(PlannedTopic(row.id, row.name, row.hours))
    return found


async def _lessons(
    work: Transaction, school_id: int, begins: Mapping[Pair, date], since: date, names: Mapping[int, str]
) -> list[tuple[Pair, LessonTopic]]:
    """The lessons of each pair from its first day on, in their order; those that may change are locked."""
    groups, subjects = zip(*begins, strict=True)
    given = (
        func.unnest(
            _array("groups", groups, BigInteger),
            _array("subjects", subjects, BigInteger),
            _array("days", begins.values(), Date),
        )
        .table_valued("group_id", "subject_id", "day")
        .render_derived()
    )
    query = (
        select(
            *(getattr(Lesson, name) for name in ("id", "group_id", "subject_id", "date", "number", "state")),
            Lesson.topic_id,
            Lesson.topic,
            Lesson.topic_pinned,
            Topic.name.label("planned"),
        )
        .join(given, and_(*_is(Lesson, given), Lesson.date >= given.c.day))
        .outerjoin(Topic, and_(Topic.school_id == Lesson.school_id, Topic.id == Lesson.topic_id))
        .where(Lesson.school_id == school_id)
    )
    to_come = and_(Lesson.date >= since, Lesson.state != LessonState.HELD)
    rows = await work.fetch(query.where(to_come).order_by(Lesson.id).with_for_update(key_share=True, of=Lesson))
    rows += await work.fetch(query.where(not_(to_come)))
    rows.sort(key=lambda row: (row.group_id, row.subject_id, *(row[name] for name in BY_TIME)))
    return [
        (
            (row.group_id, row.subject_id),
            LessonTopic(
                row.id,
                row.date,
                row.state,
                row.topic_id,
                row.topic,
                names.get(row.topic_id, row.planned),
                row.topic_pinned,
            ),
        )
        for row in rows
    ]


def _now() -> Any:
    """The moment of the command whose transaction this is, as the history has it; by the clock where there is none."""
    told = func.nullif(func.current_setting("classbook.now", True), "")
    return func.coalesce(cast(told, DateTime(timezone=True)), func.clock_timestamp())


def _by(school_id: int) -> Any:
    """Whose command it is."""
    entry = cast(func.nullif(func.current_setting("classbook.audit_entry", True), ""), BigInteger)
    by = select(AuditEntry.account_id).where(AuditEntry.school_id == school_id, AuditEntry.id == entry)
    return by.scalar_subquery()


async def _write(work: Transaction, school_id: int, changes: Mapping[int, Wanted]) -> None:
    topics, names, pinned = zip(*changes.values(), strict=True)
    wanted = (
        func.unnest(
            _array("ids", changes, BigInteger),
            _array("topics", topics, BigInteger),
            _array("names", names, Text),
            _array("pinned", pinned, Boolean),
        )
        .table_valued("id", "topic_id", "topic", "pinned")
        .render_derived()
    )
    await work.execute(
        update(Lesson)
        .where(Lesson.school_id == school_id, Lesson.id == wanted.c.id)
        .values(
            topic_id=wanted.c.topic_id,
            topic=wanted.c.topic,
            topic_pinned=wanted.c.pinned,
            version=Lesson.version + 1,
            changed_at=_now(),
            changed_by=_by(school_id),
        )
    )


# Plan and fact

lesson_topic = to_one(visible_topics, Topic.id, of="topic_id")
"""The plan's topic of a lesson."""


def _assigned(roles: frozenset[Role]) -> tuple[Any, Any]:
    """The assignments asked for, each to its year's last day, and their lessons counted by topic."""
    key = parent_keys(TopicPlanAssignment.id.type)
    own = (
        visible_topic_assignments.for_roles(roles)
        .join(key, key.c.key0 == TopicPlanAssignment.id)
        .join(TopicPlan, same(TopicPlan, TopicPlanAssignment.plan_id))
        .join(AcademicYear, same(AcademicYear, TopicPlan.year_id, TopicPlan))
        .add_columns(func.coalesce(TopicPlanAssignment.ends_on, AcademicYear.ends_on, type_=Date).label("last_on"))
        .cte("own")
    )
    counted = (
        select(
            own.c.id,
            Lesson.topic_id,
            func.count().label("scheduled"),
            func.count().filter(Lesson.state == LessonState.HELD).label("held"),
        )
        .join(
            Lesson,
            and_(
                of_school(Lesson),
                Lesson.group_id == own.c.group_id,
                Lesson.subject_id == own.c.subject_id,
                Lesson.date.between(own.c.starts_on, own.c.last_on),
            ),
        )
        .where(Lesson.state != LessonState.CANCELLED)
        .group_by(own.c.id, Lesson.topic_id)
        .cte("counted")
    )
    return own, counted


def _topic_hours(own: Any, counted: Any) -> Any:
    """Each topic of the assignments' plans with its hours: planned, scheduled, held."""
    return (
        select(
            own.c.id.label("assignment_id"),
            own.c.group_id,
            own.c.starts_on,
            own.c.last_on,
            Topic.id.label("topic_id"),
            Topic.position,
            Topic.hours.label("planned"),
            func.coalesce(counted.c.scheduled, 0, type_=BigInteger).label("scheduled"),
            func.coalesce(counted.c.held, 0, type_=BigInteger).label("held"),
        )
        .join(Topic, and_(of_school(Topic), Topic.plan_id == own.c.plan_id))
        .outerjoin(counted, and_(counted.c.id == own.c.id, counted.c.topic_id == Topic.id))
        .subquery("hours")
    )


def _left_over(hours: Any) -> Any:
    """The hours for which there is no lesson."""
    return func.greatest(hours.c.planned - hours.c.scheduled, 0, type_=BigInteger)


def _hours(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    hours = _topic_hours(*_assigned(roles))
    columns = [*hours.c, _left_over(hours).label("left_over"), hours.c.assignment_id.label("_key0")]
    return select(*columns).order_by(hours.c.position)


def _progress(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    own, counted = _assigned(roles)
    hours = _topic_hours(own, counted)
    of_topics = (
        select(
            hours.c.assignment_id,
            func.count().label("topics"),
            cast(func.sum(hours.c.planned), BigInteger).label("planned"),
            func.count().filter(hours.c.held >= hours.c.planned).label("covered"),
            cast(func.sum(_left_over(hours)), BigInteger).label("left_over"),
        )
        .group_by(hours.c.assignment_id)
        .subquery("of_topics")
    )
    of_lessons = (
        select(
            counted.c.id,
            cast(func.sum(counted.c.scheduled), BigInteger).label("scheduled"),
            cast(func.sum(counted.c.held), BigInteger).label("held"),
            cast(func.sum(counted.c.scheduled).filter(counted.c.topic_id.is_(None)), BigInteger).label("without"),
        )
        .group_by(counted.c.id)
        .subquery("of_lessons")
    )
    numbers = {
        "topics": of_topics.c.topics,
        "planned": of_topics.c.planned,
        "scheduled": of_lessons.c.scheduled,
        "held": of_lessons.c.held,
        "covered": of_topics.c.covered,
        "left_over": of_topics.c.left_over,
        "without": of_lessons.c.without,
    }
    return (
        select(
            *(func.coalesce(column, 0, type_=BigInteger).label(name) for name, column in numbers.items()),
            own.c.id.label("_key0"),
        )
        .outerjoin(of_topics, of_topics.c.assignment_id == own.c.id)
        .outerjoin(of_lessons, of_lessons.c.id == own.c.id)
    )


plan_progress = Edge(visible_topic_assignments, ("id",), _progress)
"""What has become of a group's plan: hours planned, scheduled and held, and what does not fit any more."""

plan_hours = Edge(visible_topic_assignments, ("id",), _hours, many=True)
"""The same, topic by topic."""

_PLACE = ("topic_id", "group_id", "starts_on", "last_on")


def _placed_lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    place = parent_keys(Topic.id.type, Lesson.group_id.type, Date, Date)
    return (
        visible_lessons.for_roles(roles)
        .join(
            place,
            and_(
                Lesson.topic_id == place.c.key0,
                Lesson.group_id == place.c.key1,
                Lesson.date.between(place.c.key2, place.c.key3),
            ),
        )
        .where(Lesson.state != LessonState.CANCELLED)
        .add_columns(*(column.label(f"_{column.key}") for column in place.c))
        .order_by(*BY_TIME.values())
    )


topic_lessons = Edge(visible_lessons, _PLACE, _placed_lessons, many=True)
"""The lessons that a group has, or will have, of a topic."""
