"""Averages: made of marks in Python for a row of a journal, and in SQL over a period, they are the same."""

from typing import Any

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.journal import WEIGHTS, mean

from .conftest import School
from .journal_help import gid

MARKS = st.lists(st.tuples(st.integers(1, 5), st.integers(WEIGHTS.start, WEIGHTS.stop - 1)), max_size=40)


@given(marks=MARKS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_mean_is_rounded_as_postgresql_does(
    connection: "asyncpg.Connection[Any]", marks: list[tuple[int, int]]
) -> None:
    numbers, weights = [number for number, _ in marks], [weight for _, weight in marks]
    expected = await connection.fetchval(
        "SELECT round(sum(number * weight)::numeric / nullif(sum(weight), 0), 2)::float8 "
        "FROM unnest($1::int[], $2::int[]) AS mark(number, weight)",
        numbers,
        weights,
    )
    assert mean(numbers, weights) == expected
    assert mean(numbers) == mean(numbers, [1] * len(numbers))


PAGE = """
query($class: ID!, $subject: ID!, $period: ID!) {
  journalPage(classId: $class, subjectId: $subject, periodId: $period) { rows {
    average { average weightedAverage counted formula subject { id } }
    student { averages(periodId: $period, subjectId: $subject) {
      average weightedAverage counted formula subject { id }
    } }
  } }
}
"""


async def test_a_journals_averages_are_those_of_its_students(school: School) -> None:
    """On pages of a whole class, whose marks are all of the subject."""
    seen = 0
    for subject in range(1, 12):
        given = {"class": gid("SchoolClass", 1), "subject": gid("Subject", subject), "period": gid("Period", 4)}
        page = (await school.data(PAGE, given, as_="deputy"))["journalPage"]
        for row in page["rows"] if page else ():
            assert [row["average"]] == (row["student"]["averages"] or [None])
            seen += row["average"] is not None
            if row["average"]:
                said = (
                    "средний балл = сумма отметок-чисел / их число; средневзвешенный балл = Σ(отметка · вес) / Σ вес; "
                )
                assert row["average"]["formula"].startswith(said)
    assert seen > 20
