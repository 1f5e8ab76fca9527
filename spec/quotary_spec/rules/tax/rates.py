"""The table of rates outside the documents: the operator's rows, then the supplement's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from quotary_spec.supplements.rates import (
    Membership,
    SupplementRow,
    canonical_bytes,
    load,
    memberships,
    parse_rates,
)


@dataclass(frozen=True, slots=True)
class IndexedRate:
    """A row of a rates file, with its source as an answer names it."""

    row: SupplementRow
    rate: Decimal
    source: str


_Index = Mapping[tuple[str, str], tuple[IndexedRate, ...]]


class Rates:
    """Rates by tax and place, indexed once.

    Attributes:
        digest: Sha256 over every rate and membership, in hexadecimal; order and layout of the files do not change it.
    """

    __slots__ = ("_operator", "_supplement", "digest")

    def __init__(
        self, operator: Iterable[SupplementRow] = (), supplement: Iterable[SupplementRow] | None = None
    ) -> None:
        own = tuple(operator)
        statutory = load() if supplement is None else tuple(supplement)
        self._operator = _index(own)
        self._supplement = _index(statutory)
        facts = canonical_bytes(own), canonical_bytes(statutory), canonical_bytes(memberships())
        self.digest = hashlib.sha256(b"\0".join(facts)).hexdigest()

    @classmethod
    def supplement_only(cls) -> Rates:
        """The supplement that ships, without rates of an operator."""
        return cls()

    @classmethod
    def with_operator(cls, text: str, origin_name: str) -> Rates:
        """The supplement, and an operator's rates file, which outranks everything else.

        Raises:
            RatesError: the file has faults; the error lists all of them with their lines.
        """
        return cls(parse_rates(text, origin_name))

    def operator(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The operator's own rate (R-11)."""
        return _find(self._operator, tax, region, on)

    def supplement(self, tax: str, region: str, on: date) -> IndexedRate | None:
        """The statutory rate of the supplement."""
        return _find(self._supplement, tax, region, on)


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
