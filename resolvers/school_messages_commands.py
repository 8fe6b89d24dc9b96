"""Commands on messages (1.7): begin a thread, write in it, withdraw what one wrote, say what one has read."""

from collections.abc import Sequence

from sqlalchemy import exists, func, insert, literal, select, update

from models.account import Account
from models.school import Student
from models.school_messages import Message, MessageAttachment, MessageReceipt, MessageThread, ThreadMember
from permissions.school import visible_students
from permissions.school_messages import (
    FAMILY,
    messages_to_withdraw,
    recipients_to_address,
    threads_to_write,
)
from rules.account import APPOINTED
from rules.journal import TEXT_LENGTH, check_text
from rules.refusals import not_found
from rules.school_messages import (
    FAMILY_WINDOW,
    SUBJECT_LENGTH,
    Recipient,
    check_rate,
    check_recipients,
    family_of,
    nobody_left,
)

from .commands import Work, among, command
from .context import Context
from .school_files import check_files, hang


async def _check_rate(work: Work) -> None:
    """Hold back a family that floods the school: whoever holds no office of the school."""
    if work.viewer.roles & FAMILY and not work.viewer.roles & APPOINTED:
        sent = await work.first(
            select(func.count().label("messages")).where(
                Message.school_id == work.viewer.school_id,
                Message.author_id == work.viewer.account_id,
                Message.sent_at > work.now - FAMILY_WINDOW,
            )
        )
        check_rate(sent.messages)


async def _write(work: Work, thread: int, text: str, files: Sequence[int]) -> int:
    """Add a message with its files, and bring the thread to the front."""
    of = {"school_id": work.viewer.school_id}
    row = await work.first(
        insert(Message)
        .values(**of, thread_id=thread, author_id=work.viewer.account_id, text=text, sent_at=work.now)
        .returning(Message.id)
    )
    await hang(work, MessageAttachment, files, message_id=row.id)
    await work.execute(
        update(MessageThread)
        .where(MessageThread.school_id == work.viewer.school_id, MessageThread.id == thread)
        .values(last_sent_at=work.now)
    )
    return int(row.id)


async def start_thread(
    context: Context,
    recipients: Sequence[int],
    subject: str,
    text: str,
    student_id: int | None,
    files: Sequence[int],
    key: str | None,
) -> int:
    """Begin a thread with its first message. The audit trail tells who wrote to whom, not what."""
    given = {"recipients": list(recipients), "student": student_id, "files": list(files)}
    async with command(context, "startThread", given, key=key, private={"subject": subject, "text": text}) as work:
        if work.repeated:
            return int(work.answer)
        check_text(subject, SUBJECT_LENGTH, "subject", required=True)
        check_text(text, TEXT_LENGTH, "text", required=True)
        wanted = list(dict.fromkeys(recipients))
        check_recipients(wanted, work.viewer.account_id, "recipientIds")
        found = {
            row.id: Recipient(row.id, row.works, frozenset(row.students))
            for row in await work.reach(recipients_to_address(work.viewer).where(among(Account.id, wanted)))
        }
        for position, each in enumerate(recipients):
            if each not in found:
                raise not_found(f"recipientIds.{position}")
        if student_id is not None:
            about = visible_students(work.viewer).with_only_columns(Student.id).where(Student.id == student_id)
            if not await work.reach(about):
                raise not_found("studentId")
        family_of(list(found.values()), student_id, "recipientIds")
        await check_files(work, files)
        await _check_rate(work)
        of = {"school_id": work.viewer.school_id}
        row = await work.first(
            insert(MessageThread)
            .values(
                **of,
                subject=subject,
                student_id=student_id,
                started_at=work.now,
                started_by=work.viewer.account_id,
                last_sent_at=work.now,
            )
            .returning(MessageThread.id)
        )
        members = [{**of, "thread_id": row.id, "account_id": each} for each in (work.viewer.account_id, *wanted)]
        await work.execute(insert(ThreadMember).values(members))
        await _write(work, row.id, text, files)
        return int(await work.done(row.id))


async def send_message(context: Context, thread_id: int, text: str, files: Sequence[int], key: str | None) -> int:
    """Write in a thread, as long as one of its other members may still be written to."""
    given = {"thread": thread_id, "files": list(files)}
    async with command(context, "sendMessage", given, key=key, private={"text": text}) as work:
        await work.one(threads_to_write(work.viewer).where(MessageThread.id == thread_id), "threadId")
        if work.repeated:
            return int(work.answer)
        check_text(text, TEXT_LENGTH, "text", required=True)
        here = exists().where(
            ThreadMember.school_id == Account.school_id,
            ThreadMember.account_id == Account.id,
            ThreadMember.thread_id == thread_id,
        )
        if not await work.reach(recipients_to_address(work.viewer).where(here).limit(1)):
            raise nobody_left("threadId")
        await check_files(work, files)
        await _check_rate(work)
        return int(await work.done(await _write(work, thread_id, text, files)))


async def withdraw_message(context: Context, message_id: int) -> int:
    """Withdraw a message of one's own: it stays, and nobody reads its text any more. A repeat does no harm."""
    async with command(context, "withdrawMessage", {"message": message_id}) as work:
        message = await work.one(messages_to_withdraw(work.viewer).where(Message.id == message_id), "messageId")
        if message.withdrawn_at is None:
            await work.execute(
                update(Message)
                .where(Message.school_id == work.viewer.school_id, Message.id == message_id)
                .values(withdrawn_at=work.now)
            )
    return message_id


async def mark_thread_read(context: Context, thread_id: int, up_to: int) -> int:
    """Note that the messages of a thread up to one have been read, those that were not noted yet."""
    async with command(context, "markThreadRead", {"thread": thread_id, "upTo": up_to}) as work:
        await work.one(threads_to_write(work.viewer).where(MessageThread.id == thread_id), "threadId")
        of_thread = (Message.school_id == work.viewer.school_id, Message.thread_id == thread_id)
        if await work.first(select(Message.id).where(*of_thread, Message.id == up_to)) is None:
            raise not_found("upTo")
        read = exists().where(
            MessageReceipt.school_id == Message.school_id,
            MessageReceipt.message_id == Message.id,
            MessageReceipt.account_id == work.viewer.account_id,
        )
        new = select(
            Message.school_id,
            Message.id,
            literal(work.viewer.account_id),
            literal(work.now, MessageReceipt.read_at.type),
        ).where(*of_thread, Message.id <= up_to, Message.author_id != work.viewer.account_id, ~read)
        await work.execute(
            insert(MessageReceipt).from_select(["school_id", "message_id", "account_id", "read_at"], new)
        )
    return thread_id
