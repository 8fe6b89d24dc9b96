"""The GraphQL door: finds out who asks, and serves them the schema of their own roles."""

import traceback
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
import structlog
from cross_web import HTTPException
from graphql import GraphQLError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from execution.schema import schema_for
from permissions.viewer import ANONYMOUS, Viewer
from resolvers.account import load_viewer
from resolvers.account_tokens import Tokens
from resolvers.context import Context
from resolvers.database import Database
from rules.account import Role
from rules.refusals import Refusal, RefusalCode
from schema.build import RoleSchema

from .clock import Clock

log = structlog.get_logger()

ANSWER = "application/graphql-response+json"
BAD_REQUEST = "BAD_REQUEST"
"""The code of whatever is no valid GraphQL request for this viewer."""

MOST_BODY = 1024 * 1024
"""The longest body, in bytes: ten times what a page of marks takes."""


class Unauthenticated(Exception):
    """A token was shown that does not open anything."""

    message = "Токен недействителен или сеанс завершён. Войдите снова."


class View(GraphQL):
    """One schema over HTTP. The door has put the request's context into the ASGI scope."""

    def __init__(self, schema: RoleSchema) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that is no GraphQL at all with an error that has a code, like every other."""
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as refused:
            response = _refused(refused)
        await response(scope, receive, send)

    def parse_json(self, data: str | bytes) -> Any:
        """The request's body, an object. What is too deep, endless or not UTF-8 is no JSON to orjson."""
        body = orjson.loads(data)
        if not isinstance(body, dict):
            raise HTTPException(400, "The body must be a JSON object")
        return body

    async def get_context(self, request: Any, response: Any) -> Any:
        """The context that the door made, for a schema of exactly this viewer's roles."""
        context: Context = request.scope["classbook.context"]
        roles = self.schema.roles  # type: ignore[attr-defined]
        if roles is not None and roles != context.viewer.roles:
            raise RuntimeError("a viewer was given the schema of other roles")
        return context

    def encode_json(self, data: object) -> bytes:
        """JSON as UTF-8, not escaped: escapes would double Cyrillic."""
        return orjson.dumps(data)

    async def process_result(self, request: Any, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer. The connection goes back before a slow client reads it."""
        context: Context = request.scope["classbook.context"]
        await context.close()
        answer: GraphQLHTTPResponse = {"data": result.data}
        if result.errors:
            answer["errors"] = [_shown(error) for error in result.errors]
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        """The answer under the media type of GraphQL over HTTP."""
        response = super().create_response(response_data, sub_response)
        response.headers["content-type"] = f"{ANSWER}; charset=utf-8"
        return response


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


def masked(error: Exception) -> dict[str, Any]:
    """What a client is told of an unexpected error: the incident's number, under which the log has the rest.

    The log gets the kind of error and where it came from. Its text, and the values around it, quote people's data.
    """
    incident = uuid.uuid4().hex
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("unexpected error", incident=incident, error=type(error).__name__, where=where)
    return {"message": "Внутренняя ошибка.", "extensions": {"code": "INTERNAL", "incident": incident}}


@cache
def _view(schema: RoleSchema) -> View:
    return View(schema)


class Door:
    """An ASGI application. `whole`: the whole schema for a gateway that shows a service's credential (federation)."""

    def __init__(
        self, database: Database, tokens: Tokens, clock: Clock, *, whole: bool = False, compiles: bool = True
    ) -> None:
        self.database = database
        self.tokens = tokens
        self.clock = clock
        self.whole = whole
        self.compiles = compiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        context = self.context(scope)
        try:
            body = await _arrived(scope, receive)
            context.viewer = await self._viewer(context, Headers(scope=scope))
            scope["classbook.context"] = context
            schema = schema_for(None if self.whole else context.viewer.roles, self.compiles)
            await _view(schema)(scope, body, send)
        except Unauthenticated:
            await _unauthenticated()(scope, receive, send)
        except HTTPException as refused:
            await _refused(refused)(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is left to be answered
        except Exception as error:
            await _answer(500, masked(error))(scope, receive, send)
        finally:
            await context.close()

    def context(self, scope: Scope) -> Context:
        """A fresh context for a request."""
        request = Request(scope)
        return Context(
            database=self.database,
            tokens=self.tokens,
            now=self.clock.now(),
            real_now=self.clock.real_now(),
            address=request.client.host if request.client else "",
            device=(request.headers.get("user-agent") or "")[:200] or None,
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
        if not viewer.signed_in:
            raise Unauthenticated
        return viewer


async def _arrived(scope: Scope, receive: Receive) -> Receive:
    """The body, once it is all there: a connection to the database never waits for a slow client."""
    body = bytearray()
    async for chunk in Request(scope, receive).stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise HTTPException(413, f"The body must not be longer than {MOST_BODY} bytes")
    message = {"type": "http.request", "body": bytes(body), "more_body": False}

    async def again() -> Message:
        return message

    return again


def _refused(refused: HTTPException) -> Response:
    return _answer(refused.status_code, {"message": refused.reason, "extensions": {"code": BAD_REQUEST}})


def _unauthenticated() -> Response:
    error = {"message": Unauthenticated.message, "extensions": {"code": RefusalCode.UNAUTHENTICATED.value}}
    return _answer(401, error, {"WWW-Authenticate": "Bearer"})


def _answer(status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is one error."""
    return Response(orjson.dumps({"errors": [error]}), status, headers, f"{ANSWER}; charset=utf-8")
