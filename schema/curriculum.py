"""The school year: periods, holidays, subjects, classes, groups, assignments."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models import curriculum as rows
from permissions.curriculum import (
    PLAN,
    visible_areas,
    visible_assignments,
    visible_classes,
    visible_dropped_subjects,
    visible_enrolments,
    visible_groups,
    visible_holidays,
    visible_periods,
    visible_subjects,
    visible_years,
)
from permissions.gates import gate
from permissions.school import OFFICE
from resolvers import (
    curriculum,
    curriculum_plan,
    curriculum_topics,
    movement,
    school,
    school_documents,
    timetable,
    timetable_mismatches,
    timetable_week,
)
from resolvers.edges import Key
from rules.curriculum import class_name, group_title
from rules.curriculum_year import holiday_due
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
from .curriculum_journal import ClassJournals
from .enums import DocumentKind, GroupKind, MismatchState, PeriodKind, YearState
from .school_diary import ClassDiary
from .school_documents import Document, DocumentsCheck
from .school_people import PERSONAL, Staff, Student

if TYPE_CHECKING:
    from .curriculum_plan import Component, PeriodRule, PlanCheck, PlanGap, PlanHours, PlanTotal, Profile, Ungrouped
    from .curriculum_topics import MissingTopicPlan, TopicPlanAssignment
    from .movement import MovementItem
    from .timetable import BellSchedule, Lesson
    from .timetable_mismatches import MismatchReport
    from .timetable_week import DayTransfer, Event, Timetable, TimetableEntry

_PLAN = strawberry.lazy("schema.curriculum_plan")
_TIMETABLE = strawberry.lazy("schema.timetable")
_MOVEMENT = strawberry.lazy("schema.movement")
_TOPICS = strawberry.lazy("schema.curriculum_topics")
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
    grades: list[int] | None = strawberry.field(description="Для каких параллелей; null — для всех.")
    due_on: date = computed(holiday_due, "starts_on", description="К какому дню должны быть внесены (6.6).")


@node(visible_years, rows.AcademicYear, description="Учебный год (5.2).")
class AcademicYear(Node):
    name: str = strawberry.field(description="Название.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день, 31 августа.")
    state: YearState = strawberry.field(description="Готовится, открыт или закрыт (12).")
    periods: list[Period] = edge(curriculum.year_periods, description="Учебные периоды всех видов.")
    holidays: list[Holiday] = edge(curriculum.year_holidays, description="Каникулы и праздники.")
    profiles: list[Annotated["Profile", _PLAN]] = edge(curriculum_plan.year_profiles, description="Профили (5.2).")
    period_rules: list[Annotated["PeriodRule", _PLAN]] = edge(
        curriculum_plan.year_period_rules, description="На какие периоды делится год параллелей и профилей (5.2)."
    )
    components: list[Annotated["Component", _PLAN]] = edge(
        curriculum_plan.year_components, description="Компоненты учебного плана (5.2)."
    )
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
    document_check: DocumentsCheck | None = edge(
        school_documents.year_document_check, description="Полнота раздела «Документы» (5.7)."
    )

    @edge_with(
        school_documents.year_documents,
        returns=Connection[Document],
        description="Документы года (5.7).",
    )
    def documents(
        self,
        first: First,
        after: After = None,
        kind: Annotated[DocumentKind | None, argument("Только этого вида.")] = None,
    ) -> dict[str, Any]:
        return {"kind": kind, **paged(first, after)}

    @edge_with(
        movement.year_awaiting_order,
        returns=Connection["Enrolment"],
        only=gate(OFFICE),
        description="Кто до конца года без приказа: не переведён, не оставлен, не выпущен и не выбыл (9.2).",
    )
    def awaiting_order(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        curriculum_topics.year_missing_topic_plans,
        returns=Connection[Annotated["MissingTopicPlan", _TOPICS]],
        description="Для каких предметов и групп ещё нет календарно-тематического плана (5.6); учитель видит свои.",
    )
    def missing_topic_plans(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)


@node(visible_areas, rows.EducationalArea, description="Образовательная область (5.2).")
class EducationalArea(Node):
    name: str = strawberry.field(description="Название.")
    position: int = strawberry.field(description="Место в списке.")


@node(visible_subjects, rows.Subject, description="Предмет.")
class Subject(Node):
    name: str = strawberry.field(description="Название.")
    short_name: str = strawberry.field(description="Краткое название.")
    archived_on: date | None = strawberry.field(description="С какого дня больше не преподаётся.")
    area: EducationalArea | None = edge(curriculum.area_of, description="Образовательная область (5.2).")


@node(visible_assignments, rows.TeachingAssignment, description="Кто ведёт предмет в группе и с какого по какой день.")
class TeachingAssignment(Node):
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    planned_hours: float | None = strawberry.field(
        description="Часов в неделю: указанных, а без них = сумма `hours` предмета в `plan` класса."
    )
    teacher: Staff | None = edge(school.staff_of, description="Учитель.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    group: "StudyGroup | None" = edge(curriculum.group_of, description="Группа.")

    @edge_with(
        curriculum_topics.taught_by_plan,
        returns=Annotated["TopicPlanAssignment", _TOPICS] | None,
        description="Календарно-тематический план сегодня или в указанный день (5.5).",
    )
    def topic_plan(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}


def _group_name(grade: int, letter: str, subject: str | None, name: str | None) -> str:
    return group_title(class_name(grade, letter), subject, name)


@strawberry.type(description="Нагрузка учителя.")
class TeachingLoad:
    hours: float = strawberry.field(description="Часов в неделю = сумма `plannedHours` в `assignments`.")
    assignments: int = strawberry.field(description="Сколько групп и предметов = число `assignments`.")


@node(visible_dropped_subjects, rows.DroppedSubject, description="Предмет, которого нет в индивидуальном плане (7.8).")
class DroppedSubject(Node):
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")


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
        only=PERSONAL,
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
class SchoolClass(ClassDiary, ClassJournals, Node):
    grade: int = strawberry.field(description="Параллель, от 1 до 11.")
    letter: str = strawberry.field(description="Буква.")
    period_kind: PeriodKind = strawberry.field(description="На какие периоды делится год класса.")
    shift: int = strawberry.field(description="Смена.")
    capacity: int | None = strawberry.field(description="На сколько учащихся рассчитан.")
    week_days: int = strawberry.field(description="Сколько учебных дней в неделе: 5 или 6.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    profile: Annotated["Profile", _PLAN] | None = edge(curriculum_plan.profile_of, description="Профиль (5.2).")
    plan: list[Annotated["PlanHours", _PLAN]] = edge(
        curriculum_plan.class_plan, description="Учебный план: часы по предметам и компонентам (5.2)."
    )
    plan_total: Annotated["PlanTotal", _PLAN] | None = edge(
        curriculum_plan.class_plan_total, description="Часы плана всего и наибольшие допустимые."
    )
    plan_checks: list[Annotated["PlanCheck", _PLAN]] = edge(
        curriculum_plan.class_plan_checks, description="Часы плана по компонентам рядом с их нагрузкой."
    )
    plan_gaps: list[Annotated["PlanGap", _PLAN]] = edge(
        curriculum_plan.class_plan_gaps, description="Чего не хватает плану; должно быть пусто к 15 сентября (5.2–5.4)."
    )
    periods: list[Period] = edge(curriculum.class_periods, description="Учебные периоды класса.")
    groups: list[StudyGroup] = edge(curriculum.class_groups, description="Весь класс и его подгруппы.")

    name: str = computed(class_name, "grade", "letter", description="Название: «5А».")

    @edge_with(school.class_leader, returns=Staff | None, description="Классный руководитель.")
    def leader(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        curriculum_plan.class_ungrouped,
        only=gate(PLAN),
        returns=list[Annotated["Ungrouped", _PLAN]],
        description="Кто сегодня или в указанный день не входит ни в одну подгруппу поделённого предмета (5.10).",
    )
    def ungrouped(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
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
        curriculum_topics.class_topic_plans,
        returns=list[Annotated["TopicPlanAssignment", _TOPICS]],
        description="По каким календарно-тематическим планам класс и его группы учатся сегодня или в указанный день.",
    )
    def topic_plans(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
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
        timetable_mismatches.class_mismatches,
        returns=Connection[Annotated["MismatchReport", strawberry.lazy("schema.timetable_mismatches")]],
        description="Сообщения о несоответствии дат журналов класса, раньше написанные первыми (6.4).",
    )
    def mismatch_reports(
        self,
        first: First,
        after: After = None,
        state: Annotated[MismatchState | None, argument("Только в этом состоянии.")] = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только этот предмет.")] = None,
    ) -> dict[str, Any]:
        return {
            "state": state and state.value,
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }

    @edge_with(
        movement.class_arrivals,
        returns=Connection[Annotated["MovementItem", _MOVEMENT]],
        description="Кто и по каким приказам пришёл в класс, в порядке книги движения (9.1).",
    )
    def arrivals(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        movement.class_departures,
        returns=Connection[Annotated["MovementItem", _MOVEMENT]],
        description="Кто и по каким приказам ушёл из класса, в порядке книги движения (9.1).",
    )
    def departures(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

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
    opened_by: Annotated["MovementItem", _MOVEMENT] | None = edge(
        movement.enrolment_opened_by, description="Каким приказом принят в класс (9.1)."
    )
    ended_by: Annotated["MovementItem", _MOVEMENT] | None = edge(
        movement.enrolment_ended_by, description="Каким приказом выведен из класса (9.1)."
    )


@strawberry.type
class CurriculumQuery:
    @root_edge(by_number("SchoolClass"), returns=SchoolClass | None, description="Класс по идентификатору.")
    def school_class(self, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Key:
        return (number("SchoolClass", id, "id"),)
