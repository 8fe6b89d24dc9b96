"""What a diary's feed tells of."""

from enum import StrEnum

from .changes import ChangeKind
from .refusals import Refusal, RefusalCode


class FeedKind(StrEnum):
    """What is new for a student: of all changes, those that a family waits for."""

    MARK = ChangeKind.MARK.value
    ATTENDANCE = ChangeKind.ATTENDANCE.value
    HOMEWORK = ChangeKind.HOMEWORK.value
    FINAL_MARK = ChangeKind.FINAL_MARK.value


def feed_expired() -> Refusal:
    """Changes are kept for a time: of what came after an older cursor nobody can say that it is all there."""
    message = "Отметка ленты устарела: изменения за это время больше не хранятся. Прочитайте дневник заново."
    return Refusal(RefusalCode.CURSOR_EXPIRED, message, "after")
