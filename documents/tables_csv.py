"""Reports as CSV: UTF-8 with a mark, semicolons, so that a Russian Excel opens it; no cell is taken for a formula."""

import csv
import io

from .tables import Cell, Paper, shown

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What Excel takes a cell for a formula by; LibreOffice too."""


def csv_of(paper: Paper) -> bytes:
    """The whole report, its tables one after another with an empty line between."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([_neutral(paper.title)])
    writer.writerow([_neutral(paper.school)])
    writer.writerows([_neutral(word), _neutral(value)] for word, value in paper.facts)
    writer.writerows([_neutral(each)] for each in paper.opening)
    for table in paper.tables:
        writer.writerow([])
        if table.title:
            writer.writerow([_neutral(table.title)])
        writer.writerow(
            [_neutral(f"{column.group}: {column.title}" if column.group else column.title) for column in table.columns]
        )
        writer.writerows([_cell(cell) for cell in line.cells] for line in table.lines)
        writer.writerows([_neutral(note)] for note in table.notes)
    if paper.legend or paper.certified:
        writer.writerow([])
        writer.writerows([_neutral(each)] for each in (*paper.legend, *paper.certified))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _cell(value: Cell) -> str:
    return _neutral(value) if isinstance(value, str) else shown(value)


def _neutral(value: str) -> str:
    """Text that no program takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
