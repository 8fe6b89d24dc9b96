"""Files that hang on a task or a homework."""

from collections.abc import Sequence

from sqlalchemy import insert

from models.journal import Attachment
from rules.journal_files import check_count

from .commands import Work
from .school_files import check_own


async def check_files(work: Work, files: Sequence[int]) -> None:
    """Refuse files that are too many, or of which one is not the viewer's own."""
    check_count(files, "fileIds")
    await check_own(work, files, "fileIds.{}")


async def attach(work: Work, files: Sequence[int], owner: str, number: int) -> None:
    """Hang checked files on the row that `owner` (`task_id` or `homework_id`) names, each once, in their order."""
    if files:
        rows = [{"school_id": work.viewer.school_id, "file_id": each, owner: number} for each in dict.fromkeys(files)]
        await work.execute(insert(Attachment).values(rows))
