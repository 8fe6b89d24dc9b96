"""Random schools for federal forms: rows in the database, and beside them in plain Python what a form should count."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import asyncpg

from .movement_help import end, open_stays, order

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 31)
PROFILES = ("Технологический", "Гуманитарный", "Оборонно-спортивный")
SUBJECTS = ("Английский язык", "Английский язык (второй)", "Немецкий язык", "Труд (технология)", "История")
POSITIONS = ("Директор", "Заместитель директора по УВР", "Учитель химии", "учитель", "Педагог-психолог", "Повар")
CATEGORIES = (None, "Высшая", "Первая категория", "соответствие")
REASONS = (None, "В связи с переездом", "перевод в школу № 5", "семейное образование", "по заявлению")

Facts = dict[str, list[dict[str, Any]]]


@dataclass
class RandomSchool:
    """A school as it was drawn."""

    id: int = 0
    draft: bool = False
    classes: dict[int, dict[str, Any]] = field(default_factory=dict)
    students: list[dict[str, Any]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    staff: list[dict[str, Any]] = field(default_factory=list)
    taught: list[dict[str, Any]] = field(default_factory=list)
    members: list[tuple[int, int]] = field(default_factory=list)
    dropped: list[tuple[int, str, date]] = field(default_factory=list)

    def facts(self, on: date, ages_on: date, since: date) -> Facts:
        """What there is to be counted on a day: each thing once, with its value in every dimension."""
        runs = not self.draft and FIRST <= on <= LAST
        here = [each for each in self.students if runs and each["from"] <= on and (each["to"] or LAST) >= on]
        taught = [each for each in self.taught if runs and each["from"] <= on]
        return {
            "classes": list(self.classes.values()) if runs else [],
            "students": [
                {
                    **{name: self.classes[each["class"]][name] for name in ("grade", "shift", "profile")},
                    **{name: each[name] for name in ("sex", "at_home", "individual_plan", "repeats")},
                    "age": full_years(each["born"], ages_on),
                }
                for each in here
            ],
            "moves": [each for each in self.moves if since <= each["on"] <= on],
            "learners": [
                {"subject": subjects, "grade": self.classes[each["class"]]["grade"], "sex": each["sex"]}
                for each in here
                if (subjects := [subject for subject in SUBJECTS if self._takes(each, taught, subject, on)])
            ],
            "groups": [
                {
                    "subject": [each["subject"] for each in taught if each["group"] == group],
                    "grade": self.classes[of]["grade"],
                    "subgroup": subgroup,
                }
                for group, of, subgroup in {(each["group"], each["class"], each["subgroup"]) for each in taught}
            ],
            "staff": [
                {
                    **{name: each[name] for name in ("position", "sex")},
                    "category": each["category"] or "",
                    "age": full_years(each["born"], ages_on),
                    "years": full_years(each["hired"], on),
                    "teaches": any(one["staff"] == each["id"] and one["from"] <= on for one in self.taught),
                }
                for each in self.staff
                if each["hired"] <= on and (each["dismissed"] or on) >= on
            ],
        }

    def _takes(self, student: dict[str, Any], taught: list[dict[str, Any]], subject: str, on: date) -> bool:
        dropped = any((student["id"], subject) == (who, what) and day <= on for who, what, day in self.dropped)
        return not dropped and any(self._learns(student, one, subject) for one in taught)

    def _learns(self, student: dict[str, Any], one: dict[str, Any], subject: str) -> bool:
        if one["subject"] != subject or one["class"] != student["class"]:
            return False
        return not one["subgroup"] or (one["group"], student["id"]) in self.members


def full_years(since: date, until: date) -> int:
    """Years that are full."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


class Builder:
    """Writes a random school, and notes what it wrote."""

    def __init__(self, db: "asyncpg.Connection[Any]", rng: Random) -> None:
        self.db, self.rng, self.school = db, rng, RandomSchool()
        self.numbers = iter(range(1, 100_000))

    async def add(self, table: str, **values: Any) -> int:
        """A row of the school."""
        named = {"school_id": self.school.id, **values}
        places = ", ".join(f"${place}" for place in range(1, len(named) + 1))
        statement = f"INSERT INTO {table} ({', '.join(named)}) VALUES ({places}) RETURNING id"
        return int(await self.db.fetchval(statement, *named.values()))

    async def build(self) -> RandomSchool:
        """All of it."""
        rng, school = self.rng, self.school
        school.id = await self.db.fetchval(
            "INSERT INTO school (code, name, full_name, time_zone) VALUES ($1, 'Ш', 'Ш', 'UTC') RETURNING school_id",
            f"random-{rng.getrandbits(60)}",
        )
        school.draft = rng.random() < 0.08
        state = "draft" if school.draft else "open"
        year = await self.add("academic_year", name="2025/2026", starts_on=FIRST, ends_on=LAST, state=state)
        profiles = [await self.add("profile", year_id=year, name=name, grades=[10, 11]) for name in PROFILES]
        subjects = {name: await self.add("subject", name=name, short_name=name) for name in SUBJECTS}
        for letter in "АБВГ"[: rng.randint(1, 4)]:
            for grade in rng.sample(range(1, 12), rng.randint(1, 4)):
                profile = rng.choice((None, *range(len(PROFILES))))
                values = {"grade": grade, "shift": rng.randint(1, 3), "week_days": rng.choice((5, 6))}
                of = await self.add(
                    *("school_class",),
                    **{**values, "year_id": year, "letter": letter, "period_kind": "quarter"},
                    profile_id=None if profile is None else profiles[profile],
                )
                school.classes[of] = {**values, "profile": "" if profile is None else PROFILES[profile]}
        await self._staff()
        for of in school.classes:
            await self._students(of)
            await self._teaching(of, subjects)
        return school

    async def _person(self, young: bool) -> tuple[int, dict[str, Any]]:
        rng = self.rng
        year = rng.randint(2007, 2019) if young else rng.randint(1950, 2004)
        born = date(year, rng.randint(1, 12), rng.randint(1, 28))
        if rng.random() < 0.1:
            born = date(2008 if young else 1976, 2, 29)
        sex = rng.choice(("male", "female"))
        number = await self.add("person", family_name="Ф", given_name="И", sex=sex, birth_date=born)
        return number, {"born": born, "sex": sex}

    async def _staff(self) -> None:
        rng = self.rng
        for _ in range(rng.randint(1, 9)):
            person, about = await self._person(young=False)
            hired = date(rng.randint(2000, 2025), rng.randint(1, 12), rng.randint(1, 28))
            dismissed = hired + timedelta(days=rng.randint(0, 9000)) if rng.random() < 0.3 else None
            values = {"position": rng.choice(POSITIONS), "category": rng.choice(CATEGORIES)}
            days = {"hired_on": hired, "dismissed_on": dismissed}
            number = await self.add("staff", person_id=person, number=str(next(self.numbers)), **days, **values)
            self.school.staff.append({**about, **values, "id": number, "hired": hired, "dismissed": dismissed})

    async def _students(self, of: int) -> None:
        rng, school = self.rng, self.school
        for _ in range(rng.randint(0, 6)):
            person, about = await self._person(young=True)
            flags = {"taught_at_home": rng.random() < 0.2, "individual_plan": rng.random() < 0.2}
            student = await self.add("student", person_id=person, file_number=str(next(self.numbers)), **flags)
            repeats = rng.random() < 0.2
            starts_on = FIRST if repeats or rng.random() < 0.6 else FIRST + timedelta(days=rng.randint(1, 250))
            kind = "repetition" if repeats else "enrolment"
            items = await order(self.db, school.id, kind, starts_on, [(student, None, of)])
            await open_stays(self.db, school.id, of, starts_on, [student], items)
            ends_on = None
            if rng.random() < 0.3:
                ends_on = starts_on + timedelta(days=rng.randint(0, 100))
                left = "graduation" if school.classes[of]["grade"] == 11 and rng.random() < 0.5 else "departure"
                (item,) = await end(self.db, school.id, ends_on, student, kind=left)
                reason = rng.choice(REASONS)
                await self.db.execute("UPDATE movement_item SET reason = $2 WHERE id = $1", item, reason)
                self._moved(of, about, left, ends_on + timedelta(days=1), reason)
            if not repeats:
                self._moved(of, about, "enrolment", starts_on, None)
            school.students.append(
                {
                    **about,
                    "id": student,
                    "class": of,
                    "from": starts_on,
                    "to": ends_on,
                    "repeats": repeats,
                    "at_home": flags["taught_at_home"],
                    "individual_plan": flags["individual_plan"],
                }
            )

    def _moved(self, of: int, about: dict[str, Any], kind: str, on: date, reason: str | None) -> None:
        grade = self.school.classes[of]["grade"]
        more = {"on_first_day": on == FIRST, "reason": reason or "", "on": on}
        self.school.moves.append({"kind": kind, "grade": grade, "sex": about["sex"], **more})

    async def _teaching(self, of: int, subjects: dict[str, int]) -> None:
        """The whole class, or two subgroups of it, now and then both; sometimes by two teachers."""
        rng, school = self.rng, self.school
        mine = [each["id"] for each in school.students if each["class"] == of]
        whole = await self.add("study_group", class_id=of, kind="whole")
        for name, subject in subjects.items():
            groups: list[tuple[int, bool]] = []
            if rng.random() < 0.5:
                groups.append((whole, False))
            if rng.random() < 0.4:
                part = {student: rng.choice(("1", "2", None)) for student in mine}
                for title in ("1", "2"):
                    group = await self.add(
                        "study_group", class_id=of, kind="subgroup", subject_id=subject, name=f"{title} группа"
                    )
                    groups.append((group, True))
                    for student in mine:
                        if part[student] == title:
                            await self.add("group_member", group_id=group, student_id=student, starts_on=FIRST)
                            school.members.append((group, student))
            for group, subgroup in groups:
                for teacher in rng.sample(school.staff, min(len(school.staff), rng.randint(1, 2))):
                    starts_on = rng.choice((FIRST, FIRST + timedelta(days=120)))
                    await self.add(
                        *("teaching_assignment",),
                        staff_id=teacher["id"],
                        group_id=group,
                        subject_id=subject,
                        starts_on=starts_on,
                    )
                    given = {"group": group, "class": of, "subject": name, "subgroup": subgroup}
                    school.taught.append({**given, "staff": teacher["id"], "from": starts_on})
            for student in mine:
                if rng.random() < 0.1:
                    day = FIRST + timedelta(days=rng.choice((0, 60)))
                    await self.add("dropped_subject", student_id=student, subject_id=subject, starts_on=day)
                    school.dropped.append((student, name, day))
