"""Currencies: which an order may be quoted in, and how a dollar price is brought into them.

Editions 2021 and 2023 speak of Australian dollars only to say how they cannot be paid: another currency than the US
dollar is not covered there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from quotary_spec.model.order import Billing, Deal
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding, minor_digits, to_minor
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book

_RESERVED_FOR = Keys("currency.reserved-for.*")


US_DOLLAR = "USD"


@rule("CURRENCY-BY-CUSTOMER-COUNTRY", "000:231 002:302", rulings="R-34")
def currency_is_for_country(billing_country: str, reserved_for: str) -> bool:
    """Australian dollars are for customers in Australia, yen for customers in Japan, US dollars for everyone.

    Reading: the country of the billing party's address; customers there may also choose US dollars.
    """
    return billing_country == reserved_for


@rule("CURRENCY-NEW-ENGINE-USD", "002:302", rulings="R-24 R-34")
def billing_takes_currency(billing: Billing, currency: str, taken_by_improved: Collection[str]) -> bool:
    """The improved billing experience takes US dollars only.

    Reading: quotes and payments alike. Data Center is always billed by the original experience.
    """
    return billing is not Billing.IMPROVED or currency in taken_by_improved


@rule("CURRENCY-USD-ONLY-PRODUCTS", "000:235 002:306", rulings="R-34")
def product_is_usd_only(product: Product, usd_only: Collection[str]) -> bool | Finding:
    """Some cloud products are quoted and invoiced in US dollars only, and with them the whole order.

    Reading: the products named are the whole list.
    """
    if product.app or product.id not in usd_only:
        return False
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    return product.platform.hosted


@rule("CURRENCY-AUD-NO-CLOUD-APPS", "000:236 002:307", rulings="R-34")
def product_is_cloud_or_app(product: Product) -> bool | Finding:
    """No order that holds a cloud product or a Marketplace app is quoted or invoiced in Australian dollars.

    Reading: apps of every platform.
    """
    if product.app:
        return True
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    return product.platform.hosted


@rule("CURRENCY-FX-MARGIN", "000:231", rulings="R-08 R-09 R-10")
def price_with_margin(
    usd_price: Decimal, exchange_rate: Decimal, margin: Decimal, currency: str, rounding: Rounding
) -> int:
    """A dollar price in another currency is the price times an exchange rate that contains a margin for fluctuation.

    Rounded once, to the currency's minor unit.

    Reading: neither rate nor margin is printed; both are inputs.
    """
    return to_minor(usd_price * exchange_rate * (1 + margin), currency, rounding)


@rule("CURRENCY-FX-OPEN", "002:302", rulings="R-08 R-09 R-10")
def price_at_given_rate(
    usd_price: Decimal, exchange_rate: Decimal, margin: Decimal, currency: str, rounding: Rounding
) -> int:
    """Quotes are made in other currencies, without a word on how a dollar price becomes one in them.

    Reading: by the rate and the margin that are given, rounded once to the currency's minor unit.
    """
    return to_minor(usd_price * exchange_rate * (1 + margin), currency, rounding)


converted_price = ByEdition(price_with_margin, price_at_given_rate)


def convert(book: Book, deal: Deal, price: Decimal, currency: str | None, rounding: Rounding) -> Decimal | Finding:
    """A price in the deal's currency; one that is already in it stays exact. No currency stands for the deal's."""
    target = deal.currency.code
    if currency is None or currency == target:
        return price
    if currency != US_DOLLAR:
        return undetermined("PRICE_NOT_CONVERTIBLE", price_currency=currency, currency=target)
    rate, margin = deal.currency.exchange_rate, deal.currency.margin
    if rate is None or margin is None:
        absent = [name for name, value in (("exchange_rate", rate), ("margin", margin)) if value is None]
        missing = undetermined("INPUT_MISSING", *(f"deal.currency.{name}" for name in absent))
        # Whose conversion it is that lacks them, where the edition has one.
        return missing.by(book.version(converted_price).info.id) if book.serves(converted_price) else missing
    converted = book.ask(converted_price, price, rate, margin, target, rounding)
    if isinstance(converted, Finding):
        return converted
    return Decimal(converted).scaleb(-minor_digits(target))


def currencies_of(book: Book, deal: Deal, products: Sequence[Product]) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The currencies in which these products can be quoted to this customer, and what leaves another of them open.

    None where the edition does not speak of currencies.
    """
    offered: list[str] = []
    unknown: list[Finding] = []
    for currency in book.texts("currency.offered", silent=()):
        in_currency = replace(deal, currency=replace(deal.currency, code=currency))
        findings = check_currencies(book, in_currency, products)
        if not findings:
            offered.append(currency)
        elif all(finding.outcome is Outcome.UNDETERMINED for finding in findings):
            unknown += findings
    return tuple(offered), tuple(dict.fromkeys(unknown))


def check_currencies(book: Book, deal: Deal, products: Sequence[Product]) -> list[Finding]:
    """What stands against the deal's currency for the products of one order, each once and about its line."""
    found: dict[Finding, Finding] = {}
    for i, product in enumerate(products):
        for finding in check_currency(book, deal, product):
            found.setdefault(finding, _at_line(finding, f"lines[{i}]"))
    return list(found.values())


def _at_line(finding: Finding, line: str) -> Finding:
    """A finding of a product as one about its line; one of the deal stays as it is."""
    of_deal = finding.reason in ("CURRENCY_RESERVED", "CURRENCY_NOT_OFFERED")
    of_deal = of_deal or any(path.startswith("deal.") for path in finding.missing)
    return finding if of_deal else finding.about(line).rebased(lambda path: f"{line}.{path}")


def check_currency(book: Book, deal: Deal, product: Product) -> list[Finding]:
    """What stands against quoting a product in the deal's currency; nothing does against US dollars."""
    currency = deal.currency.code
    if currency == US_DOLLAR:
        return []
    if not book.prints("currency.offered"):
        return [not_covered(currency=currency)]
    if currency not in book.texts("currency.offered"):
        return [refused("CURRENCY_NOT_OFFERED", currency=currency).by(currency_is_for_country.info.id)]
    return list(_objections(book, deal, product, currency))


def _objections(book: Book, deal: Deal, product: Product, currency: str) -> Iterator[Finding]:
    country = deal.billing_party.country
    reserved_for = book.text(_RESERVED_FOR[currency])
    if country is None:
        yield undetermined("INPUT_MISSING", "deal.billing_party.address.region_code")
    elif not currency_is_for_country(country, reserved_for):
        yield refused("CURRENCY_RESERVED", currency=currency, country=reserved_for).by(currency_is_for_country.info.id)
    if book.prints("currency.improved-billing"):
        billing = Billing.ORIGINAL if product.platform is Platform.DATA_CENTER else deal.billing
        if billing is None:
            yield undetermined("INPUT_MISSING", "deal.billing_experience")
        elif not billing_takes_currency(billing, currency, book.texts("currency.improved-billing")):
            yield refused("CURRENCY_IMPROVED_BILLING_USD_ONLY", currency=currency).by(billing_takes_currency.info.id)
    usd_only = product_is_usd_only(product, book.texts("currency.usd-only-products"))
    if isinstance(usd_only, Finding):
        yield usd_only
    elif usd_only:
        yield refused("CURRENCY_USD_ONLY_PRODUCT", currency=currency).by(product_is_usd_only.info.id)
    if currency in book.texts("currency.without-cloud-and-apps"):
        excluded = product_is_cloud_or_app(product)
        if isinstance(excluded, Finding):
            yield excluded
        elif excluded:
            yield refused("CURRENCY_WITHOUT_CLOUD_AND_APPS", currency=currency).by(product_is_cloud_or_app.info.id)
