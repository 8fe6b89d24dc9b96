"""Who may see period, annual, exam and final marks, who sets them, and who closes periods (7.7–7.11)."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    join,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    Enrolment,
    GroupMembership,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.journal_finals import ExamDate, FinalMark, MarkRule, MarkSlot, PeriodClosing
from rules.account import Role
from rules.journal_finals import GRADUATING, FinalKind

from .curriculum_plan import is_lesson
from .journal import CONTROL, JOURNAL
from .scopes import ALL, Rows, Scope, among, columns, of_school, on, same, students_led_now, union, within
from .viewer import Viewer, reach

RULERS = frozenset({Role.DEPUTY})
"""Those who set the school's rules for marks, close periods and open them again."""


def taught_pupils(*conditions: Any) -> Select[int, int, int]:
    """Whom the viewer teaches today in which subject of which year, as far as the conditions on memberships hold."""
    pairs = (
        func.unnest(reach.taught_groups, reach.taught_subjects).table_valued("group_id", "subject_id").render_derived()
    )
    return (
        select(GroupMembership.student_id, pairs.c.subject_id, SchoolClass.year_id)
        .join_from(pairs, GroupMembership, GroupMembership.group_id == pairs.c.group_id)
        .join(StudyGroup, same(StudyGroup, GroupMembership.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(of_school(GroupMembership), *conditions)
    )


def of_teachers(rows: Any) -> ColumnElement[bool]:
    """What is decided of one's own pupils in one's own subject, and all that is of the class one leads (7.7, 7.9)."""
    taught = tuple_(rows.student_id, rows.subject_id, rows.year_id).in_(taught_pupils())
    return or_(taught, within(rows.class_id, reach.led_classes), among(rows.student_id, students_led_now()))


def _arms(rows: Any) -> dict[Any, ColumnElement[bool]]:
    """The subject teacher's own subject and pupils, the class teacher's class, own and own child's (7.7, 7.9)."""
    return {
        CONTROL | {Role.ANALYST}: ALL,
        Role.TEACHER: of_teachers(rows),
        Role.STUDENT: rows.student_id == reach.student_id,
        Role.PARENT: within(rows.student_id, reach.children),
    }


visible_final_marks = Scope("FinalMark", Rows(FinalMark), _arms(FinalMark))
"""Marks that have been decided."""


def _without_families(rows: Any) -> dict[Any, ColumnElement[bool]]:
    return {of: arm for of, arm in _arms(rows).items() if of not in {Role.STUDENT, Role.PARENT}}


visible_decisions = Scope("FinalMarkDecision", Rows(FinalMark), _without_families(FinalMark))
"""What had been proposed for a mark, and who decided: the school's own matter, not shown to families."""


def day_of(slot: Any) -> Any:
    """The day that tells who is to be marked: the last of the period, or today while it goes on."""
    return func.least(reach.today, slot.ends_on)


def _of(model: Any, parent: Any, *conditions: Any) -> Any:
    return and_(model.school_id == parent.school_id, *conditions)


def _slot(*more: Any) -> list[Any]:
    names = ("class_id", "year_id", "grade", "kind", "period_id", "position", "starts_on", "ends_on")
    return [*(getattr(MarkSlot, name) for name in names), *more]


def taking(source: Any, slot: Any, *more: Any) -> Select[Any]:
    """Who takes which subject in which slot of a source. dropped: that they do not take it after all (7.8).
    beside: that the class has it beside its lessons, so that no mark is missing.

    They are in a group of the class on the slot's day, and in that group the subject has been taught in its time.
    """
    day = day_of(slot)
    student, subject = GroupMembership.student_id, TeachingAssignment.subject_id
    dropped = exists().where(
        *(DroppedSubject.school_id == slot.school_id, DroppedSubject.student_id == student),
        *(DroppedSubject.subject_id == subject, on(day, DroppedSubject)),
    )
    begun = TeachingAssignment.starts_on <= day
    lasted = or_(TeachingAssignment.ends_on.is_(None), TeachingAssignment.ends_on >= slot.starts_on)
    taught = and_(TeachingAssignment.group_id == StudyGroup.id, begun, lasted)
    there = and_(GroupMembership.group_id == StudyGroup.id, on(day, GroupMembership))
    return (
        select(student, subject, *more, dropped.label("dropped"), (~is_lesson(slot.class_id, subject)).label("beside"))
        .distinct()
        .select_from(source)
        .join(StudyGroup, _of(StudyGroup, slot, StudyGroup.class_id == slot.class_id))
        .join(TeachingAssignment, _of(TeachingAssignment, StudyGroup, taught))
        .join(GroupMembership, _of(GroupMembership, StudyGroup, there))
        .where(of_school(slot))
    )


def announced_on(slot: Any, subject: Any) -> Any:
    """On which day the results of the exam of a slot's class in a subject are announced, if a day is named: the marks
    for it and the final one are due then (7.10).
    """
    of_class = (ExamDate.class_id == slot.class_id, ExamDate.subject_id == subject)
    found = select(ExamDate.announced_on).where(of_school(ExamDate), *of_class)
    return found.correlate_except(ExamDate).scalar_subquery()


def to_be_set(slot: Any, subject: Any) -> tuple[ColumnElement[bool], ...]:
    """That a mark which is not set is missing: one of an exam where a day of its results is named, a final one where a
    certificate will show it (7.10). Others may be set, and nobody waits for them.
    """
    graduating = or_(*(slot.grade == grade for grade in GRADUATING))
    return (
        or_(slot.kind != FinalKind.EXAM, announced_on(slot, subject).is_not(None)),
        or_(slot.kind != FinalKind.FINAL, graduating),
    )


def _to_mark(*conditions: Any) -> Select[Any]:
    """Who takes which subject in which slot, and has no mark for it yet."""
    student, subject = GroupMembership.student_id, TeachingAssignment.subject_id
    marked = exists().where(
        *(FinalMark.school_id == MarkSlot.school_id, FinalMark.student_id == student, FinalMark.subject_id == subject),
        *(FinalMark.year_id == MarkSlot.year_id, FinalMark.kind == MarkSlot.kind),
        FinalMark.period_id.is_not_distinct_from(MarkSlot.period_id),
    )
    number = cast(null(), BigInteger)
    nothing = (number.label("mark_id"), cast(null(), Text).label("value"), number.label("number"))
    return taking(MarkSlot, MarkSlot, *_slot(*nothing, number.label("version"))).where(~marked, *conditions)


def _in_slot(source: Any, class_id: Any) -> Select[Any]:
    """What a source has of marks, in their slots of a class."""
    slot = and_(
        *(MarkSlot.class_id == class_id, MarkSlot.year_id == FinalMark.year_id, MarkSlot.kind == FinalMark.kind),
        MarkSlot.period_id.is_not_distinct_from(FinalMark.period_id),
    )
    mark = (FinalMark.id.label("mark_id"), FinalMark.value, FinalMark.number, FinalMark.version)
    taken = (false().label("dropped"), false().label("beside"))
    query = select(FinalMark.student_id, FinalMark.subject_id, *_slot(*mark, *taken)).select_from(source)
    return query.join(MarkSlot, _of(MarkSlot, FinalMark, slot)).where(of_school(FinalMark))


def _marked() -> Select[Any]:
    """Slots of students that have a mark, whatever has become of the students."""
    return _in_slot(FinalMark, FinalMark.class_id)


def _brought() -> Select[Any]:
    """The same in the class that the student is in when they are counted, where another has set the mark."""
    elsewhere = and_(FinalMark.student_id == Enrolment.student_id, FinalMark.class_id != Enrolment.class_id)
    source = join(Enrolment, FinalMark, _of(FinalMark, Enrolment, elsewhere))
    return _in_slot(source, Enrolment.class_id).where(of_school(Enrolment), on(day_of(MarkSlot), Enrolment))


_cells = union_all(_to_mark(), _marked()).subquery("cell")
cell: Any = _cells.c
"""Cells of the sheets of marks: a student, a subject and what is marked, with the mark if there is one."""

counted: Any = (
    union_all(_to_mark(*to_be_set(MarkSlot, TeachingAssignment.subject_id)), _marked(), _brought())
    .subquery("counted")
    .c
)
"""The same as reports count them: who changes classes in a period that has been marked is counted in the new one, and
nothing is missing where there is no exam, or no certificate.
"""


def cells(*conditions: Any) -> Select[Any]:
    """Cells of what students take."""
    return select(*cell).where(~cell.dropped, ~cell.beside, *conditions)


visible_cells = Scope("FinalMarkCell", cells, _arms(cell))
"""What is marked, or is still to be marked: families see that a mark is not set yet, but not what is proposed."""

visible_proposals = Scope("MarkProposal", cells, _without_families(cell))
"""What would be proposed today: for those who decide or watch over it, not for families."""

visible_mark_rules = Scope("MarkRule", Rows(MarkRule), {JOURNAL: ALL})
"""The rules that proposals go by: for those who see proposals."""

_classes_taught = select(StudyGroup.class_id).where(of_school(StudyGroup), within(StudyGroup.id, reach.taught_groups))


def _of_classes(model: Any) -> dict[Any, Any]:
    """What is of a class as a whole: a teacher's of the classes led or taught."""
    own = or_(within(model.class_id, reach.led_classes), among(model.class_id, _classes_taught))
    return {CONTROL | {Role.ANALYST}: ALL, Role.TEACHER: own}


visible_closings = Scope("PeriodClosing", Rows(PeriodClosing), _of_classes(PeriodClosing))
"""Which periods have been closed and opened again."""

visible_exam_dates = Scope("ExamDate", Rows(ExamDate), _of_classes(ExamDate))
"""On which days exams' results are announced."""


def cells_to_mark(viewer: Viewer) -> Select[Any]:
    """Cells that the viewer may fill: own subject and pupils, all subjects of the class led, any for the deputy (7.7,
    7.9). Those of subjects that the student does not take are among them, as `dropped`, and those `beside` the lessons.
    """
    taught = tuple_(cell.student_id, cell.subject_id, cell.year_id).in_(
        taught_pupils(on(func.least(reach.today, cell.ends_on), GroupMembership)).correlate(_cells)
    )
    may = union({Role.DEPUTY: ALL, Role.TEACHER: or_(taught, within(cell.class_id, reach.led_classes))}, viewer.roles)
    return select(*cell).where(may)


def classes_to_mark(*conditions: Any) -> Select[int]:
    """Classes, locked in order of id while their marks are decided: one command at a time, whoever gives it."""
    query = select(SchoolClass.id).where(of_school(SchoolClass), *conditions).order_by(SchoolClass.id)
    return query.with_for_update(key_share=True, of=SchoolClass)


def classes_to_close(viewer: Viewer) -> Select[int, int, str, int, date]:
    """Classes whose periods the viewer may close and open again, each with each of these, locked in the same way."""
    period = and_(Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind)
    return (
        select(SchoolClass.id, SchoolClass.grade, SchoolClass.letter, Period.id.label("period_id"), Period.ends_on)
        .join(Period, _of(Period, SchoolClass, period))
        .where(of_school(SchoolClass), union(dict.fromkeys(RULERS, ALL), viewer.roles))
        .order_by(SchoolClass.id)
        .with_for_update(key_share=True, of=SchoolClass)
    )


def classes_to_examine(viewer: Viewer) -> Select[int, date, date]:
    """Classes of whose exams the viewer says when results are announced, locked. Beside each the days of its year."""
    return (
        select(SchoolClass.id, AcademicYear.starts_on, AcademicYear.ends_on)
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(SchoolClass), union(dict.fromkeys(RULERS, ALL), viewer.roles))
        .with_for_update(key_share=True, of=SchoolClass)
    )


def exam_dates_to_set(viewer: Viewer) -> Select[Any]:
    """Days of exams' results, locked."""
    own = select(*columns(ExamDate)).where(of_school(ExamDate), union(dict.fromkeys(RULERS, ALL), viewer.roles))
    return own.with_for_update()


def teaching_of(class_id: int, subject_id: int) -> Select[int]:
    """Whether anybody teaches the subject in a class, on whatever day."""
    taught = and_(TeachingAssignment.group_id == StudyGroup.id, TeachingAssignment.subject_id == subject_id)
    query = select(TeachingAssignment.id).join(StudyGroup, _of(StudyGroup, TeachingAssignment, taught))
    return query.where(of_school(TeachingAssignment), StudyGroup.class_id == class_id).limit(1)


def rules_to_set(viewer: Viewer) -> Select[Any]:
    """The school's rules for marks, locked."""
    own = select(*columns(MarkRule)).where(of_school(MarkRule), union(dict.fromkeys(RULERS, ALL), viewer.roles))
    return own.with_for_update(key_share=True, of=MarkRule)
