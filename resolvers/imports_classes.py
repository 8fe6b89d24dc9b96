"""The classes of the school year that an import works in: found by name, or made with the group of the whole class."""

from collections.abc import Iterable
from datetime import date

import asyncpg

from models.curriculum import SchoolClass, StudyGroup
from rules.curriculum import GroupKind, class_name, usual_period_kind
from rules.curriculum_plan import usual_week_days
from rules.imports import Problem

from .imports_plan import BadRow, ImportPlan

YEARS = "SELECT id, name, starts_on, ends_on FROM academic_year WHERE school_id = $1 ORDER BY starts_on"
CLASSES = """
SELECT school_class.id, school_class.grade, school_class.letter, study_group.id AS whole_id
FROM school_class
LEFT JOIN study_group ON study_group.school_id = school_class.school_id
    AND study_group.class_id = school_class.id AND study_group.kind = 'whole'
WHERE school_class.school_id = $1 AND school_class.year_id = $2
"""


class Classes:
    """Classes by grade and letter."""

    def __init__(self, plan: ImportPlan, year: asyncpg.Record, found: Iterable[asyncpg.Record]) -> None:
        self.plan = plan
        self.year_id: int = year["id"]
        self.starts_on: date = year["starts_on"]
        self.ends_on: date = year["ends_on"]
        self._ids: dict[tuple[int, str], int] = {}
        self._whole: dict[int, int] = {}
        for row in found:
            self._ids[row["grade"], row["letter"]] = row["id"]
            if row["whole_id"] is not None:
                self._whole[row["id"]] = row["whole_id"]
        self.divided = {grade for grade, letter in self._ids if letter}

    def expect(self, named: Iterable[tuple[int, str]]) -> None:
        """Say which classes the file names, so that a forgotten letter is seen wherever in the file it stands."""
        self.divided |= {grade for grade, letter in named if letter}

    def find_or_make(self, grade: int, letter: str) -> int:
        """The id of a class."""
        ledger = self.plan.ledger
        class_id = self._ids.get((grade, letter))
        if class_id is None:
            if not letter and grade in self.divided:
                raise BadRow("class", f"Не указана буква класса: в {grade} параллели классы с буквами.")
            class_id = self._ids[grade, letter] = ledger.add(
                SchoolClass,
                year_id=self.year_id,
                grade=grade,
                letter=letter,
                period_kind=usual_period_kind(grade),
                week_days=usual_week_days(grade),
            )
            self.plan.made.append(f"класс {class_name(grade, letter)}")
        else:
            ledger.settle(SchoolClass, class_id, {})
        if class_id not in self._whole:
            self._whole[class_id] = ledger.add(
                StudyGroup, class_id=class_id, kind=GroupKind.WHOLE, subject_id=None, name=None
            )
        return class_id

    def whole(self, class_id: int) -> int:
        """The group of the whole class."""
        return self._whole[class_id]


async def read_classes(connection: asyncpg.Connection, plan: ImportPlan) -> Classes | None:
    """The classes of the current year: the latest that has begun, or, before a school's first, that one.

    A school without any year gets a problem, since a class belongs to a year.
    """
    years = await connection.fetch(YEARS, plan.school_id)
    if not years:
        plan.problems.append(Problem(None, None, "Нет учебного года: сначала введите его (п. 5.2)."))
        return None
    year = [year for year in years if year["starts_on"] <= plan.today or year is years[0]][-1]
    plan.year = year["name"]
    return Classes(plan, year, await connection.fetch(CLASSES, plan.school_id, year["id"]))
