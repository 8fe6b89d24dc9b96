"""What an import will do: a ledger of rows to add, change and leave, and the bulk statements that write it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import asyncpg
import sqlalchemy
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from documents.sheets import Sheet
from models import Base
from rules.imports import CheckedFile, ImportRow, Problem
from rules.imports_columns import ImportKind

Table = type[Base]
_DIALECT = dialect()  # type: ignore[no-untyped-call]


class BadRow(Exception):
    """A row that the school's data do not allow: the key of its column, and the reason in Russian."""

    def __init__(self, key: str | None, reason: str) -> None:
        super().__init__(reason)
        self.key = key
        self.reason = reason


class Effect(StrEnum):
    """What becomes of a row of the file."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What one row of the file will do, in words for the person who loads it."""

    row: int
    title: str
    effect: Effect
    details: tuple[str, ...] = ()


@dataclass
class Ledger:
    """Rows by table and id. A new row has a negative id until it is written; references use it as any other."""

    added: dict[Table, dict[int, dict[str, Any]]] = field(default_factory=dict)
    changed: dict[Table, dict[int, dict[str, Any]]] = field(default_factory=dict)
    kept: dict[Table, set[int]] = field(default_factory=dict)
    _last: int = 0

    def add(self, table: Table, **values: Any) -> int:
        """A new row; gives its id for the time being."""
        self._last -= 1
        self.added.setdefault(table, {})[self._last] = values
        return self._last

    def settle(self, table: Table, row_id: int, current: Mapping[str, Any], **wanted: Any) -> list[str]:
        """Bring a row to `wanted`; gives the columns that change. `current` holds every column an import may change."""
        if row_id < 0:
            self.added[table][row_id] |= wanted
            return []
        values = self.changed.get(table, {}).get(row_id) or dict(current)
        differing = [column for column, value in wanted.items() if values[column] != value]
        if differing:
            self.changed.setdefault(table, {})[row_id] = values | wanted
        self.kept.setdefault(table, set()).add(row_id)
        return differing

    def counts(self) -> dict[Effect, dict[str, int]]:
        """How many rows of each table are created, changed and left as they are."""
        kept = {table: ids - self.changed.get(table, {}).keys() for table, ids in self.kept.items()}
        return {
            Effect.CREATED: _sizes(self.added),
            Effect.CHANGED: _sizes(self.changed),
            Effect.UNCHANGED: _sizes(kept),
        }


def _sizes(rows: Mapping[Table, Collection[int]]) -> dict[str, int]:
    return {table.__tablename__: len(ids) for table, ids in rows.items() if ids}


@dataclass
class ImportPlan:
    """What a file will do to the school on a given day. It loads only if there are no problems."""

    school_id: int
    kind: ImportKind
    sheet: Sheet
    today: date
    year: str | None = None
    """The school year it works in, where that matters."""
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    preview: list[PreviewRow] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    """Classes, subjects and subgroups that do not exist yet: a misspelt one shows here."""
    ledger: Ledger = field(default_factory=Ledger, repr=False)

    @property
    def created(self) -> dict[str, int]:
        """How many rows will be created, by kind of object."""
        return self.ledger.counts()[Effect.CREATED]

    @property
    def changed(self) -> dict[str, int]:
        """How many rows will be changed."""
        return self.ledger.counts()[Effect.CHANGED]

    @property
    def unchanged(self) -> dict[str, int]:
        """How many rows the file names and leaves as they are."""
        return self.ledger.counts()[Effect.UNCHANGED]

    def walk(self, checked: CheckedFile, plan_row: Callable[[ImportRow], PreviewRow]) -> None:
        """Plan each row; what the school's data do not allow becomes a problem of that row."""
        for row in checked.rows:
            try:
                self.preview.append(plan_row(row))
            except BadRow as bad:
                self.problems.append(checked.finding(row.number, bad.key, bad.reason))


OBJECT_NAMES: dict[str, str] = {
    "person": "Люди",
    "student": "Ученики",
    "guardian": "Представители",
    "guardianship": "Представительства",
    "staff": "Сотрудники",
    "account_role": "Роли",
    "school_class": "Классы",
    "study_group": "Группы и подгруппы",
    "movement_order": "Приказы о движении",
    "movement_item": "Учащиеся в приказах",
    "enrolment": "Зачисления",
    "subject": "Предметы",
    "teaching_assignment": "Нагрузка",
    "class_leadership": "Классное руководство",
}
"""What the tables of an import are called, in the order in which they are told."""


def effect(created: bool, changes: Iterable[Any]) -> Effect:
    """The effect of a row that creates its main object or not, and changes these things."""
    if created:
        return Effect.CREATED
    return Effect.CHANGED if any(changes) else Effect.UNCHANGED


async def write(
    connection: asyncpg.Connection, school_id: int, ledger: Ledger, now: datetime, account_id: int | None
) -> None:
    """Write the ledger: at most three statements a table, however many rows. Ids come from the tables' sequences.

    New rows that say who changed them, and when, say that it was this account, now.
    """
    by = {"changed_at": now, "changed_by": account_id}
    added = {model.__tablename__: rows for model, rows in ledger.added.items()}
    changed = {model.__tablename__: rows for model, rows in ledger.changed.items()}
    real: dict[int, int] = {}
    for table in Base.metadata.sorted_tables:
        if rows := added.get(table.name):
            sequence = "SELECT array_agg(nextval(pg_get_serial_sequence($1, 'id'))) FROM generate_series(1, $2)"
            real |= zip(rows, await connection.fetchval(sequence, table.name, len(rows)), strict=True)
            stamp = by if by.keys() <= set(table.c.keys()) else {}
            numbered = {real[temporary]: {**values, **stamp} for temporary, values in rows.items()}
            await _bulk(connection, _INSERT, school_id, table, numbered, real)
        if rows := changed.get(table.name):
            more: dict[str, Any] = by if "version" in table.c else {}
            stamped = {number: {**values, **more} for number, values in rows.items()}
            await _bulk(connection, _VERSIONED if more else _UPDATE, school_id, table, stamped, real)


# Names of tables, columns and types come from the models; values always travel as parameters.
_INSERT = "INSERT INTO {table} (school_id, id, {columns}) SELECT $1, * FROM unnest($2::bigint[], {arrays})"
_UPDATE = (
    "UPDATE {table} SET {assignments} FROM unnest($2::bigint[], {arrays}) AS wanted (id, {columns}) "
    "WHERE {table}.school_id = $1 AND {table}.id = wanted.id"
)
_VERSIONED = _UPDATE.replace("SET {assignments}", "SET {assignments}, version = {table}.version + 1")


async def _bulk(
    connection: asyncpg.Connection,
    template: str,
    school_id: int,
    table: sqlalchemy.Table,
    rows: Mapping[int, Mapping[str, Any]],
    real: Mapping[int, int],
) -> None:
    columns = [table.c[name] for name in next(iter(rows.values()))]
    names = [f'"{column.name}"' for column in columns]
    statement = template.format(
        table=f'"{table.name}"',
        columns=", ".join(names),
        assignments=", ".join(f"{name} = wanted.{name}" for name in names),
        arrays=", ".join(f"${place}::{column.type.compile(_DIALECT)}[]" for place, column in enumerate(columns, 3)),
    )
    values: list[list[Any]] = []
    for column in columns:
        held = [row[column.name] for row in rows.values()]
        values.append([real.get(value, value) for value in held] if "reference" in column.info else held)
    await connection.execute(statement, school_id, list(rows), *values)
