"""The deadlines of the school's year as rows: its card, plans, documents, dates, reports, accounts."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from models.account import Account
from models.curriculum import (
    AcademicYear,
    Enrolment,
    Holiday,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.curriculum_topics import TopicPlanAssignment
from models.report_forms import FederalForm, FormClosing, FormDate
from models.school import School, Staff
from models.school_documents import Document
from models.timetable_week import DayTransfer, Timetable, TimetableEntry
from rules.curriculum import PeriodKind
from rules.report_deadlines import OF_PERIOD, OF_YEAR, RULES, YEAR_SHEET, Answerable, Deadline
from rules.school import SCHOOL_PARTS
from rules.school_documents import REQUIRED_DOCUMENTS

from .curriculum_plan import has_lessons, plan_gaps
from .curriculum_topics import plan_due
from .days import begins_at, due_on, known_to
from .report_keepers import gone
from .report_rows import STANDS, answers, begun_by, classes, filed, last_day, noted, obligation, of, word, years
from .scopes import of_school, on, same
from .viewer import reach

_DEPUTY, _SECRETARY, _ADMINISTRATOR = Answerable.DEPUTY, Answerable.SECRETARY, Answerable.ADMINISTRATOR
_CLASS = Answerable.CLASS_TEACHER


def _listed(values: Any, name: str) -> Any:
    """A few words of ours as a table, each with its place."""
    words = literal([each.value for each in values], ARRAY(Text))
    return func.unnest(words).table_valued(name, with_ordinality="place").render_derived()


_complete = and_(
    *(func.length(cast(getattr(School, name), Text)) > 0 for fields in SCHOOL_PARTS.values() for name in fields),
    *(
        or_(valid_until.is_(None), valid_until >= reach.today)
        for valid_until in (School.licence_valid_until, School.accreditation_valid_until)
    ),
)
_card = years(
    obligation(
        *(Deadline.SCHOOL_CARD, _ADMINISTRATOR, ("School", School.id), AcademicYear.id),
        anchor=AcademicYear.starts_on,
        done_at=noted(Deadline.SCHOOL_CARD, AcademicYear.starts_on, _complete, AcademicYear.id),
    )
).join(School, School.id == AcademicYear.school_id)

_gaps = select(plan_gaps.c.class_id).where(plan_gaps.c.school_id == reach.school_id).distinct().subquery("gapped")
_curriculum = classes(
    obligation(
        *(Deadline.CURRICULUM, _DEPUTY, ("SchoolClass", SchoolClass.id), SchoolClass.id),
        anchor=AcademicYear.starts_on,
        done_at=noted(Deadline.CURRICULUM, AcademicYear.starts_on, _gaps.c.class_id.is_(None), SchoolClass.id),
        class_id=SchoolClass.id,
    )
).outerjoin(_gaps, _gaps.c.class_id == SchoolClass.id)

_nearest = func.greatest(AcademicYear.starts_on, func.least(reach.today, AcademicYear.ends_on), type_=Date)
"""The day of the year that is nearest to today."""

_planned = exists().where(
    *(of_school(TopicPlanAssignment), TopicPlanAssignment.group_id == TeachingAssignment.group_id),
    *(TopicPlanAssignment.subject_id == TeachingAssignment.subject_id, on(_nearest, TopicPlanAssignment)),
)


def _assignments(columns: Any, day: Any) -> Select[Any]:
    """What is taught on a day of the year, and by whom."""
    return (
        select(*columns)
        .select_from(TeachingAssignment)
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(TeachingAssignment), STANDS, on(day, TeachingAssignment))
    )


_topic_plans = _assignments(
    obligation(
        *(Deadline.TOPIC_PLANS, Answerable.SUBJECT_TEACHER, ("TeachingAssignment", TeachingAssignment.id)),
        TeachingAssignment.id,
        due=plan_due,
        done_at=noted(
            *(Deadline.TOPIC_PLANS, None, _planned, StudyGroup.id, TeachingAssignment.subject_id), due=plan_due
        ),
        staff_id=case((or_(_planned, ~gone(TeachingAssignment.staff_id)), TeachingAssignment.staff_id)),
        class_id=SchoolClass.id,
        group_id=StudyGroup.id,
        subject_id=TeachingAssignment.subject_id,
    ),
    _nearest,
)

_kinds = _listed(REQUIRED_DOCUMENTS, "kind")
_published = (
    select(func.min(Document.published_at))
    .where(
        *(of_school(Document), Document.year_id == AcademicYear.id, Document.kind == _kinds.c.kind),
    )
    .having(func.bool_or(Document.withdrawn_at.is_(None)))
    .correlate(AcademicYear, _kinds)
    .scalar_subquery()
)
"""When the first document of the kind was published, if one stands: what replaces it was there in time, too."""

_documents = (
    select(
        *obligation(
            *(Deadline.DOCUMENTS, _DEPUTY, ("AcademicYear", AcademicYear.id), AcademicYear.id, _kinds.c.place),
            anchor=AcademicYear.starts_on,
            done_at=_published,
            document=_kinds.c.kind,
        )
    )
    .select_from(AcademicYear)
    .join(_kinds, true())
    .where(of_school(AcademicYear), STANDS)
)

_first_timetable = (
    select(func.min(Timetable.published_at))
    .where(of_school(Timetable), Timetable.year_id == AcademicYear.id)
    .correlate(AcademicYear)
    .scalar_subquery()
)
_stood = (
    select(func.min(Timetable.published_at).label("at"))
    .select_from(StudyGroup)
    .join(TimetableEntry, of(TimetableEntry, StudyGroup, TimetableEntry.group_id == StudyGroup.id))
    .join(Timetable, same(Timetable, TimetableEntry.timetable_id))
    .where(of_school(StudyGroup), StudyGroup.class_id == SchoolClass.id, Timetable.year_id == SchoolClass.year_id)
    .correlate(SchoolClass)
    .lateral("stood")
)
"""When a class first stood in a timetable that was published: what replaced it since takes nothing back."""


def _peopled(day: Any) -> Any:
    """That somebody is in the class on the day."""
    there = exists().where(of_school(Enrolment), Enrolment.class_id == SchoolClass.id, on(day, Enrolment))
    return there.correlate_except(Enrolment)


# Classes with somebody in them on the last day in time. One that is formed later is no part of what was due by then,
# and makes nothing overdue that was done; one that was dissolved before needs no lessons.
_timetabled = (
    select(
        case((func.count() == func.count(_stood.c.at), func.coalesce(func.max(_stood.c.at), _first_timetable))),
    )
    .select_from(SchoolClass)
    .join(_stood, true())
    .where(of_school(SchoolClass), SchoolClass.year_id == AcademicYear.id, has_lessons)
    .where(_peopled(due_on(RULES[Deadline.TIMETABLE].term, AcademicYear.starts_on)))
    .correlate(AcademicYear)
    .scalar_subquery()
)
"""When the last of the classes came to stand in one; while none has a plan, when the year's first was published."""

_timetable = years(
    obligation(
        *(Deadline.TIMETABLE, _DEPUTY, ("AcademicYear", AcademicYear.id), AcademicYear.id),
        anchor=AcademicYear.starts_on,
        done_at=_timetabled,
    )
)

LEAST_HOLIDAYS = 3
"""Days between periods, from so many on, are holidays and no long weekend."""

_next: Any = aliased(Period)
_after = func.coalesce(_next.starts_on, AcademicYear.ends_on + 1, type_=Date)
_entered = (
    select(func.min(Holiday.starts_on))
    .where(
        *(of_school(Holiday), Holiday.year_id == Period.year_id, Holiday.starts_on < _after),
        Holiday.ends_on > Period.ends_on,
    )
    .correlate(Period, _next, AcademicYear)
    .scalar_subquery()
)
"""The first day of the holidays that follow a period, if they have been entered."""

_begin = func.coalesce(_entered, Period.ends_on + 1, type_=Date)

_quarter = aliased(Period)
_quartered = (
    exists()
    .where(of_school(_quarter), _quarter.year_id == Period.year_id, _quarter.kind == word(PeriodKind.QUARTER))
    .correlate(Period)
)
"""That the year has quarters, beside the half-years of some classes."""

_kept = (
    exists()
    .where(of_school(SchoolClass), SchoolClass.year_id == Period.year_id, SchoolClass.period_kind == Period.kind)
    .correlate(Period)
)


def _periods(columns: Any, which: Any = _kept) -> Select[Any]:
    """The periods of a year by which any of its classes goes, or others."""
    return (
        select(*columns)
        .select_from(Period)
        .join(AcademicYear, same(AcademicYear, Period.year_id))
        .where(of_school(Period), STANDS, which)
    )


_holidays = (
    _periods(
        obligation(
            *(Deadline.HOLIDAYS, _DEPUTY, ("AcademicYear", AcademicYear.id), Period.id),
            anchor=_begin,
            done_at=noted(Deadline.HOLIDAYS, _begin, _entered.is_not(None), Period.id),
            period_id=Period.id,
        ),
        # Once each: whoever learns by half-years rests between the quarters, too.
        or_(Period.kind == word(PeriodKind.QUARTER), and_(_kept, ~_quartered)),
    )
    .outerjoin(
        _next,
        of(
            _next, Period, _next.year_id == Period.year_id, _next.kind == Period.kind, _next.number == Period.number + 1
        ),
    )
    .where(_after - Period.ends_on > LEAST_HOLIDAYS)
)

_moved = aliased(DayTransfer)
_transfers = (
    select(
        *obligation(
            *(Deadline.DAY_TRANSFER, _DEPUTY, ("DayTransfer", _moved.id), _moved.id),
            due=due_on(RULES[Deadline.DAY_TRANSFER].term, _moved.to_date, *known_to(_moved)),
            opens_at=_moved.recorded_at,
            done_at=_moved.recorded_at,
            transfer_id=_moved.id,
        )
    )
    .select_from(_moved)
    .join(AcademicYear, of(AcademicYear, _moved, AcademicYear.id == _moved.year_id))
    .where(of_school(_moved))
)


def _report(deadline: Deadline, by: Answerable, kinds: Any, object_: Any, *keys: Any, of_: Any, **more: Any) -> Any:
    """The columns of reports of these kinds. of_: whose report it is, as it is filed."""
    return obligation(
        *(deadline, by, object_, *keys, kinds.c.place), report=kinds.c.kind, done_at=filed(kinds.c.kind, **of_), **more
    )


def _of_each(query: Select[Any], kinds: Any) -> Select[Any]:
    return query.join(kinds, true())


_ending = begins_at(Period.ends_on)
_summaries_kinds = _listed(OF_PERIOD[_DEPUTY], "kind")
_summaries = _of_each(
    _periods(
        _report(
            *(Deadline.SCHOOL_SUMMARIES, _DEPUTY, _summaries_kinds, ("Period", Period.id), Period.id),
            of_={"period_id": Period.id},
            anchor=Period.ends_on,
            opens_at=_ending,
            period_id=Period.id,
        )
    ),
    _summaries_kinds,
)

_closed = (
    select(FormClosing.closed_at)
    .select_from(FederalForm)
    .outerjoin(
        FormClosing,
        of(FormClosing, FederalForm, FormClosing.form_id == FederalForm.id, FormClosing.reopened_at.is_(None)),
    )
    .where(of_school(FederalForm), FederalForm.year_id == FormDate.year_id, FederalForm.code == FormDate.code)
    .order_by(FederalForm.reported_on > FormDate.due_on, FederalForm.reported_on.desc())
    .limit(1)
    .correlate(FormDate)
    .scalar_subquery()
)
"""When the form of the latest date until the term was closed, or else of the latest: one tried on an earlier day is not
what was agreed upon, nor one drawn up of a day after it.
"""

_forms = (
    select(
        *obligation(
            *(Deadline.FEDERAL_FORMS, _DEPUTY, ("FormDate", FormDate.id), FormDate.id),
            due=FormDate.due_on,
            done_at=_closed,
            form_date_id=FormDate.id,
        )
    )
    .select_from(FormDate)
    .join(AcademicYear, same(AcademicYear, FormDate.year_id))
    .where(of_school(FormDate), STANDS)
)

_end = func.least(reach.today, Period.ends_on, type_=Date)
_taught = (
    select(TeachingAssignment.staff_id)
    .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
    .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
    .where(
        *(of_school(TeachingAssignment), SchoolClass.year_id == Period.year_id),
        *(SchoolClass.period_kind == Period.kind, on(_end, TeachingAssignment)),
    )
    .distinct()
    .correlate(Period)
    .lateral("taught")
)
(_of_teacher,) = OF_PERIOD[Answerable.SUBJECT_TEACHER]
_of_own = filed(word(_of_teacher), period_id=Period.id, staff_id=_taught.c.staff_id)
# A key less than those of classes: their reports are this deadline's, too. Nobody else makes the report of somebody who
# has been dismissed.
_teachers = _periods(
    obligation(
        *(Deadline.PERIOD_REPORTS, Answerable.SUBJECT_TEACHER, ("Period", Period.id)),
        *(Period.id, _taught.c.staff_id),
        report=word(_of_teacher),
        done_at=_of_own,
        anchor=Period.ends_on,
        opens_at=_ending,
        staff_id=_taught.c.staff_id,
        period_id=Period.id,
    )
).join(_taught, or_(~gone(_taught.c.staff_id), _of_own.is_not(None)))


def _made(kinds: Any, **of_: Any) -> Any:
    """That the class's report has been made."""
    return filed(kinds.c.kind, class_id=SchoolClass.id, **of_).is_not(None)


def _to_report(day: Any) -> Any:
    """That somebody is in the class on the day, or today while that is to come: of a dissolved one nothing is asked."""
    return _peopled(func.greatest(AcademicYear.starts_on, func.least(reach.today, day), type_=Date))


_class_kinds = _listed(OF_PERIOD[_CLASS], "kind")
_class_reports = _of_each(
    classes(
        _report(
            *(Deadline.PERIOD_REPORTS, _CLASS, _class_kinds, ("SchoolClass", SchoolClass.id)),
            *(SchoolClass.id, Period.id),
            of_={"period_id": Period.id, "class_id": SchoolClass.id},
            anchor=Period.ends_on,
            opens_at=_ending,
            staff_id=answers(SchoolClass.id, Period.ends_on, _made(_class_kinds, period_id=Period.id)),
            class_id=SchoolClass.id,
            period_id=Period.id,
        )
    ).join(
        Period, of(Period, SchoolClass, Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind)
    ),
    _class_kinds,
).where(or_(_to_report(Period.ends_on), _made(_class_kinds, period_id=Period.id)))


def _yearly(deadline: Deadline, reports: Any, opens_on: Any) -> Select[Any]:
    """What is made once a year of each class."""
    kinds = _listed(reports, "kind")
    due = due_on(RULES[deadline].term, AcademicYear.starts_on)
    columns = _report(
        *(deadline, _CLASS, kinds, ("SchoolClass", SchoolClass.id), SchoolClass.id),
        of_={"class_id": SchoolClass.id},
        due=due,
        opens_at=begins_at(opens_on),
        staff_id=answers(SchoolClass.id, due, _made(kinds)),
        class_id=SchoolClass.id,
    )
    there = _to_report(func.least(due, last_day, type_=Date))
    return _of_each(classes(columns), kinds).where(or_(there, _made(kinds)))


_account = (
    select(Account.created_at)
    .where(of_school(Account), Account.person_id == Staff.person_id)
    .correlate(Staff)
    .scalar_subquery()
)
_accounts = (
    select(
        *obligation(
            *(Deadline.ACCOUNTS, Answerable.HR, ("Staff", Staff.id), Staff.id),
            anchor=Staff.hired_on,
            opens_at=begins_at(Staff.hired_on),
            done_at=_account,
            # Whoever is hired in August comes into a year that is closed by September.
            outlasts=True,
            employee_id=Staff.id,
        )
    )
    .select_from(Staff)
    .join(AcademicYear, of(AcademicYear, Staff, begun_by(Staff.hired_on)))
    .where(
        of_school(Staff), or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= reach.today, _account.is_not(None))
    )
)

SCHOOL_DEADLINES = (
    *(_card, _curriculum, _topic_plans, _documents, _timetable, _holidays, _transfers),
    *(_summaries, _forms, _teachers, _class_reports),
    _yearly(Deadline.YEARLY_REPORTS, OF_YEAR, AcademicYear.starts_on),
    _yearly(Deadline.YEAR_SHEET, (YEAR_SHEET,), last_day),
    _accounts,
)
"""A statement for each of these deadlines; for period reports one of each who makes them."""
