"""Commands on marks: one, a page of them at once, or take one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, delete, func, insert, select, update

from models.journal import Mark
from permissions.journal import members_of
from rules.journal import COMMENT_LENGTH, check_mark, check_open, check_text
from rules.refusals import Refusal, RefusalCode, bad_input

from .commands import Work, among, check_version, command
from .context import Context
from .journal_writing import tasks_to_write

MOST_MARKS = 1000
"""How many marks one command may set: more than a page has."""


@dataclass(frozen=True)
class Entry:
    """A mark to set. A comment is kept as it is unless `has_comment`; `if_version` 0 stands for "no mark there yet"."""

    task_id: int
    student_id: int
    value: str
    comment: str | None = None
    has_comment: bool = False
    if_version: int | None = None


async def set_marks(context: Context, name: str, entries: Sequence[Entry], path: str) -> list[int]:
    """Set marks: all of them, or none (7.4). A mark may stand beside an absence (7.5). `path` names the input field.

    Gives the marks' numbers in the order of `entries`. A mark that stands so already is left as it is.
    """
    given = {"entries": [[e.task_id, e.student_id, e.value, e.comment, e.if_version] for e in entries]}
    async with command(context, name, given) as work:
        _check_entries(entries, path)
        tasks = await _tasks(work, entries, path)
        await _check_students(work, tasks, entries, path)
        known = await _known(work, tasks)
        new, changed, numbers = [], [], []
        for position, entry in enumerate(entries):
            mark = known.get((entry.task_id, entry.student_id))
            check_version(entry.if_version, mark.version if mark else 0, f"{path.format(position)}ifVersion")
            if mark is None:
                new.append(entry)
            elif (mark.value, mark.comment) != _wanted(entry, mark):
                changed.append((mark.id, *_wanted(entry, mark)))
            numbers.append(mark.id if mark else None)
        if changed:
            await _change(work, changed)
        made = await _create(work, tasks, new) if new else {}
        return [
            number or made[(entry.task_id, entry.student_id)] for number, entry in zip(numbers, entries, strict=True)
        ]


def _check_entries(entries: Sequence[Entry], path: str) -> None:
    if not 1 <= len(entries) <= MOST_MARKS:
        raise bad_input(f"За один раз можно поставить от 1 до {MOST_MARKS} отметок.", "entries")
    seen: set[tuple[int, int]] = set()
    for position, entry in enumerate(entries):
        prefix = path.format(position)
        check_mark(entry.value, f"{prefix}value")
        check_text(entry.comment, COMMENT_LENGTH, f"{prefix}comment")
        if (entry.task_id, entry.student_id) in seen:
            raise bad_input("Отметка указана дважды.", f"{prefix}studentId")
        seen.add((entry.task_id, entry.student_id))


async def _tasks(work: Work, entries: Sequence[Entry], path: str) -> dict[int, Any]:
    """The tasks, locked in order, if the viewer may set marks for every one."""
    fields: dict[int, str] = {}
    for position, entry in enumerate(entries):
        fields.setdefault(entry.task_id, f"{path.format(position)}taskId")
    tasks = await tasks_to_write(work, fields)
    for number, field in fields.items():
        check_open(tasks[number].state, tasks[number].lesson_date, work.today, field)
    return tasks


async def _check_students(work: Work, tasks: dict[int, Any], entries: Sequence[Entry], path: str) -> None:
    """Each student was in the group on the lesson's day, takes the subject, and is not taught at home (7.8)."""
    await work.hold_students({entry.student_id for entry in entries})
    groups = {(task.group_id, task.lesson_date, task.subject_id) for task in tasks.values()}
    members = {key: {row.student_id: row for row in await work.reach(members_of(*key))} for key in sorted(groups)}
    for position, entry in enumerate(entries):
        task = tasks[entry.task_id]
        field = f"{path.format(position)}studentId"
        member = members[(task.group_id, task.lesson_date, task.subject_id)].get(entry.student_id)
        if member is None:
            raise Refusal(RefusalCode.NOT_IN_GROUP, "Учащегося не было в этой группе в день урока.", field)
        if member.taught_at_home:
            raise Refusal(RefusalCode.TAUGHT_AT_HOME, "Учится на дому: текущие отметки не ставятся.", field, "7.8")
        if member.dropped:
            message = "По индивидуальному плану этого предмета нет: отметки не ставятся."
            raise Refusal(RefusalCode.SUBJECT_NOT_TAKEN, message, field, "7.8")


async def _known(work: Work, tasks: dict[int, Any]) -> dict[tuple[int, int], Any]:
    """The marks that stand for these tasks; the tasks' locks keep others out."""
    rows = await work.fetch(
        select(Mark.id, Mark.task_id, Mark.student_id, Mark.value, Mark.comment, Mark.version).where(
            Mark.school_id == work.viewer.school_id, among(Mark.task_id, tasks)
        )
    )
    return {(row.task_id, row.student_id): row for row in rows}


def _wanted(entry: Entry, mark: Any) -> tuple[str, str | None]:
    return entry.value, entry.comment if entry.has_comment else mark.comment


async def _change(work: Work, changed: list[tuple[int, str, str | None]]) -> None:
    ids, values, comments = zip(*changed, strict=True)
    news = (
        func.unnest(
            bindparam("ids", ids, ARRAY(BigInteger)),
            bindparam("values", values, ARRAY(Text)),
            bindparam("comments", comments, ARRAY(Text)),
        )
        .table_valued("id", "value", "comment")
        .render_derived()
    )
    await work.execute(
        update(Mark)
        .where(Mark.school_id == work.viewer.school_id, Mark.id == news.c.id)
        .values(
            value=news.c.value,
            comment=news.c.comment,
            version=Mark.version + 1,
            changed_at=work.now,
            changed_by=work.viewer.account_id,
        )
    )


async def _create(work: Work, tasks: dict[int, Any], new: list[Entry]) -> dict[tuple[int, int], int]:
    rows = await work.fetch(
        insert(Mark)
        .values(
            [
                {
                    "school_id": work.viewer.school_id,
                    "task_id": entry.task_id,
                    "lesson_id": tasks[entry.task_id].lesson_id,
                    "lesson_date": tasks[entry.task_id].lesson_date,
                    "student_id": entry.student_id,
                    "value": entry.value,
                    "comment": entry.comment,
                    "set_at": work.now,
                    "version": 1,
                    "changed_at": work.now,
                    "changed_by": work.viewer.account_id,
                }
                for entry in new
            ]
        )
        .returning(Mark.id, Mark.task_id, Mark.student_id)
    )
    return {(row.task_id, row.student_id): row.id for row in rows}


async def remove_mark(context: Context, mark_id: int, if_version: int | None) -> int:
    """Take a mark back. What it was stays in the history."""
    async with command(context, "removeMark", {"mark": mark_id}) as work:
        mine = (Mark.school_id == work.viewer.school_id, Mark.id == mark_id)
        marked = await work.one(select(Mark.task_id).where(*mine), "markId")
        task = (await tasks_to_write(work, {marked.task_id: "markId"}))[marked.task_id]
        check_open(task.state, task.lesson_date, work.today, "markId")
        mark = await work.one(select(Mark.version).where(*mine), "markId")
        check_version(if_version, mark.version)
        await work.execute(delete(Mark).where(*mine))
    return mark_id
