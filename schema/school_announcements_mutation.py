"""What people do with announcements: publish, change, withdraw, read (1.7)."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.school_announcements import ANNOUNCERS
from resolvers import school_announcements_commands as commands
from rules.account import PERSONAL
from rules.refusals import bad_input
from rules.school_announcements import Audience

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, sent, written
from .enums import Readership
from .school_announcements import Announcement
from .school_files import files_of

MAY_ANNOUNCE, MAY_READ = gate(ANNOUNCERS), gate(PERSONAL)

_WHICH = "Объявление."


@strawberry.type
class OfAnnouncement(Written):
    announcement: Announcement | None = written(Announcement, "Каким оно стало.")


@strawberry.type(description="Объявление опубликовано.")
class PublishAnnouncementPayload(OfAnnouncement):
    pass


@strawberry.type(description="Объявление изменено.")
class UpdateAnnouncementPayload(OfAnnouncement):
    pass


@strawberry.type(description="Объявление отозвано.")
class WithdrawAnnouncementPayload(OfAnnouncement):
    pass


@strawberry.type(description="Прочтение отмечено.")
class ReadAnnouncementPayload(OfAnnouncement):
    pass


@strawberry.input(description="Кому предназначено объявление.")
class AudienceInput:
    readers: list[Readership] = strawberry.field(description="Кому: работникам, ученикам, родителям.")
    whole_school: bool = strawberry.field(default=False, description="Вся школа.")
    grades: list[int] | None = strawberry.field(default=None, description="Или параллели.")
    class_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Или классы; учителя читают, если преподают в них или ими руководят."
    )
    group_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Или группы.")


@strawberry.input(description="Объявление.")
class PublishAnnouncementInput:
    title: str = strawberry.field(description="Заголовок.")
    text: str = strawberry.field(description="Текст.")
    audience: AudienceInput = strawberry.field(description="Кому.")
    starts_on: date | None = strawberry.field(default=None, description="С какого дня видно; без него — с этого.")
    ends_on: date | None = strawberry.field(default=None, description="По какой день.")
    pinned: bool = strawberry.field(default=False, description="Закрепить раньше других.")
    file_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Файлы, загруженные тем же пользователем через `POST /files`."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Изменение объявления. Меняется только то, что передано.")
class UpdateAnnouncementInput:
    announcement_id: strawberry.ID = strawberry.field(description=_WHICH)
    title: str | None = strawberry.field(default=UNSET, description="Заголовок.")
    text: str | None = strawberry.field(default=UNSET, description="Текст.")
    audience: AudienceInput | None = strawberry.field(default=UNSET, description="Кому, вместо прежних.")
    starts_on: date | None = strawberry.field(default=UNSET, description="С какого дня видно.")
    ends_on: date | None = strawberry.field(default=UNSET, description="По какой день; null — без конца.")
    pinned: bool | None = strawberry.field(default=UNSET, description="Закрепить раньше других.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отзыв объявления.")
class WithdrawAnnouncementInput:
    announcement_id: strawberry.ID = strawberry.field(description=_WHICH)
    reason: str = strawberry.field(description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отметка о прочтении объявления.")
class ReadAnnouncementInput:
    announcement_id: strawberry.ID = strawberry.field(description=_WHICH)


def _audience(given: AudienceInput) -> Audience:
    return Audience(
        frozenset(given.readers),
        given.whole_school,
        tuple(given.grades or ()),
        tuple(number("SchoolClass", each, f"audience.classIds.{n}") for n, each in enumerate(given.class_ids or ())),
        tuple(number("StudyGroup", each, f"audience.groupIds.{n}") for n, each in enumerate(given.group_ids or ())),
    )


def _announcement(value: str) -> int:
    return number("Announcement", value, "announcementId")


_NEVER_NULL = ("title", "text", "audience", "starts_on", "pinned")


@strawberry.type
class AnnouncementMutation:
    @command(MAY_ANNOUNCE, "Опубликовать объявление: учитель — своим классам и группам, администрация — любым.")
    async def publish_announcement(self, info: Info, input: PublishAnnouncementInput) -> PublishAnnouncementPayload:
        announcement = await commands.publish_announcement(
            info.context,
            _audience(input.audience),
            {
                "title": input.title,
                "text": input.text,
                "starts_on": input.starts_on,
                "ends_on": input.ends_on,
                "pinned": input.pinned,
            },
            files_of(input.file_ids),
            input.idempotency_key,
        )
        return PublishAnnouncementPayload(number=announcement)

    @command(MAY_ANNOUNCE, "Изменить объявление: своё; директор и завуч — любое.")
    async def update_announcement(self, info: Info, input: UpdateAnnouncementInput) -> UpdateAnnouncementPayload:
        announcement = _announcement(input.announcement_id)
        values: dict[str, Any] = sent(input, "title", "text", "starts_on", "ends_on", "pinned")
        for name in _NEVER_NULL:
            if getattr(input, name) is None:
                raise bad_input("Это поле не может быть пустым.", "startsOn" if name == "starts_on" else name)
        audience = None if input.audience is UNSET or input.audience is None else _audience(input.audience)
        await commands.update_announcement(info.context, announcement, audience, values, input.if_version)
        return UpdateAnnouncementPayload(number=announcement)

    @command(MAY_ANNOUNCE, "Отозвать объявление: его больше не читают.")
    async def withdraw_announcement(self, info: Info, input: WithdrawAnnouncementInput) -> WithdrawAnnouncementPayload:
        announcement = _announcement(input.announcement_id)
        await commands.withdraw_announcement(info.context, announcement, input.reason, input.if_version)
        return WithdrawAnnouncementPayload(number=announcement)

    @command(MAY_READ, "Отметить объявление прочитанным.")
    async def read_announcement(self, info: Info, input: ReadAnnouncementInput) -> ReadAnnouncementPayload:
        announcement = _announcement(input.announcement_id)
        await commands.read_announcement(info.context, announcement)
        return ReadAnnouncementPayload(number=announcement)
