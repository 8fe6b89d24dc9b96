"""`GET /outage-sheets/{class}.xlsx?from=…&to=…`: blanks of temporary journals (13.1), for whoever writes in them."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from documents.outage_sheets import write_blank
from resolvers.context import Context
from resolvers.journal_outage_sheets import blank_of
from rules.journal_outage_sheets import file_name
from rules.refusals import Refusal, bad_input, not_found
from rules.school_files import MediaType
from schema.base import decode_id

from .files import HEADERS, Files


class OutageSheets(Files):
    """An ASGI application: the blanks of a class, as a file that is filled in and comes back."""

    async def respond(self, request: Request, context: Context, held: AsyncExitStack) -> Response:
        """The blank of the class and the days that the address names."""
        kind = request.path_params["kind"]
        if kind != "xlsx":
            raise not_found()
        since, until = (_day(request, name) for name in ("from", "to"))
        blank = await blank_of(context, _class(request.path_params["id"]), since, until)
        await context.close()
        content = await asyncio.to_thread(write_blank, blank)
        name = quote(file_name(blank, kind), safe="")
        headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(content, headers=headers, media_type=MediaType.XLSX)


def _class(value: str) -> int:
    """The number of a class; what is no such id is not found, like what the viewer may not see."""
    try:
        type_name, number = decode_id(value, "id")
    except Refusal:
        raise not_found() from None
    if type_name != "SchoolClass":
        raise not_found()
    return number


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise bad_input("Нужен день, например 2026-05-20.", name) from None
