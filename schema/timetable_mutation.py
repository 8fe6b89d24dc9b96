"""What those who make the timetable write: bells, rooms, the weekly timetable, days moved."""

from datetime import date, time
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.timetable import SCHEDULERS
from resolvers import (
    timetable_commands,
    timetable_publishing,
    timetable_transfers,
    timetable_week_commands,
)
from rules.timetable_corrections import not_made

from .base import Info, encode_id, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, IF_VERSION, IF_VERSION_OR_NEW, Written, command, written
from .enums import Weeks
from .timetable import BellSchedule, Room
from .timetable_week import DayTransfer, Timetable, TimetableEntry

MAY_SCHEDULE = gate(SCHEDULERS)

_WEEKDAY = "День недели: от 1, понедельника, до 6, субботы."


@strawberry.type(description="Звонки записаны.")
class SetBellSchedulePayload(Written):
    bell_schedule: BellSchedule | None = written(BellSchedule, "Расписание звонков.")


@strawberry.type(description="Кабинет добавлен.")
class CreateRoomPayload(Written):
    room: Room | None = written(Room, "Кабинет.")


@strawberry.type(description="Кабинет изменён.")
class UpdateRoomPayload(Written):
    room: Room | None = written(Room, "Кабинет.")


@strawberry.type(description="Недельное расписание начато.")
class CreateTimetablePayload(Written):
    timetable: Timetable | None = written(Timetable, "Расписание.")


@strawberry.type(description="Уроки недельного расписания записаны, все до одного.")
class SetTimetableEntriesPayload(Written):
    numbers: strawberry.Private[list[int]]
    timetable: Timetable | None = written(Timetable, "Расписание.")

    @resolved("Уроки в порядке ввода.", only=MAY_SCHEDULE)
    async def entries(self, info: Info) -> list[TimetableEntry]:
        found: list[Any] = await timetable_publishing.entries_by_number(info.context, self.numbers)
        return found


@strawberry.type(description="Недельное расписание действует, и уроки по датам составлены.")
class PublishTimetablePayload(Written):
    timetable: Timetable | None = written(Timetable, "Расписание.")
    created: int = strawberry.field(description="Сколько появилось = число уроков по датам, которых до этого не было.")
    changed: int = strawberry.field(
        description="Сколько изменилось = число уроков, у которых сменился учитель, кабинет или время."
    )
    removed: int = strawberry.field(description="Сколько убрано = число запланированных уроков, которых больше нет.")
    left_out: list[str] = strawberry.field(
        description="Какие уроки не поставлены: их учителя, кабинет или учащихся занимает урок, который уже проведён, "
        "заполнен или исправлен вручную."
    )


@strawberry.type(description="Черновик удалён.")
class DeleteTimetablePayload:
    timetable_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.type(description="Учебный день перенесён.")
class TransferDayPayload(Written):
    day_transfer: DayTransfer | None = written(DayTransfer, "Перенос.")


@strawberry.type(description="Перенос отменён.")
class CancelDayTransferPayload:
    day_transfer_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.input(description="Звонок.")
class BellInput:
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    starts_at: time = strawberry.field(description="Начало, по времени школы.")
    ends_at: time = strawberry.field(description="Конец, по времени школы.")


@strawberry.input(description="Звонки смены целиком: на все дни недели или на один.")
class SetBellScheduleInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    shift: int = strawberry.field(description="Смена.")
    weekday: int | None = strawberry.field(
        default=None, description=f"{_WEEKDAY} Без него — все дни без своих звонков."
    )
    name: str = strawberry.field(description="Название.")
    bells: list[BellInput] = strawberry.field(description="Звонки.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


@strawberry.input(description="Новый кабинет.")
class CreateRoomInput:
    name: str = strawberry.field(description="Как написано на двери.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Изменения кабинета. Меняется только то, что передано.")
class UpdateRoomInput:
    room_id: strawberry.ID = strawberry.field(description="Кабинет.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    archived: bool | None = strawberry.field(default=UNSET, description="Больше не используется.")


@strawberry.input(description="Новое недельное расписание, черновик.")
class CreateTimetableInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    title: str = strawberry.field(description="Название.")
    copy_of: strawberry.ID | None = strawberry.field(
        default=None, description="С каким расписанием начать; без него — пустое."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Урок недельного расписания.")
class TimetableEntryInput:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Какой из имеющихся; без него — новый или на том же месте."
    )
    weekday: int = strawberry.field(description=_WEEKDAY)
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    weeks: Weeks = strawberry.field(default=Weeks.EVERY, description="По каким неделям.")
    group_id: strawberry.ID = strawberry.field(description="Группа.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    teacher_id: strawberry.ID = strawberry.field(description="Учитель.")
    room_id: strawberry.ID | None = strawberry.field(default=None, description="Кабинет.")


@strawberry.input(description="Уроки черновика: неделя одного класса целиком или список в дополнение к имеющимся.")
class SetTimetableEntriesInput:
    timetable_id: strawberry.ID = strawberry.field(description="Расписание.")
    class_id: strawberry.ID | None = strawberry.field(
        default=None, description="Это вся неделя класса: остальные его уроки убираются."
    )
    entries: list[TimetableEntryInput] = strawberry.field(description="Уроки.")
    remove: list[strawberry.ID] | None = strawberry.field(default=None, description="Какие уроки убрать.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="С какого по какой день действует недельное расписание.")
class PublishTimetableInput:
    timetable_id: strawberry.ID = strawberry.field(description="Расписание.")
    since: date = strawberry.field(name="from", description="С какого дня.")
    until: date = strawberry.field(description="По какой день.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Удаление черновика.")
class DeleteTimetableInput:
    timetable_id: strawberry.ID = strawberry.field(description="Расписание.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Перенос учебного дня: уроков другого дня или расписания дня недели.")
class TransferDayInput:
    from_date: date | None = strawberry.field(
        default=None, description="Чьи уроки перенести; этот день станет выходным."
    )
    weekday: int | None = strawberry.field(default=None, description=f"По какому расписанию учиться. {_WEEKDAY}")
    to_date: date = strawberry.field(description="День, который учатся.")
    grades: list[int] | None = strawberry.field(default=None, description="Параллели; без них — вся школа.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Отмена переноса.")
class CancelDayTransferInput:
    day_transfer_id: strawberry.ID = strawberry.field(description="Перенос.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _entry(given: TimetableEntryInput, prefix: str) -> timetable_week_commands.EntryInput:
    return timetable_week_commands.EntryInput(
        given.weekday,
        given.number,
        given.weeks,
        number("StudyGroup", given.group_id, f"{prefix}groupId"),
        number("Subject", given.subject_id, f"{prefix}subjectId"),
        number("Staff", given.teacher_id, f"{prefix}teacherId"),
        optional_number("Room", given.room_id, f"{prefix}roomId"),
        optional_number("TimetableEntry", given.id, f"{prefix}id"),
    )


@strawberry.type
class TimetableMutation:
    @command(MAY_SCHEDULE, "Записать звонки смены (6.1): на все дни недели или на один, например короткий.")
    async def set_bell_schedule(self, info: Info, input: SetBellScheduleInput) -> SetBellSchedulePayload:
        schedule = await timetable_commands.set_bell_schedule(
            info.context,
            number("AcademicYear", input.year_id, "yearId"),
            input.shift,
            input.weekday,
            input.name,
            [(bell.number, bell.starts_at, bell.ends_at) for bell in input.bells],
            input.if_version,
        )
        return SetBellSchedulePayload(number=schedule)

    @command(MAY_SCHEDULE, "Добавить кабинет.")
    async def create_room(self, info: Info, input: CreateRoomInput) -> CreateRoomPayload:
        return CreateRoomPayload(
            number=await timetable_commands.create_room(info.context, input.name, input.idempotency_key)
        )

    @command(MAY_SCHEDULE, "Переименовать кабинет, вывести из использования или вернуть.")
    async def update_room(self, info: Info, input: UpdateRoomInput) -> UpdateRoomPayload:
        sent = {"name": input.name, "archived": input.archived}
        values = {name: value for name, value in sent.items() if value is not UNSET}
        room = number("Room", input.room_id, "roomId")
        return UpdateRoomPayload(number=await timetable_commands.update_room(info.context, room, values))

    @command(MAY_SCHEDULE, "Начать недельное расписание: пустое или копией другого (6.1).")
    async def create_timetable(self, info: Info, input: CreateTimetableInput) -> CreateTimetablePayload:
        made = await timetable_week_commands.create_timetable(
            info.context,
            number("AcademicYear", input.year_id, "yearId"),
            input.title,
            optional_number("Timetable", input.copy_of, "copyOf"),
            input.idempotency_key,
        )
        return CreateTimetablePayload(number=made)

    @command(MAY_SCHEDULE, "Записать уроки черновика: неделю класса или список, все или ни одного (6.1).")
    async def set_timetable_entries(
        self,
        info: Info,
        input: SetTimetableEntriesInput,
    ) -> SetTimetableEntriesPayload:
        of = number("Timetable", input.timetable_id, "timetableId")
        numbers = await timetable_week_commands.set_timetable_entries(
            info.context,
            of,
            [_entry(each, f"entries.{n}.") for n, each in enumerate(input.entries)],
            optional_number("SchoolClass", input.class_id, "classId"),
            [number("TimetableEntry", each, f"remove.{n}") for n, each in enumerate(input.remove or ())],
            input.if_version,
        )
        return SetTimetableEntriesPayload(number=of, numbers=numbers)

    @command(MAY_SCHEDULE, "Ввести недельное расписание в действие и составить уроки по датам (6.1).")
    async def publish_timetable(self, info: Info, input: PublishTimetableInput) -> PublishTimetablePayload:
        of = number("Timetable", input.timetable_id, "timetableId")
        made = await timetable_publishing.publish_timetable(
            info.context, of, input.since, input.until, input.if_version
        )
        return PublishTimetablePayload(
            number=of,
            created=made.created,
            changed=made.changed,
            removed=made.removed,
            left_out=[not_made(*each) for each in made.left_out],
        )

    @command(MAY_SCHEDULE, "Удалить черновик недельного расписания.")
    async def delete_timetable(self, info: Info, input: DeleteTimetableInput) -> DeleteTimetablePayload:
        gone = await timetable_week_commands.delete_timetable(
            info.context, number("Timetable", input.timetable_id, "timetableId"), input.if_version
        )
        return DeleteTimetablePayload(timetable_id=encode_id("Timetable", gone))

    @command(
        MAY_SCHEDULE, "Перенести учебный день (6.1): не позднее 3 рабочих дней до дня, на который переносится (6.6)."
    )
    async def transfer_day(self, info: Info, input: TransferDayInput) -> TransferDayPayload:
        transfer = await timetable_transfers.transfer_day(
            info.context, input.from_date, input.weekday, input.to_date, input.grades, input.idempotency_key
        )
        return TransferDayPayload(number=transfer)

    @command(MAY_SCHEDULE, "Отменить перенос, пока его дни не наступили.")
    async def cancel_day_transfer(self, info: Info, input: CancelDayTransferInput) -> CancelDayTransferPayload:
        gone = await timetable_transfers.cancel_day_transfer(
            info.context, number("DayTransfer", input.day_transfer_id, "dayTransferId"), input.if_version
        )
        return CancelDayTransferPayload(day_transfer_id=encode_id("DayTransfer", gone))
