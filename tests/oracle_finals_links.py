"""The edges of period, annual, exam and final marks, as in `oracle_links`."""

from . import oracle_finals as finals
from . import oracle_graph as graph
from .oracle_graph import Link, by, link, links
from .oracle_rights import ANALYST, DEPUTY, DIRECTOR, TEACHER

_JOURNAL = (DIRECTOR, DEPUTY, TEACHER, ANALYST)
_SEEN = {
    "student": link("Student", "student", "student_id"),
    "subject": link("Subject", "subject", "subject_id"),
    "period": link("Period", "period", "period_id"),
    "schoolClass": link("SchoolClass", "school_class", "class_id"),
}

LINKS: dict[str, dict[str, Link]] = {
    "School": {"markRules": Link("MarkRule", finals.rules, "many", finals.by_subject)},
    "Student": {
        "finalMarks": Link(
            "FinalMarkCell",
            finals.of_student,
            *("many", by("subject_id", "position", "class_id"), ("yearId", "periodId!", "subjectId")),
        )
    },
    "SchoolClass": {
        "finalMarks": Link(
            "FinalMarkCell",
            finals.of_class,
            *("many", by("student_id", "subject_id", "position"), ("periodId!", "subjectId"), _JOURNAL),
        ),
        "periodClosings": links("PeriodClosing", "period_closing", "class_id", "id"),
        "examDates": links("ExamDate", "exam_date", "class_id", "announced_on"),
    },
    "JournalRow": {"periodMark": Link("FinalMarkCell", finals.of_row, only=_JOURNAL)},
    "SubjectResult": {"periodMark": Link("FinalMarkCell", finals.of_result)},
    "FinalMarkCell": {
        **_SEEN,
        "mark": link("FinalMark", "final_mark", "mark_id"),
        "proposal": Link("MarkProposal", graph.itself),
    },
    "FinalMark": {
        **_SEEN,
        "year": link("AcademicYear", "academic_year", "year_id"),
        "decision": Link("FinalMarkDecision", graph.itself),
    },
    "FinalMarkDecision": {"decidedBy": Link("Staff", finals.staff_of("changed_by"))},
    "MarkProposal": {},
    "MarkRule": {"subject": link("Subject", "subject", "subject_id")},
    "ExamDate": {
        "subject": link("Subject", "subject", "subject_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
    },
    "PeriodClosing": {
        "period": link("Period", "period", "period_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "closedBy": Link("Staff", finals.staff_of("closed_by")),
        "reopenedBy": Link("Staff", finals.staff_of("reopened_by")),
    },
}
