"""Tables, a module a domain."""

from . import account, curriculum, journal, movement, school, timetable
from .base import Base

__all__ = ["Base", "account", "curriculum", "journal", "movement", "school", "timetable"]
