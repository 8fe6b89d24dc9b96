"""The deadlines of the journal as rows: what is written at lessons, reasons of absence, marks that sum up, outages."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    Date,
    Integer,
    Interval,
    Select,
    and_,
    any_,
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
)
from models.journal import SET_LATE, Attendance, Homework, Mark, RollCall, Task, TaskRecipient, WorkType
from models.journal_excuses import Excuse
from models.journal_history import LessonVersion, RollCallVersion
from models.journal_outage import Outage
from models.school import Student
from models.timetable import Bell, BellSchedule, Lesson
from models.timetable_week import DayTransfer
from rules.journal import HOMEWORK_TERM, AttendanceCode
from rules.journal_finals import UNGRADED
from rules.report_deadlines import RULES, Answerable, Deadline
from rules.timetable import LessonState

from .curriculum_plan import is_lesson
from .days import ZONE, begins_at, due_on
from .journal import is_given_to
from .report_keepers import KEEPERS, Keeper, keeper_of
from .report_obligations_marks import MARK_DEADLINES
from .report_rows import answers, number, obligation, of, word
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


def at_lessons(columns: Any) -> Select[Any]:
    """Rows of lessons that take place.

    On days without access the records lie on paper: they are due with the transfer (13.2).
    """
    outage = exists().where(of_school(Outage), on(Lesson.date, Outage))
    return _taking_place(columns).where(~outage)


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

has_topic = func.coalesce(func.length(func.btrim(Lesson.topic)), number(0)) > number(0)
_is_recorded = and_(RollCall.id.is_not(None), has_topic)
_recorded_at = func.greatest(
    _first(RollCallVersion, RollCallVersion.lesson_id),
    _first(LessonVersion, LessonVersion.row_id, LessonVersion.topic.is_not(None)),
)


def _records(keeper: Keeper) -> Select[Any]:
    query = at_lessons(
        obligation(
            *(Deadline.LESSON_RECORDS, _SUBJECT, ("Lesson", Lesson.id), Lesson.id),
            anchor=Lesson.date,
            opens_at=_begins,
            done_at=case((_is_recorded, func.greatest(_recorded_at, _late_mark))),
            **_about(keeper.staff),
        )
    ).outerjoin(RollCall, of(RollCall, Lesson, RollCall.lesson_id == Lesson.id))
    return keeper.of(query, _is_recorded)


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

_taught_as = _shifts.alias("taught_as")
"""The same of the weekday by which a moved day is taught: its bells are that day's, where it has none of its own."""

_shift_ends_at = func.greatest(func.coalesce(_shifts.c.ends_at, _taught_as.c.ends_at), Lesson.ends_at)
_homework_due = Lesson.date.op("+", return_type=TIMESTAMP())(_shift_ends_at).op("+", return_type=TIMESTAMP())(
    literal_column(f"interval '{HOMEWORK_TERM.total_seconds():.0f} seconds'", Interval())
)


def _homework(keeper: Keeper) -> Select[Any]:
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
            **_about(keeper.staff),
        )
    )
    moved = and_(
        *(DayTransfer.year_id == SchoolClass.year_id, DayTransfer.to_date == Lesson.date),
        or_(DayTransfer.grades.is_(None), SchoolClass.grade == any_(DayTransfer.grades)),
    )
    query = (
        query.outerjoin(_shifts, _of_shift(_shifts, func.extract("isodow", Lesson.date)))
        .outerjoin(DayTransfer, of(DayTransfer, SchoolClass, moved))
        .outerjoin(_taught_as, _of_shift(_taught_as, DayTransfer.weekday))
        .where(SchoolClass.grade > UNGRADED, is_lesson(SchoolClass.id, Lesson.subject_id))
    )
    return keeper.of(query, given_at.is_not(None))


def _of_shift(shifts: Any, weekday: Any) -> Any:
    """That a row of the shifts is the lesson's, of a day of the week."""
    own = (shifts.c.year_id == SchoolClass.year_id, shifts.c.shift == Lesson.shift)
    return and_(*own, shifts.c.weekday == cast(weekday, Integer))


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
    lessons: Callable[[Any], Select[Any]], done_on: Any, opens_at: Any, keeper: Keeper | None = None
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
    all_marked = marks.c.marked == marks.c.pupils
    columns = obligation(
        *(Deadline.WRITTEN_WORK, _SUBJECT, ("Task", Task.id), Task.id),
        anchor=done_on,
        day=done_on,
        opens_at=opens_at,
        done_at=case((all_marked, func.coalesce(marks.c.last, opens_at))),
        task_id=Task.id,
        **_about(keeper_of(all_marked) if keeper is None else keeper.staff),
    )
    query = (
        lessons(columns)
        .join(Task, of(Task, Lesson, Task.lesson_id == Lesson.id))
        .join(WorkType, same(WorkType, Task.work_type_id))
        .join(marks, true())
        .where(WorkType.written)
    )
    return query if keeper is None else keeper.of(query, all_marked)


def _written(keeper: Keeper) -> Select[Any]:
    return _works(at_lessons, Lesson.date, _ends, keeper).where(Task.due_on.is_(None))


def _written_later() -> Select[Any]:
    """Work that is handed in on a day of its own: whoever answers for it, found by that day."""
    opens_at = func.greatest(_ends, begins_at(Task.due_on))
    return _works(at_lessons, Task.due_on, opens_at).where(Task.due_on.is_not(None))


def _written_on_paper() -> Select[Any]:
    """Work of days without access: it is in the System when the transfer's term is over, and its own runs from then."""

    def lessons(columns: Any) -> Select[Any]:
        return _taking_place(columns).join(_paper, _paper.c.date == Lesson.date)

    handed_in = func.coalesce(Task.due_on, Lesson.date)
    transferred = due_on(RULES[Deadline.OUTAGE_RECORDS].term, _paper.c.ends_on)
    opens_at = func.greatest(_ends, begins_at(Task.due_on), _paper.c.ended_at)
    return _works(lessons, func.greatest(handed_in, transferred, type_=Date), opens_at)


def _excuses() -> Select[Any]:
    """Documents that came: the class teacher corrects the reasons by entering them."""
    return (
        select(
            *obligation(
                *(Deadline.ABSENCE_REASONS, Answerable.CLASS_TEACHER, ("Excuse", Excuse.id), Excuse.id),
                due=Excuse.due_on,
                opens_at=begins_at(Excuse.received_on),
                done_at=begins_at(Excuse.entered_on),
                staff_id=answers(SchoolClass.id, Excuse.received_on, Excuse.entered_on.is_not(None)),
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


_on_paper = (
    _taking_place(
        (
            *(Outage.id.label("outage_id"), Outage.ends_on, Outage.ended_at, Lesson.id.label("lesson_id")),
            *(SchoolClass.id.label("class_id"), SchoolClass.year_id, Lesson.group_id, Lesson.subject_id),
            *(keeper_of(_is_recorded).label("staff_id"), case((_is_recorded, _recorded_at)).label("recorded_at")),
        )
    )
    .join(Outage, of(Outage, Lesson, on(Lesson.date, Outage), Outage.ends_on.is_not(None)))
    .outerjoin(RollCall, of(RollCall, Lesson, RollCall.lesson_id == Lesson.id))
    .subquery("on_paper")
    .c
)
_of_keeper: Any = (
    *(_on_paper.outage_id, _on_paper.ends_on, _on_paper.ended_at, _on_paper.class_id, _on_paper.year_id),
    *(_on_paper.group_id, _on_paper.subject_id, _on_paper.staff_id),
)
_transfers: Any = (
    select(
        *_of_keeper,
        func.min(_on_paper.lesson_id).label("lesson_id"),
        # Of lessons without records there is no moment.
        case((func.count() == func.count(_on_paper.recorded_at), func.max(_on_paper.recorded_at))).label("done_at"),
    )
    .group_by(*_of_keeper)
    .subquery("transfer")
    .c
)
"""Journals with lessons on days without access once it has returned, by who answers for the lessons. `lesson_id`: the
first of them, which tells those of one journal apart.
"""


def _outages() -> Select[Any]:
    return (
        select(
            *obligation(
                *(Deadline.OUTAGE_RECORDS, _SUBJECT, ("Outage", _transfers.outage_id)),
                *(_transfers.outage_id, _transfers.lesson_id),
                anchor=_transfers.ends_on,
                opens_at=_transfers.ended_at,
                done_at=_transfers.done_at,
                **{name: _transfers[name] for name in ("staff_id", "class_id", "group_id", "subject_id", "outage_id")},
            )
        )
        .select_from(_transfers.outage_id.table)
        .join(AcademicYear, and_(of_school(AcademicYear), AcademicYear.id == _transfers.year_id))
    )


JOURNAL_DEADLINES = (
    *(read(keeper) for read in (_records, _homework, _written) for keeper in KEEPERS),
    _written_later(),
    _written_on_paper(),
    _excuses(),
    *MARK_DEADLINES,
    _outages(),
)
"""A statement for each deadline of the journal; for what is written at lessons one for each of those who may answer."""
