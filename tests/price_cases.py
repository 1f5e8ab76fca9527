"""Orders, lines and price books that tests of prices share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from quotary_spec.model.order import (
    Action,
    Billing,
    Channel,
    CurrencyTerms,
    Cycle,
    Deal,
    GivenPrice,
    Line,
    Order,
    Prior,
)
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.quote import PricedLine
from quotary_spec.money import RoundingPolicy
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.lines import price_lines
from quotary_spec.supplements.price_book import PriceBook
from strategies import (
    amounts,
    days,
    exchange_rates,
    given_discounts,
    given_prices,
    instants_around,
    loose_products,
    margins,
    products,
    terms,
    unknown_parties,
)

EMPTY, DEMO = PriceBook.empty(), PriceBook.demo()
JIRA = Product("jira", Platform.CLOUD, "standard")
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
US = Party(address=Address("US", "US-DE"))
DEAL = Deal(US, order_date=date(2026, 1, 15), channel=Channel.DIRECT)
END = date(2029, 3, 28)


def price(line: Line, deal: Deal = DEAL, edition: str = "2026", prices: PriceBook = EMPTY) -> PricedLine:
    return price_lines(BOOK[edition], Order(deal, (line,)), prices)[0]


def given_price(unit: str, months: int | None = None, currency: str | None = None) -> GivenPrice:
    return GivenPrice(Decimal(unit), currency, months)


def reasons(line: PricedLine) -> set[str]:
    return {finding.reason for finding in line.findings}


# ---- orders at large

priors = st.builds(
    Prior,
    product=st.none() | loose_products,
    quantity=st.none() | st.integers(1, 20_000),
    term=st.none() | terms,
    net_paid=st.none() | amounts,
    tier_price=st.none() | amounts,
)
any_lines = st.builds(
    Line,
    product=st.one_of(products(), loose_products),
    action=st.sampled_from(Action),
    cycle=st.sampled_from([None, *Cycle]),
    quantity=st.integers(1, 20_000),
    user_tier=st.none() | st.integers(1, 40_000),
    term=st.none() | terms,
    term_months=st.none() | st.integers(1, 40),
    price=st.none() | given_prices,
    discount=st.none() | given_discounts,
    prior=st.none() | priors,
    step_up_approved=st.none() | st.booleans(),
    dual_licence=st.none() | st.booleans(),
    held_user_tier=st.none() | st.integers(1, 40_000),
    term_start=st.none() | days,
)
any_deals = st.builds(
    Deal,
    billing_party=unknown_parties,
    order_date=st.none() | days,
    order_time=st.none() | instants_around(datetime(2026, 3, 31, 7, 59, tzinfo=UTC)),
    payment_date=st.none() | days,
    billing=st.sampled_from([None, *Billing]),
    channel=st.sampled_from([None, *Channel]),
    programme=st.sampled_from([None, "community", "academic", "classroom", "open_source", "government"]),
    other_programmes=st.sampled_from([(), ("academic",), ("government", "community")]),
    currency=st.builds(
        CurrencyTerms,
        st.sampled_from(["USD", "JPY", "AUD", "EUR"]),
        st.none() | exchange_rates,
        st.none() | margins,
    ),
    rounding=st.sampled_from(RoundingPolicy),
    holds_data_center=st.none() | st.booleans(),
)
