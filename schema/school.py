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
from permissions.gates import NAMES, SIGNED_IN, gate
from permissions.school import (
    visible_guardians,
    visible_guardianships,
    visible_schools,
    visible_staff,
    visible_students,
)
from resolvers import curriculum, journal, journal_diary, school, timetable, timetable_corrections
from resolvers.edges import Key, Reading
from rules.curriculum import check_diary_range
from rules.school import full_name, short_name

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
from .enums import GuardianKind, Sex, StudentOrder

if TYPE_CHECKING:
    from .curriculum import AcademicYear, Enrolment, SchoolClass, Subject, TeachingAssignment
    from .journal import Attendance, Mark, SubjectAverage, WorkType
    from .journal_diary import Diary
    from .timetable import Lesson
    from .timetable_corrections import LessonCorrection, StaffAbsence

PERSONAL = gate(NAMES)
"""What analysts see rows without."""

_CURRICULUM = strawberry.lazy("schema.curriculum")
_TIMETABLE = strawberry.lazy("schema.timetable")
_CORRECTIONS = strawberry.lazy("schema.timetable_corrections")
_JOURNAL = strawberry.lazy("schema.journal")
_DIARY = strawberry.lazy("schema.journal_diary")


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

    birth_year: int = computed(attrgetter("year"), "birth_date", description="Год рождения.")


@strawberry.type(description="Личная карта сотрудника (4.3).")
class StaffCard(Card):
    number: str = strawberry.field(description="Табельный номер.")
    grade: str | None = strawberry.field(description="Разряд.")
    category: str | None = strawberry.field(description="Категория.")
    diploma: str | None = strawberry.field(description="Специальность по диплому.")
    hired_on: date = strawberry.field(description="Дата приёма на работу.")
    dismissed_on: date | None = strawberry.field(description="Дата увольнения.")


@node(visible_staff, StaffRow, description="Сотрудник школы: имя и должность.")
class Staff(Named, Node):
    position: str = strawberry.field(description="Основная должность.")
    card: StaffCard | None = edge(school.staff_card, description="Личная карта (4.2, 4.3).")
    absences: list[Annotated["StaffAbsence", _CORRECTIONS]] = edge(
        timetable_corrections.staff_absences, description="Когда отсутствует (6.5)."
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
    guardian: "Guardian | None" = edge(school.guardianship_guardian, description="Законный представитель.")
    student: "Student | None" = edge(school.guardianship_student, description="Обучающийся.")


@node(visible_guardians, GuardianRow, description="Законный представитель (1.6, 4.7).")
class Guardian(Named, Card, Node):
    applied_on: date = strawberry.field(description="Дата заявления (4.7).")
    guardianships: list[Guardianship] = edge(school.guardian_guardianships, description="Чей представитель.")


@node(visible_students, StudentRow, description="Обучающийся: имя и класс.")
class Student(Named, Node):
    individual_plan: bool = strawberry.field(description="Учится по индивидуальному учебному плану (7.8).")
    taught_at_home: bool = strawberry.field(description="Учится на дому: текущих отметок нет (7.8).")
    card: StudentCard | None = edge(school.student_card, description="Личная карта (4.6).")
    guardianships: list[Guardianship] = edge(
        school.student_guardianships, description="Законные представители; родитель видит здесь только себя."
    )
    enrolments: list[Annotated["Enrolment", _CURRICULUM]] = edge(
        curriculum.student_enrolments, description="В каких классах был и когда."
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


@strawberry.type(description="Карточка школы с лицензией и аккредитацией (3).")
class SchoolCard:
    full_name: str = strawberry.field(description="Полное наименование.")
    address: str | None = strawberry.field(description="Адрес.")
    phone: str | None = strawberry.field(description="Телефон.")
    email: str | None = strawberry.field(description="Электронная почта.")
    tax_number: str | None = strawberry.field(description="ИНН.")
    licence: str | None = strawberry.field(description="Лицензия.")
    accreditation: str | None = strawberry.field(description="Аккредитация.")


@node(visible_schools, SchoolRow, description="Школа.")
class School(Node):
    code: str = strawberry.field(description="Код школы для входа.")
    name: str = strawberry.field(description="Краткое наименование.")
    time_zone: str = strawberry.field(description="Часовой пояс школы.")
    card: SchoolCard | None = edge(school.school_card, description="Карточка школы (3).")
    years: list[Annotated["AcademicYear", _CURRICULUM]] = edge(
        curriculum.school_years, description="Учебные годы, последний первым."
    )
    current_year: Annotated["AcademicYear", _CURRICULUM] | None = edge(
        curriculum.school_current_year, description="Текущий учебный год."
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

    @edge_with(school.school_staff, returns=Connection[Staff], description="Сотрудники по алфавиту.")
    def staff(
        self,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начало фамилии.")] = None,
    ) -> dict[str, Any]:
        return {"search": beginning(search), **paged(first, after)}

    @edge_with(
        timetable_corrections.school_absences,
        returns=Connection[Annotated["StaffAbsence", _CORRECTIONS]],
        description="Отсутствия сотрудников, хотя бы один день которых — в этих пределах (6.5).",
    )
    def staff_absences(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_corrections.school_corrections,
        returns=Connection[Annotated["LessonCorrection", _CORRECTIONS]],
        description="Исправления в расписании уроков этих дней, по порядку (6.5).",
    )
    def lesson_corrections(
        self,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

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


@strawberry.type
class SchoolQuery:
    @root_edge(school.viewer_school, returns=School | None, description="Своя школа.")
    def school(self, info: Info) -> Key:
        return (info.context.viewer.school_id,)

    @root(SIGNED_IN, "Любой объект по идентификатору; null, если его нет или он недоступен.")
    async def node(self, info: Info, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Node | None:  # noqa: A002
        return await find(info.context, id, "id")  # type: ignore[no-any-return]

    @root_edge(by_number("Student"), returns=Student | None, description="Обучающийся по идентификатору.")
    def student(self, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Key:  # noqa: A002
        return (number("Student", id, "id"),)
