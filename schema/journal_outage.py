"""Outages (13): when access was lost, how far the transfer from paper is, and what came from it."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from models.journal_outage import Outage as OutageRow
from models.journal_outage import OutageTransfer as OutageTransferRow
from permissions.journal_outage import visible_outage_transfers, visible_outages
from resolvers import curriculum, journal_outage, timetable
from rules.journal_outage import due_on, is_transferred, status

from .base import After, Connection, First, Node, computed, edge, edge_with, node, paged
from .curriculum import StudyGroup, Subject
from .enums_journal import OutageStatus
from .school_people import Staff
from .timetable import Lesson


@strawberry.type(description="Журнал, у которого были уроки в дни перерыва: перенесены ли их записи (13.2).")
class OutageJournal:
    lessons: int = strawberry.field(
        description="Сколько уроков = число уроков журнала в дни перерыва, кроме отменённых."
    )
    recorded: int = strawberry.field(
        description="Сколько записано = число тех из них, на которых отмечена посещаемость и есть тема, с бумаги или "
        "вручную."
    )
    recorded_at: datetime | None = strawberry.field(description="Когда появились записи последнего из них.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")

    transferred: bool = computed(
        is_transferred, "lessons", "recorded", description="Записи всех уроков этих дней уже в журнале."
    )


@node(
    visible_outage_transfers,
    OutageTransferRow,
    description="Что записи урока перенесены с бумаги: за какой перерыв, чьей рукой и когда (13.2).",
)
class OutageTransfer(Node):
    paper_date: date = strawberry.field(description="Дата бумажного журнала.")
    imported_at: datetime = strawberry.field(description="Когда записи внесены.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    outage: Annotated["Outage", strawberry.lazy("schema.journal_outage")] | None = edge(
        journal_outage.outage_of, description="Перерыв в доступе."
    )
    imported_by: Staff | None = edge(journal_outage.transfer_by, description="Кто внёс.")


@node(visible_outages, OutageRow, description="Перерыв в доступе к Системе, когда журналы вели на бумаге (13).")
class Outage(Node):
    started_at: datetime = strawberry.field(description="Когда доступ пропал.")
    ended_at: datetime | None = strawberry.field(description="Когда вернулся; null — ещё нет.")
    starts_on: date = strawberry.field(description="Первый день, по времени школы.")
    ends_on: date | None = strawberry.field(description="Последний день, по времени школы.")
    reason: str | None = strawberry.field(description="Причина.")
    declared_at: datetime = strawberry.field(description="Когда об этом записано.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    declared_by: Staff | None = edge(journal_outage.outage_declarer, description="Кто записал.")

    due_on: date | None = computed(
        due_on,
        *("ends_on", "worked", "free"),
        description="По какой день записи нужно перенести: второй рабочий день после возвращения доступа (13.2).",
    )
    status: OutageStatus = computed(
        status, *("ends_on", "worked", "free", "pending", "today"), description="Как обстоит дело сегодня."
    )

    @edge_with(
        journal_outage.outage_journals,
        returns=Connection[OutageJournal],
        description="Журналы, у которых в эти дни были уроки: все — для завуча, свои — для учителя. "
        "Пусто, пока доступ не вернулся.",
    )
    def journals(self, first: First, after: After = None) -> dict[str, object]:
        return paged(first, after)
