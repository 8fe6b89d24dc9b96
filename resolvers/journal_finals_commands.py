"""Commands on period, annual, exam and final marks: set them, accept what is proposed, take one back (7.7–7.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, delete, func, insert, update
from sqlalchemy.sql.elements import ColumnElement

from models.curriculum import SchoolClass
from models.journal_finals import FinalMark
from permissions.journal_finals import cell, cells_to_mark, classes_to_mark
from rules.journal_finals import NOT_ATTESTED, FinalKind, check_begun, check_value
from rules.refusals import Refusal, RefusalCode, bad_input

from .commands import Work, among, check_version, command
from .context import Context
from .journal_finals import proposal_of, with_proposals
from .journal_finals_periods import check_periods_open

MOST_FINAL_MARKS = 1000
"""How many marks one command may set: more than the sheet of a class has in a period."""


@dataclass(frozen=True)
class Entry:
    """A mark to set. of: the period, for a period's mark; the year, for others. `if_version` 0: none is there yet."""

    student_id: int
    subject_id: int
    of: int
    value: str
    if_version: int | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """Whose mark, in what, for what."""
        return self.student_id, self.subject_id, self.of


@dataclass(frozen=True)
class Page:
    """A page of the sheet: a class, in one subject or all, for a period or (None) for the year."""

    class_id: int
    subject_id: int | None
    kind: FinalKind
    period_id: int | None


async def set_final_marks(
    context: Context, name: str, kind: FinalKind, entries: Sequence[Entry], path: str
) -> list[int]:
    """Set marks of a kind: all of them, or none (7.7, 7.9). `path` names the input field.

    What the rule proposes just then is kept beside what is decided. Gives the marks' numbers in the order of `entries`.
    """
    given = {"kind": kind, "entries": [[*entry.key, entry.value, entry.if_version] for entry in entries]}
    async with command(context, name, given) as work:
        _check_entries(entries, kind, path)
        of = {FinalKind.PERIOD: cell.period_id}.get(kind, cell.year_id)
        keys = (cell.student_id, cell.subject_id, of)
        asked = [among(column, {entry.key[n] for entry in entries}) for n, column in enumerate(keys)]
        found = await _cells(work, {entry.student_id for entry in entries}, cell.kind == kind, *asked)
        by_key = {(row.student_id, row.subject_id, row[of.key]): row for row in found}
        for position, entry in enumerate(entries):
            _check_cell(work, by_key.get(entry.key), entry, path.format(position))
        fields = {f"{path.format(n)}periodId": by_key[entry.key] for n, entry in enumerate(entries)}
        await check_periods_open(work, fields)
        return await _decide(work, [(by_key[entry.key], entry.value) for entry in entries])


def _check_entries(entries: Sequence[Entry], kind: FinalKind, path: str) -> None:
    if not 1 <= len(entries) <= MOST_FINAL_MARKS:
        raise bad_input(f"За один раз можно поставить от 1 до {MOST_FINAL_MARKS} отметок.", "entries")
    seen: set[tuple[int, int, int]] = set()
    for position, entry in enumerate(entries):
        prefix = path.format(position)
        check_value(entry.value, kind, f"{prefix}value")
        if entry.key in seen:
            raise bad_input("Отметка указана дважды.", f"{prefix}studentId")
        seen.add(entry.key)


def _check_cell(work: Work, row: Any, entry: Entry, prefix: str) -> None:
    """The viewer may fill the cell, the student takes the subject, and it is as the viewer saw it."""
    if row is None:
        message = "Не найдено или недоступно: учащийся не изучал этот предмет, или это не ваш класс и предмет."
        raise Refusal(RefusalCode.NOT_FOUND, message, f"{prefix}studentId")
    if row.dropped:
        message = "По индивидуальному плану этого предмета нет: отметки не ставятся."
        raise Refusal(RefusalCode.SUBJECT_NOT_TAKEN, message, f"{prefix}subjectId", "7.8")
    where = f"{prefix}{'periodId' if row.period_id else 'yearId'}"
    check_begun(row.starts_on, work.today, FinalKind(row.kind), where)
    check_version(entry.if_version, row.version or 0, f"{prefix}ifVersion")


async def _cells(work: Work, students: set[int] | None, *conditions: ColumnElement[bool]) -> list[Any]:
    """The cells that the viewer may fill, with what is proposed, as they stay until the end of the command.

    Their classes are locked first: of two who decide at once the second sees what the first has decided.
    """
    of = cells_to_mark(work.viewer).where(*conditions)
    classes = {row.class_id for row in await work.reach(of.with_only_columns(cell.class_id).distinct())}
    await work.reach(classes_to_mark(among(SchoolClass.id, classes)))
    if students:
        await work.hold_students(students)
    return await work.reach(with_proposals(of))


async def _decide(work: Work, wanted: Sequence[tuple[Any, str]]) -> list[int]:
    """Write what is decided of cells. A mark that stands so already is left as it is."""
    new, changed = list[tuple[Any, str]](), list[tuple[int, str, str | None]]()
    for row, value in wanted:
        if row.mark_id is None:
            new.append((row, value))
        elif row.value != value:
            changed.append((row.mark_id, value, proposal_of(row).value))
    if changed:
        await _change(work, changed)
    made = await _create(work, new) if new else {}
    return [row.mark_id or made[_key(row)] for row, _ in wanted]


def _key(row: Any) -> tuple[int, int, int | None]:
    return row.student_id, row.subject_id, row.period_id


async def _create(work: Work, new: Sequence[tuple[Any, str]]) -> Mapping[tuple[int, int, int | None], int]:
    names = ("student_id", "subject_id", "year_id", "class_id", "kind", "period_id")
    rows = await work.fetch(
        insert(FinalMark)
        .values(
            [
                {
                    "school_id": work.viewer.school_id,
                    **{name: row[name] for name in names},
                    "value": value,
                    "proposed": proposal_of(row).value,
                    "set_at": work.now,
                    "version": 1,
                    **work.stamp,
                }
                for row, value in new
            ]
        )
        .returning(FinalMark.id, FinalMark.student_id, FinalMark.subject_id, FinalMark.period_id)
    )
    return {_key(row): row.id for row in rows}


async def _change(work: Work, changed: Sequence[tuple[int, str, str | None]]) -> None:
    ids, values, proposed = zip(*changed, strict=True)
    news = (
        func.unnest(
            bindparam("ids", ids, ARRAY(BigInteger)),
            bindparam("values", values, ARRAY(Text)),
            bindparam("proposed", proposed, ARRAY(Text)),
        )
        .table_valued("id", "value", "proposed")
        .render_derived()
    )
    await work.execute(
        update(FinalMark)
        .where(FinalMark.school_id == work.viewer.school_id, FinalMark.id == news.c.id)
        .values(value=news.c.value, proposed=news.c.proposed, version=FinalMark.version + 1, **work.stamp)
    )


async def accept_proposed(context: Context, page: Page, with_not_attested: bool) -> list[int]:
    """Set what is proposed wherever nothing is set yet, on a page of the sheet or in all subjects of a class.

    «н/а» is proposed, but accepted only if that is said: that somebody is not attested is no matter of course.
    """
    given = {"class": page.class_id, "subject": page.subject_id, "kind": page.kind, "period": page.period_id}
    async with command(context, "acceptProposedMarks", {**given, "withNotAttested": with_not_attested}) as work:
        if (page.kind is FinalKind.PERIOD) != (page.period_id is not None):
            raise bad_input("Период указывается для отметок за период, и только для них.", "periodId")
        of = [cell.class_id == page.class_id, cell.kind == page.kind]
        of += [cell.period_id == page.period_id] if page.period_id else []
        of += [cell.subject_id == page.subject_id] if page.subject_id else []
        found = await _cells(work, None, *of)
        if not found:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", "classId")
        await check_periods_open(work, {"periodId": found[0]})
        check_begun(found[0].starts_on, work.today, page.kind, "periodId" if page.period_id else "classId")
        missing = (row for row in found if row.mark_id is None and not (row.dropped or row.beside))
        wanted = [(row, proposal_of(row).value) for row in missing]
        chosen = [(row, value) for row, value in wanted if value and (with_not_attested or value != NOT_ATTESTED)]
        await work.hold_students({row.student_id for row, _ in chosen})
        return await _decide(work, chosen)


async def remove_final_mark(context: Context, mark_id: int, if_version: int | None) -> int:
    """Take a mark back: nothing is set then. What it was stays in the history."""
    async with command(context, "removeFinalMark", {"mark": mark_id}) as work:
        found = await _cells(work, None, cell.mark_id == mark_id)
        if not found:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", "markId")
        check_version(if_version, found[0].version)
        await check_periods_open(work, {"markId": found[0]})
        await work.execute(
            delete(FinalMark).where(FinalMark.school_id == work.viewer.school_id, FinalMark.id == mark_id)
        )
    return mark_id
