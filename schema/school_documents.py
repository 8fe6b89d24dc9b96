"""The «Документы» section (5.7)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.school_documents import Document as DocumentRow
from permissions.school_documents import visible_documents
from resolvers import school_documents
from rules.school_documents import documents_due, missing_documents

from .base import computed, edge, node
from .enums import DocumentKind
from .school_files import Downloadable
from .school_people import Staff

if TYPE_CHECKING:
    from .curriculum import AcademicYear

_CURRICULUM = strawberry.lazy("schema.curriculum")


@node(visible_documents, DocumentRow, description="Документ школы (5.7).")
class Document(Downloadable):
    kind: DocumentKind = strawberry.field(description="Вид.")
    title: str = strawberry.field(description="Заголовок.")
    published_at: datetime = strawberry.field(description="Когда опубликован.")
    withdrawn_at: datetime | None = strawberry.field(description="Когда снят; null — действует.")
    year: Annotated["AcademicYear", _CURRICULUM] | None = edge(
        school_documents.document_year, description="Учебный год."
    )
    publisher: Staff | None = edge(school_documents.document_publisher, description="Кто опубликовал.")


@strawberry.type(description="Каких документов года ещё нет и к какому сроку они нужны (5.7).")
class DocumentsCheck:
    missing: list[DocumentKind] = computed(missing_documents, "present", description="Каких видов нет.")
    due_on: date = computed(documents_due, "starts_on", description="К какому дню нужны.")
