"""`classbook outage sheets`: blanks of temporary journals (13.1), where the machine lives and the network does not."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from documents.forms import Printer
from permissions.journal import WRITERS
from resolvers.journal_outage_sheets import blank_of, classes_to_fill
from rules.journal_outage_sheets import file_name
from rules.refusals import Refusal, RefusalCode

from .cli_console import acting, bar, run
from .outage_sheets import made
from .settings import Settings

DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    outage = typer.Typer(no_args_is_help=True, help="Временные журналы на время без доступа (13).")
    outage.callback()(lambda: None)  # so that `sheets` stays a word of its own beside what may join it
    outage.command("sheets")(sheets_command)
    app.add_typer(outage, name="outage")


def sheets_command(
    login: Annotated[str, typer.Option(help="От чьего имени: завуч или учитель.")],
    since: Annotated[datetime, typer.Option("--from", help="С какого дня.", formats=DAY)],
    until: Annotated[datetime, typer.Option("--to", help="По какой день.", formats=DAY)],
    school_class: Annotated[list[str] | None, typer.Option("--class", help="Какой класс; без этого — все.")] = None,
    folder: Annotated[Path, typer.Option(help="Куда положить.", file_okay=False)] = Path(),
    pdf: Annotated[bool, typer.Option("--pdf", help="Ещё и для печати: заполнять от руки.")] = False,
    school: Annotated[str | None, typer.Option(help="Код школы, если их несколько.")] = None,
) -> None:
    """Сделать бланки временных журналов: файл на класс (13.1)."""
    console = Console()

    async def make(url: str, settings: Settings) -> None:
        days = since.date(), until.date()
        kinds = ("xlsx", "pdf") if pdf else ("xlsx",)
        count = await _make(console, url, settings, login, days, set(school_class or ()), folder, kinds, school)
        console.print(Text(f"Классов с бланками: {count}, в папке {folder.resolve()}", style="green"))

    raise typer.Exit(run(console, make))


async def _make(
    console: Console,
    url: str,
    settings: Settings,
    login: str,
    days: tuple[date, date],
    wanted: set[str],
    folder: Path,
    kinds: Sequence[str],
    school: str | None,
) -> int:
    refusal = "Временные журналы ведут учителя и завуч."
    async with acting(url, settings, school, login, WRITERS, refusal, "13.1") as context:
        classes = await classes_to_fill(context, *days)
        if unknown := wanted - {name for _, name in classes}:
            told = f"В эти дни нет доступных уроков: {', '.join(sorted(unknown))}."
            raise Refusal(RefusalCode.NOT_FOUND, told, "class", "13.1")
        chosen = [(number, name) for number, name in classes if not wanted or name in wanted]
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        printer = Printer()
        with bar(console) as progress:
            task = progress.add_task("Бланки", total=len(chosen))
            for number, _ in chosen:
                blank = await blank_of(context, number, *days)
                for kind in kinds:
                    content = await made(blank, kind, printer)
                    await asyncio.to_thread((folder / file_name(blank, kind)).write_bytes, content)
                progress.advance(task)
    return len(chosen)
