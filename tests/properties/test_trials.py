"""Trials of products, apps and Guard (000:7-33, 000:147, 001:52-81, 002:4-31): what holds for every one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Billing, Cycle, GivenPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.model.trial import AssessedTrial, Continuation, Trial, TrialCase, TrialKind
from quotary_spec.money import half_up
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.trials import (
    first_charge,
    first_charged_term,
    guard_after_trial,
    guard_premium_trial,
    guard_trial_end,
    guard_trial_start,
    may_add_payment_details,
    may_ask_for_annual_quote,
    may_configure_guard,
    may_start_guard_trial,
    may_subscribe_to_guard,
    next_trial_step,
    organisation_is_ready,
    unsubscribed_on,
)
from quotary_spec.rules.trials import (
    APP_AFTER_TRIAL,
    AppAfterTrial,
    cloud_trial_days,
    data_is_backed_up,
    may_start_app_trial,
    migration_trial_end,
    migration_trial_users,
    plan_after_cloud_trial,
    server_trial_days_once_expired,
    service_level_is_backed,
    trial_end,
    trial_has_support,
    trial_is_running,
)
from quotary_spec.rules.trials_assessment import assess_trial
from strategies import (
    ROLES,
    actors,
    days,
    editions,
    guard_standings,
    held_products,
    known_or_not,
    paid_terms,
    subscriptions,
    unit_prices,
    yes_no,
)

STEPS = tuple(VOCABULARY["guard_trial_step"])
BOTH = st.sampled_from(["2024", "2026"])

trials = st.builds(
    Trial,
    held_products,
    st.sampled_from(TrialKind),
    known_or_not(days),
    known_or_not(days),
    known_or_not(days),
    st.sampled_from([None, *Cycle]),
    known_or_not(subscriptions),
    yes_no,
    yes_no,
    known_or_not(st.sampled_from(["credit_card", "paypal", "bank_transfer"])),
    yes_no,
    yes_no,
    st.lists(st.sampled_from(STEPS), max_size=5).map(tuple),
    known_or_not(st.integers(0, 60)),
)
cases = st.builds(
    TrialCase,
    trials,
    known_or_not(actors),
    st.sampled_from([None, *Billing]),
    guard_standings,
    known_or_not(st.builds(GivenPrice, unit_prices)),
    known_or_not(st.integers(0, 10_000)),
    known_or_not(days),
)
ready = GuardStanding(organisation_exists=True, verified_domains=1)


def outcome(assessed: AssessedTrial) -> Outcome:
    return weakest(assessed.findings)


def reasons(assessed: AssessedTrial) -> list[str]:
    return [finding.reason for finding in assessed.findings]


def becomes(assessed: AssessedTrial) -> Continuation:
    assert assessed.continuation is not None
    return assessed.continuation


# ---- every trial


@given(editions, cases)
def test_every_edition_answers_every_trial(edition: str, case: TrialCase) -> None:
    with tracing() as trace:
        assessed = assess_trial(BOOK[edition], case)
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    assert assessed.price in (None, 0)
    assert not set(assessed.included) & set(assessed.excluded)
    if assessed.end is not None:
        assert assessed.start is not None
        assert assessed.start < assessed.end
        if assessed.days is not None:
            assert assessed.end == assessed.start + timedelta(days=assessed.days)
    if outcome(assessed) is Outcome.UNDETERMINED:
        assert any(finding.missing or finding.reason == "FIGURE_NOT_PRINTED" for finding in assessed.findings)


@given(editions, cases, days)
def test_a_trial_runs_on_the_days_of_its_term(edition: str, case: TrialCase, day: date) -> None:
    assessed = assess_trial(BOOK[edition], replace(case, day=day))
    if assessed.start is None or assessed.end is None:
        assert assessed.running is None
    else:
        assert assessed.running is (day in Term(assessed.start, assessed.end))


@given(editions, cases)
def test_what_comes_after_a_trial_does_not_decide_whether_it_may_be_had(edition: str, case: TrialCase) -> None:
    unknown = replace(case.trial, payment_stored=None, payment_method=None, deactivated=None, quote_purchased=None)
    asked, open_ended = (
        assess_trial(BOOK[edition], each) for each in (case, replace(case, trial=unknown, price=None, users=None))
    )
    assert outcome(asked) is outcome(open_ended)
    assert (asked.start, asked.end, asked.days) == (open_ended.start, open_ended.end, open_ended.days)


@given(editions, cases, st.sampled_from(ROLES))
def test_another_role_never_bars_a_trial(edition: str, case: TrialCase, role: str) -> None:
    actor = replace(case.actor or Actor(), own_account=None)
    fewer = assess_trial(BOOK[edition], replace(case, actor=actor))
    more = assess_trial(BOOK[edition], replace(case, actor=replace(actor, roles=actor.roles | {role})))
    assert outcome(more) <= outcome(fewer)


@given(cases)
def test_the_reseller_documents_print_no_length(case: TrialCase) -> None:
    for edition in ("2021", "2023"):
        assessed = assess_trial(BOOK[edition], case)
        assert (assessed.end, assessed.days, assessed.continuation) == (None, None, None)
        assert outcome(assessed) is not Outcome.GRANTED


# ---- cloud


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize(("plan", "length"), [("standard", 14), ("premium", 30), ("enterprise", 30)])
def test_the_plan_gives_the_length(edition: str, plan: str, length: int) -> None:
    case = TrialCase(Trial(Product("jira", Platform.CLOUD, plan), start=date(2025, 3, 1)))
    assessed = assess_trial(BOOK[edition], case)
    assert assessed.days == length
    assert assessed.end == trial_end(date(2025, 3, 1), length)
    assert assessed.full_functionality is True
    assert "backup" in assessed.excluded
    assert ("financially_backed_sla" in assessed.excluded) is (plan == "premium")


@given(days, st.integers(0, 400))
def test_a_length_is_counted_in_calendar_days(start: date, length: int) -> None:
    assert (trial_end(start, length) - start).days == length
    assert not trial_is_running(start, trial_end(start, 0), start)


def test_a_plan_without_a_printed_length_has_none() -> None:
    assert cloud_trial_days("standard", 14) == 14
    unnamed, unknown = cloud_trial_days("business", None), cloud_trial_days(None, None)
    assert isinstance(unnamed, Finding)
    assert unnamed.outcome is Outcome.NOT_COVERED
    assert isinstance(unknown, Finding)
    assert unknown.missing == ("trial.product.plan",)


@pytest.mark.parametrize(
    ("plan", "stored", "after"),
    [("standard", True, "standard"), ("standard", False, "free"), ("premium", True, "premium")],
)
def test_a_plan_goes_on_or_falls_back(plan: str, stored: bool, after: str) -> None:
    assert plan_after_cloud_trial(plan, stored, "standard", "free") == after


@pytest.mark.parametrize("plan", ["premium", "enterprise", None])
def test_of_other_plans_the_fall_is_not_said(plan: str | None) -> None:
    assert isinstance(plan_after_cloud_trial(plan, False, "standard", "free"), Finding)


def test_services_of_a_trial() -> None:
    assert trial_has_support("trial") is True
    assert all(isinstance(trial_has_support(state), Finding) for state in ("active", "expired", "unpaid"))
    assert [data_is_backed_up(state, Cycle.MONTHLY) for state in ("trial", "active")] == [False, True]
    assert not data_is_backed_up("active", None)
    assert service_level_is_backed("premium", "trial") is False
    assert isinstance(service_level_is_backed("enterprise", "trial"), Finding)
    assert isinstance(service_level_is_backed("premium", "active"), Finding)


# ---- for a move to cloud


@given(days, days, st.integers(1, 24))
def test_a_migration_trial_ends_with_the_subscription_or_at_its_limit(start: date, end: date, most: int) -> None:
    trial = migration_trial_end(start, end, most)
    if end <= start:
        assert isinstance(trial, Finding)
        assert trial.reason == "NO_TERM_LEFT"
    else:
        assert trial == min(end, add_months(start, most))


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_a_migration_trial_holds_no_more_users_than_the_licence_or_the_limit(held: int, most: int) -> None:
    users = migration_trial_users(held, most)
    assert users <= held
    assert users <= most
    assert users in (held, most)


@given(BOTH, days, paid_terms, st.integers(1, 20_000))
def test_a_longer_subscription_never_shortens_its_trial(edition: str, start: date, term: Term, users: int) -> None:
    def until(held: Term) -> date | None:
        source = Subscription(Product("jira", Platform.DATA_CENTER), term=held, user_tier=users)
        trial = Trial(Product("jira", Platform.CLOUD), TrialKind.MIGRATION, start, source=source)
        return assess_trial(BOOK[edition], TrialCase(trial)).end

    short, long = until(term), until(Term(term.start, term.end + timedelta(days=40)))
    assert short is None or (long is not None and short <= long)


@given(days, known_or_not(days), st.booleans())
def test_server_customers_try_cloud_once_maintenance_or_support_is_over(
    start: date, maintenance_end: date | None, supported: bool
) -> None:
    length = server_trial_days_once_expired(start, maintenance_end, supported, 60)
    if not supported or (maintenance_end is not None and maintenance_end <= start):
        assert length == 60
    else:
        assert isinstance(length, Finding)
        expected = "INPUT_MISSING" if maintenance_end is None else "SERVER_MAINTENANCE_RUNS"
        assert length.reason == expected


@pytest.mark.parametrize("state", ["expired", "cancelled"])
def test_a_subscription_that_has_ended_gives_no_migration_trial(state: str) -> None:
    held = Term(date(2025, 1, 1), date(2026, 1, 1))
    source = Subscription(Product("jira", Platform.DATA_CENTER), term=held, state=state)
    trial = Trial(Product("jira", Platform.CLOUD), TrialKind.MIGRATION, date(2025, 6, 1), source=source)
    assert "NOT_SELF_MANAGED_CUSTOMER" in reasons(assess_trial(BOOK["2026"], TrialCase(trial)))


# ---- apps


@given(editions, st.sampled_from(Platform), st.sampled_from([None, *Cycle]), yes_no, yes_no)
def test_at_most_one_rule_says_what_becomes_of_an_app(
    edition: str, platform: Platform, cycle: Cycle | None, deactivated: bool | None, bought: bool | None
) -> None:
    after = APP_AFTER_TRIAL(edition, platform, cycle, deactivated=deactivated, quote_purchased=bought)
    if isinstance(after, AppAfterTrial):
        assert after.working or not after.charged
        assert not after.charged or (platform.hosted and cycle is Cycle.MONTHLY and deactivated is False)
        if cycle is Cycle.ANNUAL and platform.hosted:
            assert after.working is bought


@given(st.lists(st.sampled_from(ROLES), max_size=3), st.lists(st.sampled_from(ROLES), max_size=2))
def test_an_app_trial_is_started_by_a_named_role(roles: list[str], named: list[str]) -> None:
    assert may_start_app_trial(roles, named) is bool(set(roles) & set(named))


# ---- Guard


@given(days, known_or_not(days), known_or_not(days))
def test_only_the_button_starts_a_guard_trial(pressed: date, verified: date | None, used: date | None) -> None:
    assert guard_trial_start(pressed, verified, used) == pressed
    assert (guard_trial_end(pressed, 30) - pressed).days == 30


@given(st.sets(st.sampled_from(STEPS)))
def test_the_next_step_is_the_first_that_is_not_done(done: set[str]) -> None:
    step = next_trial_step(done, STEPS)
    if step is None:
        assert done == set(STEPS)
    else:
        assert step not in done
        assert set(STEPS[: STEPS.index(step)]) <= done


@given(BOTH, days, st.integers(0, 10_000), unit_prices)
def test_a_paid_guard_trial_is_charged_for_the_month_that_begins_with_its_end(
    edition: str, start: date, users: int, price: Decimal
) -> None:
    trial = Trial(Product("guard", Platform.CLOUD, "standard"), start=start, payment_stored=True)
    case = TrialCase(trial, guard=ready, price=GivenPrice(price), users=users)
    assessed = assess_trial(BOOK[edition], case)
    after = becomes(assessed)
    assert after.charge_date == after.effective == assessed.end
    assert after.charge_term is not None
    assert after.charge_term == first_charged_term(after.charge_term.start)
    assert after.charge == users * int(price * 100)
    assert after.effects is None


def test_the_first_charge_is_rounded_once() -> None:
    assert first_charge(3, Decimal("0.005"), "USD", half_up) == 2
    assert first_charge(3, Decimal("1.5"), "JPY", half_up) == 5


@given(BOTH, days, st.integers(0, 60), guard_standings, known_or_not(days))
def test_an_unpaid_guard_trial_ends_in_unsubscription(
    edition: str, start: date, delay: int, guard: GuardStanding, day: date | None
) -> None:
    trial = Trial(Product("guard", Platform.CLOUD, "standard"), start=start, payment_stored=False, lapse_days=delay)
    assessed = assess_trial(BOOK[edition], TrialCase(trial, guard=guard, day=day))
    after = becomes(assessed)
    assert assessed.end is not None
    assert after.state == "unsubscribed"
    assert after.effective == unsubscribed_on(assessed.end, delay) == assessed.end + timedelta(days=delay)
    effects = after.effects
    assert effects is not None
    assert effects.security_end == after.effective
    assert not effects.single_sign_on
    assert not effects.two_step_enforced
    assert effects.organisation_retained
    assert effects.password_reset is (None if guard.own_password is None else not guard.own_password)


@given(yes_no, yes_no)
def test_a_guard_trial_becomes_one_thing(stored: bool | None, annual: bool | None) -> None:
    after = guard_after_trial(payment_stored=stored, annual_quote_paid=annual)
    if annual:
        assert after == "annual"
    elif stored is None:
        assert isinstance(after, Finding)
    else:
        assert after == ("monthly" if stored else "unsubscribed")


@pytest.mark.parametrize(
    ("edition", "billing", "method", "goes_on"),
    [
        ("2024", Billing.IMPROVED, "paypal", True),
        ("2026", Billing.IMPROVED, "paypal", False),
        ("2026", Billing.IMPROVED, "credit_card", True),
        ("2026", Billing.ORIGINAL, "paypal", True),
        ("2026", None, "cheque", False),
    ],
)
def test_which_means_of_payment_carries_a_guard_trial_on(
    edition: str, billing: Billing | None, method: str, goes_on: bool
) -> None:
    trial = Trial(Product("guard", Platform.CLOUD, "standard"), start=date(2025, 1, 10), payment_method=method)
    assessed = assess_trial(BOOK[edition], TrialCase(trial, billing=billing, guard=ready))
    assert becomes(assessed).state == ("paid" if goes_on else "unsubscribed")
    assert ("GUARD_TRIAL_METHOD_NOT_NAMED" in reasons(assessed)) is not goes_on


def test_a_means_of_payment_that_was_not_on_file_does_not_count() -> None:
    trial = Trial(
        Product("guard", Platform.CLOUD, "standard"),
        start=date(2025, 1, 10),
        payment_stored=False,
        payment_method="credit_card",
    )
    assessed = assess_trial(BOOK["2026"], TrialCase(trial, guard=ready))
    assert becomes(assessed).state == "unsubscribed"
    assert outcome(assessed) is Outcome.GRANTED
    assert reasons(assessed) == []


@given(yes_no, known_or_not(st.integers(0, 3)))
def test_guard_needs_an_organisation_with_a_domain(exists: bool | None, domains: int | None) -> None:
    is_ready = organisation_is_ready(exists, domains, 1)
    if exists and domains:
        assert is_ready is True
    else:
        assert isinstance(is_ready, Finding)
        refused = exists is False or domains == 0
        assert (is_ready.outcome is Outcome.REFUSED) is refused


@pytest.mark.parametrize(("available", "expected"), [(None, 3), (True, 3), (False, 4)])
def test_a_trial_of_guard_premium_is_never_granted(available: bool | None, expected: int) -> None:
    assert guard_premium_trial(available).outcome == expected


@given(st.lists(st.sampled_from(ROLES), max_size=3))
def test_who_may_do_what_in_a_guard_trial(roles: list[str]) -> None:
    admin = "organisation_admin" in roles
    assert may_start_guard_trial(roles, ["site_admin", "organisation_admin"]) is (admin or "site_admin" in roles)
    assert may_configure_guard(roles, True, "single_sign_on") is admin
    assert not may_configure_guard(roles, False, "two_step_verification")
    assert may_ask_for_annual_quote(roles, True) is admin
    assert not may_ask_for_annual_quote(roles, False)
    subscribes = may_subscribe_to_guard(roles, True, 1, 1)
    assert subscribes is True if admin else isinstance(subscribes, Finding)


@given(days, days, days)
def test_payment_details_are_added_until_the_organisation_is_unsubscribed(day: date, start: date, end: date) -> None:
    assert may_add_payment_details(["organisation_admin"], day, start, end) is (start <= day < end)
    assert not may_add_payment_details(["site_admin"], day, start, end)
