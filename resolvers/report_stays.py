"""Whom the reports of a school count: the stays in its classes on some days (10.1)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.curriculum import Enrolment
from permissions.curriculum import visible_enrolments
from rules.report_school import RollPart, counted_in

from .context import Context
from .edges_kinds import to_many

class_enrolments = to_many(
    visible_enrolments, Enrolment.class_id, of="id", order=(Enrolment.class_id, Enrolment.starts_on, Enrolment.id)
)
"""Everybody who has been in a class: a report's rows, of classes and of their sums, read them together."""


@dataclass(frozen=True, slots=True)
class Stays:
    """The stays in some classes that a row counts, from its first day to its last."""

    classes: Sequence[int]
    since: date
    until: date

    async def rows(self, context: Context, part: RollPart | None = None) -> list[Any]:
        """The stays, as far as the viewer sees them. part: only those that this count counts."""
        roles = visible_enrolments.roles
        found = await asyncio.gather(*(context.load_key(class_enrolments(), (each,), roles) for each in self.classes))
        return [each for rows in found for each in rows if self._counts(each, part)]

    def _counts(self, stay: Any, part: RollPart | None) -> bool:
        parts = counted_in(stay.starts_on, stay.ends_on, self.since, self.until)
        return part in parts if part else bool(parts)
