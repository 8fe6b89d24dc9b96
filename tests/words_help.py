"""A surname in everything that people write in words of their own, and a look whether somebody is told it."""

import re
from base64 import urlsafe_b64decode
from binascii import Error
from typing import Any

import asyncpg

SURNAME = "Златоустова"
FREE = {
    "study_group": ("name",),
    "room": ("name",),
    "event": ("title", "description", "place"),
    "timetable": ("title",),
    "topic_plan": ("title",),
    "council_decision": ("number",),
    "lesson": ("topic", "material"),
    "lesson_correction": ("reason",),
    "task": ("name",),
    "homework": ("text",),
    "mark": ("comment",),
    "attendance": ("comment",),
    "excuse": ("number", "comment"),
    "period_closing": ("reason",),
    "form_closing": ("approval", "reason"),
    "movement_order": ("number", "basis"),
    "movement_item": ("place", "reason"),
    "staff": ("number", "diploma"),
    "document": ("title",),
    "announcement": ("title", "text"),
    "mismatch_report": ("comment",),
    "outage": ("reason",),
    "unlock": ("reason", "answer"),
    "remark": ("text", "answer", "comment"),
    "file": ("name",),
}
"""Columns of free words. What is the school's catalogue (its subjects, periods, plans' topics) is none of them."""

SHARED = (
    '{"source": "classes", "fields": [], "filters": [["class", "differs", ["Златоустова"]]], "groups": ["grade"],'
    ' "measures": [["count", null]], "order": [], "limit": null}'
)
"""A composed report with a condition in free words."""


async def write_surname(db: "asyncpg.Connection[Any]") -> None:
    """Write it behind the door, into all rows of all schools, closed years among them; share such reports, too."""
    await db.execute("SET session_replication_role = replica")
    for table, columns in FREE.items():
        # The number keeps names apart that were apart.
        said = ", ".join(f"{column} = {column} || ' {SURNAME} ' || id" for column in columns)
        await db.execute(f"UPDATE {table} SET {said}")
    await db.execute(
        f"UPDATE saved_report AS r SET name = concat(name, ' {SURNAME} ', r.id), definition = $1,"
        " shared_roles = '{administrator,analyst}' FROM account AS a WHERE a.id = r.account_id AND a.kind <> 'analyst'",
        SHARED,
    )
    await db.execute("SET session_replication_role = origin")


def told(value: Any) -> bool:
    """Whether the surname stands somewhere in an answer, be it in a cursor."""
    if isinstance(value, dict):
        return any(map(told, value.values()))
    if isinstance(value, list):
        return any(map(told, value))
    return isinstance(value, str) and bool(re.search(SURNAME, f"{value} {_read(value)}", re.IGNORECASE))


def _read(text: str) -> str:
    """What an opaque text holds."""
    try:
        return urlsafe_b64decode(text).decode()
    except (Error, ValueError):
        return ""
