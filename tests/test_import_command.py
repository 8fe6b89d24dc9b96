"""`classbook import`: what it prints, what it exits with, and the template it writes."""

import io
from pathlib import Path

import asyncpg
import typer
from rich.console import Console
from typer.testing import CliRunner

from documents.sheets import read_sheet
from rules.imports import check_file
from rules.imports_columns import ImportKind
from server.cli_import import import_sheet, register

from .import_rows import NOW, STUDENTS, TODAY, Cells, new_school, sheet_of, student


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
