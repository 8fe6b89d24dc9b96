"""Commands on remarks about journals (7.11): write, answer, close, withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from models.curriculum import TeachingAssignment
from models.report_remarks import Remark
from models.school import Staff
from models.timetable import Lesson
from permissions.report_control_cases import checked
from permissions.report_remarks import (
    findings_to_remark,
    journals_to_remark,
    lessons_to_remark,
    remarks_to_answer,
    remarks_to_end,
    staff_to_remark,
    standing,
)
from rules.journal import check_open
from rules.refusals import not_found
from rules.report_control import CHECKS, check_key
from rules.report_remarks import (
    check_clause,
    check_due,
    check_said,
    check_standing,
    check_subject,
    nobody_answers,
    stands_already,
)

from .commands import Work, check_version, command, take_turn
from .context import Context

_ABOUT = ("staff_id", "year_id", "class_id", "group_id", "subject_id", "lesson_id", "period_id", "student_id")


@dataclass(frozen=True, slots=True)
class About:
    """What a remark is about, one of these: what the control has found, by its key, or the number of a lesson, of an
    assignment, of an employee.
    """

    finding: str | None = None
    lesson: int | None = None
    assignment: int | None = None
    staff: int | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What of it is named."""
        named = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in named if value is not None}


async def write_remark(
    context: Context, about: About, clause: str | None, text: str | None, due_on: date | None, key: str | None
) -> int:
    """Write a remark to whose it is (7.11). What was found is told in the control's words if there are no others."""
    given = {**about.given, "clause": clause, "dueOn": due_on}
    async with command(context, "writeRemark", given, key=key, private={"text": text}) as work:
        check_subject(about.given)
        check_clause(clause, about.finding is not None)
        check_due(due_on, work.today)
        check_said(text, "text", required=about.finding is None)
        await take_turn(work, work.viewer.school_id, "remarks")
        if work.repeated:
            return int(work.answer)
        found = await _finding(work, about.finding) if about.finding is not None else await _object(work, about)
        row = await work.first(
            insert(Remark)
            .values(
                school_id=work.viewer.school_id,
                **{"clause": clause, **found, **({"text": text} if (text or "").strip() else {})},
                due_on=due_on,
                made_at=work.now,
                made_by=work.viewer.account_id,
                version=1,
                **work.stamp,
            )
            .returning(Remark.id)
        )
        return int(await work.done(row.id))


async def _finding(work: Work, key: str) -> dict[str, Any]:
    """What the control finds under the key, as a remark keeps it."""
    check, keys = check_key(key, "finding")
    named = {"key0": keys[0], "key1": keys[1], "key2": keys[2]}
    row = await work.first(
        findings_to_remark(work.viewer)
        .where(checked.check == check.value, *(checked[name] == value for name, value in named.items()))
        .order_by(checked.staff_id.is_(None), checked.apart.desc()),
        **work.viewer.parameters(),
    )
    if row is None:
        raise not_found("finding")
    if row.staff_id is None:
        raise nobody_answers("finding")
    slot = {"finding": check.value, **named}
    mine = (getattr(Remark, name) == value for name, value in slot.items())
    other = await work.first(select(Remark.id).where(Remark.school_id == row.school_id, standing, *mine))
    if other is not None:
        raise stands_already(other.id)
    rule = CHECKS[check]
    return {**{name: row[name] for name in _ABOUT}, **slot, "clause": rule.clause, "text": rule.fault}


async def _object(work: Work, about: About) -> dict[str, Any]:
    if about.lesson is not None:
        row = await work.one(lessons_to_remark(work.viewer).where(Lesson.id == about.lesson), "lessonId")
        check_open("", row.date, work.today, "lessonId")
        return {**_of(row, "lessonId"), "lesson_id": about.lesson}
    if about.assignment is not None:
        mine = journals_to_remark(work.viewer).where(TeachingAssignment.id == about.assignment)
        return _of(await work.one(mine, "assignmentId"), "assignmentId")
    return _of(await work.one(staff_to_remark(work.viewer).where(Staff.id == about.staff), "staffId"), "staffId")


def _of(row: Any, field: str) -> dict[str, Any]:
    if row.staff_id is None:
        raise nobody_answers(field)
    return {name: row[name] for name in _ABOUT if name in row.keys()}  # noqa: SIM118 -- a record is no mapping


async def answer_remark(context: Context, remark_id: int, answer: str, if_version: int | None, key: str | None) -> int:
    """Say what has been done, or why there is nothing to do, by whom the remark is to; the last answer counts."""
    return await _step(context, "answerRemark", remark_id, "answer", answer, if_version, key)


async def close_remark(
    context: Context, remark_id: int, comment: str | None, if_version: int | None, key: str | None
) -> int:
    """Close a remark: it has been done, or the answer is accepted."""
    return await _step(context, "closeRemark", remark_id, "comment", comment, if_version, key)


async def withdraw_remark(
    context: Context, remark_id: int, reason: str, if_version: int | None, key: str | None
) -> int:
    """Take a remark back: it was none."""
    return await _step(context, "withdrawRemark", remark_id, "reason", reason, if_version, key)


def _values(name: str, work: Work, text: str | None) -> Mapping[str, Any]:
    match name:
        case "answerRemark":
            return {"answer": text, "answered_at": work.now}
        case "closeRemark":
            return {"comment": text, "closed_at": work.now, "closed_by": work.viewer.account_id}
        case _:
            return {"comment": text, "withdrawn_at": work.now}


async def _step(
    context: Context,
    name: str,
    remark_id: int,
    field: str,
    text: str | None,
    if_version: int | None,
    key: str | None,
) -> int:
    async with command(context, name, {"remark": remark_id}, key=key, private={field: text}) as work:
        reached = remarks_to_answer if name == "answerRemark" else remarks_to_end
        remark = await work.one(reached(work.viewer).where(Remark.id == remark_id), "remarkId")
        if work.repeated:
            return int(work.answer)
        check_version(if_version, remark.version)
        check_standing(remark.state, "remarkId")
        check_said(text, field, required=name != "closeRemark")
        await work.execute(
            update(Remark)
            .where(Remark.school_id == remark.school_id, Remark.id == remark_id)
            .values(**_values(name, work, text), version=Remark.version + 1, **work.stamp)
        )
        return int(await work.done(remark_id))
