"""Signing in and out, one's own sessions, and who one is."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.account import Session as SessionRow
from permissions.account import visible_sessions
from permissions.gates import OPEN, SIGNED_IN, gate
from permissions.viewer import Viewer
from resolvers import account, account_commands, curriculum
from resolvers import school as people
from resolvers.account_tokens import Issued
from rules.refusals import bad_input

from .base import Info, Node, argument, edge, edge_with, encode_id, node, number, resolved, root
from .enums import RefusalCode, Role

if TYPE_CHECKING:
    from .curriculum import SchoolClass, TeachingAssignment
    from .school import School, Staff, Student

_SCHOOL = strawberry.lazy("schema.school")
_CURRICULUM = strawberry.lazy("schema.curriculum")


@strawberry.type(description="Отказ: почему команда не выполнена. Ничего не записано.")
class Refusal:
    code: RefusalCode = strawberry.field(description="Причина; не меняется от версии к версии.")
    message: str = strawberry.field(description="Что случилось, для человека.")
    field: str | None = strawberry.field(description="Поле ввода, из-за которого отказано.")
    clause: str | None = strawberry.field(description="Пункт Порядка, по которому отказано.")
    object_ids: list[strawberry.ID] = strawberry.field(description="Что мешает: например, урок, с которым наложение.")


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


@strawberry.type(description="Кто вошёл: роли и то, до чего они достают.")
class Me:
    name: str | None = strawberry.field(description="Фамилия, имя и отчество; null у службы и аналитика.")
    today: date = strawberry.field(description="Сегодняшний день по часам школы.")
    sessions: list[Session] = edge(account.viewer_sessions, description="Свои сеансы, последний первым.")
    school: Annotated["School", _SCHOOL] | None = edge(people.viewer_school, description="Школа.")
    student: Annotated["Student", _SCHOOL] | None = edge(
        people.student_of, only=gate(Role.STUDENT), description="Я как обучающийся."
    )
    staff: Annotated["Staff", _SCHOOL] | None = edge(
        people.staff_of,
        only=gate(frozenset(Role) - {Role.STUDENT, Role.PARENT, Role.ANALYST, Role.SERVICE}),
        description="Я как сотрудник.",
    )
    children: list[Annotated["Student", _SCHOOL]] = edge(
        people.viewer_children, only=gate(Role.PARENT), description="Мои дети."
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


@strawberry.type(description="Сеанс завершён.")
class EndSessionPayload:
    session_id: strawberry.ID = strawberry.field(description="Какой.")


LogInResult = Annotated[LogInPayload | Refusal, strawberry.union("LogInResult")]
RefreshSessionResult = Annotated[RefreshSessionPayload | Refusal, strawberry.union("RefreshSessionResult")]
EndSessionResult = Annotated[EndSessionPayload | Refusal, strawberry.union("EndSessionResult")]


@strawberry.input(description="Вход по логину и паролю (11.7).")
class LogInInput:
    login: str = strawberry.field(description="Логин.")
    password: str = strawberry.field(description="Пароль.")
    school: str | None = strawberry.field(default=None, description="Код школы, если их несколько.")


@strawberry.input(description="Продление сеанса.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="Токен, полученный последним.")


def _pair(issued: Issued) -> dict[str, Any]:
    return vars(issued)


@strawberry.type
class AccountMutation:
    @root(OPEN, "Войти по логину и паролю (11.7).")
    async def log_in(self, info: Info, input: LogInInput) -> LogInResult:  # noqa: A002
        if any(len(text) > 1000 or "\0" in text for text in (input.login, input.password, input.school or "")):
            raise bad_input("Слишком длинный логин, пароль или код школы, или в нём недопустимый знак.", "login")
        return LogInPayload(
            **_pair(await account_commands.log_in(info.context, input.login, input.password, input.school))
        )

    @root(OPEN, "Обменять токен продления на новую пару.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionResult:  # noqa: A002
        return RefreshSessionPayload(**_pair(await account_commands.refresh_session(info.context, input.refresh_token)))

    @root(OPEN, "Выйти: завершить текущий сеанс.")
    async def log_out(self, info: Info) -> EndSessionResult:
        return _ended(await account_commands.log_out(info.context))

    @root(SIGNED_IN, "Завершить один из своих сеансов.")
    async def end_session(self, info: Info, id: Annotated[strawberry.ID, argument("Сеанс.")]) -> EndSessionResult:  # noqa: A002
        return _ended(await account_commands.end_session(info.context, number("Session", id, "id")))


def _ended(session: int) -> EndSessionPayload:
    return EndSessionPayload(session_id=encode_id("Session", session))
