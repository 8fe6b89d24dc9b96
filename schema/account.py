"""Signing in and out, one's own sessions, and who one is; accounts and what they may do."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.account import Account as AccountRow
from models.account import AccountRole as AccountRoleRow
from models.account import Session as SessionRow
from permissions.account import visible_account_roles, visible_accounts, visible_sessions
from permissions.gates import OPEN, SIGNED_IN, gate
from permissions.viewer import Viewer
from resolvers import account as account_reads
from resolvers import account_commands, account_orders, curriculum, journal_locks, school_messages, timetable_calendar
from resolvers import school as people
from resolvers.account_tokens import Issued
from rules.account import PASSWORD_LENGTH, PERSONAL
from rules.refusals import bad_input
from rules.school import full_name

from .account_obligations import Duties
from .account_reports import OwnReports
from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    computed,
    edge,
    edge_with,
    encode_id,
    node,
    number,
    paged,
    resolved,
    root,
)
from .commands import command
from .enums import AccountKind, Role
from .enums_journal import UnlockState

if TYPE_CHECKING:
    from .account_orders import AppointmentOrder
    from .curriculum import SchoolClass, TeachingAssignment
    from .journal_locks import Unlock
    from .school import School
    from .school_messages import Mailbox
    from .school_people import Guardian, Staff, Student
    from .timetable_calendar import CalendarFeed

MANAGERS = gate(Role.SECRETARY, Role.HR, Role.ADMINISTRATOR)
"""Who looks after accounts that are not their own."""

_ORDERS = strawberry.lazy("schema.account_orders")

_SCHOOL = strawberry.lazy("schema.school")
_PEOPLE = strawberry.lazy("schema.school_people")
_CURRICULUM = strawberry.lazy("schema.curriculum")
_CALENDAR = strawberry.lazy("schema.timetable_calendar")
_LOCKS = strawberry.lazy("schema.journal_locks")
_MESSAGES = strawberry.lazy("schema.school_messages")

Revoked = Annotated[bool | None, argument("Только отозванные, или только действующие.")]


@node(visible_sessions, SessionRow, description="Сеанс: один вход в Систему.")
class Session(Node):
    device: str | None = strawberry.field(description="С какого устройства.")
    created_at: datetime = strawberry.field(description="Когда начат.")
    refreshed_at: datetime = strawberry.field(description="Когда продлён в последний раз.")
    expires_at: datetime = strawberry.field(description="Когда закончится сам.")

    @resolved("Это текущий сеанс.")
    def current(self, info: Info) -> bool:
        row: Any = self
        return bool(row.id == info.context.viewer.session_id)


def _owner(family: str | None, given: str | None, patronymic: str | None) -> str | None:
    return full_name(family, given, patronymic) if family and given else None


@strawberry.type(description="Тип схемы, который читает внешняя служба.")
class ServiceGrant:
    name: str = strawberry.field(description="Имя типа.")


@node(visible_account_roles, AccountRoleRow, description="Назначенная роль и её дни.")
class AccountRole(Node):
    role: Role = strawberry.field(description="Роль.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date | None = strawberry.field(description="Последний день.")
    account: "Account | None" = edge(account_reads.account_of, description="Учётная запись.")
    order: Annotated["AppointmentOrder", _ORDERS] | None = edge(
        account_orders.appointment_order_of, description="Приказ, которым роль дана; null — назначена администратором."
    )


@node(visible_accounts, AccountRow, description="Учётная запись: под нею входят в Систему (11.7).")
class Account(Node):
    login: str = strawberry.field(description="Логин.")
    kind: AccountKind = strawberry.field(description="Чья она.")
    locked_at: datetime | None = strawberry.field(description="Когда заблокирована; null — не заблокирована.")
    created_at: datetime = strawberry.field(description="Когда создана.")
    signed_in_at: datetime | None = strawberry.field(description="Последний вход.")
    one_time_until: datetime | None = strawberry.field(
        description="До какого времени можно войти с одноразовым паролем; null — владелец уже выбрал свой."
    )
    name: str | None = computed(
        _owner, "family_name", "given_name", "patronymic", description="Чья: фамилия, имя и отчество."
    )
    roles: list[AccountRole] = edge(
        account_reads.account_roles,
        description="Назначенные роли; «Ученик» следует из зачисления, «Родитель» из опеки.",
    )
    grants: list[ServiceGrant] = edge(account_reads.account_grants, description="Что читает внешняя служба.")
    staff: Annotated["Staff", _PEOPLE] | None = edge(account_reads.account_staff, description="Владелец как сотрудник.")
    student: Annotated["Student", _PEOPLE] | None = edge(
        account_reads.account_student, description="Владелец как обучающийся."
    )
    guardian: Annotated["Guardian", _PEOPLE] | None = edge(
        account_reads.account_guardian, description="Владелец как законный представитель."
    )

    @edge_with(
        timetable_calendar.account_feeds,
        only=gate(Role.ADMINISTRATOR),
        returns=Connection[Annotated["CalendarFeed", _CALENDAR]],
        description="Ссылки на календари, которые завёл владелец.",
    )
    def calendar_feeds(self, first: First, after: After = None, revoked: Revoked = None) -> dict[str, Any]:
        return {"revoked": revoked, **paged(first, after)}


@strawberry.type(description="Кто вошёл: роли и то, до чего они достают.")
class Me(Duties, OwnReports):
    name: str | None = strawberry.field(description="Фамилия, имя и отчество; null у службы и аналитика.")
    today: date = strawberry.field(description="Сегодняшний день по часам школы.")
    must_change_password: bool = strawberry.field(
        description="Вход по одноразовому паролю: ролей нет, пока `changePassword` не задаст новый."
    )
    account: Account | None = edge(account_reads.account_of, description="Своя учётная запись.")
    sessions: list[Session] = edge(account_reads.viewer_sessions, description="Свои сеансы, последний первым.")
    school: Annotated["School", _SCHOOL] | None = edge(people.viewer_school, description="Школа.")
    student: Annotated["Student", _PEOPLE] | None = edge(
        people.student_of, only=gate(Role.STUDENT), description="Я как обучающийся."
    )
    staff: Annotated["Staff", _PEOPLE] | None = edge(
        people.staff_of,
        only=gate(frozenset(Role) - {Role.STUDENT, Role.PARENT, Role.ANALYST, Role.SERVICE}),
        description="Я как сотрудник.",
    )
    children: list[Annotated["Student", _PEOPLE]] = edge(
        people.viewer_children, only=gate(Role.PARENT), description="Мои дети."
    )
    mailbox: Annotated["Mailbox", _MESSAGES] | None = edge(
        school_messages.viewer_mailbox, description="Переписка со школой и семьями (1.7)."
    )

    @resolved("Роли, которые есть сегодня.")
    def roles(self) -> list[Role]:
        viewer: Any = self
        return [role for role in Role if role in viewer.roles]

    @edge_with(
        curriculum.viewer_led_classes,
        only=gate(Role.TEACHER),
        returns=list[Annotated["SchoolClass", _CURRICULUM]],
        description="Классы, которыми руковожу.",
    )
    def led_classes(self, info: Info) -> dict[str, Any]:
        return {"day": info.context.viewer.today}

    @edge_with(
        curriculum.viewer_assignments,
        only=gate(Role.TEACHER),
        returns=list[Annotated["TeachingAssignment", _CURRICULUM]],
        description="Что и у кого веду.",
    )
    def assignments(self, info: Info) -> dict[str, Any]:
        return {"day": info.context.viewer.today}

    @edge_with(
        timetable_calendar.viewer_feeds,
        only=gate(PERSONAL),
        returns=Connection[Annotated["CalendarFeed", _CALENDAR]],
        description="Мои ссылки на календари.",
    )
    def calendar_feeds(self, first: First, after: After = None, revoked: Revoked = None) -> dict[str, Any]:
        return {"revoked": revoked, **paged(first, after)}

    @edge_with(
        journal_locks.viewer_unlocks,
        only=gate(Role.TEACHER),
        returns=Connection[Annotated["Unlock", _LOCKS]],
        description="Мои просьбы открыть закрытые уроки, и что мне открыто (7.6).",
    )
    def unlocks(
        self,
        first: First,
        after: After = None,
        state: Annotated[UnlockState | None, argument("Только в этом состоянии.")] = None,
    ) -> dict[str, Any]:
        return {"state": state and state.value, **paged(first, after)}


@strawberry.type
class AccountQuery:
    @root(OPEN, "Кто вошёл; null, если никто.")
    def me(self, info: Info) -> Me | None:
        viewer: Viewer = info.context.viewer
        return viewer if viewer.signed_in else None  # type: ignore[return-value]


@strawberry.type
class Tokens:
    """A pair of tokens as a payload gives it."""

    access_token: str = strawberry.field(description="Передаётся в заголовке `Authorization: Bearer …`.")
    access_expires_at: datetime = strawberry.field(description="Когда он закончится.")
    refresh_token: str = strawberry.field(description="Обменивается на новую пару один раз.")
    refresh_expires_at: datetime = strawberry.field(description="Когда он закончится.")


@strawberry.type(description="Вход выполнен.")
class LogInPayload(Tokens):
    pass


@strawberry.type(description="Сеанс продлён: новая пара токенов.")
class RefreshSessionPayload(Tokens):
    pass


@strawberry.type(description="Пароль изменён.")
class ChangePasswordPayload:
    session_id: strawberry.ID = strawberry.field(description="Сеанс, который продолжается; остальные завершены.")


@strawberry.type(description="Сеанс завершён.")
class EndSessionPayload:
    session_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.input(description="Вход по логину и паролю (11.7).")
class LogInInput:
    login: str = strawberry.field(description="Логин.")
    password: str = strawberry.field(description="Пароль.")
    school: str | None = strawberry.field(default=None, description="Код школы, если их несколько.")


@strawberry.input(description="Продление сеанса.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="Токен, полученный последним.")


@strawberry.input(description="Смена своего пароля.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="Нынешний пароль, хотя бы и одноразовый.")
    new_password: str = strawberry.field(
        description=f"Новый: не прежний, {PASSWORD_LENGTH.start}–{PASSWORD_LENGTH.stop - 1} знаков."
    )


def _pair(issued: Issued) -> dict[str, Any]:
    return vars(issued)


@strawberry.type
class AccountMutation:
    @command(OPEN, "Войти по логину и паролю (11.7).")
    async def log_in(self, info: Info, input: LogInInput) -> LogInPayload:
        if any(len(text) > 1000 or "\0" in text for text in (input.login, input.password, input.school or "")):
            raise bad_input("Слишком длинный логин, пароль или код школы, или в нём недопустимый знак.", "login")
        return LogInPayload(
            **_pair(await account_commands.log_in(info.context, input.login, input.password, input.school))
        )

    @command(OPEN, "Обменять токен продления на новую пару.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionPayload:
        return RefreshSessionPayload(**_pair(await account_commands.refresh_session(info.context, input.refresh_token)))

    @command(OPEN, "Сменить свой пароль; с одноразовым паролем — первое, что делает вошедший (11.7).")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        if any(len(text) > 1000 or "\0" in text for text in (input.current_password, input.new_password)):
            raise bad_input("Слишком длинный пароль, или в нём недопустимый знак.", "newPassword")
        session = await account_commands.change_password(info.context, input.current_password, input.new_password)
        return ChangePasswordPayload(session_id=encode_id("Session", session))

    @command(OPEN, "Выйти: завершить текущий сеанс.")
    async def log_out(self, info: Info) -> EndSessionPayload:
        return _ended(await account_commands.log_out(info.context))

    @command(SIGNED_IN, "Завершить один из своих сеансов.")
    async def end_session(self, info: Info, id: Annotated[strawberry.ID, argument("Сеанс.")]) -> EndSessionPayload:
        return _ended(await account_commands.end_session(info.context, number("Session", id, "id")))


def _ended(session: int) -> EndSessionPayload:
    return EndSessionPayload(session_id=encode_id("Session", session))
