"""What the reports of a school stand on: its classes with how many came and left, and the slot of each (10.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, func, select
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, Enrolment, Period, SchoolClass
from permissions.scopes import of_school, same
from rules.curriculum import PeriodKind
from rules.journal_finals import FinalKind
from rules.refusals import bad_input
from rules.report_school import OfClass, PeriodDays, counted_from, own_period, same_period

from .context import Context
from .edges_kinds import argument
from .report import SLOT_NAMES, Asked, Question
from .report_shown import Shown
from .report_stays import Stays

Key = tuple[int, int]
"""A slot of a class: the class and the slot's position."""

POSITIONS = {FinalKind.YEAR: 101, FinalKind.EXAM: 102, FinalKind.FINAL: 103}
"""The positions of the slots that are no periods, as `mark_slot` has them."""


def _years() -> Any:
    of_year = and_(Period.school_id == AcademicYear.school_id, Period.year_id == AcademicYear.id)
    year = (AcademicYear.id.label("year_id"), AcademicYear.name.label("year_name"))
    days = (AcademicYear.starts_on.label("first_day"), AcademicYear.ends_on.label("last_day"))
    return (
        select(*year, *days, Period.id, Period.kind, Period.number, Period.name, Period.starts_on, Period.ends_on)
        .join(Period, of_year, isouter=True)
        .where(of_school(AcademicYear))
        .order_by(AcademicYear.starts_on, Period.kind, Period.number)
    )


_all_years = Question(_years)


def class_columns(before: Any) -> list[Any]:
    """What there is to know of a class, and of `before`, the one that it continues."""
    names = ("id", "grade", "letter", "year_id", "period_kind", "capacity", "continues_id")
    return [
        *(getattr(SchoolClass, name) for name in names),
        *(before.period_kind.label("continues_kind"), before.year_id.label("continues_year_id")),
    ]


def class_of_row(row: Mapping[str, Any]) -> OfClass:
    """The class of a row of `class_columns`."""
    known = {name: row[name] for name in OfClass.__slots__}
    kind = row["continues_kind"]
    known |= {"period_kind": PeriodKind(row["period_kind"]), "continues_kind": kind and PeriodKind(kind)}
    return OfClass(**known)


def _classes() -> Any:
    """Classes of a year, with how many are in them on the first day and on the last, and which students come and leave
    between, each as often as so.

    at_start + arrived - gone = at_end, for each class and so for all sums.
    """
    first, last, before = argument("since", Date), argument("until", Date), aliased(SchoolClass)
    ends = func.coalesce(Enrolment.ends_on, last, type_=Date)
    count, movers = func.count(Enrolment.id), func.array_agg(Enrolment.student_id)
    then = and_(
        *(Enrolment.school_id == SchoolClass.school_id, Enrolment.class_id == SchoolClass.id),
        *(Enrolment.starts_on <= last, ends >= first),
    )
    return (
        select(
            *class_columns(before),
            count.filter(Enrolment.starts_on <= first).label("at_start"),
            movers.filter(Enrolment.starts_on > first).label("arrived"),
            movers.filter(ends < last).label("gone"),
            count.filter(ends >= last).label("at_end"),
        )
        .join(before, same(before, SchoolClass.continues_id), isouter=True)
        .join(Enrolment, then, isouter=True)
        .where(of_school(SchoolClass), SchoolClass.year_id == argument("year_id"))
        .group_by(*class_columns(before))
    )


_classes_of_year = Question(_classes)


@dataclass(frozen=True, slots=True)
class Roll:
    """How many students there are on the first day, come after it, leave before the last, and are there on the last."""

    at_start: int = 0
    arrived: int = 0
    gone: int = 0
    at_end: int = 0
    stays: Stays | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The same of a class before it is shown. arrived, gone: the students, each as often as they came or left."""

    at_start: int
    arrived: Sequence[int]
    gone: Sequence[int]
    at_end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What a school's summary is of, from its first to its last day, or today. counted_from: the day at which students
    are counted as there at its beginning.

    slots: that of each class marked then. earlier: the slot before it in the same year, and that of the class a year
    before, for the classes that have one.
    """

    asked: Asked
    year_id: int
    year_name: str
    name: str
    starts_on: date
    ends_on: date
    counted_from: date
    classes: dict[int, OfClass]
    rolls: dict[int, Counted]
    slots: dict[int, Key]
    slot_names: dict[int, str]
    previous: dict[int, Key]
    year_before: dict[int, Key]

    def roll(self, classes: Iterable[int], shown: Shown) -> Roll:
        """How many students these classes have, together."""
        each = tuple(classes)
        of = [self.rolls[one] for one in each]
        return Roll(
            at_start=shown.people(sum(one.at_start for one in of)),
            arrived=shown.moves([student for one in of for student in one.arrived]),
            gone=shown.moves([student for one in of for student in one.gone]),
            at_end=shown.people(sum(one.at_end for one in of)),
            stays=Stays(each, self.counted_from, self.ends_on),
        )

    def slots_of(self, classes: Iterable[int]) -> tuple[Key, ...]:
        """The slots of those of the classes that are marked."""
        return tuple(self.slots[each] for each in classes if each in self.slots)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a slot is asked for of: the year, with its name and days, the period, unless it is the year's, and all
    periods of the school.
    """

    year: Any
    period: PeriodDays | None
    periods: list[PeriodDays]

    @property
    def of_year(self) -> list[PeriodDays]:
        """The periods of that year."""
        return [each for each in self.periods if each.year_id == self.year["year_id"]]

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the period, or of all the year's."""
        within = [self.period] if self.period else self.of_year
        first = min((each.starts_on for each in within), default=self.year["first_day"])
        return first, max((each.ends_on for each in within), default=self.year["last_day"])

    @property
    def own(self) -> list[int]:
        """The periods of all classes that are meant by the one asked for: of each division of the year one."""
        if self.period is None:
            return []
        each = (own_period(kind, self.period, self.periods) for kind in PeriodKind)
        return [period.id for period in each if period]


async def meant_by(context: Context, asked: Asked) -> Meant:
    """The year and the period, in a statement; `BAD_INPUT` if the school has no such."""
    rows = await _all_years(context)
    periods = [
        PeriodDays(**{name: row[name] for name in PeriodDays.__slots__} | {"kind": PeriodKind(row["kind"])})
        for row in rows
        if row["id"] is not None
    ]
    period = next((each for each in periods if asked.period_id == each.id), None)
    if asked.period_id is not None and period is None:
        raise bad_input("Такого учебного периода в школе нет.", "periodId")
    return Meant(_year(rows, asked, period, context.viewer.today), period, periods)


async def frame(context: Context, asked: Asked) -> Frame:
    """The frame of a summary, in two statements; `BAD_INPUT` if the school has no such period or year."""
    of = await meant_by(context, asked)
    (first, last), year, period, periods = of.days, of.year, of.period, of.periods
    # While the period goes on, students are counted today.
    counted = max(first, min(last, asked.today or context.viewer.today))
    since = counted_from(first, (each.ends_on for each in of.of_year if period and each.kind is period.kind))
    found = await _classes_of_year(context, year_id=year["year_id"], since=since, until=counted)
    rolls = {
        row["id"]: Counted(row["at_start"], row["arrived"] or (), row["gone"] or (), row["at_end"]) for row in found
    }
    classes = {row["id"]: class_of_row(row) for row in found}
    slots: dict[int, Key] = {}
    names, previous, before = {}, {}, {}
    for each in classes.values():
        if not each.marked:
            continue
        if period is None:
            slots[each.id] = (each.id, POSITIONS[asked.kind])
            names[each.id] = SLOT_NAMES[asked.kind]
            if each.continues_id is not None and each.marked_before:
                before[each.id] = (each.continues_id, POSITIONS[asked.kind])
            continue
        if (own := own_period(each.period_kind, period, periods)) is None:
            continue
        slots[each.id], names[each.id] = (each.id, own.number), own.name
        if own.number > 1:
            previous[each.id] = (each.id, own.number - 1)
        if then := _a_year_before(each, period, periods):
            before[each.id] = then
    return Frame(
        *(asked, year["year_id"], year["year_name"], period.name if period else SLOT_NAMES[asked.kind]),
        *(first, counted, since),
        classes,
        rolls,
        slots,
        names,
        previous,
        before,
    )


def _a_year_before(of: OfClass, asked: PeriodDays, periods: list[PeriodDays]) -> Key | None:
    if of.continues_id is None or of.continues_year_id is None or of.continues_kind is None:
        return None
    then = same_period(asked, of.continues_year_id, periods)
    own = own_period(of.continues_kind, then, periods) if then and of.marked_before else None
    return None if own is None else (of.continues_id, own.number)


def _year(rows: list[Any], asked: Asked, period: PeriodDays | None, today: date) -> Any:
    """The year asked for: the period's, the one named, or the one that runs."""
    for row in rows:
        if period is not None:
            wanted = row["year_id"] == period.year_id
        elif asked.year_id is not None:
            wanted = row["year_id"] == asked.year_id
        else:
            wanted = row["first_day"] <= today <= row["last_day"]
        if wanted:
            return row
    raise bad_input("Такого учебного года в школе нет.", "yearId")
