"""Who asks, what they may see as SQL conditions, and the session and loaders of their request."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jwt
from sqlalchemy import and_, exists, false, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from strawberry.dataloader import DataLoader

from .models import (
    ClassLeadership,
    Enrolment,
    GroupMembership,
    Homework,
    HomeworkRecipient,
    Lesson,
    Staff,
    Student,
    StudyGroup,
    Subject,
    TeachingAssignment,
)

SECRET = os.environ["CLASSBOOK_SECRET"]
SHIFT = datetime.fromisoformat(os.environ["CLASSBOOK_NOW"]) - datetime.now(UTC)
VIEWER = Path(os.environ["VIEWER_SQL"]).read_text()

REACHES = ("children", "child_classes", "child_groups", "led_classes", "taught_groups", "taught_subjects")


@dataclass
class Viewer:
    """Whoever asks: their roles, and what these reach."""

    school_id: int
    today: date
    roles: set[str]
    guardian_id: int | None
    children: list[int]
    child_classes: list[int]
    child_groups: list[int]
    led_classes: list[int]
    taught_groups: list[int]
    taught_subjects: list[int]

    @property
    def everything(self) -> bool:
        """Whether every row of the school is theirs to see."""
        return bool(self.roles & {"deputy", "director"})

    def any_of(self, *arms: tuple[str, Any]) -> Any:
        """The union of the conditions of the roles held; true for those who see everything."""
        if self.everything:
            return true()
        return or_(false(), *(condition for role, condition in arms if role in self.roles))

    def groups_of(self, classes: list[int]) -> Any:
        """The groups of classes."""
        return select(StudyGroup.id).where(StudyGroup.school_id == self.school_id, StudyGroup.class_id.in_(classes))

    def own_lesson(self) -> Any:
        """That the viewer teaches the lesson's subject to its group, or leads its class."""
        taught = list(zip(self.taught_groups, self.taught_subjects, strict=True))
        return or_(
            tuple_(Lesson.group_id, Lesson.subject_id).in_(taught),
            Lesson.group_id.in_(self.groups_of(self.led_classes)),
        )

    def led_now(self) -> Any:
        """The students of the classes that the viewer leads, today."""
        return select(Enrolment.student_id).where(
            Enrolment.school_id == self.school_id, Enrolment.class_id.in_(self.led_classes), on(self.today, Enrolment)
        )

    def students(self) -> Any:
        """Which students: taught or led for a teacher, the own children for a parent."""
        members, school = GroupMembership, self.school_id
        taught = select(members.student_id).where(members.school_id == school, members.group_id.in_(self.taught_groups))
        led = select(Enrolment.student_id).where(
            Enrolment.school_id == school, Enrolment.class_id.in_(self.led_classes)
        )
        own = self.any_of(
            ("teacher", or_(Student.id.in_(taught), Student.id.in_(led))), ("parent", Student.id.in_(self.children))
        )
        return and_(Student.school_id == school, own)

    def at_lessons(self, model: Any) -> Any:
        """Which marks or absences, `model`'s, joined to their lesson."""
        own = self.any_of(
            ("teacher", or_(self.own_lesson(), model.student_id.in_(self.led_now()))),
            ("parent", model.student_id.in_(self.children)),
        )
        return and_(model.school_id == self.school_id, own)

    def attended(self, students: Any) -> Any:
        """That one of the students was in the lesson's group on its day."""
        return exists().where(
            GroupMembership.school_id == self.school_id,
            GroupMembership.group_id == Lesson.group_id,
            GroupMembership.student_id.in_(students),
            on(Lesson.date, GroupMembership),
        )

    def records(self) -> Any:
        """Of which lessons: what was taught there."""
        own = self.any_of(
            ("teacher", or_(self.own_lesson(), self.attended(self.led_now()))),
            ("parent", self.attended(self.children)),
        )
        return and_(Lesson.school_id == self.school_id, own)

    def homework(self) -> Any:
        """Which homework, joined to its lesson."""
        recipient = aliased(HomeworkRecipient)
        named = exists().where(
            recipient.school_id == Homework.school_id,
            recipient.homework_id == Homework.id,
            recipient.student_id.in_(self.children),
        )
        own = self.any_of(
            ("teacher", self.own_lesson()),
            ("parent", and_(self.attended(self.children), or_(Homework.for_all, named))),
        )
        return and_(Homework.school_id == self.school_id, own)

    def staff(self) -> Any:
        """Which employees: for a parent, those who teach, lead or have stood in for their children's groups."""
        school = self.school_id
        teaches = select(TeachingAssignment.staff_id).where(
            TeachingAssignment.school_id == school, TeachingAssignment.group_id.in_(self.child_groups)
        )
        leads = select(ClassLeadership.staff_id).where(
            ClassLeadership.school_id == school, ClassLeadership.class_id.in_(self.child_classes)
        )
        stood_in = exists().where(
            Lesson.school_id == school, Lesson.substitute_id == Staff.id, Lesson.group_id.in_(self.child_groups)
        )
        own = self.any_of(("teacher", true()), ("parent", or_(Staff.id.in_(teaches), Staff.id.in_(leads), stood_in)))
        return and_(Staff.school_id == school, own)

    def subjects(self) -> Any:
        """Which subjects: for a parent, those of their children's classes."""
        taught = select(TeachingAssignment.subject_id).where(
            TeachingAssignment.school_id == self.school_id,
            TeachingAssignment.group_id.in_(self.groups_of(self.child_classes)),
        )
        own = self.any_of(("teacher", true()), ("parent", Subject.id.in_(taught)))
        return and_(Subject.school_id == self.school_id, own)


def on(day: Any, dated: Any) -> Any:
    """That the dated fact holds on the day."""
    return and_(dated.starts_on <= day, or_(dated.ends_on.is_(None), dated.ends_on >= day))


@dataclass
class Context:
    """One request: its session, its viewer, its loaders."""

    session: AsyncSession
    viewer: Viewer
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    async def all(self, statement: Any) -> list[Any]:
        """The entities of a statement. A session serves one at a time."""
        async with self._turn:
            return list((await self.session.scalars(statement)).all())

    async def rows(self, statement: Any) -> list[Any]:
        """The rows of a statement of several columns."""
        async with self._turn:
            return list((await self.session.execute(statement)).all())

    def loader(self, batch: Callable[..., Awaitable[list[Any]]], *arguments: Any) -> DataLoader[Any, Any]:
        """The request's DataLoader of a batch function with arguments."""
        key = (batch, arguments)
        if key not in self._loaders:

            async def load(keys: list[Any]) -> list[Any]:
                return await batch(self, keys, *arguments)

            self._loaders[key] = DataLoader(load_fn=load)
        return self._loaders[key]


async def viewer_of(session: AsyncSession, header: str) -> Viewer | None:
    """The viewer behind `Bearer …`, or None: the token must be ours and the session open."""
    kind, _, token = header.partition(" ")
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.PyJWTError:
        return None
    if kind.lower() != "bearer" or claims.get("typ") != "access":
        return None
    now = datetime.now(UTC)
    connection = await session.connection()
    asked = (claims["sch"], claims["ses"], now + SHIFT, now)
    row = (await connection.exec_driver_sql(VIEWER, asked)).mappings().first()
    if row is None:
        return None
    roles = set(row["appointed"]) | ({"parent"} if row["children"] else set())
    return Viewer(row["school_id"], row["today"], roles, row["guardian_id"], *(list(row[name]) for name in REACHES))
