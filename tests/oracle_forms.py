"""Federal forms (3.3–3.5) as the plain-Python oracle walks them, and some of every state in its school."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rules.account import Role

from .journal_help import gid
from .oracle_graph import Arguments, Link, Row, by, link, links, many, staff_of_account

READERS = {Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR, Role.ANALYST}
CELL = "1.05.3"
"""A cell that every form has; in the demo school's open one it counts some classes."""
NAMES = {"oo-1": "ОО-1", "osh-1": "ОШ-1", "osh-5": "ОШ-5", "osh-9": "ОШ-9"}


def _of_school(eyes: Any, row: Row, given: Arguments) -> list[Row]:
    state, year = given.get("state"), given.get("yearId")
    return [
        each
        for each in eyes.world.of("federal_form", row["school_id"])
        if given.get("code") in (None, each["code"])
        and (not state or each["state"] == state.text.lower())
        and (not year or each["year_id"] == year.number)
    ]


def _reopener(eyes: Any, row: Row, given: Arguments) -> Any:
    return staff_of_account("reopened_by")(eyes, row, given) if row["reopened_by"] else []


LINKS: dict[str, dict[str, Link]] = {
    "School": {
        "federalForms": Link(
            "FederalForm", _of_school, "page", by("reported_on", "id"), ("first", "code", "state", "yearId")
        ),
        "formDates": Link("FormDate", many("form_date", "school_id", "school_id"), "many", by("id")),
    },
    "FederalForm": {
        "year": link("AcademicYear", "academic_year", "year_id"),
        "openedBy": Link("Staff", staff_of_account("opened_by")),
        "closings": links("FormClosing", "form_closing", "form_id", "id"),
    },
    "FormClosing": {
        "form": link("FederalForm", "federal_form", "form_id"),
        "closedBy": Link("Staff", staff_of_account("closed_by")),
        "reopenedBy": Link("Staff", _reopener),
    },
    "FormCounted": {
        "student": link("Student", "student", "student_id"),
        "staff": link("Staff", "staff", "staff_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "movement": link("MovementItem", "movement_item", "item_id"),
    },
    "FormWritten": {"by": Link("Staff", staff_of_account("account_id"))},
    "FormDate": {"year": link("AcademicYear", "academic_year", "year_id")},
}
"""Type → field → where it leads, as in `oracle_links`."""


def _due_on(world: Any, row: Row) -> str | None:
    return next(
        (
            str(each["due_on"])
            for each in world.of("form_date", row["school_id"])
            if (each["year_id"], each["code"]) == (row["year_id"], row["code"])
        ),
        None,
    )


SCALARS: dict[str, dict[str, Any]] = {
    "FederalForm": {
        "code": lambda world, row: row["code"],
        "name": lambda world, row: NAMES[row["code"]],
        "state": lambda world, row: row["state"].upper(),
        "reportedOn": lambda world, row: str(row["reported_on"]),
        "dueOn": _due_on,
        "printUrl": lambda world, row: f"/print/form/{gid('FederalForm', row['id'])}.pdf",
        "sheetUrl": lambda world, row: f"/print/form/{gid('FederalForm', row['id'])}.xlsx",
        "csvUrl": lambda world, row: f"/print/form/{gid('FederalForm', row['id'])}.csv",
    },
    "FormClosing": {"edition": lambda world, row: row["edition"]},
    "FormDate": {"dueOn": lambda world, row: str(row["due_on"]), "version": lambda world, row: row["version"]},
}
PERSONAL: dict[str, dict[str, Any]] = {
    "FormClosing": {name: lambda world, row, name=name: row[name] for name in ("approval", "digest", "reason")}
}

INSIDE = {
    "FormSection": ("FormSheet", "sections { @ }"),
    "FormColumn": ("FormSection", "columns { @ }"),
    "FormRow": ("FormSection", "rows { @ }"),
    "FormCell": ("FormRow", "cells { @ }"),
    "FormFinding": ("FormSheet", "findings { @ }"),
    "FormCounted": ("FormProvenance", "counted { @ }"),
    "FormWritten": ("FormProvenance", "written { @ }"),
}
"""How to come from a row of one type to one of another that is no node, as in `oracle_shape`."""

BARE = {
    "a form, as its definition has it": {
        *("FormSheet.sections", "FormSheet.findings", "FormSection.columns", "FormSection.rows", "FormRow.cells"),
        *("FormFinding.left", "FormFinding.right", "FormProvenance.filters", "Query.formCatalogue"),
        "FormSheet.legend",
    },
    "what a cell counts, or leaves out: a school's at most": {"FormProvenance.counted", "FormProvenance.leftOut"},
    "as often as a form was closed": {"FederalForm.closings"},
    "a few in a year: terms of forms": {"School.formDates"},
}
"""Lists without pages, as in `test_matrix`."""


async def harden(maker: Any) -> None:
    """Forms of several days, by whoever came along: open ones, and one that was closed, opened and closed again."""
    at = datetime(2026, 5, 20, 9, tzinfo=UTC)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    (year,) = await maker.ids(
        "SELECT id FROM academic_year WHERE school_id = $1 AND starts_on = '2025-09-01' ORDER BY 1"
    )
    for number, code in enumerate(("osh-1", "osh-5", "osh-9", "oo-1")):
        edition = "2016" if code == "oo-1" else "2008"
        day = date(2026, 1 + number, 12)
        form = await maker.add(
            "federal_form",
            year_id=year,
            code=code,
            edition=edition,
            reported_on=day,
            cells="{}",
            opened_at=at,
            opened_by=maker.rng.choice(accounts),
            changed_at=at,
        )
        if number % 2:
            # And one of a day after the term.
            await maker.add(
                "federal_form",
                year_id=year,
                code=code,
                edition=edition,
                reported_on=day + timedelta(days=9),
                cells="{}",
                opened_at=at,
                opened_by=accounts[0],
                changed_at=at,
            )
        await maker.connection.execute("DELETE FROM form_date WHERE school_id = $1 AND code = $2", maker.school, code)
        if number % 2:
            await maker.add("form_date", year_id=year, code=code, due_on=day, changed_at=at)
        for reason in ("Ошибка в сведениях",) * number:
            content = f"{form} {reason}".encode()
            await maker.add(
                "form_closing",
                form_id=form,
                edition=edition,
                closed_at=at,
                closed_by=maker.rng.choice(accounts),
                approval="Приказ № 7",
                content=content,
                digest=hashlib.sha256(content).hexdigest(),
                reopened_at=at,
                reopened_by=maker.rng.choice(accounts),
                reason=reason,
            )
