"""Imports: what a file may hold, what it does to a school, that it is loaded whole or not at all, and twice as once."""

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from documents.sheets import Sheet, read_sheet, write_sheet
from rules.imports import check_file
from rules.imports_columns import COLUMNS, ImportKind
from rules.school import Sex

TODAY = date(2025, 9, 10)
NOW = datetime(2025, 9, 10, 3, tzinfo=UTC)
STUDENTS, STAFF, ASSIGNMENTS = ImportKind

Cells = dict[str, str | None]
Row = list[str | None]
G1, G2 = "Представитель 1: ", "Представитель 2: "


def student(number: int = 1, **changes: str | None) -> Cells:
    """A row of a class list; `changes` by header, blanks as «_»."""
    row: Cells = {
        "Фамилия": "Иванов" + "абвгдежзик"[number % 10] * (number // 10),
        "Имя": "Семён" + "абвгдежзик"[number % 10],
        "Отчество": "Петрович",
        "Пол": "м",
        "Дата рождения": "14.03.2014",
        "Класс": "5А",
        "Номер личного дела": f"И-{number}",
    }
    return row | {header.replace("_", " "): cell for header, cell in changes.items()}


def guardian(part: str = G1, **changes: str | None) -> Cells:
    row: Cells = {
        "Фамилия": "Иванова",
        "Имя": "Мария",
        "Отчество": "Петровна",
        "Пол": "ж",
        "Дата рождения": "12.05.1988",
        "Кем приходится": "мать",
        "Дата заявления": "25.08.2025",
    }
    row |= {header.replace("_", " "): cell for header, cell in changes.items()}
    return {part + header: cell for header, cell in row.items()}


def employee(number: int = 1, **changes: str | None) -> Cells:
    row: Cells = {
        "Фамилия": "Петрова",
        "Имя": "Анна" + "абвгдежзик"[number % 10],
        "Отчество": "Ивановна",
        "Пол": "ж",
        "Дата рождения": "21.09.1979",
        "Табельный номер": f"{number:04}",
        "Должность": "Учитель",
        "Дата приёма": "15.08.2010",
    }
    return row | {header.replace("_", " "): cell for header, cell in changes.items()}


def teaching(number: int = 1, **changes: str | None) -> Cells:
    row: Cells = {"Табельный номер": f"{number:04}", "Предмет": "Алгебра", "Класс": "5А"}
    return row | {header.replace("_", " "): cell for header, cell in changes.items()}


def sheet_of(*rows: Cells, name: str = "список.xlsx") -> Sheet:
    headers = tuple(dict.fromkeys(header for row in rows for header in row))
    return Sheet(name, 1, headers, tuple((at, {h: row.get(h) for h in headers}) for at, row in enumerate(rows, 2)))


# What can be told from the file alone

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


# What a file does to a school


async def new_school(connection: asyncpg.Connection, code: str = "63", year: date | None = date(2025, 9, 1)) -> int:
    school_id: int = await connection.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ($1, 'Школа', 'Школа', 'Asia/Barnaul') "
        "RETURNING school_id",
        code,
    )
    if year:
        await connection.execute(
            "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4)",
            school_id, f"{year.year}/{year.year + 1}", year, date(year.year + 1, 8, 31),
        )  # fmt: skip
    return school_id


async def plan(connection: asyncpg.Connection, school_id: int, kind: ImportKind, *rows: Cells) -> ImportPlan:
    return await plan_import(connection, school_id, kind, sheet_of(*rows), TODAY)


async def load(connection: asyncpg.Connection, school_id: int, kind: ImportKind, *rows: Cells) -> ImportReport:
    planned = await plan(connection, school_id, kind, *rows)
    assert planned.problems == []
    return await apply_import(connection, school_id, planned, NOW, None)


async def contents(connection: asyncpg.Connection, school_id: int) -> dict[str, list[asyncpg.Record]]:
    """Every row of the school in every table an import writes, but the audit trail."""
    return {
        table: await connection.fetch(f"SELECT * FROM {table} WHERE school_id = $1 ORDER BY id", school_id)
        for table in OBJECT_NAMES
    }


async def reasons(connection: asyncpg.Connection, school_id: int, kind: ImportKind, *rows: Cells) -> list[str]:
    """The reasons against a file, which is then not loaded."""
    planned = await plan(connection, school_id, kind, *rows)
    before = await contents(connection, school_id)
    with pytest.raises(ImportRefused):
        await apply_import(connection, school_id, planned, NOW, None)
    assert await contents(connection, school_id) == before
    return [problem.reason for problem in planned.problems]


FILES: dict[ImportKind, list[Cells]] = {
    STAFF: [employee(1, Роли="Учитель", Разряд="12"), employee(2), employee(3)],
    STUDENTS: [
        student(1, Дата_зачисления="03.09.2025") | guardian() | guardian(G2, Имя="Пётр", Пол="м", Кем_приходится="отец"),
        student(2, Дата_зачисления=None, На_дому="да") | guardian(Дата_заявления="20.08.2025"),
        student(3, Класс="10Б", Дата_рождения="14.03.2009"),
    ],
    ASSIGNMENTS: [
        teaching(1, Классный_руководитель="да"),
        teaching(1, Предмет="Геометрия", Классный_руководитель="да"),
        teaching(2, Предмет="Английский язык", Группа="группа 1", По="30.12.2025"),
        teaching(3, Предмет="Английский язык", Группа="группа 2", С="01.10.2025"),
        teaching(3, Предмет=None, Класс="10Б", Классный_руководитель="да"),
    ],
}  # fmt: skip


async def test_a_second_run_changes_nothing(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    first = {kind: await load(connection, school_id, kind, *rows) for kind, rows in FILES.items()}
    assert first[STUDENTS].created == {
        "person": 5, "student": 3, "guardian": 2, "guardianship": 3, "school_class": 2, "study_group": 2, "enrolment": 3
    }  # fmt: skip
    assert first[ASSIGNMENTS].created == {
        "subject": 3, "study_group": 2, "teaching_assignment": 4, "class_leadership": 2
    }  # fmt: skip
    before = await contents(connection, school_id)
    for kind, rows in FILES.items():
        planned = await plan(connection, school_id, kind, *rows)
        assert {shown.effect for shown in planned.preview} == {Effect.UNCHANGED}
        again = await apply_import(connection, school_id, planned, NOW, None)
        assert (again.created, again.changed) == ({}, {})
        for table, created in first[kind].created.items():
            # The group of a whole class comes with the class; students' files do not name it.
            assert table == "study_group" or again.unchanged[table] == created
    assert await contents(connection, school_id) == before


async def test_what_is_loaded(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind, rows in FILES.items():
        await load(connection, school_id, kind, *rows)
    enrolled = await connection.fetch(
        "SELECT file_number, grade, letter, period_kind, starts_on, taught_at_home FROM enrolment "
        "JOIN student ON student.id = student_id JOIN school_class ON school_class.id = class_id ORDER BY file_number"
    )
    assert [tuple(row) for row in enrolled] == [
        ("И-1", 5, "А", "quarter", date(2025, 9, 3), False),
        ("И-2", 5, "А", "quarter", date(2025, 9, 1), True),
        ("И-3", 10, "Б", "half_year", date(2025, 9, 1), False),
    ]
    guardians = await connection.fetch(
        "SELECT given_name, kind, applied_on, starts_on FROM guardianship JOIN guardian ON guardian.id = guardian_id "
        "JOIN person ON person.id = person_id ORDER BY 1, starts_on"
    )
    assert [tuple(row) for row in guardians] == [
        ("Мария", "mother", date(2025, 8, 20), date(2025, 8, 20)),
        ("Мария", "mother", date(2025, 8, 20), date(2025, 8, 25)),
        ("Пётр", "father", date(2025, 8, 25), date(2025, 8, 25)),
    ]
    taught = await connection.fetch(
        "SELECT number, subject.name, study_group.kind, study_group.name, starts_on, ends_on FROM teaching_assignment "
        "JOIN staff ON staff.id = staff_id JOIN subject ON subject.id = teaching_assignment.subject_id "
        "JOIN study_group ON study_group.id = group_id ORDER BY 1, 2"
    )
    assert [tuple(row) for row in taught] == [
        ("0001", "Алгебра", "whole", None, date(2025, 9, 1), None),
        ("0001", "Геометрия", "whole", None, date(2025, 9, 1), None),
        ("0002", "Английский язык", "subgroup", "группа 1", date(2025, 9, 1), date(2025, 12, 30)),
        ("0003", "Английский язык", "subgroup", "группа 2", date(2025, 10, 1), None),
    ]


async def test_one_bad_row_among_many_stops_them_all(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    rows = [student(number) for number in range(10, 60)]
    rows[30]["Дата рождения"] = "30.02.2014"
    rows[40]["Класс"] = "13Я"
    planned = await plan(connection, school_id, STUDENTS, *rows)
    assert [(problem.row, problem.column) for problem in planned.problems] == [(32, "Дата рождения"), (42, "Класс")]
    await reasons(connection, school_id, STUDENTS, *rows)
    assert not any((await contents(connection, school_id)).values())
    assert not await connection.fetchval("SELECT count(*) FROM audit_entry")


async def test_a_teacher_whose_child_studies_here_is_one_person(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    mother = {"Фамилия": "Семёнова", "Имя": "Алёна", "Отчество": "Юрьевна", "Дата рождения": "12.05.1988"}
    await load(connection, school_id, STAFF, employee(1) | mother)
    report = await load(connection, school_id, STUDENTS, student() | guardian(**mother | {"Фамилия": "СЕМЕНОВА"}))  # type: ignore[arg-type]
    assert (report.created["person"], report.unchanged["person"], report.changed) == (1, 1, {})
    assert await connection.fetchval(
        "SELECT count(*) FROM person JOIN staff ON staff.person_id = person.id JOIN guardian USING (person_id) "
        "WHERE family_name = 'Семёнова'"
    )


async def test_a_mother_who_becomes_a_teacher_is_one_person(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    mother = guardian()
    await load(connection, school_id, STUDENTS, student() | mother)
    card = {header.removeprefix(G1): cell for header, cell in mother.items() if header.removeprefix(G1) in employee()}
    planned = await plan(connection, school_id, STAFF, employee() | card)
    assert "уже есть в школе" in planned.preview[0].details[1]
    report = await apply_import(connection, school_id, planned, NOW, None)
    assert (report.created, report.unchanged) == ({"staff": 1}, {"person": 1})


async def test_a_changed_cell_updates_its_row(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind in (STAFF, STUDENTS):
        await load(connection, school_id, kind, *FILES[kind])
    renamed = student(1, Фамилия="Ивановский", Индивидуальный_план="да") | guardian(
        Кем_приходится="опекун", Дата_заявления="24.08.2025"
    )
    planned = await plan(connection, school_id, STUDENTS, renamed)
    assert planned.preview[0].effect == Effect.CHANGED
    assert planned.preview[0].details == (
        "изменится: фамилия, индивидуальный план",
        "Иванова Мария Петровна: изменится: кем приходится, дата заявления",
    )
    report = await apply_import(connection, school_id, planned, NOW, None)
    assert (report.created, report.changed) == ({}, {"person": 1, "student": 1, "guardianship": 1})
    assert await connection.fetchval(
        "SELECT individual_plan FROM student JOIN person ON person.id = person_id WHERE family_name = 'Ивановский'"
    )
    report = await load(connection, school_id, STAFF, employee(1, Должность="Завуч"), employee(2, Разряд="7"))
    assert report.changed == {"staff": 2}
    grades = await connection.fetch(
        "SELECT position, grade FROM staff WHERE number IN ('0001', '0002') ORDER BY number"
    )
    assert [tuple(row) for row in grades] == [("Завуч", None), ("Учитель", "7")]


async def test_a_column_the_file_lacks_is_left_alone(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, employee(1, Разряд="12"))
    shorter = {header: cell for header, cell in employee(1).items() if header != "Отчество"}
    assert (await load(connection, school_id, STAFF, shorter)).changed == {}


async def test_movement_is_not_imported(connection: asyncpg.Connection) -> None:
    """9.2: who was enrolled changes class, leaves and comes back by order only."""
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student(), student(2))
    moved = student(Класс="5Б")
    assert "перевод оформляется приказом" in (await reasons(connection, school_id, STUDENTS, moved))[0]
    await connection.execute("UPDATE enrolment SET ends_on = $1", TODAY - timedelta(days=1))
    assert "выбыл 09.09.2025" in (await reasons(connection, school_id, STUDENTS, student()))[0]
    await connection.execute("UPDATE enrolment SET ends_on = $1", TODAY)
    later = await plan(connection, school_id, STUDENTS, student(Дата_зачисления="05.09.2025"))
    assert not later.problems
    assert "только приказом" in later.warnings[0].reason


async def test_last_years_class_needs_an_order(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection, year=date(2024, 9, 1))
    await load(connection, school_id, STUDENTS, student(Класс="4А"))
    await connection.execute(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, '2025/2026', $2, $3)",
        school_id, date(2025, 9, 1), date(2026, 8, 31),
    )  # fmt: skip
    assert "4А прошлого учебного года" in (await reasons(connection, school_id, STUDENTS, student()))[0]


async def test_reasons_that_only_the_school_knows(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind, rows in FILES.items():
        await load(connection, school_id, kind, *rows)

    async def reason(kind: ImportKind, *rows: Cells) -> str:
        return (await reasons(connection, school_id, kind, *rows))[0]

    assert "номером личного дела «И-1»" in await reason(STUDENTS, student(1, Номер_личного_дела="И-99"))
    taken = {"Имя": student(2)["Имя"]}
    assert "Другой человек" in await reason(STUDENTS, student(1) | taken)
    assert "буква класса" in await reason(STUDENTS, student(9, Класс="5"))
    assert "после конца" in await reason(STUDENTS, student(9, Дата_зачисления="01.09.2026"))
    assert "табельным номером «0001»" in await reason(STAFF, employee(1, Табельный_номер="0099"))
    assert "Нет сотрудника" in await reason(ASSIGNMENTS, teaching(77))
    assert "вне учебного года" in await reason(ASSIGNMENTS, teaching(1, С="31.08.2025"))
    assert "уже есть классный руководитель (№ 0001)" in await reason(
        ASSIGNMENTS, teaching(2, Классный_руководитель="да")
    )
    await connection.execute("UPDATE staff SET dismissed_on = $1 WHERE number = '0001'", TODAY)
    assert "уволен 10.09.2025" in await reason(STAFF, employee(1))
    assert "уволен 10.09.2025" in await reason(ASSIGNMENTS, teaching(1))
    await connection.execute("UPDATE guardianship SET ends_on = $1", TODAY - timedelta(days=3))
    assert "нужно новое заявление" in await reason(STUDENTS, student(1) | guardian())
    await connection.execute(
        "INSERT INTO person (school_id, family_name, given_name, patronymic, sex, birth_date) "
        "SELECT school_id, family_name, given_name, patronymic, sex, birth_date FROM person WHERE given_name = 'Мария'"
    )
    assert "несколько человек" in await reason(STUDENTS, student(9) | guardian())


async def test_a_guardian_under_a_new_family_name_is_doubted(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student() | guardian())
    planned = await plan(connection, school_id, STUDENTS, student() | guardian(Фамилия="Сидорова"))
    assert planned.created == {"person": 1, "guardian": 1, "guardianship": 1}
    assert "исправьте его карту" in planned.warnings[0].reason


async def test_roles_go_to_those_who_have_accounts(connection: asyncpg.Connection) -> None:
    """11.8: accounts are issued by the HR specialist, an import makes none."""
    school_id = await new_school(connection)
    rows = [employee(1, Роли="Учитель; завуч"), employee(2, Роли="Учитель")]
    assert "Строки: 2, 3" in (await load(connection, school_id, STAFF, *rows)).warnings[0].reason
    await connection.execute(
        "INSERT INTO account (school_id, person_id, kind, login, login_key, password_hash, created_at) "
        "SELECT $1, person_id, 'person', number, number, '', $2 FROM staff WHERE number = '0001'",
        school_id, NOW,
    )  # fmt: skip
    report = await load(connection, school_id, STAFF, *rows)
    assert report.created == {"account_role": 2}
    assert "Строки: 3" in report.warnings[0].reason
    roles = await connection.fetch("SELECT role, starts_on, ends_on FROM account_role ORDER BY role")
    assert [tuple(row) for row in roles] == [(Role.DEPUTY, TODAY, None), (Role.TEACHER, TODAY, None)]
    assert (await load(connection, school_id, STAFF, *rows)).created == {}


async def test_terms_of_teaching_change_and_never_reopen(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, *FILES[STAFF])
    await load(connection, school_id, ASSIGNMENTS, teaching(1, Классный_руководитель="да"))
    handover = [
        teaching(1, Классный_руководитель="да", По="31.10.2025", С=None),
        teaching(2, Классный_руководитель="да", С="01.11.2025"),
    ]
    report = await load(connection, school_id, ASSIGNMENTS, *handover)
    assert report.created == report.changed == {"teaching_assignment": 1, "class_leadership": 1}
    assert report.warnings == []
    # The old file says nothing of a last day: what has been ended stays ended.
    assert (await load(connection, school_id, ASSIGNMENTS, teaching(1, Классный_руководитель="да"))).changed == {}
    # The first teacher comes back: a second term beside the first.
    back = [handover[0], handover[1] | {"По": "31.12.2025"}, teaching(1, С="12.01.2026")]
    assert (await load(connection, school_id, ASSIGNMENTS, *back)).created == {"teaching_assignment": 1}
    assert (await load(connection, school_id, ASSIGNMENTS, *back)).created == {}
    # A row that gives another first day moves the term it meets.
    moved = await load(connection, school_id, ASSIGNMENTS, teaching(1, С="13.01.2026"))
    assert (moved.created, moved.changed) == ({}, {"teaching_assignment": 1})


async def test_doubts_about_teaching(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, *FILES[STAFF])
    await load(connection, school_id, ASSIGNMENTS, teaching(1))
    planned = await plan(connection, school_id, ASSIGNMENTS, teaching(2), teaching(2, Предмет="Алгебрa"))
    assert [(warning.row, warning.column) for warning in planned.warnings] == [(2, "Предмет"), (3, "Предмет")]
    assert "№ 0001: доступ будет у обоих" in planned.warnings[0].reason
    assert "похож на «Алгебра»" in planned.warnings[1].reason
    assert planned.made == ["предмет «Алгебрa»"]


async def test_a_class_belongs_to_a_year(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection, year=None)
    for kind, row in ((STUDENTS, student()), (ASSIGNMENTS, teaching())):
        assert "Нет учебного года" in (await reasons(connection, school_id, kind, row))[0]
    years = [(name, date(start, 9, 1), date(start + 1, 8, 31)) for name, start in (("прошлый", 2024), ("новый", 2025))]
    await connection.executemany(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4)",
        [(school_id, *year) for year in years],
    )
    for today, year in ((date(2024, 8, 1), "прошлый"), (date(2025, 8, 31), "прошлый"), (date(2026, 10, 1), "новый")):
        planned = await plan_import(connection, school_id, STUDENTS, sheet_of(student()), today)
        assert planned.year == year


async def test_schools_do_not_meet(connection: asyncpg.Connection) -> None:
    one, other = await new_school(connection), await new_school(connection, "64")
    for kind, rows in FILES.items():
        await load(connection, one, kind, *rows)
    before = await contents(connection, one)
    for kind, rows in FILES.items():
        assert not (await load(connection, other, kind, *rows)).changed
    assert await contents(connection, one) == before
    assert {t: len(rows) for t, rows in (await contents(connection, other)).items()} == {
        table: len(rows) for table, rows in before.items()
    }


async def test_statements_do_not_grow_with_the_rows(connection: asyncpg.Connection) -> None:
    counted = []
    for code, size in (("1", 2), ("2", 400)):
        school_id = await new_school(connection, code)
        statements: list[str] = []
        people = [student(n, На_дому=None) | guardian(Имя=str(student(n)["Имя"]) + "а") for n in range(10, 10 + size)]
        staff = [employee(n, Фамилия=student(n)["Фамилия"]) for n in range(10, 10 + size)]
        taught = [teaching(n, Предмет=f"Предмет {n}", Группа="1") for n in range(10, 10 + size)]
        changed = [row | {"На дому": "да"} for row in people]
        with connection.query_logger(lambda query, to=statements: to.append(query.query)):
            for kind, rows in ((STUDENTS, people), (STAFF, staff), (ASSIGNMENTS, taught), (STUDENTS, changed)):
                await load(connection, school_id, kind, *rows)
        counted.append(len(statements))
        assert await connection.fetchval("SELECT count(*) FROM student WHERE school_id = $1", school_id) == size
        assert await connection.fetchval(
            "SELECT count(*) FROM student WHERE taught_at_home AND school_id = $1", school_id
        )
    assert counted[0] == counted[1] < 100


async def test_what_changed_since_the_preview_is_seen(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    shown = await plan(connection, school_id, STUDENTS, student())
    await load(connection, school_id, STUDENTS, student(Класс="5Б"))
    assert not shown.problems
    with pytest.raises(ImportRefused) as refused:
        await apply_import(connection, school_id, shown, NOW, None)
    assert refused.value.plan.problems
    assert "Иванов" not in str(refused.value)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await apply_import(connection, school_id + 1000, shown, NOW, None)


async def test_two_imports_at_once_load_one_school_once(cluster: str, database_url: str) -> None:
    name = f"classbook_import_{datetime.now(UTC).timestamp():.0f}"
    admin = await asyncpg.connect(cluster)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{urlsplit(database_url).path[1:]}"')
    url = urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))
    connections = [await asyncpg.connect(url) for _ in range(4)]
    try:
        school_id = await new_school(connections[0])
        rows = [student(number) | guardian() for number in range(10, 40)]
        reports = await asyncio.gather(*(load(each, school_id, STUDENTS, *rows) for each in connections))
        assert sorted(report.created.get("student", 0) for report in reports) == [0, 0, 0, 30]
    finally:
        for each in connections:
            await each.close()
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


async def test_the_audit_trail_names_nobody(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student() | guardian())
    entry = await connection.fetchrow("SELECT * FROM audit_entry WHERE school_id = $1", school_id)
    assert (entry["command"], entry["outcome"], entry["at"], entry["account_id"]) == ("import", "done", NOW, None)
    told = json.loads(entry["input"])
    assert (told["kind"], told["file"], told["created"]["student"]) == ("students", "список.xlsx", 1)
    assert "Иванов" not in entry["input"]


def test_every_table_an_import_writes_has_a_name() -> None:
    assert OBJECT_NAMES.keys() <= Base.metadata.tables.keys()


# The command


async def printed(
    connection: asyncpg.Connection, kind: ImportKind, *rows: Cells, apply: bool = False
) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200)
    code = await import_sheet(connection, console, kind, sheet_of(*rows), None, NOW, apply)
    return code, console.file.getvalue()  # type: ignore[attr-defined]


async def test_the_command_shows_and_loads(connection: asyncpg.Connection) -> None:
    assert await printed(connection, STUDENTS, student()) == (1, "В базе нет ни одной школы.\n")
    school_id = await new_school(connection)
    code, text = await printed(connection, STUDENTS, student(1), student(2, Класс="12А"))
    assert code == 1
    assert "Ошибок: 1." in text
    assert any(all(part in line for part in ("│      3 │", "Класс", "с 1 по 11")) for line in text.splitlines())
    code, text = await printed(connection, STUDENTS, student())
    assert (code, await connection.fetchval("SELECT count(*) FROM student")) == (0, 0)
    assert all(part in text for part in ("новый ученик", "Будут созданы: класс 5А.", "--apply"))
    code, text = await printed(connection, STUDENTS, student(), apply=True)
    assert (code, await connection.fetchval("SELECT count(*) FROM student")) == (0, 1)
    assert "загружен" in text
    await new_school(connection, "64")
    assert await printed(connection, STUDENTS, student()) == (1, "Школ несколько, укажите --school: 63, 64.\n")
    assert school_id


def test_the_template_can_be_loaded(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    for kind in ImportKind:
        path = tmp_path / f"{kind}.xlsx"
        done = CliRunner().invoke(app, ["import", kind, "--template", str(path)])
        assert done.exit_code == 0, done.output
        sheet = read_sheet(path.read_bytes(), path.name)
        checked = check_file(kind, sheet.headers, sheet.rows, TODAY)
        assert (checked.problems, len(checked.rows)) == ([], 1)
        assert "образец" in checked.warnings[-1].reason
    (tmp_path / "x.csv").write_bytes(b"")
    done = CliRunner().invoke(app, ["import", "students", str(tmp_path / "x.csv")])
    assert (done.exit_code, done.output) == (1, "Файл пуст.\n")
    assert CliRunner().invoke(app, ["import", "students"]).exit_code == 2


def test_every_column_is_documented() -> None:
    text = Path(__file__).parents[1].joinpath("docs/import.md").read_text()
    for columns in COLUMNS.values():
        for column in columns:
            header = column.header.replace("Представитель 2", "Представитель 1")
            assert f"| {header} |" in text, header
