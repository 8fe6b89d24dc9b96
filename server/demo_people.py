"""The demo school's people as persons: names that agree with sex and father, ages, contacts."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from rules.school import Contact, ContactsOf, Sex

from .demo_rows import Rows
from .demo_words import ABROAD, FAMILIES, GIVEN, MEN, address, family_name, patronymic, phone
from .demo_year import EVENING, at

ABROAD_FAMILY = "Нгуен"


@dataclass(frozen=True)
class Person:
    """A person's row and what relatives need of them; `family` is the name as a man bears it."""

    number: int
    family: str
    given: str
    patronymic: str | None
    sex: Sex
    birth_date: date

    @property
    def sort_key(self) -> str:
        """The order of a class register, ё beside е."""
        return f"{family_name(self.family, self.sex)} {self.given} {self.patronymic}".lower().replace("ё", "е")


class People:
    """Makes persons; every phone number it gives out is another one."""

    def __init__(self, rows: Rows, rng: Random) -> None:
        self.rows = rows
        self.rng = rng
        self._phones = 0

    def family(self) -> str:
        return self.rng.choice(FAMILIES)

    def given(self, family: str, sex: Sex, *, adult: bool) -> str:
        """A given name, as a rule of the person's generation."""
        return self.rng.choice(ABROAD[sex] if family == ABROAD_FAMILY else GIVEN[sex, adult])

    def add(
        self,
        family: str,
        sex: Sex,
        birth_date: date,
        *,
        given: str | None = None,
        father: str | None = None,
        home: str | None = None,
        reachable: bool = True,
    ) -> Person:
        """Add a person. Without a father's name any will do; `reachable` people have a phone and often an e-mail."""
        given = given or self.given(family, sex, adult=True)
        middle = None if family == ABROAD_FAMILY else patronymic(father or self.rng.choice(MEN), sex)
        self._phones += reachable
        number = self.rows.add(
            "person",
            family_name=family_name(family, sex),
            given_name=given,
            patronymic=middle,
            sex=sex.value,
            birth_date=birth_date,
            phone=phone(self._phones) if reachable else None,
            email=f"mail{self._phones:04}@example.org" if reachable and self.rng.random() < 0.5 else None,
            address=home,
        )
        return Person(number, family, given, middle, sex, birth_date)

    def birthday(self, year: int) -> date:
        return date(year, 1, 1) + timedelta(days=self.rng.randrange(365))

    def home(self) -> str | None:
        """An address, where the family has given one: that is voluntary (4.8)."""
        return address(self.rng) if self.rng.random() < 0.9 else None


def add_contact_decisions(rows: Rows) -> None:
    """What the school has decided to collect of its students and their guardians (4.8): all there is."""
    decided_on = date(2015, 8, 25)
    for of in ContactsOf:
        for contact in Contact:
            rows.add(
                "contact_decision",
                number="12-к",
                decided_on=decided_on,
                contact=contact,
                contacts_of=of,
                starts_on=decided_on,
                changed_at=at(decided_on, EVENING),
            )
