"""Commands on periods as a whole: close and reopen them for classes; and the rules that marks are proposed by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update

from models.curriculum import Period, SchoolClass, Subject
from models.journal_finals import MarkRule, PeriodClosing
from permissions.journal_finals import cell, cells, classes_to_close, rules_to_set
from permissions.scopes import of_school
from rules.journal import COMMENT_LENGTH, check_text
from rules.journal_finals import UNGRADED, check_over, check_rule, period_closed
from rules.journal_finals import MarkRule as Rule
from rules.refusals import Refusal, RefusalCode, not_found

from .commands import Work, among, check_version, command, take_turn
from .context import Context


async def closings_of(work: Work, classes: Iterable[int], period_id: int | None = None) -> dict[tuple[int, int], int]:
    """The closings that stand: class and period to the closing's number."""
    query = select(PeriodClosing.id, PeriodClosing.class_id, PeriodClosing.period_id).where(
        *(PeriodClosing.school_id == work.viewer.school_id, PeriodClosing.reopened_at.is_(None)),
        among(PeriodClosing.class_id, set(classes)),
    )
    if period_id is not None:
        query = query.where(PeriodClosing.period_id == period_id)
    return {(row.class_id, row.period_id): row.id for row in await work.fetch(query)}


async def check_periods_open(work: Work, filled: Mapping[str, Any]) -> None:
    """Refuse a mark of a period that is closed for its class. filled: input field to cell, their classes locked."""
    closed = await closings_of(work, {row.class_id for row in filled.values()})
    for field, row in filled.items():
        if (row.class_id, row.period_id) in closed:
            raise period_closed(field, closed[row.class_id, row.period_id])


async def _classes(work: Work, period_id: int, classes: Sequence[int] | None) -> dict[int, Any]:
    """The classes, locked, that the period is one of: those named, or all of the school."""
    query = classes_to_close(work.viewer).where(Period.id == period_id)
    if classes is not None:
        query = query.where(among(SchoolClass.id, classes))
    found = {row.id: row for row in await work.reach(query)}
    if not found and classes is None:
        raise not_found("periodId")
    for position, number in enumerate(classes or ()):
        if number not in found:
            raise not_found(f"classIds.{position}")
    return found


async def close_period(context: Context, period_id: int, classes: Sequence[int] | None, with_gaps: bool) -> list[int]:
    """Close a period for classes, or for all that are divided so: what was written in it stays as it is (7.7, 7.11).

    Gives the numbers of the closings, of those that stood already as well. Refused while marks are missing, unless
    `with_gaps`. Whoever is just writing in these journals is waited for.
    """
    given = {"period": period_id, "classes": classes, "withGaps": with_gaps}
    async with command(context, "closePeriod", given) as work:
        found = await _classes(work, period_id, classes)
        for number in found:
            key = func.hashtextextended(literal(f"journal of class {number}"), 0)
            await work.fetch(select(func.pg_advisory_xact_lock(key)))
        for row in found.values():
            check_over(row.ends_on, work.today, "periodId")
        standing = await closings_of(work, found, period_id)
        new = [number for number in found if (number, period_id) not in standing]
        if not with_gaps:
            await _check_complete(work, period_id, [each for each in new if found[each].grade > UNGRADED])
        if new:
            values = {"school_id": work.viewer.school_id, "period_id": period_id}
            moment = {"closed_at": work.now, "closed_by": work.viewer.account_id}
            await work.execute(insert(PeriodClosing).values([{**values, "class_id": each, **moment} for each in new]))
            standing = await closings_of(work, found, period_id)
        return [standing[number, period_id] for number in found]


async def _check_complete(work: Work, period_id: int, classes: Sequence[int]) -> None:
    """Refuse to close while marks of the period are missing; the classes that lack some are named."""
    if not classes:
        return
    lacking = await work.reach(
        cells(cell.period_id == period_id, among(cell.class_id, classes), cell.mark_id.is_(None))
        .with_only_columns(cell.class_id, func.count().label("missing"))
        .group_by(cell.class_id)
        .order_by(cell.class_id)
    )
    if lacking:
        message = (
            f"Не поставлено отметок за период: {sum(row.missing for row in lacking)}. Поставьте их, или закройте "
            "период с пропусками."
        )
        objects = tuple(("SchoolClass", row.class_id) for row in lacking)
        raise Refusal(RefusalCode.PERIOD_INCOMPLETE, message, "periodId", "7.7", objects)


async def reopen_period(context: Context, period_id: int, classes: Sequence[int] | None, reason: str) -> list[int]:
    """Open a closed period again for classes, or for all for which it is closed; the reason is kept for ever (7.11)."""
    given = {"period": period_id, "classes": classes, "reason": reason}
    async with command(context, "reopenPeriod", given) as work:
        check_text(reason, COMMENT_LENGTH, "reason", required=True)
        found = await _classes(work, period_id, classes)
        standing = await closings_of(work, found, period_id)
        for position, number in enumerate(classes or ()):
            if (number, period_id) not in standing:
                raise _not_closed(f"classIds.{position}")
        if not standing:
            raise _not_closed("periodId")
        numbers = sorted(standing.values())
        await work.execute(
            update(PeriodClosing)
            .where(PeriodClosing.school_id == work.viewer.school_id, among(PeriodClosing.id, numbers))
            .values(reopened_at=work.now, reopened_by=work.viewer.account_id, reason=reason)
        )
        return numbers


def _not_closed(field: str) -> Refusal:
    return Refusal(RefusalCode.PERIOD_NOT_CLOSED, "Период не закрыт: открывать нечего.", field)


async def set_mark_rule(context: Context, subject_id: int | None, rule: Rule, if_version: int | None) -> int:
    """Say how marks are proposed in a subject, or (None) in all that have no rule of their own."""
    values = {"round_up_from": rule.round_up_from, "weighted": rule.weighted, "fewest": rule.fewest}
    async with command(context, "setMarkRule", {"subject": subject_id, **values}) as work:
        # A rule that is not there yet cannot be locked: the table is small, and deputies are few.
        await take_turn(work, work.viewer.school_id, "mark rules")
        check_rule(rule.round_up_from, rule.fewest)
        school = work.viewer.school_id
        if subject_id is not None:
            known = select(Subject.id).where(Subject.school_id == school, Subject.id == subject_id)
            if await work.first(known.with_for_update(read=True, key_share=True)) is None:
                raise not_found("subjectId")
        rows = await work.reach(rules_to_set(work.viewer).where(MarkRule.subject_id.is_not_distinct_from(subject_id)))
        check_version(if_version, rows[0].version if rows else 0)
        if not rows:
            new = insert(MarkRule).values(school_id=school, subject_id=subject_id, **values, version=1, **work.stamp)
            return int((await work.first(new.returning(MarkRule.id))).id)
        if any(rows[0][name] != value for name, value in values.items()):
            mine = (MarkRule.school_id == school, MarkRule.id == rows[0].id)
            await work.execute(
                update(MarkRule).where(*mine).values(**values, version=MarkRule.version + 1, **work.stamp)
            )
        return int(rows[0].id)


async def remove_mark_rule(context: Context, rule_id: int, if_version: int | None) -> int:
    """Take a rule away: the school's applies then, or the usual one."""
    async with command(context, "removeMarkRule", {"rule": rule_id}) as work:
        rule = await work.one(rules_to_set(work.viewer).where(MarkRule.id == rule_id), "ruleId")
        check_version(if_version, rule.version)
        await work.execute(
            delete(MarkRule).where(of_school(MarkRule), MarkRule.id == rule_id), **work.viewer.parameters()
        )
    return rule_id
