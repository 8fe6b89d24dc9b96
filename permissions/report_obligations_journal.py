"""The deadlines of the journal as rows: what is written at lessons, reasons of absence, marks that sum up, outages."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    Date,
    Integer,
    Interval,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    Enrolment,
    GroupMembership,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.journal import SET_LATE, Attendance, Homework, Mark, RollCall, Task, TaskRecipient, WorkType
from models.journal_excuses import Excuse
from models.journal_history import LessonVersion, RollCallVersion
from models.journal_outage import Outage, OutageJournal
from models.school import Student
from models.timetable import Bell, BellSchedule, Lesson
from rules.journal import HOMEWORK_TERM, AttendanceCode
from rules.journal_finals import UNGRADED
from rules.report_deadlines import RULES, Answerable, Deadline
from rules.timetable import LessonState

from .curriculum_plan import is_lesson
from .days import ZONE, begins_at, due_on
from .journal import is_given_to
from .report_obligations_marks import MARK_DEADLINES
from .report_rows import answers, obligation, of, word
from .scopes import among, of_school, on, same

_SUBJECT = Answerable.SUBJECT_TEACHER


def _moment(day: Any, time: Any) -> Any:
    """A moment by the school's clock."""
    return func.timezone(ZONE, day.op("+", return_type=TIMESTAMP())(time), type_=TIMESTAMP(timezone=True))


def _about(staff: Any) -> dict[str, Any]:
    return {
        "staff_id": staff,
        "class_id": StudyGroup.class_id,
        "group_id": Lesson.group_id,
        "subject_id": Lesson.subject_id,
        "lesson_id": Lesson.id,
    }


WHOSE = func.coalesce(Lesson.substitute_id, Lesson.teacher_id)
"""Who keeps the lesson's records."""

_begins = _moment(Lesson.date, Lesson.starts_at)
_ends = _moment(Lesson.date, Lesson.ends_at)


def _taking_place(columns: Any) -> Select[Any]:
    """Rows of lessons that take place."""
    return (
        select(*columns)
        .select_from(Lesson)
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(Lesson), Lesson.state != word(LessonState.CANCELLED))
    )


def at_lessons(columns: Any, substituted: bool | None = None) -> Select[Any]:
    """Rows of lessons that take place: of their teacher, or of the substitute; of both if it is not said.

    On days without access the records lie on paper: they are due with the transfer (13.2).
    """
    outage = exists().where(of_school(Outage), on(Lesson.date, Outage))
    who = {None: true(), True: Lesson.substitute_id.is_not(None), False: Lesson.substitute_id.is_(None)}[substituted]
    return _taking_place(columns).where(who, ~outage)


_lost = (
    select(
        (Outage.starts_on + func.generate_series(0, func.coalesce(Outage.ends_on - Outage.starts_on, 0))).label("date"),
        *(Outage.ends_on, Outage.ended_at),
    )
    .where(of_school(Outage))
    .subquery("lost")
)
_paper = (
    select(_lost.c.date, func.max(_lost.c.ends_on).label("ends_on"), func.max(_lost.c.ended_at).label("ended_at"))
    .group_by(_lost.c.date)
    .having(func.count() == func.count(_lost.c.ends_on))
    .subquery("paper")
)
"""Days without access since which it has returned: when it did for the last time."""


def _first(model: Any, key: Any, *conditions: Any) -> Any:
    """When the first of a lesson's versions came."""
    found = select(func.min(model.valid_from)).where(of_school(model), key == Lesson.id, *conditions)
    return found.correlate(Lesson).scalar_subquery()


_with_lesson = select(WorkType.id).where(of_school(WorkType), ~WorkType.written)
_late_mark = (
    select(func.max(Mark.set_at))
    .join(Task, same(Task, Mark.task_id))
    .where(of_school(Task), Task.lesson_id == Lesson.id, Task.due_on.is_(None), among(Task.work_type_id, _with_lesson))
    .where(literal_column(SET_LATE), Mark.made_up_on.is_(None), Mark.set_at >= begins_at(Lesson.date + 1))
    .correlate(Lesson)
    .scalar_subquery()
)
"""When the last of the marks came that were due with the lesson and came later: none of written or longer work, and
none for work made up.
"""

has_topic = func.length(func.btrim(Lesson.topic)) > 0
_recorded_at = func.greatest(
    _first(RollCallVersion, RollCallVersion.lesson_id),
    _first(LessonVersion, LessonVersion.row_id, LessonVersion.topic.is_not(None)),
    _late_mark,
)


def _records(staff: Any, substituted: bool) -> Select[Any]:
    return at_lessons(
        obligation(
            *(Deadline.LESSON_RECORDS, _SUBJECT, ("Lesson", Lesson.id), Lesson.id),
            anchor=Lesson.date,
            opens_at=_begins,
            done_at=case((and_(RollCall.id.is_not(None), has_topic), _recorded_at)),
            **_about(staff),
        ),
        substituted,
    ).outerjoin(RollCall, of(RollCall, Lesson, RollCall.lesson_id == Lesson.id))


_weekdays: Any = func.generate_series(1, 7).table_valued("number").render_derived(name="weekday")
_shifts = (
    select(
        BellSchedule.year_id,
        BellSchedule.shift,
        cast(_weekdays.c.number, Integer).label("weekday"),
        func.coalesce(func.max(Bell.ends_at).filter(BellSchedule.weekday.is_not(None)), func.max(Bell.ends_at)).label(
            "ends_at"
        ),
    )
    .join(Bell, of(Bell, BellSchedule, Bell.schedule_id == BellSchedule.id))
    .join(_weekdays, or_(BellSchedule.weekday.is_(None), BellSchedule.weekday == _weekdays.c.number))
    .where(of_school(BellSchedule))
    .group_by(BellSchedule.year_id, BellSchedule.shift, _weekdays.c.number)
    .subquery("shift")
)
"""When the last bell of each shift rings on each day of the week: by the day's own bells, or those of all days."""

_homework_due = Lesson.date.op("+", return_type=TIMESTAMP())(func.greatest(_shifts.c.ends_at, Lesson.ends_at)).op(
    "+", return_type=TIMESTAMP()
)(literal_column(f"interval '{HOMEWORK_TERM.total_seconds():.0f} seconds'", Interval()))


def _homework(staff: Any, substituted: bool) -> Select[Any]:
    given_at = (
        select(func.min(Homework.published_at))
        .where(of_school(Homework), Homework.lesson_id == Lesson.id, Homework.for_all)
        .correlate(Lesson)
        .scalar_subquery()
    )
    query = at_lessons(
        obligation(
            *(Deadline.HOMEWORK, _SUBJECT, ("Lesson", Lesson.id), Lesson.id),
            due=cast(_homework_due, Date),
            due_at=func.timezone(ZONE, _homework_due, type_=TIMESTAMP(timezone=True)),
            day=Lesson.date,
            opens_at=_begins,
            done_at=given_at,
            **_about(staff),
        ),
        substituted,
    )
    of_day = and_(
        *(_shifts.c.year_id == SchoolClass.year_id, _shifts.c.shift == Lesson.shift),
        _shifts.c.weekday == cast(func.extract("isodow", Lesson.date), Integer),
    )
    return query.outerjoin(_shifts, of_day).where(
        SchoolClass.grade > UNGRADED, is_lesson(SchoolClass.id, Lesson.subject_id)
    )


def _dropped(day: Any) -> Any:
    """That the member of the group does not take the lesson's subject on the day."""
    return exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == GroupMembership.student_id),
        *(DroppedSubject.subject_id == Lesson.subject_id, on(day, DroppedSubject)),
    )


_still = aliased(GroupMembership)
_that_day = aliased(Lesson)


def _can_hand_in() -> Any:
    """That the member of the group is there on the work's own day, if it has one: still in the group, taking the
    subject, and not marked away at each of its lessons of that day.
    """
    member = exists().where(
        *(of_school(_still), _still.group_id == GroupMembership.group_id),
        *(_still.student_id == GroupMembership.student_id, on(Task.due_on, _still)),
    )
    marked = and_(
        *(of_school(Attendance), Attendance.lesson_id == _that_day.id),
        *(Attendance.student_id == GroupMembership.student_id, Attendance.code != word(AttendanceCode.LATE)),
    )
    away = (
        select(_that_day.school_id)
        .outerjoin(Attendance, marked)
        .where(of_school(_that_day), _that_day.group_id == Lesson.group_id, _that_day.subject_id == Lesson.subject_id)
        .where(_that_day.date == Task.due_on, _that_day.state != word(LessonState.CANCELLED))
        .group_by(_that_day.school_id)
        .having(func.count() == func.count(Attendance.id))
        .exists()
    )
    there, *not_there = (
        each.correlate(Task, Lesson, GroupMembership) for each in (member, _dropped(Task.due_on), away)
    )
    return or_(Task.due_on.is_(None), and_(there, *(~each for each in not_there)))


def _was_there() -> Any:
    """Who was at the lesson of a task, takes the subject, was given the task, and can hand it in on its day."""
    away = exists().where(
        *(of_school(Attendance), Attendance.lesson_id == Lesson.id),
        *(Attendance.student_id == GroupMembership.student_id, Attendance.code != word(AttendanceCode.LATE)),
    )
    at_home = exists().where(of_school(Student), Student.id == GroupMembership.student_id, Student.taught_at_home)
    return and_(
        *(of_school(GroupMembership), GroupMembership.group_id == Lesson.group_id, on(Lesson.date, GroupMembership)),
        is_given_to(Task, TaskRecipient, GroupMembership.student_id),
        *(~each.correlate(Lesson, GroupMembership) for each in (_dropped(Lesson.date), away, at_home)),
        _can_hand_in(),
    )


def _works(
    staff: Any, lessons: Callable[[Any], Select[Any]], done_on: Any, opens_at: Any, which: Any = None
) -> Select[Any]:
    """Written work at the lessons of a statement. done_on: the day from which the term of its marks runs."""
    marks = (
        select(func.count().label("pupils"), func.count(Mark.id).label("marked"), func.max(Mark.set_at).label("last"))
        .select_from(GroupMembership)
        .outerjoin(
            Mark, of(Mark, GroupMembership, Mark.task_id == Task.id, Mark.student_id == GroupMembership.student_id)
        )
        .where(_was_there())
        .correlate(Task, Lesson)
        .lateral("given")
    )
    columns = obligation(
        *(Deadline.WRITTEN_WORK, _SUBJECT, ("Task", Task.id), Task.id),
        anchor=done_on,
        day=done_on,
        opens_at=opens_at,
        done_at=case((marks.c.marked == marks.c.pupils, func.coalesce(marks.c.last, opens_at))),
        task_id=Task.id,
        **_about(staff),
    )
    return (
        lessons(columns)
        .join(Task, of(Task, Lesson, Task.lesson_id == Lesson.id))
        .join(WorkType, same(WorkType, Task.work_type_id))
        .join(marks, true())
        .where(WorkType.written, true() if which is None else which)
    )


def _written(staff: Any, substituted: bool) -> Select[Any]:
    return _works(staff, partial(at_lessons, substituted=substituted), Lesson.date, _ends, Task.due_on.is_(None))


def _written_later() -> Select[Any]:
    """Work that is handed in on a day of its own: of teachers and substitutes alike, found by that day."""
    opens_at = func.greatest(_ends, begins_at(Task.due_on))
    return _works(WHOSE, at_lessons, Task.due_on, opens_at, Task.due_on.is_not(None))


def _written_on_paper() -> Select[Any]:
    """Work of days without access: it is in the System when the transfer's term is over, and its own runs from then."""

    def lessons(columns: Any) -> Select[Any]:
        return _taking_place(columns).join(_paper, _paper.c.date == Lesson.date)

    handed_in = func.coalesce(Task.due_on, Lesson.date)
    transferred = due_on(RULES[Deadline.OUTAGE_RECORDS].term, _paper.c.ends_on)
    opens_at = func.greatest(_ends, begins_at(Task.due_on), _paper.c.ended_at)
    return _works(WHOSE, lessons, func.greatest(handed_in, transferred, type_=Date), opens_at)


def _excuses() -> Select[Any]:
    """Documents that came: the class teacher corrects the reasons by entering them."""
    return (
        select(
            *obligation(
                *(Deadline.ABSENCE_REASONS, Answerable.CLASS_TEACHER, ("Excuse", Excuse.id), Excuse.id),
                due=Excuse.due_on,
                opens_at=begins_at(Excuse.received_on),
                done_at=begins_at(Excuse.entered_on),
                staff_id=answers(SchoolClass.id, Excuse.received_on, Excuse.entered_on),
                class_id=SchoolClass.id,
                excuse_id=Excuse.id,
            )
        )
        .select_from(Excuse)
        .join(
            Enrolment,
            of(Enrolment, Excuse, Enrolment.student_id == Excuse.student_id, on(Excuse.received_on, Enrolment)),
        )
        .join(SchoolClass, same(SchoolClass, Enrolment.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(Excuse), Excuse.due_on.is_not(None), Excuse.withdrawn_at.is_(None))
    )


def _outages() -> Select[Any]:
    """Journals with lessons on days without access, once it has returned."""
    return (
        select(
            *obligation(
                *(Deadline.OUTAGE_RECORDS, _SUBJECT, ("Outage", Outage.id), Outage.id, TeachingAssignment.id),
                anchor=Outage.ends_on,
                opens_at=Outage.ended_at,
                done_at=case((OutageJournal.recorded >= OutageJournal.lessons, OutageJournal.recorded_at)),
                staff_id=TeachingAssignment.staff_id,
                class_id=SchoolClass.id,
                group_id=StudyGroup.id,
                subject_id=OutageJournal.subject_id,
                outage_id=Outage.id,
            )
        )
        .select_from(OutageJournal)
        .join(Outage, of(Outage, OutageJournal, Outage.id == OutageJournal.outage_id))
        .join(StudyGroup, of(StudyGroup, OutageJournal, StudyGroup.id == OutageJournal.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .join(
            TeachingAssignment,
            of(
                TeachingAssignment,
                OutageJournal,
                TeachingAssignment.group_id == OutageJournal.group_id,
                TeachingAssignment.subject_id == OutageJournal.subject_id,
                on(Outage.ends_on, TeachingAssignment),
            ),
        )
        .where(OutageJournal.school_id == Outage.school_id, of_school(Outage), Outage.ends_on.is_not(None))
    )


JOURNAL_DEADLINES = (
    *(
        read(staff, substituted)
        for read in (_records, _homework, _written)
        for staff, substituted in ((Lesson.teacher_id, False), (Lesson.substitute_id, True))
    ),
    _written_later(),
    _written_on_paper(),
    _excuses(),
    *MARK_DEADLINES,
    _outages(),
)
"""A statement for each deadline of the journal; for what is written at lessons one for the teacher's own, and one for
those that somebody gives as a substitute: so that both are found by their indices.
"""
