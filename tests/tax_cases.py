"""Places, parties and orders that tests of taxes share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Deal
from quotary_spec.model.party import Address, Evidence, Party, TaxIdentifier, Verdict
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tax.assessment import assess_taxes
from quotary_spec.rules.tax.charge import TaxLine
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.rules.tax.result import TaxComponent, TaxResult
from quotary_spec.supplements.rates import SupplementRow
from strategies import (
    addresses,
    amounts,
    days_around,
    parties,
    policies,
    products,
    unknown_parties,
)

RATES = Rates()
DAY = date(2026, 3, 2)
CLOUD = Product("jira", Platform.CLOUD)
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
TRELLO = Product("trello", Platform.CLOUD)
GERMAN = TaxIdentifier("vat", "DE136695976")
CONFIRMED = replace(GERMAN, verdict=Verdict.VALID)
# Every date at which a tax begins, and the last day of the United Kingdom's membership.
TURNS = (date(2020, 1, 31), date(2021, 4, 1), date(2021, 7, 1), date(2022, 2, 1), date(2024, 1, 1), date(2025, 5, 1))
lines = st.lists(st.builds(TaxLine, products(), amounts, st.none() | addresses()), max_size=6)
channels = st.sampled_from([None, *Channel])


@st.composite
def deals(draw: st.DrawFn, party: st.SearchStrategy[Party] = unknown_parties) -> Deal:
    """Deals of which anything may be unknown."""
    order_date = draw(st.none() | days_around(*TURNS))
    payment_date = (
        order_date + timedelta(days=draw(st.integers(-2, 40))) if order_date and draw(st.booleans()) else None
    )
    return Deal(
        draw(party),
        order_date=order_date,
        payment_date=payment_date,
        channel=draw(channels),
        sold_to=draw(st.none() | parties()),
        ship_to=draw(st.none() | parties()),
        technical_contact=draw(st.none() | parties()),
        rounding=draw(policies),
    )


def at(place: str, town: str | None = None, *numbers: TaxIdentifier, documents: Iterable[Evidence] = ()) -> Party:
    """A party in a country ("DE") or subdivision ("US-TX")."""
    country, _, subdivision = place.partition("-")
    return Party(None, Address(country, place if subdivision else None, town), numbers, tuple(documents))


def deal(party: Party, on: date = DAY, channel: Channel | None = Channel.DIRECT, **facts: object) -> Deal:
    return Deal(party, order_date=on, channel=channel, **facts)  # type: ignore[arg-type]


def tax(order: Deal, *what: tuple[Product, int], edition: str = "2026", rates: Rates = RATES) -> TaxResult:
    taxed = [TaxLine(product, amount) for product, amount in what or ((CLOUD, 100_00),)]
    return assess_taxes(BOOK[edition], order, taxed, rates)


def charged(result: TaxResult) -> dict[tuple[str, str], int]:
    """Amounts by tax and place, of an answer without open questions."""
    assert weakest(result.findings) is Outcome.GRANTED, result.findings
    return {(each.tax, each.region): each.amount for each in result.components}


def codes(result: TaxResult) -> list[str]:
    return [finding.reason for finding in result.findings]


def total(components: Iterable[TaxComponent]) -> int:
    return sum(component.amount for component in components)


def row(name: str, region: str, rate: str) -> SupplementRow:
    return SupplementRow(name, region, Decimal(rate), date(2000, 1, 1), "ours", date(2026, 1, 1))
