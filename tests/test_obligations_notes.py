"""A state that was there when it was due, and breaks later, is owed until it is restored, and is not late then."""

from datetime import date, datetime

from .journal_help import gid
from .test_obligations import Watch, at
from .test_obligations import watch as watch


async def seen(watch: Watch, day: str, hour: str = "12:00") -> None:
    """The keeper looks at that moment."""
    watch.stop(at(day, hour))
    await watch.school.app.state.keeper.look()


async def stands(watch: Watch, deadline: str, **of: str) -> tuple[str, datetime | None]:
    """How an obligation stands, and since when it is met."""
    row = await watch.one(deadline, **of)
    return row["status"], row["doneAt"] and datetime.fromisoformat(row["doneAt"])


async def phone(watch: Watch, number: str | None) -> None:
    await watch.db.execute("UPDATE school SET phone = $1", number)


async def test_a_licence_that_expires_in_march_is_renewed_in_april(watch: Watch) -> None:
    first = ("DONE", at("2025-09-10"))
    assert await stands(watch, "SCHOOL_CARD") == first
    await watch.db.execute("UPDATE school SET licence_valid_until = '2026-03-10'")
    await seen(watch, "2026-03-10", "23:59")
    assert await stands(watch, "SCHOOL_CARD") == first
    await seen(watch, "2026-03-11", "00:00")
    await seen(watch, "2026-03-20")
    assert await stands(watch, "SCHOOL_CARD") == ("OVERDUE", None), "somebody must act"
    watch.stop(at("2026-04-02"))
    await watch.db.execute("UPDATE school SET licence_valid_until = '2030-03-10'")
    assert await stands(watch, "SCHOOL_CARD") == first, "at once, and not when the keeper has looked"
    await seen(watch, "2026-04-03")
    assert await stands(watch, "SCHOOL_CARD") == first
    # A second time, too.
    await phone(watch, None)
    await seen(watch, "2026-04-20")
    assert await stands(watch, "SCHOOL_CARD") == ("OVERDUE", None)
    await phone(watch, "1")
    await seen(watch, "2026-05-20")
    assert await stands(watch, "SCHOOL_CARD") == first


async def test_a_card_that_is_emptied_in_time_must_be_filled_in_time(watch: Watch) -> None:
    """Whoever fills it again by mid-September is in time since then; whoever does later is late, and stays so."""
    await phone(watch, None)
    await seen(watch, "2025-09-12")
    assert await stands(watch, "SCHOOL_CARD") == ("DUE", None)
    await phone(watch, "1")
    watch.stop(at("2025-09-14"))
    assert await stands(watch, "SCHOOL_CARD") == ("DONE", at("2025-09-14")), "anew"
    await seen(watch, "2025-09-15", "10:00")
    watch.stop(at("2025-09-30"))
    assert await stands(watch, "SCHOOL_CARD") == ("DONE", at("2025-09-15", "10:00"))
    await watch.db.execute("UPDATE obligation_note SET lost_at = NULL WHERE deadline = 'school_card'")
    await phone(watch, None)
    await seen(watch, "2025-09-15", "23:59")
    await phone(watch, "1")
    await seen(watch, "2025-09-16", "09:00")
    late = ("MET_LATE", at("2025-09-16", "09:00"))
    assert await stands(watch, "SCHOOL_CARD") == late
    # What was met late once keeps its first moment, too.
    await phone(watch, None)
    await seen(watch, "2026-02-01")
    assert await stands(watch, "SCHOOL_CARD") == ("OVERDUE", None)
    await phone(watch, "1")
    await seen(watch, "2026-03-01")
    assert await stands(watch, "SCHOOL_CARD") == late


async def test_a_card_that_is_emptied_as_its_term_is_over_was_there(watch: Watch) -> None:
    """To the minute: the day after its last one."""
    await phone(watch, None)
    await seen(watch, "2025-09-16", "00:00")
    assert await stands(watch, "SCHOOL_CARD") == ("OVERDUE", None)
    await phone(watch, "1")
    await seen(watch, "2025-09-20")
    assert await stands(watch, "SCHOOL_CARD") == ("DONE", at("2025-09-10"))


async def holidays(watch: Watch) -> dict[str, tuple[str, datetime | None]]:
    """Those of the quarters by their last day, with how they stand."""
    rows = await watch.all(deadline="HOLIDAYS")
    return {row["dueOn"]: (row["status"], row["doneAt"] and datetime.fromisoformat(row["doneAt"])) for row in rows}


async def test_holidays_that_are_entered_anew_were_there_two_weeks_before(watch: Watch) -> None:
    """Of those thrown away in November autumn's were there in time; those that are over by April were not (6.6)."""
    autumn, winter, spring, summer = days = ("2025-10-11", "2025-12-17", "2026-03-14", "2026-05-13")
    first, again = at("2025-09-10"), at("2026-04-10")
    assert await holidays(watch) == dict.fromkeys(days, ("DONE", first))
    await watch.db.execute("CREATE TEMP TABLE kept AS TABLE holiday")
    await watch.db.execute("DELETE FROM holiday")
    await seen(watch, "2025-11-20")
    lost = await holidays(watch)
    assert lost[autumn] == ("OVERDUE", None)
    assert {status for day, (status, _) in lost.items() if day != autumn} == {"DUE"}
    await seen(watch, "2026-04-09")
    assert (await holidays(watch))[winter] == ("OVERDUE", None)
    await watch.db.execute("INSERT INTO holiday TABLE kept")
    await seen(watch, "2026-04-10")
    watch.stop(at("2026-04-11"))
    assert await holidays(watch) == {
        autumn: ("DONE", first),
        winter: ("MET_LATE", again),
        spring: ("MET_LATE", again),
        summer: ("DONE", again),
    }


async def test_holidays_are_judged_by_the_term_of_those_that_are_entered_anew(watch: Watch) -> None:
    """While none are entered the term runs to the period's end; then to their own first day, which may be later."""
    await watch.db.execute("CREATE TEMP TABLE kept AS SELECT * FROM holiday WHERE starts_on = '2025-10-25'")
    await watch.db.execute("DELETE FROM holiday WHERE starts_on <= '2025-11-04'")
    await seen(watch, "2025-10-12")
    assert (await holidays(watch))["2025-10-11"] == ("OVERDUE", None)
    await watch.db.execute("UPDATE kept SET starts_on = '2025-10-27'")
    await watch.db.execute("INSERT INTO holiday TABLE kept")
    await seen(watch, "2025-10-20")
    assert (await holidays(watch))["2025-10-13"] == ("MET_LATE", at("2025-10-20")), "lost a day before its last one"
    await watch.db.execute("UPDATE holiday SET starts_on = '2025-10-25' WHERE starts_on = '2025-10-27'")
    assert (await holidays(watch))["2025-10-11"] == ("MET_LATE", at("2025-10-20"))


async def test_a_topic_plan_that_is_taken_away_and_given_again(watch: Watch) -> None:
    """In November it had been there on 1 October; what September takes and October gives had not (5.6)."""
    of = await watch.db.fetchrow(
        "SELECT p.id, t.id AS taught FROM topic_plan_assignment AS p JOIN teaching_assignment AS t"
        " USING (school_id, group_id, subject_id) WHERE t.ends_on >= '2026-05-20' AND t.starts_on = '2025-09-01'"
        " AND p.ends_on IS NULL ORDER BY p.id LIMIT 1"
    )

    async def topics(since: str, until: str | None = None) -> None:
        days = [day and date.fromisoformat(day) for day in (since, until)]
        query = "UPDATE topic_plan_assignment SET starts_on = $2, ends_on = $3 WHERE id = $1"
        await watch.db.execute(query, of["id"], *days)

    async def planned() -> tuple[str, datetime | None]:
        rows = await watch.all(deadline="TOPIC_PLANS")
        (row,) = (row for row in rows if row["objectId"] == gid("TeachingAssignment", of["taught"]))
        return row["status"], row["doneAt"] and datetime.fromisoformat(row["doneAt"])

    first = ("DONE", at("2025-09-10"))
    assert await planned() == first
    await topics("2025-09-01", "2025-11-10")
    await seen(watch, "2025-11-10")
    assert await planned() == first
    await seen(watch, "2025-11-11")
    assert await planned() == ("OVERDUE", None)
    await topics("2025-12-01")
    await seen(watch, "2025-12-01")
    assert await planned() == first
    # On the last day it was not there any more; and it is late for good.
    await topics("2025-09-01", "2025-09-30")
    await seen(watch, "2025-10-01", "23:59")
    assert await planned() == ("DUE", None)
    await topics("2025-10-02")
    await seen(watch, "2025-10-02")
    watch.stop(at("2025-10-05"))
    assert await planned() == ("MET_LATE", at("2025-10-02"))
    await topics("2025-10-02", "2026-01-31")
    await seen(watch, "2026-02-01")
    assert await planned() == ("OVERDUE", None)
    await topics("2026-03-01")
    await seen(watch, "2026-03-01")
    assert await planned() == ("MET_LATE", at("2025-10-02"))
