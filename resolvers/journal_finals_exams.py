"""The command that says when the results of an exam are announced (7.10)."""

from datetime import date

from sqlalchemy import delete, insert, update

from models.curriculum import SchoolClass
from models.journal_finals import ExamDate
from permissions.journal_finals import classes_to_examine, exam_dates_to_set, teaching_of
from permissions.scopes import of_school
from rules.journal_finals import check_announced, no_exam

from .commands import check_version, command, take_turn
from .context import Context


async def set_exam_date(
    context: Context, class_id: int, subject_id: int, announced_on: date | None, if_version: int | None
) -> int | None:
    """Say on which day the results of a class's exam in a subject are announced, or (None) that there is no exam."""
    given = {"class": class_id, "subject": subject_id, "announcedOn": announced_on}
    async with command(context, "setExamDate", given) as work:
        # A day that is not there yet cannot be locked: they are few.
        await take_turn(work, work.viewer.school_id, "days of exams")
        of = await work.one(classes_to_examine(work.viewer).where(SchoolClass.id == class_id), "classId")
        if not await work.reach(teaching_of(class_id, subject_id)):
            raise no_exam("subjectId")
        if announced_on is not None:
            check_announced(announced_on, (of.starts_on, of.ends_on), "announcedOn")
        mine = (ExamDate.class_id == class_id, ExamDate.subject_id == subject_id)
        rows = await work.reach(exam_dates_to_set(work.viewer).where(*mine))
        check_version(if_version, rows[0].version if rows else 0)
        stands = (of_school(ExamDate), *mine)
        if announced_on is None:
            await work.execute(delete(ExamDate).where(*stands), **work.viewer.parameters())
            return None
        if not rows:
            slot = {"school_id": work.viewer.school_id, "class_id": class_id, "subject_id": subject_id}
            new = insert(ExamDate).values(**slot, announced_on=announced_on, version=1, **work.stamp)
            return int((await work.first(new.returning(ExamDate.id))).id)
        if rows[0].announced_on != announced_on:
            values = {"announced_on": announced_on, "version": ExamDate.version + 1, **work.stamp}
            await work.execute(update(ExamDate).where(*stands).values(**values), **work.viewer.parameters())
        return int(rows[0].id)
