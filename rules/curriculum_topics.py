"""Topic plans, календарно-тематическое планирование (5.5–5.8): what may stand in one, and when it must be there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .curriculum import GRADES
from .days import DayOfYear
from .imports_values import folded
from .refusals import Refusal, RefusalCode, bad_input

TITLE_LENGTH = 200
NAME_LENGTH = 500
"""How long the name of a topic or of a section may be: what the journal shows as the topic of a lesson."""

HOMEWORK_LENGTH = 1000
HOURS = range(1, 101)
"""How many lessons one topic may take."""

MOST_TOPICS = 500
"""How many topics, and how many sections, a plan may have: more than a year has lessons of one subject."""

MOST_GROUPS = 100
"""How many groups one command may give a plan to."""


@dataclass(frozen=True, slots=True)
class TopicContent:
    """A topic as it is to be. With an `id` it is the one that is there already, and lessons keep it."""

    name: str
    hours: int = 1
    homework: str | None = None
    work_types: tuple[int, ...] = ()
    id: int | None = None


@dataclass(frozen=True, slots=True)
class SectionContent:
    """A section as it is to be, with its topics in their order."""

    title: str
    topics: tuple[TopicContent, ...]
    id: int | None = None


TOPICS_TERM = DayOfYear(10, 1)
"""When every subject and class has a plan (5.6)."""


def check_title(title: str, field: str) -> None:
    """Refuse a plan without a title, or with one that is too long."""
    _check_name(title, TITLE_LENGTH, field)


def check_grade(grade: int, field: str) -> None:
    """Refuse a grade that no school has."""
    if grade not in GRADES:
        raise bad_input(f"Параллель — от {GRADES[0]} до {GRADES[-1]}.", field)


def check_content(sections: Sequence[SectionContent]) -> None:
    """Refuse a content that breaks the limits, or names one section or topic twice."""
    topics = [topic for section in sections for topic in section.topics]
    if len(sections) > MOST_TOPICS or len(topics) > MOST_TOPICS:
        raise bad_input(f"В плане может быть не больше {MOST_TOPICS} тем и {MOST_TOPICS} разделов.", "sections")
    seen: set[tuple[str, int]] = set()
    for place, section in enumerate(sections):
        field = f"sections.{place}."
        _check_name(section.title, NAME_LENGTH, f"{field}title")
        _check_once(seen, "section", section.id, f"{field}id")
        for number, topic in enumerate(section.topics):
            _check_topic(topic, f"{field}topics.{number}.")
            _check_once(seen, "topic", topic.id, f"{field}topics.{number}.id")


def _check_topic(topic: TopicContent, field: str) -> None:
    _check_name(topic.name, NAME_LENGTH, f"{field}name")
    if topic.hours not in HOURS:
        raise bad_input(f"Часов — от {HOURS[0]} до {HOURS[-1]}.", f"{field}hours")
    if topic.homework is not None and (len(topic.homework) > HOMEWORK_LENGTH or "\0" in topic.homework):
        raise bad_input(f"Текст длиннее {HOMEWORK_LENGTH} знаков или с недопустимым знаком.", f"{field}homework")
    if len(set(topic.work_types)) < len(topic.work_types):
        raise bad_input("Вид работы указан дважды.", f"{field}workTypeIds")


def _check_name(name: str, length: int, field: str) -> None:
    if not name.strip():
        raise bad_input("Напишите название.", field)
    if len(name) > length or "\0" in name:
        raise bad_input(f"Название длиннее {length} знаков или с недопустимым знаком.", field)


def _check_once(seen: set[tuple[str, int]], kind: str, number: int | None, field: str) -> None:
    if number is None:
        return
    if (kind, number) in seen:
        raise bad_input("Указано дважды.", field)
    seen.add((kind, number))


def check_span(starts_on: date, ends_on: date | None, year_starts_on: date, year_ends_on: date) -> None:
    """Refuse days that run backwards or leave the plan's school year."""
    for day, field in ((starts_on, "startsOn"), (ends_on, "endsOn")):
        if day is not None and not year_starts_on <= day <= year_ends_on:
            raise bad_input(f"Учебный год плана идёт с {year_starts_on:%d.%m.%Y} по {year_ends_on:%d.%m.%Y}.", field)
    if ends_on is not None and ends_on < starts_on:
        raise bad_input("Последний день раньше первого.", "endsOn")


def overlaps(field: str) -> Refusal:
    """The refusal of a second plan on the same days: a class's subject goes by one plan at a time."""
    message = "На эти дни группе уже назначен план по этому предмету. Сначала завершите его."
    return Refusal(RefusalCode.TOPIC_PLAN_OVERLAPS, message, field, "5.5")


def in_use(name: str, field: str) -> Refusal:
    """The refusal to take out of a plan a topic that lessons have had, or that a teacher has put into own words."""
    message = f"Тему «{name}» нельзя убрать: она стоит на проведённых уроках или записана учителем."
    return Refusal(RefusalCode.TOPIC_IN_USE, message, field)


KnownTopic = tuple[str, str, int, int]
"""A topic that is there already: its section's title, its name, its section's number and its own."""


def matched(sections: Iterable[SectionContent], known: Iterable[KnownTopic]) -> tuple[SectionContent, ...]:
    """The content with the numbers of sections and topics that are there already, found by what they are called.

    A plan is loaded again and again while it is worked on: what has kept its name keeps its lessons. Of several of one
    name each stands for the next.
    """
    topics, own = defaultdict[tuple[str, str], list[int]](list), dict[str, int]()
    for title, name, section, topic in known:
        topics[folded(title), folded(name)].append(topic)
        own.setdefault(folded(title), section)
    return tuple(
        SectionContent(
            section.title,
            tuple(
                TopicContent(
                    topic.name,
                    topic.hours,
                    topic.homework,
                    topic.work_types,
                    same.pop(0) if (same := topics.get((folded(section.title), folded(topic.name)))) else None,
                )
                for topic in section.topics
            ),
            own.pop(folded(section.title), None),
        )
        for section in sections
    )
