"""Taxes on the final invoice: the equivalent of each in local currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quotary_spec.model.order import Deal
from quotary_spec.money import Digits, Rounding, minor_digits
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.tax.result import TaxComponent
from quotary_spec.supplements.euro import uses_euro


@rule("TAX-LOCAL-CURRENCY", "000:629", rulings="R-000-TAX-ADMIN-LOCAL-CURRENCY")
def local_currency(country: str, in_euro_area: bool, currencies: Mapping[str, str]) -> str | Finding:
    """The final invoice states each tax in the currency of its country, for thirteen listed currencies.

    Reading: a country whose currency is not listed gets no equivalent.
    """
    currency = "EUR" if in_euro_area else currencies.get(country)
    return currency if currency is not None else remark("LOCAL_CURRENCY_NOT_LISTED", country=country)


@rule("TAX-LOCAL-CURRENCY-2024", "002:582", rulings="R-02")
def local_currency_in_lost_passage(country: str, in_euro_area: bool, currencies: Mapping[str, str]) -> str | Finding:
    """Where a tax is stated in local currency is asked, but the answer is lost."""
    return not_covered("PASSAGE_LOST")


currency_of_tax = ByEdition(local_currency_in_lost_passage, local_currency)


@rule("TAX-LOCAL-CURRENCY-RATE-TIME", "000:629 000:631")
def equivalent_is_fixed(paid_on: date | None) -> bool:
    """The equivalent is fixed once the full payment was received, since exchange rates move until then."""
    return paid_on is not None


@rule("TAX-LOCAL-CURRENCY-AMOUNT", "000:629 000:631", rulings="R-08 R-10")
def local_equivalent(amount: int, digits: Digits, rate: Decimal, local_digits: Digits, rounding: Rounding) -> int:
    """The equivalent of a tax is its amount at the exchange rate of the day of payment, rounded once.

    Reading: the rate is an input, in local units for one unit of the invoice's currency.
    """
    numerator, denominator = rate.as_integer_ratio()
    return rounding(amount * numerator * int(10**local_digits), denominator * int(10**digits))


@dataclass(frozen=True, slots=True)
class LocalAmount:
    """A tax in local currency: position of its component, currency, and minor units of that currency."""

    component: int
    currency: str
    amount: int


def local_amounts(
    book: Book, deal: Deal, components: Sequence[TaxComponent], rate: Decimal, currency_of_rate: str | None = None
) -> tuple[list[LocalAmount], list[Finding]]:
    """Each tax in its local currency, and why others have none.

    Args:
        book: The edition.
        deal: The order; its payment date has to be known.
        components: Its taxes.
        rate: Units of local currency for one unit of the deal's currency on the day of payment.
        currency_of_rate: That local currency; None where the taxes are of one only, since one rate is not that of two.
    """
    if not book.prints("tax.local-currency-taxes"):
        return [], [not_covered(edition=book.edition)]
    stated = book.texts("tax.local-currency-taxes")
    amounts: list[LocalAmount] = []
    findings: dict[Finding, None] = {}
    day = deal.payment_date or date.max
    currencies = {row["country"]: row["currency"] for row in book.rows("tax.local-currencies", silent=())}
    for i, component in enumerate(components):
        if component.tax not in stated:
            continue
        country = component.region.partition("-")[0]
        currency = book.ask(currency_of_tax, country, uses_euro(country, day), currencies)
        if isinstance(currency, Finding):
            findings[currency] = None
        elif not equivalent_is_fixed(deal.payment_date):
            findings[undetermined("INPUT_MISSING", "deal.payment_date")] = None
        elif currency != deal.currency.code and currency_of_rate in (None, currency):
            amounts.append(_in_currency(deal, i, component.amount, currency, rate))
    if len({each.currency for each in amounts}) > 1:
        return [], [*findings, undetermined("INPUT_MISSING", "invoice_exchange_rate")]
    return amounts, list(findings)


def _in_currency(deal: Deal, position: int, amount: int, currency: str, rate: Decimal) -> LocalAmount:
    digits, local_digits = minor_digits(deal.currency.code), minor_digits(currency)
    local = local_equivalent(amount, digits, rate, local_digits, deal.rounding.rounding)
    return LocalAmount(position, currency, local)
