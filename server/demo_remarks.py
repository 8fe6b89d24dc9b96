"""What the demo school's deputy has remarked upon in the journals of the teachers who sign in (7.11)."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import insert

from models.report_remarks import Remark
from permissions.report_control import visible_findings
from permissions.report_control_cases import checked
from permissions.report_rows import one_of
from permissions.viewer import Viewer
from resolvers.database import Transaction
from rules.account import Role
from rules.report_control import CHECKS, ControlCheck

from .demo_year import DEMO_TODAY, at

_ONE = timedelta(days=1)
_SINCE = DEMO_TODAY - 14 * _ONE

_STAFF = """
SELECT account.login, account.id AS account_id, staff.id AS staff_id
FROM account JOIN staff USING (school_id, person_id)
WHERE school_id = $1 AND login IN ('deputy', 'teacher', 'class-teacher')
"""
_LESSON = """
SELECT lesson.id AS lesson_id, g.class_id, lesson.group_id, lesson.subject_id, c.year_id
FROM lesson JOIN study_group AS g ON g.id = group_id JOIN school_class AS c ON c.id = g.class_id
WHERE lesson.school_id = $1 AND teacher_id = $2 AND substitute_id IS NULL AND lesson.state = 'held' AND date < $3
  AND EXISTS (SELECT FROM homework WHERE homework.lesson_id = lesson.id)
ORDER BY date DESC, lesson.id LIMIT 1
"""
_FOUND = ("staff_id", "year_id", "class_id", "group_id", "subject_id", "lesson_id", "period_id", "student_id")
_ANSWER = "Проверяю: выставлю до конца недели."


async def add_remarks(transaction: Transaction, school: int) -> None:
    """Open, answered, closed, mended and withdrawn ones; those open are about what the control finds."""
    connection = transaction.connection
    people = {row["login"]: row for row in await connection.fetch(_STAFF, school)}
    moment = at(DEMO_TODAY - _ONE, time(16))
    deputy = people["deputy"]["account_id"]
    stamps = {"made_by": deputy, "changed_at": moment, "changed_by": deputy}
    for login, check, answer in (
        ("teacher", ControlCheck.HOMEWORK, None),
        ("teacher", ControlCheck.WRITTEN_WORK, _ANSWER),
        ("class-teacher", ControlCheck.WRITTEN_WORK, None),
    ):
        row = await _finding(transaction, school, people[login]["staff_id"], check)
        if row is None:
            continue
        said = {"answer": answer, "answered_at": moment + timedelta(hours=1)} if answer else {}
        values = {name: row[name] for name in (*_FOUND, "key0", "key1", "key2")}
        await _add(transaction, school, **values, **said, **stamps, **_of(check), due_on=_due(), made_at=moment)
    for login in ("teacher", "class-teacher"):
        staff = people[login]["staff_id"]
        lesson = await connection.fetchrow(_LESSON, school, staff, DEMO_TODAY)
        if lesson is None:
            continue
        kept = {**dict(lesson), "staff_id": staff, **stamps, "made_at": moment - 3 * _ONE}
        mended = {"key0": lesson["lesson_id"], "key1": 0, "key2": 0}
        await _add(transaction, school, **kept, **_of(ControlCheck.HOMEWORK), **mended, closed_at=moment - 2 * _ONE)
        said = {"clause": "7.2", "text": "Тема записана слишком кратко: не видно, что изучено."}
        ended = {"closed_at": moment, "closed_by": deputy, "comment": "Исправлено."}
        await _add(transaction, school, **kept, **said, **ended)
    if lesson is not None:
        said = {"clause": "7.4", "text": "Отметки выставлены не в день урока."}
        back = {"withdrawn_at": moment, "comment": "Отметки за письменную работу: срок — 7 дней."}
        await _add(transaction, school, **kept, **said, **back)


def _due() -> date:
    return DEMO_TODAY + 2 * _ONE


def _of(check: ControlCheck) -> dict[str, str]:
    rule = CHECKS[check]
    return {"finding": check.value, "clause": rule.clause, "text": rule.fault}


async def _finding(transaction: Transaction, school: int, staff: int, check: ControlCheck) -> Any:
    """The last thing of a kind that the control finds in somebody's journals."""
    viewer = Viewer(school_id=school, now=at(DEMO_TODAY, time(13)), today=DEMO_TODAY)
    query = visible_findings.for_roles(frozenset({Role.DEPUTY})).where(
        *(one_of(checked.check, (check.value,)), checked.staff_id == staff, checked.day.between(_SINCE, DEMO_TODAY))
    )
    query = query.order_by(checked.day.desc(), checked.key0).limit(1)
    return await transaction.first(query, **viewer.parameters())


async def _add(transaction: Transaction, school: int, **values: Any) -> None:
    await transaction.execute(insert(Remark).values(school_id=school, version=1, **values))
