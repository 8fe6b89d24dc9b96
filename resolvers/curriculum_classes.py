"""Commands on classes and who leads them, and on who teaches what to whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, ClassLeadership, SchoolClass, StudyGroup, TeachingAssignment
from models.curriculum_plan import PlanHours
from models.school import Staff
from models.timetable import Lesson
from permissions.curriculum_write import (
    assignments_to_change,
    classes_to_plan,
    groups_to_teach,
    staff_to_employ,
    years_to_plan,
)
from rules.curriculum import GroupKind, check_past
from rules.curriculum_plan import MOST_ENTRIES, check_class, check_hours, usual_week_days
from rules.curriculum_year import check_inside, check_span, meet
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import LessonState
from rules.timetable_corrections import Taken, collision

from .commands import Work, among, command, refusing
from .context import Context
from .curriculum_dates import check_divided_so, check_profiles_of, period_kind_of
from .curriculum_subjects import check_subjects

_DAY = timedelta(days=1)
_TAKEN = Refusal(RefusalCode.ALREADY_EXISTS, "Такой класс в этом году уже есть.", "letter")


async def create_class(
    context: Context, year_id: int, grade: int, letter: str, values: Mapping[str, Any], key: str | None
) -> int:
    """Add a class with the group of the whole class (5.9). Its year is divided by rule unless told otherwise."""
    given = {"year": year_id, "grade": grade, "letter": letter, **values}
    async with command(context, "createClass", given, key=key) as work:
        await work.one(years_to_plan(work.viewer).where(AcademicYear.id == year_id), "yearId")
        if work.repeated:
            return int(work.answer)
        profile = values.get("profile_id")
        if profile is not None:
            await check_profiles_of(work, year_id, {"profileId": (profile, grade)})
        known: dict[str, Any] = {"shift": 1, "capacity": None, "week_days": usual_week_days(grade), "letter": letter}
        known |= values
        check_class(grade, known)
        known["period_kind"] = values.get("period_kind") or await period_kind_of(work, year_id, grade, profile)
        own = {"school_id": work.viewer.school_id, "year_id": year_id, "grade": grade}
        new = upsert(SchoolClass).values(**own, **known).on_conflict_do_nothing().returning(SchoolClass.id)
        row = await work.first(new)
        if row is None:
            raise _TAKEN
        whole = {"school_id": work.viewer.school_id, "class_id": row.id, "kind": GroupKind.WHOLE}
        await work.execute(insert(StudyGroup).values(**whole))
        return int(await work.done(row.id))


async def update_class(context: Context, class_id: int, values: Mapping[str, Any]) -> int:
    """Change a class. With another profile its year is divided by that one's rule, unless told otherwise."""
    async with command(context, "updateClass", {"class": class_id, **values}) as work:
        of = await work.one(classes_to_plan(work.viewer).where(SchoolClass.id == class_id), "classId")
        changes = dict(values)
        if changes.get("profile_id") is not None:
            await check_profiles_of(work, of.year_id, {"profileId": (changes["profile_id"], of.grade)})
        check_class(of.grade, {name: of[name] for name in ("letter", "shift", "capacity", "week_days")} | changes)
        if not changes.get("period_kind"):
            changes.pop("period_kind", None)
            if "profile_id" in changes and changes["profile_id"] != of.profile_id:
                changes["period_kind"] = await period_kind_of(work, of.year_id, of.grade, changes["profile_id"])
        if "period_kind" in changes:
            await check_divided_so(work, SchoolClass.id == class_id, changes["period_kind"], "periodKind")
        if changes:
            mine = (SchoolClass.school_id == work.viewer.school_id, SchoolClass.id == class_id)
            with refusing(asyncpg.UniqueViolationError, _TAKEN):
                await work.execute(update(SchoolClass).where(*mine).values(**changes))
    return class_id


async def delete_class(context: Context, class_id: int) -> int:
    """Take away a class in which nobody has been and nothing has been taught, with what was planned of it."""
    async with command(context, "deleteClass", {"class": class_id}) as work:
        await work.one(classes_to_plan(work.viewer).where(SchoolClass.id == class_id), "classId")
        used = Refusal(RefusalCode.IN_USE, "В классе уже есть ученики, учителя или уроки.", "classId")
        with refusing(asyncpg.ForeignKeyViolationError, used):
            for model in (PlanHours, StudyGroup):
                own = (model.school_id == work.viewer.school_id, model.class_id == class_id)
                await work.execute(delete(model).where(*own))
            own = (SchoolClass.school_id == work.viewer.school_id, SchoolClass.id == class_id)
            await work.execute(delete(SchoolClass).where(*own))
    return class_id


async def appoint_class_teacher(context: Context, class_id: int, staff_id: int, starts_on: date) -> int:
    """Appoint the class teacher from a day on (12.1); who was it before is until the day before."""
    given = {"class": class_id, "staff": staff_id, "startsOn": starts_on}
    async with command(context, "appointClassTeacher", given) as work:
        of = await work.one(classes_to_plan(work.viewer).where(SchoolClass.id == class_id), "classId")
        check_inside(starts_on, (of.year_starts_on, of.year_ends_on), "startsOn", "12.1")
        employed = (await _staff(work, {staff_id})).get(staff_id)
        last = _last_day(employed, starts_on, None, of.year_ends_on, "staffId")
        own = (ClassLeadership.school_id == work.viewer.school_id, ClassLeadership.class_id == class_id)
        rows = await work.fetch(
            select(
                ClassLeadership.id, ClassLeadership.staff_id, ClassLeadership.starts_on, ClassLeadership.ends_on
            ).where(*own)
        )
        standing = [row for row in rows if meet((starts_on, None), (row.starts_on, row.ends_on))]
        same = [row for row in standing if (row.staff_id, row.ends_on) == (staff_id, last)]
        if same and standing == same and same[0].starts_on <= starts_on:
            return class_id
        later = [row.id for row in standing if row.starts_on >= starts_on]
        check_past(starts_on, work.today, bool(later), "startsOn")
        await work.execute(delete(ClassLeadership).where(*own, among(ClassLeadership.id, later)))
        before = [row.id for row in standing if row.starts_on < starts_on]
        ended = update(ClassLeadership).where(*own, among(ClassLeadership.id, before))
        await work.execute(ended.values(ends_on=starts_on - _DAY))
        days = {"starts_on": starts_on, "ends_on": last}
        new = {"school_id": work.viewer.school_id, "class_id": class_id, "staff_id": staff_id, **days}
        await work.execute(insert(ClassLeadership).values(**new))
    return class_id


async def _staff(work: Work, numbers: Collection[int]) -> dict[int, Any]:
    """Employees with their first and last day, as they are while the command lasts."""
    return {row.id: row for row in await work.reach(staff_to_employ().where(among(Staff.id, numbers)))}


def _last_day(employed: Any, starts_on: date, ends_on: date | None, year_ends_on: date, field: str) -> date:
    """The last day that an employee may be given: the one asked for, or else the year's or their own last one."""
    if employed is None:
        raise not_found(field)
    until = employed.dismissed_on or date.max
    if not employed.hired_on <= starts_on <= until or (ends_on or starts_on) > until:
        raise Refusal(RefusalCode.NOT_EMPLOYED, "В эти дни сотрудник в школе не работает.", field)
    return ends_on or min(year_ends_on, until)


# Teaching assignments


@dataclass(frozen=True)
class Assigned:
    """Who is to teach what to whom, from when and until when, and how many hours, if not all of the plan."""

    group_id: int
    subject_id: int
    staff_id: int
    starts_on: date
    ends_on: date | None = None
    hours: float | None = None


async def assign_teachers(
    context: Context, name: str, entries: Sequence[Assigned], path: str, key: str | None
) -> list[int]:
    """Give teachers their subjects and groups (5.2): all of them, or none. `path` names the input field."""
    given = {"entries": [[*vars(each).values()] for each in entries]}
    async with command(context, name, given, key=key) as work:
        if not 1 <= len(entries) <= MOST_ENTRIES:
            raise bad_input(f"За один раз можно назначить от 1 до {MOST_ENTRIES} учителей.", "entries")
        numbers = {each.group_id for each in entries}
        found = await work.reach(groups_to_teach(work.viewer).where(among(StudyGroup.id, numbers)))
        groups = {row.id: row for row in found}
        if missing := [n for n, each in enumerate(entries) if each.group_id not in groups]:
            raise Refusal(
                RefusalCode.NOT_FOUND,
                "Не найдено или недоступно для изменения.",
                f"{path.format(missing[0])}groupId",
            )
        if work.repeated:
            return [int(each) for each in work.answer]
        await check_subjects(work, {f"{path.format(n)}subjectId": each.subject_id for n, each in enumerate(entries)})
        standing, staff = await _standing(work, numbers), await _staff(work, {each.staff_id for each in entries})
        rows = []
        for position, each in enumerate(entries):
            field = path.format(position)
            last = _check_assigned(groups[each.group_id], staff.get(each.staff_id), each, field)
            place = (each.group_id, each.subject_id, each.staff_id)
            _check_free(standing, *place, (each.starts_on, last), f"{field}staffId")
            values = {**vars(each), "ends_on": last}
            standing.append(values)
            rows.append({"school_id": work.viewer.school_id, **values})
        made = {}
        columns = ("id", "group_id", "subject_id", "staff_id", "starts_on")
        query = insert(TeachingAssignment).values(rows)
        for row in await work.fetch(query.returning(*(getattr(TeachingAssignment, name) for name in columns))):
            made[row.group_id, row.subject_id, row.staff_id, row.starts_on] = row.id
        answer = [made[each.group_id, each.subject_id, each.staff_id, each.starts_on] for each in entries]
        return [int(each) for each in await work.done(answer)]


def _check_assigned(group: Any, employed: Any, each: Assigned, path: str) -> date:
    """Refuse what cannot be taught there then; gives the last day."""
    if group.subject_id not in (None, each.subject_id):
        raise Refusal(RefusalCode.BAD_INPUT, "Это подгруппа другого предмета.", f"{path}subjectId", "5.2")
    year = (group.year_starts_on, group.year_ends_on)
    check_inside(each.starts_on, year, f"{path}startsOn")
    if each.ends_on is not None:
        check_span((each.starts_on, each.ends_on), f"{path}endsOn")
        check_inside(each.ends_on, year, f"{path}endsOn")
    if each.hours is not None:
        check_hours(each.hours, f"{path}hours")
    return _last_day(employed, each.starts_on, each.ends_on, group.year_ends_on, f"{path}staffId")


async def _standing(work: Work, groups: Any) -> list[Any]:
    """The assignments of groups whose locks keep others out."""
    names = ("id", "group_id", "subject_id", "staff_id", "starts_on", "ends_on")
    query = select(*(getattr(TeachingAssignment, name) for name in names))
    own = TeachingAssignment.school_id == work.viewer.school_id
    return await work.fetch(query.where(own, among(TeachingAssignment.group_id, groups)))


def _check_free(
    standing: Sequence[Any], group: int, subject: int, staff: int, days: tuple[date, date], field: str
) -> None:
    """Refuse an assignment that the teacher has already on some of the days."""
    for row in standing:
        if (row["group_id"], row["subject_id"], row["staff_id"]) == (group, subject, staff) and meet(
            days, (row["starts_on"], row["ends_on"])
        ):
            raise Refusal(RefusalCode.OVERLAP, "Этот учитель уже ведёт этот предмет в группе в эти дни.", field, "5.2")


async def hand_over_assignment(
    context: Context, assignment_id: int, staff_id: int, starts_on: date, key: str | None
) -> int:
    """Give an assignment to another teacher from a day on, with the lessons that are still planned from then."""
    given = {"assignment": assignment_id, "staff": staff_id, "startsOn": starts_on}
    async with command(context, "handOverAssignment", given, key=key) as work:
        scope = assignments_to_change(work.viewer).where(TeachingAssignment.id == assignment_id)
        old = await work.one(scope, "assignmentId")
        if work.repeated:
            return int(work.answer)
        last = old.ends_on or old.year_ends_on
        if not old.starts_on < starts_on <= last:
            raise bad_input(f"День передачи — после {old.starts_on:%d.%m.%Y} и не позже {last:%d.%m.%Y}.", "startsOn")
        if staff_id == old.staff_id:
            raise bad_input("Это тот же учитель.", "staffId")
        employed = (await _staff(work, {staff_id})).get(staff_id)
        last = min(last, _last_day(employed, starts_on, None, last, "staffId"))
        place = (old.group_id, old.subject_id)
        _check_free(await _standing(work, [old.group_id]), *place, staff_id, (starts_on, last), "staffId")
        await _end(work, assignment_id, starts_on - _DAY)
        own = {"school_id": work.viewer.school_id, "group_id": old.group_id, "subject_id": old.subject_id}
        new = {**own, "staff_id": staff_id, "starts_on": starts_on, "ends_on": last, "hours": old.hours}
        row = await work.first(insert(TeachingAssignment).values(**new).returning(TeachingAssignment.id))
        handed = await work.fetch(
            update(Lesson)
            .where(
                *(getattr(Lesson, name) == value for name, value in own.items()),
                Lesson.teacher_id == old.staff_id,
                Lesson.state == LessonState.PLANNED,
                Lesson.date.between(starts_on, last),
            )
            .values(
                teacher_id=staff_id,
                substitute_id=func.nullif(Lesson.substitute_id, staff_id),
                version=Lesson.version + 1,
                **work.stamp,
            )
            .returning(Lesson.id)
        )
        await _check_in_one_place(work, staff_id, [lesson.id for lesson in handed])
        return int(await work.done(row.id))


async def _check_in_one_place(work: Work, staff_id: int, lessons: Collection[int]) -> None:
    """Refuse these lessons to a teacher who gives another one at the same time (6.1)."""
    mine, other = aliased(Lesson), aliased(Lesson)
    found = await work.first(
        select(other.id, other.date, other.number)
        .join(
            mine,
            and_(
                *(mine.school_id == other.school_id, mine.id != other.id, mine.date == other.date),
                *(mine.starts_at < other.ends_at, other.starts_at < mine.ends_at),
            ),
        )
        .where(
            *(other.school_id == work.viewer.school_id, other.state != LessonState.CANCELLED),
            func.coalesce(other.substitute_id, other.teacher_id) == staff_id,
            *(among(mine.id, lessons), func.coalesce(mine.substitute_id, mine.teacher_id) == staff_id),
        )
        .order_by(other.date, other.starts_at, other.id)
        .limit(1)
    )
    if found is not None:
        other_lesson = f"{found.date:%d.%m.%Y}, урок {found.number}"
        raise collision(Taken.TEACHER, other_lesson, found.id, "staffId")


async def end_assignment(context: Context, assignment_id: int, ends_on: date) -> int:
    """Say on which day an assignment ends, no later than it would."""
    async with command(context, "endAssignment", {"assignment": assignment_id, "endsOn": ends_on}) as work:
        scope = assignments_to_change(work.viewer).where(TeachingAssignment.id == assignment_id)
        old = await work.one(scope, "assignmentId")
        last = old.ends_on or old.year_ends_on
        if not old.starts_on <= ends_on <= last:
            raise bad_input(f"Последний день — с {old.starts_on:%d.%m.%Y} по {last:%d.%m.%Y}.", "endsOn")
        await _end(work, assignment_id, ends_on)
    return assignment_id


async def _end(work: Work, assignment_id: int, day: date) -> None:
    mine = (TeachingAssignment.school_id == work.viewer.school_id, TeachingAssignment.id == assignment_id)
    await work.execute(update(TeachingAssignment).where(*mine).values(ends_on=day))
