"""«Информационное письмо для родителей» (7.13, 10.5)."""

from typing import Any

import strawberry

from resolvers import curriculum, school
from resolvers.report_letter import parent_letter
from rules.report import Report

from .base import Info, computed, edge
from .curriculum import SchoolClass, Subject
from .report_base import Kind, PeriodId, ReportPrint, YearId, of_slot, print_of, report
from .report_card import CardMark
from .report_class_results import ReportSlot
from .report_daily import DailyCounts, DailyFigure
from .report_student_journal import Presence
from .school_people import Student


@strawberry.type(description="Предмет в письме.")
class LetterSubject:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    counts: DailyCounts = strawberry.field(description="Сколько каких текущих отметок.")
    average: DailyFigure = strawberry.field(description="Средний балл.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл.")
    mark: CardMark | None = strawberry.field(description="Отметка за период; null — её не ставят.")


@strawberry.type(description="Информационное письмо для родителей (7.13, 10.5).")
class ParentLetter:
    slot: ReportSlot = strawberry.field(description="За что письмо.")
    subjects: list[LetterSubject] = strawberry.field(description="По предметам.")
    counts: DailyCounts = strawberry.field(description="Сколько каких текущих отметок всего.")
    average: DailyFigure = strawberry.field(description="Средний балл по всем предметам.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл по всем предметам.")
    presence: Presence = strawberry.field(description="Уроки и пропуски.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.PARENT_LETTER, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithLetter:
    """A part of `StudentReports`."""

    @report(Report.PARENT_LETTER, ParentLetter)
    async def letter(self, info: Info, period_id: PeriodId = None, kind: Kind = None, year_id: YearId = None) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await parent_letter(info.context, student_id, of_slot(period_id, kind, year_id))
