"""The matrix of roles and fields, made from the gates and held against the server as each role meets it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type
from strawberry.types.field import StrawberryField

from permissions.gates import Gate
from rules.account import PERSONAL, Role
from schema.base import NODES, EdgeField
from schema.build import gate_of, schema_for

from .conftest import School, clone, running

ROLES: dict[str, frozenset[Role]] = {"anonymous": frozenset(), **{role.value: frozenset({role}) for role in Role}}
LOGINS = {**{role.value: role.value for role in Role}, "anonymous": None}
BACKREF = "strawberry-definition"


def fields() -> dict[tuple[str, str], StrawberryField]:
    """Every field of the whole schema by type and name."""
    return {
        (name, field_name): field.extensions[BACKREF]
        for name, graphql_type in schema_for(None)._schema.type_map.items()
        if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
        for field_name, field in graphql_type.fields.items()
        if BACKREF in field.extensions
    }


FIELDS = fields()


def admits(permission: type[Gate] | None, roles: frozenset[Role]) -> bool:
    return permission is None or permission.admits(roles)


@pytest.fixture(scope="module")
async def each(cluster: str, demo_template: tuple[str, Any]) -> AsyncIterator[School]:
    """A school in which every role has an account that holds it alone: here the director does not teach."""
    template, demo = demo_template
    url = await clone(cluster, template)
    connection = await asyncpg.connect(url)
    await connection.execute(
        "DELETE FROM account_role USING account WHERE account.id = account_id AND login = 'director' "
        "AND role <> 'director'"
    )
    await connection.close()
    async for school in running(url, demo):
        yield school


INTROSPECTION = """{ __schema { types { name kind fields { name args { name } } enumValues { name }
  possibleTypes { name } } } }"""


@pytest.mark.parametrize("name", ROLES)
async def test_what_a_role_sees_is_what_the_gates_admit(each: School, name: str) -> None:
    """Fields, arguments, values of enums and entities, by introspection over HTTP."""
    roles, login = ROLES[name], LOGINS[name]
    if login:
        me = await each.data("{ me { roles } }", as_=login)
        assert me["me"]["roles"] == [role.name for role in roles]
    found = (await each.data(INTROSPECTION, as_=login))["__schema"]["types"]
    seen = {kind["name"]: kind for kind in found}
    for (type_name, field_name), field in FIELDS.items():
        if type_name not in seen:
            continue
        shown = {each["name"]: {a["name"] for a in each["args"]} for each in seen[type_name]["fields"]}
        assert (field_name in shown) == admits(gate_of(field), roles), (type_name, field_name)
        if field_name in shown:
            arguments = {
                argument.graphql_name or camel(argument.python_name)
                for argument in field.arguments
                if admits(argument.metadata.get("gate"), roles)
            }
            assert shown[field_name] == arguments, (type_name, field_name)
    if "StudentOrder" in seen:
        values = {value["name"] for value in seen["StudentOrder"]["enumValues"]}
        assert values == ({"ENTRY"} if roles == {Role.ANALYST} else {"NAME", "ENTRY"})
    entities = {kind["name"] for kind in seen["_Entity"]["possibleTypes"]} if "_Entity" in seen else set()
    assert entities == {type_name for type_name, (_, scope, _) in NODES.items() if roles & scope.roles}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


@pytest.mark.parametrize("name", ROLES)
async def test_a_closed_field_does_not_exist(each: School, name: str) -> None:
    """Asking for it by name is answered as for a name that was made up, with no hint that it is there for others."""
    roles = ROLES[name]
    for root in ("Query", "Mutation"):
        closed = [field for (kind, field), each in FIELDS.items() if kind == root and not admits(gate_of(each), roles)]
        for field in closed:
            answer = await each.ask(f"{root.lower()} {{ {field} {{ __typename }} }}", as_=LOGINS[name])
            (error,) = answer["errors"]
            refused, _, hint = error["message"].partition(" Did you mean ")
            assert refused == f"Cannot query field '{field}' on type '{root}'."
            hinted = {(root, each) for each in re.findall(r"'(\w+)'", hint)}
            assert all(admits(gate_of(FIELDS[each]), roles) for each in hinted)


@pytest.mark.parametrize("name", [name for name in ROLES if name not in ("anonymous", "service")])
async def test_at_the_gateway_the_gates_act(each: School, name: str) -> None:
    """Every field of the query type, asked of the whole schema: FORBIDDEN exactly where the gate does not admit."""
    headers = {
        "classbook-service": f"Bearer {await each.token('service')}",
        "authorization": f"Bearer {await each.token(name)}",
    }
    whole = schema_for(None)._schema
    for root in (whole.query_type, whole.mutation_type):
        assert root is not None
        for field_name, field in root.fields.items():
            if field_name == "logOut":
                continue  # it would end the session that asks
            definition = FIELDS[root.name, field_name]
            body = {"query": f"{root.name.lower()} {{ {field_name}{sample(field)} }}"}
            answer = (await each.client.post("/federation", json=body, headers=headers)).json()
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert ("FORBIDDEN" in codes) == (not admits(gate_of(definition), ROLES[name])), (field_name, answer)


def sample(field: Any) -> str:
    """Arguments and a selection that make the field a valid query, and reach nothing."""
    given = [f"{name}: {value(argument.type)}" for name, argument in field.args.items() if needed(argument)]
    return (f"({', '.join(given)})" if given else "") + (
        "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    )


def needed(argument: Any) -> bool:
    return isinstance(argument.type, GraphQLNonNull)


def value(kind: Any) -> str:
    if isinstance(kind, GraphQLNonNull):
        return value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return "[]"
    match kind.name:
        case "Int":
            return "1"
        case "Date":
            return '"2026-05-12"'
        case "ID" | "String":
            return '"nothing"'
        case _ if hasattr(kind, "fields"):
            inner = [f"{name}: {value(each.type)}" for name, each in kind.fields.items() if needed(each)]
            if kind.name == "MarkAttendanceInput":
                inner.append("code: LATE")
            return "{" + ", ".join(inner) + "}"
    raise AssertionError(kind)


def test_every_root_and_every_edge_has_a_gate() -> None:
    for (type_name, field_name), field in FIELDS.items():
        if type_name in ("Query", "Mutation") and field_name != "_service":
            assert gate_of(field) is not None, field_name
        if isinstance(field, EdgeField):
            assert gate_of(field) is field.gate
            assert field.gate.roles <= field.edge.scope.roles


READ_ALREADY = {("DiaryTask", "task"), ("DiaryDay", "lessons")}
"""What a gated edge has read already."""


def test_every_way_from_row_to_row_is_an_edge() -> None:
    """A field that leads to rows of another scope goes through an edge, and so through that scope."""
    whole = schema_for(None)._schema
    loose = [
        (type_name, field_name)
        for (type_name, field_name), field in FIELDS.items()
        if type_name not in ("Query", "Mutation") and gate_of(field) is None
        if isinstance(get_named_type(whole.type_map[type_name].fields[field_name].type), GraphQLObjectType)
    ]
    inside = ("Connection", "Edge")
    assert [pair for pair in loose if not pair[0].endswith(inside) and pair not in READ_ALREADY] == []


@pytest.mark.parametrize("name", NODES)
def test_scalars_are_for_whoever_sees_the_row(name: str) -> None:
    """Only analysts and services may be left out of a scalar: people's roles add up, so a scalar's gate cannot tell."""
    scope = NODES[name][1]
    for (type_name, _), field in FIELDS.items():
        permission = gate_of(field)
        if type_name == name and permission is not None and not isinstance(field, EdgeField):
            assert (scope.roles & PERSONAL) <= permission.roles


def test_the_whole_schema_shows_its_gates() -> None:
    gated = sum(gate_of(field) is not None for field in FIELDS.values())
    assert str(schema_for(None)).count("@gate(roles:") >= gated > 100
    for roles in ROLES.values():
        assert "@gate" not in str(schema_for(roles))
