"""What the demo school's student class ended its periods with, the rules for it, and a closed period (7.7)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from rules.curriculum import usual_period_kind
from rules.journal_finals import EXEMPT, NOT_ATTESTED, FinalKind, MarkRule, Tally, propose_period

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
"""That of one subject."""

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
    rows: Rows, plan: Plan, cast: Cast, team: Team, pupils: Pupils, accounts: Accounts, rng: Random
) -> None:
    """Marks of the periods that are over, now and then another than was proposed; the first period is closed."""
    deputy = accounts.of_staff[team.administration[DEPUTY]]
    names = [subject.name for subject in SUBJECTS]
    for subject, rule in ((None, RULE), (names.index(MATHEMATICS), LENIENT)):
        stamp = {"version": 1, "changed_at": at(YEAR_STARTS, time(10)), "changed_by": deputy}
        values = {"round_up_from": rule.round_up_from, "weighted": rule.weighted, "fewest": rule.fewest}
        rows.add("mark_rule", subject_id=subject, **values, **stamp)
    of, tallies = cast.student_class, _Tallies(rows)
    dropped = {(student, subject) for student, subject, *_ in rows.tables["dropped_subject"]}
    kind = usual_period_kind(of.grade)
    periods = [(number, each) for number, each in enumerate(PERIODS) if each[0] is kind and each[4] < DEMO_TODAY]
    for number, (_, _, _, first, last) in periods:
        for course, student, teacher in _courses(plan, pupils, of.number):
            if (student, course.subject) in dropped:
                continue
            tally = tallies.of(student, course.subject, first, last)
            rule = LENIENT if names[course.subject] == MATHEMATICS else RULE
            proposed = propose_period(tally, rule) if tally.counted + tally.passed + tally.failed else None
            moment = at(last - NOTICE, time(16))
            rows.add(
                "final_mark",
                student_id=student,
                subject_id=course.subject,
                year_id=0,
                class_id=of.number,
                kind=FinalKind.PERIOD.value,
                period_id=number,
                value=_decided(rng, proposed, names[course.subject]),
                proposed=proposed,
                set_at=moment,
                version=1,
                changed_at=moment,
                changed_by=accounts.of_staff[teacher],
            )
    number, (_, _, _, _, last) = periods[0]
    closed = {"closed_at": at(last + timedelta(days=3), time(12)), "closed_by": deputy}
    rows.add("period_closing", class_id=of.number, period_id=number, **closed)


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
