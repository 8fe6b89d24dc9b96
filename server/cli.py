"""The `classbook` command."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import available_timezones

import asyncpg
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from migrations.run import downgrade, upgrade
from resolvers.account_admin import Administrator
from resolvers.curriculum_year import begin_school
from resolvers.database import Database
from rules.account import ROLE_NAMES, Role
from rules.refusals import Refusal
from rules.school import Sex
from schema.build import RoleSchema

from . import cli_audit, cli_import, cli_new_year, cli_outage, cli_reports, cli_timetable, workers
from .demo import DEMO_NOW, DEMO_PASSWORD, Demo, DemoExists, known_demo, make_demo
from .demo_certificates import certify_closed
from .demo_prints import make_prints
from .postgres import database, signing_key
from .settings import Settings
from .storage import file_store

app = typer.Typer(no_args_is_help=True, add_completion=False, help="classbook: электронный журнал школы.")
console = Console()
cli_audit.register(app)
cli_import.register(app)
cli_timetable.register(app)
cli_new_year.register(app)
cli_outage.register(app)
cli_reports.register(app)


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Make the demo school if it is not there, and use its day.")
    ] = False,
) -> None:
    """Bring the database up to date and serve until interrupted."""
    settings = Settings()
    # It must unwind this frame, which stops our PostgreSQL; uvicorn raises it again once it has shut down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with database(settings) as url:
        asyncio.run(upgrade(url))
        if demo:
            school = asyncio.run(_demo(url, settings))
            if settings.now is None:
                settings.now = DEMO_NOW
            _show_demo(school, settings)
        workers.serve(url, signing_key(settings), settings)


@app.command()
def migrate(revision: Annotated[str, typer.Argument(help="Where to: head, base or a revision.")] = "head") -> None:
    """Bring the database up to a revision, or back to an earlier one with `-REVISION`."""
    with database(Settings()) as url:
        if revision == "base" or revision.startswith("-"):
            asyncio.run(downgrade(url, revision.removeprefix("-")))
        else:
            asyncio.run(upgrade(url, revision))
    console.print(f"База данных: [bold]{revision}[/]")


@app.command()
def demo() -> None:
    """Make the demo school."""
    settings = Settings()
    with database(settings) as url:
        asyncio.run(upgrade(url))
        _show_demo(asyncio.run(_demo(url, settings)), settings)


@app.command()
def schema(
    role: Annotated[
        list[Role] | None, typer.Option(help="The schema of these roles together; the whole without.")
    ] = None,
) -> None:
    """Print the SDL."""
    typer.echo(str(RoleSchema(frozenset(role) if role else None)))


@app.command("create-admin")
def create_admin(
    login: Annotated[str, typer.Option(help="The login.")],
    family_name: Annotated[str, typer.Option(help="Фамилия.")],
    given_name: Annotated[str, typer.Option(help="Имя.")],
    birth_date: Annotated[datetime, typer.Option(help="Дата рождения.", formats=["%Y-%m-%d"])],
    school: Annotated[str, typer.Option(help="The school's code; it is made if there is none.")],
    patronymic: Annotated[str | None, typer.Option(help="Отчество.")] = None,
    sex: Annotated[Sex, typer.Option(help="Пол.")] = Sex.FEMALE,
    school_name: Annotated[str | None, typer.Option(help="The name of a school that is made.")] = None,
    time_zone: Annotated[str, typer.Option(help="The time zone of a school that is made.")] = "Europe/Moscow",
    password: Annotated[str, typer.Option(prompt="Пароль", confirmation_prompt=True, hide_input=True)] = "",
) -> None:
    """Make an administrator's account, and the school with its current year if the school is new (3.1)."""
    if time_zone not in available_timezones():
        raise typer.BadParameter(f"Неизвестный часовой пояс: {time_zone}")
    person = Administrator(login, password, family_name, given_name, patronymic, sex, birth_date.date())
    settings = Settings()
    with database(settings) as url:
        asyncio.run(upgrade(url))
        try:
            now = settings.now or datetime.now(UTC)
            asyncio.run(_create_admin(url, person, school, school_name, time_zone, now))
        except Refusal as refusal:
            raise typer.BadParameter(refusal.message) from refusal
    console.print(f"Администратор [bold]{login}[/] школы [bold]{school}[/] может войти.")


async def _create_admin(
    url: str, person: Administrator, school: str, school_name: str | None, time_zone: str, now: datetime
) -> None:
    opened = await Database.open(url, 1)
    try:
        await begin_school(opened, school, school_name, time_zone, person, now)
    finally:
        await opened.close()


async def _demo(url: str, settings: Settings) -> Demo:
    """Make the demo school, or say what is there already."""
    connection = await asyncpg.connect(url)
    try:
        with Progress(console=console) as progress:
            school = await make_demo(connection, progress=progress, store=file_store(settings))
        await certify_closed(url, settings, school.code)
        await make_prints(url, settings, school.code)
        return school
    except DemoExists:
        return known_demo()
    finally:
        await connection.close()


def _show_demo(school: Demo, settings: Settings) -> None:
    table = Table(title=f"Демонстрационная школа, сегодня {school.today:%d.%m.%Y}")
    table.add_column("логин", no_wrap=True, style="bold")
    table.add_column("роли")
    table.add_column("кто это")
    for each in school.logins:
        table.add_row(each.login, ", ".join(ROLE_NAMES[role] for role in Role if role in each.roles), each.description)
    console.print(table)
    console.print(f"Пароль у всех: [bold]{DEMO_PASSWORD}[/]")
    console.print(f"GraphiQL: http://{settings.host}:{settings.port}/   GraphQL: /graphql")


def main() -> None:
    """Run the command line."""
    app()
