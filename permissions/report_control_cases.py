"""What the control of journals looks at, case by case (7.11): each is good, or a finding."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Select,
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
    union_all,
)
from sqlalchemy.orm import aliased

from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    GroupMembership,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.curriculum_topics import Topic, TopicPlanAssignment
from models.journal import OWED_OR_MADE_UP, Attendance, Mark, RollCall
from models.journal_finals import FinalMark, MarkRule, MarkSlot
from models.school import Student
from models.timetable import Lesson
from models.timetable_corrections import LessonCorrection
from rules.journal import OWED, AttendanceCode
from rules.journal_finals import EXEMPT, LAST_WEEK, NOT_ATTESTED, NOT_PASSED, PASSED, UNGRADED, USUAL_RULE, FinalKind
from rules.report_control import CHECKS, WATCHED, ControlCheck
from rules.report_deadlines import Deadline
from rules.timetable import LessonState
from rules.timetable_corrections import CorrectionKind

from .curriculum_plan import is_lesson
from .journal_finals import day_of
from .report_keepers import assigned, keeper_of, teacher_of
from .report_obligations_journal import JOURNAL_DEADLINES, at_lessons, has_topic
from .report_obligations_marks import is_taught, teaches
from .report_rows import KEYS, answers, number, of, one_of, word
from .scopes import of_school, on, same
from .texts import written
from .viewer import reach

CASE_REFERENCES = (
    *("staff_id", "class_id", "group_id", "subject_id", "lesson_id", "task_id", "period_id", "student_id"),
)
"""What a case may be about; `staff_id` is whose it is."""

_POSITIONS = {check: position for position, check in enumerate(CHECKS)}


def _case(
    check: ControlCheck, good: Any, day: Any, object_: tuple[str, Any], *keys: Any, apart: Any = None, **about: Any
) -> list[Any]:
    """The columns of a case of the school year `AcademicYear`.

    day: to which it is counted. object_: the type and the number of what is to be acted on. keys: what is looked at,
    whoever teaches there now: a remark on it stands when the teacher is another. apart: the assignment, where several
    have a case with these keys. about: what it refers to (`CASE_REFERENCES`).
    """
    if unknown := about.keys() - set(CASE_REFERENCES):
        raise TypeError(unknown)
    named = {
        "check": word(check),
        "position": number(_POSITIONS[check]),
        **{name: cast(about.get(name, null()), BigInteger) for name in CASE_REFERENCES},
        "year_id": AcademicYear.id,
        "day": cast(day, Date),
        "object_type": word(object_[0]),
        "object_id": cast(object_[1], BigInteger),
        **{name: cast(key, BigInteger) for name, key in zip(KEYS, (*keys, number(0), number(0)), strict=False)},
        "apart": cast(number(0) if apart is None else apart, BigInteger),
        "good": cast(good, Boolean),
    }
    return [AcademicYear.school_id, *(value.label(name) for name, value in named.items())]


# Lessons


_IN_JOURNAL: dict[str, Any] = {
    "class_id": StudyGroup.class_id,
    "group_id": Lesson.group_id,
    "subject_id": Lesson.subject_id,
    "lesson_id": Lesson.id,
}
_lesson: Any = (Lesson.date, ("Lesson", Lesson.id), Lesson.id)
_over = Lesson.date < reach.today
"""The lesson's own day is the last one in time (7.4): the case is there when it has passed."""


def _in_journal(check: ControlCheck, good: Any, *about: Any, **more: Any) -> list[Any]:
    """The columns of a case of a lesson, of whoever answers for it."""
    return _case(check, good, *about, **{"staff_id": keeper_of(good), **_IN_JOURNAL, **more})


def _topics() -> Select[Any]:
    return at_lessons(_in_journal(ControlCheck.TOPIC, has_topic, *_lesson)).where(_over)


def _roll_calls() -> Select[Any]:
    called = RollCall.id.is_not(None)
    query = at_lessons(_in_journal(ControlCheck.ROLL_CALL, called, *_lesson)).where(_over)
    return query.outerjoin(RollCall, of(RollCall, Lesson, RollCall.lesson_id == Lesson.id))


def _by_plan() -> Select[Any]:
    """Topics of lessons whose group goes by a plan on the day."""
    planned = exists().where(
        *(of_school(TopicPlanAssignment), TopicPlanAssignment.group_id == Lesson.group_id),
        *(TopicPlanAssignment.subject_id == Lesson.subject_id, on(Lesson.date, TopicPlanAssignment)),
    )
    same_words = func.coalesce(func.btrim(Lesson.topic) == func.btrim(Topic.name), False)
    query = at_lessons(_in_journal(ControlCheck.TOPIC_BY_PLAN, same_words, *_lesson))
    return query.outerjoin(Topic, same(Topic, Lesson.topic_id)).where(_over, has_topic, planned.correlate(Lesson))


def _hours() -> Select[Any]:
    """Lessons of the timetable; a cancelled one is made up for once as many have been added to its journal."""
    other, correction = aliased(Lesson), aliased(LessonCorrection)

    def added(lesson: Any) -> Any:
        found = exists().where(
            *(correction.school_id == lesson.school_id, correction.lesson_id == lesson.id),
            correction.kind == word(CorrectionKind.ADDED),
        )
        return found.correlate(Lesson, other)

    def count(*which: Any) -> Any:
        journal = (of_school(other), other.group_id == Lesson.group_id, other.subject_id == Lesson.subject_id)
        return select(func.count()).select_from(other).where(*journal, *which).correlate(Lesson).scalar_subquery()

    cancelled = word(LessonState.CANCELLED)
    before = or_(other.date < Lesson.date, and_(other.date == Lesson.date, other.id <= Lesson.id))
    made_up = count(other.state == cancelled, before, ~added(other)) <= count(other.state != cancelled, added(other))
    good = case((Lesson.state != cancelled, true()), else_=made_up)
    # A substitute has no hours of the journal to make up for.
    columns = _in_journal(ControlCheck.HOURS, good, *_lesson, staff_id=teacher_of(good))
    return _in_class(select(*columns).select_from(Lesson)).where(of_school(Lesson), _over, ~added(Lesson))


def _in_class(query: Any) -> Select[Any]:
    """With the lesson's class and year."""
    return (  # type: ignore[no-any-return]
        query.join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
    )


# What stands at lessons


_present = one_of(Attendance.code, (AttendanceCode.LATE, AttendanceCode.EXEMPT))
_MARKED = (*map(str, range(1, 6)), PASSED, NOT_PASSED)
"""Marks that say how work was done."""


def _make_ups() -> Select[Any]:
    """Marks of students who missed the lesson."""
    made_up = Mark.made_up_on.is_not(None)
    columns = _in_journal(
        *(ControlCheck.MAKE_UP, made_up, Lesson.date, ("Mark", Mark.id), Mark.id), student_id=Mark.student_id
    )
    of_student = and_(Mark.lesson_id == Attendance.lesson_id, Mark.student_id == Attendance.student_id)
    query = select(*columns).select_from(Attendance).join(Mark, of(Mark, Attendance, of_student))
    return _in_class(query.join(Lesson, same(Lesson, Attendance.lesson_id))).where(
        of_school(Attendance), ~_present, one_of(Mark.value, _MARKED)
    )


def _in_period(query: Any) -> Select[Any]:
    """With the period of the class that the lesson was in, once it is over."""
    period = and_(Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind)
    then = and_(period, Lesson.date.between(Period.starts_on, Period.ends_on))
    return _in_class(query).join(Period, of(Period, SchoolClass, then)).where(Period.ends_on < reach.today)


def _debts() -> Select[Any]:
    """What was owed, and what has been made up for."""
    columns = _in_journal(
        *(ControlCheck.DEBT, Mark.value != word(OWED), Mark.lesson_date, ("Mark", Mark.id), Mark.id),
        period_id=Period.id,
        student_id=Mark.student_id,
    )
    query = select(*columns).select_from(Mark).join(Lesson, same(Lesson, Mark.lesson_id))
    return _in_period(query).where(of_school(Mark), literal_column(f"({OWED_OR_MADE_UP})"))


def _reasons() -> Select[Any]:
    """Absences, of which the class teacher tells the reason."""
    explained = Attendance.code != word(AttendanceCode.UNEXPLAINED)
    columns = _in_journal(
        *(ControlCheck.ABSENCE_REASON, explained, Lesson.date, ("Attendance", Attendance.id), Attendance.id),
        staff_id=answers(SchoolClass.id, Lesson.date, explained),
        period_id=Period.id,
        student_id=Attendance.student_id,
    )
    query = select(*columns).select_from(Attendance).join(Lesson, same(Lesson, Attendance.lesson_id))
    return _in_period(query).where(of_school(Attendance), Attendance.code != word(AttendanceCode.LATE))


# What sums up


_dropped = and_(DroppedSubject.subject_id == TeachingAssignment.subject_id, on(day_of(MarkSlot), DroppedSubject))
_summed_up = and_(
    *(FinalMark.subject_id == TeachingAssignment.subject_id, FinalMark.year_id == MarkSlot.year_id),
    *(FinalMark.kind == MarkSlot.kind, FinalMark.period_id.is_not_distinct_from(MarkSlot.period_id)),
)
_of_member = and_(FinalMark.student_id == GroupMembership.student_id, _summed_up)
_SUMMED: dict[str, Any] = {
    "apart": TeachingAssignment.id,
    "class_id": MarkSlot.class_id,
    "group_id": StudyGroup.id,
    "subject_id": TeachingAssignment.subject_id,
    "period_id": MarkSlot.period_id,
    "student_id": GroupMembership.student_id,
}
_slot: Any = (GroupMembership.student_id, TeachingAssignment.subject_id, MarkSlot.period_id)


def _summing_up(check: ControlCheck, good: Any, *about: Any, **more: Any) -> list[Any]:
    """The columns of a case of a slot, of whoever teaches its journal now."""
    return _case(check, good, *about, **{"staff_id": assigned(good), **_SUMMED, **more})


def _journals(columns: Any) -> Select[Any]:
    """What is taught on the day on which a slot is marked, or was the last to be before it."""
    taught = and_(TeachingAssignment.group_id == StudyGroup.id, teaches(day_of(MarkSlot)))
    return (
        select(*columns)
        .select_from(MarkSlot)
        .join(AcademicYear, of(AcademicYear, MarkSlot, AcademicYear.id == MarkSlot.year_id))
        .join(StudyGroup, of(StudyGroup, MarkSlot, StudyGroup.class_id == MarkSlot.class_id))
        .join(TeachingAssignment, of(TeachingAssignment, StudyGroup, taught))
        .where(of_school(MarkSlot))
    )


def _taught(columns: Any) -> Select[Any]:
    """And whom."""
    day = day_of(MarkSlot)
    there = and_(GroupMembership.group_id == StudyGroup.id, on(day, GroupMembership), is_taught(day, GroupMembership))
    return _journals(columns).join(GroupMembership, of(GroupMembership, StudyGroup, there))


_PERIOD = MarkSlot.kind == word(FinalKind.PERIOD)


def _fewest() -> Any:
    """How many marks the school's rule asks for: the subject's own, that of all subjects, or the usual one."""

    def rule(subject: Any) -> Any:
        found = select(MarkRule.fewest).where(of_school(MarkRule), MarkRule.subject_id.is_not_distinct_from(subject))
        return found.correlate(TeachingAssignment).scalar_subquery()

    return func.coalesce(rule(TeachingAssignment.subject_id), rule(null()), number(USUAL_RULE.fewest))


def _pupils() -> Any:
    """Who is in a journal on the day on which a slot is marked, since when, and with how many marks of it.

    Members and marks stand under one another and are counted in one go: a join would count the marks of each anew.
    """
    lesson, mark, member = aliased(Lesson), aliased(Mark), aliased(GroupMembership)
    members = select(member.student_id, member.starts_on, number(0).label("marks")).where(
        *(of_school(member), member.group_id == StudyGroup.id, on(day_of(MarkSlot), member)),
        is_taught(day_of(MarkSlot), member),
    )
    marks = (
        select(mark.student_id, cast(null(), Date), number(1))
        .select_from(lesson)
        .join(mark, and_(mark.school_id == lesson.school_id, mark.lesson_id == lesson.id))
        .where(*_of_journal(lesson), one_of(mark.value, _MARKED))
    )
    around = (StudyGroup, TeachingAssignment, MarkSlot)
    each = union_all(members.correlate(*around), marks.correlate(*around)).subquery("each").c
    return (
        select(each.student_id, func.min(each.starts_on).label("since"), func.sum(each.marks).label("marks"))
        .group_by(each.student_id)
        .having(func.count(each.starts_on) > 0)
        .lateral("pupil")
    )


def _of_journal(lesson: Any) -> tuple[Any, ...]:
    """That the lesson is one of the journal's in the slot."""
    return (
        *(of_school(lesson), lesson.group_id == StudyGroup.id, lesson.subject_id == TeachingAssignment.subject_id),
        lesson.date.between(MarkSlot.starts_on, MarkSlot.ends_on),
    )


def _enough() -> Select[Any]:
    """Students with the marks that the school's rule asks for, once the period's last week has begun.

    Where there are fewer lessons than that, nobody can have them; who came into the group in the middle of a period has
    not had them all; who is taught at home gets no marks at lessons (7.8).
    """
    held, fewest, pupil = aliased(Lesson), _fewest(), _pupils().c
    standing = held.state != word(LessonState.CANCELLED)
    lessons = select(func.count()).select_from(held).where(*_of_journal(held), standing)
    lessons = lessons.correlate(StudyGroup, TeachingAssignment, MarkSlot)
    dropped = and_(DroppedSubject.student_id == pupil.student_id, _dropped)
    final = and_(FinalMark.student_id == pupil.student_id, _summed_up)
    decided = func.coalesce(one_of(FinalMark.value, (NOT_ATTESTED, EXEMPT)), False)
    columns = _summing_up(
        *(ControlCheck.ENOUGH_MARKS, or_(pupil.marks >= fewest, decided), MarkSlot.ends_on),
        ("Student", pupil.student_id),
        *(pupil.student_id, TeachingAssignment.subject_id, MarkSlot.period_id),
        student_id=pupil.student_id,
    )
    last_week = cast(MarkSlot.ends_on, Date) - (LAST_WEEK - 1)
    return (
        _journals(columns)
        .join(pupil.student_id.table, true())
        .join(Student, and_(of_school(Student), Student.id == pupil.student_id, ~Student.taught_at_home))
        .outerjoin(DroppedSubject, of(DroppedSubject, MarkSlot, dropped))
        .outerjoin(FinalMark, of(FinalMark, MarkSlot, final))
        .where(
            *(_PERIOD, MarkSlot.grade > number(UNGRADED), last_week <= reach.today, DroppedSubject.id.is_(None)),
            *(pupil.since <= MarkSlot.starts_on, is_lesson(MarkSlot.class_id, TeachingAssignment.subject_id)),
            lessons.scalar_subquery() >= fewest,
        )
    )


def _by_rule(check: ControlCheck, which: Any) -> Select[Any]:
    """Marks for which the school's rule proposed something when they were decided."""
    good = FinalMark.value == FinalMark.proposed
    columns = _summing_up(check, good, MarkSlot.ends_on, ("FinalMark", FinalMark.id), FinalMark.id)
    query = _taught(columns).join(FinalMark, of(FinalMark, MarkSlot, _of_member))
    return query.where(which, FinalMark.proposed.is_not(None))


def _not_taken() -> Select[Any]:
    """Subjects that a student does not take, in periods that have been marked or may be."""
    good = or_(FinalMark.id.is_(None), FinalMark.value == word(EXEMPT))
    columns = _summing_up(ControlCheck.SUBJECT_TAKEN, good, MarkSlot.ends_on, ("FinalMark", FinalMark.id), *_slot)
    dropped = and_(DroppedSubject.student_id == GroupMembership.student_id, _dropped)
    query = _taught(columns).join(DroppedSubject, of(DroppedSubject, MarkSlot, dropped))
    return query.outerjoin(FinalMark, of(FinalMark, MarkSlot, _of_member)).where(
        _PERIOD, MarkSlot.starts_on <= reach.today
    )


# What the watch on deadlines knows


watched: Any = written(union_all(*JOURNAL_DEADLINES), "watched").c
"""The obligations of the journal, whether their terms are over or not."""


_of_assignment = one_of(watched.deadline, (Deadline.PERIOD_MARKS, Deadline.FINAL_MARKS))
_of_outage = watched.deadline == word(Deadline.OUTAGE_RECORDS)


def _keys() -> tuple[Any, ...]:
    """Those of the obligation; where the obligation is an assignment's, the group and the subject instead of it."""
    return (
        case((_of_assignment, watched.group_id), else_=watched.key0),
        case((_of_assignment, watched.subject_id), (_of_outage, watched.group_id), else_=watched.key1),
        case((_of_assignment, watched.key1), (_of_outage, watched.subject_id), else_=watched.key2),
    )


def _deadlines() -> Select[Any]:
    """What should have been done by now, and whether it has."""
    named = {
        "check": watched.deadline,
        "position": case(
            *((watched.deadline == word(each), number(_POSITIONS[check])) for each, check in WATCHED.items())
        ),
        **{name: watched[name] if name in watched else cast(null(), BigInteger) for name in CASE_REFERENCES},
        **{name: watched[name] for name in ("year_id", "day", "object_type", "object_id")},
        **dict(zip(KEYS, _keys(), strict=True)),
        "apart": case((_of_assignment, watched.key0), (_of_outage, watched.key1), else_=number(0)),
        "good": watched.done_at.is_not(None),
    }
    return select(watched.school_id, *(cast(each, each.type).label(name) for name, each in named.items())).where(
        one_of(watched.deadline, tuple(WATCHED)), watched.due_at <= reach.now
    )


_cases = union_all(
    *(_topics(), _roll_calls(), _by_plan(), _hours(), _make_ups(), _debts(), _reasons(), _enough(), _not_taken()),
    _by_rule(ControlCheck.PERIOD_MARK_BY_RULE, _PERIOD),
    _by_rule(ControlCheck.FINAL_MARK_BY_RULE, one_of(MarkSlot.kind, (FinalKind.YEAR, FinalKind.FINAL))),
    _deadlines(),
)
checked: Any = written(_cases, "case").c
"""Every case of the school. The deadlines' own words are those of their checks."""
