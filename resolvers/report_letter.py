"""«Информационное письмо для родителей»: a period's marks, for a family that reads on paper (7.13, 10.5)."""

from dataclasses import dataclass

from documents.tables import Cell, Column, Kind, Line, Paper, Slip, Style, Table
from rules.curriculum import class_name
from rules.journal_print import counted as in_words
from rules.journal_print import long_days
from rules.report import ABOUT, OF_STUDENT, Report
from rules.report_daily import AVERAGE_LEGEND, DailyCounts

from .context import Context
from .report import Asked, Slot
from .report_card import LEADER, PARENT, CardMark, card_cell
from .report_daily import Averaged, DailyBehind, DailyFigure, DailyFigures, daily_attendance, days_with_lessons
from .report_names import Names
from .report_student import card_marks, slot_of_student, taught_subjects
from .report_student_journal import AT_HOME, PRESENCE_LEGEND, Presence, presence_of


@dataclass(frozen=True, slots=True)
class LetterSubject(Averaged):
    """A subject: how many marks of each kind, their means, and the mark of the slot; None where none is to be set."""

    subject_id: int
    figures: DailyFigures
    mark: CardMark | None

    @property
    def counts(self) -> DailyCounts:
        """How many marks of each kind."""
        return self.figures.counts


@dataclass(frozen=True, slots=True)
class ParentLetter:
    """What a family is told of a slot."""

    asked: Asked
    student_id: int
    slot: Slot
    subjects: list[LetterSubject]
    total: DailyFigures
    presence: Presence

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return (AVERAGE_LEGEND, PRESENCE_LEGEND)

    @property
    def class_id(self) -> int:
        """The class."""
        return self.slot.class_id

    @property
    def counts(self) -> DailyCounts:
        """How many marks of each kind there are in all subjects."""
        return self.total.counts

    @property
    def average(self) -> DailyFigure:
        """The mean of all subjects' marks."""
        return self.total.average

    @property
    def weighted_average(self) -> DailyFigure:
        """The same by the weights of the work."""
        return self.total.weighted_average


async def parent_letter(context: Context, student_id: int, asked: Asked) -> ParentLetter:
    """The report, of a student whom the viewer has reports of: in the class that has the slot."""
    slot = await slot_of_student(context, student_id, asked)
    span = (slot.starts_on, slot.ends_on)
    key = (student_id, *span)
    behind = DailyBehind(student_id, span)
    marks = await behind.rows(context)
    taught = await context.load_key(taught_subjects(), key, OF_STUDENT)
    cells = await context.load_key(card_marks(), (student_id, slot.year_id), OF_STUDENT)
    decided = {
        each.subject_id: CardMark(slot, each.value, each.mark_id)
        for each in cells
        if (each.kind, each.period_id) == (slot.kind, slot.period_id)
    }
    lessons = await context.load_key(days_with_lessons(), key, OF_STUDENT)
    absences = await context.load_key(daily_attendance(), key, OF_STUDENT)
    subjects = sorted({each.subject_id for each in (*taught, *marks)} | set(decided))
    return ParentLetter(
        *(asked, student_id, slot),
        [
            LetterSubject(of, await DailyBehind(student_id, span, of).figures(context), decided.get(of))
            for of in subjects
        ],
        await behind.figures(context),
        presence_of(lessons, absences),
    )


async def parent_letter_paper(context: Context, student_id: int, asked: Asked) -> Paper:
    """The letter, with a slip to sign and send back."""
    found = await parent_letter(context, student_id, asked)
    about = ABOUT[Report.PARENT_LETTER]
    names = Names(context, about.roles)
    subjects = await names.subjects(each.subject_id for each in found.subjects)
    rows = sorted(found.subjects, key=lambda each: subjects[each.subject_id])
    slot, presence = found.slot, found.presence
    student = (await names.students([student_id]))[student_id]
    of, when = class_name(slot.grade, slot.letter), f"{slot.name}, {slot.year_name}"
    lines = [Line([subjects[each.subject_id], *_cells(each), card_cell(each.mark)]) for each in rows]
    missed = in_words(presence.missed, ("урок", "урока", "уроков"))
    presence_fact = ("Пропущено", f"{missed} из {presence.held}; опозданий: {presence.late}")
    return Paper(
        title=about.title,
        school=await names.school(),
        facts=[
            ("Обучающийся", student),
            ("Класс", of),
            ("Период", f"{when} ({long_days(slot.starts_on, slot.ends_on)})"),
            AT_HOME if presence.at_home else presence_fact,
        ],
        opening=[
            "Уважаемые родители (законные представители)!",
            "Сообщаем вам, какие отметки стоят у обучающегося за это время и сколько уроков пропущено. Просим "
            "ознакомиться с письмом, подписать отрывной листок и вернуть его классному руководителю.",
        ],
        tables=[Table(_COLUMNS, [*lines, Line(["Всего", *_cells(found), None], Style.TOTAL)])],
        legend=found.legend,
        signers=[(LEADER, await names.leader(found.class_id))],
        slip=Slip(
            f"С информационным письмом об успеваемости и посещаемости ознакомлен(а). Обучающийся: {student}, "
            f"{of}\N{NO-BREAK SPACE}класс. Период: {when}.",
            [(PARENT, ""), ("Дата", None)],
        ),
    )


_COLUMNS = (
    Column("Предмет"),
    *(Column(title, Kind.NUMBER, 13, "Число отметок") for title in ("5", "4", "3", "2")),
    *(Column(title, Kind.DECIMAL, 24, "Средний балл") for title in ("простой", "взвешенный")),
    Column("Отметка", Kind.NUMBER, 20),
)


def _cells(of: LetterSubject | ParentLetter) -> list[Cell]:
    counts = of.counts
    return [
        *(counts.fives, counts.fours, counts.threes, counts.twos),
        *(of.average.value, of.weighted_average.value),
    ]
