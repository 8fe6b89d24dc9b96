"""The demo school's edit lock (7.6): its number of days, and what its teachers asked of the director."""

from datetime import datetime, time, timedelta
from typing import Any

from rules.journal_locks import UnlockState
from rules.timetable import LessonState

from .demo_accounts import Accounts
from .demo_lessons import Year
from .demo_rows import Rows
from .demo_staff import DEPUTY, DIRECTOR, Cast, Team
from .demo_year import DEMO_TODAY, at

EDIT_LOCK_DAYS = 28

_ONE = timedelta(days=1)
_YESTERDAY = at(DEMO_TODAY - _ONE, time(14))


def write_unlocks(rows: Rows, cast: Cast, team: Team, year: Year, accounts: Accounts) -> None:
    """One that waits for an answer, one that is in force for two days more, one that is over, and one declined."""
    director, deputy = (accounts.of_staff[team.administration[each]] for each in (DIRECTOR, DEPUTY))

    def add(teacher: int, place: int, made_at: datetime, reason: str, **more: Any) -> None:
        """An unlock for two of the teacher's first lessons, from `place` on."""
        own = [
            number
            for number, lesson in enumerate(year.lessons)
            if lesson.by == teacher and lesson.state is LessonState.HELD
        ]
        by = accounts.of_staff[teacher]
        answered = {"decided_at": made_at + timedelta(hours=2), "version": 2} if more else {"version": 1}
        stamp = {"changed_at": made_at, "changed_by": more.get("decided_by", by)}
        values = {"state": UnlockState.REQUESTED, **more, **answered, **stamp}
        unlock = rows.add("unlock", staff_id=teacher, reason=reason, made_at=made_at, made_by=by, **values)
        for lesson in own[place : place + 2]:
            rows.add("unlock_lesson", unlock_id=unlock, lesson_id=lesson)

    granted = {"state": UnlockState.GRANTED, "decided_by": director, "answer": "Исправьте и сообщите."}
    add(cast.teacher, 0, _YESTERDAY, "Не выставлены отметки за проверочную работу.")
    add(cast.teacher, 2, _YESTERDAY, "Ошибка в теме урока.", until=at(DEMO_TODAY + 2 * _ONE, time(18)), **granted)
    week_ago, over = _YESTERDAY - 7 * _ONE, at(DEMO_TODAY - 3 * _ONE, time(18))
    add(cast.class_teacher, 0, week_ago, "Перепутаны два ученика.", until=over, **granted)
    declined = {"state": UnlockState.DECLINED, "decided_by": deputy, "answer": "Отметки четверти уже объявлены."}
    add(cast.class_teacher, 2, week_ago, "Хочу исправить отметку.", **declined)
