"""Orders in any sequence against a model in plain Python: who is where on every day, and that cancelling restores."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from server.demo import Demo

from .movement_help import ONE, Book, book_of, moved

KINDS = ("PROMOTION", "REPETITION", "GRADUATION", "DEPARTURE", "ENROLMENT", "TRANSFER")
GOES_ON, LEAVES = {"PROMOTION", "REPETITION"}, {"DEPARTURE", "GRADUATION"}
DAYS = [
    *(date(2025, 9, 1), date(2026, 3, 2), date(2026, 5, 13), date(2026, 5, 20), date(2026, 5, 21), date(2026, 6, 1)),
    *(date(2026, 6, 2), date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2), date(2026, 10, 1), date(2027, 9, 1)),
]


@dataclass(frozen=True)
class Entry:
    """Since that day a student is in that class, or in none, by an order of that kind."""

    day: date
    of: int | None
    kind: str


Log = tuple[Entry, ...]


@dataclass(frozen=True)
class Of:
    """A class."""

    grade: int
    starts_on: date
    ends_on: date


@dataclass
class Model:
    """What orders do, said once more."""

    classes: dict[int, Of]
    logs: dict[int, Log]
    written: dict[int, date]
    """The last day on which a journal speaks of a student."""
    issued: dict[str, dict[int, Log]] = field(default_factory=dict)
    """Orders that stand, in the order of issuing, with what was before them."""

    def after(self, kind: str, day: date, student: int, to: int | None) -> Log | None:
        """The student's log after an order, None if it may not be."""
        log = self.logs[student]
        left = bool(log) and log[-1].kind in LEAVES
        target = self.classes[to] if to else None
        if kind == "ENROLMENT":
            fits = target and target.starts_on <= day <= target.ends_on
            return (*log, Entry(day, to, kind)) if fits and (not log or (left and log[-1].day <= day)) else None
        if kind == "DEPARTURE":
            while log and log[-1].kind in GOES_ON and log[-1].day >= day:
                log = log[:-1]
        if not log or left or log[-1].day >= day or self.written.get(student, date.min) >= day:
            return None
        of = self.classes.get(log[-1].of or 0)
        if kind == "DEPARTURE":
            return (*log, Entry(day, None, kind)) if to is None else None
        return (*log, Entry(day, to, kind)) if of and self._leads(kind, day, log[-1].of, of, to, target) else None

    def _leads(self, kind: str, day: date, here: int | None, of: Of, to: int | None, target: Of | None) -> bool:
        if kind == "GRADUATION":
            return of.grade == 11 and to is None
        if kind == "TRANSFER":
            fits = target is not None and (target.grade, target.starts_on) == (of.grade, of.starts_on)
            return fits and to != here and day <= of.ends_on
        grade = of.grade + (kind == "PROMOTION")
        fits = target is None or (target.grade == grade and target.starts_on == day)
        return grade <= 11 and fits and day == of.ends_on + ONE

    def where(self, student: int, day: date) -> int | None:
        """The class of a student on a day: no later than its year."""
        past = [entry for entry in self.logs[student] if entry.day <= day]
        of = past[-1].of if past else None
        return of if of and day <= self.classes[of].ends_on else None

    def may_cancel(self, order: str) -> bool:
        """Whether nothing stands on it: no later order, and no entry in a journal."""
        later = list(self.issued)[list(self.issued).index(order) + 1 :]
        return not any(self.issued[order].keys() & self.issued[each].keys() for each in later)


@dataclass
class Ground:
    """A school whose students are moved about, and put back after each example."""

    book: Book
    students: list[int]
    classes: list[int]
    model: Model
    before: list[Any]


@pytest.fixture(scope="module")
async def ground(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Ground]:
    async with book_of(cluster, demo_template) as book:
        await book.db.execute("UPDATE school_class SET grade = 11 WHERE grade = 10 AND letter = 'Б'")
        await book.new_year()
        students = [student for of in ("5А", "5Б", "9А", "10А", "11Б") for student in (await book.students(of))[:2]] + [
            await book.newcomer() for _ in range(3)
        ]
        rows = await book.db.fetch(
            "SELECT c.id, grade, y.starts_on, y.ends_on FROM school_class AS c "
            "JOIN academic_year AS y ON y.id = year_id"
        )
        written = await book.db.fetch(
            "SELECT student_id, max(day) FROM (SELECT student_id, lesson_date AS day FROM mark UNION ALL "
            "SELECT student_id, lesson_date FROM attendance UNION ALL SELECT student_id, lesson_date "
            "FROM homework_recipient JOIN homework ON homework.id = homework_id) AS entry GROUP BY 1"
        )
        stays = await book.db.fetch("SELECT student_id, class_id, starts_on FROM enrolment ORDER BY starts_on")
        logs: dict[int, Log] = dict.fromkeys(students, ())
        for row in stays:
            if row["student_id"] in logs:
                logs[row["student_id"]] += (Entry(row["starts_on"], row["class_id"], "ENROLMENT"),)
        classes = {row["id"]: Of(row["grade"], row["starts_on"], row["ends_on"]) for row in rows}
        yield Ground(book, students, sorted(classes), Model(classes, logs, dict(written)), await book.memberships())


STEP = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "day": st.sampled_from([*DAYS, *[date(2026, 9, 1)] * 4]),
        "students": st.lists(st.integers(0, 12), min_size=1, max_size=3, unique=True),
        "to": st.one_of(st.none(), st.integers(0, 15)),
        "fitting": st.sampled_from([True, True, False]),
        "cancel": st.one_of(st.none(), st.none(), st.integers(0, 9)),
    }
)


@given(steps=st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_any_sequence_of_orders(ground: Ground, steps: list[dict[str, Any]]) -> None:
    start = dict(ground.model.logs)
    try:
        for step in steps:
            if step["cancel"] is not None and ground.model.issued:
                await _cancel(ground, sorted(ground.model.issued)[step["cancel"] % len(ground.model.issued)])
            else:
                await _issue(ground, step)
            await _compare(ground)
    finally:
        for order in list(ground.model.issued)[::-1]:
            await ground.book.done("cancelOrder", {"orderId": order})
        ground.model.issued.clear()
        ground.model.logs = start
    assert await ground.book.memberships() == ground.before


def _fitting(ground: Ground, kind: str, day: date, choice: int) -> dict[int, int | None]:
    """Students whom the order could move, each with a class where it could lead, if it leads anywhere."""
    found: dict[int, int | None] = {}
    for student in ground.students:
        able = [of for of in (None, *ground.classes) if ground.model.after(kind, day, student, of)]
        if able:
            found[student] = able[choice % len(able)]
    return found


async def _issue(ground: Ground, step: dict[str, Any]) -> None:
    model, kind, day, choice = ground.model, step["kind"], step["day"], step["to"] or 0
    able = _fitting(ground, kind, day, choice) if step["fitting"] else {}
    if able:
        chosen = [list(able)[number % len(able)] for number in step["students"]]
        targets = {student: able[student] for student in chosen}
    else:
        to = None if step["to"] is None or kind in LEAVES else ground.classes[choice]
        targets = dict.fromkeys((ground.students[number] for number in step["students"]), to)
    students = list(targets)
    draft = await ground.book.draft(kind, day, *(moved(student, targets[student]) for student in students))
    after = {student: model.after(kind, day, student, targets[student]) for student in students}
    if None in after.values():
        await ground.book.refused("issueOrder", {"orderId": draft})
        await ground.book.done("deleteOrder", {"orderId": draft})
        event(f"{kind} refused")
        return
    await ground.book.done("issueOrder", {"orderId": draft})
    event(f"{kind} issued")
    model.issued[draft] = {student: model.logs[student] for student in students}
    model.logs |= {student: log for student, log in after.items() if log is not None}


async def _cancel(ground: Ground, order: str) -> None:
    if not ground.model.may_cancel(order):
        code, field, clause = await ground.book.refused("cancelOrder", {"orderId": order})
        assert (code, field, clause) == ("LATER_ORDER", "orderId", "9.2")
        event("cancel refused")
        return
    await ground.book.done("cancelOrder", {"orderId": order})
    event("cancelled")
    ground.model.logs |= ground.model.issued.pop(order)


async def _compare(ground: Ground) -> None:
    """Who is where on every day on which anything may change, and on the days around."""
    rows = await ground.book.db.fetch("SELECT student_id, class_id, starts_on, ends_on FROM enrolment")
    days = sorted({day + timedelta(days=shift) for day in DAYS for shift in (-1, 0, 1)})
    for student in ground.students:
        for day in days:
            found = [
                row["class_id"]
                for row in rows
                if row["student_id"] == student
                and row["starts_on"] <= day
                and (row["ends_on"] is None or day <= row["ends_on"])
            ]
            # An open stay outlasts its year until an order ends it: nobody is asked about such a day in that class.
            found = [of for of in found if day <= ground.model.classes[of].ends_on]
            expected = ground.model.where(student, day)
            assert found == ([expected] if expected else []), (student, day)
    strays = await ground.book.db.fetch(
        "SELECT m.* FROM group_member AS m JOIN study_group AS g ON g.id = group_id WHERE NOT EXISTS ("
        "SELECT FROM enrolment AS e WHERE (e.student_id, e.class_id) = (m.student_id, g.class_id) "
        "AND e.starts_on <= m.starts_on AND coalesce(e.ends_on, 'infinity') >= coalesce(m.ends_on, 'infinity'))"
    )
    assert not strays
