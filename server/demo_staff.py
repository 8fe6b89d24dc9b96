"""The demo school's staff: teachers, those who came and went in the year, and the administration."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from rules.account import Role
from rules.school import Sex

from .demo_curriculum import POSITIONS, PRIMARY_POSITION, SUBJECTS, Department
from .demo_people import People, Person
from .demo_plan import DemoSize, Plan, SchoolClass
from .demo_rows import Rows
from .demo_year import DEMO_TODAY, YEAR_ENDS, YEAR_STARTS

ADMINISTRATION = (
    ("Директор", "Менеджмент в образовании", (Role.DIRECTOR, Role.TEACHER)),
    ("Заместитель директора по учебной работе", "Математика", (Role.DEPUTY,)),
    ("Секретарь", "Документоведение", (Role.SECRETARY,)),
    ("Специалист по кадрам", "Управление персоналом", (Role.HR,)),
    ("Системный администратор", "Информационные системы", (Role.ADMINISTRATOR,)),
    ("Педагог-библиотекарь", "Библиотечное дело", ()),
)
DIRECTOR, DEPUTY, SECRETARY, HR, ADMINISTRATOR, LIBRARIAN = range(6)


@dataclass(frozen=True)
class TeacherParent:
    """A teacher whose child is in a class here."""

    teacher: int
    child_class: SchoolClass


@dataclass
class Cast:
    """Who of the plan plays a part that the demo's logins name. Nobody of them leaves."""

    student_class: SchoolClass
    class_teacher: int
    teacher: int
    parents: list[TeacherParent]

    @property
    def teachers(self) -> set[int]:
        return {self.class_teacher, self.teacher, *(parent.teacher for parent in self.parents)}


@dataclass(frozen=True)
class Departure:
    """A teacher who left, the last day, and who came instead."""

    teacher: int
    last_day: date
    successor: int


@dataclass
class Team:
    """All staff; numbers are those of their rows."""

    persons: list[Person] = field(default_factory=list)
    hired: list[date] = field(default_factory=list)
    roles: list[tuple[Role, ...]] = field(default_factory=list)
    departures: dict[int, Departure] = field(default_factory=dict)
    administration: list[int] = field(default_factory=list)

    def on(self, day: date, teacher: int) -> int:
        """Who stands in a teacher's place on a day."""
        departure = self.departures.get(teacher)
        return departure.successor if departure and day > departure.last_day else teacher


def choose_cast(plan: Plan, size: DemoSize) -> Cast:
    """The student sits in a split class with marks; the class teacher leads it, the teacher teaches there."""
    big = [each for each in plan.classes if each.split and each.grade >= 5]
    student_class = (big or plan.classes)[0]
    reach = {
        teacher: {course.of.number for course in plan.hours_of(teacher)}
        for teachers in plan.departments.values()
        for teacher in teachers
    }
    leaders = set(plan.leaders.values())
    class_teacher = plan.leaders[student_class.number]
    hours = {each: sum(course.hours for course in plan.hours_of(each) if course.of is student_class) for each in reach}
    teacher = max(
        (each for each, classes in reach.items() if each not in leaders and student_class.number in classes),
        key=lambda each: (hours[each] > 1, len(reach[each])),
    )
    cast = Cast(student_class, class_teacher, teacher, [])
    free = sorted(reach.keys() - {class_teacher, teacher}, key=lambda each: (-len(reach[each]), each))
    for wanted in range(size.teacher_parents):
        # The first child's class is out of its parent's reach as a teacher; all others are taught by their parent.
        parent, of = next(
            (each, of)
            for each in free
            for of in reversed(plan.classes)
            if of.grade >= 2 and of is not student_class and (of.number in reach[each]) is (wanted > 0)
        )
        cast.parents.append(TeacherParent(parent, of))
        free = [each for each in free if plan.department_of(each) is not plan.department_of(parent)]
    return cast


def _position(plan: Plan, teacher: int) -> tuple[str, str]:
    """A teacher's position and diploma follow from what they teach most."""
    if plan.department_of(teacher) is Department.PRIMARY:
        return PRIMARY_POSITION
    course = max(plan.hours_of(teacher), key=lambda course: course.hours)
    return POSITIONS[SUBJECTS[course.subject].name]


class _Hiring:
    """Puts staff on the books one by one."""

    def __init__(self, rows: Rows, people: People, rng: Random) -> None:
        self.rows, self.people, self.rng, self.team = rows, people, rng, Team()

    def hire(
        self,
        position: tuple[str, str],
        roles: tuple[Role, ...],
        born: int,
        *,
        sex: Sex | None = None,
        on: date | None = None,
        until: date | None = None,
    ) -> int:
        rng, number = self.rng, len(self.team.persons)
        hired = on or self._august(rng.randrange(max(born + 23, 1995), 2026))
        person = self.people.add(
            self.people.family(),
            sex or (Sex.MALE if rng.random() < 0.15 else Sex.FEMALE),
            self.people.birthday(born),
            home=self.people.home(),
        )
        teaches = Role.TEACHER in roles
        self.rows.add(
            "staff",
            person_id=person.number,
            number=f"{number + 1:03}",
            position=position[0],
            grade=str(rng.randrange(9, 15)) if teaches else None,
            category=rng.choice(("Высшая", "Первая", None)) if teaches else None,
            diploma=position[1],
            hired_on=hired,
            dismissed_on=until,
        )
        self.team.persons.append(person)
        self.team.hired.append(hired)
        self.team.roles.append(roles)
        return number

    def _august(self, year: int) -> date:
        return date(year, 8, self.rng.randrange(15, 30))


def _departures(plan: Plan, cast: Cast, size: DemoSize, days: list[date], rng: Random) -> dict[int, date]:
    """Who leaves, and their last day of work. The first of them leads a class."""
    if not size.departures:
        return {}
    past = [day for day in days if day < DEMO_TODAY]
    leaders = [each for each in plan.leaders.values() if each not in cast.teachers]
    others = [
        each for teachers in plan.departments.values() for each in teachers if each not in {*cast.teachers, *leaders}
    ]
    chosen = [rng.choice(leaders), *rng.sample(others, size.departures - 1)]
    return {teacher: past[len(past) * (n + 1) // (size.departures + 1)] for n, teacher in enumerate(chosen)}


def make_team(
    rows: Rows, plan: Plan, cast: Cast, size: DemoSize, days: list[date], people: People, rng: Random
) -> Team:
    """Staff in the order of the plan's numbers, then the administration, then those who came in the year."""
    hiring = _Hiring(rows, people, rng)
    leaving = _departures(plan, cast, size, days, rng)
    child_grade = {parent.teacher: parent.child_class.grade for parent in cast.parents}
    positions = {}
    for department, teachers in plan.departments.items():
        for teacher in teachers:
            positions[teacher] = _position(plan, teacher)
            grade = child_grade.get(teacher)
            born = rng.randrange(1962, 2002) if grade is None else 2018 - grade - rng.randrange(23, 33)
            sex = rng.choice(list(Sex)) if department is Department.SPORT else None
            hiring.hire(positions[teacher], (Role.TEACHER,), born, sex=sex, until=leaving.get(teacher))
    for position, diploma, roles in ADMINISTRATION:
        number = hiring.hire((position, diploma), roles, rng.randrange(1968, 1995))
        hiring.team.administration.append(number)
    for teacher, last_day in leaving.items():
        first_day = last_day + timedelta(days=1)
        successor = hiring.hire(positions[teacher], (Role.TEACHER,), rng.randrange(1970, 2003), on=first_day)
        hiring.team.departures[teacher] = Departure(teacher, last_day, successor)
    return hiring.team


def _spells(team: Team, teacher: int) -> list[tuple[int, date]]:
    """Who has what a teacher was given in September, and until when."""
    departure = team.departures.get(teacher)
    if departure is None:
        return [(teacher, YEAR_ENDS)]
    return [(teacher, departure.last_day), (departure.successor, YEAR_ENDS)]


def add_appointments(rows: Rows, plan: Plan, team: Team, cast: Cast, days: list[date]) -> None:
    """Teaching assignments and class leaderships; a successor takes over both, and one class changes hands anyway."""
    for course in plan.courses:
        for part in course.parts:
            starts_on = YEAR_STARTS
            for staff, ends_on in _spells(team, part.teacher):
                rows.add(
                    "teaching_assignment",
                    staff_id=staff,
                    group_id=part.group,
                    subject_id=course.subject,
                    starts_on=starts_on,
                    ends_on=ends_on,
                )
                starts_on = ends_on + timedelta(days=1)
    handed_over = _handover(plan, team, cast)
    changes_on = [day for day in days if day < DEMO_TODAY][len(days) // 4]
    for of, leader in plan.leaders.items():
        spells = _spells(team, leader)
        if handed_over and handed_over[0] == of:
            spells = [(leader, changes_on), (handed_over[1], YEAR_ENDS)]
        starts_on = YEAR_STARTS
        for staff, ends_on in spells:
            days_held = {"staff_id": staff, "starts_on": starts_on, "ends_on": ends_on}
            rows.add("class_leadership", class_id=of, **days_held)
            rows.add("teaching_assignment", group_id=of, subject_id=len(SUBJECTS), **days_held)
            starts_on = ends_on + timedelta(days=1)


def _handover(plan: Plan, team: Team, cast: Cast) -> tuple[int, int] | None:
    """A class whose leadership passes to another of its teachers, and that teacher."""
    apart = cast.teachers | team.departures.keys() | set(plan.leaders.values())
    for of, leader in reversed(plan.leaders.items()):
        if leader in cast.teachers or leader in team.departures:
            continue
        for course in plan.courses:
            teacher = course.parts[0].teacher
            if course.of.number == of and teacher not in apart and teacher not in team.administration:
                return of, teacher
    return None
