"""`/metrics` for Prometheus: of all worker processes together, for whoever shows the operator's token."""

import os
import secrets
from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, Metric, make_asgi_app
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable under which prometheus_client, when it is imported, finds the folder that the workers count in."""

WORKER = Gauge("classbook_worker", "1 for each process that serves.", multiprocess_mode="liveall")


class Metrics:
    """An ASGI application: every metric, in Prometheus' text format."""

    def __init__(self, token: str) -> None:
        self.token = token.encode()
        WORKER.set(1)
        self.answer = make_asgi_app(_of_all_workers() if FOLDER in os.environ else REGISTRY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        kind, _, shown = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and secrets.compare_digest(shown.encode(), self.token):
            await self.answer(scope, receive, send)
        else:
            await Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)


def _of_all_workers() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(AllWorkers())
    return registry


class AllWorkers(Collector):
    """What the workers count, added up, and the time and memory of each process, by its `pid`."""

    def collect(self) -> Iterable[Metric]:
        """Every metric."""
        found: dict[str, Metric] = {each.name: each for each in MultiProcessCollector(None).collect()}  # type: ignore[no-untyped-call]
        for pid in [sample.labels["pid"] for sample in found["classbook_worker"].samples]:
            for metric in _of_process(pid):
                known = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    known.add_sample(sample.name, {"pid": pid}, sample.value)
        return found.values()


def _of_process(pid: str) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: pid, registry=None).collect()
