"""«Сводная ведомость учёта посещаемости»: as it is asked for, and on paper (10.4)."""

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal_print import long_days
from rules.report import ABOUT, Report
from rules.report_attendance import ATTENDANCE_LEGEND, AttendanceCounts
from rules.report_daily import check_days

from .context import Context
from .report import Asked, class_reports
from .report_attendance import ClassAttendance, MonthAttendance, attendance_of
from .report_names import Names

_ROLES = ABOUT[Report.ATTENDANCE_SHEET].roles
MONTHS = (
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
)


async def attendance_sheet(context: Context, class_id: int, asked: Asked) -> ClassAttendance:
    """The report, for a class that the viewer has reports of."""
    days = check_days(asked.since, asked.until)
    return await attendance_of(context, class_id, days, Names(context, _ROLES).shown)


_NARROW = 7.2
_TOTAL = "Всего за эти дни"


def _columns(months: list[str]) -> list[Column]:
    return [
        Column("№", Kind.NUMBER, 7),
        Column("Обучающийся"),
        *(Column(word, Kind.NUMBER, _NARROW, month, upright=True) for month in months for word in ("дней", "уроков")),
        *(Column(word, Kind.NUMBER, _NARROW + 1, _TOTAL, upright=True) for word in ("дней", "уроков", *LETTERS)),
        Column("проведено", Kind.NUMBER, 11, _TOTAL, upright=True),
        Column("посещаемость, %", Kind.DECIMAL, 12, _TOTAL, upright=True),
    ]


LETTERS = ("Б", "УП", "НП", "Н", "ОТ", "ОП")
"""The reasons as the journal writes them, in the order of `by_reason`, and being late."""


def by_reason(counts: AttendanceCounts) -> list[Cell]:
    """Lessons missed by the reason, and those come late to."""
    return [counts.illness, counts.excused, counts.unexcused, counts.unexplained, counts.other, counts.late]


async def attendance_sheet_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report. A month without lessons has no column."""
    found = await attendance_sheet(context, class_id, asked)
    names = Names(context, _ROLES)
    students = await names.students(each.student_id for each in found.students)
    of = await context.load_key(class_reports(), (class_id,), _ROLES)
    held = [place for place, each in enumerate(found.months) if each.figures.counts.held]
    titles = [MONTHS[found.months[place].month.month - 1] for place in held]
    lines = [
        Line([place, students[each.student_id], *_cells(each.months, held), *_total(each.total.counts)])
        if not each.at_home
        else Line([place, f"{students[each.student_id]} (обучается на дому)"])
        for place, each in enumerate(found.students, 1)
    ]
    total = [*_cells(found.months, held), *_total(found.total.counts)]
    lines.append(Line([None, "Всего по классу", *total], Style.TOTAL))
    uncalled = found.total.counts.uncalled
    notes = (
        [f"Не отмечено, кто был на уроке: {uncalled} (уроки обучающихся, сосчитаны как посещённые)."]
        if uncalled
        else []
    )
    return Paper(
        title=ABOUT[Report.ATTENDANCE_SHEET].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(of.grade, of.letter)),
            ("Дни", long_days(*found.days)),
            ("Классный руководитель", leader := await names.leader(class_id)),
        ],
        tables=[Table(_columns(titles), lines, notes=notes)],
        legend=ATTENDANCE_LEGEND,
        signers=[("Классный руководитель", leader)],
        landscape=True,
    )


def _cells(months: list[MonthAttendance], held: list[int]) -> list[Cell]:
    counts = [months[place].figures.counts for place in held]
    return [cell for each in counts for cell in (each.days, each.missed)]


def _total(counts: AttendanceCounts) -> list[Cell]:
    return [counts.days, counts.missed, *by_reason(counts), counts.held, counts.percent]
