"""«Средний балл ученика» and «Динамика среднего балла ученика» (10.5)."""

from datetime import date
from typing import Any

import strawberry

from resolvers import curriculum, school
from resolvers.report_averages import student_averages, student_dynamics
from rules.report import Report

from .base import Info, computed, edge
from .curriculum import AcademicYear, SchoolClass, Subject
from .report_base import From, ReportPrint, Until, YearId, of_days, of_year, print_of, report
from .report_class_results import ReportSlot
from .report_daily import Averages
from .school_people import Student


@strawberry.type(description="Средний балл по предмету.")
class SubjectAverages:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    averages: Averages = strawberry.field(description="Ученик и класс.")


@strawberry.type(description="Средний балл ученика (10.5): текущие отметки за дни, по предметам.")
class StudentAverages:
    since: date = strawberry.field(description="С какого дня.")
    until: date = strawberry.field(description="По какой день.")
    subjects: list[SubjectAverages] = strawberry.field(description="По предметам.")
    total: Averages = strawberry.field(description="Все предметы вместе.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(
        curriculum.class_of, description="Класс, с которым сравнивается ученик: последний в эти дни."
    )
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.STUDENT_AVERAGES, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type(description="Средний балл за учебный период.")
class PeriodAverages:
    slot: ReportSlot = strawberry.field(description="Учебный период.")
    averages: Averages = strawberry.field(description="Ученик и класс, все предметы вместе.")


@strawberry.type(description="Динамика среднего балла ученика по учебным периодам года (10.5).")
class StudentDynamics:
    periods: list[PeriodAverages] = strawberry.field(description="По учебным периодам.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    school_class: SchoolClass | None = edge(
        curriculum.class_of, description="Класс, с которым сравнивается ученик: последний в этом году."
    )
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda student_id, asked: print_of(Report.STUDENT_DYNAMICS, student_id, asked),
        *("student_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithAverages:
    """A part of `StudentReports`."""

    @report(Report.STUDENT_AVERAGES, StudentAverages)
    async def averages(self, info: Info, since: From, until: Until) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await student_averages(info.context, student_id, of_days(since, until))

    @report(Report.STUDENT_DYNAMICS, StudentDynamics)
    async def dynamics(self, info: Info, year_id: YearId = None) -> Any:
        student_id: Any = self.id  # type: ignore[attr-defined]
        return await student_dynamics(info.context, student_id, of_year(year_id))
