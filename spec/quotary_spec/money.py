"""Exact money: integer minor units, exact rates, named rounding, exact splits.

Inside the rule book an amount is an ``int`` of minor units (cents for USD, yen for JPY) and the order carries the
currency. A rate is a ``Decimal`` fraction of one. No float ever takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Annotated

from iso4217 import Currency

Rounding = Callable[[int, int], int]
"""Rounds the exact quotient numerator / denominator (denominator above zero) to an integer."""


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer, ties away from zero (R-08), so that a refund is the mirror of its charge."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def half_even(numerator: int, denominator: int) -> int:
    """The nearest integer, ties to the even one; offered on request, never the rule book's own."""
    quotient, remainder = divmod(numerator, denominator)
    double = 2 * remainder
    return quotient + (double > denominator or (double == denominator and quotient % 2 == 1))


class RoundingPolicy(StrEnum):
    """Where and how computed amounts are rounded."""

    DOCUMENT_HALF_UP = "document_half_up"
    LINE_HALF_UP = "line_half_up"
    DOCUMENT_HALF_EVEN = "document_half_even"
    LINE_HALF_EVEN = "line_half_even"

    @property
    def rounding(self) -> Rounding:
        """The rounding function of this policy."""
        return _ROUNDING[self]

    @property
    def by_line(self) -> bool:
        """True when fee and taxes are rounded line by line instead of on their summed base."""
        return self in _BY_LINE


_ROUNDING: Mapping[RoundingPolicy, Rounding] = MappingProxyType(
    {
        RoundingPolicy.DOCUMENT_HALF_UP: half_up,
        RoundingPolicy.LINE_HALF_UP: half_up,
        RoundingPolicy.DOCUMENT_HALF_EVEN: half_even,
        RoundingPolicy.LINE_HALF_EVEN: half_even,
    }
)
_BY_LINE = frozenset({RoundingPolicy.LINE_HALF_UP, RoundingPolicy.LINE_HALF_EVEN})


@dataclass(frozen=True, slots=True)
class Within:
    """Limits of a whole number, both included; stands in the annotation of what takes it."""

    least: int
    most: int


Digits = Annotated[int, Within(0, 9)]
"""Decimal places of a currency; ISO 4217 knows none with more than four."""


def share(amount: int, rate: Decimal | Fraction, rounding: Rounding = half_up) -> int:
    """``amount`` times ``rate``, rounded once to whole minor units."""
    numerator, denominator = rate.as_integer_ratio()
    return rounding(amount * numerator, denominator)


def allot(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split ``amount`` in proportion to ``weights`` so that the parts add up to it (R-07).

    Largest remainder; ties go to the earlier part. When all weights are zero the first part takes all.

    Raises:
        ValueError: a weight is negative, or there is nothing to give the amount to.
    """
    if not weights:
        if amount:
            raise ValueError("an amount needs at least one weight")
        return ()
    if min(weights) < 0:
        raise ValueError("weights must not be negative")
    total = sum(weights)
    if total == 0:
        return (amount, *[0] * (len(weights) - 1))
    sign = -1 if amount < 0 else 1
    floors = [abs(amount) * weight // total for weight in weights]
    rest = abs(amount) - sum(floors)
    if rest:
        # Sorting is stable, so the earlier of two equal remainders comes first.
        order = sorted(range(len(weights)), key=lambda i: -(abs(amount) * weights[i] % total))
        for i in order[:rest]:
            floors[i] += 1
    return tuple(sign * part for part in floors)


@cache
def minor_digits(currency: str) -> int:
    """Number of decimal places of a currency (ISO 4217): 2 for USD, 0 for JPY.

    Raises:
        ValueError: the code is not a currency with a minor unit.
    """
    digits = Currency(currency).exponent
    if digits is None:
        raise ValueError(f"{currency} has no minor unit")
    return int(digits)


@cache
def is_currency(code: str) -> bool:
    """True for an ISO 4217 code of a currency that amounts can be stated in."""
    try:
        minor_digits(code)
    except ValueError:
        return False
    return True


def to_minor(amount: Decimal, currency: str, rounding: Rounding = half_up) -> int:
    """A decimal amount of a currency in minor units, rounded once."""
    numerator, denominator = amount.as_integer_ratio()
    return rounding(numerator * 10 ** minor_digits(currency), denominator)


def exact_decimal(text: str) -> Decimal | None:
    """The decimal that ``text`` writes in plain digits, or None: no exponent, no sign but minus, no spaces."""
    if not text or len(text) > 40 or not text.isascii() or text.strip("-.0123456789"):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, for places where amounts of several currencies could meet."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return format_minor(self.minor, self.currency)


def format_minor(minor: int, currency: str) -> str:
    """``334.53 USD`` for 33453 minor units."""
    return f"{decimal_text(minor, currency)} {currency}"


def decimal_text(minor: int, currency: str) -> str:
    """``334.53`` for 33453 minor units of USD."""
    digits = minor_digits(currency)
    sign, whole = ("-", -minor) if minor < 0 else ("", minor)
    if digits == 0:
        return f"{sign}{whole}"
    units, rest = divmod(whole, 10**digits)
    return f"{sign}{units}.{rest:0{digits}d}"
