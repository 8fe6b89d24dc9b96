"""«Отчёт классного руководителя за учебный период»: who came and left, groups by marks, lessons missed (10.4)."""

from asyncio import gather
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, func, or_, select
from sqlalchemy.orm import aliased

from documents.tables import Cell, Column, Kind, Line, Paper, Style, Table
from models.curriculum import Enrolment, GroupMembership, StudyGroup, TeachingAssignment
from models.movement import MovementItem, MovementOrder
from permissions.scopes import of_school, on, same
from rules.curriculum import class_name
from rules.journal_finals import FinalKind
from rules.movement import MovementKind, order_title
from rules.report import ABOUT, Report
from rules.report_attendance import ATTENDANCE_LEGEND
from rules.report_figures import UNGRADED_LEGEND
from rules.report_groups import GROUP_TITLES, GROUPS_LEGEND, StudentGroup, groups_of
from rules.report_school import ROLL_LEGEND, counted_from

from .context import Context
from .edges_kinds import argument
from .report import Asked, Question, Slot, class_slots, slot_asked
from .report_attendance import ClassAttendance, attendance_of
from .report_attendance_paper import LETTERS, by_reason
from .report_figures import counted_marks
from .report_names import Names
from .report_shown import Shown, shown_to
from .report_stays import Stays

_ROLES = ABOUT[Report.CLASS_TEACHER].roles


@dataclass(frozen=True, slots=True)
class Moved:
    """A student who came into the class or left it. on: the first day in it, or the last."""

    student_id: int
    on: date
    kind: MovementKind
    number: str
    issued_on: date
    place: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class GroupMark:
    """A mark that puts a student into a group, or is not there yet; who teaches the student the subject."""

    mark_id: int | None
    subject_id: int
    value: str | None
    teachers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A student of a group, and the marks that say so: none where all do."""

    student_id: int
    marks: list[GroupMark]


@dataclass(frozen=True, slots=True)
class GroupOfStudents:
    """A group, and who is in it."""

    group: StudentGroup
    students: list[Grouped]
    count: int

    @property
    def title(self) -> str:
        """What it is called."""
        return GROUP_TITLES[self.group]


@dataclass(frozen=True, slots=True)
class ClassTeacherReport:
    """What a class teacher reports of a slot. counted_from: the day at which students are counted as there at its
    beginning. unmarked: those whom a mark is missing, with the subjects. Who reads without names gets numbers, and no
    lists of who they are.
    """

    asked: Asked
    slot: Slot
    counted_from: date
    at_start: int
    arrived: list[Moved]
    left: list[Moved]
    at_end: int
    stays: Stays
    groups: list[GroupOfStudents]
    unmarked: list[Grouped]
    attendance: ClassAttendance
    shown: Shown

    @property
    def arrived_count(self) -> int:
        """How many came."""
        return self.shown.moves([each.student_id for each in self.arrived])

    @property
    def left_count(self) -> int:
        """How many left."""
        return self.shown.moves([each.student_id for each in self.left])

    @property
    def unmarked_count(self) -> int:
        """How many have a mark missing."""
        return self.shown.people(len(self.unmarked))

    @property
    def class_id(self) -> int:
        """The class."""
        return self.slot.class_id

    @property
    def legend(self) -> tuple[str, ...]:
        """What the groups and figures mean."""
        groups = GROUPS_LEGEND if self.slot.graded else (UNGRADED_LEGEND,)
        return (ROLL_LEGEND, *groups, *ATTENDANCE_LEGEND, *self.shown.legend)


def _stays() -> Any:
    """Stays in the class on any of the days, with the orders at their ends."""
    came, went = aliased(MovementItem), aliased(MovementItem)
    opened, ended = aliased(MovementOrder), aliased(MovementOrder)
    last = argument("until", Date)
    names = ("kind", "number", "issued_on")
    return (
        select(
            *(Enrolment.student_id, Enrolment.starts_on, Enrolment.ends_on),
            *(getattr(opened, name).label(f"opened_{name}") for name in names),
            *(came.place.label("opened_place"), came.reason.label("opened_reason")),
            *(getattr(ended, name).label(f"ended_{name}") for name in names),
            *(went.place.label("ended_place"), went.reason.label("ended_reason")),
        )
        .join(came, same(came, Enrolment.opened_by, Enrolment))
        .join(opened, same(opened, came.order_id, came))
        .outerjoin(went, same(went, Enrolment.ended_by, Enrolment))
        .outerjoin(ended, same(ended, went.order_id, went))
        .where(
            *(of_school(Enrolment), Enrolment.class_id == argument("class_id"), Enrolment.starts_on <= last),
            func.coalesce(Enrolment.ends_on, last, type_=Date) >= argument("since", Date),
        )
        .order_by(Enrolment.starts_on, Enrolment.id)
    )


def _taught_by() -> Any:
    """Who teaches each student of the class what, in the slot's days: in the groups they are in at its end."""
    day = argument("until", Date)
    begun = TeachingAssignment.starts_on <= day
    lasted = or_(TeachingAssignment.ends_on.is_(None), TeachingAssignment.ends_on >= argument("since", Date))
    of_group = and_(
        *(GroupMembership.school_id == StudyGroup.school_id, GroupMembership.group_id == StudyGroup.id),
        on(day, GroupMembership),
    )
    taught = and_(
        *(TeachingAssignment.school_id == StudyGroup.school_id, TeachingAssignment.group_id == StudyGroup.id),
        *(begun, lasted),
    )
    key = (GroupMembership.student_id, TeachingAssignment.subject_id)
    return (
        select(*key, func.array_agg(TeachingAssignment.staff_id.distinct()).label("teachers"))
        .select_from(StudyGroup)
        .join(GroupMembership, of_group)
        .join(TeachingAssignment, taught)
        .where(of_school(StudyGroup), StudyGroup.class_id == argument("class_id"))
        .group_by(*key)
    )


class_stays = Question(_stays)
_class_taught_by = Question(_taught_by)

_SAYING: dict[StudentGroup, tuple[str, ...]] = {
    StudentGroup.ONE_FOUR: ("4",),
    StudentGroup.ONE_THREE: ("3",),
    StudentGroup.FAILING: ("2", "1"),
    StudentGroup.NOT_ATTESTED: ("н/а",),
}
"""The marks that put a student into a group, where not all of them do."""


async def class_teacher(context: Context, class_id: int, asked: Asked) -> ClassTeacherReport:
    """The report, for a class that the viewer has reports of."""
    slots = await class_slots(context, class_id)
    slot = slot_asked(slots, asked)
    today = asked.today or context.viewer.today
    first, last = slot.starts_on, max(slot.starts_on, min(slot.ends_on, today))
    since = counted_from(first, (each.ends_on for each in slots if each.kind is FinalKind.PERIOD))
    stays, taught, attendance, counted = await gather(
        class_stays(context, class_id=class_id, since=since, until=last),
        _class_taught_by(context, class_id=class_id, since=first, until=last),
        attendance_of(context, class_id, (first, last)),
        context.load_key(counted_marks(), (class_id, slot.position)),
    )
    shown, taught_by = shown_to(context), {(of.student_id, of.subject_id): tuple(sorted(of.teachers)) for of in taught}
    order = {each.student_id: place for place, each in enumerate(attendance.students)}
    marks = defaultdict(list)
    for mark in counted:
        if mark.there:
            marks[mark.student_id].append(mark)
    own = sorted(marks.items(), key=lambda each: order.get(each[0], 0))
    grouped = {student: groups_of(mark.value for mark in of) for student, of in own}

    def saying(student: int, values: tuple[str | None, ...]) -> Grouped:
        found = [mark for mark in marks[student] if mark.value in values]
        return Grouped(
            student,
            [
                GroupMark(each.mark_id, each.subject_id, each.value, taught_by.get((student, each.subject_id), ()))
                for each in found
            ],
        )

    groups: list[GroupOfStudents] = []
    for group in StudentGroup:
        of_group = [saying(student, _SAYING.get(group, ())) for student, of in grouped.items() if group in of]
        groups.append(GroupOfStudents(group, of_group, shown.people(len(of_group))))
    return ClassTeacherReport(
        asked,
        slot,
        since,
        at_start=shown.people(len({row.student_id for row in stays if row.starts_on <= since})),
        arrived=[_moved(row, "opened", row.starts_on) for row in stays if row.starts_on > since],
        left=[_moved(row, "ended", row.ends_on) for row in stays if row.ends_on is not None and row.ends_on < last],
        at_end=shown.people(len({row.student_id for row in stays if row.ends_on is None or row.ends_on >= last})),
        stays=Stays((class_id,), since, last),
        groups=groups,
        unmarked=[each for student, _ in own if slot.graded and (each := saying(student, (None,))).marks],
        attendance=attendance,
        shown=shown,
    )


def _moved(row: Any, end: str, day: date) -> Moved:
    return Moved(
        *(row.student_id, day, MovementKind(row[f"{end}_kind"]), row[f"{end}_number"], row[f"{end}_issued_on"]),
        *(row[f"{end}_place"], row[f"{end}_reason"]),
    )


_KINDS = {
    MovementKind.PROMOTION: "перевод на следующий год",
    MovementKind.REPETITION: "повторное обучение",
    MovementKind.GRADUATION: "выпуск",
    MovementKind.DEPARTURE: "выбытие",
    MovementKind.ENROLMENT: "зачисление",
    MovementKind.TRANSFER: "перевод из класса в класс",
}
_MOVES = (
    *(Column("Обучающийся"), Column("День", Kind.DATE, 20), Column("Приказ"), Column("Вид"), Column("Откуда, куда")),
    Column("Причина"),
)
_GROUPS = (Column("Группа", width=34), Column("Всего", Kind.NUMBER, 13), Column("Обучающиеся"))
_MISSED = (
    *(Column("№", Kind.NUMBER, 7), Column("Обучающийся"), Column("дней", Kind.NUMBER, 11, upright=True)),
    *(Column(word, Kind.NUMBER, 11, upright=True) for word in ("уроков", *LETTERS, "проведено")),
    Column("посещаемость, %", Kind.DECIMAL, 14, upright=True),
)


async def class_teacher_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await class_teacher(context, class_id, asked)
    names = Names(context, _ROLES)
    listed = [each.student_id for each in found.attendance.students]
    students = await names.students([*listed, *(each.student_id for each in (*found.arrived, *found.left))])
    saying = [mark for each in (*(s for g in found.groups for s in g.students), *found.unmarked) for mark in each.marks]
    subjects = await names.subjects(mark.subject_id for mark in saying)
    staff = await names.staff(teacher for mark in saying for teacher in mark.teachers)

    def name(each: Grouped) -> str:
        marks = [
            f"{subjects[mark.subject_id]} — «{mark.value}»" if mark.value else subjects[mark.subject_id]
            for mark in each.marks
        ]
        taught = [f"{mark}{_by(staff, of.teachers)}" for mark, of in zip(marks, each.marks, strict=True)]
        return students[each.student_id] + (f" ({'; '.join(taught)})" if taught else "")

    def moves(title: str, rows: list[Moved]) -> Table:
        lines = [
            Line(
                [
                    *(students[each.student_id], each.on, order_title(each.number, each.issued_on)),
                    *(_KINDS[each.kind], each.place, each.reason),
                ]
            )
            for each in rows
        ]
        return Table(_MOVES, lines or [Line(["—"])], title=title)

    slot, attendance = found.slot, found.attendance
    groups = [(each.title, each.count, each.students) for each in found.groups]
    groups.append(("Нет отметок", found.unmarked_count, found.unmarked))
    lists = [Line([title, count, _listed(of, name)] if names.shown else [title, count]) for title, count, of in groups]
    missed = [
        Line([place, students[each.student_id], *_missed(each.total.counts)])
        if not each.at_home
        else Line([place, f"{students[each.student_id]} (обучается на дому)"])
        for place, each in enumerate(attendance.students, 1)
    ]
    missed.append(Line([None, "Всего по классу", *_missed(attendance.total.counts)], Style.TOTAL))
    leader = await names.leader(class_id)
    return Paper(
        title=ABOUT[Report.CLASS_TEACHER].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(slot.grade, slot.letter)),
            ("Период", f"{slot.name}, {slot.year_name}"),
            ("На начало", f"{found.at_start}"),
            ("Прибыло", f"{found.arrived_count}"),
            ("Выбыло", f"{found.left_count}"),
            ("На конец", f"{found.at_end}"),
            ("Классный руководитель", leader),
        ],
        tables=[
            *([moves("Прибыли", found.arrived)] if found.arrived and names.shown else []),
            *([moves("Выбыли", found.left)] if found.left and names.shown else []),
            *(
                [Table(_GROUPS if names.shown else _GROUPS[:2], lists, title="Успеваемость")]
                if found.slot.graded
                else []
            ),
            Table(_MISSED, missed, title="Пропущено уроков"),
        ],
        legend=found.legend,
        signers=[("Классный руководитель", leader)],
    )


def _listed(students: list[Grouped], name: Callable[[Grouped], str]) -> str:
    """One below the other, where each has marks beside."""
    return ("\n" if any(each.marks for each in students) else ", ").join(map(name, students))


def _by(staff: dict[int, str], teachers: tuple[int, ...]) -> str:
    return f", {', '.join(staff[teacher] for teacher in teachers)}" if teachers else ""


def _missed(counts: Any) -> list[Cell]:
    return [counts.days, counts.missed, *by_reason(counts), counts.held, counts.percent]
