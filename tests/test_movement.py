"""The movement book: what each order does, what is refused and how, who may, and that cancelling restores (9)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import asyncpg
import pytest

from execution.schema import schema_for
from rules.account import Role
from schema.build import gate_of
from server.demo import DEMO_TODAY, SMALL, Demo, make_demo

from .journal_help import gid, move_day, number_of
from .movement_help import ONE, PAYLOADS, Book, book_of, end, moved, order
from .report_rounded import few

TOMORROW, SEPTEMBER = DEMO_TODAY + ONE, date(2026, 9, 1)
JUNE = date(2026, 6, 10)


@pytest.fixture
async def book(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Book]:
    """A school of the test's own."""
    async with book_of(cluster, demo_template) as book:
        yield book


async def where(book: Book, student: int, day: date) -> str | None:
    """The class of a student on a day, as the schema tells it; held against the class's own list."""
    query = "query($id: ID!, $on: Date) { student(id: $id) { schoolClass(on: $on) { name students(on: $on) { id } } } }"
    answer = await book.school.data(query, {"id": gid("Student", student), "on": str(day)}, as_="secretary")
    of = answer["student"]["schoolClass"]
    assert of is None or {"id": gid("Student", student)} in of["students"]
    return of and of["name"]


# What orders do


async def test_a_departure_ends_the_day_before(book: Book) -> None:
    student, of = await book.db.fetchrow(
        "SELECT student_id, grade || letter FROM group_member JOIN enrolment USING (student_id) "
        "JOIN school_class ON school_class.id = class_id "
        "WHERE group_member.ends_on IS NULL AND enrolment.ends_on IS NULL ORDER BY 1 LIMIT 1"
    )
    before = await book.memberships()
    item = moved(student, place="Лицей № 2", reason="Переезд")
    departure = await book.issued("DEPARTURE", JUNE, item, eventOn="2026-05-19", basis="Заявление")
    assert [await where(book, student, day) for day in (JUNE - ONE, JUNE)] == [of, None]
    ended = await book.db.fetch("SELECT ends_on FROM group_member WHERE student_id = $1", student)
    assert {row["ends_on"] for row in ended} == {JUNE - ONE}
    query = """query($id: ID!) { student(id: $id) {
        movement { order { id kind dueOn inTime basis } fromClass { name } toClass { name } place reason }
        enrolments { startsOn endsOn openedBy { order { kind } } endedBy { order { id } } } } }"""
    found = (await book.school.data(query, {"id": gid("Student", student)}, as_="deputy"))["student"]
    assert found["movement"][-1] == {
        "order": {
            "id": departure,
            "kind": "DEPARTURE",
            "dueOn": "2026-05-22",
            "inTime": True,
            "basis": "Заявление",
        },
        "fromClass": {"name": of},
        "toClass": None,
        "place": "Лицей № 2",
        "reason": "Переезд",
    }
    assert found["enrolments"][-1] == {
        "startsOn": "2025-09-01",
        "endsOn": str(JUNE - ONE),
        "openedBy": {"order": {"kind": "ENROLMENT"}},
        "endedBy": {"order": {"id": departure}},
    }
    cancelled = await book.done("cancelOrder", {"orderId": departure, "basis": "Не уехали"})
    assert cancelled["order"]["cancels"] == {
        "id": departure,
        "state": "CANCELLED",
        "cancelledBy": {"id": cancelled["order"]["id"]},
    }
    assert await book.memberships() == before
    assert await where(book, student, JUNE) == of


async def test_a_transfer(book: Book) -> None:
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    before = await book.memberships()
    transfer = await book.issued("TRANSFER", JUNE, moved(student, to))
    assert [await where(book, student, day) for day in (JUNE - ONE, JUNE)] == ["5А", "5Б"]
    await book.done("cancelOrder", {"orderId": transfer})
    assert await book.memberships() == before


async def test_an_enrolment(book: Book) -> None:
    student, to = await book.newcomer(), await book.class_id("9А")
    before = await book.memberships()
    enrolment = await book.issued("ENROLMENT", TOMORROW, moved(student, to, place="Школа № 5"))
    assert [await where(book, student, day) for day in (DEMO_TODAY, TOMORROW)] == [None, "9А"]
    await book.done("cancelOrder", {"orderId": enrolment})
    assert await book.memberships() == before


async def test_whole_classes_go_on_to_the_next_year(book: Book) -> None:
    """All but some; they stay until the year's last day, and are placed when the new classes are there."""
    class_5a, class_9a = await book.class_id("5А"), await book.class_id("9А")
    fives, nines = await book.students("5А"), await book.students("9А")
    classes = [
        {"classId": gid("SchoolClass", class_5a), "exceptStudentIds": [gid("Student", fives[0])]},
        {"classId": gid("SchoolClass", class_9a)},
    ]
    draft = await book.done("draftOrder", {"kind": "PROMOTION", "effectiveOn": "2026-09-01", "classes": classes})
    assert len(draft["order"]["items"]["nodes"]) == len(fives) + len(nines) - 1
    assert draft["order"]["dueOn"] == "2026-08-31"
    await book.done("issueOrder", {"orderId": draft["order"]["id"]})
    assert await where(book, fives[1], date(2026, 8, 31)) == "5А"
    assert await where(book, fives[1], SEPTEMBER) is None
    query = """query($year: ID!) { node(id: $year) { ... on AcademicYear {
        awaitingOrder(first: 100) { totalCount nodes { student { id } schoolClass { name } } } } } }"""
    answer = await book.school.data(query, {"year": gid("AcademicYear", 1)}, as_="administrator")
    waiting = answer["node"]["awaitingOrder"]
    assert {"student": {"id": gid("Student", fives[0])}, "schoolClass": {"name": "5А"}} in waiting["nodes"]
    names = {node["schoolClass"]["name"] for node in waiting["nodes"]}
    assert names == {"5А", "5Б", "9Б", "10А", "10Б"}
    assert sum(node["schoolClass"]["name"] == "5А" for node in waiting["nodes"]) == 1


async def test_into_classes_that_are_there_already(book: Book) -> None:
    new = await book.new_year()
    five, nine = (await book.students("5А"))[0], (await book.students("9Б"))[0]
    again = (await book.students("5Б"))[0]
    before = await book.memberships()
    promotion = await book.issued("PROMOTION", SEPTEMBER, moved(five, new["6А"]), moved(nine, new["10Б"]))
    repetition = await book.issued("REPETITION", SEPTEMBER, moved(again, new["5А"]))
    days = (SEPTEMBER - ONE, SEPTEMBER)
    assert [await where(book, five, day) for day in days] == ["5А", "6А"]
    assert [await where(book, nine, day) for day in days] == ["9Б", "10Б"]
    assert [await where(book, again, day) for day in days] == ["5Б", "5А"]
    between = await book.memberships()
    departure = await book.issued("DEPARTURE", date(2026, 7, 1), moved(five))
    assert [await where(book, five, day) for day in (date(2026, 6, 30), date(2026, 7, 1), SEPTEMBER)] == [
        "5А",
        None,
        None,
    ]
    assert await book.refused("cancelOrder", {"orderId": promotion}) == ("LATER_ORDER", "orderId", "9.2")
    await book.done("cancelOrder", {"orderId": departure})
    assert await book.memberships() == between
    await book.done("cancelOrder", {"orderId": repetition})
    await book.done("cancelOrder", {"orderId": promotion})
    assert await book.memberships() == before


async def test_graduation_is_from_the_last_class(book: Book) -> None:
    student = (await book.students("10А"))[0]
    assert await book.why_not("GRADUATION", JUNE, moved(student)) == "WRONG_CLASS"
    await book.db.execute("UPDATE school_class SET grade = 11 WHERE grade = 10 AND letter = 'А'")
    assert await book.why_not("PROMOTION", SEPTEMBER, moved(student)) == "WRONG_CLASS"
    graduation = await book.issued("GRADUATION", JUNE, moved(student))
    assert [await where(book, student, day) for day in (JUNE - ONE, JUNE)] == ["11А", None]
    due = await book.db.fetchval("SELECT due_on FROM movement_order WHERE id = $1", number_of(graduation))
    assert due == date(2026, 8, 31)
    assert await book.why_not("DEPARTURE", JUNE + ONE, moved(student)) == "NOT_IN_CLASS"


# What is refused


async def test_refusals_of_steps(book: Book) -> None:
    a, b = await book.class_id("5А"), await book.class_id("5Б")
    student, stranger, new = (await book.students("5А"))[0], await book.newcomer(), await book.new_year()
    assert await book.why_not("PROMOTION", SEPTEMBER, moved(student, new["10А"])) == "WRONG_CLASS"
    assert await book.why_not("REPETITION", SEPTEMBER, moved(student, new["6А"])) == "WRONG_CLASS"
    assert await book.why_not("PROMOTION", JUNE, moved(student)) == "WRONG_YEAR"
    assert await book.why_not("PROMOTION", SEPTEMBER, moved(stranger)) == "NOT_IN_CLASS"
    assert await book.why_not("TRANSFER", JUNE, moved(student, a)) == "WRONG_CLASS"
    assert await book.why_not("TRANSFER", JUNE, moved(student, new["5А"])) == "WRONG_YEAR"
    assert await book.why_not("TRANSFER", JUNE, moved(student)) == "BAD_INPUT"
    assert await book.why_not("ENROLMENT", JUNE, moved(student, b)) == "ALREADY_ENROLLED"
    assert await book.why_not("ENROLMENT", JUNE, moved(stranger, new["5А"])) == "WRONG_YEAR"
    assert await book.why_not("ENROLMENT", JUNE, moved(stranger)) == "BAD_INPUT"
    assert await book.why_not("DEPARTURE", date(2025, 9, 1), moved(student)) == "LATER_ORDER"
    await book.issued("DEPARTURE", JUNE, moved(student))
    assert await book.why_not("TRANSFER", JUNE + ONE, moved(student, b)) == "NOT_IN_CLASS"
    assert await book.why_not("TRANSFER", JUNE - ONE, moved(student, b)) == "LATER_ORDER"
    assert await book.why_not("ENROLMENT", JUNE - ONE, moved(student, b)) == "LATER_ORDER"
    await book.issued("ENROLMENT", JUNE, moved(student, b))
    assert await where(book, student, JUNE) == "5Б"


async def test_the_journal_keeps_its_footing(book: Book) -> None:
    """Nobody leaves before a day on which the journal speaks of them, and no order is cancelled under such days."""
    student = await book.db.fetchval("SELECT student_id FROM mark ORDER BY lesson_date DESC LIMIT 1")
    assert await book.why_not("DEPARTURE", date(2026, 5, 5), moved(student)) == "JOURNAL_FILLED"
    newcomer, to = await book.newcomer(), await book.class_id("5А")
    enrolment = await book.issued("ENROLMENT", date(2026, 5, 18), moved(newcomer, to))
    lesson = await book.db.fetchrow(
        "SELECT lesson.id, date FROM lesson JOIN study_group AS g ON g.id = group_id "
        "WHERE g.class_id = $1 AND g.kind = 'whole' AND state = 'held' AND date = '2026-05-19' LIMIT 1",
        to,
    )
    await book.db.execute(
        "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at) "
        "VALUES (1, $1, $2, $3, 'illness', now())",
        *(lesson["id"], lesson["date"], newcomer),
    )
    assert await book.refused("cancelOrder", {"orderId": enrolment}) == ("JOURNAL_FILLED", "orderId", "9.2")
    assert await book.why_not("DEPARTURE", date(2026, 5, 19), moved(newcomer)) == "JOURNAL_FILLED"
    await book.issued("DEPARTURE", date(2026, 5, 20), moved(newcomer))


@pytest.mark.parametrize("work", ["task", "homework"])
async def test_work_that_names_somebody_is_a_record_too(book: Book, work: str) -> None:
    """Given to a student by name (7.2), it stays with them: no order takes them away from before its lesson."""
    newcomer, to = await book.newcomer(), await book.class_id("5А")
    enrolment = await book.issued("ENROLMENT", date(2026, 5, 18), moved(newcomer, to))
    lesson = await book.db.fetchval(
        "SELECT lesson.id FROM lesson JOIN study_group AS g ON g.id = group_id "
        "WHERE g.class_id = $1 AND g.kind = 'whole' AND state = 'held' AND date = '2026-05-19' LIMIT 1",
        to,
    )
    columns = {
        "task": ("work_type_id, position, weight", "1, 9, 1"),
        "homework": ("text, published_at", "'§ 1', now()"),
    }[work]
    number = await book.db.fetchval(
        f"INSERT INTO {work} (school_id, lesson_id, lesson_date, for_all, changed_at, {columns[0]}) "
        f"VALUES (1, $1, '2026-05-19', false, now(), {columns[1]}) RETURNING id",
        lesson,
    )
    await book.db.execute(
        f"INSERT INTO {work}_recipient (school_id, {work}_id, student_id) VALUES (1, $1, $2)", number, newcomer
    )
    assert await book.refused("cancelOrder", {"orderId": enrolment}) == ("JOURNAL_FILLED", "orderId", "9.2")
    assert await book.why_not("DEPARTURE", date(2026, 5, 19), moved(newcomer)) == "JOURNAL_FILLED"
    await book.issued("DEPARTURE", date(2026, 5, 20), moved(newcomer))


async def test_a_mark_that_sums_up_is_a_record_too(book: Book) -> None:
    """Set in a class on a day, it stays that class's: no order takes the student away before (7.7)."""
    student = (await book.students("9А"))[-1]
    await book.db.execute("DELETE FROM mark WHERE student_id = $1", student)
    await book.db.execute("DELETE FROM attendance WHERE student_id = $1", student)
    await book.db.execute("DELETE FROM homework_recipient WHERE student_id = $1", student)
    await book.db.execute(
        "INSERT INTO final_mark (school_id, student_id, subject_id, year_id, class_id, kind, period_id, value, set_at,"
        " changed_at) SELECT s.school_id, $1, (SELECT min(id) FROM subject), s.year_id, s.class_id, s.kind,"
        " s.period_id, '4', '2026-05-18 20:00+00', now() FROM mark_slot AS s"
        " JOIN enrolment AS e ON e.class_id = s.class_id"
        " WHERE e.student_id = $1 AND s.kind = 'period' AND s.position = 4 AND e.ends_on IS NULL",
        student,
    )
    late = date(2026, 5, 19)  # by the school's own clock: 3 o'clock in the morning
    assert await book.why_not("DEPARTURE", late, moved(student)) == "JOURNAL_FILLED"
    await book.issued("DEPARTURE", date(2026, 5, 20), moved(student))


async def test_what_an_order_may_not_say(book: Book) -> None:
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    given = {"kind": "TRANSFER", "effectiveOn": str(JUNE)}
    of = gid("SchoolClass", await book.class_id("5А"))

    async def refused(**more: object) -> tuple[str, str | None, str | None]:
        return await book.refused("draftOrder", {**given, **more})

    item, nobody = moved(student, to), moved(2**40, to)
    assert await refused(items=[item, item]) == ("BAD_INPUT", "items.1.studentId", None)
    assert await refused(items=[item], classes=[{"classId": of}]) == ("BAD_INPUT", "classes.0.studentId", None)
    assert await refused(items=[nobody]) == ("NOT_FOUND", "items.0.studentId", None)
    assert await refused(items=[moved(student, 2**40)]) == ("NOT_FOUND", "items.0.toClassId", None)
    assert await refused(items=[{"studentId": of}]) == ("BAD_ID", "items.0.studentId", None)
    assert await refused(classes=[{"classId": gid("SchoolClass", 2**40)}]) == ("NOT_FOUND", "classes.0.classId", None)
    stranger = gid("Student", (await book.students("9А"))[0])
    wrong = [{"classId": of, "exceptStudentIds": [stranger]}]
    assert await refused(classes=wrong) == ("NOT_IN_CLASS", "classes.0.exceptStudentIds.0", None)
    assert await refused(basis="я" * 1001) == ("BAD_INPUT", "basis", None)
    assert await refused(items=[{**item, "place": "\0"}]) == ("BAD_INPUT", "items.0.place", None)
    given["kind"] = "DEPARTURE"
    assert await refused(items=[item]) == ("BAD_INPUT", "items.0.toClassId", None)
    given["kind"] = "ENROLMENT"
    assert await refused(classes=[{"classId": of}]) == ("BAD_INPUT", "classes", None)


async def test_numbers_and_dates(book: Book) -> None:
    """Numbers are single in a calendar year; the next one is found of those that are numbers."""
    students = iter(await book.students("9А"))
    last = await book.db.fetchval("SELECT max(number::int) FROM movement_order WHERE issued_year = 2026")
    drafts = [await book.draft("DEPARTURE", JUNE, moved(student)) for student in students]
    issue = {"orderId": drafts[0]}
    assert await book.refused("issueOrder", {**issue, "number": str(last)}) == ("NUMBER_TAKEN", "number", "9.2")
    assert await book.refused("issueOrder", {**issue, "number": " "}) == ("BAD_INPUT", "number", None)
    assert await book.refused("issueOrder", {**issue, "number": "9" * 41}) == ("BAD_INPUT", "number", None)
    assert await book.refused("issueOrder", {**issue, "issuedOn": "2026-05-21"}) == ("BAD_INPUT", "issuedOn", None)
    for given, number in (
        ({"number": "15-у"}, "15-у"),
        ({}, str(last + 1)),
        ({"number": " 77 "}, "77"),
        ({}, "78"),
    ):
        order = await book.done("issueOrder", {"orderId": drafts.pop(0), **given})
        assert (order["order"]["number"], order["order"]["issuedOn"]) == (number, "2026-05-20")
    early = await book.done("issueOrder", {"orderId": drafts.pop(0), "number": "78", "issuedOn": "2025-12-29"})
    assert early["order"]["inTime"] is True
    cancel = {"orderId": early["order"]["id"], "issuedOn": "2025-12-28"}
    assert await book.refused("cancelOrder", cancel) == ("BAD_INPUT", "issuedOn", None)


async def test_no_order_is_dated_before_one_that_it_follows(book: Book) -> None:
    """Of each student alone: to others an order may be entered late. A counter-order takes the hindrance away."""
    student, other = (await book.students("5А"))[:2]
    to = await book.class_id("5Б")
    first = await book.draft("TRANSFER", JUNE, moved(student, to))
    await book.done("issueOrder", {"orderId": first, "issuedOn": "2026-05-18"})
    second = await book.draft("DEPARTURE", JUNE + ONE, moved(other), moved(student))
    early = {"orderId": second, "issuedOn": "2026-05-15"}
    assert await book.refused("issueOrder", early) == ("LATER_ORDER", "issuedOn", "9.2")
    await book.done("cancelOrder", {"orderId": first, "issuedOn": "2026-05-19"})
    assert await book.refused("issueOrder", early) == ("NOT_IN_CLASS", "items.1", "9.2")
    third = await book.draft("DEPARTURE", JUNE + ONE, moved(other), moved(student))
    answer = await book.done("issueOrder", {**early, "orderId": third})
    assert answer["order"]["issuedOn"] == "2026-05-15"


async def test_states_and_versions(book: Book) -> None:
    student = (await book.students("5А"))[0]
    draft = await book.draft("DEPARTURE", JUNE, moved(student))
    stale = {"orderId": draft, "ifVersion": 7}
    for command in ("updateOrder", "deleteOrder", "issueOrder"):
        assert await book.refused(command, stale) == ("CONFLICT", "ifVersion", None)
    assert await book.refused("cancelOrder", {"orderId": draft}) == ("ORDER_STATE", "orderId", "9.2")
    changed = await book.done("updateOrder", {"orderId": draft, "basis": "Заявление", "ifVersion": 1})
    assert (changed["order"]["version"], changed["order"]["items"]["totalCount"]) == (2, 1)
    emptied = await book.done("updateOrder", {"orderId": draft, "items": [], "effectiveOn": str(TOMORROW)})
    assert (emptied["order"]["items"]["totalCount"], emptied["order"]["basis"]) == (0, "Заявление")
    assert await book.refused("issueOrder", {"orderId": draft}) == ("BAD_INPUT", "orderId", None)
    await book.done("updateOrder", {"orderId": draft, "items": [moved(student)]})
    await book.done("issueOrder", {"orderId": draft, "ifVersion": 4})
    for command in ("updateOrder", "deleteOrder", "issueOrder"):
        assert await book.refused(command, {"orderId": draft}) == ("ORDER_STATE", "orderId", "9.2")
    assert await book.refused("cancelOrder", {**stale, "ifVersion": 4}) == ("CONFLICT", "ifVersion", None)
    given = {"orderId": draft, "idempotencyKey": "once"}
    counter = await book.done("cancelOrder", given)
    assert await book.done("cancelOrder", given) == counter
    assert await book.refused("cancelOrder", {"orderId": draft}) == ("ORDER_STATE", "orderId", "9.2")
    again = {"orderId": counter["order"]["id"]}
    assert await book.refused("cancelOrder", again) == ("ORDER_STATE", "orderId", "9.2")
    other = await book.draft("DEPARTURE", JUNE)
    assert await book.done("deleteOrder", {"orderId": other}) == {"__typename": "DeleteOrderPayload", "orderId": other}
    for command in ("updateOrder", "deleteOrder", "issueOrder", "cancelOrder"):
        assert await book.refused(command, {"orderId": other}) == ("NOT_FOUND", "orderId", None)


async def test_a_draft_is_made_once(book: Book) -> None:
    given = {"kind": "DEPARTURE", "effectiveOn": str(JUNE), "idempotencyKey": "one"}
    assert await book.done("draftOrder", given) == await book.done("draftOrder", given)
    other = {**given, "effectiveOn": str(JUNE + ONE)}
    assert await book.refused("draftOrder", other) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)


async def test_a_draft_may_have_grown_old(book: Book) -> None:
    """Who has changed class since is not moved by what a draft says of them."""
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    draft = await book.draft("DEPARTURE", JUNE, moved(student))
    await book.issued("TRANSFER", TOMORROW, moved(student, to))
    assert await book.refused("issueOrder", {"orderId": draft}) == ("NOT_IN_CLASS", "items.0", "9.2")
    await book.done("updateOrder", {"orderId": draft, "basis": "Заявление"})
    await book.done("issueOrder", {"orderId": draft})


async def test_warnings_do_not_refuse(book: Book) -> None:
    """A class that would be too full, and a term that is over, are only told."""
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    await book.db.execute("UPDATE school_class SET capacity = 1 WHERE id = $1", to)
    transfer = await book.draft("TRANSFER", JUNE, moved(student, to))
    departure = await book.draft("DEPARTURE", JUNE, moved((await book.students("9А"))[0]), eventOn="2026-05-04")
    query = "query($id: ID!) { node(id: $id) { ... on MovementOrder { dueOn check { code message student { id } } } } }"
    for draft, told in ((transfer, "5Б рассчитан на 1"), (departure, "07.05.2026")):
        (found,) = (await book.school.data(query, {"id": draft}, as_="director"))["node"]["check"]
        assert found["code"] is None
        assert found["student"] is None
        assert told in found["message"]
        issued = await book.done("issueOrder", {"orderId": draft})
    assert issued["order"]["inTime"] is False


async def test_a_term_counts_the_schools_own_days(book: Book) -> None:
    """A Saturday that is worked is one of the term's days: in the draft, in its check and when it is issued (9.2)."""
    student = (await book.students("9А"))[0]
    query = "query($id: ID!) { node(id: $id) { ... on MovementOrder { dueOn check { message } } } }"

    async def told(draft: str) -> tuple[str, str]:
        found = (await book.school.data(query, {"id": draft}, as_="director"))["node"]
        return found["dueOn"], found["check"][0]["message"]

    draft = await book.draft("DEPARTURE", JUNE, moved(student), eventOn="2026-05-14")
    assert await told(draft) == ("2026-05-19", "Срок приказа был 19.05.2026.")
    await move_day(book.db, None, "2026-05-16")
    assert (await told(draft))[1] == "Срок приказа был 18.05.2026."
    await move_day(book.db, "2026-05-15", "2026-05-23")
    changed = await book.done("updateOrder", {"orderId": draft, "basis": "Заявление"})
    assert changed["order"]["dueOn"] == "2026-05-19"
    await move_day(book.db, "2026-05-18", "2026-05-24")
    issued = await book.done("issueOrder", {"orderId": draft})
    assert issued["order"]["inTime"] is True
    due = await book.db.fetchval("SELECT due_on FROM movement_order WHERE id = $1", number_of(draft))
    assert due == date(2026, 5, 20)


async def test_forming_first_and_tenth_classes_has_a_term_of_its_own(book: Book) -> None:
    new = await book.new_year()
    formed = await book.draft("ENROLMENT", SEPTEMBER, moved(await book.newcomer(), new["10А"]))
    came = await book.draft("ENROLMENT", SEPTEMBER, moved(await book.newcomer(), new["6А"]), eventOn="2026-08-28")
    due = [
        await book.db.fetchval("SELECT due_on FROM movement_order WHERE id = $1", number_of(each))
        for each in (formed, came)
    ]
    assert due == [SEPTEMBER, date(2026, 9, 2)]


# Who may


@pytest.mark.parametrize("command", list(PAYLOADS))
async def test_only_the_secretary_writes(book: Book, command: str) -> None:
    """Whoever else: the field is not there; at the gateway it is forbidden."""
    mutation = schema_for(None)._schema.mutation_type.fields[command]
    assert gate_of(mutation.extensions["strawberry-definition"]).roles == {Role.SECRETARY}
    for role in Role:
        own = schema_for(frozenset({role}))._schema.mutation_type
        assert (own is not None and command in own.fields) == (role is Role.SECRETARY)
    before = await book.contents()
    kind = command[0].upper() + command[1:]
    query = f"mutation($input: {kind}Input!) {{ {command}(input: $input) {{ __typename }} }}"
    given = {"orderId": gid("MovementOrder", 1)}
    given = {"kind": "DEPARTURE", "effectiveOn": str(JUNE)} if command == "draftOrder" else given
    for login in ("director", "deputy", "administrator", "teacher", "class-teacher", "parent", "student", "hr"):
        answer = await book.school.ask(query, {"input": given}, as_=login)
        assert "errors" in answer
        assert not answer.get("data")
    assert await book.contents() == before


async def test_nothing_of_another_school(book: Book) -> None:
    await make_demo(book.db, SMALL, code="other")
    student = await book.db.fetchval("SELECT max(student_id) FROM enrolment WHERE school_id <> 1")
    of = await book.db.fetchval("SELECT max(id) FROM school_class WHERE school_id <> 1")
    theirs = await book.db.fetch("SELECT id, state FROM movement_order WHERE school_id <> 1")
    given = {"kind": "DEPARTURE", "effectiveOn": str(JUNE), "items": [moved(student)]}
    assert await book.refused("draftOrder", given) == ("NOT_FOUND", "items.0.studentId", None)
    given = {**given, "items": [], "classes": [{"classId": gid("SchoolClass", of)}]}
    assert await book.refused("draftOrder", given) == ("NOT_FOUND", "classes.0.classId", None)
    for row in theirs:
        for command in ("updateOrder", "deleteOrder", "issueOrder", "cancelOrder"):
            given = {"orderId": gid("MovementOrder", row["id"])}
            assert await book.refused(command, given) == ("NOT_FOUND", "orderId", None)


async def test_who_reads_the_book(book: Book) -> None:
    """The class teacher finds their own class's; an analyst is told how many, by fives; a parent nothing."""
    items = "items(first: 100) { nodes { fromClass { name } toClass { name } } }"
    query = f"{{ school {{ movementBook(first: 100) {{ nodes {{ state {items} }} }} }} }}"
    me = (await book.school.data("{ me { ledClasses { name } } }", as_="class-teacher"))["me"]
    led = {of["name"] for of in me["ledClasses"]}
    for login, own in (("director", False), ("deputy", False), ("administrator", False), ("class-teacher", True)):
        nodes = (await book.school.data(query, as_=login))["school"]["movementBook"]["nodes"]
        moves = [item for node in nodes for item in node["items"]["nodes"]]
        assert "DRAFT" not in {node["state"] for node in nodes}
        assert {of["name"] for item in moves for of in item.values() if of} >= led
        assert own == all(led & {of["name"] for of in item.values() if of} for item in moves)
    counts = 'movementCounts(since: "2025-09-01", until: "2026-08-31") { kind grade students arrived left }'
    told, found = [
        (await book.school.data(f"{{ school {{ {counts} }} }}", as_=login))["school"]["movementCounts"]
        for login in ("analyst", "deputy")
    ]
    assert sum(row["arrived"] for row in found) == await book.db.fetchval(
        "SELECT count(DISTINCT student_id) FROM enrolment"
    )
    assert sum(row["left"] for row in found) == SMALL.left
    many = [row for row in found if row["students"] >= 5]
    assert 0 < len(many) < len(found)
    numbers = ("students", "arrived", "left")
    assert told == [row | {name: few(row[name], row[name]) for name in numbers} for row in many]
    for login in ("analyst", "parent", "student", "hr"):
        assert "errors" in await book.school.ask(query, as_=login)


async def test_who_moves_twice_is_one_student(book: Book) -> None:
    """Counts are of students: four who go to the other class and come back are not eight."""
    first, second = await book.class_id("5А"), await book.class_id("5Б")
    students = (await book.students("5А"))[:4]
    query = '{ school { movementCounts(since: "2025-09-01", until: "2026-08-31") { kind grade students } } }'

    async def transferred(login: str) -> list[int]:
        rows = (await book.school.data(query, as_=login))["school"]["movementCounts"]
        return [row["students"] for row in rows if (row["kind"], row["grade"]) == ("TRANSFER", 5)]

    before = {
        row["student_id"]
        for row in await book.db.fetch(
            "SELECT i.student_id FROM movement_item AS i JOIN movement_order AS o ON o.id = i.order_id"
            " JOIN school_class AS c ON c.id = i.from_class_id WHERE o.kind = 'transfer' AND c.grade = 5"
        )
    }
    for day, source, to in ((date(2026, 5, 21), first, second), (date(2026, 5, 22), second, first)):
        await order(book.db, 1, "transfer", day, [(student, source, to) for student in students])
    there = len(before.union(students))
    assert await transferred("deputy") == [there]
    assert await transferred("analyst") == ([few(there, there)] if there >= 5 else [])


# What holds whoever writes


@pytest.mark.parametrize(("starts_on", "ends_on"), [(date(2026, 6, 1), None), (date(2025, 8, 1), date(2025, 9, 1))])
async def test_the_database_keeps_a_student_in_one_class(book: Book, starts_on: date, ends_on: date | None) -> None:
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    (came,) = await order(book.db, 1, "enrolment", starts_on, [(student, None, to)])
    (left,) = await order(book.db, 1, "departure", starts_on + timedelta(40), [(student, to, None)])
    row = (student, to, starts_on, ends_on, came, left if ends_on else None)
    with pytest.raises((asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError)):
        await book.db.execute(
            "INSERT INTO enrolment (school_id, student_id, class_id, starts_on, ends_on, opened_by, ended_by) "
            "VALUES (1, $1, $2, $3, $4, $5, $6)",
            *row,
        )


async def test_only_orders_change_memberships(book: Book) -> None:
    one, other = (await book.students("5А"))[:2]
    with pytest.raises(asyncpg.CheckViolationError, match="enrolment_ended"):
        await book.db.execute("UPDATE enrolment SET ends_on = '2026-06-01' WHERE student_id = $1", one)
    (of_other,) = await order(book.db, 1, "departure", JUNE, [(other, None, None)])
    (drafted,) = await order(book.db, 1, "departure", JUNE, [(one, None, None)])
    await book.db.execute(
        "UPDATE movement_order SET state = 'draft', position = NULL, number = NULL, issued_on = NULL "
        "WHERE id = (SELECT order_id FROM movement_item WHERE id = $1)",
        drafted,
    )
    for item in (of_other, drafted):
        with pytest.raises(asyncpg.CheckViolationError, match="only an issued order"):
            await book.db.execute(
                "UPDATE enrolment SET ends_on = '2026-06-01', ended_by = $2 WHERE student_id = $1", one, item
            )
    with pytest.raises(asyncpg.NotNullViolationError):
        await book.db.execute(
            "INSERT INTO enrolment (school_id, student_id, class_id, starts_on) VALUES (1, $1, 1, '2027-06-01')", one
        )


async def test_what_was_replaced_is_kept(book: Book) -> None:
    student = (await book.students("5А"))[0]
    await book.issued("DEPARTURE", JUNE, moved(student))
    kept = await book.db.fetch(
        "SELECT operation, version, row ->> 'ends_on' AS ends_on, command FROM history "
        "JOIN audit_entry ON audit_entry.id = audit_entry_id "
        "WHERE relation = 'enrolment' AND row ->> 'student_id' = $1",
        str(student),
    )
    assert [tuple(row) for row in kept] == [("update", 1, None, "issueOrder")]


async def test_the_demo_can_be_undone(book: Book) -> None:
    """What the demo and the tests write straight into the tables is as orders would have left it."""
    departed = await book.db.fetchval(
        "SELECT order_id FROM movement_item JOIN enrolment ON ended_by = movement_item.id "
        "JOIN movement_order AS o ON o.id = order_id WHERE o.kind = 'departure' LIMIT 1"
    )
    await book.done("cancelOrder", {"orderId": gid("MovementOrder", departed)})
    student = (await book.students("9Б"))[0]
    await end(book.db, 1, DEMO_TODAY - ONE, student)
    gone = await book.db.fetchval("SELECT max(id) FROM movement_order")
    await book.done("cancelOrder", {"orderId": gid("MovementOrder", gone)})
    assert student in await book.students("9Б")
