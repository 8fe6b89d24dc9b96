"""What a viewer is shown of how many people there are: all, or, reading without names, rounded (4.1)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import and_, select

from models.curriculum import AcademicYear, Period
from permissions.gates import NAMES
from permissions.scopes import of_school
from rules import report_shown
from rules.report_attendance import AttendanceCounts
from rules.report_figures import Counts
from rules.report_shown import Span

from .context import Context
from .report import Question
from .report_figures import Marked, holders_of, tally


@dataclass(frozen=True, slots=True)
class Shown:
    """How numbers of people are shown. rounded: to five, and none of few; rows of single students stay as they are."""

    rounded: bool

    @property
    def legend(self) -> tuple[str, ...]:
        """What a report says of it."""
        return (report_shown.SHOWN_LEGEND,) if self.rounded else ()

    def people(self, count: int) -> int:
        """How many people there are."""
        return report_shown.people(count) if self.rounded else count

    def moves(self, movers: Collection[int]) -> int:
        """How many moves there are. movers: who moved, each as often as they did."""
        return report_shown.moves(len(movers), len(set(movers))) if self.rounded else len(movers)

    def marked(self, parts: Iterable[Marked]) -> Counts:
        """What stands in the marks of several groups of students together."""
        each = list(parts)
        counts = sum((of.counts for of in each), Counts())
        holders = sum((of.holders for of in each if of.holders), Counts())
        return report_shown.marks(counts, holders) if self.rounded else counts

    def marks(self, marks: Iterable[Any]) -> Counts:
        """What stands in the marks of a group of students."""
        if not self.rounded:
            return tally(marks)
        own = defaultdict(list)
        for mark in (each := list(marks)):
            own[mark.student_id].append((mark.value, mark.there))
        return report_shown.marks(tally(each), holders_of((of, 1) for of in own.values()))

    def attendance(self, own: Iterable[AttendanceCounts]) -> AttendanceCounts:
        """What some students missed together."""
        each = list(own)
        total = sum(each, AttendanceCounts())
        if not self.rounded:
            return total
        holders = {of.name: sum(getattr(one, of.name) > 0 for one in each) for of in fields(AttendanceCounts)}
        return report_shown.attendance(total, AttendanceCounts(**holders))


def shown_to(context: Context) -> Shown:
    """How they are shown to the viewer: an analyst reads without names."""
    return Shown(not context.viewer.roles & NAMES)


def _spans() -> Any:
    within = and_(Period.school_id == AcademicYear.school_id, Period.year_id == AcademicYear.id)
    return (
        select(
            *(AcademicYear.starts_on.label("year_starts_on"), AcademicYear.ends_on.label("year_ends_on")),
            *(Period.starts_on, Period.ends_on),
        )
        .outerjoin(Period, within)
        .where(of_school(AcademicYear))
    )


_all_spans = Question(_spans)


async def _read_spans(context: Context) -> set[Span]:
    """Periods, years, and years from the first day of their first period to the last of their last."""
    years, periods = set[Span](), defaultdict[Span, set[Span]](set)
    for row in await _all_spans(context):
        years.add(year := (row["year_starts_on"], row["year_ends_on"]))
        if row["starts_on"]:
            periods[year].add((row["starts_on"], row["ends_on"]))
    lessons = {(min(each)[0], max(last for _, last in each)) for each in periods.values()}
    return years | lessons | {span for each in periods.values() for span in each}


async def check_span(context: Context, since: date, until: date, field: str) -> None:
    """Refuse days by which whoever reads without names could undo the rounding of a count of people (4.1)."""
    if shown_to(context).rounded:
        report_shown.check_span(since, until, await _read_spans(context), context.viewer.today, field)


async def check_day(context: Context, day: date, field: str) -> None:
    """The same of one day."""
    if shown_to(context).rounded and day != context.viewer.today:
        report_shown.check_day(day, await _read_spans(context), context.viewer.today, field)
