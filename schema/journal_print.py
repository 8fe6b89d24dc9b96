"""Where a student's diary is to be had as PDF (7.13)."""

from datetime import date

from .base import encode_id


def diary_url(student: int, since: date, until: date) -> str:
    """Where a student's diary from day to day is printed."""
    return f"/print/diary/{encode_id('Student', student)}/{since}/{until}.pdf"
