"""Commands on what is taught: areas, subjects, profiles, components with their load, and the hours of the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import ARRAY, BigInteger, Double, Select, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import AcademicYear, EducationalArea, SchoolClass, Subject
from models.curriculum_plan import Component, ComponentLoad, PlanHours, Profile
from permissions.curriculum_write import (
    areas_to_edit,
    classes_to_plan,
    components_to_edit,
    profiles_to_edit,
    subjects_to_edit,
    years_to_plan,
)
from rules.curriculum_plan import MOST_ENTRIES, NAME_LENGTH, ComponentKind, check_hours
from rules.curriculum_year import check_grade, check_grades
from rules.journal import check_text
from rules.refusals import Refusal, RefusalCode, bad_input, not_found

from .commands import Work, among, check_version, command, refusing
from .context import Context
from .curriculum_dates import check_profiles_of

_EXISTS = Refusal(RefusalCode.ALREADY_EXISTS, "Такое название уже есть.", "name")


def _in_use(field: str) -> Refusal:
    return Refusal(RefusalCode.IN_USE, "Удалить нельзя: на это уже ссылаются другие записи.", field)


def _check_names(values: Mapping[str, Any]) -> None:
    """Names that are sent must be there: they can be changed, not taken away."""
    for name, field in (("name", "name"), ("short_name", "shortName")):
        if name in values:
            check_text(values[name], NAME_LENGTH, field, required=True)


async def _insert(work: Work, model: Any, **values: Any) -> int:
    query = upsert(model).values(school_id=work.viewer.school_id, **values).on_conflict_do_nothing()
    row = await work.first(query.returning(model.id))
    if row is None:
        raise _EXISTS
    return int(await work.done(row.id))


async def _update(work: Work, model: Any, row_id: int, values: Mapping[str, Any]) -> None:
    if values:
        mine = (model.school_id == work.viewer.school_id, model.id == row_id)
        with refusing(asyncpg.UniqueViolationError, _EXISTS):
            await work.execute(update(model).where(*mine).values(**values))


async def _delete(work: Work, model: Any, row_id: int, field: str) -> None:
    with refusing(asyncpg.ForeignKeyViolationError, _in_use(field)):
        await work.execute(delete(model).where(model.school_id == work.viewer.school_id, model.id == row_id))


async def _next_position(work: Work, model: Any, *conditions: Any) -> int:
    last = select((func.coalesce(func.max(model.position), 0) + 1).label("position"))
    row = await work.first(last.where(model.school_id == work.viewer.school_id, *conditions))
    return int(row.position)


async def _locked(work: Work, scope: Select[Any], model: Any, row_id: int, field: str) -> Any:
    return await work.one(scope.where(model.id == row_id), field)


# Areas and subjects


async def create_area(context: Context, name: str, key: str | None) -> int:
    """Add an educational area (5.2), the last in the list."""
    async with command(context, "createArea", {"name": name}, key=key) as work:
        if work.repeated:
            return int(work.answer)
        _check_names({"name": name})
        return await _insert(work, EducationalArea, name=name, position=await _next_position(work, EducationalArea))


async def update_area(context: Context, area_id: int, values: Mapping[str, Any]) -> int:
    """Rename an area, or put it elsewhere in the list."""
    async with command(context, "updateArea", {"area": area_id, **values}) as work:
        await _locked(work, areas_to_edit(work.viewer), EducationalArea, area_id, "areaId")
        _check_names(values)
        if "position" in values and not 1 <= (values["position"] or 0) <= MOST_ENTRIES:
            raise bad_input(f"Место в списке — от 1 до {MOST_ENTRIES}.", "position")
        await _update(work, EducationalArea, area_id, values)
    return area_id


async def delete_area(context: Context, area_id: int) -> int:
    """Take away an area to which no subject belongs."""
    async with command(context, "deleteArea", {"area": area_id}) as work:
        await _locked(work, areas_to_edit(work.viewer), EducationalArea, area_id, "areaId")
        await _delete(work, EducationalArea, area_id, "areaId")
    return area_id


async def create_subject(context: Context, name: str, short_name: str, area_id: int | None, key: str | None) -> int:
    """Add a subject (5.2)."""
    given = {"name": name, "shortName": short_name, "area": area_id}
    async with command(context, "createSubject", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        _check_names({"name": name, "short_name": short_name})
        await _check_area(work, area_id)
        return await _insert(work, Subject, name=name, short_name=short_name, area_id=area_id)


async def update_subject(context: Context, subject_id: int, values: Mapping[str, Any]) -> int:
    """Rename a subject, or put it into another area."""
    async with command(context, "updateSubject", {"subject": subject_id, **values}) as work:
        await _locked(work, subjects_to_edit(work.viewer), Subject, subject_id, "subjectId")
        _check_names(values)
        await _check_area(work, values.get("area_id"))
        await _update(work, Subject, subject_id, values)
    return subject_id


async def archive_subject(context: Context, subject_id: int, archived: bool) -> int:
    """Say that a subject is taught no longer, or is again. What was written of it stays."""
    async with command(context, "archiveSubject", {"subject": subject_id, "archived": archived}) as work:
        row = await _locked(work, subjects_to_edit(work.viewer), Subject, subject_id, "subjectId")
        if archived is not (row.archived_on is not None):
            await _update(work, Subject, subject_id, {"archived_on": work.today if archived else None})
    return subject_id


async def _check_area(work: Work, area_id: int | None) -> None:
    if area_id is not None and not await work.reach(areas_to_edit(work.viewer).where(EducationalArea.id == area_id)):
        raise not_found("areaId")


async def check_subjects(work: Work, subjects: Mapping[str, int]) -> None:
    """Refuse, by input field, a subject that there is not, or that is taught no longer. They stay as they are until the
    end.
    """
    rows = await work.fetch(
        select(Subject.id, Subject.archived_on)
        .where(Subject.school_id == work.viewer.school_id, among(Subject.id, {*subjects.values()}))
        .order_by(Subject.id)
        .with_for_update(read=True)
    )
    archived = {row.id: row.archived_on for row in rows}
    for field, subject in subjects.items():
        if subject not in archived:
            raise not_found(field)
        if archived[subject] is not None:
            raise Refusal(RefusalCode.ARCHIVED, "Предмет в архиве: он больше не преподаётся.", field)


# Profiles and components


async def create_profile(context: Context, year_id: int, name: str, grades: Sequence[int], key: str | None) -> int:
    """Add a profile with the grades that it spans (5.2)."""
    given = {"year": year_id, "name": name, "grades": grades}
    async with command(context, "createProfile", given, key=key) as work:
        await _locked(work, years_to_plan(work.viewer), AcademicYear, year_id, "yearId")
        if work.repeated:
            return int(work.answer)
        _check_names({"name": name})
        check_grades(grades, "grades")
        return await _insert(work, Profile, year_id=year_id, name=name, grades=sorted(grades))


async def update_profile(context: Context, profile_id: int, values: Mapping[str, Any]) -> int:
    """Rename a profile, or let it span other grades: those of its classes among them."""
    async with command(context, "updateProfile", {"profile": profile_id, **values}) as work:
        await _locked(work, profiles_to_edit(work.viewer), Profile, profile_id, "profileId")
        _check_names(values)
        if "grades" in values:
            check_grades(values["grades"] or (), "grades")
            values = {**values, "grades": sorted(values["grades"])}
            for model in (SchoolClass, ComponentLoad):
                used = select(model.grade).where(
                    model.school_id == work.viewer.school_id, model.profile_id == profile_id
                )
                if any(row.grade not in values["grades"] for row in await work.fetch(used)):
                    message = "В этой параллели у профиля уже есть классы или нагрузка."
                    raise Refusal(RefusalCode.IN_USE, message, "grades", "5.2")
        await _update(work, Profile, profile_id, values)
    return profile_id


async def delete_profile(context: Context, profile_id: int) -> int:
    """Take away a profile that nothing refers to."""
    async with command(context, "deleteProfile", {"profile": profile_id}) as work:
        await _locked(work, profiles_to_edit(work.viewer), Profile, profile_id, "profileId")
        await _delete(work, Profile, profile_id, "profileId")
    return profile_id


async def create_component(context: Context, year_id: int, kind: ComponentKind, name: str, key: str | None) -> int:
    """Add a component to a year's plans (5.2), the last in their order."""
    given = {"year": year_id, "kind": kind, "name": name}
    async with command(context, "createComponent", given, key=key) as work:
        await _locked(work, years_to_plan(work.viewer), AcademicYear, year_id, "yearId")
        if work.repeated:
            return int(work.answer)
        _check_names({"name": name})
        position = await _next_position(work, Component, Component.year_id == year_id)
        return await _insert(work, Component, year_id=year_id, kind=kind, name=name, position=position)


async def update_component(context: Context, component_id: int, values: Mapping[str, Any]) -> int:
    """Rename a component."""
    async with command(context, "updateComponent", {"component": component_id, **values}) as work:
        await _locked(work, components_to_edit(work.viewer), Component, component_id, "componentId")
        _check_names(values)
        await _update(work, Component, component_id, values)
    return component_id


async def delete_component(context: Context, component_id: int) -> int:
    """Take away a component without load and hours."""
    async with command(context, "deleteComponent", {"component": component_id}) as work:
        await _locked(work, components_to_edit(work.viewer), Component, component_id, "componentId")
        await _delete(work, Component, component_id, "componentId")
    return component_id


@dataclass(frozen=True)
class Load:
    """The load of a component in a grade: of a profile, or of the classes without one of their own. 0 takes it away."""

    grade: int
    profile_id: int | None
    hours: float


async def set_component_load(context: Context, component_id: int, loads: Sequence[Load]) -> int:
    """Set a component's load in some grades and profiles (5.2): all of them, or none."""
    given = {"component": component_id, "loads": [[each.grade, each.profile_id, each.hours] for each in loads]}
    async with command(context, "setComponentLoad", given) as work:
        component = await _locked(work, components_to_edit(work.viewer), Component, component_id, "componentId")
        if len({(each.grade, each.profile_id) for each in loads}) < len(loads) or len(loads) > MOST_ENTRIES:
            raise bad_input("Параллель и профиль указаны дважды, или записей слишком много.", "loads")
        for position, each in enumerate(loads):
            check_grade(each.grade, f"loads.{position}.grade")
            check_hours(each.hours, f"loads.{position}.hours", least=0)
        profiles = {
            f"loads.{position}.profileId": (each.profile_id, each.grade)
            for position, each in enumerate(loads)
            if each.profile_id is not None
        }
        await check_profiles_of(work, component.year_id, profiles)
        own = {"school_id": work.viewer.school_id, "component_id": component_id}
        rows = [{**own, **vars(each)} for each in loads if each.hours]
        if rows:
            new = upsert(ComponentLoad).values(rows)
            key = [getattr(ComponentLoad, name) for name in ("school_id", "component_id", "grade", "profile_id")]
            await work.execute(new.on_conflict_do_update(index_elements=key, set_={"hours": new.excluded.hours}))
        gone = [
            and_(ComponentLoad.grade == each.grade, ComponentLoad.profile_id.is_not_distinct_from(each.profile_id))
            for each in loads
            if not each.hours
        ]
        if gone:
            mine = (getattr(ComponentLoad, name) == value for name, value in own.items())
            await work.execute(delete(ComponentLoad).where(*mine, or_(*gone)))
    return component_id


# The plan

Place = tuple[int, int]
"""A subject and a component."""


@dataclass(frozen=True)
class Hours:
    """Hours a week of a subject in a component; 0 takes them away. `if_version` 0 stands for "none there yet"."""

    subject_id: int
    component_id: int
    hours: float
    if_version: int | None = None


async def set_plan_hours(context: Context, class_id: int, entries: Sequence[Hours]) -> int:
    """Set hours of a class's plan (5.2): all of the entries, or none; what is not sent stays."""
    given = {
        "class": class_id,
        "entries": [[each.subject_id, each.component_id, each.hours, each.if_version] for each in entries],
    }
    async with command(context, "setPlanHours", given) as work:
        of = await _locked(work, classes_to_plan(work.viewer), SchoolClass, class_id, "classId")
        if not 1 <= len(entries) <= MOST_ENTRIES:
            raise bad_input(f"За один раз можно задать от 1 до {MOST_ENTRIES} записей.", "entries")
        subjects = {f"entries.{n}.subjectId": each.subject_id for n, each in enumerate(entries) if each.hours}
        await check_subjects(work, subjects)
        components = await _components(work, of.year_id)
        plans = await _plans(work, [class_id])
        known = plans[class_id]
        wanted: dict[Place, float] = {}
        for position, each in enumerate(entries):
            field, place = f"entries.{position}.", (each.subject_id, each.component_id)
            check_hours(each.hours, f"{field}hours", least=0)
            if place in wanted:
                raise bad_input("Предмет и компонент указаны дважды.", f"{field}subjectId")
            if each.component_id not in components:
                raise not_found(f"{field}componentId")
            row = known.get(place)
            check_version(each.if_version, row.version if row else 0, f"{field}ifVersion")
            wanted[place] = each.hours
        await _write(work, {class_id: wanted}, plans)
    return class_id


async def copy_plan_hours(context: Context, class_id: int, to: Sequence[int]) -> list[int]:
    """Give parallel classes the plan of one (5.2): what they had of it before is in the history."""
    async with command(context, "copyPlanHours", {"class": class_id, "to": list(to)}) as work:
        if not 1 <= len(to) <= MOST_ENTRIES or class_id in to or len(set(to)) < len(to):
            raise bad_input("Укажите другие классы, каждый один раз.", "toClassIds")
        found = await work.reach(classes_to_plan(work.viewer).where(among(SchoolClass.id, [class_id, *to])))
        classes = {row.id: row for row in found}
        fields = {class_id: "classId"} | {each: f"toClassIds.{n}" for n, each in enumerate(to)}
        for each, field in fields.items():
            if each not in classes:
                raise not_found(field)
            if (classes[each].year_id, classes[each].grade) != (classes[class_id].year_id, classes[class_id].grade):
                message = "План копируется только в классы той же параллели и того же года."
                raise Refusal(RefusalCode.BAD_INPUT, message, field, "5.2")
        plans = await _plans(work, [class_id, *to])
        source = {place: row.hours for place, row in plans[class_id].items()}
        await _write(work, {each: dict.fromkeys(plans[each], 0.0) | source for each in to}, plans)
    return list(to)


async def _components(work: Work, year_id: int) -> set[int]:
    rows = await work.fetch(
        select(Component.id)
        .where(Component.school_id == work.viewer.school_id, Component.year_id == year_id)
        .with_for_update(read=True, key_share=True)
    )
    return {row.id for row in rows}


async def _plans(work: Work, classes: Sequence[int]) -> dict[int, dict[Place, Any]]:
    """The plans of classes whose locks keep others out."""
    rows = await work.fetch(
        select(
            PlanHours.id,
            PlanHours.class_id,
            PlanHours.subject_id,
            PlanHours.component_id,
            PlanHours.hours,
            PlanHours.version,
        ).where(PlanHours.school_id == work.viewer.school_id, among(PlanHours.class_id, classes))
    )
    found: dict[int, dict[Place, Any]] = {each: {} for each in classes}
    for row in rows:
        found[row.class_id][row.subject_id, row.component_id] = row
    return found


async def _write(
    work: Work, wanted: Mapping[int, Mapping[Place, float]], known: Mapping[int, Mapping[Place, Any]]
) -> None:
    """Bring the plans of classes to what is wanted of them; what stands so already stays as it is."""
    entries = [(of, place, hours) for of, plan in wanted.items() for place, hours in plan.items()]
    gone = [known[of][place].id for of, place, hours in entries if not hours and place in known[of]]
    if gone:
        await work.execute(
            delete(PlanHours).where(PlanHours.school_id == work.viewer.school_id, among(PlanHours.id, gone))
        )
    changes = [
        (of, *place, hours)
        for of, place, hours in entries
        if hours and (place not in known[of] or known[of][place].hours != hours)
    ]
    if not changes:
        return
    names = ("class_id", "subject_id", "component_id", "hours")
    arrays = (
        bindparam(name, list(values), ARRAY(Double if name == "hours" else BigInteger))
        for name, values in zip(names, zip(*changes, strict=True), strict=True)
    )
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    more = {"school_id": work.viewer.school_id, "version": 1, **work.stamp}
    new = upsert(PlanHours).from_select(
        [*names, *more],
        select(*rows.c, *(literal(each, PlanHours.__table__.c[name].type) for name, each in more.items())),
    )
    await work.execute(
        new.on_conflict_do_update(
            index_elements=[getattr(PlanHours, name) for name in ("school_id", *names[:3])],
            set_={"hours": new.excluded.hours, "version": PlanHours.version + 1, **work.stamp},
        )
    )
