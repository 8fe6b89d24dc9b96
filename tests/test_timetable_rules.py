"""The timetable's pure rules: what is wrong with a week, which lessons it makes, bells, weeks, notice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.days import WorkingDays, is_official_holiday
from rules.refusals import Refusal
from rules.timetable import Weeks, check_bells, check_notice, timetable_due_on, weeks_of
from rules.timetable_checks import (
    BLOCKING,
    DAY_LIMITS,
    WEEK_LIMITS,
    Assigned,
    Entry,
    Finding,
    FindingKind,
    Group,
    Week,
    check_week,
)
from rules.timetable_lessons import (
    Holiday,
    Plan,
    Standing,
    Transfer,
    Wanted,
    changes,
    days_between,
    wanted_lessons,
)

YEAR = date(2025, 9, 1)
GROUPS = {
    1: Group(class_id=1, grade=5, shift=1, whole=True),
    2: Group(class_id=1, grade=5, shift=1, whole=False, students=frozenset({1, 2})),
    3: Group(class_id=1, grade=5, shift=1, whole=False, students=frozenset({3})),
    4: Group(class_id=1, grade=5, shift=1, whole=False, students=frozenset({2, 3})),
    5: Group(class_id=2, grade=10, shift=2, whole=True),
}
DAY = {number: (time(8 + number), time(8 + number, 45)) for number in range(4)}
# The second shift overlaps with the first; its Saturday has fewer lessons.
LATE = {number: (time(9 + number, 30), time(10 + number, 15)) for number in range(3)}
BELLS = {
    **{(1, weekday): DAY for weekday in range(1, 8)},
    **{(2, weekday): LATE for weekday in range(1, 6)},
    (2, 6): {1: (time(8), time(8, 40))},
}


def entries(most: int = 12) -> st.SearchStrategy[list[Entry]]:
    """Entries of a week, each in a slot of its own."""
    one = st.builds(
        Entry,
        id=st.just(0),
        weekday=st.sampled_from((1, 2, 6)),
        number=st.integers(0, 4),
        weeks=st.sampled_from(Weeks),
        group_id=st.sampled_from(sorted(GROUPS)),
        subject_id=st.integers(1, 2),
        teacher_id=st.integers(1, 4),
        room_id=st.none() | st.integers(1, 4),
    )
    listed = st.lists(one, max_size=most, unique_by=lambda each: (each.group_id, each.weekday, each.number, each.weeks))
    return listed.map(lambda found: [_numbered(each, number) for number, each in enumerate(found, 1)])


def _numbered(entry: Entry, number: int) -> Entry:
    return Entry(**{**entry.__dict__, "id": number})


def minutes(week: Week, entry: Entry, parity: Weeks) -> set[tuple[int, int]]:
    """The minutes of a week of this parity that an entry takes: the brute-force model's only notion of time."""
    times = BELLS.get((GROUPS[entry.group_id].shift, entry.weekday), {}).get(entry.number)
    if not times or entry.weeks not in (Weeks.EVERY, parity):
        return set()
    start, end = (each.hour * 60 + each.minute for each in times)
    return {(entry.weekday, minute) for minute in range(start, end)}


def modelled(week: Week) -> set[tuple[FindingKind, tuple[int, ...]]]:
    """What a week collides in, pair by pair and minute by minute."""
    found = set()
    for one, other in combinations(week.entries, 2):
        if not any(minutes(week, one, parity) & minutes(week, other, parity) for parity in (Weeks.ODD, Weeks.EVEN)):
            continue
        here, there = GROUPS[one.group_id], GROUPS[other.group_id]
        pair = (one.id, other.id)
        if one.teacher_id == other.teacher_id:
            found.add((FindingKind.TEACHER_BUSY, pair))
        if one.room_id and one.room_id == other.room_id:
            found.add((FindingKind.ROOM_BUSY, pair))
        if here.class_id == there.class_id:
            if one.group_id == other.group_id or here.whole or there.whole:
                found.add((FindingKind.GROUP_BUSY, pair))
            elif here.students & there.students:
                found.add((FindingKind.STUDENT_BUSY, pair))
    for entry in week.entries:
        if entry.number not in BELLS[GROUPS[entry.group_id].shift, entry.weekday]:
            found.add((FindingKind.NO_BELL, (entry.id,)))
    return found


@given(entries=entries())
@settings(max_examples=400, deadline=None)
def test_collisions_are_those_of_the_model(entries: list[Entry]) -> None:
    week = Week(entries, GROUPS, BELLS)
    blocking = [(each.kind, each.entries) for each in check_week(week) if each.blocking]
    assert len(blocking) == len(set(blocking))
    assert set(blocking) == modelled(week)


def of_kind(week: Week, *kinds: FindingKind) -> list[Finding]:
    return [each for each in check_week(week) if each.kind in kinds]


def day_of(lessons: int, weekday: int = 1, group: int = 1, first: int = 1) -> list[Entry]:
    return [Entry(first + number, weekday, number, Weeks.EVERY, group, 1, 1, None) for number in range(lessons)]


@pytest.mark.parametrize("grade", range(1, 12))
def test_a_day_has_so_many_lessons_by_grade(grade: int) -> None:
    """One day of the week may reach the table's higher number; two may not, and none may pass it."""
    groups = {1: Group(1, grade, 1, whole=True)}
    usual, most = DAY_LIMITS[grade]

    def over(*lengths: int) -> list[tuple[int | None, int | None]]:
        listed = [each for weekday, length in enumerate(lengths, 1) for each in day_of(length, weekday)]
        found = of_kind(Week(listed, groups, {}), FindingKind.DAY_LOAD)
        assert all(each.limit == usual and not each.blocking for each in found)
        return [(each.weekday, each.count) for each in found]

    assert over(usual, usual) == []
    assert over(usual, most) == []
    assert over(most, most) == ([(2, most)] if most > usual else [])
    assert over(most + 1) == [(1, most + 1)]


@pytest.mark.parametrize(("days", "grade"), [(days, grade) for days in (5, 6) for grade in range(1, 12)])
def test_a_week_has_so_many_lessons_by_grade(days: int, grade: int) -> None:
    groups, limit = {1: Group(1, grade, 1, whole=True)}, WEEK_LIMITS[days][grade]
    slots = [(weekday, number) for number in range(15) for weekday in range(days, 0, -1)]

    def found(count: int) -> list[tuple[int | None, int | None]]:
        listed = [Entry(1, *slot, Weeks.EVERY, 1, 1, 1, None) for slot in slots[:count]]
        return [(each.count, each.limit) for each in of_kind(Week(listed, groups, {}), FindingKind.WEEK_LOAD)]

    assert found(limit) == []
    assert found(limit + 1) == [(limit + 1, limit)]


def test_subgroups_at_once_are_one_lesson_and_the_longer_week_counts() -> None:
    usual, _ = DAY_LIMITS[5]
    halves = [Entry(number, 1, 9, Weeks.EVERY, group, 1, number, None) for number, group in ((20, 2), (21, 3))]
    odd = [Entry(30 + n, 1, 10 + n, weeks, 1, 1, 1, None) for n, weeks in enumerate((Weeks.ODD, Weeks.EVEN))]
    week = Week([*day_of(usual - 2), *halves, *odd], GROUPS, {})
    assert of_kind(week, FindingKind.DAY_LOAD) == []
    week = Week([*day_of(usual - 1), *halves, *odd], GROUPS, {})
    assert [each.count for each in of_kind(week, FindingKind.DAY_LOAD)] == [usual + 1]


def test_teachers_not_assigned_and_subjects_not_taught() -> None:
    entry = Entry(1, 1, 1, Weeks.EVERY, 1, 1, 1, None)
    kinds = (FindingKind.NOT_ASSIGNED, FindingKind.NO_LESSONS)
    assert of_kind(Week([entry], GROUPS, BELLS, {Assigned(1, 1, 1)}), *kinds) == []
    found = of_kind(Week([entry], GROUPS, BELLS, {Assigned(2, 1, 1), Assigned(2, 3, 2)}), *kinds)
    assert [(each.kind, each.entries, each.teacher_id, each.group_id, each.subject_id) for each in found] == [
        (FindingKind.NO_LESSONS, (), None, 3, 2),
        (FindingKind.NOT_ASSIGNED, (1,), 1, None, 1),
    ]
    assert not any(each.blocking for each in found)


def test_hours_of_the_plan() -> None:
    """Every other week is half an hour; a subgroup has the whole class's hours and its own; each number is told."""

    def found(planned: dict[tuple[int, int], float], *listed: tuple[Weeks, int, int], **more: Any) -> list[Any]:
        made = [Entry(n, 1, n, weeks, group, subject, 1, None) for n, (weeks, group, subject) in enumerate(listed)]
        told = of_kind(Week(made, more.pop("groups", GROUPS), BELLS, planned=planned, **more), FindingKind.PLAN_HOURS)
        assert not any(each.blocking for each in told)
        return [(each.class_id, each.group_id, each.subject_id, each.hours, each.planned) for each in told]

    every, odd, even = Weeks.EVERY, Weeks.ODD, Weeks.EVEN
    assert found({}, (every, 1, 1)) == [], "no plan, nothing to compare with"
    assert found({(1, 1): 1.5}, (every, 1, 1), (odd, 1, 1)) == []
    assert found({(1, 1): 2}, (every, 1, 1), (odd, 1, 1), (even, 1, 1)) == []
    assert found({(1, 1): 2}, (every, 1, 1), (odd, 1, 1)) == [(1, 1, 1, 1.5, 2)]
    assert found({(1, 1): 1}, (every, 1, 1), (every, 1, 2)) == [(1, 1, 2, 1, 0)], "what the plan does not know"
    assert found({(1, 1): 1, (1, 2): 3}, (every, 1, 1)) == [(1, 1, 2, 0, 3)]
    assert found({(1, 1): 1, (2, 1): 1}, (every, 1, 1), (every, 5, 1), (every, 5, 1)) == [(2, 5, 1, 2, 1)]
    # Subgroups, one of them beside lessons of the whole class.
    assert found({(1, 1): 2}, (every, 1, 1), (every, 2, 1), (every, 3, 1)) == []
    assert found({(1, 1): 2}, (every, 2, 1), (every, 2, 1), (every, 3, 1)) == [(1, 3, 1, 1, 2)]
    formed = {**GROUPS, 2: replace(GROUPS[2], subject_id=1), 3: replace(GROUPS[3], subject_id=1)}
    assert found({(1, 1): 1}, (every, 2, 1), groups=formed) == [(1, 3, 1, 0, 1)], "formed, and forgotten"
    assigned = {Assigned(1, 3, 1)}
    assert found({(1, 1): 1}, (every, 2, 1), groups=formed, assigned=assigned) == [], "told as NO_LESSONS"
    (told,) = of_kind(Week([], GROUPS, BELLS, planned={(1, 1): 2.5}), FindingKind.PLAN_HOURS)
    assert told.message == "Часов в неделю не столько, сколько в учебном плане (0 при плане 2,5)."


# Lessons

HOLIDAYS = [
    Holiday(date(2025, 10, 27), date(2025, 11, 4)),
    Holiday(date(2025, 11, 10), date(2025, 11, 11), frozenset({10})),
]
SPAN = (date(2025, 10, 13), date(2025, 11, 30))
_days = st.dates(*SPAN)


@st.composite
def transfers(draw: st.DrawFn) -> list[Transfer]:
    """Transfers no two of which have a day in common, as the command lets them in."""
    days = draw(st.lists(_days.filter(lambda day: day.isoweekday() < 7), unique=True, max_size=6))
    found = []
    while len(days) > 1:
        to_date, from_date = days.pop(), days.pop()
        grades = draw(st.none() | st.sets(st.sampled_from((5, 10)), min_size=1).map(frozenset))
        moved = draw(st.booleans())
        weekday = from_date.isoweekday()
        found.append(Transfer(to_date, weekday, from_date if moved else None, grades))
    return found


def collision_free(listed: list[Entry]) -> list[Entry]:
    """The entries without those that claim somebody or something at once: with them no week is published."""
    kept: list[Entry] = []
    for each in listed:
        if not of_kind(Week([*kept, each], GROUPS, BELLS), *(BLOCKING - {FindingKind.NO_BELL})):
            kept.append(each)
    return kept


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A week with holidays and days moved."""
    return Plan(YEAR, collision_free(draw(entries(20))), GROUPS, BELLS, HOLIDAYS, draw(transfers()))


@given(plan=plans())
@settings(max_examples=150, deadline=None)
def test_lessons_are_those_that_the_week_says(plan: Plan) -> None:
    """None on a holiday or a day moved away; else each entry of the weekday taught, in the weeks that are its own."""
    wanted = wanted_lessons(plan, *SPAN)
    expected = []
    for day in days_between(*SPAN):
        for entry in plan.entries:
            group = GROUPS[entry.group_id]
            if is_official_holiday(day) or any(each.covers(day, group.grade) for each in HOLIDAYS):
                continue
            concerned = [each for each in plan.transfers if each.concerns(group.grade)]
            here = next((each for each in concerned if each.to_date == day), None)
            away = any(each.from_date == day for each in concerned)
            weekday = here.weekday if here else None if away else day.isoweekday()
            origin = (here.from_date if here else None) or day
            times = BELLS.get((group.shift, day.isoweekday()), {}).get(entry.number) or BELLS[
                group.shift, entry.weekday
            ].get(entry.number)
            if entry.weekday == weekday and times and entry.weeks in (Weeks.EVERY, weeks_of(origin, YEAR)):
                expected.append((day, entry.number, entry.group_id, entry.subject_id, origin, *times))
    found = [
        (each.day, each.number, each.group_id, each.subject_id, each.origin, each.starts_at, each.ends_at)
        for each in wanted
    ]
    assert sorted(found) == sorted(expected)
    slots = [(each.group_id, each.day, each.number) for each in wanted]
    assert len(slots) == len(set(slots))


def standing(wanted: list[Wanted], held: Mapping[int, Mapping[str, Any]]) -> list[Standing]:
    """Lessons as they stand once they have been made; those at some places are held fast, as corrected there."""
    return [
        Standing(
            *(number, each.group_id, each.subject_id, each.teacher_id, each.room_id, each.day, each.number, each.shift),
            *(each.starts_at, each.ends_at, each.moved_from, number in held),
            **held.get(number, {}),
        )
        for number, each in enumerate(wanted)
    ]


CORRECTED = st.sampled_from([{}, {}, {"cancelled": True}, {"substitute_id": 1}, {"substitute_id": 4}])
"""What may have become of a lesson that is held fast: filled, cancelled, given to another."""


def after(stands: list[Standing], made: Any) -> list[Standing]:
    """What stands once the changes have been made."""
    gone, changed = {each.id for each in made.remove}, dict(made.change)
    kept = [each for each in stands if each.id not in gone]
    again = standing([changed[each.id] for each in kept if each.id in changed], {})
    numbers = [each.id for each in kept if each.id in changed]
    rest = [each for each in kept if each.id not in changed]
    redone = [Standing(**{**new.__dict__, "id": number}) for new, number in zip(again, numbers, strict=True)]
    fresh = [Standing(**{**new.__dict__, "id": 10_000 + new.id}) for new in standing(made.create, {})]
    return [*rest, *redone, *fresh]


def taken(one: Standing, other: Standing) -> set[str]:
    """What two lessons claim at once, minute by minute."""
    if one.cancelled or other.cancelled or one.day != other.day:
        return set()
    if one.ends_at <= other.starts_at or other.ends_at <= one.starts_at:
        return set()
    givers = [each.substitute_id or each.teacher_id for each in (one, other)]
    found = {"teacher"} if givers[0] == givers[1] else set()
    found |= {"room"} if one.room_id and one.room_id == other.room_id else set()
    here, there = GROUPS[one.group_id], GROUPS[other.group_id]
    same = one.group_id == other.group_id or here.whole or there.whole or bool(here.students & there.students)
    return found | ({"group"} if here.class_id == there.class_id and same else set())


@given(first=plans(), second=plans(), seed=st.randoms(use_true_random=False), data=st.data())
@settings(max_examples=150, deadline=None)
def test_publishing_again(first: Plan, second: Plan, seed: Any, data: st.DataObject) -> None:
    """The same plan changes nothing; another one leaves what is held fast, and makes just what it wants beside that."""
    made = changes(first, [], wanted_lessons(first, *SPAN)).create
    unchanged = changes(first, standing(made, {}), wanted_lessons(first, *SPAN))
    assert (unchanged.create, unchanged.change, unchanged.remove) == ([], [], [])
    held = {number: data.draw(CORRECTED) for number in range(len(made)) if seed.random() < 0.1}
    stands = standing(made, held)
    fast = [each for each in stands if each.held_fast]
    wanted = wanted_lessons(second, *SPAN)
    found = changes(second, stands, wanted)
    assert not held.keys() & {each.id for each in found.remove}
    assert not held.keys() & {number for number, _ in found.change}
    result = after(stands, found)
    slots = [(each.group_id, each.day, each.number) for each in result]
    assert len(slots) == len(set(slots)), "one lesson of a group at a time"
    for each in result:
        group = GROUPS[each.group_id]
        if not each.held_fast:
            assert second.taught(each.day, group.grade) is not None, "no lesson on a day without"
            for other in result:
                assert other.id == each.id or not taken(each, other), "nobody in two places"
    again = changes(second, result, wanted)
    assert (again.create, again.change, again.remove) == ([], [], []), "publishing twice is publishing once"
    assert again.left_out == found.left_out
    by_slot = {(each.group_id, each.subject_id, each.day, each.number): each.id for each in stands}
    for each in result:
        slot = (each.group_id, each.subject_id, each.day, each.number)
        if not each.held_fast and slot in by_slot and by_slot[slot] not in held:
            assert each.id == by_slot[slot], "a lesson that stays keeps its id"
    assert {each.id for each in fast} <= {each.id for each in result}
    missing = {each.slot for each in wanted} - {(e.group_id, e.subject_id, e.day, e.number) for e in result}
    assert {each.lesson.slot for each in found.left_out} <= missing
    for lesson in wanted:
        if lesson.slot in missing - {each.lesson.slot for each in found.left_out}:
            (here,) = standing([lesson], {})
            same = [each for each in result if GROUPS[each.group_id].class_id == GROUPS[lesson.group_id].class_id]
            number = [each for each in same if (each.day, each.number) == (lesson.day, lesson.number)]
            busy = number or any("group" in taken(here, each) for each in same)
            moved = [each for each in fast if (each.group_id, each.moved_from) == (lesson.group_id, lesson.origin)]
            assert busy or moved, "the class itself is busy then, or has the lesson on another day"


MONDAY = date(2025, 10, 13)


def lesson(number: int, day: date, moved_from: date | None = None, *, held: bool = False, id_: int = 1) -> Standing:
    return Standing(id_, 1, 1, 1, None, day, number, 1, *DAY[number], moved_from, held)


def test_a_lesson_moved_by_hand_stands_for_its_own() -> None:
    """Math was moved from Monday to Tuesday: publishing again neither makes it anew on Monday nor brings it back."""
    plan = Plan(YEAR, [Entry(1, 1, 1, Weeks.EVERY, 1, 1, 1, None)], GROUPS, BELLS)
    tuesday = MONDAY + timedelta(days=1)
    moved = lesson(2, tuesday, MONDAY, held=plan.by_hand(1, tuesday, MONDAY))
    assert moved.held_fast
    wanted = wanted_lessons(plan, MONDAY, tuesday)
    found = changes(plan, [moved], wanted)
    assert (found.create, found.change, found.remove) == ([], [], [])


def test_of_two_lessons_the_one_that_was_moved_is_left_out() -> None:
    """Two lessons of math on Monday, the second of which stands: it is the first that was moved away."""
    listed = [Entry(number, 1, number, Weeks.EVERY, 1, 1, 1, None) for number in (1, 2)]
    plan = Plan(YEAR, listed, GROUPS, BELLS)
    tuesday = MONDAY + timedelta(days=1)
    stands = [lesson(2, MONDAY, held=True, id_=1), lesson(3, tuesday, MONDAY, held=True, id_=2)]
    found = changes(plan, stands, wanted_lessons(plan, MONDAY, tuesday))
    assert (found.create, found.change, found.remove) == ([], [], [])


def test_a_lesson_moved_with_its_day_is_no_correction() -> None:
    saturday = MONDAY + timedelta(days=5)
    plan = Plan(YEAR, [], GROUPS, BELLS, transfers=[Transfer(saturday, 1, MONDAY, frozenset({5}))])
    assert not plan.by_hand(1, saturday, MONDAY)
    assert plan.by_hand(5, saturday, MONDAY), "the tenth grade was not moved"
    assert plan.by_hand(1, saturday + timedelta(days=2), MONDAY)
    assert not plan.by_hand(1, saturday, None)


# Weeks, bells, notice


def test_weeks_are_odd_and_even_in_turn() -> None:
    assert weeks_of(YEAR, YEAR) is Weeks.ODD
    wednesday = date(2026, 9, 2)
    assert weeks_of(date(2026, 9, 6), wednesday) is Weeks.ODD
    assert weeks_of(date(2026, 9, 7), wednesday) is Weeks.EVEN
    for day in days_between(*SPAN):
        assert (weeks_of(day, YEAR) is weeks_of(day + timedelta(days=7), YEAR)) is False
        assert weeks_of(day, YEAR) is weeks_of(day - timedelta(days=day.weekday()), YEAR)


@pytest.mark.parametrize(
    ("bells", "field"),
    [
        ([], "bells"),
        ([(15, time(8), time(9))], "bells.0.number"),
        ([(1, time(8), time(9)), (1, time(9), time(10))], "bells.1.number"),
        ([(1, time(9), time(9))], "bells.0.endsAt"),
        ([(2, time(8), time(9)), (1, time(9), time(10))], "bells.0.startsAt"),
        ([(1, time(8), time(9)), (2, time(8, 59), time(10))], "bells.1.startsAt"),
    ],
)
def test_bells_that_are_none(bells: list[tuple[int, time, time]], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_bells(bells, "bells")
    assert refused.value.field == field


def test_bells_with_a_lesson_zero() -> None:
    check_bells([(1, time(8), time(8, 40)), (0, time(7), time(7, 40)), (2, time(8, 40), time(9))], "bells")


def test_notice_is_counted_in_the_schools_working_days() -> None:
    """6.6: no later than 3 working days before the day. Saturday's notice ends on Wednesday."""
    saturday = date(2026, 5, 23)
    check_notice(date(2026, 5, 20), saturday, WorkingDays(), "toDate")
    with pytest.raises(Refusal) as refused:
        check_notice(date(2026, 5, 21), saturday, WorkingDays(), "toDate")
    assert (refused.value.code, refused.value.clause, refused.value.field) == ("TOO_LATE", "6.6", "toDate")
    with pytest.raises(Refusal):
        check_notice(date(2026, 5, 20), saturday, WorkingDays(free={date(2026, 5, 21)}), "toDate")


def test_the_first_timetable_is_due() -> None:
    assert timetable_due_on(YEAR) == date(2025, 9, 20)
