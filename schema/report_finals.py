"""«Сводная ведомость учёта успеваемости» and «Итоговые данные по учащимся» (10.4, 10.6)."""

from datetime import date
from typing import Any

import strawberry

from resolvers import curriculum, school
from resolvers.journal_finals import rows_by_number
from resolvers.report import Asked
from resolvers.report_finals import finals_sheet
from resolvers.report_outcomes import year_outcomes
from rules.report import Report

from .base import Info, computed, edge, resolved, secret
from .curriculum import SchoolClass, Subject
from .enums import CouncilOutcome, MovementKind
from .enums_report import YearOutcome
from .report_attendance import AttendanceFigures
from .report_base import ReportPrint, print_of, report
from .report_class_results import ReportSlot
from .report_figures import CountedMark, Figures
from .school_people import PERSONAL, Student


@strawberry.type(description="Решение педагогического совета об обучающемся (10.6).")
class CouncilDecision:
    outcome: CouncilOutcome = strawberry.field(description="Что решено.")
    number: str = secret(PERSONAL, "Номер протокола.")
    decided_on: date = strawberry.field(description="Дата протокола.")
    words: str = strawberry.field(description="Как в ведомости.")


@strawberry.type(description="Отметки обучающегося за период, год, экзамен или итог.")
class SheetRow:
    slot: ReportSlot = strawberry.field(description="За что.")
    marks: list[CountedMark] = strawberry.field(description="Отметки по предметам — как в среднем балле.")
    figures: Figures = strawberry.field(description="Показатели; средний балл — среди них.")


@strawberry.type(description="Обучающийся в сводной ведомости.")
class SheetStudent:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    left_on: date | None = strawberry.field(description="Последний день в классе, если его в нём уже нет.")
    rows: list[SheetRow] = strawberry.field(description="Периоды, год, экзамен, итог.")
    attendance: AttendanceFigures = strawberry.field(description="Пропуски за год.")
    decision: CouncilDecision | None = strawberry.field(
        description="Решение педагогического совета, записанное последним; null — его ещё нет."
    )


@strawberry.type(description="Сводная ведомость учёта успеваемости класса (10.4, 10.6).")
class FinalsSheet:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    students: list[SheetStudent] = strawberry.field(description="Все, кто учился в классе в этом году.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda class_id: print_of(Report.FINALS_SHEET, class_id, Asked()),
        *("class_id",),
        description="Адреса для печати и выгрузки.",
    )

    @resolved("Предметы, по которым отмечают.")
    async def subjects(self, info: Info) -> list[Subject]:
        numbers: Any = self.subjects
        return await rows_by_number(info.context, curriculum.subject_of, numbers)


@strawberry.type(description="Приказ об обучающемся.")
class OrderOnStudent:
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    number: str = secret(PERSONAL, "Номер приказа.")
    issued_on: date = secret(PERSONAL, "Дата приказа.")


@strawberry.type(description="Чем кончился год для обучающегося.")
class StudentOutcome:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    outcome: YearOutcome = strawberry.field(description="Итог года.")
    honours: bool = strawberry.field(description="С отличием.")
    order: OrderOnStudent | None = strawberry.field(description="Приказ, которым кончилась учёба в классе.")
    decision: CouncilDecision | None = strawberry.field(description="Решение педагогического совета.")
    figures: Figures = strawberry.field(description="Отметки, по которым судят об отличии.")


@strawberry.type(description="Сколько обучающихся кончили год так.")
class OutcomeCount:
    outcome: YearOutcome = strawberry.field(description="Итог года.")
    students: int = strawberry.field(description="Сколько.")
    honours: int = strawberry.field(description="Из них с отличием.")


@strawberry.type(description="Итоговые данные по учащимся класса (10.4).")
class YearOutcomes:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    marked: ReportSlot = strawberry.field(description="По каким отметкам судят об отличии.")
    counts: list[OutcomeCount] = strawberry.field(description="По итогам.")
    students: list[StudentOutcome] = strawberry.field(description="Все, кто учился в классе в этом году.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda class_id: print_of(Report.YEAR_OUTCOMES, class_id, Asked()),
        *("class_id",),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithFinals:
    """A part of `ClassReports`."""

    @report(Report.FINALS_SHEET, FinalsSheet)
    async def finals(self, info: Info) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await finals_sheet(info.context, class_id, Asked())

    @report(Report.YEAR_OUTCOMES, YearOutcomes)
    async def outcomes(self, info: Info) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await year_outcomes(info.context, class_id, Asked())
