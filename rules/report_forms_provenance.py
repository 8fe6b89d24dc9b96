"""Where a cell of a federal form comes from: what it counts in words, and why somebody is not counted (10.1)."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from .report_forms_definition import Cell, Definition
from .report_forms_measures import DIMENSIONS, MEASURES, Family, Filter


class FormLeft(StrEnum):
    """Why what a cell could have counted is not counted. Who plainly belongs to another cell is not left out."""

    GONE = "gone"
    LATER = "later"
    YEAR_DRAFT = "year_draft"
    NO_PROFILE = "no_profile"
    NOT_ISSUED = "not_issued"
    CANCELLED = "cancelled"
    IN_FORCE_LATER = "in_force_later"
    DROPPED = "dropped"
    NO_GROUP = "no_group"
    NO_TEACHER = "no_teacher"


FORM_LEFT_WORDS = {
    FormLeft.GONE: "был в этом учебном году, но выбыл или уволен до дня формы",
    FormLeft.LATER: "пришёл или принят на работу в этом учебном году, но после дня формы",
    FormLeft.YEAR_DRAFT: "учебный год ещё не открыт",
    FormLeft.NO_PROFILE: "у класса не указан профиль",
    FormLeft.NOT_ISSUED: "приказ ещё не издан",
    FormLeft.CANCELLED: "приказ отменён",
    FormLeft.IN_FORCE_LATER: "приказ вступает в силу после дня формы",
    FormLeft.DROPPED: "не изучает этот предмет (7.8)",
    FormLeft.NO_GROUP: "не входит ни в одну подгруппу, в которой предмет преподаётся",
    FormLeft.NO_TEACHER: "на день формы никто не назначен вести предмет",
}

PROFILED_FROM = 10
"""From this grade on classes learn by profiles: one without any has probably been forgotten."""


def formula(definition: Definition, cell: Cell, on: date) -> str | None:
    """What a computed cell counts, as a sentence; None for a manual one."""
    if cell.measure is None:
        return None
    measure = MEASURES[cell.measure]
    dimensions = DIMENSIONS[measure.family]
    said = [f"Сколько всего: {measure.words}"]
    if measure.family is Family.MOVES:
        said.append(f"в силе с {definition.moves_since(on):%d.%m.%Y} по {on:%d.%m.%Y}")
    else:
        said.append(f"на {on:%d.%m.%Y}")
    said += [each.words(dimensions[each.dimension]) for each in cell.filters]
    if any(each.dimension == "age" for each in cell.filters):
        said.append(f"возраст — на {definition.ages_on(on):%d.%m.%Y}")
    if undated := [of.name for each in cell.filters if (of := dimensions[each.dimension]).undated]:
        said.append(f"{', '.join(undated)} — как записано сейчас, а в закрытой форме — при её закрытии")
    return "; ".join(said) + "."


def without_profile(cell: Cell) -> Sequence[Filter] | None:
    """The conditions of what a cell lacks as the class has no profile; None if that is not what it asks for."""
    if all(each.dimension != "profile" or each.admits("") for each in cell.filters):
        return None
    kept = [each for each in cell.filters if each.dimension != "profile"]
    return [*kept, Filter("profile", ("",)), Filter("grade", low=PROFILED_FROM)]
