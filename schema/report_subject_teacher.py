"""«Отчёт учителя-предметника» (10.4)."""

from typing import Any

import strawberry

from permissions.gates import gate
from permissions.timetable import visible_lessons
from resolvers import curriculum, journal_finals, school
from resolvers.report_subject_teacher import subject_teacher
from rules.report import Report

from .base import Info, computed, edge, resolved
from .curriculum import SchoolClass, StudyGroup, Subject
from .journal_finals import FinalMark
from .report_base import Kind, PeriodId, ReportPrint, YearId, of_slot, print_of, report
from .report_figures import Figures
from .school_people import Student
from .timetable import Lesson

MAY_SEE_LESSONS = gate(visible_lessons.roles)


@strawberry.type(description="Часы: уроки журнала за период.")
class TaughtHours:
    planned: int = strawberry.field(description="По плану: в расписании, и отменённые, без добавленных.")
    due: int = strawberry.field(description="Из них уже должно было пройти.")
    held: int = strawberry.field(description="Проведено.")
    behind: int = strawberry.field(description="Отставание: должно было пройти, без проведённых.")

    @resolved("Уроки журналов за период; что сосчитано — по состоянию и исправлениям.", only=MAY_SEE_LESSONS)
    async def lessons(self, info: Info) -> list[Lesson]:
        hours: Any = self
        return await hours.lessons(info.context)  # type: ignore[no-any-return]


@strawberry.type(description="Обучающийся с отметкой «2», «1» или «н/а».")
class PoorResult:
    value: str = strawberry.field(description="Отметка.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    mark: FinalMark | None = edge(journal_finals.final_mark_of, description="Сама выставленная отметка.")


@strawberry.type(description="Класс или подгруппа по предмету в отчёте учителя.")
class TaughtResults:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс целиком или подгруппа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    slot_name: str = strawberry.field(
        description="За что: у класса, где полугодия, — полугодие, которое кончается в четверти."
    )
    figures: Figures = strawberry.field(description="Отметки и показатели.")
    hours: TaughtHours = strawberry.field(description="Часы.")
    poor: list[PoorResult] = strawberry.field(description="У кого «2», «1» или «н/а».")


@strawberry.type(description="Отчёт учителя-предметника (10.4).")
class SubjectTeacherReport:
    name: str = strawberry.field(description="За что отчёт.")
    year_name: str = strawberry.field(description="Учебный год.")
    taught: list[TaughtResults] = strawberry.field(description="По классам, подгруппам и предметам, которые вёл тогда.")
    total: Figures = strawberry.field(description="Всё вместе.")
    hours: TaughtHours = strawberry.field(description="Все часы.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda staff_id, asked: print_of(Report.SUBJECT_TEACHER, staff_id, asked),
        *("staff_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithSubjectTeacher:
    """A part of `TeacherReports`."""

    @report(Report.SUBJECT_TEACHER, SubjectTeacherReport)
    async def subjects(self, info: Info, period_id: PeriodId = None, kind: Kind = None, year_id: YearId = None) -> Any:
        staff_id: Any = self.id  # type: ignore[attr-defined]
        return await subject_teacher(info.context, staff_id, of_slot(period_id, kind, year_id))
