"""Remarks of the deputy to teachers about how journals are kept (7.11)."""

from datetime import date, datetime
from typing import Any

import strawberry

from models.report_remarks import Remark as RemarkRow
from permissions.report_remarks import visible_remarks
from resolvers import curriculum, report_remarks, school, timetable
from rules.report_control import key_of

from .base import Node, computed, edge, node
from .curriculum import AcademicYear, Period, SchoolClass, StudyGroup, Subject
from .enums_report_control import ControlCheck, RemarkState
from .school_people import Staff, Student
from .timetable import Lesson


def _key(finding: str | None, *keys: Any) -> str | None:
    return None if finding is None else key_of(finding, *keys)


@node(
    visible_remarks,
    RemarkRow,
    description="Замечание учителю о ведении журнала (7.11); о найденном — закрывается само, когда исправлено.",
)
class Remark(Node):
    state: RemarkState = strawberry.field(description="Состояние.")
    clause: str = strawberry.field(description="Пункт Порядка, которому это не соответствует.")
    text: str = strawberry.field(description="Что не так.")
    finding: ControlCheck | None = strawberry.field(description="Какой проверкой найдено; null — написано от себя.")
    due_on: date | None = strawberry.field(description="До какого дня исправить.")
    made_at: datetime = strawberry.field(description="Когда написано.")
    answer: str | None = strawberry.field(description="Ответ учителя.")
    answered_at: datetime | None = strawberry.field(description="Когда на него ответили.")
    closed_at: datetime | None = strawberry.field(
        description="Когда закрыто; у закрывшегося само — когда это записано, до полуминуты спустя."
    )
    withdrawn_at: datetime | None = strawberry.field(description="Когда отозвано.")
    comment: str | None = strawberry.field(description="Что сказано при закрытии или отзыве.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    staff: Staff | None = edge(school.staff_of, description="Кому.")
    made_by: Staff | None = edge(report_remarks.remark_by, description="Кто написал.")
    closed_by: Staff | None = edge(report_remarks.remark_closed_by, description="Кто закрыл; null — закрылось само.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа, чей это журнал.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    period: Period | None = edge(curriculum.period_of, description="Учебный период.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")

    mended: bool = computed(
        lambda state, closed_by: state == RemarkState.CLOSED and closed_by is None,
        *("state", "closed_by"),
        description="Закрылось само: контроль этого больше не находит.",
    )
    key: str | None = computed(
        _key, "finding", "key0", "key1", "key2", description="Слово найденного; null — написано от себя."
    )
