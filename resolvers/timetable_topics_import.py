"""Topic plans from a sheet that was uploaded: what it would do to a plan, and doing it, all or nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from documents.files import Missing
from documents.sheets import MAX_BYTES, SheetError, read_sheet
from models.curriculum_topics import TopicPlan
from models.journal import WorkType
from models.school_documents import File
from permissions.curriculum_topics import editable_topic_plans, topic_plans_to_edit
from permissions.school_documents import files_to_hang
from rules.curriculum_topics import KnownTopic, SectionContent, matched
from rules.curriculum_topics_import import check_topics, content_of_rows, told
from rules.imports import CheckedFile, Problem
from rules.imports_values import folded
from rules.refusals import Refusal, RefusalCode, bad_input, not_found

from .commands import Work, check_version, command
from .context import Context
from .curriculum_topics_commands import content_of
from .database import Transaction
from .timetable_topics_commands import replace_content

Kinds = dict[str, int]


@dataclass(frozen=True)
class Preview:
    """What a file would make of a plan. It loads only if there are no problems."""

    sections: list[SectionContent]
    problems: list[Problem]
    warnings: list[Problem]
    kept: int
    added: int
    removed: int

    @property
    def hours(self) -> int:
        """How many lessons the plan would take."""
        return sum(topic.hours for section in self.sections for topic in section.topics)


def _preview(title: str, checked: CheckedFile, kinds: Kinds, known: Sequence[SectionContent]) -> Preview:
    before: list[KnownTopic] = [
        (section.title, topic.name, section.id or 0, topic.id or 0) for section in known for topic in section.topics
    ]
    sections = list(matched(content_of_rows(checked.rows, kinds, title), before))
    numbers = [topic.id for section in sections for topic in section.topics]
    kept = sum(number is not None for number in numbers)
    problems = sorted(checked.problems, key=lambda problem: problem.row or 0)
    return Preview(sections, problems, checked.warnings, kept, len(numbers) - kept, len(before) - kept)


async def _kinds(work: Transaction, school_id: int) -> Kinds:
    """The school's kinds of work, by their names and short names."""
    rows = await work.fetch(
        select(WorkType.id, WorkType.name, WorkType.short_name).where(WorkType.school_id == school_id)
    )
    short = {folded(row.short_name): row.id for row in rows}
    return short | {folded(row.name): row.id for row in rows}


async def content_of_file(context: Context, file: Any) -> bytes:
    """The bytes of an uploaded file, if it may be a sheet at all."""
    if file.size > MAX_BYTES:
        raise Refusal(
            RefusalCode.FILE_TOO_LARGE, f"Файл слишком велик: можно до {MAX_BYTES // 1024 // 1024} МБ.", "fileId"
        )
    if context.store is None:
        raise not_found("fileId")
    try:
        async with context.store.open(file.digest, file.size) as pieces:
            return b"".join([piece async for piece in pieces])
    except Missing:
        raise not_found("fileId") from None


def _checked(content: bytes, name: str, kinds: Kinds, today: date) -> CheckedFile:
    try:
        sheet = read_sheet(content, name)
    except SheetError as error:
        raise Refusal(RefusalCode.BAD_FILE, str(error), "fileId") from None
    return check_topics(sheet.headers, sheet.rows, kinds, today)


async def _read(context: Context, file_id: int) -> tuple[CheckedFile, Kinds]:
    """The sheet in one of the viewer's own files, checked in a thread, while no connection is held."""
    viewer = context.viewer
    await context.refresh()
    async with context.database.transaction() as work:
        own = files_to_hang(viewer).where(File.id == file_id).add_columns(File.name, File.digest, File.size)
        file = await work.first(own, **viewer.parameters())
        kinds = await _kinds(work, viewer.school_id)
    if file is None:
        raise not_found("fileId")
    content = await content_of_file(context, file)
    return await asyncio.to_thread(_checked, content, file.name, kinds, viewer.today), kinds


async def preview_topic_plan(context: Context, plan_id: int, file_id: int) -> Preview:
    """What a file would make of a plan; nothing is written."""
    checked, kinds = await _read(context, file_id)
    async with context.database.transaction() as transaction:
        work = Work(transaction.connection, context.viewer, context.now)
        plan = await work.one(editable_topic_plans(context.viewer).where(TopicPlan.id == plan_id), "planId")
        return _preview(plan.title, checked, kinds, await content_of(work, plan_id))


async def import_topic_plan(context: Context, plan_id: int, file_id: int, if_version: int | None) -> int:
    """Make the content of a plan that of a file. Topics that have kept their section and name keep their lessons."""
    try:
        checked, kinds = await _read(context, file_id)
    except Refusal as refusal:
        unread: Refusal | None = refusal
    else:
        unread = None
    async with command(context, "importTopicPlan", {"plan": plan_id, "file": file_id}) as work:
        plan = await work.one(topic_plans_to_edit(work.viewer).where(TopicPlan.id == plan_id), "planId")
        if unread:
            raise unread
        check_version(if_version, plan.version)
        if checked.problems:
            raise bad_input(told(sorted(checked.problems, key=lambda problem: problem.row or 0)), "fileId")
        known = await content_of(work, plan_id)
        await replace_content(work, plan_id, _preview(plan.title, checked, kinds, known).sections, known, "fileId")
    return plan_id
