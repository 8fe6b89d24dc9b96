"""The command that puts a topic on a lesson by hand."""

from sqlalchemy import select, update

from models.curriculum_topics import Topic
from models.timetable import Lesson
from permissions.timetable_topics import lessons_to_place
from rules.journal import check_not_cancelled
from rules.refusals import not_found

from .commands import among, check_version, command
from .context import Context
from .journal_writing import enter
from .timetable_topics import assigned_plans, hold_topics, place_topics


async def place_topic(context: Context, lesson_id: int, topic_id: int, if_version: int | None) -> int:
    """Put a topic of the group's plan on a lesson; the lessons to come after it go on from there.

    On a lesson that has been held, or that the teacher has worded, the wording stays.
    """
    given = {"lesson": lesson_id, "topic": topic_id}
    async with command(context, "placeTopic", given) as work:
        mine = lessons_to_place(work.viewer).where(Lesson.id == lesson_id)
        pair = await work.one(mine, "lessonId")
        pairs = [(pair.group_id, pair.subject_id)]
        await hold_topics(work, work.viewer.school_id, [pair.group_id])
        assignments = await assigned_plans(work, work.viewer.school_id, pairs)
        lesson = await work.one(mine.with_for_update(key_share=True, of=Lesson), "lessonId")
        await enter(work, {lesson_id: "lessonId"})
        check_not_cancelled(lesson.state, "lessonId")
        check_version(if_version, lesson.version)
        plans = [
            each.plan_id
            for each in assignments
            if each.starts_on <= lesson.date and (each.ends_on is None or lesson.date <= each.ends_on)
        ]
        topics = {
            row.id: row.name
            for row in await work.fetch(
                select(Topic.id, Topic.name).where(
                    Topic.school_id == work.viewer.school_id,
                    among(Topic.id, [topic_id, *([lesson.topic_id] if lesson.topic_id else [])]),
                    among(Topic.plan_id, plans) | (Topic.id == lesson.topic_id),
                )
            )
        }
        if topic_id not in topics:
            raise not_found("topicId")
        worded = lesson.topic is not None and lesson.topic != topics.get(lesson.topic_id)
        wanted = {
            "topic_id": topic_id,
            "topic_pinned": True,
            "topic": lesson.topic if worded else topics[topic_id],
        }
        if any(lesson[name] != value for name, value in wanted.items()):
            await work.execute(
                update(Lesson)
                .where(Lesson.school_id == work.viewer.school_id, Lesson.id == lesson_id)
                .values(**wanted, version=Lesson.version + 1, **work.stamp)
            )
            await place_topics(work, work.viewer.school_id, pairs, work.today)
    return lesson_id
