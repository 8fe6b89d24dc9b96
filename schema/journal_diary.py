"""The diary: a student's days for the student and the family (7.12)."""

from datetime import date as day
from datetime import datetime, time
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.journal import HISTORIANS
from permissions.school import visible_diaries
from resolvers import curriculum, journal_diary, school, timetable
from rules.curriculum import check_diary_range

from .base import Info, argument, computed, edge, itself, number, root
from .curriculum import Holiday, StudyGroup, Subject
from .enums import LessonState
from .journal import AS_OF, Attendance, Homework, Mark, Task
from .journal_print import diary_url
from .school_people import Staff, Student
from .timetable import Lesson


@strawberry.type(description="Задание в дневнике: с отметкой этого учащегося.")
class DiaryTask:
    mark: Mark | None = edge(journal_diary.diary_task_mark, description="Отметка.")
    task: Task = itself("Задание.")


@strawberry.type(description="Урок в дневнике: с тем, что на нём есть у этого учащегося.")
class DiaryLesson:
    date: day = strawberry.field(description="День.")
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    shift: int = strawberry.field(description="Смена.")
    starts_at: time = strawberry.field(description="Начало, по времени школы.")
    ends_at: time = strawberry.field(description="Конец, по времени школы.")
    state: LessonState = strawberry.field(description="Запланирован, проведён или отменён.")
    moved_from: day | None = strawberry.field(description="С какого дня перенесён.")
    room: str | None = strawberry.field(description="Кабинет.")
    topic: str | None = strawberry.field(description="Тема.")
    material: str | None = strawberry.field(description="Изученный материал.")
    roll_called_at: datetime | None = strawberry.field(
        description="Когда отмечена посещаемость; null — ещё не отмечена."
    )
    lesson: Lesson | None = edge(timetable.same_lesson, description="Урок в расписании.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    teacher: Staff | None = edge(school.teacher_of, description="Учитель.")
    substitute: Staff | None = edge(school.substitute_of, description="Кто заменял учителя.")
    attendance: Attendance | None = edge(journal_diary.diary_attendance, description="Пропуск; null — был на уроке.")
    marks: list[Mark] = edge(journal_diary.diary_marks, description="Все отметки на уроке.")
    tasks: list[DiaryTask] = edge(journal_diary.diary_tasks, description="Задания по порядку, с отметками.")
    homework: list[Homework] = edge(journal_diary.diary_homework, description="Домашнее задание всем и ему лично.")


@strawberry.type(description="День дневника.")
class DiaryDay:
    date: day = strawberry.field(description="День.")
    lessons: list[DiaryLesson] = strawberry.field(description="Уроки по порядку.")
    holiday: Holiday | None = edge(journal_diary.day_holiday, description="Каникулы или праздник.")


@strawberry.type(description="Дневник учащегося за несколько дней (7.12).")
class Diary:
    student: Student | None = edge(school.student_of, description="Чей дневник.")
    days: list[DiaryDay] = edge(journal_diary.diary_days, description="Все дни по порядку, и без уроков тоже.")
    print_url: str = computed(
        diary_url,
        *("student_id", "starts_on", "ends_on"),
        description="Адрес печатного дневника (7.13): PDF; кто и когда печатал, остаётся в журнале действий.",
    )


@strawberry.type
class DiaryQuery:
    @root(
        gate(visible_diaries.roles),
        "Дневники учащихся за дни одного учебного года; недоступные не показываются (7.12).",
    )
    async def diary(
        self,
        info: Info,
        student_ids: Annotated[list[strawberry.ID], argument("Чьи дневники; родитель видит только своих детей.")],
        since: Annotated[day, strawberry.argument(name="from", description="С какого дня.")],
        until: Annotated[day, strawberry.argument(name="to", description="По какой день.")],
        as_of: Annotated[datetime | None, argument(AS_OF, only=gate(HISTORIANS))] = None,
    ) -> list[Diary]:
        check_diary_range(since, until)
        context = info.context.begin(info.path, as_of)
        diaries: list[Any] = await journal_diary.diaries(
            context, [number("Student", each, "studentIds") for each in student_ids], since, until
        )
        return diaries
