"""«Средний балл ученика» and «Динамика среднего балла ученика»: the student beside the class (10.5)."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from documents.tables import Chart, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal_finals import FinalKind
from rules.journal_print import long_days
from rules.report import ABOUT, OF_STUDENT, Report
from rules.report_daily import AVERAGES_LEGEND, NOBODY, DailyKind, Others

from .context import Context
from .report import Asked, Slot
from .report_beside import Beside, BesideMarks
from .report_daily import Averaged, DailyBehind, DailyFigures
from .report_names import Names
from .report_student import class_in_days, class_in_year, days_asked, slots_of, taught_subjects


@dataclass(frozen=True, slots=True)
class Averages(Averaged):
    """A student's averages, and those of the class, as values; for whoever may know, with what is behind them."""

    figures: DailyFigures
    others: Others
    beside: BesideMarks

    @property
    def class_average(self) -> Decimal | None:
        """The class's; None where too few others have marks."""
        return self.others.shown(DailyKind.AVERAGE)

    @property
    def class_weighted_average(self) -> Decimal | None:
        """The class's, by the weights of the work."""
        return self.others.shown(DailyKind.WEIGHTED)

    async def class_figures(self, context: Context) -> DailyFigures | None:
        """The class's, exactly."""
        return await self.beside.figures(context)


@dataclass(frozen=True, slots=True)
class SubjectAverages:
    """A subject that the student takes."""

    subject_id: int
    averages: Averages


@dataclass(frozen=True, slots=True)
class StudentAverages:
    """A student's averages of some days, by subject and of all. class_: the class at the end of the days, if any."""

    asked: Asked
    student_id: int
    since: date
    until: date
    class_: Any
    subjects: list[SubjectAverages]
    total: Averages

    @property
    def class_id(self) -> int | None:
        """The class."""
        return self.class_ and self.class_.class_id  # type: ignore[no-any-return]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return AVERAGES_LEGEND


async def student_averages(context: Context, student_id: int, asked: Asked) -> StudentAverages:
    """The report, of a student whom the viewer has reports of."""
    span = days_asked(asked)
    class_ = await class_in_days(context, student_id, *span)
    behind = DailyBehind(student_id, span)
    total = await behind.figures(context)
    marks = await behind.rows(context)
    taught = await context.load_key(taught_subjects(), (student_id, *span), OF_STUDENT)
    subjects = sorted({each.subject_id for each in (*taught, *marks)})
    figures = {of: await DailyBehind(student_id, span, of).figures(context) for of in subjects}
    by_subject: dict[int, Others] = {}
    everybody = NOBODY
    if class_:
        beside = Beside(context, student_id, class_.class_id)
        by_subject = await beside.by_subject(span, {of: each.counts for of, each in figures.items()})
        everybody = await beside.all(span, total.counts)
    classes = (class_.class_id,) if class_ else ()
    return StudentAverages(
        *(asked, student_id, *span, class_),
        [
            SubjectAverages(of, Averages(each, by_subject.get(of, NOBODY), BesideMarks(classes, span, of)))
            for of, each in figures.items()
        ],
        Averages(total, everybody, BesideMarks(classes, span)),
    )


@dataclass(frozen=True, slots=True)
class PeriodAverages:
    """A period of the year."""

    slot: Slot
    averages: Averages


@dataclass(frozen=True, slots=True)
class StudentDynamics:
    """How a student's averages went on from period to period of a year."""

    asked: Asked
    student_id: int
    class_id: int
    grade: int
    letter: str
    year_id: int
    year_name: str
    periods: list[PeriodAverages]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return AVERAGES_LEGEND


async def student_dynamics(context: Context, student_id: int, asked: Asked) -> StudentDynamics:
    """The report, of a student whom the viewer has reports of: by the periods of the class of that year."""
    of = await class_in_year(context, student_id, asked.year_id)
    year = (of.starts_on, of.ends_on)
    slots = [slot for slot in await slots_of(context, of.class_id) if slot.kind is FinalKind.PERIOD]
    spans = [(slot.starts_on, slot.ends_on) for slot in slots]
    figures = [await DailyBehind(student_id, year, days=span).figures(context) for span in spans]
    beside = Beside(context, student_id, of.class_id)
    others = await gather(*(beside.all(span, own.counts) for span, own in zip(spans, figures, strict=True)))
    marks = [BesideMarks((of.class_id,), span) for span in spans]
    periods = [PeriodAverages(*each) for each in zip(slots, map(Averages, figures, others, marks), strict=True)]
    return StudentDynamics(asked, student_id, of.class_id, of.grade, of.letter, of.year_id, of.year_name, periods)


async def student_averages_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await student_averages(context, student_id, asked)
    about = ABOUT[Report.STUDENT_AVERAGES]
    names = Names(context, about.roles)
    subjects = await names.subjects(each.subject_id for each in found.subjects)
    rows = sorted(found.subjects, key=lambda each: subjects[each.subject_id])
    class_ = found.class_
    titles = [subjects[each.subject_id] for each in rows]
    short = await names.short_subjects(subjects)
    each = [of.averages for of in rows]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", (await names.students([student_id]))[student_id]),
            ("Класс", class_name(class_.grade, class_.letter) if class_ else "—"),
            ("Дни", long_days(found.since, found.until)),
        ],
        tables=[
            Table(
                [
                    Column("", width=36),
                    *(Column(title, Kind.DECIMAL, upright=True) for title in (*titles, "Все предметы")),
                ],
                lines_of([*each, found.total]),
            )
        ],
        charts=[chart_of("Средний балл по предметам", [short[each.subject_id] for each in rows], each)],
        legend=found.legend,
        landscape=True,
    )


async def student_dynamics_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await student_dynamics(context, student_id, asked)
    about = ABOUT[Report.STUDENT_DYNAMICS]
    names = Names(context, about.roles)
    titles, each = [of.slot.name for of in found.periods], [of.averages for of in found.periods]
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", (await names.students([student_id]))[student_id]),
            ("Класс", class_name(found.grade, found.letter)),
            ("Учебный год", found.year_name),
        ],
        tables=[Table([Column(""), *(Column(title, Kind.DECIMAL, 26) for title in titles)], lines_of(each))],
        charts=[chart_of("Динамика среднего балла", titles, each, lines=True)],
        legend=found.legend,
    )


def lines_of(columns: Sequence[Averages]) -> list[Line]:
    """The student and the class, by simple averages and by weighted ones."""
    return [
        Line(["Средний балл"], Style.HEADING),
        Line(["Ученик", *(each.average.value for each in columns)]),
        Line(["Класс", *(each.class_average for each in columns)]),
        Line(["Средневзвешенный балл"], Style.HEADING),
        Line(["Ученик", *(each.weighted_average.value for each in columns)]),
        Line(["Класс", *(each.class_weighted_average for each in columns)]),
    ]


def chart_of(title: str, labels: Sequence[str], columns: Sequence[Averages], lines: bool = False) -> Chart:
    """The student beside the class, where either has marks."""
    own, others = [each.average.value for each in columns], [each.class_average for each in columns]
    shown = [at for at in range(len(labels)) if lines or own[at] is not None or others[at] is not None]
    series = [(who, [values[at] for at in shown]) for who, values in (("Ученик", own), ("Класс", others))]
    return Chart(title, [labels[at] for at in shown], series, lines, least=1 if lines else 0, most=5)
