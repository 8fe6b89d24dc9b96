"""What is entered of students and their guardians."""

from datetime import date

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.school_cards import CARD_MAKERS, CARD_WRITERS, LEARNING_WRITERS
from resolvers import school_families

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, sent, written
from .enums import GuardianKind
from .school_mutation import CONTACTS, NAMED, ContactsInput, PersonChanges, PersonInput
from .school_people import Guardian, Guardianship, Student

MAY_ENTER = gate(CARD_MAKERS)
MAY_KEEP = gate(CARD_WRITERS)
MAY_SAY_HOW = gate(LEARNING_WRITERS)

_APPLIED_ON = "Дата заявления; без него сведения о представителе не вносятся (4.7)."
_APPLICATION = "Под каким номером зарегистрировано заявление (4.7)."


@strawberry.type
class StudentPayload(Written):
    """What commands on a student answer."""

    student: Student | None = written(Student, "Обучающийся.")


@strawberry.type(description="Карта обучающегося создана; в класс зачисляют приказом (9).")
class CreateStudentCardPayload(StudentPayload):
    pass


@strawberry.type(description="Карта обучающегося изменена.")
class UpdateStudentCardPayload(StudentPayload):
    pass


@strawberry.type(description="Записано, как учится обучающийся.")
class SetStudentLearningPayload(StudentPayload):
    pass


@strawberry.type
class GuardianshipPayload(Written):
    """What commands on a guardianship answer."""

    guardianship: Guardianship | None = written(Guardianship, "Представительство.")


@strawberry.type(description="Законный представитель внесён.")
class CreateGuardianPayload(GuardianshipPayload):
    pass


@strawberry.type(description="Представительство внесено.")
class AddGuardianshipPayload(GuardianshipPayload):
    pass


@strawberry.type(description="Представительству назначен последний день.")
class EndGuardianshipPayload(GuardianshipPayload):
    pass


@strawberry.type(description="Сведения о законном представителе изменены.")
class UpdateGuardianPayload(Written):
    guardian: Guardian | None = written(Guardian, "Законный представитель.")


@strawberry.input(description="Новая карта обучающегося (4.6); контакты — только по решению школы (4.8).")
class CreateStudentCardInput(PersonInput, ContactsInput):
    file_number: str = strawberry.field(description="Номер личного дела.")
    individual_plan: bool = strawberry.field(default=False, description="Учится по индивидуальному учебному плану.")
    taught_at_home: bool = strawberry.field(default=False, description="Учится на дому.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Карта обучающегося. Меняется только то, что передано.")
class UpdateStudentCardInput(PersonChanges):
    student_id: strawberry.ID = strawberry.field(description="Обучающийся.")
    file_number: str | None = strawberry.field(default=UNSET, description="Номер личного дела.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Как учится обучающийся (7.8). Меняется только то, что передано.")
class SetStudentLearningInput:
    student_id: strawberry.ID = strawberry.field(description="Обучающийся.")
    individual_plan: bool | None = strawberry.field(default=UNSET, description="По индивидуальному учебному плану.")
    taught_at_home: bool | None = strawberry.field(default=UNSET, description="На дому.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Законный представитель (1.6), по его заявлению (4.7).")
class CreateGuardianInput(PersonInput, ContactsInput):
    student_id: strawberry.ID = strawberry.field(description="Чей представитель.")
    kind: GuardianKind = strawberry.field(description="Кем приходится.")
    applied_on: date | None = strawberry.field(default=None, description=_APPLIED_ON)
    application: str | None = strawberry.field(default=None, description=_APPLICATION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Сведения о законном представителе. Меняется только то, что передано.")
class UpdateGuardianInput(PersonChanges):
    guardian_id: strawberry.ID = strawberry.field(description="Законный представитель.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Ещё один обучающийся уже внесённого представителя, по отдельному заявлению (4.7).")
class AddGuardianshipInput:
    guardian_id: strawberry.ID = strawberry.field(description="Законный представитель.")
    student_id: strawberry.ID = strawberry.field(description="Обучающийся.")
    kind: GuardianKind = strawberry.field(description="Кем приходится.")
    applied_on: date | None = strawberry.field(default=None, description=_APPLIED_ON)
    application: str | None = strawberry.field(default=None, description=_APPLICATION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Прекращение представительства.")
class EndGuardianshipInput:
    guardianship_id: strawberry.ID = strawberry.field(description="Представительство.")
    ends_on: date = strawberry.field(description="Последний день.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


_BOND = ("kind", "applied_on", "application")


@strawberry.type
class FamilyMutation:
    @command(MAY_ENTER, "Создать карту обучающегося (4.4).")
    async def create_student_card(self, info: Info, input: CreateStudentCardInput) -> CreateStudentCardPayload:
        values = sent(input, *NAMED, *CONTACTS, "file_number", "individual_plan", "taught_at_home")
        made = await school_families.create_student_card(info.context, values, input.idempotency_key)
        return CreateStudentCardPayload(number=made)

    @command(MAY_KEEP, "Изменить карту обучающегося (4.5): классный руководитель — в своём классе.")
    async def update_student_card(self, info: Info, input: UpdateStudentCardInput) -> UpdateStudentCardPayload:
        student = number("Student", input.student_id, "studentId")
        values = sent(input, *NAMED, *CONTACTS, "file_number")
        await school_families.update_student_card(info.context, student, values, input.if_version)
        return UpdateStudentCardPayload(number=student)

    @command(MAY_SAY_HOW, "Указать, что учится на дому или по индивидуальному плану (7.8).")
    async def set_student_learning(self, info: Info, input: SetStudentLearningInput) -> SetStudentLearningPayload:
        student = number("Student", input.student_id, "studentId")
        values = sent(input, "individual_plan", "taught_at_home")
        await school_families.set_student_learning(info.context, student, values, input.if_version)
        return SetStudentLearningPayload(number=student)

    @command(MAY_ENTER, "Внести законного представителя по его заявлению (4.4, 4.7).")
    async def create_guardian(self, info: Info, input: CreateGuardianInput) -> CreateGuardianPayload:
        student = number("Student", input.student_id, "studentId")
        values = sent(input, *NAMED, *CONTACTS, *_BOND)
        made = await school_families.create_guardian(info.context, student, values, input.idempotency_key)
        return CreateGuardianPayload(number=made)

    @command(MAY_KEEP, "Изменить сведения о законном представителе (4.5): классный руководитель — в своём классе.")
    async def update_guardian(self, info: Info, input: UpdateGuardianInput) -> UpdateGuardianPayload:
        guardian = number("Guardian", input.guardian_id, "guardianId")
        values = sent(input, *NAMED, *CONTACTS)
        await school_families.update_guardian(info.context, guardian, values, input.if_version)
        return UpdateGuardianPayload(number=guardian)

    @command(MAY_ENTER, "Внести представительство уже известного представителя по заявлению (4.7).")
    async def add_guardianship(self, info: Info, input: AddGuardianshipInput) -> AddGuardianshipPayload:
        made = await school_families.add_guardianship(
            info.context,
            number("Guardian", input.guardian_id, "guardianId"),
            number("Student", input.student_id, "studentId"),
            sent(input, *_BOND),
            input.idempotency_key,
        )
        return AddGuardianshipPayload(number=made)

    @command(MAY_KEEP, "Прекратить представительство: с ним кончается и доступ.")
    async def end_guardianship(self, info: Info, input: EndGuardianshipInput) -> EndGuardianshipPayload:
        guardianship = number("Guardianship", input.guardianship_id, "guardianshipId")
        await school_families.end_guardianship(info.context, guardianship, input.ends_on, input.if_version)
        return EndGuardianshipPayload(number=guardianship)
