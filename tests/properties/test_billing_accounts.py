"""Billing accounts: every cloud subscription on one invoice, Guard where the others are, amounts to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.billing_account import (
    AssessedBillingAccount,
    BilledSubscription,
    BillingAccount,
    Charging,
    Grouping,
    GuardUsage,
)
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.price import PriceBand
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.editions import EDITIONS
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.billing_accounts import guard_engine, guard_lines
from quotary_spec.rules.billing_accounts_assessment import assess_billing_account
from quotary_spec.rules.guard.charging import annual_is_in_force, charged_on, graduated_price
from strategies import days

JIRA = Subscription(Product("jira", Platform.CLOUD, "standard"), Cycle.MONTHLY, state="active")
GUARD = BilledSubscription(Subscription(Product("guard", Platform.CLOUD, "standard"), Cycle.MONTHLY, state="active"))

held = st.builds(
    Subscription,
    st.builds(
        Product,
        st.sampled_from(["jira", "trello", "opsgenie", "guard"]),
        st.sampled_from([None, Platform.CLOUD, Platform.DATA_CENTER]),
        st.sampled_from([None, "free", "standard", "premium", "enterprise"]),
    ),
    st.sampled_from([None, *Cycle]),
    state=st.sampled_from([None, "trial", "active", "cancelled"]),
)
billed = st.builds(
    BilledSubscription,
    held,
    st.none() | st.sampled_from("abc"),
    st.sampled_from([None, *Billing]),
    st.lists(st.sampled_from([Product("compass"), Product("guard", plan="premium")]), max_size=2).map(tuple),
)
bands = st.lists(st.integers(1, 9_99), min_size=1, max_size=4).map(
    lambda cents: tuple(
        PriceBand(Decimal(cent) / 100, None if i == len(cents) - 1 else 10 * (i + 1))
        for i, cent in enumerate(sorted(cents, reverse=True))
    )
)
usages = st.builds(GuardUsage, st.integers(0, 200), st.integers(0, 20), st.integers(0, 20), bands, st.just(Decimal(20)))
accounts = st.builds(
    BillingAccount,
    st.lists(billed, min_size=1, max_size=5).map(tuple),
    st.sampled_from([None, *Grouping]),
    st.none() | st.booleans(),
    st.none() | usages,
    st.none() | days,
)


def ask(edition: str, *subscriptions: BilledSubscription, **facts: object) -> AssessedBillingAccount:
    return assess_billing_account(BOOK[edition], BillingAccount(subscriptions, **facts))  # type: ignore[arg-type]


@given(st.sampled_from(EDITIONS), accounts)
def test_any_account_is_answered_and_each_subscription_is_on_its_own_invoice(
    edition: str, account: BillingAccount
) -> None:
    with tracing() as trace:
        answer = assess_billing_account(BOOK[edition], account)
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    if edition in ("2021", "2023"):
        assert weakest(answer.findings) is Outcome.NOT_COVERED
        return
    for number, invoice in enumerate(answer.invoices):
        for line in invoice.lines:
            assert answer.subscriptions[line.subscription].invoice == number
            assert answer.subscriptions[line.subscription].billing is invoice.billing
    for finding in answer.findings:
        assert finding.outcome is not Outcome.UNDETERMINED or finding.missing


@given(st.sampled_from(["2024", "2026"]), st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
def test_one_invoice_for_the_account_or_one_for_each_site(edition: str, sites: list[str]) -> None:
    new = [BilledSubscription(JIRA, site, Billing.IMPROVED) for site in sites]
    assert len(ask(edition, *new, grouping=Grouping.ACCOUNT).invoices) == 1
    assert len(ask(edition, *new, grouping=Grouping.SITE).invoices) == len(set(sites))
    old = [replace(each, billing=Billing.ORIGINAL) for each in new]
    assert len(ask(edition, *old, grouping=Grouping.ACCOUNT).invoices) == len(set(sites))
    assert ask(edition, *new).invoices == ()


@given(st.lists(st.sampled_from(Billing)))
def test_guard_is_billed_by_the_new_engine_unless_all_others_are_on_the_old(others: list[Billing]) -> None:
    expected = Billing.ORIGINAL if others and set(others) == {Billing.ORIGINAL} else Billing.IMPROVED
    assert guard_engine(others) is expected


def test_guard_has_a_line_for_each_plan_and_none_twice() -> None:
    assert guard_lines(standard=True, premium=False) == ("guard_standard",)
    assert guard_lines(standard=False, premium=True) == ("guard_standard", "guard_premium")
    premium = replace(GUARD, subscription=replace(GUARD.subscription, product=Product("guard", plan="premium")))
    answer = ask("2026", GUARD, premium, grouping=Grouping.ACCOUNT)
    assert [line.kind for invoice in answer.invoices for line in invoice.lines] == ["guard_standard", "guard_premium"]


@given(st.integers(0, 300), bands)
def test_graduated_prices_rise_in_all_and_fall_on_average(users: int, prices: tuple[PriceBand, ...]) -> None:
    price, more = graduated_price(users, prices), graduated_price(users + 1, prices)
    assert not isinstance(price, Finding)
    assert not isinstance(more, Finding)
    assert price < more
    assert users == 0 or price * (users + 1) >= more * users


@given(usages)
def test_guard_costs_its_lines_a_month_and_ten_months_a_year(usage: GuardUsage) -> None:
    answer = ask("2026", GUARD, grouping=Grouping.ACCOUNT, usage=usage)
    amounts = [line.amount for invoice in answer.invoices for line in invoice.lines if line.amount is not None]
    assert answer.guard_month == sum(amounts)
    assert answer.guard_year == 10 * sum(amounts)


@pytest.mark.parametrize("usage", [GuardUsage(5), GuardUsage(None), GuardUsage(5, 1, 0, (PriceBand(Decimal(4)),))])
def test_prices_that_are_missing_are_named(usage: GuardUsage) -> None:
    answer = ask("2026", GUARD, grouping=Grouping.ACCOUNT, usage=usage)
    assert answer.guard_month is None
    assert [path.split(".")[0] for path in answer.findings[0].missing] == ["guard_usage"]


@given(days, st.integers(1, 28))
def test_guard_is_charged_at_the_end_of_its_period(start: date, length: int) -> None:
    period = Term(start, start + timedelta(days=length))
    assert charged_on(period, Charging.ADVANCE) == (period.end, Term(period.end, add_months(period.end, 1)))
    for charging in (Charging.ARREARS, Charging.MAXIMUM):
        assert charged_on(period, charging) == (period.end, period)


@given(days, st.integers(-400, 400), st.none() | st.integers(-400, 400))
def test_an_annual_subscription_needs_its_payment_and_its_term(start: date, after: int, paid: int | None) -> None:
    term, day = Term.of_months(start, 12), start + timedelta(days=after)
    paid_on = None if paid is None else start + timedelta(days=paid)
    expected = paid_on is not None and paid_on <= day and start <= day < term.end
    assert annual_is_in_force(term, paid_on, day) is expected


def test_a_moved_account_has_no_move_before_it() -> None:
    old = BilledSubscription(JIRA, "a", Billing.ORIGINAL)
    assert ask("2026", old).migration is not None
    assert ask("2026", old, migrated=True).migration is None
    assert ask("2026", replace(old, billing=Billing.IMPROVED), grouping=Grouping.ACCOUNT).migration is None


def test_what_is_not_cloud_stays_outside() -> None:
    own = BilledSubscription(Subscription(Product("jira", Platform.DATA_CENTER)), "a")
    (finding,) = ask("2026", own).findings
    assert (finding.outcome, finding.reason) == (Outcome.NOT_COVERED, "NOT_IN_BILLING_ACCOUNT")


@pytest.mark.parametrize("billing", Billing)
@pytest.mark.parametrize("grouping", [None, *Grouping])
def test_invoices_are_counted_where_there_is_a_choice_and_it_was_made(
    billing: Billing, grouping: Grouping | None
) -> None:
    with tracing() as trace:
        ask("2026", BilledSubscription(JIRA, "a", billing), grouping=grouping)
    counted = "BILLING-ACCOUNT-INVOICES" in trace.rule_ids()
    assert counted is (billing is Billing.IMPROVED and grouping is not None)
