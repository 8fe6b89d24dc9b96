"""The demo school's plan on paper: profiles, how years divide, hours a week of each class, and their load."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rules.curriculum import usual_period_kind

from .demo_curriculum import COMPONENTS, FORMED, PROFILES, SUBJECTS, TALK_HOURS
from .demo_plan import Course, Plan, profile_of
from .demo_rows import Rows

WRITTEN_AT = datetime(2025, 8, 28, 7, tzinfo=UTC)


def _parts(course: Course) -> Iterator[tuple[int, int]]:
    """The hours of a course by component: those that the school added, and the rest."""
    formed = FORMED.get(SUBJECTS[course.subject].name, 0) if course.of.grade >= 5 else 0
    for component, hours in enumerate((course.hours - formed, formed)):
        if hours:
            yield component, hours


def add_hours(rows: Rows, plan: Plan) -> None:
    """The plan of each class, and for each grade and profile the load of components that it makes up."""
    entries = [(course.of, course.subject, *part) for course in plan.courses for part in _parts(course)]
    entries += [(each, len(SUBJECTS), len(COMPONENTS) - 1, TALK_HOURS) for each in plan.classes]
    loads: dict[tuple[int, int, int | None], dict[int, int]] = {}
    for of, subject, component, hours in entries:
        rows.add(
            "plan_hours",
            class_id=of.number,
            subject_id=subject,
            component_id=component,
            hours=hours,
            changed_at=WRITTEN_AT,
        )
        load = loads.setdefault((component, of.grade, profile_of(of)), {})
        load[of.number] = load.get(of.number, 0) + hours
    for (component, grade, profile), load in loads.items():
        hours = max(load.values())
        rows.add("component_load", component_id=component, grade=grade, profile_id=profile, hours=hours)
    for grade in sorted({each.grade for each in plan.classes}):
        rows.add("period_rule", year_id=0, grade=grade, kind=usual_period_kind(grade).value)


def add_profiles(rows: Rows) -> None:
    """Those of the oldest grades."""
    for name in PROFILES:
        rows.add("profile", year_id=0, name=name, grades=[10, 11])
