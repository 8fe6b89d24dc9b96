"""A closed year is read-only for everyone (12.2): in the database, so that no command can forget it."""

from collections import defaultdict
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.demo import Demo

from .conftest import clone
from .journal_help import PAYLOADS, Journal, opened
from .test_commands import place

LEADS = """
WITH RECURSIVE leads AS (
    SELECT conrelid AS table FROM pg_constraint WHERE confrelid = 'academic_year'::regclass
    UNION
    SELECT c.conrelid FROM pg_constraint AS c JOIN leads ON c.confrelid = leads.table WHERE c.contype = 'f'
)
SELECT leads.table::regclass::text AS "table" FROM leads
"""
TRIGGERS = """
SELECT tgrelid::regclass::text AS "table", tgtype AS kind, tgnewtable AS new, tgoldtable AS old
FROM pg_trigger WHERE tgfoid = 'refuse_closed_year'::regproc
"""
AFTER_STATEMENT = 0
INSERT, DELETE, UPDATE = 4, 8, 16
ALL = {
    (AFTER_STATEMENT | INSERT, "touched", None),
    (AFTER_STATEMENT | UPDATE, None, "touched"),
    (AFTER_STATEMENT | UPDATE, "touched", None),
    (AFTER_STATEMENT | DELETE, None, "touched"),
}
LACKING = """
WITH year AS (SELECT school_id, id FROM academic_year),
by AS (SELECT school_id, min(id) AS id FROM account GROUP BY school_id),
file AS (
    INSERT INTO file (school_id, digest, name, media_type, size, uploaded_at, uploaded_by)
    SELECT school_id, '00', 'План', 'text/plain', 1, now(), id FROM by RETURNING school_id, id
),
recipient AS (
    INSERT INTO task_recipient (school_id, task_id, student_id)
    SELECT task.school_id, min(task.id), min(student.id) FROM task JOIN student USING (school_id) GROUP BY 1
),
excuse AS (
    INSERT INTO excuse (school_id, year_id, student_id, kind, code, received_on, starts_on, ends_on, entered_on,
        entered_by, changed_at)
    SELECT year.school_id, year.id, min(student.id), 'message', 'illness', '2026-05-18', '2026-05-18', '2026-05-18',
        '2026-05-18', min(by.id), now()
    FROM year JOIN by USING (school_id) JOIN student USING (school_id) GROUP BY 1, 2
),
document AS (
    INSERT INTO document (school_id, year_id, kind, title, file_id, published_at, published_by)
    SELECT year.school_id, year.id, 'calendar', 'График', file.id, now(), by.id FROM year, file, by
),
closing AS (
    INSERT INTO period_closing (school_id, class_id, period_id, closed_at)
    SELECT c.school_id, min(c.id), min(p.id), now() FROM school_class AS c JOIN period AS p USING (school_id)
    GROUP BY c.school_id
),
decision AS (
    INSERT INTO council_decision (school_id, class_id, student_id, outcome, number, decided_on, recorded_at,
        recorded_by)
    SELECT c.school_id, min(c.id), min(s.id), 'promoted', '7', '2026-05-28', now(), min(by.id)
    FROM school_class AS c JOIN student AS s USING (school_id) JOIN by USING (school_id) GROUP BY c.school_id
),
exam AS (
    INSERT INTO exam_date (school_id, class_id, subject_id, announced_on, changed_at)
    SELECT c.school_id, min(c.id), min(s.id), '2026-06-10', now()
    FROM school_class AS c JOIN subject AS s USING (school_id) GROUP BY c.school_id
),
filing AS (
    INSERT INTO report_filing (school_id, kind, year_id, filed_at, filed_by)
    SELECT year.school_id, 'classes_summary', year.id, now(), by.id FROM year JOIN by USING (school_id)
)
INSERT INTO day_transfer (school_id, year_id, weekday, to_date, recorded_at, changed_at)
SELECT school_id, id, 4, '2026-05-16', now(), now() FROM year
"""
"""What the demo school has no row of."""
YEAR_CLOSED, FOREIGN_KEY_VIOLATION = "CB001", "23503"
FREE = {
    "attachment": "hangs on a task or a homework, and is written with it only",
    "answer_attachment": "hangs on an answer to homework, and is written with it only",
    "lesson_correction": "tells what became of a lesson, and is written with it only",
    **dict.fromkeys(
        ("mismatch_date", "mismatch_step"), "is written with its report only, and never changed: `test_mismatches.py`"
    ),
    **dict.fromkeys(
        ("movement_item", "replaced_enrolment", "replaced_group_member"),
        "an order may name classes of any year: what it would change there, enrolments and memberships, is refused",
    ),
    **dict.fromkeys(
        ("unlock_lesson", "unlock_edit"),
        "opens nothing in a closed year: what is written at a lesson there is refused, and `requestUnlock` is",
    ),
    "outage_transfer": "tells that a lesson's records came from paper, and is never changed: `test_outage.py`",
    "announcement_target": "people write to each other whatever the year",
    "certificate": "says how a journal stood, of whatever year, and is never changed: `test_certificates.py`",
    "certified_report": "says how a report stood, of whatever year, and is never changed: `test_report_prints.py`",
    "form_closing": "says what a form of the year was closed with, and is written with the form only: `test_forms.py`",
    "certificate_signature": "signs such a certificate, and is never changed either",
    "calendar_feed": "shows what there is, and is revoked whatever the year",
    **dict.fromkeys(
        ("year_transition", "transition_step_done", "transition_placement"), "tells how the year came to be closed"
    ),
}
"""Tables of a year that need no trigger, and why."""


async def test_every_table_of_a_year_refuses(connection: asyncpg.Connection) -> None:
    """A table that leads to a year by its references has the triggers."""
    of_year = {row["table"] for row in await connection.fetch(LEADS)}
    found = defaultdict(set)
    for row in await connection.fetch(TRIGGERS):
        found[row["table"]].add((row["kind"], row["new"], row["old"]))
    assert found.keys() - {"academic_year"} == of_year - FREE.keys()
    assert FREE.keys() < of_year
    assert {table: kinds for table, kinds in found.items() if kinds != ALL}.keys() == {"academic_year"}


async def test_no_row_of_a_closed_year_changes(cluster: str, demo_template: tuple[str, Demo]) -> None:
    connection = await asyncpg.connect(await clone(cluster, demo_template[0]))
    try:
        await connection.execute(LACKING)
        await connection.execute("UPDATE academic_year SET state = 'closed'")
        tables = {row["table"] for row in await connection.fetch(TRIGGERS)}
        empty = set()
        for table in sorted(tables):
            if (row := await connection.fetchval(f"SELECT ctid FROM {table} LIMIT 1")) is None:
                empty.add(table)
                continue
            # A row to which others refer is kept by their references, which are asked first.
            for statement, codes in (
                (f"UPDATE {table} SET school_id = school_id", {YEAR_CLOSED}),
                (f"DELETE FROM {table}", {YEAR_CLOSED, FOREIGN_KEY_VIOLATION}),
            ):
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await connection.execute(f"{statement} WHERE ctid = $1", row)
                assert refused.value.sqlstate in codes, (statement, refused.value)
        assert empty == set()
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


async def test_the_journal_of_a_closed_year_is_read_only(journal: Journal) -> None:
    here = await place(journal, "5А", "Биол.")
    await journal.db.execute("UPDATE academic_year SET state = 'closed'")
    for login in ("teacher", "deputy"):
        for command in PAYLOADS:
            assert await journal.refused(command, here.given(command), login) == ("YEAR_CLOSED", None, "12.2")
        read = await journal.school.data(f'{{ node(id: "{here.mark}") {{ ... on Mark {{ value }} }} }}', as_=login)
        assert read == {"node": {"value": "3"}}
