"""Blanks of temporary journals as the printed form shows them (13.1): to be filled in by hand."""

from typing import Any

from rules.journal import ATTENDANCE_LETTERS, MARK_VALUES
from rules.journal_outage_sheets import Blank, BlankJournal
from rules.journal_print import ATTENDANCE_WORDS, long_days, printed_at, short_date

LEGEND = (
    ", ".join(f"{ATTENDANCE_LETTERS[code]} — {words}" for code, words in ATTENDANCE_WORDS.items())
    + "; «ОП 10» — на 10 минут; пусто — был на уроке.",
    "Отметки, по одной в клетке: "
    + ", ".join(f"«{value}»" for value in MARK_VALUES)
    + ". Серые клетки не заполняются.",
)


def outage_form(blank: Blank) -> dict[str, Any]:
    """The values of `outage.typ`."""
    return {
        "school": {"name": blank.school_name},
        "title": blank.class_name,
        "days": long_days(blank.since, blank.until),
        "printed": printed_at(blank.made_at, None),
        "legend": LEGEND,
        "pages": [_page(journal) for journal in blank.journals],
    }


def _page(journal: BlankJournal) -> dict[str, Any]:
    return {
        "title": journal.title,
        "lessons": [
            {
                "date": short_date(lesson.date),
                "number": str(lesson.number),
                "topic": lesson.topic or "",
                "material": lesson.material or "",
            }
            for lesson in journal.lessons
        ],
        "rows": [
            {
                "number": str(number),
                "name": name,
                "missing": [student in lesson.missing for lesson in journal.lessons],
            }
            for number, (student, name) in enumerate(journal.students, start=1)
        ],
    }
