"""Every hot statement has its index: with sequential scans made dear, none is left on a table that grows."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from resolvers.database import Snapshot, Statement

from .conftest import School

GROWING = (
    *("lesson", "task", "mark", "attendance", "roll_call", "homework", "history", "audit_entry"),
    *("lesson_correction", "calendar_feed", "login_failure", "mismatch_report", "mismatch_date", "mismatch_step"),
    *("final_mark", "final_mark_version", "period_closing"),
    "change",
    *("unlock", "unlock_lesson", "unlock_edit"),
    *("outage", "outage_transfer", "report_filing", "obligation_note", "roll_call_version", "lesson_version"),
    "timetable_entry",
    "remark",
    *("excuse", "task_recipient", "homework_answer", "answer_attachment"),
)
SCAN = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\b")

DIARY = """{ me { children { diary(from: "2026-05-11", to: "2026-05-16") { days { lessons {
  subject { name } teacher { name } substitute { name } attendance { letters } marks { value }
  tasks { task { workType { name } attachments { name } } mark { value } } homework {
  text attachments { name } answers { text attachments { name } } }
} } } } } }"""
JOURNAL = """query($class: ID!, $subject: ID!, $period: ID!) {
  journalPage(classId: $class, subjectId: $subject, periodId: $period) {
    lessons { record { topic tasks { name marks { value } } homework { text } marks { value } attendance { code } } }
    rows { student { id } marks { value } attendance { code } average { average } } } }"""
SCHOOL = """query($period: ID!) { school { classes(first: 100) { nodes { students {
  marks(periodId: $period, first: 100) { totalCount nodes { value } }
  attendance(periodId: $period, first: 100) { nodes { code } } averages(periodId: $period) { average } } } } } }"""
TIMETABLE = """{ school { classes(first: 100) { nodes {
  lessons(since: "2026-05-11", until: "2026-05-16", first: 50) { nodes { record { topic } } } } }
  staff(first: 100) { nodes { lessons(since: "2026-05-11", until: "2026-05-16", first: 50) { nodes { number } }
} } } }"""

SUBSTITUTES = """{ school {
  staffAbsences(since: "2026-05-01", until: "2026-06-01", first: 50) { nodes {
    lessonsToCover(first: 50) { nodes { corrections { reason } freeTeachers { name } } } } } } }"""

MISMATCHES = """{ school {
  mismatchReports(first: 50, state: OPEN) { totalCount nodes {
    dates { differs lessons { number } } steps { text madeBy { name } } reportedBy { name } } }
  classes(first: 100) { nodes { mismatchReports(first: 50) { nodes { state } } } } } }"""

FEED_OF = """{ me { @ { feed(first: 50) { totalCount nodes { kind mark { value } attendance { letters }
  homework { text } subject { name } lesson { date } } } } } }"""
UNLOCKS = """{ school { unlocks(first: 50, state: GRANTED) { totalCount nodes {
  staff { name } decidedBy { name } edits(first: 50) { totalCount nodes { at command lesson { date } } }
  lessons { record { editing { locked unlocks { until } } } } } } } }"""
MINE = """{ me { unlocks(first: 50) { totalCount nodes {
  state lessons { number } edits(first: 9) { nodes { at } } } } } }"""
RESULTS = """query($period: ID!) { me { @ {
  overdue { dueOn task { name } } homework(first: 20, periodId: $period) { totalCount nodes { text publishedOn } }
  results(periodId: $period) { periodMark { value } marks { value } attendance { letters } average { average }
    classAverage { average }
    whatIf(marks: [{value: "5"}]) { average } need(target: 4.5) { count } } } } }"""


FINALS = """query($class: ID!, $period: ID!) { schoolClass(id: $class) { periodClosings { reason closedBy { name } }
  finalMarks(periodId: $period) { state mark { value decision { differs decidedBy { name } } }
  proposal { value } } } }"""
FINAL_HISTORY = """query($class: ID!, $period: ID!) { schoolClass(id: $class) { finalMarks(periodId: $period) {
  history { value changedBy { name } } mark { history { command reason } } } } }"""
OF_STUDENTS = """{ school { students(first: 50) { nodes { finalMarks { value subject { name } proposal { value }
  mark { decision { proposed } } } } } } }"""
OF_CHILDREN = "{ me { children { finalMarks { value state subject { name } mark { setAt } } } } }"
WATCH = """{ @ { obligations(first: 50, since: "2026-05-11", until: "2026-05-23") { totalCount nodes {
  what dueOn doneAt status staff { name } lesson { number } task { name } } }
  obligationCounts(by: [DEADLINE], since: "2026-05-11", until: "2026-05-23") { total } } }"""
REMARKS = """{ school { remarks(first: 50, state: OPEN) { totalCount nodes { text state staff { name } } }
  } me { remarks(first: 50) { totalCount nodes { text state madeBy { name } lesson { date } } } } }"""
CONTROL = """{ school { reports { journalControl(from: "2026-05-18", until: "2026-05-20", groupBy: STAFF) {
  rows { figures { checks { figure { value } } } } findings(first: 50) { totalCount nodes { key } } } } } }"""
OUTAGES = """{ school { outages(first: 50) { totalCount nodes { status dueOn declaredBy { name }
  journals(first: 100) { totalCount nodes { lessons recorded group { name } subject { name } } } } }
  classes(first: 100) { nodes {
    lessons(since: "2026-05-11", until: "2026-05-16", first: 50) { nodes { record { transfers { paperDate } } } } } }
} }"""

EXCUSES = """{ school { students(first: 50) { nodes {
  excuses(first: 10) { totalCount nodes { kind attachments { name } attendance(first: 10) { nodes { code } } } }
  diary(from: "2026-05-12", to: "2026-05-14") {
    days { excuse { kind } lessons { attendance { excuse { kind } } marks { attendance { code } }
      tasks { task { recipients { name } } } lesson { record { expectedAbsent { name } } } } } }
} } } }"""

SUMMARIES = """query($period: ID!) { school { reports {
  classesSummary(periodId: $period) { rows { part { schoolClass { name } } figures { quality { value } } } }
  resultsSummary(periodId: $period) { rows { figures { quality { value marks { value } } } } } } } }"""
BOOK = """{ school { reports { occupancy { rows { students } }
  movement(from: "2025-09-01", until: "2026-05-20") { rows { moves { atEnd } } moves { student { name } } } } } }"""


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The plan of each statement that is run, with its text."""
    seen: list[tuple[str, str]] = []
    fetch = Snapshot.fetch

    async def explained(
        self: Snapshot, statement: Statement, parameters: Mapping[str, Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        rows = await fetch(self, statement, parameters, *args, **kwargs)
        async with self._turn:
            await self._connection.execute("SET enable_seqscan = off")
            plan = await self._connection.fetch(f"EXPLAIN {statement.text}", *statement.arguments(parameters))
            await self._connection.execute("SET enable_seqscan = on")
        seen.append((statement.text, "\n".join(line[0] for line in plan)))
        return rows

    monkeypatch.setattr(Snapshot, "fetch", explained)
    return seen


async def ids(school: School, login: str) -> dict[str, str]:
    found = await school.data(
        "{ school { currentYear { periods { id kind number } } subjects(first: 100) { nodes { id name } } "
        "classes(first: 1) { nodes { id } } } }",
        as_="deputy",
    )
    (period,) = [p for p in found["school"]["currentYear"]["periods"] if (p["kind"], p["number"]) == ("QUARTER", 4)]
    (subject,) = [s for s in found["school"]["subjects"]["nodes"] if s["name"] == "Английский язык"]
    classes = found["school"]["classes"]["nodes"]
    if login == "class-teacher":
        classes = (await school.data("{ me { ledClasses { id } } }", as_=login))["me"]["ledClasses"]
    return {"period": period["id"], "subject": subject["id"], "class": classes[0]["id"]}


@pytest.mark.parametrize(
    ("login", "query"),
    [
        ("parent-of-two", DIARY),
        ("parent-of-two", FEED_OF.replace("@", "children")),
        ("student", FEED_OF.replace("@", "student")),
        ("class-teacher", FEED_OF.replace("@ {", "ledClasses { students {") + "}"),
        ("parent-of-two", RESULTS.replace("@", "children")),
        ("student", RESULTS.replace("@", "student")),
        ("class-teacher", RESULTS.replace("@ {", "ledClasses { students {") + "}"),
        ("deputy", JOURNAL),
        ("class-teacher", JOURNAL),
        ("analyst", JOURNAL.replace("topic tasks { name marks", "tasks { marks").replace("{ text }", "{ id }")),
        ("deputy", SCHOOL),
        ("teacher", SCHOOL),
        ("deputy", TIMETABLE),
        ("student", TIMETABLE),
        ("deputy", SUBSTITUTES),
        ("deputy", MISMATCHES),
        ("teacher", MISMATCHES),
        ("deputy", EXCUSES),
        ("class-teacher", EXCUSES),
        ("deputy", FINALS),
        ("class-teacher", FINALS),
        ("deputy", FINAL_HISTORY),
        ("class-teacher", FINAL_HISTORY),
        ("deputy", OF_STUDENTS),
        ("parent", OF_CHILDREN),
        ("director", UNLOCKS),
        ("teacher", MINE),
        ("deputy", "{ school { remarks(first: 50, state: OPEN) { totalCount nodes { text state staff { name } } } } }"),
        ("teacher", REMARKS),
        ("deputy", CONTROL),
        ("deputy", OUTAGES),
        *(("deputy", WATCH.replace("@", "school")), ("class-teacher", WATCH.replace("@", "me"))),
        ("teacher", OUTAGES),
        ("deputy", SUMMARIES),
        ("secretary", BOOK),
    ],
)
async def test_no_growing_table_is_scanned(
    school: School, plans: list[tuple[str, str]], login: str, query: str
) -> None:
    known = await ids(school, login)
    await school.token(login)
    plans.clear()
    await school.data(query, {name: value for name, value in known.items() if f"${name}" in query}, as_=login)
    assert len(plans) >= 2, "the viewer's statement and the query's"
    assert [f"{text}\n{plan}" for text, plan in plans if SCAN.search(plan)] == []


FEED = """mutation($of: ID!) { createCalendarFeed(input: {ofId: $of}) { ... on CreateCalendarFeedPayload {
  path feed { id } } } }"""
FEEDS = "{ me { calendarFeeds(first: 20, revoked: false) { nodes { id } } } }"


@pytest.mark.parametrize("login", ["parent", "teacher", "deputy"])
async def test_no_growing_table_is_scanned_for_a_calendar(
    own_school: School, plans: list[tuple[str, str]], login: str
) -> None:
    """Nor is one for the list of one's links."""
    query = "{ school { classes(first: 1) { @ } rooms(first: 1) { @ } staff(first: 1) { @ } } }".replace(
        "@", "nodes { id }"
    )
    known = (await own_school.data(query, as_="deputy"))["school"]
    of_class = "{ me { children { schoolClass { id } } } }"
    children = (await own_school.data(of_class, as_=login))["me"]["children"] if login == "parent" else []
    targets = [each["schoolClass"]["id"] for each in children] or [known[each]["nodes"][0]["id"] for each in known]
    paths = [(await own_school.data(FEED, {"of": of}, as_=login))["createCalendarFeed"]["path"] for of in targets]
    plans.clear()
    await own_school.data(FEEDS, as_=login)
    for path in paths:
        assert (await own_school.client.get(path)).status_code == 200
    assert len(plans) >= 2 + 9 * len(paths)
    assert [f"{text}\n{plan}" for text, plan in plans if SCAN.search(plan)] == []


CARDS = """{ school { students(first: 100) { nodes { card { phone email address }
  guardianships { guardian { phone email address } } } } } }"""


async def test_decisions_on_contacts_are_looked_up_once(school: School, plans: list[tuple[str, str]]) -> None:
    """A statement of cards asks each decision once, not once a card (4.8)."""
    await school.data(CARDS, as_="secretary")
    about = [plan for text, plan in plans if "contact_decision" in text]
    assert about
    for plan in about:
        decisions = re.findall(r"^( *)->.*contact_decision", plan, re.MULTILINE)
        assert len(decisions) == plan.count("InitPlan") == 3, plan
        assert "SubPlan" not in plan, plan
