"""No name, contact or day of birth stands in what an analyst prints, nor what people wrote in words of their own, which
may name somebody: each report and form, each kind of file (4.1).
"""

import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from rules.account import Role
from rules.report import ABOUT, About, Report, ReportOf, Takes
from server.demo import Demo

from .journal_help import gid
from .print_help import read
from .report_help import Reports, drawn
from .words_help import SURNAME, write_surname

OPEN = [report for report, about in ABOUT.items() if Role.ANALYST in about.roles]
TAKEN = {Takes.SLOT: "kind=year", Takes.DAYS: "from=2025-09-01&until=2026-08-31", Takes.DAY: "on=2026-05-26"}
CHART = ("svg",)


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module, in whose groups, rooms, events, decisions and shared reports somebody is named."""
    async with drawn(cluster, demo_template) as reports:
        for name in (await reports.led(), "10А"):
            await reports.db.execute(
                "INSERT INTO council_decision (school_id, class_id, student_id, outcome, number, decided_on,"
                " recorded_at, recorded_by)"
                " SELECT e.school_id, class_id, student_id, 'promoted', '7', '2026-05-26', now(), a.id"
                " FROM enrolment AS e JOIN account AS a ON a.school_id = e.school_id AND a.login = 'deputy'"
                " WHERE class_id = $1",
                await reports.class_id(name),
            )
        await write_surname(reports.db)
        yield reports


@pytest.fixture(scope="module")
async def secret(reports: Reports) -> re.Pattern[str]:
    """Any word that is somebody's own."""
    found: set[str] = set()
    for row in await reports.db.fetch("SELECT * FROM person"):
        found |= {row["family_name"], row["patronymic"], row["phone"], row["email"], row["address"]}
        found |= {f"{row['given_name']} {row['family_name']}", f"{row['family_name']} {row['given_name']}"}
    for row in await reports.db.fetch(
        "SELECT p.birth_date, s.file_number FROM student AS s JOIN person AS p ON p.id = s.person_id"
    ):
        found |= {row["file_number"], f"{row['birth_date']:%d.%m.%Y}", str(row["birth_date"])}
    return re.compile("|".join(rf"\b{re.escape(each)}\b" for each in sorted(found - {None} | {SURNAME})))


def text_of(ending: str, content: bytes) -> str:
    """What a person reads in a file."""
    match ending:
        case "pdf":
            return " ".join(read(content).pages)
        case "xlsx":
            book = CalamineWorkbook.from_filelike(BytesIO(content))
            return " ".join(
                str(cell)
                for name in book.sheet_names
                for row in book.get_sheet_by_name(name).to_python()
                for cell in row
            )
    return content.decode()


def paths(about: About, report: Report, classes: list[int]) -> Iterator[tuple[str, str]]:
    """Each file of a report: its ending, where it is."""
    of = [gid("School", 1)] if about.of is ReportOf.SCHOOL else [gid("SchoolClass", each) for each in classes]
    given = "&".join(TAKEN[each] for each in about.takes if each in TAKEN)
    for ending in ("pdf", "xlsx", "csv", *(CHART * about.charts)):
        for each in of:
            yield ending, f"/print/report/{report}/{each}.{ending}?{given}"


@pytest.mark.parametrize("report", OPEN)
async def test_a_report(reports: Reports, secret: re.Pattern[str], report: Report) -> None:
    classes = [await reports.class_id(name) for name in (await reports.led(), "10А")]
    for ending, path in paths(ABOUT[report], report, classes):
        printed = await reports.fetch(path, "analyst")
        assert printed.status_code == 200, (path, printed.text)
        text = text_of(ending, printed.content)
        assert len(text) > 100
        assert not secret.search(text), path


async def test_the_search_finds_names(reports: Reports, secret: re.Pattern[str]) -> None:
    """In what the deputy prints of a class they are."""
    path = f"/print/report/student_list/{gid('SchoolClass', await reports.class_id('10А'))}"
    for ending in ("pdf", "xlsx", "csv"):
        assert secret.search(text_of(ending, (await reports.fetch(f"{path}.{ending}", "deputy")).content))


SAVED = "{ savedReports { mine print { pdf xlsx csv svg } } }"


async def test_somebody_elses_composed_report(reports: Reports, secret: re.Pattern[str]) -> None:
    """Its title is made of what it asks; whose it is has the own words."""
    theirs = [each for each in (await reports.ask(SAVED, "analyst"))["savedReports"] if not each["mine"]]
    assert theirs
    for path in (path for each in theirs for path in each["print"].values()):
        printed = await reports.fetch(path, "analyst")
        assert printed.status_code == 200
        assert not secret.search(text_of(path.rpartition(".")[2], printed.content)), path
        named = await reports.fetch(path, "administrator")
        # A chart is titled by what is asked.
        assert path.endswith("svg") or SURNAME in text_of(path.rpartition(".")[2], named.content), path


async def test_free_words_are_on_others_prints(reports: Reports) -> None:
    """A group's name on its teacher's report, the number of a council's protocol on the sheet of its class."""
    staff = await reports.db.fetchval(
        "SELECT t.staff_id FROM teaching_assignment AS t JOIN study_group AS g ON g.id = t.group_id"
        " WHERE g.kind = 'subgroup' ORDER BY 1 LIMIT 1"
    )
    sheet = gid("SchoolClass", await reports.class_id("10А"))
    for path in (f"subject_teacher/{gid('Staff', staff)}", f"finals_sheet/{sheet}", f"year_outcomes/{sheet}"):
        given = "" if "subject" not in path else "?kind=year"
        for ending in ("pdf", "xlsx", "csv"):
            printed = await reports.fetch(f"/print/report/{path}.{ending}{given}", "deputy")
            assert SURNAME in text_of(ending, printed.content), path


async def test_a_form(reports: Reports, secret: re.Pattern[str]) -> None:
    forms = "{ school { federalForms(first: 20) { nodes { printUrl sheetUrl csvUrl } } } }"
    nodes = (await reports.ask(forms, "analyst"))["school"]["federalForms"]["nodes"]
    assert len(nodes) > 1
    for node in nodes:
        for path in node.values():
            printed = await reports.fetch(path, "analyst")
            assert printed.status_code == 200
            assert not secret.search(text_of(path.rpartition(".")[2], printed.content)), path
