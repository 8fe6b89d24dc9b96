"""The weekly timetable, days moved, events, and what is wrong with a timetable."""

from datetime import date, datetime, time
from typing import Annotated, Any

import strawberry

from models.timetable_events import Event as EventRow
from models.timetable_week import DayTransfer as DayTransferRow
from models.timetable_week import Timetable as TimetableRow
from models.timetable_week import TimetableEntry as TimetableEntryRow
from permissions.gates import gate
from permissions.timetable_week import (
    MAKERS,
    visible_day_transfers,
    visible_events,
    visible_timetable_entries,
    visible_timetables,
)
from resolvers import curriculum, school, timetable, timetable_publishing, timetable_week

from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    edge,
    edge_with,
    node,
    number,
    optional_number,
    paged,
    resolved,
    root,
    secret,
)
from .curriculum import AcademicYear, SchoolClass, StudyGroup, Subject
from .enums import FindingKind, TimetableState, Weeks
from .school_people import PERSONAL, Staff
from .timetable import Room


@node(visible_timetable_entries, TimetableEntryRow, description="Урок недельного расписания.")
class TimetableEntry(Node):
    weekday: int = strawberry.field(description="День недели: от 1, понедельника, до 6, субботы.")
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    weeks: Weeks = strawberry.field(description="По каким неделям.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    teacher: Staff | None = edge(school.teacher_of, description="Учитель.")
    room: Room | None = edge(timetable.room_of, description="Кабинет.")
    timetable: "Timetable | None" = edge(timetable_week.timetable_of, description="Расписание.")


@node(
    visible_timetables, TimetableRow, description="Недельное расписание: черновик или с днями, когда действует (6.1)."
)
class Timetable(Node):
    title: str = secret(PERSONAL, "Название.")
    starts_on: date | None = strawberry.field(description="С какого дня действует.")
    ends_on: date | None = strawberry.field(description="По какой день действует.")
    state: TimetableState = strawberry.field(description="Состояние.")
    published_at: datetime | None = strawberry.field(description="Когда впервые опубликовано.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")

    @edge_with(
        timetable_week.timetable_entries, returns=Connection[TimetableEntry], description="Уроки по дням недели."
    )
    def entries(
        self,
        first: First,
        after: After = None,
        class_id: Annotated[strawberry.ID | None, argument("Только этот класс.")] = None,
    ) -> dict[str, Any]:
        return {"class_id": optional_number("SchoolClass", class_id, "classId"), **paged(first, after)}


@node(visible_day_transfers, DayTransferRow, description="Перенос учебного дня (6.1).")
class DayTransfer(Node):
    from_date: date | None = strawberry.field(description="Чьи уроки переносятся; этот день становится выходным.")
    weekday: int = strawberry.field(description="По расписанию какого дня недели учатся, от 1 до 6.")
    to_date: date = strawberry.field(description="День, который учатся.")
    grades: list[int] | None = strawberry.field(description="Параллели; null — вся школа.")
    recorded_at: datetime = strawberry.field(description="Когда внесён: не позднее 3 рабочих дней до дня (6.6).")
    version: int = strawberry.field(description="Версия для `ifVersion`.")


@node(visible_events, EventRow, description="Мероприятие школы, параллелей или классов (6.1).")
class Event(Node):
    title: str = secret(PERSONAL, "Название.")
    description: str | None = secret(PERSONAL, "Описание.")
    place: str | None = secret(PERSONAL, "Где.")
    starts_on: date = strawberry.field(description="Первый день.")
    starts_at: time | None = strawberry.field(description="Начало по времени школы; null — весь день.")
    ends_on: date = strawberry.field(description="Последний день.")
    ends_at: time | None = strawberry.field(description="Конец по времени школы; null — весь день.")
    for_all: bool = strawberry.field(description="Для всей школы.")
    grades: list[int] | None = strawberry.field(description="Для этих параллелей.")
    cancelled_at: datetime | None = strawberry.field(description="Когда отменено.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    classes: list[SchoolClass] = edge(timetable_week.event_classes, description="Для этих классов.")


@strawberry.type(description="Что не так в недельном расписании.")
class TimetableFinding:
    numbers: strawberry.Private[tuple[int, ...]]
    class_id: strawberry.Private[int | None]
    teacher_id: strawberry.Private[int | None]
    room_id: strawberry.Private[int | None]
    group_id: strawberry.Private[int | None]
    subject_id: strawberry.Private[int | None]
    kind: FindingKind = strawberry.field(description="Что именно.")
    blocking: bool = strawberry.field(description="С этим расписание не опубликовать.")
    message: str = strawberry.field(description="То же словами.")
    weekday: int | None = strawberry.field(description="День недели, от 1 до 6.")
    count: int | None = strawberry.field(
        description="Сколько уроков = число мест класса (день, номер урока); уроки подгрупп в одно время — один, из "
        "чётной и нечётной недели — большее."
    )
    limit: int | None = strawberry.field(description="Сколько можно по санитарным нормам.")
    hours: float | None = strawberry.field(
        description="Сколько часов в расписании = число уроков в неделю, класса и этой подгруппы; через неделю — 0,5."
    )
    planned: float | None = strawberry.field(
        description="Сколько часов в неделю в учебном плане = сумма `hours` предмета в `plan` класса."
    )
    school_class: SchoolClass | None = edge(curriculum.class_of, description="В каком классе.")
    group: StudyGroup | None = edge(curriculum.group_of, description="В какой группе.")
    subject: Subject | None = edge(curriculum.subject_of, description="По какому предмету.")
    teacher: Staff | None = edge(school.teacher_of, description="У какого учителя.")
    room: Room | None = edge(timetable.room_of, description="В каком кабинете.")

    @resolved("О каких уроках речь.", only=gate(MAKERS))
    async def entries(self, info: Info) -> list[TimetableEntry]:
        found: list[Any] = await timetable_publishing.entries_by_number(info.context, self.numbers)
        return found


@strawberry.type
class TimetableQuery:
    @root(gate(MAKERS), "Проверить недельное расписание: сначала то, с чем его не опубликовать; null, если его нет.")
    async def check_timetable(
        self,
        info: Info,
        timetable_id: Annotated[strawberry.ID, argument("Расписание.")],
        on: Annotated[date | None, argument("По составу групп и нагрузке какого дня.")] = None,
    ) -> list[TimetableFinding] | None:
        timetable_number = number("Timetable", timetable_id, "timetableId")
        findings = await timetable_publishing.check_timetable(info.context, timetable_number, on)
        if findings is None:
            return None
        return [
            TimetableFinding(
                numbers=each.entries,
                class_id=each.class_id,
                teacher_id=each.teacher_id,
                room_id=each.room_id,
                group_id=each.group_id,
                subject_id=each.subject_id,
                kind=each.kind,
                blocking=each.blocking,
                message=each.message,
                weekday=each.weekday,
                count=each.count,
                limit=each.limit,
                hours=each.hours,
                planned=each.planned,
            )
            for each in findings
        ]
