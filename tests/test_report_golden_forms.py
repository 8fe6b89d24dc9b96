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
