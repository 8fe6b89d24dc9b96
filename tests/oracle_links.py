"""Every edge of the schema as the plain-Python oracle knows it, and the scalars by which rows are told apart."""

from collections.abc import Callable
from typing import Any

from rules.account import Role
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode

from . import oracle_announcements as announcements
from . import oracle_answers as answers
from . import oracle_diary as diary
from . import oracle_digests as digests
from . import oracle_digests_links as digests_links
from . import oracle_excuses as excuses
from . import oracle_finals as finals
from . import oracle_finals_links as finals_links
from . import oracle_forms as forms
from . import oracle_graph as graph
from . import oracle_history as history
from . import oracle_locks as locks
from . import oracle_marks as marks
from . import oracle_messages as messages
from . import oracle_movement as movement
from . import oracle_obligations as obligations
from . import oracle_outages as outages
from . import oracle_plan as plan
from . import oracle_prints as prints
from . import oracle_remarks as remarks
from . import oracle_reports as reports
from . import oracle_topics as topics
from . import oracle_transition as transition
from .oracle import MARK_NUMBERS, World
from .oracle_graph import Link, by, by_date, by_id, by_name, link, links, many, on_day, through
from .oracle_rights import (
    ADMINISTRATOR,
    ANALYST,
    DEPUTY,
    DIRECTOR,
    HR,
    PARENT,
    PLANNERS,
    SECRETARY,
    STUDENT,
    TEACHER,
    for_class,
)

_OFFICE = (DIRECTOR, DEPUTY, SECRETARY, ADMINISTRATOR)
_PEOPLE = tuple(frozenset(Role) - {Role.ANALYST, Role.SERVICE})
_WORKS = (DIRECTOR, DEPUTY, TEACHER, SECRETARY, HR, ADMINISTRATOR)
_BY_GRADE = by("grade", "letter", "id")
_SPAN = ("since", "until", "first")
_PERIOD = ("periodId", "subjectId")
_IN_TURN = by("weekday", "number", "id")
_BY_DAY = by("starts_on", "id")


def _by_group(eyes: Any, row: Any) -> Any:
    return (row["subject_id"] or 0, "" if eyes.roles == {ANALYST} else row["name"] or "", row["id"])


def _by_door(eyes: Any, row: Any) -> Any:
    return row["id"] if eyes.roles == {ANALYST} else (row["name"], row["id"])


def _by_grade_of_rule(eyes: Any, row: Any) -> Any:
    return (row["grade"], row["profile_id"] or 0)


def _by_component(eyes: Any, row: Any) -> Any:
    position = eyes.world.by_id["component"][row["component_id"]]["position"]
    return (position, row["component_id"], row["subject_id"])


def _leadership(since: str) -> Link:
    find = through("class_leadership", "staff_id", "class_id", since=since)
    if since == "staff_id":
        return Link("SchoolClass", find, "many", _BY_GRADE, only=(TEACHER,))
    return Link("SchoolClass", find, "many", _BY_GRADE, ("on",), only=tuple(graph.Role))


LINKS: dict[str, dict[str, Link]] = {
    "Obligation": obligations.links(link),
    "Remark": remarks.links(
        link, lambda column: Link("Staff", remarks.by_account(graph.staff_of_account(column), column))
    ),
    "Me": {
        "remarks": Link("Remark", remarks.of_viewer, "page", by_id, ("first",), (TEACHER,)),
        "obligations": Link(
            *("Obligation", obligations.of_viewer, "page", obligations.in_turn, ("first", "since", "until")),
            only=(DEPUTY, TEACHER, SECRETARY, HR, ADMINISTRATOR),
        ),
        "account": link("Account", "account", "id"),
        "sessions": links("Session", "session", "account_id", "id"),
        "calendarFeeds": Link(
            "CalendarFeed", graph.feeds_of_account, "page", by_id, ("first", "revoked"), only=_PEOPLE
        ),
        "school": link("School", "school", "school_id"),
        "student": Link("Student", graph.one("student", "student_id"), only=(STUDENT,)),
        "staff": Link("Staff", graph.one("staff", "staff_id"), only=_WORKS),
        "children": Link(
            "Student",
            lambda eyes, row, given: [eyes.world.by_id["student"][each] for each in eyes.children],
            *("many", by_name),
            only=(PARENT,),
        ),
        "mailbox": Link("Mailbox", graph.one("account", "id"), only=_PEOPLE),
        "ledClasses": _leadership("staff_id"),
        "assignments": Link(
            "TeachingAssignment",
            on_day(many("teaching_assignment", "staff_id", "staff_id")),
            *("many", by_id),
            only=(TEACHER,),
        ),
    },
    "Account": {
        "roles": links("AccountRole", "account_role", "account_id", "starts_on", "id"),
        "grants": links("ServiceGrant", "service_grant", "account_id", "type_name"),
        "calendarFeeds": Link(
            *("CalendarFeed", graph.feeds_of_account, "page", by_id, ("first", "revoked")), only=(ADMINISTRATOR,)
        ),
        "staff": Link("Staff", graph.card_of("staff")),
        "student": Link("Student", graph.card_of("student")),
        "guardian": Link("Guardian", graph.card_of("guardian")),
    },
    "Announcement": {
        "author": Link("Staff", graph.staff_of_account("author_id")),
        "classes": Link("SchoolClass", announcements.targets("class_id", "school_class"), "many", _BY_GRADE),
        "groups": Link("StudyGroup", announcements.targets("group_id", "study_group"), "many", by_id),
        "attachments": links("AnnouncementAttachment", "announcement_attachment", "announcement_id", "id"),
        "audience": Link("AnnouncementReader", announcements.audience, "page", by_name, ("first", "read")),
    },
    "Mailbox": {
        "threads": Link("MessageThread", messages.threads, "page", by("recency", "id"), ("first",), only=_PEOPLE),
        "addressees": Link("Addressee", messages.addressees, "page", by_name, ("first", "search"), only=_PEOPLE),
    },
    **{
        key: {
            "student": Link("Student", graph.card_of("student")),
            "wards": Link("Student", messages.wards, "many", by_name),
        }
        for key in ("Addressee", "Correspondent")
    },
    "MessageThread": {
        "student": link("Student", "student", "student_id"),
        "startedBy": link("Correspondent", "account", "started_by"),
        "members": Link("Correspondent", messages.members, "many", by_name),
        "messages": Link("Message", many("message", "thread_id"), "page", by("recency"), ("first",)),
    },
    "Message": {
        "author": link("Correspondent", "account", "author_id"),
        "receipts": links("MessageReceipt", "message_receipt", "message_id", "read_at", "account_id"),
        "attachments": links("MessageAttachment", "message_attachment", "message_id", "id"),
    },
    "MessageReceipt": {"reader": link("Correspondent", "account", "account_id")},
    "CalendarFeed": {
        "account": link("Account", "account", "account_id"),
        "student": link("Student", "student", "student_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "staff": link("Staff", "staff", "staff_id"),
        "room": link("Room", "room", "room_id"),
    },
    "AccountRole": {
        "account": link("Account", "account", "account_id"),
        "order": link("AppointmentOrder", "appointment_order", "order_id"),
    },
    "AppointmentOrder": {"staff": link("Staff", "staff", "staff_id")},
    "MissingAccount": {"staff": Link("Staff", graph.itself)},
    "School": {
        "accounts": Link(
            *("Account", graph.accounts, "page", by("login_key", "id"), ("first", "search", "role", "locked")),
            only=(SECRETARY, HR, ADMINISTRATOR),
        ),
        "missingAccounts": Link(
            "MissingAccount", graph.missing_accounts, "page", by("hired_on", "id"), ("first", "overdue")
        ),
        "appointmentOrders": Link(
            *("AppointmentOrder", graph.appointment_orders, "page", by("dated", "id")),
            ("first", "responsibility", "state", "on"),
        ),
        "announcements": Link("Announcement", graph.all_of("announcement"), "page", by("recency", "id"), ("first",)),
        "card": Link("SchoolCard", graph.itself),
        "cardCheck": Link("SchoolCheck", graph.itself),
        "contactDecisions": Link("ContactDecision", graph.all_of("contact_decision"), "page", by_id, ("first",)),
        "documents": Link(
            "Document", graph.documents("school_id", "school_id"), "page", by_id, ("first", "yearId", "kind")
        ),
        "years": Link(
            "AcademicYear", graph.all_of("academic_year"), "many", lambda eyes, row: -row["starts_on"].toordinal()
        ),
        "currentYear": Link("AcademicYear", on_day(graph.all_of("academic_year"))),
        "areas": Link("EducationalArea", graph.all_of("educational_area"), "many", by("position", "id")),
        "workTypes": Link("WorkType", graph.all_of("work_type"), "many", by("position", "id")),
        "classes": Link("SchoolClass", graph.year_classes, "page", _BY_GRADE, ("first", "yearId", "grade")),
        "rooms": Link("Room", graph.rooms, "page", _by_door, ("first", "archived")),
        "events": Link("Event", graph.events(lambda eyes, row, event: True), "page", _BY_DAY, _SPAN),
        "subjects": Link("Subject", graph.all_of("subject"), "page", by("name", "id"), ("first",)),
        "staff": Link("Staff", graph.people("staff"), "page", by_name, ("first", "search")),
        "students": Link("Student", graph.people("student"), "page", by_name, ("first", "search", "orderBy")),
        "transitions": Link(
            "YearTransition",
            graph.all_of("year_transition"),
            "many",
            lambda eyes, row: (-row["begun_at"].timestamp(), row["id"]),
        ),
        "movementBook": Link("MovementOrder", movement.book, "page", by("position"), ("first", *movement.FILTERS)),
        "movementDrafts": Link("MovementOrder", movement.drafts, "page", by_id, ("first",), only=_OFFICE),
        "staffCounts": Link("StaffCount", graph.staff_counts, "many", by("position"), ("on",), free=True, whole=True),
        "movementCounts": Link(
            "MovementCount", movement.counts, "many", by("kind", "grade"), ("since", "until"), free=True, whole=True
        ),
        "staffAbsences": Link("StaffAbsence", graph.absences_of_days, "page", by("starts_on", "id"), _SPAN),
        "lessonCorrections": Link("LessonCorrection", graph.corrections_of_days, "page", by_id, _SPAN),
        "mismatchReports": Link(
            "MismatchReport", graph.mismatches, "page", by_id, ("first", "state", "classId", "subjectId")
        ),
        "outages": Link("Outage", graph.all_of("outage"), "page", by_id, ("first",)),
        "remarks": Link(
            *("Remark", remarks.of_school, "page", by_id, ("first", "state", "staffId", "classId", "subjectId")),
            only=(DIRECTOR, DEPUTY, TEACHER),
        ),
        "obligations": Link(
            *("Obligation", obligations.of_school, "page", obligations.in_turn, ("first", "since", "until")),
            only=(DIRECTOR, DEPUTY),
        ),
    },
    "Staff": {
        "account": Link("Account", graph.card_of("account"), only=(HR, ADMINISTRATOR)),
        "appointmentOrders": links("AppointmentOrder", "appointment_order", "staff_id", "dated", "id"),
        "card": Link("StaffCard", graph.itself),
        "absences": links("StaffAbsence", "staff_absence", "staff_id", "starts_on"),
        "ledClasses": _leadership("id"),
        "assignments": Link(
            "TeachingAssignment", on_day(many("teaching_assignment", "staff_id")), "many", by_id, ("on",)
        ),
        "load": Link("TeachingLoad", graph.load, takes=("on",), only=PLANNERS, free=True),
        "lessons": Link("Lesson", graph.staff_lessons, "page", by_date, _SPAN),
        "timetable": Link("TimetableEntry", graph.week_by("teacher_id"), "many", _IN_TURN, ("on",)),
    },
    "LessonCorrection": {
        "subject": link("Subject", "subject", "subject_id"),
        "teacher": link("Staff", "staff", "teacher_id"),
        "substitute": link("Staff", "staff", "substitute_id"),
        "madeBy": Link("Staff", graph.staff_of_account("made_by")),
        "lesson": link("Lesson", "lesson", "lesson_id"),
    },
    "MismatchReport": {
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "reportedBy": Link("Staff", graph.staff_of_account("reported_by")),
        "dates": links("MismatchDate", "mismatch_date", "report_id", "date"),
        "steps": links("MismatchStep", "mismatch_step", "report_id", "id"),
    },
    "MismatchDate": {"lessons": Link("Lesson", graph.lessons_of_mismatch, "many", by_date)},
    "MismatchStep": {"madeBy": Link("Staff", graph.staff_of_account("made_by"))},
    "StaffAbsence": {
        "staff": link("Staff", "staff", "staff_id"),
        "lessonsToCover": Link(
            *("Lesson", graph.lessons_to_cover, "page", by_date, ("first", "covered")), only=(DIRECTOR, DEPUTY, TEACHER)
        ),
    },
    "Student": {
        "account": Link("Account", graph.card_of("account"), only=(SECRETARY, ADMINISTRATOR)),
        "card": Link("StudentCard", graph.itself),
        "guardianships": links("Guardianship", "guardianship", "student_id", "id"),
        "droppedSubjects": links("DroppedSubject", "dropped_subject", "student_id", "starts_on", "id"),
        "enrolments": links("Enrolment", "enrolment", "student_id", "starts_on"),
        "movement": Link("MovementItem", movement.booked("student_id"), "many", movement.in_book),
        "schoolClass": Link("SchoolClass", through("enrolment", "student_id", "class_id"), takes=("on",)),
        "lessons": Link("Lesson", graph.student_lessons, "page", by_date, _SPAN),
        "events": Link("Event", graph.events(graph.event_of_student), "page", _BY_DAY, _SPAN),
        "diary": Link("Diary", graph.diary_of, takes=("from", "to")),
        "marks": Link("Mark", graph.of_period("mark"), "page", by("lesson_date", "id"), ("first", *_PERIOD)),
        "attendance": Link(
            "Attendance", graph.of_period("attendance"), "page", by("lesson_date", "id"), ("first", *_PERIOD)
        ),
        "averages": Link("SubjectAverage", graph.averages, "many", by("subject_id"), _PERIOD, free=True),
    },
    "Guardianship": {
        "guardian": link("Guardian", "guardian", "guardian_id"),
        "student": link("Student", "student", "student_id"),
    },
    "Guardian": {
        "account": Link("Account", graph.card_of("account"), only=(SECRETARY, ADMINISTRATOR)),
        "guardianships": links("Guardianship", "guardianship", "guardian_id", "id"),
    },
    "AcademicYear": {
        "periods": links("Period", "period", "year_id", "kind", "number"),
        "holidays": links("Holiday", "holiday", "year_id", "starts_on"),
        "profiles": links("Profile", "profile", "year_id", "name", "id"),
        "periodRules": Link("PeriodRule", many("period_rule", "year_id"), "many", _by_grade_of_rule),
        "components": links("Component", "component", "year_id", "position", "id"),
        "bellSchedules": Link(
            "BellSchedule",
            many("bell_schedule", "year_id"),
            "many",
            lambda eyes, row: (row["shift"], row["weekday"] or 0, row["id"]),
        ),
        "timetables": links("Timetable", "timetable", "year_id", "id"),
        "firstTimetable": Link("Timetable", graph.first_timetable),
        "dayTransfers": links("DayTransfer", "day_transfer", "year_id", "to_date", "id"),
        "awaitingOrder": Link(
            "Enrolment", movement.awaiting_order, "page", by("class_id", "id"), ("first",), only=_OFFICE
        ),
        "documentCheck": Link("DocumentsCheck", graph.itself),
        "documents": Link("Document", graph.documents("year_id"), "page", by_id, ("first", "kind")),
    },
    "Document": {
        "year": link("AcademicYear", "academic_year", "year_id"),
        "publisher": Link("Staff", graph.publisher),
    },
    "Period": {"year": link("AcademicYear", "academic_year", "year_id")},
    "Subject": {"area": link("EducationalArea", "educational_area", "area_id")},
    "Profile": {"year": link("AcademicYear", "academic_year", "year_id")},
    "PeriodRule": {"profile": link("Profile", "profile", "profile_id")},
    "Component": {
        "loads": Link("ComponentLoad", many("component_load", "component_id"), "many", _by_grade_of_rule),
    },
    "ComponentLoad": {"profile": link("Profile", "profile", "profile_id")},
    "PlanHours": {
        "subject": link("Subject", "subject", "subject_id"),
        "component": link("Component", "component", "component_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
    },
    "PlanCheck": {"component": link("Component", "component", "component_id")},
    "PlanGap": {"subject": link("Subject", "subject", "subject_id")},
    "Ungrouped": {"student": Link("Student", graph.itself), "subject": link("Subject", "subject", "subject_id")},
    "DroppedSubject": {
        "student": link("Student", "student", "student_id"),
        "subject": link("Subject", "subject", "subject_id"),
    },
    "SchoolClass": {
        "profile": link("Profile", "profile", "profile_id"),
        "plan": Link("PlanHours", many("plan_hours", "class_id"), "many", _by_component),
        "planTotal": Link("PlanTotal", graph.of_plan(plan.total)),
        "planChecks": Link("PlanCheck", graph.of_plan(plan.checks), "many", by("order")),
        "planGaps": Link("PlanGap", graph.of_plan(plan.gaps), "many", graph.by_gap),
        "ungrouped": Link("Ungrouped", graph.ungrouped, "many", graph.by_subject, ("on",), PLANNERS, free=True),
        "year": link("AcademicYear", "academic_year", "year_id"),
        "periods": Link("Period", graph.class_periods, "many", by("number")),
        "groups": Link("StudyGroup", many("study_group", "class_id"), "many", _by_group),
        "leader": Link("Staff", through("class_leadership", "class_id", "staff_id"), takes=("on",)),
        "students": Link("Student", through("enrolment", "class_id", "student_id"), "many", by_name, ("on",)),
        "assignments": Link("TeachingAssignment", on_day(graph.class_assignments), "many", by_id, ("on",)),
        "lessons": Link("Lesson", graph.class_lessons, "page", by_date, (*_SPAN, "subjectId")),
        "mismatchReports": Link("MismatchReport", graph.mismatches, "page", by_id, ("first", "state", "subjectId")),
        "arrivals": Link("MovementItem", movement.booked("to_class_id"), "page", movement.in_book, ("first",)),
        "departures": Link("MovementItem", movement.booked("from_class_id"), "page", movement.in_book, ("first",)),
        "timetable": Link(
            "TimetableEntry", graph.week_by("group_id", graph.groups_of_class), "many", _IN_TURN, ("on",)
        ),
        "events": Link(
            "Event", graph.events(lambda eyes, row, event: for_class(eyes.world, row, event)), "page", _BY_DAY, _SPAN
        ),
    },
    "StudyGroup": {
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "students": Link("Student", graph.group_students, "many", by_name, ("on",)),
        "lessons": Link("Lesson", graph.lessons_by("group_id"), "page", by_date, _SPAN),
    },
    "TeachingAssignment": {
        "teacher": link("Staff", "staff", "staff_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
    },
    "Enrolment": {
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "student": link("Student", "student", "student_id"),
        "openedBy": link("MovementItem", "movement_item", "opened_by"),
        "endedBy": link("MovementItem", "movement_item", "ended_by"),
    },
    "MovementOrder": {
        "items": Link("MovementItem", many("movement_item", "order_id"), "page", by("position", "id"), ("first",)),
        "cancels": link("MovementOrder", "movement_order", "cancels_id"),
        "cancelledBy": Link("MovementOrder", many("movement_order", "cancels_id")),
    },
    "YearTransition": {
        "fromYear": link("AcademicYear", "academic_year", "from_year_id"),
        "toYear": link("AcademicYear", "academic_year", "to_year_id"),
        "steps": links("TransitionStepDone", "transition_step_done", "transition_id", "done_at", "step"),
        "findings": Link(
            "TransitionFinding",
            lambda eyes, row, given: transition.findings(eyes.world, row),
            "page",
            lambda eyes, row: (transition.KINDS.index(row["kind"]), row["number"]),
            ("first",),
        ),
    },
    "TransitionFinding": {
        "student": link("Student", "student", "student_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "order": link("MovementOrder", "movement_order", "order_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "form": link("FederalForm", "federal_form", "form_id"),
    },
    "MovementItem": {
        "order": link("MovementOrder", "movement_order", "order_id"),
        "student": link("Student", "student", "student_id"),
        "fromClass": link("SchoolClass", "school_class", "from_class_id"),
        "toClass": link("SchoolClass", "school_class", "to_class_id"),
    },
    "MovementFinding": {"student": Link("Student", graph.one("student", "student_id"), only=_OFFICE)},
    "Room": {
        "lessons": Link("Lesson", graph.lessons_by("room_id"), "page", by_date, _SPAN),
        "timetable": Link("TimetableEntry", graph.week_by("room_id"), "many", _IN_TURN, ("on",)),
    },
    "Timetable": {
        "year": link("AcademicYear", "academic_year", "year_id"),
        "entries": Link("TimetableEntry", graph.entries_of, "page", _IN_TURN, ("first", "classId")),
    },
    "TimetableEntry": {
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "teacher": link("Staff", "staff", "teacher_id"),
        "room": link("Room", "room", "room_id"),
        "timetable": link("Timetable", "timetable", "timetable_id"),
    },
    "Event": {
        "classes": Link("SchoolClass", through("event_class", "event_id", "class_id", dated=False), "many", _BY_GRADE)
    },
    "TimetableFinding": {
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "teacher": link("Staff", "staff", "teacher_id"),
        "room": link("Room", "room", "room_id"),
    },
    "BellSchedule": {"bells": links("Bell", "bell", "schedule_id", "number")},
    "Lesson": {
        "subject": link("Subject", "subject", "subject_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "teacher": link("Staff", "staff", "teacher_id"),
        "substitute": link("Staff", "staff", "substitute_id"),
        "record": Link("LessonRecord", graph.itself),
        "corrections": links("LessonCorrection", "lesson_correction", "lesson_id", "id"),
        "freeTeachers": Link("Staff", graph.free_teachers, "many", graph.by_nearness, only=(DIRECTOR, DEPUTY)),
    },
    "LessonRecord": {
        "lesson": Link("Lesson", graph.itself),
        "tasks": links("Task", "task", "lesson_id", "position", "id"),
        "homework": links("Homework", "homework", "lesson_id", "id"),
        "marks": links("Mark", "mark", "lesson_id", "task_id", "student_id"),
        "attendance": links("Attendance", "attendance", "lesson_id", "student_id"),
        "transfers": links("OutageTransfer", "outage_transfer", "lesson_id", "id"),
    },
    "Outage": {
        "declaredBy": Link("Staff", graph.staff_of_account("declared_by")),
        "journals": Link("OutageJournal", outages.journals_of, "page", by("group_id", "subject_id"), ("first",)),
    },
    "OutageJournal": {
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
    },
    "OutageTransfer": {
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "outage": link("Outage", "outage", "outage_id"),
        "importedBy": Link("Staff", graph.staff_of_account("imported_by")),
    },
    "Task": {
        "workType": link("WorkType", "work_type", "work_type_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "marks": links("Mark", "mark", "task_id", "student_id"),
        "attachments": links("Attachment", "attachment", "task_id", "id"),
    },
    "Mark": {
        "student": link("Student", "student", "student_id"),
        "task": link("Task", "task", "task_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "subject": Link("Subject", lambda eyes, row, given: [graph.subject_of(eyes, row)]),
    },
    "Attendance": {
        "student": link("Student", "student", "student_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
    },
    "Homework": {
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "recipients": Link(
            "Student", through("homework_recipient", "homework_id", "student_id", dated=False), "many", by_name
        ),
        "attachments": links("Attachment", "attachment", "homework_id", "id"),
        "answers": links("HomeworkAnswer", "homework_answer", "homework_id", "id"),
    },
    "HomeworkAnswer": {
        "student": link("Student", "student", "student_id"),
        "homework": link("Homework", "homework", "homework_id"),
        "reviewedBy": Link("Staff", answers.reviewer),
        "attachments": links("AnswerAttachment", "answer_attachment", "answer_id", "id"),
    },
    "SubjectAverage": {"subject": link("Subject", "subject", "subject_id")},
    "Diary": {
        "student": link("Student", "student", "student_id"),
        "days": Link("DiaryDay", graph.diary_days, "many", by("date"), free=True),
    },
    "DiaryDay": {
        "lessons": Link("DiaryLesson", graph.diary_lessons, "many", by("date", "number", "starts_at", "id")),
        "holiday": Link("Holiday", graph.day_holiday),
    },
    "DiaryLesson": {
        "lesson": Link("Lesson", graph.itself),
        "subject": link("Subject", "subject", "subject_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "teacher": link("Staff", "staff", "teacher_id"),
        "substitute": link("Staff", "staff", "substitute_id"),
        "attendance": Link("Attendance", graph.of_cell("attendance")),
        "marks": Link("Mark", graph.of_cell("mark"), "many", by("task_id", "id")),
        "tasks": Link("DiaryTask", graph.diary_tasks, "many", by("position", "id"), free=True),
        "homework": Link("Homework", graph.diary_homework, "many", by_id),
    },
    "DiaryTask": {
        "task": Link("Task", graph.itself),
        "mark": Link("Mark", graph.of_cell("mark", "task_id")),
    },
    "JournalPage": {
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "period": link("Period", "period", "period_id"),
        "lessons": Link("Lesson", graph.journal_lessons, "many", by_date),
        "rows": Link("JournalRow", graph.journal_rows, "many", by_name, free=True),
    },
    "JournalRow": {
        "student": Link("Student", graph.itself),
        "marks": Link("Mark", graph.of_journal_row("mark"), "many", by("lesson_date", "task_id", "id")),
        "attendance": Link("Attendance", graph.of_journal_row("attendance"), "many", by("lesson_date", "id")),
        "average": Link("SubjectAverage", graph.row_average, free=True),
    },
}
"""Type → field → where it leads."""

for _part in (diary, digests_links, excuses, finals_links, forms, history, locks, marks, prints, reports, topics):
    for _type, _links in _part.LINKS.items():
        LINKS.setdefault(_type, {}).update(_links)

Read = Callable[[World, Any], Any]


def _of(column: str, convert: Callable[[Any], Any] = lambda value: value) -> Read:
    return lambda world, row: convert(row[column])


def _person(column: str, convert: Callable[[Any], Any] = lambda value: value) -> Read:
    return lambda world, row: convert(world.person(row)[column])


def _name(world: World, row: Any) -> str:
    person = world.person(row)
    parts = (person["family_name"], person["given_name"], person["patronymic"])
    return " ".join(part for part in parts if part)


def _contact(contact: str, of: str) -> Read:
    """A contact of a student or a guardian: null for everybody unless the school collects it (4.8)."""
    return lambda world, row: world.person(row)[contact] if world.collects(row, contact, of) else None


def _contacts(of: str) -> dict[str, Read]:
    return {contact: _contact(contact, of) for contact in ("phone", "email", "address")}


def _version(world: World, row: Any) -> int:
    return int(row["version"] + world.person(row)["version"] - 1)


def _missing_of_school(world: World, row: Any) -> list[str]:
    """Parts that are not filled in; of a licence and an accreditation three fields, in force today."""
    papers = ("licence", "accreditation")
    missing = [part for part in ("address", "phone", "email", "site", "tax_number") if not row[part]]
    for paper in papers:
        whole = all(row[f"{paper}_{field}"] for field in ("number", "issued_on", "issued_by"))
        if not whole or (row[f"{paper}_valid_until"] or world.today) < world.today:
            missing.append(paper)
    return [part.upper() for part in missing]


def _missing_of_year(world: World, row: Any) -> list[str]:
    kinds = ("curriculum", "calendar", "programmes", "final_attestation", "course_programmes")
    there = {each["kind"] for each in world.where("document", "year_id", row["id"]) if not each["withdrawn_at"]}
    return [kind.upper() for kind in kinds if kind not in there]


_NAMED = {"name": _name, "familyName": _person("family_name")}
_BORN = {"birthDate": _person("birth_date", str)}
_CARD = {**_BORN, "phone": _person("phone"), "address": _person("address")}
_SHARED = {
    "version": _version,
    "sex": _person("sex", str.upper),
    "birthYear": _person("birth_date", lambda day: day.year),
}

SCALARS: dict[str, dict[str, Read]] = {
    "Account": {
        "login": _of("login"),
        "kind": _of("kind", str.upper),
        "name": lambda world, row: _name(world, row) if row["person_id"] else None,
    },
    "AccountRole": {"role": _of("role", str.upper), "endsOn": _of("ends_on", lambda day: day and str(day))},
    "ServiceGrant": {"name": _of("type_name")},
    "AppointmentOrder": {"number": _of("number"), "responsibility": _of("responsibility", str.upper)},
    "MissingAccount": {
        "dueOn": lambda world, row: str(graph.account_due(world, row)),
        "overdue": lambda world, row: graph.account_due(world, row) < world.today,
    },
    "School": {"code": _of("code"), "site": _of("site")},
    "SchoolCard": {"licenceNumber": _of("licence_number"), "version": _of("version")},
    "SchoolCheck": {"missing": _missing_of_school, "dueOn": lambda world, row: "2025-09-15"},
    "ContactDecision": {"number": _of("number"), "endsOn": _of("ends_on", lambda day: day and str(day))},
    "Document": {"title": _of("title"), "kind": _of("kind", str.upper)},
    "DocumentsCheck": {"missing": _missing_of_year, "dueOn": _of("starts_on", lambda day: f"{day.year}-10-01")},
    "Staff": {"position": _of("position")},
    "StaffCard": {
        "hiredOn": _of("hired_on", str),
        "functions": lambda world, row: [role.name for role in Role if role in row["functions"]],
        **_SHARED,
    },
    "Student": {"individualPlan": _of("individual_plan")},
    "StudentCard": _SHARED,
    "Guardianship": {"startsOn": _of("starts_on", str)},
    "Guardian": {"appliedOn": _of("applied_on", str), **_SHARED},
    "Period": {"name": _of("name")},
    "Holiday": {"grades": _of("grades")},
    "PlanHours": {
        "hours": _of("hours"),
        "subjectName": lambda world, row: world.by_id["subject"][row["subject_id"]]["name"],
    },
    "PlanTotal": {name: _of(name) for name in ("planned", "extracurricular", "most", "verdict")},
    "PlanCheck": {name: _of(name) for name in ("planned", "allowed", "verdict")},
    "PlanGap": {"gap": _of("gap", str.upper)},
    "TeachingLoad": {"hours": _of("hours"), "assignments": _of("assignments")},
    "TeachingAssignment": {"plannedHours": plan.assigned_hours},
    "Component": {"kind": _of("kind", str.upper)},
    "ComponentLoad": {"hours": _of("hours")},
    "SchoolClass": {"name": lambda world, row: f"{row['grade']}{row['letter']}"},
    "Bell": {"number": _of("number")},
    "Room": {"archivedOn": _of("archived_on", lambda day: day and str(day))},
    "Timetable": {"state": _of("state", str.upper)},
    "TimetableEntry": {"weekday": _of("weekday"), "weeks": _of("weeks", str.upper)},
    "DayTransfer": {"toDate": _of("to_date", str), "grades": _of("grades")},
    "Event": {"forAll": _of("for_all"), "grades": _of("grades")},
    "Lesson": {"date": _of("date", str)},
    "Task": {"weight": _of("weight"), **marks.SCALARS["Task"]},
    "Mark": {
        "value": _of("value"),
        "number": lambda world, row: MARK_NUMBERS.get(row["value"]),
        **marks.SCALARS["Mark"],
    },
    "Attendance": {"letters": lambda world, row: ATTENDANCE_LETTERS[AttendanceCode(row["code"])]},
    "Homework": {"version": _of("version")},
    "MovementOrder": {
        "number": _of("number"),
        "dueOn": _of("due_on", lambda day: day and str(day)),
        "inTime": lambda world, row: row["issued_on"] <= row["due_on"] if row["issued_on"] and row["due_on"] else None,
    },
    "MovementItem": {"position": _of("position"), "place": _of("place")},
    "StaffCount": {"position": _of("position"), "employees": _of("employees")},
    "MovementCount": {
        "kind": _of("kind", str.upper),
        "grade": _of("grade"),
        "students": _of("students"),
        "arrived": lambda world, row: row["students"] if row["kind"] == "enrolment" else 0,
        "left": lambda world, row: row["students"] if row["kind"] in {"departure", "graduation"} else 0,
    },
    "YearTransition": {"state": _of("state", str.upper)},
    "TransitionStepDone": {"step": _of("step", str.upper)},
    "TransitionFinding": {
        "kind": _of("kind", str.upper),
        "blocking": lambda world, row: row["kind"] not in transition.MAY_WAIT,
    },
    "SubjectAverage": {
        "average": _of("average"),
        "weightedAverage": _of("weighted"),
        "counted": _of("counted"),
    },
    "DiaryDay": {"date": _of("date", str)},
    "DiaryLesson": {"topic": _of("topic"), "state": _of("state", str.upper)},
    **topics.SCALARS,
    **answers.SCALARS,
    **excuses.SCALARS,
    **history.SCALARS,
    **diary.SCALARS,
    **locks.SCALARS,
    **prints.SCALARS,
    **obligations.SCALARS,
    **remarks.SCALARS,
    **forms.SCALARS,
    **reports.SCALARS,
    **digests.SCALARS,
    **finals.SCALARS,
    **diary.SCALARS,
    "LessonCorrection": {
        "kind": _of("kind", str.upper),
        "room": lambda world, row: world.by_id["room"][row["room_id"]]["name"] if row["room_id"] else None,
    },
    "MismatchReport": {"state": _of("state", str.upper), "comment": _of("comment"), "version": _of("version")},
    "MismatchDate": {"date": _of("date", str), "kind": _of("kind", str.upper), "differs": graph.differs},
    "MismatchStep": {"kind": _of("kind", str.upper), "text": _of("text")},
    "Outage": {
        "endsOn": _of("ends_on", lambda day: day and str(day)),
        "dueOn": lambda world, row: (due := outages.due_on(world, row)) and str(due),
        "status": outages.status,
    },
    "OutageJournal": {
        "lessons": _of("lessons"),
        "recorded": _of("recorded"),
        "recordedAt": _of("recorded_at", lambda moment: moment and moment.isoformat()),
        "transferred": lambda world, row: row["lessons"] == row["recorded"],
    },
    "OutageTransfer": {"paperDate": _of("paper_date", str)},
    "StaffAbsence": {"kind": _of("kind", str.upper), "endsOn": _of("ends_on", lambda day: day and str(day))},
    **{key: {"name": _name, "position": messages.position} for key in ("Addressee", "Correspondent")},
    "Announcement": {"title": _of("title"), "withdrawalReason": _of("withdrawal_reason"), "version": _of("version")},
    "AnnouncementReader": {
        "name": _name,
        "readAt": lambda world, row: row["read_at"] and row["read_at"].isoformat(),
    },
    "MessageThread": {"subject": _of("subject")},
    "Message": {"text": messages.text},
    "MessageReceipt": {"readAt": _of("read_at", lambda moment: moment.isoformat())},
    "CalendarFeed": {"revokedAt": _of("revoked_at", lambda moment: moment and moment.isoformat())},
}
"""Scalars that whoever sees the row may read; one always stands in a selection of a type without ids."""

PERSONAL: dict[str, dict[str, Read]] = {
    "Staff": _NAMED,
    "StaffCard": _CARD,
    "Student": _NAMED,
    "StudentCard": {**_BORN, **_contacts("students"), "fileNumber": _of("file_number")},
    "Guardian": {**_NAMED, **_BORN, **_contacts("guardians")},
    "Room": {"name": _of("name")},
    "Timetable": {"title": _of("title")},
    "Event": {"title": _of("title"), "place": _of("place"), "description": _of("description")},
    "Lesson": {"room": lambda world, row: world.by_id["room"][row["room_id"]]["name"] if row["room_id"] else None},
    **topics.PERSONAL,
    **excuses.PERSONAL,
    "LessonRecord": {"topic": _of("topic"), "material": _of("material")},
    "TopicCard": {"homework": _of("homework")},
    "Task": {"name": _of("name")},
    "Homework": {"text": _of("text")},
    "Mark": {"comment": _of("comment")},
    "Attendance": {"comment": _of("comment")},
    "LessonCorrection": {"reason": _of("reason")},
    **finals.PERSONAL,
    **forms.PERSONAL,
}
"""Scalars that an analyst's schema is without."""

WITHOUT_ID = {"Me", "SchoolCard", "StaffCard", "StudentCard", "Bell", "SubjectAverage", "Diary", "DiaryDay"} | {
    *("DiaryLesson", "DiaryTask", "JournalPage", "JournalRow", "MovementCount", "MovementFinding", "StaffCount"),
    *("TransitionStepDone", "TransitionFinding", "MissingAccount", "ServiceGrant"),
    *("PlanTotal", "PlanCheck", "PlanGap", "TeachingLoad", "Ungrouped"),
    *("MismatchDate", "MismatchStep", "Mailbox", "MessageReceipt", "AnnouncementReader"),
    *("MismatchDate", "MismatchStep", "OutageJournal"),
    *topics.WITHOUT_ID,
    *history.WITHOUT_ID,
    *diary.WITHOUT_ID,
    *locks.WITHOUT_ID,
    *prints.WITHOUT_ID,
    *obligations.WITHOUT_ID,
    *reports.WITHOUT_ID,
    *digests.WITHOUT_ID,
    *finals.WITHOUT_ID,
    *diary.WITHOUT_ID,
    *("SchoolCheck", "DocumentsCheck", "TimetableFinding"),
}
"""Types that are no nodes."""
