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
from quotary_spec.outcome import Finding, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import DataRow, RuleInfo, read_row
from quotary_spec.rulebook import Book
from quotary_spec.rules.tax.territory import Area

_RATE = Keys("tax.rate.*.*")


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

    def first_day(self, tax: str, region: str) -> date | None:
        """The first day for which the supplement knows a rate of the tax in the place; None when it knows none."""


class Assumption(StrEnum):
    """What to take for granted of a number that nobody confirmed, to price both cases."""

    VALID = "number_valid"
    INVALID = "number_invalid"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A priced line as taxes see it: its net amount and its part of the administration fee, in minor units."""

    product: Product
    net: int
    sold_to_address: Address | None = None
    fee: int = 0


@dataclass(frozen=True, slots=True)
class TaxCase:
    """Everything a family of taxes may look at.

    Attributes:
        book: The edition.
        deal: Circumstances of the order.
        lines: Its lines.
        rates: Rates outside the documents.
        billing: Where the billing party is, its country known.
        area: Whose tax reaches that place, or why none does or it is open.
        on: Day of the order.
        resale: Whether a reseller or partner buys for an end customer; None when the channel is not known.
        assume: What to take for granted of numbers that nobody confirmed.
    """

    book: Book
    deal: Deal
    lines: tuple[TaxLine, ...]
    rates: RateTable
    billing: Address
    area: Area | Finding
    on: date
    resale: bool | None
    assume: Assumption | None = None

    @property
    def country(self) -> str:
        """The country whose taxes reach the billing party; its own where none does."""
        return self.billing.country or "" if isinstance(self.area, Finding) else self.area.country

    @property
    def region(self) -> str:
        """The country, or the subdivision that has a rate of its own."""
        return self.billing.country or "" if isinstance(self.area, Finding) else self.area.region

    @property
    def every_line(self) -> tuple[int, ...]:
        """The positions of all lines."""
        return tuple(range(len(self.lines)))


@dataclass(frozen=True, slots=True)
class Due:
    """A tax that an edition speaks of for some lines.

    Attributes:
        tax: Name of the tax.
        region: Country or subdivision whose tax it is.
        lines: Positions of the lines.
        rule: Rule that decides on it.
        locality: Town whose tax it is.
        rate_of: Name under which its rate is listed, when that is another.
    """

    tax: str
    region: str
    lines: tuple[int, ...]
    rule: RuleInfo
    locality: str = ""
    rate_of: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """A tax that is charged at a rate; the amount is computed later, once.

    Attributes:
        due: The tax, where, and on which lines.
        rate: Its rate.
        exempting: Kinds of numbers and documents that would free from it; none when nothing does.
        evidence_due: Last day on which they would count; None when nothing frees, or that is not known.
        not_counted: Why each number and document that was shown does not count against it.
    """

    due: Due
    rate: Rate
    exempting: tuple[str, ...] = ()
    evidence_due: date | None = None
    not_counted: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Untaxed:
    """A tax that is not charged, and why: what freed from it, or why the vendor does not charge it there and then."""

    due: Due
    reason: Finding


Claim = list[Charge | Untaxed | Finding]
"""What a family says of an order that concerns it."""


def not_yet(due: Due, first_day: date) -> Untaxed:
    """A tax that the vendor charges from a later day on."""
    return Untaxed(due, remark("TAX_NOT_YET_CHARGED", first_day=first_day.isoformat()).by(due.rule.id))


def find_rate(book: Book, rates: RateTable, tax: str, region: str, on: date) -> Rate | Finding:
    """The rate of a tax on a day: the operator's, else the edition's, else the supplement's (R-11)."""
    own = operator_rate(rates, tax, region, on)
    if own is not None:
        return own
    key = _RATE[tax, region]
    if book.prints(key):
        return Rate(book.decimal(key), RateOrigin.EDITION, " ".join(map(str, book.parameters[key].passages)))
    row = rates.supplement(tax, region, on)
    if row is not None:
        return _read(tax, region, row, RateOrigin.SUPPLEMENT)
    first = rates.first_day(tax, region)
    horizon = {"first_known_day": first.isoformat()} if first is not None else {}
    return undetermined("RATE_NOT_KNOWN", tax=tax, region=region, date=on.isoformat(), **horizon)


def operator_rate(rates: RateTable, tax: str, region: str, on: date) -> Rate | None:
    """The operator's rate; in 2023, which leaves no place to the supplement, it is the only one (R-13)."""
    row = rates.operator(tax, region, on)
    return None if row is None else _read(tax, region, row, RateOrigin.OPERATOR)


def _read(tax: str, region: str, row: RateRow, origin: RateOrigin) -> Rate:
    source = f"{origin}: {row.source}"
    read_row(DataRow(f"{origin}.rate.{tax}.{region}", row.rate, source))
    return Rate(row.rate, origin, source)
