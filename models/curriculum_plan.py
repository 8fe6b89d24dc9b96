"""The curriculum: profiles, components with their load, hours a week of each subject, and how years are divided."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Double, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.curriculum import GRADES, PeriodKind
from rules.curriculum_plan import ComponentKind

from .base import Base, Numbered, Versioned, half_hours, reference, some_grades, words

_GRADE = f"grade BETWEEN {GRADES[0]} AND {GRADES[-1]}"


class Profile(Numbered, Base):
    """A profile of one year, with the grades that it spans (5.2)."""

    year_id: Mapped[int] = reference("academic_year")
    name: Mapped[str]
    grades: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "year_id", "name"), some_grades())


class PeriodRule(Numbered, Base):
    """How the year of a grade's classes is divided (5.2): of those with a profile, or without one of their own."""

    year_id: Mapped[int] = reference("academic_year")
    grade: Mapped[int]
    profile_id: Mapped[int | None] = reference("profile")
    kind: Mapped[str] = words(PeriodKind)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "grade", "profile_id", postgresql_nulls_not_distinct=True),
            CheckConstraint(_GRADE, name="grade"),
        )


class Component(Numbered, Base):
    """A component of a year's plans (5.2): the obligatory part, the part formed by the school, the rest."""

    year_id: Mapped[int] = reference("academic_year")
    kind: Mapped[str] = words(ComponentKind)
    name: Mapped[str]
    position: Mapped[int]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "year_id", "name"),)


class ComponentLoad(Numbered, Base):
    """The load of a component in a grade (5.2), hours a week: of a profile, or of classes without one of their own."""

    component_id: Mapped[int] = reference("component")
    grade: Mapped[int]
    profile_id: Mapped[int | None] = reference("profile")
    hours: Mapped[float] = mapped_column(Double)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "component_id", "grade", "profile_id", postgresql_nulls_not_distinct=True),
            CheckConstraint(_GRADE, name="grade"),
            half_hours(),
        )


class PlanHours(Numbered, Versioned, Base):
    """Hours a week of a subject in a class, in a component of the plan (5.2)."""

    class_id: Mapped[int] = reference("school_class")
    subject_id: Mapped[int] = reference("subject")
    component_id: Mapped[int] = reference("component")
    hours: Mapped[float] = mapped_column(Double)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "class_id", "subject_id", "component_id"),
            Index(None, "school_id", "component_id"),
            half_hours(),
        )
