"""The school year: periods, holidays, subjects, classes, groups, assignments."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models import curriculum as rows
from permissions.curriculum import (
    visible_assignments,
    visible_classes,
    visible_enrolments,
    visible_groups,
    visible_holidays,
    visible_periods,
    visible_subjects,
    visible_years,
)
from resolvers import curriculum, school, timetable, timetable_week
from resolvers.edges import Key
from rules.curriculum import class_name, group_title
from rules.timetable import timetable_due_on

from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    by_number,
    computed,
    edge,
    edge_with,
    node,
    number,
    optional_number,
    paged,
    root_edge,
)
from .enums import GroupKind, PeriodKind
from .school import Staff, Student

if TYPE_CHECKING:
    from .timetable import BellSchedule, Lesson
    from .timetable_week import DayTransfer, Event, Timetable, TimetableEntry

_TIMETABLE = strawberry.lazy("schema.timetable")
_WEEK = strawberry.lazy("schema.timetable_week")


@node(visible_periods, rows.Period, description="Учебный период: четверть, полугодие или триместр (5.2).")
class Period(Node):
    kind: PeriodKind = strawberry.field(description="Вид периода.")
    number: int = strawberry.field(description="Номер в году.")
    name: str = strawberry.field(description="Название.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    year: "AcademicYear | None" = edge(curriculum.year_of, description="Учебный год.")


@node(visible_holidays, rows.Holiday, description="Каникулы или праздник.")
class Holiday(Node):
    name: str = strawberry.field(description="Название.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")


@node(visible_years, rows.AcademicYear, description="Учебный год (5.2).")
class AcademicYear(Node):
    name: str = strawberry.field(description="Название.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день, 31 августа.")
    periods: list[Period] = edge(curriculum.year_periods, description="Учебные периоды всех видов.")
    holidays: list[Holiday] = edge(curriculum.year_holidays, description="Каникулы и праздники.")
    bell_schedules: list[Annotated["BellSchedule", _TIMETABLE]] = edge(
        timetable.year_bell_schedules, description="Расписания звонков."
    )
    timetables: list[Annotated["Timetable", _WEEK]] = edge(
        timetable_week.year_timetables, description="Недельные расписания: черновики видят директор и завуч."
    )
    first_timetable: Annotated["Timetable", _WEEK] | None = edge(
        timetable_week.first_timetable, description="Расписание, внесённое первым (6.6)."
    )
    day_transfers: list[Annotated["DayTransfer", _WEEK]] = edge(
        timetable_week.year_day_transfers, description="Переносы учебных дней (6.1)."
    )

    timetable_due_on: date = computed(
        timetable_due_on, "starts_on", description="До какого дня вносится первое расписание (6.6)."
    )


@node(visible_subjects, rows.Subject, description="Предмет.")
class Subject(Node):
    name: str = strawberry.field(description="Название.")
    short_name: str = strawberry.field(description="Краткое название.")
    area: str | None = strawberry.field(description="Образовательная область.")


@node(visible_assignments, rows.TeachingAssignment, description="Кто ведёт предмет в группе и с какого по какой день.")
class TeachingAssignment(Node):
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    teacher: Staff | None = edge(school.staff_of, description="Учитель.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    group: "StudyGroup | None" = edge(curriculum.group_of, description="Группа.")


def _group_name(grade: int, letter: str, subject: str | None, name: str | None) -> str:
    return group_title(class_name(grade, letter), subject, name)


@node(visible_groups, rows.StudyGroup, description="Учебная группа: весь класс или подгруппа по предмету.")
class StudyGroup(Node):
    kind: GroupKind = strawberry.field(description="Весь класс или подгруппа.")
    school_class: "SchoolClass | None" = edge(curriculum.class_of, description="Класс.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет подгруппы.")

    name: str = computed(
        _group_name,
        "grade",
        "letter",
        "subject_name",
        "name",
        description="Название с классом: «5Ж / Английский язык, группа 2».",
    )

    @edge_with(school.group_students, returns=list[Student], description="Кто в группе сегодня или в указанный день.")
    def students(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        timetable.group_lessons,
        returns=Connection[Annotated["Lesson", _TIMETABLE]],
        description="Уроки группы по датам.",
    )
    def lessons(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}


@node(visible_classes, rows.SchoolClass, description="Класс одного учебного года.")
class SchoolClass(Node):
    grade: int = strawberry.field(description="Параллель, от 1 до 11.")
    letter: str = strawberry.field(description="Буква.")
    period_kind: PeriodKind = strawberry.field(description="На какие периоды делится год класса.")
    shift: int = strawberry.field(description="Смена.")
    capacity: int | None = strawberry.field(description="На сколько учащихся рассчитан.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    periods: list[Period] = edge(curriculum.class_periods, description="Учебные периоды класса.")
    groups: list[StudyGroup] = edge(curriculum.class_groups, description="Весь класс и его подгруппы.")

    name: str = computed(class_name, "grade", "letter", description="Название: «5А».")

    @edge_with(school.class_leader, returns=Staff | None, description="Классный руководитель.")
    def leader(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        school.class_students,
        returns=list[Student],
        description="Список класса сегодня или в указанный день, по алфавиту; родитель видит в нём своего ребёнка.",
    )
    def students(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        curriculum.class_assignments,
        returns=list[TeachingAssignment],
        description="Кто что ведёт в классе сегодня или в указанный день.",
    )
    def assignments(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        timetable.class_lessons,
        returns=Connection[Annotated["Lesson", _TIMETABLE]],
        description="Уроки класса по датам.",
    )
    def lessons(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только этот предмет.")] = None,
    ) -> dict[str, Any]:
        return {
            "since": since,
            "until": until,
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }

    @edge_with(
        timetable_week.class_week,
        returns=list[Annotated["TimetableEntry", _WEEK]],
        description="Недельное расписание, действующее сегодня или в указанный день.",
    )
    def timetable(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        timetable_week.class_events,
        returns=Connection[Annotated["Event", _WEEK]],
        description="Мероприятия школы, параллели и самого класса (6.1).",
    )
    def events(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}


@node(visible_enrolments, rows.Enrolment, description="Пребывание обучающегося в классе.")
class Enrolment(Node):
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")


@strawberry.type
class CurriculumQuery:
    @root_edge(by_number("SchoolClass"), returns=SchoolClass | None, description="Класс по идентификатору.")
    def school_class(self, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Key:  # noqa: A002
        return (number("SchoolClass", id, "id"),)
