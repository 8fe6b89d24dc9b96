"""«Общие сведения об обучающихся» (10.4)."""

from datetime import date
from typing import Annotated, Any

import strawberry

from resolvers import curriculum, school
from resolvers.report import Asked
from resolvers.report_student_list import student_list
from rules.report import Report

from .base import Info, argument, computed, edge
from .curriculum import SchoolClass
from .report_base import ReportPrint, print_of, report
from .report_finals import OrderOnStudent
from .school_people import Student


@strawberry.type(description="Обучающийся в списке класса; личная карта и законные представители — у него самого.")
class ListedStudent:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    since: date = strawberry.field(description="Первый день в классе.")
    into: OrderOnStudent = strawberry.field(description="Приказ, по которому он в классе.")
    admission: OrderOnStudent | None = strawberry.field(description="Приказ о зачислении в школу.")


@strawberry.type(description="Общие сведения об обучающихся класса (4.6, 4.8, 10.4).")
class StudentList:
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    day: date = strawberry.field(description="На какой день.")
    students: list[ListedStudent] = strawberry.field(description="Кто в этот день в классе.")
    print: ReportPrint = computed(
        lambda class_id, day: print_of(Report.STUDENT_LIST, class_id, Asked(day=day)),
        *("class_id", "day"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type
class WithStudentList:
    """A part of `ClassReports`."""

    @report(Report.STUDENT_LIST, StudentList)
    async def students(
        self, info: Info, on: Annotated[date | None, argument("День; без него — сегодня.")] = None
    ) -> Any:
        class_id: Any = self.id  # type: ignore[attr-defined]
        return await student_list(info.context, class_id, Asked(day=on))
