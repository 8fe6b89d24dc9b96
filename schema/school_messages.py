"""One's mailbox: threads between the school and families, with who has read what (1.7)."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from models.account import Account as AccountRow
from models.school_messages import Message as MessageRow
from models.school_messages import MessageAttachment as MessageAttachmentRow
from models.school_messages import MessageThread as MessageThreadRow
from permissions.school_messages import (
    visible_addressees,
    visible_correspondents,
    visible_message_attachments,
    visible_messages,
    visible_threads,
)
from resolvers import account, school, school_messages
from rules.school import full_name

from .base import (
    After,
    Connection,
    First,
    Node,
    argument,
    beginning,
    computed,
    edge,
    edge_with,
    node,
    paged,
)
from .school_files import Downloadable
from .school_people import Student


@strawberry.type
class Person(Node):
    """One who writes and reads, as the others see them."""

    position: str | None = strawberry.field(description="Должность работника школы; null — не работник.")
    name: str = computed(full_name, "family_name", "given_name", "patronymic", description="Фамилия, имя и отчество.")
    student: Student | None = edge(account.account_student, description="Он сам, если учится здесь.")
    wards: list[Student] = edge(
        school_messages.account_wards, description="Чей он законный представитель, из тех, кого я вижу."
    )


@node(visible_addressees, AccountRow, description="Адресат: кому сегодня можно написать.")
class Addressee(Person):
    pass


@node(visible_correspondents, AccountRow, description="Собеседник: участник моей переписки.")
class Correspondent(Person):
    pass


@node(visible_message_attachments, MessageAttachmentRow, description="Файл, приложенный к сообщению.")
class MessageAttachment(Downloadable):
    pass


@strawberry.type(description="Что сообщение прочитано.")
class MessageReceipt:
    read_at: datetime = strawberry.field(description="Когда.")
    reader: Correspondent | None = edge(school_messages.receipt_reader, description="Кем.")


@node(visible_messages, MessageRow, description="Сообщение в переписке; не меняется.")
class Message(Node):
    text: str | None = strawberry.field(description="Текст; null — автор отозвал сообщение.")
    sent_at: datetime = strawberry.field(description="Когда отправлено.")
    withdrawn_at: datetime | None = strawberry.field(description="Когда отозвано.")
    author: Correspondent | None = edge(school_messages.message_author, description="Кто написал.")
    receipts: list[MessageReceipt] = edge(
        school_messages.message_receipts, description="Кто прочитал, кроме автора, по времени."
    )
    attachments: list[MessageAttachment] = edge(school_messages.message_attachments, description="Файлы.")


@node(visible_threads, MessageThreadRow, description="Переписка: её читают только участники.")
class MessageThread(Node):
    subject: str = strawberry.field(description="Тема.")
    started_at: datetime = strawberry.field(description="Когда начата.")
    unread: int = strawberry.field(
        description="Сколько не прочитано = число сообщений других участников, без отозванных, которые я не прочитал."
    )
    student: Student | None = edge(school.student_of, description="О ком, если об одном учащемся.")
    started_by: Correspondent | None = edge(school_messages.thread_starter, description="Кто начал.")
    members: list[Correspondent] = edge(school_messages.thread_members, description="Участники, по алфавиту.")

    @edge_with(school_messages.thread_messages, returns=Connection[Message], description="Сообщения, последнее первым.")
    def messages(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)


@strawberry.type(description="Почтовый ящик: переписка и кому можно написать.")
class Mailbox:
    unread: int = strawberry.field(description="Сколько не прочитано = сумма `unread` всех `threads`.")

    @edge_with(
        school_messages.mailbox_threads,
        returns=Connection[MessageThread],
        description="Переписка: та, где написали последней, первая.",
    )
    def threads(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        school_messages.mailbox_addressees,
        returns=Connection[Addressee],
        description="Кому можно написать: работникам школы, а учителям и руководству — и семьям.",
    )
    def addressees(
        self,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("С чего начинается фамилия, имя и отчество.")] = None,
    ) -> dict[str, Any]:
        return {"search": beginning(search), **paged(first, after)}
