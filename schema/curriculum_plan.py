"""The plan: profiles, components with their load, hours a week, how they stand to what is allowed, what is missing."""

import strawberry

from models import curriculum_plan as rows
from permissions.curriculum_plan import (
    visible_components,
    visible_loads,
    visible_period_rules,
    visible_plan_hours,
    visible_profiles,
)
from permissions.gates import gate
from permissions.school import visible_students
from resolvers import curriculum, curriculum_plan
from rules.curriculum_plan import component_verdict, most_hours, total_verdict

from .base import Node, computed, edge, itself, node
from .curriculum import AcademicYear, SchoolClass, Subject
from .enums import ComponentKind, LoadVerdict, PeriodKind, PlanGapKind
from .school_people import Student


@node(visible_profiles, rows.Profile, description="Профиль обучения в одном учебном году (5.2).")
class Profile(Node):
    name: str = strawberry.field(description="Название.")
    grades: list[int] = strawberry.field(description="Параллели.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")


@node(visible_period_rules, rows.PeriodRule, description="На какие периоды делится год параллели или её профиля (5.2).")
class PeriodRule(Node):
    grade: int = strawberry.field(description="Параллель.")
    kind: PeriodKind = strawberry.field(description="Вид периодов.")
    profile: Profile | None = edge(curriculum_plan.profile_of, description="Профиль; null — для всей параллели.")


@node(visible_loads, rows.ComponentLoad, description="Нагрузка по компоненту в параллели (5.2).")
class ComponentLoad(Node):
    grade: int = strawberry.field(description="Параллель.")
    hours: float = strawberry.field(description="Часов в неделю.")
    profile: Profile | None = edge(curriculum_plan.profile_of, description="Профиль; null — для остальных классов.")


@node(visible_components, rows.Component, description="Компонент учебного плана (5.2).")
class Component(Node):
    kind: ComponentKind = strawberry.field(description="Какая это часть плана.")
    name: str = strawberry.field(description="Название.")
    position: int = strawberry.field(description="Место в плане.")
    loads: list[ComponentLoad] = edge(curriculum_plan.component_loads, description="Нагрузка по параллелям и профилям.")


@node(visible_plan_hours, rows.PlanHours, description="Часы предмета в учебном плане класса (5.2).")
class PlanHours(Node):
    hours: float = strawberry.field(description="Часов в неделю.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    subject_name: str = strawberry.field(description="Название предмета.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    component: Component | None = edge(curriculum_plan.component_of, description="Компонент.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")


@strawberry.type(description="Часы компонента в плане класса рядом с его нагрузкой.")
class PlanCheck:
    planned: float = strawberry.field(description="Часов в плане = сумма `hours` компонента в `plan` класса.")
    allowed: float | None = strawberry.field(
        description="Нагрузка компонента: заданная профилю, а без неё — параллели; null — не задана."
    )
    component: Component | None = edge(curriculum_plan.component_of, description="Компонент.")
    verdict: LoadVerdict = computed(component_verdict, "planned", "allowed", description="Сколько, чем нужно.")


@strawberry.type(description="Часы плана класса всего и наибольшие допустимые (СанПиН 1.2.3685-21).")
class PlanTotal:
    planned: float = strawberry.field(
        description="Часов уроков в неделю = сумма `hours` в `plan` класса, без внеурочной деятельности."
    )
    extracurricular: float = strawberry.field(
        description="Часов внеурочной деятельности в неделю = сумма её `hours` в `plan` класса."
    )
    most: int | None = computed(
        most_hours,
        "grade",
        "week_days",
        description="Сколько часов уроков допустимо: по параллели и числу учебных дней в неделе, таблица 6.6 СанПиН; "
        "null — такой недели не бывает.",
    )
    verdict: LoadVerdict = computed(
        total_verdict, "planned", "extracurricular", "grade", "week_days", description="В норме или больше нормы."
    )


@strawberry.type(description="Чего не хватает учебному плану класса (5.2).")
class PlanGap:
    gap: PlanGapKind = strawberry.field(description="Чего.")
    subject: Subject | None = edge(curriculum.subject_of, description="По какому предмету, если по одному.")


@strawberry.type(description="Учащийся, который не входит ни в одну подгруппу предмета (5.10).")
class Ungrouped:
    student: Student | None = itself("Учащийся.", only=gate(visible_students.roles))
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
