"""Who may see and run the transition to a new school year (12)."""

from typing import Any

from sqlalchemy import Select, select

from models.movement_transition import TransitionStepDone, YearTransition
from rules.account import Role
from rules.movement_transition import TransitionState

from .scopes import ALL, Rows, Scope, columns, of_school, union
from .viewer import Viewer

PREPARERS = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR})
"""Those who prepare the new year: the secretary's part is the orders (12.1)."""

visible_transitions = Scope("YearTransition", Rows(YearTransition), {PREPARERS: ALL})

visible_transition_steps = Scope("TransitionStepDone", Rows(TransitionStepDone), {PREPARERS: ALL})


RUNNERS = frozenset({Role.ADMINISTRATOR})
"""Those who run the transition (12.1)."""

PLACERS = frozenset({Role.ADMINISTRATOR, Role.SECRETARY})
"""Those who put students into the new year's classes: who runs the transition, and who keeps the orders (12.1)."""


def _under_way(roles: frozenset[Role], viewer: Viewer) -> Select[Any]:
    return (
        select(*columns(YearTransition))
        .where(
            of_school(YearTransition),
            YearTransition.state == TransitionState.UNDER_WAY,
            union(dict.fromkeys(roles, ALL), viewer.roles),
        )
        .with_for_update(of=YearTransition)
    )


def transitions_to_run(viewer: Viewer) -> Select[Any]:
    """The transition that is under way, for the administrator (12.1). Locked: its steps run one at a time."""
    return _under_way(RUNNERS, viewer)


def transitions_to_place(viewer: Viewer) -> Select[Any]:
    """The same for those who may put students into its classes."""
    return _under_way(PLACERS, viewer)
