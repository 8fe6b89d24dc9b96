"""«Итоги успеваемости класса за учебный период» (10.4)."""

from datetime import date
from typing import Any

import strawberry

from permissions.gates import gate
from resolvers import curriculum, school
from resolvers.journal_finals import rows_by_number
from resolvers.report_class_results import class_results
from rules.journal_finals import FinalKind
from rules.report import Report

from .base import Info, computed, edge, resolved
from .curriculum import SchoolClass, Subject
from .report_base import Kind, PeriodId, ReportPrint, of_slot, print_of, report
from .report_figures import Figures
from .school_people import Staff


@strawberry.type(description="За что отмечают класс: учебный период, год, экзамен, итог.")
class ReportSlot:
    kind: FinalKind = strawberry.field(description="За что.")
    name: str = strawberry.field(description="Как называется.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день: кто учится в нём, тот и сосчитан.")


@strawberry.type(description="Предмет в отчёте по классу.")
class SubjectResults:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    figures: Figures = strawberry.field(description="Отметки и показатели.")

    @resolved("Кто ведёт предмет в эти дни.", only=gate(school.staff_of.scope.roles))
    async def teachers(self, info: Info) -> list[Staff]:
        numbers: Any = self.teachers
        return await rows_by_number(info.context, school.staff_of, numbers)


@strawberry.type(description="Итоги успеваемости класса за учебный период (10.4).")
class ClassResults:
    slot: ReportSlot = strawberry.field(description="За что отчёт.")
    subjects: list[SubjectResults] = strawberry.field(description="По предметам.")
    total: Figures = strawberry.field(description="Все предметы вместе.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda class_id, asked: print_of(Report.CLASS_RESULTS, class_id, asked),
        *("class_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")


@strawberry.type
class WithClassResults:
    """A part of `ClassReports`."""

    @report(Report.CLASS_RESULTS, ClassResults)
    async def results(self, info: Info, period_id: PeriodId = None, kind: Kind = None) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await class_results(info.context, class_id, of_slot(period_id, kind))
