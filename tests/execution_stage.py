"""A hardened school, its viewers with what each sees, and one query asked of the compiled executor and graphql-core."""

import asyncio
import gc
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings

from execution.documents import Documents
from execution.metrics import OPERATIONS
from execution.plan import Plan
from execution.schema import ExecutableSchema, schema_for
from permissions.journal import visible_journals
from permissions.scopes import Scope
from permissions.viewer import ANONYMOUS, Viewer
from resolvers.account import load_viewer
from resolvers.account_tokens import Claims, Tokens
from resolvers.context import Context
from resolvers.database import Database, Snapshot, Statement, kept_statement
from rules.account import Role
from rules.refusals import Refusal
from schema.base import NODES
from server.demo import DEMO_NOW, Demo

from .conftest import KEY, clone, drop
from .oracle_people import open_sessions

T = TypeVar("T")

FORGIVEN = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    # Python warns of one wherever it collects it: in code that may import nothing, such as a named tuple's, it can't.
    *(
        pytest.mark.filterwarnings(
            f"ignore:Exception ignored in. <coroutine object {name}:pytest.PytestUnraisableExceptionWarning"
        )
        for name in ("GraphQLCoreConverter", r"Executor\.")
    ),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
"""Where a field fails at once, graphql-core forgets those beside it that it has only begun; a case may be long."""

REAL_NOW = datetime.now(UTC)

EXAMPLES = int(os.environ.get("EXECUTION_EXAMPLES", "12"))
"""How many documents hypothesis draws for each test and kind of viewer. Of each, three are made, each asked by two."""


def drawn(part: int = 1, times: int = 1) -> Callable[[T], T]:
    """The settings of a test that draws documents: `part` so many times fewer than usual, `times` so many more."""
    return settings(
        max_examples=max(1, EXAMPLES * times // part),
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


_STAFF = {Role.DEPUTY, Role.HR, Role.PARENT, Role.SECRETARY, Role.TEACHER}
KINDS: dict[str, set[Role]] = {
    "parent": {Role.PARENT},
    "student": {Role.STUDENT},
    "teacher": {Role.TEACHER},
    "class-teacher": {Role.TEACHER},
    "teacher-parent": {Role.TEACHER, Role.PARENT},
    "deputy": {Role.DEPUTY},
    "secretary": {Role.SECRETARY},
    "administrator": {Role.ADMINISTRATOR},
    "many roles": _STAFF,
    "analyst": {Role.ANALYST},
    "service": {Role.SERVICE},
    "anonymous": set(),
}
"""Who asks, by the name of a test: those who hold exactly these roles. A class teacher is one who leads a class."""

MOST_PEOPLE = 4


@dataclass(eq=False, repr=False)
class Person:
    """A viewer, and the rows of each type that they see."""

    login: str
    viewer: Viewer
    seen: dict[str, list[int]] = field(default_factory=dict)
    journals: list[tuple[int, int, int]] = field(default_factory=list)

    def __repr__(self) -> str:
        return self.login


@dataclass
class Case:
    """A document with one way to execute it."""

    text: str
    operation: str | None
    variables: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An answer, as far as it must be the same: data with the order of its keys, and every error."""

    data: str
    errors: tuple[str, ...]

    @property
    def value(self) -> Any:
        """The data."""
        return json.loads(self.data)

    @property
    def told(self) -> tuple[str, dict[str, set[str]]]:
        """The data, and the errors by the place that is null for them.

        Where that is further out than the error, graphql-core tells of what it met before it gave the place up, which
        depends on what came back first: it is enough that both say that there was something.
        """
        places: dict[str, set[str]] = defaultdict(set)
        for error in self.errors:
            path = json.loads(error)[0].get("path") or []
            place = self._nulled(path)
            places[json.dumps(place)].add(error if place == path else "")
        return self.data, {place: {""} if "" in errors else errors for place, errors in places.items()}

    def _nulled(self, path: list[Any]) -> list[Any]:
        value = self.value
        for depth, step in enumerate(path):
            if value is None:
                return path[:depth]
            value = value[step]
        return path

    @property
    def messages(self) -> list[str]:
        """What the errors say, without numbers and without what was asked."""
        return [re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "…", json.loads(each)[0]["message"]) for each in self.errors]


def shown(result: Any) -> Answer:
    """What there is to compare of a result."""
    errors = []
    for error in result.errors or ():
        original = error.original_error
        kind = f"{type(original).__module__}.{type(original).__qualname__}: {original}" if original else None
        errors.append(json.dumps([error.formatted, kind], ensure_ascii=False, default=str))
    return Answer(json.dumps(result.data, ensure_ascii=False), tuple(errors))


def executed() -> Counter[tuple[str, str]]:
    """How many operations each executor has answered so far, and why."""
    (metric,) = OPERATIONS.collect()
    return Counter(
        {
            (sample.labels["executor"], sample.labels["reason"]): int(sample.value)
            for sample in metric.samples
            if sample.name.endswith("_total")
        }
    )


MADE: dict[tuple[frozenset[Role] | None, bool], ExecutableSchema] = {}


def executor(roles: frozenset[Role] | None, compiles: bool = True) -> ExecutableSchema:
    """Who answers such viewers: plans, or graphql-core alone. The schema of both is one: it takes a second to make."""
    if (roles, compiles) not in MADE:
        schema = MADE[roles, compiles] = copy(schema_for(roles))
        schema.compiles = compiles
        schema.documents = Documents(schema._schema)
    return MADE[roles, compiles]


def forget_all() -> None:
    """Drop the documents that the schemas keep: thousands of drawn ones are a lot of memory."""
    for schema in MADE.values():
        schema.documents = Documents(schema._schema)


@dataclass
class Tally:
    """What a run of drawn queries was like."""

    cases: int = 0
    executors: Counter[tuple[str, str]] = field(default_factory=Counter)
    depths: Counter[int] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)
    objects: int = 0
    errors: int = 0
    partly: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    last: Answer = Answer("null", ())

    def add(self, answer: Answer, by: Counter[tuple[str, str]]) -> None:
        """Note an answer, and who executed it."""
        self.cases += 1
        self.last = answer
        self.executors.update(by)
        data = answer.value
        self.errors += bool(answer.errors)
        self.partly += bool(answer.errors) and data is not None
        self.messages.update(answer.messages)
        self.depths[self._depth(data)] += 1

    def merge(self, other: "Tally") -> None:
        """Add another run."""
        for name in ("cases", "executors", "depths", "lists", "objects", "errors", "partly", "messages"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def _depth(self, value: Any) -> int:
        if isinstance(value, dict):
            self.objects += 1
            return 1 + max(map(self._depth, value.values()), default=0)
        if isinstance(value, list):
            self.lists["filled" if value else "empty"] += 1
            return max(map(self._depth, value), default=0)
        return 0

    def share(self, executor: str, reason: str | None = None) -> float:
        """The share of cases that an executor answered, for whatever reason or for this one."""
        chosen = (number for by, number in self.executors.items() if by[0] == executor and reason in (None, by[1]))
        return sum(chosen) / max(1, self.cases)

    def deeper_than(self, depth: int) -> float:
        """The share of answers with more objects inside each other."""
        return sum(number for each, number in self.depths.items() if each > depth) / max(1, self.cases)

    def __str__(self) -> str:
        by = ", ".join(f"{' '.join(case).strip()} {number}" for case, number in self.executors.most_common())
        depths = " ".join(f"{depth}:{number}" for depth, number in sorted(self.depths.items()))
        lists = f"lists filled {self.lists['filled']}, empty {self.lists['empty']}"
        return (
            f"{self.cases} cases; {by}; with errors {self.errors}, {self.partly} of them with data; "
            f"{len(self.messages)} different messages; "
            f"depths {depths}; {lists}; objects {self.objects}"
        )


@contextmanager
def giving_up() -> Iterator[list[Exception]]:
    """Why plans gave up while the block lasted."""
    run, found = Plan.run, list[Exception]()

    async def noted(self: Plan, *args: Any) -> dict[str, Any]:
        try:
            return await run(self, *args)
        except Exception as error:
            found.append(error)
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "run", noted)
        yield found


@contextmanager
def raising(table: str) -> Iterator[None]:
    """Every statement that reads rows of the table raises while the block lasts, in whichever executor."""
    fetch, reads = Snapshot.fetch, re.compile(rf"\bFROM {table}\b")

    async def refused(self: Snapshot, statement: Statement, *args: Any, **kwargs: Any) -> list[Any]:
        if reads.search(statement.text):
            raise RuntimeError("injected")
        return await fetch(self, statement, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Snapshot, "fetch", refused)
        yield


class Stage:
    """A database with viewers. damaged: its rows are not as they should be."""

    damaged = False

    def __init__(
        self,
        database: Database,
        people: dict[str, list[Person]],
        cursors: dict[str, list[list[Any]]],
        words: dict[str, list[str]],
    ) -> None:
        self.database, self.people, self.cursors, self.words = database, people, cursors, words
        self._tokens = Tokens(KEY, timedelta(hours=1), timedelta(days=1))

    def context(self, viewer: Viewer) -> Context:
        """A fresh context."""
        return Context(self.database, self._tokens, DEMO_NOW, REAL_NOW, viewer)

    async def ask(self, schema: ExecutableSchema, viewer: Viewer, case: Case) -> Answer:
        """The answer of one executor."""
        context = self.context(viewer)
        try:
            result = await schema.execute(
                case.text, case.variables, context_value=context, operation_name=case.operation
            )
        except Exception as error:
            # The door answers it: an operation that is not there, or of another kind than it may be.
            return Answer("null", (json.dumps([{"message": str(error)}, type(error).__name__], ensure_ascii=False),))
        finally:
            await context.close()
        return shown(result)

    async def ask_both(self, roles: frozenset[Role] | None, viewer: Viewer, case: Case, tally: Tally) -> None:
        """Compare the compiled executor's answer with graphql-core's."""
        before = executed()
        with giving_up() as gave_up:
            found = await self.ask(executor(roles), viewer, case)
        by = executed() - before
        expected = await self.ask(executor(roles, False), viewer, case)
        assert sum(by.values()) == 1, by
        assert ("graphql-core", "defect") not in by, case.text
        # Where no row is left to ask, graphql-core does not look at the arguments that a plan is refused; nor at broken
        # rows that a plan writes down and then has no use for.
        defects = [each for each in gave_up if not (expected.errors or self.damaged or isinstance(each, Refusal))]
        assert not defects, f"{defects}\n{difference(case, by, expected, found)}"
        assert found.told == expected.told, difference(case, by, expected, found)
        tally.add(expected, by)

    async def settled(self) -> None:
        """Wait until every connection has been given back, as it must be soon."""
        async with asyncio.timeout(2):
            while self.database.pool.get_idle_size() < self.database.pool.get_size():  # noqa: ASYNC110
                await asyncio.sleep(0.005)


def person(stage: Stage, kind: str = "deputy") -> Person:
    """Somebody of a kind."""
    return stage.people[kind][0]


async def both(
    stage: Stage, text: str, given: dict[str, Any] | None = None, *, kind: str = "deputy", whole: bool = False
) -> tuple[Answer, tuple[str, str]]:
    """The answer, the same of both executors, and who gave it."""
    who, tally = person(stage, kind), Tally()
    await stage.ask_both(None if whole else who.viewer.roles, who.viewer, Case(text, None, given or {}), tally)
    (by,) = tally.executors
    return await stage.ask(executor(None if whole else who.viewer.roles), who.viewer, Case(text, None, given or {})), by


def difference(case: Case, by: Any, expected: Answer, found: Answer) -> str:
    """What to read when two answers differ."""
    lines = [f"answered by {dict(by)}", case.text, f"operation {case.operation}, variables {case.variables}"]
    for name, one, other in (("data", expected.data, found.data), ("errors", expected.errors, found.errors)):
        if one != other:
            lines += [f"expected {name}: {str(one)[:3000]}", f"got {name}:      {str(other)[:3000]}"]
    return "\n".join(lines)


@asynccontextmanager
async def hardened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    """A copy of the hardened schools with a session for everybody, and a connection to it."""
    url = await clone(cluster, template[0])
    connection = await asyncpg.connect(url)
    try:
        await open_sessions(connection)
        yield url, connection
    finally:
        await connection.close()
        await drop(cluster, url)


@asynccontextmanager
async def stage_of(url: str, connection: asyncpg.Connection) -> AsyncIterator[Stage]:
    """The viewers of a database, with what they see."""
    database = await Database.open(url)
    try:
        school = await connection.fetchval("SELECT school_id FROM school WHERE code = 'demo'")
        people = await load_people(database, connection, school)
        yield Stage(database, people, await load_cursors(connection), await load_words(connection))
    finally:
        database.pool.terminate()
        gc.collect()  # what graphql-core forgot is found here, where it is forgiven, and not in another module's tests


async def load_people(database: Database, connection: asyncpg.Connection, school: int) -> dict[str, list[Person]]:
    """Who asks, by kind: the few of each who see most."""
    rows = await connection.fetch(
        "SELECT login, session.id FROM session JOIN account ON account.id = account_id "
        "WHERE account.school_id = $1 AND ended_at IS NULL ORDER BY account.id",
        school,
    )
    viewers, snapshot = {"nobody": ANONYMOUS}, database.snapshot()
    for row in rows:
        viewers[row["login"]] = await load_viewer(snapshot, Claims(school, row["id"]), DEMO_NOW, REAL_NOW)
    await snapshot.close()
    found: dict[str, list[Person]] = {}
    for kind, roles in KINDS.items():
        alike = {login: viewer for login, viewer in viewers.items() if viewer.roles == roles}
        if roles == {Role.TEACHER}:
            leads = kind == "class-teacher"
            alike = {login: viewer for login, viewer in alike.items() if bool(viewer.led_classes) is leads}
        most = sorted(alike, key=lambda login: -_reach(alike[login]))[:MOST_PEOPLE]
        found[kind] = [await load_person(connection, login, alike[login]) for login in most]
    return found


def _reach(viewer: Viewer) -> int:
    """How much there is for somebody to see."""
    reached = (viewer.children, viewer.own_groups, viewer.led_classes, viewer.taught_groups, viewer.grants)
    return sum(map(len, reached))


async def load_person(connection: asyncpg.Connection, login: str, viewer: Viewer) -> Person:
    """A person with the numbers of the rows they see."""
    person = Person(login, viewer)
    for name, (_, scope, _) in NODES.items():
        if viewer.roles & scope.roles:
            person.seen[name] = [row["id"] for row in await rows_of(connection, scope, viewer)]
    if viewer.roles & visible_journals.roles:
        rows = await rows_of(connection, visible_journals, viewer)
        groups = dict(await connection.fetch("SELECT id, class_id FROM study_group"))
        person.journals = sorted((row["group_id"], row["subject_id"], groups[row["group_id"]]) for row in rows)
    return person


async def rows_of(connection: asyncpg.Connection, scope: Scope, viewer: Viewer) -> Sequence[Any]:
    """The rows of a scope."""
    statement = kept_statement(scope(viewer))
    rows: Sequence[Any] = await connection.fetch(statement.text, *statement.arguments(viewer.parameters()))
    return rows


OBLIGATIONS = """SELECT date::timestamp AT TIME ZONE 'Asia/Barnaul', 8::bigint, id, 0::bigint, 0::bigint
FROM lesson WHERE id % 31 = 0"""
"""Where records of lessons stand among what is due."""


async def load_cursors(connection: asyncpg.Connection) -> dict[str, list[list[Any]]]:
    """Where rows stand in the order of each connection, by the name of its field."""
    queries = {
        "students": "SELECT sort_key, student.id FROM student JOIN person ON person.id = person_id",
        "staff": "SELECT sort_key, staff.id FROM staff JOIN person ON person.id = person_id",
        "classes": "SELECT grade, letter, id FROM school_class",
        "subjects": "SELECT russian_key(name), id FROM subject",
        **dict.fromkeys(("journalAccess", "accessLog"), "SELECT id FROM journal_access"),
        "lessons": "SELECT date, number, id FROM lesson WHERE id % 13 = 0",
        "accounts": "SELECT login_key, id FROM account WHERE id % 3 = 0",
        "missingAccounts": "SELECT hired_on, id FROM staff WHERE id % 3 = 0",
        "appointmentOrders": "SELECT dated, id FROM appointment_order",
        "marks": "SELECT lesson_date, id FROM mark WHERE id % 29 = 0",
        "attendance": "SELECT lesson_date, id FROM attendance WHERE id % 11 = 0",
        "movementBook": "SELECT position FROM movement_order WHERE position IS NOT NULL",
        "movementDrafts": "SELECT id FROM movement_order WHERE state = 'draft'",
        "items": "SELECT position, id FROM movement_item WHERE id % 5 = 0",
        "findings": "SELECT 1, id FROM enrolment WHERE id % 9 = 0",
        "awaitingOrder": "SELECT class_id, id FROM enrolment WHERE id % 7 = 0",
        **dict.fromkeys(
            ("arrivals", "departures"),
            "SELECT movement_order.position, item.id FROM movement_item AS item JOIN movement_order ON order_id = "
            "movement_order.id WHERE movement_order.position IS NOT NULL",
        ),
        "topicPlans": "SELECT grade, subject_id, id FROM topic_plan",
        "missingTopicPlans": "SELECT id FROM teaching_assignment",
        "schools": "SELECT russian_key(name), school_id FROM school",
        "documents": "SELECT id FROM document",
        "contactDecisions": "SELECT id FROM contact_decision",
        "rooms": "SELECT russian_key(name), id FROM room",
        "entries": "SELECT weekday, number, id FROM timetable_entry WHERE id % 5 = 0",
        "events": "SELECT starts_on, id FROM event",
        "feed": "SELECT transaction, id, told_at FROM change WHERE id % 11 = 0",
        "acknowledgements": "SELECT week_starts_on, id FROM week_acknowledgement",
        "homework": "SELECT lesson_date, id FROM homework WHERE id % 11 = 0",
        "calendarFeeds": "SELECT id FROM calendar_feed",
        "mismatchReports": "SELECT id FROM mismatch_report",
        "excuses": "SELECT starts_on, id FROM excuse",
        "unlocks": "SELECT id FROM unlock",
        "edits": "SELECT id FROM unlock_edit",
        "announcements": "SELECT recency, id FROM announcement",
        "audience": "SELECT sort_key, account.id FROM account JOIN person ON person.id = person_id",
        "threads": "SELECT recency, id FROM message_thread",
        "messages": "SELECT recency FROM message",
        "addressees": "SELECT sort_key, account.id FROM account JOIN person ON person.id = person_id",
        "outages": "SELECT id FROM outage",
        "remarks": "SELECT id FROM remark",
        **dict.fromkeys(("obligations", "obligationForecast"), OBLIGATIONS),
        "federalForms": "SELECT reported_on, id FROM federal_form",
        "certificates": "SELECT number FROM certificate",
        "certifiedReports": "SELECT number FROM certified_report",
        "reportSets": "SELECT id FROM report_set",
        "digests": "SELECT recency FROM digest",
        "journals": "SELECT group_id, subject_id FROM outage_journal",
        "staffAbsences": "SELECT starts_on, id FROM staff_absence",
        "lessonsToCover": "SELECT date, number, id FROM lesson WHERE id % 31 = 0",
    }
    found = {name: sorted(await connection.fetch(query), key=repr) for name, query in queries.items()}
    cursors = {name: [[_plain(value) for value in row] for row in rows] for name, rows in found.items()}
    cursors["students"] += [[row[-1]] for row in found["students"][::3]]
    cursors["lessonCorrections"] = [[row[0]] for row in await connection.fetch("SELECT id FROM lesson_correction")]
    return cursors


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


async def load_words(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """What names begin with."""
    rows = await connection.fetch("SELECT DISTINCT left(family_name, 2) FROM person ORDER BY 1")
    return {"search": ["", *(row[0] for row in rows)]}
