"""Tables, a module a domain."""

from . import (
    account,
    curriculum,
    curriculum_plan,
    curriculum_topics,
    journal,
    journal_changes,
    journal_excuses,
    movement,
    movement_transition,
    school,
    school_documents,
    timetable,
    timetable_calendar,
    timetable_corrections,
    timetable_events,
    timetable_mismatches,
    timetable_week,
)
from .base import Base

__all__ = [
    "Base",
    "account",
    "curriculum",
    "curriculum_plan",
    "curriculum_topics",
    "journal",
    "journal_changes",
    "journal_excuses",
    "movement",
    "movement_transition",
    "school",
    "school_documents",
    "timetable",
    "timetable_calendar",
    "timetable_corrections",
    "timetable_events",
    "timetable_mismatches",
    "timetable_week",
]
