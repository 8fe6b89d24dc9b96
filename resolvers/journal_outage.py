"""Reads of outages (13): how far the transfer of the temporary journals is, and what came from paper."""

import asyncio
from collections.abc import Sequence
from typing import Any

from models.journal_outage import Outage, OutageJournal, OutageTransfer
from permissions.journal_outage import visible_outage_journals, visible_outage_transfers, visible_outages

from .context import Context
from .edges_kinds import to_many, to_one, to_page
from .school import staff_of_account

outage_of = to_one(visible_outages, Outage.id, of="outage_id")
school_outages = to_page(visible_outages, Outage.school_id, of="id", order={"id": Outage.id})
outage_declarer = staff_of_account("declared_by")
outage_journals = to_page(
    visible_outage_journals,
    OutageJournal.outage_id,
    of="id",
    order={"group_id": OutageJournal.group_id, "subject_id": OutageJournal.subject_id},
)

transfer_of = to_one(visible_outage_transfers, OutageTransfer.id, of="transfer_id")
transfer_by = staff_of_account("imported_by")
record_transfers = to_many(visible_outage_transfers, OutageTransfer.lesson_id, of="id", order=(OutageTransfer.id,))


async def transfers_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Transfers in the order of their numbers' list; those that the viewer cannot see are left out."""
    found = await asyncio.gather(*(context.load_key(transfer_of(), (number,)) for number in numbers))
    return [transfer for transfer in found if transfer is not None]
