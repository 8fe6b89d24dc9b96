"""Rows of class lists, staff lists and teaching loads as a school would write them, and a school to load them into."""

from datetime import UTC, date, datetime

import asyncpg
import pytest

from documents.sheets import Sheet
from resolvers.imports import ImportRefused, ImportReport, apply_import, plan_import
from resolvers.imports_plan import OBJECT_NAMES, ImportPlan
from rules.imports_columns import ImportKind

TODAY = date(2025, 9, 10)
NOW = datetime(2025, 9, 10, 3, tzinfo=UTC)
STUDENTS, STAFF, ASSIGNMENTS = ImportKind

Cells = dict[str, str | None]
Row = list[str | None]
G1, G2 = "Представитель 1: ", "Представитель 2: "


def student(number: int = 1, **changes: str | None) -> Cells:
    """A row of a class list; `changes` by header, blanks as «_»."""
    row: Cells = {
        "Фамилия": "Иванов" + "".join("абвгдежзик"[int(digit)] for digit in str(number)[:-1]),
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
        student(1, Дата_зачисления="03.09.2025")
        | guardian()
        | guardian(G2, Имя="Пётр", Пол="м", Кем_приходится="отец"),
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
