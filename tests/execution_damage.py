"""What breaks a school's data so that its answers have errors: constraints dropped, and rows that cannot be shown."""

import asyncpg

DAMAGE: tuple[tuple[str, str, str, int], ...] = (
    ("subject", "name", "NULL", 2),
    ("subject", "short_name", "NULL", 4),
    ("work_type", "short_name", "NULL", 2),
    ("work_type", "weight", "5000000000", 3),
    ("task", "weight", "NULL", 5),
    ("task", "position", "-3000000000 - id", 6),
    ("mark", "value", "NULL", 5),
    ("mark", "version", "2147483648", 10),
    ("mark", "set_at", "NULL", 6),
    ("attendance", "code", "'unknown'", 4),
    ("attendance", "minutes_late", "99999999999", 3),
    ("lesson", "number", "NULL", 6),
    ("lesson", "starts_at", "NULL", 7),
    ("lesson", "state", "'lost'", 9),
    ("lesson", "version", "-2147483649", 19),
    ("homework", "text", "NULL", 4),
    ("homework", "for_all", "NULL", 7),
    ("school_class", "letter", "NULL", 3),
    ("school_class", "period_kind", "'year'", 3),
    ("school_class", "shift", "2147483648", 3),
    ("study_group", "kind", "'nobody'", 3),
    ("period", "name", "NULL", 2),
    ("holiday", "name", "NULL", 2),
    ("bell", "starts_at", "NULL", 3),
    ("enrolment", "starts_on", "'infinity'", 7),
    ("movement_order", "kind", "'lost'", 3),
    ("movement_order", "effective_on", "'infinity'", 3),
    ("movement_item", "position", "NULL", 4),
    ("guardianship", "kind", "'aunt'", 3),
    ("guardian", "applied_on", "NULL", 4),
    ("student", "taught_at_home", "NULL", 3),
    ("staff", "position", "NULL", 4),
    ("person", "family_name", "NULL", 3),
    ("person", "given_name", "NULL", 5),
    ("person", "sex", "'unknown'", 5),
    ("person", "birth_date", "NULL", 3),
    ("person", "birth_date", "'-infinity'", 6),
    ("file", "size", "9223372036854775807", 2),
    ("file", "name", "NULL", 3),
    ("session", "created_at", "NULL", 2),
    ("event", "title", "NULL", 2),
    ("room", "name", "NULL", 3),
    ("document", "title", "NULL", 2),
    ("message_thread", "subject", "NULL", 2),
    ("message", "text", "NULL", 3),
    ("announcement", "title", "NULL", 2),
    ("announcement", "published_at", "'infinity'", 3),
    ("excuse", "kind", "'unknown'", 2),
    ("excuse", "received_on", "NULL", 3),
    ("homework_answer", "state", "'lost'", 2),
    ("unlock", "reason", "NULL", 2),
    ("final_mark", "set_at", "NULL", 4),
    ("final_mark", "version", "2147483648", 5),
    ("mark_version", "value", "NULL", 3),
    ("academic_year", "name", "NULL", 2),
    ("remark", "text", "NULL", 2),
    ("remark", "made_at", "'infinity'", 2),
    ("report_set", "state", "'lost'", 2),
    ("report_set", "created_at", "NULL", 2),
    ("certified_report", "issued_at", "NULL", 2),
    ("saved_report", "name", "NULL", 2),
    ("report_run", "due_at", "NULL", 2),
    ("federal_form", "state", "'lost'", 2),
    ("form_closing", "digest", "NULL", 2),
    ("digest_day", "written_at", "NULL", 2),
    ("audit_entry", "command", "NULL", 4),
    ("certificate", "digest", "NULL", 2),
    ("account", "login", "NULL", 9),
)
"""Table, column, what to put there, and in which part of the rows."""

KEY = {"bell": "number", "school_class": "id", "school": "school_id"}


async def damage(connection: asyncpg.Connection) -> None:
    """Break the data of all schools of a database; types stay as they are."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        checks = await connection.fetch(
            "SELECT conrelid::regclass::text AS of, conname FROM pg_constraint "
            "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        for row in checks:
            await connection.execute(f'ALTER TABLE {row["of"]} DROP CONSTRAINT "{row["conname"]}"')
        await connection.execute("ALTER TABLE person ALTER COLUMN sort_key DROP EXPRESSION")
        needed = await connection.fetch(
            "SELECT attrelid::regclass::text AS of, attname FROM pg_attribute WHERE attnotnull AND attnum > 0 "
            "AND attrelid::regclass::text = ANY($1) AND NOT EXISTS (SELECT FROM pg_constraint "
            "WHERE conrelid = attrelid AND contype = 'p' AND attnum = ANY(conkey))",
            sorted({table for table, *_ in DAMAGE}),
        )
        for row in needed:
            await connection.execute(f'ALTER TABLE {row["of"]} ALTER COLUMN "{row["attname"]}" DROP NOT NULL')
        for table, column, value, part in DAMAGE:
            place = f"{KEY.get(table, 'id')} % {part} = {part // 2}"
            await connection.execute(f"UPDATE {table} SET {column} = {value} WHERE {place}")
