"""Topic plans (5.5–5.8): sections, topics, the groups that go by them, and what has become of their hours."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import curriculum_topics as rows
from permissions.curriculum_topics import (
    visible_topic_assignments,
    visible_topic_plans,
    visible_topic_sections,
    visible_topics,
)
from resolvers import curriculum, curriculum_topics, timetable_topics

from .base import Node, edge, node, secret
from .curriculum import AcademicYear, StudyGroup, Subject, TeachingAssignment
from .school_people import PERSONAL, Staff

if TYPE_CHECKING:
    from .journal import WorkType
    from .timetable import Lesson

_LESSON = Annotated["Lesson", strawberry.lazy("schema.timetable")]


@strawberry.type(description="Заготовки учителя к теме; учащиеся и родители их не видят.")
class TopicCard:
    homework: str | None = secret(PERSONAL, "Домашнее задание, которое предлагается задать.")
    work_types: list[Annotated["WorkType", strawberry.lazy("schema.journal")]] = edge(
        curriculum_topics.card_work_types, description="Виды работ."
    )


@node(visible_topics, rows.Topic, description="Тема календарно-тематического плана (5.5).")
class Topic(Node):
    name: str = strawberry.field(description="Название: оно же тема урока в журнале и дневнике.")
    position: int = strawberry.field(description="Номер в плане.")
    hours: int = strawberry.field(description="На сколько уроков рассчитана.")
    card: TopicCard | None = edge(curriculum_topics.topic_card, description="Заготовки учителя.")
    section: "TopicSection | None" = edge(curriculum_topics.section_of, description="Раздел.")
    plan: "TopicPlan | None" = edge(curriculum_topics.plan_of, description="План.")


@node(visible_topic_sections, rows.TopicSection, description="Раздел календарно-тематического плана.")
class TopicSection(Node):
    title: str = strawberry.field(description="Название.")
    position: int = strawberry.field(description="Номер в плане.")
    topics: list[Topic] = edge(curriculum_topics.section_topics, description="Темы по порядку.")


@node(visible_topic_plans, rows.TopicPlan, description="Календарно-тематический план предмета и параллели (5.5).")
class TopicPlan(Node):
    title: str = secret(PERSONAL, "Название.")
    grade: int = strawberry.field(description="Параллель.")
    version: int = strawberry.field(description="Версия плана со всем содержанием, для `ifVersion`.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    author: Staff | None = edge(curriculum_topics.plan_author, description="Кто отвечает за план (5.8).")
    sections: list[TopicSection] = edge(curriculum_topics.plan_sections, description="Разделы по порядку.")
    topics: list[Topic] = edge(curriculum_topics.plan_topics, description="Все темы по порядку.")
    assignments: list["TopicPlanAssignment"] = edge(
        curriculum_topics.plan_assignments, description="Каким группам назначен."
    )


@strawberry.type(description="План и факт по часам: сколько уроков запланировано, стоит в расписании и проведено.")
class TopicPlanProgress:
    topics: int = strawberry.field(description="Сколько тем = число `plan.topics`.")
    planned: int = strawberry.field(description="Сколько часов = сумма `hours` тем плана.")
    scheduled: int = strawberry.field(
        description="Сколько уроков = число уроков предмета у группы с первого дня назначения до последнего или до "
        "конца года, без отменённых."
    )
    held: int = strawberry.field(description="Сколько проведено = число тех из них, что проведены.")
    covered: int = strawberry.field(description="Сколько тем пройдено = число тем, у которых `held` ≥ `planned`.")
    left_over: int = strawberry.field(
        description="Сколько часов не помещается в расписание = сумма `leftOver` тем: у каждой max(0, `planned` − "
        "`scheduled`)."
    )
    without: int = strawberry.field(
        name="withoutTopic",
        description="Сколько уроков без темы = число уроков из `scheduled`, у которых нет темы плана.",
    )


@strawberry.type(description="Тема в одной группе: сколько на неё отведено и на каких она уроках.")
class TopicHours:
    planned: int = strawberry.field(description="Сколько часов в плане: `topic.hours`.")
    scheduled: int = strawberry.field(description="На скольких уроках стоит = число `lessons`.")
    held: int = strawberry.field(description="Сколько проведено = число проведённых `lessons`.")
    left_over: int = strawberry.field(
        description="Сколько часов не помещается в расписание = max(0, `planned` − `scheduled`)."
    )
    topic: Topic | None = edge(curriculum_topics.topic_of, description="Тема.")
    lessons: list[_LESSON] = edge(timetable_topics.topic_lessons, description="Уроки по датам, без отменённых.")


@node(
    visible_topic_assignments,
    rows.TopicPlanAssignment,
    description="Назначение плана группе: по какому плану и с какого по какой день она учится (5.5).",
)
class TopicPlanAssignment(Node):
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день; null — до конца года.")
    plan: TopicPlan | None = edge(curriculum_topics.plan_of, description="План.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    progress: TopicPlanProgress | None = edge(timetable_topics.plan_progress, description="План и факт по часам.")
    hours: list[TopicHours] = edge(timetable_topics.plan_hours, description="План и факт по темам.")


@strawberry.type(description="Предмет и группа, для которых ещё нет плана (5.6).")
class MissingTopicPlan:
    due_on: date = strawberry.field(description="К какому дню он должен быть.")
    assignment: TeachingAssignment | None = edge(
        curriculum_topics.missing_for, description="Кто ведёт предмет в группе и отвечает за план (5.8)."
    )
