"""`classbook publish-timetable`: whose command it is, what it prints, and what it leaves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.demo import DEMO_NOW, Demo

from .timetable_help import Office, opened


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school of the test's own."""
    async with opened(cluster, demo_template) as office:
        yield office


def publish(login: str, title: str, *more: str) -> Result:
    words = ["publish-timetable", title, "--login", login, "--from", "2026-05-21", "--until", "2026-05-26", *more]
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


async def test_the_command_publishes(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", office.school.url)
    monkeypatch.setenv("CLASSBOOK_DATA", str(tmp_path))
    monkeypatch.setenv("CLASSBOOK_NOW", DEMO_NOW.isoformat())
    await office.copied("Новое")
    await office.db.execute("DELETE FROM lesson WHERE date = '2026-05-25' AND state = 'planned'")
    for login, title, more, message in (
        ("teacher", "Новое", (), "Расписание публикует завуч."),
        ("nobody", "Новое", (), "Такого логина нет."),
        ("deputy", "Нет такого", (), "Не найдено или недоступно."),
        ("deputy", "Новое", ("--school", "99"), "Нет школы с кодом «99»."),
    ):
        done = await asyncio.to_thread(publish, login, title, *more)
        assert (done.exit_code, done.output.strip()) == (1, message)
    entries = len(await office.entries())
    done = await asyncio.to_thread(publish, "Deputy", "Новое")
    assert done.exit_code == 0, done.output
    assert "опубликовано: создано " in done.output
    assert "создано 0" not in done.output
    assert " с." in done.output
    (entry,) = (await office.entries())[entries:]
    assert entry == {"login": "deputy", "command": "publishTimetable", "outcome": "done"}
    sessions = await office.db.fetch("SELECT ended_at FROM session WHERE device = 'classbook'")
    assert [bool(each["ended_at"]) for each in sessions] == [True] * 3
