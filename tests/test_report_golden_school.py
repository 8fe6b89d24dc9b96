"""The reports of a school and of teachers on the golden school, against figures reckoned by hand (10.3, 10.4)."""

import json
from typing import Any

import pytest

from .golden_school import LAST, Golden
from .journal_help import gid

COUNTS = ("fives", "fours", "threes", "twos", "notAttested", "exempt", "passed", "unmarked", "left")
FIGURES = f"counts {{ {' '.join(COUNTS)} }} success {{ value }} quality {{ value }} learning {{ value }}"
FIGURES += " average { value }"
CHANGES = "success quality learning average now { counts { counted } } then { counts { counted } }"
KINDS = ("success", "quality", "learning", "average")
NOTHING = ((0, 0, 0, 0, 0, 0, 0, 0, 0), (None, None, None, None))


def figures(of: dict[str, Any]) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """5, 4, 3, 2, «н/а», «осв.», «зач.», no mark yet, left; успеваемость, качество, СОУ, средний балл."""
    return tuple(of["counts"][name] for name in COUNTS), tuple(of[kind]["value"] for kind in KINDS)


def change(of: dict[str, Any]) -> tuple[Any, ...]:
    """By how much the four figures have grown, and of how many marks: now and then."""
    return *(of[kind] for kind in KINDS), of["now"]["counts"]["counted"], of["then"]["counts"]["counted"]


async def rows(golden: Golden, report: str, what: str) -> dict[str, dict[str, Any]]:
    """The rows of a school's report by title, in their order."""
    query = f"{{ school {{ reports {{ {report} {{ rows {{ part {{ title }} {what} }} }} }} }} }}"
    (found,) = (await golden.ask(query))["school"]["reports"].values()
    return {row["part"]["title"]: row for row in found["rows"]}


# II quarter. 5А, seven students on 26.12.: Дымов has left, his «2» is left out, Жуков has come.
#   Р 5 5 3 4 5 4 4 | М 5 4 2 3 4 4 4 | Я 5 5 4 5 - 3 (Зимин takes none) | Ф 5 5 н/а осв. 5 5 зач.
#   n5 = 3+1+3+4 = 11, n4 = 3+4+1 = 8, n3 = 1+1+1 = 3, n2 = 1, н/а = 1: N = 24, 23 numbers, sum 55+32+9+2 = 98.
#   22/24 = 91.67; 19/24 = 79.17; (1100+512+108+16+7)/24 = 1743/24 = 72.625; 98/23 = 4.26.
FIFTH_A = ((11, 8, 3, 1, 1, 1, 1, 1, 1), (91.67, 79.17, 72.63, 4.26))
# 5Б: 5 4 | 5 5 | 3 3 | 2 3 | 4 4: n5 = 3, n4 = 3, n3 = 3, n2 = 1, N = 10, sum 15+12+9+2 = 38.
#   9/10; 6/10; (300+192+108+16)/10 = 61.6; 3.8.
FIFTH_B = ((3, 3, 3, 1, 0, 0, 0, 0, 0), (90.0, 60.0, 61.6, 3.8))
# Both: 14, 11, 6, 2, н/а 1: N = 34, 33 numbers, sum 136.
#   31/34 = 91.18; 25/34 = 73.53; (1400+704+216+32+7)/34 = 2359/34 = 69.38; 136/33 = 4.12.
FIFTHS = ((14, 11, 6, 2, 1, 1, 1, 1, 1), (91.18, 73.53, 69.38, 4.12))
# 10А, by its I half-year: 5 4 | 3 н/а: N = 4. 3/4; 2/4; (100+64+36+7)/4 = 207/4 = 51.75; 12/3 = 4.
TENTH = ((1, 1, 1, 0, 1, 0, 0, 0, 0), (75.0, 50.0, 51.75, 4.0))
# All: 15, 12, 7, 2, н/а 2: N = 38, 36 numbers, sum 148.
#   34/38 = 89.47; 27/38 = 71.05; (1500+768+252+32+14)/38 = 2566/38 = 67.53; 148/36 = 4.11.
SCHOOL = ((15, 12, 7, 2, 2, 1, 1, 1, 1), (89.47, 71.05, 67.53, 4.11))
SECOND = {
    "1А": NOTHING,
    "1-е классы": NOTHING,
    "1–4-е классы": NOTHING,
    "5А": FIFTH_A,
    "5Б": FIFTH_B,
    "5-е классы": FIFTHS,
    "5–9-е классы": FIFTHS,
    "10А": TENTH,
    "10-е классы": TENTH,
    "10–11-е классы": TENTH,
    "По школе": SCHOOL,
}
# I quarter. 5А, without Жуков: Р 5 5 3 4 2 4 5 | М 5 4 3 4 3 4 3 | Я 5 4 4 5 3 4 | Ф 5 5 4 осв. 4 4 5
#   n5 = 3+1+2+3 = 9, n4 = 2+3+3+3 = 11, n3 = 1+3+1 = 5, n2 = 1: N = 26, sum 45+44+15+2 = 106.
#   25/26 = 96.15; 20/26 = 76.92; (900+704+180+16)/26 = 1800/26 = 69.23; 106/26 = 4.08.
FIFTH_A_BEFORE = ((9, 11, 5, 1, 0, 1, 0, 0, 0), (96.15, 76.92, 69.23, 4.08))
# 5Б: 4 4 | 5 5 | 3 4 | 3 3 | 4 5: 3, 4, 3: N = 10. 100; 70; (300+256+108)/10 = 66.4; (15+16+9)/10 = 4.
FIFTH_B_BEFORE = ((3, 4, 3, 0, 0, 0, 0, 0, 0), (100.0, 70.0, 66.4, 4.0))


async def test_results_summary(golden: Golden) -> None:
    found = await rows(
        golden, f'resultsSummary(periodId: "{golden.period("II четверть")}")', f"figures {{ {FIGURES} }}"
    )
    assert {title: figures(row["figures"]) for title, row in found.items()} == SECOND
    assert list(found) == list(SECOND)
    found = await rows(golden, f'resultsSummary(periodId: "{golden.period("I четверть")}")', f"figures {{ {FIGURES} }}")
    assert figures(found["5А"]["figures"]) == FIFTH_A_BEFORE
    assert figures(found["5Б"]["figures"]) == FIFTH_B_BEFORE
    # No half-year ends in it: nothing of 10А, so the parallel is the school. 12, 15, 8, 1: N = 36, sum 146.
    # 35/36 = 97.22; 27/36 = 75; (1200+960+288+16)/36 = 2464/36 = 68.44; 146/36 = 4.06.
    assert figures(found["10А"]["figures"]) == NOTHING
    assert figures(found["По школе"]["figures"]) == ((12, 15, 8, 1, 0, 1, 0, 0, 0), (97.22, 75.0, 68.44, 4.06))


NO_CHANGE = (None, None, None, None, 0, 0)


async def test_change_since_the_previous_period(golden: Golden) -> None:
    """Of those who have both; differences of exact values, not of rounded ones."""
    found = await rows(
        golden, f'resultsSummary(periodId: "{golden.period("II четверть")}")', f"sincePrevious {{ {CHANGES} }}"
    )
    # 91.6667-96.1538 = -4.487; 79.1667-76.9231 = 2.244; 72.625-69.2308 = 3.394; 4.2609-4.0769 = 0.184.
    fifth_a = (-4.49, 2.24, 3.39, 0.18, 24, 26)
    fifth_b = (-10.0, -10.0, -4.8, -0.2, 10, 10)
    # 91.1765-97.2222 = -6.046; 73.5294-75 = -1.471; 69.3824-68.4444 = 0.938; 4.1212-4.0556 = 0.066.
    fifths = (-6.05, -1.47, 0.94, 0.07, 34, 36)
    assert {title: change(row["sincePrevious"]) for title, row in found.items()} == {
        **dict.fromkeys(("1А", "1-е классы", "1–4-е классы"), NO_CHANGE),
        "5А": fifth_a,
        "5Б": fifth_b,
        "5-е классы": fifths,
        "5–9-е классы": fifths,
        **dict.fromkeys(("10А", "10-е классы", "10–11-е классы"), NO_CHANGE),
        "По школе": fifths,
    }


async def test_change_since_the_year_before(golden: Golden) -> None:
    """5А beside 4А; 10А, by half-years now, beside 9А, by quarters then; 5Б is a new class."""
    found = await rows(
        golden, f'resultsSummary(periodId: "{golden.period("II четверть")}")', f"sinceYearBefore {{ {CHANGES} }}"
    )
    # 4А: 5 4 | 4 4 | 3 2 | 3 3 (Сомов was still there): 1, 3, 3, 1: N = 8, sum 28.
    #   7/8 = 87.5; 4/8 = 50; (100+192+108+16)/8 = 52; 3.5.
    # 91.6667-87.5 = 4.167; 79.1667-50 = 29.167; 72.625-52 = 20.625; 4.2609-3.5 = 0.761.
    fifth_a = (4.17, 29.17, 20.63, 0.76, 24, 8)
    # 9А: 5 5 | 4 3 | 3 н/а: 2, 1, 2, н/а 1: N = 6, 5 numbers, sum 20.
    #   5/6 = 83.333; 3/6 = 50; (200+64+72+7)/6 = 57.167; 4.
    # 75-83.333 = -8.333; 0; 51.75-57.167 = -5.417; 0.
    tenth = (-8.33, 0.0, -5.42, 0.0, 4, 6)
    # 5А and 10А now: 12, 9, 4, 1, н/а 2: N = 28, 26 numbers, sum 110.
    #   25/28 = 89.286; 21/28 = 75; (1200+576+144+16+14)/28 = 69.643; 110/26 = 4.231.
    # 4А and 9А then: 3, 4, 5, 1, н/а 1: N = 14, 13 numbers, sum 48.
    #   12/14 = 85.714; 7/14 = 50; (300+256+180+16+7)/14 = 54.214; 48/13 = 3.692.
    school = (3.57, 25.0, 15.43, 0.54, 28, 14)
    assert {title: change(row["sinceYearBefore"]) for title, row in found.items()} == {
        **dict.fromkeys(("1А", "1-е классы", "1–4-е классы"), NO_CHANGE),
        "5А": fifth_a,
        "5Б": NO_CHANGE,
        "5-е классы": fifth_a,
        "5–9-е классы": fifth_a,
        **dict.fromkeys(("10А", "10-е классы", "10–11-е классы"), tenth),
        "По школе": school,
    }


async def test_annual_results_beside_last_years(golden: Golden) -> None:
    """Whoever left before the year was over is in neither."""
    found = await rows(golden, "resultsSummary(kind: YEAR)", f"figures {{ {FIGURES} }} sinceYearBefore {{ {CHANGES} }}")
    # 5А: 5 5 5 5 | 5 4 5 5 | 3 2 4 4 | 4 4 5 осв. | 4 4 3 5 | 5 4 - 5 (takes no English).
    #   n5 = 4+3+1+1+2 = 11, n4 = 1+2+2+2+1 = 8, n3 = 1+1 = 2, n2 = 1: N = 22, sum 55+32+6+2 = 95.
    #   21/22 = 95.45; 19/22 = 86.36; (1100+512+72+16)/22 = 77.27; 95/22 = 4.32.
    assert figures(found["5А"]["figures"]) == ((11, 8, 2, 1, 0, 1, 0, 0, 0), (95.45, 86.36, 77.27, 4.32))
    # 4А, without Сомов: 5 5 | 4 4 | 3 3: N = 6: 100; 4/6 = 66.667; (200+128+72)/6 = 66.667; 24/6 = 4.
    # 95.4545-100 = -4.545; 86.3636-66.6667 = 19.697; 77.2727-66.6667 = 10.606; 4.3182-4 = 0.318.
    assert change(found["5А"]["sinceYearBefore"]) == (-4.55, 19.7, 10.61, 0.32, 22, 6)
    # 10А: 5 5 | 3 3: 100; 50; (200+72)/4 = 68; 4. 9А, with Тихов, who graduated later: 5 5 | 4 4 | 3 3:
    #   100; 66.667; 66.667; 4.
    assert change(found["10А"]["sinceYearBefore"]) == (0.0, -16.67, 1.33, 0.0, 4, 6)
    last_year = await rows(
        golden,
        f'resultsSummary(kind: YEAR, yearId: "{gid("AcademicYear", golden.years[LAST])}")',
        f"figures {{ {FIGURES} }}",
    )
    assert figures(last_year["4А"]["figures"]) == ((2, 2, 2, 0, 0, 0, 0, 0, 2), (100.0, 66.67, 66.67, 4.0))


ROLL = ("atStart", "arrived", "gone", "atEnd")
GROUPS = ("excellent", "good", "oneThree", "failing", "notAttested")


async def summary(golden: Golden, period: str) -> dict[str, tuple[Any, ...]]:
    """The roll, the groups and two figures of each row of the classes summary."""
    what = f"roll {{ {' '.join(ROLL)} }} {' '.join(GROUPS)} figures {{ success {{ value }} quality {{ value }} }}"
    found = await rows(golden, f'classesSummary(periodId: "{golden.period(period)}")', what)
    return {
        title: (
            tuple(row["roll"][name] for name in ROLL),
            tuple(row[name] for name in GROUPS),
            *(row["figures"][name]["value"] for name in ("success", "quality")),
        )
        for title, row in found.items()
    }


async def test_classes_summary(golden: Golden) -> None:
    """5А: Алов all 5; Белова (one 4), Зимин (4 4, «зач.» skipped) good; Гаева, Жуков one 3; Вехов a 2 and «н/а»; Елина,
    whom a mark is missing, in no group. 5Б: Кротова; Ивлев, Носов; none with one 3 (Лисин has two); Мухина a 2. 10А:
    Орлова good, Панин «н/а».
    """
    nobody = ((1, 0, 0, 1), (0, 0, 0, 0, 0), None, None)
    fifth_a = ((7, 1, 1, 7), (1, 2, 2, 1, 1), 91.67, 79.17)
    fifth_b = ((5, 0, 0, 5), (1, 2, 0, 1, 0), 90.0, 60.0)
    tenth = ((2, 0, 0, 2), (0, 1, 0, 0, 1), 75.0, 50.0)
    assert await summary(golden, "II четверть") == {
        "1А": nobody,
        "1–4-е классы": nobody,
        "5А": fifth_a,
        "5Б": fifth_b,
        "5–9-е классы": ((12, 1, 1, 12), (2, 4, 2, 2, 1), 91.18, 73.53),
        "10А": tenth,
        "10–11-е классы": tenth,
        "По школе": ((15, 1, 1, 15), (2, 5, 2, 2, 2), 89.47, 71.05),
    }
    # I quarter: Алов; Белова, Гаева, Елина good; Зимин one 3; Дымов, still there, a 2. 5Б: Кротова; Ивлев, Носов;
    # Лисин one 3.
    first = await summary(golden, "I четверть")
    assert first["5А"] == ((7, 0, 0, 7), (1, 3, 1, 1, 0), 96.15, 76.92)
    assert first["По школе"] == ((15, 0, 0, 15), (2, 5, 2, 1, 0), 97.22, 75.0)
    # III quarter, in which Елина goes from 5А to 5Б: counted in both, and twice in their sum. No marks yet.
    third = await summary(golden, "III четверть")
    assert third["5А"] == ((7, 0, 1, 6), (0, 0, 0, 0, 0), None, None)
    assert third["5Б"] == ((5, 1, 0, 6), (0, 0, 0, 0, 0), None, None)
    assert third["По школе"] == ((15, 1, 1, 15), (0, 0, 0, 0, 0), None, None)


async def test_occupancy(golden: Golden) -> None:
    """Places, students, boys, girls, to a class, free. 5Б has no plan, so its five are not set against any places."""
    names = ("capacity", "students", "boys", "girls", "average", "free")
    found = await rows(golden, 'occupancy(on: "2025-12-26")', " ".join(names))
    first, fifths, tenth = (25, 1, 1, 0, 1.0, 24), (7, 12, 7, 5, 6.0, 0), (1, 2, 1, 1, 2.0, -1)
    assert {title: tuple(row[name] for name in names) for title, row in found.items()} == {
        **dict.fromkeys(("1А", "1-е классы", "1–4-е классы"), first),
        # Алов, Вехов, Жуков, Зимин; Белова, Гаева, Елина.
        "5А": (7, 7, 4, 3, 7.0, 0),
        "5Б": (None, 5, 3, 2, 5.0, None),
        **dict.fromkeys(("5-е классы", "5–9-е классы"), fifths),
        **dict.fromkeys(("10А", "10-е классы", "10–11-е классы"), tenth),
        # 25+7+1; 1+7+5+2 = 15 in four classes; 24+0-1.
        "По школе": (33, 15, 9, 6, 3.75, 23),
    }
    # On 2 December Дымов is there no longer, on the 1st he is.
    for on, students in (("2025-11-16", 7), ("2025-12-01", 8), ("2025-12-02", 7)):
        found = await rows(golden, f'occupancy(on: "{on}")', "students free")
        assert (found["5А"]["students"], found["5А"]["free"]) == (students, 7 - students)


MOVES = ("atStart", "arrived", "movedIn", "gone", "movedOut", "atEnd")


async def movement(golden: Golden, since: str, until: str) -> tuple[dict[str, tuple[int, ...]], list[tuple[Any, ...]]]:
    """The rows of the movement and its list."""
    query = (
        f'{{ school {{ reports {{ movement(from: "{since}", until: "{until}") {{ rows {{ part {{ title }} moves {{'
        f" {' '.join(MOVES)} }} }} moves {{ kind student {{ familyName }} fromClass {{ name }} toClass {{ name }} on"
        " place reason number issuedOn } } } } }"
    )
    found = (await golden.ask(query))["school"]["reports"]["movement"]
    moves = [
        (
            *(each["kind"], each["student"]["familyName"]),
            *(each[end] and each[end]["name"] for end in ("fromClass", "toClass")),
            *(each["on"], each["place"], each["reason"]),
        )
        for each in found["moves"]
    ]
    assert all(each["number"].startswith("т-") and each["issuedOn"] == each["on"] for each in found["moves"])
    return {row["part"]["title"]: tuple(row["moves"][name] for name in MOVES) for row in found["rows"]}, moves


async def test_movement(golden: Golden) -> None:
    """At start + arrived + moved in - gone - moved out = at end."""
    found, moves = await movement(golden, "2025-09-01", "2026-05-26")
    fifths = (12, 1, 1, 1, 1, 12)
    assert found == {
        **dict.fromkeys(("1А", "1-е классы", "1–4-е классы"), (1, 0, 0, 0, 0, 1)),
        "5А": (7, 1, 0, 1, 1, 6),
        "5Б": (5, 0, 1, 0, 0, 6),
        "5-е классы": fifths,
        "5–9-е классы": fifths,
        **dict.fromkeys(("10А", "10-е классы", "10–11-е классы"), (2, 0, 0, 0, 0, 2)),
        "По школе": (15, 1, 1, 1, 1, 15),
    }
    assert moves == [
        ("ENROLMENT", "Жуков", None, "5А", "2025-11-17", "школа № 7", None),
        ("DEPARTURE", "Дымов", "5А", None, "2025-12-02", "Псков", "переезд"),
        ("TRANSFER", "Елина", "5А", "5Б", "2026-02-02", None, None),
    ]
    # Last year: Сомов left, Тихов graduated; on its last day the others were still in their classes.
    found, moves = await movement(golden, "2024-09-02", "2025-08-31")
    assert (found["4А"], found["9А"]) == ((4, 0, 0, 1, 0, 3), (3, 0, 0, 1, 0, 2))
    assert found["По школе"] == (7, 0, 0, 2, 0, 5)
    assert [each[:5] for each in moves] == [
        ("DEPARTURE", "Сомов", "4А", None, "2025-05-24"),
        ("GRADUATION", "Тихов", "9А", None, "2025-06-26"),
    ]
    # A day on which nothing changes; and the days between which Жуков comes and Дымов leaves.
    found, moves = await movement(golden, "2025-11-17", "2025-11-17")
    assert (found["5А"], moves) == ((8, 0, 0, 0, 0, 8), [])
    found, moves = await movement(golden, "2025-11-16", "2025-12-02")
    assert found["5А"] == (7, 1, 0, 1, 0, 7)


TAUGHT = (
    "query($staff: ID!, $period: ID, $kind: FinalKind) { node(id: $staff) { ... on Staff { reports { subjects("
    "periodId: $period, kind: $kind) { name taught { group { name } subject { shortName } figures { "
    + FIGURES
    + " } hours { planned due held behind } poor { student { familyName } value } } total { "
    + FIGURES
    + " } hours { planned due held behind } } } } } }"
)
HOURS = ("planned", "due", "held", "behind")


async def taught(golden: Golden, who: str, period: str) -> dict[str, tuple[Any, ...]]:
    """What a teacher's pupils came to: figures, hours, and whose marks are poor; in all under ""."""
    asked = {"staff": gid("Staff", golden.staff[who]), "period": golden.period(period)}
    found = (await golden.ask(TAUGHT, who, **asked))["node"]["reports"]["subjects"]
    assert found == (await golden.ask(TAUGHT, **asked))["node"]["reports"]["subjects"]
    rows = {
        f"{each['group']['name']} {each['subject']['shortName']}": (
            figures(each["figures"]),
            tuple(each["hours"][name] for name in HOURS),
            [(poor["student"]["familyName"], poor["value"]) for poor in each["poor"]],
        )
        for each in found["taught"]
    }
    return {**rows, "": (figures(found["total"]), tuple(found["hours"][name] for name in HOURS))}


async def test_subject_teacher(golden: Golden) -> None:
    """II quarter. Mathematics was planned on 10.11. and 18.11., held on 10.11., and on 08.12. in addition."""
    assert await taught(golden, "Минин", "II четверть") == {
        # 5 4 2 3 4 4 4: 6/7; 5/7; (100+256+36+16)/7 = 408/7 = 58.29; 26/7 = 3.71.
        "5А М": (((1, 4, 1, 1, 0, 0, 0, 0, 0), (85.71, 71.43, 58.29, 3.71)), (2, 2, 2, 0), [("Вехов", "2")]),
        # 4 5 3 3 4: 5/5; 3/5; (100+128+72)/5 = 60; 19/5 = 3.8.
        "5Б М": (((1, 2, 2, 0, 0, 0, 0, 0, 0), (100.0, 60.0, 60.0, 3.8)), (0, 0, 0, 0), []),
        # Of the half-year that ends in the quarter, 4 and н/а: 1/2; 1/2; (64+7)/2 = 35.5; 4.
        "10А М": (((0, 1, 0, 0, 1, 0, 0, 0, 0), (50.0, 50.0, 35.5, 4.0)), (0, 0, 0, 0), [("Панин", "н/а")]),
        # 12/14; 9/14; (200+448+108+16+7)/14 = 779/14 = 55.64; 49/13 = 3.77.
        "": (((2, 7, 3, 1, 1, 0, 0, 0, 0), (85.71, 64.29, 55.64, 3.77)), (2, 2, 2, 0)),
    }
    # Group 1, without Дымов: 5 5 4: 100; 100; (200+64)/3 = 88; 14/3 = 4.67.
    first = ((2, 1, 0, 0, 0, 0, 0, 0, 0), (100.0, 100.0, 88.0, 4.67))
    assert await taught(golden, "Иванова", "II четверть") == {
        "5А / Английский язык, 1 группа Я": (first, (1, 1, 1, 0), []),
        "": (first, (1, 1, 1, 0)),
    }
    assert await taught(golden, "Петров", "II четверть") == {
        # Гаева 5, Жуков 3, Елина none; Зимин takes no English: 100; 50; (100+36)/2 = 68; 4. Its lesson was cancelled.
        "5А / Английский язык, 2 группа Я": (((1, 0, 1, 0, 0, 0, 0, 1, 0), (100.0, 50.0, 68.0, 4.0)), (1, 1, 0, 1), []),
        # 5 5 н/а осв. 5 5 зач.: N = 5: 4/5; 4/5; (400+7)/5 = 81.4; 20/4 = 5.
        "5А Ф": (((4, 0, 0, 0, 1, 1, 1, 0, 0), (80.0, 80.0, 81.4, 5.0)), (1, 1, 1, 0), [("Вехов", "н/а")]),
        # N = 7: 6/7; 5/7; (500+36+7)/7 = 77.57; 28/6 = 4.67. Planned 2, held 1.
        "": (((5, 0, 1, 0, 1, 1, 1, 1, 0), (85.71, 71.43, 77.57, 4.67)), (2, 2, 1, 1)),
    }
    # Russian in 5А: 5 5 3 4 5 4 4, and Дымов's «2», left out: 7/7; 6/7; (300+192+36)/7 = 75.43; 30/7 = 4.29.
    # The lesson of 18.11. was held, though nobody called the roll.
    russian = await taught(golden, "Романова", "II четверть")
    assert russian["5А Р"] == (((3, 3, 1, 0, 0, 0, 0, 0, 1), (100.0, 85.71, 75.43, 4.29)), (2, 2, 2, 0), [])


@pytest.mark.parametrize("who", ["Минин", "Иванова"])
async def test_a_teachers_report_is_their_own(golden: Golden, who: str) -> None:
    asked = {"staff": gid("Staff", golden.staff["Петров"]), "period": golden.period("II четверть")}
    assert ((await golden.ask(TAUGHT, who, **asked))["node"] or {}).get("reports") is None


SET = """mutation($input: PrintReportsInput!) { printReports(input: $input) { __typename
    ... on PrintReportsPayload { reportSet { total left } } ... on Refusal { code field } } }"""


async def test_classes_with_half_years_are_in_a_quarters_reports(golden: Golden) -> None:
    """By the half-year that ends in it, if one does: in the school's set, and by name in the teacher's report."""
    asked = {"of": gid("School", golden.number), "reports": ["CLASS_RESULTS", "PARENT_LETTER"], "formats": ["CSV"]}
    for quarter, half, left in (("II четверть", "I полугодие", 0), ("I четверть", None, 1)):
        given = {**asked, "students": True, "periodId": golden.period(quarter)}
        (done,) = (await golden.ask(SET, input=given)).values()
        assert done["reportSet"]["left"] >= left
        assert (done["reportSet"]["left"] > 0) is (left > 0)
        kept = json.loads(await golden.db.fetchval("SELECT prints FROM report_set ORDER BY id DESC LIMIT 1"))
        periods = {of: each["period_id"] for report, of, _, each in kept if report == "class_results"}
        names = {
            class_name: next(name for (_, name), number in golden.periods.items() if number == periods.get(of))
            for class_name, of in golden.classes.items()
            if of in periods
        }
        assert names == {"1А": quarter, "5А": quarter, "5Б": quarter} | ({"10А": half} if half else {})
        letters = {of: each["period_id"] for report, of, _, each in kept if report == "parent_letter"}
        assert (golden.students["Орлова"] in letters) is (half is not None)
    staff = gid("Staff", golden.staff["Минин"])
    query = "query($staff: ID!, $period: ID!) { node(id: $staff) { ... on Staff { reports { subjects("
    query += "periodId: $period) { name taught { slotName schoolClass { name } } print { csv } } } } } }"
    found = await golden.ask(query, staff=staff, period=golden.period("II четверть"))
    report = found["node"]["reports"]["subjects"]
    slots = {each["schoolClass"]["name"]: each["slotName"] for each in report["taught"]}
    assert slots == {"5А": "II четверть", "5Б": "II четверть", "10А": "I полугодие"}
    headers = {"authorization": f"Bearer {await golden.school.token('deputy')}"}
    text = (await golden.school.client.get(report["print"]["csv"], headers=headers)).content.decode()
    assert "10А, I полугодие;" in text
    assert "5А;" in text


async def test_a_set_of_last_year_is_of_last_year(golden: Golden) -> None:
    """Every report in it, the school's, the classes' and the students'."""
    last = golden.years[LAST]
    wanted = ["RESULTS_SUMMARY", "CLASS_RESULTS", "PARENT_LETTER", "REPORT_CARD"]
    school = {"of": gid("School", golden.number), "yearId": gid("AcademicYear", last), "students": True}
    # A class says by itself of which year it is.
    for of, reports in ((school, wanted), ({"of": gid("SchoolClass", golden.classes["4А"])}, wanted[1:])):
        given = {**of, "kind": "YEAR", "reports": reports, "formats": ["CSV"]}
        (done,) = (await golden.ask(SET, input=given)).values()
        assert done["__typename"] == "PrintReportsPayload", done
        kept = json.loads(await golden.db.fetchval("SELECT prints FROM report_set ORDER BY id DESC LIMIT 1"))
        assert {each[0] for each in kept} == {name.lower() for name in reports}
        assert {each[3]["year_id"] for each in kept} == {last}
    # And what they are asked for, they answer with.
    headers = {"authorization": f"Bearer {await golden.school.token('deputy')}"}
    year = f"?kind=year&year={gid('AcademicYear', last)}"
    for report, number in (("subject_teacher", golden.staff["Минин"]), ("results_summary", golden.number)):
        kind = "Staff" if report == "subject_teacher" else "School"
        path = f"/print/report/{report}/{gid(kind, number)}.csv{year}"
        text = (await golden.school.client.get(path, headers=headers)).content.decode()
        assert LAST in text
        assert "4А" in text
        assert "5А" not in text
