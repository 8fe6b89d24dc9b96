"""The limit: what one would write by hand for exactly these six questions, under the same door and row rule.

starlette, asyncpg and orjson, one endpoint a question. Each statement is prepared once a connection and runs on its
generic plan; rows become dicts in Python, and orjson writes them.
"""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import limit_reports
from . import limit_sql as sql

SECRET = os.environ["CLASSBOOK_SECRET"]
NOW = datetime.fromisoformat(os.environ["CLASSBOOK_NOW"])
SHIFT = NOW - datetime.now(UTC)
VIEWER = Path(os.environ["VIEWER_SQL"]).read_text()
MOST_MARKS = 100
FEW_STUDENTS = 500
"""Up to so many students their tasks are looked up one by one; for more, all of the period are read."""
JSON = {"content-type": "application/json"}
LETTERS = {
    "unexplained": "Н",
    "excused": "УП",
    "illness": "Б",
    "unexcused": "НП",
    "late": "ОП",
    "other": "ОТ",
    "exempt": "ОСВ",
}

pool: asyncpg.Pool


class Refused(Exception):
    """Not for this viewer: nobody (401), or somebody else's question (403)."""

    def __init__(self, status: int) -> None:
        self.status = status


def full_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова Мария Петровна»."""
    return f"{family} {given} {patronymic}" if patronymic else f"{family} {given}"


def short_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова М. П.»."""
    return f"{family} {given[0]}. {patronymic[0]}." if patronymic else f"{family} {given[0]}."


async def viewer_of(connection: Any, header: str) -> Any:
    """The row of whoever asks. The signature, the end and the kind of the token are checked, then the session."""
    kind, _, token = header.partition(" ")
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.PyJWTError:
        raise Refused(401) from None
    if kind.lower() != "bearer" or claims.get("typ") != "access":
        raise Refused(401)
    now = datetime.now(UTC)
    row = await connection.fetchrow(VIEWER, claims["sch"], claims["ses"], now + SHIFT, now)
    if row is None:
        raise Refused(401)
    return row


async def diary(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A parent: the week of each child."""
    children, classes, groups = viewer["children"], viewer["child_classes"], viewer["child_groups"]
    if not children:
        raise Refused(403)
    since, until = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    rows = await connection.fetch(sql.DIARY, viewer["school_id"], children, since, until, classes, groups)
    length = (until - since).days + 1
    answer: list[Any] = []
    child = lesson = mark = homework = None
    for (
        child_id,
        *name,
        lesson_id,
        day,
        number,
        starts_at,
        ends_at,
        room,
        topic,
        subject,
        family,
        given,
        patronymic,
        code,
        mark_id,
        value,
        weight,
        homework_id,
        text,
        due_on,
    ) in rows:
        if child_id != child:
            child, lesson = child_id, None
            days = [{"date": since + timedelta(n), "lessons": []} for n in range(length)]
            answer.append({"name": full_name(*name), "diary": {"days": days}})
        if lesson_id is None:
            continue
        if lesson_id != lesson:
            lesson, mark, homework = lesson_id, None, None
            marks: list[Any] = []
            given_out: dict[int, Any] = {}
            days[(day - since).days]["lessons"].append(  # type: ignore[attr-defined]
                {
                    "number": number,
                    "startsAt": starts_at,
                    "endsAt": ends_at,
                    "room": room,
                    "topic": topic,
                    "subject": {"name": subject} if subject else None,
                    "teacher": {"shortName": short_name(family, given, patronymic)} if family else None,
                    "attendance": {"letters": LETTERS[code]} if code else None,
                    "marks": marks,
                    "homework": given_out,
                }
            )
        if mark_id != mark:
            mark = mark_id
            marks.append({"value": value, "weight": weight})
        if homework_id != homework:
            homework = homework_id
            given_out[homework_id] = {"text": text, "dueOn": due_on}
    for each in answer:
        for one in each["diary"]["days"]:
            for held in one["lessons"]:
                held["homework"] = list(held["homework"].values())
    return {"me": {"children": answer}}


async def journal(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A teacher: the page of a class that they teach or lead, or stood in for a lesson of."""
    if "teacher" not in viewer["appointed"]:
        raise Refused(403)
    school, class_id, subject_id = viewer["school_id"], int(asked["class"]), int(asked["subject"])
    led, all_taught = viewer["led_classes"], viewer["taught_groups"]
    taught = [g for g, s in zip(all_taught, viewer["taught_subjects"], strict=True) if s == subject_id]
    leads, me = class_id in led, viewer["staff_id"]
    page = await connection.fetchrow(sql.JOURNAL, school, class_id, subject_id, int(asked["period"]), leads, taught, me)
    if page is None:
        return {"journalPage": None}
    grade, letter, subject, since, until, groups, opened = page
    lessons = await connection.fetch(sql.JOURNAL_LESSONS, school, opened, subject_id, since, until)
    students = await connection.fetch(sql.JOURNAL_STUDENTS, school, opened, since, until, led, all_taught, me)
    at_lessons = (school, groups, subject_id, since, until, leads, taught, led, viewer["today"], me)
    marks = await connection.fetch(sql.JOURNAL_MARKS, *at_lessons)
    missed = await connection.fetch(sql.JOURNAL_ATTENDANCE, *at_lessons)
    cells: dict[int, tuple[list[Any], list[Any], list[tuple[int, int]]]] = {row[0]: ([], [], []) for row in students}
    for student, value, weight, day, figure in marks:
        if student in cells:
            shown, _, counted = cells[student]
            shown.append({"value": value, "weight": weight, "lessonDate": day})
            if figure is not None:
                counted.append((figure, weight))
    for student, code, day in missed:
        if student in cells:
            cells[student][1].append({"letters": LETTERS[code], "lessonDate": day})
    rows = []
    for student, family, given, patronymic in students:
        shown, absences, counted = cells[student]
        rows.append(
            {
                "student": {"name": full_name(family, given, patronymic)},
                "marks": shown,
                "attendance": absences,
                "average": averages(counted) if shown else None,
            }
        )
    return {
        "journalPage": {
            "schoolClass": {"name": f"{grade}{letter}"},
            "subject": {"name": subject},
            "lessons": [
                {"date": d, "number": n, "record": {"topic": t} if leads or g in taught or s == me else None}
                for d, n, t, g, s in lessons
            ],
            "rows": rows,
        }
    }


def averages(counted: list[tuple[int, int]]) -> dict[str, float | None]:
    """The simple and the weighted average, rounded half up to two places as PostgreSQL does, of (mark, weight)."""
    if not counted:
        return {"average": None, "weightedAverage": None}
    total, heavy, weights = 0, 0, 0
    for figure, weight in counted:
        total += figure
        heavy += figure * weight
        weights += weight
    length = len(counted)
    return {
        "average": (200 * total + length) // (2 * length) / 100,
        "weightedAverage": (200 * heavy + weights) // (2 * weights) / 100,
    }


async def summary(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A deputy: every student of a class, with the averages of a period."""
    if "deputy" not in viewer["appointed"]:
        raise Refused(403)
    school = viewer["school_id"]
    students = await connection.fetch(sql.SUMMARY, school, int(asked["class"]), viewer["today"])
    if not students:
        return {"schoolClass": None}
    found: dict[int, list[Any]] = {row[2]: [] for row in students if row[2]}
    subjects: dict[str, Any] = {}
    for student, subject, simple, weighted, counted in await connection.fetch(
        sql.AVERAGES, school, list(found), int(asked["period"])
    ):
        found[student].append(
            {
                "subject": subjects.get(subject) or subjects.setdefault(subject, {"name": subject}),
                "average": simple,
                "weightedAverage": weighted,
                "counted": counted,
            }
        )
    named = [
        {"name": full_name(family, given, patronymic), "averages": found[student]}
        for _, _, student, family, given, patronymic in students
        if student
    ]
    return {"schoolClass": {"name": f"{students[0][0]}{students[0][1]}", "students": named}}


async def school(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A deputy: every class, student and mark of a period."""
    if "deputy" not in viewer["appointed"]:
        raise Refused(403)
    school_id, period = viewer["school_id"], int(asked["period"])
    first = int(asked.get("first", 100))
    students = await connection.fetch(sql.SCHOOL, school_id, viewer["today"], first)
    classes: dict[int, Any] = {}
    found: dict[int, list[Any]] = {}
    listed = []
    for class_id, grade, letter, student, family, given, patronymic in students:
        if class_id not in classes:
            classes[class_id] = {"name": f"{grade}{letter}", "students": []}
        if student:
            found[student] = []
            listed.append((classes[class_id]["students"], student, full_name(family, given, patronymic)))
    subjects: dict[str, Any] = {}
    tasks = {}
    marks = await connection.fetch(sql.SCHOOL_MARKS, school_id, list(found), period)
    if len(found) > FEW_STUDENTS:
        given = await connection.fetch(sql.PERIOD_TASKS, school_id, period)
    else:
        given = await connection.fetch(sql.SCHOOL_TASKS, school_id, list({row[1] for row in marks}))
    for task, weight, day, subject in given:
        tasks[task] = weight, day, subjects.setdefault(subject, {"name": subject})
    for student, task, value in marks:
        weight, day, subject = tasks[task]
        found[student].append({"value": value, "weight": weight, "lessonDate": day, "subject": subject})
    for members, student, name in listed:
        members.append({"name": name, "marks": {"nodes": found[student][:MOST_MARKS]}})
    return {"school": {"classes": {"nodes": list(classes.values())}}}


async def results(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A deputy: the school summary of a period."""
    if "deputy" not in viewer["appointed"]:
        raise Refused(403)
    return await limit_reports.results(connection, viewer, asked)


async def movement(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A deputy: the movement book of a year."""
    if "deputy" not in viewer["appointed"]:
        raise Refused(403)
    return await limit_reports.movement(connection, viewer, asked, full_name)


ANSWERS = {
    "diary": diary,
    "journal": journal,
    "summary": summary,
    "school": school,
    "results": results,
    "movement": movement,
}


def endpoint(answer: Callable[[Any, Any, Any], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """The HTTP side of one question."""

    async def respond(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        try:
            async with pool.acquire() as connection:
                viewer = await viewer_of(connection, request.headers.get("authorization", ""))
                data = await answer(connection, viewer, asked)
        except Refused as refused:
            return Response(status_code=refused.status)
        return Response(orjson.dumps({"data": data}), headers=JSON)

    return respond


class _Connection(asyncpg.Connection):
    """A connection that goes back to the pool as it is: nothing here leaves a trace on it."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- the pool calls it so
        """Nothing to undo."""


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The pool; then what has been loaded is taken out of the collector's sight, and it runs seldom."""
    global pool
    size = int(os.environ.get("POOL_SIZE", "10"))
    settings = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"],
        min_size=size,
        max_size=size,
        server_settings=settings,
        connection_class=_Connection,
        max_inactive_connection_lifetime=0,
        max_cached_statement_lifetime=0,
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    yield
    await pool.close()


app = Starlette(
    lifespan=lifespan,
    routes=[Route(f"/{name}", endpoint(answer), methods=["POST"]) for name, answer in ANSWERS.items()],
)

if __name__ == "__main__":
    uvicorn.run(
        "bench.limit:app",
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        workers=int(os.environ.get("WORKERS", "1")),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
