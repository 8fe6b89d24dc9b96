"""Reads of announcements (1.7): what is announced to the viewer, to whom else, and who has read it."""

from sqlalchemy import Boolean

from models.account import Account
from models.curriculum import SchoolClass, StudyGroup
from models.school import Person
from models.school_announcements import (
    Announcement,
    AnnouncementAttachment,
    AnnouncementReceipt,
    AnnouncementTarget,
)
from permissions.curriculum import visible_classes, visible_groups
from permissions.school_announcements import (
    visible_announcement_attachments,
    visible_announcement_readers,
    visible_announcements,
)
from permissions.scopes import of_school

from .edges_kinds import argument, joined, to_many, to_page
from .school import staff_of_account

school_announcements = to_page(
    visible_announcements,
    Announcement.school_id,
    of="id",
    order={"recency": Announcement.recency, "id": Announcement.id},
)
announcement_author = staff_of_account("author_id")
announcement_classes = to_many(
    visible_classes,
    AnnouncementTarget.announcement_id,
    of="id",
    shape=joined(AnnouncementTarget, AnnouncementTarget.class_id == SchoolClass.id, of_school(AnnouncementTarget)),
    order=(SchoolClass.grade, SchoolClass.letter, SchoolClass.id),
)
announcement_groups = to_many(
    visible_groups,
    AnnouncementTarget.announcement_id,
    of="id",
    shape=joined(AnnouncementTarget, AnnouncementTarget.group_id == StudyGroup.id, of_school(AnnouncementTarget)),
    order=(StudyGroup.id,),
)
announcement_attachments = to_many(
    visible_announcement_attachments,
    AnnouncementAttachment.announcement_id,
    of="id",
    order=(AnnouncementAttachment.id,),
)
announcement_readers = to_page(
    visible_announcement_readers,
    Announcement.id,
    of="id",
    order={"sort_key": Person.sort_key, "id": Account.id},
    filters={"read": AnnouncementReceipt.read_at.is_not(None) == argument("read", Boolean)},
)
