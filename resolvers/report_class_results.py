"""«Итоги успеваемости класса за учебный период»: subject by subject, who teaches it and what was marked (10.4)."""

from asyncio import gather
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from documents.tables import Chart, Column, Kind, Line, Paper, Style, Table
from models.curriculum import StudyGroup, TeachingAssignment
from permissions.scopes import of_school, same
from rules.curriculum import class_name
from rules.report import ABOUT, Report
from rules.report_figures import LEGEND, TITLES, UNGRADED_LEGEND, FigureKind

from .context import Context
from .edges_kinds import argument
from .report import Asked, Question, Slot, class_slot
from .report_figures import Behind, Figures, counted_marks
from .report_names import Names
from .report_shown import Shown, shown_to


@dataclass(frozen=True, slots=True)
class SubjectResults:
    """A subject in a class: who taught it in the slot's days, and what was marked."""

    subject_id: int
    teachers: tuple[int, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class ClassResults:
    """What a class came to in a slot: each subject, and all together."""

    asked: Asked
    slot: Slot
    subjects: list[SubjectResults]
    total: Figures
    shown: Shown

    @property
    def class_id(self) -> int:
        """The class."""
        return self.slot.class_id

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (*(LEGEND if self.slot.graded else (UNGRADED_LEGEND,)), *self.shown.legend)


def _teachers() -> Any:
    lasts = or_(TeachingAssignment.ends_on.is_(None), TeachingAssignment.ends_on >= argument("since", _DAY))
    return (
        select(TeachingAssignment.subject_id, func.array_agg(TeachingAssignment.staff_id.distinct()).label("teachers"))
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .where(
            *(of_school(TeachingAssignment), StudyGroup.class_id == argument("class_id")),
            *(TeachingAssignment.starts_on <= argument("until", _DAY), lasts),
        )
        .group_by(TeachingAssignment.subject_id)
    )


_DAY = TeachingAssignment.starts_on.type
_subject_teachers = Question(_teachers)


async def class_results(context: Context, class_id: int, asked: Asked) -> ClassResults:
    """The report, for a class that the viewer has reports of."""
    slot = await class_slot(context, class_id, asked)
    shown = shown_to(context)
    marks, taught = await gather(
        context.load_key(counted_marks(), (class_id, slot.position)),
        _subject_teachers(context, class_id=class_id, since=slot.starts_on, until=slot.ends_on),
    )
    teachers = {each.subject_id: tuple(sorted(each.teachers)) for each in taught}
    by_subject = defaultdict(list)
    for mark in marks:
        by_subject[mark.subject_id].append(mark)
    key = ((class_id, slot.position),)
    subjects = [
        SubjectResults(subject, teachers.get(subject, ()), Figures(shown.marks(of), Behind(key, subject)))
        for subject, of in by_subject.items()
    ]
    return ClassResults(asked, slot, subjects, Figures(shown.marks(marks), Behind(key)), shown)


_MARKS = "Отметки"
_COLUMNS = (
    Column("Предмет"),
    Column("Учитель"),
    *(Column(title, Kind.NUMBER, 9, _MARKS) for title in ("5", "4", "3", "2", "н/а", "осв.")),
    *(Column(title, Kind.DECIMAL, 14, upright=True) for title in TITLES.values()),
)


async def class_results_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await class_results(context, class_id, asked)
    names = Names(context, ABOUT[Report.CLASS_RESULTS].roles)
    subjects = await names.subjects(each.subject_id for each in found.subjects)
    short = await names.short_subjects(subjects)
    staff = await names.staff(teacher for each in found.subjects for teacher in each.teachers)
    rows = sorted(found.subjects, key=lambda each: subjects[each.subject_id])
    lines = [
        Line(
            [
                subjects[each.subject_id],
                ", ".join(staff[teacher] for teacher in each.teachers) if names.shown else "—",
                *_cells(each.figures),
            ]
        )
        for each in rows
    ]
    slot = found.slot
    return Paper(
        title=ABOUT[Report.CLASS_RESULTS].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(slot.grade, slot.letter)),
            ("Период", f"{slot.name}, {slot.year_name}"),
            ("Классный руководитель", await names.leader(class_id)),
        ],
        tables=[Table(_COLUMNS, [*lines, Line(["Всего", "", *_cells(found.total)], Style.TOTAL)])],
        charts=[
            Chart(
                "Средний балл по предметам",
                [short[each.subject_id] for each in rows],
                [("Класс", [each.figures.average.value for each in rows])],
                least=0,
                most=5,
            )
        ],
        legend=found.legend,
        signers=[("Классный руководитель", await names.leader(class_id))],
    )


def _cells(of: Figures) -> list[Any]:
    counts = of.counts
    given = (counts.fives, counts.fours, counts.threes, counts.twos, counts.not_attested, counts.exempt)
    return [*given, *(of.of(kind).value for kind in FigureKind)]
