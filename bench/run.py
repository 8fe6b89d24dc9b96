"""The benchmark's command: `python -m bench.run`."""

import asyncio
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from . import chart, database, measure, report
from .contestants import CONTESTANTS, ROOT, Contestant, machine, missing, versions
from .queries import QUERIES

console = Console()


def main(
    data: Annotated[Path, typer.Option(help="Where the database of the benchmark lives.")] = Path(".bench"),
    database_url: Annotated[str | None, typer.Option(help="A PostgreSQL to use in place of our own.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this query; may be given several times.")] = None,
    contestants: Annotated[str | None, typer.Option(help="Only these, with commas between.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a slice is.")] = 4.0,
    quick: Annotated[bool, typer.Option("--quick", help="One round of short slices, to see that all works.")] = False,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = ROOT / "docs",
) -> None:
    """Measure classbook beside its peers and write docs/benchmark.{json,md,svg}."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if quick:
        rounds, seconds = 1, 1.0
    try:
        queries = [QUERIES[name] for name in only or QUERIES]
        chosen = _chosen(contestants)
    except KeyError as unknown:
        raise typer.BadParameter(f"{unknown} is none of {', '.join([*QUERIES, *CONTESTANTS])}") from unknown
    data.mkdir(parents=True, exist_ok=True)
    (data / ".gitignore").write_text("*\n")
    with database.running(data, database_url) as (url, log):
        prepared = asyncio.run(database.prepare(url, log, data, console))
        with _bars() as progress, measure.loading() as load:
            plan = measure.Plan(prepared, data, queries, chosen, rounds, seconds, progress, load)
            results = _measured(plan)
    out.mkdir(parents=True, exist_ok=True)
    (out / "benchmark.json").write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2) + b"\n")
    (out / "benchmark.md").write_text(report.markdown(results))
    (out / "benchmark.svg").write_text(chart.svg(results))
    for each in results["targets"]:
        mark = "[green]yes[/]" if each["reached"] else "[red]no [/]"
        console.print(f"{mark} {each['query']}: {each['ratio']:.2f} × {each['peer']}, at least {each['least']:g}")
    console.print(f"Written: {out}/benchmark.json, benchmark.md, benchmark.svg")


def _measured(plan: measure.Plan) -> dict[str, Any]:
    figures = measure.rounds(plan)
    idle = measure.memory(plan, figures)
    grown = measure.growth(plan) if QUERIES["school"] in plan.queries else {}
    at_work = measure.workers(plan)
    queries = {
        name: {contestant: own.summary() for contestant, own in found.items()} for name, found in figures.items()
    }
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _commit(),
        "machine": machine(),
        "versions": versions(plan.database),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "targets": report.targets(queries),
        "queries": queries,
        "idle_mib": idle,
        "growth": grown,
        "workers": at_work,
    }


def _chosen(names: str | None) -> list[Contestant]:
    """The contestants that can take part; says of the others why they cannot."""
    found = []
    for contestant in [CONTESTANTS[name.strip()] for name in names.split(",")] if names else CONTESTANTS.values():
        if reason := missing(contestant):
            console.print(f"[yellow]Without {contestant.name}: {reason}.[/]")
        else:
            found.append(contestant)
    return found


def _commit() -> str | None:
    git = shutil.which("git")
    if not git:
        return None
    found = subprocess.run([git, "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    return found.stdout.strip() or None


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


if __name__ == "__main__":
    typer.run(main)
