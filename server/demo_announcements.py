"""What the demo school announces to its staff and families."""

from datetime import date, time, timedelta
from typing import Any

from .demo_accounts import Accounts
from .demo_rows import Rows
from .demo_staff import DEPUTY, DIRECTOR, Cast, Team
from .demo_year import DEMO_TODAY, YEAR_ENDS, at


def _announce(rows: Rows, author: int, day: date, title: str, text: str, readers: list[str], **more: Any) -> int:
    """An announcement of the morning of a day."""
    return rows.add(
        "announcement",
        title=title,
        text=text,
        readers=readers,
        starts_on=day,
        published_at=at(day, time(8, 10)),
        author_id=author,
        changed_at=at(day, time(8, 10)),
        changed_by=author,
        **{"whole_school": False, "pinned": False, **more},
    )


def write_announcements(rows: Rows, cast: Cast, team: Team, accounts: Accounts) -> None:
    """Of the director to everybody, of the deputy to the staff, of the class teacher to the class."""
    director, deputy = (accounts.of_staff[team.administration[each]] for each in (DIRECTOR, DEPUTY))
    leader = accounts.of_staff[cast.class_teacher]
    _announce(
        rows,
        director,
        DEMO_TODAY - timedelta(days=6),
        "Последний звонок",
        "Праздник последнего звонка — 26 мая в 10:00 на школьном дворе. Ждём учеников и родителей.",
        ["staff", "students", "parents"],
        whole_school=True,
        pinned=True,
        ends_on=YEAR_ENDS,
    )
    _announce(
        rows,
        deputy,
        DEMO_TODAY - timedelta(days=1),
        "Отметки за четверть",
        "Отметки за четвёртую четверть выставляем до пятницы включительно.",
        ["staff"],
        whole_school=True,
    )
    own = _announce(
        rows,
        leader,
        DEMO_TODAY - timedelta(days=2),
        "Экскурсия в музей",
        "В субботу, 23 мая, едем в краеведческий музей. Сбор в 9:30 у школы.",
        ["students", "parents"],
    )
    rows.add("announcement_target", announcement_id=own, class_id=cast.student_class.number)
    for account in (leader, deputy):
        rows.add("announcement_receipt", announcement_id=0, account_id=account, read_at=at(DEMO_TODAY, time(8, 30)))
