"""A topic plan as a sheet (docs/import.md): its columns, and the sections and topics that its rows make."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from .curriculum_topics import HOMEWORK_LENGTH, HOURS, MOST_TOPICS, NAME_LENGTH, SectionContent, TopicContent
from .imports import CheckedFile, Finding, ImportRow, Problem, check_sheet
from .imports_columns import Column
from .imports_values import BadValue, folded, single_line, text_up_to


def hours(text: str, today: date) -> int:
    """How many lessons a topic takes: «2», «2 ч»."""
    found = re.fullmatch(r"(\d{1,3})(?:[.,]0+)?\s*(?:ч|час|часа|часов)?\.?", single_line(text), re.IGNORECASE)
    if not found or int(found[1]) not in HOURS:
        raise BadValue(f"нужно число часов от {HOURS[0]} до {HOURS[-1]}")
    return int(found[1])


def listed(text: str, today: date) -> tuple[str, ...]:
    """Names with «;» or «,» between them, each once."""
    names = (single_line(part) for part in re.split(r"[;,\n]", text))
    return tuple({folded(name): name for name in names if name}.values())


COLUMNS = (
    Column("section", "Раздел", text_up_to(NAME_LENGTH), "Строение клетки", synonyms=("Глава", "Название раздела")),
    Column(
        "name",
        "Тема",
        text_up_to(NAME_LENGTH),
        "Клеточная мембрана",
        required=True,
        synonyms=("Тема урока", "Название темы"),
    ),
    Column("hours", "Часы", hours, "2", synonyms=("Кол-во часов", "Количество часов", "Часов"), blank=1),
    Column("homework", "Домашнее задание", text_up_to(HOMEWORK_LENGTH), "§ 5, вопросы", synonyms=("ДЗ", "Д/з")),
    Column(
        "work_types", "Виды работ", listed, "Тест; Лабораторная работа", synonyms=("Вид работы", "Вид работ"), blank=()
    ),
)
"""The columns of a topic plan. Only «Тема» is required: a blank section goes on, a blank «Часы» is one."""


def check_topics(
    headers: Sequence[str],
    rows: Iterable[tuple[int, Mapping[str, str | None]]],
    kinds: Mapping[str, int],
    today: date,
) -> CheckedFile:
    """Check the sheet of a plan; `kinds`: the school's kinds of work, by the folded names that mean them."""

    def among(rows: Sequence[ImportRow]) -> Iterator[Finding]:
        for row in rows:
            for name in row.values.get("work_types", ()):
                if folded(name) not in kinds:
                    yield row.number, "work_types", f"Нет вида работы «{name}»."

    checked = check_sheet(COLUMNS, headers, rows, today, lambda values: (), among)
    if len(checked.rows) > MOST_TOPICS:
        checked.problems.append(Problem(None, None, f"В плане может быть не больше {MOST_TOPICS} тем."))
    return checked


def content_of_rows(rows: Iterable[ImportRow], kinds: Mapping[str, int], title: str) -> list[SectionContent]:
    """Sections and topics of checked rows. A row without a section goes on with that above it, or begins `title`."""
    found: list[tuple[str, list[TopicContent]]] = []
    for row in rows:
        section = row.values.get("section")
        if not found or (section and folded(section) != folded(found[-1][0])):
            found.append((section or title, []))
        found[-1][1].append(
            TopicContent(
                row.values["name"],
                row.values.get("hours", 1),
                row.values.get("homework"),
                tuple(sorted({kinds[folded(name)] for name in row.values.get("work_types", ())})),
            )
        )
    return [SectionContent(title, tuple(topics)) for title, topics in found]


def told(problems: Sequence[Problem]) -> str:
    """What is wrong with a file, the first few things in full."""
    first = "; ".join(
        f"{f'строка {each.row}' if each.row else 'файл'}{f', «{each.column}»' if each.column else ''}: {each.reason}"
        for each in problems[:3]
    )
    more = f" И ещё: {len(problems) - 3}." if len(problems) > 3 else ""
    return f"Ничего не загружено: в файле есть ошибки ({len(problems)}). {first}{more}"
