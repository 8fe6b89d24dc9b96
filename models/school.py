"""The school and its people: one person may be staff, student and guardian at once."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Computed, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.school import GuardianKind, Sex

from .base import Base, Dated, Numbered, reference, words


class School(Base):
    """A school: the directory in which a sign-in finds `school_id` by the school's code, and the school card (3)."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column("school_id", Identity(always=False), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    full_name: Mapped[str]
    time_zone: Mapped[str]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    tax_number: Mapped[str | None]
    licence: Mapped[str | None]
    accreditation: Mapped[str | None]


class Person(Numbered, Base):
    """The fields of 1.6, 4.3 and 4.6 that every card shares; contacts only where the school collects them (4.8)."""

    family_name: Mapped[str]
    given_name: Mapped[str]
    patronymic: Mapped[str | None]
    sort_key: Mapped[str] = mapped_column(
        Text(collation="C"),
        Computed("russian_key(family_name || ' ' || given_name || ' ' || coalesce(patronymic, ''))", persisted=True),
    )
    sex: Mapped[str] = words(Sex)
    birth_date: Mapped[date]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "sort_key"),)


class Staff(Numbered, Base):
    """An employee's card (4.3)."""

    person_id: Mapped[int] = reference("person")
    number: Mapped[str]
    position: Mapped[str]
    grade: Mapped[str | None]
    category: Mapped[str | None]
    diploma: Mapped[str | None]
    hired_on: Mapped[date]
    dismissed_on: Mapped[date | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "person_id"), UniqueConstraint("school_id", "number"))


class Student(Numbered, Base):
    """A student's card (4.6), under the number of the personal file."""

    person_id: Mapped[int] = reference("person")
    file_number: Mapped[str]
    individual_plan: Mapped[bool] = mapped_column(server_default="false")
    taught_at_home: Mapped[bool] = mapped_column(server_default="false")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "person_id"), UniqueConstraint("school_id", "file_number"))


class Guardian(Numbered, Base):
    """A parent or other legal representative, entered on their application (4.7)."""

    person_id: Mapped[int] = reference("person")
    applied_on: Mapped[date]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "person_id"),)


class Guardianship(Numbered, Dated, Base):
    """Whose guardian a guardian is, and from when to when."""

    guardian_id: Mapped[int] = reference("guardian")
    student_id: Mapped[int] = reference("student")
    kind: Mapped[str] = words(GuardianKind)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "guardian_id", "student_id", "starts_on"),
            Index(None, "school_id", "student_id"),
        )
