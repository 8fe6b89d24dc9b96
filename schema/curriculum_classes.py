"""What is written of classes: who leads and who teaches them, their subgroups, and individual plans."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.curriculum_write import DIVIDERS
from permissions.gates import gate
from resolvers import curriculum, curriculum_classes, curriculum_groups
from resolvers.curriculum_classes import Assigned
from rules.curriculum_groups import Asked

from .base import Info, encode_id, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, Written, command, sent, written
from .curriculum import SchoolClass, StudyGroup, TeachingAssignment
from .curriculum_dates import MAY_PLAN
from .enums import PeriodKind
from .school_people import Student

MAY_DIVIDE = gate(DIVIDERS)


@strawberry.type
class OfClass(Written):
    school_class: SchoolClass | None = written(SchoolClass, "Класс.")


@strawberry.type
class OfAssignment(Written):
    assignment: TeachingAssignment | None = written(TeachingAssignment, "Назначение.")


@strawberry.type(description="Класс добавлен.")
class CreateClassPayload(OfClass):
    pass


@strawberry.type(description="Класс исправлен.")
class UpdateClassPayload(OfClass):
    pass


@strawberry.type(description="Класс удалён.")
class DeleteClassPayload:
    class_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.type(description="Классный руководитель назначен.")
class AppointClassTeacherPayload(OfClass):
    pass


@strawberry.type(description="Учитель назначен.")
class AssignTeacherPayload(OfAssignment):
    pass


@strawberry.type(description="Учителя назначены, все до одного.")
class AssignTeachersPayload:
    assignment_ids: strawberry.Private[list[int]]

    @resolved("Назначения в порядке ввода.", only=gate(curriculum.assignment_of.scope.roles))
    async def assignments(self, info: Info) -> list[TeachingAssignment]:
        return [await info.context.load_key(curriculum.assignment_of(), (each,)) for each in self.assignment_ids]


@strawberry.type(description="Нагрузка передана другому учителю.")
class HandOverAssignmentPayload(OfAssignment):
    pass


@strawberry.type(description="Последний день назначения указан.")
class EndAssignmentPayload(OfAssignment):
    pass


@strawberry.type(description="Подгруппы сформированы.")
class FormSubgroupsPayload(OfClass):
    pass


@strawberry.type(description="Учащийся переведён в подгруппу.")
class MoveToSubgroupPayload(Written):
    group: StudyGroup | None = written(StudyGroup, "Подгруппа.")


@strawberry.type(description="Индивидуальный план задан.")
class SetIndividualPlanPayload(Written):
    student: Student | None = written(Student, "Обучающийся.")


@strawberry.input(description="Новый класс.")
class CreateClassInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    grade: int = strawberry.field(description="Параллель.")
    letter: str = strawberry.field(description="Буква.")
    shift: int = strawberry.field(default=1, description="Смена.")
    capacity: int | None = strawberry.field(default=None, description="На сколько учащихся рассчитан.")
    profile_id: strawberry.ID | None = strawberry.field(default=None, description="Профиль.")
    period_kind: PeriodKind | None = strawberry.field(default=None, description="Деление года, если не по правилу.")
    week_days: int | None = strawberry.field(default=None, description="Учебных дней в неделе; обычно 5 или 6.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Класс. Меняется только то, что передано.")
class UpdateClassInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    letter: str | None = strawberry.field(default=UNSET, description="Буква.")
    shift: int | None = strawberry.field(default=UNSET, description="Смена.")
    capacity: int | None = strawberry.field(default=UNSET, description="На сколько учащихся рассчитан.")
    profile_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Профиль.")
    period_kind: PeriodKind | None = strawberry.field(default=UNSET, description="На какие периоды делится год.")
    week_days: int | None = strawberry.field(default=UNSET, description="Учебных дней в неделе.")


@strawberry.input(description="Удаление пустого класса.")
class DeleteClassInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")


@strawberry.input(description="Классный руководитель с указанного дня; прежний — по день до него.")
class AppointClassTeacherInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    staff_id: strawberry.ID = strawberry.field(description="Сотрудник.")
    starts_on: date = strawberry.field(description="С какого дня.")


@strawberry.input(description="Учитель предмета в группе.")
class AssignmentInput:
    group_id: strawberry.ID = strawberry.field(description="Группа: весь класс или подгруппа.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    staff_id: strawberry.ID = strawberry.field(description="Сотрудник.")
    starts_on: date = strawberry.field(description="С какого дня.")
    ends_on: date | None = strawberry.field(default=None, description="По какой день, если не до конца года.")
    hours: float | None = strawberry.field(default=None, description="Часов в неделю, если не все по плану.")


@strawberry.input(description="Назначение одного учителя.")
class AssignTeacherInput(AssignmentInput):
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Назначения, например всех учителей класса: записываются все или ни одного.")
class AssignTeachersInput:
    entries: list[AssignmentInput] = strawberry.field(description="Назначения.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Передача нагрузки другому учителю вместе с уроками, которые ещё запланированы.")
class HandOverAssignmentInput:
    assignment_id: strawberry.ID = strawberry.field(description="Назначение.")
    staff_id: strawberry.ID = strawberry.field(description="Кому.")
    starts_on: date = strawberry.field(description="С какого дня.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Последний день назначения.")
class EndAssignmentInput:
    assignment_id: strawberry.ID = strawberry.field(description="Назначение.")
    ends_on: date = strawberry.field(description="По какой день.")


@strawberry.input(description="Подгруппа с её учащимися.")
class SubgroupInput:
    name: str = strawberry.field(description="Название: «группа 1».")
    student_ids: list[strawberry.ID] = strawberry.field(description="Учащиеся.")


@strawberry.input(description="Деление класса на подгруппы по предмету: все учащиеся, каждый в одной.")
class FormSubgroupsInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    groups: list[SubgroupInput] = strawberry.field(description="Подгруппы; ни одной — класс снова учится вместе.")
    starts_on: date = strawberry.field(description="С какого дня.")


@strawberry.input(description="Перевод учащегося в другую подгруппу.")
class MoveToSubgroupInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    group_id: strawberry.ID = strawberry.field(description="Подгруппа.")
    starts_on: date = strawberry.field(description="С какого дня.")


@strawberry.input(description="Индивидуальный учебный план: каких предметов в нём нет (7.8).")
class SetIndividualPlanInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    individual: bool = strawberry.field(default=True, description="Учится ли по индивидуальному плану.")
    dropped_subject_ids: list[strawberry.ID] = strawberry.field(description="Предметы, которые не изучает.")
    starts_on: date = strawberry.field(description="С какого дня.")
    if_version: int | None = strawberry.field(
        default=None, description="Версия карточки, которую видел отправитель; с другой — отказ CONFLICT."
    )


def _assigned(given: AssignmentInput, path: str) -> Assigned:
    return Assigned(
        number("StudyGroup", given.group_id, f"{path}groupId"),
        number("Subject", given.subject_id, f"{path}subjectId"),
        number("Staff", given.staff_id, f"{path}staffId"),
        given.starts_on,
        given.ends_on,
        given.hours,
    )


def _class(given: CreateClassInput | UpdateClassInput) -> dict[str, Any]:
    """What was sent of a class; what a new one may be given by rule is left out where it is null."""
    values = sent(given, "shift", "capacity", "profile_id")
    values |= sent(given, "period_kind", "week_days")
    if "profile_id" in values:
        values["profile_id"] = optional_number("Profile", values["profile_id"], "profileId")
    if isinstance(given, UpdateClassInput):
        return values | sent(given, "letter")
    return {name: value for name, value in values.items() if value is not None}


@strawberry.type
class ClassesMutation:
    @command(MAY_PLAN, "Добавить класс (5.9).")
    async def create_class(self, info: Info, input: CreateClassInput) -> CreateClassPayload:
        year = number("AcademicYear", input.year_id, "yearId")
        more = (_class(input), input.idempotency_key)
        of = await curriculum_classes.create_class(info.context, year, input.grade, input.letter, *more)
        return CreateClassPayload(number=of)

    @command(MAY_PLAN, "Исправить класс (5.9, 12.1).")
    async def update_class(self, info: Info, input: UpdateClassInput) -> UpdateClassPayload:
        of = number("SchoolClass", input.class_id, "classId")
        return UpdateClassPayload(number=await curriculum_classes.update_class(info.context, of, _class(input)))

    @command(MAY_PLAN, "Удалить пустой класс.")
    async def delete_class(self, info: Info, input: DeleteClassInput) -> DeleteClassPayload:
        of = number("SchoolClass", input.class_id, "classId")
        await curriculum_classes.delete_class(info.context, of)
        return DeleteClassPayload(class_id=encode_id("SchoolClass", of))

    @command(MAY_PLAN, "Назначить классного руководителя (12.1).")
    async def appoint_class_teacher(
        self,
        info: Info,
        input: AppointClassTeacherInput,
    ) -> AppointClassTeacherPayload:
        of, staff = number("SchoolClass", input.class_id, "classId"), number("Staff", input.staff_id, "staffId")
        await curriculum_classes.appoint_class_teacher(info.context, of, staff, input.starts_on)
        return AppointClassTeacherPayload(number=of)

    @command(MAY_PLAN, "Назначить учителя группе по предмету (5.2).")
    async def assign_teacher(self, info: Info, input: AssignTeacherInput) -> AssignTeacherPayload:
        entries, key = [_assigned(input, "")], input.idempotency_key
        made = await curriculum_classes.assign_teachers(info.context, "assignTeacher", entries, "", key)
        return AssignTeacherPayload(number=made[0])

    @command(MAY_PLAN, "Назначить учителей, например всему классу: всех или никого (5.2).")
    async def assign_teachers(self, info: Info, input: AssignTeachersInput) -> AssignTeachersPayload:
        entries = [_assigned(each, f"entries.{n}.") for n, each in enumerate(input.entries)]
        given = (entries, "entries.{}.", input.idempotency_key)
        made = await curriculum_classes.assign_teachers(info.context, "assignTeachers", *given)
        return AssignTeachersPayload(assignment_ids=made)

    @command(MAY_PLAN, "Передать нагрузку другому учителю с указанного дня.")
    async def hand_over_assignment(
        self,
        info: Info,
        input: HandOverAssignmentInput,
    ) -> HandOverAssignmentPayload:
        assignment = number("TeachingAssignment", input.assignment_id, "assignmentId")
        given = (number("Staff", input.staff_id, "staffId"), input.starts_on, input.idempotency_key)
        made = await curriculum_classes.hand_over_assignment(info.context, assignment, *given)
        return HandOverAssignmentPayload(number=made)

    @command(MAY_PLAN, "Указать последний день назначения.")
    async def end_assignment(self, info: Info, input: EndAssignmentInput) -> EndAssignmentPayload:
        assignment = number("TeachingAssignment", input.assignment_id, "assignmentId")
        await curriculum_classes.end_assignment(info.context, assignment, input.ends_on)
        return EndAssignmentPayload(number=assignment)

    @command(MAY_DIVIDE, "Поделить класс на подгруппы по предмету (5.10).")
    async def form_subgroups(self, info: Info, input: FormSubgroupsInput) -> FormSubgroupsPayload:
        of = number("SchoolClass", input.class_id, "classId")
        subject = number("Subject", input.subject_id, "subjectId")
        groups = [
            Asked(
                each.name,
                [number("Student", one, f"groups.{n}.studentIds.{m}") for m, one in enumerate(each.student_ids)],
            )
            for n, each in enumerate(input.groups)
        ]
        await curriculum_groups.form_subgroups(info.context, of, subject, groups, input.starts_on)
        return FormSubgroupsPayload(number=of)

    @command(MAY_DIVIDE, "Перевести учащегося в другую подгруппу (5.10).")
    async def move_to_subgroup(self, info: Info, input: MoveToSubgroupInput) -> MoveToSubgroupPayload:
        student = number("Student", input.student_id, "studentId")
        group = number("StudyGroup", input.group_id, "groupId")
        await curriculum_groups.move_to_subgroup(info.context, student, group, input.starts_on)
        return MoveToSubgroupPayload(number=group)

    @command(MAY_PLAN, "Задать индивидуальный план: каких предметов учащийся не изучает (7.8).")
    async def set_individual_plan(self, info: Info, input: SetIndividualPlanInput) -> SetIndividualPlanPayload:
        student = number("Student", input.student_id, "studentId")
        dropped = [
            number("Subject", each, f"droppedSubjectIds.{n}") for n, each in enumerate(input.dropped_subject_ids)
        ]
        given = (input.individual, dropped, input.starts_on, input.if_version)
        await curriculum_groups.set_individual_plan(info.context, student, *given)
        return SetIndividualPlanPayload(number=student)
