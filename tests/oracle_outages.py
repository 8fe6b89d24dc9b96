"""Outages (13) in plain Python: their terms, what is still to be transferred, and rows of every kind in the school."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from rules.days import is_official_working_day

from .oracle import World

TABLES = ("outage", "outage_transfer")
DAYS = (("2026-05-18", "2026-05-19"), ("2026-05-12", "2026-05-12"), ("2026-05-20", None), ("2026-04-06", "2026-04-07"))
"""The days of outages in the hardened school: in time, overdue, not over, and long ago."""


def journals(world: World, school: int) -> list[dict[str, Any]]:
    """The journals with lessons on the days of outages that are over."""
    found = []
    for outage in world.of("outage", school):
        if outage["ends_on"] is None:
            continue
        lessons = defaultdict(list)
        for lesson in world.of("lesson", school):
            if outage["starts_on"] <= lesson["date"] <= outage["ends_on"] and lesson["state"] != "cancelled":
                lessons[lesson["group_id"], lesson["subject_id"]].append(lesson)
        for (group, subject), mine in lessons.items():
            done = [moment for moment in (recorded(world, lesson) for lesson in mine) if moment]
            key = {"outage_id": outage["id"], "group_id": group, "subject_id": subject}
            counted = {"lessons": len(mine), "recorded": len(done), "recorded_at": max(done, default=None)}
            found.append({"id": tuple(key.values()), "school_id": school, **key, **counted})
    return found


def recorded(world: World, lesson: Any) -> datetime | None:
    """Since when a lesson has a roll and a topic, as the history knows."""
    number = lesson["id"]
    if not world.where("roll_call", "lesson_id", number) or not (lesson["topic"] or "").strip(" "):
        return None
    versions = world.where("roll_call_version", "lesson_id", number)
    topics = [row["valid_from"] for row in world.where("lesson_version", "row_id", number) if row["topic"]]
    return max(min(row["valid_from"] for row in versions), min(topics))


def journals_of(eyes: Any, row: Any, given: Any) -> list[dict[str, Any]]:
    """Those of one outage."""
    return [each for each in journals(eyes.world, row["school_id"]) if each["outage_id"] == row["id"]]


def own_journal(eyes: Any, role: Any, row: Any) -> bool:
    """What one teaches today, and all of a class that one leads."""
    return (row["group_id"], row["subject_id"]) in eyes.taught or eyes.world.class_of[row["group_id"]] in eyes.led


def due_on(world: World, row: Any) -> date | None:
    """The second day after the last one that the official calendar and the school's transfers make a working one."""
    if row["ends_on"] is None:
        return None
    moved = list(world.of("day_transfer", row["school_id"]))
    worked = {each["to_date"] for each in moved}
    free = {each["from_date"] for each in moved if each["grades"] is None}
    day, left = row["ends_on"], 2
    while left:
        day += timedelta(days=1)
        left -= day in worked or (day not in free and is_official_working_day(day))
    return day


def status(world: World, row: Any) -> str:
    """Where it stands."""
    due = due_on(world, row)
    if due is None:
        return "OPEN"
    mine = [each for each in journals(world, row["school_id"]) if each["outage_id"] == row["id"]]
    if all(each["recorded"] == each["lessons"] for each in mine):
        return "DONE"
    return "OVERDUE" if world.today > due else "DUE"


async def outages(maker: Any) -> None:
    """Outages of every kind, with transfers by whoever came along; and one in which nothing was missed."""
    at, rng = datetime(2026, 5, 20, 9, tzinfo=UTC), Random(13)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    days = [tuple(each and date.fromisoformat(each) for each in span) for span in DAYS]
    for starts_on, ends_on in [*days, (date(2026, 5, 17), date(2026, 5, 17))]:
        of = {
            "started_at": datetime(starts_on.year, starts_on.month, starts_on.day, 2, tzinfo=UTC),
            "ended_at": ends_on and datetime(ends_on.year, ends_on.month, ends_on.day, 4, tzinfo=UTC),
            "reason": rng.choice((None, "Авария у оператора связи")),
        }
        outage = await maker.add(
            *("outage",),
            starts_on=starts_on,
            ends_on=ends_on,
            declared_at=at,
            declared_by=rng.choice(accounts),
            changed_at=at,
            **of,
        )
        lessons = await maker.connection.fetch(
            "SELECT id FROM lesson WHERE school_id = $1 AND date BETWEEN $2 AND $3 AND id % 3 = 0 ORDER BY id",
            maker.school,
            starts_on,
            ends_on or starts_on,
        )
        entry = await maker.add("audit_entry", at=at, command="importOutageSheet", outcome="done", input="{}")
        for number, lesson in enumerate(lessons):
            for digest in ("a", "b")[: 1 + number % 2]:
                await maker.add(
                    *("outage_transfer",),
                    outage_id=outage,
                    lesson_id=lesson["id"],
                    paper_date=starts_on,
                    imported_at=at,
                    imported_by=rng.choice(accounts),
                    entry_id=entry,
                    digest=digest,
                )
    # Rolls that were never called, topics that nobody wrote: of those days something is still to be transferred.
    await maker.connection.execute(
        "UPDATE lesson SET topic = NULL, topic_id = NULL WHERE school_id = $1 AND id % 11 = 0"
        " AND date BETWEEN '2026-05-12' AND '2026-05-19'",
        maker.school,
    )
    await maker.connection.execute(
        "DELETE FROM roll_call USING lesson WHERE roll_call.school_id = $1 AND lesson.id = lesson_id"
        " AND lesson.id % 7 = 0 AND lesson.date BETWEEN '2026-05-12' AND '2026-05-19'",
        maker.school,
    )
