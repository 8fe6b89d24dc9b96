"""Tables, a module a domain."""

from . import account, curriculum, curriculum_topics, journal, school, timetable
from .base import Base

__all__ = ["Base", "account", "curriculum", "curriculum_topics", "journal", "school", "timetable"]
