"""Reads of period, annual, exam and final marks: sheets of cells, each with its mark and with what is proposed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models.curriculum import AcademicYear, SchoolClass
from models.journal import Mark, Task
from models.journal_finals import ExamDate, FinalMark, MarkRule, PeriodClosing
from models.school import Student
from models.timetable import Lesson
from permissions.journal_finals import (
    cell,
    cells,
    visible_cells,
    visible_closings,
    visible_decisions,
    visible_exam_dates,
    visible_final_marks,
    visible_mark_rules,
    visible_proposals,
)
from permissions.scopes import of_school, on, same
from permissions.viewer import reach
from rules.account import Role
from rules.journal_finals import (
    EXEMPT,
    NOT_PASSED,
    PASSED,
    SECONDARY,
    USUAL_RULE,
    FinalKind,
    Tally,
    proposal_formula,
    propose_final,
    propose_period,
    propose_secondary,
    propose_year,
)
from rules.journal_finals import MarkRule as Rule

from .context import Context
from .edges import Edge, Gather, reads
from .edges_kinds import argument, keys_param, parent_keys, to_many, to_one
from .school import staff_of_account

final_mark_of = to_one(visible_final_marks, FinalMark.id, of="mark_id")
told_final_mark = to_one(visible_final_marks, FinalMark.id, of="final_mark_id")
final_mark_decision = to_one(visible_decisions, FinalMark.id, of="id")
decided_by = staff_of_account("changed_by")

_THIS_YEAR = cell.year_id.in_(select(AcademicYear.id).where(of_school(AcademicYear), on(reach.today, AcademicYear)))

student_final_marks = to_many(
    visible_cells,
    cell.student_id,
    of="id",
    order=(cell.subject_id, cell.position, cell.class_id),
    filters={
        "this_year": _THIS_YEAR,
        "year_id": cell.year_id == argument("year_id"),
        "period_id": cell.period_id == argument("period_id"),
        "subject_id": cell.subject_id == argument("subject_id"),
    },
)
class_final_marks = to_many(
    visible_cells,
    cell.class_id,
    of="id",
    order=(cell.student_id, cell.subject_id, cell.position),
    filters={
        "period_id": cell.period_id == argument("period_id"),
        "kind": cell.kind == argument("kind", Text),
        "subject_id": cell.subject_id == argument("subject_id"),
    },
)


def narrowed(query: Select[Any], *columns: Any) -> Select[Any]:
    """Narrow cells to the parents' keys. Each column by itself, too: that is what PostgreSQL takes inside the union."""
    keys = parent_keys(*(column.type for column in columns))
    query = query.where(*(column == func.any(keys_param(n, column.type)) for n, column in enumerate(columns)))
    query = query.join(keys, and_(*(column == key for column, key in zip(columns, keys.c, strict=True))))
    return query.add_columns(*(key.label(f"_{key.key}") for key in keys.c))


def _row_mark(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    return narrowed(visible_cells.for_roles(roles), cell.student_id, cell.subject_id, cell.period_id)


journal_row_period_mark = Edge(visible_cells, ("id", "subject_id", "period_id"), _row_mark)
"""What a row of a journal's page ends with."""


result_period_mark = Edge(visible_cells, ("student_id", "subject_id", "period_id"), _row_mark)
"""What a student's subject comes to in a period."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mark that the school's rule proposes (None: it proposes nothing), the average and marks it stands on, and the
    rule in words (None: there is none for such marks).
    """

    value: str | None
    average: float | None
    counted: int
    formula: str | None


_TALLY = ("counted", "total", "heavy", "weight", "passed", "failed", "exempt")
_RULE = ("round_up_from", "weighted", "fewest")
PROPOSES = ("kind", "grade", "taught_at_home", *_TALLY, *_RULE, "periods", "year_value", "exam_value", "earlier")
"""The columns that a proposal is made of."""


def _tallies(each: Any) -> Any:
    """What the students have in the days of their cells, by subject: their marks are read once, for all subjects."""
    of_period = select(each.c.student_id, each.c.starts_on, each.c.ends_on).where(each.c.kind == FinalKind.PERIOD)
    span = of_period.distinct().subquery("span")
    subjects = select(each.c.subject_id)

    def count(*conditions: Any) -> Any:
        return func.count().filter(*conditions)

    def whole(sum_: Any) -> Any:
        return cast(func.coalesce(sum_, 0), BigInteger)

    is_number = Mark.number.is_not(None)
    return (
        select(
            *span.c,
            Lesson.subject_id,
            count(is_number).label("counted"),
            whole(func.sum(Mark.number)).label("total"),
            whole(func.sum(Mark.number * Task.weight)).label("heavy"),
            whole(func.sum(Task.weight).filter(is_number)).label("weight"),
            count(Mark.value == PASSED).label("passed"),
            count(Mark.value == NOT_PASSED).label("failed"),
            count(Mark.value == EXEMPT).label("exempt"),
        )
        .select_from(span)
        .join(Mark, and_(of_school(Mark), Mark.student_id == span.c.student_id))
        .join(Task, same(Task, Mark.task_id))
        .join(Lesson, same(Lesson, Mark.lesson_id))
        .where(Mark.lesson_date.between(span.c.starts_on, span.c.ends_on), Lesson.subject_id.in_(subjects))
        .group_by(*span.c, Lesson.subject_id)
        .subquery("tally")
    )


def _decided(each: Any) -> tuple[Any, Any]:
    """What has been decided for those of whom a year or the end is to be: in that year, and in grades 10 and 11."""
    summed = select(each.c.student_id).where(or_(each.c.kind == FinalKind.YEAR, each.c.kind == FinalKind.FINAL))
    year = (
        cells(cell.student_id.in_(summed))
        .with_only_columns(
            *(cell.student_id, cell.subject_id, cell.year_id),
            func.array_agg(aggregate_order_by(cell.value, cell.position))
            .filter(cell.kind == FinalKind.PERIOD)
            .label("periods"),
            func.max(cell.value).filter(cell.kind == FinalKind.YEAR).label("year_value"),
            func.max(cell.value).filter(cell.kind == FinalKind.EXAM).label("exam_value"),
        )
        .group_by(cell.student_id, cell.subject_id, cell.year_id)
        .subquery("decided")
    )
    both = (
        select(FinalMark.student_id, FinalMark.subject_id, func.array_agg(FinalMark.value).label("earlier"))
        .join(SchoolClass, same(SchoolClass, FinalMark.class_id))
        .where(
            *(of_school(FinalMark), FinalMark.student_id.in_(summed)),
            or_(FinalMark.kind == FinalKind.PERIOD, FinalMark.kind == FinalKind.YEAR),
            SchoolClass.grade.between(SECONDARY - 1, SECONDARY),
        )
        .group_by(FinalMark.student_id, FinalMark.subject_id)
        .subquery("both_years")
    )
    return year, both


def with_proposals(of: Select[Any]) -> Select[Any]:
    """These cells, each with what a proposal for it stands on (`PROPOSES`)."""
    each = of.cte("each").prefix_with("MATERIALIZED")
    tally, (decided, both) = _tallies(each), _decided(each)
    own, usual = (select(*MarkRule.__table__.c).where(of_school(MarkRule)).subquery(name) for name in ("own", "usual"))

    def same_of(other: Any, *names: str) -> Any:
        return and_(*(other.c[name] == each.c[name] for name in names))

    of_rule = (func.coalesce(own.c[name], usual.c[name], getattr(USUAL_RULE, name)).label(name) for name in _RULE)
    return (
        select(
            *each.c,
            Student.taught_at_home,
            *(func.coalesce(tally.c[name], 0).label(name) for name in _TALLY),
            *of_rule,
            *(decided.c.periods, decided.c.year_value, decided.c.exam_value, both.c.earlier),
        )
        .join(Student, and_(of_school(Student), Student.id == each.c.student_id))
        .outerjoin(tally, same_of(tally, "student_id", "subject_id", "starts_on", "ends_on"))
        .outerjoin(decided, same_of(decided, "student_id", "subject_id", "year_id"))
        .outerjoin(both, same_of(both, "student_id", "subject_id"))
        .outerjoin(own, own.c.subject_id == each.c.subject_id)
        .outerjoin(usual, usual.c.subject_id.is_(None))
    )


def proposal_of(row: Any) -> Proposal:
    """What is proposed for a cell that `with_proposals` gives.

    Nothing for those taught at home, whose marks stand in a paper journal (7.8), and nothing for an exam.
    """
    rule, tally = Rule(*(row[name] for name in _RULE)), Tally(*(row[name] for name in _TALLY))
    formula = proposal_formula(row["kind"], row["grade"], rule)
    match row["kind"]:
        case FinalKind.PERIOD:
            stands_on = tally.average(rule), tally.counted
            if row["taught_at_home"]:
                return Proposal(None, *stands_on, None)
            return Proposal(propose_period(tally, rule), *stands_on, formula)
        case FinalKind.YEAR:
            value = propose_year(row["periods"] or (), rule.round_up_from)
        case FinalKind.FINAL if row["grade"] == SECONDARY:
            value = propose_secondary(row["year_value"], row["earlier"] or ())
        case FinalKind.FINAL:
            value = propose_final(row["year_value"], row["exam_value"])
        case _:
            value = None
    return Proposal(value, None, 0, formula)


def _proposal(rows: list[Any], *columns: list[Any]) -> Proposal | None:
    """What is proposed for one cell; None where it cannot be seen."""
    return proposal_of(dict(zip(PROPOSES, (values[0] for values in columns), strict=True))) if rows else None


def _proposals(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    of = visible_proposals.for_roles(roles)
    return with_proposals(narrowed(of, cell.student_id, cell.subject_id, cell.class_id, cell.position))


cell_proposal = Edge(
    visible_proposals,
    ("student_id", "subject_id", "class_id", "position"),
    _proposals,
    gather=Gather(_proposal, PROPOSES),
)

school_mark_rules = to_many(
    visible_mark_rules, MarkRule.school_id, of="id", order=(MarkRule.subject_id.nulls_first(), MarkRule.id)
)
class_closings = to_many(visible_closings, PeriodClosing.class_id, of="id", order=(PeriodClosing.id,))
closing_of = to_one(visible_closings, PeriodClosing.id, of="closing_id")
class_exam_dates = to_many(visible_exam_dates, ExamDate.class_id, of="id", order=(ExamDate.announced_on, ExamDate.id))
exam_date_of = to_one(visible_exam_dates, ExamDate.id, of="exam_date_id")
closed_by = staff_of_account("closed_by")
reopened_by = staff_of_account("reopened_by")


async def rows_by_number(context: Context, of: Edge, numbers: Sequence[int]) -> list[Any]:
    """Rows in the order of their numbers' list; those that the viewer cannot see are left out."""
    found = await asyncio.gather(*(context.load_key(of(), (number,)) for number in numbers))
    return [row for row in found if row is not None]


async def standing_closing(context: Context, class_id: int, period_id: int) -> int | None:
    """The closing of a period that stands for a class, as the viewer sees it; None while the period is open."""
    of = (PeriodClosing.class_id == argument("class_id"), PeriodClosing.period_id == argument("period_id"))
    query = visible_closings.for_roles(context.viewer.roles).where(*of, PeriodClosing.reopened_at.is_(None))
    rows = await reads(context)(query, class_id=class_id, period_id=period_id)
    return rows[0].id if rows else None
