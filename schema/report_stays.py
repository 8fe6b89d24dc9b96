"""Whom a count of students counts, as the reports of schools and classes tell it (10.1)."""

from typing import Annotated, Any

from permissions.curriculum import visible_enrolments
from permissions.gates import NAMES, gate

from .base import Info, argument
from .curriculum import Enrolment
from .enums_report import RollPart

MAY_SEE_STAYS = gate(visible_enrolments.roles & NAMES)
STAYS = "Кто сосчитан: пребывания в классе в эти дни, с приказами об их начале и конце."
OfPart = Annotated[RollPart | None, argument("Только те, что сосчитаны здесь.")]


async def stays_of(row: Any, info: Info, part: RollPart | None = None) -> list[Enrolment]:
    """The stays behind a row of a report that has some."""
    return await row.stays.rows(info.context, part) if row.stays else []
