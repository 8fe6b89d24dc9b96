"""What composed reports stand on: each source's rows and fields, of nothing but scopes of the composer's own roles."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Integer, Numeric, Text, and_, case, cast, collate, extract, func, literal, or_

from models.base import russian_key
from models.movement import MovementItem
from rules.account import Role
from rules.curriculum_year import PERIODS_IN_YEAR
from rules.report_constructor import without_names
from rules.report_sources import ReportSource

from .curriculum import (
    visible_classes,
    visible_enrolments,
    visible_groups,
    visible_periods,
    visible_subjects,
    visible_years,
)
from .journal import visible_attendance, visible_homework, visible_marks
from .journal_finals import visible_final_marks
from .movement import visible_movement_counts
from .school import (
    visible_guardians,
    visible_guardianships,
    visible_staff_cards,
    visible_staff_counts,
    visible_student_cards,
    visible_students,
)
from .scopes import Scope, on
from .timetable import visible_lessons
from .viewer import reach

Roles = frozenset[Role]


@dataclass(frozen=True)
class Source:
    """rows: what to select from. fields: the white list's names as SQL. person: on whom a row rests, or None. order: by
    what a field is put into order, where that is not its own value: each time what one value always has.
    """

    rows: Any
    fields: Mapping[str, Any]
    person: Any = None
    order: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def _of(scope: Scope, roles: Roles, name: str) -> Any:
    """The rows that the roles see, as a table."""
    return scope.for_roles(roles).subquery(name)


def _to(rows: Any, owner: Any, column: str, other: Any, *more: Any) -> Any:
    """The rows with the one row of `other` beside each, to which the column refers: none is lost, and none doubled."""
    return rows.outerjoin(
        other, and_(other.c.school_id == owner.c.school_id, other.c.id == getattr(owner.c, column), *more)
    )


def _class_fields(class_: Any) -> dict[str, Any]:
    return {
        "grade": class_.c.grade,
        "class": cast(class_.c.grade, Text) + class_.c.letter,
        "shift": class_.c.shift,
    }


def _class_order(class_: Any) -> dict[str, Sequence[Any]]:
    """1А before 10А."""
    return {"class": (class_.c.grade, russian_key(class_.c.letter))}


def _year_order(year: Any) -> dict[str, Sequence[Any]]:
    return {"year": (year.c.starts_on,)}


def _period_order(period: Any) -> dict[str, Sequence[Any]]:
    """By the part of its year at which a period begins and ends, whatever the year, so that equal names stand together:
    I четверть, I полугодие, II четверть.
    """
    part = 1 / case(
        *((period.c.kind == kind.value, literal(parts, Numeric)) for kind, parts in PERIODS_IN_YEAR.items())
    )
    return {"period": ((period.c.number - 1) * part, period.c.number * part)}


def _numbered(text: Any) -> Any:
    """What puts texts with numbers in them into order: 9 before 10."""
    long = func.regexp_replace(russian_key(text), r"(\d+)", "0" * _DIGITS + r"\1", "g", type_=Text)
    return collate(func.regexp_replace(long, rf"\d*(\d{{{_DIGITS}}})", r"\1", "g", type_=Text), "C")


_DIGITS = 20
"""As long numbers are made, to be compared as texts."""


def _year_fields(year: Any) -> dict[str, Any]:
    return {"year": year.c.name, "yearState": year.c.state}


def _name(person: Any) -> Any:
    return func.concat_ws(" ", person.c.family_name, person.c.given_name, person.c.patronymic, type_=Text)


def _birth_year(person: Any) -> Any:
    return extract("year", person.c.birth_date).cast(Integer)


def _name_fields(person: Any) -> dict[str, Any]:
    return {"name": _name(person), "familyName": person.c.family_name}


def _birth_fields(person: Any) -> dict[str, Any]:
    age = extract("year", func.age(reach.today, person.c.birth_date)).cast(Integer)
    return {"birthDate": person.c.birth_date, "age": age}


def _contact_fields(person: Any) -> dict[str, Any]:
    return {"phone": person.c.phone, "email": person.c.email, "address": person.c.address}


def _sex_fields(card: Any) -> dict[str, Any]:
    return {"sex": card.c.sex, "birthYear": _birth_year(card)}


def _students(roles: Roles) -> Source:
    student, stay = _of(visible_student_cards, roles, "student"), _of(visible_enrolments, roles, "stay")
    class_ = _of(visible_classes, roles, "class")
    now = and_(stay.c.school_id == student.c.school_id, stay.c.student_id == student.c.id, on(reach.today, stay.c))
    rows = _to(student.outerjoin(stay, now), stay, "class_id", class_)
    fields = {
        **_sex_fields(student),
        **_name_fields(student),
        **_birth_fields(student),
        **_contact_fields(student),
        **_class_fields(class_),
        "fileNumber": student.c.file_number,
        "enrolled": stay.c.id.is_not(None),
        "individualPlan": student.c.individual_plan,
        "taughtAtHome": student.c.taught_at_home,
    }
    order = {**_class_order(class_), "fileNumber": (_numbered(student.c.file_number),)}
    return Source(rows, fields, student.c.id, order)


def _enrolments(roles: Roles) -> Source:
    stay, card = _of(visible_enrolments, roles, "stay"), _of(visible_student_cards, roles, "student")
    class_, year = _of(visible_classes, roles, "class"), _of(visible_years, roles, "year")
    rows = _to(_to(_to(stay, stay, "class_id", class_), class_, "year_id", year), stay, "student_id", card)
    fields = {
        "startsOn": stay.c.starts_on,
        "endsOn": stay.c.ends_on,
        **_class_fields(class_),
        **_year_fields(year),
        **_sex_fields(card),
        **_name_fields(card),
        **_birth_fields(card),
    }
    return Source(rows, fields, stay.c.student_id, {**_class_order(class_), **_year_order(year)})


def _guardians(roles: Roles) -> Source:
    ward, guardian = _of(visible_guardianships, roles, "guardianship"), _of(visible_guardians, roles, "guardian")
    student = _of(visible_students, roles, "student")
    rows = _to(_to(ward, ward, "guardian_id", guardian), ward, "student_id", student)
    fields = {
        **_name_fields(guardian),
        **_contact_fields(guardian),
        "kind": ward.c.kind,
        "startsOn": ward.c.starts_on,
        "endsOn": ward.c.ends_on,
        "student": _name(student),
    }
    return Source(rows, fields, ward.c.guardian_id)


def _staff(roles: Roles) -> Source:
    nameless = without_names(roles)
    staff = _of(visible_staff_counts if nameless else visible_staff_cards, roles, "staff")
    employed = and_(
        staff.c.hired_on <= reach.today, or_(staff.c.dismissed_on.is_(None), staff.c.dismissed_on >= reach.today)
    )
    fields = {"position": staff.c.position, "category": staff.c.category, "employed": employed}
    order = {}
    if not nameless:
        fields |= {
            **_name_fields(staff),
            **_birth_fields(staff),
            **_contact_fields(staff),
            "hiredOn": staff.c.hired_on,
            "dismissedOn": staff.c.dismissed_on,
            "number": staff.c.number,
            "diploma": staff.c.diploma,
        }
        order = {"number": (_numbered(staff.c.number),)}
    return Source(staff, fields, staff.c.id, order)


def _classes(roles: Roles) -> Source:
    class_, year = _of(visible_classes, roles, "class"), _of(visible_years, roles, "year")
    fields = {**_class_fields(class_), **_year_fields(year), "capacity": class_.c.capacity}
    order = {**_class_order(class_), **_year_order(year)}
    return Source(_to(class_, class_, "year_id", year), fields, order=order)


def _month(day: Any) -> Any:
    return func.to_char(day, "YYYY-MM", type_=Text)


def _movement(roles: Roles) -> Source:
    moved = _of(visible_movement_counts, roles, "moved")
    # Whom an item moves is asked only to know how many people a figure rests on.
    rows = moved.join(MovementItem, and_(MovementItem.school_id == moved.c.school_id, MovementItem.id == moved.c.id))
    fields = {
        "kind": moved.c.kind,
        "effectiveOn": moved.c.effective_on,
        "month": _month(moved.c.effective_on),
        "grade": moved.c.grade,
    }
    return Source(rows, fields, MovementItem.student_id)


def _final_marks(roles: Roles) -> Source:
    mark, card = _of(visible_final_marks, roles, "mark"), _of(visible_student_cards, roles, "student")
    class_, year = _of(visible_classes, roles, "class"), _of(visible_years, roles, "year")
    period, subject = _of(visible_periods, roles, "period"), _of(visible_subjects, roles, "subject")
    rows = _to(_to(mark, mark, "class_id", class_), mark, "year_id", year)
    rows = _to(_to(rows, mark, "period_id", period), mark, "subject_id", subject)
    fields = {
        "value": mark.c.value,
        "number": mark.c.number,
        "kind": mark.c.kind,
        "period": period.c.name,
        "subject": subject.c.name,
        **_class_fields(class_),
        **_year_fields(year),
        **_sex_fields(card),
    }
    order = {**_class_order(class_), **_year_order(year), **_period_order(period)}
    return Source(_to(rows, mark, "student_id", card), fields, mark.c.student_id, order)


def _at_lesson(rows: Any, lesson: Any, day: Any, roles: Roles) -> tuple[Any, dict[str, Any], dict[str, Sequence[Any]]]:
    """The rows with the lesson's subject, class and year beside them, the fields that these make, and their order."""
    group, class_ = _of(visible_groups, roles, "group"), _of(visible_classes, roles, "class")
    year, subject = _of(visible_years, roles, "year"), _of(visible_subjects, roles, "subject")
    rows = _to(_to(rows, lesson, "subject_id", subject), lesson, "group_id", group)
    rows = _to(_to(rows, group, "class_id", class_), class_, "year_id", year)
    fields = {"date": day, "month": _month(day), "subject": subject.c.name}
    order = {**_class_order(class_), **_year_order(year)}
    return rows, {**fields, **_class_fields(class_), **_year_fields(year)}, order


def _of_student_at_lesson(scope: Scope, roles: Roles, *names: str, **renamed: str) -> Source:
    """What a student gets at a lesson."""
    got, lesson = _of(scope, roles, "got"), _of(visible_lessons, roles, "lesson")
    card = _of(visible_student_cards, roles, "student")
    rows, fields, order = _at_lesson(_to(got, got, "lesson_id", lesson), lesson, got.c.lesson_date, roles)
    own = {name: got.c[column] for name, column in ({name: name for name in names} | renamed).items()}
    fields = {**own, **fields, **_sex_fields(card)}
    return Source(_to(rows, got, "student_id", card), fields, got.c.student_id, order)


def _marks(roles: Roles) -> Source:
    return _of_student_at_lesson(visible_marks, roles, "value", "number", "weight")


def _attendance(roles: Roles) -> Source:
    return _of_student_at_lesson(visible_attendance, roles, "code", minutesLate="minutes_late")


def _lessons(roles: Roles) -> Source:
    lesson = _of(visible_lessons, roles, "lesson")
    rows, fields, order = _at_lesson(lesson, lesson, lesson.c.date, roles)
    own = {"lesson": lesson.c.number, "state": lesson.c.state, "hasTopic": lesson.c.topic.is_not(None)}
    return Source(rows, {**own, **fields}, order=order)


def _homework(roles: Roles) -> Source:
    work, lesson = _of(visible_homework, roles, "work"), _of(visible_lessons, roles, "lesson")
    rows, fields, order = _at_lesson(_to(work, work, "lesson_id", lesson), lesson, work.c.lesson_date, roles)
    return Source(rows, {**fields, "dueOn": work.c.due_on}, order=order)


_BUILD: Mapping[ReportSource, Callable[[Roles], Source]] = {
    ReportSource.STUDENTS: _students,
    ReportSource.ENROLMENTS: _enrolments,
    ReportSource.GUARDIANS: _guardians,
    ReportSource.STAFF: _staff,
    ReportSource.CLASSES: _classes,
    ReportSource.MOVEMENT: _movement,
    ReportSource.FINAL_MARKS: _final_marks,
    ReportSource.MARKS: _marks,
    ReportSource.ATTENDANCE: _attendance,
    ReportSource.LESSONS: _lessons,
    ReportSource.HOMEWORK: _homework,
}


@cache
def _source(source: ReportSource, roles: Roles) -> Source:
    return _BUILD[source](roles)


def source_for(source: ReportSource, roles: Collection[Role]) -> Source:
    """The source as these roles see it."""
    return _source(source, frozenset(roles))
