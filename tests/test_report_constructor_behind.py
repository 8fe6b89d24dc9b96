"""What stands behind the figures of a composed report: the formula, the counts, and the records (10.1, 10.7)."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded

from rules.account import Role
from rules.report_constructor import FORMULAS, ReportFunction
from rules.report_sources import SOURCES, ReportSource
from server.demo import Demo

from .conftest import School
from .report_bodies import types_of
from .report_help import Reports, drawn
from .test_report_constructor import COUNT, NAMELESS, PEOPLE, RUN, SHARE, definitions, table, value

RUN_BEHIND = RUN.replace("withheld", "withheld counted leftOut").replace("measure }", "measure formula total }")
RECORDS = (
    "query($of: ReportDefinitionInput!, $row: Int!) { runReport(definition: $of) {"
    " columns { formula total } rows { text number date withheld counted leftOut }"
    " behind(row: $row) { cut rounded columns { title } rows { text number date withheld }"
    " behind(row: 0) { title } } } }"
)
LATE = {"source": "ATTENDANCE", "groups": [], "measures": [{"function": "AVERAGE", "field": "minutesLate"}]}


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module, where some who are late have no minutes."""
    async with drawn(cluster, demo_template) as reports:
        await reports.db.execute(
            "UPDATE attendance SET minutes_late = CASE WHEN id % 3 > 0 THEN 1 + id % 20 END WHERE code = 'late'"
        )
        yield reports


def drawn_for(role: Role, seed: int, most: int) -> list[dict[str, Any]]:
    """Definitions that the role may ask."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=most, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @seeded(seed)
    @given(definitions(role))
    def draw(of: dict[str, Any]) -> None:
        found.append(of)

    draw()
    return found


async def records_of(reports: Reports, as_: str, of: dict[str, Any], field: str, operator: str) -> dict[Any, Any]:
    """How many records somebody is told of who asks for those with, or without, a value; by the keys of the groups."""
    filters = [*of.get("filters", []), {"field": field, "operator": operator, "values": []}]
    asked = {"source": of["source"], "groups": of["groups"], "measures": [COUNT], "filters": filters}
    answer = (await reports.ask(RUN, as_, of=asked))["runReport"]
    return {row[:-1]: row[-1] for row in table(answer)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("login", sorted(NAMELESS))
async def test_counts_are_what_one_is_told_who_asks_for_them(reports: Reports, login: str, seed: int) -> None:
    """So they tell an analyst nothing that the rounded figures of these very records do not."""
    left = 0
    for of in [*drawn_for(NAMELESS[login], seed, 12), *([LATE] if login == "analyst" else [])]:
        fields = SOURCES[ReportSource[of["source"]]].fields
        answer = (await reports.ask(RUN_BEHIND, login, of=of))["runReport"]
        at, keys = len(of["groups"]), [row[: len(of["groups"])] for row in table(answer)]
        whole = (await reports.ask(RUN, login, of={**of, "measures": [COUNT], "order": []}))["runReport"]
        everybody = {row[:-1]: row[-1] for row in table(whole)}
        for place, measure in enumerate(of["measures"], at):
            field = measure.get("field")
            column = answer["columns"][place]
            assert column["formula"] == FORMULAS[ReportFunction[measure["function"]]]
            assert (column["total"] is not None) is (measure["function"] == "SHARE" and bool(keys))
            filled, empty = everybody, {}
            if field and fields[field].type != "flag":
                filled = await records_of(reports, login, of, field, "IS_FILLED")
                empty = await records_of(reports, login, of, field, "IS_EMPTY")
            for key, row in zip(keys, answer["rows"], strict=True):
                cell = row[place]
                if cell["withheld"]:
                    assert cell["counted"] is cell["leftOut"] is None, of
                else:
                    assert (cell["counted"], cell["leftOut"]) == (filled.get(key, 0), empty.get(key, 0)), of
                    left += cell["leftOut"]
        for row in answer["rows"]:
            assert all(cell["counted"] is cell["leftOut"] is None for cell in row[:at])
    assert left > 0


def mean(values: list[float]) -> float:
    """Of numbers."""
    return sum(values) / len(values)


ANEW: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "AVERAGE": mean,
    "SUM": sum,
    "LEAST": min,
    "MOST": max,
}


@pytest.mark.parametrize("seed", range(3))
async def test_records_behind_a_row_make_its_figures(reports: Reports, seed: int) -> None:
    """As many as are counted and left out, each of the group; and by the formula they come to the figure."""
    checked = 0
    for of in drawn_for(Role.ADMINISTRATOR, seed, 25):
        names = list(SOURCES[ReportSource[of["source"]]].fields)
        answer = (await reports.ask(RUN_BEHIND, "administrator", of=of))["runReport"]
        for row in {0, len(answer["rows"]) // 2, len(answer["rows"]) - 1} & set(range(len(answer["rows"]))):
            found = (await reports.ask(RECORDS, "administrator", of=of, row=row))["runReport"]
            figures, behind = found["rows"][row], found["behind"]
            assert (behind["cut"], behind["rounded"], behind["behind"]) == (False, False, None)
            records = [dict(zip(names, each, strict=True)) for each in table(behind)]
            for name, cell in zip(of["groups"], figures, strict=False):
                assert {each[name] for each in records} == {value(cell)}
            for measure, cell, column in zip(
                of["measures"], figures[len(of["groups"]) :], found["columns"][len(of["groups"]) :], strict=True
            ):
                values = [each[measure["field"]] for each in records] if measure.get("field") else records
                there = [each for each in values if each is not None]
                assert (cell["counted"], cell["leftOut"]) == (len(there), len(values) - len(there)), of
                match measure["function"]:
                    case "COUNT":
                        assert value(cell) == len(records)
                    case "PEOPLE":
                        assert value(cell) <= len(records)
                    case "SHARE":
                        share = 100 * len(records) / column["total"] if column["total"] else None
                        assert value(cell) == (share and pytest.approx(share, abs=0.006))
                    case function if there or function == "COUNT_DISTINCT":
                        expected = ANEW[function](there)
                        near = expected if isinstance(expected, str) else pytest.approx(expected, abs=0.006)
                        assert value(cell) == near, of
                    case _:
                        assert value(cell) is None
                checked += len(records)
    assert checked > 0


async def test_a_share_says_what_it_is_of(reports: Reports) -> None:
    """Of all records, those among them that an analyst is told nothing of; as they are shown."""
    number = await reports.db.fetchval("SELECT count(*) FROM student")
    of = {"source": "STUDENTS", "groups": ["class", "sex", "birthYear"], "measures": [SHARE, PEOPLE]}
    answer = (await reports.ask(RUN_BEHIND, "administrator", of=of))["runReport"]
    assert answer["columns"][3]["total"] == sum(row[3]["counted"] for row in answer["rows"]) == number
    answer = (await reports.ask(RUN_BEHIND, "analyst", of={**of, "groups": ["sex"]}))["runReport"]
    ((everybody,),) = table(
        (await reports.ask(RUN, "analyst", of={"source": "STUDENTS", "measures": [COUNT]}))["runReport"]
    )
    assert answer["columns"][1]["total"] == everybody
    for row in answer["rows"]:
        assert row[1]["number"] == pytest.approx(100 * row[1]["counted"] / everybody, abs=0.06)


@pytest.mark.parametrize("row", [-1, 2, 1_000_000])
async def test_a_row_that_is_not_there(reports: Reports, row: int) -> None:
    of = {"source": "STUDENTS", "groups": ["sex"], "measures": [COUNT]}
    answer = await reports.school.ask(RECORDS, {"of": of, "row": row}, as_="administrator")
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_INPUT", "row")
    assert len(answer["data"]["runReport"]["rows"]) == 2


async def test_there_is_nothing_behind_rows_of_records(reports: Reports) -> None:
    found = (await reports.ask(RECORDS, "administrator", of={"source": "CLASSES", "fields": ["class"]}, row=0))[
        "runReport"
    ]
    assert found["rows"]
    assert found["behind"] is None
    assert all(cell["counted"] is cell["leftOut"] is None for row in found["rows"] for cell in row)
    assert found["columns"] == [{"formula": None, "total": None}]


async def test_who_reads_without_names_is_led_to_no_record(school: School) -> None:
    """The field is the administrator's alone."""
    for role in (Role.ADMINISTRATOR, Role.ANALYST):
        fields = types_of(frozenset({role}))["ReportAnswer"].fields
        assert ("behind" in fields) is (role is Role.ADMINISTRATOR)
    asked = {"of": {"source": "CLASSES", "groups": ["grade"], "measures": [COUNT]}, "row": 0}
    answer = await school.ask(RECORDS, asked, as_="analyst")
    assert not answer.get("data")
    assert answer["errors"]
