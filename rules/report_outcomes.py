"""What the year ends with for a student (9.2, 10.6): the order says it, or, before there is one, the council."""

from enum import StrEnum

from .journal_finals import FinalKind
from .movement import MovementKind
from .movement_council import CouncilOutcome


class YearOutcome(StrEnum):
    """How a student's year in a class ended."""

    PROMOTED = "promoted"
    CONDITIONAL = "conditional"
    REPEATING = "repeating"
    GRADUATED = "graduated"
    LEFT = "left"
    TRANSFERRED = "transferred"
    UNDECIDED = "undecided"


OUTCOME_TITLES = {
    YearOutcome.PROMOTED: "Переведён",
    YearOutcome.CONDITIONAL: "Переведён условно",
    YearOutcome.REPEATING: "Оставлен на повторное обучение",
    YearOutcome.GRADUATED: "Выпущен",
    YearOutcome.LEFT: "Выбыл из школы",
    YearOutcome.TRANSFERRED: "Переведён в другой класс",
    YearOutcome.UNDECIDED: "Ещё не решено",
}
HONOURS_LEGEND = (
    "Итог года — по приказу, которым кончилась учёба в классе, а пока приказа нет — по решению педагогического совета; "
    "условный перевод — по решению, и с приказом.",
    "С отличием — все отметки «5»: в 9 и 11 классах итоговые, в остальных годовые; «осв.» и «зач.» не считаются, пока "
    "хотя бы одной отметки нет — не с отличием.",
)
_BY_ORDER = {
    MovementKind.PROMOTION: YearOutcome.PROMOTED,
    MovementKind.REPETITION: YearOutcome.REPEATING,
    MovementKind.GRADUATION: YearOutcome.GRADUATED,
    MovementKind.DEPARTURE: YearOutcome.LEFT,
    MovementKind.TRANSFER: YearOutcome.TRANSFERRED,
}
_BY_COUNCIL = {
    CouncilOutcome.PROMOTED: YearOutcome.PROMOTED,
    CouncilOutcome.CONDITIONAL: YearOutcome.CONDITIONAL,
    CouncilOutcome.REPEATING: YearOutcome.REPEATING,
    CouncilOutcome.GRADUATED: YearOutcome.GRADUATED,
}


def outcome_of(order: MovementKind | None, decided: CouncilOutcome | None) -> YearOutcome:
    """How the year ended: `order` ended the stay in the class, `decided` is what the council said last."""
    if order is None:
        return _BY_COUNCIL.get(decided, YearOutcome.UNDECIDED) if decided else YearOutcome.UNDECIDED
    if order is MovementKind.PROMOTION and decided is CouncilOutcome.CONDITIONAL:
        return YearOutcome.CONDITIONAL
    return _BY_ORDER.get(order, YearOutcome.UNDECIDED)


def honours_from(grade: int) -> FinalKind:
    """The marks that honours stand on: final ones where a certificate is given, annual ones elsewhere."""
    return FinalKind.FINAL if grade in (9, 11) else FinalKind.YEAR
