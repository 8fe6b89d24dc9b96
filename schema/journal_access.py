"""The access log of the journals: who has opened which, and who has written in one (11.4)."""

from datetime import datetime

import strawberry

from models.journal_access import JournalAccess as JournalAccessRow
from permissions.journal_access import visible_journal_access
from resolvers import curriculum, journal_access

from .base import Node, edge, node
from .curriculum import Period, SchoolClass, StudyGroup, Subject
from .school_people import Staff


@node(visible_journal_access, JournalAccessRow, description="Журнал открывали: кто, какой и когда (11.4).")
class JournalAccess(Node):
    at: datetime = strawberry.field(description="Когда.")
    as_of: datetime | None = strawberry.field(description="На какой момент; null — как стояло тогда.")
    by: Staff | None = edge(journal_access.access_by, description="Кто.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа, если открыта страница одной группы.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    period: Period | None = edge(curriculum.period_of, description="Период.")


@strawberry.type(description="Кто писал на странице журнала: темы, задания, отметки, пропуски.")
class JournalWriter:
    commands: int = strawberry.field(
        description="Сколько команд = число разных команд, после которых записи этих уроков стали такими, какими были "
        "или есть: повтор команды — не новая."
    )
    first_at: datetime = strawberry.field(description="Первая.")
    last_at: datetime = strawberry.field(description="Последняя.")
    by: Staff | None = edge(journal_access.access_by, description="Кто.")
