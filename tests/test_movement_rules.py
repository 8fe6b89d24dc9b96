"""The rules of movement without a database: steps, terms, and what counts as coming and going (9.2)."""

from datetime import date, timedelta
from itertools import product

import pytest

from rules.days import WorkingDays
from rules.movement import (
    GRADES,
    ClassFacts,
    Made,
    MovementKind,
    Stay,
    Step,
    arrived,
    due_on,
    in_time,
    left,
    step,
)
from rules.refusals import Refusal, RefusalCode

K = MovementKind
FIRST, LAST, NEXT = date(2025, 9, 1), date(2026, 8, 31), date(2026, 9, 1)
ONE = timedelta(days=1)


def of(grade: int, year: int = 2025, number: int = 0) -> ClassFacts:
    return ClassFacts(number or grade + 100 * year, grade, "А", date(year, 9, 1), date(year + 1, 8, 31))


def stay(grade: int, ends_on: date | None = None, by: MovementKind = K.DEPARTURE, effective_on: date = NEXT) -> Stay:
    ended = Made(by, effective_on, "№ 2 от 01.06.2026") if ends_on else None
    return Stay(1, of(grade), FIRST, ends_on, Made(K.ENROLMENT, FIRST, "№ 1 от 28.08.2025"), ended)


def refused(kind: MovementKind, day: date, stays: list[Stay], to: ClassFacts | None = None) -> RefusalCode:
    with pytest.raises(Refusal) as caught:
        step(kind, day, stays, to)
    assert caught.value.clause == (None if caught.value.code is RefusalCode.BAD_INPUT else "9.2")
    return caught.value.code


@pytest.mark.parametrize(("kind", "grade", "to"), [*product([K.PROMOTION, K.REPETITION], GRADES, [None, *GRADES])])
def test_grades_of_the_next_year(kind: MovementKind, grade: int, to: int | None) -> None:
    """Promotion is to the next grade, from 9 to 10 too; a year is repeated in the same; from 11 nobody is promoted."""
    target = of(to, 2026) if to else None
    wanted = grade + 1 if kind is K.PROMOTION else grade
    if wanted <= 11 and to in (None, wanted):
        assert step(kind, NEXT, [stay(grade)], target) == Step(stay(grade), LAST, target)
    else:
        assert refused(kind, NEXT, [stay(grade)], target) is RefusalCode.WRONG_CLASS


def test_the_next_year_begins_on_its_first_day() -> None:
    for day in (LAST, NEXT + ONE, date(2026, 6, 1)):
        assert refused(K.PROMOTION, day, [stay(5)]) is RefusalCode.WRONG_YEAR
    assert refused(K.PROMOTION, NEXT, [stay(5)], of(6)) is RefusalCode.WRONG_YEAR


@pytest.mark.parametrize(("grade", "to"), [*product(GRADES, GRADES)])
def test_a_transfer_stays_in_the_grade(grade: int, to: int) -> None:
    """From a class to another of its grade: a grade is passed or repeated by an order of its own kind."""
    day, target = date(2026, 2, 2), of(to, number=7)
    if to == grade:
        assert step(K.TRANSFER, day, [stay(grade)], target) == Step(stay(grade), day - ONE, target)
    else:
        assert refused(K.TRANSFER, day, [stay(grade)], target) is RefusalCode.WRONG_CLASS


@pytest.mark.parametrize("grade", GRADES)
def test_graduation(grade: int) -> None:
    day = date(2026, 6, 27)
    if grade == 11:
        assert step(K.GRADUATION, day, [stay(11)], None) == Step(stay(11), day - ONE, None)
    else:
        assert refused(K.GRADUATION, day, [stay(grade)]) is RefusalCode.WRONG_CLASS


def test_nobody_leaves_twice() -> None:
    gone = stay(5, date(2026, 5, 5), effective_on=date(2026, 5, 6))
    for kind in K:
        if kind is not K.ENROLMENT:
            to = of(5, number=7) if kind is K.TRANSFER else None
            assert refused(kind, date(2026, 5, 6), [gone], to) is RefusalCode.NOT_IN_CLASS
            assert refused(kind, date(2026, 5, 5), [gone], to) is RefusalCode.LATER_ORDER
    assert step(K.ENROLMENT, date(2026, 5, 6), [gone], of(5)) == Step(opens=of(5))
    assert refused(K.ENROLMENT, date(2026, 5, 5), [gone], of(5)) is RefusalCode.LATER_ORDER


def test_the_promoted_may_still_leave() -> None:
    promoted = stay(5, LAST, K.PROMOTION)
    placed = Stay(2, of(6, 2026), NEXT, None, Made(K.PROMOTION, NEXT, "№ 2 от 01.06.2026"), None)
    summer = date(2026, 7, 1)
    for stays in ([promoted], [promoted, placed]):
        assert step(K.DEPARTURE, summer, stays, None) == Step(promoted, summer - ONE, None)
        assert refused(K.TRANSFER, summer, stays, of(5, number=7)) is RefusalCode.LATER_ORDER
        assert refused(K.ENROLMENT, NEXT, stays, of(6, 2026)) is RefusalCode.ALREADY_ENROLLED
    late = NEXT + 9 * ONE
    assert step(K.DEPARTURE, late, [promoted], None) == Step(promoted, LAST, None)
    assert step(K.DEPARTURE, late, [promoted, placed], None) == Step(placed, late - ONE, None)


def test_a_stay_never_outlasts_its_year() -> None:
    assert step(K.DEPARTURE, date(2026, 10, 1), [stay(5)], None).last_day == LAST


def test_terms() -> None:
    """31 August; three working days after the event; 1 September for the 1st and 10th classes."""
    days, may = WorkingDays(), date(2026, 5, 8)
    assert due_on(K.PROMOTION, NEXT, None, [], days) == LAST
    assert due_on(K.REPETITION, NEXT, None, [], days) == LAST
    assert due_on(K.GRADUATION, date(2026, 6, 27), None, [], days) == LAST
    assert due_on(K.TRANSFER, may, may, [of(5)], days) is None
    # Victory Day falls on a Saturday, and the Monday after it is off.
    assert due_on(K.DEPARTURE, date(2026, 6, 1), may, [], days) == date(2026, 5, 14)
    assert due_on(K.ENROLMENT, may, None, [of(5)], days) == date(2026, 5, 14)
    transferred = WorkingDays(worked={date(2026, 5, 9)}, free={date(2026, 5, 12)})
    assert due_on(K.DEPARTURE, may, None, [], transferred) == date(2026, 5, 14)
    assert due_on(K.ENROLMENT, FIRST, date(2025, 8, 1), [of(1), of(10)], days) == FIRST
    assert due_on(K.ENROLMENT, FIRST, date(2025, 8, 1), [of(1), of(2)], days) == date(2025, 8, 6)
    assert due_on(K.ENROLMENT, FIRST + ONE, FIRST, [of(1)], days) == date(2025, 9, 4)
    # A year that begins on a Monday later than the 1st: its classes are formed by the 1st all the same.
    monday = date(2024, 9, 2)
    late = ClassFacts(7, 10, "А", monday, date(2025, 8, 31))
    assert due_on(K.ENROLMENT, monday, None, [late], days) == date(2024, 9, 1)


def test_in_time() -> None:
    assert [in_time(day, LAST) for day in (LAST, NEXT, None)] == [True, False, None]
    assert in_time(LAST, None) is None


def test_who_comes_and_goes() -> None:
    assert {kind for kind in K if arrived(kind, 3)} == {K.ENROLMENT}
    assert {kind for kind in K if left(kind, 3)} == {K.DEPARTURE, K.GRADUATION}
