"""The schemas that the server executes queries on: those of `schema/`, with documents kept and plans compiled."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import structlog
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
)
from graphql import OperationType as OperationKind
from graphql.execution.values import VariableValues
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.context import Context
from rules.account import Role
from schema.build import RoleSchema

from .code import Unsupported
from .documents import Document, Documents, Operation
from .metrics import OPERATIONS, PLANNED
from .plan import Compiler, Plan
from .steps import Run

log = structlog.get_logger()

MOST_PLANS = 16
"""Plans of one document: one for each operation and choice of its `@include`s and `@skip`s."""


class Kept(SchemaExtension):
    """Lets strawberry take a document that is parsed and validated already."""

    def on_parse(self) -> Iterator[None]:
        """The kept tree."""
        context = self.execution_context
        if context.query:
            context.graphql_document = _documents(context.schema).get(context.query).tree
        yield

    def on_validate(self) -> Iterator[None]:
        """The kept errors."""
        context = self.execution_context
        if context.query:
            context.pre_execution_errors = list(_documents(context.schema).get(context.query).errors)
        yield


def _documents(schema: Any) -> Documents:
    documents: Documents = schema.documents
    return documents


class ExecutableSchema(RoleSchema):
    """The schema of a set of roles, executed by plans where there is one, and by graphql-core where there is none."""

    def __init__(self, roles: frozenset[Role] | None, *, compiles: bool = True) -> None:
        super().__init__(roles)
        self.extensions = (Kept,)
        self.compiles = compiles
        self.documents = Documents(self._schema)

    async def stream(self, *args: Any, **kwargs: Any) -> Any:
        """The answers to a subscription, one after another."""
        self._check(kwargs["context_value"])
        return await super().stream(*args, **kwargs)

    def _check(self, context: Context) -> None:
        if self.roles is not None and self.roles != context.viewer.roles:
            raise RuntimeError("a viewer was given the schema of other roles")

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> ExecutionResult:
        """The answer to a query, whoever executes it."""
        self._check(context_value)
        allowed = kwargs.get("allowed_operation_types")
        if query and (allowed is None or OperationType.QUERY in allowed):
            result = await self._compiled(query, variable_values, context_value, operation_name)
            if result is not None:
                return result
        return await super().execute(query, variable_values, context_value, root_value, operation_name, *args, **kwargs)

    def subscribes(self, query: str, operation_name: str | None) -> bool:
        """Whether the operation is a subscription."""
        try:
            operation = self._operation(self.documents.get(query), operation_name)
        except (GraphQLError, Unsupported):
            return False
        return operation.node.operation is OperationKind.SUBSCRIPTION

    async def _compiled(
        self, query: str, variables: dict[str, Any] | None, context: Context, operation_name: str | None
    ) -> ExecutionResult | None:
        """The answer by a plan; None, and nothing done, where graphql-core has to find it."""
        try:
            data = await self._run(query, variables or {}, context, operation_name)
        except Unsupported as unsupported:
            OPERATIONS.labels("graphql-core", unsupported.reason).inc()
            return None
        PLANNED.inc()
        return ExecutionResult(data=data, errors=None)

    async def _run(
        self, query: str, variables: dict[str, Any], context: Context, operation_name: str | None
    ) -> dict[str, Any]:
        """The answer's data; `Unsupported` where there is no plan, or where the plan's answer has errors."""
        if not self.compiles:
            raise Unsupported("off")
        try:
            document = self.documents.get(query)
        except GraphQLError as error:
            raise Unsupported("request") from error
        run, plan = self._prepare(document, variables, context, operation_name)
        if not all(gate.admits(context.viewer.roles) for gate in plan.gates):
            raise Unsupported("gate")
        try:
            return await plan.run(run)
        except Exception as error:
            # Whatever it was, graphql-core meets it again and says where. A failed statement ends its transaction.
            await context.refresh()
            raise Unsupported("error") from error

    def _prepare(
        self, document: Document, variables: Mapping[str, Any], context: Context, operation_name: str | None
    ) -> tuple[Run, Plan]:
        if document.errors:
            raise Unsupported("request")
        operation = self._operation(document, operation_name)
        values = operation.values(variables)
        if values is None:
            raise Unsupported("request")
        case = (operation_name, tuple([values.coerced.get(name) for name in operation.steering]))
        plan = document.plans.get(case)
        if plan is None:
            plan = self._compile(operation, values)
            if len(document.plans) >= MOST_PLANS:
                document.plans.clear()
            document.plans[case] = plan
        if isinstance(plan, Unsupported):
            raise plan
        return Run(self, context, values, context.viewer.parameters(), plan.alone), plan

    def _operation(self, document: Document, name: str | None) -> Operation:
        kept: Operation | None = document.plans.get(("operation", name))
        if kept is None:
            operations = [each for each in document.tree.definitions if isinstance(each, OperationDefinitionNode)]
            chosen = [each for each in operations if name is None or (each.name and each.name.value == name)]
            if len(chosen) != 1:
                raise Unsupported("request")
            kept = document.plans["operation", name] = Operation(self._schema, document.tree, chosen[0])
        return kept

    def _compile(self, operation: Operation, values: VariableValues) -> Plan | Unsupported:
        try:
            return Compiler(self, operation.node, operation.fragments, values).plan()
        except Unsupported as unsupported:
            return unsupported
        except GraphQLError:
            return Unsupported("request")
        except Exception as error:
            # A query that is too deep for Python's compiler, or a defect of ours: the answer must not depend on it.
            log.warning("no plan", error=type(error).__name__)
            return Unsupported("defect")


@cache
def schema_for(roles: frozenset[Role] | None, compiles: bool = True) -> ExecutableSchema:
    """The executable schema of a set of roles, made on first use; `None` for the whole schema."""
    return ExecutableSchema(roles, compiles=compiles)
