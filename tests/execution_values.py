"""Values for the arguments of drawn queries: mostly what exists and is seen, sometimes what must be refused."""

import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from random import Random
from typing import Any, TypeVar

import orjson
from graphql import (
    BooleanValueNode,
    EnumValueNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLString,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    get_named_type,
    get_nullable_type,
)
from hypothesis import strategies as st

from server.demo import DEMO_NOW

from .execution_stage import Person, Stage
from .journal_help import gid

T = TypeVar("T")

FIRST_DAY, DAYS = date(2026, 4, 27), 30
"""The weeks of the demo school, a few days without lessons among them."""

WHOLE = frozenset({"movementCounts", "movement"})
"""What an analyst is refused for other days than a whole period or year."""

LEFT_OUT = object()
"""Stands for an argument, or a variable, that is not given."""

OF_PERIOD = {"marks", "attendance", "averages", "results", "finalMarks"}
"""Fields that may be asked for a period."""

OF_FIELD = {"student": "Student", "schoolClass": "SchoolClass", "verifyCertificate": "Certificate"} | {
    **dict.fromkeys(("formSheet", "formProvenance"), "FederalForm"),
    "savedReport": "SavedReport",
}
OF_ARGUMENT = {
    "classId": "SchoolClass",
    "groupId": "StudyGroup",
    "subjectId": "Subject",
    "periodId": "Period",
    "yearId": "AcademicYear",
    "timetableId": "Timetable",
    "studentIds": "Student",
    "studentId": "Student",
    "staffId": "Staff",
    "planId": "TopicPlan",
    "fileId": "File",
}
DEFINITIONS: list[dict[str, Any]] = [
    {"source": "CLASSES", "groups": ["grade"], "measures": [{"function": "COUNT"}]},
    {"source": "CLASSES", "fields": ["class", "year"], "order": [{"column": 0, "descending": True}], "limit": 3},
    {"source": "STUDENTS", "groups": ["grade", "sex"], "measures": [{"function": "PEOPLE"}, {"function": "SHARE"}]},
    {"source": "STUDENTS", "fields": ["name"], "limit": 2},
    {"source": "MARKS", "groups": ["value"], "measures": [{"function": "AVERAGE", "field": "weight"}]},
    {"source": "CLASSES", "fields": ["nothing"]},
]
"""Composed reports; who may not have one is refused."""
LATEST = {"Period": 3, "AcademicYear": 1}
"""Types of which almost only the first few, in the order of their numbers, have anything behind them."""


class Chance:
    """Decides by chance, as hypothesis has seeded it. level: 0 for hardly anything beside the plain, 2 for all."""

    def __init__(self, rng: Random, level: int) -> None:
        self.rng, self.level = rng, level

    def number(self, low: int, high: int) -> int:
        """A number, both ends inclusive."""
        return self.rng.randint(low, high)

    def yes(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.rng.randrange(100) < percent

    def adds(self, percent: int) -> bool:
        """The same for what a document need not have."""
        return self.yes((0, percent // 4, percent)[self.level])

    def one(self, options: Sequence[T]) -> T:
        """One of these."""
        return self.rng.choice(options)


@dataclass
class Values:
    """Draws arguments as somebody in a school might give them. odd: how many of a hundred are not as they should be."""

    chance: Chance
    stage: Stage
    person: Person
    odd: int = 0

    def arguments(self, name: str, field: GraphQLField) -> dict[str, Any]:
        """A field's arguments by name."""
        found = self._page() if name == "journalPage" else {}
        if "asOf" in field.args and self.chance.yes(25):
            found["asOf"] = self._moment()
        start = self._day()
        for argument, definition in field.args.items():
            if self.odd and self.chance.yes(self.odd):
                found[argument] = self._wrong(definition)
            elif name != "journalPage" and argument != "asOf":
                value = self._value(name, argument, definition, start)
                if value is not LEFT_OUT:
                    found[argument] = value
        return found

    def number(self, type_name: str) -> int:
        """The number of a row that the person sees, or of some other."""
        seen = self.person.seen.get(type_name)
        if not seen or self.chance.yes(4):
            return self.chance.number(1, 60)
        if type_name in LATEST and not self.chance.yes(10):
            return self.chance.one(sorted(seen)[: LATEST[type_name]])
        return self.chance.one(seen)

    def id(self, type_name: str) -> str:
        """The id of such a row."""
        return gid(type_name, self.number(type_name))

    def reference(self) -> Any:
        """What a gateway knows of a row."""
        type_name = self.chance.one(sorted(self.person.seen) or ["Student"])
        return {"__typename": type_name, "id": self.id(type_name)}

    def _page(self) -> dict[str, Any]:
        journals = self.person.journals
        group, subject, class_ = self.chance.one(journals) if journals else (1, 1, 1)
        of = {"classId": gid("SchoolClass", class_)} if self.chance.yes(50) else {"groupId": gid("StudyGroup", group)}
        return {"subjectId": gid("Subject", subject), "periodId": self.id("Period"), **of}

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self.chance.number(0, DAYS))

    def _moment(self) -> str:
        """When something in the school may have stood otherwise; sometimes without a zone, or still to come."""
        moment = DEMO_NOW - timedelta(hours=self.chance.number(-4, 40 * 24))
        return moment.replace(tzinfo=None if self.chance.yes(20) else UTC).isoformat()

    def _value(self, name: str, argument: str, definition: GraphQLArgument, start: date) -> Any:
        chance = self.chance
        match argument:
            case "id":
                return self.id(OF_FIELD.get(name) or self.reference()["__typename"])
            case "studentIds":
                return [self.id("Student") for _ in range(chance.number(1, 4))]
            case "representations":
                return [self.reference() for _ in range(chance.number(1, 5))]
            case "first":
                return chance.number(1, 5) if not chance.yes(4) else 100
            case "after":
                return self._cursor(name) if chance.yes(25) else LEFT_OUT
            case "kind" if name == "findings":
                return chance.one(list(_enum(definition).values)) if chance.yes(30) else LEFT_OUT
            case "kind" | "state" | "number" | "classId" | "studentId" if name == "movementBook":
                return self._of_book(argument, definition) if chance.yes(20) else LEFT_OUT
            case "since" | "until" if name == "movementBook" and not chance.yes(20):
                return LEFT_OUT
            case "periodId" if name == "homework" or (name in OF_PERIOD and not chance.yes(60)):
                return LEFT_OUT
            case "marks":
                return [{"value": chance.one("54."), "weight": chance.number(1, 3)} for _ in range(chance.number(1, 3))]
            case "definition":
                return chance.one(DEFINITIONS)
            case "weekOf":
                return self._day().isoformat()
            case "target" | "weight":
                return chance.number(1, 5)
            case "since" | "from" | "until" if name in WHOLE and start.day % 2:
                return {"until": "2026-08-31"}.get(argument, "2025-09-01")
            case "since" | "from":
                return start.isoformat()
            case "until" | "to":
                return (start + timedelta(days=chance.number(0, 3))).isoformat()
            case "on":
                return self._day().isoformat() if chance.yes(40) else LEFT_OUT
            case "subjectId" | "yearId" | "staffId" if not chance.yes(35):
                return LEFT_OUT
            case "grade":
                return chance.number(5, 11) if chance.yes(30) else LEFT_OUT
            case "kind":
                return chance.one(list(_enum(definition).values)) if chance.yes(40) else LEFT_OUT
            case "search" if name == "schools":
                return chance.one(("школа", "16", "demo", "№", "дворец")) if chance.yes(35) else LEFT_OUT
            case "classId" if name in {"entries", "mismatchReports"} and not chance.yes(50):
                return LEFT_OUT
            case "archived":
                return chance.yes(50)
            case "search":
                return chance.one(self.stage.words["search"]) if chance.yes(35) else LEFT_OUT
            case "locked" | "overdue" | "revoked" | "read" | "counted":
                return chance.yes(50) if chance.yes(30) else LEFT_OUT
            case "covered":
                return chance.yes(50) if chance.yes(60) else LEFT_OUT
            case "code":
                return chance.one(("oo-1", "osh-9", "nothing")) if chance.yes(35) else LEFT_OUT
            case "cell":
                return chance.one(("1.05.3", "2.01.3", "nothing"))
            case "by":
                return [chance.one(list(_enum(definition).values)) for _ in range(chance.number(1, 2))]
            case "days":
                return chance.number(1, 60)
            case "row":
                return chance.number(0, 3)
            case "clause":
                return chance.one(("7.4", "9.2", "nothing")) if chance.yes(35) else LEFT_OUT
            case "number":
                return chance.number(1, 9)
            case "digest":
                return "0" * 64
            case "orderBy" | "role" | "responsibility" | "state" | "report" | "status" | "deadline" | "part" | "group":
                return chance.one(list(_enum(definition).values)) if chance.yes(40) else LEFT_OUT
        return self.id(OF_ARGUMENT[argument])

    def _of_book(self, argument: str, definition: GraphQLArgument) -> Any:
        """What the movement book is narrowed by."""
        if argument == "number":
            return str(self.chance.number(1, 12))
        if argument in OF_ARGUMENT:
            return self.id(OF_ARGUMENT[argument])
        return self.chance.one(list(_enum(definition).values))

    def _cursor(self, name: str) -> str:
        """Where some row stands; of what there is none, where one might."""
        return encoded(self.chance.one(self.stage.cursors[name] or [[1]]))

    def _wrong(self, definition: GraphQLArgument) -> Any:
        """Nothing at all, what does not exist, what is too large, or no value of the type."""
        chance = self.chance
        named = get_named_type(definition.type).name
        options: dict[str, list[Any]] = {
            "ID": ["", "nothing", gid("Nothing", 1), gid("Student", 10**9), gid("Student", 2**70), self.id("Mark"), 17],
            "Int": [0, 101, -1, 2**31 - 1, 2**31, "1"],
            "Date": ["2024-09-02", "2026-05-19", "2026-12-31", "2026-02-30", "", 20],
            "String": ["", "\0", "я" * 201, encoded([]), encoded([1, 1]), encoded(["2026-05-12", 1, 1]), "%"],
        }
        wrong = chance.one(options.get(named, [None, 1, {"__typename": "Student"}, "NOTHING"]))
        if chance.yes(15):
            return None
        return [wrong, None] if isinstance(get_nullable_type(definition.type), GraphQLList) else wrong


def encoded(values: list[Any]) -> str:
    """A cursor."""
    return urlsafe_b64encode(orjson.dumps(values)).decode()


def _enum(definition: GraphQLArgument) -> Any:
    return get_named_type(definition.type)


def literal(value: Any, type_: GraphQLInputType) -> ValueNode:
    """A value as it stands in a query."""
    named = get_named_type(type_)
    match value:
        case None:
            return NullValueNode()
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case str() if isinstance(named, GraphQLEnumType) and value.isidentifier():
            return EnumValueNode(value=value)
        case str():
            return StringValueNode(value=value)
        case list():
            return ListValueNode(values=tuple(literal(each, type_) for each in value))
    assert isinstance(value, Mapping), value
    inner = named.fields if isinstance(named, GraphQLInputObjectType) else {}
    fields = [
        ObjectFieldNode(name=NameNode(value=name), value=literal(each, inner[name].type if name in inner else type_))
        for name, each in value.items()
    ]
    return ObjectValueNode(fields=tuple(fields))


def _strings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[ValueNode]:
    return values.map(lambda value: StringValueNode(value=value))


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


CUSTOM_SCALARS: dict[str, st.SearchStrategy[ValueNode]] = {
    "Date": _strings(st.dates().map(date.isoformat)),
    "DateTime": _strings(st.datetimes().map(lambda moment: moment.isoformat() + "Z")),
    "Time": _strings(st.integers(0, 86_399).map(_time)),
    "_Any": st.fixed_dictionaries(
        {
            "__typename": st.text(string.ascii_letters, max_size=12),
            "id": st.binary(max_size=12).map(lambda value: b64encode(value).decode()),
        }
    ).map(lambda value: literal(value, GraphQLString)),
}
"""How the scalars that GraphQL does not know are drawn at first."""
