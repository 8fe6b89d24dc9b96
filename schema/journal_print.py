"""What can be printed: where a class's journal for a period is to be had as PDF (8.2)."""

from datetime import date

import strawberry

from .base import computed, encode_id


def _journal_url(class_id: int, period: int) -> str:
    return f"/print/journal/{encode_id('SchoolClass', class_id)}/{encode_id('Period', period)}.pdf"


def diary_url(student: int, since: date, until: date) -> str:
    """Where a student's diary from day to day is printed."""
    return f"/print/diary/{encode_id('Student', student)}/{since}/{until}.pdf"


@strawberry.type(description="Печатный журнал класса за учебный период (8.2).")
class JournalPrint:
    period_name: str = strawberry.field(description="Период.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    url: str = computed(
        _journal_url, "id", "period_id", description="Адрес PDF; кто и когда печатал, остаётся в журнале действий."
    )
