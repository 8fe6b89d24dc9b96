"""A diary's feed: new, changed and removed marks, absences and homework since a cursor."""

from datetime import date, datetime

import strawberry

from resolvers import curriculum, journal, timetable

from .base import edge
from .curriculum import Subject
from .enums import FeedKind
from .journal import Attendance, Homework, Mark
from .timetable import Lesson


@strawberry.type(
    description="Новое в дневнике. Объект — какой он теперь: с версией 1 — новый, с большей — изменённый, null — убран."
)
class FeedItem:
    kind: FeedKind = strawberry.field(description="О чём речь.")
    told_at: datetime = strawberry.field(description="Когда случилось.")
    lesson_date: date = strawberry.field(description="День урока.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    mark: Mark | None = edge(journal.mark_of, description="Отметка; null — снята.")
    attendance: Attendance | None = edge(journal.attendance_by_number, description="Пропуск; null — убран.")
    homework: Homework | None = edge(journal.homework_of, description="Задание; null — отменено.")
