"""What did not get into a set of reports, and why, as whoever ordered it reads it (10.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rules.report import ABOUT, Report, ReportOf
from rules.report_sets import WHY, Why

from .context import Context
from .report_names import Names


def title_of(report: Report, folder: str, name: str = "") -> str:
    """A report as it is called where there are others: in which folder it lies, whose it is, what it is."""
    return " · ".join(filter(None, (folder, name, ABOUT[report].title)))


@dataclass(frozen=True)
class Left:
    """A report that is not in a set. why: what was known before printing, or else what printing said, in words."""

    report: Report
    of: int
    folder: str
    why: Why | str

    @property
    def kept(self) -> list[Any]:
        """As JSON."""
        return [self.report.value, self.of, self.folder, self.why]

    @classmethod
    def of_kept(cls, kept: Sequence[Any]) -> "Left":
        """Read back: what was known before printing."""
        return cls(Report(kept[0]), kept[1], kept[2], Why(kept[3]))

    @property
    def reason(self) -> str:
        """Why, in words."""
        return WHY[self.why] if isinstance(self.why, Why) else self.why


async def lines_of(context: Context, left: Sequence[Left]) -> list[str]:
    """A line for each: which report, of whom, as far as the viewer reads names, and why it is not there."""
    names: dict[tuple[Report, int], str] = {}
    for report in {each.report for each in left}:
        found = Names(context, ABOUT[report].roles)
        for number, name in (await _named(found, ABOUT[report].of, (e.of for e in left if e.report is report))).items():
            names[report, number] = name
    return [
        f"{title_of(each.report, each.folder, names.get((each.report, each.of), ''))}: {each.reason}" for each in left
    ]


async def _named(names: Names, of: ReportOf, numbers: Iterable[int]) -> dict[int, str]:
    """The people that reports are of. A class is told by its folder."""
    match of:
        case ReportOf.STUDENT:
            return await names.students(numbers)
        case ReportOf.TEACHER:
            return await names.staff(numbers)
        case _:
            return {}
