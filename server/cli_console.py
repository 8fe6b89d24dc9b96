"""What commands of the command line share that somebody gives: as whom, and what is said when it cannot be done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from resolvers.account_admin import at_console
from resolvers.account_tokens import Tokens
from resolvers.context import Context
from resolvers.database import Database
from rules.account import Role
from rules.refusals import Refusal, RefusalCode

from .cli_import import find_school
from .postgres import database, signing_key
from .settings import Settings

LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError)
"""What asyncpg raises when the database goes away."""


@asynccontextmanager
async def acting(
    url: str,
    settings: Settings,
    school: str | None,
    login: str,
    roles: frozenset[Role],
    refusal: str,
    clause: str,
    *,
    lasts: bool = False,
) -> AsyncIterator[Context]:
    """A request of whoever has the login in the school, if they hold one of the roles; refused otherwise. lasts: its
    session is not over at the end.
    """
    opened = await Database.open(url, 2)
    tokens = Tokens(signing_key(settings), settings.access_token_life, settings.session_life)
    real_now = datetime.now(UTC)
    try:
        connection = await asyncpg.connect(url)
        try:
            school_id, _ = await find_school(connection, school)
        finally:
            await connection.close()
        async with at_console(
            opened, tokens, school_id, login, settings.now or real_now, real_now, lasts=lasts
        ) as context:
            if not context.viewer.roles & roles:
                raise Refusal(RefusalCode.FORBIDDEN, refusal, "login", clause)
            yield context
    finally:
        await opened.close()


def run(console: Console, work: Callable[[str, Settings], Coroutine[Any, Any, None]]) -> int:
    """Do it on the database of the settings. Gives the exit code: 1 where something stands against it, told in red."""
    settings = Settings()
    with database(settings) as url:
        try:
            asyncio.run(work(url, settings))
        except asyncpg.UndefinedTableError:
            console.print("[red]База данных пуста: сначала создайте в ней таблицы и школу.")
        except Refusal as refused:
            console.print(Text(refused.message, style="red"))
        except LOST:
            console.print("[red]Связь с базой данных прервалась. Повторите команду: сделанное не пропадёт.")
        else:
            return 0
    return 1


def bar(console: Console) -> Progress:
    """A bar that says how many of how many, and for how long."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
