"""«Табель успеваемости учащегося» (10.5)."""

from typing import Any

import strawberry

from resolvers import curriculum, journal_finals, school
from resolvers.report_card import report_card
from rules.report import Report

from .base import Info, computed, edge
from .curriculum import AcademicYear, SchoolClass, Subject
from .journal_finals import FinalMark
from .report_base import ReportPrint, YearId, of_year, print_of, report
from .report_class_results import ReportSlot
from .school_people import Student


@strawberry.type(description="Клетка табеля.")
class CardMark:
    slot: ReportSlot = strawberry.field(description="За что отметка.")
    value: str | None = strawberry.field(description="«5», «зач.», «н/а», «осв.»; null — ещё не выставлена.")
    mark: FinalMark | None = edge(
        journal_finals.final_mark_of, description="Сама отметка; null у того, кто её не видит в журнале."
    )


@strawberry.type(description="Предмет в табеле.")
class CardSubject:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    marks: list[CardMark | None] = strawberry.field(
        description="По столбцам табеля; null — предмет в это время не изучается, экзамена или итоговой отметки нет."
    )


@strawberry.type(description="Табель успеваемости учащегося (10.5).")
class ReportCard:
    slots: list[ReportSlot] = strawberry.field(description="Столбцы: учебные периоды, год, экзамен, итог.")
    subjects: list[CardSubject] = strawberry.field(description="По предметам.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(
        curriculum.class_of, description="Класс: тот, где учащийся учится или был последним в этом году."
    )
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.REPORT_CARD, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithReportCard:
    """A part of `StudentReports`."""

    @report(Report.REPORT_CARD, ReportCard)
    async def card(self, info: Info, year_id: YearId = None) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await report_card(info.context, student_id, of_year(year_id))
