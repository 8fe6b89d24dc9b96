"""Commands that correct what was given at a lesson: change, take back, or move a task; change or take back homework."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import delete, select, update

from models.journal import Attachment, Homework, HomeworkRecipient, Mark, Task, TaskRecipient
from models.timetable import Lesson
from permissions.journal import lessons_to_record
from rules.journal import COMMENT_LENGTH, TEXT_LENGTH, check_not_cancelled, check_open, check_text
from rules.refusals import Refusal, RefusalCode, bad_input, conflict

from .commands import Work, among, check_version, command, refusing
from .context import Context
from .journal_files import check_hung, detach
from .journal_members import check_takes, members
from .journal_work import (
    FOR_HOMEWORK,
    FOR_MARKS,
    Check,
    check_due,
    check_named,
    check_weight,
    last_place,
    name_students,
    usual_weight,
)
from .journal_writing import enter, lesson_to_write, tasks_to_write
from .school_files import hang

_USED = Refusal(RefusalCode.IN_USE, "На это уже есть ответы или отметки: удалить нельзя.")


async def _named_of(work: Work, recipient: Any, owner: str, number: int) -> set[int]:
    mine = (recipient.school_id == work.viewer.school_id, getattr(recipient, owner) == number)
    return {row.student_id for row in await work.fetch(select(recipient.student_id).where(*mine))}


async def _change(
    work: Work,
    model: Any,
    row: Any,
    lesson: Any,
    values: dict[str, Any],
    files: Sequence[int],
    removed: Sequence[int],
    check: Check,
) -> set[int] | None:
    """Write what differs of a task or a homework (`model`), its students and its files; gives whom it names now.

    `values` may hold `students`: for whom it is, None for everyone. Nothing that stands so already becomes a version.
    """
    recipient, owner = (TaskRecipient, "task_id") if model is Task else (HomeworkRecipient, "homework_id")
    named = None if row.for_all else await _named_of(work, recipient, owner, row.id)
    students = values.pop("students") if "students" in values else named
    if (wanted := None if students is None else set(students)) != named:
        await check_named(work, lesson, students, check)
        await name_students(work, recipient, owner, row.id, students)
        values["for_all"] = students is None
    check_due(values.get("due_on"), lesson.date)
    await check_hung(work, files, removed, owner, row.id)
    await detach(work, removed)
    await hang(work, Attachment, files, **{owner: row.id})
    changed = {name: value for name, value in values.items() if row[name] != value}
    if changed or files or removed or wanted != named:
        await work.execute(
            update(model)
            .where(model.school_id == work.viewer.school_id, model.id == row.id)
            .values(**changed, version=model.version + 1, **work.stamp)
        )
    return wanted


async def _lesson_of(work: Work, number: int) -> Any:
    """The group, subject and day of a lesson that is locked, or whose task is."""
    mine = (Lesson.school_id == work.viewer.school_id, Lesson.id == number)
    return await work.first(select(Lesson.group_id, Lesson.subject_id, Lesson.date).where(*mine))


async def _marks(work: Work, task_id: int) -> list[Any]:
    mine = (Mark.school_id == work.viewer.school_id, Mark.task_id == task_id)
    return await work.fetch(select(Mark.id, Mark.student_id, Mark.made_up_on).where(*mine).order_by(Mark.id))


async def change_task(
    context: Context,
    task_id: int,
    values: Mapping[str, Any],
    files: Sequence[int],
    removed: Sequence[int],
    if_version: int | None,
) -> int:
    """Change what is given of a task; `values` may hold `students`, for whom it is. Who has a mark keeps it."""
    given = {"task": task_id, **values, "files": files, "removed": removed}
    async with command(context, "changeTask", given) as work:
        task = (await tasks_to_write(work, {task_id: "taskId"}))[task_id]
        check_not_cancelled(task.state, "taskId")
        check_version(if_version, task.version)
        check_text(values.get("name"), COMMENT_LENGTH, "name")
        check_weight(values.get("weight"))
        if values.get("work_type_id", task.work_type_id) is None:
            raise bad_input("Укажите вид работы.", "workTypeId")
        wanted = dict(values)
        if "work_type_id" in values or ("weight" in values and values["weight"] is None):
            usual = await usual_weight(work, values.get("work_type_id", task.work_type_id))
            if "weight" in values:
                wanted["weight"] = values["weight"] or usual
        lesson = await _lesson_of(work, task.lesson_id)
        named = await _change(work, Task, task, lesson, wanted, files, removed, FOR_MARKS)
        marks = await _marks(work, task_id) if named is not None else ()
        if lost := [("Mark", each.id) for each in marks if each.student_id not in (named or ())]:
            message = "У учащегося уже есть отметка за это задание."
            raise Refusal(RefusalCode.IN_USE, message, "studentIds", objects=tuple(lost))
    return task_id


async def remove_task(context: Context, task_id: int, if_version: int | None) -> int:
    """Take a task back for which there are no marks. The others keep their places (7.4)."""
    async with command(context, "removeTask", {"task": task_id}) as work:
        task = (await tasks_to_write(work, {task_id: "taskId"}))[task_id]
        check_not_cancelled(task.state, "taskId")
        check_version(if_version, task.version)
        if marks := await _marks(work, task_id):
            message = "За это задание уже есть отметки: сначала снимите их."
            raise Refusal(RefusalCode.IN_USE, message, "taskId", objects=tuple(("Mark", each.id) for each in marks))
        await _remove(work, Task, TaskRecipient, "task_id", task_id, "taskId")
    return task_id


async def _remove(work: Work, model: Any, recipient: Any, owner: str, number: int, field: str) -> None:
    school = work.viewer.school_id
    for of in (Attachment, recipient):
        await work.execute(delete(of).where(of.school_id == school, getattr(of, owner) == number))
    with refusing(asyncpg.ForeignKeyViolationError, Refusal(_USED.code, _USED.message, field)):
        await work.execute(delete(model).where(model.school_id == school, model.id == number))


async def move_task(context: Context, task_id: int, lesson_id: int, if_version: int | None) -> int:
    """Move a task to another lesson of the same journal, the last in its order. Its marks go along.

    What was made up for stays at the lesson that was missed (7.5).
    """
    async with command(context, "moveTask", {"task": task_id, "lesson": lesson_id}) as work:
        mine = select(Task.lesson_id).where(Task.school_id == work.viewer.school_id, Task.id == task_id)
        source = (await work.one(mine, "taskId")).lesson_id
        lessons = await _both(work, source, lesson_id)
        task = (await tasks_to_write(work, {task_id: "taskId"}))[task_id]
        if task.lesson_id != source:
            raise conflict("taskId")
        check_version(if_version, task.version)
        to, field = lessons[lesson_id], "lessonId"
        check_not_cancelled(lessons[source].state, "taskId")
        check_not_cancelled(to.state, field)
        if (to.group_id, to.subject_id) != (task.group_id, task.subject_id):
            raise bad_input("Задание переносится только на урок того же журнала.", field)
        if source == lesson_id:
            return task_id
        check_due(task.due_on, to.date, field)
        marks = await _marks(work, task_id)
        if made_up := [("Mark", each.id) for each in marks if each.made_up_on]:
            message = "За задание есть отметки за отработку: они остаются на пропущенном уроке."
            raise Refusal(RefusalCode.MADE_UP, message, "taskId", "7.5", tuple(made_up))
        if marks:
            check_open(to.state, to.date, work.today, field)
        students = {each.student_id for each in marks} | await _named_of(work, TaskRecipient, "task_id", task_id)
        known = await members(work, to, students)
        for student in sorted(students):
            check_takes(known, student, field)
        # The marks follow by their reference; that they did is a version of theirs.
        await work.execute(
            update(Mark)
            .where(Mark.school_id == work.viewer.school_id, Mark.task_id == task_id)
            .values(version=Mark.version + 1, **work.stamp)
        )
        await work.execute(
            update(Task)
            .where(Task.school_id == work.viewer.school_id, Task.id == task_id)
            .values(
                lesson_id=lesson_id,
                lesson_date=to.date,
                position=last_place(work, lesson_id),
                version=Task.version + 1,
                **work.stamp,
            )
        )
    return task_id


async def _both(work: Work, source: int, target: int) -> dict[int, Any]:
    """The lessons between which a task moves, both locked in their order, and both open to the viewer."""
    rows = await work.reach(
        lessons_to_record(work.viewer).where(among(Lesson.id, {source, target})).order_by(Lesson.id)
    )
    lessons, fields = {row.id: row for row in rows}, {target: "lessonId", source: "taskId"}
    for number in (source, target):
        if number not in lessons:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", fields[number])
    await enter(work, fields)
    return lessons


async def _homework(work: Work, homework_id: int, if_version: int | None) -> tuple[Any, Any]:
    """The homework and its lesson, which is locked: so nobody else writes at either."""
    mine = (Homework.school_id == work.viewer.school_id, Homework.id == homework_id)
    found = await work.one(select(Homework.lesson_id).where(*mine), "homeworkId")
    lesson = await lesson_to_write(work, found.lesson_id, "homeworkId")
    homework = await work.one(
        select(Homework.id, Homework.text, Homework.for_all, Homework.due_on, Homework.version).where(*mine),
        "homeworkId",
    )
    check_not_cancelled(lesson.state, "homeworkId")
    check_version(if_version, homework.version)
    return homework, lesson


async def change_homework(
    context: Context,
    homework_id: int,
    values: Mapping[str, Any],
    files: Sequence[int],
    removed: Sequence[int],
    if_version: int | None,
) -> int:
    """Change what is given of a homework; `values` may hold `students`. When it was published stays as it was (7.4)."""
    given = {"homework": homework_id, **values, "files": files, "removed": removed}
    async with command(context, "changeHomework", given) as work:
        homework, lesson = await _homework(work, homework_id, if_version)
        if "text" in values:
            check_text(values["text"], TEXT_LENGTH, "text", required=True)
        await _change(work, Homework, homework, lesson, dict(values), files, removed, FOR_HOMEWORK)
    return homework_id


async def remove_homework(context: Context, homework_id: int, if_version: int | None) -> int:
    """Take homework back."""
    async with command(context, "removeHomework", {"homework": homework_id}) as work:
        await _homework(work, homework_id, if_version)
        await _remove(work, Homework, HomeworkRecipient, "homework_id", homework_id, "homeworkId")
    return homework_id
