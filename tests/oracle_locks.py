"""The edit lock as the plain-Python oracle knows it: unlocks, edits under them, and which lessons are closed."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from rules.account import Role
from rules.journal_locks import KEPT_STATES, UnlockState
from server.demo import DEMO_NOW

from . import oracle_graph as graph
from .oracle import World
from .oracle_graph import Arguments, Link, Row, by, by_date, by_id, link
from .oracle_rights import Eyes

DAYS = 6
"""The number of days of the hardened school; the other one has no lock."""

LATER, BEFORE = DEMO_NOW + timedelta(days=2), DEMO_NOW - timedelta(hours=1)
"""Ends of unlocks. The tests' clock goes on from the demo's moment, for less than an hour."""


def state(row: Row) -> str:
    """What has become of an unlock by now."""
    over = row["state"] == "granted" and row["until"] <= DEMO_NOW
    return "expired" if over else str(row["state"])


def _wanted(rows: Any, given: Arguments) -> list[Row]:
    wanted, staff = given.get("state"), given.get("staffId")
    return [
        each
        for each in rows
        if (not wanted or state(each) == wanted.text.lower()) and (not staff or each["staff_id"] == staff.number)
    ]


def of_school(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return _wanted(eyes.world.of("unlock", row["school_id"]), given)


def of_oneself(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return _wanted(eyes.world.where("unlock", "staff_id", row["staff_id"] or 0), given)


def lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return [eyes.world.lesson_of(each) for each in eyes.world.where("unlock_lesson", "unlock_id", row["id"])]


def in_force(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The unlocks of a lesson that hold now."""
    named = (eyes.world.by_id["unlock"][each["unlock_id"]] for each in _named(eyes.world, row))
    return [each for each in named if state(each) == "granted"]


def _named(world: World, lesson: Row) -> list[Row]:
    return world.where("unlock_lesson", "lesson_id", lesson["id"])


def decider(eyes: Eyes, row: Row, given: Arguments) -> Any:
    """Who decided, if anybody has."""
    return graph.staff_of_account("decided_by")(eyes, row, given) if row["decided_by"] else []


def _last_day(world: World, row: Row) -> date | None:
    days = world.row("school", row["school_id"])["edit_lock_days"]
    first = min(row["date"], row["recorded_on"] or row["date"])
    return None if days is None else first + timedelta(days=days)


def _is_locked(world: World, row: Row) -> bool:
    last = _last_day(world, row)
    return last is not None and last < world.today


def _moment(value: datetime | None) -> str | None:
    return value and value.isoformat()


LINKS: dict[str, dict[str, Link]] = {
    "Me": {"unlocks": Link("Unlock", of_oneself, "page", by_id, ("first", "state"), only=(Role.TEACHER,))},
    "School": {"unlocks": Link("Unlock", of_school, "page", by_id, ("first", "state", "staffId"))},
    "Unlock": {
        "staff": link("Staff", "staff", "staff_id"),
        "madeBy": Link("Staff", graph.staff_of_account("made_by")),
        "decidedBy": Link("Staff", decider),
        "lessons": Link("Lesson", lessons, "many", by_date),
        "edits": Link("UnlockEdit", graph.many("unlock_edit", "unlock_id"), "page", by_id, ("first",)),
    },
    "UnlockEdit": {"lesson": link("Lesson", "lesson", "lesson_id")},
    "LessonRecord": {"editing": Link("LessonEditing", graph.itself)},
    "LessonEditing": {"unlocks": Link("Unlock", in_force, "many", by("until", "id"))},
}
"""Type → field → where it leads, as in `oracle_links`."""

SCALARS: dict[str, dict[str, Any]] = {
    "Unlock": {
        "state": lambda world, row: state(row).upper(),
        "reason": lambda world, row: row["reason"],
        "until": lambda world, row: _moment(row["until"]),
    },
    "UnlockEdit": {"command": lambda world, row: world.by_id["audit_entry"][row["audit_entry_id"]]["command"]},
    "LessonEditing": {
        "locked": _is_locked,
        "lastDay": lambda world, row: (last := _last_day(world, row)) and str(last),
    },
}

WITHOUT_ID = {"UnlockEdit", "LessonEditing"}
INSIDE = {
    "UnlockEdit": ("Unlock", "edits(first: 1) { nodes { @ } }"),
    "LessonEditing": ("LessonRecord", "editing { @ }"),
}


async def harden(maker: Any) -> None:
    """A lock; unlocks of every state, in force and over, by chance; lessons that moved after they had been held."""
    rng, school = Random(17), maker.school
    await maker.connection.execute("UPDATE school SET edit_lock_days = $2 WHERE school_id = $1", school, DAYS)
    await maker.connection.execute(
        "UPDATE lesson SET recorded_on = date - 3 WHERE school_id = $1 AND id % 7 = 0 AND state = 'held'", school
    )
    staff = await maker.connection.fetch(
        "SELECT staff.id AS staff, account.id AS account FROM staff JOIN account USING (school_id, person_id)"
        " WHERE school_id = $1 ORDER BY staff.id",
        school,
    )
    known = await maker.ids("SELECT id FROM lesson WHERE school_id = $1 AND date < '2026-05-15' ORDER BY id")
    held = rng.sample(known, 20)
    for number in range(40):
        whose, by = rng.choice(staff), rng.choice(staff)["account"]
        of_state = KEPT_STATES[number % len(KEPT_STATES)]
        granted = of_state in {UnlockState.GRANTED, UnlockState.REVOKED}
        decided = granted or of_state == UnlockState.DECLINED
        unlock = await maker.add(
            *("unlock",),
            staff_id=whose["staff"],
            state=of_state,
            reason="Пропущены отметки",
            made_at=BEFORE,
            made_by=rng.choice((whose["account"], by)),
            until=rng.choice((LATER, LATER + timedelta(days=1), BEFORE)) if granted else None,
            answer="Исправьте до конца недели" if decided else None,
            decided_at=BEFORE if decided else None,
            decided_by=by if decided else None,
            changed_at=BEFORE,
        )
        for lesson in rng.sample(held, rng.choice((1, 2, 5))):
            await maker.add("unlock_lesson", unlock_id=unlock, lesson_id=lesson)
            if granted and rng.random() < 0.5:
                entry = await maker.add(
                    *("audit_entry",), account_id=whose["account"], at=BEFORE, command="setMark", input="{}"
                )
                await maker.add("unlock_edit", unlock_id=unlock, audit_entry_id=entry, lesson_id=lesson)
