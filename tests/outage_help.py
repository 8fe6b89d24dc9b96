"""What the tests of outages share: sheets as people fill them, in the file itself, and what becomes of them."""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Tree

from .journal_help import PAYLOADS, Journal, gid

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Tree.register_namespace("", MAIN)
Tree.register_namespace("r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships")

OUTAGES = {
    "declareOutage": "outage { id startedAt endedAt startsOn endsOn dueOn status version declaredBy { id } }",
    "endOutage": "outage { id endedAt endsOn dueOn status version }",
    "importOutageSheet": "written same skipped repeated transfers { paperDate importedAt importedBy { id } "
    "lesson { id } outage { id } }",
}
PAYLOADS.update(OUTAGES)
PREVIEW = """query($fileId: ID!) { outageSheetPreview(fileId: $fileId) { since until writes same conflicts
    schoolClass { id } cells { sheet row column kind value outcome stands conflict message lesson { id } student { id } } } }"""
TABLES = (
    *("lesson", "task", "mark", "attendance", "roll_call", "homework", "homework_recipient", "history"),
    *("outage", "outage_transfer"),
)
"""What an import may write."""


def _read(part: bytes) -> Tree.Element:
    return Tree.fromstring(part)  # noqa: S314 -- the program has just written it


class Book:
    """A workbook that is filled in as Excel would: only the values of cells change."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}
        shared = self.parts.get("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"/>'.encode())
        self.strings = ["".join(each.itertext()) for each in _read(shared)]
        book = _read(self.parts["xl/workbook.xml"])
        names = [sheet.attrib["name"] for sheet in book.find(f"{{{MAIN}}}sheets") or ()]
        self.sheets = {name: f"xl/worksheets/sheet{at}.xml" for at, name in enumerate(names, start=1)}
        self.trees = {name: _read(self.parts[part]) for name, part in self.sheets.items()}

    def values(self, sheet: str) -> dict[str, str]:
        """The text of each cell that has some."""
        found = {}
        for cell in self.trees[sheet].iter(f"{{{MAIN}}}c"):
            value = cell.find(f"{{{MAIN}}}v")
            if value is not None and value.text is not None:
                found[cell.attrib["r"]] = self.strings[int(value.text)] if cell.get("t") == "s" else value.text
            elif (inline := cell.find(f"{{{MAIN}}}is")) is not None:
                found[cell.attrib["r"]] = "".join(inline.itertext())
        return found

    def fill(self, sheet: str, cell: str, value: str | int, formula: str | None = None) -> None:
        """Write a value: a text, or a number as Excel makes one of «5»; it may be what a formula gave."""
        row = int(re.sub(r"\D", "", cell))
        data = self.trees[sheet].find(f"{{{MAIN}}}sheetData")
        assert data is not None
        rows = {int(each.attrib["r"]): each for each in data}
        if row not in rows:
            rows[row] = Tree.SubElement(data, f"{{{MAIN}}}row", {"r": str(row)})
            data[:] = [rows[number] for number in sorted(rows)]
        of_row = rows[row]
        found = next((each for each in of_row if each.attrib["r"] == cell), None)
        if found is None:
            found = Tree.SubElement(of_row, f"{{{MAIN}}}c", {"r": cell})
            of_row[:] = sorted(of_row, key=lambda each: (len(each.attrib["r"]), each.attrib["r"]))
        found[:] = []
        found.attrib.pop("t", None)
        if formula:
            Tree.SubElement(found, f"{{{MAIN}}}f").text = formula
        if isinstance(value, int) or formula:
            if isinstance(value, str):
                found.attrib["t"] = "str"
            Tree.SubElement(found, f"{{{MAIN}}}v").text = str(value)
        else:
            found.attrib["t"] = "inlineStr"
            inline = Tree.SubElement(found, f"{{{MAIN}}}is")
            text = Tree.SubElement(inline, f"{{{MAIN}}}t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
            text.text = value

    def saved(self) -> bytes:
        """The file."""
        for name, part in self.sheets.items():
            self.parts[part] = Tree.tostring(self.trees[name])
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in self.parts.items():
                package.writestr(name, content)
        return buffer.getvalue()

    def journals(self) -> list[str]:
        """The sheets of journals."""
        return [name for name in self.sheets if self.values(name).get("A1") == "journal"]

    def places(self, sheet: str) -> dict[tuple[str, str], str]:
        """The cells of a sheet by the keys of their row and their column."""
        values = self.values(sheet)
        columns = {cell[:-1]: key for cell, key in values.items() if re.fullmatch(r"[B-Z]+1|[A-Z]{2,}1", cell)}
        rows = {cell[1:]: key for cell, key in values.items() if re.fullmatch(r"A\d+", cell) and cell != "A1"}
        return {(row, column): f"{letters}{at}" for at, row in rows.items() for letters, column in columns.items()}


async def blank(journal: Journal, class_id: int, since: str, until: str, as_: str = "deputy") -> Any:
    """The answer to a request for a blank."""
    headers = {"authorization": f"Bearer {await journal.school.token(as_)}"} if as_ else {}
    path = f"/outage-sheets/{gid('SchoolClass', class_id)}.xlsx"
    return await journal.school.client.get(path, params={"from": since, "to": until}, headers=headers)


async def upload(journal: Journal, content: bytes, as_: str = "deputy", name: str = "журнал.xlsx") -> str:
    """The id of an uploaded file."""
    headers = {"authorization": f"Bearer {await journal.school.token(as_)}"}
    answer = await journal.school.client.post("/files", params={"name": name}, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def preview(journal: Journal, file: str, as_: str = "deputy") -> dict[str, Any]:
    """What a file would write; nothing may be written by looking."""
    found: dict[str, Any] = (await journal.school.data(PREVIEW, {"fileId": file}, as_=as_))["outageSheetPreview"]
    return found


def conflicts(previewed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Cell and code of what stands against an import."""
    return [
        (f"{each['column']}{each['row']}", each["conflict"])
        for each in previewed["cells"]
        if each["outcome"] == "CONFLICT"
    ]
