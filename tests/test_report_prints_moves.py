"""What has changed since is what has changed: a line, a column or a table more moves no other (10.1)."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from documents.papers import facts_of, unpacked
from documents.tables import Column, Kind, Line, Paper, Style, Table
from rules.journal_certificates import DifferenceKind, compared
from rules.report import Report

from .golden_school import Golden, golden_school
from .test_report_prints import CERTIFY
from .test_report_prints_later import CERTIFIED, asked_for


@pytest.fixture(scope="module")
async def golden(cluster: str, database_url: str) -> AsyncIterator[Golden]:
    """A school of this module: it certifies."""
    async with golden_school(cluster, database_url) as golden:
        yield golden


def saying(table: Table, lines: list[Line]) -> int:
    """How many cells say something; running numbers say nothing."""
    return sum(
        column.title != "№" and cell not in (None, "")
        for line in lines
        for column, cell in zip(table.columns, line.cells, strict=False)
    )


def numbered(table: Table, lines: list[Line]) -> Table:
    """The table with these lines, its running numbers from one."""
    if table.columns[0].title != "№":
        return replace(table, lines=lines)
    place, counted = 0, []
    for line in lines:
        if line.cells[0] is not None:
            place += 1
            line = replace(line, cells=[place, *line.cells[1:]])
        counted.append(line)
    return replace(table, lines=counted)


def goes_on(line: Line, first: Line) -> bool:
    """Whether a line is of another before it: of a heading, or of the first that shares cells."""
    return line.style is Style.PLAIN if first.style is Style.HEADING else line.further


def names(table: Table, at: int, column: Column) -> bool:
    """Whether lines are known by a column."""
    shares = any(each.joint for each in table.columns)
    return at < 2 or (shares and not column.joint and column.kind is Kind.TEXT)


def smaller(table: Table) -> Iterator[tuple[str, Table, int]]:
    """The table without each of its lines, and each of its columns: what is missing, and how many cells said it."""
    lines = list(table.lines)
    for at, line in enumerate(lines):
        end = at + 1
        while end < len(lines) and goes_on(lines[end], line):
            end += 1
        yield f"line {at}", numbered(table, lines[:at] + lines[end:]), saying(table, lines[at:end])
    for at, column in enumerate(table.columns):
        if not names(table, at, column):
            kept = [
                replace(line, cells=[cell for place, cell in enumerate(line.cells) if place != at]) for line in lines
            ]
            columns = [each for place, each in enumerate(table.columns) if place != at]
            without = replace(table, columns=columns, lines=kept)
            yield f"column {column.title}", without, saying(table, lines) - saying(without, kept)


def less(paper: Paper) -> Iterator[tuple[str, Paper, int]]:
    """The report with less in it by a table, a line, a column."""
    tables = list(paper.tables)
    for at, table in enumerate(tables):
        rest = tables[:at], tables[at + 1 :]
        if len(tables) > 1:
            yield f"table {at}", replace(paper, tables=[*rest[0], *rest[1]]), saying(table, list(table.lines))
        for what, other, gone in smaller(table):
            yield f"table {at}, {what}", replace(paper, tables=[*rest[0], other, *rest[1]]), gone


@pytest.mark.parametrize("report", CERTIFIED)
async def test_only_what_is_new_is_new(golden: Golden, report: Report) -> None:
    """And what is gone is gone, each cell once."""
    (answer,) = (await golden.ask(CERTIFY, "director", input=asked_for(golden, report))).values()
    number = answer["certifiedReport"]["number"]
    paper = unpacked(await golden.db.fetchval("SELECT content FROM certified_report WHERE number = $1", number))
    whole = dict(facts_of(paper))
    assert len(whole) == len(paper.facts) + sum(saying(table, list(table.lines)) for table in paper.tables)
    tried = list(less(paper))
    assert len(tried) > 2
    for what, other, gone in tried:
        part = dict(facts_of(other))
        assert [each.kind for each in compared(whole, part)] == [DifferenceKind.REMOVED] * gone, what
        assert [each.kind for each in compared(part, whole)] == [DifferenceKind.ADDED] * gone, what
