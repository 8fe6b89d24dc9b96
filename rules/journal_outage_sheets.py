"""Temporary journals (13.1): what stands on a blank, and what may be written into its cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .journal import ATTENDANCE_LETTERS, MARK_VALUES
from .journal_print import ATTENDANCE_WORDS
from .refusals import Refusal

NEW_MARKS = 2
"""How many columns a lesson has for marks beside those of its tasks: each filled one is a task (7.4)."""

NEW_SLOT = "new"
"""How the key of such a column goes on."""

CALLED = "+"
"""What stands for a roll call by which everybody was there."""


@dataclass(frozen=True)
class BlankTask:
    """A task that a lesson has already: its number, and its kind of work in short."""

    id: int
    kind: str


@dataclass(frozen=True)
class BlankLesson:
    """A lesson on a blank. missing: students of the list who get nothing there: not in the group, taught at home."""

    id: int
    date: date
    number: int
    topic: str | None
    material: str | None
    tasks: Sequence[BlankTask]
    missing: frozenset[int]


@dataclass(frozen=True)
class BlankJournal:
    """The journal of one group in one subject, with its lessons by date and its students (number, name) by name."""

    group_id: int
    subject_id: int
    title: str
    lessons: Sequence[BlankLesson]
    students: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Blank:
    """Temporary journals of one class for some days. kinds: the school's kinds of work, short name to name."""

    school_code: str
    school_name: str
    class_id: int
    class_name: str
    since: date
    until: date
    made_at: datetime
    kinds: Mapping[str, str]
    journals: Sequence[BlankJournal]


class CellKind(StrEnum):
    """What a cell of a temporary journal is for."""

    ATTENDANCE = "attendance"
    ROLL_CALL = "roll_call"
    WORK_TYPE = "work_type"
    MARK = "mark"
    TOPIC = "topic"
    MATERIAL = "material"
    HOMEWORK = "homework"
    STRAY = "stray"


OF_LESSONS = (CellKind.TOPIC, CellKind.MATERIAL, CellKind.HOMEWORK)
"""What is written of a lesson as a whole, in columns of a sheet of its own."""


@dataclass(frozen=True)
class Place:
    """Where a cell stands, as Excel shows it."""

    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        return f"лист «{self.sheet}», ячейка {self.column}{self.row}"


@dataclass(frozen=True)
class FilledCell:
    """A cell as it came back. slot: what a column of marks is for: the number of a task, or `NEW_SLOT` and which one.

    text: empty only for an attendance cell, where it says that the student was there if the roll was called at all.
    """

    place: Place
    kind: CellKind
    text: str
    lesson_id: int = 0
    student_id: int = 0
    slot: str = ""

    @property
    def is_new(self) -> bool:
        """Whether it is a mark for a task that the lesson did not have when the blank was made."""
        return self.slot.startswith(NEW_SLOT)


@dataclass(frozen=True)
class FilledSheet:
    """A file of temporary journals that came back. digest: SHA-256 of what is filled in, not of the file's bytes.

    lessons: number to the day and the texts (topic, material) that stood on the blank; bound: the tasks it had.
    """

    school_code: str
    class_id: int
    made_at: datetime
    since: date
    until: date
    lessons: Mapping[int, tuple[date, str | None, str | None]]
    bound: frozenset[int]
    cells: Sequence[FilledCell]
    digest: str


LEGEND = (
    "Как заполнять",
    "Столбец «Н»: "
    + ", ".join(f"«{ATTENDANCE_LETTERS[code]}» — {words}" for code, words in ATTENDANCE_WORDS.items())
    + "; «ОП 10» — опоздал на 10 минут. Пустая клетка — был на уроке.",
    f"Если на уроке были все, поставьте «{CALLED}» в строке «Перекличка»; если кого-то не было, это не нужно.",
    "Столбцы отметок: в клетке — одна отметка, " + ", ".join(f"«{value}»" for value in MARK_VALUES) + ". "
    "Каждый заполненный столбец — отдельное задание; его вид работы — в строке «Вид работы».",
    "Серые клетки не заполняются: учащегося не было в группе в этот день, он учится на дому или не изучает предмет.",
    "Тему, материал и домашнее задание пишут на листе «Уроки». Строки и столбцы не удаляйте и не объединяйте.",
    "Файл вернётся в журнал целиком: загрузите его и посмотрите, что будет записано (13.2).",
)
"""What the blank says of itself."""


class CellOutcome(StrEnum):
    """What becomes of a cell: it is written, stands so already, is left out as asked, or stands against the import."""

    WRITE = "write"
    SAME = "same"
    SKIPPED = "skipped"
    CONFLICT = "conflict"


class CellChoice(StrEnum):
    """What is to be done about a cell that stands against the import."""

    KEEP_JOURNAL = "keep_journal"
    TAKE_PAPER = "take_paper"


@dataclass(frozen=True)
class JudgedCell:
    """A cell and what becomes of it. stands: what the journal has there; refusal: why it cannot be written."""

    cell: FilledCell
    outcome: CellOutcome
    stands: str | None = None
    refusal: Refusal | None = None


def file_name(blank: Blank, ending: str) -> str:
    """What a file of blanks is called: «Временный журнал 5А 2026-05-12 – 2026-05-13.xlsx»."""
    days = f"{blank.since}" if blank.since == blank.until else f"{blank.since} – {blank.until}"
    return f"Временный журнал {blank.class_name} {days}.{ending}"
