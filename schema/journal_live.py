"""Subscriptions: what has changed in diaries, on pages of journals and in timetables, as it happens."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from permissions.gates import Gate, gate
from permissions.journal_changes import (
    visible_account_changes,
    visible_diary_changes,
    visible_page_changes,
    visible_timetable_changes,
)
from permissions.report_remarks import visible_remark_changes
from resolvers import curriculum, journal, journal_live, report_digests, report_remarks, report_sets, school, timetable
from resolvers.context import Context
from rules.refusals import bad_input

from .base import Info, argument, edge, number, optional_number
from .curriculum import SchoolClass, StudyGroup, Subject
from .enums_journal import ChangeKind
from .journal import Attendance, Homework, LessonRecord, Mark, Task
from .school_people import Student
from .timetable import Lesson

if TYPE_CHECKING:
    from .report_digests import Digest
    from .report_remarks import Remark
    from .report_sets import ReportSet

_REMARKS = strawberry.lazy("schema.report_remarks")


@strawberry.type(
    description="Что изменилось. Объекты — какими они стали; null, если объекта больше нет, он не тот или недоступен."
)
class Change:
    kind: ChangeKind = strawberry.field(description="Что именно изменилось.")
    starts_on: date = strawberry.field(description="С какого дня перечитать.")
    ends_on: date | None = strawberry.field(description="По какой день; null — и дальше.")
    student: Student | None = edge(school.student_of, description="Кого касается, если кого-то одного.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок; null, если изменилось несколько.")
    record: LessonRecord | None = edge(journal_live.changed_record, description="Тема, материал и перекличка.")
    task: Task | None = edge(journal.task_of, description="Задание.")
    mark: Mark | None = edge(journal_live.changed_mark, description="Отметка; null, если её убрали.")
    attendance: Attendance | None = edge(journal_live.changed_attendance, description="Пропуск; null, если его убрали.")
    homework: Homework | None = edge(journal.homework_of, description="Домашнее задание.")
    report_set: Annotated["ReportSet", strawberry.lazy("schema.report_sets")] | None = edge(
        report_sets.report_set_of, description="Свой комплект отчётов."
    )
    digest: Annotated["Digest", strawberry.lazy("schema.report_digests")] | None = edge(
        report_digests.digest_of, description="Своя сводка дня."
    )
    remark: Annotated["Remark", _REMARKS] | None = edge(
        report_remarks.changed_remark, description="Замечание о ведении журнала."
    )


@strawberry.type(description="Изменения одной или нескольких команд подряд.")
class Changes:
    cursor: str = strawberry.field(description="Отметка: с ней в `after` подписка продолжится отсюда, без пропусков.")
    changes: list[Change] = strawberry.field(
        description="Что изменилось. Пустой список приходит один раз: с этой минуты подписка следит за новым."
    )


After = Annotated[str | None, argument("Отметка, с которой продолжить; без неё — с этой минуты.")]


def _subscription(permission: type[Gate], description: str) -> Callable[[Callable[..., Any]], Any]:
    """A field of the subscription type. Each says whom it is for."""
    field: Callable[..., Any] = strawberry.subscription(description=description, permission_classes=[permission])
    return field


async def _follow(
    info: Info, opens: Callable[[Context], Awaitable[Any]], after: str | None
) -> AsyncGenerator[Any, None]:
    feed = info.context.feed
    if feed is None:
        raise bad_input("Подписки работают по WebSocket и как text/event-stream.")
    async with aclosing(feed.follow(info.context, opens, after)) as heard:  # type: ignore[type-var]
        async for changes in heard:
            yield changes


@strawberry.type(description="Подписки: об изменениях сообщают, как только команда выполнена.")
class Subscription:
    @_subscription(
        gate(visible_account_changes.roles),
        "Изменения в своём: ход комплекта отчётов (10.1), сводка дня — пришла или прочитана.",
    )
    async def account_changed(self, info: Info, after: After = None) -> AsyncGenerator[Changes, None]:
        async for each in _follow(info, journal_live.account_topic, after):
            yield each

    @_subscription(
        gate(visible_diary_changes.roles),
        "Изменения в дневниках (7.12): отметки, пропуски, задания, темы, домашние задания, уроки.",
    )
    async def diary_changed(
        self,
        info: Info,
        student_ids: Annotated[list[strawberry.ID], argument("Чьи дневники; родитель следит только за своими детьми.")],
        after: After = None,
    ) -> AsyncGenerator[Changes, None]:
        students = [number("Student", each, "studentIds") for each in student_ids]
        async for each in _follow(info, lambda context: journal_live.diary_topic(context, students), after):
            yield each

    @_subscription(gate(visible_page_changes.roles), "Изменения на странице журнала (7).")
    async def journal_page_changed(
        self,
        info: Info,
        subject_id: Annotated[strawberry.ID, argument("Предмет.")],
        period_id: Annotated[strawberry.ID, argument("Период.")],
        class_id: Annotated[strawberry.ID | None, argument("Класс: все его группы по предмету.")] = None,
        group_id: Annotated[strawberry.ID | None, argument("Или одна группа.")] = None,
        after: After = None,
    ) -> AsyncGenerator[Changes, None]:
        if (class_id is None) == (group_id is None):
            raise bad_input("Укажите класс или группу, что-то одно.", "classId")
        key = (
            optional_number("SchoolClass", class_id, "classId") or 0,
            optional_number("StudyGroup", group_id, "groupId") or 0,
            number("Subject", subject_id, "subjectId"),
            number("Period", period_id, "periodId"),
        )
        async for each in _follow(info, lambda context: journal_live.page_topic(context, *key), after):
            yield each

    @_subscription(
        gate(visible_timetable_changes.roles),
        "Изменения в расписании (6): переносы, отмены, замены, кабинеты, публикация.",
    )
    async def timetable_changed(
        self,
        info: Info,
        class_id: Annotated[strawberry.ID | None, argument("Расписание класса.")] = None,
        student_id: Annotated[strawberry.ID | None, argument("Или учащегося.")] = None,
        teacher_id: Annotated[strawberry.ID | None, argument("Или учителя.")] = None,
        room_id: Annotated[strawberry.ID | None, argument("Или кабинета.")] = None,
        after: After = None,
    ) -> AsyncGenerator[Changes, None]:
        of = {
            "class_id": optional_number("SchoolClass", class_id, "classId"),
            "students": optional_number("Student", student_id, "studentId"),
            "staff": optional_number("Staff", teacher_id, "teacherId"),
            "room": optional_number("Room", room_id, "roomId"),
        }
        named = [(by, given) for by, given in of.items() if given is not None]
        if len(named) != 1:
            raise bad_input("Укажите класс, учащегося, учителя или кабинет, что-то одно.", "classId")
        ((by, row),) = named
        async for each in _follow(info, lambda context: journal_live.timetable_topic(context, by, row), after):
            yield each

    @_subscription(
        gate(visible_remark_changes.roles),
        "Замечания о ведении журналов (7.11): написано, есть ответ, закрыто, отозвано; учителю — о написанных ему.",
    )
    async def remarks_changed(
        self,
        info: Info,
        staff_id: Annotated[strawberry.ID | None, argument("Только этому сотруднику.")] = None,
        after: After = None,
    ) -> AsyncGenerator[Changes, None]:
        staff = optional_number("Staff", staff_id, "staffId")
        async for each in _follow(info, lambda context: journal_live.remarks_topic(context, staff), after):
            yield each
