"""What class teachers and deputies write of reasons for absence over several days (7.3)."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.journal_excuses import EXCUSERS
from resolvers import journal_excuses_commands as commands
from rules.journal_excuses import ExcuseContent
from rules.refusals import bad_input
from rules.school_files import MOST_FILES

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, sent, written
from .enums_journal import AttendanceCode, ExcuseKind
from .journal_excuses import Excuse
from .journal_work_mutation import attachments_of
from .school_files import files_of

MAY_EXCUSE = gate(EXCUSERS)

_CODE = "Причина: `ILLNESS`, `EXCUSED` или `OTHER`."
_RECEIVED = "Когда принесён в школу или когда сообщили"
_NEEDED = {"kind": "kind", "code": "code", "received_on": "receivedOn", "starts_on": "startsOn", "ends_on": "endsOn"}


@strawberry.type
class OfExcuse(Written):
    excuse: Excuse | None = written(Excuse, "Запись, какой она стала.")


@strawberry.type(description="Пропуски за эти дни объяснены.")
class ExcuseAbsencesPayload(OfExcuse):
    pass


@strawberry.type(description="Запись исправлена, а с ней и причины пропусков.")
class ChangeExcusePayload(OfExcuse):
    pass


@strawberry.type(description="Запись отозвана: у пропусков снова прежние причины.")
class WithdrawExcusePayload(OfExcuse):
    pass


@strawberry.input(description="Чем объясняется отсутствие в эти дни, прошедшие и будущие, одного учебного года.")
class ExcuseAbsencesInput:
    student_id: strawberry.ID = strawberry.field(description="Обучающийся.")
    kind: ExcuseKind = strawberry.field(description="Документ какого вида, или сообщение семьи.")
    code: AttendanceCode = strawberry.field(description=_CODE)
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date = strawberry.field(description="По какой день.")
    number: str | None = strawberry.field(default=None, description="Номер документа.")
    issued_on: date | None = strawberry.field(
        default=None, description="Каким числом выдан документ; у сообщения — null."
    )
    received_on: date | None = strawberry.field(default=None, description=f"{_RECEIVED}; без него — сегодня.")
    comment: str | None = strawberry.field(default=None, description="Примечание.")
    file_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"Файлы, загруженные тем же пользователем: не больше {MOST_FILES}."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Исправление. Меняется только то, что передано.")
class ChangeExcuseInput:
    excuse_id: strawberry.ID = strawberry.field(description="Запись.")
    kind: ExcuseKind | None = strawberry.field(default=UNSET, description="Документ какого вида, или сообщение семьи.")
    code: AttendanceCode | None = strawberry.field(default=UNSET, description=_CODE)
    starts_on: date | None = strawberry.field(default=UNSET, description="С какого дня.")
    ends_on: date | None = strawberry.field(default=UNSET, description="По какой день.")
    number: str | None = strawberry.field(default=UNSET, description="Номер документа.")
    issued_on: date | None = strawberry.field(default=UNSET, description="Каким числом выдан документ.")
    received_on: date | None = strawberry.field(default=UNSET, description=f"{_RECEIVED}.")
    comment: str | None = strawberry.field(default=UNSET, description="Примечание.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Приложить ещё файлы.")
    remove_attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Какие файлы убрать."
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отзыв.")
class WithdrawExcuseInput:
    excuse_id: strawberry.ID = strawberry.field(description="Запись.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _changes(input: ChangeExcuseInput) -> dict[str, Any]:
    values = sent(input, *_NEEDED, "number", "issued_on", "comment")
    for name, field in _NEEDED.items():
        if values.get(name, input) is None:
            raise bad_input("Здесь не может быть пусто.", field)
    return values


@strawberry.type
class ExcusesMutation:
    @command(MAY_EXCUSE, "Объяснить отсутствие за несколько дней по документу или сообщению: в своём классе (7.3).")
    async def excuse_absences(self, info: Info, input: ExcuseAbsencesInput) -> ExcuseAbsencesPayload:
        content = ExcuseContent(
            kind=input.kind,
            code=input.code,
            starts_on=input.starts_on,
            ends_on=input.ends_on,
            received_on=input.received_on or info.context.viewer.today,
            issued_on=input.issued_on,
            number=input.number,
            comment=input.comment,
        )
        student = number("Student", input.student_id, "studentId")
        files = files_of(input.file_ids)
        excuse = await commands.excuse_absences(info.context, student, content, files, input.idempotency_key)
        return ExcuseAbsencesPayload(number=excuse)

    @command(MAY_EXCUSE, "Исправить документ или его дни; сообщение заменить документом (7.3).")
    async def change_excuse(self, info: Info, input: ChangeExcuseInput) -> ChangeExcusePayload:
        excuse = number("Excuse", input.excuse_id, "excuseId")
        files, removed = files_of(input.file_ids), attachments_of(input.remove_attachment_ids)
        await commands.change_excuse(info.context, excuse, _changes(input), files, removed, input.if_version)
        return ChangeExcusePayload(number=excuse)

    @command(MAY_EXCUSE, "Отозвать документ или сообщение: у пропусков снова прежние причины (7.3).")
    async def withdraw_excuse(self, info: Info, input: WithdrawExcuseInput) -> WithdrawExcusePayload:
        excuse = number("Excuse", input.excuse_id, "excuseId")
        await commands.withdraw_excuse(info.context, excuse, input.if_version)
        return WithdrawExcusePayload(number=excuse)
