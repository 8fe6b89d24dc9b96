"""Period, annual, exam and final marks as the plain-Python oracle knows them: cells, rights, and what is proposed."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from rules.account import Role
from rules.curriculum_plan import ComponentKind
from rules.journal_finals import (
    USUAL_RULE,
    MarkRule,
    Tally,
    propose_final,
    propose_period,
    propose_secondary,
    propose_year,
    state_of,
)

from .oracle import World, holds

Row = Any
KINDS = {"year": 101, "exam": 102, "final": 103}
KEY = ("student_id", "subject_id", "class_id", "position")
CELLS = ("FinalMarkCell", "MarkProposal")


def slots(world: World, of: Row) -> Iterator[dict[str, Any]]:
    """What is marked in a class: its periods, the year, the exam, the end."""
    periods = [each for each in world.where("period", "year_id", of["year_id"]) if each["kind"] == of["period_kind"]]
    same = {"class_id": of["id"], "year_id": of["year_id"], "grade": of["grade"], "school_id": of["school_id"]}
    year = world.row("academic_year", of["year_id"])
    for each in periods:
        days = {"starts_on": each["starts_on"], "ends_on": each["ends_on"]}
        yield {**same, **days, "kind": "period", "period_id": each["id"], "position": each["number"]}
    last = max((each["ends_on"] for each in periods), default=year["ends_on"])
    for kind, position in KINDS.items():
        days = {"starts_on": year["starts_on"], "ends_on": last}
        yield {**same, **days, "kind": kind, "period_id": None, "position": position}


def _drops(world: World, student: int, subject: int, day: date) -> bool:
    return any(
        each["subject_id"] == subject and holds(each, day)
        for each in world.where("dropped_subject", "student_id", student)
    )


def _beside_lessons(world: World, of: Row, subject: int) -> bool:
    """Extracurricular: no mark is missing there."""
    return any(
        each["subject_id"] == subject
        and world.row("component", each["component_id"])["kind"] == ComponentKind.EXTRACURRICULAR
        for each in world.where("plan_hours", "class_id", of["id"])
    )


def _slot_key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("student_id", "subject_id", "year_id", "kind", "period_id"))


def cells(world: World) -> dict[tuple[int, ...], dict[str, Any]]:
    """All cells of all schools, by their keys."""
    known = vars(world).get("final_cells")
    if known is not None:
        return known  # type: ignore[no-any-return]
    marks = {_slot_key(row): row for row in world.tables["final_mark"]}
    found = dict[tuple[int, ...], dict[str, Any]]()
    for of in world.tables["school_class"]:
        for slot in slots(world, of):
            day = min(world.today, slot["ends_on"])
            for group in world.where("study_group", "class_id", of["id"]):
                students = {stay.student for stay in world.stays_in[group["id"]] if stay.on(day)}
                for taught in world.where("teaching_assignment", "group_id", group["id"]):
                    ends_on = taught["ends_on"] or date.max
                    if _beside_lessons(world, of, taught["subject_id"]):
                        continue
                    if taught["starts_on"] > day or ends_on < slot["starts_on"]:
                        continue
                    for student in students:
                        cell = {**slot, "student_id": student, "subject_id": taught["subject_id"]}
                        if _slot_key(cell) not in marks and not _drops(world, student, taught["subject_id"], day):
                            _add(found, cell, None)
    for mark in marks.values():
        of = world.row("school_class", mark["class_id"])
        for slot in slots(world, of):
            if (slot["kind"], slot["period_id"]) == (mark["kind"], mark["period_id"]):
                _add(found, {**slot, "student_id": mark["student_id"], "subject_id": mark["subject_id"]}, mark)
    vars(world)["final_cells"] = found
    return found


def _add(found: dict[tuple[int, ...], dict[str, Any]], cell: dict[str, Any], mark: Row) -> None:
    own = {"mark_id": mark["id"], "value": mark["value"], "number": mark["number"]} if mark else {}
    found[tuple(cell[name] for name in KEY)] = {"mark_id": None, "value": None, "number": None, **cell, **own}


def _teaches(eyes: Any, row: Row) -> bool:
    """That the viewer teaches the subject today, in a group of that year in which the student has ever been."""
    world = eyes.world
    return any(
        subject == row["subject_id"]
        and world.row("school_class", world.class_of[group])["year_id"] == row["year_id"]
        and any(stay.student == row["student_id"] for stay in world.stays_in[group])
        for group, subject in eyes.taught
    )


def _sees(eyes: Any, role: Role, row: Row) -> bool:
    if role in (Role.DIRECTOR, Role.DEPUTY, Role.ANALYST, Role.SERVICE):
        return True
    if role is Role.TEACHER:
        return row["class_id"] in eyes.led or row["student_id"] in eyes.led_now or _teaches(eyes, row)
    return row["student_id"] in eyes.family[role]


def cell_rule(type_name: str, eyes: Any, role: Role) -> Iterable[tuple[int, ...]]:
    """Keys of the cells that a role sees."""
    of_school = ((key, row) for key, row in cells(eyes.world).items() if row["school_id"] == eyes.school)
    return {key for key, row in of_school if _sees(eyes, role, row)}


def mark_rule(type_name: str, eyes: Any, role: Role) -> Iterable[int]:
    """The marks that a role sees."""
    return {row["id"] for row in eyes.world.of("final_mark", eyes.school) if _sees(eyes, role, row)}


def version_rule(type_name: str, eyes: Any, role: Role) -> Iterable[int]:
    """What those marks were before that a role sees."""
    return {row["id"] for row in eyes.world.of("final_mark_version", eyes.school) if _sees(eyes, role, row)}


def class_rule(table: str) -> Any:
    """A teacher's: of classes led or taught."""

    def rule(type_name: str, eyes: Any, role: Role) -> Iterable[int]:
        own = eyes.led | {eyes.world.class_of[group] for group, _ in eyes.taught}
        return {row["id"] for row in eyes.world.of(table, eyes.school) if row["class_id"] in own}

    return rule


# The graph


def of_student(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
    """Cells of a student: this year's, or another's."""
    years = {each["id"] for each in eyes.world.tables["academic_year"] if holds(each, eyes.today)}
    if "yearId" in given:
        years = {given["yearId"].number}
    found = [each for each in cells(eyes.world).values() if each["student_id"] == row["id"]]
    return [each for each in found if each["year_id"] in years and _asked(each, given)]


def of_class(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
    """Cells of a class."""
    found = [each for each in cells(eyes.world).values() if each["class_id"] == row["id"]]
    return [each for each in found if _asked(each, given)]


def _asked(cell: Row, given: dict[str, Any]) -> bool:
    asked = {"periodId": "period_id", "subjectId": "subject_id"}
    same = all(cell[column] == given[name].number for name, column in asked.items() if name in given)
    return same and ("kind" not in given or str(given["kind"]).lower() == cell["kind"])


def of_row(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
    """The cell with which a row of a journal's page ends."""
    page = row["page"]
    wanted = (row["id"], page["subject_id"], page["period_id"])
    found = cells(eyes.world).values()
    return [each for each in found if (each["student_id"], each["subject_id"], each["period_id"]) == wanted]


def of_result(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
    """The cell of a student's subject in a period."""
    wanted = (row["student_id"], row["subject_id"], row["period"]["id"])
    found = cells(eyes.world).values()
    return [each for each in found if (each["student_id"], each["subject_id"], each["period_id"]) == wanted]


def staff_of(column: str) -> Any:
    """The employee whose account a column names, if it names one."""

    def find(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
        account = eyes.world.row("account", row[column])
        return list(eyes.world.where("staff", "person_id", account["person_id"])) if account else []

    return find


def rules(eyes: Any, row: Row, given: dict[str, Any]) -> list[Row]:
    return list(eyes.world.of("mark_rule", row["school_id"]))


def by_subject(eyes: Any, row: Row) -> Any:
    return row["subject_id"] or 0, row["id"]


def _rule_of(world: World, cell: Row) -> MarkRule:
    known = {row["subject_id"]: row for row in world.of("mark_rule", cell["school_id"])}
    row = known.get(cell["subject_id"]) or known.get(None)
    return MarkRule(row["round_up_from"], row["weighted"], row["fewest"]) if row else USUAL_RULE


def proposed(world: World, cell: Row) -> tuple[str | None, float | None, int]:
    """What is proposed for a cell, the average and how many numbers it stands on."""
    rule = _rule_of(world, cell)
    others = [each for each in cells(world).values() if _slot_key(each)[:3] == _slot_key(cell)[:3]]
    values = {each["kind"]: each["value"] for each in others if each["kind"] != "period"}
    match cell["kind"]:
        case "period":
            return _of_period(world, cell, rule)
        case "year":
            periods = [each["value"] for each in others if each["kind"] == "period"]
            return propose_year(periods, rule.round_up_from), None, 0
        case "final" if cell["grade"] == 11:
            both = [
                mark["value"]
                for mark in world.where("final_mark", "student_id", cell["student_id"])
                if mark["subject_id"] == cell["subject_id"] and mark["kind"] in ("period", "year")
                if world.row("school_class", mark["class_id"])["grade"] in (10, 11)
            ]
            return propose_secondary(values.get("year"), both), None, 0
        case "final":
            return propose_final(values.get("year"), values.get("exam")), None, 0
    return None, None, 0


def _of_period(world: World, cell: Row, rule: MarkRule) -> tuple[str | None, float | None, int]:
    marks = [
        mark
        for mark in world.where("mark", "student_id", cell["student_id"])
        if cell["starts_on"] <= mark["lesson_date"] <= cell["ends_on"]
        and world.lesson_of(mark)["subject_id"] == cell["subject_id"]
    ]
    numbers = [(int(mark["value"]), world.row("task", mark["task_id"])["weight"]) for mark in marks if mark["number"]]
    words = [mark["value"] for mark in marks]
    tally = Tally(
        len(numbers),
        sum(value for value, _ in numbers),
        sum(value * weight for value, weight in numbers),
        sum(weight for _, weight in numbers),
        *(words.count(word) for word in ("зач.", "незач.", "осв.")),
    )
    at_home = world.row("student", cell["student_id"])["taught_at_home"]
    return None if at_home else propose_period(tally, rule), tally.average(rule), tally.counted


def _shown(*names: str) -> dict[str, Any]:
    return {name: lambda world, row, name=name: row[name] for name in names}


def _state(world: World, row: Row) -> str:
    return state_of(row["value"]).name


def _kind(world: World, row: Row) -> str:
    return str(row["kind"]).upper()


SCALARS: dict[str, dict[str, Any]] = {
    "FinalMark": {**_shown("value", "number", "version"), "state": _state, "kind": _kind},
    "FinalMarkDecision": {
        **_shown("proposed"),
        "differs": lambda world, row: row["proposed"] is not None and row["proposed"] != row["value"],
    },
    "FinalMarkCell": {**_shown("value", "number"), "state": _state, "kind": _kind},
    "MarkProposal": {
        "value": lambda world, row: proposed(world, row)[0],
        "average": lambda world, row: proposed(world, row)[1],
        "counted": lambda world, row: proposed(world, row)[2],
    },
    "MarkRule": {
        **_shown("weighted", "version"),
        "roundUpFrom": lambda world, row: row["round_up_from"],
        "fewestMarks": lambda world, row: row["fewest"],
    },
    "ExamDate": {"announcedOn": lambda world, row: str(row["announced_on"]), **_shown("version")},
    "PeriodClosing": {"reopenedAt": lambda world, row: row["reopened_at"] and row["reopened_at"].isoformat()},
}
PERSONAL = {"PeriodClosing": _shown("reason")}
WITHOUT_ID = {"FinalMarkCell", "FinalMarkDecision", "MarkProposal"}
