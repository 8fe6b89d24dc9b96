"""What the demo school's classes ended their periods with, the rules for it, and a closed period (7.7-7.10)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from rules.curriculum import PeriodKind, usual_period_kind
from rules.journal_finals import (
    EXEMPT,
    GRADUATING,
    NOT_ATTESTED,
    NOT_PASSED,
    PASSED,
    FinalKind,
    MarkRule,
    Tally,
    propose_final,
    propose_period,
    propose_year,
)
from rules.movement_council import CouncilOutcome

from .demo_accounts import Accounts
from .demo_curriculum import SUBJECTS, has_marks
from .demo_families import Pupils
from .demo_journal import SPORT
from .demo_plan import Course, Plan, SchoolClass
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


QUARTERS = [(starts_on, ends_on) for kind, _, _, starts_on, ends_on in PERIODS if kind is PeriodKind.QUARTER]
"""A half-year is two of them."""

MINUTES = "9"
"""The number of the minutes of the council that admitted the oldest to their exams, on the demo's day (10.6)."""

POOR = frozenset({"2", NOT_PASSED, NOT_ATTESTED})
"""With one of these for the year nobody is admitted."""


class _Tallies:
    """What students have in a subject, quarter by quarter: sums as `Tally` has them."""

    def __init__(self, rows: Rows) -> None:
        subjects = [row[COLUMNS["lesson"].index("subject_id")] for row in rows.tables["lesson"]]
        weights = [row[COLUMNS["task"].index("weight")] for row in rows.tables["task"]]
        self.sums: list[dict[tuple[int, int], list[int]]] = [{} for _ in QUARTERS]
        lasts = [last for _, last in QUARTERS]
        for lesson, day, task, student, value, *_ in rows.tables["mark"]:
            quarter = self.sums[bisect_left(lasts, day)]
            key = (student, subjects[lesson])
            if key not in quarter:
                quarter[key] = [0] * 6
            sums = quarter[key]
            if value.isdigit():
                number, weight = int(value), weights[task]
                sums[0] += 1
                sums[1] += number
                sums[2] += number * weight
                sums[3] += weight
            elif value in _WORDS:
                sums[_WORDS[value]] += 1

    def of(self, student: int, subject: int, first: date, last: date) -> Tally:
        """The sums over the quarters of a period."""
        found = [
            sums[student, subject]
            for (begins, ends), sums in zip(QUARTERS, self.sums, strict=True)
            if first <= begins and ends <= last and (student, subject) in sums
        ]
        return Tally(*map(sum, zip(*found, strict=True)))

    def able(self) -> set[int]:
        """The students whose marks are nearly all fives and fours."""
        found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for quarter in self.sums:
            for (student, _), (counted, total, *_) in quarter.items():
                found[student][0] += counted
                found[student][1] += total
        return {student for student, (counted, total) in found.items() if counted and total / counted >= ABLE}


_WORDS = {PASSED: 4, NOT_PASSED: 5}

ABLE = 4.45
"""From this average on teachers help a student to a five."""


@dataclass(frozen=True)
class _Period:
    """A period of a class: its number is its row's. set_on: the day on which its marks were set."""

    number: int
    starts_on: date
    ends_on: date
    set_on: date


def periods_of(of: SchoolClass) -> list[_Period]:
    """All periods of a class."""
    kind = usual_period_kind(of.grade)
    return [
        _Period(number, first, last, last - NOTICE)
        for number, (each, _, _, first, last) in enumerate(PERIODS)
        if each is kind
    ]


class Register:
    """Writes final marks: who takes a course, what they end with, by whom it was decided."""

    def __init__(
        self, rows: Rows, plan: Plan, team: Team, pupils: Pupils, accounts: Accounts, rng: Random, *, whole: bool
    ) -> None:
        self.rows, self.plan, self.team, self.pupils, self.rng = rows, plan, team, pupils, rng
        self.accounts, self.whole, self.tallies = accounts.of_staff, whole, _Tallies(rows)
        self.able = self.tallies.able() if whole else set()
        self.dropped = {(student, subject) for student, subject, *_ in rows.tables["dropped_subject"]}
        self.marks = rows.tables["final_mark"]
        self.decided: dict[tuple[int, int], list[str]] = defaultdict(list)

    def of_course(self, course: Course, day: date) -> Iterator[tuple[int, int]]:
        """The students of a course on a day, and the account of who teaches them."""
        for part in course.parts:
            by = self.accounts[self.team.on(day, part.teacher)]
            for stay in self.pupils.rosters[part.group]:
                there = stay.holds(day) if self.whole else stay.starts_on == YEAR_STARTS and stay.ends_on is None
                if there and (stay.student, course.subject) not in self.dropped:
                    yield stay.student, by

    def add(
        self,
        kind: FinalKind,
        of: SchoolClass,
        cell: tuple[int, int],
        value: str,
        moment: datetime,
        by: int,
        proposed: str | None = None,
        period: int | None = None,
    ) -> None:
        """A mark of a student in a subject: there are many, so that rows are plain tuples in the order of columns."""
        slot = (*cell, 0, of.number, kind.value, period)
        self.marks.append((*slot, value, proposed, moment, 1, moment, by))

    def write_period(self, course: Course, period: _Period) -> None:
        """The marks of a period."""
        moment, rule = at(period.set_on, time(16)), _rule_of(course)
        for student, by in self.of_course(course, period.set_on):
            cell = (student, course.subject)
            tally = self.tallies.of(*cell, period.starts_on, period.ends_on)
            proposed = propose_period(tally, rule) if tally.counted + tally.passed + tally.failed else None
            value = self._decide(cell, proposed, tally, rule)
            self.decided[cell].append(value)
            self.add(*(FinalKind.PERIOD, course.of, cell, value, moment, by), proposed=proposed, period=period.number)

    def write_year(self, course: Course, day: date) -> dict[int, str]:
        """The marks of the year, of its periods: what each student has."""
        values = {}
        for student, by in self.of_course(course, day):
            cell = (student, course.subject)
            value = values[student] = propose_year(self.decided[cell], _rule_of(course).round_up_from) or NOT_ATTESTED
            self.add(FinalKind.YEAR, course.of, cell, value, at(day, time(17)), by, proposed=value)
        return values

    def _decide(self, cell: tuple[int, int], proposed: str | None, tally: Tally, rule: MarkRule) -> str:
        name = SUBJECTS[cell[1]].name
        if proposed == "4" and cell[0] in self.able and self.rng.random() < 0.95:
            return "5"
        if not self.whole or proposed not in (None, NOT_ATTESTED):
            return _decided(self.rng, proposed, name)
        # Whoever has too few marks is asked before the period ends: few are left without one.
        if self.rng.random() < 0.02:
            return NOT_ATTESTED
        few = propose_period(tally, replace(rule, fewest=1)) if tally.counted + tally.passed + tally.failed else None
        return few or (PASSED if SUBJECTS[cell[1]].works.passes else self.rng.choice("33444455"))


def _rule_of(course: Course) -> MarkRule:
    return LENIENT if SUBJECTS[course.subject].name == MATHEMATICS else RULE


def write_finals(
    rows: Rows, plan: Plan, cast: Cast, team: Team, pupils: Pupils, accounts: Accounts, rng: Random, *, whole: bool
) -> None:
    """Marks of the periods that are over, now and then another than was proposed: of the student's class.

    whole: the year is there from its beginning, so all classes have them. Then the student's class has closed its first
    period, and a subject that ended with an exam has its last marks; grades that graduate have their year, and are
    admitted to their exams.
    """
    deputy = accounts.of_staff[team.administration[DEPUTY]]
    mathematics = [subject.name for subject in SUBJECTS].index(MATHEMATICS)
    for subject, rule in ((None, RULE), (mathematics, LENIENT)):
        stamp = {"version": 1, "changed_at": at(YEAR_STARTS, time(10)), "changed_by": deputy}
        values = {"round_up_from": rule.round_up_from, "weighted": rule.weighted, "fewest": rule.fewest}
        rows.add("mark_rule", subject_id=subject, **values, **stamp)
    register = Register(rows, plan, team, pupils, accounts, rng, whole=whole)
    own = cast.student_class
    others = [each for each in plan.classes if whole and has_marks(each.grade) and each is not own]
    courses: dict[int, list[Course]] = defaultdict(list)
    for course in plan.courses:
        courses[course.of.number].append(course)
    for of in (own, *others):
        for period in periods_of(of):
            if period.ends_on < DEMO_TODAY:
                for course in courses[of.number]:
                    register.write_period(course, period)
    if whole:
        first = periods_of(own)[0]
        closed = {"closed_at": at(first.ends_on + timedelta(days=3), time(12)), "closed_by": deputy}
        rows.add("period_closing", class_id=own.number, period_id=first.number, **closed)
        for course in courses[own.number]:
            if course.subject == mathematics:
                stamp = {"version": 1, "changed_at": at(ANNOUNCED_ON - NOTICE, time(9)), "changed_by": deputy}
                slot = {"class_id": own.number, "subject_id": course.subject}
                rows.add("exam_date", **slot, announced_on=ANNOUNCED_ON, **stamp)
                _examine(register, course)
        for of in others:
            if of.grade in GRADUATING:
                _admit(register, of, courses[of.number], deputy)


def _admit(register: Register, of: SchoolClass, courses: Sequence[Course], deputy: int) -> None:
    """The year of a class that state exams are ahead of: its marks, and the council's word on who sits them (10.6)."""
    last = replace(periods_of(of)[-1], set_on=ANNOUNCED_ON)
    sheets: dict[int, list[str]] = defaultdict(list)
    for course in courses:
        register.write_period(course, last)
        for student, value in register.write_year(course, ANNOUNCED_ON).items():
            sheets[student].append(value)
    for student, values in sorted(sheets.items()):
        if not POOR.intersection(values):
            register.rows.add(
                "council_decision",
                class_id=of.number,
                student_id=student,
                outcome=CouncilOutcome.ADMITTED.value,
                number=MINUTES,
                decided_on=DEMO_TODAY,
                recorded_at=at(DEMO_TODAY, time(18)),
                recorded_by=deputy,
            )


def _examine(register: Register, course: Course) -> None:
    """The last marks of a subject that ends with an exam."""
    register.write_period(course, replace(periods_of(course.of)[-1], set_on=DEMO_TODAY))
    years = register.write_year(course, DEMO_TODAY)
    for student, by in register.of_course(course, DEMO_TODAY):
        cell, year = (student, course.subject), years[student]
        exam = register.rng.choice("33444555")
        register.add(FinalKind.EXAM, course.of, cell, exam, at(ANNOUNCED_ON, time(15)), by)
        final = propose_final(year, exam)
        register.add(FinalKind.FINAL, course.of, cell, final or year, at(DEMO_TODAY, time(17)), by, proposed=final)


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
