"""The control of journals on paper: by teachers, classes and subjects, with each check and the weeks (7.11)."""

from collections.abc import Mapping, Sequence

from documents.tables import Cell, Chart, Column, Kind, Line, Paper, Style, Table
from rules.curriculum import class_name
from rules.journal_print import long_days
from rules.refusals import not_found
from rules.report import ABOUT, Report
from rules.report_control import ASPECT_FORMULA, ASPECTS, CHECKS, ControlBy, formula
from rules.report_daily import check_days
from rules.report_figures import rounded_change

from . import curriculum, school
from .context import Context
from .report import Asked
from .report_control import NARROWED, AskedControl, ControlFigures, ControlRow, JournalControl, journal_control
from .report_names import Names
from .together import Together

_ABOUT = ABOUT[Report.JOURNAL_CONTROL]
_TITLES = {ControlBy.STAFF: "Учителя", ControlBy.SCHOOL_CLASS: "Классы", ControlBy.SUBJECT: "Предметы"}
_FIRST = {ControlBy.STAFF: "Учитель", ControlBy.SCHOOL_CLASS: "Класс", ControlBy.SUBJECT: "Предмет"}
_OF = {
    ControlBy.STAFF: (school.staff_of, "staffId"),
    ControlBy.SCHOOL_CLASS: (curriculum.class_of, "classId"),
    ControlBy.SUBJECT: (curriculum.subject_of, "subjectId"),
}
LEGEND = (
    f"Полнота, своевременность и правильность: {ASPECT_FORMULA}.",
    "Изменение — в процентных пунктах, к стольким же дням непосредственно перед этими. Не так — сколько найдено того, "
    "что может быть исправлено. После закрытия — уроки, исправленные с разрешения (7.6).",
    "Первыми стоят те, у кого хуже.",
)
_NARROW = 15


def _columns(by: ControlBy) -> list[Column]:
    aspects = [
        Column(word, kind, _NARROW, title.removesuffix(", %"), upright=len(word) > 1)
        for title in ASPECTS.values()
        for word, kind in (("%", Kind.DECIMAL), ("случаев", Kind.NUMBER), ("изменение", Kind.DECIMAL))
    ]
    more = (Column(title, Kind.NUMBER, _NARROW, upright=True) for title in ("Не так", "После закрытия"))
    return [Column(_FIRST[by]), *aspects, *more]


def _cells(row: ControlRow, before: ControlFigures) -> list[Cell]:
    cells: list[Cell] = []
    for aspect in ASPECTS:
        now, then = row.figures.of(aspect), before.of(aspect)
        cells += [now.value, now.cases, rounded_change(now.share.exact, then.share.exact)]
    faults = sum(share.cases - share.good for check, share in row.figures.tally.items() if CHECKS[check].fault)
    return [*cells, faults, row.corrections]


async def _named(context: Context, by: ControlBy, ids: Sequence[int]) -> dict[int, str]:
    """Names of teachers, classes or subjects, by number."""
    names = Names(context, _ABOUT.roles)
    match by:
        case ControlBy.STAFF:
            return await names.staff(ids)
        case ControlBy.SUBJECT:
            return await names.subjects(ids)
        case _:
            rows = await Together(context, _ABOUT.roles).all(curriculum.class_of(), ((each,) for each in ids))
            return {key[0]: class_name(row.grade, row.letter) if row else "—" for key, row in rows.items()}


async def _names(context: Context, control: JournalControl) -> dict[int | None, str]:
    """What the rows are of, by number."""
    by = control.asked.by
    found = await _named(context, by, [row.key[0] for row in control.rows if row.key[0] is not None])
    nobody = "Все предметы" if by is ControlBy.SUBJECT else "Никто не назначен"
    return {None: nobody} | dict(found.items())


async def _narrowed(context: Context, given: Mapping[str, int]) -> list[tuple[str, str]]:
    """Of whom, of which class and in which subject it is; `NOT_FOUND` where there is no such one here."""
    facts: list[tuple[str, str]] = []
    for by, column in NARROWED.items():
        if column in given:
            number = given[column]
            edge_of, field = _OF[by]
            if await Together(context, _ABOUT.roles).one(edge_of(), number) is None:
                raise not_found(field)
            facts.append((_FIRST[by], (await _named(context, by, [number]))[number]))
    return facts


async def _table(context: Context, control: JournalControl) -> Table:
    names = await _names(context, control)
    lines = [Line([names[row.key[0]], *_cells(row, await row.before(context))]) for row in control.rows]
    total = Line(["Всего", *_cells(control.total, await control.total.before(context))], Style.TOTAL)
    by = control.asked.by
    return Table(_columns(by), [*lines, total], title=_TITLES[by])


def _checks(figures: ControlFigures) -> Table:
    columns = [
        *(Column("Пункт", width=14), Column("Что проверено"), Column("Как считается", width=100)),
        *(Column("Случаев", Kind.NUMBER, 20), Column("Хорошо", Kind.NUMBER, 20), Column("%", Kind.DECIMAL, 18)),
    ]
    lines: list[Line] = []
    for aspect, title in ASPECTS.items():
        lines.append(Line([title.removesuffix(", %")], Style.HEADING))
        for each in figures.checks:
            if CHECKS[each.check].aspect is aspect:
                rule = CHECKS[each.check]
                cells: Sequence[Cell] = [rule.clause, rule.title, formula(each.check)]
                lines.append(Line([*cells, each.figure.cases, each.figure.good, each.figure.value]))
    return Table(columns, lines, title="Проверки")


async def journal_control_paper(context: Context, school_id: int, asked: Asked) -> Paper:
    """The printed report of the school, or of a teacher, a class, a subject alone: by what it is not narrowed to."""
    since, until = check_days(asked.since, asked.until)
    of = AskedControl(since, until, ControlBy.JOURNAL, asked.staff_id, asked.class_id, asked.subject_id)
    narrowed = await _narrowed(context, of.given)
    whole = await journal_control(context, of)
    total = whole.total
    weeks = total.weeks
    left = [by for by, column in NARROWED.items() if column not in of.given]
    tables = [await _table(context, whole.regrouped(by)) for by in left]
    return Paper(
        title=_ABOUT.title,
        school=await Names(context, _ABOUT.roles).school(),
        facts=[("Дни", long_days(since, until)), *narrowed],
        tables=[_checks(total.figures), *tables],
        charts=[
            Chart(
                "По неделям, %",
                [f"{week.starts_on:%d.%m}" for week in weeks],
                [
                    (title.removesuffix(", %"), [week.figures.of(aspect).value for week in weeks])
                    for aspect, title in ASPECTS.items()
                ],
                lines=True,
                least=0,
                most=100,
            )
        ],
        # A journal alone has no rows to be explained.
        legend=LEGEND if tables else LEGEND[:1],
        signers=[("Заместитель директора", "")],
        landscape=True,
    )
