"""The schema in git is the schema that is served: whole, and for each role. Every command in it says whom it tells."""

import os
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from execution.schema import schema_for
from rules.account import Role
from rules.changes import QUIET, SILENT, TOLD, ChangeKind

SNAPSHOTS = Path(__file__).parent / "sdl"
CASES = {"whole": None, "anonymous": frozenset[Role](), **{role.value: frozenset({role}) for role in Role}}


@pytest.mark.parametrize("name", CASES)
def test_sdl_is_the_snapshot(name: str) -> None:
    """`UPDATE_SDL=1 make test` writes them anew; the diff then shows what a change did to each role."""
    snapshot = SNAPSHOTS / f"{name}.graphql"
    sdl = f"{schema_for(CASES[name])}\n"
    if os.environ.get("UPDATE_SDL"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(sdl)
    assert snapshot.read_text() == sdl


def test_no_snapshot_is_left_over() -> None:
    assert {path.stem for path in SNAPSHOTS.iterdir()} == set(CASES)


def test_everything_is_described_in_russian() -> None:
    """GraphiQL shows the descriptions to people: every type, field, argument and input field has one."""
    ours = schema_for(None)._schema.type_map
    silent = []
    for name, graphql_type in ours.items():
        if (
            "__" in name
            or name.startswith("_")
            or not isinstance(
                graphql_type, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType | GraphQLEnumType
            )
        ):
            continue
        if not graphql_type.description:
            silent.append(name)
        if isinstance(graphql_type, GraphQLEnumType):
            continue
        for field_name, field in graphql_type.fields.items():
            if not field.description and not field_name.startswith("_"):
                silent.append(f"{name}.{field_name}")
            for argument_name, argument in getattr(field, "args", {}).items():
                if not argument.description and not (field_name.startswith("_") or argument_name == "input"):
                    silent.append(f"{name}.{field_name}({argument_name})")
    assert silent == []


BY_OTHER_DOORS = {"uploadFile", "printJournal", "printDiary", "printCertificate", "fetchCertificate"} | {
    *(
        "printReport",
        "printCertifiedReport",
        "printForm",
        "printSavedReport",
        "runScheduledReport",
        "closeMendedRemarks",
    ),
    *("finishReportSet", "printReportSet"),
}
"""Commands that come by a door of their own."""


def test_every_command_says_whom_it_tells() -> None:
    """In `TOLD` with what it may tell, or in `QUIET` under the reason why nobody hears of it."""
    mutation = schema_for(None)._schema.mutation_type
    assert mutation
    commands = mutation.fields.keys() | BY_OTHER_DOORS
    assert commands - TOLD.keys() - SILENT == set(), "declare it in rules/changes.py"
    assert (TOLD.keys() | SILENT) - commands == set()
    assert TOLD.keys() & SILENT == set()
    assert sum(len(commands) for commands in QUIET.values()) == len(SILENT), "each under one reason"
    assert all(TOLD.values())
    assert frozenset().union(*TOLD.values()) == set(ChangeKind)
