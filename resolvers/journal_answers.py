"""Answers to homework: reads, and the commands of students and teachers."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.journal import Homework
from models.journal_answers import AnswerAttachment, HomeworkAnswer
from permissions.journal_answers import (
    answers_to_review,
    homework_to_answer,
    visible_answer_attachments,
    visible_answers,
)
from rules.journal import COMMENT_LENGTH, check_not_cancelled, check_text
from rules.journal_answers import AnswerState, check_answer, check_reviewable, check_revisable

from .commands import Work, among, check_version, command
from .context import Context
from .edges_kinds import to_many
from .school_files import check_files

homework_answers = to_many(visible_answers, HomeworkAnswer.homework_id, of="id", order=(HomeworkAnswer.id,))
answer_attachments = to_many(
    visible_answer_attachments, AnswerAttachment.answer_id, of="id", order=(AnswerAttachment.id,)
)


async def answer_homework(
    context: Context, homework_id: int, text: str, files: Sequence[int], if_version: int | None, key: str | None
) -> int:
    """Answer one's homework, or revise the answer: it then says this text, and has these files and no others.

    What it said before stays in the history. Gives the answer's number.
    """
    given = {"homework": homework_id, "files": list(files)}
    async with command(context, "answerHomework", given, key=key, private={"text": text}) as work:
        homework = await work.one(homework_to_answer(work.viewer).where(Homework.id == homework_id), "homeworkId")
        if work.repeated:
            return int(work.answer)
        check_not_cancelled(homework.state, "homeworkId")
        check_answer(text)
        await check_files(work, files)
        number = await _begin(work, homework, text, if_version) or await _revise(work, homework_id, text, if_version)
        await _carry(work, number, files)
        return int(await work.done(number))


async def _begin(work: Work, homework: Homework, text: str, if_version: int | None) -> int | None:
    """The number of a first answer; None where there is one already, which is then no longer being written."""
    row = await work.first(
        upsert(HomeworkAnswer)
        .values(
            school_id=work.viewer.school_id,
            homework_id=homework.id,
            lesson_id=homework.lesson_id,
            lesson_date=homework.lesson_date,
            student_id=work.viewer.student_id,
            text=text,
            state=AnswerState.SENT,
            answered_at=work.now,
            version=1,
            **work.stamp,
        )
        .on_conflict_do_nothing()
        .returning(HomeworkAnswer.id)
    )
    if row is None:
        return None
    check_version(if_version, 0)
    return int(row.id)


async def _revise(work: Work, homework_id: int, text: str, if_version: int | None) -> int:
    mine = (
        HomeworkAnswer.school_id == work.viewer.school_id,
        HomeworkAnswer.homework_id == homework_id,
        HomeworkAnswer.student_id == work.viewer.student_id,
    )
    answer = await work.one(
        select(HomeworkAnswer.id, HomeworkAnswer.state, HomeworkAnswer.version)
        .where(*mine)
        .with_for_update(key_share=True),
        "homeworkId",
    )
    check_version(if_version, answer.version)
    check_revisable(answer.state)
    await work.execute(
        update(HomeworkAnswer)
        .where(*mine)
        .values(
            text=text,
            state=AnswerState.SENT,
            answered_at=work.now,
            version=HomeworkAnswer.version + 1,
            **work.stamp,
        )
    )
    return int(answer.id)


async def _carry(work: Work, answer: int, files: Sequence[int]) -> None:
    """Let the answer have these checked files, and no others."""
    await work.execute(
        update(AnswerAttachment)
        .where(
            AnswerAttachment.school_id == work.viewer.school_id,
            AnswerAttachment.answer_id == answer,
            AnswerAttachment.removed_at.is_(None),
            ~among(AnswerAttachment.file_id, files),
        )
        .values(removed_at=work.now)
    )
    if files:
        of = {"school_id": work.viewer.school_id, "answer_id": answer}
        await work.execute(
            upsert(AnswerAttachment)
            .values([{**of, "file_id": each} for each in dict.fromkeys(files)])
            .on_conflict_do_update(index_elements=["school_id", "answer_id", "file_id"], set_={"removed_at": None})
        )


async def return_answer(context: Context, answer_id: int, comment: str, if_version: int | None) -> int:
    """Return an answer to its student, saying what is to be done."""
    return await _review(context, "returnAnswer", answer_id, AnswerState.RETURNED, comment, if_version)


async def accept_answer(context: Context, answer_id: int, comment: str | None, if_version: int | None) -> int:
    """Accept an answer: it changes no more."""
    return await _review(context, "acceptAnswer", answer_id, AnswerState.ACCEPTED, comment, if_version)


async def _review(
    context: Context, name: str, answer_id: int, state: AnswerState, comment: str | None, if_version: int | None
) -> int:
    async with command(context, name, {"answer": answer_id}, private={"comment": comment}) as work:
        answer = await work.one(answers_to_review(work.viewer).where(HomeworkAnswer.id == answer_id), "answerId")
        check_version(if_version, answer.version)
        check_text(comment, COMMENT_LENGTH, "comment", required=state is AnswerState.RETURNED)
        check_reviewable(answer.state)
        await work.execute(
            update(HomeworkAnswer)
            .where(HomeworkAnswer.school_id == work.viewer.school_id, HomeworkAnswer.id == answer_id)
            .values(
                state=state,
                comment=comment,
                reviewed_at=work.now,
                reviewed_by=work.viewer.account_id,
                version=HomeworkAnswer.version + 1,
                **work.stamp,
            )
        )
    return answer_id
