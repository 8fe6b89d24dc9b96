"""The demo school: the same each time, nobody in two places at once, everyone where the journal says they are."""

import io
import re
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from documents.files import FolderStore, recognise
from resolvers.account_passwords import verify_password
from rules.account import APPOINTED, AccountKind, Role
from rules.school_documents import REQUIRED_DOCUMENTS, documents_due
from server.demo import DEMO_PASSWORD, DEMO_TODAY, SMALL, Demo, DemoExists, make_demo
from server.demo_year import ZONE

Connection = asyncpg.Connection

CONTENT = (
    """
    SELECT family_name, given_name, patronymic, sex, birth_date, phone, email, address
    FROM person WHERE school_id = $1
    """,
    """
    SELECT login, login_key, kind, locked_at, role, starts_on, ends_on
    FROM account LEFT JOIN account_role ON (account_role.school_id, account_id) = (account.school_id, account.id)
    WHERE account.school_id = $1
    """,
    """
    SELECT date, lesson.number, lesson.shift, class.grade, letter, study_group.name, short_name,
        teacher.number, substitute.number, room.name, state, moved_from, topic, material, lesson.changed_at
    FROM lesson
    JOIN study_group ON (study_group.school_id, study_group.id) = (lesson.school_id, group_id)
    JOIN (SELECT school_id, id, grade, letter FROM school_class) AS class
        ON (class.school_id, class.id) = (study_group.school_id, class_id)
    JOIN subject ON (subject.school_id, subject.id) = (lesson.school_id, lesson.subject_id)
    JOIN staff AS teacher ON (teacher.school_id, teacher.id) = (lesson.school_id, teacher_id)
    LEFT JOIN staff AS substitute ON (substitute.school_id, substitute.id) = (lesson.school_id, substitute_id)
    JOIN room ON (room.school_id, room.id) = (lesson.school_id, room_id)
    WHERE lesson.school_id = $1
    """,
    """
    SELECT file_number, mark.lesson_date, lesson.number, task.position, task.name, task.weight, value, comment, set_at
    FROM mark
    JOIN student ON (student.school_id, student.id) = (mark.school_id, student_id)
    JOIN task ON (task.school_id, task.id) = (mark.school_id, task_id)
    JOIN lesson ON (lesson.school_id, lesson.id) = (mark.school_id, mark.lesson_id)
    WHERE mark.school_id = $1
    """,
    """
    SELECT file_number, lesson_date, lesson.number, code, minutes_late, comment, attendance.changed_at
    FROM attendance
    JOIN student ON (student.school_id, student.id) = (attendance.school_id, student_id)
    JOIN lesson ON (lesson.school_id, lesson.id) = (attendance.school_id, lesson_id)
    WHERE attendance.school_id = $1
    """,
    """
    SELECT lesson_date, text, for_all, due_on, published_at, file_number
    FROM homework
    LEFT JOIN homework_recipient AS named ON (named.school_id, homework_id) = (homework.school_id, homework.id)
    LEFT JOIN student ON (student.school_id, student.id) = (named.school_id, named.student_id)
    WHERE homework.school_id = $1
    """,
)
"""What a school holds, by names instead of ids."""

TOGETHER = """
SELECT one.id FROM lesson AS one
JOIN lesson AS other ON other.school_id = one.school_id AND other.date = one.date AND one.id < other.id
    AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
JOIN study_group AS here ON (here.school_id, here.id) = (one.school_id, one.group_id)
JOIN study_group AS there ON (there.school_id, there.id) = (other.school_id, other.group_id)
WHERE one.state <> 'cancelled' AND other.state <> 'cancelled' AND (
    coalesce(one.substitute_id, one.teacher_id) = coalesce(other.substitute_id, other.teacher_id)
    OR one.room_id = other.room_id
    OR here.class_id = there.class_id AND (here.id = there.id OR here.subject_id IS DISTINCT FROM there.subject_id)
)
"""
"""Lessons that claim the same teacher, room or group at once."""

WRONG: dict[str, str] = {
    "two classes at once": """
        SELECT one.id FROM enrolment AS one JOIN enrolment AS other USING (school_id, student_id)
        WHERE one.id < other.id
        AND daterange(one.starts_on, one.ends_on, '[]') && daterange(other.starts_on, other.ends_on, '[]')
    """,
    "in a subgroup, but not in its class": """
        SELECT member.id FROM group_member AS member
        JOIN study_group ON (study_group.school_id, study_group.id) = (member.school_id, group_id)
        WHERE NOT EXISTS (
            SELECT FROM enrolment
            WHERE (school_id, class_id, student_id) = (member.school_id, study_group.class_id, member.student_id)
            AND daterange(starts_on, ends_on, '[]') @> daterange(member.starts_on, member.ends_on, '[]')
        )
    """,
    "in two subgroups of a subject": """
        SELECT one.id FROM group_member AS one JOIN group_member AS other USING (school_id, student_id)
        JOIN study_group AS here ON (here.school_id, here.id) = (one.school_id, one.group_id)
        JOIN study_group AS there ON (there.school_id, there.id) = (other.school_id, other.group_id)
        WHERE one.id < other.id AND (here.class_id, here.subject_id) = (there.class_id, there.subject_id)
    """,
    "a mark outside the group": """
        SELECT mark.id FROM mark JOIN lesson ON (lesson.school_id, lesson.id) = (mark.school_id, lesson_id)
        WHERE NOT EXISTS (
            SELECT FROM group_membership
            WHERE (school_id, group_id, student_id) = (mark.school_id, lesson.group_id, mark.student_id)
            AND starts_on <= mark.lesson_date AND (ends_on IS NULL OR mark.lesson_date <= ends_on)
        )
    """,
    "an absence outside the group": """
        SELECT attendance.id FROM attendance
        JOIN lesson ON (lesson.school_id, lesson.id) = (attendance.school_id, lesson_id)
        WHERE NOT EXISTS (
            SELECT FROM group_membership
            WHERE (school_id, group_id, student_id) = (attendance.school_id, lesson.group_id, attendance.student_id)
            AND starts_on <= attendance.lesson_date AND (ends_on IS NULL OR attendance.lesson_date <= ends_on)
        )
    """,
    "a daily mark of a student taught at home": """
        SELECT mark.id FROM mark JOIN student ON (student.school_id, student.id) = (mark.school_id, student_id)
        WHERE taught_at_home
    """,
    "a lesson by a teacher who was not given it": """
        SELECT lesson.id FROM lesson WHERE NOT EXISTS (
            SELECT FROM teaching_assignment AS given
            WHERE (given.school_id, given.group_id, given.subject_id, given.staff_id)
                = (lesson.school_id, lesson.group_id, lesson.subject_id, lesson.teacher_id)
            AND lesson.date BETWEEN given.starts_on AND given.ends_on
        )
    """,
    "staff at work after they left or before they came": """
        SELECT lesson.id FROM lesson
        JOIN staff ON staff.school_id = lesson.school_id AND staff.id IN (teacher_id, substitute_id)
        WHERE date < hired_on OR date > dismissed_on
    """,
    "two class teachers at once, or none": """
        SELECT class_id FROM class_leadership GROUP BY school_id, class_id
        HAVING range_agg(daterange(starts_on, ends_on, '[]')) <> '{[2025-09-01,2026-09-01)}'
            OR sum(ends_on - starts_on + 1) <> 365
    """,
    "a held lesson in the future, or a past one not held": """
        SELECT id FROM lesson WHERE state <> 'cancelled' AND (state = 'held') <> (date <= '2026-05-20')
    """,
    "a held lesson without roll call or topic": """
        SELECT lesson.id FROM lesson
        LEFT JOIN roll_call ON (roll_call.school_id, lesson_id) = (lesson.school_id, lesson.id)
        WHERE (state = 'held') <> (lesson_id IS NOT NULL) OR state = 'held' AND topic IS NULL
    """,
    "a task with another weight than its kind of work": """
        SELECT task.id FROM task JOIN work_type ON (work_type.school_id, work_type.id) = (task.school_id, work_type_id)
        WHERE task.weight <> work_type.weight
    """,
    "homework that is due before it was given": "SELECT id FROM homework WHERE due_on < lesson_date",
    "two guardians of the same kind": """
        SELECT student_id FROM guardianship GROUP BY school_id, student_id HAVING count(*) > count(DISTINCT kind)
    """,
    "a student in the wrong age": """
        SELECT student.id FROM student JOIN person ON (person.school_id, person.id) = (student.school_id, person_id)
        JOIN enrolment ON (enrolment.school_id, student_id) = (student.school_id, student.id)
        JOIN school_class ON (school_class.school_id, school_class.id) = (enrolment.school_id, class_id)
        WHERE extract(year FROM age('2025-09-01', birth_date)) - school_class.grade NOT IN (5, 6)
    """,
    "an absence with another reason than the excuse of its day": """
        SELECT attendance.id FROM attendance LEFT JOIN excuse
            ON (excuse.school_id, excuse.student_id) = (attendance.school_id, attendance.student_id)
            AND lesson_date BETWEEN excuse.starts_on AND excuse.ends_on
        WHERE attendance.code <> 'late' AND (excuse_id, attendance.code) IS DISTINCT FROM
            (excuse.id, coalesce(excuse.code, attendance.code))
    """,
    "an excuse of somebody who was not away": """
        SELECT id FROM excuse WHERE starts_on <= '2026-05-20' AND NOT EXISTS (
            SELECT FROM attendance WHERE (school_id, excuse_id) = (excuse.school_id, excuse.id)
        )
    """,
    "a document from after it was entered, or entered by another than the class teacher": """
        SELECT excuse.id FROM excuse
        JOIN account ON (account.school_id, account.id) = (excuse.school_id, entered_by)
        JOIN staff ON (staff.school_id, staff.person_id) = (account.school_id, account.person_id)
        WHERE issued_on > received_on OR received_on > entered_on OR entered_on > '2026-05-20' OR NOT EXISTS (
            SELECT FROM class_leadership AS led JOIN enrolment USING (school_id, class_id)
            WHERE led.staff_id = staff.id AND student_id = excuse.student_id
        )
    """,
    "work made up for by somebody who had missed nothing, or before or after it could be": """
        SELECT mark.id FROM mark LEFT JOIN attendance USING (school_id, lesson_id, student_id)
        WHERE made_up_on IS NOT NULL AND (
            code IS NULL OR code = 'late' OR value = '.' OR made_up_on <= mark.lesson_date
            OR made_up_on > (set_at AT TIME ZONE 'Asia/Barnaul')::date
        )
    """,
    "a week signed before it was over, or by somebody who is no guardian": """
        SELECT signed.id FROM week_acknowledgement AS signed WHERE acknowledged_at < week_starts_on + 5
        OR week_starts_on > '2026-05-04' OR NOT EXISTS (
            SELECT FROM guardianship WHERE (school_id, guardian_id, student_id)
                = (signed.school_id, signed.guardian_id, signed.student_id) AND ends_on IS NULL
        )
    """,
    "a change in the history": "SELECT id FROM history",
}
"""What must not be found."""


async def content(connection: Connection, code: str) -> list[list[str]]:
    school = await connection.fetchval("SELECT school_id FROM school WHERE code = $1", code)
    return [sorted(repr(tuple(row)) for row in await connection.fetch(query, school)) for query in CONTENT]


async def test_same_seed_same_school(connection: Connection) -> None:
    await make_demo(connection, SMALL, code="one")
    await make_demo(connection, SMALL, code="other")
    await make_demo(connection, SMALL, seed=64, code="third")
    one = await content(connection, "one")
    assert all(one)
    assert one == await content(connection, "other")
    assert all(mine != theirs for mine, theirs in zip(one, await content(connection, "third"), strict=True))


async def test_nobody_is_in_two_places(connection: Connection) -> None:
    await make_demo(connection, SMALL)
    assert await connection.fetch(TOGETHER) == []


async def test_everyone_is_where_the_journal_says(connection: Connection) -> None:
    await make_demo(connection, SMALL)
    found = {what: len(await connection.fetch(query)) for what, query in WRONG.items()}
    assert found == dict.fromkeys(WRONG, 0)


async def test_special_cases_are_there(connection: Connection) -> None:
    await make_demo(connection, SMALL)
    there = {
        "make-up marks": "SELECT FROM mark JOIN attendance USING (lesson_id, student_id) WHERE code <> 'late'",
        "individual homework": "SELECT FROM homework JOIN homework_recipient ON homework_id = id WHERE NOT for_all",
        "substitutions": "SELECT FROM lesson WHERE substitute_id IS NOT NULL",
        "moved lessons": "SELECT FROM lesson WHERE moved_from IS NOT NULL AND moved_from <> date",
        "cancelled lessons": "SELECT FROM lesson WHERE state = 'cancelled'",
        "two tasks a lesson": "SELECT FROM task WHERE position = 2",
        "students who left": """
            SELECT FROM enrolment GROUP BY student_id HAVING max(coalesce(ends_on, 'infinity')) < '2026-05-20'
        """,
        "students who joined": "SELECT FROM enrolment GROUP BY student_id HAVING min(starts_on) > '2025-09-01'",
        "students who changed class": "SELECT FROM enrolment GROUP BY student_id HAVING count(*) > 1",
        "an ended guardianship": "SELECT FROM guardianship WHERE ends_on < '2026-05-20'",
        "a teacher who left": "SELECT FROM staff WHERE dismissed_on < '2026-05-20'",
        "planned lessons": "SELECT FROM lesson WHERE state = 'planned'",
        "commented marks": "SELECT FROM mark WHERE comment IS NOT NULL",
        "documents": "SELECT FROM excuse WHERE kind = 'medical' AND number IS NOT NULL",
        "statements of parents": "SELECT FROM excuse WHERE kind = 'statement'",
        "the family's word": "SELECT FROM excuse WHERE kind = 'message' AND code = 'illness'",
        "somebody who will be away tomorrow": "SELECT FROM excuse WHERE starts_on = '2026-05-21'",
        "work made up for": "SELECT FROM mark WHERE made_up_on IS NOT NULL",
        "weeks signed by the demo parent": """
            SELECT FROM week_acknowledgement JOIN guardian ON guardian.id = guardian_id
            JOIN account ON account.person_id = guardian.person_id WHERE login = 'parent'
        """,
        "owed work": "SELECT FROM mark WHERE value = '.'",
    }
    assert [what for what, query in there.items() if not await connection.fetch(query)] == []


async def test_nothing_is_written_after_today(connection: Connection) -> None:
    demo = await make_demo(connection, SMALL)
    end_of_day = datetime.combine(demo.today, time(21), ZONE)
    for table, column in (
        *(("lesson", "changed_at"), ("task", "changed_at"), ("mark", "set_at"), ("attendance", "changed_at")),
        *(("roll_call", "changed_at"), ("homework", "published_at"), ("excuse", "changed_at")),
        *(("final_mark", "set_at"), ("week_acknowledgement", "acknowledged_at")),
    ):
        assert await connection.fetchval(f"SELECT max({column}) FROM {table}") < end_of_day


async def test_all_logins_open_the_door(connection: Connection) -> None:
    demo = await make_demo(connection, SMALL)
    assert demo.today == DEMO_TODAY
    assert set(chain.from_iterable(login.roles for login in demo.logins)) == set(Role)
    assert len({login.login for login in demo.logins}) == len(demo.logins)
    (stored,) = [row[0] for row in await connection.fetch("SELECT DISTINCT password_hash FROM account")]
    assert await verify_password(stored, DEMO_PASSWORD)
    for login in demo.logins:
        account = await connection.fetchrow("SELECT * FROM account WHERE login_key = $1", login.login)
        assert login.password == DEMO_PASSWORD
        assert account["locked_at"] is None
        roles = {Role(role) for role in await stored_roles(connection, account["id"])}
        assert roles == login.roles & APPOINTED
        assert (account["kind"] == AccountKind.PERSON) == (account["person_id"] is not None)
        assert (Role.STUDENT in login.roles) == bool(await enrolled(connection, account["person_id"]))
        assert (Role.PARENT in login.roles) == bool(await wards(connection, account["person_id"]))
    people = "SELECT person_id FROM staff UNION SELECT person_id FROM student UNION SELECT person_id FROM guardian"
    assert not await connection.fetch(f"{people} EXCEPT SELECT person_id FROM account")


async def stored_roles(connection: Connection, account: int) -> list[str]:
    return [row[0] for row in await connection.fetch("SELECT role FROM account_role WHERE account_id = $1", account)]


async def enrolled(connection: Connection, person: int | None) -> list[Any]:
    return list(
        await connection.fetch(
            "SELECT class_id FROM enrolment JOIN student ON student.id = student_id "
            "WHERE person_id = $1 AND ends_on IS NULL",
            person,
        )
    )


async def wards(connection: Connection, person: int | None) -> list[Any]:
    """The classes of a guardian's children."""
    rows = await connection.fetch(
        "SELECT class_id FROM guardian JOIN guardianship ON guardian_id = guardian.id "
        "JOIN enrolment USING (student_id) WHERE person_id = $1 AND guardianship.ends_on IS NULL",
        person,
    )
    return [row[0] for row in rows]


async def person_of(connection: Connection, login: str) -> int:
    found: int = await connection.fetchval("SELECT person_id FROM account WHERE login = $1", login)
    return found


async def reach(connection: Connection, person: int) -> tuple[set[int], set[int]]:
    """The classes that a teacher teaches in, and leads."""
    taught = await connection.fetch(
        "SELECT class_id FROM staff JOIN teaching_assignment ON staff_id = staff.id "
        "JOIN study_group ON study_group.id = group_id WHERE person_id = $1",
        person,
    )
    led = await connection.fetch(
        "SELECT class_id FROM staff JOIN class_leadership ON staff_id = staff.id WHERE person_id = $1", person
    )
    return {row[0] for row in taught}, {row[0] for row in led}


async def test_logins_are_who_they_say(connection: Connection) -> None:
    await make_demo(connection, SMALL)
    everyone = {
        login: await person_of(connection, login)
        for login in (
            "director",
            "teacher",
            "class-teacher",
            "teacher-parent",
            "teacher-of-own-child",
            "student",
            "parent",
        )
    }
    reaches = {login: await reach(connection, person) for login, person in everyone.items()}
    (home,) = [row[0] for row in await enrolled(connection, everyone["student"])]
    assert reaches["director"][0]
    assert home in reaches["teacher"][0]
    assert not reaches["teacher"][1]
    assert home in reaches["class-teacher"][0] & reaches["class-teacher"][1]
    (child,) = await wards(connection, everyone["teacher-parent"])
    assert child not in reaches["teacher-parent"][0] | reaches["teacher-parent"][1]
    (child,) = await wards(connection, everyone["teacher-of-own-child"])
    assert child in reaches["teacher-of-own-child"][0]
    assert await wards(connection, everyone["parent"]) == [home]
    assert len(set(await wards(connection, await person_of(connection, "parent-of-two")))) == 2
    assert await connection.fetch(
        "SELECT FROM group_member JOIN student ON student.id = student_id WHERE person_id = $1", everyone["student"]
    )


async def test_a_second_school_under_the_code_is_refused(connection: Connection) -> None:
    demo = await make_demo(connection, SMALL)
    assert isinstance(demo, Demo)
    with pytest.raises(DemoExists):
        await make_demo(connection, SMALL)
    assert await connection.fetchval("SELECT count(*) FROM school") == 1


async def test_later_rows_get_ids_of_their_own(connection: Connection) -> None:
    await make_demo(connection, SMALL)
    for table in ("room", "work_type"):
        columns = "name" if table == "room" else "name, short_name, weight, position, written"
        values = "'Новый'" if table == "room" else "'Новый', 'Н', 1, 99, false"
        added = await connection.fetchrow(
            f"INSERT INTO {table} (school_id, {columns}) SELECT school_id, {values} FROM school RETURNING id"
        )
        assert added["id"] == await connection.fetchval(f"SELECT max(id) FROM {table}")


async def test_the_documents_of_the_year(connection: Connection, tmp_path: Path) -> None:
    """One of each kind that 5.7 asks for, in time, and its file in the store: a PDF whose parts are where it says."""
    store = FolderStore(tmp_path)
    await make_demo(connection, SMALL, store=store)
    documents = await connection.fetch(
        "SELECT kind, published_at, digest, size, media_type, name FROM document JOIN file ON file.id = file_id"
    )
    (scan, *_) = await connection.fetch(
        "SELECT digest, size FROM file JOIN attachment ON file_id = file.id JOIN excuse ON excuse.id = excuse_id"
        " WHERE kind = 'medical' AND uploaded_by = entered_by"
    )
    async with store.open(*scan) as pieces:
        assert recognise(io.BytesIO(b"".join([piece async for piece in pieces]))) == "application/pdf"
    assert {row["kind"] for row in documents} == set(REQUIRED_DOCUMENTS)
    assert len(documents) == len({row["digest"] for row in documents}) == len(REQUIRED_DOCUMENTS)
    for row in documents:
        assert row["published_at"].date() < documents_due(date(2025, 9, 1))
        async with store.open(row["digest"], row["size"]) as pieces:
            content = b"".join([piece async for piece in pieces])
        assert recognise(io.BytesIO(content)) == row["media_type"] == "application/pdf"
        start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
        head, _, count = content[start:].split()[:3]
        assert head == b"xref"
        places = re.findall(rb"(\d{10}) 00000 n", content[start:])
        assert len(places) == int(count) - 1
        assert all(content[int(at) :].startswith(b"%d 0 obj" % number) for number, at in enumerate(places, 1))
        (length,) = re.findall(rb"/Length (\d+)", content)
        stream = content.index(b"stream\n") + 7
        assert content[stream + int(length) :].startswith(b"\nendstream")
