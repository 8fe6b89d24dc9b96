"""Where cells of federal forms come from: whom they count and leave out on the golden school, and who wrote them."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from server.demo import Demo

from .forms_help import PROVENANCE, Forms, opened
from .golden_school import Golden
from .journal_help import gid, number_of

ENGLISH = ("5А 1 группа", "5А 2 группа")


@pytest.fixture
async def forms(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Forms]:
    async with opened(cluster, demo_template) as forms:
        yield forms


async def told(golden: Golden, form: str, cell: str, as_: str = "deputy") -> tuple[list[str], dict[str, str]]:
    """What a cell counts, in its order, and what it leaves out, with why; by the names of the golden school."""
    names = {gid("Student", number): name for name, number in golden.students.items()}
    names |= {gid("Staff", number): name for name, number in golden.staff.items()}
    names |= {gid("SchoolClass", number): name for name, number in golden.classes.items()}
    names |= {gid("StudyGroup", number): " ".join(filter(None, of)) for of, number in golden.groups.items()}
    found = await Forms(golden.school, golden.db).provenance(form, cell, as_)

    def name(each: dict[str, Any]) -> str:
        (row,) = [each[field] for field in ("student", "staff", "schoolClass", "group") if each[field]]
        return names[row["id"]]

    counted, left_out = found["counted"], found["leftOut"]
    assert str(len(counted)) == found["value"]
    assert not [each for each in counted if each["leftOut"]]
    return [name(each) for each in counted], {name(each): each["leftOut"] for each in left_out}


FIFTH = ("Алов", "Белова", "Вехов", "Гаева", "Дымов", "Елина", "Жуков", "Зимин")
PARALLEL = ("Ивлев", "Кротова", "Лисин", "Мухина", "Носов")
STAFF = ("administrator", "deputy", "director", "secretary", "Иванова", "Минин", "Петров", "Романова")


def without(names: tuple[str, ...], *gone: str) -> list[str]:
    """The others."""
    return [name for name in names if name not in gone]


@pytest.mark.parametrize(
    ("on", "cell", "counted", "left_out"),
    [
        # Дымов left on 1 December, Жуков came on 17 November; Елина has only changed the class.
        ("2025-10-01", "2.05.4", without((*FIFTH, *PARALLEL), "Жуков"), {"Жуков": "LATER"}),
        ("2026-02-11", "2.05.4", without((*FIFTH, *PARALLEL), "Дымов"), {"Дымов": "GONE"}),
        # Both are boys, and nobody of another grade is missing.
        ("2025-10-01", "2.05.5", ["Белова", "Гаева", "Елина", "Кротова", "Мухина"], {}),
        ("2025-10-01", "2.10.4", ["Орлова", "Панин"], {}),
        # Classes by grade and letter; of those by profile, only from the 10th on is it missing.
        ("2025-10-01", "2.15.3", ["1А", "5А", "5Б", "10А"], {}),
        ("2025-10-01", "2.05.10", [], {}),
        ("2025-10-01", "2.15.10", [], {"Орлова": "NO_PROFILE", "Панин": "NO_PROFILE"}),
        # English: Зимин takes none; Елина learns it until she goes to 5Б, whose nobody does.
        (
            *("2025-10-01", "5.01.3", ["Алов", "Белова", "Вехов", "Гаева", "Дымов", "Елина"]),
            {"Жуков": "LATER", "Зимин": "DROPPED"},
        ),
        (
            *("2026-02-11", "5.01.3", ["Алов", "Белова", "Вехов", "Гаева", "Жуков"]),
            {"Дымов": "GONE", "Зимин": "DROPPED"},
        ),
        ("2026-02-11", "5.01.4", ["Белова", "Гаева"], {}),
        ("2026-02-11", "5.01.8", list(ENGLISH), {}),
        # Orders.
        ("2025-10-01", "6.01.3", [], {"Жуков": "IN_FORCE_LATER"}),
        ("2026-02-11", "6.01.3", ["Жуков"], {}),
        # Ten days after the usual one, orders are still counted from September of last year on.
        ("2025-10-01", "6.04.3", ["Сомов"], {"Дымов": "IN_FORCE_LATER"}),
        ("2026-02-11", "6.04.3", ["Дымов"], {}),
        ("2025-10-01", "6.05.3", [], {}),
        ("2025-10-01", "7.01.3", list(STAFF), {}),
        ("2025-10-01", "7.06.3", ["Иванова", "Минин", "Петров", "Романова"], {}),
    ],
)
async def test_a_cell_of_the_golden_school(
    golden: Golden, on: str, cell: str, counted: list[str], left_out: dict[str, str]
) -> None:
    found = await golden.ask("{ school { federalForms(first: 50) { nodes { id code reportedOn } } } }")
    forms = {(each["code"], each["reportedOn"]): each["id"] for each in found["school"]["federalForms"]["nodes"]}
    form = forms.get(("oo-1", on)) or await Forms(golden.school, golden.db).open("oo-1", on)
    assert await told(golden, form, cell) == (counted, left_out)
    assert await told(golden, form, cell, "director") == (counted, left_out)


async def test_a_cell_of_profiles_names_classes(golden: Golden) -> None:
    """ОШ-9 asks how many classes have a profile: 10А has none."""
    form = await Forms(golden.school, golden.db).open("osh-9", "2025-10-02")
    assert await told(golden, form, "1.05.3") == (["10А"], {})
    assert await told(golden, form, "1.05.4") == ([], {"10А": "NO_PROFILE"})


async def test_whoever_moves_stands_in_an_order(golden: Golden) -> None:
    form = await Forms(golden.school, golden.db).open("oo-1", "2026-02-12")
    (came,) = (await Forms(golden.school, golden.db).provenance(form, "6.01.3"))["counted"]
    query = "query($id: ID!) { node(id: $id) { ... on MovementItem { place student { id } } } }"
    item = (await golden.ask(query, id=came["movement"]["id"]))["node"]
    assert item == {"place": "школа № 7", "student": {"id": gid("Student", golden.students["Жуков"])}}


async def test_every_cell_names_as_many_as_it_counts(forms: Forms) -> None:
    for code in ("oo-1", "osh-1", "osh-5", "osh-9"):
        form = await forms.open(code, "2026-04-02")
        cells = await forms.cells(form)
        for key in sorted(cells)[::9]:
            found = await forms.provenance(form, key)
            if cells[key]["kind"] == "MANUAL":
                assert (found["counted"], found["leftOut"], found["formula"]) == (None, None, None)
            else:
                assert str(len(found["counted"])) == cells[key]["value"], key
                assert found["formula"].startswith(f"Сколько всего: {found['measure']}"), key
    assert await forms.provenance(form, "nothing") is None


async def test_a_formula_is_a_sentence(forms: Forms) -> None:
    form = await forms.open()
    formulas = {
        "2.05.5": "Сколько всего: обучающиеся в классах; на 20.05.2026; класс: 5; пол: женский.",
        "3.07.8": "Сколько всего: обучающиеся в классах; на 20.05.2026; полных лет: 12; класс: 5; возраст — на "
        "01.01.2027.",
        # What is kept without days is not known as of the form's.
        "2.05.8": "Сколько всего: обучающиеся в классах; на 20.05.2026; класс: 5; обучается на дому: да; обучается на "
        "дому — как записано сейчас, а в закрытой форме — при её закрытии.",
        "7.06.5": "Сколько всего: работающие сотрудники; на 20.05.2026; ведёт уроки: да; категория: высшая*; категория "
        "— как записано сейчас, а в закрытой форме — при её закрытии.",
        "6.01.3": "Сколько всего: зачисленные приказами; в силе с 21.09.2025 по 20.05.2026; с первого дня учебного "
        "года: нет.",
    }
    for cell, formula in formulas.items():
        assert (await forms.provenance(form, cell))["formula"] == formula


async def test_a_closed_form_names_nobody(forms: Forms) -> None:
    """It keeps numbers; who wrote its manual cells is no part of what was counted."""
    form = await forms.open()
    before = await forms.provenance(form, "2.05.5")
    assert before["counted"]
    await forms.closed(form)
    kept = await forms.provenance(form, "2.05.5")
    assert (kept["value"], kept["counted"], kept["leftOut"]) == (before["value"], None, None)
    assert (await forms.provenance(form, "4.01.3"))["written"]


async def test_orders_that_do_not_count_are_left_out(forms: Forms) -> None:
    """A draft, and what was cancelled: a departure each, with another that counts."""
    stays = await forms.db.fetch(
        "SELECT c.school_id, student_id, class_id FROM enrolment JOIN school_class AS c ON c.id = class_id"
        " WHERE ends_on IS NULL AND grade BETWEEN 5 AND 9 ORDER BY student_id LIMIT 2"
    )
    form = await forms.open()
    before = await forms.provenance(form, "6.03.6")
    reasons = {"draft": "NOT_ISSUED", "cancelled": "CANCELLED"}
    for stay, state in zip(stays, reasons, strict=True):
        numbered = (None, None, None) if state == "draft" else (900, "900", date(2026, 5, 4))
        order = await forms.db.fetchval(
            "INSERT INTO movement_order (school_id, kind, state, position, number, issued_on, effective_on, changed_at)"
            " VALUES ($1, 'departure', $2, $3, $4, $5, '2026-05-05', now()) RETURNING id",
            *(stay["school_id"], state, *numbered),
        )
        await forms.db.execute(
            "INSERT INTO movement_item (school_id, order_id, position, student_id, from_class_id)"
            " VALUES ($1, $2, 1, $3, $4)",
            *(stay["school_id"], order, stay["student_id"], stay["class_id"]),
        )
    after = await forms.provenance(form, "6.03.6")
    assert (after["value"], after["counted"]) == (before["value"], before["counted"])
    new = {each["student"]["id"]: each["leftOut"] for each in after["leftOut"] if each not in before["leftOut"]}
    assert new == dict(zip((gid("Student", stay["student_id"]) for stay in stays), reasons.values(), strict=True))


async def test_staff_who_are_not_here_on_the_day(forms: Forms) -> None:
    form = await forms.open()
    before = await forms.provenance(form, "7.01.3")
    # One has been dismissed in the demo school's year already.
    gone = {each["staff"]["id"]: each["leftOut"] for each in before["leftOut"]}
    assert set(gone.values()) <= {"GONE"}
    first, second, third = [each["staff"]["id"] for each in before["counted"][:3]]
    for id_, change in (
        (first, "dismissed_on = '2026-05-19'"),
        (second, "hired_on = '2026-05-21'"),
        (third, "dismissed_on = '2026-05-20'"),
    ):
        await forms.db.execute(f"UPDATE staff SET {change} WHERE id = $1", number_of(id_))
    after = await forms.provenance(form, "7.01.3")
    assert int(after["value"]) == int(before["value"]) - 2
    assert {each["staff"]["id"]: each["leftOut"] for each in after["leftOut"]} == gone | {
        first: "GONE",
        second: "LATER",
    }


async def test_whose_card_is_not_read_is_not_named(forms: Forms) -> None:
    """A secretary reads no cards of employees (4.2): by whom a cell counts, each one's age would be known."""
    form = await forms.open()
    await forms.db.execute(
        "UPDATE staff SET dismissed_on = '2026-05-19' WHERE id = (SELECT id FROM staff WHERE dismissed_on IS NULL"
        " AND hired_on < '2026-05-01' ORDER BY id DESC LIMIT 1)"
    )
    cells = [key for key, cell in (await forms.cells(form)).items() if key[0] in "789" and cell["kind"] == "COMPUTED"]
    cells = cells[::5]  # of each section several: one measure reads them all
    fields = PROVENANCE.replace(" group { id }", "")  # the administrator sees none
    told = 0
    for cell in cells:
        found = {
            each: await forms.provenance(form, cell, each, fields) for each in ("deputy", "administrator", "secretary")
        }
        named = found.pop("secretary")
        assert (named["value"], named["counted"], named["leftOut"]) == (found["deputy"]["value"], None, None), cell
        assert found["deputy"] == found["administrator"]
        told += len(found["deputy"]["counted"]) + len(found["deputy"]["leftOut"])
    assert told > len(cells)
    students = await forms.provenance(form, "2.05.4", "secretary")
    assert str(len(students["counted"])) == students["value"] != "0"


async def test_a_subject_without_group_or_teacher(forms: Forms) -> None:
    """Who is in neither subgroup of English; and the groups that nobody teaches it on the day, with who is in them."""
    form = await forms.open()
    row = await forms.db.fetchrow(
        "SELECT m.group_id, m.student_id, a.subject_id FROM group_member AS m JOIN teaching_assignment AS a"
        " USING (school_id, group_id) JOIN subject AS s ON s.id = a.subject_id WHERE s.name LIKE 'Английский%'"
        " AND '2026-05-20' BETWEEN m.starts_on AND coalesce(m.ends_on, 'infinity')"
        " AND '2026-05-20' BETWEEN a.starts_on AND coalesce(a.ends_on, 'infinity') ORDER BY 1, 2 LIMIT 1"
    )
    before = await forms.provenance(form, "5.01.3")
    student, group = gid("Student", row["student_id"]), gid("StudyGroup", row["group_id"])
    assert student in {each["student"]["id"] for each in before["counted"]}
    await forms.db.execute(
        "DELETE FROM group_member WHERE group_id = $1 AND student_id = $2", row["group_id"], row["student_id"]
    )
    found = await forms.provenance(form, "5.01.3")
    assert {each["student"]["id"]: each["leftOut"] for each in found["leftOut"]}[student] == "NO_GROUP"
    assert student not in {each["student"]["id"] for each in found["counted"]}
    members = {
        gid("Student", each["student_id"])
        for each in await forms.db.fetch("SELECT student_id FROM group_member WHERE group_id = $1", row["group_id"])
    }
    await forms.db.execute(
        "UPDATE teaching_assignment SET ends_on = '2026-05-19' WHERE group_id = $1 AND subject_id = $2",
        *(row["group_id"], row["subject_id"]),
    )
    found = await forms.provenance(form, "5.01.3")
    left = {each["student"]["id"]: each["leftOut"] for each in found["leftOut"]}
    assert members
    assert {left[each] for each in members} == {"NO_TEACHER"}
    groups = await forms.provenance(form, "5.01.8")
    assert [(each["group"]["id"], each["leftOut"]) for each in groups["leftOut"]] == [(group, "NO_TEACHER")]
    assert group not in {each["group"]["id"] for each in groups["counted"]}


async def test_who_learns_two_subjects_of_a_cell_is_counted_once(forms: Forms) -> None:
    """«Английский» asks for students, not for how many subjects are called so; and the same of groups."""
    form = await forms.open()
    before = await forms.provenance(form, "5.01.3"), await forms.provenance(form, "5.01.8")
    row = await forms.db.fetchrow(
        "SELECT a.school_id, a.staff_id, a.group_id, s.id AS subject_id, m.student_id FROM teaching_assignment AS a"
        " JOIN subject AS s ON s.id = subject_id JOIN group_member AS m USING (group_id)"
        " WHERE s.name LIKE 'Английский%' AND '2026-05-20' BETWEEN a.starts_on AND coalesce(a.ends_on, 'infinity')"
        " AND '2026-05-20' BETWEEN m.starts_on AND coalesce(m.ends_on, 'infinity') ORDER BY a.id, student_id LIMIT 1"
    )
    second = await forms.db.fetchval(
        "INSERT INTO subject (school_id, name, short_name) VALUES ($1, 'Английский язык (второй)', 'А2') RETURNING id",
        row["school_id"],
    )
    await forms.db.execute(
        "INSERT INTO teaching_assignment (school_id, staff_id, group_id, subject_id, starts_on)"
        " VALUES ($1, $2, $3, $4, '2025-09-01')",
        *(row["school_id"], row["staff_id"], row["group_id"], second),
    )

    async def unchanged() -> bool:
        return (await forms.provenance(form, "5.01.3"), await forms.provenance(form, "5.01.8")) == before

    assert await unchanged()
    # Who does not take one of them is counted for the other, and left out only of both.
    drop = (
        "INSERT INTO dropped_subject (school_id, student_id, subject_id, starts_on) VALUES ($1, $2, $3, '2025-09-01')"
    )
    await forms.db.execute(drop, row["school_id"], row["student_id"], second)
    assert await unchanged()
    await forms.db.execute(drop, row["school_id"], row["student_id"], row["subject_id"])
    found = await forms.provenance(form, "5.01.3")
    left = [each["leftOut"] for each in found["leftOut"] if each["student"]["id"] == gid("Student", row["student_id"])]
    assert (int(found["value"]), left) == (int(before[0]["value"]) - 1, ["DROPPED"])
    assert str(len(found["counted"])) == found["value"]


async def test_a_year_that_is_not_open_counts_nobody(forms: Forms) -> None:
    form = await forms.open()
    before = {key: (await forms.provenance(form, key))["counted"] for key in ("2.15.3", "2.15.4")}
    await forms.db.execute("UPDATE academic_year SET state = 'draft'")
    for key, counted in before.items():
        found = await forms.provenance(form, key)
        assert (found["value"], found["counted"]) == ("0", [])
        drafted = [each for each in found["leftOut"] if each["leftOut"] == "YEAR_DRAFT"]
        assert drafted == [{**each, "leftOut": "YEAR_DRAFT"} for each in counted]
        assert drafted


async def test_who_wrote_a_cell(forms: Forms) -> None:
    """Whoever gave it the value that stands: not who wrote the same again, nor who wrote another cell."""
    accounts = {
        row["login"]: row
        for row in await forms.db.fetch(
            "SELECT login, account.id, staff.id AS staff FROM staff JOIN account USING (school_id, person_id)"
            " WHERE login IN ('deputy', 'director')"
        )
    }
    form = await forms.open()

    async def written(cell: str) -> tuple[datetime, str] | None:
        found = (await forms.provenance(form, cell))["written"]
        return found and (datetime.fromisoformat(found["at"]), found["by"]["id"])

    async def write(as_: str, **cells: str | None) -> tuple[datetime, str]:
        """Write cells of section 1; gives when, and who."""
        given = [{"cell": f"1.{row[1:]}.3", "value": value} for row, value in cells.items()]
        await forms.done("setFormCells", formId=form, cells=given)
        # Only a deputy writes: another one, at a moment of their own.
        at = datetime(2026, 5, 20, 12, len(moments), tzinfo=UTC)
        moments.append(at)
        await forms.db.execute(
            "ALTER TABLE federal_form DISABLE TRIGGER federal_form_history; UPDATE federal_form SET changed_at ="
            f" '{at.isoformat()}', changed_by = {accounts[as_]['id']} WHERE id = {number_of(form)};"
            " ALTER TABLE federal_form ENABLE TRIGGER federal_form_history"
        )
        return at, gid("Staff", accounts[as_]["staff"])

    moments: list[datetime] = []
    assert await written("1.01.3") is None
    assert await written("2.05.4") is None, "computed"
    first = await write("deputy", r01="3")
    assert await written("1.01.3") == first
    second = await write("director", r01="3", r02="40")
    assert (await written("1.01.3"), await written("1.02.3")) == (first, second)
    third = await write("director", r01="4")
    assert (await written("1.01.3"), await written("1.02.3")) == (third, second)
    fourth = await write("deputy", r01="3")
    assert await written("1.01.3") == fourth, "the value that stands is of this time"
    emptied = await write("director", r01=None)
    assert await written("1.01.3") == emptied
    assert await written("1.03.3") is None
    frozen = (await forms.provenance(await forms.demo_form("closed"), "1.01.3"))["written"]
    assert frozen["by"]["id"] == gid("Staff", accounts["deputy"]["staff"])
