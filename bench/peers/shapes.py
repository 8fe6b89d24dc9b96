"""What PostGraphile answers, in classbook's shape: its own names for the same things, in the same order and nesting."""

from typing import Any


def postgraphile(query: str, data: dict[str, Any]) -> dict[str, Any]:
    """The data of PostGraphile's answer to `query` (its name in requests.json) as classbook would give it."""
    shape = {"diary": _diary, "journal": _journal, "summary": _summary, "school": _school}[query]
    return shape(data)


def _renamed(row: dict[str, Any], **names: str) -> dict[str, Any]:
    """The row with other names for some of its fields, in their places."""
    return {names.get(name, name): value for name, value in row.items()}


def _lesson(row: dict[str, Any]) -> dict[str, Any]:
    """A lesson of the diary: PostGraphile writes times with microseconds."""
    times = {name: row[name].removesuffix(".000000") for name in ("startsAt", "endsAt")}
    return _renamed({**row, **times}, marksList="marks", homeworkList="homework")


def _diary(data: dict[str, Any]) -> dict[str, Any]:
    def day(row: dict[str, Any]) -> dict[str, Any]:
        return {"date": row["date"], "lessons": [_lesson(lesson) for lesson in row["lessonsList"]]}

    children = [
        {"name": child["name"], "diary": {"days": [day(row) for row in child["diaryList"]]}}
        for child in data["myChildrenList"]
    ]
    return {"me": {"children": children}}


def _journal(data: dict[str, Any]) -> dict[str, Any]:
    page = data["journalPageByClassIdAndSubjectIdAndPeriodId"]
    if page is None:
        return {"journalPage": None}
    lessons = [
        {"date": lesson["date"], "number": lesson["number"], "record": {"topic": lesson["topic"]}}
        for lesson in page["lessonsList"]
    ]
    rows = [
        {
            "student": {"name": student["name"]},
            "marks": student["journalMarksList"],
            "attendance": student["journalAttendanceList"],
            "average": next(iter(student["journalAveragesList"]), None),
        }
        for student in page["studentsList"]
    ]
    shown = {"schoolClass": page["schoolClass"], "subject": page["subject"], "lessons": lessons, "rows": rows}
    return {"journalPage": shown}


def _summary(data: dict[str, Any]) -> dict[str, Any]:
    found = data["schoolClassByRowId"]
    if found is None:
        return {"schoolClass": None}
    students = [_renamed(student, averagesList="averages") for student in found["studentsList"]]
    return {"schoolClass": {"name": found["name"], "students": students}}


def _school(data: dict[str, Any]) -> dict[str, Any]:
    def student(row: dict[str, Any]) -> dict[str, Any]:
        return {"name": row["name"], "marks": {"nodes": row["marksList"]}}

    classes = [
        {"name": row["name"], "students": [student(each) for each in row["studentsList"]]}
        for row in data["currentClassesList"]
    ]
    return {"school": {"classes": {"nodes": classes}}}
