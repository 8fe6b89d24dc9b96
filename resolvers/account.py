"""Who is asking: the viewer of a session, loaded in one statement."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Date, Text, collate, func, or_

from models.account import Account, AccountRole, ServiceGrant, Session
from models.school import Guardian, Person, Staff, Student
from permissions.account import (
    has_role,
    visible_account_roles,
    visible_accounts,
    visible_missing_accounts,
    visible_service_grants,
    visible_sessions,
)
from permissions.school import visible_guardians, visible_staff, visible_students
from permissions.viewer import ANONYMOUS, Viewer, reach
from rules.account import AccountKind, Role
from rules.school import full_name

from .account_tokens import Claims
from .database import Snapshot, Statement
from .edges_kinds import argument, to_many, to_one, to_page

_SEARCH = argument("search", Text)

account_of = to_one(visible_accounts, Account.id, of="account_id")
account_of_person = to_one(visible_accounts, Account.person_id, of="person_id")
account_staff = to_one(visible_staff, Staff.person_id, of="person_id")
account_student = to_one(visible_students, Student.person_id, of="person_id")
account_guardian = to_one(visible_guardians, Guardian.person_id, of="person_id")
account_roles = to_many(
    visible_account_roles, AccountRole.account_id, of="id", order=(AccountRole.starts_on, AccountRole.id)
)
account_role_of = to_one(visible_account_roles, AccountRole.id, of="account_role_id")
account_grants = to_many(
    visible_service_grants, ServiceGrant.account_id, of="id", order=(collate(ServiceGrant.type_name, "C"),)
)
school_accounts = to_page(
    visible_accounts,
    Account.school_id,
    of="id",
    order={"login_key": Account.login_key, "id": Account.id},
    filters={
        "search": or_(
            func.starts_with(Account.login_key, func.lower(_SEARCH)),
            func.starts_with(Person.sort_key, func.russian_key(_SEARCH)),
        ),
        "role": has_role(argument("role", Text), reach.today),
        "locked": Account.locked_at.is_not(None) == argument("locked", Boolean),
    },
)
school_missing_accounts = to_page(
    visible_missing_accounts,
    Staff.school_id,
    of="id",
    order={"hired_on": Staff.hired_on, "id": Staff.id},
    filters={
        "hired_before": Staff.hired_on < argument("hired_before", Date),
        "hired_since": Staff.hired_on >= argument("hired_since", Date),
    },
)
missing_staff = to_one(visible_staff, Staff.id, of="id")

viewer_sessions = to_many(visible_sessions, Session.account_id, of="account_id", order=(Session.refreshed_at.desc(),))

# Written by hand: one row that gathers everything a viewer reaches. $1 school, $3 the school's moment; the rest is for
# `door`, which finds the account. "Today" is the school's own date. Access closes by itself, on its day (11.6): roles
# held by appointment end with the employment, whose last day is still a day of work; a parent reaches who has not left.
_VIEWER = """, me AS (
    SELECT account.school_id, account.id AS account_id, account.kind, account.person_id, door.id AS door_id,
           account.one_time_until IS NOT NULL AS must_change_password,
           school.time_zone, $3::timestamptz AS now, ($3::timestamptz AT TIME ZONE school.time_zone)::date AS today,
           person.family_name, person.given_name, person.patronymic,
           staff.id AS staff_id, staff.dismissed_on, student.id AS student_id, guardian.id AS guardian_id
    FROM door
    JOIN account ON account.school_id = door.school_id AND account.id = door.account_id
    JOIN school ON school.school_id = door.school_id
    LEFT JOIN person ON person.school_id = account.school_id AND person.id = account.person_id
    LEFT JOIN staff ON staff.school_id = account.school_id AND staff.person_id = account.person_id
    LEFT JOIN student ON student.school_id = account.school_id AND student.person_id = account.person_id
    LEFT JOIN guardian ON guardian.school_id = account.school_id AND guardian.person_id = account.person_id
    WHERE account.locked_at IS NULL
), child AS (
    SELECT DISTINCT guardianship.student_id AS id FROM me
    JOIN guardianship ON guardianship.school_id = me.school_id AND guardianship.guardian_id = me.guardian_id
     AND guardianship.starts_on <= me.today AND (guardianship.ends_on IS NULL OR guardianship.ends_on >= me.today)
    JOIN enrolment AS e ON e.school_id = me.school_id AND e.student_id = guardianship.student_id
     AND (e.ends_on IS NULL OR e.ends_on >= me.today)
), taught AS (
    SELECT DISTINCT a.group_id, a.subject_id FROM me
    JOIN teaching_assignment AS a ON a.school_id = me.school_id AND a.staff_id = me.staff_id
     AND a.starts_on <= me.today AND (a.ends_on IS NULL OR a.ends_on >= me.today)
)
SELECT me.*,
    ARRAY(SELECT role FROM account_role AS r
          WHERE r.school_id = me.school_id AND r.account_id = me.account_id AND r.starts_on <= me.today
            AND (r.ends_on IS NULL OR r.ends_on >= me.today)
            AND (me.dismissed_on IS NULL OR me.dismissed_on >= me.today)) AS appointed,
    EXISTS (SELECT FROM enrolment AS e
            WHERE e.school_id = me.school_id AND e.student_id = me.student_id AND e.starts_on <= me.today
              AND (e.ends_on IS NULL OR e.ends_on >= me.today)) AS enrolled,
    ARRAY(SELECT class_id FROM enrolment AS e
          WHERE e.school_id = me.school_id AND e.student_id = me.student_id) AS own_classes,
    ARRAY(SELECT DISTINCT group_id FROM group_membership AS m
          WHERE m.school_id = me.school_id AND m.student_id = me.student_id) AS own_groups,
    ARRAY(SELECT id FROM child) AS children,
    ARRAY(SELECT DISTINCT class_id FROM enrolment AS e
          WHERE e.school_id = me.school_id AND e.student_id = ANY(ARRAY(SELECT id FROM child))) AS child_classes,
    ARRAY(SELECT DISTINCT group_id FROM group_membership AS m
          WHERE m.school_id = me.school_id AND m.student_id = ANY(ARRAY(SELECT id FROM child))) AS child_groups,
    ARRAY(SELECT class_id FROM class_leadership AS l
          WHERE l.school_id = me.school_id AND l.staff_id = me.staff_id AND l.starts_on <= me.today
            AND (l.ends_on IS NULL OR l.ends_on >= me.today)) AS led_classes,
    ARRAY(SELECT group_id FROM taught ORDER BY group_id, subject_id) AS taught_groups,
    ARRAY(SELECT subject_id FROM taught ORDER BY group_id, subject_id) AS taught_subjects,
    ARRAY(SELECT type_name FROM service_grant AS g
          WHERE g.school_id = me.school_id AND g.account_id = me.account_id) AS grants
FROM me
"""
_SESSION = """
WITH door AS (
    SELECT school_id, account_id, id FROM session
    WHERE school_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $4
)"""


def viewer_by(door: str, *names: str) -> Statement:
    """The statement that loads a viewer by what `door` finds: a `WITH door AS (…)` of a school, an account and an id.

    `names` are its parameters in order: the school first, the school's moment third.
    """
    return Statement(door + _VIEWER, names, {})


_BY_SESSION = viewer_by(_SESSION, "school_id", "session_id", "now", "real_now")

_TAKEN = (
    "school_id",
    "account_id",
    "person_id",
    "time_zone",
    "now",
    "today",
    "must_change_password",
    "staff_id",
    "student_id",
    "guardian_id",
)
_REACHES = (
    "own_classes",
    "own_groups",
    "children",
    "child_classes",
    "child_groups",
    "led_classes",
    "taught_groups",
    "taught_subjects",
    "grants",
)


async def load_viewer(snapshot: Snapshot, claims: Claims, now: datetime, real_now: datetime) -> Viewer:
    """The viewer behind an access token, or `ANONYMOUS` if the session has ended, or the account is locked."""
    given = {"school_id": claims.school_id, "session_id": claims.session_id, "now": now, "real_now": real_now}
    rows = await snapshot.fetch(_BY_SESSION, given, alone=True)
    return viewer_of(rows[0], claims.session_id) if rows else ANONYMOUS


_DOOR = """
SELECT found.* FROM unnest($2::bigint[]) AS wanted (session_id) CROSS JOIN LATERAL ("""
_BY_SESSIONS = Statement(
    _DOOR + _SESSION.replace("id = $2", "id = wanted.session_id") + _VIEWER + ") AS found",
    ("school_id", "session_ids", "now", "real_now"),
    {},
)


async def load_viewers(
    snapshot: Snapshot, school_id: int, sessions: Collection[int], now: datetime, real_now: datetime
) -> dict[int, Viewer]:
    """The viewers behind a school's sessions, in one statement; those of sessions that have ended are not there."""
    given = {"school_id": school_id, "session_ids": list(sessions), "now": now, "real_now": real_now}
    rows = await snapshot.fetch(_BY_SESSIONS, given)
    return {row["door_id"]: viewer_of(row, row["door_id"]) for row in rows}


def viewer_of(row: Any, session_id: int = 0) -> Viewer:
    """The viewer of a row that `viewer_by` has found; without a session, one who came by another door."""
    values: dict[str, Any] = {name: row[name] for name in _TAKEN}
    values |= {name: tuple(row[name]) for name in _REACHES}
    name = full_name(row["family_name"], row["given_name"], row["patronymic"]) if row["person_id"] else None
    return Viewer(roles=_roles(row), name=name, session_id=session_id, **values)


def _roles(row: Any) -> frozenset[Role]:
    """Roles of people add up. An analyst or a service is that and nothing else, by the kind of the account.

    Whoever came in with a one-time password has none until they have chosen another.
    """
    if row["must_change_password"]:
        return frozenset()
    if row["kind"] == AccountKind.ANALYST:
        return frozenset({Role.ANALYST})
    if row["kind"] == AccountKind.SERVICE:
        return frozenset({Role.SERVICE})
    roles = {Role(role) for role in row["appointed"]}
    if row["enrolled"]:
        roles.add(Role.STUDENT)
    if row["children"]:
        roles.add(Role.PARENT)
    return frozenset(roles)
