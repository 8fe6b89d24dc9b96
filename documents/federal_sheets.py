"""Federal forms as XLSX, a sheet for each section, and as CSV. Every cell but a number is text, never a formula."""

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rules.journal_print import exported_on

from .books import new_book, sign
from .tables import Cell, Column, Line, Paper, Table
from .tables_csv import csv_of

_WIDE = 44
_BESIDE = (("Наименование", "1"), ("№ строки", "2"))
"""The titles and numbers of the columns that stand before a section's own."""


def write_form(values: Mapping[str, Any], at: datetime) -> bytes:
    """The form as XLSX, of the same values as the printed one. at: when it is made, by the school's clock."""
    buffer = io.BytesIO()
    with new_book(buffer) as book:
        sign(book, values["name"], values["school"]["name"], at)
        bold = book.add_format({"num_format": "@", "bold": True, "font_size": 13, "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        cover = book.add_worksheet("Форма")
        cover.set_column(0, 0, 110)
        cover.write_string(0, 0, values["name"], bold)
        for row, line in enumerate(
            (
                *(values["title"], values["school"]["name"], *values["lines"], exported_on(at.date())),
                *values["legend"],
            ),
            start=1,
        ):
            cover.write_string(row, 0, line, text)
        for section in values["sections"]:
            _write_section(book, section)
        if values["findings"]:
            failed = book.add_worksheet("Не сходится")
            failed.set_column(0, 0, 110)
            for row, line in enumerate(values["findings"]):
                failed.write_string(row, 0, line, text)
    return buffer.getvalue()


def _write_section(book: Any, section: Mapping[str, Any]) -> None:
    """Rows: the title, what stands above the columns, their numbers, the rows with their own."""
    grid = {"border": 1, "valign": "vcenter", "text_wrap": True}
    title = book.add_format({"num_format": "@", "bold": True, "font_size": 12})
    note = book.add_format({"num_format": "@", "italic": True})
    head = book.add_format({**grid, "num_format": "@", "bold": True, "align": "center", "bg_color": "#EEF3F8"})
    name = book.add_format({**grid, "num_format": "@"})
    number = book.add_format({**grid, "num_format": "General" if section["fraction"] else "0", "align": "right"})
    closed = book.add_format({**grid, "bg_color": "#C8C8C8"})
    sheet = book.add_worksheet(f"Раздел {section['key']}"[:31])
    sheet.write_string(0, 0, section["title"], title)
    if section["note"]:
        sheet.write_string(1, 0, section["note"], note)
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 1, 6)
    sheet.set_column(2, 1 + len(section["columns"]), 13)
    for column, (label, key) in enumerate(_BESIDE):
        sheet.write_string(2, column, label, head)
        sheet.write_string(3, column, key, head)
    for column, each in enumerate(section["columns"], start=2):
        sheet.write_string(2, column, each["title"], head)
        sheet.write_string(3, column, each["key"], head)
    for row, each in enumerate(section["rows"], start=4):
        sheet.write_string(row, 0, each["title"], name)
        sheet.write_string(row, 1, each["key"], name)
        for column, cell in enumerate(each["cells"], start=2):
            if cell is None:
                sheet.write_blank(row, column, None, closed)
            elif cell == "":
                sheet.write_blank(row, column, None, number)
            else:
                sheet.write_number(row, column, float(cell), number)
    sheet.freeze_panes(4, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2, 3)


def write_form_csv(values: Mapping[str, Any]) -> bytes:
    """The form as CSV, of the same values, as reports are: what it is of, then one section after another."""
    tables = [_table(each) for each in values["sections"]]
    if values["findings"]:
        tables.append(Table([Column("Не сходится")], [Line([each]) for each in values["findings"]]))
    return csv_of(
        Paper(
            title=values["name"],
            school=values["school"]["name"],
            facts=[("Название", values["title"]), *values["facts"]],
            tables=tables,
            legend=values["legend"],
        )
    )


def _table(section: Mapping[str, Any]) -> Table:
    """A section: beneath the titles of its columns stand their numbers."""
    columns = [*_BESIDE, *((each["title"], each["key"]) for each in section["columns"])]
    rows = [[each["title"], each["key"], *map(_cell, each["cells"])] for each in section["rows"]]
    return Table(
        [Column(title) for title, _ in columns],
        [Line(each) for each in ([key for _, key in columns], *rows)],
        title=section["title"],
        notes=[section["note"]] if section["note"] else [],
    )


def _cell(text: str | None) -> Cell:
    return Decimal(text) if text else text
