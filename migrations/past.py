"""How a table comes to keep every version of its rows; a migration that gives such a table columns says it again.

`keep("mark", by=("task_id",))` makes `mark_version`, or gives it the columns that `mark` has got since; the trigger
that writes it; the triggers that keep everybody else out of it; and the views `past.mark` and `past.mark_version`,
which show what stood, and what was known, at the moment `classbook.as_of`. The table is read from the catalogue.
"""

# ruff: noqa: S608 -- the text is put together of names that stand in the catalogue
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

STAMPS = ("version", "changed_at", "changed_by")
OWN = ("school_id", "lesson_date")
"""Columns that are no part of a version: the school leads every key, and the day is the lesson's."""

MOMENT = """
CREATE FUNCTION past.moment() RETURNS timestamptz STABLE LANGUAGE sql
AS $$ SELECT current_setting('classbook.as_of')::timestamptz $$
"""

# A command may be answered after one that began later: its moment then lies before the version that it replaces. A
# version lasts at least a microsecond, so that each moment has one.
WRITE = """
CREATE OR REPLACE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := nullif(current_setting('classbook.audit_entry', true), '')::bigint;
    began timestamptz := nullif(current_setting('classbook.now', true), '')::timestamptz;
    ended timestamptz;
BEGIN
    IF TG_OP = 'INSERT' THEN
        began := coalesce(began, {since});
    ELSE
        began := coalesce(began, {changed}clock_timestamp());
    END IF;
    IF TG_OP <> 'INSERT' OR {returns} THEN
        UPDATE {table}_version SET valid_to = greatest(began, valid_from + interval '1 microsecond')
        WHERE {same} AND valid_to IS NULL RETURNING valid_to INTO ended;
        IF TG_OP = 'DELETE' AND NOT FOUND THEN
            RETURN NULL;
        END IF;
        began := coalesce(ended, began);
    END IF;
    IF TG_OP = 'DELETE' THEN
        INSERT INTO {table}_version ({columns}, valid_from, entry_id, removed) VALUES ({old}, began, entry, true);
    ELSE
        INSERT INTO {table}_version ({columns}, valid_from, entry_id) VALUES ({new}, began, entry);
    END IF;
    RETURN NULL;
END $$
"""
APPEND = """
CREATE TRIGGER {table}_version_only_append BEFORE INSERT ON {table}_version
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change()
"""
END = """
CREATE TRIGGER {table}_version_only_end BEFORE UPDATE ON {table}_version
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 OR OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL
        OR ROW({old}) IS DISTINCT FROM ROW({new})) EXECUTE FUNCTION refuse_change()
"""
KEEP = """
CREATE TRIGGER {table}_version_keep BEFORE DELETE OR TRUNCATE ON {table}_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def begin() -> None:
    """Make what all versions need."""
    op.execute("CREATE SCHEMA past")
    op.execute(MOMENT)


def end() -> None:
    """Take it away again, once no table keeps versions."""
    op.execute("DROP SCHEMA past CASCADE")


def keep(table: str, *, by: Sequence[str] = (), key: Sequence[str] = ("id",), only: Sequence[str] = ()) -> None:
    """Let `table` keep its versions. What stands in it gets its first.

    by: columns by which versions are found. key: the columns that tell rows apart. only: the columns that are kept,
    where others are another table's matter; such a row has no version until one of them says something.
    """
    every = _columns(table)
    kept = [*only, *STAMPS] if only else [name for name in every if name not in (*OWN, *key)]
    of_row = ["row_id" if name == "id" else name for name in key]
    if known := _columns(f"{table}_version"):
        _drop(table)
        for name in kept:
            if name not in known:
                _grow(table, name, every[name], key, of_row)
    else:
        _create(table, {**dict(zip(of_row, (every[each] for each in key), strict=True))}, every, kept, of_row, by)
    own, source = ["school_id", *of_row, *kept], ["school_id", *key, *kept]
    stamped = "changed_at" in every
    blank = " AND ".join(f"NEW.{name} IS NULL" if name != "state" else "NEW.state = 'planned'" for name in only)
    op.execute(
        WRITE.format(
            table=table,
            since="NEW.changed_at" if stamped else "'-infinity'",
            changed="CASE WHEN TG_OP = 'UPDATE' AND NEW.changed_at <> OLD.changed_at THEN NEW.changed_at END, "
            if stamped
            else "",
            returns="false" if key == ("id",) else "true",
            same=" AND ".join(
                f"{name} = coalesce(OLD.{old}, NEW.{old})"
                for name, old in zip(["school_id", *of_row], ["school_id", *key], strict=True)
            ),
            columns=", ".join(own),
            old=", ".join(f"OLD.{name}" for name in source),
            new=", ".join(f"NEW.{name}" for name in source),
        )
    )
    told = only or kept
    sides = [", ".join(f"{side}.{name}" for name in told) for side in ("OLD", "NEW")]
    for name, event, when in (
        ("began", "INSERT", f"NOT ({blank})" if only else "true"),
        ("changed", "UPDATE", f"ROW({sides[0]}) IS DISTINCT FROM ROW({sides[1]})"),
        ("ended", "DELETE", "true"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW WHEN ({when})"
            f" EXECUTE FUNCTION keep_{table}()"
        )
    fixed = ["id", *own, "valid_from", "entry_id", "removed"]
    sides = [", ".join(f"{side}.{name}" for name in fixed) for side in ("OLD", "NEW")]
    op.execute(APPEND.format(table=table))
    op.execute(END.format(table=table, old=sides[0], new=sides[1]))
    op.execute(KEEP.format(table=table))
    _show(table, every, kept, key, of_row, only)


def forget(table: str) -> None:
    """Keep no versions of `table` any more: on the way back only."""
    _drop(table)
    op.execute(f"DROP FUNCTION keep_{table}")
    op.drop_table(f"{table}_version")


def _columns(table: str) -> dict[str, str]:
    """The columns of a table with their types, in order; none of a table that is not there."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        ),
        {"table": table},
    )
    return {row.attname: row.type for row in rows}


def _create(
    table: str,
    keys: dict[str, str],
    every: dict[str, str],
    kept: Sequence[str],
    of_row: Sequence[str],
    by: Sequence[str],
) -> None:
    columns = [f"{name} {type_} NOT NULL" for name, type_ in keys.items()] + [f"{name} {every[name]}" for name in kept]
    op.execute(
        f"""
        CREATE TABLE {table}_version (
            school_id bigint NOT NULL, id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY, {", ".join(columns)},
            valid_from timestamptz NOT NULL, valid_to timestamptz, entry_id bigint,
            removed boolean NOT NULL DEFAULT false,
            CONSTRAINT {table}_version_pkey PRIMARY KEY (school_id, id),
            CONSTRAINT {table}_version_school_id_fkey FOREIGN KEY (school_id) REFERENCES school (school_id),
            CONSTRAINT {table}_version_school_id_entry_id_fkey
                FOREIGN KEY (school_id, entry_id) REFERENCES audit_entry (school_id, id)
        )
        """
    )
    source = ", ".join(["school_id", *("id" if name == "row_id" else name for name in of_row), *kept])
    since = "changed_at" if "changed_at" in every else "'-infinity'"
    said = " OR ".join(f"{name} IS NOT NULL" for name in kept if name in ("topic", "material", "topic_id"))
    where = f" WHERE {said} OR state <> 'planned'" if table == "lesson" else ""
    op.execute(
        f"INSERT INTO {table}_version ({', '.join(['school_id', *of_row, *kept])}, valid_from)"
        f" SELECT {source}, {since} FROM {table}{where}"
    )
    rows = ", ".join(of_row)
    op.execute(f"CREATE UNIQUE INDEX {table}_version_row_idx ON {table}_version (school_id, {rows}, valid_from)")
    for name in by:
        op.execute(f"CREATE INDEX {table}_version_{name}_idx ON {table}_version (school_id, {name})")


def _grow(table: str, name: str, type_: str, key: Sequence[str], of_row: Sequence[str]) -> None:
    """Give the versions a column of the table: what has been gets its default, what stands the table's value."""
    default = op.get_bind().scalar(
        sa.text(
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
            " JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = to_regclass(:table)"
            " AND attname = :name AND attgenerated = ''"
        ),
        {"table": table, "name": name},
    )
    op.execute(f"ALTER TABLE {table}_version ADD COLUMN {name} {type_}{f' DEFAULT {default}' if default else ''}")
    op.execute(f"ALTER TABLE {table}_version ALTER COLUMN {name} DROP DEFAULT")
    same = " AND ".join(f"v.{own} = t.{old}" for own, old in zip(of_row, key, strict=True))
    op.execute(
        f"UPDATE {table}_version AS v SET {name} = t.{name} FROM {table} AS t"
        f" WHERE v.school_id = t.school_id AND {same} AND v.valid_to IS NULL"
    )


def _show(
    table: str,
    every: dict[str, str],
    kept: Sequence[str],
    key: Sequence[str],
    of_row: Sequence[str],
    only: Sequence[str],
) -> None:
    """The views. A lesson's day is the timetable's, today's; what is written at it is what stood."""
    # CASE: no index is to begin with the moment, since each row has a version that stood, and the planner takes it so.
    stood = "CASE WHEN v.valid_from <= past.moment() THEN coalesce(v.valid_to > past.moment(), true) ELSE false END"
    if only:
        # A row says nothing of its own until it has a version.
        found = {**{name: f"v.{name}" for name in only}, "state": "coalesce(v.state, 'planned')"}
        found |= {"version": "coalesce(v.version, 1)"}
        same = " AND ".join(f"v.{own} = t.{old}" for own, old in zip(of_row, key, strict=True))
        columns = ", ".join(f"{found.get(name, f't.{name}')} AS {name}" for name in every)
        joined = f"{table} AS t LEFT JOIN {table}_version AS v ON v.school_id = t.school_id AND {same} AND {stood}"
        op.execute(f"CREATE VIEW past.{table} AS SELECT {columns} FROM {joined}")
    else:
        found = dict(zip(key, of_row, strict=True)) | {name: name for name in ("school_id", *kept)}
        dated = "lesson_date" in every
        columns = ", ".join(
            "l.date AS lesson_date" if name == "lesson_date" else f"v.{found[name]} AS {name}" for name in every
        )
        joined = " JOIN lesson AS l ON l.school_id = v.school_id AND l.id = v.lesson_id" if dated else ""
        op.execute(
            f"CREATE VIEW past.{table} AS SELECT {columns} FROM {table}_version AS v{joined}"
            f" WHERE NOT v.removed AND {stood}"
        )
    ended = "CASE WHEN valid_to <= past.moment() THEN valid_to END AS valid_to"
    known = ", ".join(ended if name == "valid_to" else name for name in _columns(f"{table}_version"))
    op.execute(
        f"CREATE VIEW past.{table}_version AS SELECT {known} FROM {table}_version WHERE valid_from <= past.moment()"
    )


def _drop(table: str) -> None:
    """Take away what stands on the columns: views and triggers."""
    op.execute(f"DROP VIEW past.{table}_version, past.{table}")
    for name in ("began", "changed", "ended"):
        op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    for name in ("only_append", "only_end", "keep"):
        op.execute(f"DROP TRIGGER {table}_version_{name} ON {table}_version")
