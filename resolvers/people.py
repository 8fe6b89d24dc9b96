"""How many people there are, counted in SQL, as a viewer is shown it (4.1)."""

from typing import Any

from sqlalchemy import Integer, case, cast

from permissions.gates import NAMES
from rules.account import Role
from rules.report_shown import FEWEST_PEOPLE


def people(roles: frozenset[Role], count: Any) -> Any:
    """A count; for whoever reads without names the nearest multiple of five, and 0 for fewer than five."""
    if roles & NAMES:
        return cast(count, Integer)
    fives = (count + FEWEST_PEOPLE // 2) // FEWEST_PEOPLE * FEWEST_PEOPLE
    return cast(case((count < FEWEST_PEOPLE, 0), else_=fives), Integer)
