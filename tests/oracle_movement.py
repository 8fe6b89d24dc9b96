"""The movement book as the plain-Python oracle walks it."""

from collections import defaultdict
from typing import Any

from .oracle_graph import Arguments, Find, Row, counted
from .oracle_rights import Eyes

FILTERS = ("kind", "state", "number", "since", "until", "yearId", "classId", "studentId")


def order_of(eyes: Eyes, item: Row) -> Row:
    """The order of an item."""
    return eyes.world.by_id["movement_order"][item["order_id"]]


def in_book(eyes: Eyes, item: Row) -> Any:
    """Items in the order of the movement book."""
    return order_of(eyes, item)["position"], item["id"]


def _items(eyes: Eyes, order: Row) -> list[Row]:
    """Whom an order moves, or the order that it cancels."""
    return list(eyes.world.where("movement_item", "order_id", order["cancels_id"] or order["id"]))


def _about(eyes: Eyes, item: Row, name: str, number: int) -> bool:
    classes = [item["from_class_id"], item["to_class_id"]]
    if name == "studentId":
        return bool(item["student_id"] == number)
    if name == "classId":
        return number in classes
    return bool(eyes.world.by_id["school_class"][classes[0] or classes[1]]["year_id"] == number)


def book(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The orders that have been issued, as far as they are asked for."""
    found = [each for each in eyes.world.of("movement_order", row["school_id"]) if each["position"] is not None]
    for name in ("kind", "state"):
        if name in given:
            found = [each for each in found if each[name] == str(given[name]).lower()]
    if "number" in given:
        found = [each for each in found if each["number"] == given["number"]]
    if "since" in given:
        found = [each for each in found if given["since"] <= each["issued_on"] <= given["until"]]
    for name in ("yearId", "classId", "studentId"):
        if name in given:
            number = given[name].number
            found = [each for each in found if any(_about(eyes, item, name, number) for item in _items(eyes, each))]
    return found


def drafts(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The orders that have not."""
    return [each for each in eyes.world.of("movement_order", row["school_id"]) if each["state"] == "draft"]


def counts(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Students of standing orders of those days, by kind and grade."""
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for item in eyes.world.of("movement_item", row["school_id"]):
        order = order_of(eyes, item)
        if (
            item["id"] in eyes.sees("MovementCount")
            and order["state"] == "issued"
            and given["since"] <= order["effective_on"] <= given["until"]
        ):
            of = eyes.world.by_id["school_class"][item["from_class_id"] or item["to_class_id"]]
            found[order["kind"], of["grade"]].add(item["student_id"])
    return [
        {"kind": kind, "grade": grade, "students": told}
        for (kind, grade), students in found.items()
        if (told := counted(eyes, len(students)))
    ]


def booked(column: str) -> Find:
    """Items of orders that have been issued."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        items = eyes.world.where("movement_item", column, row["id"])
        return [each for each in items if order_of(eyes, each)["position"] is not None]

    return find


def awaiting_order(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Open stays in the classes of a year."""
    classes = eyes.world.where("school_class", "year_id", row["id"])
    stays = (stay for of in classes for stay in eyes.world.where("enrolment", "class_id", of["id"]))
    return [stay for stay in stays if stay["ends_on"] is None]
