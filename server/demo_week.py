"""The demo school's weekly timetable as it was published, and its events."""

from datetime import date, datetime, time, timedelta

from rules.timetable import TimetableState, Weeks

from .demo_rows import Rows
from .demo_staff import Cast, Team
from .demo_timetable import WeeklyLesson
from .demo_year import LESSONS_END, YEAR_STARTS, at

_ONE = timedelta(days=1)
ENTERED = at(date(2025, 9, 12), time(15))
"""When the year's timetable was first entered: in time (6.6)."""


def add_timetables(rows: Rows, week: list[WeeklyLesson], team: Team) -> None:
    """The week in its versions: with every teacher who takes over from another, a new one comes into force."""
    handovers = sorted({departure.last_day + _ONE for departure in team.departures.values()})
    starts = [YEAR_STARTS, *handovers]
    for starts_on, next_on in zip(starts, [*handovers, LESSONS_END + _ONE], strict=True):
        first = starts_on == YEAR_STARTS
        published_at = ENTERED if first else at(starts_on - 2 * _ONE, time(15))
        timetable = rows.add(
            "timetable",
            year_id=0,
            title="Основное расписание" if first else f"Расписание с {starts_on:%d.%m.%Y}",
            starts_on=starts_on,
            ends_on=next_on - _ONE,
            state=TimetableState.PUBLISHED,
            published_at=published_at,
            changed_at=published_at,
        )
        for each in week:
            weekday, _, number = each.slot
            for part, room in zip(each.course.parts, each.rooms, strict=True):
                rows.add(
                    "timetable_entry",
                    timetable_id=timetable,
                    weekday=weekday + 1,
                    number=number,
                    weeks=Weeks.EVERY,
                    group_id=part.group,
                    subject_id=each.course.subject,
                    teacher_id=team.on(starts_on, part.teacher),
                    room_id=room,
                )


def add_events(rows: Rows, cast: Cast) -> None:
    """What the school and the class of the demo's student have before them and behind them."""

    def add(
        title: str, entered: datetime, starts_on: date, hours: tuple[time, time] | None = None, **more: object
    ) -> int:
        starts_at, ends_at = hours or (None, None)
        times = {"starts_on": starts_on, "starts_at": starts_at, "ends_at": ends_at, "ends_on": starts_on}
        return rows.add(
            "event", **{"year_id": 0, "title": title, "for_all": False, "changed_at": entered, **times, **more}
        )

    of = cast.student_class
    add("День знаний", ENTERED, YEAR_STARTS, (time(9), time(10)), for_all=True, place="Школьный двор")
    spring = at(date(2026, 4, 20), time(14))
    add("Неделя безопасности", spring, date(2026, 5, 18), ends_on=date(2026, 5, 22), for_all=True)
    add("Последний звонок", spring, LESSONS_END, (time(10), time(11, 30)), grades=[9, 11], place="Актовый зал")
    add("Кросс параллели", spring, date(2026, 5, 23), (time(12), time(13)), grades=[of.grade], place="Стадион")
    trip = add(
        *("Экскурсия в краеведческий музей", spring, date(2026, 5, 21), (time(14), time(16))),
        description="Сбор у главного входа за десять минут.",
        place="Краеведческий музей",
    )
    rows.add("event_class", event_id=trip, class_id=of.number)
