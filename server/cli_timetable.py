"""`classbook publish-timetable`: puts a weekly timetable into force with its dated lessons, and shows how far it is."""

from datetime import datetime
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import select

from models.timetable_week import Timetable
from permissions.timetable import SCHEDULERS
from resolvers.timetable_generation import Generated
from resolvers.timetable_publishing import publish_timetable
from rules.refusals import not_found
from rules.timetable_corrections import not_made

from .cli_console import acting, bar, run
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
    console = Console()

    async def publish(url: str, settings: Settings) -> None:
        started = perf_counter()
        made = await _publish(console, url, settings, title, login, since, until, school)
        _show(console, title, made, perf_counter() - started)

    raise typer.Exit(run(console, publish))


async def _publish(
    console: Console,
    url: str,
    settings: Settings,
    title: str,
    login: str,
    since: datetime,
    until: datetime,
    school: str | None,
) -> Generated:
    async with acting(url, settings, school, login, SCHEDULERS, "Расписание публикует завуч.", "6.2") as context:
        async with context.database.transaction() as transaction:
            named = await transaction.first(
                select(Timetable.id)
                .where(Timetable.school_id == context.viewer.school_id, Timetable.title == title)
                .order_by(Timetable.id.desc())
            )
        if named is None:
            raise not_found("title")
        with bar(console) as progress:
            lessons = progress.add_task("Уроки", total=None)
            return await publish_timetable(
                context,
                named.id,
                since.date(),
                until.date(),
                None,
                step=lambda done, total: progress.update(lessons, completed=done, total=total),
            )


def _show(console: Console, title: str, made: Generated, seconds: float) -> None:
    counts = f"создано {made.created}, изменено {made.changed}, убрано {made.removed}"
    console.print(Text(f"«{title}» опубликовано: {counts}, за {seconds:.1f} с.", style="green"))
    for each in made.left_out:
        console.print(Text(f"Не поставлен: {not_made(*each)}.", style="yellow"))
