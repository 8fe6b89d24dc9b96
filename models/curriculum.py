"""The school year: periods, holidays, subjects, classes, groups, and who teaches what to whom, each with its dates."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Double, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.curriculum import GroupKind, PeriodKind, YearState
from rules.curriculum_plan import USUAL_WEEK_DAYS, WEEK_DAYS

from .base import Base, Dated, Numbered, half_hours, reference, some_grades, words


class AcademicYear(Numbered, Base):
    """A school year (5.2). `ends_on` is its last day in law (31 August), not the last day of lessons.

    Whatever belongs to a closed year can't be changed any more, by whomever: triggers see to that.
    """

    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = words(YearState, server_default=YearState.OPEN.value)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "name"),
            UniqueConstraint("school_id", "starts_on"),
        )


class Period(Numbered, Base):
    """A quarter, half-year or trimester (5.2), for the classes whose year is divided that way."""

    year_id: Mapped[int] = reference("academic_year")
    kind: Mapped[str] = words(PeriodKind)
    number: Mapped[int]
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "kind", "number"),
            UniqueConstraint("school_id", "id", "year_id"),
        )


class Holiday(Numbered, Base):
    """Days without lessons: holidays between periods and public ones; of some grades only, or (null) of all."""

    year_id: Mapped[int] = reference("academic_year")
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    grades: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "starts_on", "grades", postgresql_nulls_not_distinct=True),
            some_grades(),
        )


class EducationalArea(Numbered, Base):
    """An educational area (5.2), which subjects belong to."""

    name: Mapped[str]
    position: Mapped[int]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "name"),)


class Subject(Numbered, Base):
    """A subject with its educational area. One that is taught no longer is archived, for what is written of it."""

    name: Mapped[str]
    short_name: Mapped[str]
    area_id: Mapped[int | None] = reference("educational_area")
    archived_on: Mapped[date | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "name"), Index(None, "school_id", "area_id"))


class SchoolClass(Numbered, Base):
    """A class of one school year. continues_id: the class of the year before that goes on as this one (12)."""

    year_id: Mapped[int] = reference("academic_year")
    grade: Mapped[int]
    letter: Mapped[str]
    period_kind: Mapped[str] = words(PeriodKind)
    shift: Mapped[int] = mapped_column(server_default="1")
    capacity: Mapped[int | None]
    continues_id: Mapped[int | None] = reference("school_class")
    profile_id: Mapped[int | None] = reference("profile")
    week_days: Mapped[int] = mapped_column(server_default=str(USUAL_WEEK_DAYS))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "grade", "letter"),
            UniqueConstraint("school_id", "id", "year_id"),
            UniqueConstraint("school_id", "continues_id"),
            Index(None, "school_id", "profile_id"),
            CheckConstraint("grade BETWEEN 1 AND 11", name="grade"),
            CheckConstraint(f"week_days BETWEEN {WEEK_DAYS[0]} AND {WEEK_DAYS[-1]}", name="week_days"),
        )


class ClassLeadership(Numbered, Dated, Base):
    """Who is the class teacher, and from when to when."""

    class_id: Mapped[int] = reference("school_class")
    staff_id: Mapped[int] = reference("staff")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "class_id", "starts_on"),
            Index(None, "school_id", "staff_id"),
        )


class Enrolment(Numbered, Dated, Base):
    """A student's membership in a class, which orders alone open and end (9.1).

    A student is in one class at a time, and both items are of issued orders on this very student: a trigger holds that.
    """

    student_id: Mapped[int] = reference("student")
    class_id: Mapped[int] = reference("school_class")
    opened_by: Mapped[int] = reference("movement_item")
    ended_by: Mapped[int | None] = reference("movement_item")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "opened_by"),
            UniqueConstraint("school_id", "ended_by"),
            CheckConstraint("(ends_on IS NULL) = (ended_by IS NULL)", name="ended"),
            UniqueConstraint("school_id", "student_id", "starts_on"),
            Index(
                "enrolment_open_key", "school_id", "student_id", unique=True, postgresql_where=text("ends_on IS NULL")
            ),
            Index(None, "school_id", "class_id"),
        )


class StudyGroup(Numbered, Base):
    """Those who are taught together: a whole class, or a subgroup of it in one subject (5.10)."""

    class_id: Mapped[int] = reference("school_class")
    kind: Mapped[str] = words(GroupKind)
    subject_id: Mapped[int | None] = reference("subject")
    name: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "class_id", "subject_id", "name", postgresql_nulls_not_distinct=True),
            CheckConstraint(
                "(kind = 'whole') = (subject_id IS NULL) AND (kind = 'whole') = (name IS NULL)", name="whole"
            ),
        )


class GroupMember(Numbered, Dated, Base):
    """A student's membership in a subgroup. Who is in a whole class follows from enrolment and is not kept twice."""

    group_id: Mapped[int] = reference("study_group")
    student_id: Mapped[int] = reference("student")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "group_id", "student_id", "starts_on"),
            Index(None, "school_id", "student_id"),
        )


class GroupMembership(Dated, Base):
    """View: who is in which group, and from when to when, whole classes and subgroups alike."""

    __tablename__ = "group_membership"
    __table_args__ = {"info": {"view": True}}  # noqa: RUF012

    school_id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)


class DroppedSubject(Numbered, Dated, Base):
    """A subject that a student on an individual plan does not take, and from when to when (7.8)."""

    student_id: Mapped[int] = reference("student")
    subject_id: Mapped[int] = reference("subject")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "student_id", "subject_id", "starts_on"),)


class TeachingAssignment(Numbered, Dated, Base):
    """Who teaches a subject to a group, and from when to when: what makes a teacher a subject teacher.

    hours: those a week, where they are not all that the class's plan has of the subject.
    """

    staff_id: Mapped[int] = reference("staff")
    group_id: Mapped[int] = reference("study_group")
    subject_id: Mapped[int] = reference("subject")
    hours: Mapped[float | None] = mapped_column(Double)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "group_id", "subject_id", "staff_id", "starts_on"),
            Index(None, "school_id", "staff_id"),
            half_hours(),
        )
