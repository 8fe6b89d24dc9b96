"""Commands on marks: one, a page of them at once, or take one back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, Text, bindparam, column, delete, func, insert, select, update

from models.journal import Attendance, Mark, TaskRecipient
from permissions.journal import members_of
from rules.journal import (
    COMMENT_LENGTH,
    OWED,
    AttendanceCode,
    check_made_up,
    check_mark,
    check_open,
    check_text,
)
from rules.refusals import Refusal, RefusalCode, bad_input

from .commands import Work, among, check_version, command
from .context import Context
from .journal_members import check_marked
from .journal_writing import tasks_to_write

MOST_MARKS = 1000
"""How many marks one command may set: more than a page has."""


@dataclass(frozen=True)
class Entry:
    """A mark to set. `more` holds what was sent of `comment` and `made_up_on`: the rest stays as it is; `if_version` 0
    stands for "no mark there yet".
    """

    task_id: int
    student_id: int
    value: str
    more: Mapping[str, Any] = field(default_factory=dict)
    if_version: int | None = None


async def set_marks(context: Context, name: str, entries: Sequence[Entry], path: str) -> list[int]:
    """Set marks: all of them, or none (7.4). A mark may stand beside an absence (7.5). `path` names the input field.

    Gives the marks' numbers in the order of `entries`. A mark that stands so already is left as it is.
    """
    given = {
        "entries": [
            [e.task_id, e.student_id, e.value, e.more.get("comment"), e.if_version, e.more.get("made_up_on")]
            for e in entries
        ]
    }
    async with command(context, name, given) as work:
        _check_entries(entries, path)
        tasks = await _tasks(work, entries, path)
        await _check_students(work, tasks, entries, path)
        known = await _known(work, tasks)
        await _check_made_up(work, tasks, known, entries, path)
        new, changed, numbers = [], [], []
        for position, entry in enumerate(entries):
            mark = known.get((entry.task_id, entry.student_id))
            check_version(entry.if_version, mark.version if mark else 0, f"{path.format(position)}ifVersion")
            if mark is None:
                new.append(entry)
            elif (mark.value, mark.comment, mark.made_up_on) != _wanted(entry, mark):
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
        check_text(entry.more.get("comment"), COMMENT_LENGTH, f"{prefix}comment")
        if (entry.task_id, entry.student_id) in seen:
            raise bad_input("Отметка указана дважды.", f"{prefix}studentId")
        seen.add((entry.task_id, entry.student_id))


async def _tasks(work: Work, entries: Sequence[Entry], path: str) -> dict[int, Any]:
    """The tasks, locked in order, if the viewer may set marks for every one."""
    fields: dict[int, str] = {}
    for position, entry in enumerate(entries):
        fields.setdefault(entry.task_id, f"{path.format(position)}taskId")
    tasks = await tasks_to_write(work, fields)
    for number, name in fields.items():
        check_open(tasks[number].state, tasks[number].lesson_date, work.today, name)
    return tasks


async def _check_students(work: Work, tasks: dict[int, Any], entries: Sequence[Entry], path: str) -> None:
    """Each student was in the group on the lesson's day, takes the subject, is not taught at home (7.8), and was given
    the task.
    """
    await work.hold_students({entry.student_id for entry in entries})
    groups = {(task.group_id, task.lesson_date, task.subject_id) for task in tasks.values()}
    members = {key: {row.student_id: row for row in await work.reach(members_of(*key))} for key in sorted(groups)}
    few = [number for number, task in tasks.items() if not task.for_all]
    recipients = select(TaskRecipient.task_id, TaskRecipient.student_id).where(
        TaskRecipient.school_id == work.viewer.school_id, among(TaskRecipient.task_id, few)
    )
    named = {(row.task_id, row.student_id) for row in await work.fetch(recipients)} if few else set()
    for position, entry in enumerate(entries):
        task = tasks[entry.task_id]
        field = f"{path.format(position)}studentId"
        check_marked(members[(task.group_id, task.lesson_date, task.subject_id)], entry.student_id, field)
        if not task.for_all and (entry.task_id, entry.student_id) not in named:
            raise Refusal(RefusalCode.NOT_A_RECIPIENT, "Это задание — для других учащихся.", field)


async def _known(work: Work, tasks: dict[int, Any]) -> dict[tuple[int, int], Any]:
    """The marks that stand for these tasks; the tasks' locks keep others out."""
    rows = await work.fetch(
        select(Mark.id, Mark.task_id, Mark.student_id, Mark.value, Mark.comment, Mark.made_up_on, Mark.version).where(
            Mark.school_id == work.viewer.school_id, among(Mark.task_id, tasks)
        )
    )
    return {(row.task_id, row.student_id): row for row in rows}


async def _check_made_up(
    work: Work, tasks: dict[int, Any], known: dict[tuple[int, int], Any], entries: Sequence[Entry], path: str
) -> None:
    """Work is made up for by who missed the lesson, or owed it: «точка» (7.5). The absence is held: it stays."""
    made_up = {position: each for position, each in enumerate(entries) if each.more.get("made_up_on")}
    if not made_up:
        return
    missed = await work.fetch(
        select(Attendance.lesson_id, Attendance.student_id)
        .where(
            Attendance.school_id == work.viewer.school_id,
            among(Attendance.lesson_id, {tasks[each.task_id].lesson_id for each in made_up.values()}),
            among(Attendance.student_id, {each.student_id for each in made_up.values()}),
            Attendance.code != AttendanceCode.LATE,
        )
        .order_by(Attendance.id)
        .with_for_update(read=True, key_share=True)
    )
    absent = {(row.lesson_id, row.student_id) for row in missed}
    for position, entry in made_up.items():
        task, mark = tasks[entry.task_id], known.get((entry.task_id, entry.student_id))
        owed = mark is not None and (mark.value == OWED or mark.made_up_on is not None)
        check_made_up(
            entry.value,
            entry.more["made_up_on"],
            (task.lesson_date, work.today),
            f"{path.format(position)}madeUpOn",
            may=owed or (task.lesson_id, entry.student_id) in absent,
        )


def _wanted(entry: Entry, mark: Any = None) -> tuple[str, str | None, date | None]:
    """Value, comment and the day of the make-up. A «точка» that is set again is owed again."""
    kept = {"comment": mark.comment, "made_up_on": mark.made_up_on} if mark else {}
    told = {**kept, **entry.more}
    return entry.value, told.get("comment"), None if entry.value == OWED else told.get("made_up_on")


async def _change(work: Work, changed: list[tuple[int, str, str | None, date | None]]) -> None:
    ids, values, comments, days = zip(*changed, strict=True)
    news = (
        func.unnest(
            bindparam("ids", ids, ARRAY(BigInteger)),
            bindparam("values", values, ARRAY(Text)),
            bindparam("comments", comments, ARRAY(Text)),
            bindparam("days", days, ARRAY(Date)),
        )
        .table_valued("id", "value", "comment", column("made_up_on", Date))
        .render_derived()
    )
    await work.execute(
        update(Mark)
        .where(Mark.school_id == work.viewer.school_id, Mark.id == news.c.id)
        .values(
            value=news.c.value,
            comment=news.c.comment,
            made_up_on=news.c.made_up_on,
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
                    **dict(zip(("value", "comment", "made_up_on"), _wanted(entry), strict=True)),
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
