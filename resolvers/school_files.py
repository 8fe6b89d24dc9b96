"""Files that people upload: taking one in, and what may hang on something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from documents.files import Incoming
from models.school_documents import File
from permissions.school_documents import files_to_hang
from rules.refusals import not_found
from rules.school_files import Unfit, check_count, named, unfit

from .commands import Work, among, command
from .context import Context


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
    """Refuse files that are too many for one thing, or of which one is not the viewer's own."""
    check_count(files, "fileIds")
    await check_own(work, files, "fileIds.{}")


async def hang(work: Work, holder: Any, files: Sequence[int], **owner: int) -> None:
    """Hang checked files on what `owner` names (`task_id=7`), each once, in their order: rows of the model `holder`."""
    if files:
        of = {"school_id": work.viewer.school_id, **owner}
        await work.execute(insert(holder).values([{**of, "file_id": each} for each in dict.fromkeys(files)]))


async def check_own(work: Work, files: Sequence[int], field: str) -> None:
    """Refuse files of which one is not the viewer's own; `field` names each by its position."""
    if not files:
        return
    own = {row.id for row in await work.reach(files_to_hang(work.viewer).where(among(File.id, files)))}
    for position, file in enumerate(files):
        if file not in own:
            raise not_found(field.format(position))
