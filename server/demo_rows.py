"""Rows of the demo school, numbered from 0 in each table, and the COPY that puts them into a database."""

from collections.abc import Iterable, Sequence
from itertools import islice, repeat
from typing import Any

import asyncpg
from rich.progress import Progress

from models import Base
from models.journal_history import VERSIONS

COLUMNS: dict[str, tuple[str, ...]] = {
    "academic_year": ("name", "starts_on", "ends_on"),
    "period": ("year_id", "kind", "number", "name", "starts_on", "ends_on"),
    "holiday": ("year_id", "name", "starts_on", "ends_on", "grades"),
    "day_transfer": ("year_id", "weekday", "to_date", "recorded_at", "changed_at"),
    "bell_schedule": ("year_id", "name", "shift", "changed_at"),
    "bell": ("schedule_id", "number", "starts_at", "ends_at"),
    "room": ("name",),
    "educational_area": ("name", "position"),
    "subject": ("name", "short_name", "area_id"),
    "profile": ("year_id", "name", "grades"),
    "period_rule": ("year_id", "grade", "profile_id", "kind"),
    "component": ("year_id", "kind", "name", "position"),
    "component_load": ("component_id", "grade", "profile_id", "hours"),
    "work_type": ("name", "short_name", "weight", "position", "written"),
    "person": ("family_name", "given_name", "patronymic", "sex", "birth_date", "phone", "email", "address"),
    "staff": ("person_id", "number", "position", "grade", "category", "diploma", "hired_on", "dismissed_on"),
    "student": ("person_id", "file_number", "individual_plan", "taught_at_home"),
    "guardian": ("person_id", "applied_on"),
    "guardianship": ("guardian_id", "student_id", "kind", "starts_on", "ends_on", "application"),
    "contact_decision": ("number", "decided_on", "contact", "contacts_of", "starts_on", "ends_on", "changed_at"),
    "account": (
        *("person_id", "kind", "login", "login_key", "password_hash", "one_time_until"),
        *("locked_at", "created_at", "signed_in_at"),
    ),
    "file": ("digest", "name", "media_type", "size", "uploaded_at", "uploaded_by"),
    "document": ("year_id", "kind", "title", "file_id", "published_at", "published_by"),
    "appointment_order": (
        *("number", "dated", "responsibility", "staff_id", "state", "cancelled_on", "reason"),
        *("starts_on", "ends_on", "changed_at", "changed_by"),
    ),
    "account_role": ("account_id", "role", "starts_on", "ends_on", "order_id"),
    "service_grant": ("account_id", "type_name"),
    "school_class": ("year_id", "grade", "letter", "period_kind", "shift", "capacity", "profile_id", "week_days"),
    "plan_hours": ("class_id", "subject_id", "component_id", "hours", "changed_at"),
    "dropped_subject": ("student_id", "subject_id", "starts_on", "ends_on"),
    "class_leadership": ("class_id", "staff_id", "starts_on", "ends_on"),
    "movement_order": (
        *("kind", "state", "position", "number", "issued_on", "effective_on", "event_on", "due_on", "basis"),
        *("cancels_id", "changed_at", "changed_by"),
    ),
    "movement_item": ("order_id", "position", "student_id", "from_class_id", "to_class_id", "place", "reason"),
    "enrolment": ("student_id", "class_id", "starts_on", "ends_on", "opened_by", "ended_by"),
    "replaced_enrolment": ("item_id", "class_id", "starts_on", "opened_by"),
    "study_group": ("class_id", "kind", "subject_id", "name"),
    "group_member": ("group_id", "student_id", "starts_on", "ends_on"),
    "replaced_group_member": ("item_id", "group_id", "starts_on"),
    "teaching_assignment": ("staff_id", "group_id", "subject_id", "starts_on", "ends_on"),
    "topic_plan": ("year_id", "subject_id", "grade", "title", "author_id", "changed_at", "changed_by"),
    "topic_section": ("plan_id", "position", "title", "changed_at", "changed_by"),
    "topic": ("plan_id", "section_id", "position", "name", "hours", "homework", "changed_at", "changed_by"),
    "topic_work_type": ("topic_id", "work_type_id"),
    "topic_plan_assignment": ("plan_id", "group_id", "subject_id", "starts_on", "ends_on"),
    "timetable": ("year_id", "title", "starts_on", "ends_on", "state", "published_at", "changed_at"),
    "timetable_entry": (
        *("timetable_id", "weekday", "number", "weeks", "group_id", "subject_id", "teacher_id", "room_id"),
    ),
    "event": (
        *("year_id", "title", "description", "place", "starts_on", "starts_at", "ends_on", "ends_at", "for_all"),
        *("grades", "changed_at"),
    ),
    "event_class": ("event_id", "class_id"),
    "lesson": (
        *("group_id", "subject_id", "teacher_id", "substitute_id", "room_id", "date", "number", "shift"),
        *("starts_at", "ends_at", "state", "moved_from", "topic", "material", "changed_at", "changed_by", "topic_id"),
    ),
    "task": (
        "lesson_id",
        "lesson_date",
        "work_type_id",
        "position",
        "name",
        "weight",
        "due_on",
        "changed_at",
        "changed_by",
    ),
    "mark": (
        *("lesson_id", "lesson_date", "task_id", "student_id", "value", "comment"),
        *("set_at", "changed_at", "changed_by", "made_up_on"),
    ),
    "excuse": (
        *("year_id", "student_id", "kind", "code", "number", "issued_on", "received_on", "due_on", "starts_on"),
        *("ends_on", "comment", "entered_on", "entered_by", "version", "changed_at", "changed_by"),
    ),
    "attachment": ("file_id", "excuse_id"),
    "attendance": (
        *("lesson_id", "lesson_date", "student_id", "code", "minutes_late", "comment", "changed_at", "changed_by"),
        *("code_before", "excuse_id"),
    ),
    "roll_call": ("lesson_id", "lesson_date", "changed_at", "changed_by"),
    "homework": ("lesson_id", "lesson_date", "text", "for_all", "due_on", "published_at", "changed_at", "changed_by"),
    "homework_recipient": ("homework_id", "student_id"),
    "homework_answer": (
        *("lesson_id", "lesson_date", "homework_id", "student_id", "text", "state", "answered_at"),
        *("comment", "reviewed_at", "reviewed_by", "version", "changed_at", "changed_by"),
    ),
    "lesson_correction": (
        *("lesson_id", "kind", "reason", "made_at", "made_by"),
        *("date", "number", "subject_id", "teacher_id", "room_id"),
    ),
    "staff_absence": (
        *("staff_id", "kind", "starts_on", "ends_on", "recorded_at", "recorded_by", "changed_at", "changed_by"),
    ),
    "mismatch_report": (
        *("group_id", "subject_id", "state", "comment", "reported_at", "reported_by"),
        *("version", "changed_at", "changed_by"),
    ),
    "mismatch_date": ("report_id", "date", "kind", "should_be"),
    "mismatch_step": ("report_id", "kind", "text", "made_at", "made_by"),
    "mark_rule": ("subject_id", "round_up_from", "weighted", "fewest", "version", "changed_at", "changed_by"),
    "final_mark": (
        *("student_id", "subject_id", "year_id", "class_id", "kind", "period_id", "value", "proposed", "set_at"),
        *("version", "changed_at", "changed_by"),
    ),
    "exam_date": ("class_id", "subject_id", "announced_on", "version", "changed_at", "changed_by"),
    "period_closing": ("class_id", "period_id", "closed_at", "closed_by"),
    "council_decision": ("class_id", "student_id", "outcome", "number", "decided_on", "recorded_at", "recorded_by"),
    "week_acknowledgement": ("student_id", "guardian_id", "week_starts_on", "acknowledged_at"),
    "unlock": (
        *("staff_id", "state", "reason", "made_at", "made_by", "until", "answer", "decided_at", "decided_by"),
        *("version", "changed_at", "changed_by"),
    ),
    "unlock_lesson": ("unlock_id", "lesson_id"),
    "announcement": (
        *("title", "text", "readers", "whole_school", "pinned", "starts_on", "ends_on", "published_at", "author_id"),
        *("changed_at", "changed_by"),
    ),
    "announcement_target": ("announcement_id", "class_id"),
    "announcement_receipt": ("announcement_id", "account_id", "read_at"),
    "message_thread": ("subject", "student_id", "started_at", "started_by", "last_sent_at"),
    "thread_member": ("thread_id", "account_id"),
    "message": ("thread_id", "author_id", "text", "sent_at"),
    "message_receipt": ("message_id", "account_id", "read_at"),
    "outage": (
        *("started_at", "ended_at", "starts_on", "ends_on", "reason", "declared_at", "declared_by"),
        *("changed_at", "changed_by"),
    ),
    "report_filing": ("kind", "year_id", "period_id", "class_id", "staff_id", "filed_at", "filed_by"),
    "saved_report": (
        *("account_id", "name", "definition", "shared_roles", "frequency", "hour", "day", "next_run_at"),
        *("changed_at", "changed_by"),
    ),
    "saved_report_share": ("report_id", "account_id"),
}
"""What is written of each table, parents before children. The rest is for the database: ids, defaults, the school."""

CHUNK = 20_000


class Rows:
    """The whole school before it is written: a row refers to another by its place in the other's table."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}

    def add(self, table: str, **values: Any) -> int:
        """Add a row, columns that are not named being null; gives its number."""
        columns = COLUMNS[table]
        if unknown := values.keys() - set(columns):
            raise KeyError(f"{table} has no {', '.join(sorted(unknown))}")
        rows = self.tables[table]
        rows.append(tuple(map(values.get, columns)))
        return len(rows) - 1

    def __len__(self) -> int:
        return sum(map(len, self.tables.values()))


COMPOSITE = {
    "lesson_id": "lesson",
    "task_id": "task",
    "plan_id": "topic_plan",
    "section_id": "topic_section",
    "subject_id": "subject",
    "year_id": "academic_year",
    "class_id": "school_class",
    "period_id": "period",
}


def _reference(table: str, column: str) -> str | None:
    """The table that a column refers to: the models say it for all but composite references."""
    declared: str | None = Base.metadata.tables[table].columns[column].info.get("reference")
    return declared or COMPOSITE.get(column)


REFERENCES = {table: [_reference(table, column) for column in columns] for table, columns in COLUMNS.items()}
NUMBERED = frozenset(target for targets in REFERENCES.values() for target in targets if target)


async def _take_ids(connection: "asyncpg.Connection[Any]", table: str, count: int) -> list[int]:
    """Ids from the table's own sequence: nobody else can get them, and later inserts go on after them."""
    found: list[int] = await connection.fetchval(
        "SELECT coalesce(array_agg(nextval(pg_get_serial_sequence($1, 'id'))), '{}') FROM generate_series(1, $2)",
        table,
        count,
    )
    return sorted(found)


def _numbered(
    school: int, table: str, rows: list[tuple[Any, ...]], ids: dict[str, list[int]]
) -> Iterable[tuple[Any, ...]]:
    """The rows as the database keeps them: the school in front, ids in place of numbers."""
    columns: list[Iterable[Any]] = [repeat(school)]
    if table in ids:
        columns.append(ids[table])
    for values, target in zip(zip(*rows, strict=True), REFERENCES[table], strict=True):
        known: Sequence[int] = ids[target] if target else ()
        columns.append([None if n is None else known[n] for n in values] if target else values)
    return zip(*columns, strict=False)


async def copy(
    connection: "asyncpg.Connection[Any]", school: int, rows: Rows, progress: Progress | None = None
) -> None:
    """Write all rows of a school, each table in turn. Tables that nothing refers to get their ids by themselves."""
    bar = progress.add_task("Запись в базу", total=len(rows)) if progress else None
    ids: dict[str, list[int]] = {}
    for table, columns in COLUMNS.items():
        content = rows.tables[table]
        if not content:
            continue
        if table in NUMBERED:
            ids[table] = await _take_ids(connection, table, len(content))
        names = ("school_id", *(("id",) if table in ids else ()), *columns)
        records = iter(_numbered(school, table, content, ids))
        while chunk := list(islice(records, CHUNK)):
            await connection.copy_records_to_table(table, records=chunk, columns=names)
            if progress and bar is not None:
                progress.advance(bar, len(chunk))


async def analyze(connection: "asyncpg.Connection[Any]") -> None:
    """Let the planner know what has come in."""
    versions = (each.__tablename__ for each in VERSIONS.values())
    await connection.execute(f"ANALYZE {', '.join(('school', *COLUMNS, *versions))}")
