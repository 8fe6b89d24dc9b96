"""What is commanded of the edit lock (7.6): its number of days, and unlocks."""

from datetime import datetime

import strawberry

from permissions.gates import gate
from permissions.journal_locks import ASKERS, GRANTERS
from permissions.school_cards import SCHOOL_WRITERS
from resolvers import journal_locks_commands as commands
from rules.journal_locks import LONGEST_UNLOCK, MOST_LOCK_DAYS, MOST_UNLOCKED

from .base import Info, number, optional_number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .journal_locks import Unlock
from .school import School

MAY_SET_LOCK, MAY_ASK, MAY_GRANT = gate(SCHOOL_WRITERS), gate(ASKERS), gate(GRANTERS)

_UNLOCK = "Разрешение."
_LESSONS = f"Уроки, от 1 до {MOST_UNLOCKED}."


@strawberry.type(description="Срок редактирования уроков изменён.")
class SetEditLockPayload(Written):
    school: School | None = written(School, "Школа.")


@strawberry.type
class OfUnlock(Written):
    unlock: Unlock | None = written(Unlock, "Разрешение, каким оно стало.")


@strawberry.type(description="Разрешение запрошено.")
class RequestUnlockPayload(OfUnlock):
    pass


@strawberry.type(description="Разрешение дано.")
class GrantUnlockPayload(OfUnlock):
    pass


@strawberry.type(description="В разрешении отказано.")
class DeclineUnlockPayload(OfUnlock):
    pass


@strawberry.type(description="Просьба отозвана.")
class WithdrawUnlockPayload(OfUnlock):
    pass


@strawberry.type(description="Разрешение отозвано: уроки снова закрыты.")
class RevokeUnlockPayload(OfUnlock):
    pass


@strawberry.input(description="Через сколько дней после урока учителям закрывается редактирование.")
class SetEditLockInput:
    days: int | None = strawberry.field(
        description=f"Дней: от 0 (только в день урока) до {MOST_LOCK_DAYS}; null — не закрывать."
    )


@strawberry.input(description="Просьба открыть свои уроки.")
class RequestUnlockInput:
    lesson_ids: list[strawberry.ID] = strawberry.field(description=_LESSONS)
    reason: str = strawberry.field(description="Почему это нужно.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Разрешение: по просьбе либо без неё — тогда названы учитель, уроки и причина.")
class GrantUnlockInput:
    until: datetime = strawberry.field(description=f"До какого момента; не дольше {LONGEST_UNLOCK.days} дней.")
    unlock_id: strawberry.ID | None = strawberry.field(default=None, description="Просьба.")
    staff_id: strawberry.ID | None = strawberry.field(default=None, description="Учитель, если просьбы не было.")
    lesson_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"{_LESSONS} По просьбе можно назвать только некоторые из её уроков."
    )
    reason: str | None = strawberry.field(default=None, description="Почему это нужно, если просьбы не было.")
    answer: str | None = strawberry.field(default=None, description="Что ответить учителю.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Отказ в разрешении.")
class DeclineUnlockInput:
    unlock_id: strawberry.ID = strawberry.field(description="Просьба.")
    answer: str = strawberry.field(description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отзыв своей просьбы, на которую ещё не ответили.")
class WithdrawUnlockInput:
    unlock_id: strawberry.ID = strawberry.field(description="Просьба.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отзыв действующего разрешения.")
class RevokeUnlockInput:
    unlock_id: strawberry.ID = strawberry.field(description=_UNLOCK)
    answer: str = strawberry.field(description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _unlock(value: str) -> int:
    return number("Unlock", value, "unlockId")


def _lessons(given: list[strawberry.ID]) -> list[int]:
    return [number("Lesson", each, f"lessonIds.{position}") for position, each in enumerate(given)]


@strawberry.type
class LocksMutation:
    @command(MAY_SET_LOCK, "Установить, через сколько дней уроки закрываются для учителей (7.6); действует сразу.")
    async def set_edit_lock(self, info: Info, input: SetEditLockInput) -> SetEditLockPayload:
        return SetEditLockPayload(number=await commands.set_edit_lock(info.context, input.days))

    @command(MAY_ASK, "Попросить директора или завуча открыть свои уроки (7.6).")
    async def request_unlock(self, info: Info, input: RequestUnlockInput) -> RequestUnlockPayload:
        lessons = _lessons(input.lesson_ids)
        unlock = await commands.request_unlock(info.context, lessons, input.reason, input.idempotency_key)
        return RequestUnlockPayload(number=unlock)

    @command(MAY_GRANT, "Открыть учителю названные уроки на время: по просьбе или без неё (7.6).")
    async def grant_unlock(self, info: Info, input: GrantUnlockInput) -> GrantUnlockPayload:
        unlock = await commands.grant_unlock(
            info.context,
            optional_number("Unlock", input.unlock_id, "unlockId"),
            optional_number("Staff", input.staff_id, "staffId"),
            None if input.lesson_ids is None else _lessons(input.lesson_ids),
            input.reason,
            input.until,
            input.answer,
            input.if_version,
            input.idempotency_key,
        )
        return GrantUnlockPayload(number=unlock)

    @command(MAY_GRANT, "Отказать в просьбе открыть уроки (7.6).")
    async def decline_unlock(self, info: Info, input: DeclineUnlockInput) -> DeclineUnlockPayload:
        unlock = _unlock(input.unlock_id)
        await commands.decline_unlock(info.context, unlock, input.answer, input.if_version)
        return DeclineUnlockPayload(number=unlock)

    @command(MAY_ASK, "Отозвать свою просьбу, пока на неё не ответили (7.6).")
    async def withdraw_unlock(self, info: Info, input: WithdrawUnlockInput) -> WithdrawUnlockPayload:
        unlock = _unlock(input.unlock_id)
        await commands.withdraw_unlock(info.context, unlock, input.if_version)
        return WithdrawUnlockPayload(number=unlock)

    @command(MAY_GRANT, "Отозвать разрешение до срока: уроки снова закрыты (7.6).")
    async def revoke_unlock(self, info: Info, input: RevokeUnlockInput) -> RevokeUnlockPayload:
        unlock = _unlock(input.unlock_id)
        await commands.revoke_unlock(info.context, unlock, input.answer, input.if_version)
        return RevokeUnlockPayload(number=unlock)
