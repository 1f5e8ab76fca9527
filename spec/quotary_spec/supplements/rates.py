"""Statutory rates that the documents do not print, and the operator's own rates in the same form (R-11, R-33).

`rates.toml` and `eu.toml` say where each fact was read. A rate is looked up for a tax, a place and a civil date; no
rate found is None, which a rule answers as undetermined, never as zero.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import combinations
from typing import Any, Final

import pycountry

from quotary_spec.supplements.operator_file import (
    OperatorFileError,
    Problem,
    canonical_number,
    line_of,
    packaged,
    syntax_problem,
)
from quotary_spec.supplements.tax_numbers import NumberForm
from quotary_spec.supplements.territories import Territory, own_rates

COUNTRY_TAXES: Final = frozenset({"VAT", "GST", "JCT"})
"""Taxes of a country, whose region is an ISO 3166-1 alpha-2 code, or that of a place in it with a rate of its own."""

SUBDIVISION_TAXES: Final = frozenset({"US_SALES", "CHICAGO_LTT", "HST", "PST", "QST"})
"""Taxes of a state, territory or province, or of a city in it, whose region is an ISO 3166-2 code."""


@dataclass(frozen=True, slots=True)
class SupplementRow:
    """One rate of one tax in one place for one period."""

    tax: str
    """One of COUNTRY_TAXES or SUBDIVISION_TAXES."""
    region: str
    """ISO 3166-1 alpha-2 or ISO 3166-2, as the tax asks."""
    rate: Decimal
    """The exact fraction: 0.19 is 19 %."""
    valid_from: date
    """The first day for which the source gives the rate; of an undated row, the day of the source."""
    source: str
    """The published data set and its version, or the operator's own words."""
    checked_on: date
    """The day on which the source was read."""
    valid_until: date | None = None
    """The first day on which the rate no longer applies; None while no change is known."""
    dated: bool = True
    """False: the source prints no date, and the row answers for any."""

    def applies(self, on: date) -> bool:
        """Whether this is the rate on a day."""
        if not self.dated:
            return True
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)

    def overlaps(self, other: "SupplementRow") -> bool:
        """Whether there is a day on which both would be the rate."""
        if (self.tax, self.region) != (other.tax, other.region):
            return False
        return self.applies(other.valid_from) or other.applies(self.valid_from)


@dataclass(frozen=True, slots=True)
class Membership:
    """A state's membership of the European Union."""

    country: str
    """ISO 3166-1 alpha-2."""
    acceded: date
    """The first day of membership."""
    source: str
    """The treaty that set the day."""
    left: date | None = None
    """The first day on which it was no longer a member; None while it is one."""


class RatesError(OperatorFileError):
    """A rates file that cannot be used, with every problem in it."""


@cache
def load() -> tuple[SupplementRow, ...]:
    """The supplement that ships, read once."""
    return parse_rates(packaged("rates.toml"), "rates.toml")


@cache
def memberships() -> tuple[Membership, ...]:
    """The European Union's member states, past and present, read once."""
    return tuple(Membership(**member) for member in tomllib.loads(packaged("eu.toml"))["member"])


def rate_on(tax: str, region: str, on: date) -> SupplementRow | None:
    """The supplement's rate of a tax in a place on a day."""
    return find_rate(load(), tax, region, on)


def find_rate(rows: Iterable[SupplementRow], tax: str, region: str, on: date) -> SupplementRow | None:
    """The rate of a tax in a place on a day among these rows, of which at most one applies."""
    for row in rows:
        if row.region == region and row.tax == tax and row.applies(on):
            return row
    return None


def eu_member(country: str, on: date) -> bool:
    """Whether a country, by its ISO 3166-1 alpha-2 code, is a member state of the European Union on a day (R-33)."""
    return any(
        member.country == country and member.acceded <= on and (member.left is None or on < member.left)
        for member in memberships()
    )


def canonical_bytes(rows: Iterable[SupplementRow | Membership | Territory | NumberForm]) -> bytes:
    """What a digest of these rows is taken of: the same facts give the same bytes, in whatever order and notation."""
    return "".join(sorted(_canonical_line(row) for row in rows)).encode()


def parse_rates(text: str, origin_name: str) -> tuple[SupplementRow, ...]:
    """The rows of a rates file in TOML; a RatesError lists every problem under the file's name if there is one."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RatesError(origin_name, [syntax_problem(error, text)]) from None

    # A line as TOML counts it: splitlines would also split at characters that a string may hold.
    lines = text.split("\n")
    headers = [number for number, line in enumerate(lines, start=1) if _HEADER.match(line)]
    tables = document.pop("rate", [])
    problems = [Problem(line_of(key, lines), key, "is not known here") for key in document]
    # Only rows with a header of their own can be told apart by line.
    if not isinstance(tables, list) or len(tables) != len(headers) or not all(isinstance(row, dict) for row in tables):
        problems.append(Problem(1, "rate", "write each row as a [[rate]] table with the header on a line of its own"))
        raise RatesError(origin_name, problems)

    rows: list[tuple[int, SupplementRow]] = []
    for header, next_header, table in zip(headers, [*headers, len(lines) + 1][1:], tables, strict=True):
        body = lines[header : next_header - 1]
        faults = [Problem(line_of(field, body, header), field, fault) for field, fault in _faults(table)]
        if not faults:
            row = SupplementRow(**table | {"rate": Decimal(table["rate"])})
            rows.append((line_of("valid_from", body, header), row))
        problems += faults
    problems += [
        Problem(line, "valid_from", f"overlaps the period of {row.tax} in {row.region} on line {earlier_line}")
        for (earlier_line, earlier), (line, row) in combinations(rows, 2)
        if row.overlaps(earlier)
    ]
    if problems:
        raise RatesError(origin_name, problems)
    return tuple(row for _, row in rows)


_HEADER: Final = re.compile(r"\s*\[\[\s*rate\s*\]\]")
_RATE: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_REQUIRED: Final[Mapping[str, type]] = {
    "tax": str,
    "region": str,
    "rate": str,
    "valid_from": date,
    "source": str,
    "checked_on": date,
}
_FIELDS: Final[Mapping[str, type]] = {**_REQUIRED, "valid_until": date, "dated": bool}
_KINDS: Final[Mapping[type, str]] = {str: "a string", date: "a date without a time", bool: "true or false"}


def _faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a row: the field, and why it cannot be used."""
    for field in _REQUIRED:
        if field not in table:
            yield field, "is missing"
    sound: dict[str, Any] = {}
    for field, value in table.items():
        if field not in _FIELDS:
            yield field, "is not a field of a rate"
        # The exact type: a date with a time is a date to isinstance.
        elif type(value) is not _FIELDS[field]:
            yield field, f"must be {_KINDS[_FIELDS[field]]}, not {value!r}"
        else:
            sound[field] = value

    if "tax" in sound:
        yield from _place_faults(sound["tax"], sound.get("region"))
    if "rate" in sound:
        yield from _rate_faults(sound["rate"])
    if "source" in sound and not sound["source"].strip():
        yield "source", "is empty"
    if "valid_until" in sound:
        if not sound.get("dated", True):
            yield "valid_until", "ends a row that has no dates"
        if "valid_from" in sound and sound["valid_until"] <= sound["valid_from"]:
            yield "valid_until", "is not after valid_from"


def _place_faults(tax: str, region: str | None) -> Iterator[tuple[str, str]]:
    if tax not in COUNTRY_TAXES | SUBDIVISION_TAXES:
        yield "tax", f"unknown tax {tax!r}; known are {', '.join(sorted(COUNTRY_TAXES | SUBDIVISION_TAXES))}"
    elif region is not None and tax in COUNTRY_TAXES and region not in _countries() | own_rates(tax):
        yield (
            "region",
            f"unknown region {region!r}: {tax} asks for an ISO 3166-1 alpha-2 code such as DE",
        )
    elif region is not None and tax in SUBDIVISION_TAXES and region not in _subdivisions():
        yield "region", f"unknown region {region!r}: {tax} asks for an ISO 3166-2 code such as US-TX"


def _rate_faults(rate: str) -> Iterator[tuple[str, str]]:
    if not _RATE.fullmatch(rate):
        yield "rate", f'{rate!r} is not a decimal fraction such as "0.19"'
    elif rate.startswith("-"):
        yield "rate", f"{rate} is negative"
    elif Decimal(rate) > 1:
        yield "rate", f"{rate} is more than 1: 19 % is written 0.19"


@cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def _subdivisions() -> frozenset[str]:
    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


def _canonical_line(row: SupplementRow | Membership | Territory | NumberForm) -> str:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    if isinstance(row, SupplementRow):
        values["rate"] = canonical_number(row.rate)
    return json.dumps(values, default=date.isoformat, sort_keys=True, separators=(",", ":")) + "\n"
