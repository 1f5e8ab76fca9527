"""The price of a number of users for one period, from a price book or from a schedule in the request."""

from __future__ import annotations

from types import MappingProxyType

from quotary_spec.model.order import CurrencyTerms, Cycle, Deal
from quotary_spec.model.party import Party
from quotary_spec.model.price import PriceSchedule
from quotary_spec.model.product import Product
from quotary_spec.money import half_up
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import DataRow
from quotary_spec.rulebook import Book
from quotary_spec.rules.price.list_price import ListPrice, Pricing, list_price, months_charged_a_year
from quotary_spec.rules.price.proration import price_of_a_year
from quotary_spec.supplements.price_book import BookedPrice, PriceBook

_MONTHS_OF_A_YEAR = 12


def price_of_users(
    book: Book,
    product: Product,
    cycle: Cycle | None,
    users: int,
    prices: PriceBook,
    schedule: PriceSchedule | None = None,
) -> ListPrice | Finding:
    """What that many users cost for one period: by user and month, or by the tier that holds them."""
    if schedule is not None:
        prices = _as_book(product, schedule)
    currency = schedule.currency if schedule is not None else "USD"
    pricing = Pricing.of(book, Deal(Party(), currency=CurrencyTerms(currency)), prices)
    if cycle is Cycle.MONTHLY:
        return list_price(pricing, product, cycle, users, None, None)
    price = list_price(pricing, product, cycle, 1, users, None)
    return price if isinstance(price, Finding) else _of_a_year(book, product, price)


def _of_a_year(book: Book, product: Product, price: ListPrice) -> ListPrice | Finding:
    """The price of a tier for twelve months; that of one month where the edition says how many a year costs."""
    if price.months == _MONTHS_OF_A_YEAR:
        return price
    charged = months_charged_a_year(book, product)
    if price.months != 1 or charged is None:
        return undetermined("PRICE_NOT_KNOWN", "price.months")
    assert price.unit is not None, "a tier has one price"
    unit = price_of_a_year(price.unit, charged)
    return ListPrice(price.amount * charged, unit, _MONTHS_OF_A_YEAR, price.tier, price.source)


def _as_book(product: Product, schedule: PriceSchedule) -> PriceBook:
    """Prices in a request, in the place of a price book."""
    assert product.platform is not None
    row = BookedPrice(schedule, DataRow("request.prices", schedule, "request"))
    return PriceBook(rows=MappingProxyType({(product.id, product.platform, None, None): row}))


def whole_amount(price: ListPrice) -> int:
    """The price in whole minor units, rounded once (R-08)."""
    numerator, denominator = price.amount.as_integer_ratio()
    return half_up(numerator, denominator)
