"""Sets of reports: what goes into one, and the commands that order and cancel it (10.1)."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, Select, and_, exists, func, insert, or_, select, update

from documents.tables import Paper
from models.curriculum import AcademicYear, Enrolment, Period, SchoolClass, StudyGroup, TeachingAssignment
from models.journal_finals import MarkSlot
from models.report_sets import ReportSet
from models.school import Staff
from permissions.report import visible_class_reports, visible_teacher_reports
from permissions.report_sets import sets_to_cancel, visible_report_sets
from permissions.scopes import of_school, within
from permissions.viewer import reach
from rules.journal_finals import FinalKind
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.report import ABOUT, Report, ReportOf, Takes
from rules.report_daily import check_days
from rules.report_sets import (
    CLAUSE,
    MOST_PRINTS,
    MOST_WAITING,
    UNFINISHED,
    ReportFormat,
    SetState,
    Why,
    chosen,
    clean_name,
)

from .commands import command, take_turn
from .context import Context
from .edges import reads
from .edges_kinds import argument, to_one, to_page
from .report import Asked, Question, Slot, slot_of_row, slots
from .report_print import ANCHORS, PAPERS
from .report_prints import asked_of, kept_of
from .report_school import meant_by
from .report_sets_left import Left, title_of

report_set_of = to_one(visible_report_sets, ReportSet.id, of="report_set_id")
_set_file = to_one(visible_report_sets, ReportSet.id, of="id", columns=(ReportSet.digest, ReportSet.prints))
viewer_report_sets = to_page(visible_report_sets, ReportSet.account_id, of="account_id", order={"id": ReportSet.id})

_CLASSES = argument("classes", ARRAY(BigInteger))
_class_slots = Question(lambda: slots(within(MarkSlot.class_id, _CLASSES)))


def _enrolled() -> Select[Any]:
    """Who was in some classes, and when."""
    query: Any = select(Enrolment.class_id, Enrolment.student_id, Enrolment.starts_on, Enrolment.ends_on)
    return query.where(of_school(Enrolment), within(Enrolment.class_id, _CLASSES)).order_by(  # type: ignore[no-any-return]
        Enrolment.class_id, Enrolment.student_id
    )


def _teaching() -> Any:
    """Whoever teaches some classes on some days."""
    of_group = and_(StudyGroup.school_id == TeachingAssignment.school_id, StudyGroup.id == TeachingAssignment.group_id)
    lasted = or_(TeachingAssignment.ends_on.is_(None), TeachingAssignment.ends_on >= argument("since", Date))
    return exists(
        select(TeachingAssignment.id)
        .join(StudyGroup, and_(of_group, within(StudyGroup.class_id, _CLASSES)))
        .where(of_school(TeachingAssignment), TeachingAssignment.staff_id == Staff.id)
        .where(TeachingAssignment.starts_on <= argument("until", Date), lasted)
        .correlate(Staff)
    )


_enrolments = Question(_enrolled)
_periods = Question(
    lambda: (
        select(Period.id)
        .where(of_school(Period), Period.name == argument("name", Period.name.type), Period.starts_on <= reach.today)
        .order_by(Period.starts_on.desc(), Period.id)
    )
)


TEACHERS = "Учителя"
"""The folder of teachers' reports."""


@dataclass(frozen=True)
class Print:
    """A report of a set: of which row, for what it is asked, in which folder it lies."""

    report: Report
    of: int
    folder: str
    asked: Asked

    @property
    def kept(self) -> list[Any]:
        """As JSON."""
        return [self.report.value, self.of, self.folder, kept_of(self.asked)]

    @classmethod
    def of_kept(cls, kept: Sequence[Any]) -> "Print":
        """Read back."""
        return cls(Report(kept[0]), kept[1], kept[2], asked_of(kept[3]))

    @property
    def title(self) -> str:
        """What is being printed, without anybody's name."""
        return title_of(self.report, self.folder)


@dataclass(frozen=True)
class Order:
    """What somebody wants a set of. students: each student's reports, too."""

    of: ReportOf
    number: int
    asked: Asked
    reports: Collection[Report] | None = None
    formats: Sequence[ReportFormat] = tuple(ReportFormat)
    students: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """As the audit trail keeps it."""
        return {
            "of": self.number,
            "ofType": self.of,
            "reports": None if self.reports is None else list(self.reports),
            "formats": list(self.formats),
            "students": self.students,
            **kept_of(self.asked),
        }


@dataclass(frozen=True)
class Days:
    """The days that a set is asked for: of a period, or of a year."""

    year_id: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Plan:
    """The prints of a set, in order. left: those that there is nothing to ask for, or that are not for the viewer."""

    prints: list[Print]
    left: list[Left]


async def planned(context: Context, order: Order) -> Plan:
    """What a set is made of, in the rights that the viewer has now; `NOT_FOUND` where there is nothing for them."""
    chosen_reports = chosen(order.reports, PAPERS, context.viewer.roles, order.of, order.students)
    if order.of is ReportOf.SCHOOL and order.number != context.viewer.school_id:
        raise not_found("of")
    since, until = order.asked.since, order.asked.until
    if since and until and any(Takes.DAYS in ABOUT[report].takes for report in chosen_reports):
        check_days(since, until)
    classes = await _classes(context, order)
    if order.of is ReportOf.CLASS and not classes:
        raise not_found("of")
    numbers = [each.id for each in classes]
    found = [slot_of_row(row) for row in await _class_slots(context, classes=numbers)]
    asked_slot = order.asked.period_id is not None or order.asked.kind is not FinalKind.PERIOD
    meant = await meant_by(context, order.asked) if asked_slot else None
    days = Days(meant.year["year_id"], *meant.days) if meant else None
    periods = {None, *meant.own} if meant else set()
    of_class: dict[int, Slot] = {
        slot.class_id: slot for slot in found if slot.kind is order.asked.kind and slot.period_id in periods
    }
    kinds = {ABOUT[report].of for report in chosen_reports}
    enrolled = await _enrolments(context, classes=numbers) if ReportOf.STUDENT in kinds else []
    teachers = await _teachers_of(context, numbers, days) if ReportOf.TEACHER in kinds else []
    prints: list[Print] = []
    left: list[Left] = []
    wanted = _wanted(context, order, days, chosen_reports, classes, of_class, enrolled, teachers)
    for report, of, folder, slot, of_days in wanted:
        fit = fitting(order.asked, report, slot, of_days, context.viewer.today)
        if isinstance(fit, Why):
            # Of what was asked for, but of another year, there is nothing of this class.
            why = Why.OTHER_YEAR if fit is Why.NOTHING_ASKED and days else fit
            left.append(Left(report, of, folder, why))
        else:
            prints.append(Print(report, of, folder, fit))
    if not prints:
        raise bad_input("Ни для одного отчёта нет периода или дней: назовите их.", "periodId")
    if len(prints) > MOST_PRINTS:
        raise bad_input(f"Не больше {MOST_PRINTS} отчётов за раз.", "of")
    # Who was in a class at the end of its period may be in another by now.
    open_ = await _open(context, prints)
    left += [Left(each.report, each.of, each.folder, Why.CLOSED) for each in prints if each not in open_]
    if not open_:
        raise Refusal(RefusalCode.FORBIDDEN, "Ни один из этих отчётов вам не открыт.", "of", CLAUSE)
    return Plan([each for each in prints if each in open_], left)


async def _teachers_of(context: Context, classes: list[int], days: Days | None) -> list[int]:
    """Who teaches any of the classes on the days (today, where none are asked for), as far as the viewer has reports
    of them.
    """
    today = context.viewer.today
    span = {"since": days.starts_on, "until": days.ends_on} if days else {"since": today, "until": today}
    query = visible_teacher_reports.for_roles(context.viewer.roles).where(_teaching()).order_by(Staff.id)
    return [row.id for row in await reads(context)(query, classes=classes, **span)]


def _wanted(
    context: Context,
    order: Order,
    days: Days | None,
    reports: Sequence[Report],
    classes: Sequence[Any],
    of_class: dict[int, Slot],
    enrolled: Sequence[Any],
    teachers: Sequence[int],
) -> Iterator[tuple[Report, int, str, Slot | Days | None, Slot | Days | None]]:
    """Each report with its row, its folder, what is marked, if the class has it, and the days: the class's own, or else
    those asked for, if they are of its year.
    """
    for report in reports:
        if ABOUT[report].of is ReportOf.SCHOOL:
            yield report, order.number, "", days, days
        if ABOUT[report].of is ReportOf.TEACHER:
            for teacher in teachers:
                yield report, teacher, TEACHERS, days, days
    for each in classes:
        folder, slot = f"{each.grade}{each.letter}", of_class.get(each.id)
        own = slot or (days if days and days.year_id == each.year_id else None)
        for report in reports:
            if ABOUT[report].of is ReportOf.CLASS:
                yield report, each.id, folder, slot, own
        day = min(own.ends_on, context.viewer.today) if own else order.asked.until or context.viewer.today
        there = {
            row.student_id
            for row in enrolled
            if row.class_id == each.id and row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)
        }
        for student in sorted(there):
            for report in reports:
                if ABOUT[report].of is ReportOf.STUDENT:
                    yield report, student, f"{folder}/Обучающиеся", slot, own


def fitting(
    asked: Asked, report: Report, slot: Slot | Days | None, days: Slot | Days | None, today: date
) -> Asked | Why:
    """What one report of the set is asked for, as far as it takes it; or why there is nothing."""
    takes = ABOUT[report].takes
    if Takes.SLOT in takes:
        if slot is None:
            return _without_slot(asked)
        # A period is of its year; a class is of one, too, but what its students are asked for is not.
        year = None if asked.kind is FinalKind.PERIOD else asked.year_id or slot.year_id
        period = slot.period_id if isinstance(slot, Slot) else asked.period_id
        return replace(asked, period_id=period, since=None, until=None, day=None, year_id=year)
    bare = Asked()
    if Takes.DAYS in takes:
        since, until = asked.since or (days and days.starts_on), asked.until or (days and min(days.ends_on, today))
        if not since or not until:
            return Why.NOTHING_ASKED
        if since > until:
            return Why.NOT_BEGUN if since > today else Why.NO_DAYS
        return replace(bare, since=since, until=until)
    if Takes.DAY in takes:
        return replace(bare, day=asked.day or (min(days.ends_on, today) if days else today))
    return replace(bare, year_id=asked.year_id or (days.year_id if days else None))


def _without_slot(asked: Asked) -> Why:
    if asked.kind is not FinalKind.PERIOD:
        return Why.NOT_MARKED
    return Why.NOTHING_ASKED if asked.period_id is None else Why.NO_SUCH_PERIOD


async def _classes(context: Context, order: Order) -> list[Any]:
    """The class, or the classes of the year that is asked for, as far as the viewer has reports of them."""
    query = visible_class_reports.for_roles(context.viewer.roles).order_by(SchoolClass.grade, SchoolClass.letter)
    if order.of is ReportOf.CLASS:
        return await reads(context)(query.where(SchoolClass.id == argument("class_id")), class_id=order.number)
    of_period = select(Period.year_id).where(of_school(Period), Period.id == argument("period_id")).scalar_subquery()
    running = (
        select(AcademicYear.id)
        .where(of_school(AcademicYear), AcademicYear.starts_on <= reach.today)
        .order_by(AcademicYear.starts_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    year = func.coalesce(argument("year_id"), of_period, running)
    return await reads(context)(
        query.where(SchoolClass.year_id == year), year_id=order.asked.year_id, period_id=order.asked.period_id
    )


async def _open(context: Context, prints: Sequence[Print]) -> set[Print]:
    """Those reports of a set that the viewer may have now."""
    keys = list({(ABOUT[each.report].of, each.of, ABOUT[each.report].roles) for each in prints})
    found = await asyncio.gather(*(context.load_key(ANCHORS[of](), (row,), roles) for of, row, roles in keys))
    there = {key for key, row in zip(keys, found, strict=True) if row is not None}
    return {each for each in prints if (ABOUT[each.report].of, each.of, ABOUT[each.report].roles) in there}


async def paper_of(context: Context, each: Print) -> Paper:
    """A report of a set as it stands now; refused where the viewer may not have it."""
    if not await _open(context, [each]):
        raise Refusal(RefusalCode.FORBIDDEN, "Этот отчёт больше не для вас.", "reports", CLAUSE)
    return await PAPERS[each.report](context, each.of, each.asked)


def name_of(paper: Paper) -> str:
    """What the file of a report is called, without an ending."""
    return clean_name(", ".join([paper.title, *(value for _, value in paper.facts[:2])]))


async def print_reports(context: Context, order: Order, key: str | None) -> int:
    """Order a set: it waits for a process to print it."""
    # Read before the command begins: a request holds one connection at a time.
    plan: Plan | Refusal
    try:
        plan = await planned(context, order)
    except Refusal as refusal:
        plan = refusal
    async with command(context, "printReports", order.given, key=key) as work:
        await take_turn(work, work.viewer.school_id, "report sets")
        if work.repeated:
            return int(work.answer)
        if isinstance(plan, Refusal):
            raise plan
        if not order.formats:
            raise bad_input("Назовите хотя бы один вид файла.", "formats")
        own = (ReportSet.school_id == work.viewer.school_id, ReportSet.account_id == work.viewer.account_id)
        unfinished = or_(*(ReportSet.state == each.value for each in sorted(UNFINISHED)))
        waiting = await work.first(select(func.count().label("sets")).select_from(ReportSet).where(*own, unfinished))
        if waiting.sets >= MOST_WAITING:
            raise Refusal(RefusalCode.CONFLICT, f"Уже готовятся {MOST_WAITING} ваших комплектов: дождитесь их.", "of")
        row = await work.first(
            insert(ReportSet)
            .values(
                school_id=work.viewer.school_id,
                account_id=work.viewer.account_id,
                session_id=work.viewer.session_id,
                asked=kept_of(order.asked),
                formats=[each.value for each in dict.fromkeys(order.formats)],
                prints=[each.kept for each in plan.prints],
                total=len(plan.prints),
                left=len(plan.left),
                omitted=[each.kept for each in plan.left],
                created_at=work.now,
            )
            .returning(ReportSet.id)
        )
        return int(await work.done(row.id))


async def cancel_report_set(context: Context, number: int) -> int:
    """Cancel a set of one's own that is not finished: its process stops before the next report."""
    async with command(context, "cancelReportSet", {"reportSetId": number}) as work:
        row = await work.one(sets_to_cancel(work.viewer).where(ReportSet.id == number), "reportSetId")
        if row.state not in UNFINISHED:
            raise Refusal(RefusalCode.CONFLICT, "Этот комплект уже не готовится.", "reportSetId")
        await work.execute(
            update(ReportSet)
            .where(ReportSet.school_id == work.viewer.school_id, ReportSet.id == number)
            .values(state=SetState.CANCELLED, finished_at=work.now, current=None)
        )
    return number


async def file_of_set(context: Context, number: int) -> Any:
    """The digest and size of a set's file, for its owner; None where there is none, or where one of its reports is not
    theirs any more.
    """
    found = await context.load_key(_set_file(), (number,))
    if found is None or not found.digest:
        return None
    prints = [Print.of_kept(each) for each in found.prints]
    return found if len(await _open(context, prints)) == len(prints) else None


async def period_named(context: Context, name: str) -> int:
    """The latest period of the name that has begun."""
    found = await _periods(context, name=name)
    if not found:
        raise bad_input(f"Нет учебного периода «{name}».", "period")
    return int(found[0].id)


async def class_named(context: Context, name: str) -> int:
    """The class of the running year with the name."""
    order = Order(ReportOf.SCHOOL, context.viewer.school_id, Asked())
    for each in await _classes(context, order):
        if f"{each.grade}{each.letter}" == name:
            return int(each.id)
    raise not_found("class")


async def noted_prints(context: Context, formats: Sequence[str], prints: Sequence[Print]) -> None:
    """Note what was printed at the command line."""
    async with command(context, "printReportSet", {"formats": list(formats), "prints": named(prints)}):
        pass


def named(prints: Sequence[Print]) -> list[dict[str, Any]]:
    """Each report, for the audit trail."""
    return [{"report": each.report, "of": each.of} for each in prints]
