"""Imports of people: students with their guardians, and staff."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import asyncpg

from models.account import AccountRole
from models.curriculum import Enrolment
from models.movement import MovementItem, MovementOrder
from models.school import Guardian, Guardianship, Staff, Student
from permissions.viewer import Viewer
from rules.account import ROLE_NAMES
from rules.curriculum import class_name
from rules.days import WorkingDays
from rules.imports import CheckedFile, ImportRow, Values, key_of
from rules.imports_columns import GUARDIANS, guardian_key
from rules.movement import BASIS_LENGTH, ClassFacts, MovementKind, OrderState, due_on
from rules.school import full_name

from .database import Transaction
from .days import working_days
from .imports_classes import Classes, read_classes
from .imports_plan import BadRow, ImportPlan, PreviewRow, effect
from .school_import_people import People, card_of, read_people, words

ENROLMENTS = """
SELECT enrolment.student_id, enrolment.id, enrolment.class_id, enrolment.starts_on, enrolment.ends_on,
    school_class.year_id, school_class.grade, school_class.letter
FROM enrolment
JOIN school_class ON school_class.school_id = enrolment.school_id AND school_class.id = enrolment.class_id
WHERE enrolment.school_id = $1 AND enrolment.student_id = ANY($2::bigint[])
ORDER BY enrolment.starts_on
"""

GUARDIANSHIPS = """
SELECT guardianship.id, guardianship.guardian_id, guardianship.student_id, guardianship.kind, guardianship.starts_on,
    guardianship.ends_on, person.given_name, person.birth_date
FROM guardianship
JOIN guardian ON guardian.school_id = guardianship.school_id AND guardian.id = guardianship.guardian_id
JOIN person ON person.school_id = guardian.school_id AND person.id = guardian.person_id
WHERE guardianship.school_id = $1
    AND (guardianship.student_id = ANY($2::bigint[]) OR guardianship.guardian_id = ANY($3::bigint[]))
ORDER BY guardianship.starts_on
"""

BOOK = """
SELECT coalesce(max(position), 0) AS position,
    coalesce(max(CASE WHEN issued_year = $2 AND number ~ '^[0-9]{1,9}$' THEN number::bigint END), 0) AS number
FROM movement_order WHERE school_id = $1
"""
"""The last place in the movement book, and the last number of the year. An import holds the school, as orders do."""

ROLES = """
SELECT account.person_id, account.id AS account_id,
    array_agg(account_role.role) FILTER (
        WHERE account_role.ends_on IS NULL OR account_role.ends_on >= $3 OR account_role.starts_on = $3
    ) AS roles
FROM account
LEFT JOIN account_role ON account_role.school_id = account.school_id AND account_role.account_id = account.id
WHERE account.school_id = $1 AND account.person_id = ANY($2::bigint[])
GROUP BY account.person_id, account.id
"""


def _title(values: Values, what: str) -> str:
    return f"{full_name(values['family_name'], values['given_name'], values.get('patronymic'))}, {what}"


def _grouped(rows: Sequence[asyncpg.Record], column: str) -> dict[int, list[asyncpg.Record]]:
    grouped: dict[int, list[asyncpg.Record]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped


def _open(row: asyncpg.Record, today: date) -> bool:
    return row["ends_on"] is None or row["ends_on"] >= today


async def plan_students(connection: asyncpg.Connection, plan: ImportPlan, checked: CheckedFile) -> None:
    """Students by the number of their file, each with a class and up to two guardians.

    Who is in which class is changed by orders only (9.1, 9.2): an import enrols those who never were, and nobody else.
    """
    classes = await read_classes(connection, plan)
    if classes is None:
        return
    classes.expect(row.values["class"] for row in checked.rows)
    keys = [key_of(row.values, part) for row in checked.rows for part in (None, *GUARDIANS)]
    people = await read_people(
        connection, plan, {key[-1] for key in keys if key}, [row.values["file_number"] for row in checked.rows]
    )
    students = [person["student_id"] for person in people.known.values() if person["student_id"]]
    guardians = [person["guardian_id"] for person in people.known.values() if person["guardian_id"]]
    enrolments = await connection.fetch(ENROLMENTS, plan.school_id, students)
    guardianships = await connection.fetch(GUARDIANSHIPS, plan.school_id, students, guardians)
    (book,) = await connection.fetch(BOOK, plan.school_id, plan.today.year)
    days = await working_days(partial(Transaction(connection).fetch, **Viewer(school_id=plan.school_id).parameters()))
    planner = _Students(plan, checked, classes, people, _grouped(enrolments, "student_id"), guardianships, book, days)
    plan.walk(checked, planner.plan_row)
    planner.settle_applications()


class _Students:
    def __init__(
        self,
        plan: ImportPlan,
        checked: CheckedFile,
        classes: Classes,
        people: People,
        enrolments: Mapping[int, Sequence[asyncpg.Record]],
        guardianships: Sequence[asyncpg.Record],
        book: asyncpg.Record,
        days: WorkingDays,
    ) -> None:
        self.plan, self.checked, self.classes, self.people, self.enrolments = plan, checked, classes, people, enrolments
        self.of_pair: dict[tuple[int, int], list[asyncpg.Record]] = {}
        self.of_student: dict[int, list[asyncpg.Record]] = {}
        for row in guardianships:
            self.of_pair.setdefault((row["guardian_id"], row["student_id"]), []).append(row)
            self.of_student.setdefault(row["student_id"], []).append(row)
        self.guardian_ids = {row["id"]: row["guardian_id"] for row in people.known.values() if row["guardian_id"]}
        self.first_applied = {row["guardian_id"]: row["applied_on"] for row in people.known.values()}
        self.applied: dict[int, dict[int, date]] = {}
        """The day of each application, by guardian and guardianship."""
        for row in guardianships:
            self.applied.setdefault(row["guardian_id"], {})[row["id"]] = row["starts_on"]
        self.touched: set[int] = set()
        self.book, self.days = book, days
        self.orders: dict[tuple[int, date], int] = {}
        """The order that enrols into a class on a day."""
        self.enrolled: dict[int, int] = {}
        """How many each order enrols."""

    def plan_row(self, row: ImportRow) -> PreviewRow:
        grade, letter = row.values["class"]
        class_id = self.classes.find_or_make(grade, letter)
        student_id, details = self._student(row)
        details += self._enrol(row, student_id, class_id)
        for part in GUARDIANS:
            if row.values.get(guardian_key(part, "family_name")):
                details += self._guardian(row, part, student_id)
        title = _title(row.values, class_name(grade, letter))
        return PreviewRow(row.number, title, effect(student_id < 0, details), tuple(details))

    def _student(self, row: ImportRow) -> tuple[int, list[str]]:
        """The student's id, and what changes on the card (4.6)."""
        flags = {key: row.values[key] for key in ("individual_plan", "taught_at_home") if key in row.values}
        card = card_of(row.values)
        if known := self.people.students.get(row.values["file_number"]):
            changes = self.people.rename(known["id"], card)
            current = {key: known[key] for key in ("individual_plan", "taught_at_home")}
            changes += self.plan.ledger.settle(Student, known["student_id"], current, **flags)
            return known["student_id"], [words(changes)] if changes else []
        person_id = self.people.find_or_make(card, "family_name")
        person = self.people.known.get(person_id)
        if person and person["student_id"]:
            number = person["file_number"]
            raise BadRow("file_number", f"Этот ученик уже есть под номером личного дела «{number}».")
        self.people.settle(person_id, **card)
        student_id = self.plan.ledger.add(
            Student,
            person_id=person_id,
            file_number=row.values["file_number"],
            individual_plan=flags.get("individual_plan", False),
            taught_at_home=flags.get("taught_at_home", False),
        )
        return student_id, ["новый ученик"]

    def _enrol(self, row: ImportRow, student_id: int, class_id: int) -> list[str]:
        """Enrol a student who has never been in a class. Any other difference needs an order (9.2)."""
        given: date | None = row.values.get("enrolled_on")
        if given and given > self.classes.ends_on:
            raise BadRow("enrolled_on", f"Дата после конца учебного года ({self.classes.ends_on:%d.%m.%Y}).")
        # A class exists for one year: who was enrolled in an earlier one has been in this class since its first day.
        starts_on = max(given, self.classes.starts_on) if given else self.classes.starts_on
        known = self.enrolments.get(student_id, ())
        if not known:
            grade, letter = row.values["class"]
            self._order(
                student_id, ClassFacts(class_id, grade, letter, self.classes.starts_on, self.classes.ends_on), starts_on
            )
            return [f"зачисление с {starts_on:%d.%m.%Y}"]
        present = [enrolment for enrolment in known if _open(enrolment, self.plan.today)]
        if not present:
            left_on = max(enrolment["ends_on"] for enrolment in known)
            raise BadRow("class", f"Ученик выбыл {left_on:%d.%m.%Y}: новое зачисление оформляется приказом (п. 9.2).")
        same = [enrolment for enrolment in present if enrolment["class_id"] == class_id]
        if not same:
            now_in = class_name(present[-1]["grade"], present[-1]["letter"])
            if present[-1]["year_id"] != self.classes.year_id:
                now_in += " прошлого учебного года"
            raise BadRow("class", f"Ученик числится в {now_in}: перевод оформляется приказом (п. 9.2).")
        for enrolment in same:
            self.plan.ledger.settle(Enrolment, enrolment["id"], {})
        if given and all(enrolment["starts_on"] != starts_on for enrolment in known):
            told = f"Зачислен {same[0]['starts_on']:%d.%m.%Y}: эта дата импортом не меняется, только приказом (п. 9.2)."
            self.plan.warnings.append(self.checked.finding(row.number, "enrolled_on", told))
        return []

    def _order(self, student_id: int, into: ClassFacts, starts_on: date) -> None:
        """Enrol by order: one for all who come into a class on the same day, with the term of such an order (9.2)."""
        ledger, order_id, class_id = self.plan.ledger, self.orders.get((into.id, starts_on)), into.id
        if order_id is None:
            count = len(self.orders) + 1
            order_id = self.orders[class_id, starts_on] = ledger.add(
                MovementOrder,
                kind=MovementKind.ENROLMENT,
                state=OrderState.ISSUED,
                position=self.book["position"] + count,
                number=str(self.book["number"] + count),
                issued_on=self.plan.today,
                effective_on=starts_on,
                due_on=due_on(MovementKind.ENROLMENT, starts_on, None, [into], self.days),
                basis=f"Загрузка списка «{self.plan.sheet.name}»"[:BASIS_LENGTH],
            )
        position = self.enrolled[order_id] = self.enrolled.get(order_id, -1) + 1
        item_id = ledger.add(
            MovementItem, order_id=order_id, position=position, student_id=student_id, to_class_id=class_id
        )
        ledger.add(
            Enrolment,
            student_id=student_id,
            class_id=class_id,
            starts_on=starts_on,
            ends_on=None,
            opened_by=item_id,
        )

    def _guardian(self, row: ImportRow, part: int, student_id: int) -> list[str]:
        """Enter a guardian on the application of that day (1.6, 4.7)."""
        card = card_of(row.values, part)
        name = full_name(card["family_name"], card["given_name"], card.get("patronymic"))
        person_id = self.people.find_or_make(card, guardian_key(part, "family_name"))
        # The name is what the person was found by, so it stays as it is written on the card.
        changes = self.people.settle(person_id, sex=card["sex"])
        guardian_id = self.guardian_ids.get(person_id)
        if guardian_id is None:
            guardian_id = self.plan.ledger.add(Guardian, person_id=person_id, applied_on=None)
            self.guardian_ids[person_id] = guardian_id
        self.touched.add(guardian_id)
        kind, applied_on = row.values[guardian_key(part, "kind")], row.values[guardian_key(part, "applied_on")]
        known = self.of_pair.get((guardian_id, student_id), [])
        present = next((guardianship for guardianship in known if _open(guardianship, self.plan.today)), None)
        for ended in known:
            if ended is not present and ended["ends_on"] and applied_on <= ended["ends_on"]:
                told = f"Представительство прекращено {ended['ends_on']:%d.%m.%Y}: нужно новое заявление (п. 4.7)."
                raise BadRow(guardian_key(part, "applied_on"), told)
        if present is not None:
            current = {"kind": present["kind"], "starts_on": present["starts_on"]}
            changes += self.plan.ledger.settle(Guardianship, present["id"], current, kind=kind, starts_on=applied_on)
            self.applied[guardian_id][present["id"]] = applied_on
            return [f"{name}: {words(changes)}"] if changes else []
        self._doubt_renamed(row, part, student_id)
        guardianship_id = self.plan.ledger.add(
            Guardianship, guardian_id=guardian_id, student_id=student_id, kind=kind, starts_on=applied_on, ends_on=None
        )
        self.applied.setdefault(guardian_id, {})[guardianship_id] = applied_on
        return [f"представитель: {name}", *([words(changes)] if changes else [])]

    def _doubt_renamed(self, row: ImportRow, part: int, student_id: int) -> None:
        """A mother who took another family name would come a second time: say so, she may still be somebody else."""
        given, born = (row.values[guardian_key(part, key)] for key in ("given_name", "birth_date"))
        for known in self.of_student.get(student_id, ()):
            if (known["given_name"], known["birth_date"]) == (given, born) and _open(known, self.plan.today):
                told = (
                    "У ученика уже есть представитель с этим именем и датой рождения, но с другой фамилией или "
                    "отчеством. Если это тот же человек, исправьте его карту, а не вносите второго."
                )
                self.plan.warnings.append(self.checked.finding(row.number, guardian_key(part, "family_name"), told))

    def settle_applications(self) -> None:
        """A guardian's own date is that of the first application, whichever child it was for."""
        for guardian_id in self.touched:
            if days := self.applied.get(guardian_id):
                current = {"applied_on": self.first_applied.get(guardian_id)}
                self.plan.ledger.settle(Guardian, guardian_id, current, applied_on=min(days.values()))


STAFF_COLUMNS = ("position", "grade", "category", "diploma", "hired_on")


async def plan_staff(connection: asyncpg.Connection, plan: ImportPlan, checked: CheckedFile) -> None:
    """Employees by their personnel number, with the card of 4.3.

    Accounts are not made here: they are issued, each with a password handed over, by the HR specialist (11.8–11.10).
    So a role is granted to whoever has an account already, and for the others the plan warns that it is not kept. Roles
    are only added: taking one away is a decision of its own.
    """
    births = {row.values["birth_date"] for row in checked.rows}
    people = await read_people(connection, plan, births, (), [row.values["number"] for row in checked.rows])
    accounts = {
        row["person_id"]: row for row in await connection.fetch(ROLES, plan.school_id, list(people.known), plan.today)
    }
    planner = _Staff(plan, people, accounts)
    plan.walk(checked, planner.plan_row)
    if planner.without_account:
        rows = ", ".join(map(str, planner.without_account))
        told = f"Учётных записей ещё нет: роли назначат при их выдаче (п. 11.8). Строки: {rows}."
        plan.warnings.append(checked.finding(None, "roles", told))


class _Staff:
    def __init__(self, plan: ImportPlan, people: People, accounts: Mapping[int, asyncpg.Record]) -> None:
        self.plan, self.people, self.accounts = plan, people, accounts
        self.without_account: list[int] = []

    def plan_row(self, row: ImportRow) -> PreviewRow:
        number = row.values["number"]
        card = card_of(row.values)
        wanted = {column: row.values[column] for column in STAFF_COLUMNS if column in row.values}
        if known := self.people.staff.get(number):
            if known["dismissed_on"] and known["dismissed_on"] < self.plan.today:
                raise BadRow("number", f"Сотрудник уволен {known['dismissed_on']:%d.%m.%Y}.")
            person_id, staff_id = known["id"], known["staff_id"]
            changes = self.people.rename(person_id, card)
            current = {column: known[column] for column in STAFF_COLUMNS}
            changes += self.plan.ledger.settle(Staff, staff_id, current, **wanted)
            details = [words(changes)] if changes else []
        else:
            person_id = self.people.find_or_make(card, "family_name")
            person = self.people.known.get(person_id)
            if person and person["staff_id"]:
                raise BadRow("number", f"Этот сотрудник уже есть под табельным номером «{person['number']}».")
            self.people.settle(person_id, **card)
            blank = dict.fromkeys(STAFF_COLUMNS)
            staff_id = self.plan.ledger.add(Staff, person_id=person_id, number=number, **(blank | wanted))
            details = ["новый сотрудник"]
            if person:
                details.append("уже есть в школе как представитель или ученик")
        details += self._grant(row, person_id)
        return PreviewRow(row.number, _title(row.values, f"№ {number}"), effect(staff_id < 0, details), tuple(details))

    def _grant(self, row: ImportRow, person_id: int) -> list[str]:
        roles = row.values.get("roles") or ()
        account = self.accounts.get(person_id)
        if account is None:
            if roles:
                self.without_account.append(row.number)
            return []
        missing = [role for role in roles if role not in (account["roles"] or ())]
        for role in missing:
            self.plan.ledger.add(
                AccountRole, account_id=account["account_id"], role=role, starts_on=self.plan.today, ends_on=None
            )
        return [f"роль: {ROLE_NAMES[role]}" for role in missing]
