"""What the class and parallel of a student come to, and what that is made of, for whoever may know (10.1)."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from rules.account import Role

from .golden_school import Golden, golden_school
from .journal_help import gid
from .report_bodies import types_of

FIGURE = "{ value formula counts { numbers counted total heavy weights } marks { value leftOut student { id } } }"
FIGURES = f"success {FIGURE} quality {FIGURE} average {FIGURE} weightedAverage {FIGURE}"
AVERAGES = (
    'averages(from: "2025-10-01", until: "%s") { subjects { subject { shortName } averages { classAverage'
    " classWeightedAverage classFigures { %s } } } total { classAverage classWeightedAverage classFigures { %s } } }"
)
QUALITY = (
    'qualityByMonth(from: "2025-10-01", until: "2025-11-30") { months { classSuccess classQuality parallelSuccess'
    " parallelQuality classFigures { %s } parallelFigures { %s } } }"
)


async def reports(golden: Golden, name: str, body: str, as_: str) -> Any:
    """What stands in the reports of a student, None for whoever may not have them."""
    student = f'student(id: "{gid("Student", golden.students[name])}")'
    found = await golden.ask(f"{{ {student} {{ reports {{ {body} }} }} }}", as_)
    return found["student"] and found["student"]["reports"]


def told(figure: dict[str, Any]) -> float | None:
    """A figure as families are told it."""
    value = figure["value"]
    return None if value is None else float(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def whose(golden: Golden, figure: dict[str, Any], left_out: str | None) -> dict[str, str]:
    """The marks of a figure that are left out so, by student."""
    names = {gid("Student", number): name for name, number in golden.students.items()}
    found: dict[str, str] = {}
    for mark in figure["marks"]:
        if mark["leftOut"] == left_out:
            name = names[mark["student"]["id"]]
            found[name] = f"{found[name]} {mark['value']}" if name in found else mark["value"]
    return found


async def test_behind_the_average_of_a_class(golden: Golden) -> None:
    """By hand, as in the tests of the averages: who is counted, who is not and why, for the deputy and who leads 5А."""
    for login in ("deputy", "director", "Романова"):
        found = (await reports(golden, "Алов", AVERAGES % ("2025-12-26", FIGURES, FIGURES), login))["averages"]
        average = found["total"]["classFigures"]["average"]
        assert whose(golden, average, None) == {
            "Алов": "5 4 5 3",
            "Белова": "4 5 3",
            "Вехов": "2",
            "Гаева": "4 3",
            "Елина": "3 4",
            "Зимин": "5 4",
        }
        assert whose(golden, average, "LEFT") == {"Дымов": "2 3"}
        assert whose(golden, average, "NO_NUMBER") == {"Елина": "н/а"}
        assert whose(golden, average, "OWED") == {"Вехов": "."}
        assert whose(golden, average, "EXEMPT") == {"Гаева": "осв."}
        assert whose(golden, average, "UNGRADED") == {"Зимин": "зач."}
        assert (average["value"], average["counts"]["total"], average["counts"]["numbers"]) == (3.86, 54, 14)
        for of in (found["total"], *(each["averages"] for each in found["subjects"])):
            for name, figure in (("classAverage", "average"), ("classWeightedAverage", "weightedAverage")):
                assert of[name] in (None, told(of["classFigures"][figure]))
        # Of two others nothing is told to families; who has the reports of the class is told.
        mathematics = {each["subject"]["shortName"]: each["averages"] for each in found["subjects"]}["М"]
        assert (mathematics["classAverage"], mathematics["classFigures"]["average"]["value"]) == (None, 4.0)
    # Until 1 December Дымов was there.
    found = (await reports(golden, "Алов", AVERAGES % ("2025-12-01", FIGURES, FIGURES), "deputy"))["averages"]
    assert whose(golden, found["total"]["classFigures"]["average"], None)["Дымов"] == "2 3"


async def test_behind_the_periods_and_months(golden: Golden) -> None:
    body = f"dynamics {{ periods {{ averages {{ classAverage classFigures {{ average {FIGURE} }} }} }} }}"
    first, *_ = (await reports(golden, "Алов", body, "Романова"))["dynamics"]["periods"]
    assert "Дымов" in whose(golden, first["averages"]["classFigures"]["average"], None)
    assert first["averages"]["classAverage"] == told(first["averages"]["classFigures"]["average"])
    months = (await reports(golden, "Алов", QUALITY % (FIGURES, FIGURES), "deputy"))["qualityByMonth"]["months"]
    october = months[0]
    of_class, of_both = (october[name]["quality"] for name in ("classFigures", "parallelFigures"))
    there = whose(golden, of_class, None)
    assert whose(golden, of_both, None) == there | {
        "Ивлев": "5",
        "Кротова": "4",
        "Лисин": "3",
        "Мухина": "2",
        "Носов": "2",
    }
    for name, group in (("class", "classFigures"), ("parallel", "parallelFigures")):
        for kind in ("success", "quality"):
            assert october[f"{name}{kind.title()}"] in (None, told(october[group][kind]))
    assert october["parallelQuality"] is not None


async def test_who_goes_over_is_counted_once(cluster: str, database_url: str) -> None:
    """Елина, in 5Б since the middle of October: left in 5А, counted in the parallel, with no mark left out there."""
    async with golden_school(cluster, database_url) as own:
        elina = own.students["Елина"]
        async with own.db.transaction():
            await own.db.execute("SET LOCAL session_replication_role = replica")
            for column, day, name in (("ends_on", date(2025, 10, 15), "5А"), ("starts_on", date(2025, 10, 16), "5Б")):
                moved = f"UPDATE enrolment SET {column} = $3 WHERE student_id = $1 AND class_id = $2"
                await own.db.execute(moved, elina, own.classes[name], day)
        found = await reports(own, "Алов", QUALITY % (FIGURES, FIGURES), "deputy")
        october = found["qualityByMonth"]["months"][0]
        of_class, of_both = (october[name]["quality"] for name in ("classFigures", "parallelFigures"))
        assert whose(own, of_class, "LEFT") == {"Елина": "3 4 н/а"}
        assert "Елина" not in whose(own, of_class, None)
        assert whose(own, of_both, None)["Елина"] == "3 4 н/а"
        assert "Елина" not in whose(own, of_both, "LEFT")
        assert told(of_both) == october["parallelQuality"]


@pytest.mark.parametrize(
    ("login", "name", "of_class", "of_parallel"),
    [
        ("director", "Алов", True, True),
        ("deputy", "Ивлев", True, True),
        ("Романова", "Алов", True, False),
        # Who teaches 5Б, or a subject in 5А, has the reports of the students, and not those of the class.
        ("Романова", "Ивлев", False, False),
        ("Минин", "Алов", False, False),
        ("Иванова", "Алов", False, False),
    ],
)
async def test_who_may_know(golden: Golden, login: str, name: str, of_class: bool, of_parallel: bool) -> None:
    found = await reports(golden, name, QUALITY % (FIGURES, FIGURES), login)
    for month in found["qualityByMonth"]["months"]:
        assert (month["classFigures"] is not None) is of_class
        assert (month["parallelFigures"] is not None) is of_parallel
    found = (await reports(golden, name, AVERAGES % ("2025-12-26", FIGURES, FIGURES), login))["averages"]
    assert (found["total"]["classFigures"] is not None) is of_class


async def test_a_right_as_a_teacher_is_none_as_a_parent(cluster: str, database_url: str) -> None:
    """Романова, who leads 5А, has a child in 10А: of that class she is told what every family is."""
    body, long_ago = AVERAGES % ("2025-12-26", FIGURES, FIGURES), date(2025, 9, 1)
    async with golden_school(cluster, database_url) as own:
        person = await own.db.fetchval("SELECT person_id FROM staff WHERE id = $1", own.staff["Романова"])
        taught = own.groups["10А", None]
        await own.db.execute("UPDATE teaching_assignment SET ends_on = '2026-01-31' WHERE group_id = $1", taught)
        assert await reports(own, "Орлова", body, "Романова") is None
        guardian = await own.add("guardian", person_id=person, applied_on=long_ago)
        kin = {"guardian_id": guardian, "student_id": own.students["Орлова"], "kind": "mother"}
        await own.add("guardianship", **kin, starts_on=long_ago)
        for name, may in (("Орлова", False), ("Алов", True)):
            found = (await reports(own, name, body, "Романова"))["averages"]
            assert (found["total"]["classFigures"] is not None) is may


@pytest.mark.parametrize("login", ["Алов", "Алова"])
async def test_families_have_no_such_field(golden: Golden, login: str) -> None:
    answer = await golden.school.ask(
        f'{{ student(id: "{gid("Student", golden.students["Алов"])}") {{ reports {{ '
        f"{AVERAGES % ('2025-12-26', FIGURES, FIGURES)} }} }} }}",
        as_=login,
    )
    assert not answer.get("data")
    assert "classFigures" in str(answer["errors"])


def test_whose_schema_has_it() -> None:
    for role in Role:
        of = types_of(frozenset({role})).get("MonthQuality")
        has = of is not None and {"classFigures", "parallelFigures"} <= of.fields.keys()
        assert has is (role in {Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.SERVICE} and of is not None)
