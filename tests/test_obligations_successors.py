"""What is not done is owed by whoever can still do it; what is done stays with whoever answered for it (7.10, 10.4)."""

from typing import Any

from .journal_help import gid
from .test_obligations import OWN, Watch, at, lesson_of
from .test_obligations import watch as watch

LEADERSHIP = """
SELECT l.id, l.class_id FROM class_leadership AS l JOIN staff AS s ON s.id = l.staff_id
JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'class-teacher'
"""


async def reports(watch: Watch, of: str) -> list[dict[str, Any]]:
    """What a class's reports owe, done or not."""
    rows = await watch.all(deadline="PERIOD_REPORTS", **{"class": of})
    return [row for row in rows if row["schoolClass"]]


async def test_a_class_teachers_reports_pass_on(watch: Watch) -> None:
    """The former one is told of what was filed, the new one of what is missing, and can file it."""
    led = await watch.db.fetchrow(LEADERSHIP)
    of = gid("SchoolClass", led["class_id"])
    before = [row for row in await reports(watch, of) if row["status"] == "OVERDUE"]
    given = {"report": before[0]["report"], "periodId": before[0]["period"]["id"], "classId": of}
    await watch.do("class-teacher", "fileReport", given)
    other = await watch.db.fetchval(
        "SELECT s.id FROM staff AS s JOIN account AS a USING (school_id, person_id) WHERE a.login = 'teacher'"
    )
    await watch.db.execute("UPDATE class_leadership SET ends_on = '2026-05-14' WHERE id = $1", led["id"])
    await watch.db.execute(
        "INSERT INTO class_leadership (school_id, class_id, staff_id, starts_on)"
        " SELECT school_id, class_id, $2, '2026-05-15' FROM class_leadership WHERE id = $1",
        *(led["id"], other),
    )
    rows = await reports(watch, of)
    by = {status: {row["staff"]["id"] for row in rows if row["status"] == status} for status in ("OVERDUE", "MET_LATE")}
    assert by["OVERDUE"] == {gid("Staff", other)}
    assert by["MET_LATE"] == {before[0]["staff"]["id"]} != by["OVERDUE"]
    own = [row for row in await watch.all(as_="teacher", query=OWN, deadline="PERIOD_REPORTS") if row["schoolClass"]]
    missing = [row for row in own if row["schoolClass"]["id"] == of and row["status"] == "OVERDUE"]
    assert len(missing) == len(before) - 1
    given = {"report": missing[0]["report"], "periodId": missing[0]["period"]["id"], "classId": of}
    await watch.do("teacher", "fileReport", given)
    former = await watch.all(as_="class-teacher", query=OWN, deadline="PERIOD_REPORTS")
    assert not [row for row in former if row["status"] == "OVERDUE" and row["schoolClass"]]


async def test_marks_are_owed_though_nobody_teaches_any_more(watch: Watch) -> None:
    """An assignment that ended without a successor; with one, the marks are the successor's."""
    marks = await watch.all(deadline="FINAL_MARKS")
    one = next(row for row in marks if row["status"] in ("DUE", "OVERDUE"))
    ids = await watch.db.fetch("SELECT id, staff_id FROM teaching_assignment")
    (of,) = (row for row in ids if gid("TeachingAssignment", row["id"]) == one["objectId"])
    await watch.db.execute("UPDATE teaching_assignment SET ends_on = '2026-05-10' WHERE id = $1", of["id"])
    after = await watch.all(deadline="FINAL_MARKS")
    assert len(after) == len(marks)
    (same,) = (row for row in after if row["objectId"] == one["objectId"])
    assert (same["status"], same["staff"]) == (one["status"], None)
    other = await watch.db.fetchval("SELECT min(id) FROM staff WHERE id <> $1 AND dismissed_on IS NULL", of["staff_id"])
    await watch.db.execute(
        "INSERT INTO teaching_assignment (school_id, group_id, subject_id, staff_id, starts_on)"
        " SELECT school_id, group_id, subject_id, $2, '2026-05-11' FROM teaching_assignment WHERE id = $1",
        *(of["id"], other),
    )
    later = await watch.all(deadline="FINAL_MARKS")
    assert len(later) == len(marks)
    (new,) = (row for row in later if row["objectId"] not in {each["objectId"] for each in marks})
    assert new["staff"]["id"] == gid("Staff", other)


async def test_homework_is_given_to_all(watch: Watch) -> None:
    """What one student is given beside the others is not the lesson's homework (7.3)."""
    lesson, _ = await lesson_of(watch)
    watch.stop(at("2026-05-22", "13:00"))
    members = await watch.db.fetch(
        "SELECT l.id, m.student_id FROM lesson AS l JOIN group_membership AS m ON m.group_id = l.group_id"
        " WHERE m.ends_on IS NULL ORDER BY m.student_id"
    )
    student = next(row["student_id"] for row in members if gid("Lesson", row["id"]) == lesson)
    given = {"lessonId": lesson, "text": "§1"}
    await watch.do("teacher", "assignHomework", {**given, "studentIds": [gid("Student", student)]})
    assert await watch.status("HOMEWORK", lesson=lesson) == "DUE"
    await watch.do("teacher", "assignHomework", given)
    assert await watch.status("HOMEWORK", lesson=lesson) == "DONE"


async def test_summer_belongs_to_the_year_before(watch: Watch) -> None:
    """Whoever is hired after a year is over, and before the next begins, needs an account as anybody (11.9)."""
    await watch.db.execute("UPDATE academic_year SET ends_on = '2026-06-30' WHERE starts_on = '2025-09-01'")
    watch.stop(at("2026-08-20"))
    card = {"familyName": "Новикова", "givenName": "Вера", "birthDate": "1990-01-01", "sex": "FEMALE", "number": "Н-1"}
    given = {**card, "position": "Учитель", "hiredOn": "2026-08-17"}
    staff = (await watch.do("hr", "createStaffCard", given, "staff { id }"))["staff"]["id"]
    watch.stop(at("2026-08-28"))
    (row,) = (row for row in await watch.all(deadline="ACCOUNTS") if (row["employee"] or {}).get("id") == staff)
    assert (row["status"], row["dueOn"]) == ("OVERDUE", "2026-08-20")


async def test_holidays_of_a_school_of_half_years(watch: Watch) -> None:
    """Autumn and spring are between quarters, though no class goes by them."""
    before = await watch.all(deadline="HOLIDAYS")
    await watch.db.execute("UPDATE school_class SET period_kind = 'half_year'")
    after = await watch.all(deadline="HOLIDAYS")
    assert [(row["dueOn"], row["status"]) for row in after] == [(row["dueOn"], row["status"]) for row in before]
    assert len(after) >= 4


async def test_a_document_that_replaces_another_is_not_late(watch: Watch) -> None:
    """The section has had one since the first; if the last is withdrawn, it has none (5.7)."""
    # What stands in the file is of no matter here.
    await watch.db.execute("SET session_replication_role = replica")

    async def publish(day: str) -> int:
        number: int = await watch.db.fetchval(
            "INSERT INTO document (school_id, year_id, kind, title, file_id, published_at, published_by)"
            " SELECT y.school_id, y.id, 'curriculum', 'Учебный план', 1, $1, a.id FROM academic_year AS y, account AS a"
            " WHERE y.starts_on = '2025-09-01' AND a.login = 'deputy' RETURNING id",
            at(day),
        )
        return number

    async def withdraw(number: int) -> None:
        query = "UPDATE document SET withdrawn_at = published_at, withdrawn_by = published_by WHERE id = $1"
        await watch.db.execute(query, number)

    async def stands() -> tuple[str, str | None]:
        (row,) = (row for row in await watch.all(deadline="DOCUMENTS") if row["document"] == "CURRICULUM")
        return row["status"], row["doneAt"]

    assert (await stands())[0] == "OVERDUE"
    first = await publish("2025-09-20")
    met = await stands()
    assert met[0] == "DONE"
    second = await publish("2026-03-01")
    await withdraw(first)
    assert await stands() == met
    await withdraw(second)
    assert await stands() == ("OVERDUE", None)


async def test_forming_is_told_of_before_its_last_day(watch: Watch) -> None:
    """Of a class of the coming year, which is a draft, in August; in July there is nothing to be done yet (9.2)."""
    of = await watch.db.fetchval(
        "WITH y AS (INSERT INTO academic_year (school_id, name, starts_on, ends_on, state)"
        " SELECT school_id, '2026/2027', '2026-09-01', '2027-08-31', 'draft' FROM academic_year"
        " RETURNING school_id, id)"
        " INSERT INTO school_class (school_id, year_id, grade, letter, period_kind)"
        " SELECT school_id, id, 10, 'Ж', 'half_year' FROM y RETURNING id"
    )

    async def told(day: str) -> list[str]:
        watch.stop(at(day))
        rows = await watch.all(deadline="FORMING")
        return [row["status"] for row in rows if row["schoolClass"]["id"] == gid("SchoolClass", of)]

    days = ("2026-07-20", "2026-08-20", "2026-09-01", "2026-09-02")
    assert [await told(day) for day in days] == [[], ["DUE"], ["DUE"], ["OVERDUE"]]
