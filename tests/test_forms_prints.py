"""Federal forms on paper and as sheets (3.4): every cell stands there, and nothing that a formula could be made of."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from documents.federal_sheets import write_form
from documents.forms_federal import DASH, federal_form
from rules.report_forms_reading import definitions, read_definition
from server.demo import Demo

from .forms_help import Forms, opened
from .journal_help import gid
from .print_help import read
from .test_forms_definition import HEAD, SECTION

A4 = {(595, 842), (842, 595)}
EVIL = '=HYPERLINK("http://x")'


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


async def test_an_analyst_has_dashes_and_no_names(forms: Forms) -> None:
    form = await forms.demo_form("closed")
    cells = await forms.cells(form, "analyst")
    hidden = sum(each["withheld"] == "WITHHELD" for each in cells.values())
    assert hidden
    assert all(each["value"] is None for each in cells.values() if each["withheld"])
    content = (await fetch(forms, form, "xlsx", "analyst")).content
    assert sum(row.count(DASH) for rows in sheets(content).values() for row in rows) == hidden
    printed = read((await fetch(forms, form, "pdf", "analyst")).content)
    names = {
        row[0] for row in await forms.db.fetch("SELECT family_name FROM person JOIN staff ON person_id = person.id")
    }
    assert not [name for name in names if name in printed.text]
    assert "Приказ директора" not in printed.text
    deputy = read((await fetch(forms, form, "pdf")).content)
    assert "Приказ директора" in deputy.text


async def test_who_prints_a_form(forms: Forms) -> None:
    form = await forms.demo_form("open")
    for login in ("director", "deputy", "secretary", "administrator", "analyst"):
        assert (await fetch(forms, form, "xlsx", login)).status_code == 200, login
    for login in ("teacher", "student", "parent", "hr"):
        assert (await fetch(forms, form, "xlsx", login)).status_code == 403, login
    assert (await forms.school.client.get(f"/print/form/{form}.pdf")).status_code == 401
    for unknown, ending in ((gid("FederalForm", 999), "pdf"), (gid("Student", 1), "pdf"), ("x", "pdf"), (form, "csv")):
        assert (await fetch(forms, unknown, ending)).status_code == 404
    noted = await forms.db.fetch("SELECT outcome FROM audit_entry WHERE command = 'printForm' ORDER BY id")
    assert [row["outcome"] for row in noted][-1] == "NOT_FOUND"


def test_what_looks_like_a_formula_is_text() -> None:
    source = (HEAD + SECTION).replace("Пробная", EVIL.replace('"', '\\"')).replace("5 класс", "+1+1")
    definition = read_definition(source)
    head = {"school": {"name": "@SUM(1)"}, "lines": ["-1+1"], "printed": "", "day": "", "facts": [], "by": ""}
    content = write_form(federal_form(definition, {"1.01.3": "7"}, {"1.02.3"}, [], head))
    found = sheets(content)
    assert [row[0] for row in found["Форма"]] == ["Форма Х", EVIL, "@SUM(1)", "-1+1"]
    assert found["Раздел 1"][4] == ["+1+1", "01", 7.0, ""]
    assert found["Раздел 1"][5][2] == DASH
    import zipfile

    with zipfile.ZipFile(BytesIO(content)) as book:
        for name in book.namelist():
            assert b"<f>" not in book.read(name) or not name.startswith("xl/worksheets"), name
