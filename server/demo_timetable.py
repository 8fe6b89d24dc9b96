"""The demo school's week: a slot for every lesson such that nobody is in two places, and a room for each."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random

from .demo_curriculum import Department
from .demo_plan import Course, Plan, SchoolClass
from .demo_rows import Rows

Slot = tuple[int, int, int]
"""Day of the week from 0, shift, number of the lesson."""

CLASH, REPEAT = 10, 1
"""What it costs that a teacher is wanted in two places, and that a class has a subject twice a day."""


@dataclass(frozen=True)
class WeeklyLesson:
    """A course's lesson in one slot of every week. `rooms` go with the course's parts."""

    slot: Slot
    course: Course
    rooms: tuple[int, ...]


def _slots(of: SchoolClass, hours: int) -> list[Slot]:
    """So many slots, from the first lesson of each day without gaps; the longer days lie early in the week."""
    usual, longer = divmod(hours, of.days)
    return [(day, of.shift, n) for day in range(of.days) for n in range(1, usual + (day < longer) + 1)]


class _Search:
    """Exchanges lessons within classes until no teacher is wanted twice at once, the best exchange first."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.rng = rng
        self.slots: list[list[Slot]] = []
        self.lessons: list[list[Course]] = []
        self.wanted: Counter[tuple[int, Slot]] = Counter()
        self.daily: Counter[tuple[int, int, int]] = Counter()
        for each in plan.classes:
            lessons = [course for course in plan.courses if course.of is each for _ in range(course.hours)]
            rng.shuffle(lessons)
            slots = _slots(each, len(lessons))
            self.slots.append(slots)
            self.lessons.append(lessons)
            for slot, course in zip(slots, lessons, strict=True):
                self._count(course, slot, 1)

    def _count(self, course: Course, slot: Slot, by: int) -> int:
        """Put a lesson into a slot or take it out; gives what that changes in the cost."""
        cost = 0
        for part in course.parts:
            key = (part.teacher, slot)
            self.wanted[key] += by
            cost += CLASH * (self.wanted[key] > (1 if by > 0 else 0))
        day = (course.of.number, course.subject, slot[0])
        self.daily[day] += by
        cost += REPEAT * (self.daily[day] > (1 if by > 0 else 0))
        return cost * by

    def _exchange(self, of: int, one: int, other: int) -> int:
        slots, lessons = self.slots[of], self.lessons[of]
        cost = self._count(lessons[one], slots[one], -1) + self._count(lessons[other], slots[other], -1)
        lessons[one], lessons[other] = lessons[other], lessons[one]
        return cost + self._count(lessons[one], slots[one], 1) + self._count(lessons[other], slots[other], 1)

    def _clashes(self, of: int, place: int) -> bool:
        slot = self.slots[of][place]
        return any(self.wanted[part.teacher, slot] > 1 for part in self.lessons[of][place].parts)

    def _repeats(self, of: int, place: int) -> bool:
        course, slot = self.lessons[of][place], self.slots[of][place]
        return course.hours <= course.of.days and self.daily[course.of.number, course.subject, slot[0]] > 1

    def _improve(self, of: int, place: int, *, must: bool) -> None:
        """Exchange one lesson for that of its class which costs least; where it `must`, even at a loss."""
        best, found = (10**6 if must else 0), -1
        for other in range(len(self.lessons[of])):
            if self.lessons[of][other] is self.lessons[of][place]:
                continue
            cost = self._exchange(of, place, other)
            self._exchange(of, place, other)
            if cost < best or (cost == best and found >= 0 and self.rng.random() < 0.4):
                best, found = cost, other
        if found >= 0:
            self._exchange(of, place, found)

    def _places(self) -> list[tuple[int, int]]:
        return [(of, place) for of, lessons in enumerate(self.lessons) for place in range(len(lessons))]

    def run(self, rounds: int = 400) -> bool:
        """Whether a week without clashes was found; then subjects twice a day are thinned out as well."""
        for _ in range(rounds):
            clashing = [at for at in self._places() if self._clashes(*at)]
            if not clashing:
                break
            self.rng.shuffle(clashing)
            for at in clashing:
                if self._clashes(*at):
                    self._improve(*at, must=True)
        else:
            return False
        for _ in range(3):
            for at in self._places():
                if self._repeats(*at):
                    self._improve(*at, must=False)
        return True


ON_A_FLOOR = 16
GYMS = ("Спортзал 1", "Спортзал 2", "Малый зал", "Тренажёрный зал", "Стадион")


def _add_rooms(rows: Rows, plan: Plan) -> tuple[dict[int, int], list[int]]:
    """Each teacher's usual room, and all rooms where any lesson can be held. Sport has halls, a few teachers share."""
    home: dict[int, int] = {}
    general: list[int] = []
    for department, teachers in plan.departments.items():
        sport, shared = department is Department.SPORT, department not in {Department.SPORT, Department.PRIMARY}
        count = len(teachers) if not shared else max(1, round(len(teachers) * 0.8))
        numbers = range(len(general), len(general) + count)
        names = GYMS if sport else [f"{n // ON_A_FLOOR + 1}{n % ON_A_FLOOR + 1:02}" for n in numbers]
        rooms = [rows.add("room", name=name) for name, _ in zip(names, teachers, strict=False)]
        home |= {teacher: rooms[place % len(rooms)] for place, teacher in enumerate(teachers)}
        general += [] if sport else rooms
    return home, general


def _place(rows: Rows, plan: Plan, lessons: list[tuple[Slot, Course]], rng: Random) -> list[WeeklyLesson]:
    """Find a room for each part of each lesson: the teacher's own, or else one that stands empty."""
    home, general = _add_rooms(rows, plan)
    taken: dict[Slot, set[int]] = defaultdict(set)
    rooms: dict[tuple[Slot, int], int] = {}
    guests = []
    for slot, course in lessons:
        for part in course.parts:
            own = home.get(part.teacher)
            if own is None or own in taken[slot]:
                guests.append((slot, part))
            else:
                taken[slot].add(own)
                rooms[slot, part.group] = own
    for slot, part in guests:
        empty = [room for room in general if room not in taken[slot]]
        rooms[slot, part.group] = room = rng.choice(empty)
        taken[slot].add(room)
    return [
        WeeklyLesson(slot, course, tuple(rooms[slot, part.group] for part in course.parts)) for slot, course in lessons
    ]


def make_timetable(rows: Rows, plan: Plan, rng: Random) -> list[WeeklyLesson]:
    """The week's lessons in the order of their slots."""
    for _ in range(10):
        search = _Search(plan, rng)
        if search.run():
            break
    else:
        raise RuntimeError("no timetable without clashes was found")
    lessons = [
        (slot, course)
        for slots, courses in zip(search.slots, search.lessons, strict=True)
        for slot, course in zip(slots, courses, strict=True)
    ]
    lessons.sort(key=lambda lesson: (lesson[0], lesson[1].of.number))
    return _place(rows, plan, lessons, rng)
