"""What the demo school's student class ended its periods with, the rules for it, and a closed period (7.7-7.10)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from rules.curriculum import usual_period_kind
from rules.journal_finals import (
    EXEMPT,
    NOT_ATTESTED,
    FinalKind,
    MarkRule,
    Tally,
    propose_final,
    propose_period,
    propose_year,
)

from .demo_accounts import Accounts
from .demo_curriculum import SUBJECTS
from .demo_families import Pupils
from .demo_journal import SPORT
from .demo_plan import Course, Plan
from .demo_rows import COLUMNS, Rows
from .demo_staff import DEPUTY, Cast, Team
from .demo_year import DEMO_TODAY, PERIODS, YEAR_STARTS, at

RULE = MarkRule(round_up_from=60, weighted=True, fewest=3)
"""The school's own: it rounds up from 0.6."""

MATHEMATICS = "Математика"
LENIENT = MarkRule(round_up_from=50, weighted=True, fewest=3)
"""That of one subject, in which the class has an exam at the end of the year."""

ANNOUNCED_ON = DEMO_TODAY - timedelta(days=1)
"""When the results of the exam in that subject were announced (7.10)."""

NOTICE = timedelta(days=2)
"""So long before a period ends its marks are set, in its last week (7.7)."""


class _Tallies:
    """What students have in a subject, lesson by lesson."""

    def __init__(self, rows: Rows) -> None:
        subjects = [row[COLUMNS["lesson"].index("subject_id")] for row in rows.tables["lesson"]]
        weights = [row[COLUMNS["task"].index("weight")] for row in rows.tables["task"]]
        self.marks: dict[tuple[int, int], list[tuple[date, str, int]]] = defaultdict(list)
        for lesson, day, task, student, value, *_ in rows.tables["mark"]:
            self.marks[student, subjects[lesson]].append((day, value, weights[task]))

    def of(self, student: int, subject: int, first: date, last: date) -> Tally:
        """The sums over some days."""
        found = [(value, weight) for day, value, weight in self.marks[student, subject] if first <= day <= last]
        numbers = [(int(value), weight) for value, weight in found if value.isdigit()]
        return Tally(
            len(numbers),
            sum(value for value, _ in numbers),
            sum(value * weight for value, weight in numbers),
            sum(weight for _, weight in numbers),
            sum(value == "зач." for value, _ in found),
            sum(value == "незач." for value, _ in found),
        )


def _courses(plan: Plan, pupils: Pupils, of: int) -> Iterator[tuple[Course, int, int]]:
    """Each course of the class with each of its students, and who teaches them."""
    for course in plan.courses:
        if course.of.number == of:
            for part in course.parts:
                for stay in pupils.rosters[part.group]:
                    if stay.starts_on == YEAR_STARTS and stay.ends_on is None:
                        yield course, stay.student, part.teacher


def write_finals(
    rows: Rows, plan: Plan, cast: Cast, team: Team, pupils: Pupils, accounts: Accounts, rng: Random, *, whole: bool
) -> None:
    """Marks of the periods that are over, now and then another than was proposed. whole: the year is there from its
    beginning, so its first period is closed, and the subject that ended with an exam has its last marks, too.
    """
    deputy = accounts.of_staff[team.administration[DEPUTY]]
    names = [subject.name for subject in SUBJECTS]
    for subject, rule in ((None, RULE), (names.index(MATHEMATICS), LENIENT)):
        stamp = {"version": 1, "changed_at": at(YEAR_STARTS, time(10)), "changed_by": deputy}
        values = {"round_up_from": rule.round_up_from, "weighted": rule.weighted, "fewest": rule.fewest}
        rows.add("mark_rule", subject_id=subject, **values, **stamp)
    of, tallies = cast.student_class, _Tallies(rows)
    dropped = {(student, subject) for student, subject, *_ in rows.tables["dropped_subject"]}
    kind = usual_period_kind(of.grade)
    every = [(number, each) for number, each in enumerate(PERIODS) if each[0] is kind]
    periods = [(number, each) for number, each in every if each[4] < DEMO_TODAY]

    def add(kind: FinalKind, student: int, subject: int, value: str, moment: datetime, by: int, **more: Any) -> None:
        slot = {"student_id": student, "subject_id": subject, "year_id": 0, "class_id": of.number, "kind": kind.value}
        stamp = {"set_at": moment, "version": 1, "changed_at": moment, "changed_by": by}
        rows.add("final_mark", **slot, value=value, **stamp, **more)

    decided: dict[tuple[int, int], list[str]] = defaultdict(list)
    for number, (_, _, _, first, last) in periods:
        for course, student, teacher in _courses(plan, pupils, of.number):
            if (student, course.subject) in dropped:
                continue
            tally = tallies.of(student, course.subject, first, last)
            rule = LENIENT if names[course.subject] == MATHEMATICS else RULE
            proposed = propose_period(tally, rule) if tally.counted + tally.passed + tally.failed else None
            value = _decided(rng, proposed, names[course.subject])
            decided[student, course.subject].append(value)
            given = (value, at(last - NOTICE, time(16)), accounts.of_staff[teacher])
            add(FinalKind.PERIOD, student, course.subject, *given, period_id=number, proposed=proposed)
    if whole:
        number, (_, _, _, _, last) = periods[0]
        closed = {"closed_at": at(last + timedelta(days=3), time(12)), "closed_by": deputy}
        rows.add("period_closing", class_id=of.number, period_id=number, **closed)
        number, (_, _, _, first, _) = every[-1]
        for course, student, teacher in _courses(plan, pupils, of.number):
            if names[course.subject] != MATHEMATICS:
                continue
            by, moment = accounts.of_staff[teacher], at(DEMO_TODAY, time(16))
            cell = (student, course.subject)
            value = propose_period(tallies.of(*cell, first, DEMO_TODAY), LENIENT) or NOT_ATTESTED
            add(FinalKind.PERIOD, *cell, value, moment, by, period_id=number, proposed=value)
            year = propose_year([*decided[cell], value], LENIENT.round_up_from) or NOT_ATTESTED
            add(FinalKind.YEAR, *cell, year, moment, by, proposed=year)
            exam = rng.choice("33444555")
            add(FinalKind.EXAM, *cell, exam, at(ANNOUNCED_ON, time(15)), by)
            final = propose_final(year, exam)
            add(FinalKind.FINAL, *cell, final or year, moment, by, proposed=final)


def _decided(rng: Random, proposed: str | None, subject: str) -> str:
    """What the teacher decided: as a rule what was proposed."""
    chance = rng.random()
    if subject == SPORT and chance < 0.06:
        return EXEMPT
    if proposed is None:
        return NOT_ATTESTED if chance < 0.03 else rng.choice("33444455")
    if proposed in "234" and chance < 0.08:
        return str(int(proposed) + 1)
    return proposed
