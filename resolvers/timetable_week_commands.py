"""Commands on versions of the weekly timetable before they are published: make, fill, throw away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, literal, or_, select, update

from models.curriculum import SchoolClass, StudyGroup, Subject
from models.school import Staff
from models.timetable import Room
from models.timetable_week import Timetable, TimetableEntry
from permissions.scopes import same
from permissions.timetable_week import timetables_to_change
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import TimetableState, Weeks, check_line, check_number, check_weekday

from .commands import Work, among, check_version, command
from .context import Context
from .timetable_commands import changed, new, year_to_schedule

MOST_ENTRIES = 3000
"""How many entries one command may set: more than a large school's week has."""


@dataclass(frozen=True)
class EntryInput:
    """An entry as it is to be; with an id, an entry that is there."""

    weekday: int
    number: int
    weeks: Weeks
    group_id: int
    subject_id: int
    teacher_id: int
    room_id: int | None
    id: int | None = None

    @property
    def slot(self) -> tuple[int, int, int, str]:
        """No two entries of a version have the same."""
        return self.group_id, self.weekday, self.number, self.weeks

    @property
    def values(self) -> dict[str, Any]:
        """Its columns."""
        return {
            "weekday": self.weekday,
            "number": self.number,
            "weeks": self.weeks,
            "group_id": self.group_id,
            "subject_id": self.subject_id,
            "teacher_id": self.teacher_id,
            "room_id": self.room_id,
        }


async def timetable_to_change(work: Work, timetable_id: int, if_version: int | None) -> Any:
    """The version, locked after its year: whoever changes a year's timetable comes alone."""
    year = select(Timetable.year_id).where(Timetable.school_id == work.viewer.school_id, Timetable.id == timetable_id)
    found = await work.first(year)
    if found is None:
        raise not_found("timetableId")
    await year_to_schedule(work, found.year_id, "timetableId")
    timetable = await work.one(timetables_to_change(work.viewer).where(Timetable.id == timetable_id), "timetableId")
    check_version(if_version, timetable.version)
    return timetable


def _check_draft(timetable: Any) -> None:
    if timetable.state != TimetableState.DRAFT:
        message = "Опубликованное расписание не меняют: сделайте копию, исправьте её и опубликуйте."
        raise Refusal(RefusalCode.NOT_A_DRAFT, message, "timetableId")


async def change_timetable(work: Work, timetable_id: int, **values: Any) -> None:
    """Write what has become of a version, and that it has changed."""
    await work.execute(
        update(Timetable)
        .where(Timetable.school_id == work.viewer.school_id, Timetable.id == timetable_id)
        .values(**values, version=Timetable.version + 1, **changed(work))
    )


async def create_timetable(context: Context, year_id: int, title: str, copy_of: int | None, key: str | None) -> int:
    """Begin a version of the weekly timetable, empty or as a copy of another of the same year (6.1)."""
    given = {"year": year_id, "title": title, "copyOf": copy_of}
    async with command(context, "createTimetable", given, key=key) as work:
        school_id = work.viewer.school_id
        await year_to_schedule(work, year_id)
        if work.repeated:
            return int(work.answer)
        check_line(title, "title", required=True)
        titles = select(Timetable.id).where(Timetable.school_id == school_id, Timetable.year_id == year_id)
        if await work.first(titles.where(Timetable.title == title.strip())):
            raise bad_input("Так уже называется другое расписание этого года.", "title")
        if copy_of is not None and not await work.first(titles.where(Timetable.id == copy_of)):
            raise not_found("copyOf")
        row = await work.first(
            insert(Timetable)
            .values(school_id=school_id, year_id=year_id, title=title.strip(), state=TimetableState.DRAFT, **new(work))
            .returning(Timetable.id)
        )
        if copy_of is not None:
            columns = ("weekday", "number", "weeks", "group_id", "subject_id", "teacher_id", "room_id")
            await work.execute(
                insert(TimetableEntry).from_select(
                    ["school_id", "timetable_id", *columns],
                    select(
                        TimetableEntry.school_id,
                        literal(row.id),
                        *(getattr(TimetableEntry, name) for name in columns),
                    )
                    .where(TimetableEntry.school_id == school_id, TimetableEntry.timetable_id == copy_of)
                    .order_by(TimetableEntry.id),
                )
            )
        return int(await work.done(row.id))


async def delete_timetable(context: Context, timetable_id: int, if_version: int | None) -> int:
    """Throw a draft away."""
    async with command(context, "deleteTimetable", {"timetable": timetable_id}) as work:
        timetable = await timetable_to_change(work, timetable_id, if_version)
        _check_draft(timetable)
        school_id = work.viewer.school_id
        await work.execute(
            delete(TimetableEntry).where(
                TimetableEntry.school_id == school_id, TimetableEntry.timetable_id == timetable_id
            )
        )
        await work.execute(delete(Timetable).where(Timetable.school_id == school_id, Timetable.id == timetable_id))
    return timetable_id


async def set_timetable_entries(
    context: Context,
    timetable_id: int,
    entries: Sequence[EntryInput],
    class_id: int | None,
    remove: Sequence[int],
    if_version: int | None,
) -> list[int]:
    """Set entries of a draft: the whole week of a class, whose others go, or a list beside what is there.

    An entry with an id, or in a slot of its group that is taken, changes the one that is there.
    """
    given = {
        "timetable": timetable_id,
        "class": class_id,
        "entries": [{**each.values, "id": each.id} for each in entries],
        "remove": remove,
    }
    async with command(context, "setTimetableEntries", given) as work:
        timetable = await timetable_to_change(work, timetable_id, if_version)
        _check_draft(timetable)
        _check_entries(entries)
        groups = await _check_references(work, timetable.year_id, entries, class_id)
        of = (TimetableEntry.school_id == work.viewer.school_id, TimetableEntry.timetable_id == timetable_id)
        standing = {row.id: row for row in await work.fetch(select(TimetableEntry).where(*of))}
        by_slot = {(row.group_id, row.weekday, row.number, row.weeks): row.id for row in standing.values()}
        for position, number in enumerate(remove):
            if number not in standing:
                raise not_found(f"remove.{position}")
        for position, each in enumerate(entries):
            if each.id is not None and (each.id not in standing or each.id in remove):
                raise not_found(f"entries.{position}.id")
        named = {each.id for each in entries}
        kept: list[int | None] = []
        for each in entries:
            there = by_slot.get(each.slot)
            kept.append(each.id or (there if there not in named and there not in remove else None))
        gone = set(remove)
        if class_id is not None:
            gone |= {number for number, row in standing.items() if groups.get(row.group_id) == class_id} - set(kept)
        rest = {
            (row.group_id, row.weekday, row.number, row.weeks)
            for number, row in standing.items()
            if number not in gone and number not in kept
        }
        for position, each in enumerate(entries):
            if each.slot in rest:
                raise bad_input("В этот урок у группы уже что-то стоит.", f"entries.{position}.number")
        # Entries that change places would meet on their way: what changes is taken out, and put back under its id.
        written = [
            (number, each)
            for number, each in zip(kept, entries, strict=True)
            if number is not None and any(standing[number][name] != value for name, value in each.values.items())
        ]
        await work.execute(
            delete(TimetableEntry).where(*of, among(TimetableEntry.id, gone | {number for number, _ in written}))
        )
        made = await _insert(
            work, timetable_id, written, [each for n, each in zip(kept, entries, strict=True) if not n]
        )
        if gone or written or made:
            await change_timetable(work, timetable_id)
        return [number or made[each.slot] for number, each in zip(kept, entries, strict=True)]


async def _insert(
    work: Work, timetable_id: int, known: Sequence[tuple[int, EntryInput]], fresh: Sequence[EntryInput]
) -> dict[Any, int]:
    of = {"school_id": work.viewer.school_id, "timetable_id": timetable_id}
    if known:
        await work.execute(
            insert(TimetableEntry).values([{**of, "id": number, **each.values} for number, each in known])
        )
    made: dict[Any, int] = {}
    # A statement takes so many parameters at most.
    for start in range(0, len(fresh), 1000):
        rows = await work.fetch(
            insert(TimetableEntry)
            .values([{**of, **each.values} for each in fresh[start : start + 1000]])
            .returning(
                TimetableEntry.id,
                TimetableEntry.group_id,
                TimetableEntry.weekday,
                TimetableEntry.number,
                TimetableEntry.weeks,
            )
        )
        made |= {(row.group_id, row.weekday, row.number, row.weeks): row.id for row in rows}
    return made


def _check_entries(entries: Sequence[EntryInput]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise bad_input(f"За один раз можно записать не больше {MOST_ENTRIES} уроков.", "entries")
    slots: set[Any] = set()
    numbers: set[int] = set()
    for position, each in enumerate(entries):
        prefix = f"entries.{position}."
        check_weekday(each.weekday, f"{prefix}weekday")
        check_number(each.number, f"{prefix}number")
        if each.slot in slots:
            raise bad_input("Этот урок группы назван дважды.", f"{prefix}number")
        if each.id in numbers:
            raise bad_input("Запись названа дважды.", f"{prefix}id")
        slots.add(each.slot)
        numbers |= {each.id} if each.id else set()


async def _check_references(
    work: Work, year_id: int, entries: Sequence[EntryInput], class_id: int | None
) -> Mapping[int, int]:
    """Each group is one of the year, of the class if one is named; subjects, teachers and rooms are there.

    Gives the class of each group.
    """
    school_id = work.viewer.school_id
    groups = {
        row.id: row
        for row in await work.fetch(
            select(StudyGroup.id, StudyGroup.class_id, StudyGroup.subject_id)
            .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
            .where(StudyGroup.school_id == school_id, SchoolClass.year_id == year_id)
        )
    }
    if class_id is not None and not any(row.class_id == class_id for row in groups.values()):
        raise not_found("classId")
    subjects = await _known(work, Subject, {each.subject_id for each in entries})
    employed = or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= work.today)
    teachers = await _known(work, Staff, {each.teacher_id for each in entries}, employed)
    rooms = await _known(work, Room, {each.room_id for each in entries if each.room_id}, Room.archived_on.is_(None))
    for position, each in enumerate(entries):
        prefix = f"entries.{position}."
        group = groups.get(each.group_id)
        if group is None or (class_id is not None and group.class_id != class_id):
            raise not_found(f"{prefix}groupId")
        if each.subject_id not in subjects:
            raise not_found(f"{prefix}subjectId")
        if group.subject_id not in (None, each.subject_id):
            raise bad_input("Эта подгруппа собрана по другому предмету.", f"{prefix}subjectId")
        if each.teacher_id not in teachers:
            raise not_found(f"{prefix}teacherId")
        if each.room_id is not None and each.room_id not in rooms:
            raise not_found(f"{prefix}roomId")
    return {number: row.class_id for number, row in groups.items()}


async def _known(work: Work, model: Any, numbers: set[int], *more: Any) -> set[int]:
    """Which of these numbers the school has."""
    if not numbers:
        return set()
    rows = await work.fetch(
        select(model.id).where(model.school_id == work.viewer.school_id, among(model.id, numbers), *more)
    )
    return {row.id for row in rows}
