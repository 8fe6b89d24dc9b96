"""Federal forms: states, what is written into manual cells, when a form may be closed, and the refusals (3.3–3.5)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input
from .report_forms_definition import Definition, Finding, FormCellKind
from .report_shown import people

FILLING, CLOSING, DUE = "3.3", "3.5", "10.3"
"""The clauses on filling forms, on closing them, and on their terms."""
MOST_CELLS = 2000
"""How many cells one command may write: more than any form has."""
APPROVAL_LENGTH = 300
LARGEST = Decimal(10**9)
LATEST = timedelta(days=366)
"""How long after its school year a form may be due: a later term is a slip of the pen."""


class FormState(StrEnum):
    """An open form follows the data; a closed one says what it said when it was closed."""

    OPEN = "open"
    CLOSED = "closed"


def form_closed(form: int) -> Refusal:
    """A closed form is frozen."""
    message = "Форма закрыта: её значения больше не меняются. Откройте её снова с указанием причины."
    return Refusal(RefusalCode.FORM_CLOSED, message, "formId", CLOSING, (("FederalForm", form),))


def form_not_closed() -> Refusal:
    """There is nothing to open again."""
    return Refusal(RefusalCode.FORM_NOT_CLOSED, "Форма не закрыта: открывать нечего.", "formId", CLOSING)


def form_was_closed(form: int) -> Refusal:
    """What was frozen once is kept for ever, and the form with it."""
    message = "Форма уже закрывалась: её снимок хранится всегда, удалить её нельзя."
    return Refusal(RefusalCode.FORM_WAS_CLOSED, message, "formId", CLOSING, (("FederalForm", form),))


def check_over(on: date, today: date) -> None:
    """Refuse to close a form whose date has not come: what it counts may still change."""
    if on > today:
        message = f"Форма составляется на {on:%d.%m.%Y}: раньше её закрыть нельзя."
        raise Refusal(RefusalCode.FORM_DATE_AHEAD, message, "formId", CLOSING)


def check_term(due_on: date, year: tuple[date, date]) -> None:
    """Refuse a term before the form's school year, or more than a year after it. year: its first and last day."""
    if due_on < year[0] or due_on - year[1] > LATEST:
        message = f"Срок — не раньше {year[0]:%d.%m.%Y}, начала учебного года, и не позже года после его конца."
        raise Refusal(RefusalCode.OUTSIDE_YEAR, message, "dueOn", DUE)


def check_controls(findings: Sequence[Finding]) -> None:
    """Refuse to close a form whose cells contradict each other."""
    if findings:
        message = f"Не сходятся контрольные соотношения: {len(findings)}. Первое: {findings[0].control.title}."
        raise Refusal(RefusalCode.FORM_CONTROLS_FAIL, message, "formId", CLOSING)


def written(definition: Definition, cells: Sequence[tuple[str, str | None]]) -> Mapping[str, str | None]:
    """What is to be written into manual cells, each number in its usual form; None empties a cell.

    Refused: a cell that the form does not have, one that is computed, one named twice, what is no number.
    """
    if not cells:
        raise bad_input("Укажите хотя бы одну ячейку.", "cells")
    if len(cells) > MOST_CELLS:
        raise bad_input(f"Не больше {MOST_CELLS} ячеек за раз.", "cells")
    found: dict[str, str | None] = {}
    for position, (key, value) in enumerate(cells):
        field = f"cells.{position}"
        cell = definition.cells.get(key)
        if cell is None:
            raise Refusal(RefusalCode.NOT_FOUND, "Такой ячейки в форме нет.", f"{field}.cell")
        if cell.kind is not FormCellKind.MANUAL:
            message = "Эта ячейка вычисляется по данным школы: её не вписывают."
            raise Refusal(RefusalCode.FORM_CELL_COMPUTED, message, f"{field}.cell", FILLING)
        if key in found:
            raise bad_input("Эта ячейка названа дважды.", f"{field}.cell")
        found[key] = None if value is None else _number(value, cell.fraction, f"{field}.value")
    return found


def _number(value: str, fraction: bool, field: str) -> str:
    wanted = "число не меньше нуля, не больше двух знаков после запятой" if fraction else "целое число не меньше нуля"
    refusal = Refusal(RefusalCode.BAD_VALUE, f"Нужно {wanted}.", field, FILLING)
    if len(value) > 20 or not value.isascii() or "e" in value.casefold() or "_" in value:
        raise refusal
    try:
        number = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        raise refusal from None
    if not number.is_finite() or not 0 <= number < LARGEST or number != round(number, 2 if fraction else 0):
        raise refusal
    return plain(number)


def plain(number: Decimal) -> str:
    """A number as it is kept and shown: «12», «0.5»."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.lstrip("-") if text in ("-0", "") else text


def rounded_values(definition: Definition, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """The values as whoever reads without names is shown them: where people are counted, rounded to five (4.1)."""
    return {
        key: str(people(int(Decimal(value)))) if value and definition.cells[key].people else value
        for key, value in values.items()
    }


def findings_without_people(definition: Definition, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that whoever reads without names is told: that others fail says something exact of their cells."""
    return [
        each
        for each in findings
        if not any(definition.cells[key].people for key in (*each.control.left, *each.control.right))
    ]
