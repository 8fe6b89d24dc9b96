"""A transition that is cut off anywhere goes on where it was: nothing is lost, nothing is there twice (12)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rules.movement_transition import STEP_NAMES, TransitionStep
from server.demo import Demo

from ..transition_help import AUGUST, NEIGHBOURS, Summer, new_year, summer

PLACES = {
    TransitionStep.YEAR: ("academic_year", "holiday"),
    TransitionStep.BELLS: ("bell_schedule", "bell"),
    TransitionStep.PROFILES: ("component", "component_load"),
    TransitionStep.CLASSES: ("study_group", "class_leadership"),
    TransitionStep.PLAN: ("plan_hours",),
    TransitionStep.ASSIGNMENTS: ("teaching_assignment",),
    TransitionStep.TOPIC_PLANS: ("topic_section", "topic_work_type"),
}
"""Tables in the midst of whose writing a step is cut off."""

CUT = """
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_terminate_backend(pg_backend_pid());
    PERFORM pg_sleep(60);
    RETURN NULL;
END $$
"""
WAIT = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(12);
    RETURN NULL;
END $$
"""
LOST = "Связь с базой данных прервалась."


@pytest.fixture
async def here(
    cluster: str, demo_template: tuple[str, Demo], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Summer]:
    """A school at the end of August, and the command line pointed at it."""
    async with summer(cluster, demo_template) as here:
        await here.db.execute(NEIGHBOURS)
        monkeypatch.setenv("DATABASE_URL", here.school.url)
        monkeypatch.setenv("CLASSBOOK_DATA", str(tmp_path))
        monkeypatch.setenv("CLASSBOOK_NOW", AUGUST.isoformat())
        yield here


async def _cut_off(here: Summer, table: str, when: str = "", *more: str) -> None:
    """Run the command with the database gone as soon as something is written to the table."""
    row = f"FOR EACH ROW WHEN ({when})" if when else ""
    await here.db.execute(f"CREATE TRIGGER cut AFTER INSERT OR UPDATE ON {table} {row} EXECUTE FUNCTION cut()")
    try:
        done = await new_year(*more)
    finally:
        await here.db.execute(f"DROP TRIGGER cut ON {table}")
    assert done.exit_code == 1, done.output
    assert LOST in done.output


async def test_a_step_is_whole_or_not_there(here: Summer) -> None:
    """Cut off before it writes, while it does, and before it is kept: each time all is as the step before left it."""
    await here.db.execute(CUT)
    start = await here.everything()
    before, after = start, None
    for step in TransitionStep:
        given = f"NEW.command = 'runTransitionStep' AND NEW.input ->> 'step' = '{step}'"
        await _cut_off(here, "audit_entry", given)
        after = await here.everything()
        assert (after == before) == (step is TransitionStep.YEAR), "the step before has been taken, and is kept"
        for table in PLACES[step]:
            await _cut_off(here, table)
            assert await here.everything() == after, (step, table)
        await _cut_off(here, "transition_step_done", f"NEW.step = '{step}'")
        assert await here.everything() == after
        before = after
    done = await new_year()
    assert done.exit_code == 0, done.output
    taken = await here.unnumbered()
    assert (await new_year("--take-back")).exit_code == 0
    assert await here.everything() == start
    assert (await new_year()).exit_code == 0
    assert await here.unnumbered() == taken, "as if it had never been cut off"


async def test_opening_is_whole_or_not_there(here: Summer) -> None:
    await here.db.execute(CUT)
    assert (await new_year()).exit_code == 0
    await here.orders()
    await here.leaders()
    before = await here.everything()
    for table, when in (
        ("audit_entry", "NEW.command = 'openYear'"),
        ("enrolment", ""),
        ("group_member", ""),
        ("year_transition", ""),
        ("academic_year", "NEW.state = 'closed'"),
    ):
        await _cut_off(here, table, when, "--open")
        assert await here.everything() == before, table
    done = await new_year("--open")
    assert done.exit_code == 0, done.output
    years = await here.db.fetch("SELECT state, count(*) FROM academic_year GROUP BY 1")
    assert dict(years) == {"closed": 1, "open": 1}
    promoted = await here.db.fetchval("SELECT count(*) FROM enrolment WHERE starts_on = '2026-09-01'")
    ended = "SELECT count(*) FROM enrolment JOIN school_class AS c ON c.id = class_id WHERE ends_on = '2026-08-31'"
    assert promoted == await here.db.fetchval(f"{ended} AND grade < 11") > 0


async def test_the_process_is_killed(here: Summer) -> None:
    """The program itself, killed while it takes a step: the next run does that step and those after it."""
    await here.db.execute(WAIT)
    await here.db.execute(
        "CREATE TRIGGER wait AFTER INSERT ON transition_step_done FOR EACH ROW WHEN (NEW.step = 'classes') "
        "EXECUTE FUNCTION wait()"
    )
    await here.db.execute("SELECT pg_advisory_lock(12)")
    command = [Path(sys.executable).parent / "classbook", "new-year", "--login", "administrator"]
    program = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await _until(here, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    finally:
        program.kill()
        await program.wait()
    await here.db.execute("SELECT pg_advisory_unlock(12)")
    await _until(here, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'")
    await here.db.execute("DROP TRIGGER wait ON transition_step_done")
    taken = await here.db.fetch("SELECT step FROM transition_step_done")
    assert {row["step"] for row in taken} == set(list(TransitionStep)[:3])
    done = await new_year()
    assert done.exit_code == 0, done.output
    assert [name for name in STEP_NAMES.values() if f"{name}: " in done.output] == list(STEP_NAMES.values())[3:]
    after = await here.unnumbered()
    assert (await new_year("--take-back")).exit_code == 0
    assert (await new_year()).exit_code == 0
    assert await here.unnumbered() == after


async def _until(here: Summer, query: str) -> None:
    deadline = time.monotonic() + 60
    while not await here.db.fetchval(query):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
