"""The pedagogical council's decision on a class's students, as it goes into the sheet of marks (10.6)."""

from datetime import date

import strawberry

from permissions.gates import gate
from permissions.movement_council import RECORDERS
from resolvers import movement_council

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .curriculum import SchoolClass
from .enums import CouncilOutcome

MAY_RECORD = gate(RECORDERS)


@strawberry.type(description="Решение педагогического совета записано; оно — в сводной ведомости класса.")
class RecordCouncilDecisionPayload(Written):
    school_class: SchoolClass | None = written(SchoolClass, "Класс.")


@strawberry.input(description="Что решил педагогический совет и о ком.")
class RecordCouncilDecisionInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    outcome: CouncilOutcome = strawberry.field(description="Решение.")
    number: str = strawberry.field(description="Номер протокола.")
    decided_on: date = strawberry.field(description="Дата протокола.")
    student_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="О ком; без него — обо всех, кто был в классе в этот день."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CouncilMutation:
    @command(
        MAY_RECORD,
        "Записать решение педагогического совета по классу или отдельным обучающимся (10.6): завуч и классный "
        "руководитель. Действует записанное последним.",
    )
    async def record_council_decision(
        self, info: Info, input: RecordCouncilDecisionInput
    ) -> RecordCouncilDecisionPayload:
        students = input.student_ids
        class_id = await movement_council.record_council_decision(
            info.context,
            number("SchoolClass", input.class_id, "classId"),
            None if students is None else [number("Student", each, "studentIds") for each in students],
            *(input.outcome, input.number, input.decided_on, input.idempotency_key),
        )
        return RecordCouncilDecisionPayload(number=class_id)
