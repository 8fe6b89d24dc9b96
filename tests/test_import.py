"""Imports: what a file does to a school, that it is loaded whole or not at all, and that twice is as good as once."""

import asyncio
import json
from datetime import date, timedelta
from traceback import format_exception

import asyncpg
import pytest

from models import Base
from resolvers.imports import ImportRefused, apply_import, plan_import
from resolvers.imports_plan import OBJECT_NAMES, Effect
from rules.account import Role
from rules.imports_columns import ImportKind
from rules.refusals import Refusal

from .conftest import clone
from .import_rows import (
    ASSIGNMENTS,
    FILES,
    G1,
    NOW,
    STAFF,
    STUDENTS,
    TODAY,
    Cells,
    contents,
    employee,
    guardian,
    load,
    new_school,
    plan,
    reasons,
    sheet_of,
    student,
    teaching,
)
from .journal_help import move_day
from .movement_help import end


async def test_a_second_run_changes_nothing(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    first = {kind: await load(connection, school_id, kind, *rows) for kind, rows in FILES.items()}
    assert first[STUDENTS].created == {
        "person": 5, "student": 3, "guardian": 2, "guardianship": 3, "school_class": 2, "study_group": 2,
        "movement_order": 3, "movement_item": 3, "enrolment": 3,
    }  # fmt: skip
    assert first[ASSIGNMENTS].created == {
        "subject": 3, "study_group": 2, "teaching_assignment": 4, "class_leadership": 2
    }  # fmt: skip
    before = await contents(connection, school_id)
    for kind, rows in FILES.items():
        planned = await plan(connection, school_id, kind, *rows)
        assert {shown.effect for shown in planned.preview} == {Effect.UNCHANGED}
        again = await apply_import(connection, school_id, planned, NOW, None)
        assert (again.created, again.changed) == ({}, {})
        for table, created in first[kind].created.items():
            # The group of a whole class comes with the class, an order with those it enrols; files name neither.
            unnamed = table in {"study_group", "movement_order", "movement_item"}
            assert unnamed or again.unchanged[table] == created
    assert await contents(connection, school_id) == before


async def test_what_is_loaded(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind, rows in FILES.items():
        await load(connection, school_id, kind, *rows)
    enrolled = await connection.fetch(
        "SELECT file_number, grade, letter, period_kind, starts_on, taught_at_home FROM enrolment "
        "JOIN student ON student.id = student_id JOIN school_class ON school_class.id = class_id ORDER BY file_number"
    )
    assert [tuple(row) for row in enrolled] == [
        ("И-1", 5, "А", "quarter", date(2025, 9, 3), False),
        ("И-2", 5, "А", "quarter", date(2025, 9, 1), True),
        ("И-3", 10, "Б", "half_year", date(2025, 9, 1), False),
    ]
    guardians = await connection.fetch(
        "SELECT given_name, kind, applied_on, starts_on FROM guardianship JOIN guardian ON guardian.id = guardian_id "
        "JOIN person ON person.id = person_id ORDER BY 1, starts_on"
    )
    assert [tuple(row) for row in guardians] == [
        ("Мария", "mother", date(2025, 8, 20), date(2025, 8, 20)),
        ("Мария", "mother", date(2025, 8, 20), date(2025, 8, 25)),
        ("Пётр", "father", date(2025, 8, 25), date(2025, 8, 25)),
    ]
    taught = await connection.fetch(
        "SELECT number, subject.name, study_group.kind, study_group.name, starts_on, ends_on FROM teaching_assignment "
        "JOIN staff ON staff.id = staff_id JOIN subject ON subject.id = teaching_assignment.subject_id "
        "JOIN study_group ON study_group.id = group_id ORDER BY 1, 2"
    )
    assert [tuple(row) for row in taught] == [
        ("0001", "Алгебра", "whole", None, date(2025, 9, 1), None),
        ("0001", "Геометрия", "whole", None, date(2025, 9, 1), None),
        ("0002", "Английский язык", "subgroup", "группа 1", date(2025, 9, 1), date(2025, 12, 30)),
        ("0003", "Английский язык", "subgroup", "группа 2", date(2025, 10, 1), None),
    ]


async def test_orders_of_an_import_have_their_terms(connection: asyncpg.Connection) -> None:
    """Those of 9.2, by the school's own working days: a 10th class is formed by its first day."""
    school_id = await new_school(connection)
    await move_day(connection, None, "2025-09-06")
    await load(connection, school_id, STUDENTS, *FILES[STUDENTS])
    orders = await connection.fetch(
        "SELECT grade, effective_on, due_on FROM movement_order JOIN movement_item ON order_id = movement_order.id "
        "JOIN school_class ON school_class.id = to_class_id ORDER BY 1, 2"
    )
    first, third = date(2025, 9, 1), date(2025, 9, 3)
    assert [tuple(row) for row in orders] == [
        (5, first, date(2025, 9, 4)),
        (5, third, date(2025, 9, 6)),
        (10, first, first),
    ]


async def test_one_bad_row_among_many_stops_them_all(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    rows = [student(number) for number in range(10, 60)]
    rows[30]["Дата рождения"] = "30.02.2014"
    rows[40]["Класс"] = "13Я"
    planned = await plan(connection, school_id, STUDENTS, *rows)
    assert [(problem.row, problem.column) for problem in planned.problems] == [(32, "Дата рождения"), (42, "Класс")]
    await reasons(connection, school_id, STUDENTS, *rows)
    assert not any((await contents(connection, school_id)).values())
    assert not await connection.fetchval("SELECT count(*) FROM audit_entry")


async def test_a_teacher_whose_child_studies_here_is_one_person(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    mother = {"Фамилия": "Семёнова", "Имя": "Алёна", "Отчество": "Юрьевна", "Дата рождения": "12.05.1988"}
    await load(connection, school_id, STAFF, employee(1) | mother)
    report = await load(connection, school_id, STUDENTS, student() | guardian(**mother | {"Фамилия": "СЕМЕНОВА"}))  # type: ignore[arg-type]
    assert (report.created["person"], report.unchanged["person"], report.changed) == (1, 1, {})
    assert await connection.fetchval(
        "SELECT count(*) FROM person JOIN staff ON staff.person_id = person.id JOIN guardian USING (person_id) "
        "WHERE family_name = 'Семёнова'"
    )


async def test_a_mother_who_becomes_a_teacher_is_one_person(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    mother = guardian()
    await load(connection, school_id, STUDENTS, student() | mother)
    card = {header.removeprefix(G1): cell for header, cell in mother.items() if header.removeprefix(G1) in employee()}
    planned = await plan(connection, school_id, STAFF, employee() | card)
    assert "уже есть в школе" in planned.preview[0].details[1]
    report = await apply_import(connection, school_id, planned, NOW, None)
    assert (report.created, report.unchanged) == ({"staff": 1}, {"person": 1})


async def test_a_changed_cell_updates_its_row(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind in (STAFF, STUDENTS):
        await load(connection, school_id, kind, *FILES[kind])
    renamed = student(1, Фамилия="Ивановский", Индивидуальный_план="да") | guardian(
        Кем_приходится="опекун", Дата_заявления="24.08.2025"
    )
    planned = await plan(connection, school_id, STUDENTS, renamed)
    assert planned.preview[0].effect == Effect.CHANGED
    assert planned.preview[0].details == (
        "изменится: фамилия, индивидуальный план",
        "Иванова Мария Петровна: изменится: кем приходится, дата заявления",
    )
    report = await apply_import(connection, school_id, planned, NOW, None)
    assert (report.created, report.changed) == ({}, {"person": 1, "student": 1, "guardianship": 1})
    assert await connection.fetchval(
        "SELECT individual_plan FROM student JOIN person ON person.id = person_id WHERE family_name = 'Ивановский'"
    )
    report = await load(connection, school_id, STAFF, employee(1, Должность="Завуч"), employee(2, Разряд="7"))
    assert report.changed == {"staff": 2}
    grades = await connection.fetch(
        "SELECT position, grade FROM staff WHERE number IN ('0001', '0002') ORDER BY number"
    )
    assert [tuple(row) for row in grades] == [("Завуч", None), ("Учитель", "7")]


async def test_what_an_import_changes_is_kept(connection: asyncpg.Connection) -> None:
    """A changed card has a new version, by which others see that it is not what they saw; the history has the old."""
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, employee(1), employee(2))
    await load(connection, school_id, STAFF, employee(1, Должность="Завуч"), employee(2, Пол="м"))
    staff = await connection.fetch(
        "SELECT version, changed_at FROM staff WHERE school_id = $1 ORDER BY number", school_id
    )
    assert [tuple(row) for row in staff] == [(2, NOW), (1, NOW)]
    kept = await connection.fetch(
        "SELECT relation, version, replaced_at, command FROM history"
        " JOIN audit_entry ON audit_entry.id = audit_entry_id WHERE history.school_id = $1 ORDER BY relation",
        school_id,
    )
    assert [tuple(row) for row in kept] == [("person", 1, NOW, "import"), ("staff", 1, NOW, "import")]


async def test_contacts_do_not_come_by_lists(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    row = student() | guardian() | {"Телефон": "8-900", f"{G1}Электронная почта": "a@example.org", "Заметка": "—"}
    report = await load(connection, school_id, STUDENTS, row)
    told = {problem.column: problem.reason for problem in report.warnings}
    assert told["Телефон"] == told[f"{G1}Электронная почта"] == "Контакты списком не загружаются (п. 4.8)."
    assert told["Заметка"] == "Такого столбца нет: он не загружается."
    assert await connection.fetchval("SELECT count(*) FROM person WHERE phone IS NOT NULL OR email IS NOT NULL") == 0


async def test_a_column_the_file_lacks_is_left_alone(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, employee(1, Разряд="12"))
    shorter = {header: cell for header, cell in employee(1).items() if header != "Отчество"}
    assert (await load(connection, school_id, STAFF, shorter)).changed == {}


async def test_movement_is_not_imported(connection: asyncpg.Connection) -> None:
    """9.2: who was enrolled changes class, leaves and comes back by order only."""
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student(), student(2))
    moved = student(Класс="5Б")
    assert "перевод оформляется приказом" in (await reasons(connection, school_id, STUDENTS, moved))[0]
    students = [row["id"] for row in await connection.fetch("SELECT id FROM student")]
    await end(connection, school_id, TODAY - timedelta(days=1), *students)
    assert "выбыл 09.09.2025" in (await reasons(connection, school_id, STUDENTS, student()))[0]
    await connection.execute("UPDATE enrolment SET ends_on = $1", TODAY)
    later = await plan(connection, school_id, STUDENTS, student(Дата_зачисления="05.09.2025"))
    assert not later.problems
    assert "только приказом" in later.warnings[0].reason


async def test_last_years_class_needs_an_order(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection, year=date(2024, 9, 1))
    await load(connection, school_id, STUDENTS, student(Класс="4А"))
    await connection.execute(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, '2025/2026', $2, $3)",
        school_id, date(2025, 9, 1), date(2026, 8, 31),
    )  # fmt: skip
    assert "4А прошлого учебного года" in (await reasons(connection, school_id, STUDENTS, student()))[0]


async def test_reasons_that_only_the_school_knows(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    for kind, rows in FILES.items():
        await load(connection, school_id, kind, *rows)

    async def reason(kind: ImportKind, *rows: Cells) -> str:
        return (await reasons(connection, school_id, kind, *rows))[0]

    assert "номером личного дела «И-1»" in await reason(STUDENTS, student(1, Номер_личного_дела="И-99"))
    taken = {"Имя": student(2)["Имя"]}
    assert "Другой человек" in await reason(STUDENTS, student(1) | taken)
    assert "буква класса" in await reason(STUDENTS, student(9, Класс="5"))
    assert "после конца" in await reason(STUDENTS, student(9, Дата_зачисления="01.09.2026"))
    assert "табельным номером «0001»" in await reason(STAFF, employee(1, Табельный_номер="0099"))
    assert "Нет сотрудника" in await reason(ASSIGNMENTS, teaching(77))
    assert "вне учебного года" in await reason(ASSIGNMENTS, teaching(1, С="31.08.2025"))
    assert "уже есть классный руководитель (№ 0001)" in await reason(
        ASSIGNMENTS, teaching(2, Классный_руководитель="да")
    )
    await connection.execute("UPDATE staff SET dismissed_on = $1::date - 1 WHERE number = '0001'", TODAY)
    assert "уволен 09.09.2025" in await reason(STAFF, employee(1))
    assert "уволен 09.09.2025" in await reason(ASSIGNMENTS, teaching(1))
    await connection.execute("UPDATE guardianship SET ends_on = $1", TODAY - timedelta(days=3))
    assert "нужно новое заявление" in await reason(STUDENTS, student(1) | guardian())
    await connection.execute(
        "INSERT INTO person (school_id, family_name, given_name, patronymic, sex, birth_date) "
        "SELECT school_id, family_name, given_name, patronymic, sex, birth_date FROM person WHERE given_name = 'Мария'"
    )
    assert "несколько человек" in await reason(STUDENTS, student(9) | guardian())


async def test_a_guardian_under_a_new_family_name_is_doubted(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student() | guardian())
    planned = await plan(connection, school_id, STUDENTS, student() | guardian(Фамилия="Сидорова"))
    assert planned.created == {"person": 1, "guardian": 1, "guardianship": 1}
    assert "исправьте его карту" in planned.warnings[0].reason


async def test_roles_go_to_those_who_have_accounts(connection: asyncpg.Connection) -> None:
    """11.8: accounts are issued by the HR specialist, an import makes none."""
    school_id = await new_school(connection)
    rows = [employee(1, Роли="Учитель; завуч"), employee(2, Роли="Учитель")]
    assert "Строки: 2, 3" in (await load(connection, school_id, STAFF, *rows)).warnings[0].reason
    await connection.execute(
        "INSERT INTO account (school_id, person_id, kind, login, login_key, password_hash, created_at) "
        "SELECT $1, person_id, 'person', number, number, '', $2 FROM staff WHERE number = '0001'",
        school_id, NOW,
    )  # fmt: skip
    report = await load(connection, school_id, STAFF, *rows)
    assert report.created == {"account_role": 2}
    assert "Строки: 3" in report.warnings[0].reason
    roles = await connection.fetch("SELECT role, starts_on, ends_on FROM account_role ORDER BY role")
    assert [tuple(row) for row in roles] == [(Role.DEPUTY, TODAY, None), (Role.TEACHER, TODAY, None)]
    assert (await load(connection, school_id, STAFF, *rows)).created == {}


async def test_terms_of_teaching_change_and_never_reopen(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, *FILES[STAFF])
    await load(connection, school_id, ASSIGNMENTS, teaching(1, Классный_руководитель="да"))
    handover = [
        teaching(1, Классный_руководитель="да", По="31.10.2025", С=None),
        teaching(2, Классный_руководитель="да", С="01.11.2025"),
    ]
    report = await load(connection, school_id, ASSIGNMENTS, *handover)
    assert report.created == report.changed == {"teaching_assignment": 1, "class_leadership": 1}
    assert report.warnings == []
    # The old file says nothing of a last day: what has been ended stays ended.
    assert (await load(connection, school_id, ASSIGNMENTS, teaching(1, Классный_руководитель="да"))).changed == {}
    # The first teacher comes back: a second term beside the first.
    back = [handover[0], handover[1] | {"По": "31.12.2025"}, teaching(1, С="12.01.2026")]
    assert (await load(connection, school_id, ASSIGNMENTS, *back)).created == {"teaching_assignment": 1}
    assert (await load(connection, school_id, ASSIGNMENTS, *back)).created == {}
    # A row that gives another first day moves the term it meets.
    moved = await load(connection, school_id, ASSIGNMENTS, teaching(1, С="13.01.2026"))
    assert (moved.created, moved.changed) == ({}, {"teaching_assignment": 1})


async def test_doubts_about_teaching(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STAFF, *FILES[STAFF])
    await load(connection, school_id, ASSIGNMENTS, teaching(1))
    planned = await plan(connection, school_id, ASSIGNMENTS, teaching(2), teaching(2, Предмет="Алгебрa"))
    assert [(warning.row, warning.column) for warning in planned.warnings] == [(2, "Предмет"), (3, "Предмет")]
    assert "№ 0001: доступ будет у обоих" in planned.warnings[0].reason
    assert "похож на «Алгебра»" in planned.warnings[1].reason
    assert planned.made == ["предмет «Алгебрa»"]


async def test_a_class_belongs_to_a_year(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection, year=None)
    for kind, row in ((STUDENTS, student()), (ASSIGNMENTS, teaching())):
        assert "Нет учебного года" in (await reasons(connection, school_id, kind, row))[0]
    years = [(name, date(start, 9, 1), date(start + 1, 8, 31)) for name, start in (("прошлый", 2024), ("новый", 2025))]
    await connection.executemany(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4)",
        [(school_id, *year) for year in years],
    )
    for today, year in ((date(2024, 8, 1), "прошлый"), (date(2025, 8, 31), "прошлый"), (date(2026, 10, 1), "новый")):
        planned = await plan_import(connection, school_id, STUDENTS, sheet_of(student()), today)
        assert planned.year == year


async def test_schools_do_not_meet(connection: asyncpg.Connection) -> None:
    one, other = await new_school(connection), await new_school(connection, "64")
    for kind, rows in FILES.items():
        await load(connection, one, kind, *rows)
    before = await contents(connection, one)
    for kind, rows in FILES.items():
        assert not (await load(connection, other, kind, *rows)).changed
    assert await contents(connection, one) == before
    assert {t: len(rows) for t, rows in (await contents(connection, other)).items()} == {
        table: len(rows) for table, rows in before.items()
    }


async def test_statements_do_not_grow_with_the_rows(connection: asyncpg.Connection) -> None:
    counted = []
    for code, size in (
        ("warming up", 1),
        ("small", 2),
        ("large", 400),
    ):  # a connection first learns the types of arrays
        school_id = await new_school(connection, code)
        statements: list[str] = []
        people = [student(n, На_дому=None) | guardian(Имя=str(student(n)["Имя"]) + "а") for n in range(10, 10 + size)]
        staff = [employee(n, Фамилия=student(n)["Фамилия"]) for n in range(10, 10 + size)]
        taught = [teaching(n, Предмет=f"Предмет {n}", Группа="1") for n in range(10, 10 + size)]
        changed = [row | {"На дому": "да"} for row in people]
        with connection.query_logger(lambda query, to=statements: to.append(query.query)):
            for kind, rows in ((STUDENTS, people), (STAFF, staff), (ASSIGNMENTS, taught), (STUDENTS, changed)):
                await load(connection, school_id, kind, *rows)
        counted.append(len(statements))
        assert await connection.fetchval("SELECT count(*) FROM student WHERE school_id = $1", school_id) == size
        assert await connection.fetchval(
            "SELECT count(*) FROM student WHERE taught_at_home AND school_id = $1", school_id
        )
    assert counted[1] == counted[2] < 100


async def test_what_changed_since_the_preview_is_seen(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    shown = await plan(connection, school_id, STUDENTS, student())
    await load(connection, school_id, STUDENTS, student(Класс="5Б"))
    assert not shown.problems
    with pytest.raises(ImportRefused) as refused:
        await apply_import(connection, school_id, shown, NOW, None)
    assert refused.value.plan.problems
    assert "Иванов" not in str(refused.value)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await apply_import(connection, school_id + 1000, shown, NOW, None)


async def test_two_imports_at_once_load_one_school_once(cluster: str, database_url: str) -> None:
    url = await clone(cluster, database_url)
    connections = [await asyncpg.connect(url) for _ in range(4)]
    try:
        school_id = await new_school(connections[0])
        rows = [student(number) | guardian() for number in range(10, 40)]
        reports = await asyncio.gather(*(load(each, school_id, STUDENTS, *rows) for each in connections))
        assert sorted(report.created.get("student", 0) for report in reports) == [0, 0, 0, 30]
    finally:
        for each in connections:
            await each.close()


async def test_a_clash_with_another_command_quotes_nobody(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    school_id = await new_school(connection)

    async def clash(*_: object) -> None:
        raise asyncpg.UniqueViolationError("Key (family_name)=(Иванов) already exists.")

    monkeypatch.setattr("resolvers.imports.write", clash)
    with pytest.raises(Refusal, match="CONFLICT") as refused:
        await load(connection, school_id, STUDENTS, student())
    assert "Иванов" not in "".join(format_exception(refused.value))


async def test_the_audit_trail_names_nobody(connection: asyncpg.Connection) -> None:
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student() | guardian())
    entry = await connection.fetchrow("SELECT * FROM audit_entry WHERE school_id = $1", school_id)
    assert (entry["command"], entry["outcome"], entry["at"], entry["account_id"]) == ("import", "done", NOW, None)
    told = json.loads(entry["input"])
    assert (told["kind"], told["file"], told["created"]["student"]) == ("students", "список.xlsx", 1)
    assert "Иванов" not in entry["input"]


def test_every_table_an_import_writes_has_a_name() -> None:
    assert OBJECT_NAMES.keys() <= Base.metadata.tables.keys()
