"""`classbook publish-timetable`: puts a weekly timetable into force with its dated lessons, and shows how far it is."""

import asyncio
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text
from sqlalchemy import select

from models.timetable_week import Timetable
from permissions.timetable import SCHEDULERS
from resolvers.account_admin import at_console
from resolvers.account_tokens import Tokens
from resolvers.database import Database
from resolvers.timetable_generation import Generated
from resolvers.timetable_publishing import publish_timetable
from rules.refusals import Refusal, RefusalCode, not_found
from rules.timetable_corrections import not_made

from .cli_import import find_school
from .postgres import database, signing_key
from .settings import Settings

DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("publish-timetable")(publish_command)


def publish_command(
    title: Annotated[str, typer.Argument(help="Название недельного расписания.")],
    login: Annotated[str, typer.Option(help="От чьего имени: учётная запись завуча.")],
    since: Annotated[datetime, typer.Option("--from", help="С какого дня.", formats=DAY)],
    until: Annotated[datetime, typer.Option(help="По какой день.", formats=DAY)],
    school: Annotated[str | None, typer.Option(help="Код школы, если их несколько.")] = None,
) -> None:
    """Ввести недельное расписание в действие и составить уроки по датам (6.1)."""
    settings, console = Settings(), Console()
    with database(settings) as url:
        raise typer.Exit(asyncio.run(_publish(console, url, settings, title, login, since, until, school)))


async def _publish(
    console: Console,
    url: str,
    settings: Settings,
    title: str,
    login: str,
    since: datetime,
    until: datetime,
    school: str | None,
) -> int:
    opened = await Database.open(url, 2)
    tokens = Tokens(signing_key(settings), settings.access_token_life, settings.session_life)
    real_now = datetime.now(UTC)
    started = perf_counter()
    try:
        connection = await asyncpg.connect(url)
        try:
            school_id, _ = await find_school(connection, school)
        finally:
            await connection.close()
        async with at_console(opened, tokens, school_id, login, settings.now or real_now, real_now) as context:
            if not context.viewer.roles & SCHEDULERS:
                raise Refusal(RefusalCode.FORBIDDEN, "Расписание публикует завуч.", "login", "6.2")
            async with opened.transaction() as transaction:
                named = await transaction.first(
                    select(Timetable.id)
                    .where(Timetable.school_id == school_id, Timetable.title == title)
                    .order_by(Timetable.id.desc())
                )
            if named is None:
                raise not_found("title")
            with _bar(console) as progress:
                bar = progress.add_task("Уроки", total=None)
                made = await publish_timetable(
                    context,
                    named.id,
                    since.date(),
                    until.date(),
                    None,
                    step=lambda done, total: progress.update(bar, completed=done, total=total),
                )
    except asyncpg.UndefinedTableError:
        console.print("[red]База данных пуста: сначала создайте в ней таблицы и школу.")
        return 1
    except Refusal as refused:
        console.print(Text(refused.message, style="red"))
        return 1
    finally:
        await opened.close()
    _show(console, title, made, perf_counter() - started)
    return 0


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _show(console: Console, title: str, made: Generated, seconds: float) -> None:
    counts = f"создано {made.created}, изменено {made.changed}, убрано {made.removed}"
    console.print(Text(f"«{title}» опубликовано: {counts}, за {seconds:.1f} с.", style="green"))
    for each in made.left_out:
        console.print(Text(f"Не поставлен: {not_made(*each)}.", style="yellow"))
