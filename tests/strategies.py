"""Strategies for everything that properties draw: dates, money, parties, products, lines, orders.

One file for the whole project. A strategy draws what a well-formed request can hold; narrow it where it is used.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import (
    Action,
    Billing,
    Channel,
    CurrencyTerms,
    Cycle,
    Deal,
    GivenDiscount,
    GivenPrice,
    Line,
    Order,
)
from quotary_spec.model.party import Address, Evidence, Party, PartyKind, TaxIdentifier, Verdict
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.money import Rounding, RoundingPolicy, half_even, half_up
from quotary_spec.register.editions import EDITIONS
from quotary_spec.register.products import PRODUCT
from quotary_spec.register.vocabulary import VOCABULARY

T = TypeVar("T")

# ---- the book

editions = st.sampled_from(EDITIONS)

# ---- dates

FIRST_DAY, LAST_DAY = date(2019, 1, 1), date(2031, 12, 31)
"""Around every date that the documents name."""

days = st.dates(FIRST_DAY, LAST_DAY)
instants = st.builds(datetime.combine, days, st.times(), tzinfo=st.just(UTC))


def days_around(*anchors: date, by: int = 3) -> st.SearchStrategy[date]:
    """Days on both sides of the dates at which a rule turns, and any others now and then."""
    near = st.builds(lambda anchor, n: anchor + timedelta(days=n), st.sampled_from(anchors), st.integers(-by, by))
    return st.one_of(near, days)


def instants_around(*anchors: datetime) -> st.SearchStrategy[datetime]:
    """Moments on both sides of those at which a rule turns, to the minute."""
    return st.builds(lambda at, n: at + timedelta(minutes=n), st.sampled_from(anchors), st.integers(-2, 2))


month_terms = st.builds(Term.of_months, days, st.integers(1, 36))
"""Terms of whole months."""

terms = st.builds(lambda start, n: Term(start, start + timedelta(days=n)), days, st.integers(0, 1100))
"""Terms of any length, empty ones included."""

paid_terms = st.one_of(month_terms, terms.filter(lambda term: term.days > 0))
"""Terms that a price can be prorated to."""


def days_in(term: Term) -> st.SearchStrategy[date]:
    """Days of a term that is not empty."""
    return st.dates(term.start, term.end - timedelta(days=1))


# ---- money

MOST = 10**12
"""Largest amount drawn, in minor units."""

amounts = st.one_of(st.integers(0, 2000), st.integers(0, MOST))
"""Amounts in minor units, small ones often: ties and single cents lie there."""

signed_amounts = st.one_of(amounts, amounts.map(lambda amount: -amount))
roundings: st.SearchStrategy[Rounding] = st.sampled_from([half_up, half_even])
policies = st.sampled_from(RoundingPolicy)
rates = st.decimals(0, 1, places=4)
"""Fractions from none to all."""

tax_rates = st.one_of(st.sampled_from(list(map(Decimal, ("0.05", "0.09975", "0.18", "0.075", "0.02")))), rates)
unit_prices = st.decimals(0, 100_000, places=2)
exchange_rates = st.decimals(Decimal("0.01"), 200, places=4)
margins = st.decimals(0, Decimal("0.1"), places=3)
currencies = st.sampled_from(["USD", "AUD", "JPY"])


@st.composite
def weights(draw: st.DrawFn, size: int | None = None) -> list[int]:
    """Weights to split an amount by."""
    return draw(st.lists(amounts, min_size=size or 1, max_size=size or 8))


# ---- parties

COUNTRIES = (
    "US",
    "CA",
    "TR",
    "IN",
    "DE",
    "FR",
    "AU",
    "JP",
    "RU",
    "MX",
    "CH",
    "ZA",
    "IS",
    "NO",
    "KR",
    "CL",
    "TW",
    "GB",
    "BR",
)
"""Each way in which the documents treat a country, and some that they do not name."""

SUBDIVISIONS = {
    "US": ("US-TX", "US-IL", "US-CO", "US-PR", "US-HI", "US-OR", "US-CA"),
    "CA": ("CA-QC", "CA-ON", "CA-BC", "CA-SK", "CA-NS", "CA-AB", "CA-MB", "CA-NT"),
}

words = st.text("abcdefxyz-0189é", max_size=8)


@st.composite
def addresses(draw: st.DrawFn, countries: tuple[str, ...] = COUNTRIES) -> Address:
    """Addresses whose subdivision belongs to their country."""
    country = draw(st.sampled_from(countries))
    subdivision = draw(st.sampled_from([None, *SUBDIVISIONS.get(country, ())]))
    locality = draw(st.sampled_from([None, "Chicago", "Denver", "Lakewood", "Somewhere"]))
    return Address(country, subdivision, locality, draw(st.none() | words))


tax_identifiers = st.builds(
    TaxIdentifier,
    kind=st.sampled_from(["vat", "gst", "pan", "cin", "service_tax", "qst", "pst", "abn", "ein"]),
    value=st.sampled_from(["DE136695976", "DE136695977", "1234567890", "1012345678TQ0001", "PST-1234-5678", "x"]),
    region=st.none() | st.sampled_from(["DE", "FR", "TR", "IN", "CA-QC", "CA-BC"]),
    verdict=st.sampled_from([None, *Verdict]),
    supplied_on=st.none() | days,
)

evidence = st.builds(
    Evidence,
    kind=st.sampled_from(
        ["exemption_certificate", "reseller_exemption_certificate", "blanket_certificate", "exclusion_document"]
    ),
    region=st.none() | st.sampled_from(["TR", "US-TX", "US-CO", "CA-BC"]),
    locality=st.sampled_from([None, "Denver"]),
    valid_from=st.none() | days,
    valid_through=st.none() | days,
    supplied_on=st.none() | days,
    accepted=st.none() | st.booleans(),
)


@st.composite
def parties(draw: st.DrawFn, countries: tuple[str, ...] = COUNTRIES) -> Party:
    """Parties with an address, and now and then with numbers and documents."""
    return Party(
        draw(st.sampled_from([None, *PartyKind])),
        draw(addresses(countries)),
        tuple(draw(st.lists(tax_identifiers, max_size=2))),
        tuple(draw(st.lists(evidence, max_size=2))),
    )


unknown_parties = st.one_of(
    st.just(Party()), st.builds(Party, address=st.builds(Address, locality=st.none() | words)), parties()
)
"""Parties of which nothing may be known."""

# ---- products

platforms = st.sampled_from(Platform)


@st.composite
def products(draw: st.DrawFn) -> Product:
    """Registered products on a platform and plan that the documents show for them, and apps of each kind."""
    entry = draw(st.sampled_from(list(PRODUCT.values())))
    return Product(
        entry.id,
        Platform(draw(st.sampled_from(entry.platforms))) if entry.platforms else draw(platforms),
        draw(st.sampled_from([None, *entry.plans])),
        app=entry.kind == "marketplace_app",
        built_by_vendor=draw(st.none() | st.booleans()),
    )


loose_products = st.builds(
    Product,
    st.sampled_from(list(PRODUCT)),
    st.sampled_from([None, *Platform]),
    st.sampled_from([None, "free", "standard", "premium", "enterprise"]),
    st.booleans(),
    st.none() | st.sampled_from(list(PRODUCT)),
    st.none() | st.booleans(),
    st.none() | words,
)
"""Products on any platform, the documents' or not."""

# ---- orders

given_prices = st.builds(GivenPrice, unit_prices, st.none(), st.none() | st.integers(1, 24))
given_discounts = st.one_of(
    st.builds(GivenDiscount, rate=rates), st.builds(GivenDiscount, amount=st.integers(0, 100_000))
)


@st.composite
def deals(draw: st.DrawFn, countries: tuple[str, ...] = COUNTRIES, order_dates: st.SearchStrategy[date] = days) -> Deal:
    """Deals with an order date, a billing party and, sold through others, a customer."""
    channel = draw(st.sampled_from(Channel))
    code = draw(currencies)
    return Deal(
        billing_party=draw(parties(countries)),
        order_date=draw(order_dates),
        order_time=draw(st.none() | instants),
        payment_date=draw(st.none() | days),
        quote_date=draw(st.none() | days),
        billing=draw(st.sampled_from([None, *Billing])),
        channel=channel,
        sold_to=None if channel is Channel.DIRECT else draw(parties(countries)),
        ship_to=draw(st.none() | parties(countries)),
        programme=draw(st.sampled_from([None, "community", "academic", "open_source"])),
        currency=CurrencyTerms(code) if code == "USD" else CurrencyTerms(code, draw(exchange_rates), draw(margins)),
        rounding=draw(policies),
        holds_data_center=draw(st.none() | st.booleans()),
    )


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Lines with a price of their own, for a whole term from some day."""
    cycle = draw(st.sampled_from(Cycle))
    start = draw(days)
    return Line(
        draw(products()),
        draw(st.sampled_from([Action.NEW, Action.RENEWAL, Action.EXPANSION])),
        cycle,
        draw(st.integers(1, 500)),
        draw(st.none() | st.integers(1, 50_000)),
        Term(start, add_months(start, 1 if cycle is Cycle.MONTHLY else 12)),
        price=draw(given_prices),
        discount=draw(st.none() | given_discounts),
    )


@st.composite
def orders(draw: st.DrawFn, countries: tuple[str, ...] = COUNTRIES, most_lines: int = 4) -> Order:
    """Whole orders with a price on each line."""
    return Order(draw(deals(countries)), tuple(draw(st.lists(lines(), min_size=1, max_size=most_lines))))


# ---- subscriptions

ROLES = tuple(VOCABULARY["role"])


def known_or_not(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """A fact that may not be known."""
    return st.none() | values


yes_no = known_or_not(st.booleans())
actors = st.builds(Actor, st.frozensets(st.sampled_from(ROLES), max_size=3), yes_no)
guard_standings = st.builds(
    GuardStanding,
    known_or_not(st.sampled_from(list(VOCABULARY["guard_state"]))),
    yes_no,
    known_or_not(st.integers(0, 3)),
    known_or_not(st.sampled_from(["O1", "O2"])),
    known_or_not(st.sampled_from(["O1", "O2"])),
    *[yes_no] * 6,
)

guard_products = st.builds(
    Product, st.just("guard"), st.just(Platform.CLOUD), st.sampled_from([None, "standard", "premium"])
)
held_products = st.one_of(loose_products, guard_products)

subscriptions = st.builds(
    Subscription,
    known_or_not(held_products),
    st.sampled_from([None, *Cycle]),
    known_or_not(paid_terms),
    known_or_not(st.integers(1, 50_000)),
    known_or_not(st.sampled_from(list(VOCABULARY["licence_type"]))),
    known_or_not(st.sampled_from(list(VOCABULARY["subscription_state"]))),
    known_or_not(days),
    known_or_not(days),
    yes_no,
    known_or_not(days),
)
"""What a customer may hold, with any of its facts unknown."""
