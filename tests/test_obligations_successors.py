"""What is not done is owed by whoever can still do it; what is done stays with whoever answered for it (7.10, 10.4)."""

from datetime import date
from typing import Any

from resolvers.report_digests import write_digests

from .journal_help import gid
from .test_obligations import OWN, Watch, at, lesson_of
from .test_obligations import watch as watch

LEADERSHIP = """
SELECT l.id, l.class_id FROM class_leadership AS l JOIN staff AS s ON s.id = l.staff_id
JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'class-teacher'
"""


CLASS_OF = "SELECT class_id FROM study_group WHERE id = $1"


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


# Lessons


ACCOUNT_STAFF = "SELECT s.id FROM staff AS s JOIN account AS a USING (school_id, person_id) WHERE a.login = $1"
LESSON = """
SELECT l.* FROM lesson AS l JOIN study_group AS g ON g.id = l.group_id AND g.kind = 'whole'
JOIN school_class AS c ON c.id = g.class_id AND c.grade > 1
WHERE teacher_id = $1 AND date = $2 AND substitute_id IS NULL AND l.state <> 'cancelled' ORDER BY l.number LIMIT 1
"""
DISMISSED = "UPDATE staff SET dismissed_on = $2 WHERE id = $1"
SUCCEEDS = (
    "INSERT INTO teaching_assignment (school_id, group_id, subject_id, staff_id, starts_on)"
    " SELECT school_id, group_id, subject_id, $2, $3 FROM lesson WHERE id = $1"
)


async def unwritten(watch: Watch, day: str = "2026-05-19") -> tuple[Any, str, int, int]:
    """A lesson of a teacher of whom nothing is written, its id, its teacher, and one who teaches elsewhere."""
    teacher = await watch.db.fetchval(ACCOUNT_STAFF, "teacher")
    other = await watch.db.fetchval(ACCOUNT_STAFF, "teacher-parent")
    lesson = await watch.db.fetchrow(LESSON, teacher, date.fromisoformat(day))
    await watch.db.execute("SET session_replication_role = replica")
    for table in ("roll_call", "roll_call_version"):
        await watch.db.execute(f"DELETE FROM {table} WHERE lesson_id = $1", lesson["id"])
    await watch.db.execute("RESET session_replication_role")
    await watch.db.execute("DELETE FROM outage")
    return lesson, gid("Lesson", lesson["id"]), teacher, other


async def owed(watch: Watch, as_: str, lesson: str, deadline: str = "LESSON_RECORDS") -> list[str]:
    """How a lesson's obligation stands with one who answers for it."""
    rows = await watch.all(as_=as_, query=OWN, deadline=deadline)
    return [row["status"] for row in rows if (row["lesson"] or {}).get("id") == lesson]


async def test_a_lesson_passes_on_with_its_journal(watch: Watch) -> None:
    """Who has been dismissed writes nothing: it is nobody's, and then the successor's, who can, and is told of it."""
    lesson, number, teacher, other = await unwritten(watch)
    assert await owed(watch, "teacher", number) == ["OVERDUE"]
    await watch.db.execute(DISMISSED, teacher, date(2026, 5, 19))
    row = await watch.one("LESSON_RECORDS", lesson=number)
    assert (row["status"], row["staff"]) == ("OVERDUE", None)
    await watch.db.execute(SUCCEEDS, lesson["id"], other, date(2026, 5, 20))
    row = await watch.one("LESSON_RECORDS", lesson=number)
    assert (row["status"], row["staff"]["id"]) == ("OVERDUE", gid("Staff", other))
    assert await owed(watch, "teacher-parent", number) == ["OVERDUE"]
    school = await watch.db.fetchval("SELECT school_id FROM school")
    await watch.db.execute("TRUNCATE digest_day, digest, digest_count")
    watch.stop(at("2026-05-21", "06:00"))
    assert await write_digests(watch.school.app.state.database, school, at("2026-05-21", "06:00"))
    told = "{ me { digest { obligations(first: 100) { nodes { deadline lesson { id } } } } } }"
    nodes = (await watch.school.data(told, as_="teacher-parent"))["me"]["digest"]["obligations"]["nodes"]
    assert {"deadline": "LESSON_RECORDS", "lesson": {"id": number}} in nodes
    await watch.do("teacher-parent", "takeRollCall", {"lessonId": number, "absent": []})
    row = await watch.one("LESSON_RECORDS", lesson=number)
    assert (row["status"], row["staff"]["id"]) == ("MET_LATE", gid("Staff", teacher)), "the lesson was the other's"


async def test_a_substitute_who_has_left_answers_no_more(watch: Watch) -> None:
    """The lesson is the journal's teacher's then, who may write there as before (2.3)."""
    lesson, number, _, other = await unwritten(watch)
    await watch.db.execute("UPDATE lesson SET substitute_id = $2 WHERE id = $1", lesson["id"], other)
    assert (await owed(watch, "teacher", number), await owed(watch, "teacher-parent", number)) == ([], ["OVERDUE"])
    await watch.db.execute(DISMISSED, other, date(2026, 5, 19))
    assert await owed(watch, "teacher", number) == ["OVERDUE"]
    await watch.do("teacher", "takeRollCall", {"lessonId": number, "absent": []})
    row = await watch.one("LESSON_RECORDS", lesson=number)
    assert (row["status"], row["staff"]["id"]) == ("MET_LATE", gid("Staff", other))


async def test_each_transfers_what_they_taught(watch: Watch) -> None:
    """After an outage: the substitute the lesson given for another, the teacher the others of the journal (13.2)."""
    lesson, number, teacher, other = await unwritten(watch)
    second = await watch.db.fetchval(
        "SELECT id FROM lesson WHERE group_id = $1 AND subject_id = $2 AND date < '2026-05-19'"
        " AND state <> 'cancelled' AND substitute_id IS NULL ORDER BY date DESC LIMIT 1",
        *(lesson["group_id"], lesson["subject_id"]),
    )
    await watch.db.execute("UPDATE lesson SET date = '2026-05-18', number = 9 WHERE id = $1", second)
    await watch.db.execute("DELETE FROM roll_call WHERE lesson_id = $1", second)
    await watch.db.execute("UPDATE lesson SET substitute_id = $2 WHERE id = $1", lesson["id"], other)
    declared = {"startedAt": "2026-05-18T08:00:00"}
    outage = (await watch.do("deputy", "declareOutage", declared, "outage { id }"))["outage"]["id"]
    await watch.do("deputy", "endOutage", {"outageId": outage, "endedAt": "2026-05-19T18:00:00"})

    async def stands() -> set[tuple[str | None, str]]:
        rows = await watch.all(deadline="OUTAGE_RECORDS", subject=gid("Subject", lesson["subject_id"]))
        of = gid("SchoolClass", await watch.db.fetchval(CLASS_OF, lesson["group_id"]))
        return {(row["staff"] and row["staff"]["id"], row["status"]) for row in rows if row["schoolClass"]["id"] == of}

    own, substitute = gid("Staff", teacher), gid("Staff", other)
    assert await stands() == {(own, "DUE"), (substitute, "DUE")}
    await watch.do("teacher-parent", "takeRollCall", {"lessonId": number, "absent": []})
    assert await stands() == {(own, "DUE"), (substitute, "DONE")}
    # The assignment ended while there was no access: what lies on paper is still to be brought, by whoever teaches now.
    ended = "UPDATE teaching_assignment SET ends_on = '2026-05-18' WHERE group_id = $1 AND subject_id = $2"
    await watch.db.execute(ended, lesson["group_id"], lesson["subject_id"])
    assert await stands() == {(None, "DUE"), (substitute, "DONE")}
    third = await watch.db.fetchval(
        "SELECT min(id) FROM staff WHERE id <> ALL($1) AND dismissed_on IS NULL", [teacher, other]
    )
    await watch.db.execute(SUCCEEDS, lesson["id"], third, date(2026, 5, 19))
    assert await stands() == {(gid("Staff", third), "DUE"), (substitute, "DONE")}


async def test_marks_after_the_period_are_the_successors(watch: Watch) -> None:
    """Whoever taught on the period's last day and hands over in the holidays can set none any more (7.7)."""
    marks = await watch.all(deadline="PERIOD_MARKS", status="OVERDUE")
    rows = {
        gid("TeachingAssignment", row["id"]): row for row in await watch.db.fetch("SELECT * FROM teaching_assignment")
    }
    one = marks[0]
    of = rows[one["objectId"]]
    assert one["staff"]["id"] == gid("Staff", of["staff_id"])
    await watch.db.execute("UPDATE teaching_assignment SET ends_on = '2026-05-18' WHERE id = $1", of["id"])
    assert (await same(watch, one))["staff"] is None
    third = await watch.db.fetchval("SELECT min(id) FROM staff WHERE id <> $1 AND dismissed_on IS NULL", of["staff_id"])
    await watch.db.execute(
        "INSERT INTO teaching_assignment (school_id, group_id, subject_id, staff_id, starts_on)"
        " VALUES ($1, $2, $3, $4, '2026-05-19')",
        *(of["school_id"], of["group_id"], of["subject_id"], third),
    )
    assert (await same(watch, one))["staff"]["id"] == gid("Staff", third)


async def same(watch: Watch, one: dict[str, Any]) -> dict[str, Any]:
    """The obligation of marks as it stands now."""
    rows = await watch.all(deadline="PERIOD_MARKS", status="OVERDUE")
    (found,) = (row for row in rows if (row["objectId"], row["period"]) == (one["objectId"], one["period"]))
    return found


async def test_nobody_makes_the_report_of_somebody_who_left(watch: Watch) -> None:
    """What was made stays; what was not is no obligation any more (10.4)."""
    teacher = await watch.db.fetchval(ACCOUNT_STAFF, "teacher")

    async def reports() -> list[str]:
        rows = await watch.all(deadline="PERIOD_REPORTS", staff=gid("Staff", teacher))
        return sorted(row["status"] for row in rows if row["report"] == "SUBJECT_TEACHER")

    waiting = await watch.all(as_="teacher", query=OWN, deadline="PERIOD_REPORTS")
    (first, *others) = [row for row in waiting if row["report"] == "SUBJECT_TEACHER" and row["status"] == "OVERDUE"]
    assert others
    await watch.do("teacher", "fileReport", {"report": "SUBJECT_TEACHER", "periodId": first["period"]["id"]})
    assert "OVERDUE" in await reports()
    await watch.db.execute(DISMISSED, teacher, date(2026, 5, 19))
    assert set(await reports()) == {"MET_LATE"}
