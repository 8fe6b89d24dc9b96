"""The ASGI application: GraphQL, federation, files, blanks, calendars, prints, GraphiQL, health, metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from documents.forms import Printer
from documents.signatures import read_anchors
from resolvers.account_tokens import Tokens
from resolvers.context import Context
from resolvers.database import Database

from .calendars import Calendars
from .clock import Clock
from .compression import Compressed
from .files import Files
from .graphiql import graphiql_routes
from .graphql import Door
from .keeper import Keeper
from .live import Hub
from .metrics import Metrics
from .outage_sheets import OutageSheets
from .prints import Prints
from .report_sets import ReportSets, SetPrinter
from .settings import Settings
from .storage import file_store
from .websocket import Sockets


def create_app(database_url: str, key: str, settings: Settings, clock: Clock | None = None) -> Starlette:
    """The application on a database; `key` signs tokens. Connects when it starts, disconnects when it stops.

    Without a `clock` it gets one of its own.
    """
    tokens = Tokens(key, settings.access_token_life, settings.session_life)
    clock = clock or Clock(settings.now)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Hub]]:
        database = await Database.open(database_url, settings.pool_size)
        app.state.database = database

        def context_at() -> Context:
            """A context of now, for nobody yet."""
            return Context(database, tokens, clock.now(), clock.real_now(), cap=settings.report_cap)

        app.state.keeper = keeper = Keeper(database, clock, context_at)
        keeper.begin()
        store = file_store(settings)
        hub = Hub(database_url, database, clock, settings.changes_kept)
        hub.start()
        app.state.hub = hub
        anchors = read_anchors(settings.trust_anchors) if settings.trust_anchors else []
        served: dict[str, Any] = {
            "store": store,
            "keeper": keeper,
            "anchors": anchors,
            "compiles": settings.compiles,
            "cap": settings.report_cap,
        }
        app.state.graphql = Door(database, tokens, clock, feed=hub, **served)
        app.state.sockets = Sockets(app.state.graphql)
        app.state.federation = Door(database, tokens, clock, whole=True, **served)
        app.state.files = Files(app.state.graphql, store)
        printer = Printer()
        app.state.outage_sheets = OutageSheets(app.state.graphql, store, printer)
        app.state.calendars = Calendars(app.state.graphql)
        app.state.prints = Prints(app.state.graphql, printer)
        app.state.report_sets = ReportSets(app.state.graphql, store)
        sets = SetPrinter(app.state.graphql, store, printer, settings.report_sets_kept)
        sets.begin()
        yield {"hub": hub}
        await sets.end()
        await hub.close()
        await keeper.end()
        await database.close()

    token = settings.metrics_token
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", Compressed(_Mounted("graphql")), methods=["POST"]),
            WebSocketRoute("/graphql", _Mounted("sockets")),
            Route("/federation", Compressed(_Mounted("federation")), methods=["POST"]),
            Route("/files", _Mounted("files"), methods=["POST"]),
            Route("/files/{id}", _Mounted("files"), methods=["GET"]),
            Route("/outage-sheets/{id}.{kind}", _Mounted("outage_sheets"), methods=["GET"]),
            Route("/calendar/{secret}.ics", Compressed(_Mounted("calendars")), methods=["GET"]),
            Route("/print/journal/{class}/{period}.pdf", _Mounted("prints"), methods=["GET"]),
            Route("/print/diary/{student}/{since}/{until}.pdf", _Mounted("prints"), methods=["GET"]),
            Route("/print/certificate/{certificate}.pdf", _Mounted("prints"), methods=["GET"]),
            Route("/print/form/{form}.{ending}", _Mounted("prints"), methods=["GET"]),
            Route("/print/report/{report}/{of}.{ending}", _Mounted("prints"), methods=["GET"]),
            Route("/print/certified-report/{certified}.{ending}", _Mounted("prints"), methods=["GET"]),
            Route("/report-sets/{id}.zip", _Mounted("report_sets"), methods=["GET"]),
            Route("/print/saved-report/{saved}.{ending}", _Mounted("prints"), methods=["GET"]),
            Route("/print/saved-report/{saved}/run/{run}.{ending}", _Mounted("prints"), methods=["GET"]),
            Route("/certificates/{certificate}.{part}", _Mounted("prints"), methods=["GET"]),
            Route("/health", _health),
            *([Route("/metrics", Metrics(token.get_secret_value()), methods=["GET"])] if token else []),
            *graphiql_routes(),
        ],
    )


class _Mounted:
    """Passes a request on to what the application opened when it started."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await getattr(scope["app"].state, self.name)(scope, receive, send)


async def _health(request: Request) -> Response:
    """Whether the database answers."""
    await request.app.state.database.pool.fetchval("SELECT 1")
    return JSONResponse({"status": "ok"})
