"""The command that records what the pedagogical council decided of a class, or of some of its students (10.6)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import insert

from models.curriculum import SchoolClass
from models.movement_council import CouncilDecision
from permissions.movement_council import classes_to_decide, students_decided_on
from rules.curriculum import class_name
from rules.movement_council import CouncilOutcome, check_minutes, check_outcome, not_of_class
from rules.refusals import bad_input

from .commands import command
from .context import Context


async def record_council_decision(
    context: Context,
    class_id: int,
    students: Collection[int] | None,
    outcome: CouncilOutcome,
    number: str,
    decided_on: date,
    key: str | None,
) -> int:
    """Record a decision on these students, or on everybody who was in the class that day. Answers the class."""
    given = {"class": class_id, "outcome": outcome, "number": number, "decidedOn": decided_on}
    if students is not None:
        given["students"] = sorted(students)
    async with command(context, "recordCouncilDecision", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        of = await work.one(classes_to_decide(work.viewer).where(SchoolClass.id == class_id), "classId")
        name = class_name(of.grade, of.letter)
        check_outcome(outcome, of.grade, name)
        number = check_minutes(number, decided_on, (of.starts_on, of.ends_on), work.today)
        there = [row.student_id for row in await work.reach(students_decided_on(class_id, decided_on))]
        decided = there if students is None else sorted(set(students))
        if not decided:
            raise bad_input("Решение не о ком.", "studentIds")
        if not set(decided) <= set(there):
            raise not_of_class(name)
        values = {
            "school_id": work.viewer.school_id,
            "class_id": class_id,
            "outcome": outcome,
            "number": number,
            "decided_on": decided_on,
            "recorded_at": work.now,
            "recorded_by": work.viewer.account_id,
        }
        await work.execute(insert(CouncilDecision).values([{**values, "student_id": each} for each in decided]))
        await work.note(students=decided)
        return int(await work.done(class_id))
