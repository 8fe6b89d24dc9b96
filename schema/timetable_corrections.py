"""Corrections of dated lessons, and absences of the staff."""

from datetime import date as day
from datetime import datetime
from typing import Annotated, Any

import strawberry

from models.timetable_corrections import LessonCorrection as LessonCorrectionRow
from models.timetable_corrections import StaffAbsence as StaffAbsenceRow
from permissions.gates import gate
from permissions.timetable_corrections import MANAGERS, visible_absences, visible_corrections
from resolvers import curriculum, school, timetable, timetable_corrections
from rules.account import Role

from .base import After, Connection, First, Node, argument, edge, edge_with, node, paged, secret
from .curriculum import Subject
from .enums import AbsenceKind, CorrectionKind
from .school_people import PERSONAL, Staff
from .timetable import Lesson


@node(
    visible_corrections,
    LessonCorrectionRow,
    description="Исправление в расписании: что сделано с уроком, почему, когда и кем, и каким он был до этого (6.5).",
)
class LessonCorrection(Node):
    kind: CorrectionKind = strawberry.field(description="Что сделано.")
    reason: str | None = secret(PERSONAL, "Почему; видят завуч, директор, учителя урока и классный руководитель.")
    made_at: datetime = strawberry.field(description="Когда сделано.")
    date: day | None = strawberry.field(description="День урока до исправления; null — урока ещё не было.")
    number: int | None = strawberry.field(description="Номер урока до исправления.")
    room: str | None = strawberry.field(description="Кабинет до исправления.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет до исправления.")
    teacher: Staff | None = edge(school.teacher_of, description="Учитель до исправления.")
    substitute: Staff | None = edge(school.substitute_of, description="Кто заменял учителя до исправления.")
    made_by: Staff | None = edge(timetable_corrections.correction_by, description="Кто исправил.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок, каким он стал.")


@node(visible_absences, StaffAbsenceRow, description="Отсутствие сотрудника; диагноз не указывается (6.5).")
class StaffAbsence(Node):
    kind: AbsenceKind = strawberry.field(description="Почему отсутствует.")
    starts_on: day = strawberry.field(description="Первый день.")
    ends_on: day | None = strawberry.field(description="Последний день; null — пока не известен.")
    recorded_at: datetime = strawberry.field(description="Когда записано.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    staff: Staff | None = edge(school.staff_of, description="Кто отсутствует.")

    @edge_with(
        timetable_corrections.lessons_to_cover,
        only=gate(MANAGERS, Role.TEACHER),
        returns=Connection[Lesson],
        description="Уроки, которые идут в это время: свои и те, что обещал вести за других.",
    )
    def lessons_to_cover(
        self,
        first: First,
        after: After = None,
        covered: Annotated[bool | None, argument("true — кому уже есть замена, false — кому ещё нет.")] = None,
    ) -> dict[str, Any]:
        return {"covered": covered, **paged(first, after)}
