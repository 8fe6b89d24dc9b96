"""People found by full name and birth date, whoever they already are to the school: for imports and for cards."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import asyncpg

from rules.imports import PersonKey, person_key

PEOPLE = """
SELECT person.id, person.family_name, person.given_name, person.patronymic, person.sex, person.birth_date,
    student.id AS student_id, student.file_number, student.individual_plan, student.taught_at_home,
    staff.id AS staff_id, staff.number, staff.position, staff.grade, staff.category, staff.diploma, staff.hired_on,
    staff.dismissed_on, guardian.id AS guardian_id, guardian.applied_on
FROM person
LEFT JOIN student ON student.school_id = person.school_id AND student.person_id = person.id
LEFT JOIN staff ON staff.school_id = person.school_id AND staff.person_id = person.id
LEFT JOIN guardian ON guardian.school_id = person.school_id AND guardian.person_id = person.id
WHERE person.school_id = $1 AND (
    person.birth_date = ANY($2::date[]) OR student.file_number = ANY($3::text[]) OR staff.number = ANY($4::text[])
)
ORDER BY person.id
"""

LOCK = "SELECT school_id FROM school WHERE school_id = $1 FOR NO KEY UPDATE"
"""Keeps whoever enters people apart, so that nobody is entered twice; everybody else goes on writing."""


async def people(
    connection: Any,
    school_id: int,
    birth_dates: Collection[date],
    file_numbers: Collection[str] = (),
    staff_numbers: Collection[str] = (),
) -> list[asyncpg.Record]:
    """Everybody born on one of these days or known by one of these numbers, with the cards they have."""
    found: list[asyncpg.Record] = await connection.fetch(
        PEOPLE, school_id, list(birth_dates), list(file_numbers), list(staff_numbers)
    )
    return found


def key_on(card: asyncpg.Record | Mapping[str, Any]) -> PersonKey:
    """What tells the person on a card apart from others."""
    return person_key(card["family_name"], card["given_name"], card.get("patronymic"), card["birth_date"])
