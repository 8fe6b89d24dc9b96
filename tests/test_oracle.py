"""What comes back over HTTP, whoever asks for whatever, is what the permission table says: no leak, nothing missing."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from functools import partial
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from execution.schema import schema_for
from permissions.journal import visible_journals
from permissions.scopes import Scope
from permissions.timetable_calendar import READERS
from resolvers.account import load_viewer
from resolvers.account_tokens import Claims
from resolvers.database import kept_statement
from rules.account import Role
from schema.base import NODES as NODE_TYPES
from schema.base import EdgeField
from server.demo import DEMO_NOW, Demo

from . import calendar_oracle
from . import oracle_digests as digests
from . import oracle_finals as finals
from . import oracle_obligations as obligations
from .conftest import School, clone, running
from .journal_help import gid
from .oracle import World
from .oracle_links import LINKS
from .oracle_people import feed_secret, open_sessions
from .oracle_reports import is_body
from .oracle_rights import ANALYST, RIGHTS, TABLE_OF, Eyes, roles_of
from .oracle_roots import diary_root, draw_page, draw_root, me_row, row_of
from .oracle_walk import NODES, Drawing, Id, Selection, Writer, answer, chosen, difference, key_of, within_reach

KEYS = {
    "Bell": ("schedule_id", "number"),
    **dict.fromkeys(("DiaryLesson", "FeedItem"), ("student_id", "id")),
    "JournalPage": ("group_id", "subject_id"),
    "OutageJournal": ("outage_id", "group_id", "subject_id"),
    "Obligation": obligations.KEY,
    "DigestCount": digests.KEY,
    "PlanCheck": ("class_id", "component_id"),
    "PlanGap": ("class_id", "gap", "subject_id"),
    "TransitionFinding": ("transition_id", "kind", "number"),
    "TransitionStepDone": ("transition_id", "step"),
    "ServiceGrant": ("account_id", "name"),
    **dict.fromkeys(finals.CELLS, finals.KEY),
    "Mailbox": ("account_id",),
    "AnnouncementReader": ("announcement_id", "id"),
    "MessageReceipt": ("message_id", "account_id"),
}
"""What tells the rows of a scope apart, where it is not a number of their own."""

TOLD = "Change"
"""What subscriptions tell: `test_live_scopes.py` compares whom with who sees its objects."""

OF_FILES = ("OutageSheetPreview", "OutageCell")
"""Types of what stands in a file that somebody has sent: `test_outage.py` sends some."""

SEEDS = st.integers(0, 2**48)


class Stage:
    """The hardened school, the oracle's view of it, and a token for everybody in it."""

    def __init__(self, school: School, world: World, tokens: dict[int, str]) -> None:
        self.school, self.world, self.tokens = school, world, tokens
        (own,) = (row["school_id"] for row in world.tables["school"] if row["code"] == school.demo.code)
        self.viewers = {row["id"]: Eyes(world, row["id"]) for row in world.of("account", own)}
        kinds = defaultdict(list)
        for eyes in self.viewers.values():
            kinds[eyes.roles or eyes.account["kind"]].append(eyes)
        self.kinds = list(kinds.values())

    async def ask(self, eyes: Eyes, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer that must have no errors."""
        headers = {"authorization": f"Bearer {self.tokens[eyes.account['id']]}"}
        body = {"query": query, "variables": variables or {}}
        response = (await self.school.client.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in response, (who(eyes), query, response["errors"])
        return response["data"]

    async def entities(self, eyes: Eyes, ids: list[Id], of: str, writer: Writer, selection: Selection) -> Any:
        """Rows by their ids, as a gateway asks for them."""
        selection.form = "plain"
        inner = f"... on {of} {writer.selection(selection)}"
        query = f"query($of: [_Any!]!) {{ _entities(representations: $of) {{ {inner} }} }}"
        references = [{"__typename": each.type_name, "id": str(each)} for each in ids]
        found = await self.ask(eyes, "\n".join([query, *writer.fragments]), {"of": references})
        return found["_entities"]

    def draw(self, rng: Random) -> Eyes:
        """A viewer: each set of roles as likely as any other."""
        return rng.choice(rng.choice(self.kinds))


def who(eyes: Eyes) -> str:
    """A viewer for people."""
    return f"{eyes.account['login']} ({', '.join(sorted(eyes.roles)) or 'no role'}; {', '.join(sorted(eyes.grants))})"


@pytest.fixture(scope="module")
async def stage(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Stage]:
    template, demo = hardened_template
    url = await clone(cluster, template)
    connection = await asyncpg.connect(url)
    try:
        tokens = await open_sessions(connection)
        world = await World.load(connection, demo.today)
    finally:
        await connection.close()
    async for school in running(url, demo):
        # What the tests open themselves must not come into the access log that they compare.
        school.app.state.graphql.keeper = school.app.state.federation.keeper = None
        yield Stage(school, world, tokens)


def edge_fields() -> dict[tuple[str, str], EdgeField]:
    """Every field of a type that follows an edge, by the names of the two; payloads left out, and the roots."""
    found = {}
    for graphql_type in schema_for(None)._schema.type_map.values():
        for name, field in getattr(graphql_type, "fields", {}).items():
            declared = field.extensions.get("strawberry-definition")
            elsewhere = graphql_type.name.endswith(("Payload", "Query", *OF_FILES)) or graphql_type.name == TOLD
            elsewhere = elsewhere or (graphql_type.name, name) in obligations.ELSEWHERE | digests.ELSEWHERE
            if isinstance(declared, EdgeField) and not elsewhere and not is_body(graphql_type):
                found[graphql_type.name, name] = declared
    return found


def scopes() -> dict[str, Scope]:
    """Every scope that the schema stands on, by the name of what it gives."""
    found = {name: scope for name, (_, scope, _) in NODE_TYPES.items()}
    found |= {each.edge.scope.type_name: each.edge.scope for each in edge_fields().values()}
    return found | {visible_journals.type_name: visible_journals}


def test_the_oracle_knows_every_edge_and_scope() -> None:
    known = {(of, name) for of, fields in LINKS.items() for name in fields}
    without_rights = {
        ("DiaryDay", "lessons"),
        ("DiaryTask", "task"),
        ("JournalRow", "student"),
        ("Ungrouped", "student"),
        ("OverdueWork", "mark"),
    }
    assert known - without_rights == edge_fields().keys()
    assert scopes().keys() == RIGHTS.keys()
    assert set(NODE_TYPES) == set(NODES)


def test_edges_are_for_the_roles_of_the_table() -> None:
    assert {name: scope.roles for name, scope in scopes().items()} == {name: roles_of(name) for name in scopes()}
    for (of, name), field in edge_fields().items():
        assert field.gate.roles == LINKS[of][name].roles, f"{of}.{name}"


async def test_there_is_everybody(stage: Stage) -> None:
    together = {eyes.roles for eyes in stage.viewers.values()}
    assert {frozenset({role}) for role in Role} <= together
    assert frozenset() in together
    for pair in ((Role.TEACHER, Role.PARENT), (Role.DIRECTOR, Role.TEACHER), (Role.DEPUTY, Role.PARENT)):
        assert any(set(pair) <= roles for roles in together)
    assert len(together) >= 25
    for type_name in RIGHTS:
        assert any(eyes.sees(type_name) for eyes in stage.viewers.values()), type_name


async def test_everybody_is_who_they_are(stage: Stage) -> None:
    """The roles of today, and all that hangs on oneself."""
    tree = {name: {} for name in LINKS["Me"]}
    for eyes in stage.viewers.values():
        selection, me = chosen("Me", within_reach(eyes, "Me", tree)), me_row(eyes)
        found = await stage.ask(eyes, f"{{ me {Writer().selection(selection)} of: me {{ roles today name }} }}")
        assert difference(answer(eyes, me, selection), found["me"]) is None, who(eyes)
        assert found["of"]["roles"] == [role.name for role in Role if role in eyes.roles], who(eyes)
        assert found["of"]["today"] == stage.world.today.isoformat()
        assert (found["of"]["name"] is None) == (eyes.account["person_id"] is None)


@pytest.mark.parametrize("type_name", sorted(RIGHTS))
async def test_a_scope_gives_all_and_only_its_rows(stage: Stage, type_name: str) -> None:
    scope, database = scopes()[type_name], stage.school.app.state.database
    async with database.pool.acquire() as connection:
        for eyes in {eyes.account["id"]: eyes for kind in stage.kinds for eyes in kind[:6]}.values():
            sessions = stage.world.where("session", "account_id", eyes.account["id"])
            session = next(each for each in sessions if each["ended_at"] is None)
            snapshot = database.snapshot()
            claims = Claims(eyes.school, session["id"])
            viewer = await load_viewer(snapshot, claims, DEMO_NOW, session["created_at"])
            await snapshot.close()
            statement = kept_statement(scope(viewer))
            rows = await connection.fetch(statement.text, *statement.arguments(viewer.parameters()))
            columns = KEYS.get(type_name, ("id",))
            keys = sorted(tuple(row[column] for column in columns) for row in rows)
            assert keys == sorted(each if len(columns) > 1 else (each,) for each in eyes.sees(type_name)), who(eyes)


@given(seed=SEEDS)
@settings(max_examples=150, deadline=None)
async def test_any_path(stage: Stage, seed: int) -> None:
    rng = Random(seed)
    eyes = stage.draw(rng)
    writer, texts, expected = Writer(), list[str](), dict[str, Any]()
    for number in range(rng.choice((1, 1, 2))):
        root = draw_root(Drawing(rng, eyes), writer)
        texts.append(f"root{number}: {root.text}")
        expected[f"root{number}"] = root.expected
    query = "\n".join([f"{{ {' '.join(texts)} }}", *writer.fragments])
    wrong = difference(expected, await stage.ask(eyes, query))
    assert wrong is None, f"{who(eyes)}: {wrong}\n{query}"


@example(seed=1357043)
@given(seed=SEEDS)
@settings(max_examples=120, deadline=None)
async def test_every_edge_of_many_rows(stage: Stage, seed: int) -> None:
    """All edges of a type at once, from rows of one's own, of others and of another school."""
    rng = Random(seed)
    eyes = stage.draw(rng)
    drawing, writer = Drawing(rng, eyes), Writer()
    types = [name for name in NODES if eyes.roles & roles_of(name)]
    if not types:
        return
    of = rng.choice(types)
    selection = drawing.selection(of, depth=1, budget=20, edges=99)
    ids = [drawing.seen_id(of) for _ in range(25)]
    found = await stage.entities(eyes, ids, of, writer, selection)
    rows = [row_of(stage.world, each) for each in ids]
    seen = eyes.sees(of)
    expected = [
        answer(eyes, row, selection) if each.number in seen else None for each, row in zip(ids, rows, strict=True)
    ]
    wrong = difference(expected, found)
    assert wrong is None, f"{who(eyes)}: {wrong}\n{of} {ids}\n{writer.selection(selection)}"


PAGE = {
    "lessons": {"record": {}, "teacher": {}},
    "rows": {"student": {}, "marks": {"task": {}}, "attendance": {}, "average": {"subject": {}}},
    "schoolClass": {},
    "group": {},
    "subject": {},
    "period": {},
}


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
async def test_pages_of_the_journal(stage: Stage, seed: int) -> None:
    rng = Random(seed)
    eyes = rng.choice(
        [each for kind in stage.kinds for each in kind if 0 < len(each.sees("JournalPage")) < rng.choice((40, 999))]
    )
    selection = chosen("JournalPage", within_reach(eyes, "JournalPage", PAGE))
    drawing = Drawing(rng, eyes)
    pages = [draw_page(drawing, split=number % 2 == 0) for number in range(6)]
    texts = (f"page{number}: {page.text()} {Writer().selection(selection)}" for number, page in enumerate(pages))
    expected = {f"page{number}": page.answer(eyes, selection) for number, page in enumerate(pages)}
    wrong = difference(expected, await stage.ask(eyes, f"{{ {' '.join(texts)} }}"))
    assert wrong is None, f"{who(eyes)}: {wrong}\n{pages}"


LESSON = {
    "homework": {"recipients": {}, "attachments": {}},
    "tasks": {"task": {"attachments": {}, "recipients": {}}, "mark": {"attendance": {}}},
    "marks": {},
    "attendance": {},
    "teacher": {},
    "group": {},
    "lesson": {"record": {}},
}


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
async def test_days_of_the_diary(stage: Stage, seed: int) -> None:
    rng = Random(seed)
    eyes = rng.choice([each for kind in stage.kinds for each in kind if each.sees("DiaryLesson")])
    days = within_reach(eyes, "Diary", {"student": {}, "days": {"holiday": {}, "lessons": LESSON}})
    drawing, selection = Drawing(rng, eyes), chosen("Diary", days)
    root = diary_root(drawing, [drawing.seen_id("Student") for _ in range(6)], 4, Writer(), selection)
    wrong = difference({"diary": root.expected}, await stage.ask(eyes, f"{{ {root.text} }}"))
    assert wrong is None, f"{who(eyes)}: {wrong}\n{root.text}"


async def test_what_the_council_decided(stage: Stage) -> None:
    """Whoever has a class's reports hears, of each student, the decision that was recorded last, if there is one."""
    shown = "{ reports { finals { students { student { id } decision { outcome @ decidedOn } } } } }"
    world, seen = stage.world, Counter[bool]()
    running = {row["id"] for row in world.tables["academic_year"] if row["starts_on"].isoformat() == "2025-09-01"}
    for eyes in (eyes for kind in stage.kinds for eyes in kind[:2]):
        classes = [
            each for each in sorted(eyes.sees("ClassReports")) if world.row("school_class", each)["year_id"] in running
        ]
        for of in classes[:2]:
            # A number may have somebody's name in it.
            numbered = {} if eyes.roles == {ANALYST} else {"number": "number"}
            fields = shown.replace("@", " ".join(numbered))
            answer = await stage.ask(eyes, f'{{ schoolClass(id: "{gid("SchoolClass", of)}") {fields} }}')
            last = {gid("Student", row["student_id"]): row for row in world.where("council_decision", "class_id", of)}
            for each in answer["schoolClass"]["reports"]["finals"]["students"]:
                row = last.get(each["student"]["id"])
                decided = row and {
                    "outcome": row["outcome"].upper(),
                    "decidedOn": row["decided_on"].isoformat(),
                    **{name: row[column] for name, column in numbered.items()},
                }
                assert each["decision"] == decided, who(eyes)
                seen[row is not None] += 1
    assert seen[True] > 20 < seen[False]


async def test_nothing_of_another_school_ever_comes(stage: Stage) -> None:
    """By any id there is; the other tests bring such ids as arguments too."""
    rng = Random(1)
    query = "query($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    for eyes in (kind[0] for kind in stage.kinds if kind[0].roles):
        abroad = [
            {"__typename": of, "id": str(Id(of, key_of(of, row)))}
            for of in NODES
            for row in rng.choices(stage.world.tables[TABLE_OF.get(of, of.lower())], k=40)
            if row["school_id"] != eyes.school
        ]
        assert await stage.ask(eyes, query, {"of": abroad}) == {"_entities": [None] * len(abroad)}, who(eyes)


async def test_whoever_has_no_role_finds_nothing(stage: Stage) -> None:
    for eyes in (eyes for eyes in stage.viewers.values() if not eyes.roles):
        assert await stage.ask(eyes, "{ me { __typename } }") == {"me": {"__typename": "Me"}}
        assert all(not eyes.sees(of) for of in RIGHTS)


async def test_a_calendar_feed_shows_its_owners_timetable(stage: Stage) -> None:
    """Of every set of roles some accounts, with all their feeds: what GraphQL shows them, or that there is nothing."""
    counted = Counter[tuple[str, bool]]()
    path, client = "/calendar/{}.ics", stage.school.client
    nothing = await client.get(path.format(feed_secret(stage.kinds[0][0].school, 0, "")))
    for eyes in (eyes for kind in stage.kinds for eyes in kind[:3]):
        await stage.school.app.state.database.pool.execute("DELETE FROM login_failure")
        for feed in stage.world.where("calendar_feed", "account_id", eyes.account["id"]):
            (column,) = (each for each in calendar_oracle.NUMBER if feed[each] is not None)
            of = str(Id(calendar_oracle.NUMBER[column], feed[column]))
            response = await client.get(path.format(feed_secret(eyes.school, eyes.account["id"], column)))
            open_to = eyes.roles & READERS and not feed["revoked_at"]
            expected = (
                await calendar_oracle.expected(partial(stage.ask, eyes), column, of, eyes.today) if open_to else None
            )
            counted[column, expected is not None] += 1
            if expected is None:
                assert (response.status_code, response.content, response.headers) == (
                    *(404, nothing.content, nothing.headers),
                ), (who(eyes), of)
            else:
                assert response.status_code == 200, (who(eyes), of)
                assert calendar_oracle.shown(response.content, gid) == expected, (who(eyes), of)
    assert all(counted[column, seen] > 2 for column in calendar_oracle.NUMBER for seen in (True, False)), counted
