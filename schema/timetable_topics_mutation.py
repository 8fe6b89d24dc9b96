"""What teachers and deputies do with the topics of lessons: give a plan to groups, put a topic on a lesson (5.5)."""

from datetime import date
from typing import Any

import strawberry

from resolvers import curriculum_topics, journal_topics, timetable_topics_commands
from rules.curriculum_topics import MOST_GROUPS

from .base import Info, number, resolved
from .commands import Written, command, written
from .curriculum_topics import TopicPlanAssignment
from .curriculum_topics_mutation import MAY_PLAN
from .timetable import Lesson


@strawberry.type(description="План назначен, темы поставлены на уроки.")
class AssignTopicPlanPayload:
    assignment_ids: strawberry.Private[list[int]]

    @resolved("Назначения в порядке ввода.", only=MAY_PLAN)
    async def assignments(self, info: Info) -> list[TopicPlanAssignment]:
        found: list[Any] = await curriculum_topics.assignments_by_number(info.context, self.assignment_ids)
        return found


@strawberry.type(description="Назначение завершено, с уроков после него темы сняты.")
class EndTopicPlanAssignmentPayload(Written):
    assignment: TopicPlanAssignment | None = written(TopicPlanAssignment, "Назначение.")


@strawberry.type(description="Тема поставлена на урок.")
class PlaceTopicPayload(Written):
    lesson: Lesson | None = written(Lesson, "Урок.")


@strawberry.input(description="Назначение плана группам его параллели.")
class AssignTopicPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="План.")
    group_ids: list[strawberry.ID] = strawberry.field(
        description=f"Классы целиком или подгруппы, до {MOST_GROUPS}; учитель назначает план своим."
    )
    starts_on: date | None = strawberry.field(
        default=None, description="С какого дня; обычно с первого дня учебного года."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Ключ повтора: с тем же ключом и данными команда выполнится один раз."
    )


@strawberry.input(description="Последний день, когда группа учится по плану.")
class EndTopicPlanAssignmentInput:
    assignment_id: strawberry.ID = strawberry.field(description="Назначение.")
    ends_on: date = strawberry.field(description="По какой день.")


@strawberry.input(description="Тема плана для урока.")
class PlaceTopicInput:
    lesson_id: strawberry.ID = strawberry.field(description="Урок.")
    topic_id: strawberry.ID = strawberry.field(description="Тема плана, по которому учится группа.")
    if_version: int | None = strawberry.field(
        default=None, description="Версия урока, которую видел отправитель; с другой — отказ CONFLICT."
    )


@strawberry.type
class LessonTopicMutation:
    @command(MAY_PLAN, "Назначить план группам; темы ставятся на их будущие уроки (5.5).")
    async def assign_topic_plan(self, info: Info, input: AssignTopicPlanInput) -> AssignTopicPlanPayload:
        assignments = await timetable_topics_commands.assign_topic_plan(
            info.context,
            number("TopicPlan", input.plan_id, "planId"),
            [number("StudyGroup", each, f"groupIds.{place}") for place, each in enumerate(input.group_ids)],
            input.starts_on,
            input.idempotency_key,
        )
        return AssignTopicPlanPayload(assignment_ids=assignments)

    @command(MAY_PLAN, "Завершить назначение плана группе.")
    async def end_topic_plan_assignment(
        self,
        info: Info,
        input: EndTopicPlanAssignmentInput,
    ) -> EndTopicPlanAssignmentPayload:
        assignment = number("TopicPlanAssignment", input.assignment_id, "assignmentId")
        await timetable_topics_commands.end_topic_plan_assignment(info.context, assignment, input.ends_on)
        return EndTopicPlanAssignmentPayload(number=assignment)

    @command(MAY_PLAN, "Поставить тему плана на урок: следующие уроки продолжают с неё.")
    async def place_topic(self, info: Info, input: PlaceTopicInput) -> PlaceTopicPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        topic = number("Topic", input.topic_id, "topicId")
        await journal_topics.place_topic(info.context, lesson, topic, input.if_version)
        return PlaceTopicPayload(number=lesson)
