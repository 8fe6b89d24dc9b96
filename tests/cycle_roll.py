"""A plain model of who is where on each day, in the test of a full year: spans in lists, and nothing clever."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE = timedelta(days=1)
EVER = date.max


@dataclass
class Stay:
    """Somebody's time in a class or in a subgroup; both days are inclusive."""

    of: str
    first: date
    last: date = EVER


@dataclass
class Roll:
    """Who is in which of some places: classes, or the subgroups of a subject."""

    stays: dict[str, list[Stay]] = field(default_factory=dict)

    def come(self, who: str, of: str, day: str) -> None:
        """Be there from a day on, and until then wherever one was."""
        self.leave(who, day)
        self.stays.setdefault(who, []).append(Stay(of, date.fromisoformat(day)))

    def leave(self, who: str, day: str) -> None:
        """Be nowhere from a day on."""
        first = date.fromisoformat(day)
        kept = [stay for stay in self.stays.get(who, ()) if stay.first < first]
        for stay in kept:
            stay.last = min(stay.last, first - ONE)
        self.stays[who] = kept

    def where(self, who: str, day: date) -> str | None:
        """Where somebody is on a day."""
        found = [stay.of for stay in self.stays.get(who, ()) if stay.first <= day <= stay.last]
        assert len(found) < 2
        return found[0] if found else None

    def lists(self, day: date, places: Iterable[str]) -> dict[str, set[str]]:
        """Who is in each of these places on a day."""
        found: dict[str, set[str]] = {place: set() for place in places}
        for who in self.stays:
            if (place := self.where(who, day)) in found:
                found[place].add(who)
        return found

    def members(self, of: str, day: date) -> list[str]:
        """Who is in a place on a day."""
        return sorted(who for who in self.stays if self.where(who, day) == of)

    def turns(self, since: date, until: date) -> Iterator[date]:
        """Each day within these on which anything changes, and the day before it."""
        days = {since, until}
        for stays in self.stays.values():
            for stay in stays:
                days |= {stay.first - ONE, stay.first}
                if stay.last < EVER:
                    days |= {stay.last, stay.last + ONE}
        yield from sorted(day for day in days if since <= day <= until)
