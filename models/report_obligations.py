"""What the watch on deadlines keeps beside the rows that it reads: reports made, and since when it has seen what."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_deadlines import FILED, NOTED

from .base import Base, Numbered, OfSchool, reference


class ReportFiling(Numbered, Base):
    """That a report has been made, of a year or of one of its periods: the school's, a class's or a teacher's (10.3,
    10.4). The sheet of marks without a period is the year's, printed with the council's decision (10.6).
    """

    kind: Mapped[str] = mapped_column(info={"words": FILED})
    year_id: Mapped[int] = reference("academic_year")
    period_id: Mapped[int | None] = reference("period")
    class_id: Mapped[int | None] = reference("school_class")
    staff_id: Mapped[int | None] = reference("staff")
    filed_at: Mapped[datetime]
    filed_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint(
                *("school_id", "year_id", "kind", "period_id", "class_id", "staff_id"),
                name="report_filing_slot_key",
                postgresql_nulls_not_distinct=True,
            ),
            CheckConstraint("num_nonnulls(class_id, staff_id) <= 1", name="of_one"),
            Index(None, "school_id", "period_id"),
            Index(None, "school_id", "class_id"),
        )


class ObligationNote(OfSchool, Base):
    """Since when a state has been seen that says nothing of its own age: a complete card, say.

    object_id: of the school year, class, group or period; subject_id: of the subject, 0 where there is none. lost_at:
    since when it has been seen not to hold any more; null while it does.
    """

    deadline: Mapped[str] = mapped_column(info={"words": [each.value for each in NOTED]}, primary_key=True)
    object_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    met_at: Mapped[datetime]
    lost_at: Mapped[datetime | None]
