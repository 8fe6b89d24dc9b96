"""What ends takes nothing with it that is owed, and leaves nothing that nobody can do; what begins late is due late."""

from datetime import date

from .journal_help import gid
from .movement_help import end
from .test_obligations import Watch, at
from .test_obligations import watch as watch
from .test_obligations_successors import ACCOUNT_STAFF, DISMISSED, SUCCEEDS, owed, unwritten


async def test_what_was_missing_in_summer_is_missing_in_the_new_year(watch: Watch) -> None:
    """The year of August is closed by September: an account and an order of its last days are owed all the same."""
    card = {"familyName": "Новикова", "givenName": "Вера", "birthDate": "1990-01-01", "sex": "FEMALE", "number": "Н-1"}
    watch.stop(at("2026-08-26"))
    given = {**card, "position": "Учитель", "hiredOn": "2026-08-26"}
    staff = (await watch.do("hr", "createStaffCard", given, "staff { id }"))["staff"]["id"]
    student = await watch.db.fetchval("SELECT max(student_id) FROM enrolment WHERE ends_on IS NULL")
    items = [{"studentId": gid("Student", student), "reason": "Переезд", "place": "Школа № 1"}]
    draft = {"kind": "DEPARTURE", "effectiveOn": "2026-08-27", "items": items}
    order = (await watch.do("secretary", "draftOrder", draft, "order { id }"))["order"]["id"]
    await watch.db.execute("UPDATE academic_year SET state = 'closed'")
    watch.stop(at("2026-09-03"))
    assert [(row["employee"]["id"], row["status"]) for row in await watch.all(deadline="ACCOUNTS")] == [
        (staff, "OVERDUE")
    ], "what was done is the closed year's"
    orders = await watch.all(deadline="ARRIVAL_AND_DEPARTURE")
    assert [(row["order"]["id"], row["status"]) for row in orders] == [(order, "OVERDUE")]
    await watch.do("hr", "issueAccount", {"ownerId": staff})
    assert await watch.all(deadline="ACCOUNTS") == []


async def test_a_lesson_to_come_of_somebody_who_left_is_the_successors(watch: Watch) -> None:
    """From the day on which they are not there any more, not from the day after the lesson."""
    lesson, number, teacher, other = await unwritten(watch, "2026-05-22")
    assert await owed(watch, "teacher", number) == []
    watch.stop(at("2026-05-22", "18:00"))
    assert await owed(watch, "teacher", number) == ["DUE"]
    await watch.db.execute(DISMISSED, teacher, date(2026, 5, 21))
    row = await watch.one("LESSON_RECORDS", lesson=number)
    assert (row["status"], row["staff"]) == ("DUE", None)
    await watch.db.execute(SUCCEEDS, lesson["id"], other, date(2026, 5, 22))
    assert await owed(watch, "teacher-parent", number) == ["DUE"]
    assert await owed(watch, "teacher-parent", number, "HOMEWORK") in (["DUE"], ["OVERDUE"])


async def test_of_a_class_that_is_dissolved_nothing_is_asked(watch: Watch) -> None:
    """Of the periods after, nor of the year; what was to be made before stays, and what was made."""
    led = await watch.db.fetchrow(
        "SELECT l.school_id, l.class_id FROM class_leadership AS l JOIN staff AS s ON s.id = l.staff_id"
        " JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'class-teacher'"
    )
    of = {"class": gid("SchoolClass", led["class_id"])}

    async def asked() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for deadline in ("PERIOD_REPORTS", "YEARLY_REPORTS", "YEAR_SHEET"):
            for row in await watch.all(deadline=deadline, **of):
                found.setdefault(deadline, set()).add(row["dueOn"])
        return found

    watch.stop(at("2026-05-29"))
    before = await asked()
    assert {len(days) for days in before.values()} == {4, 1}
    there = await watch.db.fetch(
        "SELECT student_id FROM enrolment WHERE class_id = $1 AND ends_on IS NULL", led["class_id"]
    )
    await end(watch.db, led["school_id"], date(2026, 1, 20), *(row["student_id"] for row in there))
    after = await asked()
    assert after["PERIOD_REPORTS"] == {day for day in before["PERIOD_REPORTS"] if day < "2026-01-20"}
    assert after["YEARLY_REPORTS"] == before["YEARLY_REPORTS"]
    assert "YEAR_SHEET" not in after


async def test_a_journal_that_begins_in_january_has_its_plan_on_its_first_day(watch: Watch) -> None:
    """A new subgroup, say: it had none to make by October. Whoever takes over a journal of September is late (5.6)."""
    teacher = await watch.db.fetchval(ACCOUNT_STAFF, "teacher")
    number = await watch.db.fetchval(
        "WITH t AS (SELECT t.*, class_id FROM teaching_assignment AS t JOIN study_group AS g ON g.id = group_id"
        " WHERE kind = 'whole' AND staff_id = $1 ORDER BY t.id LIMIT 1), made AS (INSERT INTO study_group"
        " (school_id, class_id, kind, name, subject_id) SELECT school_id, class_id, 'subgroup', 'Новая', subject_id"
        " FROM t RETURNING *) INSERT INTO teaching_assignment (school_id, group_id, subject_id, staff_id, starts_on)"
        " SELECT school_id, id, subject_id, $1, '2026-01-12' FROM made RETURNING id",
        teacher,
    )
    own = gid("TeachingAssignment", number)

    async def plan() -> list[tuple[str, str]]:
        rows = await watch.all(deadline="TOPIC_PLANS", staff=gid("Staff", teacher))
        return [(row["dueOn"], row["status"]) for row in rows if row["objectId"] == own]

    missing = "{ school { currentYear { missingTopicPlans(first: 100) { nodes { dueOn assignment { id } } } } } }"
    for moment, expected in (
        (at("2025-12-20"), []),
        (at("2026-01-12"), [("2026-01-12", "DUE")]),
        (at("2026-01-13", "00:00"), [("2026-01-12", "OVERDUE")]),
    ):
        watch.stop(moment)
        assert await plan() == expected
    year = (await watch.school.data(missing, as_="teacher"))["school"]["currentYear"]["missingTopicPlans"]
    assert [each["dueOn"] for each in year["nodes"] if each["assignment"]["id"] == own] == ["2026-01-12"]
    await watch.db.execute("UPDATE teaching_assignment SET starts_on = '2025-09-01' WHERE id = $1", number)
    assert await plan() == [("2025-10-01", "OVERDUE")]


async def test_holidays_are_entered_once(watch: Watch) -> None:
    """The winter's and the summer's follow a half-year, too; one command enters them, for one obligation (6.6)."""
    days = [row["dueOn"] for row in await watch.all(deadline="HOLIDAYS")]
    assert len(days) == len(set(days)) == 4
    await watch.db.execute("UPDATE school_class SET period_kind = 'half_year'")
    await watch.db.execute("SET session_replication_role = replica")
    await watch.db.execute("DELETE FROM period WHERE kind = 'quarter'")
    await watch.db.execute("RESET session_replication_role")
    assert len(await watch.all(deadline="HOLIDAYS")) == 2


async def test_who_leaves_after_the_ninth_class_is_decided_on_by_the_departure(watch: Watch) -> None:
    """A late one is late, whoever else was promoted in time; and who goes in summer, once promoted, is not (9.2)."""
    ninth = await watch.db.fetch(
        "SELECT e.school_id, c.id, e.student_id FROM enrolment AS e JOIN school_class AS c ON c.id = e.class_id"
        " WHERE c.grade = 9 AND e.ends_on IS NULL AND c.id = (SELECT min(id) FROM school_class WHERE grade = 9)"
    )
    school, of, *students = (*ninth[0][:2], *(row["student_id"] for row in ninth))
    tenth = await watch.db.fetchval("SELECT min(id) FROM school_class WHERE grade = 10")

    async def stands(moment: str) -> tuple[str, str | None]:
        watch.stop(at(moment))
        row = await watch.one("GRADUATION", schoolClass=gid("SchoolClass", of))
        return row["status"], row["doneAt"] and row["doneAt"][:10]

    await end(watch.db, school, date(2026, 6, 25), *students[1:], kind="promotion", to=tenth)
    assert await stands("2026-08-31") == ("DUE", None)
    assert await stands("2026-09-01") == ("OVERDUE", None)
    await end(watch.db, school, date(2026, 9, 3), students[0])
    assert (await stands("2026-09-10"))[0] == "MET_LATE"
    await watch.db.execute("UPDATE movement_order SET issued_on = '2026-08-20' WHERE effective_on = '2026-09-04'")
    assert (await stands("2026-09-10"))[0] == "DONE"
