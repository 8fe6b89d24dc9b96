"""`classbook audit …`: examines the chain of the audit trail, and tells how far it goes (11.4-11.7)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from resolvers.account_audit import examine, head_of, schools, seal
from resolvers.database import Database
from rules.account_audit import Head

from .postgres import database
from .settings import Settings

app = typer.Typer(no_args_is_help=True, help="The audit trail.")
console = Console(soft_wrap=True)
T = TypeVar("T")

School = Annotated[str | None, typer.Option(help="The school's code; all schools without.")]


def register(to: typer.Typer) -> None:
    """Add the commands to the command line."""
    to.add_typer(app, name="audit")


@app.command()
def verify(
    school: School = None,
    expect: Annotated[str | None, typer.Option(help="A head of that school that was kept: POSITION:DIGEST.")] = None,
) -> None:
    """Find entries that were changed, taken out or put in; ends with 1 if there are any."""
    if expect is not None and school is None:
        raise typer.BadParameter("Укажите и школу: --school.")
    try:
        expected = Head.read(expect) if expect else None
    except ValueError as error:
        raise typer.BadParameter("Нужно НОМЕР:ДАЙДЖЕСТ, как печатает `classbook audit head`.") from error
    found = _of_schools(school, lambda opened, of: examine(opened, of, expected))
    for code, each in found.items():
        for wrong in each.wrong:
            console.print(f"[red]{code}: {wrong}[/]")
        state = "[red]нарушена[/]" if each.wrong else "цела"
        console.print(f"{code}: цепь {state}, звеньев {each.head.position}, ещё не опечатано записей: {each.waiting}")
    if any(each.wrong for each in found.values()):
        raise typer.Exit(1)


@app.command()
def head(school: School = None) -> None:
    """Seal what has come in, and print how far each chain goes: to be kept where the database's owner has no access."""

    async def sealed(opened: Database, of: int) -> Head:
        await seal(opened, of)
        return await head_of(opened, of)

    for code, each in _of_schools(school, sealed).items():
        typer.echo(f"{code} {each}")


def _of_schools(code: str | None, work: Callable[[Database, int], Awaitable[T]]) -> dict[str, T]:
    """What the work gives for each school, or the one that is named, by its code."""

    async def each(url: str) -> dict[str, T]:
        opened = await Database.open(url, 2)
        try:
            named: dict[str, Any] = {row.code: row.id for row in await schools(opened)}
            if code is not None and code not in named:
                raise typer.BadParameter(f"Нет школы с кодом «{code}».")
            return {name: await work(opened, of) for name, of in named.items() if code in (None, name)}
        finally:
            await opened.close()

    with database(Settings()) as url:
        return asyncio.run(each(url))
