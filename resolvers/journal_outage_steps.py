"""A filled temporary journal, lesson by lesson, through the commands by which a teacher writes the same (13.2).

What each cell becomes is found by doing it: a step that is refused leaves nothing, and its refusal is the cell's.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from documents.sheets import cleaned
from rules.imports_values import folded
from rules.journal import AttendanceCode
from rules.journal_outage_cells import (
    BAD_ATTENDANCE,
    BAD_KIND,
    BAD_MARK,
    BAD_ROLL,
    NO_SUCH_TASK,
    PRESENT,
    TWICE,
    agrees,
    attendance_of,
    attendance_text,
    differs,
    is_called,
    mark_of,
)
from rules.journal_outage_sheets import CellChoice, CellKind, CellOutcome, FilledCell, FilledSheet, JudgedCell, Place
from rules.refusals import Refusal

from .context import Context
from .journal_commands import Absent, record_lesson, take_roll_call
from .journal_marks import Entry, set_marks
from .journal_members import Members, check_kept, check_marked, members
from .journal_work import add_task, assign_homework

Part = tuple[FilledCell | None, Any]
"""Something that a step writes, with the cell that says it, if one does."""

Sift = Callable[[list[Part]], Awaitable[list[Part]]]


@dataclass
class Standing:
    """What the journal has at the lessons of a file.

    tasks: of a lesson, in their order; kinds: of work, by folded name; marks: by task and student.
    """

    lessons: Mapping[int, Any]
    tasks: Mapping[int, list[Any]]
    marks: Mapping[tuple[int, int], str]
    attendance: Mapping[int, Mapping[int, Any]]
    called: frozenset[int]
    homework: Mapping[int, list[str]]
    kinds: Mapping[str, int]
    usual_kind: int


@dataclass
class Transfer:
    """A file under way: what stands, what was chosen about some cells, and what has become of each."""

    context: Context
    sheet: FilledSheet
    standing: Standing
    choices: Mapping[Place, CellChoice]
    judged: dict[Place, JudgedCell] = field(default_factory=dict)

    def tell(self, cell: FilledCell, refusal: Refusal, stands: str | None = None) -> None:
        """A cell stands against the import, unless it was said to leave it out."""
        if self._is_left(cell):
            self._judge(cell, CellOutcome.SKIPPED, stands)
        else:
            self.judged[cell.place] = JudgedCell(cell, CellOutcome.CONFLICT, stands, refusal)

    async def write(self, number: int, cells: Sequence[FilledCell]) -> None:
        """Write what the cells of one lesson say."""
        once = self._once(cells)
        of: dict[CellKind, list[FilledCell]] = defaultdict(list)
        for cell in once:
            of[cell.kind].append(cell)
        await self._texts(number, [*of[CellKind.TOPIC], *of[CellKind.MATERIAL]])
        await self._roll(number, of[CellKind.ROLL_CALL], of[CellKind.ATTENDANCE])
        await self._marks(number, of[CellKind.WORK_TYPE], of[CellKind.MARK])
        for cell in of[CellKind.HOMEWORK]:
            await self._homework(number, cell)

    def _judge(self, cell: FilledCell, outcome: CellOutcome, stands: str | None = None) -> None:
        self.judged[cell.place] = JudgedCell(cell, outcome, stands)

    def _once(self, cells: Sequence[FilledCell]) -> list[FilledCell]:
        """The cells without those that say once more what another says, or something else about the same."""
        seen: dict[Any, FilledCell] = {}
        for cell in sorted(cells, key=lambda each: not each.text):
            key = (cell.kind, cell.student_id, cell.slot)
            if seen.setdefault(key, cell) is not cell and cell.text:
                self.tell(cell, TWICE)
        return list(seen.values())

    def _is_left(self, cell: FilledCell) -> bool:
        """Whether it was said to leave the cell out."""
        return self.choices.get(cell.place) is CellChoice.KEEP_JOURNAL

    def _chosen(self, cell: FilledCell, stands: str | None, *, same: bool) -> bool:
        """Whether the cell is to be written. stands: what the journal has there, None if nothing."""
        if self._is_left(cell):
            self._judge(cell, CellOutcome.SKIPPED, stands)
        elif same:
            self._judge(cell, CellOutcome.SAME, stands)
        elif stands is not None and self.choices.get(cell.place) is not CellChoice.TAKE_PAPER:
            self.tell(cell, differs(stands), stands)
        else:
            self._judge(cell, CellOutcome.WRITE, stands)
            return True
        return False

    async def _do(
        self,
        parts: list[Part],
        step: Callable[[list[Any]], Awaitable[Any]],
        at: Callable[[Refusal, list[Any]], int | None],
        also: Sequence[FilledCell] = (),
        sift: Sift | None = None,
    ) -> None:
        """Do a step; a part that it refuses becomes a conflict, and the rest is tried without it.

        at: which part a refusal is about, None for the step as a whole; that falls on all its cells, `also` among them.
        sift: leaves out, once there was a refusal, what else would be refused: a step tells of its first part only, and
        a sheet of which nobody is in the class any more would be tried as often as it has cells.
        """
        refused_whole: Refusal | None = None
        while True:
            try:
                await step([item for _, item in parts])
            except Refusal as refusal:
                position = at(refusal, [item for _, item in parts])
                cell = parts[position][0] if position is not None else None
                if position is None or cell is None:
                    refused_whole = refusal
                    break
                self.tell(cell, refusal)
                del parts[position]
                if sift:
                    parts[:], sift = await sift(parts), None
                if not parts and not also:
                    return
            else:
                return
        for cell in (*(cell for cell, _ in parts), *also):
            if cell is not None and cell.text:
                self.tell(cell, refused_whole)

    def _sift(self, number: int, check: Callable[[Members, int, str], None]) -> Sift:
        """What leaves out, and tells of, everybody of whom nothing may be written at the lesson."""

        async def sift(parts: list[Part]) -> list[Part]:
            there = await members(self.context.under_way, self.standing.lessons[number], ())
            kept: list[Part] = []
            for cell, item in parts:
                try:
                    check(there, item.student_id, "")
                except Refusal as refusal:
                    if cell is not None:
                        self.tell(cell, refusal)
                        continue
                kept.append((cell, item))
            return kept

        return sift

    async def _texts(self, number: int, cells: Sequence[FilledCell]) -> None:
        """Topic and material. A text as it stood on the blank says nothing new."""
        lesson = self.standing.lessons[number]
        _, topic, material = self.sheet.lessons[number]
        blank = {CellKind.TOPIC: topic, CellKind.MATERIAL: material}
        parts: list[Part] = []
        for cell in cells:
            printed, stands = blank[cell.kind], cleaned(lesson[cell.kind.value] or "")
            if cell.text == printed:
                continue
            if self._chosen(cell, None if stands == printed else stands, same=cell.text == stands):
                parts.append((cell, (cell.kind.value, cell.text)))
        if parts:
            await self._do(
                parts,
                lambda items: record_lesson(self.context, number, dict(items), None),
                lambda refusal, items: next((n for n, (name, _) in enumerate(items) if name == refusal.field), None),
            )

    async def _roll(self, number: int, calls: Sequence[FilledCell], cells: Sequence[FilledCell]) -> None:
        """The roll, if the paper says that it was called: who is not marked was there."""
        for cell in calls:
            if self._is_left(cell) or not is_called(cell.text):
                self.tell(cell, BAD_ROLL)
        said = [cell for cell in calls if is_called(cell.text) and not self._is_left(cell)]
        if not said and not any(self._is_of_roll(cell) for cell in cells):
            for cell in cells:
                if cell.text:
                    self.tell(cell, BAD_ATTENDANCE)
            return
        known, called = self.standing.attendance.get(number, {}), number in self.standing.called
        parts: list[Part] = []
        written = not called
        for cell in cells:
            absent, changed = self._absent(cell, known.get(cell.student_id), called)
            written = written or changed
            if absent:
                parts.append((cell if changed else None, absent))
        listed = {cell.student_id for cell in cells}
        parts += [(None, Absent(student)) for student in known if student not in listed]
        for cell in said:
            self._judge(cell, CellOutcome.SAME if called else CellOutcome.WRITE)
        if written:
            await self._do(
                parts,
                lambda items: take_roll_call(self.context, number, items, None),
                _position,
                [*said, *(cell for cell in cells if self._is_write(cell))],
                self._sift(number, check_kept),
            )

    def _is_of_roll(self, cell: FilledCell) -> bool:
        """Whether a cell says that the roll was called: a reason that is not left out, or that the paper is right."""
        taken = self.choices.get(cell.place) is CellChoice.TAKE_PAPER
        return taken or (attendance_of(cell.text) is not None and not self._is_left(cell))

    def _is_write(self, cell: FilledCell) -> bool:
        judged = self.judged.get(cell.place)
        return judged is not None and judged.outcome is CellOutcome.WRITE

    def _absent(self, cell: FilledCell, known: Any, called: bool) -> tuple[Absent | None, bool]:
        """Who the step is told to be absent by one cell, and whether that changes what stands."""
        stands = attendance_text(known.code, known.minutes_late) if known else PRESENT if called else None
        kept = Absent(cell.student_id) if known else None
        if not cell.text:
            if known and self._chosen(cell, stands, same=False):
                return None, True
            return kept, False
        written = attendance_of(cell.text)
        if written is None:
            self.tell(cell, BAD_ATTENDANCE)
            return kept, False
        if not self._chosen(cell, stands, same=bool(known) and agrees(written, known.code, known.minutes_late)):
            return kept, False
        code, minutes = written
        more = {"minutes_late": minutes} if code is AttendanceCode.LATE else {}
        return Absent(cell.student_id, code, more), True

    async def _marks(self, number: int, kinds: Sequence[FilledCell], cells: Sequence[FilledCell]) -> None:
        """Marks, column by column: a column is a task, which the lesson has or gets (7.4)."""
        columns: dict[str, list[tuple[FilledCell, str]]] = defaultdict(list)
        for cell in cells:
            value = mark_of(cell.text)
            if value is None:
                self.tell(cell, BAD_MARK)
            elif self._is_left(cell):
                self._judge(cell, CellOutcome.SKIPPED)
            else:
                columns[cell.slot].append((cell, value))
        headings = {cell.slot: cell for cell in kinds}
        tasks = self.standing.tasks.get(number, [])
        own = {task.id for task in tasks}
        free = [task for task in tasks if task.for_all and task.id not in self.sheet.bound]
        parts: list[Part] = []
        for slot, column in sorted(columns.items()):
            if column[0][0].is_new:
                task = await self._task(number, headings.get(slot), column, free)
            else:
                task = int(slot) if slot.isdigit() and int(slot) in own else None
                if task is None:
                    self._tell_all(column, NO_SUCH_TASK)
            for cell, value in column if task else ():
                stands = self.standing.marks.get((task or 0, cell.student_id))
                if self._chosen(cell, stands, same=stands == value):
                    parts.append((cell, Entry(task or 0, cell.student_id, value)))
        if parts:
            await self._do(
                parts,
                lambda items: set_marks(self.context, "setMarks", items, "entries.{}."),
                _position,
                sift=self._sift(number, check_marked),
            )

    def _tell_all(self, column: Sequence[tuple[FilledCell, str]], refusal: Refusal) -> None:
        for cell, _ in column:
            self.tell(cell, refusal)

    async def _task(
        self, number: int, heading: FilledCell | None, column: Sequence[tuple[FilledCell, str]], free: list[Any]
    ) -> int | None:
        """The task of a new column: the first of its kind that no column before it has, or one that is added."""
        kind = self.standing.usual_kind
        if heading is not None:
            known = self.standing.kinds.get(folded(heading.text))
            if known is None:
                self.tell(heading, BAD_KIND)
            kind = known or kind
        for task in free:
            if task.work_type_id == kind:
                free.remove(task)
                return int(task.id)
        try:
            return await add_task(self.context, number, kind, None, None, None, None, None)
        except Refusal as refusal:
            self._tell_all(column, refusal)
            return None

    async def _homework(self, number: int, cell: FilledCell) -> None:
        """Homework for all. Another one that was given stays beside it."""
        given = [cleaned(text) or "" for text in self.standing.homework.get(number, [])]
        if self._chosen(cell, "; ".join(given) or None, same=cell.text in given):
            await self._do(
                [(cell, cell.text)],
                lambda items: assign_homework(self.context, number, items[0], None, None, None),
                lambda refusal, items: 0,
            )


def _position(refusal: Refusal, items: Sequence[Any]) -> int | None:
    """Which of the items a refusal's field names: `entries.3.studentId`; a task is that of a whole column."""
    named = (refusal.field or "").removesuffix("taskId").split(".")
    if len(named) > 2 and not named[2]:
        return None
    position = int(named[1]) if len(named) > 1 and named[1].isdigit() else None
    return position if position is not None and position < len(items) else None
