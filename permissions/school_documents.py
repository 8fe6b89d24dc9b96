"""Who may see the documents of the school, and who publishes them."""

from typing import Any

from sqlalchemy import Select, func, select

from models.curriculum import AcademicYear
from models.school_documents import Document, File
from rules.account import PERSONAL, Role

from .scopes import ALL, Rows, Scope, beside, columns, of_school
from .viewer import Viewer

PUBLISHERS = frozenset({Role.DEPUTY})
"""Those who keep the section, as they do the curriculum (5.3, 5.7)."""

KEEPERS = PUBLISHERS | {Role.DIRECTOR, Role.ADMINISTRATOR}


def holding_file(model: Any) -> Rows:
    """The rows of a model, each with the file it refers to beside it."""
    return Rows(model, beside(File, "file_id", "name", "media_type", "size", "digest"))


visible_documents = Scope(
    "Document",
    holding_file(Document),
    {PERSONAL: Document.withdrawn_at.is_(None), KEEPERS: ALL},
)
"""The «Документы» section (5.7), which is for everyone; what was withdrawn, for its keepers. Not for analysts: a file
may hold names (4.1)."""


def _years() -> Select[Any]:
    present = (
        select(func.array_agg(Document.kind.distinct()))
        .where(
            Document.school_id == AcademicYear.school_id,
            Document.year_id == AcademicYear.id,
            Document.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )
    return select(*columns(AcademicYear), present.label("present")).where(of_school(AcademicYear))


visible_document_checks = Scope("DocumentsCheck", _years, {KEEPERS: ALL})
"""Which documents of a year are not there yet (5.7)."""


def files_to_hang(viewer: Viewer) -> Select[Any]:
    """Files that the viewer may hang on something, or publish: their own."""
    return select(File.id).where(of_school(File), File.uploaded_by == viewer.account_id)


def years_to_document() -> Select[Any]:
    """Years of the school for which documents are published."""
    return select(AcademicYear.id).where(of_school(AcademicYear))


def documents_to_withdraw() -> Select[Any]:
    """Documents that may be withdrawn: any of the school, once."""
    return select(*columns(Document)).where(of_school(Document)).with_for_update(key_share=True)
