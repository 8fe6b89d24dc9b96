"""ORM entities of the tables that the four queries read."""

from datetime import date, time

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def _to(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["school_id", column], [f"{table}.school_id", f"{table}.id"])


class Base(DeclarativeBase):
    """Every row is of one school, which leads its key."""

    school_id: Mapped[int] = mapped_column(primary_key=True)


class School(Base):
    __tablename__ = "school"
    name: Mapped[str]


class AcademicYear(Base):
    __tablename__ = "academic_year"
    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Period(Base):
    __tablename__ = "period"
    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Subject(Base):
    __tablename__ = "subject"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class SchoolClass(Base):
    __tablename__ = "school_class"
    id: Mapped[int] = mapped_column(primary_key=True)
    year_id: Mapped[int]
    grade: Mapped[int]
    letter: Mapped[str]

    @property
    def name(self) -> str:
        """«5А»."""
        return f"{self.grade}{self.letter}"


class StudyGroup(Base):
    __tablename__ = "study_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int]


class Enrolment(Base):
    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int]
    class_id: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class GroupMembership(Base):
    __tablename__ = "group_membership"
    group_id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]


class TeachingAssignment(Base):
    __tablename__ = "teaching_assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int]
    group_id: Mapped[int]
    subject_id: Mapped[int]


class ClassLeadership(Base):
    __tablename__ = "class_leadership"
    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int]
    staff_id: Mapped[int]


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    family_name: Mapped[str]
    given_name: Mapped[str]
    patronymic: Mapped[str | None]
    sort_key: Mapped[str]

    @property
    def name(self) -> str:
        """«Иванова Мария Петровна»."""
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)

    @property
    def short_name(self) -> str:
        """«Иванова М. П.»."""
        return " ".join((self.family_name, *(f"{part[0]}." for part in (self.given_name, self.patronymic) if part)))


class Student(Base):
    __tablename__ = "student"
    __table_args__ = (_to("person", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    person: Mapped[Person] = relationship(lazy="raise", viewonly=True)


class Staff(Base):
    __tablename__ = "staff"
    __table_args__ = (_to("person", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    person: Mapped[Person] = relationship(lazy="raise", viewonly=True)


class Room(Base):
    __tablename__ = "room"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Lesson(Base):
    __tablename__ = "lesson"
    __table_args__ = (_to("room", "room_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int]
    subject_id: Mapped[int]
    teacher_id: Mapped[int]
    substitute_id: Mapped[int | None]
    room_id: Mapped[int | None]
    date: Mapped[date]
    number: Mapped[int]
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    topic: Mapped[str | None]
    room: Mapped[Room | None] = relationship(lazy="raise", viewonly=True)


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]


class Mark(Base):
    __tablename__ = "mark"
    __table_args__ = (_to("task", "task_id"), _to("lesson", "lesson_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int]
    lesson_id: Mapped[int]
    student_id: Mapped[int]
    lesson_date: Mapped[date]
    value: Mapped[str]
    number: Mapped[int | None]
    task: Mapped[Task] = relationship(lazy="raise", viewonly=True)
    lesson: Mapped[Lesson] = relationship(lazy="raise", viewonly=True)


class Attendance(Base):
    __tablename__ = "attendance"
    __table_args__ = (_to("lesson", "lesson_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int]
    student_id: Mapped[int]
    lesson_date: Mapped[date]
    code: Mapped[str]
    lesson: Mapped[Lesson] = relationship(lazy="raise", viewonly=True)


class Homework(Base):
    __tablename__ = "homework"
    __table_args__ = (_to("lesson", "lesson_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int]
    text: Mapped[str]
    for_all: Mapped[bool]
    due_on: Mapped[date | None]
    lesson: Mapped[Lesson] = relationship(lazy="raise", viewonly=True)


class HomeworkRecipient(Base):
    __tablename__ = "homework_recipient"
    homework_id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(primary_key=True)
