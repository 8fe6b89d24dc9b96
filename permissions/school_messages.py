"""Who may write to whom, and who reads what was written: the members of a thread, and nobody else (1.7, 11.7)."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.account import Account, AccountRole
from models.curriculum import ClassLeadership, GroupMembership, TeachingAssignment
from models.school import Guardian, Guardianship, Person, Staff, Student
from models.school_messages import Message, MessageAttachment, MessageReceipt, MessageThread, ThreadMember
from rules.account import PERSONAL, AccountKind, Role

from .account import employed, guards, studies
from .school import NAME
from .school_documents import holding_file
from .scopes import (
    ALL,
    NONE,
    Beside,
    Rows,
    Scope,
    among,
    beside,
    columns,
    of_school,
    on,
    students_led_now,
    union,
    within,
)
from .viewer import Viewer, reach

FAMILY = frozenset({Role.STUDENT, Role.PARENT})
"""Those who write to the school, and never to each other."""

OFFICE = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY})
"""Those to whom every family may write, and who write to everybody."""


def works(account: Any = Account) -> ColumnElement[bool]:
    """That the account's person works at the school today."""
    return employed(account, reach.today)


def _persons(*where: Any) -> Select[Any]:
    """People with an employee's card that fulfils the conditions."""
    return select(Staff.person_id).where(
        of_school(Staff), or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= reach.today), *where
    )


def _of_families(students: Select[Any]) -> ColumnElement[bool]:
    """That the account is one of these students' own, or of one who is their guardian today."""
    pupils = select(Student.person_id).where(of_school(Student), among(Student.id, students))
    guardians = (
        select(Guardian.person_id)
        .join(Guardianship, and_(Guardianship.school_id == Guardian.school_id, Guardianship.guardian_id == Guardian.id))
        .where(of_school(Guardian), on(reach.today, Guardianship), among(Guardianship.student_id, students))
    )
    return or_(among(Account.person_id, pupils), among(Account.person_id, guardians))


_taught_now = select(GroupMembership.student_id).where(
    of_school(GroupMembership),
    within(GroupMembership.group_id, reach.taught_groups),
    on(reach.today, GroupMembership),
)
_office = and_(
    works(),
    Account.id.in_(
        select(AccountRole.account_id).where(
            of_school(AccountRole),
            on(reach.today, AccountRole),
            or_(*(AccountRole.role == role.value for role in sorted(OFFICE))),
        )
    ),
)


def _teachers(groups: Any, classes: Any) -> ColumnElement[bool]:
    """That the account is an employee's who teaches one of these groups today, or leads one of these classes."""
    teaching = select(TeachingAssignment.staff_id).where(
        of_school(TeachingAssignment),
        within(TeachingAssignment.group_id, groups),
        on(reach.today, TeachingAssignment),
    )
    leading = select(ClassLeadership.staff_id).where(
        of_school(ClassLeadership), within(ClassLeadership.class_id, classes), on(reach.today, ClassLeadership)
    )
    return among(Account.person_id, _persons(or_(Staff.id.in_(teaching), Staff.id.in_(leading))))


_ADDRESSEES: dict[Any, ColumnElement[bool]] = {
    OFFICE: or_(works(), studies(Account, reach.today), guards(Account, reach.today)),
    frozenset({Role.HR, Role.ADMINISTRATOR}): works(),
    Role.TEACHER: or_(works(), _of_families(_taught_now), _of_families(students_led_now())),
    Role.STUDENT: or_(_office, _teachers(reach.own_groups, reach.own_classes)),
    Role.PARENT: or_(_office, _teachers(reach.child_groups, reach.child_classes)),
}
"""To whom each role may write, today: the staff among themselves, the office to everybody, teachers to the families of
those they teach and lead, families to their teachers and the office. Families never to each other."""

_ARMS = {
    role: condition
    for roles, condition in _ADDRESSEES.items()
    for role in ([roles] if isinstance(roles, Role) else roles)
}
_ABLE = and_(Account.kind == AccountKind.PERSON, Account.locked_at.is_(None), Account.id != reach.account_id)


def _position() -> Beside:
    """The post of who works at the school."""

    def on_card(staff: Any, account: Any) -> ColumnElement[bool]:
        serving = or_(staff.dismissed_on.is_(None), staff.dismissed_on >= reach.today)
        return and_(staff.school_id == account.school_id, staff.person_id == account.person_id, serving)

    return Beside(Staff, on_card, {"position": "position"})


def _member(thread: Any) -> ColumnElement[bool]:
    """That the viewer is a member of the thread."""
    own = aliased(ThreadMember)
    return exists().where(own.school_id == reach.school_id, own.thread_id == thread, own.account_id == reach.account_id)


def _in_own_thread() -> ColumnElement[bool]:
    """That the account is in a thread of the viewer's."""
    own, other = aliased(ThreadMember), aliased(ThreadMember)
    return Account.id.in_(
        select(other.account_id)
        .join(own, and_(own.school_id == other.school_id, own.thread_id == other.thread_id))
        .where(own.school_id == reach.school_id, own.account_id == reach.account_id)
    )


_NO_SERVICE: dict[Any, ColumnElement[bool]] = {Role.SERVICE: NONE}
"""No service reads or writes messages."""

_ACCOUNTS = Rows(Account, beside(Person, "person_id", *NAME), _position())

visible_addressees = Scope(
    "Addressee",
    _ACCOUNTS,
    {**_NO_SERVICE, **{role: and_(_ABLE, condition) for role, condition in _ARMS.items()}},
)
"""The address book."""

visible_correspondents = Scope("Correspondent", _ACCOUNTS, {**_NO_SERVICE, PERSONAL: _in_own_thread()})
"""Whoever is in a thread with the viewer: by name, whatever has become of them since."""


def _unread(*where: Any) -> Any:
    """How many messages of others the viewer has not read yet."""
    read = exists().where(
        MessageReceipt.school_id == Message.school_id,
        MessageReceipt.message_id == Message.id,
        MessageReceipt.account_id == reach.account_id,
    )
    return (
        select(func.count())
        .select_from(Message)
        .where(
            of_school(Message),
            Message.author_id != reach.account_id,
            Message.withdrawn_at.is_(None),
            ~read.correlate(Message),
            *where,
        )
    )


def _threads() -> Select[Any]:
    here = _unread(Message.thread_id == MessageThread.id).correlate(MessageThread).scalar_subquery()
    return select(*columns(MessageThread), here.label("unread")).where(of_school(MessageThread))


visible_threads = Scope("MessageThread", _threads, {**_NO_SERVICE, PERSONAL: _member(MessageThread.id)})
"""A thread is its members', and nobody else's: neither the director's nor the administrator's."""

_readable = exists().where(
    Message.school_id == MessageAttachment.school_id,
    Message.id == MessageAttachment.message_id,
    Message.withdrawn_at.is_(None),
    _member(Message.thread_id),
)

visible_messages = Scope(
    "Message",
    lambda: select(
        *(column for column in columns(Message) if column.key != "text"),
        case((Message.withdrawn_at.is_(None), Message.text)).label("text"),
    ).where(of_school(Message)),
    {**_NO_SERVICE, PERSONAL: _member(Message.thread_id)},
)
"""What was written in one's threads. Of a withdrawn message nobody reads the text."""

visible_message_attachments = Scope(
    "MessageAttachment",
    holding_file(MessageAttachment),
    {**_NO_SERVICE, PERSONAL: _readable},
)

visible_receipts = Scope(
    "MessageReceipt",
    lambda: select(*columns(MessageReceipt)).where(of_school(MessageReceipt)),
    {
        **_NO_SERVICE,
        PERSONAL: exists().where(
            Message.school_id == MessageReceipt.school_id,
            Message.id == MessageReceipt.message_id,
            _member(Message.thread_id),
        ),
    },
)
"""Who of a thread has read a message: for all its members."""


def _mailboxes() -> Select[Any]:
    mine = _unread(_member(Message.thread_id)).scalar_subquery()
    return select(Account.id.label("account_id"), Account.school_id, mine.label("unread")).where(of_school(Account))


visible_mailboxes = Scope("Mailbox", _mailboxes, {**_NO_SERVICE, PERSONAL: Account.id == reach.account_id})
"""One's own mailbox."""


def recipients_to_address(viewer: Viewer) -> Select[Any]:
    """Accounts to which the viewer may write, each with whether it is an employee's, and its students: the person
    themselves, and their wards of today.
    """
    wards = (
        select(Guardianship.student_id)
        .join(Guardian, and_(Guardian.school_id == Guardianship.school_id, Guardian.id == Guardianship.guardian_id))
        .where(of_school(Guardianship), Guardian.person_id == Account.person_id, on(reach.today, Guardianship))
    )
    self = select(Student.id).where(of_school(Student), Student.person_id == Account.person_id)
    students = func.array_cat(
        *(func.array(each.correlate(Account).scalar_subquery(), type_=ARRAY(BigInteger)) for each in (wards, self))
    )
    return select(Account.id, works().label("works"), students.label("students")).where(
        of_school(Account), _ABLE, union(_ARMS, viewer.roles)
    )


def threads_to_write(viewer: Viewer) -> Select[Any]:
    """Threads in which the viewer may write: their own, locked."""
    return (
        select(*columns(MessageThread))
        .where(of_school(MessageThread), _member(MessageThread.id), union(dict.fromkeys(PERSONAL, ALL), viewer.roles))
        .with_for_update(key_share=True, of=MessageThread)
    )


def messages_to_withdraw(viewer: Viewer) -> Select[Any]:
    """Messages that the viewer may withdraw: their own."""
    return (
        select(*columns(Message))
        .where(of_school(Message), Message.author_id == viewer.account_id)
        .with_for_update(key_share=True)
    )
