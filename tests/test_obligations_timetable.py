"""The year's first timetable is entered once every class that has lessons stands in one (6.6)."""

from datetime import date, datetime

import pytest

from server.demo import DEMO_NOW

from .journal_help import gid
from .test_obligations import Watch, at
from .test_obligations import watch as watch

ENTERED = ("DONE", at("2025-09-12", "15:00"))
"""When the demo school's was published."""


async def stands(watch: Watch) -> tuple[str, datetime | None]:
    """How that of the running year stands, and since when it is met."""
    (row,) = (row for row in await watch.all(deadline="TIMETABLE") if row["dueOn"] == "2025-09-20")
    return row["status"], row["doneAt"] and datetime.fromisoformat(row["doneAt"])


async def published(watch: Watch, moment: datetime | None, year: str = "2025-09-01") -> int:
    """An empty timetable of a year: a draft, or one that was published then."""
    number: int = await watch.db.fetchval(
        "INSERT INTO timetable (school_id, year_id, title, starts_on, ends_on, state, published_at, changed_at)"
        " SELECT school_id, id, 'Расписание ' || coalesce($1::timestamptz::text, ''), $2, $2,"
        " CASE WHEN $1::timestamptz IS NULL THEN 'draft' ELSE 'replaced' END, $1::timestamptz, now() FROM academic_year"
        " WHERE starts_on = $3 RETURNING id",
        *(moment, moment and moment.date(), date.fromisoformat(year)),
    )
    return number


@pytest.fixture
async def lacking(watch: Watch) -> int:
    """A class whose lessons have been left out of all that was published."""
    number: int = await watch.db.fetchval("SELECT id FROM school_class WHERE grade = 5 ORDER BY id LIMIT 1")
    assert await stands(watch) == ENTERED
    await watch.db.execute(
        "CREATE TEMP TABLE kept AS SELECT e.* FROM timetable_entry AS e JOIN study_group AS g ON g.id = group_id"
        f" WHERE class_id = {number}"
    )
    await watch.db.execute("DELETE FROM timetable_entry WHERE id IN (SELECT id FROM kept)")
    return number


async def put(watch: Watch, timetable: int) -> None:
    """One lesson of the class that was left out."""
    await watch.db.execute(
        "INSERT INTO timetable_entry (school_id, timetable_id, weekday, number, weeks, group_id, subject_id,"
        " teacher_id) SELECT school_id, $1, weekday, number, weeks, group_id, subject_id, teacher_id FROM kept"
        " ORDER BY id LIMIT 1",
        timetable,
    )


async def test_a_class_that_is_left_out_is_waited_for(watch: Watch, lacking: int) -> None:
    """Neither a draft nor another year's timetable is where it stands; since the first that was published it does."""
    watch.stop(at("2025-09-20", "23:59"))
    assert await stands(watch) == ("DUE", None)
    watch.stop(at("2026-05-20"))
    assert await stands(watch) == ("OVERDUE", None)
    await put(watch, await published(watch, None))
    await watch.db.execute(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on, state) SELECT school_id, '2024/2025',"
        " '2024-09-01', '2025-08-31', 'open' FROM academic_year"
    )
    await put(watch, await published(watch, at("2025-09-02"), "2024-09-01"))
    assert await stands(watch) == ("OVERDUE", None)
    await put(watch, await published(watch, at("2025-10-20")))
    assert await stands(watch) == ("MET_LATE", at("2025-10-20"))
    await put(watch, await published(watch, at("2025-12-01")))
    assert await stands(watch) == ("MET_LATE", at("2025-10-20"))
    await put(watch, await published(watch, at("2025-09-20", "23:59")))
    assert await stands(watch) == ("DONE", at("2025-09-20", "23:59"))


async def test_who_is_taught_in_no_lessons_is_not_waited_for(watch: Watch, lacking: int) -> None:
    """A class without a plan, and one whose plan has only what is taught beside the lessons."""
    assert (await stands(watch))[0] == "OVERDUE"
    beside = await watch.db.fetchval("SELECT id FROM component WHERE kind = 'extracurricular' LIMIT 1")
    hours = "SELECT id FROM plan_hours WHERE class_id = $1 AND component_id <> $2 ORDER BY id"
    kept, *others = [row["id"] for row in await watch.db.fetch(hours, lacking, beside)]
    await watch.db.execute("DELETE FROM plan_hours WHERE id = ANY($1)", others)
    assert (await stands(watch))[0] == "OVERDUE", "one subject in lessons is enough"
    await watch.db.execute("UPDATE plan_hours SET component_id = $2 WHERE id = $1", kept, beside)
    assert await stands(watch) == ENTERED
    await watch.db.execute("DELETE FROM plan_hours WHERE class_id = $1", lacking)
    assert await stands(watch) == ENTERED


async def test_a_class_that_is_formed_later_makes_nothing_overdue(watch: Watch, lacking: int) -> None:
    """What counts is who is there on 20 September; a class that has nobody by then needs no lessons, either."""
    # Of the orders that would move them nothing is asked here.
    await watch.db.execute("SET session_replication_role = replica")

    async def there(since: str, until: str | None = None) -> tuple[str, datetime | None]:
        days = [day and date.fromisoformat(day) for day in (since, until)]
        await watch.db.execute(
            "UPDATE enrolment SET starts_on = $2, ends_on = $3::date,"
            " ended_by = CASE WHEN $3::date IS NOT NULL THEN id END WHERE class_id = $1",
            *(lacking, *days),
        )
        return await stands(watch)

    missing = ("OVERDUE", None)
    assert await there("2025-09-20") == missing
    assert await there("2025-09-21") == ENTERED
    assert await there("2026-01-12") == ENTERED
    assert await there("2025-09-01", "2025-09-20") == missing
    assert await there("2025-09-01", "2025-09-19") == ENTERED


async def test_while_there_are_no_plans_any_timetable_is_the_years(watch: Watch) -> None:
    """And without one nothing is met, though nobody is left out."""
    await watch.db.execute("DELETE FROM plan_hours")
    assert await stands(watch) == ENTERED
    await watch.db.execute("DELETE FROM timetable_entry")
    await watch.db.execute("DELETE FROM timetable")
    assert await stands(watch) == ("OVERDUE", None)


async def test_a_timetable_is_entered_when_its_last_class_is(watch: Watch, lacking: int) -> None:
    """By the door: a version with a lesson of the class, once it is published (6.1)."""
    row = await watch.db.fetchrow(
        "SELECT kept.* FROM kept JOIN staff AS s ON s.id = teacher_id WHERE dismissed_on IS NULL ORDER BY timetable_id"
        " DESC, kept.id LIMIT 1"
    )
    year = (await watch.school.data("{ school { currentYear { id } } }", as_="deputy"))["school"]["currentYear"]["id"]
    given = {"yearId": year, "title": "Со всеми"}
    made = (await watch.do("deputy", "createTimetable", given, "timetable { id }"))["timetable"]["id"]
    references = {"groupId": "StudyGroup", "subjectId": "Subject", "teacherId": "Staff"}
    columns = {"groupId": "group_id", "subjectId": "subject_id", "teacherId": "teacher_id"}
    lesson = {name: gid(kind, row[columns[name]]) for name, kind in references.items()}
    entries = [{**lesson, "weekday": row["weekday"], "number": row["number"]}]
    await watch.do("deputy", "setTimetableEntries", {"timetableId": made, "entries": entries})
    assert (await stands(watch))[0] == "OVERDUE"
    await watch.do("deputy", "publishTimetable", {"timetableId": made, "from": "2026-05-25", "until": "2026-05-26"})
    assert await stands(watch) == ("MET_LATE", DEMO_NOW)
