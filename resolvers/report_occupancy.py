"""«Наполняемость классов»: how full each class is on a day (10.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Date, and_, func, select
from sqlalchemy.orm import aliased

from documents.tables import Chart, Column, Kind, Line, Paper, Table
from models.curriculum import AcademicYear, Enrolment, SchoolClass
from models.school import Person, Student
from permissions.scopes import of_school, on, same
from rules.report import ABOUT, Report
from rules.report_figures import rounded
from rules.report_school import Level, Part, parts_of
from rules.school import Sex

from .context import Context
from .edges_kinds import argument
from .report import Asked, Question
from .report_classes_summary import style_of
from .report_names import Names
from .report_school import class_columns, class_of_row
from .report_shown import Shown, check_day, shown_to
from .report_stays import Stays


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """A class or a sum of classes. capacity, free: of the classes that have a planned size; free is negative where
    there are more students than places.
    """

    part: Part
    capacity: int | None
    students: int
    boys: int
    girls: int
    free: int | None
    stays: Stays

    @property
    def classes(self) -> int:
        """How many classes."""
        return len(self.part.classes)

    @property
    def average(self) -> Decimal | None:
        """Students to a class, with two digits."""
        return rounded(Fraction(self.students, self.classes)) if self.classes else None

    @property
    def formula(self) -> str:
        """The formula of the average."""
        return "обучающихся / классов"


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The whole report, on a day."""

    school_id: int
    asked: Asked
    on: date
    rows: list[OccupancyRow]
    shown: Shown

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (OCCUPANCY_LEGEND, *self.shown.legend)


def _counts() -> Any:
    """Classes of the year of a day, with how many boys and girls are in them on it."""
    day, before = argument("day", Date), aliased(SchoolClass)
    there = and_(Enrolment.school_id == SchoolClass.school_id, Enrolment.class_id == SchoolClass.id, on(day, Enrolment))
    count = func.count(Enrolment.id)
    return (
        select(
            *class_columns(before),
            count.filter(Person.sex == Sex.MALE).label("boys"),
            count.filter(Person.sex == Sex.FEMALE).label("girls"),
        )
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .join(before, same(before, SchoolClass.continues_id), isouter=True)
        .join(Enrolment, there, isouter=True)
        .join(Student, same(Student, Enrolment.student_id), isouter=True)
        .join(Person, same(Person, Student.person_id), isouter=True)
        .where(of_school(SchoolClass), AcademicYear.starts_on <= day, AcademicYear.ends_on >= day)
        .group_by(*class_columns(before))
    )


_occupancy = Question(_counts)


async def occupancy(context: Context, school_id: int, asked: Asked) -> Occupancy:
    """The report, in one statement."""
    day, shown = asked.day or context.viewer.today, shown_to(context)
    await check_day(context, day, "on")
    found = {row["id"]: row for row in await _occupancy(context, day=day)}
    parts = parts_of(class_of_row(row) for row in found.values())
    rows = [_row(part, [found[each] for each in part.classes], day, shown) for part in parts]
    return Occupancy(school_id, asked, day, rows, shown)


def _row(part: Part, classes: Sequence[Any], day: date, shown: Shown) -> OccupancyRow:
    boys, girls = (sum(each[name] for each in classes) for name in ("boys", "girls"))
    planned = [each for each in classes if each["capacity"] is not None]
    capacity = sum(each["capacity"] for each in planned) if planned else None
    free = None if capacity is None else capacity - shown.people(sum(each["boys"] + each["girls"] for each in planned))
    students, boys, girls = (shown.people(each) for each in (boys + girls, boys, girls))
    return OccupancyRow(part, capacity, students, boys, girls, free, Stays(part.classes, day, day))


_STUDENTS = "Обучающихся"
_COLUMNS = (
    Column("Класс"),
    Column("Классов", Kind.NUMBER, 18),
    Column("Мест по плану", Kind.NUMBER, 22),
    *(Column(title, Kind.NUMBER, 20, _STUDENTS) for title in ("всего", "мальчики", "девочки")),
    Column("В среднем в классе", Kind.DECIMAL, 24),
    Column("Свободных мест", Kind.NUMBER, 24),
)
OCCUPANCY_LEGEND = (
    "Свободные места — план без тех, кто учится; со знаком «−», если учится больше. Суммы плана и свободных мест — по "
    "классам, у которых план назначен."
)


async def occupancy_paper(context: Context, school_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await occupancy(context, school_id, asked)
    about = ABOUT[Report.OCCUPANCY]
    names = Names(context, about.roles)
    classes = [row for row in found.rows if row.part.level is Level.CLASS]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[("На день", f"{found.on:%d.%m.%Y}")],
        tables=[Table(_COLUMNS, [Line(_cells(row), style_of(row.part)) for row in found.rows])],
        charts=[
            Chart(
                "Наполняемость классов",
                [row.part.title for row in classes],
                [
                    ("Учится", [row.students for row in classes]),
                    ("Мест по плану", [row.capacity for row in classes]),
                ],
                least=0,
            )
        ],
        legend=found.legend,
        signers=[("Заместитель директора", "")],
    )


def _cells(row: OccupancyRow) -> list[Any]:
    counts = (row.classes, row.capacity, row.students, row.boys, row.girls)
    return [row.part.title, *counts, row.average, row.free]
