"""Every number in every report answers for itself: it is traced, told of by whom it counts, or plainly given (10.1)."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from rules.account import Role
from rules.report import ABOUT, Report, ReportOf

from .golden_school import Golden
from .journal_help import gid
from .report_bodies import ANCHORS, BEHIND, TRACES, bodies, fields_of, query, types_of
from .test_report_catalogue import AUTUMN, ELSEWHERE

SAID: dict[tuple[str, str], tuple[str, str]] = {
    # What answers for a number that has nothing of its own behind it: the field of a type of the same report.
    ("OutcomeCount", "students"): ("YearOutcomes", "students"),
    ("OutcomeCount", "honours"): ("YearOutcomes", "students"),
    ("GroupOfStudents", "count"): ("GroupOfStudents", "students"),
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
    elif key not in ELSEWHERE and key not in ITSELF:
        lessons = key in OF_LESSONS
        if of in COUNTS:
            assert answered_beside(types[of], list(types.values()), lessons)
        else:
            assert traced(types[of], lessons)


def test_what_is_excepted_is_there() -> None:
    """Each exception is a number of some report."""
    there = {(of, name) for _, of, name in EVERY}
    assert {*SAID, *ELSEWHERE, *ITSELF, *OF_LESSONS} <= there
    fields = {(of.name, name) for report in ABOUT for of in types_in(report) for name in of.fields}
    assert not BEHIND - fields


COUNTED = [report for report in fields_of(frozenset({Role.ANALYST})) if ABOUT[report].of is not ReportOf.STUDENT]


ROWS = {"SheetStudent", "CountedMark", "StudentAttendance", "StudentOutcome", "ListedStudent"}
"""Whoever reads without names reads these of single students, by number: what the permission table grants (2)."""


@pytest.mark.parametrize("report", COUNTED)
def test_an_analyst_is_told_how_many_and_not_who(report: Report) -> None:
    """Nothing that an analyst's reports count leads to whom it counts, not by number either: groups can be small."""
    _, own = fields_of(frozenset({Role.ANALYST}))[report]
    for of in bodies(own):
        assert not BEHIND & {(of.name, name) for name in of.fields}
        assert not ("formula" in of.fields and set(TRACES) & of.fields.keys())
        assert of.name in ROWS or "student" not in of.fields


@pytest.mark.parametrize(
    ("report", "body", "named"),
    [
        (Report.CLASSES_SUMMARY, "rows { roll { stays { student { %s } } } }", "Кротова"),
        (Report.CLASSES_SUMMARY, "rows { grouped { student { %s } } }", "Кротова"),
        (Report.RESULTS_SUMMARY, "rows { figures { average { marks { student { %s } } } } }", "Кротова"),
        (Report.OCCUPANCY, "rows { stays { student { %s } } }", "Кротова"),
        (Report.MOVEMENT, "rows { stays { student { %s } } }", "Кротова"),
        (Report.MOVEMENT, "moves { student { %s } }", "Жуков"),
        (Report.CLASS_TEACHER, "stays { student { %s } }", "Жуков"),
        (Report.CLASS_TEACHER, "arrived { student { %s } }", "Жуков"),
        (Report.CLASS_TEACHER, "left { student { %s } }", "Дымов"),
        (Report.CLASS_TEACHER, "groups { students { student { %s } } }", "Белова"),
        (Report.CLASS_TEACHER, "unmarked { student { %s } }", None),
        (Report.CLASS_TEACHER, "totalAttendance { absences { student { %s } } }", "Белова"),
        (Report.CLASS_TEACHER, "totalAttendance { lessons { student { %s } } }", "Белова"),
        (Report.CLASS_RESULTS, "total { quality { marks { student { %s } } } }", "Белова"),
    ],
)
async def test_no_way_to_who_is_counted(golden: Golden, report: Report, body: str, named: str | None) -> None:
    """The same question, by those who may know whom a figure counts, and by whoever may not: by name or by number."""
    name, _ = fields_of(None)[report]
    of = (
        gid("School", golden.number)
        if ABOUT[report].of is ReportOf.SCHOOL
        else gid("SchoolClass", golden.classes["5А"])
    )
    given = {"of": of, "period": golden.period("II четверть"), **AUTUMN}
    if named:
        assert named in str(await golden.ask(query(report, name, body % "id familyName"), "deputy", **given))
    refused = await golden.school.ask(query(report, name, body % "id"), given, as_="analyst")
    assert not refused.get("data")
    assert "errors" in refused


def test_anchors_are_all_of_them() -> None:
    """What the reports stand beneath, and nothing else, is gone through."""
    assert {name for name in types_of(None) if name.endswith("Reports")} == set(ANCHORS.values())
