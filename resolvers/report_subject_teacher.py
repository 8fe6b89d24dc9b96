"""«Отчёт учителя-предметника»: each class or subgroup and subject of a teacher, with marks and hours (10.4)."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, Select, Text, and_, exists, func, or_, select

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from models.curriculum import GroupMembership, StudyGroup, TeachingAssignment
from models.journal_finals import MarkSlot
from models.timetable import Lesson
from models.timetable_corrections import LessonCorrection
from permissions.journal_finals import counted
from permissions.report import counted_cells, counted_in_group, taught_by
from permissions.scopes import of_school, within
from permissions.timetable import visible_lessons
from rules.account import Role
from rules.curriculum import class_name
from rules.journal_finals import NOT_ATTESTED
from rules.report import ABOUT, Report
from rules.report_figures import LEGEND, TITLES, Counts, FigureKind
from rules.timetable import LessonState
from rules.timetable_corrections import CorrectionKind

from .context import Context
from .edges import Edge
from .edges_kinds import argument, parent_keys
from .report import SLOT_NAMES, Asked, Question, slot_of_row, slots
from .report_figures import Behind, BehindAll, Figures, tally
from .report_names import Names
from .report_school import meant_by

HOURS_LEGEND = (
    "Часы — уроки периода: по плану — в расписании, вместе с отменёнными и без добавленных; отставание — сколько из "
    "них уже должно было пройти, без проведённых."
)
_ROLES = ABOUT[Report.SUBJECT_TEACHER].roles


Journal = tuple[int, int, date, date]
"""The group, the subject, the first and the last day of a slot."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Lessons of a journal in a slot. planned: in the timetable, cancelled ones too, but none that was added; due:
    those of them whose day is over; held: those that took place.
    """

    planned: int = 0
    due: int = 0
    held: int = 0
    journals: tuple[Journal, ...] = ()

    def __add__(self, other: "Hours") -> "Hours":
        sums = (self.planned + other.planned, self.due + other.due, self.held + other.held)
        return Hours(*sums, self.journals + other.journals)

    async def lessons(self, context: Context) -> list[Any]:
        """The lessons that are counted, and those that are not because they were added or have not been held."""
        roles = visible_lessons.roles
        found = await asyncio.gather(*(context.load_key(_journal_lessons(), each, roles) for each in self.journals))
        return [lesson for lessons in found for lesson in lessons]

    @property
    def behind(self) -> int:
        """How many that were due have not been held."""
        return max(0, self.due - self.held)


@dataclass(frozen=True, slots=True)
class Poor:
    """A student marked 2, 1 or «н/а»."""

    student_id: int
    mark_id: int
    value: str


@dataclass(frozen=True, slots=True)
class Taught:
    """A class or a subgroup in a subject. slot_name: for what it is marked, by its own division of the year."""

    class_id: int
    group_id: int
    subject_id: int
    class_name: str
    part: str | None
    slot_name: str
    figures: Figures
    hours: Hours
    poor: list[Poor]


@dataclass(frozen=True, slots=True)
class SubjectTeacherReport:
    """What a teacher's pupils came to in a slot."""

    asked: Asked
    staff_id: int
    name: str
    year_name: str
    taught: list[Taught]
    total: Figures

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return (*LEGEND, HOURS_LEGEND)

    @property
    def hours(self) -> Hours:
        """All lessons together."""
        return sum((each.hours for each in self.taught), Hours())


def _meant(period_id: Any) -> Any:
    """That a slot is of a period that is meant, or of the year itself."""
    return or_(period_id.is_(None), within(period_id, argument("periods", ARRAY(BigInteger))))


def _taught() -> Any:
    """The slots of the classes that the teacher teaches in their days, each with the groups and subjects."""
    of_class = and_(StudyGroup.school_id == MarkSlot.school_id, StudyGroup.class_id == MarkSlot.class_id)
    lasted = or_(TeachingAssignment.ends_on.is_(None), TeachingAssignment.ends_on >= MarkSlot.starts_on)
    taught = and_(
        *(TeachingAssignment.school_id == StudyGroup.school_id, TeachingAssignment.group_id == StudyGroup.id),
        *(TeachingAssignment.starts_on <= MarkSlot.ends_on, lasted),
    )
    return (
        slots(
            *(MarkSlot.kind == argument("kind", Text), MarkSlot.year_id == argument("year_id")),
            *(_meant(MarkSlot.period_id), TeachingAssignment.staff_id == argument("staff_id")),
        )
        .join(StudyGroup, of_class)
        .join(TeachingAssignment, taught)
        .add_columns(StudyGroup.id.label("group_id"), StudyGroup.name.label("part"), TeachingAssignment.subject_id)
        .distinct()
    )


def _marks() -> Any:
    """What the teacher's pupils are marked with in the slots: those in the group then, or when they left the class."""
    of_class = and_(of_school(StudyGroup), StudyGroup.class_id == counted.class_id)
    in_group = and_(GroupMembership.group_id == StudyGroup.id, counted_in_group())
    taught = exists().where(TeachingAssignment.group_id == StudyGroup.id, taught_by(argument("staff_id")))
    return (
        counted_cells(
            *(within(counted.class_id, argument("classes", ARRAY(BigInteger))), counted.kind == argument("kind", Text)),
            *(_meant(counted.period_id), taught),
        )
        .join(StudyGroup, of_class)
        .join(GroupMembership, in_group)
        .add_columns(StudyGroup.id.label("group_id"))
        .distinct()
    )


def _hours() -> Any:
    """The lessons of groups in subjects, on some days each."""
    key = parent_keys(BigInteger, BigInteger, Date, Date)
    added = exists().where(
        *(LessonCorrection.school_id == Lesson.school_id, LessonCorrection.lesson_id == Lesson.id),
        LessonCorrection.kind == CorrectionKind.ADDED.value,
    )
    of_journal = and_(
        *(of_school(Lesson), Lesson.group_id == key.c.key0, Lesson.subject_id == key.c.key1),
        Lesson.date.between(key.c.key2, key.c.key3),
    )
    return (
        select(
            *(key.c.key0.label("group_id"), key.c.key1.label("subject_id")),
            func.count().filter(~added).label("planned"),
            func.count().filter(and_(~added, Lesson.date < argument("today", Date))).label("due"),
            func.count().filter(Lesson.state == LessonState.HELD.value).label("held"),
        )
        .select_from(key)
        .join(Lesson, of_journal)
        .group_by(key.c.key0, key.c.key1)
    )


def _lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    key = parent_keys(BigInteger, BigInteger, Date, Date)
    days = Lesson.date.between(key.c.key2, key.c.key3)
    of_journal = and_(Lesson.group_id == key.c.key0, Lesson.subject_id == key.c.key1, days)
    query = visible_lessons.for_roles(roles).join(key, of_journal)
    return query.add_columns(*(each.label(f"_{each.key}") for each in key.c)).order_by(
        Lesson.date, Lesson.number, Lesson.id
    )


_journal_lessons = Edge(visible_lessons, ("group_id", "subject_id", "starts_on", "ends_on"), _lessons, many=True)
_teacher_groups = Question(_taught)
_teacher_marks = Question(_marks)
_journal_hours = Question(_hours)


async def subject_teacher(context: Context, staff_id: int, asked: Asked) -> SubjectTeacherReport:
    """The report, of a teacher whose reports the viewer has; half-years are in by the one that ends in the quarter."""
    meant = await meant_by(context, asked)
    of = {"staff_id": staff_id, "kind": asked.kind.value, "periods": meant.own}
    groups = await _teacher_groups(context, **of, year_id=meant.year["year_id"])
    classes = sorted({row.class_id for row in groups})
    marks = defaultdict(list)
    for mark in await _teacher_marks(context, **of, classes=classes):
        marks[mark.group_id, mark.subject_id].append(mark)
    names = ("group_id", "subject_id", "starts_on", "ends_on")
    keys = {f"key{place}": [row[name] for row in groups] for place, name in enumerate(names)}
    journals = {(row.group_id, row.subject_id): (tuple(row[name] for name in names),) for row in groups}
    hours = {
        (row.group_id, row.subject_id): Hours(row.planned, row.due, row.held, journals[row.group_id, row.subject_id])
        for row in await _journal_hours(context, **keys, today=asked.today or context.viewer.today)
    }
    taught = [_row(row, marks[row.group_id, row.subject_id], hours) for row in groups]
    total = sum((each.figures.counts for each in taught), Counts())
    parts = tuple(each.figures.behind for each in taught if each.figures.behind)
    behind = BehindAll(tuple({slot for each in parts for slot in each.slots}), parts=parts)
    name = meant.period.name if meant.period else SLOT_NAMES[asked.kind]
    return SubjectTeacherReport(asked, staff_id, name, meant.year["year_name"], taught, Figures(total, behind))


def _row(row: Any, marks: list[Any], hours: dict[tuple[int, int], Hours]) -> Taught:
    students = frozenset(mark.student_id for mark in marks)
    return Taught(
        *(row.class_id, row.group_id, row.subject_id, class_name(row.grade, row.letter), row.part),
        slot_of_row(row).name,
        Figures(tally(marks), Behind(((row.class_id, row.position),), row.subject_id, students)),
        hours.get((row.group_id, row.subject_id), Hours()),
        [
            Poor(mark.student_id, mark.mark_id, mark.value)
            for mark in sorted(marks, key=lambda mark: mark.student_id)
            if mark.there and mark.value in ("2", "1", NOT_ATTESTED)
        ],
    )


_MARKS, _HOURS = "Отметки", "Часы"
_COLUMNS = (
    *(Column("Класс, группа", width=34), Column("Предмет"), Column("Учащихся", Kind.NUMBER, 9, upright=True)),
    *(Column(title, Kind.NUMBER, 9, _MARKS) for title in ("5", "4", "3", "2", "н/а", "осв.")),
    *(Column(title, Kind.DECIMAL, 14, upright=True) for title in TITLES.values()),
    *(Column(title, Kind.NUMBER, 10, _HOURS, upright=True) for title in ("по плану", "проведено", "отставание")),
)


async def subject_teacher_paper(context: Context, staff_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await subject_teacher(context, staff_id, asked)
    names = Names(context, _ROLES)
    subjects = await names.subjects(each.subject_id for each in found.taught)
    students = await names.students(poor.student_id for each in found.taught for poor in each.poor)
    staff = (await names.staff([staff_id]))[staff_id]
    titles = [_title(each, found.name) for each in found.taught]
    lines = [
        Line([title, subjects[each.subject_id], *_cells(each.figures, each.hours)])
        for title, each in zip(titles, found.taught, strict=True)
    ]
    poor = [
        Line([title, subjects[each.subject_id], names_of])
        for title, each in zip(titles, found.taught, strict=True)
        if (names_of := "\n".join(sorted(f"{students[one.student_id]} — «{one.value}»" for one in each.poor)))
    ]
    return Paper(
        title=ABOUT[Report.SUBJECT_TEACHER].title,
        school=await names.school(),
        facts=[("Учитель", staff), ("Период", f"{found.name}, {found.year_name}")],
        tables=[
            Table(_COLUMNS, [*lines, Line(["Всего", "", *_cells(found.total, found.hours)], Style.TOTAL)]),
            Table(
                [Column("Класс, группа", width=34), Column("Предмет", width=60), Column("Обучающиеся")],
                poor or [Line(["—"])],
                title="С отметкой «2» или «н/а»",
            ),
        ],
        legend=found.legend,
        signers=[("Учитель", staff)],
        landscape=True,
    )


def _title(of: Taught, name: str) -> str:
    """The class, the subgroup, and the slot, if it has another name than the report's."""
    return ", ".join(each for each in (of.class_name, of.part, of.slot_name if of.slot_name != name else None) if each)


def _cells(of: Figures, hours: Hours) -> list[Cell]:
    counts = of.counts
    given = (counts.fives, counts.fours, counts.threes, counts.twos, counts.not_attested, counts.exempt)
    figures = [of.of(kind).value for kind in FigureKind]
    return [counts.students, *given, *figures, hours.planned, hours.held, hours.behind]
