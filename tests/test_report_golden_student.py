"""The reports of a student on the golden school, against figures reckoned by hand (10.5)."""

from datetime import date
from typing import Any

import pytest

from .golden_school import NOW, Golden, golden_school
from .journal_help import gid

AVERAGES = "average { value } weightedAverage { value } classAverage classWeightedAverage"
MEANS = "average { value } weightedAverage { value }"
PRESENCE = "presence { held missed late attendance }"
SUBJECT = "subject { shortName }"


async def of_student(golden: Golden, name: str, report: str, body: str, as_: str = "deputy") -> Any:
    """A report of a student; Алов has the same of himself, and the class teacher of 5А."""
    query = f'{{ student(id: "{gid("Student", golden.students[name])}") {{ reports {{ {report} {{ {body} }} }} }} }}'
    (found,) = (await golden.ask(query, as_))["student"]["reports"].values()
    if (name, as_) == ("Алов", "deputy"):
        for other in ("Алов", "Романова", "Минин"):
            assert await of_student(golden, name, report, body, other) == found, other
    return found


def averages(of: dict[str, Any]) -> tuple[float | None, ...]:
    """The student's mean and weighted mean, and those of the class."""
    own = (of["average"]["value"], of["weightedAverage"]["value"])
    return own if "classAverage" not in of else (*own, of["classAverage"], of["classWeightedAverage"])


async def test_averages(golden: Golden) -> None:
    """Two marks at one lesson are two. Дымов has left before the last of the days, so his marks are not the class's."""
    body = f"subjects {{ {SUBJECT} averages {{ {AVERAGES} }} }} total {{ {AVERAGES} }}"
    found = await of_student(golden, "Алов", 'averages(from: "2025-10-01", until: "2025-12-26")', body)
    assert {each["subject"]["shortName"]: averages(each["averages"]) for each in found["subjects"]} == {
        # Own: 5 (1), 4 (3), 3 (1): 12/3, (5+12+3)/5. The class's: 5 3 4 2 4 3 (by 1) = 21, 4 5 3 4 5 (by 3) = 21:
        # 42/11 = 3.82; (21+63)/(6+15) = 4. Five others have numbers: Белова, Вехов, Гаева, Елина, Зимин.
        "Р": (4.0, 4.0, 3.8, 4.0),
        # Only two others have numbers (Елина has «н/а», Вехов owes his work), so the class's is not shown.
        "М": (5.0, 5.0, None, None),
        "Я": (None, None, None, None),
        "Ф": (None, None, None, None),
    }
    # Own: 17/4; (20+10)/(5+2) = 30/7. The class's: (42+12)/14 = 3.86; (84+24)/(21+6) = 4.
    assert averages(found["total"]) == (4.25, 4.29, 3.9, 4.0)
    # Until 1 December Дымов was there: 3 (by 2), and 2 (by 3) in Russian: (54+5)/16 = 3.69; (108+12)/(27+5) = 3.75.
    found = await of_student(golden, "Алов", 'averages(from: "2025-10-01", until: "2025-12-01")', body)
    assert averages(found["total"]) == (4.25, 4.29, 3.7, 3.8)


async def test_dynamics(golden: Golden) -> None:
    body = f"periods {{ slot {{ name }} averages {{ {AVERAGES} }} }}"
    found = await of_student(golden, "Алов", "dynamics", body)
    assert {each["slot"]["name"]: averages(each["averages"]) for each in found["periods"]} == {
        # Own: 14/3; (5+12+10)/6 = 4.5. The class's, with Дымов: 5 4 4 3 = 16 (by 1), 4 5 3 2 4 5 = 23 (by 3),
        # 5 3 3 4 = 15 (by 2): 54/14 = 3.86; (16+69+30)/(4+18+8) = 115/30 = 3.83.
        "I четверть": (4.67, 4.5, 3.9, 3.8),
        # Only Вехов has another number.
        "II четверть": (3.0, 3.0, None, None),
        **dict.fromkeys(("III четверть", "IV четверть"), (None, None, None, None)),
    }


async def test_quality_by_month(golden: Golden) -> None:
    names = ("classSuccess", "classQuality", "parallelSuccess", "parallelQuality")
    body = f"months {{ since success {{ value }} quality {{ value }} {' '.join(names)} }}"
    found = await of_student(golden, "Алов", 'qualityByMonth(from: "2025-10-06", until: "2025-11-10")', body)
    assert [
        (each["since"], each["success"]["value"], each["quality"]["value"], *(each[name] for name in names))
        for each in found["months"]
    ] == [
        # Own: 5 4 5. The class's: n5 = 4, n4 = 5, n3 = 4, n2 = 1, «н/а» 1: 13/15 and 9/15.
        # With 5Б's 5 4 3 2 2: 16/20 and 11/20.
        ("2025-10-01", 100.0, 100.0, 86.7, 60.0, 80.0, 55.0),
        # Own: 3. Only Вехов has another; nobody in 5Б has any.
        ("2025-11-01", 100.0, 0.0, None, None, None, None),
    ]


async def test_card(golden: Golden) -> None:
    """Periods, year, exam, end; «-» is no mark yet, «x» none to be set: no exam, and no certificate."""
    body = f"slots {{ name }} subjects {{ {SUBJECT} marks {{ value }} }}"

    def shown(found: Any) -> dict[str, str]:
        return {
            each["subject"]["shortName"]: " ".join(
                "x" if mark is None else mark["value"] or "-" for mark in each["marks"]
            )
            for each in found["subjects"]
        }

    found = await of_student(golden, "Алов", "card", body)
    quarters = ["I четверть", "II четверть", "III четверть", "IV четверть"]
    assert [each["name"] for each in found["slots"]] == [*quarters, "Год", "Экзамен", "Итог"]
    assert shown(found) == dict.fromkeys("РМЯФ", "5 5 - - 5 x x")
    assert shown(await of_student(golden, "Гаева", "card", body)) == {
        "Р": "4 4 - - 4 x x",
        "М": "4 3 - - 4 x x",
        "Я": "5 5 - - 5 x x",
        "Ф": "осв. осв. - - осв. x x",
    }
    # Who takes no English has no line for it; who came in November has no I quarter, who left no mark to wait for.
    assert shown(await of_student(golden, "Зимин", "card", body)) == {
        "Р": "5 4 - - 5 x x",
        "М": "3 4 - - 4 x x",
        "Ф": "5 зач. - - 5 x x",
    }
    assert shown(await of_student(golden, "Жуков", "card", body))["М"] == "x 4 - - 4 x x"
    assert shown(await of_student(golden, "Дымов", "card", body)) == {
        "Р": "2 2 x x x x x",
        "М": "3 x x x x x x",
        "Я": "3 x x x x x x",
        "Ф": "4 x x x x x x",
    }
    # From February in 5Б, where there are two subjects: the marks of 5А stay on the card.
    assert shown(await of_student(golden, "Елина", "card", body)) == {
        "Р": "4 5 - - 5 x x",
        "М": "4 4 - - 4 x x",
        "Я": "4 - x x x x x",
        "Ф": "4 5 x x x x x",
    }
    halves = await of_student(golden, "Панин", "card", body)
    assert [each["name"] for each in halves["slots"]] == ["I полугодие", "II полугодие", "Год", "Экзамен", "Итог"]
    assert shown(halves) == {"Р": "3 - 3 x x", "М": "н/а - 3 x x"}


async def test_journal(golden: Golden) -> None:
    body = f"days periods {{ name }} {MEANS} {PRESENCE} subjects {{ {SUBJECT} cells {{ date text }} {MEANS} {PRESENCE}"
    by_period = f"periodAverages {{ slot {{ name }} {MEANS} }}"
    body += f" periodMarks {{ slot {{ name }} value }} {by_period} }} {by_period}"

    def rows(found: Any) -> dict[str, Any]:
        return {
            each["subject"]["shortName"]: (
                {cell["date"]: cell["text"] for cell in each["cells"]},
                averages(each),
                tuple(each["presence"].values()),
                [mark["value"] for mark in each["periodMarks"]],
            )
            for each in found["subjects"]
        }

    days = 'journal(from: "2025-10-01", until: "2025-11-30")'
    found = await of_student(golden, "Алов", days, body)
    assert found["days"] == ["2025-10-06", "2025-10-07", "2025-11-10", "2025-11-18"]
    assert [each["name"] for each in found["periods"]] == ["I четверть", "II четверть"]
    assert rows(found) == {
        "Р": ({"2025-10-06": "5 4", "2025-11-10": "3"}, (4.0, 4.0), (4, 0, 0, 100.0), ["5", "5"]),
        # 2/3.
        "М": ({"2025-10-06": "5", "2025-11-10": "УП"}, (5.0, 5.0), (3, 1, 0, 66.67), ["5", "5"]),
        "Я": ({}, (None, None), (2, 0, 0, 100.0), ["5", "5"]),
        "Ф": ({}, (None, None), (2, 0, 0, 100.0), ["5", "5"]),
    }

    def of_periods(of: Any) -> dict[str, Any]:
        return {each["slot"]["name"].split()[0]: averages(each) for each in of["periodAverages"]}

    of = {each["subject"]["shortName"]: of_periods(each) for each in found["subjects"]}
    nothing = (None, None)
    # (5+4)/2, (5+12)/4; 3; and 5 in the first quarter alone.
    assert of == {
        "Р": {"I": (4.5, 4.25), "II": (3.0, 3.0)},
        "М": {"I": (5.0, 5.0), "II": nothing},
        "Я": {"I": nothing, "II": nothing},
        "Ф": {"I": nothing, "II": nothing},
    }
    # (5+4+5)/3 = 4.67, (5+12+10)/6 = 4.5.
    assert of_periods(found) == {"I": (4.67, 4.5), "II": (3.0, 3.0)}
    # 10/11.
    assert (averages(found), tuple(found["presence"].values())) == ((4.25, 4.29), (11, 1, 0, 90.91))
    # Who was ill and owes work; a lateness is no absence.
    ill = rows(await of_student(golden, "Вехов", days, body))
    assert ill["М"] == ({"2025-10-06": "Б ."}, (None, None), (3, 1, 0, 66.67), ["3", "2"])
    assert ill["Р"] == (
        {"2025-10-06": "Б", "2025-10-07": "Б", "2025-11-10": "2"},
        *((2.0, 2.0), (4, 2, 0, 50.0), ["3", "3"]),
    )
    late = rows(await of_student(golden, "Белова", days, body))
    assert late["Р"] == ({"2025-10-06": "ОП 4 5", "2025-11-18": "ОП"}, (4.5, 4.75), (4, 0, 2, 100.0), ["5", "5"])


async def test_a_student_misses_what_the_classs_sheet_says(golden: Golden) -> None:
    """Each student's lessons held and missed are those of their line in the sheet; exempt is not missed."""
    days = 'from: "2025-10-01", until: "2025-11-30"'
    sheet = await sheet_of(golden, days)
    for name, row in sheet.items():
        counts, percent = row["total"]["counts"], row["total"]["percent"]
        found = await of_student(golden, name, f"journal({days})", PRESENCE)
        assert tuple(found["presence"].values()) == (*counts.values(), percent), name
    assert len(sheet) == 8


async def sheet_of(golden: Golden, days: str) -> dict[str, Any]:
    """The lines of the sheet of 5А, by name."""
    query = f'{{ schoolClass(id: "{gid("SchoolClass", golden.classes["5А"])}") {{ reports {{ attendance({days}) {{'
    query += " students { student { familyName } total { counts { held missed late } percent } } } } } }"
    sheet = (await golden.ask(query))["schoolClass"]["reports"]["attendance"]["students"]
    return {row["student"]["familyName"]: row for row in sheet}


async def test_what_was_written_of_lessons_not_taken(cluster: str, database_url: str) -> None:
    """An absence written after the day from which an order, issued later, says that the student had left; at a lesson
    that was cancelled or has not been held; in a subject that turns out not to be taken. None is a lesson missed, in
    the class's sheet as in the student's report, and it is told why.
    """
    written = [
        ("2025-12-08", None, "М", "Дымов", "unexplained"),  # has left on 1 December
        ("2025-11-10", "2 группа", "Я", "Гаева", "illness"),  # cancelled
        ("2025-11-18", None, "М", "Алов", "unexcused"),  # planned, and not held
        ("2025-11-10", None, "Ф", "Зимин", "exempt"),  # takes no physical education
    ]
    async with golden_school(cluster, database_url) as golden:
        taken = {"student_id": golden.students["Зимин"], "subject_id": golden.subjects["Ф"]}
        await golden.add("dropped_subject", **taken, starts_on=date(2025, 9, 1))
        for on, part, subject, name, code in written:
            at = {"lesson_id": golden.lessons[on, "5А", part, subject], "lesson_date": date.fromisoformat(on)}
            await golden.add("attendance", **at, student_id=golden.students[name], code=code, changed_at=NOW)
        days = 'from: "2025-09-01", until: "2025-12-26"'
        for name, row in (await sheet_of(golden, days)).items():
            counts, percent = row["total"]["counts"], row["total"]["percent"]
            found = await of_student(golden, name, f"journal({days})", PRESENCE)
            assert tuple(found["presence"].values()) == (*counts.values(), percent), name
        traced = "presence { held lessons { held } absences { leftOut lessonDate subject { shortName } } }"
        for on, _, subject, name, _ in written:
            presence = (await of_student(golden, name, f"journal({days})", traced))["presence"]
            why = {(each["lessonDate"], each["subject"]["shortName"]): each["leftOut"] for each in presence["absences"]}
            assert why[on, subject] == "NOT_TAKEN", name
            exempt = [each for each in presence["absences"] if each["leftOut"] == "EXEMPT"]
            assert presence["held"] == sum(each["held"] for each in presence["lessons"]) - len(exempt)


COUNTS = ("fives", "fours", "threes", "twos", "notAttested", "passed", "exempt", "owed")


@pytest.mark.parametrize(
    ("name", "period", "expected", "total"),
    [
        (
            *("Алов", "I четверть"),
            {
                # (5 + 3·4)/4 = 4.25.
                "Р": ((1, 1, 0, 0, 0, 0, 0, 0), (4.5, 4.25), "5"),
                "М": ((1, 0, 0, 0, 0, 0, 0, 0), (5.0, 5.0), "5"),
                **dict.fromkeys("ЯФ", ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "5")),
            },
            # 14/3; (5 + 12 + 10)/6; six lessons.
            ((2, 1, 0, 0, 0, 0, 0, 0), (4.67, 4.5), (6, 0, 0, 100.0)),
        ),
        (
            *("Вехов", "I четверть"),
            {
                "Р": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "3"),
                "М": ((0, 0, 0, 0, 0, 0, 0, 1), (None, None), "3"),
                **dict.fromkeys("ЯФ", ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "4")),
            },
            # 1/6.
            ((0, 0, 0, 0, 0, 0, 0, 1), (None, None), (6, 5, 0, 16.67)),
        ),
        (
            *("Гаева", "II четверть"),
            {
                "Р": ((0, 0, 0, 0, 0, 0, 1, 0), (None, None), "4"),
                "М": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "3"),
                "Я": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "5"),
                "Ф": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "осв."),
            },
            # 10.11. Р М Ф (exempt; Я was cancelled), 18.11. Р, 08.12. М.
            ((0, 0, 0, 0, 0, 0, 1, 0), (None, None), (4, 0, 0, 100.0)),
        ),
        (
            *("Зимин", "II четверть"),
            {
                "Р": ((0, 0, 0, 0, 0, 1, 0, 0), (None, None), "4"),
                "М": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "4"),
                "Ф": ((0, 0, 0, 0, 0, 0, 0, 0), (None, None), "зач."),
            },
            # 10.11. Р М Ф, 18.11. Р, 08.12. М.
            ((0, 0, 0, 0, 0, 1, 0, 0), (None, None), (5, 0, 0, 100.0)),
        ),
    ],
)
async def test_letter(golden: Golden, name: str, period: str, expected: dict[str, Any], total: tuple[Any, ...]) -> None:
    counts = f"counts {{ {' '.join(COUNTS)} }}"
    body = f"{counts} {MEANS} {PRESENCE} subjects {{ {SUBJECT} {counts} {MEANS} mark {{ value }} }}"
    found = await of_student(golden, name, f'letter(periodId: "{golden.period(period)}")', body)
    assert {
        each["subject"]["shortName"]: (tuple(each["counts"].values()), averages(each), each["mark"]["value"])
        for each in found["subjects"]
    } == expected
    assert (tuple(found["counts"].values()), averages(found), tuple(found["presence"].values())) == total
