"""Every number in every report answers for itself: it is traced, told of by whom it counts, or plainly given (10.1)."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from rules.account import Role
from rules.report import ABOUT, Report, ReportOf

from .golden_school import Golden
from .journal_help import gid
from .report_bodies import ANCHORS, BEHIND, TRACES, all_of, bodies, fields_of, query, types_of, walked
from .test_report_catalogue import AUTUMN, WITHOUT, answer, asked_of

SAID: dict[tuple[str, str], tuple[str, str]] = {
    # What answers for a number that has nothing of its own behind it: the field of a type of the same report.
    ("OutcomeCount", "students"): ("YearOutcomes", "students"),
    ("OutcomeCount", "honours"): ("YearOutcomes", "students"),
    ("OccupancyRow", "capacity"): ("ReportPart", "schoolClass"),
    ("OccupancyRow", "free"): ("OccupancyRow", "students"),
    ("ControlFigure", "value"): ("ControlFigure", "formula"),
    ("ControlFigure", "good"): ("JournalControl", "findings"),
    ("ControlFigure", "cases"): ("CheckFigure", "check"),
}
ITSELF = {
    ("DailyMark", "weight"): "of the task of this very mark",
    ("HeldLessons", "held"): "lessons of one subject on one day, by which they are found in the journal",
}
COUNTS = {"MarkCounts", "DailyCounts", "AttendanceCounts", "Moves"}
"""Types of nothing but counts, for which answers what they stand in."""
OF_LESSONS = {("AttendanceCounts", "held"), ("AttendanceCounts", "uncalled"), ("Presence", "held")}
"""Numbers of lessons, for which no absence answers."""


def types_in(report: Report) -> list[GraphQLObjectType]:
    """What a report is made of."""
    _, field = fields_of(None)[report]
    return list(bodies(field))


def numbers(types: list[GraphQLObjectType]) -> Iterator[tuple[GraphQLObjectType, str]]:
    """Every number among the types."""
    for each in types:
        for name, field in each.fields.items():
            if get_named_type(field.type).name in ("Int", "Float"):
                yield each, name


def traced(of: GraphQLObjectType, by_lessons: bool = False) -> bool:
    """Whether a type's own fields tell what it is made of. by_lessons: by the lessons."""
    if by_lessons:
        return (of.name, "lessons") in BEHIND and "lessons" in of.fields
    figure = "formula" in of.fields and set(TRACES) & of.fields.keys()
    return bool(figure) or any((of.name, name) in BEHIND for name in of.fields)


def answered_beside(of: GraphQLObjectType, types: list[GraphQLObjectType], by_lessons: bool) -> bool:
    """Whether wherever the type stands, what it stands in is traced, or is figures of the same marks."""
    holders = [each for each in types if any(get_named_type(field.type) is of for field in each.fields.values())]
    return bool(holders) and all(
        traced(each, by_lessons)
        or any(traced(get_named_type(field.type)) for field in _objects(each) if not by_lessons)
        for each in holders
    )


def _objects(of: GraphQLObjectType) -> list[Any]:
    return [field for field in of.fields.values() if isinstance(get_named_type(field.type), GraphQLObjectType)]


EVERY = [(report, of.name, name) for report in ABOUT for of, name in numbers(types_in(report))]


@pytest.mark.parametrize(("report", "of", "name"), EVERY)
def test_every_number_answers_for_itself(report: Report, of: str, name: str) -> None:
    types = {each.name: each for each in types_in(report)}
    key = (of, name)
    if key in SAID:
        beside, field = SAID[key]
        # The control of a school is one of journals, whatever it is of.
        holder = types.get(beside) or types[f"School{beside.removeprefix('Journal')}"]
        assert field in holder.fields
    elif key not in WITHOUT and key not in ITSELF:
        lessons = key in OF_LESSONS
        if of in COUNTS:
            assert answered_beside(types[of], list(types.values()), lessons)
        else:
            assert traced(types[of], lessons)


def test_what_is_excepted_is_there() -> None:
    """Each exception is a number of some report."""
    there = {(of, name) for _, of, name in EVERY}
    assert {*SAID, *WITHOUT, *ITSELF, *OF_LESSONS} <= there
    fields = {(of.name, name) for report in ABOUT for of in types_in(report) for name in of.fields}
    assert not BEHIND - fields


COUNTED = [report for report in fields_of(frozenset({Role.ANALYST})) if ABOUT[report].of is not ReportOf.STUDENT]


@pytest.mark.parametrize("report", COUNTED)
async def test_an_analyst_is_told_how_many_but_no_names(golden: Golden, report: Report) -> None:
    """What is behind a number is as much for an analyst as for the deputy, and nothing there is personal."""
    _, own = fields_of(frozenset({Role.ANALYST}))[report]
    _, whole = fields_of(frozenset({Role.DEPUTY}))[report]
    body = all_of(own, traced=True, also=whole)
    behind = 0
    for of, period in asked_of(golden, report).items():
        found, expected = [await answer(golden, report, of, period, login, body) for login in ("analyst", "deputy")]
        assert sizes(found) == sizes(expected)
        behind += sum(len(each[name]) for _, each in walked(found) for name in ("stays", "marks") if name in each)
    assert behind > 0 or not {"stays", "marks"} & {name for of in bodies(own) for name in of.fields}


def sizes(value: Any) -> Any:
    """How long each list of an answer is, lists in any order."""
    if isinstance(value, dict):
        return tuple(sorted((name, sizes(each)) for name, each in value.items()))
    if isinstance(value, list):
        return (len(value), tuple(sorted(map(repr, map(sizes, value)))))
    return None


@pytest.mark.parametrize(
    ("report", "body"),
    [
        (Report.CLASSES_SUMMARY, "rows { roll { stays { student { %s } } } }"),
        (Report.CLASSES_SUMMARY, "rows { grouped { student { %s } } }"),
        (Report.OCCUPANCY, "rows { stays { student { %s } } }"),
        (Report.MOVEMENT, "rows { stays { student { %s } } }"),
    ],
)
async def test_no_way_to_a_name(golden: Golden, report: Report, body: str) -> None:
    """The same question, by those who may have the names and by whoever may not."""
    name, _ = fields_of(None)[report]
    given = {"of": gid("School", golden.number), "period": golden.period("II четверть"), **AUTUMN}
    named = query(report, name, body % "id familyName")
    assert "Кротова" in str(await golden.ask(named, "deputy", **given))
    refused = await golden.school.ask(named, given, as_="analyst")
    assert "familyName" in str(refused["errors"])
    assert "Кротова" not in str(refused)
    numbered = await golden.ask(query(report, name, body % "id"), "analyst", **given)
    assert gid("Student", golden.students["Кротова"]) in str(numbered)


def test_anchors_are_all_of_them() -> None:
    """What the reports stand beneath, and nothing else, is gone through."""
    assert {name for name in types_of(None) if name.endswith("Reports")} == set(ANCHORS.values())
