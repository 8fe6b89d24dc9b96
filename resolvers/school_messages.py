"""Reads of messages (1.7): one's mailbox, its threads, what was written in them and who has read it."""

from sqlalchemy import Select, Text, and_, func

from models.account import Account
from models.school import Guardian, Guardianship, Person, Student
from models.school_messages import Message, MessageAttachment, MessageReceipt, MessageThread, ThreadMember
from permissions.school import visible_students
from permissions.school_messages import (
    visible_addressees,
    visible_correspondents,
    visible_mailboxes,
    visible_message_attachments,
    visible_messages,
    visible_receipts,
    visible_threads,
)
from permissions.scopes import of_school, on
from permissions.viewer import reach

from .edges_kinds import argument, joined, to_many, to_one, to_page
from .school import by_name

viewer_mailbox = to_one(visible_mailboxes, Account.id, of="account_id")
mailbox_threads = to_page(
    visible_threads,
    ThreadMember.account_id,
    of="account_id",
    shape=joined(ThreadMember, ThreadMember.thread_id == MessageThread.id, of_school(ThreadMember)),
    order={"recency": MessageThread.recency, "id": MessageThread.id},
)
mailbox_addressees = to_page(
    visible_addressees,
    Account.school_id,
    of="school_id",
    order={"sort_key": Person.sort_key, "id": Account.id},
    filters={"search": func.starts_with(Person.sort_key, func.russian_key(argument("search", Text)))},
)

thread_starter = to_one(visible_correspondents, Account.id, of="started_by")
thread_members = to_many(
    visible_correspondents,
    ThreadMember.thread_id,
    of="id",
    shape=joined(ThreadMember, ThreadMember.account_id == Account.id, of_school(ThreadMember)),
    order=(Person.sort_key, Account.id),
)
thread_messages = to_page(visible_messages, Message.thread_id, of="id", order={"recency": Message.recency})

message_author = to_one(visible_correspondents, Account.id, of="author_id")
message_receipts = to_many(
    visible_receipts,
    MessageReceipt.message_id,
    of="id",
    order=(MessageReceipt.read_at, MessageReceipt.account_id),
)
message_attachments = to_many(
    visible_message_attachments, MessageAttachment.message_id, of="id", order=(MessageAttachment.id,)
)
receipt_reader = to_one(visible_correspondents, Account.id, of="account_id")


def _wards(query: Select[tuple[()]]) -> Select[tuple[()]]:
    """Students beside the accounts of those who are their guardians today."""
    return (
        query.join(Guardianship, and_(Guardianship.student_id == Student.id, of_school(Guardianship)))
        .join(Guardian, and_(Guardian.id == Guardianship.guardian_id, of_school(Guardian)))
        .join(Account, and_(Account.person_id == Guardian.person_id, of_school(Account)))
        .where(on(reach.today, Guardianship))
    )


account_wards = to_many(visible_students, Account.id, of="id", shape=_wards, order=by_name)
