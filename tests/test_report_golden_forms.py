"""A federal form and composed reports on the golden school, against figures counted by hand (3.3, 10.3, 10.7)."""

from typing import Any

import pytest

from .forms_help import Forms
from .golden_school import Golden


async def test_osh_1(golden: Golden) -> None:
    """On 5 September Жуков has not come yet; on the next 1 January everybody is twelve."""
    forms = Forms(golden.school, golden.db)
    values = await forms.values(await forms.open("osh-1", "2025-09-05"))
    # Classes, students, girls, in the second shift, repeating, at home, by an own plan, in a class of a profile.
    table = {
        row: tuple(values[f"1.{row}.{column}"] for column in range(3, 11)) for row in ("01", "05", "10", "13", "15")
    }
    nothing = ("0",) * 5
    assert table == {
        "01": ("1", "1", "0", *nothing),
        # Seven in 5А and five in 5Б; Белова, Гаева, Елина, Кротова, Мухина.
        "05": ("2", "12", "5", *nothing),
        "10": ("1", "2", "1", *nothing),
        "13": ("2", "12", "5", *nothing),
        "15": ("4", "15", "6", *nothing),
    }
    assert (values["2.07.3"], values["2.14.3"], values["2.21.3"], values["2.28.3"]) == ("15", "15", "6", "6")


async def cells(golden: Golden, code: str, on: str, table: dict[str, str]) -> None:
    """Hold rows of a form as of a day against what they should be: section and row → columns from 3 on, of each one.

    All that is computed and not told of is 0.
    """
    forms = Forms(golden.school, golden.db)
    sheet = await forms.sheet(await forms.open(code, on))
    expected, told = dict[str, str](), set[str]()
    for section in sheet["sections"]:
        for row in section["rows"]:
            computed = [cell for cell in row["cells"] if cell["kind"] == "COMPUTED"]
            named = f"{section['key']}.{row['key']}"
            told.add(named)
            given = table.get(named, "").split() or ["0"] * len(computed)
            expected |= {cell["key"]: value for cell, value in zip(computed, given, strict=True)}
    assert table.keys() <= told
    found = {
        cell["key"]: cell["value"]
        for section in sheet["sections"]
        for row in section["rows"]
        for cell in row["cells"]
        if cell["kind"] == "COMPUTED"
    }
    wrong = {key: (value, expected[key]) for key, value in found.items() if value != expected[key]}
    assert not wrong
    assert found


async def test_oo_1(golden: Golden) -> None:
    """On 10 February Жуков has come, Дымов has left, Елина is in 5Б. On the next 1 January everybody is thirteen."""
    nothing = "0 0 0 0 0"
    by_post = "8 0 0 0 8 0"  # all men, teachers without a category, here since 2020
    await cells(
        *(golden, "oo-1", "2026-02-10"),
        {
            # Classes, students, girls; second shift, repeating, at home, own plan, profile.
            "2.01": f"1 1 0 {nothing}",
            # Six in each; Белова, Гаева, Елина, Кротова, Мухина.
            "2.05": f"2 12 5 {nothing}",
            "2.10": f"1 2 1 {nothing}",
            "2.12": f"1 1 0 {nothing}",
            "2.13": f"2 12 5 {nothing}",
            "2.14": f"1 2 1 {nothing}",
            "2.15": f"4 15 6 {nothing}",
            # All; grades 1 to 11.
            **dict.fromkeys(("3.08", "3.14"), "15 1 0 0 0 12 0 0 0 0 2 0"),
            **dict.fromkeys(("3.22", "3.28"), "6 0 0 0 0 5 0 0 0 0 1 0"),
            # Алов, Белова, Вехов; Гаева, Жуков: Зимин takes none, Елина's new class has none.
            "5.01": "5 2 0 5 0 2",
            # Since 21 September: Жуков; Дымов, «переезд». All, girls, grades 1-4, 5-9, 10-11.
            "6.01": "1 0 0 1 0",
            **dict.fromkeys(("6.03", "6.04"), "1 0 0 1 0"),
            **dict.fromkeys(("7.01", "7.03"), by_post),
            "7.06": "4 0 0 0 4 0",  # Романова, Минин, Иванова, Петров
            # Born in 1980: 45 to 49; hired in 2020: five years.
            **dict.fromkeys(("8.01", "8.03"), "8 0 0 0 0 0 8 0 0 0 0"),
            "8.06": "4 0 0 0 0 0 4 0 0 0 0",
            **dict.fromkeys(("9.01", "9.03"), "8 0 0 8 0 0 0"),
            "9.06": "4 0 0 4 0 0 0",
        },
    )


async def test_osh_5(golden: Golden) -> None:
    """On 20 September everybody is eleven; orders are counted since 21 September of last year."""
    nothing = "0 0 0 0 0"
    await cells(
        *(golden, "osh-5", "2025-09-20"),
        {
            "1.01": f"2 12 5 {nothing}",
            "1.06": f"1 2 1 {nothing}",
            "1.08": f"2 12 5 {nothing}",
            "1.09": f"1 2 1 {nothing}",
            "1.10": f"3 14 6 {nothing}",
            # All; grades 5 to 11.
            **dict.fromkeys(("2.01", "2.18"), "14 12 0 0 0 0 2 0"),
            **dict.fromkeys(("2.19", "2.36"), "6 5 0 0 0 0 1 0"),
            # Рыбин; four of 5А, five of 5Б. Гаева, Елина, Кротова, Мухина.
            "4.02": "10 4 1 9 0",
            # Out of 4А, «переезд».
            **dict.fromkeys(("4.03", "4.04"), "1 0 1 0 0"),
            # Тихов: by his order, though no command lets anybody graduate out of 9А.
            "4.08": "1 0 0 1 0",
        },
    )


async def test_osh_9(golden: Golden) -> None:
    """Орлова and Панин, in a class without a profile; nobody learns a trade."""
    await cells(
        *(golden, "osh-9", "2025-09-20"),
        dict.fromkeys(("1.03", "1.05"), "1 0 2 1 0 0 0 0 0 0"),
    )


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (
            # Today: Дымов has left, Жуков has come, Елина is in 5Б.
            {"source": "STUDENTS", "groups": ["class"], "filters": [("enrolled", "EQUALS", "true")]},
            {"1А": 1, "5А": 6, "5Б": 6, "10А": 2},
        ),
        (
            # 4 + 3 last year; 1 + 4 + 5 on the first day of this, and Жуков: 18. Сомов and Дымов; 3 + 2 promoted.
            {"source": "MOVEMENT", "groups": ["kind"], "filters": []},
            {
                "зачисление": 18,
                "выбытие": 2,
                "выпуск": 1,
                "перевод в следующий класс": 5,
                "перевод из класса в класс": 1,
            },
        ),
    ],
)
async def test_composed_reports(golden: Golden, definition: dict[str, Any], expected: dict[str, int]) -> None:
    filters = [{"field": name, "operator": how, "values": [value]} for name, how, value in definition["filters"]]
    of = {**definition, "filters": filters, "measures": [{"function": "COUNT"}]}
    query = "query($of: ReportDefinitionInput!) { runReport(definition: $of) { rows { text number } } }"
    found = (await golden.ask(query, "administrator", of=of))["runReport"]["rows"]
    assert {name["text"]: count["number"] for name, count in found} == expected
