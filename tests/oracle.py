"""The world as a plain-Python oracle sees it: every row of every school, loaded with plain SQL, and what follows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import asyncpg

TABLES = (
    *("school", "person", "staff", "student", "guardian", "guardianship", "academic_year", "period", "holiday"),
    *("educational_area", "profile", "period_rule", "component", "component_load", "plan_hours", "dropped_subject"),
    *("subject", "school_class", "class_leadership", "enrolment", "study_group", "group_member"),
    *("teaching_assignment", "bell_schedule", "bell", "room", "lesson", "work_type", "task", "mark", "attendance"),
    *("roll_call", "homework", "homework_recipient", "task_recipient", "file", "attachment", "account", "account_role"),
    *("service_grant", "session", "appointment_order", "movement_order", "movement_item"),
    *("year_transition", "transition_step_done", "transition_placement"),
    *("topic_plan", "topic_section", "topic", "topic_work_type", "topic_plan_assignment"),
    *("service_grant", "session", "contact_decision", "document"),
    *("service_grant", "session", "timetable", "timetable_entry", "day_transfer", "event", "event_class"),
    *("lesson_correction", "staff_absence", "calendar_feed", "mismatch_report", "mismatch_date", "mismatch_step"),
    *("excuse", "homework_answer", "answer_attachment"),
    *("change", "week_acknowledgement"),
    *("announcement", "announcement_target", "announcement_attachment", "announcement_receipt"),
    *("final_mark", "mark_rule", "period_closing", "exam_date"),
    *("mark_version", "attendance_version", "task_version", "homework_version", "lesson_version", "audit_entry"),
    *("roll_call_version", "final_mark_version", "journal_access"),
    *("message_thread", "thread_member", "message", "message_attachment", "message_receipt"),
    *("outage", "outage_transfer"),
    *("certificate", "certificate_signature", "certified_report", "report_set"),
    *("saved_report", "saved_report_share", "council_decision"),
    *("digest_day", "digest", "digest_count"),
    *("federal_form", "form_closing", "form_date"),
    *("audit_entry", "unlock", "unlock_lesson", "unlock_edit"),
    *("report_filing", "obligation_note", "remark"),
)
UNNUMBERED = {"bell", "homework_recipient", "task_recipient", "service_grant", "transition_step_done"} | {
    *("thread_member", "message_receipt", "announcement_receipt"),
    *("transition_placement", "topic_work_type", "event_class", "certificate_signature", "unlock_lesson"),
    *("obligation_note", "saved_report_share", "digest_count"),
}
MARK_NUMBERS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


def holds(fact: Any, day: date) -> bool:
    """Whether a dated fact, both days inclusive, holds on a day."""
    return fact["starts_on"] <= day and (fact["ends_on"] is None or day <= fact["ends_on"])


@dataclass(frozen=True)
class Stay:
    """A student's time in a group."""

    group: int
    student: int
    starts_on: date
    ends_on: date | None

    def on(self, day: date) -> bool:
        """Whether the student was there on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


Rows = dict[int, asyncpg.Record]


@dataclass
class World:
    """All rows, by id; ids are unique in the whole deployment, so that both schools can lie in one heap."""

    today: date
    tables: dict[str, list[asyncpg.Record]] = field(default_factory=dict)

    @classmethod
    async def load(cls, connection: "asyncpg.Connection[Any]", today: date) -> "World":
        """Read everything."""
        tables = {table: await connection.fetch(f"SELECT * FROM {table}") for table in TABLES}
        return cls(today, tables)

    @cached_property
    def by_id(self) -> dict[str, Rows]:
        """Rows of each numbered table by number; a school by its own."""
        return {
            table: {row["school_id" if table == "school" else "id"]: row for row in rows}
            for table, rows in self.tables.items()
            if table not in UNNUMBERED
            if table not in {"bell", "homework_recipient", "service_grant", "event_class"}
        }

    def row(self, table: str, number: int | None) -> Any:
        """One row, or None."""
        return None if number is None else self.by_id[table].get(number)

    def of(self, table: str, school: int) -> Iterator[asyncpg.Record]:
        """One school's rows."""
        return (row for row in self.tables[table] if row["school_id"] == school)

    @cached_property
    def _grouped(self) -> dict[tuple[str, str], dict[Any, list[asyncpg.Record]]]:
        return {}

    def where(self, table: str, column: str, value: Any) -> list[asyncpg.Record]:
        """The rows of a table with a value in a column, in the order of their numbers."""
        index = self._grouped.get((table, column))
        if index is None:
            index = self._grouped[table, column] = defaultdict(list)
            for row in sorted(self.tables[table], key=lambda row: row.get("id") or row.get("number") or 0):
                index[row[column]].append(row)
        return index.get(value, [])

    @cached_property
    def stays(self) -> list[Stay]:
        """Who was in which group and when: a whole class by enrolment, a subgroup by rows of its own."""
        found = []
        for group in self.tables["study_group"]:
            if group["kind"] == "whole":
                rows: Iterable[Any] = self.where("enrolment", "class_id", group["class_id"])
            else:
                rows = self.where("group_member", "group_id", group["id"])
            found += [Stay(group["id"], row["student_id"], row["starts_on"], row["ends_on"]) for row in rows]
        return found

    @cached_property
    def stays_in(self) -> dict[int, list[Stay]]:
        """Stays by group."""
        found: dict[int, list[Stay]] = defaultdict(list)
        for stay in self.stays:
            found[stay.group].append(stay)
        return found

    @cached_property
    def stays_of(self) -> dict[int, list[Stay]]:
        """Stays by student."""
        found: dict[int, list[Stay]] = defaultdict(list)
        for stay in self.stays:
            found[stay.student].append(stay)
        return found

    @cached_property
    def class_of(self) -> dict[int, int]:
        """The class of each group."""
        return {group["id"]: group["class_id"] for group in self.tables["study_group"]}

    @cached_property
    def cells(self) -> list[tuple[int, int]]:
        """Student and lesson, for every lesson a student was in the group for."""
        return [
            (stay.student, lesson["id"])
            for lesson in self.tables["lesson"]
            for stay in self.stays_in[lesson["group_id"]]
            if stay.on(lesson["date"])
        ]

    @cached_property
    def attended(self) -> dict[int, set[int]]:
        """The lessons that each student was in the group for."""
        found: dict[int, set[int]] = defaultdict(set)
        for student, lesson in self.cells:
            found[student].add(lesson)
        return found

    @cached_property
    def named(self) -> dict[int, set[int]]:
        """The students that each homework names."""
        found: dict[int, set[int]] = defaultdict(set)
        for row in self.tables["homework_recipient"]:
            found[row["homework_id"]].add(row["student_id"])
        return found

    @cached_property
    def named_in_task(self) -> dict[int, set[int]]:
        """The students that each task names."""
        found: dict[int, set[int]] = defaultdict(set)
        for row in self.tables["task_recipient"]:
            found[row["task_id"]].add(row["student_id"])
        return found

    def is_for(self, work: Any, student: int) -> bool:
        """Whether a task or a homework is for a student: for all, or for some of whom this is one."""
        named = self.named if "published_at" in work.keys() else self.named_in_task  # noqa: SIM118 -- of a record
        return bool(work["for_all"] or student in named[work["id"]])

    def collects(self, row: Any, contact: str, of: str) -> bool:
        """Whether the school's decisions let a contact of students or guardians be kept today (4.8)."""
        return any(
            (each["contact"], each["contacts_of"]) == (contact, of) and holds(each, self.today)
            for each in self.of("contact_decision", row["school_id"])
        )

    def lesson_of(self, row: Any) -> Any:
        """The lesson of what is written at one."""
        return self.by_id["lesson"][row["lesson_id"]]

    def person(self, row: Any) -> Any:
        """The person of an employee, student or guardian."""
        return self.by_id["person"][row["person_id"]]
