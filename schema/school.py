"""The school, its staff, students and guardians."""

from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.school import Guardian as GuardianRow
from models.school import Guardianship as GuardianshipRow
from models.school import School as SchoolRow
from models.school import Staff as StaffRow
from models.school import Student as StudentRow
from permissions.curriculum import PLAN
from permissions.gates import NAMES, OPEN, SIGNED_IN, gate
from permissions.school import (
    OFFICE,
    visible_guardians,
    visible_guardianships,
    visible_schools,
    visible_staff,
    visible_students,
)
from resolvers import account as account_reads
from resolvers import (
    account_orders,
    curriculum,
    curriculum_topics,
    journal,
    journal_diary,
    movement,
    movement_transition,
    school,
    school_documents,
    timetable,
)
from resolvers.edges import Key, Reading
from rules.account import first_in_time
from rules.curriculum import check_diary_range
from rules.days import WorkingDays
from rules.school import full_name, short_name, words_of
from rules.school_cards import card_version

from .account import MANAGERS, Account
from .account_orders import AppointmentOrder, MissingAccount
from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    beginning,
    by_number,
    computed,
    edge,
    edge_with,
    find,
    node,
    number,
    optional_number,
    paged,
    root,
    root_edge,
    secret,
)
from .enums import (
    AppointmentState,
    DocumentKind,
    GuardianKind,
    MovementKind,
    OrderState,
    Responsibility,
    Role,
    Sex,
    StudentOrder,
)
from .school_card import ContactDecision, PublicPart, PublicSchool, SchoolCard, SchoolCheck

if TYPE_CHECKING:
    from .curriculum import (
        AcademicYear,
        DroppedSubject,
        EducationalArea,
        Enrolment,
        SchoolClass,
        Subject,
        TeachingAssignment,
        TeachingLoad,
    )
    from .curriculum_topics import TopicPlan
    from .journal import Attendance, Mark, SubjectAverage, WorkType
    from .journal_diary import Diary
    from .movement import MovementCount, MovementItem, MovementOrder
    from .movement_transition import YearTransition
    from .school_documents import Document
    from .timetable import Lesson

PERSONAL = gate(NAMES)
"""What analysts see rows without."""

_FAMILY = gate(Role.SECRETARY, Role.ADMINISTRATOR)

_CURRICULUM = strawberry.lazy("schema.curriculum")
_TOPICS = strawberry.lazy("schema.curriculum_topics")
_TIMETABLE = strawberry.lazy("schema.timetable")
_JOURNAL = strawberry.lazy("schema.journal")
_DOCUMENTS = strawberry.lazy("schema.school_documents")
_DIARY = strawberry.lazy("schema.journal_diary")
_MOVEMENT = strawberry.lazy("schema.movement")
_TRANSITION = strawberry.lazy("schema.movement_transition")


PeriodId = Annotated[strawberry.ID, argument("Период.")]
SubjectId = Annotated[strawberry.ID | None, argument("Только по этому предмету.")]


def _of_period(period_id: str, subject_id: str | None) -> dict[str, Any]:
    return {
        "period_id": number("Period", period_id, "periodId"),
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
class Staff(Named, Node):
    position: str = strawberry.field(description="Основная должность.")
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
        description="Классы, которыми руководит.",
    )
    def led_classes(self, info: Info) -> dict[str, Any]:
        return {"day": info.context.viewer.today}

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
        description="Уроки по датам.",
    )
    def lessons(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}


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
class Student(Named, Node):
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
        period_id: PeriodId,
        first: First,
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
        period_id: PeriodId,
        first: First,
        subject_id: SubjectId = None,
        after: After = None,
    ) -> dict[str, Any]:
        return {**_of_period(period_id, subject_id), **paged(first, after)}

    @edge_with(
        journal.student_averages,
        returns=list[Annotated["SubjectAverage", _JOURNAL]],
        description="Средний и средневзвешенный балл за период по предметам.",
    )
    def averages(
        self,
        period_id: PeriodId,
        subject_id: SubjectId = None,
    ) -> dict[str, Any]:
        return _of_period(period_id, subject_id)


@node(visible_schools, SchoolRow, description="Школа.")
class School(PublicPart, Node):
    time_zone: str = strawberry.field(description="Часовой пояс школы.")
    card: SchoolCard | None = edge(school.school_card, description="Карточка школы (3).")
    card_check: SchoolCheck | None = edge(school.school_check, description="Полнота карточки школы (3.2).")
    years: list[Annotated["AcademicYear", _CURRICULUM]] = edge(
        curriculum.school_years, description="Учебные годы, последний первым."
    )
    current_year: Annotated["AcademicYear", _CURRICULUM] | None = edge(
        curriculum.school_current_year, description="Текущий учебный год."
    )
    areas: list[Annotated["EducationalArea", _CURRICULUM]] = edge(
        curriculum.school_areas, description="Образовательные области (5.2)."
    )
    work_types: list[Annotated["WorkType", _JOURNAL]] = edge(
        journal.school_work_types, description="Виды работ с их весом."
    )

    @edge_with(
        curriculum.school_classes,
        returns=Connection[Annotated["SchoolClass", _CURRICULUM]],
        description="Классы учебного года, по умолчанию текущего.",
    )
    def classes(
        self,
        first: First,
        after: After = None,
        year_id: Annotated[strawberry.ID | None, argument("Учебный год.")] = None,
        grade: Annotated[int | None, argument("Только эта параллель.")] = None,
    ) -> dict[str, Any]:
        return {
            "year_id": optional_number("AcademicYear", year_id, "yearId"),
            "this_year": True if year_id is None else None,
            "grade": grade,
            **paged(first, after),
        }

    @edge_with(
        curriculum.school_subjects,
        returns=Connection[Annotated["Subject", _CURRICULUM]],
        description="Предметы.",
    )
    def subjects(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        account_reads.school_accounts,
        only=MANAGERS,
        returns=Connection[Account],
        description="Учётные записи по логинам: кадровику — сотрудников, секретарю — учащихся и родителей.",
    )
    def accounts(
        self,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начало логина или фамилии.")] = None,
        role: Annotated[Role | None, argument("Только у кого есть эта роль сегодня.")] = None,
        locked: Annotated[bool | None, argument("Только заблокированные или только открытые.")] = None,
    ) -> dict[str, Any]:
        return {"search": beginning(search), "role": role, "locked": locked, **paged(first, after)}

    @edge_with(
        account_reads.school_missing_accounts,
        returns=Connection[MissingAccount],
        description="Сотрудники без учётной записи, раньше принятые первыми (11.9).",
    )
    def missing_accounts(
        self,
        info: Info,
        first: First,
        after: After = None,
        overdue: Annotated[bool | None, argument("Только просроченные или только те, чей срок не прошёл.")] = None,
    ) -> dict[str, Any]:
        in_time = first_in_time(info.context.viewer.today, WorkingDays())
        return {
            "hired_before": in_time if overdue else None,
            "hired_since": in_time if overdue is False else None,
            **paged(first, after),
        }

    @edge_with(
        account_orders.school_appointment_orders,
        returns=Connection[AppointmentOrder],
        description="Приказы о назначении ответственных лиц, по датам (6.2, 11.2).",
    )
    def appointment_orders(
        self,
        first: First,
        after: After = None,
        responsibility: Annotated[Responsibility | None, argument("Только о такой ответственности.")] = None,
        state: Annotated[AppointmentState | None, argument("Только изданные или только отменённые.")] = None,
        on: Annotated[date | None, argument("Только действующие в этот день.")] = None,
    ) -> dict[str, Any]:
        return {"responsibility": responsibility, "state": state, "on": on, **paged(first, after)}

    @edge_with(
        curriculum_topics.school_topic_plans,
        returns=Connection[Annotated["TopicPlan", _TOPICS]],
        description="Календарно-тематические планы учебного года, по умолчанию текущего (5.5).",
    )
    def topic_plans(
        self,
        first: First,
        after: After = None,
        year_id: Annotated[strawberry.ID | None, argument("Учебный год.")] = None,
        subject_id: SubjectId = None,
        grade: Annotated[int | None, argument("Только эта параллель.")] = None,
    ) -> dict[str, Any]:
        return {
            "year_id": optional_number("AcademicYear", year_id, "yearId"),
            "this_year": True if year_id is None else None,
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            "grade": grade,
            **paged(first, after),
        }

    @edge_with(
        school.school_contact_decisions,
        returns=Connection[ContactDecision],
        description="Решения о сборе сведений (4.8).",
    )
    def contact_decisions(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        school_documents.school_documents,
        returns=Connection[Annotated["Document", _DOCUMENTS]],
        description="Раздел «Документы» (5.7): все или одного года и вида.",
    )
    def documents(
        self,
        first: First,
        after: After = None,
        year_id: Annotated[strawberry.ID | None, argument("Учебный год.")] = None,
        kind: Annotated[DocumentKind | None, argument("Только этого вида.")] = None,
    ) -> dict[str, Any]:
        return {"year_id": optional_number("AcademicYear", year_id, "yearId"), "kind": kind, **paged(first, after)}

    @edge_with(school.school_staff, returns=Connection[Staff], description="Сотрудники по алфавиту.")
    def staff(
        self,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начало фамилии.")] = None,
    ) -> dict[str, Any]:
        return {"search": beginning(search), **paged(first, after)}

    @edge_with(school.school_students, returns=Connection[Student], description="Обучающиеся школы.")
    def students(
        self,
        info: Info,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начало фамилии.", only=PERSONAL)] = None,
        order_by: Annotated[StudentOrder | None, argument("Порядок; обычно по алфавиту.")] = None,
    ) -> Reading:
        by_entry = order_by is StudentOrder.ENTRY or not PERSONAL.admits(info.context.viewer.roles)
        students = school.school_students_by_entry if by_entry else school.school_students
        return students(search=beginning(search), **paged(first, after))

    transitions: list[Annotated["YearTransition", _TRANSITION]] = edge(
        movement_transition.school_transitions, description="Переходы на новый учебный год, последний первым (12)."
    )

    @edge_with(
        movement.school_movement_book,
        returns=Connection[Annotated["MovementOrder", _MOVEMENT]],
        description="Книга движения: изданные приказы по порядку (9.1).",
    )
    def movement_book(
        self,
        first: First,
        after: After = None,
        kind: Annotated[MovementKind | None, argument("Только этого вида.")] = None,
        state: Annotated[OrderState | None, argument("Только в этом состоянии.")] = None,
        number: Annotated[str | None, argument("С этим номером.")] = None,
        since: Annotated[date | None, argument("Изданы с этого дня.")] = None,
        until: Annotated[date | None, argument("Изданы по этот день.")] = None,
        year_id: Annotated[strawberry.ID | None, argument("О классах этого учебного года.")] = None,
        class_id: Annotated[strawberry.ID | None, argument("Об этом классе.")] = None,
        student_id: Annotated[strawberry.ID | None, argument("Об этом учащемся.")] = None,
    ) -> dict[str, Any]:
        return {
            "kind": kind and kind.value,
            "state": state and state.value,
            "number": beginning(number, "number"),
            "since": since,
            "until": until,
            "year_id": optional_number("AcademicYear", year_id, "yearId"),
            "class_id": optional_number("SchoolClass", class_id, "classId"),
            "student_id": optional_number("Student", student_id, "studentId"),
            **paged(first, after),
        }

    @edge_with(
        movement.school_movement_drafts,
        returns=Connection[Annotated["MovementOrder", _MOVEMENT]],
        only=gate(OFFICE),
        description="Проекты приказов о движении (9.1).",
    )
    def movement_drafts(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        movement.school_movement_counts,
        returns=list[Annotated["MovementCount", _MOVEMENT]],
        description="Сколько учащихся прибыло, выбыло и переведено: действующие приказы, вступившие в силу за эти дни.",
    )
    def movement_counts(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
    ) -> dict[str, Any]:
        return {"since": since, "until": until}


@strawberry.type
class SchoolQuery:
    @root_edge(school.viewer_school, returns=School | None, description="Своя школа.")
    def school(self, info: Info) -> Key:
        return (info.context.viewer.school_id,)

    @root(OPEN, "Школы по алфавиту, по началу слов названия или по коду: чтобы найти свою и войти.")
    async def schools(
        self,
        info: Info,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начала слов названия, или код.")] = None,
    ) -> Connection[PublicSchool]:
        words = " & ".join(f"{word}:*" for word in words_of(beginning(search) or ""))
        reading = school.public_schools(search=words or None, **paged(first, after))
        return await info.context.load_key(reading, school.EVERYWHERE)  # type: ignore[no-any-return]

    @root(SIGNED_IN, "Любой объект по идентификатору; null, если его нет или он недоступен.")
    async def node(self, info: Info, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Node | None:  # noqa: A002
        return await find(info.context, id, "id")  # type: ignore[no-any-return]

    @root_edge(by_number("Student"), returns=Student | None, description="Обучающийся по идентификатору.")
    def student(self, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Key:  # noqa: A002
        return (number("Student", id, "id"),)
