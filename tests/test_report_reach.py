"""Catalogue, field and print agree: what is listed answers for something, what is not answers for nothing (10.1)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest

from resolvers.report import Asked
from rules.account import Role
from rules.journal_finals import FinalKind
from rules.report import ABOUT, APART, CATALOGUE, Report, ReportOf, Takes
from schema.report_base import OF_TYPES, print_of
from server.demo import Demo

from .conftest import School, copied
from .journal_help import gid
from .report_bodies import fields_of, query

LOGINS = {
    "director": Role.DIRECTOR,
    "deputy": Role.DEPUTY,
    "secretary": Role.SECRETARY,
    "hr": Role.HR,
    "administrator": Role.ADMINISTRATOR,
    "analyst": Role.ANALYST,
    "service": Role.SERVICE,
    "student": Role.STUDENT,
    "parent": Role.PARENT,
    "class-teacher": Role.TEACHER,
    "teacher": Role.TEACHER,
    "idle": Role.TEACHER,
}
"""One of each role; teachers who lead a class, who only teach, and who do neither."""

RUNNING = "y.starts_on <= '2026-05-20' AND y.ends_on >= '2026-05-20'"
THINGS = {
    ReportOf.SCHOOL: "SELECT p.school_id AS id, p.id AS period FROM period AS p JOIN academic_year AS y ON"
    f" y.id = p.year_id WHERE {RUNNING} AND p.name = 'III четверть'",
    ReportOf.CLASS: "SELECT c.id, p.id AS period FROM school_class AS c JOIN academic_year AS y ON y.id = c.year_id"
    f" JOIN period AS p ON p.year_id = c.year_id AND p.kind = c.period_kind AND p.number = 1 WHERE {RUNNING}",
    ReportOf.TEACHER: "SELECT s.id, p.id AS period FROM staff AS s, period AS p JOIN academic_year AS y ON"
    f" y.id = p.year_id WHERE {RUNNING} AND p.name = 'III четверть'",
    ReportOf.STUDENT: "SELECT e.student_id AS id, p.id AS period FROM enrolment AS e JOIN school_class AS c ON"
    " c.id = e.class_id JOIN academic_year AS y ON y.id = c.year_id JOIN period AS p ON p.year_id = c.year_id"
    f" AND p.kind = c.period_kind AND p.number = 1 WHERE {RUNNING} AND e.ends_on IS NULL AND (e.student_id % 9 = 0"
    # And those who sign in, or whose parents do.
    " OR e.student_id IN (SELECT s.id FROM student AS s JOIN account AS a USING (school_id, person_id)"
    "  WHERE a.login = 'student')"
    " OR e.student_id IN (SELECT k.student_id FROM guardianship AS k JOIN guardian AS g ON g.id = k.guardian_id"
    "  JOIN account AS a ON a.person_id = g.person_id WHERE a.login = 'parent'))",
}
SINCE, UNTIL = date(2026, 4, 6), date(2026, 5, 20)
"""The running period, as an analyst's days are whole ones."""
LISTED = "{ reportCatalogue { report } }"
ROOTS = {
    **{report: f'formSheet(id: "{gid("FederalForm", 1)}") {{ code }}' for report in APART},
    Report.CONSTRUCTOR: 'runReport(definition: {source: STUDENTS, groups: ["grade"], measures: [{function: COUNT}]})'
    " { title }",
}
"""How those are asked for that stand beneath nothing."""


@pytest.fixture(scope="module")
async def school(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[School]:
    """A school of this module's own, with a teacher who has neither a class nor lessons."""
    async for school in copied(cluster, demo_template):
        db = await asyncpg.connect(school.url)
        person = await db.fetchrow(
            "INSERT INTO person (school_id, family_name, given_name, sex, birth_date)"
            " SELECT school_id, 'Новый', 'Н', 'male', '1990-01-01' FROM school RETURNING school_id, id"
        )
        await db.execute(
            "INSERT INTO staff (school_id, person_id, number, position, hired_on)"
            " VALUES ($1, $2, 'Н-1', 'Учитель', '2026-05-01')",
            *person,
        )
        account = await db.fetchval(
            "INSERT INTO account (school_id, person_id, kind, login, login_key, password_hash, created_at)"
            " VALUES ($1, $2, 'person', 'idle', 'idle', '', '2026-05-01') RETURNING id",
            *person,
        )
        await db.execute(
            "INSERT INTO account_role (school_id, account_id, role, starts_on)"
            " VALUES ($1, $2, 'teacher', '2026-05-01')",
            *(person["school_id"], account),
        )
        await db.close()
        yield school


async def things(school: School) -> dict[ReportOf, list[Any]]:
    """What there are reports of, each with a period of its own."""
    db = await asyncpg.connect(school.url)
    try:
        return {of: await db.fetch(statement) for of, statement in THINGS.items()}
    finally:
        await db.close()


def asked_for(report: Report, period: int) -> Asked:
    """The same as `query` asks for."""
    takes = ABOUT[report].takes
    days = {"since": SINCE, "until": UNTIL} if Takes.DAYS in takes else {}
    return Asked(
        FinalKind.PERIOD,
        period if Takes.SLOT in takes else None,
        **days,
        day=UNTIL if Takes.DAY in takes else None,
    )


async def by_field(school: School, report: Report, thing: Any, login: str) -> str | None:
    """Where the report's field says that it is printed; None for whoever is refused it."""
    of = ABOUT[report].of
    name, _ = fields_of(None)[report]
    given = {"of": gid(OF_TYPES[of], thing["id"]), "period": gid("Period", thing["period"])}
    given |= {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    answer = await school.ask(query(report, name, "print { csv }"), given, as_=login)
    if "errors" in answer:
        # The role's schema has no such field, or not what it stands beneath.
        assert report not in fields_of(frozenset({LOGINS[login]})), answer["errors"]
        return None
    (found,) = answer["data"].values()
    anchor = found and found["reports"]
    return anchor and anchor[name]["print"]["csv"]  # type: ignore[no-any-return]


async def by_print(school: School, path: str, login: str) -> bool:
    """Whether it is printed for somebody; whoever may not have it is told no more than that."""
    headers = {"authorization": f"Bearer {await school.token(login)}"}
    answer = await school.client.get(path, headers=headers)
    assert answer.status_code in (200, 403, 404), answer.text
    return answer.status_code == 200


@pytest.mark.parametrize("login", LOGINS)
async def test_catalogue_field_and_print_agree(school: School, login: str) -> None:
    """Of every report, for everything that there is such a report of."""
    answer = await school.ask(LISTED, as_=login)
    role = LOGINS[login]
    if role is Role.SERVICE and "errors" in answer:
        listed = set()
    else:
        listed = {Report(each["report"].lower()) for each in answer["data"]["reportCatalogue"]}
    answering, of = set(), await things(school)
    for report, about in ABOUT.items():
        for thing in of[about.of]:
            path = print_of(report, thing["id"], asked_for(report, thing["period"])).csv
            found = await by_field(school, report, thing, login)
            assert found in (None, path), (report, found)
            assert (found is not None) is await by_print(school, path, login), (report, path)
            if found is not None:
                answering.add(report)
    for report, root in ROOTS.items():
        answer = await school.ask(f"{{ {root} }}", as_=login)
        if "errors" not in answer:
            answering.add(report)
    assert listed == answering
    if role is not Role.TEACHER:
        assert listed == {report for report, about in CATALOGUE.items() if role in about.roles}


async def test_teachers_are_told_of_what_is_theirs(school: School) -> None:
    """Whoever leads no class has no class's reports; whoever teaches nobody has no student's."""
    of = {}
    for login in ("class-teacher", "teacher", "idle"):
        listed = (await school.data(LISTED, as_=login))["reportCatalogue"]
        of[login] = {ABOUT[Report(each["report"].lower())].of for each in listed}
    assert of == {
        "class-teacher": {ReportOf.CLASS, ReportOf.TEACHER, ReportOf.STUDENT},
        "teacher": {ReportOf.TEACHER, ReportOf.STUDENT},
        "idle": {ReportOf.TEACHER},
    }
