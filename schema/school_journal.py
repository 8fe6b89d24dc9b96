"""What a school keeps of its journals as a whole: kinds of work, rules of marks, unlocks, outages (7, 13)."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import journal, journal_finals, journal_locks, journal_outage

from .base import After, Connection, First, argument, edge, edge_with, optional_number, paged
from .enums_journal import UnlockState

if TYPE_CHECKING:
    from .journal import WorkType
    from .journal_finals import MarkRule
    from .journal_locks import Unlock
    from .journal_outage import Outage

_JOURNAL = strawberry.lazy("schema.journal")
_FINALS = strawberry.lazy("schema.journal_finals")
_LOCKS = strawberry.lazy("schema.journal_locks")
_OUTAGE = strawberry.lazy("schema.journal_outage")


@strawberry.type
class Journals:
    """A part of `School`."""

    edit_lock_days: int | None = strawberry.field(
        description="Через сколько дней после урока учителям закрыто редактирование; null — не закрывается (7.6)."
    )
    work_types: list[Annotated["WorkType", _JOURNAL]] = edge(
        journal.school_work_types, description="Виды работ с их весом."
    )
    mark_rules: list[Annotated["MarkRule", _FINALS]] = edge(
        journal_finals.school_mark_rules, description="Как отметки следуют из среднего балла: правило школы, предметов."
    )

    @edge_with(
        journal_locks.school_unlocks,
        returns=Connection[Annotated["Unlock", _LOCKS]],
        description="Разрешения редактировать закрытые уроки и просьбы о них, раньше написанные первыми (7.6).",
    )
    def unlocks(
        self,
        first: First,
        after: After = None,
        state: Annotated[UnlockState | None, argument("Только в этом состоянии.")] = None,
        staff_id: Annotated[strawberry.ID | None, argument("Только этому учителю.")] = None,
    ) -> dict[str, Any]:
        staff = optional_number("Staff", staff_id, "staffId")
        return {"state": state and state.value, "staff_id": staff, **paged(first, after)}

    @edge_with(
        journal_outage.school_outages,
        returns=Connection[Annotated["Outage", _OUTAGE]],
        description="Перерывы в доступе к Системе, раньше записанные первыми (13).",
    )
    def outages(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)
