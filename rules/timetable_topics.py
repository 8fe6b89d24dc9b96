"""How the topics of a plan come onto lessons (5.5): in order of date and number, one lesson an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .timetable import LessonState


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    """A topic of a plan."""

    id: int
    name: str
    hours: int


@dataclass(frozen=True, slots=True)
class LessonTopic:
    """A lesson with what it is about. `planned`: what the topic that it stands for was called when it was placed.

    pinned: the teacher has put this very topic here.
    """

    id: int
    date: date
    state: str
    topic_id: int | None = None
    topic: str | None = None
    planned: str | None = None
    pinned: bool = False

    @property
    def own_words(self) -> bool:
        """Whether the topic is worded by the teacher, and not by the plan."""
        return self.topic is not None and self.topic != self.planned


Wanted = tuple[int | None, str | None, bool]
"""What a lesson is to have: the topic's number, its wording, whether the teacher has put it there."""


def placed(topics: Sequence[PlannedTopic], lessons: Iterable[LessonTopic], since: date) -> dict[int, Wanted]:
    """What changes at which lesson when the topics follow each other over the lessons, which come in their order.

    Lessons before `since`, those held, and those in the teacher's own words stay as they are. Each takes an hour: one
    of the topic that it stands for, so that the next lesson goes on from there, or else the next one. Where a teacher
    has put a topic on a lesson to come, it stays there too, and the lessons after it go on from it; if that lesson is
    cancelled, it is the next one that goes on. What lies beyond the last topic has none.
    """
    hours = [topic for topic in topics for _ in range(topic.hours)]
    names = {topic.id: topic.name for topic in topics}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for number, topic in enumerate(hours):
        first.setdefault(topic.id, number)
        last[topic.id] = number
    changes: dict[int, Wanted] = {}
    at = 0
    for lesson in lessons:
        known = lesson.topic_id if lesson.topic_id in first else None
        pinned = lesson.pinned and known is not None
        to_come = lesson.date >= since and lesson.state != LessonState.HELD and not lesson.own_words
        wanted: Wanted = (lesson.topic_id, lesson.topic, lesson.pinned)
        if lesson.state == LessonState.CANCELLED:
            at = first[known] if pinned and known is not None else at
            wanted = (known if pinned else None, None, pinned)
        elif to_come and not pinned:
            here = hours[at] if at < len(hours) else None
            wanted = (here.id, here.name, False) if here else (None, None, False)
            at += 1
        elif known is None:
            at += 1
        else:
            wanted = (known, names[known], pinned)
            at = _after(at, first[known], last[known])
        if to_come and wanted != (lesson.topic_id, lesson.topic, lesson.pinned):
            changes[lesson.id] = wanted
    return changes


def _after(at: int, first: int, last: int) -> int:
    """Where the plan goes on after an hour of the topic that has the hours from `first` to `last`; `at` was next.

    An hour more than the topic has holds the plan up; a topic out of turn takes it there.
    """
    if first <= at <= last:
        return at + 1
    return at if at == last + 1 else first + 1
