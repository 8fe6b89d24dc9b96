"""«Табель успеваемости учащегося»: each subject's marks of periods, of the year, its exam, and the final one (10.5)."""

from dataclasses import dataclass
from typing import Any

from documents.tables import Column, Kind, Line, Paper, Table
from rules.curriculum import class_name
from rules.journal_finals import UNGRADED, FinalKind
from rules.report import ABOUT, OF_STUDENT, Report
from rules.report_figures import UNGRADED_LEGEND

from .context import Context
from .report import Asked, Slot
from .report_names import Names
from .report_student import card_marks, class_in_year, slots_of

PARENT = "Родитель (законный представитель)"
LEADER = "Классный руководитель"


@dataclass(frozen=True, slots=True)
class CardMark:
    """What stands in one place of the card. value: None, as long as nothing is decided."""

    slot: Slot
    value: str | None
    mark_id: int | None


@dataclass(frozen=True, slots=True)
class CardSubject:
    """A subject with a mark, or None where there is nothing to be marked, for each of the card's columns."""

    subject_id: int
    marks: tuple[CardMark | None, ...]


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A student's marks of a year. slots: the columns."""

    asked: Asked
    student_id: int
    class_id: int
    grade: int
    letter: str
    year_id: int
    year_name: str
    slots: list[Slot]
    subjects: list[CardSubject]


def _place(of: Any) -> tuple[str, int | None]:
    return of.kind, of.period_id


async def report_card(context: Context, student_id: int, asked: Asked) -> ReportCard:
    """The report, of a student whom the viewer has reports of, in the class that they were last in that year."""
    of = await class_in_year(context, student_id, asked.year_id)
    slots = await slots_of(context, of.class_id)
    cells = await context.load_key(card_marks(), (student_id, of.year_id), OF_STUDENT)
    columns = {_place(slot): slot for slot in slots}
    subjects: dict[int, dict[tuple[str, int | None], CardMark]] = {}
    for cell in cells:
        place = _place(cell)
        # A mark from a class that is divided otherwise has no column; it went into this class's own marks.
        if place in columns:
            subjects.setdefault(cell.subject_id, {})[place] = CardMark(columns[place], cell.value, cell.mark_id)
    return ReportCard(
        *(asked, student_id, of.class_id, of.grade, of.letter, of.year_id, of.year_name, slots),
        [
            CardSubject(subject, tuple(marks.get(place) for place in columns))
            for subject, marks in sorted(subjects.items())
        ],
    )


_LEGEND = [
    "«—» — предмет в это время не изучается, экзамена или итоговой отметки по нему нет; пустая клетка — отметка ещё не "
    "выставлена."
]


async def report_card_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The printed card."""
    found = await report_card(context, student_id, asked)
    about = ABOUT[Report.REPORT_CARD]
    names = Names(context, about.roles)
    subjects = await names.subjects(each.subject_id for each in found.subjects)
    rows = sorted(found.subjects, key=lambda each: subjects[each.subject_id])
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", (await names.students([student_id]))[student_id]),
            ("Класс", class_name(found.grade, found.letter)),
            ("Учебный год", found.year_name),
        ],
        tables=[
            Table(
                [Column("Предмет"), *(_column(slot) for slot in found.slots)],
                [Line([subjects[each.subject_id], *map(card_cell, each.marks)]) for each in rows],
            )
        ],
        legend=_LEGEND if found.grade > UNGRADED else [UNGRADED_LEGEND],
        signers=[(LEADER, await names.leader(found.class_id)), (PARENT, "")],
    )


def _column(slot: Slot) -> Column:
    is_period = slot.kind is FinalKind.PERIOD
    return Column(slot.name, Kind.NUMBER, 22 if is_period else 17, "Учебные периоды" if is_period else None)


def card_cell(mark: CardMark | None) -> str | int | None:
    """As it is printed: a number, a word, nothing yet; «—» where nothing is to be marked."""
    if mark is None:
        return "—"
    return int(mark.value) if mark.value and mark.value.isdecimal() else mark.value
