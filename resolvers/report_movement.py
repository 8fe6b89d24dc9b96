"""«Движение учащихся по школе»: who came, left and went from class to class, and by which orders (10.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, func, or_, select
from sqlalchemy.orm import aliased

from documents.tables import Column, Kind, Line, Paper, Table, without_empty
from models.curriculum import AcademicYear, Enrolment, SchoolClass
from models.movement import MovementItem, MovementOrder
from permissions.scopes import of_school, same
from rules.curriculum import class_name
from rules.journal_print import long_days
from rules.movement import LEAVING, MovementKind, order_title
from rules.report import ABOUT, Report
from rules.report_daily import check_days
from rules.report_school import Part, parts_of

from .context import Context
from .edges_kinds import argument
from .report import Asked, Question
from .report_classes_summary import style_of
from .report_names import Names
from .report_school import class_columns, class_of_row
from .report_shown import Shown, check_span, shown_to
from .report_stays import Stays

ENROLLING = MovementKind.ENROLMENT
"""The order by which a student comes into the school; by all others one only goes on in another class."""


@dataclass(frozen=True, slots=True)
class Moves:
    """How many are there on the first day, come after it and leave before the last day, and are there on it.

    arrived, gone: from outside the school, and out of it. moved_in, moved_out: inside it. at_start + arrived +
    moved_in - gone - moved_out = at_end.
    """

    at_start: int = 0
    arrived: int = 0
    moved_in: int = 0
    gone: int = 0
    moved_out: int = 0
    at_end: int = 0


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A class or a sum of classes."""

    part: Part
    moves: Moves
    stays: Stays


@dataclass(frozen=True, slots=True)
class Move:
    """A student who came, left or went from class to class. on: the day from which it holds."""

    kind: MovementKind
    student_id: int
    from_class_id: int | None
    to_class_id: int | None
    from_class: str | None
    to_class: str | None
    on: date
    place: str | None
    reason: str | None
    order_id: int
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Movement:
    """The whole report, for some days."""

    school_id: int
    asked: Asked
    since: date
    until: date
    rows: list[MovementRow]
    moves: list[Move]
    shown: Shown

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (MOVEMENT_LEGEND, *self.shown.legend)


def _counts() -> Any:
    """Classes of the years of some days, with how many students are in them, and which moved, each as often as so."""
    first, last, before = argument("since", Date), argument("until", Date), aliased(SchoolClass)
    (came, opened), (went, ended) = ((aliased(MovementItem), aliased(MovementOrder)) for _ in range(2))
    ends = func.coalesce(Enrolment.ends_on, last, type_=Date)
    count, movers = func.count(Enrolment.id), func.array_agg(Enrolment.student_id)
    then = and_(
        *(Enrolment.school_id == SchoolClass.school_id, Enrolment.class_id == SchoolClass.id),
        *(Enrolment.starts_on <= last, ends >= first),
    )
    comes, goes = Enrolment.starts_on > first, ends < last
    enrolled, leaves = opened.kind == ENROLLING, or_(*(ended.kind == kind for kind in sorted(LEAVING)))
    return (
        select(
            *class_columns(before),
            count.filter(Enrolment.starts_on <= first).label("at_start"),
            movers.filter(comes, enrolled).label("arrived"),
            movers.filter(comes, ~enrolled).label("moved_in"),
            movers.filter(goes, leaves).label("gone"),
            movers.filter(goes, ~leaves).label("moved_out"),
            count.filter(ends >= last).label("at_end"),
        )
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .join(before, same(before, SchoolClass.continues_id), isouter=True)
        .join(Enrolment, then, isouter=True)
        .join(came, same(came, Enrolment.opened_by), isouter=True)
        .join(opened, same(opened, came.order_id, came), isouter=True)
        .join(went, same(went, Enrolment.ended_by), isouter=True)
        .join(ended, same(ended, went.order_id, went), isouter=True)
        .where(of_school(SchoolClass), AcademicYear.starts_on <= last, AcademicYear.ends_on >= first)
        .group_by(*class_columns(before))
    )


def _moves() -> Any:
    """What orders did in the days: after the first of them to who was there, and up to the last."""
    first, last = argument("since", Date), argument("until", Date)
    came, went = aliased(Enrolment), aliased(Enrolment)
    source, target = aliased(SchoolClass), aliased(SchoolClass)
    begins = func.coalesce(came.starts_on, went.ends_on + 1, type_=Date)
    return (
        select(
            MovementOrder.kind,
            *(MovementItem.student_id, went.class_id.label("from_class_id"), came.class_id.label("to_class_id")),
            *(source.grade.label("from_grade"), source.letter.label("from_letter")),
            *(target.grade.label("to_grade"), target.letter.label("to_letter")),
            *(begins.label("on"), MovementItem.place, MovementItem.reason),
            *(MovementItem.order_id, MovementOrder.number, MovementOrder.issued_on),
        )
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .join(came, and_(came.school_id == MovementItem.school_id, came.opened_by == MovementItem.id), isouter=True)
        .join(went, and_(went.school_id == MovementItem.school_id, went.ended_by == MovementItem.id), isouter=True)
        .join(source, same(source, went.class_id, went), isouter=True)
        .join(target, same(target, came.class_id, came), isouter=True)
        .where(
            of_school(MovementItem),
            or_(
                and_(came.starts_on > first, came.starts_on <= last),
                and_(went.ends_on >= first, went.ends_on < last),
            ),
        )
        .order_by(begins, MovementOrder.position, MovementItem.position)
    )


_counted = Question(_counts)
_moved = Question(_moves)


async def movement(context: Context, school_id: int, asked: Asked) -> Movement:
    """The report, in two statements; who reads without names is not told of each who moved (4.1, 9)."""
    (since, until), shown = check_days(asked.since, asked.until), shown_to(context)
    await check_span(context, since, until, "from")
    days = {"since": since, "until": until}
    found = {row["id"]: row for row in await _counted(context, **days)}
    rows = [
        MovementRow(part, _together([found[each] for each in part.classes], shown), Stays(part.classes, since, until))
        for part in parts_of(class_of_row(row) for row in found.values())
    ]
    moves = [] if shown.rounded else [_move(row) for row in await _moved(context, **days)]
    return Movement(school_id, asked, since, until, rows, moves, shown)


def _together(classes: Sequence[Any], shown: Shown) -> Moves:
    """What several classes come to, as the viewer is shown it."""
    there = {name: shown.people(sum(each[name] for each in classes)) for name in ("at_start", "at_end")}
    moved = {
        name: shown.moves([student for each in classes for student in each[name] or ()])
        for name in ("arrived", "moved_in", "gone", "moved_out")
    }
    return Moves(**there, **moved)


def _move(row: Any) -> Move:
    return Move(
        MovementKind(row["kind"]),
        *(row["student_id"], row["from_class_id"], row["to_class_id"], _class(row, "from"), _class(row, "to")),
        *(row[name] for name in ("on", "place", "reason", "order_id", "number", "issued_on")),
    )


def _class(row: Any, end: str) -> str | None:
    return class_name(row[f"{end}_grade"], row[f"{end}_letter"]) if row[f"{end}_grade"] is not None else None


_INSIDE = "Внутри школы"
_COLUMNS = (
    Column("Класс"),
    Column("На начало", Kind.NUMBER, 28),
    Column("Прибыли", Kind.NUMBER, 28),
    Column("Выбыли", Kind.NUMBER, 28),
    Column("пришли", Kind.NUMBER, 28, _INSIDE),
    Column("ушли", Kind.NUMBER, 28, _INSIDE),
    Column("На конец", Kind.NUMBER, 28),
)
_MOVED = (
    Column("С какого дня", Kind.DATE, 22),
    Column("Обучающийся"),
    Column("Из класса", width=16),
    Column("В класс", width=16),
    Column("Откуда, куда", width=52),
    Column("Причина", width=48),
    Column("Приказ", width=38),
)
_NOT_ALWAYS = ("Из класса", "В класс", "Откуда, куда", "Причина")
MOVEMENT_LEGEND = (
    "На начало и на конец — в первый и последний из дней. Прибыли — по приказам о зачислении после первого дня; "
    "выбыли — по приказам о выбытии и выпуске до последнего; внутри школы — перевод из класса в класс, на следующий "
    "год, повторное обучение. На начало + прибыли + пришли − выбыли − ушли = на конец."
)
_TITLES = {"arrived": "Прибыли", "gone": "Выбыли", "inside": "Переведены внутри школы"}


async def movement_paper(context: Context, school_id: int, asked: Asked) -> Paper:
    """The printed report; who reads without names is told how many moved, and not of each (4.1)."""
    found = await movement(context, school_id, asked)
    about = ABOUT[Report.MOVEMENT]
    names = Names(context, about.roles)
    students = await names.students(each.student_id for each in found.moves)
    sections: dict[str, list[Line]] = {name: [] for name in _TITLES}
    for each in found.moves:
        name = "arrived" if each.kind is ENROLLING else "gone" if each.kind in LEAVING else "inside"
        by_order = [each.place, each.reason, order_title(each.number, each.issued_on)]
        sections[name].append(Line([each.on, students[each.student_id], each.from_class, each.to_class, *by_order]))
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[("Дни", long_days(found.since, found.until))],
        tables=[
            Table(_COLUMNS, [Line(_cells(row), style_of(row.part)) for row in found.rows]),
            *(
                without_empty(Table(_MOVED, lines, title=_TITLES[name]), _NOT_ALWAYS)
                for name, lines in sections.items()
                if lines
            ),
        ],
        legend=found.legend,
        signers=[("Заместитель директора", ""), ("Секретарь", "")],
        landscape=True,
    )


def _cells(row: MovementRow) -> list[Any]:
    moves = row.moves
    return [
        row.part.title,
        *(moves.at_start, moves.arrived, moves.gone, moves.moved_in, moves.moved_out, moves.at_end),
    ]
