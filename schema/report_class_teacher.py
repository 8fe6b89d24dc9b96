"""«Отчёт классного руководителя за учебный период» (10.4)."""

from datetime import date
from typing import Any

import strawberry

from permissions.gates import gate
from resolvers import curriculum, journal_finals, school
from resolvers.journal_finals import rows_by_number
from resolvers.report_class_teacher import class_teacher
from rules.report import Report

from .base import Info, computed, edge, resolved, secret
from .curriculum import Enrolment, SchoolClass, Subject
from .enums import MovementKind
from .enums_report import StudentGroup
from .journal_finals import FinalMark
from .report_attendance import AttendanceFigures, StudentAttendance
from .report_base import Kind, PeriodId, ReportPrint, of_slot, print_of, report
from .report_class_results import ReportSlot
from .report_stays import MAY_SEE_STAYS, STAYS, OfPart, stays_of
from .school_people import PERSONAL, Staff, Student


@strawberry.type(description="Кто прибыл в класс или выбыл из него, и по какому приказу.")
class ClassMove:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    on: date = strawberry.field(description="Первый день в классе или последний.")
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    number: str | None = strawberry.field(description="Номер приказа.")
    issued_on: date | None = strawberry.field(description="Дата приказа.")
    place: str | None = strawberry.field(description="Откуда прибыл или куда выбыл.")
    reason: str | None = strawberry.field(description="Причина.")


@strawberry.type(description="Отметка, по которой обучающийся отнесён к группе, или её отсутствие.")
class GroupMark:
    value: str | None = strawberry.field(description="Отметка; null — её ещё нет.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    mark: FinalMark | None = edge(journal_finals.final_mark_of, description="Сама выставленная отметка.")

    @resolved("Кто ведёт у него предмет в эти дни.", only=gate(school.staff_of.scope.roles))
    async def teachers(self, info: Info) -> list[Staff]:
        numbers: Any = self.teachers
        return await rows_by_number(info.context, school.staff_of, numbers)


@strawberry.type(description="Обучающийся группы.")
class GroupedStudent:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    marks: list[GroupMark] = strawberry.field(description="Почему он в ней; пусто, если к ней относят все отметки.")


@strawberry.type(description="Группа по отметкам; одно и то же лицо может быть в нескольких.")
class GroupOfStudents:
    group: StudentGroup = strawberry.field(description="Какая.")
    count: int = strawberry.field(description="Сколько в ней.")
    students: list[GroupedStudent] = secret(PERSONAL, "Кто в ней.")


@strawberry.type(description="Отчёт классного руководителя за учебный период (10.4).")
class ClassTeacherReport:
    slot: ReportSlot = strawberry.field(
        description="За что отчёт; пока период идёт, концом считается сегодняшний день."
    )
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    counted_from: date = strawberry.field(
        description="На какой день сосчитаны «на начало»: последний прежнего периода, а в первом — его первый."
    )
    at_start: int = strawberry.field(description="Обучающихся на начало.")
    arrived_count: int = strawberry.field(description="Сколько прибыло после начала.")
    arrived: list[ClassMove] = secret(PERSONAL, "Прибыли после начала.")
    left_count: int = strawberry.field(description="Сколько выбыло до последнего дня.")
    left: list[ClassMove] = secret(PERSONAL, "Выбыли до последнего дня.")
    at_end: int = strawberry.field(description="Обучающихся в последний день.")
    groups: list[GroupOfStudents] = strawberry.field(description="Группы тех, кто учится в последний день.")
    unmarked_count: int = strawberry.field(description="Скольким чего-то ещё не выставлено.")
    unmarked: list[GroupedStudent] = secret(
        PERSONAL,
        "Кому чего-то ещё не выставлено, и что это: за экзамен — где назван день его результатов, итоговые — в 9 и 11 "
        "классах.",
    )
    legend: list[str] = strawberry.field(description="Кто к какой группе относится и что как считается.")
    print: ReportPrint = computed(
        lambda class_id, asked: print_of(Report.CLASS_TEACHER, class_id, asked),
        *("class_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )

    @resolved(STAYS, only=MAY_SEE_STAYS)
    async def stays(self, info: Info, part: OfPart = None) -> list[Enrolment]:
        return await stays_of(self, info, part)

    @resolved("Пропуски по обучающимся.")
    def attendance(self) -> list[StudentAttendance]:
        found: Any = self.attendance
        return found.students  # type: ignore[no-any-return]

    @resolved("Пропуски всего класса.")
    def total_attendance(self) -> AttendanceFigures:
        found: Any = self.attendance
        return found.total  # type: ignore[no-any-return]


@strawberry.type
class WithClassTeacher:
    """A part of `ClassReports`."""

    @report(Report.CLASS_TEACHER, ClassTeacherReport)
    async def class_teacher(self, info: Info, period_id: PeriodId = None, kind: Kind = None) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await class_teacher(info.context, class_id, of_slot(period_id, kind))
