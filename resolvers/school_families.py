"""Commands on cards of students and guardians, and on who is whose guardian."""

from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from models.curriculum import DroppedSubject
from models.school import Guardian, Guardianship, Student
from permissions.school_cards import (
    guardians_to_add,
    guardians_to_update,
    guardianships_to_end,
    students_to_settle,
    students_to_update,
)
from permissions.scopes import lasts
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.school import ContactsOf
from rules.school_cards import (
    CardOf,
    card_version,
    check_application,
    check_last_day,
    checked_card,
    field_of,
    guardian_misfits,
)

from .commands import Work, check_version, command
from .context import Context
from .school_cards import (
    Values,
    amend,
    amend_card,
    apart,
    changed,
    check_contacts,
    check_number,
    exists_already,
    person_on,
    split,
)


async def create_student_card(context: Context, values: Values, key: str | None) -> int:
    """Enter a student (4.4, 4.6). Into a class they come by an order only (9)."""
    given = {"fields": sorted(values)}
    async with command(context, "createStudentCard", given, key=key, private=values) as work:
        if work.repeated:
            return int(work.answer)
        card = checked_card(values, work.today, CardOf.STUDENT)
        await check_contacts(work, ContactsOf.STUDENTS, card)
        await apart(work)
        person_id, _ = await person_on(work, card, CardOf.STUDENT)
        row = await work.first(
            insert(Student)
            .values(school_id=work.viewer.school_id, person_id=person_id, version=1, **split(card)[1])
            .returning(Student.id)
        )
        return int(await work.done(row.id))


async def update_student_card(context: Context, student_id: int, values: Values, if_version: int | None) -> int:
    """Change a student's card (4.5). Only what is given changes."""
    given = {"student": student_id, "fields": sorted(values)}
    async with command(context, "updateStudentCard", given) as work:
        await apart(work)
        row = await work.one(students_to_update(work.viewer).where(Student.id == student_id), "studentId")
        values = checked_card(values, work.today, CardOf.STUDENT)
        await check_contacts(work, ContactsOf.STUDENTS, values)
        await check_number(work, Student, "file_number", values, student_id)
        await amend_card(work, row, values, Student, if_version, CardOf.STUDENT)
    return student_id


async def set_student_learning(context: Context, student_id: int, values: Values, if_version: int | None) -> int:
    """Say whether a student learns at home, or by an individual plan (7.8). Only what is given changes."""
    async with command(context, "setStudentLearning", {"student": student_id, **values}) as work:
        row = await work.one(students_to_settle().where(Student.id == student_id), "studentId")
        check_version(if_version, card_version(row.version, row.person_version))
        for column, value in values.items():
            if value is None:
                raise bad_input("Нужно «да» или «нет».", field_of(column))
        if values.get("individual_plan") is False:
            await _check_takes_all(work, student_id)
        await amend(work, Student, row, values, Student.id == student_id)
    return student_id


async def _check_takes_all(work: Work, student_id: int) -> None:
    """Refuse to take an individual plan away while it leaves subjects out: the deputy ends that first (7.8)."""
    dropped = select(DroppedSubject.id).where(
        DroppedSubject.school_id == work.viewer.school_id,
        DroppedSubject.student_id == student_id,
        lasts(work.today, DroppedSubject),
    )
    if await work.first(dropped.limit(1)):
        message = "В индивидуальном плане есть предметы, которых учащийся не изучает: сначала план меняет завуч."
        raise Refusal(RefusalCode.IN_USE, message, "individualPlan", "7.8")


# Guardians


async def create_guardian(context: Context, student_id: int, values: Values, key: str | None) -> int:
    """Enter a student's guardian on the guardian's application (4.7), with the data of 1.6; gives the guardianship.

    Somebody whom the school knows already stays one person, and one guardian of all their children.
    """
    given = {"student": student_id, "fields": sorted(values)}
    async with command(context, "createGuardian", given, key=key, private=values) as work:
        await apart(work)
        student = await work.one(students_to_settle().where(Student.id == student_id), "studentId")
        if work.repeated:
            return int(work.answer)
        check_application(values["applied_on"], values["application"], work.today)
        card = checked_card(values, work.today, CardOf.GUARDIAN)
        await check_contacts(work, ContactsOf.GUARDIANS, card)
        bond = {column: card.pop(column) for column in ("kind", "applied_on", "application")}
        person_id, holder = await person_on(work, card, CardOf.GUARDIAN)
        guardian_id = holder and holder["guardian_id"]
        if not guardian_id:
            row = await work.first(
                insert(Guardian)
                .values(school_id=work.viewer.school_id, person_id=person_id, applied_on=bond["applied_on"], version=1)
                .returning(Guardian.id)
            )
            guardian_id = row.id
        guardian = {**card, "id": guardian_id, "person_id": person_id}
        return int(await work.done(await _bind(work, guardian, student, bond)))


async def update_guardian(context: Context, guardian_id: int, values: Values, if_version: int | None) -> int:
    """Change a guardian's card (4.5). Only what is given changes."""
    given = {"guardian": guardian_id, "fields": sorted(values)}
    async with command(context, "updateGuardian", given) as work:
        await apart(work)
        row = await work.one(guardians_to_update(work.viewer).where(Guardian.id == guardian_id), "guardianId")
        values = checked_card(values, work.today, CardOf.GUARDIAN)
        await check_contacts(work, ContactsOf.GUARDIANS, values)
        await amend_card(work, row, values, Guardian, if_version, CardOf.GUARDIAN)
    return guardian_id


async def add_guardianship(context: Context, guardian_id: int, student_id: int, values: Values, key: str | None) -> int:
    """Make a guardian who is known already the guardian of another student, on an application of its own (4.7)."""
    given = {"guardian": guardian_id, "student": student_id, **values}
    async with command(context, "addGuardianship", given, key=key) as work:
        await apart(work)
        guardian = await work.one(guardians_to_add().where(Guardian.id == guardian_id), "guardianId")
        student = await work.one(students_to_settle().where(Student.id == student_id), "studentId")
        if work.repeated:
            return int(work.answer)
        check_application(values["applied_on"], values["application"], work.today)
        return int(await work.done(await _bind(work, guardian, student, checked_card(values, work.today))))


async def _bind(work: Work, guardian: Any, student: Any, bond: Values) -> int:
    """Enter a guardianship that fits, from the day of its application on, and not twice."""
    if guardian["person_id"] == student.person_id:
        raise bad_input("Представитель и ученик — один и тот же человек.", "studentId")
    misfits = guardian_misfits(
        bond["kind"], guardian["sex"], guardian["birth_date"], student.birth_date, bond["applied_on"]
    )
    for column, reason in misfits:
        raise bad_input(reason, field_of(column))
    known = await work.fetch(
        select(Guardianship.ends_on).where(
            Guardianship.school_id == work.viewer.school_id,
            Guardianship.guardian_id == guardian["id"],
            Guardianship.student_id == student.id,
        )
    )
    for row in known:
        if row.ends_on is None or row.ends_on >= work.today:
            raise exists_already("Этот человек уже представитель этого ученика.", "student_id")
        if bond["applied_on"] <= row.ends_on:
            message = f"Представительство прекращено {row.ends_on:%d.%m.%Y}: нужно новое заявление (п. 4.7)."
            raise Refusal(RefusalCode.APPLICATION_NEEDED, message, "appliedOn", "4.7")
    await work.execute(
        update(Guardian)
        .where(
            Guardian.school_id == work.viewer.school_id,
            Guardian.id == guardian["id"],
            Guardian.applied_on > bond["applied_on"],
        )
        .values(applied_on=bond["applied_on"], **changed(work, Guardian))
    )
    row = await work.first(
        insert(Guardianship)
        .values(
            school_id=work.viewer.school_id,
            guardian_id=guardian["id"],
            student_id=student.id,
            kind=bond["kind"],
            application=bond["application"],
            starts_on=bond["applied_on"],
            version=1,
        )
        .returning(Guardianship.id)
    )
    return int(row.id)


async def end_guardianship(context: Context, guardianship_id: int, ends_on: date, if_version: int | None) -> int:
    """End a guardianship with its last day: the guardian's access to the student ends with it."""
    given = {"guardianship": guardianship_id, "endsOn": ends_on}
    async with command(context, "endGuardianship", given) as work:
        row = await work.one(
            guardianships_to_end(work.viewer).where(Guardianship.id == guardianship_id), "guardianshipId"
        )
        check_version(if_version, row.version)
        if row.ends_on is not None and row.ends_on < work.today:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Представительство уже прекращено.", "guardianshipId")
        check_last_day(ends_on, row)
        await amend(work, Guardianship, row, {"ends_on": ends_on}, Guardianship.id == guardianship_id)
    return guardianship_id
