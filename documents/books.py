"""XLSX workbooks to be written: what is a text is nothing else, whatever it says."""

import io
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_RICH = "<r>"
"""So begins what the writer takes for XML of its own making, and does not escape."""


class _Sheet(Worksheet):  # type: ignore[misc]
    def write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:
        """Write a text, exactly as it is; one that looks like XML behind an invisible sign."""
        said = f"\N{ZERO WIDTH SPACE}{string}" if string.startswith(_RICH) else string
        written: int = super().write_string(row, col, said, cell_format)
        return written


def new_book(buffer: io.BytesIO) -> Any:
    """A workbook, which is written to the buffer when it is closed."""
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.worksheet_class = _Sheet
    return book
