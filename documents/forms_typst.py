"""Runs typst in a process of its own: reads JSON on its input, writes a PDF on its output.

Run by its path, with nothing of the program around it: neither its modules, nor its environment, nor more memory and
time than its arguments say.
"""

import json
import re
import resource
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any
from unicodedata import category

import typst

_STANDARDS: list[Any] = ["a-2b"]
_USUAL = re.compile("[\n\t -~\u00a0-\u017f\u0400-\u045f\u2010-\u2026\u2116\u2212]+")
"""Signs that need no asking whether the fonts have them."""

_BREAKS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")

_LOST = "\N{REPLACEMENT CHARACTER}"
_JOINER, _FLAG = "\N{ZERO WIDTH JOINER}", re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_CHANGING = {*map(chr, range(0x1F3FB, 0x1F400)), *map(chr, range(0xE0020, 0xE0080)), _JOINER}
"""Besides marks: colours of skin, tags of flags and what joins pictures belong to the sign before them."""

_ASKED = b"#for each in json(bytes(sys.inputs.data)) [#each #strong(each) \\\n]"
_MOST_ASKED = 600
"""So often typst is asked at most; of which signs it was not, they are lost."""


def _signs(text: str) -> Iterator[str]:
    """A text in pieces, each of which is one sign: a letter with its marks, a picture with what is joined to it."""
    start = 0
    while start < len(text):
        at = start + (2 if _FLAG.match(text, start) else 1)
        while at < len(text) and (
            text[at] in _CHANGING or text[at - 1] == _JOINER or category(text[at]).startswith("M")
        ):
            at += 1
        yield text[start:at]
        start = at


def _lacking(signs: Collection[str]) -> set[str]:
    """Those that typst would leave out, which it must not of a PDF/A, upright or bold."""
    typesetter = typst.Compiler(_ASKED, ignore_system_fonts=True, sys_inputs={"data": "[]"})
    lost: set[str] = set()
    waiting, asked = [sorted(signs)], 0
    while waiting:
        some, asked = waiting.pop(), asked + 1
        try:
            if asked <= _MOST_ASKED:
                typesetter.compile(_ASKED, sys_inputs={"data": json.dumps(some)}, pdf_standards=_STANDARDS)
                continue
        except typst.TypstError:
            if len(some) > 1:
                waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
                continue
        lost.update(some)
    return lost


def _told(data: Any, say: Callable[[str], str], but: str | None = None) -> Any:
    """The values, with each text as it is said. but: under which key everything stays as it is."""
    match data:
        case str():
            return say(data)
        case list():
            return [_told(each, say, but) for each in data]
        case dict():
            return {key: each if key == but else _told(each, say, but) for key, each in data.items()}
        case _:
            return data


_PICTURE = "svg"
"""The key of a chart, which is no text."""

_STAYS = "\N{NO-BREAK SPACE}"
_WITH_NEXT = re.compile(r"(№|\b(?:г|ул|пр|д|кв)\.) ")
_TELEPHONE = re.compile(r"\+?\d[\d ()-]*\d")
_TELEPHONE_LENGTH = range(10, 25)
_LONG = re.compile(r"\S{25,}")
_CHAIN = re.compile("[^ \n\t\u2000-\u2006\u2008-\u200b\u205f\u3000]{49,}")
"""What has spaces in it, and none that a line could break at: longer than any telephone number."""
_PIECE = re.compile("(.{12}[\u0300-\u036f]*)(?=.)")
"""What of it every column has room for; a letter keeps its marks."""


def _breaking(text: str) -> str:
    """The text with what says where its lines break. A number stays with its sign, a telephone number in one line, what
    is short for a word with what it is short for; what has no place to break (an address, for one) breaks anywhere, so
    that it is not cut at the edge of its cell.
    """

    def whole(found: re.Match[str]) -> str:
        return found[0].replace(" ", _STAYS) if len(found[0]) in _TELEPHONE_LENGTH else found[0]

    def parted(found: re.Match[str]) -> str:
        return _PIECE.sub("\\1\N{ZERO WIDTH SPACE}", found[0])

    text = _TELEPHONE.sub(whole, _WITH_NEXT.sub(rf"\1{_STAYS}", text))
    return _CHAIN.sub(parted, _LONG.sub(parted, text))


def _printable(data: Any) -> Any:
    """The same values without what can't be printed. Of a sign, what is first in it is left if the fonts have that, or
    else one replacement for all of it.
    """
    unusual: set[str] = set()

    def cleaned(text: str) -> str:
        text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
        if text and not _USUAL.fullmatch(text):
            unusual.update(sign for sign in _signs(text) if not _USUAL.fullmatch(sign))
        return text

    data = _told(data, cleaned)
    if not unusual:
        return data
    lost = _lacking(unusual | {sign[0] for sign in unusual})
    said = {sign: _LOST if sign[0] in lost else sign[0] for sign in unusual if not lost.isdisjoint((sign, sign[0]))}
    if not said:
        return data
    return _told(data, lambda text: "".join(said.get(sign, sign) for sign in _signs(text)))


def _compiled(form: Path, data: Any) -> bytes:
    """The form with these values, as PDF/A-2b."""
    return typst.compile(
        form,
        root=form.parent,
        ignore_system_fonts=True,
        pdf_standards=_STANDARDS,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


def main(form: str, megabytes: str, seconds: str) -> None:
    """form: the path of a template, whose folder is all that it may read."""
    memory, time = int(megabytes) << 20, int(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (time, time))
    data = _told(_printable(json.loads(sys.stdin.buffer.read())), _breaking, but=_PICTURE)
    try:
        pdf = _compiled(Path(form), data)
    except typst.TypstError:
        # What can be set in a text is not always set in a chart, which is a picture.
        usual = _told(data, lambda text: "".join(each if _USUAL.fullmatch(each) else _LOST for each in text))
        pdf = _compiled(Path(form), usual)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
