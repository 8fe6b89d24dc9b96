"""Commands on lessons: topic and material, tasks, homework, the roll and who was absent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from models.journal import Attendance, Homework, HomeworkRecipient, RollCall, Task, WorkType
from models.timetable import Lesson
from permissions.journal import members_of
from rules.journal import (
    COMMENT_LENGTH,
    TEXT_LENGTH,
    WEIGHTS,
    AttendanceCode,
    check_not_cancelled,
    check_open,
    check_text,
)
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import LessonState

from .commands import Work, among, check_version, command
from .context import Context
from .journal_files import attach, check_files
from .journal_writing import lesson_to_write


@dataclass(frozen=True)
class Absent:
    """One who is not there: `code` None leaves a reason that is known already, `more` holds only what was sent."""

    student_id: int
    code: AttendanceCode | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


async def _members(work: Work, lesson: Any, students: Collection[int]) -> dict[int, Any]:
    """Who was in the lesson's group on its day. These students, of whom something is to be written, stay there."""
    await work.hold_students(students)
    return {row.student_id: row for row in await work.reach(members_of(lesson.group_id, lesson.date))}


def _check_member(members: Mapping[int, Any], student_id: int, field: str) -> None:
    if student_id not in members:
        raise Refusal(RefusalCode.NOT_IN_GROUP, "Учащегося не было в этой группе в день урока.", field)


def _check_kept(members: Mapping[int, Any], student_id: int, field: str) -> None:
    """Refuse an absence of who is taught at home: their attendance is kept on paper, like their daily marks (7.8)."""
    _check_member(members, student_id, field)
    if members[student_id].taught_at_home:
        message = "Учится на дому: посещаемость отмечается в бумажном журнале."
        raise Refusal(RefusalCode.TAUGHT_AT_HOME, message, field, "7.8")


def _new(work: Work) -> dict[str, Any]:
    """The same for a new row: a statement with its values inside gets no defaults from the model."""
    return {"version": 1, **_changed(work)}


def _changed(work: Work) -> dict[str, Any]:
    """The columns that say who changed a row, and when."""
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}


async def record_lesson(
    context: Context, lesson_id: int, values: Mapping[str, str | None], if_version: int | None
) -> int:
    """Write topic and material (7.2, 7.4). Only what is given changes. A lesson whose day has come counts as held."""
    async with command(context, "recordLesson", {"lesson": lesson_id, **values}) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_not_cancelled(lesson.state, "lessonId")
        check_version(if_version, lesson.version)
        for name, text in values.items():
            check_text(text, TEXT_LENGTH, name)
        changes: dict[str, Any] = {name: text for name, text in values.items() if text != lesson[name]}
        if lesson.date <= work.today and lesson.state == LessonState.PLANNED:
            changes["state"] = LessonState.HELD
        if changes:
            await work.execute(
                update(Lesson)
                .where(Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id)
                .values(**changes, version=Lesson.version + 1, **_changed(work))
            )
    return lesson_id


async def add_task(
    context: Context,
    lesson_id: int,
    work_type_id: int,
    name: str | None,
    weight: int | None,
    due_on: date | None,
    key: str | None,
    files: Sequence[int] = (),
) -> int:
    """Add a task, the last in the lesson's order (7.4). Its weight is its kind's unless given."""
    given = {
        "lesson": lesson_id,
        "workType": work_type_id,
        "name": name,
        "weight": weight,
        "dueOn": due_on,
        "files": files,
    }
    async with command(context, "addTask", given, key=key) as work:
        lesson = await lesson_to_write(work, lesson_id)
        if work.repeated:
            return int(work.answer)
        check_not_cancelled(lesson.state, "lessonId")
        check_text(name, COMMENT_LENGTH, "name")
        if weight is not None and weight not in WEIGHTS:
            raise bad_input(f"Вес — от {WEIGHTS.start} до {WEIGHTS.stop - 1}.", "weight")
        kind = await work.first(
            select(WorkType.weight).where(WorkType.school_id == work.viewer.school_id, WorkType.id == work_type_id)
        )
        if kind is None:
            raise not_found("workTypeId")
        if due_on is not None and due_on < lesson.date:
            raise bad_input("Срок раньше самого урока.", "dueOn")
        await check_files(work, files)
        last = select(func.coalesce(func.max(Task.position), 0) + 1).where(
            Task.school_id == work.viewer.school_id, Task.lesson_id == lesson_id
        )
        row = await work.first(
            insert(Task)
            .values(
                school_id=work.viewer.school_id,
                lesson_id=lesson_id,
                lesson_date=lesson.date,
                work_type_id=work_type_id,
                position=last.scalar_subquery(),
                name=name,
                weight=weight or kind.weight,
                due_on=due_on,
                **_new(work),
            )
            .returning(Task.id)
        )
        await attach(work, files, "task_id", row.id)
        return int(await work.done(row.id))


async def assign_homework(
    context: Context,
    lesson_id: int,
    text: str,
    students: Sequence[int] | None,
    due_on: date | None,
    key: str | None,
    files: Sequence[int] = (),
) -> int:
    """Give homework to all, or to the students named (7.2)."""
    given = {"lesson": lesson_id, "text": text, "students": students, "dueOn": due_on, "files": files}
    async with command(context, "assignHomework", given, key=key) as work:
        lesson = await lesson_to_write(work, lesson_id)
        if work.repeated:
            return int(work.answer)
        check_not_cancelled(lesson.state, "lessonId")
        check_text(text, TEXT_LENGTH, "text", required=True)
        if students is not None and not students:
            raise bad_input("Назовите хотя бы одного учащегося.", "studentIds")
        if due_on is not None and due_on < lesson.date:
            raise bad_input("Срок раньше самого урока.", "dueOn")
        if students:
            members = await _members(work, lesson, students)
            for position, student in enumerate(students):
                _check_member(members, student, f"studentIds.{position}")
        await check_files(work, files)
        row = await work.first(
            insert(Homework)
            .values(
                school_id=work.viewer.school_id,
                lesson_id=lesson_id,
                lesson_date=lesson.date,
                text=text,
                for_all=students is None,
                due_on=due_on,
                published_at=work.now,
                **_new(work),
            )
            .returning(Homework.id)
        )
        if students:
            named = [
                {"school_id": work.viewer.school_id, "homework_id": row.id, "student_id": student}
                for student in dict.fromkeys(students)
            ]
            await work.execute(insert(HomeworkRecipient).values(named))
        await attach(work, files, "homework_id", row.id)
        return int(await work.done(row.id))


async def take_roll_call(context: Context, lesson_id: int, absent: Sequence[Absent], if_version: int | None) -> int:
    """Record the roll as a fact of its own: who is on the list is absent or late, everyone else was there (7.4)."""
    listed_as_given = [[each.student_id, each.code, each.more.get("minutes_late")] for each in absent]
    given = {"lesson": lesson_id, "absent": listed_as_given}
    async with command(context, "takeRollCall", given) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_open(lesson.state, lesson.date, work.today, "lessonId")
        here = (RollCall.school_id == work.viewer.school_id, RollCall.lesson_id == lesson_id)
        roll = await work.first(select(RollCall.version).where(*here))
        check_version(if_version, roll.version if roll else 0)
        members = await _members(work, lesson, [each.student_id for each in absent])
        known = await _attendance(work, lesson_id)
        listed: dict[int, Absent] = {}
        for position, each in enumerate(absent):
            _check_kept(members, each.student_id, f"absent.{position}.studentId")
            if each.student_id in listed:
                raise bad_input("Учащийся назван дважды.", f"absent.{position}.studentId")
            listed[each.student_id] = each
        changed = [
            await _set_attendance(work, lesson, known.get(each.student_id), each, f"absent.{position}.")
            for position, each in enumerate(absent)
        ]
        returned = [row.id for student, row in known.items() if student not in listed]
        if returned:
            await work.execute(
                delete(Attendance).where(Attendance.school_id == work.viewer.school_id, among(Attendance.id, returned))
            )
        if roll is None:
            values = {"school_id": work.viewer.school_id, "lesson_id": lesson_id, "lesson_date": lesson.date}
            await work.execute(insert(RollCall).values(**values, **_new(work)))
        elif returned or any(changed):
            await work.execute(update(RollCall).where(*here).values(version=RollCall.version + 1, **_changed(work)))
        if lesson.state == LessonState.PLANNED:
            await work.execute(
                update(Lesson)
                .where(Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id)
                .values(state=LessonState.HELD, version=Lesson.version + 1, **_changed(work))
            )
    return lesson_id


async def mark_attendance(
    context: Context,
    lesson_id: int,
    student_id: int,
    code: AttendanceCode | None,
    more: Mapping[str, Any],
    if_version: int | None,
) -> tuple[int, int]:
    """Set or correct why one student was absent (7.3); `code` None says that they were there. Marks stay (7.5)."""
    given = {"lesson": lesson_id, "student": student_id, "code": code, **more}
    async with command(context, "markAttendance", given) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_open(lesson.state, lesson.date, work.today, "lessonId")
        check = _check_member if code is None else _check_kept
        check(await _members(work, lesson, [student_id]), student_id, "studentId")
        known = (await _attendance(work, lesson_id)).get(student_id)
        check_version(if_version, known.version if known else 0)
        check_text(more.get("comment"), COMMENT_LENGTH, "comment")
        changed = known is not None
        if code is not None:
            changed = await _set_attendance(work, lesson, known, Absent(student_id, code, more), "")
        elif known:
            await work.execute(
                delete(Attendance).where(Attendance.school_id == work.viewer.school_id, Attendance.id == known.id)
            )
        if changed:
            # Whoever has the roll open must see that it is not what it was; when it was called stays as it is.
            await work.execute(
                update(RollCall)
                .where(RollCall.school_id == work.viewer.school_id, RollCall.lesson_id == lesson_id)
                .values(version=RollCall.version + 1)
            )
    return lesson_id, student_id


async def _attendance(work: Work, lesson_id: int) -> dict[int, Any]:
    """What is known of absences at the lesson, by student. The lesson's lock keeps others out."""
    rows = await work.fetch(
        select(
            Attendance.id,
            Attendance.student_id,
            Attendance.code,
            Attendance.minutes_late,
            Attendance.comment,
            Attendance.version,
        ).where(Attendance.school_id == work.viewer.school_id, Attendance.lesson_id == lesson_id)
    )
    return {row.student_id: row for row in rows}


async def _set_attendance(work: Work, lesson: Any, known: Any, absent: Absent, path: str) -> bool:
    """Write one absence, unless it stands so already: repeating a request is no error and no new version.

    `path` names the input field. Says whether anything was written.
    """
    code = absent.code or (AttendanceCode(known.code) if known else AttendanceCode.UNEXPLAINED)
    minutes = absent.more.get("minutes_late")
    if minutes is not None and (code is not AttendanceCode.LATE or not 0 < minutes < 1440):
        raise bad_input("Минуты (от 1 до 1439) указываются только для опоздания.", f"{path}minutesLate")
    values: dict[str, Any] = {"code": code, **absent.more}
    if code is not AttendanceCode.LATE:
        values["minutes_late"] = None
    if known is None:
        await work.execute(
            insert(Attendance).values(
                school_id=work.viewer.school_id,
                lesson_id=lesson.id,
                lesson_date=lesson.date,
                student_id=absent.student_id,
                **values,
                **_new(work),
            )
        )
        return True
    if all(known[name] == value for name, value in values.items()):
        return False
    await work.execute(
        update(Attendance)
        .where(Attendance.school_id == work.viewer.school_id, Attendance.id == known.id)
        .values(**values, version=Attendance.version + 1, **_changed(work))
    )
    return True
