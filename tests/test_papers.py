"""Reports on paper and as sheets, whatever they are of: what stands together, what is left out, what a chart shows."""

import asyncio
import re
import time
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import orjson
import pypdf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from documents.charts import svg_of, svg_of_all
from documents.forms import Form, Printer
from documents.forms_typst import _USUAL, _breaking
from documents.tables import Chart, Column, Kind, Line, Paper, Table, spans, without_empty
from documents.tables_csv import csv_of
from documents.tables_pdf import report_form
from documents.tables_xlsx import xlsx_of
from rules.journal_print import Made

from .print_help import Printed, read

NAMES = [f"Фамилия{place} Имя" for place in range(1, 31)]
MARKS = [
    Column("№", Kind.NUMBER, 7, joint=True),
    Column("Обучающийся", joint=True),
    Column("За что", width=30),
    Column("Алгебра", Kind.NUMBER, 12, upright=True),
    Column("Решение", width=40, joint=True),
]
AT = datetime(2026, 6, 3, 0, 30, tzinfo=ZoneInfo("Asia/Barnaul"))
PERIODS = ("I четверть", "II четверть", "III четверть", "IV четверть", "Год")


def sheet_of_marks(**more: Any) -> Paper:
    """Five lines of each student, the number, the name and the decision in the first."""
    lines = [
        Line(
            [*((place, name) if not at else (None, None)), period, "4", f"решение {place}" if not at else None],
            further=at > 0,
        )
        for place, name in enumerate(NAMES, 1)
        for at, period in enumerate(PERIODS)
    ]
    return Paper("Ведомость", "Школа", [("Класс", "5А")], [Table(MARKS, lines)], **more)


async def printed(paper: Paper) -> Printed:
    return read(await Printer().pdf(Form.REPORT, await asyncio.to_thread(report_form, paper, "печать")))


def test_lines_that_go_on_with_one() -> None:
    assert spans([Line(["а"]), Line(["б"], further=True), Line(["в"]), Line(["г"]), Line(["д"], further=True)]) == [
        *(2, 0, 1, 2, 0)
    ]
    assert spans([Line(["а"], further=True), Line(["б"], further=True)]) == [2, 0]
    assert spans([]) == []


async def test_no_page_parts_the_lines_of_a_student() -> None:
    found = await printed(sheet_of_marks(landscape=True))
    assert len(found.pages) > 3
    for page in found.pages:
        assert page.count("решение") == page.count("Фамилия") == page.count("Год 4") > 0
        assert page.count("четверть 4") == 4 * page.count("Год 4")
    assert all(found.text.count(f"{name} ") == 1 for name in NAMES)


def test_a_joint_cell_of_a_sheet_reaches_over_its_lines() -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(xlsx_of(sheet_of_marks(), AT)))
    sheet = book.get_sheet_by_index(0)
    merged = {(first, last) for first, last in sheet.merged_cell_ranges or () if first[1] == 1}
    assert len(merged) == len(NAMES)
    assert all(last[0] - first[0] == len(PERIODS) - 1 for first, last in merged)
    rows = sheet.to_python(skip_empty_area=False)
    assert [rows[first[0]][1] for first, _ in sorted(merged)] == NAMES
    assert csv_of(sheet_of_marks()).decode().count("решение") == len(NAMES)


@pytest.mark.parametrize("lines", range(46, 56, 2))
async def test_nobody_signs_on_a_page_of_its_own(lines: int) -> None:
    """The legend comes along, wherever the page ends."""
    table = Table([Column("Класс"), Column("Всего", Kind.NUMBER, 20)], [Line([f"{n}А", n]) for n in range(lines)])
    found = await printed(
        Paper("Отчёт", "Школа", [], [table], legend=["Что как сосчитано."], signers=[("Завуч", ""), ("Секретарь", "")])
    )
    (last,) = (page for page in found.pages if "Завуч" in page)
    assert "Что как сосчитано." in last
    assert "Секретарь" in last


def test_a_small_table_is_not_parted_and_a_long_one_may_be() -> None:
    columns = [Column("Предмет"), Column("Балл", Kind.DECIMAL, 20)]

    def together(*lines: Line) -> bool:
        form = report_form(Paper("Отчёт", "Школа", [], [Table(columns, lines)]), "печать")
        return form["tables"][0]["together"]  # type: ignore[no-any-return]

    assert together(*[Line(["Алгебра", Decimal("4.50")])] * 12)
    assert not together(*[Line(["Алгебра", Decimal("4.50")])] * 60)
    assert not together(Line(["слово " * 400, None]))
    assert not together(*[Line(["строка\n" * 10, None])] * 5)


@pytest.mark.parametrize("above", range(44, 50))
async def test_a_line_is_parted_only_where_it_is_long(above: int) -> None:
    """Wherever the page ends."""
    lines = [*([Line(["один"])] * above), Line([" ".join(f"короткая{n}" for n in range(40))])]
    found = await printed(Paper("Отчёт", "Школа", [], [Table([Column("Что")], lines)]))
    assert [page.count("короткая") for page in found.pages if "короткая" in page] == [40]
    long = await printed(Paper("Отчёт", "Школа", [], [Table([Column("Что")], [Line(["слово " * 9000])])]))
    assert long.text.count("слово") == 9000


SHOWN = {
    "Читать §5 📖, затем «Ёж»": "Читать §5 �, затем «Ёж»",
    "张 и 李": "� и �",
    "семья 👨\u200d👩\u200d👧 и 👍🏽": "семья � и �",
    "а\x01б\x1fв\x7fг\uffffд": "абвг�д",
    "1️⃣ Прочитать, #️⃣": "1 Прочитать, #",
    "❤️‍🔥 и 🇷🇺": "❤ и �",
    "строка\u0085вторая\u2028третья\rпоследняя": "строка вторая третья последняя",
    r"C:\u0001 \\u0002 \n": r"C:\u0001 \\u0002 \n",
    "Гөлнар, Ҡаһым, გიორგი, Արմեն, ☺ ✓ ❤ → ≤ №": "Гөлнар, Ҡаһым, გიორგი, Արմեն, ☺ ✓ ❤ → ≤ №",
}
"""What people write, and what of it is on paper: what the fonts have is there, and no more than that is lost."""


async def test_what_the_fonts_do_not_have() -> None:
    lines = [Line([text]) for text in SHOWN]
    found = await printed(Paper("Отчёт 📖", "Школа 张", [], [Table([Column("Что")], lines)]))
    for shown in SHOWN.values():
        assert " ".join(shown.split()) in found.text
    assert "Отчёт �" in found.text


@pytest.mark.parametrize("text", ["1️⃣", "а\u0085б", "а\u2028б", "\u0610", "📖", "а\x01б\uffff"])
async def test_a_chart_is_printed_whatever_it_says(text: str) -> None:
    """A picture is set otherwise than a text is."""
    chart = Chart(text, [text, "б"], [(text, [1, 2]), ("б", [2, 1])])
    found = await printed(Paper("Отчёт", "Школа", [], [Table([Column("Что")], [Line(["цело"])])], charts=[chart]))
    assert "цело" in found.text


TOGETHER = [
    ("Гөлнар, Ҡаһым, გიორგი, Արմեն, ☺ ✓ ❤ → ≤ №", "a picture is drawn with few fonts at once"),
    ("ө \u0610 გ", "a mark that stands alone"),
]


@pytest.mark.parametrize(("name", "why"), TOGETHER)
async def test_what_is_lacking_together_loses_no_more_than_it_must(name: str, why: str) -> None:
    """A sign or two of it, and none of what stands elsewhere in the form."""
    chart = Chart("Отчёт", [name, "б"], [(f"ө გ {name}", [1, 2]), ("б", [2, 1])])
    lines = [Line([text]) for text in SHOWN]
    paper = Paper("Отчёт გ", "Школа", [], [Table([Column("Что")], [*lines, Line([name])])], charts=[chart])
    found = await printed(paper)
    for shown in (*SHOWN.values(), "Отчёт გ"):
        assert " ".join(shown.split()) in found.text
    # In the table, on the axis unless the label is cut there, and in the legend.
    lost = [sign for sign in set(name) - {" "} if found.text.count(sign) < 2]
    assert len(lost) <= 1, (lost, why)


async def test_a_form_whose_own_letters_are_fewer_is_printed(tmp_path: Path) -> None:
    """What they lack is replaced; there is a print."""
    form = tmp_path / "form.typ"
    form.write_text(
        '#let data = json(bytes(sys.inputs.data))\n#set text(font: "DejaVu Sans Mono", fallback: false)\n#data.text'
    )
    found = read(await Printer()._run(form, orjson.dumps({"text": f"цело {'слово' * 9} \u2c60"})))
    assert f"цело {'слово' * 9} �" in found.text


LONG = [
    *("слово" * 4000, "1" * 20000, "№ 5, " * 2500, "г. Б, " * 1700),
    *("+7 (903) 123-45-67, " * 500, "а/" * 5000, "а\u00a0" * 5000),
]
"""As long as a text may be, and longer: where a rule of the template's own met each of them, there was no print."""


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
async def test_any_text_is_printed_whole_and_soon(text: str) -> None:
    """Wherever it stands; each sign of it within the page, though what stands beside it is short."""
    columns = [Column("Что", width=30), Column("Ещё")]
    paper = Paper("Отчёт", "Школа", [("Факт", text)], [Table(columns, [Line([text, "цело"])])], opening=["П", text])
    begun = time.monotonic()
    pdf = await Printer().pdf(Form.REPORT, report_form(paper, "печать"))
    assert time.monotonic() - begun < 10
    one = text[0]
    assert sum(page.count(one) for page in read(pdf).pages) >= 3 * text.count(one)
    width, height = 595, 842
    for x, y in places(pdf):
        assert 0 < x < width, "across the page's edge"
        assert 0 < y < height, "beneath the page"


def places(pdf: bytes) -> list[tuple[float, float]]:
    """Where texts of a PDF begin, in points from the page's lower left."""
    found: list[tuple[float, float]] = []
    for page in pypdf.PdfReader(BytesIO(pdf)).pages:

        def seen(text: str, user: Any, at: Any, *_: Any) -> None:
            if text.strip():
                found.append((user[0] * at[4] + user[4], user[3] * at[5] + user[5]))

        page.extract_text(visitor_text=seen)
    return found


def test_where_a_line_breaks() -> None:
    """A telephone number and what is short for a word stay whole; no mark leaves its letter."""
    stays, short = "\u00a0", "и\u0306"
    for text, said in {
        "№ 5": f"№{stays}5",
        "г. Бийск, ул. Мира, д. 5, кв. 1": f"г.{stays}Бийск, ул.{stays}Мира, д.{stays}5, кв.{stays}1",
        "лет. дг. а": "лет. дг. а",
        "+7 (903) 123-45-67": f"+7{stays}(903){stays}123-45-67",
        "5 4 3": "5 4 3",
        "1 " * 30: "1 " * 30,
        "а" * 24: "а" * 24,
        "а" * 25: f"{'а' * 12}\u200b{'а' * 12}\u200bа",
        short * 13: f"{short * 6}\u200b{short * 6}\u200b{short}",
    }.items():
        assert _breaking(text) == said


async def test_many_signs_that_no_font_has_take_no_time() -> None:
    text = " ".join(map(chr, range(0x4E00, 0x8E00)))
    paper = Paper("Отчёт", "Школа", [], [Table([Column("Что")], [Line([text]), Line(["цело"])])])
    found = read(await Printer(seconds=20).pdf(Form.REPORT, report_form(paper, "печать")))
    assert found.text.count("�") == 0x4000
    assert "цело" in found.text


@pytest.mark.parametrize("title", ["а\x01б", "\uffff", "<r>а & б</r>"])
def test_a_book_is_xml_whatever_it_is_called(title: str) -> None:
    with ZipFile(BytesIO(xlsx_of(Paper(title, "Школа", [], [Table([Column("Что")], [Line([title])])]), AT))) as book:
        for part in book.namelist():
            ElementTree.fromstring(book.read(part))  # noqa: S314 -- our own


def test_a_cell_that_a_book_cannot_hold_is_cut() -> None:
    paper = Paper("Отчёт", "Школа", [], [Table([Column("Что")], [Line(["ы" * 32_768]), Line(["цело"])])])
    rows = CalamineWorkbook.from_filelike(BytesIO(xlsx_of(paper, AT))).get_sheet_by_index(0).to_python()
    assert ["ы" * 32_766 + "…"] in rows
    assert ["цело"] in rows


def test_a_book_says_of_what_it_is_and_when_it_was_made() -> None:
    """Above the table, by the school's calendar, and in its properties, by the world's clock."""
    paper = sheet_of_marks()
    content = xlsx_of(paper, AT)
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[:5]] == ["Ведомость", "Школа", "Класс: 5А", "Выгружено: 03.06.2026", ""]
    with ZipFile(BytesIO(content)) as book:
        core = ElementTree.fromstring(book.read("docProps/core.xml"))  # noqa: S314 -- our own
    said = {each.tag.partition("}")[2]: each.text for each in core}
    assert (said["title"], said["created"]) == ("Ведомость", "2026-06-02T17:30:00Z")


def test_a_file_of_a_table_is_called_by_its_day() -> None:
    """A CSV has no place to say it within; a PDF says it on each page."""
    made = Made(AT, "Иванова М. П.")
    assert [made.file_name("Отчёт, 5А", kind) for kind in ("pdf", "xlsx", "csv")] == [
        *("Отчёт, 5А.pdf", "Отчёт, 5А (выгружено 03.06.2026).xlsx", "Отчёт, 5А (выгружено 03.06.2026).csv")
    ]


async def test_signs_that_are_taken_for_printable_are() -> None:
    """All of them at once: typst would make nothing if the fonts lacked one."""
    signs = [chr(code) for code in range(0x20, 0x2300) if _USUAL.fullmatch(chr(code))]
    assert len(signs) > 300
    found = await printed(Paper("Отчёт", "Школа", [], [Table([Column("Что")], [Line([sign]) for sign in signs])]))
    assert "\N{REPLACEMENT CHARACTER}" not in found.text


@given(st.lists(st.text(max_size=20) | st.text("<>r/t= &", max_size=12).map(lambda text: f"<r>{text}</r>"), min_size=1))
@example(["<r>Итоги & планы</r>", "<r></si></r>", "=1+1", "@SUM(A1)", "<r>"])
def test_any_text_is_that_text_in_a_sheet(texts: list[str]) -> None:
    """It can be opened, and nothing is a formula; but what XML has no sign for may look otherwise."""
    said = [text for text in texts if not re.search(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff_\s]", text)] or ["а"]
    paper = Paper("Отчёт", "<r>Школа</r>", [], [Table([Column("<r>Что</r>")], [Line([text]) for text in said])])
    rows = CalamineWorkbook.from_filelike(BytesIO(xlsx_of(paper, AT))).get_sheet_by_index(0).to_python()
    found = [str(row[0]).removeprefix("\u200b") for row in rows]
    assert {"<r>Школа</r>", "<r>Что</r>", *filter(None, said)} <= set(found)


def test_a_chart_of_whatever_people_write_is_xml() -> None:
    words = "а\x01<&\uffff📖"
    svg = svg_of(Chart(words, [words, "б"], [(words, [1, 2]), ("в", [2, 3])]))
    found = "".join(ElementTree.fromstring(svg).itertext())  # noqa: S314 -- our own
    assert found.count("а<&📖") > 2


def test_less_than_nothing_has_a_minus_on_paper_and_is_a_number_in_a_sheet() -> None:
    table = Table([Column("Класс"), Column("Рост", Kind.DECIMAL)], [Line(["5-А", Decimal("-0.50")])])
    paper = Paper("Отчёт", "Школа", [], [table])
    (line,) = report_form(paper, "печать")["tables"][0]["lines"]
    assert line["cells"] == ["5-А", "\N{MINUS SIGN}0,50"]
    rows = CalamineWorkbook.from_filelike(BytesIO(xlsx_of(paper, AT))).get_sheet_by_index(0).to_python()
    assert ["5-А", -0.5] in rows


def test_columns_in_which_nothing_stands() -> None:
    columns = [Column("Класс"), Column("Куда"), Column("Балл", group="К году"), Column("СОУ", group="К году")]
    lines = [Line(["5А", None, None, None]), Line(["5Б", "", None, Decimal(0)])]
    kept = without_empty(Table(columns, lines), ("Куда", "К году"))
    assert [column.title for column in kept.columns] == ["Класс", "СОУ"]
    assert [list(line.cells) for line in kept.lines] == [["5А", None], ["5Б", Decimal(0)]]
    assert without_empty(Table(columns, lines), ()).columns == columns


def texts(svg: str, of: str) -> list[ElementTree.Element]:
    """The texts of a part of a chart."""
    found = ElementTree.fromstring(svg)  # noqa: S314 -- our own
    return [
        text
        for group in found.iter("{http://www.w3.org/2000/svg}g")
        if of in (group.get("class") or "").split()
        for text in group.iter("{http://www.w3.org/2000/svg}text")
    ]


def chart(labels: list[str], value: Decimal = Decimal("4.25")) -> Chart:
    return Chart("Балл", labels, [("Ученик", [value] * len(labels)), ("Класс", [value] * len(labels))], most=5, least=0)


def test_values_that_would_lie_across_one_another_are_not_shown() -> None:
    few, many = (chart([f"{n}А" for n in range(1, count)]) for count in (6, 34))
    assert [text.text for text in texts(svg_of(few), "text-overlay") if text.text] == ["4,25"] * 10
    assert not [text for text in texts(svg_of(many), "text-overlay") if text.text]
    # Across a flipped page there is more room.
    between = chart([f"{n}А" for n in range(1, 18)])
    assert not [text for text in texts(svg_of(between), "text-overlay") if text.text]
    assert [text.text for text in texts(svg_of(between, wide=True), "text-overlay") if text.text] == ["4,25"] * 34


def test_a_chart_of_nothing_says_so() -> None:
    """In the first grade, or before anything is marked."""
    svg = svg_of(Chart("Средний балл", ["Рус. яз.", "Музыка"], [("Класс", [None, None])], least=0, most=5))
    assert "Нет данных" in svg
    assert "No data" not in svg


@pytest.mark.parametrize("wide", [False, True])
def test_charts_stand_one_below_the_other(wide: bool) -> None:
    """Whole and apart: each in its own frame, with names of its own."""
    charts = [chart(["I", "II"][:count], Decimal(count)) for count in (1, 2)]
    text = svg_of_all(charts, wide=wide)
    whole = ElementTree.fromstring(text)  # noqa: S314 -- our own
    width, height = (float(each) for each in whole.attrib["viewBox"].split()[2:])
    first, second = whole.findall("{*}svg")
    for each, top in ((first, 0.0), (second, height / 2)):
        assert each.attrib["viewBox"].split() == ["0", "0", each.attrib["width"], each.attrib["height"]]
        assert (float(each.attrib["y"]), float(each.attrib["width"])) == (top, width)
        assert float(each.attrib["height"]) == height / 2
    names = [each.attrib["id"] for each in whole.iter() if "id" in each.attrib]
    assert len(names) == len(set(names)) > 2
    assert "<script" not in text
    assert svg_of_all(charts[:1], wide=wide) == svg_of(charts[0], wide=wide)


def test_values_of_lines_that_meet_are_not_shown() -> None:
    def values(*ends: int) -> list[str | None]:
        series = [(f"{end}", [Decimal("4.00"), Decimal(end)]) for end in ends]
        first = [(series[0][0], [None, series[0][1][1]]), *series[1:]]
        svg = svg_of(Chart("Балл", ["I", "II"], first, lines=True, least=1, most=5))
        return sorted(text.text or "" for text in texts(svg, "text-overlay") if text.text)

    assert values(2, 4) == ["2", "4", "4"]
    assert values(4, 4) == []


def test_labels_are_turned_only_where_they_must_and_never_fill_the_chart() -> None:
    short = texts(svg_of(chart(["Рус. яз.", "Алгебра"] * 4)), "x")
    assert short
    assert not any("rotate" in (text.get("transform") or "") for text in short)
    long = "Основы религиозных культур и светской этики"
    turned = texts(svg_of(chart([long, "Алгебра"] * 8)), "x")
    assert len(turned) == 16
    assert all("rotate" in (text.get("transform") or "") for text in turned)
    assert {text.text for text in turned} == {"Основы религиозных куль…", "Алгебра"}


def test_a_chart_runs_nothing() -> None:
    """Whatever its words are: it is shown by browsers, too."""
    name = "</script><script>alert(1)</script>"
    svg = svg_of(Chart(name, [name, "II"], [(name, [4, 5])]))
    assert "<script" not in svg
    assert "&lt;script" in svg
    ElementTree.fromstring(svg)  # noqa: S314 -- our own
