"""Commands on excuses (7.3): absences of several days at once, announced or with their document.

What holds after each of them: an absence on a day that a standing excuse of the student covers has the reason of the
one entered last. Late arrivals are no absences. Each command takes a few statements, however many days it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    union,
    update,
)
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, DroppedSubject, GroupMembership
from models.journal import Attachment, Attendance, Mark, RollCall
from models.journal_excuses import Excuse
from models.school import Student
from models.timetable import Lesson
from permissions.journal_excuses import excuses_to_change, students_to_excuse
from permissions.scopes import of_school, on, same
from rules.journal import AttendanceCode
from rules.journal_excuses import TERM, ExcuseContent, ExcuseKind
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.timetable import LessonState

from .commands import Work, among, check_version, command
from .context import Context
from .days import working_days
from .journal_excuses import covers
from .journal_files import check_hung, detach
from .journal_writing import enter, enter_for_reasons
from .school_files import check_files, hang

_OWN = ("kind", "code", "number", "issued_on", "received_on", "starts_on", "ends_on", "comment")
_PRIVATE = ("number", "comment")
_A_YEAR = timedelta(days=366)

Span = tuple[date, date]
"""The first and the last day, both inclusive."""


async def excuse_absences(
    context: Context, student_id: int, content: ExcuseContent, files: Sequence[int], key: str | None
) -> int:
    """Enter why a student is away: absences of those days get the reason, in all subjects; lessons that have begun and
    of which nobody has said who was there get the absence.

    The same once more finds what stands. Gives the excuse's number.
    """
    given, private = _told({"student": student_id, **content.values, "files": files})
    async with command(context, "excuseAbsences", given, key=key, private=private) as work:
        span = content.starts_on, content.ends_on
        student = await _student(work, student_id, span, "studentId")
        if work.repeated:
            return int(work.answer)
        content.check(work.today)
        await check_files(work, files)
        number = await _standing(work, student_id, content)
        if number is None:
            number = await _enter(work, student_id, content)
            await hang(work, Attachment, files, excuse_id=number)
        await _settle(work, student, span, "startsOn", content)
        return int(await work.done(number))


async def change_excuse(
    context: Context,
    excuse_id: int,
    values: Mapping[str, Any],
    files: Sequence[int],
    removed: Sequence[int],
    if_version: int | None,
) -> int:
    """Correct an excuse: only what is given. Days that it leaves get their reasons back, days that it comes to get its
    own. A message becomes a document once one is brought, and was entered on that day.
    """
    given, _ = _told({"excuse": excuse_id, **values, "files": files, "removed": removed})
    async with command(context, "changeExcuse", given) as work:
        found = await work.one(excuses_to_change(work.viewer).where(Excuse.id == excuse_id), "excuseId")
        new = (values.get("starts_on", found.starts_on), values.get("ends_on", found.ends_on))
        span = min(found.starts_on, *new), max(found.ends_on, *new)
        student = await _student(work, found.student_id, span, "excuseId")
        excuse = await work.one(excuses_to_change(work.viewer).where(Excuse.id == excuse_id), "excuseId")
        check_version(if_version, excuse.version)
        if excuse.withdrawn_at:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Запись отозвана: внесите новую.", "excuseId", "7.3")
        before = ExcuseContent(**{name: excuse[name] for name in _OWN})
        content = replace(before, **{**values, "kind": ExcuseKind(values.get("kind", excuse.kind))})
        content.check(work.today)
        await check_hung(work, files, removed, "excuse_id", excuse_id)
        await detach(work, removed)
        await hang(work, Attachment, files, excuse_id=excuse_id)
        if content != before or files or removed:
            brought = before.kind == ExcuseKind.MESSAGE != content.kind
            await work.execute(
                update(Excuse)
                .where(Excuse.school_id == work.viewer.school_id, Excuse.id == excuse_id)
                .values(
                    **content.values,
                    year_id=await _year(work, content),
                    due_on=await _due_on(work, content),
                    entered_on=work.today if brought else excuse.entered_on,
                    version=Excuse.version + 1,
                    **work.stamp,
                )
            )
        await _settle(work, student, span, "startsOn", content)
    return excuse_id


async def withdraw_excuse(context: Context, excuse_id: int, if_version: int | None) -> int:
    """Withdraw an excuse: absences get the reasons back that they had; those that nobody but it told of are gone."""
    async with command(context, "withdrawExcuse", {"excuse": excuse_id}) as work:
        found = await work.one(excuses_to_change(work.viewer).where(Excuse.id == excuse_id), "excuseId")
        span = found.starts_on, found.ends_on
        student = await _student(work, found.student_id, span, "excuseId")
        excuse = await work.one(excuses_to_change(work.viewer).where(Excuse.id == excuse_id), "excuseId")
        check_version(if_version, excuse.version)
        if excuse.withdrawn_at is None:
            await work.execute(
                update(Excuse)
                .where(Excuse.school_id == work.viewer.school_id, Excuse.id == excuse_id)
                .values(withdrawn_at=work.now, version=Excuse.version + 1, **work.stamp)
            )
            await _settle(work, student, (excuse.starts_on, excuse.ends_on), "excuseId")
    return excuse_id


def _told(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The input as the audit trail keeps it, and what it must not hold: a document's number and words."""
    private = {name: given[name] for name in _PRIVATE if name in given}
    return {name: value for name, value in given.items() if name not in private}, private


async def _student(work: Work, student_id: int, span: Span, field: str) -> Any:
    """The student, locked, if the viewer may excuse them; before that the lessons of those days, up to today.

    Whoever writes at a lesson holds it first, and those whom the roll there names then.
    """
    there = (
        select(Lesson.id)
        .join(GroupMembership, and_(of_school(GroupMembership), GroupMembership.group_id == Lesson.group_id))
        .where(
            of_school(Lesson),
            GroupMembership.student_id == student_id,
            on(Lesson.date, GroupMembership),
            Lesson.date.between(span[0], min(span[1], work.today)),
        )
    )
    away = select(Attendance.lesson_id.label("id")).where(
        of_school(Attendance), Attendance.student_id == student_id, Attendance.lesson_date.between(*span)
    )
    reached = students_to_excuse(work.viewer).where(Student.id == student_id)
    await work.one(reached, field)
    numbers = [row.id for row in await work.reach(union(there, away))]
    if numbers:
        held = select(Lesson.id).where(Lesson.school_id == work.viewer.school_id, among(Lesson.id, numbers))
        await work.fetch(held.order_by(Lesson.id).with_for_update(key_share=True, of=Lesson))
    return await work.one(reached.with_for_update(key_share=True, of=Student), field)


async def _standing(work: Work, student_id: int, content: ExcuseContent) -> int | None:
    """The excuse that says just this already, if it stands: of a message, on whichever day it came."""
    told = {**content.values}
    if content.kind is ExcuseKind.MESSAGE:
        del told["received_on"]
    same_content = [getattr(Excuse, name).is_not_distinct_from(value) for name, value in told.items()]
    mine = (Excuse.school_id == work.viewer.school_id, Excuse.student_id == student_id, Excuse.withdrawn_at.is_(None))
    row = await work.first(select(Excuse.id).where(*mine, *same_content).order_by(Excuse.id).limit(1))
    return row.id if row else None


async def _enter(work: Work, student_id: int, content: ExcuseContent) -> int:
    row = await work.first(
        insert(Excuse)
        .values(
            school_id=work.viewer.school_id,
            student_id=student_id,
            **content.values,
            year_id=await _year(work, content),
            due_on=await _due_on(work, content),
            entered_on=work.today,
            entered_by=work.viewer.account_id,
            version=1,
            **work.stamp,
        )
        .returning(Excuse.id)
    )
    return int(row.id)


async def _year(work: Work, content: ExcuseContent) -> int:
    """The one school year of an excuse's days."""
    row = await work.first(
        select(AcademicYear.id, AcademicYear.starts_on).where(
            AcademicYear.school_id == work.viewer.school_id,
            AcademicYear.starts_on <= content.starts_on,
            AcademicYear.ends_on >= content.ends_on,
        )
    )
    if row is None:
        raise Refusal(RefusalCode.OUTSIDE_YEAR, "Дни — одного учебного года.", "startsOn")
    if content.received_on < row.starts_on - _A_YEAR:
        raise bad_input("Документ принесён задолго до учебного года.", "receivedOn")
    return int(row.id)


async def _due_on(work: Work, content: ExcuseContent) -> date | None:
    """By when the reasons are to be corrected after the document came (7.3)."""
    if content.kind is ExcuseKind.MESSAGE:
        return None
    return TERM.due(content.received_on, await working_days(work.reach))


async def _settle(work: Work, student: Any, span: Span, field: str, content: ExcuseContent | None = None) -> None:
    """Let absences of those days say what the student's standing excuses say.

    Lessons that change are open (7.6); those at which a document's `content` is entered need not be while the term of
    its correction runs (7.3).
    """
    forgotten = {*await _forget(work, student.id, span)}
    told = {*await _add(work, student.id, span), *await _correct(work, student.id, span)} - forgotten
    changed = forgotten | told
    if student.taught_at_home and not changed:
        await _check_kept(work, student.id, span, field)
    if changed:
        presented_on = content.received_on if content and content.kind is not ExcuseKind.MESSAGE else None
        if forgotten:
            await enter(work, dict.fromkeys(sorted(forgotten), field))
        if told:
            await enter_for_reasons(work, dict.fromkeys(sorted(told), field), presented_on)
        # Whoever has the roll open must see that it is not what it was; when it was called stays as it is.
        await work.execute(
            update(RollCall)
            .where(RollCall.school_id == work.viewer.school_id, among(RollCall.lesson_id, changed))
            .values(version=RollCall.version + 1)
        )


async def _check_kept(work: Work, student_id: int, span: Span, field: str) -> None:
    """Who is taught at home has no absences here: there is nothing to excuse, unless they were at school then (7.8)."""
    mine = (Attendance.student_id == student_id, Attendance.lesson_date.between(*span))
    known = await work.first(select(Attendance.id).where(Attendance.school_id == work.viewer.school_id, *mine).limit(1))
    if known is None:
        message = "Учится на дому: посещаемость отмечается в бумажном журнале."
        raise Refusal(RefusalCode.TAUGHT_AT_HOME, message, field, "7.8")


def _absences(work: Work, model: Any, student_id: int, span: Span) -> Any:
    return and_(
        model.school_id == work.viewer.school_id,
        model.student_id == student_id,
        model.lesson_date.between(*span),
        model.code != AttendanceCode.LATE,
    )


def _best(student: Any, day: Any) -> Any:
    """The standing excuse that covers a student's day, the one entered last."""
    mine = (of_school(Excuse), Excuse.student_id == student, covers(day))
    return select(Excuse.id, Excuse.code).where(*mine).order_by(Excuse.id.desc()).limit(1).lateral("best")


async def _forget(work: Work, student_id: int, span: Span) -> list[int]:
    """Take away absences that only an excuse told of which covers them no more, unless they were made up for (7.5)."""
    covered = exists().where(
        Excuse.school_id == Attendance.school_id, Excuse.student_id == student_id, covers(Attendance.lesson_date)
    )
    made_up = exists().where(
        Mark.school_id == Attendance.school_id,
        Mark.lesson_id == Attendance.lesson_id,
        Mark.student_id == student_id,
        Mark.made_up_on.is_not(None),
    )
    gone = await work.reach(
        delete(Attendance)
        .where(
            _absences(work, Attendance, student_id, span),
            Attendance.excuse_id.is_not(None),
            Attendance.code_before.is_(None),
            ~covered.correlate(Attendance),
            ~made_up.correlate(Attendance),
        )
        .returning(Attendance.lesson_id)
    )
    return [row.lesson_id for row in gone]


async def _add(work: Work, student_id: int, span: Span) -> list[int]:
    """Enter the absence at lessons of the student's groups that have begun and whose roll nobody has called."""
    now = work.now.astimezone(ZoneInfo(work.viewer.time_zone)).time()
    best = _best(GroupMembership.student_id, Lesson.date)
    dropped = exists().where(
        of_school(DroppedSubject),
        DroppedSubject.student_id == GroupMembership.student_id,
        DroppedSubject.subject_id == Lesson.subject_id,
        on(Lesson.date, DroppedSubject),
    )
    told = [
        exists().where(RollCall.school_id == Lesson.school_id, RollCall.lesson_id == Lesson.id),
        exists().where(
            Attendance.school_id == Lesson.school_id,
            Attendance.lesson_id == Lesson.id,
            Attendance.student_id == student_id,
        ),
    ]
    values = {
        "school_id": Lesson.school_id,
        "lesson_id": Lesson.id,
        "lesson_date": Lesson.date,
        "student_id": GroupMembership.student_id,
        "code": best.c.code,
        "excuse_id": best.c.id,
        "version": literal(1),
        "changed_at": literal(work.now),
        "changed_by": literal(work.viewer.account_id),
    }
    missing = (
        select(*values.values())
        .select_from(GroupMembership)
        .join(Student, same(Student, GroupMembership.student_id))
        .join(Lesson, and_(of_school(Lesson), Lesson.group_id == GroupMembership.group_id))
        .join(best, true())
        .where(
            of_school(GroupMembership),
            GroupMembership.student_id == student_id,
            ~Student.taught_at_home,
            on(Lesson.date, GroupMembership),
            Lesson.date.between(*span),
            or_(Lesson.date < work.today, and_(Lesson.date == work.today, Lesson.starts_at <= now)),
            Lesson.state != LessonState.CANCELLED,
            ~dropped.correlate(GroupMembership, Lesson),
            *(~each.correlate(Lesson) for each in told),
        )
        .distinct()
    )
    added = await work.reach(insert(Attendance).from_select([*values], missing).returning(Attendance.lesson_id))
    return [row.lesson_id for row in added]


async def _correct(work: Work, student_id: int, span: Span) -> list[int]:
    """Give absences the reason of the excuse that covers them, or the one back that they had before."""
    old = aliased(Attendance)
    best = _best(old.student_id, old.lesson_date)
    own = func.coalesce(
        old.code_before, case((old.excuse_id.is_not(None), AttendanceCode.UNEXPLAINED.value), else_=old.code)
    )
    before = case((best.c.id.is_(None), null()), (old.excuse_id.is_(None), old.code), else_=old.code_before)
    news = (
        select(
            old.id,
            best.c.id.label("excuse_id"),
            func.coalesce(best.c.code, own).label("code"),
            before.label("code_before"),
        )
        .select_from(old)
        .outerjoin(best, true())
        .where(_absences(work, old, student_id, span))
        .subquery("news")
    )
    changed = await work.reach(
        update(Attendance)
        .where(
            Attendance.school_id == work.viewer.school_id,
            Attendance.id == news.c.id,
            tuple_(Attendance.excuse_id, Attendance.code).is_distinct_from(tuple_(news.c.excuse_id, news.c.code)),
        )
        .values(
            excuse_id=news.c.excuse_id,
            code=news.c.code,
            code_before=news.c.code_before,
            version=Attendance.version + 1,
            **work.stamp,
        )
        .returning(Attendance.lesson_id)
    )
    return [row.lesson_id for row in changed]


async def covering(work: Work, students: Sequence[int], day: date) -> dict[int, Any]:
    """The excuse that covers the day of each of these students, if one does: `id` and `code`."""
    if not students:
        return {}
    rows = await work.fetch(
        select(Excuse.student_id, Excuse.id, Excuse.code)
        .where(Excuse.school_id == work.viewer.school_id, among(Excuse.student_id, students), covers(day))
        .order_by(Excuse.id)
    )
    return {row.student_id: row for row in rows}
