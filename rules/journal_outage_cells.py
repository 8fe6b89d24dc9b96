"""What is written into the cells of temporary journals, and what stands against it (13.2)."""

import re

from .journal import ATTENDANCE_LETTERS, MARK_VALUES, AttendanceCode
from .journal_outage_sheets import CALLED
from .refusals import Refusal, RefusalCode

_LATIN = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_CODES = {letters: code for code, letters in ATTENDANCE_LETTERS.items()}
_ATTENDANCE = re.compile(r"([А-Я]+)\.?\s*(\d{1,4})?(?:\s*МИН\.?)?")
_MARKS = {value.rstrip("."): value for value in MARK_VALUES} | {value: value for value in MARK_VALUES}


def attendance_of(text: str) -> tuple[AttendanceCode, int | None] | None:
    """The code and the minutes of a lateness that a cell says («Н», «ОП 10»); None if it says neither."""
    found = _ATTENDANCE.fullmatch(text.strip().upper().translate(_LATIN))
    if not found or found[1] not in _CODES:
        return None
    code = _CODES[found[1]]
    minutes = int(found[2]) if found[2] else None
    return None if minutes is not None and code is not AttendanceCode.LATE else (code, minutes)


def attendance_text(code: str, minutes: int | None) -> str:
    """An absence as a cell shows it."""
    letters = ATTENDANCE_LETTERS[AttendanceCode(code)]
    return f"{letters} {minutes}" if minutes else letters


def mark_of(text: str) -> str | None:
    """The mark that a cell says, its point left out or not; None if there is no such mark."""
    return _MARKS.get(text.strip().casefold() or "?")


def agrees(written: tuple[AttendanceCode, int | None], code: str, minutes: int | None) -> bool:
    """Whether an absence on paper is the one that stands: «Н» agrees with any reason found out since (7.3)."""
    wanted, late = written
    if wanted is AttendanceCode.UNEXPLAINED:
        return code != AttendanceCode.LATE
    return wanted == code and late in (None, minutes)


def is_called(text: str) -> bool:
    """Whether the cell says that the roll was called."""
    return text.strip().casefold() in (CALLED, "да", "все")


PRESENT = "был на уроке"
"""How an empty cell of a roll that was called is told."""

CLAUSE = "13.2"


def differs(stands: str) -> Refusal:
    """The journal has something else there."""
    return Refusal(RefusalCode.CELL_DIFFERS, f"В журнале уже другое: «{stands}».", clause=CLAUSE)


def bad_value(message: str) -> Refusal:
    """The cell holds what it cannot."""
    return Refusal(RefusalCode.BAD_VALUE, message, clause=CLAUSE)


BAD_ATTENDANCE = bad_value(
    "Такого обозначения нет. Можно: " + ", ".join(f"«{each}»" for each in ATTENDANCE_LETTERS.values()) + "."
)
BAD_MARK = bad_value("Такой отметки нет. Можно, по одной в клетке: " + ", ".join(MARK_VALUES) + ".")
BAD_ROLL = bad_value(f"Здесь можно поставить только «{CALLED}»: перекличка была, все на уроке.")
BAD_KIND = bad_value("Такого вида работы в школе нет.")
TWICE = bad_value("Эта же клетка есть в файле ещё раз: строка или столбец скопированы.")

NO_SUCH_LESSON = Refusal(RefusalCode.NO_SUCH_LESSON, "Такого урока в доступном журнале нет.", clause=CLAUSE)
NO_LESSON_HERE = Refusal(RefusalCode.NO_SUCH_LESSON, "Столбец не относится ни к одному уроку бланка.", clause=CLAUSE)
NO_STUDENT_HERE = Refusal(RefusalCode.NOT_IN_GROUP, "Строка не относится ни к одному учащемуся бланка.", clause=CLAUSE)
MOVED = Refusal(RefusalCode.NO_SUCH_LESSON, "Урок перенесён на другой день: в день бланка его нет.", clause=CLAUSE)
NO_SUCH_TASK = Refusal(RefusalCode.NO_SUCH_LESSON, "Задания этого столбца на уроке больше нет.", clause=CLAUSE)
OUTSIDE = Refusal(
    RefusalCode.OUTSIDE_OUTAGE,
    "Урок не приходится на перерыв в доступе, который записан и окончен: переносить с бумаги нечего.",
    clause=CLAUSE,
)
CLOSED = Refusal(RefusalCode.YEAR_CLOSED, "Учебный год закрыт: его данные больше не меняются.", clause="12.2")


def bad_file(message: str) -> Refusal:
    """The file is no temporary journal of this school, or nothing is filled in."""
    return Refusal(RefusalCode.BAD_FILE, message, "fileId", CLAUSE)


def in_the_way(first: str, message: str, count: int) -> Refusal:
    """Some cells stand against the import: the whole of it is refused. first: where the first of them is."""
    told = f"Мешают клетки: {count}. Первая — {first}: {message}"
    return Refusal(RefusalCode.SHEET_CONFLICTS, told, "fileId", CLAUSE)
