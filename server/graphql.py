"""The GraphQL door: finds out who asks, and serves them the schema of their own roles."""

import traceback
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from documents.files import FileStore
from documents.signatures import Certificate
from execution.schema import schema_for
from permissions.viewer import ANONYMOUS, Viewer
from resolvers.account import load_viewer
from resolvers.account_tokens import Tokens
from resolvers.context import USUAL_CAP, Context, Feed
from resolvers.database import Cap, Database
from rules.account import Role
from rules.refusals import Refusal, RefusalCode

from .clock import Clock
from .events import STREAM_TYPE, Events
from .keeper import Keeper

log = structlog.get_logger()

ANSWER_TYPE = "application/graphql-response+json; charset=utf-8"
BAD_REQUEST = "BAD_REQUEST"
"""The code of whatever is no valid GraphQL request for this viewer."""

MOST_BODY = 1024 * 1024
"""The longest body, in bytes: ten times what a page of marks takes."""


class Unauthenticated(Exception):
    """A token was shown that does not open anything."""

    message = "Токен недействителен или сеанс завершён. Войдите снова."


UNAUTHENTICATED = {"message": Unauthenticated.message, "extensions": {"code": RefusalCode.UNAUTHENTICATED.value}}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks."""

    query: str
    variables: dict[str, Any] | None
    name: str | None


def checked(asked: Any) -> Operation:
    """The operation of a request's JSON; `HTTPException` for what is none."""
    if not isinstance(asked, dict):
        raise HTTPException(400, "The body must be a JSON object")
    for name, kind in (("query", str), ("variables", dict), ("operationName", str), ("extensions", dict)):
        if not isinstance(asked.get(name), kind | None):
            raise HTTPException(400, f"`{name}` is not what it must be")
    if not asked.get("query"):
        raise HTTPException(400, "There is no `query`")
    return Operation(asked["query"], asked.get("variables"), asked.get("operationName"))


def _operation(headers: Headers, body: bytes) -> Operation:
    """The operation of a request over HTTP."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(400, "The content type must be application/json")
    try:
        return checked(orjson.loads(body))  # what is too deep, endless or not UTF-8 is no JSON to orjson
    except orjson.JSONDecodeError:
        raise HTTPException(400, "The body must be JSON") from None


def shown(result: ExecutionResult) -> dict[str, Any]:
    """An answer as a client may see it."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [_shown(error) for error in result.errors]
    return answer


def _shown(error: GraphQLError) -> Mapping[str, Any]:
    """An error as a client may see it: every one with a code, an unexpected one behind an incident's number."""
    original = error.original_error
    if original is not None and not isinstance(original, Refusal | GraphQLError):
        locations = [location.formatted for location in error.locations or ()]
        return {**masked(original), "locations": locations, "path": error.path}
    formatted = dict(error.formatted)
    if isinstance(original, Refusal):
        formatted["message"] = original.message
        formatted["extensions"] = original.extensions
    extensions = dict(formatted.get("extensions") or {})  # type: ignore[call-overload]
    extensions.setdefault("code", RefusalCode.BAD_INPUT.value if error.path else BAD_REQUEST)
    return {**formatted, "extensions": extensions}


def bad_request(refused: HTTPException) -> dict[str, Any]:
    """What a client is told of a request that is none."""
    return {"message": refused.detail, "extensions": {"code": BAD_REQUEST}}


def masked(error: Exception) -> dict[str, Any]:
    """What a client is told of an unexpected error: the incident's number, under which the log has the rest.

    The log gets the kind of error and where it came from. Its text, and the values around it, quote people's data.
    """
    incident = uuid.uuid4().hex
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("unexpected error", incident=incident, error=type(error).__name__, where=where)
    return {"message": "Внутренняя ошибка.", "extensions": {"code": "INTERNAL", "incident": incident}}


class Door:
    """An ASGI application. `whole`: the whole schema for a gateway that shows a service's credential (federation)."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        clock: Clock,
        *,
        store: FileStore | None = None,
        anchors: Sequence[Certificate] = (),
        keeper: Keeper | None = None,
        feed: Feed | None = None,
        cap: Cap = USUAL_CAP,
        whole: bool = False,
        compiles: bool = True,
    ) -> None:
        self.store = store
        self.anchors = anchors
        self.keeper = keeper
        self.feed = feed
        self.cap = cap
        self.database = database
        self.tokens = tokens
        self.clock = clock
        self.whole = whole
        self.compiles = compiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        context = self.context(scope)
        try:
            response = await self._answer(context, Headers(scope=scope), receive)
        except Unauthenticated:
            response = _unauthenticated()
        except HTTPException as refused:
            response = _error(refused.status_code, bad_request(refused))
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:
            response = _error(500, masked(error))
        finally:
            await context.close()
        await response(scope, receive, send)

    async def _answer(self, context: Context, headers: Headers, receive: Receive) -> ASGIApp:
        body = await _arrived(receive)
        context.viewer = await self._viewer(context, headers)
        operation = _operation(headers, body)
        if STREAM_TYPE in headers.get("accept", "") and not self.whole:
            return self.stream(context, operation)
        result = await self.execute(context, operation)
        await context.close()  # a slow client reads without a connection to the database
        return _json(200, shown(result))

    def stream(self, context: Context, operation: Operation) -> ASGIApp:
        """The same as a stream of events, for a client that accepts one: it has a context of its own."""
        own = replace(context)
        return Events(self._events(own, operation), own.close)

    async def _events(self, context: Context, operation: Operation) -> AsyncGenerator[dict[str, Any], None]:
        """What goes into the stream: every answer, and what is wrong with the request."""
        try:
            if not self.subscribes(context, operation):
                result = await self.execute(context, operation)
                await context.close()
                yield shown(result)
                return
            async with aclosing(self.answers(context, operation)) as answers:
                async for answer in answers:
                    yield answer if answer["data"] is not None else {"errors": answer["errors"]}
        except Unauthenticated:
            yield {"errors": [UNAUTHENTICATED]}
        except HTTPException as refused:
            yield {"errors": [bad_request(refused)]}
        except Exception as error:
            yield {"errors": [masked(error)]}

    async def execute(self, context: Context, operation: Operation) -> ExecutionResult:
        """What the schema of the context's viewer answers; `HTTPException` if the document has no such operation."""
        schema = schema_for(None if self.whole else context.viewer.roles, self.compiles)
        if schema.subscribes(operation.query, operation.name):
            raise HTTPException(400, "A subscription needs `Accept: text/event-stream`, or a WebSocket")
        try:
            result = await schema.execute(
                operation.query, operation.variables, context_value=context, operation_name=operation.name
            )
            self.note(context)
            return result
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason()) from error
        except InvalidOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason("POST")) from error

    def note(self, context: Context) -> None:
        """Put down which journals a request has opened, soon."""
        if self.keeper and context.opened:
            self.keeper.note(context)

    def subscribes(self, context: Context, operation: Operation) -> bool:
        """Whether the viewer's operation is a subscription."""
        return schema_for(context.viewer.roles, self.compiles).subscribes(operation.query, operation.name)

    async def answers(self, context: Context, operation: Operation) -> AsyncGenerator[dict[str, Any], None]:
        """The answers to a subscription, as a client may see them; without data, the last: why there are no more.

        `Unauthenticated` when the token or the session is over.
        """
        schema = schema_for(context.viewer.roles, self.compiles)
        results = await schema.subscribe(
            operation.query, operation.variables, context_value=context, operation_name=operation.name
        )
        async with aclosing(results):
            async for result in results:
                await context.refresh()  # a slow client reads without a connection to the database
                for error in result.errors or ():
                    if isinstance(error.original_error, Unauthenticated):
                        raise error.original_error
                yield shown(result)

    def context(self, scope: Scope | None = None) -> Context:
        """A fresh context for a request; without one, for what is done in the background."""
        client = scope["client"] if scope else None
        return Context(
            database=self.database,
            tokens=self.tokens,
            now=self.clock.now(),
            real_now=self.clock.real_now(),
            address=client[0] if client else "",
            device=(scope and Headers(scope=scope).get("user-agent", "")[:200]) or None,
            store=self.store,
            anchors=self.anchors,
            feed=self.feed,
            cap=self.cap,
        )

    async def _viewer(self, context: Context, headers: Headers) -> Viewer:
        user = await self.viewer_of(context, headers.get("authorization"))
        if not self.whole:
            return user
        service = await self.viewer_of(context, headers.get("classbook-service"))
        if service.roles != {Role.SERVICE}:
            raise Unauthenticated
        return user if user.signed_in else service

    async def viewer_of(self, context: Context, credential: str | None) -> Viewer:
        """The viewer behind `Bearer …`; nobody without a credential; `Unauthenticated` for one that is not good."""
        if not credential:
            return ANONYMOUS
        kind, _, token = credential.partition(" ")
        claims = self.tokens.read(token.strip(), "access") if kind.lower() == "bearer" else None
        viewer = await load_viewer(context.snapshot, claims, context.now, context.real_now) if claims else ANONYMOUS
        if not viewer.signed_in or claims is None:
            raise Unauthenticated
        context.ends_at = claims.ends_at
        return viewer


async def _arrived(receive: Receive) -> bytes:
    """The body, once it is all there: a connection to the database never waits for a slow client."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MOST_BODY:
            raise HTTPException(413, f"The body must not be longer than {MOST_BODY} bytes")
        if not message.get("more_body", False):
            return bytes(body)


def _unauthenticated() -> Response:
    return _error(401, UNAUTHENTICATED, {"WWW-Authenticate": "Bearer"})


def _error(status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is one error."""
    return _json(status, {"errors": [error]}, headers)


def _json(status: int, answer: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON, not escaped: escapes would double Cyrillic."""
    return Response(orjson.dumps(answer), status, headers, ANSWER_TYPE)
