"""The «Документы» section: reads, and the commands that publish and withdraw."""

from sqlalchemy import insert, update

from models.curriculum import AcademicYear
from models.school_documents import Document
from permissions.curriculum import visible_years
from permissions.school_documents import (
    documents_to_withdraw,
    visible_document_checks,
    visible_documents,
    years_to_document,
)
from rules.refusals import Refusal, RefusalCode, not_found
from rules.school_cards import checked_card
from rules.school_documents import DocumentKind

from .commands import command
from .context import Context
from .edges_kinds import argument, to_one, to_page
from .school import staff_of_account
from .school_files import check_own

_NEWEST_LAST = {"id": Document.id}
_OF_KIND = {"kind": Document.kind == argument("kind", Document.kind.type)}

document_year = to_one(visible_years, AcademicYear.id, of="year_id")
document_publisher = staff_of_account("published_by")
year_documents = to_page(visible_documents, Document.year_id, of="id", order=_NEWEST_LAST, filters=_OF_KIND)
school_documents = to_page(
    visible_documents,
    Document.school_id,
    of="id",
    order=_NEWEST_LAST,
    filters={**_OF_KIND, "year_id": Document.year_id == argument("year_id")},
)
year_document_check = to_one(visible_document_checks, AcademicYear.id, of="id")


async def publish_document(
    context: Context, year_id: int, kind: DocumentKind, title: str, file_id: int, key: str | None
) -> int:
    """Publish an uploaded file of one's own as a document of a year (5.7)."""
    given = {"year": year_id, "kind": kind, "title": title, "file": file_id}
    async with command(context, "publishDocument", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        if not await work.reach(years_to_document().where(AcademicYear.id == year_id)):
            raise not_found("yearId")
        title = checked_card({"title": title}, work.today)["title"]
        await check_own(work, [file_id], "fileId")
        row = await work.first(
            insert(Document)
            .values(
                school_id=work.viewer.school_id,
                year_id=year_id,
                kind=kind,
                title=title,
                file_id=file_id,
                published_at=work.now,
                published_by=work.viewer.account_id,
            )
            .returning(Document.id)
        )
        return int(await work.done(row.id))


async def withdraw_document(context: Context, document_id: int) -> int:
    """Take a document out of the section. It is kept, for its keepers to see."""
    async with command(context, "withdrawDocument", {"document": document_id}) as work:
        row = await work.one(documents_to_withdraw().where(Document.id == document_id), "documentId")
        if row.withdrawn_at is not None:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Документ уже снят.", "documentId")
        await work.execute(
            update(Document)
            .where(Document.school_id == work.viewer.school_id, Document.id == document_id)
            .values(withdrawn_at=work.now, withdrawn_by=work.viewer.account_id)
        )
    return document_id
