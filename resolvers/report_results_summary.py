"""«Сводный отчёт об успеваемости по школе»: marks and figures by class, parallel and stage, and their change (10.3)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from documents.tables import Chart, Column, Kind, Line, Paper, Table, without_empty
from rules.report import ABOUT, Report
from rules.report_figures import CHANGE_FORMULA, LEGEND, TITLES, FigureKind, rounded_change, value_of
from rules.report_school import Level, Part, parts_of

from .context import Context
from .report import Asked
from .report_classes_summary import MARKED_LEGEND, facts_of, style_of
from .report_figures import Behind, Figures, Marked
from .report_names import Names
from .report_school import Frame, Key, frame
from .report_school_marks import marks_of
from .report_shown import Shown, shown_to


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

    @property
    def formula(self) -> str:
        """The formula of each of them."""
        return CHANGE_FORMULA


@dataclass(eq=False)
class Earlier:
    """What stood in earlier slots: read at once for all rows, and only if one of them is asked for it."""

    of: Frame
    shown: Shown
    now: Mapping[Key, Marked]
    _marks: "asyncio.Task[dict[Key, Marked]] | None" = field(default=None, init=False, repr=False)

    async def beside(self, context: Context, part: Part, slots: Mapping[int, Key]) -> Comparison:
        """The figures of a row then, in these slots of its classes, and now."""
        if self._marks is None:
            keys = {*self.of.previous.values(), *self.of.year_before.values()}
            self._marks = asyncio.ensure_future(marks_of(context, keys))
        then = await self._marks
        both = [
            (self.of.slots[each], slots[each])
            for each in part.classes
            if each in slots and self.now[self.of.slots[each]].counts.counted and then[slots[each]].counts.counted
        ]
        return Comparison(
            _figures(self.shown, self.now, tuple(now for now, _ in both)),
            _figures(self.shown, then, tuple(before for _, before in both)),
        )


@dataclass(frozen=True, slots=True)
class ResultsSummaryRow:
    """A class or a sum of classes: what was marked, beside the slot before and the year before."""

    part: Part
    figures: Figures
    earlier: Earlier

    async def since_previous(self, context: Context) -> Comparison:
        """Beside the slot before it in the same year."""
        return await self.earlier.beside(context, self.part, self.earlier.of.previous)

    async def since_year_before(self, context: Context) -> Comparison:
        """Beside the same slot of the year before."""
        return await self.earlier.beside(context, self.part, self.earlier.of.year_before)


@dataclass(frozen=True, slots=True)
class ResultsSummary:
    """The whole report."""

    school_id: int
    frame: Frame
    rows: list[ResultsSummaryRow]
    shown: Shown

    @property
    def asked(self) -> Asked:
        """What it is asked for."""
        return self.frame.asked

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (*LEGEND, MARKED_LEGEND, CHANGE_LEGEND, *self.shown.legend)


CHANGE_LEGEND = (
    "Изменение — к предыдущему периоду этого года и к тому же периоду прошлого года того класса, который продолжен "
    "этим; сравниваются только классы, у которых отметки есть и тогда, и теперь."
)


async def results_summary(context: Context, school_id: int, asked: Asked) -> ResultsSummary:
    """The report, in three statements, and one more if a comparison is asked for."""
    of, shown = await frame(context, asked), shown_to(context)
    marks = await marks_of(context, set(of.slots.values()))
    earlier = Earlier(of, shown, marks)
    rows = [
        ResultsSummaryRow(part, _figures(shown, marks, of.slots_of(part.classes)), earlier)
        for part in parts_of(of.classes.values())
    ]
    return ResultsSummary(school_id, of, rows, shown)


def _figures(shown: Shown, marks: Mapping[Key, Marked], slots: tuple[Key, ...]) -> Figures:
    return Figures(shown.marked(marks[slot] for slot in slots), Behind(slots))


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
    changes = [[await row.since_previous(context), await row.since_year_before(context)] for row in found.rows]
    lines = [
        Line([row.part.title, *_cells(row, change)], style_of(row.part))
        for row, change in zip(found.rows, changes, strict=True)
    ]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=facts_of(found.frame),
        tables=[
            without_empty(Table(_COLUMNS, lines), (_CHANGE, _YEAR)),
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


def _cells(row: ResultsSummaryRow, changes: list[Comparison]) -> list[Any]:
    counts = row.figures.counts
    marks: list[int | None] = [counts.fives, counts.fours, counts.threes, counts.twos, counts.not_attested]
    if not (row.figures.behind and row.figures.behind.slots):
        marks = [None] * len(marks)
    return [
        *marks,
        *(row.figures.of(kind).value for kind in FigureKind),
        *(change.of(kind) for change in changes for kind in FigureKind),
    ]
