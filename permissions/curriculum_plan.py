"""Who may see profiles, components, the hours of the plan, how they stand to what is allowed, and what is missing."""

from typing import Any

from sqlalchemy import (
    Double,
    Select,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from models.curriculum import (
    AcademicYear,
    ClassLeadership,
    Holiday,
    Period,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from models.curriculum_plan import Component, ComponentLoad, PeriodRule, PlanHours, Profile
from models.school import Staff
from rules.account import Role
from rules.curriculum_plan import ComponentKind, PlanGapKind

from .curriculum import PLAN, YEARS, year_of
from .scopes import ALL, Rows, Scope, beside, columns, of_school, on, same, within
from .viewer import reach


def _of_years(model: Any, readers: frozenset[Role]) -> dict[Any, Any]:
    """The arms of what belongs to a year: families see that of the years in which their student was in a class."""
    return {
        readers: ALL,
        Role.STUDENT: year_of(model.year_id, reach.own_classes),
        Role.PARENT: year_of(model.year_id, reach.child_classes),
    }


visible_profiles = Scope("Profile", Rows(Profile), _of_years(Profile, PLAN))
visible_period_rules = Scope("PeriodRule", Rows(PeriodRule), {YEARS: ALL})
visible_components = Scope("Component", Rows(Component), _of_years(Component, PLAN))
visible_loads = Scope("ComponentLoad", Rows(ComponentLoad), {PLAN: ALL})


def _of_classes(column: Any) -> dict[Any, Any]:
    """The arms of a class's plan: one's own class's for students, their child's for parents."""
    return {
        PLAN: ALL,
        Role.STUDENT: within(column, reach.own_classes),
        Role.PARENT: within(column, reach.child_classes),
    }


visible_plan_hours = Scope(
    "PlanHours",
    Rows(
        PlanHours,
        beside(Component, "component_id", "position", "kind"),
        beside(Subject, "subject_id", subject_name="name"),
    ),
    _of_classes(PlanHours.class_id),
)


def _planned(*conditions: Any) -> Any:
    """Hours a week of a class's plan."""
    return select(func.sum(PlanHours.hours)).where(
        PlanHours.school_id == SchoolClass.school_id, PlanHours.class_id == SchoolClass.id, *conditions
    )


def is_lesson(class_id: Any, subject_id: Any) -> Any:
    """That the class's plan does not have the subject beside its lessons: extracurricular work is not marked."""
    # The kind stands in the statement's own text: PostgreSQL then knows it when it plans.
    extracurricular = literal_column(f"'{ComponentKind.EXTRACURRICULAR.value}'", Text)
    beside_lessons = (
        select(PlanHours.id)
        .join(Component, same(Component, PlanHours.component_id))
        .where(
            *(of_school(PlanHours), PlanHours.class_id == class_id, PlanHours.subject_id == subject_id),
            Component.kind == extracurricular,
        )
    )
    return ~beside_lessons.correlate_except(PlanHours, Component).exists()


_OF_COMPONENT = PlanHours.component_id == Component.id
_beside_lessons = (
    exists()
    .where(
        Component.school_id == PlanHours.school_id,
        Component.id == PlanHours.component_id,
        Component.kind == ComponentKind.EXTRACURRICULAR,
    )
    .correlate(PlanHours)
)


def _hours(query: Select[Any], *outer: Any) -> Any:
    """The number that a statement about rows of `outer` finds, or 0."""
    return func.coalesce(query.correlate(*outer).scalar_subquery(), 0.0, type_=Double)


_extracurricular = _hours(_planned(_beside_lessons), SchoolClass)
_lessons = _hours(_planned(~_beside_lessons), SchoolClass)

has_lessons = _lessons > 0
"""That the class's plan has hours to be taught in lessons, and not only beside them."""

visible_plan_totals = Scope(
    "PlanTotal",
    lambda: select(
        *columns(SchoolClass.id, SchoolClass.grade, SchoolClass.week_days),
        _lessons.label("planned"),
        _extracurricular.label("extracurricular"),
    ).where(of_school(SchoolClass)),
    _of_classes(SchoolClass.id),
)
"""What a class's plan comes to: for whoever sees the plan."""


def _allowed() -> Any:
    """The load of a component for a class: its profile's, or else the grade's."""
    return (
        select(ComponentLoad.hours)
        .where(
            ComponentLoad.school_id == SchoolClass.school_id,
            ComponentLoad.component_id == Component.id,
            ComponentLoad.grade == SchoolClass.grade,
            or_(ComponentLoad.profile_id.is_(None), ComponentLoad.profile_id == SchoolClass.profile_id),
        )
        .order_by(ComponentLoad.profile_id.nulls_last())
        .limit(1)
        .correlate(SchoolClass, Component)
        .scalar_subquery()
    )


def _components_of_classes(*added: Any) -> Select[Any]:
    """Each component of a class's year."""
    return (
        select(*added)
        .select_from(SchoolClass)
        .join(Component, and_(Component.school_id == SchoolClass.school_id, Component.year_id == SchoolClass.year_id))
        .where(of_school(SchoolClass))
    )


_of_component = _hours(_planned(_OF_COMPONENT), SchoolClass, Component)

visible_plan_checks = Scope(
    "PlanCheck",
    lambda: _components_of_classes(
        Component.id.label("component_id"),
        SchoolClass.id.label("class_id"),
        _of_component.label("planned"),
        _allowed().label("allowed"),
    ),
    _of_classes(SchoolClass.id),
)
"""What a class's plan comes to in each component, and what is allowed there: for whoever sees the plan."""


def _gap(gap: PlanGapKind, subject: Any, query: Select[Any]) -> Select[Any]:
    return query.with_only_columns(
        SchoolClass.school_id,
        SchoolClass.id.label("class_id"),
        literal(gap, Text).label("gap"),
        subject.label("subject_id"),
    )


def _gaps() -> Any:
    """What each class's plan lacks (5.2): an arm for each kind, with the subject where it is one's."""
    classes = select(SchoolClass.id).where(of_school(SchoolClass))
    none = cast(null(), SchoolClass.id.type)
    lessons = (
        select(PlanHours.id)
        .join(SchoolClass, and_(SchoolClass.school_id == PlanHours.school_id, SchoolClass.id == PlanHours.class_id))
        .where(of_school(SchoolClass))
        .distinct()
    )

    day = (
        select(func.greatest(AcademicYear.starts_on, func.least(reach.today, AcademicYear.ends_on)))
        .where(AcademicYear.school_id == SchoolClass.school_id, AcademicYear.id == SchoolClass.year_id)
        .correlate(SchoolClass)
        .scalar_subquery()
    )

    def lacks(model: Any, *conditions: Any) -> Any:
        return ~exists().where(model.school_id == SchoolClass.school_id, *conditions).correlate(SchoolClass, PlanHours)

    def serves(model: Any) -> Any:
        """That whom the dated fact names is at it, and still works at the school."""
        employed = or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= day)
        works = exists().where(same(Staff, model.staff_id), employed).correlate(SchoolClass, model)
        return and_(on(day, model), works)

    taught = (
        select(TeachingAssignment.id)
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .where(
            TeachingAssignment.school_id == PlanHours.school_id,
            TeachingAssignment.subject_id == PlanHours.subject_id,
            serves(TeachingAssignment),
            StudyGroup.class_id == PlanHours.class_id,
        )
        .correlate(SchoolClass, PlanHours)
        .exists()
    )
    without_area = exists().where(
        Subject.school_id == PlanHours.school_id, Subject.id == PlanHours.subject_id, Subject.area_id.is_(None)
    )
    period = lacks(Period, Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind)
    of_grade = or_(Holiday.grades.is_(None), SchoolClass.grade == any_(Holiday.grades))
    holiday = lacks(Holiday, Holiday.year_id == SchoolClass.year_id, of_grade)
    leader = lacks(ClassLeadership, ClassLeadership.class_id == SchoolClass.id, serves(ClassLeadership))
    components = _components_of_classes(SchoolClass.id).distinct()
    return union_all(
        _gap(PlanGapKind.NO_PERIODS, none, classes.where(period)),
        _gap(PlanGapKind.NO_HOLIDAYS, none, classes.where(holiday)),
        _gap(PlanGapKind.NO_HOURS, none, classes.where(lacks(PlanHours, PlanHours.class_id == SchoolClass.id))),
        _gap(PlanGapKind.NO_CLASS_TEACHER, none, classes.where(leader)),
        _gap(PlanGapKind.NO_COMPONENT_LOAD, none, components.where(_allowed().is_(None), _of_component > 0)),
        _gap(PlanGapKind.WRONG_LOAD, none, components.where(_of_component != _allowed())),
        _gap(PlanGapKind.NO_AREA, PlanHours.subject_id, lessons.where(without_area, ~_beside_lessons)),
        _gap(PlanGapKind.NO_TEACHER, PlanHours.subject_id, lessons.where(~taught)),
    ).subquery("gaps")


plan_gaps = _gaps()

visible_plan_gaps = Scope(
    "PlanGap",
    lambda: select(*plan_gaps.c).where(plan_gaps.c.school_id == reach.school_id),
    {PLAN: ALL},
)
"""What a class's plan lacks on the day of its year that is nearest to today (5.2–5.4): for whoever sees all plans."""
