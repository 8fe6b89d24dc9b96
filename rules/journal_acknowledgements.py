"""The parent's signature under a week of the diary (7.12)."""

from datetime import date, timedelta

from .refusals import Refusal, RefusalCode


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def check_week(last_lesson: date | None, today: date) -> None:
    """Refuse to sign a week without lessons, or one whose last day of lessons is still to come.

    last_lesson: the student's last day with lessons in that week.
    """
    if last_lesson is None:
        raise Refusal(RefusalCode.NO_LESSONS, "На этой неделе у учащегося нет уроков.", "weekOf", "7.12")
    if today < last_lesson:
        message = f"Неделя ещё не кончилась: подтвердить её можно с {last_lesson:%d.%m.%Y}."
        raise Refusal(RefusalCode.WEEK_NOT_OVER, message, "weekOf", "7.12")
