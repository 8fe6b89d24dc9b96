"""What teachers report of the journals' dates, and what the deputy answers (6.4)."""

from datetime import date as day

import strawberry

from permissions.gates import gate
from permissions.timetable_corrections import CORRECTORS
from permissions.timetable_mismatches import REPORTERS, SETTLERS
from resolvers import timetable_mismatches_commands as commands
from rules.timetable_mismatches import MOST_DATES, NamedDate

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .enums import MismatchKind
from .timetable_mismatches import MismatchReport

MAY_REPORT, MAY_ANSWER, MAY_SETTLE = gate(REPORTERS), gate(CORRECTORS), gate(SETTLERS)

_MISMATCH = "Сообщение."


@strawberry.type
class OfMismatch(Written):
    mismatch: MismatchReport | None = written(MismatchReport, "Сообщение, каким оно стало.")


@strawberry.type(description="О несоответствии сообщено.")
class ReportMismatchPayload(OfMismatch):
    pass


@strawberry.type(description="Ответ дан.")
class AnswerMismatchPayload(OfMismatch):
    pass


@strawberry.type(description="Сообщение закрыто.")
class CloseMismatchPayload(OfMismatch):
    pass


@strawberry.type(description="Сообщение открыто снова.")
class ReopenMismatchPayload(OfMismatch):
    pass


@strawberry.input(description="Дата, не соответствующая планированию.")
class MismatchDateInput:
    date: day = strawberry.field(description="День того же учебного года, каждый по разу.")
    kind: MismatchKind = strawberry.field(description="Что с ней не так.")
    should_be: day | None = strawberry.field(
        default=None, description="Какой день должен быть вместо неверной даты; для других не указывается."
    )


@strawberry.input(description="Сообщение о несоответствии дат журнала тематическому планированию.")
class ReportMismatchInput:
    group_id: strawberry.ID = strawberry.field(description="Класс целиком или подгруппа.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет: свой; классный руководитель называет любой.")
    dates: list[MismatchDateInput] = strawberry.field(description=f"Даты, не больше {MOST_DATES}.")
    comment: str | None = strawberry.field(default=None, description="Примечание.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Ответ на сообщение о несоответствии.")
class AnswerMismatchInput:
    mismatch_id: strawberry.ID = strawberry.field(description=_MISMATCH)
    answer: str = strawberry.field(description="Что исправлено, или почему исправлять нечего.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Закрытие сообщения, на которое ответили.")
class CloseMismatchInput:
    mismatch_id: strawberry.ID = strawberry.field(description=_MISMATCH)
    comment: str | None = strawberry.field(default=None, description="Примечание.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Повторное открытие сообщения.")
class ReopenMismatchInput:
    mismatch_id: strawberry.ID = strawberry.field(description=_MISMATCH)
    reason: str = strawberry.field(description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


def _mismatch(value: str) -> int:
    return number("MismatchReport", value, "mismatchId")


@strawberry.type
class MismatchMutation:
    @command(MAY_REPORT, "Сообщить о несоответствии дат журнала: своего или класса, которым руководит учитель (6.4).")
    async def report_mismatch(self, info: Info, input: ReportMismatchInput) -> ReportMismatchPayload:
        report = await commands.report_mismatch(
            info.context,
            number("StudyGroup", input.group_id, "groupId"),
            number("Subject", input.subject_id, "subjectId"),
            [NamedDate(each.date, each.kind, each.should_be) for each in input.dates],
            input.comment,
            input.idempotency_key,
        )
        return ReportMismatchPayload(number=report)

    @command(MAY_ANSWER, "Ответить на сообщение о несоответствии (6.4).")
    async def answer_mismatch(self, info: Info, input: AnswerMismatchInput) -> AnswerMismatchPayload:
        report = await commands.answer_mismatch(
            info.context, _mismatch(input.mismatch_id), input.answer, input.if_version, input.idempotency_key
        )
        return AnswerMismatchPayload(number=report)

    @command(MAY_SETTLE, "Закрыть сообщение, на которое ответили (6.4).")
    async def close_mismatch(self, info: Info, input: CloseMismatchInput) -> CloseMismatchPayload:
        report = await commands.close_mismatch(
            info.context, _mismatch(input.mismatch_id), input.comment, input.if_version, input.idempotency_key
        )
        return CloseMismatchPayload(number=report)

    @command(MAY_SETTLE, "Открыть сообщение снова: даты по-прежнему не соответствуют (6.4).")
    async def reopen_mismatch(self, info: Info, input: ReopenMismatchInput) -> ReopenMismatchPayload:
        report = await commands.reopen_mismatch(
            info.context, _mismatch(input.mismatch_id), input.reason, input.if_version, input.idempotency_key
        )
        return ReopenMismatchPayload(number=report)
