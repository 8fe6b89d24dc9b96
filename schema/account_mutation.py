"""Giving accounts out, looking after them, and appointing responsible persons."""

from datetime import date, datetime
from typing import Any

import strawberry

from permissions.account import CARDS, ISSUERS
from permissions.gates import gate
from resolvers import account, account_issue, account_manage, account_orders
from resolvers.account_issue import Issued, Owner
from rules.account import APPOINTED
from rules.refusals import Refusal as Refused
from rules.refusals import RefusalCode, bad_input

from .account import Account, AccountRole
from .account_orders import AppointmentOrder
from .base import Info, decode_id, edge, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .enums import Responsibility, Role

MAY_ISSUE = gate(ISSUERS)
MAY_MANAGE = gate(Role.ADMINISTRATOR)
MAY_APPOINT = gate(Role.DIRECTOR)

_KEY = f"{IDEMPOTENCY_KEY} Пароля повтор не покажет: он нигде не хранится."
_OWNER = "Карта сотрудника, обучающегося или законного представителя."


@strawberry.type
class IssuedAccount(Written):
    """What is shown of an account this once."""

    login: str = strawberry.field(description="Логин.")
    password: str | None = strawberry.field(
        description="Пароль; больше его не покажет ничто. null — владелец уже выбрал свой, или это повтор команды."
    )
    one_time_until: datetime | None = strawberry.field(
        description="До какого времени с ним можно войти, чтобы сменить его; null — пароль постоянный."
    )
    account: Account | None = written(Account, "Учётная запись.")


@strawberry.type
class OfAccount(Written):
    account: Account | None = written(Account, "Учётная запись.")


@strawberry.type(description="Учётная запись выдана (11.8).")
class IssueAccountPayload(IssuedAccount):
    pass


@strawberry.type(description="Учётные записи выданы, все до одной (11.8).")
class IssueAccountsPayload:
    accounts: list[IssueAccountPayload] = strawberry.field(description="В порядке ввода.")


@strawberry.type(description="Пароль сброшен, все сеансы завершены.")
class ResetPasswordPayload(IssuedAccount):
    pass


@strawberry.type(description="Учётная запись аналитика создана.")
class CreateAnalystAccountPayload(IssuedAccount):
    pass


@strawberry.type(description="Учётная запись внешней службы создана; её пароль постоянный.")
class CreateServiceAccountPayload(IssuedAccount):
    pass


@strawberry.type(description="Учётная запись заблокирована, все сеансы завершены.")
class LockAccountPayload(OfAccount):
    pass


@strawberry.type(description="Учётная запись разблокирована.")
class UnlockAccountPayload(OfAccount):
    pass


@strawberry.type(description="Доступ внешней службы задан.")
class SetServiceGrantsPayload(OfAccount):
    pass


@strawberry.type(description="Роль назначена.")
class AssignRolePayload(Written):
    role: AccountRole | None = written(AccountRole, "Роль и её дни.")


@strawberry.type(description="Последний день роли назначен.")
class EndRolePayload(OfAccount):
    account_role_id: strawberry.Private[int]
    role: AccountRole | None = edge(account.account_role_of, description="Роль; null — она снята, не начавшись.")


@strawberry.type
class OfOrder(Written):
    order: AppointmentOrder | None = written(AppointmentOrder, "Приказ.")


@strawberry.type(description="Приказ издан, роль дана.")
class IssueAppointmentOrderPayload(OfOrder):
    pass


@strawberry.type(description="Последний день назначен.")
class EndAppointmentPayload(OfOrder):
    pass


@strawberry.type(description="Приказ отменён, роль снята.")
class CancelAppointmentOrderPayload(OfOrder):
    pass


@strawberry.input(description="Кому выдать учётную запись.")
class IssueAccountInput:
    owner_id: strawberry.ID = strawberry.field(description=_OWNER)
    login: str | None = strawberry.field(default=None, description="Логин; без него — из фамилии и инициалов.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Кому выдать учётные записи. Кто уже выбрал пароль, остаётся при нём.")
class IssueAccountsInput:
    owner_ids: list[strawberry.ID] = strawberry.field(
        description=f"Карты сотрудников, обучающихся или законных представителей: до {account_issue.MOST_ISSUED}."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Какая учётная запись.")
class ResetPasswordInput:
    account_id: strawberry.ID = strawberry.field(description="Учётная запись.")


@strawberry.input(description="Какая учётная запись.")
class LockAccountInput:
    account_id: strawberry.ID = strawberry.field(description="Учётная запись.")


@strawberry.input(description="Какая учётная запись.")
class UnlockAccountInput:
    account_id: strawberry.ID = strawberry.field(description="Учётная запись.")


@strawberry.input(description="Роль сотрудника на дни его работы.")
class AssignRoleInput:
    account_id: strawberry.ID = strawberry.field(description="Учётная запись.")
    role: Role = strawberry.field(description="Роль, которую назначают; «Ученик» и «Родитель» следуют сами.")
    starts_on: date = strawberry.field(description="Первый день, не раньше сегодняшнего.")
    ends_on: date | None = strawberry.field(default=None, description="Последний день.")


@strawberry.input(description="Когда роль заканчивается.")
class EndRoleInput:
    role_id: strawberry.ID = strawberry.field(description="Назначенная роль.")
    ends_on: date = strawberry.field(
        description="Последний день; вчерашний снимает роль сразу, а раньше первого — не даёт начаться."
    )


@strawberry.input(description="Учётная запись аналитика.")
class CreateAnalystAccountInput:
    login: str = strawberry.field(description="Логин.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Учётная запись внешней службы.")
class CreateServiceAccountInput:
    login: str = strawberry.field(description="Логин.")
    grants: list[str] = strawberry.field(description="Имена типов схемы, которые она читает.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Доступ внешней службы.")
class SetServiceGrantsInput:
    account_id: strawberry.ID = strawberry.field(description="Учётная запись службы.")
    grants: list[str] = strawberry.field(description="Имена типов схемы, все, которые она читает.")


@strawberry.input(description="Приказ о назначении ответственного лица (6.2, 11.2).")
class IssueAppointmentOrderInput:
    number: str = strawberry.field(description="Номер.")
    dated: date = strawberry.field(description="Дата приказа.")
    responsibility: Responsibility = strawberry.field(description="За что назначен ответственный.")
    staff_id: strawberry.ID = strawberry.field(description="Кто.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date | None = strawberry.field(default=None, description="Последний день.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Последний день назначенного ответственным.")
class EndAppointmentInput:
    order_id: strawberry.ID = strawberry.field(description="Приказ.")
    ends_on: date = strawberry.field(description="Последний день; вчерашний снимает роль сразу.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отмена приказа о назначении.")
class CancelAppointmentOrderInput:
    order_id: strawberry.ID = strawberry.field(description="Приказ.")
    reason: str | None = strawberry.field(default=None, description="Почему.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _owner(value: str, field: str) -> Owner:
    type_name, row = decode_id(value, field)
    if type_name not in CARDS:
        raise Refused(RefusalCode.BAD_ID, f"Здесь нужна карта: {', '.join(CARDS)}.", field)
    return Owner(type_name, row, field)


def _shown(issued: Issued) -> dict[str, Any]:
    return {
        "number": issued.account_id,
        "login": issued.login,
        "password": issued.password,
        "one_time_until": issued.until,
    }


@strawberry.type
class AccountsMutation:
    @command(MAY_ISSUE, "Выдать учётную запись: кадровик — сотруднику, секретарь — учащемуся и родителю (11.8).")
    async def issue_account(self, info: Info, input: IssueAccountInput) -> IssueAccountPayload:
        owner = _owner(input.owner_id, "ownerId")
        (issued,) = await account_issue.issue_accounts(
            info.context, "issueAccount", [owner], input.login, input.idempotency_key, strict=True
        )
        return IssueAccountPayload(**_shown(issued))

    @command(MAY_ISSUE, "Выдать учётные записи списку людей: всем или никому (11.8).")
    async def issue_accounts(self, info: Info, input: IssueAccountsInput) -> IssueAccountsPayload:
        owners = [_owner(each, f"ownerIds.{n}") for n, each in enumerate(input.owner_ids)]
        issued = await account_issue.issue_accounts(
            info.context, "issueAccounts", owners, None, input.idempotency_key, strict=False
        )
        return IssueAccountsPayload(accounts=[IssueAccountPayload(**_shown(each)) for each in issued])

    @command(MAY_MANAGE, "Заблокировать учётную запись: её сеансы завершаются сразу (11.7).")
    async def lock_account(self, info: Info, input: LockAccountInput) -> LockAccountPayload:
        locked = number("Account", input.account_id, "accountId")
        return LockAccountPayload(number=await account_manage.lock_account(info.context, locked))

    @command(MAY_MANAGE, "Разблокировать учётную запись.")
    async def unlock_account(self, info: Info, input: UnlockAccountInput) -> UnlockAccountPayload:
        unlocked = number("Account", input.account_id, "accountId")
        return UnlockAccountPayload(number=await account_manage.unlock_account(info.context, unlocked))

    @command(MAY_MANAGE, "Задать новый одноразовый пароль: все сеансы завершаются (11.7).")
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordPayload:
        reset = number("Account", input.account_id, "accountId")
        return ResetPasswordPayload(**_shown(await account_manage.reset_password(info.context, reset)))

    @command(MAY_MANAGE, "Назначить роль сотруднику на дни его работы (3.1).")
    async def assign_role(self, info: Info, input: AssignRoleInput) -> AssignRolePayload:
        owner = number("Account", input.account_id, "accountId")
        if input.role not in APPOINTED:
            raise bad_input("Эту роль не назначают: она следует из зачисления, опеки или вида учётной записи.", "role")
        assigned = await account_manage.assign_role(info.context, owner, input.role, input.starts_on, input.ends_on)
        return AssignRolePayload(number=assigned)

    @command(MAY_MANAGE, "Назначить роли последний день. Роль, данную приказом, так не снять (11.2).")
    async def end_role(self, info: Info, input: EndRoleInput) -> EndRolePayload:
        held = number("AccountRole", input.role_id, "roleId")
        role, owner = await account_manage.end_role(info.context, held, input.ends_on)
        return EndRolePayload(account_role_id=role, number=owner)

    @command(MAY_MANAGE, "Создать учётную запись аналитика (4.1).")
    async def create_analyst_account(
        self,
        info: Info,
        input: CreateAnalystAccountInput,
    ) -> CreateAnalystAccountPayload:
        made = await account_manage.create_analyst_account(info.context, input.login, input.idempotency_key)
        return CreateAnalystAccountPayload(**_shown(made))

    @command(MAY_MANAGE, "Создать учётную запись внешней службы.")
    async def create_service_account(
        self,
        info: Info,
        input: CreateServiceAccountInput,
    ) -> CreateServiceAccountPayload:
        made = await account_manage.create_service_account(
            info.context, input.login, input.grants, input.idempotency_key
        )
        return CreateServiceAccountPayload(**_shown(made))

    @command(MAY_MANAGE, "Задать, что читает внешняя служба.")
    async def set_service_grants(self, info: Info, input: SetServiceGrantsInput) -> SetServiceGrantsPayload:
        service = number("Account", input.account_id, "accountId")
        return SetServiceGrantsPayload(
            number=await account_manage.set_service_grants(info.context, service, input.grants)
        )

    @command(MAY_APPOINT, "Издать приказ о назначении ответственного лица: роль даётся сразу (6.2, 11.2).")
    async def issue_appointment_order(
        self,
        info: Info,
        input: IssueAppointmentOrderInput,
    ) -> IssueAppointmentOrderPayload:
        what = account_orders.Appointment(
            input.number,
            input.dated,
            input.responsibility,
            number("Staff", input.staff_id, "staffId"),
            input.starts_on,
            input.ends_on,
        )
        issued = await account_orders.issue_appointment_order(info.context, what, input.idempotency_key)
        return IssueAppointmentOrderPayload(number=issued)

    @command(MAY_APPOINT, "Назначить последний день ответственности; роль заканчивается с ней (11.2).")
    async def end_appointment(self, info: Info, input: EndAppointmentInput) -> EndAppointmentPayload:
        order = number("AppointmentOrder", input.order_id, "orderId")
        ended = await account_orders.end_appointment(info.context, order, input.ends_on, input.if_version)
        return EndAppointmentPayload(number=ended)

    @command(MAY_APPOINT, "Отменить приказ о назначении; роль снимается сразу (11.2).")
    async def cancel_appointment_order(
        self,
        info: Info,
        input: CancelAppointmentOrderInput,
    ) -> CancelAppointmentOrderPayload:
        order = number("AppointmentOrder", input.order_id, "orderId")
        cancelled = await account_orders.cancel_appointment_order(info.context, order, input.reason, input.if_version)
        return CancelAppointmentOrderPayload(number=cancelled)
