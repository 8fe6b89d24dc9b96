"""Who may hear of a change: whoever may see, where they look, what has changed."""

from typing import Any

from sqlalchemy import Select, and_, any_, exists, func, or_, select

from models.curriculum import GroupMembership
from models.journal_changes import Change
from rules.account import PERSONAL, Role
from rules.changes import ChangeKind

from .curriculum import PLAN
from .journal import CONTROL
from .scopes import (
    ALL,
    NONE,
    Rows,
    Scope,
    among,
    columns,
    groups_of,
    of_school,
    students_led_now,
    taught,
    taught_students,
    within,
)
from .viewer import reach


def meanwhile() -> Any:
    """That the membership lasted on one of the change's days."""
    return and_(
        or_(Change.ends_on.is_(None), GroupMembership.starts_on <= Change.ends_on),
        or_(GroupMembership.ends_on.is_(None), GroupMembership.ends_on >= Change.starts_on),
    )


_own = or_(
    taught(Change.group_id, Change.subject_id),
    among(Change.group_id, groups_of(reach.led_classes)),
    reach.staff_id == any_(Change.substitutes),
)
"""That it is in a journal of the viewer's own, or at a lesson that they give as a substitute (2.3, 2.4, 6.5)."""

_concerned: Any = func.coalesce(Change.student_id, GroupMembership.student_id)


def _of_students() -> Select[Any]:
    """A row for each student whom the change concerns: the one it names, or who was in the group meanwhile."""
    in_group = and_(
        Change.student_id.is_(None),
        GroupMembership.school_id == Change.school_id,
        GroupMembership.group_id == Change.group_id,
        meanwhile(),
    )
    return (
        select(*(column for column in columns(Change) if column.key != "student_id"), _concerned.label("student_id"))
        .select_from(Change)
        .outerjoin(GroupMembership, in_group)
        .where(of_school(Change), _concerned.is_not(None))
    )


concerned = _concerned
"""The student, in `visible_diary_changes`."""

visible_diary_changes = Scope(
    "Change",
    _of_students,
    {
        CONTROL: ALL,
        Role.TEACHER: or_(_own, among(concerned, students_led_now())),
        Role.STUDENT: concerned == reach.student_id,
        Role.PARENT: within(concerned, reach.children),
    },
)
"""Changes in students' diaries, a row for each student: as `visible_diary_lessons` and what stands there (7.12)."""

_led_meanwhile = exists().where(
    of_school(GroupMembership),
    GroupMembership.group_id == Change.group_id,
    among(GroupMembership.student_id, students_led_now()),
    meanwhile(),
)

visible_page_changes = Scope(
    "Change",
    Rows(Change),
    {
        CONTROL | {Role.ANALYST}: Change.account_id.is_(None),
        Role.TEACHER: or_(
            _own,
            and_(Change.student_id.is_(None), _led_meanwhile),
            among(Change.student_id, students_led_now()),
            and_(Change.kind == ChangeKind.MEMBERSHIP, among(Change.student_id, taught_students())),
        ),
    },
)
"""Changes on journals' pages: as `visible_marks` and `visible_records` (7)."""

visible_timetable_changes = Scope(
    "Change",
    Rows(Change),
    {
        role: and_(Change.kind == ChangeKind.LESSON, arm)
        for role, arm in {
            **dict.fromkeys(PLAN, ALL),
            Role.STUDENT: among(Change.group_id, groups_of(reach.own_classes)),
            Role.PARENT: among(Change.group_id, groups_of(reach.child_classes)),
        }.items()
    },
)
"""Changes of dated lessons: as `visible_lessons` (6)."""

visible_account_changes = Scope(
    "Change",
    Rows(Change),
    {
        PERSONAL - {Role.STUDENT, Role.PARENT} | {Role.ANALYST}: Change.account_id == reach.account_id,
        Role.SERVICE: NONE,
    },
)
"""Changes of what is one's own: families have no sets of reports, and no digests."""
