"""What is entered of the school, of its staff, of its decisions on contacts, and of its documents."""

from datetime import date

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.school_cards import SCHOOL_WRITERS, STAFF_WRITERS
from permissions.school_documents import PUBLISHERS
from resolvers import school_cards, school_contacts, school_documents

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, sent, written
from .enums import Contact, ContactsOf, DocumentKind, Role, Sex
from .school import School
from .school_card import ContactDecision
from .school_documents import Document
from .school_people import Staff

MAY_ENTER_SCHOOL = gate(SCHOOL_WRITERS)
MAY_KEEP_STAFF = gate(STAFF_WRITERS)
MAY_PUBLISH = gate(PUBLISHERS)

NAMED = ("family_name", "given_name", "patronymic", "sex", "birth_date")
CONTACTS = ("phone", "email", "address")


@strawberry.input
class PersonInput:
    """What a new card must say of its person (1.6, 4.3, 4.6)."""

    family_name: str = strawberry.field(description="Фамилия.")
    given_name: str = strawberry.field(description="Имя.")
    patronymic: str | None = strawberry.field(default=None, description="Отчество.")
    sex: Sex = strawberry.field(description="Пол.")
    birth_date: date = strawberry.field(description="Дата рождения.")


@strawberry.input
class ContactsInput:
    """Contacts, where they may be kept."""

    phone: str | None = strawberry.field(default=UNSET, description="Телефон.")
    email: str | None = strawberry.field(default=UNSET, description="Электронная почта.")
    address: str | None = strawberry.field(default=UNSET, description="Адрес.")


@strawberry.input
class PersonChanges(ContactsInput):
    """What of a card's person may change."""

    family_name: str | None = strawberry.field(default=UNSET, description="Фамилия.")
    given_name: str | None = strawberry.field(default=UNSET, description="Имя.")
    patronymic: str | None = strawberry.field(default=UNSET, description="Отчество.")
    sex: Sex | None = strawberry.field(default=UNSET, description="Пол.")
    birth_date: date | None = strawberry.field(default=UNSET, description="Дата рождения.")


@strawberry.type(description="Карточка школы изменена.")
class UpdateSchoolCardPayload(Written):
    school: School | None = written(School, "Школа.")


@strawberry.type
class StaffPayload(Written):
    """What commands on an employee answer."""

    staff: Staff | None = written(Staff, "Сотрудник.")


@strawberry.type(description="Карта сотрудника создана.")
class CreateStaffCardPayload(StaffPayload):
    pass


@strawberry.type(description="Карта сотрудника изменена.")
class UpdateStaffCardPayload(StaffPayload):
    pass


@strawberry.type(description="Сотрудник уволен.")
class DismissStaffPayload(StaffPayload):
    pass


@strawberry.type(description="Увольнение отменено.")
class ReinstateStaffPayload(StaffPayload):
    pass


@strawberry.type
class DecisionPayload(Written):
    """What commands on a decision answer."""

    decision: ContactDecision | None = written(ContactDecision, "Решение.")


@strawberry.type(description="Решение о сборе сведений внесено.")
class RecordContactDecisionPayload(DecisionPayload):
    pass


@strawberry.type(description="Решению о сборе сведений назначен последний день.")
class EndContactDecisionPayload(DecisionPayload):
    pass


@strawberry.type
class DocumentPayload(Written):
    """What commands on a document answer."""

    document: Document | None = written(Document, "Документ.")


@strawberry.type(description="Документ опубликован.")
class PublishDocumentPayload(DocumentPayload):
    pass


@strawberry.type(description="Документ снят; он сохранён.")
class WithdrawDocumentPayload(DocumentPayload):
    pass


@strawberry.input(description="Карточка школы (3). Меняется только то, что передано.")
class UpdateSchoolCardInput:
    name: str | None = strawberry.field(default=UNSET, description="Краткое наименование.")
    full_name: str | None = strawberry.field(default=UNSET, description="Полное наименование.")
    address: str | None = strawberry.field(default=UNSET, description="Адрес.")
    phone: str | None = strawberry.field(default=UNSET, description="Телефон.")
    email: str | None = strawberry.field(default=UNSET, description="Электронная почта.")
    site: str | None = strawberry.field(default=UNSET, description="Сайт.")
    tax_number: str | None = strawberry.field(default=UNSET, description="ИНН.")
    licence_number: str | None = strawberry.field(default=UNSET, description="Лицензия: номер.")
    licence_issued_on: date | None = strawberry.field(default=UNSET, description="Лицензия: когда выдана.")
    licence_issued_by: str | None = strawberry.field(default=UNSET, description="Лицензия: кем выдана.")
    licence_valid_until: date | None = strawberry.field(
        default=UNSET, description="Лицензия: до какого дня; null — бессрочно."
    )
    accreditation_number: str | None = strawberry.field(default=UNSET, description="Аккредитация: номер.")
    accreditation_issued_on: date | None = strawberry.field(default=UNSET, description="Аккредитация: когда выдана.")
    accreditation_issued_by: str | None = strawberry.field(default=UNSET, description="Аккредитация: кем выдана.")
    accreditation_valid_until: date | None = strawberry.field(
        default=UNSET, description="Аккредитация: до какого дня; null — бессрочно."
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Новая карта сотрудника (4.3).")
class CreateStaffCardInput(PersonInput, ContactsInput):
    number: str = strawberry.field(description="Табельный номер.")
    position: str = strawberry.field(description="Основная должность.")
    grade: str | None = strawberry.field(default=None, description="Разряд.")
    category: str | None = strawberry.field(default=None, description="Категория.")
    diploma: str | None = strawberry.field(default=None, description="Специальность по диплому.")
    functions: list[Role] = strawberry.field(default_factory=list, description="Функции пользователя.")
    hired_on: date = strawberry.field(description="Дата приёма на работу.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Карта сотрудника. Меняется только то, что передано.")
class UpdateStaffCardInput(PersonChanges):
    staff_id: strawberry.ID = strawberry.field(description="Сотрудник.")
    number: str | None = strawberry.field(default=UNSET, description="Табельный номер.")
    position: str | None = strawberry.field(default=UNSET, description="Основная должность.")
    grade: str | None = strawberry.field(default=UNSET, description="Разряд.")
    category: str | None = strawberry.field(default=UNSET, description="Категория.")
    diploma: str | None = strawberry.field(default=UNSET, description="Специальность по диплому.")
    functions: list[Role] | None = strawberry.field(default=UNSET, description="Функции пользователя.")
    hired_on: date | None = strawberry.field(default=UNSET, description="Дата приёма на работу.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Увольнение.")
class DismissStaffInput:
    staff_id: strawberry.ID = strawberry.field(description="Сотрудник.")
    dismissed_on: date = strawberry.field(description="Последний рабочий день.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отмена увольнения.")
class ReinstateStaffInput:
    staff_id: strawberry.ID = strawberry.field(description="Сотрудник.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Решение школы о сборе сведений (4.8).")
class RecordContactDecisionInput:
    number: str = strawberry.field(description="Номер решения.")
    decided_on: date = strawberry.field(description="Когда принято.")
    contact: Contact = strawberry.field(description="Что собирать.")
    contacts_of: ContactsOf = strawberry.field(description="О ком.")
    starts_on: date = strawberry.field(description="С какого дня действует.")
    ends_on: date | None = strawberry.field(default=None, description="По какой день.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Прекращение решения о сборе сведений.")
class EndContactDecisionInput:
    decision_id: strawberry.ID = strawberry.field(description="Решение.")
    ends_on: date = strawberry.field(description="Последний день; после него сведения скрыты от всех.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Документ школы (5.7).")
class PublishDocumentInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    kind: DocumentKind = strawberry.field(description="Вид.")
    title: str = strawberry.field(description="Заголовок.")
    file_id: strawberry.ID = strawberry.field(description="Файл, загруженный тем же пользователем через `POST /files`.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Снятие документа.")
class WithdrawDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Документ.")


SCHOOL_FIELDS = tuple(name for name in UpdateSchoolCardInput.__annotations__ if name != "if_version")
STAFF_FIELDS = ("number", "position", "grade", "category", "diploma", "functions", "hired_on")


@strawberry.type
class SchoolMutation:
    @command(MAY_ENTER_SCHOOL, "Внести сведения о школе, лицензии и аккредитации (3.1).")
    async def update_school_card(self, info: Info, input: UpdateSchoolCardInput) -> UpdateSchoolCardPayload:
        values = sent(input, *SCHOOL_FIELDS)
        changed = await school_cards.update_school_card(info.context, values, input.if_version)
        return UpdateSchoolCardPayload(number=changed)

    @command(MAY_KEEP_STAFF, "Создать карту сотрудника (4.2); уже известный школе человек остаётся одним.")
    async def create_staff_card(self, info: Info, input: CreateStaffCardInput) -> CreateStaffCardPayload:
        values = sent(input, *NAMED, *CONTACTS, *STAFF_FIELDS)
        made = await school_cards.create_staff_card(info.context, values, input.idempotency_key)
        return CreateStaffCardPayload(number=made)

    @command(MAY_KEEP_STAFF, "Изменить карту сотрудника (4.2).")
    async def update_staff_card(self, info: Info, input: UpdateStaffCardInput) -> UpdateStaffCardPayload:
        staff = number("Staff", input.staff_id, "staffId")
        values = sent(input, *NAMED, *CONTACTS, *STAFF_FIELDS)
        await school_cards.update_staff_card(info.context, staff, values, input.if_version)
        return UpdateStaffCardPayload(number=staff)

    @command(MAY_KEEP_STAFF, "Уволить сотрудника: со следующего дня его роли в Системе не действуют.")
    async def dismiss_staff(self, info: Info, input: DismissStaffInput) -> DismissStaffPayload:
        staff = number("Staff", input.staff_id, "staffId")
        await school_cards.dismiss_staff(info.context, staff, input.dismissed_on, input.if_version)
        return DismissStaffPayload(number=staff)

    @command(MAY_KEEP_STAFF, "Отменить увольнение.")
    async def reinstate_staff(self, info: Info, input: ReinstateStaffInput) -> ReinstateStaffPayload:
        staff = number("Staff", input.staff_id, "staffId")
        await school_cards.reinstate_staff(info.context, staff, input.if_version)
        return ReinstateStaffPayload(number=staff)

    @command(MAY_ENTER_SCHOOL, "Внести решение школы о сборе сведений (4.8).")
    async def record_contact_decision(
        self,
        info: Info,
        input: RecordContactDecisionInput,
    ) -> RecordContactDecisionPayload:
        made = await school_contacts.record_contact_decision(
            info.context,
            input.number,
            input.decided_on,
            input.contact,
            input.contacts_of,
            input.starts_on,
            input.ends_on,
            input.idempotency_key,
        )
        return RecordContactDecisionPayload(number=made)

    @command(MAY_ENTER_SCHOOL, "Прекратить сбор сведений: после последнего дня они скрыты от всех (4.8).")
    async def end_contact_decision(
        self,
        info: Info,
        input: EndContactDecisionInput,
    ) -> EndContactDecisionPayload:
        decision = number("ContactDecision", input.decision_id, "decisionId")
        await school_contacts.end_contact_decision(info.context, decision, input.ends_on, input.if_version)
        return EndContactDecisionPayload(number=decision)

    @command(MAY_PUBLISH, "Опубликовать документ (5.7).")
    async def publish_document(self, info: Info, input: PublishDocumentInput) -> PublishDocumentPayload:
        made = await school_documents.publish_document(
            info.context,
            number("AcademicYear", input.year_id, "yearId"),
            input.kind,
            input.title,
            number("File", input.file_id, "fileId"),
            input.idempotency_key,
        )
        return PublishDocumentPayload(number=made)

    @command(MAY_PUBLISH, "Снять документ; он сохранён.")
    async def withdraw_document(self, info: Info, input: WithdrawDocumentInput) -> WithdrawDocumentPayload:
        document = number("Document", input.document_id, "documentId")
        await school_documents.withdraw_document(info.context, document)
        return WithdrawDocumentPayload(number=document)
