"""«Сводная ведомость учёта посещаемости»: as it is asked for, and on paper (10.4)."""

from collections.abc import Callable, Sequence

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal_print import long_days
from rules.report import ABOUT, Report
from rules.report_attendance import AttendanceCounts
from rules.report_daily import check_days

from .context import Context
from .report import Asked, class_reports
from .report_attendance import ClassAttendance, StudentAttendance, attendance_of
from .report_names import Names

Of = StudentAttendance | ClassAttendance

_ROLES = ABOUT[Report.ATTENDANCE_SHEET].roles
MONTHS = (
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
)


async def attendance_sheet(context: Context, class_id: int, asked: Asked) -> ClassAttendance:
    """The report, for a class that the viewer has reports of."""
    days = check_days(asked.since, asked.until)
    return await attendance_of(context, class_id, days)


_DAYS, _LESSONS = "Пропущено дней", "Пропущено уроков"


def _names() -> list[Column]:
    return [Column("№", Kind.NUMBER, 7), Column("Обучающийся")]


def _by_month(months: list[str]) -> list[Column]:
    pairs = [(month, word) for month in (*months, "Всего") for word in ("дней", "уроков")]
    return [*_names(), *(Column(word, Kind.NUMBER, 9, month, upright=True) for month, word in pairs)]


def _by_reason() -> list[Column]:
    return [
        *_names(),
        *(Column(word, Kind.NUMBER, 11, _DAYS) for word in ("всего", "Б", "УП", "НП")),
        *(Column(word, Kind.NUMBER, 11, _LESSONS) for word in ("всего", *LETTERS[:-1])),
        Column("Опозданий (ОП)", Kind.NUMBER, 22),
        Column("Проведено уроков", Kind.NUMBER, 22),
        Column("Посещаемость, %", Kind.DECIMAL, 28),
    ]


LETTERS = ("Б", "УП", "НП", "Н", "ОТ", "ОП")
"""The reasons as the journal writes them, in the order of `by_reason`, and being late."""


def by_reason(counts: AttendanceCounts) -> list[Cell]:
    """Lessons missed by the reason, and those come late to."""
    return [counts.illness, counts.excused, counts.unexcused, counts.unexplained, counts.other, counts.late]


async def attendance_sheet_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report: all days by the reasons, then each month that has lessons."""
    found = await attendance_sheet(context, class_id, asked)
    names = Names(context, _ROLES)
    students = await names.students(each.student_id for each in found.students)
    of = await context.load_key(class_reports(), (class_id,), _ROLES)
    held = [place for place, each in enumerate(found.months) if each.figures.counts.held]
    titles = [MONTHS[found.months[place].month.month - 1] for place in held]

    def table(columns: list[Column], cells: Callable[[Of], list[Cell]], title: str, notes: Sequence[str] = ()) -> Table:
        lines = [
            Line([place, students[each.student_id], *cells(each)])
            if not each.at_home
            else Line([place, f"{students[each.student_id]} (обучается на дому)"])
            for place, each in enumerate(found.students, 1)
        ]
        return Table(columns, [*lines, Line([None, "Всего по классу", *cells(found)], Style.TOTAL)], title, notes)

    def of_month(place: int) -> Callable[[Of], list[Cell]]:
        return lambda of: _reasons(of.months[place].figures.counts)

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
        tables=[
            table(_by_reason(), lambda of: _reasons(of.total.counts), "Всего за эти дни", notes),
            *([table(_by_month(titles), lambda of: _monthly(of, held), "По месяцам")] if len(held) > 1 else []),
            *(table(_by_reason(), of_month(place), titles[at]) for at, place in enumerate(held) if len(held) > 1),
        ],
        legend=found.legend,
        signers=[("Классный руководитель", leader)],
        landscape=True,
    )


def _monthly(of: Of, held: list[int]) -> list[Cell]:
    counts = [*(of.months[place].figures.counts for place in held), of.total.counts]
    return [cell for each in counts for cell in (each.days, each.missed)]


def _reasons(counts: AttendanceCounts) -> list[Cell]:
    return [
        *(counts.days, counts.illness_days, counts.excused_days, counts.unexcused_days),
        *(counts.missed, *by_reason(counts), counts.held, counts.percent),
    ]
