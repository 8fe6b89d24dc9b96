"""What can be told of an imported file from the file alone: a row is read as it was meant, or refused with a reason."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.sheets import read_sheet, write_sheet
from rules.imports import check_file
from rules.imports_columns import COLUMNS, ImportKind
from rules.school import Sex

from .import_rows import (
    ASSIGNMENTS,
    G1,
    G2,
    STAFF,
    STUDENTS,
    TODAY,
    Cells,
    Row,
    employee,
    guardian,
    sheet_of,
    student,
    teaching,
)

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
words = st.text(LETTERS, min_size=1, max_size=8).map(str.capitalize)
names = st.builds(lambda parts, sign: sign.join(parts), st.lists(words, min_size=1, max_size=3), st.sampled_from("-' "))
births = st.dates(date(2004, 1, 1), date(2018, 1, 1))


@st.composite
def students(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "family_name": draw(names),
        "given_name": draw(names),
        "patronymic": draw(st.none() | names),
        "sex": draw(st.sampled_from(Sex)),
        "birth_date": draw(births),
        "class": (draw(st.integers(1, 11)), draw(st.sampled_from("АБВГДЕ"))),
        "file_number": draw(st.text(LETTERS + '0123456789;,/№"', min_size=1, max_size=9)),
        "enrolled_on": draw(st.none() | st.dates(date(2018, 1, 1), date(2026, 1, 1))),
        "individual_plan": draw(st.booleans()),
        "taught_at_home": draw(st.booleans()),
    }


def written(values: Mapping[str, Any], dotted: bool) -> Row:
    def cell(value: Any) -> str | None:
        match value:
            case None | str() if not isinstance(value, Sex):
                return value
            case bool():
                return "да" if value else None
            case date():
                return f"{value:%d.%m.%Y}" if dotted else value.isoformat()
            case (grade, letter):
                return f'{grade} "{letter}"' if dotted else f"{grade}-{letter.lower()}"
            case _:
                return {Sex.MALE: "Муж.", Sex.FEMALE: "ж"}[value]

    return [cell(value) for value in values.values()]


HEADERS = [column.header for column in COLUMNS[STUDENTS] if column.part is None]


def as_csv(rows: list[Row], encoding: str, delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADERS, *rows])
    return text.getvalue().encode(encoding)


@settings(max_examples=40, deadline=None)
@given(st.lists(students(), min_size=1, max_size=5), st.booleans())
def test_any_class_list_reads_back_in_every_format(listed: list[dict[str, Any]], dotted: bool) -> None:
    listed = [row | {"file_number": f"{at}{row['file_number']}"} for at, row in enumerate(listed)]
    rows = [written(row, dotted) for row in listed]
    files = [write_sheet(HEADERS, rows)]
    files += [as_csv(rows, code, sign) for code in ("utf-8", "utf-8-sig", "cp1251") for sign in ";,"]
    for content in files:
        sheet = read_sheet(content, "список")
        checked = check_file(STUDENTS, sheet.headers, sheet.rows, TODAY)
        repeated = {problem.row for problem in checked.problems if "Этот же ученик" in problem.reason}
        contradictory = {problem.row for problem in checked.problems if "другой пол" in problem.reason}
        left_out = repeated | contradictory
        assert len(left_out) == len({problem.row for problem in checked.problems})
        expected = [row for at, row in enumerate(listed, start=2) if at not in left_out]
        assert [row.values for row in checked.rows] == expected


BAD_ROWS: list[tuple[ImportKind, Cells, str, str]] = [
    (STUDENTS, student(Фамилия=None), "Фамилия", "Не заполнено."),
    (STUDENTS, student(Фамилия="Иванов1"), "Фамилия", "только буквы"),
    (STUDENTS, student(Фамилия="Ивaнов"), "Фамилия", "русские и латинские"),
    (STUDENTS, student(Имя="С."), "Имя", "только буквы"),
    (STUDENTS, student(Имя="я" * 101), "Имя", "длиннее 100"),
    (STUDENTS, student(Пол="мальчик?"), "Пол", "нужно м или ж"),
    (STUDENTS, student(Дата_рождения="31.02.2014"), "Дата рождения", "такой даты нет"),
    (STUDENTS, student(Дата_рождения="14.03.14"), "Дата рождения", "год нужен полностью"),
    (STUDENTS, student(Дата_рождения="41712"), "Дата рождения", "не дата"),
    (STUDENTS, student(Дата_рождения="14.03.2026"), "Дата рождения", "ещё не наступила"),
    (STUDENTS, student(Дата_рождения="14.03.1984"), "Дата рождения", "от 5 до 22"),
    (STUDENTS, student(Класс="12А"), "Класс", "с 1 по 11"),
    (STUDENTS, student(Класс="пятый"), "Класс", "не похоже на класс"),
    (STUDENTS, student(Номер_личного_дела="2025-05-12"), "Номер личного дела", "Excel принял номер за дату"),
    (STUDENTS, student(Дата_зачисления="вчера"), "Дата зачисления", "не дата"),
    (STUDENTS, student(На_дому="может быть"), "На дому", "«да» или «нет»"),
    (STUDENTS, student() | guardian(Дата_заявления=None), G1 + "Дата заявления", "п. 4.7"),
    (STUDENTS, student() | guardian(Дата_заявления="11.09.2025"), G1 + "Дата заявления", "ещё не наступила"),
    (STUDENTS, student() | guardian(Дата_заявления="01.01.2014"), G1 + "Дата заявления", "раньше рождения"),
    (STUDENTS, student() | guardian(Имя=None), G1 + "Имя", "п. 1.6"),
    (STUDENTS, student() | {G1 + "Фамилия": "Иванова"}, G1 + "Дата заявления", "п. 4.7"),
    (STUDENTS, student() | guardian(Кем_приходится="тётя"), G1 + "Кем приходится", "мать, отец или опекун"),
    (STUDENTS, student() | guardian(Пол="м"), G1 + "Кем приходится", "Не сходится с полом"),
    (STUDENTS, student() | guardian(Дата_рождения="12.05.2008"), G1 + "Дата рождения", "ровесником"),
    (STUDENTS, student() | guardian() | guardian(G2), G2 + "Фамилия", "один и тот же"),
    (STAFF, employee(Табельный_номер=None), "Табельный номер", "Не заполнено."),
    (STAFF, employee(Должность="я" * 201), "Должность", "длиннее 200"),
    (STAFF, employee(Дата_приёма="15.08.1985"), "Дата приёма", "не сходится с датой рождения"),
    (STAFF, employee(Роли="Учитель; Родитель"), "Роли", "роль «Родитель» не назначается"),
    (STAFF, employee(Роли="Король"), "Роли", "нет роли «Король»"),
    (ASSIGNMENTS, teaching(Предмет=None, Группа=None), "Предмет", "Не указан предмет"),
    (ASSIGNMENTS, teaching(Предмет=None, Группа="1", Классный_руководитель="да"), "Группа", "без предмета"),
    (ASSIGNMENTS, teaching(С="01.12.2025", По="01.11.2025"), "По", "раньше начала"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "column", "reason"), BAD_ROWS)
def test_each_bad_row_is_reported_with_its_reason(kind: ImportKind, row: Cells, column: str, reason: str) -> None:
    sound = {STUDENTS: student(2), STAFF: employee(2), ASSIGNMENTS: teaching(2)}[kind]
    sheet = sheet_of(sound, row)
    checked = check_file(kind, sheet.headers, sheet.rows, TODAY)
    assert any((p.row, p.column) == (3, column) and reason in p.reason for p in checked.problems), checked.problems
    assert {problem.row for problem in checked.problems} == {3}
    assert [row.number for row in checked.rows] == [2]


REPEATED: list[tuple[ImportKind, Cells, Cells, str, str]] = [
    (STUDENTS, student(1), student(2, Номер_личного_дела="И-1"), "Номер личного дела", "в строке 2"),
    (STUDENTS, student(1), student(1, Номер_личного_дела="И-9", Класс="5Б"), "Фамилия", "под другим номером"),
    (
        STUDENTS,
        student(1) | guardian(),
        student(2) | guardian(Пол="м", Кем_приходится="отец"),
        G1 + "Пол",
        "другой пол",
    ),
    (STAFF, employee(1), employee(2, Табельный_номер="0001"), "Табельный номер", "в строке 2"),
    (STAFF, employee(1), employee(1, Табельный_номер="0002"), "Фамилия", "под другим табельным"),
    (ASSIGNMENTS, teaching(), teaching(Предмет="АЛГЕБРА", С="01.10.2025"), "Табельный номер", "в строке 2"),
]


@pytest.mark.parametrize(("kind", "first", "second", "column", "reason"), REPEATED)
def test_rows_that_contradict_each_other(
    kind: ImportKind, first: Cells, second: Cells, column: str, reason: str
) -> None:
    sheet = sheet_of(first, second)
    checked = check_file(kind, sheet.headers, sheet.rows, TODAY)
    assert [(problem.row, problem.column) for problem in checked.problems] == [(3, column)]
    assert reason in checked.problems[0].reason


def test_headers_match_whatever_their_case_blanks_and_letter_yo() -> None:
    cells = {" ФАМИЛИЯ ": "Иванов", "имя": "Пётр", "Пол:": "м", "Дата  Рождения": "2014-03-14", "класс": "5 а"}
    sheet = sheet_of(cells | {"№ личного дела": "1", "Родитель 1 Фамилия": None, "№ п/п": "1"})
    checked = check_file(STUDENTS, sheet.headers, sheet.rows, TODAY)
    assert not checked.problems
    assert [warning.column for warning in checked.warnings] == ["№ п/п"]
    assert checked.rows[0].values["class"] == (5, "А")


def test_missing_and_doubled_headers_are_told_before_any_row() -> None:
    sheet = sheet_of({"Фамилия": "1", "Имя": "2", "№ личного дела": "3", "Личное дело": "4"})
    checked = check_file(STUDENTS, sheet.headers, sheet.rows, TODAY)
    told = {problem.column: problem.reason for problem in checked.problems}
    assert told.keys() == {"Пол", "Дата рождения", "Класс", "Личное дело"}
    assert "№ личного дела" in told["Личное дело"]


@pytest.mark.parametrize(
    ("text", "grade", "letter"),
    [("5А", 5, "А"), ('5 "А"', 5, "А"), ("11-Б", 11, "Б"), ("5«а»", 5, "А"), ("5A", 5, "А"), ("7", 7, ""),
     ("5 – В", 5, "В"), ("5 класс", 5, ""), ("5 б кл.", 5, "Б"), ("10лм", 10, "ЛМ")],
)  # fmt: skip
def test_classes_are_read_as_people_write_them(text: str, grade: int, letter: str) -> None:
    sheet = sheet_of(student(Класс=text))
    assert check_file(STUDENTS, sheet.headers, sheet.rows, TODAY).rows[0].values["class"] == (grade, letter)


def test_an_unusual_age_is_doubted_not_refused() -> None:
    sheet = sheet_of(student(Дата_рождения="14.03.2008"))
    checked = check_file(STUDENTS, sheet.headers, sheet.rows, TODAY)
    assert checked.rows
    assert "Возраст 17 необычен" in checked.warnings[0].reason


def test_every_column_is_documented() -> None:
    text = Path(__file__).parents[1].joinpath("docs/import.md").read_text("utf-8")
    for columns in COLUMNS.values():
        for column in columns:
            header = column.header.replace("Представитель 2", "Представитель 1")
            assert f"| {header} |" in text, header
