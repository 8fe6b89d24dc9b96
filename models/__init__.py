"""Tables, a module a domain."""

from . import account, curriculum, journal, school, timetable, timetable_corrections
from .base import Base

__all__ = ["Base", "account", "curriculum", "journal", "school", "timetable", "timetable_corrections"]
