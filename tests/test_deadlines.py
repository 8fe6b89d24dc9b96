"""The terms of the regulation's deadlines: at dates reckoned by hand, and at any."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.account import Role
from rules.days import DayOfYear, DaysAfter, Term, WorkingAfter, WorkingBefore, WorkingDays
from rules.refusals import Refusal
from rules.report import Report
from rules.report_deadlines import (
    BY_ROLE,
    CONTROLLED,
    FILED,
    RULES,
    Answerable,
    Deadline,
    check_ahead,
    check_slot,
    maker,
    of_clause,
    what,
)

DAYS = st.dates(date(2023, 9, 1), date(2027, 12, 31))
YEAR = date(2025, 9, 1)

CLAUSES = {
    Deadline.SCHOOL_CARD: "3.2",
    Deadline.CURRICULUM: "5.4",
    Deadline.TOPIC_PLANS: "5.6",
    Deadline.DOCUMENTS: "5.7",
    **dict.fromkeys((Deadline.TIMETABLE, Deadline.HOLIDAYS, Deadline.DAY_TRANSFER), "6.6"),
    Deadline.ABSENCE_REASONS: "7.3",
    **dict.fromkeys((Deadline.LESSON_RECORDS, Deadline.HOMEWORK, Deadline.WRITTEN_WORK), "7.4"),
    Deadline.PERIOD_MARKS: "7.7",
    Deadline.FINAL_MARKS: "7.10",
    **dict.fromkeys((Deadline.PROMOTION, Deadline.GRADUATION, Deadline.ARRIVAL_AND_DEPARTURE), "9.2"),
    Deadline.FORMING: "9.2",
    **dict.fromkeys((Deadline.SCHOOL_SUMMARIES, Deadline.FEDERAL_FORMS), "10.3"),
    **dict.fromkeys((Deadline.PERIOD_REPORTS, Deadline.YEARLY_REPORTS), "10.4"),
    Deadline.YEAR_SHEET: "10.6",
    Deadline.ACCOUNTS: "11.9",
    Deadline.NEW_YEAR: "12.3",
    Deadline.OUTAGE_RECORDS: "13.2",
}


def test_the_table_has_every_deadline_of_the_regulation() -> None:
    assert {deadline: rule.clause for deadline, rule in RULES.items()} == CLAUSES
    assert len(RULES) == 25
    assert [rule.clause for rule in RULES.values() if rule.term is None] == ["10.3"], "a day that is agreed"
    assert all(rule.what and rule.met.endswith(".") and rule.answerable for rule in RULES.values())
    assert {each for rule in RULES.values() for each in rule.answerable} == set(Answerable)
    assert set(BY_ROLE.values()) == {Role.ADMINISTRATOR, Role.DEPUTY, Role.SECRETARY, Role.HR}
    assert {RULES[each].clause for each in CONTROLLED} == {"7.3", "7.4", "7.7", "7.10"}


def due(deadline: Deadline, day: date, days: WorkingDays | None = None) -> date:
    term = RULES[deadline].term
    assert term is not None
    assert not isinstance(term, timedelta)
    return term.due(day, days or WorkingDays())


@pytest.mark.parametrize(
    ("deadline", "day"),
    [
        (Deadline.SCHOOL_CARD, date(2025, 9, 15)),
        (Deadline.CURRICULUM, date(2025, 9, 15)),
        (Deadline.TOPIC_PLANS, date(2025, 10, 1)),
        (Deadline.DOCUMENTS, date(2025, 10, 1)),
        (Deadline.TIMETABLE, date(2025, 9, 20)),
        (Deadline.PROMOTION, date(2026, 8, 31)),
        (Deadline.GRADUATION, date(2026, 8, 31)),
        (Deadline.FORMING, date(2025, 9, 1)),
        (Deadline.YEARLY_REPORTS, date(2025, 10, 1)),
        (Deadline.YEAR_SHEET, date(2026, 6, 15)),
        (Deadline.NEW_YEAR, date(2025, 9, 15)),
    ],
)
def test_dates_of_the_year(deadline: Deadline, day: date) -> None:
    assert due(deadline, YEAR) == day


@pytest.mark.parametrize(
    ("deadline", "event", "day"),
    [
        # The fourth of November is free, and so is the third: the Saturday before is worked instead.
        (Deadline.DAY_TRANSFER, date(2025, 11, 6), date(2025, 10, 31)),
        (Deadline.ABSENCE_REASONS, date(2025, 10, 31), date(2025, 11, 5)),
        (Deadline.ARRIVAL_AND_DEPARTURE, date(2025, 10, 31), date(2025, 11, 6)),
        # New Year's holidays last until the eleventh of January.
        (Deadline.ABSENCE_REASONS, date(2025, 12, 30), date(2026, 1, 13)),
        (Deadline.ACCOUNTS, date(2025, 12, 30), date(2026, 1, 14)),
        (Deadline.SCHOOL_SUMMARIES, date(2025, 12, 30), date(2026, 1, 13)),
        (Deadline.PERIOD_REPORTS, date(2025, 12, 30), date(2026, 1, 12)),
        # A quarter that ends on a Sunday before the autumn holidays, and a half-year in May.
        (Deadline.SCHOOL_SUMMARIES, date(2025, 10, 26), date(2025, 10, 28)),
        (Deadline.PERIOD_REPORTS, date(2026, 5, 26), date(2026, 5, 27)),
        (Deadline.OUTAGE_RECORDS, date(2026, 3, 6), date(2026, 3, 11)),
        (Deadline.HOLIDAYS, date(2025, 12, 31), date(2025, 12, 17)),
        (Deadline.LESSON_RECORDS, date(2025, 12, 30), date(2025, 12, 30)),
        (Deadline.WRITTEN_WORK, date(2025, 12, 30), date(2026, 1, 6)),
        (Deadline.PERIOD_MARKS, date(2025, 12, 30), date(2025, 12, 30)),
        (Deadline.FINAL_MARKS, date(2026, 5, 26), date(2026, 5, 26)),
    ],
)
def test_terms_from_a_day(deadline: Deadline, event: date, day: date) -> None:
    assert due(deadline, event) == day


def test_the_schools_own_transfers_put_terms_off() -> None:
    days = WorkingDays(worked={date(2025, 10, 11)}, free={date(2025, 10, 13)})
    assert due(Deadline.ABSENCE_REASONS, date(2025, 10, 10), days) == date(2025, 10, 14)
    assert due(Deadline.DAY_TRANSFER, date(2025, 10, 15), days) == date(2025, 10, 10)


def test_homework_is_due_by_the_hour() -> None:
    assert RULES[Deadline.HOMEWORK].term == timedelta(hours=3)


@given(DAYS, st.integers(1, 5), st.sets(DAYS, max_size=4), st.sets(DAYS, max_size=4))
def test_terms_at_any_day(day: date, count: int, worked: set[date], free: set[date]) -> None:
    days = WorkingDays(worked, free)
    after, before = WorkingAfter(count).due(day, days), WorkingBefore(count).due(day, days)
    assert before < day < after
    assert days.works(after)
    assert sum(days.works(day + timedelta(days=n + 1)) for n in range((after - day).days)) == count
    assert sum(days.works(before + timedelta(days=n)) for n in range((day - before).days)) == count
    # Whoever is hired on the first day in time is in time, and on the day before is not.
    term = WorkingAfter(count)
    first = term.first_in_time(day, days)
    assert term.due(first, days) >= day
    assert term.due(first - timedelta(days=1), days) < day
    assert DaysAfter(count).due(day) - day == timedelta(days=count)


@given(st.integers(2020, 2040), st.sampled_from([(9, 15), (10, 1), (6, 15), (8, 31)]))
def test_a_date_of_the_year_lies_in_the_year(year: int, day: tuple[int, int]) -> None:
    term: Term = DayOfYear(*day)
    found = term.due(date(year, 9, 1))
    assert (found.month, found.day) == day
    assert date(year, 9, 1) <= found < date(year + 1, 9, 1)


def test_clauses_that_set_no_deadline_are_refused() -> None:
    assert of_clause("7.4") == (Deadline.LESSON_RECORDS, Deadline.HOMEWORK, Deadline.WRITTEN_WORK)
    for clause in ("", "7", "7.40", "2.3"):
        with pytest.raises(Refusal):
            of_clause(clause)
    for days in (-1, 93):
        with pytest.raises(Refusal):
            check_ahead(days)
    check_ahead(0)
    check_ahead(92)


@pytest.mark.parametrize(
    ("kind", "period", "of_class", "field"),
    [
        (Report.CLASSES_SUMMARY, 1, None, None),
        (Report.CLASSES_SUMMARY, None, None, "periodId"),
        (Report.CLASSES_SUMMARY, 1, 1, "classId"),
        (Report.SUBJECT_TEACHER, 1, None, None),
        (Report.CLASS_TEACHER, 1, 1, None),
        (Report.CLASS_TEACHER, 1, None, "classId"),
        (Report.CLASS_TEACHER, None, 1, "periodId"),
        (Report.FINALS_SHEET, 1, 1, None),
        (Report.FINALS_SHEET, None, 1, None),
        (Report.STUDENT_LIST, None, 1, None),
        (Report.STUDENT_LIST, 1, 1, "periodId"),
        (Report.STUDENT_LIST, None, None, "classId"),
        (Report.OCCUPANCY, None, None, "report"),
        (Report.REPORT_CARD, None, None, "report"),
    ],
)
def test_what_a_report_is_of(kind: Report, period: int | None, of_class: int | None, field: str | None) -> None:
    if field is None:
        check_slot(kind, period, of_class)
        return
    with pytest.raises(Refusal) as refused:
        check_slot(kind, period, of_class)
    assert refused.value.field == field


def test_who_makes_which_report() -> None:
    assert {kind: maker(kind) for kind in FILED} == {
        **dict.fromkeys((Report.CLASSES_SUMMARY, Report.RESULTS_SUMMARY), Answerable.DEPUTY),
        Report.SUBJECT_TEACHER: Answerable.SUBJECT_TEACHER,
        **dict.fromkeys((Report.CLASS_TEACHER, Report.FINALS_SHEET, Report.CLASS_RESULTS), Answerable.CLASS_TEACHER),
        **dict.fromkeys((Report.ATTENDANCE_SHEET, Report.YEAR_OUTCOMES, Report.STUDENT_LIST), Answerable.CLASS_TEACHER),
    }


def test_what_is_due_in_words() -> None:
    assert what("documents", "calendar", None) == "Документ раздела «Документы»: Годовой календарный учебный график"
    assert what("period_reports", None, "class_results") == "Итоги успеваемости класса за учебный период"
    assert what("homework", None, None) == "Домашнее задание"
    assert "решением" in what("year_sheet", None, "finals_sheet")
