"""Reasons for absence over several days (7.3): who enters them, what they change, and what is left without them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.commands import Work
from server.demo import Demo

from .contents import digests
from .journal_help import KEPT, Journal, gid, number_of, opened
from .locks_help import set_days

TODAY = date(2026, 5, 20)
FIRST = date(2026, 5, 12)
PAYLOAD = """excuse { id kind code number issuedOn receivedOn dueOn enteredOn inTime startsOn endsOn comment version
  withdrawnAt letters student { id } attachments { id name } attendance(first: 100) { totalCount } }"""
COMMANDS = ("excuseAbsences", "changeExcuse", "withdrawExcuse")


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        for login in ("class-teacher", "deputy"):
            await journal.school.token(login)
        yield journal


@dataclass(frozen=True)
class Ward:
    """A student of the class that `class-teacher` leads; of another class with `led` False."""

    journal: Journal
    id: int

    @property
    def gid(self) -> str:
        return gid("Student", self.id)

    async def run(self, name: str, given: dict[str, Any], as_: str = "class-teacher") -> dict[str, Any]:
        """The result of a command: its payload or a refusal."""
        kind = name[0].upper() + name[1:]
        text = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename"
            f" ... on {kind}Payload {{ {PAYLOAD} }}"
            " ... on Refusal { code message field clause objectIds } } }"
        )
        result: dict[str, Any] = (await self.journal.school.data(text, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "class-teacher") -> dict[str, Any]:
        """What stands after a command that must not be refused."""
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        excuse: dict[str, Any] = result["excuse"]
        return excuse

    async def refused(
        self, name: str, given: dict[str, Any], as_: str = "class-teacher"
    ) -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal that wrote nothing."""
        before = await digests(self.journal.db, (*KEPT, "excuse"))
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert await digests(self.journal.db, (*KEPT, "excuse")) == before, "a refusal writes nothing"
        return result["code"], result["field"], result["clause"]

    async def excuse(self, since: date = FIRST, until: date = FIRST, **more: Any) -> dict[str, Any]:
        """A certificate for these days."""
        return await self.done("excuseAbsences", self.given(since, until, **more))

    def given(self, since: date = FIRST, until: date = FIRST, **more: Any) -> dict[str, Any]:
        """An input that would be taken."""
        of = {"studentId": self.gid, "startsOn": str(since), "endsOn": str(until)}
        paper = {"kind": "MEDICAL", "code": "ILLNESS", "number": "17", "issuedOn": "2026-05-18"}
        return {**of, **paper, **more}

    async def absences(self, since: date = FIRST, until: date = TODAY) -> dict[int, tuple[str, int | None]]:
        """Lesson to reason and excuse."""
        rows = await self.journal.db.fetch(
            "SELECT lesson_id, code, excuse_id FROM attendance WHERE student_id = $1 AND lesson_date BETWEEN $2 AND $3",
            self.id,
            since,
            until,
        )
        return {row["lesson_id"]: (row["code"], row["excuse_id"]) for row in rows}

    async def lessons(self, since: date = FIRST, until: date = TODAY) -> list[asyncpg.Record]:
        """The lessons that the student was in the group for, those of cancelled ones left out."""
        return list(
            await self.journal.db.fetch(
                "SELECT DISTINCT lesson.id, lesson.date, lesson.subject_id, EXISTS (SELECT FROM roll_call AS r"
                " WHERE r.lesson_id = lesson.id) AS called FROM lesson JOIN group_membership AS m USING (group_id)"
                " WHERE m.student_id = $1 AND m.starts_on <= date AND (m.ends_on IS NULL OR m.ends_on >= date)"
                " AND date BETWEEN $2 AND $3 AND state <> 'cancelled' ORDER BY date, lesson.id",
                self.id,
                since,
                until,
            )
        )

    async def clear(self, *, roll: bool = True) -> None:
        """Nothing is known of these days; with `roll` False nobody has called it either."""
        db, number = self.journal.db, self.id
        await db.execute("UPDATE attendance SET excuse_id = NULL, code_before = NULL WHERE student_id = $1", number)
        await db.execute("DELETE FROM attendance WHERE student_id = $1 AND lesson_date >= $2", number, FIRST)
        await db.execute("UPDATE excuse SET withdrawn_at = now() WHERE student_id = $1", number)
        ids = [row["id"] for row in await self.lessons()]
        if roll:
            await db.execute(
                "INSERT INTO roll_call (school_id, lesson_id, lesson_date, changed_at)"
                " SELECT school_id, id, date, now() FROM lesson WHERE id = ANY($1) ON CONFLICT DO NOTHING",
                ids,
            )
        else:
            await db.execute("DELETE FROM roll_call WHERE lesson_id = ANY($1)", ids)

    async def miss(self, lessons: list[int], code: str = "unexplained") -> None:
        """Teachers have found the student missing."""
        await self.journal.db.execute(
            "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
            " SELECT school_id, id, date, $1, $2, now() FROM lesson WHERE id = ANY($3)",
            self.id,
            code,
            lessons,
        )


async def wards(journal: Journal, *, led: bool = True, at_home: bool = False) -> list[Ward]:
    """Students in the class that `class-teacher` leads, or in another."""
    rows = await journal.db.fetch(
        "SELECT student.id FROM student JOIN enrolment AS e ON e.student_id = student.id"
        " JOIN class_leadership AS l USING (class_id) JOIN staff ON staff.id = l.staff_id"
        " JOIN account ON account.person_id = staff.person_id"
        " WHERE (login = 'class-teacher') = $1 AND taught_at_home = $2"
        " AND daterange(e.starts_on, e.ends_on, '[]') @> $3::date"
        " AND daterange(l.starts_on, l.ends_on, '[]') @> $3::date"
        " ORDER BY 1",
        led,
        at_home,
        TODAY,
    )
    return [Ward(journal, row["id"]) for row in rows]


@pytest.fixture
async def ward(journal: Journal) -> Ward:
    """A student of whom nothing is known since Tuesday of last week, though the roll was called."""
    found = (await wards(journal))[0]
    await found.clear()
    return found


# What it changes.


async def test_all_subjects_and_lessons(ward: Ward) -> None:
    """Each absence of the days gets the reason and the document, whoever teaches; others and late arrivals do not."""
    lessons = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    after = [row["id"] for row in await ward.lessons(FIRST + timedelta(days=1), TODAY)]
    await ward.miss(lessons[:-1])
    await ward.miss(lessons[-1:], "late")
    await ward.miss(after[:1])
    excuse = await ward.excuse()
    number = number_of(excuse["id"])
    assert await ward.absences() == {
        **dict.fromkeys(lessons[:-1], ("illness", number)),
        lessons[-1]: ("late", None),
        after[0]: ("unexplained", None),
    }
    assert (excuse["letters"], excuse["attendance"]["totalCount"]) == ("Б", len(lessons) - 1)
    subjects = {row["subject_id"] for row in await ward.lessons(FIRST, FIRST)}
    assert len(subjects) > 2, "of several subjects"


async def test_days_for_which_nobody_has_called_the_roll(ward: Ward) -> None:
    """Lessons that have begun get the absence; those to come do not, but the diary and the roll know of it."""
    await ward.clear(roll=False)
    excuse = await ward.done(
        "excuseAbsences", ward.given(FIRST, date(2026, 5, 22), kind="MESSAGE", number=None, issuedOn=None)
    )
    number, lessons = number_of(excuse["id"]), await ward.lessons(FIRST, TODAY)
    assert {row["date"] for row in lessons} > {FIRST, TODAY}, "several days"
    assert await ward.absences(FIRST, date(2026, 5, 29)) == {row["id"]: ("illness", number) for row in lessons}
    assert (excuse["dueOn"], excuse["inTime"], excuse["receivedOn"]) == (None, None, "2026-05-20")
    query = """query($id: ID!) { node(id: $id) { ... on Student { diary(from: "2026-05-21", to: "2026-05-23") { days {
      date excuse { id } lessons { attendance { code } lesson { record { expectedAbsent { id } } } } } } } } }"""
    days = (await ward.journal.school.data(query, {"id": ward.gid}, as_="class-teacher"))["node"]["diary"]["days"]
    assert [day["excuse"] and day["excuse"]["id"] for day in days] == [excuse["id"], excuse["id"], None]
    for day in days[:2]:
        assert day["lessons"]
        for lesson in day["lessons"]:
            assert lesson["attendance"] is None
            assert {"id": ward.gid} in lesson["lesson"]["record"]["expectedAbsent"]


async def test_a_lesson_at_which_the_roll_found_them(ward: Ward) -> None:
    """Who was there at the roll is not made absent: that it was called is a fact."""
    lessons = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    await ward.journal.db.execute("DELETE FROM roll_call WHERE lesson_id = $1", lessons[0])
    called = [row["id"] for row in await ward.lessons(FIRST, FIRST) if row["called"]]
    excuse = await ward.excuse()
    assert set(await ward.absences()) == set(lessons) - set(called)
    assert excuse["attendance"]["totalCount"] == len(lessons) - len(called)


async def test_repeats_do_no_harm(ward: Ward) -> None:
    """The same once more, with a key or without, finds what stands; lessons come to it that have begun since."""
    lessons = [row["id"] for row in await ward.lessons(FIRST, TODAY) if row["called"]]
    await ward.miss(lessons[:2])
    first = await ward.excuse(FIRST, TODAY, idempotencyKey="certificate")
    before = await digests(ward.journal.db, ("attendance_version", "excuse", "history", "roll_call_version"))
    assert await ward.excuse(FIRST, TODAY, idempotencyKey="certificate") == first
    assert await ward.excuse(FIRST, TODAY) == first
    assert await digests(ward.journal.db, ("attendance_version", "excuse", "history", "roll_call_version")) == before
    other = ward.given(FIRST, TODAY, number="18", idempotencyKey="certificate")
    assert await ward.refused("excuseAbsences", other) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)
    await ward.miss(lessons[2:3])
    again = await ward.excuse(FIRST, TODAY)
    assert again["attendance"]["totalCount"] == first["attendance"]["totalCount"] + 1


async def test_one_statement_a_step(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two weeks take as many statements as a day."""
    counted: list[int] = []
    for name in ("fetch", "execute"):
        run = getattr(Work, name)

        async def counting(self: Any, *args: Any, run: Any = run, **kwargs: Any) -> Any:
            counted.append(1)
            return await run(self, *args, **kwargs)

        monkeypatch.setattr(Work, name, counting)
    taken = []
    for number, until in enumerate((FIRST, TODAY)):
        await ward.clear(roll=False)
        counted.clear()
        await ward.excuse(FIRST, until, number=f"{number}")
        taken.append(len(counted))
    assert taken[0] == taken[1] < 25, taken


async def test_withdrawn(ward: Ward) -> None:
    """Absences get back the reasons that teachers gave; those that only the excuse told of are gone."""
    lessons = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    await ward.miss(lessons[:1], "unexcused")
    await ward.miss(lessons[1:2], "exempt")
    await ward.journal.db.execute("DELETE FROM roll_call WHERE lesson_id = ANY($1)", lessons[2:])
    excuse = await ward.excuse()
    assert {code for code, _ in (await ward.absences()).values()} == {"illness"}
    assert len(await ward.absences()) == len(lessons)
    withdrawn = await ward.done("withdrawExcuse", {"excuseId": excuse["id"], "ifVersion": 1})
    assert (withdrawn["version"], withdrawn["attendance"]["totalCount"]) == (2, 0)
    assert withdrawn["withdrawnAt"] is not None
    assert await ward.absences() == {lessons[0]: ("unexcused", None), lessons[1]: ("exempt", None)}
    assert await ward.done("withdrawExcuse", {"excuseId": excuse["id"]}) == withdrawn, "a repeat does no harm"
    assert await ward.refused("changeExcuse", {"excuseId": excuse["id"], "code": "OTHER"}) == (
        ("NOT_IN_FORCE", "excuseId", "7.3")
    )
    again = await ward.excuse()
    assert again["id"] != excuse["id"]


async def test_a_message_becomes_a_document(ward: Ward) -> None:
    """The family called; then the certificate is brought, for fewer days; it is due two working days later (7.3)."""
    await ward.clear(roll=False)
    given = ward.given(FIRST, TODAY, kind="MESSAGE", number=None, issuedOn=None, receivedOn=str(FIRST))
    message = await ward.done("excuseAbsences", given)
    paper = {"kind": "MEDICAL", "number": "9", "issuedOn": "2026-05-15", "receivedOn": "2026-05-15"}
    change = {"excuseId": message["id"], **paper, "endsOn": "2026-05-15", "ifVersion": 1}
    changed = await ward.done("changeExcuse", change)
    assert (changed["kind"], changed["dueOn"], changed["enteredOn"]) == ("MEDICAL", "2026-05-19", "2026-05-20")
    assert (changed["inTime"], changed["version"]) == (False, 2)
    kept = {row["id"] for row in await ward.lessons(FIRST, date(2026, 5, 15))}
    assert set(await ward.absences()) == kept, "days that it leaves are as if nobody had told of them"
    wider = await ward.done("changeExcuse", {"excuseId": message["id"], "endsOn": "2026-05-18", "code": "EXCUSED"})
    assert {code for code, _ in (await ward.absences()).values()} == {"excused"}
    assert wider["attendance"]["totalCount"] == len(await ward.lessons(FIRST, date(2026, 5, 18)))


async def test_two_papers_for_a_day(ward: Ward) -> None:
    """The one entered last holds; without it the other one does."""
    lessons = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    await ward.miss(lessons)
    first = await ward.excuse()
    second = await ward.excuse(code="EXCUSED", kind="ORDER", number="3-у")
    assert set((await ward.absences()).values()) == {("excused", number_of(second["id"]))}
    await ward.done("withdrawExcuse", {"excuseId": second["id"]})
    assert set((await ward.absences()).values()) == {("illness", number_of(first["id"]))}
    await ward.done("withdrawExcuse", {"excuseId": first["id"]})
    assert set((await ward.absences()).values()) == {("unexplained", None)}


# Beside the roll.


async def test_the_roll_under_an_excuse(ward: Ward) -> None:
    """Whoever is missing has the excuse's reason; a teacher says only whether they are, and cannot say why."""
    lesson = await ward.journal.lesson("5Б", "Биол.")
    excuse = await ward.excuse(TODAY, TODAY, issuedOn=str(TODAY), receivedOn=str(TODAY))
    await ward.journal.db.execute("DELETE FROM attendance WHERE lesson_id = $1", lesson.id)
    here, who = {"lessonId": lesson.gid}, {"studentId": ward.gid}
    roll = (await ward.journal.done("takeRollCall", {**here, "absent": [who]}, "deputy"))["record"]
    (absence,) = roll["attendance"]
    assert (absence["code"], absence["version"]) == ("ILLNESS", 1)
    given = {**here, "absent": [{**who, "code": "UNEXCUSED"}]}
    assert await ward.journal.refused("takeRollCall", given, "deputy") == ("EXCUSED", "absent.0.code", "7.3")
    given = {**here, **who, "code": "EXCUSED"}
    assert await ward.journal.refused("markAttendance", given, "deputy") == ("EXCUSED", "code", "7.3")
    for code in ("ILLNESS", "UNEXPLAINED"):
        same = await ward.journal.done("markAttendance", {**here, **who, "code": code}, "deputy")
        assert (same["attendance"]["code"], same["attendance"]["version"]) == ("ILLNESS", 1)
    late = await ward.journal.done("markAttendance", {**here, **who, "code": "LATE", "minutesLate": 5}, "deputy")
    assert late["attendance"]["code"] == "LATE"
    assert (await ward.absences())[lesson.id] == ("late", None)
    back = await ward.journal.done("markAttendance", {**here, **who, "code": "UNEXPLAINED"}, "deputy")
    assert (back["attendance"]["code"], back["attendance"]["minutesLate"]) == ("ILLNESS", None)
    await ward.journal.done("takeRollCall", {**here, "absent": []}, "deputy")
    assert lesson.id not in await ward.absences(), "they were there after all"
    await ward.done("withdrawExcuse", {"excuseId": excuse["id"]})
    assert lesson.id not in await ward.absences()


async def test_the_roll_confirms(ward: Ward) -> None:
    """An absence that the excuse told of stays, unexplained, once the roll has found it so."""
    lesson = await ward.journal.lesson("5Б", "Биол.", days=-1)
    excuse = await ward.excuse(lesson.date, lesson.date)
    assert (await ward.absences())[lesson.id] == ("illness", number_of(excuse["id"]))
    roll = {"lessonId": lesson.gid, "absent": [{"studentId": ward.gid}]}
    await ward.journal.done("takeRollCall", roll, "deputy")
    await ward.done("withdrawExcuse", {"excuseId": excuse["id"]})
    assert (await ward.absences())[lesson.id] == ("unexplained", None)


async def test_what_was_made_up_for_stays_missed(ward: Ward) -> None:
    lesson = await ward.journal.lesson("5Б", "Биол.", days=-1)
    excuse = await ward.excuse(lesson.date, lesson.date)
    of = {"taskId": await ward.journal.task(lesson), "studentId": ward.gid}
    await ward.journal.done("setMark", {**of, "value": "4", "madeUpOn": str(TODAY)}, "deputy")
    await ward.done("withdrawExcuse", {"excuseId": excuse["id"]})
    assert (await ward.absences())[lesson.id] == ("unexplained", None)


async def test_whoever_has_the_roll_open_sees_it(ward: Ward) -> None:
    lesson = await ward.journal.lesson("5Б", "Биол.", days=-1)
    roll = {"lessonId": lesson.gid, "absent": [{"studentId": ward.gid}]}
    await ward.journal.done("takeRollCall", {**roll, "ifVersion": 0}, "deputy")
    await ward.excuse(lesson.date, lesson.date)
    assert await ward.journal.refused("takeRollCall", {**roll, "ifVersion": 1}, "deputy") == (
        ("CONFLICT", "ifVersion", None)
    )
    await ward.journal.done("takeRollCall", {**roll, "ifVersion": 2}, "deputy")


# Who may.


async def test_who_may(journal: Journal) -> None:
    """A class teacher for their own class, the deputy for anyone; others are told what they would be of nobody."""
    (mine, *_), (other, *_) = await wards(journal), await wards(journal, led=False)
    await mine.clear()
    excuse = await mine.excuse()
    theirs = await other.done("excuseAbsences", other.given(), "deputy")
    for login in ("teacher", "teacher-parent"):
        refused = await mine.refused("excuseAbsences", mine.given(), login)
        assert refused == ("NOT_FOUND", "studentId", None)
        nobody = {**mine.given(), "studentId": gid("Student", 2**40)}
        assert await mine.refused("excuseAbsences", nobody, login) == refused
    assert await other.refused("excuseAbsences", other.given()) == ("NOT_FOUND", "studentId", None)
    for name in ("changeExcuse", "withdrawExcuse"):
        for login, of in (
            ("teacher", excuse),
            ("class-teacher", theirs),
            ("class-teacher", {"id": gid("Excuse", 2**40)}),
        ):
            assert await mine.refused(name, {"excuseId": of["id"]}, login) == ("NOT_FOUND", "excuseId", None)
        await mine.done(name, {"excuseId": theirs["id"]}, "deputy")
    for login in ("student", "parent", "director", "secretary", "hr", "administrator", "analyst", "service"):
        query = "{ __schema { mutationType { fields { name } } } }"
        fields = (await journal.school.data(query, as_=login))["__schema"]["mutationType"]["fields"]
        held = {"director"} if "setMark" in {each["name"] for each in fields} else set()
        assert held or not {each["name"] for each in fields} & set(COMMANDS), login


async def test_who_sees_it(journal: Journal) -> None:
    """The family sees the document; a subject teacher the reason only; an analyst no number and no words."""
    child = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    ward = Ward(journal, child)
    await ward.clear()
    (lesson, *_) = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    await ward.miss([lesson])
    excuse = await ward.excuse(comment="Со слов матери")
    number = await journal.db.fetchval(
        "SELECT id FROM attendance WHERE student_id = $1 AND lesson_id = $2", child, lesson
    )
    node = gid("Attendance", number)
    query = f'{{ node(id: "{node}") {{ ... on Attendance {{ code excuse {{ id number comment }} }} }} }}'
    whole = {"id": excuse["id"], "number": "17", "comment": "Со слов матери"}
    for login in ("student", "class-teacher", "deputy", "director"):
        seen = (await journal.school.data(query, as_=login))["node"]
        assert seen == {"code": "ILLNESS", "excuse": whole}, login
    bare = query.replace("number comment", "letters")
    assert (await journal.school.data(bare, as_="analyst"))["node"]["excuse"] == {"id": excuse["id"], "letters": "Б"}
    assert "errors" in await journal.school.ask(query, as_="analyst")
    listed = f'{{ node(id: "{ward.gid}") {{ ... on Student {{ excuses(first: 5) {{ nodes {{ id }} }} }} }} }}'
    for login, sees in (("student", True), ("class-teacher", True), ("parent-of-two", False)):
        node = (await journal.school.data(listed, as_=login))["node"]
        found = [each["id"] for each in node["excuses"]["nodes"]] if node else []
        assert (excuse["id"] in found) is sees, login


async def test_a_file(ward: Ward) -> None:
    """The certificate's picture is for whoever sees the certificate, and for no analyst."""
    journal = ward.journal
    headers = {"authorization": f"Bearer {await journal.school.token('class-teacher')}"}
    content = "Справка".encode()
    sent = await journal.school.client.post("/files?name=справка.txt", content=content, headers=headers)
    excuse = await ward.excuse(fileIds=[sent.json()["id"]])
    (hung,) = excuse["attachments"]
    for login, status in (
        ("class-teacher", 200),
        ("deputy", 200),
        ("teacher", 404),
        ("parent-of-two", 404),
        ("analyst", 404),
    ):
        headers = {"authorization": f"Bearer {await journal.school.token(login)}"}
        assert (await journal.school.client.get(f"/files/{hung['id']}", headers=headers)).status_code == status, login
    change = {"excuseId": excuse["id"], "removeAttachmentIds": [hung["id"]]}
    assert (await ward.done("changeExcuse", change))["attachments"] == []
    assert await ward.refused("changeExcuse", change) == ("NOT_FOUND", "removeAttachmentIds.0", None)


# What is refused.

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"code": "UNEXCUSED"}, "BAD_INPUT", "code"),
    ({"code": "LATE"}, "BAD_INPUT", "code"),
    ({"endsOn": "2026-05-11"}, "BAD_INPUT", "endsOn"),
    ({"receivedOn": "2026-05-21"}, "BAD_INPUT", "receivedOn"),
    ({"receivedOn": "2020-05-21", "issuedOn": "2020-05-21"}, "BAD_INPUT", "receivedOn"),
    ({"issuedOn": None}, "BAD_INPUT", "issuedOn"),
    ({"issuedOn": "2026-05-21"}, "BAD_INPUT", "issuedOn"),
    ({"kind": "MESSAGE"}, "BAD_INPUT", "issuedOn"),
    ({"kind": "MESSAGE", "issuedOn": None}, "BAD_INPUT", "number"),
    ({"number": "1" * 101}, "BAD_INPUT", "number"),
    ({"comment": "ноль\0"}, "BAD_INPUT", "comment"),
    ({"startsOn": "2025-05-11"}, "OUTSIDE_YEAR", "startsOn"),
    ({"endsOn": "2026-09-02"}, "OUTSIDE_YEAR", "startsOn"),
    ({"startsOn": "0001-01-01", "endsOn": "9999-12-31"}, "OUTSIDE_YEAR", "startsOn"),
]


@pytest.mark.parametrize(("more", "code", "field"), BAD)
async def test_bad_input(ward: Ward, more: dict[str, Any], code: str, field: str) -> None:
    assert (await ward.refused("excuseAbsences", ward.given(**more)))[:2] == (code, field)
    excuse = await ward.excuse()
    assert (await ward.refused("changeExcuse", {"excuseId": excuse["id"], **more}))[:2] == (code, field)
    for needed in ("kind", "code", "startsOn", "endsOn", "receivedOn"):
        cleared = {"excuseId": excuse["id"], needed: None}
        result = await ward.run("changeExcuse", cleared)
        assert (result["code"], result["field"]) == ("BAD_INPUT", needed)
    stale = {"excuseId": excuse["id"], "ifVersion": 2}
    for name in ("changeExcuse", "withdrawExcuse"):
        assert await ward.refused(name, stale) == ("CONFLICT", "ifVersion", None)


async def test_taught_at_home(journal: Journal) -> None:
    """Their absences are on paper (7.8); what they missed before, at school, may be explained."""
    (home, *_) = await wards(journal, at_home=True)
    await home.clear(roll=False)
    assert await home.refused("excuseAbsences", home.given()) == ("TAUGHT_AT_HOME", "startsOn", "7.8")
    (lesson, *_) = [row["id"] for row in await home.lessons(FIRST, FIRST)]
    await home.miss([lesson])
    excuse = await home.excuse()
    assert await home.absences() == {lesson: ("illness", number_of(excuse["id"]))}


async def test_subjects_that_are_not_taken(ward: Ward) -> None:
    """An individual plan without a subject has no absences there (7.8)."""
    await ward.clear(roll=False)
    (first, *_) = await ward.lessons(FIRST, FIRST)
    await ward.journal.db.execute(
        "INSERT INTO dropped_subject (school_id, student_id, subject_id, starts_on) SELECT school_id, $1, $2, $3"
        " FROM student WHERE id = $1",
        ward.id,
        first["subject_id"],
        FIRST,
    )
    try:
        await ward.excuse()
        taken = {row["id"] for row in await ward.lessons(FIRST, FIRST) if row["subject_id"] != first["subject_id"]}
        assert set(await ward.absences()) == taken
    finally:
        await ward.journal.db.execute(
            "DELETE FROM dropped_subject WHERE student_id = $1 AND starts_on = $2", ward.id, FIRST
        )


async def test_closed_lessons(ward: Ward) -> None:
    """A class teacher meets the edit lock where a lesson would change (7.6), unless a document came within its two
    working days (7.3); the deputy does not.
    """
    lessons = [row["id"] for row in await ward.lessons(FIRST, FIRST)]
    await ward.miss(lessons[:1])
    await set_days(ward.journal, 3)
    try:
        late = {"receivedOn": "2026-05-15", "issuedOn": "2026-05-14", "number": "опоздала"}
        message = {"kind": "MESSAGE", "number": None, "issuedOn": None}
        for given in (ward.given(**late), ward.given(**message)):
            result = await ward.run("excuseAbsences", given)
            assert (result["code"], result["field"]) == ("EDIT_LOCKED", "startsOn")
        result = await ward.run("excuseAbsences", ward.given(**late))
        assert (result["code"], result["field"], result["clause"]) == ("EDIT_LOCKED", "startsOn", "7.6")
        assert gid("Lesson", lessons[0]) in result["objectIds"]
        await ward.done("excuseAbsences", ward.given(**late), "deputy")
        excuse = await ward.done("excuseAbsences", ward.given())
        assert (await ward.absences(FIRST, FIRST))[lessons[0]] == ("illness", number_of(excuse["id"]))
        assert (await ward.run("withdrawExcuse", {"excuseId": excuse["id"]}))["code"] == "EDIT_LOCKED"
        await ward.excuse(TODAY, TODAY, number="1")
    finally:
        await set_days(ward.journal, None)


async def test_what_the_audit_trail_keeps(ward: Ward) -> None:
    """Who, whose, which days: not the document's number, and no words about anybody's health."""
    await ward.excuse(number="К-77", comment="Перелом")
    entry = await ward.journal.db.fetchval(
        "SELECT input::text FROM audit_entry WHERE command = 'excuseAbsences' ORDER BY id DESC LIMIT 1"
    )
    assert json.loads(entry)["student"] == ward.id
    assert "К-77" not in entry
    assert "Перелом" not in entry


# Whatever is done, in whatever order.

DAYS = [date(2026, 5, day) for day in (13, 14, 15)]
SPANS = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted)
STEPS = st.one_of(
    st.tuples(st.just("excuse"), st.tuples(SPANS, st.sampled_from(["ILLNESS", "EXCUSED", "OTHER"]))),
    st.tuples(st.just("change"), st.tuples(st.integers(0, 3), SPANS)),
    st.tuples(st.just("withdraw"), st.integers(0, 3)),
    st.tuples(st.just("mark"), st.tuples(st.integers(0, 30), st.sampled_from([None, "UNEXPLAINED", "LATE", "EXEMPT"]))),
    st.tuples(st.just("roll"), st.tuples(st.integers(0, 30), st.booleans())),
)

Entered = tuple[str, str, list[date]]
"""The id, the reason and the days of an excuse."""


@given(steps=st.lists(STEPS, min_size=3, max_size=8), called=st.booleans())
@settings(max_examples=15, deadline=None)
async def test_any_order_of_things(journal: Journal, steps: list[Any], called: bool) -> None:
    """An absence on a covered day has the reason of the excuse entered last, any other has none; and once all excuses
    are withdrawn, there are just the absences that teachers told of, with the reasons that they gave.
    """
    ward = (await wards(journal))[1]
    await ward.clear(roll=called)
    lessons = await ward.lessons(DAYS[0], DAYS[-1])
    told: dict[int, str] = {}
    excuses: list[Entered] = []
    for kind, of in steps:
        if kind == "excuse":
            made = await ward.excuse(*of[0], code=of[1], number=str(len(excuses)))
            excuses.append((made["id"], of[1], of[0]))
        elif kind in {"change", "withdraw"}:
            place = of[0] if kind == "change" else of
            if place >= len(excuses):
                continue
            number, code, _ = excuses.pop(place)
            if kind == "change":
                span = {"startsOn": str(of[1][0]), "endsOn": str(of[1][1])}
                await ward.done("changeExcuse", {"excuseId": number, **span})
                excuses.append((number, code, of[1]))
            else:
                await ward.done("withdrawExcuse", {"excuseId": number})
        else:
            await _tell(ward, kind, lessons[of[0] % len(lessons)], of[1], told, excuses)
        await _check(ward, excuses)
    for number, _, _ in excuses:
        await ward.done("withdrawExcuse", {"excuseId": number})
    left = {lesson: code for lesson, (code, _) in (await ward.absences(DAYS[0], DAYS[-1])).items()}
    assert left == told, steps


async def _tell(
    ward: Ward, kind: str, lesson: asyncpg.Record, said: Any, told: dict[int, str], excuses: list[Entered]
) -> None:
    """What a teacher says at a lesson, and what would be left of it without any excuse."""
    here, number = {"lessonId": gid("Lesson", lesson["id"])}, lesson["id"]
    covered = any(first <= lesson["date"] <= last for _, _, (first, last) in excuses)
    if kind == "roll":
        absent = [{"studentId": ward.gid}] if said else []
        await ward.journal.done("takeRollCall", {**here, "absent": absent}, "deputy")
        if said:
            told.setdefault(number, "unexplained")
        else:
            told.pop(number, None)
        return
    given = {**here, "studentId": ward.gid, "code": said}
    if covered and said == "EXEMPT":
        assert await ward.journal.refused("markAttendance", given, "deputy") == ("EXCUSED", "code", "7.3")
        return
    await ward.journal.done("markAttendance", given, "deputy")
    if said is None:
        told.pop(number, None)
    elif not covered or said == "LATE" or told.get(number, "late") == "late":
        told[number] = said.lower()


async def _check(ward: Ward, excuses: list[Entered]) -> None:
    rows = await ward.journal.db.fetch(
        "SELECT lesson_date, code, excuse_id FROM attendance WHERE student_id = $1 AND lesson_date BETWEEN $2 AND $3",
        ward.id,
        DAYS[0],
        DAYS[-1],
    )
    for row in rows:
        cover = [each for each in excuses if each[2][0] <= row["lesson_date"] <= each[2][1]]
        if row["code"] == "late" or not cover:
            assert row["excuse_id"] is None, row
        else:
            best = max(cover, key=lambda each: number_of(each[0]))
            assert (row["code"], row["excuse_id"]) == (best[1].lower(), number_of(best[0])), row
