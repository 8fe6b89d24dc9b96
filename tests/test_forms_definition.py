"""Definitions of federal forms: those in the repository hold together, and each mistake is named when one is read."""

from datetime import date
from decimal import Decimal

import pytest

from rules.movement import MovementKind
from rules.report_forms_definition import Definition, FormCellKind
from rules.report_forms_measures import DIMENSIONS, MEASURES, Filter, counted, is_counted
from rules.report_forms_reading import (
    FOLDER,
    BadDefinition,
    check_editions,
    definition_for,
    definitions,
    edition_of,
    read_definition,
)

HEAD = """
code = "x"
edition = "1"
name = "Х"
title = "Пробная"
valid_from = 2020-01-01
usual_day = "09-20"
moves_since = "09-21"
"""
SECTION = """
[[sections]]
key = "1"
title = "Раздел"
columns = [{ key = "3", title = "Всего", measure = "students" }, { key = "4", title = "Вручную", manual = true }]
rows = [{ key = "01", title = "5 класс", where = { grade = 5 } }, { key = "02", title = "Все" }]
"""


def test_the_forms_of_the_regulation_are_there() -> None:
    """ОШ-1, ОШ-5, ОШ-9 (3.3), and ОО-1 that has replaced them; one edition of each on any day."""
    assert {form: editions[-1].name for form, editions in definitions().items()} == {
        "oo-1": "ОО-1",
        "osh-1": "ОШ-1",
        "osh-5": "ОШ-5",
        "osh-9": "ОШ-9",
    }
    assert len(list(FOLDER.glob("*.toml"))) == sum(map(len, definitions().values()))
    for form, editions in definitions().items():
        for each in editions:
            assert definition_for(form, each.valid_from) is each
            assert edition_of(form, each.edition) is each


@pytest.mark.parametrize("definition", [each for editions in definitions().values() for each in editions])
def test_controls_see_a_broken_cell(definition: Definition) -> None:
    """Every cell that a control names by an equality is found when it alone is wrong; with nothing in it, all hold."""
    empty: dict[str, str | None] = dict.fromkeys(definition.cells)
    assert definition.findings(empty) == []
    equal = {key for each in definition.controls if each.relation == "equals" for key in (*each.left, *each.right)}
    assert equal
    for key in equal:
        found = definition.findings({**empty, key: "1"})
        assert found, key
        assert all(key in each.control.left or key in each.control.right for each in found), key
    bounded = {key for each in definition.controls if each.relation == "at_most" for key in each.left}
    for key in bounded:
        assert definition.findings({**empty, key: "0.5"}), key


def test_a_form_computes_most_and_leaves_the_rest_to_people() -> None:
    for editions in definitions().values():
        for each in editions:
            kinds = [cell.kind for cell in each.cells.values()]
            assert kinds.count(FormCellKind.COMPUTED) > kinds.count(FormCellKind.MANUAL) > 0
            families = {MEASURES[cell.measure].family for cell in each.cells.values() if cell.measure}
            assert len(families) <= 6


def test_a_small_definition_is_read() -> None:
    definition = read_definition(HEAD + SECTION)
    assert list(definition.cells) == ["1.01.3", "1.01.4", "1.02.3", "1.02.4"]
    assert definition.cells["1.01.3"].filters == (Filter("grade", (5,)),)
    assert definition.cells["1.01.4"].kind is FormCellKind.MANUAL
    assert definition.ages_on(date(2026, 9, 20)) == date(2026, 9, 20)
    assert definition.moves_since(date(2026, 9, 20)) == date(2025, 9, 21)
    # Drawn up some days late, it is still of the year that has ended.
    for late in (date(2026, 9, 21), date(2026, 10, 21)):
        assert definition.moves_since(late) == date(2025, 9, 21)
    assert definition.moves_since(date(2026, 10, 22)) == date(2026, 9, 21)
    ahead = read_definition(HEAD + 'ages_on = "01-01"\n' + SECTION)
    assert ahead.ages_on(date(2026, 9, 20)) == date(2027, 1, 1)
    assert ahead.ages_on(date(2026, 1, 1)) == date(2026, 1, 1)


def controls(text: str) -> str:
    return SECTION + f"controls = [{{ title = 'Сходится', {text} }}]\n"


BAD = {
    "unknown measure pupils": SECTION.replace('"students"', '"pupils"'),
    "stands twice, or is no key": SECTION.replace('key = "02"', 'key = "01"'),
    "a section stands twice": SECTION + SECTION,
    "neither a measure nor manual": SECTION.replace(', measure = "students"', ""),
    "both a measure and manual": SECTION.replace("manual = true", 'manual = true, measure = "students"'),
    "students have no colour": SECTION.replace("grade = 5", "colour = 5"),
    "grade is of type number": SECTION.replace("grade = 5", 'grade = "5"'),
    "sex is never woman": SECTION.replace("grade = 5", 'sex = "woman"'),
    "grade is no range": SECTION.replace("grade = 5", "grade = { above = 5 }"),
    "grade is a range of whole numbers": SECTION.replace("grade = 5", "grade = { from = 1.5 }"),
    "sex is no range": SECTION.replace("grade = 5", "sex = { from = 5 }"),
    "grade is given twice": SECTION.replace('measure = "students"', 'measure = "students", where = { grade = 6 }'),
    "kind is given twice": SECTION.replace('"students"', '"arrivals"').replace("grade = 5", 'kind = "departure"'),
    "learners needs a filter by subject": SECTION.replace('"students"', '"learners"'),
    "only a manual cell says fraction or people": SECTION.replace('"students"', '"students", fraction = true'),
    "no rows": SECTION.replace('{ key = "01", title = "5 класс", where = { grade = 5 } }, ', "").replace(
        '{ key = "02", title = "Все" }', ""
    ),
    "unknown colour": SECTION + 'colour = "red"\n',
    "title is missing": SECTION.replace('title = "Раздел"\n', ""),
    "title must be of type str": SECTION.replace('"Раздел"', "5"),
    "unknown columns 9": SECTION.replace('title = "Все"', 'title = "Все", only = ["9"]'),
    "no such row or column": SECTION + "cells = [{ row = '09', column = '3', manual = true }]\n",
    "02.3 stands twice": SECTION
    + "cells = [{ row = '02', column = '3', manual = true }, { row = '02', column = '3', manual = true }]\n",
    "no cell 1.09.3": SECTION + "[[controls]]\ntitle = 'а'\nleft = ['1.01.3']\nequals = ['1.09.3']\n",
    "nothing to compare with": SECTION + "[[controls]]\ntitle = 'а'\nleft = ['1.01.3']\nequals = []\n",
    "either equals or at_most": controls("row = '02'"),
    "control 1: no 09": controls("row = '02', equals = ['09']"),
    "no range 01..09": controls("row = '02', equals = ['01..09']"),
    "no cells to compare": SECTION.replace('title = "Все"', 'title = "Все", only = []')
    + "controls = [{ title = 'Сходится', row = '02', equals = ['01'] }]\n",
    "control 1: unknown least": controls("row = '02', at_most = ['01'], least = 1"),
}


@pytest.mark.parametrize("message", BAD)
def test_a_mistake_is_named(message: str) -> None:
    with pytest.raises(BadDefinition, match=message.replace(".", r"\.")):
        read_definition(HEAD + BAD[message])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"09-20"', '"02-30"', "usual_day must be a day of every year"),
        ('"09-21"', '"02-29"', "moves_since must be a day of every year"),
        ("2020-01-01", '"2020-01-01"', "valid_from must be of type date"),
        ('edition = "1"\n', "", "edition is missing"),
        ('code = "x"', 'code = "x', "no TOML"),
        ('name = "Х"', 'name = "Х"\nyear = 2020', "unknown year"),
    ],
)
def test_a_mistake_in_the_head_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(BadDefinition, match=message):
        read_definition(HEAD.replace(old, new) + SECTION)


def test_editions_do_not_overlap() -> None:
    def edition(name: str, first: str, last: str | None = None) -> Definition:
        head = HEAD.replace('edition = "1"', f'edition = "{name}"').replace("2020-01-01", first)
        return read_definition(head + (f"valid_to = {last}\n" if last else "") + SECTION)

    check_editions("x", [edition("1", "2020-01-01", "2020-12-31"), edition("2", "2021-01-01")])
    with pytest.raises(BadDefinition, match="overlap"):
        check_editions("x", [edition("1", "2020-01-01", "2021-01-01"), edition("2", "2021-01-01")])
    with pytest.raises(BadDefinition, match="overlap"):
        check_editions("x", [edition("1", "2020-01-01"), edition("2", "2021-01-01")])
    with pytest.raises(BadDefinition, match="twice"):
        check_editions("x", [edition("1", "2020-01-01", "2020-12-31"), edition("1", "2021-01-01")])
    with pytest.raises(BadDefinition, match="no edition"):
        edition_of("oo-1", "1999")


@pytest.mark.parametrize(
    ("filter_", "admitted", "left_out"),
    [
        (Filter("position", ("учитель*",)), ["Учитель химии", " УЧИТЕЛЬ"], ["Заместитель", ""]),
        (Filter("reason", ("*переез*",)), ["в связи с переездом"], ["перевод", ""]),
        (Filter("reason", ("*щённый",)), ["Освобощенный"], ["освобощённый от"]),
        (Filter("position", without=("учитель*", "")), ["Повар"], ["Учитель", "", None]),
        (Filter("position", ("учитель*",), without=("*химии",)), ["Учитель"], ["Учитель химии", "Повар", ""]),
        (Filter("age", low=7, high=9), [7, 9], [6, 10, None]),
        (Filter("age", high=6), [6, -1], [7]),
        (Filter("repeats", (True,)), [True], [False]),
    ],
)
def test_what_a_filter_admits(filter_: Filter, admitted: list[object], left_out: list[object]) -> None:
    assert all(map(filter_.admits, admitted))
    assert not any(map(filter_.admits, left_out))


REASONS = ["Перевод в другую школу в связи с переездом", "переезд", "Смена места жительства, семейное образование"]
REASONS += ["перевод в другую организацию на семейное обучение", "Семейное образование", "самообразование", "", "иное"]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("form", ["oo-1", "osh-1", "osh-5"])
def test_each_departure_has_one_reason(form: str, reason: str) -> None:
    """Whatever words an order has: the sum of the reasons is all departures, which the form's control says, too."""
    (definition,) = definitions()[form]
    (section,) = [each for each in definition.sections if each.title == "Прибытие и выбытие"]
    row = {
        "kind": MovementKind.DEPARTURE,
        "grade": 5,
        "sex": "male",
        "reason": reason,
        "on_first_day": False,
        "count": 1,
    }
    values = {
        line.key: sum(each["count"] for each in counted(cell.measure, cell.filters, {"moves": [row]}))
        for line in section.rows
        if (cell := section.cells[line.key, "3"]).measure
    }
    reasons = {key: value for key, value in values.items() if key in ("04", "05", "06", "07")}
    assert (values["03"], sum(reasons.values())) == (1, 1)
    twice = {f"{section.key}.{key}.3": "1" for key in ("03", "04", "05")}
    assert "Выбывших столько, сколько по всем причинам (Всего)" in {
        each.control.title for each in definition.findings(dict.fromkeys(definition.cells) | twice)
    }


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("в порядке перевода в гимназию № 3", "05"),
        ("Перевод в школу № 5", "05"),
        ("Отчислен в порядке перевода в связи с переездом", "04"),
        ("в связи с переводом отца к новому месту службы", "07"),
    ],
)
@pytest.mark.parametrize("form", ["oo-1", "osh-1", "osh-5"])
def test_the_words_of_the_law_are_a_transfer(form: str, reason: str, row: str) -> None:
    """Federal law says «в порядке перевода» of whoever goes on elsewhere."""
    (definition,) = definitions()[form]
    (section,) = [each for each in definition.sections if each.title == "Прибытие и выбытие"]
    left = {"kind": MovementKind.DEPARTURE, "grade": 5, "sex": "male", "reason": reason, "on_first_day": False}
    cells = {key: section.cells[key, "3"] for key in ("04", "05", "06", "07")}
    assert [key for key, cell in cells.items() if cell.measure and is_counted(cell.measure, cell.filters, left)] == [
        row
    ]


@pytest.mark.parametrize("section", ["7", "8", "9"])
def test_a_headmaster_by_any_name_leads(section: str) -> None:
    """«Директор школы» is no other employee."""
    (definition,) = definitions()["oo-1"]
    for position in ("Директор", "Директор школы", "директор МБОУ СОШ № 1"):
        person = {"position": position, "category": "", "sex": "male", "age": 50, "years": 5, "teaches": False}
        rows = {
            row
            for row in ("02", "03", "04", "05")
            if (cell := definition.cells[f"{section}.{row}.3"]).measure
            and is_counted(cell.measure, cell.filters, person)
        }
        assert rows == {"02"}, position


def test_a_section_says_what_is_not_of_the_forms_day() -> None:
    """What the school keeps without days is told on paper, too: each such dimension by some word of its name."""
    words = {"shift": "смена", "profile": "профиль", "at_home": "на дому", "individual_plan": "индивидуальному плану"}
    words |= {"position": "должность", "category": "категория", "week_days": "дней в неделю"}
    undated = {(family, name) for family, of in DIMENSIONS.items() for name, each in of.items() if each.undated}
    assert {name for _, name in undated} == words.keys()
    told = 0
    for definition in (each for editions in definitions().values() for each in editions):
        for section in definition.sections:
            named = {
                each.dimension
                for cell in section.cells.values()
                if cell.measure
                for each in cell.filters
                if (MEASURES[cell.measure].family, each.dimension) in undated
            }
            for name in named:
                assert words[name] in (section.note or "").casefold(), (definition.name, section.key, name)
                told += 1
    assert told


def test_every_dimension_of_a_measure_is_one_of_its_family() -> None:
    for measure in MEASURES.values():
        assert measure.fixed.keys() <= DIMENSIONS[measure.family].keys()
        assert measure.needs is None or measure.needs in DIMENSIONS[measure.family]


def test_sums_of_controls_are_exact() -> None:
    source = (
        HEAD
        + SECTION.replace("manual = true", "manual = true, fraction = true")
        + (
            "controls = [{ title = 'Сходится', row = '02', at_most = ['01'] }]\n"
            "[[controls]]\ntitle = 'Ровно'\nleft = ['1.01.4', '1.02.4']\nequals = ['1.01.3']\n"
        )
    )
    definition = read_definition(source)
    exact = {"1.01.3": "0.3", "1.01.4": "0.2", "1.02.4": "0.1", "1.02.3": "0"}
    assert definition.findings(exact) == []
    (found,) = definition.findings({**exact, "1.01.4": "0.21"})
    assert (found.control.title, found.left, found.right) == ("Ровно", Decimal("0.31"), Decimal("0.3"))
