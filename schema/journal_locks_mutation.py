"""The edit lock (7.6): after how many days lessons are closed to teachers."""

import strawberry

from permissions.gates import gate
from permissions.school_cards import SCHOOL_WRITERS
from resolvers import journal_locks_commands as commands
from resolvers import school
from rules.journal_locks import MOST_LOCK_DAYS

from .base import Info, edge
from .commands import command
from .school import School

MAY_SET_LOCK = gate(SCHOOL_WRITERS)


@strawberry.type(description="Срок редактирования уроков изменён.")
class SetEditLockPayload:
    school_id: strawberry.Private[int]
    school: School | None = edge(school.viewer_school, description="Школа.")


@strawberry.input(description="Через сколько дней после урока учителям закрывается редактирование.")
class SetEditLockInput:
    days: int | None = strawberry.field(
        description=f"Дней: от 0 (только в день урока) до {MOST_LOCK_DAYS}; null — не закрывать."
    )


@strawberry.type
class LocksMutation:
    @command(MAY_SET_LOCK, "Установить, через сколько дней уроки закрываются для учителей (7.6); действует сразу.")
    async def set_edit_lock(self, info: Info, input: SetEditLockInput) -> SetEditLockPayload:
        return SetEditLockPayload(school_id=await commands.set_edit_lock(info.context, input.days))
