"""Logins made from names: in Latin letters, each in the school once."""

import re
from collections.abc import Collection
from itertools import count
from unicodedata import normalize

from .refusals import bad_input

LOGIN_LENGTH = range(3, 65)
"""How many characters a login may have."""

MOST_LETTERS = 40
"""How much of a family name goes into a login."""

LETTERS = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)) | {
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "ie",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}
"""Russian letters in Latin ones, as in passports."""


def transliterated(text: str) -> str:
    """The text in small Latin letters; what is no letter is left out."""
    small = "".join(LETTERS.get(letter, letter) for letter in text.lower())
    return "".join(letter for letter in normalize("NFKD", small).lower() if letter.isascii() and letter.isalpha())


def login_base(family: str, given: str, patronymic: str | None) -> str:
    """«ivanova.mp»: the family name and the initials."""
    initials = "".join(transliterated(name)[:1] for name in (given, patronymic or ""))
    return ".".join(part for part in (transliterated(family)[:MOST_LETTERS], initials) if part) or "user"


def free_login(base: str, taken: Collection[str]) -> str:
    """The first of «ivanova.mp», «ivanova.mp2», … that nobody has; `taken` are logins as they are compared."""
    numbered = (base if number == 1 else f"{base}{number}" for number in count(1))
    return next(login for login in numbered if len(login) in LOGIN_LENGTH and login not in taken)


def check_login(login: str, field: str) -> str:
    """A login that somebody chose, as it is kept; a refusal if it is not one."""
    kept = login.strip()
    if len(kept) not in LOGIN_LENGTH or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", kept):
        most = LOGIN_LENGTH.stop - 1
        message = (
            f"Логин — от {LOGIN_LENGTH.start} до {most} знаков: латинские буквы, цифры, точка, дефис, подчёркивание."
        )
        raise bad_input(message, field)
    return kept
