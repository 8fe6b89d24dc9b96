"""What is summed up in the hardened school: marks of every kind, rules, and periods closed and opened again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rules.journal_finals import FINAL_VALUES

SLOTS = """
SELECT DISTINCT m.student_id, a.subject_id, s.class_id, s.year_id, s.kind, s.period_id, s.position
FROM mark_slot AS s JOIN study_group AS g ON g.class_id = s.class_id JOIN teaching_assignment AS a ON a.group_id = g.id
JOIN group_membership AS m ON m.group_id = g.id AND m.starts_on <= s.ends_on
WHERE s.school_id = $1 ORDER BY 1, 2, 3, 7
"""
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


async def sum_up(maker: Any) -> None:
    """Some marks of every kind, of those who have left their class among them; rules; closings that stand and do not.

    Comes last: what is closed takes no rows any more.
    """
    rng, db, school = maker.rng, maker.connection, maker.school
    await db.execute("UPDATE period_closing SET reopened_at = $1, reason = 'Сначала' WHERE school_id = $2", NOW, school)
    await db.execute("DELETE FROM final_mark WHERE school_id = $1", school)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    slots = await db.fetch(SLOTS, school)
    taken = set[tuple[Any, ...]]()
    for each in slots:
        kept = each["kind"] == "final" or rng.random() < (0.6 if each["student_id"] % 3 else 0.15)
        key = tuple(each[name] for name in ("student_id", "subject_id", "year_id", "kind", "period_id"))
        if not kept or rng.random() < 0.3 or key in taken:
            continue
        taken.add(key)
        values = {name: value for name, value in each.items() if name != "position"}
        proposed = rng.choice((None, *FINAL_VALUES))
        by = {"changed_at": NOW, "changed_by": rng.choice((None, *accounts)), "set_at": NOW}
        await maker.add("final_mark", **values, value=rng.choice(FINAL_VALUES), proposed=proposed, **by)
    subjects = await maker.ids(
        "SELECT id FROM subject WHERE school_id = $1 AND id NOT IN"
        " (SELECT subject_id FROM mark_rule WHERE subject_id IS NOT NULL) ORDER BY id LIMIT 2"
    )
    for number, subject in enumerate(subjects):
        rule = {"round_up_from": 40 + 30 * number, "weighted": bool(number), "fewest": 3 * number}
        await maker.add("mark_rule", subject_id=subject, **rule, changed_at=NOW)
    exams = await db.fetch(
        "SELECT DISTINCT ON (c.id, t.subject_id) c.id AS class_id, t.subject_id, y.ends_on"
        " FROM teaching_assignment AS t"
        " JOIN study_group AS g ON g.id = group_id JOIN school_class AS c ON c.id = g.class_id"
        " JOIN academic_year AS y ON y.id = c.year_id WHERE t.school_id = $1 AND y.state = 'open' AND grade > 4"
        " ORDER BY 1, 2",
        school,
    )
    for number, each in enumerate(exams):
        if number % 3 == 0:
            slot = {"class_id": each["class_id"], "subject_id": each["subject_id"]}
            day = each["ends_on"].replace(month=5) + timedelta(days=number)
            await maker.add("exam_date", **slot, announced_on=day, changed_at=NOW, changed_by=rng.choice(accounts))
    pairs = await db.fetch(
        "SELECT class_id, period_id FROM mark_slot JOIN academic_year AS y ON y.id = year_id"
        " WHERE mark_slot.school_id = $1 AND kind = 'period' AND mark_slot.ends_on < '2026-04-01'"
        " AND y.state = 'open' ORDER BY 1, 2",
        school,
    )
    for number, pair in enumerate(pairs):
        again = {"reopened_at": NOW, "reopened_by": rng.choice((None, *accounts)), "reason": "Ошибка"}
        closed = {"closed_at": NOW, "closed_by": rng.choice(accounts)}
        await maker.add("period_closing", **pair, **closed, **(again if number % 3 else {}))
