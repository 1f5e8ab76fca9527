"""Renewals (000:364-386, 000:942-967, 001:48, 001:329-343, 002:387-406, 002:852-869, 003:37-39, 004:78-90)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.fulfilment import Trigger
from quotary_spec.model.order import Action, Billing, CurrencyTerms, Cycle, Deal, GivenPrice, Line
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.renewal import AssessedRenewal, Notice, RenewalCase
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.money import half_up
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.renewals import (
    automatic_renewal_day,
    automatic_renewal_is_offered,
    automatic_renewal_is_on,
    contact_window,
    increase_is_announced,
    increase_notice_day,
    may_choose_automatic_renewal,
    may_fetch_renewal_quote,
    may_renew_customers_site,
    may_renew_data_center_by_itself,
    renewal_channel,
    renewal_price_basis,
    renewal_quote_day,
    renews_by_default,
    reseller_may_renew,
    takes_effect_on,
    transition_price_is_open,
)
from quotary_spec.rules.renewals_assessment import assess_renewal
from strategies import (
    ROLES,
    actors,
    amounts,
    days,
    days_around,
    deals,
    editions,
    held_products,
    known_or_not,
    paid_terms,
    subscriptions,
    yes_no,
)

NOBODY = Deal(Party())
DATA_CENTER = Product("jira", Platform.DATA_CENTER)
CLOUD = Product("jira", Platform.CLOUD)
GUARD = Product("guard", Platform.CLOUD, "standard")
END_OF_LIFE = date(2029, 3, 28)
BOTH = st.sampled_from(["2024", "2026"])

wanted = st.builds(
    Line,
    held_products,
    st.sampled_from(Action),
    st.sampled_from([None, *Cycle]),
    st.integers(1, 500),
    known_or_not(st.integers(1, 50_000)),
    known_or_not(paid_terms),
    known_or_not(st.integers(1, 36)),
    known_or_not(st.builds(GivenPrice, st.decimals(0, 10_000, places=2), st.none(), known_or_not(st.just(12)))),
)
cases = st.builds(
    RenewalCase,
    subscriptions,
    deals() | st.just(NOBODY),
    known_or_not(wanted),
    known_or_not(actors),
    yes_no,
    yes_no,
    yes_no,
    yes_no,
    known_or_not(amounts),
    known_or_not(amounts),
    yes_no,
    yes_no,
    known_or_not(amounts),
    known_or_not(amounts),
    known_or_not(days),
)


def outcome(assessed: AssessedRenewal) -> Outcome:
    return weakest(assessed.findings)


def notices(assessed: AssessedRenewal) -> dict[str, Notice]:
    return {notice.kind: notice for notice in assessed.notices}


def held(product: Product, term: Term, cycle: Cycle | None = None, users: int | None = None) -> Subscription:
    return Subscription(product, cycle, term, users, state="active")


@given(editions, cases)
def test_every_edition_answers_every_renewal(edition: str, case: RenewalCase) -> None:
    with tracing() as trace:
        assessed = assess_renewal(BOOK[edition], case)
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    if outcome(assessed) is Outcome.UNDETERMINED:
        assert any(finding.missing for finding in assessed.findings)
    assert (assessed.amount is None) is (assessed.price_basis == "")
    for notice in assessed.notices:
        assert notice.recipients or notice.kind == "representative_contact"


@given(editions, cases, st.sampled_from(ROLES))
def test_another_role_never_bars_a_renewal(edition: str, case: RenewalCase, role: str) -> None:
    actor = replace(case.actor or Actor(), own_account=None)
    fewer = assess_renewal(BOOK[edition], replace(case, actor=actor))
    more = assess_renewal(BOOK[edition], replace(case, actor=replace(actor, roles=actor.roles | {role})))
    assert outcome(more) <= outcome(fewer)


# ---- time and price


@given(BOTH, paid_terms, known_or_not(days), known_or_not(days))
def test_data_center_is_renewed_from_the_present_end(
    edition: str, term: Term, ordered: date | None, paid: date | None
) -> None:
    case = RenewalCase(held(DATA_CENTER, term), replace(NOBODY, order_date=ordered, payment_date=paid))
    assessed = assess_renewal(BOOK[edition], case)
    if edition == "2026" and term.end >= END_OF_LIFE:
        assert outcome(assessed) is Outcome.REFUSED
        assert assessed.amount is None
    else:
        whole = add_months(term.end, 12)
        end = min(whole, END_OF_LIFE) if edition == "2026" else whole
        assert assessed.term == Term(term.end, end)
        assert assessed.effective == term.end


@given(BOTH, paid_terms, amounts)
def test_a_renewal_costs_the_days_that_it_buys(edition: str, term: Term, price: int) -> None:
    assessed = assess_renewal(BOOK[edition], RenewalCase(held(DATA_CENTER, term), NOBODY, current_price=price))
    if assessed.amount is None:
        assert edition == "2026"
        assert term.end >= END_OF_LIFE
    else:
        assert assessed.term is not None
        full_days = (add_months(term.end, 12) - term.end).days
        exact = Fraction(price * assessed.term.days, full_days)
        assert assessed.amount == half_up(exact.numerator, exact.denominator)
        assert assessed.amount <= price


@given(BOTH, paid_terms, amounts, amounts, amounts)
def test_a_withdrawn_model_costs_todays_price_whatever_it_cost_before(
    edition: str, term: Term, current: int, former: int, other: int
) -> None:
    def amount(former_price: int) -> tuple[int | None, str]:
        case = RenewalCase(
            held(DATA_CENTER, term),
            NOBODY,
            Line(DATA_CENTER, price=GivenPrice(Decimal(7))),
            model_available=False,
            current_price=current,
            former_price=former_price,
        )
        assessed = assess_renewal(BOOK[edition], case)
        return assessed.amount, assessed.price_basis

    assert amount(former) == amount(other)
    assert amount(former)[1] in ("", "current_renewal_price")


def test_the_price_of_the_line_counts_while_its_model_is_sold() -> None:
    term = Term(date(2025, 6, 30), date(2026, 6, 30))
    line = Line(DATA_CENTER, price=GivenPrice(Decimal("0.125")), quantity=3)
    case = RenewalCase(held(DATA_CENTER, term), NOBODY, line, model_available=True, current_price=1)
    assert assess_renewal(BOOK["2026"], case).amount == 38
    assert assess_renewal(BOOK["2026"], replace(case, line=None)).amount == 1
    assert assess_renewal(BOOK["2021"], case).amount is None
    assert assess_renewal(BOOK["2021"], replace(case, model_available=None)).amount == 38
    abroad = replace(case, deal=replace(NOBODY, currency=CurrencyTerms("AUD")), line=replace(line, price=None))
    assert assess_renewal(BOOK["2026"], abroad).amount == 1


def test_a_price_that_cannot_be_converted_leaves_the_amount_open() -> None:
    term = Term(date(2025, 6, 30), date(2026, 6, 30))
    line = Line(DATA_CENTER, price=GivenPrice(Decimal(7), "USD"))
    australian = Party(address=Address("AU"))
    abroad = replace(NOBODY, billing_party=australian, currency=CurrencyTerms("AUD"))
    case = RenewalCase(held(DATA_CENTER, term), abroad, line)
    assessed = assess_renewal(BOOK["2026"], case)
    assert outcome(assessed) is Outcome.GRANTED
    assert assessed.amount is None
    assert any("deal.currency.exchange_rate" in finding.missing for finding in assessed.findings)


def test_the_basis_follows_the_licensing_model() -> None:
    assert renewal_price_basis(True) == "line"
    assert renewal_price_basis(False) == "current_renewal_price"


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_more_users_make_a_data_center_renewal_an_expansion(users: int, users_held: int) -> None:
    term = Term(date(2027, 6, 1), date(2028, 6, 1))
    deal = replace(NOBODY, order_date=date(2028, 5, 20))
    case = RenewalCase(held(DATA_CENTER, term, users=users_held), deal, Line(DATA_CENTER, user_tier=users))
    assessed = assess_renewal(BOOK["2026"], case)
    assert assessed.action is (Action.EXPANSION if users > users_held else Action.RENEWAL)
    assert (outcome(assessed) is Outcome.REFUSED) is (users > users_held)
    assert assess_renewal(BOOK["2024"], case).action is Action.RENEWAL


@given(st.sampled_from(Platform), st.booleans(), yes_no)
def test_a_transition_is_the_vendors_to_give(platform: Platform, changed: bool, offered: bool | None) -> None:
    is_open = transition_price_is_open(platform, licence_changed=changed, vendor_offers=offered)
    assert is_open is (platform is Platform.DATA_CENTER and changed and offered is True)


# ---- by itself


def test_only_monthly_subscriptions_renew_by_default() -> None:
    assert renews_by_default(Cycle.MONTHLY)
    assert not renews_by_default(Cycle.ANNUAL)


@given(st.booleans(), st.booleans(), st.booleans())
def test_annual_automatic_renewal_takes_quote_payment_and_choice(exists: bool, paid: bool, chosen: bool) -> None:
    assert automatic_renewal_is_offered(exists) is exists
    assert automatic_renewal_is_on(renewal_quote_exists=exists, quote_paid=paid, chosen=chosen) is (
        exists and paid and chosen
    )


@given(st.lists(st.sampled_from(ROLES), max_size=3))
def test_who_switches_automatic_renewal_on(roles: list[str]) -> None:
    contact = "billing_contact" in roles
    assert may_choose_automatic_renewal(roles, ["billing_contact"]) is contact
    assert may_renew_data_center_by_itself(roles, ["billing_contact"]) is contact
    assert may_fetch_renewal_quote(roles, ["technical_contact"]) is ("technical_contact" in roles)
    assert reseller_may_renew(roles, ["reseller"]) is ("reseller" in roles)


@given(days_around(END_OF_LIFE), known_or_not(st.just(END_OF_LIFE)))
def test_an_automatic_renewal_is_carried_out_on_the_day_of_expiry(expiry: date, end_of_life: date | None) -> None:
    processed = automatic_renewal_day(expiry, end_of_life)
    if end_of_life is not None and expiry >= end_of_life:
        assert isinstance(processed, Finding)
    else:
        assert processed == expiry


@given(BOTH, paid_terms, known_or_not(actors), yes_no, yes_no)
def test_nothing_is_on_that_is_not_available(
    edition: str, term: Term, actor: Actor | None, chosen: bool | None, exists: bool | None
) -> None:
    case = RenewalCase(
        held(DATA_CENTER, term), NOBODY, actor=actor, automatic_chosen=chosen, quote_exists=exists, quote_paid=True
    )
    annual = replace(
        case,
        subscription=held(CLOUD, term, Cycle.ANNUAL),
        deal=replace(NOBODY, billing=Billing.ORIGINAL),
    )
    for each in (case, annual):
        automatic = assess_renewal(BOOK[edition], each).automatic
        assert automatic is not None
        assert not automatic.enabled or automatic.available


def test_the_present_setting_stands_unless_it_is_changed() -> None:
    term = Term(date(2025, 1, 1), date(2026, 1, 1))
    on = replace(held(DATA_CENTER, term), auto_renewal=True)
    kept = assess_renewal(BOOK["2026"], RenewalCase(on, NOBODY)).automatic
    changed = assess_renewal(BOOK["2026"], RenewalCase(on, NOBODY, automatic_chosen=False)).automatic
    assert kept is not None
    assert kept.enabled is True
    assert changed is not None
    assert changed.enabled is False


# ---- quotes and mails


@given(days, st.integers(0, 120))
def test_days_before_an_end_are_calendar_days(end: date, before: int) -> None:
    assert (end - renewal_quote_day(end, before)).days == before
    assert (end - increase_notice_day(end, before)).days == before


@given(amounts, amounts)
def test_only_a_higher_amount_is_announced(expected: int, previous: int) -> None:
    assert increase_is_announced(expected, previous) is (expected > previous)
    term = Term(date(2025, 2, 9), date(2025, 3, 9))
    case = RenewalCase(held(GUARD, term, Cycle.MONTHLY), NOBODY, expected_amount=expected, previous_amount=previous)
    notice = notices(assess_renewal(BOOK["2026"], case))["amount_increase"]
    assert notice.sent is (expected > previous)
    assert notice.send_date == (date(2025, 3, 6) if notice.sent else None)
    first = notices(assess_renewal(BOOK["2026"], replace(case, previous_amount=None)))
    other = notices(assess_renewal(BOOK["2026"], replace(case, subscription=held(CLOUD, term, Cycle.MONTHLY))))
    assert "amount_increase" not in {**first, **other}


@given(days, st.integers(-5, 100))
def test_the_window_of_the_call_has_both_its_ends(expiry: date, before: int) -> None:
    window = contact_window(expiry, 90)
    assert (expiry - timedelta(days=before) in window) is (0 <= before <= 90)


@given(BOTH, paid_terms, st.sampled_from([None, *Billing]), st.sampled_from([CLOUD, GUARD]), st.sampled_from(Cycle))
def test_who_gets_a_renewal_quote_in_advance(
    edition: str, term: Term, billing: Billing | None, product: Product, cycle: Cycle
) -> None:
    case = RenewalCase(held(product, term, cycle), replace(NOBODY, billing=billing))
    sent = notices(assess_renewal(BOOK[edition], case))
    expected = cycle is Cycle.ANNUAL and (product is GUARD or billing is Billing.ORIGINAL)
    assert ("renewal_quote" in sent) is expected
    if expected:
        assert sent["renewal_quote"].send_date == term.end - timedelta(days=60)


# ---- from when, and who


@given(editions, known_or_not(days), known_or_not(days), st.sampled_from([None, *Billing]), paid_terms)
def test_from_when_a_change_holds(
    edition: str, ordered: date | None, paid: date | None, billing: Billing | None, term: Term
) -> None:
    deal = replace(NOBODY, order_date=ordered, payment_date=paid, billing=billing)
    assessed = assess_renewal(BOOK[edition], RenewalCase(held(CLOUD, term, Cycle.ANNUAL), deal))
    if edition in ("2021", "2023") or billing is Billing.ORIGINAL:
        assert assessed.effective == paid
    else:
        assert assessed.effective == (ordered if billing is Billing.IMPROVED else None)
    if assessed.effective is None:
        assert any(each.missing and each.missing[0].startswith("deal.") for each in assessed.findings)


@given(st.sampled_from(Trigger), days, days)
def test_a_change_holds_from_the_day_of_its_trigger(trigger: Trigger, ordered: date, paid: date) -> None:
    assert takes_effect_on(trigger, ordered, paid) == (ordered if trigger is Trigger.ORDER_PLACED else paid)
    assert isinstance(takes_effect_on(trigger, None, None), Finding)


@pytest.mark.parametrize(("purchaser", "contact"), [(True, True), (True, False), (False, True), (False, False)])
def test_who_renews_a_customers_site(purchaser: bool, contact: bool) -> None:
    assert may_renew_customers_site(is_original_purchaser=purchaser, is_listed_contact=contact) is (
        purchaser or contact
    )
    assert renewal_channel(purchaser) == ("account_portal" if purchaser else "vendor")


def test_a_monthly_renewal_keeps_to_whole_months() -> None:
    term = Term(date(2026, 1, 15), date(2026, 2, 15))
    assessed = assess_renewal(BOOK["2026"], RenewalCase(held(CLOUD, term, Cycle.MONTHLY), NOBODY))
    assert assessed.term == Term(date(2026, 2, 15), date(2026, 3, 15))
    assert assessed.effective is None


def test_a_renewal_of_nothing_asks_what() -> None:
    assessed = assess_renewal(BOOK["2026"], RenewalCase(Subscription(), NOBODY))
    assert [finding.missing for finding in assessed.findings] == [("subscription.product",)]
