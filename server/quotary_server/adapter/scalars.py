"""Words, numbers, days and amounts out of requests. Readers never stop at a fault: they note it and go on."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import pycountry
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2

from quotary_server.adapter.faults import Faults
from quotary_spec.money import exact_decimal, is_currency, minor_digits
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.supplements.territories import canonical_code

MOST_QUANTITY = 100_000_000
ONE = Decimal(1)
FIRST_YEAR, LAST_YEAR = 1900, 9000
MOST_MINOR = 10**15
"""Largest amount in minor units: far above any order, and far inside 64 bits."""


@cache
def countries() -> frozenset[str]:
    """Codes of all countries, as ISO 3166-1 has them."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def subdivisions() -> frozenset[str]:
    """Codes of all subdivisions, as ISO 3166-2 has them."""
    return frozenset(each.code for each in pycountry.subdivisions)


def text(faults: Faults, path: str, value: str) -> str:
    """A text without control or direction-changing characters, in normal form C."""
    if not value.isascii() or not value.isprintable():
        value = unicodedata.normalize("NFC", value)
        if any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in value):
            faults.add(path, "INVALID_TEXT")
    return value


def word(faults: Faults, path: str, value: str, vocabulary: str) -> str:
    """A word of one of the registered open sets."""
    if value not in VOCABULARY[vocabulary]:
        faults.add(path, "UNKNOWN_VALUE", f"{value[:40]!r} is none of {', '.join(VOCABULARY[vocabulary])}")
    return value


def decimal(faults: Faults, path: str, value: str, most: Decimal | None = None) -> Decimal:
    """A decimal string that is not negative, and not above ``most``."""
    number = exact_decimal(value)
    if number is None:
        faults.add(path, "NOT_A_DECIMAL", repr(value[:40]))
        return Decimal(0)
    if number < 0:
        faults.add(path, "NEGATIVE_AMOUNT", value)
    elif most is not None and number > most:
        faults.add(path, "OUT_OF_RANGE", f"{value} is above {most}")
    return number


def positive_rate(faults: Faults, path: str, value: str) -> Decimal:
    """An exchange rate: a decimal string above zero."""
    rate = decimal(faults, path, value)
    if rate == 0 and exact_decimal(value) is not None:
        faults.add(path, "OUT_OF_RANGE", "an exchange rate is above 0")
    return rate


def civil_date(faults: Faults, path: str, value: date_pb2.Date) -> date | None:
    """A full civil date, far enough from the ends of the calendar for every term and window to fit beside it."""
    try:
        day = date(value.year, value.month, value.day)
    except ValueError:
        faults.add(path, "NOT_A_DATE", f"{value.year}-{value.month}-{value.day}")
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        faults.add(path, "OUT_OF_RANGE", f"{day} is not from {FIRST_YEAR} to {LAST_YEAR}")
        return None
    return day


def instant(faults: Faults, path: str, value: Timestamp) -> datetime | None:
    """A moment, in UTC, as far from the ends of the calendar as a civil date."""
    try:
        moment = value.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        faults.add(path, "NOT_A_DATE")
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        faults.add(path, "OUT_OF_RANGE", f"{moment.date()} is not from {FIRST_YEAR} to {LAST_YEAR}")
        return None
    return moment


def money(faults: Faults, path: str, value: money_pb2.Money, currency: str) -> int:
    """An amount in minor units of ``currency``; never negative, no finer than its minor unit."""
    if value.currency_code != currency:
        known = is_currency(value.currency_code)
        reason = "CURRENCY_MISMATCH" if known else "UNKNOWN_CURRENCY"
        faults.add(f"{path}.currency_code", reason, f"{value.currency_code[:10]!r} instead of {currency}")
        return 0
    units, nanos = value.units, value.nanos
    if units < 0 or nanos < 0:
        faults.add(path, "NEGATIVE_AMOUNT")
        return 0
    digits = minor_digits(currency)
    fraction, rest = divmod(nanos, 10 ** (9 - digits))
    if nanos > 999_999_999 or units >= MOST_MINOR:
        faults.add(path, "OUT_OF_RANGE")
    elif rest:
        faults.add(path, "TOO_PRECISE", f"{currency} has {digits} decimals")
    minor: int = units * 10**digits + fraction
    return minor


def quantity(faults: Faults, path: str, value: int, least: int = 1) -> int:
    """A count of users, agents or licences."""
    if not least <= value <= MOST_QUANTITY:
        faults.add(path, "OUT_OF_RANGE", f"{value} is not from {least} to {MOST_QUANTITY}")
    return value


def region(faults: Faults, path: str, code: str) -> str:
    """A country or subdivision code, the one of its place."""
    code = canonical_code(code)
    if code not in countries() and code not in subdivisions():
        faults.add(path, "UNKNOWN_SUBDIVISION" if "-" in code else "UNKNOWN_COUNTRY", repr(code[:20]))
    return code
