"""The full demo school, as rows: as big as a school, with what its periods and its oldest classes have ended with."""

from collections import Counter
from datetime import date
from typing import Any

from rules.account import Role
from rules.report import Report
from server.demo import DEMO_PASSWORD, DEMO_TODAY, FULL, write_school
from server.demo_rows import COLUMNS, Rows
from server.demo_year import PERIODS, school_days, working_days


def test_the_full_school_is_full() -> None:
    rows, logins = write_school(FULL, 63, DEMO_PASSWORD)
    count = Counter({table: len(content) for table, content in rows.tables.items()})
    assert count["school_class"] == 33
    assert 870 <= count["student"] <= 930
    assert 34_000 <= count["lesson"] <= 37_000
    assert 280_000 <= count["mark"] <= 320_000
    assert 37_000 <= count["attendance"] <= 43_000
    assert len(logins) >= len(Role)
    taken = Counter((row[2], *row[5:8]) for row in rows.tables["lesson"] if row[10] != "cancelled" and row[3] is None)
    assert max(taken.values()) == 1
    _check_finals(rows)
    _check_filings(rows)
    assert 1_200 <= count["excuse"] <= 1_500
    assert 700 <= count["week_acknowledgement"] <= 900
    # A Saturday by Monday's timetable (6.1).
    (transfer,) = (dict(zip(COLUMNS["day_transfer"], row, strict=True)) for row in rows.tables["day_transfer"])
    day = transfer["to_date"]
    assert (day.isoweekday(), transfer["weekday"]) == (6, 1)
    entries = (dict(zip(COLUMNS["timetable_entry"], row, strict=True)) for row in rows.tables["timetable_entry"])
    monday = {(each["group_id"], each["subject_id"], each["number"]) for each in entries if each["weekday"] == 1}
    lessons = (dict(zip(COLUMNS["lesson"], row, strict=True)) for row in rows.tables["lesson"])
    saturday = [each for each in lessons if each["date"] == day and each["moved_from"] is None]
    taught = {(each["group_id"], each["subject_id"], each["number"]) for each in saturday}
    assert len(taught) > 100
    assert taught <= monday


def _dicts(rows: Rows, table: str) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS[table], row, strict=True)) for row in rows.tables[table]]


def _check_finals(rows: Rows) -> None:
    """All classes with marks have those of the periods that are over, grades with state exams their year, too."""
    finals = _dicts(rows, "final_mark")
    count = Counter(each["kind"] for each in finals)
    assert count["exam"] == count["final"] > 20
    classes = dict(enumerate(_dicts(rows, "school_class")))
    over = {
        number: {at for at, each in enumerate(PERIODS) if each[0].value == of["period_kind"] and each[4] < DEMO_TODAY}
        for number, of in classes.items()
        if of["grade"] > 1
    }
    marked: dict[int, set[int]] = {number: set() for number in over}
    for each in finals:
        if each["kind"] == "period":
            marked[each["class_id"]].add(each["period_id"])
    assert all(over[number] <= periods for number, periods in marked.items())
    years = {classes[each["class_id"]]["grade"] for each in finals if each["kind"] == "year"}
    assert years == {9, 11, classes[next(each["class_id"] for each in finals if each["kind"] == "exam")]["grade"]}
    values = Counter(each["value"] for each in finals if each["kind"] == "period")
    assert min(values[word] for word in ("5", "4", "3", "2", "н/а", "осв.", "зач.")) > 20
    assert values["н/а"] < 0.01 * values.total()
    assert 0.1 < sum(each["proposed"] not in (None, each["value"]) for each in finals) / len(finals) < 0.25
    # Whoever has nothing to be sorry for is admitted (10.6).
    decided = {each["student_id"] for each in _dicts(rows, "council_decision")}
    poor = {each["student_id"] for each in finals if each["kind"] == "year" and each["value"] in ("2", "н/а", "незач.")}
    graduating = {each["student_id"] for each in finals if classes[each["class_id"]]["grade"] in (9, 11)}
    present = {each["student_id"] for each in finals if each["kind"] == "year"}
    assert decided == (graduating & present) - poor


def _check_filings(rows: Rows) -> None:
    """Most reports were made in time, some late, and a few are not there yet (10.3, 10.4)."""
    filed = _dicts(rows, "report_filing")
    days = working_days(school_days(None))
    late = 0
    for each in filed:
        period = each["period_id"]
        summary = each["class_id"] is each["staff_id"] is None
        last = PERIODS[period][4] if period is not None else None
        due = days.after(last, 2 if summary else 1) if last else date(2025, 10, 1)
        late += each["filed_at"].date() > due
        assert last is None or each["filed_at"].date() > last
    assert 0.03 < late / len(filed) < 0.15
    slots = Counter((each["kind"], each["period_id"], each["class_id"], each["staff_id"]) for each in filed)
    assert max(slots.values()) == 1
    leaders = [each for each in filed if each["kind"] == Report.CLASS_TEACHER]
    assert 0.85 < len(leaders) / (27 * 3 + 6) < 1
