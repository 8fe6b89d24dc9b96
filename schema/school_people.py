"""People of the school: staff, students and guardians, with their cards."""

from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.school import Guardian as GuardianRow
from models.school import Guardianship as GuardianshipRow
from models.school import Staff as StaffRow
from models.school import Student as StudentRow
from permissions.curriculum import PLAN
from permissions.gates import NAMES, gate
from permissions.school import (
    visible_guardians,
    visible_guardianships,
    visible_staff,
    visible_students,
)
from resolvers import account as account_reads
from resolvers import (
    account_orders,
    curriculum,
    journal,
    journal_diary,
    journal_excuses,
    journal_finals,
    movement,
    school,
    timetable,
    timetable_corrections,
    timetable_week,
)
from rules.curriculum import check_diary_range
from rules.school import full_name, short_name
from rules.school_cards import card_version

from .account import Account
from .account_orders import AppointmentOrder
from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    computed,
    edge,
    edge_with,
    node,
    optional_number,
    paged,
    secret,
)
from .enums import GuardianKind, Role, Sex
from .school_diary import OwnDiary, PeriodId
from .school_reports import OfStudent, OfTeacher

if TYPE_CHECKING:
    from .curriculum import (
        DroppedSubject,
        Enrolment,
        SchoolClass,
        TeachingAssignment,
        TeachingLoad,
    )
    from .journal import Attendance, Mark, SubjectAverage
    from .journal_diary import Diary
    from .journal_excuses import Excuse
    from .journal_finals import FinalMarkCell
    from .movement import MovementItem
    from .timetable import Lesson
    from .timetable_corrections import StaffAbsence
    from .timetable_week import Event, TimetableEntry

PERSONAL = gate(NAMES)
"""What analysts see rows without."""

_FAMILY = gate(Role.SECRETARY, Role.ADMINISTRATOR)

_CURRICULUM = strawberry.lazy("schema.curriculum")
_TOPICS = strawberry.lazy("schema.curriculum_topics")
_TIMETABLE = strawberry.lazy("schema.timetable")
_WEEK = strawberry.lazy("schema.timetable_week")
_CORRECTIONS = strawberry.lazy("schema.timetable_corrections")
_JOURNAL = strawberry.lazy("schema.journal")
_DOCUMENTS = strawberry.lazy("schema.school_documents")
_DIARY = strawberry.lazy("schema.journal_diary")
_FINALS = strawberry.lazy("schema.journal_finals")
_MOVEMENT = strawberry.lazy("schema.movement")
_TRANSITION = strawberry.lazy("schema.movement_transition")


SubjectId = Annotated[strawberry.ID | None, argument("Только по этому предмету.")]
Since = Annotated[date, argument("С какого дня.")]
Until = Annotated[date, argument("По какой день.")]


def _of_period(period_id: str | None, subject_id: str | None) -> dict[str, Any]:
    return {
        "period_id": optional_number("Period", period_id, "periodId"),
        "running": True if period_id is None else None,
        "subject_id": optional_number("Subject", subject_id, "subjectId"),
    }


_NAME = ("family_name", "given_name", "patronymic")


@strawberry.type
class Named:
    """A person's name, which analysts do not see."""

    family_name: str = secret(PERSONAL, "Фамилия.")
    given_name: str = secret(PERSONAL, "Имя.")
    patronymic: str | None = secret(PERSONAL, "Отчество.")

    name: str = computed(full_name, *_NAME, description="Фамилия, имя и отчество.", only=PERSONAL)
    short_name: str = computed(short_name, *_NAME, description="Фамилия и инициалы.", only=PERSONAL)


@strawberry.type
class Card:
    """What every personal card holds (1.6, 4.3, 4.6)."""

    sex: Sex = strawberry.field(description="Пол.")
    birth_date: date = secret(PERSONAL, "Дата рождения.")
    phone: str | None = secret(PERSONAL, "Телефон; только если школа решила его собирать (4.8).")
    email: str | None = secret(PERSONAL, "Электронная почта (4.8).")
    address: str | None = secret(PERSONAL, "Домашний адрес (4.8).")

    version: int = computed(card_version, "version", "person_version", description="Версия для `ifVersion`.")
    birth_year: int = computed(attrgetter("year"), "birth_date", description="Год рождения.")


def _functions(stored: list[str]) -> list[Role]:
    return [role for role in Role if role in stored]


@strawberry.type(description="Личная карта сотрудника (4.3).")
class StaffCard(Card):
    number: str = strawberry.field(description="Табельный номер.")
    grade: str | None = strawberry.field(description="Разряд.")
    category: str | None = strawberry.field(description="Категория.")
    diploma: str | None = strawberry.field(description="Специальность по диплому.")
    hired_on: date = strawberry.field(description="Дата приёма на работу.")
    dismissed_on: date | None = strawberry.field(description="Дата увольнения.")
    functions: list[Role] = computed(
        _functions, "functions", description="Функции пользователя: роли, которые ему нужны; дают их вместе с доступом."
    )


@node(visible_staff, StaffRow, description="Сотрудник школы: имя и должность.")
class Staff(Named, OfTeacher, Node):
    position: str = strawberry.field(description="Основная должность.")
    absences: list[Annotated["StaffAbsence", _CORRECTIONS]] = edge(
        timetable_corrections.staff_absences, description="Когда отсутствует (6.5)."
    )
    card: StaffCard | None = edge(school.staff_card, description="Личная карта (4.2, 4.3).")
    account: Account | None = edge(
        account_reads.account_of_person, only=gate(Role.HR, Role.ADMINISTRATOR), description="Учётная запись (11.8)."
    )
    appointment_orders: list[AppointmentOrder] = edge(
        account_orders.staff_appointment_orders, description="Приказы о назначении ответственным (6.2, 11.2)."
    )

    @edge_with(
        curriculum.staff_led_classes,
        returns=list[Annotated["SchoolClass", _CURRICULUM]],
        description="Классы, которыми руководит сегодня или в указанный день.",
    )
    def led_classes(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        curriculum.staff_assignments,
        returns=list[Annotated["TeachingAssignment", _CURRICULUM]],
        description="Что и у кого ведёт сегодня или в указанный день.",
    )
    def assignments(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        curriculum.staff_load,
        only=gate(PLAN),
        returns=Annotated["TeachingLoad", _CURRICULUM],
        description="Нагрузка сегодня или в указанный день.",
    )
    def load(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        timetable.staff_lessons,
        returns=Connection[Annotated["Lesson", _TIMETABLE]],
        description="Уроки по датам: свои и те, что ведёт за других (6.5).",
    )
    def lessons(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_week.staff_week,
        returns=list[Annotated["TimetableEntry", _WEEK]],
        description="Недельное расписание, действующее сегодня или в указанный день.",
    )
    def timetable(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}


@strawberry.type(description="Сколько сотрудников в одной должности.")
class StaffCount:
    position: str = strawberry.field(description="Основная должность.")
    employees: int = strawberry.field(
        description="Сколько = число сотрудников с этой должностью, принятых и не уволенных."
    )


@strawberry.type(description="Личная карта обучающегося (4.6).")
class StudentCard(Card):
    file_number: str = secret(PERSONAL, "Номер личного дела.")


@node(visible_guardianships, GuardianshipRow, description="Чей законный представитель и кем приходится (4.7).")
class Guardianship(Node):
    kind: GuardianKind = strawberry.field(description="Кем приходится.")
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(description="По какой день.")
    application: str | None = strawberry.field(description="Под каким номером зарегистрировано заявление (4.7).")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    guardian: "Guardian | None" = edge(school.guardianship_guardian, description="Законный представитель.")
    student: "Student | None" = edge(school.guardianship_student, description="Обучающийся.")


@node(visible_guardians, GuardianRow, description="Законный представитель (1.6, 4.7).")
class Guardian(Named, Card, Node):
    applied_on: date = strawberry.field(description="Дата заявления (4.7).")
    account: Account | None = edge(
        account_reads.account_of_person,
        only=_FAMILY,
        description="Учётная запись; сотрудника секретарь не видит.",
    )
    guardianships: list[Guardianship] = edge(school.guardian_guardianships, description="Чей представитель.")


@node(visible_students, StudentRow, description="Обучающийся: имя и класс.")
class Student(Named, OwnDiary, OfStudent, Node):
    individual_plan: bool = strawberry.field(description="Учится по индивидуальному учебному плану (7.8).")
    taught_at_home: bool = strawberry.field(description="Учится на дому: текущих отметок нет (7.8).")
    card: StudentCard | None = edge(school.student_card, description="Личная карта (4.6).")
    account: Account | None = edge(
        account_reads.account_of_person,
        only=_FAMILY,
        description="Учётная запись; сотрудника секретарь не видит.",
    )
    guardianships: list[Guardianship] = edge(
        school.student_guardianships, description="Законные представители; родитель видит здесь только себя."
    )
    enrolments: list[Annotated["Enrolment", _CURRICULUM]] = edge(
        curriculum.student_enrolments, description="В каких классах был и когда."
    )
    movement: list[Annotated["MovementItem", _MOVEMENT]] = edge(
        movement.student_movement, description="Путь по школе: приказы в порядке книги движения (9.1)."
    )

    dropped_subjects: list[Annotated["DroppedSubject", _CURRICULUM]] = edge(
        curriculum.student_dropped_subjects, description="Чего нет в его индивидуальном плане (7.8)."
    )

    @edge_with(
        curriculum.student_class,
        returns=Annotated["SchoolClass", _CURRICULUM] | None,
        description="Класс сегодня или в указанный день.",
    )
    def school_class(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}

    @edge_with(
        timetable.student_lessons,
        returns=Connection[Annotated["Lesson", _TIMETABLE]],
        description="Уроки по датам: своего класса и своих подгрупп, за те дни, когда был в них.",
    )
    def lessons(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_week.student_events,
        returns=Connection[Annotated["Event", _WEEK]],
        description="Мероприятия школы, параллели и класса, в котором был в первый их день (6.1).",
    )
    def events(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        journal_diary.diary_of,
        returns=Annotated["Diary", _DIARY] | None,
        description="Дневник за дни из одного учебного года (7.12).",
    )
    def diary(
        self,
        since: Annotated[date, strawberry.argument(name="from", description="С какого дня.")],
        until: Annotated[date, strawberry.argument(name="to", description="По какой день.")],
    ) -> dict[str, Any]:
        check_diary_range(since, until)
        return {"since": since, "until": until}

    @edge_with(
        journal.student_marks,
        returns=Connection[Annotated["Mark", _JOURNAL]],
        description="Отметки за период, по датам уроков.",
    )
    def marks(
        self,
        first: First,
        period_id: PeriodId = None,
        subject_id: SubjectId = None,
        after: After = None,
    ) -> dict[str, Any]:
        return {**_of_period(period_id, subject_id), **paged(first, after)}

    @edge_with(
        journal.student_attendance,
        returns=Connection[Annotated["Attendance", _JOURNAL]],
        description="Пропуски за период, по датам уроков.",
    )
    def attendance(
        self,
        first: First,
        period_id: PeriodId = None,
        subject_id: SubjectId = None,
        after: After = None,
    ) -> dict[str, Any]:
        return {**_of_period(period_id, subject_id), **paged(first, after)}

    @edge_with(
        journal_excuses.student_excuses,
        returns=Connection[Annotated["Excuse", strawberry.lazy("schema.journal_excuses")]],
        description="Документы и сообщения о причинах пропусков по порядку дней, и отозванные (7.3).",
    )
    def excuses(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        journal.student_averages,
        returns=list[Annotated["SubjectAverage", _JOURNAL]],
        description="Средний и средневзвешенный балл за период по предметам.",
    )
    def averages(
        self,
        period_id: PeriodId = None,
        subject_id: SubjectId = None,
    ) -> dict[str, Any]:
        return _of_period(period_id, subject_id)

    @edge_with(
        journal_finals.student_final_marks,
        returns=list[Annotated["FinalMarkCell", _FINALS]],
        description="Отметки за периоды, годовые, экзаменационные и итоговые, и что ещё не выставлено (7.7–7.10).",
    )
    def final_marks(
        self,
        year_id: Annotated[strawberry.ID | None, argument("Учебный год; без него — нынешний.")] = None,
        period_id: Annotated[strawberry.ID | None, argument("Только за этот период.")] = None,
        subject_id: SubjectId = None,
    ) -> dict[str, Any]:
        return {
            "this_year": True if year_id is None else None,
            "year_id": optional_number("AcademicYear", year_id, "yearId"),
            "period_id": optional_number("Period", period_id, "periodId"),
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
        }
