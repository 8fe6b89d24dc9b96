"""The control of journals (7.11): figures with the counts behind them, their trend, and what is found."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_control import CONTROLLED
from permissions.timetable import visible_lessons
from resolvers import curriculum, journal, school, timetable
from resolvers.report_control import AskedControl, control_findings, journal_control
from rules.report import ABOUT, Report
from rules.report_control import CHECKS, faults_of, key_of

from .base import (
    After,
    Connection,
    Decorator,
    First,
    Info,
    argument,
    computed,
    edge,
    encode_id,
    optional_number,
    paged,
    resolved,
)
from .curriculum import Period, SchoolClass, StudyGroup, Subject
from .enums_report_control import ControlAspect, ControlBy, ControlCheck
from .journal import Task
from .report_base import From, ReportPrint, Until, of_days, print_of, report
from .school_people import Staff, Student
from .timetable import Lesson

MAY_CONTROL = gate(CONTROLLED)


@strawberry.type(description="Доля: сколько случаев и сколько из них хороши.")
class ControlFigure:
    value: float | None = strawberry.field(description="Процент с двумя знаками; null — считать нечего.")
    good: int = strawberry.field(description="Сколько случаев таких, как нужно.")
    cases: int = strawberry.field(description="Сколько всего случаев.")
    formula: str = strawberry.field(description="Формула.")


def _of_check(name: str, description: str) -> Any:
    return computed(lambda check: getattr(CHECKS[ControlCheck(check)], name), "check", description=description)


@strawberry.type(description="Итог одной проверки.")
class CheckFigure:
    check: ControlCheck = strawberry.field(description="Какая проверка.")
    figure: ControlFigure = strawberry.field(description="Что вышло.")

    title: str = _of_check("title", "Название.")
    clause: str = _of_check("clause", "Пункт Порядка.")
    aspect: ControlAspect = _of_check("aspect", "Что она проверяет.")


@strawberry.type(description="Показатели контроля: складываются случаи всех проверок, а не проценты.")
class ControlFigures:
    completeness: ControlFigure = strawberry.field(description="Полнота, %.")
    timeliness: ControlFigure = strawberry.field(description="Своевременность, %.")
    correctness: ControlFigure = strawberry.field(description="Правильность, %.")
    checks: list[CheckFigure] = strawberry.field(description="Проверки, для которых есть случаи.")


@strawberry.type(description="Показатели недели.")
class ControlWeek:
    starts_on: date = strawberry.field(description="Понедельник.")
    figures: ControlFigures = strawberry.field(description="Показатели.")


@strawberry.type(description="Строка контроля: об учителе, классе, предмете или журнале.")
class ControlRow:
    staff: Staff | None = edge(
        school.staff_of, description="Чьё это, если строки об учителях или журналах; null — никто не назначен."
    )
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс, если строки о классах.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа, если строки о журналах.")
    subject: Subject | None = edge(
        curriculum.subject_of, description="Предмет, если строки о предметах или журналах; null — обо всех сразу."
    )
    figures: ControlFigures = strawberry.field(description="За все дни.")
    weeks: list[ControlWeek] = strawberry.field(description="По неделям.")
    corrections: int = strawberry.field(description="Уроков, исправленных после закрытия, с разрешения (7.6).")

    @resolved("Эти исправленные уроки.", only=gate(visible_lessons.roles))
    async def corrected(self, info: Info) -> list[Lesson]:
        row: Any = self
        return await row.corrected(info.context)  # type: ignore[no-any-return]

    @resolved("За столько же дней перед этими.")
    async def before(self, info: Info) -> ControlFigures:
        row: Any = self
        return await row.before(info.context)  # type: ignore[no-any-return]


@strawberry.type(description="Что в журнале не так и может быть исправлено.")
class Finding:
    check: ControlCheck = strawberry.field(description="Какой проверкой найдено.")
    day: date = strawberry.field(description="К какому дню относится.")
    staff: Staff | None = edge(school.staff_of, description="Чьё это.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа, чей это журнал.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    task: Task | None = edge(journal.task_of, description="Письменная работа.")
    period: Period | None = edge(curriculum.period_of, description="Учебный период.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")

    clause: str = _of_check("clause", "Пункт Порядка, которому это не соответствует.")
    what: str = _of_check("fault", "Что не так.")
    aspect: ControlAspect = _of_check("aspect", "Полнота это или правильность.")
    key: str = computed(
        key_of, "check", "key0", "key1", "key2", description="По этому слову о найденном пишут замечание."
    )
    object_id: strawberry.ID = computed(
        encode_id, "object_type", "object_id", description="С чем действовать: идентификатор для `node`."
    )


OfCheck = Annotated[ControlCheck | None, argument("Только эта проверка.")]
OfAspect = Annotated[ControlAspect | None, argument("Только полнота или только правильность.")]


@strawberry.type(description="Контроль ведения журналов за несколько дней (7.11).")
class JournalControl:
    rows: list[ControlRow] = strawberry.field(description="Строки; первыми те, где дела хуже.")
    total: ControlRow = strawberry.field(description="Всё вместе.")

    @resolved("Что не так и может быть исправлено, по дням. Опоздания исправить нельзя: они — в `obligations`.")
    async def findings(
        self, info: Info, first: First, after: After = None, check: OfCheck = None, aspect: OfAspect = None
    ) -> Connection[Finding]:
        control: Any = self
        asked = control.asked
        chosen = {
            "staff_id": None,
            "class_id": None,
            "subject_id": None,
            **asked.given,
            "since": asked.since,
            "until": asked.until,
            "checks": tuple(each.value for each in faults_of(check, aspect)),
        }
        reading = control_findings(**chosen, **paged(first, after))
        found: Any = await info.context.load_key(reading, (control.school_id,), CONTROLLED)
        return found  # type: ignore[no-any-return]


GroupBy = Annotated[ControlBy, argument("О чём строки.")]
OfStaff = Annotated[strawberry.ID | None, argument("Только этого учителя.")]
OfClass = Annotated[strawberry.ID | None, argument("Только этого класса.")]
OfSubject = Annotated[strawberry.ID | None, argument("Только по этому предмету.")]


def _numbers(staff: str | None = None, class_: str | None = None, subject: str | None = None) -> dict[str, int | None]:
    return {
        "staff_id": optional_number("Staff", staff, "staffId"),
        "class_id": optional_number("SchoolClass", class_, "classId"),
        "subject_id": optional_number("Subject", subject, "subjectId"),
    }


def _control(description: str) -> Decorator:
    field: Decorator = strawberry.field(
        description=description, permission_classes=[MAY_CONTROL], graphql_type=JournalControl
    )
    return field


_TITLE = f"{ABOUT[Report.JOURNAL_CONTROL].title} (7.11)"


def _print(school_id: int, asked: AskedControl) -> ReportPrint:
    days = of_days(asked.since, asked.until)
    of = replace(days, staff_id=asked.staff_id, class_id=asked.class_id, subject_id=asked.subject_id)
    return print_of(Report.JOURNAL_CONTROL, school_id, of)


@strawberry.type(description="Контроль ведения журналов школы (7.11).")
class SchoolControl(JournalControl):
    print: ReportPrint = computed(
        *(_print, "school_id", "asked"),
        description="Адреса для печати и выгрузки того же: по учителям, классам и предметам сразу.",
    )


@strawberry.type
class WithSchoolControl:
    """A part of `SchoolReports`."""

    @report(Report.JOURNAL_CONTROL, SchoolControl)
    async def journal_control(
        self,
        info: Info,
        since: From,
        until: Until,
        group_by: GroupBy,
        staff_id: OfStaff = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
    ) -> Any:
        asked = AskedControl(since, until, group_by, **_numbers(staff_id, class_id, subject_id))
        return await journal_control(info.context, asked)


@strawberry.type
class WithClassControl:
    """A part of `ClassReports`."""

    @_control(f"{_TITLE}: этого класса.")
    async def journal_control(
        self,
        info: Info,
        since: From,
        until: Until,
        group_by: GroupBy,
        staff_id: OfStaff = None,
        subject_id: OfSubject = None,
    ) -> Any:
        own: Any = self.id  # type: ignore[attr-defined]
        asked = AskedControl(since, until, group_by, **{**_numbers(staff_id, subject=subject_id), "class_id": own})
        return await journal_control(info.context, asked)


@strawberry.type
class WithTeacherControl:
    """A part of `TeacherReports`."""

    @_control(f"{_TITLE}: этого учителя.")
    async def journal_control(
        self,
        info: Info,
        since: From,
        until: Until,
        group_by: GroupBy,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
    ) -> Any:
        own: Any = self.id  # type: ignore[attr-defined]
        asked = AskedControl(since, until, group_by, **{**_numbers(None, class_id, subject_id), "staff_id": own})
        return await journal_control(info.context, asked)
