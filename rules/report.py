"""The reports (10.1): which there are, whom each is for, of what, and what it takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .account import Role
from .report_constructor import COMPOSERS


class Report(StrEnum):
    """The reports that have a form of their own."""

    CLASSES_SUMMARY = "classes_summary"
    RESULTS_SUMMARY = "results_summary"
    OCCUPANCY = "occupancy"
    MOVEMENT = "movement"
    FORM_OSH_1 = "form_osh_1"
    FORM_OSH_5 = "form_osh_5"
    FORM_OSH_9 = "form_osh_9"
    SUBJECT_TEACHER = "subject_teacher"
    CLASS_TEACHER = "class_teacher"
    FINALS_SHEET = "finals_sheet"
    CLASS_RESULTS = "class_results"
    ATTENDANCE_SHEET = "attendance_sheet"
    YEAR_OUTCOMES = "year_outcomes"
    STUDENT_LIST = "student_list"
    QUALITY_BY_MONTH = "quality_by_month"
    STUDENT_AVERAGES = "student_averages"
    STUDENT_DYNAMICS = "student_dynamics"
    REPORT_CARD = "report_card"
    STUDENT_JOURNAL = "student_journal"
    PARENT_LETTER = "parent_letter"
    CONSTRUCTOR = "constructor"
    JOURNAL_CONTROL = "journal_control"


class ReportOf(StrEnum):
    """What a report is of."""

    SCHOOL = "school"
    CLASS = "class"
    TEACHER = "teacher"
    STUDENT = "student"


class Takes(StrEnum):
    """What a report is asked for: a period's or a year's marks, days from and until, one day, a school year, a form
    drawn up as of a day, or what it is composed of; and, of those that can be narrowed, a teacher, a class, a subject.
    """

    SLOT = "slot"
    DAYS = "days"
    DAY = "day"
    YEAR = "year"
    FORM = "form"
    DEFINITION = "definition"
    SLICE = "slice"


OVERSEERS = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.ANALYST})
"""Those who see the reports of the whole school; an analyst without names."""

OF_SCHOOL = OVERSEERS | {Role.ADMINISTRATOR}
OF_STUDENTS_KEPT = OF_SCHOOL | {Role.SECRETARY}
"""Occupancy and movement are also whose who keeps students' cards and orders."""

OF_CLASS = OVERSEERS | {Role.TEACHER}
OF_TEACHER = OF_CLASS - {Role.ANALYST}
"""Whose work it is stands above it: a person."""

CONTROLLERS = frozenset({Role.DIRECTOR, Role.DEPUTY})
"""Those who control how journals are kept (2.1, 7.11)."""

OF_STUDENT = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.STUDENT, Role.PARENT})


@dataclass(frozen=True)
class About:
    """What there is to know of a report before asking for it.

    takes: nothing, where a class's own year is meant. leads: of classes, only the class teacher's own; otherwise
    teachers have it of what they teach. clause: who must make it, and by when.
    """

    title: str
    of: ReportOf
    takes: tuple[Takes, ...]
    roles: frozenset[Role]
    clause: str = "10.1"
    charts: bool = False


ABOUT: dict[Report, About] = {
    Report.CLASSES_SUMMARY: About(
        "Сводный отчёт классного руководителя (по школе)", ReportOf.SCHOOL, (Takes.SLOT,), OF_SCHOOL, "10.3"
    ),
    Report.RESULTS_SUMMARY: About(
        "Сводный отчёт об успеваемости по школе", ReportOf.SCHOOL, (Takes.SLOT,), OF_SCHOOL, "10.3", charts=True
    ),
    Report.OCCUPANCY: About(
        "Наполняемость классов", ReportOf.SCHOOL, (Takes.DAY,), OF_STUDENTS_KEPT, "10.3", charts=True
    ),
    Report.MOVEMENT: About("Движение учащихся по школе", ReportOf.SCHOOL, (Takes.DAYS,), OF_STUDENTS_KEPT, "10.3"),
    Report.JOURNAL_CONTROL: About(
        "Контроль ведения журналов",
        ReportOf.SCHOOL,
        (Takes.DAYS, Takes.SLICE),
        CONTROLLERS,
        "7.11",
        charts=True,
    ),
    Report.SUBJECT_TEACHER: About("Отчёт учителя-предметника", ReportOf.TEACHER, (Takes.SLOT,), OF_TEACHER, "10.4"),
    Report.CLASS_TEACHER: About(
        "Отчёт классного руководителя за учебный период", ReportOf.CLASS, (Takes.SLOT,), OF_CLASS, "10.4"
    ),
    Report.FINALS_SHEET: About("Сводная ведомость учёта успеваемости", ReportOf.CLASS, (), OF_CLASS, "10.4, 10.6"),
    Report.CLASS_RESULTS: About(
        "Итоги успеваемости класса за учебный период", ReportOf.CLASS, (Takes.SLOT,), OF_CLASS, "10.4", charts=True
    ),
    Report.ATTENDANCE_SHEET: About(
        "Сводная ведомость учёта посещаемости", ReportOf.CLASS, (Takes.DAYS,), OF_CLASS, "10.4"
    ),
    Report.YEAR_OUTCOMES: About("Итоговые данные по учащимся", ReportOf.CLASS, (), OF_CLASS, "10.4"),
    Report.STUDENT_LIST: About("Общие сведения об обучающихся", ReportOf.CLASS, (Takes.DAY,), OF_CLASS, "10.4"),
    Report.QUALITY_BY_MONTH: About(
        "Итоги успеваемости и качества знаний", ReportOf.STUDENT, (Takes.DAYS,), OF_STUDENT, "10.5", charts=True
    ),
    Report.STUDENT_AVERAGES: About(
        "Средний балл ученика", ReportOf.STUDENT, (Takes.DAYS,), OF_STUDENT, "10.5", charts=True
    ),
    Report.STUDENT_DYNAMICS: About(
        "Динамика среднего балла ученика", ReportOf.STUDENT, (Takes.YEAR,), OF_STUDENT, "10.5", charts=True
    ),
    Report.REPORT_CARD: About("Табель успеваемости учащегося", ReportOf.STUDENT, (Takes.YEAR,), OF_STUDENT, "10.5"),
    Report.STUDENT_JOURNAL: About(
        "Отчёт об успеваемости и посещаемости ученика", ReportOf.STUDENT, (Takes.DAYS,), OF_STUDENT, "10.5"
    ),
    Report.PARENT_LETTER: About(
        "Информационное письмо для родителей", ReportOf.STUDENT, (Takes.SLOT,), OF_STUDENT, "10.5"
    ),
}
"""The reports that stand beneath what they are of, and are printed there."""

FORM_READERS = OF_STUDENTS_KEPT
"""Who reads federal forms (3.3): an analyst, without groups under five."""

APART: dict[Report, About] = {
    **{
        form: About(f"Форма ФГСН {name}", ReportOf.SCHOOL, (Takes.FORM,), FORM_READERS, "3.3, 10.3")
        for form, name in (
            (Report.FORM_OSH_1, "ОШ-1"),
            (Report.FORM_OSH_5, "ОШ-5"),
            (Report.FORM_OSH_9, "ОШ-9"),
        )
    },
    Report.CONSTRUCTOR: About(
        "Конструктор отчётов", ReportOf.SCHOOL, (Takes.DEFINITION,), COMPOSERS, "10.7", charts=True
    ),
}
"""Those that take more than a report does, and are asked for by roots of their own."""

CATALOGUE = ABOUT | APART
"""All that can be asked for."""


def open_to(report: Report, roles: Iterable[Role], leads: bool, teaches: bool, works: bool) -> bool:
    """Whether somebody of these roles can have the report of anything: a teacher of classes led, of pupils taught, and
    of oneself, whoever has a staff card.
    """
    about = CATALOGUE[report]
    held = about.roles.intersection(roles)
    if held == {Role.TEACHER}:
        return {ReportOf.CLASS: leads, ReportOf.TEACHER: works}.get(about.of, leads or teaches)
    return bool(held)
