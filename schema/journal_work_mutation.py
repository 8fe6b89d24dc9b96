"""What is corrected of the work given at a lesson: tasks and homework."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from resolvers import journal_work_changes as commands
from rules.school_files import MOST_FILES

from .base import Info, encode_id, number
from .commands import IF_VERSION, Written, command, sent, written
from .journal import Homework, Task
from .journal_mutation import MAY_WRITE, students_of
from .school_files import files_of

_MORE_FILES = f"Приложить ещё файлы: всего не больше {MOST_FILES}."
_LESS_FILES = "Какие файлы убрать."
_FOR_WHOM = "Кому; null — всем."


@strawberry.type
class OfTask(Written):
    task: Task | None = written(Task, "Задание, каким оно стало.")


@strawberry.type(description="Задание изменено.")
class ChangeTaskPayload(OfTask):
    pass


@strawberry.type(description="Задание перенесено вместе с отметками.")
class MoveTaskPayload(OfTask):
    pass


@strawberry.type(description="Задание удалено; в истории оно остаётся.")
class RemoveTaskPayload:
    task_id: strawberry.ID = strawberry.field(description="Какое.")


@strawberry.type(description="Домашнее задание изменено.")
class ChangeHomeworkPayload(Written):
    homework: Homework | None = written(Homework, "Задание, каким оно стало.")


@strawberry.type(description="Домашнее задание удалено; в истории оно остаётся.")
class RemoveHomeworkPayload:
    homework_id: strawberry.ID = strawberry.field(description="Какое.")


@strawberry.input(description="Исправление задания. Меняется только то, что передано.")
class ChangeTaskInput:
    task_id: strawberry.ID = strawberry.field(description="Задание.")
    work_type_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Вид работы.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    weight: int | None = strawberry.field(default=UNSET, description="Вес; null — вес вида работы.")
    student_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description=_FOR_WHOM)
    due_on: date | None = strawberry.field(default=UNSET, description="Срок.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_MORE_FILES)
    remove_attachment_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_LESS_FILES)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Перенос задания на другой урок того же журнала.")
class MoveTaskInput:
    task_id: strawberry.ID = strawberry.field(description="Задание.")
    lesson_id: strawberry.ID = strawberry.field(description="На какой урок.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Удаление задания, за которое нет отметок.")
class RemoveTaskInput:
    task_id: strawberry.ID = strawberry.field(description="Задание.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Исправление домашнего задания. Меняется только то, что передано.")
class ChangeHomeworkInput:
    homework_id: strawberry.ID = strawberry.field(description="Домашнее задание.")
    text: str | None = strawberry.field(default=UNSET, description="Текст.")
    student_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description=_FOR_WHOM)
    due_on: date | None = strawberry.field(default=UNSET, description="Срок.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_MORE_FILES)
    remove_attachment_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_LESS_FILES)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Удаление домашнего задания.")
class RemoveHomeworkInput:
    homework_id: strawberry.ID = strawberry.field(description="Домашнее задание.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def attachments_of(given: list[strawberry.ID] | None) -> list[int]:
    """The numbers of attachments to take off."""
    return [number("Attachment", each, f"removeAttachmentIds.{n}") for n, each in enumerate(given or ())]


def _values(input: Any, *names: str) -> dict[str, Any]:
    """What was sent of an input, with `students` among it where they were."""
    values = sent(input, *names)
    if input.student_ids is not UNSET:
        values["students"] = students_of(input.student_ids)
    return values


@strawberry.type
class WorkMutation:
    @command(MAY_WRITE, "Исправить задание на уроке (7.4).")
    async def change_task(self, info: Info, input: ChangeTaskInput) -> ChangeTaskPayload:
        task = number("Task", input.task_id, "taskId")
        values = _values(input, "name", "weight", "due_on")
        if input.work_type_id is not UNSET:
            kind = input.work_type_id
            values["work_type_id"] = None if kind is None else number("WorkType", kind, "workTypeId")
        files, removed = files_of(input.file_ids), attachments_of(input.remove_attachment_ids)
        await commands.change_task(info.context, task, values, files, removed, input.if_version)
        return ChangeTaskPayload(number=task)

    @command(MAY_WRITE, "Перенести задание с его отметками на другой урок того же журнала.")
    async def move_task(self, info: Info, input: MoveTaskInput) -> MoveTaskPayload:
        task, lesson = number("Task", input.task_id, "taskId"), number("Lesson", input.lesson_id, "lessonId")
        await commands.move_task(info.context, task, lesson, input.if_version)
        return MoveTaskPayload(number=task)

    @command(MAY_WRITE, "Удалить задание, за которое нет отметок; в истории оно остаётся.")
    async def remove_task(self, info: Info, input: RemoveTaskInput) -> RemoveTaskPayload:
        task = number("Task", input.task_id, "taskId")
        await commands.remove_task(info.context, task, input.if_version)
        return RemoveTaskPayload(task_id=encode_id("Task", task))

    @command(MAY_WRITE, "Исправить домашнее задание (7.2).")
    async def change_homework(self, info: Info, input: ChangeHomeworkInput) -> ChangeHomeworkPayload:
        homework = number("Homework", input.homework_id, "homeworkId")
        values = _values(input, "text", "due_on")
        files, removed = files_of(input.file_ids), attachments_of(input.remove_attachment_ids)
        await commands.change_homework(info.context, homework, values, files, removed, input.if_version)
        return ChangeHomeworkPayload(number=homework)

    @command(MAY_WRITE, "Удалить домашнее задание; в истории оно остаётся.")
    async def remove_homework(self, info: Info, input: RemoveHomeworkInput) -> RemoveHomeworkPayload:
        homework = number("Homework", input.homework_id, "homeworkId")
        await commands.remove_homework(info.context, homework, input.if_version)
        return RemoveHomeworkPayload(homework_id=encode_id("Homework", homework))
