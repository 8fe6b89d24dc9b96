"""How dates, numbers and the journal's letters stand in print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .journal import ATTENDANCE_LETTERS, AttendanceCode
from .timetable import WEEKDAY_NAMES

MONTHS = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
MONTHS_OF = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)

ATTENDANCE_WORDS: dict[AttendanceCode, str] = {
    AttendanceCode.UNEXPLAINED: "причина не указана",
    AttendanceCode.EXCUSED: "уважительная причина",
    AttendanceCode.ILLNESS: "болезнь",
    AttendanceCode.UNEXCUSED: "неуважительная причина",
    AttendanceCode.LATE: "опоздание",
    AttendanceCode.OTHER: "отсутствие по другой причине",
    AttendanceCode.EXEMPT: "освобождение",
}
LEGEND = "; ".join(
    (
        *(f"{ATTENDANCE_LETTERS[code]} — {words}" for code, words in ATTENDANCE_WORDS.items()),
        "точка — работа, которую нужно сдать",
        "зач. — зачтено",
        "незач. — не зачтено",
        "осв. — освобождён",
        "н/а — не аттестован",
    )
)
"""What the letters of a printed page mean."""


def long_date(day: date) -> str:
    """«20 мая 2026 г.»"""
    return f"{day.day} {MONTHS_OF[day.month - 1]} {day.year} г."


def long_days(first: date, last: date) -> str:
    """«31 марта 2026 г. — 26 мая 2026 г.», with the year once where it is the same; one day alone."""
    if first == last:
        return long_date(first)
    start = f"{first.day} {MONTHS_OF[first.month - 1]}" if first.year == last.year else long_date(first)
    return f"{start} — {long_date(last)}"


def short_date(day: date) -> str:
    """«20.05»."""
    return f"{day:%d.%m}"


def day_title(day: date) -> str:
    """«Среда, 20 мая»."""
    return f"{WEEKDAY_NAMES[day.weekday()].capitalize()}, {day.day} {MONTHS_OF[day.month - 1]}"


def decimal(value: float | None) -> str:
    """«4,25»: a comma, no more than two digits; nothing for nothing."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def printed_at(now: datetime, who: str | None) -> str:
    """What stands at the foot of every page: when it was printed, and by whom."""
    return f"Напечатано {now:%d.%m.%Y} в {now:%H:%M}" + (f", {who}" if who else "")


def exported_on(day: date) -> str:
    """What a file says of when its table was taken out of the journal."""
    return f"Выгружено: {day:%d.%m.%Y}"


def exported_name(name: str, day: date) -> str:
    """The same in the name of a file, for what has no place to say it within: a CSV is a table and nothing else."""
    return f"{name} (выгружено {day:%d.%m.%Y})"


@dataclass(frozen=True, slots=True)
class Made:
    """A print: when it is made, by the school's clock, and for whom."""

    at: datetime
    by: str | None

    @property
    def foot(self) -> str:
        """What stands at the foot of every page."""
        return printed_at(self.at, self.by)

    def file_name(self, name: str, ending: str) -> str:
        """What its file is called. A PDF says on each page when it was made."""
        return f"{name if ending == 'pdf' else exported_name(name, self.at.date())}.{ending}"


def month_name(day: date) -> str:
    """The month above a page's days."""
    return MONTHS[day.month - 1]


def counted(number: int, words: Sequence[str]) -> str:
    """«1 урок», «2 урока», «5 уроков»."""
    last, tens = number % 10, number % 100 // 10
    form = 2 if tens == 1 or last in (0, *range(5, 10)) else 0 if last == 1 else 1
    return f"{number} {words[form]}"


def work_title(kind: str | None, name: str | None) -> str:
    """«Тест «Дроби»»; «Контрольная работа № 2», which says its kind itself."""
    if not name or not kind or name.casefold().startswith(kind.casefold()):
        return name or kind or ""
    return f"{kind} «{name}»"


def due_by(text: str, due: str | None) -> str:
    """«§ 12 (к 20.05)»; `due` is a date as ISO 8601 has it."""
    return f"{text} (к\N{NO-BREAK SPACE}{short_date(date.fromisoformat(due))})" if due else text
