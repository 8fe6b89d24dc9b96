"""What a serving process does before its first request, so that no user waits for it."""

import gc

from execution.schema import schema_for
from rules.account import Role

YOUNGEST = 50_000
"""So many new objects before the collector looks at them: a page of a journal makes thousands and drops them all."""


def warm_up(compiles: bool) -> None:
    """Make the usual schemas, and spare the garbage collector everything that is there to stay."""
    for roles in (None, frozenset[Role](), *(frozenset({role}) for role in Role)):
        schema_for(roles, compiles)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST)
