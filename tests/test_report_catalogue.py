"""Every report of the catalogue: it is there, its figures say where they come from, its statements do not grow."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import asyncpg
import pytest
from graphql import get_named_type

from resolvers.database import Snapshot
from resolvers.report_print import PAPERS, report_paper
from rules.account import Role
from rules.report import ABOUT, APART, CATALOGUE, Report, ReportOf
from rules.report_shown import SHOWN_LEGEND
from schema.report_base import OF_TYPES

from .conftest import School
from .golden_school import GROUPS, Golden
from .journal_help import gid
from .report_bodies import ANCHORS, all_of, bodies, fields_of, floats, query, types_of, walked
from .report_help import near
from .report_rounded import pruned, rounded

REPORTS = [report for report, about in ABOUT.items() if about.clause.startswith("10.")]
"""Those of clause 10 that have a field; the control of journals (7.11) is counted in tests of its own."""

DEPUTY = frozenset({Role.DEPUTY})
WORDS = {"н/а": "notAttested", "осв.": "exempt", "зач.": "passed", "незач.": "failed"}
NAMES = {"5": "fives", "4": "fours", "3": "threes", "2": "twos", "1": "twos", **WORDS}

SAID: dict[str, Callable[[Counter[str]], tuple[int, int]]] = {
    # What is divided by what, in the letters of each formula; n2 is of 2 and 1.
    "(n5 + n4 + n3) · 100 / N": lambda n: ((n["fives"] + n["fours"] + n["threes"]) * 100, n["N"]),
    "(n5 + n4) · 100 / N": lambda n: ((n["fives"] + n["fours"]) * 100, n["N"]),
    "(100·n5 + 64·n4 + 36·n3 + 16·n2 + 7·n(н/а)) / N": lambda n: (
        100 * n["fives"] + 64 * n["fours"] + 36 * n["threes"] + 16 * n["twos"] + 7 * n["notAttested"],
        n["N"],
    ),
    "сумма отметок-чисел / их число": lambda n: (n["total"], n["numbers"]),
    "Σ(отметка · вес) / Σ вес": lambda n: (n["heavy"], n["weights"]),
    "(проведено − пропущено) · 100 / проведено": lambda n: ((n["held"] - n["missed"]) * 100, n["held"]),
    "обучающихся / классов": lambda n: (n["students"], n["classes"]),
}
OF_NUMBERS = ("сумма отметок-чисел / их число", "Σ(отметка · вес) / Σ вес")
"""Of which «н/а» is no part."""

ELSEWHERE = {
    **{("Comparison", name): f"now.{name}" for name in ("success", "quality", "learning", "average")},
    # As families are told it; exactly, and with what is behind it, for who has the reports of the class.
    ("Averages", "classAverage"): "classFigures.average",
    ("Averages", "classWeightedAverage"): "classFigures.weightedAverage",
    ("MonthQuality", "classSuccess"): "classFigures.success",
    ("MonthQuality", "classQuality"): "classFigures.quality",
    ("MonthQuality", "parallelSuccess"): "parallelFigures.success",
    ("MonthQuality", "parallelQuality"): "parallelFigures.quality",
}
"""Figures for which others answer, that stand beneath the same type."""

UNFIGURED = {Report.MOVEMENT, Report.STUDENT_LIST, Report.REPORT_CARD}
"""Reports of counts, names and marks: no figure is reckoned."""
COMPLETE = UNFIGURED | {Report.OCCUPANCY}
"""Reports whose figures leave nothing out."""


def test_each_is_a_field_and_is_printed() -> None:
    """And what is a field of the reports is one of the catalogue."""
    found, whole = fields_of(None), types_of(None)
    assert set(REPORTS) <= set(found) <= set(ABOUT) == set(PAPERS)
    named = {(ABOUT[report].of, found[report][0]) for report in REPORTS}
    others = {"of", "journalControl"}
    assert named == {
        (of, name) for of, anchor in ANCHORS.items() for name in whole[anchor].fields if name not in others
    }
    assert {"formSheet", "runReport"} <= set(whole["Query"].fields)
    assert set(CATALOGUE) == set(Report)
    assert len(REPORTS) + len(APART) == 21


def test_the_readme_lists_them() -> None:
    """All 21, each by its field and its title."""
    text = (Path(__file__).parent.parent / "README.md").read_text()
    found = fields_of(None)
    for report in REPORTS:
        assert f"`{found[report][0]}` {ABOUT[report].title}" in text
    assert "`formSheet` ОШ-1, ОШ-5, ОШ-9; `runReport` Конструктор отчётов" in text


@pytest.mark.parametrize("report", REPORTS)
def test_every_figure_can_be_asked_where_it_comes_from(report: Report) -> None:
    _, field = fields_of(None)[report]
    for of, name in floats(bodies(field)):
        answers = of
        for step in ELSEWHERE.get((of.name, name), "").split("."):
            answers = get_named_type(answers.fields[step].type) if step else of
        assert "formula" in answers.fields, f"{of.name}.{name}"
        assert {"marks", "absences", "stays"} & answers.fields.keys(), f"{of.name}.{name}"


def asked_of(golden: Golden, report: Report, some: bool = False) -> dict[str, str]:
    """What the golden school has such reports of, and for which of its periods. some: of students, a few."""
    quarter, half = "II четверть", "I полугодие"
    match ABOUT[report].of:
        case ReportOf.SCHOOL:
            return {gid("School", golden.number): quarter}
        case ReportOf.CLASS:
            return {gid("SchoolClass", golden.classes[name]): quarter for name in ("5А", "5Б")} | {
                gid("SchoolClass", golden.classes["10А"]): half
            }
        case ReportOf.TEACHER:
            return {gid("Staff", golden.staff[name]): quarter for name in ("Минин", "Петров", "Иванова", "Романова")}
        case ReportOf.STUDENT:
            years = {name: half if name in ("Орлова", "Панин") else quarter for name in golden.students}
            gone = {"Сомов", "Тихов", "Рыбин"}
            asked = {"Алов", "Белова", "Дымов", "Елина", "Ивлев", "Орлова"} if some else set(years) - gone
            return {gid("Student", golden.students[name]): years[name] for name in years if name in asked}


AUTUMN = {"since": "2025-09-01", "until": "2025-12-26"}


async def answer(golden: Golden, report: Report, of: str, period: str, as_: str, body: str) -> Any:
    """A report of the golden school, None for whoever may not have it."""
    name, _ = fields_of(None)[report]
    given = {"of": of, "period": golden.period(period), **AUTUMN}
    (found,) = (await golden.ask(query(report, name, body), as_, **given)).values()
    return found and found["reports"] and found["reports"][name]


@pytest.mark.parametrize("report", REPORTS)
async def test_figures_are_what_is_behind_them(golden: Golden, report: Report) -> None:
    """Each figure anew, from what it names as behind it, by the formula that it names; and its counts."""
    _, field = fields_of(DEPUTY)[report]
    body = all_of(field, traced=True)
    figures = left = 0
    for of, period in asked_of(golden, report).items():
        found = await answer(golden, report, of, period, "deputy", body)
        for _, figure in walked(found):
            if "formula" not in figure:
                assert "now" not in figure
                continue
            figures += any(figure.get(name) is not None for name in VALUES)
            left += next(check for of, check in CHECKS.items() if of in figure)(figure)
    assert (figures > 0) is (report not in UNFIGURED)
    assert (left > 0) is (report not in COMPLETE)


VALUES = ("value", "percent", "attendance", "average")
"""What a figure may be called."""


def check_marks(figure: dict[str, Any]) -> int:
    """A figure of marks, anew from those counted and from its counts; gives how many are left out, with the reason."""
    marks, counts, formula = figure["marks"], figure["counts"], figure["formula"]
    n, of_numbers = Counter[str](), formula in OF_NUMBERS
    for mark in marks:
        if mark["leftOut"] is None:
            n[NAMES[mark["value"]]] += 1
            # Whatever an average counts it divides by, and must be able to add.
            n["numbers" if of_numbers else "N"] += 1
            if of_numbers:
                number, weight = int(mark["value"]), mark.get("weight", 1)
                n.update(total=number, heavy=number * weight, weights=weight)
    check_value(figure["value"], formula, n)
    check_value(figure["value"], formula, Counter({**counts, "N": counts["counted"]}))
    assert n["numbers" if of_numbers else "N"] == counts["numbers" if of_numbers else "counted"]
    words = Counter(NAMES[mark["value"]] for mark in marks if mark["leftOut"] != "LEFT" and mark["value"] in NAMES)
    assert words == Counter({name: counts[name] for name in NAMES.values()})
    why = Counter(mark["leftOut"] for mark in marks if mark["leftOut"])
    assert why["NO_NUMBER"] == (counts["notAttested"] if of_numbers else 0)
    assert why["EXEMPT"] == counts["exempt"]
    assert why["UNGRADED"] == counts["passed"] + counts["failed"]
    assert why["OWED"] == counts.get("owed", 0)
    assert why["UNMARKED"] == counts.get("unmarked", 0)
    assert why["LEFT"] == counts.get("left", 0)
    return why.total()


def check_absences(figure: dict[str, Any]) -> int:
    """A figure of attendance; gives how many entries behind it are no absences, with the reason."""
    counts = figure.get("counts", figure)
    missed = [each for each in figure["absences"] if each["leftOut"] is None]
    others = Counter(each["leftOut"] for each in figure["absences"] if each["leftOut"])
    n = Counter(held=counts["held"], missed=len(missed))
    check_lessons(figure["lessons"], counts, others["EXEMPT"])
    assert len(missed) == counts["missed"]
    assert others["LATE"] == counts["late"]
    assert others["EXEMPT"] == counts.get("exempt", others["EXEMPT"])
    check_value(figure.get("percent", figure.get("attendance")), figure["formula"], n)
    return others.total()


def check_stays(figure: dict[str, Any]) -> int:
    """An average of students, anew from whom it counts; nobody is left out."""
    students = len({each["id"] for each in figure["stays"]})
    check_value(figure["average"], figure["formula"], Counter(students=students, classes=figure["classes"]))
    return 0


def check_change(figure: dict[str, Any]) -> int:
    """By how much figures have grown, anew from the counts of both; what they leave out is counted as theirs."""
    assert figure["formula"] == "теперь − тогда"
    for name in ("success", "quality", "learning", "average"):
        now, then = (exactly(figure[of][name]) for of in ("now", "then"))
        assert figure[name] == (None if now is None or then is None else near(now - then))
    return 0


def exactly(figure: dict[str, Any]) -> Fraction | None:
    """A figure of marks as its formula and its counts make it, not rounded."""
    counts = figure["counts"]
    above, below = SAID[figure["formula"]](Counter({**counts, "N": counts["counted"]}))
    return Fraction(above, below) if below else None


CHECKS = {"marks": check_marks, "absences": check_absences, "stays": check_stays, "now": check_change}
"""What reckons a figure anew from what is behind it, by the field that has that."""


def check_lessons(lessons: list[dict[str, Any]], counts: dict[str, int], exempt: int) -> None:
    """How many lessons were held, of the lessons: of a class each once for each student, of a student by days."""
    if "uncalled" in counts:
        held = [each for each in lessons if each["leftOut"] is None]
        assert counts["held"] == len(held)
        assert counts["uncalled"] == len([each for each in held if not each["called"]])
        assert counts["exempt"] == len([each for each in lessons if each["leftOut"] == "EXEMPT"])
    else:
        assert counts["held"] == sum(each["held"] for each in lessons) - exempt


def check_value(value: float | None, formula: str, n: Counter[str]) -> None:
    above, below = SAID[formula](n)
    assert value == (near(Fraction(above, below)) if below else None)


STAYS = "stays { id startsOn endsOn student { id } schoolClass { id } }"
PARTS = ("atStart", "arrived", "gone", "atEnd")
GROUPED = ("excellent", "good", "oneThree", "failing", "notAttested")


def enum_of(name: str) -> str:
    """The value of an enum that is a field's name elsewhere."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)


async def of_school(golden: Golden, report: Report, body: str, as_: str = "deputy") -> Any:
    """The rows of a report of the school, by their titles."""
    found = await answer(golden, report, gid("School", golden.number), "II четверть", as_, f"rows {{ {body} }}")
    return {row["part"]["title"]: row for row in found["rows"]}


async def test_counts_of_a_summary_are_who_is_behind_them(golden: Golden) -> None:
    """Each count of students is as long as the list of whom it counts, and by hand they are these."""
    parts = " ".join(f"{each}: stays(part: {enum_of(each)}) {{ id }}" for each in PARTS)
    groups = " ".join(f"{each}: grouped(group: {enum_of(each)}) {{ student {{ id }} }}" for each in GROUPED)
    counted = f"part {{ title }} roll {{ {' '.join(f'n_{each}: {each}' for each in PARTS)} {parts} }}"
    body = f"{counted} {' '.join(f'n_{each}: {each}' for each in GROUPED)} {groups}"
    rows = await of_school(golden, Report.CLASSES_SUMMARY, body)
    total = 0
    for title, row in rows.items():
        for of, names in ((row["roll"], PARTS), (row, GROUPED)):
            for name in names:
                assert of[f"n_{name}"] == len(of[name]), (title, name)
                total += len(of[name])
    assert total > 0
    everybody = "part { title } grouped { student { id } groups marks { value leftOut } } roll { " + STAYS + " }"
    rows = await of_school(golden, Report.CLASSES_SUMMARY, everybody)
    number = {gid("Student", number): name for name, number in golden.students.items()}
    grouped = {number[each["student"]["id"]]: each for each in rows["5А"]["grouped"]}
    assert {name: each["groups"] for name, each in grouped.items()} == {
        "Алов": ["EXCELLENT"],
        "Белова": ["GOOD"],
        "Вехов": ["FAILING", "NOT_ATTESTED"],
        "Гаева": ["ONE_THREE"],
        "Дымов": [],  # has left
        "Елина": [],  # has no mark in English
        "Жуков": ["ONE_THREE"],
        "Зимин": ["GOOD"],
    }
    assert {mark["leftOut"] for mark in grouped["Дымов"]["marks"]} == {"LEFT"}
    assert {"value": "н/а", "leftOut": None} in grouped["Вехов"]["marks"]
    assert "UNMARKED" in {mark["leftOut"] for mark in grouped["Елина"]["marks"]}
    stays = {number[each["student"]["id"]]: (each["startsOn"], each["endsOn"]) for each in rows["5А"]["roll"]["stays"]}
    assert stays.keys() == grouped.keys()
    assert stays["Дымов"] == ("2025-09-01", "2025-12-01")
    assert stays["Жуков"] == ("2025-11-17", None)


async def test_counts_of_the_other_reports_of_a_school_are_who_is_behind_them(golden: Golden) -> None:
    for row in (await of_school(golden, Report.OCCUPANCY, f"part {{ title }} students {STAYS}")).values():
        assert row["students"] == len({each["student"]["id"] for each in row["stays"]})
    parts = " ".join(f"{each}: stays(part: {enum_of(each)}) {{ id }}" for each in PARTS)
    moves = "moves { atStart arrived movedIn gone movedOut atEnd }"
    for row in (await of_school(golden, Report.MOVEMENT, f"part {{ title }} {moves} {parts}")).values():
        counts = row["moves"]
        assert counts["atStart"] == len(row["atStart"])
        assert counts["arrived"] + counts["movedIn"] == len(row["arrived"])
        assert counts["gone"] + counts["movedOut"] == len(row["gone"])
        assert counts["atEnd"] == len(row["atEnd"])


async def test_counts_of_classes_and_teachers_are_what_is_behind_them(golden: Golden) -> None:
    parts = " ".join(f"n_{each}: stays(part: {enum_of(each)}) {{ student {{ id }} }}" for each in PARTS)
    for of, period in asked_of(golden, Report.CLASS_TEACHER).items():
        body = f"atStart atEnd arrived {{ on }} left {{ on }} {parts}"
        found = await answer(golden, Report.CLASS_TEACHER, of, period, "deputy", body)
        assert (found["atStart"], found["atEnd"]) == (len(found["n_atStart"]), len(found["n_atEnd"]))
        assert (len(found["arrived"]), len(found["left"])) == (len(found["n_arrived"]), len(found["n_gone"]))
    lessons = "hours { planned due held behind lessons { id date state corrections { kind } } }"
    held = 0
    for of, period in asked_of(golden, Report.SUBJECT_TEACHER).items():
        found = await answer(golden, Report.SUBJECT_TEACHER, of, period, "deputy", f"{lessons} taught {{ {lessons} }}")
        for each in (found["hours"], *(row["hours"] for row in found["taught"])):
            planned = [one for one in each["lessons"] if "ADDED" not in {why["kind"] for why in one["corrections"]}]
            took_place = [one for one in each["lessons"] if one["state"] == "HELD"]
            assert (each["planned"], each["held"]) == (len(planned), len(took_place))
            assert each["due"] == len([one for one in planned if one["date"] < "2026-06-10"])
            assert each["behind"] == max(0, each["due"] - each["held"])
            held += each["held"]
    assert held > 0


@pytest.mark.parametrize("report", REPORTS)
async def test_a_chart_is_a_picture_of_its_own(golden: Golden, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the catalogue says that a report has a chart, and nowhere else: all charts that stand in its PDF."""
    papers = []

    async def kept(*given: Any) -> Any:
        papers.append(await report_paper(*given))
        return papers[-1]

    monkeypatch.setattr("server.report_prints.report_paper", kept)
    headers = {"authorization": f"Bearer {await golden.school.token('deputy')}"}
    of, period = next(iter(asked_of(golden, report).items()))
    address = (await answer(golden, report, of, period, "deputy", "print { svg csv }"))["print"]
    assert (address["svg"] is not None) is ABOUT[report].charts
    found = await golden.school.client.get(address["svg"] or address["csv"].replace(".csv", ".svg"), headers=headers)
    assert found.status_code == (200 if ABOUT[report].charts else 404)
    if ABOUT[report].charts:
        assert found.headers["content-type"].startswith("image/svg+xml")
        assert b"<svg" in found.content[:200]
        assert b"<script" not in found.content
        (paper,) = papers
        titles = [chart.title for chart in paper.charts]
        assert len(titles) == (2 if report is Report.QUALITY_BY_MONTH else 1)
        picture = ElementTree.fromstring(found.content)  # noqa: S314 -- our own
        assert [each.text for each in picture.findall("{*}title") + picture.findall("{*}svg/{*}title")] == titles


NO_LEGEND = {Report.STUDENT_LIST, Report.REPORT_CARD}
"""Reports of names and of marks, in which nothing is reckoned."""


@pytest.mark.parametrize("report", REPORTS)
async def test_everybody_is_told_what_is_reckoned_how(
    golden: Golden, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on paper; families, who may not know what a class's figures are made of, in the formulas of their own."""
    papers = []

    async def kept(*given: Any) -> Any:
        papers.append(await report_paper(*given))
        return papers[-1]

    monkeypatch.setattr("server.report_prints.report_paper", kept)
    about = ABOUT[report]
    for login, role in {"deputy": Role.DEPUTY, "analyst": Role.ANALYST, "Алова": Role.PARENT}.items():
        if role not in about.roles:
            continue
        of, period = next(iter(asked_of(golden, report).items()))
        _, field = fields_of(frozenset({role}))[report]
        assert ("legend" in get_named_type(field.type).fields) is (report not in NO_LEGEND)
        if report not in NO_LEGEND:
            found = await answer(golden, report, of, period, login, f"{all_of(field, traced=False)} print {{ csv }}")
            headers = {"authorization": f"Bearer {await golden.school.token(login)}"}
            assert (await golden.school.client.get(found["print"]["csv"], headers=headers)).status_code == 200
            said = found["legend"]
            assert said == list(papers.pop().legend)
            if role is Role.PARENT:
                for formula in {each["formula"] for _, each in walked(found) if "formula" in each}:
                    assert formula in " ".join(said)


WHO = {
    ReportOf.SCHOOL: ("director", "analyst", "administrator", "secretary"),
    ReportOf.CLASS: ("director", "analyst", "Романова", "Минин"),
    ReportOf.TEACHER: ("director", "analyst", "Романова", "Минин", "Петров", "Иванова"),
    ReportOf.STUDENT: ("director", "Романова", "Минин", "Иванова", "Алов", "Алова"),
}
OFFICE = {role.value for role in Role}
ROLE = {"Алов": Role.STUDENT, "Алова": Role.PARENT}
LED = ("5А",)


def reaches(golden: Golden, report: Report, login: str, of: str) -> bool:
    """Whether somebody has reports of it: told from the tables of the golden school."""
    if login in OFFICE:
        return True
    match ABOUT[report].of:
        case ReportOf.SCHOOL:
            return False
        case ReportOf.CLASS:
            return login == "Романова" and of in {gid("SchoolClass", golden.classes[name]) for name in LED}
        case ReportOf.TEACHER:
            return of == gid("Staff", golden.staff[login])
        case ReportOf.STUDENT:
            name = next(name for name, number in golden.students.items() if gid("Student", number) == of)
            # Whoever teaches a group today has the reports of all who are in it: Дымов is in none any more.
            mine = {"Иванова": GROUPS["1 группа"], "Алов": ("Алов",), "Алова": ("Алов",)}
            return name in mine.get(login, golden.students) and name != "Дымов"


@pytest.mark.parametrize("report", REPORTS)
async def test_a_role_reads_what_the_deputy_reads(golden: Golden, report: Report) -> None:
    """Within its reach, and as far as the role's schema has the fields, the same figures from the same marks."""
    _, whole = fields_of(DEPUTY)[report]
    compared = 0
    for login in WHO[ABOUT[report].of]:
        role = ROLE.get(login) or (Role(login) if login in OFFICE else Role.TEACHER)
        if role not in ABOUT[report].roles:
            assert report not in fields_of(frozenset({role}))
            continue
        _, field = fields_of(frozenset({role}))[report]
        for place, (of, period) in enumerate(asked_of(golden, report, some=True).items()):
            body = all_of(field, traced=place == 0, also=whole)
            found = await answer(golden, report, of, period, login, body)
            assert (found is not None) is reaches(golden, report, login, of), (login, of)
            if found is not None:
                by_name = role is not Role.ANALYST
                every = body if by_name else all_of(whole, traced=True)
                expected = await answer(golden, report, of, period, "deputy", every)
                if not by_name:
                    expected = pruned(rounded(expected), body)
                    if "legend" in expected and report is not Report.FINALS_SHEET:
                        expected["legend"].append(SHOWN_LEGEND)
                apart = OWN | BY_CLASS if role is Role.TEACHER else OWN
                assert in_any_order(masked(found, apart)) == in_any_order(masked(expected, apart)), login
                compared += 1
    assert compared > 0


OWN = {"mark", "attendance", "student"}
"""Rows of the journal and cards, which their own scopes open or not."""
BY_CLASS = {"classFigures", "parallelFigures"}
"""What a student is compared with, which goes by the rights to the class (`test_report_beside`)."""


def masked(value: Any, apart: Collection[str]) -> Any:
    """Without the fields whose rights are not the report's."""
    if isinstance(value, dict):
        return {name: masked(each, apart) for name, each in value.items() if name not in apart}
    return [masked(each, apart) for each in value] if isinstance(value, list) else value


def in_any_order(value: Any) -> Any:
    """Lists sorted: an analyst's are in the order of numbers, not of names."""
    if isinstance(value, dict):
        return {name: in_any_order(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted((in_any_order(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


@asynccontextmanager
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """The statements that are asked meanwhile."""
    seen: list[str] = []
    fetch = Snapshot.fetch

    async def counted(self: Any, statement: Any, *rest: Any, **more: Any) -> Any:
        seen.append(statement.text)
        return await fetch(self, statement, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "fetch", counted)
        yield seen


MOST = {ReportOf.SCHOOL: 10, ReportOf.CLASS: 14, ReportOf.TEACHER: 14, ReportOf.STUDENT: 14}
"""How many statements a whole report may take; the two summaries of a school under ten."""
SUMMARIES = {Report.CLASSES_SUMMARY, Report.RESULTS_SUMMARY}

OTHERS = {
    ReportOf.SCHOOL: "SELECT school_id AS id, p.id AS period FROM period AS p WHERE p.name = 'II четверть'",
    ReportOf.CLASS: "SELECT c.id, p.id AS period FROM school_class AS c JOIN period AS p ON p.year_id = c.year_id"
    " AND p.kind = c.period_kind WHERE p.name IN ('II четверть', 'I полугодие') ORDER BY c.id LIMIT 2",
    ReportOf.TEACHER: "SELECT DISTINCT a.staff_id AS id, p.id AS period FROM teaching_assignment AS a, period AS p"
    " WHERE p.name = 'II четверть' ORDER BY 1 LIMIT 2",
    ReportOf.STUDENT: "SELECT e.student_id AS id, p.id AS period FROM enrolment AS e JOIN school_class AS c"
    " ON c.id = e.class_id JOIN period AS p ON p.year_id = c.year_id AND p.kind = c.period_kind"
    " WHERE p.name IN ('II четверть', 'I полугодие') AND e.starts_on <= p.starts_on ORDER BY 1 LIMIT 2",
}
SPRING = {"since": "2026-03-01", "until": "2026-05-20"}
"""Days of the demo school that have lessons."""


@pytest.mark.parametrize("report", REPORTS)
async def test_statements_do_not_grow(
    golden: Golden, school: School, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole report, of each class, teacher and student of the golden school, and of larger ones of another: where
    more is answered, no more is asked. So with all that is behind the figures, but for a school's: that is megabytes.
    """
    name, field = fields_of(DEPUTY)[report]
    of_school = ABOUT[report].of is ReportOf.SCHOOL
    bodies_of = {traced: all_of(field, traced) for traced in (False, True)}
    taken: dict[bool, list[int]] = {False: [], True: []}
    sizes = []
    async with counting(monkeypatch) as seen:
        for traced, body in bodies_of.items():
            for of, period in asked_of(golden, report).items():
                seen.clear()
                sizes.append(len(str(await answer(golden, report, of, period, "deputy", body))))
                taken[traced].append(len(seen))
        most = {traced: max(each) for traced, each in taken.items()}
        text = query(report, name, bodies_of[not of_school])
        for row in await rows_of(school, OTHERS[ABOUT[report].of]):
            given = {"of": gid(OF_TYPES[ABOUT[report].of], row["id"]), "period": gid("Period", row["period"])}
            seen.clear()
            sizes.append(len(str(await school.data(text, {**given, **SPRING}, as_="deputy"))))
            assert len(seen) <= most[not of_school], seen
    assert max(sizes) > min(sizes)
    assert most[False] <= MOST[ABOUT[report].of]
    assert most[False] < 10 or report not in SUMMARIES
    assert most[True] <= most[False] + 8


async def rows_of(school: School, statement: str) -> list[Any]:
    """What a statement finds behind the door."""
    db = await asyncpg.connect(school.url)
    try:
        return await db.fetch(statement)
    finally:
        await db.close()
