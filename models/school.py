"""The school and its people: one person may be staff, student and guardian at once."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Computed, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.account import APPOINTED
from rules.school import Contact, ContactsOf, GuardianKind, Sex

from .base import Amended, Base, Dated, Numbered, Versioned, reference, words


class School(Amended, Base):
    """A school: the directory in which a sign-in finds `school_id` by the school's code, and the school card (3).

    `edit_lock_days`: after how many days a lesson is closed to teachers (7.6); null: never.
    """

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
    site: Mapped[str | None]
    licence_number: Mapped[str | None]
    licence_issued_on: Mapped[date | None]
    licence_issued_by: Mapped[str | None]
    licence_valid_until: Mapped[date | None]
    accreditation_number: Mapped[str | None]
    accreditation_issued_on: Mapped[date | None]
    accreditation_issued_by: Mapped[str | None]
    accreditation_valid_until: Mapped[date | None]
    edit_lock_days: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("edit_lock_days >= 0", name="edit_lock_days"),
        Index("school_words_idx", text("school_words(code, name, full_name)"), postgresql_using="gin"),
    )


class Person(Numbered, Amended, Base):
    """The fields of 1.6, 4.3 and 4.6 that every card shares.

    Contacts of students and guardians may be written and read only while a `ContactDecision` is in force (4.8).
    """

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
        return (Index(None, "school_id", "sort_key"), Index(None, "school_id", "birth_date"))


class Staff(Numbered, Amended, Base):
    """An employee's card (4.3). `functions` are the roles that the employee is to have in the System."""

    person_id: Mapped[int] = reference("person")
    number: Mapped[str]
    position: Mapped[str]
    grade: Mapped[str | None]
    category: Mapped[str | None]
    diploma: Mapped[str | None]
    functions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    hired_on: Mapped[date]
    dismissed_on: Mapped[date | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        listed = ", ".join(f"'{role}'" for role in sorted(APPOINTED))
        return (
            UniqueConstraint("school_id", "person_id"),
            UniqueConstraint("school_id", "number"),
            CheckConstraint(f"functions <@ ARRAY[{listed}]", name="functions"),
        )


class Student(Numbered, Amended, Base):
    """A student's card (4.6), under the number of the personal file."""

    person_id: Mapped[int] = reference("person")
    file_number: Mapped[str]
    individual_plan: Mapped[bool] = mapped_column(server_default="false")
    taught_at_home: Mapped[bool] = mapped_column(server_default="false")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "person_id"), UniqueConstraint("school_id", "file_number"))


class Guardian(Numbered, Amended, Base):
    """A parent or other legal representative, entered on their application (4.7)."""

    person_id: Mapped[int] = reference("person")
    applied_on: Mapped[date]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "person_id"),)


class Guardianship(Numbered, Dated, Amended, Base):
    """Whose guardian a guardian is, and from when to when; `application` is how the application is registered (4.7)."""

    guardian_id: Mapped[int] = reference("guardian")
    student_id: Mapped[int] = reference("student")
    kind: Mapped[str] = words(GuardianKind)
    application: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "guardian_id", "student_id", "starts_on"),
            Index(None, "school_id", "student_id"),
        )


class ContactDecision(Numbered, Dated, Versioned, Base):
    """The school's decision to collect a contact of its students or their guardians, while it is in force (4.8)."""

    number: Mapped[str]
    decided_on: Mapped[date]
    contact: Mapped[str] = words(Contact)
    contacts_of: Mapped[str] = words(ContactsOf)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "contacts_of", "contact", "starts_on"),)
