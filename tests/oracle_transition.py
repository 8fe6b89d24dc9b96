"""The preflight of a new school year in plain Python."""

from collections.abc import Iterator
from typing import Any

from .oracle import World, holds

KINDS = (
    *("year_not_over", "student_without_order", "student_without_class", "class_without_leader"),
    *("class_without_periods", "draft_order", "open_form", "class_without_plan", "subject_without_teacher"),
)
MAY_WAIT = KINDS[5:]
PERIODS = {"quarter": 4, "trimester": 3, "half_year": 2}


def findings(world: World, transition: Any) -> list[dict[str, Any]]:
    """What stands in the way of a transition that is under way, in the order in which it is told."""
    if transition["state"] != "under_way":
        return []
    found = [
        {"student_id": None, "class_id": None, "order_id": None, "subject_id": None, "form_id": None}
        | objects
        | {"kind": kind, "number": number, "id": (transition["id"], kind, number)}
        for kind, number, objects in (*_old(world, transition), *_left(world, transition), *_new(world, transition))
    ]
    return sorted(found, key=lambda each: (KINDS.index(each["kind"]), each["number"]))


Found = Iterator[tuple[str, int, dict[str, Any]]]


def _old(world: World, transition: Any) -> Found:
    """The year that ends, and its students."""
    year, new = transition["from_year_id"], transition["to_year_id"]
    if any(row["ends_on"] >= world.today for row in world.where("period", "year_id", year)):
        yield "year_not_over", year, {}
    going_on = {row["continues_id"] for row in world.where("school_class", "year_id", new)} if new else set()
    placed = {row["student_id"] for row in world.where("transition_placement", "transition_id", transition["id"])}
    for of in world.where("school_class", "year_id", year):
        for stay in world.where("enrolment", "class_id", of["id"]):
            objects = {"student_id": stay["student_id"], "class_id": of["id"]}
            if stay["ended_by"] is None:
                yield "student_without_order", stay["id"], objects
                continue
            item = world.by_id["movement_item"][stay["ended_by"]]
            kind = world.by_id["movement_order"][item["order_id"]]["kind"]
            goes_on = kind == "repetition" or (kind == "promotion" and of["id"] not in going_on)
            if goes_on and item["to_class_id"] is None and stay["student_id"] not in placed:
                yield "student_without_class", stay["id"], objects


def _left(world: World, transition: Any) -> Found:
    """What the year that ends leaves undone: drafts of orders, open forms."""
    ends_on = world.by_id["academic_year"][transition["from_year_id"]]["ends_on"]
    for row in world.of("movement_order", transition["school_id"]):
        if row["state"] == "draft" and (row["effective_on"] - ends_on).days <= 1:
            yield "draft_order", row["id"], {"order_id": row["id"]}
    for row in world.where("federal_form", "year_id", transition["from_year_id"]):
        if row["state"] == "open":
            yield "open_form", row["id"], {"form_id": row["id"]}


def _new(world: World, transition: Any) -> Found:
    """The year that is prepared."""
    if transition["to_year_id"] is None:
        return
    year = world.by_id["academic_year"][transition["to_year_id"]]
    for of in world.where("school_class", "year_id", year["id"]):
        objects = {"class_id": of["id"]}
        leaders = world.where("class_leadership", "class_id", of["id"])
        if not any(holds(row, year["starts_on"]) and _works(world, row, year) for row in leaders):
            yield "class_without_leader", of["id"], objects
        periods = [row for row in world.where("period", "year_id", year["id"]) if row["kind"] == of["period_kind"]]
        if len(periods) < PERIODS[of["period_kind"]]:
            yield "class_without_periods", of["id"], objects
        hours = world.where("plan_hours", "class_id", of["id"])
        if not hours:
            yield "class_without_plan", of["id"], objects
        yield from _untaught(world, year, of, hours)


def _works(world: World, dated: Any, year: Any) -> bool:
    """Whether an employee has not been dismissed before the year begins."""
    last = world.by_id["staff"][dated["staff_id"]]["dismissed_on"]
    return last is None or last >= year["starts_on"]


def _untaught(world: World, year: Any, of: Any, hours: Any) -> Found:
    taught = {
        row["subject_id"]
        for group in world.where("study_group", "class_id", of["id"])
        for row in world.where("teaching_assignment", "group_id", group["id"])
        if _works(world, row, year)
    }
    first: dict[int, int] = {}
    for row in hours:
        component = world.by_id["component"][row["component_id"]]
        if row["subject_id"] not in taught and component["kind"] != "extracurricular":
            first[row["subject_id"]] = min(row["id"], first.get(row["subject_id"], row["id"]))
    for subject, number in first.items():
        yield "subject_without_teacher", number, {"class_id": of["id"], "subject_id": subject}
