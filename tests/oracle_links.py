"""Every edge of the schema as the plain-Python oracle knows it, and the scalars by which rows are told apart."""

from collections.abc import Callable
from typing import Any

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode

from . import oracle_graph as graph
from .oracle import MARK_NUMBERS, World
from .oracle_graph import Link, by, by_date, by_id, by_name, link, links, many, on_day, through
from .oracle_rights import ADMINISTRATOR, DEPUTY, DIRECTOR, HR, PARENT, SECRETARY, STUDENT, TEACHER, for_class

_WORKS = (DIRECTOR, DEPUTY, TEACHER, SECRETARY, HR, ADMINISTRATOR)
_BY_GRADE = by("grade", "letter", "id")
_SPAN = ("since", "until", "first")
_PERIOD = ("periodId", "subjectId")
_IN_TURN = by("weekday", "number", "id")
_BY_DAY = by("starts_on", "id")


def _by_group(eyes: Any, row: Any) -> Any:
    return (row["subject_id"] or 0, row["name"] or "", row["id"])


def _leadership(since: str) -> Link:
    find = through("class_leadership", "staff_id", "class_id", since=since)
    return Link("SchoolClass", find, "many", _BY_GRADE, only=(TEACHER,) if since == "staff_id" else tuple(graph.Role))


LINKS: dict[str, dict[str, Link]] = {
    "Me": {
        "sessions": links("Session", "session", "account_id", "id"),
        "school": link("School", "school", "school_id"),
        "student": Link("Student", graph.one("student", "student_id"), only=(STUDENT,)),
        "staff": Link("Staff", graph.one("staff", "staff_id"), only=_WORKS),
        "children": Link(
            "Student",
            lambda eyes, row, given: [eyes.world.by_id["student"][each] for each in eyes.children],
            *("many", by_name),
            only=(PARENT,),
        ),
        "ledClasses": _leadership("staff_id"),
        "assignments": Link(
            "TeachingAssignment",
            on_day(many("teaching_assignment", "staff_id", "staff_id")),
            *("many", by_id),
            only=(TEACHER,),
        ),
    },
    "School": {
        "card": Link("SchoolCard", graph.itself),
        "years": Link(
            "AcademicYear", graph.all_of("academic_year"), "many", lambda eyes, row: -row["starts_on"].toordinal()
        ),
        "currentYear": Link("AcademicYear", on_day(graph.all_of("academic_year"))),
        "workTypes": Link("WorkType", graph.all_of("work_type"), "many", by("position", "id")),
        "classes": Link("SchoolClass", graph.year_classes, "page", _BY_GRADE, ("first", "yearId", "grade")),
        "rooms": Link("Room", graph.rooms, "page", by("name", "id"), ("first", "archived")),
        "events": Link("Event", graph.events(lambda eyes, row, event: True), "page", _BY_DAY, _SPAN),
        "subjects": Link("Subject", graph.all_of("subject"), "page", by("name", "id"), ("first",)),
        "staff": Link("Staff", graph.people("staff"), "page", by_name, ("first", "search")),
        "students": Link("Student", graph.people("student"), "page", by_name, ("first", "search", "orderBy")),
    },
    "Staff": {
        "card": Link("StaffCard", graph.itself),
        "ledClasses": _leadership("id"),
        "assignments": Link(
            "TeachingAssignment", on_day(many("teaching_assignment", "staff_id")), "many", by_id, ("on",)
        ),
        "lessons": Link("Lesson", graph.lessons_by("teacher_id"), "page", by_date, _SPAN),
        "timetable": Link("TimetableEntry", graph.week_by("teacher_id"), "many", _IN_TURN, ("on",)),
    },
    "Student": {
        "card": Link("StudentCard", graph.itself),
        "guardianships": links("Guardianship", "guardianship", "student_id", "id"),
        "enrolments": links("Enrolment", "enrolment", "student_id", "starts_on"),
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
    "Guardian": {"guardianships": links("Guardianship", "guardianship", "guardian_id", "id")},
    "AcademicYear": {
        "periods": links("Period", "period", "year_id", "kind", "number"),
        "holidays": links("Holiday", "holiday", "year_id", "starts_on"),
        "bellSchedules": Link(
            "BellSchedule",
            many("bell_schedule", "year_id"),
            "many",
            lambda eyes, row: (row["shift"], row["weekday"] or 0, row["id"]),
        ),
        "timetables": links("Timetable", "timetable", "year_id", "id"),
        "firstTimetable": Link("Timetable", graph.first_timetable),
        "dayTransfers": links("DayTransfer", "day_transfer", "year_id", "to_date", "id"),
    },
    "Period": {"year": link("AcademicYear", "academic_year", "year_id")},
    "SchoolClass": {
        "year": link("AcademicYear", "academic_year", "year_id"),
        "periods": Link("Period", graph.class_periods, "many", by("number")),
        "groups": Link("StudyGroup", many("study_group", "class_id"), "many", _by_group),
        "leader": Link("Staff", through("class_leadership", "class_id", "staff_id"), takes=("on",)),
        "students": Link("Student", through("enrolment", "class_id", "student_id"), "many", by_name, ("on",)),
        "assignments": Link("TeachingAssignment", on_day(graph.class_assignments), "many", by_id, ("on",)),
        "lessons": Link("Lesson", graph.class_lessons, "page", by_date, (*_SPAN, "subjectId")),
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
    },
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
    },
    "LessonRecord": {
        "lesson": Link("Lesson", graph.itself),
        "tasks": links("Task", "task", "lesson_id", "position", "id"),
        "homework": links("Homework", "homework", "lesson_id", "id"),
        "marks": links("Mark", "mark", "lesson_id", "task_id", "student_id"),
        "attendance": links("Attendance", "attendance", "lesson_id", "student_id"),
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

Read = Callable[[World, Any], Any]


def _of(column: str, convert: Callable[[Any], Any] = lambda value: value) -> Read:
    return lambda world, row: convert(row[column])


def _person(column: str, convert: Callable[[Any], Any] = lambda value: value) -> Read:
    return lambda world, row: convert(world.person(row)[column])


def _name(world: World, row: Any) -> str:
    person = world.person(row)
    parts = (person["family_name"], person["given_name"], person["patronymic"])
    return " ".join(part for part in parts if part)


_NAMED = {"name": _name, "familyName": _person("family_name")}
_CARD = {"birthDate": _person("birth_date", str), "phone": _person("phone"), "address": _person("address")}
_SHARED = {"sex": _person("sex", str.upper), "birthYear": _person("birth_date", lambda day: day.year)}

SCALARS: dict[str, dict[str, Read]] = {
    "School": {"code": _of("code")},
    "SchoolCard": {"licence": _of("licence")},
    "Staff": {"position": _of("position")},
    "StaffCard": {"hiredOn": _of("hired_on", str), **_SHARED},
    "Student": {"individualPlan": _of("individual_plan")},
    "StudentCard": _SHARED,
    "Guardianship": {"startsOn": _of("starts_on", str)},
    "Guardian": {"appliedOn": _of("applied_on", str), **_SHARED},
    "Period": {"name": _of("name")},
    "SchoolClass": {"name": lambda world, row: f"{row['grade']}{row['letter']}"},
    "Bell": {"number": _of("number")},
    "Room": {"name": _of("name")},
    "Timetable": {"title": _of("title"), "state": _of("state", str.upper)},
    "TimetableEntry": {"weekday": _of("weekday"), "weeks": _of("weeks", str.upper)},
    "DayTransfer": {"toDate": _of("to_date", str), "grades": _of("grades")},
    "Event": {"title": _of("title"), "forAll": _of("for_all"), "grades": _of("grades")},
    "Lesson": {
        "date": _of("date", str),
        "room": lambda world, row: world.by_id["room"][row["room_id"]]["name"] if row["room_id"] else None,
    },
    "LessonRecord": {"topic": _of("topic")},
    "Task": {"weight": _of("weight")},
    "Mark": {"value": _of("value"), "number": lambda world, row: MARK_NUMBERS.get(row["value"])},
    "Attendance": {"letters": lambda world, row: ATTENDANCE_LETTERS[AttendanceCode(row["code"])]},
    "Homework": {"text": _of("text")},
    "SubjectAverage": {
        "average": _of("average"),
        "weightedAverage": _of("weighted"),
        "counted": _of("counted"),
    },
    "DiaryDay": {"date": _of("date", str)},
    "DiaryLesson": {"topic": _of("topic"), "state": _of("state", str.upper)},
}
"""Scalars that whoever sees the row may read; one always stands in a selection of a type without ids."""

PERSONAL: dict[str, dict[str, Read]] = {
    "Staff": _NAMED,
    "StaffCard": _CARD,
    "Student": _NAMED,
    "StudentCard": {**_CARD, "fileNumber": _of("file_number")},
    "Guardian": {**_NAMED, **_CARD},
    "Event": {"description": _of("description")},
    "Mark": {"comment": _of("comment")},
    "Attendance": {"comment": _of("comment")},
}
"""Scalars that an analyst's schema is without."""

WITHOUT_ID = {"Me", "SchoolCard", "StaffCard", "StudentCard", "Bell", "SubjectAverage", "Diary", "DiaryDay"} | {
    *("DiaryLesson", "DiaryTask", "JournalPage", "JournalRow", "TimetableFinding")
}
"""Types that are no nodes."""
