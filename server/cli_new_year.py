"""`classbook new-year`: the transition to a new school year (12), as far as it goes, and what stands in its way."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from execution.schema import schema_for
from permissions.movement_transition import RUNNERS
from resolvers.context import Context
from resolvers.movement_transition import begin_transition, open_year, revert_transition, run_transition_step
from rules.movement_transition import STEP_NAMES, TransitionState, TransitionStep
from rules.refusals import Refusal, RefusalCode
from schema.base import number

from .cli_console import acting, bar, run
from .settings import Settings

FINDINGS = """query($after: String) { school { transitions {
  id state fromYear { name } toYear { name endsOn } steps { step }
  findings(first: 100, after: $after) {
    nodes { message blocking student { name } schoolClass { name } subject { name } order { effectiveOn basis }
      form { name reportedOn } }
    pageInfo { hasNextPage endCursor } } } } }"""
"""What the administrator sees of a transition, as any client asks for it."""


@dataclass(frozen=True)
class Seen:
    """A transition under way: what is done of it, and what is to be done."""

    id: int
    years: tuple[str, str | None]
    done: frozenset[TransitionStep]
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def blocking(self) -> int:
        """How much keeps the new year closed."""
        return sum(each["blocking"] for each in self.findings)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("new-year")(new_year_command)


def new_year_command(
    login: Annotated[str, typer.Option(help="От чьего имени: учётная запись администратора системы.")],
    school: Annotated[str | None, typer.Option(help="Код школы, если их несколько.")] = None,
    opening: Annotated[
        bool, typer.Option("--open", help="Открыть новый год и закрыть прошлый, если ничто не мешает.")
    ] = False,
    taking_back: Annotated[
        bool, typer.Option("--take-back", help="Отменить начатый переход: черновик нового года удаляется.")
    ] = False,
) -> None:
    """Подготовить новый учебный год по прошлому и показать, что мешает его открыть (12).

    Прерванную команду просто повторите: сделанные шаги остаются, остальные будут сделаны.
    """
    if opening and taking_back:
        raise typer.BadParameter("Либо --open, либо --take-back.")
    console = Console()

    async def go(url: str, settings: Settings) -> None:
        refusal = "Переход на новый учебный год выполняет администратор системы."
        async with acting(url, settings, school, login, RUNNERS, refusal, "12.1") as context:
            await (_take_back(console, context) if taking_back else _go_on(console, context, opening))

    raise typer.Exit(run(console, go))


async def _go_on(console: Console, context: Context, opening: bool) -> None:
    """Begin or go on: the preflight, the steps that are not done, what they have brought to light, the opening."""
    seen = await _seen(context)
    if seen is None:
        if opening and (opened := await _opened(context)):
            console.print(Text(f"Учебный год {opened} уже открыт.", "green"))
            return
        await begin_transition(context)
        seen = await _under_way(context)
    _show(console, "Предварительная проверка", seen.findings)
    if waiting := [step for step in TransitionStep if step not in seen.done]:
        await _run_steps(console, context, seen.id, waiting)
        known, seen = seen.findings, await _under_way(context)
        _show(console, "В черновике нового года", [each for each in seen.findings if each not in known])
    if opening:
        seconds = await _timed(open_year(context, seen.id))
        console.print(Text(f"Учебный год {seen.years[1]} открыт, {seen.years[0]} закрыт: {seconds:.2f} с.", "green"))
    elif seen.blocking:
        console.print(Text(f"Черновик {seen.years[1]} готов. Открыть его пока мешает: {seen.blocking}.", "yellow"))
    else:
        console.print(Text(f"Черновик {seen.years[1]} готов. Открыть его можно с --open.", "green"))


async def _run_steps(console: Console, context: Context, transition: int, waiting: list[TransitionStep]) -> None:
    with bar(console) as progress:
        steps = progress.add_task("", total=len(TransitionStep), completed=len(TransitionStep) - len(waiting))
        for step in waiting:
            progress.update(steps, description=STEP_NAMES[step])
            seconds = await _timed(run_transition_step(context, transition, step))
            progress.console.print(Text(f"{STEP_NAMES[step]}: {seconds:.2f} с."))
            progress.advance(steps)


async def _timed(work: Awaitable[Any]) -> float:
    started = perf_counter()
    await work
    return perf_counter() - started


async def _take_back(console: Console, context: Context) -> None:
    seen = await _under_way(context)
    await revert_transition(context, seen.id)
    console.print(Text(f"Переход с {seen.years[0]} учебного года отменён, черновик удалён.", "green"))


async def _under_way(context: Context) -> Seen:
    seen = await _seen(context)
    if seen is None:
        raise Refusal(RefusalCode.NOT_FOUND, "Переход на новый учебный год не начат.", None, "12.1")
    return seen


async def _transitions(context: Context, after: str | None = None) -> list[dict[str, Any]]:
    """All transitions, the last one first, with a page of what is to be done."""
    await context.refresh()
    answer = await schema_for(context.viewer.roles).execute(FINDINGS, {"after": after}, context_value=context)
    if answer.errors or answer.data is None:
        raise RuntimeError(answer.errors)
    transitions: list[dict[str, Any]] = answer.data["school"]["transitions"]
    return transitions


async def _opened(context: Context) -> str | None:
    """The year that has been opened and is not over yet: whoever opens it once more means this one."""
    last = next(iter(await _transitions(context)), None)
    if last and last["state"] == TransitionState.OPENED.name:
        year = last["toYear"]
        return str(year["name"]) if year["endsOn"] >= context.viewer.today.isoformat() else None
    return None


async def _seen(context: Context) -> Seen | None:
    """The transition that is under way, with all its findings; None if there is none."""
    seen, after = None, None
    while True:
        transitions = await _transitions(context, after)
        found = next((each for each in transitions if each["state"] == TransitionState.UNDER_WAY.name), None)
        if found is None:
            return None
        if seen is None:
            done = frozenset(TransitionStep[each["step"]] for each in found["steps"])
            years = found["fromYear"]["name"], found["toYear"] and found["toYear"]["name"]
            seen = Seen(number("YearTransition", found["id"], "id"), years, done)
        seen.findings.extend(found["findings"]["nodes"])
        if not found["findings"]["pageInfo"]["hasNextPage"]:
            return seen
        after = found["findings"]["pageInfo"]["endCursor"]


def _show(console: Console, title: str, findings: list[dict[str, Any]]) -> None:
    """Findings by kind and class, each with whom or what to act on; those that keep the year closed in red."""
    grouped: dict[tuple[str, bool, str], list[str]] = {}
    for each in findings:
        place = each["schoolClass"]["name"] if each["schoolClass"] else ""
        grouped.setdefault((each["message"], each["blocking"], place), []).extend(_named(each))
    table = Table("Что сделать", "Класс", "Кому, по чему", title=title, title_justify="left")
    table.columns[1].no_wrap = True
    for (message, blocking, place), names in grouped.items():
        table.add_row(Text(message), Text(place), Text(", ".join(names)), style="red" if blocking else "yellow")
    if grouped:
        console.print(table)


def _named(finding: dict[str, Any]) -> list[str]:
    """The object to act on, where it is not the class itself."""
    if order := finding["order"]:
        return [f"{order['basis'] or 'проект'}, действует с {order['effectiveOn']}"]
    if form := finding["form"]:
        return [f"{form['name']} на {form['reportedOn']}"]
    return [each["name"] for each in (finding["student"], finding["subject"]) if each]
