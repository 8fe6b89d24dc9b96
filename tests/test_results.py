"""A student's results: forecasts against trying, the class's average and whom it hides, what is owed, homework."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.journal import MARK_VALUES, WEIGHTS, mean
from rules.journal_forecast import MOST_NEEDED, check_supposed, hundredths, needed, with_supposed
from rules.refusals import Refusal
from server.demo import Demo

from .journal_help import Journal, gid, number_of, opened

WEIGHT = st.integers(WEIGHTS[0], WEIGHTS[-1])
MARKS = st.lists(st.tuples(st.integers(1, 5), WEIGHT), max_size=30)


def split(marks: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [number for number, _ in marks], [weight for _, weight in marks]


@example(marks=[], target=500, weight=1)
@example(marks=[(4, 1), (5, 1)], target=450, weight=1)
@example(marks=[(3, 1)], target=500, weight=100)
@given(marks=MARKS, target=st.integers(100, 500), weight=WEIGHT)
@settings(max_examples=400, deadline=None)
def test_what_is_needed_is_the_first_count_that_reaches_it(
    marks: list[tuple[int, int]], target: int, weight: int
) -> None:
    """Beside it, every count up to the limit is tried with the very mean that the journal shows."""
    for way in needed(*split(marks), target, weight):
        more = (int(way.value), weight)
        reached = (
            count
            for count in range(MOST_NEEDED + 1)
            if (found := mean(*split(marks + [more] * count))) is not None and round(found * 100) >= target
        )
        assert way.count == next(reached, None), way


@given(marks=MARKS, supposed=st.lists(st.tuples(st.sampled_from(MARK_VALUES), WEIGHT), min_size=1, max_size=50))
@settings(deadline=None)
def test_what_would_be_is_the_mean_with_the_marks_there(
    marks: list[tuple[int, int]], supposed: list[tuple[str, int]]
) -> None:
    counted = marks + [(int(value), weight) for value, weight in supposed if value in "12345"]
    numbers, weights = split(counted)
    expected = (mean(numbers), mean(numbers, weights), len(counted))
    assert with_supposed(*split(marks), check_supposed(supposed, "marks")) == expected


@pytest.mark.parametrize("target", [0.99, 5.01, 4.555, float("inf"), float("nan"), -4])
def test_an_average_nobody_has_is_no_aim(target: float) -> None:
    with pytest.raises(Refusal) as refused:
        hundredths(target, "target")
    assert (refused.value.code, refused.value.field) == ("BAD_INPUT", "target")


@pytest.mark.parametrize("target", [1, 5, 4.5, 3.67, 2.29])
def test_an_average_of_two_digits_is_an_aim(target: float) -> None:
    assert hundredths(target, "target") == round(target * 100)


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as found:
        yield found


RESULTS = """query($student: ID!, $period: ID!) { student(id: $student) { results(periodId: $period) {
  subject { id } marks { value } average { average }
  classAverage { average weightedAverage withheld formula } } } }"""


async def result(journal: Journal, student: int, lesson: Any, login: str = "deputy") -> Any:
    """The student's result in the lesson's subject and quarter."""
    subject = await journal.db.fetchval("SELECT subject_id FROM lesson WHERE id = $1", lesson.id)
    period = await journal.db.fetchval(
        "SELECT id FROM period WHERE kind = 'quarter' AND starts_on <= $1 AND ends_on >= $1", lesson.date
    )
    given = {"student": gid("Student", student), "period": gid("Period", period)}
    data = await journal.school.data(RESULTS, given, as_=login)
    (found,) = [each for each in data["student"]["results"] if each["subject"]["id"] == gid("Subject", subject)]
    return found


async def test_a_class_average_of_few_is_withheld(journal: Journal) -> None:
    """Of four others it says nothing, of five it does; whoever asks knows their own children's marks already."""
    lesson = await journal.lesson()
    await journal.db.execute(
        "DELETE FROM mark USING lesson WHERE (lesson.school_id, lesson.id) = (mark.school_id, mark.lesson_id)"
        " AND group_id = $1 AND subject_id = (SELECT subject_id FROM lesson WHERE id = $2)",
        *(lesson.group_id, lesson.id),
    )
    task, own = await journal.task(lesson, weight=3), lesson.students[0]
    for count, value in enumerate("54321", 1):
        mark = {"taskId": task, "studentId": lesson.student(count), "value": value}
        await journal.done("setMark", mark, "deputy")
        shown = (await result(journal, own, lesson))["classAverage"]
        assert (shown["average"] is None) == (shown["withheld"] is not None) == (count < 5)
    assert shown["average"] == shown["weightedAverage"] == 3.0
    assert shown["formula"].endswith("; отметки всех, кто учится в группе, вместе с его собственными")
    # One who has a mark there has four others.
    assert (await result(journal, lesson.students[1], lesson))["classAverage"]["average"] is None
    for value in ("зач.", "."):
        await journal.done("setMark", {"taskId": task, "studentId": lesson.student(0), "value": value}, "deputy")
        assert (await result(journal, lesson.students[1], lesson))["classAverage"]["average"] is None
    await journal.done("setMark", {"taskId": task, "studentId": lesson.student(0), "value": "5"}, "deputy")
    assert (await result(journal, lesson.students[1], lesson))["classAverage"]["average"] == 3.3


async def test_a_family_with_two_in_the_group_has_fewer_others(journal: Journal) -> None:
    lesson = await journal.lesson(subject="Матем.")
    subject = await journal.db.fetchval("SELECT subject_id FROM lesson WHERE id = $1", lesson.id)
    await journal.db.execute(
        "DELETE FROM mark USING lesson WHERE (lesson.school_id, lesson.id) = (mark.school_id, mark.lesson_id)"
        " AND group_id = $1 AND subject_id = $2",
        *(lesson.group_id, subject),
    )
    of = await journal.db.fetchrow(
        "SELECT guardian.school_id, guardian.id, student_id FROM account JOIN guardian"
        " ON (guardian.school_id, guardian.person_id) = (account.school_id, account.person_id)"
        " JOIN guardianship ON (guardianship.school_id, guardian_id) = (guardian.school_id, guardian.id)"
        " WHERE login = 'parent'"
    )
    task, others = await journal.task(lesson), [each for each in lesson.students if each != of["student_id"]][:6]
    for student in others:
        mark = {"taskId": task, "studentId": gid("Student", student), "value": "4"}
        await journal.done("setMark", mark, "deputy")
    for student, shown in ((others[0], 4.0), (others[1], None)):
        await journal.db.execute(
            "INSERT INTO guardianship (school_id, guardian_id, student_id, kind, starts_on)"
            " VALUES ($1, $2, $3, 'mother', '2025-09-01')",
            *(of["school_id"], of["id"], student),
        )
        average = (await result(journal, others[0], lesson, "parent"))["classAverage"]["average"]
        assert average == shown
        assert (await result(journal, others[0], lesson))["classAverage"]["average"] == 4.0


OWN_PERIODS = """{ me { children { id
  results { subject { id } marks { lessonDate } periodMark { period { id } } }
  marks(first: 100) { totalCount } attendance(first: 100) { totalCount } averages { subject { id } counted }
  homework(first: 100) { totalCount } } } }"""
OF_A_PERIOD = (
    OWN_PERIODS.replace("{ me", "query($period: ID!) { me")
    .replace("results", "results(periodId: $period)")
    .replace("averages", "averages(periodId: $period)")
    .replace("first: 100", "first: 100, periodId: $period")
)


async def test_each_child_has_the_period_of_the_own_class(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """A quarter and a half-year in one query; in holidays it is the one before them."""
    async with opened(cluster, demo_template) as journal:

        async def children(query: str, **given: str) -> dict[str, Any]:
            found = (await journal.school.data(query, given, as_="parent-of-two"))["me"]["children"]
            return {each["id"]: each for each in found}

        for names in ({"IV четверть", "II полугодие"}, {"III четверть", "I полугодие"}):
            running = set()
            for number, child in (await children(OWN_PERIODS)).items():
                period = await journal.db.fetchrow(
                    "SELECT period.id, period.name FROM period JOIN school_class AS c USING (school_id, year_id)"
                    " JOIN enrolment AS e ON e.class_id = c.id WHERE e.student_id = $1 AND kind = period_kind"
                    " AND e.ends_on IS NULL AND period.starts_on <= $2 ORDER BY period.starts_on DESC LIMIT 1",
                    *(number_of(number), journal.school.demo.today),
                )
                running.add(period["name"])
                assert child["results"]
                assert child["homework"]["totalCount"]
                assert (await children(OF_A_PERIOD, period=gid("Period", period["id"])))[number] == child
            assert running == names
            for change in (
                "starts_on = $1::date + 1 WHERE $1 BETWEEN starts_on AND ends_on",
                "ends_on = $1::date - 7 WHERE name IN ('III четверть', 'I полугодие')",
            ):
                await journal.db.execute(f"UPDATE period SET {change}", journal.school.demo.today)


OVERDUE = "query($student: ID!) { student(id: $student) { overdue { dueOn mark { id owed } task { id } } } }"


async def overdue(journal: Journal, student: str) -> dict[str, str]:
    """What is owed by tasks, and since when."""
    found = (await journal.school.data(OVERDUE, {"student": student}, as_="deputy"))["student"]["overdue"]
    assert all(each["mark"]["owed"] for each in found)
    return {each["task"]["id"]: each["dueOn"] for each in found}


async def test_owed_work_is_overdue_after_its_day_until_it_is_marked(journal: Journal) -> None:
    today = journal.school.demo.today
    lesson = await journal.lesson(days=-3)
    before = await overdue(journal, lesson.student())
    due = {name: today + timedelta(days) for name, days in {"past": -1, "today": 0, "later": 2}.items()}
    tasks = {name: await journal.task(lesson, dueOn=day.isoformat()) for name, day in due.items()}
    tasks["no day"] = await journal.task(lesson)
    for task in tasks.values():
        await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "."}, "deputy")
    found = await overdue(journal, lesson.student())
    assert found == before | {tasks["past"]: due["past"].isoformat(), tasks["no day"]: lesson.date.isoformat()}
    assert not tasks.values() & (await overdue(journal, lesson.student(1))).keys()
    await journal.done("setMark", {"taskId": tasks["past"], "studentId": lesson.student(), "value": "3"}, "deputy")
    assert tasks["past"] not in await overdue(journal, lesson.student())


HOMEWORK = """query($student: ID!, $from: Date, $to: Date, $period: ID) { student(id: $student) {
  homework(first: 100, from: $from, to: $to, periodId: $period) { nodes { id publishedOn } } } }"""


async def test_homework_of_days_or_of_a_period_never_of_both(journal: Journal) -> None:
    lesson = await journal.lesson()
    sets = [None, [lesson.student(0)], [lesson.student(1)]]
    given = [
        (await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 1", "studentIds": each}, "deputy"))
        for each in sets
    ]
    ids = [each["homework"]["id"] for each in given]
    period = await journal.db.fetchval(
        "SELECT id FROM period WHERE kind = 'quarter' AND starts_on <= $1 AND ends_on >= $1", lesson.date
    )
    day = lesson.date.isoformat()
    for span in ({"from": day, "to": day}, {"period": gid("Period", period)}):
        for student, own in ((0, ids[:2]), (1, [ids[0], ids[2]]), (2, ids[:1])):
            asked = {"student": lesson.student(student), **span}
            data = await journal.school.data(HOMEWORK, asked, as_="deputy")
            nodes = {each["id"]: each["publishedOn"] for each in data["student"]["homework"]["nodes"]}
            assert [each for each in ids if each in nodes] == own
            assert {nodes[each] for each in own} == {day}
    for span in ({"from": day}, {"to": day}, {"from": day, "to": day, "period": gid("Period", period)}):
        answer = await journal.school.ask(HOMEWORK, {"student": lesson.student(), **span}, as_="deputy")
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"], span


MARKED = "query($id: ID!) { node(id: $id) { ... on Mark { setAt markedOn lessonDate } } }"


async def test_the_day_a_mark_was_set_is_the_schools_own(journal: Journal) -> None:
    """At 23:30 in Barnaul it is still the day before in Greenwich."""
    lesson = await journal.lesson(days=-1)
    given = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "5"}
    mark = (await journal.done("setMark", given, "deputy"))["mark"]["id"]
    for moment, day in (("2026-05-21T00:30:00+07:00", "2026-05-21"), ("2026-05-20T23:30:00+07:00", "2026-05-20")):
        await journal.db.execute(
            "UPDATE mark SET set_at = $1::text::timestamptz WHERE id = (SELECT max(id) FROM mark)", moment
        )
        found = (await journal.school.data(MARKED, {"id": mark}, as_="deputy"))["node"]
        assert (found["markedOn"], found["lessonDate"]) == (day, lesson.date.isoformat())
