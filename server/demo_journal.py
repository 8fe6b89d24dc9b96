"""What is written in the demo school's journal: topics, roll calls, attendance, homework, and with them marks."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from rich.progress import Progress

from rules.journal import AttendanceCode
from rules.timetable import LessonState

from .demo_absence import Absences
from .demo_accounts import Accounts
from .demo_curriculum import HANDS, SUBJECTS, has_marks
from .demo_families import Pupils, Stay
from .demo_lessons import Lesson
from .demo_marks import CONTROL, MarkBook, Page
from .demo_rows import Rows
from .demo_staff import DEPUTY, Team
from .demo_topic_plans import PLANNED_AT, TopicPlans
from .demo_topics import topic
from .demo_words import (
    ABSENCE_COMMENTS,
    HOMEWORK,
    INDIVIDUAL_HOMEWORK,
    LATE_COMMENTS,
    MATERIALS,
    PARAGRAPHS,
    filled,
)
from .demo_year import BELL, DEMO_TODAY, YEAR_STARTS, at

SPORT = "Физическая культура"
LEFT_OUT = ("Музыка", "Изобразительное искусство", "Труд (технология)", "География", "Вероятность и статистика", SPORT)
"""Subjects of which a student on an individual plan does not take some."""


class Journal:
    """Writes the journal lesson by lesson: often, so that rows are plain tuples in the order of their columns."""

    def __init__(
        self,
        rows: Rows,
        pupils: Pupils,
        team: Team,
        accounts: Accounts,
        absences: Absences,
        plans: TopicPlans,
        rng: Random,
        *,
        whole: bool,
    ) -> None:
        self.plans = plans
        self.rng, self.pupils, self.absences, self.accounts = rng, pupils, absences, accounts.of_staff
        self.deputy = accounts.of_staff[team.administration[DEPUTY]]
        self.marks = MarkBook(rows, len(pupils.students), rng, thorough=whole)
        self.left_out = {
            number: tuple(rng.sample(LEFT_OUT, 3))
            for number, student in enumerate(pupils.students)
            if student.individual_plan
        }
        self._drop(rows)
        self.given: Counter[tuple[int, int]] = Counter()
        self.members: dict[tuple[int, int], tuple[list[int] | None, list[Stay]]] = {}
        self.lessons, self.roll_calls = rows.tables["lesson"], rows.tables["roll_call"]
        self.attendance, self.homework = rows.tables["attendance"], rows.tables["homework"]
        self.recipients = rows.tables["homework_recipient"]

    def _drop(self, rows: Rows) -> None:
        """Write down what those on an individual plan do not take of their class's plan (7.8)."""
        planned = {(of, subject) for of, subject, *_ in rows.tables["plan_hours"]}
        numbers = {subject.name: number for number, subject in enumerate(SUBJECTS)}
        for stay in self.pupils.stays:
            for subject in (numbers[name] for name in self.left_out.get(stay.student, ())):
                if (stay.of, subject) in planned:
                    days = {"starts_on": stay.starts_on, "ends_on": stay.ends_on}
                    rows.add("dropped_subject", student_id=stay.student, subject_id=subject, **days)

    def _members_on(self, lesson: Lesson) -> list[int]:
        """Who is taught at a lesson; those taught at home and those who do not take the subject are not (7.8)."""
        key = (lesson.part.group, lesson.course.subject)
        if key not in self.members:
            subject, students = SUBJECTS[lesson.course.subject].name, self.pupils.students
            stays = [
                stay
                for stay in self.pupils.rosters[lesson.part.group]
                if not students[stay.student].taught_at_home and subject not in self.left_out.get(stay.student, ())
            ]
            stays.sort(key=lambda stay: students[stay.student].person.sort_key)
            # As a rule all are there all year, and the list is the same at every lesson.
            steady = all(stay.starts_on == YEAR_STARTS and stay.ends_on is None for stay in stays)
            self.members[key] = ([stay.student for stay in stays] if steady else None, stays)
        fixed, stays = self.members[key]
        return fixed if fixed is not None else [stay.student for stay in stays if stay.holds(lesson.day)]

    def write(self, lesson: Lesson, following: date | None) -> None:
        """Write a lesson and, if it was held, all that belongs to it. `following`: when the subject comes next."""
        bell, number = BELL[lesson.shift, lesson.number], len(self.lessons)
        begins, ends = (at(lesson.day, hour).astimezone(UTC) for hour in (bell.starts_at, bell.ends_at))
        held, by = lesson.state is LessonState.HELD, self.accounts[lesson.by]
        work = self.marks.choose(lesson) if held else None
        topic_id, about = self._topic(lesson, work)
        self.lessons.append(
            (
                *(lesson.part.group, lesson.course.subject, lesson.teacher, lesson.substitute, lesson.room),
                *(lesson.day, lesson.number, lesson.shift, bell.starts_at, bell.ends_at),
                *(lesson.state.value, lesson.moved_from, about),
                self._material(lesson) if held else None,
                *self._changed(lesson, begins, ends),
                topic_id,
            )
        )
        if not held:
            return
        page = Page(lesson, number, self._members_on(lesson), {}, begins, ends, by, following)
        self._call_the_roll(page)
        if work:
            self.marks.write(page, work)
        if has_marks(lesson.course.of.grade) and following:
            self._set_homework(page, following)

    def _topic(self, lesson: Lesson, work: str | None) -> tuple[int | None, str | None]:
        """The plan's topic, and what the lesson is about: at a test, in the teacher's own words."""
        if lesson.state is LessonState.CANCELLED:
            return None, None
        key = (lesson.part.group, lesson.course.subject)
        number, plan = self.given[key], self.plans.topics(lesson.course)
        self.given[key] += 1
        topic_id = plan.of_lesson(number) if plan else None
        if plan and topic_id is None and lesson.state is LessonState.PLANNED:
            return None, None
        name = SUBJECTS[lesson.course.subject].name
        return topic_id, topic(name, number, CONTROL if work == CONTROL else None)

    def _material(self, lesson: Lesson) -> str | None:
        """What was covered (7.2): where a class works with its hands there is no textbook."""
        with_hands = SUBJECTS[lesson.course.subject].works is HANDS
        return None if with_hands or self.rng.random() > 0.75 else filled(self.rng, MATERIALS)

    def _changed(self, lesson: Lesson, begins: datetime, ends: datetime) -> tuple[datetime, int]:
        """When a lesson was last changed, and by whom."""
        if lesson.state is LessonState.HELD:
            return ends, self.accounts[lesson.by]
        if lesson.state is LessonState.CANCELLED and lesson.day <= DEMO_TODAY:
            return begins - timedelta(hours=1), self.deputy
        return PLANNED_AT, self.deputy

    def _call_the_roll(self, page: Page) -> None:
        moment = page.begins + timedelta(minutes=5)
        self.roll_calls.append((page.number, page.lesson.day, moment, page.by))
        away = self.absences.by_day[page.lesson.day]
        sport = SUBJECTS[page.lesson.course.subject].name == SPORT
        for student in page.members:
            code = away.get(student)
            if code is None and sport and self.absences.exempt(student, page.lesson.day):
                code = AttendanceCode.EXEMPT
            if code is not None:
                comment = None
                if code is AttendanceCode.OTHER and self.rng.random() < 0.5:
                    comment = self.rng.choice(ABSENCE_COMMENTS)
                self._miss(page, student, code, moment, comment=comment)
        if page.members and self.rng.random() < 0.16:
            self._single(page, self.rng.choice(page.members), moment)

    def _single(self, page: Page, student: int, moment: datetime) -> None:
        """Somebody comes late, or misses this one lesson."""
        if student in page.away:
            return
        if self.rng.random() < 0.6:
            comment = self.rng.choice(LATE_COMMENTS) if self.rng.random() < 0.3 else None
            minutes = self.rng.randrange(2, 20)
            moment = page.begins + timedelta(minutes=minutes)
            self._row(page, student, AttendanceCode.LATE, moment, minutes, comment)
        else:
            self._miss(page, student, self.rng.choice((AttendanceCode.EXCUSED, AttendanceCode.UNEXPLAINED)), moment)

    def _miss(
        self, page: Page, student: int, code: AttendanceCode, moment: datetime, *, comment: str | None = None
    ) -> None:
        page.away[student] = code
        self._row(page, student, code, moment, None, comment)

    def _row(
        self, page: Page, student: int, code: AttendanceCode, moment: datetime, minutes: int | None, comment: str | None
    ) -> None:
        self.attendance.append(
            (page.number, page.lesson.day, student, code.value, minutes, comment, moment, page.by, None, None)
        )

    def _set_homework(self, page: Page, following: date) -> None:
        """Homework for all on most lessons, now and then some for a few."""
        subject, moment = SUBJECTS[page.lesson.course.subject], page.ends + timedelta(minutes=self.rng.randrange(5, 60))
        if self.rng.random() < subject.works.homework:
            text = filled(self.rng, HOMEWORK.get(subject.name, PARAGRAPHS))
            self._give(page, text, True, following, moment)
        if page.members and self.rng.random() < 0.025:
            number = self._give(page, filled(self.rng, INDIVIDUAL_HOMEWORK), False, following, moment)
            count = min(len(page.members), self.rng.randrange(1, 4))
            self.recipients.extend((number, student) for student in self.rng.sample(page.members, count))

    def _give(self, page: Page, text: str, for_all: bool, due_on: date, moment: datetime) -> int:
        self.homework.append((page.number, page.lesson.day, text, for_all, due_on, moment, moment, page.by))
        return len(self.homework) - 1


def _with_following(lessons: list[Lesson]) -> Iterator[tuple[Lesson, date | None]]:
    """Each lesson with the day on which its group has the subject next."""
    upcoming: dict[tuple[int, int], date] = {}
    following: list[date | None] = []
    for lesson in reversed(lessons):
        key = (lesson.part.group, lesson.course.subject)
        following.append(upcoming.get(key))
        if lesson.state is not LessonState.CANCELLED:
            upcoming[key] = lesson.day
    return zip(lessons, reversed(following), strict=True)


def write_journal(journal: Journal, lessons: list[Lesson], progress: Progress | None = None) -> None:
    """Write all lessons in their order."""
    bar = progress.add_task("Журнал", total=len(lessons)) if progress else None
    for number, (lesson, following) in enumerate(_with_following(lessons), 1):
        journal.write(lesson, following)
        if progress and bar is not None and (number % 500 == 0 or number == len(lessons)):
            progress.update(bar, completed=number)
