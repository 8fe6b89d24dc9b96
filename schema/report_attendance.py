"""«Сводная ведомость учёта посещаемости», and its figures wherever they stand (10.4)."""

from datetime import date
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_class import visible_counted_absences, visible_counted_lessons
from resolvers import curriculum, report_attendance, school, timetable
from resolvers.report_attendance import absence_reason, lesson_reason
from resolvers.report_attendance_paper import attendance_sheet
from rules.report import Report

from .base import Info, argument, computed, edge, resolved
from .curriculum import SchoolClass, Subject
from .enums_journal import AttendanceCode
from .enums_report import AbsenceLeft
from .journal import Attendance
from .report_base import From, ReportPrint, Until, of_days, print_of, report
from .school_people import Student
from .timetable import Lesson

MAY_TRACE = gate(visible_counted_absences.roles)


@strawberry.type(
    description="Запись о посещаемости, из которых складываются показатели, или несосчитанная — с причиной."
)
class CountedAbsence:
    lesson_date: date = strawberry.field(description="День урока.")
    code: AttendanceCode = strawberry.field(description="Причина.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    attendance: Attendance | None = edge(report_attendance.attendance_itself, description="Сама запись в журнале.")

    @resolved("Почему это не пропущенный урок; null — сосчитан.")
    def left_out(self) -> AbsenceLeft | None:
        return absence_reason(self)


@strawberry.type(description="Урок, на котором обучающийся должен был быть; сосчитан или нет — с причиной.")
class CountedLesson:
    lesson_date: date = strawberry.field(description="День урока.")
    called: bool = strawberry.field(description="Была ли перекличка.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Сам урок.")

    @resolved("Почему урок не сосчитан; null — сосчитан.")
    def left_out(self) -> AbsenceLeft | None:
        return lesson_reason(self)


@strawberry.type(description="Сколько уроков и дней. День пропущен, если пропущены все его уроки.")
class AttendanceCounts:
    held: int = strawberry.field(description="Проведено уроков, без тех, от которых освобождён.")
    uncalled: int = strawberry.field(description="Из них без переклички: сосчитаны как посещённые.")
    missed: int = strawberry.field(description="Пропущено уроков всего.")
    illness: int = strawberry.field(description="По болезни (Б).")
    excused: int = strawberry.field(description="По уважительной причине (УП).")
    unexcused: int = strawberry.field(description="По неуважительной причине (НП).")
    unexplained: int = strawberry.field(description="Причина не названа (Н).")
    other: int = strawberry.field(description="По иной причине (ОТ).")
    late: int = strawberry.field(description="Опоздания (ОП): не пропуски.")
    exempt: int = strawberry.field(description="Уроки, от которых освобождён (ОСВ): не считаются.")
    days: int = strawberry.field(description="Пропущено дней целиком.")
    illness_days: int = strawberry.field(description="Из них по болезни.")
    excused_days: int = strawberry.field(description="Из них по уважительной причине.")
    unexcused_days: int = strawberry.field(description="Из них по неуважительной причине.")


@strawberry.type(description="Показатели посещаемости, о которых можно спросить, откуда они.")
class AttendanceFigures:
    counts: AttendanceCounts = strawberry.field(description="Что в формуле.")
    percent: float | None = strawberry.field(description="Посещаемость, %, с двумя знаками; null — уроков не было.")
    formula: str = strawberry.field(description="Формула.")

    @resolved("Записи в журнале, из которых складываются показатели, и несосчитанные.", only=MAY_TRACE)
    async def absences(
        self,
        info: Info,
        counted: Annotated[bool | None, argument("true — только сосчитанные, false — только остальные.")] = None,
    ) -> list[CountedAbsence]:
        behind: Any = self.behind  # type: ignore[attr-defined]
        found = await behind.rows(info.context, visible_counted_absences.roles)
        return [each for each in found if counted is None or (absence_reason(each) is None) is counted]

    @resolved("Проведённые уроки, на которых обучающиеся должны были быть: каждый у каждого.", only=MAY_TRACE)
    async def lessons(self, info: Info) -> list[CountedLesson]:
        behind: Any = self.behind  # type: ignore[attr-defined]
        return await behind.lessons(info.context, visible_counted_lessons.roles)  # type: ignore[no-any-return]


@strawberry.type(description="Посещаемость за месяц, насколько он входит в дни отчёта.")
class MonthAttendance:
    month: date = strawberry.field(description="Первый день месяца.")
    figures: AttendanceFigures = strawberry.field(description="Показатели.")


@strawberry.type(description="Посещаемость обучающегося.")
class StudentAttendance:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    at_home: bool = strawberry.field(
        description="Обучается на дому: посещаемость в бумажном журнале, здесь не сосчитана (7.8)."
    )
    months: list[MonthAttendance] = strawberry.field(description="По месяцам.")
    total: AttendanceFigures = strawberry.field(description="За все дни отчёта.")


@strawberry.type(description="Сводная ведомость учёта посещаемости (10.4).")
class AttendanceSheet:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    students: list[StudentAttendance] = strawberry.field(
        description="Все, кто был в классе хотя бы в один из дней; их уроки — пока были в нём."
    )
    months: list[MonthAttendance] = strawberry.field(description="Класс по месяцам.")
    total: AttendanceFigures = strawberry.field(description="Класс за все дни.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = computed(
        lambda class_id, days: print_of(Report.ATTENDANCE_SHEET, class_id, of_days(*days)),
        *("class_id", "days"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithAttendance:
    """A part of `ClassReports`."""

    @report(Report.ATTENDANCE_SHEET, AttendanceSheet)
    async def attendance(self, info: Info, since: From, until: Until) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await attendance_sheet(info.context, class_id, of_days(since, until))
