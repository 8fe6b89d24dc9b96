"""Who has daily digests: whoever answers for something, and the director and the deputies (7.11, 9.3, 11.1)."""

from typing import Any

from sqlalchemy import Date, Select, and_, cast, or_, select

from models.account import Account, AccountRole
from models.report_digests import Digest, DigestCount, DigestDay
from models.report_remarks import Remark
from models.school import Staff
from rules.account import Role
from rules.report_deadlines import BY_ROLE
from rules.report_digests import DigestPart

from .days import begins_at
from .report_obligations import OVERSEERS, OWNERS, TEACHERS, obligation, own
from .report_remarks import standing
from .report_rows import word
from .scopes import NONE, Rows, Scope, beside, columns, of_school, on, same, union
from .viewer import Viewer, reach

READERS = OWNERS | OVERSEERS
"""Those who may have a digest."""

_MINE = Digest.account_id == reach.account_id
_AROUND = 8
"""An obligation's `day`, by which its rows are found, is no further than that from the last day in time."""

_FURTHEST = 30
"""No day of a digest that has been written lies so many days ahead."""

visible_digests = Scope(
    "Digest",
    Rows(Digest, beside(DigestDay, "day_id", "date", "until", "written_at")),
    {READERS: _MINE, Role.SERVICE: NONE},
)
"""One's own digests, and nobody else's."""

visible_digest_counts = Scope(
    "DigestCount",
    Rows(DigestCount, beside(Digest, "digest_id", "account_id")),
    {
        OVERSEERS: _MINE,
        READERS - OVERSEERS: and_(_MINE, DigestCount.part == word(DigestPart.OWN)),
        Role.SERVICE: NONE,
    },
)
"""What they count; of the whole school only for those who oversee it today."""


def stands(day: Any, until: Any) -> Any:
    """That an obligation is open, can be met by the end of the day, and is due by `until`."""
    return and_(
        *(obligation.done_at.is_(None), ~obligation.closed),
        *(obligation.due_on <= until, obligation.day <= until + _AROUND),
        obligation.opens_at < begins_at(cast(day, Date) + 1),
    )


def _of_digests() -> Select[Any]:
    return (
        select(*obligation, Digest.id.label("digest_id"))
        .select_from(Digest)
        .join(DigestDay, same(DigestDay, Digest.day_id))
        .join(
            obligation.school_id.table,
            and_(obligation.school_id == Digest.school_id, stands(DigestDay.date, DigestDay.until)),
        )
        .where(of_school(Digest), _MINE, obligation.day <= reach.today + _FURTHEST + _AROUND)
    )


visible_digest_obligations = Scope(
    "Obligation",
    _of_digests,
    {
        Role.TEACHER: and_(TEACHERS, obligation.staff_id == reach.staff_id),
        **{role: own(role) for role in set(BY_ROLE.values())},
        Role.SERVICE: NONE,
    },
)
"""What a digest told of and still stands: a row for each of one's digests, with the rights of today."""


def digests_to_read(viewer: Viewer) -> Select[Any]:
    """Digests that the viewer may say they have read, locked."""
    mine = union(dict.fromkeys(READERS, _MINE), viewer.roles)
    return select(*columns(Digest)).where(of_school(Digest), mine).with_for_update()


def remarked(who: Any) -> Select[Any]:
    """Those of `recipients` to whom a remark stands, as teachers."""
    theirs = and_(Remark.staff_id == who.c.staff_id, standing)
    return select(who.c.account_id).join(Remark, theirs).where(of_school(Remark), who.c.role == word(Role.TEACHER))


def recipients() -> Select[Any]:
    """Accounts with the roles that they hold today, and whose employment is not over."""
    employed = or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= reach.today)
    query: Any = (
        select(Account.id.label("account_id"), AccountRole.role, Staff.id.label("staff_id"))
        .join(AccountRole, and_(AccountRole.school_id == Account.school_id, AccountRole.account_id == Account.id))
        .outerjoin(Staff, and_(Staff.school_id == Account.school_id, Staff.person_id == Account.person_id))
        .where(of_school(Account), Account.locked_at.is_(None), on(reach.today, AccountRole), employed)
        .distinct()
    )
    return query  # type: ignore[no-any-return]
