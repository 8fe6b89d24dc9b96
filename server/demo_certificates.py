"""The demo school's certified journal (2.1, 8.2): of the period that is closed, by the director's own command."""

from datetime import date, time

from sqlalchemy import select

from models.journal_finals import PeriodClosing
from permissions.journal_certificates import CERTIFIERS
from resolvers.journal_certificates_commands import certify_journal

from .cli_console import acting
from .demo_year import at
from .settings import Settings

CERTIFIED_ON = date(2025, 10, 29)
"""In the holidays after the period."""

REFUSAL = "Журнал заверяет директор."


async def certify_closed(url: str, settings: Settings, code: str) -> None:
    """Certify the journals of periods that were closed by then. They stay unsigned: the key is the director's own."""
    then = settings.model_copy(update={"now": at(CERTIFIED_ON, time(11))})
    async with acting(url, then, code, "director", CERTIFIERS, REFUSAL, "2.1") as context:
        async with context.database.transaction() as transaction:
            closings = await transaction.fetch(
                select(PeriodClosing.class_id, PeriodClosing.period_id)
                .where(
                    PeriodClosing.school_id == context.viewer.school_id,
                    PeriodClosing.reopened_at.is_(None),
                    PeriodClosing.closed_at <= context.now,
                )
                .order_by(PeriodClosing.id)
            )
        for closing in closings:
            await certify_journal(context, closing.class_id, closing.period_id, None)
