"""The control of journals (7.11): how much of them is complete, in time and right, and what is not."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ARRAY, Date, Integer, Select, Text, any_, cast, func, select

from models.curriculum import StudyGroup
from models.journal_locks import UnlockEdit
from models.timetable import Lesson
from permissions.report_control import visible_findings
from permissions.report_control_cases import checked, watched
from permissions.report_rows import one_of
from permissions.scopes import of_school, same
from permissions.timetable import visible_lessons
from permissions.viewer import reach
from rules.account import Role
from rules.report_control import (
    ASPECT_FORMULA,
    CHECKS,
    IN_TIME,
    ControlAspect,
    ControlBy,
    ControlCheck,
    Share,
    formula,
    of_aspect,
    preceding,
)
from rules.report_daily import check_days
from rules.report_deadlines import Deadline
from rules.report_figures import rounded

from .context import Context
from .edges import Edge
from .edges_kinds import argument, parent_keys, to_page
from .report import Question

_OF = ("staff_id", "class_id", "group_id", "subject_id")
_BY: Mapping[ControlBy | None, tuple[str, ...]] = {
    ControlBy.STAFF: ("staff_id",),
    ControlBy.SCHOOL_CLASS: ("class_id",),
    ControlBy.SUBJECT: ("subject_id",),
    ControlBy.JOURNAL: _OF,
    None: (),
}

NARROWED: Mapping[ControlBy, str] = {by: names[0] for by, names in _BY.items() if by and len(names) == 1}
"""What the control can be narrowed to, each with its column."""

Tally = Mapping[ControlCheck, Share]
Key = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ControlFigure:
    """A share of cases that are good."""

    share: Share
    formula: str

    @property
    def value(self) -> Decimal | None:
        """Percent with two digits; None where nothing is counted."""
        return rounded(self.share.exact)

    @property
    def good(self) -> int:
        """How many are as they should be."""
        return self.share.good

    @property
    def cases(self) -> int:
        """How many there are."""
        return self.share.cases


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """What one check has come to."""

    check: ControlCheck
    figure: ControlFigure


@dataclass(frozen=True, slots=True)
class ControlFigures:
    """What some journals have come to in some days."""

    tally: Tally

    def of(self, aspect: ControlAspect) -> ControlFigure:
        """All checks of an aspect together: cases are added, not percents."""
        found = (self.tally[check] for check in of_aspect(aspect) if check in self.tally)
        return ControlFigure(sum(found, Share()), ASPECT_FORMULA)

    @property
    def completeness(self) -> ControlFigure:
        """How much of what should be there is there."""
        return self.of(ControlAspect.COMPLETENESS)

    @property
    def timeliness(self) -> ControlFigure:
        """How much came in time."""
        return self.of(ControlAspect.TIMELINESS)

    @property
    def correctness(self) -> ControlFigure:
        """How much is as the rules want it."""
        return self.of(ControlAspect.CORRECTNESS)

    @property
    def checks(self) -> list[CheckFigure]:
        """The checks that have cases."""
        found = ((check, self.tally[check]) for check in CHECKS if check in self.tally)
        return [CheckFigure(check, ControlFigure(share, formula(check))) for check, share in found]


@dataclass(frozen=True, slots=True)
class ControlWeek:
    """What a week has come to, from its Monday."""

    starts_on: date
    figures: ControlFigures


@dataclass(frozen=True)
class ControlRow:
    """A row of the control. key: what it is of, by the names of the control's dimension."""

    control: "JournalControl"
    key: Key
    tallies: Mapping[date, Tally]
    corrections: int

    def _of(self, name: str) -> int | None:
        names = _BY[self.control.asked.by] if self.key else ()
        return self.key[names.index(name)] if name in names else None

    @property
    def staff_id(self) -> int | None:
        """Whose journals they are, if rows are of teachers."""
        return self._of("staff_id")

    @property
    def class_id(self) -> int | None:
        """Of which class, if rows are of classes."""
        return self._of("class_id")

    @property
    def group_id(self) -> int | None:
        """Of which class or subgroup, if rows are of journals."""
        return self._of("group_id")

    @property
    def subject_id(self) -> int | None:
        """Of which subject, if rows are of subjects."""
        return self._of("subject_id")

    @property
    def figures(self) -> ControlFigures:
        """All days together."""
        return ControlFigures(_sum(self.tallies.values()))

    @property
    def weeks(self) -> list[ControlWeek]:
        """Week by week."""
        return [ControlWeek(week, ControlFigures(tally)) for week, tally in sorted(self.tallies.items())]

    async def before(self, context: Context) -> ControlFigures:
        """As many days just before, which all rows read together."""
        tallies = (await self.control.before(context)).get(self.key, {})
        return ControlFigures(_sum(tallies.values()))

    async def corrected(self, context: Context) -> list[Any]:
        """The lessons that `corrections` counts, which all rows read together."""
        asked = self.control.asked
        found = await context.load_key(_edited_lessons(), (asked.since, asked.until), visible_lessons.roles)
        names = _BY[asked.by] if self.key else ()
        wanted = {**asked.given, **dict(zip(names, self.key, strict=True))}
        return [each for each in found if all(each[f"of_{name}"] == number for name, number in wanted.items())]


def _sum(tallies: Iterable[Tally]) -> dict[ControlCheck, Share]:
    found: dict[ControlCheck, Share] = {}
    for tally in tallies:
        for check, share in tally.items():
            found[check] = found.get(check, Share()) + share
    return found


@dataclass(frozen=True, slots=True)
class AskedControl:
    """What the control is asked for: days, what its rows are of, and what it is narrowed to."""

    since: date
    until: date
    by: ControlBy
    staff_id: int | None = None
    class_id: int | None = None
    subject_id: int | None = None

    @property
    def given(self) -> dict[str, int]:
        """What it is narrowed to."""
        values = ((name, getattr(self, name)) for name in NARROWED.values())
        return {name: value for name, value in values if value is not None}


Tallies = Mapping[Key, Mapping[date, Tally]]


@dataclass(eq=False)
class JournalControl:
    """The control of some journals in some days. tallies: by row and week, those of all rows under no key at all;
    edits: how many lessons of each row were corrected. whole: what it was regrouped from.
    """

    asked: AskedControl
    school_id: int
    tallies: Tallies
    edits: Mapping[Key, int]
    whole: "JournalControl | None" = None
    _before: Any = None

    @cached_property
    def rows(self) -> "list[ControlRow]":
        """Where things are worse comes first."""
        keys = dict.fromkeys(key for key in (*self.tallies, *self.edits) if key)
        return sorted(map(self._row, keys), key=_worst_first)

    @cached_property
    def total(self) -> "ControlRow":
        """All rows together."""
        return self._row(())

    def _row(self, key: Key) -> "ControlRow":
        return ControlRow(self, key, self.tallies.get(key, {}), self.edits.get(key, 0))

    async def before(self, context: Context) -> Tallies:
        """The days before, of all rows, read once."""
        if self._before is None:
            self._before = asyncio.ensure_future(self._read_before(context))
        return await self._before  # type: ignore[no-any-return]

    async def _read_before(self, context: Context) -> Tallies:
        if self.whole is not None:
            return _regrouped(await self.whole.before(context), self.asked.by)
        return await _tallies(context, self.asked, preceding(self.asked.since, self.asked.until))

    def regrouped(self, by: ControlBy) -> "JournalControl":
        """The control of journals with rows of something else, without reading anything again."""
        edits: dict[Key, int] = defaultdict(int)
        for key, count in self.edits.items():
            edits[_shorter(key, by)] += count
        return JournalControl(replace(self.asked, by=by), self.school_id, _regrouped(self.tallies, by), edits, self)


def _shorter(key: Key, by: ControlBy) -> Key:
    """What is left of a journal's key where rows are of something else."""
    return tuple(key[_OF.index(name)] for name in _BY[by]) if key else ()


def _regrouped(tallies: Tallies, by: ControlBy) -> Tallies:
    found: dict[Key, dict[date, Tally]] = defaultdict(lambda: defaultdict(dict))
    for key, weeks in tallies.items():
        row = found[_shorter(key, by)]
        for week, tally in weeks.items():
            row[week] = _sum((row[week], tally))
    return found


_SINCE, _UNTIL = argument("since", Date), argument("until", Date)


def _narrowed(source: Any, by: ControlBy, given: frozenset[str], day: Any, *columns: Any) -> Select[Any]:
    """Cases of some days, grouped by what rows are of and by week."""
    keys = [source[name].label(name) for name in _BY[by]]
    week = cast(day, Date) - (cast(func.extract("isodow", day), Integer) - 1)
    narrowing = [source[name] == argument(name) for name in NARROWED.values() if name in given]
    query = select(*keys, week.label("week"), *columns).where(day.between(_SINCE, _UNTIL), *narrowing)
    return query.group_by(*keys, week)


def _shares(source: Any, by: ControlBy, given: frozenset[str], check: Any, good: Any) -> Select[Any]:
    count = func.count()
    figures = (cast(count, Integer).label("cases"), cast(count.filter(good), Integer).label("good"))
    return _narrowed(source, by, given, source.day, check.label("check"), *figures).group_by(check)


@cache
def _checks(by: ControlBy, given: frozenset[str]) -> Question:
    return Question(lambda: _shares(checked, by, given, checked.check, checked.good))


@cache
def _deadlines(by: ControlBy, given: frozenset[str]) -> Question:
    in_time = func.coalesce(watched.done_at < watched.due_at, False)

    def build() -> Select[Any]:
        query = _shares(watched, by, given, watched.deadline, in_time)
        return query.where(one_of(watched.deadline, tuple(IN_TIME)), watched.due_at <= reach.now)

    return Question(build)


def _was_edited() -> Any:
    """That a lesson was written at after the edit lock had closed it, by whoever was let in (7.6)."""
    edit = select(UnlockEdit.id).where(UnlockEdit.school_id == Lesson.school_id, UnlockEdit.lesson_id == Lesson.id)
    return edit.correlate(Lesson).exists()


_HELD_BY = func.coalesce(Lesson.substitute_id, Lesson.teacher_id)


def _edited(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(Date, Date)
    query = visible_lessons.for_roles(roles).join(keys, Lesson.date.between(keys.c.key0, keys.c.key1))
    query = query.join(StudyGroup, same(StudyGroup, Lesson.group_id)).where(_was_edited())
    of = {"staff_id": _HELD_BY, "class_id": StudyGroup.class_id, "group_id": Lesson.group_id}
    of["subject_id"] = Lesson.subject_id
    query = query.add_columns(*(column.label(f"of_{name}") for name, column in of.items()))
    query = query.add_columns(*(key.label(f"_{key.key}") for key in keys.c))
    return query.order_by(Lesson.date, Lesson.number, Lesson.id)


_edited_lessons = Edge(visible_lessons, ("since", "until"), _edited, many=True)


@cache
def _corrections(by: ControlBy, given: frozenset[str]) -> Question:
    edited = (
        select(
            *(_HELD_BY.label("staff_id"), StudyGroup.class_id),
            *(Lesson.group_id, Lesson.subject_id, Lesson.date),
        )
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .where(of_school(Lesson), _was_edited())
        .subquery("edited")
        .c
    )
    return Question(lambda: _narrowed(edited, by, given, edited.date, cast(func.count(), Integer).label("count")))


async def _tallies(context: Context, asked: AskedControl, days: tuple[date, date]) -> Tallies:
    """Shares by row and week; those of all rows together under no key at all."""
    names, given = _BY[asked.by], frozenset(asked.given)
    bound = {**asked.given, "since": days[0], "until": days[1]}
    found: dict[Key, dict[date, dict[ControlCheck, Share]]] = defaultdict(lambda: defaultdict(dict))

    def add(row: Any, check: ControlCheck) -> None:
        share = Share(row.good, row.cases)
        found[tuple(row[name] for name in names)][row.week][check] = share
        total = found[()][row.week]
        total[check] = total.get(check, Share()) + share

    for row in await _checks(asked.by, given)(context, **bound):
        add(row, ControlCheck(row.check))
    for row in await _deadlines(asked.by, given)(context, **bound):
        add(row, IN_TIME[Deadline(row.check)])
    return found


async def journal_control(context: Context, asked: AskedControl) -> JournalControl:
    """The control of journals, for whoever may have it of what it is narrowed to: three statements."""
    check_days(asked.since, asked.until)
    tallies = await _tallies(context, asked, (asked.since, asked.until))
    bound = {**asked.given, "since": asked.since, "until": asked.until}
    edits: dict[Key, int] = defaultdict(int)
    for row in await _corrections(asked.by, frozenset(asked.given))(context, **bound):
        edits[tuple(row[name] for name in _BY[asked.by])] += row.count
        edits[()] += row.count
    return JournalControl(asked, context.viewer.school_id, tallies, edits)


def _worst_first(row: ControlRow) -> Any:
    """Where the fewest of all cases are good comes first."""
    all_ = sum(row.figures.tally.values(), Share())
    return (all_.exact is None, all_.exact or 0, [each or 0 for each in row.key])


_ORDER = {name: getattr(checked, name) for name in ("day", "position", "key0", "key1", "key2", "apart")}

control_findings = to_page(
    visible_findings,
    checked.school_id,
    of="school_id",
    order=_ORDER,
    filters={
        "checks": checked.check == any_(argument("checks", ARRAY(Text))),
        "since": checked.day >= _SINCE,
        "until": checked.day <= _UNTIL,
        **{name: checked[name] == argument(name) for name in NARROWED.values()},
    },
)
"""What the control finds, in the order of days."""
