"""The matrix of roles and fields: each role's schema, what the server shows of it, and the gates behind the gateway."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
)

from execution.schema import schema_for
from rules.account import Role
from schema.base import NODES, EdgeField
from server.demo import Demo

from . import oracle_diary, oracle_digests, oracle_forms
from .conftest import School, clone, running
from .oracle import World
from .oracle_people import open_sessions
from .oracle_reports import is_body
from .oracle_rights import Eyes
from .oracle_shape import (
    MACHINERY,
    ROLES,
    WHOLE,
    Reached,
    gate_at,
    hidden_from,
    is_open,
    paths,
    sample,
    shape_of_answer,
    shape_of_schema,
)
from .oracle_walk import Id


@pytest.mark.parametrize("name", ROLES)
def test_a_role_has_the_schema_that_its_gates_leave(name: str) -> None:
    expected, found = Reached(ROLES[name]).types, shape_of_schema(schema_for(ROLES[name])._schema)
    assert {each: found[each] for each in found.keys() - MACHINERY} == {
        each: expected[each] for each in expected.keys() - MACHINERY
    }


# The running server


class Cast:
    """A school with somebody of every role who has no other, and their tokens."""

    def __init__(self, school: School, world: World, tokens: dict[int, str]) -> None:
        self.school, self.world = school, world
        self.of, self.tokens = dict[str, Eyes](), dict[str, str]()
        for account, token in tokens.items():
            eyes = Eyes(world, account)
            name = next((name for name, roles in ROLES.items() if roles and roles == eyes.roles), None)
            if name and world.row("school", eyes.school)["code"] == school.demo.code and self._reaches(eyes, name):
                self.of[name], self.tokens[name] = eyes, token

    def _reaches(self, eyes: Eyes, name: str) -> bool:
        """Prefer whoever sees more kinds of things."""

        def reach(each: Eyes) -> int:
            return sum(bool(each.sees(type_name)) for type_name in ("JournalPage", "Mark", "StaffCard", *NODES))

        return name not in self.of or reach(eyes) > reach(self.of[name])

    async def ask(self, name: str, query: str, path: str = "/graphql") -> Any:
        """The whole answer to a role's query; on the gateway's path, with the service's credential."""
        headers = {"authorization": f"Bearer {self.tokens[name]}"} if name in self.tokens else {}
        if path == "/federation":
            headers["classbook-service"] = f"Bearer {self.tokens['service']}"
        return (await self.school.client.post(path, json={"query": query}, headers=headers)).json()


Change = Callable[["asyncpg.Connection[Any]"], Awaitable[None]]


async def cast_of(cluster: str, hardened: tuple[str, Demo], change: Change | None = None) -> AsyncIterator[Cast]:
    """The people of a hardened school, which may be changed before it is read."""
    template, demo = hardened
    url = await clone(cluster, template)
    connection = await asyncpg.connect(url)
    try:
        tokens = await open_sessions(connection)
        if change is not None:
            await change(connection)
        world = await World.load(connection, demo.today)
    finally:
        await connection.close()
    async for school in running(url, demo):
        yield Cast(school, world, tokens)


@pytest.fixture(scope="module")
async def cast(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Cast]:
    async for cast in cast_of(cluster, hardened_template):
        yield cast


@pytest.mark.parametrize("name", ROLES)
async def test_a_role_sees_its_own_schema(cast: Cast, name: str) -> None:
    answer = await cast.ask(name, get_introspection_query(descriptions=False))
    assert shape_of_answer(answer["data"]) == shape_of_schema(schema_for(ROLES[name])._schema)


@cache
def names_of(roles: frozenset[Role]) -> set[str]:
    """Every name that the roles may know."""
    shape = shape_of_schema(schema_for(roles)._schema)
    fields = {field for fields in shape.values() for field in fields}
    return shape.keys() | fields | {name for fields in shape.values() for given in fields.values() for name in given}


def betrayed(message: str, asked: set[str], roles: frozenset[Role]) -> set[str]:
    """Names in a message that its reader neither wrote nor may know."""
    named = {name for name in re.findall(r"'(\w+)'", message) if not name.startswith("__")}
    return named - asked - names_of(roles)


def asked_for(name: str) -> Iterator[tuple[str, list[str]]]:
    """What is hidden from a role, as much at once as a document is told errors of: a hundred.

    Of a type that is hidden whole nobody looks at the fields.
    """
    own = schema_for(ROLES[name])._schema.type_map
    for kind, fields in hidden_from(ROLES[name]).items():
        if kind in own:
            yield from ((kind, fields[start : start + 25]) for start in range(0, len(fields), 25))
        elif fields:
            yield kind, fields[:1]


@pytest.mark.parametrize("name", ROLES)
async def test_a_hidden_field_is_unknown(cast: Cast, name: str) -> None:
    roles, own = ROLES[name], schema_for(ROLES[name])._schema.type_map
    for kind, fields in asked_for(name):
        texts = " ".join(f"{field}: {field}{{ a }} {field}s {field[:-1]}" for field in fields)
        answer = await cast.ask(name, f"query {{ __typename }} fragment F on {kind} {{ {texts} }}")
        assert answer.get("data") is None
        messages = [error["message"] for error in answer["errors"]]
        wanted = {each for field in fields for each in (field, f"{field}s", field[:-1])}
        if kind in own:
            refused = "\n".join(messages)
            assert all(f"Cannot query field '{field}' on type '{kind}'." in refused for field in fields), messages
        else:
            assert any(message.startswith(f"Unknown type '{kind}'.") for message in messages), messages
        for message in messages:
            assert not betrayed(message, {kind, "F", *wanted}, roles), message


async def test_a_hidden_argument_and_a_hidden_value_are_unknown(cast: Cast) -> None:
    asked = {"search": 'search: "И"', "NAME": "orderBy: NAME"}
    for name, given in asked.items():
        answer = await cast.ask("analyst", f"{{ school {{ students(first: 1, {given}) {{ totalCount }} }} }}")
        (error,) = answer["errors"]
        assert error["message"].startswith(
            ("Unknown argument 'search' on field 'School.students'.", "Value 'NAME' does not exist in 'StudentOrder'")
        )
        assert not betrayed(error["message"], {name, "School.students"}, ROLES["analyst"])
        text = (await cast.ask("analyst", "{ _service { sdl } }"))["data"]["_service"]["sdl"]
        # Schools may be searched by anybody.
        text = re.sub(r"^  schools\(.*?^  \)", "", text, flags=re.MULTILINE | re.DOTALL)
        assert not re.search(rf"\b{name}\b", text)


@pytest.mark.parametrize("name", ROLES)
async def test_the_text_of_a_schema_tells_nothing_hidden(cast: Cast, name: str) -> None:
    text = (await cast.ask(name, "{ _service { sdl } }"))["data"]["_service"]["sdl"]
    for kind, fields in hidden_from(ROLES[name]).items():
        body = re.search(rf"^type {kind}\b[^{{]*{{(.*?)^}}", text, re.MULTILINE | re.DOTALL)
        told = set(re.findall(r"^  (\w+)", body[1], re.MULTILINE)) if body else set()
        assert not told & set(fields), kind


# The gateway


@pytest.mark.parametrize("name", [name for name in ROLES if name != "anonymous"])
async def test_behind_the_gateway_every_gate_acts(cast: Cast, name: str) -> None:
    """Every field of every type that the role comes to: FORBIDDEN where its gate does not admit, and only there."""
    roles, refused = ROLES[name], 0
    for kind, path in paths(cast.of[name]).items():
        fields: dict[str, GraphQLField] = WHOLE.type_map[kind].fields  # type: ignore[union-attr]
        closed = {each for each, of in fields.items() if not is_open(gate_at(of), roles)}
        asked = {each: sample(each, of) for each, of in fields.items() if each in closed}
        # Of those that are open no error hides another: they are asked together, which takes a tenth of the time.
        asked["_open"] = " ".join(
            ["__typename", *(sample(each, of) for each, of in fields.items() if each not in closed)]
        )
        texts = " ".join(f"{each}: {path.replace('@', text)}" for each, text in asked.items())
        answer = await cast.ask(name, f"{{ {texts} }}", "/federation")
        forbidden = {
            error["path"][0] for error in answer.get("errors", ()) if error["extensions"]["code"] == "FORBIDDEN"
        }
        assert not [error for error in answer.get("errors", ()) if error["extensions"]["code"] == "INTERNAL"], answer
        assert forbidden == closed, (kind, forbidden ^ closed)
        refused += len(forbidden)
    assert refused


@pytest.mark.parametrize("name", [name for name in ROLES if name != "anonymous"])
async def test_behind_the_gateway_every_root_is_gated(cast: Cast, name: str) -> None:
    assert WHOLE.query_type is not None
    for each, field in WHOLE.query_type.fields.items():
        answer = await cast.ask(name, f"{{ {sample(each, field)} }}", "/federation")
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert ("FORBIDDEN" in codes) == (not is_open(gate_at(field), ROLES[name])), (each, answer)


async def test_behind_the_gateway_an_argument_that_is_not_theirs_tells_analysts_nothing(cast: Cast) -> None:
    """To ask who begins with a letter is to ask for names."""
    everybody = await cast.ask("analyst", "{ school { students(first: 1) { totalCount } } }", "/federation")
    for given in ('search: "И"', "orderBy: NAME"):
        query = f"{{ school {{ students(first: 100, {given}) {{ totalCount nodes {{ id }} }} }} }}"
        answer = await cast.ask("analyst", query, "/federation")
        if answer.get("errors"):
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        else:
            page = answer["data"]["school"]["students"]
            assert page["totalCount"] == everybody["data"]["school"]["students"]["totalCount"], given
            assert page["nodes"] == sorted(page["nodes"], key=lambda node: Id.read(node["id"]).number)


async def test_somebody_comes_to_every_type(cast: Cast) -> None:
    assert cast.of.keys() == ROLES.keys() - {"anonymous"}
    come_to = {kind for eyes in cast.of.values() for kind in paths(eyes)}
    others = {"Query", "Mutation", "PageInfo", "Refusal"}
    others |= {"Subscription", "Changes", "Change"}  # come by themselves: tests/test_live.py
    others |= {
        "TopicPlanPreview",
        "PreviewedTopic",
        "SheetProblem",
        "OutageSheetPreview",
        "OutageCell",
    }  # of a file, which nobody here has sent
    left = {kind for kind in OBJECTS.keys() - come_to - others if not is_page(kind) and not kind.endswith("Payload")}
    assert left == set()


async def test_behind_the_gateway_a_service_must_stand(cast: Cast) -> None:
    headers = {"authorization": f"Bearer {cast.tokens['deputy']}"}
    for service in (None, cast.tokens["deputy"], cast.tokens["analyst"], "nonsense"):
        given = headers | ({"classbook-service": f"Bearer {service}"} if service else {})
        response = await cast.school.client.post("/federation", json={"query": "{ me { name } }"}, headers=given)
        assert response.status_code == 401
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# The shape of the whole schema

OBJECTS = {
    name: kind
    for name, kind in WHOLE.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("_")
}
PASSED_ON = {
    ("DiaryTask", "task"),
    ("DiaryDay", "lessons"),
    ("Changes", "changes"),
    ("OverdueWork", "mark"),
    ("CertifiedReport", "print"),
    ("ReportSet", "file"),
    ("IssueAccountsPayload", "accounts"),
}
"""Fields without a gate that lead to what a gated edge has read already."""

BARE = {
    "a person's own": {
        *("Me.sessions", "Me.roles", "Me.children", "Me.ledClasses", "Me.assignments", "Staff.ledClasses"),
        *("Staff.assignments", "Student.guardianships", "Student.enrolments", "Guardian.guardianships"),
        *("Announcement.readers", "Announcement.classes", "Announcement.groups", "Announcement.attachments"),
        *("Announcement.grades",),
        *("Student.averages", "Student.movement", "Student.droppedSubjects", "Student.finalMarks"),
        *("Correspondent.wards", "Addressee.wards", "MessageThread.members", "Message.receipts", "Message.attachments"),
        *("Account.roles", "Account.grants", "Staff.appointmentOrders", "Staff.absences"),
    },
    "a class or less": {
        *("SchoolClass.students", "StudyGroup.students", "SchoolClass.groups", "SchoolClass.periods"),
        *("SchoolClass.plan", "SchoolClass.planChecks", "SchoolClass.planGaps", "SchoolClass.ungrouped"),
        *("SchoolClass.assignments", "Homework.recipients", "Task.recipients", "JournalPage.rows"),
    },
    "a sheet of a class: its students by its subjects and what is marked": {"SchoolClass.finalMarks"},
    "as often as a class's periods were closed": {"SchoolClass.periodClosings"},
    "as many as a class has exams": {"SchoolClass.examDates"},
    "a lesson's": {
        *("LessonRecord.tasks", "LessonRecord.homework", "LessonRecord.marks", "LessonRecord.attendance"),
        *("Task.marks", "Task.attachments", "Homework.attachments", "Excuse.attachments"),
        *("Homework.answers", "HomeworkAnswer.attachments"),
        *("Lesson.corrections", "LessonEditing.unlocks", "LessonRecord.transfers"),
        "LessonRecord.expectedAbsent",
    },
    "what has become of a row, or of those of a lesson or of one student's page": {
        *(f"{of}.history" for of in ("Mark", "Attendance", "Task", "Homework", "LessonRecord", "FinalMark")),
        *(f"LessonRecord.{of}History" for of in ("rollCall", "task", "homework", "attendance")),
        *("JournalPage.writers", "Task.markHistory", "JournalRow.markHistory", "JournalRow.attendanceHistory"),
        "FinalMarkCell.history",
    },
    "a few in a year or a school": {
        *("StaffCard.functions", "SchoolCheck.missing", "DocumentsCheck.missing"),
        "School.markRules",
        *("School.obligationCounts", "Me.obligationCounts"),
        *("School.years", "School.workTypes", "AcademicYear.periods", "AcademicYear.holidays"),
        *("AcademicYear.bellSchedules", "BellSchedule.bells", "AcademicYear.profiles", "AcademicYear.components"),
        *("School.movementCounts", "School.staffCounts", "School.transitions", "YearTransition.steps"),
        *("AcademicYear.periodRules", "Component.loads", "School.areas", "Holiday.grades", "Profile.grades"),
        *("AcademicYear.timetables", "AcademicYear.dayTransfers", "Lesson.freeTeachers"),
        *("DayTransfer.grades", "Event.grades", "Event.classes", "SchoolClass.certificates"),
    },
    "a week of one class, teacher or room": {"SchoolClass.timetable", "Staff.timetable", "Room.timetable"},
    "as many as there are mistakes in a week": {"Query.checkTimetable", "TimetableFinding.entries"},
    "as many as a report names, under a limit of its own, and what was done about it": {
        *("MismatchReport.dates", "MismatchReport.steps", "MismatchDate.lessons"),
    },
    "as many as a journal differs in, under a limit of its own": {
        "CertificateVerification.differences",
        "PrintVerification.differences",
    },
    "as many as stand above a report": {"PrintVerification.heading"},
    "as many as an unlock names, under a limit of its own": {"Unlock.lessons"},
    "as many as the command set": {"SetTimetableEntriesPayload.entries"},
    "as many as a publication cannot place": {"PublishTimetablePayload.leftOut"},
    "a page or some days of one student": {
        *("JournalPage.lessons", "JournalRow.marks", "JournalRow.attendance", "Diary.days", "DiaryDay.lessons"),
        *("DiaryLesson.marks", "DiaryLesson.tasks", "DiaryLesson.homework"),
    },
    "a topic plan, under a limit of its own, or a group's part in one": {
        *("TopicPlan.sections", "TopicPlan.topics", "TopicPlan.assignments", "TopicSection.topics"),
        *("TopicCard.workTypes", "TopicPlanAssignment.hours", "TopicHours.lessons", "SchoolClass.topicPlans"),
        "AssignTopicPlanPayload.assignments",
        *("TopicPlanPreview.topics", "TopicPlanPreview.problems", "TopicPlanPreview.warnings"),
    },
    "as many as a file has filled cells, under a limit of its own": {
        *("OutageSheetPreview.cells", "ImportOutageSheetPayload.transfers"),
    },
    "as many as the query named, under a limit of their own": {
        "Query.diary",
        "Changes.changes",
        "Query._entities",
        *("SetMarksPayload.marks", "MovementOrder.check"),
        *("SetPeriodMarksPayload.marks", "SetAnnualMarksPayload.marks", "SetExamMarksPayload.marks"),
        *("SetFinalMarksPayload.marks", "AcceptProposedMarksPayload.marks"),
        *("ClosePeriodPayload.closings", "ReopenPeriodPayload.closings"),
        "IssueAccountsPayload.accounts",
        *("SetMarksPayload.marks", "AssignTeachersPayload.assignments", "CopyPlanHoursPayload.classes"),
        *("SubstituteLessonsPayload.lessons", "EndSubstitutionsPayload.lessons", "Refusal.objectIds"),
    },
    "as many as there are reports": {
        "Query.reportCatalogue",
        "CatalogueEntry.takes",
        "Query.reportEntities",
        "Query.savedReports",
    },
    **oracle_diary.BARE,
    **oracle_forms.BARE,
    **oracle_digests.BARE,
}
"""The bare lists, each with the reason why it needs no pages."""


def everything() -> list[tuple[str, str, GraphQLField]]:
    """Every field of every object type."""
    return [(name, each, field) for name, kind in OBJECTS.items() for each, field in kind.fields.items()]


def is_page(name: str) -> bool:
    return name.endswith(("Connection", "ConnectionEdge")) or (name.endswith("Edge") and "node" in OBJECTS[name].fields)


def test_whatever_leads_on_has_a_gate() -> None:
    for kind, name, field in everything():
        leads_on = isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        declared = field.extensions.get("strawberry-definition")
        if kind in {"Query", "Mutation", "Subscription"} or isinstance(declared, EdgeField):
            assert gate_at(field), f"{kind}.{name}"
        elif leads_on and not is_page(kind) and not is_body(OBJECTS[kind]):
            assert gate_at(field) or (kind, name) in PASSED_ON, f"{kind}.{name}"


def test_a_scalar_is_for_whoever_sees_the_row() -> None:
    apart = {Role.ANALYST, Role.SERVICE}
    for kind, name, field in everything():
        permission = gate_at(field)
        if permission and is_leaf_type(get_named_type(field.type)) and kind not in {"Query", "Mutation"}:
            assert frozenset(Role) - permission.roles <= apart, f"{kind}.{name}"


def test_every_node_has_a_scope_and_a_key() -> None:
    nodes = {name for name, kind in OBJECTS.items() if any(each.name == "Node" for each in kind.interfaces)}
    assert nodes == NODES.keys()
    text = str(schema_for(None))
    for name, (_, scope, edge) in NODES.items():
        assert scope.type_name == name
        assert edge.scope is scope
        assert re.search(rf'^type {name} .*@key\(fields: "id"', text, re.MULTILINE), name


def test_every_connection_says_how_many() -> None:
    for kind, name, field in everything():
        if get_named_type(field.type).name.endswith("Connection"):
            first = field.args["first"]
            assert isinstance(first.type, GraphQLNonNull), f"{kind}.{name}"
            assert "after" in field.args


def test_every_bare_list_has_a_reason() -> None:
    def is_list(of: Any) -> bool:
        inner = of.of_type if isinstance(of, GraphQLNonNull) else of
        return isinstance(inner, GraphQLList)

    bare = {
        f"{kind}.{name}"
        for kind, name, field in everything()
        if is_list(field.type) and not is_page(kind) and not is_body(OBJECTS[kind])
    }
    assert bare == set().union(*BARE.values())
