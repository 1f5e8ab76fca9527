"""Amounts, decimals and dates of the contract as Python has them, and back; exact both ways."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from google.type import date_pb2, money_pb2

_WITHOUT_DIGITS = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"),
    *("XAF", "XOF", "XPF"),
}
_OF_THREE_DIGITS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_NANOS = 1_000_000_000
_AMOUNT = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,9}))? ([A-Z]{3})")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def digits_of(currency: str) -> int:
    """Digits of a currency's minor unit (ISO 4217): 2 for "USD", 0 for "JPY"."""
    return 0 if currency in _WITHOUT_DIGITS else 3 if currency in _OF_THREE_DIGITS else 2


def to_minor(money: money_pb2.Money) -> int:
    """An amount in whole minor units: 3000 for 30.00 USD.

    Raises:
        ValueError: it is finer than the minor unit, has no currency, or its parts do not go together.
    """
    _check(money)
    nanos: int = money.units * _NANOS + money.nanos
    minor, rest = divmod(abs(nanos), int(10 ** (9 - digits_of(money.currency_code))))
    if rest:
        raise ValueError(f"{money_text(money)} is finer than the minor unit of {money.currency_code}")
    return -minor if nanos < 0 else minor


def from_minor(minor: int, currency: str) -> money_pb2.Money:
    """The amount of so many minor units: 30.00 USD for 3000."""
    units, rest = divmod(abs(minor), int(10 ** digits_of(currency)))
    sign = -1 if minor < 0 else 1
    nanos = rest * 10 ** (9 - digits_of(currency))
    return money_pb2.Money(currency_code=currency, units=sign * units, nanos=sign * nanos)


def money_text(money: money_pb2.Money) -> str:
    """``30.00 USD``: with the digits of the currency, and more where the amount is finer.

    Raises:
        ValueError: it has no currency, or its parts do not go together.
    """
    _check(money)
    fraction = f"{abs(money.nanos):09d}".rstrip("0").ljust(digits_of(money.currency_code), "0")
    sign = "-" if money.units < 0 or money.nanos < 0 else ""
    return f"{sign}{abs(money.units)}{f'.{fraction}' if fraction else ''} {money.currency_code}"


def parse_money(text: str) -> money_pb2.Money:
    """The amount of a text such as ``30.00 USD``.

    Raises:
        ValueError: it is not written so.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount such as 30.00 USD")
    sign = -1 if match[1] else 1
    nanos = int((match[3] or "").ljust(9, "0"))
    return money_pb2.Money(currency_code=match[4], units=sign * int(match[2]), nanos=sign * nanos)


def to_decimal(text: str) -> Decimal:
    """A rate or unit price of the contract ("0.075") as a Decimal.

    Raises:
        ValueError: it is no decimal number in plain digits.
    """
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no decimal number such as 0.075")
    return Decimal(text)


def decimal_text(value: Decimal) -> str:
    """A Decimal as the contract writes it, without an exponent.

    Raises:
        ValueError: it is infinite or no number.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is no number")
    return f"{value:f}"


def to_date(message: date_pb2.Date) -> date:
    """A date of the contract as Python's.

    Raises:
        ValueError: year, month or day are missing, or there is no such day.
    """
    return date(message.year, message.month, message.day)


def from_date(day: date) -> date_pb2.Date:
    """A date of Python's as the contract's."""
    return date_pb2.Date(year=day.year, month=day.month, day=day.day)


def _check(money: money_pb2.Money) -> None:
    if not money.currency_code:
        raise ValueError("an amount without a currency")
    if abs(money.nanos) >= _NANOS or money.units * money.nanos < 0:
        raise ValueError(f"{money.units} units and {money.nanos} nanos do not go together")
