"""The demo school's «Документы» section (5.7): one of each kind that it must hold, as PDFs of a page."""

from datetime import date, time

from documents.files import FileStore
from rules.school_documents import DOCUMENT_KINDS, REQUIRED_DOCUMENTS, DocumentKind
from rules.school_files import MediaType

from .demo_rows import COLUMNS, Rows
from .demo_year import at

PUBLISHED_ON = date(2025, 9, 15)
"""In time: they are due by the first of October."""

_LINES = {
    DocumentKind.CURRICULUM: ("Обязательная часть и часть, формируемая участниками", "образовательных отношений."),
    DocumentKind.CALENDAR: ("Четверти: 01.09–24.10, 05.11–30.12, 12.01–27.03, 06.04–26.05.",),
    DocumentKind.PROGRAMMES: ("Начальное, основное и среднее общее образование.",),
    DocumentKind.FINAL_ATTESTATION: ("ОГЭ — после 9 класса, ЕГЭ — после 11 класса.",),
    DocumentKind.COURSE_PROGRAMMES: ("По всем предметам учебного плана.",),
}
_UPPER, _LOWER = 10017, 10065


def _glyphs() -> str:
    """Windows-1251 as a PDF names its letters: in their alphabet ё stands after е, in the encoding apart."""
    listed = ["150 /endash /emdash 168 /afii10023 171 /guillemotleft 184 /afii10071 /afii61352 187 /guillemotright 192"]
    for first in (_UPPER, _LOWER):
        listed += [f"/afii{first + n + (n > 5)}" for n in range(32)]
    return " ".join(listed)


def pdf(title: str, lines: tuple[str, ...]) -> bytes:
    """A page of text. The font is the reader's own."""

    def shown(text: str) -> bytes:
        return b"<" + text.encode("cp1251").hex().encode() + b"> Tj T*"

    text = [b"BT /F1 16 Tf 24 TL 72 760 Td", shown(title), b"/F1 12 Tf 18 TL T*", *map(shown, lines), b"ET"]
    content = b"\n".join(text)
    name = b"<feff" + title.encode("utf-16-be").hex().encode() + b">"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (ru) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding"
        b" /BaseEncoding /WinAnsiEncoding /Differences [%s] >> >>" % _glyphs().encode(),
        b"<< /Title %s >>" % name,
    ]
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"<< /Size %d /Root 1 0 R /Info 6 0 R >>" % size
    return written + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (
        *(size, table, trailer),
        len(written),
    )


def _content(kind: DocumentKind) -> bytes:
    return pdf(f"{DOCUMENT_KINDS[kind]}, 2025/2026", _LINES[kind])


async def add_documents(rows: Rows, store: FileStore) -> None:
    """The documents of the year, with their files in the store, published by the deputy."""
    login = COLUMNS["account"].index("login")
    by = next(number for number, row in enumerate(rows.tables["account"]) if row[login] == "deputy")
    for minute, kind in enumerate(REQUIRED_DOCUMENTS):
        published_at = at(PUBLISHED_ON, time(12, minute))
        async with store.receive() as incoming:
            await incoming.write(_content(kind))
            await incoming.keep()
        file = rows.add(
            "file",
            digest=incoming.digest,
            name=f"{DOCUMENT_KINDS[kind]}.pdf",
            media_type=MediaType.PDF.value,
            size=incoming.size,
            uploaded_at=published_at,
            uploaded_by=by,
        )
        rows.add(
            "document",
            year_id=0,
            kind=kind.value,
            title=f"{DOCUMENT_KINDS[kind]} на 2025/2026 учебный год",
            file_id=file,
            published_at=published_at,
            published_by=by,
        )
