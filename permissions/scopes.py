"""Scopes: which rows of a type a viewer may see, as SQL, declared once a type."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import iterate

from models.curriculum import Enrolment, GroupMembership, StudyGroup
from models.timetable import Lesson
from rules.account import Role

from .viewer import Viewer, reach

Arms = Mapping[Any, ColumnElement[bool]]
"""Role, or set of roles, to the condition on rows that it adds."""

GRANTABLE: set[str] = set()
"""The types that a service reads by grant: all but those of which it reads what is its own."""

ALL: ColumnElement[bool] = true()
"""The arm of a role that reaches every row of the school."""

NONE: ColumnElement[bool] = false()
"""In place of a service's arm: no grant gives it the type, which its schema is without."""


class Scope:
    """`visible_<things>(viewer) -> Select`: the rows of one GraphQL type that a viewer may see.

    type_name: the GraphQL type. base: what gives the type's rows, narrowed to the viewer's school (`Rows`). arms:
    the condition that each role adds; a role without one sees nothing. A service sees the types that its grant names.
    The text depends on the roles only; what they reach is bound when the statement runs.
    """

    def __init__(self, type_name: str, base: Callable[[], Select[Any]], arms: Arms) -> None:
        self.type_name = type_name
        self.base = base
        granted = literal(type_name) == any_(reach.grants)
        self.arms: dict[Role, ColumnElement[bool]] = {Role.SERVICE: granted}
        for roles, condition in arms.items():
            for role in [roles] if isinstance(roles, Role) else roles:
                self.arms[role] = condition
        if self.arms[Role.SERVICE] is granted:
            GRANTABLE.add(type_name)
        elif self.arms[Role.SERVICE] is NONE:
            del self.arms[Role.SERVICE]
        self._for_roles = cache(self._build)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that may see any row at all: the gate of an edge that leads here."""
        return frozenset(self.arms)

    def __call__(self, viewer: Viewer) -> Select[Any]:
        """The statement for this viewer."""
        return self.for_roles(viewer.roles)

    def for_roles(self, roles: Collection[Role]) -> Select[Any]:
        """The statement for a viewer who holds `roles`."""
        return self._for_roles(frozenset(roles) & self.roles)

    def _build(self, roles: frozenset[Role]) -> Select[Any]:
        return self.base().where(self.condition(roles))

    def lean(self, roles: Collection[Role], *asked: Any) -> Select[Any]:
        """The same with no more beside the rows than the condition and what is `asked` of them need."""
        if not isinstance(self.base, Rows):
            return self.for_roles(roles)
        condition = self.condition(frozenset(roles) & self.roles)
        return self.base.lean(condition, *asked).where(condition)

    def condition(self, roles: Collection[Role]) -> ColumnElement[bool]:
        """The union of what `roles` reach."""
        return union(self.arms, roles)


class Parts(Scope):
    """What belongs to rows of another scope, `whole`, by the column `of`: seen by whoever sees those. `when`: which of
    it is shown at all.
    """

    def __init__(
        self, type_name: str, base: Callable[[], Select[Any]], of: Any, whole: Scope, when: ColumnElement[bool] = ALL
    ) -> None:
        self.of, self.whole, self.when = of, whole, when
        super().__init__(type_name, base, {Role.SERVICE: NONE, **dict.fromkeys(whole.roles - {Role.SERVICE}, ALL)})

    def condition(self, roles: Collection[Role]) -> ColumnElement[bool]:
        """That the row is a part of one that `roles` reach."""
        seen = self.whole.for_roles(roles)
        return and_(self.when, self.of.in_(seen.with_only_columns(seen.selected_columns.id)))


def union(arms: Mapping[Role, ColumnElement[bool]], roles: Collection[Role]) -> ColumnElement[bool]:
    """What any of the roles reaches: the arms of the others do not count."""
    held = {id(arms[role]): arms[role] for role in sorted(arms.keys() & set(roles))}
    return or_(false(), *held.values())


def columns(*sources: Any) -> list[Any]:
    """The columns of models and single columns, each under its attribute's name; the first of a name wins.

    A secret column of a model is in no scope.
    """
    named: dict[str, Any] = {}
    for source in sources:
        attributes = (
            [
                getattr(source, attribute.key)
                for attribute in source.__mapper__.column_attrs
                if not attribute.columns[0].info.get("secret")
            ]
            if hasattr(source, "__mapper__")
            else [source]
        )
        for attribute in attributes:
            named.setdefault(attribute.key, attribute.label(attribute.key))
    return list(named.values())


@dataclass(frozen=True, eq=False)
class Beside:
    """The one row of `model` that belongs to a row, and what it adds: names, and the attributes they stand for.

    of: the column that refers to it, where one does. when: the condition without which a name is null for everybody.
    """

    model: Any
    on: Callable[[Any, Any], ColumnElement[bool]]
    adds: Mapping[str, str]
    of: str | None = None
    when: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)

    def add(self, query: Select[Any], owner: Any, model: Any = None, but: Collection[str] = ()) -> Select[Any]:
        """The query with the row beside `owner`'s, and its columns but some."""
        model = model or self.model
        added = (self.column(model, name).label(name) for name in self.adds if name not in but)
        return query.outerjoin(model, self.on(model, owner)).add_columns(*added)

    def column(self, model: Any, name: str) -> Any:
        """What a name stands for."""
        found = getattr(model, self.adds[name])
        return case((self.when[name], found)) if name in self.when else found


def beside(
    model: Any, of: str, *names: str, when: Mapping[str, ColumnElement[bool]] | None = None, **renamed: str
) -> Beside:
    """The row of `model`, of the same school, to which the column `of` refers."""

    def on(other: Any, owner: Any) -> ColumnElement[bool]:
        return and_(other.school_id == owner.school_id, other.id == getattr(owner, of))

    return Beside(model, on, {name: name for name in names} | renamed, of, when or {})


class Rows:
    """The rows of a model in the viewer's school, each with columns of rows that stand beside it.

    They are outer joins to unique keys: PostgreSQL leaves out those of which a statement asks nothing, and a page is
    cut before they are made.
    """

    def __init__(self, model: Any, *beside: Beside) -> None:
        self.model = model
        self.beside = beside

    def __call__(self) -> Select[Any]:
        """The statement."""
        return self._select(self.beside)

    def lean(self, *asked: Any) -> Select[Any]:
        """The statement with no more beside the rows than these expressions need.

        PostgreSQL leaves out other joins as well, but then still fetches the rows whose columns they would have needed.
        """
        tables = {each.table.name for each in iterate(select(*asked)) if isinstance(each, Column)}
        return self._select([each for each in self.beside if each.model.__table__.name in tables])

    def _select(self, beside: Iterable[Beside]) -> Select[Any]:
        query = select(*columns(self.model)).select_from(self.model)
        for each in beside:
            query = each.add(query, self.model)
        return query.where(of_school(self.model))

    def copied(self, beside: Beside) -> Mapping[str, str]:
        """Columns of the rows that a foreign key holds equal to columns of the row beside: name to attribute."""
        for constraint in self.model.__table__.foreign_key_constraints:
            pairs = {each.parent.key: each.column.key for each in constraint.elements}
            whole = not any(each.parent.nullable for each in constraint.elements)
            if whole and constraint.referred_table is beside.model.__table__ and pairs.get(beside.of) == "id":
                return {own: other for own, other in pairs.items() if own not in ("school_id", beside.of)}
        return {}

    def cut(self, query: Select[Any], but: Collection[str]) -> Select[Any]:
        """The query, made of these rows, without what stands beside them but some columns."""
        own = columns(self.model)
        names = {column.key for column in own}
        more = [column for name, column in query.selected_columns.items() if name in but and name not in names]
        return query.with_only_columns(*own, *more, maintain_column_froms=True)

    def complete(self, query: Select[Any], page: Any) -> Select[Any]:
        """The query with all that stands beside the rows of `page`, a table of what `cut` left."""
        for each in self.beside:
            query = each.add(query, page.c, aliased(each.model), page.c.keys())
        return query


def of_school(model: Any) -> ColumnElement[bool]:
    """Rows of the viewer's school."""
    condition: ColumnElement[bool] = model.school_id == reach.school_id
    return condition


def same(model: Any, column: Any, other: Any = None) -> ColumnElement[bool]:
    """The join to `model`'s row, of the same school, to which `column` refers."""
    parent = other or column.class_
    condition: ColumnElement[bool] = and_(model.school_id == parent.school_id, model.id == column)
    return condition


def on(day: Any, dated: Any) -> ColumnElement[bool]:
    """That the dated fact holds on `day`."""
    return and_(dated.starts_on <= day, or_(dated.ends_on.is_(None), dated.ends_on >= day))


def lasts(day: Any, dated: Any) -> ColumnElement[bool]:
    """That the dated fact holds on `day`, or is yet to come."""
    return or_(dated.ends_on.is_(None), dated.ends_on >= day)


def within(column: Any, ids: Any) -> ColumnElement[bool]:
    """That the column is one of the bound ids."""
    condition: ColumnElement[bool] = column == any_(ids)
    return condition


def among(column: Any, few: Select[Any]) -> ColumnElement[bool]:
    """That the column is one of the few that a statement finds: found once, before the rows that are asked for."""
    condition: ColumnElement[bool] = column == any_(func.array(few.scalar_subquery()))
    return condition


def groups_of(classes: Any) -> Select[Any]:
    """The groups of these classes, whole or not."""
    return select(StudyGroup.id).where(of_school(StudyGroup), within(StudyGroup.class_id, classes))


def taught_students() -> Select[Any]:
    """Who has been in a group that the viewer teaches today."""
    return select(GroupMembership.student_id).where(
        of_school(GroupMembership), within(GroupMembership.group_id, reach.taught_groups)
    )


def led_students() -> Select[Any]:
    """Who has been in a class that the viewer leads today."""
    return select(Enrolment.student_id).where(of_school(Enrolment), within(Enrolment.class_id, reach.led_classes))


def students_led_now() -> Select[Any]:
    """Who is in a class that the viewer leads, both today."""
    return led_students().where(on(reach.today, Enrolment))


def taught(group: Any, subject: Any) -> ColumnElement[bool]:
    """That the viewer teaches this subject to this group today (2.3)."""
    pairs = (
        func.unnest(reach.taught_groups, reach.taught_subjects).table_valued("group_id", "subject_id").render_derived()
    )
    return tuple_(group, subject).in_(select(pairs.c.group_id, pairs.c.subject_id))


def attends(students: ColumnElement[bool] | Any, group: Any, day: Any) -> ColumnElement[bool]:
    """That one of those students is in the group on that day; `students` is a condition on GroupMembership."""
    return exists().where(
        of_school(GroupMembership), GroupMembership.group_id == group, students, on(day, GroupMembership)
    )


def own_lesson() -> ColumnElement[bool]:
    """That the lesson belongs to the viewer's own assignment, or to a class that the viewer leads (2.3, 2.4); or that
    the viewer is its substitute (6.5).
    """
    return or_(
        taught(Lesson.group_id, Lesson.subject_id),
        among(Lesson.group_id, groups_of(reach.led_classes)),
        Lesson.substitute_id == reach.staff_id,
    )


def substituted_journals() -> Select[int, int]:
    """The groups and subjects of the lessons whose substitute the viewer is (6.5)."""
    return select(Lesson.group_id, Lesson.subject_id).where(of_school(Lesson), Lesson.substitute_id == reach.staff_id)


def substituted_students() -> Select[Any]:
    """Who is in the group of a lesson whose substitute the viewer is, on the lesson's day (6.5).

    The groups are found first: PostgreSQL would join these lessons to every membership of the school.
    """
    own = aliased(Lesson)
    groups = select(own.group_id).where(of_school(own), own.substitute_id == reach.staff_id)
    was_there = exists().where(
        *(of_school(Lesson), Lesson.substitute_id == reach.staff_id),
        *(Lesson.group_id == GroupMembership.group_id, on(Lesson.date, GroupMembership)),
    )
    return select(GroupMembership.student_id).where(
        of_school(GroupMembership), among(GroupMembership.group_id, groups), was_there
    )
