"""What of a school year goes on in the next one, where to, and in how many statements (12.1)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from resolvers.commands import Work
from server.demo import Demo

from .movement_help import enrol
from .transition_help import FIRST, NEIGHBOURS, STEPS, Summer, summer

PLANS = """
SELECT p.year_id = (SELECT to_year_id FROM year_transition WHERE state = 'under_way') AS new, p.title, p.grade,
    p.subject_id, p.author_id, p.version,
    (SELECT array_agg((position, title, version)::text ORDER BY position)
        FROM topic_section AS s WHERE s.plan_id = p.id),
    (SELECT array_agg((t.position, s.position, name, hours, homework, t.version)::text ORDER BY t.position)
        FROM topic AS t JOIN topic_section AS s ON s.id = section_id WHERE t.plan_id = p.id),
    (SELECT array_agg((t.position, work_type_id)::text ORDER BY t.position, work_type_id)
        FROM topic AS t JOIN topic_work_type ON topic_id = t.id WHERE t.plan_id = p.id) AS works
FROM topic_plan AS p
"""
GOES_BY = """
SELECT c.grade || c.letter AS class, g.subject_id AS divided, p.subject_id, p.title, p.grade, a.starts_on, a.ends_on
FROM topic_plan_assignment AS a JOIN topic_plan AS p ON p.id = a.plan_id JOIN study_group AS g ON g.id = a.group_id
JOIN school_class AS c ON c.id = g.class_id JOIN academic_year AS y ON y.id = c.year_id AND y.state = 'draft'
WHERE p.year_id = c.year_id
"""
NEW = "(SELECT id FROM academic_year WHERE state = 'draft')"
OWN_PLAN = """
WITH plan AS (
    INSERT INTO topic_plan (school_id, year_id, subject_id, grade, title, version, changed_at)
    SELECT school_id, year_id, subject_id, grade, title || ' (Б)', 1, now() FROM topic_plan
    WHERE grade = 6 AND subject_id = $1 RETURNING school_id, id, subject_id
)
UPDATE topic_plan_assignment AS a SET plan_id = plan.id FROM plan, study_group AS g, school_class AS c
WHERE a.subject_id = plan.subject_id AND g.id = a.group_id AND c.id = g.class_id AND c.grade = 6 AND c.letter = 'Б'
"""


@pytest.fixture
async def here(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Summer]:
    """A school at the end of August, whose fifth classes become sixth ones after other sixth ones."""
    async with summer(cluster, demo_template) as here:
        await here.db.execute(NEIGHBOURS)
        yield here


async def _subjects(here: Summer, grade: int) -> list[int]:
    """What has topic plans in a grade."""
    rows = await here.db.fetch("SELECT subject_id FROM topic_plan WHERE grade = $1 ORDER BY 1", grade)
    return [row["subject_id"] for row in rows]


async def test_topic_plans_stay_with_their_grade(here: Summer) -> None:
    """The new sixth class goes by what the old sixth one went by, letter for letter, and so does the tenth."""
    transition = await here.begin()
    old = {(row["grade"], row["subject_id"]): tuple(row)[1:] for row in await here.db.fetch(PLANS)}
    await here.db.execute(OWN_PLAN, split := (await _subjects(here, 6))[0])
    await here.steps(transition)
    new = {
        (row["grade"], row["subject_id"]): tuple(row)[1:]
        for row in await here.db.fetch(PLANS)
        if row["new"] and not row["title"].endswith("(Б)")
    }
    assert new == old
    assert any(works for *_, works in new.values())
    went = await here.db.fetch(GOES_BY)
    classes = {row["class"] for row in went}
    assert classes == {"6А", "6Б", "10А", "10Б"}
    for name in classes:
        grade = int(name[:-1])
        mine = [row for row in went if row["class"] == name]
        assert all((row["grade"], row["starts_on"], row["ends_on"]) == (grade, date(2026, 9, 1), None) for row in mine)
        planned = await here.db.fetch(
            "SELECT DISTINCT subject_id FROM plan_hours JOIN school_class AS c ON c.id = class_id "
            f"WHERE c.year_id = {NEW} AND grade || letter = $1",
            name,
        )
        assert {row["subject_id"] for row in mine} == {row["subject_id"] for row in planned} & set(
            await _subjects(here, grade)
        )
        assert all(row["divided"] in (None, row["subject_id"]) for row in mine)
        (own,) = {row["title"].endswith("(Б)") for row in mine if row["subject_id"] == split} or {False}
        assert own == (name == "6Б")
    divided = [(row["class"], row["subject_id"]) for row in went if row["divided"]]
    assert divided, "the halves of a class go by a plan, each of them"
    whole = {(row["class"], row["subject_id"]) for row in went if row["divided"] is None}
    assert not whole & set(divided)


async def test_what_is_over_stays_behind(here: Summer) -> None:
    """A plan that all have left, a subject that is archived, and whoever is dismissed; a plan that waits goes on."""
    gone, archived, *_, kept = await _subjects(here, 6)
    ends = "UPDATE topic_plan_assignment SET ends_on = '2026-01-31' WHERE plan_id IN "
    await here.db.execute(f"{ends} (SELECT id FROM topic_plan WHERE grade = 6 AND subject_id = $1)", gone)
    await here.db.execute("UPDATE subject SET archived_on = '2026-06-01' WHERE id = $1", archived)
    author = await here.db.fetchval(
        "SELECT author_id FROM topic_plan WHERE grade = 6 AND subject_id = $1 AND author_id IS NOT NULL", kept
    )
    await here.db.execute("UPDATE staff SET dismissed_on = '2026-08-15' WHERE id = $1", author)
    await here.db.execute(
        "INSERT INTO topic_plan (school_id, year_id, subject_id, grade, title, version, changed_at) "
        "SELECT school_id, year_id, subject_id, grade, 'Ещё не назначен', 1, now() FROM topic_plan "
        "WHERE grade = 6 AND subject_id = $1",
        kept,
    )
    transition = await here.begin()
    await here.steps(transition)
    new = [row for row in await here.db.fetch(PLANS) if row["new"]]
    sixth = {(row["subject_id"], row["title"] == "Ещё не назначен") for row in new if row["grade"] == 6}
    assert sixth == {(each, False) for each in (await _subjects(here, 6)) if each not in (gone, archived)} | {
        (kept, True)
    }
    assert not any(row["subject_id"] == archived or row["author_id"] == author for row in new)
    hours = f"SELECT count(*) FROM plan_hours AS h JOIN school_class AS c ON c.id = class_id WHERE year_id = {NEW}"
    assert not await here.db.fetchval(f"{hours} AND subject_id = $1", archived)
    assert await here.db.fetchval(f"{hours} AND subject_id = $1", gone)
    for table, of in (
        ("class_leadership", "t.class_id"),
        ("teaching_assignment", "(SELECT class_id FROM study_group AS g WHERE g.id = t.group_id)"),
    ):
        query = f"SELECT count(*) FROM {table} AS t JOIN school_class AS c ON c.id = {of} WHERE year_id = {NEW}"
        assert not await here.db.fetchval(f"{query} AND staff_id = $1", author)
        assert await here.db.fetchval(query)


async def test_the_week_belongs_to_the_grade(here: Summer) -> None:
    """Shift and days of the week are the grade's; how many a class has room for is its own."""
    await here.db.execute("UPDATE school_class SET week_days = 5, capacity = 25 + grade")
    await here.db.execute("UPDATE school_class SET week_days = 6 WHERE grade = 6")
    transition = await here.begin()
    await here.steps(transition)
    rows = await here.db.fetch(
        f"SELECT grade || letter AS class, shift, week_days, capacity FROM school_class WHERE year_id = {NEW}"
    )
    assert {row["class"][:-1]: tuple(row)[1:] for row in rows} == {
        "6": (2, 6, 30),
        "7": (2, 6, 31),
        "10": (1, 5, 35),
        "11": (1, 5, 35),
    }


BY_HAND = {
    "YEAR": f"""
        WITH made AS (
            INSERT INTO bell_schedule (school_id, year_id, name, shift, version, changed_at)
            SELECT school_id, {NEW}, name, shift, 1, now() FROM bell_schedule WHERE shift = 1 RETURNING school_id, id
        ) INSERT INTO bell (school_id, schedule_id, number, starts_at, ends_at)
        SELECT school_id, id, 1, '09:09', '09:49' FROM made;
        INSERT INTO bell_schedule (school_id, year_id, name, shift, version, changed_at)
        SELECT school_id, {NEW}, 'Своё', 2, 1, now() FROM academic_year WHERE id = {NEW}
    """,
    "BELLS": f"INSERT INTO component (school_id, year_id, kind, name, position) "
    f"SELECT school_id, {NEW}, kind, name, 9 FROM component WHERE position = 1",
    "PROFILES": f"""
        WITH made AS (
            INSERT INTO school_class (school_id, year_id, grade, letter, period_kind)
            SELECT school_id, id, 6, 'А', 'quarter' FROM academic_year WHERE id = {NEW} RETURNING school_id, id
        ) INSERT INTO study_group (school_id, class_id, kind) SELECT school_id, id, 'whole' FROM made
    """,
    "CLASSES": f"""
        INSERT INTO plan_hours (school_id, class_id, subject_id, component_id, hours, version, changed_at)
        SELECT c.school_id, c.id, s.id, o.id, 7, 1, now() FROM school_class AS c, component AS o,
            (SELECT min(subject_id) AS id FROM topic_plan WHERE grade = 10) AS s
        WHERE c.year_id = {NEW} AND grade || letter = '10А' AND o.year_id = {NEW} AND o.position = 9
    """,
    "PLAN": f"""
        INSERT INTO teaching_assignment (school_id, group_id, subject_id, staff_id, starts_on)
        SELECT DISTINCT ON (g.id) g.school_id, g.id, h.subject_id, (SELECT max(id) FROM staff), '2026-09-01'::date
        FROM study_group AS g JOIN school_class AS c ON c.id = g.class_id JOIN plan_hours AS h ON h.class_id = c.id
        WHERE c.year_id = {NEW} AND g.kind = 'whole' AND grade || letter = '6Б' ORDER BY g.id, h.subject_id
    """,
    "ASSIGNMENTS": f"""
        WITH plan AS (
            INSERT INTO topic_plan (school_id, year_id, subject_id, grade, title, version, changed_at)
            SELECT school_id, {NEW}, subject_id, 10, 'Свой', 1, now() FROM plan_hours WHERE hours = 7 LIMIT 1
            RETURNING school_id, id, subject_id
        ) INSERT INTO topic_plan_assignment (school_id, plan_id, group_id, subject_id, starts_on)
        SELECT g.school_id, plan.id, g.id, plan.subject_id, '2026-09-01' FROM plan, study_group AS g
        JOIN school_class AS c ON c.id = g.class_id
        WHERE c.year_id = {NEW} AND g.kind = 'whole' AND grade || letter = '10А'
    """,
    "TOPIC_PLANS": "SELECT",
}
"""What people enter of the new year by themselves, after which step."""


async def test_what_people_have_entered_themselves_stays(here: Summer) -> None:
    """Between two steps the draft is everybody's: what is there stays as it is, and is taken back with the rest."""
    before = await here.everything()
    transition = await here.begin()
    assert list(BY_HAND) == STEPS
    for step, entered in BY_HAND.items():
        await here.done("runTransitionStep", {"transitionId": transition, "step": step})
        await here.db.execute(entered)

    async def found(query: str) -> list[Any]:
        return [tuple(row) for row in await here.db.fetch(query.format(new=NEW))]

    bells = await found(
        "SELECT name, number, starts_at::text FROM bell_schedule AS s LEFT JOIN bell ON schedule_id = s.id "
        "WHERE year_id = {new} ORDER BY 1, 2"
    )
    assert bells == [("Первая смена", 1, "09:09:00"), ("Своё", None, None)]
    assert len(await found("SELECT FROM component WHERE year_id = {new} AND position = 1")) == 0
    assert await found(
        "SELECT continues_id, count(*) FROM school_class AS c JOIN study_group AS g ON g.class_id = c.id "
        "WHERE year_id = {new} AND grade || letter = '6А' GROUP BY 1"
    ) == [(None, 1)]
    assert await found(
        "SELECT hours FROM plan_hours JOIN school_class AS c ON c.id = class_id "
        "WHERE year_id = {new} AND grade || letter = '10А'"
    ) == [(7,)]
    twice = await found(
        "SELECT group_id, subject_id FROM teaching_assignment AS t WHERE starts_on = '2026-09-01' "
        "AND staff_id <> (SELECT max(id) FROM staff) INTERSECT SELECT group_id, subject_id FROM teaching_assignment "
        "WHERE starts_on = '2026-09-01' AND staff_id = (SELECT max(id) FROM staff)"
    )
    assert twice == []
    assert await found(
        "SELECT p.title FROM topic_plan_assignment AS a JOIN topic_plan AS p ON p.id = a.plan_id "
        "JOIN study_group AS g ON g.id = a.group_id JOIN school_class AS c ON c.id = g.class_id "
        "WHERE c.year_id = {new} AND c.grade || c.letter = '10А'"
    ) == [("Свой",)]
    await here.done("revertTransition", {"transitionId": transition})
    assert await here.everything() == before


async def test_topics_come_to_lessons_that_are_there(here: Summer) -> None:
    """Where the timetable was first, the plan's topics are put on its lessons at once."""
    transition = await here.begin()
    await here.steps(transition, len(STEPS) - 1)
    lesson = await here.db.fetchval(
        "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state, "
        "version, changed_at) SELECT g.school_id, g.id, $1, (SELECT min(id) FROM staff), '2026-09-02', 1, '08:00', "
        f"'08:40', 'planned', 1, now() FROM study_group AS g JOIN school_class AS c ON c.id = class_id "
        f"WHERE year_id = {NEW} AND g.kind = 'whole' AND grade || letter = '10А' RETURNING id",
        subject := await _undivided(here),
    )
    await here.steps(transition)
    first = await here.db.fetchval(
        "SELECT t.name FROM topic AS t JOIN topic_plan AS p ON p.id = plan_id "
        "WHERE grade = 10 AND subject_id = $1 AND position = 1 ORDER BY p.id LIMIT 1",
        subject,
    )
    assert await here.db.fetchval("SELECT topic FROM lesson WHERE id = $1", lesson) == first


async def _undivided(here: Summer) -> int:
    """A subject that the tenth class learns as a whole, by a plan."""
    number: int = await here.db.fetchval(
        "SELECT min(h.subject_id) FROM plan_hours AS h JOIN school_class AS c ON c.id = class_id "
        f"JOIN topic_plan AS p ON p.subject_id = h.subject_id AND p.grade = 10 WHERE c.year_id = {NEW} "
        "AND c.grade || c.letter = '10А' AND NOT EXISTS "
        "(SELECT FROM study_group AS g WHERE g.class_id = c.id AND g.subject_id = h.subject_id)"
    )
    return number


async def test_the_place_of_the_year_is_taken(here: Summer) -> None:
    await here.db.execute(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on, state) "
        "VALUES (1, 'Занят', '2026-12-01', '2027-03-31', 'draft')"
    )
    given = {"transitionId": await here.begin(), "step": "YEAR"}
    assert await here.refused("runTransitionStep", given) == ("OVERLAP", "step", "12.1")


async def test_the_preflight_looks_closely(here: Summer) -> None:
    """Three quarters are no year, and whoever is dismissed neither leads a class nor teaches it."""
    transition = await here.begin()
    await here.steps(transition)
    before = await here.findings()
    await here.db.execute(f"DELETE FROM period WHERE year_id = {NEW} AND kind = 'quarter' AND number = 4")
    led = await here.db.fetchval(
        "SELECT count(*) FROM class_leadership AS l JOIN school_class AS c ON c.id = class_id "
        f"WHERE year_id = {NEW} AND l.starts_on = '{FIRST}'"
    )
    await here.db.execute("UPDATE staff SET dismissed_on = '2026-08-31'")
    after = await here.findings()
    quarters = f"SELECT count(*) FROM school_class WHERE year_id = {NEW} AND period_kind = 'quarter'"
    assert after["CLASS_WITHOUT_PERIODS"] == await here.db.fetchval(quarters) > 0
    assert after["CLASS_WITHOUT_LEADER"] - before["CLASS_WITHOUT_LEADER"] == led > 0
    assert after["SUBJECT_WITHOUT_TEACHER"] > before["SUBJECT_WITHOUT_TEACHER"]
    await here.db.execute("UPDATE staff SET dismissed_on = '2026-09-01'")
    assert (await here.findings())["CLASS_WITHOUT_LEADER"] == before["CLASS_WITHOUT_LEADER"]


async def test_statements_do_not_grow_with_the_students(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """Each step, the opening and the taking back: as many statements for 300 students more."""
    counted = []
    for more in (0, 300):
        async with summer(cluster, demo_template) as here:
            await here.db.execute(NEIGHBOURS)
            await _come(here, more)
            transition, found = await here.begin(), {}
            for step in STEPS:
                async with _counted(found, step):
                    await here.done("runTransitionStep", {"transitionId": transition, "step": step})
            async with _counted(found, "revert"):
                await here.done("revertTransition", {"transitionId": transition})
            transition = await here.begin()
            await here.steps(transition)
            await here.orders()
            await here.leaders()
            async with _counted(found, "open"):
                await here.done("openYear", {"transitionId": transition})
            counted.append(found)
            opened = await here.db.fetchval("SELECT count(*) FROM enrolment WHERE starts_on = $1", date(2026, 9, 1))
            assert opened > more
    assert counted[0] == counted[1]
    assert max(counted[0].values()) < 40, counted


async def _come(here: Summer, students: int) -> None:
    """So many more in the first of the fifth classes."""
    rows = await here.db.fetch(
        "WITH born AS (INSERT INTO person (school_id, family_name, given_name, sex, birth_date) "
        "SELECT 1, 'Новый', n::text, 'male', '2014-01-01' FROM generate_series(1, $1) AS n RETURNING id) "
        "INSERT INTO student (school_id, person_id, file_number) SELECT 1, id, 'М-' || id FROM born RETURNING id",
        students,
    )
    of = await here.db.fetchval("SELECT id FROM school_class WHERE grade = 5 AND letter = 'А'")
    await enrol(here.db, 1, of, date(2026, 5, 25), *(row["id"] for row in rows))


@asynccontextmanager
async def _counted(found: dict[str, int], name: str) -> AsyncIterator[None]:
    """How many statements of commands are run meanwhile."""
    run, found[name] = (Work.fetch, Work.execute), 0

    async def fetch(self: Work, executable: Any, **given: Any) -> Any:
        found[name] += 1
        return await run[0](self, executable, **given)

    async def execute(self: Work, executable: Any, **given: Any) -> None:
        found[name] += 1
        await run[1](self, executable, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "fetch", fetch)
        patch.setattr(Work, "execute", execute)
        yield
