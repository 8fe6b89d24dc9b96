"""«Итоги успеваемости и качества знаний» (10.5)."""

from datetime import date
from typing import Any

import strawberry

from resolvers import curriculum, school
from resolvers.report_quality import quality_by_month
from rules.report import Report

from .base import Info, computed, edge, resolved
from .curriculum import SchoolClass
from .report_base import From, ReportPrint, Until, of_days, print_of, report
from .report_daily import MAY_TRACE_CLASS, OF_CLASS, DailyFigure, DailyFigures
from .school_people import Student

_FEW = "с одним знаком; null, если отметки есть меньше чем у пяти других"


@strawberry.type(description="Успеваемость и качество знаний за месяц, по текущим отметкам.")
class MonthQuality:
    since: date = strawberry.field(description="Первый день месяца.")
    until: date = strawberry.field(description="Последний день месяца.")
    success: DailyFigure = strawberry.field(description="Успеваемость ученика, %.")
    quality: DailyFigure = strawberry.field(description="Качество знаний ученика, %.")
    class_success: float | None = strawberry.field(description=f"Успеваемость класса, %, {_FEW}.")
    class_quality: float | None = strawberry.field(description=f"Качество знаний класса, %, {_FEW}.")
    parallel_success: float | None = strawberry.field(description=f"Успеваемость параллели, %, {_FEW}.")
    parallel_quality: float | None = strawberry.field(description=f"Качество знаний параллели, %, {_FEW}.")

    @resolved(f"Из чего складываются показатели класса; {OF_CLASS}", only=MAY_TRACE_CLASS)
    async def class_figures(self, info: Info) -> DailyFigures | None:
        month: Any = self
        return await month.class_figures(info.context)  # type: ignore[no-any-return]

    @resolved(
        "Из чего складываются показатели параллели; null у того, кто не видит отчётов всех её классов.",
        only=MAY_TRACE_CLASS,
    )
    async def parallel_figures(self, info: Info) -> DailyFigures | None:
        month: Any = self
        return await month.parallel_figures(info.context)  # type: ignore[no-any-return]


@strawberry.type(description="Итоги успеваемости и качества знаний по месяцам (10.5).")
class QualityByMonth:
    months: list[MonthQuality] = strawberry.field(description="Месяцы, на которые приходятся дни, — целиком.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(
        curriculum.class_of, description="Класс, с которым сравнивается ученик: последний в эти дни."
    )
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.QUALITY_BY_MONTH, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithQuality:
    """A part of `StudentReports`."""

    @report(Report.QUALITY_BY_MONTH, QualityByMonth)
    async def quality_by_month(self, info: Info, since: From, until: Until) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await quality_by_month(info.context, student_id, of_days(since, until))
