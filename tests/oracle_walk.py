"""Queries drawn at random, written as text, and answered by the plain-Python oracle to compare with the server."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from rules.account import Role
from rules.account_orders import AppointmentState, Responsibility
from rules.journal_locks import UnlockState
from rules.report import Report
from rules.report_forms import FormState
from rules.report_remarks import RemarkState
from rules.timetable_mismatches import MismatchState

from . import oracle_diary
from . import oracle_digests as digests
from . import oracle_finals as finals
from .oracle import holds
from .oracle_graph import by_id
from .oracle_links import LINKS, PERSONAL, SCALARS, WITHOUT_ID, Read
from .oracle_rights import ANALYST, RIGHTS, TABLE_OF, Eyes

DAYS = (date(2025, 5, 15), date(2025, 10, 1), date(2026, 5, 6), date(2026, 5, 13), date(2026, 5, 20), date(2026, 9, 5))
_IDS = {"subjectId": "Subject", "yearId": "AcademicYear", "classId": "SchoolClass"}
NODES = sorted(RIGHTS.keys() - WITHOUT_ID - {"StudentCard"})
"""Types that have ids."""


@dataclass(frozen=True)
class Id:
    """An opaque id."""

    type_name: str
    number: int

    def __str__(self) -> str:
        return b64encode(f"{self.type_name}:{self.number}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> "Id":
        """The id that a text stands for."""
        type_name, _, number = b64decode(text).decode().partition(":")
        return cls(type_name, int(number))


@dataclass(frozen=True)
class Word:
    """A value of an enum."""

    text: str

    def __str__(self) -> str:
        return self.text


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Word | oracle_diary.Supposed | int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def arguments(given: dict[str, Any]) -> str:
    """Arguments as GraphQL writes them."""
    return f"({', '.join(f'{name}: {literal(value)}' for name, value in given.items())})" if given else ""


@dataclass
class Pick:
    """A field of a selection: a scalar, or an edge with a selection of its own."""

    alias: str
    name: str
    given: dict[str, Any] = field(default_factory=dict)
    of: "Selection | None" = None
    read: Read | None = None
    form: str = "nodes"


@dataclass
class Selection:
    """What is asked of a type. `form`: as it is, in an inline fragment, or in a named one."""

    type_name: str
    picks: list[Pick]
    form: str = "plain"


@dataclass(frozen=True)
class Either:
    """One of several answers is right: two facts hold at once where the schema shows one."""

    options: list[Any]


def key_of(type_name: str, row: Any) -> Any:
    """By what rights count a row."""
    if type_name in {"School", "SchoolCard", "SchoolCheck", "SchoolReports"}:
        return row["school_id"]
    if type_name == "Bell":
        return (row["schedule_id"], row["number"])
    if type_name == "PlanCheck":
        return (row["class_id"], row["component_id"])
    if type_name == "PlanGap":
        return (row["class_id"], row["gap"], row["subject_id"])
    if type_name == "TransitionStepDone":
        return (row["transition_id"], row["step"])
    if type_name == "ServiceGrant":
        return (row["account_id"], row["type_name"])
    if type_name == "AnnouncementReader":
        return (row["announcement_id"], row["account_id"])
    if type_name == "MessageReceipt":
        return (row["message_id"], row["account_id"])
    if type_name in {"DiaryLesson", "FeedItem"}:
        return (row["student_id"], row["id"])
    if type_name == "DigestCount":
        return tuple(row[name] for name in digests.KEY)
    if type_name in finals.CELLS:
        return tuple(row[name] for name in finals.KEY)
    return row["id"]


class Drawing:
    """Draws what somebody might ask."""

    def __init__(self, rng: Any, eyes: Eyes) -> None:
        self.rng, self.eyes, self.world = rng, eyes, eyes.world

    def id(self, type_name: str, abroad: float = 0.15) -> Id:
        """An id of a type, now and then of another school."""
        table = self.world.tables[TABLE_OF.get(type_name, type_name.lower())]
        mine = [row for row in table if (row["school_id"] == self.eyes.school) is (self.rng.random() >= abroad)]
        return Id(type_name, key_of(type_name, self.rng.choice(mine or table)) if table else 1)

    def seen_id(self, type_name: str) -> Id:
        """An id of a type, as a rule of a row that the viewer sees."""
        seen = sorted(self.eyes.sees(type_name)) if type_name in NODES else []
        return Id(type_name, self.rng.choice(seen)) if seen and self.rng.random() < 0.7 else self.id(type_name)

    def period(self) -> Id:
        """A period: as a rule one of those that are not over."""
        now = [row["id"] for row in self.world.of("period", self.eyes.school) if holds(row, self.eyes.today)]
        return Id("Period", self.rng.choice(now)) if self.rng.random() < 0.7 else self.id("Period")

    def _argument(self, name: str, budget: int) -> Any:
        rng = self.rng
        if name == "first":
            return rng.choice([size for size in (1, 3, 20, 100) if size <= budget] or [1])
        if name == "periodId":
            return self.period()
        if name in {"subjectId", "yearId"}:
            return self.id({"subjectId": "Subject", "yearId": "AcademicYear"}[name], 0.05)
        if name in {"classId", "studentId", "staffId"}:
            return self.seen_id({"classId": "SchoolClass", "studentId": "Student", "staffId": "Staff"}[name])
        if name in {"movement", "number"}:
            name = "kind" if name == "movement" else name
            value = rng.choice(self.world.tables["movement_order"])[name]
            return (value or "1") if name == "number" else Word(value.upper())
        if name == "search":
            return rng.choice(self.world.tables["person"])["family_name"][: rng.choice((1, 2, 4))].upper()
        if name == "kind":
            return Word(rng.choice(("CURRICULUM", "OTHER")))
        if name in _IDS:
            return self.id(_IDS[name], 0.05)
        if name == "weekOf":
            return rng.choice(DAYS)
        if name in {"marks", "target", "weight"}:
            return oracle_diary.drawn(rng, name)
        if name == "archived":
            return Word("true")
        if name == "orderBy":
            return Word("ENTRY")
        if name == "mismatch":
            return Word(rng.choice(list(MismatchState)).name)
        if name == "remark":
            return Word(rng.choice(list(RemarkState)).name)
        if name == "unlock":
            return Word(rng.choice(list(UnlockState)).name)
        if name == "form":
            return Word(rng.choice(list(FormState)).name)
        if name == "code":
            return rng.choice(("oo-1", "osh-9", "nothing"))
        words = {"role": Role, "responsibility": Responsibility, "state": AppointmentState, "report": Report}
        if name in words:
            return Word(rng.choice(list(words[name])).name)
        if name in {"locked", "overdue", "revoked", "read"}:
            return Word(rng.choice(("true", "false")))
        if name == "covered":
            return rng.random() < 0.5
        return {"on": rng.choice(DAYS), "grade": rng.choice((5, 8, 9, 10))}[name]

    def given(self, takes: Sequence[str], budget: int) -> dict[str, Any]:
        """Arguments: those that must be given, and some that may."""
        rng, found = self.rng, dict[str, Any]()
        for each in takes:
            must, name = each.endswith("!"), each.rstrip("!")
            if name in {"since", "from"}:
                since = rng.choice(DAYS[1:-1])
                until = since + timedelta(days=rng.choice((0, 2, 9)))
                found |= {name: since, {"since": "until", "from": "to"}[name]: until}
            elif name in {"until", "to"} or (name == "search" and self.eyes.roles == {ANALYST}):
                continue
            elif must or name in {"first", "marks", "target", "weekOf"} or rng.random() < 0.4:
                of = "movement" if name == "kind" and "studentId" in takes else name
                of = "mismatch" if name == "state" and "subjectId" in takes else of
                of = "remark" if name == "state" and {"staffId", "subjectId"} <= {*takes} else of
                of = "unlock" if name == "state" and {*takes} <= {"first", "state", "staffId"} else of
                of = "form" if name == "state" and "code" in takes else of
                found[name] = self._argument(of, budget)
        if {"from", "periodId"} <= found.keys() or ("periodId" in takes and rng.random() < 0.4):
            found = {name: value for name, value in found.items() if name not in {"from", "to"}}
        return found

    def whole(self, takes: Sequence[str]) -> dict[str, Any]:
        """Days that an analyst may ask for."""
        world, school = self.world, self.eyes.school
        of = self.rng.choice([*world.of("period", school), *world.of("academic_year", school)])
        if takes == ("on",):
            return {"on": self.rng.choice([of["starts_on"], of["ends_on"], self.eyes.today])}
        return {"since": of["starts_on"], "until": of["ends_on"]}

    def selection(self, type_name: str, depth: int, budget: int, edges: int = 3) -> Selection:
        """Some scalars, and some edges with what lies behind them."""
        rng, eyes = self.rng, self.eyes
        scalars = {**SCALARS.get(type_name, {}), **({} if eyes.roles == {ANALYST} else PERSONAL.get(type_name, {}))}
        names = rng.sample(sorted(scalars), min(len(scalars), rng.randrange(3)))
        picks = [Pick(name, name, read=scalars[name]) for name in names]
        open_to = [name for name, link in LINKS.get(type_name, {}).items() if eyes.roles & link.roles]
        wanted = rng.sample(open_to, min(len(open_to), rng.randint(1, edges))) if depth and open_to else []
        for number, name in enumerate(wanted + wanted[: rng.random() < 0.2]):
            link = LINKS[type_name][name]
            if (link.kind == "many" and budget < 8) or (link.to == "DiaryDay" and budget < 12):
                continue
            given = self.given(link.takes, budget)
            if link.whole and eyes.roles == {ANALYST}:
                given = self.whole(link.takes)
            cost = {"one": 1, "page": given.get("first", 1), "many": 8}[link.kind]
            of = self.selection(link.to, depth - 1, max(1, budget // cost), edges=2)
            picks.append(Pick(f"{name}{number}", name, given, of, form=rng.choice(("nodes", "edges", "total"))))
        if type_name not in WITHOUT_ID:
            picks.append(Pick("id", "id"))
        return Selection(type_name, picks, rng.choice(("plain", "plain", "plain", "inline", "named")))


Tree = dict[str, "Tree"]


def chosen(type_name: str, tree: Tree) -> Selection:
    """Just these edges, all the way down, with the scalars that everybody may read; of pages, the first."""
    picks = [Pick(name, name, read=read) for name, read in SCALARS.get(type_name, {}).items()]
    for name, below in tree.items():
        link = LINKS[type_name][name]
        given = {"first": 100} if link.kind == "page" else {}
        picks.append(Pick(name, name, given, chosen(link.to, below)))
    return Selection(type_name, picks if type_name in WITHOUT_ID else [*picks, Pick("id", "id")])


def within_reach(eyes: Eyes, type_name: str, tree: Tree) -> Tree:
    """What of a tree of edges is for the viewer's roles."""
    return {
        name: within_reach(eyes, LINKS[type_name][name].to, below)
        for name, below in tree.items()
        if eyes.roles & LINKS[type_name][name].roles
    }


class Writer:
    """Writes selections as GraphQL."""

    def __init__(self) -> None:
        self.fragments: list[str] = []

    def selection(self, selection: Selection) -> str:
        """`{ … }`."""
        text = " ".join(["__typename", *map(self._pick, selection.picks)])
        if selection.form == "inline":
            return f"{{ ... on {selection.type_name} {{ {text} }} }}"
        if selection.form == "named":
            self.fragments.append(f"fragment F{len(self.fragments)} on {selection.type_name} {{ {text} }}")
            return f"{{ ...F{len(self.fragments) - 1} }}"
        return f"{{ {text} }}"

    def _pick(self, pick: Pick) -> str:
        text = f"{pick.alias}: {pick.name}{arguments(pick.given)}"
        if pick.of is None:
            return text
        inner = self.selection(pick.of)
        if "first" in pick.given:
            inner = {"nodes": f"{{ nodes {inner} }}", "edges": f"{{ edges {{ node {inner} }} }}"}.get(
                pick.form, f"{{ totalCount nodes {inner} }}"
            )
        return f"{text} {inner}"


def answer(eyes: Eyes, row: Any, selection: Selection) -> dict[str, Any]:
    """What must come back of a row that the viewer sees."""
    found: dict[str, Any] = {"__typename": selection.type_name}
    for pick in selection.picks:
        if pick.of is not None:
            found[pick.alias] = follow(eyes, selection.type_name, row, pick)
        elif pick.read:
            found[pick.alias] = pick.read(eyes.world, row)
        else:
            found[pick.alias] = str(Id(selection.type_name, key_of(selection.type_name, row)))
    return found


def follow(eyes: Eyes, type_name: str, row: Any, pick: Pick) -> Any:
    """What must come back of an edge: of all rows there, those that the viewer sees, in their order."""
    assert pick.of is not None
    link = LINKS[type_name][pick.name]
    rows = list(link.find(eyes, row, pick.given))
    if not link.free:
        seen = eyes.sees(link.to, link.only)
        rows = [each for each in rows if key_of(link.to, each) in seen]
    if link.kind == "one":
        answers = [answer(eyes, each, pick.of) for each in rows]
        return Either(answers) if len(answers) > 1 else (answers or [None])[0]
    order = by_id if "orderBy" in pick.given else link.order
    assert order is not None
    rows.sort(key=partial(order, eyes))
    answers = [answer(eyes, each, pick.of) for each in rows[: pick.given.get("first")]]
    if link.kind == "many":
        return answers
    if pick.form == "edges":
        return {"edges": [{"node": each} for each in answers]}
    return {"nodes": answers} | ({"totalCount": len(rows)} if pick.form == "total" else {})


def difference(expected: Any, actual: Any, path: str = "") -> str | None:
    """Where an answer differs from what must come back; None where it does not."""
    if isinstance(expected, Either):
        if any(difference(each, actual) is None for each in expected.options):
            return None
        return f"{path}: none of {expected.options} is {actual}"
    if isinstance(expected, dict) and isinstance(actual, dict) and expected.keys() == actual.keys():
        return next(
            (found for key in expected if (found := difference(expected[key], actual[key], f"{path}.{key}"))), None
        )
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return next(filter(None, (difference(*pair, f"{path}.{place}") for place, pair in pairs)), None)
    return None if expected == actual else f"{path}: expected {expected}, got {actual}"
