"""Business days: Monday to Friday, less the holidays that are given (the documents print no calendar of them)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

_SATURDAY = 5
_A_DAY = timedelta(days=1)


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    """True from Monday to Friday unless the day is a holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def business_days_after(day: date, count: int, holidays: Collection[date]) -> date:
    """The ``count``-th business day after ``day``, which itself does not count; with 0 the day itself."""
    while count > 0:
        day += _A_DAY
        count -= is_business_day(day, holidays)
    return day
