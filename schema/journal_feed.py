"""A diary's feed: new, changed and removed marks, those of periods and years too, absences and homework."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import curriculum, journal, journal_finals, timetable

from .base import edge
from .curriculum import Subject
from .enums_journal import FeedKind
from .journal import Attendance, Homework, Mark
from .timetable import Lesson

if TYPE_CHECKING:
    from .journal_finals import FinalMark


@strawberry.type(
    description="Новое в дневнике. Объект — какой он теперь: с версией 1 — новый, с большей — изменённый, null — убран."
)
class FeedItem:
    kind: FeedKind = strawberry.field(description="О чём речь.")
    told_at: datetime = strawberry.field(description="Когда случилось.")
    lesson_date: date | None = strawberry.field(description="День урока; null у отметки за период или год.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    mark: Mark | None = edge(journal.mark_of, description="Отметка; null — снята.")
    attendance: Attendance | None = edge(journal.attendance_by_number, description="Пропуск; null — убран.")
    final_mark: Annotated["FinalMark", strawberry.lazy("schema.journal_finals")] | None = edge(
        journal_finals.told_final_mark, description="Отметка за период или год; null — снята."
    )
    homework: Homework | None = edge(journal.homework_of, description="Задание; null — отменено.")
