"""Sheets read back as they were written, in every format; what is not a sheet is refused with its reason."""

import csv
import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import sheets
from documents.sheets import Sheet, SheetError, read_sheet, write_sheet

HEADERS = ("Фамилия", "Дата рождения", "Примечание, если есть", "Класс; буква")
LETTERS = "АБВЁабвёйъ Zz09.,;:'\"«»№=+-@()\n\t"

Row = list[str | None]
cells = st.none() | st.text(LETTERS, min_size=1, max_size=20).filter(lambda text: text == text.strip())
tables = st.lists(
    st.lists(cells, min_size=len(HEADERS), max_size=len(HEADERS)).filter(lambda row: any(row)), max_size=12
)


def as_csv(rows: list[Row], delimiter: str, encoding: str, headers: tuple[str, ...] = HEADERS) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([headers, *rows])
    return text.getvalue().encode(encoding)


WRITERS = {
    "xlsx": lambda rows: write_sheet(HEADERS, rows),
    **{
        f"{encoding} {delimiter}": lambda rows, d=delimiter, e=encoding: as_csv(rows, d, e)
        for encoding in ("utf-8", "utf-8-sig", "cp1251")
        for delimiter in ";,"
    },
}


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=30, deadline=None)
@given(rows=tables)
def test_any_table_reads_back(form: str, rows: list[Row]) -> None:
    sheet = read_sheet(WRITERS[form](rows), "список.csv")
    assert sheet.headers == HEADERS
    assert sheet.rows == tuple((at, dict(zip(HEADERS, row, strict=True))) for at, row in enumerate(rows, start=2))


def workbook(*rows: list[object], **options: object) -> bytes:
    """A workbook as Excel would write it, with numbers and dates."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "dd.mm.yyyy", **options}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return content.getvalue()


def test_excel_cells_come_back_as_people_wrote_them() -> None:
    content = workbook(
        ["а", "б", "в", "г", "д", "е", "ж"],
        [5.0, 79130000000, 0.5, True, date(2015, 9, 1), datetime(2015, 9, 1, 8, 30), time(8, 30)],  # noqa: DTZ001
    )
    _, row = read_sheet(content, "x.xlsx").rows[0]
    assert list(row.values()) == [
        "5", "79130000000", "0,5", "ИСТИНА", "2015-09-01", "2015-09-01 08:30:00", "08:30:00",
    ]  # fmt: skip


def test_rows_are_numbered_as_excel_shows_them() -> None:
    content = workbook([], ["Имя", "Класс"], [], ["Анна", "5А"], ["  ", "\u00a0"], ["Яна", "6Б"])
    sheet = read_sheet(content, "x.xlsx")
    assert (sheet.header_row, [number for number, _ in sheet.rows]) == (2, [4, 6])
    text = 'Имя;Класс\n\n"Анна\nМария";5А\n;\nЯна;6Б\n'
    assert [number for number, _ in read_sheet(text.encode(), "x.csv").rows] == [3, 5]


def test_blanks_are_dropped_and_letters_composed() -> None:
    text = "\ufeff Имя\u00a0 ;Дата\nрождения\n".replace("Дата\nрождения", '"Дата\nрождения"')
    text += "\u00a0Андре\u0438\u0306\u200b ; \u00a0\n"
    sheet = read_sheet(text.encode(), "x.csv")
    assert sheet.headers == ("Имя", "Дата рождения")
    assert sheet.rows == ((2, {"Имя": "Андрей", "Дата рождения": None}),)


def test_a_column_without_a_header_is_noticed_only_where_it_holds_something() -> None:
    assert read_sheet(b"a;;c;\n1;;3;", "x").headers == ("a", "c")
    assert read_sheet(b"a;;c\n1;2;3;4", "x").headers == ("a", "столбец B", "c", "столбец D")


def test_the_first_sheet_with_anything_on_it_is_read() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, text in (("скрытый", "нет"), ("пустой", ""), ("список", "да")):
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, text)
            if name == "скрытый":
                sheet.hide()
        book.worksheets()[1].activate()
    assert read_sheet(content.getvalue(), "x.xlsx").headers == ("да",)


def test_the_line_that_tells_excel_the_delimiter_is_no_row() -> None:
    sheet = read_sheet("sep=,\r\nИмя,Класс\r\nАнна,5А\r\n".encode("cp1251"), r"C:\списки\x.csv")
    assert sheet == Sheet("x.csv", 1, ("Имя", "Класс"), ((2, {"Имя": "Анна", "Класс": "5А"}),))


def test_written_cells_are_text() -> None:
    rows = [["=1+1", "0012", "01.09", "_x0041_", "https://example.org"]]
    content = write_sheet(["а", "б", "в", "г", "д"], rows)
    assert list(read_sheet(content, "x").rows[0][1].values()) == rows[0]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("letter", ["ы", "\N{MUSICAL SYMBOL G CLEF}"])
def test_a_text_that_no_cell_holds_is_cut(letter: str) -> None:
    """A cell has 32,767 units of UTF-16; Excel mends a book with more of them, and says so."""
    size = len(letter.encode("utf-16-le")) // 2
    fits, too_long = letter * (32_767 // size), letter * (32_767 // size + 1)
    sheet = read_sheet(write_sheet(["а", "б"], [[fits, too_long]]), "x.xlsx")
    assert sheet.rows[0][1] == {"а": fits, "б": letter * (32_766 // size) + "…"}


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in files.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return content.getvalue()


def far_cell() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "Имя")
        sheet.write_string(1_048_575, 16_383, "x")
    return content.getvalue()


def with_macros() -> bytes:
    links = b'<Relationships><Relationship Id="r1" Target="vbaProject.bin"/></Relationships>'
    content = io.BytesIO(packed(xl__workbook_xml=b"<workbook/>"))
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("xl/_rels/workbook.xml.rels", links)
    return content.getvalue()


REFUSED = {
    "empty": (b"", "Файл пуст"),
    "blank": (b" \r\n;;\r\n", "Файл пуст"),
    "blank workbook": (workbook(["", " "]), "Файл пуст"),
    "legacy": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
    "encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "паролем"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Это не таблица"),
    "archive": (packed(readme=b"hello"), "Это не таблица"),
    "open document": (packed(content_xml=b"<x/>"), "OpenDocument"),
    "broken workbook": (packed(xl__workbook_xml=b"<x"), "повреждён"),
    "cut workbook": (workbook(["Имя"], ["Анна"])[:900], "повреждён"),
    "entities": (packed(xl__workbook_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "повреждён"),
    "macros": (with_macros(), "макросами"),
    "unpacks too large": (packed(xl__workbook_xml=b"0" * (sheets.MAX_UNPACKED + 1)), "слишком велик"),
    "far cell": (far_cell(), "ячейка XFD1048576"),
    "utf-16": ("Имя;Класс".encode("utf-16"), "UTF-16"),
    "unknown encoding": ("Имя;Класс".encode("cp1251") + b"\x98", "Кодировка"),
    "unclosed quote": ('Имя;Класс\nАнна;5А\n"Яна;6Б\n'.encode(), "Строка 3: кавычка открыта и не закрыта"),
    "unclosed quote in a long file": (("Имя\n" + '"' + "Яна\n" * 50_000).encode(), "Строка 2: кавычка открыта"),
    "misplaced quote": ('Имя;Класс\n"Яна"я;6Б\n'.encode(), "Строка 2: кавычки стоят не на месте"),
    "header twice": ("Имя;Класс;имя\n".encode(), "стоит дважды: в столбцах A и C"),
    "too many bytes": (b"a" * (sheets.MAX_BYTES + 1), "до 10 МБ"),
    "too many rows": (b"a\n" + b"1\n" * (sheets.MAX_ROWS + 1), "до 20000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_a_sheet_is_refused_with_its_reason(case: str) -> None:
    content, reason = REFUSED[case]
    with pytest.raises(SheetError) as refused:
        read_sheet(content, "x")
    assert reason in str(refused.value)


def attempt(content: bytes) -> Sheet | str:
    try:
        return read_sheet(content, "x")
    except SheetError as refused:
        return str(refused)


SOUND = workbook(["Имя", "Класс", "Дата"], ["Анна", 5, date(2015, 9, 1)], ["Яна", "6Б", None])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_workbook_never_breaks_the_reader(damage: list[tuple[int, int]]) -> None:
    content = bytearray(SOUND)
    for at, value in damage:
        content[at] = value
    assert isinstance(attempt(bytes(content)), Sheet | str)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_sheet_or_a_reason(content: bytes) -> None:
    assert isinstance(attempt(content), Sheet | str)
