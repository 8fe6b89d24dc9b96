"""The types, with a permission class on each field that is not for everybody who sees the row."""

from collections import defaultdict
from datetime import date as day
from datetime import time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, ClassVar

import strawberry
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import contains_eager
from strawberry.permission import BasePermission

from . import loaders
from . import models as orm
from .viewer import Context, on

Info = strawberry.Info[Context, None]
LETTERS = {
    "unexplained": "Н",
    "excused": "УП",
    "illness": "Б",
    "unexcused": "НП",
    "late": "ОП",
    "other": "ОТ",
    "exempt": "ОСВ",
}


class Roles(BasePermission):
    """Admits the roles it names."""

    message = "Forbidden"
    roles: ClassVar[frozenset[str]]

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        """Whether the viewer holds one of them."""
        return not self.roles.isdisjoint(info.context.viewer.roles)


class Anybody(Roles):
    roles = frozenset({"deputy", "director", "teacher", "parent", "student"})


class Families(Roles):
    roles = frozenset({"parent", "student"})


class Journal(Roles):
    roles = frozenset({"deputy", "director", "teacher"})


def field(*permissions: type[BasePermission]) -> Any:
    """A field with its permission classes."""
    return strawberry.field(permission_classes=list(permissions or (Anybody,)))


@strawberry.type
class Subject:
    name: str


@strawberry.type
class Staff:
    @field()
    def short_name(self) -> str:
        return self.person.short_name  # type: ignore[attr-defined]


@strawberry.type
class Mark:
    value: str
    lesson_date: day

    @strawberry.field
    def weight(self) -> int:
        return self.task.weight  # type: ignore[attr-defined]

    @field()
    async def subject(self, info: Info) -> Subject | None:
        return await info.context.loader(loaders.subjects).load(self.lesson.subject_id)  # type: ignore[attr-defined]


@strawberry.type
class Attendance:
    lesson_date: day

    @strawberry.field
    def letters(self) -> str:
        return LETTERS[self.code]  # type: ignore[attr-defined]


@strawberry.type
class Homework:
    text: str
    due_on: day | None


@strawberry.type
class LessonRecord:
    topic: str | None


@strawberry.type
class Lesson:
    date: day
    number: int

    @field()
    async def record(self, info: Info) -> LessonRecord | None:
        return await info.context.loader(loaders.records).load(self.id)  # type: ignore[attr-defined]


@strawberry.type
class DiaryLesson:
    student_id: strawberry.Private[int]
    row: strawberry.Private[orm.Lesson]
    number: int
    starts_at: time
    ends_at: time
    room: str | None
    topic: str | None

    @field()
    async def subject(self, info: Info) -> Subject | None:
        return await info.context.loader(loaders.subjects).load(self.row.subject_id)

    @field()
    async def teacher(self, info: Info) -> Staff | None:
        return await info.context.loader(loaders.teachers).load(self.row.teacher_id)

    @field()
    async def attendance(self, info: Info) -> Attendance | None:
        return await info.context.loader(loaders.cell_attendance).load((self.student_id, self.row.id))

    @field()
    async def marks(self, info: Info) -> list[Mark]:
        return await info.context.loader(loaders.cell_marks).load((self.student_id, self.row.id))

    @field()
    async def homework(self, info: Info) -> list[Homework]:
        return await info.context.loader(loaders.cell_homework).load((self.student_id, self.row.id))


@strawberry.type
class DiaryDay:
    date: day
    lessons: list[DiaryLesson]


@strawberry.type
class Diary:
    student_id: strawberry.Private[int]
    since: strawberry.Private[day]
    until: strawberry.Private[day]

    @field()
    async def days(self, info: Info) -> list[DiaryDay]:
        rows = await info.context.loader(loaders.diary_lessons, self.since, self.until).load(self.student_id)
        lessons: dict[day, list[DiaryLesson]] = defaultdict(list)
        for row in rows:
            room = row.room.name if row.room else None
            lessons[row.date].append(
                DiaryLesson(
                    student_id=self.student_id,
                    row=row,
                    number=row.number,
                    starts_at=row.starts_at,
                    ends_at=row.ends_at,
                    room=room,
                    topic=row.topic,
                )
            )
        length = (self.until - self.since).days + 1
        return [
            DiaryDay(date=each, lessons=lessons[each]) for each in (self.since + timedelta(n) for n in range(length))
        ]


@strawberry.type
class SubjectAverage:
    average: float | None
    weighted_average: float | None
    counted: int

    @field()
    async def subject(self, info: Info) -> Subject | None:
        return await info.context.loader(loaders.subjects).load(self.subject_id)  # type: ignore[attr-defined]


@strawberry.type
class MarkConnection:
    nodes: list[Mark]


@strawberry.type
class Student:
    @field()
    def name(self) -> str:
        return self.person.name  # type: ignore[attr-defined]

    @field()
    async def marks(self, info: Info, period_id: strawberry.ID, first: int) -> MarkConnection:
        loader = info.context.loader(loaders.student_marks, int(period_id), min(first, loaders.MOST))
        return MarkConnection(nodes=await loader.load(self.id))  # type: ignore[attr-defined]

    @field()
    async def averages(self, info: Info, period_id: strawberry.ID) -> list[SubjectAverage]:
        return await info.context.loader(loaders.student_averages, int(period_id)).load(self.id)  # type: ignore[attr-defined]

    @field()
    def diary(
        self,
        since: Annotated[day, strawberry.argument(name="from")],
        until: Annotated[day, strawberry.argument(name="to")],
    ) -> Diary:
        return Diary(student_id=self.id, since=since, until=until)  # type: ignore[attr-defined]


@strawberry.type
class SchoolClass:
    name: str

    @field()
    async def students(self, info: Info) -> list[Student]:
        return await info.context.loader(loaders.class_students).load(self.id)  # type: ignore[attr-defined]


@strawberry.type
class ClassConnection:
    nodes: list[SchoolClass]


@strawberry.type
class School:
    @field()
    async def classes(self, info: Info, first: int) -> ClassConnection:
        row, viewer = orm.SchoolClass, info.context.viewer
        this_year = select(orm.AcademicYear.id).where(
            orm.AcademicYear.school_id == viewer.school_id, on(viewer.today, orm.AcademicYear)
        )
        reached = viewer.any_of(("teacher", True), ("parent", row.id.in_(viewer.child_classes)))
        found = await info.context.all(
            select(row)
            .where(row.school_id == viewer.school_id, row.year_id.in_(this_year), reached)
            .order_by(row.grade, row.letter, row.id)
            .limit(min(first, loaders.MOST))
        )
        return ClassConnection(nodes=found)


@strawberry.type
class Average:
    average: float | None
    weighted_average: float | None


def _rounded(numerator: int, denominator: int) -> float:
    return float((Decimal(numerator) / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


@strawberry.type
class JournalRow:
    student: Student
    page: strawberry.Private[tuple[int, int, int]]

    @field(Journal)
    async def marks(self, info: Info) -> list[Mark]:
        return await info.context.loader(loaders.page_marks, *self.page).load(self.student.id)  # type: ignore[attr-defined]

    @field(Journal)
    async def attendance(self, info: Info) -> list[Attendance]:
        return await info.context.loader(loaders.page_attendance, *self.page).load(self.student.id)  # type: ignore[attr-defined]

    @field(Journal)
    async def average(self, info: Info) -> Average | None:
        marks = await info.context.loader(loaders.page_marks, *self.page).load(self.student.id)  # type: ignore[attr-defined]
        if not marks:
            return None
        counted = [(mark.number, mark.task.weight) for mark in marks if mark.number is not None]
        if not counted:
            return Average(average=None, weighted_average=None)
        weights = sum(weight for _, weight in counted)
        return Average(
            average=_rounded(sum(number for number, _ in counted), len(counted)),
            weighted_average=_rounded(sum(number * weight for number, weight in counted), weights),
        )


@strawberry.type
class JournalPage:
    class_id: strawberry.Private[int]
    subject_id: strawberry.Private[int]
    period: strawberry.Private[orm.Period]
    groups: strawberry.Private[list[int]]
    school_class: SchoolClass | None

    @field(Journal)
    async def subject(self, info: Info) -> Subject | None:
        return await info.context.loader(loaders.subjects).load(self.subject_id)

    @field(Journal)
    async def lessons(self, info: Info) -> list[Lesson]:
        row = orm.Lesson
        return await info.context.all(
            select(row)
            .where(
                row.school_id == info.context.viewer.school_id,
                row.group_id.in_(self.groups),
                row.subject_id == self.subject_id,
                row.date.between(self.period.starts_on, self.period.ends_on),
            )
            .order_by(row.date, row.number, row.id)
        )

    @field(Journal)
    async def rows(self, info: Info) -> list[JournalRow]:
        member, viewer = orm.GroupMembership, info.context.viewer
        members = select(member.student_id).where(
            member.school_id == viewer.school_id,
            member.group_id.in_(self.groups),
            member.starts_on <= self.period.ends_on,
            or_(member.ends_on.is_(None), member.ends_on >= self.period.starts_on),
        )
        students = await info.context.all(
            select(orm.Student)
            .join(orm.Student.person)
            .options(contains_eager(orm.Student.person))
            .where(viewer.students(), orm.Student.id.in_(members))
            .order_by(orm.Person.sort_key, orm.Student.id)
        )
        page = (self.class_id, self.subject_id, self.period.id)
        return [JournalRow(student=student, page=page) for student in students]


@strawberry.type
class Me:
    @field(Families)
    async def children(self, info: Info) -> list[Student]:
        viewer = info.context.viewer
        return await info.context.all(
            select(orm.Student)
            .join(orm.Student.person)
            .options(contains_eager(orm.Student.person))
            .where(orm.Student.school_id == viewer.school_id, orm.Student.id.in_(viewer.children))
            .order_by(orm.Person.sort_key, orm.Student.id)
        )


@strawberry.type
class Query:
    @field()
    def me(self) -> Me:
        return Me()

    @field()
    async def school(self, info: Info) -> School | None:
        found = await info.context.all(select(orm.School).where(orm.School.school_id == info.context.viewer.school_id))
        return found[0] if found else None

    @field()
    async def school_class(self, info: Info, id: strawberry.ID) -> SchoolClass | None:
        return await _class(info, int(id))

    @field(Journal)
    async def journal_page(
        self, info: Info, class_id: strawberry.ID, subject_id: strawberry.ID, period_id: strawberry.ID
    ) -> JournalPage | None:
        viewer, assigned, group = info.context.viewer, orm.TeachingAssignment, orm.StudyGroup
        taught = [
            each
            for each, subject in zip(viewer.taught_groups, viewer.taught_subjects, strict=True)
            if subject == int(subject_id)
        ]
        groups = await info.context.all(
            select(group.id).where(
                group.school_id == viewer.school_id,
                group.class_id == int(class_id),
                exists().where(
                    assigned.school_id == group.school_id,
                    assigned.group_id == group.id,
                    assigned.subject_id == int(subject_id),
                ),
                viewer.any_of(("teacher", or_(group.id.in_(taught), group.class_id.in_(viewer.led_classes)))),
            )
        )
        periods = await info.context.all(
            select(orm.Period).where(and_(orm.Period.school_id == viewer.school_id, orm.Period.id == int(period_id)))
        )
        if not groups or not periods:
            return None
        return JournalPage(
            class_id=int(class_id),
            subject_id=int(subject_id),
            period=periods[0],
            groups=groups,
            school_class=await _class(info, int(class_id)),
        )


async def _class(info: Info, class_id: int) -> Any:
    row, viewer = orm.SchoolClass, info.context.viewer
    found = await info.context.all(
        select(row).where(
            row.school_id == viewer.school_id,
            row.id == class_id,
            viewer.any_of(("teacher", True), ("parent", row.id.in_(viewer.child_classes))),
        )
    )
    return found[0] if found else None
