"""Announcements of the school: to whom they go, and who has read them (1.7)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.school_announcements import Announcement as AnnouncementRow
from models.school_announcements import AnnouncementAttachment as AnnouncementAttachmentRow
from permissions.school_announcements import (
    visible_announcement_attachments,
    visible_announcements,
)
from resolvers import school_announcements
from rules.school import full_name

from .base import (
    After,
    Connection,
    First,
    Node,
    argument,
    computed,
    edge,
    edge_with,
    node,
    paged,
)
from .enums import Readership
from .school_files import Downloadable
from .school_people import Staff

if TYPE_CHECKING:
    from .curriculum import SchoolClass, StudyGroup

_CURRICULUM = strawberry.lazy("schema.curriculum")


@node(visible_announcement_attachments, AnnouncementAttachmentRow, description="Файл, приложенный к объявлению.")
class AnnouncementAttachment(Downloadable):
    pass


@strawberry.type(description="Кому предназначено объявление, и прочитал ли он его.")
class AnnouncementReader:
    read_at: datetime | None = strawberry.field(description="Когда прочитал; null — ещё нет.")
    name: str = computed(full_name, "family_name", "given_name", "patronymic", description="Фамилия, имя и отчество.")


def _readers(words: list[str]) -> list[Readership]:
    return [Readership(each) for each in words]


@node(visible_announcements, AnnouncementRow, description="Объявление школы.")
class Announcement(Node):
    title: str = strawberry.field(description="Заголовок.")
    text: str = strawberry.field(description="Текст.")
    whole_school: bool = strawberry.field(description="Для всей школы.")
    grades: list[int] | None = strawberry.field(description="Для каких параллелей.")
    pinned: bool = strawberry.field(description="Закреплено: стоит раньше других.")
    starts_on: date = strawberry.field(description="С какого дня видно.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    published_at: datetime = strawberry.field(description="Когда написано.")
    withdrawn_at: datetime | None = strawberry.field(description="Когда отозвано.")
    withdrawal_reason: str | None = strawberry.field(description="Почему отозвано.")
    read_at: datetime | None = strawberry.field(description="Когда я прочитал; null — ещё нет.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    readers: list[Readership] = computed(_readers, "readers", description="Кому: работникам, ученикам, родителям.")
    author: Staff | None = edge(school_announcements.announcement_author, description="Кто написал.")
    classes: list[Annotated["SchoolClass", _CURRICULUM]] = edge(
        school_announcements.announcement_classes, description="Для каких классов, из тех, что я вижу."
    )
    groups: list[Annotated["StudyGroup", _CURRICULUM]] = edge(
        school_announcements.announcement_groups, description="Для каких групп, из тех, что я вижу."
    )
    attachments: list[AnnouncementAttachment] = edge(
        school_announcements.announcement_attachments, description="Файлы."
    )

    @edge_with(
        school_announcements.announcement_readers,
        returns=Connection[AnnouncementReader],
        description="Кому оно предназначено сегодня, по алфавиту: для автора, директора и завуча.",
    )
    def audience(
        self,
        first: First,
        after: After = None,
        read: Annotated[bool | None, argument("Только прочитавшие, или только остальные.")] = None,
    ) -> dict[str, Any]:
        return {"read": read, **paged(first, after)}
