"""What teachers and deputies do with topic plans: begin, copy, fill and delete them (5.5, 5.8)."""

import strawberry
from strawberry import UNSET

from permissions.curriculum_topics import PLANNERS
from permissions.gates import gate
from resolvers import curriculum_topics_commands, timetable_topics_commands
from rules.curriculum_topics import MOST_TOPICS, SectionContent, TopicContent

from .base import Info, encode_id, number, optional_number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .curriculum_topics import TopicPlan

MAY_PLAN = gate(PLANNERS)


@strawberry.type(description="План заведён.")
class CreateTopicPlanPayload(Written):
    plan: TopicPlan | None = written(TopicPlan, "План.")


@strawberry.type(description="План изменён.")
class UpdateTopicPlanPayload(Written):
    plan: TopicPlan | None = written(TopicPlan, "План.")


@strawberry.type(description="Содержание плана записано, темы будущих уроков переставлены.")
class SetTopicsPayload(Written):
    plan: TopicPlan | None = written(TopicPlan, "План.")


@strawberry.type(description="План скопирован.")
class CopyTopicPlanPayload(Written):
    plan: TopicPlan | None = written(TopicPlan, "Новый план.")


@strawberry.type(description="План удалён; в истории он остаётся.")
class DeleteTopicPlanPayload:
    plan_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.input(description="Новый план предмета и параллели.")
class CreateTopicPlanInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    grade: int = strawberry.field(description="Параллель.")
    title: str = strawberry.field(description="Название.")
    author_id: strawberry.ID | None = strawberry.field(
        default=None, description="Кто отвечает за план (5.8), если не отправитель; завуч может назвать любого."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Название и автор плана. Меняется только то, что передано.")
class UpdateTopicPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="План.")
    title: str | None = strawberry.field(default=UNSET, description="Название.")
    author_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Кто отвечает за план (5.8); передать план другому может завуч."
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Тема плана.")
class TopicInput:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Какая из тем плана это была: её уроки останутся при ней. Без него тема новая."
    )
    name: str = strawberry.field(description="Название.")
    hours: int = strawberry.field(default=1, description="На сколько уроков рассчитана.")
    homework: str | None = strawberry.field(default=None, description="Домашнее задание, которое предложить на уроке.")
    work_type_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Виды работ.")


@strawberry.input(description="Раздел плана.")
class TopicSectionInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="Какой из разделов плана это был.")
    title: str = strawberry.field(description="Название.")
    topics: list[TopicInput] = strawberry.field(description="Темы по порядку.")


@strawberry.input(description="Всё содержание плана. Чего в нём нет, из плана убирается.")
class SetTopicsInput:
    plan_id: strawberry.ID = strawberry.field(description="План.")
    sections: list[TopicSectionInput] = strawberry.field(
        description=f"Разделы по порядку: тем и разделов — до {MOST_TOPICS}."
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Копия плана, который видит отправитель: его собственный новый план.")
class CopyTopicPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="Что скопировать.")
    year_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный год, если другой.")
    grade: int | None = strawberry.field(default=None, description="Параллель, если другая.")
    title: str | None = strawberry.field(default=None, description="Название, если другое.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Удаление плана, который никому не назначали.")
class DeleteTopicPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="План.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _topic(given: TopicInput, field: str) -> TopicContent:
    kinds = [number("WorkType", each, f"{field}workTypeIds.{n}") for n, each in enumerate(given.work_type_ids)]
    return TopicContent(
        given.name,
        given.hours,
        given.homework or None,
        tuple(sorted(kinds)),
        optional_number("Topic", given.id, f"{field}id"),
    )


def _section(given: TopicSectionInput, field: str) -> SectionContent:
    topics = enumerate(given.topics)
    return SectionContent(
        given.title,
        tuple(_topic(each, f"{field}topics.{place}.") for place, each in topics),
        optional_number("TopicSection", given.id, f"{field}id"),
    )


@strawberry.type
class TopicPlanMutation:
    @command(MAY_PLAN, "Завести календарно-тематический план по своему предмету и параллели (5.5).")
    async def create_topic_plan(self, info: Info, input: CreateTopicPlanInput) -> CreateTopicPlanPayload:
        plan = await curriculum_topics_commands.create_topic_plan(
            info.context,
            number("AcademicYear", input.year_id, "yearId"),
            number("Subject", input.subject_id, "subjectId"),
            input.grade,
            input.title,
            optional_number("Staff", input.author_id, "authorId"),
            input.idempotency_key,
        )
        return CreateTopicPlanPayload(number=plan)

    @command(MAY_PLAN, "Изменить название плана или передать его другому учителю.")
    async def update_topic_plan(self, info: Info, input: UpdateTopicPlanInput) -> UpdateTopicPlanPayload:
        values: dict[str, str | int | None] = {}
        if input.title is not UNSET:
            values["title"] = input.title
        if input.author_id is not UNSET:
            values["author_id"] = optional_number("Staff", input.author_id, "authorId")
        plan = number("TopicPlan", input.plan_id, "planId")
        await curriculum_topics_commands.update_topic_plan(info.context, plan, values, input.if_version)
        return UpdateTopicPlanPayload(number=plan)

    @command(MAY_PLAN, "Записать все разделы и темы плана разом; темы будущих уроков переставляются (5.5).")
    async def set_topics(self, info: Info, input: SetTopicsInput) -> SetTopicsPayload:
        plan = number("TopicPlan", input.plan_id, "planId")
        sections = [_section(each, f"sections.{place}.") for place, each in enumerate(input.sections)]
        await timetable_topics_commands.set_topics(info.context, plan, sections, input.if_version)
        return SetTopicsPayload(number=plan)

    @command(MAY_PLAN, "Скопировать план, например на новый учебный год.")
    async def copy_topic_plan(self, info: Info, input: CopyTopicPlanInput) -> CopyTopicPlanPayload:
        plan = await curriculum_topics_commands.copy_topic_plan(
            info.context,
            number("TopicPlan", input.plan_id, "planId"),
            optional_number("AcademicYear", input.year_id, "yearId"),
            input.grade,
            input.title,
            input.idempotency_key,
        )
        return CopyTopicPlanPayload(number=plan)

    @command(MAY_PLAN, "Удалить план, который никому не назначали.")
    async def delete_topic_plan(self, info: Info, input: DeleteTopicPlanInput) -> DeleteTopicPlanPayload:
        plan = number("TopicPlan", input.plan_id, "planId")
        await curriculum_topics_commands.delete_topic_plan(info.context, plan, input.if_version)
        return DeleteTopicPlanPayload(plan_id=encode_id("TopicPlan", plan))
