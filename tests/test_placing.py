"""Topics come onto lessons in order, one lesson an hour; what is held, worded or put by hand stays (5.5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.curriculum_topics import SectionContent, TopicContent, matched
from rules.timetable_topics import LessonTopic, PlannedTopic, placed

TODAY = date(2026, 1, 15)
PLAN = [PlannedTopic(1, "Клетка", 1), PlannedTopic(2, "Ткани", 2), PlannedTopic(3, "Органы", 1)]
NAMES = {topic.id: topic.name for topic in PLAN}


def lesson(number: int, state: str = "planned", of: int | None = None, **more: object) -> LessonTopic:
    """The lesson so many days after today."""
    name = NAMES.get(of or 0)
    found = LessonTopic(number, TODAY + timedelta(days=number), state, of, name, name)
    return replace(found, **more)  # type: ignore[arg-type]


def after(lessons: Sequence[LessonTopic], plan: Sequence[PlannedTopic] = PLAN) -> list[LessonTopic]:
    """The lessons as they are once the topics are placed."""
    names, changes = {topic.id: topic.name for topic in plan}, placed(plan, lessons, TODAY)
    return [
        replace(each, topic_id=new[0], topic=new[1], pinned=new[2], planned=names.get(new[0] or 0))
        if (new := changes.get(each.id))
        else each
        for each in lessons
    ]


def topics(lessons: Sequence[LessonTopic]) -> list[int | None]:
    return [each.topic_id for each in lessons]


def test_topics_follow_each_other_one_lesson_an_hour() -> None:
    found = after([lesson(n) for n in range(6)])
    assert topics(found) == [1, 2, 2, 3, None, None]
    assert [each.topic for each in found] == ["Клетка", "Ткани", "Ткани", "Органы", None, None]


def test_a_cancelled_lesson_gives_its_topic_on() -> None:
    lessons = after([lesson(n) for n in range(4)])
    lessons[1] = replace(lessons[1], state="cancelled")
    assert topics(after(lessons)) == [1, None, 2, 2]


def test_what_was_held_stays_and_the_rest_goes_on_from_it() -> None:
    lessons = [lesson(-3, "held", 1), lesson(-2, "held", 2), lesson(-1), lesson(0), lesson(1)]
    assert placed(PLAN, lessons, TODAY) == {0: (3, "Органы", False)}, "a lesson without a topic took an hour"


def test_own_words_stay_and_take_their_hour() -> None:
    lessons = [lesson(0), lesson(1, of=2, topic="Контрольная работа"), lesson(2), lesson(3)]
    assert topics(after(lessons)) == [1, 2, 2, 3]
    assert after(lessons)[1].topic == "Контрольная работа"
    wordy = [lesson(0, topic="Повторение"), lesson(1)]
    assert topics(after(wordy)) == [None, 2]


def test_a_topic_put_by_hand_stays_and_leads_on() -> None:
    lessons = [lesson(0), lesson(1, of=3, pinned=True), lesson(2)]
    assert topics(after(lessons)) == [1, 3, None]
    lessons = [lesson(0, "held", 3), lesson(1, of=1, pinned=True), lesson(2), lesson(3)]
    assert topics(after(lessons)) == [3, 1, 2, 2]


def test_an_hour_more_holds_the_plan_up() -> None:
    lessons = [lesson(n) for n in range(5)]
    lessons[:4] = [lesson(0, "held", 1), lesson(1, "held", 2), lesson(2, "held", 2), lesson(3, of=2, pinned=True)]
    assert topics(after(lessons)) == [1, 2, 2, 2, 3]


def test_a_cancelled_lesson_hands_on_what_was_put_by_hand() -> None:
    lessons = [lesson(0), lesson(1, "cancelled", 3, pinned=True), lesson(2)]
    found = after(lessons)
    assert topics(found) == [1, 3, 3]
    assert found[1].topic is None
    found[1] = replace(found[1], state="planned")
    assert [(each.topic_id, each.topic) for each in after(found)] == [(1, "Клетка"), (3, "Органы"), (None, None)]


def test_a_renamed_topic_is_no_wording_of_the_teacher() -> None:
    lessons = [lesson(0, of=1, topic="Клетка", planned="Клетка")]
    assert placed([PlannedTopic(1, "Строение клетки", 1)], lessons, TODAY) == {0: (1, "Строение клетки", False)}


def test_without_a_plan_its_topics_go() -> None:
    lessons = [lesson(-1, of=1), lesson(0, of=2, pinned=True), lesson(1, topic="Своими словами"), lesson(2)]
    assert placed([], lessons, TODAY) == {0: (None, None, False)}


@given(
    st.lists(st.integers(1, 3), max_size=6),
    st.lists(
        st.tuples(
            st.integers(-3, 3),
            st.sampled_from(["planned", "held", "cancelled"]),
            st.one_of(st.none(), st.integers(1, 8)),
            st.sampled_from([None, "plan", "own"]),
            st.booleans(),
        ),
        max_size=12,
    ),
)
def test_placing_twice_changes_nothing(
    hours: list[int], drawn: list[tuple[int, str, int | None, str | None, bool]]
) -> None:
    plan = [PlannedTopic(number, f"Тема {number}", count) for number, count in enumerate(hours, 1)]
    names = {topic.id: topic.name for topic in plan}
    lessons = []
    for number, (day, state, topic, words, pinned) in enumerate(sorted(drawn, key=lambda each: each[0])):
        planned = names.get(topic or 0)
        text = {None: None, "plan": planned, "own": "Своими словами"}[words]
        lessons.append(LessonTopic(number, TODAY + timedelta(days=day), state, topic, text, planned, pinned))
    changes = placed(plan, lessons, TODAY)
    for each in lessons:
        if each.date < TODAY or each.state == "held" or each.topic == "Своими словами":
            assert each.id not in changes
    assert placed(plan, after(lessons, plan), TODAY) == {}
    to_come = [each for each in after(lessons, plan) if each.state == "planned" and each.date >= TODAY]
    if all(each.id in changes or each.topic_id is None for each in lessons) and not any(e.pinned for e in lessons):
        assert [t for t in topics(to_come) if t] == sorted(t for t in topics(to_come) if t), "in the plan's order"


def test_what_has_kept_its_name_keeps_its_number() -> None:
    new = [
        SectionContent("Раздел", (TopicContent("Урок"), TopicContent("урок "), TopicContent("Урок"))),
        SectionContent("РАЗДЕЛ", ()),
    ]
    found = matched(new, [("Раздел", "Урок", 7, 1), ("раздел", "Урок", 7, 2), ("Другой", "Урок", 8, 3)])
    assert [topic.id for topic in found[0].topics] == [1, 2, None]
    assert [section.id for section in found] == [7, None]
