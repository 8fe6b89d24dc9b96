"""A small invented school whose reports can be reckoned by hand: all there is in it stands in the tables below.

The day is 10 June 2026. Last year: 4А, which goes on as 5А, and 9А, which goes on as 10А. This year: 1А (not marked),
5А and 5Б by quarters, 10А by half-years. Places: 1А 25, 5А 7, 10А 1, 5Б not planned.

Who is where (♂ ♀), from the first day of the year to today, unless said otherwise:

    4А   Алов ♂, Белова ♀, Вехов ♂, Сомов ♂ (until 23.05.2025: left for Тула, «переезд»)
    9А   Орлова ♀, Панин ♂, Тихов ♂ (graduated, until 25.06.2025)
    1А   Рыбин ♂
    5А   Алов, Белова, Вехов; Гаева ♀, Зимин ♂ (takes no English); Дымов ♂ (until 01.12.2025: left for Псков,
         «переезд»); Елина ♀ (until 01.02.2026: goes to 5Б on 02.02.); Жуков ♂ (from 17.11.2025, out of «школа № 7»)
    5Б   Ивлев ♂, Кротова ♀, Лисин ♂, Мухина ♀, Носов ♂; Елина from 02.02.2026
    10А  Орлова, Панин

Who teaches: Романова Russian (Р), Минин mathematics (М), in all classes; in 5А also English (Я), group 1 (Алов, Белова,
Вехов, Дымов) Иванова, group 2 (the others) Петров, and physical education (Ф) Петров. Романова leads 5А.

Who signs in: director, deputy, administrator, secretary, the four teachers, an analyst, Алов, his mother Алова.

`MARKS` are those at the ends of periods and years, `LESSONS`, `ABSENCES` and `DAILY` what is in the journals.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg

from server.demo import Demo
from server.settings import Settings

from .conftest import School, clone, drop, running
from .journal_help import gid
from .movement_help import end, enrol, open_stays, transfer

TODAY = date(2026, 6, 10)
LAST, THIS = "2024/2025", "2025/2026"
PERIODS = {
    LAST: {
        "I четверть": ("2024-09-02", "2024-10-25"),
        "II четверть": ("2024-11-05", "2024-12-27"),
        "III четверть": ("2025-01-09", "2025-03-21"),
        "IV четверть": ("2025-03-31", "2025-05-26"),
    },
    THIS: {
        "I четверть": ("2025-09-01", "2025-10-24"),
        "II четверть": ("2025-11-05", "2025-12-26"),
        "III четверть": ("2026-01-12", "2026-03-20"),
        "IV четверть": ("2026-03-30", "2026-05-26"),
        "I полугодие": ("2025-09-01", "2025-12-26"),
        "II полугодие": ("2026-01-12", "2026-05-26"),
    },
}
CLASSES = {
    # year, grade, letter, periods, places, what it continues
    "4А": (LAST, 4, "А", "quarter", 20, None),
    "9А": (LAST, 9, "А", "quarter", 20, None),
    "1А": (THIS, 1, "А", "quarter", 25, None),
    "5А": (THIS, 5, "А", "quarter", 7, "4А"),
    "5Б": (THIS, 5, "Б", "quarter", None, None),
    "10А": (THIS, 10, "А", "half_year", 1, "9А"),
}
SUBJECTS = {"Р": "Русский язык", "М": "Математика", "Я": "Английский язык", "Ф": "Физкультура"}
GIRLS = ("Белова", "Гаева", "Елина", "Кротова", "Мухина", "Орлова")
TAUGHT = [
    *(("Романова", of, None, "Р") for of in ("4А", "9А", "5А", "5Б", "10А")),
    *(("Минин", of, None, "М") for of in ("4А", "9А", "5А", "5Б", "10А")),
    *(("Иванова", "5А", "1 группа", "Я"), ("Петров", "5А", "2 группа", "Я"), ("Петров", "5А", None, "Ф")),
]
GROUPS = {
    "1 группа": ("Алов", "Белова", "Вехов", "Дымов"),
    "2 группа": ("Гаева", "Елина", "Жуков", "Зимин"),
}
YEAR = "Год"
MARKS: dict[tuple[str, str, str], dict[str, str]] = {
    # year, class, slot: of each student in Р, М and, in 5А, Я, Ф. «-»: no mark.
    (LAST, "4А", "II четверть"): {"Алов": "5 4", "Белова": "4 4", "Вехов": "3 2", "Сомов": "3 3"},
    (LAST, "4А", YEAR): {"Алов": "5 5", "Белова": "4 4", "Вехов": "3 3", "Сомов": "3 3"},
    (LAST, "9А", "II четверть"): {"Орлова": "5 5", "Панин": "4 3", "Тихов": "3 н/а"},
    (LAST, "9А", YEAR): {"Орлова": "5 5", "Панин": "4 4", "Тихов": "3 3"},
    (THIS, "5А", "I четверть"): {
        "Алов": "5 5 5 5",
        "Белова": "5 4 4 5",
        "Вехов": "3 3 4 4",
        "Гаева": "4 4 5 осв.",
        "Дымов": "2 3 3 4",
        "Елина": "4 4 4 4",
        "Зимин": "5 3 - 5",
    },
    (THIS, "5А", "II четверть"): {
        "Алов": "5 5 5 5",
        "Белова": "5 4 5 5",
        "Вехов": "3 2 4 н/а",
        "Гаева": "4 3 5 осв.",
        "Дымов": "2 - - -",
        "Елина": "5 4 - 5",
        "Жуков": "4 4 3 5",
        "Зимин": "4 4 - зач.",
    },
    (THIS, "5А", YEAR): {
        "Алов": "5 5 5 5",
        "Белова": "5 4 5 5",
        "Вехов": "3 2 4 4",
        "Гаева": "4 4 5 осв.",
        "Жуков": "4 4 3 5",
        "Зимин": "5 4 - 5",
    },
    (THIS, "5Б", "I четверть"): {"Ивлев": "4 4", "Кротова": "5 5", "Лисин": "3 4", "Мухина": "3 3", "Носов": "4 5"},
    (THIS, "5Б", "II четверть"): {"Ивлев": "5 4", "Кротова": "5 5", "Лисин": "3 3", "Мухина": "2 3", "Носов": "4 4"},
    (THIS, "5Б", YEAR): {
        "Ивлев": "4 4",
        "Кротова": "5 5",
        "Лисин": "3 3",
        "Мухина": "3 3",
        "Носов": "4 4",
        "Елина": "5 4",
    },
    (THIS, "10А", "I полугодие"): {"Орлова": "5 4", "Панин": "3 н/а"},
    (THIS, "10А", YEAR): {"Орлова": "5 5", "Панин": "3 3"},
}
LESSONS = [
    # day, number, class, group, subject, state, whether the roll was called
    ("2025-10-06", 1, "5А", None, "Р", "held", True),
    ("2025-10-06", 2, "5А", None, "М", "held", True),
    ("2025-10-06", 3, "5А", "1 группа", "Я", "held", True),
    ("2025-10-06", 3, "5А", "2 группа", "Я", "held", True),
    ("2025-10-06", 4, "5А", None, "Ф", "held", True),
    ("2025-10-07", 1, "5А", None, "Р", "held", True),
    ("2025-10-07", 2, "5А", None, "М", "held", True),
    ("2025-10-08", 1, "5Б", None, "Р", "held", True),
    ("2025-11-10", 1, "5А", None, "Р", "held", True),
    ("2025-11-10", 2, "5А", None, "М", "held", True),
    ("2025-11-10", 3, "5А", "1 группа", "Я", "held", True),
    ("2025-11-10", 3, "5А", "2 группа", "Я", "cancelled", False),
    ("2025-11-10", 4, "5А", None, "Ф", "held", True),
    ("2025-11-18", 1, "5А", None, "Р", "held", False),
    ("2025-11-18", 2, "5А", None, "М", "planned", False),
    ("2025-12-08", 2, "5А", None, "М", "held", True),
]
ADDED = ("2025-12-08", "5А", "М")
"""The lesson that was added to the timetable, in place of the one that was not held."""

ABSENCES = [
    *(("2025-10-06", subject, "Вехов", "illness") for subject in "РМЯФ"),
    ("2025-10-06", "Р", "Белова", "late"),
    ("2025-10-06", "Ф", "Гаева", "exempt"),
    ("2025-10-07", "Р", "Вехов", "illness"),
    ("2025-10-07", "Р", "Дымов", "unexcused"),
    ("2025-10-07", "М", "Дымов", "unexcused"),
    ("2025-11-10", "М", "Алов", "excused"),
    ("2025-11-10", "Р", "Елина", "unexplained"),
    ("2025-11-10", "Ф", "Гаева", "exempt"),
    ("2025-11-18", "Р", "Белова", "late"),
]
DAILY: list[tuple[str, str, str, int, dict[str, str]]] = [
    # day, class, subject, weight
    ("2025-10-06", "5А", "Р", 1, {"Алов": "5", "Белова": "4", "Гаева": "4", "Елина": "3"}),
    *(
        ("2025-10-06", "5А", subject, weight, marks)
        for subject, weight, marks in (
            ("Р", 3, {"Алов": "4", "Белова": "5", "Гаева": "3", "Дымов": "2", "Елина": "4", "Зимин": "5"}),
            ("М", 2, {"Алов": "5", "Белова": "3", "Вехов": ".", "Дымов": "3", "Елина": "н/а", "Зимин": "4"}),
        )
    ),
    ("2025-10-08", "5Б", "Р", 1, {"Ивлев": "5", "Кротова": "4", "Лисин": "3", "Мухина": "2", "Носов": "2"}),
    ("2025-11-10", "5А", "Р", 1, {"Алов": "3", "Вехов": "2", "Гаева": "осв.", "Зимин": "зач."}),
]
COUNCIL = [("Алов", "promoted"), ("Вехов", "promoted"), ("Вехов", "conditional")]
"""What the council decided of 5А, protocol 3 of 28.05.2026: of Вехов a second time, and that stands."""

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
OFFICE = ("director", "deputy", "administrator", "secretary")
LOGINS = {role: role for role in OFFICE} | dict.fromkeys(("Романова", "Минин", "Иванова", "Петров"), "teacher")


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)


@dataclass
class Golden:
    """The school while it runs, with the numbers of what is in it by their names."""

    db: "asyncpg.Connection[Any]"
    school: School = field(init=False)
    number: int = 0
    students: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, int] = field(default_factory=dict)
    periods: dict[tuple[str, str], int] = field(default_factory=dict)
    years: dict[str, int] = field(default_factory=dict)
    groups: dict[tuple[str, str | None], int] = field(default_factory=dict)
    lessons: dict[tuple[str, str, str | None, str], int] = field(default_factory=dict)

    async def ask(self, query: str, as_: str = "deputy", **given: Any) -> Any:
        """The data of an answer without errors."""
        return await self.school.data(query, given, as_=as_)

    def period(self, name: str, year: str = THIS) -> str:
        """The id of a period."""
        return gid("Period", self.periods[year, name])

    async def add(self, table: str, **values: Any) -> int:
        """A row; gives its number."""
        named = {"school_id": self.number, **values}
        places = ", ".join(f"${place}" for place in range(1, len(named) + 1))
        statement = f"INSERT INTO {table} ({', '.join(named)}) VALUES ({places}) RETURNING id"
        return int(await self.db.fetchval(statement, *named.values()))

    async def write(self) -> None:
        """Everything that the tables say."""
        self.number = await self.db.fetchval(
            "INSERT INTO school (code, name, full_name, time_zone) VALUES ('golden', 'Школа № 1', 'Школа № 1',"
            " 'Europe/Moscow') RETURNING school_id"
        )
        await self._curriculum()
        await self._people()
        await self._stays()
        await self._marks()
        await self._journal()
        # What the year was is kept: from here on nothing of it can be changed.
        await self.db.execute("UPDATE academic_year SET state = 'closed' WHERE name = $1", LAST)

    async def _curriculum(self) -> None:
        for name, periods in PERIODS.items():
            first, last = date(int(name[:4]), 9, 1), date(int(name[5:]), 8, 31)
            year = self.years[name] = await self.add("academic_year", name=name, starts_on=first, ends_on=last)
            for title, (since, until) in periods.items():
                kind = "quarter" if "четверть" in title else "half_year"
                number = ("I", "II", "III", "IV").index(title.split()[0]) + 1
                values = {"year_id": year, "kind": kind, "number": number, "name": title}
                days = {"starts_on": day(since), "ends_on": day(until)}
                self.periods[name, title] = await self.add("period", **values, **days)
        for short, name in SUBJECTS.items():
            self.subjects[short] = await self.add("subject", name=name, short_name=short)
        for name, (of_year, grade, letter, kind, places, before) in CLASSES.items():
            self.classes[name] = await self.add(
                "school_class",
                year_id=self.years[of_year],
                grade=grade,
                letter=letter,
                period_kind=kind,
                capacity=places,
                continues_id=before and self.classes[before],
            )
            self.groups[name, None] = await self.add("study_group", class_id=self.classes[name], kind="whole")
        for part in GROUPS:
            of = {"class_id": self.classes["5А"], "subject_id": self.subjects["Я"]}
            self.groups["5А", part] = await self.add("study_group", **of, kind="subgroup", name=part)

    async def _person(self, family: str, born: str) -> int:
        sex = "female" if family in GIRLS else "male"
        return await self.add("person", family_name=family, given_name="И", sex=sex, birth_date=day(born))

    async def _people(self) -> None:
        long_ago = date(2020, 9, 1)
        for login, role in LOGINS.items():
            person = await self._person(login, "1980-01-01")
            account = await self._account(login, person)
            await self.add("account_role", account_id=account, role=role, starts_on=long_ago)
            more = {"position": "Учитель", "hired_on": long_ago}
            self.staff[login] = await self.add("staff", person_id=person, number=login, **more)
        await self.add(
            "account", kind="analyst", login="analyst", login_key="analyst", password_hash="", created_at=NOW
        )
        for teacher, of, part, subject in TAUGHT:
            starts_on = date(int(CLASSES[of][0][:4]), 9, 1)
            given = {"group_id": self.groups[of, part], "subject_id": self.subjects[subject], "starts_on": starts_on}
            await self.add("teaching_assignment", staff_id=self.staff[teacher], **given)
        lead = {"class_id": self.classes["5А"], "staff_id": self.staff["Романова"]}
        await self.add("class_leadership", **lead, starts_on=date(2025, 9, 1))
        lead = {"class_id": self.classes["4А"], "staff_id": self.staff["Минин"]}
        await self.add("class_leadership", **lead, starts_on=date(2024, 9, 1), ends_on=date(2025, 8, 31))
        names = dict.fromkeys(name for marks in MARKS.values() for name in marks)
        for place, name in enumerate(["Рыбин", *names]):
            person = await self._person(name, "2014-01-01")
            self.students[name] = await self.add("student", person_id=person, file_number=f"Л-{place}")
        alov = await self.db.fetchval("SELECT person_id FROM student WHERE id = $1", self.students["Алов"])
        await self._account("Алов", alov)
        mother = await self._person("Алова", "1985-01-01")
        await self._account("Алова", mother)
        guardian = await self.add("guardian", person_id=mother, applied_on=long_ago)
        kin = {"guardian_id": guardian, "student_id": self.students["Алов"], "kind": "mother"}
        await self.add("guardianship", **kin, starts_on=long_ago)

    async def _account(self, login: str, person: int) -> int:
        values = {"login": login, "login_key": login.lower(), "password_hash": "", "created_at": NOW}
        return await self.add("account", person_id=person, kind="person", **values)

    async def _stays(self) -> None:
        db, school, classes = self.db, self.number, self.classes

        def of(*names: str) -> list[int]:
            return [self.students[name] for name in names]

        last, this = date(2024, 9, 1), date(2025, 9, 1)
        await enrol(db, school, classes["4А"], last, *of("Алов", "Белова", "Вехов", "Сомов"))
        await enrol(db, school, classes["9А"], last, *of("Орлова", "Панин", "Тихов"))
        await self._told(await end(db, school, date(2025, 5, 23), *of("Сомов")), "Тула", "переезд")
        await end(db, school, date(2025, 6, 25), *of("Тихов"), kind="graduation")
        for to, names in (("5А", ("Алов", "Белова", "Вехов")), ("10А", ("Орлова", "Панин"))):
            items = await end(db, school, this - timedelta(days=1), *of(*names), kind="promotion", to=classes[to])
            await open_stays(db, school, classes[to], this, of(*names), items)
        await enrol(db, school, classes["1А"], this, *of("Рыбин"))
        await enrol(db, school, classes["5А"], this, *of("Гаева", "Дымов", "Елина", "Зимин"))
        await enrol(db, school, classes["5Б"], this, *of("Ивлев", "Кротова", "Лисин", "Мухина", "Носов"))
        came = await enrol(db, school, classes["5А"], date(2025, 11, 17), *of("Жуков"))
        await self._told(came, "школа № 7", None)
        await self._told(await end(db, school, date(2025, 12, 1), *of("Дымов")), "Псков", "переезд")
        await transfer(db, school, classes["5Б"], date(2026, 2, 2), self.students["Елина"])
        days = {"Дымов": (this, date(2025, 12, 1)), "Елина": (this, date(2026, 2, 1))}
        days["Жуков"] = (date(2025, 11, 17), None)
        for part, names in GROUPS.items():
            for name in names:
                starts_on, ends_on = days.get(name, (this, None))
                member = {"group_id": self.groups["5А", part], "student_id": self.students[name]}
                await self.add("group_member", **member, starts_on=starts_on, ends_on=ends_on)
        english = {"student_id": self.students["Зимин"], "subject_id": self.subjects["Я"]}
        await self.add("dropped_subject", **english, starts_on=this)

    async def _told(self, items: list[int], place: str, reason: str | None) -> None:
        statement = "UPDATE movement_item SET place = $2, reason = $3 WHERE id = ANY($1)"
        await self.db.execute(statement, items, place, reason)

    async def _marks(self) -> None:
        for (year, of, slot), marks in MARKS.items():
            kind, period = ("year", None) if slot == YEAR else ("period", self.periods[year, slot])
            where = {"year_id": self.years[year], "class_id": self.classes[of], "kind": kind, "period_id": period}
            for name, values in marks.items():
                for subject, value in zip("РМЯФ", values.split(), strict=False):
                    if value != "-":
                        whose = {"student_id": self.students[name], "subject_id": self.subjects[subject]}
                        set_at = {"set_at": NOW, "changed_at": NOW}
                        await self.add("final_mark", **where, **whose, value=value, **set_at)
        deputy = await self.db.fetchval("SELECT id FROM account WHERE login = 'deputy'")
        for name, outcome in COUNCIL:
            of_class = {"class_id": self.classes["5А"], "student_id": self.students[name], "outcome": outcome}
            decided = {"number": "3", "decided_on": date(2026, 5, 28), "recorded_at": NOW, "recorded_by": deputy}
            await self.add("council_decision", **of_class, **decided)

    async def _journal(self) -> None:
        teachers = {(of, part, subject): self.staff[teacher] for teacher, of, part, subject in TAUGHT}
        for on, number, of, part, subject, state, called in LESSONS:
            lesson = await self.add(
                "lesson",
                group_id=self.groups[of, part],
                subject_id=self.subjects[subject],
                teacher_id=teachers[of, part, subject],
                date=day(on),
                number=number,
                state=state,
                starts_at=time(8 + number),
                ends_at=time(8 + number, 40),
                changed_at=NOW,
            )
            self.lessons[on, of, part, subject] = lesson
            if called:
                await self.add("roll_call", lesson_id=lesson, lesson_date=day(on), changed_at=NOW)
        deputy = await self.db.fetchval("SELECT id FROM account WHERE login = 'deputy'")
        on, of, subject = ADDED
        added = self.lessons[on, of, None, subject]
        await self.add("lesson_correction", lesson_id=added, kind="added", made_at=NOW, made_by=deputy)
        for on, subject, name, code in ABSENCES:
            part = next((part for part, names in GROUPS.items() if subject == "Я" and name in names), None)
            at = {"lesson_id": self.lessons[on, "5А", part, subject], "lesson_date": day(on)}
            await self.add("attendance", **at, student_id=self.students[name], code=code, changed_at=NOW)
        work = await self.add("work_type", name="Работа", short_name="Р", weight=1, position=1, written=False)
        for place, (on, of, subject, weight, marks) in enumerate(DAILY):
            at = {"lesson_id": self.lessons[on, of, None, subject], "lesson_date": day(on)}
            task = await self.add("task", **at, work_type_id=work, position=place + 1, weight=weight, changed_at=NOW)
            for name, value in marks.items():
                given = {"task_id": task, "student_id": self.students[name], "value": value}
                await self.add("mark", **at, **given, set_at=NOW, changed_at=NOW)


@asynccontextmanager
async def golden_school(cluster: str, empty: str) -> AsyncIterator[Golden]:
    """The school at work, on a copy of an empty migrated database."""
    url = await clone(cluster, empty)
    db = await asyncpg.connect(url)
    golden = Golden(db)
    try:
        async with db.transaction():
            await golden.write()
        async for school in running(url, Demo("golden", TODAY, []), Settings(now=NOW)):
            golden.school = school
            yield golden
    finally:
        await db.close()
        await drop(cluster, url)
