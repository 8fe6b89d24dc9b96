"""XLSX workbooks to be written: what is a text is nothing else, whatever it says."""

import io
from datetime import UTC, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

MOST_LETTERS = 32_767
"""So long may a cell's text be, as UTF-16: a longer one is cut."""

_RICH = "<r>"
"""So begins what the writer takes for XML of its own making, and does not escape."""

_NOT_XML = str.maketrans(dict.fromkeys([*map(chr, range(32)), "\ufffe", "\uffff"], " "))


class _Sheet(Worksheet):  # type: ignore[misc]
    def write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:
        """Write a text, exactly as it is; one that looks like XML behind an invisible sign, one too long up to «…»."""
        said = f"\N{ZERO WIDTH SPACE}{string}" if string.startswith(_RICH) else string
        if len(letters := said.encode("utf-16-le", "surrogatepass")) > 2 * MOST_LETTERS:
            said = letters[: 2 * (MOST_LETTERS - 1)].decode("utf-16-le", "ignore") + "…"
        written: int = super().write_string(row, col, said, cell_format)
        return written


def new_book(buffer: io.BytesIO) -> Any:
    """A workbook, which is written to the buffer when it is closed."""
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.worksheet_class = _Sheet
    return book


def sign(book: Any, title: str, school: str, at: datetime) -> None:
    """Write into a book's properties what it is, whose, and when it was made."""
    # A book's own moment has no zone, and is taken for UTC.
    made = at.astimezone(UTC).replace(tzinfo=None)
    said = {"title": title.translate(_NOT_XML), "company": school.translate(_NOT_XML)}
    book.set_properties({**said, "created": made})
