"""What is certified of a journal, and what has changed in it since (2.1, 8.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from .journal import ATTENDANCE_LETTERS, AttendanceCode
from .journal_print import due_by, long_date, long_days, work_title
from .refusals import Refusal, RefusalCode

CLAUSE = "8.2"
MOST_DIFFERENCES = 500
"""How many differences are shown; how many there are is always said."""

Values = Mapping[str, Any]

NO_RESULTS: Values = {"students": [], "subjects": []}
"""No marks of a period."""


class SignatureState(StrEnum):
    """What has become of a certificate's signature."""

    NOT_SIGNED = "not_signed"
    VALID = "valid"
    INVALID = "invalid"


class DifferenceKind(StrEnum):
    """How the journal differs now from what was certified."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where in the journal, for a person to find it; what stood there, and what stands there now."""

    kind: DifferenceKind
    where: str
    old: str | None
    new: str | None


def check_over(ends_on: date, today: date) -> None:
    """Refuse to certify the journal of a period that still goes on."""
    if ends_on >= today:
        message = f"Период ещё идёт: его последний день — {long_date(ends_on)} Журнал можно заверить после него."
        raise Refusal(RefusalCode.PERIOD_NOT_OVER, message, "periodId", CLAUSE)


def check_closed(standing: int | None, frozen: int | None) -> None:
    """Refuse to certify a journal that could still be written in.

    standing: the closing that stands. frozen: the one that stood when the copy was read, from when on nothing changes.
    """
    if standing is None or standing != frozen:
        message = "Период не закрыт для этого класса: завуч закрывает его, потом журнал заверяется."
        raise Refusal(RefusalCode.PERIOD_NOT_CLOSED, message, "periodId", CLAUSE)


def differences(certified: Values, present: Values) -> list[Difference]:
    """What differs between two copies of a class's journal, in the order of its pages and days.

    A certificate of the first format says nothing of the period's marks: they are no difference then.
    """
    if "results" not in certified:
        present = {**present, "results": NO_RESULTS}
    return compared(dict(_facts(certified)), dict(_facts(present)))


def compared(before: Mapping[Any, tuple[str, str]], now: Mapping[Any, tuple[str, str]]) -> list[Difference]:
    """What differs between two lots of facts. Each is known by what it is of, and says where it stands, and what."""
    found = []
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        where = (new or old or ("", ""))[0]
        if old is None or new is None:
            kind = DifferenceKind.ADDED if old is None else DifferenceKind.REMOVED
        elif old[1] == new[1]:
            continue
        else:
            kind = DifferenceKind.CHANGED
        found.append(Difference(kind, where, old and old[1], new and new[1]))
    return found


Fact = tuple[tuple[Any, ...], tuple[str, str]]
"""What a fact is of, and: where it stands, and what it says."""


def _facts(copy: Values) -> Iterator[Fact]:
    """Everything that a copy says, each once."""
    period = copy["period"]
    days = long_days(date.fromisoformat(period["startsOn"]), date.fromisoformat(period["endsOn"]))
    yield ("class",), ("Класс", copy["class"]["name"])
    yield ("period",), ("Период", f"{period['name']}, {days}")
    yield ("leader",), ("Классный руководитель", _name(copy["class"]["leader"]))
    names = {each["id"]: each["name"] for page in copy["pages"] for each in page["students"]}
    for page in copy["pages"]:
        title = f"{page['subject']['name']}, {page['group']['title']}"
        of = page["group"]["id"], page["subject"]["id"]
        yield of, ("Страница", title)
        for student in page["students"]:
            yield (*of, "student", student["id"]), (f"{title}: список", student["name"])
        for lesson in page["lessons"]:
            yield from _of_lesson(lesson, title, names)
    yield from _of_results(copy.get("results", NO_RESULTS))


def _of_results(results: Values) -> Iterator[Fact]:
    """Who is to have marks of the period, and those that are set."""
    names = {each["id"]: each["name"] for each in results["students"]}
    for number, name in names.items():
        yield ("result of", number), ("Отметки за период: список", name)
    for subject in results["subjects"]:
        yield ("result in", subject["id"]), ("Отметки за период: предмет", subject["name"])
        for mark in subject["marks"]:
            where = f"{subject['name']}: {names.get(mark['student'], '')}, отметка за период"
            yield ("result", subject["id"], mark["student"]), (where, mark["value"])


def _of_lesson(lesson: Values, title: str, names: Mapping[int, str]) -> Iterator[Fact]:
    day = date.fromisoformat(lesson["date"])
    where, of = f"{title}: {day:%d.%m.%Y}, урок {lesson['number']}", ("lesson", lesson["id"])
    yield of, (where, f"{day:%d.%m.%Y}, урок {lesson['number']}")
    facts = {
        "тема": lesson["topic"],
        "материал": lesson["material"],
        "учитель": _name(lesson["teacher"]),
        "замена": _name(lesson["substitute"]),
        "состояние": lesson["state"],
        "перекличка": lesson["rollCalledAt"],
    }
    for name, value in facts.items():
        if value:
            yield (*of, name), (f"{where}, {name}", value)
    for task in lesson["tasks"]:
        work = work_title(task["kind"], task["name"])
        given = due_by(f"{work}, вес {task['weight']}", task["dueOn"])
        yield ("task", task["id"]), (f"{where}, задание", _for(task, given, names))
        for mark in task["marks"]:
            made_up = f", сдано {mark['madeUpOn']}" if mark["madeUpOn"] else ""
            value = _with(mark, f"{mark['value']}, поставлена {mark['setAt']}{made_up}")
            who = names.get(mark["student"], "")
            yield ("mark", task["id"], mark["student"]), (f"{where}, {who}, отметка ({work})", value)
    for each in lesson["attendance"]:
        letters = ATTENDANCE_LETTERS[AttendanceCode(each["code"])]
        minutes = f", {each['minutesLate']} мин" if each["minutesLate"] else ""
        who = names.get(each["student"], "")
        yield (
            ("absence", lesson["id"], each["student"]),
            (f"{where}, {who}, посещаемость", _with(each, letters + minutes)),
        )
    for work in lesson["homework"]:
        text = due_by(work["text"], work["dueOn"])
        yield ("homework", work["id"]), (f"{where}, домашнее задание", _for(work, text, names))


def _name(person: Values | None) -> str:
    return str(person["name"]) if person else ""


def _for(given: Values, text: str, names: Mapping[int, str]) -> str:
    """What is given to all, or to those who are named."""
    return text if given["forAll"] else f"{', '.join(names.get(each, '') for each in given['students'])}: {text}"


def _with(row: Values, text: str) -> str:
    """A mark or an absence with its comment."""
    return f"{text} ({row['comment']})" if row["comment"] else text
