"""The school card, its public part, what it lacks, and the school's decisions on contacts."""

from datetime import date
from typing import Any

import strawberry

from models.school import ContactDecision as ContactDecisionRow
from permissions.school import visible_contact_decisions
from rules.school import SCHOOL_PARTS, missing_parts, school_card_due

from .base import Node, computed, node
from .enums import Contact, ContactsOf, SchoolPart


@strawberry.type
class PublicPart:
    """What everybody may know of a school."""

    code: str = strawberry.field(description="Код школы для входа.")
    name: str = strawberry.field(description="Краткое наименование.")
    full_name: str = strawberry.field(description="Полное наименование.")
    address: str | None = strawberry.field(description="Адрес.")
    site: str | None = strawberry.field(description="Сайт.")
    licence_number: str | None = strawberry.field(description="Номер лицензии.")
    accreditation_number: str | None = strawberry.field(description="Номер аккредитации.")


@strawberry.type(description="Школа, как её находят перед входом: только то, что открыто всем.")
class PublicSchool(PublicPart):
    pass


@strawberry.type(description="Карточка школы с лицензией и аккредитацией (3).")
class SchoolCard:
    full_name: str = strawberry.field(description="Полное наименование.")
    address: str | None = strawberry.field(description="Адрес.")
    phone: str | None = strawberry.field(description="Телефон.")
    email: str | None = strawberry.field(description="Электронная почта.")
    site: str | None = strawberry.field(description="Сайт.")
    tax_number: str | None = strawberry.field(description="ИНН.")
    licence_number: str | None = strawberry.field(description="Лицензия: номер.")
    licence_issued_on: date | None = strawberry.field(description="Лицензия: когда выдана.")
    licence_issued_by: str | None = strawberry.field(description="Лицензия: кем выдана.")
    licence_valid_until: date | None = strawberry.field(description="Лицензия: до какого дня; null — бессрочно.")
    accreditation_number: str | None = strawberry.field(description="Аккредитация: номер.")
    accreditation_issued_on: date | None = strawberry.field(description="Аккредитация: когда выдана.")
    accreditation_issued_by: str | None = strawberry.field(description="Аккредитация: кем выдана.")
    accreditation_valid_until: date | None = strawberry.field(
        description="Аккредитация: до какого дня; null — бессрочно."
    )
    version: int = strawberry.field(description="Версия для `ifVersion`.")


CHECKED = (
    *dict.fromkeys(name for names in SCHOOL_PARTS.values() for name in names),
    "licence_valid_until",
    "accreditation_valid_until",
)


def _missing(*values: Any) -> list[SchoolPart]:
    *card, today = values
    return missing_parts(dict(zip(CHECKED, card, strict=True)), today)


@strawberry.type(description="Чего не хватает в карточке школы и к какому сроку (3.2).")
class SchoolCheck:
    missing: list[SchoolPart] = computed(_missing, *CHECKED, "today", description="Чего не хватает.")
    due_on: date = computed(school_card_due, "today", description="К какому дню карточка должна быть заполнена.")


@node(visible_contact_decisions, ContactDecisionRow, description="Решение школы о сборе сведений (4.8).")
class ContactDecision(Node):
    number: str = strawberry.field(description="Номер решения.")
    decided_on: date = strawberry.field(description="Когда принято.")
    contact: Contact = strawberry.field(description="Что собирают.")
    contacts_of: ContactsOf = strawberry.field(description="О ком.")
    starts_on: date = strawberry.field(description="С какого дня действует.")
    ends_on: date | None = strawberry.field(description="По какой день; после него сведения скрыты от всех.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
