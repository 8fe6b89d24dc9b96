"""The movement of students: six kinds of order, whom each may move and where to, and by when it is due (9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .curriculum import GRADES, class_name, school_year
from .days import SEPTEMBER, DayOfYear, WorkingAfter, WorkingDays
from .refusals import Refusal, RefusalCode, bad_input

ONE = timedelta(days=1)
CLAUSE = "9.2"
TERM = WorkingAfter(3)
"""When a departure or an enrolment is put into an order, from the day of the event (9.2)."""

FORMED = (1, 10)
"""The grades whose classes are formed anew each year (9.2)."""

FORMING_TERM = DayOfYear(9, 1)
"""When the 1st and 10th classes are formed (9.2)."""

FORMING_DAYS = 31
"""The watch tells of it from so many days before the year begins."""

YEAR_TERM = DayOfYear(8, 31)
"""When it is ordered what becomes of the students of the year that ends (9.2)."""
NUMBER_LENGTH = 40
BASIS_LENGTH = 1000
MOST_ITEMS = 3000
"""How many students one order may move: more than a school has."""


class MovementKind(StrEnum):
    """The six kinds of order (9.2)."""

    PROMOTION = "promotion"
    REPETITION = "repetition"
    GRADUATION = "graduation"
    DEPARTURE = "departure"
    ENROLMENT = "enrolment"
    TRANSFER = "transfer"


class OrderState(StrEnum):
    """A draft changes nothing; a cancelled order has been, and is undone by the order that cancels it."""

    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"


NEXT_YEAR = frozenset({MovementKind.PROMOTION, MovementKind.REPETITION})
"""Orders after which a student goes on next year: they begin with its first day."""
LEAVING = frozenset({MovementKind.DEPARTURE, MovementKind.GRADUATION})
"""Orders after which a student is no longer the school's."""
TARGETED = frozenset({MovementKind.ENROLMENT, MovementKind.TRANSFER})
"""Orders that cannot do without the class where the student comes."""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class as orders know it, with the first and last day of its year."""

    id: int
    grade: int
    letter: str
    starts_on: date
    ends_on: date

    @property
    def name(self) -> str:
        """«5А»."""
        return class_name(self.grade, self.letter)


@dataclass(frozen=True, slots=True)
class Made:
    """The order that opened or ended a stay."""

    kind: MovementKind
    effective_on: date
    title: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A student's time in a class, with the orders at its ends."""

    id: int
    of: ClassFacts
    starts_on: date
    ends_on: date | None
    opened: Made
    ended: Made | None


@dataclass(frozen=True, slots=True)
class Step:
    """What an order does to one student: the stay that it ends, on which day, and the class whose stay it opens.

    An order's effect begins on its day: the last day in the class left is the day before.
    """

    ends: Stay | None = None
    last_day: date | None = None
    opens: ClassFacts | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands against an order, or (without a code) only ought to be looked at."""

    position: int | None
    code: RefusalCode | None
    message: str
    clause: str | None = None


def order_title(number: str, issued_on: date) -> str:
    """«№ 12 от 05.05.2026»."""
    return f"№ {number} от {issued_on:%d.%m.%Y}"


def _refuse(code: RefusalCode, message: str) -> Refusal:
    return Refusal(code, message, clause=CLAUSE)


def _later(made: Made) -> Refusal:
    return _refuse(RefusalCode.LATER_ORDER, f"Уже издан приказ {made.title}: более ранний действовать не может.")


def step(kind: MovementKind, effective_on: date, stays: Sequence[Stay], to: ClassFacts | None) -> Step:
    """What an order of this kind does to a student with these stays, in their order; a refusal if it may not (9.2)."""
    if kind in TARGETED and to is None:
        raise bad_input("Укажите класс, в который приходит учащийся.")
    if kind in LEAVING and to is not None:
        raise bad_input("Приказ о выбытии или выпуске никуда не зачисляет.")
    if kind is MovementKind.ENROLMENT and to is not None:
        return _enrol(effective_on, stays, to)
    if not stays:
        raise _refuse(RefusalCode.NOT_IN_CLASS, "Учащийся ещё не зачислен в школу.")
    last = stays[-1]
    if last.ended and last.ended.kind in LEAVING:
        if effective_on < last.ended.effective_on:
            raise _later(last.ended)
        raise _refuse(RefusalCode.NOT_IN_CLASS, f"Учащийся уже выбыл: приказ {last.ended.title}.")
    stay = _left(kind, effective_on, stays)
    _check_step(kind, effective_on, stay.of, to)
    return Step(stay, min(effective_on - ONE, stay.of.ends_on, stay.ends_on or stay.of.ends_on), to)


def _enrol(effective_on: date, stays: Sequence[Stay], to: ClassFacts) -> Step:
    last = stays[-1] if stays else None
    if last and (last.ended is None or last.ended.kind in NEXT_YEAR):
        raise _refuse(RefusalCode.ALREADY_ENROLLED, f"Учащийся уже числится в {last.of.name}.")
    if last and last.ended and effective_on < last.ended.effective_on:
        raise _later(last.ended)
    if not to.starts_on <= effective_on <= to.ends_on:
        raise _refuse(RefusalCode.WRONG_YEAR, f"Класс {to.name} другого учебного года.")
    return Step(opens=to)


def _left(kind: MovementKind, effective_on: date, stays: Sequence[Stay]) -> Stay:
    """The stay that the order ends. A departure may come before the next year to which the student was promoted."""
    begun = [stay for stay in stays if stay.starts_on < effective_on]
    for later in stays[len(begun) :]:
        if kind is not MovementKind.DEPARTURE or later.opened.kind not in NEXT_YEAR or not begun:
            raise _later(later.opened)
    stay = begun[-1]
    if stay.ended and kind is not MovementKind.DEPARTURE:
        raise _later(stay.ended)
    return stay


def _check_step(kind: MovementKind, effective_on: date, of: ClassFacts, to: ClassFacts | None) -> None:
    """Refuse a grade, a class or a day that this kind of order does not lead to (9.2)."""
    match kind:
        case MovementKind.TRANSFER if to is not None:
            if to.id == of.id:
                raise _refuse(RefusalCode.WRONG_CLASS, f"Учащийся и так в {to.name}.")
            if to.grade != of.grade:
                message = f"Из {of.name} — в класс той же параллели, а не в {to.name}."
                raise _refuse(RefusalCode.WRONG_CLASS, message)
            if (to.starts_on, to.ends_on) != (of.starts_on, of.ends_on) or effective_on > of.ends_on:
                raise _refuse(RefusalCode.WRONG_YEAR, f"Перевод в {to.name} — только внутри учебного года класса.")
        case MovementKind.GRADUATION:
            if of.grade != GRADES[-1]:
                raise _refuse(RefusalCode.WRONG_CLASS, f"Выпуск — из {GRADES[-1]} класса, а не из {of.name}.")
        case MovementKind.PROMOTION | MovementKind.REPETITION:
            check_next_year(kind, effective_on, of, to)
        case _:
            pass


def check_next_year(kind: MovementKind, effective_on: date, of: ClassFacts, to: ClassFacts | None) -> None:
    """Refuse a class or a day to which no promotion or repetition leads: the grade, and the first day of the year."""
    grade = of.grade + (kind is MovementKind.PROMOTION)
    if grade not in GRADES:
        raise _refuse(RefusalCode.WRONG_CLASS, f"Из {of.name} переводить некуда: оформите выпуск.")
    if to and to.grade != grade:
        raise _refuse(RefusalCode.WRONG_CLASS, f"Из {of.name} — в {grade} класс, а не в {to.name}.")
    if effective_on != of.ends_on + ONE:
        day = of.ends_on + ONE
        raise _refuse(RefusalCode.WRONG_YEAR, f"Приказ действует с первого дня нового учебного года, {day:%d.%m.%Y}.")
    if to and to.starts_on != effective_on:
        raise _refuse(RefusalCode.WRONG_YEAR, f"Класс {to.name} не нового учебного года.")


def due_on(
    kind: MovementKind, effective_on: date, event_on: date | None, opened: Sequence[ClassFacts], days: WorkingDays
) -> date | None:
    """The last day on which the order is in time (9.2); None for what has no term. `opened`: the classes it fills."""
    match kind:
        case MovementKind.TRANSFER:
            return None
        case MovementKind.ENROLMENT if opened and all(forms(each, effective_on) for each in opened):
            return FORMING_TERM.due(effective_on)
        case MovementKind.DEPARTURE | MovementKind.ENROLMENT:
            return TERM.due(event_on or effective_on, days)
        case _:
            return YEAR_TERM.due(date(school_year(effective_on - ONE), SEPTEMBER, 1))


def forms(of: ClassFacts, effective_on: date) -> bool:
    """Whether an enrolment on that day forms a 1st or a 10th class (9.2)."""
    return of.grade in FORMED and effective_on == of.starts_on


def in_time(issued_on: date | None, due: date | None) -> bool | None:
    """Whether an order was issued in time; None where it has no term, or is not issued."""
    return None if issued_on is None or due is None else issued_on <= due


def arrived(kind: str, students: int) -> int:
    """How many of an order's students came to the school by it."""
    return students if kind == MovementKind.ENROLMENT else 0


def left(kind: str, students: int) -> int:
    """How many left the school by it."""
    return students if kind in LEAVING else 0
