"""Who may see the journal and the diary, and who may write in them."""

from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, tuple_

from models.curriculum import DroppedSubject, GroupMembership, TeachingAssignment
from models.journal import (
    Attachment,
    Attendance,
    Homework,
    HomeworkRecipient,
    Mark,
    RollCall,
    Task,
    TaskRecipient,
    WorkType,
)
from models.journal_excuses import Excuse
from models.school import School, Student
from models.timetable import Lesson, Room
from rules.account import Role

from .journal_excuses import visible_excuses
from .school_documents import holding_file
from .scopes import (
    ALL,
    Beside,
    Rows,
    Scope,
    among,
    attends,
    beside,
    columns,
    groups_of,
    of_school,
    on,
    own_lesson,
    same,
    students_led_now,
    substituted_journals,
    taught,
    union,
    within,
)
from .viewer import Viewer, reach

CONTROL = frozenset({Role.DIRECTOR, Role.DEPUTY})
"""Those who read every journal (2.1, 2.2)."""

JOURNAL = CONTROL | {Role.TEACHER, Role.ANALYST}
HISTORIANS = CONTROL | {Role.TEACHER}
"""Those who may look into the past of what they see: the staff who answer for it (2.1-2.4, 7.11, 11.6). Students and
families see what stands (2.5, 2.6)."""

WRITERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""Those who write in a journal: the deputy in any, a teacher in those of their own (2.2–2.4)."""


def _of_lesson(model: Any, *names: str, more: tuple[Beside, ...] = ()) -> Rows:
    """Rows written at a lesson, beside it: the arms ask about its group and subject."""
    return Rows(model, beside(Lesson, "lesson_id", *names), *more)


def _is_own(model: Any) -> Any:
    return model.student_id == reach.student_id


def _is_child(model: Any) -> Any:
    return within(model.student_id, reach.children)


_attended_by_self = attends(_is_own(GroupMembership), Lesson.group_id, Lesson.date)
_attended_by_child = attends(_is_child(GroupMembership), Lesson.group_id, Lesson.date)
_is_led = among(GroupMembership.student_id, students_led_now())
# Asked first, once for all lessons: almost none pass, and only those are asked who was there on the day.
_in_group_of_led = Lesson.group_id.in_(select(GroupMembership.group_id).where(of_school(GroupMembership), _is_led))
_attended_by_led = and_(_in_group_of_led, attends(_is_led, Lesson.group_id, Lesson.date))


def _of_students(model: Any) -> dict[Any, Any]:
    """The arms of what a student gets at a lesson: marks, attendance."""
    return {
        CONTROL | {Role.ANALYST}: ALL,
        Role.TEACHER: or_(own_lesson(), among(model.student_id, students_led_now())),
        Role.STUDENT: _is_own(model),
        Role.PARENT: _is_child(model),
    }


_OF_LESSONS: dict[Any, Any] = {
    CONTROL | {Role.ANALYST}: ALL,
    Role.TEACHER: or_(own_lesson(), _attended_by_led),
    Role.STUDENT: _attended_by_self,
    Role.PARENT: _attended_by_child,
}
"""The arms of what belongs to a lesson as a whole: for families, the lessons their student was in the group for; for a
class teacher also those that a student of theirs attended in another class before: their diary has no gap."""

visible_work_types = Scope(
    "WorkType",
    Rows(WorkType),
    {JOURNAL | {Role.STUDENT, Role.PARENT}: ALL},
)

visible_journals = Scope(
    "JournalPage",
    lambda: (
        select(*columns(TeachingAssignment.group_id, TeachingAssignment.subject_id))
        .where(of_school(TeachingAssignment))
        .distinct()
    ),
    {
        CONTROL | {Role.ANALYST}: ALL,
        Role.TEACHER: or_(
            taught(TeachingAssignment.group_id, TeachingAssignment.subject_id),
            among(TeachingAssignment.group_id, groups_of(reach.led_classes)),
            tuple_(TeachingAssignment.group_id, TeachingAssignment.subject_id).in_(substituted_journals()),
        ),
    },
)
"""Which journals may be opened: a group and a subject each (2.1–2.4). A substitute finds the timetable of the journal
and the names of the group there, and of what is written only what stands at their own lesson (6.5)."""

_roll_call = Beside(
    RollCall,
    lambda roll_call, lesson: and_(roll_call.school_id == lesson.school_id, roll_call.lesson_id == lesson.id),
    {"roll_called_at": "changed_at", "roll_version": "version"},
)

visible_records = Scope(
    "LessonRecord",
    Rows(Lesson, _roll_call),
    _OF_LESSONS,
)
"""What was taught at a lesson: topic, material, roll call, tasks, homework."""

_zone = Beside(School, lambda school, row: school.id == row.school_id, {"time_zone": "time_zone"})
"""Where the school is: the day of a moment is its own."""

visible_marks = Scope(
    "Mark",
    _of_lesson(Mark, "subject_id", more=(beside(Task, "task_id", "weight"), _zone)),
    _of_students(Mark),
)

visible_attendance = Scope("Attendance", _of_lesson(Attendance, "subject_id"), _of_students(Attendance))


def is_given_to(work: Any, recipient: Any, student: Any) -> Any:
    """That a task or a homework (`work`, of which `recipient` names students) is for this student: for all, or named.

    `student` is a column of another table of the statement that asks.
    """
    named = (
        exists()
        .where(
            recipient.school_id == work.school_id,
            (recipient.task_id if work is Task else recipient.homework_id) == work.id,
            recipient.student_id == student,
        )
        # By itself an inner statement is tied to the next one around it only: the work may stand one further out.
        .correlate_except(recipient)
    )
    return or_(work.for_all, named)


def _given(work: Any, recipient: Any) -> dict[Any, Any]:
    """The arms of work given at a lesson: families find what is for all or for their very student, and a class teacher
    of another class the same of theirs.
    """

    def to(students: Any) -> Any:
        return exists().where(
            of_school(GroupMembership),
            GroupMembership.group_id == Lesson.group_id,
            students,
            on(Lesson.date, GroupMembership),
            is_given_to(work, recipient, GroupMembership.student_id),
        )

    return {
        **_OF_LESSONS,
        Role.TEACHER: or_(own_lesson(), and_(_in_group_of_led, to(_is_led))),
        Role.STUDENT: to(_is_own(GroupMembership)),
        Role.PARENT: to(_is_child(GroupMembership)),
    }


visible_tasks = Scope("Task", _of_lesson(Task, "group_id", "subject_id"), _given(Task, TaskRecipient))

visible_homework = Scope(
    "Homework",
    _of_lesson(Homework, "subject_id", "group_id", more=(_zone,)),
    _given(Homework, HomeworkRecipient),
)

visible_diary_lessons = Scope(
    "DiaryLesson",
    lambda: (
        select(
            *columns(
                GroupMembership.student_id, Lesson, Room.name.label("room"), RollCall.changed_at.label("roll_called_at")
            ),
        )
        .select_from(GroupMembership)
        .join(
            Lesson,
            and_(
                Lesson.school_id == GroupMembership.school_id,
                Lesson.group_id == GroupMembership.group_id,
                on(Lesson.date, GroupMembership),
            ),
        )
        .outerjoin(RollCall, and_(RollCall.school_id == Lesson.school_id, RollCall.lesson_id == Lesson.id))
        .outerjoin(Room, and_(Room.school_id == Lesson.school_id, Room.id == Lesson.room_id))
        .where(of_school(GroupMembership))
    ),
    {
        CONTROL: ALL,
        Role.TEACHER: or_(own_lesson(), among(GroupMembership.student_id, students_led_now())),
        Role.STUDENT: _is_own(GroupMembership),
        Role.PARENT: _is_child(GroupMembership),
    },
)
"""A student's lessons in the diary (7.12): a subject teacher finds their own subject, the class teacher all."""


class _Attachments(Scope):
    """What hangs on something is seen by the people who see that; by a service only under its own grant."""

    def condition(self, roles: Any) -> Any:
        people = frozenset(roles) - {Role.SERVICE}
        tasks = visible_tasks.for_roles(people).with_only_columns(Task.id)
        homework = visible_homework.for_roles(people).with_only_columns(Homework.id)
        granted = super().condition(frozenset(roles) & {Role.SERVICE})
        excuses = visible_excuses.for_roles(people).with_only_columns(Excuse.id)
        hung = (Attachment.task_id.in_(tasks), Attachment.homework_id.in_(homework), Attachment.excuse_id.in_(excuses))
        return or_(granted, *hung)


visible_attachments = _Attachments(
    "Attachment",
    holding_file(Attachment),
    dict.fromkeys(visible_tasks.roles - {Role.SERVICE, Role.ANALYST}, ALL),
)
"""Files on tasks, homework and excuses. Not for analysts: a file may hold names (4.1)."""


def lessons_to_record(viewer: Viewer) -> Select[Any]:
    """Lessons in whose journal the viewer may write: own assignments, the class one leads, the lessons one gives as a
    substitute, any for the deputy.
    """
    return (
        select(*columns(Lesson)).where(of_school(Lesson), _writable(viewer)).with_for_update(key_share=True, of=Lesson)
    )


def tasks_to_mark(viewer: Viewer) -> Select[Any]:
    """Tasks for which the viewer may set marks. Locked in order of id, so that two pages cannot block each other."""
    return (
        _of_lesson(Task, "group_id", "subject_id", "state", "substitute_id")()
        .where(_writable(viewer))
        .order_by(Task.id)
        .with_for_update(key_share=True, of=Task)
    )


def _writable(viewer: Viewer) -> Any:
    return union({Role.DEPUTY: ALL, Role.TEACHER: own_lesson()}, viewer.roles)


def members_of(group: Any, day: Any, subject: Any = None) -> Select[int, bool, bool]:
    """Students of a group on a day, as a command needs them: who may get a mark or be called absent there.

    dropped: that they do not take the subject then (7.8).
    """
    dropped = exists().where(
        of_school(DroppedSubject),
        DroppedSubject.student_id == GroupMembership.student_id,
        DroppedSubject.subject_id == subject,
        on(day, DroppedSubject),
    )
    return (
        select(GroupMembership.student_id, Student.taught_at_home, dropped.label("dropped"))
        .join(Student, same(Student, GroupMembership.student_id))
        .where(of_school(GroupMembership), GroupMembership.group_id == group, on(day, GroupMembership))
    )
