"""What the demo school's families and teachers write to each other."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from .demo_accounts import Accounts
from .demo_families import Pupils
from .demo_rows import Rows
from .demo_staff import DEPUTY, Cast, Team
from .demo_year import DEMO_TODAY, at

Said = tuple[int, str]
"""Account and text."""


def _thread(
    rows: Rows, subject: str, student: int | None, day: date, said: Sequence[Said], to: int, unread: int = 0
) -> None:
    """A thread between who wrote first and `to`, ten minutes a message; the last ones nobody has read yet."""
    members = [said[0][0], to]
    moments = [at(day, time(16, 10 * number)) for number in range(len(said))]
    thread = rows.add(
        "message_thread",
        subject=subject,
        student_id=student,
        started_at=moments[0],
        started_by=members[0],
        last_sent_at=moments[-1],
    )
    for account in members:
        rows.add("thread_member", thread_id=thread, account_id=account)
    for number, (author, text) in enumerate(said):
        message = rows.add("message", thread_id=thread, author_id=author, text=text, sent_at=moments[number])
        if number < len(said) - unread:
            for reader in members:
                if reader != author:
                    read_at = moments[number] + timedelta(minutes=4)
                    rows.add("message_receipt", message_id=message, account_id=reader, read_at=read_at)


def write_messages(rows: Rows, cast: Cast, team: Team, pupils: Pupils, accounts: Accounts) -> None:
    """Threads of the mother, of the father of two, and of the staff."""
    leader, teacher = accounts.of_staff[cast.class_teacher], accounts.of_staff[cast.teacher]
    deputy = accounts.of_staff[team.administration[DEPUTY]]
    mother, father = (
        accounts.of_person[pupils.guardians[number].number]
        for number in (pupils.demo.numbers[0], pupils.demo_pair.numbers[1])
    )
    child = pupils.demo.children[0].student
    _thread(
        rows,
        "Поездка в театр",
        child,
        DEMO_TODAY - timedelta(days=2),
        [
            (leader, "Здравствуйте! В пятницу едем в театр, выезд в 15:00 от школы. Согласны ли вы отпустить ребёнка?"),
            (mother, "Здравствуйте! Да, согласны. Нужны ли деньги на дорогу?"),
            (leader, "Нет, автобус заказала школа. Пусть возьмёт с собой перекус."),
        ],
        mother,
        unread=1,
    )
    _thread(
        rows,
        "Пропуск из-за врача",
        child,
        DEMO_TODAY - timedelta(days=1),
        [(mother, "Завтра до третьего урока будем у врача, справку принесём.")],
        leader,
        unread=1,
    )
    _thread(
        rows,
        "Родительское собрание",
        None,
        DEMO_TODAY - timedelta(days=5),
        [(deputy, "Приглашаем вас на собрание 28 мая в 18:00, кабинет 301."), (father, "Спасибо, буду.")],
        father,
    )
    _thread(
        rows,
        "Замена в четверг",
        None,
        DEMO_TODAY - timedelta(days=3),
        [(deputy, "Сможете ли заменить коллегу в четверг на втором уроке?"), (teacher, "Да, смогу.")],
        teacher,
    )
