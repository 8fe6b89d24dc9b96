"""Files of the journal: taking one in, hanging it on a task or a homework, and finding it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from documents.files import Incoming
from models.journal import Attachment, File
from permissions.journal import files_to_attach, visible_attachments
from rules.journal_files import Unfit, check_count, named, unfit
from rules.refusals import not_found

from .commands import Work, among, command
from .context import Context
from .edges_kinds import to_one

_attachment = to_one(visible_attachments, Attachment.id, of="number")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was taken in."""

    id: int
    name: str
    media_type: str
    size: int


async def upload_file(context: Context, name: str, incoming: Incoming) -> Uploaded:
    """Take in a file that has arrived whole. The content is in the store before a row speaks of it."""
    kind = await incoming.recognise()
    given = {"name": name, "mediaType": kind, "size": incoming.size, "digest": incoming.digest}
    async with command(context, "uploadFile", given) as work:
        if isinstance(kind, Unfit):
            raise unfit(kind)
        name = named(name, kind)
        row = await work.first(
            insert(File)
            .values(
                school_id=work.viewer.school_id,
                digest=incoming.digest,
                name=name,
                media_type=kind,
                size=incoming.size,
                uploaded_at=work.now,
                uploaded_by=work.viewer.account_id,
            )
            .returning(File.id)
        )
        await incoming.keep()
    return Uploaded(row.id, name, kind, incoming.size)


async def check_files(work: Work, files: Sequence[int]) -> None:
    """Refuse files that are too many, or of which one is not the viewer's own."""
    check_count(files, "fileIds")
    if not files:
        return
    own = {row.id for row in await work.reach(files_to_attach(work.viewer).where(among(File.id, files)))}
    for position, file in enumerate(files):
        if file not in own:
            raise not_found(f"fileIds.{position}")


async def attach(work: Work, files: Sequence[int], owner: str, number: int) -> None:
    """Hang checked files on the row that `owner` (`task_id` or `homework_id`) names, each once, in their order."""
    if files:
        rows = [{"school_id": work.viewer.school_id, "file_id": each, owner: number} for each in dict.fromkeys(files)]
        await work.execute(insert(Attachment).values(rows))


async def attachment(context: Context, number: int) -> Any:
    """The attachment with its file, or None if there is none that the viewer sees."""
    return await context.load_key(_attachment(), (number,))
