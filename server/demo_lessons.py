"""The demo school's dated lessons: the week laid out over the year, with moves, cancellations and substitutes."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from rules.timetable import LessonState

from .demo_plan import Course, DemoSize, Part, Plan
from .demo_staff import Team
from .demo_timetable import WeeklyLesson
from .demo_year import DEMO_TODAY, FROSTY_DAY, MOST_LESSONS, has_lessons, weekday_on


@dataclass(slots=True)
class Lesson:
    """A dated lesson of one group."""

    course: Course
    part: Part
    teacher: int
    room: int
    day: date
    shift: int
    number: int
    state: LessonState
    substitute: int | None = None
    moved_from: date | None = None
    number_before: int | None = None

    @property
    def by(self) -> int:
        """Who gives it."""
        return self.teacher if self.substitute is None else self.substitute


Moment = tuple[date, int, int, str, int]
"""Day, shift, number of the lesson; the kind of thing that is occupied then, and which."""


class Year:
    """All lessons, and who and what is occupied when."""

    def __init__(self, plan: Plan, week: list[WeeklyLesson], team: Team, days: list[date], rng: Random) -> None:
        self.plan, self.team, self.days, self.rng = plan, team, days, rng
        self.occupied: set[Moment] = set()
        self.away: set[tuple[date, int]] = set()
        self.lessons: list[Lesson] = []
        by_weekday = [[each for each in week if each.slot[0] == day] for day in range(6)]
        for day in days:
            state = LessonState.HELD if day <= DEMO_TODAY else LessonState.PLANNED
            for each in by_weekday[weekday_on(day)]:
                if not has_lessons(each.course.of.grade, day):
                    continue
                _, shift, number = each.slot
                for part, room in zip(each.course.parts, each.rooms, strict=True):
                    teacher = team.on(day, part.teacher)
                    self.lessons.append(Lesson(each.course, part, teacher, room, day, shift, number, state))
        for lesson in self.lessons:
            self._occupy(lesson)

    def _moments(self, lesson: Lesson) -> list[Moment]:
        when = (lesson.day, lesson.shift, lesson.number)
        return [
            (*when, "teacher", lesson.by),
            (*when, "room", lesson.room),
            (*when, "class", lesson.course.of.number),
        ]

    def _occupy(self, lesson: Lesson) -> None:
        self.occupied.update(self._moments(lesson))

    def _some(self, count: int) -> list[Lesson]:
        """Lessons of whole classes to which nothing has happened yet."""
        usual = [
            lesson
            for lesson in self.lessons
            if len(lesson.course.parts) == 1
            and lesson.state is not LessonState.CANCELLED
            and lesson.substitute is None
            and lesson.moved_from is None
        ]
        return self.rng.sample(usual, count)

    def freeze(self) -> None:
        for lesson in self.lessons:
            if lesson.day == FROSTY_DAY and lesson.course.of.grade <= 4:
                lesson.state = LessonState.CANCELLED

    def send_home(self) -> None:
        """A teacher falls ill for some days; colleagues step in, and where none can, the lesson is cancelled."""
        teacher = self.rng.choice([each for teachers in self.plan.departments.values() for each in teachers])
        past = [day for day in self.days if day <= DEMO_TODAY]
        start = self.rng.randrange(len(past))
        ill = set(past[start : start + self.rng.randrange(2, 6)])
        self.away |= {(day, self.team.on(day, teacher)) for day in ill}
        for lesson in self.lessons:
            if lesson.day in ill and lesson.part.teacher == teacher and lesson.state is not LessonState.CANCELLED:
                self._substitute(lesson, teacher)

    def _substitute(self, lesson: Lesson, teacher: int) -> None:
        department = self.plan.departments[self.plan.department_of(teacher)]
        colleagues = [*department, *(each for each in range(self.plan.director) if each not in department)]
        when = (lesson.day, lesson.shift, lesson.number)
        for colleague in colleagues:
            present = self.team.on(lesson.day, colleague)
            if (*when, "teacher", present) not in self.occupied and (lesson.day, present) not in self.away:
                lesson.substitute = present
                self.occupied.add((*when, "teacher", present))
                return
        lesson.state = LessonState.CANCELLED

    def move(self, lesson: Lesson) -> None:
        """Put a lesson after the last one of its class on a day nearby, if all that it needs is free there."""
        place = self.days.index(lesson.day)
        nearby = [*self.days[place + 1 : place + 6], *self.days[max(0, place - 5) : place]]
        for day in nearby:
            grade = lesson.course.of.grade
            if day.weekday() >= lesson.course.of.days or not has_lessons(grade, day):
                continue
            if self.team.on(day, lesson.part.teacher) != lesson.teacher:
                continue
            numbers = range(1, MOST_LESSONS[lesson.shift] + 1)
            taken = [n for n in numbers if (day, lesson.shift, n, "class", lesson.course.of.number) in self.occupied]
            number = max(taken, default=0) + 1
            state = LessonState.HELD if day <= DEMO_TODAY else LessonState.PLANNED
            moved = replace(lesson, day=day, number=number, state=state, moved_from=lesson.day)
            free = self.occupied.isdisjoint(self._moments(moved)) and (day, lesson.teacher) not in self.away
            if number in numbers and free:
                self.occupied.difference_update(self._moments(lesson))
                self._occupy(moved)
                lesson.moved_from, lesson.number_before = lesson.day, lesson.number
                lesson.day, lesson.number, lesson.state = day, number, state
                return

    def upset(self, size: DemoSize) -> None:
        """Let happen what happens in a year."""
        self.freeze()
        for _ in range(size.sick_leaves):
            self.send_home()
        for lesson in self._some(size.moved_lessons):
            self.move(lesson)
        for lesson in self._some(size.cancelled_lessons):
            lesson.state = LessonState.CANCELLED


def make_lessons(
    plan: Plan, week: list[WeeklyLesson], team: Team, size: DemoSize, days: list[date], rng: Random
) -> Year:
    """The year with its lessons in the order in which they take place."""
    year = Year(plan, week, team, days, rng)
    year.upset(size)
    year.lessons.sort(key=lambda lesson: (lesson.day, lesson.shift, lesson.number, lesson.part.group))
    return year
