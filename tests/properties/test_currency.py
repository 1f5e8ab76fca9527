"""Currencies: which may be used, and for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from price_cases import DATA_CENTER, DEAL, JIRA, any_deals, given_price, price
from quotary_spec.model.order import (
    Billing,
    CurrencyTerms,
    Deal,
    GivenPrice,
    Line,
)
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Product
from quotary_spec.money import half_up
from quotary_spec.outcome import Outcome
from quotary_spec.rule import tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.currency import check_currency, price_at_given_rate, price_with_margin
from strategies import (
    editions,
    exchange_rates,
    loose_products,
    margins,
    products,
    roundings,
    unit_prices,
)


@given(unit_prices, exchange_rates, margins, roundings)
def test_a_margin_never_makes_a_price_cheaper(
    unit: Decimal, rate: Decimal, margin: Decimal, rounding: Callable[[int, int], int]
) -> None:
    exact = Fraction(unit) * Fraction(rate) * (1 + Fraction(margin))
    for converted in (price_with_margin, price_at_given_rate):
        assert converted(unit, rate, Decimal(0), "JPY", rounding) <= converted(unit, rate, margin, "JPY", rounding)
        assert abs(converted(unit, rate, margin, "AUD", rounding) - exact * 100) <= Fraction(1, 2)


@given(unit_prices, exchange_rates, margins, st.integers(1, 500))
def test_the_unit_is_converted_before_it_is_multiplied(
    unit: Decimal, rate: Decimal, margin: Decimal, quantity: int
) -> None:
    deal = replace(DEAL, billing_party=Party(address=Address("JP")), currency=CurrencyTerms("JPY", rate, margin))
    line = price(Line(JIRA, quantity=quantity, price=GivenPrice(unit, "USD")), deal)
    assert line.net == price_with_margin(unit, rate, margin, "JPY", half_up) * quantity
    assert line.unit_price == line.net // quantity


def test_who_converts_in_each_edition() -> None:
    deal = replace(DEAL, billing_party=Party(address=Address("JP")), billing=Billing.ORIGINAL)
    deal = replace(deal, currency=CurrencyTerms("JPY", Decimal(150), Decimal("0.02")))
    line = Line(JIRA, price=given_price("1000", currency="USD"))
    for edition, rule_id in (("2026", "CURRENCY-FX-MARGIN"), ("2024", "CURRENCY-FX-OPEN")):
        with tracing() as trace:
            assert price(line, deal, edition).net == 153_000
        assert rule_id in trace.rule_ids()
    # Editions that say nothing on it convert nothing.
    assert price(line, deal, "2023").net is None
    assert price(line, deal, "2023").outcome is Outcome.NOT_COVERED
    unrated = replace(deal, currency=CurrencyTerms("JPY"))
    assert {each.rule_id for each in price(line, unrated, "2024").findings} == {"CURRENCY-FX-OPEN"}


def test_a_price_in_a_third_currency_is_not_converted() -> None:
    line = Line(JIRA, price=given_price("10", currency="EUR"))
    (finding,) = price(line).findings
    assert (finding.outcome, finding.reason) == (Outcome.UNDETERMINED, "PRICE_NOT_CONVERTIBLE")


@given(any_deals, st.one_of(products(), loose_products), editions)
def test_us_dollars_are_for_everyone(deal: Deal, product: Product, edition: str) -> None:
    assert check_currency(BOOK[edition], replace(deal, currency=CurrencyTerms("USD")), product) == []


@given(st.sampled_from(["AUD", "JPY"]), st.sampled_from(["AU", "JP", "US", "DE"]), st.sampled_from(["2024", "2026"]))
def test_a_reserved_currency_is_for_its_country(currency: str, country: str, edition: str) -> None:
    deal = Deal(Party(address=Address(country)), currency=CurrencyTerms(currency), billing=Billing.ORIGINAL)
    allowed = check_currency(BOOK[edition], deal, DATA_CENTER) == []
    assert allowed == ((currency, country) in {("AUD", "AU"), ("JPY", "JP")})


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_older_editions_know_dollars_alone(edition: str) -> None:
    deal = Deal(Party(address=Address("AU")), currency=CurrencyTerms("AUD"))
    assert [each.outcome for each in check_currency(BOOK[edition], deal, DATA_CENTER)] == [Outcome.NOT_COVERED]


def test_facts_that_a_currency_needs() -> None:
    yen = CurrencyTerms("JPY")
    japan = Party(address=Address("JP"))

    def missing(deal: Deal, product: Product, edition: str = "2026") -> list[tuple[str, ...]]:
        return [each.missing for each in check_currency(BOOK[edition], deal, product)]

    assert missing(Deal(Party(), currency=yen), JIRA) == [("deal.billing_party.address.region_code",)]
    assert missing(Deal(japan, currency=yen), Product("bitbucket")) == [("product.platform",)]
    assert missing(Deal(japan, currency=yen), Product("jira")) == []
    assert missing(Deal(japan, currency=yen), JIRA, "2024") == [("deal.billing_experience",)]
    assert missing(Deal(japan, currency=yen), DATA_CENTER, "2024") == []
    australia = Deal(Party(address=Address("AU")), currency=CurrencyTerms("AUD"))
    assert missing(australia, Product("jira")) == [("product.platform",)]
