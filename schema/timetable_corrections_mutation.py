"""What deputies correct in the timetable from day to day (6.5)."""

from datetime import date as day
from datetime import time
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.timetable_corrections import CORRECTORS
from resolvers import timetable
from resolvers import timetable_corrections_commands as commands
from rules.refusals import bad_input

from .base import Info, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .timetable import Lesson

MAY_CORRECT = gate(CORRECTORS)

_LESSON = "Урок."
_REASON = "Почему; видят завуч, директор, учителя урока и классный руководитель."
_STARTS = "Начало, по времени школы; без него — по звонкам смены."
_ENDS = "Конец, по времени школы; указывается вместе с началом."


@strawberry.type
class OfLesson(Written):
    lesson: Lesson | None = written(Lesson, "Урок, каким он стал.")


@strawberry.type(description="Урок перенесён.")
class MoveLessonPayload(OfLesson):
    pass


@strawberry.type(description="Урок отменён.")
class CancelLessonPayload(OfLesson):
    pass


@strawberry.type(description="Отменённый урок возвращён.")
class RestoreLessonPayload(OfLesson):
    pass


@strawberry.type(description="Урок добавлен.")
class AddLessonPayload(OfLesson):
    pass


@strawberry.type(description="Урок заменён другим.")
class ReplaceLessonPayload(OfLesson):
    pass


@strawberry.type(description="Учителя на уроке заменяют.")
class SubstituteLessonPayload(OfLesson):
    pass


@strawberry.type(description="Замена снята.")
class EndSubstitutionPayload(OfLesson):
    pass


@strawberry.type(description="Кабинет изменён.")
class ChangeRoomPayload(OfLesson):
    pass


@strawberry.type
class OfLessons:
    lesson_ids: strawberry.Private[list[int]]

    @resolved("Уроки в порядке ввода.", only=gate(timetable.lesson_of.scope.roles))
    async def lessons(self, info: Info) -> list[Lesson]:
        found: list[Any] = await timetable.lessons_by_number(info.context, self.lesson_ids)
        return found


@strawberry.type(description="Учителей на уроках заменяют, на всех до одного.")
class SubstituteLessonsPayload(OfLessons):
    pass


@strawberry.type(description="Замены сняты, все до одной.")
class EndSubstitutionsPayload(OfLessons):
    pass


@strawberry.input(description="Перенос урока. Меняется только то, что передано.")
class MoveLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    reason: str = strawberry.field(description=_REASON)
    date: day | None = strawberry.field(default=UNSET, description="На какой день.")
    number: int | None = strawberry.field(default=UNSET, description="Каким уроком.")
    room_id: strawberry.ID | None = strawberry.field(default=UNSET, description="В какой кабинет; null — без кабинета.")
    starts_at: time | None = strawberry.field(default=UNSET, description=_STARTS)
    ends_at: time | None = strawberry.field(default=UNSET, description=_ENDS)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отмена урока.")
class CancelLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    reason: str = strawberry.field(description=_REASON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Возвращение отменённого урока.")
class RestoreLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    reason: str | None = strawberry.field(default=None, description=_REASON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Урок сверх недельного расписания.")
class AddLessonInput:
    group_id: strawberry.ID = strawberry.field(description="Класс целиком или подгруппа.")
    subject_id: strawberry.ID = strawberry.field(description="Предмет, который в ней ведётся.")
    date: day = strawberry.field(description="День.")
    number: int = strawberry.field(description="Каким уроком.")
    reason: str = strawberry.field(description=_REASON)
    teacher_id: strawberry.ID | None = strawberry.field(
        default=None, description="Кто из тех, кто ведёт предмет в группе; без него — первый из них."
    )
    room_id: strawberry.ID | None = strawberry.field(default=None, description="Кабинет.")
    starts_at: time | None = strawberry.field(default=None, description=_STARTS)
    ends_at: time | None = strawberry.field(default=None, description=_ENDS)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Другой предмет или другой учитель той же группы вместо этого урока.")
class ReplaceLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    subject_id: strawberry.ID = strawberry.field(description="Предмет, который ведётся в группе.")
    reason: str = strawberry.field(description=_REASON)
    teacher_id: strawberry.ID | None = strawberry.field(
        default=None, description="Кто из тех, кто ведёт предмет в группе; без него — первый из них."
    )
    room_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Кабинет; без него — прежний.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Замена учителя на уроке.")
class SubstituteLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    staff_id: strawberry.ID = strawberry.field(description="Кто заменяет.")
    reason: str = strawberry.field(description=_REASON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Кто на каком уроке заменяет учителя.")
class SubstitutionInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    staff_id: strawberry.ID = strawberry.field(description="Кто заменяет.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Замены на нескольких уроках: назначаются все или ни одной.")
class SubstituteLessonsInput:
    entries: list[SubstitutionInput] = strawberry.field(description="Уроки и те, кто заменяет.")
    reason: str = strawberry.field(description=_REASON)


@strawberry.input(description="Снятие замены: урок ведёт сам учитель.")
class EndSubstitutionInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    reason: str | None = strawberry.field(default=None, description=_REASON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="На каком уроке снять замену.")
class EndedSubstitutionInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Снятие замен на нескольких уроках: снимаются все или ни одной.")
class EndSubstitutionsInput:
    entries: list[EndedSubstitutionInput] = strawberry.field(description="Уроки.")
    reason: str | None = strawberry.field(default=None, description=_REASON)


@strawberry.input(description="Другой кабинет.")
class ChangeRoomInput:
    lesson_id: strawberry.ID = strawberry.field(description=_LESSON)
    room_id: strawberry.ID | None = strawberry.field(description="Кабинет; null — без кабинета.")
    reason: str | None = strawberry.field(default=None, description=_REASON)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _given(required: tuple[str, ...], **values: Any) -> dict[str, Any]:
    """Only what was sent; what a lesson cannot be without must not be null."""
    found = {name: value for name, value in values.items() if value is not UNSET}
    for name in required:
        if name in found and found[name] is None:
            raise bad_input("Это поле нельзя оставить пустым.", name)
    return found


def _room(value: Any) -> Any:
    return value if value is UNSET else optional_number("Room", value, "roomId")


def _times(starts_at: Any, ends_at: Any) -> dict[str, Any]:
    """Times that were given: both null is as good as none."""
    return {n: v for n, v in (("starts_at", starts_at), ("ends_at", ends_at)) if v is not UNSET and v is not None}


@strawberry.type
class CorrectionsMutation:
    @command(MAY_CORRECT, "Перенести урок на другой день, номер, время или в другой кабинет (6.5).")
    async def move_lesson(self, info: Info, input: MoveLessonInput) -> MoveLessonPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        to = _given(("date", "number"), date=input.date, number=input.number, room_id=_room(input.room_id))
        to |= _times(input.starts_at, input.ends_at)
        await commands.move_lesson(info.context, lesson, to, input.reason, input.if_version)
        return MoveLessonPayload(number=lesson)

    @command(MAY_CORRECT, "Отменить урок, на котором ещё ничего не записано (6.5).")
    async def cancel_lesson(self, info: Info, input: CancelLessonInput) -> CancelLessonPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        await commands.cancel_lesson(info.context, lesson, input.reason, input.if_version)
        return CancelLessonPayload(number=lesson)

    @command(MAY_CORRECT, "Вернуть отменённый урок, если его место свободно (6.5).")
    async def restore_lesson(self, info: Info, input: RestoreLessonInput) -> RestoreLessonPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        await commands.restore_lesson(info.context, lesson, input.reason, input.if_version)
        return RestoreLessonPayload(number=lesson)

    @command(MAY_CORRECT, "Добавить урок сверх недельного расписания (6.5).")
    async def add_lesson(self, info: Info, input: AddLessonInput) -> AddLessonPayload:
        more = {
            "teacher_id": optional_number("Staff", input.teacher_id, "teacherId"),
            "room_id": optional_number("Room", input.room_id, "roomId"),
            **_times(input.starts_at, input.ends_at),
        }
        lesson = await commands.add_lesson(
            info.context,
            number("StudyGroup", input.group_id, "groupId"),
            number("Subject", input.subject_id, "subjectId"),
            input.date,
            input.number,
            more,
            input.reason,
            input.idempotency_key,
        )
        return AddLessonPayload(number=lesson)

    @command(MAY_CORRECT, "Провести в это время другой урок той же группы (6.5).")
    async def replace_lesson(self, info: Info, input: ReplaceLessonInput) -> ReplaceLessonPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        await commands.replace_lesson(
            info.context,
            lesson,
            number("Subject", input.subject_id, "subjectId"),
            optional_number("Staff", input.teacher_id, "teacherId"),
            _given((), room_id=_room(input.room_id)),
            input.reason,
            input.if_version,
        )
        return ReplaceLessonPayload(number=lesson)

    @command(MAY_CORRECT, "Назначить того, кто заменит учителя на уроке (6.5).")
    async def substitute_lesson(self, info: Info, input: SubstituteLessonInput) -> SubstituteLessonPayload:
        entry = _substitution(input, "")
        await commands.substitute_lessons(info.context, "substituteLesson", [entry], input.reason, "")
        return SubstituteLessonPayload(number=entry.lesson_id)

    @command(MAY_CORRECT, "Назначить замены на нескольких уроках: все или ни одной (6.5).")
    async def substitute_lessons(self, info: Info, input: SubstituteLessonsInput) -> SubstituteLessonsPayload:
        entries = [_substitution(each, f"entries.{n}.") for n, each in enumerate(input.entries)]
        path = "entries.{}."
        lessons = await commands.substitute_lessons(info.context, "substituteLessons", entries, input.reason, path)
        return SubstituteLessonsPayload(lesson_ids=lessons)

    @command(MAY_CORRECT, "Снять замену: права заменявшего в журнале этого урока заканчиваются (6.5).")
    async def end_substitution(self, info: Info, input: EndSubstitutionInput) -> EndSubstitutionPayload:
        entry = _ended(input, "")
        await commands.end_substitutions(info.context, "endSubstitution", [entry], input.reason, "")
        return EndSubstitutionPayload(number=entry.lesson_id)

    @command(MAY_CORRECT, "Снять замены на нескольких уроках: все или ни одной (6.5).")
    async def end_substitutions(self, info: Info, input: EndSubstitutionsInput) -> EndSubstitutionsPayload:
        entries = [_ended(each, f"entries.{n}.") for n, each in enumerate(input.entries)]
        path = "entries.{}."
        lessons = await commands.end_substitutions(info.context, "endSubstitutions", entries, input.reason, path)
        return EndSubstitutionsPayload(lesson_ids=lessons)

    @command(MAY_CORRECT, "Провести урок в другом кабинете (6.5).")
    async def change_room(self, info: Info, input: ChangeRoomInput) -> ChangeRoomPayload:
        lesson = number("Lesson", input.lesson_id, "lessonId")
        room = optional_number("Room", input.room_id, "roomId")
        await commands.change_room(info.context, lesson, room, input.reason, input.if_version)
        return ChangeRoomPayload(number=lesson)


def _substitution(given: SubstituteLessonInput | SubstitutionInput, prefix: str) -> commands.Substitution:
    return commands.Substitution(
        number("Lesson", given.lesson_id, f"{prefix}lessonId"),
        number("Staff", given.staff_id, f"{prefix}staffId"),
        given.if_version,
    )


def _ended(given: EndSubstitutionInput | EndedSubstitutionInput, prefix: str) -> commands.Substitution:
    return commands.Substitution(number("Lesson", given.lesson_id, f"{prefix}lessonId"), None, given.if_version)
