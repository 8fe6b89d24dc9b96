"""A demo school made harder: a second school, a year before, and people with every mixture of roles and relations."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import asyncpg

from resolvers.account_tokens import Claims, Tokens
from rules.account import APPOINTED, Role
from rules.account_orders import ROLE_OF, Responsibility
from rules.timetable_absences import AbsenceKind
from rules.timetable_calendar import digest_of
from rules.timetable_corrections import CorrectionKind
from rules.timetable_mismatches import MismatchKind, MismatchState, MismatchStepKind
from server.demo import DEMO_TODAY, SMALL, make_demo

from . import (
    oracle_announcements,
    oracle_answers,
    oracle_digests,
    oracle_forms,
    oracle_history,
    oracle_messages,
    oracle_remarks,
)
from . import oracle_locks as locks
from .conftest import KEY
from .movement_help import end, enrol, order, transfer
from .oracle import UNNUMBERED
from .oracle_excuses import add_excuses
from .oracle_feed import add_changes, add_final_changes
from .oracle_marks import add_named_tasks
from .oracle_obligations import filings
from .oracle_outages import outages
from .oracle_prints import certificates
from .oracle_reports import certified_reports, council_decisions, report_sets, saved_reports
from .oracle_rights import RIGHTS, WITHHELD
from .oracle_summed import sum_up

YESTERDAY, TOMORROW = DEMO_TODAY - timedelta(days=1), DEMO_TODAY + timedelta(days=1)
LONG_AGO = date(2024, 9, 1)
FIRST = date(2026, 9, 1)
"""The first day of the year that is prepared."""
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)

Connection = asyncpg.Connection


@dataclass
class Maker:
    """Writes rows of one school."""

    connection: Connection
    school: int
    rng: Random

    async def add(self, table: str, **values: Any) -> int:
        """A row; gives its number."""
        named = {"school_id": self.school, **values}
        places = ", ".join(f"${place}" for place in range(1, len(named) + 1))
        returning = " RETURNING id" if table not in UNNUMBERED else ""
        query = f"INSERT INTO {table} ({', '.join(named)}) VALUES ({places}){returning}"
        number: int = await self.connection.fetchval(query, *named.values())
        return number

    async def ids(self, query: str, *arguments: Any) -> list[int]:
        """The first column of a query, whose $1 is the school."""
        return [row[0] for row in await self.connection.fetch(query, self.school, *arguments)]

    async def appoint(self, account: int, role: Role, starts_on: date = LONG_AGO, ends_on: date | None = None) -> None:
        """Give an account a role, unless it has had it from that day."""
        values = {"account_id": account, "role": role.value, "starts_on": starts_on, "ends_on": ends_on}
        if not await self.ids(
            "SELECT 1 FROM account_role WHERE school_id = $1 AND account_id = $2 AND role = $3 AND starts_on = $4",
            *list(values.values())[:3],
        ):
            await self.add("account_role", **values)

    async def enter(self, login: str, person: int | None = None) -> int:
        """Open an account: a person's, or a service's."""
        values = {"kind": "person" if person else "service", "password_hash": "", "created_at": NOW}
        return await self.add("account", person_id=person, login=login, login_key=login, **values)

    async def account(self, login: str) -> Any:
        """An account of the demo."""
        query = "SELECT * FROM account WHERE school_id = $1 AND login = $2"
        return await self.connection.fetchrow(query, self.school, login)

    async def hire(self, person: int, dismissed_on: date | None = None) -> int:
        """Make an employee of a person."""
        number = f"x{person}"
        return await self.add(
            *("staff",),
            person_id=person,
            number=number,
            position="Учитель",
            hired_on=LONG_AGO,
            dismissed_on=dismissed_on,
        )

    async def teach(self, staff: int, group: int, subject: int, starts_on: date, ends_on: date | None) -> int:
        """Give a teacher a subject in a group."""
        return await self.add(
            *("teaching_assignment",),
            staff_id=staff,
            group_id=group,
            subject_id=subject,
            starts_on=starts_on,
            ends_on=ends_on,
        )

    async def guard(
        self,
        guardian: int,
        student: int,
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
        kind: str = "guardian",
    ) -> None:
        """Make somebody a student's guardian."""
        await self.add(
            "guardianship", guardian_id=guardian, student_id=student, kind=kind, starts_on=starts_on, ends_on=ends_on
        )


async def harden(connection: Connection, school: int) -> None:
    """Everything at once; the same each time."""
    await make_demo(connection, SMALL, seed=64, code="other")
    maker = Maker(connection, school, Random(2026))
    async with connection.transaction():
        await _last_year(maker)
        await _families(maker)
        await _staff(maker)
        await _moves(maker)
        await _homework(maker)
        await add_named_tasks(maker, NOW)
        await add_excuses(maker, NOW)
        await _files(maker)
        await oracle_answers.harden(maker, NOW)
        await add_changes(maker, NOW)
        await _plans(maker)
        await _topics(maker)
        await _documents(maker)
        await _decisions(maker)
        await _timetable(maker)
        await _appointments(maker)
        await _corrections(maker)
        await _mismatches(maker)
        await oracle_history.rewrite(maker, NOW)
        await locks.harden(maker)
        await outages(maker)
        await filings(maker)
        await oracle_remarks.harden(maker)
        await certificates(maker)
        await certified_reports(maker)
        await report_sets(maker)
        await saved_reports(maker)
        await council_decisions(maker)
        await oracle_digests.harden(maker)
        await oracle_forms.harden(maker)
        await _services(maker)
        await _next_year(maker)
        await _orders(maker)
        await _newcomers(maker)
        await _feeds(maker)
        await oracle_messages.harden(maker, NOW)
        await oracle_announcements.harden(maker, NOW, DEMO_TODAY)
        await sum_up(maker)
        await add_final_changes(maker, NOW)
        await connection.execute("UPDATE account SET locked_at = NULL")
    await connection.execute("ANALYZE")


async def _last_year(maker: Maker) -> None:
    """Those of 9А were in 8А, with another class teacher, whose assignment there nobody has ended."""
    add = maker.add
    year = await add("academic_year", name="2024/2025", starts_on=LONG_AGO, ends_on=date(2025, 8, 31))
    await add("holiday", year_id=year, name="Лето", starts_on=date(2025, 5, 27), ends_on=date(2025, 8, 31))
    spring = {"year_id": year, "starts_on": date(2025, 4, 1), "ends_on": date(2025, 5, 26)}
    for kind in ("quarter", "half_year", "trimester"):
        await add("period", kind=kind, number=4, name=f"Последний период ({kind})", **spring)
    schedule = await add("bell_schedule", year_id=year, name="Прежние звонки", changed_at=NOW)
    await add("bell", schedule_id=schedule, number=1, starts_at=time(8), ends_at=time(8, 45))
    of = await add("school_class", year_id=year, grade=8, letter="А", period_kind="trimester")
    await add("school_class", year_id=year, grade=7, letter="А", period_kind="trimester")
    group = await add("study_group", class_id=of, kind="whole")
    students = await maker.ids(
        "SELECT student_id FROM enrolment JOIN school_class ON school_class.id = class_id "
        "WHERE enrolment.school_id = $1 AND grade = 9 AND letter = 'А' ORDER BY student_id"
    )
    students = await _promoted(maker, students, of)
    subjects = await maker.ids("SELECT id FROM subject WHERE school_id = $1 ORDER BY id LIMIT 3")
    staff = await maker.ids("SELECT id FROM staff WHERE school_id = $1 ORDER BY id LIMIT 6")
    half = await add("study_group", class_id=of, kind="subgroup", subject_id=subjects[2], name="1 группа")
    for student in students[::2]:
        await add("group_member", group_id=half, student_id=student, starts_on=LONG_AGO, ends_on=date(2025, 8, 31))
    await add("class_leadership", class_id=of, staff_id=staff[0], starts_on=LONG_AGO, ends_on=date(2025, 8, 31))
    await maker.teach(staff[1], group, subjects[0], LONG_AGO, None)
    await maker.teach(staff[2], group, subjects[1], LONG_AGO, date(2025, 8, 31))
    await maker.teach(staff[3], half, subjects[2], LONG_AGO, date(2025, 8, 31))
    (work,) = await maker.ids("SELECT id FROM work_type WHERE school_id = $1 ORDER BY id LIMIT 1")
    for number in range(9):
        part = number % 3
        await _lesson(
            maker,
            {"group_id": half if part == 2 else group, "subject_id": subjects[part], "teacher_id": staff[part + 1]},
            date(2025, 5, 12) + timedelta(days=number),
            students[::2] if part == 2 else students,
            work,
        )


async def _promoted(maker: Maker, students: list[int], of: int) -> list[int]:
    """They came into last year's class, and into this year's by promotion: the orders that enrolled them there go."""
    db, school, summer = maker.connection, maker.school, date(2025, 8, 31)
    came = await db.fetch("SELECT * FROM enrolment WHERE student_id = ANY($1) AND starts_on = '2025-09-01'", students)
    moves = [(row["student_id"], of, row["class_id"]) for row in came]
    promoted = await order(db, school, "promotion", date(2025, 9, 1), moves)
    for row, item in zip(came, promoted, strict=True):
        await db.execute("UPDATE enrolment SET opened_by = $1 WHERE id = $2", item, row["id"])
        await db.execute("UPDATE replaced_enrolment SET opened_by = $1 WHERE opened_by = $2", item, row["opened_by"])
        await db.execute("DELETE FROM movement_item WHERE id = $1", row["opened_by"])
    enrolled = await order(db, school, "enrolment", LONG_AGO, [(row["student_id"], None, of) for row in came])
    for row, item, ended in zip(came, enrolled, promoted, strict=True):
        stay = {"class_id": of, "starts_on": LONG_AGO, "opened_by": item}
        await maker.add("enrolment", student_id=row["student_id"], ends_on=summer, ended_by=ended, **stay)
    return [row["student_id"] for row in came]


async def _next_year(maker: Maker) -> None:
    """A transition under way to a year of two classes, each lacking something; another that was taken back."""
    add, db, school = maker.add, maker.connection, maker.school
    (old,) = await maker.ids("SELECT id FROM academic_year WHERE school_id = $1 AND name = '2025/2026'")
    new = await add("academic_year", name="2026/2027", starts_on=FIRST, ends_on=date(2027, 8, 31), state="draft")
    quarter = {"starts_on": FIRST, "ends_on": date(2026, 10, 25)}
    await add("period", year_id=new, kind="quarter", number=1, name="I четверть", **quarter)
    fifth, sixth = [
        await maker.ids(
            "SELECT id FROM school_class WHERE school_id = $1 AND year_id = $2 AND grade = 5 AND letter = $3",
            *(old, letter),
        )
        for letter in "АБ"
    ]
    of = await add("school_class", year_id=new, grade=6, letter="А", period_kind="quarter", continues_id=fifth[0])
    tenth = await add("school_class", year_id=new, grade=10, letter="А", period_kind="half_year")
    (staff,) = await maker.ids("SELECT id FROM staff WHERE school_id = $1 ORDER BY id LIMIT 1")
    group = await add("study_group", class_id=of, kind="whole")
    await add("class_leadership", class_id=tenth, staff_id=staff, starts_on=FIRST)
    component = await add("component", year_id=new, kind="obligatory", name="Обязательная часть", position=1)
    more = await add("component", year_id=new, kind="extracurricular", name="Внеурочная деятельность", position=2)
    subjects = await maker.ids("SELECT id FROM subject WHERE school_id = $1 ORDER BY id LIMIT 4")
    for place, subject in enumerate(subjects):
        part = more if place == 3 else component
        await add("plan_hours", class_id=of, subject_id=subject, component_id=part, hours=2.0, changed_at=NOW)
    await maker.teach(staff, group, subjects[0], FIRST, None)
    begun = {"begun_by": (await maker.account("administrator"))["id"], "from_year_id": old}
    number = await add("year_transition", state="under_way", begun_at=NOW, to_year_id=new, **begun)
    await add("year_transition", state="reverted", begun_at=NOW, ended_at=NOW, ended_by=begun["begun_by"], **begun)
    for step in ("year", "bells"):
        await add("transition_step_done", transition_id=number, step=step, done_at=NOW)
    for kind, of_class in (("promotion", fifth[0]), ("repetition", sixth[0])):
        students = await maker.ids(
            "SELECT student_id FROM enrolment WHERE school_id = $1 AND class_id = $2 AND ends_on IS NULL"
            " ORDER BY student_id DESC LIMIT 3",
            of_class,
        )
        await end(db, school, FIRST - timedelta(days=1), *students, kind=kind)
        await add("transition_placement", transition_id=number, student_id=students[0], class_id=of)


async def _lesson(maker: Maker, of: dict[str, int], day: date, students: list[int], work: int) -> None:
    """A held lesson with everything that may be written at one."""
    add, by = maker.add, {"changed_at": NOW}
    hours = {"number": 1, "starts_at": time(8), "ends_at": time(8, 45)}
    lesson = await add("lesson", date=day, state="held", topic="Тема", **hours, **of, **by)
    at = {"lesson_id": lesson, "lesson_date": day, **by}
    await add("roll_call", **at)
    task = await add("task", work_type_id=work, position=1, weight=2, **at)
    for student in students[:3]:
        await add("mark", task_id=task, student_id=student, value="5", comment="Молодец", set_at=NOW, **at)
    await add("attendance", student_id=students[-1], code="illness", comment="Справка", **at)
    for for_all in (True, False):
        homework = await add("homework", text="Прочитать", for_all=for_all, published_at=NOW, **at)
        if not for_all:
            await add("homework_recipient", homework_id=homework, student_id=students[0])
            await add("homework_recipient", homework_id=homework, student_id=students[-1])


async def _families(maker: Maker) -> None:
    """Guardianships over, to come, and renewed; office staff, a leader and a pupil as guardians."""
    guardians = await maker.ids("SELECT id FROM guardian WHERE school_id = $1 ORDER BY id")
    students = await maker.ids("SELECT id FROM student WHERE school_id = $1 ORDER BY id")
    maker.rng.shuffle(guardians)
    maker.rng.shuffle(students)
    for guardian, student in zip(guardians[:6], students[:6], strict=True):
        await maker.guard(guardian, student, LONG_AGO, YESTERDAY)
    for guardian, student in zip(guardians[6:9], students[6:9], strict=True):
        await maker.guard(guardian, student, TOMORROW)
    await maker.guard(guardians[9], students[9], LONG_AGO, DEMO_TODAY)
    await maker.guard(guardians[0], students[0], DEMO_TODAY)
    await maker.connection.execute(
        "UPDATE guardianship SET ends_on = $2 WHERE school_id = $1 AND guardian_id = ANY($3) AND ends_on IS NULL",
        *(maker.school, YESTERDAY, guardians[10:12]),
    )
    for number, login in enumerate(
        ("director", "deputy", "secretary", "hr", "administrator", "class-teacher", "student")
    ):
        account = await maker.account(login)
        guardian = await maker.add("guardian", person_id=account["person_id"], applied_on=LONG_AGO)
        await maker.guard(guardian, students[20 + number])
    (pupil,) = await maker.ids(
        "SELECT enrolment.student_id FROM class_leadership JOIN enrolment USING (class_id) "
        "JOIN staff ON staff_id = staff.id JOIN account USING (person_id) "
        "WHERE login = 'class-teacher' AND account.school_id = $1 AND enrolment.ends_on IS NULL ORDER BY 1 LIMIT 1"
    )
    await maker.guard(guardian, pupil)


async def _staff(maker: Maker) -> None:
    """Parents who teach, a pupil who teaches, those who left, and leaderships and assignments at their edges."""
    persons = await maker.ids(
        "SELECT person_id FROM guardian LEFT JOIN staff USING (school_id, person_id) "
        "WHERE school_id = $1 AND staff.id IS NULL ORDER BY guardian.id LIMIT 8"
    )
    student = (await maker.account("student"))["person_id"]
    groups = await maker.connection.fetch(
        "SELECT DISTINCT ON (group_id) group_id, teaching_assignment.subject_id, class_id FROM teaching_assignment "
        "JOIN study_group ON study_group.id = group_id WHERE teaching_assignment.school_id = $1 ORDER BY group_id",
        maker.school,
    )
    classes = sorted({each["class_id"] for each in groups})
    edges = [(None, None), (None, YESTERDAY), (None, DEMO_TODAY), (TOMORROW, None), (DEMO_TODAY, None)]
    for number, person in enumerate([*persons, student]):
        staff = await maker.hire(person, dismissed_on=[None, None, YESTERDAY, TOMORROW][number % 4])
        account = (await maker.ids("SELECT id FROM account WHERE school_id = $1 AND person_id = $2", person))[0]
        await maker.appoint(account, Role.TEACHER)
        for step in range(2):
            of = groups[(number * 3 + step) % len(groups)]
            starts_on, ends_on = edges[(number + step) % len(edges)]
            await maker.teach(staff, of["group_id"], of["subject_id"], starts_on or LONG_AGO, ends_on)
        of = classes[number % len(classes)]
        starts_on, ends_on = edges[(number + 2) % len(edges)]
        first = starts_on or LONG_AGO + timedelta(days=number)
        await maker.add("class_leadership", class_id=of, staff_id=staff, starts_on=first, ends_on=ends_on)


async def _moves(maker: Maker) -> None:
    """Some who change their subgroup or class, one who has left, one who comes today and one who will."""
    members = await maker.connection.fetch(
        "SELECT member.id, student_id, other.id AS group_id FROM group_member AS member "
        "JOIN study_group AS own ON own.id = group_id JOIN study_group AS other "
        "ON (other.class_id, other.subject_id) = (own.class_id, own.subject_id) AND other.id <> own.id "
        "WHERE member.school_id = $1 AND member.ends_on IS NULL ORDER BY member.id",
        maker.school,
    )
    day = date(2026, 5, 12)
    for member in members[::4]:
        await maker.connection.execute("UPDATE group_member SET ends_on = $1 WHERE id = $2", day, member["id"])
        moved = {"group_id": member["group_id"], "student_id": member["student_id"]}
        await maker.add("group_member", starts_on=day + timedelta(days=1), **moved)
    classes = await maker.ids("SELECT id FROM school_class WHERE school_id = $1 AND grade = 5 ORDER BY letter")
    for number, starts_on in enumerate((DEMO_TODAY, TOMORROW)):
        person = await maker.add(
            *("person",), family_name="Ёлкина", given_name="Яна", sex="female", birth_date=date(2014, 1, 1 + number)
        )
        newcomer = await maker.add("student", person_id=person, file_number=f"Ё-{number}")
        await enrol(maker.connection, maker.school, classes[number], starts_on, newcomer)
        await maker.enter(f"newcomer-{number}", person)
    one, other = await maker.ids(
        "SELECT student_id FROM enrolment WHERE class_id = $2 AND school_id = $1 LIMIT 2", classes[1]
    )
    await transfer(maker.connection, maker.school, classes[0], day + timedelta(days=1), one)
    await end(maker.connection, maker.school, YESTERDAY, other)


async def _homework(maker: Maker) -> None:
    """Homework for one or two of a group, at every third lesson that has been held."""
    lessons = await maker.connection.fetch(
        "SELECT lesson.id, date, array_agg(student_id ORDER BY student_id) AS members FROM lesson "
        "JOIN group_membership AS member USING (school_id, group_id) "
        "WHERE lesson.school_id = $1 AND state = 'held' AND lesson.id % 3 = 0 "
        "AND member.starts_on <= date AND (member.ends_on IS NULL OR date <= member.ends_on) GROUP BY lesson.id, date",
        maker.school,
    )
    for lesson in sorted(lessons):
        at = {"lesson_id": lesson["id"], "lesson_date": lesson["date"], "changed_at": NOW}
        homework = await maker.add("homework", text="Лично", for_all=False, published_at=NOW, **at)
        for student in maker.rng.sample(lesson["members"], min(2, len(lesson["members"]))):
            await maker.add("homework_recipient", homework_id=homework, student_id=student)


async def _files(maker: Maker) -> None:
    """Files on tasks, on homework for all and on homework for a few."""
    by = (await maker.account("deputy"))["id"]
    file = {"digest": "00", "media_type": "text/plain", "size": 1, "uploaded_at": NOW, "uploaded_by": by}
    for owner, query in (
        ("task_id", "SELECT id FROM task WHERE school_id = $1"),
        ("homework_id", "SELECT id FROM homework WHERE school_id = $1 AND for_all"),
        ("homework_id", "SELECT id FROM homework WHERE school_id = $1 AND NOT for_all"),
    ):
        for number in maker.rng.sample(await maker.ids(f"{query} ORDER BY id"), 12):
            hung = await maker.add("file", name="Файл.txt", **file)
            await maker.add("attachment", file_id=hung, **{owner: number})


async def _plans(maker: Maker) -> None:
    """A plan of the year before without loads, hours and an area that do not fit, holidays of some grades, halves."""
    add = maker.add
    last, this = await maker.ids("SELECT id FROM academic_year WHERE school_id = $1 ORDER BY starts_on")
    subjects = await maker.ids("SELECT id FROM subject WHERE school_id = $1 ORDER BY id")
    of = await maker.ids("SELECT id FROM school_class WHERE school_id = $1 AND year_id = $2 ORDER BY id", last)
    part = await add("component", year_id=last, kind="formed", name="Вариативная часть", position=1)
    profile = await add("profile", year_id=last, name="Общий", grades=[8, 9])
    await maker.connection.execute("UPDATE school_class SET profile_id = $1 WHERE id = $2", profile, of[0])
    await add("period_rule", year_id=last, grade=8, profile_id=profile, kind="trimester")
    await add("component_load", component_id=part, grade=8, hours=3)
    await add("component_load", component_id=part, grade=8, profile_id=profile, hours=2.5)
    for subject in subjects[:3]:
        await add("plan_hours", class_id=of[0], subject_id=subject, component_id=part, hours=0.5, changed_at=NOW)
    await maker.connection.execute(
        "UPDATE subject SET area_id = NULL, archived_on = $2 WHERE id = $1", subjects[3], DEMO_TODAY
    )
    await maker.connection.execute("UPDATE plan_hours SET hours = hours + 9 WHERE id % 17 = 0")
    await maker.connection.execute("UPDATE teaching_assignment SET hours = 1.5 WHERE id % 5 = 0")
    for number, grades in enumerate(([5], [9, 10], [1, 5], None)):
        day = date(2026, 5, 13) + timedelta(days=7 * (number // 2))
        await add("holiday", year_id=this, name=f"День {number}", starts_on=day, ends_on=day, grades=grades)
    students = await maker.ids("SELECT id FROM student WHERE school_id = $1 ORDER BY id")
    divided = await maker.ids(
        "SELECT DISTINCT subject_id FROM study_group WHERE school_id = $1 AND subject_id IS NOT NULL"
    )
    for number, student in enumerate(students[::3]):
        days = {"starts_on": LONG_AGO, "ends_on": (None, YESTERDAY, DEMO_TODAY)[number % 3]}
        await add("dropped_subject", student_id=student, subject_id=divided[number % len(divided)], **days)
    members = await maker.ids("SELECT id FROM group_member WHERE school_id = $1 AND ends_on IS NULL ORDER BY id")
    await maker.connection.execute("UPDATE group_member SET ends_on = $1 WHERE id = ANY($2)", YESTERDAY, members[::5])


async def _topics(maker: Maker) -> None:
    """Plans of last year, by nobody, and that no group goes by; assignments over, to come, and one after another."""
    add, by = maker.add, {"changed_at": NOW}
    (kind,) = await maker.ids("SELECT id FROM work_type WHERE school_id = $1 ORDER BY id LIMIT 1")
    teachers = await maker.ids(
        "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) "
        "WHERE school_id = $1 AND login IN ('teacher', 'class-teacher', 'deputy') ORDER BY login"
    )

    async def plan(of: Any, grade: int, author: int | None, hours: tuple[int, ...]) -> tuple[int, list[int]]:
        where = {"year_id": of["year_id"], "subject_id": of["subject_id"], "grade": grade}
        number = await add("topic_plan", title=f"План {grade}", author_id=author, **where, **by)
        topics = []
        for place, each in enumerate(hours, 1):
            section = await add("topic_section", plan_id=number, position=place, title=f"Раздел {place}", **by)
            of_section = {"plan_id": number, "section_id": section, "position": place}
            topics.append(await add("topic", name=f"Тема {place}", hours=each, homework="Читать", **of_section, **by))
            await add("topic_work_type", topic_id=topics[-1], work_type_id=kind)
        return number, topics

    pairs = await maker.connection.fetch(
        "SELECT DISTINCT group_id, lesson.subject_id, year_id, grade, max(date) < '2025-09-01' AS old FROM lesson "
        "JOIN study_group ON study_group.id = group_id JOIN school_class ON school_class.id = class_id "
        "WHERE lesson.school_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY old DESC, 1, 2",
        maker.school,
    )
    for place, pair in enumerate(each for each in pairs if each["old"]):
        number, topics = await plan(pair, pair["grade"], teachers[0] if place else None, (1, 2, 1))
        of = {"group_id": pair["group_id"], "subject_id": pair["subject_id"]}
        ends_on = date(2025, 8, 31) if place else None
        await add("topic_plan_assignment", plan_id=number, starts_on=LONG_AGO, ends_on=ends_on, **of)
        await maker.connection.execute(
            "UPDATE lesson SET topic_id = $1 WHERE group_id = $2 AND subject_id = $3 AND date > '2025-05-14'",
            *(topics[0], *of.values()),
        )
    now = [each for each in pairs if not each["old"]]
    for place, pair in enumerate(now[::9]):
        await plan(pair, pair["grade"], [*teachers, None][place % 4], (2, 1))
        of = (maker.school, pair["group_id"], pair["subject_id"])
        if place % 3 == 0:
            ends_on = (YESTERDAY, DEMO_TODAY)[place % 2]
            await maker.connection.execute(
                "UPDATE topic_plan_assignment SET ends_on = $4 WHERE (school_id, group_id, subject_id) = ($1, $2, $3)",
                *(*of, ends_on),
            )
        if place % 6 == 0:
            number, _ = await plan(pair, pair["grade"], None, (1,))
            given = {"plan_id": number, "group_id": pair["group_id"], "subject_id": pair["subject_id"]}
            await add("topic_plan_assignment", starts_on=ends_on + timedelta(days=1), **given)


async def _documents(maker: Maker) -> None:
    """Documents of both years, every third of them withdrawn."""
    by = (await maker.account("deputy"))["id"]
    years = await maker.ids("SELECT id FROM academic_year WHERE school_id = $1 ORDER BY id")
    for number in range(12):
        file = await maker.add(
            *("file",),
            digest="00",
            media_type="text/plain",
            size=1,
            uploaded_at=NOW,
            uploaded_by=by,
            name="План.txt",
        )
        withdrawn = {"withdrawn_at": NOW, "withdrawn_by": by} if number % 3 == 0 else {}
        kind = ("curriculum", "calendar", "other", "programmes")[number % 4]
        of = {"year_id": years[number % 2], "kind": kind, "title": f"Документ {number}", "file_id": file}
        await maker.add("document", published_at=NOW, published_by=by, **of, **withdrawn)


async def _decisions(maker: Maker) -> None:
    """Decisions that ended yesterday, end today, begin today and begin tomorrow; a licence that has run out."""
    await maker.connection.execute("DELETE FROM contact_decision WHERE school_id = $1", maker.school)
    for contact, of, starts_on, ends_on in (
        ("phone", "students", LONG_AGO, DEMO_TODAY),
        ("email", "students", LONG_AGO, YESTERDAY),
        ("address", "students", TOMORROW, None),
        ("phone", "guardians", LONG_AGO, YESTERDAY),
        ("phone", "guardians", DEMO_TODAY, None),
        ("address", "guardians", LONG_AGO, None),
    ):
        of_whom = {"contact": contact, "contacts_of": of, "starts_on": starts_on, "ends_on": ends_on}
        await maker.add("contact_decision", number="1", decided_on=LONG_AGO, changed_at=NOW, **of_whom)
    await maker.connection.execute(
        "UPDATE school SET licence_valid_until = $2, email = NULL WHERE school_id = $1", maker.school, YESTERDAY
    )


async def _timetable(maker: Maker) -> None:
    """A draft and a version that was replaced; last year's; rooms and bells of all sorts; days moved; events."""
    add, by = maker.add, {"changed_at": NOW}
    old, year = await maker.ids("SELECT id FROM academic_year WHERE school_id = $1 ORDER BY starts_on")
    entry = (
        "INSERT INTO timetable_entry (school_id, timetable_id, weekday, number, weeks, group_id, subject_id,"
        " teacher_id, room_id) SELECT school_id, $2, weekday, number, $3, group_id, subject_id, teacher_id, room_id"
        " FROM timetable_entry WHERE school_id = $1 AND timetable_id = (SELECT min(id) FROM timetable WHERE"
        " school_id = $1) AND id % $4 = 0"
    )
    draft = await add("timetable", year_id=year, title="Черновик", state="draft", **by)
    await maker.connection.execute(entry, maker.school, draft, "odd", 3)
    published = {"state": "replaced", "starts_on": date(2025, 9, 1), "ends_on": date(2025, 9, 14), "published_at": NOW}
    replaced = await add("timetable", year_id=year, title="Временное", **published, **by)
    await maker.connection.execute(entry, maker.school, replaced, "even", 4)
    published |= {"state": "published", "starts_on": LONG_AGO, "ends_on": date(2025, 5, 31)}
    before = await add("timetable", year_id=old, title="Прежнее", **published, **by)
    (lesson,) = await maker.connection.fetch(
        "SELECT group_id, lesson.subject_id, teacher_id FROM lesson WHERE school_id = $1 ORDER BY date LIMIT 1",
        maker.school,
    )
    await add("timetable_entry", timetable_id=before, weekday=1, number=0, weeks="every", **dict(lesson))
    await add("room", name="Подвал", archived_on=YESTERDAY)
    monday = await add("bell_schedule", year_id=year, name="Короткий понедельник", weekday=1, **by)
    await add("bell", schedule_id=monday, number=1, starts_at=time(8), ends_at=time(8, 35))
    moved = {"recorded_at": NOW, **by}
    await add("day_transfer", year_id=year, from_date=date(2026, 5, 25), weekday=1, to_date=date(2026, 5, 30), **moved)
    await add("day_transfer", year_id=year, weekday=4, to_date=date(2026, 5, 16), grades=[10, 11], **moved)
    await add("day_transfer", year_id=old, weekday=2, to_date=date(2025, 4, 5), **moved)
    classes = await maker.ids("SELECT id FROM school_class WHERE school_id = $1 ORDER BY id")
    for number, of in enumerate(classes):
        row = await maker.connection.fetchrow("SELECT * FROM school_class WHERE id = $1", of)
        first = date(2026, 5, 11) if row["year_id"] == year else date(2025, 5, 12)
        days = {"starts_on": first + timedelta(days=number), "ends_on": first + timedelta(days=number + 2)}
        event = await add("event", year_id=row["year_id"], title="Собрание", for_all=False, **days, **by)
        await add("event_class", event_id=event, class_id=of)
        if number % 3 == 0:
            await add("event_class", event_id=event, class_id=classes[(number + 1) % len(classes)])
    await add(
        *("event",),
        year_id=year,
        title="Отменено",
        description="Тайна",
        starts_on=DEMO_TODAY,
        starts_at=time(9),
        ends_on=DEMO_TODAY,
        ends_at=time(10),
        for_all=False,
        grades=[5, 9],
        cancelled_at=NOW,
        **by,
    )


async def _appointments(maker: Maker) -> None:
    """Roles by chance for people by chance: none, one, or several; over, of today, or to come."""
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 AND kind = 'person' ORDER BY id")
    roles = sorted(APPOINTED)
    for account in maker.rng.sample(accounts, 36):
        for role in maker.rng.sample(roles, maker.rng.choice((1, 1, 2, 2, 3))):
            starts_on = maker.rng.choice((LONG_AGO, LONG_AGO, LONG_AGO, DEMO_TODAY, TOMORROW))
            ends_on = maker.rng.choice((None, None, None, YESTERDAY, DEMO_TODAY)) if starts_on == LONG_AGO else None
            await maker.appoint(account, role, starts_on, ends_on)
    await maker.connection.execute("UPDATE account_role SET ends_on = NULL WHERE ends_on < '2026-05-19'")
    for number, role in enumerate(roles):
        born = {"sex": "male", "birth_date": date(1980, 1, 1 + number)}
        person = await maker.add("person", family_name="Единов", given_name=role.name, **born)
        await maker.hire(person)
        await maker.appoint(await maker.enter(f"only-{role}", person), role)
    person = await maker.add("person", family_name="Единов", given_name="Многих", sex="male", birth_date=LONG_AGO)
    await maker.hire(person)
    account = await maker.enter("many-roles", person)
    for role in (Role.DEPUTY, Role.HR, Role.SECRETARY, Role.TEACHER):
        await maker.appoint(account, role)
    (child,) = await maker.ids(
        "SELECT student_id FROM enrolment WHERE school_id = $1 AND ends_on IS NULL ORDER BY id LIMIT 1"
    )
    await maker.guard(await maker.add("guardian", person_id=person, applied_on=LONG_AGO), child)


async def _corrections(maker: Maker) -> None:
    """Substitutes by chance, those who have left and a pupil among them, corrections of every kind, and absences."""
    staff = await maker.ids("SELECT id FROM staff WHERE school_id = $1 ORDER BY id")
    lessons = await maker.ids("SELECT id FROM lesson WHERE school_id = $1 ORDER BY id")
    by = (await maker.account("deputy"))["id"]
    for position, lesson in enumerate(maker.rng.sample(lessons, 40)):
        kind = list(CorrectionKind)[position % len(CorrectionKind)]
        before = "NULL, NULL, NULL" if kind is CorrectionKind.ADDED else "date, number, teacher_id"
        await maker.connection.execute(
            "INSERT INTO lesson_correction (school_id, lesson_id, kind, reason, made_at, made_by, date, number,"
            f" teacher_id) SELECT school_id, id, $2, $3, $4, $5, {before} FROM lesson WHERE id = $1",
            *(lesson, kind.value, maker.rng.choice((None, "Причина")), NOW, by),
        )
        if kind is CorrectionKind.SUBSTITUTED or position % 3 == 0:
            await maker.connection.execute(
                "UPDATE lesson SET substitute_id = $2 WHERE id = $1 AND teacher_id <> $2",
                *(lesson, maker.rng.choice(staff)),
            )
    noted = {"recorded_at": NOW, "recorded_by": by, "changed_at": NOW}
    spans = [(YESTERDAY, YESTERDAY), (DEMO_TODAY, None), (TOMORROW, TOMORROW), (LONG_AGO, DEMO_TODAY)]
    taken = await maker.ids("SELECT staff_id FROM staff_absence WHERE school_id = $1")
    free = [each for each in staff if each not in taken]
    for number, each in enumerate(maker.rng.sample(free, min(10, len(free)))):
        starts_on, ends_on = spans[number % len(spans)]
        kind = list(AbsenceKind)[number % len(AbsenceKind)].value
        await maker.add("staff_absence", staff_id=each, kind=kind, starts_on=starts_on, ends_on=ends_on, **noted)


async def _mismatches(maker: Maker) -> None:
    """Reports on journals by chance, of last year too, by whoever teaches them, others, and those who have left."""
    rng, days = maker.rng, [date(2026, 5, 4) + timedelta(days=each) for each in range(20)]
    journals = await maker.connection.fetch(
        "SELECT DISTINCT group_id, subject_id FROM teaching_assignment WHERE school_id = $1 ORDER BY 1, 2", maker.school
    )
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    for number in range(40):
        by, state = rng.choice(accounts), list(MismatchState)[number % 3]
        report = await maker.add(
            *("mismatch_report",),
            **rng.choice(journals),
            state=state.value,
            comment=rng.choice((None, "По плану — в другие дни")),
            reported_at=NOW,
            reported_by=by,
            changed_at=NOW,
        )
        for each in rng.sample(days, rng.choice((1, 2, 5))):
            kind = rng.choice(list(MismatchKind))
            instead = rng.choice((None, each + timedelta(days=1))) if kind is MismatchKind.WRONG else None
            await maker.add("mismatch_date", report_id=report, date=each, kind=kind.value, should_be=instead)
        for kind in list(MismatchStepKind)[: number % 3]:
            said = {"text": None if kind is MismatchStepKind.CLOSED else "Исправлено", "made_at": NOW}
            await maker.add("mismatch_step", report_id=report, kind=kind.value, made_by=rng.choice(accounts), **said)


async def _services(maker: Maker) -> None:
    """Services with grants by chance: of one type, of a few, of all."""
    types = sorted(RIGHTS.keys() - WITHHELD)
    for number in range(8):
        account = await maker.enter(f"service-{number}")
        count = (0, 1, 4, 8, 8, 12, 12, len(types))[number]
        for type_name in maker.rng.sample(types, count):
            await maker.add("service_grant", account_id=account, type_name=type_name)


async def _orders(maker: Maker) -> None:
    """Orders in force, over, to come and cancelled, for every responsibility; some of them gave a role."""
    staff = await maker.connection.fetch(
        "SELECT staff.id, account.id AS account FROM staff JOIN account USING (school_id, person_id) "
        "WHERE school_id = $1 AND dismissed_on IS NULL AND login NOT LIKE 'only-%' ORDER BY staff.id LIMIT 10",
        maker.school,
    )
    days = [(LONG_AGO, None), (LONG_AGO, YESTERDAY), (TOMORROW, None), (LONG_AGO, DEMO_TODAY)]
    for number, each in enumerate(staff):
        responsibility = list(Responsibility)[number % 5]
        starts_on, ends_on = days[number % 4]
        cancelled = YESTERDAY if number % 7 == 3 else None
        order = await maker.add(
            *("appointment_order",),
            number=f"{number // 2}-к",
            dated=LONG_AGO,
            responsibility=responsibility.value,
            staff_id=each["id"],
            starts_on=starts_on,
            ends_on=ends_on,
            cancelled_on=cancelled,
            state="cancelled" if cancelled else "issued",
            changed_at=NOW,
        )
        role = ROLE_OF[responsibility]
        if role and not cancelled:
            given = {"starts_on": starts_on, "ends_on": ends_on, "order_id": order}
            await maker.add("account_role", account_id=each["account"], role=role.value, **given)


def feed_secret(school: int, account: int, column: str) -> str:
    """The secret of a feed that `harden` makes, by its owner and by what it shows."""
    return f"{school}-{sha256(f'{account} {column}'.encode()).hexdigest()[:43]}"


async def _feeds(maker: Maker) -> None:
    """Calendar feeds of every account: of what is theirs, and of anything, whether or not they see it."""
    tables = {"student_id": "student", "class_id": "school_class", "staff_id": "staff", "room_id": "room"}
    targets = {
        column: await maker.ids(f"SELECT id FROM {table} WHERE school_id = $1 ORDER BY id")
        for column, table in tables.items()
    }
    accounts = await maker.connection.fetch(
        "SELECT DISTINCT ON (account.id) account.id, coalesce(guardianship.student_id, student.id) AS student_id,"
        " class_id, staff.id AS staff_id FROM account LEFT JOIN student USING (school_id, person_id)"
        " LEFT JOIN staff USING (school_id, person_id) LEFT JOIN guardian USING (school_id, person_id)"
        " LEFT JOIN guardianship ON guardian_id = guardian.id"
        " LEFT JOIN enrolment ON enrolment.student_id = coalesce(guardianship.student_id, student.id)"
        " WHERE account.school_id = $1 ORDER BY account.id, guardianship.id DESC, enrolment.id DESC",
        maker.school,
    )
    for account in accounts:
        anything = maker.rng.choice(sorted(tables))
        for column in tables:
            of = maker.rng.choice(targets[column]) if column == anything else account.get(column)
            if of is not None:
                revoked = NOW if maker.rng.random() < 0.2 else None
                secret = feed_secret(maker.school, account["id"], column)
                owner = {"account_id": account["id"], "secret_digest": digest_of(secret)}
                await maker.add("calendar_feed", created_at=NOW, revoked_at=revoked, **owner, **{column: of})


async def _newcomers(maker: Maker) -> None:
    """Employees without an account, in time and overdue; and people whose one-time password waits."""
    days = [LONG_AGO, date(2026, 5, 14), date(2026, 5, 15), YESTERDAY, DEMO_TODAY, TOMORROW]
    for number, hired_on in enumerate(days):
        born = {"sex": "female", "birth_date": date(1990, 1, 1 + number)}
        person = await maker.add("person", family_name="Новикова", given_name="Ия", **born)
        staff = await maker.hire(person, dismissed_on=None if number else YESTERDAY)
        await maker.connection.execute("UPDATE staff SET hired_on = $1 WHERE id = $2", hired_on, staff)
    waiting = "SELECT id FROM account WHERE school_id = $1 AND login ~ '^[pst][0-9]+$' AND id % 11 = 3"
    await maker.connection.execute(
        f"UPDATE account SET one_time_until = $2 WHERE id IN ({waiting})",
        maker.school,
        datetime(2026, 6, 1, tzinfo=UTC),
    )


async def open_sessions(connection: Connection) -> dict[int, str]:
    """A session and an access token for every account, without logging in."""
    now = datetime.now(UTC)
    tokens = Tokens(KEY, timedelta(hours=3), timedelta(days=1))
    rows = await connection.fetch(
        "INSERT INTO session (school_id, account_id, created_at, refreshed_at, expires_at) "
        "SELECT school_id, id, $1, $1, $2 FROM account ORDER BY id RETURNING school_id, id, account_id",
        now,
        now + timedelta(days=1),
    )
    return {row["account_id"]: tokens.issue(Claims(row["school_id"], row["id"], 1), now).access_token for row in rows}
