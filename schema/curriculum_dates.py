"""What the administrator and the deputy write of a school year: its days, periods, holidays, and their rules."""

from datetime import date

import strawberry
from strawberry import UNSET

from permissions.curriculum_write import OPENERS, PLANNERS, YEAR_KEEPERS
from permissions.gates import gate
from resolvers import curriculum_dates
from resolvers.curriculum_dates import Days

from .base import Info, number, optional_number
from .commands import IDEMPOTENCY_KEY, Written, command, sent, written
from .curriculum import AcademicYear
from .enums import PeriodKind

MAY_PLAN = gate(PLANNERS)
MAY_OPEN = gate(OPENERS)
MAY_KEEP = gate(YEAR_KEEPERS)


@strawberry.type
class OfYear(Written):
    year: AcademicYear | None = written(AcademicYear, "Учебный год.")


@strawberry.type(description="Учебный год открыт.")
class CreateYearPayload(OfYear):
    pass


@strawberry.type(description="Учебный год исправлен.")
class UpdateYearPayload(OfYear):
    pass


@strawberry.type(description="Учебные периоды заданы.")
class SetPeriodsPayload(OfYear):
    pass


@strawberry.type(description="Каникулы и праздники заданы.")
class SetHolidaysPayload(OfYear):
    pass


@strawberry.type(description="Деление года задано.")
class SetPeriodRulePayload(OfYear):
    pass


@strawberry.input(description="Новый учебный год.")
class CreateYearInput:
    name: str = strawberry.field(description="Название: «2026/2027».")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Название и сроки учебного года. Меняется только то, что передано.")
class UpdateYearInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    starts_on: date | None = strawberry.field(default=UNSET, description="Первый день.")
    ends_on: date | None = strawberry.field(default=UNSET, description="Последний день.")


@strawberry.input(description="Учебный период.")
class PeriodInput:
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    name: str | None = strawberry.field(default=None, description="Название, если не «III четверть».")


@strawberry.input(description="Все периоды одного вида по порядку.")
class SetPeriodsInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    kind: PeriodKind = strawberry.field(description="Вид.")
    periods: list[PeriodInput] = strawberry.field(description="Периоды: 4 четверти, 3 триместра или 2 полугодия.")


@strawberry.input(description="Каникулы или праздник.")
class HolidayInput:
    name: str = strawberry.field(description="Название.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    grades: list[int] | None = strawberry.field(default=None, description="Для каких параллелей, если не для всех.")


@strawberry.input(description="Все каникулы и праздники учебного года.")
class SetHolidaysInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    holidays: list[HolidayInput] = strawberry.field(description="Каникулы и праздники; остальные убираются.")


@strawberry.input(description="На какие периоды делится год параллели или профиля.")
class SetPeriodRuleInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    grade: int = strawberry.field(description="Параллель.")
    profile_id: strawberry.ID | None = strawberry.field(default=None, description="Профиль, если не вся параллель.")
    kind: PeriodKind | None = strawberry.field(description="Вид периодов; null — убрать правило.")


@strawberry.type
class DatesMutation:
    @command(MAY_OPEN, "Завести учебный год отдельно: первый или прошлый. Следующий создаёт переход (12.1, 12.2).")
    async def create_year(self, info: Info, input: CreateYearInput) -> CreateYearPayload:
        days = (input.starts_on, input.ends_on)
        year = await curriculum_dates.create_year(info.context, input.name, *days, input.idempotency_key)
        return CreateYearPayload(number=year)

    @command(MAY_KEEP, "Исправить название и сроки учебного года (5.2, 12.1).")
    async def update_year(self, info: Info, input: UpdateYearInput) -> UpdateYearPayload:
        values = sent(input, "name", "starts_on", "ends_on")
        year = number("AcademicYear", input.year_id, "yearId")
        return UpdateYearPayload(number=await curriculum_dates.update_year(info.context, year, values))

    @command(MAY_PLAN, "Задать все учебные периоды одного вида (5.2).")
    async def set_periods(self, info: Info, input: SetPeriodsInput) -> SetPeriodsPayload:
        year = number("AcademicYear", input.year_id, "yearId")
        periods = [Days(each.name, each.starts_on, each.ends_on) for each in input.periods]
        return SetPeriodsPayload(number=await curriculum_dates.set_periods(info.context, year, input.kind, periods))

    @command(MAY_PLAN, "Задать все каникулы и праздники года (5.2, 6.6).")
    async def set_holidays(self, info: Info, input: SetHolidaysInput) -> SetHolidaysPayload:
        year = number("AcademicYear", input.year_id, "yearId")
        holidays = [Days(each.name, each.starts_on, each.ends_on, each.grades) for each in input.holidays]
        return SetHolidaysPayload(number=await curriculum_dates.set_holidays(info.context, year, holidays))

    @command(MAY_PLAN, "Задать, на какие периоды делится год параллели или профиля (5.2); классы делятся так сразу.")
    async def set_period_rule(self, info: Info, input: SetPeriodRuleInput) -> SetPeriodRulePayload:
        year = number("AcademicYear", input.year_id, "yearId")
        profile = optional_number("Profile", input.profile_id, "profileId")
        await curriculum_dates.set_period_rule(info.context, year, input.grade, profile, input.kind)
        return SetPeriodRulePayload(number=year)
