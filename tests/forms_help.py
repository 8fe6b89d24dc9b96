"""What the tests of federal forms share: the commands as GraphQL, sheets as dicts, and what the tables hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid

_FORM = (
    "form { id code edition reportedOn state dueOn version openedBy { id } closings { id closedAt approval digest"
    " reopenedAt reason closedBy { id } reopenedBy { id } } }"
    " sheet { frozen findings { title left right leftSum rightSum } }"
)
PAYLOADS = {
    **dict.fromkeys(("openForm", "setFormCells", "closeForm", "reopenForm"), _FORM),
    "deleteForm": "formId",
    "setFormDate": "formDate { id code dueOn version year { name } }",
}
"""The commands, and what the tests read of their payloads."""

SHEET = """query($id: ID!) { formSheet(id: $id) { code edition reportedOn frozen
  sections { key title columns { key title } rows { key title cells { key column kind value rounded } } }
  legend findings { title relation left right leftSum rightSum } } }"""
_PROVENANCE = "query($id: ID!, $cell: String!) {{ formProvenance(id: $id, cell: $cell) {{ {} }} }}"
_COUNTED = "student { id name } staff { id name } schoolClass { id name } group { id } movement { id } leftOut"
TRACED = f"counted {{ {_COUNTED} }} leftOut {{ {_COUNTED} }} written {{ at by {{ id }} }}"
PROVENANCE = _PROVENANCE.format(f"kind value rounded measure filters formula {TRACED}")
NAMELESS = _PROVENANCE.format("kind value rounded measure filters formula")
"""What an analyst may ask of the same."""
KEPT = ("federal_form", "form_closing", "form_date", "history", "idempotency_key")
SEPTEMBER = "2025-09-20"


@dataclass
class Forms:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload"
            f" {{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause objectIds }} }} }}"
        )
        return dict((await self.school.data(query, {"input": given}, as_=as_))[name])

    async def done(self, name: str, **given: Any) -> dict[str, Any]:
        """The payload of a command that must not be refused; it was noted."""
        before = await self._noted()
        result = await self.run(name, given)
        assert result["__typename"] != "Refusal", result
        assert (await self._noted())[len(before) :] == [(name, "done")]
        return result

    async def refused(self, name: str, **given: Any) -> tuple[str, str | None, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        before, noted = await digests(self.db, KEPT), await self._noted()
        result = await self.run(name, given)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await digests(self.db, KEPT) == before, "a refusal writes nothing"
        assert (await self._noted())[len(noted) :] == [(name, result["code"])]
        return result["code"], result["field"], result["clause"]

    async def _noted(self) -> list[tuple[str, str]]:
        rows = await self.db.fetch(
            "SELECT command, outcome FROM audit_entry WHERE command = ANY($1) ORDER BY id", list(PAYLOADS)
        )
        return [(row["command"], row["outcome"]) for row in rows]

    async def open(self, code: str = "oo-1", on: str = "2026-05-20") -> str:
        """A new form."""
        return str((await self.done("openForm", form=code, on=on))["form"]["id"])

    async def sheet(self, form: str, as_: str = "deputy") -> dict[str, Any]:
        """The sheet of a form."""
        found = await self.sheet_or_none(form, as_)
        assert found is not None
        return found

    async def sheet_or_none(self, form: str, as_: str = "deputy") -> dict[str, Any] | None:
        """The same; None: there is no such form."""
        found: dict[str, Any] | None = (await self.school.data(SHEET, {"id": form}, as_=as_))["formSheet"]
        return found

    async def cells(self, form: str, as_: str = "deputy") -> dict[str, dict[str, Any]]:
        """The cells of a form by key."""
        sheet = await self.sheet(form, as_)
        rows = (row for section in sheet["sections"] for row in section["rows"])
        return {cell["key"]: cell for row in rows for cell in row["cells"]}

    async def values(self, form: str, as_: str = "deputy") -> dict[str, str | None]:
        """The values of a form's cells."""
        return {key: cell["value"] for key, cell in (await self.cells(form, as_)).items()}

    async def provenance(self, form: str, cell: str, as_: str = "deputy", fields: str = PROVENANCE) -> Any:
        """Where a cell comes from."""
        return (await self.school.data(fields, {"id": form, "cell": cell}, as_=as_))["formProvenance"]

    async def settle(self, form: str) -> None:
        """Fill in ОО-1 what makes its controls hold: all are taught in Russian."""
        students = (await self.values(form))["2.15.4"]
        await self.done("setFormCells", formId=form, cells=[{"cell": "4.01.3", "value": students}])

    async def closed(self, form: str) -> dict[str, Any]:
        """The form, closed."""
        await self.settle(form)
        return dict((await self.done("closeForm", formId=form, approval="Приказ № 5"))["form"])

    async def demo_form(self, state: str) -> str:
        """The demo's form in this state."""
        return gid("FederalForm", await self.db.fetchval("SELECT min(id) FROM federal_form WHERE state = $1", state))


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Forms]:
    """A school of the test's own."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Forms(school, db)
        finally:
            await db.close()
