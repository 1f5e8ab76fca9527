"""Places whose taxes are not those of the country they are written in, and codes of one place (R-33).

`territories.toml` says of each place where that was read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from quotary_spec.supplements.operator_file import packaged

OUTSIDE = "outside"
"""The area of a place that its country's tax does not reach."""

OWN_RATE = "own_rate"
"""The area of a place that its country's tax reaches at a rate of its own."""


@dataclass(frozen=True, slots=True)
class Territory:
    """A place told apart from the country it is written in, for a time."""

    code: str
    """ISO 3166 code, or its country's code and a word where it has none."""
    name: str
    """Its name in plain letters."""
    country: str
    """The country in whose addresses it is written, ISO 3166-1 alpha-2."""
    taxes: tuple[str, ...]
    """Taxes of that country that it is told apart for."""
    area: str
    """OUTSIDE, OWN_RATE, or the country to whose tax area it belongs."""
    valid_from: date
    """First day for which the source holds."""
    source: str
    """The law that says so."""
    checked_on: date
    """Day on which the row was checked."""
    valid_until: date | None = None
    """First day on which it no longer holds; None while it does."""
    subdivisions: tuple[str, ...] = ()
    """ISO 3166-2 codes that lie in it wholly."""
    within: tuple[str, ...] = ()
    """ISO 3166-2 codes that it lies in beside other places."""
    postal_codes: tuple[str, ...] = ()
    """Patterns of postal codes that are its alone."""
    shared_postal_codes: tuple[str, ...] = ()
    """Patterns of postal codes that may be inside or outside."""
    towns: tuple[str, ...] = ()
    """Names, as addresses write them."""

    def applies(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@cache
def territories() -> tuple[Territory, ...]:
    """Every territory, read once."""
    return tuple(_territory(row) for row in _file()["territory"])


def _territory(row: Mapping[str, Any]) -> Territory:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Territory(**values)


def canonical_code(code: str) -> str:
    """The code by which the rule book knows a place, for any code that an address may carry: GP for FR-971."""
    return codes().get(code, code)


@cache
def codes() -> Mapping[str, str]:
    """Codes that stand for another, read once."""
    return dict(_file()["codes"])


@cache
def own_rates(tax: str) -> frozenset[str]:
    """Codes of the places where a tax has a rate of its own."""
    return frozenset(each.code for each in territories() if each.area == OWN_RATE and tax in each.taxes)


def _file() -> dict[str, Any]:
    return tomllib.loads(packaged("territories.toml"))
