"""What teachers, class teachers and deputies write in the journal."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.journal import WRITERS
from resolvers import journal, journal_commands, journal_marks, journal_work, timetable
from rules.school_files import MOST_FILES

from .base import Info, edge, encode_id, number, resolved
from .commands import IDEMPOTENCY_KEY, IF_VERSION_OR_NEW, REASON, Written, command, sent, written
from .enums_journal import AttendanceCode
from .journal import Attendance, Homework, LessonRecord, Mark, Task
from .school_files import files_of
from .timetable import Lesson

MAY_WRITE = gate(WRITERS)

_FILES = f"Файлы, загруженные тем же пользователем через `POST /files`: не больше {MOST_FILES}."
_MINUTES = "На сколько минут опоздал; без него остаётся прежнее."


@strawberry.type(description="Урок записан.")
class RecordLessonPayload:
    lesson_id: strawberry.Private[int]
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок в расписании.")
    record: LessonRecord | None = edge(journal.record_of, description="Что было на уроке.")


@strawberry.type(description="Домашнее задание выдано.")
class AssignHomeworkPayload(Written):
    homework: Homework | None = written(Homework, "Задание.")


@strawberry.type(description="Перекличка записана.")
class TakeRollCallPayload(Written):
    record: LessonRecord | None = written(LessonRecord, "Что было на уроке, с пропусками.")


@strawberry.type(description="Посещаемость записана.")
class MarkAttendancePayload:
    lesson_id: strawberry.Private[int]
    student_id: strawberry.Private[int]
    attendance: Attendance | None = edge(journal.attendance_of, description="Пропуск; null — был на уроке.")


@strawberry.type(description="Задание добавлено.")
class AddTaskPayload(Written):
    task: Task | None = written(Task, "Задание.")


@strawberry.type(description="Отметка поставлена.")
class SetMarkPayload(Written):
    mark: Mark | None = written(Mark, "Отметка.")


@strawberry.type(description="Отметки поставлены, все до одной.")
class SetMarksPayload:
    mark_ids: strawberry.Private[list[int]]

    @resolved("Отметки в порядке ввода.", only=gate(journal.mark_of.scope.roles))
    async def marks(self, info: Info) -> list[Mark]:
        found: list[Any] = await journal.marks_by_number(info.context, self.mark_ids)
        return found


@strawberry.type(description="Отметка снята; в истории она остаётся.")
class RemoveMarkPayload:
    mark_id: strawberry.ID = strawberry.field(description="Какая.")


@strawberry.input(description="Тема и материал урока. Меняется только то, что передано.")
class RecordLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    topic: str | None = strawberry.field(default=UNSET, description="Тема.")
    material: str | None = strawberry.field(default=UNSET, description="Изученный материал.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="Домашнее задание: всем или названным учащимся.")
class AssignHomeworkInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    text: str = strawberry.field(description="Текст.")
    student_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Кому, если не всем.")
    due_on: date | None = strawberry.field(default=None, description="Срок.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_FILES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Кого не было на уроке.")
class AbsentInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    code: AttendanceCode | None = strawberry.field(
        default=None, description="Причина; без неё остаётся уже указанная или ставится «Н»."
    )
    minutes_late: int | None = strawberry.field(default=UNSET, description=_MINUTES)


@strawberry.input(description="Перекличка: все, кого нет в списке, были на уроке.")
class TakeRollCallInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    absent: list[AbsentInput] = strawberry.field(description="Отсутствующие и опоздавшие.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="Посещаемость одного учащегося.")
class MarkAttendanceInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    code: AttendanceCode | None = strawberry.field(description="Причина пропуска; null — был на уроке.")
    minutes_late: int | None = strawberry.field(default=UNSET, description=_MINUTES)
    comment: str | None = strawberry.field(default=UNSET, description="Примечание; без него остаётся прежнее.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="Задание на уроке.")
class AddTaskInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    work_type_id: strawberry.ID = strawberry.field(description="Вид работы.")
    name: str | None = strawberry.field(default=None, description="Название.")
    weight: int | None = strawberry.field(default=None, description="Вес; без него — вес вида работы.")
    student_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Кому, если не всем: отметки за задание будут только у них."
    )
    due_on: date | None = strawberry.field(default=None, description="Срок.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_FILES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Отметка учащегося за задание, среди других.")
class MarkEntryInput:
    task_id: strawberry.ID = strawberry.field(description="Задание.")
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    value: str = strawberry.field(description="«5», «4», «3», «2», «1», «зач.», «незач.», «н/а», «осв.» или «.».")
    comment: str | None = strawberry.field(default=UNSET, description="Комментарий; без него остаётся прежний.")
    made_up_on: date | None = strawberry.field(
        default=UNSET,
        description="В какой день отработан пропущенный урок или сдан долг («точка»): не раньше урока (7.5). Без него "
        "остаётся прежний.",
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


@strawberry.input(description="Отметка учащегося за задание.")
class SetMarkInput(MarkEntryInput):
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="Отметки за страницу журнала: ставятся все или ни одной.")
class SetMarksInput:
    entries: list[MarkEntryInput] = strawberry.field(description="Отметки.")
    reason: str | None = strawberry.field(default=None, description=REASON)


@strawberry.input(description="Снятие отметки.")
class RemoveMarkInput:
    mark_id: strawberry.ID = strawberry.field(description="Отметка.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)
    reason: str | None = strawberry.field(default=None, description=REASON)


def _entry(given: MarkEntryInput, prefix: str) -> journal_marks.Entry:
    return journal_marks.Entry(
        number("Task", given.task_id, f"{prefix}taskId"),
        number("Student", given.student_id, f"{prefix}studentId"),
        given.value,
        sent(given, "comment", "made_up_on"),
        given.if_version,
    )


def students_of(given: list[strawberry.ID] | None) -> list[int] | None:
    """The numbers of an input's students; None stands for everyone."""
    return None if given is None else [number("Student", each, f"studentIds.{n}") for n, each in enumerate(given)]


@strawberry.type
class JournalMutation:
    @command(MAY_WRITE, "Записать тему и материал урока (7.2, 7.4).")
    async def record_lesson(self, info: Info, input: RecordLessonInput) -> RecordLessonPayload:
        info.context.reason = input.reason
        lesson = number("Lesson", input.lesson_id, "lessonId")
        values = sent(input, "topic", "material")
        await journal_commands.record_lesson(info.context, lesson, values, input.if_version)
        return RecordLessonPayload(lesson_id=lesson)

    @command(MAY_WRITE, "Задать домашнее задание всем или названным учащимся (7.2).")
    async def assign_homework(self, info: Info, input: AssignHomeworkInput) -> AssignHomeworkPayload:
        homework = await journal_work.assign_homework(
            info.context,
            number("Lesson", input.lesson_id, "lessonId"),
            input.text,
            students_of(input.student_ids),
            input.due_on,
            input.idempotency_key,
            files_of(input.file_ids),
        )
        return AssignHomeworkPayload(number=homework)

    @command(MAY_WRITE, "Записать перекличку: кого не было (7.4).")
    async def take_roll_call(self, info: Info, input: TakeRollCallInput) -> TakeRollCallPayload:
        info.context.reason = input.reason
        lesson = number("Lesson", input.lesson_id, "lessonId")
        absent = [
            journal_commands.Absent(
                number("Student", each.student_id, f"absent.{n}.studentId"),
                each.code,
                sent(each, "minutes_late"),
            )
            for n, each in enumerate(input.absent)
        ]
        await journal_commands.take_roll_call(info.context, lesson, absent, input.if_version)
        return TakeRollCallPayload(number=lesson)

    @command(MAY_WRITE, "Указать или исправить причину пропуска (7.3); null — был на уроке.")
    async def mark_attendance(self, info: Info, input: MarkAttendanceInput) -> MarkAttendancePayload:
        info.context.reason = input.reason
        lesson, student = await journal_commands.mark_attendance(
            info.context,
            number("Lesson", input.lesson_id, "lessonId"),
            number("Student", input.student_id, "studentId"),
            input.code,
            sent(input, "minutes_late", "comment"),
            input.if_version,
        )
        return MarkAttendancePayload(lesson_id=lesson, student_id=student)

    @command(MAY_WRITE, "Добавить задание на уроке, всем или названным учащимся (7.4).")
    async def add_task(self, info: Info, input: AddTaskInput) -> AddTaskPayload:
        task = await journal_work.add_task(
            info.context,
            number("Lesson", input.lesson_id, "lessonId"),
            number("WorkType", input.work_type_id, "workTypeId"),
            input.name,
            input.weight,
            students_of(input.student_ids),
            input.due_on,
            input.idempotency_key,
            files_of(input.file_ids),
        )
        return AddTaskPayload(number=task)

    @command(MAY_WRITE, "Поставить или исправить отметку (7.4); за отработку — рядом с пропуском (7.5).")
    async def set_mark(self, info: Info, input: SetMarkInput) -> SetMarkPayload:
        info.context.reason = input.reason
        marks = await journal_marks.set_marks(info.context, "setMark", [_entry(input, "")], "")
        return SetMarkPayload(number=marks[0])

    @command(MAY_WRITE, "Поставить отметки за страницу: все или ни одной (7.4).")
    async def set_marks(self, info: Info, input: SetMarksInput) -> SetMarksPayload:
        info.context.reason = input.reason
        entries = [_entry(each, f"entries.{n}.") for n, each in enumerate(input.entries)]
        return SetMarksPayload(mark_ids=await journal_marks.set_marks(info.context, "setMarks", entries, "entries.{}."))

    @command(MAY_WRITE, "Снять отметку; в истории она остаётся.")
    async def remove_mark(self, info: Info, input: RemoveMarkInput) -> RemoveMarkPayload:
        info.context.reason = input.reason
        mark = number("Mark", input.mark_id, "markId")
        await journal_marks.remove_mark(info.context, mark, input.if_version)
        return RemoveMarkPayload(mark_id=encode_id("Mark", mark))
