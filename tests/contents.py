"""What tables hold, as digests: whether a command that must write nothing has left anything."""

from collections.abc import Iterable
from typing import Any


async def digests(db: Any, tables: Iterable[str], where: str = "true", *given: Any) -> dict[str, tuple[int, int]]:
    """Each table's rows, or those of a condition: how many, and the sum of their hashes, whatever their order.

    PostgreSQL hashes a row as it lies there, which takes much less time than writing it as text and sorting.
    """
    each = (
        f"SELECT '{table}', count(*), sum(hash_record_extended(t, 0)::numeric) FROM {table} AS t WHERE {where}"
        for table in tables
    )
    return {table: (rows, digest) for table, rows, digest in await db.fetch(" UNION ALL ".join(each), *given)}
