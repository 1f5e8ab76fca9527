"""A discount of the whole order: it is split exactly, and is off before fee and taxes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Cycle, Deal, GivenDiscount, GivenPrice, Line, Order
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import half_up
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.order_discount import parts_of_order_discount
from quotary_spec.rules.quote.total import PricedOrder, price_order
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.supplements.price_book import PriceBook

RATES = Rates()
DEAL = Deal(Party(address=Address("DE")), order_date=date(2026, 3, 1), channel=Channel.DIRECT)
nets = st.lists(st.integers(0, 10**8), min_size=1, max_size=8)


def price(prices: list[int], discount: GivenDiscount | None, edition: str = "2026", deal: Deal = DEAL) -> PricedOrder:
    lines = tuple(
        Line(
            Product("jira", Platform.CLOUD, "standard"), cycle=Cycle.ANNUAL, price=GivenPrice(Decimal(each).scaleb(-2))
        )
        for each in prices
    )
    return price_order(BOOK[edition], Order(deal, lines, discount), PriceBook.empty(), RATES)


@given(nets, st.integers(0, 10**9))
def test_the_parts_of_an_amount_add_up_to_it(lines: list[int], amount: int) -> None:
    parts = parts_of_order_discount(GivenDiscount(amount=amount), lines, half_up)
    assert sum(parts) == min(amount, sum(lines))
    assert all(0 <= part <= net for part, net in zip(parts, lines, strict=True))


@given(nets, st.integers(0, 100))
def test_a_rate_is_taken_once_of_the_sum(lines: list[int], percent: int) -> None:
    parts = parts_of_order_discount(GivenDiscount(rate=Decimal(percent) / 100), lines, half_up)
    assert sum(parts) == half_up(sum(lines) * percent, 100)
    assert all(0 <= part <= net for part, net in zip(parts, lines, strict=True))


@given(nets, st.integers(0, 10**9), st.sampled_from(["2024", "2026"]))
def test_a_quote_with_a_discount_of_the_order_closes(prices: list[int], amount: int, edition: str) -> None:
    plain, less = price(prices, None, edition), price(prices, GivenDiscount(amount=amount), edition)
    assert plain.net_total is not None
    assert less.net_total is not None
    assert less.list_total == plain.list_total
    assert sum(line.order_discount for line in less.lines) == min(amount, plain.net_total)
    assert less.net_total == plain.net_total - min(amount, plain.net_total) == sum(line.net or 0 for line in less.lines)
    assert less.discount_total == min(amount, plain.net_total)
    assert [each.base for each in less.components] == [less.net_total] * len(less.components)
    above = [finding for finding in less.findings if finding.reason == "DISCOUNT_ABOVE_PRICE"]
    assert bool(above) == (amount > plain.net_total)
