"""What the pedagogical council decided of students at the end of their year (10.6)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from rules.movement_council import CouncilOutcome

from .base import Base, Numbered, reference, words


class CouncilDecision(Numbered, Base):
    """A decision on a student of a class: what, and the number and date of the minutes.

    Commands only add rows: of a student and a class the one recorded last stands.
    """

    class_id: Mapped[int] = reference("school_class")
    student_id: Mapped[int] = reference("student")
    outcome: Mapped[str] = words(CouncilOutcome)
    number: Mapped[str]
    decided_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "class_id", "student_id"), Index(None, "school_id", "student_id"))
