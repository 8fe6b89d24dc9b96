"""Reports: of the school, a class, a teacher, a student, each with those that the viewer may have (10.1)."""

import strawberry

from permissions.gates import SIGNED_IN
from rules.report import CATALOGUE, open_to

from .base import Info, root
from .enums_report import Report, ReportOf, Takes
from .report_attendance import WithAttendance
from .report_averages import WithAverages
from .report_base import anchor
from .report_card import WithReportCard
from .report_class_results import WithClassResults
from .report_class_teacher import WithClassTeacher
from .report_control import WithClassControl, WithSchoolControl, WithTeacherControl
from .report_finals import WithFinals
from .report_letter import WithLetter
from .report_quality import WithQuality
from .report_school import WithSchool
from .report_student_journal import WithStudentJournal
from .report_student_list import WithStudentList
from .report_subject_teacher import WithSubjectTeacher


@strawberry.type(description="Отчёты по школе (10.3).")
class SchoolReports(WithSchool, WithSchoolControl):
    of: strawberry.ID = anchor(ReportOf.SCHOOL)


@strawberry.type(description="Отчёты по классу (10.4).")
class ClassReports(WithClassResults, WithAttendance, WithClassTeacher, WithFinals, WithStudentList, WithClassControl):
    of: strawberry.ID = anchor(ReportOf.CLASS)


@strawberry.type(description="Отчёты учителя-предметника (10.4).")
class TeacherReports(WithSubjectTeacher, WithTeacherControl):
    of: strawberry.ID = anchor(ReportOf.TEACHER)


@strawberry.type(description="Отчёты по обучающемуся (10.5).")
class StudentReports(WithAverages, WithLetter, WithQuality, WithReportCard, WithStudentJournal):
    of: strawberry.ID = anchor(ReportOf.STUDENT)


@strawberry.type(description="Отчёт, который можно запросить.")
class CatalogueEntry:
    report: Report = strawberry.field(description="Какой.")
    title: str = strawberry.field(description="Название.")
    of: ReportOf = strawberry.field(description="О ком или о чём.")
    takes: list[Takes] = strawberry.field(description="За что просят.")
    clause: str = strawberry.field(description="Пункт порядка.")
    charts: bool = strawberry.field(description="Есть ли в нём графики.")


@strawberry.type
class ReportQuery:
    @root(SIGNED_IN, "Какие отчёты открыты тому, кто спрашивает, и что для них нужно (10.1).")
    def report_catalogue(self, info: Info) -> list[CatalogueEntry]:
        viewer = info.context.viewer
        leads, teaches, works = bool(viewer.led_classes), bool(viewer.taught_groups), viewer.staff_id is not None
        return [
            CatalogueEntry(
                report=kind,
                title=about.title,
                of=about.of,
                takes=list(about.takes),
                clause=about.clause,
                charts=about.charts,
            )
            for kind, about in CATALOGUE.items()
            if open_to(kind, viewer.roles, leads, teaches, works)
        ]
