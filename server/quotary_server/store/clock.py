"""What time it is for calls that change something: the server's clock, or in tests a file that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def system_time() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def time_in_file(path: Path) -> Callable[[], datetime]:
    """A clock that stands where the file says (ISO 8601 with an offset) until the file says otherwise."""
    return lambda: datetime.fromisoformat(path.read_text("ascii").strip()).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and the zone in which its civil days begin."""

    now: Callable[[], datetime]
    zone: ZoneInfo

    def day(self, moment: datetime) -> date:
        """The civil day of a moment."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The first moment after a civil day."""
        following = day + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=self.zone).astimezone(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 (UTC), as the tables keep moments."""
    return (moment - _EPOCH) // _MICROSECOND
