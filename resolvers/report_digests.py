"""Daily digests: reads of one's own, the command that marks one as read, and how the keeper writes a school's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from models.report_digests import Digest, DigestCount, DigestDay
from models.school import School
from models.timetable import Lesson
from permissions.days import FREE, WORKED
from permissions.report_digests import (
    digests_to_read,
    recipients,
    remarked,
    stands,
    visible_digest_counts,
    visible_digest_obligations,
    visible_digests,
)
from permissions.report_obligations import OVERSEERS, TEACHERS, obligation
from permissions.report_rows import POSITIONS, one_of, word
from permissions.scopes import of_school
from permissions.viewer import Viewer, reach
from rules.account import Role
from rules.days import WorkingDays, local_day
from rules.report_digests import KEPT, SOON, DigestPart, day_to_write, no_digest
from rules.timetable import LessonState

from .commands import command
from .context import Context
from .database import Database, Transaction
from .edges_kinds import argument, to_many, to_one, to_page

viewer_digest = to_one(
    visible_digests,
    Digest.account_id,
    of="account_id",
    filters={"date": DigestDay.date == argument("date", Date)},
)
digest_of = to_one(visible_digests, Digest.id, of="digest_id")
viewer_digests = to_page(
    visible_digests,
    Digest.account_id,
    of="account_id",
    order={"recency": Digest.recency},
    filters={"read": Digest.read_at.is_not(None) == argument("read", Boolean)},
)
digest_counts = to_many(
    visible_digest_counts,
    DigestCount.digest_id,
    of="id",
    order=(case({each.value: position for each, position in POSITIONS.items()}, value=DigestCount.deadline),),
    filters={"part": DigestCount.part == argument("part", Text)},
)
digest_obligations = to_page(
    visible_digest_obligations,
    Digest.id,
    of="id",
    order={name: getattr(obligation, name) for name in ("due_at", "position", "key0", "key1", "key2")},
)


async def read_digest(context: Context, number: int) -> int:
    """Say that one has read a digest. A repeat keeps the first moment."""
    async with command(context, "readDigest", {"digestId": number}) as work:
        row = await work.first(digests_to_read(work.viewer).where(Digest.id == number), **work.viewer.parameters())
        if row is None:
            raise no_digest("digestId")
        if row.read_at is None:
            await work.execute(
                update(Digest)
                .where(Digest.school_id == work.viewer.school_id, Digest.id == number)
                .values(read_at=work.now)
            )
    return number


# Writing them

_DAY, _UNTIL = bindparam("day_id", type_=BigInteger), bindparam("until", type_=Date)


def _number(*condition: Any) -> Any:
    return func.count().filter(*condition)


def _sums(counted: Any) -> list[Any]:
    return [cast(func.sum(counted.c[name]), BigInteger).label(name) for name in ("overdue", "due_today", "due_soon")]


def _writing() -> Any:
    """The statement that writes a school's digests: the school's obligations are counted once, for everybody.

    Whoever has nothing due but a remark gets one, too.
    """
    late, today = obligation.due_at <= reach.now, obligation.due_on <= reach.today
    counted = (
        select(
            *(obligation.deadline, obligation.answerable, obligation.staff_id),
            TEACHERS.label("named"),
            _number(late).label("overdue"),
            _number(~late, today).label("due_today"),
            _number(~late, ~today).label("due_soon"),
        )
        .where(obligation.school_id == reach.school_id, stands(reach.today, _UNTIL))
        .group_by(obligation.deadline, obligation.answerable, obligation.staff_id)
        .cte("counted")
    )
    who = recipients().cte("who")
    answers = or_(
        and_(counted.c.named, who.c.role == word(Role.TEACHER), who.c.staff_id == counted.c.staff_id),
        and_(~counted.c.named, who.c.role == counted.c.answerable),
    )
    own = (
        select(who.c.account_id, word(DigestPart.OWN).label("part"), counted.c.deadline, *_sums(counted))
        .join(counted, answers)
        .group_by(who.c.account_id, counted.c.deadline)
    )
    overseers = (
        select(who.c.account_id)
        .where(one_of(who.c.role, [each.value for each in sorted(OVERSEERS)]))
        .distinct()
        .subquery("overseer")
    )
    school = (
        select(overseers.c.account_id, word(DigestPart.SCHOOL).label("part"), counted.c.deadline, *_sums(counted))
        .join(counted, literal_column("true"))
        .group_by(overseers.c.account_id, counted.c.deadline)
    )
    lines = union_all(own, school).cte("line")
    told = union(select(lines.c.account_id), remarked(who)).subquery("told")
    written = (
        insert(Digest)
        .from_select(
            ["school_id", "day_id", "account_id"],
            select(reach.school_id, _DAY, told.c.account_id).order_by(told.c.account_id),
        )
        .returning(Digest.id, Digest.account_id)
        .cte("written")
    )
    values = ("part", "deadline", "overdue", "due_today", "due_soon")
    return insert(DigestCount).from_select(
        ["school_id", "digest_id", *values],
        select(reach.school_id, written.c.id, *(lines.c[name] for name in values)).join(
            lines, lines.c.account_id == written.c.account_id
        ),
    )


_WRITE = _writing()
_taught = exists().where(
    *(of_school(Lesson), Lesson.state != word(LessonState.CANCELLED)),
    Lesson.date == cast(func.timezone(School.time_zone, reach.now), Date),
)
_SCHOOL = select(
    School.time_zone, WORKED.label("worked"), FREE.label("free"), _taught.correlate(School).label("taught")
).where(School.id == reach.school_id)


async def write_digests(database: Database, school_id: int, now: datetime) -> bool:
    """Write a school's digests of this day, unless it is too early, a day off, or they stand already.

    All of them in one transaction: whoever else is about to write them waits, and finds them written.
    """
    async with database.transaction() as transaction:
        school = await transaction.first(_SCHOOL, **_viewer(school_id, now, "UTC"))
        days = WorkingDays(frozenset(school.worked), frozenset(school.free))
        day = day_to_write(now, school.time_zone, days, school.taught)
        if day is None or await _stands(transaction, school_id, day):
            return False
        until = SOON.due(day, days)
        written = await transaction.first(
            upsert(DigestDay)
            .values(school_id=school_id, date=day, until=until, written_at=now)
            .on_conflict_do_nothing()
            .returning(DigestDay.id)
        )
        if written is None:
            return False
        viewer = _viewer(school_id, now, school.time_zone)
        await transaction.execute(_WRITE, **viewer, day_id=written.id, until=until)
        await _remove(transaction, school_id, day - KEPT)
        return True


async def _remove(transaction: Transaction, school_id: int, before: date) -> None:
    """Remove the digests of days before one, and the days; what they counted goes with them. One statement."""
    days = delete(DigestDay).where(DigestDay.school_id == school_id, DigestDay.date < before).returning(DigestDay.id)
    gone = days.cte("gone")
    of_gone = Digest.day_id.in_(select(gone.c.id).scalar_subquery())
    await transaction.execute(delete(Digest).where(Digest.school_id == school_id, of_gone))


def _viewer(school_id: int, now: datetime, time_zone: str) -> dict[str, Any]:
    return Viewer(school_id=school_id, now=now, today=local_day(now, time_zone)).parameters()


async def _stands(transaction: Transaction, school_id: int, day: Any) -> bool:
    query = select(DigestDay.id).where(DigestDay.school_id == school_id, DigestDay.date == day)
    return await transaction.first(query) is not None
