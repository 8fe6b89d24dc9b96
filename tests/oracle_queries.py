"""Queries whose number of statements must not grow with the rows, each with a small and a large way to ask it."""

from dataclasses import dataclass, field
from typing import Any

SCHOOL = """
query($first: Int!, $grade: Int, $period: ID!) {
  school {
    students(first: $first) {
      totalCount
      nodes { name card { phone } schoolClass { name } guardianships { guardian { name guardianships { id } } } }
    }
    classes(first: 100, grade: $grade) {
      nodes {
        leader { name } periods { name } students { name enrolments { schoolClass { name } } }
        groups { name students { name } }
        assignments { teacher { name } subject { name } group { name } }
      }
    }
    everybody: classes(first: 100, grade: $grade) {
      nodes {
        students {
          averages(periodId: $period) { average subject { name } }
          marks(periodId: $period, first: $first) { totalCount nodes { value task { workType { name } } } }
          attendance(periodId: $period, first: $first) { nodes { letters lesson { date } } }
        }
      }
    }
  }
}
"""

LESSONS = """
query($class: ID!, $first: Int!) {
  schoolClass(id: $class) {
    lessons(since: "2026-05-12", until: "2026-05-30", first: $first) {
      nodes {
        subject { name } group { name } teacher { name } substitute { name }
        record {
          topic
          tasks { name workType { name } marks { value student { name } } attachments { name } }
          homework { text recipients { name } attachments { name } }
          attendance { letters student { name } }
        }
      }
    }
  }
}
"""

ENTITIES = """
query($of: [_Any!]!) {
  _entities(representations: $of) { ... on Student { name card { phone } schoolClass { name leader { name } } } }
}
"""

DIARY = """
query($students: [ID!]!, $from: Date!, $to: Date!) {
  diary(studentIds: $students, from: $from, to: $to) {
    student { name }
    days {
      holiday { name }
      lessons {
        topic subject { name } group { name } teacher { name } substitute { name } lesson { room }
        attendance { letters }
        marks { value task { name } }
        tasks { task { name workType { name } } mark { value } }
        homework { text recipients { name } attachments { name } }
      }
    }
  }
}
"""

CORRECTIONS = """
query($first: Int!) {
  school {
    staffAbsences(since: "2026-04-01", until: "2026-08-01", first: $first) {
      nodes { staff { name } lessonsToCover(first: $first, covered: false) { nodes { id freeTeachers { name } } } }
    }
    lessonCorrections(since: "2026-04-01", until: "2026-08-01", first: $first) {
      totalCount nodes { reason madeBy { name } teacher { name } lesson { date corrections { kind } } }
    }
  }
}
"""

JOURNAL = """
query($group: ID!, $subject: ID!, $period: ID!) {
  journalPage(groupId: $group, subjectId: $subject, periodId: $period) {
    schoolClass { name } group { name } subject { name } period { name }
    lessons { date record { topic tasks { name } } }
    rows {
      student { name }
      marks { value task { name } }
      attendance { letters }
      average { average subject { name } }
    }
  }
}
"""

MOVEMENT = """
query($first: Int!) {
  school {
    movementBook(first: $first) {
      totalCount
      nodes {
        number cancels { number } cancelledBy { number }
        items(first: $first) { totalCount nodes { student { name } fromClass { name } toClass { name } } }
      }
    }
    movementDrafts(first: $first) { nodes { check { message } } }
    staffCounts { position employees }
    movementCounts(since: "2025-09-01", until: "2026-08-31") { kind students }
    currentYear {
      awaitingOrder(first: $first) {
        totalCount
        nodes { student { movement { place } } openedBy { order { number } } }
      }
    }
    classes(first: $first) { nodes { arrivals(first: $first) { totalCount } departures(first: $first) { totalCount } } }
  }
}
"""

TOPICS = """
query($first: Int!, $grade: Int) {
  school {
    topicPlans(first: $first, grade: $grade) {
      totalCount
      nodes {
        title author { name } subject { name } sections { title topics { name card { homework workTypes { name } } } }
        assignments {
          group { name } progress { planned scheduled held covered leftOver withoutTopic }
          hours { planned held topic { name } lessons { date state } }
        }
      }
    }
    currentYear { missingTopicPlans(first: $first) { nodes { dueOn assignment { teacher { name } } } } }
  }
}
"""
TIMETABLE = """
query($first: Int!, $since: Date!, $until: Date!) {
  school {
    rooms(first: $first) {
      nodes {
        name timetable { weekday subject { name } group { name } teacher { name } timetable { title } }
        lessons(since: $since, until: $until, first: $first) { nodes { subject { name } } }
      }
    }
    staff(first: $first) {
      nodes {
        timetable { room { name } }
        lessons(since: $since, until: $until, first: $first) { totalCount nodes { teacher { name } } }
      }
    }
    students(first: $first) {
      nodes {
        lessons(since: $since, until: $until, first: $first) { nodes { date } }
        events(since: $since, until: $until, first: $first) { nodes { title classes { name } } }
      }
    }
    classes(first: $first) {
      nodes {
        timetable { number } events(since: $since, until: $until, first: $first) { totalCount nodes { title } }
        groups { lessons(since: $since, until: $until, first: $first) { nodes { date } } }
      }
    }
    years {
      timetables { entries(first: $first) { nodes { group { name } } } } firstTimetable { title } dayTransfers { id }
    }
  }
}
"""
RESULTS = """
query($first: Int!, $period: ID!) {
  school {
    students(first: $first) {
      nodes {
        overdue { dueOn mark { value } task { name } subject { name } }
        homework(first: $first, periodId: $period) { totalCount nodes { text publishedOn lesson { date } } }
        results(periodId: $period) {
          periodMark { value state mark { value } }
          subject { name } marks { value markedOn task { name } } attendance { letters }
          average { average subject { name } } classAverage { average withheld }
          whatIf(marks: [{value: "5", weight: 2}]) { weightedAverage } need(target: 4.5) { value count }
        }
      }
    }
  }
}
"""
MAY = {"since": "2026-05-04", "until": "2026-05-26"}

MISMATCHES = """
query($first: Int!) {
  school {
    mismatchReports(first: $first) {
      totalCount
      nodes {
        state group { name } subject { name } reportedBy { name }
        dates { date differs lessons { number teacher { name } } } steps { kind text madeBy { name } }
      }
    }
    classes(first: $first) { nodes { mismatchReports(first: $first, state: OPEN) { totalCount nodes { comment } } } }
  }
}
"""

FINALS = """
query($first: Int!) {
  school {
    markRules { roundUpFrom }
    classes(first: $first) {
      nodes {
        periodClosings { closedAt closedBy { name } }
        finalMarks { value state subject { name } student { id } period { name } proposal { value average }
          mark { version decision { proposed differs decidedBy { name } } }
          history { value removed command changedBy { name } } }
      }
    }
  }
}
"""

UNLOCKS = """
query($first: Int!) {
  school {
    unlocks(first: $first) {
      totalCount
      nodes {
        state until staff { name } madeBy { name } decidedBy { name }
        lessons { date record { editing { locked lastDay unlocks { until staff { name } } } } }
        edits(first: $first) { totalCount nodes { at command lesson { date } } }
      }
    }
  }
}
"""


OUTAGES = """
query($first: Int!) { school { outages(first: $first) { totalCount nodes { status dueOn reason declaredBy { name }
    journals(first: $first) { totalCount nodes { lessons recorded transferred group { name } subject { name } } }
} } } }
"""

REMARKS = """
query($first: Int!) { school { remarks(first: $first) { totalCount nodes { state text mended staff { name }
  madeBy { name } subject { name } lesson { date } student { name } schoolClass { name } } } } }
"""
OBLIGATIONS = """
query($first: Int!) { school { obligations(first: $first) { totalCount nodes { what status staff { name }
    schoolClass { name } group { name } subject { name } lesson { date } task { name } period { name } year { name }
} } } }
"""

EXCUSES = """
query($first: Int!) {
  school {
    students(first: $first) {
      nodes {
        excuses(first: $first) {
          totalCount
          nodes {
            kind enteredBy { name } student { name } attachments { name }
            attendance(first: $first) { totalCount nodes { letters excuse { endsOn } } }
          }
        }
        diary(from: "2026-05-12", to: "2026-05-14") {
          days { excuse { kind } lessons { lesson { record { expectedAbsent { name } } } } }
        }
      }
    }
  }
}
"""


@dataclass(frozen=True)
class Asked:
    """A query, the variables of a small and a large way to ask it, and the most statements it may take.

    same: whether both take as many. A level without a row is not read at all, so where the small way may have such a
    level it may take fewer.
    """

    query: str
    small: dict[str, Any]
    large: dict[str, Any]
    most: int
    same: bool = field(default=True, kw_only=True)


DAY, WEEKS = {"from": "2026-05-15", "to": "2026-05-15"}, {"from": "2026-05-04", "to": "2026-05-24"}

ASKED = {
    "pages of two and of a hundred": Asked(SCHOOL, {"first": 2, "grade": None}, {"first": 100, "grade": None}, 28),
    "one class and the whole school": Asked(SCHOOL, {"first": 100, "grade": 5}, {"first": 100, "grade": None}, 28),
    "a few lessons and all": Asked(LESSONS, {"first": 20}, {"first": 100}, 17, same=False),
    "a few corrections and all": Asked(CORRECTIONS, {"first": 2}, {"first": 100}, 14, same=False),
    "a few mismatch reports and all": Asked(MISMATCHES, {"first": 1}, {"first": 100}, 15, same=False),
    "a few unlocks and all": Asked(UNLOCKS, {"first": 1}, {"first": 40}, 20, same=False),
    "an outage and all": Asked(OUTAGES, {"first": 1}, {"first": 100}, 9, same=False),
    "a few remarks and all": Asked(REMARKS, {"first": 1}, {"first": 100}, 12, same=False),
    "a few obligations and many": Asked(OBLIGATIONS, {"first": 2}, {"first": 100}, 12, same=False),
    "a few excuses and all": Asked(EXCUSES, {"first": 2}, {"first": 100}, 20, same=False),
    "some of the timetable and all": Asked(TIMETABLE, {"first": 2, **MAY}, {"first": 20, **MAY}, 40, same=False),
    "one node and twenty": Asked(ENTITIES, {"of": 1}, {"of": 20}, 5),
    "a day of the diary and three weeks": Asked(
        DIARY, {"students": 9, **DAY}, {"students": 9, **WEEKS}, 19, same=False
    ),
    "one child and nine": Asked(DIARY, {"students": 1, **WEEKS}, {"students": 9, **WEEKS}, 19, same=False),
    "a day of one child and of twenty": Asked(DIARY, {"students": 1, **DAY}, {"students": 20, **DAY}, 19, same=False),
    "results of two students and of sixty": Asked(RESULTS, {"first": 2}, {"first": 60}, 18, same=False),
    "plans of one grade and of all": Asked(TOPICS, {"first": 100, "grade": 5}, {"first": 100, "grade": None}, 20),
    "a small page of the journal and a large one": Asked(JOURNAL, {"page": "small"}, {"page": "large"}, 16),
    "the sheet of one class and of every class": Asked(FINALS, {"first": 1}, {"first": 100}, 18, same=False),
    "a little of the movement book and all": Asked(MOVEMENT, {"first": 1}, {"first": 100}, 40, same=False),
}
