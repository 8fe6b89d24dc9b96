"""What people do with messages: begin a thread, write, withdraw, say that they have read (1.7)."""

import strawberry

from permissions.gates import gate
from resolvers import school_messages_commands as commands
from rules.account import PERSONAL
from rules.school_messages import MOST_RECIPIENTS

from .base import Info, number, optional_number
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .school_files import files_of
from .school_messages import Message, MessageThread

MAY_WRITE = gate(PERSONAL)

_FILES = "Файлы, загруженные тем же пользователем через `POST /files`."
_THREAD = "Переписка."


@strawberry.type(description="Переписка начата.")
class StartThreadPayload(Written):
    thread: MessageThread | None = written(MessageThread, "Переписка.")


@strawberry.type(description="Сообщение отправлено.")
class SendMessagePayload(Written):
    sent: Message | None = written(Message, "Сообщение.")


@strawberry.type(description="Сообщение отозвано.")
class WithdrawMessagePayload(Written):
    withdrawn: Message | None = written(Message, "Сообщение, теперь без текста.")


@strawberry.type(description="Прочитанное отмечено.")
class MarkThreadReadPayload(Written):
    thread: MessageThread | None = written(MessageThread, "Переписка.")


@strawberry.input(description="Новая переписка и первое сообщение в ней.")
class StartThreadInput:
    recipient_ids: list[strawberry.ID] = strawberry.field(
        description=f"Кому: из `Mailbox.addressees`, не больше {MOST_RECIPIENTS}; семья — только одна."
    )
    subject: str = strawberry.field(description="Тема.")
    text: str = strawberry.field(description="Текст.")
    student_id: strawberry.ID | None = strawberry.field(default=None, description="О ком, если об одном учащемся.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_FILES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Сообщение в переписке.")
class SendMessageInput:
    thread_id: strawberry.ID = strawberry.field(description=_THREAD)
    text: str = strawberry.field(description="Текст.")
    file_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=_FILES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Отзыв своего сообщения.")
class WithdrawMessageInput:
    message_id: strawberry.ID = strawberry.field(description="Сообщение.")


@strawberry.input(description="Отметка о прочтении.")
class MarkThreadReadInput:
    thread_id: strawberry.ID = strawberry.field(description=_THREAD)
    up_to: strawberry.ID = strawberry.field(description="Последнее прочитанное сообщение.")


@strawberry.type
class MessageMutation:
    @command(MAY_WRITE, "Начать переписку.")
    async def start_thread(self, info: Info, input: StartThreadInput) -> StartThreadPayload:
        thread = await commands.start_thread(
            info.context,
            [number("Addressee", each, f"recipientIds.{n}") for n, each in enumerate(input.recipient_ids)],
            input.subject,
            input.text,
            optional_number("Student", input.student_id, "studentId"),
            files_of(input.file_ids),
            input.idempotency_key,
        )
        return StartThreadPayload(number=thread)

    @command(MAY_WRITE, "Написать в своей переписке.")
    async def send_message(self, info: Info, input: SendMessageInput) -> SendMessagePayload:
        message = await commands.send_message(
            info.context,
            number("MessageThread", input.thread_id, "threadId"),
            input.text,
            files_of(input.file_ids),
            input.idempotency_key,
        )
        return SendMessagePayload(number=message)

    @command(MAY_WRITE, "Отозвать своё сообщение: оно останется в переписке без текста.")
    async def withdraw_message(self, info: Info, input: WithdrawMessageInput) -> WithdrawMessagePayload:
        message = number("Message", input.message_id, "messageId")
        return WithdrawMessagePayload(number=await commands.withdraw_message(info.context, message))

    @command(MAY_WRITE, "Отметить сообщения переписки прочитанными.")
    async def mark_thread_read(self, info: Info, input: MarkThreadReadInput) -> MarkThreadReadPayload:
        thread = await commands.mark_thread_read(
            info.context,
            number("MessageThread", input.thread_id, "threadId"),
            number("Message", input.up_to, "upTo"),
        )
        return MarkThreadReadPayload(number=thread)
