"""The curriculum's rules without a database, and its migration over the data of a school."""

from datetime import date

import asyncpg
import pytest

from migrations.run import downgrade, upgrade
from rules.curriculum import PeriodKind, check_past, usual_holidays, usual_periods
from rules.curriculum_groups import Asked, check_division
from rules.curriculum_plan import LoadVerdict, check_hours, component_verdict, most_hours, total_verdict
from rules.curriculum_year import check_holidays, check_not_carried, check_periods, holiday_due, meet, period_name
from rules.refusals import Refusal, RefusalCode

from .conftest import clone

YEAR = (date(2025, 9, 1), date(2026, 8, 31))


def test_the_most_hours_of_a_week() -> None:
    five = [most_hours(grade, 5) for grade in range(1, 12)]
    six = [most_hours(grade, 6) for grade in range(1, 12)]
    assert five == [21, 23, 23, 23, 29, 30, 32, 33, 33, 34, 34]
    assert six == [None, 26, 26, 26, 32, 33, 35, 36, 36, 37, 37]


def test_verdicts() -> None:
    assert [component_verdict(planned, 2) for planned in (1.5, 2, 2.5)] == [
        LoadVerdict.UNDER,
        LoadVerdict.FITS,
        LoadVerdict.OVER,
    ]
    assert component_verdict(2, None) is LoadVerdict.UNKNOWN
    assert total_verdict(29, 10, 5, 5) is LoadVerdict.FITS
    assert total_verdict(29.5, 0, 5, 5) is LoadVerdict.OVER
    assert total_verdict(20, 10.5, 5, 5) is LoadVerdict.OVER
    assert total_verdict(20, 0, 1, 6) is LoadVerdict.UNKNOWN


@pytest.mark.parametrize("hours", [0, 0.25, -1, 40.5, 1e300])
def test_hours_are_whole_or_half(hours: float) -> None:
    with pytest.raises(Refusal):
        check_hours(hours, "hours")
    check_hours(0.5, "hours")


def test_the_usual_year_is_a_whole_division() -> None:
    for kind in (PeriodKind.QUARTER, PeriodKind.HALF_YEAR):
        spans = [(first, last) for each, _, _, first, last in usual_periods(2025) if each is kind]
        check_periods(kind, spans, YEAR)
    check_holidays([((first, last), None) for _, first, last in usual_holidays(2025)], YEAR)
    assert period_name(PeriodKind.HALF_YEAR, 2) == "II полугодие"


def test_holidays_are_known_two_weeks_before() -> None:
    assert holiday_due(date(2025, 10, 27)) == date(2025, 10, 13)


def test_spans_meet_on_a_common_day() -> None:
    first, second, third = (date(2026, 5, day) for day in (1, 2, 3))
    assert meet((first, second), (second, third))
    assert not meet((first, first), (second, None))
    assert meet((first, None), (third, None))


def test_a_year_after_one_with_classes_comes_by_the_transition() -> None:
    after, before = (date(2026, 9, 1), date(2027, 8, 31)), (date(2024, 9, 1), date(2025, 8, 31))
    for span, taught in ((after, []), (before, [YEAR]), (before, [YEAR, after])):
        check_not_carried(span, taught)
    for taught in ([YEAR], [before], [before, YEAR]):
        with pytest.raises(Refusal) as refused:
            check_not_carried(after, taught)
        assert (refused.value.code, refused.value.clause) == (RefusalCode.TRANSITION_NEEDED, "12.1")


def test_past_days_are_not_rewritten() -> None:
    today = date(2026, 5, 20)
    check_past(today, today, rewrites=True, field="startsOn")
    check_past(date(2026, 5, 19), today, rewrites=False, field="startsOn")
    with pytest.raises(Refusal) as refused:
        check_past(date(2026, 5, 19), today, rewrites=True, field="startsOn")
    assert refused.value.code is RefusalCode.PAST_DAYS


def test_who_drops_the_subject_needs_no_group() -> None:
    names = {1: "Анна", 2: "Борис", 3: "Вера"}
    check_division([Asked("1", [1]), Asked("2", [2])], names, {3})
    with pytest.raises(Refusal) as refused:
        check_division([Asked("1", [1]), Asked("2", [2])], names, set())
    assert refused.value.message == "Не в подгруппе: Вера."
    check_division([], names, set())


async def test_areas_move_into_their_table_and_back(cluster: str) -> None:
    url = await clone(cluster)
    await upgrade(url, "0003")
    connection = await asyncpg.connect(url)
    school = await connection.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ('1', '1', '1', 'UTC') RETURNING school_id"
    )
    subjects = [("Алгебра", "Математика"), ("Геометрия", "Математика"), ("Химия", "Естествознание"), ("Хор", None)]
    for name, area in subjects:
        add = "INSERT INTO subject (school_id, name, short_name, area) VALUES ($1, $2, $2, $3)"
        await connection.execute(add, school, name, area)
    await upgrade(url, "0006")
    query = "SELECT s.name, a.name FROM subject s LEFT JOIN educational_area a ON a.id = area_id ORDER BY s.id"
    assert [tuple(row) for row in await connection.fetch(query)] == subjects
    assert await connection.fetchval("SELECT count(*) FROM educational_area") == 2
    await downgrade(url, "0003")
    assert [tuple(row) for row in await connection.fetch("SELECT name, area FROM subject ORDER BY id")] == subjects
    await connection.close()
