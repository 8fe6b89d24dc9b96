"""The schema of each set of roles: what a viewer may not ask for does not exist in it."""

import asyncio
import copy
from collections.abc import Collection, Iterable
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation import Schema as FederationSchema
from strawberry.federation.schema import FederationAny
from strawberry.permission import PermissionExtension
from strawberry.printer import print_schema
from strawberry.schema.exception_handlers import ExceptionHandler
from strawberry.schema_directive import Location
from strawberry.tools import create_type
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from permissions.gates import OPEN, SIGNED_IN, Gate
from resolvers.context import Context
from rules.account import Role
from rules.refusals import Refusal as Refused
from rules.refusals import bad_input

from .account import AccountMutation, AccountQuery
from .account_mutation import AccountsMutation
from .base import NODES, EdgeField, Info, by_number, decode_id, encode_id
from .commands import Refusal
from .curriculum import CurriculumQuery
from .curriculum_classes import ClassesMutation
from .curriculum_dates import DatesMutation
from .curriculum_subjects import SubjectsMutation
from .curriculum_topics_mutation import TopicPlanMutation
from .journal import JournalQuery
from .journal_acknowledgements import AcknowledgementMutation
from .journal_answers import AnswersMutation
from .journal_certificates import CertificateQuery
from .journal_certificates_mutation import CertificateMutation
from .journal_diary import DiaryQuery
from .journal_excuses_mutation import ExcusesMutation
from .journal_finals_mutation import FinalsMutation
from .journal_live import Subscription
from .journal_locks_mutation import LocksMutation
from .journal_mutation import JournalMutation
from .journal_outage_mutation import OutageMutation, OutageQuery
from .journal_work_mutation import WorkMutation
from .movement_council_mutation import CouncilMutation
from .movement_mutation import MovementMutation
from .movement_transition import TransitionMutation
from .report import ReportQuery
from .report_constructor import ConstructorQuery
from .report_digests import DigestMutation
from .report_forms_mutation import FormMutation
from .report_forms_sheet import FormQuery
from .report_obligations_mutation import ReportsMutation
from .report_prints import PrintMutation, PrintQuery
from .report_remarks_mutation import RemarkMutation
from .report_saved import SavedReportQuery
from .report_saved_mutation import SavedReportMutation
from .report_sets import ReportSetMutation
from .school import SchoolQuery
from .school_announcements_mutation import AnnouncementMutation
from .school_messages_mutation import MessageMutation
from .school_mutation import SchoolMutation
from .school_mutation_families import FamilyMutation
from .timetable_absences_mutation import AbsencesMutation
from .timetable_calendar import CalendarMutation
from .timetable_corrections_mutation import CorrectionsMutation
from .timetable_event_mutation import EventMutation
from .timetable_mismatches_mutation import MismatchMutation
from .timetable_mutation import TimetableMutation
from .timetable_topics_import import TopicImportMutation, TopicImportQuery
from .timetable_topics_mutation import LessonTopicMutation
from .timetable_week import TimetableQuery

MOST_ENTITIES = 1000


@strawberry.type(description="Чтение.")
class Query(
    AccountQuery,
    SchoolQuery,
    CurriculumQuery,
    TimetableQuery,
    JournalQuery,
    DiaryQuery,
    CertificateQuery,
    ReportQuery,
    ConstructorQuery,
    SavedReportQuery,
    PrintQuery,
    TopicImportQuery,
    OutageQuery,
    FormQuery,
):
    pass


@strawberry.type(description="Команды.")
class Mutation(
    AccountMutation,
    JournalMutation,
    FinalsMutation,
    OutageMutation,
    WorkMutation,
    ExcusesMutation,
    LocksMutation,
    AcknowledgementMutation,
    AnswersMutation,
    CertificateMutation,
    PrintMutation,
    ReportSetMutation,
    DigestMutation,
    CorrectionsMutation,
    AbsencesMutation,
    MismatchMutation,
    RemarkMutation,
    TimetableMutation,
    EventMutation,
    CalendarMutation,
    SavedReportMutation,
    SchoolMutation,
    FamilyMutation,
    MessageMutation,
    AnnouncementMutation,
    TopicPlanMutation,
    LessonTopicMutation,
    TopicImportMutation,
    AccountsMutation,
    CouncilMutation,
    MovementMutation,
    TransitionMutation,
    ReportsMutation,
    DatesMutation,
    SubjectsMutation,
    ClassesMutation,
    FormMutation,
):
    pass


@strawberry.schema_directive(
    name="gate",
    locations=[Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION],
    description="Роли, для которых есть это поле или аргумент: остальные его не видят.",
)
class Gated:
    """Shows a gate in the SDL of the whole schema; a role's own schema has no need of it."""

    roles: str


def _directives(permission: type[Gate] | None) -> list[object]:
    if permission is None:
        return []
    if permission is OPEN:
        return [Gated(roles="ANYONE")]
    everyone = permission.roles == SIGNED_IN.roles
    return [Gated(roles="SIGNED_IN" if everyone else " ".join(r.name for r in Role if r in permission.roles))]


def _shown(field: StrawberryField) -> StrawberryField:
    """The field with its gate in the SDL, and nullable: where the gate refuses, only this field turns to null."""
    new = copy.copy(field)
    permission = gate_of(field)
    new.directives = [*field.directives, *_directives(permission)]
    new.arguments = [_shown_argument(argument) for argument in field.arguments]
    if isinstance(new, EdgeField):
        gates = {each.python_name: each.metadata.get("gate") for each in field.arguments}
        new.argument_gates = {name: permission for name, permission in gates.items() if permission}
    if permission and not permission.public and not isinstance(declared := field.resolve_type(), StrawberryOptional):
        new.type_annotation = StrawberryAnnotation(StrawberryOptional(declared))
    return new


def _shown_argument(argument: StrawberryArgument) -> StrawberryArgument:
    new = copy.copy(argument)
    new.directives = tuple(_directives(argument.metadata.get("gate")))
    return new


class RefusalHandler(ExceptionHandler[Refused, Refusal]):
    """Answers a command's refusal as the `Refusal` of its result."""

    def handle(self, exception: Refused, *, field: StrawberryField, info: Any) -> Refusal:
        """The refusal as the schema's type."""
        return Refusal(
            code=exception.code,
            message=exception.message,
            field=exception.field,
            clause=exception.clause,
            object_ids=[encode_id(*each) for each in exception.objects],
        )


def gate_of(field: StrawberryField) -> type[Gate] | None:
    """The gate that a field declares, if it does."""
    for permission in field.permission_classes:
        if issubclass(permission, Gate):
            return permission
    return None


class RoleSchema(FederationSchema):
    """The schema as it is for viewers who hold exactly `roles`; for `None`, the whole schema.

    Fields, arguments, enum values and entities that the roles do not admit are left out. What is left needs no check at
    run time, since the door serves a viewer only the schema of their own roles; the whole schema keeps its checks.
    """

    def __init__(self, roles: frozenset[Role] | None) -> None:
        self.roles = roles
        super().__init__(
            Query,
            Mutation,
            Subscription if self._subscribes() else None,
            types=[declared for declared, scope, _ in NODES.values() if self._admits(scope.roles)],
            exception_handlers=[RefusalHandler()],
        )
        self._hide_enum_values()

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Log nothing here: an error's text quotes the query, and with it whatever was written in it. The door logs."""

    def _admits(self, roles: Collection[Role]) -> bool:
        return self.roles is None or not self.roles.isdisjoint(roles)

    def _subscribes(self) -> bool:
        """Whether there is anything to subscribe to."""
        declared: StrawberryObjectDefinition = Subscription.__strawberry_definition__  # type: ignore[attr-defined]
        return any(self._is_open(gate_of(field)) for field in declared.fields)

    def _is_open(self, permission: type[Gate] | None) -> bool:
        return self.roles is None or permission is None or permission.admits(self.roles)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields of a type that exist for these roles."""
        if self.roles is None:
            return [_shown(field) for field in type_definition.fields]
        return [self._opened(field) for field in type_definition.fields if self._is_open(gate_of(field))]

    def _opened(self, field: StrawberryField) -> StrawberryField:
        """The field without the check that its presence has answered, and without arguments that are not theirs."""
        new = copy.copy(field)
        new.permission_classes = []
        new.extensions = [each for each in field.extensions if not isinstance(each, PermissionExtension)]
        new.arguments = [each for each in field.arguments if self._is_open(each.metadata.get("gate"))]
        return new

    def _hide_enum_values(self) -> None:
        for graphql_type in self._schema.type_map.values():
            if isinstance(graphql_type, GraphQLEnumType):
                gates = getattr(getattr(graphql_type, "wrapped_cls", None), "__gates__", {})
                for name, permission in gates.items():
                    if not self._is_open(permission):
                        del graphql_type.values[name]

    def _get_federation_query_type(
        self, query: Any, mutation: Any, subscription: Any, additional_types: Iterable[Any], name_converter: Any
    ) -> Any:
        """The query type with `_service`, and `_entities` over the types that these roles see."""
        entities = sorted((each for each in additional_types if each is not FederationAny), key=lambda t: t.__name__)
        fields = [_federation_field("_service", self._service, _Service)]
        if entities:
            union = StrawberryUnion("_Entity", tuple(StrawberryAnnotation(each) for each in entities))
            fields.append(_federation_field("_entities", self._entities, list[union | None]))  # type: ignore[valid-type]
        bases = (create_type("Query", fields), query)
        return strawberry.type(type("Query", bases, {}), description=query.__strawberry_definition__.description)

    def _service(self) -> Any:
        return _Service(sdl=print_schema(self))

    async def _entities(self, info: Info, representations: list[FederationAny]) -> Any:
        return await entities(info, representations)


@strawberry.type(name="_Service")
class _Service:
    sdl: str


def _federation_field(name: str, resolver: Any, returns: Any) -> StrawberryField:
    permission = SIGNED_IN if name == "_entities" else OPEN
    field: StrawberryField = strawberry.field(
        name=name,
        resolver=resolver,
        graphql_type=returns,
        permission_classes=[permission],
    )
    field.python_name = name
    return field


async def entities(info: Info, representations: list[Any]) -> list[Any]:
    """Rows for federation's references, through the same batched scopes as every edge; null for what is not there.

    A reference is `{"__typename": …, "id": …}` with a known type whose id names that type; anything else is null too:
    a gateway must not learn from the answer what exists.
    """
    if len(representations) > MOST_ENTITIES:
        raise bad_input(f"Можно запросить не больше {MOST_ENTITIES} объектов сразу.", "representations")
    return list(await asyncio.gather(*(_entity(info.context, each) for each in representations)))


async def _entity(context: Context, representation: Any) -> Any:
    match representation:
        case {"__typename": str(type_name), "id": str(value)} if type_name in NODES:
            try:
                named, number = decode_id(value, "representations")
            except Refused:
                return None
            return await context.load_key(by_number(type_name)(), (number,)) if named == type_name else None
    return None
