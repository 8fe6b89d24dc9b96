"""Runs typst in a process of its own: reads JSON on its input, writes a PDF on its output.

Run by its path, with nothing of the program around it: neither its modules, nor its environment, nor more memory and
time than its arguments say.
"""

import re
import resource
import sys
from pathlib import Path
from typing import Any
from unicodedata import category

import typst

_STANDARDS: list[Any] = ["a-2b"]
_USUAL = re.compile("[\n -~\u00a0-\u017f\u0400-\u045f\u2010-\u2026\u2116\u2212]+")
"""Signs that need no asking whether the fonts have them."""

_CONTROLS = re.compile(r"\\\\|\\u00[01][0-9a-f]|\x7f")
"""Control characters as JSON has them, and, so as not to take it for the beginning of one, a backslash."""

_LOST = "\N{REPLACEMENT CHARACTER}"
_UNSEEN, _SKINS = ("Cc", "Cf", "Mn", "Me"), "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_JOINED = re.compile(f"{_LOST}(?:[\u200d\ufe0e\ufe0f]+{_LOST}?)+")
"""A picture that is put together of several signs is one."""


def _has(sign: str) -> bool:
    """Whether the fonts have a sign: typst must not leave one out of a PDF/A."""
    try:
        typst.compile(
            b"#sys.inputs.data", ignore_system_fonts=True, pdf_standards=_STANDARDS, sys_inputs={"data": sign}
        )
    except typst.TypstError:
        return False
    return True


def _printable(data: str) -> str:
    """The same JSON without what can't be printed: a sign for each that is seen, nothing for those that are not."""
    data = _CONTROLS.sub(lambda found: found[0] if found[0] == "\\\\" else "", data)
    lost = {sign for sign in set(_USUAL.sub("", data)) if not _has(sign)}
    if not lost:
        return data
    unseen = {sign for sign in lost if category(sign) in _UNSEEN or sign in _SKINS}
    return _JOINED.sub(_LOST, data.translate({ord(sign): "" if sign in unseen else _LOST for sign in lost}))


def main(form: str, megabytes: str, seconds: str) -> None:
    """form: the path of a template, whose folder is all that it may read."""
    memory, time = int(megabytes) << 20, int(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (time, time))
    pdf = typst.compile(
        Path(form),
        root=Path(form).parent,
        ignore_system_fonts=True,
        pdf_standards=_STANDARDS,
        sys_inputs={"data": _printable(sys.stdin.buffer.read().decode())},
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
