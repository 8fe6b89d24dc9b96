"""Federal forms (3.3–3.5, 10.3): filled, closed into a snapshot that nothing changes, opened again; and for whom."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from rules.account import Role
from server.demo import Demo

from .forms_help import PAYLOADS, SEPTEMBER, SHEET, Forms, opened
from .journal_help import gid, number_of

READERS = ("director", "deputy", "secretary", "administrator", "analyst")
OTHERS = ("teacher", "class-teacher", "student", "parent", "hr", "service")


@pytest.fixture
async def forms(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Forms]:
    async with opened(cluster, demo_template) as forms:
        yield forms


async def test_a_form_is_filled_closed_and_opened_again(forms: Forms) -> None:
    form = await forms.open()
    assert await forms.refused("openForm", form="oo-1", on="2026-05-20") == ("ALREADY_EXISTS", "on", "3.3")
    values = await forms.values(form)
    assert values["2.15.4"] == str(await forms.db.fetchval("SELECT count(*) FROM enrolment WHERE ends_on IS NULL"))
    assert values["4.01.3"] is None
    sheet = await forms.sheet(form)
    assert [(each["left"], each["rightSum"]) for each in sheet["findings"]] == [
        (["4.01.3", "4.02.3", "4.03.3"], values["2.15.4"])
    ]
    assert await forms.refused("closeForm", formId=form, approval="Приказ") == ("FORM_CONTROLS_FAIL", "formId", "3.5")
    await forms.settle(form)
    assert await forms.refused("closeForm", formId=form, approval=" ") == ("BAD_INPUT", "approval", None)
    assert await forms.refused("closeForm", formId=form, approval="Приказ", ifVersion=1) == (
        *("CONFLICT", "ifVersion"),
        None,
    )
    result = await forms.done("closeForm", formId=form, approval="Приказ № 5", ifVersion=2)
    closed = result["form"]
    (closing,) = closed["closings"]
    assert (closed["state"], closed["version"], closing["approval"], closing["reason"]) == (
        *("CLOSED", 3, "Приказ № 5"),
        None,
    )
    assert result["sheet"]["frozen"]
    content = await forms.db.fetchval("SELECT content FROM form_closing WHERE id = $1", number_of(closing["id"]))
    assert hashlib.sha256(content).hexdigest() == closing["digest"]
    snapshot = orjson.loads(content)
    assert snapshot["values"] == await forms.values(form)
    named = await forms.db.fetchrow("SELECT name, full_name FROM school")
    assert snapshot["form"]["school"] == {"name": named["name"], "fullName": named["full_name"]}
    assert (snapshot["form"]["edition"], snapshot["form"]["approval"]) == (closed["edition"], "Приказ № 5")

    cell = {"cell": "1.01.3", "value": "3"}
    assert await forms.refused("setFormCells", formId=form, cells=[cell]) == ("FORM_CLOSED", "formId", "3.5")
    assert await forms.refused("closeForm", formId=form, approval="Приказ") == ("FORM_CLOSED", "formId", "3.5")
    assert await forms.refused("reopenForm", formId=form, reason="  ") == ("BAD_INPUT", "reason", None)
    again = (await forms.done("reopenForm", formId=form, reason="Ошибка в числе зданий"))["form"]
    assert (again["state"], again["closings"][0]["reason"]) == ("OPEN", "Ошибка в числе зданий")
    assert await forms.refused("reopenForm", formId=form, reason="Ещё раз") == ("FORM_NOT_CLOSED", "formId", "3.5")
    await forms.done("setFormCells", formId=form, cells=[cell])
    last = (await forms.done("closeForm", formId=form, approval="Приказ № 6"))["form"]
    assert [each["reason"] for each in last["closings"]] == ["Ошибка в числе зданий", None]
    assert len({each["digest"] for each in last["closings"]}) == 2


async def test_an_open_form_follows_the_data_and_a_closed_one_does_not(forms: Forms) -> None:
    one, other = await forms.open("oo-1"), await forms.open("osh-1")
    await forms.closed(one)
    before, frozen = await forms.values(other), await forms.values(one)
    girl = await forms.db.fetchval(
        "UPDATE person SET sex = 'female' WHERE id = (SELECT person_id FROM person JOIN student"
        " ON person.id = person_id JOIN enrolment ON student_id = student.id JOIN school_class AS c ON c.id = class_id"
        " WHERE sex = 'male' AND grade = 5 ORDER BY 1 LIMIT 1) RETURNING id"
    )
    assert girl
    after = await forms.values(other)
    assert int(after["1.05.5"] or 0) == int(before["1.05.5"] or 0) + 1
    assert await forms.values(one) == frozen
    await forms.done("reopenForm", formId=one, reason="Исправлен пол учащейся")
    assert int((await forms.values(one))["2.05.5"] or 0) == int(frozen["2.05.5"] or 0) + 1


async def test_nothing_that_was_frozen_changes(forms: Forms) -> None:
    """Not even past the commands: triggers see to that."""
    form = await forms.open()
    await forms.closed(form)
    number = number_of(form)
    for statement in (
        "UPDATE form_closing SET content = content || 'x', digest = encode(sha256(content || 'x'), 'hex')",
        "UPDATE form_closing SET approval = 'Без приказа'",
        "DELETE FROM form_closing",
        f"UPDATE federal_form SET cells = '{{}}' WHERE id = {number}",
        "UPDATE federal_form SET reported_on = reported_on + 1",
        "UPDATE federal_form SET code = 'osh-5'",
        "UPDATE federal_form SET state = 'open'",
        "UPDATE form_closing SET reopened_at = now(), reopened_by = closed_by, reason = 'Ошибка'",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await forms.db.execute(statement)
    await forms.done("reopenForm", formId=form, reason="Ошибка")
    with pytest.raises(asyncpg.PostgresError):
        await forms.db.execute("UPDATE form_closing SET reason = 'Другая причина' WHERE form_id = $1", number)


async def test_computed_cells_are_never_written(forms: Forms) -> None:
    form = await forms.open()

    async def refused(*cells: tuple[str, Any]) -> tuple[str, str | None, str | None]:
        given = [{"cell": key, "value": value} for key, value in cells]
        return await forms.refused("setFormCells", formId=form, cells=given)

    assert await refused(("1.01.3", "2"), ("2.01.3", "5")) == ("FORM_CELL_COMPUTED", "cells.1.cell", "3.3")
    assert await refused(("1.99.3", "5")) == ("NOT_FOUND", "cells.0.cell", None)
    assert await refused(("1.01.3", "5"), ("1.01.3", "6")) == ("BAD_INPUT", "cells.1.cell", None)
    assert await refused() == ("BAD_INPUT", "cells", None)
    for value in ("", "-1", "1.5", "1e3", "NaN", "Infinity", "1_0", "пять", "=1+1", "9" * 30, "1\0"):
        assert await refused(("1.01.3", value)) == ("BAD_VALUE", "cells.0.value", "3.3"), value
    given = [{"cell": "1.03.3", "value": "5230,50"}, {"cell": "1.01.3", "value": " 02 "}]
    await forms.done("setFormCells", formId=form, cells=given, ifVersion=1)
    values = await forms.values(form)
    assert (values["1.03.3"], values["1.01.3"]) == ("5230.5", "2")
    await forms.done("setFormCells", formId=form, cells=[{"cell": "1.01.3", "value": None}])
    assert (await forms.values(form))["1.01.3"] is None
    versions = "SELECT version FROM history WHERE relation = 'federal_form' AND audit_entry_id IS NOT NULL ORDER BY id"
    assert [row["version"] for row in await forms.db.fetch(versions)] == [1, 2]


async def test_a_form_that_was_opened_by_mistake_goes(forms: Forms) -> None:
    """What was written into it stays in the history; one that was ever closed stays itself, open or not (3.5)."""
    form = await forms.open()
    await forms.done("setFormCells", formId=form, cells=[{"cell": "1.01.3", "value": "3"}])
    assert await forms.refused("deleteForm", formId=form, ifVersion=1) == ("CONFLICT", "ifVersion", None)
    assert (await forms.done("deleteForm", formId=form, ifVersion=2))["formId"] == form
    assert await forms.sheet_or_none(form) is None
    query = "{ school { federalForms(first: 100) { nodes { id } } } }"
    nodes = (await forms.school.data(query, as_="deputy"))["school"]["federalForms"]["nodes"]
    assert form not in {each["id"] for each in nodes}
    kept = "SELECT row -> 'cells' ->> '1.01.3' FROM history WHERE relation = 'federal_form' AND version = 2"
    assert await forms.db.fetchval(kept) == "3"
    assert await forms.refused("deleteForm", formId=form) == ("NOT_FOUND", "formId", None)

    again = await forms.open()
    assert again != form
    await forms.closed(again)
    assert await forms.refused("deleteForm", formId=again) == ("FORM_WAS_CLOSED", "formId", "3.5")
    await forms.done("reopenForm", formId=again, reason="Ошибка")
    assert await forms.refused("deleteForm", formId=again) == ("FORM_WAS_CLOSED", "formId", "3.5")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await forms.db.execute("DELETE FROM federal_form WHERE id = $1", number_of(again))


async def test_when_a_form_may_be_opened_and_closed(forms: Forms) -> None:
    assert await forms.refused("openForm", form="oo-9", on=SEPTEMBER) == ("NOT_FOUND", "form", None)
    assert await forms.refused("openForm", form="oo-1", on="2016-08-31") == ("FORM_NOT_VALID", "on", "3.3")
    assert await forms.refused("openForm", form="oo-1", on="2024-09-20") == ("OUTSIDE_YEAR", "on", "3.3")
    assert await forms.refused("openForm", form="oo-1", on=SEPTEMBER) == ("ALREADY_EXISTS", "on", "3.3")
    ahead = await forms.open(on="2026-06-01")
    await forms.settle(ahead)
    assert await forms.refused("closeForm", formId=ahead, approval="Приказ") == ("FORM_DATE_AHEAD", "formId", "3.5")
    key = {"form": "oo-1", "on": "2026-03-02", "idempotencyKey": "once"}
    first = await forms.done("openForm", **key)
    assert (await forms.run("openForm", key))["form"]["id"] == first["form"]["id"]
    unknown = gid("FederalForm", 9999)
    for name, more in (
        ("setFormCells", {"cells": []}),
        ("closeForm", {"approval": "а"}),
        ("reopenForm", {"reason": "а"}),
        ("deleteForm", {}),
    ):
        assert await forms.refused(name, formId=unknown, **more) == ("NOT_FOUND", "formId", None)


async def test_a_form_has_a_term(forms: Forms) -> None:
    """Agreed with the authority, of each form and year (10.3)."""
    date = (await forms.done("setFormDate", form="osh-5", dueOn="2026-06-05", ifVersion=0))["formDate"]
    assert (date["dueOn"], date["year"]["name"], date["version"]) == ("2026-06-05", "2025/2026", 1)
    form = await forms.open("osh-5")
    assert (await forms.done("setFormDate", form="osh-5", dueOn="2026-06-08"))["formDate"]["version"] == 2
    query = "query($id: ID!) { node(id: $id) { ... on FederalForm { dueOn name title } } }"
    assert (await forms.school.data(query, {"id": form}, as_="analyst"))["node"]["dueOn"] == "2026-06-08"
    assert await forms.refused("setFormDate", form="osh-5", dueOn="2026-06-09", ifVersion=1) == (
        *("CONFLICT", "ifVersion"),
        None,
    )
    for day in ("2025-08-31", "2062-06-05"):
        assert await forms.refused("setFormDate", form="osh-5", dueOn=day) == ("OUTSIDE_YEAR", "dueOn", "10.3")
    assert await forms.refused("setFormDate", form="none", dueOn="2026-06-05") == ("NOT_FOUND", "form", None)
    year = {"yearId": gid("AcademicYear", 9999)}
    assert await forms.refused("setFormDate", form="osh-5", dueOn="2026-06-05", **year) == ("NOT_FOUND", "yearId", None)
    assert (await forms.done("setFormDate", form="osh-5", dueOn=None))["formDate"] is None
    assert (await forms.school.data(query, {"id": form}, as_="analyst"))["node"]["dueOn"] is None


async def test_the_term_is_met_by_the_form_of_the_latest_date(forms: Forms) -> None:
    """One that was tried on an earlier day, and closed, is not what was agreed upon (10.3)."""

    async def watched() -> str:
        query = "{ school { obligations(first: 9, deadline: FEDERAL_FORMS) { nodes { status formDate { code } } } } }"
        found = (await forms.school.data(query, as_="deputy"))["school"]["obligations"]["nodes"]
        (row,) = [each for each in found if each["formDate"]["code"] == "oo-1"]
        return str(row["status"])

    await forms.done("setFormDate", form="oo-1", dueOn="2026-05-29")
    trial, late = await forms.open(on="2026-03-02"), await forms.open(on="2026-05-20")
    await forms.closed(trial)
    assert await watched() == "DUE"
    await forms.closed(late)
    assert await watched() == "DONE"
    await forms.done("reopenForm", formId=late, reason="Ошибка в сведениях")
    assert await watched() == "DUE"
    await forms.closed(late)
    mistaken = await forms.open(on="2026-05-29")
    assert await watched() == "DUE"
    await forms.done("deleteForm", formId=mistaken)
    assert await watched() == "DONE"


async def test_what_is_drawn_up_later_is_not_what_was_due(forms: Forms) -> None:
    """A form of another day, after its term, leaves what was met met; one that is only of later days answers (10.3)."""

    async def watched() -> str:
        query = "{ school { obligations(first: 9, deadline: FEDERAL_FORMS) { nodes { status formDate { code } } } } }"
        found = (await forms.school.data(query, as_="deputy"))["school"]["obligations"]["nodes"]
        (row,) = [each for each in found if each["formDate"]["code"] == "osh-1"]
        return str(row["status"])

    await forms.done("setFormDate", form="osh-1", dueOn="2026-05-12")
    late = await forms.open("osh-1", "2026-05-14")
    assert await watched() == "OVERDUE"
    students = (await forms.values(late))["1.15.4"]
    cells = [{"cell": "4.01.3", "value": students}]
    await forms.done("setFormCells", formId=late, cells=cells)
    await forms.done("closeForm", formId=late, approval="Приказ № 7")
    assert await watched() == "MET_LATE"
    await forms.done("setFormDate", form="osh-1", dueOn="2026-05-29")
    assert await watched() == "DONE"
    await forms.open("osh-1", "2026-06-15")
    assert await watched() == "DONE"


async def test_a_closed_year_keeps_its_forms(forms: Forms) -> None:
    form = await forms.open()
    await forms.db.execute("UPDATE academic_year SET state = 'closed'")
    cells = [{"cell": "1.01.3", "value": "3"}]
    for name, given in (
        ("openForm", {"form": "oo-1", "on": "2026-03-02"}),
        ("setFormCells", {"formId": form, "cells": cells}),
        ("deleteForm", {"formId": form}),
        ("reopenForm", {"formId": await forms.demo_form("closed"), "reason": "Ошибка"}),
        ("setFormDate", {"form": "osh-1", "dueOn": "2026-06-05"}),
    ):
        assert await forms.refused(name, **given) == ("YEAR_CLOSED", None, "12.2"), name


async def test_who_fills_forms_and_who_reads_them(forms: Forms) -> None:
    """The deputy fills and closes; the director, the secretary, the administrator and the analyst read."""
    form = await forms.demo_form("closed")
    for login in READERS:
        assert (await forms.sheet(form, login))["frozen"], login
    commands = "{ __schema { queryType { fields { name } } mutationType { fields { name } } types { name } } }"
    for login in (*READERS, *OTHERS):
        schema = (await forms.school.data(commands, as_=login))["__schema"]
        given = {each["name"] for each in (schema["mutationType"] or {"fields": []})["fields"]}
        asked = {each["name"] for each in schema["queryType"]["fields"]}
        assert (PAYLOADS.keys() & given == PAYLOADS.keys()) is (login == "deputy"), login
        assert bool(PAYLOADS.keys() & given) is (login == "deputy"), login
        assert ("formSheet" in asked) is (login in READERS), login
        types = {each["name"] for each in schema["types"]}
        assert ("FormSheet" in types) is (login in READERS), login
    for login in OTHERS:
        answer = await forms.school.ask(SHEET, {"id": form}, as_=login)
        assert answer["errors"], login


async def test_no_other_school_sees_a_form(forms: Forms) -> None:
    other = await forms.db.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ('b', 'Б', 'Б', 'UTC') RETURNING school_id"
    )
    year = await forms.db.fetchval(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, 'г', '2025-09-01', '2026-08-31')"
        " RETURNING id",
        other,
    )
    by = await forms.db.fetchval(
        "INSERT INTO account (school_id, kind, login, login_key, password_hash, created_at)"
        " VALUES ($1, 'service', 'x', 'x', 'x', now()) RETURNING id",
        other,
    )
    number = await forms.db.fetchval(
        "INSERT INTO federal_form (school_id, year_id, code, edition, reported_on, opened_at, opened_by, cells,"
        " changed_at) VALUES ($1, $2, 'oo-1', '2016', '2025-09-20', now(), $3, '{}', now()) RETURNING id",
        *(other, year, by),
    )
    form = gid("FederalForm", number)
    for login in READERS:
        assert (await forms.school.data(SHEET, {"id": form}, as_=login))["formSheet"] is None
    assert await forms.refused("closeForm", formId=form, approval="Приказ") == ("NOT_FOUND", "formId", None)


async def test_a_sheet_takes_few_statements(forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    from resolvers.database import Snapshot

    taken: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Snapshot, statement: Any, *args: Any, **more: Any) -> Any:
        taken.append(statement.text)
        return await fetch(self, statement, *args, **more)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    await forms.school.token("deputy")
    for state, most in (("open", 8), ("closed", 2)):
        form = await forms.demo_form(state)
        taken.clear()
        await forms.sheet(form)
        assert 0 < len(taken) <= most, "the viewer's, the form's, and one for each of at most six families"


def test_forms_are_gated_as_the_requirements_say() -> None:
    from permissions.report_forms import FILLERS, NAMED
    from rules.report import FORM_READERS

    assert {Role.DEPUTY} == FILLERS
    assert {Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR, Role.ANALYST} == FORM_READERS
    assert {Role.ANALYST} == FORM_READERS - NAMED
