"""How the watch reads an obligation: one layout for all deadlines, so that their statements can stand in one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, ClassLeadership, Period, SchoolClass
from models.report_obligations import ObligationNote, ReportFiling
from rules.curriculum import YearState
from rules.report_deadlines import RULES, Answerable, Deadline

from .days import begins_at, due_on
from .report_keepers import gone
from .scopes import of_school, on, same
from .viewer import reach

_MOMENT = DateTime(timezone=True)

REFERENCES = (
    *("staff_id", "class_id", "group_id", "subject_id", "lesson_id", "task_id", "period_id", "order_id", "excuse_id"),
    *("outage_id", "transfer_id", "employee_id", "form_date_id"),
)
"""What an obligation may be about; `staff_id` is whose it is."""

KEYS = ("key0", "key1", "key2")
"""With the deadline they tell obligations apart."""

POSITIONS = {deadline: position for position, deadline in enumerate(Deadline)}


def word(value: str | None) -> Any:
    """A word of ours as the statement's own text: PostgreSQL then knows it when it plans."""
    return cast(null(), Text) if value is None else literal_column(f"'{value}'", Text)


def number(value: int) -> Any:
    """The same of a number."""
    return literal_column(str(value), BigInteger)


def _over(last: Any) -> Any:
    """The first moment that is too late, after the last day in time."""
    return begins_at(cast(last, Date) + 1)


def obligation(
    deadline: Deadline,
    by: Answerable,
    object_: tuple[str, Any],
    *keys: Any,
    anchor: Any = None,
    due: Any = None,
    due_at: Any = None,
    done_at: Any,
    opens_at: Any = None,
    day: Any = None,
    document: Any = None,
    report: Any = None,
    outlasts: bool = False,
    **about: Any,
) -> Sequence[Any]:
    """The columns of an obligation of the school year `AcademicYear`.

    object_: the type and the number of what is to be acted on. keys: what tells it apart from others of the deadline.
    anchor: the day from which the rule's term runs; or due: the last day; or, with both, due_at: the first moment that
    is too late. opens_at: since when it can be met; else the year's beginning. day: a day near the due one by which the
    rows are found. outlasts: what is missing is still asked for when the year has been closed. about: what it refers to
    (`REFERENCES`).
    """
    last = due if due is not None else due_on(RULES[deadline].term, anchor)
    if unknown := about.keys() - set(REFERENCES):
        raise TypeError(unknown)
    closed = AcademicYear.state == word(YearState.CLOSED)
    named: Mapping[str, Any] = {
        "deadline": word(deadline),
        "position": number(POSITIONS[deadline]),
        "answerable": word(by),
        **{name: cast(about.get(name, null()), BigInteger) for name in REFERENCES},
        "year_id": AcademicYear.id,
        "closed": cast(and_(closed, done_at.is_not(None)) if outlasts else closed, Boolean),
        "document": word(None) if document is None else document,
        "report": word(None) if report is None else report,
        "object_type": word(object_[0]),
        "object_id": object_[1],
        **{name: cast(key, BigInteger) for name, key in zip(KEYS, (*keys, number(0), number(0)), strict=False)},
        "day": cast(last if day is None else day, Date),
        "due_on": cast(last, Date),
        "opens_at": begins_at(AcademicYear.starts_on) if opens_at is None else opens_at,
        "due_at": _over(last) if due_at is None else due_at,
        "done_at": cast(done_at, _MOMENT),
    }
    return [AcademicYear.school_id, *(value.label(name) for name, value in named.items())]


STANDS = AcademicYear.state != word(YearState.DRAFT)
"""That the year is no draft: what it needs is the transition's affair until then."""


_later = aliased(AcademicYear)


def begun_by(day: Any) -> Any:
    """That the year is the last that has begun by the day: in summer one may be over and the next not begun."""
    later = exists().where(of_school(_later), _later.starts_on > AcademicYear.starts_on, _later.starts_on <= day)
    return and_(AcademicYear.starts_on <= day, ~later.correlate_except(_later))


def years(columns: Sequence[Any]) -> Select[Any]:
    """Something of each school year."""
    return select(*columns).select_from(AcademicYear).where(of_school(AcademicYear), STANDS)


def classes(columns: Sequence[Any], drafts: bool = False) -> Select[Any]:
    """Something of each class; of those of a year that is a draft, only if it is said."""
    return (
        select(*columns)
        .select_from(SchoolClass)
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(SchoolClass), true() if drafts else STANDS)
    )


last_day = func.coalesce(
    select(func.max(Period.ends_on))
    .where(of_school(Period), Period.year_id == AcademicYear.id)
    .correlate(AcademicYear)
    .scalar_subquery(),
    AcademicYear.ends_on,
    type_=Date,
)
"""The last day of the year's lessons."""


def answers(class_id: Any, day: Any, done: Any) -> Any:
    """Who answers for the class: what is done is whose it was on the day; what is not, whoever may still do it, who
    leads the class today, or did on the year's last day, and has not been dismissed.
    """
    standing = _leader(class_id, AcademicYear.ends_on, ~gone(ClassLeadership.staff_id))
    return case((done, _leader(class_id, day)), else_=standing)


def _leader(class_id: Any, day: Any, *which: Any) -> Any:
    """Who leads the class on the day, or today while that is to come."""
    found = select(ClassLeadership.staff_id).where(
        *(of_school(ClassLeadership), ClassLeadership.class_id == class_id),
        *(on(func.least(reach.today, day), ClassLeadership), *which),
    )
    return found.order_by(ClassLeadership.starts_on.desc()).limit(1).correlate_except(ClassLeadership).scalar_subquery()


def noted(deadline: Deadline, anchor: Any, met: Any, object_id: Any, subject_id: Any = None, due: Any = None) -> Any:
    """Since when a state has been seen, if it holds; of a closed year, what was noted last.

    anchor: the day from which the rule's term runs; due: its last day, where that is another. What was still met when
    the term was over is restored, not late: it is met since its first moment. What was lost before that counts from
    when it is seen anew.
    """
    closed = AcademicYear.state == word(YearState.CLOSED)
    last = due_on(RULES[deadline].term, anchor) if due is None else due
    in_time = and_(~closed, ObligationNote.lost_at >= _over(last))
    since = select(ObligationNote.met_at).where(
        *(of_school(ObligationNote), ObligationNote.deadline == word(deadline)),
        ObligationNote.object_id == object_id,
        ObligationNote.subject_id == (number(0) if subject_id is None else subject_id),
        or_(ObligationNote.lost_at.is_(None), in_time),
    )
    seen = since.correlate_except(ObligationNote).scalar_subquery()
    return case((closed, seen), (met, func.coalesce(seen, reach.now)))


def filed(kind: Any, **slot: Any) -> Any:
    """When the report was made."""
    found = select(ReportFiling.filed_at).where(
        *(of_school(ReportFiling), ReportFiling.year_id == AcademicYear.id, ReportFiling.kind == kind),
        *(
            getattr(ReportFiling, name).is_not_distinct_from(slot.get(name, null()))
            for name in ("period_id", "class_id", "staff_id")
        ),
    )
    return found.correlate_except(ReportFiling).scalar_subquery()


def of(model: Any, parent: Any, *conditions: Any) -> Any:
    """The join to rows of the same school."""
    return and_(model.school_id == parent.school_id, *conditions)


def one_of(column: Any, values: Sequence[Any]) -> Any:
    """That the column is one of a few constants."""
    return or_(*(column == (word(value) if isinstance(value, str) else number(value)) for value in values))
