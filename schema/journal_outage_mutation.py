"""What is recorded of an outage, and temporary journals that come back (13)."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.journal import WRITERS
from permissions.journal_outage import DECLARERS
from resolvers import curriculum, journal_outage, journal_outage_commands, journal_outage_import, school, timetable
from resolvers.journal_outage_import import Preview
from rules.journal_outage_sheets import JudgedCell, Place

from .base import Info, argument, edge, number, resolved, root, secret
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .curriculum import SchoolClass
from .enums import RefusalCode
from .enums_journal import CellChoice, CellKind, CellOutcome
from .journal_outage import Outage, OutageTransfer
from .school_people import Student
from .timetable import Lesson

MAY_DECLARE, MAY_FILL = gate(DECLARERS), gate(WRITERS)

_FILE = "Заполненный бланк XLSX, загруженный тем же пользователем через `POST /files`."
_MOMENT = "Без часового пояса — по времени школы."


@strawberry.type
class OfOutage(Written):
    outage: Outage | None = written(Outage, "Перерыв в доступе.")


@strawberry.type(description="Перерыв в доступе записан.")
class DeclareOutagePayload(OfOutage):
    pass


@strawberry.type(description="Записано, когда доступ вернулся: начался срок переноса.")
class EndOutagePayload(OfOutage):
    pass


@strawberry.input(description="Что доступа к Системе нет или не было (13.1).")
class DeclareOutageInput:
    started_at: datetime = strawberry.field(description=f"Когда доступ пропал. {_MOMENT}")
    ended_at: datetime | None = strawberry.field(
        default=None, description=f"Когда вернулся, если уже вернулся. {_MOMENT}"
    )
    reason: str | None = strawberry.field(default=None, description="Причина.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Когда доступ вернулся; исправляет и то, что записано раньше (13.2).")
class EndOutageInput:
    outage_id: strawberry.ID = strawberry.field(description="Перерыв.")
    ended_at: datetime = strawberry.field(description=f"Когда доступ вернулся. {_MOMENT}")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="Клетка бланка: что в ней и что с ней будет.")
class OutageCell:
    lesson_id: strawberry.Private[int | None]
    student_id: strawberry.Private[int | None]
    sheet: str = strawberry.field(description="Лист.")
    row: int = strawberry.field(description="Номер строки, как в Excel.")
    column: str = strawberry.field(description="Столбец, как в Excel.")
    kind: CellKind = strawberry.field(description="Для чего клетка.")
    value: str = strawberry.field(description="Что в ней написано.")
    outcome: CellOutcome = strawberry.field(description="Что с ней будет.")
    stands: str | None = strawberry.field(description="Что об этом уже есть в журнале.")
    conflict: RefusalCode | None = strawberry.field(description="Что мешает её записать.")
    message: str | None = strawberry.field(description="То же для человека.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")


@strawberry.type(
    description="Что заполненный бланк запишет в журнал. Загрузить его можно, если ничто не мешает (13.2)."
)
class OutageSheetPreview:
    class_id: strawberry.Private[int]
    made_at: datetime = strawberry.field(description="Когда сделан бланк.")
    since: date = strawberry.field(description="Первый день бланка.")
    until: date = strawberry.field(description="Последний день бланка.")
    writes: int = strawberry.field(description="Сколько клеток запишется = число `cells` с `outcome` WRITE.")
    same: int = strawberry.field(description="Сколько клеток в журнале уже такие = число `cells` с `outcome` SAME.")
    conflicts: int = strawberry.field(
        description="Сколько клеток мешают загрузке = число `cells` с `outcome` CONFLICT."
    )
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    cells: list[OutageCell] = secret(MAY_FILL, "Клетки по порядку: заполненные и те, чья пустота спорит с журналом.")


def _cell(judged: JudgedCell) -> OutageCell:
    cell = judged.cell
    return OutageCell(
        lesson_id=cell.lesson_id or None,
        student_id=cell.student_id or None,
        sheet=cell.place.sheet,
        row=cell.place.row,
        column=cell.place.column,
        kind=cell.kind,
        value=cell.text,
        outcome=judged.outcome,
        stands=judged.stands,
        conflict=judged.refusal.code if judged.refusal else None,
        message=judged.refusal.message if judged.refusal else None,
    )


def _shown(preview: Preview) -> OutageSheetPreview:
    count = preview.count
    return OutageSheetPreview(
        class_id=preview.sheet.class_id,
        made_at=preview.sheet.made_at,
        since=preview.sheet.since,
        until=preview.sheet.until,
        writes=count(CellOutcome.WRITE),
        same=count(CellOutcome.SAME),
        conflicts=count(CellOutcome.CONFLICT),
        cells=[_cell(each) for each in preview.cells],
    )


@strawberry.type
class OutageQuery:
    @root(MAY_FILL, "Что заполненный бланк запишет в журнал и что этому мешает; ничего не записывает (13.2).")
    async def outage_sheet_preview(
        self, info: Info, file_id: Annotated[strawberry.ID, argument(_FILE)]
    ) -> OutageSheetPreview:
        file = number("File", file_id, "fileId")
        return _shown(await journal_outage_import.preview_outage_sheet(info.context, file))


@strawberry.input(description="Что делать с клеткой, которая мешает загрузке.")
class OutageCellInput:
    sheet: str = strawberry.field(description="Лист.")
    row: int = strawberry.field(description="Номер строки.")
    column: str = strawberry.field(description="Столбец.")
    choice: CellChoice = strawberry.field(description="Что делать.")


@strawberry.input(description="Перенос записей из заполненного бланка: всех или ни одной (13.2).")
class ImportOutageSheetInput:
    file_id: strawberry.ID = strawberry.field(description=_FILE)
    paper_date: date = strawberry.field(description="Дата, которой подписан бумажный журнал.")
    resolutions: list[OutageCellInput] | None = strawberry.field(
        default=None, description="Решения о клетках, которые мешают; без них загрузка отклоняется."
    )


@strawberry.type(description="Записи из бланка перенесены.")
class ImportOutageSheetPayload:
    transfer_ids: strawberry.Private[list[int]]
    written: int = strawberry.field(description="Сколько записано = число клеток бланка, которых в журнале не было.")
    same: int = strawberry.field(description="Сколько уже такие = число клеток бланка, которые в журнале уже стояли.")
    skipped: int = strawberry.field(
        description="Сколько оставлено = число клеток, вместо которых по просьбе оставлено то, что в журнале."
    )
    repeated: bool = strawberry.field(description="Ничего нового: всё это в журнале уже было.")

    @resolved("Перенос каждого урока, по порядку.", only=gate(journal_outage.transfer_of.scope.roles & WRITERS))
    async def transfers(self, info: Info) -> list[OutageTransfer]:
        found: list[Any] = await journal_outage.transfers_by_number(info.context, self.transfer_ids)
        return found


@strawberry.type
class OutageMutation:
    @command(MAY_DECLARE, "Записать, что доступа к Системе нет или не было (13.1).")
    async def declare_outage(self, info: Info, input: DeclareOutageInput) -> DeclareOutagePayload:
        outage = await journal_outage_commands.declare_outage(
            info.context, input.started_at, input.ended_at, input.reason, input.idempotency_key
        )
        return DeclareOutagePayload(number=outage)

    @command(MAY_DECLARE, "Записать, когда доступ вернулся, или исправить это: от него считается срок (13.2).")
    async def end_outage(self, info: Info, input: EndOutageInput) -> EndOutagePayload:
        outage = await journal_outage_commands.end_outage(
            info.context,
            number("Outage", input.outage_id, "outageId"),
            input.ended_at,
            input.if_version,
            input.idempotency_key,
        )
        return EndOutagePayload(number=outage)

    @command(MAY_FILL, "Перенести записи из заполненного бланка: все или ни одной (13.2).")
    async def import_outage_sheet(self, info: Info, input: ImportOutageSheetInput) -> ImportOutageSheetPayload:
        choices = {Place(each.sheet, each.row, each.column): each.choice for each in input.resolutions or ()}
        done = await journal_outage_import.import_outage_sheet(
            info.context, number("File", input.file_id, "fileId"), input.paper_date, choices
        )
        return ImportOutageSheetPayload(
            transfer_ids=list(done.transfers),
            written=done.written,
            same=done.same,
            skipped=done.skipped,
            repeated=done.repeated,
        )
