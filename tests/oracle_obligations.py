"""The deadlines of the regulation in plain Python: what is due, whose it is, until when, and since when it is met."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from rules.account import Role
from rules.days import is_official_working_day
from server.demo import DEMO_NOW

from . import oracle_outages as outages
from . import oracle_plan as plan
from .oracle import World, holds
from .oracle_finals import slots

Row = Any
KEY = ("deadline", "key0", "key1", "key2")
DEADLINES = (
    *("school_card", "curriculum", "topic_plans", "documents", "timetable", "holidays", "day_transfer"),
    *("absence_reasons", "lesson_records", "homework", "written_work", "period_marks", "final_marks"),
    *("promotion", "graduation", "arrival_and_departure", "forming", "school_summaries", "federal_forms"),
    *("period_reports", "yearly_reports", "year_sheet", "accounts", "new_year", "outage_records"),
)
KINDS = ("curriculum", "calendar", "programmes", "final_attestation", "course_programmes")
OF_PERIOD = {
    "deputy": ("classes_summary", "results_summary"),
    "subject_teacher": ("subject_teacher",),
    "class_teacher": ("class_teacher", "finals_sheet", "class_results", "attendance_sheet"),
}
REFERENCES = (
    *("staff_id", "class_id", "group_id", "subject_id", "lesson_id", "task_id", "period_id", "order_id", "excuse_id"),
    *("outage_id", "transfer_id", "employee_id", "form_date_id"),
)
CARD = (
    *("address", "phone", "email", "site", "tax_number"),
    *(f"{paper}_{of}" for paper in ("licence", "accreditation") for of in ("number", "issued_on", "issued_by")),
)


class School:
    """One school's obligations."""

    def __init__(self, world: World, school: int, now: datetime = DEMO_NOW) -> None:
        self.world, self.id, self.today, self.now = world, school, world.today, now
        self.zone = ZoneInfo(world.by_id["school"][school]["time_zone"])
        moved = list(world.of("day_transfer", school))
        self.worked = {each["to_date"] for each in moved}
        self.free = {each["from_date"] for each in moved if each["grades"] is None}
        self.filed = {
            tuple(row[name] for name in ("kind", "year_id", "period_id", "class_id", "staff_id")): row["filed_at"]
            for row in world.of("report_filing", school)
        }
        self.noted = {
            (row["deadline"], row["object_id"], row["subject_id"]): (row["met_at"], row["lost_at"])
            for row in world.of("obligation_note", school)
        }
        self.years = [row for row in world.of("academic_year", school) if row["state"] != "draft"]
        self.classes = [(of, year) for year in self.years for of in world.where("school_class", "year_id", year["id"])]

    # Days and moments

    def at(self, day: date, hour: time = time()) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)

    def works(self, day: date) -> bool:
        return day in self.worked or (day not in self.free and is_official_working_day(day))

    def working(self, day: date, count: int) -> date:
        """The day so many working days on, or back."""
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.works(day):
                day += step
        return day

    def notice(self, transfer: Row) -> date:
        """The third working day before the transferred one, by the calendar on which it was entered."""
        known = [
            each for each in self.world.of("day_transfer", self.id) if each["recorded_at"] < transfer["recorded_at"]
        ]
        day, left = transfer["to_date"], 3
        while left:
            day -= timedelta(days=1)
            if any(each["to_date"] == day for each in known):
                left -= 1
            elif not any(each["from_date"] == day and each["grades"] is None for each in known):
                left -= is_official_working_day(day)
        return day

    @staticmethod
    def of_year(year: Row, month: int, day: int) -> date:
        return date(year["starts_on"].year + (month < 9), month, day)

    # Parts

    def row(
        self, deadline: str, by: str, year: Row, *keys: int, due: Any, done: Any, opens: Any = None, **of: Any
    ) -> Row:
        """due: the last day, or the moment that is too late. Accounts and orders are missing in a closed year, too."""
        moment = isinstance(due, datetime)
        made = {name: of.pop(name, None) for name in (*REFERENCES, "document", "report")}
        assert not of
        due_at = due if moment else self.at(due + timedelta(days=1))
        numbers = (*keys, 0, 0)[:3]
        if done is not None and not isinstance(done, datetime):
            done = self.at(done)
        status = ("DUE", "OVERDUE")[due_at <= self.now] if done is None else ("DONE", "MET_LATE")[done >= due_at]
        return {
            **made,
            **dict(zip(KEY, (deadline, *numbers), strict=True)),
            "id": (deadline, *numbers),
            "school_id": self.id,
            "year_id": year["id"],
            "closed": year["state"] == "closed"
            and (done is not None or deadline not in ("accounts", "arrival_and_departure")),
            "answerable": by,
            "due_at": due_at,
            "due_on": due_at.astimezone(self.zone).date() if moment else due,
            "opens_at": opens or self.at(year["starts_on"]),
            "done_at": done,
            "status": status,
        }

    def leader(self, class_id: int, day: date) -> int | None:
        return self.last([each for each in self.led(class_id) if holds(each, min(self.today, day))])

    def led(self, class_id: int) -> list[Row]:
        return list(self.world.where("class_leadership", "class_id", class_id))

    @staticmethod
    def last(rows: list[Row]) -> int | None:
        return max(rows, key=lambda each: (each["starts_on"], each["id"]))["staff_id"] if rows else None

    def gone(self, staff: int) -> bool:
        left = self.world.by_id["staff"][staff]["dismissed_on"]
        return left is not None and left < self.today

    def answers(self, class_id: int, year: Row, day: date, done: Any) -> int | None:
        """What is done is whose it was; what is not, who may still do it."""
        if done:
            return self.leader(class_id, day)
        until = min(self.today, year["ends_on"])
        return self.last([row for row in self.led(class_id) if holds(row, until) and not self.gone(row["staff_id"])])

    def teaching(self, group: int, subject: int, year: Row) -> list[Row]:
        """Who teaches a journal now, or did on the year's last day, and is still employed."""
        day = min(self.today, year["ends_on"])
        rows = self.world.where("teaching_assignment", "group_id", group)
        return [
            each
            for each in rows
            if each["subject_id"] == subject and holds(each, day) and not self.gone(each["staff_id"])
        ]

    def teacher(self, staff: int, group: int, subject: int, year: Row, done: Any) -> int | None:
        """Who answers for what a teacher of the journal did, or failed to do."""
        now = self.teaching(group, subject, year)
        return staff if done or staff in {each["staff_id"] for each in now} else self.last(now)

    def keeper(self, lesson: Row, year: Row, done: Any) -> int | None:
        """The same of a lesson, whose substitute may write there, too."""
        substitute: int | None = lesson["substitute_id"]
        if substitute and (done or not self.gone(substitute)):
            return substitute
        given: int = lesson["teacher_id"]
        if lesson["date"] >= self.today and not self.gone(given):
            return given
        return self.teacher(given, lesson["group_id"], lesson["subject_id"], year, done)

    def seen(self, deadline: str, year: Row, met: bool, due: date, of: int, subject: int = 0) -> datetime | None:
        """Since when it is met. What was lost in time is not what was there on its last day; what was lost later is."""
        since, lost = self.noted.get((deadline, of, subject), (None, None))
        if year["state"] == "closed":
            return since if lost is None else None
        if not met:
            return None
        begins_anew = since is None or (lost is not None and lost.astimezone(self.zone).date() <= due)
        return self.now if begins_anew else since

    def filing(self, kind: str, year: Row, period: Any = None, of: Any = None, staff: Any = None) -> datetime | None:
        return self.filed.get((kind, year["id"], period, of, staff))

    def last_day(self, year: Row) -> date:
        periods = self.world.where("period", "year_id", year["id"])
        return max((each["ends_on"] for each in periods), default=year["ends_on"])

    def begun_by(self, day: date) -> Row | None:
        """The last year that has begun by the day, in whatever state."""
        begun = [row for row in self.world.of("academic_year", self.id) if row["starts_on"] <= day]
        return max(begun, key=lambda row: row["starts_on"], default=None)

    def nearest(self, year: Row) -> date:
        return max(year["starts_on"], min(self.today, year["ends_on"]))

    def assignments(self, day: Any) -> Iterator[tuple[Row, Row, Row, Row]]:
        for of, year in self.classes:
            for group in self.world.where("study_group", "class_id", of["id"]):
                for each in self.world.where("teaching_assignment", "group_id", group["id"]):
                    if holds(each, day(year)):
                        yield each, group, of, year

    def beside(self, class_id: int, subject: int) -> bool:
        """Whether the plan has the subject beside the lessons."""
        return any(
            row["subject_id"] == subject
            and self.world.by_id["component"][row["component_id"]]["kind"] == "extracurricular"
            for row in self.world.where("plan_hours", "class_id", class_id)
        )

    def drops(self, student: int, subject: int, day: date) -> bool:
        rows = self.world.where("dropped_subject", "student_id", student)
        return any(row["subject_id"] == subject and holds(row, day) for row in rows)

    # Deadlines

    def all(self) -> Iterator[Row]:
        yield from self.of_years()
        yield from self.of_periods()
        yield from self.of_plans()
        yield from self.of_classes()
        yield from self.of_formed()
        yield from self.of_orders()
        yield from self.at_lessons()
        yield from self.of_marks()
        yield from self.others()

    def of_years(self) -> Iterator[Row]:
        card = self.world.by_id["school"][self.id]
        valid = all(
            card[f"{paper}_valid_until"] is None or card[f"{paper}_valid_until"] >= self.today
            for paper in ("licence", "accreditation")
        )
        complete = valid and all(card[name] not in (None, "") for name in CARD)
        for year in self.years:
            number = year["id"]
            due = self.of_year(year, 9, 15)
            done = self.seen("school_card", year, complete, due, number)
            yield self.row("school_card", "administrator", year, number, due=due, done=done)
            for place, kind in enumerate(KINDS, 1):
                there = [row for row in self.world.where("document", "year_id", number) if row["kind"] == kind]
                stands = any(row["withdrawn_at"] is None for row in there)
                due, done = self.of_year(year, 10, 1), min(row["published_at"] for row in there) if stands else None
                yield self.row("documents", "deputy", year, number, place, due=due, done=done, document=kind)
            due = self.of_year(year, 9, 20)
            yield self.row("timetable", "deputy", year, number, due=due, done=self.entered(year, due))
            if self.world.where("school_class", "year_id", number):
                opened = [
                    row["ended_at"]
                    for row in self.world.where("year_transition", "from_year_id", number)
                    if row["state"] == "opened"
                ]
                due = date(year["ends_on"].year, 9, 15)
                opens = self.at(self.last_day(year))
                yield self.row(
                    *("new_year", "administrator", year, number), due=due, done=min(opened, default=None), opens=opens
                )

    def entered(self, year: Row, due: date) -> datetime | None:
        """Since when every class that is there when the first timetable is due, and has lessons, stands in one."""
        world = self.world
        published = {
            row["id"]: row["published_at"]
            for row in world.where("timetable", "year_id", year["id"])
            if row["published_at"]
        }
        since = []
        for of in world.where("school_class", "year_id", year["id"]):
            kinds = {
                world.by_id["component"][row["component_id"]]["kind"]
                for row in world.where("plan_hours", "class_id", of["id"])
            }
            there = any(holds(stay, due) for stay in world.where("enrolment", "class_id", of["id"]))
            if not there or kinds <= {"extracurricular"}:
                continue
            stands = [
                published[entry["timetable_id"]]
                for group in world.where("study_group", "class_id", of["id"])
                for entry in world.where("timetable_entry", "group_id", group["id"])
                if entry["timetable_id"] in published
            ]
            if not stands:
                return None
            since.append(min(stands))
        # A timetable of a year without plans is the year's, whatever stands in it.
        return max(since) if since else min(published.values(), default=None)

    def of_periods(self) -> Iterator[Row]:
        for year in self.years:
            kinds = {of["period_kind"] for of in self.world.where("school_class", "year_id", year["id"])}
            periods = self.world.where("period", "year_id", year["id"])
            for period in (each for each in periods if each["kind"] in {*kinds, "quarter"}):
                number, ends_on = period["id"], period["ends_on"]
                following = [
                    each["starts_on"]
                    for each in periods
                    if each["kind"] == period["kind"] and each["number"] == period["number"] + 1
                ]
                after = following[0] if following else year["ends_on"] + timedelta(days=1)
                quartered = any(each["kind"] == "quarter" for each in periods)
                if (after - ends_on).days > 3 and (period["kind"] == "quarter" or not quartered):
                    # Each of the entered holidays has its own term; that of the first is the obligation's.
                    terms = [
                        each["starts_on"] - timedelta(weeks=2)
                        for each in self.world.where("holiday", "year_id", year["id"])
                        if any(ends_on < day < after for day in (each["starts_on"], each["ends_on"]))
                        or (each["starts_on"] <= ends_on and each["ends_on"] >= after)
                    ]
                    due = min(terms, default=ends_on - timedelta(days=13))
                    done = self.seen("holidays", year, bool(terms), due, number)
                    yield self.row("holidays", "deputy", year, number, due=due, done=done, period_id=number)
                if period["kind"] not in kinds:
                    continue
                for place, kind in enumerate(OF_PERIOD["deputy"], 1):
                    yield self.row(
                        *("school_summaries", "deputy", year, number, place),
                        due=self.working(ends_on, 2),
                        opens=self.at(ends_on),
                        done=self.filing(kind, year, number),
                        period_id=number,
                        report=kind,
                    )
                day, teachers = min(self.today, ends_on), set()
                for each, _, of, its in self.assignments(lambda _, day=day: day):
                    if its["id"] == year["id"] and of["period_kind"] == period["kind"]:
                        teachers.add(each["staff_id"])
                for staff in teachers:
                    done = self.filing("subject_teacher", year, number, None, staff)
                    if not done and self.gone(staff):
                        continue
                    yield self.row(
                        *("period_reports", "subject_teacher", year, number, staff),
                        due=self.working(ends_on, 1),
                        opens=self.at(ends_on),
                        done=done,
                        staff_id=staff,
                        period_id=number,
                        report="subject_teacher",
                    )

    def of_plans(self) -> Iterator[Row]:
        for each, group, of, year in self.assignments(self.nearest):
            subject, day = each["subject_id"], self.nearest(year)
            planned = any(
                row["subject_id"] == subject and holds(row, day)
                for row in self.world.where("topic_plan_assignment", "group_id", group["id"])
            )
            begun = [
                row["starts_on"]
                for row in self.world.where("teaching_assignment", "group_id", group["id"])
                if row["subject_id"] == subject
            ]
            due = max(self.of_year(year, 10, 1), min(begun))
            yield self.row(
                *("topic_plans", "subject_teacher", year, each["id"]),
                due=due,
                done=self.seen("topic_plans", year, planned, due, group["id"], subject),
                staff_id=each["staff_id"] if planned or not self.gone(each["staff_id"]) else None,
                class_id=of["id"],
                group_id=group["id"],
                subject_id=subject,
            )

    def of_classes(self) -> Iterator[Row]:
        for of, year in self.classes:
            number, about = of["id"], {"class_id": of["id"]}
            due = self.of_year(year, 9, 15)
            done = self.seen("curriculum", year, not plan.gaps(self.world, of), due, number)
            yield self.row("curriculum", "deputy", year, number, due=due, done=done, **about)
            stays = self.world.where("enrolment", "class_id", number)
            waiting = any(stay["ended_by"] is None for stay in stays)
            issued = self.decided(number, self.last_day(year))
            if waiting or issued:
                yield self.row(
                    *("graduation" if of["grade"] in (9, 11) else "promotion", "secretary", year, number),
                    due=self.of_year(year, 8, 31),
                    opens=self.at(self.last_day(year)),
                    done=None if waiting else max(issued),
                    **about,
                )
            for period in self.world.where("period", "year_id", year["id"]):
                if period["kind"] != of["period_kind"]:
                    continue
                for place, kind in enumerate(OF_PERIOD["class_teacher"], 1):
                    done = self.filing(kind, year, period["id"], number)
                    if not done and not self.peopled(of, year, period["ends_on"]):
                        continue
                    yield self.row(
                        *("period_reports", "class_teacher", year, number, period["id"], place),
                        due=self.working(period["ends_on"], 1),
                        opens=self.at(period["ends_on"]),
                        done=done,
                        staff_id=self.answers(number, year, period["ends_on"], done),
                        period_id=period["id"],
                        report=kind,
                        **about,
                    )
            yearly = (("yearly_reports", "year_outcomes", 1), ("yearly_reports", "student_list", 2))
            for deadline, kind, place in (*yearly, ("year_sheet", "finals_sheet", 1)):
                sheet = deadline == "year_sheet"
                due = self.of_year(year, 6, 15) if sheet else self.of_year(year, 10, 1)
                done = self.filing(kind, year, None, number)
                if not done and not self.peopled(of, year, min(due, self.last_day(year))):
                    continue
                yield self.row(
                    *(deadline, "class_teacher", year, number, place),
                    due=due,
                    opens=self.at(self.last_day(year)) if sheet else None,
                    done=done,
                    staff_id=self.answers(number, year, due, done),
                    report=kind,
                    **about,
                )

    def decided(self, class_id: int, last: date) -> list[date]:
        """Of each student who was there to the end, when the first order on what becomes of them was issued."""
        days = defaultdict(list)
        for item in self.world.where("movement_item", "from_class_id", class_id):
            order = self.world.by_id["movement_order"][item["order_id"]]
            leaves = order["kind"] == "departure" and order["effective_on"] > last
            decides = leaves or order["kind"] in ("promotion", "repetition", "graduation")
            if decides and order["state"] == "issued" and order["cancels_id"] is None:
                days[item["student_id"]].append(order["issued_on"])
        return [min(each) for each in days.values()]

    def peopled(self, of: Row, year: Row, day: date) -> bool:
        """Whether somebody is in the class on the day, or while that is to come, today."""
        then = max(year["starts_on"], min(self.today, day))
        return any(holds(stay, then) for stay in self.world.where("enrolment", "class_id", of["id"]))

    def of_formed(self) -> Iterator[Row]:
        """First and tenth classes, of a year that is a draft, too: they are formed before it is opened."""
        for year in self.world.of("academic_year", self.id):
            for of in self.world.where("school_class", "year_id", year["id"]):
                if of["grade"] in (1, 10):
                    stays = self.world.where("enrolment", "class_id", of["id"])
                    yield self.row(
                        *("forming", "secretary", year, of["id"]),
                        due=self.of_year(year, 9, 1),
                        opens=self.at(year["starts_on"] - timedelta(days=31)),
                        done=min((self.order(stay["opened_by"])["issued_on"] for stay in stays), default=None),
                        class_id=of["id"],
                    )

    def order(self, item: int) -> Row:
        return self.world.by_id["movement_order"][self.world.by_id["movement_item"][item]["order_id"]]

    def of_orders(self) -> Iterator[Row]:
        for each in self.world.of("movement_order", self.id):
            year = self.begun_by(each["effective_on"])
            if year is None or each["due_on"] is None or each["cancels_id"] or each["state"] == "cancelled":
                continue
            items = self.world.where("movement_item", "order_id", each["id"])
            into = [self.world.by_id["school_class"][item["to_class_id"]] for item in items if item["to_class_id"]]
            forms = each["effective_on"] == year["starts_on"] and all(of["grade"] in (1, 10) for of in into)
            if each["kind"] == "departure" or (each["kind"] == "enrolment" and into and not forms):
                yield self.row(
                    *("arrival_and_departure", "secretary", year, each["id"]),
                    due=each["due_on"],
                    opens=self.at(each["event_on"] or each["effective_on"]),
                    done=each["issued_on"],
                    order_id=each["id"],
                )

    def at_lessons(self) -> Iterator[Row]:
        world = self.world
        away = list(world.of("outage", self.id))
        classes = {of["id"]: (of, year) for of, year in self.classes}
        for lesson in world.of("lesson", self.id):
            found = classes.get(world.class_of[lesson["group_id"]])
            if not found or lesson["state"] == "cancelled":
                continue
            of, year = found
            about = {
                "class_id": of["id"],
                "group_id": lesson["group_id"],
                "subject_id": lesson["subject_id"],
                "lesson_id": lesson["id"],
            }
            begins = self.at(lesson["date"], lesson["starts_at"])
            if on_paper := [each for each in away if holds(each, lesson["date"])]:
                if all(each["ends_on"] for each in on_paper):
                    yield from self.of_works(year, lesson, about, max(on_paper, key=lambda each: each["ended_at"]))
                continue
            yield from self.of_works(year, lesson, about)
            yield self.row(
                *("lesson_records", "subject_teacher", year, lesson["id"]),
                due=lesson["date"],
                opens=begins,
                done=(done := self.recorded(lesson)),
                staff_id=self.keeper(lesson, year, done),
                **about,
            )
            if of["grade"] > 1 and not self.beside(of["id"], lesson["subject_id"]):
                every = world.where("homework", "lesson_id", lesson["id"])
                given = [row["published_at"] for row in every if row["for_all"]]
                due = self.at(lesson["date"], self.bell(year, of["grade"], lesson)) + timedelta(hours=3)
                yield self.row(
                    *("homework", "subject_teacher", year, lesson["id"]),
                    due=due,
                    opens=begins,
                    done=min(given, default=None),
                    staff_id=self.keeper(lesson, year, given),
                    **about,
                )

    def of_works(self, year: Row, lesson: Row, about: Row, outage: Row = None) -> Iterator[Row]:
        """Written work of a lesson; if it was on paper, after the outage that ended last."""
        ends = self.at(lesson["date"], lesson["ends_at"])
        for task in self.world.where("task", "lesson_id", lesson["id"]):
            if not self.world.by_id["work_type"][task["work_type_id"]]["written"]:
                continue
            opens, handed_in = ends, lesson["date"]
            if task["due_on"]:
                handed_in = task["due_on"]
                opens = max(ends, self.at(handed_in))
            if outage:
                handed_in = max(handed_in, self.working(outage["ends_on"], 2))
                opens = max(opens, outage["ended_at"])
            yield self.row(
                *("written_work", "subject_teacher", year, task["id"]),
                due=handed_in + timedelta(days=7),
                opens=opens,
                done=(done := self.marked(task, lesson, opens)),
                staff_id=self.keeper(lesson, year, done),
                task_id=task["id"],
                **about,
            )

    def bell(self, year: Row, grade: int, lesson: Row) -> time:
        """When the shift's last bell rings, or the lesson ends, if that is later."""
        moved = [
            row["weekday"]
            for row in self.world.where("day_transfer", "year_id", year["id"])
            if row["to_date"] == lesson["date"] and (row["grades"] is None or grade in row["grades"])
        ]
        for weekday in (lesson["date"].isoweekday(), *moved):
            mine = [
                row
                for row in self.world.where("bell_schedule", "year_id", year["id"])
                if row["shift"] == lesson["shift"] and row["weekday"] in (None, weekday)
            ]
            chosen = [row for row in mine if row["weekday"]] or mine
            bells = [bell["ends_at"] for row in chosen for bell in self.world.where("bell", "schedule_id", row["id"])]
            if bells:
                return max([*bells, lesson["ends_at"]])
        return lesson["ends_at"]  # type: ignore[no-any-return]

    def recorded(self, lesson: Row) -> datetime | None:
        """Since when the roll was called and the topic is there; later, if a mark of the day came later."""
        world, number = self.world, lesson["id"]
        if not world.where("roll_call", "lesson_id", number) or not (lesson["topic"] or "").strip(" "):
            return None
        moments = [min(row["valid_from"] for row in world.where("roll_call_version", "lesson_id", number))]
        topics = [row["valid_from"] for row in world.where("lesson_version", "row_id", number) if row["topic"]]
        moments += [min(topics)] if topics else []
        for task in world.where("task", "lesson_id", number):
            if task["due_on"] is None and not world.by_id["work_type"][task["work_type_id"]]["written"]:
                moments += [
                    row["set_at"]
                    for row in world.where("mark", "task_id", task["id"])
                    if row["made_up_on"] is None and row["set_at"] >= self.at(lesson["date"] + timedelta(days=1))
                ]
        return max(moments)

    def marked(self, task: Row, lesson: Row, ends: datetime) -> datetime | None:
        """Since when everybody who was there has a mark of a written work."""
        world = self.world
        marks = {row["student_id"]: row["set_at"] for row in world.where("mark", "task_id", task["id"])}
        missed = {r["student_id"] for r in world.where("attendance", "lesson_id", lesson["id"]) if r["code"] != "late"}
        there = {
            stay.student
            for stay in world.stays_in[lesson["group_id"]]
            if stay.on(lesson["date"])
            and world.is_for(task, stay.student)
            and stay.student not in missed
            and not self.drops(stay.student, lesson["subject_id"], lesson["date"])
            and not world.by_id["student"][stay.student]["taught_at_home"]
            and (task["due_on"] is None or self.hands_in(stay.student, lesson, task["due_on"]))
        }
        if there - marks.keys():
            return None
        return max((marks[student] for student in there), default=ends)

    def hands_in(self, student: int, lesson: Row, day: date) -> bool:
        """Whether the student is there on the day for which the work was given."""
        world = self.world
        if not any(stay.student == student and stay.on(day) for stay in world.stays_in[lesson["group_id"]]):
            return False
        then = [
            {r["student_id"] for r in world.where("attendance", "lesson_id", each["id"]) if r["code"] != "late"}
            for each in world.where("lesson", "group_id", lesson["group_id"])
            if (each["subject_id"], each["date"]) == (lesson["subject_id"], day) and each["state"] != "cancelled"
        ]
        missed = bool(then) and all(student in missing for missing in then)
        return not missed and not self.drops(student, lesson["subject_id"], day)

    def last_of(self, of: Row, slot: Row, day: date) -> bool:
        """Whether nobody teaches the group after this assignment, which ended in the slot."""
        begun = [
            each
            for each in self.world.where("teaching_assignment", "group_id", of["group_id"])
            if each["subject_id"] == of["subject_id"] and each["starts_on"] <= day
        ]
        if any(each["ends_on"] is None or each["ends_on"] >= day for each in begun):
            return False
        last = max(begun, key=lambda each: (each["ends_on"], each["id"]), default=None)
        return last is not None and last["id"] == of["id"] and of["ends_on"] >= slot["starts_on"]

    def learns(self, student: int, subject: int, day: date) -> bool:
        """Whether somebody teaches the student the subject, in whatever group."""
        world = self.world
        groups = [
            group
            for group, stays in world.stays_in.items()
            for stay in stays
            if stay.student == student and stay.on(day)
        ]
        return any(
            each["subject_id"] == subject and holds(each, day)
            for group in groups
            for each in world.where("teaching_assignment", "group_id", group)
        )

    def of_marks(self) -> Iterator[Row]:
        world = self.world
        marks = {
            (row["student_id"], row["subject_id"], row["year_id"], row["kind"], row["period_id"]): row["set_at"]
            for row in world.of("final_mark", self.id)
        }
        for of, year in self.classes:
            for slot in slots(world, of) if of["grade"] > 1 else ():
                kind, day = slot["kind"], min(self.today, slot["ends_on"])
                if kind == "final" and of["grade"] not in (9, 11):
                    continue
                for group in world.where("study_group", "class_id", of["id"]):
                    for each in world.where("teaching_assignment", "group_id", group["id"]):
                        subject, taught = each["subject_id"], holds(each, day)
                        if self.beside(of["id"], subject) or not (taught or self.last_of(each, slot, day)):
                            continue
                        there = [
                            stay.student
                            for stay in world.stays_in[group["id"]]
                            if stay.on(day) and not self.drops(stay.student, subject, day)
                            if taught or not self.learns(stay.student, subject, day)
                        ]
                        if not there:
                            continue
                        results = [
                            row["announced_on"]
                            for row in world.where("exam_date", "class_id", of["id"])
                            if row["subject_id"] == subject
                        ]
                        if kind == "exam" and not results:
                            continue
                        set_at = [marks.get((one, subject, year["id"], kind, slot["period_id"])) for one in there]
                        due, opens = slot["ends_on"], slot["ends_on"] - timedelta(days=6)
                        if kind == "final":
                            due = max([due, *results])
                        elif kind == "exam":
                            (due,) = (opens,) = results
                        yield self.row(
                            *("period_marks" if kind == "period" else "final_marks", "subject_teacher", year),
                            *(each["id"], slot["position"]),
                            due=due,
                            opens=self.at(opens),
                            done=None if None in set_at else max(set_at),
                            # Marks that are missing are owed though nobody teaches the subject any more.
                            staff_id=self.teacher(each["staff_id"], group["id"], subject, year, None not in set_at),
                            class_id=of["id"],
                            group_id=group["id"],
                            subject_id=subject,
                            period_id=slot["period_id"],
                        )

    def others(self) -> Iterator[Row]:
        world = self.world
        years = {year["id"]: year for year in self.years}
        for each in world.of("day_transfer", self.id):
            if each["year_id"] in years:
                yield self.row(
                    *("day_transfer", "deputy", years[each["year_id"]], each["id"]),
                    due=self.notice(each),
                    opens=each["recorded_at"],
                    done=each["recorded_at"],
                    transfer_id=each["id"],
                )
        for each in world.of("form_date", self.id):
            if each["year_id"] in years:
                forms = {
                    form["reported_on"]: form["id"]
                    for form in world.of("federal_form", self.id)
                    if (form["year_id"], form["code"]) == (each["year_id"], each["code"])
                }
                # Of several, the latest that is not of a day after the term: that one was agreed upon.
                meant = max(forms, key=lambda day, due=each["due_on"]: (day <= due, day), default=None)
                closings = world.where("form_closing", "form_id", forms[meant]) if meant else []
                closed = [row["closed_at"] for row in closings if row["reopened_at"] is None]
                yield self.row(
                    *("federal_forms", "deputy", years[each["year_id"]], each["id"]),
                    due=each["due_on"],
                    done=min(closed, default=None),
                    form_date_id=each["id"],
                )
        classes = {of["id"]: (of, year) for of, year in self.classes}
        for each in world.of("excuse", self.id):
            stays = world.where("enrolment", "student_id", each["student_id"])
            here = [classes.get(stay["class_id"]) for stay in stays if holds(stay, each["received_on"])]
            if each["due_on"] is None or each["withdrawn_at"] or not here or here[0] is None:
                continue
            of, year = here[0]
            yield self.row(
                *("absence_reasons", "class_teacher", year, each["id"]),
                due=each["due_on"],
                opens=self.at(each["received_on"]),
                done=each["entered_on"],
                staff_id=self.answers(of["id"], year, each["received_on"], each["entered_on"]),
                class_id=of["id"],
                excuse_id=each["id"],
            )
        for each in world.of("staff", self.id):
            year = self.begun_by(each["hired_on"])
            accounts = world.where("account", "person_id", each["person_id"])
            left = each["dismissed_on"] and each["dismissed_on"] < self.today
            if year and (accounts or not left):
                yield self.row(
                    *("accounts", "hr", year, each["id"]),
                    due=self.working(each["hired_on"], 3),
                    opens=self.at(each["hired_on"]),
                    done=accounts[0]["created_at"] if accounts else None,
                    employee_id=each["id"],
                )
        yield from self.of_outages(classes)

    def of_outages(self, classes: dict[int, tuple[Row, Row]]) -> Iterator[Row]:
        """What lies on paper, together by journal and by who answers for the lessons."""
        world = self.world
        for outage in world.of("outage", self.id):
            if outage["ends_on"] is None:
                continue
            mine = defaultdict(list)
            for lesson in world.of("lesson", self.id):
                found = classes.get(world.class_of[lesson["group_id"]])
                if found and holds(outage, lesson["date"]) and lesson["state"] != "cancelled":
                    of, year = found
                    done = outages.recorded(world, lesson)
                    whose = self.keeper(lesson, year, done)
                    mine[lesson["group_id"], lesson["subject_id"], whose].append((lesson["id"], done, of, year))
            for (group, subject, staff), lessons in mine.items():
                numbers, moments, (of, *_), (year, *_) = zip(*lessons, strict=True)
                yield self.row(
                    *("outage_records", "subject_teacher", year, outage["id"], min(numbers)),
                    due=self.working(outage["ends_on"], 2),
                    opens=outage["ended_at"],
                    done=None if None in moments else max(moments),
                    staff_id=staff,
                    class_id=of["id"],
                    group_id=group,
                    subject_id=subject,
                    outage_id=outage["id"],
                )


def obligations(world: World, school: int) -> list[Row]:
    """All of a school, worked out once."""
    known = vars(world).setdefault("obligations", {})
    if school not in known:
        known[school] = list(School(world, school).all())
    return known[school]  # type: ignore[no-any-return]


def own(eyes: Any, role: Role, row: Row) -> bool:
    """What somebody answers for in a role: by name, as a teacher, or as whoever holds it."""
    if role is Role.TEACHER:
        by_name = row["answerable"] in ("subject_teacher", "class_teacher")
        return by_name and eyes.staff is not None and row["staff_id"] == eyes.staff
    return bool(row["answerable"] == role.value)


def asked(eyes: Any, rows: Any, given: Any) -> list[Row]:
    """Those of open years that can be met already, due on some days."""
    found = [row for row in rows if not row["closed"] and row["opens_at"] <= DEMO_NOW]
    since, until = given.get("since"), given.get("until")
    return [row for row in found if (not since or row["due_on"] >= since) and (not until or row["due_on"] <= until)]


def of_school(eyes: Any, row: Any, given: Any) -> list[Row]:
    """The school's."""
    return asked(eyes, obligations(eyes.world, row["school_id"]), given)


def of_viewer(eyes: Any, row: Any, given: Any) -> list[Row]:
    """One's own: by name, or by the roles held today."""
    rows = obligations(eyes.world, eyes.school)
    roles = {role.value for role in eyes.roles}
    mine = [row for row in rows if row["answerable"] in roles or (eyes.staff and row["staff_id"] == eyes.staff)]
    return asked(eyes, mine, given)


def in_turn(eyes: Any, row: Row) -> Any:
    """The order in which they are told."""
    return (row["due_at"], DEADLINES.index(row["deadline"]), row["key0"], row["key1"], row["key2"])


def _of(name: str) -> Any:
    return lambda world, row: row[name] and row[name].upper()


SCALARS = {
    "Obligation": {
        "deadline": _of("deadline"),
        "answerable": _of("answerable"),
        "status": lambda world, row: row["status"],
        "dueOn": lambda world, row: row["due_on"].isoformat(),
        "dueAt": lambda world, row: row["due_at"].isoformat(),
        "opensAt": lambda world, row: row["opens_at"].isoformat(),
        "document": _of("document"),
        "report": _of("report"),
    }
}
WITHOUT_ID = {"Obligation"}

ELSEWHERE = {(of, name) for of in ("School", "Me") for name in ("obligationForecast", "obligationCounts")} | {
    ("ObligationCount", name) for name in ("staff", "schoolClass", "subject")
}
"""Fields by which the same rows are asked with other arguments, or counted: `test_obligations.py`."""


def links(link: Any) -> dict[str, Any]:
    """The edges of an obligation."""
    return {
        "staff": link("Staff", "staff", "staff_id"),
        "year": link("AcademicYear", "academic_year", "year_id"),
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "group": link("StudyGroup", "study_group", "group_id"),
        "subject": link("Subject", "subject", "subject_id"),
        "lesson": link("Lesson", "lesson", "lesson_id"),
        "task": link("Task", "task", "task_id"),
        "period": link("Period", "period", "period_id"),
        "order": link("MovementOrder", "movement_order", "order_id"),
        "excuse": link("Excuse", "excuse", "excuse_id"),
        "outage": link("Outage", "outage", "outage_id"),
        "dayTransfer": link("DayTransfer", "day_transfer", "transfer_id"),
        "formDate": link("FormDate", "form_date", "form_date_id"),
        "employee": link("Staff", "staff", "employee_id"),
    }


async def filings(maker: Any) -> None:
    """Reports that were made, in time and late; states that were seen early and late, and some that are no more."""
    rng = Random(25)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    periods = await maker.connection.fetch(
        "SELECT id, year_id, kind, ends_on FROM period WHERE school_id = $1 ORDER BY id", maker.school
    )
    for period in periods:
        at = datetime.combine(period["ends_on"], time(5), UTC)
        mine = {"year_id": period["year_id"], "period_id": period["id"]}
        slots: list[dict[str, Any]] = [{"kind": kind} for kind in OF_PERIOD["deputy"]]
        for of in await maker.ids(
            f"SELECT id FROM school_class WHERE school_id = $1 AND year_id = {period['year_id']}"
            f" AND period_kind = '{period['kind']}' ORDER BY id"
        ):
            slots += [{"kind": kind, "class_id": of} for kind in OF_PERIOD["class_teacher"]]
        for staff in await maker.ids("SELECT id FROM staff WHERE school_id = $1 ORDER BY id"):
            slots.append({"kind": "subject_teacher", "staff_id": staff})
        for slot in rng.sample(slots, len(slots) // 2):
            filed_at = at + timedelta(hours=rng.randrange(96))
            await maker.add("report_filing", **mine, **slot, filed_at=filed_at, filed_by=rng.choice(accounts))
    classes = await maker.connection.fetch(
        "SELECT id, year_id FROM school_class WHERE school_id = $1 ORDER BY id", maker.school
    )
    for row in classes:
        for kind in rng.sample(("year_outcomes", "student_list", "finals_sheet"), 2):
            filed_at = datetime(2025, 9, 30, 12, tzinfo=UTC) + timedelta(hours=rng.randrange(48))
            slot = {"kind": kind, "year_id": row["year_id"], "class_id": row["id"]}
            await maker.add("report_filing", **slot, filed_at=filed_at, filed_by=rng.choice(accounts))
    await maker.connection.execute(
        "UPDATE task SET due_on = lesson_date + (task.id % 9)::int FROM work_type AS w WHERE task.school_id = $1"
        " AND w.id = work_type_id AND written AND task.id % 3 = 0",
        maker.school,
    )
    await maker.connection.execute(
        "UPDATE obligation_note SET met_at = met_at + (object_id % 5) * interval '15 days' WHERE school_id = $1",
        maker.school,
    )
    await maker.connection.execute(
        "DELETE FROM obligation_note WHERE school_id = $1 AND object_id % 4 = 1", maker.school
    )
    # Lost in time and later: those that hold again nevertheless, nobody has looked at since.
    await maker.connection.execute(
        "UPDATE obligation_note SET lost_at = met_at + ((object_id + subject_id) % 7) * interval '9 days'"
        " WHERE school_id = $1 AND (object_id + subject_id) % 3 = 0",
        maker.school,
    )
