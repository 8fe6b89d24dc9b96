"""Which dated lessons a weekly timetable makes, and what is to be changed so that there are just these."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from .days import is_official_holiday
from .timetable import weeks_of
from .timetable_checks import Bells, Entry, Group
from .timetable_corrections import Taken

_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Holiday:
    """Days without lessons, both inclusive, for all grades or for some."""

    starts_on: date
    ends_on: date
    grades: frozenset[int] | None = None

    def covers(self, day: date, grade: int) -> bool:
        """Whether a grade has no lessons that day."""
        return self.starts_on <= day <= self.ends_on and (self.grades is None or grade in self.grades)


@dataclass(frozen=True)
class Transfer:
    """A day taught by another day's timetable (6.1). With `from_date` that day's own lessons are moved there."""

    to_date: date
    weekday: int
    from_date: date | None = None
    grades: frozenset[int] | None = None

    def concerns(self, grade: int) -> bool:
        """Whether it is for the grade, too."""
        return self.grades is None or grade in self.grades


def given_away(transfers: Iterable[Transfer], day: date, grade: int) -> Transfer | None:
    """The transfer for which a grade has no lessons on a day: they are taught on another."""
    concerned = [each for each in transfers if each.concerns(grade)]
    if any(each.to_date == day for each in concerned):
        return None
    return next((each for each in concerned if each.from_date == day), None)


@dataclass(frozen=True)
class Plan:
    """What dated lessons are made from."""

    year_starts_on: date
    entries: Sequence[Entry]
    groups: Mapping[int, Group]
    bells: Bells
    holidays: Collection[Holiday] = ()
    transfers: Collection[Transfer] = ()

    def taught(self, day: date, grade: int) -> tuple[int, date] | None:
        """By which weekday's timetable a grade is taught on a day, and whose day's lessons it has; None: none."""
        if is_official_holiday(day) or any(each.covers(day, grade) for each in self.holidays):
            return None
        for each in self.transfers:
            if each.to_date == day and each.concerns(grade):
                return each.weekday, each.from_date or day
        return None if given_away(self.transfers, day, grade) else (day.isoweekday(), day)

    def by_hand(self, group_id: int, day: date, moved_from: date | None) -> bool:
        """Whether a lesson that stands on `day` was moved there by itself, not with its whole day."""
        if moved_from is None:
            return False
        taught = self.taught(day, self.groups[group_id].grade)
        return taught is None or taught[1] != moved_from or moved_from == day


@dataclass(frozen=True)
class Wanted:
    """A lesson that the timetable makes. `origin`: the day whose lesson it is: not `day` where that was moved."""

    group_id: int
    subject_id: int
    teacher_id: int
    room_id: int | None
    day: date
    number: int
    shift: int
    starts_at: time
    ends_at: time
    origin: date

    @property
    def moved_from(self) -> date | None:
        """As the lesson keeps it."""
        return self.origin if self.origin != self.day else None

    @property
    def slot(self) -> tuple[int, int, date, int]:
        """What a lesson is recognised by."""
        return self.group_id, self.subject_id, self.day, self.number


@dataclass(frozen=True)
class Standing:
    """A lesson that stands. `held_fast`: it has been taught, filled in or corrected by hand, so it stays as it is."""

    id: int
    group_id: int
    subject_id: int
    teacher_id: int
    room_id: int | None
    day: date
    number: int
    shift: int
    starts_at: time
    ends_at: time
    moved_from: date | None = None
    held_fast: bool = False
    substitute_id: int | None = None
    cancelled: bool = False

    @property
    def giver_id(self) -> int:
        """Who gives it."""
        return self.substitute_id or self.teacher_id


@dataclass(frozen=True)
class LeftOut:
    """A lesson that is not made: its teacher, its room or a student of its subgroup is wanted elsewhere then."""

    lesson: Wanted
    taken: Taken


@dataclass
class Changes:
    """What makes the lessons that stand into those that are wanted."""

    create: list[Wanted] = field(default_factory=list)
    change: list[tuple[int, Wanted]] = field(default_factory=list)
    remove: list[Standing] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Group and subject of all lessons that came, went or changed."""
        lessons: Iterable[Wanted | Standing] = [*self.create, *(wanted for _, wanted in self.change), *self.remove]
        return {(each.group_id, each.subject_id) for each in lessons}


def days_between(since: date, until: date) -> Iterator[date]:
    """Each day, both inclusive."""
    while since <= until:
        yield since
        since += _ONE


def wanted_lessons(plan: Plan, since: date, until: date) -> list[Wanted]:
    """The lessons of the days from `since` to `until`, both inclusive, in their order."""
    by_weekday: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for entry in sorted(plan.entries, key=lambda entry: (entry.number, entry.group_id, entry.id)):
        by_weekday[plan.groups[entry.group_id].grade, entry.weekday].append(entry)
    grades = sorted({grade for grade, _ in by_weekday})
    return [
        wanted
        for day in days_between(since, until)
        for grade in grades
        if (taught := plan.taught(day, grade))
        for wanted in _of_day(plan, by_weekday[grade, taught[0]], day, taught[1])
    ]


def _of_day(plan: Plan, entries: Iterable[Entry], day: date, origin: date) -> Iterator[Wanted]:
    weeks = weeks_of(origin, plan.year_starts_on)
    for entry in entries:
        shift = plan.groups[entry.group_id].shift
        # A moved day keeps its lessons and has the bells of the day it is taught on, where that has its own.
        times = plan.bells.get((shift, day.isoweekday()), {}).get(entry.number)
        times = times or plan.bells.get((shift, entry.weekday), {}).get(entry.number)
        if times and entry.weeks.meets(weeks):
            yield Wanted(
                entry.group_id,
                entry.subject_id,
                entry.teacher_id,
                entry.room_id,
                day,
                entry.number,
                shift,
                *times,
                origin,
            )


def changes(plan: Plan, standing: Iterable[Standing], wanted: Sequence[Wanted]) -> Changes:
    """What to create, change and remove. Lessons held fast stay, keep their slots, and stand for what they were.

    A lesson that was moved away by hand stands for one of its subject on the day it was moved from. Where a class is
    busy with a lesson held fast, that is the lesson it has; where somebody or something else is, it is left out.
    """
    found = Changes()
    free: dict[tuple[int, int, date, int], list[Standing]] = defaultdict(list)
    fast: list[Standing] = []
    for each in standing:
        if each.held_fast:
            fast.append(each)
        else:
            free[each.group_id, each.subject_id, each.day, each.number].append(each)
    claims = _Claims(plan, fast)
    for lesson in _without(plan, wanted, fast):
        if claims.class_busy(lesson):
            continue
        if taken := claims.taken(lesson):
            found.left_out.append(LeftOut(lesson, taken))
            continue
        claims.claim(lesson)
        same = free.get(lesson.slot)
        if not same:
            found.create.append(lesson)
            continue
        kept = min(same, key=lambda stands: (stands.moved_from != lesson.moved_from, stands.id))
        same.remove(kept)
        if _differs(kept, lesson):
            found.change.append((kept.id, lesson))
    found.remove = sorted((each for same in free.values() for each in same), key=lambda lesson: lesson.id)
    return found


def _differs(kept: Standing, wanted: Wanted) -> bool:
    return (kept.teacher_id, kept.room_id, kept.shift, kept.starts_at, kept.ends_at, kept.moved_from) != (
        *(wanted.teacher_id, wanted.room_id, wanted.shift, wanted.starts_at, wanted.ends_at),
        wanted.moved_from,
    )


def _without(plan: Plan, wanted: Sequence[Wanted], fast: Sequence[Standing]) -> list[Wanted]:
    """What is wanted beside the lessons that were moved away by hand: each of these is one of its day of origin."""
    gone = Counter(
        (each.group_id, each.subject_id, each.moved_from)
        for each in fast
        if plan.by_hand(each.group_id, each.day, each.moved_from)
    )
    kept: list[Wanted] = []
    held = {(each.group_id, each.subject_id, each.day, each.number) for each in fast}
    for each in sorted(wanted, key=lambda lesson: lesson.slot in held):
        key = (each.group_id, each.subject_id, each.origin)
        if each.slot not in held and gone[key]:
            gone[key] -= 1
        else:
            kept.append(each)
    return sorted(kept, key=lambda lesson: (lesson.day, lesson.number, lesson.group_id))


class _Claims:
    """What lessons held fast, and those planned so far, claim: the slots of classes, teachers and rooms."""

    def __init__(self, plan: Plan, fast: Iterable[Standing]) -> None:
        self.plan = plan
        self.slots: dict[tuple[int, date, int], set[int]] = defaultdict(set)
        self.claimed: dict[tuple[Any, ...], list[tuple[time, time, int]]] = defaultdict(list)
        for each in fast:
            # A lesson that was cancelled keeps its slot: nothing was to be taught then.
            self._take_slot(each)
            if not each.cancelled:
                self._take(each, each.giver_id)

    def claim(self, lesson: Wanted) -> None:
        """From now on it is there."""
        self._take_slot(lesson)
        self._take(lesson, lesson.teacher_id)

    def _take_slot(self, lesson: Wanted | Standing) -> None:
        self.slots[self._class(lesson), lesson.day, lesson.number].add(lesson.group_id)

    def _take(self, lesson: Wanted | Standing, giver: int) -> None:
        span = (lesson.starts_at, lesson.ends_at, lesson.group_id)
        self.claimed[Taken.GROUP, self._class(lesson), lesson.day].append(span)
        self.claimed[Taken.TEACHER, giver, lesson.day].append(span)
        if lesson.room_id:
            self.claimed[Taken.ROOM, lesson.room_id, lesson.day].append(span)

    def _class(self, lesson: Wanted | Standing) -> int:
        return self.plan.groups[lesson.group_id].class_id

    def _at_once(self, lesson: Wanted, *claim: Any) -> Iterator[int]:
        """The groups of lessons that make this claim at the same time."""
        for starts_at, ends_at, group_id in self.claimed.get((*claim, lesson.day), ()):
            if starts_at < lesson.ends_at and lesson.starts_at < ends_at:
                yield group_id

    def class_busy(self, lesson: Wanted) -> bool:
        """Whether the group has another lesson then, itself or as a part of its class."""
        of = self._class(lesson)
        here = {*self.slots.get((of, lesson.day, lesson.number), ()), *self._at_once(lesson, Taken.GROUP, of)}
        return lesson.group_id in here or any(
            self.plan.groups[each].whole or self.plan.groups[lesson.group_id].whole for each in here
        )

    def taken(self, lesson: Wanted) -> Taken | None:
        """Which of teacher, room and students is wanted elsewhere then."""
        students = self.plan.groups[lesson.group_id].students
        fellows = self._at_once(lesson, Taken.GROUP, self._class(lesson))
        if any(students & self.plan.groups[each].students for each in fellows):
            return Taken.GROUP
        if any(self._at_once(lesson, Taken.TEACHER, lesson.teacher_id)):
            return Taken.TEACHER
        if lesson.room_id and any(self._at_once(lesson, Taken.ROOM, lesson.room_id)):
            return Taken.ROOM
        return None
