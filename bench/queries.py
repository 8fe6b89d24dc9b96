"""The six queries: their texts, who asks them, and how many connections ask at once."""

from dataclasses import dataclass
from typing import Any

DIARY = """
query Diary($from: Date!, $to: Date!) {
  me { children { name diary(from: $from, to: $to) { days { date lessons {
    number startsAt endsAt room topic subject { name } teacher { shortName }
    attendance { letters } marks { value weight } homework { text dueOn }
  } } } } }
}
"""

JOURNAL = """
query Journal($class: ID!, $subject: ID!, $period: ID!) {
  journalPage(classId: $class, subjectId: $subject, periodId: $period) {
    schoolClass { name } subject { name }
    lessons { date number record { topic } }
    rows {
      student { name } marks { value weight lessonDate } attendance { letters lessonDate }
      average { average weightedAverage }
    }
  }
}
"""

SUMMARY = """
query Summary($class: ID!, $period: ID!) {
  schoolClass(id: $class) {
    name students { name averages(periodId: $period) { subject { name } average weightedAverage counted } }
  }
}
"""

SCHOOL = """
query School($period: ID!, $first: Int = 100) {
  school { classes(first: $first) { nodes { name students {
    name marks(periodId: $period, first: 100) { nodes { value weight lessonDate subject { name } } }
  } } } }
}
"""

RESULTS = """
query Results($period: ID!) {
  school { reports { resultsSummary(periodId: $period) { rows {
    part { title }
    figures {
      counts { fives fours threes twos notAttested }
      success { value } quality { value } learning { value } average { value }
    }
  } } } }
}
"""

MOVEMENT = """
query Movement($since: Date!, $until: Date!) {
  school { reports { movement(from: $since, until: $until) {
    rows { part { title } moves { atStart arrived movedIn gone movedOut atEnd } }
    moves { on number place reason student { name } fromClass { name } toClass { name } }
  } } }
}
"""

OURS = ("limit", "classbook", "classbook-off")
"""Those who know reports: the peers give rows of tables, and have no figures of them."""


@dataclass(frozen=True)
class Query:
    """One question. `at_once` connections ask it; `grade` and `period` say which rows the variables mean. of: the
    contestants that are asked it, if not all.
    """

    name: str
    title: str
    text: str
    login: str
    variables: tuple[str, ...]
    grade: int = 0
    period: str = ""
    at_once: int = 8
    of: tuple[str, ...] | None = None

    def asks(self, contestant: str) -> bool:
        """Whether the contestant is asked it."""
        return self.of is None or contestant in self.of


QUERIES = {
    query.name: query
    for query in (
        Query("diary", "diary week", DIARY, "parent", ("from", "to")),
        Query("journal", "journal page", JOURNAL, "class-teacher", ("class", "subject", "period"), 5, "III четверть"),
        Query("summary", "class summary", SUMMARY, "deputy", ("class", "period"), 8, "IV четверть"),
        Query("school", "whole school", SCHOOL, "deputy", ("period",), 0, "IV четверть", 2),
        Query("results", "school summary", RESULTS, "deputy", ("period",), 0, "III четверть", 2, OURS),
        Query("movement", "movement book", MOVEMENT, "deputy", ("since", "until"), at_once=2, of=OURS),
    )
}

FIRST_DAY, LAST_DAY = "2026-05-11", "2026-05-17"
YEAR = {"since": "2025-09-01", "until": "2026-05-20"}
SUBJECT = "Русский язык"
LETTER = "А"

IDS = """
SELECT (SELECT id FROM school_class WHERE school_id = $1 AND grade = $2 AND letter = $3) AS class,
       (SELECT id FROM subject WHERE school_id = $1 AND name = $4) AS subject,
       (SELECT id FROM period WHERE school_id = $1 AND name = $5) AS period
"""


async def variables(connection: Any, school_id: int, query: Query) -> dict[str, str]:
    """The values of the query's variables as plain text: days, and numbers of rows."""
    found = await connection.fetchrow(IDS, school_id, query.grade, LETTER, SUBJECT, query.period)
    known = {"from": FIRST_DAY, "to": LAST_DAY, **YEAR, **{name: str(value) for name, value in found.items()}}
    return {name: known[name] for name in query.variables}
