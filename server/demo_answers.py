"""What some of the demo school's students answered to their last homework."""

from datetime import timedelta

from rules.journal_answers import AnswerState

from .demo_accounts import Accounts
from .demo_families import Pupils
from .demo_lessons import Year
from .demo_rows import Rows

SAID = (
    (AnswerState.SENT, "Прочитал параграф, ответы на вопросы 1-4 записал в тетрадь.", None),
    (AnswerState.RETURNED, "Сделал всё, кроме последнего задания.", "Последнее задание тоже обязательно: допишите."),
    (AnswerState.ACCEPTED, "Готово: решил все примеры, проверил ответы.", "Хорошо."),
)


def write_answers(rows: Rows, year: Year, pupils: Pupils, accounts: Accounts) -> None:
    """Answers of the demo student and of two more to what was given to all last: each homework one of every state."""
    child, homework = pupils.demo.children[0].student, rows.tables["homework"]
    answered = 0
    for number in reversed(range(len(homework))):
        lesson, day, _, for_all, _, published_at, *_ = homework[number]
        given = year.lessons[lesson]
        members = [each.student for each in pupils.rosters[given.part.group] if each.holds(day)]
        if not for_all or child not in members:
            continue
        people = [child, *(each for each in members if each != child)][: len(SAID)]
        for position, student in enumerate(people):
            state, text, comment = SAID[(answered + position) % len(SAID)]
            answered_at = published_at + timedelta(hours=2, minutes=position)
            by = accounts.of_person[pupils.students[student].person.number]
            stamp = {"version": 1, "changed_at": answered_at, "changed_by": by}
            if comment:
                reviewed_at, teacher = answered_at + timedelta(hours=1), accounts.of_staff[given.by]
                stamp = {"version": 2, "changed_at": reviewed_at, "changed_by": teacher}
                stamp |= {"comment": comment, "reviewed_at": reviewed_at, "reviewed_by": teacher}
            rows.add(
                "homework_answer",
                lesson_id=lesson,
                lesson_date=day,
                homework_id=number,
                student_id=student,
                text=text,
                state=state,
                answered_at=answered_at,
                **stamp,
            )
        answered += 1
        if answered == len(SAID):
            return
