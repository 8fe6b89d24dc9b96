"""What each command tells those who are subscribed: a declaration for every command of the schema."""

from collections.abc import Mapping
from enum import StrEnum


class ChangeKind(StrEnum):
    """What is different now: the table it stands in, or what a lesson says of itself."""

    MARK = "mark"
    ATTENDANCE = "attendance"
    ROLL_CALL = "roll_call"
    TASK = "task"
    HOMEWORK = "homework"
    RECORD = "record"
    LESSON = "lesson"
    MEMBERSHIP = "membership"
    FINAL_MARK = "final_mark"
    REPORT_SET = "report_set"
    DIGEST = "digest"
    REMARK = "remark"


_K = ChangeKind
_LESSON = frozenset({_K.LESSON})
_LESSONS = frozenset({_K.LESSON, _K.RECORD})
_MARK = frozenset({_K.MARK})
_MEMBERSHIP = frozenset({_K.MEMBERSHIP})
_FINAL_MARK = frozenset({_K.FINAL_MARK})
_REPORT_SET = frozenset({_K.REPORT_SET})

OWN = (_K.REPORT_SET, _K.DIGEST)
"""What changes for one account alone; much of it by no command: sets are printed, and digests written, unasked."""

TOLD: Mapping[str, frozenset[ChangeKind]] = {
    "recordLesson": _LESSONS,
    "addTask": frozenset({_K.TASK}),
    "setMark": _MARK,
    "setMarks": _MARK,
    "removeMark": _MARK,
    **dict.fromkeys(("changeTask", "removeTask"), frozenset({_K.TASK})),
    "moveTask": frozenset({_K.TASK, _K.MARK}),
    **dict.fromkeys(("assignHomework", "changeHomework", "removeHomework"), frozenset({_K.HOMEWORK})),
    "takeRollCall": frozenset({_K.ROLL_CALL, _K.ATTENDANCE, _K.LESSON}),
    **dict.fromkeys(
        ("markAttendance", "excuseAbsences", "changeExcuse", "withdrawExcuse"),
        frozenset({_K.ATTENDANCE, _K.ROLL_CALL}),
    ),
    **dict.fromkeys(("moveLesson", "cancelLesson", "restoreLesson", "addLesson", "replaceLesson"), _LESSONS),
    **dict.fromkeys(("substituteLesson", "substituteLessons", "endSubstitution", "endSubstitutions"), _LESSON),
    **dict.fromkeys(("publishTimetable", "transferDay", "cancelDayTransfer"), _LESSONS),
    "importOutageSheet": _LESSONS | {_K.TASK, _K.MARK, _K.ROLL_CALL, _K.ATTENDANCE, _K.HOMEWORK},
    "changeRoom": _LESSON,
    "handOverAssignment": _LESSON,
    "placeTopic": frozenset({_K.RECORD}),
    "setTopics": frozenset({_K.RECORD}),
    "importTopicPlan": frozenset({_K.RECORD}),
    "assignTopicPlan": frozenset({_K.RECORD}),
    "endTopicPlanAssignment": frozenset({_K.RECORD}),
    **dict.fromkeys(("issueOrder", "cancelOrder", "formSubgroups", "moveToSubgroup"), _MEMBERSHIP),
    "setIndividualPlan": _MEMBERSHIP,
    **dict.fromkeys(("setPeriodMark", "setPeriodMarks", "setAnnualMark", "setAnnualMarks"), _FINAL_MARK),
    **dict.fromkeys(("setExamMark", "setExamMarks", "setFinalMark", "setFinalMarks"), _FINAL_MARK),
    **dict.fromkeys(("acceptProposedMarks", "removeFinalMark"), _FINAL_MARK),
    **dict.fromkeys(
        ("writeRemark", "answerRemark", "closeRemark", "withdrawRemark", "closeMendedRemarks"), frozenset({_K.REMARK})
    ),
    **dict.fromkeys(("printReports", "cancelReportSet", "finishReportSet"), _REPORT_SET),
    "readDigest": frozenset({_K.DIGEST}),
}
"""Command → the kinds of change it may make, for those who see them. The rows it touches say which, and whose."""

QUIET: Mapping[str, frozenset[str]] = {
    "accounts, roles and sessions: a subscription ends with the right it stands on": frozenset(
        {
            *("logIn", "refreshSession", "changePassword", "logOut", "endSession"),
            *("issueAccount", "issueAccounts", "lockAccount", "unlockAccount", "resetPassword"),
            *("assignRole", "endRole", "createAnalystAccount", "createServiceAccount", "setServiceGrants"),
            *("issueAppointmentOrder", "endAppointment", "cancelAppointmentOrder"),
        }
    ),
    "cards: they are in no diary, no journal and no timetable": frozenset(
        {
            *("updateSchoolCard", "createStaffCard", "updateStaffCard", "dismissStaff", "reinstateStaff"),
            *("recordContactDecision", "endContactDecision", "publishDocument", "withdrawDocument"),
            *("createStudentCard", "updateStudentCard", "setStudentLearning"),
            *("createGuardian", "updateGuardian", "addGuardianship", "endGuardianship"),
        }
    ),
    "the plan of a year: it shows in dated lessons when a timetable is published": frozenset(
        {
            *("createYear", "updateYear", "setPeriods", "setHolidays", "setPeriodRule"),
            *("createArea", "updateArea", "deleteArea", "createSubject", "updateSubject", "archiveSubject"),
            *("createProfile", "updateProfile", "deleteProfile"),
            *("createComponent", "updateComponent", "deleteComponent", "setComponentLoad"),
            *("setPlanHours", "copyPlanHours", "createClass", "updateClass", "deleteClass", "appointClassTeacher"),
            *("assignTeacher", "assignTeachers", "endAssignment"),
            *("createTimetable", "setTimetableEntries", "deleteTimetable"),
            *("setBellSchedule", "createRoom", "updateRoom"),
            *("createTopicPlan", "updateTopicPlan", "copyTopicPlan", "deleteTopicPlan"),
        }
    ),
    "school events stand beside the lessons, not among them": frozenset({"createEvent", "updateEvent", "cancelEvent"}),
    "it changes no lesson by itself": frozenset(
        {
            *("recordStaffAbsence", "updateStaffAbsence", "endStaffAbsence"),
            *("reportMismatch", "answerMismatch", "closeMismatch", "reopenMismatch"),
            *("declareOutage", "endOutage"),
        }
    ),
    "settings: they show in what is refused": frozenset({"setEditLock"}),
    "rules: they show in what is proposed": frozenset({"setMarkRule", "removeMarkRule"}),
    "by when marks are due: the marks themselves are told": frozenset({"setExamDate"}),
    "a closed period says what it said": frozenset({"closePeriod", "reopenPeriod"}),
    "who may write for a time: what is written then is told": frozenset(
        {"requestUnlock", "grantUnlock", "declineUnlock", "withdrawUnlock", "revokeUnlock"}
    ),
    "a signature under a week: it changes nothing in the diary": frozenset({"acknowledgeWeek"}),
    "an answer to homework: the homework stays as it is": frozenset({"answerHomework", "returnAnswer", "acceptAnswer"}),
    "a link that its owner asks for": frozenset({"createCalendarFeed", "revokeCalendarFeed"}),
    "what the council decided: orders move, it does not": frozenset({"recordCouncilDecision"}),
    "reports read what is there": frozenset(
        {"saveReport", "updateReport", "deleteReport", "shareReport", "scheduleReport", "printSavedReport"}
        | {"runScheduledReport"}
    ),
    "a draft has moved nobody": frozenset({"draftOrder", "updateOrder", "deleteOrder"}),
    "a year that nobody is in yet; everyone reads the new one afresh": frozenset(
        {"beginTransition", "runTransitionStep", "placeStudents", "revertTransition", "openYear"}
    ),
    "what is printed and certified is read, not changed": frozenset(
        {
            *("printJournal", "printDiary", "printCertificate", "printReport", "printCertifiedReport"),
            *("certifyJournal", "signCertificate", "fetchCertificate", "certifyReport"),
            "printReportSet",
        }
    ),
    "messages: they are in no diary, no journal and no timetable": frozenset(
        {"startThread", "sendMessage", "withdrawMessage", "markThreadRead"}
    ),
    "announcements: they are in no diary, no journal and no timetable": frozenset(
        {"publishAnnouncement", "updateAnnouncement", "withdrawAnnouncement", "readAnnouncement"}
    ),
    "who has made a report: it is in no diary, no journal and no timetable": frozenset({"fileReport"}),
    "files: what they hang on is told": frozenset({"uploadFile"}),
    "federal forms: they count what others tell": frozenset(
        {"openForm", "setFormCells", "closeForm", "reopenForm", "deleteForm", "setFormDate", "printForm"}
    ),
}
"""Why → the commands that tell nobody."""

SILENT = frozenset().union(*QUIET.values())
