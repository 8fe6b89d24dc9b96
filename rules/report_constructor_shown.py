"""What whoever reads without names is shown of a composed report's figures: rounded, and none of few (4.1).

A figure is rounded to the share of five people, as the statistics of universities are, a mean to what five of them
change in it by one each, and what rests on fewer is not shown. What becomes of a figure depends on itself and the
people it rests on, and on nothing else that was asked.
"""

from decimal import Decimal

from .report_constructor import ReportFunction
from .report_shown import FEWEST_PEOPLE, mean, nearest, one_digit

ROUNDED_LEGEND = (
    f"Числа округлены до {FEWEST_PEOPLE} человек, записи и суммы — до доли {FEWEST_PEOPLE} человек, средние — до "
    f"{FEWEST_PEOPLE} / n, где n — сколько человек; группы меньше {FEWEST_PEOPLE} человек не показаны."
)
"""What a table of such figures says beneath itself."""


def share(part: int, whole: int) -> Decimal | None:
    """A hundredfold share with one digit, of figures as they are shown; None of nothing."""
    # The step of a part may be another than that of the whole: rounded, it may come out the larger.
    return min(one_digit(Decimal(100 * part) / whole), Decimal(100)) if whole else None


def shown(of: ReportFunction, figure: Decimal | int | None, people: int) -> Decimal | int | None:
    """What is shown of a figure that rests on so many people; None: it is withheld."""
    if people < FEWEST_PEOPLE or figure is None:
        return None
    match of:
        case ReportFunction.AVERAGE:
            return mean(Decimal(figure), people)
        case ReportFunction.LEAST | ReportFunction.MOST:
            return None  # Somebody's own.
    return nearest(figure, people)
