"""«Сводный отчёт классного руководителя (по школе)»: students and their groups, class by class (10.3)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from permissions.report import visible_counted_marks
from rules.journal_print import long_days
from rules.report import ABOUT, Report
from rules.report_figures import LEGEND, TITLES, FigureKind
from rules.report_groups import GROUP_TITLES, GROUPS_LEGEND, StudentGroup, groups_of
from rules.report_school import ROLL_LEGEND, Level, Part, parts_of

from .context import Context
from .report import Asked
from .report_figures import Behind, CountedMark, Figures, counted_as
from .report_names import Names
from .report_school import Frame, Roll, frame
from .report_school_marks import sheets_of
from .report_shown import Shown, shown_to

SHOWN = tuple(each for each in StudentGroup if each is not StudentGroup.ONE_FOUR)
"""The groups that the summary counts."""


@dataclass(frozen=True, slots=True)
class CountedStudent:
    """A student of a row: the groups, by these marks. Who has left since is in none.

    marks: as the percentages of the row count them: «н/а» is among them, as it is in the groups.
    """

    student_id: int
    groups: list[StudentGroup]
    marks: list[CountedMark]


@dataclass(frozen=True, slots=True)
class ClassesSummaryRow:
    """A class or a sum of classes: how many students, how many of them in which group, what was marked."""

    part: Part
    roll: Roll
    groups: Counter[StudentGroup]
    figures: Figures

    async def grouped(self, context: Context, group: StudentGroup | None = None) -> list["CountedStudent"]:
        """Whose marks were counted, and those left out, each with the groups that they come to. group: only its own."""
        behind = self.figures.behind
        marks: dict[tuple[int, bool], list[Any]] = defaultdict(list)
        for mark in await behind.marks(context, visible_counted_marks.roles) if behind else ():
            marks[mark.student_id, mark.there].append(mark)
        found = []
        for (student_id, there), of in sorted(marks.items(), key=lambda each: each[0]):
            groups = groups_of(mark.value for mark in of) if there else frozenset()
            if group is None or group in groups:
                counted = counted_as(FigureKind.SUCCESS, of)
                found.append(CountedStudent(student_id, [each for each in SHOWN if each in groups], counted))
        return found

    @property
    def excellent(self) -> int:
        """Отличники."""
        return self.groups[StudentGroup.EXCELLENT]

    @property
    def good(self) -> int:
        """Хорошисты."""
        return self.groups[StudentGroup.GOOD]

    @property
    def one_three(self) -> int:
        """С одной «3»."""
        return self.groups[StudentGroup.ONE_THREE]

    @property
    def failing(self) -> int:
        """Неуспевающие."""
        return self.groups[StudentGroup.FAILING]

    @property
    def not_attested(self) -> int:
        """Не аттестованы."""
        return self.groups[StudentGroup.NOT_ATTESTED]


@dataclass(frozen=True, slots=True)
class ClassesSummary:
    """The whole report."""

    school_id: int
    frame: Frame
    rows: list[ClassesSummaryRow]
    shown: Shown

    @property
    def asked(self) -> Asked:
        """What it is asked for."""
        return self.frame.asked

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (ROLL_LEGEND, BETWEEN_CLASSES, MARKED_LEGEND, *GROUPS_LEGEND, *LEGEND, *self.shown.legend)


BETWEEN_CLASSES = "Прибыли и выбыли — из класса: перешедший из класса в класс школы сосчитан в обоих."
MARKED_LEGEND = (
    "Класс, чей год поделён иначе, отмечен за свой период, который заканчивается в этом. Первые классы не отмечаются."
)


async def classes_summary(context: Context, school_id: int, asked: Asked) -> ClassesSummary:
    """The report, in three statements."""
    of, shown = await frame(context, asked), shown_to(context)
    found = await sheets_of(context, list(of.slots.values()))
    rows = []
    for part in parts_of(of.classes.values(), parallels=False):
        slots = of.slots_of(part.classes)
        counts = shown.marked(found[slot][0] for slot in slots)
        groups: Counter[StudentGroup] = sum((found[slot][1] for slot in slots), Counter())
        groups = Counter({group: shown.people(students) for group, students in groups.items()})
        rows.append(ClassesSummaryRow(part, of.roll(part.classes, shown), groups, Figures(counts, Behind(slots))))
    return ClassesSummary(school_id, of, rows, shown)


_STUDENTS, _GROUPS = "Обучающихся", "По отметкам"
_COLUMNS = (
    Column("Класс", width=26),
    Column("Классный руководитель"),
    Column("Отмечен за", width=26),
    *(Column(title, Kind.NUMBER, 13, _STUDENTS) for title in ("начало", "приб.", "выб.", "конец")),
    *(Column(GROUP_TITLES[group], Kind.NUMBER, 11, _GROUPS, upright=True) for group in SHOWN),
    *(Column(TITLES[kind], Kind.DECIMAL, 16, upright=True) for kind in (FigureKind.SUCCESS, FigureKind.QUALITY)),
)


async def classes_summary_paper(context: Context, school_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await classes_summary(context, school_id, asked)
    about, of = ABOUT[Report.CLASSES_SUMMARY], found.frame
    names = Names(context, about.roles)
    leaders = await names.leaders(of.classes)
    lines = []
    for row in found.rows:
        class_id = row.part.class_id
        first: list[Cell] = [
            row.part.title,
            leaders[class_id] if class_id else "",
            of.slot_names.get(class_id or 0, ""),
        ]
        lines.append(Line([*first, *_cells(row)], style_of(row.part)))
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=facts_of(of),
        tables=[Table(_COLUMNS, lines)],
        legend=found.legend,
        signers=[("Заместитель директора", "")],
        landscape=True,
    )


def facts_of(of: Frame) -> list[tuple[str, str]]:
    """What a summary is of, on paper."""
    return [("Период", f"{of.name}, {of.year_name}"), ("Дни", long_days(of.starts_on, of.ends_on))]


def style_of(part: Part) -> Style:
    """Sums stand out."""
    return Style.PLAIN if part.level is Level.CLASS else Style.TOTAL


def _cells(row: ClassesSummaryRow) -> list[Any]:
    roll, groups = row.roll, [row.groups[group] for group in SHOWN]
    figures = [row.figures.success.value, row.figures.quality.value]
    marked = bool(row.figures.behind and row.figures.behind.slots)
    return [
        *(roll.at_start, roll.arrived, roll.gone, roll.at_end),
        *(groups if marked else [None] * len(groups)),
        *figures,
    ]
