"""Commands on the school year: its days, periods, holidays, and which classes it is divided for in which way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import AcademicYear, Holiday, Period, SchoolClass, StudyGroup
from models.curriculum_plan import PeriodRule, Profile
from models.journal_finals import FinalMark, PeriodClosing
from models.timetable import Lesson
from permissions.curriculum_write import schools_to_keep, schools_to_open, years_to_plan
from permissions.scopes import same
from rules.curriculum import PeriodKind, usual_period_kind
from rules.curriculum_plan import NAME_LENGTH, check_profile
from rules.curriculum_year import (
    check_grade,
    check_holidays,
    check_inside,
    check_not_carried,
    check_periods,
    check_year,
    period_name,
)
from rules.journal import check_text
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import LessonState

from .commands import Work, among, command
from .context import Context


@dataclass(frozen=True)
class Days:
    """A period or a holiday as it is asked for."""

    name: str | None
    starts_on: date
    ends_on: date
    grades: Sequence[int] | None = None

    @property
    def noted(self) -> list[Any]:
        """As the audit trail keeps it."""
        return [self.name, self.starts_on, self.ends_on, self.grades]


async def create_year(context: Context, name: str, starts_on: date, ends_on: date, key: str | None) -> int:
    """Open a school year by itself: the first, or one long past. Its periods, holidays and plan are the deputy's to
    enter. The year after one with classes takes them over, so it comes by a transition (12.1, 12.2).
    """
    given = {"name": name, "startsOn": starts_on, "endsOn": ends_on}
    async with command(context, "createYear", given, key=key) as work:
        await work.one(schools_to_open(work.viewer), "name")
        if work.repeated:
            return int(work.answer)
        check_text(name, NAME_LENGTH, "name", required=True)
        others = await _years(work)
        check_year((starts_on, ends_on), [(each.starts_on, each.ends_on) for each in others], "startsOn")
        _check_name(name, others)
        check_not_carried((starts_on, ends_on), [(each.starts_on, each.ends_on) for each in others if each.taught])
        values = {"school_id": work.viewer.school_id, "name": name, "starts_on": starts_on, "ends_on": ends_on}
        row = await work.first(insert(AcademicYear).values(**values).returning(AcademicYear.id))
        return int(await work.done(row.id))


async def update_year(context: Context, year_id: int, values: Mapping[str, Any]) -> int:
    """Correct a year's name or days (5.2, 12.1): its periods, holidays and lessons must stay inside."""
    async with command(context, "updateYear", {"year": year_id, **values}) as work:
        await work.one(schools_to_keep(work.viewer), "yearId")
        years = {each.id: each for each in await _years(work)}
        year = years.pop(year_id, None)
        if year is None:
            raise not_found("yearId")
        for column, field in (("starts_on", "startsOn"), ("ends_on", "endsOn")):
            if column in values and values[column] is None:
                raise bad_input("День учебного года нужен.", field)
        name = values.get("name", year.name)
        span = (values.get("starts_on", year.starts_on), values.get("ends_on", year.ends_on))
        check_text(name, NAME_LENGTH, "name", required=True)
        check_year(span, [(each.starts_on, each.ends_on) for each in years.values()], "startsOn")
        _check_name(name, years.values())
        for row in await _spans(work, year_id):
            check_inside(row.starts_on, span, "startsOn")
            check_inside(row.ends_on, span, "endsOn")
        if values:
            mine = (AcademicYear.school_id == work.viewer.school_id, AcademicYear.id == year_id)
            await work.execute(update(AcademicYear).where(*mine).values(**values))
    return year_id


async def _spans(work: Work, year_id: int) -> list[Any]:
    """The first and last days of what lies in a year: of each period and holiday, and of all its lessons."""
    own = [
        select(model.starts_on, model.ends_on).where(model.school_id == work.viewer.school_id, model.year_id == year_id)
        for model in (Period, Holiday)
    ]
    lessons = (
        select(func.min(Lesson.date), func.max(Lesson.date))
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(
            *(Lesson.school_id == work.viewer.school_id, SchoolClass.year_id == year_id),
            Lesson.state != LessonState.CANCELLED,
        )
        .having(func.count() > 0)
    )
    return await work.fetch(union_all(*own, lessons))


async def _years(work: Work) -> list[Any]:
    taught = exists().where(SchoolClass.school_id == AcademicYear.school_id, SchoolClass.year_id == AcademicYear.id)
    return await work.fetch(
        select(AcademicYear.id, AcademicYear.name, AcademicYear.starts_on, AcademicYear.ends_on, taught.label("taught"))
        .where(AcademicYear.school_id == work.viewer.school_id)
        .with_for_update(key_share=True)
    )


def _check_name(name: str, others: Any) -> None:
    if any(each.name == name for each in others):
        raise Refusal(RefusalCode.ALREADY_EXISTS, "Учебный год с таким названием уже есть.", "name")


async def set_periods(context: Context, year_id: int, kind: PeriodKind, periods: Sequence[Days]) -> int:
    """Set the whole division of one kind for a year (5.2)."""
    given = {"year": year_id, "kind": kind, "periods": [each.noted for each in periods]}
    async with command(context, "setPeriods", given) as work:
        year = await work.one(years_to_plan(work.viewer).where(AcademicYear.id == year_id), "yearId")
        check_periods(kind, [(each.starts_on, each.ends_on) for each in periods], (year.starts_on, year.ends_on))
        rows = []
        for number, each in enumerate(periods, 1):
            check_text(each.name, NAME_LENGTH, f"periods.{number - 1}.name")
            days = {"starts_on": each.starts_on, "ends_on": each.ends_on}
            own = {"school_id": work.viewer.school_id, "year_id": year_id, "kind": kind, "number": number}
            rows.append({**own, "name": each.name or period_name(kind, number), **days})
        await _check_not_marked(work, rows)
        new = upsert(Period).values(rows)
        await work.execute(
            new.on_conflict_do_update(
                index_elements=[Period.school_id, Period.year_id, Period.kind, Period.number],
                set_={name: new.excluded[name] for name in ("name", "starts_on", "ends_on")},
            )
        )
    return year_id


async def _check_not_marked(work: Work, periods: Sequence[Mapping[str, Any]]) -> None:
    """Refuse other days for a period of which marks have been set: they sum up what lies in its days (7.7)."""
    used = or_(
        exists().where(FinalMark.school_id == Period.school_id, FinalMark.period_id == Period.id),
        exists().where(
            *(PeriodClosing.school_id == Period.school_id, PeriodClosing.period_id == Period.id),
            PeriodClosing.reopened_at.is_(None),
        ),
    )
    of = {(each["year_id"], each["kind"]) for each in periods}
    ((year, kind),) = of
    rows = await work.fetch(
        select(Period.id, Period.number, Period.starts_on, Period.ends_on)
        .where(Period.school_id == work.viewer.school_id, Period.year_id == year, Period.kind == kind, used)
        .order_by(Period.id)
    )
    for row in rows:
        wanted = periods[row.number - 1]
        for column, field in (("starts_on", "startsOn"), ("ends_on", "endsOn")):
            if wanted[column] != row[column]:
                message = "За этот период уже выставлены отметки, или он закрыт: его дни не меняются."
                where = f"periods.{row.number - 1}.{field}"
                raise Refusal(RefusalCode.IN_USE, message, where, "7.7", (("Period", row.id),))


async def check_divided_so(work: Work, classes: ColumnElement[bool], kind: PeriodKind, field: str) -> None:
    """Refuse another division of the year of classes that have marks of its periods, or one of them closed."""
    used = or_(
        exists().where(
            FinalMark.school_id == SchoolClass.school_id,
            FinalMark.class_id == SchoolClass.id,
            FinalMark.period_id.is_not(None),
        ),
        exists().where(
            *(PeriodClosing.school_id == SchoolClass.school_id, PeriodClosing.class_id == SchoolClass.id),
            PeriodClosing.reopened_at.is_(None),
        ),
    )
    rows = await work.fetch(
        select(SchoolClass.id)
        .where(SchoolClass.school_id == work.viewer.school_id, classes, SchoolClass.period_kind != kind, used)
        .order_by(SchoolClass.id)
    )
    if rows:
        message = "За периоды этих классов уже выставлены отметки, или период закрыт: деление года не меняется."
        raise Refusal(RefusalCode.IN_USE, message, field, "7.7", tuple(("SchoolClass", row.id) for row in rows))


async def set_holidays(context: Context, year_id: int, holidays: Sequence[Days]) -> int:
    """Set all holidays of a year (5.2, 6.6), some of them for some grades only."""
    given = {"year": year_id, "holidays": [each.noted for each in holidays]}
    async with command(context, "setHolidays", given) as work:
        year = await work.one(years_to_plan(work.viewer).where(AcademicYear.id == year_id), "yearId")
        spans = [((each.starts_on, each.ends_on), each.grades) for each in holidays]
        check_holidays(spans, (year.starts_on, year.ends_on))
        for position, each in enumerate(holidays):
            check_text(each.name, NAME_LENGTH, f"holidays.{position}.name", required=True)
        own = (Holiday.school_id == work.viewer.school_id, Holiday.year_id == year_id)
        known = await work.fetch(select(Holiday.id, Holiday.starts_on, Holiday.grades).where(*own))
        asked = {(each.starts_on, _sorted(each.grades)) for each in holidays}
        gone = [row.id for row in known if (row.starts_on, _sorted(row.grades)) not in asked]
        await work.execute(delete(Holiday).where(*own, among(Holiday.id, gone)))
        if holidays:
            new = upsert(Holiday).values(
                [
                    {
                        "school_id": work.viewer.school_id,
                        "year_id": year_id,
                        "name": each.name,
                        "starts_on": each.starts_on,
                        "ends_on": each.ends_on,
                        "grades": sorted(each.grades) if each.grades is not None else None,
                    }
                    for each in holidays
                ]
            )
            await work.execute(
                new.on_conflict_do_update(
                    index_elements=[Holiday.school_id, Holiday.year_id, Holiday.starts_on, Holiday.grades],
                    set_={name: new.excluded[name] for name in ("name", "ends_on")},
                )
            )
    return year_id


def _sorted(grades: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if grades is None else tuple(sorted(grades))


async def set_period_rule(
    context: Context, year_id: int, grade: int, profile_id: int | None, kind: PeriodKind | None
) -> int:
    """Say how the year of a grade's classes, or of a profile's among them, is divided (5.2); None takes the rule away.

    The classes that it speaks of are divided so at once; one may be given a division of its own afterwards.
    """
    given = {"year": year_id, "grade": grade, "profile": profile_id, "kind": kind}
    async with command(context, "setPeriodRule", given) as work:
        await work.one(years_to_plan(work.viewer).where(AcademicYear.id == year_id), "yearId")
        check_grade(grade)
        if profile_id is not None:
            await check_profiles_of(work, year_id, {"profileId": (profile_id, grade)})
        school = work.viewer.school_id
        await work.execute(
            delete(PeriodRule).where(
                PeriodRule.school_id == school,
                PeriodRule.year_id == year_id,
                PeriodRule.grade == grade,
                PeriodRule.profile_id.is_not_distinct_from(profile_id),
            )
        )
        if kind is not None:
            rule = {"school_id": school, "year_id": year_id, "grade": grade, "profile_id": profile_id, "kind": kind}
            await work.execute(insert(PeriodRule).values(**rule))
        has_rule = exists().where(
            PeriodRule.school_id == school,
            PeriodRule.year_id == year_id,
            PeriodRule.grade == grade,
            PeriodRule.profile_id == SchoolClass.profile_id,
        )
        spoken_of = or_(SchoolClass.profile_id.is_(None), ~has_rule)
        if profile_id is not None:
            spoken_of = SchoolClass.profile_id == profile_id
        divided = await period_kind_of(work, year_id, grade, profile_id)
        of = and_(SchoolClass.year_id == year_id, SchoolClass.grade == grade, spoken_of)
        # Locked like those whose marks are being decided: neither comes in between the other.
        mine = and_(SchoolClass.school_id == school, of)
        await work.fetch(select(SchoolClass.id).where(mine).order_by(SchoolClass.id).with_for_update(key_share=True))
        await check_divided_so(work, of, divided, "kind")
        await work.execute(update(SchoolClass).where(mine).values(period_kind=divided))
    return year_id


async def period_kind_of(work: Work, year_id: int, grade: int, profile_id: int | None) -> PeriodKind:
    """How the year of a class is divided: by its profile's rule, its grade's, or else as is usual."""
    rule = await work.first(
        select(PeriodRule.kind)
        .where(
            PeriodRule.school_id == work.viewer.school_id,
            PeriodRule.year_id == year_id,
            PeriodRule.grade == grade,
            or_(PeriodRule.profile_id.is_(None), PeriodRule.profile_id == profile_id),
        )
        .order_by(PeriodRule.profile_id.nulls_last())
    )
    return PeriodKind(rule.kind) if rule else usual_period_kind(grade)


async def check_profiles_of(work: Work, year_id: int, asked: Mapping[str, tuple[int, int]]) -> None:
    """Refuse, by input field, a profile of another year, or one that does not span the grade asked for with it. They
    stay as they are until the end.
    """
    rows = await work.fetch(
        select(Profile.id, Profile.grades)
        .where(
            Profile.school_id == work.viewer.school_id,
            Profile.year_id == year_id,
            among(Profile.id, {profile for profile, _ in asked.values()}),
        )
        .order_by(Profile.id)
        .with_for_update(read=True)
    )
    grades = {row.id: row.grades for row in rows}
    for field, (profile, grade) in asked.items():
        if profile not in grades:
            raise not_found(field)
        check_profile(grade, grades[profile], field)
