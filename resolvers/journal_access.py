"""The access log of the journals: who has opened which, who has written in one; and how an opening is put down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Date, Select, and_, func, select, union_all

from models.account import AuditEntry
from models.journal_access import JournalAccess
from models.journal_history import VERSIONS
from models.timetable import Lesson
from permissions.journal_access import visible_journal_access, visible_journal_writers
from permissions.scopes import of_school
from rules.account import Role

from .context import Context
from .database import Database
from .edges import Edge
from .edges_kinds import argument, parent_keys, to_page
from .journal import PAGE, PAGE_TYPES, of_page
from .school import staff_of_account

_BY_AGE = {"id": JournalAccess.id}

school_access = to_page(
    visible_journal_access,
    JournalAccess.school_id,
    of="id",
    order=_BY_AGE,
    filters={
        "since": JournalAccess.day >= argument("since", Date),
        "until": JournalAccess.day <= argument("until", Date),
        "class_id": JournalAccess.class_id == argument("class_id"),
        "subject_id": JournalAccess.subject_id == argument("subject_id"),
    },
)
page_access = to_page(visible_journal_access, JournalAccess.journal, of="journal", order=_BY_AGE)
access_by = staff_of_account("account_id")


def _page_writers(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """By whose commands the versions came about that there are of the page's lessons: each account once."""
    page = parent_keys(*PAGE_TYPES)
    keys = [column.label(f"_{column.key}") for column in page.c]
    lessons = of_page(select(Lesson.id, *keys).where(of_school(Lesson)), page).cte("lessons")
    of_keys = [lessons.c[key.name] for key in keys]
    written = []
    for name, model in VERSIONS.items():
        column = model.row_id if name == "lesson" else getattr(model, "lesson_id", None)
        if column is not None:
            at = and_(of_school(model), column == lessons.c.id, model.entry_id.is_not(None))
            written.append(select(*of_keys, model.entry_id).join_from(lessons, model, at))
    commands = union_all(*written).subquery("commands")
    each = select(*commands.c).distinct().subquery("each")
    counted = (
        select(
            *(each.c[key.name] for key in keys),
            AuditEntry.account_id,
            func.count().label("commands"),
            func.min(AuditEntry.at).label("first_at"),
            func.max(AuditEntry.at).label("last_at"),
        )
        .join_from(each, AuditEntry, and_(of_school(AuditEntry), AuditEntry.id == each.c.entry_id))
        .where(visible_journal_writers.condition(roles))
        .group_by(*(each.c[key.name] for key in keys), AuditEntry.account_id)
        .subquery("counted")
    )
    return select(*counted.c).order_by(counted.c.last_at, counted.c.account_id)


page_writers = Edge(visible_journal_writers, PAGE, _page_writers, many=True)


@dataclass(frozen=True, slots=True)
class Opening:
    """A page that was opened: by whom, when, and by which key (`journal.journal_page`).

    opening: tells two openings apart, and one that is written again because its answer got lost.
    """

    school_id: int
    account_id: int
    at: datetime
    day: date
    class_id: int
    group_id: int
    subject_id: int
    period_id: int
    as_of: datetime | None
    opening: UUID


def openings(context: Context) -> list[Opening]:
    """What a request has opened."""
    viewer = context.viewer
    by = (viewer.school_id, viewer.account_id, context.now, viewer.today)
    return [
        Opening(*by, of_class, group, subject, period, as_of, uuid4())
        for (of_class, group, subject, period), as_of in context.opened
    ]


PUT_DOWN = """
INSERT INTO journal_access (school_id, account_id, at, day, class_id, group_id, subject_id, period_id, as_of,
    opening)
SELECT o.school_id, o.account_id, o.at, o.day, coalesce(nullif(o.class_id, 0), g.class_id), nullif(o.group_id, 0),
    o.subject_id, o.period_id, o.as_of, o.opening
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::timestamptz[], $10::uuid[]) WITH ORDINALITY
    AS o (school_id, account_id, at, day, class_id, group_id, subject_id, period_id, as_of, opening,
        position)
LEFT JOIN study_group AS g ON g.school_id = o.school_id AND g.id = o.group_id
WHERE o.class_id <> 0 OR g.id IS NOT NULL
ORDER BY o.position
ON CONFLICT (school_id, opening) DO NOTHING
"""


async def put_down(database: Database, opened: Sequence[Opening]) -> None:
    """Write openings into the log, in one statement; those that stand there already are passed by."""
    columns = ([getattr(each, name) for each in opened] for name in Opening.__slots__)
    await database.pool.execute(PUT_DOWN, *columns)
