"""What the deputy writes of the plan: areas, subjects, profiles, components with their load, and hours."""

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from resolvers import curriculum, curriculum_subjects
from resolvers.curriculum_subjects import Hours, Load

from .base import Info, encode_id, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, Written, command, sent, written
from .curriculum import EducationalArea, SchoolClass, Subject
from .curriculum_dates import MAY_PLAN
from .curriculum_plan import Component, Profile
from .enums import ComponentKind


@strawberry.type
class OfArea(Written):
    area: EducationalArea | None = written(EducationalArea, "Образовательная область.")


@strawberry.type
class OfSubject(Written):
    subject: Subject | None = written(Subject, "Предмет.")


@strawberry.type
class OfProfile(Written):
    profile: Profile | None = written(Profile, "Профиль.")


@strawberry.type
class OfComponent(Written):
    component: Component | None = written(Component, "Компонент.")


@strawberry.type(description="Образовательная область добавлена.")
class CreateAreaPayload(OfArea):
    pass


@strawberry.type(description="Образовательная область исправлена.")
class UpdateAreaPayload(OfArea):
    pass


@strawberry.type(description="Образовательная область удалена.")
class DeleteAreaPayload:
    area_id: strawberry.ID = strawberry.field(description="Какая.")


@strawberry.type(description="Предмет добавлен.")
class CreateSubjectPayload(OfSubject):
    pass


@strawberry.type(description="Предмет исправлен.")
class UpdateSubjectPayload(OfSubject):
    pass


@strawberry.type(description="Предмет отправлен в архив или возвращён из него.")
class ArchiveSubjectPayload(OfSubject):
    pass


@strawberry.type(description="Профиль добавлен.")
class CreateProfilePayload(OfProfile):
    pass


@strawberry.type(description="Профиль исправлен.")
class UpdateProfilePayload(OfProfile):
    pass


@strawberry.type(description="Профиль удалён.")
class DeleteProfilePayload:
    profile_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.type(description="Компонент добавлен.")
class CreateComponentPayload(OfComponent):
    pass


@strawberry.type(description="Компонент исправлен.")
class UpdateComponentPayload(OfComponent):
    pass


@strawberry.type(description="Компонент удалён.")
class DeleteComponentPayload:
    component_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.type(description="Нагрузка по компоненту задана.")
class SetComponentLoadPayload(OfComponent):
    pass


@strawberry.type(description="Часы плана заданы.")
class SetPlanHoursPayload(Written):
    school_class: SchoolClass | None = written(SchoolClass, "Класс с его планом.")


@strawberry.type(description="План скопирован.")
class CopyPlanHoursPayload:
    class_ids: strawberry.Private[list[int]]

    @resolved("Классы, получившие план.", only=gate(curriculum.class_of.scope.roles))
    async def classes(self, info: Info) -> list[SchoolClass]:
        return [await info.context.load_key(curriculum.class_of(), (each,)) for each in self.class_ids]


@strawberry.input(description="Новая образовательная область.")
class CreateAreaInput:
    name: str = strawberry.field(description="Название.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Образовательная область. Меняется только то, что передано.")
class UpdateAreaInput:
    area_id: strawberry.ID = strawberry.field(description="Область.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    position: int | None = strawberry.field(default=UNSET, description="Место в списке.")


@strawberry.input(description="Удаление области, в которой нет предметов.")
class DeleteAreaInput:
    area_id: strawberry.ID = strawberry.field(description="Область.")


@strawberry.input(description="Новый предмет.")
class CreateSubjectInput:
    name: str = strawberry.field(description="Название.")
    short_name: str = strawberry.field(description="Краткое название.")
    area_id: strawberry.ID | None = strawberry.field(default=None, description="Образовательная область.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Предмет. Меняется только то, что передано.")
class UpdateSubjectInput:
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    short_name: str | None = strawberry.field(default=UNSET, description="Краткое название.")
    area_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Образовательная область.")


@strawberry.input(description="Предмет, который больше не преподаётся или преподаётся снова.")
class ArchiveSubjectInput:
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    archived: bool = strawberry.field(default=True, description="В архив или из него.")


@strawberry.input(description="Новый профиль.")
class CreateProfileInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    name: str = strawberry.field(description="Название.")
    grades: list[int] = strawberry.field(description="Параллели.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Профиль. Меняется только то, что передано.")
class UpdateProfileInput:
    profile_id: strawberry.ID = strawberry.field(description="Профиль.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")
    grades: list[int] | None = strawberry.field(default=UNSET, description="Параллели.")


@strawberry.input(description="Удаление профиля, на который ничто не ссылается.")
class DeleteProfileInput:
    profile_id: strawberry.ID = strawberry.field(description="Профиль.")


@strawberry.input(description="Новый компонент учебного плана.")
class CreateComponentInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    kind: ComponentKind = strawberry.field(description="Какая это часть плана.")
    name: str = strawberry.field(description="Название.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Компонент. Меняется только то, что передано.")
class UpdateComponentInput:
    component_id: strawberry.ID = strawberry.field(description="Компонент.")
    name: str | None = strawberry.field(default=UNSET, description="Название.")


@strawberry.input(description="Удаление компонента без нагрузки и часов.")
class DeleteComponentInput:
    component_id: strawberry.ID = strawberry.field(description="Компонент.")


@strawberry.input(description="Нагрузка в одной параллели.")
class LoadInput:
    grade: int = strawberry.field(description="Параллель.")
    hours: float = strawberry.field(description="Часов в неделю, целых или с половиной; 0 — убрать.")
    profile_id: strawberry.ID | None = strawberry.field(default=None, description="Профиль, если не вся параллель.")


@strawberry.input(description="Нагрузка по компоненту: задаётся вся или не задаётся ничего.")
class SetComponentLoadInput:
    component_id: strawberry.ID = strawberry.field(description="Компонент.")
    loads: list[LoadInput] = strawberry.field(description="Нагрузка; остальная остаётся.")


@strawberry.input(description="Часы предмета в компоненте.")
class PlanHoursInput:
    subject_id: strawberry.ID = strawberry.field(description="Предмет.")
    component_id: strawberry.ID = strawberry.field(description="Компонент.")
    hours: float = strawberry.field(description="Часов в неделю, целых или с половиной; 0 — убрать.")
    if_version: int | None = strawberry.field(
        default=None, description="Версия, которую видел отправитель; с другой — отказ CONFLICT. 0 — записи не было."
    )


@strawberry.input(description="Часы плана класса: задаются все или ни одни; непереданные остаются.")
class SetPlanHoursInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    entries: list[PlanHoursInput] = strawberry.field(description="Часы по предметам и компонентам.")


@strawberry.input(description="План одного класса — другим классам той же параллели.")
class CopyPlanHoursInput:
    class_id: strawberry.ID = strawberry.field(description="Чей план.")
    to_class_ids: list[strawberry.ID] = strawberry.field(description="Каким классам.")


@strawberry.type
class SubjectsMutation:
    @command(MAY_PLAN, "Добавить образовательную область (5.2).")
    async def create_area(self, info: Info, input: CreateAreaInput) -> CreateAreaPayload:
        area = await curriculum_subjects.create_area(info.context, input.name, input.idempotency_key)
        return CreateAreaPayload(number=area)

    @command(MAY_PLAN, "Исправить образовательную область.")
    async def update_area(self, info: Info, input: UpdateAreaInput) -> UpdateAreaPayload:
        values = sent(input, "name", "position")
        area = number("EducationalArea", input.area_id, "areaId")
        return UpdateAreaPayload(number=await curriculum_subjects.update_area(info.context, area, values))

    @command(MAY_PLAN, "Удалить образовательную область, в которой нет предметов.")
    async def delete_area(self, info: Info, input: DeleteAreaInput) -> DeleteAreaPayload:
        area = number("EducationalArea", input.area_id, "areaId")
        await curriculum_subjects.delete_area(info.context, area)
        return DeleteAreaPayload(area_id=encode_id("EducationalArea", area))

    @command(MAY_PLAN, "Добавить предмет (5.2).")
    async def create_subject(self, info: Info, input: CreateSubjectInput) -> CreateSubjectPayload:
        area = optional_number("EducationalArea", input.area_id, "areaId")
        names = (input.name, input.short_name)
        subject = await curriculum_subjects.create_subject(info.context, *names, area, input.idempotency_key)
        return CreateSubjectPayload(number=subject)

    @command(MAY_PLAN, "Исправить предмет.")
    async def update_subject(self, info: Info, input: UpdateSubjectInput) -> UpdateSubjectPayload:
        values = sent(input, "name", "short_name", "area_id")
        if "area_id" in values:
            values["area_id"] = optional_number("EducationalArea", values["area_id"], "areaId")
        subject = number("Subject", input.subject_id, "subjectId")
        return UpdateSubjectPayload(number=await curriculum_subjects.update_subject(info.context, subject, values))

    @command(MAY_PLAN, "Отправить предмет в архив или вернуть из него; записи о нём остаются.")
    async def archive_subject(self, info: Info, input: ArchiveSubjectInput) -> ArchiveSubjectPayload:
        subject = number("Subject", input.subject_id, "subjectId")
        await curriculum_subjects.archive_subject(info.context, subject, input.archived)
        return ArchiveSubjectPayload(number=subject)

    @command(MAY_PLAN, "Добавить профиль с его параллелями (5.2).")
    async def create_profile(self, info: Info, input: CreateProfileInput) -> CreateProfilePayload:
        year = number("AcademicYear", input.year_id, "yearId")
        named = (input.name, input.grades, input.idempotency_key)
        return CreateProfilePayload(number=await curriculum_subjects.create_profile(info.context, year, *named))

    @command(MAY_PLAN, "Исправить профиль (5.2).")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:
        values = sent(input, "name", "grades")
        profile = number("Profile", input.profile_id, "profileId")
        return UpdateProfilePayload(number=await curriculum_subjects.update_profile(info.context, profile, values))

    @command(MAY_PLAN, "Удалить профиль, на который ничто не ссылается.")
    async def delete_profile(self, info: Info, input: DeleteProfileInput) -> DeleteProfilePayload:
        profile = number("Profile", input.profile_id, "profileId")
        await curriculum_subjects.delete_profile(info.context, profile)
        return DeleteProfilePayload(profile_id=encode_id("Profile", profile))

    @command(MAY_PLAN, "Добавить компонент учебного плана (5.2).")
    async def create_component(self, info: Info, input: CreateComponentInput) -> CreateComponentPayload:
        year = number("AcademicYear", input.year_id, "yearId")
        named = (input.kind, input.name, input.idempotency_key)
        component = await curriculum_subjects.create_component(info.context, year, *named)
        return CreateComponentPayload(number=component)

    @command(MAY_PLAN, "Исправить компонент.")
    async def update_component(self, info: Info, input: UpdateComponentInput) -> UpdateComponentPayload:
        component = number("Component", input.component_id, "componentId")
        await curriculum_subjects.update_component(info.context, component, sent(input, "name"))
        return UpdateComponentPayload(number=component)

    @command(MAY_PLAN, "Удалить компонент без нагрузки и часов.")
    async def delete_component(self, info: Info, input: DeleteComponentInput) -> DeleteComponentPayload:
        component = number("Component", input.component_id, "componentId")
        await curriculum_subjects.delete_component(info.context, component)
        return DeleteComponentPayload(component_id=encode_id("Component", component))

    @command(MAY_PLAN, "Задать нагрузку по компоненту в параллелях и профилях (5.2).")
    async def set_component_load(self, info: Info, input: SetComponentLoadInput) -> SetComponentLoadPayload:
        component = number("Component", input.component_id, "componentId")
        loads = [
            Load(each.grade, optional_number("Profile", each.profile_id, f"loads.{n}.profileId"), each.hours)
            for n, each in enumerate(input.loads)
        ]
        await curriculum_subjects.set_component_load(info.context, component, loads)
        return SetComponentLoadPayload(number=component)

    @command(MAY_PLAN, "Задать часы плана класса: все или ни одни (5.2).")
    async def set_plan_hours(self, info: Info, input: SetPlanHoursInput) -> SetPlanHoursPayload:
        entries = [
            Hours(
                number("Subject", each.subject_id, f"entries.{n}.subjectId"),
                number("Component", each.component_id, f"entries.{n}.componentId"),
                each.hours,
                each.if_version,
            )
            for n, each in enumerate(input.entries)
        ]
        of = number("SchoolClass", input.class_id, "classId")
        return SetPlanHoursPayload(number=await curriculum_subjects.set_plan_hours(info.context, of, entries))

    @command(MAY_PLAN, "Скопировать план класса в параллельные классы (5.2).")
    async def copy_plan_hours(self, info: Info, input: CopyPlanHoursInput) -> CopyPlanHoursPayload:
        of = number("SchoolClass", input.class_id, "classId")
        to = [number("SchoolClass", each, f"toClassIds.{n}") for n, each in enumerate(input.to_class_ids)]
        return CopyPlanHoursPayload(class_ids=await curriculum_subjects.copy_plan_hours(info.context, of, to))
