"""The fields at which a query begins, drawn at random, with what the plain-Python oracle says they answer."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .oracle import World
from .oracle_rights import TABLE_OF, Eyes, roles_of
from .oracle_walk import DAYS, NODES, Drawing, Id, Selection, Writer, answer, arguments


@dataclass(frozen=True)
class Root:
    """A root field as text, without an alias, and what it must answer."""

    text: str
    expected: Any


def row_of(world: World, each: Id) -> Any:
    """The row behind an id."""
    return world.row(TABLE_OF.get(each.type_name, each.type_name.lower()), each.number)


def _is_open(eyes: Eyes, type_name: str) -> bool:
    return bool(eyes.roles & roles_of(type_name))


def me_row(eyes: Eyes) -> dict[str, Any]:
    """Oneself."""
    return {"id": eyes.account["id"], "school_id": eyes.school, "student_id": eyes.student, "staff_id": eyes.staff}


def _me(drawing: Drawing, writer: Writer) -> Root:
    selection = drawing.selection("Me", 4, 300)
    return Root(f"me {writer.selection(selection)}", answer(drawing.eyes, me_row(drawing.eyes), selection))


def _school(drawing: Drawing, writer: Writer) -> Root:
    selection = drawing.selection("School", 4, 400)
    row = drawing.world.row("school", drawing.eyes.school)
    return Root(f"school {writer.selection(selection)}", answer(drawing.eyes, row, selection))


def _schools(drawing: Drawing, writer: Writer) -> Root:
    """All schools, or those whose name has a word of that beginning: the public part of each, for everybody."""
    of = {"code": "code", "name": "name", "site": "site", "licenceNumber": "licence_number"}
    given = drawing.rng.choice((None, "школ", "ШКОЛА 163", "163", "demo", "oth", "кола", "гимназия"))
    words = (given or "").lower().split()
    found = [
        row
        for row in sorted(drawing.world.tables["school"], key=lambda row: (row["name"].lower(), row["school_id"]))
        if all(any(each.startswith(word) for each in _words_of(row)) for word in words)
    ]
    text = f"schools(first: 100{f', search: {json.dumps(given, ensure_ascii=False)}' if given else ''})"
    nodes = [{name: row[column] for name, column in of.items()} for row in found]
    return Root(f"{text} {{ totalCount nodes {{ {' '.join(of)} }} }}", {"totalCount": len(found), "nodes": nodes})


def _words_of(row: Any) -> list[str]:
    return re.findall(r"[a-zа-я0-9]+", f"{row['code']} {row['name']} {row['full_name']}".lower())


def _found(drawing: Drawing, each: Id, selection: Selection) -> Any:
    """A row by its id, if the viewer sees it."""
    seen = each.number in drawing.eyes.sees(each.type_name)
    return answer(drawing.eyes, row_of(drawing.world, each), selection) if seen else None


def _node(drawing: Drawing, writer: Writer) -> Root:
    of = drawing.rng.choice(NODES)
    each = drawing.seen_id(of)
    field = f'node(id: "{each}")'
    if not _is_open(drawing.eyes, of):
        return Root(f"{field} {{ id }}", None)
    selection = drawing.selection(of, 3, 200)
    selection.form = "inline"
    return Root(f"{field} {writer.selection(selection)}", _found(drawing, each, selection))


def _by_id(field: str, of: str) -> Callable[[Drawing, Writer], Root]:
    def draw(drawing: Drawing, writer: Writer) -> Root:
        each, selection = drawing.seen_id(of), drawing.selection(of, 4, 300)
        return Root(f'{field}(id: "{each}") {writer.selection(selection)}', _found(drawing, each, selection))

    return draw


def diary_root(drawing: Drawing, ids: list[Id], length: int, writer: Writer, selection: Selection) -> Root:
    """Some diaries: those that open, each once."""
    eyes, since = drawing.eyes, drawing.rng.choice(DAYS[1:-1])
    given = {"studentIds": ids, "from": since, "to": since + timedelta(days=length)}
    opened = [each for each in dict.fromkeys(each.number for each in ids) if each in eyes.sees("Diary")]
    rows = [{"id": each, "student_id": each, "since": given["from"], "until": given["to"]} for each in opened]
    text = f"diary{arguments(given)} {writer.selection(selection)}"
    return Root(text, [answer(eyes, row, selection) for row in rows])


def _diary(drawing: Drawing, writer: Writer) -> Root:
    rng = drawing.rng
    ids = [drawing.seen_id("Student") for _ in range(rng.choice((1, 3, 30)))]
    selection = drawing.selection("Diary", 4, 300 // len(ids))
    return diary_root(drawing, ids, rng.choice((0, 5, 12)) if len(ids) < 9 else 1, writer, selection)


@dataclass(frozen=True)
class Page:
    """Which page of the journal: of a class, or of one group."""

    of: Id
    subject: int
    period: int

    def answer(self, eyes: Eyes, selection: Selection) -> Any:
        """The page, or None if there is no such journal for this viewer."""
        group = self.of.number if self.of.type_name == "StudyGroup" else None
        of = eyes.world.class_of.get(group) if group else self.of.number
        opens = self.period in eyes.sees("Period") and any(
            journal == (group, self.subject)
            if group
            else (eyes.world.class_of[journal[0]], journal[1]) == (of, self.subject)
            for journal in eyes.sees("JournalPage")
        )
        if not opens:
            return None
        row = {"group_id": group, "class_id": of, "subject_id": self.subject, "period_id": self.period}
        return answer(eyes, row, selection)

    def text(self) -> str:
        """The root field."""
        name = {"StudyGroup": "groupId", "SchoolClass": "classId"}[self.of.type_name]
        ids = {"subjectId": Id("Subject", self.subject), "periodId": Id("Period", self.period), name: self.of}
        return f"journalPage{arguments(ids)}"


def draw_page(drawing: Drawing, *, split: bool = False) -> Page:
    """A page of a class or a group: as a rule one there is, if wished of a subject taught in two groups."""
    eyes, world, rng = drawing.eyes, drawing.world, drawing.rng
    journals = [(row["group_id"], row["subject_id"]) for row in world.tables["teaching_assignment"]]
    if rng.random() < 0.8:
        journals = sorted(eyes.sees("JournalPage")) or journals
    if split:
        journals = [each for each in journals if world.row("study_group", each[0])["kind"] == "subgroup"] or journals
    group, subject = rng.choice(journals)
    of = Id("StudyGroup", group) if rng.random() < 0.5 else Id("SchoolClass", world.class_of[group])
    return Page(of, subject, drawing.period().number)


def _journal_page(drawing: Drawing, writer: Writer) -> Root:
    page, selection = draw_page(drawing), drawing.selection("JournalPage", 3, 150)
    return Root(f"{page.text()} {writer.selection(selection)}", page.answer(drawing.eyes, selection))


_ROOTS: dict[str, tuple[Callable[[Drawing, Writer], Root], str | None]] = {
    "me": (_me, None),
    "school": (_school, "School"),
    "schools": (_schools, None),
    "node": (_node, "School"),
    "student": (_by_id("student", "Student"), "Student"),
    "schoolClass": (_by_id("schoolClass", "SchoolClass"), "SchoolClass"),
    "diary": (_diary, "Diary"),
    "journalPage": (_journal_page, "JournalPage"),
}


def draw_root(drawing: Drawing, writer: Writer) -> Root:
    """Any root field that is open to the viewer."""
    open_roots = [draw for draw, of in _ROOTS.values() if of is None or _is_open(drawing.eyes, of)]
    return drawing.rng.choice(open_roots)(drawing, writer)
