"""The edit lock (7.6): whether a lesson is open to its teachers, and the unlocks that open closed ones for a time."""

from datetime import date, datetime

import strawberry

from models.journal_locks import Unlock as UnlockRow
from permissions.journal_locks import visible_unlocks
from resolvers import journal_locks, school, timetable

from .base import After, Connection, First, Node, edge, edge_with, node, paged
from .enums_journal import UnlockState
from .school_people import Staff
from .timetable import Lesson


@strawberry.type(description="Команда, выполненная на закрытом уроке по разрешению.")
class UnlockEdit:
    at: datetime = strawberry.field(description="Когда.")
    command: str = strawberry.field(description="Какая команда.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="На каком уроке.")


@node(visible_unlocks, UnlockRow, description="Разрешение редактировать закрытые уроки, или просьба о нём (7.6).")
class Unlock(Node):
    state: UnlockState = strawberry.field(description="Состояние сейчас.")
    reason: str = strawberry.field(description="Почему это нужно.")
    made_at: datetime = strawberry.field(description="Когда попросили, или когда дано без просьбы.")
    until: datetime | None = strawberry.field(description="До какого момента открыто.")
    answer: str | None = strawberry.field(description="Что ответил директор или завуч.")
    decided_at: datetime | None = strawberry.field(description="Когда решено.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    staff: Staff | None = edge(school.staff_of, description="Кому.")
    made_by: Staff | None = edge(journal_locks.unlock_made_by, description="Кто попросил, или кто дал без просьбы.")
    decided_by: Staff | None = edge(journal_locks.unlock_decided_by, description="Кто решил.")
    lessons: list[Lesson] = edge(journal_locks.unlock_lessons, description="Какие уроки, по датам.")

    @edge_with(
        journal_locks.unlock_edits,
        returns=Connection[UnlockEdit],
        description="Что сделано по этому разрешению, по порядку.",
    )
    def edits(self, first: First, after: After = None) -> dict[str, object]:
        return paged(first, after)


@strawberry.type(description="Открыт ли урок учителям: через сколько дней он закрывается, решает школа (7.6).")
class LessonEditing:
    locked: bool = strawberry.field(description="Закрыт по сроку: учителю нужно разрешение.")
    last_day: date | None = strawberry.field(description="Последний день, когда урок открыт; null — не закрывается.")
    unlocks: list[Unlock] = edge(
        journal_locks.lesson_unlocks,
        description="Действующие сейчас разрешения: свои; у директора и завуча — все.",
    )
