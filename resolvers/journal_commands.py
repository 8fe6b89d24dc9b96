"""Commands on lessons: topic and material, the roll and who was absent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.journal import Attendance, Mark, RollCall
from models.timetable import Lesson
from rules.journal import (
    COMMENT_LENGTH,
    TEXT_LENGTH,
    AttendanceCode,
    check_not_cancelled,
    check_open,
    check_text,
)
from rules.journal_excuses import follows_document
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.timetable import LessonState

from .commands import Work, among, check_version, command
from .context import Context
from .journal_excuses_commands import covering
from .journal_members import check_kept, check_member, members
from .journal_writing import lesson_to_write


@dataclass(frozen=True)
class Absent:
    """One who is not there: `code` None leaves a reason that is known already, `more` holds only what was sent."""

    student_id: int
    code: AttendanceCode | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def _new(work: Work) -> dict[str, Any]:
    """The same for a new row: a statement with its values inside gets no defaults from the model."""
    return {"version": 1, **_changed(work)}


def _changed(work: Work) -> dict[str, Any]:
    """The columns that say who changed a row, and when."""
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}


async def record_lesson(
    context: Context, lesson_id: int, values: Mapping[str, str | None], if_version: int | None
) -> int:
    """Write topic and material (7.2, 7.4). Only what is given changes. A lesson whose day has come counts as held."""
    async with command(context, "recordLesson", {"lesson": lesson_id, **values}) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_not_cancelled(lesson.state, "lessonId")
        check_version(if_version, lesson.version)
        for name, text in values.items():
            check_text(text, TEXT_LENGTH, name)
        changes: dict[str, Any] = {name: text for name, text in values.items() if text != lesson[name]}
        if lesson.date <= work.today and lesson.state == LessonState.PLANNED:
            changes["state"] = LessonState.HELD
        if changes:
            await work.execute(
                update(Lesson)
                .where(Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id)
                .values(**changes, version=Lesson.version + 1, **_changed(work))
            )
    return lesson_id


async def take_roll_call(context: Context, lesson_id: int, absent: Sequence[Absent], if_version: int | None) -> int:
    """Record the roll as a fact of its own: who is on the list is absent or late, everyone else was there (7.4)."""
    listed_as_given = [[each.student_id, each.code, each.more.get("minutes_late")] for each in absent]
    given = {"lesson": lesson_id, "absent": listed_as_given}
    async with command(context, "takeRollCall", given) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_open(lesson.state, lesson.date, work.today, "lessonId")
        here = (RollCall.school_id == work.viewer.school_id, RollCall.lesson_id == lesson_id)
        roll = await work.first(select(RollCall.version).where(*here))
        check_version(if_version, roll.version if roll else 0)
        there = await members(work, lesson, [each.student_id for each in absent])
        known = await _attendance(work, lesson_id)
        listed: dict[int, Absent] = {}
        for position, each in enumerate(absent):
            check_kept(there, each.student_id, f"absent.{position}.studentId")
            if each.student_id in listed:
                raise bad_input("Учащийся назван дважды.", f"absent.{position}.studentId")
            listed[each.student_id] = each
        fields = {each.student_id: f"absent.{position}.studentId" for position, each in enumerate(absent)}
        was_there = [each.student_id for each in absent if each.code is AttendanceCode.LATE]
        was_there += [student for student in known if student not in listed]
        await _check_not_made_up(work, lesson_id, known, was_there, fields, "absent")
        excuses = await covering(work, list(listed), lesson.date)
        changed = [
            await _set_attendance(
                *(work, lesson, known.get(each.student_id), each, excuses.get(each.student_id)), f"absent.{position}."
            )
            for position, each in enumerate(absent)
        ]
        returned = [row.id for student, row in known.items() if student not in listed]
        if returned:
            await work.execute(
                delete(Attendance).where(Attendance.school_id == work.viewer.school_id, among(Attendance.id, returned))
            )
        if roll is None:
            values = {"school_id": work.viewer.school_id, "lesson_id": lesson_id, "lesson_date": lesson.date}
            await work.execute(insert(RollCall).values(**values, **_new(work)))
        elif returned or any(changed):
            await work.execute(update(RollCall).where(*here).values(version=RollCall.version + 1, **_changed(work)))
        if lesson.state == LessonState.PLANNED:
            await work.execute(
                update(Lesson)
                .where(Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id)
                .values(state=LessonState.HELD, version=Lesson.version + 1, **_changed(work))
            )
    return lesson_id


async def mark_attendance(
    context: Context,
    lesson_id: int,
    student_id: int,
    code: AttendanceCode | None,
    more: Mapping[str, Any],
    if_version: int | None,
) -> tuple[int, int]:
    """Set or correct why one student was absent (7.3); `code` None says that they were there. Marks stay (7.5)."""
    given = {"lesson": lesson_id, "student": student_id, "code": code, **more}
    async with command(context, "markAttendance", given) as work:
        lesson = await lesson_to_write(work, lesson_id)
        check_open(lesson.state, lesson.date, work.today, "lessonId")
        check = check_member if code is None else check_kept
        check(await members(work, lesson, [student_id]), student_id, "studentId")
        known = (await _attendance(work, lesson_id)).get(student_id)
        check_version(if_version, known.version if known else 0)
        check_text(more.get("comment"), COMMENT_LENGTH, "comment")
        if known and code in {None, AttendanceCode.LATE}:
            await _check_not_made_up(work, lesson_id, {student_id: known}, [student_id], {}, "studentId")
        changed = known is not None
        if code is not None:
            excuse = (await covering(work, [student_id], lesson.date)).get(student_id)
            changed = await _set_attendance(work, lesson, known, Absent(student_id, code, more), excuse, "")
        elif known:
            await work.execute(
                delete(Attendance).where(Attendance.school_id == work.viewer.school_id, Attendance.id == known.id)
            )
        if changed:
            # Whoever has the roll open must see that it is not what it was; when it was called stays as it is.
            await work.execute(
                update(RollCall)
                .where(RollCall.school_id == work.viewer.school_id, RollCall.lesson_id == lesson_id)
                .values(version=RollCall.version + 1)
            )
    return lesson_id, student_id


async def _check_not_made_up(
    work: Work,
    lesson_id: int,
    known: Mapping[int, Any],
    was_there: Collection[int],
    fields: Mapping[int, str],
    field: str,
) -> None:
    """Refuse to say that these students were at the lesson after all, if one has made up for it (7.5).

    fields: student to the input field that names them; `field` is that of the others.
    """
    missed = [each for each in was_there if each in known and known[each].code != AttendanceCode.LATE]
    if not missed:
        return
    marks = await work.fetch(
        select(Mark.id, Mark.student_id)
        .where(
            Mark.school_id == work.viewer.school_id,
            Mark.lesson_id == lesson_id,
            among(Mark.student_id, missed),
            Mark.made_up_on.is_not(None),
        )
        .order_by(Mark.id)
    )
    if marks:
        message = "Пропуск уже отработан: сначала снимите отметку за отработку."
        objects = tuple(("Mark", each.id) for each in marks)
        raise Refusal(RefusalCode.MADE_UP, message, fields.get(marks[0].student_id, field), "7.5", objects)


async def _attendance(work: Work, lesson_id: int) -> dict[int, Any]:
    """What is known of absences at the lesson, by student.

    The lesson's lock keeps others from writing about them; whoever sets a mark for what was made up holds its row.
    """
    rows = await work.fetch(
        select(
            Attendance.id,
            Attendance.student_id,
            Attendance.code,
            Attendance.code_before,
            Attendance.excuse_id,
            Attendance.minutes_late,
            Attendance.comment,
            Attendance.version,
        )
        .where(Attendance.school_id == work.viewer.school_id, Attendance.lesson_id == lesson_id)
        .order_by(Attendance.id)
        .with_for_update()
    )
    return {row.student_id: row for row in rows}


def _reason(known: Any, told: AttendanceCode | None, excuse: Any, field: str) -> dict[str, Any]:
    """Why somebody is not there: as the day's excuse says, if there is one (7.3), or as is told, or as it was known."""
    code = told or (AttendanceCode(known.code) if known else AttendanceCode.UNEXPLAINED)
    if excuse is None or code is AttendanceCode.LATE:
        return {"code": code, "excuse_id": None, "code_before": None}
    if told not in {None, AttendanceCode.UNEXPLAINED, AttendanceCode(excuse.code)}:
        raise follows_document(excuse.id, field)
    without = known.code_before or (known.code if known.excuse_id is None else None) if known else None
    before = AttendanceCode.UNEXPLAINED if without in {None, AttendanceCode.LATE} else without
    return {"code": AttendanceCode(excuse.code), "excuse_id": excuse.id, "code_before": before}


async def _set_attendance(work: Work, lesson: Any, known: Any, absent: Absent, excuse: Any, path: str) -> bool:
    """Write one absence, unless it stands so already: repeating a request is no error and no new version.

    `excuse` is what covers the day, if anything does; `path` names the input field. Says whether anything was written.
    """
    reason = _reason(known, absent.code, excuse, f"{path}code")
    code = reason["code"]
    minutes = absent.more.get("minutes_late")
    if minutes is not None and (code is not AttendanceCode.LATE or not 0 < minutes < 1440):
        raise bad_input("Минуты (от 1 до 1439) указываются только для опоздания.", f"{path}minutesLate")
    values: dict[str, Any] = {**reason, **absent.more}
    if code is not AttendanceCode.LATE:
        values["minutes_late"] = None
    if known is None:
        await work.execute(
            insert(Attendance).values(
                school_id=work.viewer.school_id,
                lesson_id=lesson.id,
                lesson_date=lesson.date,
                student_id=absent.student_id,
                **values,
                **_new(work),
            )
        )
        return True
    if all(known[name] == value for name, value in values.items()):
        return False
    await work.execute(
        update(Attendance)
        .where(Attendance.school_id == work.viewer.school_id, Attendance.id == known.id)
        .values(**values, version=Attendance.version + 1, **_changed(work))
    )
    return True
