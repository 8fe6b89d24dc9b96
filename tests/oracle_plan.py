"""The plan as the plain-Python oracle reckons it: hours beside loads, what is missing, teachers' loads, subgroups."""

from typing import Any

from .oracle import World, holds

Row = Any

MOST = {
    (5, 1): 21,
    **{(5, grade): 23 for grade in (2, 3, 4)},
    **{(6, grade): 26 for grade in (2, 3, 4)},
    (5, 5): 29,
    (5, 6): 30,
    (5, 7): 32,
    (5, 8): 33,
    (5, 9): 33,
    (5, 10): 34,
    (5, 11): 34,
    (6, 5): 32,
    (6, 6): 33,
    (6, 7): 35,
    (6, 8): 36,
    (6, 9): 36,
    (6, 10): 37,
    (6, 11): 37,
}


def _hours(world: World, row: Row, component: int) -> float:
    entries = world.where("plan_hours", "class_id", row["id"])
    return float(sum(each["hours"] for each in entries if each["component_id"] == component))


def _allowed(world: World, row: Row, component: int) -> float | None:
    loads = [each for each in world.where("component_load", "component_id", component) if each["grade"] == row["grade"]]
    for profile in (row["profile_id"], None):
        for each in loads:
            if each["profile_id"] == profile:
                return float(each["hours"])
    return None


def total(world: World, row: Row) -> Row:
    """What a class's plan comes to."""
    sums = {True: 0.0, False: 0.0}
    for each in world.where("plan_hours", "class_id", row["id"]):
        kind = world.by_id["component"][each["component_id"]]["kind"]
        sums[kind == "extracurricular"] += each["hours"]
    most = MOST.get((row["week_days"], row["grade"]))
    verdict = "FITS" if most else "UNKNOWN"
    if most and (sums[False] > most or sums[True] > 10):
        verdict = "OVER"
    sums_ = {"planned": sums[False], "extracurricular": sums[True]}
    return {"id": row["id"], **sums_, "most": most, "verdict": verdict}


def checks(world: World, row: Row) -> list[Row]:
    """What it comes to in each component of its year."""
    found = []
    for each in world.where("component", "year_id", row["year_id"]):
        planned, allowed = _hours(world, row, each["id"]), _allowed(world, row, each["id"])
        verdict = "UNKNOWN" if allowed is None else {-1: "UNDER", 0: "FITS", 1: "OVER"}[_sign(planned - allowed)]
        keys = {"class_id": row["id"], "component_id": each["id"], "order": (each["position"], each["id"])}
        found.append({**keys, "planned": planned, "allowed": allowed, "verdict": verdict})
    return found


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def gaps(world: World, row: Row) -> list[Row]:
    """What it lacks on the day of its year nearest to today, each kind once, or once a subject."""
    year = world.by_id["academic_year"][row["year_id"]]
    day = max(year["starts_on"], min(world.today, year["ends_on"]))

    def serves(each: Row) -> bool:
        last = world.by_id["staff"][each["staff_id"]]["dismissed_on"]
        return holds(each, day) and (last is None or last >= day)

    entries = world.where("plan_hours", "class_id", row["id"])
    kinds = {each["kind"] for each in world.where("period", "year_id", row["year_id"])}
    found: set[tuple[str, Any]] = set()
    if row["period_kind"] not in kinds:
        found.add(("no_periods", None))
    grades = [each["grades"] for each in world.where("holiday", "year_id", row["year_id"])]
    if not any(each is None or row["grade"] in each for each in grades):
        found.add(("no_holidays", None))
    if not entries:
        found.add(("no_hours", None))
    if not any(serves(each) for each in world.where("class_leadership", "class_id", row["id"])):
        found.add(("no_class_teacher", None))
    for each in world.where("component", "year_id", row["year_id"]):
        planned, allowed = _hours(world, row, each["id"]), _allowed(world, row, each["id"])
        if planned and allowed is None:
            found.add(("no_component_load", None))
        if allowed is not None and planned != allowed:
            found.add(("wrong_load", None))
    groups = {each["id"] for each in world.where("study_group", "class_id", row["id"])}
    for each in entries:
        subject = world.by_id["subject"][each["subject_id"]]
        lesson = world.by_id["component"][each["component_id"]]["kind"] != "extracurricular"
        if lesson and subject["area_id"] is None:
            found.add(("no_area", subject["id"]))
        given_by = world.where("teaching_assignment", "subject_id", subject["id"])
        if not any(one["group_id"] in groups and serves(one) for one in given_by):
            found.add(("no_teacher", subject["id"]))
    return [{"class_id": row["id"], "gap": gap, "subject_id": subject} for gap, subject in found]


def assigned_hours(world: World, row: Row) -> float | None:
    """Hours a week of an assignment: its own, or the plan's."""
    if row["hours"] is not None:
        return float(row["hours"])
    plan = world.where("plan_hours", "class_id", world.class_of[row["group_id"]])
    hours = [each["hours"] for each in plan if each["subject_id"] == row["subject_id"]]
    return float(sum(hours)) if hours else None
