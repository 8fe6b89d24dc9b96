"""The clocks: real time, and the school's, which a demo or a rehearsal may set to another day."""

from datetime import UTC, datetime, timedelta


class Clock:
    """`now` is the school's time: real time, or real time shifted so that it began at `start`."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = start - self.real_now() if start else timedelta()

    def now(self) -> datetime:
        """The school's moment."""
        return self.real_now() + self._shift

    @staticmethod
    def real_now() -> datetime:
        """The real moment: what tokens and sessions live by."""
        return datetime.now(UTC)
