"""What the demo school's teachers reported of the dates in their journals, and what the deputy answered (6.4)."""

from datetime import date, time, timedelta

from rules.timetable import LessonState
from rules.timetable_mismatches import MismatchKind, MismatchState, MismatchStepKind, NamedDate, state_after

from .demo_accounts import Accounts
from .demo_lessons import Year
from .demo_plan import Plan
from .demo_rows import Rows
from .demo_staff import DEPUTY, Cast, Team
from .demo_year import DEMO_TODAY, at

_ONE = timedelta(days=1)

A_FEW = 3
"""Lessons a week with which a subject has days without one."""

Journal = tuple[int, int]
"""Group and subject."""

Step = tuple[MismatchStepKind, bool, str | None]
"""What was done, whether by the deputy, and what was said."""

_ANSWERED: Step = (MismatchStepKind.ANSWERED, True, "Расписание исправлено.")
_CLOSED: Step = (MismatchStepKind.CLOSED, False, None)
_REOPENED: Step = (MismatchStepKind.REOPENED, False, "Лишний урок всё ещё стоит в журнале.")


class _Reports:
    """Writes reports on journals of the cast: each day of one either has a lesson or has none."""

    def __init__(self, rows: Rows, year: Year, accounts: Accounts, deputy: int) -> None:
        self.rows, self.accounts, self.deputy = rows, accounts, deputy
        self.past = [day for day in year.days if day < DEMO_TODAY]
        self.taught: dict[Journal, set[date]] = {}
        for lesson in year.lessons:
            if lesson.state is not LessonState.CANCELLED:
                self.taught.setdefault((lesson.part.group, lesson.course.subject), set()).add(lesson.day)

    def days(self, journal: Journal, with_lesson: bool) -> list[date]:
        """The last days before today on which a journal has a lesson, or has none."""
        return [day for day in reversed(self.past) if (day in self.taught[journal]) is with_lesson]

    def add(
        self, teacher: int, journal: Journal, dates: list[NamedDate], steps: list[Step], comment: str | None = None
    ) -> None:
        """A report of some days ago, and a step a day."""
        account = self.accounts.of_staff[teacher]
        first = DEMO_TODAY - (len(steps) + 1) * _ONE
        state, moment, by = MismatchState.OPEN, at(first, time(15)), account
        made = []
        for number, (step, by_deputy, text) in enumerate(steps, 1):
            state, moment = state_after(state, step, "steps"), at(first + number * _ONE, time(15))
            by = self.deputy if by_deputy else account
            made.append({"kind": step.value, "text": text, "made_at": moment, "made_by": by})
        report = self.rows.add(
            "mismatch_report",
            group_id=journal[0],
            subject_id=journal[1],
            state=state.value,
            comment=comment,
            reported_at=at(first, time(15)),
            reported_by=account,
            version=len(steps) + 1,
            changed_at=moment,
            changed_by=by,
        )
        for named in dates:
            what = {"date": named.date, "kind": named.kind.value, "should_be": named.should_be}
            self.rows.add("mismatch_date", report_id=report, **what)
        for values in made:
            self.rows.add("mismatch_step", report_id=report, **values)


def write_mismatches(rows: Rows, plan: Plan, cast: Cast, team: Team, year: Year, accounts: Accounts) -> None:
    """Reports in every state: waiting, answered, closed, and taken up again; of some, the dates are put right."""
    reports = _Reports(rows, year, accounts, accounts.of_staff[team.administration[DEPUTY]])
    for teacher, waiting, settled in (
        (cast.teacher, [], [_ANSWERED]),
        (cast.class_teacher, [_ANSWERED, _REOPENED], [_ANSWERED, _CLOSED]),
    ):
        course = max(plan.hours_of(teacher), key=lambda each: (each.hours <= A_FEW, each.of is cast.student_class))
        journal = (next(part.group for part in course.parts if part.teacher == teacher), course.subject)
        there, free = reports.days(journal, True), reports.days(journal, False)
        dates = [NamedDate(there[0], MismatchKind.EXTRA), NamedDate(free[0], MismatchKind.MISSING)]
        reports.add(teacher, journal, dates, waiting, "По рабочей программе уроки в другие дни.")
        reports.add(teacher, journal, [NamedDate(free[1], MismatchKind.WRONG, there[1])], settled)
