"""A topic plan from an uploaded sheet: what it would do, and loading it (5.5)."""

from typing import Annotated

import strawberry

from resolvers import timetable_topics_import
from resolvers.timetable_topics_import import Preview
from rules.imports import Problem

from .base import Info, argument, number, root, secret
from .commands import Written, command, written
from .curriculum_topics import TopicPlan
from .curriculum_topics_mutation import MAY_PLAN


@strawberry.type(description="Что не так в файле.")
class SheetProblem:
    row: int | None = strawberry.field(description="Номер строки, как в Excel; null — весь файл.")
    column: str | None = strawberry.field(description="Столбец.")
    reason: str = strawberry.field(description="Причина.")


@strawberry.type(description="Тема, какой она станет.")
class PreviewedTopic:
    section: str = strawberry.field(description="Раздел.")
    name: str = strawberry.field(description="Название.")
    hours: int = strawberry.field(description="На сколько уроков.")
    homework: str | None = strawberry.field(description="Домашнее задание.")
    kept: bool = strawberry.field(description="Эта тема в плане уже есть и останется на своих уроках.")


@strawberry.type(description="Что файл сделает с планом. Загрузить его можно, если в нём нет ошибок.")
class TopicPlanPreview:
    hours: int = strawberry.field(description="Сколько всего часов = сумма `hours` в `topics`.")
    kept: int = strawberry.field(description="Сколько тем останется = число `topics` с `kept`.")
    added: int = strawberry.field(description="Сколько тем добавится = число `topics` без `kept`.")
    removed: int = strawberry.field(description="Сколько тем исчезнет = число тем плана − `kept`.")
    topics: list[PreviewedTopic] = secret(MAY_PLAN, "Темы по порядку.")
    problems: list[SheetProblem] = secret(MAY_PLAN, "Ошибки: с ними файл не загрузится.")
    warnings: list[SheetProblem] = secret(MAY_PLAN, "На что обратить внимание.")


def _problems(found: list[Problem]) -> list[SheetProblem]:
    return [SheetProblem(row=each.row, column=each.column, reason=each.reason) for each in found]


def _shown(preview: Preview) -> TopicPlanPreview:
    return TopicPlanPreview(
        hours=preview.hours,
        kept=preview.kept,
        added=preview.added,
        removed=preview.removed,
        topics=[
            PreviewedTopic(
                section=section.title,
                name=topic.name,
                hours=topic.hours,
                homework=topic.homework,
                kept=topic.id is not None,
            )
            for section in preview.sections
            for topic in section.topics
        ],
        problems=_problems(preview.problems),
        warnings=_problems(preview.warnings),
    )


@strawberry.type
class TopicImportQuery:
    @root(MAY_PLAN, "Что загруженный файл XLSX или CSV сделает с планом; ничего не записывает.")
    async def topic_plan_preview(
        self,
        info: Info,
        plan_id: Annotated[strawberry.ID, argument("План, который можно изменять.")],
        file_id: Annotated[strawberry.ID, argument("Файл, загруженный тем же пользователем через `POST /files`.")],
    ) -> TopicPlanPreview:
        plan, file = number("TopicPlan", plan_id, "planId"), number("File", file_id, "fileId")
        return _shown(await timetable_topics_import.preview_topic_plan(info.context, plan, file))


@strawberry.type(description="План загружен из файла, темы будущих уроков переставлены.")
class ImportTopicPlanPayload(Written):
    plan: TopicPlan | None = written(TopicPlan, "План.")


@strawberry.input(description="Содержание плана из файла: целиком или никак.")
class ImportTopicPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="План.")
    file_id: strawberry.ID = strawberry.field(
        description="Файл XLSX или CSV, загруженный тем же пользователем через `POST /files`."
    )
    if_version: int | None = strawberry.field(
        default=None, description="Версия плана, которую видел отправитель; с другой — отказ CONFLICT."
    )


@strawberry.type
class TopicImportMutation:
    @command(MAY_PLAN, "Загрузить содержание плана из файла: целиком или никак (5.5).")
    async def import_topic_plan(self, info: Info, input: ImportTopicPlanInput) -> ImportTopicPlanPayload:
        plan, file = number("TopicPlan", input.plan_id, "planId"), number("File", input.file_id, "fileId")
        await timetable_topics_import.import_topic_plan(info.context, plan, file, input.if_version)
        return ImportTopicPlanPayload(number=plan)
