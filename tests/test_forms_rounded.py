"""What an analyst is shown of federal forms: people rounded to five, on every path, and nothing exact beside (4.1)."""

import csv
from collections.abc import AsyncIterator
from datetime import date
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from rules.report_forms import rounded_values
from rules.report_forms_reading import definitions
from server.demo import Demo

from .forms_help import NAMELESS, Forms, opened
from .journal_help import number_of
from .movement_help import end
from .print_help import read

EXACT = {"oo-1": ("1.",), "osh-1": ("7.01.",), "osh-5": (), "osh-9": ("3.",)}
"""What is written by hand and counts no people, by the beginning of its number."""
LEGEND = "Числа округлены до 5 человек"


def rounded(value: str | None) -> str | None:
    """A number of people as an analyst sees it: the nearest of 5, 10, 15, …, and 0 of fewer than five."""
    if value is None:
        return None
    count = int(value)
    return "0" if count < 5 else str(min(range(5, count + 6, 5), key=lambda each: (abs(each - count), -each)))


@pytest.fixture(scope="module")
async def forms(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Forms]:
    async with opened(cluster, demo_template) as forms:
        yield forms


async def filled(forms: Forms, code: str, on: str) -> str:
    """A form whose manual cells hold numbers of all sizes, and nothing here and there."""
    form = await forms.open(code, on)
    manual = [key for key, cell in (await forms.cells(form)).items() if cell["kind"] == "MANUAL"]
    numbers = [{"cell": key, "value": str(place)} for place, key in enumerate(manual) if place % 7]
    await forms.done("setFormCells", formId=form, cells=numbers)
    return form


async def expected(forms: Forms, form: str) -> dict[str, str | None]:
    """What an analyst should see: the deputy's values, those of people rounded."""
    code = await forms.db.fetchval("SELECT code FROM federal_form WHERE id = $1", number_of(form))
    cells, found = definitions()[code][-1].cells, {}
    for key, value in (await forms.values(form)).items():
        measure = cells[key].measure
        exact = measure in ("classes", "groups") if measure else key.startswith(EXACT[code])
        found[key] = value if exact else rounded(value)
    return found


async def printed(forms: Forms, form: str, ending: str, as_: str = "analyst") -> bytes:
    """The file of a form."""
    headers = {"authorization": f"Bearer {await forms.school.token(as_)}"}
    answer = await forms.school.client.get(f"/print/form/{form}.{ending}", headers=headers)
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("code", [*sorted(EXACT), "closed"])
async def test_an_analyst_sees_the_rounding_of_what_the_deputy_sees(forms: Forms, code: str) -> None:
    """As GraphQL, for each cell alone, and as PDF, XLSX and CSV; of a closed form, too."""
    form = await (forms.demo_form(code) if code == "closed" else filled(forms, code, "2026-04-01"))
    exact, cells = await expected(forms, form), await forms.cells(form, "analyst")
    assert {key: cell["value"] for key, cell in cells.items()} == exact
    deputy = await forms.cells(form)
    assert exact != {key: cell["value"] for key, cell in deputy.items()}
    assert not any(cell["rounded"] for cell in deputy.values())
    for key, cell in cells.items():
        assert cell["rounded"] or cell["value"] == deputy[key]["value"], key
    for key in sorted(cells)[::7]:
        alone = await forms.provenance(form, key, "analyst", NAMELESS)
        assert (alone["value"], alone["rounded"]) == (exact[key], cells[key]["rounded"]), key
    sheet = await forms.sheet(form, "analyst")
    book = CalamineWorkbook.from_filelike(BytesIO(await printed(forms, form, "xlsx")))
    lines = list(csv.reader(StringIO((await printed(forms, form, "csv")).decode("utf-8-sig")), delimiter=";"))
    pages = read(await printed(forms, form, "pdf")).text
    for text in (pages, str(lines), str(book.get_sheet_by_name("Форма").to_python())):
        assert LEGEND in text
    for section in sheet["sections"]:
        rows = book.get_sheet_by_name(f"Раздел {section['key']}").to_python(skip_empty_area=False)[4:]
        at = lines.index([f"Раздел {section['key']}. {section['title']}"])
        for row, of_sheet, of_csv in zip(section["rows"], rows, lines[at + 3 :], strict=False):
            shown = {each["column"]: exact[each["key"]] for each in row["cells"]}
            texts = [shown.get(each["key"]) or "" for each in section["columns"]]
            assert of_csv[2:] == [text.replace(".", ",") for text in texts]
            assert of_sheet[2:] == [float(text) if text else "" for text in texts]
            assert " ".join(filter(None, (row["key"], *of_csv[2:]))) in pages, (section["key"], row["key"])


async def test_two_forms_of_different_days_are_each_rounded(forms: Forms) -> None:
    """Of one student who left between them nothing is seen, but where the count passes from one five to another."""
    school, student = await forms.db.fetchrow(
        "SELECT school_id, student_id FROM enrolment WHERE ends_on IS NULL ORDER BY student_id LIMIT 1"
    )
    await end(forms.db, school, date(2026, 5, 18), student)
    earlier, later = await forms.open("osh-1", "2026-05-18"), await forms.open("osh-1", "2026-05-19")
    was, became = await forms.values(earlier), await forms.values(later)
    changed = {key for key in was if key.startswith(("1.", "2.", "3.")) and was[key] != became[key]}
    assert {int(was[key] or 0) - int(became[key] or 0) for key in changed} == {1}
    for form, values in ((earlier, was), (later, became)):
        shown = await forms.values(form, "analyst")
        assert all(shown[key] == rounded(values[key]) for key in changed)
    shown = [await forms.values(form, "analyst") for form in (earlier, later)]
    alike = {key for key in changed if int(was[key] or 0) % 5 != 3}
    assert alike
    assert all(shown[0][key] == shown[1][key] for key in alike)


async def test_an_analyst_is_told_of_no_control_that_counts_people(forms: Forms) -> None:
    """That one fails says that exact sums differ; controls of things are told with their sums."""
    form = await forms.open("oo-1", "2026-03-03")
    cells = [{"cell": key, "value": value} for key, value in (("1.04.3", "70"), ("1.05.3", "71"), ("7.01.9", "1998"))]
    await forms.done("setFormCells", formId=form, cells=cells)
    deputy, analyst = await forms.sheet(form), await forms.sheet(form, "analyst")
    things = [each for each in deputy["findings"] if each["left"] == ["1.05.3"]]
    assert [(each["leftSum"], each["rightSum"]) for each in things] == [("71", "70")]
    assert ["7.01.9"] in [each["left"] for each in deputy["findings"]]
    assert analyst["findings"] == things
    for ending in ("pdf", "xlsx", "csv"):
        content = await printed(forms, form, ending)
        if ending == "pdf":
            text = read(content).text
        elif ending == "csv":
            text = content.decode()
        else:
            book = CalamineWorkbook.from_filelike(BytesIO(content))
            text = str(book.get_sheet_by_name("Не сходится").to_python())
        assert "1.05.3" in text
        assert "7.01.9" not in text
        assert "1998" not in text.replace(" ", "")


async def test_an_analyst_has_no_names_and_no_digest(forms: Forms) -> None:
    """With rounded numbers beside it, a digest of the exact ones could be found by trying."""
    form = await forms.demo_form("closed")
    closing = await forms.db.fetchrow("SELECT digest, approval FROM form_closing ORDER BY id LIMIT 1")
    query = "query($id: ID!) { node(id: $id) { ... on FederalForm { closings { closedAt %s } } } }"
    for login, fields in (("deputy", "digest approval"), ("analyst", "")):
        assert (await forms.school.data(query % fields, {"id": form}, as_=login))["node"]["closings"]
    for name in ("digest", "approval"):
        assert (await forms.school.ask(query % name, {"id": form}, as_="analyst"))["errors"]
    names = {
        row[0] for row in await forms.db.fetch("SELECT family_name FROM person JOIN staff ON person_id = person.id")
    }
    for login, told in (("deputy", True), ("analyst", False)):
        pdf = read(await printed(forms, form, "pdf", login)).text
        text = (await printed(forms, form, "csv", login)).decode()
        cover = CalamineWorkbook.from_filelike(BytesIO(await printed(forms, form, "xlsx", login)))
        sheet = str(cover.get_sheet_by_name("Форма").to_python())
        for each in (pdf.replace(" ", ""), text, sheet):
            assert (closing["digest"] in each) is told
            assert (closing["approval"].replace(" ", "") in each.replace(" ", "")) is told
            assert (LEGEND.replace(" ", "") in each.replace(" ", "")) is not told
        assert bool([name for name in names if name in pdf]) is told


async def test_nothing_behind_a_cell_is_for_an_analyst(forms: Forms) -> None:
    """Not even by number: neither whom it counts, nor who is left out, nor who wrote it."""
    form = await forms.open("osh-5", "2026-03-04")
    given = {"id": form, "cell": "1.10.4"}
    for login in ("director", "deputy", "secretary", "administrator"):
        query = "query($id: ID!, $cell: String!) { formProvenance(id: $id, cell: $cell) { value %s } }"
        found = await forms.provenance(form, "1.10.4", login, query % "counted { student { name } } written { at }")
        assert str(len({each["student"]["name"] for each in found["counted"]})) == found["value"] != "0", login
    for field in ("counted { leftOut }", "leftOut { leftOut }", "written { at }"):
        query = f"query($id: ID!, $cell: String!) {{ formProvenance(id: $id, cell: $cell) {{ {field} }} }}"
        assert (await forms.school.ask(query, given, as_="analyst"))["errors"], field
        assert "errors" not in await forms.school.ask(query, given, as_="deputy"), field


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 3000), st.sampled_from(sorted(EXACT)))
def test_rounding_is_what_a_ruler_says(count: int, code: str) -> None:
    """In cells that count people; the others stay."""
    definition = definitions()[code][-1]
    values = dict.fromkeys(definition.cells, str(count))
    for key, value in rounded_values(definition, values).items():
        assert value == (rounded(str(count)) if definition.cells[key].people else str(count))
    assert rounded("87") == rounded("86") == "85"
