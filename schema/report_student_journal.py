"""«Отчёт об успеваемости и посещаемости ученика» (10.5)."""

from datetime import date as day
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_student import visible_daily_attendance
from resolvers import curriculum, school
from resolvers.report_attendance import absence_reason
from resolvers.report_student_journal import student_journal
from rules.report import Report

from .base import Info, argument, computed, edge, resolved
from .curriculum import SchoolClass, Subject
from .report_attendance import CountedAbsence
from .report_base import From, ReportPrint, Until, of_days, print_of, report
from .report_card import CardMark
from .report_class_results import ReportSlot
from .report_daily import DailyFigure
from .school_people import Student

MAY_TRACE = gate(visible_daily_attendance.roles)


@strawberry.type(description="Сколько уроков предмета проведено за день.")
class HeldLessons:
    lesson_date: day = strawberry.field(description="День.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    held: int = strawberry.field(description="Сколько проведено.")


@strawberry.type(description="Уроки и пропуски; откуда они, можно спросить.")
class Presence:
    held: int = strawberry.field(description="Проведено уроков, без тех, от которых освобождён.")
    missed: int = strawberry.field(description="Сколько из них пропущено, по любой причине.")
    late: int = strawberry.field(description="Сколько опозданий: они — не пропуски.")
    attendance: float | None = strawberry.field(description="Посещаемость, %; null — уроков не было.")
    formula: str = strawberry.field(description="Формула.")

    @resolved("Проведённые уроки по дням и предметам, вместе с теми, от которых освобождён.")
    def lessons(self) -> list[HeldLessons]:
        found: Any = self.lessons
        return found  # type: ignore[no-any-return]

    @resolved("Записи в журнале, из которых складываются пропуски, и несосчитанные.", only=MAY_TRACE)
    def absences(
        self,
        counted: Annotated[bool | None, argument("true — только сосчитанные, false — только остальные.")] = None,
    ) -> list[CountedAbsence]:
        found: Any = self.absences
        return [each for each in found if counted is None or (absence_reason(each) is None) is counted]


@strawberry.type(description="Что записано по предмету за день.")
class StudentJournalCell:
    date: day = strawberry.field(description="День.")
    text: str = strawberry.field(description="Пропуски и отметки по порядку уроков: «4», «УП», «Б Б», «.».")


@strawberry.type(description="Средний балл за учебный период: по тем его дням, за которые отчёт.")
class StudentJournalPeriod:
    slot: ReportSlot = strawberry.field(description="Учебный период.")
    average: DailyFigure = strawberry.field(description="Средний балл.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл.")


@strawberry.type(description="Предмет в отчёте об успеваемости и посещаемости.")
class StudentJournalSubject:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    cells: list[StudentJournalCell] = strawberry.field(description="Дни, за которые что-то записано.")
    average: DailyFigure = strawberry.field(description="Средний балл за эти дни.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл за эти дни.")
    presence: Presence = strawberry.field(description="Уроки и пропуски.")
    period_averages: list[StudentJournalPeriod] = strawberry.field(description="Средний балл по учебным периодам.")
    period_marks: list[CardMark] = strawberry.field(description="Отметки за учебные периоды, что идут в эти дни.")


@strawberry.type(description="Отчёт об успеваемости и посещаемости ученика (10.5).")
class StudentJournal:
    since: day = strawberry.field(description="С какого дня.")
    until: day = strawberry.field(description="По какой день.")
    days: list[day] = strawberry.field(description="Дни с уроками.")
    periods: list[ReportSlot] = strawberry.field(description="Учебные периоды, что идут в эти дни.")
    subjects: list[StudentJournalSubject] = strawberry.field(description="По предметам.")
    average: DailyFigure = strawberry.field(description="Средний балл по всем предметам.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл по всем предметам.")
    period_averages: list[StudentJournalPeriod] = strawberry.field(
        description="Средний балл по всем предметам, по периодам."
    )
    presence: Presence = strawberry.field(description="Уроки и пропуски по всем предметам.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс: последний в эти дни.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.STUDENT_JOURNAL, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithStudentJournal:
    """A part of `StudentReports`."""

    @report(Report.STUDENT_JOURNAL, StudentJournal)
    async def journal(self, info: Info, since: From, until: Until) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await student_journal(info.context, student_id, of_days(since, until))
