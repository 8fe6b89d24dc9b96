"""Reads of what has changed: in what order, since when, and which of many subscribers each change is for.

A statement of a scope is made for one viewer. Here the viewers are a table (`subscriber`), and where the statement
would bind what a viewer reaches it reads that viewer's row: however many are subscribed, one statement for each set of
roles says who may hear of what.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, BigInteger, Date, Select, and_, any_, bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.types import to_instance

from models.curriculum import GroupMembership, StudyGroup
from models.journal_changes import Change
from permissions.journal_changes import (
    concerned,
    meanwhile,
    visible_account_changes,
    visible_diary_changes,
    visible_page_changes,
    visible_timetable_changes,
)
from permissions.report_remarks import visible_remark_changes
from permissions.scopes import of_school, within
from permissions.viewer import PREFIX, REACH_TYPES, Viewer
from rules.account import Role
from rules.changes import ChangeKind
from rules.refusals import Refusal, RefusalCode, bad_input

from .database import Snapshot, Statement, sql_name

MOST_READ = 500
"""So many changes are read at once."""

_LAST = 2**63 - 1


class Place(NamedTuple):
    """Where a change stands among the school's: all before it has been told. Both are PostgreSQL's numbers.

    A transaction's number is taken before it commits, so a change may come to light behind later ones. Nothing is told,
    therefore, of a transaction while any that began before it is still under way: what comes afterwards stands behind.
    """

    transaction: int
    id: int

    def cursor(self, at: datetime) -> str:
        """The place as a client keeps it; `at`: until when, by the real clock, it has heard of everything."""
        return urlsafe_b64encode(orjson.dumps([*self, int(at.timestamp())])).decode()


def read_cursor(text: str, oldest: datetime) -> Place:
    """The place that a client names; refused where changes behind it may be gone (before `oldest`)."""
    try:
        transaction, number, at = orjson.loads(urlsafe_b64decode(text))
        if not all(type(each) is int and 0 <= each <= _LAST for each in (transaction, number, at)):
            raise ValueError
        heard = datetime.fromtimestamp(at, UTC)
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError):
        raise bad_input("Неизвестная отметка.", "after") from None
    if heard < oldest:
        raise expired()
    return Place(transaction, number)


def expired() -> Refusal:
    """What stands behind the cursor is not kept any more: read everything anew, and go on from there."""
    message = "Отметка устарела: изменения за это время больше не хранятся. Прочитайте данные заново."
    return Refusal(RefusalCode.CURSOR_EXPIRED, message, "after")


@dataclass(frozen=True)
class Topic:
    """What a subscription is about. kind: `account`, `diary`, `page`, `timetable` or `remarks`; by: what narrows the
    changes, by the names of `_NARROWING`; null where it does not.
    """

    kind: str
    by: Mapping[str, Any] = field(hash=False)

    def may_concern(self, viewer: Viewer, change: Any) -> bool:
        """Whether it is worth asking PostgreSQL: false only for what the statement would not find either."""
        by = self.by
        if self.kind == "account" or change.account_id is not None:
            return bool(self.kind == "account" and change.account_id == viewer.account_id)
        if (self.kind == "remarks") is not (change.kind == ChangeKind.REMARK):
            return False
        if self.kind == "remarks":
            return by["staff"] in (None, *change.staff)
        if self.kind == "diary":
            if change.student_id is not None:
                return change.student_id in by["students"]
            known = viewer.own_groups + viewer.child_groups
            return bool(viewer.roles - {Role.STUDENT, Role.PARENT}) or change.group_id in known
        if self.kind == "page":
            return change.subject_id in (None, by["subject"]) and (
                change.kind == ChangeKind.MEMBERSHIP
                or change.group_id == by["group_id"]
                or change.class_id == by["class_id"]
            )
        return change.kind == ChangeKind.LESSON and (
            by["students"] is not None
            or change.class_id == by["class_id"]
            or by["staff"] in change.staff
            or by["room"] in change.rooms
        )


_IDS = ARRAY(BigInteger)
_NARROWING: dict[str, Any] = {
    "students": _IDS,
    "class_id": BigInteger,
    "group_id": BigInteger,
    "subject": BigInteger,
    "staff": BigInteger,
    "room": BigInteger,
    "since": Date,
    "until": Date,
}
_COLUMNS: dict[str, Any] = {"subscriber": BigInteger, **{PREFIX + n: t for n, t in REACH_TYPES.items()}, **_NARROWING}


def _given(name: str) -> Any:
    """What the subscription is about, as the statement reads it."""
    return bindparam(name, type_=_NARROWING[name])


def _in_group_meanwhile(*students: Any) -> Any:
    return exists().where(
        of_school(GroupMembership), GroupMembership.group_id == Change.group_id, meanwhile(), *students
    )


def _diary(roles: frozenset[Role]) -> Select[Any]:
    return visible_diary_changes.for_roles(roles).where(within(concerned, _given("students")))


def _concerns_page() -> Any:
    """That the student came into the page's group, left it, or is in it."""
    group = select(StudyGroup.id).where(
        of_school(StudyGroup), or_(StudyGroup.id == _given("group_id"), StudyGroup.class_id == _given("class_id"))
    )
    return exists().where(
        of_school(GroupMembership),
        GroupMembership.student_id == Change.student_id,
        GroupMembership.group_id.in_(group),
    )


def _page(roles: frozenset[Role]) -> Select[Any]:
    """A page shows a group's lessons of one subject, and who is in the group."""
    group, class_ = Change.group_id == _given("group_id"), Change.class_id == _given("class_id")
    here = or_(group, class_)
    of_student = and_(Change.kind == ChangeKind.MEMBERSHIP, Change.group_id.is_(None), _concerns_page())
    return visible_page_changes.for_roles(roles).where(
        or_(Change.subject_id.is_(None), Change.subject_id == _given("subject")),
        or_(here, of_student),
        Change.starts_on <= _given("until"),
        or_(Change.ends_on.is_(None), Change.ends_on >= _given("since")),
    )


def _timetable(roles: frozenset[Role]) -> Select[Any]:
    return visible_timetable_changes.for_roles(roles).where(
        or_(
            Change.class_id == _given("class_id"),
            _given("staff") == any_(Change.staff),
            _given("room") == any_(Change.rooms),
            _in_group_meanwhile(within(GroupMembership.student_id, _given("students"))),
        )
    )


def _remarks(roles: frozenset[Role]) -> Select[Any]:
    """Remarks to an employee, or to all."""
    staff = _given("staff")
    return visible_remark_changes.for_roles(roles).where(or_(staff.is_(None), staff == any_(Change.staff)))


_TOPICS: Mapping[str, Callable[[frozenset[Role]], Select[Any]]] = {
    "account": visible_account_changes.for_roles,
    "diary": _diary,
    "page": _page,
    "timetable": _timetable,
    "remarks": _remarks,
}


class _Joined(PGCompiler):
    """Writes what stands in the subscriber's row as its columns, and not as parameters."""

    def visit_bindparam(self, bindparam: Any, *args: Any, **kwargs: Any) -> Any:
        if bindparam.key in _COLUMNS:
            return f"subscriber.{bindparam.key}"
        return super().visit_bindparam(bindparam, *args, **kwargs)  # type: ignore[no-untyped-call]


_CHANGES = bindparam("changes", type_=_IDS)


@cache
def _matching(kind: str, roles: frozenset[Role]) -> Statement:
    # The school once more, as a parameter: that all subscribers are of one, PostgreSQL does not know.
    of_one = and_(Change.school_id == bindparam("school", type_=BigInteger), Change.id == any_(_CHANGES))
    query = _TOPICS[kind](roles).where(of_one)
    query = query.with_only_columns(
        Change.id.label("id"),
        (concerned if kind == "diary" else Change.student_id).label("student_id"),
        maintain_column_froms=True,
    )
    joined: Any = dialect()  # type: ignore[no-untyped-call]
    joined.statement_compiler = _Joined
    compiled: Any = query.compile(dialect=joined)
    names = tuple(compiled.positiontup)
    constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    columns = ", ".join(f"{name} {sql_name(to_instance(type_))}" for name, type_ in _COLUMNS.items())
    text = (
        f"SELECT subscriber.subscriber, found.id, found.student_id "  # noqa: S608 -- names of our own
        f"FROM jsonb_to_recordset(${len(names) + 1}) AS subscriber({columns}) CROSS JOIN LATERAL ({compiled}) AS found"
    )
    return Statement(text, (*names, "subscribers"), constants)


async def matches(
    snapshot: Snapshot,
    school_id: int,
    kind: str,
    roles: frozenset[Role],
    subscribers: Iterable[tuple[int, Viewer, Topic]],
    changes: Sequence[int],
) -> list[Any]:
    """Which of a school's changes are for which of its subscribers: rows of `subscriber`, change `id`, `student_id`.

    subscribers: their numbers, viewers, who all hold `roles`, and topics, all of this kind.
    """
    nothing = dict.fromkeys(_NARROWING)
    rows = [
        {"subscriber": number, **viewer.parameters(), **nothing, **topic.by} for number, viewer, topic in subscribers
    ]
    return await snapshot.fetch(_matching(kind, roles), {"school": school_id, "changes": changes, "subscribers": rows})


_NEW = Statement(
    """
SELECT * FROM change
WHERE school_id = $1 AND (transaction, id) > ($2, $3)
  AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY transaction, id LIMIT $4
""",
    ("school_id", "transaction", "id", "limit"),
    {},
)
# The last change alone tells whether any is held: were one looked for, PostgreSQL would expect it among the first rows,
# and read them all where there is none, as nearly always.
_NOW = Statement(
    """
SELECT horizon, coalesce(last >= horizon, false) AS held
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
             (SELECT max(transaction) FROM change WHERE school_id = $1) AS last) AS now
""",
    ("school_id",),
    {},
)


async def changes_since(snapshot: Snapshot, school_id: int, place: Place) -> list[Any]:
    """What has changed behind a place, in order, `MOST_READ` at most."""
    given = {"school_id": school_id, "transaction": place.transaction, "id": place.id, "limit": MOST_READ}
    return await snapshot.fetch(_NEW, given)


async def horizon(snapshot: Snapshot, school_id: int) -> tuple[Place, bool]:
    """The place behind everything that can be told now, and whether something waits for a transaction under way."""
    (row,) = await snapshot.fetch(_NOW, {"school_id": school_id})
    return Place(row.horizon - 1, _LAST), row.held


def place_of(change: Any) -> Place:
    """The place just behind a change."""
    return Place(change.transaction, change.id)


_FORGET = "DELETE FROM change USING school WHERE change.school_id = school.school_id AND told_at < $1"
_FOREIGN = "DELETE FROM change WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


async def forget(connection: Any, oldest: datetime) -> None:
    """Remove changes that were told before a moment."""
    await connection.execute(_FORGET, oldest)


async def forget_foreign(connection: Any) -> None:
    """Remove changes that a backup of another server has brought along: that one numbered its transactions for itself,
    and its numbers may lie in this one's future.
    """
    await connection.execute(_FOREIGN)


@dataclass(frozen=True, slots=True)
class Changed:
    """A change as a subscriber hears of it: its objects by number, each under the name of its kind."""

    kind: str
    starts_on: date
    ends_on: date | None
    student_id: int | None
    class_id: int | None
    group_id: int | None
    subject_id: int | None
    lesson_id: int | None
    record_id: int | None
    task_id: int | None
    mark_id: int | None
    attendance_id: int | None
    homework_id: int | None
    report_set_id: int | None
    digest_id: int | None
    remark_id: int | None

    @classmethod
    def of(cls, change: Any, student_id: int | None) -> "Changed":
        """The change as it concerns a student, or nobody in particular."""

        def of(*kinds: ChangeKind) -> int | None:
            return change.object_id if change.kind in kinds else None

        return cls(
            change.kind,
            change.starts_on,
            change.ends_on,
            student_id,
            change.class_id,
            change.group_id,
            change.subject_id,
            change.lesson_id,
            change.lesson_id if change.kind in (ChangeKind.RECORD, ChangeKind.ROLL_CALL) else None,
            of(ChangeKind.TASK),
            of(ChangeKind.MARK),
            of(ChangeKind.ATTENDANCE),
            of(ChangeKind.HOMEWORK),
            of(ChangeKind.REPORT_SET),
            of(ChangeKind.DIGEST),
            of(ChangeKind.REMARK),
        )
