"""What is wrong with a weekly timetable: who is wanted in two places, and whose day is too long."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from itertools import combinations

from .timetable import WEEKDAY_NAMES, Weeks


class FindingKind(StrEnum):
    """What may be wrong with a weekly timetable."""

    TEACHER_BUSY = "teacher_busy"
    ROOM_BUSY = "room_busy"
    GROUP_BUSY = "group_busy"
    STUDENT_BUSY = "student_busy"
    NO_BELL = "no_bell"
    DAY_LOAD = "day_load"
    WEEK_LOAD = "week_load"
    NOT_ASSIGNED = "not_assigned"
    NO_LESSONS = "no_lessons"
    PLAN_HOURS = "plan_hours"


FINDING_NAMES = {
    FindingKind.TEACHER_BUSY: "Учитель занят на двух уроках сразу",
    FindingKind.ROOM_BUSY: "Кабинет занят двумя уроками сразу",
    FindingKind.GROUP_BUSY: "У класса или группы два урока сразу",
    FindingKind.STUDENT_BUSY: "Учащийся записан в две подгруппы, уроки которых идут сразу",
    FindingKind.NO_BELL: "Для урока нет звонка",
    FindingKind.DAY_LOAD: "Уроков за день больше, чем разрешают санитарные нормы",
    FindingKind.WEEK_LOAD: "Уроков за неделю больше, чем разрешают санитарные нормы",
    FindingKind.NOT_ASSIGNED: "Учитель не назначен вести этот предмет в группе",
    FindingKind.NO_LESSONS: "По нагрузке предмет ведётся, а уроков в расписании нет",
    FindingKind.PLAN_HOURS: "Часов в неделю не столько, сколько в учебном плане",
}
BLOCKING = frozenset(list(FindingKind)[:5])
"""With these a timetable is not published: nobody can be in two places, and a lesson has a time."""

DAY_LIMITS = {
    1: (4, 5),
    **dict.fromkeys((2, 3, 4), (5, 6)),
    5: (6, 6),
    6: (6, 6),
    **dict.fromkeys(range(7, 12), (7, 7)),
}
"""Most lessons a day by grade, and most on one day of the week (СанПиН 1.2.3685-21, table 6.6)."""

WEEK_LIMITS = {
    5: {1: 21, 2: 23, 3: 23, 4: 23, 5: 29, 6: 30, 7: 32, 8: 33, 9: 33, 10: 34, 11: 34},
    6: {1: 21, 2: 26, 3: 26, 4: 26, 5: 32, 6: 33, 7: 35, 8: 36, 9: 36, 10: 37, 11: 37},
}
"""Most lessons a week by the days of the class's week and by grade (the same table)."""


@dataclass(frozen=True)
class Group:
    """A group as the checks see it."""

    class_id: int
    grade: int
    shift: int
    whole: bool
    students: frozenset[int] = frozenset()
    subject_id: int | None = None
    """Of a subgroup: what it was formed for."""


@dataclass(frozen=True)
class Entry:
    """A lesson of the weekly timetable."""

    id: int
    weekday: int
    number: int
    weeks: Weeks
    group_id: int
    subject_id: int
    teacher_id: int
    room_id: int | None


@dataclass(frozen=True)
class Assigned:
    """That a teacher is to teach a subject to a group."""

    teacher_id: int
    group_id: int
    subject_id: int


@dataclass(frozen=True)
class Finding:
    """Something wrong: the entries it is about, and the class, teacher or room where one is."""

    kind: FindingKind
    entries: tuple[int, ...] = ()
    weekday: int | None = None
    class_id: int | None = None
    teacher_id: int | None = None
    room_id: int | None = None
    group_id: int | None = None
    subject_id: int | None = None
    count: int | None = None
    limit: int | None = None
    hours: float | None = None
    planned: float | None = None

    @property
    def blocking(self) -> bool:
        """Whether the timetable cannot be published with it."""
        return self.kind in BLOCKING

    @property
    def message(self) -> str:
        """What it is, for people."""
        when = f": {WEEKDAY_NAMES[self.weekday - 1]}" if self.weekday else ""
        much = f" ({self.count} при норме {self.limit})" if self.limit else ""
        if self.planned is not None:
            much = f" ({_number(self.hours or 0)} при плане {_number(self.planned)})"
        return f"{FINDING_NAMES[self.kind]}{when}{much}."


def _number(hours: float) -> str:
    return f"{hours:g}".replace(".", ",")


Bells = Mapping[tuple[int, int], Mapping[int, tuple[time, time]]]
"""Shift and weekday to the times of each lesson."""


@dataclass(frozen=True)
class Week:
    """All that the checks need of a weekly timetable."""

    entries: Sequence[Entry]
    groups: Mapping[int, Group]
    bells: Bells
    assigned: Collection[Assigned] = ()
    planned: Mapping[tuple[int, int], float] = field(default_factory=dict)
    """Class and subject to its hours a week by the plan, of classes that have one."""

    def times(self, entry: Entry) -> tuple[time, time] | None:
        """When the entry is taught, if there is a bell for it."""
        return self.bells.get((self.groups[entry.group_id].shift, entry.weekday), {}).get(entry.number)


def meet(week: Week, one: Entry, other: Entry) -> bool:
    """Whether two entries are taught at the same time in some week."""
    here, there = week.times(one), week.times(other)
    if not here or not there or one.weekday != other.weekday or not one.weeks.meets(other.weeks):
        return False
    return here[0] < there[1] and there[0] < here[1]


def check_week(week: Week) -> list[Finding]:
    """Everything that is wrong, what blocks first."""
    found = [
        *_busy(week, FindingKind.TEACHER_BUSY, lambda entry: [entry.teacher_id]),
        *_busy(week, FindingKind.ROOM_BUSY, lambda entry: [entry.room_id] if entry.room_id else []),
        *_groups(week),
        *_without_bell(week),
        *_load(week),
        *_assignments(week),
        *_hours(week),
    ]
    return sorted(
        found, key=lambda finding: (not finding.blocking, finding.kind, finding.weekday or 0, finding.entries)
    )


def _together(week: Week, key: Callable[[Entry], Iterable[Hashable]]) -> Iterator[tuple[Hashable, tuple[Entry, Entry]]]:
    """Pairs of entries that share a key and are taught at the same time, each under the key."""
    shared: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in week.entries:
        for each in key(entry):
            shared[each, entry.weekday].append(entry)
    for place, entries in shared.items():
        for one, other in combinations(sorted(entries, key=lambda entry: entry.id), 2):
            if meet(week, one, other):
                yield place, (one, other)


def _busy(week: Week, kind: FindingKind, key: Callable[[Entry], Iterable[Hashable]]) -> Iterator[Finding]:
    for _, (one, other) in _together(week, key):
        teacher = one.teacher_id if kind is FindingKind.TEACHER_BUSY else None
        room = one.room_id if kind is FindingKind.ROOM_BUSY else None
        yield Finding(kind, (one.id, other.id), one.weekday, teacher_id=teacher, room_id=room)


def _groups(week: Week) -> Iterator[Finding]:
    """A group twice, a whole class against its own subgroups, and subgroups with a common student."""
    for _, (one, other) in _together(week, lambda entry: [week.groups[entry.group_id].class_id]):
        here, there = week.groups[one.group_id], week.groups[other.group_id]
        if one.group_id == other.group_id or here.whole or there.whole:
            kind = FindingKind.GROUP_BUSY
        elif here.students & there.students:
            kind = FindingKind.STUDENT_BUSY
        else:
            continue
        yield Finding(kind, (one.id, other.id), one.weekday, class_id=here.class_id)


def _without_bell(week: Week) -> Iterator[Finding]:
    for entry in week.entries:
        if week.times(entry) is None:
            class_id = week.groups[entry.group_id].class_id
            yield Finding(FindingKind.NO_BELL, (entry.id,), entry.weekday, class_id=class_id)


def _load(week: Week) -> Iterator[Finding]:
    """Days and weeks that are too long for a class. Subgroups taught at once are one lesson; the longer week counts."""
    slots: dict[int, dict[Weeks, set[tuple[int, int]]]] = defaultdict(lambda: {Weeks.ODD: set(), Weeks.EVEN: set()})
    grades: dict[int, int] = {}
    for entry in week.entries:
        group = week.groups[entry.group_id]
        grades[group.class_id] = group.grade
        for weeks, taken in slots[group.class_id].items():
            if entry.weeks.meets(weeks):
                taken.add((entry.weekday, entry.number))
    for class_id, by_weeks in slots.items():
        grade = grades[class_id]
        usual, most = DAY_LIMITS[grade]
        days = [Counter(weekday for weekday, _ in taken) for taken in by_weeks.values()]
        longest = {weekday: max(day[weekday] for day in days) for weekday in {each for day in days for each in day}}
        over = sorted(weekday for weekday, count in longest.items() if count > usual)
        # Once a week a day may be one lesson longer, where the table says so.
        forgiven = [weekday for weekday in over if longest[weekday] <= most][:1]
        for weekday in over:
            if weekday not in forgiven:
                yield Finding(FindingKind.DAY_LOAD, (), weekday, class_id=class_id, count=longest[weekday], limit=usual)
        limit = WEEK_LIMITS[6 if 6 in longest else 5][grade]
        count = max(len(taken) for taken in by_weeks.values())
        if count > limit:
            yield Finding(FindingKind.WEEK_LOAD, class_id=class_id, count=count, limit=limit)


def _assignments(week: Week) -> Iterator[Finding]:
    """Entries whose teacher was not given the subject there, and subjects given of which there is no lesson."""
    given = set(week.assigned)
    for entry in week.entries:
        if Assigned(entry.teacher_id, entry.group_id, entry.subject_id) not in given:
            class_id = week.groups[entry.group_id].class_id
            yield Finding(
                FindingKind.NOT_ASSIGNED,
                (entry.id,),
                entry.weekday,
                class_id,
                entry.teacher_id,
                subject_id=entry.subject_id,
            )
    for group_id, subject_id in sorted(_not_taught(week)):
        class_id = week.groups[group_id].class_id
        yield Finding(FindingKind.NO_LESSONS, class_id=class_id, group_id=group_id, subject_id=subject_id)


def _not_taught(week: Week) -> set[tuple[int, int]]:
    """Groups and subjects that somebody is to teach, and of which there is no lesson."""
    given = {(each.group_id, each.subject_id) for each in week.assigned if each.group_id in week.groups}
    return given - {(entry.group_id, entry.subject_id) for entry in week.entries}


def _hours(week: Week) -> Iterator[Finding]:
    """Subjects that a class has more or fewer hours of than its plan says (5.2).

    A lesson every other week is half an hour a week. Where a class is divided, each of its subgroups has the hours of
    the whole class and its own. Nothing is said where nothing is planned for a class, nor twice of what has no lessons.
    """
    hours: dict[tuple[int, int], float] = defaultdict(float)
    for entry in week.entries:
        hours[entry.group_id, entry.subject_id] += 1 if entry.weeks is Weeks.EVERY else 0.5
    groups: dict[tuple[int, int], set[int]] = defaultdict(set)
    formed = [(number, group.subject_id) for number, group in week.groups.items() if group.students]
    for number, subject_id in [*formed, *hours]:
        if subject_id is not None:
            groups[week.groups[number].class_id, subject_id].add(number)
    wholes = {group.class_id: number for number, group in week.groups.items() if group.whole}
    silent, with_plan = _not_taught(week), {class_id for class_id, _ in week.planned}
    for class_id, subject_id in sorted(week.planned.keys() | groups.keys()):
        if class_id not in with_plan:
            continue
        planned, whole = week.planned.get((class_id, subject_id), 0), wholes[class_id]
        parts = groups[class_id, subject_id] - {whole}
        for group_id in sorted(parts) or [whole]:
            count = sum(hours[each, subject_id] for each in {whole, group_id})
            if count != planned and (count or (group_id, subject_id) not in silent):
                yield Finding(
                    FindingKind.PLAN_HOURS,
                    class_id=class_id,
                    group_id=group_id,
                    subject_id=subject_id,
                    hours=count,
                    planned=planned,
                )
