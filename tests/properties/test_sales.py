"""What may be sold: totality over any sale, and what binds resellers, Server and Guard in each edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Action, Channel, Cycle, Deal, Line, Order
from quotary_spec.model.party import Address, Party, PartyKind
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.sale import AssessedSale, Resale, SaleCase
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.editions import EDITIONS
from quotary_spec.register.reasons import REASON
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.lines import price_lines
from quotary_spec.rules.sales.assessment import assess_sale
from quotary_spec.rules.sales.conditions import refusals
from quotary_spec.rules.sales.offers import ordered_maintenance
from quotary_spec.supplements.price_book import PriceBook
from strategies import days, deals, editions, lines, loose_products, platforms, unknown_parties

CLOUD = Product("jira", Platform.CLOUD, "standard")
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
SERVER = Product("jira", Platform.SERVER)
DIRECT = Deal(Party(address=Address("DE")), channel=Channel.DIRECT, order_date=date(2026, 3, 2))
RESOLD = replace(DIRECT, channel=Channel.RESELLER)

guards = st.builds(
    GuardStanding,
    state=st.sampled_from([None, "none", "trial", "paid_monthly"]),
    organisation_exists=st.none() | st.booleans(),
    verified_domains=st.none() | st.integers(0, 2),
    premium_available=st.none() | st.booleans(),
    premium_registered=st.none() | st.booleans(),
    premium_selected=st.none() | st.booleans(),
)
sales = st.builds(
    SaleCase,
    deals() | st.builds(Deal, unknown_parties, channel=st.sampled_from([None, *Channel])),
    st.lists(lines() | st.builds(Line, loose_products, st.sampled_from(Action)), min_size=1, max_size=4).map(tuple),
    st.builds(
        Resale,
        st.none() | st.booleans(),
        st.none() | st.booleans(),
        st.lists(st.just(Party()), max_size=3).map(tuple),
    ),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
    guards,
)


def ask(edition: str, case: SaleCase) -> AssessedSale:
    return assess_sale(BOOK[edition], case)


def sole(edition: str, *products: Line, deal: Deal = DIRECT, **facts: object) -> tuple[Outcome, list[str]]:
    answer = ask(edition, SaleCase(deal, products, **facts))  # type: ignore[arg-type]
    return weakest(answer.findings), [finding.reason for finding in answer.findings]


@given(st.sampled_from(EDITIONS), sales)
def test_any_sale_is_answered_line_by_line(edition: str, case: SaleCase) -> None:
    answer = ask(edition, case)
    assert [line.product for line in answer.lines] == [line.product for line in case.lines]
    found = set(answer.findings)
    for line in answer.lines:
        assert set(line.findings) <= found
    for finding in answer.findings:
        assert finding.reason in REASON
        is_open = finding.reason == "GOVERNMENT_CLOUD_BUYER_NOT_NAMED"
        assert finding.outcome is not Outcome.UNDETERMINED or finding.missing or is_open


@given(sales)
def test_before_2026_nothing_ends_by_the_hour(case: SaleCase) -> None:
    for edition in ("2021", "2023", "2024"):
        answer = ask(edition, case)
        assert all(line.end_time is None and line.latest_end is None for line in answer.lines)
        assert all(each.moment is None for each in answer.dates)


@given(st.sampled_from(EDITIONS), sales)
def test_dates_are_those_of_the_platforms_in_order(edition: str, case: SaleCase) -> None:
    dates = ask(edition, case).dates
    assert [each.day for each in dates] == sorted(each.day for each in dates)
    sold = {line.product.platform for line in case.lines}
    assert all(each.platform in sold or each.product == "stack" for each in dates)


@given(st.sampled_from(EDITIONS), st.sampled_from([each for each in Channel if each is not Channel.DIRECT]))
def test_resellers_buy_cloud_by_the_year_alone(edition: str, channel: Channel) -> None:
    facts = {"resale": Resale(declared=True), "trial_exists": True}
    deal = replace(RESOLD, channel=channel)
    monthly, annual = Line(CLOUD, cycle=Cycle.MONTHLY), Line(CLOUD, cycle=Cycle.ANNUAL)
    assert sole(edition, monthly, deal=deal, **facts) == (Outcome.REFUSED, ["RESALE_ANNUAL_ONLY"])
    assert sole(edition, annual, deal=deal, **facts) == (Outcome.GRANTED, [])
    # Of selling cloud directly, the documents for resellers say nothing.
    assert sole(edition, monthly)[0] is (Outcome.GRANTED if edition in ("2024", "2026") else Outcome.NOT_COVERED)


@given(st.sampled_from(EDITIONS), st.booleans() | st.none(), st.integers(0, 4))
def test_approval_never_matters_and_a_second_tier_always(edition: str, approved: bool | None, parties: int) -> None:
    resale = Resale(True, approved, tuple(Party() for _ in range(parties)))
    outcome, reasons = sole(edition, Line(CLOUD, cycle=Cycle.ANNUAL), deal=RESOLD, resale=resale, trial_exists=True)
    assert (outcome is Outcome.REFUSED) == (parties > 1)
    assert reasons == (["TWO_TIER_RESALE"] if parties > 1 else [])


def test_a_declaration_is_asked_where_the_edition_asks_for_it() -> None:
    cloud, own = Line(CLOUD, cycle=Cycle.ANNUAL), Line(DATA_CENTER, Action.RENEWAL)
    refused = Resale(declared=False)
    facts = {"deal": RESOLD, "resale": refused, "trial_exists": True}
    for edition in EDITIONS:
        assert sole(edition, own, **facts) == (Outcome.REFUSED, ["RESALE_NOT_DECLARED"])  # type: ignore[arg-type]
        expected = (Outcome.REFUSED, ["RESALE_NOT_DECLARED"]) if edition in ("2024", "2026") else (Outcome.GRANTED, [])
        assert sole(edition, cloud, **facts) == expected  # type: ignore[arg-type]


@given(days)
def test_server_is_new_until_its_last_day_and_never_later(day: date) -> None:
    line = Line(SERVER)
    deal = replace(DIRECT, order_date=day)
    expected = Outcome.GRANTED if day < date(2021, 2, 2) else Outcome.REFUSED
    assert sole("2021", line, deal=deal)[0] is expected
    for edition in ("2023", "2024", "2026"):
        assert sole(edition, line, deal=deal) == (Outcome.REFUSED, ["SERVER_SALES_ENDED"])


def test_an_early_quote_does_not_save_a_late_order() -> None:
    closing = datetime(2026, 3, 31, 7, 59, tzinfo=UTC)
    late = Deal(
        Party(), order_time=closing, quote_date=date(2026, 1, 1), channel=Channel.DIRECT, holds_data_center=False
    )
    assert sole("2026", Line(DATA_CENTER), deal=late) == (Outcome.REFUSED, ["EOL_NEW_CUSTOMERS"])
    in_time = replace(late, order_time=closing - timedelta(seconds=1))
    assert sole("2026", Line(DATA_CENTER), deal=in_time) == (Outcome.GRANTED, [])


@pytest.mark.parametrize("kind", PartyKind)
def test_government_cloud_stands_alone_for_public_bodies_of_the_us(kind: PartyKind) -> None:
    line = Line(Product("jira", Platform.GOVERNMENT_CLOUD), cycle=Cycle.ANNUAL)
    public = kind.value.endswith("government")
    at_home = replace(DIRECT, billing_party=Party(kind, Address("US")))
    assert (sole("2026", line, deal=at_home)[0] is Outcome.GRANTED) == (public or kind is PartyKind.ACADEMIC)
    abroad = replace(DIRECT, billing_party=Party(kind, Address("CA")))
    open_to_nobody_named = (Outcome.UNDETERMINED, ["GOVERNMENT_CLOUD_BUYER_NOT_NAMED"])
    assert sole("2026", line, deal=abroad) == (
        (Outcome.GRANTED, []) if kind is PartyKind.ACADEMIC else open_to_nobody_named
    )
    assert sole("2026", line, deal=replace(abroad, programme="academic")) == (Outcome.GRANTED, [])
    assert sole("2023", line, deal=at_home)[0] is Outcome.NOT_COVERED


def test_government_cloud_of_2024_needs_a_commercial_licence_beside_it() -> None:
    line = Line(Product("jira", Platform.GOVERNMENT_CLOUD), cycle=Cycle.ANNUAL)
    deal = replace(DIRECT, billing_party=Party(PartyKind.LOCAL_GOVERNMENT, Address("US")))
    answer = ask("2024", SaleCase(deal, (line,)))
    assert answer.findings[0].missing == ("commercial_licence_held",)
    assert sole("2024", line, deal=deal, commercial_held=False)[1] == ["COMMERCIAL_LICENCE_MISSING"]
    assert sole("2024", line, deal=deal, commercial_held=True)[0] is Outcome.GRANTED
    assert sole("2024", line, Line(CLOUD, cycle=Cycle.ANNUAL), deal=deal)[0] is Outcome.GRANTED


def test_missing_facts_of_a_party_stand_under_the_party() -> None:
    line = Line(Product("jira", Platform.GOVERNMENT_CLOUD), cycle=Cycle.ANNUAL)
    deal = replace(DIRECT, sold_to=Party())
    (finding,) = ask("2026", SaleCase(deal, (line,))).findings
    assert finding.missing == ("deal.sold_to_party.kind",)


def test_premium_of_guard_is_gated_and_stands_on_standard() -> None:
    premium = Line(Product("guard", Platform.CLOUD, "premium"), cycle=Cycle.MONTHLY)
    ready = GuardStanding(organisation_exists=True, verified_domains=1)
    assert sole("2024", premium, guard=ready)[0] is Outcome.UNDETERMINED
    assert sole("2024", premium, guard=replace(ready, premium_selected=False))[1] == ["GUARD_PREMIUM_LIMITED"]
    chosen = replace(ready, premium_registered=True, premium_selected=True)
    assert sole("2024", premium, guard=chosen) == (Outcome.GRANTED, [])
    assert sole("2026", premium, guard=replace(ready, state="paid_annual")) == (Outcome.GRANTED, [])
    assert sole("2026", premium, guard=replace(ready, state="trial"))[1] == ["GUARD_STANDARD_MISSING"]
    assert sole("2021", premium, guard=ready)[0] is Outcome.NOT_COVERED


@given(st.sampled_from(EDITIONS), platforms)
def test_the_bundle_is_sold_in_no_edition_that_speaks_of_it(edition: str, platform: Platform) -> None:
    outcome, reasons = sole(edition, Line(Product("stack", platform)))
    if edition in ("2024", "2026"):
        assert (outcome, reasons) == (Outcome.REFUSED, ["BUNDLE_NO_LONGER_SOLD"])


@given(days, st.integers(1, 5))
def test_ordered_maintenance_ends_on_the_same_day_of_a_later_year(start: date, years: int) -> None:
    term = ordered_maintenance(start, years)
    assert term.start == start
    assert term.end.year == start.year + years
    assert (term.end.month, term.end.day) in {(start.month, start.day), (2, 28)}


# ---- prices


@given(editions, sales)
def test_a_price_refuses_what_the_order_shows_not_to_be_sold(edition: str, case: SaleCase) -> None:
    order = Order(case.deal, case.lines)
    sold = ask(edition, SaleCase(case.deal, case.lines))
    prices = price_lines(BOOK[edition], order, PriceBook.empty())
    of_the_order = refusals(BOOK[edition], case.deal, case.lines)
    for sale, priced, against in zip(sold.lines, prices, of_the_order, strict=True):
        refused = {(each.reason, each.rule_id) for each in sale.findings if each.outcome is Outcome.REFUSED}
        assert refused <= {(each.reason, each.rule_id) for each in priced.findings}
        assert {(each.reason, each.rule_id) for each in against} <= refused
