"""What the cells of an imported sheet may hold: each parser gives the value, or says in Russian why there is none."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from .account import APPOINTED, ROLE_NAMES, Role
from .curriculum import GRADES
from .school import GuardianKind, Sex


class BadValue(ValueError):
    """A cell that cannot be taken; the message is the reason, in Russian."""


Parser = Callable[[str, date], Any]
"""From a cell's text, on a given day, to its value. Raises `BadValue`."""

LOOKALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
"""Latin capitals that a Russian keyboard's neighbour types in place of the Russian ones."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ‘`´", "'"))
_NAME = re.compile(r"[^\W\d_]+(?:[-' ][^\W\d_]+)*")
_CLASS = re.compile(
    r"(\d{1,2})\s*-?\s*[\"«»“”„']*\s*((?!кл)[а-яё]{0,3})\s*[\"«»“”„']*(?:\s*(?:класс|кл\.?))?", re.IGNORECASE
)
_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:\s*г\.?)?(?: 0?0:00(?::00)?)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?")
_SHORT_YEAR = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2}")


def folded(text: str) -> str:
    """The form in which words are compared: neither case, nor ё for е, nor blanks and signs tell them apart."""
    return "".join(character for character in text.casefold().replace("ё", "е") if character.isalnum())


def single_line(text: str) -> str:
    """Each run of blanks and line breaks as one space."""
    return " ".join(text.split())


def text_up_to(length: int) -> Parser:
    """Any text of at most so many characters, on one line."""

    def parse(text: str, today: date) -> str:
        text = single_line(text)
        if len(text) > length:
            raise BadValue(f"длиннее {length} знаков")
        return text

    return parse


def name(text: str, today: date) -> str:
    """A part of a person's name: letters, hyphens, apostrophes and spaces only, in one script."""
    text = re.sub(r" ?- ?", "-", single_line(text).translate(_DASHES).translate(_APOSTROPHES))
    if len(text) > 100:
        raise BadValue("длиннее 100 знаков")
    if not _NAME.fullmatch(text) or not all(letter.isalpha() for letter in text if letter not in " -'"):
        raise BadValue("в имени могут быть только буквы, дефис, апостроф и пробел")
    if re.search("[A-Za-z]", text) and re.search("[А-Яа-яЁё]", text):
        raise BadValue("русские и латинские буквы смешаны")
    return text


def number(text: str, today: date) -> str:
    """A personnel or file number, as it is written: «0012» and «12» are two numbers."""
    if _ISO_DATE.fullmatch(text):
        raise BadValue("Excel принял номер за дату; задайте ячейке текстовый формат и впишите его заново")
    return str(text_up_to(50)(text, today))


def day(text: str, today: date) -> date:
    """A date: «01.09.2015», or «2015-09-01» as Excel's own dates arrive."""
    if found := _DATE.fullmatch(text):
        day_of_month, month, year = map(int, found.groups())
    elif found := _ISO_DATE.fullmatch(text):
        year, month, day_of_month = map(int, found.groups())
    elif _SHORT_YEAR.fullmatch(text):
        raise BadValue("год нужен полностью, например 01.09.2015")
    else:
        raise BadValue("не дата, нужно ДД.ММ.ГГГГ")
    try:
        return date(year, month, day_of_month)
    except ValueError:
        raise BadValue("такой даты нет") from None


def age_on(birth_date: date, today: date) -> int:
    """Full years."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def birth_date(ages: range) -> Parser:
    """The birth date of somebody whose age today lies within `ages`."""

    def parse(text: str, today: date) -> date:
        born = day(text, today)
        if born > today:
            raise BadValue("дата рождения ещё не наступила")
        if (age := age_on(born, today)) not in ages:
            raise BadValue(f"возраст получается {age}, а должен быть от {ages[0]} до {ages[-1]}; проверьте год")
        return born

    return parse


def past_day(text: str, today: date) -> date:
    """A date that has come."""
    parsed = day(text, today)
    if parsed > today:
        raise BadValue("дата ещё не наступила")
    return parsed


def school_class(text: str, today: date) -> tuple[int, str]:
    """A class as (grade, letter): «5А», «5 "А"», «11-Б», and «5» where a grade is not divided (7.1: grades 1 to 11)."""
    found = _CLASS.fullmatch(single_line(text).translate(_DASHES).upper().translate(LOOKALIKES))
    if not found:
        raise BadValue('не похоже на класс, нужно, например, 5А, 5 "А" или 11-Б')
    grade = int(found[1])
    if grade not in GRADES:
        raise BadValue(f"классы бывают с {GRADES[0]} по {GRADES[-1]}")
    return grade, found[2].upper()


def one_of(words: dict[Any, Sequence[str]], expected: str) -> Parser:
    """One of the listed words, whatever the case."""
    known = {folded(word): value for value, listed in words.items() for word in listed}

    def parse(text: str, today: date) -> Any:
        if (value := known.get(folded(text))) is None:
            raise BadValue(f"нужно {expected}")
        return value

    return parse


sex = one_of(
    {Sex.MALE: ("м", "муж", "мужской", "male", "m"), Sex.FEMALE: ("ж", "жен", "женский", "female", "f")}, "м или ж"
)

guardian_kind = one_of(
    {
        GuardianKind.MOTHER: ("мать", "мама"),
        GuardianKind.FATHER: ("отец", "папа"),
        GuardianKind.GUARDIAN: ("опекун", "попечитель", "законный представитель"),
    },
    "мать, отец или опекун",
)

_YES = frozenset({"да", "истина", "true", "1", "yes"})
_NO = frozenset({"нет", "ложь", "false", "0", "no"})


def flag(text: str, today: date) -> bool:
    """«да» or «нет»; «+» too, and what Excel's own truth values look like."""
    if text == "+" or folded(text) in _YES:
        return True
    if folded(text) in _NO:
        return False
    raise BadValue("нужно «да» или «нет»")


_ROLES = {folded(title): role for role, title in ROLE_NAMES.items()}


def roles(text: str, today: date) -> tuple[Role, ...]:
    """Roles held by appointment, separated by «;» or «,», by the names the System shows."""
    held: set[Role] = set()
    for title in filter(None, (part.strip() for part in re.split(r"[;,\n]", text))):
        role = _ROLES.get(folded(title))
        if role is None:
            listed = ", ".join(f"«{ROLE_NAMES[known]}»" for known in Role if known in APPOINTED)
            raise BadValue(f"нет роли «{title}»; есть {listed}")
        if role not in APPOINTED:
            raise BadValue(f"роль «{ROLE_NAMES[role]}» не назначается")
        held.add(role)
    return tuple(sorted(held))
