"""The school, and how to find it and whatever is in it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.school import School as SchoolRow
from permissions.gates import OPEN, SIGNED_IN, gate
from permissions.school import OFFICE, visible_schools
from resolvers import account as account_reads
from resolvers import (
    account_orders,
    curriculum,
    curriculum_topics,
    movement,
    movement_transition,
    school,
    school_announcements,
    school_documents,
    timetable,
    timetable_corrections,
    timetable_mismatches,
    timetable_week,
)
from resolvers.days import working_days
from resolvers.edges import Key, Reading, reads
from resolvers.report_shown import check_day, check_span
from rules.account import first_in_time
from rules.report_shown import FEWEST_PEOPLE
from rules.school import words_of

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
    edge,
    edge_after,
    edge_with,
    find,
    node,
    number,
    optional_number,
    paged,
    root,
    root_edge,
)
from .enums import (
    AppointmentState,
    DocumentKind,
    MismatchState,
    MovementKind,
    OrderState,
    Responsibility,
    Role,
    StudentOrder,
)
from .school_access import AccessLog
from .school_announcements import Announcement
from .school_card import ContactDecision, PublicPart, PublicSchool, SchoolCard, SchoolCheck
from .school_certificates import CertifiedJournals
from .school_forms import Forms
from .school_journal import Journals
from .school_obligations import Watch
from .school_people import PERSONAL, Since, Staff, StaffCount, Student, SubjectId, Until
from .school_reports import OfSchool

if TYPE_CHECKING:
    from .curriculum import (
        AcademicYear,
        EducationalArea,
        SchoolClass,
        Subject,
    )
    from .curriculum_topics import TopicPlan
    from .movement import MovementCount, MovementOrder
    from .movement_transition import YearTransition
    from .school_documents import Document
    from .timetable import Room
    from .timetable_corrections import LessonCorrection, StaffAbsence
    from .timetable_mismatches import MismatchReport
    from .timetable_week import Event

_CURRICULUM = strawberry.lazy("schema.curriculum")
_TOPICS = strawberry.lazy("schema.curriculum_topics")
_TIMETABLE = strawberry.lazy("schema.timetable")
_WEEK = strawberry.lazy("schema.timetable_week")
_CORRECTIONS = strawberry.lazy("schema.timetable_corrections")
_MISMATCHES = strawberry.lazy("schema.timetable_mismatches")
_DOCUMENTS = strawberry.lazy("schema.school_documents")
_MOVEMENT = strawberry.lazy("schema.movement")
_TRANSITION = strawberry.lazy("schema.movement_transition")


@node(visible_schools, SchoolRow, description="Школа.")
class School(PublicPart, Journals, AccessLog, CertifiedJournals, OfSchool, Forms, Watch, Node):
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

    @edge_after(
        account_reads.school_missing_accounts,
        returns=Connection[MissingAccount],
        description="Сотрудники без учётной записи, раньше принятые первыми (11.9).",
    )
    async def missing_accounts(
        self,
        info: Info,
        first: First,
        after: After = None,
        overdue: Annotated[bool | None, argument("Только просроченные или только те, чей срок не прошёл.")] = None,
    ) -> dict[str, Any]:
        in_time = first_in_time(info.context.viewer.today, await working_days(reads(info.context)))
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

    @edge_with(
        timetable.school_rooms,
        returns=Connection[Annotated["Room", _TIMETABLE]],
        description="Кабинеты, в которых ведутся уроки; по желанию и те, что больше не используются.",
    )
    def rooms(
        self,
        info: Info,
        first: First,
        after: After = None,
        archived: Annotated[bool | None, argument("И выбывшие тоже.")] = None,
    ) -> Reading:
        named = PERSONAL.admits(info.context.viewer.roles)
        rooms = timetable.school_rooms if named else timetable.school_rooms_by_number
        return rooms(in_use=None if archived else True, **paged(first, after))

    @edge_with(
        timetable_week.school_events,
        returns=Connection[Annotated["Event", _WEEK]],
        description="Мероприятия школы, параллелей и классов по датам (6.1).",
    )
    def events(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_corrections.school_absences,
        returns=Connection[Annotated["StaffAbsence", _CORRECTIONS]],
        description="Отсутствия сотрудников, хотя бы один день которых — в этих пределах (6.5).",
    )
    def staff_absences(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_corrections.school_corrections,
        returns=Connection[Annotated["LessonCorrection", _CORRECTIONS]],
        description="Исправления в расписании уроков этих дней, по порядку (6.5).",
    )
    def lesson_corrections(self, since: Since, until: Until, first: First, after: After = None) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_mismatches.school_mismatches,
        returns=Connection[Annotated["MismatchReport", _MISMATCHES]],
        description="Сообщения о несоответствии дат журналов, раньше написанные первыми (6.4).",
    )
    def mismatch_reports(
        self,
        first: First,
        after: After = None,
        state: Annotated[MismatchState | None, argument("Только в этом состоянии.")] = None,
        class_id: Annotated[strawberry.ID | None, argument("Только этот класс.")] = None,
        subject_id: SubjectId = None,
    ) -> dict[str, Any]:
        return {
            "state": state and state.value,
            "class_id": optional_number("SchoolClass", class_id, "classId"),
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }

    @edge_with(
        school_announcements.school_announcements,
        returns=Connection[Announcement],
        description="Объявления для меня, закреплённые и новые первыми; директору и завучу — все, отозванные тоже.",
    )
    def announcements(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(school.school_staff, returns=Connection[Staff], description="Сотрудники по алфавиту.")
    def staff(
        self,
        first: First,
        after: After = None,
        search: Annotated[str | None, argument("Начало фамилии.")] = None,
    ) -> dict[str, Any]:
        return {"search": beginning(search), **paged(first, after)}

    @edge_after(
        school.school_staff_counts,
        returns=list[StaffCount],
        description="Сколько сотрудников работает сегодня или в указанный день, по должностям; аналитику — с "
        f"округлением до {FEWEST_PEOPLE}, без должностей, где их меньше, и лишь в первый или последний день периода "
        "или года.",
    )
    async def staff_counts(self, info: Info, on: Annotated[date | None, argument("День.")] = None) -> dict[str, Any]:
        day = on or info.context.viewer.today
        await check_day(info.context, day, "on")
        return {"day": day}

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

    @edge_after(
        movement.school_movement_counts,
        returns=list[Annotated["MovementCount", _MOVEMENT]],
        description="Сколько учащихся прибыло, выбыло и переведено: действующие приказы, вступившие в силу за эти дни; "
        f"аналитику — с округлением до {FEWEST_PEOPLE}, без параллелей, где их меньше, и лишь за целый период или год.",
    )
    async def movement_counts(
        self,
        info: Info,
        since: Annotated[date, argument("С какого дня.")],
        until: Annotated[date, argument("По какой день.")],
    ) -> dict[str, Any]:
        await check_span(info.context, since, until, "since")
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
    async def node(self, info: Info, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Node | None:
        return await find(info.context, id, "id")  # type: ignore[no-any-return]

    @root_edge(by_number("Student"), returns=Student | None, description="Обучающийся по идентификатору.")
    def student(self, id: Annotated[strawberry.ID, argument("Идентификатор.")]) -> Key:
        return (number("Student", id, "id"),)
