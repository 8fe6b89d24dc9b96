"""Files that hang on a task, a homework or an excuse."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from models.journal import Attachment
from rules.journal_files import check_count
from rules.refusals import not_found

from .commands import Work, among
from .school_files import check_own


async def check_files(work: Work, files: Sequence[int]) -> None:
    """Refuse files that are too many, or of which one is not the viewer's own."""
    check_count(files, "fileIds")
    await check_own(work, files, "fileIds.{}")


async def check_hung(work: Work, files: Sequence[int], removed: Sequence[int], owner: str, number: int) -> None:
    """Refuse to take off what does not hang on the row that `owner` names, or to hang on more than it may carry."""
    mine = (Attachment.school_id == work.viewer.school_id, getattr(Attachment, owner) == number)
    hung = {row.id for row in await work.fetch(select(Attachment.id).where(*mine))}
    for position, each in enumerate(removed):
        if each not in hung:
            raise not_found(f"removeAttachmentIds.{position}")
    await check_own(work, files, "fileIds.{}")
    check_count([*(hung - set(removed)), *files], "fileIds")


async def attach(work: Work, files: Sequence[int], owner: str, number: int) -> None:
    """Hang checked files on the row that `owner` (`task_id`, say) names, each once, in their order."""
    if files:
        rows = [{"school_id": work.viewer.school_id, "file_id": each, owner: number} for each in dict.fromkeys(files)]
        await work.execute(insert(Attachment).values(rows))


async def detach(work: Work, removed: Sequence[int]) -> None:
    """Take checked attachments off. The files themselves stay whose they are."""
    if removed:
        mine = (Attachment.school_id == work.viewer.school_id, among(Attachment.id, removed))
        await work.execute(delete(Attachment).where(*mine))
