"""The report constructor beside a plain count, for whom it is, and what nobody gets out of it (10.7)."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import date
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.journal import Mark
from resolvers.database import Cap, Snapshot, TooCostly, compile_statement
from rules.account import Role
from rules.journal_finals import FINAL_VALUES
from rules.report_constructor import OF_ROWS, OPERATORS, ReportFieldType, fields_for, functions_for
from rules.report_shown import FEWEST_PEOPLE
from rules.report_sources import SOURCES, ReportSource
from server.demo import Demo
from server.settings import Settings

from .conftest import copied
from .finals_help import JUNE
from .report_help import Reports, drawn
from .report_rounded import fives, mean

RUN = (
    "query($of: ReportDefinitionInput!) { runReport(definition: $of) { title cut rounded chart"
    " columns { title type measure } rows { text number date withheld } } }"
)
ENTITIES = (
    "{ reportEntities { source title lists functions"
    " fields { name title type operators functions options { value title } } } }"
)
COUNT, PEOPLE, SHARE = {"function": "COUNT"}, {"function": "PEOPLE"}, {"function": "SHARE"}
NAMELESS = {"analyst": Role.ANALYST, "administrator": Role.ADMINISTRATOR}


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def run(reports: Reports, as_: str, source: str, **of: Any) -> Any:
    """The answer to a definition."""
    return (await reports.ask(RUN, as_, of={"source": source, **of}))["runReport"]


async def refused(reports: Reports, as_: str, source: str, **of: Any) -> tuple[str, str | None]:
    """The code and the place of a definition's refusal."""
    answer = await reports.school.ask(RUN, {"of": {"source": source, **of}}, as_=as_)
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["extensions"].get("field")


def value(cell: Any) -> Any:
    """What a cell shows."""
    found = [cell[name] for name in ("text", "number", "date") if cell[name] is not None]
    assert len(found) <= 1
    assert not (found and cell["withheld"])
    return found[0] if found else None


def table(answer: Any) -> list[tuple[Any, ...]]:
    """The values of an answer."""
    assert all(len(row) == len(answer["columns"]) for row in answer["rows"])
    return [tuple(value(cell) for cell in row) for row in answer["rows"]]


CARDS = """
SELECT s.id, p.sex, extract(year FROM p.birth_date)::int AS birth_year, p.family_name,
    concat_ws(' ', p.family_name, p.given_name, p.patronymic) AS name,
    c.grade, c.grade::text || c.letter AS class
FROM student AS s JOIN person AS p ON p.id = s.person_id
LEFT JOIN enrolment AS e ON e.student_id = s.id AND e.starts_on <= $1 AND coalesce(e.ends_on, 'infinity') >= $1
LEFT JOIN school_class AS c ON c.id = e.class_id
"""
SEX = {"male": "мужской", "female": "женский"}


async def cards(reports: Reports) -> list[Any]:
    """Every student, with the class of the day."""
    return await reports.db.fetch(CARDS, JUNE.date())


async def test_students_by_class(reports: Reports) -> None:
    """Counts, people and shares of groups are those of a plain count; conditions hold at once."""
    rows = [row for row in await cards(reports) if row["class"]]
    counted = Counter((row["class"], SEX[row["sex"]]) for row in rows if row["grade"] in (5, 9))
    answer = await run(
        *(reports, "administrator", "STUDENTS"),
        groups=["class", "sex"],
        measures=[COUNT, PEOPLE, SHARE],
        filters=[
            {"field": "grade", "operator": "ONE_OF", "values": ["5", "9"]},
            {"field": "enrolled", "operator": "EQUALS", "values": ["true"]},
        ],
        order=[{"column": 2, "descending": True}],
    )
    found = table(answer)
    total = sum(counted.values())
    assert {(a, b): (n, p, share) for a, b, n, p, share in found} == {
        key: (n, n, pytest.approx(n * 100 / total, abs=0.006)) for key, n in counted.items()
    }
    assert [row[2] for row in found] == sorted(counted.values(), reverse=True)
    assert [column["type"] for column in answer["columns"]] == ["TEXT", "CHOICE", "NUMBER", "NUMBER", "NUMBER"]
    assert answer["chart"].startswith("<svg")
    assert not answer["cut"]


async def test_rows_of_students(reports: Reports) -> None:
    """The administrator gets names; a text is searched for as it is, whatever its case."""
    rows = await cards(reports)
    part = rows[0]["family_name"][:3].upper()
    asked = {"fields": ["name", "sex", "class"], "order": [{"column": 0}]}
    answer = await run(
        *(reports, "administrator", "STUDENTS"),
        **asked,
        filters=[{"field": "familyName", "operator": "CONTAINS", "values": [part]}],
    )
    expected = Counter(
        (row["name"], SEX[row["sex"]], row["class"]) for row in rows if part.lower() in row["family_name"].lower()
    )
    assert Counter(table(answer)) == expected
    assert answer["chart"] is None
    for sign in ("%", "_", "\\"):
        filters = [{"field": "name", "operator": "CONTAINS", "values": [sign]}]
        assert (await run(reports, "administrator", "STUDENTS", **asked, filters=filters))["rows"] == []
    short = await run(reports, "administrator", "STUDENTS", **asked, limit=3)
    assert short["cut"]
    assert len(short["rows"]) == 3


async def test_marks_by_subject(reports: Reports) -> None:
    """The analyst's averages are those of the marks that are numbers, and these and the sums are rounded."""
    numbers: dict[str, list[int]] = defaultdict(list)
    students: dict[str, set[int]] = defaultdict(set)
    for row in await reports.db.fetch(
        "SELECT s.name, m.number, m.student_id FROM mark AS m JOIN lesson AS l ON l.id = m.lesson_id"
        " JOIN subject AS s ON s.id = l.subject_id WHERE m.number IS NOT NULL"
    ):
        numbers[row["name"]].append(row["number"])
        students[row["name"]].add(row["student_id"])
    assert all(len(each) >= FEWEST_PEOPLE for each in students.values())
    answer = await run(
        *(reports, "analyst", "MARKS"),
        groups=["subject"],
        measures=[{"function": "AVERAGE", "field": "number"}, {"function": "SUM", "field": "number"}, PEOPLE],
        filters=[{"field": "number", "operator": "IS_FILLED"}],
    )
    assert answer["rounded"]
    assert {name: found for name, *found in table(answer)} == {
        name: [
            float(mean(Fraction(sum(of), len(of)), len(students[name]))),
            fives(sum(of), len(students[name])),
            fives(len(students[name]), len(students[name])),
        ]
        for name, of in numbers.items()
    }
    assert all(round(found * 10) == pytest.approx(found * 10) for _, found, *_ in table(answer))


FIRST: list[dict[str, Any]] = [
    {"groups": ["date", "class"], "order": [(0, True)]},
    {"groups": ["date", "class"], "order": [(2, True), (1, True)]},
    {"groups": ["subject", "date"], "order": [(0, True), (1, False)]},
    {"groups": ["state", "date", "hasTopic", "class"], "order": [(0, True), (2, True)]},
    {"fields": ["date", "lesson", "class", "subject", "state"], "order": [(4, True), (2, True), (0, False)]},
]


@pytest.mark.parametrize("of", FIRST)
async def test_the_first_of_many_are_the_first(
    reports: Reports, of: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more rows than an answer holds, those are left out that come last in the order asked for."""
    of = of | {"order": [{"column": column, "descending": down} for column, down in of["order"]]}
    of |= {"measures": [COUNT]} if "groups" in of else {}
    every = table(await run(reports, "analyst", "LESSONS", **of))
    assert len(every) > 60
    for module in ("resolvers.report_constructor", "resolvers.report_constructor_statements"):
        monkeypatch.setattr(f"{module}.MOST_ROWS", 40)
    answer = await run(reports, "analyst", "LESSONS", **of)
    assert answer["cut"]
    assert table(answer) == every[:40]
    few = await run(reports, "analyst", "LESSONS", **of, limit=3)
    assert table(few) == every[:3]

    by = of["order"][0]
    keys = [row[by["column"]] for row in every]
    assert keys == sorted(keys, reverse=by["descending"], key=natural)


STATES = ("по расписанию", "проведён", "отменён")


def natural(key: Any) -> Any:
    """What people put values by: 1А before 10А, a lesson first planned, then held; other words by the alphabet."""
    if not isinstance(key, str):
        return key
    if key in STATES:
        return STATES.index(key)
    return [
        (int(part), "") if part.isdigit() else (0, part)
        for part in re.findall(r"\d+|\D+", key.casefold().replace("ё", "е"))
    ]


BY_CLASS: list[dict[str, Any]] = [
    {"source": "CLASSES", "fields": ["class", "year"]},
    {"source": "CLASSES", "fields": ["class"], "order": [(0, True)]},
    {"source": "CLASSES", "groups": ["class"]},
    {"source": "CLASSES", "groups": ["class"], "order": [(0, True)]},
    {"source": "STUDENTS", "groups": ["class"], "order": [(0, False)]},
    {"source": "STUDENTS", "groups": ["class"], "order": [(0, True)]},
    {"source": "STUDENTS", "groups": ["class"], "order": [(0, True), (1, True)]},
]


@pytest.mark.parametrize("login", sorted(NAMELESS))
@pytest.mark.parametrize("of", BY_CLASS)
async def test_classes_stand_by_grade_and_letter(
    reports: Reports, of: dict[str, Any], login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In rows and in groups, exact and rounded, also where there are more than an answer holds."""
    down = of.get("order", [(0, False)])[0][1]
    of = {**of, "order": [{"column": at, "descending": way} for at, way in of.get("order", ())]}
    of |= {"measures": [COUNT]} if "groups" in of else {}
    of["filters"] = [{"field": "class", "operator": "IS_FILLED"}]
    source = of.pop("source")
    names = [row[0] for row in table(await run(reports, login, source, **of))]
    assert names == sorted(names, key=natural, reverse=down)
    assert names != sorted(names, reverse=down), "no text would stand so"
    rounded_by_figures = login == "analyst" and source == "STUDENTS" and len(of["order"]) == 2
    if not rounded_by_figures:  # Of such, too many are refused.
        for module in ("resolvers.report_constructor", "resolvers.report_constructor_statements"):
            monkeypatch.setattr(f"{module}.MOST_ROWS", 2)
        assert [row[0] for row in table(await run(reports, login, source, **of))] == names[:2]


async def test_classes_of_one_figure_stand_by_grade_and_letter(reports: Reports) -> None:
    """Rounded figures are ordered once they are rounded, and what is grouped by within them, each way."""
    filters = [{"field": "enrolled", "operator": "EQUALS", "values": ["true"]}]
    for down in (False, True):
        order = [{"column": 1, "descending": True}, {"column": 0, "descending": down}]
        of = {"groups": ["class"], "measures": [COUNT], "filters": filters, "order": order}
        found = table(await run(reports, "analyst", "STUDENTS", **of))
        by_name = sorted(found, key=lambda row: natural(row[0]), reverse=down)
        assert found == sorted(by_name, key=lambda row: -row[1])
        assert any(len([row for row in found if row[1] == n]) > 2 for _, n in found)


@pytest.mark.parametrize("down", [False, True])
async def test_periods_stand_by_their_part_of_the_year(reports: Reports, down: bool) -> None:
    """What belongs to no period comes last."""
    of = {"groups": ["period"], "measures": [COUNT], "order": [{"column": 0, "descending": down}]}
    found = [row[0] for row in table(await run(reports, "analyst", "FINAL_MARKS", **of))]
    listed = ["I четверть", "I полугодие", "II четверть", "III четверть", "II полугодие", "IV четверть"]
    assert [each for each in found if each] == [*(reversed(listed) if down else listed)]
    assert None not in found[:-1]


@pytest.mark.parametrize("ordered", [True, False])
async def test_what_is_chosen_from_stands_as_it_is_listed(reports: Reports, ordered: bool) -> None:
    """Marks from the best to the words, also where no order is asked for."""
    order = [{"column": 0}] if ordered else []
    of = {"groups": ["value"], "measures": [COUNT], "order": order}
    found = [row[0] for row in table(await run(reports, "analyst", "FINAL_MARKS", **of))]
    assert found == [each for each in FINAL_VALUES if each in found]
    assert found != sorted(found)


async def test_numbers_in_texts_are_numbers(reports: Reports) -> None:
    """Nine before ten, whatever stands around them."""
    numbers = ["9", "10", "А-9", "А-10", "а-9/2", "", "7" * 30]
    before = await reports.db.fetch("SELECT id, number FROM staff ORDER BY id LIMIT $1", len(numbers))
    set_ = "UPDATE staff SET number = $2 WHERE id = $1"
    await reports.db.executemany(set_, [(row["id"], said) for row, said in zip(before, numbers, strict=True)])
    try:
        of = {"fields": ["number"], "order": [{"column": 0}]}
        found = [row[0] for row in table(await run(reports, "administrator", "STAFF", **of))]
    finally:
        await reports.db.executemany(set_, [(row["id"], row["number"]) for row in before])
    assert [each for each in found if each in numbers[:5]] == ["9", "10", "А-9", "а-9/2", "А-10"]


async def test_rounded_figures_of_too_many_groups_have_no_order(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of them come first is not known before they are rounded; by what they are grouped by, it is."""
    of = {"groups": ["class", "subject"], "measures": [COUNT]}
    orders = [[{"column": column, "descending": True}] for column in (0, 2)]
    every = [table(await run(reports, "analyst", "MARKS", **of, order=order)) for order in orders]
    assert len(every[0]) == len(every[1]) > 25
    for module in ("resolvers.report_constructor", "resolvers.report_constructor_statements"):
        monkeypatch.setattr(f"{module}.MOST_ROWS", 20)
    assert table(await run(reports, "analyst", "MARKS", **of, order=orders[0])) == every[0][:20]
    assert await refused(reports, "analyst", "MARKS", **of, order=orders[1]) == ("TOO_COSTLY", "definition")


async def test_attendance_by_month_and_reason(reports: Reports) -> None:
    rows = await reports.db.fetch("SELECT to_char(lesson_date, 'YYYY-MM') AS month, student_id FROM attendance")
    counted = Counter(row["month"] for row in rows)
    people = {month: len({row["student_id"] for row in rows if row["month"] == month}) for month in counted}
    answer = await run(reports, "analyst", "ATTENDANCE", groups=["month"], measures=[COUNT, PEOPLE])
    listed = [month for month in sorted(counted) if people[month] >= FEWEST_PEOPLE]
    assert listed
    assert table(answer) == [(m, fives(counted[m], people[m]), fives(people[m], people[m])) for m in listed]


# For whom


@pytest.mark.parametrize("login", ["deputy", "director", "teacher", "parent", "student", "secretary", "hr", "service"])
async def test_others_compose_nothing(reports: Reports, login: str) -> None:
    for query, variables in (
        (ENTITIES, {}),
        (RUN, {"of": {"source": "CLASSES", "groups": ["grade"], "measures": [COUNT]}}),
    ):
        answer = await reports.school.ask(query, variables, as_=login)
        assert "Unknown" in str(answer["errors"]) or "Cannot query field" in str(answer["errors"])


@pytest.mark.parametrize("login", NAMELESS)
async def test_the_white_list_is_what_runs(reports: Reports, login: str) -> None:
    """Each field of each source can be grouped by, and each of its functions reckoned; nothing else is listed."""
    roles = frozenset({NAMELESS[login]})
    entities = {each["source"]: each for each in (await reports.ask(ENTITIES, login))["reportEntities"]}
    assert entities.keys() == {source.name for source, about in SOURCES.items() if about.roles & roles}
    for source, entity in entities.items():
        about = SOURCES[ReportSource[source]]
        fields = fields_for(about, roles)
        assert [each["name"] for each in entity["fields"]] == list(fields)
        assert entity["lists"] == (login == "administrator" or not about.people)
        for name, field in fields.items():
            measures = [COUNT, *({"function": f.name, "field": name} for f in functions_for(about, field, roles))]
            await run(reports, login, source, groups=[name], measures=measures, limit=10)
        if entity["lists"]:
            await run(reports, login, source, fields=list(fields), limit=10, order=[{"column": 0}])


async def test_each_reaches_their_own(reports: Reports) -> None:
    """Marks are not the administrator's, guardians not the analyst's: neither is told more than that."""
    for login, role in NAMELESS.items():
        for source, about in SOURCES.items():
            if role not in about.roles:
                found = await refused(reports, login, source.name, groups=[next(iter(about.fields))], measures=[COUNT])
                assert found == ("NOT_FOUND", "definition.source")


async def test_an_analyst_gets_no_personal_field_by_any_path(reports: Reports) -> None:
    checked = 0
    for source, about in SOURCES.items():
        if Role.ANALYST not in about.roles:
            continue
        known = next(iter(fields_for(about, {Role.ANALYST})))
        for name, field in about.fields.items():
            if field.personal:
                checked += 1
                condition = {"field": name, "operator": "IS_FILLED"}
                distinct = {"function": "COUNT_DISTINCT", "field": name}
                for place, of in (
                    ("groups.0", {"groups": [name], "measures": [COUNT]}),
                    ("filters.0.field", {"groups": [known], "measures": [COUNT], "filters": [condition]}),
                    ("measures.0.field", {"groups": [known], "measures": [distinct]}),
                ):
                    found = await refused(reports, "analyst", source.name, **of)
                    assert found == ("BAD_INPUT", f"definition.{place}")
        if about.people:
            assert await refused(reports, "analyst", source.name, fields=[known]) == ("FORBIDDEN", "definition.fields")
    assert checked > 20
    least = {"groups": ["subject"], "measures": [{"function": "LEAST", "field": "number"}]}
    assert await refused(reports, "analyst", "MARKS", **least) == ("BAD_INPUT", "definition.measures.0.function")


# What is rounded, and what is not shown


async def test_few_people_are_not_listed(reports: Reports) -> None:
    """Of the others the figures are rounded; their order is that of what is shown, and else of their keys."""
    rows = [row for row in await cards(reports) if row["class"]]
    counted = Counter((row["grade"], row["birth_year"]) for row in rows)
    listed = {key: fives(n, n) for key, n in sorted(counted.items()) if n >= FEWEST_PEOPLE}
    assert len(listed) < len(counted)
    of: dict[str, Any] = {
        "groups": ["grade", "birthYear"],
        "measures": [COUNT, PEOPLE, SHARE],
        "filters": [{"field": "enrolled", "operator": "EQUALS", "values": ["true"]}],
    }
    whole = fives(len(rows), len(rows))
    for column, descending in ((2, True), (2, False), (3, True), (4, True)):
        of["order"] = [{"column": column, "descending": descending}]
        answer = await run(reports, "analyst", "STUDENTS", **of)
        assert answer["rounded"]
        assert table(answer) == [
            (*key, n, n, pytest.approx(n * 100 / whole, abs=0.0501))
            for key, n in sorted(listed.items(), key=lambda each: each[1], reverse=descending)
        ]
        top = await run(reports, "analyst", "STUDENTS", **of, limit=2)
        assert (table(top), top["cut"]) == (table(answer)[:2], True)
    exact = await run(reports, "administrator", "STUDENTS", **of)
    assert {row[:2]: row[2] for row in table(exact)} == counted
    assert not exact["rounded"]


async def test_groups_are_in_the_order_of_what_is_shown(reports: Reports) -> None:
    """Classes of which the same is shown stand by their names, though one has more."""
    sizes = Counter(row["class"] for row in await cards(reports) if row["class"])
    by_name = sorted(sizes.items(), key=lambda each: natural(each[0]))
    listed = {name: fives(n, n) for name, n in by_name if n >= FEWEST_PEOPLE}
    by_size = sorted(listed, key=lambda name: -sizes[name])
    of = {"groups": ["class"], "measures": [COUNT], "order": [{"column": 1, "descending": True}]}
    filters = [{"field": "enrolled", "operator": "EQUALS", "values": ["true"]}]
    found = table(await run(reports, "analyst", "STUDENTS", **of, filters=filters))
    assert found == sorted(listed.items(), key=lambda each: -each[1])
    assert [name for name, _ in found] != by_size


async def test_who_is_there_is_not_told_of_few(reports: Reports) -> None:
    """Whether nobody meets the conditions or somebody does: the answer is one."""
    rows = [row for row in await cards(reports) if row["class"]]
    counted = Counter((row["class"], row["birth_year"]) for row in rows)
    name, year = next(key for key, n in sorted(counted.items()) if n < FEWEST_PEOPLE)
    answers = []
    for born in (year, 1900):
        filters = [
            {"field": "class", "operator": "EQUALS", "values": [name]},
            {"field": "birthYear", "operator": "EQUALS", "values": [str(born)]},
        ]
        answers += [
            await run(reports, "analyst", "STUDENTS", groups=groups, measures=[COUNT, SHARE], filters=filters)
            for groups in ([], ["sex"])
        ]
        exact = table(await run(reports, "administrator", "STUDENTS", measures=[COUNT], filters=filters))
        assert exact == [(counted[name, born],)]
    assert all(answer["rows"] == [] and answer["rounded"] and not answer["cut"] for answer in answers)
    assert answers[:2] == answers[2:]


async def test_what_is_of_nobody_is_exact(reports: Reports) -> None:
    """Lessons and classes rest on no people: an analyst gets them as they are, and row by row."""
    classes = await reports.db.fetchval("SELECT count(*) FROM school_class")
    lessons = await reports.db.fetchval("SELECT count(*) FROM lesson")
    for source, expected in (("CLASSES", classes), ("LESSONS", lessons)):
        answer = await run(reports, "analyst", source, measures=[COUNT])
        assert (table(answer), answer["rounded"]) == ([(expected,)], False)
    assert not (await run(reports, "analyst", "CLASSES", fields=["class"]))["rounded"]


async def birth_years(reports: Reports) -> list[tuple[Any, ...]]:
    """Everybody of the day by grade, class, sex and year of birth, with the person's number."""
    rows = await reports.db.fetch(CARDS.replace("SELECT s.id,", "SELECT p.id,"), JUNE.date())
    return [(row["grade"], row["class"], row["sex"], row["birth_year"], row["id"]) for row in rows if row["class"]]


ENROLLED = {"field": "enrolled", "operator": "EQUALS", "values": ["true"]}


def attacks(name: str, grade: int, year: int) -> dict[str, list[dict[str, Any]]]:
    """What the few of a class who were born in a year would be found by, were the figures exact."""
    of_class = {"field": "class", "operator": "EQUALS", "values": [name]}
    born = {"field": "birthYear", "operator": "EQUALS", "values": [str(year)]}

    def asked(*groups: str, filters: tuple[Any, ...] = ()) -> dict[str, Any]:
        order = [{"column": len(groups), "descending": True}]
        return {
            "groups": list(groups),
            "measures": [COUNT, PEOPLE, SHARE],
            "filters": [ENROLLED, *filters],
            "order": order,
        }

    return {
        "groupings": [asked("birthYear"), asked("grade", "class", "birthYear"), asked("class", "birthYear")],
        "a class has one grade": [
            *(asked("grade", "birthYear"), asked("class", "birthYear"), asked("class"), asked("grade")),
            asked("birthYear", filters=({"field": "grade", "operator": "EQUALS", "values": [str(grade)]},)),
        ],
        "a table of two keys": [asked(), asked("class"), asked("birthYear"), asked("class", "birthYear")],
        "a value and a group": [
            asked(filters=(of_class,)),
            *(asked(*groups, filters=(of_class, born)) for groups in ((), ("class",), ("sex",))),
            asked("birthYear", filters=(of_class,)),
        ],
    }


@pytest.mark.parametrize("attack", attacks("", 0, 0))
async def test_of_two_schools_the_same_is_shown(reports: Reports, attack: str) -> None:
    """Two of a class are born a year before the others, and then three: no answer is another, of all that would tell of
    them together; the administrator's are.
    """
    people = await birth_years(reports)
    ((name, size),) = Counter(each[1] for each in people).most_common(1)
    (grade, year), *_ = [(each[0], each[3] - 1) for each in people if each[1] == name]
    first, second, third, *_ = [each[4] for each in people if (each[1], each[3]) == (name, year + 1)]
    assert size - 3 >= FEWEST_PEOPLE
    assert not any((each[1], each[3]) == (name, year) for each in people)
    questions = attacks(name, grade, year)[attack]
    move = "UPDATE person SET birth_date = birth_date - make_interval(years => $2) WHERE id = ANY($1)"

    async def told(as_: str) -> list[Any]:
        return [await run(reports, as_, "STUDENTS", **of) for of in questions]

    await reports.db.execute(move, [first, second], 1)
    shown, exact = await told("analyst"), await told("administrator")
    await reports.db.execute(move, [third], 1)
    shown_then, exact_then = await told("analyst"), await told("administrator")
    await reports.db.execute(move, [first, second, third], -1)
    assert [answer["rows"] for answer in shown if answer["rows"]]
    assert shown == shown_then
    assert exact != exact_then


@pytest.mark.parametrize("operator", ["DIFFERS", "ONE_OF", "BELOW", "AT_MOST", "ABOVE", "AT_LEAST", "CONTAINS"])
async def test_an_analyst_asks_for_single_values(reports: Reports, operator: str) -> None:
    """Of people; of what is of nobody as administrators do. What is offered is what is taken."""
    refused = 0
    for entity in (await reports.ask(ENTITIES, "analyst"))["reportEntities"]:
        of_people = SOURCES[ReportSource(entity["source"].lower())].people
        for field in entity["fields"]:
            usual = {each.name for each in OPERATORS[ReportFieldType(field["type"].lower())]}
            assert (operator in field["operators"]) is (operator in usual and not of_people)
            if operator in usual and of_people:
                condition = {"field": field["name"], "operator": operator, "values": ["1"]}
                of = {"source": entity["source"], "measures": [COUNT], "filters": [condition]}
                answer = await reports.school.ask(RUN, {"of": of}, as_="analyst")
                assert answer["errors"][0]["extensions"]["field"] == "definition.filters.0.operator"
                refused += 1
    assert refused > 5


async def test_facts_of_few_are_not_told_by_conditions(reports: Reports) -> None:
    """Absences of one reason, of another, and all; of one day."""
    await reports.db.execute("UPDATE attendance SET minutes_late = NULL")
    rows = await reports.db.fetch(
        "SELECT t.id, t.code, t.lesson_date, c.grade::text || c.letter AS class FROM attendance AS t"
        " JOIN lesson AS l ON l.id = t.lesson_id JOIN study_group AS g ON g.id = l.group_id"
        " JOIN school_class AS c ON c.id = g.class_id ORDER BY t.id"
    )
    first, second = [code for code, _ in Counter(row["code"] for row in rows).most_common(2)]
    measures = [COUNT, PEOPLE]

    async def told(row: Any) -> list[Any]:
        of_class = {"field": "class", "operator": "EQUALS", "values": [row["class"]]}
        conditions = [
            *({"field": "code", "operator": "EQUALS", "values": [each]} for each in (first, second)),
            {"field": "code", "operator": "IS_FILLED"},
            {"field": "date", "operator": "EQUALS", "values": [str(row["lesson_date"])]},
        ]
        return [
            await run(reports, "analyst", "ATTENDANCE", groups=groups, measures=measures, filters=[*of, each])
            for each in conditions
            for groups, of in (([], []), ([], [of_class]), (["class"], []))
        ]

    alike = 0
    for row in [row for row in rows if row["code"] == first][:6]:
        shown = await told(row)
        await reports.db.execute("UPDATE attendance SET code = $2 WHERE id = $1", row["id"], second)
        alike += await told(row) == shown
        await reports.db.execute("UPDATE attendance SET code = $2 WHERE id = $1", row["id"], first)
        assert await told(row) == shown
    assert alike >= 2


async def test_a_figure_of_few_values_is_withheld(reports: Reports) -> None:
    """Many are late or absent, and few of them with minutes: the mean of the minutes rests on those few."""
    await reports.db.execute("UPDATE attendance SET minutes_late = NULL")
    late = await reports.db.fetch(
        "UPDATE attendance SET minutes_late = 7 WHERE code = 'late' AND student_id IN"
        " (SELECT DISTINCT student_id FROM attendance WHERE code = 'late' ORDER BY 1 LIMIT 3) RETURNING student_id"
    )
    assert late
    of = {"measures": [COUNT, {"function": "AVERAGE", "field": "minutesLate"}, PEOPLE]}
    answer = await run(reports, "analyst", "ATTENDANCE", **of)
    ((count, mean, people),) = table(answer)
    assert count > people >= FEWEST_PEOPLE
    assert mean is None
    assert [cell["withheld"] for cell in answer["rows"][0]] == [False, True, False]


@st.composite
def definitions(draw: st.DrawFn, role: Role) -> dict[str, Any]:
    """Any definition that the white list admits, with the people it rests on."""
    roles = {role}
    source, about = draw(st.sampled_from([(s, a) for s, a in SOURCES.items() if role in a.roles]))
    fields = fields_for(about, roles)
    groups = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=3))
    measures: list[dict[str, Any]] = [COUNT, *([PEOPLE] if about.people else [])]
    options = [(f.name, name) for name, of in fields.items() for f in functions_for(about, of, roles)]
    options += [(f.name, None) for f in functions_for(about, None, roles) if f in OF_ROWS]
    for function, name in draw(st.lists(st.sampled_from(options), max_size=3)):
        measures.append({"function": function, "field": name})
    filters = []
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=2)):
        field = fields[name]
        operator = draw(st.sampled_from(field.operators)).name
        given = {
            "text": st.sampled_from(["А", "5А", "Учитель", "Математика", "2026-05"]),
            "number": st.integers(1, 2020).map(str) | st.sampled_from(["5", "3", "2010", "2012"]),
            "date": st.dates(min_value=date(2025, 9, 1)).map(str),
            "choice": st.sampled_from(sorted(field.options) or ["-"]),
            "flag": st.sampled_from(["true", "false"]),
        }[field.type.value]
        values = [] if operator.startswith("IS_") else [draw(given)]
        filters.append({"field": name, "operator": operator, "values": values})
    width = len(groups) + len(measures)
    order = draw(st.lists(st.builds(dict, column=st.integers(0, width - 1), descending=st.booleans()), max_size=2))
    return {"source": source.name, "groups": groups, "measures": measures, "filters": filters, "order": order}


async def secrets(reports: Reports) -> set[str]:
    """Everything of people that an analyst must not read, in any of the forms in which it could stand."""
    found: set[str] = set()
    for row in await reports.db.fetch("SELECT * FROM person"):
        found |= {row["family_name"], row["given_name"], row["patronymic"], row["phone"], row["email"], row["address"]}
        found |= {row["birth_date"].isoformat(), f"{row['birth_date']:%d.%m.%Y}"}
    found |= {row["file_number"] for row in await reports.db.fetch("SELECT file_number FROM student")}
    return {each for each in found if each}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_an_analyst_composes(reports: Reports, seed: int) -> None:
    """No name, contact or date of birth, no group of fewer than five people, and of the others what is near."""
    hidden, drawn_ = await secrets(reports), list[dict[str, Any]]()
    # Dates of the journal may be somebody's birthday by chance.
    words = {each for each in hidden if not each[:2].isdigit()}

    @settings(max_examples=25, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @seeded(seed)
    @given(definitions(Role.ANALYST))
    def draw(of: dict[str, Any]) -> None:
        drawn_.append(of)

    draw()
    for of in drawn_:
        about = SOURCES[ReportSource[of["source"]]]
        answer = (await reports.ask(RUN, "analyst", of=of))["runReport"]
        texts = {cell["text"] for row in answer["rows"] for cell in row if cell["text"]}
        assert not texts & hidden, of
        assert not [text for text in texts if any(word in text.split() for word in words)], of
        if not about.people:
            continue
        at, rows = len(of["groups"]), table(answer)
        assert answer["rounded"], of
        assert all(row[at] > 0 and row[at + 1] >= FEWEST_PEOPLE and row[at + 1] % 5 == 0 for row in rows), of
        if Role.ADMINISTRATOR in about.roles:
            exact = (await reports.ask(RUN, "administrator", of=of))["runReport"]
            assert not exact["rounded"]
            assert not exact["cut"]
            whole = [row for row in table(exact) if row[at + 1] >= FEWEST_PEOPLE]
            assert {row[: at + 2] for row in rows} == {
                (*key, fives(count, people), fives(people, people))
                for *key, count, people in (r[: at + 2] for r in whole)
            }, of
    assert len(drawn_) >= 20


# What is wrong with a definition, and how much it may take


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("STUDENTS", {}, "fields"),
    ("STUDENTS", {"fields": ["name"], "groups": ["sex"], "measures": [COUNT]}, "fields"),
    ("STUDENTS", {"groups": ["sex"]}, "measures"),
    ("STUDENTS", {"fields": ["name", "password"]}, "fields.1"),
    ("STUDENTS", {"fields": ["name", "name"]}, "fields.1"),
    ("STUDENTS", {"fields": ["name; DROP TABLE mark"]}, "fields.0"),
    ("STUDENTS", {"groups": ["1)); DROP TABLE mark --"], "measures": [COUNT]}, "groups.0"),
    ("STUDENTS", {"measures": [{"function": "AVERAGE", "field": "name"}]}, "measures.0.function"),
    ("STUDENTS", {"measures": [{"function": "AVERAGE"}]}, "measures.0.field"),
    ("STUDENTS", {"measures": [{"function": "COUNT", "field": "name"}]}, "measures.0.field"),
    ("CLASSES", {"measures": [PEOPLE]}, "measures.0.function"),
    ("STUDENTS", {"fields": ["name"], "order": [{"column": 1}]}, "order.0.column"),
    ("STUDENTS", {"fields": ["name"], "order": [{"column": -1}]}, "order.0.column"),
    ("STUDENTS", {"fields": ["name"], "limit": 0}, "limit"),
    ("STUDENTS", {"fields": ["name"], "limit": 1_000_000}, "limit"),
    ("STUDENTS", {"groups": ["sex"], "measures": [COUNT] * 11}, "measures"),
]
BAD_VALUES: list[tuple[str, str, list[str], str]] = [
    ("surname", "EQUALS", ["Иванов"], "field"),
    ("name", "BELOW", ["Иванов"], "operator"),
    ("sex", "EQUALS", ["1 OR 1=1"], "values.0"),
    ("grade", "EQUALS", ["5 OR 1=1"], "values.0"),
    ("grade", "EQUALS", ["NaN"], "values.0"),
    ("grade", "EQUALS", ["1e999"], "values.0"),
    ("grade", "ONE_OF", ["5", "x"], "values.1"),
    ("birthDate", "EQUALS", ["2010-02-30"], "values.0"),
    ("enrolled", "EQUALS", ["да"], "values.0"),
    ("name", "EQUALS", [], "values"),
    ("name", "EQUALS", ["a", "b"], "values"),
    ("name", "IS_EMPTY", ["a"], "values"),
    ("name", "EQUALS", ["a\0"], "values.0"),
    ("name", "EQUALS", ["a" * 201], "values.0"),
]


@pytest.mark.parametrize(("source", "of", "place"), BAD)
async def test_a_wrong_definition_names_its_place(
    reports: Reports, source: str, of: dict[str, Any], place: str
) -> None:
    assert await refused(reports, "administrator", source, **of) == ("BAD_INPUT", f"definition.{place}")


@pytest.mark.parametrize(("name", "operator", "values", "place"), BAD_VALUES)
async def test_a_wrong_condition_names_its_place(
    reports: Reports, name: str, operator: str, values: list[str], place: str
) -> None:
    filters = [{"field": name, "operator": operator, "values": values}]
    found = await refused(reports, "administrator", "STUDENTS", fields=["name"], filters=filters)
    assert found == ("BAD_INPUT", f"definition.filters.0.{place}")


async def test_values_are_never_sql(reports: Reports) -> None:
    before = await reports.db.fetchval("SELECT count(*) FROM mark")
    everybody = len(await cards(reports))
    for text in ("' OR '1'='1", "'; DROP TABLE mark; --", "$1", ":name", "%(name)s", "\\'; --", "{0}"):
        for operator, expected in (("EQUALS", 0), ("ONE_OF", 0), ("CONTAINS", 0), ("DIFFERS", everybody)):
            filters = [{"field": "name", "operator": operator, "values": [text]}]
            ((found,),) = table(await run(reports, "administrator", "STUDENTS", measures=[COUNT], filters=filters))
            assert found == expected, (text, operator)
    assert await reports.db.fetchval("SELECT count(*) FROM mark") == before


@pytest.mark.parametrize(
    ("cap", "code"),
    [(Settings(report_cost=1), "TOO_COSTLY"), (Settings(report_seconds=0.001), "TOO_LONG")],
    ids=["cost", "time"],
)
async def test_what_takes_too_much_is_refused(
    cluster: str, demo_template: tuple[str, Demo], cap: Settings, code: str
) -> None:
    """And the rest of the query is answered."""
    async for school in copied(cluster, demo_template, cap):
        of = {"source": "MARKS", "groups": ["subject", "class", "month"], "measures": [COUNT, PEOPLE]}
        query = RUN.replace("{ runReport", "{ before: school { name } runReport", 1)[:-1] + " after: me { name } }"
        answer = await school.ask(query, {"of": of}, as_="analyst")
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["path"]) == (code, ["runReport"])


async def test_many_reports_of_one_query_take_no_more_than_one(reports: Reports) -> None:
    """A query may name a report as often as it likes: their costs add up."""
    cost = orjson.loads(await reports.db.fetchval("EXPLAIN (FORMAT JSON) SELECT count(*) FROM mark"))[0]["Plan"]
    cap = Cap(cost["Total Cost"] * 3.5, 10)
    statement = compile_statement(select(func.count()).select_from(Mark))
    snapshot = Snapshot(reports.school.app.state.database.pool)
    try:
        for _ in range(2):
            for _ in range(3):
                assert await snapshot.fetch_capped(statement, {}, cap)
            with pytest.raises(TooCostly):
                await snapshot.fetch_capped(statement, {}, cap)
            await snapshot.close()
    finally:
        await snapshot.close()


async def test_the_reading_of_a_report_takes_one_statement(reports: Reports) -> None:
    """However wide it is."""
    rng = random.Random(1)
    fields = sorted(SOURCES[ReportSource.STUDENTS].fields)
    rng.shuffle(fields)
    answer = await run(reports, "administrator", "STUDENTS", fields=fields, limit=5)
    assert len(answer["columns"]) == len(fields)
