"""What the tests of outages share: sheets as people fill them, in the file itself, and what becomes of them."""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as Tree

import asyncpg

from server.demo import Demo

from .conftest import copied
from .contents import digests
from .journal_help import Journal as JournalDesk
from .journal_help import gid

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Tree.register_namespace("", MAIN)
Tree.register_namespace("r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships")

OUTAGES = {
    **dict.fromkeys(
        ("declareOutage", "endOutage"),
        "outage { id startedAt endedAt startsOn endsOn dueOn status version declaredBy { id } }",
    ),
    "importOutageSheet": "written same skipped repeated "
    "transfers { paperDate importedAt importedBy { id } lesson { id } outage { id } }",
}
PREVIEW = """query($fileId: ID!) { outageSheetPreview(fileId: $fileId) {
  since until writes same conflicts schoolClass { id }
  cells { sheet row column kind value outcome stands conflict message lesson { id } student { id } } } }"""
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


@dataclass
class Desk(JournalDesk):
    """A running school after an outage: its commands beside those of the journal, and sheets on their way."""

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        if name not in OUTAGES:
            return await super().run(name, given, as_)
        kind = name[0].upper() + name[1:]
        text = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {OUTAGES[name]} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        result: dict[str, Any] = (await self.school.data(text, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused."""
        return await super().done(name, given, as_)

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal that has left nothing behind but a note."""
        return await super().refused(name, given, as_)

    async def digest(self) -> dict[str, Any]:
        """What every table that an import may write holds, as a digest."""
        return await digests(self.db, TABLES)

    async def entries(self) -> list[dict[str, Any]]:
        """The audit trail of all commands but log-ins and uploads."""
        rows = await self.db.fetch(
            "SELECT audit_entry.id, login, at, command, outcome, input::text FROM audit_entry "
            "LEFT JOIN account ON (account.school_id, account.id) = (audit_entry.school_id, account_id) "
            "WHERE command NOT IN ('logIn', 'uploadFile') ORDER BY audit_entry.id"
        )
        return [dict(row) for row in rows]

    async def get(self, path: str, as_: str | None = "deputy", **asked: str) -> Any:
        """The answer to a request over HTTP."""
        headers = {"authorization": f"Bearer {await self.school.token(as_)}"} if as_ else {}
        return await self.school.client.get(path, params=asked, headers=headers)

    async def class_of(self, group: int) -> int:
        """The class of a group."""
        found: int = await self.db.fetchval("SELECT class_id FROM study_group WHERE id = $1", group)
        return found

    async def blank(self, class_id: int, since: str, until: str, as_: str = "deputy") -> Book:
        """The blank of a class, as it is downloaded."""
        path = f"/outage-sheets/{gid('SchoolClass', class_id)}.xlsx"
        answer = await self.get(path, as_, **{"from": since, "to": until})
        assert answer.status_code == 200, answer.text
        return Book(answer.content)

    async def upload(self, content: bytes, as_: str = "deputy", name: str = "журнал.xlsx") -> str:
        """The id of an uploaded file."""
        headers = {"authorization": f"Bearer {await self.school.token(as_)}"}
        answer = await self.school.client.post("/files", params={"name": name}, content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    async def preview(self, file: str, as_: str = "deputy") -> dict[str, Any]:
        """What a file would write. Looking leaves nothing."""
        before, entries = await self.digest(), await self.entries()
        found: dict[str, Any] = (await self.school.data(PREVIEW, {"fileId": file}, as_=as_))["outageSheetPreview"]
        assert (await self.digest(), await self.entries()) == (before, entries)
        return found

    async def bring(self, file: str, paper: str, as_: str = "deputy", resolutions: Any = None) -> dict[str, Any]:
        """The result of an import."""
        return await self.run(
            "importOutageSheet", {"fileId": file, "paperDate": paper, "resolutions": resolutions}, as_
        )


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Desk(school, db)
        finally:
            await db.close()


def conflicts(previewed: Mapping[str, Any]) -> dict[str, str]:
    """Cell to code of what stands against an import."""
    cells = [each for each in previewed["cells"] if each["outcome"] == "CONFLICT"]
    return {f"{each['column']}{each['row']}": each["conflict"] for each in cells}
