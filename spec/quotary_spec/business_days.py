"""Business days: Monday to Friday, less the holidays that are given (the documents print no calendar of them)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

MOST_DAYS = 3_660
"""Business days that can be counted at once: the day is found by walking, and a rule may be asked on its own."""

_SATURDAY = 5
_A_DAY = timedelta(days=1)


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    """True from Monday to Friday unless the day is a holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def business_days_after(day: date, count: int, holidays: Collection[date]) -> date:
    """The ``count``-th business day after ``day``, which itself does not count; with 0 the day itself.

    Raises:
        ValueError: the count is over ``MOST_DAYS``.
    """
    if count > MOST_DAYS:
        raise ValueError(f"{count} business days are more than {MOST_DAYS}")
    while count > 0:
        day += _A_DAY
        count -= is_business_day(day, holidays)
    return day
