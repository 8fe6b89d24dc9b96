"""Federal forms on paper and as sheets (3.4): every cell stands there, and nothing that a formula could be made of."""

import csv
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from documents.federal_sheets import write_form, write_form_csv
from documents.forms_federal import federal_form
from rules.report_forms_reading import definitions, read_definition
from server.demo import Demo

from .forms_help import Forms, opened
from .journal_help import gid
from .print_help import read
from .test_forms_definition import HEAD, SECTION

A4 = {(595, 842), (842, 595)}
EVIL = '=HYPERLINK("http://x")'

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
async def forms(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Forms]:
    async with opened(cluster, demo_template) as forms:
        yield forms


async def fetch(forms: Forms, form: str, ending: str, as_: str = "deputy") -> httpx.Response:
    """The answer of the print's address."""
    token = await forms.school.token(as_)
    headers = {"authorization": f"Bearer {token}"}
    return await forms.school.client.get(f"/print/form/{form}.{ending}", headers=headers)


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """The sheets of XLSX by name."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def lines(content: bytes) -> list[list[str]]:
    """The lines of CSV: UTF-8 with its mark, semicolons."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def shown(text: str | None) -> Any:
    """A cell as a sheet holds it."""
    return "" if text is None else float(text)


async def test_a_sheet_holds_every_cell(forms: Forms) -> None:
    form = await forms.demo_form("closed")
    answer = await fetch(forms, form, "xlsx")
    assert answer.status_code == 200
    found = sheets(answer.content)
    sheet = await forms.sheet(form)
    assert list(found) == ["Форма", *(f"Раздел {each['key']}" for each in sheet["sections"])]
    for section in sheet["sections"]:
        rows = found[f"Раздел {section['key']}"]
        assert rows[3][2:] == [each["key"] for each in section["columns"]]
        for row, cells in zip(section["rows"], rows[4:], strict=True):
            values = {each["column"]: shown(each["value"]) for each in row["cells"]}
            assert cells[1] == row["key"]
            assert cells[2:] == [values.get(each["key"], "") for each in section["columns"]]


async def test_csv_holds_every_cell(forms: Forms) -> None:
    """The facts, then each section's title, columns and rows; a decimal comma, as other reports have it."""
    form = await forms.demo_form("closed")
    closing = await forms.db.fetchrow("SELECT digest, approval FROM form_closing")
    query = "query($id: ID!) { node(id: $id) { ... on FederalForm { title csvUrl } } }"
    about = (await forms.school.ask(query, {"id": form}, as_="deputy"))["data"]["node"]
    assert about["csvUrl"] == f"/print/form/{form}.csv"
    answer = await fetch(forms, form, "csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    found = lines(answer.content)
    assert found[0] == ["Форма ОО-1"]
    for fact in (
        ["Название", about["title"]],
        ["На день", "20 сентября 2025 г."],
        ["Утверждено", closing["approval"]],
        ["SHA-256 снимка", closing["digest"]],
    ):
        assert fact in found, fact
    sheet = await forms.sheet(form)
    for section in sheet["sections"]:
        at = found.index([f"Раздел {section['key']}. {section['title']}"])
        head, keys, *rows = found[at + 1 : at + 3 + len(section["rows"])]
        assert head == ["Наименование", "№ строки", *(each["title"] for each in section["columns"])]
        assert keys == ["1", "2", *(each["key"] for each in section["columns"])]
        for row, cells in zip(section["rows"], rows, strict=True):
            values = {each["column"]: (each["value"] or "").replace(".", ",") for each in row["cells"]}
            assert cells == [row["title"], row["key"], *(values.get(each["key"], "") for each in section["columns"])]
    assert any("5230,5" in row for row in found)


async def test_a_closed_form_is_of_the_school_as_it_was_called(forms: Forms) -> None:
    closed, still_open = await forms.demo_form("closed"), await forms.demo_form("open")
    rename = "UPDATE school SET name = $1, full_name = $2"
    before = await forms.db.fetchrow("SELECT name, full_name FROM school")
    try:
        await forms.db.execute(rename, "Новая", "Школа с новым именем")
        for form, named in ((closed, before["full_name"]), (still_open, "Школа с новым именем")):
            assert ["Организация", named] in lines((await fetch(forms, form, "csv")).content)
    finally:
        await forms.db.execute(rename, *before)


async def test_a_print_shows_the_form(forms: Forms) -> None:
    form = await forms.demo_form("closed")
    closing = await forms.db.fetchrow("SELECT digest, approval FROM form_closing")
    answer = await fetch(forms, form, "pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    printed = read(answer.content)
    assert printed.sizes <= A4
    for text in ("Форма ОО-1", "20 сентября 2025 г.", "Раздел 9", "девочки: 11 лет", "5230,5", closing["approval"]):
        assert text in printed.text, text
    assert closing["digest"] in printed.text.replace(" ", "")
    assert "Руководитель организации" in printed.pages[-1]


async def test_every_form_is_printed_whole(forms: Forms) -> None:
    """Each title of a row and a column stands on paper, whatever the form."""
    for code, editions in definitions().items():
        form = await forms.open(code, "2026-04-01")
        printed = read((await fetch(forms, form, "pdf")).content)
        assert printed.sizes <= A4
        text = printed.text.replace("- ", "-")
        for section in editions[-1].sections:
            assert f"Раздел {section.key}. {section.title}" in text
            for line in section.rows:
                assert line.title in text, (code, line.title)


async def test_who_prints_a_form(forms: Forms) -> None:
    form = await forms.demo_form("open")
    for ending in ("xlsx", "csv"):
        for login in ("director", "deputy", "secretary", "administrator", "analyst"):
            assert (await fetch(forms, form, ending, login)).status_code == 200, (login, ending)
        for login in ("teacher", "student", "parent", "hr"):
            assert (await fetch(forms, form, ending, login)).status_code == 403, (login, ending)
        assert (await forms.school.client.get(f"/print/form/{form}.{ending}")).status_code == 401
    assert (await forms.school.client.get(f"/print/form/{form}.pdf")).status_code == 401
    for unknown, ending in ((gid("FederalForm", 999), "pdf"), (gid("Student", 1), "pdf"), ("x", "pdf"), (form, "doc")):
        assert (await fetch(forms, unknown, ending)).status_code == 404
    noted = await forms.db.fetch(
        "SELECT outcome, input ->> 'kind' AS kind FROM audit_entry WHERE command = 'printForm' ORDER BY id"
    )
    assert [row["outcome"] for row in noted][-1] == "NOT_FOUND"
    assert sum(row["kind"] == "csv" and row["outcome"] == "done" for row in noted) >= 5


def test_a_whole_number_has_no_point_of_its_own() -> None:
    """Where fractions are allowed, too: a format of optional digits shows «3,» for 3."""
    import zipfile

    source = HEAD + SECTION.replace("manual = true", "manual = true, fraction = true")
    head = {"school": {"name": ""}, "lines": [], "printed": "", "day": "", "facts": [], "by": "", "legend": []}
    content = write_form(federal_form(read_definition(source), {"1.01.4": "3", "1.02.4": "0.5"}, [], head), NOON)
    with zipfile.ZipFile(BytesIO(content)) as book:
        styles = book.read("xl/styles.xml").decode()
    assert not [code for code in re.findall('formatCode="([^"]*)"', styles) if "#" in code]
    assert [row[3] for row in sheets(content)["Раздел 1"][4:]] == [3.0, 0.5]


def test_what_looks_like_a_formula_is_text() -> None:
    source = (HEAD + SECTION).replace("Пробная", EVIL.replace('"', '\\"')).replace("5 класс", "+1+1")
    definition = read_definition(source)
    head = {
        "school": {"name": "@SUM(1)"},
        "lines": ["-1+1"],
        "printed": "",
        "day": "",
        "facts": [],
        "by": "",
        "legend": ["+2"],
    }
    values = federal_form(definition, {"1.01.3": "7"}, [], {**head, "facts": [("=Факт", "@1")]})
    content = write_form(values, NOON)
    found = sheets(content)
    assert [row[0] for row in found["Форма"]] == ["Форма Х", EVIL, "@SUM(1)", "-1+1", "Выгружено: 03.06.2026", "+2"]
    assert found["Раздел 1"][4] == ["+1+1", "01", 7.0, ""]
    import zipfile

    with zipfile.ZipFile(BytesIO(content)) as book:
        for name in book.namelist():
            assert b"<f>" not in book.read(name) or not name.startswith("xl/worksheets"), name
    text = lines(write_form_csv(values))
    assert text[:4] == [["Форма Х"], ["'@SUM(1)"], ["Название", f"'{EVIL}"], ["'=Факт", "'@1"]]
    assert ["'+1+1", "01", "7", ""] in text
    assert not [cell for row in text for cell in row if cell.startswith(("=", "+", "-", "@"))]
