"""The school of the test of a full year: its people, as their lists would come on sheets, and how it takes them in."""

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from typer.testing import CliRunner

from documents.sheets import write_sheet
from server.cli import app

from .cycle_door import PASSWORD, Door
from .cycle_roll import Roll

Row = dict[str, str | None]

FIRST = "2025-09-01"
STAFF: dict[str, tuple[str, str, str]] = {
    "administrator": ("Орлова Анна Игоревна", "Инженер", "Специалист по кадрам"),
    "hr": ("Быкова Нина Петровна", "Специалист по кадрам", ""),
    "director": ("Громова Ольга Львовна", "Директор", ""),
    "deputy": ("Завьялова Ирина Юрьевна", "Заместитель директора", ""),
    "secretary": ("Ларина Вера Павловна", "Секретарь", ""),
    "rus": ("Рогова Мария Ильинична", "Учитель русского языка", ""),
    "math": ("Мухина Елена Олеговна", "Учитель математики", ""),
    "eng": ("Анисимова Юлия Романовна", "Учитель английского языка", ""),
    "eng2": ("Белова Софья Романовна", "Учитель английского языка", ""),
    "pe": ("Физкультова Алла Сергеевна", "Учитель физической культуры", ""),
    "first": ("Азбукина Инна Марковна", "Учитель начальных классов", ""),
    "fourth": ("Счётова Дина Фёдоровна", "Учитель начальных классов", ""),
}
"""Who works here, by what they are called in the test: name, position, and the role that their row asks for."""

TEACHERS = ("rus", "math", "eng", "eng2", "pe", "first", "fourth")
BIRTHS = {who: f"{number:02}.03.1980" for number, who in enumerate(STAFF, 1)}
NUMBERS = {who: f"{number:04}" for number, who in enumerate(STAFF, 1)}

SIZES = {"1А": 7, "4А": 7, "9А": 8, "9Б": 7, "10А": 6, "11А": 6}
FAMILIES = (
    *("Абрамов", "Авдеев", "Агапов", "Баранов", "Блинов", "Борисов", "Васильев", "Воробьёв", "Галкин", "Гусев"),
    *("Данилов", "Дьяков", "Егоров", "Ершов", "Жуков", "Зимин", "Зуев", "Иванов", "Исаев", "Калинин", "Котов"),
    *("Кузьмин", "Лебедев", "Лосев", "Макаров", "Морозов", "Назаров", "Никитин", "Обухов", "Осипов", "Павлов"),
    *("Петров", "Рыбаков", "Савин", "Соболев", "Тарасов", "Титов", "Уваров", "Федотов", "Харитонов", "Чернов"),
)


def _classes() -> dict[str, list[str]]:
    """Who comes into each class on the first day."""
    families = iter(FAMILIES)
    return {of: [f"{next(families)} Пётр Ильич" for _ in range(size)] for of, size in SIZES.items()}


PUPILS = _classes()
MOTHERS = {
    PUPILS["9А"][0]: ("Егорова Лидия Андреевна", "12.05.1983"),
    PUPILS["4А"][0]: ("Егорова Лидия Андреевна", "12.05.1983"),
    PUPILS["9Б"][2]: ("Котова Жанна Семёновна", "30.11.1984"),
    PUPILS["4А"][1]: (STAFF["pe"][0], BIRTHS["pe"]),
}
"""Whose mother has applied: one has two children here, one teaches here."""

STUDENTS = {"goes on": PUPILS["9А"][0], "graduate": PUPILS["11А"][0], "leaver": PUPILS["9Б"][2]}
PARENTS = {"parent": "Егорова Лидия Андреевна", "leaver's parent": "Котова Жанна Семёновна"}
"""Who of the families gets an account, by what they are called in the test."""

LED_FIRST = {"1А": "first"}
LOAD_FIRST = ("Русский язык", "Математика", "Английский язык", "Физическая культура")


def _person(name: str, birth: str, sex: str) -> Row:
    family, given, patronymic = name.split()
    return {"Фамилия": family, "Имя": given, "Отчество": patronymic, "Пол": sex, "Дата рождения": birth}


def staff_rows() -> list[Row]:
    """The list of the staff."""
    return [
        _person(name, BIRTHS[who], "ж")
        | {"Табельный номер": NUMBERS[who], "Должность": position, "Дата приёма": "15.08.2015", "Роли": roles}
        for who, (name, position, roles) in STAFF.items()
    ]


def student_rows() -> list[Row]:
    """The lists of the classes."""
    numbers = count(1)
    rows = []
    for of, names in PUPILS.items():
        for place, name in enumerate(names, 1):
            birth = f"{place:02}.02.{2018 - int(of[:-1])}"
            row = _person(name, birth, "м") | {"Класс": of, "Номер личного дела": f"И-{next(numbers)}"}
            if name in MOTHERS:
                mother = _person(*MOTHERS[name], "ж") | {"Кем приходится": "мать", "Дата заявления": "25.08.2025"}
                row |= {f"Представитель 1: {header}": cell for header, cell in mother.items()}
            rows.append(row)
    return rows


def load_rows() -> list[Row]:
    """What the teacher of the first class teaches; the rest of the load is given out in the System."""
    return [
        {"Табельный номер": NUMBERS["first"], "Предмет": subject, "Класс": "1А", "Классный руководитель": "да"}
        for subject in LOAD_FIRST
    ]


async def run(url: str, *words: str) -> str:
    """What a command of the program prints. It runs beside the test's own loop, on the year's first day."""
    env = {"DATABASE_URL": url, "CLASSBOOK_NOW": f"{FIRST}T08:00+07:00", "COLUMNS": "200"}
    done = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=env)
    assert done.exit_code == 0, done.output
    return done.output


async def begin(url: str, folder: Path) -> None:
    """The school begins: an administrator, and the lists of its people from XLSX files, each looked through first."""
    family, given, patronymic = STAFF["administrator"][0].split()
    await run(
        url,
        *("create-admin", "--login", "admin", "--school", "63", "--school-name", "Школа № 63", "--password", PASSWORD),
        *("--family-name", family, "--given-name", given, "--patronymic", patronymic, "--birth-date", "1980-03-01"),
        *("--time-zone", "Asia/Barnaul"),
    )
    for kind, rows in (("staff", staff_rows()), ("students", student_rows()), ("assignments", load_rows())):
        headers = list(dict.fromkeys(header for row in rows for header in row))
        file = folder / f"{kind}.xlsx"
        file.write_bytes(write_sheet(headers, [[row.get(header) for header in headers] for row in rows]))
        assert "Ошибок нет" in await run(url, "import", kind, str(file))
        assert "загружен" in await run(url, "import", kind, str(file), "--apply")


def enrolled() -> Roll:
    """The model on the first day."""
    roll = Roll()
    for of, names in PUPILS.items():
        for name in names:
            roll.come(name, of, FIRST)
    return roll


async def accounts(door: Door) -> None:
    """Everybody gets an account from whoever gives it out, and enters with the password for once (11.2, 11.7–11.10)."""
    await door.enter("administrator", "admin", PASSWORD)
    staff = {each["name"]: each["id"] for each in await door.nodes("administrator", "staff", "id name")}
    ids = {who: staff[name] for who, (name, _, _) in STAFF.items()}
    others = [who for who in STAFF if who != "administrator"]
    issued = await _issue(door, "administrator", [ids[who] for who in others])
    owners = dict(zip(others, issued, strict=True))
    for who, role in {"director": "DIRECTOR", "deputy": "DEPUTY", **dict.fromkeys(TEACHERS, "TEACHER")}.items():
        given = {"accountId": owners[who]["account"]["id"], "role": role, "startsOn": FIRST}
        await door.do("administrator", "assignRole", given)
    await _enter(door, owners, "director")
    for number, (who, responsibility) in enumerate(
        (("hr", "STAFF_CARDS"), ("secretary", "STUDENT_CARDS"), ("deputy", "USE_OF_SYSTEM")), 1
    ):
        order = {"number": f"{number}-о", "dated": FIRST, "startsOn": FIRST, "staffId": ids[who]}
        await door.do("director", "issueAppointmentOrder", {**order, "responsibility": responsibility})
    await _enter(door, owners, *(who for who in others if who != "director"))
    await _give_up_hr(door)
    await _families(door)
    analyst = await door.do("administrator", "createAnalystAccount", {"login": "analyst"}, "login password")
    await door.enter("analyst", analyst["login"], analyst["password"])


async def _give_up_hr(door: Door) -> None:
    """The administrator has given out the first accounts: from now on the specialist does."""
    roles = (await door.ask("administrator", "{ me { account { roles { id role } } } }"))["me"]["account"]["roles"]
    own = next(each["id"] for each in roles if each["role"] == "HR")
    await door.do("administrator", "endRole", {"roleId": own, "endsOn": "2025-08-31"})
    assert (await door.ask("administrator", "{ me { roles } }"))["me"]["roles"] == ["ADMINISTRATOR"]
    assert (await door.ask("hr", "{ me { roles } }"))["me"]["roles"] == ["HR"]


async def _families(door: Door) -> None:
    shown = "id name guardianships { guardian { id name } }"
    students = await door.nodes("secretary", "students", shown)
    ids = {each["name"]: each["id"] for each in students}
    guardians = {
        given["guardian"]["name"]: given["guardian"]["id"] for each in students for given in each["guardianships"]
    }
    owners = {who: ids[name] for who, name in STUDENTS.items()} | {who: guardians[n] for who, n in PARENTS.items()}
    issued = await _issue(door, "secretary", list(owners.values()))
    await _enter(door, dict(zip(owners, issued, strict=True)), *owners)


async def _issue(door: Door, who: str, owners: Sequence[str]) -> list[Row]:
    shown = "accounts { login password account { id } }"
    found: list[Row] = (await door.do(who, "issueAccounts", {"ownerIds": owners}, shown))["accounts"]
    return found


async def _enter(door: Door, owners: dict[str, Row], *people: str) -> None:
    await asyncio.gather(
        *(door.enter(who, owners[who]["login"] or "", owners[who]["password"] or "") for who in people)
    )
