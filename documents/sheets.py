"""Sheets: XLSX and CSV files to rows of text and back, with an error in plain Russian for each file that is not one."""

import csv
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from .books import new_book

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_CELLS = 4_000_000
"""The reader lays a sheet out as a full rectangle: one stray cell in the far corner would fill the memory."""
MAX_UNPACKED = 200 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(r"([A-Za-z]+)(\d+)")
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u2009", " "))
_INVISIBLE = dict.fromkeys(
    [code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n"]
    + [0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF]
)


class SheetError(Exception):
    """The file cannot be read as a sheet. The message is Russian, for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text. A row carries the number that Excel shows beside it; a cell without text is None."""

    name: str
    header_row: int
    headers: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str | None]], ...]


def read_sheet(content: bytes, name: str) -> Sheet:
    """Read XLSX or CSV: which of them is told by the content, never by `name`."""
    if len(content) > MAX_BYTES:
        raise SheetError(f"Файл слишком велик: можно до {MAX_BYTES // 1024 // 1024} МБ.")
    if not content.strip():
        raise SheetError("Файл пуст.")
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise SheetError("Файл защищён паролем. Снимите защиту и сохраните его снова.")
        raise SheetError("Это файл старого Excel (.xls). Сохраните его как «Книга Excel (.xlsx)».")
    records = _xlsx_records(content) if content.startswith(_ZIP) else _csv_records(content)
    return _sheet(PurePosixPath(name.replace("\\", "/")).name, records)


def write_sheet(headers: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bytes:
    """Write XLSX in which every cell is text: Excel takes nothing for a formula, a number or a date."""
    buffer = io.BytesIO()
    with new_book(buffer) as workbook:
        text = workbook.add_format({"num_format": "@"})
        heading = workbook.add_format({"num_format": "@", "bold": True, "text_wrap": True, "valign": "top"})
        sheet = workbook.add_worksheet("Лист1")
        sheet.freeze_panes(1, 0)
        for column, header in enumerate(headers):
            sheet.set_column(column, column, min(max(len(header) + 2, 12), 30), text)
            sheet.write_string(0, column, header, heading)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if cell and sheet.write_string(number, column, cell, text):
                    raise ValueError("a sheet is longer than XLSX allows")
    return buffer.getvalue()


def _sheet(name: str, records: Iterator[tuple[int, list[str | None]]]) -> Sheet:
    """The first row with anything in it is the header; the rows after it with anything in them are the data."""
    filled = ((number, cells) for number, cells in records if any(cells))
    header_row, labels = next(filled, (0, []))
    if not header_row:
        raise SheetError("Файл пуст.")
    rows: list[tuple[int, list[str | None]]] = []
    for number, cells in filled:
        if len(rows) == MAX_ROWS:
            raise SheetError(f"В файле слишком много строк: можно до {MAX_ROWS}.")
        rows.append((number, cells))
    headers = _headers(labels, [cells for _, cells in rows])
    return Sheet(
        name,
        header_row,
        tuple(headers.values()),
        tuple(
            (number, {label: cells[at] if at < len(cells) else None for at, label in headers.items()})
            for number, cells in rows
        ),
    )


def _headers(labels: list[str | None], rows: list[list[str | None]]) -> dict[int, str]:
    """The header of each column. A column with data but no header is kept under its letter, so that it is noticed."""
    headers = {at: " ".join(label.split()) for at, label in enumerate(labels) if label}
    for row in rows:
        for at, cell in enumerate(row):
            if cell and at not in headers:
                headers[at] = f"столбец {letters(at)}"
    seen: dict[str, int] = {}
    for at, label in headers.items():
        if (first := seen.setdefault(label.casefold(), at)) != at:
            raise SheetError(f"Заголовок «{label}» стоит дважды: в столбцах {letters(first)} и {letters(at)}.")
    return dict(sorted(headers.items()))


def letters(at: int) -> str:
    """The letters of a column as Excel shows them, from its place counted from zero."""
    found = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _place(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cleaned(text: str) -> str | None:
    """Without surrounding blanks and invisible characters, letters composed («й» is one, as it is typed)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS).translate(_INVISIBLE)
    return unicodedata.normalize("NFC", text).strip() or None


# XLSX


def _xlsx_records(content: bytes) -> Iterator[tuple[int, list[str | None]]]:
    _check_package(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for about in workbook.sheets_metadata:
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
                rows = workbook.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
                if any(cell != "" for row in rows for cell in row):
                    break
        else:
            raise SheetError("Файл пуст.")
    except PasswordError:
        raise SheetError("Файл защищён паролем. Снимите защиту и сохраните его снова.") from None
    except (CalamineError, ValueError):
        raise SheetError("Файл Excel повреждён. Откройте его и сохраните снова.") from None
    for number, row in enumerate(rows, start=1):
        yield number, [cleaned(_as_written(cell)) for cell in row]


def read_workbook(content: bytes) -> dict[str, list[list[str | None]]]:
    """All sheets of XLSX by name, hidden ones too, as rows of text from the first cell on; of formulas, the values."""
    if len(content) > MAX_BYTES:
        raise SheetError(f"Файл слишком велик: можно до {MAX_BYTES // 1024 // 1024} МБ.")
    if not content.startswith(_ZIP):
        raise SheetError("Это не книга Excel. Нужен файл .xlsx.")
    _check_package(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {
            about.name: [
                [cleaned(_as_written(cell)) for cell in row]
                for row in workbook.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
            ]
            for about in workbook.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet
        }
    except (CalamineError, ValueError):
        raise SheetError("Файл Excel повреждён. Откройте его и сохраните снова.") from None


_BAD_PACKAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
    LookupError, expat.ExpatError,
)  # fmt: skip


def _check_package(content: bytes) -> None:
    """Refuse what is not a workbook, and what would unpack into more than we can hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if "content.xml" in names:
                raise SheetError("Это таблица OpenDocument (.ods). Сохраните её как «Книга Excel (.xlsx)».")
            if "xl/workbook.xml" not in names:
                raise SheetError("Это не таблица. Нужен файл Excel (.xlsx) или CSV.")
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise SheetError("Файл слишком велик.")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    _Extent(part.filename).read(package.read(part))
    except _BAD_PACKAGE:
        raise SheetError("Файл Excel повреждён. Откройте его и сохраните снова.") from None


class _Extent:
    """How far the filled cells of a part reach. The workbook may call any part a sheet, so all are read."""

    def __init__(self, part: str) -> None:
        self.lists_sheets = part == "xl/_rels/workbook.xml.rels"
        self.row = self.column = 0
        self.rows = self.columns = 0

    def read(self, part: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = self._refuse_declarations
        parser.Parse(part, True)

    def _refuse_declarations(self, *_: object) -> None:
        raise ValueError("a workbook declares no entities")

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(":")[2]
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif name == "c":
            self.column += 1
            if found := _CELL.fullmatch(attributes.get("r", "")):
                self.column, self.row = _place(found[1]), int(found[2])
        elif name in ("v", "is"):  # only a cell that holds something takes room
            self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
            if self.rows * self.columns > MAX_CELLS:
                cell = f"{letters(self.column - 1)}{self.row}"
                raise SheetError(f"Лист слишком велик: есть заполненная ячейка {cell}. Удалите лишнее.")
        elif name == "Relationship" and self.lists_sheets and not attributes["Target"].lower().endswith(".xml"):
            raise SheetError("Книга с макросами не загружается. Сохраните лист как простую «Книгу Excel (.xlsx)».")


def _as_written(cell: Any) -> str:
    """What a person typed into the cell: Excel keeps «5» and telephone numbers as floating-point numbers."""
    match cell:
        case str():
            return cell
        case bool():
            return "ИСТИНА" if cell else "ЛОЖЬ"
        case int():
            return str(cell)
        case float():
            if cell.is_integer() and abs(cell) < 1e15:
                return str(int(cell))
            return format(cell, ".15g").replace(".", ",")
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


# CSV


def _csv_records(content: bytes) -> Iterator[tuple[int, list[str | None]]]:
    text = _decoded(content)
    if stated := re.match(r"sep=([;,])\r?\n", text):  # Excel's own hint; Excel does not show that line
        text, delimiter = text[stated.end() :], stated[1]
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise SheetError(_quoting(number, str(error))) from None
        if cells is None:
            return
        yield number, [cleaned(cell) for cell in cells]


def _quoting(row: int, error: str) -> str:
    if "unexpected end" in error or "field larger" in error:
        return f"Строка {row}: кавычка открыта и не закрыта."
    return f'Строка {row}: кавычки стоят не на месте. Внутри ячейки в кавычках их пишут дважды: "5 ""А""".'


def _decoded(content: bytes) -> str:
    """UTF-8, with or without its mark, or else Windows-1251: Russian text in the one is never valid in the other."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError("Кодировка UTF-16 не читается. Сохраните файл как CSV UTF-8 или как .xlsx.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1251")
        except UnicodeDecodeError:
            raise SheetError("Кодировка файла не распознана. Сохраните его как CSV UTF-8 или как .xlsx.") from None
    if any(character < " " and character not in "\t\r\n" for character in set(text)):
        raise SheetError("Это не таблица. Нужен файл Excel (.xlsx) или CSV.")
    return text


def _delimiter(text: str) -> str:
    """The delimiter the first row uses more often outside quotes; Excel in Russian writes «;»."""
    quoted = False
    counts = {";": 0, ",": 0}
    for character in text.lstrip():
        if character == '"':
            quoted = not quoted
        elif not quoted and character in counts:
            counts[character] += 1
        elif not quoted and character in "\r\n":
            break
    return "," if counts[","] > counts[";"] else ";"
