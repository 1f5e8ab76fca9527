"""Civil dates: months that keep their anchor day, terms, windows, and instants at a fixed offset."""

from __future__ import annotations

import calendar as _calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone


def add_months(anchor: date, months: int) -> date:
    """``anchor`` moved by whole months; a day the month lacks becomes its last day (R-04).

    Always count from the original anchor: 31 January plus two months is 31 March, not 28 March.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    day = anchor.day
    # Every month has 28 days, so only later ones need the month's length.
    return date(year, month + 1, day if day <= 28 else min(day, _calendar.monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    """The largest number of whole months from ``start`` that do not pass ``end``; negative when ``end`` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def is_whole_months(start: date, end: date) -> bool:
    """True when ``end`` is ``start`` moved by a whole number of months."""
    return add_months(start, whole_months(start, end)) == end


def within_days(anchor: date, day: date, days: int) -> bool:
    """True from the anchor's day (day 0) to day ``days``, both included (R-04)."""
    return 0 <= (day - anchor).days <= days


@dataclass(frozen=True, slots=True)
class Term:
    """A half-open time [start, end): twelve months from 1 July end on 1 July a year later (R-05)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a term cannot end on {self.end} before it starts on {self.start}")

    @classmethod
    def of_months(cls, start: date, months: int) -> Term:
        """The term of whole months from ``start``."""
        return cls(start, add_months(start, months))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def months(self) -> int:
        """Whole months that fit into it."""
        return whole_months(self.start, self.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def absent_of_term(start: date | None, end: date | None) -> str:
    """Field that lacks where a term is known by one of its days, or by neither."""
    if end is not None:
        return "term.start_date"
    return "term.end_date" if start is not None else "term"


def civil_instant(day: date, hour: int, minute: int, utc_offset_hours: int) -> datetime:
    """The moment at which a clock at the fixed offset shows that hour of that day (R-06)."""
    zone = timezone(timedelta(hours=utc_offset_hours))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
