"""The class's average beside a student's own, of which nobody learns what a few others have."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    Integer,
    Numeric,
    Select,
    all_,
    and_,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models.curriculum import GroupMembership
from models.journal import Mark, Task
from models.timetable import Lesson
from permissions.journal import visible_diary_lessons
from permissions.scopes import of_school, same
from permissions.viewer import reach
from rules.account import Role
from rules.journal_forecast import FEWEST_OTHERS

from .edges import Edge
from .edges_kinds import parent_keys
from .journal_results import RESULT, RESULT_TYPES


def _last_groups(roles: frozenset[Role]) -> Any:
    """The results, each with the group in which the student had the subject last."""
    result = parent_keys(*RESULT_TYPES)
    days = Lesson.date.between(result.c.key2, result.c.key3)
    groups = func.array_agg(
        aggregate_order_by(Lesson.group_id, Lesson.date.desc(), Lesson.id.desc()), type_=ARRAY(BigInteger)
    )
    return (
        visible_diary_lessons.for_roles(roles)
        .join(result, and_(GroupMembership.student_id == result.c.key0, Lesson.subject_id == result.c.key1, days))
        .with_only_columns(*result.c, groups[1].label("group_id"))
        .group_by(*result.c)
        .cte("own")
    )


def _sums(own: Any) -> Any:
    """What each student's marks in those groups come to, those that are numbers."""
    journal = select(own.c.group_id, own.c.key1, own.c.key2, own.c.key3).distinct().subquery("journal")
    number, weight = cast(Mark.number, Integer), cast(Task.weight, Integer)
    days = Lesson.date.between(journal.c.key2, journal.c.key3)
    in_journal = and_(Lesson.group_id == journal.c.group_id, Lesson.subject_id == journal.c.key1, days)
    return (
        select(
            *journal.c,
            Mark.student_id,
            func.count().label("counted"),
            func.sum(number).label("simple"),
            func.sum(weight).label("weights"),
            func.sum(number * weight).label("heavy"),
        )
        .select_from(journal)
        .join(Lesson, and_(of_school(Lesson), in_journal))
        .join(Mark, and_(Mark.school_id == Lesson.school_id, Mark.lesson_id == Lesson.id, Mark.number.is_not(None)))
        .join(Task, same(Task, Mark.task_id))
        .group_by(*journal.c, Mark.student_id)
        .subquery("sums")
    )


def _class_average(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Others are those who are neither the student nor of the viewer's own family: the viewer knows what those have.

    One digit: with two, a mark that is set today would show in the difference to yesterday's answer.
    """
    own = _last_groups(roles)
    sums = _sums(own)
    is_other = and_(
        sums.c.student_id != own.c.key0,
        sums.c.student_id.is_distinct_from(reach.student_id),
        sums.c.student_id != all_(reach.children),
    )
    others = func.count().filter(is_other)

    def shown(heavy: Any, weights: Any) -> Any:
        mean = func.round(cast(func.sum(heavy), Numeric) / func.sum(weights), 1)
        return cast(case((others >= FEWEST_OTHERS, mean)), Double)

    same_journal = (sums.c[name] == own.c[name] for name in ("group_id", "key1", "key2", "key3"))
    keys = [own.c[f"key{place}"] for place in range(len(RESULT))]
    found = (
        select(
            *(key.label(f"_{key.key}") for key in keys),
            shown(sums.c.simple, sums.c.counted).label("average"),
            shown(sums.c.heavy, sums.c.weights).label("weighted_average"),
            others.label("others"),
        )
        .select_from(own)
        .outerjoin(sums, and_(*same_journal))
        .group_by(*keys)
        .subquery("found")
    )
    return select(*found.c)


class_average = Edge(visible_diary_lessons, RESULT, _class_average)
"""The averages of the group, null where fewer than five others have marks in it."""
