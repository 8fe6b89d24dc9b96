"""The people an import names, found by full name and birth date: a teacher whose child studies here is one person."""

from collections.abc import Collection
from datetime import date
from typing import Any

import asyncpg

from models.school import Person
from rules.imports import PersonKey, Values
from rules.imports_columns import guardian_key
from rules.school_cards import PERSONAL

from .imports_plan import BadRow, ImportPlan
from .school_people import key_on, people

COLUMN_WORDS = {
    "family_name": "фамилия",
    "given_name": "имя",
    "patronymic": "отчество",
    "sex": "пол",
    "birth_date": "дата рождения",
    "individual_plan": "индивидуальный план",
    "taught_at_home": "обучение на дому",
    "position": "должность",
    "grade": "разряд",
    "category": "категория",
    "diploma": "специальность по диплому",
    "hired_on": "дата приёма",
    "kind": "кем приходится",
    "starts_on": "дата заявления",
    "applied_on": "дата первого заявления",
}
"""What changed columns are called in the preview."""


def card_of(values: Values, part: int | None = None) -> dict[str, Any]:
    """What a row says about its person, or about its guardian number `part`; a column the file lacks is left out."""
    keys = {column: guardian_key(part, column) if part else column for column in PERSONAL}
    return {column: values[key] for column, key in keys.items() if key in values}


def words(columns: Collection[str]) -> str:
    """«изменится: имя, пол»."""
    return "изменится: " + ", ".join(COLUMN_WORDS[column] for column in columns)


class People:
    """The school's people whom the file may mean, and those it adds."""

    def __init__(self, plan: ImportPlan, found: Collection[asyncpg.Record]) -> None:
        self.plan = plan
        self.known = {row["id"]: row for row in found}
        self.students = {row["file_number"]: row for row in found if row["student_id"]}
        self.staff = {row["number"]: row for row in found if row["staff_id"]}
        self._by_key: dict[PersonKey, list[int]] = {}
        for row in found:
            self._by_key.setdefault(key_on(row), []).append(row["id"])

    def find_or_make(self, card: dict[str, Any], column: str) -> int:
        """The id of the person on the card, whoever they already are to the school."""
        key = key_on(card)
        holders = self._by_key.get(key, [])
        if len(holders) > 1:
            raise BadRow(column, "В школе несколько человек с этими именем и датой рождения: внесите вручную.")
        if not holders:
            made = self.plan.ledger.add(Person, **{name: card.get(name) for name in PERSONAL})
            self._by_key[key] = [made]
            return made
        return holders[0]

    def settle(self, person_id: int, **card: Any) -> list[str]:
        """Bring the person's card to what the file says; gives the columns that change."""
        known = self.known.get(person_id)
        current = {name: known[name] for name in PERSONAL} if known else {}
        return self.plan.ledger.settle(Person, person_id, current, **card)

    def rename(self, person_id: int, card: dict[str, Any]) -> list[str]:
        """The same for a person known by a number, whose name and birth date may change too: to nobody else's."""
        known = self.known[person_id]
        wanted = {name: known[name] for name in PERSONAL} | card
        if key_on(wanted) != key_on(known):
            if self._by_key.get(key_on(wanted)):
                raise BadRow("family_name", "Другой человек в школе носит это имя и родился в тот же день.")
            self._by_key[key_on(wanted)] = [person_id]
        return self.settle(person_id, **card)


async def read_people(
    connection: asyncpg.Connection,
    plan: ImportPlan,
    birth_dates: Collection[date],
    file_numbers: Collection[str] = (),
    staff_numbers: Collection[str] = (),
) -> People:
    """Everybody born on one of these days or known by one of these numbers."""
    return People(plan, await people(connection, plan.school_id, birth_dates, file_numbers, staff_numbers))
