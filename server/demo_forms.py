"""The demo school's federal forms: ОО-1 of September, filled and closed, and ОШ-9 that the deputy is filling today."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import asyncpg
import orjson

from permissions.viewer import Viewer
from resolvers.database import Row, Statement
from resolvers.report_forms import counts_of, snapshot_of, values_of
from rules.account import Role
from rules.report_forms_reading import definition_for

from .demo_year import DEMO_TODAY, at

SEPTEMBER = date(2025, 9, 20)
CLOSED = at(date(2025, 9, 24), time(15, 10))
APPROVAL = "Приказ директора № 214 от 24.09.2025"
BUILDING = {"1.01.3": "2", "1.02.3": "41", "1.03.3": "5230.5", "1.04.3": "96", "1.05.3": "71", "1.06.3": "14820"}
SIDELINES = {"7.01.9": "1", "7.02.9": "0", "7.03.9": "1", "7.04.9": "0", "7.05.9": "0", "7.06.9": "1"}
"""One teacher who also works elsewhere."""
TOTAL = "2.15.4"
"""The cell of all students: all of them are taught in Russian."""
WORKSHOPS = {"3.01.3": "2", "3.02.3": "30"}
TERMS = {"oo-1": date(2025, 10, 1), "osh-9": date(2026, 5, 29)}


@dataclass
class _Counting:
    """What counts for a form before anybody has signed in: the deputy's eyes on a connection."""

    viewer: Viewer
    connection: "asyncpg.Connection[Any]"

    @property
    def snapshot(self) -> Any:
        """Where statements run: here."""
        return self

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any], row: type[Row] = Row) -> list[Any]:
        """The rows of a statement."""
        return list(await self.connection.fetch(statement.text, *statement.arguments(parameters), record_class=row))


async def add_forms(connection: "asyncpg.Connection[Any]", school: int) -> None:
    """Forms, a closing and their terms, in a school that has everything else already."""
    deputy = await connection.fetchrow(
        "SELECT account.id, concat_ws(' ', family_name, given_name, patronymic) AS name FROM account JOIN person "
        "ON (person.school_id, person.id) = (account.school_id, person_id) "
        "WHERE account.school_id = $1 AND login = 'deputy'",
        school,
    )
    year = await connection.fetchval("SELECT id FROM academic_year WHERE school_id = $1", school)
    own = await connection.fetchrow("SELECT name, full_name FROM school WHERE school_id = $1", school)
    assert deputy is not None  # noqa: S101
    assert own is not None  # noqa: S101
    of = {"school_id": school, "year_id": year}
    stamp = {"opened_by": deputy["id"], "changed_by": deputy["id"]}
    reader = _Counting(Viewer(school_id=school, roles=frozenset({Role.DEPUTY})), connection)
    definition = definition_for("oo-1", SEPTEMBER)
    assert definition is not None  # noqa: S101
    counts = await counts_of(reader, definition, SEPTEMBER)
    students = values_of(definition, {}, counts)[TOTAL] or "0"
    cells = {**BUILDING, **SIDELINES, "4.01.3": students, "4.02.3": "0", "4.03.3": "0"}
    opened = at(date(2025, 9, 22), time(10))
    form = await _insert(
        connection,
        "federal_form",
        **{**of, **stamp, "code": "oo-1", "edition": definition.edition, "reported_on": SEPTEMBER, "state": "closed"},
        opened_at=opened,
        cells=orjson.dumps(cells).decode(),
        version=3,
        changed_at=CLOSED,
    )
    head = {
        "code": "oo-1",
        "edition": definition.edition,
        "on": SEPTEMBER,
        "closedAt": CLOSED.isoformat(),
        "closedBy": deputy["name"],
        "approval": APPROVAL,
        "school": {"name": own["name"], "fullName": own["full_name"]},
    }
    content = snapshot_of(head, definition, values_of(definition, cells, counts), counts)
    await _insert(
        connection,
        "form_closing",
        school_id=school,
        form_id=form,
        edition=definition.edition,
        closed_at=CLOSED,
        closed_by=deputy["id"],
        approval=APPROVAL,
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )
    begun = definition_for("osh-9", DEMO_TODAY)
    assert begun is not None  # noqa: S101
    this_morning: datetime = at(DEMO_TODAY, time(9))
    await _insert(
        connection,
        "federal_form",
        **{**of, **stamp, "code": "osh-9", "edition": begun.edition, "reported_on": DEMO_TODAY, "state": "open"},
        opened_at=this_morning,
        cells=orjson.dumps(WORKSHOPS).decode(),
        version=2,
        changed_at=this_morning,
    )
    for code, due in TERMS.items():
        await _insert(
            connection,
            "form_date",
            **{**of, "code": code, "due_on": due, "changed_at": opened, "changed_by": deputy["id"]},
        )


async def _insert(connection: "asyncpg.Connection[Any]", table: str, **values: Any) -> int:
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"  # noqa: S608 -- ours
    return int(await connection.fetchval(statement, *values.values()))
