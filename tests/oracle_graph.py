"""The graph as the plain-Python oracle walks it: how edges lead from row to row before anybody's rights count."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rules.account import Role
from rules.days import is_official_working_day

from . import oracle_plan as plan
from .oracle import MARK_NUMBERS, World, holds
from .oracle_rights import ANALYST, PLANNERS, Eyes, for_class, roles_of
from .report_rounded import few

Row = Any
Arguments = dict[str, Any]
Find = Callable[[Eyes, Row, Arguments], Sequence[Row]]


STANDS_ON = {"JournalRow": "Student", "SubjectAverage": "Mark", "DiaryDay": "DiaryLesson", "DiaryTask": "Task"} | {
    "TeachingLoad": "TeachingAssignment",
    "Ungrouped": "Student",
    **dict.fromkeys(("TopicPlanProgress", "TopicHours"), "TopicPlanAssignment"),
    "OverdueWork": "Mark",
    "NeededMarks": "Mark",
    "SubjectResult": "DiaryLesson",
    "ClassAverage": "DiaryLesson",
}
"""By whose rights a type is seen that has none of its own."""


@dataclass(frozen=True)
class Link:
    """A field that leads from one type's row to rows of another.

    to: the GraphQL type. find: all rows there, whoever asks. kind: one, many or page. order: how many are ordered, by
    name where it is left out. takes: the names of its arguments, with `!` those that must be given. only: the roles it
    is for, if not all that reach `to`. free: it shows what its parent holds, without rights of its own. whole: an
    analyst's days are a whole period or year.
    """

    to: str
    find: Find
    kind: str = "one"
    order: Callable[[Eyes, Row], Any] | None = None
    takes: tuple[str, ...] = ()
    only: Collection[Role] = tuple(Role)
    free: bool = False
    whole: bool = False

    @property
    def roles(self) -> set[Role]:
        """Who may ask for the field."""
        return roles_of(STANDS_ON.get(self.to, self.to)) & set(self.only)


def by_name(eyes: Eyes, row: Row) -> Any:
    """People by the alphabet; by number for whoever may not know their names."""
    return row["id"] if eyes.roles == {ANALYST} else (eyes.world.person(row)["sort_key"], row["id"])


def by(*columns: str) -> Callable[[Eyes, Row], Any]:
    """Rows in the order of columns."""
    return lambda eyes, row: tuple(row[column] for column in columns)


by_id = by("id")
by_date = by("date", "number", "id")


def one(table: str, column: str) -> Find:
    """The row to which a column refers."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        found = eyes.world.row(table, row[column])
        return [found] if found else []

    return find


def many(table: str, column: str, of: str = "id") -> Find:
    """The rows that refer to this one."""
    return lambda eyes, row, given: eyes.world.where(table, column, row[of])


def subject_of(eyes: Eyes, row: Row) -> Row:
    """The subject of what is written at a lesson."""
    return eyes.world.by_id["subject"][eyes.world.lesson_of(row)["subject_id"]]


def itself(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The same row under another type."""
    return [row]


def link(to: str, table: str, column: str) -> Link:
    """An edge along a reference."""
    return Link(to, one(table, column))


def links(to: str, table: str, column: str, *order: str, of: str = "id") -> Link:
    """An edge against a reference."""
    return Link(to, many(table, column, of), "many", by(*order))


def through(table: str, column: str, to: str, dated: bool = True, since: str = "id") -> Find:
    """The rows that a table of facts ties to this one, on the day asked about."""
    target = {"student_id": "student", "class_id": "school_class", "staff_id": "staff", "work_type_id": "work_type"}[to]

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        day = given.get("on") or eyes.today
        facts = (fact for fact in eyes.world.where(table, column, row[since]) if not dated or holds(fact, day))
        return [eyes.world.by_id[target][fact[to]] for fact in facts]

    return find


def on_day(find: Find) -> Find:
    """Only those of dated rows that hold on the day."""
    return lambda eyes, row, given: [
        each for each in find(eyes, row, given) if holds(each, given.get("on") or eyes.today)
    ]


def group_students(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    day = given.get("on") or eyes.today
    return [eyes.world.row("student", stay.student) for stay in eyes.world.stays_in[row["id"]] if stay.on(day)]


def class_assignments(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    groups = eyes.world.where("study_group", "class_id", row["id"])
    return [each for group in groups for each in eyes.world.where("teaching_assignment", "group_id", group["id"])]


def narrowed(lessons: Sequence[Row], given: Arguments) -> list[Row]:
    subject = given.get("subjectId")
    return [
        each
        for each in lessons
        if given["since"] <= each["date"] <= given["until"] and (not subject or each["subject_id"] == subject.number)
    ]


def class_lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    groups = eyes.world.where("study_group", "class_id", row["id"])
    return narrowed([each for g in groups for each in eyes.world.where("lesson", "group_id", g["id"])], given)


def lessons_by(column: str) -> Find:
    """Lessons that refer to this row."""
    return lambda eyes, row, given: narrowed(eyes.world.where("lesson", column, row["id"]), given)


def staff_lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Those of a teacher, and those that they give for others."""
    found = [
        *eyes.world.where("lesson", "teacher_id", row["id"]),
        *eyes.world.where("lesson", "substitute_id", row["id"]),
    ]
    return narrowed(list({each["id"]: each for each in found}.values()), given)


def student_lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return narrowed([eyes.world.by_id["lesson"][each] for each in eyes.world.attended[row["id"]]], given)


def week_by(column: str, of: Callable[[Eyes, Row], Collection[int]] = lambda eyes, row: [row["id"]]) -> Find:
    """The entries, of the version in force on the day, that refer to this row."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        day = given.get("on") or eyes.today
        entries = (each for number in of(eyes, row) for each in eyes.world.where("timetable_entry", column, number))
        timetables = eyes.world.by_id["timetable"]
        return [
            each
            for each in entries
            if (of_ := timetables[each["timetable_id"]])["state"] == "published" and holds(of_, day)
        ]

    return find


def groups_of_class(eyes: Eyes, row: Row) -> list[int]:
    return [each["id"] for each in eyes.world.where("study_group", "class_id", row["id"])]


def entries_of(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    of = given.get("classId")
    entries = eyes.world.where("timetable_entry", "timetable_id", row["id"])
    return [each for each in entries if not of or eyes.world.class_of[each["group_id"]] == of.number]


def rooms(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    found = eyes.world.of("room", row["school_id"])
    return [each for each in found if given.get("archived") or each["archived_on"] is None]


def first_timetable(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    found = [each for each in eyes.world.where("timetable", "year_id", row["id"]) if each["state"] != "draft"]
    return sorted(found, key=lambda each: (each["published_at"], each["id"]))[:1]


def events(find: Callable[[Eyes, Row, Row], bool]) -> Find:
    """Events on the days asked about for which a condition holds."""

    def found(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        near = (
            each
            for each in eyes.world.of("event", row["school_id"])
            if each["starts_on"] <= given["until"] and given["since"] <= each["ends_on"]
        )
        return [each for each in near if find(eyes, row, each)]

    return found


def event_of_student(eyes: Eyes, row: Row, event: Row) -> bool:
    """By the class in which the student is on the event's first day."""
    stays = (each for each in eyes.world.where("enrolment", "student_id", row["id"]) if holds(each, event["starts_on"]))
    return any(for_class(eyes.world, eyes.world.by_id["school_class"][each["class_id"]], event) for each in stays)


def asked_period(eyes: Eyes, row: Row, given: Arguments) -> Row | None:
    """The period that is asked for, if it is of the own school; else of the student's class the one begun last."""
    if "periodId" in given:
        period = eyes.world.row("period", given["periodId"].number)
        return period if period and period["school_id"] == eyes.school else None
    stays = (each for each in eyes.world.where("enrolment", "student_id", row["id"]) if holds(each, eyes.today))
    classes = [eyes.world.by_id["school_class"][each["class_id"]] for each in stays]
    divided = {(each["year_id"], each["period_kind"]) for each in classes}
    begun = (
        each
        for each in eyes.world.of("period", eyes.school)
        if (each["year_id"], each["kind"]) in divided and each["starts_on"] <= eyes.today
    )
    return max(begun, key=lambda each: (each["starts_on"], each["id"]), default=None)


def of_period(table: str) -> Find:
    """A student's marks or absences in a period, of one subject if that is asked."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        world, period, subject = eyes.world, asked_period(eyes, row, given), given.get("subjectId")
        if period is None:
            return []
        return [
            each
            for each in world.where(table, "student_id", row["id"])
            if period["starts_on"] <= each["lesson_date"] <= period["ends_on"]
            and (not subject or world.lesson_of(each)["subject_id"] == subject.number)
        ]

    return find


def average(eyes: Eyes, marks: Sequence[Row]) -> dict[str, Any]:
    """The averages of marks, simple and weighted, over those that are numbers, to two places."""
    pairs = [
        (Decimal(MARK_NUMBERS[mark["value"]]), Decimal(eyes.world.by_id["task"][mark["task_id"]]["weight"]))
        for mark in marks
        if mark["value"] in MARK_NUMBERS
    ]
    weight = sum(weight for _, weight in pairs)

    def rounded(number: Decimal) -> float:
        return float(number.quantize(Decimal("0.01"), ROUND_HALF_UP))

    return {
        "average": rounded(sum(number for number, _ in pairs) / Decimal(len(pairs))) if pairs else None,
        "weighted": rounded(sum(number * weight for number, weight in pairs) / weight) if pairs else None,
        "counted": len(pairs),
    }


def averages(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    seen, by_subject = eyes.sees("Mark"), dict[int, list[Row]]()
    for mark in of_period("mark")(eyes, row, given):
        if mark["id"] in seen:
            by_subject.setdefault(eyes.world.lesson_of(mark)["subject_id"], []).append(mark)
    return [{"subject_id": subject, **average(eyes, marks)} for subject, marks in by_subject.items()]


# The diary


def diary_of(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return [{"id": row["id"], "student_id": row["id"], "since": given["from"], "until": given["to"]}]


def diary_days(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    count = (row["until"] - row["since"]).days + 1
    return [{"student_id": row["id"], "date": row["since"] + timedelta(days=number)} for number in range(count)]


def diary_lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    lessons = (eyes.world.by_id["lesson"][each] for each in eyes.world.attended[row["student_id"]])
    return [{**each, "student_id": row["student_id"]} for each in lessons if each["date"] == row["date"]]


def day_holiday(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    grades = {
        eyes.world.by_id["school_class"][stay["class_id"]]["grade"]
        for stay in eyes.world.where("enrolment", "student_id", row["student_id"])
        if holds(stay, row["date"])
    }
    return [
        each
        for each in eyes.world.of("holiday", eyes.school)
        if holds(each, row["date"]) and (each["grades"] is None or grades & set(each["grades"]))
    ]


def of_cell(table: str, column: str = "lesson_id") -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        return [each for each in eyes.world.where(table, column, row["id"]) if each["student_id"] == row["student_id"]]

    return find


def diary_tasks(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    tasks = eyes.world.where("task", "lesson_id", row["id"])
    tasks = [each for each in tasks if eyes.world.is_for(each, row["student_id"])]
    return [{**each, "student_id": row["student_id"]} for each in tasks if each["id"] in eyes.sees("Task")]


def diary_homework(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    found = eyes.world.where("homework", "lesson_id", row["id"])
    return [each for each in found if eyes.world.is_for(each, row["student_id"])]


# The journal


def page_lessons(world: World, page: Row) -> list[Row]:
    """The lessons of a page: of its class or one group of it, its subject and its period."""
    groups = (
        [page["group_id"]] if page["group_id"] else [g for g, of in world.class_of.items() if of == page["class_id"]]
    )
    period = world.by_id["period"][page["period_id"]]
    return [
        lesson
        for group in groups
        for lesson in world.where("lesson", "group_id", group)
        if lesson["subject_id"] == page["subject_id"] and period["starts_on"] <= lesson["date"] <= period["ends_on"]
    ]


def journal_lessons(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    journals = eyes.sees("JournalPage")
    return [each for each in page_lessons(eyes.world, row) if (each["group_id"], each["subject_id"]) in journals]


def journal_rows(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    world, period = eyes.world, eyes.world.by_id["period"][row["period_id"]]
    groups = {
        group
        for group, subject in eyes.sees("JournalPage")
        if subject == row["subject_id"]
        and world.class_of[group] == row["class_id"]
        and row["group_id"] in (None, group)
    }
    found = {
        stay.student
        for group in groups
        for stay in world.stays_in[group]
        if stay.starts_on <= period["ends_on"] and (stay.ends_on is None or period["starts_on"] <= stay.ends_on)
    }
    students = (world.by_id["student"][each] for each in found & eyes.sees("Student"))
    return [{**student, "page": row} for student in students]


def of_journal_row(table: str) -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        lessons = {each["id"] for each in page_lessons(eyes.world, row["page"])}
        return [each for each in eyes.world.where(table, "student_id", row["id"]) if each["lesson_id"] in lessons]

    return find


def row_average(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    marks = [each for each in of_journal_row("mark")(eyes, row, given) if each["id"] in eyes.sees("Mark")]
    return [{"subject_id": row["page"]["subject_id"], **average(eyes, marks)}] if marks else []


# The school


def year_classes(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    year = given.get("yearId")
    years = {each["id"] for each in eyes.world.of("academic_year", eyes.school) if holds(each, eyes.today)}
    return [
        each
        for each in eyes.world.of("school_class", row["school_id"])
        if (each["year_id"] == year.number if year else each["year_id"] in years)
        and given.get("grade") in (None, each["grade"])
    ]


def people(table: str) -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        start = given.get("search", "").lower().replace("ё", "е")
        found = eyes.world.of(table, row["school_id"])
        names = ((each, eyes.world.person(each)["family_name"].lower().replace("ё", "е")) for each in found)
        return [each for each, name in names if name.startswith(start)]

    return find


def all_of(table: str) -> Find:
    return lambda eyes, row, given: list(eyes.world.of(table, row["school_id"]))


def accounts(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Those whose login or family name begins so, who hold the role today, locked or not."""
    start = given.get("search", "").lower().replace("ё", "е")

    def fits(each: Row) -> bool:
        person = eyes.world.row("person", each["person_id"])
        name = person["family_name"].lower().replace("ё", "е") if person else ""
        role, locked = given.get("role"), given.get("locked")
        return (
            (each["login_key"].startswith(start) or bool(person and name.startswith(start)))
            and (not role or Role[role.text] in Eyes(eyes.world, each["id"]).held)
            and (not locked or str(each["locked_at"] is not None).lower() == locked.text)
        )

    return [each for each in eyes.world.of("account", row["school_id"]) if fits(each)]


def feeds_of_account(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Those of one account, revoked or not."""
    revoked = given.get("revoked")
    return [
        each
        for each in eyes.world.where("calendar_feed", "account_id", row["id"])
        if not revoked or str(each["revoked_at"] is not None).lower() == revoked.text
    ]


def account_due(world: World, row: Row) -> date:
    """The third working day after the hiring, counted day by day; transfers for all grades take days away."""
    transfers = list(world.of("day_transfer", row["school_id"]))
    worked = {each["to_date"] for each in transfers}
    free = {each["from_date"] for each in transfers if each["grades"] is None} - worked
    day, left = row["hired_on"], 3
    while left:
        day += timedelta(days=1)
        left -= day in worked or (day not in free and is_official_working_day(day))
    return day  # type: ignore[no-any-return]


def missing_accounts(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    overdue, rows = given.get("overdue"), eyes.world.of("staff", row["school_id"])
    staff = [{**each, "today": eyes.today} for each in rows]
    return [
        each for each in staff if not overdue or str(account_due(eyes.world, each) < eyes.today).lower() == overdue.text
    ]


def appointment_orders(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return [
        each
        for each in eyes.world.of("appointment_order", row["school_id"])
        if all(each[name] == given[name].text.lower() for name in ("responsibility", "state") if name in given)
        and ("on" not in given or (each["state"] == "issued" and holds(each, given["on"])))
    ]


def card_of(table: str) -> Find:
    """The card of the same person."""
    return lambda eyes, row, given: eyes.world.where(table, "person_id", row["person_id"]) if row["person_id"] else []


def documents(column: str, of: str = "id") -> Find:
    """The documents of a year or a school, of the year and the kind that are asked for."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        year, kind = given.get("yearId"), given.get("kind")
        return [
            each
            for each in eyes.world.where("document", column, row[of])
            if (not year or each["year_id"] == year.number) and (not kind or each["kind"] == kind.text.lower())
        ]

    return find


def publisher(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    person = eyes.world.row("account", row["published_by"])["person_id"]
    return eyes.world.where("staff", "person_id", person) if person else []


def class_periods(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    periods = eyes.world.where("period", "year_id", row["year_id"])
    return [each for each in periods if each["kind"] == row["period_kind"]]


# The plan


def of_plan(function: Callable[[World, Row], Any]) -> Find:
    """What is reckoned of a class's plan."""

    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        found = function(eyes.world, row)
        return found if isinstance(found, list) else [found]

    return find


# Corrections of lessons, and who is away


def staff_of_account(column: str) -> Find:
    def find(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
        account = eyes.world.row("account", row[column])
        return eyes.world.where("staff", "person_id", account["person_id"])

    return find


def by_gap(eyes: Eyes, row: Row) -> Any:
    return row["gap"], row["subject_id"] or 0


def staff_counts(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Who works at the school on a day, by position."""
    day, seen = given.get("on") or eyes.today, eyes.sees("StaffCount")
    found = Counter(
        each["position"]
        for each in eyes.world.of("staff", row["school_id"])
        if each["id"] in seen
        and each["hired_on"] <= day
        and (each["dismissed_on"] is None or each["dismissed_on"] >= day)
    )
    return [
        {"position": position, "employees": told} for position, count in found.items() if (told := counted(eyes, count))
    ]


def counted(eyes: Eyes, count: int) -> int:
    """How many people an analyst is told of so many, and everybody else."""
    return few(count, count) if eyes.roles == {ANALYST} else count


def load(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """Of the assignments that a planner sees, which are all; of a service's, if it is granted them."""
    day = given.get("on") or eyes.today
    rows = [each for each in eyes.world.where("teaching_assignment", "staff_id", row["id"]) if holds(each, day)]
    seen = eyes.sees("TeachingAssignment", PLANNERS)
    mine = [each for each in rows if each["id"] in seen]
    return [{"hours": sum(plan.assigned_hours(eyes.world, each) or 0.0 for each in mine), "assignments": len(mine)}]


def ungrouped(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    world, day = eyes.world, given.get("on") or eyes.today
    groups: dict[int, list[int]] = {}
    for group in world.where("study_group", "class_id", row["id"]):
        if group["kind"] == "subgroup" and any(stay.on(day) for stay in world.stays_in[group["id"]]):
            groups.setdefault(group["subject_id"], []).append(group["id"])
    found = []
    for stay in world.where("enrolment", "class_id", row["id"]):
        student = stay["student_id"]
        dropped = {
            each["subject_id"] for each in world.where("dropped_subject", "student_id", student) if holds(each, day)
        }
        if holds(stay, day) and student in eyes.sees("Student", PLANNERS):
            for subject, of in groups.items():
                inside = any(each.on(day) and each.group in of for each in world.stays_of[student])
                if not inside and subject not in dropped:
                    found.append({**world.by_id["student"][student], "subject_id": subject})
    return found


def by_subject(eyes: Eyes, row: Row) -> Any:
    alone = eyes.roles == {ANALYST}
    return (
        (row["subject_id"], row["id"]) if alone else (row["subject_id"], eyes.world.person(row)["sort_key"], row["id"])
    )


def absences_of_days(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return [
        each
        for each in eyes.world.of("staff_absence", row["school_id"])
        if each["starts_on"] <= given["until"] and (each["ends_on"] is None or each["ends_on"] >= given["since"])
    ]


def corrections_of_days(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    found = eyes.world.of("lesson_correction", row["school_id"])
    return [each for each in found if given["since"] <= eyes.world.lesson_of(each)["date"] <= given["until"]]


def mismatches(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """The reports on journals of the school, or of the class that the row is, as far as they are asked for."""
    state, subject = given.get("state"), given.get("subjectId")
    of = given["classId"].number if "classId" in given else row["id"] if "letter" in row else None
    return [
        each
        for each in eyes.world.of("mismatch_report", row["school_id"])
        if (not state or each["state"] == state.text.lower())
        and (not subject or each["subject_id"] == subject.number)
        and of in (None, eyes.world.class_of[each["group_id"]])
    ]


def _lessons_on(world: World, named: Row, day: date | None) -> list[Row]:
    """The lessons of the journal that a report is about on a day."""
    report = world.by_id["mismatch_report"][named["report_id"]]
    lessons = world.where("lesson", "group_id", report["group_id"])
    return [each for each in lessons if (each["subject_id"], each["date"]) == (report["subject_id"], day)]


def lessons_of_mismatch(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    return _lessons_on(eyes.world, row, row["date"])


def differs(world: World, row: Row) -> bool:
    """Whether it is still so: a lesson lacks, or one stands where none should, or none where one should."""

    def stands(day: date) -> bool:
        return any(each["state"] != "cancelled" for each in _lessons_on(world, row, day))

    if row["kind"] == "missing":
        return not stands(row["date"])
    return stands(row["date"]) or (row["should_be"] is not None and not stands(row["should_be"]))


def lessons_to_cover(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    away, found = row["staff_id"], {}
    for column in ("teacher_id", "substitute_id"):
        for lesson in eyes.world.where("lesson", column, away):
            covered = (lesson["substitute_id"] or lesson["teacher_id"]) != away
            if (
                lesson["state"] != "cancelled"
                and holds(row, lesson["date"])
                and given.get("covered") in (None, covered)
            ):
                found[lesson["id"]] = lesson
    return list(found.values())


def _is_free(world: World, staff: Row, lesson: Row) -> bool:
    """Whether somebody teaches, is there, is not the teacher, and gives no lesson at that time."""
    day = lesson["date"]
    accounts = world.where("account", "person_id", staff["person_id"])
    teaches = any(holds(each, day) for each in world.where("teaching_assignment", "staff_id", staff["id"])) or any(
        role["role"] == "teacher" and holds(role, day)
        for account in accounts
        for role in world.where("account_role", "account_id", account["id"])
    )
    employed = staff["hired_on"] <= day and (staff["dismissed_on"] is None or day <= staff["dismissed_on"])
    absent = any(holds(each, day) for each in world.where("staff_absence", "staff_id", staff["id"]))
    busy = any(
        (each["substitute_id"] or each["teacher_id"]) == staff["id"]
        and each["state"] != "cancelled"
        and each["starts_at"] < lesson["ends_at"]
        and lesson["starts_at"] < each["ends_at"]
        for column in ("teacher_id", "substitute_id")
        for each in world.where("lesson", column, staff["id"])
        if each["date"] == day
    )
    return teaches and employed and not absent and not busy and staff["id"] != lesson["teacher_id"]


def free_teachers(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    world, of = eyes.world, eyes.world.class_of[row["group_id"]]

    def nearness(staff: Row) -> int:
        taught = [e for e in world.where("teaching_assignment", "staff_id", staff["id"]) if holds(e, row["date"])]
        if any(each["subject_id"] == row["subject_id"] for each in taught):
            return 0
        return 1 if any(world.class_of[each["group_id"]] == of for each in taught) else 2

    staff = eyes.world.of("staff", eyes.school)
    return [{**each, "nearness": nearness(each)} for each in staff if _is_free(world, each, row)]


def by_nearness(eyes: Eyes, row: Row) -> Any:
    """Those who know the subject, those who know the class, the rest; each by the alphabet."""
    return (row["nearness"], *by_name(eyes, row))
