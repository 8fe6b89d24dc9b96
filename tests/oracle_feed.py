"""A diary's feed as the plain-Python oracle knows it: which changes there are, for whom, and who may hear of them."""

from typing import TYPE_CHECKING, Any

from .oracle import World

if TYPE_CHECKING:
    from .oracle_people import Maker

KINDS = {"mark", "attendance", "homework", "final_mark"}


def told(world: World, school: int) -> list[tuple[int, Any]]:
    """Student and change, of all changes that a feed tells of."""
    found, summed = [], set[Any]()
    for change in sorted(world.of("change", school), key=lambda row: row["id"]):
        if change["kind"] not in KINDS:
            continue
        if change["kind"] == "final_mark":
            once = (change["transaction"], change["student_id"], change["object_id"])
            if once in summed:
                continue
            summed.add(once)
        if change["student_id"] is not None:
            found.append((change["student_id"], change))
            continue
        there = {stay.student for stay in world.stays_in[change["group_id"]] if stay.on(change["starts_on"])}
        found += [(student, change) for student in there]
    return found


def fed(world: World, school: int) -> set[tuple[int, int]]:
    """The keys of all items of a school."""
    return {(student, change["id"]) for student, change in told(world, school)}


def of_family(_: str, eyes: Any, role: Any) -> set[tuple[int, int]]:
    """Those of oneself, or of one's children."""
    return {key for key in fed(eyes.world, eyes.school) if key[0] in eyes.family[role]}


def of_pupils(_: str, eyes: Any, role: Any) -> set[tuple[int, int]]:
    """Those of own journals, of lessons given as a substitute, and of the class one leads now."""
    return {
        (student, change["id"])
        for student, change in told(eyes.world, eyes.school)
        if (change["group_id"], change["subject_id"]) in eyes.taught
        or eyes.world.class_of.get(change["group_id"]) in eyes.led
        or (eyes.staff is not None and eyes.staff in change["substitutes"])
        or student in eyes.led_now
    }


def feed(eyes: Any, row: Any, given: Any) -> list[Any]:
    """What has changed for a student."""
    return [
        {
            **change,
            "student_id": student,
            **{f"{kind}_id": change["object_id"] if change["kind"] == kind else None for kind in KINDS},
        }
        for student, change in told(eyes.world, row["school_id"])
        if student == row["id"]
    ]


async def add_changes(maker: "Maker", moment: Any) -> None:
    """What one command has told: of some marks, absences and homework, and of a mark that is there no more."""
    entry = await maker.add("audit_entry", at=moment, command="setMarks", input="{}")
    where = "lesson.id, class_id, group_id, lesson.subject_id"
    at = f"{where}, array_remove(ARRAY[substitute_id], NULL), lesson_date, lesson_date"
    lesson = (
        "JOIN lesson ON lesson.school_id = of.school_id AND lesson.id = lesson_id"
        " JOIN study_group ON study_group.school_id = of.school_id AND study_group.id = group_id"
    )
    sources = {
        "mark": ("of.id, of.student_id", f"mark AS of {lesson} WHERE of.id % 9 = 0"),
        "attendance": ("of.id, of.student_id", f"attendance AS of {lesson} WHERE of.id % 3 = 0"),
        "homework": (
            "of.id, r.student_id",
            f"homework AS of {lesson} LEFT JOIN homework_recipient AS r ON r.school_id = of.school_id"
            " AND r.homework_id = of.id WHERE (of.for_all OR r.student_id IS NOT NULL) AND of.id % 2 = 0",
        ),
        "task": ("of.id, NULL::bigint", f"task AS of {lesson} WHERE of.id % 50 = 0"),
    }
    for kind, (whom, source) in sources.items():
        await maker.connection.execute(
            "INSERT INTO change (school_id, audit_entry_id, kind, object_id, student_id, lesson_id, class_id, group_id,"
            f" subject_id, substitutes, starts_on, ends_on) SELECT of.school_id, $2, '{kind}', {whom}, {at}"
            f" FROM {source} AND of.school_id = $1 ORDER BY of.id",
            *(maker.school, entry),
        )
    await maker.connection.execute(
        "INSERT INTO week_acknowledgement (school_id, student_id, guardian_id, week_starts_on, acknowledged_at)"
        " SELECT DISTINCT school_id, student_id, guardian_id, monday::date, $2::timestamptz FROM guardianship,"
        " unnest(ARRAY['2025-05-12', '2025-09-29', '2026-05-04', '2026-05-11']) AS monday"
        " WHERE school_id = $1 AND (guardianship.id + (monday::date - '2025-01-01'::date)) % 3 < 2"
        " ON CONFLICT DO NOTHING",
        *(maker.school, moment),
    )
    await maker.connection.execute(
        "UPDATE change SET object_id = 10 ^ 12 WHERE school_id = $1 AND kind = 'mark' AND id % 7 = 0", maker.school
    )


async def add_final_changes(maker: "Maker", moment: Any) -> None:
    """What one command has told of marks that sum up, some of them to two groups of the student's, and to none."""
    entry = await maker.add("audit_entry", at=moment, command="setPeriodMarks", input="{}")
    for groups in ("WHERE final_mark.id % 2 = 0", "WHERE final_mark.id % 4 = 0"):
        await maker.connection.execute(
            "INSERT INTO change (school_id, audit_entry_id, kind, object_id, student_id, class_id, group_id,"
            " subject_id, starts_on, ends_on)"
            " SELECT final_mark.school_id, $2, 'final_mark', final_mark.id, student_id, class_id,"
            " (SELECT max(id) FROM study_group AS g WHERE g.class_id = final_mark.class_id AND final_mark.id % 3 > 0),"
            f" subject_id, '2026-05-01', '2026-05-20' FROM final_mark {groups} AND final_mark.school_id = $1"
            " ORDER BY final_mark.id",
            *(maker.school, entry),
        )
