"""What a calendar feed must show: the timetable that its account reads by GraphQL, written down anew."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

Ask = Callable[[str], Awaitable[Any]]
Shown = dict[str, tuple[Any, ...]]

LESSON = (
    "id date number startsAt endsAt state movedFrom room version subject { name } group { name kind } "
    "teacher { shortName } substitute { id shortName }"
)
EVENT = "id title description place startsOn startsAt endsOn endsAt forAll cancelledAt version"
NUMBER = {"student_id": "Student", "class_id": "SchoolClass", "staff_id": "Staff", "room_id": "Room"}
"""What a feed shows, by the column that says so."""


async def pages(ask: Ask, way: str, name: str, fields: str, days: str) -> list[Any] | None:
    """All rows of a connection at the end of a way, page by page; None where the way leads nowhere."""
    found, after = list[Any](), ""
    while True:
        text = f"{name}({days}, first: 100{after}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }}"
        at = await ask(way.replace("@", text))
        while isinstance(at, dict) and name not in at:
            (at,) = at.values()
        if at is None:
            return None
        found += at[name]["nodes"]
        if not at[name]["pageInfo"]["hasNextPage"]:
            return found
        after = f', after: "{at[name]["pageInfo"]["endCursor"]}"'


async def expected(ask: Ask, column: str, of: str, today: date) -> Shown | None:
    """What a feed of `of` must show, by uid; None if there must be nothing."""
    days = f'since: "{today - timedelta(days=30)}", until: "{today + timedelta(days=365)}"'
    way = f'{{ node(id: "{of}") {{ ... on {NUMBER[column]} {{ @ }} }} }}'
    lessons = await pages(ask, way, "lessons", LESSON, days)
    if lessons is None:
        return None
    events: list[Any] = []
    if column == "staff_id":
        events = [each for each in await pages(ask, "{ school { @ } }", "events", EVENT, days) or [] if each["forAll"]]
        led = (await ask(way.replace("@", "ledClasses { id }")))["node"]["ledClasses"]
        for each in led:
            of_class = f'{{ node(id: "{each["id"]}") {{ ... on SchoolClass {{ @ }} }} }}'
            events += await pages(ask, of_class, "events", EVENT, days) or []
    elif column != "room_id":
        events = await pages(ask, way, "events", EVENT, days) or []
    several = column in {"staff_id", "room_id"}
    shown = {each["id"]: _lesson(each, several, of if column == "staff_id" else None) for each in lessons}
    return shown | {each["id"]: _event(each) for each in events}


def _lesson(lesson: Any, several: bool, teacher: str | None) -> tuple[Any, ...]:
    def named(name: str, key: str) -> str | None:
        return lesson[name][key] if lesson[name] else None

    group, substitute = named("group", "name"), lesson["substitute"]
    title = named("subject", "name") or "Урок"
    if group and (several or lesson["group"]["kind"] == "SUBGROUP"):
        title = f"{title}, {group}"
    moved = lesson["movedFrom"] and date.fromisoformat(lesson["movedFrom"]).strftime("%d.%m.%Y")
    told = {"Группа": group, "Учитель": named("teacher", "shortName"), "Замещает": named("substitute", "shortName")}
    text = [f"Урок {lesson['number']}", *(f"{what}: {value}" for what, value in told.items() if value)]
    text += [f"Перенесён с: {moved}"] if moved else []
    cancelled = lesson["state"] == "CANCELLED"
    given_away = teacher is not None and substitute is not None and substitute["id"] != teacher
    return (
        f"Отменено: {title}" if cancelled else title,
        *(datetime.fromisoformat(f"{lesson['date']}T{lesson[each]}") for each in ("startsAt", "endsAt")),
        *(lesson["room"], "\n".join(text)),
        *("CANCELLED" if cancelled else "CONFIRMED", "TRANSPARENT" if cancelled or given_away else "OPAQUE"),
        lesson["version"] - 1,
    )


def _event(event: Any) -> tuple[Any, ...]:
    first, last = (date.fromisoformat(event[each]) for each in ("startsOn", "endsOn"))
    hours: tuple[Any, ...] = (first, last + timedelta(days=1))
    if event["startsAt"]:
        hours = tuple(
            datetime.fromisoformat(f"{event[f'{each}On']}T{event[f'{each}At']}") for each in ("starts", "ends")
        )
    title, cancelled = event["title"], bool(event["cancelledAt"])
    return (
        f"Отменено: {title}" if cancelled else title,
        *(*hours, event["place"], event["description"]),
        *("CANCELLED" if cancelled else "CONFIRMED", "TRANSPARENT", event["version"] - 1),
    )


def shown(content: bytes, gid: Callable[[str, int], str]) -> Shown:
    """What a calendar shows, by the ids of what its entries are."""
    found: Shown = {}
    for each in Calendar.from_ical(content).walk("VEVENT"):
        kind, _, number = str(each["uid"]).partition("@")[0].partition("-")
        of = gid(kind.title(), int(number))
        assert of not in found, "each once"
        texts = (str(each[name]) if name in each else None for name in ("location", "description"))
        found[of] = (
            str(each["summary"]),
            *(each.decoded("dtstart"), each.decoded("dtend"), *texts),
            *(str(each["status"]), str(each["transp"]), each["sequence"]),
        )
    return found
