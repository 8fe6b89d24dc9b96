"""Commands on mismatch reports (6.4): report, answer, close, take up again."""

from collections.abc import Sequence

from sqlalchemy import insert, update

from models.curriculum import StudyGroup, TeachingAssignment
from models.timetable_mismatches import MismatchDate, MismatchReport, MismatchStep
from permissions.timetable_mismatches import (
    groups_to_check,
    journals_to_check,
    mismatches_to_answer,
    mismatches_to_settle,
)
from rules.journal import COMMENT_LENGTH, check_text
from rules.timetable_mismatches import (
    MismatchState,
    MismatchStepKind,
    NamedDate,
    check_dates,
    not_checked,
    state_after,
)

from .commands import check_version, command
from .context import Context


async def report_mismatch(
    context: Context,
    group_id: int,
    subject_id: int,
    dates: Sequence[NamedDate],
    comment: str | None,
    key: str | None,
) -> int:
    """Report that dates of a group's journal in a subject do not fit, or are not there (6.4)."""
    named = [[each.date, each.kind, each.should_be] for each in dates]
    given = {"group": group_id, "subject": subject_id, "dates": named, "comment": comment}
    async with command(context, "reportMismatch", given, key=key) as work:
        group = await work.one(groups_to_check(work.viewer).where(StudyGroup.id == group_id), "groupId")
        if work.repeated:
            return int(work.answer)
        journal = journals_to_check(work.viewer).where(
            TeachingAssignment.group_id == group_id, TeachingAssignment.subject_id == subject_id
        )
        if not await work.reach(journal):
            raise not_checked("subjectId")
        check_dates(dates, (group.starts_on, group.ends_on))
        check_text(comment, COMMENT_LENGTH, "comment")
        of = {"school_id": work.viewer.school_id}
        row = await work.first(
            insert(MismatchReport)
            .values(
                **of,
                group_id=group_id,
                subject_id=subject_id,
                state=MismatchState.OPEN,
                comment=comment,
                reported_at=work.now,
                reported_by=work.viewer.account_id,
                version=1,
                **work.stamp,
            )
            .returning(MismatchReport.id)
        )
        await work.execute(
            insert(MismatchDate).values(
                [
                    {
                        **of,
                        "report_id": row.id,
                        "date": each.date,
                        "kind": each.kind,
                        "should_be": each.should_be,
                    }
                    for each in dates
                ]
            )
        )
        return int(await work.done(row.id))


async def answer_mismatch(
    context: Context, report_id: int, answer: str, if_version: int | None, key: str | None
) -> int:
    """Say what has been done about a report: the timetable is corrected, or the journal is right (6.4)."""
    return await _step(
        context, "answerMismatch", MismatchStepKind.ANSWERED, report_id, "answer", answer, if_version, key
    )


async def close_mismatch(
    context: Context, report_id: int, comment: str | None, if_version: int | None, key: str | None
) -> int:
    """Close a report that has been answered."""
    return await _step(
        context, "closeMismatch", MismatchStepKind.CLOSED, report_id, "comment", comment, if_version, key
    )


async def reopen_mismatch(
    context: Context, report_id: int, reason: str, if_version: int | None, key: str | None
) -> int:
    """Take up a report again: its dates do not fit, whatever was answered."""
    return await _step(
        context, "reopenMismatch", MismatchStepKind.REOPENED, report_id, "reason", reason, if_version, key
    )


async def _step(
    context: Context,
    name: str,
    kind: MismatchStepKind,
    report_id: int,
    field: str,
    text: str | None,
    if_version: int | None,
    key: str | None,
) -> int:
    """Take a step: the report's state and the step that led to it are one. field: what the input calls the text."""
    async with command(context, name, {"mismatch": report_id, field: text}, key=key) as work:
        reached = mismatches_to_answer if kind is MismatchStepKind.ANSWERED else mismatches_to_settle
        report = await work.one(reached(work.viewer).where(MismatchReport.id == report_id), "mismatchId")
        if work.repeated:
            return int(work.answer)
        check_version(if_version, report.version)
        state = state_after(report.state, kind, "mismatchId")
        check_text(text, COMMENT_LENGTH, field, required=kind is not MismatchStepKind.CLOSED)
        await work.execute(
            update(MismatchReport)
            .where(MismatchReport.school_id == report.school_id, MismatchReport.id == report_id)
            .values(state=state, version=MismatchReport.version + 1, **work.stamp)
        )
        await work.execute(
            insert(MismatchStep).values(
                school_id=report.school_id,
                report_id=report_id,
                kind=kind,
                text=text,
                made_at=work.now,
                made_by=work.viewer.account_id,
            )
        )
        return int(await work.done(report_id))
