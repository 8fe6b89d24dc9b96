"""The reports of a school: «Сводный отчёт классного руководителя», «Сводный отчёт об успеваемости», «Наполняемость
классов», «Движение учащихся» (10.3).
"""

from datetime import date
from typing import Annotated, Any

import strawberry

from resolvers import curriculum, movement, school
from resolvers.report_classes_summary import classes_summary
from resolvers.report_movement import movement as movement_report
from resolvers.report_occupancy import occupancy
from resolvers.report_results_summary import results_summary
from rules.report import Report

from .base import Info, argument, computed, edge, resolved, secret
from .curriculum import AcademicYear, Enrolment, SchoolClass
from .enums import MovementKind
from .enums_report import Level, StudentGroup
from .movement import MovementOrder
from .report_base import From, Kind, PeriodId, ReportPrint, Until, YearId, of_day, of_days, of_slot, print_of, report
from .report_figures import MAY_TRACE, CountedMark, Figures
from .report_stays import MAY_SEE_STAYS, STAYS, OfPart, stays_of
from .school_people import PERSONAL, Student

OnDay = Annotated[date | None, argument("На какой день; без него — на сегодня.")]


def _print(kind: Report) -> Any:
    return computed(
        lambda school_id, asked: print_of(kind, school_id, asked),
        *("school_id", "asked"),
        description="Адреса для печати и выгрузки.",
    )


@strawberry.type(description="О чём строка: класс, параллель, уровень образования, школа.")
class ReportPart:
    level: Level = strawberry.field(description="О чём.")
    title: str = strawberry.field(description="Как называется.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс, если строка о классе.")


@strawberry.type(description="За что сводный отчёт, и дни, за которые сосчитаны обучающиеся.")
class SummaryFrame:
    name: str = strawberry.field(description="Учебный период, год, экзамен, итог.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день; пока период идёт — сегодня.")
    counted_from: date = strawberry.field(
        description="На какой день сосчитаны «на начало»: последний прежнего периода, а в первом — его первый."
    )


@strawberry.type(description="Сколько обучающихся. Прибыли и выбыли — из класса, в том числе внутри школы.")
class Roll:
    at_start: int = strawberry.field(description="На начало.")
    arrived: int = strawberry.field(description="Прибыли после начала.")
    gone: int = strawberry.field(description="Выбыли до последнего дня.")
    at_end: int = strawberry.field(description="В последний день.")

    @resolved(STAYS, only=MAY_SEE_STAYS)
    async def stays(self, info: Info, part: OfPart = None) -> list[Enrolment]:
        return await stays_of(self, info, part)


@strawberry.type(description="Обучающийся в сводном отчёте: к каким группам отнесён и по каким отметкам.")
class CountedStudent:
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    groups: list[StudentGroup] = strawberry.field(description="Группы; пусто, если ни к какой.")
    marks: list[CountedMark] = strawberry.field(
        description="Все его отметки за этот срок и места для них — как в успеваемости: «н/а» сосчитана."
    )


@strawberry.type(description="Строка сводного отчёта классного руководителя.")
class ClassesSummaryRow:
    part: ReportPart = strawberry.field(description="О чём строка.")
    roll: Roll = strawberry.field(description="Сколько обучающихся.")
    excellent: int = strawberry.field(description="Отличники.")
    good: int = strawberry.field(description="Хорошисты.")
    one_three: int = strawberry.field(description="С одной «3».")
    failing: int = strawberry.field(description="Неуспевающие.")
    not_attested: int = strawberry.field(description="Не аттестованы.")
    figures: Figures = strawberry.field(description="Все отметки вместе; без значений, если отметок не ставят.")

    @resolved("Кто к какой группе отнесён; и кто ни к какой.", only=MAY_TRACE)
    async def grouped(
        self, info: Info, group: Annotated[StudentGroup | None, argument("Только из этой группы.")] = None
    ) -> list[CountedStudent]:
        row: Any = self
        return await row.grouped(info.context, group)  # type: ignore[no-any-return]


@strawberry.type(description="Сводный отчёт классного руководителя по школе (10.3).")
class ClassesSummary:
    frame: SummaryFrame = strawberry.field(description="За что отчёт.")
    rows: list[ClassesSummaryRow] = strawberry.field(description="Классы, затем суммы.")
    legend: list[str] = strawberry.field(description="Кто к какой группе относится и что как считается.")
    print: ReportPrint = _print(Report.CLASSES_SUMMARY)


@strawberry.type(description="Изменение показателей: по классам, у которых отметки есть и тогда, и теперь.")
class Comparison:
    now: Figures = strawberry.field(description="Теперь.")
    then: Figures = strawberry.field(description="Тогда.")
    success: float | None = strawberry.field(description="На сколько изменилась успеваемость, пунктов процента.")
    quality: float | None = strawberry.field(description="На сколько изменилось качество знаний, пунктов процента.")
    learning: float | None = strawberry.field(description="На сколько изменилась СОУ, пунктов процента.")
    average: float | None = strawberry.field(description="На сколько изменился средний балл.")
    formula: str = strawberry.field(description="Формула каждого изменения.")


@strawberry.type(description="Строка сводного отчёта об успеваемости.")
class ResultsSummaryRow:
    part: ReportPart = strawberry.field(description="О чём строка.")
    figures: Figures = strawberry.field(description="Отметки и показатели.")

    @resolved("К предыдущему учебному периоду этого года.")
    async def since_previous(self, info: Info) -> Comparison:
        row: Any = self
        return await row.since_previous(info.context)  # type: ignore[no-any-return]

    @resolved("К тому же периоду прошлого года тех же классов.")
    async def since_year_before(self, info: Info) -> Comparison:
        row: Any = self
        return await row.since_year_before(info.context)  # type: ignore[no-any-return]


@strawberry.type(description="Сводный отчёт об успеваемости по школе (10.3).")
class ResultsSummary:
    frame: SummaryFrame = strawberry.field(description="За что отчёт.")
    rows: list[ResultsSummaryRow] = strawberry.field(description="Классы, затем суммы.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = _print(Report.RESULTS_SUMMARY)


@strawberry.type(description="Строка наполняемости.")
class OccupancyRow:
    part: ReportPart = strawberry.field(description="О чём строка.")
    capacity: int | None = strawberry.field(description="Мест по плану, если он назначен.")
    students: int = strawberry.field(description="Обучающихся.")
    boys: int = strawberry.field(description="Мальчиков.")
    girls: int = strawberry.field(description="Девочек.")
    classes: int = strawberry.field(description="Классов.")
    average: float | None = strawberry.field(description="В среднем в классе.")
    formula: str = strawberry.field(description="Формула среднего.")
    free: int | None = strawberry.field(description="Свободных мест; меньше нуля, если учится больше, чем по плану.")

    @resolved("Кто сосчитан: пребывания в классе в этот день.", only=MAY_SEE_STAYS)
    async def stays(self, info: Info) -> list[Enrolment]:
        return await stays_of(self, info)


@strawberry.type(description="Наполняемость классов (10.3).")
class Occupancy:
    on: date = strawberry.field(description="На какой день.")
    rows: list[OccupancyRow] = strawberry.field(description="Классы, затем суммы.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    print: ReportPrint = _print(Report.OCCUPANCY)


@strawberry.type(description="Движение: на начало + прибыли + пришли − выбыли − ушли = на конец.")
class Moves:
    at_start: int = strawberry.field(description="В первый день.")
    arrived: int = strawberry.field(description="Зачислены в школу.")
    moved_in: int = strawberry.field(description="Пришли из других классов.")
    gone: int = strawberry.field(description="Выбыли из школы или окончили её.")
    moved_out: int = strawberry.field(description="Ушли в другие классы.")
    at_end: int = strawberry.field(description="В последний день.")


@strawberry.type(description="Строка движения.")
class MovementRow:
    part: ReportPart = strawberry.field(description="О чём строка.")
    moves: Moves = strawberry.field(description="Сколько обучающихся.")

    @resolved(STAYS, only=MAY_SEE_STAYS)
    async def stays(self, info: Info, part: OfPart = None) -> list[Enrolment]:
        return await stays_of(self, info, part)


@strawberry.type(description="Кто прибыл, выбыл или перешёл, и по какому приказу.")
class Move:
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    from_class: SchoolClass | None = edge(movement.item_from_class, description="Из класса.")
    to_class: SchoolClass | None = edge(movement.item_to_class, description="В класс.")
    on: date = strawberry.field(description="С какого дня.")
    place: str | None = strawberry.field(description="Откуда прибыл или куда выбыл.")
    reason: str | None = strawberry.field(description="Причина.")
    number: str = strawberry.field(description="Номер приказа.")
    issued_on: date = strawberry.field(description="Дата приказа.")
    order: MovementOrder | None = edge(movement.order_of, description="Приказ.")


@strawberry.type(description="Движение учащихся по школе (10.3).")
class Movement:
    since: date = strawberry.field(description="С какого дня.")
    until: date = strawberry.field(description="По какой день.")
    rows: list[MovementRow] = strawberry.field(description="Классы, затем суммы.")
    legend: list[str] = strawberry.field(description="Что как считается.")
    moves: list[Move] = secret(PERSONAL, "Каждый, кто прибыл, выбыл или перешёл, по дням.")
    print: ReportPrint = _print(Report.MOVEMENT)


@strawberry.type
class WithSchool:
    """A part of `SchoolReports`."""

    @report(Report.CLASSES_SUMMARY, ClassesSummary)
    async def classes_summary(
        self, info: Info, period_id: PeriodId = None, kind: Kind = None, year_id: YearId = None
    ) -> Any:
        school_id: Any = self.id  # type: ignore[attr-defined]
        return await classes_summary(info.context, school_id, of_slot(period_id, kind, year_id))

    @report(Report.RESULTS_SUMMARY, ResultsSummary)
    async def results_summary(
        self, info: Info, period_id: PeriodId = None, kind: Kind = None, year_id: YearId = None
    ) -> Any:
        school_id: Any = self.id  # type: ignore[attr-defined]
        return await results_summary(info.context, school_id, of_slot(period_id, kind, year_id))

    @report(Report.OCCUPANCY, Occupancy)
    async def occupancy(self, info: Info, on: OnDay = None) -> Any:
        school_id: Any = self.id  # type: ignore[attr-defined]
        return await occupancy(info.context, school_id, of_day(on))

    @report(Report.MOVEMENT, Movement)
    async def movement(self, info: Info, since: From, until: Until) -> Any:
        school_id: Any = self.id  # type: ignore[attr-defined]
        return await movement_report(info.context, school_id, of_days(since, until))
