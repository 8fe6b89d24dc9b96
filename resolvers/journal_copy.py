"""A copy of a class's whole journal for a period, as values that become JSON: what is printed, and what is certified.

Read by the same edges as GraphQL reads, under the viewer's own rights, in the same number of statements however many
subjects, students and lessons there are.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, select

from models.curriculum import Period, SchoolClass, StudyGroup, TeachingAssignment
from permissions.journal import visible_journals
from permissions.journal_print import PRINTERS, visible_journal_prints
from permissions.scopes import of_school
from rules.curriculum import class_name, group_title
from rules.journal_finals import FinalKind
from rules.school import full_name, short_name

from . import curriculum, journal, journal_finals, school
from .context import Context
from .edges import reads
from .edges_kinds import argument, to_one
from .together import Together

Values = dict[str, Any]

class_print = to_one(
    visible_journal_prints,
    SchoolClass.id,
    of="id",
    shape=lambda query: query.join(
        Period,
        and_(
            of_school(Period),
            *(Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind),
            Period.id == argument("period_id"),
        ),
    ).add_columns(Period.id.label("period_id"), Period.name.label("period_name"), Period.starts_on, Period.ends_on),
)
"""The journal of a class for one of its own periods, if the viewer may print it."""


async def journal_copy(context: Context, class_id: int, period_id: int) -> Values | None:
    """The journal as it stands: pages by group and subject; None if the viewer may not print it, or there is none."""
    of = await context.load_key(class_print(period_id=period_id), (class_id,), PRINTERS)
    if of is None:
        return None
    reading = Together(context, PRINTERS)
    owner, year = await asyncio.gather(
        reading.one(school.viewer_school(), context.viewer.school_id),
        reading.one(curriculum.year_of(), of.year_id),
    )
    leader = await reading.one(school.class_leader(day=min(of.ends_on, context.viewer.today)), of.id)
    return {
        "format": 2,
        "school": {"id": owner.id, "name": owner.name, "fullName": owner.full_name, "address": owner.address},
        "class": {"id": of.id, "name": class_name(of.grade, of.letter), "leader": _person(leader)},
        "year": {"id": year.id, "name": year.name},
        "period": {"id": of.period_id, "name": of.period_name, "startsOn": of.starts_on, "endsOn": of.ends_on},
        "pages": await _pages(context, reading, of),
        "results": await _results(reading, of),
    }


async def _results(reading: Together, of: Any) -> Values:
    """The marks of the period: who is to have them, and in each subject those that are set."""
    cells = await reading.one(journal_finals.class_final_marks(period_id=of.period_id, kind=FinalKind.PERIOD), of.id)
    students = await reading.all(school.student_of(), ((cell.student_id,) for cell in cells))
    subjects = await reading.all(curriculum.subject_of(), ((cell.subject_id,) for cell in cells))
    marks = defaultdict(list)
    for cell in cells:
        if cell.value is not None:
            marks[cell.subject_id].append({"student": cell.student_id, "value": cell.value})
    named = sorted(filter(None, students.values()), key=lambda row: (row.sort_key, row.id))
    taught = sorted(filter(None, subjects.values()), key=lambda row: (row.sort_key, row.id))
    return {
        "students": [_person(row) for row in named],
        "subjects": [{"id": row.id, "name": row.name, "marks": marks[row.id]} for row in taught],
    }


async def _pages(context: Context, reading: Together, of: Any) -> list[Values]:
    """The pages that the class has lessons on, in the order of subjects and groups."""
    roles = context.viewer.roles & PRINTERS
    journals = await reads(context)(
        visible_journals.for_roles(roles).where(
            TeachingAssignment.group_id.in_(
                select(StudyGroup.id).where(of_school(StudyGroup), StudyGroup.class_id == argument("class_id"))
            )
        ),
        class_id=of.id,
    )
    opened = await reading.all(
        journal.journal_page(), ((0, each.group_id, each.subject_id, of.period_id) for each in journals)
    )
    pages = [page for page in opened.values() if page is not None]
    for key, page in opened.items():
        if page is not None:
            context.note(key)
    lessons = await reading.of(journal.journal_lessons(), pages)
    pages, lessons = _taught(pages, lessons)
    subjects = await reading.of(curriculum.subject_of(), pages)
    groups = await reading.of(curriculum.group_of(), pages)
    members = await reading.of(journal.journal_rows(), pages)
    written = await _written(reading, [lesson for each in lessons for lesson in each])
    copies = [
        {
            "group": {"id": group.id, "title": _title(group)},
            "subject": {"id": subject.id, "name": subject.name},
            "students": [],
            "lessons": [written[lesson.id] for lesson in each],
        }
        for group, subject, each in zip(groups, subjects, lessons, strict=True)
    ]
    await _name_students(reading, copies, members)
    order = {subject.id: subject.sort_key for subject in subjects}
    return sorted(copies, key=lambda page: (order[page["subject"]["id"]], page["group"]["title"], page["group"]["id"]))


def _taught(pages: Sequence[Any], lessons: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The pages that have lessons, with these."""
    kept = [(page, each) for page, each in zip(pages, lessons, strict=True) if each]
    return [page for page, _ in kept], [each for _, each in kept]


async def _name_students(reading: Together, copies: Sequence[Values], members: Sequence[Sequence[Any]]) -> None:
    """Give each page its students by the alphabet: its members, and whoever else something is written of there."""
    known = {row.id: row for each in members for row in each}
    on_page = []
    for copy, each in zip(copies, members, strict=True):
        on_page.append({row.id for row in each} | set(_mentioned(copy)))
    strangers = await reading.all(school.student_of(), ((each,) for each in set().union(*on_page) - known.keys()))
    known |= {key[0]: row for key, row in strangers.items() if row is not None}
    for copy, numbers in zip(copies, on_page, strict=True):
        rows = sorted((known[each] for each in numbers if each in known), key=lambda row: (row.sort_key, row.id))
        copy["students"] = [_person(row) for row in rows]


def _mentioned(copy: Values) -> Iterable[int]:
    for lesson in copy["lessons"]:
        yield from (mark["student"] for task in lesson["tasks"] for mark in task["marks"])
        yield from (each["student"] for each in lesson["attendance"])


async def _written(reading: Together, lessons: Sequence[Any]) -> dict[int, Values]:
    """Lessons by number, each with all that is written at it."""
    records = await reading.of(journal.lesson_record(), lessons)
    tasks = await reading.of(journal.record_tasks(), lessons)
    marks = await reading.of(journal.record_marks(), lessons)
    attendance = await reading.of(journal.record_attendance(), lessons)
    homework = await reading.of(journal.record_homework(), lessons)
    kinds = await reading.all(journal.work_type_of(), ((task.work_type_id,) for each in tasks for task in each))
    named = await reading.all(
        school.homework_recipients(), ((work.id,) for each in homework for work in each if not work.for_all)
    )
    given = await reading.all(
        school.task_recipients(), ((task.id,) for each in tasks for task in each if not task.for_all)
    )
    teachers = await reading.of(school.teacher_of(), lessons)
    substitutes = await reading.of(school.substitute_of(), lessons)
    found = {}
    for position, lesson in enumerate(lessons):
        record = records[position]
        by_task = defaultdict(list)
        for mark in marks[position]:
            by_task[mark.task_id].append(_mark(mark))
        found[lesson.id] = {
            "id": lesson.id,
            "date": lesson.date,
            "number": lesson.number,
            "state": lesson.state,
            "teacher": _person(teachers[position]),
            "substitute": _person(substitutes[position]),
            "topic": record and record.topic,
            "material": record and record.material,
            "rollCalledAt": record and record.roll_called_at,
            "tasks": [
                _task(task, kinds[task.work_type_id,], by_task[task.id], given.get((task.id,), ()))
                for task in tasks[position]
            ],
            "attendance": [_absence(each) for each in attendance[position]],
            "homework": [_homework(each, named.get((each.id,), ())) for each in homework[position]],
        }
    return found


def _task(task: Any, kind: Any, marks: list[Values], named: Sequence[Any]) -> Values:
    return {
        "id": task.id,
        "kind": kind and kind.name,
        "name": task.name,
        "weight": task.weight,
        "dueOn": task.due_on,
        "forAll": task.for_all,
        "students": sorted(student.id for student in named),
        "marks": marks,
    }


def _mark(mark: Any) -> Values:
    return {
        "student": mark.student_id,
        "value": mark.value,
        "comment": mark.comment,
        "setAt": mark.set_at,
        "madeUpOn": mark.made_up_on,
    }


def _absence(each: Any) -> Values:
    return {
        "student": each.student_id,
        "code": each.code,
        "minutesLate": each.minutes_late,
        "comment": each.comment,
    }


def _homework(work: Any, named: Sequence[Any]) -> Values:
    return {
        "id": work.id,
        "text": work.text,
        "dueOn": work.due_on,
        "forAll": work.for_all,
        "students": sorted(student.id for student in named),
    }


def _person(person: Any) -> Values | None:
    """An employee or a student by name; None for nobody."""
    if person is None:
        return None
    names = person.family_name, person.given_name, person.patronymic
    return {"id": person.id, "name": full_name(*names), "short": short_name(*names)}


def _title(group: Any) -> str:
    return group_title(class_name(group.grade, group.letter), group.subject_name, group.name)
