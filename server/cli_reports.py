"""`classbook print-reports`: the reports of a class or of the school into a folder, where the machine lives (10.1)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from documents.archives import Archive
from documents.forms import Printer, TooLong, Unprintable
from resolvers.context import Context
from resolvers.report import Asked
from resolvers.report_sets import Order, class_named, noted_prints, period_named, planned
from resolvers.report_sets_left import lines_of
from rules.refusals import Refusal, RefusalCode
from rules.report import Report, ReportOf
from rules.report_sets import CLAUSE, ORDERERS, ReportFormat

from .cli_console import acting, bar, run
from .report_sets import TOO_LONG, UNPRINTABLE, printed, unmade
from .settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("print-reports")(print_reports_command)


def print_reports_command(
    login: Annotated[str, typer.Option(help="От чьего имени.")],
    period: Annotated[str, typer.Option(help="Учебный период, например «I четверть».")],
    school_class: Annotated[str | None, typer.Option("--class", help="Какой класс; без этого — вся школа.")] = None,
    report: Annotated[list[Report] | None, typer.Option(help="Какие отчёты; без этого — все.")] = None,
    students: Annotated[bool, typer.Option("--students", help="Ещё и по каждому обучающемуся.")] = False,
    kind: Annotated[list[ReportFormat] | None, typer.Option("--format", help="Какими файлами; все без этого.")] = None,
    out: Annotated[Path, typer.Option(help="Куда положить.", file_okay=False)] = Path(),
    school: Annotated[str | None, typer.Option(help="Код школы, если их несколько.")] = None,
) -> None:
    """Напечатать все отчёты класса или школы: папка на класс (10.1)."""
    console = Console()

    async def make(url: str, settings: Settings) -> None:
        async with acting(url, settings, school, login, ORDERERS, "Отчётов для этой роли нет.", CLAUSE) as context:
            asked = Asked(period_id=await period_named(context, period))
            of = ReportOf.SCHOOL if school_class is None else ReportOf.CLASS
            row = context.viewer.school_id if school_class is None else await class_named(context, school_class)
            order = Order(of, row, asked, report, kind or tuple(ReportFormat), students)
            count = await print_into(console, context, order, out)
        console.print(Text(f"Отчётов: {count}, в папке {out.resolve()}", style="green"))

    raise typer.Exit(run(console, make))


async def print_into(console: Console, context: Context, order: Order, folder: Path) -> int:
    """Print a set into a folder. Gives how many reports there are."""
    plan = await planned(context, order)
    printer = Printer()
    names = Archive(context.now)
    made, left = [], list(plan.left)
    with bar(console) as progress:
        task = progress.add_task("Отчёты", total=len(plan.prints))
        for each in plan.prints:
            try:
                async for name, content in printed(each, _endings(order.formats), context, printer):
                    path = folder / names.free(each.folder, name)
                    await asyncio.to_thread(_write, path, content)
                made.append(each)
            except Refusal as refusal:
                if refusal.code != RefusalCode.BAD_INPUT:
                    raise
                left.append(unmade(each, refusal.message))
            except TooLong:
                left.append(unmade(each, TOO_LONG))
            except Unprintable:
                left.append(unmade(each, UNPRINTABLE))
            progress.advance(task)
    for line in await lines_of(context, left):
        console.print(Text(line, style="yellow"))
    await noted_prints(context, order.formats, made)
    return len(made)


def _endings(formats: Sequence[ReportFormat]) -> list[str]:
    return [each.value for each in formats]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
