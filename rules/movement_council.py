"""What the pedagogical council decides of the students of a class at the end of a year (10.6)."""

from datetime import date
from enum import StrEnum

from .curriculum import GRADES
from .movement import NUMBER_LENGTH
from .refusals import Refusal, RefusalCode, bad_input

COUNCIL_CLAUSE = "10.6"
LAST_OF_STAGE = (9, GRADES[-1])
"""The grades that end with a certificate."""


class CouncilOutcome(StrEnum):
    """What is decided of a student."""

    PROMOTED = "promoted"
    CONDITIONAL = "conditional"
    REPEATING = "repeating"
    ADMITTED = "admitted"
    GRADUATED = "graduated"


OUTCOME_WORDS = {
    CouncilOutcome.PROMOTED: "переведён(а) в следующий класс",
    CouncilOutcome.CONDITIONAL: "переведён(а) условно",
    CouncilOutcome.REPEATING: "оставлен(а) на повторное обучение",
    CouncilOutcome.ADMITTED: "допущен(а) к государственной итоговой аттестации",
    CouncilOutcome.GRADUATED: "завершил(а) обучение, выдать аттестат",
}


def check_outcome(outcome: CouncilOutcome, grade: int, name: str) -> None:
    """Refuse what no council decides of this grade."""
    certificate = outcome in (CouncilOutcome.ADMITTED, CouncilOutcome.GRADUATED)
    promotion = outcome in (CouncilOutcome.PROMOTED, CouncilOutcome.CONDITIONAL)
    if (certificate and grade not in LAST_OF_STAGE) or (promotion and grade == GRADES[-1]):
        message = f"Для {name} такого решения быть не может: {OUTCOME_WORDS[outcome]}."
        raise Refusal(RefusalCode.WRONG_CLASS, message, "outcome", COUNCIL_CLAUSE)


def check_minutes(number: str, decided_on: date, days: tuple[date, date], today: date) -> str:
    """The number of the minutes, without what surrounds it. days: the first and last of the class's year."""
    number = number.strip()
    if not number or len(number) > NUMBER_LENGTH or "\0" in number:
        raise bad_input(f"Номер протокола — от 1 до {NUMBER_LENGTH} знаков.", "number")
    if decided_on > today:
        raise bad_input("Дата решения ещё не наступила.", "decidedOn")
    if not days[0] <= decided_on <= days[1]:
        message = f"Решение — не этого учебного года ({days[0]:%d.%m.%Y}–{days[1]:%d.%m.%Y})."
        raise Refusal(RefusalCode.WRONG_YEAR, message, "decidedOn", COUNCIL_CLAUSE)
    return number


def not_of_class(name: str) -> Refusal:
    """Of somebody who was not in the class when the council met, it decided nothing there."""
    message = f"В день решения этого обучающегося не было в {name}."
    return Refusal(RefusalCode.NOT_IN_CLASS, message, "studentIds", COUNCIL_CLAUSE)
