"""The table of rates outside the documents: the operator's rows, then the supplement's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from quotary_spec.supplements.rates import SupplementRow, load, memberships

_Index = Mapping[tuple[str, str], tuple["IndexedRate", ...]]


@dataclass(frozen=True, slots=True)
class IndexedRate:
    """A row with its source as an answer names it."""

    row: SupplementRow
    rate: Decimal
    source: str


class Rates:
    """Rates by tax and place, indexed once."""

    __slots__ = ("_operator", "_supplement")

    def __init__(
        self, operator: Iterable[SupplementRow] = (), supplement: Iterable[SupplementRow] | None = None
    ) -> None:
        self._operator = _index(operator)
        self._supplement = _shipped() if supplement is None else _index(supplement)

    def operator(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The operator's own rate, which outranks every other (R-11)."""
        return _find(self._operator, tax, region, on)

    def supplement(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The statutory rate of the supplement."""
        return _find(self._supplement, tax, region, on)


def eu_member(country: str, on: date) -> bool:
    """Whether a country is a member state of the European Union on a day (R-33)."""
    membership = _members().get(country)
    return membership is not None and membership[0] <= on < membership[1]


def eu_members(on: date) -> list[str]:
    """The member states on a day, by code."""
    return sorted(country for country in _members() if eu_member(country, on))


def _index(rows: Iterable[SupplementRow]) -> _Index:
    index: dict[tuple[str, str], tuple[IndexedRate, ...]] = {}
    for row in rows:
        source = row.source if row.dated else f"{row.source} (undated)"
        key = row.tax, row.region
        index[key] = (*index.get(key, ()), IndexedRate(row, row.rate, source))
    return index


def _find(index: _Index, tax: str, region: str, on: date) -> IndexedRate | None:
    for indexed in index.get((tax, region), ()):
        if indexed.row.applies(on):
            return indexed
    return None


@cache
def _shipped() -> _Index:
    return _index(load())


@cache
def _members() -> Mapping[str, tuple[date, date]]:
    return {each.country: (each.acceded, each.left or date.max) for each in memberships()}
