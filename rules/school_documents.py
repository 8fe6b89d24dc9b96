"""The «Документы» section: which kinds of document it must hold, and by when (5.7)."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from .days import DayOfYear


class DocumentKind(StrEnum):
    """A kind of document. The regulation asks for all but the last."""

    CURRICULUM = "curriculum"
    CALENDAR = "calendar"
    PROGRAMMES = "programmes"
    FINAL_ATTESTATION = "final_attestation"
    COURSE_PROGRAMMES = "course_programmes"
    OTHER = "other"


DOCUMENT_KINDS: dict[DocumentKind, str] = {
    DocumentKind.CURRICULUM: "Учебный план",
    DocumentKind.CALENDAR: "Годовой календарный учебный график",
    DocumentKind.PROGRAMMES: "Образовательные программы",
    DocumentKind.FINAL_ATTESTATION: "Порядок проведения государственной итоговой аттестации",
    DocumentKind.COURSE_PROGRAMMES: "Рабочие программы учебных курсов, предметов, дисциплин (модулей)",
    DocumentKind.OTHER: "Другой документ",
}

REQUIRED_DOCUMENTS = tuple(kind for kind in DocumentKind if kind != DocumentKind.OTHER)


def missing_documents(present: Collection[str] | None) -> list[DocumentKind]:
    """Which of the required kinds have not been published yet."""
    return [kind for kind in REQUIRED_DOCUMENTS if kind not in (present or ())]


DOCUMENTS_TERM = DayOfYear(10, 1)
"""When the documents of an academic year are there (5.7)."""


def documents_due(year_starts_on: date) -> date:
    """By when the documents of an academic year must be there."""
    return DOCUMENTS_TERM.due(year_starts_on)
