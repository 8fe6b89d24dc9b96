"""Files over HTTP: who works with them sends one, and whoever may see what it hangs on fetches it."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from documents.files import FileStore, Incoming
from resolvers.context import Context
from resolvers.school_files import upload_file
from rules.account import PERSONAL
from rules.refusals import Refusal, RefusalCode, not_found
from rules.school_files import (
    CHARSETS,
    MOST_BYTES,
    UPLOAD_SECONDS,
    MediaType,
    Unfit,
    checked_name,
    incomplete,
    too_large,
    unfit,
)
from schema.base import by_number, decode_id, encode_id
from schema.school_files import holds_file

from .graphql import Door, Unauthenticated, masked

STATUS: dict[str, int] = {
    RefusalCode.UNAUTHENTICATED: 401,
    RefusalCode.FORBIDDEN: 403,
    RefusalCode.NOT_FOUND: 404,
    RefusalCode.FILE_TOO_LARGE: 413,
    RefusalCode.BAD_FILE: 415,
}
"""HTTP's word for a refusal; 400 for any other."""

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What goes with everything from here: somebody else's bytes must neither run nor stay in a cache."""


class Files:
    """An ASGI application: `POST` takes a file in, `GET` and `HEAD` with the `id` of its holder give it out."""

    def __init__(self, door: Door, store: FileStore) -> None:
        self.door = door
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The connection to the database is back before any byte of the answer leaves."""
        request = Request(scope, receive)
        async with AsyncExitStack() as held:
            try:
                response = await self._answer(request, held)
            except ClientDisconnect:
                return
            except Unauthenticated:
                response = refused(Refusal(RefusalCode.UNAUTHENTICATED, Unauthenticated.message))
            except Refusal as refusal:
                response = refused(refusal)
            except Exception as error:
                response = errors(500, masked(error))
            await response(scope, receive, send)

    async def _answer(self, request: Request, held: AsyncExitStack) -> Response:
        context = self.door.context(request.scope)
        try:
            context.viewer = await self.door.viewer_of(context, request.headers.get("authorization"))
            if not context.viewer.signed_in:
                raise Refusal(RefusalCode.UNAUTHENTICATED, "Сначала войдите: нужен токен.")
            return await self.respond(request, context, held)
        finally:
            await context.close()

    async def respond(self, request: Request, context: Context, held: AsyncExitStack) -> Response:
        """The answer to whoever is signed in; what the answer still reads stays open while `held` is."""
        if request.method == "POST":
            return await self._upload(request, context)
        return await self._download(request, context, held)

    async def _upload(self, request: Request, context: Context) -> Response:
        if context.viewer.roles.isdisjoint(PERSONAL):
            raise Refusal(RefusalCode.FORBIDDEN, "Загружать файлы могут только люди школы и их семьи.")
        name = checked_name(request.query_params.get("name", ""))
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise unfit(Unfit.MULTIPART)
        await context.close()
        async with self.store.receive() as incoming:
            await _receive(request, incoming)
            file = await upload_file(context, name, incoming)
        answer = {
            "id": encode_id("File", file.id),
            "name": file.name,
            "mediaType": file.media_type,
            "size": file.size,
        }
        return JSONResponse(answer, 201, HEADERS)

    async def _download(self, request: Request, context: Context, held: AsyncExitStack) -> Response:
        holder, number = _holder(request.path_params["id"])
        found = await context.load_key(by_number(holder)(), (number,))
        if found is None:
            raise not_found()
        content = await held.enter_async_context(self.store.open(found.digest, found.size))
        headers = {
            **HEADERS,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Length": str(found.size),
            "Content-Type": _content_type(found.media_type),
        }
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(content, headers=headers)


async def _receive(request: Request, incoming: Incoming) -> None:
    """Take the body as it comes, and no more of it than is allowed, whatever its length was said to be."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        raise too_large()
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for chunk in request.stream():
                if incoming.size + len(chunk) > MOST_BYTES:
                    raise too_large()
                await incoming.write(chunk)
    except TimeoutError:
        raise incomplete() from None
    if declared.isdecimal() and int(declared) != incoming.size:
        raise incomplete()


def _holder(value: str) -> tuple[str, int]:
    """Type and number of what holds a file; what is no such id is not found, like what the viewer may not see."""
    try:
        type_name, number = decode_id(value, "id")
    except Refusal:
        raise not_found() from None
    if not holds_file(type_name):
        raise not_found()
    return type_name, number


def _content_type(media_type: str) -> str:
    """Only what uploads are recognised as leaves under its own type."""
    if media_type not in set(MediaType):
        return "application/octet-stream"
    charset = CHARSETS.get(MediaType(media_type))
    return f"{media_type}; charset={charset}" if charset else media_type


def refused(refusal: Refusal) -> Response:
    """A refusal in the form of GraphQL's errors."""
    more = {"WWW-Authenticate": "Bearer"} if refusal.code == RefusalCode.UNAUTHENTICATED else {}
    error = {"message": refusal.message, "extensions": refusal.extensions}
    return errors(STATUS.get(refusal.code, 400), error, more)


def errors(status: int, error: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An error in the form of GraphQL's."""
    return JSONResponse({"errors": [error]}, status, {**HEADERS, **(headers or {})})
