"""The journal: what was taught, tasks, marks, absences, homework, and the page that holds them together."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.journal import Attachment as AttachmentRow
from models.journal import Attendance as AttendanceRow
from models.journal import Homework as HomeworkRow
from models.journal import Mark as MarkRow
from models.journal import Task as TaskRow
from models.journal import WorkType as WorkTypeRow
from models.timetable import Lesson as LessonRow
from permissions.gates import gate
from permissions.journal import (
    HISTORIANS,
    JOURNAL,
    visible_attachments,
    visible_attendance,
    visible_homework,
    visible_marks,
    visible_records,
    visible_tasks,
    visible_work_types,
)
from permissions.school import visible_students
from resolvers import (
    curriculum,
    journal,
    journal_access,
    journal_answers,
    journal_excuses,
    journal_finals,
    journal_history,
    journal_locks,
    journal_outage,
    school,
    timetable,
    timetable_topics,
)
from resolvers.edges import Key
from rules.days import local_day
from rules.journal import ATTENDANCE_LETTERS, MEANS, OWED
from rules.refusals import bad_input

from .base import (
    After,
    Connection,
    First,
    Node,
    argument,
    computed,
    edge,
    edge_with,
    itself,
    node,
    number,
    optional_number,
    paged,
    root_edge,
    secret,
)
from .curriculum import Period, SchoolClass, StudyGroup, Subject
from .curriculum_topics import Topic
from .enums_journal import AttendanceCode
from .journal_access import JournalAccess, JournalWriter
from .journal_history import (
    AttendanceVersion,
    HomeworkVersion,
    LessonVersion,
    MarkVersion,
    RollCallVersion,
    TaskVersion,
)
from .journal_locks import LessonEditing
from .school_files import Downloadable
from .school_people import PERSONAL, Student
from .timetable import Lesson

if TYPE_CHECKING:
    from .journal_answers import HomeworkAnswer
    from .journal_excuses import Excuse
    from .journal_finals import FinalMarkCell
    from .journal_outage import OutageTransfer

_EXCUSES = strawberry.lazy("schema.journal_excuses")


@node(visible_work_types, WorkTypeRow, description="Вид работы с весом в средневзвешенном балле.")
class WorkType(Node):
    name: str = strawberry.field(description="Название.")
    short_name: str = strawberry.field(description="Краткое название.")
    weight: int = strawberry.field(description="Вес отметок.")
    written: bool = strawberry.field(description="Письменная: отметки выставляются не позднее 7 дней (7.4).")


AS_OF = (
    "На какой момент: всё, что запрошено внутри, — как было записано тогда. Кто и что может видеть — как сегодня; "
    "расписание и состав классов — сегодняшние."
)


@node(
    visible_attachments, AttachmentRow, description="Файл к заданию, к домашнему заданию или к документу об отсутствии."
)
class Attachment(Downloadable):
    pass


@node(
    visible_attendance,
    AttendanceRow,
    description="Пропуск урока или его части (7.3); остаётся и рядом с отметкой (7.5).",
)
class Attendance(Node):
    code: AttendanceCode = strawberry.field(description="Причина.")
    minutes_late: int | None = strawberry.field(description="На сколько минут опоздал.")
    comment: str | None = secret(PERSONAL, "Примечание.")
    lesson_date: date = strawberry.field(description="День урока.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    excuse: Annotated["Excuse", _EXCUSES] | None = edge(
        journal_excuses.excuse_of, description="Документ или сообщение, по которым указана причина (7.3)."
    )
    letters: str = computed(
        ATTENDANCE_LETTERS.__getitem__,
        "code",
        description="Как в клетке журнала: «Н», «УП», «Б», «НП», «ОП», «ОТ», «ОСВ».",
    )
    history: list[AttendanceVersion] = edge(journal_history.attendance_history, description="Все версии по порядку.")


def _is_day(day: date | None) -> bool:
    return day is not None


@node(visible_marks, MarkRow, description="Отметка за задание (7.4).")
class Mark(Node):
    value: str = strawberry.field(description="Как в журнале: «5», «зач.», «н/а», «осв.», «.» и другие.")
    number: int | None = strawberry.field(description="Число, если отметка — число.")
    weight: int = strawberry.field(description="Вес в средневзвешенном балле.")
    comment: str | None = secret(PERSONAL, "Комментарий учителя.")
    lesson_date: date = strawberry.field(description="День урока.")
    set_at: datetime = strawberry.field(description="Когда поставлена.")
    marked_on: date = computed(
        local_day, "set_at", "time_zone", description="В какой день поставлена, по времени школы."
    )
    made_up_on: date | None = strawberry.field(
        description="В какой день отработан пропущенный урок или сдан долг (7.5); null — отметка не за отработку."
    )
    is_make_up: bool = computed(_is_day, "made_up_on", description="Отметка за отработку (7.5).")
    changed_at: datetime = strawberry.field(description="Когда изменена в последний раз.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    task: "Task | None" = edge(journal.task_of, description="Задание.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    attendance: Attendance | None = edge(
        journal.mark_attendance, description="Пропуск этого урока: он остаётся и рядом с отметкой (7.5)."
    )
    owed: bool = computed(OWED.__eq__, "value", description="«Точка»: работа, которую ещё нужно сдать.")
    history: list[MarkVersion] = edge(journal_history.mark_history, description="Все версии по порядку.")


@node(
    visible_tasks,
    TaskRow,
    description="Задание на уроке, за которое ставят отметки (7.4): всем или названным учащимся.",
)
class Task(Node):
    name: str | None = secret(PERSONAL, "Название.")
    position: int = strawberry.field(description="Порядок на уроке.")
    weight: int = strawberry.field(description="Вес отметок.")
    for_all: bool = strawberry.field(description="Задание для всех.")
    due_on: date | None = strawberry.field(description="Срок.")
    lesson_date: date = strawberry.field(description="День урока.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    work_type: WorkType | None = edge(journal.work_type_of, description="Вид работы.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    marks: list[Mark] = edge(journal.task_marks, description="Отметки за задание.")
    recipients: list[Student] = edge(school.task_recipients, description="Кому задание, если не всем.")
    attachments: list[Attachment] = edge(journal.task_attachments, description="Файлы.")
    history: list[TaskVersion] = edge(journal_history.task_history, description="Все версии по порядку.")

    @edge_with(
        journal_history.task_mark_history,
        returns=list[MarkVersion],
        description="Все версии отметок за задание, отметка за отметкой, и тех, что сняты.",
    )
    def mark_history(
        self, student_id: Annotated[strawberry.ID | None, argument("Одного учащегося.")] = None
    ) -> dict[str, Any]:
        return {"student_id": optional_number("Student", student_id, "studentId")}


@node(visible_homework, HomeworkRow, description="Домашнее задание: всем или названным учащимся (7.2).")
class Homework(Node):
    text: str = secret(PERSONAL, "Текст.")
    for_all: bool = strawberry.field(description="Задано всем.")
    due_on: date | None = strawberry.field(description="Срок.")
    lesson_date: date = strawberry.field(description="День урока.")
    published_at: datetime = strawberry.field(description="Когда опубликовано.")
    published_on: date = computed(
        local_day, "published_at", "time_zone", description="В какой день опубликовано, по времени школы."
    )
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    recipients: list[Student] = edge(school.homework_recipients, description="Кому задано, если не всем.")
    attachments: list[Attachment] = edge(journal.homework_attachments, description="Файлы.")
    answers: list[Annotated["HomeworkAnswer", strawberry.lazy("schema.journal_answers")]] = edge(
        journal_answers.homework_answers, description="Ответы: семье — свои, учителю — всех."
    )
    history: list[HomeworkVersion] = edge(journal_history.homework_history, description="Все версии по порядку.")


def _or_zero(version: int | None) -> int:
    return version or 0


@node(visible_records, LessonRow, description="Что было на уроке: тема, материал, перекличка, задания (7.2).")
class LessonRecord(Node):
    topic: str | None = secret(PERSONAL, "Тема.")
    material: str | None = secret(PERSONAL, "Изученный материал.")
    roll_called_at: datetime | None = strawberry.field(
        description="Когда отмечена посещаемость; null — ещё не отмечена."
    )
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    roll_call_version: int = computed(
        _or_zero, "roll_version", description="Версия переклички для `ifVersion` в `takeRollCall`; 0 — её ещё не было."
    )
    lesson: Lesson | None = edge(timetable.same_lesson, description="Урок в расписании.")
    planned_topic: Topic | None = edge(
        timetable_topics.lesson_topic,
        description="Тема календарно-тематического плана, с домашним заданием, которое предлагается задать (5.5).",
    )
    editing: LessonEditing | None = edge(
        journal_locks.lesson_editing, description="Открыт ли урок для редактирования; null — не свой журнал (7.6)."
    )
    tasks: list[Task] = edge(journal.record_tasks, description="Задания по порядку.")
    homework: list[Homework] = edge(journal.record_homework, description="Домашние задания.")
    marks: list[Mark] = edge(journal.record_marks, description="Отметки на уроке.")
    attendance: list[Attendance] = edge(journal.record_attendance, description="Пропуски на уроке.")
    expected_absent: list[Student] = edge(
        journal_excuses.expected_absent,
        description="Чьё отсутствие в этот день объяснено заранее: перекличка подтверждает его или нет.",
    )
    history: list[LessonVersion] = edge(journal_history.record_history, description="Все версии по порядку.")
    roll_call_history: list[RollCallVersion] = edge(
        journal_history.lesson_roll_call_history,
        description="Все версии переклички: кто её провёл и чем она изменена.",
    )
    task_history: list[TaskVersion] = edge(
        journal_history.lesson_task_history, description="Все версии заданий урока, и тех, что сняты."
    )
    homework_history: list[HomeworkVersion] = edge(
        journal_history.lesson_homework_history, description="Все версии домашних заданий, и тех, что сняты."
    )
    attendance_history: list[AttendanceVersion] = edge(
        journal_history.lesson_attendance_history, description="Все версии пропусков на уроке, и тех, что сняты."
    )
    transfers: list[Annotated["OutageTransfer", strawberry.lazy("schema.journal_outage")]] = edge(
        journal_outage.record_transfers, description="С какой бумаги записи перенесены после перерыва в доступе (13.2)."
    )


@strawberry.type(
    description="Средний балл по предмету за период. Считаются только отметки-числа; все отметки — в `marks` того же "
    "учащегося за тот же период."
)
class SubjectAverage:
    average: float | None = strawberry.field(description="Средний балл, с двумя знаками.")
    weighted_average: float | None = strawberry.field(description="Средневзвешенный балл, с двумя знаками.")
    counted: int = strawberry.field(description="Сколько отметок-чисел сосчитано.")
    formula: str = computed(lambda counted: MEANS, "counted", description="Формулы обоих баллов.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")


@strawberry.type(description="Строка журнала: учащийся с его отметками и пропусками на этой странице.")
class JournalRow:
    student: Student | None = itself("Обучающийся.", only=gate(visible_students.roles))
    marks: list[Mark] = edge(journal.journal_row_marks, description="Отметки по датам.")
    attendance: list[Attendance] = edge(journal.journal_row_attendance, description="Пропуски по датам.")
    average: SubjectAverage | None = edge(journal.journal_row_average, description="Средний балл на этой странице.")
    period_mark: Annotated["FinalMarkCell", strawberry.lazy("schema.journal_finals")] | None = edge(
        journal_finals.journal_row_period_mark,
        only=gate(JOURNAL),
        description="Отметка за период, или что она ещё не выставлена и что предлагается; null — предмета нет.",
    )
    mark_history: list[MarkVersion] = edge(
        journal_history.row_mark_history, description="Что и когда менялось в отметках строки, и снятые отметки."
    )
    attendance_history: list[AttendanceVersion] = edge(
        journal_history.row_attendance_history, description="Что и когда менялось в пропусках строки, и снятые."
    )


@strawberry.type(description="Страница журнала: уроки и учащиеся одного класса или группы, предмета и периода (7).")
class JournalPage:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа, если страница одной группы.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    period: Period | None = edge(curriculum.period_of, description="Период.")
    lessons: list[Lesson] = edge(journal.journal_lessons, description="Уроки по датам.")
    rows: list[JournalRow] = edge(
        journal.journal_rows, description="Все, кто был в группе в этом периоде, по алфавиту."
    )
    writers: list[JournalWriter] = edge(
        journal_access.page_writers, description="Кто писал на этой странице, писавший последним — в конце."
    )

    @edge_with(
        journal_access.page_access,
        returns=Connection[JournalAccess],
        description="Кто и когда открывал журнал этого класса по этому предмету (11.4).",
    )
    def access_log(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)


@strawberry.type
class JournalQuery:
    @root_edge(
        journal.journal_page,
        returns=JournalPage | None,
        description="Страница журнала класса или группы; null, если такого журнала нет или он недоступен.",
        noted=True,
    )
    def journal_page(
        self,
        subject_id: Annotated[strawberry.ID, argument("Предмет.")],
        period_id: Annotated[strawberry.ID, argument("Период.")],
        class_id: Annotated[strawberry.ID | None, argument("Класс: все его группы по предмету.")] = None,
        group_id: Annotated[strawberry.ID | None, argument("Или одна группа.")] = None,
        as_of: Annotated[datetime | None, argument(AS_OF, only=gate(HISTORIANS))] = None,
    ) -> Key:
        if (class_id is None) == (group_id is None):
            raise bad_input("Укажите класс или группу, что-то одно.", "classId")
        return (
            number("SchoolClass", class_id, "classId") if class_id else 0,
            number("StudyGroup", group_id, "groupId") if group_id else 0,
            number("Subject", subject_id, "subjectId"),
            number("Period", period_id, "periodId"),
        )
