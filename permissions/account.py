"""Who may see accounts, their roles and sessions, and who may change them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from models.account import Account, AccountRole, ServiceGrant, Session
from models.curriculum import Enrolment
from models.school import Guardian, Guardianship, Person, Staff, Student
from rules.account import PERSONAL, AccountKind, Role

from .days import FREE, WORKED
from .scopes import ALL, Rows, Scope, beside, columns, lasts, of_school, on, same, union
from .viewer import Viewer, reach

_MACHINES = frozenset({Role.ANALYST, Role.SERVICE})


def _card(model: Any, account: Any, *conditions: Any) -> ColumnElement[bool]:
    """That the account's person holds such a card; `model` is an alias, since a statement may read the table itself."""
    return exists().where(model.school_id == account.school_id, model.person_id == account.person_id, *conditions)


def employed(account: Any, day: Any) -> ColumnElement[bool]:
    """That the account's person works at the school on `day`, or is yet to begin."""
    staff = aliased(Staff)
    return _card(staff, account, or_(staff.dismissed_on.is_(None), staff.dismissed_on >= day))


def dismissed(account: Any, day: Any) -> ColumnElement[bool]:
    """That the person's employment is over: the roles that they were appointed to went with it (11.6)."""
    staff = aliased(Staff)
    return _card(staff, account, staff.dismissed_on < day)


def studies(account: Any, day: Any, when: Any = on) -> ColumnElement[bool]:
    """That the person is a student on `day`; with `lasts` for `when`, or will be."""
    student, enrolment = aliased(Student), aliased(Enrolment)
    enrolled = exists().where(
        enrolment.school_id == student.school_id, enrolment.student_id == student.id, when(day, enrolment)
    )
    return _card(student, account, enrolled)


def guards(account: Any, day: Any, when: Any = on) -> ColumnElement[bool]:
    """That the person is the guardian, on `day`, of a student who has not left; with `lasts` for `when`, or will be."""
    guardian, guardianship, enrolment = aliased(Guardian), aliased(Guardianship), aliased(Enrolment)
    child = and_(guardianship.school_id == guardian.school_id, guardianship.guardian_id == guardian.id)
    enrolled = exists().where(
        enrolment.school_id == guardianship.school_id,
        enrolment.student_id == guardianship.student_id,
        lasts(day, enrolment),
    )
    return _card(guardian, account, exists().where(child, when(day, guardianship), enrolled))


def appointed(account: Any, day: Any, *conditions: Any, when: Any = on, role: Any = AccountRole) -> ColumnElement[bool]:
    """That the account has such a role on `day`; with `lasts` for `when`, or will have."""
    held = exists().where(
        role.school_id == account.school_id, role.account_id == account.id, when(day, role), *conditions
    )
    return and_(held, ~dismissed(account, day))


def has_role(wanted: Any, day: Any) -> ColumnElement[bool]:
    """That the account holds the role `wanted` on `day`, whatever it stands on."""
    role = aliased(AccountRole)
    return or_(
        and_(Account.kind != AccountKind.PERSON, Account.kind == wanted),
        appointed(Account, day, role.role == wanted, role=role),
        and_(wanted == Role.STUDENT, studies(Account, day)),
        and_(wanted == Role.PARENT, guards(Account, day)),
    )


def access_open(day: Any) -> ColumnElement[bool]:
    """That there is anything for the account to do in the System on `day` or later (11.6).

    Employment is enough, so that who has been hired can choose a password before the roles come.
    """
    role = aliased(AccountRole)
    return or_(
        Account.kind != AccountKind.PERSON,
        employed(Account, day),
        appointed(Account, day, when=lasts, role=role),
        studies(Account, day, lasts),
        guards(Account, day, lasts),
    )


def _serves(account: Any) -> ColumnElement[bool]:
    """That the person works at the school, or holds an appointed role: its first administrator has no staff card."""
    return or_(employed(account, reach.today), appointed(account, reach.today, when=lasts, role=aliased(AccountRole)))


def _arms(account: Any) -> Mapping[Any, ColumnElement[bool]]:
    """Whose accounts each role sees.

    A teacher whose child studies here is staff, and theirs is HR's affair; it becomes the secretary's when they leave.
    """
    staff, student, guardian = aliased(Staff), aliased(Student), aliased(Guardian)
    family = and_(or_(_card(student, account), _card(guardian, account)), ~_serves(account))
    own: ColumnElement[bool] = account.id == reach.account_id
    return {
        PERSONAL | _MACHINES: own,
        Role.SECRETARY: or_(own, family),
        Role.HR: or_(own, _card(staff, account)),
        Role.ADMINISTRATOR: ALL,
    }


visible_accounts = Scope(
    "Account",
    Rows(Account, beside(Person, "person_id", "family_name", "given_name", "patronymic")),
    _arms(Account),
)
"""One's own account; those of students and guardians, of the staff, or all, for who answers for them (11.7, 11.8)."""


def _of_accounts(column: Any) -> dict[Any, ColumnElement[bool]]:
    owner = aliased(Account)
    return {
        roles: condition
        if condition is ALL
        else column.in_(select(owner.id).where(owner.school_id == reach.school_id, condition))
        for roles, condition in _arms(owner).items()
    }


visible_account_roles = Scope("AccountRole", Rows(AccountRole), _of_accounts(AccountRole.account_id))
"""The roles that these accounts were appointed to."""

visible_service_grants = Scope(
    "ServiceGrant",
    lambda: select(*columns(ServiceGrant.account_id), ServiceGrant.type_name.label("name")).where(
        of_school(ServiceGrant)
    ),
    {Role.ADMINISTRATOR: ALL, Role.SERVICE: ServiceGrant.account_id == reach.account_id},
)
"""What a service may read."""

visible_sessions = Scope(
    "Session",
    lambda: select(*columns(Session)).where(
        of_school(Session), Session.ended_at.is_(None), Session.expires_at > func.now()
    ),
    {PERSONAL | _MACHINES: Session.account_id == reach.account_id},
)
"""One's own sessions, and nobody else's."""

visible_missing_accounts = Scope(
    "MissingAccount",
    lambda: select(*columns(Staff), reach.today.label("today"), WORKED.label("worked"), FREE.label("free")).where(
        of_school(Staff),
        or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= reach.today),
        ~exists().where(Account.school_id == Staff.school_id, Account.person_id == Staff.person_id),
    ),
    {frozenset({Role.HR, Role.ADMINISTRATOR, Role.DEPUTY}): ALL},
)
"""Employees who have no account yet (11.9)."""


def sessions_to_end(viewer: Viewer) -> Select[tuple[Session]]:
    """Which sessions the viewer may end: their own."""
    return visible_sessions(viewer)


ISSUERS = frozenset({Role.HR, Role.SECRETARY})
"""Who gives accounts out: HR to the staff (11.8), the secretary to students and guardians."""

CARDS: Mapping[str, tuple[Any, Role]] = {
    "Staff": (Staff, Role.HR),
    "Student": (Student, Role.SECRETARY),
    "Guardian": (Guardian, Role.SECRETARY),
}
"""The cards that an account is given out for, by type, and whose affair that is."""


def owners_to_issue(viewer: Viewer, type_name: str) -> Select[Any]:
    """Cards of a type for whose person the viewer may give an account out, with the account there is.

    Not for the secretary: who works at the school, or holds a role by appointment, too.
    """
    card, role = CARDS[type_name]
    staff = aliased(Staff)
    works = and_(staff.id.is_not(None), or_(staff.dismissed_on.is_(None), staff.dismissed_on >= reach.today))
    serves = appointed(Account, reach.today, when=lasts, role=aliased(AccountRole))
    mine = works if role is Role.HR else ~or_(func.coalesce(works, false()), serves)
    return (
        select(
            card.id,
            Person.id.label("person_id"),
            *(Person.family_name, Person.given_name, Person.patronymic),
            *(Account.id.label("account_id"), Account.login, Account.one_time_until, Account.locked_at),
        )
        .select_from(card)
        .join(Person, same(Person, card.person_id))
        .outerjoin(staff, and_(staff.school_id == Person.school_id, staff.person_id == Person.id))
        .outerjoin(Account, and_(Account.school_id == Person.school_id, Account.person_id == Person.id))
        .where(of_school(card), union({role: mine}, viewer.roles))
    )


def accounts_to_manage(viewer: Viewer) -> Select[Any]:
    """Accounts that the viewer may lock, and whose roles they may change, with the owner's days of work.

    The audit entry of whoever commands refers to their account: the lock leaves that be.
    """
    return (
        select(
            *columns(Account.id, Account.kind, Account.login, Account.locked_at),
            *columns(Staff.hired_on, Staff.dismissed_on),
        )
        .outerjoin(Staff, and_(Staff.school_id == Account.school_id, Staff.person_id == Account.person_id))
        .where(of_school(Account), union({Role.ADMINISTRATOR: ALL}, viewer.roles))
        .with_for_update(key_share=True, of=Account)
    )


def roles_to_end(viewer: Viewer) -> Select[Any]:
    """Appointments to a role that the viewer may end."""
    return select(*columns(AccountRole)).where(of_school(AccountRole), union({Role.ADMINISTRATOR: ALL}, viewer.roles))
