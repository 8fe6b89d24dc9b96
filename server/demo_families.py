"""The demo school's families: students in their classes and subgroups, brothers and sisters, guardians."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from rules.school import GuardianKind, Sex

from .demo_curriculum import SUBJECTS, Split
from .demo_people import ABROAD_FAMILY, People, Person
from .demo_plan import DemoSize, Plan, SchoolClass
from .demo_rows import Rows
from .demo_staff import Cast, Team
from .demo_words import MEN, WOMEN
from .demo_year import DEMO_TODAY, YEAR_STARTS

PARTED_ON = date(2026, 5, 6)
"""When the one guardianship that has ended did so."""


@dataclass
class Child:
    """A child before it has a row."""

    of: SchoolClass
    family: "Family"
    sex: Sex
    given: str
    birth_date: date
    student: int = -1


@dataclass
class Family:
    """A family; `name` as a man bears it. A guardian who works here has a person already."""

    name: str
    father: str
    home: str | None
    children: list[Child] = field(default_factory=list)
    guardians: list[tuple[GuardianKind, Person | None]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    planned: bool = False


@dataclass(frozen=True)
class Stay:
    """A student's time in a class: both days inclusive, `ends_on` open."""

    student: int
    of: int
    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass
class Student:
    """A student as the journal needs them."""

    person: Person
    grade: int
    taught_at_home: bool = False
    individual_plan: bool = False


@dataclass
class Pupils:
    """All students with their families and groups."""

    families: list[Family]
    demo: Family
    demo_pair: Family
    students: list[Student] = field(default_factory=list)
    guardians: list[Person] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    rosters: dict[int, list[Stay]] = field(default_factory=dict)
    """Who is in each group."""


class _Settlement:
    """Fills the seats of all classes with the children of families."""

    def __init__(self, plan: Plan, cast: Cast, team: Team, people: People, rng: Random) -> None:
        self.people, self.rng, self.team = people, rng, team
        self.seats = [each for each in plan.classes for _ in range(each.size)]
        rng.shuffle(self.seats)
        self.families: list[Family] = []
        for parent in cast.parents:
            self._of_teacher(team.persons[parent.teacher], parent.child_class)
        self.demo = self._planned(cast.student_class)
        other = next(each for each in plan.classes if each.grade >= 2 and abs(each.grade - plan.classes[-1].grade) > 1)
        self.demo_pair = self._planned(other, plan.classes[-1])
        while self.seats:
            self._random()

    def _take(self, of: SchoolClass) -> SchoolClass:
        self.seats.remove(of)
        return of

    def _family(self, name: str, *, planned: bool = False) -> Family:
        family = Family(name, self.rng.choice(MEN), self.people.home(), planned=planned)
        if name == ABROAD_FAMILY:
            family.father = self.people.given(name, Sex.MALE, adult=True)
        self.families.append(family)
        return family

    def _bear(self, family: Family, of: SchoolClass, birth_date: date | None = None) -> None:
        sex = self.rng.choice(list(Sex))
        taken = {child.given for child in family.children}
        given = next(
            name
            for name in iter(lambda: self.people.given(family.name, sex, adult=False), None)
            if name is not None and name not in taken
        )
        # A first-grader of 2025 was born between November 2017 and October 2018.
        born = birth_date or date(2018 - of.grade, 11, 1) + timedelta(days=self.rng.randrange(365))
        family.children.append(Child(of, family, sex, given, born))

    def _of_teacher(self, person: Person, of: SchoolClass) -> None:
        family = self._family(person.family, planned=True)
        if person.sex is Sex.MALE:
            family.father = person.given
        self._bear(family, self._take(of))
        mother, father = (GuardianKind.MOTHER, GuardianKind.FATHER)
        kind, spouse = (father, mother) if person.sex is Sex.MALE else (mother, father)
        family.guardians = [(kind, person)] + [(spouse, None)] * (self.rng.random() < 0.5)

    def _planned(self, *classes: SchoolClass) -> Family:
        family = self._family(self.people.family(), planned=True)
        for of in classes:
            self._bear(family, self._take(of))
        family.guardians = [(GuardianKind.MOTHER, None), (GuardianKind.FATHER, None)]
        return family

    def _random(self) -> None:
        rng = self.rng
        family = self._family(ABROAD_FAMILY if len(self.families) % 200 == 9 else self.people.family())
        of = self.seats.pop()
        self._bear(family, of)
        if rng.random() < 0.012 and of in self.seats:
            self._bear(family, self._take(of), family.children[0].birth_date)
        while rng.random() < (0.16 if len(family.children) == 1 else 0.08):
            apart = [
                each
                for each in self.seats[-40:]
                if all(abs(each.grade - child.of.grade) > 1 for child in family.children)
            ]
            if not apart:
                break
            self._bear(family, self._take(rng.choice(apart)))
        family.guardians = self._guardians()

    def _guardians(self) -> list[tuple[GuardianKind, Person | None]]:
        chance = self.rng.random()
        if chance < 0.015:
            return [(GuardianKind.GUARDIAN, None)]
        if chance < 0.04:
            return [(GuardianKind.FATHER, None)]
        if chance < 0.32:
            return [(GuardianKind.MOTHER, None)]
        return [(GuardianKind.MOTHER, None), (GuardianKind.FATHER, None)]


def _add_students(rows: Rows, pupils: Pupils, people: People, rng: Random) -> None:
    """Students in the order of the classes and of their registers."""
    children = [child for family in pupils.families for child in family.children]
    children.sort(key=lambda child: (child.of.number, child.family.name.replace("ё", "е"), child.given))
    for child in children:
        family = child.family
        person = people.add(
            family.name,
            child.sex,
            child.birth_date,
            given=child.given,
            father=family.father,
            home=family.home,
            reachable=child.of.grade >= 5 and rng.random() < 0.7,
        )
        child.student = len(pupils.students)
        pupils.students.append(Student(person, child.of.grade))


def _add_guardians(rows: Rows, pupils: Pupils, people: People, rng: Random) -> None:
    """Guardians, entered when their eldest came to school (4.7). One of them is no longer a guardian."""
    parted = next(family for family in pupils.families if not family.planned and len(family.guardians) > 1)
    for family in pupils.families:
        eldest = min(child.birth_date for child in family.children)
        grade = max(child.of.grade for child in family.children)
        for kind, person in family.guardians:
            person = person or _guardian(people, family, kind, eldest, rng)
            applied_on = date(2026 - grade, 8, rng.randrange(1, 31))
            number = rows.add("guardian", person_id=person.number, applied_on=applied_on)
            family.numbers.append(number)
            pupils.guardians.append(person)
            for child in family.children:
                rows.add(
                    "guardianship",
                    guardian_id=number,
                    student_id=child.student,
                    kind=kind.value,
                    starts_on=applied_on,
                    ends_on=PARTED_ON if family is parted and kind is GuardianKind.FATHER else None,
                    application=f"{number + 1}/{applied_on:%Y}",
                )


def _guardian(people: People, family: Family, kind: GuardianKind, eldest: date, rng: Random) -> Person:
    age = rng.randrange(44, 55) if kind is GuardianKind.GUARDIAN else rng.randrange(20, 37)
    birth_date = people.birthday(eldest.year - age)
    if kind is GuardianKind.FATHER:
        return people.add(family.name, Sex.MALE, birth_date, given=family.father, home=family.home)
    other_name = family.name != ABROAD_FAMILY and rng.random() < (0.5 if kind is GuardianKind.GUARDIAN else 0.1)
    name = people.family() if other_name else family.name
    given = None if name == ABROAD_FAMILY else rng.choice(WOMEN)
    return people.add(name, Sex.FEMALE, birth_date, given=given, home=family.home)


def _place(plan: Plan, pupils: Pupils, size: DemoSize, days: list[date], rng: Random) -> None:
    """Enrol everyone, and let a few come, go, change class, or learn in a way of their own."""
    past = [day for day in days if day < DEMO_TODAY]
    ordinary = [child for family in pupils.families for child in family.children if not family.planned]
    special = iter(rng.sample(ordinary, _special(size)))

    def some(count: int) -> list[Child]:
        return [next(special) for _ in range(count)]

    def moments(count: int) -> list[date]:
        return [past[len(past) * (n + 1) // (count + 1)] for n in range(count)]

    joins = {child.student: day for child, day in zip(some(size.joined), moments(size.joined), strict=True)}
    leaves = {child.student: day for child, day in zip(some(size.left), moments(size.left), strict=True)}
    changes = {
        child.student: day for child, day in zip(some(size.changed_class), moments(size.changed_class), strict=True)
    }
    for child in some(size.taught_at_home):
        pupils.students[child.student].taught_at_home = True
    for child in some(size.individual_plan):
        pupils.students[child.student].individual_plan = True
    children = sorted((child for family in pupils.families for child in family.children), key=lambda c: c.student)
    for child in children:
        student, of = child.student, child.of.number
        starts_on = joins.get(student, YEAR_STARTS)
        if student in changes:
            pupils.stays.append(Stay(student, of, starts_on, changes[student] - timedelta(days=1)))
            of, starts_on = _beside(plan, child.of), changes[student]
        pupils.stays.append(Stay(student, of, starts_on, leaves.get(student)))


def _special(size: DemoSize) -> int:
    return size.joined + size.left + size.changed_class + size.taught_at_home + size.individual_plan


def _beside(plan: Plan, of: SchoolClass) -> int:
    """Another class of the same grade."""
    parallel = [each.number for each in plan.classes if each.grade == of.grade]
    return dict(pairwise([*parallel, parallel[0]]))[of.number]


def _halves(stays: Sequence[Stay], pupils: Pupils, split: Split) -> tuple[list[Stay], list[Stay]]:
    """A class in two: girls and boys, or the first and the second half of the register."""
    register = sorted(stays, key=lambda stay: pupils.students[stay.student].person.sort_key)
    if split is Split.BY_SEX:
        girls = [stay for stay in register if pupils.students[stay.student].person.sex is Sex.FEMALE]
        return girls, [stay for stay in register if stay not in girls]
    half = (len(register) + 1) // 2
    return register[:half], register[half:]


def _add_rosters(rows: Rows, plan: Plan, pupils: Pupils) -> None:
    """Who is in which group: a whole class follows from enrolment, a subgroup has rows of its own."""
    by_class: dict[int, list[Stay]] = defaultdict(list)
    for stay in pupils.stays:
        by_class[stay.of].append(stay)
    for course in plan.courses:
        stays = by_class[course.of.number]
        if len(course.parts) == 1:
            pupils.rosters[course.parts[0].group] = stays
            continue
        for part, half in zip(course.parts, _halves(stays, pupils, SUBJECTS[course.subject].split), strict=True):
            pupils.rosters[part.group] = half
            for stay in half:
                rows.add(
                    "group_member",
                    group_id=part.group,
                    student_id=stay.student,
                    starts_on=stay.starts_on,
                    ends_on=stay.ends_on,
                )


def make_pupils(
    rows: Rows, plan: Plan, cast: Cast, team: Team, size: DemoSize, days: list[date], people: People, rng: Random
) -> Pupils:
    """Families with their children in classes, guardians and subgroups."""
    settlement = _Settlement(plan, cast, team, people, rng)
    pupils = Pupils(settlement.families, settlement.demo, settlement.demo_pair)
    _add_students(rows, pupils, people, rng)
    _add_guardians(rows, pupils, people, rng)
    _place(plan, pupils, size, days, rng)
    for number, student in enumerate(pupils.students):
        rows.add(
            "student",
            person_id=student.person.number,
            file_number=f"{student.person.family[0]}-{number + 1:04}",
            individual_plan=student.individual_plan,
            taught_at_home=student.taught_at_home,
        )
    _add_rosters(rows, plan, pupils)
    return pupils
