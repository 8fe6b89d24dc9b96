"""Reports as the schema has them: which field is which report's, and a query for all that one says."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type

from execution.schema import schema_for
from rules.account import Role
from rules.report import ABOUT, Report, ReportOf, Takes
from schema.report_base import OF_TYPES

from .oracle_reports import is_body

ANCHORS = {
    ReportOf.SCHOOL: "SchoolReports",
    ReportOf.CLASS: "ClassReports",
    ReportOf.TEACHER: "TeacherReports",
    ReportOf.STUDENT: "StudentReports",
}
"""The types whose fields are the reports."""

TRACES = ("marks", "absences")
"""What a figure answers with if it is asked where it comes from."""

BEHIND = {
    *((of, "stays") for of in ("Roll", "MovementRow", "OccupancyRow", "ClassTeacherReport")),
    *((of, "lessons") for of in ("TaughtHours", "AttendanceFigures", "Presence")),
    *(("ClassesSummaryRow", "grouped"), ("ControlRow", "corrected")),
}
"""Fields with whom and what the counts beside them count."""


def types_of(roles: frozenset[Role] | None) -> dict[str, Any]:
    """The types of a schema."""
    return schema_for(roles)._schema.type_map  # type: ignore[no-any-return]


def fields_of(roles: frozenset[Role] | None) -> dict[Report, tuple[str, GraphQLField]]:
    """The field of each report that the roles may have: the one that bears its title."""
    found = {}
    for report, about in ABOUT.items():
        anchor = types_of(roles).get(ANCHORS[about.of])
        for name, field in anchor.fields.items() if anchor else ():
            if field.description == f"{about.title} ({about.clause}).":
                found[report] = (name, field)
    return found


def bodies(field: GraphQLField) -> Iterator[GraphQLObjectType]:
    """Every type that a report is made of."""
    seen: dict[str, GraphQLObjectType] = {}

    def walk(of: Any) -> None:
        named = get_named_type(of)
        if isinstance(named, GraphQLObjectType) and is_body(named) and named.name not in seen:
            seen[named.name] = named
            for each in named.fields.values():
                walk(each.type)

    walk(field.type)
    yield from seen.values()


def all_of(field: GraphQLField, traced: bool, also: GraphQLField | None = None) -> str:
    """What to ask of a report to get all of it, of what is not a report's own only the id. traced: with what is behind
    each figure. also: ask only for what this field, of another schema, has too.
    """
    return _all_of(field.type, traced, None if also is None else also.type)


def _all_of(of: Any, traced: bool, also: Any) -> str:
    own, other = get_named_type(of), None if also is None else get_named_type(also)
    asked = []
    for name, field in own.fields.items():
        beside = None if other is None else other.fields.get(name)
        if other is not None and beside is None:
            continue
        if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()):
            continue
        named = get_named_type(field.type)
        if not traced and ((own.name, name) in BEHIND or (name in TRACES and "formula" in own.fields)):
            continue
        if is_leaf_type(named):
            asked.append(name)
        elif is_body(named):
            asked.append(f"{name} {{ {_all_of(field.type, traced, beside and beside.type)} }}")
        elif "id" in named.fields:
            asked.append(f"{name} {{ id }}")
    return " ".join(asked)


def query(report: Report, name: str, body: str) -> str:
    """A report of $of, for $period, from $since $until, on $until, as far as it takes them."""
    about = ABOUT[report]
    declared, given = ["$of: ID!"] if about.of is not ReportOf.SCHOOL else [], []
    for takes, types, asked in (
        (Takes.SLOT, ("$period: ID!",), "periodId: $period"),
        (Takes.DAYS, ("$since: Date!", "$until: Date!"), "from: $since, until: $until"),
        (Takes.DAY, ("$until: Date!",), "on: $until"),
    ):
        if takes in about.takes:
            declared += types
            given.append(asked)
    if report is Report.JOURNAL_CONTROL:
        given.append("groupBy: JOURNAL")
    arguments = f"({', '.join(given)})" if given else ""
    asked = f"reports {{ {name}{arguments} {{ {body} }} }}"
    if about.of is ReportOf.SCHOOL:
        asked = f"school {{ {asked} }}"
    else:
        asked = f"node(id: $of) {{ ... on {OF_TYPES[about.of]} {{ {asked} }} }}"
    return f"query{f'({chr(44).join(declared)})' if declared else ''} {{ {asked} }}"


def walked(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of an answer, with the name of the field that holds it."""
    if isinstance(value, dict):
        yield place, value
        for name, each in value.items():
            yield from walked(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from walked(each, place)


def floats(types: Iterable[GraphQLObjectType]) -> Iterator[tuple[GraphQLObjectType, str]]:
    """Every figure among the types: what is no whole number."""
    for each in types:
        for name, field in each.fields.items():
            if get_named_type(field.type).name == "Float":
                yield each, name
