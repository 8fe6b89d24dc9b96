"""The server: strawberry's own ASGI view, and one session a request."""

import gc
import os
from typing import Any

import orjson
import strawberry
import uvicorn
from cross_web import HTTPException
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from .schema import Query
from .viewer import Context, viewer_of

engine = create_async_engine(
    make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg"),
    pool_size=int(os.environ.get("POOL_SIZE", "10")),
    max_overflow=0,
)
sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


class App(GraphQL[Context, None]):
    """Opens the request's session, which ends with it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            return
        async with sessions() as session:
            scope["session"] = session
            await super().__call__(scope, receive, send)

    async def get_context(self, request: Any, response: Any) -> Context:
        """The viewer and their session; 401 for nobody."""
        session = request.scope["session"]
        viewer = await viewer_of(session, request.headers.get("authorization", ""))
        if viewer is None:
            raise HTTPException(401, "Unauthenticated")
        return Context(session, viewer)

    def encode_json(self, data: object) -> bytes:
        """JSON by orjson, as the documentation advises."""
        return orjson.dumps(data)


app = App(schema, graphql_ide=None)

# What is loaded is never garbage, and a request of 50,000 entities need not be searched for garbage many times.
gc.freeze()
gc.set_threshold(100_000, 50, 1000)

if __name__ == "__main__":
    uvicorn.run(
        "bench.plain.app:app",
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        workers=int(os.environ.get("WORKERS", "1")),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
