"""GraphQL over WebSocket (`graphql-transport-ws`): queries, commands and subscriptions on one connection.

strawberry keeps the protocol. Who asks is found out anew for every operation: a connection outlives its token.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from json import JSONDecodeError
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from strawberry import UNSET
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import PreExecutionError

from execution.schema import schema_for

from .graphql import Door, Operation, Unauthenticated, bad_request, checked, masked, shown

MOST_AT_ONCE = 20
"""How many operations of one connection may be under way."""

PATIENCE = timedelta(seconds=10)
"""How long a connection may stay open before its client says who it is."""

UNAUTHORIZED = 4401


@dataclass
class Connected:
    """A connection, and what its client showed in `connection_init`: `{"authorization": "Bearer …"}`, or nothing."""

    scope: Scope
    connection_params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def credential(self) -> str | None:
        """What was shown to say who asks."""
        given = self.connection_params.get("authorization")
        return None if given is None else str(given)


class Handler(BaseGraphQLTransportWSHandler[Connected, None]):
    """The protocol on one connection."""

    view: "Sockets"

    async def handle_subscribe(self, message: Any) -> None:
        """Begin an operation; what is malformed ends the connection."""
        try:
            checked(message["payload"])
        except HTTPException:
            await self.handle_invalid_message("Invalid payload")
            return
        if not isinstance(message["id"], str):
            await self.handle_invalid_message("Invalid id")
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Any) -> None:
        """Answer an operation: with its result, with all that a subscription tells, or with what is wrong with it."""
        asked = Operation(operation.query, operation.variables, operation.operation_name)
        try:
            async with aclosing(self.view.messages(self.context, asked)) as messages:
                async for message in messages:
                    await operation.send_operation_message({"id": operation.id, **message})
            return
        except Unauthenticated:
            self.operations.pop(operation.id, None)
            await self.websocket.close(code=UNAUTHORIZED, reason="Unauthorized")
            return
        except WebSocketDisconnected:
            return
        except HTTPException as refused:
            errors = [bad_request(refused)]
        except Exception as error:
            errors = [masked(error)]
        await operation.send_operation_message({"id": operation.id, "type": "error", "payload": errors})


class Sockets(GraphQL[Connected, None]):
    """An ASGI application that answers WebSockets through the same door as HTTP."""

    graphql_transport_ws_handler_class = Handler

    def __init__(self, door: Door) -> None:
        super().__init__(
            schema_for(frozenset(), door.compiles),  # each operation gets the schema of its viewer
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=PATIENCE,
            max_subscriptions_per_connection=MOST_AT_ONCE,
        )
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            await super().__call__(scope, receive, send)
        except Exception as error:
            masked(error)

    async def get_context(self, request: Any, response: Any) -> Connected:
        """The connection."""
        return Connected(request.scope)

    async def on_ws_connect(self, context: Connected) -> Any:
        """Refuse a credential that is not good; without one, nobody asks."""
        request = self.door.context(context.scope)
        try:
            await self.door.viewer_of(request, context.credential)
        except Unauthenticated:
            raise ConnectionRejectionError from None
        finally:
            await request.close()
        return UNSET

    async def messages(self, connected: Connected, operation: Operation) -> AsyncGenerator[dict[str, Any], None]:
        """The messages that answer an operation. `Unauthenticated` when the credential has lost its force."""
        context = self.door.context(connected.scope)
        try:
            context.viewer = await self.door.viewer_of(context, connected.credential)
            if self.door.subscribes(context, operation):
                async with aclosing(self.door.answers(context, operation)) as answers:
                    async for answer in answers:
                        if answer["data"] is None:
                            yield {"type": "error", "payload": answer["errors"]}
                            return
                        yield {"type": "next", "payload": answer}
                yield {"type": "complete"}
                return
            result = await self.door.execute(context, operation)
            await context.close()  # a slow client reads without a connection to the database
            answer = shown(result)
            if isinstance(result, PreExecutionError):
                yield {"type": "error", "payload": answer["errors"]}
            else:
                yield {"type": "next", "payload": answer}
                yield {"type": "complete"}
        finally:
            await context.close()

    def decode_json(self, data: str | bytes) -> Any:
        """A message."""
        message = orjson.loads(data)
        if not isinstance(message, dict):
            raise JSONDecodeError("not an object", "", 0)
        return message

    def encode_json(self, data: object) -> str:
        """JSON for a text frame, not escaped."""
        return orjson.dumps(data).decode()
