"""Every number outside the reports, too: it is entered, or says by what formula it is reckoned and of what (10.1)."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from graphql import GraphQLList, GraphQLObjectType, get_named_type, get_nullable_type

import models
from models.base import Base
from rules.account import Role
from rules.report import ABOUT

from .report_bodies import bodies, fields_of, types_of

for module in iter_modules(models.__path__):
    import_module(f"models.{module.name}")

COLUMNS = {each.class_.__name__: set(each.columns.keys()) for each in Base.registry.mappers}
"""What the tables hold, by the names of their models, which are those of their types."""

HELD: dict[tuple[str, str], tuple[str, str]] = {
    # Columns of another model than the type's own.
    **{(of, "size"): ("File", "size") for of in ("AnnouncementAttachment", "AnswerAttachment", "Attachment")},
    **{(of, "size"): ("File", "size") for of in ("Document", "MessageAttachment")},
    ("ReportSetFile", "size"): ("ReportSet", "size"),
    ("DiaryLesson", "number"): ("Lesson", "number"),
    ("DiaryLesson", "shift"): ("Lesson", "shift"),
    ("FinalMarkCell", "number"): ("FinalMark", "number"),
    ("LessonRecord", "version"): ("Lesson", "version"),
    ("LessonRecord", "rollCallVersion"): ("RollCall", "version"),
    ("Mark", "weight"): ("Task", "weight"),
    ("MarkRule", "fewestMarks"): ("MarkRule", "fewest"),
    ("MovementCount", "grade"): ("SchoolClass", "grade"),
    ("SchoolCard", "version"): ("School", "version"),
    ("StaffCard", "version"): ("Staff", "version"),
    ("StudentCard", "version"): ("Student", "version"),
    **{(of, "birthYear"): ("Person", "birth_date") for of in ("Guardian", "StaffCard", "StudentCard")},
    ("PlanCheck", "allowed"): ("ComponentLoad", "hours"),
    ("TopicHours", "planned"): ("Topic", "hours"),
    **{("ReportSchedule", name): ("SavedReport", name) for name in ("hour", "day")},
    ("ReportDefinition", "limit"): ("SavedReport", "definition"),
    ("ReportSorting", "column"): ("SavedReport", "definition"),
}
"""What is entered, or kept, elsewhere: field → model and column."""

COUNTED_ONCE = {"DigestCount", "OutageJournal"}
"""Types whose columns nobody enters: they are counted by the database."""

PLACES = {
    ("MovementFinding", "position"): "of a student in the order",
    ("OutageCell", "row"): "in the sheet",
    ("PreviewedTopic", "hours"): "as the file has it",
    ("SheetProblem", "row"): "in the file",
    ("TimetableFinding", "weekday"): "of the lessons",
    ("TimetableFinding", "limit"): "what the sanitary rules allow",
    ("PlanTotal", "most"): "what the sanitary rules allow",
}
"""Where something stands, what a file says, and limits: no figures."""

LISTED = {
    ("CertificateVerification", "totalDifferences"): "differences",
    ("PrintVerification", "totalDifferences"): "differences",
}
"""How long a list is that stands beside."""

BESIDE = {("ReportCell", name): ("ReportColumn", "formula") for name in ("number", "counted", "leftOut")}
"""Whose formula stands in another type of the same answer."""

SAYS = re.compile(r"\w = \S")
"""A description with a formula: what the figure is, and what it is reckoned of."""


def outside() -> Iterator[tuple[str, str]]:
    """Every number of what is in no report of the catalogue."""
    reported = {of.name for report in ABOUT for of in bodies(fields_of(None)[report][1])}
    for name, of in types_of(None).items():
        if isinstance(of, GraphQLObjectType) and not name.startswith("__") and name not in reported:
            for field, each in of.fields.items():
                if get_named_type(each.type).name in ("Int", "Float"):
                    yield name, field


def snake(name: str) -> str:
    """As Python has it."""
    return re.sub("[A-Z]", lambda found: f"_{found.group().lower()}", name)


def is_stored(of: str, field: str) -> bool:
    """Whether somebody has entered it."""
    return of not in COUNTED_ONCE and snake(field) in COLUMNS.get(of, ())


def says(of: str, field: str) -> bool:
    """Whether it tells by itself what it is reckoned of."""
    fields = types_of(None)[of].fields
    if field == "totalCount" and of.endswith("Connection"):
        return {"edges", "nodes"} <= fields.keys()
    return "formula" in fields or SAYS.search(fields[field].description) is not None


@pytest.mark.parametrize(("of", "field"), sorted(outside()))
def test_every_number_is_entered_or_says_what_it_is_of(of: str, field: str) -> None:
    key = (of, field)
    if key in HELD:
        model, column = HELD[key]
        assert column in COLUMNS[model]
    elif key in LISTED:
        listed = types_of(None)[of].fields[LISTED[key]]
        assert isinstance(get_nullable_type(listed.type), GraphQLList)
    elif key in BESIDE:
        beside, formula = BESIDE[key]
        assert formula in types_of(None)[beside].fields
    elif key not in PLACES:
        assert is_stored(of, field) or says(of, field)


@pytest.mark.parametrize("kept", [HELD, PLACES, LISTED, BESIDE])
def test_what_is_excepted_needs_it(kept: dict[tuple[str, str], object]) -> None:
    """Each is there, and neither entered in its own type nor with a formula of its own."""
    assert kept.keys() <= set(outside())
    assert not [key for key in kept if is_stored(*key) or says(*key)]


def test_reckoned_types_have_a_formula_of_their_own() -> None:
    """Averages of the journal and what the school's rule proposes: in the answer itself, as those of the reports."""
    for of in ("SubjectAverage", "ClassAverage", "MarkProposal", "ReportColumn"):
        assert "formula" in types_of(None)[of].fields


def names_of(roles: frozenset[Role] | None) -> set[str]:
    """Every name that a schema has: of types, fields and arguments."""
    found = set()
    for name, of in types_of(roles).items():
        found.add(name)
        for field, each in getattr(of, "fields", {}).items():
            found |= {field, *getattr(each, "args", ())}
    return found


@pytest.mark.parametrize("role", [None, *Role])
def test_formulas_name_what_whoever_reads_them_has(role: Role | None) -> None:
    """A formula leads to no field that is closed to the reader, nor tells that there is one."""
    roles = None if role is None else frozenset({role})
    known, unknown = names_of(roles), set()
    for of, field in outside():
        told = types_of(roles).get(of)
        if told and field in told.fields and field not in ("version", "rollCallVersion"):
            named = re.findall(r"`([\w.]+)`", told.fields[field].description)
            unknown |= {(of, field, each) for name in named for each in name.split(".") if each not in known}
    assert not unknown
