"""«Отчёт об успеваемости и посещаемости ученика»: subjects by days, what they come to, and what was missed (10.5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from rules.journal_finals import FinalKind
from rules.journal_print import LEGEND, MONTHS, long_days
from rules.report import ABOUT, OF_STUDENT, Report
from rules.report_attendance import ATTENDANCE_FORMULA, AttendanceCounts
from rules.report_daily import AVERAGE_LEGEND, day_groups

from .context import Context
from .report import Asked, Slot
from .report_card import CardMark, card_cell
from .report_daily import Averaged, DailyBehind, DailyFigure, DailyFigures, daily_attendance, days_with_lessons
from .report_names import Names
from .report_student import card_marks, class_in_days, days_asked, slots_of, taught_subjects

PRESENCE_LEGEND = (
    f"Посещаемость, % = {ATTENDANCE_FORMULA}, по урокам: проведено — без тех, от которых обучающийся освобождён; "
    "опоздание — не пропуск."
)
AT_HOME = ("Посещаемость", "в бумажном журнале, обучается на дому (7.8)")
"""What is said on paper in place of lessons held and missed."""

MOST_DAYS = 24
"""How many days' columns fit a page beside the names of subjects."""


@dataclass(frozen=True, slots=True)
class JournalCell:
    """What is written of a student in a subject on a day, lesson after lesson."""

    date: date
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """As in the journal: «4», «УП», «Б Б», «.»."""
        return " ".join(self.parts)


@dataclass(frozen=True, slots=True)
class Presence:
    """Lessons, counted as in the class's sheet. absences: what stands in the journals, of those missed and others.
    lessons: by subject and day, how many were held. at_home: none is counted, as the student learns at home (7.8).
    """

    counts: AttendanceCounts
    absences: list[Any]
    lessons: list[Any]
    at_home: bool

    @property
    def held(self) -> int:
        """Lessons held, without those that the student is exempt from."""
        return self.counts.held

    @property
    def missed(self) -> int:
        """Lessons missed."""
        return self.counts.missed

    @property
    def late(self) -> int:
        """How often the student came late: that is not to miss."""
        return self.counts.late

    @property
    def attendance(self) -> Decimal | None:
        """Lessons not missed, in percent of those held."""
        return self.counts.percent

    @property
    def formula(self) -> str:
        """The formula of the percentage."""
        return ATTENDANCE_FORMULA


@dataclass(frozen=True, slots=True)
class JournalPeriod(Averaged):
    """What the marks of a period come to, of those of its days that are asked for."""

    slot: Slot
    figures: DailyFigures


@dataclass(frozen=True, slots=True)
class JournalSubject(Averaged):
    """A subject: its cells that are not empty, what they come to, in all and by periods, and the marks of the periods
    in these days.
    """

    subject_id: int
    cells: list[JournalCell]
    figures: DailyFigures
    presence: Presence
    period_averages: list[JournalPeriod]
    period_marks: list[CardMark]


@dataclass(frozen=True, slots=True)
class StudentJournal:
    """What stands of a student in all journals of some days. days: those with lessons. periods: those that end or run
    in these days.
    """

    asked: Asked
    student_id: int
    since: date
    until: date
    class_: Any
    days: list[date]
    periods: list[Slot]
    subjects: list[JournalSubject]
    total: DailyFigures
    period_averages: list[JournalPeriod]
    presence: Presence

    @property
    def class_id(self) -> int | None:
        """The class."""
        return self.class_ and self.class_.class_id  # type: ignore[no-any-return]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return (LEGEND, AVERAGE_LEGEND, PRESENCE_LEGEND)

    @property
    def average(self) -> DailyFigure:
        """The mean of all subjects' marks."""
        return self.total.average

    @property
    def weighted_average(self) -> DailyFigure:
        """The same by the weights of the work."""
        return self.total.weighted_average


async def student_journal(context: Context, student_id: int, asked: Asked) -> StudentJournal:
    """The report, of a student whom the viewer has reports of."""
    span = days_asked(asked)
    key = (student_id, *span)
    class_ = await class_in_days(context, student_id, *span)
    behind = DailyBehind(student_id, span)
    marks = await behind.rows(context)
    absences = await context.load_key(daily_attendance(), key, OF_STUDENT)
    lessons = await context.load_key(days_with_lessons(), key, OF_STUDENT)
    taught = await context.load_key(taught_subjects(), key, OF_STUDENT)
    periods, of_periods = await _period_marks(context, student_id, class_, span)
    cells = _cells(marks, absences)
    subjects = []
    marked = {of for of, each in of_periods.items() if any(mark.value for mark in each)}
    for of in sorted({each.subject_id for each in (*taught, *marks, *absences, *lessons)} | marked):
        presence = presence_of(*([each for each in rows if each.subject_id == of] for rows in (lessons, absences)))
        own = DailyBehind(student_id, span, of)
        subjects.append(
            JournalSubject(
                *(of, cells.get(of, []), await own.figures(context), presence),
                await _by_period(context, own, periods),
                of_periods.get(of, []),
            )
        )
    return StudentJournal(
        *(asked, student_id, *span, class_),
        sorted({each.lesson_date for each in (*lessons, *marks, *absences)}),
        *(periods, subjects, await behind.figures(context)),
        await _by_period(context, behind, periods),
        presence_of(lessons, absences),
    )


async def _by_period(context: Context, of: DailyBehind, periods: Sequence[Slot]) -> list[JournalPeriod]:
    """What the marks come to in each period."""
    since, until = of.read
    return [
        JournalPeriod(
            slot, await replace(of, days=(max(since, slot.starts_on), min(until, slot.ends_on))).figures(context)
        )
        for slot in periods
    ]


async def _period_marks(
    context: Context, student_id: int, class_: Any, span: tuple[date, date]
) -> tuple[list[Slot], dict[int, list[CardMark]]]:
    """The periods of the class that these days touch, and the marks of each subject in them."""
    if class_ is None:
        return [], {}
    slots = [
        slot
        for slot in await slots_of(context, class_.class_id)
        if slot.kind is FinalKind.PERIOD and slot.starts_on <= span[1] and slot.ends_on >= span[0]
    ]
    by_period = {slot.period_id: slot for slot in slots}
    found: dict[int, list[CardMark]] = defaultdict(list)
    for cell in await context.load_key(card_marks(), (student_id, class_.year_id), OF_STUDENT):
        if cell.kind == FinalKind.PERIOD and cell.period_id in by_period:
            found[cell.subject_id].append(CardMark(by_period[cell.period_id], cell.value, cell.mark_id))
    return slots, found


def _cells(marks: Sequence[Any], absences: Sequence[Any]) -> dict[int, list[JournalCell]]:
    """By subject: lesson after lesson, the absence before the marks, which are in the order of the tasks."""
    parts: dict[tuple[int, date], list[tuple[int, int, int, str]]] = defaultdict(list)
    for at, each in enumerate(absences):
        letters = ATTENDANCE_LETTERS[AttendanceCode(each.code)]
        parts[each.subject_id, each.lesson_date].append((each.lesson_number, 0, at, letters))
    for at, each in enumerate(marks):
        parts[each.subject_id, each.lesson_date].append((each.lesson_number, 1, at, each.value))
    found: dict[int, list[JournalCell]] = defaultdict(list)
    for (subject, day), written in sorted(parts.items()):
        found[subject].append(JournalCell(day, tuple(text for *_, text in sorted(written))))
    return found


def presence_of(lessons: Iterable[Any], absences: Iterable[Any]) -> Presence:
    """Of lessons held, by subject and day, and what stands in the journals of attendance."""
    entries, taken = list(absences), list(lessons)
    days = [each for each in taken if each.held]
    codes = Counter(each.code for each in entries if each.taken and not each.taught_at_home)
    held = sum(each.held for each in days) - codes[AttendanceCode.EXEMPT]
    return Presence(AttendanceCounts(held=held, **codes), entries, days, any(each.taught_at_home for each in taken))


async def student_journal_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The printed report: as many tables of days as it takes, then what they come to."""
    found = await student_journal(context, student_id, asked)
    about = ABOUT[Report.STUDENT_JOURNAL]
    names = Names(context, about.roles)
    subjects = await names.subjects(each.subject_id for each in found.subjects)
    rows = sorted(found.subjects, key=lambda each: subjects[each.subject_id])
    class_ = found.class_
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", (await names.students([student_id]))[student_id]),
            ("Класс", class_name(class_.grade, class_.letter) if class_ else "—"),
            *([("Учебный год", class_.year_name)] if class_ else []),
            ("Дни", long_days(found.since, found.until)),
            *([AT_HOME] if found.presence.at_home else []),
        ],
        tables=[
            *(_table_of_days(days, rows, subjects) for days in day_groups(found.days, MOST_DAYS) if days),
            _totals(found, rows, subjects),
        ],
        legend=found.legend,
        landscape=True,
    )


def _table_of_days(days: Sequence[date], rows: Sequence[JournalSubject], subjects: dict[int, str]) -> Table:
    columns = [Column("Предмет", width=44)]
    columns += [Column(f"{day:%d}", Kind.NUMBER, group=MONTHS[day.month - 1]) for day in days]
    lines = []
    for each in rows:
        texts = {cell.date: cell.text for cell in each.cells}
        lines.append(Line([subjects[each.subject_id], *(texts.get(day) for day in days)]))
    return Table(columns, lines)


def _totals(found: StudentJournal, rows: Sequence[JournalSubject], subjects: dict[int, str]) -> Table:
    columns = [
        Column("Предмет", width=60),
        *(Column(title, Kind.DECIMAL, group="Средний балл") for title in ("простой", "взвешенный")),
        *(Column(title, Kind.NUMBER, group="Уроков") for title in ("проведено", "пропущено", "опозданий")),
        Column("Посещаемость, %", Kind.DECIMAL),
        *(column for slot in found.periods for column in _columns_of(slot)),
    ]
    lines = [
        Line(
            [
                *(subjects[each.subject_id], *_figures(each, found.presence.at_home)),
                *(
                    cell
                    for of in each.period_averages
                    for cell in (of.average.value, _mark_of(each.period_marks, of.slot))
                ),
            ]
        )
        for each in rows
    ]
    total = [cell for of in found.period_averages for cell in (of.average.value, None)]
    return Table(
        columns, [*lines, Line(["Всего", *_figures(found, found.presence.at_home), *total], Style.TOTAL)], "Итоги"
    )


def _columns_of(slot: Slot) -> tuple[Column, Column]:
    return Column("средний балл", Kind.DECIMAL, group=slot.name), Column("отметка", Kind.NUMBER, group=slot.name)


def _figures(of: JournalSubject | StudentJournal, at_home: bool) -> list[Cell]:
    averages, presence = [of.average.value, of.weighted_average.value], of.presence
    if at_home:
        return [*averages, None, None, None, None]
    return [*averages, presence.held, presence.missed, presence.late, presence.attendance]


def _mark_of(marks: Sequence[CardMark], slot: Slot) -> Cell:
    return card_cell(next((each for each in marks if each.slot == slot), None))
