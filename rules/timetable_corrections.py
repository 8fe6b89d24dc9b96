"""Corrections of dated lessons (6.5): their words and limits, and what they are refused for."""

from datetime import date, time
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input
from .timetable import LESSON_NUMBERS, LessonState

MOST_LESSONS = 200
"""How many lessons one command may correct: more than a teacher has in a month."""


class CorrectionKind(StrEnum):
    """What was done to a dated lesson (6.5)."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    ADDED = "added"
    REPLACED = "replaced"
    SUBSTITUTED = "substituted"
    SUBSTITUTION_ENDED = "substitution_ended"
    ROOM_CHANGED = "room_changed"


TOPICS_MOVE = frozenset(list(CorrectionKind)[:5])
"""Corrections after which other lessons may have to take the topics (5.5)."""


class Taken(StrEnum):
    """What two lessons may not claim at once."""

    TEACHER = "teacher"
    ROOM = "room"
    GROUP = "group"


_TAKEN_NAMES = {Taken.TEACHER: "Учитель уже занят", Taken.ROOM: "Кабинет уже занят", Taken.GROUP: "Класс уже занят"}


def collision(taken: Taken, other: str, lesson: int, field: str) -> Refusal:
    """Somebody or something would be in two places at once; `other` is what people call the lesson in the way."""
    return Refusal(
        RefusalCode.LESSON_COLLISION,
        f"{_TAKEN_NAMES[taken]} в это время: {other}.",
        field,
        "6.1",
        objects=(("Lesson", lesson),),
    )


def busy(taken: Taken, lesson: str, field: str) -> Refusal:
    """A whole day cannot be so: who or what a lesson of it needs is wanted elsewhere. `lesson`: what people call it."""
    return Refusal(RefusalCode.LESSON_COLLISION, f"{_TAKEN_NAMES[taken]} на другом уроке: {lesson}.", field, "6.1")


def not_made(taken: Taken, lesson: str) -> str:
    """«5Б, Биология, 21.05.2026, урок 3: учитель уже занят»."""
    return f"{lesson}: {_TAKEN_NAMES[taken].lower()}"


def lesson_title(group: str, subject: str, day: date, number: int) -> str:
    """«5Б, Биология, 21.05.2026, урок 3»."""
    return f"{group}, {subject}, {day:%d.%m.%Y}, урок {number}"


def check_number(number: int, field: str) -> None:
    """Refuse a number that no lesson of a day has."""
    if number not in LESSON_NUMBERS:
        raise bad_input(f"Номер урока — от {LESSON_NUMBERS[0]} до {LESSON_NUMBERS[-1]}.", field)


def check_times(starts_at: time | None, ends_at: time | None) -> None:
    """Refuse times of which one is missing, that run backwards, or that name a zone: they are the school's own."""
    if (starts_at is None) is not (ends_at is None):
        raise bad_input("Укажите и начало, и конец урока.", "endsAt" if ends_at is None else "startsAt")
    if starts_at is not None and ends_at is not None:
        if starts_at.tzinfo or ends_at.tzinfo:
            raise bad_input("Время урока — по часам школы, без часового пояса.", "startsAt")
        if starts_at >= ends_at:
            raise bad_input("Урок кончается раньше, чем начинается.", "endsAt")


def check_takes_place(state: str, field: str) -> None:
    """Refuse to correct a lesson that has been cancelled: it must be restored first."""
    if state == LessonState.CANCELLED:
        raise Refusal(RefusalCode.LESSON_CANCELLED, "Урок отменён: сначала его нужно вернуть.", field, "6.5")


def has_records(field: str) -> Refusal:
    """What is written at a lesson cannot be lost by a correction (7.2)."""
    message = "Урок уже проведён или на нём есть записи журнала: отметки, посещаемость, задания."
    return Refusal(RefusalCode.LESSON_HAS_RECORDS, message, field, "7.2")


def not_a_school_day(why: str, field: str) -> Refusal:
    """No lesson can stand on that day."""
    return Refusal(RefusalCode.NOT_A_SCHOOL_DAY, why, field, "6.1")


def teacher_away(field: str) -> Refusal:
    """Whoever is absent or not employed on the day gives no lesson."""
    message = "В этот день сотрудника нет в школе: он отсутствует или не работает."
    return Refusal(RefusalCode.TEACHER_AWAY, message, field, "6.5")


def not_taught(field: str) -> Refusal:
    """The subject is not taught to this group on that day, or not by this teacher."""
    message = "В этой группе в этот день нет такой нагрузки: предмет не ведётся или ведётся другим учителем."
    return Refusal(RefusalCode.NOT_TAUGHT, message, field, "5.2")
