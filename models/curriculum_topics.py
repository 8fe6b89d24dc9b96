"""Topic plans (5.5): sections and topics with their hours, and the groups that go by a plan, from when to when."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.curriculum_topics import HOURS

from .base import Base, Dated, Numbered, OfSchool, Versioned, reference


def _in_order(*columns: str) -> UniqueConstraint:
    """One row a place. It is looked at when all is written: rows that change places pass each other."""
    return UniqueConstraint("school_id", *columns, deferrable=True, initially="DEFERRED")


class TopicPlan(Numbered, Versioned, Base):
    """What is taught of a subject in a grade, in one year (5.5). Its author is answerable for it (5.8)."""

    year_id: Mapped[int] = reference("academic_year")
    subject_id: Mapped[int] = reference("subject")
    grade: Mapped[int]
    title: Mapped[str]
    author_id: Mapped[int | None] = reference("staff")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            # The target of the assignments' reference: a group goes by a plan of the very subject.
            UniqueConstraint("school_id", "id", "subject_id"),
            Index(None, "school_id", "year_id", "grade", "subject_id"),
            Index(None, "school_id", "author_id"),
            CheckConstraint("grade BETWEEN 1 AND 11", name="grade"),
        )


class TopicSection(Numbered, Versioned, Base):
    """A section of a plan."""

    plan_id: Mapped[int] = reference("topic_plan")
    position: Mapped[int]
    title: Mapped[str]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "id", "plan_id"), _in_order("plan_id", "position"))


class Topic(Numbered, Versioned, Base):
    """A topic: `position` in the whole plan, the lessons it takes, and the homework that is offered at them."""

    plan_id: Mapped[int]
    section_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[str]
    hours: Mapped[int]
    homework: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            ForeignKeyConstraint(
                ["school_id", "section_id", "plan_id"],
                ["topic_section.school_id", "topic_section.id", "topic_section.plan_id"],
            ),
            _in_order("plan_id", "position"),
            Index(None, "school_id", "section_id"),
            CheckConstraint(f"hours BETWEEN {HOURS[0]} AND {HOURS[-1]}", name="hours"),
        )


class TopicWorkType(OfSchool, Base):
    """A kind of work that a topic has."""

    topic_id: Mapped[int] = mapped_column(info={"reference": "topic"}, primary_key=True)
    work_type_id: Mapped[int] = mapped_column(info={"reference": "work_type"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "work_type_id"),)


class TopicPlanAssignment(Numbered, Dated, Base):
    """That a group goes by a plan in its subject (5.5): by one at a time."""

    plan_id: Mapped[int]
    group_id: Mapped[int] = reference("study_group")
    subject_id: Mapped[int]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            ForeignKeyConstraint(
                ["school_id", "plan_id", "subject_id"],
                ["topic_plan.school_id", "topic_plan.id", "topic_plan.subject_id"],
            ),
            UniqueConstraint(
                "school_id", "group_id", "subject_id", "starts_on", name="topic_plan_assignment_group_key"
            ),
            Index(None, "school_id", "plan_id"),
        )
