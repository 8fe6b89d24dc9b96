"""The parents' signatures under weeks of the diary."""

from datetime import date, datetime

import strawberry

from models.journal_acknowledgements import WeekAcknowledgement as Row
from permissions.gates import gate
from permissions.journal_acknowledgements import visible_acknowledgements
from resolvers import journal_acknowledgements as acknowledgements
from resolvers import school
from rules.account import Role

from .base import Info, Node, edge, node, number
from .commands import Written, command, written
from .school_people import Guardian, Student


@node(visible_acknowledgements, Row, description="Родитель подтвердил, что видел неделю дневника.")
class WeekAcknowledgement(Node):
    week_starts_on: date = strawberry.field(description="Понедельник недели.")
    acknowledged_at: datetime = strawberry.field(description="Когда подтвердил.")
    student: Student | None = edge(school.student_of, description="Чей дневник.")
    guardian: Guardian | None = edge(school.guardianship_guardian, description="Кто подтвердил.")


@strawberry.type(description="Неделя подтверждена.")
class AcknowledgeWeekPayload(Written):
    acknowledgement: WeekAcknowledgement | None = written(
        WeekAcknowledgement, "Подтверждение: прежнее, если оно уже было."
    )


@strawberry.input(description="Подтверждение недели дневника.")
class AcknowledgeWeekInput:
    student_id: strawberry.ID = strawberry.field(description="Чей дневник: своего ребёнка.")
    week_of: date = strawberry.field(description="Любой день недели, с её последнего дня с уроками.")


@strawberry.type
class AcknowledgementMutation:
    @command(gate(Role.PARENT), "Подтвердить, что неделя дневника просмотрена (7.12). Повтор ничего не меняет.")
    async def acknowledge_week(self, info: Info, input: AcknowledgeWeekInput) -> AcknowledgeWeekPayload:
        student = number("Student", input.student_id, "studentId")
        found = await acknowledgements.acknowledge_week(info.context, student, input.week_of)
        return AcknowledgeWeekPayload(number=found)
