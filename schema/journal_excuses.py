"""Why students are away for some days: documents, and the family's word until there is one (7.3)."""

from datetime import date, datetime
from typing import Any

import strawberry

from models.journal_excuses import Excuse as ExcuseRow
from permissions.journal_excuses import visible_excuses
from resolvers import journal_excuses, school
from rules.journal import ATTENDANCE_LETTERS
from rules.journal_excuses import in_time

from .base import After, Connection, First, Node, computed, edge, edge_with, node, paged, secret
from .enums_journal import AttendanceCode, ExcuseKind
from .journal import Attachment, Attendance
from .school_people import PERSONAL, Staff, Student


@node(
    visible_excuses,
    ExcuseRow,
    description="Чем объяснено отсутствие в эти дни: документ (7.3) или, пока его нет, сообщение семьи.",
)
class Excuse(Node):
    kind: ExcuseKind = strawberry.field(description="Документ какого вида, или сообщение.")
    code: AttendanceCode = strawberry.field(description="Причина: она стоит у всех пропусков этих дней.")
    number: str | None = secret(PERSONAL, "Номер документа.")
    issued_on: date | None = strawberry.field(description="Каким числом выдан документ.")
    received_on: date = strawberry.field(description="Когда принесён в школу.")
    due_on: date | None = strawberry.field(
        description="По какой день исправляются причины: 2 рабочих дня (7.3). У сообщения срока нет."
    )
    entered_on: date = strawberry.field(description="Когда внесён.")
    in_time: bool | None = computed(in_time, "entered_on", "due_on", description="Внесён в срок.")
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date = strawberry.field(description="По какой день.")
    comment: str | None = secret(PERSONAL, "Примечание.")
    withdrawn_at: datetime | None = strawberry.field(description="Когда отозван; null — действует.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    entered_by: Staff | None = edge(school.staff_of_account("entered_by"), description="Кто внёс.")
    attachments: list[Attachment] = edge(journal_excuses.excuse_attachments, description="Файлы.")
    letters: str = computed(ATTENDANCE_LETTERS.__getitem__, "code", description="Причина, как в клетке журнала.")

    @edge_with(
        journal_excuses.excuse_attendance,
        returns=Connection[Attendance],
        description="Пропуски с этой причиной, по датам уроков.",
    )
    def attendance(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)
