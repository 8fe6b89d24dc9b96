"""The permission table in plain Python: for each type and each role, which rows; several roles are a union of these."""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import Any

from rules.account import Role

from . import oracle_announcements as announcements
from . import oracle_answers as answers
from . import oracle_digests as digests
from . import oracle_feed as diary
from . import oracle_finals as finals
from . import oracle_messages as messages
from . import oracle_obligations as obligations
from . import oracle_outages as outages
from . import oracle_plan as plan
from . import oracle_remarks as remarks
from . import oracle_transition as transition
from .oracle import World, holds

DIRECTOR, DEPUTY, TEACHER, STUDENT, PARENT = Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.STUDENT, Role.PARENT
SECRETARY, HR, ADMINISTRATOR = Role.SECRETARY, Role.HR, Role.ADMINISTRATOR
ANALYST, SERVICE = Role.ANALYST, Role.SERVICE


REPORTS_OF = {
    "SchoolReports": "school",
    "ClassReports": "school_class",
    "TeacherReports": "staff",
    "StudentReports": "student",
}
"""Of what there are reports: the type that holds them, and the table of what they are of."""

WITHHELD = {
    *(
        *REPORTS_OF,
        "CertifiedReport",
        "ReportSet",
        "SavedReport",
        "Remark",
        *answers.TABLE_OF,
        *messages.TYPES,
        *announcements.TYPES,
    ),
    *obligations.WITHOUT_ID,
    *("Digest", "DigestCount"),
}
"""The types that no service may be granted."""


def remembered(method: Callable[["Eyes", Role], set[int]]) -> Callable[["Eyes", Role], set[int]]:
    """Work it out once for each role."""

    def remember(self: "Eyes", role: Role) -> set[int]:
        key = (method.__name__, role)
        if key not in self.memory:
            self.memory[key] = method(self, role)
        return self.memory[key]

    return remember


class Eyes:
    """One account, its roles of today, and whatever a role of it could stand on."""

    def __init__(self, world: World, account: int) -> None:
        self.world, self.today = world, world.today
        self.account = world.by_id["account"][account]
        self.school: int = self.account["school_id"]
        person = self.account["person_id"]
        self.staff = self._card("staff", person)
        self.student = self._card("student", person)
        self.guardian = self._card("guardian", person)
        self.memory: dict[Any, Any] = {}

    def _card(self, table: str, person: int | None) -> int | None:
        rows = self.world.where(table, "person_id", person) if person else []
        return rows[0]["id"] if rows else None

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Appointed roles of today, none of an employee who has left; enrolment and guardianship make the others."""
        if self.account["one_time_until"]:
            return frozenset()
        return self.held

    @cached_property
    def held(self) -> frozenset[Role]:
        """The same, whether or not a one-time password waits to be changed."""
        if self.account["kind"] != "person":
            return frozenset({Role(self.account["kind"])})
        held = {
            Role(row["role"])
            for row in self.world.where("account_role", "account_id", self.account["id"])
            if holds(row, self.today)
        }
        employee = self.world.row("staff", self.staff)
        if employee and employee["dismissed_on"] and employee["dismissed_on"] < self.today:
            held = set()
        if any(holds(row, self.today) for row in self.world.where("enrolment", "student_id", self.student)):
            held.add(STUDENT)
        if self.children:
            held.add(PARENT)
        return frozenset(held)

    @cached_property
    def grants(self) -> set[str]:
        """What a service may read."""
        return {row["type_name"] for row in self.world.where("service_grant", "account_id", self.account["id"])}

    # What the relations reach

    @cached_property
    def children(self) -> set[int]:
        """Whose guardian one is today, of those who have not left the school."""
        rows = self.world.where("guardianship", "guardian_id", self.guardian)
        return {row["student_id"] for row in rows if holds(row, self.today) and not self._has_left(row["student_id"])}

    def _has_left(self, student: int) -> bool:
        rows = self.world.where("enrolment", "student_id", student)
        return all(row["ends_on"] and row["ends_on"] < self.today for row in rows)

    @cached_property
    def led(self) -> set[int]:
        """Classes led today."""
        rows = self.world.where("class_leadership", "staff_id", self.staff)
        return {row["class_id"] for row in rows if holds(row, self.today)}

    @cached_property
    def taught(self) -> set[tuple[int, int]]:
        """Group and subject of today's assignments."""
        rows = self.world.where("teaching_assignment", "staff_id", self.staff)
        return {(row["group_id"], row["subject_id"]) for row in rows if holds(row, self.today)}

    @cached_property
    def pupils(self) -> set[int]:
        """Who has ever been in a group taught today."""
        return {stay.student for group, _ in self.taught for stay in self.world.stays_in[group]}

    @cached_property
    def pupils_now(self) -> set[int]:
        """Who is in a group taught today, today."""
        stays = (stay for group, _ in self.taught for stay in self.world.stays_in[group])
        return {stay.student for stay in stays if stay.on(self.today)}

    @cached_property
    def substituted(self) -> list[Any]:
        """The lessons whose substitute one is."""
        return self.world.where("lesson", "substitute_id", self.staff) if self.staff else []

    @cached_property
    def met(self) -> set[int]:
        """Who is in the group of such a lesson on its day."""
        lessons = self.substituted
        return {stay.student for of in lessons for stay in self.world.stays_in[of["group_id"]] if stay.on(of["date"])}

    @cached_property
    def led_ever(self) -> set[int]:
        """Who has ever been in a class led today."""
        return {row["student_id"] for each in self.led for row in self.world.where("enrolment", "class_id", each)}

    @cached_property
    def led_now(self) -> set[int]:
        """Who is in a class led today, today."""
        rows = (row for each in self.led for row in self.world.where("enrolment", "class_id", each))
        return {row["student_id"] for row in rows if holds(row, self.today)}

    @cached_property
    def family(self) -> dict[Role, set[int]]:
        """Whose rows a student and a parent call theirs."""
        return {STUDENT: {self.student} if self.student else set(), PARENT: self.children}

    @remembered
    def classes_of(self, role: Role) -> set[int]:
        """The classes that these students have ever been in."""
        rows = (row for each in self.family[role] for row in self.world.where("enrolment", "student_id", each))
        return {row["class_id"] for row in rows}

    @remembered
    def groups_of_classes(self, role: Role) -> set[int]:
        """All groups of those classes, with those that the student is not in."""
        classes = self.classes_of(role)
        return {group for group, of in self.world.class_of.items() if of in classes}

    @remembered
    def groups_of(self, role: Role) -> set[int]:
        """The groups that these students have been in themselves."""
        return {stay.group for each in self.family[role] for stay in self.world.stays_of[each]}

    def own_lesson(self, lesson: Any) -> bool:
        """A lesson in one's own subject and group, or of a class one leads, or that one gives as a substitute."""
        group, stands_in = lesson["group_id"], self.staff is not None and lesson["substitute_id"] == self.staff
        return stands_in or (group, lesson["subject_id"]) in self.taught or self.world.class_of[group] in self.led

    def year_of(self, assignment: Any) -> Any:
        """The school year of a teaching assignment."""
        of = self.world.row("school_class", self.world.class_of[assignment["group_id"]])
        return self.world.row("academic_year", of["year_id"])

    def has_no_plan(self, assignment: Any) -> bool:
        """Whether it holds on the day of its year that is nearest to today, and has no topic plan on that day."""
        year = self.year_of(assignment)
        day = max(year["starts_on"], min(self.today, year["ends_on"]))
        plans = self.world.where("topic_plan_assignment", "group_id", assignment["group_id"])
        plans = [each for each in plans if each["subject_id"] == assignment["subject_id"]]
        return holds(assignment, day) and not any(holds(each, day) for each in plans)

    # The answer

    def sees(self, type_name: str, only: Collection[Role] = tuple(Role)) -> frozenset[Any]:
        """The keys of all rows of a type that any of the roles reaches, each role for itself."""
        roles = self.roles & set(only)
        if (type_name, roles) in self.memory:
            return self.memory[type_name, roles]  # type: ignore[no-any-return]
        found: set[Any] = set()
        for role in roles:
            if (type_name, role) not in self.memory:
                self.memory[type_name, role] = frozenset(self._alone(type_name, role))
            found |= self.memory[type_name, role]
        self.memory[type_name, roles] = frozenset(found)
        return frozenset(found)

    def _alone(self, type_name: str, role: Role) -> Iterable[Any]:
        rule = RIGHTS[type_name].get(role)
        if role is SERVICE and rule is None and type_name not in WITHHELD:
            return everything(type_name, self, role) if type_name in self.grants else ()
        return rule(type_name, self, role) if rule else ()


Rule = Callable[[str, Eyes, Role], Iterable[Any]]

FORMS = {"FederalForm": "federal_form", "FormClosing": "form_closing", "FormDate": "form_date"}

TABLE_OF = {
    "SchoolCard": "school",
    "SchoolCheck": "school",
    "ContactDecision": "contact_decision",
    "DocumentsCheck": "academic_year",
    "StaffCard": "staff",
    "StudentCard": "student",
    "Diary": "student",
    "JournalPrint": "school_class",
    **REPORTS_OF,
    "CertifiedReport": "certified_report",
    "ReportSet": "report_set",
    "SavedReport": "saved_report",
    "DigestCount": "digest_count",
    "AcademicYear": "academic_year",
    "SchoolClass": "school_class",
    "StudyGroup": "study_group",
    "EducationalArea": "educational_area",
    "PeriodRule": "period_rule",
    "ComponentLoad": "component_load",
    "PlanHours": "plan_hours",
    "DroppedSubject": "dropped_subject",
    **dict.fromkeys(("PlanTotal", "PlanCheck", "PlanGap"), "school_class"),
    "TeachingAssignment": "teaching_assignment",
    "BellSchedule": "bell_schedule",
    "LessonRecord": "lesson",
    "WorkType": "work_type",
    "MovementOrder": "movement_order",
    "MovementItem": "movement_item",
    "StaffCount": "staff",
    "MovementCount": "movement_item",
    "YearTransition": "year_transition",
    "TransitionStepDone": "transition_step_done",
    "AccountRole": "account_role",
    "ServiceGrant": "service_grant",
    "AppointmentOrder": "appointment_order",
    "MissingAccount": "staff",
    "TopicPlan": "topic_plan",
    "TopicSection": "topic_section",
    "TopicCard": "topic",
    "TopicPlanAssignment": "topic_plan_assignment",
    "MissingTopicPlan": "teaching_assignment",
    "TimetableEntry": "timetable_entry",
    "DayTransfer": "day_transfer",
    "LessonCorrection": "lesson_correction",
    "WeekAcknowledgement": "week_acknowledgement",
    "FeedItem": "change",
    "StaffAbsence": "staff_absence",
    "CalendarFeed": "calendar_feed",
    "MismatchReport": "mismatch_report",
    "MismatchDate": "mismatch_date",
    "MismatchStep": "mismatch_step",
    "FinalMark": "final_mark",
    "FinalMarkDecision": "final_mark",
    "MarkRule": "mark_rule",
    "PeriodClosing": "period_closing",
    "ExamDate": "exam_date",
    "JournalAccess": "journal_access",
    "JournalWriter": "audit_entry",
    **{f"{of}Version": f"{of.lower()}_version" for of in ("Mark", "Attendance", "Task", "Homework", "Lesson")},
    "RollCallVersion": "roll_call_version",
    "FinalMarkVersion": "final_mark_version",
    "UnlockEdit": "unlock_edit",
    "LessonEditing": "lesson",
    **answers.TABLE_OF,
    **messages.TABLE_OF,
    **announcements.TABLE_OF,
    **FORMS,
    "OutageTransfer": "outage_transfer",
}
"""Where a type's rows lie, if not under the type's own name."""


def rows_of(type_name: str, world: World, school: int) -> Iterable[Any]:
    """All rows of a type in a school."""
    if type_name == "OutageJournal":
        return outages.journals(world, school)
    if type_name == "Obligation":
        return obligations.obligations(world, school)
    return world.of(TABLE_OF.get(type_name, type_name.lower()), school)


def everything(type_name: str, eyes: Eyes, role: Role) -> Iterable[Any]:
    """All rows of the viewer's own school."""
    if type_name in {"School", "SchoolCard", "SchoolCheck", "SchoolReports"}:
        return {eyes.school}
    if type_name in {"PlanCheck", "PlanGap"}:
        return _of_plans(type_name, eyes, list(eyes.world.of("school_class", eyes.school)))
    if type_name == "MissingAccount":
        return _missing_accounts(type_name, eyes, role)
    if type_name == "ServiceGrant":
        return {(row["account_id"], row["type_name"]) for row in eyes.world.of("service_grant", eyes.school)}
    if type_name == "Bell":
        return {(row["schedule_id"], row["number"]) for row in eyes.world.of("bell", eyes.school)}
    if type_name == "DiaryLesson":
        return {cell for cell in eyes.world.cells if eyes.world.row("lesson", cell[1])["school_id"] == eyes.school}
    if type_name == "MissingTopicPlan":
        return {row["id"] for row in eyes.world.of("teaching_assignment", eyes.school) if eyes.has_no_plan(row)}
    if type_name == "FeedItem":
        return diary.fed(eyes.world, eyes.school)
    if type_name == "JournalPage":
        rows = eyes.world.of("teaching_assignment", eyes.school)
        return {(row["group_id"], row["subject_id"]) for row in rows}
    if type_name == "TransitionStepDone":
        return {(row["transition_id"], row["step"]) for row in eyes.world.of("transition_step_done", eyes.school)}
    if type_name == "TransitionFinding":
        rows = eyes.world.of("year_transition", eyes.school)
        return {each["id"] for row in rows for each in transition.findings(eyes.world, row)}
    if type_name in finals.CELLS:
        return finals.cell_rule(type_name, eyes, role)
    if type_name == "MovementCount":
        rows = eyes.world.of("movement_item", eyes.school)
        return {row["id"] for row in rows if _order_of(eyes, row)["state"] == "issued"}
    return {row["id"] for row in rows_of(type_name, eyes.world, eyes.school)}


def _of_plans(type_name: str, eyes: Eyes, classes: Iterable[Any]) -> set[Any]:
    """What is reckoned of some classes' plans."""
    reckon, keys = {
        "PlanCheck": (plan.checks, ("class_id", "component_id")),
        "PlanGap": (plan.gaps, ("class_id", "gap", "subject_id")),
    }[type_name]
    return {tuple(row[key] for key in keys) for each in classes for row in reckon(eyes.world, each)}


def those(condition: Callable[[Eyes, Role, Any], bool]) -> Rule:
    """The rows of the viewer's school for which a condition holds."""

    def rule(type_name: str, eyes: Eyes, role: Role) -> Iterable[Any]:
        return {row["id"] for row in rows_of(type_name, eyes.world, eyes.school) if condition(eyes, role, row)}

    return rule


def arms(*parts: tuple[Collection[Role], Rule]) -> dict[Role, Rule]:
    """Roles with their rules."""
    return {role: rule for roles, rule in parts for role in roles}


def _own_teachers(_: str, eyes: Eyes, role: Role) -> set[int]:
    """Who has taught, led or stood in for a group or class of one's own."""
    world, found = eyes.world, set()
    for group in eyes.groups_of(role):
        found |= {row["staff_id"] for row in world.where("teaching_assignment", "group_id", group)}
        found |= {row["substitute_id"] for row in world.where("lesson", "group_id", group)} - {None}
    for each in eyes.classes_of(role):
        found |= {row["staff_id"] for row in world.where("class_leadership", "class_id", each)}
    return found


def _guardians(only: Rule) -> Rule:
    def rule(_: str, eyes: Eyes, role: Role) -> set[int]:
        return {eyes.world.row("guardianship", number)["guardian_id"] for number in only("Guardianship", eyes, role)}

    return rule


_OFFICE = (DIRECTOR, DEPUTY, SECRETARY, ADMINISTRATOR)
_PREPARERS = (DIRECTOR, DEPUTY, SECRETARY, ADMINISTRATOR)
_PLAN = (DIRECTOR, DEPUTY, TEACHER, SECRETARY, ANALYST)
PLANNERS = _PLAN
_FAMILY = (STUDENT, PARENT)
_STAFF = tuple(frozenset(Role) - {ANALYST, SERVICE, STUDENT, PARENT})
_PEOPLE = tuple(frozenset(Role) - {ANALYST, SERVICE})
_OVERSEERS = (DIRECTOR, DEPUTY, ANALYST)

_oneself = those(lambda eyes, role, row: row["id"] in eyes.family[role])
_at_hand = those(lambda eyes, role, row: row["id"] in eyes.pupils_now | eyes.led_now)
_known = those(lambda eyes, role, row: row["id"] in eyes.pupils | eyes.led_ever)
_wards = those(lambda eyes, role, row: row["student_id"] in eyes.led_now)
_own_guardians = those(lambda eyes, role, row: row["student_id"] == eyes.student and holds(row, eyes.today))


def _classes(eyes: Eyes, role: Role) -> list[Any]:
    return [eyes.world.row("school_class", each) for each in eyes.classes_of(role)]


_year_of_classes = those(
    lambda eyes, role, row: (row.get("year_id") or row["id"]) in {of["year_id"] for of in _classes(eyes, role)}
)
_period_of_classes = those(
    lambda eyes, role, row: any(
        (row["year_id"], row["kind"]) == (of["year_id"], of["period_kind"]) for of in _classes(eyes, role)
    )
)
_holiday_of_classes = those(
    lambda eyes, role, row: any(
        row["year_id"] == of["year_id"] and (row["grades"] is None or of["grade"] in row["grades"])
        for of in _classes(eyes, role)
    )
)
_in_year_of_classes = those(lambda eyes, role, row: row["year_id"] in {of["year_id"] for of in _classes(eyes, role)})
_own_classes = those(lambda eyes, role, row: row["id"] in eyes.classes_of(role))
_group_of_classes = those(lambda eyes, role, row: row["class_id"] in eyes.classes_of(role))
_taught_in_classes = those(lambda eyes, role, row: row["group_id"] in eyes.groups_of_classes(role))
_at_own_lesson = those(lambda eyes, role, row: eyes.own_lesson(eyes.world.lesson_of(row)))
_of_own_record = those(lambda eyes, role, row: eyes.own_lesson(eyes.world.row("lesson", row["row_id"])))
_work_of_own_lesson = those(
    lambda eyes, role, row: (
        eyes.own_lesson(eyes.world.lesson_of(row))
        or any(row["lesson_id"] in eyes.world.attended[each] and eyes.world.is_for(row, each) for each in eyes.led_now)
    )
)
_of_students = those(
    lambda eyes, role, row: eyes.own_lesson(eyes.world.lesson_of(row)) or row["student_id"] in eyes.led_now
)
_of_family = those(lambda eyes, role, row: row["student_id"] in eyes.family[role])
_work_of_family = those(
    lambda eyes, role, row: any(
        row["lesson_id"] in eyes.world.attended[each] and eyes.world.is_for(row, each) for each in eyes.family[role]
    )
)


def _draft(eyes: Eyes, role: Role, row: Any) -> bool:
    timetable = row if "state" in dict(row) else eyes.world.row("timetable", row["timetable_id"])
    return bool(timetable["state"] == "draft")


def _for_grades(of: Any, row: Any) -> bool:
    return of["year_id"] == row["year_id"] and (row["grades"] is None or of["grade"] in row["grades"])


def for_class(world: World, of: Any, event: Any) -> bool:
    """Whether an event is for a class."""
    named = {each["class_id"] for each in world.where("event_class", "event_id", event["id"])}
    return of["year_id"] == event["year_id"] and (
        event["for_all"] or of["grade"] in (event["grades"] or ()) or of["id"] in named
    )


_public = those(lambda eyes, role, row: not _draft(eyes, role, row))
_public_of_year = those(
    lambda eyes, role, row: (
        not _draft(eyes, role, row) and row["year_id"] in {of["year_id"] for of in _classes(eyes, role)}
    )
)
_public_of_classes = those(
    lambda eyes, role, row: not _draft(eyes, role, row) and row["group_id"] in eyes.groups_of_classes(role)
)
_transfer_of_classes = those(lambda eyes, role, row: any(_for_grades(of, row) for of in _classes(eyes, role)))
_event_of_classes = those(lambda eyes, role, row: any(for_class(eyes.world, of, row) for of in _classes(eyes, role)))


def _subjects_of_classes(_: str, eyes: Eyes, role: Role) -> set[int]:
    groups = eyes.groups_of_classes(role)
    return {row["subject_id"] for each in groups for row in eyes.world.where("teaching_assignment", "group_id", each)}


def _attached(type_name: str, eyes: Eyes, role: Role) -> set[int]:
    """What hangs on a task, a homework or an excuse is for whoever sees that."""
    tasks, homework, excuses = (eyes.sees(of, {role}) for of in ("Task", "Homework", "Excuse"))
    rows = rows_of(type_name, eyes.world, eyes.school)
    return {
        row["id"]
        for row in rows
        if row["task_id"] in tasks or row["homework_id"] in homework or row["excuse_id"] in excuses
    }


def _diary_of_pupils(_: str, eyes: Eyes, role: Role) -> set[tuple[int, int]]:
    """The own subject; everything at the lessons of the class one leads, and of those who are in it now."""
    lessons = eyes.world.by_id["lesson"]
    return {
        (student, lesson)
        for student, lesson in eyes.world.cells
        if eyes.own_lesson(lessons[lesson]) or student in eyes.led_now
    }


def _diary_of_family(_: str, eyes: Eyes, role: Role) -> set[tuple[int, int]]:
    return {(student, lesson) for student in eyes.family[role] for lesson in eyes.world.attended[student]}


def _own_journals(_: str, eyes: Eyes, role: Role) -> set[tuple[int, int]]:
    rows = eyes.world.of("teaching_assignment", eyes.school)
    pairs = {(row["group_id"], row["subject_id"]) for row in rows}
    others = {(lesson["group_id"], lesson["subject_id"]) for lesson in eyes.substituted}
    return {pair for pair in pairs if pair in eyes.taught | others or eyes.world.class_of[pair[0]] in eyes.led}


def _order_of(eyes: Eyes, item: Any) -> Any:
    return eyes.world.row("movement_order", item["order_id"])


def _moves_led(eyes: Eyes, item: Any) -> bool:
    return not eyes.led.isdisjoint({item["from_class_id"], item["to_class_id"]})


_order_on_led_class = those(
    lambda eyes, role, row: (
        row["state"] != "draft"
        and any(
            _moves_led(eyes, item)
            for item in eyes.world.where("movement_item", "order_id", row["cancels_id"] or row["id"])
        )
    )
)
_item_of_led_class = those(lambda eyes, role, row: _moves_led(eyes, row) and _order_of(eyes, row)["state"] != "draft")


def _works(eyes: Eyes, person: int | None) -> bool:
    staff = eyes.world.where("staff", "person_id", person) if person else []
    return any(row["dismissed_on"] is None or row["dismissed_on"] >= eyes.today for row in staff)


def _missing_accounts(_: str, eyes: Eyes, role: Role) -> set[int]:
    """Who works here, or will, and cannot enter."""
    return {
        row["id"]
        for row in eyes.world.of("staff", eyes.school)
        if _works(eyes, row["person_id"]) and not eyes.world.where("account", "person_id", row["person_id"])
    }


def _is_own(eyes: Eyes, account: Any) -> bool:
    return bool(account["id"] == eyes.account["id"])


def _has(eyes: Eyes, account: Any, *tables: str) -> bool:
    person = account["person_id"]
    return person is not None and any(eyes.world.where(table, "person_id", person) for table in tables)


def _of_family_alone(eyes: Eyes, account: Any) -> bool:
    return _has(eyes, account, "student", "guardian") and not _serves(eyes, account)


def _serves(eyes: Eyes, account: Any) -> bool:
    """Works here, or holds an appointed role with no card of an employee."""
    person = account["person_id"]
    left = not _works(eyes, person) and eyes.world.where("staff", "person_id", person)
    roles = eyes.world.where("account_role", "account_id", account["id"])
    held = any(each["ends_on"] is None or each["ends_on"] >= eyes.today for each in roles)
    return _works(eyes, person) or (held and not left)


def _accounts(condition: Callable[[Eyes, Any], bool], column: str) -> Rule:
    """Accounts that are one's own or of a kind, or the roles of such."""
    return those(
        lambda eyes, role, row: (
            _is_own(eyes, account := eyes.world.row("account", row[column])) or condition(eyes, account)
        )
    )


def _accounts_for_roles(column: str) -> dict[Role, Rule]:
    return arms(
        (tuple(Role), _accounts(lambda eyes, account: False, column)),
        ((SECRETARY,), _accounts(_of_family_alone, column)),
        ((HR,), _accounts(lambda eyes, account: _has(eyes, account, "staff"), column)),
        ((ADMINISTRATOR,), everything),
    )


def _own_grants(_: str, eyes: Eyes, role: Role) -> set[tuple[int, str]]:
    return {(eyes.account["id"], each) for each in eyes.grants}


def _goes_by(eyes: Eyes, assignment: Any) -> bool:
    """An assignment of a plan to a group taught today in its subject, or to one of a class led today."""
    group = assignment["group_id"]
    return (group, assignment["subject_id"]) in eyes.taught or eyes.world.class_of[group] in eyes.led


def _knows_plan(eyes: Eyes, plan: int) -> bool:
    """An own plan, or one that an own group goes by."""
    author = eyes.world.row("topic_plan", plan)["author_id"]
    assigned = eyes.world.where("topic_plan_assignment", "plan_id", plan)
    return (eyes.staff is not None and author == eyes.staff) or any(_goes_by(eyes, each) for each in assigned)


_known_plan = those(lambda eyes, role, row: _knows_plan(eyes, row.get("plan_id") or row["id"]))
_topic_of_family = those(
    lambda eyes, role, row: any(
        lesson["id"] in eyes.world.attended[each]
        for lesson in eyes.world.where("lesson", "topic_id", row["id"])
        for each in eyes.family[role]
    )
)
_assigned_plan = those(
    lambda eyes, role, row: (
        _goes_by(eyes, row)
        or (eyes.staff is not None and eyes.world.row("topic_plan", row["plan_id"])["author_id"] == eyes.staff)
    )
)
_own_without_plan = those(lambda eyes, role, row: eyes.has_no_plan(row) and row["staff_id"] == eyes.staff)


def _is_unlocked(eyes: Eyes, role: Role, row: Any) -> bool:
    """A teacher sees their own unlocks, and what they did under them."""
    unlock = eyes.world.row("unlock", row.get("unlock_id")) or row
    return bool(unlock["staff_id"] == eyes.staff)


def _knows_mismatch(eyes: Eyes, role: Role, row: Any) -> bool:
    """An own report, or one on a journal that one teaches today or of a class that one leads; or a part of such."""
    report = eyes.world.row("mismatch_report", row.get("report_id")) or row
    return (
        report["reported_by"] == eyes.account["id"]
        or (report["group_id"], report["subject_id"]) in eyes.taught
        or eyes.world.class_of[report["group_id"]] in eyes.led
    )


_own_sessions = those(lambda eyes, role, row: row["account_id"] == eyes.account["id"] and row["ended_at"] is None)

_own_feeds = those(lambda eyes, role, row: row["account_id"] == eyes.account["id"])


def _saved_for(eyes: Eyes, role: Role, row: Any) -> bool:
    """One's own report, or one that is shared with the role or the account."""
    own = eyes.account["id"]
    shares = eyes.world.where("saved_report_share", "report_id", row["id"])
    return (
        row["account_id"] == own or role.value in row["shared_roles"] or own in {each["account_id"] for each in shares}
    )


def _of_school(eyes: Eyes, role: Role, row: Any) -> bool:
    """A report of the whole school."""
    return not any((row["class_id"], row["staff_id"], row["student_id"]))


RIGHTS: dict[str, dict[Role, Rule]] = {
    "CalendarFeed": arms(
        (tuple(frozenset(Role) - {ANALYST, ADMINISTRATOR}), _own_feeds), ((ADMINISTRATOR,), everything)
    ),
    "Session": arms((tuple(Role), _own_sessions)),
    "Account": _accounts_for_roles("id"),
    "AccountRole": _accounts_for_roles("account_id"),
    "ServiceGrant": arms(((ADMINISTRATOR,), everything), ((SERVICE,), _own_grants)),
    "AppointmentOrder": arms(((DIRECTOR, DEPUTY, HR, ADMINISTRATOR), everything)),
    "MissingAccount": arms(((HR, ADMINISTRATOR, DEPUTY), everything)),
    "School": arms((tuple(Role), everything)),
    "SchoolCard": arms(((*_OFFICE, TEACHER, HR), everything)),
    "SchoolCheck": arms(((DIRECTOR, DEPUTY, ADMINISTRATOR), everything)),
    "ContactDecision": arms(((*_OFFICE, TEACHER), everything)),
    "Document": arms(
        ((DIRECTOR, DEPUTY, ADMINISTRATOR), everything),
        ((TEACHER, SECRETARY, HR, *_FAMILY), those(lambda eyes, role, row: row["withdrawn_at"] is None)),
    ),
    "DocumentsCheck": arms(((DIRECTOR, DEPUTY, ADMINISTRATOR), everything)),
    "Staff": arms(((*_OFFICE, TEACHER, HR), everything), (_FAMILY, _own_teachers)),
    "StaffCard": arms(
        ((DIRECTOR, DEPUTY, HR, ADMINISTRATOR), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["id"] == eyes.staff)),
    ),
    "Student": arms(
        ((*_OFFICE, ANALYST), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["id"] in eyes.pupils | eyes.led_ever | eyes.met)),
        (_FAMILY, _oneself),
    ),
    "StudentCard": arms(
        ((*_OFFICE, ANALYST), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["id"] in eyes.led_now)),
        (_FAMILY, _oneself),
    ),
    "Guardianship": arms(
        (_OFFICE, everything),
        ((TEACHER,), _wards),
        ((STUDENT,), _own_guardians),
        ((PARENT,), those(lambda eyes, role, row: row["guardian_id"] == eyes.guardian and holds(row, eyes.today))),
    ),
    "Guardian": arms(
        (_OFFICE, everything),
        ((TEACHER,), _guardians(_wards)),
        ((STUDENT,), _guardians(_own_guardians)),
        ((PARENT,), those(lambda eyes, role, row: row["id"] == eyes.guardian)),
    ),
    "AcademicYear": arms(((*_PLAN, ADMINISTRATOR), everything), (_FAMILY, _year_of_classes)),
    "Period": arms(((*_PLAN, ADMINISTRATOR), everything), (_FAMILY, _period_of_classes)),
    "Holiday": arms(((*_PLAN, ADMINISTRATOR), everything), (_FAMILY, _holiday_of_classes)),
    "EducationalArea": arms(((*_PLAN, *_FAMILY), everything)),
    "Profile": arms((_PLAN, everything), (_FAMILY, _in_year_of_classes)),
    "PeriodRule": arms(((*_PLAN, ADMINISTRATOR), everything)),
    "Component": arms((_PLAN, everything), (_FAMILY, _in_year_of_classes)),
    "ComponentLoad": arms((_PLAN, everything)),
    "PlanHours": arms((_PLAN, everything), (_FAMILY, _group_of_classes)),
    "PlanTotal": arms((_PLAN, everything), (_FAMILY, _own_classes)),
    "PlanCheck": arms(
        (_PLAN, everything), (_FAMILY, lambda name, eyes, role: _of_plans(name, eyes, _classes(eyes, role)))
    ),
    "PlanGap": arms((_PLAN, everything)),
    "DroppedSubject": arms(
        ((*_OFFICE, ANALYST), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["student_id"] in eyes.pupils | eyes.led_ever)),
        (_FAMILY, _of_family),
    ),
    "Subject": arms(((*_PLAN, ADMINISTRATOR), everything), (_FAMILY, _subjects_of_classes)),
    "SchoolClass": arms(
        ((*_PLAN, ADMINISTRATOR), everything),
        (_FAMILY, _own_classes),
    ),
    "StudyGroup": arms((_PLAN, everything), (_FAMILY, _group_of_classes)),
    "TeachingAssignment": arms((_PLAN, everything), (_FAMILY, _taught_in_classes)),
    "Enrolment": arms(
        ((*_OFFICE, ANALYST), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["student_id"] in eyes.pupils | eyes.led_ever)),
        (_FAMILY, _of_family),
    ),
    "BellSchedule": arms(((*_PLAN, *_FAMILY), everything)),
    "Bell": arms(((*_PLAN, *_FAMILY), everything)),
    "Room": arms(((*_PLAN, *_FAMILY), everything)),
    "Timetable": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER, SECRETARY, ANALYST), _public), (_FAMILY, _public_of_year)
    ),
    "TimetableEntry": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER, SECRETARY, ANALYST), _public), (_FAMILY, _public_of_classes)
    ),
    "DayTransfer": arms((_PLAN, everything), (_FAMILY, _transfer_of_classes)),
    "Event": arms((_PLAN, everything), (_FAMILY, _event_of_classes)),
    "Lesson": arms((_PLAN, everything), (_FAMILY, _taught_in_classes)),
    "LessonRecord": arms(
        (_OVERSEERS, everything),
        (
            (TEACHER,),
            those(
                lambda eyes, role, row: (
                    eyes.own_lesson(row) or any(row["id"] in eyes.world.attended[each] for each in eyes.led_now)
                )
            ),
        ),
        (_FAMILY, those(lambda eyes, role, row: any(row["id"] in eyes.world.attended[e] for e in eyes.family[role]))),
    ),
    "Task": arms((_OVERSEERS, everything), ((TEACHER,), _work_of_own_lesson), (_FAMILY, _work_of_family)),
    "Homework": arms((_OVERSEERS, everything), ((TEACHER,), _work_of_own_lesson), (_FAMILY, _work_of_family)),
    "Mark": arms((_OVERSEERS, everything), ((TEACHER,), _of_students), (_FAMILY, _of_family)),
    "Attendance": arms((_OVERSEERS, everything), ((TEACHER,), _of_students), (_FAMILY, _of_family)),
    "MovementOrder": arms((_OFFICE, everything), ((TEACHER,), _order_on_led_class)),
    "MovementItem": arms((_OFFICE, everything), ((TEACHER,), _item_of_led_class)),
    **dict.fromkeys(("YearTransition", "TransitionStepDone", "TransitionFinding"), arms((_PREPARERS, everything))),
    "StaffCount": arms(((DIRECTOR, DEPUTY, HR, ADMINISTRATOR, ANALYST), everything)),
    "MovementCount": arms(((*_OFFICE, ANALYST), everything)),
    "WorkType": arms(((*_OVERSEERS, TEACHER, *_FAMILY), everything)),
    "Attachment": arms(((DIRECTOR, DEPUTY, TEACHER, *_FAMILY), _attached)),
    "Diary": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _known), (_FAMILY, _oneself)),
    "DiaryLesson": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _diary_of_pupils), (_FAMILY, _diary_of_family)),
    "WeekAcknowledgement": arms(
        ((DIRECTOR, DEPUTY), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["student_id"] in eyes.led_now)),
        (_FAMILY, _of_family),
    ),
    "FeedItem": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), diary.of_pupils), (_FAMILY, diary.of_family)),
    "JournalPage": arms((_OVERSEERS, everything), ((TEACHER,), _own_journals)),
    "Certificate": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(lambda eyes, role, row: row["class_id"] in eyes.led))
    ),
    "JournalPrint": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(lambda eyes, role, row: row["id"] in eyes.led))
    ),
    "ReportSet": arms(
        (
            (DIRECTOR, DEPUTY, ANALYST, ADMINISTRATOR, SECRETARY, TEACHER),
            those(lambda eyes, role, row: row["account_id"] == eyes.account["id"]),
        )
    ),
    "Digest": arms((digests.READERS, those(digests.mine))),
    "DigestCount": arms((digests.READERS, digests.counts)),
    "SavedReport": arms(((ADMINISTRATOR, ANALYST), those(_saved_for))),
    "CertifiedReport": arms(
        ((DIRECTOR, DEPUTY), everything),
        ((ADMINISTRATOR,), those(_of_school)),
        ((SECRETARY,), those(lambda eyes, role, row: row["report"] in {"occupancy", "movement"})),
        (
            (TEACHER,),
            those(
                lambda eyes, role, row: (
                    row["staff_id"] == eyes.staff is not None
                    or row["class_id"] in eyes.led
                    or row["student_id"] in eyes.pupils_now | eyes.led_now
                )
            ),
        ),
        (_FAMILY, _of_family),
    ),
    "SchoolReports": arms(((*_OVERSEERS, ADMINISTRATOR, SECRETARY), everything)),
    "ClassReports": arms((_OVERSEERS, everything), ((TEACHER,), those(lambda eyes, role, row: row["id"] in eyes.led))),
    "TeacherReports": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(lambda eyes, role, row: row["id"] == eyes.staff))
    ),
    "StudentReports": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _at_hand), (_FAMILY, _oneself)),
    "TopicPlan": arms((_OVERSEERS, everything), ((TEACHER,), _known_plan)),
    "TopicSection": arms((_OVERSEERS, everything), ((TEACHER,), _known_plan)),
    "Topic": arms((_OVERSEERS, everything), ((TEACHER,), _known_plan), (_FAMILY, _topic_of_family)),
    "TopicCard": arms((_OVERSEERS, everything), ((TEACHER,), _known_plan)),
    "TopicPlanAssignment": arms((_OVERSEERS, everything), ((TEACHER,), _assigned_plan)),
    "MissingTopicPlan": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _own_without_plan)),
    "HomeworkAnswer": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _of_students), (_FAMILY, _of_family)),
    "AnswerAttachment": arms(((DIRECTOR, DEPUTY, TEACHER, *_FAMILY), those(answers.fetches))),
    "Excuse": arms((_OVERSEERS, everything), ((TEACHER,), _wards), (_FAMILY, _of_family)),
    "LessonCorrection": arms(
        ((DIRECTOR, DEPUTY), everything),
        (
            (TEACHER,),
            those(
                lambda eyes, role, row: (
                    eyes.own_lesson(of := eyes.world.lesson_of(row))
                    or (eyes.staff is not None and of["teacher_id"] == eyes.staff)
                )
            ),
        ),
    ),
    **dict.fromkeys(
        ("MarkVersion", "AttendanceVersion"), arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _of_students))
    ),
    **dict.fromkeys(
        ("TaskVersion", "HomeworkVersion", "RollCallVersion"),
        arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _at_own_lesson)),
    ),
    "JournalAccess": arms(((DIRECTOR, DEPUTY), everything)),
    "JournalWriter": arms(((DIRECTOR, DEPUTY), everything)),
    "LessonVersion": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), _of_own_record)),
    "StaffAbsence": arms(
        ((DIRECTOR, DEPUTY, HR), everything),
        ((TEACHER,), those(lambda eyes, role, row: row["staff_id"] == eyes.staff)),
    ),
    **dict.fromkeys(
        ("MismatchReport", "MismatchDate", "MismatchStep"),
        arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(_knows_mismatch))),
    ),
    "Remark": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(remarks.own))),
    "FinalMark": arms(((*_OVERSEERS, TEACHER, *_FAMILY), finals.mark_rule)),
    "FinalMarkDecision": arms(((*_OVERSEERS, TEACHER), finals.mark_rule)),
    "FinalMarkCell": arms(((*_OVERSEERS, TEACHER, *_FAMILY), finals.cell_rule)),
    "MarkProposal": arms(((*_OVERSEERS, TEACHER), finals.cell_rule)),
    "FinalMarkVersion": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), finals.version_rule)),
    "MarkRule": arms(((*_OVERSEERS, TEACHER), everything)),
    "PeriodClosing": arms((_OVERSEERS, everything), ((TEACHER,), finals.class_rule("period_closing"))),
    "ExamDate": arms((_OVERSEERS, everything), ((TEACHER,), finals.class_rule("exam_date"))),
    **dict.fromkeys(
        ("Unlock", "UnlockEdit"), arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(_is_unlocked)))
    ),
    "LessonEditing": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(lambda eyes, role, row: eyes.own_lesson(row)))
    ),
    "Announcement": arms((_PEOPLE, those(announcements.reads))),
    "AnnouncementAttachment": arms((_PEOPLE, those(announcements.fetches))),
    "AnnouncementReader": arms((_STAFF, announcements.readers)),
    "Mailbox": arms((_PEOPLE, those(lambda eyes, role, row: row["id"] == eyes.account["id"]))),
    "Addressee": arms((_PEOPLE, those(messages.may_address))),
    "Correspondent": arms((_PEOPLE, those(messages.knows))),
    **dict.fromkeys(("MessageThread", "Message"), arms((_PEOPLE, those(messages.reads)))),
    "MessageAttachment": arms((_PEOPLE, those(messages.fetches))),
    "MessageReceipt": arms((_PEOPLE, messages.receipts)),
    "Obligation": arms(
        ((DIRECTOR, DEPUTY), everything), ((TEACHER, SECRETARY, HR, ADMINISTRATOR), those(obligations.own))
    ),
    **dict.fromkeys(FORMS, arms(((*_OFFICE, ANALYST), everything))),
    "Outage": arms(((DIRECTOR, DEPUTY, TEACHER, ADMINISTRATOR), everything)),
    "OutageJournal": arms(((DIRECTOR, DEPUTY), everything), ((TEACHER,), those(outages.own_journal))),
    "OutageTransfer": arms(
        ((DIRECTOR, DEPUTY), everything),
        ((TEACHER,), those(lambda eyes, role, row: eyes.own_lesson(eyes.world.lesson_of(row)))),
    ),
}
"""Type → role → rows. A service sees the types of its grant, beside what is everybody's."""


def roles_of(type_name: str) -> set[Role]:
    """The roles that may see any row of a type; a service, of all but those that no grant names."""
    return {*RIGHTS[type_name]} | (set() if type_name in WITHHELD else {SERVICE})
