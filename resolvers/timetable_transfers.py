"""Commands on days that are moved (6.1, 6.6)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, delete, insert, select, update

from models.curriculum import AcademicYear, SchoolClass, StudyGroup
from models.timetable import Lesson
from models.timetable_week import DayTransfer, Timetable
from permissions.scopes import on, same
from permissions.timetable import years_to_schedule
from permissions.timetable_week import transfers_to_cancel
from rules.curriculum import GRADES
from rules.days import is_official_holiday
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import LessonState, TimetableState, check_notice, check_weekday
from rules.timetable_corrections import Taken, busy

from .commands import Work, check_version, command
from .context import Context
from .days import working_days
from .timetable_commands import changed, new, year_to_schedule
from .timetable_days import holidays_of
from .timetable_generation import generate_lessons, hold_lessons, load_groups
from .timetable_slots import check_free
from .timetable_topics import place_topics


async def transfer_day(
    context: Context,
    from_date: date | None,
    weekday: int | None,
    to_date: date,
    grades: Collection[int] | None,
    key: str | None,
) -> int:
    """Teach a day by another day's timetable (6.1): with `from_date` its lessons are moved, with `weekday` added."""
    given = {"fromDate": from_date, "weekday": weekday, "toDate": to_date, "grades": grades}
    async with command(context, "transferDay", given, key=key) as work:
        year = await _year(work, to_date)
        if work.repeated:
            return int(work.answer)
        weekday = _check_days(year, from_date, weekday, to_date, work.today)
        listed = _check_grades(grades)
        await _check_free(work, year.id, from_date, to_date, listed)
        check_notice(work.today, to_date, await working_days(work.reach), "toDate")
        row = await work.first(
            insert(DayTransfer)
            .values(
                school_id=work.viewer.school_id,
                year_id=year.id,
                from_date=from_date,
                weekday=weekday,
                to_date=to_date,
                grades=listed,
                recorded_at=work.now,
                **new(work),
            )
            .returning(DayTransfer.id)
        )
        await _hold(work, year.id, from_date, to_date)
        moved: list[int] = []
        if from_date:
            here = Lesson.moved_from.is_(None)
            moved = await _move(work, year.id, from_date, to_date, listed, here, moved_from=from_date)
        await _make_again(work, year.id, "toDate", moved, from_date, to_date)
        return int(await work.done(row.id))


async def cancel_day_transfer(context: Context, transfer_id: int, if_version: int | None) -> int:
    """Take a transfer back before its days have come: lessons that are still planned go back to their day."""
    async with command(context, "cancelDayTransfer", {"transfer": transfer_id}) as work:
        school_id = work.viewer.school_id
        year = select(DayTransfer.year_id).where(DayTransfer.school_id == school_id, DayTransfer.id == transfer_id)
        if (found := await work.first(year)) is None:
            raise not_found("dayTransferId")
        await year_to_schedule(work, found.year_id, "dayTransferId")
        transfer = await work.one(
            transfers_to_cancel(work.viewer).where(DayTransfer.id == transfer_id), "dayTransferId"
        )
        check_version(if_version, transfer.version)
        if min(transfer.from_date or transfer.to_date, transfer.to_date) <= work.today:
            raise Refusal(RefusalCode.TOO_LATE, "Этот день уже наступил: перенос не отменить.", "dayTransferId", "6.6")
        await work.execute(delete(DayTransfer).where(DayTransfer.school_id == school_id, DayTransfer.id == transfer_id))
        await _hold(work, transfer.year_id, transfer.from_date, transfer.to_date)
        moved: list[int] = []
        if transfer.from_date:
            here = Lesson.moved_from == transfer.from_date
            back = (transfer.to_date, transfer.from_date)
            moved = await _move(work, transfer.year_id, *back, transfer.grades, here, moved_from=None)
        await _make_again(work, transfer.year_id, "dayTransferId", moved, transfer.from_date, transfer.to_date)
    return transfer_id


async def _year(work: Work, day: date) -> Any:
    years = years_to_schedule(work.viewer).where(AcademicYear.starts_on <= day, AcademicYear.ends_on >= day)
    return await work.one(years, "toDate")


def _check_days(year: Any, from_date: date | None, weekday: int | None, to_date: date, today: date) -> int:
    """The weekday taught. Both days lie in one year and to come, and no holiday becomes a school day."""
    if is_official_holiday(to_date):
        raise bad_input("Это праздничный или выходной день по производственному календарю.", "toDate")
    if from_date is None and weekday is not None:
        check_weekday(weekday, "weekday")
        return weekday
    if from_date is None or weekday is not None:
        raise bad_input("Назовите либо день, с которого переносятся уроки, либо день недели.", "weekday")
    if from_date == to_date:
        raise bad_input("Это один и тот же день.", "toDate")
    if not year.starts_on <= from_date <= year.ends_on or from_date <= today:
        raise bad_input("Переносятся уроки будущего дня того же учебного года.", "fromDate")
    if from_date.isoweekday() == 7:
        raise bad_input("В воскресенье уроков нет.", "fromDate")
    return from_date.isoweekday()


def _check_grades(grades: Collection[int] | None) -> list[int] | None:
    if grades is None:
        return None
    listed = sorted(set(grades))
    if not listed or any(grade not in GRADES for grade in listed):
        raise bad_input(f"Параллели — от {GRADES.start} до {GRADES.stop - 1}.", "grades")
    return listed


async def _check_free(
    work: Work, year_id: int, from_date: date | None, to_date: date, grades: list[int] | None
) -> None:
    """Neither day is moved already for any of the grades, nor is the new one in the holidays."""
    concerned = GRADES if grades is None else grades
    for row in await work.fetch(
        select(DayTransfer.from_date, DayTransfer.to_date, DayTransfer.grades).where(
            DayTransfer.school_id == work.viewer.school_id, DayTransfer.year_id == year_id
        )
    ):
        if row.grades is None or not set(concerned).isdisjoint(row.grades):
            for field, day in (("toDate", to_date), ("fromDate", from_date)):
                if day and day in (row.from_date, row.to_date):
                    raise bad_input("Этот день уже участвует в переносе.", field)
    holidays = await holidays_of(work, work.viewer.school_id, year_id)
    if any(holiday.covers(to_date, grade) for holiday in holidays for grade in concerned):
        raise bad_input("В этот день каникулы.", "toDate")


async def _hold(work: Work, year_id: int, *days: date | None) -> None:
    """Lock the lessons of the days before any of them changes."""
    school_id = work.viewer.school_id
    groups = await load_groups(work, school_id, year_id)
    await hold_lessons(work, school_id, groups, [(day, day) for day in days if day])


async def _move(
    work: Work, year_id: int, day: date, to_date: date, grades: list[int] | None, which: Any, *, moved_from: date | None
) -> list[int]:
    """Move the lessons of a day that are still planned; what is written at them follows, and topics move along.

    Gives which they are.
    """
    school_id = work.viewer.school_id
    groups = (
        select(StudyGroup.id)
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(StudyGroup.school_id == school_id, SchoolClass.year_id == year_id)
    )
    if grades is not None:
        groups = groups.where(SchoolClass.grade == any_(bindparam("grades", grades, ARRAY(BigInteger))))
    moved = await work.fetch(
        update(Lesson)
        .where(
            Lesson.school_id == school_id,
            Lesson.group_id.in_(groups),
            Lesson.date == day,
            Lesson.state == LessonState.PLANNED,
            which,
        )
        .values(date=to_date, moved_from=moved_from, version=Lesson.version + 1, **changed(work))
        .returning(Lesson.id, Lesson.group_id, Lesson.subject_id)
    )
    await place_topics(work, school_id, {(row.group_id, row.subject_id) for row in moved}, work.today)
    return [row.id for row in moved]


async def _make_again(work: Work, year_id: int, field: str, moved: Collection[int], *days: date | None) -> None:
    """Make the lessons of these days anew, by the versions that are in force on them.

    Refused where somebody would be in two places: a day's timetable for some grades beside another one for the rest,
    or a lesson that was filled and moved onto one that was.
    """
    school_id = work.viewer.school_id
    for day in sorted(each for each in days if each):
        version = await work.first(
            select(Timetable.id).where(
                Timetable.school_id == school_id,
                Timetable.year_id == year_id,
                Timetable.state == TimetableState.PUBLISHED,
                on(day, Timetable),
            )
        )
        if version:
            made = await generate_lessons(work, school_id, version.id, day, day)
            for taken, title in made.left_out:
                raise busy(taken, title, field)
    await check_free(work, moved, dict.fromkeys(moved, dict.fromkeys(Taken, field)), frozenset(Taken))
