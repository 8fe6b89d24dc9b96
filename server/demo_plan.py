"""The demo school's plan: its size, its classes, what each is taught in which groups, and by which teachers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from rules.curriculum import GroupKind, class_name, usual_period_kind
from rules.curriculum_plan import usual_week_days

from .demo_curriculum import PROFILES, SUBJECTS, Department, Split, Subject
from .demo_rows import Rows


@dataclass(frozen=True)
class DemoSize:
    """How much of a school to make; the counts of special cases are for the whole school.

    There must be grades that are two years apart, and one of 8 or above.
    """

    letters: str
    grades: Sequence[int]
    teachers: int
    weeks: int | None
    """Lessons begin so many weeks ago, this one counting; None: on the first of September."""
    class_size: range
    split_from: int
    """A class of so many students is taught some subjects in two groups."""
    second_shift: frozenset[int] = frozenset()
    teacher_parents: int = 2
    departures: int = 1
    """Teachers who left in the time of lessons and were replaced."""
    sick_leaves: int = 2
    """Times a teacher was away for some days and was replaced."""
    moved_lessons: int = 4
    cancelled_lessons: int = 4
    joined: int = 1
    left: int = 1
    changed_class: int = 1
    taught_at_home: int = 1
    individual_plan: int = 1


FULL = DemoSize(
    letters="АБВ",
    grades=range(1, 12),
    teachers=60,
    weeks=None,
    class_size=range(24, 32),
    split_from=25,
    second_shift=frozenset({3, 6, 7}),
    teacher_parents=3,
    departures=2,
    sick_leaves=40,
    moved_lessons=120,
    cancelled_lessons=60,
    joined=8,
    left=8,
    changed_class=6,
    taught_at_home=4,
    individual_plan=4,
)
"""A whole school over a whole year."""

SMALL = DemoSize(letters="АБ", grades=(5, 9, 10), teachers=12, weeks=4, class_size=range(6, 9), split_from=7)
"""A few small classes over a few weeks, for tests."""


@dataclass(frozen=True)
class SchoolClass:
    """A class: `number` is its row's, and that of its whole-class group."""

    number: int
    grade: int
    letter: str
    shift: int
    size: int
    split: bool

    @property
    def days(self) -> int:
        """Days a week with lessons."""
        return usual_week_days(self.grade)

    @property
    def name(self) -> str:
        return class_name(self.grade, self.letter)


@dataclass
class Part:
    """What one teacher teaches to one group."""

    group: int
    teacher: int = -1
    room: int = -1


@dataclass
class Course:
    """A subject taught to a class: in one part, or in two parts at the same time."""

    of: SchoolClass
    subject: int
    hours: int
    parts: list[Part] = field(default_factory=list)

    @property
    def teachers(self) -> list[int]:
        return [part.teacher for part in self.parts]


@dataclass
class Plan:
    """Who teaches what to whom; the rows of staff with the same numbers are made later."""

    classes: list[SchoolClass]
    courses: list[Course]
    departments: dict[Department, list[int]]
    leaders: dict[int, int] = field(default_factory=dict)
    """Class teachers, by class."""

    @property
    def director(self) -> int:
        """The number that follows the teachers'."""
        return sum(map(len, self.departments.values()))

    def department_of(self, teacher: int) -> Department:
        return next(department for department, teachers in self.departments.items() if teacher in teachers)

    def hours_of(self, teacher: int) -> list[Course]:
        """The courses that a teacher has a part in."""
        return [course for course in self.courses if teacher in course.teachers]


def profile_of(each: SchoolClass) -> int | None:
    """The number of a class's profile: the oldest have one, letter by letter."""
    return _profile(each.grade, each.letter)


def _profile(grade: int, letter: str) -> int | None:
    return "АБВГДЕ".index(letter) % len(PROFILES) if grade >= 10 else None


def _add_classes(rows: Rows, size: DemoSize, rng: Random) -> list[SchoolClass]:
    classes = []
    for grade in size.grades:
        for letter in size.letters:
            students, shift = rng.choice(size.class_size), 2 if grade in size.second_shift else 1
            number = rows.add(
                "school_class",
                year_id=0,
                grade=grade,
                letter=letter,
                period_kind=usual_period_kind(grade).value,
                shift=shift,
                capacity=size.class_size.stop + 1,
                profile_id=_profile(grade, letter),
                week_days=usual_week_days(grade),
            )
            classes.append(SchoolClass(number, grade, letter, shift, students, students >= size.split_from))
    if not any(each.split for each in classes):
        raise ValueError("no class is big enough to be split")
    for each in classes:
        rows.add("study_group", class_id=each.number, kind=GroupKind.WHOLE.value)
    return classes


def _group_names(subject: Subject) -> tuple[str, str]:
    return ("девочки", "мальчики") if subject.split is Split.BY_SEX else ("группа 1", "группа 2")


def _add_courses(rows: Rows, classes: list[SchoolClass], teachers: dict[Department, list[int]]) -> list[Course]:
    """Courses and their groups. A class is only split where there are two teachers to teach it at once."""
    courses = []
    for each in classes:
        for number, subject in enumerate(SUBJECTS):
            department = subject.taught_by(each.grade)
            if not (hours := subject.hours[each.grade - 1]):
                continue
            split = each.split and subject.split is not Split.NO and department is not Department.PRIMARY
            if split and len(teachers[department]) > 1:
                groups = [
                    rows.add(
                        "study_group",
                        class_id=each.number,
                        kind=GroupKind.SUBGROUP.value,
                        subject_id=number,
                        name=name,
                    )
                    for name in _group_names(subject)
                ]
            else:
                groups = [each.number]
            courses.append(Course(each, number, hours, [Part(group) for group in groups]))
    return courses


def _staffing(classes: list[SchoolClass], total: int) -> dict[Department, list[int]]:
    """How many teachers each department gets: a primary class has its own, the rest follow the hours (D'Hondt)."""
    hours: dict[Department, float] = defaultdict(float)
    for each in classes:
        for subject in SUBJECTS:
            parts = 2 if each.split and subject.split is not Split.NO else 1
            hours[subject.taught_by(each.grade)] += subject.hours[each.grade - 1] * parts
    primary = sum(each.grade <= 4 for each in classes)
    hours.pop(Department.PRIMARY, None)
    count = {department: 1 for department in Department if hours.get(department)}
    while sum(count.values()) + primary < total:
        count[max(count, key=lambda department: hours[department] / count[department])] += 1
    if primary:
        count = {Department.PRIMARY: primary} | count
    numbers = iter(range(sum(count.values())))
    return {department: [next(numbers) for _ in range(n)] for department, n in count.items()}


def _share_out(courses: list[Course], department: Department, teachers: list[int]) -> None:
    """Give each part of the department's courses a teacher, block by block, with about the same hours for each.

    What a class learns of one block stays in one hand: Russian and literature, algebra and geometry.
    """
    bundles: dict[tuple[int, int, int], list[Course]] = defaultdict(list)
    for course in courses:
        subject = SUBJECTS[course.subject]
        if subject.taught_by(course.of.grade) is department:
            block = 0 if department is Department.PRIMARY else subject.block
            for half in range(len(course.parts)):
                bundles[block, half, course.of.number].append(course)
    load = dict.fromkeys(teachers, 0)
    fair = sum(course.hours for bundle in bundles.values() for course in bundle) / len(teachers)
    for (_, half, _), bundle in sorted(bundles.items()):
        hours = sum(course.hours for course in bundle)
        teacher = teachers[min(int((sum(load.values()) + hours / 2) / fair), len(teachers) - 1)]
        busy = {part.teacher for course in bundle for part in course.parts}
        if teacher in busy:
            teacher = min((other for other in teachers if other not in busy), key=lambda other: load[other])
        for course in bundle:
            course.parts[half].teacher = teacher
        load[teacher] += hours


def _choose_leaders(plan: Plan) -> None:
    """Each class gets the teacher who sees it most, and each teacher at most one class."""
    for each in plan.classes:
        hours: dict[int, int] = defaultdict(int)
        for course in plan.courses:
            if course.of is each:
                for teacher in course.teachers:
                    hours[teacher] += course.hours if len(course.parts) == 1 else 1
        free = [teacher for teacher in hours if teacher not in plan.leaders.values()]
        plan.leaders[each.number] = max(free, key=lambda teacher: (hours[teacher], -teacher))


def make_plan(rows: Rows, size: DemoSize, rng: Random) -> Plan:
    """Classes, groups, courses and their teachers, numbered from 0 department by department."""
    classes = _add_classes(rows, size, rng)
    departments = _staffing(classes, size.teachers)
    plan = Plan(classes, _add_courses(rows, classes, departments), departments)
    for department, teachers in departments.items():
        _share_out(plan.courses, department, teachers)
    _choose_leaders(plan)
    _give_to_director(plan)
    return plan


def _give_to_director(plan: Plan) -> None:
    """The director teaches social studies to one of the oldest classes."""
    course = max(
        (course for course in plan.courses if SUBJECTS[course.subject].name == "Обществознание"),
        key=lambda course: (course.of.grade, -course.of.number),
    )
    course.parts[0].teacher = plan.director
