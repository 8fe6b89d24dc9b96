"""Imports of teaching assignments and class leadership, with the classes, subjects and subgroups they name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import asyncpg

from models.curriculum import ClassLeadership, StudyGroup, Subject, TeachingAssignment
from rules.curriculum import GroupKind, class_name, group_title
from rules.imports import CheckedFile, ImportRow
from rules.imports_values import folded
from rules.school import short_name

from .imports_classes import Classes, read_classes
from .imports_plan import BadRow, ImportPlan, PreviewRow, Table, effect

STAFF = """
SELECT staff.id, staff.number, staff.dismissed_on, person.family_name, person.given_name, person.patronymic
FROM staff
JOIN person ON person.school_id = staff.school_id AND person.id = staff.person_id
WHERE staff.school_id = $1 AND staff.number = ANY($2::text[])
"""

SUBJECTS = "SELECT id, name FROM subject WHERE school_id = $1 ORDER BY id"

SUBGROUPS = """
SELECT study_group.id, study_group.class_id, study_group.subject_id, study_group.name
FROM study_group
JOIN school_class ON school_class.school_id = study_group.school_id AND school_class.id = study_group.class_id
WHERE study_group.school_id = $1 AND school_class.year_id = $2 AND study_group.kind = 'subgroup'
"""

ASSIGNMENTS = """
SELECT teaching_assignment.id, teaching_assignment.group_id, teaching_assignment.subject_id,
    teaching_assignment.staff_id, teaching_assignment.starts_on, teaching_assignment.ends_on, staff.number
FROM teaching_assignment
JOIN study_group ON study_group.school_id = teaching_assignment.school_id
    AND study_group.id = teaching_assignment.group_id
JOIN school_class ON school_class.school_id = study_group.school_id AND school_class.id = study_group.class_id
JOIN staff ON staff.school_id = teaching_assignment.school_id AND staff.id = teaching_assignment.staff_id
WHERE teaching_assignment.school_id = $1 AND school_class.year_id = $2
ORDER BY teaching_assignment.starts_on
"""

LEADERSHIPS = """
SELECT class_leadership.id, class_leadership.class_id, class_leadership.staff_id, class_leadership.starts_on,
    class_leadership.ends_on, staff.number
FROM class_leadership
JOIN school_class ON school_class.school_id = class_leadership.school_id AND school_class.id = class_leadership.class_id
JOIN staff ON staff.school_id = class_leadership.school_id AND staff.id = class_leadership.staff_id
WHERE class_leadership.school_id = $1 AND school_class.year_id = $2
ORDER BY class_leadership.starts_on
"""


@dataclass
class Term:
    """From when to when somebody does something: as it is in the database, as a row of the file wants it, or both."""

    staff_id: int
    number: str
    starts_on: date
    ends_on: date | None
    row: int = 0
    fixed: bool = False
    """Whether the row says the first day itself."""
    known: asyncpg.Record | None = None

    def meets(self, other: "Term") -> bool:
        """Whether the two have a day in common."""
        return self.starts_on <= (other.ends_on or date.max) and other.starts_on <= (self.ends_on or date.max)

    def take(self, known: "Term") -> None:
        """Stand for a term that is there already. What the row leaves blank stays as it is: nothing ended reopens."""
        self.known = known.known
        if not self.fixed:
            self.starts_on = known.starts_on
        self.ends_on = self.ends_on or known.ends_on


class Terms:
    """The terms of one table: who teaches a subject to a group, or who leads a class. `post` is what they share."""

    def __init__(self, table: Table, columns: tuple[str, ...], found: Iterable[asyncpg.Record]) -> None:
        self.table, self.columns = table, columns
        self.known: dict[tuple[int, ...], list[Term]] = {}
        self.wanted: dict[tuple[int, ...], list[Term]] = {}
        for row in found:
            post = tuple(row[column] for column in columns)
            term = Term(row["staff_id"], row["number"], row["starts_on"], row["ends_on"], known=row)
            self.known.setdefault(post, []).append(term)

    def want(self, post: tuple[int, ...], term: Term) -> None:
        """Ask for a term. A class leadership is often said in several rows, once for each subject: that is one term."""
        asked = self.wanted.setdefault(post, [])
        for other in asked:
            if other.staff_id == term.staff_id and other.meets(term):
                if (other.starts_on, other.ends_on) == (term.starts_on, term.ends_on):
                    return
                raise BadRow("leads", f"В строке {other.row} для этого же класса указаны другие даты.")
        asked.append(term)

    def match(self) -> None:
        """Find the known term each wanted one stands for: by its first day, or else by any day in common."""
        for post, asked in self.wanted.items():
            free = list(self.known.get(post, ()))
            for alike in (lambda one, other: one.starts_on == other.starts_on, Term.meets):
                for term in asked:
                    if term.known is None:
                        same = (known for known in free if known.staff_id == term.staff_id and alike(term, known))
                        if found := next(same, None):
                            free.remove(found)
                            term.take(found)
            self.known[post] = free

    def others(self, post: tuple[int, ...], term: Term) -> list[Term]:
        """The terms of other people at the same post on the same days, once everything is loaded."""
        everybody = [*self.known.get(post, ()), *self.wanted[post]]
        return [other for other in everybody if other.staff_id != term.staff_id and other.meets(term)]


async def plan_assignments(connection: asyncpg.Connection, plan: ImportPlan, checked: CheckedFile) -> None:
    """Who teaches what to whom in the current year, and who leads which class (5.2, 5.9).

    Who is in a subgroup is the class teacher's to say (5.10): a new subgroup starts empty.
    """
    classes = await read_classes(connection, plan)
    if classes is None:
        return
    classes.expect(row.values["class"] for row in checked.rows)
    school, year = plan.school_id, classes.year_id
    numbers = [row.values["number"] for row in checked.rows]
    planner = _Assignments(
        plan,
        checked,
        classes,
        await connection.fetch(STAFF, school, numbers),
        await connection.fetch(SUBJECTS, school),
        await connection.fetch(SUBGROUPS, school, year),
        Terms(TeachingAssignment, ("group_id", "subject_id"), await connection.fetch(ASSIGNMENTS, school, year)),
        Terms(ClassLeadership, ("class_id",), await connection.fetch(LEADERSHIPS, school, year)),
    )
    plan.walk(checked, planner.plan_row)
    planner.settle()


class _Assignments:
    def __init__(
        self,
        plan: ImportPlan,
        checked: CheckedFile,
        classes: Classes,
        staff: Iterable[asyncpg.Record],
        subjects: Iterable[asyncpg.Record],
        subgroups: Iterable[asyncpg.Record],
        taught: Terms,
        led: Terms,
    ) -> None:
        self.plan, self.checked, self.classes, self.taught, self.led = plan, checked, classes, taught, led
        self.staff = {row["number"]: row for row in staff}
        self.subjects: dict[str, tuple[int, str]] = {folded(row["name"]): (row["id"], row["name"]) for row in subjects}
        self.subgroups: dict[tuple[int, int, str], int] = {
            (row["class_id"], row["subject_id"], folded(row["name"])): row["id"] for row in subgroups
        }

    def plan_row(self, row: ImportRow) -> PreviewRow:
        staff = self._staff(row)
        grade, letter = row.values["class"]
        class_id = self.classes.find_or_make(grade, letter)
        term = self._term(row, staff)
        subject, group = row.values.get("subject"), row.values.get("group")
        if subject:
            subject_id = self._subject(row, subject)
            group_id = self._group(row, class_id, subject_id, group) if group else self.classes.whole(class_id)
            self.taught.want((group_id, subject_id), term)
        if row.values.get("leads"):
            self.led.want((class_id,), self._term(row, staff))
        who = f"№ {staff['number']} {short_name(staff['family_name'], staff['given_name'], staff['patronymic'])}"
        what = group_title(class_name(grade, letter), subject, group)
        return PreviewRow(row.number, f"{who}: {what}", effect(False, ()))

    def _staff(self, row: ImportRow) -> asyncpg.Record:
        staff = self.staff.get(row.values["number"])
        if staff is None:
            raise BadRow("number", f"Нет сотрудника с табельным номером «{row.values['number']}».")
        if staff["dismissed_on"] and staff["dismissed_on"] < self.plan.today:
            raise BadRow("number", f"Сотрудник уволен {staff['dismissed_on']:%d.%m.%Y}.")
        return staff

    def _term(self, row: ImportRow, staff: asyncpg.Record) -> Term:
        """The row's days: from the first day of the year, unless it says otherwise, and without a last one."""
        first, last = self.classes.starts_on, self.classes.ends_on
        given, ends_on = row.values.get("starts_on"), row.values.get("ends_on")
        for key, day in (("starts_on", given), ("ends_on", ends_on)):
            if day and not first <= day <= last:
                raise BadRow(key, f"Дата вне учебного года: он идёт с {first:%d.%m.%Y} по {last:%d.%m.%Y}.")
        return Term(staff["id"], staff["number"], given or first, ends_on, row.number, fixed=given is not None)

    def _subject(self, row: ImportRow, name: str) -> int:
        key = folded(name)
        if key not in self.subjects:
            for close in get_close_matches(key, self.subjects, n=1, cutoff=0.85):
                told = f"Новый предмет «{name}» похож на «{self.subjects[close][1]}»: не опечатка ли это?"
                self.plan.warnings.append(self.checked.finding(row.number, "subject", told))
            subject_id = self.plan.ledger.add(Subject, name=name, short_name=name)
            self.subjects[key] = (subject_id, name)
            self.plan.made.append(f"предмет «{name}»")
        subject_id = self.subjects[key][0]
        if subject_id > 0:
            self.plan.ledger.settle(Subject, subject_id, {})
        return subject_id

    def _group(self, row: ImportRow, class_id: int, subject_id: int, name: str) -> int:
        key = (class_id, subject_id, folded(name))
        if key not in self.subgroups:
            self.subgroups[key] = self.plan.ledger.add(
                StudyGroup, class_id=class_id, kind=GroupKind.SUBGROUP, subject_id=subject_id, name=name
            )
            title = group_title(class_name(*row.values["class"]), row.values["subject"], name)
            self.plan.made.append(f"подгруппа «{title}» (состав задаёт классный руководитель, п. 5.10)")
        if self.subgroups[key] > 0:
            self.plan.ledger.settle(StudyGroup, self.subgroups[key], {})
        return self.subgroups[key]

    def settle(self) -> None:
        """Compare all terms with those that are there, once every row has said what it wants."""
        done: dict[int, list[tuple[bool, str]]] = {}
        for terms, what in ((self.taught, "нагрузка"), (self.led, "классное руководство")):
            terms.match()
            for post, asked in terms.wanted.items():
                for term in asked:
                    self._check_others(terms, post, term)
                    done.setdefault(term.row, []).extend(self._write(terms, post, term, what))
        self.plan.preview = [
            PreviewRow(
                shown.row,
                shown.title,
                effect(any(created for created, _ in done.get(shown.row, ())), done.get(shown.row, ())),
                tuple(told for _, told in done.get(shown.row, ())),
            )
            for shown in self.plan.preview
        ]

    def _write(self, terms: Terms, post: tuple[int, ...], term: Term, what: str) -> list[tuple[bool, str]]:
        """Enter the term into the ledger; gives whether it is new, and what to tell of it, if there is anything."""
        days = f"с {term.starts_on:%d.%m.%Y}" + (f" по {term.ends_on:%d.%m.%Y}" if term.ends_on else "")
        if term.known is None:
            keys = dict(zip(terms.columns, post, strict=True))
            self.plan.ledger.add(
                terms.table, **keys, staff_id=term.staff_id, starts_on=term.starts_on, ends_on=term.ends_on
            )
            return [(True, f"{what} {days}")]
        current = {"starts_on": term.known["starts_on"], "ends_on": term.known["ends_on"]}
        changes = self.plan.ledger.settle(
            terms.table, term.known["id"], current, starts_on=term.starts_on, ends_on=term.ends_on
        )
        return [(False, f"{what}: теперь {days}")] if changes else []

    def _check_others(self, terms: Terms, post: tuple[int, ...], term: Term) -> None:
        """A class has one class teacher a day; a subject may be taught by two, but that is rarely meant."""
        others = terms.others(post, term)
        if not others:
            return
        numbers = ", ".join(sorted({f"№ {other.number}" for other in others}))
        if terms is self.led:
            told = f"В эти дни у класса уже есть классный руководитель ({numbers}): укажите «С» и «По»."
            self.plan.problems.append(self.checked.finding(term.row, "leads", told))
        elif term.known is None:
            told = f"Этот предмет в эти дни ведёт и сотрудник {numbers}: доступ будет у обоих."
            self.plan.warnings.append(self.checked.finding(term.row, "subject", told))
