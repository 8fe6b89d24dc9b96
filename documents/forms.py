"""Printed forms: values go in as JSON, a PDF comes out. Typst sets the templates of `documents/forms`.

What a person has written is always a string that a template shows, never a part of its text. Typst runs in a process of
its own, so a form that takes too long can be stopped, and what it took of memory is given back.
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent / "forms"
_TYPST = Path(__file__).with_name("forms_typst.py")

AT_ONCE = 2
SECONDS = 60
MEGABYTES = 2048


class Form(StrEnum):
    """The forms that there are, by the names of their templates."""

    JOURNAL = "journal"
    DIARY = "diary"
    OUTAGE = "outage"
    FEDERAL = "federal"
    REPORT = "report"


class Unprintable(Exception):
    """The form was not printed. `reason` is typst's own, which may quote people's data: it is for tests."""

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason


class TooLong(Unprintable):
    """It took more time than there is, waiting for others included."""


class Printer:
    """Prints some forms at once; the others wait. seconds: how long one may take, and how long it may wait."""

    def __init__(self, at_once: int = AT_ONCE, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._megabytes = megabytes

    async def pdf(self, form: Form, data: Mapping[str, Any]) -> bytes:
        """The form with these values, as PDF/A-2b; `TooLong`, or `Unprintable` where typst gives none."""
        given = orjson.dumps(data)
        try:
            async with asyncio.timeout(self._seconds), self._turn:
                return await self._run(FOLDER / f"{form}.typ", given)
        except TimeoutError:
            raise TooLong from None

    async def _run(self, template: Path, given: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_TYPST), str(template), str(self._megabytes), str(self._seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
        )
        try:
            pdf, reason = await process.communicate(given)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode != 0:
            raise Unprintable(reason.decode(errors="replace"))
        return pdf
