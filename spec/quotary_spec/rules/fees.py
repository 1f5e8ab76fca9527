"""Administration fees: a charge on some products for customers in some countries, taxed together with the order.

Editions 2021 and 2023 know no such fee.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quotary_spec.model.order import Deal
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, RoundingPolicy, allot, share
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import about, rule
from quotary_spec.rulebook import Book

_LISTED_DATA_CENTER = Keys("fee.products.*.data_center")
_LISTED_CLOUD = Keys("fee.products.*.cloud")
_FEE_RATE = Keys("fee.rate.*")


@rule("FEE-SCOPE", "002:633 002:635 000:681", rulings="R-02 R-12", general=True)
def country_has_fee(billing_country: str, fee_countries: Collection[str]) -> bool:
    """The fee concerns customers whose billing address is in a country with a fee."""
    return billing_country in fee_countries


@rule("FEE-START", "002:629 000:685", rulings="R-06")
def fee_is_in_force(order_date: date, start: date) -> bool:
    """The fee is charged on orders from its first day on."""
    return order_date >= start


@rule("FEE-OLD-QUOTE", "002:692", rulings="R-06 R-002-FEE-EFFECTIVE")
def quote_is_free_of_fee(quote_date: date, last_free_quote: date) -> bool:
    """A quote made up to and including the fee's first day is honoured without the fee.

    Reading: an order of that day without an earlier quote bears the fee.
    """
    return quote_date <= last_free_quote


@rule("FEE-BEARING-TURKEY", "002:633 002:657-663 002:665 000:689 000:693-700", rulings="R-12")
def bears_fee_in_turkey(product: Product, listed_data_center: Collection[str]) -> bool | Finding:
    """In Turkey the listed Data Center products and all self-managed apps bear the fee; nothing hosted does.

    Reading: the sentence speaks of all self-managed software, the list of six products; any other product is open.
    """
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    if product.platform.hosted:
        return False
    if product.app or (product.platform is Platform.DATA_CENTER and product.id in listed_data_center):
        return True
    return undetermined("FEE_PRODUCT_NOT_LISTED", product=product.id, country="TR")


@rule("FEE-BEARING-INDIA", "002:635 002:642-654 002:665", rulings="R-12")
def bears_fee_in_india(
    product: Product, listed_data_center: Collection[str], listed_cloud: Collection[str]
) -> bool | Finding:
    """In India the listed Data Center and cloud products and all apps bear the fee.

    Reading: the sentence speaks of all products, the list of eleven; a product outside the list is open.
    """
    if product.app:
        return True
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    listed = {Platform.DATA_CENTER: listed_data_center, Platform.CLOUD: listed_cloud}.get(product.platform, ())
    if product.id in listed:
        return True
    return undetermined("FEE_PRODUCT_NOT_LISTED", product=product.id, country="IN")


@rule("FEE-RATE", "002:633 002:635 002:671-688 000:689 000:705-715", rulings="R-08 R-12")
def administration_fee(net_base: int, rate: Decimal, rounding: Rounding) -> int:
    """The fee is the country's rate on the price less discount of the lines that bear it, rounded once on their sum."""
    return share(net_base, rate, rounding)


@rule("FEE-TAXABLE", "002:669 000:703-717", rulings="R-09 R-12")
def taxable_amount(net: int, fee: int, tax: str, taxes: Collection[str]) -> int:
    """The fee is part of the amount on which VAT or GST is computed, and of no other tax's base.

    Reading: harmonised sales tax is a GST.
    """
    return net + fee if tax in taxes else net


@dataclass(frozen=True, slots=True)
class Fee:
    """The administration fee of an order, in minor units, and each line's part of it."""

    country: str
    base: int
    rate: Decimal
    amount: int
    lines: tuple[int, ...]
    parts: tuple[int, ...]
    rule_id: str = administration_fee.info.id


def assess_fee(
    book: Book, deal: Deal, products: Sequence[Product], nets: Sequence[int]
) -> tuple[Fee | None, list[Finding]]:
    """The fee on an order's net amounts, and what stands in its way. No fee is None."""
    country = _country_of_fee(book, deal)
    if isinstance(country, Finding):
        return None, [country]
    if country is None:
        return None, []
    bearing, findings = _bearing_lines(book, country, products)
    if findings or not bearing:
        return None, findings
    return _fee(book, country, deal.rounding, bearing, [nets[i] for i in bearing]), []


def _country_of_fee(book: Book, deal: Deal) -> str | Finding | None:
    """The country whose fee the deal comes under; None when it comes under none."""
    if not book.prints("fee.countries"):
        return remark("FEE_NOT_IN_EDITION", edition=book.edition)
    country = deal.billing_party.country
    if country is None:
        return undetermined("INPUT_MISSING", "deal.billing_party.address.region_code")
    if not country_has_fee(country, book.texts("fee.countries")):
        return None
    if deal.order_date is not None and not fee_is_in_force(deal.order_date, book.day("fee.start")):
        return None
    quoted = deal.quote_date if book.prints("fee.last-free-quote") else None
    if quoted is not None and quote_is_free_of_fee(quoted, book.day("fee.last-free-quote")):
        return remark("QUOTE_FREE_OF_FEE")
    return country if deal.order_date is not None else undetermined("INPUT_MISSING", "deal.order_date")


def _bears(
    book: Book, country: str, product: Product, data_center: Sequence[str], cloud: Sequence[str]
) -> bool | Finding:
    """Whether a product bears the fee of a country; a country whose products no rule reads is not covered."""
    if country == "TR":
        return book.ask(bears_fee_in_turkey, product, data_center)
    if country == "IN":
        return book.ask(bears_fee_in_india, product, data_center, cloud)
    return not_covered(country=country, edition=book.edition)


def _bearing_lines(book: Book, country: str, products: Sequence[Product]) -> tuple[list[int], list[Finding]]:
    data_center = book.texts(_LISTED_DATA_CENTER[country], silent=())
    cloud = book.texts(_LISTED_CLOUD[country], silent=())
    bearing: list[int] = []
    findings: list[Finding] = []
    for i, product in enumerate(products):
        with about(f"lines[{i}]"):
            bears = _bears(book, country, product, data_center, cloud)
        if isinstance(bears, Finding):
            findings.append(bears.about(f"lines[{i}]"))
        elif bears:
            bearing.append(i)
    return bearing, findings


def _fee(book: Book, country: str, policy: RoundingPolicy, lines: list[int], nets: list[int]) -> Fee:
    rate = book.decimal(_FEE_RATE[country])
    base = sum(nets)
    if policy.by_line:
        parts = tuple(administration_fee(net, rate, policy.rounding) for net in nets)
        return Fee(country, base, rate, sum(parts), tuple(lines), parts)
    amount = administration_fee(base, rate, policy.rounding)
    return Fee(country, base, rate, amount, tuple(lines), allot(amount, nets))
