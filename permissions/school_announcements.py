"""Who may read an announcement, who makes one to whom, and who sees who has read it (1.7)."""

from collections.abc import Mapping
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


def _aims_at(classes: Select[int, int], groups: Select[Any]) -> ColumnElement[bool]:
    """That the announcement goes to the whole school, or to one of these classes or groups; `classes` gives a class's
    number and grade."""
    of = classes.subquery()
    grades = exists().where(of.c.grade == any_(Announcement.grades)).correlate(Announcement)
    named = exists().where(
        AnnouncementTarget.school_id == Announcement.school_id,
        AnnouncementTarget.announcement_id == Announcement.id,
        or_(AnnouncementTarget.class_id.in_(select(of.c.id)), AnnouncementTarget.group_id.in_(groups)),
    )
    return or_(Announcement.whole_school, grades, named.correlate(Announcement))


def _classes(*where: Any) -> Select[int, int]:
    """Number and grade of classes."""
    return select(SchoolClass.id, SchoolClass.grade).where(of_school(SchoolClass), *where)


def _of_students(students: Any) -> ColumnElement[bool]:
    """That it goes to a class or group in which one of these students is today."""
    enrolled = select(Enrolment.class_id).where(of_school(Enrolment), students(Enrolment), on(reach.today, Enrolment))
    groups = select(GroupMembership.group_id).where(
        of_school(GroupMembership), students(GroupMembership), on(reach.today, GroupMembership)
    )
    return _aims_at(_classes(SchoolClass.id.in_(enrolled)), groups)


def _of_teacher() -> ColumnElement[bool]:
    """That it goes to a class or group that the viewer teaches or leads today."""
    taught = select(StudyGroup.class_id).where(of_school(StudyGroup), within(StudyGroup.id, reach.taught_groups))
    classes = _classes(or_(within(SchoolClass.id, reach.led_classes), SchoolClass.id.in_(taught)))
    groups = select(StudyGroup.id).where(
        of_school(StudyGroup),
        or_(within(StudyGroup.id, reach.taught_groups), within(StudyGroup.class_id, reach.led_classes)),
    )
    return _aims_at(classes, groups)


def _own() -> ColumnElement[bool]:
    condition: ColumnElement[bool] = Announcement.author_id == reach.account_id
    return condition


def _to_staff(aimed: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(_own(), and_(_live(), _for(Readership.STAFF), aimed))


_NO_SERVICE: Mapping[Any, ColumnElement[bool]] = {Role.SERVICE: NONE}
_ARMS: Mapping[Any, ColumnElement[bool]] = {
    **_NO_SERVICE,
    STAFF - CONTROL - {Role.TEACHER}: _to_staff(Announcement.whole_school.is_(True)),
    Role.TEACHER: _to_staff(_of_teacher()),
    Role.STUDENT: and_(
        _live(), _for(Readership.STUDENTS), _of_students(lambda model: model.student_id == reach.student_id)
    ),
    Role.PARENT: and_(
        _live(), _for(Readership.PARENTS), _of_students(lambda model: within(model.student_id, reach.children))
    ),
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


def _reads(account: Any, readers: Readership, person: Select[Any], aimed: ColumnElement[bool]) -> ColumnElement[bool]:
    """That an account is of those readers of the announcement; `person` gives who holds such a card."""
    return and_(literal(readers.value) == any_(Announcement.readers), account.person_id.in_(person), aimed)


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
    """That the account is one to whom the announcement goes today."""
    staff, student, guardian = aliased(Staff), aliased(Student), aliased(Guardian)
    enrolment, membership, guardianship = aliased(Enrolment), aliased(GroupMembership), aliased(Guardianship)
    teaching, leading, group, of = (
        aliased(TeachingAssignment),
        aliased(ClassLeadership),
        aliased(StudyGroup),
        aliased(SchoolClass),
    )
    target = aliased(AnnouncementTarget)

    def goes_to(classes: Any, groups: Any) -> ColumnElement[bool]:
        """classes: the condition on `of` (a class), groups: on the group of a target."""
        grades = exists().where(
            of.school_id == Announcement.school_id, of.grade == any_(Announcement.grades), classes(of.id)
        )
        named = exists().where(
            target.school_id == Announcement.school_id,
            target.announcement_id == Announcement.id,
            or_(classes(target.class_id), groups(target.group_id)),
        )
        outer = (Announcement, Account, staff, student, guardian, guardianship)
        return or_(Announcement.whole_school, grades.correlate(*outer), named.correlate(*outer))

    def of_pupil(pupil: Any) -> ColumnElement[bool]:
        stay = aliased(Enrolment)
        outer = (Announcement, Account, student, guardian, guardianship, of, target)
        return goes_to(
            lambda number: (
                exists()
                .where(
                    stay.school_id == Announcement.school_id,
                    stay.student_id == pupil,
                    stay.class_id == number,
                    on(reach.today, stay),
                )
                .correlate(*outer)
            ),
            lambda number: (
                exists()
                .where(
                    membership.school_id == Announcement.school_id,
                    membership.student_id == pupil,
                    membership.group_id == number,
                    on(reach.today, membership),
                )
                .correlate(*outer)
            ),
        )

    def of_teacher() -> ColumnElement[bool]:
        outer = (Announcement, Account, staff, of, target)

        def is_in(query: Any, *where: Any) -> ColumnElement[bool]:
            return exists(query.where(*where).correlate(*outer))

        taught = (
            select(teaching.id)
            .join(group, and_(group.school_id == teaching.school_id, group.id == teaching.group_id))
            .where(of_school(teaching), teaching.staff_id == staff.id, on(reach.today, teaching))
        )
        led = select(leading.id).where(of_school(leading), leading.staff_id == staff.id, on(reach.today, leading))
        led_groups = led.join(group, and_(group.school_id == leading.school_id, group.class_id == leading.class_id))
        return goes_to(
            lambda number: or_(is_in(taught, group.class_id == number), is_in(led, leading.class_id == number)),
            lambda number: or_(is_in(taught, group.id == number), is_in(led_groups, group.id == number)),
        )

    enrolled = exists().where(
        enrolment.school_id == student.school_id, enrolment.student_id == student.id, on(reach.today, enrolment)
    )
    return or_(
        and_(
            _for(Readership.STAFF),
            employed(Account, reach.today),
            exists()
            .where(staff.school_id == Account.school_id, staff.person_id == Account.person_id, of_teacher())
            .correlate(Announcement, Account),
        ),
        and_(
            _for(Readership.STUDENTS),
            exists()
            .where(
                student.school_id == Account.school_id,
                student.person_id == Account.person_id,
                enrolled,
                of_pupil(student.id),
            )
            .correlate(Announcement, Account),
        ),
        and_(
            _for(Readership.PARENTS),
            exists(
                select(guardian.id)
                .join(
                    guardianship,
                    and_(guardianship.school_id == guardian.school_id, guardianship.guardian_id == guardian.id),
                )
                .join(
                    enrolment,
                    and_(
                        enrolment.school_id == guardianship.school_id,
                        enrolment.student_id == guardianship.student_id,
                        on(reach.today, enrolment),
                    ),
                )
                .where(
                    guardian.school_id == Account.school_id,
                    guardian.person_id == Account.person_id,
                    on(reach.today, guardianship),
                    of_pupil(guardianship.student_id),
                )
                .correlate(Announcement, Account)
            ),
        ),
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
