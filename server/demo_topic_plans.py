"""The demo school's topic plans: one a subject and grade, written by a teacher of it, that all its groups go by."""

from dataclasses import dataclass
from datetime import UTC, date, time
from random import Random

from .demo_accounts import Accounts
from .demo_curriculum import SUBJECTS, WORK_TYPE
from .demo_marks import CONTROL
from .demo_plan import Course, DemoSize, Plan
from .demo_rows import Rows
from .demo_staff import Team
from .demo_topics import STEPS, TOPICS, topic
from .demo_words import HOMEWORK, PARAGRAPHS, filled
from .demo_year import DEMO_TODAY, YEAR_STARTS, at

PLANNED_AT = at(date(2025, 8, 28), time(12)).astimezone(UTC)
WEEKS = 34
"""So many weeks of lessons a plan is written for."""

UNPLANNED = "Индивидуальный проект"
"""The one subject whose plan nobody has entered yet (5.6)."""


@dataclass(frozen=True)
class Topics:
    """The topics of one plan, an hour each: so many, in a row from the first one's number on."""

    first: int
    count: int

    def of_lesson(self, number: int) -> int | None:
        """The topic of the group's lesson with this number, from 0."""
        return self.first + number if number < self.count else None


class TopicPlans:
    """The plans by grade and subject."""

    def __init__(self, rows: Rows, plan: Plan, team: Team, accounts: Accounts, size: DemoSize, rng: Random) -> None:
        self.rows, self.team, self.accounts, self.rng = rows, team, accounts.of_staff, rng
        self.weeks = size.weeks or WEEKS
        self.of: dict[tuple[int, int], tuple[int, Topics]] = {}
        for course in plan.courses:
            if SUBJECTS[course.subject].name != UNPLANNED:
                self._assign(course)

    def topics(self, course: Course) -> Topics | None:
        """What a course goes by."""
        found = self.of.get((course.of.grade, course.subject))
        return found[1] if found else None

    def _assign(self, course: Course) -> None:
        key = (course.of.grade, course.subject)
        if key not in self.of:
            self.of[key] = self._write(course)
        for part in course.parts:
            self.rows.add(
                "topic_plan_assignment",
                plan_id=self.of[key][0],
                group_id=part.group,
                subject_id=course.subject,
                starts_on=YEAR_STARTS,
            )

    def _write(self, course: Course) -> tuple[int, Topics]:
        """A plan with a section for each of the subject's topics, over and over until the year is full."""
        subject, rows = SUBJECTS[course.subject], self.rows
        author = self.team.on(DEMO_TODAY, course.parts[0].teacher)
        changed = {"changed_at": PLANNED_AT, "changed_by": self.accounts[author]}
        title, grade = f"{subject.name}, {course.of.grade} класс", course.of.grade
        values = {"year_id": 0, "subject_id": course.subject, "grade": grade, "title": title, "author_id": author}
        plan = rows.add("topic_plan", **values, **changed)
        first, count, section = len(rows.tables["topic"]), course.hours * self.weeks, -1
        kinds = [WORK_TYPE[name] for name, _ in subject.works.for_everyone]
        last = WORK_TYPE[CONTROL] if WORK_TYPE[CONTROL] in kinds else kinds[0]
        for number in range(count):
            place, step = divmod(number, len(STEPS))
            if not step:
                name = TOPICS[subject.name][place % len(TOPICS[subject.name])]
                again = "Повторение. " if place >= len(TOPICS[subject.name]) else ""
                section = rows.add("topic_section", plan_id=plan, position=place + 1, title=f"{again}{name}", **changed)
            homework = filled(self.rng, HOMEWORK.get(subject.name, PARAGRAPHS))
            added = rows.add(
                "topic",
                plan_id=plan,
                section_id=section,
                position=number + 1,
                name=topic(subject.name, number),
                hours=1,
                homework=homework if self.rng.random() < subject.works.homework else None,
                **changed,
            )
            if step == len(STEPS) - 1:
                rows.add("topic_work_type", topic_id=added, work_type_id=last)
        return plan, Topics(first, count)
