"""What deputies and HR record of who is absent."""

from datetime import date

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.timetable_corrections import RECORDERS
from resolvers import timetable_absences
from rules.refusals import bad_input

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .enums import AbsenceKind
from .timetable_corrections import StaffAbsence

MAY_RECORD = gate(RECORDERS)


@strawberry.type
class OfAbsence(Written):
    absence: StaffAbsence | None = written(StaffAbsence, "Отсутствие.")


@strawberry.type(description="Отсутствие записано.")
class RecordStaffAbsencePayload(OfAbsence):
    pass


@strawberry.type(description="Отсутствие исправлено.")
class UpdateStaffAbsencePayload(OfAbsence):
    pass


@strawberry.type(description="Отсутствие закончено.")
class EndStaffAbsencePayload(OfAbsence):
    pass


@strawberry.input(description="Отсутствие сотрудника.")
class RecordStaffAbsenceInput:
    staff_id: strawberry.ID = strawberry.field(description="Кто отсутствует.")
    kind: AbsenceKind = strawberry.field(description="Почему.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date | None = strawberry.field(default=None, description="Последний день, если он известен.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Исправление отсутствия. Меняется только то, что передано.")
class UpdateStaffAbsenceInput:
    absence_id: strawberry.ID = strawberry.field(description="Отсутствие.")
    kind: AbsenceKind | None = strawberry.field(default=UNSET, description="Почему.")
    starts_on: date | None = strawberry.field(default=UNSET, description="Первый день.")
    ends_on: date | None = strawberry.field(default=UNSET, description="Последний день; null — пока не известен.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Последний день отсутствия.")
class EndStaffAbsenceInput:
    absence_id: strawberry.ID = strawberry.field(description="Отсутствие.")
    ends_on: date = strawberry.field(description="Последний день.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.type
class AbsencesMutation:
    @command(MAY_RECORD, "Записать, что сотрудник отсутствует (6.5).")
    async def record_staff_absence(self, info: Info, input: RecordStaffAbsenceInput) -> RecordStaffAbsencePayload:
        absence = await timetable_absences.record_absence(
            info.context,
            number("Staff", input.staff_id, "staffId"),
            input.kind,
            input.starts_on,
            input.ends_on,
            input.idempotency_key,
        )
        return RecordStaffAbsencePayload(number=absence)

    @command(MAY_RECORD, "Исправить записанное отсутствие (6.5).")
    async def update_staff_absence(self, info: Info, input: UpdateStaffAbsenceInput) -> UpdateStaffAbsencePayload:
        absence = number("StaffAbsence", input.absence_id, "absenceId")
        given = {"kind": input.kind, "starts_on": input.starts_on, "ends_on": input.ends_on}
        values = {name: value for name, value in given.items() if value is not UNSET}
        for name, field in (("kind", "kind"), ("starts_on", "startsOn")):
            if name in values and values[name] is None:
                raise bad_input("Это поле нельзя оставить пустым.", field)
        await timetable_absences.update_absence(info.context, absence, values, input.if_version)
        return UpdateStaffAbsencePayload(number=absence)

    @command(MAY_RECORD, "Указать последний день отсутствия (6.5).")
    async def end_staff_absence(self, info: Info, input: EndStaffAbsenceInput) -> EndStaffAbsencePayload:
        absence = number("StaffAbsence", input.absence_id, "absenceId")
        await timetable_absences.end_absence(info.context, absence, input.ends_on, input.if_version)
        return EndStaffAbsencePayload(number=absence)
