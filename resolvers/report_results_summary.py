"""«Сводный отчёт об успеваемости по школе»: marks and figures by class, parallel and stage, and their change (10.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from documents.tables import Chart, Column, Kind, Line, Paper, Table, without_empty
from rules.report import ABOUT, Report
from rules.report_figures import LEGEND, TITLES, Counts, FigureKind, rounded_change, value_of
from rules.report_school import Level, Part, parts_of

from .context import Context
from .report import Asked
from .report_classes_summary import MARKED_LEGEND, facts_of, style_of
from .report_figures import Behind, Figures
from .report_names import Names
from .report_school import Frame, Key, frame
from .report_school_marks import marks_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures beside those of another slot: of the classes that were marked both times, and of no others."""

    now: Figures
    then: Figures

    def of(self, kind: FigureKind) -> Decimal | None:
        """By how much a figure has grown."""
        return rounded_change(value_of(kind, self.now.counts), value_of(kind, self.then.counts))

    @property
    def success(self) -> Decimal | None:
        """In points of a percent."""
        return self.of(FigureKind.SUCCESS)

    @property
    def quality(self) -> Decimal | None:
        """In points of a percent."""
        return self.of(FigureKind.QUALITY)

    @property
    def learning(self) -> Decimal | None:
        """In points of a percent."""
        return self.of(FigureKind.LEARNING)

    @property
    def average(self) -> Decimal | None:
        """In marks."""
        return self.of(FigureKind.AVERAGE)


@dataclass(frozen=True, slots=True)
class ResultsSummaryRow:
    """A class or a sum of classes: what was marked, beside the slot before and the year before."""

    part: Part
    figures: Figures
    since_previous: Comparison
    since_year_before: Comparison


@dataclass(frozen=True, slots=True)
class ResultsSummary:
    """The whole report."""

    school_id: int
    frame: Frame
    rows: list[ResultsSummaryRow]

    @property
    def asked(self) -> Asked:
        """What it is asked for."""
        return self.frame.asked

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (*LEGEND, MARKED_LEGEND, CHANGE_LEGEND)


CHANGE_LEGEND = (
    "Изменение — к предыдущему периоду этого года и к тому же периоду прошлого года того класса, который продолжен "
    "этим; сравниваются только классы, у которых отметки есть и тогда, и теперь."
)


async def results_summary(context: Context, school_id: int, asked: Asked) -> ResultsSummary:
    """The report, in three statements."""
    of = await frame(context, asked)
    keys = {*of.slots.values(), *of.previous.values(), *of.year_before.values()}
    marks = await marks_of(context, keys)
    rows = [
        ResultsSummaryRow(
            part,
            _figures(marks, of.slots_of(part.classes)),
            _comparison(of, marks, part, of.previous),
            _comparison(of, marks, part, of.year_before),
        )
        for part in parts_of(of.classes.values())
    ]
    return ResultsSummary(school_id, of, rows)


def _figures(marks: Mapping[Key, Counts], slots: tuple[Key, ...]) -> Figures:
    return Figures(sum((marks[slot] for slot in slots), Counts()), Behind(slots))


def _comparison(of: Frame, marks: Mapping[Key, Counts], part: Part, earlier: Mapping[int, Key]) -> Comparison:
    both = [
        (of.slots[each], earlier[each])
        for each in part.classes
        if each in earlier and marks[of.slots[each]].counted and marks[earlier[each]].counted
    ]
    return Comparison(*(_figures(marks, tuple(pair[n] for pair in both)) for n in range(2)))


_MARKS, _CHANGE, _YEAR = "Отметки", "Изменение к прошлому периоду", "Изменение к прошлому году"
_SHORT = {
    FigureKind.SUCCESS: "Успев.",
    FigureKind.QUALITY: "Качество",
    FigureKind.LEARNING: "СОУ",
    FigureKind.AVERAGE: "Балл",
}
_COLUMNS = (
    Column("Класс"),
    *(Column(title, Kind.NUMBER, 12, _MARKS) for title in ("5", "4", "3", "2", "н/а")),
    *(Column(title, Kind.DECIMAL, 15, upright=True) for title in TITLES.values()),
    *(
        Column(title, Kind.DECIMAL, 14.5, group, upright=True)
        for group in (_CHANGE, _YEAR)
        for title in _SHORT.values()
    ),
)


async def results_summary_paper(context: Context, school_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await results_summary(context, school_id, asked)
    about = ABOUT[Report.RESULTS_SUMMARY]
    names = Names(context, about.roles)
    classes = [row for row in found.rows if row.part.level is Level.CLASS and row.figures.counts.counted]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=facts_of(found.frame),
        tables=[
            without_empty(
                Table(_COLUMNS, [Line([row.part.title, *_cells(row)], style_of(row.part)) for row in found.rows]),
                (_CHANGE, _YEAR),
            )
        ],
        charts=[
            Chart(
                "Успеваемость и качество знаний по классам, %",
                [row.part.title for row in classes],
                [
                    (title, [row.figures.of(kind).value for row in classes])
                    for title, kind in (("Успеваемость", FigureKind.SUCCESS), ("Качество", FigureKind.QUALITY))
                ],
                least=0,
                most=100,
            )
        ],
        legend=found.legend,
        signers=[("Заместитель директора", "")],
        landscape=True,
    )


def _cells(row: ResultsSummaryRow) -> list[Any]:
    counts = row.figures.counts
    marks: list[int | None] = [counts.fives, counts.fours, counts.threes, counts.twos, counts.not_attested]
    if not (row.figures.behind and row.figures.behind.slots):
        marks = [None] * len(marks)
    return [
        *marks,
        *(row.figures.of(kind).value for kind in FigureKind),
        *(change.of(kind) for change in (row.since_previous, row.since_year_before) for kind in FigureKind),
    ]
