"""Commands that correct dated lessons (6.5): move, cancel, restore, add, replace, give to a substitute."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import except_, insert, select, update

from models.curriculum import GroupMembership, StudyGroup, TeachingAssignment
from models.journal import Attendance, Homework, Mark, RollCall, Task
from models.school import Staff
from models.timetable import Lesson, Room
from models.timetable_corrections import LessonCorrection
from permissions.scopes import on
from permissions.timetable_corrections import groups_to_teach, lessons_to_correct
from rules.journal import COMMENT_LENGTH, check_text
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import LessonState
from rules.timetable_corrections import (
    MOST_LESSONS,
    TOPICS_MOVE,
    CorrectionKind,
    Taken,
    check_number,
    check_takes_place,
    check_times,
    has_records,
    not_taught,
)

from .commands import Work, among, check_version, command
from .context import Context
from .timetable_slots import Fields, bell_of, check_free, check_present, check_school_day, lock_days
from .timetable_topics import hold_topics, place_topics

_BEFORE = ("date", "number", "subject_id", "teacher_id", "substitute_id", "room_id")
_ALL = frozenset(Taken)


@dataclass(frozen=True)
class Change:
    """A lesson as it is, and what it is to become. fields: the input field that asks for each thing it takes."""

    lesson: Any
    values: Mapping[str, Any]
    fields: Mapping[Taken, str]


@dataclass(frozen=True)
class Substitution:
    """Who is to give a lesson in its teacher's place; None: the teacher again."""

    lesson_id: int
    staff_id: int | None
    if_version: int | None = None


async def _correct(
    work: Work,
    kind: CorrectionKind,
    reason: str | None,
    changes: Sequence[Change],
    takes: Collection[Taken] = (),
    *,
    present: bool = False,
) -> None:
    """Write corrections of lessons that are there. What stands so already is left as it is.

    takes: what may not be claimed by two lessons afterwards; present: whoever gives the lesson must be there.
    """
    news = [(each, {n: v for n, v in each.values.items() if v != each.lesson[n]}) for each in changes]
    news = [(each, values) for each, values in news if values]
    if not news:
        return
    await lock_days(work, {day for each, values in news for day in (each.lesson.date, values.get("date")) if day})
    same: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for each, values in news:
        same.setdefault(tuple(sorted(values.items())), []).append(each.lesson.id)
    for items, lessons in same.items():
        await work.execute(
            update(Lesson)
            .where(Lesson.school_id == work.viewer.school_id, among(Lesson.id, lessons))
            .values(**dict(items), version=Lesson.version + 1, **_by(work))
        )
    before = [{"lesson_id": each.lesson.id, **{name: each.lesson[name] for name in _BEFORE}} for each, _ in news]
    await _settle(work, kind, reason, before, {each.lesson.id: each.fields for each, _ in news}, takes, present=present)


async def _settle(
    work: Work,
    kind: CorrectionKind,
    reason: str | None,
    before: Sequence[Mapping[str, Any]],
    fields: Fields,
    takes: Collection[Taken],
    *,
    present: bool,
) -> None:
    """Every correction of a lesson ends here: keep what was done and what the lessons were `before`; check what they
    are now.
    """
    common = {"school_id": work.viewer.school_id, "kind": kind, "reason": reason}
    common |= {"made_at": work.now, "made_by": work.viewer.account_id}
    await work.execute(insert(LessonCorrection).values([{**common, **each} for each in before]))
    if present:
        await check_present(work, list(fields), fields)
    await check_free(work, list(fields), fields, takes)
    if kind in TOPICS_MOVE:
        await _move_topics(work, before)


async def _move_topics(work: Work, before: Sequence[Mapping[str, Any]]) -> None:
    """Topics move along with the lessons, of the subject as it was and as it is (5.5)."""
    school = work.viewer.school_id
    rows = await work.fetch(
        select(Lesson.id, Lesson.group_id, Lesson.subject_id).where(
            Lesson.school_id == school, among(Lesson.id, [each["lesson_id"] for each in before])
        )
    )
    were = {each["lesson_id"]: each.get("subject_id") for each in before}
    pairs = {(row.group_id, subject) for row in rows for subject in (row.subject_id, were[row.id]) if subject}
    await place_topics(work, school, pairs, work.today)


async def _hold_topics(work: Work, lessons: Collection[int]) -> None:
    """Wait for others who place topics of the lessons' groups, before the lessons are locked."""
    rows = await work.fetch(
        select(Lesson.group_id).where(Lesson.school_id == work.viewer.school_id, among(Lesson.id, lessons)).distinct()
    )
    await hold_topics(work, work.viewer.school_id, [row.group_id for row in rows])


def _by(work: Work) -> dict[str, Any]:
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}


def _check_reason(reason: str | None, *, required: bool = False) -> None:
    check_text(reason, COMMENT_LENGTH, "reason", required=required)


async def _lesson(work: Work, lesson_id: int, if_version: int | None) -> Any:
    """The lesson, locked, if the viewer may correct it and has seen it as it is."""
    await _hold_topics(work, [lesson_id])
    lesson = await work.one(lessons_to_correct(work.viewer).where(Lesson.id == lesson_id), "lessonId")
    check_version(if_version, lesson.version)
    return lesson


async def _check_room(work: Work, room_id: int | None, now: int | None = None) -> None:
    """Refuse a room that is not there or out of use, unless the lesson is in it `now`."""
    if room_id is not None and room_id != now:
        of = (Room.school_id == work.viewer.school_id, Room.id == room_id, Room.archived_on.is_(None))
        if await work.first(select(Room.id).where(*of)) is None:
            raise not_found("roomId")


async def _has_records(work: Work, lesson_id: int) -> bool:
    """Whether anything is written at the lesson that would be lost with it."""
    for model in (Task, Attendance, RollCall, Homework):
        here = select(model.lesson_id).where(model.school_id == work.viewer.school_id, model.lesson_id == lesson_id)
        if await work.first(here.limit(1)) is not None:
            return True
    return False


async def _check_attended(work: Work, lesson: Any, day: date) -> None:
    """Refuse a day on which somebody who has a mark or an absence at the lesson is not in its group."""
    written = [
        select(model.student_id).where(model.school_id == work.viewer.school_id, model.lesson_id == lesson.id)
        for model in (Mark, Attendance)
    ]
    members = select(GroupMembership.student_id).where(
        GroupMembership.school_id == work.viewer.school_id,
        GroupMembership.group_id == lesson.group_id,
        on(day, GroupMembership),
    )
    strangers = except_(written[0].union(written[1]), members)
    if await work.first(strangers.limit(1)) is not None:
        message = "На уроке есть записи об учащихся, которых в этот день нет в группе."
        raise Refusal(RefusalCode.NOT_IN_GROUP, message, "date")


async def move_lesson(
    context: Context, lesson_id: int, to: Mapping[str, Any], reason: str, if_version: int | None
) -> int:
    """Move a lesson to another day, number, time or room (6.5). What is written at it goes with it.

    `to` holds only what was given. The times are those of the bells unless they are given as well.
    """
    async with command(context, "moveLesson", {"lesson": lesson_id, **to, "reason": reason}) as work:
        lesson = await _lesson(work, lesson_id, if_version)
        _check_reason(reason, required=True)
        check_takes_place(lesson.state, "lessonId")
        values = dict(to)
        day, number = values.get("date", lesson.date), values.get("number", lesson.number)
        check_number(number, "number")
        await check_school_day(work, lesson.year_id, lesson.grade, day, "date")
        await _check_room(work, values.get("room_id"), lesson.room_id)
        values |= await _times(work, lesson.year_id, lesson.shift, day, number, values, lesson)
        if day != lesson.date:
            origin = lesson.moved_from or lesson.date
            values["moved_from"] = None if day == origin else origin
            recorded = await _has_records(work, lesson_id)
            if recorded:
                if day > work.today:
                    raise has_records("date")
                await _check_attended(work, lesson, day)
            elif day > work.today:
                values["state"] = LessonState.PLANNED
            held = recorded or (lesson.state == LessonState.HELD and day <= work.today)
            values["recorded_on"] = min(lesson.date, lesson.recorded_on or lesson.date) if held else None
        fields = {Taken.TEACHER: "date", Taken.GROUP: "date", Taken.ROOM: "roomId" if "room_id" in to else "date"}
        await _correct(work, CorrectionKind.MOVED, reason, [Change(lesson, values, fields)], _ALL, present=True)
    return lesson_id


async def _times(
    work: Work, year_id: int, shift: int, day: date, number: int, given: Mapping[str, Any], lesson: Any = None
) -> dict[str, time]:
    """The times given, or else those of the day's bells.

    None where a lesson keeps its day and number, and so its times, or its number on a day whose bells have none.
    """
    check_times(given.get("starts_at"), given.get("ends_at"))
    stays = lesson is not None and number == lesson.number
    if given.get("starts_at") is not None or (stays and day == lesson.date):
        return {}
    bell = await bell_of(work, year_id, shift, day, number)
    if bell is None and not stays:
        raise bad_input("В расписании звонков этого дня нет такого урока: укажите время.", "number")
    return {"starts_at": bell.starts_at, "ends_at": bell.ends_at} if bell else {}


async def cancel_lesson(context: Context, lesson_id: int, reason: str, if_version: int | None) -> int:
    """Cancel a lesson at which nothing is written yet (6.5)."""
    async with command(context, "cancelLesson", {"lesson": lesson_id, "reason": reason}) as work:
        lesson = await _lesson(work, lesson_id, if_version)
        _check_reason(reason, required=True)
        written = lesson.state == LessonState.HELD or await _has_records(work, lesson_id)
        if lesson.state != LessonState.CANCELLED and written:
            raise has_records("lessonId")
        await _correct(work, CorrectionKind.CANCELLED, reason, [Change(lesson, {"state": LessonState.CANCELLED}, {})])
    return lesson_id


async def restore_lesson(context: Context, lesson_id: int, reason: str | None, if_version: int | None) -> int:
    """Let a cancelled lesson take place after all, if its slot is still free (6.5)."""
    async with command(context, "restoreLesson", {"lesson": lesson_id, "reason": reason}) as work:
        lesson = await _lesson(work, lesson_id, if_version)
        _check_reason(reason)
        if lesson.state == LessonState.CANCELLED:
            await check_school_day(work, lesson.year_id, lesson.grade, lesson.date, "lessonId")
            change = Change(lesson, {"state": LessonState.PLANNED}, dict.fromkeys(Taken, "lessonId"))
            await _correct(work, CorrectionKind.RESTORED, reason, [change], _ALL)
    return lesson_id


async def add_lesson(
    context: Context,
    group_id: int,
    subject_id: int,
    day: date,
    number: int,
    more: Mapping[str, Any],
    reason: str,
    key: str | None,
) -> int:
    """Add a lesson beside those of the weekly timetable (6.5), by whoever teaches the subject to the group.

    `more` holds what was given of `teacher_id`, `room_id`, `starts_at`, `ends_at`.
    """
    given = {"group": group_id, "subject": subject_id, "date": day, "number": number, **more, "reason": reason}
    async with command(context, "addLesson", given, key=key) as work:
        group = await work.one(groups_to_teach(work.viewer).where(StudyGroup.id == group_id), "groupId")
        if work.repeated:
            return int(work.answer)
        _check_reason(reason, required=True)
        check_number(number, "number")
        await check_school_day(work, group.year_id, group.grade, day, "date")
        await _check_room(work, more.get("room_id"))
        teacher = await _teacher(work, group_id, subject_id, day, more.get("teacher_id"))
        times = dict(more) | await _times(work, group.year_id, group.shift, day, number, more)
        await hold_topics(work, work.viewer.school_id, [group_id])
        await lock_days(work, [day])
        row = await work.first(
            insert(Lesson)
            .values(
                school_id=work.viewer.school_id,
                group_id=group_id,
                subject_id=subject_id,
                teacher_id=teacher,
                room_id=more.get("room_id"),
                date=day,
                number=number,
                shift=group.shift,
                starts_at=times["starts_at"],
                ends_at=times["ends_at"],
                state=LessonState.PLANNED,
                version=1,
                **_by(work),
            )
            .returning(Lesson.id)
        )
        fields = {Taken.TEACHER: "teacherId", Taken.ROOM: "roomId", Taken.GROUP: "number"}
        before = [{"lesson_id": row.id}]
        await _settle(work, CorrectionKind.ADDED, reason, before, {row.id: fields}, _ALL, present=True)
        return int(await work.done(row.id))


async def _teacher(work: Work, group_id: int, subject_id: int, day: date, teacher_id: int | None) -> int:
    """Who teaches the subject to the group on that day: the one who was named, or else the first of them."""
    taught = select(TeachingAssignment.staff_id).where(
        TeachingAssignment.school_id == work.viewer.school_id,
        TeachingAssignment.group_id == group_id,
        TeachingAssignment.subject_id == subject_id,
        on(day, TeachingAssignment),
    )
    if teacher_id is not None:
        taught = taught.where(TeachingAssignment.staff_id == teacher_id)
    row = await work.first(taught.order_by(TeachingAssignment.id).limit(1))
    if row is None:
        raise not_taught("subjectId" if teacher_id is None else "teacherId")
    return int(row.staff_id)


async def replace_lesson(
    context: Context,
    lesson_id: int,
    subject_id: int,
    teacher_id: int | None,
    more: Mapping[str, Any],
    reason: str,
    if_version: int | None,
) -> int:
    """Teach the group another of its subjects in the slot (6.5). Topic and material, being the old one's, go."""
    given = {"lesson": lesson_id, "subject": subject_id, "teacher": teacher_id, **more, "reason": reason}
    async with command(context, "replaceLesson", given) as work:
        lesson = await _lesson(work, lesson_id, if_version)
        _check_reason(reason, required=True)
        check_takes_place(lesson.state, "lessonId")
        await _check_room(work, more.get("room_id"))
        teacher = await _teacher(work, lesson.group_id, subject_id, lesson.date, teacher_id)
        values = {**more, "subject_id": subject_id, "teacher_id": teacher, "substitute_id": None}
        if subject_id != lesson.subject_id:
            if await _has_records(work, lesson_id):
                raise has_records("lessonId")
            values |= {"topic": None, "topic_id": None, "topic_pinned": False, "material": None}
        fields = {Taken.TEACHER: "teacherId", Taken.ROOM: "roomId"}
        takes = {Taken.TEACHER, *([Taken.ROOM] if "room_id" in more else [])}
        await _correct(work, CorrectionKind.REPLACED, reason, [Change(lesson, values, fields)], takes, present=True)
    return lesson_id


async def substitute_lessons(
    context: Context, name: str, entries: Sequence[Substitution], reason: str, path: str
) -> list[int]:
    """Let others give lessons in their teacher's place: all of them, or none (6.5). `path` names the input field."""
    given = {"entries": [[each.lesson_id, each.staff_id, each.if_version] for each in entries], "reason": reason}
    async with command(context, name, given) as work:
        _check_reason(reason, required=True)
        lessons = await _lessons(work, entries, path)
        known = await _employees(work, {each.staff_id for each in entries if each.staff_id})
        changes = []
        for position, (each, lesson) in enumerate(zip(entries, lessons, strict=True)):
            prefix = path.format(position)
            check_takes_place(lesson.state, f"{prefix}lessonId")
            if each.staff_id not in known:
                raise not_found(f"{prefix}staffId")
            if each.staff_id == lesson.teacher_id:
                raise bad_input("Это сам учитель: замена не нужна.", f"{prefix}staffId")
            fields = {Taken.TEACHER: f"{prefix}staffId"}
            changes.append(Change(lesson, {"substitute_id": each.staff_id}, fields))
        await _correct(work, CorrectionKind.SUBSTITUTED, reason, changes, {Taken.TEACHER}, present=True)
    return [each.lesson_id for each in entries]


async def end_substitutions(
    context: Context, name: str, entries: Sequence[Substitution], reason: str | None, path: str
) -> list[int]:
    """Give lessons back to their teachers: all of them, or none (6.5); the substitutes' rights in the journals end."""
    given = {"entries": [[each.lesson_id, each.if_version] for each in entries], "reason": reason}
    async with command(context, name, given) as work:
        _check_reason(reason)
        changes = [
            Change(lesson, {"substitute_id": None}, {Taken.TEACHER: f"{path.format(position)}lessonId"})
            for position, lesson in enumerate(await _lessons(work, entries, path))
        ]
        await _correct(work, CorrectionKind.SUBSTITUTION_ENDED, reason, changes, {Taken.TEACHER})
    return [each.lesson_id for each in entries]


async def _lessons(work: Work, entries: Sequence[Substitution], path: str) -> list[Any]:
    """The lessons of entries, locked, in their order, each once and as the viewer has seen it."""
    if not 1 <= len(entries) <= MOST_LESSONS:
        raise bad_input(f"За один раз можно изменить от 1 до {MOST_LESSONS} уроков.", "entries")
    wanted: set[int] = set()
    for position, each in enumerate(entries):
        if each.lesson_id in wanted:
            raise bad_input("Урок указан дважды.", f"{path.format(position)}lessonId")
        wanted.add(each.lesson_id)
    await _hold_topics(work, wanted)
    found = {row.id: row for row in await work.reach(lessons_to_correct(work.viewer).where(among(Lesson.id, wanted)))}
    for position, each in enumerate(entries):
        if each.lesson_id not in found:
            raise not_found(f"{path.format(position)}lessonId")
        check_version(each.if_version, found[each.lesson_id].version, f"{path.format(position)}ifVersion")
    return [found[each.lesson_id] for each in entries]


async def _employees(work: Work, staff: Collection[int]) -> set[int]:
    rows = await work.fetch(select(Staff.id).where(Staff.school_id == work.viewer.school_id, among(Staff.id, staff)))
    return {row.id for row in rows}


async def change_room(
    context: Context, lesson_id: int, room_id: int | None, reason: str | None, if_version: int | None
) -> int:
    """Hold a lesson in another room, or in none (6.5)."""
    async with command(context, "changeRoom", {"lesson": lesson_id, "room": room_id, "reason": reason}) as work:
        lesson = await _lesson(work, lesson_id, if_version)
        _check_reason(reason)
        check_takes_place(lesson.state, "lessonId")
        await _check_room(work, room_id)
        change = Change(lesson, {"room_id": room_id}, {Taken.ROOM: "roomId"})
        await _correct(work, CorrectionKind.ROOM_CHANGED, reason, [change], {Taken.ROOM})
    return lesson_id
