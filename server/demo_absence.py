"""When the demo school's students are away: illnesses of several days, single days, weeks without sport."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from rules.journal import AttendanceCode

from .demo_families import Pupils
from .demo_year import DEMO_TODAY

SINGLE_DAYS = {
    AttendanceCode.EXCUSED: 50,
    AttendanceCode.UNEXPLAINED: 15,
    AttendanceCode.UNEXCUSED: 12,
    AttendanceCode.OTHER: 23,
}
ILLNESSES_A_YEAR, SINGLE_DAYS_A_YEAR = 1.15, 1.6
SCHOOL_YEAR = 199
"""Days with lessons in a whole year, by which the figures above are scaled."""


class Absences:
    """Who is away when, and who does no sport."""

    def __init__(self, pupils: Pupils, days: list[date], rng: Random) -> None:
        self.by_day: dict[date, dict[int, AttendanceCode]] = defaultdict(dict)
        self.no_sport: dict[int, tuple[date, date]] = {}
        self.rng = rng
        self.days = [day for day in days if day <= DEMO_TODAY]
        share = len(self.days) / SCHOOL_YEAR
        for student in range(len(pupils.students)):
            frailty = rng.choice((0.3, 0.7, 1.0, 1.0, 1.4, 2.2))
            for _ in range(self._count(ILLNESSES_A_YEAR * frailty * share)):
                self._fall_ill(student)
            for _ in range(self._count(SINGLE_DAYS_A_YEAR * frailty * share)):
                self._miss_a_day(student)

    def _count(self, expected: float) -> int:
        return int(expected) + (self.rng.random() < expected % 1)

    def _fall_ill(self, student: int) -> None:
        start = self.rng.randrange(len(self.days))
        spell = self.days[start : start + self.rng.choice((2, 3, 4, 5, 5, 6, 7, 8, 10))]
        # Until the certificate is there, the reason is not known (7.3).
        known = spell[-1] < DEMO_TODAY - timedelta(days=1)
        for day in spell:
            self.by_day[day][student] = AttendanceCode.ILLNESS if known else AttendanceCode.UNEXPLAINED
        if known and self.rng.random() < 0.12:
            self.no_sport[student] = (spell[-1], spell[-1] + timedelta(days=14))

    def _miss_a_day(self, student: int) -> None:
        code = self.rng.choices(list(SINGLE_DAYS), list(SINGLE_DAYS.values()))[0]
        self.by_day[self.rng.choice(self.days)].setdefault(student, code)

    def exempt(self, student: int, day: date) -> bool:
        """Whether a student does no sport after an illness."""
        first, last = self.no_sport.get(student, (date.max, date.min))
        return first <= day <= last
