"""What people write in words of their own may hold a name, and comes to an analyst by no path (4.1)."""

from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from execution.schema import schema_for
from rules.account import Role
from schema.base import NODES
from server.demo import Demo

from .oracle_shape import paths, sample
from .oracle_walk import Id
from .test_matrix import Cast, cast_of
from .words_help import SURNAME, told, write_surname

OWN = schema_for(frozenset({Role.ANALYST}))._schema

MADE = {
    "Attendance": "letters",
    "AttendanceFigures": "formula",
    "AttendanceSheet": "legend",
    "CatalogueEntry": "title clause",
    "Changes": "cursor",
    "ClassResults": "legend",
    "ClassTeacherReport": "legend",
    "ClassesSummary": "legend",
    "Comparison": "formula",
    "CouncilDecision": "words",
    "CountedMark": "value",
    "Excuse": "letters",
    "FederalForm": "printUrl sheetUrl csvUrl",
    "Figure": "formula",
    "FinalMark": "value",
    "FinalMarkCell": "value",
    "FinalMarkDecision": "proposed",
    "FinalsSheet": "legend",
    # A manual cell takes numbers only.
    "FormCell": "value",
    "FormFinding": "leftSum rightSum",
    "FormProvenance": "value measure filters formula",
    "FormSheet": "legend",
    "LogInPayload": "accessToken refreshToken",
    "Mark": "value",
    "MarkProposal": "value formula",
    "Movement": "legend",
    "Occupancy": "legend",
    "OccupancyRow": "formula",
    "PageInfo": "startCursor endCursor",
    "RefreshSessionPayload": "accessToken refreshToken",
    "Refusal": "message field clause",
    "ReportAnswer": "title chart",
    # Of fields, of which none is anybody's words.
    "ReportCell": "text",
    "ReportColumn": "title formula",
    "ReportDefinition": "fields groups",
    "ReportEntity": "title",
    "ReportField": "name title",
    # Of somebody else's report no words.
    "ReportFilter": "field values",
    "ReportMeasure": "field",
    "ReportOption": "value title",
    "ReportPart": "title",
    "ReportPrint": "pdf xlsx csv svg",
    "ReportRun": "error",
    "ReportSet": "current error",
    "ReportSetFile": "url",
    "ReportSlot": "name",
    "ResultsSummary": "legend",
    "SchoolClass": "name",
    "SubjectAverage": "formula",
    "SummaryFrame": "name",
    "YearOutcomes": "legend",
    "_Service": "sdl",
}
"""What the System makes: words of its own, formulas, dates, numbers, addresses, marks of pages."""

MANY = 40
"""So many rows of a type are looked at."""

CATALOGUE = {
    "AcademicYear": "name",
    "BellSchedule": "name",
    "Component": "name",
    "EducationalArea": "name",
    "FederalForm": "code edition name title",
    "FormCell": "key column",
    "FormClosing": "edition",
    "FormColumn": "key title",
    "FormDate": "code name",
    "FormDefinition": "code edition name title",
    "FormFinding": "title left right",
    "FormRow": "key title",
    "FormSection": "key title note",
    "FormSheet": "code edition",
    "Holiday": "name",
    "Period": "name",
    "PlanHours": "subjectName",
    "Profile": "name",
    "PublicSchool": "code name fullName address site licenceNumber accreditationNumber",
    "School": "code name fullName address site licenceNumber accreditationNumber timeZone",
    "SchoolClass": "letter",
    # No position of fewer than five people is told.
    "StaffCount": "position",
    "Subject": "name shortName",
    "Topic": "name",
    "TopicSection": "title",
    "WorkType": "name shortName",
}
"""What is the school's catalogue, the public part of its card, a federal form, or what topic plans consist of."""

THEIRS = {
    "Account": "login name",
    "Me": "name",
    "SavedReport": "name",
    "Session": "device",
}
"""What is the analyst's own, and what has another word for what is not."""


def words() -> set[str]:
    """Each field of the analyst's schema whose values are texts."""
    known = {"ID", "Int", "Float", "Boolean", "Date", "DateTime", "Time"}
    return {
        f"{kind.name}.{name}"
        for kind in OWN.type_map.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if is_leaf_type(of := get_named_type(field.type)) and not hasattr(of, "values") and of.name not in known
    }


def test_each_text_of_an_analysts_is_judged() -> None:
    """Whoever adds one says here whose words it holds. Free ones have no place: they are `secret(PERSONAL, …)`."""
    pages = {f"{name}.cursor" for name in OWN.type_map if name.endswith("Edge")}
    judged = [f"{of}.{name}" for table in (MADE, CATALOGUE, THEIRS) for of in table for name in table[of].split()]
    assert len(judged) == len(set(judged))
    assert words() - pages == set(judged)


# The running server


@pytest.fixture(scope="module")
async def cast(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Cast]:
    """A school in whose free words there is a surname."""
    async for cast in cast_of(cluster, hardened_template, write_surname):
        yield cast


def given(text: str) -> str:
    """With the days of a whole year, on which everything is."""
    for name, day in (("since", "2025-09-01"), ("from", "2025-09-01"), ("until", "2026-08-31"), ("to", "2026-08-31")):
        text = text.replace(f'{name}: "2026-05-20"', f'{name}: "{day}"')
    return text.replace("first: 1", "first: 20")


def asked_of(kind: GraphQLObjectType) -> Iterator[str]:
    """All that can be read at a row without going on: texts, and the cursors of its lists."""
    for name, field in kind.fields.items():
        of, needed = get_named_type(field.type), any(isinstance(a.type, GraphQLNonNull) for a in field.args.values())
        if is_leaf_type(of) and not needed:
            yield name
        elif of.name.endswith("Connection"):
            yield sample(name, field).replace("__typename", "edges { cursor } pageInfo { startCursor endCursor }")


async def reached(cast: Cast, name: str, path: str = "/graphql") -> dict[str, bool]:
    """Each type that the role comes to: whether the surname was told by a text of it, or by a cursor of its lists."""
    eyes, found = cast.of[name], dict[str, bool]()
    own = schema_for(frozenset({Role(name)}))._schema.type_map
    for kind, way in paths(eyes).items():
        asked = [f"f{place}: {each}" for place, each in enumerate(asked_of(own[kind]))]
        texts = " ".join(["__typename", *asked])
        ways = [way.replace("@", texts)]
        if kind in NODES:
            rows = sorted(eyes.sees(kind))
            many = Random(kind).sample(rows, min(MANY, len(rows)))
            ids = ", ".join(f'{{__typename: "{kind}", id: "{Id(kind, each)}"}}' for each in many)
            ways.append(f"_entities(representations: [{ids}]) {{ ... on {kind} {{ {texts} }} }}")
        answers = [await cast.ask(name, given(f"{{ {each} }}"), path) for each in ways]
        assert not [each for each in answers if "errors" in each], answers
        found[kind] = told(answers)
    return found


@pytest.mark.parametrize("path", ["/graphql", "/federation"])
async def test_an_analyst_is_told_nobodys_own_words(cast: Cast, path: str) -> None:
    """By a node's number, through lists, in cursors, in composed reports; behind the gateway the same."""
    found = await reached(cast, "analyst", path)
    assert found.keys() >= {"Event", "Room", "Lesson", "StudyGroup", "Timetable", "TopicPlan", "SavedReport", "School"}
    assert [kind for kind, is_told in found.items() if is_told] == []


async def test_who_may_is_told_them(cast: Cast) -> None:
    """So the search finds what there is to be found."""
    found = await reached(cast, "deputy") | {
        kind: is_told for kind, is_told in (await reached(cast, "administrator")).items() if kind == "SavedReport"
    }
    wanted = {"Event", "Room", "Lesson", "StudyGroup", "Timetable", "TopicPlan", "SavedReport", "School", "Mark"}
    assert {kind for kind in wanted if not found[kind]} == set()


async def test_somebody_elses_report_is_what_it_is_composed_of(cast: Cast) -> None:
    query = "{ savedReports { mine name definition { filters { field operator values } } } }"
    reports = (await cast.ask("analyst", query))["data"]["savedReports"]
    theirs = [each for each in reports if not each["mine"]]
    assert theirs
    for each in theirs:
        assert each["name"] == "Классы: Параллель, Записей"
        assert each["definition"]["filters"] == [{"field": "class", "operator": "DIFFERS", "values": []}]
    named = (await cast.ask("administrator", query))["data"]["savedReports"]
    assert all(SURNAME in each["name"] for each in named if each["mine"])
    assert {each["definition"]["filters"][0]["values"][0] for each in named if each["mine"]} == {SURNAME}
