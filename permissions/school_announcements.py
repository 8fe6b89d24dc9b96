"""Who may read an announcement, who makes one to whom, and who sees who has read it (1.7)."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from models.account import Account
from models.curriculum import (
    ClassLeadership,
    Enrolment,
    GroupMembership,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.school import Guardian, Guardianship, Person, Staff, Student
from models.school_announcements import (
    Announcement,
    AnnouncementAttachment,
    AnnouncementReceipt,
    AnnouncementTarget,
)
from rules.account import PERSONAL, AccountKind, Role
from rules.school_announcements import Readership

from .account import employed
from .school_documents import holding_file
from .scopes import ALL, NONE, Parts, Scope, columns, groups_of, of_school, on, union, within
from .viewer import Viewer, reach

CONTROL = frozenset({Role.DIRECTOR, Role.DEPUTY})
"""Those who see every announcement, whatever has become of it, and may change and withdraw it."""

OFFICE = CONTROL | {Role.SECRETARY}
"""Those who announce to everybody."""

ANNOUNCERS = OFFICE | {Role.TEACHER}
"""A class teacher announces to the class, a subject teacher to the groups taught."""

STAFF = frozenset(PERSONAL - {Role.STUDENT, Role.PARENT})


def _live() -> ColumnElement[bool]:
    """That the announcement is to be read today."""
    return and_(Announcement.withdrawn_at.is_(None), on(reach.today, Announcement))


def _for(readers: Readership) -> ColumnElement[bool]:
    return literal(readers.value) == any_(Announcement.readers)


Condition = Callable[[Any], ColumnElement[bool]]
"""On a number of a student, a group or a class."""


def _some(model: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """That the school has such a row; the rest of what is spoken of is the statement's around it."""
    return exists().where(of_school(model), *where).correlate_except(model)


def _today(model: Any, number: Any, *whose: ColumnElement[bool]) -> Condition:
    """That a row of theirs today has this number in its column `number`."""
    return lambda column: _some(model, *whose, number == column, on(reach.today, model))


def _aims_at(classes: Condition, groups: Condition) -> ColumnElement[bool]:
    """That the announcement goes to the whole school, or to one of these classes or groups."""
    of, target = aliased(SchoolClass), aliased(AnnouncementTarget)
    grades = _some(of, of.grade == any_(Announcement.grades), classes(of.id))
    goes = or_(classes(target.class_id), groups(target.group_id))
    return or_(Announcement.whole_school, grades, _some(target, target.announcement_id == Announcement.id, goes))


def _of_student(is_one: Condition) -> ColumnElement[bool]:
    """That it goes to a class or group in which a student is today, of whom `is_one` holds."""
    stay, membership = aliased(Enrolment), aliased(GroupMembership)
    return _aims_at(
        _today(stay, stay.class_id, is_one(stay.student_id)),
        _today(membership, membership.group_id, is_one(membership.student_id)),
    )


def _of_teacher(taught: Condition, led: Condition) -> ColumnElement[bool]:
    """That it goes to a class or group of those who teach the groups and lead the classes of which this holds."""
    group = aliased(StudyGroup)
    return _aims_at(
        lambda number: or_(led(number), _some(group, group.class_id == number, taught(group.id))),
        lambda number: or_(taught(number), _some(group, group.id == number, led(group.class_id))),
    )


def _own() -> ColumnElement[bool]:
    condition: ColumnElement[bool] = Announcement.author_id == reach.account_id
    return condition


def _to_staff(aimed: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(_own(), and_(_live(), _for(Readership.STAFF), aimed))


_NO_SERVICE: Mapping[Any, ColumnElement[bool]] = {Role.SERVICE: NONE}
_ARMS: Mapping[Any, ColumnElement[bool]] = {
    **_NO_SERVICE,
    STAFF - CONTROL - {Role.TEACHER}: _to_staff(Announcement.whole_school.is_(True)),
    Role.TEACHER: _to_staff(
        _of_teacher(lambda group: within(group, reach.taught_groups), lambda of: within(of, reach.led_classes))
    ),
    Role.STUDENT: and_(_live(), _for(Readership.STUDENTS), _of_student(lambda number: number == reach.student_id)),
    Role.PARENT: and_(_live(), _for(Readership.PARENTS), _of_student(lambda number: within(number, reach.children))),
    CONTROL: ALL,
}


def _announcements() -> Select[Any]:
    read_at = (
        select(AnnouncementReceipt.read_at)
        .where(
            AnnouncementReceipt.school_id == Announcement.school_id,
            AnnouncementReceipt.announcement_id == Announcement.id,
            AnnouncementReceipt.account_id == reach.account_id,
        )
        .correlate(Announcement)
        .scalar_subquery()
    )
    return select(*columns(Announcement), read_at.label("read_at")).where(of_school(Announcement))


visible_announcements = Scope("Announcement", _announcements, _ARMS)
"""What is announced to the viewer, on its days; one's own; all of the school's for the director and the deputy."""


visible_announcement_attachments = Parts(
    "AnnouncementAttachment",
    holding_file(AnnouncementAttachment),
    AnnouncementAttachment.announcement_id,
    visible_announcements,
)


def _readers() -> Select[Any]:
    """Each announcement with each account of its audience today, and when it was read."""
    receipt = AnnouncementReceipt
    query = (
        select(
            Announcement.school_id,
            Announcement.id.label("announcement_id"),
            Announcement.author_id,
            *columns(Account.id, Account.person_id, Person.family_name, Person.given_name, Person.patronymic),
            Person.sort_key,
            receipt.read_at,
        )
        .select_from(Announcement)
        .join(Account, and_(Account.school_id == Announcement.school_id, Account.kind == AccountKind.PERSON))
        .join(Person, and_(Person.school_id == Account.school_id, Person.id == Account.person_id))
        .outerjoin(
            receipt,
            and_(
                receipt.school_id == Announcement.school_id,
                receipt.announcement_id == Announcement.id,
                receipt.account_id == Account.id,
            ),
        )
    )
    return query.where(of_school(Announcement), Account.locked_at.is_(None), _audience())


def _audience() -> ColumnElement[bool]:
    """That the account is one to whom the announcement goes today: what the arms of the scope say of a viewer."""
    staff, student, guardian, guardianship = aliased(Staff), aliased(Student), aliased(Guardian), aliased(Guardianship)
    teaching, leading, stay = aliased(TeachingAssignment), aliased(ClassLeadership), aliased(Enrolment)
    teaches = _of_teacher(
        _today(teaching, teaching.group_id, teaching.staff_id == staff.id),
        _today(leading, leading.class_id, leading.staff_id == staff.id),
    )
    enrolled = _today(stay, stay.student_id)
    ward = guardianship.student_id
    raises = (enrolled(ward), _of_student(lambda number: number == ward))
    has_ward = _some(guardianship, guardianship.guardian_id == guardian.id, on(reach.today, guardianship), *raises)

    def holds(card: Any, *more: ColumnElement[bool]) -> ColumnElement[bool]:
        """That the account's person has such a card."""
        return _some(card, card.person_id == Account.person_id, *more)

    learns = _of_student(lambda number: number == student.id)
    return or_(
        and_(_for(Readership.STAFF), employed(Account, reach.today), holds(staff, teaches)),
        and_(_for(Readership.STUDENTS), holds(student, enrolled(student.id), learns)),
        and_(_for(Readership.PARENTS), holds(guardian, has_ward)),
    )


visible_announcement_readers = Scope(
    "AnnouncementReader",
    _readers,
    {**_NO_SERVICE, CONTROL: ALL, STAFF - CONTROL: Announcement.author_id == reach.account_id},
)
"""Who is to read an announcement, and whether they have: for its author, the director and the deputy."""


def classes_to_announce(viewer: Viewer) -> Select[Any]:
    """Classes to which the viewer may announce: any for the office, those one leads for a teacher."""
    arms = {**dict.fromkeys(OFFICE, ALL), Role.TEACHER: within(SchoolClass.id, reach.led_classes)}
    return select(SchoolClass.id).where(of_school(SchoolClass), union(arms, viewer.roles))


def groups_to_announce(viewer: Viewer) -> Select[Any]:
    """Groups to which the viewer may announce: also those one teaches, for a teacher."""
    own = or_(within(StudyGroup.id, reach.taught_groups), StudyGroup.id.in_(groups_of(reach.led_classes)))
    arms = {**dict.fromkeys(OFFICE, ALL), Role.TEACHER: own}
    return select(StudyGroup.id).where(of_school(StudyGroup), union(arms, viewer.roles))


def announcements_to_change(viewer: Viewer) -> Select[Any]:
    """Announcements that the viewer may change or withdraw: their own, any for the director and the deputy."""
    arms = {**dict.fromkeys(ANNOUNCERS - CONTROL, _own()), **dict.fromkeys(CONTROL, ALL)}
    return (
        select(*columns(Announcement))
        .where(of_school(Announcement), union(arms, viewer.roles))
        .with_for_update(key_share=True)
    )


def announcements_to_read(viewer: Viewer) -> Select[Any]:
    """Announcements that the viewer may say they have read: what they see, and has not been withdrawn."""
    return visible_announcements(viewer).where(Announcement.withdrawn_at.is_(None))
