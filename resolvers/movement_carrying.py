"""A transition under way as its steps see it: both years, and how rows of the old one are taken into the new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, exists, insert, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from models.base import Versioned
from models.curriculum import Subject
from models.curriculum_plan import Profile
from models.school import Staff
from permissions.scopes import on
from rules.movement_transition import TAUGHT_ANEW

from .commands import Work, among


@dataclass(frozen=True)
class Carrying:
    """A transition under way: the command, the old year, and the new one once it is there."""

    work: Work
    transition_id: int
    old: int
    new: int | None
    ends_on: date
    """The old year's last day."""

    @property
    def school(self) -> int:
        """Whose year it is."""
        return self.work.viewer.school_id

    def of_school(self, *models: Any) -> Any:
        """That the rows are this school's."""
        return and_(*(model.school_id == self.school for model in models))

    async def copy(
        self,
        model: Any,
        old: Any,
        *where: Any,
        joins: Sequence[tuple[Any, Any]] = (),
        alone: bool = False,
        **replaced: Any,
    ) -> None:
        """Insert some of the rows `old` of a model once more, with some columns replaced.

        A row that people have put in its place already stays as it is. `alone`: nobody can have, yet; so it must be
        where places are looked at when all is written, which PostgreSQL does not do row by row.
        """
        if issubclass(model, Versioned):
            changed = {"changed_at": literal(self.work.now), "changed_by": literal(self.work.viewer.account_id)}
            replaced |= {"version": literal(1), **changed}
        keys = [attribute.key for attribute in model.__mapper__.column_attrs]
        names = [key for key in keys if key != "id" or key in replaced]
        query = select(*(replaced.get(name, getattr(old, name)).label(name) for name in names)).select_from(old)
        for target, on_clause in joins:
            query = query.join(target, on_clause)
        query = query.where(self.of_school(old), *where)
        inserted = insert(model) if alone else upsert(model).on_conflict_do_nothing()
        await self.work.execute(inserted.from_select(names, query))

    def same(self, model: Any, number: Any) -> Any:
        """The join to the row with this number."""
        return and_(self.of_school(model), model.id == number)

    @property
    def first_day(self) -> Any:
        """The new year's first day."""
        return literal(self.ends_on + timedelta(days=1))

    def stays(self, given: Any, new: Any) -> tuple[Any, ...]:
        """That what was given to an employee until the year's end goes on in the class `new`, and that they still work
        here."""
        return ~among(new.grade, TAUGHT_ANEW), on(self.ends_on, given), exists().where(self.employed(given.staff_id))

    def employed(self, staff: Any) -> Any:
        """The join to the employee, if they work here in the new year."""
        return and_(self.same(Staff, staff), or_(Staff.dismissed_on.is_(None), Staff.dismissed_on > self.ends_on))

    def taught_still(self, subject: Any) -> Any:
        """That the subject has not been archived by the year's end."""
        return exists().where(
            self.same(Subject, subject), or_(Subject.archived_on.is_(None), Subject.archived_on > self.ends_on)
        )

    def likeness(self, old: Any, new: Any) -> tuple[Any, ...]:
        """The order of the old year's classes of a grade, what the class `new` is made like first: the class with its
        profile, with its letter, the first of them."""

        def profile(of: Any) -> Any:
            found = aliased(Profile)
            named = select(found.name).where(self.same(found, of.profile_id))
            return named.correlate_except(found).scalar_subquery()

        alike = profile(old).is_not_distinct_from(profile(new))
        return alike.desc(), (old.letter == new.letter).desc(), old.letter

    def twin(self, model: Any, of: Any) -> Any:
        """The new year's row that bears the name of the old year's row `of`."""
        before, after = aliased(model), aliased(model)
        return (
            select(after.id)
            .where(
                self.of_school(before, after),
                before.id == of,
                after.year_id == self.new,
                after.name == before.name,
            )
            .correlate_except(before, after)
            .scalar_subquery()
        )

    def pairs(self, old: Any, new: Any) -> Any:
        """That the class `new` of the new year goes on with the class `old`."""
        return and_(self.of_school(old, new), new.year_id == self.new, new.continues_id == old.id)

    def taken(self, old: Any, new: Any, of: Any) -> Any:
        """That `new` is the group of the class `of` that bears the name of the group `old`: whole for whole."""
        return and_(
            self.of_school(new),
            new.class_id == of.id,
            new.subject_id.is_not_distinct_from(old.subject_id),
            new.name.is_not_distinct_from(old.name),
        )
