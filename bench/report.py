"""The report: every figure as JSON, the tables and the targets as Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any

from .queries import QUERIES

TARGETS = (("limit", 0.7), ("postgraphile", 2.0), ("mercurius", 1.0), ("strawberry", 15.0))
"""How many times a peer's requests a second classbook is to reach."""

COLUMNS = (
    ("requests/s", "per_second"),
    ("p50, ms", "p50_ms"),
    ("p99, ms", "p99_ms"),
    ("server CPU, ms", "server_cpu_ms"),
    ("PostgreSQL CPU, ms", "postgres_cpu_ms"),
    ("peak memory, MiB", "peak_mib"),
)

WORKERS = (("requests/s", "per_second"), ("p50, ms", "p50_ms"), ("peak memory, MiB", "peak_mib"))

INTRODUCTION = """# Benchmark

`make bench` wrote this page, `benchmark.json` (every figure) and `benchmark.svg`. All contestants serve the same full
demo school from the same PostgreSQL, find out who asks in the same way on each request, and hold the same row rule;
their answers were compared before anything was measured. One process each, asked in turn, slice by slice, over
keep-alive connections: {at_once}.
Processor time and memory are the server's own, PostgreSQL's time stands beside; memory is the peak of a fresh process
that is asked this query only. The ratio in brackets is to the limit: the same answers written by hand
(`bench/limit.py`). The school summary and the movement book are reports: the peers, who give rows of tables and have
no figures of them, are not asked these two.
"""


def number(value: float | None) -> str:
    """A figure with three digits that count."""
    if value is None:
        return "—"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns after the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def targets(queries: dict[str, Any]) -> list[dict[str, Any]]:
    """For each query and target: the ratio that was reached, and whether it is enough."""
    found = []
    for query, contestants in queries.items():
        for peer, least in TARGETS:
            if "classbook" in contestants and peer in contestants:
                ratio = contestants["classbook"]["per_second"] / contestants[peer]["per_second"]
                found.append(
                    {"query": query, "peer": peer, "least": least, "ratio": round(ratio, 3), "reached": ratio >= least}
                )
    return found


def markdown(results: dict[str, Any]) -> str:
    """The page."""
    queries = results["queries"]
    at_once = ", ".join(f"{QUERIES[name].title} {QUERIES[name].at_once}" for name in queries)
    parts = [INTRODUCTION.format(at_once=at_once), "![](benchmark.svg)\n", _machine(results), _targets(results)]
    parts += [_query(name, contestants) for name, contestants in queries.items()]
    if results.get("growth"):
        parts.append(_growth(results["growth"]))
    if results.get("workers"):
        parts.append(_workers(results["workers"]))
    return "\n".join(parts)


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores shared by server, PostgreSQL and load, "
        f"{machine['memory_gib']} GiB, Linux {machine['kernel']}. {results['rounds']} rounds of "
        f"{results['seconds']:g} s. {versions}.\n"
    )


def _targets(results: dict[str, Any]) -> str:
    by_peer: dict[tuple[str, float], dict[str, Any]] = {}
    for each in results["targets"]:
        by_peer.setdefault((each["peer"], each["least"]), {})[each["query"]] = each
    rows = [
        [
            f"at least {least:g} × {peer}",
            *(_reached(found.get(query)) for query in results["queries"]),
        ]
        for (peer, least), found in by_peer.items()
    ]
    head = ["classbook, requests/s", *(QUERIES[name].title for name in results["queries"])]
    return "## Targets\n\n" + table(head, rows)


def _reached(found: dict[str, Any] | None) -> str:
    """Whether a target is reached; a dash where the peer was not asked."""
    return f"{'yes' if found['reached'] else 'no'}, {number(found['ratio'])} ×" if found else "—"


def _query(name: str, contestants: dict[str, Any]) -> str:
    limit = contestants.get("limit")
    rows = []
    for contestant, figures in contestants.items():
        cells = []
        for _, key in COLUMNS:
            value, of = figures[key], limit and limit[key]
            cells.append(f"{number(value)} ({number(value / of)})" if value and of else number(value))
        rows.append([contestant, *cells, _statements(figures, limit)])
    text = table(["", *(title for title, _ in COLUMNS), "statements"], rows)
    return (
        f"## {QUERIES[name].title.capitalize()}\n\n{text}\n"
        "Statements a request, the viewer's among them; after the plus BEGIN, ROLLBACK, RESET and the like.\n"
    )


def _statements(figures: dict[str, Any], limit: dict[str, Any] | None) -> str:
    """Statements a request, with the housekeeping beside them, and the ratio of both to the limit's."""
    if figures["statements"] is None:
        return "—"
    beside = f" + {figures['housekeeping']}" if figures["housekeeping"] else ""
    of = limit and limit["statements"] and limit["statements"] + limit["housekeeping"]
    ratio = f" ({number((figures['statements'] + figures['housekeeping']) / of)})" if of else ""
    return f"{figures['statements']}{beside}{ratio}"


def _growth(growth: dict[str, Any]) -> str:
    rows = []
    names = list(growth)
    for points in zip(*growth.values(), strict=True):
        marks = points[0]["marks"]
        cells = [str(points[0]["classes"]), f"{marks:,}"]
        for point in points:
            each = number(point["ms"] * 1000 / marks) if marks else "—"
            cells += [number(point["ms"]), each, number(point["peak_mib"])]
        rows.append(cells)
    head = ["classes", "marks"]
    for name in names:
        head += [f"{name}, ms", "µs a mark", "peak memory, MiB"]
    return (
        "## Growth\n\nThe whole school over more and more classes, one request at a time. "
        "The first year gets no marks.\n\n" + table(head, rows)
    )


def _workers(workers: dict[str, Any]) -> str:
    rows = []
    for contestant, queries in workers.items():
        for query, found in queries.items():
            cells = [number(found[count][key]) for _, key in WORKERS for count in found]
            gain = f"{found['2']['per_second'] / found['1']['per_second']:.2f} ×" if "2" in found else "—"
            rows.append([f"{contestant}, {QUERIES[query].title}", *cells, gain])
    head = [f"{title}, {count}" for title, _ in WORKERS for count in ("1 worker", "2 workers")]
    text = table(["", *head, "gain"], rows)
    note = (
        "Memory is the peak of all processes together. PostgreSQL and the load run on the same cores, so two workers "
        "cannot be twice as fast here.\n"
    )
    return f"## Worker processes\n\n{text}\n{note}"
