"""Subscriptions over real sockets: whoever may see a change hears of it once, and nobody else ever."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from permissions.viewer import ANONYMOUS
from resolvers import journal_changes
from resolvers.journal_changes import Place, Topic
from rules.refusals import Refusal
from server.demo import Demo
from server.live import MOST_OF_ACCOUNT, MOST_WAITING, Subscriber
from server.settings import Settings

from .journal_help import Journal, gid, opened
from .live_help import DIARY, PAGE, TIMETABLE, Ended, following, session_of
from .test_websocket import connected, listening

BOTH = pytest.mark.parametrize("events", [False, True], ids=["websocket", "events"])


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


@pytest.fixture(scope="module")
async def address(journal: Journal, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with listening(journal.school, tmp_path_factory.mktemp("data")) as address:
        yield address


async def child(journal: Journal, login: str = "parent") -> int:
    """The number of a parent's child."""
    found = await journal.db.fetchval(
        "SELECT student_id FROM guardianship JOIN guardian USING (school_id) JOIN account USING (school_id, person_id)"
        " WHERE guardian_id = guardian.id AND login = $1 AND ends_on IS NULL ORDER BY student_id LIMIT 1",
        login,
    )
    assert found
    return int(found)


async def lesson_of(journal: Journal, student: int, state: str = "planned") -> Any:
    """A new lesson, today, in a group of the student's."""
    row = await journal.db.fetchrow(
        "SELECT grade::text || letter AS name, short_name FROM enrolment AS e"
        " JOIN school_class AS c ON c.id = class_id JOIN study_group AS g ON g.class_id = c.id AND g.kind = 'whole'"
        " JOIN lesson ON group_id = g.id JOIN subject ON subject.id = lesson.subject_id"
        " WHERE e.student_id = $1 AND e.ends_on IS NULL AND c.year_id = (SELECT max(id) FROM academic_year"
        " WHERE starts_on <= $2) ORDER BY lesson.id LIMIT 1",
        student,
        journal.school.demo.today,
    )
    return await journal.lesson(row["name"], row["short_name"], state=state)


async def homework(journal: Journal, lesson: Any, text: str, *students: int) -> None:
    """Homework for everyone at the lesson, or for some."""
    named = {"studentIds": [gid("Student", each) for each in students]} if students else {}
    await journal.done("assignHomework", {"lessonId": lesson.gid, "text": text, **named}, "deputy")


@BOTH
async def test_a_parent_hears_of_their_child(journal: Journal, address: str, events: bool) -> None:
    """What is told, in order, and only of the child; each object is as the parent sees it."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    sister = next(each for each in lesson.students if each != student)
    task = await journal.task(lesson)
    token = await journal.school.token("parent")
    async with following(address, token, DIARY, {"of": [gid("Student", student)]}, events=events) as heard:
        assert await heard.next() == [], "it is open"
        await homework(journal, lesson, "для сестры", sister)
        await homework(journal, lesson, "для всех")
        (told,) = await heard.next()
        assert told["kind"] == "HOMEWORK"
        assert told["homework"] == {"text": "для всех"}
        assert told["student"] == {"id": gid("Student", student)}
        assert told["lesson"] == {"id": lesson.gid}
        assert told["startsOn"] == told["endsOn"] == str(lesson.date)
        for each, value in ((sister, "2"), (student, "5")):
            given = {"taskId": task, "studentId": gid("Student", each), "value": value}
            mark = await journal.done("setMark", given, "deputy")
        (told,) = await heard.all()
        assert told["mark"] == {"id": mark["mark"]["id"], "value": "5"}
        await journal.done("removeMark", {"markId": mark["mark"]["id"]}, "deputy")
        (told,) = await heard.all()
        assert (told["kind"], told["mark"]) == ("MARK", None)


async def test_a_page_and_a_timetable(journal: Journal, address: str) -> None:
    """A teacher's page tells of their own subject; the class's timetable, of its lessons, to the family too."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    row = await journal.db.fetchrow(
        "SELECT g.class_id, lesson.subject_id, teacher_id, login FROM lesson JOIN study_group AS g ON g.id = group_id"
        " JOIN staff ON staff.id = teacher_id LEFT JOIN account ON account.person_id = staff.person_id"
        " WHERE lesson.id = $1",
        lesson.id,
    )
    period = await journal.db.fetchval("SELECT id FROM period WHERE $1 BETWEEN starts_on AND ends_on", lesson.date)
    page = {"class": gid("SchoolClass", row["class_id"]), "subject": gid("Subject", row["subject_id"])}
    other = await journal.db.fetchval(
        "SELECT teaching_assignment.subject_id FROM teaching_assignment JOIN study_group AS g ON g.id = group_id"
        " WHERE g.class_id = $1 AND g.kind = 'whole' AND teaching_assignment.subject_id <> $2 LIMIT 1",
        row["class_id"],
        row["subject_id"],
    )
    deputy, parent = [await journal.school.token(login) for login in ("deputy", "parent")]
    of_class, elsewhere = {"class": page["class"]}, {"subject": gid("Subject", other)}
    async with (
        following(address, deputy, PAGE, {**page, "period": gid("Period", period)}) as own,
        following(address, deputy, PAGE, {**page, **elsewhere, "period": gid("Period", period)}) as another,
        following(address, deputy, TIMETABLE, {"teacher": gid("Staff", row["teacher_id"])}) as teacher,
        following(address, parent, TIMETABLE, of_class, events=True) as family,
    ):
        for each in (own, another, teacher, family):
            assert await each.next() == []
        await homework(journal, lesson, "страница")
        assert [told["kind"] for told in await own.all()] == ["HOMEWORK"]
        await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": []}, "deputy")
        assert {told["kind"] for told in await own.all()} == {"ROLL_CALL", "LESSON"}
        for each in (teacher, family):
            (told,) = await each.all()
            assert (told["kind"], told["lesson"]["id"], told["lesson"]["state"]) == ("LESSON", lesson.gid, "HELD")
        assert await another.all() == []


NOTHING = 10**9


@pytest.mark.parametrize(
    ("login", "query", "given"),
    [
        ("parent", DIARY, {"of": [gid("Student", NOTHING)]}),
        ("parent", DIARY, {"of": ["stranger"]}),
        ("student", DIARY, {"of": ["stranger"]}),
        ("teacher", PAGE, {"class": gid("SchoolClass", NOTHING), "subject": "U3ViamVjdDox", "period": "UGVyaW9kOjE="}),
        ("parent", TIMETABLE, {"class": gid("SchoolClass", NOTHING)}),
        ("parent", TIMETABLE, {"student": "stranger"}),
        ("secretary", TIMETABLE, {"room": gid("Room", NOTHING)}),
        ("teacher", TIMETABLE, {"teacher": gid("Staff", NOTHING)}),
    ],
)
async def test_what_is_out_of_reach_does_not_exist(
    journal: Journal, address: str, login: str, query: str, given: dict[str, Any]
) -> None:
    """The same answer for a stranger's child and for nobody's."""
    mine = {await child(journal), await child(journal, "parent-of-two")}
    others = await journal.db.fetch(
        "SELECT id FROM student WHERE NOT id = ANY($1) AND person_id NOT IN (SELECT person_id FROM account WHERE login"
        " = 'student') ORDER BY id",
        list(mine),
    )
    stranger = gid("Student", others[-1]["id"])
    variables = {
        name: [stranger if each == "stranger" else each for each in value]
        if isinstance(value, list)
        else value.replace("stranger", stranger)
        for name, value in given.items()
    }
    async with following(address, await journal.school.token(login), query, variables) as heard:
        with pytest.raises(Ended, match="NOT_FOUND"):
            await heard.next()


async def test_each_role_has_its_own_subscriptions(journal: Journal, address: str) -> None:
    """What a role may not subscribe to does not exist for it."""
    student = {"of": [gid("Student", await child(journal))]}
    for login, query in (("secretary", DIARY), ("hr", TIMETABLE), ("parent", PAGE), (None, DIARY)):
        token = await journal.school.token(login) if login else None
        async with following(address, token, query, student) as heard:
            with pytest.raises(Ended, match="BAD_REQUEST"):
                await heard.next()


async def test_only_by_a_stream(journal: Journal) -> None:
    """An ordinary request has one answer, and says so; a gateway has no subscriptions at all."""
    given = {"of": [gid("Student", await child(journal))]}
    answer = await journal.school.ask(DIARY, given, as_="parent")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@BOTH
async def test_a_subscription_goes_on_from_its_cursor(journal: Journal, address: str, events: bool) -> None:
    """Whatever came meanwhile is told, once, and then what is new."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    token, given = await journal.school.token("parent"), {"of": [gid("Student", student)]}
    async with following(address, token, DIARY, given, events=events) as heard:
        assert await heard.next() == []
        await homework(journal, lesson, "1")
        (told,) = await heard.next()
        assert told["homework"]["text"] == "1"
    for text in ("2", "3"):
        await homework(journal, lesson, text)
    async with following(address, token, DIARY, {**given, "after": heard.cursor}, events=events) as again:
        texts = [told["homework"]["text"] for told in await again.next()]
        assert await again.next() == [], "from here on it hears what is new"
        await homework(journal, lesson, "4")
        texts += [told["homework"]["text"] for told in await again.all()]
    assert texts == ["2", "3", "4"]


async def test_whoever_was_away_for_long_is_told_it_all(
    journal: Journal, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More readings than may wait for a subscriber are no slowness of theirs: they have not been told anything yet."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    token, given = await journal.school.token("parent"), {"of": [gid("Student", student)]}
    async with following(address, token, DIARY, given) as heard:
        assert await heard.next() == []
    await homework(journal, lesson, "0")
    texts = [str(number) for number in range(MOST_WAITING + 5)]
    async with journal.db.transaction():
        await journal.db.execute(
            "SELECT set_config('classbook.audit_entry', (SELECT max(id) FROM audit_entry"
            " WHERE command = 'assignHomework')::text, true)"
        )
        await journal.db.execute(
            "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
            " SELECT school_id, id, date, text, true, now(), now() FROM lesson, unnest($2::text[]) AS text"
            " WHERE id = $1",
            *(lesson.id, texts[1:]),
        )
    monkeypatch.setattr(journal_changes, "MOST_READ", 1)
    async with following(address, token, DIARY, {**given, "after": heard.cursor}) as again:
        told = [await again.next() for _ in texts]
        assert sorted((each["homework"]["text"] for (each,) in told), key=int) == texts
        assert await again.next() == []
        await homework(journal, lesson, "new")
        assert [each["homework"]["text"] for each in await again.all()] == ["new"]


async def test_a_cursor_of_ones_own_making(journal: Journal, address: str) -> None:
    """Or of somebody else's: it says from where to tell, and never what."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    sister = next(each for each in lesson.students if each != student)
    await homework(journal, lesson, "сестре", sister)
    await homework(journal, lesson, "ему", student)
    beginning = Place(0, 0).cursor(datetime.now(UTC))
    token, given = await journal.school.token("parent"), {"of": [gid("Student", student)], "after": beginning}
    async with following(address, token, DIARY, given) as heard:
        told = await heard.all()
    assert {each["student"]["id"] for each in told} == {gid("Student", student)}
    texts = [each["homework"]["text"] for each in told if each["homework"]]
    assert "ему" in texts
    assert "сестре" not in texts


async def test_a_cursor_that_is_too_old(journal: Journal, address: str) -> None:
    """What stood behind it is gone, so nothing may pretend that there was nothing."""
    token, given = await journal.school.token("parent"), {"of": [gid("Student", await child(journal))]}
    place = Place(await journal.db.fetchval("SELECT pg_current_xact_id()::text::bigint"), 1)
    long_ago = datetime.now(UTC) - Settings().changes_kept - timedelta(seconds=1)
    foreign = Place(place.transaction + 10**6, 1)
    for cursor, code in (
        (place.cursor(long_ago), "CURSOR_EXPIRED"),
        (foreign.cursor(datetime.now(UTC)), "CURSOR_EXPIRED"),
        ("nonsense", "BAD_INPUT"),
        ("WzEsMl0=", "BAD_INPUT"),
        ("W251bGwsMSwyXQ==", "BAD_INPUT"),
    ):
        async with following(address, token, DIARY, {**given, "after": cursor}) as heard:
            with pytest.raises(Ended, match=code):
                await heard.next()


@BOTH
async def test_it_ends_with_the_token(journal: Journal, address: str, events: bool) -> None:
    """However long the connection would stay open, and whether anything happens or not."""
    account = await journal.db.fetchval("SELECT id FROM account WHERE login = 'parent'")
    token = await session_of(journal.db, account, timedelta(seconds=2))
    if events:
        given = {"of": [gid("Student", await child(journal))]}
        async with following(address, token, DIARY, given, events=True) as heard:
            assert await heard.next() == []
            with pytest.raises(Ended, match="UNAUTHENTICATED"):
                await heard.next()
            with pytest.raises(Ended, match="COMPLETE"):
                await heard.next()
        return
    async with connected(address, token) as client:
        given = {"of": [gid("Student", await child(journal))]}
        await client.send("subscribe", id="1", payload={"query": DIARY, "variables": given})
        assert (await client.next())["type"] == "next"
        assert await client.closed() == 4401


async def test_it_ends_with_the_session(journal: Journal, address: str) -> None:
    account = await journal.db.fetchval("SELECT id FROM account WHERE login = 'parent'")
    token = await session_of(journal.db, account)
    given = {"of": [gid("Student", await child(journal))]}
    async with (
        following(address, token, DIARY, given, events=True) as heard,
        following(address, await session_of(journal.db, account), DIARY, given) as other,
    ):
        assert await heard.next() == await other.next() == []
        await journal.school.client.post(
            "/graphql",
            json={"query": "mutation { logOut { __typename } }"},
            headers={"authorization": f"Bearer {token}"},
        )
        with pytest.raises(Ended, match="UNAUTHENTICATED"):
            await heard.next()
        assert await other.all() == [], "the other device's goes on"


async def test_it_ends_with_the_right(journal: Journal, address: str) -> None:
    """A guardianship that ends, and an account that is locked: no further change, and a code that says why."""
    student = await child(journal, "parent-of-two")
    lesson = await lesson_of(journal, student)
    account = await journal.db.fetchval("SELECT id FROM account WHERE login = 'parent-of-two'")
    given = {"of": [gid("Student", student)]}
    yesterday = journal.school.demo.today - timedelta(days=1)
    async with following(address, await session_of(journal.db, account), DIARY, given) as heard:
        assert await heard.next() == []
        async with journal.db.transaction():
            await journal.db.execute("UPDATE guardianship SET ends_on = $2 WHERE student_id = $1", student, yesterday)
        await homework(journal, lesson, "уже не их")
        with pytest.raises(Ended, match="RIGHTS_CHANGED"):
            await heard.next()
    await journal.db.execute("UPDATE guardianship SET ends_on = NULL WHERE student_id = $1", student)
    async with following(address, await session_of(journal.db, account), DIARY, given, events=True) as heard:
        assert await heard.next() == []
        await journal.db.execute("UPDATE account SET locked_at = now() WHERE id = $1", account)
        with pytest.raises(Ended, match="UNAUTHENTICATED"):
            await heard.next()
    await journal.db.execute("UPDATE account SET locked_at = NULL WHERE id = $1", account)


async def test_revoked_between_the_change_and_its_telling(journal: Journal, address: str) -> None:
    """One transaction revokes and changes: the change is not told to whom the right was taken."""
    student = await child(journal, "parent-of-two")
    lesson = await lesson_of(journal, student)
    account = await journal.db.fetchval("SELECT id FROM account WHERE login = 'parent-of-two'")
    yesterday = journal.school.demo.today - timedelta(days=1)
    async with following(
        address, await session_of(journal.db, account), DIARY, {"of": [gid("Student", student)]}
    ) as heard:
        assert await heard.next() == []
        async with journal.db.transaction():
            await journal.db.execute("ALTER TABLE guardianship DISABLE TRIGGER guardianship_access")
            await journal.db.execute("UPDATE guardianship SET ends_on = $2 WHERE student_id = $1", student, yesterday)
            await journal.db.execute("ALTER TABLE guardianship ENABLE TRIGGER guardianship_access")
        await homework(journal, lesson, "никто не сказал, что право ушло")
        with pytest.raises(Ended, match="RIGHTS_CHANGED"):
            await heard.next()
    await journal.db.execute("UPDATE guardianship SET ends_on = NULL WHERE student_id = $1", student)


async def test_changes_come_in_the_order_of_their_transactions(journal: Journal, address: str) -> None:
    """One that took its number first and commits last is told first, and those behind it wait: no gap, no repeat."""
    student = await child(journal)
    lesson = await lesson_of(journal, student)
    token, given = await journal.school.token("parent"), {"of": [gid("Student", student)]}
    slow = await asyncpg.connect(journal.school.url)
    try:
        async with following(address, token, DIARY, given) as heard:
            assert await heard.next() == []
            transaction = slow.transaction()
            await transaction.start()
            await slow.execute(
                "SELECT set_config('classbook.audit_entry', (SELECT max(id) FROM audit_entry"
                " WHERE command = 'assignHomework')::text, true)"
            )
            await slow.execute(
                "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
                " SELECT school_id, id, date, 'первое', true, now(), now() FROM lesson WHERE id = $1",
                lesson.id,
            )
            await homework(journal, lesson, "второе")
            assert await heard.all() == [], "it waits for the one before it"
            async with following(address, token, DIARY, {**given, "after": heard.cursor}) as other:
                assert await other.next() == []
                await transaction.commit()
                for each in (heard, other):
                    assert [told["homework"]["text"] for told in await each.all()] == ["первое", "второе"]
    finally:
        await slow.close()


async def test_how_many_an_account_may_have(journal: Journal, address: str) -> None:
    account = await journal.db.fetchval("SELECT id FROM account WHERE login = 'parent-of-two'")
    token = await session_of(journal.db, account)
    payload = {"query": DIARY, "variables": {"of": [gid("Student", await child(journal, "parent-of-two"))]}}
    opened_, codes = 0, list[str]()
    async with connected(address, token) as one, connected(address, token) as two, connected(address, token) as three:
        for client in (one, two, three):
            for number in range(20):
                await client.send("subscribe", id=str(number), payload=payload)
            for _ in range(20):
                message = await client.next()
                if message["type"] == "next":
                    opened_ += 1
                else:
                    codes.append(message["payload"][0]["extensions"]["code"])
        await one.send("subscribe", id="one too many", payload=payload)
        message = await one.next()
    assert opened_ == MOST_OF_ACCOUNT
    assert set(codes) == {"TOO_MANY_SUBSCRIPTIONS"}
    assert message["type"] == "error"


async def test_who_reads_too_slowly_is_cut_off() -> None:
    """What waits has an end, and is let go at once: memory does not grow with a client that does not read."""
    context: Any = None
    subscriber = Subscriber(context, context, Topic("diary", {}), ANONYMOUS)
    for number in range(MOST_WAITING):
        subscriber.put(Place(number, 0), [])
    assert await subscriber.next(lambda: None) == (Place(0, 0), [])
    subscriber.put(Place(MOST_WAITING, 0), [])
    subscriber.put(Place(MOST_WAITING + 1, 0), [])
    assert not subscriber.waiting
    with pytest.raises(Refusal, match="TOO_SLOW"):
        await subscriber.next(lambda: None)
