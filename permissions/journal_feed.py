"""Who may read what is new in a student's diary: whoever may see, there, what has changed (7.12)."""

from typing import Any

from sqlalchemy import BigInteger, Text, and_, any_, case, cast, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from models.curriculum import GroupMembership
from models.journal_changes import Change
from rules.account import Role
from rules.changes import ChangeKind
from rules.journal_feed import FeedKind

from .journal import CONTROL
from .scopes import ALL, Scope, among, groups_of, of_school, on, students_led_now, taught, within
from .viewer import reach

_TOLD = (
    *(Change.id, Change.transaction, Change.told_at, Change.kind, Change.object_id, Change.lesson_id),
    *(
        Change.group_id,
        Change.subject_id,
        Change.substitutes,
        case((Change.kind != ChangeKind.FINAL_MARK.value, Change.starts_on)).label("lesson_date"),
    ),
)
_HORIZON = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)

# Nothing of a transaction is told while one that began before it is under way: so whatever comes to light later stands
# behind all that has been read, and a cursor leaves nothing out.
_settled = and_(
    of_school(Change), Change.transaction < _HORIZON, or_(*(Change.kind == kind.value for kind in FeedKind))
)

_before = aliased(Change)
# A period's mark is told to each group in which the student learns the subject: a diary has it once.
_once = or_(
    Change.kind != ChangeKind.FINAL_MARK.value,
    ~exists().where(
        _before.school_id == Change.school_id,
        _before.student_id == Change.student_id,
        _before.transaction == Change.transaction,
        _before.kind == Change.kind,
        _before.object_id == Change.object_id,
        _before.id < Change.id,
    ),
)

_feed = union_all(
    select(Change.student_id.label("student_id"), *_TOLD).where(_settled, Change.student_id.is_not(None), _once),
    select(GroupMembership.student_id, *_TOLD)
    .join(
        Change,
        and_(
            Change.school_id == GroupMembership.school_id,
            Change.group_id == GroupMembership.group_id,
            Change.student_id.is_(None),
            on(Change.starts_on, GroupMembership),
        ),
    )
    .where(of_school(GroupMembership), _settled),
).subquery("feed")
feed: Any = _feed.c


def _object(kind: FeedKind) -> Any:
    return case((feed.kind == kind.value, feed.object_id)).label(f"{kind.value}_id")


visible_feed = Scope(
    "FeedItem",
    lambda: select(*feed, *map(_object, FeedKind)),
    {
        CONTROL: ALL,
        Role.TEACHER: or_(
            taught(feed.group_id, feed.subject_id),
            among(feed.group_id, groups_of(reach.led_classes)),
            reach.staff_id == any_(feed.substitutes),
            among(feed.student_id, students_led_now()),
        ),
        Role.STUDENT: feed.student_id == reach.student_id,
        Role.PARENT: within(feed.student_id, reach.children),
    },
)
"""What has changed for a student: a row for each one whom it concerns, by name or as a member of the group."""
