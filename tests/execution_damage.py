"""What breaks a school's data so that its answers have errors: constraints dropped, and rows that cannot be shown."""

import asyncpg

DAMAGE: tuple[tuple[str, str, str, int], ...] = (
    ("subject", "name", "NULL", 4),
    ("subject", "short_name", "NULL", 7),
    ("work_type", "short_name", "NULL", 4),
    ("work_type", "weight", "5000000000", 5),
    ("task", "weight", "NULL", 9),
    ("task", "position", "-3000000000 - id", 11),
    ("mark", "value", "NULL", 9),
    ("mark", "version", "2147483648", 19),
    ("mark", "set_at", "NULL", 11),
    ("attendance", "code", "'unknown'", 7),
    ("attendance", "minutes_late", "99999999999", 5),
    ("lesson", "number", "NULL", 11),
    ("lesson", "starts_at", "NULL", 13),
    ("lesson", "state", "'lost'", 17),
    ("lesson", "version", "-2147483649", 37),
    ("homework", "text", "NULL", 7),
    ("homework", "for_all", "NULL", 13),
    ("school_class", "letter", "NULL", 5),
    ("school_class", "period_kind", "'year'", 5),
    ("school_class", "shift", "2147483648", 6),
    ("study_group", "kind", "'nobody'", 6),
    ("period", "name", "NULL", 4),
    ("holiday", "name", "NULL", 4),
    ("bell", "starts_at", "NULL", 5),
    ("enrolment", "starts_on", "'infinity'", 13),
    ("movement_order", "kind", "'lost'", 5),
    ("movement_order", "effective_on", "'infinity'", 6),
    ("movement_item", "position", "NULL", 7),
    ("guardianship", "kind", "'aunt'", 6),
    ("guardian", "applied_on", "NULL", 7),
    ("student", "taught_at_home", "NULL", 5),
    ("staff", "position", "NULL", 7),
    ("person", "family_name", "NULL", 6),
    ("person", "given_name", "NULL", 9),
    ("person", "sex", "'unknown'", 9),
    ("person", "birth_date", "NULL", 5),
    ("person", "birth_date", "'-infinity'", 11),
    ("file", "size", "9223372036854775807", 3),
    ("file", "name", "NULL", 5),
    ("session", "created_at", "NULL", 3),
    ("event", "title", "NULL", 4),
    ("room", "name", "NULL", 5),
    ("document", "title", "NULL", 3),
    ("message_thread", "subject", "NULL", 3),
    ("message", "text", "NULL", 5),
    ("announcement", "title", "NULL", 4),
    ("announcement", "published_at", "'infinity'", 5),
    ("excuse", "kind", "'unknown'", 4),
    ("excuse", "received_on", "NULL", 5),
    ("homework_answer", "state", "'lost'", 4),
    ("unlock", "reason", "NULL", 4),
    ("final_mark", "set_at", "NULL", 7),
    ("final_mark", "version", "2147483648", 9),
    ("mark_version", "value", "NULL", 6),
    ("academic_year", "name", "NULL", 2),
    ("remark", "text", "NULL", 3),
    ("remark", "made_at", "'infinity'", 4),
    ("report_set", "state", "'lost'", 3),
    ("report_set", "created_at", "NULL", 4),
    ("certified_report", "issued_at", "NULL", 3),
    ("saved_report", "name", "NULL", 3),
    ("report_run", "due_at", "NULL", 3),
    ("federal_form", "state", "'lost'", 3),
    ("form_closing", "digest", "NULL", 2),
    ("digest_day", "written_at", "NULL", 3),
    ("audit_entry", "command", "NULL", 7),
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
