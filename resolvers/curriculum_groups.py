"""Commands on subgroups, and on what a student on an individual plan does not take."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update

from models.curriculum import DroppedSubject, GroupMember, SchoolClass, StudyGroup
from models.journal import Mark
from models.journal_finals import FinalMark, MarkSlot
from models.school import Student
from models.timetable import Lesson
from permissions.curriculum_write import classes_to_divide, roster, students_to_plan
from permissions.scopes import on
from rules.curriculum import GroupKind, check_past
from rules.curriculum_groups import Asked, check_division
from rules.curriculum_plan import MOST_ENTRIES
from rules.curriculum_year import check_inside
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.school import full_name
from rules.school_cards import card_version

from .commands import Work, among, check_version, command
from .context import Context
from .curriculum_subjects import check_subjects
from .school_cards import changed

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Division:
    """A class's subject on a day: who must be in one of its groups, and until when each is in the class."""

    class_id: int
    subject_id: int
    day: date
    until: Mapping[int, date | None]
    names: Mapping[int, str]


async def _division(work: Work, of: Any, subject_id: int, day: date, field: str) -> _Division:
    check_inside(day, (of.year_starts_on, of.year_ends_on), field, "5.10")
    rows = await work.reach(roster(of.id, day))
    return _Division(
        of.id,
        subject_id,
        day,
        {row.student_id: row.ends_on for row in rows},
        {row.student_id: full_name(row.family_name, row.given_name, row.patronymic) for row in rows},
    )


async def form_subgroups(
    context: Context, class_id: int, subject_id: int, groups: Sequence[Asked], starts_on: date
) -> int:
    """Divide a class for a subject from a day on (5.10): each of its students into one of the groups; none ends it."""
    given = {
        "class": class_id,
        "subject": subject_id,
        "groups": [[each.name, list(each.students)] for each in groups],
        "startsOn": starts_on,
    }
    async with command(context, "formSubgroups", given) as work:
        of = await work.one(classes_to_divide(work.viewer).where(SchoolClass.id == class_id), "classId")
        await check_subjects(work, {"subjectId": subject_id})
        everybody = {student for each in groups for student in each.students}
        await _lock(work, everybody | await _members(work, class_id, subject_id, starts_on))
        division = await _division(work, of, subject_id, starts_on, "startsOn")
        check_division(groups, division.names, await _dropped(work, division))
        wanted: dict[int, int] = {}
        for each in groups:
            group = await _group(work, class_id, subject_id, each.name.strip())
            wanted |= dict.fromkeys(each.students, group)
        members = await _members(work, class_id, subject_id, starts_on)
        await _divide(work, division, wanted, members | wanted.keys())
    return class_id


async def move_to_subgroup(context: Context, student_id: int, group_id: int, starts_on: date) -> int:
    """Put one student into a group of a subject from a day on, out of the one they were in (5.10)."""
    given = {"student": student_id, "group": group_id, "startsOn": starts_on}
    async with command(context, "moveToSubgroup", given) as work:
        group = await work.first(
            select(StudyGroup.class_id, StudyGroup.subject_id).where(
                StudyGroup.school_id == work.viewer.school_id, StudyGroup.id == group_id
            )
        )
        if group is None:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", "groupId")
        of = await work.one(classes_to_divide(work.viewer).where(SchoolClass.id == group.class_id), "groupId")
        if group.subject_id is None:
            raise Refusal(RefusalCode.BAD_INPUT, "Это весь класс, а не подгруппа.", "groupId", "5.10")
        await _lock(work, {student_id})
        division = await _division(work, of, group.subject_id, starts_on, "startsOn")
        if student_id not in division.until:
            message = "В этот день учащегося нет в этом классе."
            raise Refusal(RefusalCode.NOT_IN_CLASS, message, "studentId", "5.10")
        if not await _is_divided(work, division):
            message = "В этот день класс по этому предмету не поделён: остальные остались бы без подгруппы."
            raise Refusal(RefusalCode.IN_NO_GROUP, message, "groupId", "5.10")
        await _divide(work, division, {student_id: group_id}, {student_id})
    return group_id


async def _lock(work: Work, students: Collection[int]) -> None:
    """Keep others from placing these students, in the order in which everybody asks for them."""
    own = (Student.school_id == work.viewer.school_id, among(Student.id, students))
    await work.fetch(select(Student.id).where(*own).order_by(Student.id).with_for_update(key_share=True))


def _of_subject(work: Work, class_id: int, subject_id: int) -> Any:
    groups = select(StudyGroup.id).where(
        StudyGroup.school_id == work.viewer.school_id,
        StudyGroup.class_id == class_id,
        StudyGroup.subject_id == subject_id,
    )
    return (GroupMember.school_id == work.viewer.school_id, GroupMember.group_id.in_(groups))


def _since(day: date) -> Any:
    return or_(GroupMember.ends_on.is_(None), GroupMember.ends_on >= day)


async def _is_divided(work: Work, division: _Division) -> bool:
    """Whether anybody is in a group of the subject on the day."""
    here = _of_subject(work, division.class_id, division.subject_id)
    return await work.first(select(GroupMember.id).where(*here, on(division.day, GroupMember)).limit(1)) is not None


async def _members(work: Work, class_id: int, subject_id: int, day: date) -> set[int]:
    """Who is in a group of the subject on the day or later."""
    query = select(GroupMember.student_id).where(*_of_subject(work, class_id, subject_id), _since(day))
    return {row.student_id for row in await work.fetch(query)}


async def _dropped(work: Work, division: _Division) -> set[int]:
    """Who does not take the subject on the day (7.8): they need no group."""
    rows = await work.fetch(
        select(DroppedSubject.student_id).where(
            DroppedSubject.school_id == work.viewer.school_id,
            DroppedSubject.subject_id == division.subject_id,
            among(DroppedSubject.student_id, division.until),
            on(division.day, DroppedSubject),
        )
    )
    return {row.student_id for row in rows}


async def _group(work: Work, class_id: int, subject_id: int, name: str) -> int:
    """The subgroup of that name, made if there is none yet; the class's lock keeps others from making it."""
    key = {"school_id": work.viewer.school_id, "class_id": class_id, "subject_id": subject_id, "name": name}
    known = await work.first(select(StudyGroup.id).where(*(getattr(StudyGroup, n) == v for n, v in key.items())))
    if known is None:
        new = insert(StudyGroup).values(**key, kind=GroupKind.SUBGROUP)
        known = await work.first(new.returning(StudyGroup.id))
    return int(known.id)


async def _divide(work: Work, division: _Division, wanted: Mapping[int, int], students: Collection[int]) -> None:
    """Bring the memberships of some students to what is wanted from the day on; what stands so already stays."""
    day, gone, ended, longer = division.day, list[int](), list[int](), dict[date | None, list[int]]()
    here = _of_subject(work, division.class_id, division.subject_id)
    rows = await work.fetch(
        select(
            *(getattr(GroupMember, name) for name in ("id", "group_id", "student_id", "starts_on", "ends_on"))
        ).where(*here, among(GroupMember.student_id, students), _since(day))
    )
    kept = set[int]()
    for row in rows:
        until = division.until.get(row.student_id)
        if wanted.get(row.student_id) == row.group_id and row.starts_on <= day:
            kept.add(row.student_id)
            if row.ends_on != until:
                longer.setdefault(until, []).append(row.id)
        else:
            (gone if row.starts_on >= day else ended).append(row.id)
    check_past(day, work.today, bool(gone or ended), "startsOn", "5.10")
    own = GroupMember.school_id == work.viewer.school_id
    await work.execute(delete(GroupMember).where(own, among(GroupMember.id, gone)))
    await work.execute(update(GroupMember).where(own, among(GroupMember.id, ended)).values(ends_on=day - _DAY))
    for until, ids in longer.items():
        await work.execute(update(GroupMember).where(own, among(GroupMember.id, ids)).values(ends_on=until))
    new = [
        {
            "school_id": work.viewer.school_id,
            "group_id": group,
            "student_id": student,
            "starts_on": day,
            "ends_on": division.until[student],
        }
        for student, group in sorted(wanted.items())
        if student not in kept
    ]
    if new:
        await work.execute(insert(GroupMember).values(new))


async def set_individual_plan(
    context: Context,
    student_id: int,
    individual: bool,
    subjects: Sequence[int],
    starts_on: date,
    if_version: int | None,
) -> int:
    """Say whether a student learns by an individual plan, and what of the class's they do not take from a day (7.8)."""
    given = {"student": student_id, "individual": individual, "subjects": list(subjects), "startsOn": starts_on}
    async with command(context, "setIndividualPlan", given) as work:
        student = await work.one(students_to_plan(work.viewer).where(Student.id == student_id), "studentId")
        check_version(if_version, card_version(student.version, student.person_version))
        if subjects and not individual:
            message = "Предметы не изучают только по индивидуальному плану."
            raise Refusal(RefusalCode.BAD_INPUT, message, "droppedSubjectIds", "7.8")
        if len(set(subjects)) < len(subjects) or len(subjects) > MOST_ENTRIES:
            raise bad_input("Предмет указан дважды, или их слишком много.", "droppedSubjectIds")
        await check_subjects(work, {f"droppedSubjectIds.{n}": each for n, each in enumerate(subjects)})
        # Whoever is just setting a mark is waited for, and who comes later sees the plan.
        await work.hold_students([student_id], alone=True)
        own = (DroppedSubject.school_id == work.viewer.school_id, DroppedSubject.student_id == student_id)
        rows = await work.fetch(
            select(
                DroppedSubject.id, DroppedSubject.subject_id, DroppedSubject.starts_on, DroppedSubject.ends_on
            ).where(*own, or_(DroppedSubject.ends_on.is_(None), DroppedSubject.ends_on >= starts_on))
        )
        kept = {row.subject_id: row for row in rows if row.subject_id in subjects and row.starts_on <= starts_on}
        others = [row for row in rows if kept.get(row.subject_id) is not row]
        check_past(starts_on, work.today, bool(others), "startsOn", "7.8")
        gone = [row.id for row in others if row.starts_on >= starts_on]
        ended = [row.id for row in others if row.starts_on < starts_on]
        await work.execute(delete(DroppedSubject).where(*own, among(DroppedSubject.id, gone)))
        before = update(DroppedSubject).where(*own, among(DroppedSubject.id, ended))
        await work.execute(before.values(ends_on=starts_on - _DAY))
        goes_on = update(DroppedSubject).where(*own, among(DroppedSubject.id, [row.id for row in kept.values()]))
        await work.execute(goes_on.values(ends_on=None))
        new = [
            {"school_id": work.viewer.school_id, "student_id": student_id, "subject_id": each, "starts_on": starts_on}
            for each in subjects
            if each not in kept
        ]
        resumed = [each for each, row in kept.items() if row.ends_on is not None]
        left_out = [*resumed, *(each for each in subjects if each not in kept)]
        await _check_not_marked(work, student_id, left_out, starts_on)
        if new:
            await work.execute(insert(DroppedSubject).values(new))
        mine = (Student.school_id == work.viewer.school_id, Student.id == student_id)
        if gone or ended or new or resumed or individual != student.individual_plan:
            values = {"individual_plan": individual, **changed(work, Student)}
            await work.execute(update(Student).where(*mine).values(values))
    return student_id


async def _check_not_marked(work: Work, student_id: int, subjects: Collection[int], since: date) -> None:
    """Refuse to leave out subjects from a day on which the student has a mark in one already (7.8): of a lesson since,
    or of what ends then or later.
    """
    marks = (
        select(Mark.id)
        .join(Lesson, and_(Lesson.school_id == Mark.school_id, Lesson.id == Mark.lesson_id))
        .where(
            *(Mark.school_id == work.viewer.school_id, Mark.student_id == student_id),
            *(Mark.lesson_date >= since, among(Lesson.subject_id, subjects)),
        )
    )
    slot = and_(
        *(MarkSlot.school_id == FinalMark.school_id, MarkSlot.class_id == FinalMark.class_id),
        *(MarkSlot.kind == FinalMark.kind, MarkSlot.period_id.is_not_distinct_from(FinalMark.period_id)),
    )
    finals = (
        select(FinalMark.id)
        .join(MarkSlot, slot)
        .where(
            *(FinalMark.school_id == work.viewer.school_id, FinalMark.student_id == student_id),
            *(MarkSlot.ends_on >= since, among(FinalMark.subject_id, subjects)),
        )
    )
    found = [("Mark", row.id) for row in await work.fetch(marks.order_by(Mark.id))]
    found += [("FinalMark", row.id) for row in await work.fetch(finals.order_by(FinalMark.id))]
    if found:
        message = "С этого дня по предмету уже есть отметки: снимите их, или укажите более поздний день."
        raise Refusal(RefusalCode.JOURNAL_FILLED, message, "startsOn", "7.8", tuple(found))
