"""What ends takes with it nothing that is owed, and leaves nothing that nobody is to do (7.4, 9.2, 10.4, 11.9)."""

from datetime import date

from .journal_help import gid
from .movement_help import end
from .test_obligations import Watch, at
from .test_obligations import watch as watch
from .test_obligations_successors import DISMISSED, SUCCEEDS, owed, unwritten


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
