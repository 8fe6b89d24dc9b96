"""`GET /calendar/{secret}.ics`: a timetable for calendar programs, which cannot sign in. The path is the credential.

So it stands in no log and no metric, the answer is the same for every link that shows nothing, whatever the reason, and
what a good one shows is found out anew each time, by the rights that its account has that day.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from documents.calendars import MEDIA_TYPE, write_calendar
from resolvers.context import Context
from resolvers.timetable_calendar import timetable_of
from resolvers.timetable_calendar_links import follow_link, note_failure, note_fetch
from rules.account import LOGIN_WINDOW_MINUTES
from rules.refusals import Refusal
from rules.timetable_calendar import school_of

from .graphql import Door, masked

HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""What goes with every answer: a calendar may be kept by whoever fetched it, if they ask each time whether it holds."""


class Calendars:
    """An ASGI application: gives a timetable out under the secret of its link."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The connection to the database is back before any byte of the answer leaves."""
        request, context = Request(scope, receive), self.door.context(scope)
        try:
            response = await self._answer(request, context)
        except Refusal as refusal:
            response = _told(429, refusal.message, {"Retry-After": str(LOGIN_WINDOW_MINUTES * 60)})
        except Exception as error:
            response = _told(500, str(masked(error)["message"]))
        finally:
            await context.close()
        await response(scope, receive, send)

    async def _answer(self, request: Request, context: Context) -> Response:
        secret = request.path_params["secret"]
        school_id = school_of(secret)
        if school_id is None:
            return _nothing()
        feed = await follow_link(context, school_id, secret)
        timetable = await timetable_of(context, feed) if feed else None
        await context.close()
        if timetable is None:
            await note_failure(context, school_id)
            return _nothing()
        await note_fetch(context, feed)
        tag = f'W/"{timetable.digest}"'
        headers = {**HEADERS, "ETag": tag}
        if _is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="timetable.ics"'
        body = await asyncio.to_thread(write_calendar, timetable)  # a new year takes half a second
        return Response(body, headers=headers, media_type=MEDIA_TYPE)


def _is_known(known: str, tag: str) -> bool:
    """Whether a client has this already, by its `If-None-Match`."""
    return known.strip() == "*" or tag in (each.strip() for each in known.split(","))


def _nothing() -> Response:
    return _told(404, "Такого календаря нет.")


def _told(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(message, status, {**HEADERS, **(headers or {})}, "text/plain; charset=utf-8")
