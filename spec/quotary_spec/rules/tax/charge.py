"""What the tax rules are given and what they answer, before any amount is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from quotary_spec.model.order import Deal
from quotary_spec.model.party import Address
from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import DataRow, read_row
from quotary_spec.rulebook import Book


class RateOrigin(StrEnum):
    """Where a rate was taken from (R-11)."""

    EDITION = "edition"
    SUPPLEMENT = "supplement"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as a fraction of one, with the row it was read from."""

    value: Decimal
    origin: RateOrigin
    source: str


class RateRow(Protocol):
    """A dated row of a rate table outside the documents."""

    @property
    def rate(self) -> Decimal: ...
    @property
    def source(self) -> str: ...


class RateTable(Protocol):
    """Rates outside the documents: the operator's, and the supplement's."""

    def operator(self, tax: str, region: str, on: date) -> RateRow | None:
        """The operator's own rate, which outranks every other."""

    def supplement(self, tax: str, region: str, on: date) -> RateRow | None:
        """The statutory rate, for a place that an edition taxes without printing one."""


class Assumption(StrEnum):
    """What to take for granted of a number or document that nobody confirmed, to price both cases."""

    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A priced line as taxes see it: amounts in minor units, the fee's part included in ``taxable``."""

    product: Product
    taxable: int
    sold_to_address: Address | None = None


@dataclass(frozen=True, slots=True)
class TaxCase:
    """Everything a family of taxes may look at."""

    book: Book
    deal: Deal
    lines: tuple[TaxLine, ...]
    rates: RateTable
    assume: Assumption | None = None

    @property
    def every_line(self) -> tuple[int, ...]:
        """The positions of all lines."""
        return tuple(range(len(self.lines)))


@dataclass(frozen=True, slots=True)
class Charge:
    """A tax that is due on some lines at a rate; the amount is computed later, once."""

    tax: str
    region: str
    rate: Rate
    lines: tuple[int, ...]
    rule_id: str
    locality: str = ""


Claim = list[Charge | Finding]
"""What a family says of an order that concerns it; empty when it frees the order from its tax."""


def find_rate(case: TaxCase, tax: str, region: str, on: date, key: str = "", supplement: bool = True) -> Rate | Finding:
    """The rate of a tax: the operator's, else the edition's, else the supplement's (R-11).

    Args:
        key: Parameter that holds the edition's rate; by default ``tax.rate.<tax>.<region>``.
        supplement: False where the edition does not leave the place to the supplement (R-13, 2023).
    """
    row = case.rates.operator(tax, region, on)
    if row is not None:
        return _read(tax, region, row, RateOrigin.OPERATOR)
    key = key or f"tax.rate.{tax}.{region}"
    if case.book.prints(key):
        printed = case.book.row(key)
        value = printed.value
        assert isinstance(value, Decimal)
        return Rate(value, RateOrigin.EDITION, " ".join(map(str, printed.passages)))
    row = case.rates.supplement(tax, region, on) if supplement else None
    if row is not None:
        return _read(tax, region, row, RateOrigin.SUPPLEMENT)
    return undetermined("RATE_NOT_KNOWN", tax=tax, region=region, date=on.isoformat())


def _read(tax: str, region: str, row: RateRow, origin: RateOrigin) -> Rate:
    read_row(DataRow(f"{origin}.rate.{tax}.{region}", row.rate, f"{origin}: {row.source}"))
    return Rate(row.rate, origin, f"{origin}: {row.source}")
