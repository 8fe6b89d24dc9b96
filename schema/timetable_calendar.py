"""Calendar feeds: links under which a calendar program reads a timetable; made, and revoked."""

from datetime import datetime

import strawberry

from models.timetable_calendar import CalendarFeed as CalendarFeedRow
from permissions.gates import gate
from permissions.timetable_calendar import READERS, visible_calendar_feeds
from resolvers import account, curriculum, school, timetable, timetable_calendar_commands
from rules.account import PERSONAL
from rules.refusals import Refusal as Refused
from rules.refusals import RefusalCode
from rules.timetable_calendar import MOST_FEEDS, FeedOf

from .account import Account
from .base import Info, Node, decode_id, edge, node, number
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .curriculum import SchoolClass
from .school_people import Staff, Student
from .timetable import Room

MAY_MAKE = gate(READERS)
MAY_REVOKE = gate(PERSONAL)


@node(
    visible_calendar_feeds,
    CalendarFeedRow,
    description="Ссылка на календарь iCalendar с расписанием. Показывает то, что её владелец видит в день обращения.",
)
class CalendarFeed(Node):
    created_at: datetime = strawberry.field(description="Когда заведена.")
    revoked_at: datetime | None = strawberry.field(description="Когда отозвана; null — действует.")
    fetched_at: datetime | None = strawberry.field(description="Когда по ней обращались в последний раз.")
    account: Account | None = edge(account.account_of, description="Чья она.")
    student: Student | None = edge(school.student_of, description="Чьё расписание: обучающегося.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Чьё расписание: класса.")
    staff: Staff | None = edge(school.staff_of, description="Чьё расписание: учителя.")
    room: Room | None = edge(timetable.room_of, description="Чьё расписание: кабинета.")


@strawberry.type
class OfFeed(Written):
    feed: CalendarFeed | None = written(CalendarFeed, "Ссылка.")


@strawberry.type(description="Ссылка на календарь заведена.")
class CreateCalendarFeedPayload(OfFeed):
    path: str | None = strawberry.field(
        description="Сама ссылка, от адреса сервера: `/calendar/….ics`. Больше её не покажет ничто; null — это повтор."
    )


@strawberry.type(description="Ссылка на календарь отозвана: она больше ничего не показывает.")
class RevokeCalendarFeedPayload(OfFeed):
    pass


@strawberry.input(description="Чьё расписание показывать. Ссылка заменяет вход: кто её знает, видит расписание.")
class CreateCalendarFeedInput:
    of_id: strawberry.ID = strawberry.field(description="Обучающийся, класс, сотрудник или кабинет.")
    idempotency_key: str | None = strawberry.field(
        default=None, description=f"{IDEMPOTENCY_KEY} Ссылки повтор не покажет: она нигде не хранится."
    )


@strawberry.input(description="Какую ссылку отозвать.")
class RevokeCalendarFeedInput:
    feed_id: strawberry.ID = strawberry.field(description="Ссылка: своя, а администратору — любая.")


def _target(value: str) -> tuple[FeedOf, int]:
    type_name, row = decode_id(value, "ofId")
    if type_name not in set(FeedOf):
        raise Refused(RefusalCode.BAD_ID, "Здесь нужен обучающийся, класс, сотрудник или кабинет.", "ofId")
    return FeedOf(type_name), row


@strawberry.type
class CalendarMutation:
    @command(MAY_MAKE, f"Завести ссылку на календарь с расписанием; у одной учётной записи их до {MOST_FEEDS}.")
    async def create_calendar_feed(
        self,
        info: Info,
        input: CreateCalendarFeedInput,
    ) -> CreateCalendarFeedPayload:
        made = await timetable_calendar_commands.create_calendar_feed(
            info.context, *_target(input.of_id), input.idempotency_key
        )
        return CreateCalendarFeedPayload(number=made.feed_id, path=made.path)

    @command(MAY_REVOKE, "Отозвать ссылку на календарь, сразу и навсегда.")
    async def revoke_calendar_feed(
        self,
        info: Info,
        input: RevokeCalendarFeedInput,
    ) -> RevokeCalendarFeedPayload:
        feed = number("CalendarFeed", input.feed_id, "feedId")
        return RevokeCalendarFeedPayload(
            number=await timetable_calendar_commands.revoke_calendar_feed(info.context, feed)
        )
