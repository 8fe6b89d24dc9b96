"""Federal forms as XLSX: a sheet for each section. Numbers are numbers; every other cell is text, never a formula."""

import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

_WIDE = 44


def write_form(values: Mapping[str, Any]) -> bytes:
    """The form as XLSX, of the same values as the printed one."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"num_format": "@", "bold": True, "font_size": 13, "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        cover = book.add_worksheet("Форма")
        cover.set_column(0, 0, 110)
        cover.write_string(0, 0, values["name"], bold)
        for row, line in enumerate((values["title"], values["school"]["name"], *values["lines"]), start=1):
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
    number = book.add_format({**grid, "num_format": "0.##" if section["fraction"] else "0", "align": "right"})
    dash = book.add_format({**grid, "num_format": "@", "align": "center"})
    closed = book.add_format({**grid, "bg_color": "#C8C8C8"})
    sheet = book.add_worksheet(f"Раздел {section['key']}"[:31])
    sheet.write_string(0, 0, section["title"], title)
    if section["note"]:
        sheet.write_string(1, 0, section["note"], note)
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 1, 6)
    sheet.set_column(2, 1 + len(section["columns"]), 13)
    for column, (label, key) in enumerate((("Наименование", "1"), ("№ строки", "2"))):
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
            elif cell.replace(".", "", 1).isdigit():
                sheet.write_number(row, column, float(cell), number)
            else:
                sheet.write_string(row, column, cell, dash)
    sheet.freeze_panes(4, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2, 3)
