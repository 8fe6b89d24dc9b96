"""The parents' signatures under weeks of the diary: reads, and the command."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import Enrolment, SchoolClass
from models.journal_acknowledgements import WeekAcknowledgement
from models.school import Student
from models.timetable import Lesson
from permissions.journal_acknowledgements import children_to_sign_for, lesson_days, visible_acknowledgements
from permissions.scopes import of_school
from rules.account import Role
from rules.journal_acknowledgements import check_week, week_of

from .commands import command
from .context import Context
from .edges import Edge
from .edges_kinds import argument, parent_keys, to_one, to_page

_SUNDAY = timedelta(days=6)

acknowledgement_of = to_one(visible_acknowledgements, WeekAcknowledgement.id, of="acknowledgement_id")
student_acknowledgements = to_page(
    visible_acknowledgements,
    WeekAcknowledgement.student_id,
    of="id",
    order={"week_starts_on": WeekAcknowledgement.week_starts_on, "id": WeekAcknowledgement.id},
)


def _of_class(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Of those who were in the class on any day of that week."""
    of = parent_keys(SchoolClass.id.type)
    monday, sunday = argument("monday", Date), argument("sunday", Date)
    was_there = exists().where(
        of_school(Enrolment),
        Enrolment.class_id == of.c.key0,
        Enrolment.student_id == WeekAcknowledgement.student_id,
        Enrolment.starts_on <= sunday,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= monday),
    )
    return (
        visible_acknowledgements.for_roles(roles)
        .join_from(WeekAcknowledgement, of, and_(WeekAcknowledgement.week_starts_on == monday, was_there))
        .add_columns(of.c.key0.label("_key0"))
        .order_by(WeekAcknowledgement.student_id, WeekAcknowledgement.id)
    )


class_acknowledgements = Edge(visible_acknowledgements, ("id",), _of_class, many=True)


def of_week(day: date) -> dict[str, Any]:
    """The arguments of `class_acknowledgements` for the week of a day."""
    return {"monday": week_of(day), "sunday": week_of(day) + _SUNDAY}


async def acknowledge_week(context: Context, student_id: int, day: date) -> int:
    """Sign the week of a day in the diary of one's own child; a week that is signed stays as it is."""
    monday = week_of(day)
    async with command(context, "acknowledgeWeek", {"student": student_id, "week": monday}) as work:
        await work.one(children_to_sign_for().where(Student.id == student_id), "studentId")
        days = lesson_days(student_id).where(Lesson.date.between(monday, monday + _SUNDAY)).subquery("days")
        (last,) = await work.reach(select(func.max(days.c.date).label("day")))
        check_week(last.day, work.today)
        signed = {
            "school_id": work.viewer.school_id,
            "student_id": student_id,
            "guardian_id": work.viewer.guardian_id,
            "week_starts_on": monday,
        }
        made = await work.first(
            upsert(WeekAcknowledgement)
            .values(**signed, acknowledged_at=work.now)
            .on_conflict_do_nothing()
            .returning(WeekAcknowledgement.id)
        )
        here = [getattr(WeekAcknowledgement, name) == value for name, value in signed.items()]
        found = made or await work.first(select(WeekAcknowledgement.id).where(*here))
        return int(found.id)
