"""Tasks for students named, and marks for work made up for, as the plain-Python oracle and its school know them."""

from random import Random
from typing import TYPE_CHECKING, Any

from .oracle import World
from .oracle_graph import Link, by_name, through

if TYPE_CHECKING:
    from .oracle_people import Maker


def _missed(eyes: Any, mark: Any, given: Any) -> list[Any]:
    """The student's absence at the lesson of a mark."""
    rows = eyes.world.where("attendance", "lesson_id", mark["lesson_id"])
    return [each for each in rows if each["student_id"] == mark["student_id"]]


LINKS: dict[str, dict[str, Link]] = {
    "Mark": {"attendance": Link("Attendance", _missed)},
    "Task": {
        "recipients": Link("Student", through("task_recipient", "task_id", "student_id", dated=False), "many", by_name)
    },
}
"""Type → field → where it leads, as in `oracle_links`."""


def _made_up_on(world: World, mark: Any) -> str | None:
    return mark["made_up_on"] and str(mark["made_up_on"])


SCALARS: dict[str, dict[str, Any]] = {
    "Mark": {"madeUpOn": _made_up_on, "isMakeUp": lambda world, mark: mark["made_up_on"] is not None},
    "Task": {"forAll": lambda world, task: task["for_all"]},
}


async def add_named_tasks(maker: "Maker", moment: Any) -> None:
    """Tasks for one or two of a group, with marks for some of them, at every fourth lesson that has been held."""
    lessons = await maker.connection.fetch(
        "SELECT lesson.id, date, array_agg(student_id ORDER BY student_id) AS members FROM lesson "
        "JOIN group_membership AS member USING (school_id, group_id) "
        "WHERE lesson.school_id = $1 AND state = 'held' AND lesson.id % 4 = 0 "
        "AND member.starts_on <= date AND (member.ends_on IS NULL OR date <= member.ends_on) GROUP BY lesson.id, date",
        maker.school,
    )
    rng = Random(7)  # its own: the dice of the school decide who holds which roles
    (work,) = await maker.ids("SELECT id FROM work_type WHERE school_id = $1 ORDER BY id LIMIT 1")
    for lesson in sorted(lessons):
        at = {"lesson_id": lesson["id"], "lesson_date": lesson["date"], "changed_at": moment}
        task = await maker.add("task", work_type_id=work, position=90, name="Лично", weight=2, for_all=False, **at)
        for number, student in enumerate(rng.sample(lesson["members"], min(2, len(lesson["members"])))):
            await maker.add("task_recipient", task_id=task, student_id=student)
            if number == 0:
                await maker.add("mark", task_id=task, student_id=student, value="4", set_at=moment, **at)
    await maker.connection.execute(
        "UPDATE mark SET made_up_on = lesson_date + 2 WHERE school_id = $1 AND id % 7 = 0", maker.school
    )
