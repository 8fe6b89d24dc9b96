"""`GET /print/…`: a class's journal, a student's diary, a federal form, for whoever may see all that stands in them;
`GET /certificates/…`: what was certified, and its signature, to the byte.

The answer names its file, is kept by no cache, and is printed after the connection to the database has gone back.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from documents.forms import Form, Printer, TooLong
from permissions.journal_print import PRINTERS
from resolvers.context import Context
from resolvers.journal_print import READERS, fetched_certificate, printed_certificate, printed_diary, printed_journal
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from schema.base import number

from .files import HEADERS, errors, refused
from .graphql import Door, Unauthenticated, masked
from .report_forms_prints import printed_federal_form
from .report_prints import (
    MEDIA_TYPES,
    Printed,
    as_made,
    check,
    printed_certified,
    printed_report,
    printed_saved_report,
)

BUSY_SECONDS = 60
"""After how many seconds it is worth asking again, where printing took too long."""

PARTS = {"json": "application/json", "p7s": "application/pkcs7-signature"}
"""What can be had of a certificate: the content, and the signature."""


class Prints:
    """An ASGI application: gives out what is printed."""

    def __init__(self, door: Door, printer: Printer) -> None:
        self.door = door
        self.printer = printer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Unauthenticated:
            response = refused(Refusal(RefusalCode.UNAUTHENTICATED, Unauthenticated.message))
        except Refusal as refusal:
            response = refused(refusal)
        except TooLong:
            response = too_long()
        except Exception as error:
            response = errors(500, masked(error))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        context = self.door.context(request.scope)
        try:
            context.viewer = await self.door.viewer_of(context, request.headers.get("authorization"))
            if not context.viewer.signed_in:
                raise Refusal(RefusalCode.UNAUTHENTICATED, "Сначала войдите: нужен токен.")
            printed = await self._asked(context, request)
            self.door.note(context)
        finally:
            await context.close()
        return _file(await printed.made, printed.media_type, printed.name)

    async def _asked(self, context: Context, request: Request) -> Printed:
        """What a path asks for."""
        path = request.path_params
        if "report" in path:
            return await printed_report(context, path, _once(request.query_params), self.printer)
        if "form" in path:
            return await printed_federal_form(context, path, self.printer)
        if "certified" in path:
            return await printed_certified(context, path, self.printer)
        if "saved" in path:
            return await printed_saved_report(context, path, self.printer)
        if "part" in path:
            return await _certificate(context, path)
        form, name, values = await _form(context, path)
        return Printed(f"{name}.pdf", MEDIA_TYPES["pdf"], self.printer.pdf(form, values))


def _once(query: QueryParams) -> QueryParams:
    """What an address asks for; of two teachers, say, it would print one and not tell which."""
    for name in query:
        if len(query.getlist(name)) > 1:
            raise bad_input("Названо больше одного раза.", name)
    return query


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {**HEADERS, "Content-Disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, headers=headers, media_type=media_type)


async def _certificate(context: Context, path: Mapping[str, str]) -> Printed:
    """The bytes that are signed, or the signature."""
    check(context, PRINTERS)
    certificate, part = _number("Certificate", path["certificate"]), path["part"]
    if part not in PARTS:
        raise not_found()
    return Printed(f"journal.{part}", PARTS[part], as_made(await fetched_certificate(context, certificate, part)))


def too_long() -> Response:
    """The answer to whoever asked for more than is printed in time."""
    message = "Печать заняла слишком много времени. Повторите позже или выберите меньше дней."
    busy = {"message": message, "extensions": {"code": RefusalCode.TOO_LONG.value}}
    return errors(503, busy, {"Retry-After": str(BUSY_SECONDS)})


async def _form(context: Context, path: Mapping[str, str]) -> tuple[Form, str, dict[str, Any]]:
    """What a path asks for: the form, the name of the file, the values."""
    if "student" in path:
        check(context, READERS)
        since, until = _day(path["since"], "from"), _day(path["until"], "to")
        diary = await printed_diary(context, _number("Student", path["student"]), since, until)
        return Form.DIARY, f"Дневник {diary['student']}, {diary['days']}", diary
    check(context, PRINTERS)
    if "certificate" in path:
        journal = await printed_certificate(context, _number("Certificate", path["certificate"]))
        return Form.JOURNAL, f"Заверенный журнал {journal['title']}, {journal['period']}", journal
    class_id, period_id = _number("SchoolClass", path["class"]), _number("Period", path["period"])
    journal = await printed_journal(context, class_id, period_id)
    return Form.JOURNAL, f"Журнал {journal['title']}, {journal['period']}, {journal['year'].replace('/', '-')}", journal


def _number(type_name: str, value: str) -> int:
    """What is no such id is not found, like what the viewer may not see."""
    try:
        return number(type_name, value, "id")
    except Refusal:
        raise not_found() from None


def _day(value: str, field: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise bad_input("Нужна дата: ГГГГ-ММ-ДД.", field) from None
