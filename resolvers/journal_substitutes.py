"""Whoever writes at a lesson as its substitute is named as that in the audit trail (6.5)."""

from collections.abc import Iterable
from typing import Any

from .commands import Work


async def note_substitute(work: Work, rows: Iterable[Any], number: str = "id") -> None:
    """Note of which of these lessons the viewer is the substitute. `number`: the column with the lesson's number."""
    staff = work.viewer.staff_id
    lessons = sorted({row[number] for row in rows if staff is not None and row.substitute_id == staff})
    if lessons:
        await work.note(asSubstitute=lessons)
