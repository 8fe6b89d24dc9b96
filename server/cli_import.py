"""`classbook import`: shows what a school's list would do, and loads it whole or not at all."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from documents.sheets import MAX_BYTES, Sheet, SheetError, read_sheet, write_sheet
from resolvers.imports import ImportRefused, ImportReport, apply_import, plan_import
from resolvers.imports_plan import OBJECT_NAMES, Effect, ImportPlan
from rules.imports import Problem
from rules.imports_columns import COLUMNS, IMPORT_TITLES, ImportKind
from rules.refusals import Refusal, bad_input

from .postgres import database
from .settings import Settings

PREVIEW_ROWS = 20
"""So many rows of the preview are shown; problems are shown all."""

EFFECT_WORDS = {Effect.CREATED: "создать", Effect.CHANGED: "изменить", Effect.UNCHANGED: "без изменений"}


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("import")(import_command)


def import_command(
    kind: Annotated[ImportKind, typer.Argument(help="Что в файле: students, staff или assignments.")],
    file: Annotated[Path | None, typer.Argument(help="Файл XLSX или CSV.", exists=True, dir_okay=False)] = None,
    school: Annotated[str | None, typer.Option(help="Код школы, если их несколько.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Загрузить. Без этого файл только проверяется.")] = False,
    template: Annotated[
        Path | None, typer.Option(help="Записать сюда пустой образец с заголовками и одной строкой.")
    ] = None,
) -> None:
    """Проверить список учеников, сотрудников или нагрузки и загрузить его: целиком или никак."""
    console = Console()
    if template is not None:
        write_template(kind, template)
        console.print(f"Образец записан: {template}", markup=False)
        if file is None:
            return
    if file is None:
        raise typer.BadParameter("нужен файл XLSX или CSV", param_hint="FILE")
    try:
        with file.open("rb") as content:
            sheet = read_sheet(content.read(MAX_BYTES + 1), file.name)
    except SheetError as error:
        console.print(Text(str(error), style="red"))
        raise typer.Exit(1) from None
    raise typer.Exit(asyncio.run(_run(console, kind, sheet, school, apply)))


def write_template(kind: ImportKind, path: Path) -> None:
    """Write a sheet with every header and one sample row; all cells are text, so numbers keep their zeros."""
    columns = COLUMNS[kind]
    path.write_bytes(write_sheet([column.header for column in columns], [[column.example for column in columns]]))


async def _run(console: Console, kind: ImportKind, sheet: Sheet, school: str | None, apply: bool) -> int:
    settings = Settings()
    with database(settings) as url:
        connection = await asyncpg.connect(url)
        try:
            return await import_sheet(
                connection, console, kind, sheet, school, settings.now or datetime.now(UTC), apply
            )
        except asyncpg.UndefinedTableError:
            console.print("[red]База данных пуста: сначала создайте в ней таблицы и школу.")
            return 1
        finally:
            await connection.close()


async def import_sheet(
    connection: asyncpg.Connection,
    console: Console,
    kind: ImportKind,
    sheet: Sheet,
    school: str | None,
    now: datetime,
    apply: bool,
) -> int:
    """Show what the sheet would do, and do it if asked to. Gives the exit code: 1 where something stands against it."""
    try:
        school_id, time_zone = await find_school(connection, school)
        plan = await plan_import(connection, school_id, kind, sheet, now.astimezone(ZoneInfo(time_zone)).date())
        if not apply or plan.problems:
            show_plan(console, plan)
            return 1 if plan.problems else 0
        show_report(console, await apply_import(connection, school_id, plan, now, None))
    except ImportRefused as refused:
        show_plan(console, refused.plan)
        return 1
    except Refusal as refused:
        console.print(Text(refused.message, style="red"))
        return 1
    return 0


async def find_school(connection: asyncpg.Connection, code: str | None) -> tuple[int, str]:
    """The school with this code, or the only one there is."""
    schools = await connection.fetch("SELECT school_id, code, time_zone FROM school ORDER BY code LIMIT 100")
    if code is not None:
        schools = await connection.fetch("SELECT school_id, code, time_zone FROM school WHERE code = $1", code)
        if not schools:
            raise bad_input(f"Нет школы с кодом «{code}».")
    if not schools:
        raise bad_input("В базе нет ни одной школы.")
    if len(schools) > 1:
        listed = ", ".join(school["code"] for school in schools)
        raise bad_input(f"Школ несколько, укажите --school: {listed}.")
    return schools[0]["school_id"], schools[0]["time_zone"]


def show_plan(console: Console, plan: ImportPlan) -> None:
    """What the file would do, and all that stands against it."""
    year = f", учебный год {plan.year}" if plan.year else ""
    console.print(Text(f"{IMPORT_TITLES[plan.kind]}: «{plan.sheet.name}», строк {len(plan.sheet.rows)}{year}"))
    if plan.preview:
        _show_preview(console, plan)
    if plan.made and not plan.problems:
        console.print(Text(f"Будут созданы: {'; '.join(plan.made)}."))
    if not plan.problems:
        _show_counts(console, ("Создать", "Изменить", "Без изменений"), plan.created, plan.changed, plan.unchanged)
    _show_problems(console, "Обратите внимание", "yellow", plan.warnings)
    _show_problems(console, "Ошибки", "red", plan.problems)
    if plan.problems:
        console.print(Text(f"Ошибок: {len(plan.problems)}. Загрузить нельзя, пока они есть.", style="red"))
    else:
        console.print("Ошибок нет. Это проверка: чтобы загрузить, добавьте --apply.", markup=False)


def show_report(console: Console, report: ImportReport) -> None:
    """What has been loaded."""
    console.print(Text(f"{IMPORT_TITLES[report.kind]}: «{report.file}» загружен.", style="green"))
    _show_counts(console, ("Создано", "Изменено", "Без изменений"), report.created, report.changed, report.unchanged)
    _show_problems(console, "Обратите внимание", "yellow", report.warnings)


def _show_preview(console: Console, plan: ImportPlan) -> None:
    table = Table("Строка", "Что", "Действие", "Подробности", title="Строки файла", title_justify="left")
    for shown in plan.preview[:PREVIEW_ROWS]:
        table.add_row(str(shown.row), Text(shown.title), EFFECT_WORDS[shown.effect], Text("; ".join(shown.details)))
    console.print(table)
    if (more := len(plan.preview) - PREVIEW_ROWS) > 0:
        console.print(f"… и ещё строк: {more}")


def _show_counts(console: Console, titles: Iterable[str], *counts: dict[str, int]) -> None:
    table = Table(title="Итого", title_justify="left")
    table.add_column("")
    for title in titles:
        table.add_column(title, justify="right")
    for name, words in OBJECT_NAMES.items():
        if any(name in count for count in counts):
            table.add_row(words, *(str(count.get(name, 0)) for count in counts))
    console.print(table)


def _show_problems(console: Console, title: str, style: str, problems: Iterable[Problem]) -> None:
    table = Table(title=title, title_justify="left", title_style=style)
    table.add_column("Строка", justify="right")
    table.add_column("Столбец")
    table.add_column("Причина" if style == "red" else "Замечание", overflow="fold")
    for problem in problems:
        row = str(problem.row) if problem.row is not None else "файл"
        table.add_row(row, Text(problem.column or "—"), Text(problem.reason))
    if table.row_count:
        console.print(table)
