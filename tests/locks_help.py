"""What the tests of the edit lock share: every command that a teacher may give, and how each meets a lesson."""

from dataclasses import dataclass
from typing import Any

from .contents import digests
from .journal_help import Journal, Lesson, gid

DAYS, PAST = 7, -8
"""The school's number of days in these tests, and a lesson that is one day too old for it."""

NOT_DATA = ("audit_entry", "session", "alembic_version")
"""Tables of which a refused command may write: that it was refused."""


@dataclass(frozen=True)
class Place:
    """What a command needs at one lesson: a task with a mark, another task, an absence, homework, a topic to come."""

    lesson: Lesson
    task: str
    mark: str
    topic: str
    bare: str = ""
    homework: str = ""
    other: Lesson | None = None

    @property
    def student(self) -> str:
        return self.lesson.student(0)

    @property
    def absent(self) -> str:
        return self.lesson.student(1)


AT_LESSONS: dict[str, Any] = {
    "recordLesson": lambda at: {"lessonId": at.lesson.gid, "topic": "Строение клетки"},
    "assignHomework": lambda at: {"lessonId": at.lesson.gid, "text": "§ 12"},
    "takeRollCall": lambda at: {"lessonId": at.lesson.gid, "absent": [{"studentId": at.student}]},
    "markAttendance": lambda at: {"lessonId": at.lesson.gid, "studentId": at.absent, "code": "ILLNESS"},
    "addTask": lambda at: {"lessonId": at.lesson.gid, "workTypeId": gid("WorkType", 3)},
    "setMark": lambda at: {"taskId": at.task, "studentId": at.student, "value": "5"},
    "setMarks": lambda at: {"entries": [{"taskId": at.task, "studentId": at.student, "value": "4"}]},
    "removeMark": lambda at: {"markId": at.mark},
    "changeTask": lambda at: {"taskId": at.task, "name": "Тест"},
    "moveTask": lambda at: {"taskId": at.bare, "lessonId": at.other.gid},
    "removeTask": lambda at: {"taskId": at.bare},
    "changeHomework": lambda at: {"homeworkId": at.homework, "text": "§ 13"},
    "removeHomework": lambda at: {"homeworkId": at.homework},
    "placeTopic": lambda at: {"lessonId": at.lesson.gid, "topicId": at.topic},
}
"""Commands of teachers that write at lessons: what each is given to write at a place. All of them meet the lock."""

_ACCOUNT = "is about the account"
_DATES = "says of dates what should be put right: the deputy does that"
_EVENT = "is an event of the class beside its lessons"
_FEED = "is a link to the timetable"
_CARD = "is about a person's card"
_PLAN = "is about a plan; lessons that are held, or whose day is past, keep their topics (`test_topics.py`)"
_DAYS = "meets the lock at each lesson whose absence changes (`test_excuses.py`)"
_GROUPS = "forms subgroups, never on a day that anything is written on (`test_curriculum_groups.py`)"
_UNLOCK = "asks for an unlock, or no longer does: the director opens the lessons (`test_unlocks.py`)"
_REVIEW = "says what the teacher thinks of an answer: it writes nothing in the journal (`test_answers.py`)"
_MESSAGE = "people write to each other, not in a journal"
_FINAL = (
    "sets marks of periods and years, which are no lesson's: a period's closing shuts them (`test_finals_closing.py`)"
)
ELSEWHERE = {
    **dict.fromkeys(
        (f"set{kind}Mark{more}" for kind in ("Period", "Annual", "Exam", "Final") for more in ("", "s")), _FINAL
    ),
    **dict.fromkeys(("acceptProposedMarks", "removeFinalMark"), _FINAL),
    **dict.fromkeys(("requestUnlock", "withdrawUnlock"), _UNLOCK),
    "importOutageSheet": "goes through the commands above; what opens lessons for it is in `test_outage.py`",
    **dict.fromkeys(("logIn", "logOut", "refreshSession", "changePassword", "endSession"), _ACCOUNT),
    **dict.fromkeys(("reportMismatch", "closeMismatch", "reopenMismatch"), _DATES),
    **dict.fromkeys(("createEvent", "updateEvent", "cancelEvent"), _EVENT),
    "answerRemark": "answers the deputy: it writes nothing in the journal (`test_remarks.py`)",
    "fileReport": "a report on the journal; it writes nothing in it",
    **dict.fromkeys(("createCalendarFeed", "revokeCalendarFeed"), _FEED),
    **dict.fromkeys(("updateStudentCard", "updateGuardian", "endGuardianship"), _CARD),
    **dict.fromkeys(("createTopicPlan", "updateTopicPlan", "copyTopicPlan", "deleteTopicPlan"), _PLAN),
    **dict.fromkeys(("setTopics", "importTopicPlan", "assignTopicPlan", "endTopicPlanAssignment"), _PLAN),
    **dict.fromkeys(("excuseAbsences", "changeExcuse", "withdrawExcuse"), _DAYS),
    **dict.fromkeys(
        ("publishAnnouncement", "updateAnnouncement", "withdrawAnnouncement", "readAnnouncement"), _MESSAGE
    ),
    **dict.fromkeys(("returnAnswer", "acceptAnswer"), _REVIEW),
    **dict.fromkeys(
        ("printReports", "cancelReportSet"), "prints what reports say: it writes in no journal (`test_report_sets.py`)"
    ),
    "readDigest": "says that one has read what was due (`test_digests.py`)",
    "recordCouncilDecision": "says what the council decided at the end of the year (`test_report_finals.py`)",
    "certifyReport": "freezes what a report says: it writes nothing in the journal (`test_report_prints.py`)",
    **dict.fromkeys(("startThread", "sendMessage", "withdrawMessage", "markThreadRead"), _MESSAGE),
    **dict.fromkeys(("formSubgroups", "moveToSubgroup"), _GROUPS),
}
"""Commands of teachers that write nothing at a lesson, and why."""


async def place(journal: Journal, days: int = PAST, school_class: str = "5А", subject: str = "Биол.") -> Place:
    """A lesson `days` from today, at which the deputy has written something."""
    lesson = await journal.lesson(school_class, subject, days=days, state="held")
    task = await journal.task(lesson)
    given = {"taskId": task, "studentId": lesson.student(), "value": "3"}
    mark = (await journal.done("setMark", given, "deputy"))["mark"]["id"]
    absent = {"lessonId": lesson.gid, "studentId": lesson.student(1), "code": "UNEXPLAINED"}
    await journal.done("markAttendance", absent, "deputy")
    topic = await journal.db.fetchval(
        "SELECT topic.id FROM topic JOIN topic_plan_assignment AS a USING (school_id, plan_id)"
        " JOIN lesson USING (school_id, group_id, subject_id) WHERE lesson.id = $1 AND starts_on <= lesson.date"
        " ORDER BY topic.id DESC LIMIT 1",
        lesson.id,
    )
    homework = await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 12"}, "deputy")
    other = await journal.lesson(school_class, subject, state="held")
    bare = await journal.task(lesson)
    return Place(lesson, task, mark, gid("Topic", topic or 0), bare, homework["homework"]["id"], other)


def field_of(name: str) -> str:
    """The command with its input as `$input`."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename"
        " ... on Refusal { code message field clause objectIds } } }"
    )


async def give(journal: Journal, name: str, given: dict[str, Any], as_: str = "teacher") -> dict[str, Any]:
    """The result of any command: its type, and the refusal if it is one."""
    data = await journal.school.data(field_of(name), {"input": given}, as_=as_)
    result: dict[str, Any] = data[name]
    return result


async def contents(journal: Journal) -> dict[str, Any]:
    """What every table holds that a refused command must leave alone."""
    names = await journal.db.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND NOT relname = ANY($1)",
        NOT_DATA,
    )
    return await digests(journal.db, [row["relname"] for row in names])


async def locked(journal: Journal, name: str, given: dict[str, Any], at: Place, as_: str = "teacher") -> None:
    """The command is refused by the lock, for this lesson, and leaves nothing but that in the audit trail."""
    before = await contents(journal)
    result = await give(journal, name, given, as_)
    assert (result["__typename"], result.get("code"), result.get("clause")) == ("Refusal", "EDIT_LOCKED", "7.6"), name
    assert result["objectIds"] == [at.lesson.gid]
    assert result["field"].split(".")[-1] in {"lessonId", "taskId", "markId", "homeworkId"}, name
    assert await contents(journal) == before, f"{name}: a refusal writes nothing"
    noted = await journal.db.fetchrow("SELECT command, outcome FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert tuple(noted) == (name, "EDIT_LOCKED")


async def set_days(journal: Journal, days: int | None) -> None:
    """The administrator sets the school's number of days."""
    result = await give(journal, "setEditLock", {"days": days}, "administrator")
    assert result["__typename"] == "SetEditLockPayload", result
