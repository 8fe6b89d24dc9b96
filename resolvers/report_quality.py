"""«Итоги успеваемости и качества знаний»: month by month, the student beside the class and the parallel (10.5)."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from documents.tables import Chart, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal_print import MONTHS, long_days
from rules.report import ABOUT, Report
from rules.report_daily import NOBODY, QUALITY_LEGEND, DailyKind, Others, months

from .context import Context
from .report import Asked
from .report_beside import Beside, BesideMarks
from .report_daily import DailyBehind, DailyFigure, DailyFigures
from .report_names import Names
from .report_student import class_in_days, days_asked


@dataclass(frozen=True, slots=True)
class MonthQuality:
    """A month: the student's figures, and those of the class and the parallel, as values; for whoever may know, with
    what is behind them.
    """

    since: date
    until: date
    figures: DailyFigures
    of_class: Others
    of_parallel: Others
    class_marks: BesideMarks
    parallel_marks: BesideMarks

    @property
    def success(self) -> DailyFigure:
        """The student's."""
        return self.figures.success

    @property
    def quality(self) -> DailyFigure:
        """The student's."""
        return self.figures.quality

    @property
    def class_success(self) -> Decimal | None:
        """The class's; None where too few others have marks."""
        return self.of_class.shown(DailyKind.SUCCESS)

    @property
    def class_quality(self) -> Decimal | None:
        """The class's; None where too few others have marks."""
        return self.of_class.shown(DailyKind.QUALITY)

    @property
    def parallel_success(self) -> Decimal | None:
        """That of all classes of the grade."""
        return self.of_parallel.shown(DailyKind.SUCCESS)

    @property
    def parallel_quality(self) -> Decimal | None:
        """That of all classes of the grade."""
        return self.of_parallel.shown(DailyKind.QUALITY)

    async def class_figures(self, context: Context) -> DailyFigures | None:
        """The class's, exactly."""
        return await self.class_marks.figures(context)

    async def parallel_figures(self, context: Context) -> DailyFigures | None:
        """Those of all classes of the grade, exactly."""
        return await self.parallel_marks.figures(context)


@dataclass(frozen=True, slots=True)
class QualityByMonth:
    """A student's months. class_: the class at the end of the days, if any."""

    asked: Asked
    student_id: int
    since: date
    until: date
    class_: Any
    months: list[MonthQuality]

    @property
    def class_id(self) -> int | None:
        """The class."""
        return self.class_ and self.class_.class_id  # type: ignore[no-any-return]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return QUALITY_LEGEND


async def quality_by_month(context: Context, student_id: int, asked: Asked) -> QualityByMonth:
    """The report, of a student whom the viewer has reports of: of whole months, so that no day's marks show in them."""
    span = days_asked(asked)
    spans = months(*span)
    read = (spans[0][0], spans[-1][1])
    class_ = await class_in_days(context, student_id, *span)
    figures = [await DailyBehind(student_id, read, days=month).figures(context) for month in spans]
    others = [(NOBODY, NOBODY) for _ in spans]
    classes: tuple[int, ...] = ()
    if class_:
        beside = Beside(context, student_id, class_.class_id)
        others = await gather(*(beside.parallel(month, own.counts) for month, own in zip(spans, figures, strict=True)))
        classes = await beside.classes()
    found = [
        MonthQuality(*month, own, *beside_it, BesideMarks(classes[:1], month), BesideMarks(classes, month))
        for month, own, beside_it in zip(spans, figures, others, strict=True)
    ]
    return QualityByMonth(asked, student_id, *span, class_, found)


async def quality_by_month_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await quality_by_month(context, student_id, asked)
    about = ABOUT[Report.QUALITY_BY_MONTH]
    names = Names(context, about.roles)
    class_, of = found.class_, found.months
    titles = [MONTHS[each.since.month - 1] for each in of]
    success = [
        ("Ученик", [each.success.value for each in of]),
        ("Класс", [each.class_success for each in of]),
        ("Параллель", [each.parallel_success for each in of]),
    ]
    quality = [
        ("Ученик", [each.quality.value for each in of]),
        ("Класс", [each.class_quality for each in of]),
        ("Параллель", [each.parallel_quality for each in of]),
    ]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", (await names.students([student_id]))[student_id]),
            ("Класс", class_name(class_.grade, class_.letter) if class_ else "—"),
            ("Месяцы", long_days(of[0].since, of[-1].until)),
        ],
        tables=[
            Table(
                [Column("", width=30), *(Column(title, Kind.DECIMAL) for title in titles)],
                [*_lines(_SUCCESS, success), *_lines(_QUALITY, quality)],
            )
        ],
        charts=[
            Chart(title, titles, each, least=0, most=100) for title, each in ((_SUCCESS, success), (_QUALITY, quality))
        ],
        legend=found.legend,
    )


_SUCCESS, _QUALITY = "Успеваемость, %", "Качество знаний, %"


def _lines(title: str, rows: Sequence[tuple[str, Sequence[Decimal | None]]]) -> list[Line]:
    return [Line([title], Style.HEADING), *(Line([who, *values]) for who, values in rows)]
