"""What gates leave of the whole schema for a role, reckoned apart from the schema's own code, and ways to its types."""

import re
from collections import defaultdict
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from execution.schema import schema_for
from permissions.gates import Gate
from rules.account import Role
from schema.base import NODES
from schema.build import gate_of

from . import oracle_diary, oracle_digests, oracle_forms, oracle_reports
from . import oracle_locks as locks
from .oracle_rights import Eyes
from .oracle_walk import Id

ROLES = {"anonymous": frozenset[Role](), **{role.value: frozenset({role}) for role in Role}}
WHOLE = schema_for(None)._schema
Shape = dict[str, dict[str, set[str]]]


def gate_at(field: GraphQLField) -> type[Gate] | None:
    """The gate of a field."""
    declared = field.extensions.get("strawberry-definition")
    return gate_of(declared) if declared else None


def is_open(permission: type[Gate] | None, roles: frozenset[Role]) -> bool:
    return permission is None or permission.admits(roles)


def arguments_for(field: GraphQLField, roles: frozenset[Role]) -> dict[str, Any]:
    """The arguments whose gates admit the roles."""
    found = {}
    for name, argument in field.args.items():
        declared = argument.extensions.get("strawberry-definition")
        if is_open(declared.metadata.get("gate") if declared else None, roles):
            found[name] = argument
    return found


class Reached:
    """What the gates leave of the whole schema, type by type, for whoever begins at the roots: our own reckoning."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles, self.types = roles, Shape()
        for name in ("Query", "Mutation"):
            self.add(WHOLE.type_map[name])
        subscriptions = WHOLE.subscription_type
        if subscriptions and any(is_open(gate_at(field), roles) for field in subscriptions.fields.values()):
            self.add(subscriptions)
        for name, (_, scope, _) in NODES.items():
            if roles & scope.roles:
                self.add(WHOLE.type_map[name])

    def add(self, kind: Any) -> None:
        """A type, with all that its open fields lead to."""
        if kind.name in self.types or kind.name.startswith("__"):
            return
        shown = self.types[kind.name] = dict[str, set[str]]()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for interface in kind.interfaces:
                self.add(interface)
            for name, field in kind.fields.items():
                if is_open(gate_at(field), self.roles):
                    given = arguments_for(field, self.roles)
                    shown[name] = set(given)
                    for each in (field, *given.values()):
                        self.add(get_named_type(each.type))
        elif isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                shown[name] = set()
                self.add(get_named_type(field.type))
        elif isinstance(kind, GraphQLUnionType):
            for each in kind.types:
                if each.name not in NODES or self.roles & NODES[each.name][1].roles:
                    shown[each.name] = set()
                    self.add(each)
        elif isinstance(kind, GraphQLEnumType):
            gates = getattr(kind.wrapped_cls, "__gates__", {})  # type: ignore[attr-defined]
            shown |= {name: set() for name in kind.values if is_open(gates.get(name), self.roles)}


def shape_of_schema(schema: Any) -> Shape:
    """Types with their fields and arguments, members, or values, as a schema has them."""
    found = Shape()
    for name, kind in schema.type_map.items():
        if not name.startswith("__"):
            fields = getattr(kind, "fields", None) or getattr(kind, "values", None) or {}
            found[name] = {field: set(getattr(of, "args", ())) for field, of in fields.items()}
            found[name] |= {member.name: set() for member in getattr(kind, "types", ())}
    return found


def shape_of_answer(answer: Any) -> Shape:
    """The same, as an answer to an introspection shows it."""
    found = Shape()
    for kind in answer["__schema"]["types"]:
        if not kind["name"].startswith("__"):
            fields = [*(kind["fields"] or ()), *(kind["inputFields"] or ()), *(kind["enumValues"] or ())]
            found[kind["name"]] = {each["name"]: {a["name"] for a in each.get("args", ())} for each in fields}
            if kind["kind"] == "UNION":
                found[kind["name"]] = {each["name"]: set() for each in kind["possibleTypes"]}
    return found


MACHINERY = {"String", "Boolean", "Int", "Float", "ID", "_Any", "_FieldSet", "link__Import", "link__Purpose"}
"""Types that a schema may have whether a field uses them or not."""


def hidden_from(roles: frozenset[Role]) -> dict[str, list[str]]:
    """The fields that the whole schema has and the roles' own has not, by type."""
    own, found = shape_of_schema(schema_for(roles)._schema), defaultdict[str, list[str]](list)
    for kind, fields in shape_of_schema(WHOLE).items():
        if isinstance(WHOLE.type_map[kind], GraphQLObjectType):
            found[kind] += [field for field in fields if field not in own.get(kind, ())]
    return found


SAMPLES = {
    "first": "1",
    "days": "6",
    "row": "0",
    "by": "[DEADLINE]",
    "groupBy": "STAFF",
    **dict.fromkeys(("since", "from", "until", "to"), '"2026-05-20"'),
    **{
        f"{name}Id": f'"{Id(kind, 1)}"'
        for name, kind in (("period", "Period"), ("subject", "Subject"), ("timetable", "Timetable"))
    },
    "id": '"nothing"',
    "number": "1",
    "digest": '"0"',
    "studentIds": "[]",
    "representations": "[]",
    "definition": oracle_reports.CLASSES,
    **dict.fromkeys(("planId", "fileId"), '"nothing"'),
    **oracle_diary.SAMPLES,
    "cell": '"nothing"',
}


def sample(name: str, field: GraphQLField) -> str:
    """A field with the arguments it needs and something to select."""
    needed = [f"{each}: {SAMPLES[each]}" for each, of in field.args.items() if isinstance(of.type, GraphQLNonNull)]
    given = f"({', '.join(needed)})" if needed else ""
    return f"{name}{given}" + ("" if is_leaf_type(get_named_type(field.type)) else " { __typename }")


DAYS = 'diary(from: "2026-05-04", to: "2026-05-20")'
INSIDE = {
    "MissingAccount": ("School", "missingAccounts(first: 1) { nodes { @ } }"),
    "ServiceGrant": ("Account", "grants { @ }"),
    "SchoolCard": ("School", "card { @ }"),
    "SchoolCheck": ("School", "cardCheck { @ }"),
    "DocumentsCheck": ("AcademicYear", "documentCheck { @ }"),
    "Bell": ("BellSchedule", "bells { @ }"),
    "StaffCard": ("Staff", "card { @ }"),
    "StudentCard": ("Student", "card { @ }"),
    "Diary": ("Student", f"{DAYS} {{ @ }}"),
    "DiaryDay": ("Student", f"{DAYS} {{ days {{ @ }} }}"),
    "DiaryLesson": ("Student", f"{DAYS} {{ days {{ lessons {{ @ }} }} }}"),
    "DiaryTask": ("Student", f"{DAYS} {{ days {{ lessons {{ tasks {{ @ }} }} }} }}"),
    "JournalDifference": ("CertificateVerification", "differences { @ }"),
    "JournalPrint": ("SchoolClass", "journalPrint(periodId: $period) { @ }"),
    "SubjectAverage": ("Student", "averages(periodId: $period) { @ }"),
    "PlanTotal": ("SchoolClass", "planTotal { @ }"),
    "PlanCheck": ("SchoolClass", "planChecks { @ }"),
    "PlanGap": ("SchoolClass", "planGaps { @ }"),
    "Ungrouped": ("SchoolClass", "ungrouped { @ }"),
    "TeachingLoad": ("Staff", "load { @ }"),
    "JournalRow": ("JournalPage", "rows { @ }"),
    "StaffCount": ("School", "staffCounts { @ }"),
    "MovementCount": ("School", 'movementCounts(since: "2025-09-01", until: "2026-08-31") { @ }'),
    "TransitionStepDone": ("YearTransition", "steps { @ }"),
    "TransitionFinding": ("YearTransition", "findings(first: 1) { nodes { @ } }"),
    "MismatchDate": ("MismatchReport", "dates { @ }"),
    "MismatchStep": ("MismatchReport", "steps { @ }"),
    "AnnouncementReader": ("Announcement", "audience(first: 1) { nodes { @ } }"),
    "FinalMarkDecision": ("FinalMark", "decision { @ }"),
    "FinalMarkCell": ("Student", "finalMarks { @ }"),
    "MarkProposal": ("FinalMarkCell", "proposal { @ }"),
    "Mailbox": ("Me", "mailbox { @ }"),
    "MessageReceipt": ("Message", "receipts { @ }"),
    "ObligationCount": ("School", "obligationCounts(by: [DEADLINE]) { @ }"),
    "Obligation": ("School", "obligations(first: 1) { nodes { @ } }"),
    "OutageJournal": ("Outage", "journals(first: 1) { nodes { @ } }"),
    "MovementFinding": ("MovementOrder", "check { @ }"),
    "JournalWriter": ("JournalPage", "writers { @ }"),
    "MarkVersion": ("Mark", "history { @ }"),
    "AttendanceVersion": ("Attendance", "history { @ }"),
    "TaskVersion": ("Task", "history { @ }"),
    "HomeworkVersion": ("Homework", "history { @ }"),
    "RollCallVersion": ("LessonRecord", "rollCallHistory { @ }"),
    "LessonVersion": ("LessonRecord", "history { @ }"),
    "FinalMarkVersion": ("FinalMarkCell", "history { @ }"),
    "TopicCard": ("Topic", "card { @ }"),
    "TopicPlanProgress": ("TopicPlanAssignment", "progress { @ }"),
    "TopicHours": ("TopicPlanAssignment", "hours { @ }"),
    "MissingTopicPlan": ("AcademicYear", "missingTopicPlans(first: 1) { nodes { @ } }"),
    **locks.INSIDE,
    **oracle_diary.INSIDE,
    **oracle_forms.INSIDE,
    **oracle_reports.INSIDE,
    **oracle_digests.INSIDE,
}
"""How to come from a row of one type to one of another that is no node; `@` stands for what is asked there."""


def paths(eyes: Eyes) -> dict[str, str]:
    """How somebody comes to a row of each type, as text around a selection, which stands for `@`."""
    (quarter,) = (row["id"] for row in eyes.world.of("period", eyes.school) if row["name"] == "IV четверть")
    period = f'"{Id("Period", quarter)}"'
    found = {"Me": "me { @ }", "School": "school { @ }", "PublicSchool": "schools(first: 1) { nodes { @ } }"}
    for name, way in oracle_reports.ROOTS.items():
        (field,) = re.findall(r"^\w+", way)
        if is_open(gate_at(WHOLE.query_type.fields[field]), eyes.roles):  # type: ignore[union-attr]
            found[name] = way
    if journals := sorted(eyes.sees("JournalPage")):
        ids = f'groupId: "{Id("StudyGroup", journals[0][0])}", subjectId: "{Id("Subject", journals[0][1])}"'
        found["JournalPage"] = f"journalPage({ids}, periodId: {period}) {{ @ }}"
    if (certified := sorted(eyes.sees("Certificate"))) and eyes.roles & {Role.DIRECTOR, Role.DEPUTY, Role.TEACHER}:
        found["CertificateVerification"] = f'verifyCertificate(id: "{Id("Certificate", certified[0])}") {{ @ }}'
    if eyes.roles - {Role.ANALYST, Role.SERVICE}:
        found["PrintVerification"] = 'verifyPrint(number: 1, digest: "0") { @ }'
    if eyes.roles & oracle_forms.READERS and (forms := sorted(eyes.sees("FederalForm"))):
        found["FormSheet"] = f'formSheet(id: "{Id("FederalForm", forms[0])}") {{ @ }}'
        # A closed one does not tell what it counts.
        form = next(each for each in forms if eyes.world.row("federal_form", each)["state"] == "open")
        of_cell = f'id: "{Id("FederalForm", form)}", cell: "{oracle_forms.CELL}"'
        found["FormProvenance"] = f"formProvenance({of_cell}) {{ @ }}"
        found["FormDefinition"] = "formCatalogue { @ }"
    if (drafts := sorted(eyes.sees("Timetable"))) and eyes.roles & {Role.DIRECTOR, Role.DEPUTY}:
        found["TimetableFinding"] = f'checkTimetable(timetableId: "{Id("Timetable", drafts[0])}") {{ @ }}'
    for name in NODES:
        # A row that has a card too, where the viewer sees one: from it the way goes on.
        preferred = eyes.sees(f"{name}Card") if name in {"Staff", "Student"} else frozenset[Any]()
        if name != "School" and (seen := sorted(preferred or eyes.sees(name))):
            found[name] = f'node(id: "{Id(name, seen[0])}") {{ ... on {name} {{ @ }} }}'
    for name, (of, way) in [*INSIDE.items(), *oracle_reports.ALSO]:
        if name in found:
            continue
        (field,) = re.findall(r"^\w+", way)
        if of in found and is_open(gate_at(WHOLE.type_map[of].fields[field]), eyes.roles):
            found[name] = found[of].replace("@", way.replace("$period", period))
    return found
