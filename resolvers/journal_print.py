"""What is printed: a class's journal for a period (8.2), a student's diary (7.13), each noted in the audit trail."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from documents.forms_diary import diary_form
from documents.forms_journal import certified_lines, journal_form
from permissions.school import visible_diaries
from rules.account import Role
from rules.curriculum import check_diary_range, class_name
from rules.journal_print import Made
from rules.refusals import not_found
from rules.school import full_name, short_name

from . import curriculum, journal, journal_diary, school
from .commands import command
from .context import Context
from .journal_certificates import certified
from .journal_copy import journal_copy
from .together import Together

Values = dict[str, Any]

READERS = visible_diaries.roles - {Role.SERVICE}
"""Those who may print a diary: whoever may see it (7.12, 7.13)."""


async def printed_journal(context: Context, class_id: int, period_id: int) -> Values:
    """The values of the form, for whoever may print the journal; `NOT_FOUND` for the others. Noted: who, what, when."""
    copy = await journal_copy(context, class_id, period_id)
    async with command(context, "printJournal", {"classId": class_id, "periodId": period_id}):
        if copy is None:
            raise not_found()
    return journal_form(orjson.loads(orjson.dumps(copy)), context.viewer.time_zone, foot(context))


async def printed_diary(context: Context, student_id: int, since: date, until: date) -> Values:
    """The values of the form, for whoever may see the diary; `NOT_FOUND` for the others. Noted: who, what, when."""
    check_diary_range(since, until)
    copy = await _diary(context, student_id, since, until)
    async with command(context, "printDiary", {"studentId": student_id, "from": since, "to": until}):
        if copy is None:
            raise not_found()
    return diary_form(orjson.loads(orjson.dumps(copy)), foot(context))


async def printed_certificate(context: Context, certificate_id: int) -> Values:
    """The values of the form for a journal as it was certified, with its number and signature. Noted, like a print."""
    row = await _noted(context, "printCertificate", certificate_id)
    viewer, zone = context.viewer, ZoneInfo(context.viewer.time_zone)
    lines = certified_lines(row, zone)
    copy = orjson.loads(bytes(row.content))["journal"]
    return journal_form(copy, viewer.time_zone, foot(context), lines)


async def fetched_certificate(context: Context, certificate_id: int, part: str) -> bytes:
    """The bytes that are signed (`json`) or the signature (`p7s`), to the byte. Noted, like a print."""
    row = await _noted(context, "fetchCertificate", certificate_id, part=part)
    found = row.content if part == "json" else row.signature
    if found is None:
        raise not_found()
    return bytes(found)


async def _noted(context: Context, name: str, certificate_id: int, **more: Any) -> Any:
    row = await certified(context, certificate_id)
    async with command(context, name, {"certificateId": certificate_id, **more}):
        if row is None:
            raise not_found()
    return row


def foot(context: Context) -> str:
    """Who printed it, and when."""
    return made_now(context).foot


def made_now(context: Context) -> Made:
    """A print that is made now, for the viewer."""
    viewer = context.viewer
    return Made(context.now.astimezone(ZoneInfo(viewer.time_zone)), viewer.name)


async def _diary(context: Context, student_id: int, since: date, until: date) -> Values | None:
    """A student's days as values that become JSON; None if the viewer may not see the diary."""
    together = Together(context, READERS)
    diary = await together.one(journal_diary.diary_of(since=since, until=until), student_id)
    if diary is None:
        return None
    days: Sequence[Any] = await together.one(journal_diary.diary_days(), *journal_diary.diary_days().key(diary))
    day = min(until, max(since, context.viewer.today))
    of = await together.one(curriculum.student_class(day=day), student_id)
    leader = await together.one(school.class_leader(day=day), of.id) if of else None
    owner = await together.one(school.viewer_school(), context.viewer.school_id)
    holidays = await together.of(journal_diary.day_holiday(), days)
    lessons = iter(await _lessons(together, [lesson for each in days for lesson in each.lessons]))
    return {
        "school": owner.name,
        "student": full_name(diary.family_name, diary.given_name, diary.patronymic),
        "class": of and class_name(of.grade, of.letter),
        "leader": leader and short_name(leader.family_name, leader.given_name, leader.patronymic),
        "since": since,
        "until": until,
        "days": [
            {
                "date": each.date,
                "holiday": holiday and holiday.name,
                "lessons": [next(lessons) for _ in each.lessons],
            }
            for each, holiday in zip(days, holidays, strict=True)
        ],
    }


async def _lessons(together: Together, lessons: Sequence[Any]) -> list[Values]:
    """Lessons with what this student has there."""
    subjects = await together.of(curriculum.subject_of(), lessons)
    attendance = await together.of(journal_diary.diary_attendance(), lessons)
    marks = await together.of(journal_diary.diary_marks(), lessons)
    tasks = await together.of(journal_diary.diary_tasks(), lessons)
    homework = await together.of(journal_diary.diary_homework(), lessons)
    kinds = await together.all(journal.work_type_of(), ((task.work_type_id,) for each in tasks for task in each))
    return [
        {
            "number": lesson.number,
            "startsAt": lesson.starts_at,
            "endsAt": lesson.ends_at,
            "state": lesson.state,
            "subject": subjects[position] and subjects[position].name,
            "topic": lesson.topic,
            "works": [[kinds[task.work_type_id,].name, task.name] for task in tasks[position]],
            "marks": [[mark.value, mark.weight] for mark in marks[position]],
            "code": attendance[position] and attendance[position].code,
            "minutesLate": attendance[position] and attendance[position].minutes_late,
            "homework": [[work.text, work.due_on] for work in homework[position]],
        }
        for position, lesson in enumerate(lessons)
    ]
