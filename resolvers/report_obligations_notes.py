"""Since when a state has been seen that says nothing of its own age: a complete card, a plan, holidays.

What `permissions/report_rows.py` finds met now and has no note of is noted; what is not met any more is noted as lost.
Once it is met again, the same place tells since when: what was lost before its term was over begins anew, and what is
lost later goes on from its first moment, for it was there when it was due. All that as far as anybody has looked.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.report_obligations import ObligationNote
from models.school import School
from permissions.report_obligations import obligation
from permissions.report_rows import number, one_of, word
from permissions.viewer import Viewer, reach
from rules.days import local_day
from rules.report_deadlines import NOTED, Deadline

from .database import Transaction

_of_group = obligation.deadline == word(Deadline.TOPIC_PLANS)
_object = case((_of_group, obligation.group_id), else_=obligation.key0)
_subject = case((_of_group, obligation.subject_id), else_=number(0))
_STATES: Any = (
    select(
        *(obligation.school_id, obligation.deadline, _object.label("object_id"), _subject.label("subject_id")),
        func.max(obligation.done_at).label("met_at"),
    )
    .where(one_of(obligation.deadline, NOTED), ~obligation.closed)
    .group_by(obligation.school_id, obligation.deadline, _object, _subject)
    .cte("state")
)
_KEY = ("school_id", "deadline", "object_id", "subject_id")


def _same(state: Any) -> Any:
    return and_(*(getattr(ObligationNote, name) == state[name] for name in _KEY))


_holds = ObligationNote.lost_at.is_(None)
_LOST = update(ObligationNote).values(lost_at=reach.now).where(_same(_STATES.c), _STATES.c.met_at.is_(None), _holds)
_new = upsert(ObligationNote).from_select(
    [*_KEY, "met_at"],
    select(*_STATES.c).where(
        _STATES.c.met_at.is_not(None), ~select(ObligationNote.met_at).where(_same(_STATES.c), _holds).exists()
    ),
)
_SEEN = _new.on_conflict_do_update(index_elements=_KEY, set_={"met_at": _new.excluded.met_at, "lost_at": None})


async def note_states(transaction: Transaction, school_id: int, now: datetime) -> None:
    """Look at the states of a school, and note what has changed. Whoever looks at the same time waits."""
    mine = select(School.time_zone).where(School.id == school_id)
    school = await transaction.first(mine.with_for_update(key_share=True))
    viewer = Viewer(school_id=school_id, now=now, today=local_day(now, school.time_zone)).parameters()
    await transaction.execute(_LOST, **viewer)
    await transaction.execute(_SEEN, **viewer)
