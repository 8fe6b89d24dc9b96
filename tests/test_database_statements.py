"""Statements that are built anew each time and written once: each has its own values, and its own form."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.sql.compiler import SQLCompiler

from models.school import Person
from models.timetable import Room
from permissions.scopes import of_school
from permissions.viewer import reach
from resolvers.database import compile_statement, kept_statement

BUILT: dict[str, Any] = {
    "a condition": lambda value: select(Room.id).where(Room.name == value),
    "nothing, or something": lambda value: select(Room.id).where(Room.name == (value if value == "а" else None)),
    "two that are alike": lambda value: select(Room.id).where(Room.name == value, Room.id == len(value)),
    "columns": lambda value: select(*[Room.id, Room.name][: len(value)]),
    "a new row": lambda value: insert(Room).values(school_id=1, name=value).returning(Room.id),
    "more of a new row": lambda value: insert(Room).values(
        school_id=1, **dict.fromkeys(["name", "archived_on"][: len(value)])
    ),
    "a change": lambda value: update(Room).where(Room.id == 1).values(name=value),
    "an end": lambda value: delete(Room).where(Room.name == value),
    "what stays open": lambda value: select(Room.id).where(Room.school_id == reach.school_id, Room.name == value),
    "a lock": lambda value: select(Room.id).with_for_update(key_share=value == "а"),
    "a limit": lambda value: select(Room.id).limit(len(value)),
    "given beside": lambda value: select(Room.id).where(Room.name == bindparam("name"), Room.id != len(value)),
    "a day": lambda value: select(Person.id).where(Person.birth_date == date(2010, 1, len(value))),
}


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
def test_a_kept_statement_is_what_would_be_written(build: Callable[[str], Any]) -> None:
    for value in ("а", "бб", "а", "ббб"):
        kept, fresh = kept_statement(build(value)), compile_statement(build(value))
        assert kept == fresh


def test_a_form_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is built, with whatever values; what stays open is no part of it."""
    compiled: list[str] = []
    original = SQLCompiler.__init__

    def counted(self: SQLCompiler, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        compiled.append(self.string)

    monkeypatch.setattr(SQLCompiler, "__init__", counted)
    for value in range(5):
        statement = kept_statement(select(Room.name, Room.id).where(of_school(Room), Room.id == value))
        assert statement.arguments({"viewer_school_id": 7}) == [7, value]
    assert len(compiled) == 1
