"""Files that hang on a task, a homework or an excuse."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from models.journal import Attachment
from rules.refusals import not_found
from rules.school_files import check_count

from .commands import Work, among
from .school_files import check_own


async def check_hung(work: Work, files: Sequence[int], removed: Sequence[int], owner: str, number: int) -> None:
    """Refuse to take off what does not hang on the row that `owner` names, or to hang on more than it may carry."""
    mine = (Attachment.school_id == work.viewer.school_id, getattr(Attachment, owner) == number)
    hung = {row.id for row in await work.fetch(select(Attachment.id).where(*mine))}
    for position, each in enumerate(removed):
        if each not in hung:
            raise not_found(f"removeAttachmentIds.{position}")
    await check_own(work, files, "fileIds.{}")
    check_count([*(hung - set(removed)), *files], "fileIds")


async def detach(work: Work, removed: Sequence[int]) -> None:
    """Take checked attachments off. The files themselves stay whose they are."""
    if removed:
        mine = (Attachment.school_id == work.viewer.school_id, among(Attachment.id, removed))
        await work.execute(delete(Attachment).where(*mine))
