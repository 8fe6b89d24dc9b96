"""Edges: each compiles for each set of roles, pages hold every row once, and statements do not grow with the rows."""

import importlib
import inspect
import json
import pkgutil
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import NullType

import resolvers.journal
from models.curriculum import Subject
from models.school import Student
from resolvers.database import Snapshot, Statement, compile_statement
from resolvers.edges import MOST, Edge
from rules.account import PERSONAL, Role
from schema.base import NODES
from server.demo import DEMO_TODAY

from .conftest import School
from .movement_help import enrol
from .oracle_queries import ASKED
from .oracle_walk import Id


def edges() -> dict[str, Edge]:
    """Every edge that a module of resolvers declares, and those that find nodes."""
    found = {f"node {name}": each for name, (_, _, each) in NODES.items()}
    for module in pkgutil.iter_modules(resolvers.__path__):
        names = vars(importlib.import_module(f"resolvers.{module.name}"))
        found |= {f"{module.name}.{name}": each for name, each in names.items() if isinstance(each, Edge)}
    return found


def cases(edge: Edge, *, whole: bool) -> Iterator[frozenset[str]]:
    """Which optional arguments may be given: none, all, as a whole also each alone; for pages, first and later ones."""
    filters = frozenset(inspect.getclosurevars(edge.build).nonlocals.get("filters") or ()) | edge.narrowing
    filters |= {"subject_id"} if edge is resolvers.journal.student_averages else set()
    alone = filters if whole else ()
    for chosen in {frozenset(), filters, *(frozenset({each}) for each in alone)}:
        if edge.paged:
            yield chosen | {"first", "limit"}
            yield chosen | {"first", "limit", "after"}
        else:
            yield chosen


def sets_of_roles(edge: Edge) -> set[frozenset[Role]]:
    """Each role alone, those of people together, all, and none: as far as they count at this edge."""
    alone = (frozenset({role}) for role in Role)
    return {roles & edge.scope.roles for roles in (*alone, PERSONAL, frozenset(Role), frozenset())}


@pytest.mark.parametrize("name", edges())
async def test_an_edge_compiles_for_every_set_of_roles(school: School, name: str) -> None:
    """A forgotten join is a warning, and a warning an error; the text must also mean something to PostgreSQL."""
    edge, texts = edges()[name], set()
    for roles in sets_of_roles(edge):
        for case in cases(edge, whole=roles == edge.scope.roles):
            texts.add(compile_statement(edge.build(roles, case)).text)
            if edge.count and "after" not in case:
                texts.add(compile_statement(edge.count(roles, case)).text)
    async with school.app.state.database.pool.acquire() as connection:
        for text in texts:
            await connection.prepare(text)


@pytest.mark.parametrize("name", edges())
def test_every_column_of_an_edge_has_a_type(name: str) -> None:
    """A merged statement says the types of columns that a row does not have."""
    edge = edges()[name]
    columns = edge.build(edge.scope.roles, frozenset()).selected_columns
    assert [column.key for column in columns if isinstance(column.type, NullType)] == []


def test_a_forgotten_join_does_not_compile() -> None:
    with pytest.raises(SAWarning, match="cartesian product"):
        compile_statement(select(Student.id, Subject.id))


# Pages

LESSONS = """
query($class: ID!, $first: Int!, $after: String) {
  schoolClass(id: $class) { lessons(since: "2026-04-20", until: "2026-06-01", first: $first, after: $after) {
    totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}
"""
STUDENTS = """
query($first: Int!, $after: String) {
  school { students(first: $first, after: $after) {
    totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}
"""


async def first_class(school: School) -> str:
    """The id of a class with lessons."""
    data = await school.data("{ school { classes(first: 1) { nodes { id } } } }", as_="deputy")
    found: str = data["school"]["classes"]["nodes"][0]["id"]
    return found


async def rows(school: School, query: str, *arguments: Any) -> list[Any]:
    """The first column of what plain SQL finds."""
    async with school.app.state.database.pool.acquire() as connection:
        return [row[0] for row in await connection.fetch(query, *arguments)]


async def walk(school: School, query: str, sizes: list[int], **variables: Any) -> tuple[list[str], set[int]]:
    """All pages, one size after another and round again; gives the ids in their order, and the counts told."""
    found, counts, after, step = list[str](), set[int](), None, 0
    while True:
        first = sizes[step % len(sizes)]
        data = await school.data(query, {"first": first, "after": after, **variables}, as_="deputy")
        (of,) = data.values()
        (page,) = of.values()
        info, edges_ = page["pageInfo"], page["edges"]
        counts.add(page["totalCount"])
        assert [each["node"] for each in edges_] == page["nodes"]
        assert [info["startCursor"], info["endCursor"]] == [edges_[0]["cursor"], edges_[-1]["cursor"]]
        assert info["hasPreviousPage"] is (after is not None)
        assert len(edges_) == first or not info["hasNextPage"]
        found += [each["node"]["id"] for each in edges_]
        after, step = info["endCursor"], step + 1
        if not info["hasNextPage"]:
            return found, counts


@given(sizes=st.lists(st.integers(1, MOST), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) >= 20 * len(sizes)))
@settings(max_examples=12, deadline=None)
async def test_pages_of_any_sizes_hold_every_lesson_once(school: School, sizes: list[int]) -> None:
    of = await first_class(school)
    expected = await rows(
        school,
        "SELECT lesson.id FROM lesson JOIN study_group ON study_group.id = group_id WHERE class_id = $1 "
        "ORDER BY date, number, lesson.id",
        number_of(of),
    )
    assert len(expected) > MOST
    found, counts = await walk(school, LESSONS, sizes, **{"class": of})
    assert [number_of(each) for each in found] == expected
    assert counts == {len(expected)}


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) >= 5 * len(sizes)))
@settings(max_examples=12, deadline=None)
async def test_pages_of_any_sizes_hold_every_student_once(school: School, sizes: list[int]) -> None:
    query = "SELECT student.id FROM student JOIN person ON person.id = person_id ORDER BY sort_key, student.id"
    expected = await rows(school, query)
    found, counts = await walk(school, STUDENTS, sizes)
    assert [number_of(each) for each in found] == expected
    assert counts == {len(expected)}


async def test_a_page_after_the_last_row_is_empty(school: School) -> None:
    data = await school.data(STUDENTS, {"first": MOST}, as_="deputy")
    end = data["school"]["students"]["pageInfo"]["endCursor"]
    page = (await school.data(STUDENTS, {"first": 1, "after": end}, as_="deputy"))["school"]["students"]
    assert page["nodes"] == page["edges"] == []
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }
    assert page["totalCount"] == data["school"]["students"]["totalCount"]


def number_of(value: str) -> int:
    """The number in an opaque id."""
    return int(b64decode(value).decode().partition(":")[2])


def cursor(*values: Any) -> str:
    """A cursor made by hand."""
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


async def refused(school: School, query: str, variables: dict[str, Any]) -> Any:
    """The code and the field with which a query is refused."""
    answer = await school.ask(query, variables, as_="deputy")
    (error,) = answer["errors"]
    return error["extensions"].get("code"), error["extensions"].get("field")


MADE_UP = [
    "", "%", "№", "abc", "a" * 5000, cursor(), cursor("а"), cursor("а", 1, 2), cursor(1, "а"), cursor("а", None),
    cursor("а", [1]), cursor("а", {"b": 1}), cursor("а", 2**63), cursor("а", -(2**70)), cursor("а", 1.0),
    cursor("а", "1"),
    cursor("а", True), cursor("а\0", 1),
    urlsafe_b64encode(b"null").decode(), urlsafe_b64encode(b"{}").decode(), urlsafe_b64encode(b"1").decode(),
    urlsafe_b64encode(b"[").decode(), urlsafe_b64encode(b'"ab"').decode(),
    urlsafe_b64encode(b'["a", 1e400]').decode(), urlsafe_b64encode(b'["a", 1.5e300]').decode(),
    urlsafe_b64encode(b'["\\ud800", 1]').decode(),
]  # fmt: skip


@pytest.mark.parametrize("after", MADE_UP)
async def test_a_made_up_cursor_is_bad_input(school: School, after: str) -> None:
    assert await refused(school, STUDENTS, {"first": 1, "after": after}) == ("BAD_INPUT", "after")


@given(after=st.one_of(st.text(max_size=40), st.binary(max_size=40).map(lambda data: urlsafe_b64encode(data).decode())))
@settings(max_examples=60, deadline=None)
async def test_any_text_as_a_cursor_is_bad_input(school: School, after: str) -> None:
    assert await refused(school, STUDENTS, {"first": 1, "after": after}) == ("BAD_INPUT", "after")


@pytest.mark.parametrize(
    "after", [cursor("2026-13-01", 1, 1), cursor("2026-05-20", "x", 1), cursor(5, 1, 1), cursor("2026-05-20", 2**70, 1)]
)
async def test_a_made_up_cursor_of_dates_is_bad_input(school: School, after: str) -> None:
    variables = {"class": await first_class(school), "first": 1, "after": after}
    assert await refused(school, LESSONS, variables) == ("BAD_INPUT", "after")


@given(first=st.one_of(st.integers(-(2**31), 0), st.integers(MOST + 1, 2**31 - 1)))
@settings(max_examples=15, deadline=None)
async def test_pages_of_other_sizes_are_bad_input(school: School, first: int) -> None:
    assert await refused(school, STUDENTS, {"first": first}) == ("BAD_INPUT", "first")


async def test_a_cursor_of_one_list_does_not_fit_another(school: School) -> None:
    data = await school.data(STUDENTS, {"first": 1}, as_="deputy")
    after = data["school"]["students"]["pageInfo"]["endCursor"]
    variables = {"class": await first_class(school), "first": 1, "after": after}
    assert await refused(school, LESSONS, variables) == ("BAD_INPUT", "after")


# Statements


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of every statement that is read from now on."""
    texts: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Snapshot, statement: Statement, *args: Any, **kwargs: Any) -> list[Any]:
        texts.append(statement.text)
        return await fetch(self, statement, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    return texts


async def filled(school: School, asked: dict[str, Any]) -> dict[str, Any]:
    """Variables with the ids of this school."""
    students = [str(Id("Student", each)) for each in await rows(school, "SELECT id FROM student ORDER BY id LIMIT 20")]
    period = "SELECT id FROM period WHERE kind = 'quarter' AND starts_on <= $1 AND ends_on >= $1"
    (quarter,) = await rows(school, period, DEMO_TODAY)
    found = {**asked, "period": str(Id("Period", quarter)), "class": await first_class(school)}
    if "students" in asked:
        found["students"] = students[: asked["students"]]
    if "of" in asked:
        found["of"] = [{"__typename": "Student", "id": each} for each in students[: asked["of"]]]
    if "page" in asked:
        order = {"small": "count(*)", "large": "count(*) DESC"}[asked["page"]]
        courses = f"FROM lesson JOIN mark ON lesson_id = lesson.id GROUP BY group_id, subject_id ORDER BY {order}"
        (group,) = await rows(school, f"SELECT group_id {courses}, group_id, subject_id LIMIT 1")
        (subject,) = await rows(school, f"SELECT subject_id {courses}, group_id, subject_id LIMIT 1")
        found |= {"group": str(Id("StudyGroup", group)), "subject": str(Id("Subject", subject))}
    return found


@pytest.mark.parametrize("name", ASKED)
async def test_statements_do_not_grow_with_the_rows(school: School, statements: list[str], name: str) -> None:
    asked, counted, sizes = ASKED[name], list[int](), list[int]()
    await school.token("deputy")
    for way in (asked.small, asked.large):
        variables = await filled(school, way)
        statements.clear()
        data = await school.data(asked.query, variables, as_="deputy")
        counted.append(len(statements))
        assert len(set(statements)) >= len(statements) - 2, "the same statement again and again"
        sizes.append(len(json.dumps(data)))
    assert sizes[1] > 1.5 * sizes[0], sizes
    assert counted[0] == counted[1] if asked.same else counted[0] <= counted[1], counted
    assert counted[1] <= asked.most, counted


# The Russian alphabet


NAMES = [
    "Ёлкин",
    "Елкин",
    "Егоров",
    "Ежов",
    "Ёжиков",
    "Яшин",
    "Ермаков",
    "Жук",
    "Йодов",
    "Иванов",
    "ивлев",
    "Ильин-Ёлкин",
]
SORTED = [
    "Егоров",
    "Ёжиков",
    "Ежов",
    "Ёлкин",
    "Елкин",
    "Ермаков",
    "Жук",
    "Иванов",
    "ивлев",
    "Ильин-Ёлкин",
    "Йодов",
    "Яшин",
]


async def add_people(school: School) -> None:
    """People with these names: as students of one class and as staff."""
    async with school.app.state.database.pool.acquire() as connection:
        of = await connection.fetchrow("SELECT * FROM school_class ORDER BY grade, letter, id LIMIT 1")
        for number, family in enumerate(NAMES):
            person = await connection.fetchval(
                "INSERT INTO person (school_id, family_name, given_name, sex, birth_date) "
                "VALUES ($1, $2, 'Яя', 'male', '2014-01-01') RETURNING id",
                *(of["school_id"], family),
            )
            student = await connection.fetchval(
                "INSERT INTO student (school_id, person_id, file_number) VALUES ($1, $2, $3) RETURNING id",
                *(of["school_id"], person, f"Ё-{number}"),
            )
            await enrol(connection, of["school_id"], of["id"], date(2025, 9, 1), student)
            await connection.execute(
                "INSERT INTO staff (school_id, person_id, number, position, hired_on) "
                "VALUES ($1, $2, $3, 'Учитель', '2020-01-01')",
                *(of["school_id"], person, f"Ё-{number}"),
            )


async def test_people_stand_in_the_order_of_the_russian_alphabet(own_school: School) -> None:
    await add_people(own_school)
    person = "nodes { familyName givenName }"
    data = await own_school.data(
        f"{{ school {{ students(first: 100) {{ {person} }} staff(first: 100) {{ {person} }} "
        f"classes(first: 1) {{ nodes {{ students {{ familyName givenName }} }} }} }} }}",
        as_="deputy",
    )
    lists = [data["school"]["students"]["nodes"], data["school"]["staff"]["nodes"]]
    lists.append(data["school"]["classes"]["nodes"][0]["students"])
    for people in lists:
        assert [each["familyName"] for each in people if each["givenName"] == "Яя"] == SORTED
        plain = [each["familyName"].lower().replace("ё", "е") for each in people]
        assert plain == sorted(plain)


async def test_a_search_takes_e_for_yo(own_school: School) -> None:
    await add_people(own_school)
    found = "students(first: 100, search: $search) { totalCount nodes { familyName } }"
    query = f"query($search: String) {{ school {{ {found} }} }}"
    for search in ("ел", "ЁЛ", "Ёл"):
        page = (await own_school.data(query, {"search": search}, as_="deputy"))["school"]["students"]
        names = [each["familyName"] for each in page["nodes"]]
        assert {"Ёлкин", "Елкин"} <= set(names)
        assert page["totalCount"] == len(names)
        assert all(name.lower().replace("ё", "е").startswith("ел") for name in names)
    for search in ("%", "_", "л%", "\\"):
        page = (await own_school.data(query, {"search": search}, as_="deputy"))["school"]["students"]
        assert page == {"totalCount": 0, "nodes": []}


async def test_subjects_stand_in_the_order_of_the_russian_alphabet(own_school: School) -> None:
    async with own_school.app.state.database.pool.acquire() as connection:
        for name in ("Ёмкости", "Единицы", "Жизнь", "анатомия"):
            await connection.execute(
                "INSERT INTO subject (school_id, name, short_name) SELECT school_id, $1, $1 FROM school", name
            )
    data = await own_school.data("{ school { subjects(first: 100) { nodes { name } } } }", as_="deputy")
    plain = [each["name"].lower().replace("ё", "е") for each in data["school"]["subjects"]["nodes"]]
    assert plain == sorted(plain)


@pytest.mark.parametrize("search", ["\0", "И\0", "И" * 201])
async def test_a_search_for_no_name_is_bad_input(school: School, search: str) -> None:
    for field in ("students", "staff"):
        query = f"query($search: String) {{ school {{ {field}(first: 1, search: $search) {{ totalCount }} }} }}"
        assert await refused(school, query, {"search": search}) == ("BAD_INPUT", "search")
