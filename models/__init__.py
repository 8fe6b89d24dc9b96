"""Tables, a module a domain."""

from . import account, curriculum, journal, school, school_documents, timetable
from .base import Base

__all__ = ["Base", "account", "curriculum", "journal", "school", "school_documents", "timetable"]
