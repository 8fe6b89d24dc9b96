"""Why the demo school's students were away (7.3): certificates, the parents' statements, the family's word for now."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random
from typing import Any

from documents.files import FileStore
from rules.journal import AttendanceCode
from rules.journal_excuses import EXCUSE_NAMES, TERM, ExcuseKind
from rules.school_files import MediaType

from .demo_absence import Absences
from .demo_accounts import Accounts
from .demo_documents import pdf
from .demo_families import Pupils
from .demo_rows import COLUMNS, Rows
from .demo_year import DEMO_TODAY, at, working_days

FAMILY_REASONS = ("По семейным обстоятельствам.", "Поездка к врачу в областной центр.", "Семейное торжество.")
KNOWN_BEFORE, LATE_ENTRIES = 0.5, 0.06
"""Shares: of excused days that the parents' statement explains, and of documents entered after their term."""

_ONE = timedelta(days=1)
_ROW = COLUMNS["attendance"].index
_DAY, _STUDENT, _CODE = _ROW("lesson_date"), _ROW("student_id"), _ROW("code")


@dataclass
class Spell:
    """Days of lessons in a row on which a student is away for one reason."""

    student: int
    code: AttendanceCode
    days: list[date]


def _spells(absences: Absences) -> Iterator[Spell]:
    """All of them, by their last day."""
    standing: dict[int, Spell] = {}
    for day in absences.days:
        away = absences.by_day.get(day, {})
        over = [each for each in standing.values() if away.get(each.student) is not each.code]
        for spell in over:
            yield standing.pop(spell.student)
        for student, code in away.items():
            standing.setdefault(student, Spell(student, code, [])).days.append(day)
    yield from standing.values()


class _Excuses:
    """Enters excuses, and their reasons in the rows of absences."""

    def __init__(self, rows: Rows, absences: Absences, pupils: Pupils, accounts: Accounts, rng: Random) -> None:
        self.rows, self.rng, self.days, self.accounts = rows, rng, absences.days, accounts
        self.working = working_days(absences.days)
        self.stays = defaultdict(list)
        for stay in pupils.stays:
            self.stays[stay.student].append(stay)
        self.attendance = rows.tables["attendance"]
        self.missed: dict[tuple[int, date], list[int]] = defaultdict(list)
        for number, row in enumerate(self.attendance):
            if row[_CODE] != AttendanceCode.LATE:
                self.missed[row[_STUDENT], row[_DAY]].append(number)

    def explain(self, spell: Spell) -> None:
        """What explains a spell, if anything does."""
        days = [day for day in spell.days if (spell.student, day) in self.missed]
        if not days:
            return
        first, last = days[0], days[-1]
        back_on = next((day for day in self.days if day > last), None)
        if spell.code is AttendanceCode.ILLNESS and back_on:
            number = f"{self.rng.randrange(100, 1000)}"
            self._enter(spell, days, ExcuseKind.MEDICAL, issued_on=last, received_on=back_on, number=number)
        elif spell.code is AttendanceCode.EXCUSED and self.rng.random() < KNOWN_BEFORE:
            comment, day = self.rng.choice(FAMILY_REASONS), next((d for d in reversed(self.days) if d < first), first)
            self._enter(spell, days, ExcuseKind.STATEMENT, issued_on=day, received_on=day, comment=comment)
        elif spell.code is AttendanceCode.UNEXPLAINED and last >= DEMO_TODAY - _ONE and len(days) > 1:
            spell.code = AttendanceCode.ILLNESS
            self._enter(spell, days, ExcuseKind.MESSAGE, received_on=last, comment="Болеет, справка будет.")

    def announce(self, student: int, day: date) -> None:
        """The family's word that a student will be away on a day to come."""
        spell = Spell(student, AttendanceCode.EXCUSED, [day])
        self._enter(spell, spell.days, ExcuseKind.MESSAGE, received_on=DEMO_TODAY, comment="Приём у врача.")

    def _enter(self, spell: Spell, days: list[date], kind: ExcuseKind, **more: Any) -> None:
        received_on = more["received_on"]
        late = kind is not ExcuseKind.MESSAGE and self.rng.random() < LATE_ENTRIES
        entered_on = min(received_on + (TERM.count + 2 if late else 0) * _ONE, DEMO_TODAY)
        by = self._leader(spell.student, entered_on)
        excuse = self.rows.add(
            "excuse",
            year_id=0,
            student_id=spell.student,
            kind=kind.value,
            code=spell.code.value,
            due_on=None if kind is ExcuseKind.MESSAGE else TERM.due(received_on, self.working),
            starts_on=days[0],
            ends_on=days[-1],
            entered_on=entered_on,
            entered_by=by,
            version=1,
            changed_at=at(entered_on, time(15, 10)),
            changed_by=by,
            **more,
        )
        reason = {"code": spell.code.value, "code_before": AttendanceCode.UNEXPLAINED.value, "excuse_id": excuse}
        for number in (each for day in days for each in self.missed.get((spell.student, day), ())):
            row = dict(zip(COLUMNS["attendance"], self.attendance[number], strict=True))
            self.attendance[number] = tuple({**row, **reason}.values())

    def _leader(self, student: int, day: date) -> int:
        """The account of the class teacher; after a departure, of the last class."""
        stays = self.stays[student]
        of = next((stay.of for stay in stays if stay.holds(day)), stays[-1].of)
        leader: int = next(
            staff
            for class_id, staff, starts_on, ends_on in self.rows.tables["class_leadership"]
            if class_id == of and starts_on <= day <= ends_on
        )
        return self.accounts.of_staff[leader]


def write_excuses(rows: Rows, absences: Absences, pupils: Pupils, accounts: Accounts, rng: Random) -> None:
    """Excuses for the year's absences, and one for tomorrow: of the demo student."""
    excuses = _Excuses(rows, absences, pupils, accounts, rng)
    for spell in _spells(absences):
        excuses.explain(spell)
    excuses.announce(pupils.demo.children[0].student, DEMO_TODAY + _ONE)


async def add_scans(rows: Rows, store: FileStore) -> None:
    """The last certificate that each class teacher has entered, and the demo student's, as files in the store."""
    excuses = [dict(zip(COLUMNS["excuse"], row, strict=True)) for row in rows.tables["excuse"]]
    medical = [number for number, row in enumerate(excuses) if row["kind"] == ExcuseKind.MEDICAL]
    last = {excuses[each]["entered_by"]: each for each in medical}
    demo = excuses[-1]["student_id"]  # tomorrow's
    for number in sorted({*last.values(), *(each for each in medical if excuses[each]["student_id"] == demo)}):
        row = excuses[number]
        title = f"{EXCUSE_NAMES[ExcuseKind.MEDICAL]} № {row['number']}"
        async with store.receive() as incoming:
            await incoming.write(pdf(title, (f"Освобождение: {row['starts_on']:%d.%m.%Y}–{row['ends_on']:%d.%m.%Y}.",)))
            await incoming.keep()
        file = rows.add(
            "file",
            digest=incoming.digest,
            name=f"{title}.pdf",
            media_type=MediaType.PDF.value,
            size=incoming.size,
            uploaded_at=row["changed_at"],
            uploaded_by=row["entered_by"],
        )
        rows.add("attachment", file_id=file, excuse_id=number)
