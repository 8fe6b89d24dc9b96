"""What a diary holds beside its days, as the oracle walks it: results, forecasts, what is owed, homework."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from . import oracle_feed as feed
from . import oracle_graph as graph
from .oracle import MARK_NUMBERS, holds
from .oracle_graph import Arguments, Link, Row, by, link
from .oracle_rights import Eyes

VALUES = ("5", "4", "3", "2", "1")


@dataclass(frozen=True)
class Supposed:
    """A mark that is not there, as an argument."""

    value: str
    weight: int

    def __str__(self) -> str:
        return f'{{value: "{self.value}", weight: {self.weight}}}'


def due_on(eyes: Eyes, mark: Row) -> Any:
    """The task's due day, or the lesson's."""
    return eyes.world.by_id["task"][mark["task_id"]]["due_on"] or mark["lesson_date"]


def overdue(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """«Точки» of the year that runs whose day is over, of those that the viewer sees."""
    years = [each for each in eyes.world.of("academic_year", eyes.school) if holds(each, eyes.today)]
    return [
        {**each, "due_on": due_on(eyes, each)}
        for each in eyes.world.where("mark", "student_id", row["id"])
        if each["value"] == "." and due_on(eyes, each) < eyes.today and each["id"] in eyes.sees("Mark")
        if any(year["starts_on"] <= each["lesson_date"] <= year["ends_on"] for year in years)
    ]


def homework(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """What was given to a student at the lessons of those days, or of a period."""
    subject, found = given.get("subjectId"), list[Row]()
    if "from" in given:
        since, until = given["from"], given["to"]
    elif (period := graph.asked_period(eyes, row, given)) is None:
        return []
    else:
        since, until = period["starts_on"], period["ends_on"]
    for number in eyes.world.attended[row["id"]]:
        lesson = eyes.world.by_id["lesson"][number]
        if since <= lesson["date"] <= until and (not subject or lesson["subject_id"] == subject.number):
            of_lesson = eyes.world.where("homework", "lesson_id", number)
            found += [each for each in of_lesson if each["for_all"] or row["id"] in eyes.world.named[each["id"]]]
    return found


def _lessons(eyes: Eyes, student: int, period: Row) -> list[Row]:
    """The lessons of the student's diary in a period that the viewer sees."""
    seen = eyes.sees("DiaryLesson")
    lessons = (eyes.world.by_id["lesson"][each] for each in eyes.world.attended[student])
    return [
        each
        for each in lessons
        if period["starts_on"] <= each["date"] <= period["ends_on"] and (student, each["id"]) in seen
    ]


def results(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The subjects that a student has lessons in."""
    period = graph.asked_period(eyes, row, given)
    if period is None:
        return []
    subjects = {each["subject_id"] for each in _lessons(eyes, row["id"], period)}
    return [{"student_id": row["id"], "subject_id": subject, "period": period} for subject in subjects]


def _of_result(table: str) -> graph.Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        return [
            each
            for each in eyes.world.where(table, "student_id", row["student_id"])
            if row["period"]["starts_on"] <= each["lesson_date"] <= row["period"]["ends_on"]
            and eyes.world.lesson_of(each)["subject_id"] == row["subject_id"]
        ]

    return find


marks = _of_result("mark")


def _seen_marks(eyes: Eyes, row: Row) -> list[Row]:
    return [each for each in marks(eyes, row, {}) if each["id"] in eyes.sees("Mark")]


def average(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    found = _seen_marks(eyes, row)
    return [{"subject_id": row["subject_id"], **graph.average(eyes, found)}] if found else []


def _pairs(eyes: Eyes, found: Sequence[Row]) -> list[tuple[int, int]]:
    """Number and weight of the marks that count."""
    tasks = eyes.world.by_id["task"]
    return [(MARK_NUMBERS[m["value"]], tasks[m["task_id"]]["weight"]) for m in found if m["value"] in MARK_NUMBERS]


def _mean(pairs: Sequence[tuple[int, int]], digits: str = "0.01") -> float | None:
    weight = sum(weight for _, weight in pairs)
    heavy = Decimal(sum(number * weight for number, weight in pairs))
    return float((heavy / weight).quantize(Decimal(digits), ROUND_HALF_UP)) if pairs else None


def what_if(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    more = [(MARK_NUMBERS[e.value], e.weight) for e in given["marks"] if e.value in MARK_NUMBERS]
    pairs = _pairs(eyes, _seen_marks(eyes, row)) + more
    simple = _mean([(number, 1) for number, _ in pairs])
    return [{"subject_id": row["subject_id"], "average": simple, "weighted": _mean(pairs), "counted": len(pairs)}]


def need(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """By trying one mark more at a time."""
    pairs, weight, found = _pairs(eyes, _seen_marks(eyes, row)), given.get("weight", 1), list[Row]()
    for place, value in enumerate(VALUES):
        more = (int(value), weight)
        tried = (count for count in range(101) if (_mean(pairs + [more] * count) or 0) >= given["target"])
        found.append({"place": place, "value": value, "count": next(tried, None)})
    return found


def class_average(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Of the group that the student had the subject in last; nothing of fewer than five others."""
    lessons = [
        each for each in _lessons(eyes, row["student_id"], row["period"]) if each["subject_id"] == row["subject_id"]
    ]
    group = max(lessons, key=lambda each: (each["date"], each["id"]))["group_id"]
    found = [
        mark
        for lesson in eyes.world.where("lesson", "group_id", group)
        if lesson["subject_id"] == row["subject_id"]
        and row["period"]["starts_on"] <= lesson["date"] <= row["period"]["ends_on"]
        for mark in eyes.world.where("mark", "lesson_id", lesson["id"])
        if mark["value"] in MARK_NUMBERS
    ]
    own = {row["student_id"], eyes.student, *eyes.children}
    shown = len({mark["student_id"] for mark in found} - own) >= 5
    pairs = _pairs(eyes, found) if shown else []
    simple = _mean([(number, 1) for number, _ in pairs], "0.1")
    return [{"shown": shown, "average": simple, "weighted": _mean(pairs, "0.1")}]


def acknowledgements(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Of a week, by those who were in the class on a day of it."""
    monday = given["weekOf"] - timedelta(days=given["weekOf"].weekday())
    days = [monday + timedelta(days=number) for number in range(7)]
    there = {
        each["student_id"]
        for each in eyes.world.where("enrolment", "class_id", row["id"])
        if any(holds(each, day) for day in days)
    }
    signed = eyes.world.of("week_acknowledgement", row["school_id"])
    return [each for each in signed if each["week_starts_on"] == monday and each["student_id"] in there]


LINKS: dict[str, dict[str, Link]] = {
    "Student": {
        "overdue": Link("OverdueWork", overdue, "many", by("due_on", "id"), free=True),
        "results": Link("SubjectResult", results, "many", by("subject_id"), ("periodId",), free=True),
        "acknowledgements": Link(
            "WeekAcknowledgement",
            graph.many("week_acknowledgement", "student_id"),
            "page",
            by("week_starts_on", "id"),
            ("first",),
        ),
        "feed": Link("FeedItem", feed.feed, "page", by("transaction", "id"), ("first",)),
        "homework": Link(
            *("Homework", homework, "page", by("lesson_date", "id")),
            ("from", "to", "periodId", "first", "subjectId"),
        ),
    },
    "SchoolClass": {
        "acknowledgements": Link("WeekAcknowledgement", acknowledgements, "many", by("student_id", "id"), ("weekOf",))
    },
    "WeekAcknowledgement": {
        "student": link("Student", "student", "student_id"),
        "guardian": link("Guardian", "guardian", "guardian_id"),
    },
    "FeedItem": {
        "subject": link("Subject", "subject", "subject_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "mark": link("Mark", "mark", "mark_id"),
        "attendance": link("Attendance", "attendance", "attendance_id"),
        "homework": link("Homework", "homework", "homework_id"),
        "finalMark": link("FinalMark", "final_mark", "final_mark_id"),
    },
    "OverdueWork": {
        "mark": Link("Mark", graph.itself),
        "task": link("Task", "task", "task_id"),
        "subject": Link("Subject", lambda eyes, row, given: [graph.subject_of(eyes, row)]),
    },
    "SubjectResult": {
        "subject": link("Subject", "subject", "subject_id"),
        "marks": Link("Mark", marks, "many", by("lesson_date", "task_id", "id")),
        "attendance": Link("Attendance", _of_result("attendance"), "many", by("lesson_date", "id")),
        "average": Link("SubjectAverage", average, free=True),
        "classAverage": Link("ClassAverage", class_average, free=True),
        "whatIf": Link("SubjectAverage", what_if, takes=("marks",), free=True),
        "need": Link("NeededMarks", need, "many", by("place"), ("target", "weight"), free=True),
    },
}
"""Type → field → where it leads, as in `oracle_links`."""

SCALARS: dict[str, dict[str, Any]] = {
    "WeekAcknowledgement": {"weekStartsOn": lambda world, row: str(row["week_starts_on"])},
    "FeedItem": {
        "kind": lambda world, row: row["kind"].upper(),
        "lessonDate": lambda world, row: None if row["kind"] == "final_mark" else str(row["starts_on"]),
    },
    "OverdueWork": {"dueOn": lambda world, row: str(row["due_on"])},
    "ClassAverage": {
        "average": lambda world, row: row["average"],
        "weightedAverage": lambda world, row: row["weighted"],
    },
    "NeededMarks": {name: lambda world, row, name=name: row[name] for name in ("value", "count")},
}

WITHOUT_ID = {"FeedItem", "OverdueWork", "NeededMarks", "SubjectResult", "ClassAverage"}

BARE = {
    "a year of one student": {"Student.overdue", "Student.results"},
    "a period of one student in one subject": {"SubjectResult.marks", "SubjectResult.attendance"},
    "a class and a week": {"SchoolClass.acknowledgements"},
    "a mark each": {"SubjectResult.need"},
}
"""The bare lists, as in `test_matrix`."""

INSIDE = {
    "FeedItem": ("Student", "feed(first: 1) { nodes { @ } }"),
    "OverdueWork": ("Student", "overdue { @ }"),
    "SubjectResult": ("Student", "results(periodId: $period) { @ }"),
    "ClassAverage": ("Student", "results(periodId: $period) { classAverage { @ } }"),
    "NeededMarks": ("Student", "results(periodId: $period) { need(target: 4) { @ } }"),
}
"""The way to types that are no nodes, as in `oracle_shape`."""

SAMPLES = {"weekOf": '"2026-05-13"', "target": "4.5", "weight": "1", "marks": '[{value: "5"}]'}


def drawn(rng: Any, name: str) -> Any:
    """An argument."""
    if name == "marks":
        return [Supposed(rng.choice((*VALUES, "зач.")), rng.choice((1, 3))) for _ in range(rng.randint(1, 3))]
    return rng.choice((3, 4, 5)) if name == "target" else rng.choice((1, 2, 10))
