"""Commands that give work at a lesson, a task or homework: to everyone in the group or to students named (7.2, 7.4)."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, select

from models.journal import Attachment, Homework, HomeworkRecipient, Task, TaskRecipient, WorkType
from rules.journal import COMMENT_LENGTH, TEXT_LENGTH, WEIGHTS, check_not_cancelled, check_text
from rules.refusals import bad_input, not_found

from .commands import Work, command
from .context import Context
from .journal_members import Members, check_marked, check_takes, members
from .journal_writing import lesson_to_write
from .school_files import check_files, hang

Check = Callable[[Members, int, str], None]

FOR_MARKS: Check = check_marked
"""Whom a task may name: those who get marks."""

FOR_HOMEWORK: Check = check_takes
"""Whom homework may name: those who are taught at home as well."""


async def check_named(work: Work, lesson: Any, students: Collection[int] | None, check: Check) -> None:
    """Refuse students, if any are named, of whom one can't get the work; None stands for everyone."""
    if students is None:
        return
    if not students:
        raise bad_input("Назовите хотя бы одного учащегося.", "studentIds")
    known = await members(work, lesson, students)
    for position, student in enumerate(students):
        check(known, student, f"studentIds.{position}")


async def name_students(work: Work, recipient: Any, owner: str, number: int, students: Collection[int] | None) -> None:
    """Let the work `number`, to which `recipient` refers by `owner`, be for these students and no others."""
    mine = (recipient.school_id == work.viewer.school_id, getattr(recipient, owner) == number)
    await work.execute(delete(recipient).where(*mine))
    if students:
        of = {"school_id": work.viewer.school_id, owner: number}
        await work.execute(insert(recipient).values([{**of, "student_id": each} for each in dict.fromkeys(students)]))


def check_due(due_on: date | None, day: date, field: str = "dueOn") -> None:
    """Refuse a term that ends before the lesson."""
    if due_on is not None and due_on < day:
        raise bad_input("Срок раньше самого урока.", field)


def check_weight(weight: int | None) -> None:
    """Refuse a weight that no mark can have."""
    if weight is not None and weight not in WEIGHTS:
        raise bad_input(f"Вес — от {WEIGHTS.start} до {WEIGHTS.stop - 1}.", "weight")


async def usual_weight(work: Work, work_type_id: int) -> int:
    """The weight of a kind of work."""
    mine = (WorkType.school_id == work.viewer.school_id, WorkType.id == work_type_id)
    kind = await work.first(select(WorkType.weight).where(*mine))
    if kind is None:
        raise not_found("workTypeId")
    return int(kind.weight)


def last_place(work: Work, lesson_id: int) -> Any:
    """The place behind all tasks of a lesson, whose lock keeps others from taking it."""
    of_lesson = (Task.school_id == work.viewer.school_id, Task.lesson_id == lesson_id)
    return select(func.coalesce(func.max(Task.position), 0) + 1).where(*of_lesson).scalar_subquery()


async def add_task(
    context: Context,
    lesson_id: int,
    work_type_id: int,
    name: str | None,
    weight: int | None,
    students: Sequence[int] | None,
    due_on: date | None,
    key: str | None,
    files: Sequence[int] = (),
) -> int:
    """Add a task, the last in the lesson's order (7.4), for all or for the students named. Its weight is its kind's
    unless given.
    """
    given = {
        "lesson": lesson_id,
        "workType": work_type_id,
        "name": name,
        "weight": weight,
        "students": students,
        "dueOn": due_on,
        "files": files,
    }
    async with command(context, "addTask", given, key=key) as work:
        lesson = await lesson_to_write(work, lesson_id)
        if work.repeated:
            return int(work.answer)
        check_not_cancelled(lesson.state, "lessonId")
        check_text(name, COMMENT_LENGTH, "name")
        check_weight(weight)
        usual = await usual_weight(work, work_type_id)
        check_due(due_on, lesson.date)
        await check_named(work, lesson, students, FOR_MARKS)
        await check_files(work, files)
        row = await work.first(
            insert(Task)
            .values(
                school_id=work.viewer.school_id,
                lesson_id=lesson_id,
                lesson_date=lesson.date,
                work_type_id=work_type_id,
                position=last_place(work, lesson_id),
                name=name,
                weight=weight or usual,
                for_all=students is None,
                due_on=due_on,
                version=1,
                **work.stamp,
            )
            .returning(Task.id)
        )
        if students:
            await name_students(work, TaskRecipient, "task_id", row.id, students)
        await hang(work, Attachment, files, task_id=row.id)
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
        check_due(due_on, lesson.date)
        await check_named(work, lesson, students, FOR_HOMEWORK)
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
                version=1,
                **work.stamp,
            )
            .returning(Homework.id)
        )
        if students:
            await name_students(work, HomeworkRecipient, "homework_id", row.id, students)
        await hang(work, Attachment, files, homework_id=row.id)
        return int(await work.done(row.id))
