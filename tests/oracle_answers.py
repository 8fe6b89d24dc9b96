"""Answers to homework as the plain-Python oracle sees them: a file is for whoever sees its answer."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rules.account import Role

if TYPE_CHECKING:
    from .oracle_people import Maker
    from .oracle_rights import Eyes

TABLE_OF = {"HomeworkAnswer": "homework_answer", "AnswerAttachment": "answer_attachment"}
"""The types, none of which a service may be granted, and where their rows lie."""


def fetches(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether one sees a file of an answer: one that a revision left out nobody does."""
    return row["removed_at"] is None and row["answer_id"] in eyes.sees("HomeworkAnswer", {role})


def reviewer(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    """The card of who reviewed an answer last, if anybody has."""
    if row["reviewed_by"] is None:
        return []
    person = eyes.world.row("account", row["reviewed_by"])["person_id"]
    return list(eyes.world.where("staff", "person_id", person))


SCALARS: dict[str, dict[str, Any]] = {
    "HomeworkAnswer": {
        "text": lambda world, row: row["text"],
        "state": lambda world, row: row["state"].upper(),
        "comment": lambda world, row: row["comment"],
        "version": lambda world, row: row["version"],
    },
}


async def harden(maker: "Maker", now: Any) -> None:
    """Answers of every state, to homework for all and for a few, of those for whom it is and of others; some files."""
    rng = maker.rng
    homework = await maker.connection.fetch(
        "SELECT h.id, h.lesson_id, h.lesson_date, array_agg(m.student_id ORDER BY m.student_id) AS members"
        " FROM homework AS h JOIN lesson AS l ON l.id = h.lesson_id JOIN group_membership AS m"
        " ON m.school_id = l.school_id AND m.group_id = l.group_id AND m.starts_on <= l.date"
        " AND (m.ends_on IS NULL OR m.ends_on >= l.date) WHERE h.school_id = $1"
        " AND NOT EXISTS (SELECT FROM homework_answer AS a WHERE a.homework_id = h.id) GROUP BY 1, 2, 3 ORDER BY 1",
        maker.school,
    )
    teachers = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    files = await maker.ids("SELECT id FROM file WHERE school_id = $1 ORDER BY id")
    for number, each in enumerate(rng.sample(homework, min(120, len(homework)))):
        for student in rng.sample(each["members"], min(2, len(each["members"]))):
            state = rng.choice(("sent", "returned", "accepted"))
            again = state == "sent" and rng.random() < 0.5
            reviewed = {"comment": f"Замечание {number}", "reviewed_at": now, "reviewed_by": rng.choice(teachers)}
            answer = await maker.add(
                *("homework_answer",),
                homework_id=each["id"],
                lesson_id=each["lesson_id"],
                lesson_date=each["lesson_date"],
                student_id=student,
                text=f"Ответ {number}",
                state=state,
                answered_at=now - timedelta(minutes=number),
                version=rng.choice((1, 2, 3)),
                changed_at=now,
                **({} if state == "sent" and not again else reviewed),
            )
            for file in rng.sample(files, rng.choice((0, 1, 2))):
                removed = now if rng.random() < 0.3 else None
                await maker.add("answer_attachment", answer_id=answer, file_id=file, removed_at=removed)
