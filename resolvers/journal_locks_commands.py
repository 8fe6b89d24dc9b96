"""Commands on the edit lock (7.6): the school's number of days, and unlocks: asked for, granted, declined, ended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.journal_locks import Unlock, UnlockLesson
from models.school import School, Staff
from models.timetable import Lesson
from permissions.journal_locks import lessons_to_ask_for, lessons_to_open, unlocks_to_decide, unlocks_to_withdraw
from permissions.school_cards import schools_to_update
from rules.curriculum import YearState
from rules.journal import COMMENT_LENGTH, check_not_cancelled, check_text
from rules.journal_locks import (
    UnlockState,
    check_lessons,
    check_lock_days,
    check_state,
    check_until,
    not_their_lesson,
    state_now,
)
from rules.refusals import bad_input, not_found, year_closed

from .commands import Work, among, check_version, command
from .context import Context
from .school_cards import amend


async def set_edit_lock(context: Context, days: int | None) -> int:
    """Say after how many days lessons are closed to teachers; None: never. It holds at once, for all lessons."""
    async with command(context, "setEditLock", {"days": days}) as work:
        check_lock_days(days, "days")
        await amend(work, School, await work.one(schools_to_update(), "days"), {"edit_lock_days": days})
    return context.viewer.school_id


async def request_unlock(context: Context, lessons: Sequence[int], reason: str, key: str | None) -> int:
    """Ask to be let write at lessons of one's own, whether they are closed yet or not."""
    given = {"lessons": lessons, "reason": reason}
    async with command(context, "requestUnlock", given, key=key) as work:
        check_lessons(lessons, "lessonIds")
        if work.repeated:
            return int(work.answer)
        _check_lessons(lessons, await work.reach(_named(lessons_to_ask_for(work.viewer), lessons)))
        check_text(reason, COMMENT_LENGTH, "reason", required=True)
        staff = work.viewer.staff_id
        return int(await work.done(await _create(work, staff, lessons, reason, state=UnlockState.REQUESTED)))


async def grant_unlock(
    context: Context,
    unlock_id: int | None,
    staff_id: int | None,
    lessons: Sequence[int] | None,
    reason: str | None,
    until: datetime,
    answer: str | None,
    if_version: int | None,
    key: str | None,
) -> int:
    """Open lessons to a teacher until a moment: those of a request, or some of them; or any, without a request."""
    given: dict[str, Any] = {"unlock": unlock_id, "staff": staff_id, "lessons": lessons, "reason": reason}
    given |= {"until": until, "answer": answer}
    async with command(context, "grantUnlock", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        check_until(until, work.now, "until")
        check_text(answer, COMMENT_LENGTH, "answer")
        granted = {"state": UnlockState.GRANTED, "until": until, "answer": answer, **_decided(work)}
        if unlock_id is not None:
            if staff_id is not None or reason is not None:
                raise bad_input("Учителя и причину называет сама просьба.", "staffId" if staff_id else "reason")
            unlock = await _decide(work, unlock_id, UnlockState.REQUESTED, if_version)
            await _open(work, unlock.staff_id, await _narrow(work, unlock_id, lessons))
            await _change(work, unlock_id, granted)
            return int(await work.done(unlock_id))
        if staff_id is None or lessons is None:
            raise bad_input("Назовите просьбу, либо учителя и уроки.", "lessonIds" if staff_id else "staffId")
        check_lessons(lessons, "lessonIds")
        check_text(reason, COMMENT_LENGTH, "reason", required=True)
        of_school = (Staff.school_id == work.viewer.school_id, Staff.id == staff_id)
        if await work.first(select(Staff.id).where(*of_school)) is None:
            raise not_found("staffId")
        await _open(work, staff_id, lessons)
        return int(await work.done(await _create(work, staff_id, lessons, reason, **granted)))


async def decline_unlock(context: Context, unlock_id: int, answer: str, if_version: int | None) -> int:
    """Say no to a request."""
    async with command(context, "declineUnlock", {"unlock": unlock_id, "answer": answer}) as work:
        await _decide(work, unlock_id, UnlockState.REQUESTED, if_version)
        check_text(answer, COMMENT_LENGTH, "answer", required=True)
        await _change(work, unlock_id, {"state": UnlockState.DECLINED, "answer": answer, **_decided(work)})
    return unlock_id


async def withdraw_unlock(context: Context, unlock_id: int, if_version: int | None) -> int:
    """Take back one's own request before it is answered."""
    async with command(context, "withdrawUnlock", {"unlock": unlock_id}) as work:
        unlock = await work.one(unlocks_to_withdraw(work.viewer).where(Unlock.id == unlock_id), "unlockId")
        _check(work, unlock, UnlockState.REQUESTED, if_version)
        await _change(work, unlock_id, {"state": UnlockState.WITHDRAWN})
    return unlock_id


async def revoke_unlock(context: Context, unlock_id: int, answer: str, if_version: int | None) -> int:
    """Close the lessons again before the time is over. Waits for who is just writing under the unlock."""
    async with command(context, "revokeUnlock", {"unlock": unlock_id, "answer": answer}) as work:
        await _decide(work, unlock_id, UnlockState.GRANTED, if_version)
        check_text(answer, COMMENT_LENGTH, "answer", required=True)
        await _change(work, unlock_id, {"state": UnlockState.REVOKED, "answer": answer})
    return unlock_id


def _decided(work: Work) -> dict[str, Any]:
    return {"decided_at": work.now, "decided_by": work.viewer.account_id}


async def _decide(work: Work, unlock_id: int, wanted: UnlockState, if_version: int | None) -> Any:
    """The unlock, locked, if the viewer decides on it and it is in the state that the step begins from."""
    unlock = await work.one(unlocks_to_decide(work.viewer).where(Unlock.id == unlock_id), "unlockId")
    _check(work, unlock, wanted, if_version)
    return unlock


def _check(work: Work, unlock: Any, wanted: UnlockState, if_version: int | None) -> None:
    check_version(if_version, unlock.version)
    check_state(state_now(unlock.state, unlock.until, work.now), wanted, "unlockId")


async def _narrow(work: Work, unlock_id: int, lessons: Sequence[int] | None) -> list[int]:
    """The lessons of a request; where only some are named, the rest leave it."""
    of = (UnlockLesson.school_id == work.viewer.school_id, UnlockLesson.unlock_id == unlock_id)
    asked = [row.lesson_id for row in await work.fetch(select(UnlockLesson.lesson_id).where(*of))]
    if lessons is None:
        return sorted(asked)
    check_lessons(lessons, "lessonIds")
    for position, number in enumerate(lessons):
        if number not in asked:
            raise not_found(f"lessonIds.{position}")
    left = set(asked) - set(lessons)
    await work.execute(delete(UnlockLesson).where(*of, among(UnlockLesson.lesson_id, left)))
    return list(lessons)


def _named(scope: Any, lessons: Collection[int]) -> Any:
    return scope.where(among(Lesson.id, lessons))


async def _open(work: Work, staff_id: int, lessons: Sequence[int]) -> None:
    """Check that the lessons can be opened to the teacher."""
    rows = await work.reach(_named(lessons_to_open(work.viewer), lessons), teacher=staff_id)
    _check_lessons(lessons, rows)
    theirs = {row.id for row in rows if row.theirs}
    for position, number in enumerate(lessons):
        if number not in theirs:
            raise not_their_lesson(f"lessonIds.{position}")


def _check_lessons(lessons: Sequence[int], rows: Sequence[Any]) -> None:
    """Refuse lessons out of reach, those that did not take place, and those of a year that is closed to everybody."""
    found = {row.id: row for row in rows}
    for position, number in enumerate(lessons):
        field = f"lessonIds.{position}"
        if number not in found:
            raise not_found(field)
        check_not_cancelled(found[number].state, field)
        if found[number].year_state == YearState.CLOSED:
            raise year_closed()


async def _create(work: Work, staff_id: int | None, lessons: Sequence[int], reason: str | None, **values: Any) -> int:
    made = {"made_at": work.now, "made_by": work.viewer.account_id, "version": 1, **work.stamp}
    of = {"school_id": work.viewer.school_id}
    row = await work.first(
        insert(Unlock).values(**of, staff_id=staff_id, reason=reason, **values, **made).returning(Unlock.id)
    )
    named = [{**of, "unlock_id": row.id, "lesson_id": lesson} for lesson in lessons]
    await work.execute(insert(UnlockLesson).values(named))
    return int(row.id)


async def _change(work: Work, unlock_id: int, values: dict[str, Any]) -> None:
    await work.execute(
        update(Unlock)
        .where(Unlock.school_id == work.viewer.school_id, Unlock.id == unlock_id)
        .values(**values, version=Unlock.version + 1, **work.stamp)
    )
