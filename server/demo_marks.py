"""The demo school's tasks and marks: which work a lesson brings, who gets what for it, and when it is entered."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from rules.journal import OWED, AttendanceCode

from .demo_curriculum import ANSWER, NUMBERED_WORKS, SUBJECTS, WEIGHT, WORK_TYPE, Works, has_marks
from .demo_lessons import Lesson
from .demo_rows import Rows
from .demo_words import BLAME, PRAISE
from .demo_year import DEMO_TODAY, EVENING, ZONE, at, is_school_day

CONTROL, DICTATION = "Контрольная работа", "Диктант"
WRITTEN = frozenset({CONTROL, DICTATION, "Самостоятельная работа", "Сочинение", "Тест", "Лабораторная работа"})
"""Works that are marked at home some days later, and that an absent student has to make up for."""
LONG = frozenset({"Сочинение", "Проект"})
"""Works that are due at the next lesson."""

NOW = at(DEMO_TODAY, EVENING).astimezone(UTC)
LEVELS = 10
SACK = 200


def _marks_of(level: int) -> list[str]:
    """A sack of marks from which a student of this level draws."""
    able = level / (LEVELS - 1)
    twos, threes, fives = 0.15 * (1 - able) ** 2, 0.04 + 0.5 * (1 - able), 0.05 + 0.62 * able**1.3
    sack = ["2"] * round(SACK * twos) + ["3"] * round(SACK * threes) + ["5"] * round(SACK * fives)
    return sack + ["4"] * (SACK - len(sack))


SACKS = [_marks_of(level) for level in range(LEVELS)]


@dataclass(slots=True)
class Page:
    """A held lesson in the journal: `number` is its row's, `members` are all, `away` those who were not there."""

    lesson: Lesson
    number: int
    members: list[int]
    away: dict[int, AttendanceCode]
    begins: datetime
    ends: datetime
    by: int
    following: date | None


def _school_day(moment: datetime, after: date) -> date | None:
    """The last day of lessons up to a moment, on which the work was made up for; None if there was none in between."""
    day = moment.astimezone(ZONE).date()
    while not is_school_day(day):
        day -= timedelta(days=1)
    return day if day > after else None


class Abilities:
    """How good each student is: in general, and a little better or worse in each subject."""

    def __init__(self, students: int, rng: Random) -> None:
        self.rng = rng
        self.general = [min(0.98, max(0.02, rng.gauss(0.55, 0.22))) for _ in range(students)]
        self.sacks: dict[tuple[int, int], list[str]] = {}

    def mark(self, student: int, subject: int, works: Works) -> str:
        """A mark for a piece of work."""
        if works.passes:
            return "зач." if self.rng.random() < 0.94 else "незач."
        sack = self.sacks.get((student, subject))
        if sack is None:
            level = round(self.general[student] * (LEVELS - 1) + self.rng.gauss(0, 1.1))
            sack = self.sacks[student, subject] = SACKS[min(LEVELS - 1, max(0, level))]
        return sack[int(self.rng.random() * SACK)]


class MarkBook:
    """Writes tasks and marks: often, so that rows are plain tuples in the order of their columns.

    thorough: as a rule whoever wrote a written work has a mark for it, as the deputy sees to all year (7.4, 7.11).
    """

    def __init__(self, rows: Rows, students: int, rng: Random, *, thorough: bool) -> None:
        self.rng, self.thorough = rng, thorough
        self.abilities = Abilities(students, rng)
        self.done: Counter[tuple[int, int, str]] = Counter()
        self.tasks, self.marks = rows.tables["task"], rows.tables["mark"]

    def choose(self, lesson: Lesson) -> str | None:
        """The kind of work that a lesson brings, if any."""
        if not has_marks(lesson.course.of.grade):
            return None
        works, chance = SUBJECTS[lesson.course.subject].works, self.rng.random()
        for name, share in works.for_everyone:
            if chance < share:
                return name
            chance -= share
        return ANSWER if self.rng.random() < works.called_up else None

    def write(self, page: Page, work: str) -> None:
        """The lesson's task with its marks, and sometimes a second one with marks of its own (7.4)."""
        if work == ANSWER:
            self._call_up(page, self._task(page, work, 1))
            return
        self._mark_everyone(page, self._task(page, work, 1), work)
        if self.rng.random() < 0.15:
            if work == DICTATION:
                second = "Самостоятельная работа"
                self._mark_everyone(page, self._task(page, second, 2, "Грамматическое задание"), second)
            else:
                self._call_up(page, self._task(page, ANSWER, 2))

    def _task(self, page: Page, work: str, position: int, name: str | None = None) -> int:
        lesson = page.lesson
        if name is None and work in NUMBERED_WORKS:
            key = (lesson.part.group, lesson.course.subject, work)
            self.done[key] += 1
            name = f"{work} № {self.done[key]}"
        due_on = page.following if work in LONG else None
        self.tasks.append(
            (page.number, lesson.day, WORK_TYPE[work], position, name, WEIGHT[work], due_on, page.begins, page.by)
        )
        return len(self.tasks) - 1

    def _mark(
        self, page: Page, task: int, student: int, value: str, moment: datetime, made_up_on: date | None = None
    ) -> None:
        comment = None
        if self.rng.random() < 0.006:
            comment = self.rng.choice(PRAISE if value in {"5", "4", "зач."} else BLAME)
        row = (page.number, page.lesson.day, task, student, value, comment, moment, moment, page.by, made_up_on)
        self.marks.append(row)

    def _draw(self, page: Page, student: int) -> str:
        subject = page.lesson.course.subject
        return self.abilities.mark(student, subject, SUBJECTS[subject].works)

    def _call_up(self, page: Page, task: int) -> None:
        """Marks for those who were asked."""
        present = [student for student in page.members if student not in page.away]
        count = min(len(present), 3 + int(self.rng.random() * 8))
        for student in self.rng.sample(present, count):
            self._mark(page, task, student, self._draw(page, student), page.ends)

    def _mark_everyone(self, page: Page, task: int, work: str) -> None:
        """Marks for all; those who were away may make up for it later, beside their absence (7.5)."""
        marked_at = page.ends
        if work in WRITTEN:
            day = page.lesson.day + timedelta(days=int(self.rng.random() * 6))
            marked_at = max(page.ends, at(day, time(15 + int(self.rng.random() * 5), 20)).astimezone(UTC))
        if marked_at > NOW:
            return  # the teacher has the works at home
        everybody = self.thorough and work in WRITTEN and self.rng.random() < 0.94
        for student in page.members:
            code = page.away.get(student)
            if code is None:
                if everybody or self.rng.random() < 0.96:
                    self._mark(page, task, student, self._draw(page, student), marked_at)
            elif code is AttendanceCode.EXEMPT:
                if self.rng.random() < 0.3:
                    self._mark(page, task, student, "осв.", marked_at)
            elif work in WRITTEN:
                self._mark_absent(page, task, student, marked_at)

    def _mark_absent(self, page: Page, task: int, student: int, marked_at: datetime) -> None:
        chance, later = self.rng.random(), marked_at + timedelta(days=3 + int(self.rng.random() * 8))
        if chance < 0.5 and later <= NOW:
            self._mark(page, task, student, self._draw(page, student), later, _school_day(later, page.lesson.day))
        elif chance > 0.7:
            self._mark(page, task, student, OWED if chance < 0.96 else "н/а", marked_at)
