"""The reports of a class on the golden school, against figures reckoned by hand (10.4)."""

from typing import Any

from .golden_school import LAST, Golden
from .journal_help import gid
from .test_report_golden_school import FIFTH_A, FIFTH_A_BEFORE, FIGURES, figures

COUNTS = (
    *("held", "missed", "illness", "excused", "unexcused", "unexplained", "other", "late", "exempt", "uncalled"),
    *("days", "illnessDays", "excusedDays", "unexcusedDays"),
)
ATTENDANCE = f"counts {{ {' '.join(COUNTS)} }} percent"
NAMED = "student { familyName }"


def attended(of: dict[str, Any]) -> tuple[dict[str, int], float | None]:
    """What is not 0 of the counts, and the percentage."""
    return {name: number for name, number in of["counts"].items() if number}, of["percent"]


def by_name(rows: list[dict[str, Any]], what: Any) -> dict[str, Any]:
    """Something of each row by the student's name, in their order."""
    return {row["student"]["familyName"]: what(row) for row in rows}


async def of_class(golden: Golden, report: str, body: str, name: str = "5А", as_: str = "deputy") -> Any:
    """A report of a class; the class teacher has the same of the own class."""
    query = (
        f'{{ schoolClass(id: "{gid("SchoolClass", golden.classes[name])}") {{ reports {{ {report} {{ {body} }} }} }} }}'
    )
    (found,) = (await golden.ask(query, as_))["schoolClass"]["reports"].values()
    if (name, as_) == ("5А", "deputy"):
        assert await of_class(golden, report, body, as_="Романова") == found
    return found


async def test_on_paper_an_analyst_is_not_told_how_many_teach(golden: Golden) -> None:
    """English is taught by two: by name, or by one dash."""
    report = f'results(periodId: "{golden.period("II четверть")}")'
    path = (await of_class(golden, report, "print { csv }"))["print"]["csv"]
    for login, teachers in (("deputy", "Иванова И., Петров И."), ("analyst", "—")):
        headers = {"authorization": f"Bearer {await golden.school.token(login)}"}
        text = (await golden.school.client.get(path, headers=headers)).content.decode("utf-8-sig")
        (english,) = [line.split(";") for line in text.splitlines() if line.startswith("Английский язык")]
        assert english[1] == teachers


async def test_class_results(golden: Golden) -> None:
    """Each subject in the II quarter; the sum is the class's row of the school's report."""
    body = f"subjects {{ subject {{ shortName }} teachers {{ familyName }} figures {{ {FIGURES} }} }}"
    body += f" total {{ {FIGURES} }}"
    found = await of_class(golden, f'results(periodId: "{golden.period("II четверть")}")', body)
    assert {each["subject"]["shortName"]: figures(each["figures"]) for each in found["subjects"]} == {
        # 5 5 3 4 5 4 4: 7/7; 6/7; (300+192+36)/7 = 75.43; 30/7 = 4.29. Дымов's «2» is left out.
        "Р": ((3, 3, 1, 0, 0, 0, 0, 0, 1), (100.0, 85.71, 75.43, 4.29)),
        # 5 4 2 3 4 4 4: 6/7; 5/7; (100+256+36+16)/7 = 58.29; 26/7 = 3.71.
        "М": ((1, 4, 1, 1, 0, 0, 0, 0, 0), (85.71, 71.43, 58.29, 3.71)),
        # 5 5 4 5 - 3: 5/5; 4/5; (300+64+36)/5 = 80; 22/5 = 4.4. Елина has none, Зимин takes none.
        "Я": ((3, 1, 1, 0, 0, 0, 0, 1, 0), (100.0, 80.0, 80.0, 4.4)),
        # 5 5 н/а осв. 5 5 зач.: 4/5; 4/5; (400+7)/5 = 81.4; 20/4 = 5.
        "Ф": ((4, 0, 0, 0, 1, 1, 1, 0, 0), (80.0, 80.0, 81.4, 5.0)),
    }
    assert {
        each["subject"]["shortName"]: {teacher["familyName"] for teacher in each["teachers"]}
        for each in found["subjects"]
    } == {"Р": {"Романова"}, "М": {"Минин"}, "Я": {"Иванова", "Петров"}, "Ф": {"Петров"}}
    assert figures(found["total"]) == FIFTH_A
    found = await of_class(golden, f'results(periodId: "{golden.period("I четверть")}")', body)
    assert figures(found["total"]) == FIFTH_A_BEFORE


async def test_what_an_average_is_the_average_of(golden: Golden) -> None:
    """Physics, 5 5 н/а осв. 5 5 зач.: the average is of four numbers, the percentages of these and «н/а»."""
    kinds = ("success", "quality", "learning", "average")
    traced = "value counted: marks(counted: true) { value leftOut } others: marks(counted: false) { value leftOut }"
    body = "subjects { subject { shortName } figures { counts { numbers total counted twos notAttested }"
    body += f" {' '.join(f'{kind} {{ {traced} }}' for kind in kinds)} }} }}"
    found = await of_class(golden, f'results(periodId: "{golden.period("II четверть")}")', body)
    rows = {each["subject"]["shortName"]: each["figures"] for each in found["subjects"]}
    physics = rows["Ф"]
    assert physics["counts"] == {"numbers": 4, "total": 20, "counted": 5, "twos": 0, "notAttested": 1}
    others = {"осв.": "EXEMPT", "зач.": "UNGRADED"}
    for kind in kinds:
        is_average = kind == "average"
        of = physics[kind]
        assert sorted(mark["value"] for mark in of["counted"]) == ["5"] * 4 + ["н/а"] * (not is_average)
        assert {mark["leftOut"] for mark in of["counted"]} == {None}
        left = {mark["value"]: mark["leftOut"] for mark in of["others"]}
        assert left == (others | {"н/а": "NO_NUMBER"} if is_average else others)
    for figures_of in rows.values():
        of, counts = figures_of["average"], figures_of["counts"]
        numbers = [int(mark["value"]) for mark in of["counted"]]
        assert (sum(numbers), len(numbers)) == (counts["total"], counts["numbers"])
        assert of["value"] == round(sum(numbers) / len(numbers), 2)


async def test_whose_class_it_was_stands_on_paper(golden: Golden) -> None:
    """Of a year that is over: who led the class at its end."""
    for name, leader in (("5А", "Романова"), ("4А", "Минин")):
        (period,) = [
            number
            for (year, title), number in golden.periods.items()
            if title == "II четверть" and (year == LAST) is (name == "4А")
        ]
        found = await of_class(golden, f'results(periodId: "{gid("Period", period)}")', "print { csv }", name)
        headers = {"authorization": f"Bearer {await golden.school.token('deputy')}"}
        text = (await golden.school.client.get(found["print"]["csv"], headers=headers)).content.decode("utf-8-sig")
        assert f"Классный руководитель;{leader} И." in text.replace('"', "")


# 06.10.: Р М Я Ф, 07.10.: Р М, for all; Зимин takes no Я; Гаева is exempt from one Ф.
#   held: Алов, Белова, Вехов, Дымов, Елина 6 each, Гаева and Зимин 5: 40. Вехов missed 4 + 1, Дымов 2: (40-7)/40.
OCTOBER = (
    {
        "held": 40,
        "missed": 7,
        "illness": 5,
        "unexcused": 2,
        "late": 1,
        "exempt": 1,
        "days": 2,
        "illnessDays": 1,
        "unexcusedDays": 1,
    },
    82.5,
)
# 10.11.: Р М Ф, and Я in group 1 only; 18.11.: Р, without a roll call. held: group 1 4 each, Елина and Зимин 3, Гаева 2
#   (exempt from Ф): 24; 8 on the 18th, Жуков among them: 32. Алов missed 1, Елина 1: 30/32.
NOVEMBER = ({"held": 32, "missed": 2, "excused": 1, "unexplained": 1, "late": 1, "exempt": 1, "uncalled": 8}, 93.75)
# 72 and 9: 63/72.
BOTH = (
    {
        "held": 72,
        "missed": 9,
        "illness": 5,
        "excused": 1,
        "unexcused": 2,
        "unexplained": 1,
        "late": 2,
        "exempt": 2,
        "uncalled": 8,
        "days": 2,
        "illnessDays": 1,
        "unexcusedDays": 1,
    },
    87.5,
)


async def test_attendance_sheet(golden: Golden) -> None:
    body = f"students {{ {NAMED} atHome total {{ {ATTENDANCE} }} months {{ month figures {{ {ATTENDANCE} }} }} }}"
    body += f" months {{ month figures {{ {ATTENDANCE} }} }} total {{ {ATTENDANCE} }}"
    found = await of_class(golden, 'attendance(from: "2025-10-01", until: "2025-11-30")', body)
    assert [(each["month"], attended(each["figures"])) for each in found["months"]] == [
        ("2025-10-01", OCTOBER),
        ("2025-11-01", NOVEMBER),
    ]
    assert attended(found["total"]) == BOTH
    assert by_name(found["students"], lambda row: attended(row["total"])) == {
        # 10/11.
        "Алов": ({"held": 11, "missed": 1, "excused": 1, "uncalled": 1}, 90.91),
        "Белова": ({"held": 11, "late": 2, "uncalled": 1}, 100.0),
        # 6/11. On 06.10. he missed all four, on 07.10. one of two.
        "Вехов": ({"held": 11, "missed": 5, "illness": 5, "days": 1, "illnessDays": 1, "uncalled": 1}, 54.55),
        # 5 + 2 + 1.
        "Гаева": ({"held": 8, "exempt": 2, "uncalled": 1}, 100.0),
        # 9/11.
        "Дымов": ({"held": 11, "missed": 2, "unexcused": 2, "days": 1, "unexcusedDays": 1, "uncalled": 1}, 81.82),
        # 6 + 3 + 1: 9/10.
        "Елина": ({"held": 10, "missed": 1, "unexplained": 1, "uncalled": 1}, 90.0),
        "Жуков": ({"held": 1, "uncalled": 1}, 100.0),
        # 5 + 3 + 1.
        "Зимин": ({"held": 9, "uncalled": 1}, 100.0),
    }
    months = by_name(found["students"], lambda row: [attended(each["figures"]) for each in row["months"]])
    # 1/6; 5/5.
    assert months["Вехов"] == [
        ({"held": 6, "missed": 5, "illness": 5, "days": 1, "illnessDays": 1}, 16.67),
        ({"held": 5, "uncalled": 1}, 100.0),
    ]
    assert months["Жуков"] == [({}, None), ({"held": 1, "uncalled": 1}, 100.0)]
    # 5Б had one lesson of five, and nobody missed it.
    found = await of_class(golden, 'attendance(from: "2025-10-01", until: "2025-11-30")', body, "5Б")
    assert attended(found["total"]) == ({"held": 5}, 100.0)


async def test_class_teacher(golden: Golden) -> None:
    move = f"{NAMED} on kind number issuedOn place reason"
    body = f"atStart atEnd arrived {{ {move} }} left {{ {move} }} groups {{ group students {{ {NAMED} marks {{ value"
    body += " subject { shortName } teachers { familyName } } } }"
    body += f" unmarked {{ {NAMED} marks {{ value subject {{ shortName }} }} }} totalAttendance {{ {ATTENDANCE} }}"
    found = await of_class(golden, f'classTeacher(periodId: "{golden.period("II четверть")}")', body)
    assert (found["atStart"], found["atEnd"]) == (7, 7)
    assert [
        (row["student"]["familyName"], *(row[name] for name in ("on", "kind", "issuedOn", "place", "reason")))
        for row in (*found["arrived"], *found["left"])
    ] == [
        ("Жуков", "2025-11-17", "ENROLMENT", "2025-11-17", "школа № 7", None),
        ("Дымов", "2025-12-01", "DEPARTURE", "2025-12-02", "Псков", "переезд"),
    ]
    assert all(row["number"] for row in (*found["arrived"], *found["left"]))

    def why(row: dict[str, Any]) -> list[str]:
        return [
            " ".join(
                (
                    *(each["subject"]["shortName"], each["value"] or "-"),
                    *(teacher["familyName"] for teacher in each.get("teachers", ())),
                )
            )
            for each in row["marks"]
        ]

    assert {each["group"]: by_name(each["students"], why) for each in found["groups"]} == {
        "EXCELLENT": {"Алов": []},
        "GOOD": {"Белова": [], "Зимин": []},
        "ONE_FOUR": {"Белова": ["М 4 Минин"]},
        "ONE_THREE": {"Гаева": ["М 3 Минин"], "Жуков": ["Я 3 Петров"]},
        "FAILING": {"Вехов": ["М 2 Минин"]},
        "NOT_ATTESTED": {"Вехов": ["Ф н/а Петров"]},
    }
    assert by_name(found["unmarked"], why) == {"Елина": ["Я -"]}
    # November's 32 and, on 08.12., seven in mathematics: (39-2)/39 = 94.87.
    assert attended(found["totalAttendance"]) == (NOVEMBER[0] | {"held": 39}, 94.87)


async def test_finals_sheet(golden: Golden) -> None:
    """Each who was in the class, slot by slot: Р М Я Ф and the average; absences of the year; what was decided."""
    body = f"students {{ {NAMED} leftOn rows {{ slot {{ name }} marks {{ value leftOut subject {{ shortName }} }}"
    body += f" figures {{ average {{ value }} }} }} attendance {{ {ATTENDANCE} }} decision {{ words }} }}"
    body += " subjects { shortName }"
    found = await of_class(golden, "finals", body)

    def marks(row: dict[str, Any]) -> dict[str, tuple[str, float | None]]:
        shown = {}
        for each in row["rows"]:
            given = {mark["subject"]["shortName"]: mark["value"] for mark in each["marks"]}
            values = " ".join(f"{name} {given[name] or '-'}" for name in "РМЯФ" if name in given)
            shown[each["slot"]["name"]] = (values, each["figures"]["average"]["value"])
        return shown

    sheet = by_name(found["students"], marks)
    # What is left out is what the average beside it leaves out.
    second = by_name(found["students"], lambda row: row["rows"][1])
    for name, left in (("Вехов", {"н/а": "NO_NUMBER"}), ("Зимин", {"зач.": "UNGRADED"}), ("Дымов", {"2": "LEFT"})):
        assert {mark["value"]: mark["leftOut"] for mark in second[name]["marks"] if mark["leftOut"]} == left
    assert list(sheet) == ["Алов", "Белова", "Вехов", "Гаева", "Дымов", "Елина", "Жуков", "Зимин"]
    assert sorted(each["shortName"] for each in found["subjects"]) == sorted("РМЯФ")
    nothing = ("Р - М - Я - Ф -", None)
    assert sheet["Вехов"] == {
        "I четверть": ("Р 3 М 3 Я 4 Ф 4", 3.5),
        # 9/3: «н/а» is no number.
        "II четверть": ("Р 3 М 2 Я 4 Ф н/а", 3.0),
        "III четверть": nothing,
        "IV четверть": nothing,
        # 13/4.
        "Год": ("Р 3 М 2 Я 4 Ф 4", 3.25),
    }
    # 13/3; 12/3; 13/3.
    assert [sheet["Гаева"][name] for name in ("I четверть", "II четверть", "Год")] == [
        ("Р 4 М 4 Я 5 Ф осв.", 4.33),
        ("Р 4 М 3 Я 5 Ф осв.", 4.0),
        ("Р 4 М 4 Я 5 Ф осв.", 4.33),
    ]
    # No English; 13/3; 8/2, «зач.» is no number.
    assert sheet["Зимин"]["I четверть"] == ("Р 5 М 3 Ф 5", 4.33)
    assert sheet["Зимин"]["II четверть"] == ("Р 4 М 4 Ф зач.", 4.0)
    # Who was gone at the end of a period stands there with what had been set, which no average counts.
    assert sheet["Дымов"]["I четверть"] == ("Р 2 М 3 Я 3 Ф 4", 3.0)
    assert sheet["Дымов"]["II четверть"] == ("Р 2", None)
    assert sheet["Дымов"]["Год"] == ("", None)
    assert sheet["Жуков"]["I четверть"] == ("", None)
    # 14/3: Я is missing; the year's marks stand in 5Б.
    assert sheet["Елина"]["II четверть"] == ("Р 5 М 4 Я - Ф 5", 4.67)
    assert sheet["Елина"]["Год"] == ("", None)
    assert {name: day for name, day in by_name(found["students"], lambda row: row["leftOn"]).items() if day} == {
        "Дымов": "2025-12-01",
        "Елина": "2026-02-01",
    }
    absences = by_name(found["students"], lambda row: attended(row["attendance"]))
    # 11 lessons, and that of 08.12.: 11/12 and 7/12; Дымов had left by then.
    assert absences["Алов"] == ({"held": 12, "missed": 1, "excused": 1, "uncalled": 1}, 91.67)
    assert absences["Вехов"][1] == 58.33
    assert absences["Дымов"][1] == 81.82
    decided = by_name(found["students"], lambda row: row["decision"] and row["decision"]["words"])
    assert {name: words for name, words in decided.items() if words} == {
        "Алов": "переведён(а) в следующий класс, протокол № 3 от 28.05.2026",
        "Вехов": "переведён(а) условно, протокол № 3 от 28.05.2026",
    }
    # In 5Б she stands with the quarters that were marked in 5А, too; they can be traced there.
    traced = f"{body} students {{ rows {{ figures {{ average {{ marks {{ value }} }} }} }} }}"
    in_other = (await of_class(golden, "finals", traced, "5Б"))["students"]
    other = by_name(in_other, marks)
    for name in ("I четверть", "II четверть"):
        assert other["Елина"][name] == sheet["Елина"][name]
    for row in by_name(in_other, lambda row: row["rows"])["Елина"]:
        behind = row["figures"]["average"]["marks"]
        assert sorted(str(mark["value"]) for mark in behind) == sorted(str(mark["value"]) for mark in row["marks"])
    assert other["Ивлев"]["I четверть"] == ("Р 4 М 4", 4.0)
    assert other["Елина"]["III четверть"] == ("Р - М -", None)
    assert other["Елина"]["IV четверть"] == ("Р - М -", None)
    assert other["Елина"]["Год"] == ("Р 5 М 4", 4.5)


async def test_year_outcomes(golden: Golden) -> None:
    """Алов has 5 in everything; of Вехов the last decision stands; orders say what became of Дымов and Елина."""
    body = f"marked {{ name }} counts {{ outcome students honours }} students {{ {NAMED} outcome honours order {{ kind"
    body += " issuedOn } decision { words } figures { average { value } } }"
    found = await of_class(golden, "outcomes", body)
    assert found["marked"]["name"] == "Год"
    assert {each["outcome"]: (each["students"], each["honours"]) for each in found["counts"]} == {
        "PROMOTED": (1, 1),
        "CONDITIONAL": (1, 0),
        "REPEATING": (0, 0),
        "GRADUATED": (0, 0),
        "LEFT": (1, 0),
        "TRANSFERRED": (1, 0),
        "UNDECIDED": (4, 0),
    }
    outcomes = by_name(
        found["students"],
        lambda row: (row["outcome"], row["order"] and row["order"]["kind"], row["figures"]["average"]["value"]),
    )
    assert outcomes == {
        "Алов": ("PROMOTED", None, 5.0),
        # 19/4, 13/4, 13/3, 16/4, 14/3.
        "Белова": ("UNDECIDED", None, 4.75),
        "Вехов": ("CONDITIONAL", None, 3.25),
        "Гаева": ("UNDECIDED", None, 4.33),
        "Дымов": ("LEFT", "DEPARTURE", None),
        "Елина": ("TRANSFERRED", "TRANSFER", None),
        "Жуков": ("UNDECIDED", None, 4.0),
        "Зимин": ("UNDECIDED", None, 4.67),
    }
    # Last year's ended by orders: three were promoted, one left.
    found = await of_class(golden, "outcomes", body, "4А")
    assert by_name(found["students"], lambda row: (row["outcome"], row["honours"])) == {
        "Алов": ("PROMOTED", True),
        "Белова": ("PROMOTED", False),
        "Вехов": ("PROMOTED", False),
        "Сомов": ("LEFT", False),
    }
    # A ninth class is judged by its final marks, which nobody set.
    found = await of_class(golden, "outcomes", body, "9А")
    assert found["marked"]["name"] == "Итог"
    assert by_name(found["students"], lambda row: (row["outcome"], row["honours"])) == {
        "Орлова": ("PROMOTED", False),
        "Панин": ("PROMOTED", False),
        "Тихов": ("GRADUATED", False),
    }


async def test_list_of_students(golden: Golden) -> None:
    """Who is in the class on the day, since when and by which order; and the one by which they came to the school."""
    body = f"students {{ {NAMED} since into {{ kind issuedOn }} admission {{ kind issuedOn }} }}"

    def order(of: dict[str, Any]) -> tuple[str, str]:
        return of["kind"], of["issuedOn"]

    found = await of_class(golden, 'students(on: "2025-12-01")', body)
    autumn, came = "2025-09-01", ("ENROLMENT", "2025-09-01")
    promoted = (autumn, ("PROMOTION", "2025-09-01"), ("ENROLMENT", "2024-09-01"))
    assert by_name(found["students"], lambda row: (row["since"], order(row["into"]), order(row["admission"]))) == {
        **dict.fromkeys(("Алов", "Белова", "Вехов"), promoted),
        **dict.fromkeys(("Гаева", "Дымов", "Елина", "Зимин"), (autumn, came, came)),
        "Жуков": ("2025-11-17", ("ENROLMENT", "2025-11-17"), ("ENROLMENT", "2025-11-17")),
    }
    names = {each["student"]["familyName"] for each in found["students"]}
    for on, gone in (("2025-12-02", {"Дымов"}), ("2026-02-02", {"Дымов", "Елина"}), ("2025-11-16", {"Жуков"})):
        found = await of_class(golden, f'students(on: "{on}")', body)
        assert {each["student"]["familyName"] for each in found["students"]} == names - gone
    found = await of_class(golden, 'students(on: "2026-02-02")', body, "5Б")
    assert by_name(found["students"], lambda row: (row["since"], order(row["into"])))["Елина"] == (
        "2026-02-02",
        ("TRANSFER", "2026-02-02"),
    )
