"""Commands on remarks about journals (7.11)."""

from datetime import date

import strawberry

from permissions.gates import gate
from permissions.report_remarks import WRITERS
from resolvers import report_remarks_commands as commands
from rules.account import Role

from .base import Info, number, optional_number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .report_remarks import Remark

MAY_WRITE, MAY_ANSWER = gate(WRITERS), gate(Role.TEACHER)

_REMARK = "Замечание."


@strawberry.type
class OfRemark(Written):
    remark: Remark | None = written(Remark, "Замечание, каким оно стало.")


@strawberry.type(description="Замечание написано.")
class WriteRemarkPayload(OfRemark):
    pass


@strawberry.type(description="Ответ дан.")
class AnswerRemarkPayload(OfRemark):
    pass


@strawberry.type(description="Замечание закрыто.")
class CloseRemarkPayload(OfRemark):
    pass


@strawberry.type(description="Замечание отозвано.")
class WithdrawRemarkPayload(OfRemark):
    pass


@strawberry.input(description="Замечание: о найденном, об уроке, о журнале или сотруднику — что-то одно.")
class WriteRemarkInput:
    finding: str | None = strawberry.field(
        default=None, description="О найденном: его `key`; оно закроется само, когда исправят."
    )
    lesson_id: strawberry.ID | None = strawberry.field(default=None, description="Об уроке: тому, кто его вёл.")
    assignment_id: strawberry.ID | None = strawberry.field(
        default=None, description="О журнале: тому, у кого это назначение."
    )
    staff_id: strawberry.ID | None = strawberry.field(default=None, description="Сотруднику, ни о чём отдельном.")
    clause: str | None = strawberry.field(default=None, description="Пункт Порядка; у найденного он свой.")
    text: str | None = strawberry.field(default=None, description="Что не так; о найденном можно не писать.")
    due_on: date | None = strawberry.field(default=None, description="До какого дня исправить.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Ответ на замечание.")
class AnswerRemarkInput:
    remark_id: strawberry.ID = strawberry.field(description=_REMARK)
    answer: str = strawberry.field(description="Что исправлено, или почему исправлять нечего.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Закрытие замечания.")
class CloseRemarkInput:
    remark_id: strawberry.ID = strawberry.field(description=_REMARK)
    comment: str | None = strawberry.field(default=None, description="Примечание.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Отзыв замечания.")
class WithdrawRemarkInput:
    remark_id: strawberry.ID = strawberry.field(description=_REMARK)
    reason: str = strawberry.field(description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


def _remark(value: str) -> int:
    return number("Remark", value, "remarkId")


@strawberry.type
class RemarkMutation:
    @command(MAY_WRITE, "Написать учителю замечание о ведении журнала (7.11).")
    async def write_remark(self, info: Info, input: WriteRemarkInput) -> WriteRemarkPayload:
        about = commands.About(
            input.finding,
            optional_number("Lesson", input.lesson_id, "lessonId"),
            optional_number("TeachingAssignment", input.assignment_id, "assignmentId"),
            optional_number("Staff", input.staff_id, "staffId"),
        )
        remark = await commands.write_remark(
            info.context, about, input.clause, input.text, input.due_on, input.idempotency_key
        )
        return WriteRemarkPayload(number=remark)

    @command(MAY_ANSWER, "Ответить на замечание мне (7.11).")
    async def answer_remark(self, info: Info, input: AnswerRemarkInput) -> AnswerRemarkPayload:
        remark = await commands.answer_remark(
            info.context, _remark(input.remark_id), input.answer, input.if_version, input.idempotency_key
        )
        return AnswerRemarkPayload(number=remark)

    @command(MAY_WRITE, "Закрыть замечание: исправлено, или ответ принят (7.11).")
    async def close_remark(self, info: Info, input: CloseRemarkInput) -> CloseRemarkPayload:
        remark = await commands.close_remark(
            info.context, _remark(input.remark_id), input.comment, input.if_version, input.idempotency_key
        )
        return CloseRemarkPayload(number=remark)

    @command(MAY_WRITE, "Отозвать замечание (7.11).")
    async def withdraw_remark(self, info: Info, input: WithdrawRemarkInput) -> WithdrawRemarkPayload:
        remark = await commands.withdraw_remark(
            info.context, _remark(input.remark_id), input.reason, input.if_version, input.idempotency_key
        )
        return WithdrawRemarkPayload(number=remark)
