"""The names that stand in printed reports, each read once; whoever reads without names gets numbers in their place."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from rules.account import Role
from rules.school import full_name, short_name

from . import curriculum, school
from .context import Context
from .report_shown import shown_to
from .together import Together


@dataclass(frozen=True)
class Names:
    """Names as the viewer may read them. roles: those that the report is for."""

    context: Context
    roles: Collection[Role]

    @property
    def _together(self) -> Together:
        return Together(self.context, self.roles)

    @property
    def shown(self) -> bool:
        """Whether people's names are shown: not to an analyst (4.1)."""
        return not shown_to(self.context).rounded

    async def school(self) -> str:
        """The school's name."""
        owner = await self.context.load_key(school.viewer_school(), (self.context.viewer.school_id,))
        return str(owner.name)

    async def subjects(self, ids: Iterable[int]) -> dict[int, str]:
        """Subjects' names."""
        found = await self._together.all(curriculum.subject_of(), ((each,) for each in ids))
        return {key[0]: row.name if row else "—" for key, row in found.items()}

    async def short_subjects(self, ids: Iterable[int]) -> dict[int, str]:
        """Subjects' names as charts have room for them: «Рус. яз.»"""
        found = await self._together.all(curriculum.subject_of(), ((each,) for each in ids))
        return {key[0]: row.short_name or row.name if row else "—" for key, row in found.items()}

    async def staff(self, ids: Iterable[int]) -> dict[int, str]:
        """«Иванова М. П.»"""
        found = await self._together.all(school.staff_of(), ((each,) for each in ids))
        return {key[0]: self._short(row) for key, row in found.items()}

    async def students(self, ids: Iterable[int]) -> dict[int, str]:
        """«Иванов Иван Петрович», or «Обучающийся 17» with the place in the list of those asked for."""
        found = await self._together.all(school.student_of(), ((each,) for each in ids))
        return {
            key[0]: full_name(row.family_name, row.given_name, row.patronymic)
            if row and self.shown
            else f"Обучающийся {place}"
            for place, (key, row) in enumerate(found.items(), 1)
        }

    async def leader(self, class_id: int) -> str:
        """The class teacher, as of `leaders`."""
        return (await self.leaders([class_id]))[class_id]

    async def leaders(self, classes: Iterable[int]) -> dict[int, str]:
        """The class teachers today, or, once the year of the classes is over, on its last day."""
        keys = [(each,) for each in classes]
        of_classes = await self._together.all(curriculum.class_of(), keys)
        years = {(row.year_id,) for row in of_classes.values() if row}
        of_years = await self._together.all(curriculum.year_of(), years)
        today = self.context.viewer.today
        day = min((today, *(row.ends_on for row in of_years.values() if row)))
        found = await self._together.all(school.class_leader(day=day), keys)
        return {key[0]: self._short(row) for key, row in found.items()}

    def _short(self, row: Any) -> str:
        return short_name(row.family_name, row.given_name, row.patronymic) if row and self.shown else "—"
