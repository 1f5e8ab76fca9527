"""Giving up a subscription (001:351-373, 000:1143-1150, 002:1024-1029): what holds for every cancellation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Billing
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.cancellation import (
    AssessedCancellation,
    CancellationCase,
    assess_cancellation,
    cancellation_is_confirmed,
)
from quotary_spec.rules.guard.end import (
    configuration_is_kept,
    last_day_of_reactivation,
    login_without_guard,
    security_ends,
    two_step_without_guard,
    what_guard_leaves,
)
from strategies import ROLES, actors, days, editions, guard_standings, instants, known_or_not, subscriptions, yes_no

GUARD = Subscription(Product("guard", plan="standard"), state="active")
BOTH = st.sampled_from(["2024", "2026"])
cases = st.builds(
    CancellationCase,
    subscriptions,
    known_or_not(actors),
    st.sampled_from([None, *Billing]),
    known_or_not(instants),
    known_or_not(days),
    known_or_not(st.sampled_from(["AFMELDEN", "afmelden", "UNSUBSCRIBE"])),
    known_or_not(st.sampled_from(["nl", "nl-BE", "NL", "en", "de-CH"])),
    known_or_not(days),
    guard_standings,
    known_or_not(days),
)


def outcome(assessed: AssessedCancellation) -> Outcome:
    return weakest(assessed.findings)


@given(editions, cases)
def test_every_edition_answers_every_cancellation(edition: str, case: CancellationCase) -> None:
    with tracing() as trace:
        assessed = assess_cancellation(BOOK[edition], case)
    assert all(edition in step.info.editions for step in trace.steps() if isinstance(step, RuleStep))
    if edition in ("2021", "2023"):
        assert outcome(assessed) is Outcome.NOT_COVERED
    if outcome(assessed) is Outcome.UNDETERMINED:
        assert any(each.missing or each.reason == "CONFIRMATION_WORD_NOT_PRINTED" for each in assessed.findings)
    if assessed.confirmed:
        assert case.word == assessed.expected_word


@given(editions, cases, st.sampled_from(ROLES))
def test_another_role_never_bars_a_cancellation(edition: str, case: CancellationCase, role: str) -> None:
    actor = replace(case.actor or Actor(), own_account=None)
    # A billing admin also tells which engine bills.
    case = replace(case, billing=case.billing or Billing.IMPROVED)
    fewer = assess_cancellation(BOOK[edition], replace(case, actor=actor))
    more = assess_cancellation(BOOK[edition], replace(case, actor=replace(actor, roles=actor.roles | {role})))
    assert outcome(more) <= outcome(fewer)


@given(editions, cases, actors)
def test_without_an_actor_it_is_asked_whether_anyone_may(edition: str, case: CancellationCase, actor: Actor) -> None:
    case = replace(case, billing=case.billing or Billing.IMPROVED)
    anyone = assess_cancellation(BOOK[edition], replace(case, actor=None))
    someone = assess_cancellation(BOOK[edition], replace(case, actor=actor))
    assert outcome(anyone) <= outcome(someone)
    assert anyone.allowed_roles == someone.allowed_roles
    assert all(each.reason != "ROLE_NOT_ALLOWED" for each in anyone.findings)


@given(BOTH, cases)
def test_guard_ends_the_same_for_whoever_gives_it_up(edition: str, case: CancellationCase) -> None:
    held = replace(case, subscription=GUARD)
    alone = replace(held, actor=None, word=None, billing=None)
    assert assess_cancellation(BOOK[edition], held).effects == assess_cancellation(BOOK[edition], alone).effects


@given(BOTH, cases)
def test_nothing_waits_for_the_end_of_the_paid_time(edition: str, case: CancellationCase) -> None:
    assessed = assess_cancellation(BOOK[edition], replace(case, subscription=GUARD))
    effects = assessed.effects
    assert effects is not None
    assert effects.security_end == case.cancelled_on
    assert effects.security_end_time == case.cancelled_at
    assert assessed.deferred is (None if case.cancelled_on is None and case.cancelled_at is None else False)
    assert (effects.single_sign_on, effects.two_step_enforced, effects.login_method) == (False, False, "own_account")


@given(days, known_or_not(days), instants)
def test_the_end_is_the_moment_of_cancelling(day: date, period_end: date | None, moment: datetime) -> None:
    assert security_ends(day, period_end) == day
    assert security_ends(moment, period_end) == moment


@given(days, st.integers(-5, 40))
def test_the_configuration_comes_back_until_the_last_day(ended: date, after: int) -> None:
    day = ended + timedelta(days=after)
    assert configuration_is_kept(ended, day, 14) is (0 <= after <= 14)
    assert configuration_is_kept(ended, day, 14) is (ended <= day <= last_day_of_reactivation(ended, 14))


@given(BOTH, days, st.integers(0, 40))
def test_retention_and_reactivation_agree(edition: str, ended: date, after: int) -> None:
    day = ended + timedelta(days=after)
    case = CancellationCase(GUARD, cancelled_on=ended, reactivated_on=day)
    assessed = assess_cancellation(BOOK[edition], case)
    assert assessed.effects is not None
    assert assessed.config_restored is assessed.effects.config_retained
    assert assessed.reactivation_deadline == assessed.effects.config_retention == ended + timedelta(days=14)


def test_the_day_asked_about_stands_before_the_reactivation() -> None:
    ended = date(2025, 4, 1)
    case = CancellationCase(GUARD, cancelled_on=ended, reactivated_on=date(2025, 4, 2), day=date(2025, 4, 20))
    assessed = assess_cancellation(BOOK["2026"], case)
    assert assessed.config_restored is True
    assert assessed.effects is not None
    assert assessed.effects.config_retained is False


@given(yes_no)
def test_a_user_without_a_password_sets_one(own_password: bool | None) -> None:
    login = login_without_guard(own_password)
    assert login.password_reset is (None if own_password is None else not own_password)
    assert not login.single_sign_on


@given(yes_no)
def test_two_step_verification_stays_as_the_user_set_it(setting: bool | None) -> None:
    two_step = two_step_without_guard(setting)
    assert (two_step.enforced, two_step.releasable, two_step.user_setting) == (False, True, setting)


def test_the_organisation_stays() -> None:
    kept = what_guard_leaves()
    assert kept.organisation
    assert kept.verified_domains
    assert kept.accounts_editable


@given(st.text(max_size=12), st.text(max_size=12))
def test_the_word_is_typed_exactly(typed: str, word: str) -> None:
    assert cancellation_is_confirmed(typed, word) is (typed == word)


@pytest.mark.parametrize("language", ["nl", "nl-BE", "NL", "NL-nl"])
def test_regions_of_a_language_share_its_word(language: str) -> None:
    assessed = assess_cancellation(BOOK["2026"], CancellationCase(GUARD, word="AFMELDEN", language=language))
    assert assessed.confirmed is True
    assert assessed.expected_word == "AFMELDEN"


@pytest.mark.parametrize(
    ("billing", "role", "expected"),
    [
        (Billing.ORIGINAL, "organisation_admin", Outcome.GRANTED),
        (Billing.ORIGINAL, "billing_admin", Outcome.REFUSED),
        (Billing.IMPROVED, "billing_admin", Outcome.GRANTED),
        (Billing.IMPROVED, "technical_contact", Outcome.REFUSED),
        (None, "billing_admin", Outcome.GRANTED),
        (None, "site_admin", Outcome.REFUSED),
        (None, "organisation_admin", Outcome.GRANTED),
    ],
)
def test_who_gives_guard_up(billing: Billing | None, role: str, expected: Outcome) -> None:
    case = CancellationCase(GUARD, Actor(frozenset({role})), billing)
    assert outcome(assess_cancellation(BOOK["2026"], case)) is expected
    elsewhere = replace(case, actor=Actor(frozenset({role}), own_account=False))
    assert outcome(assess_cancellation(BOOK["2026"], elsewhere)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("platform", "billing", "expected"),
    [
        (Platform.CLOUD, Billing.IMPROVED, Outcome.GRANTED),
        (Platform.CLOUD, Billing.ORIGINAL, Outcome.NOT_COVERED),
        (Platform.CLOUD, None, Outcome.UNDETERMINED),
        (Platform.DATA_CENTER, Billing.IMPROVED, Outcome.NOT_COVERED),
        (Platform.SERVER, None, Outcome.NOT_COVERED),
        (None, Billing.IMPROVED, Outcome.GRANTED),
    ],
)
def test_of_other_subscriptions_little_is_said(
    platform: Platform | None, billing: Billing | None, expected: Outcome
) -> None:
    case = CancellationCase(
        Subscription(Product("jira", platform, "premium")),
        billing=billing,
        cancelled_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assessed = assess_cancellation(BOOK["2026"], case)
    assert outcome(assessed) is expected
    assert assessed.effects is None
