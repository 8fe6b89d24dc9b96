"""Runs typst in a process of its own: reads JSON on its input, writes a PDF on its output.

Run by its path, with nothing of the program around it: neither its modules, nor its environment, nor more memory and
time than its arguments say.
"""

import json
import re
import resource
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
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

_SET = b"#for each in json(bytes(sys.inputs.data)) [#each #strong(each) \\\n]"
_DRAWN = b'#for each in json(bytes(sys.inputs.data)) { image(bytes(each), format: "svg") }'
"""Templates by which typst is asked whether it can show some texts, or some pictures."""

_MOST_ASKED, _MOST_TRIED = 600, 100
"""So often typst is asked at most, of single signs and of all that a form says; those that it was not asked of are
lost.
"""


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


def _lacking(
    signs: Collection[str], template: bytes, shown: Callable[[list[str], set[str]], list[str]], most: int
) -> set[str]:
    """Those that typst would leave out, which it must not of a PDF/A. shown: what the template shows of some signs, if
    others are known to be there.
    """
    typesetter = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"data": "[]"})
    lost, there = set[str](), set[str]()
    # Letters before what stands on them: of two that are not there together, the first stays.
    waiting, asked = [sorted(signs, key=lambda sign: (len(sign), sign))], 0
    while waiting:
        some, asked = waiting.pop(), asked + 1
        try:
            if asked <= most:
                data = json.dumps(shown(some, there))
                typesetter.compile(template, sys_inputs={"data": data}, pdf_standards=_STANDARDS)
                there.update(some)
                continue
        except typst.TypstError:
            if len(some) > 1:
                waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
                continue
        lost.update(some)
    return lost


_PICTURE = "svg"
"""The key of a chart, which is no text."""


def _told(data: Any, say: Callable[[str], str], draw: Callable[[str], str]) -> Any:
    """The values, with each text as it is said, and each picture as it is drawn."""
    match data:
        case str():
            return say(data)
        case list():
            return [_told(each, say, draw) for each in data]
        case dict():
            return {key: draw(each) if key == _PICTURE else _told(each, say, draw) for key, each in data.items()}
        case _:
            return data


def _as_is(text: str) -> str:
    return text


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


def _unusual(texts: Iterable[str]) -> set[str]:
    """The signs of texts that need asking for, and what is first in them."""
    signs = {sign for text in texts for sign in _signs(text) if not _USUAL.fullmatch(sign)}
    return signs.union(sign[0] for sign in signs if not _USUAL.fullmatch(sign[0]))


def _without(text: str, lost: Callable[[str], bool]) -> str:
    """The text without signs that are lost. Of such a sign, what is first in it is left if that is not, or else one
    replacement for all of it.
    """

    def left(sign: str) -> str:
        if _USUAL.fullmatch(sign) or not lost(sign):
            return sign
        return sign[0] if _USUAL.fullmatch(sign[0]) or not lost(sign[0]) else _LOST

    return "".join(map(left, _signs(text)))


def _printable(data: Any) -> Any:
    """The same values without what can't be printed, as far as single signs tell."""
    unusual: set[str] = set()

    def cleaned(text: str) -> str:
        text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
        if text and not _USUAL.fullmatch(text):
            unusual.update(_unusual([text]))
        return text

    data = _told(data, cleaned, cleaned)
    lost = _lacking(unusual, _SET, lambda some, _: some, _MOST_ASKED) if unusual else unusual
    if not lost:
        return data

    def shown(text: str) -> str:
        return _without(text, lost.__contains__)

    return _told(data, shown, shown)


def _together(data: Any) -> Any:
    """The same values without what can't be printed beside what else they say: a mark that has no letter, a sign of a
    picture, which is drawn with few fonts at once.
    """
    texts, pictures = list[str](), list[str]()

    def kept_in(all_: list[str]) -> Callable[[str], str]:
        def kept(text: str) -> str:
            all_.extend([] if _USUAL.fullmatch(text) else [text])
            return text

        return kept

    _told(data, kept_in(texts), kept_in(pictures))
    return _told(data, _shown_of(texts, _SET), _shown_of(pictures, _DRAWN))


def _shown_of(texts: Collection[str], template: bytes) -> Callable[[str], str]:
    """What is left of each of the texts, or pictures, where all of them are shown."""

    def shown(some: list[str], there: set[str]) -> list[str]:
        return [_without(text, lambda sign: sign not in there and sign not in some) for text in texts]

    lost = _lacking(_unusual(texts), template, shown, _MOST_TRIED)
    return lambda text: _without(text, lost.__contains__)


def _compiled(form: Path, data: Any) -> bytes:
    """The form with these values, as PDF/A-2b."""
    # No sooner than here: where a line breaks is no sign that could be lacking.
    told = _told(data, _breaking, _as_is)
    return typst.compile(
        form,
        root=form.parent,
        ignore_system_fonts=True,
        pdf_standards=_STANDARDS,
        sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
    )


def _first_compiled(form: Path, data: Any) -> bytes:
    """The form with these values, or with as many of their signs as it takes."""
    try:
        return _compiled(form, data)
    except typst.TypstError:
        data = _together(data)
    try:
        return _compiled(form, data)
    except typst.TypstError:
        # The form's own letters have less than those that were asked for.
        return _compiled(form, _told(data, _usual, _usual))


def _usual(text: str) -> str:
    return _without(text, lambda _: True)


def main(form: str, megabytes: str, seconds: str) -> None:
    """form: the path of a template, whose folder is all that it may read."""
    memory, time = int(megabytes) << 20, int(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (time, time))
    pdf = _first_compiled(Path(form), _printable(json.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
