"""The table of rates outside the documents: the operator's rows, then the supplement's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from quotary_spec.supplements.rates import Membership, SupplementRow, load, memberships


@dataclass(frozen=True, slots=True)
class IndexedRate:
    """A row of a rates file, with its source as an answer names it."""

    row: SupplementRow
    rate: Decimal
    source: str


_Index = Mapping[tuple[str, str], tuple[IndexedRate, ...]]


class Rates:
    """Rates by tax and place, indexed once."""

    __slots__ = ("_operator", "_supplement")

    def __init__(self, operator: Iterable[SupplementRow] = ()) -> None:
        self._operator = _index(operator)
        self._supplement = _index(load())

    def operator(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The operator's own rate (R-11)."""
        return _find(self._operator, tax, region, on)

    def supplement(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The statutory rate of the supplement."""
        return _find(self._supplement, tax, region, on)

    def first_day(self, tax: str, region: str) -> date | None:
        """The first day for which the supplement knows a rate of the tax in the place."""
        return min((each.row.valid_from for each in self._supplement.get((tax, region), ())), default=None)


def eu_member(country: str, on: date) -> bool:
    """Whether a country is a member state of the European Union on a day (R-33)."""
    member = _members().get(country)
    return member is not None and member.acceded <= on and (member.left is None or on < member.left)


def eu_members(on: date) -> tuple[str, ...]:
    """The member states on a day."""
    return tuple(sorted(country for country in _members() if eu_member(country, on)))


def _index(rows: Iterable[SupplementRow]) -> _Index:
    index: dict[tuple[str, str], tuple[IndexedRate, ...]] = {}
    for row in rows:
        key = row.tax, row.region
        source = row.source if row.dated else f"{row.source} (undated)"
        index[key] = (*index.get(key, ()), IndexedRate(row, row.rate, source))
    return index


def _find(index: _Index, tax: str, region: str, on: date) -> IndexedRate | None:
    for each in index.get((tax, region), ()):
        if each.row.applies(on):
            return each
    return None


@cache
def _members() -> Mapping[str, Membership]:
    return {each.country: each for each in memberships()}
