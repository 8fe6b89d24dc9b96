"""The sheets a school may import, as data: kinds, columns, what each column takes (docs/import.md)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import imports_values as values
from .imports_values import Parser, folded
from .school_cards import AGES, CardOf

GUARDIANS = (1, 2)
"""How many guardians one row may hold."""


class ImportKind(StrEnum):
    """What a sheet holds."""

    STUDENTS = "students"
    STAFF = "staff"
    ASSIGNMENTS = "assignments"


IMPORT_TITLES: dict[ImportKind, str] = {
    ImportKind.STUDENTS: "Ученики и представители",
    ImportKind.STAFF: "Сотрудники",
    ImportKind.ASSIGNMENTS: "Нагрузка и классные руководители",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, Russian header and other names for it, what its cells may hold, and an example.

    A required column must be there, filled in each row. In a `part` (a guardian) it must be filled where the part has
    anything at all.
    """

    key: str
    header: str
    parse: Parser
    example: str
    required: bool = False
    synonyms: tuple[str, ...] = ()
    blank: Any = None
    part: int | None = None

    def names(self) -> set[str]:
        """Every header that means this column, in the form in which headers are compared."""
        return {folded(name) for name in (self.header, *self.synonyms)}


def _person(ages: range, family: str, given: str, patronymic: str, sex: str, born: str) -> tuple[Column, ...]:
    """The columns of a person's card (1.6, 4.3, 4.6)."""
    return (
        Column("family_name", "Фамилия", values.name, family, required=True),
        Column("given_name", "Имя", values.name, given, required=True),
        Column("patronymic", "Отчество", values.name, patronymic),
        Column("sex", "Пол", values.sex, sex, required=True),
        Column(
            "birth_date", "Дата рождения", values.birth_date(ages), born, required=True, synonyms=("Д.р.", "Родился")
        ),
    )


def _guardian(part: int) -> tuple[Column, ...]:
    """The columns of one guardian, entered only on the guardian's application (4.7)."""
    example = (
        (AGES[CardOf.GUARDIAN], "Иванова", "Мария", "Петровна", "ж", "12.05.1988"),
        (AGES[CardOf.GUARDIAN], "Иванов", "Пётр", "Сергеевич", "м", "03.11.1986"),
    )[part - 1]
    own = (
        Column("kind", "Кем приходится", values.guardian_kind, ("мать", "отец")[part - 1], required=True),
        Column("applied_on", "Дата заявления", values.past_day, "25.08.2025", required=True),
    )
    return tuple(
        Column(
            guardian_key(part, column.key),
            f"Представитель {part}: {column.header}",
            column.parse,
            column.example,
            column.required,
            tuple(
                f"{who} {part}: {name}"
                for who in ("Представитель", "Родитель", "Законный представитель")
                for name in (column.header, *column.synonyms)
            ),
            column.blank,
            part,
        )
        for column in (*_person(*example), *own)
    )


def guardian_key(part: int, key: str) -> str:
    """The key of a guardian's column."""
    return f"guardian_{part}_{key}"


COLUMNS: dict[ImportKind, tuple[Column, ...]] = {
    ImportKind.STUDENTS: (
        *_person(AGES[CardOf.STUDENT], "Иванов", "Семён", "Петрович", "м", "14.03.2014"),
        Column("class", "Класс", values.school_class, "5А", required=True),
        Column(
            "file_number",
            "Номер личного дела",
            values.number,
            "И-127",
            required=True,
            synonyms=("№ личного дела", "Личное дело", "Номер дела", "№ дела"),
        ),
        Column("enrolled_on", "Дата зачисления", values.day, "01.09.2025", synonyms=("Зачислен",)),
        Column(
            "individual_plan",
            "Индивидуальный план",
            values.flag,
            "нет",
            synonyms=("ИУП", "Индивидуальный учебный план"),
            blank=False,
        ),
        Column("taught_at_home", "На дому", values.flag, "нет", synonyms=("Обучение на дому",), blank=False),
        *(column for part in GUARDIANS for column in _guardian(part)),
    ),
    ImportKind.STAFF: (
        *_person(AGES[CardOf.STAFF], "Петрова", "Анна", "Ивановна", "ж", "21.09.1979"),
        Column("number", "Табельный номер", values.number, "0012", required=True, synonyms=("Таб. номер", "Таб. №")),
        Column(
            "position",
            "Должность",
            values.text_up_to(200),
            "Учитель математики",
            required=True,
            synonyms=("Основная должность",),
        ),
        Column("grade", "Разряд", values.text_up_to(100), "12"),
        Column("category", "Категория", values.text_up_to(100), "первая", synonyms=("Квалификационная категория",)),
        Column(
            "diploma",
            "Специальность по диплому",
            values.text_up_to(300),
            "Математика и физика",
            synonyms=("Специальность",),
        ),
        Column("hired_on", "Дата приёма", values.day, "15.08.2010", required=True, synonyms=("Дата приёма на работу",)),
        Column("roles", "Роли", values.roles, "Учитель; Завуч", synonyms=("Роль", "Функции пользователя"), blank=()),
    ),
    ImportKind.ASSIGNMENTS: (
        Column("number", "Табельный номер", values.number, "0012", required=True, synonyms=("Таб. номер", "Таб. №")),
        Column("subject", "Предмет", values.text_up_to(100), "Английский язык"),
        Column("class", "Класс", values.school_class, "5А", required=True),
        Column("group", "Группа", values.text_up_to(50), "группа 1", synonyms=("Подгруппа",)),
        Column("starts_on", "С", values.day, "01.09.2025", synonyms=("C", "Дата начала")),
        Column("ends_on", "По", values.day, "31.05.2026", synonyms=("Дата окончания",)),
        Column("leads", "Классный руководитель", values.flag, "да", synonyms=("Классное руководство",), blank=False),
    ),
}
"""The documented columns of each sheet (docs/import.md)."""
