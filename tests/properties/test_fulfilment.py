"""Orders on their way: cloud with the order or its payment, keys with the payment, mails with the whole of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.fulfilment import FulfilmentCase, Trigger
from quotary_spec.model.order import Action, Billing, Channel, Deal, Line
from quotary_spec.model.party import Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.editions import EDITIONS
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.fulfilment import assess_fulfilment
from strategies import days, deals, instants, lines, loose_products

ORDERED, PAID = date(2026, 3, 1), date(2026, 3, 12)
CLOUD = Line(Product("jira", Platform.CLOUD), Action.UPGRADE)
KEYS = Line(Product("jira", Platform.DATA_CENTER), Action.RENEWAL)
DEAL = Deal(Party(), order_date=ORDERED, payment_date=PAID)

cases = st.builds(
    FulfilmentCase,
    deals(),
    st.lists(lines() | st.builds(Line, loose_products, st.sampled_from(Action)), min_size=1, max_size=3).map(tuple),
    st.none() | instants,
    st.none() | st.booleans(),
    st.none() | st.integers(0, 1000),
    st.none() | st.integers(0, 1000),
    st.booleans(),
)


@given(st.sampled_from(EDITIONS), cases)
def test_any_order_is_answered_and_nothing_is_there_before_its_trigger(edition: str, case: FulfilmentCase) -> None:
    answer = assess_fulfilment(BOOK[edition], case)
    assert [line.position for line in answer.lines] == list(range(len(case.lines)))
    for line in answer.lines:
        if line.trigger is Trigger.PAYMENT_PROCESSED and line.available:
            assert case.is_paid
        if not line.available:
            assert line.day is None
            assert line.moment is None
        if line.kind == "licence_key":
            assert line.trigger is Trigger.PAYMENT_PROCESSED
    for finding in answer.findings:
        assert finding.outcome is not Outcome.UNDETERMINED or finding.missing


@given(st.sampled_from(EDITIONS), days)
def test_a_review_takes_one_to_three_days(edition: str, ordered: date) -> None:
    deal = replace(DEAL, order_date=ordered)
    answer = assess_fulfilment(BOOK[edition], FulfilmentCase(deal, (KEYS,), manual_review=True))
    assert answer.earliest == ordered + timedelta(days=1)
    assert answer.latest == ordered + timedelta(days=3)
    unreviewed = assess_fulfilment(BOOK[edition], FulfilmentCase(deal, (KEYS,)))
    assert unreviewed.earliest is None


def test_a_review_of_an_order_without_a_day_is_open() -> None:
    case = FulfilmentCase(Deal(Party(), payment_date=PAID), (KEYS,), manual_review=True)
    answer = assess_fulfilment(BOOK["2026"], case)
    assert answer.findings[-1].missing == ("deal.order_date",)


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_the_engine_decides_between_order_and_payment(edition: str) -> None:
    for billing, day in ((Billing.IMPROVED, ORDERED), (Billing.ORIGINAL, PAID)):
        case = FulfilmentCase(replace(DEAL, billing=billing), (CLOUD, KEYS))
        cloud, keys = assess_fulfilment(BOOK[edition], case).lines
        assert (cloud.day, cloud.kind) == (day, "subscription_change")
        assert (keys.day, keys.roles) == (PAID, ("billing_contact", "technical_contact"))


def test_a_downgrade_brings_no_key() -> None:
    case = FulfilmentCase(DEAL, (replace(KEYS, action=Action.DOWNGRADE),))
    assert weakest(assess_fulfilment(BOOK["2026"], case).findings) is Outcome.NOT_COVERED


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_in_2021_only_the_whole_amount_brings_keys_and_mails(due: int, paid: int) -> None:
    deal = replace(DEAL, channel=Channel.RESELLER)
    answer = assess_fulfilment(BOOK["2021"], FulfilmentCase(deal, (KEYS,), due=due, paid=paid))
    assert answer.lines[0].available is (paid >= due)
    assert [notice.sent for notice in answer.notices] == [paid >= due] * 2
    assert [notice.recipients for notice in answer.notices] == [("reseller", "end_customer"), ("reseller",)]
    direct = FulfilmentCase(replace(deal, channel=Channel.DIRECT), (KEYS,), due=due, paid=paid)
    assert assess_fulfilment(BOOK["2021"], direct).notices == ()


@given(instants)
def test_a_site_of_2021_is_ready_within_the_hour(moment: object) -> None:
    new = replace(CLOUD, action=Action.NEW)
    case = FulfilmentCase(DEAL, (new, CLOUD), payment_time=moment)  # type: ignore[arg-type]
    first, second = assess_fulfilment(BOOK["2021"], case).lines
    assert first.latest == moment + timedelta(hours=1)  # type: ignore[operator]
    assert second.latest is None
