"""Answers of students to homework, and their review."""

from datetime import datetime
from typing import Annotated

import strawberry

from models.journal_answers import AnswerAttachment as AnswerAttachmentRow
from models.journal_answers import HomeworkAnswer as HomeworkAnswerRow
from permissions.gates import gate
from permissions.journal import WRITERS
from permissions.journal_answers import visible_answer_attachments, visible_answers
from resolvers import journal, school
from resolvers import journal_answers as answers
from rules.account import Role
from rules.school_files import MOST_FILES

from .base import Info, Node, edge, node, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, IF_VERSION_OR_NEW, Written, command, written
from .enums_journal import AnswerState
from .journal import Homework
from .school_files import Downloadable, files_of
from .school_people import Staff, Student


@node(visible_answer_attachments, AnswerAttachmentRow, description="Файл, приложенный к ответу.")
class AnswerAttachment(Downloadable):
    pass


@node(visible_answers, HomeworkAnswerRow, description="Ответ учащегося на домашнее задание.")
class HomeworkAnswer(Node):
    text: str = strawberry.field(description="Текст ответа.")
    state: AnswerState = strawberry.field(description="Что с ним стало.")
    answered_at: datetime = strawberry.field(description="Когда отправлен; исправленный — когда исправлен.")
    comment: str | None = strawberry.field(description="Что сказал учитель при последней проверке.")
    reviewed_at: datetime | None = strawberry.field(description="Когда проверен в последний раз.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    reviewed_by: Staff | None = edge(school.staff_of_account("reviewed_by"), description="Кто проверил.")
    student: Student | None = edge(school.student_of, description="Чей ответ.")
    homework: Annotated[Homework, strawberry.lazy("schema.journal")] | None = edge(
        journal.homework_of, description="Домашнее задание."
    )
    attachments: list[AnswerAttachment] = edge(answers.answer_attachments, description="Файлы.")


@strawberry.type
class OfAnswer(Written):
    answer: HomeworkAnswer | None = written(HomeworkAnswer, "Ответ, каким он стал.")


@strawberry.type(description="Ответ отправлен.")
class AnswerHomeworkPayload(OfAnswer):
    pass


@strawberry.type(description="Ответ возвращён на доработку.")
class ReturnAnswerPayload(OfAnswer):
    pass


@strawberry.type(description="Ответ принят.")
class AcceptAnswerPayload(OfAnswer):
    pass


@strawberry.input(description="Ответ на домашнее задание, новый или исправленный.")
class AnswerHomeworkInput:
    homework_id: strawberry.ID = strawberry.field(description="Домашнее задание, заданное мне.")
    text: str = strawberry.field(description="Текст ответа.")
    file_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"Все файлы ответа, загруженные мной, не больше {MOST_FILES}; прочие убираются.",
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Возврат ответа на доработку.")
class ReturnAnswerInput:
    answer_id: strawberry.ID = strawberry.field(description="Ответ.")
    comment: str = strawberry.field(description="Что доработать.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Приём ответа.")
class AcceptAnswerInput:
    answer_id: strawberry.ID = strawberry.field(description="Ответ.")
    comment: str | None = strawberry.field(default=None, description="Что сказать учащемуся.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.type
class AnswersMutation:
    @command(gate(Role.STUDENT), "Ответить на своё домашнее задание или исправить ответ, пока он не принят.")
    async def answer_homework(self, info: Info, input: AnswerHomeworkInput) -> AnswerHomeworkPayload:
        homework, files = number("Homework", input.homework_id, "homeworkId"), files_of(input.file_ids)
        answer = await answers.answer_homework(
            info.context, homework, input.text, files, input.if_version, input.idempotency_key
        )
        return AnswerHomeworkPayload(number=answer)

    @command(gate(WRITERS), "Вернуть ответ на доработку: на уроке своего журнала.")
    async def return_answer(self, info: Info, input: ReturnAnswerInput) -> ReturnAnswerPayload:
        answer = number("HomeworkAnswer", input.answer_id, "answerId")
        await answers.return_answer(info.context, answer, input.comment, input.if_version)
        return ReturnAnswerPayload(number=answer)

    @command(gate(WRITERS), "Принять ответ: на уроке своего журнала. Больше он не меняется.")
    async def accept_answer(self, info: Info, input: AcceptAnswerInput) -> AcceptAnswerPayload:
        answer = number("HomeworkAnswer", input.answer_id, "answerId")
        await answers.accept_answer(info.context, answer, input.comment, input.if_version)
        return AcceptAnswerPayload(number=answer)
