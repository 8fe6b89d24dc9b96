"""The graph of topic plans as the plain-Python oracle walks it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from . import oracle_graph as graph
from .oracle import holds
from .oracle_graph import Arguments, Link, Row, by, by_date, link, links, on_day, through
from .oracle_rights import Eyes


def plans(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The school's plans: this year's, or another's."""
    year, subject = given.get("yearId"), given.get("subjectId")
    years = {each["id"] for each in eyes.world.of("academic_year", eyes.school) if holds(each, eyes.today)}
    return [
        each
        for each in eyes.world.of("topic_plan", row["school_id"])
        if (each["year_id"] == year.number if year else each["year_id"] in years)
        and (not subject or each["subject_id"] == subject.number)
        and given.get("grade") in (None, each["grade"])
    ]


def of_class(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    groups = eyes.world.where("study_group", "class_id", row["id"])
    return [each for group in groups for each in eyes.world.where("topic_plan_assignment", "group_id", group["id"])]


def of_teaching(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    rows = eyes.world.where("topic_plan_assignment", "group_id", row["group_id"])
    return [each for each in rows if each["subject_id"] == row["subject_id"]]


def _begun(eyes: Eyes, of: Row) -> date:
    rows = eyes.world.where("teaching_assignment", "group_id", of["group_id"])
    return min(each["starts_on"] for each in rows if each["subject_id"] == of["subject_id"])


def missing(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return [
        {**each, "due": max(date(row["starts_on"].year, 10, 1), _begun(eyes, each))}
        for each in eyes.world.of("teaching_assignment", row["school_id"])
        if eyes.year_of(each)["id"] == row["id"] and eyes.has_no_plan(each)
    ]


def last_day(eyes: Eyes, assignment: Row) -> date:
    year = eyes.world.row("academic_year", eyes.world.row("topic_plan", assignment["plan_id"])["year_id"])
    found: date = assignment["ends_on"] or year["ends_on"]
    return found


def lessons(eyes: Eyes, assignment: Row) -> list[Row]:
    """The lessons under an assignment that were not cancelled."""
    return [
        each
        for each in eyes.world.where("lesson", "group_id", assignment["group_id"])
        if each["subject_id"] == assignment["subject_id"]
        and assignment["starts_on"] <= each["date"] <= last_day(eyes, assignment)
        and each["state"] != "cancelled"
    ]


def hours(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    of_group, found = lessons(eyes, row), list[Row]()
    for topic in eyes.world.where("topic", "plan_id", row["plan_id"]):
        placed = [each for each in of_group if each["topic_id"] == topic["id"]]
        found.append(
            {
                "topic_id": topic["id"],
                "position": topic["position"],
                "planned": topic["hours"],
                "scheduled": len(placed),
                "held": sum(each["state"] == "held" for each in placed),
                "leftOver": max(0, topic["hours"] - len(placed)),
                "placed": placed,
            }
        )
    return found


def progress(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    of_group, of_topics = lessons(eyes, row), hours(eyes, row, given)
    return [
        {
            "topics": len(of_topics),
            "planned": sum(each["planned"] for each in of_topics),
            "scheduled": len(of_group),
            "held": sum(each["state"] == "held" for each in of_group),
            "covered": sum(each["held"] >= each["planned"] for each in of_topics),
            "leftOver": sum(each["leftOver"] for each in of_topics),
            "withoutTopic": sum(each["topic_id"] is None for each in of_group),
        }
    ]


def placed(eyes: Eyes, row: Row, given: Arguments) -> Sequence[Row]:
    found: Sequence[Row] = row["placed"]
    return found


_YEAR_SUBJECT: dict[str, Link] = {
    "year": link("AcademicYear", "academic_year", "year_id"),
    "subject": link("Subject", "subject", "subject_id"),
}

LINKS: dict[str, dict[str, Link]] = {
    "School": {
        "topicPlans": Link(
            "TopicPlan", plans, "page", by("grade", "subject_id", "id"), ("first", "yearId", "subjectId", "grade")
        ),
    },
    "AcademicYear": {"missingTopicPlans": Link("MissingTopicPlan", missing, "page", graph.by_id, ("first",))},
    "SchoolClass": {
        "topicPlans": Link(
            "TopicPlanAssignment", on_day(of_class), "many", by("subject_id", "group_id", "id"), ("on",)
        ),
    },
    "TeachingAssignment": {"topicPlan": Link("TopicPlanAssignment", on_day(of_teaching), takes=("on",))},
    "Lesson": {"plannedTopic": link("Topic", "topic", "topic_id")},
    "LessonRecord": {"plannedTopic": link("Topic", "topic", "topic_id")},
    "TopicPlan": {
        **_YEAR_SUBJECT,
        "author": link("Staff", "staff", "author_id"),
        "sections": links("TopicSection", "topic_section", "plan_id", "position"),
        "topics": links("Topic", "topic", "plan_id", "position"),
        "assignments": links("TopicPlanAssignment", "topic_plan_assignment", "plan_id", "starts_on", "id"),
    },
    "TopicSection": {"topics": links("Topic", "topic", "section_id", "position")},
    "Topic": {
        "card": Link("TopicCard", graph.itself),
        "section": link("TopicSection", "topic_section", "section_id"),
        "plan": link("TopicPlan", "topic_plan", "plan_id"),
    },
    "TopicCard": {
        "workTypes": Link(
            "WorkType",
            through("topic_work_type", "topic_id", "work_type_id", dated=False),
            "many",
            by("position", "id"),
        ),
    },
    "TopicPlanAssignment": {
        "plan": link("TopicPlan", "topic_plan", "plan_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "progress": Link("TopicPlanProgress", progress, free=True),
        "hours": Link("TopicHours", hours, "many", by("position"), free=True),
    },
    "TopicHours": {
        "topic": link("Topic", "topic", "topic_id"),
        "lessons": Link("Lesson", placed, "many", by_date),
    },
    "MissingTopicPlan": {"assignment": Link("TeachingAssignment", graph.itself)},
}
"""Type → field → where it leads, as in `oracle_links`."""


def _shown(*names: str) -> dict[str, Any]:
    return {name: lambda world, row, name=name: row[name] for name in names}


SCALARS: dict[str, dict[str, Any]] = {
    "TopicPlan": _shown("grade"),
    "TopicSection": _shown("title"),
    "Topic": _shown("name", "hours"),
    "TopicPlanAssignment": {"startsOn": lambda world, row: str(row["starts_on"])},
    "TopicPlanProgress": _shown("topics", "planned", "scheduled", "held", "covered", "leftOver", "withoutTopic"),
    "TopicHours": _shown("planned", "scheduled", "held", "leftOver"),
    "MissingTopicPlan": {"dueOn": lambda world, row: str(row["due"])},
}

PERSONAL = {"TopicPlan": _shown("title")}
WITHOUT_ID = {"TopicCard", "TopicPlanProgress", "TopicHours", "MissingTopicPlan"}
