"""«Общие сведения об обучающихся»: who is in a class on a day, with the cards, orders and parents (4.6, 4.8, 10.4)."""

from asyncio import gather
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, exists, select

from documents.tables import Cell, Column, Kind, Line, Paper, Table
from models.curriculum import Enrolment
from models.movement import MovementItem, MovementOrder
from models.school import Person, Student
from permissions.scopes import of_school, on, same
from rules.curriculum import class_name
from rules.movement import MovementKind, OrderState, order_title
from rules.report import ABOUT, Report
from rules.school import GuardianKind, Sex, full_name

from . import school
from .context import Context
from .edges_kinds import argument
from .report import Asked, Question, class_reports
from .report_names import Names
from .report_shown import shown_to
from .together import Together

_ROLES = ABOUT[Report.STUDENT_LIST].roles


@dataclass(frozen=True, slots=True)
class StudentOrder:
    """An order on a student."""

    kind: MovementKind
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class ListedStudent:
    """A student of the class. since: the first day in it, by the order `into`; admission: the one into the school."""

    student_id: int
    since: date
    into: StudentOrder
    admission: StudentOrder | None


@dataclass(frozen=True, slots=True)
class StudentList:
    """Who is in a class on a day."""

    class_id: int
    day: date
    students: list[ListedStudent]


def _listed() -> Any:
    return (
        select(
            *(Enrolment.student_id, Enrolment.starts_on, Person.sort_key),
            *(MovementOrder.kind, MovementOrder.number, MovementOrder.issued_on),
        )
        .join(Student, same(Student, Enrolment.student_id))
        .join(Person, same(Person, Student.person_id))
        .join(MovementItem, same(MovementItem, Enrolment.opened_by))
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .where(
            *(of_school(Enrolment), Enrolment.class_id == argument("class_id")),
            on(argument("day", Date), Enrolment),
        )
    )


def _admissions() -> Any:
    """The orders by which they came to the school, in their order."""
    there = exists().where(
        *(of_school(Enrolment), Enrolment.class_id == argument("class_id")),
        *(Enrolment.student_id == MovementItem.student_id, on(argument("day", Date), Enrolment)),
    )
    return (
        select(MovementItem.student_id, MovementOrder.kind, MovementOrder.number, MovementOrder.issued_on)
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .where(
            *(of_school(MovementItem), MovementOrder.state == OrderState.ISSUED.value),
            *(MovementOrder.kind == MovementKind.ENROLMENT.value, MovementOrder.effective_on <= argument("day", Date)),
            there,
        )
        .order_by(MovementOrder.effective_on, MovementOrder.position)
    )


_class_list = Question(_listed)
_class_admissions = Question(_admissions)


def _order(row: Any) -> StudentOrder:
    return StudentOrder(MovementKind(row.kind), row.number, row.issued_on)


async def student_list(context: Context, class_id: int, asked: Asked) -> StudentList:
    """The report, for a class that the viewer has reports of."""
    of = {"class_id": class_id, "day": asked.day or context.viewer.today}
    admitted, listed = await gather(_class_admissions(context, **of), _class_list(context, **of))
    admissions = {row.student_id: _order(row) for row in admitted}
    by_name = Names(context, _ROLES).shown
    rows = sorted(listed, key=lambda row: (row.sort_key if by_name else "", row.student_id))
    return StudentList(
        class_id,
        asked.day or context.viewer.today,
        [ListedStudent(row.student_id, row.starts_on, _order(row), admissions.get(row.student_id)) for row in rows],
    )


_SEX = {Sex.MALE: "м", Sex.FEMALE: "ж"}
_KIN = {GuardianKind.MOTHER: "мать", GuardianKind.FATHER: "отец", GuardianKind.GUARDIAN: "представитель"}
_CONTACTS = ("phone", "email", "address")


async def student_list_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report. Contacts are those that the school collects (4.8); an analyst gets no names,
    contacts, orders or exact birth dates.
    """
    found = await student_list(context, class_id, asked)
    names = Names(context, _ROLES)
    together = Together(context, _ROLES)
    ids = [each.student_id for each in found.students]
    students = await names.students(ids)
    cards = await together.all(school.student_card(), ((each,) for each in ids))
    of = await context.load_key(class_reports(), (class_id,), _ROLES)
    leader = await names.leader(class_id)
    parents = await _parents(together, ids, found.day) if names.shown else {}

    def line(place: int, each: ListedStudent) -> Line:
        card = cards[(each.student_id,)]
        own: list[Cell] = [place, students[each.student_id]]
        if card is None:
            return Line(own)
        if not names.shown:
            return Line([*own, _SEX[Sex(card.sex)], card.birth_date.year])
        first = each.admission or each.into
        return Line(
            [
                *(*own, _SEX[Sex(card.sex)], card.birth_date, card.file_number),
                *(order_title(first.number, first.issued_on), order_title(each.into.number, each.into.issued_on)),
                "\n".join(_contacts(card)),
                "\n".join(parents.get(each.student_id, ())),
            ]
        )

    columns = [Column("№", Kind.NUMBER, 7), Column("Обучающийся", width=44), Column("Пол", width=10)]
    if names.shown:
        columns += [
            *(Column("Дата рождения", Kind.DATE, 20), Column("Личное дело", width=18)),
            *(Column("Принят в школу", width=26), Column("В класс", width=26)),
            Column("Контакты"),
            Column("Законные представители"),
        ]
    else:
        columns.append(Column("Год рождения", Kind.NUMBER, 30))
    return Paper(
        title=ABOUT[Report.STUDENT_LIST].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(of.grade, of.letter)),
            ("На день", f"{found.day:%d.%m.%Y}"),
            ("Обучающихся", f"{shown_to(context).people(len(ids))}"),
            ("Классный руководитель", leader),
        ],
        tables=[Table(columns, [line(place, each) for place, each in enumerate(found.students, 1)])],
        legend=("Контакты — только те, которые школа решила собирать (4.8).",)
        if names.shown
        else shown_to(context).legend,
        signers=[("Классный руководитель", leader)],
        landscape=True,
    )


def _contacts(card: Any) -> list[str]:
    """Those of a card that the school collects."""
    return [value for name in _CONTACTS if (value := getattr(card, name))]


async def _parents(together: Together, ids: list[int], day: date) -> dict[int, list[str]]:
    """Each student's guardians on the day, with the contacts that the school collects."""
    found = await together.all(school.student_guardianships(), ((each,) for each in ids))
    standing = {
        key[0]: [each for each in rows if each.starts_on <= day and (each.ends_on is None or each.ends_on >= day)]
        for key, rows in found.items()
    }
    guardians = await together.all(
        school.guardianship_guardian(), ((each.guardian_id,) for rows in standing.values() for each in rows)
    )
    lines = {}
    for student, rows in standing.items():
        lines[student] = [
            ", ".join(
                [
                    f"{full_name(who.family_name, who.given_name, who.patronymic)} ({_KIN[GuardianKind(each.kind)]})",
                    *_contacts(who),
                ]
            )
            for each in rows
            if (who := guardians[(each.guardian_id,)])
        ]
    return lines
