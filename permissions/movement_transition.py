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


def transitions_to_run(viewer: Viewer) -> Select[Any]:
    """The transition that is under way, for the administrator (12.1). Locked: its steps run one at a time."""
    return (
        select(*columns(YearTransition))
        .where(
            of_school(YearTransition),
            YearTransition.state == TransitionState.UNDER_WAY,
            union({Role.ADMINISTRATOR: ALL}, viewer.roles),
        )
        .with_for_update(of=YearTransition)
    )
