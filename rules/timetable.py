"""Dated lessons: the states they pass through."""

from enum import StrEnum


class LessonState(StrEnum):
    """What has become of a dated lesson."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


LESSON_NUMBERS = range(15)
"""Numbers of lessons in a day. Lesson 0 exists."""
