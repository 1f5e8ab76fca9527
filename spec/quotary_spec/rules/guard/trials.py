"""Trials of Guard: who starts one and when, how long it lasts, and what it becomes with and without payment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from quotary_spec.calendar import Term
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.trial import AssessedTrial, Continuation, TrialCase
from quotary_spec.money import Rounding, half_up, to_minor
from quotary_spec.outcome import Finding, as_remark, not_covered, refused, remark, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.end import guard_end_effects


@rule("GUARD-TRIAL-SIGNUP-ROLE", "001:54 001:68", rulings="R-35 R-29-GUARD-A14")
def may_start_guard_trial(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """A Guard trial is started by a site admin or an organisation admin.

    Reading: one sentence names the site admin; all other steps of the trial are those of the organisation admin.
    """
    return any(role in roles_that_may for role in roles)


@rule("GUARD-TRIAL-START-SEQUENCE", "001:56-62", rulings="R-001-GUARD-TRIAL-START-SEQUENCE")
def next_trial_step(completed: Collection[str], order: Sequence[str]) -> str | None:
    """The steps of a Guard trial come in their order; next is the first that is not done, None when all are.

    Reading: the last, switching on a feature, is advice; the trial runs without it.
    """
    return next((step for step in order if step not in completed), None)


@rule("GUARD-TRIAL-DOMAIN-PREREQ", "001:60")
def domain_is_verified(verified_domains: int, least_domains: int) -> bool:
    """The features of Guard can be used once the organisation has verified a domain."""
    return verified_domains >= least_domains


@rule("GUARD-TRIAL-ORG-SCOPE", "001:32 001:54 001:59 001:190")
def guard_covers_site(organisation: str, site_organisation: str) -> bool:
    """Guard works for one organisation with all its sites, never for a single site."""
    return organisation == site_organisation


@rule("GUARD-TRIAL-LENGTH", "001:61 001:66-68 001:72 001:326", rulings="R-05 R-28")
def guard_trial_end(start: date, days: int) -> date:
    """A trial of Guard Standard is over 30 days after its start, that day excluded.

    Reading: calendar days; the 14 days of cloud trials on the Standard plan are not for Guard.
    """
    return start + timedelta(days=days)


@rule("GUARD-TRIAL-RUNNING", "001:68 001:72", rulings="R-05")
def guard_trial_runs(start: date, end: date, day: date) -> bool:
    """A Guard trial runs from the day of its button until the day before its end."""
    return start <= day < end


@rule("GUARD-TRIAL-START-EVENT", "001:61 001:68")
def guard_trial_start(button_pressed: date, domain_verified: date | None, first_use: date | None) -> date:
    """The trial starts when its button is pressed, not when a domain is verified or a feature is first used."""
    return button_pressed


@rule("GUARD-TRIAL-PREMIUM-UNAVAILABLE", "001:64", rulings="R-28")
def guard_premium_trial(generally_available: bool | None) -> Finding:
    """Guard Premium can be tried from its general availability on; for how long is not printed."""
    if generally_available is None:
        return undetermined("INPUT_MISSING", "guard.premium_generally_available")
    return undetermined("FIGURE_NOT_PRINTED") if generally_available else refused("GUARD_PREMIUM_NOT_AVAILABLE")


@rule("GUARD-TRIAL-READY", "001:59-60 001:68")
def organisation_is_ready(
    organisation_exists: bool | None, verified_domains: int | None, least_domains: int
) -> bool | Finding:
    """Guard is tried and subscribed to once an organisation exists and has verified a domain."""
    if organisation_exists is False:
        return refused("GUARD_ORGANISATION_MISSING")
    if verified_domains is not None and not domain_is_verified(verified_domains, least_domains):
        return refused("GUARD_DOMAIN_NOT_VERIFIED")
    facts = {"guard.organisation_exists": organisation_exists, "guard.verified_domain_count": verified_domains}
    missing = [path for path, fact in facts.items() if fact is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True


@rule("GUARD-TRIAL-SUBSCRIBE-PREREQ", "001:68")
def may_subscribe_to_guard(
    roles: Collection[str], organisation_exists: bool, verified_domains: int, least_domains: int
) -> bool | Finding:
    """The organisation admin subscribes to Guard Standard once the organisation exists and has verified a domain."""
    if "organisation_admin" not in roles:
        return refused("ROLE_NOT_ALLOWED", roles="organisation_admin")
    return organisation_is_ready(organisation_exists, verified_domains, least_domains)


@rule("GUARD-TRIAL-CONFIGURE-AFTER-START", "001:68", rulings="R-001-GUARD-TRIAL-CONFIGURE-AFTER-START")
def may_configure_guard(
    roles: Collection[str], trial_started: bool, setting: Literal["single_sign_on", "two_step_verification"]
) -> bool:
    """The organisation admin sets up single sign-on and two-step verification, and only after the trial has started.

    Reading: an order of steps, not a duty.
    """
    return trial_started and "organisation_admin" in roles


@rule("GUARD-TRIAL-PAYMENT-DETAILS", "001:72", rulings="R-001-GUARD-TRIAL-PAYMENT-DETAILS")
def may_add_payment_details(roles: Collection[str], day: date, start: date, unsubscribed: date) -> bool:
    """Organisation admins add a means of payment on any day of the trial.

    Reading: and after it, as long as the organisation has not been unsubscribed.
    """
    return "organisation_admin" in roles and start <= day < unsubscribed


@rule("GUARD-TRIAL-PAYMENT-METHODS", "000:839 001:72", rulings="R-02 R-26")
def trial_takes_method(method: str, methods: Collection[str]) -> bool:
    """A Guard trial goes on with a credit card or a PayPal account.

    Reading: in edition 2026 the improved billing experience takes the card alone, as for every month of Guard.
    """
    return method in methods


@rule("GUARD-TRIAL-AUTO-CONVERT", "001:72-76 001:287")
def guard_after_trial(*, payment_stored: bool | None, annual_quote_paid: bool | None) -> str | Finding:
    """With a means of payment on file the trial becomes a monthly subscription, with a paid annual quote an annual one.

    Without payment the organisation is unsubscribed.
    """
    if annual_quote_paid:
        return "annual"
    if payment_stored is None:
        return undetermined("INPUT_MISSING", "trial.payment_method_stored")
    return "monthly" if payment_stored else "unsubscribed"


@rule("GUARD-TRIAL-FIRST-CHARGE", "001:72", rulings="R-04 R-29-GUARD-A16")
def first_charged_term(trial_end: date) -> Term:
    """The card is charged on the day the trial ends, for the month that begins on it."""
    return Term.of_months(trial_end, 1)


@rule("GUARD-TRIAL-FIRST-AMOUNT", "001:72", rulings="R-08 R-29-GUARD-A16")
def first_charge(users: int, unit_price: Decimal, currency: str, rounding: Rounding) -> int:
    """The first charge is the price of one month for each user who is billable when the trial ends, in minor units."""
    return to_minor(unit_price * users, currency, rounding)


@rule("GUARD-TRIAL-LAPSE", "001:76", rulings="R-29-GUARD-A15")
def unsubscribed_on(trial_end: date, days: int) -> date:
    """Without payment the organisation is unsubscribed shortly after the trial.

    Reading: on the day of its end, unless the request gives a number of days.
    """
    return trial_end + timedelta(days=days)


@rule("GUARD-TRIAL-ANNUAL-OPTION", "001:74 001:262 001:326", rulings="R-001-GUARD-TRIAL-ANNUAL-OPTION")
def may_ask_for_annual_quote(roles: Collection[str], trial_running: bool) -> bool:
    """During the trial the organisation admin asks the vendor for an annual quote; it is not made by oneself."""
    return trial_running and "organisation_admin" in roles


def assess_guard_trial(book: Book, case: TrialCase) -> AssessedTrial:
    """Whether a Guard trial may be had, how long it lasts, what comes with it and what it becomes."""
    if not book.prints("guard.trial.roles"):
        return AssessedTrial(findings=(not_covered(edition=book.edition),))
    assessed = _prepared(book, case)
    plan = case.trial.product.plan
    if plan is None:
        return _found(assessed, undetermined("INPUT_MISSING", "trial.product.plan"))
    if plan != "standard":
        return _found(assessed, guard_premium_trial(case.guard.premium_available))
    assessed = _of_standard(book, case, assessed)
    end = assessed.end
    if end is None:
        return _found(assessed, as_remark(undetermined("INPUT_MISSING", "trial.start_date"), "term"))
    counts = _payment_counts(book, case)
    if counts is False and case.trial.payment_on_file:
        method = remark("GUARD_TRIAL_METHOD_NOT_NAMED", method=case.trial.payment_method or "")
        assessed = _found(assessed, method.about("trial.payment_instrument"))
    after = _after_trial(book, case, end, counts)
    if isinstance(after, Finding):
        return _found(assessed, as_remark(after, "continuation"))
    return replace(assessed, continuation=after)


def _found(assessed: AssessedTrial, *findings: Finding) -> AssessedTrial:
    return replace(assessed, findings=(*assessed.findings, *findings))


def _prepared(book: Book, case: TrialCase) -> AssessedTrial:
    """What must stand before the trial: person, organisation, domain, steps."""
    trial, guard = case.trial, case.guard
    roles = book.texts("guard.trial.roles")
    findings: list[Finding] = []
    if case.actor is not None and not may_start_guard_trial(sorted(case.actor.effective_roles), roles):
        findings.append(refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).about("actor"))
    least = book.integer("guard.trial.least-verified-domains")
    ready = organisation_is_ready(guard.organisation_exists, guard.verified_domains, least)
    if isinstance(ready, Finding):
        findings.append(ready)
    covered = None
    if guard.organisation is not None and guard.site_organisation is not None:
        covered = guard_covers_site(guard.organisation, guard.site_organisation)
    return AssessedTrial(
        allowed_roles=roles,
        next_step=next_trial_step(trial.completed_steps, book.texts("guard.trial.steps")) or "",
        site_covered=covered,
        start_guidance=book.guidance("guard.trial.start"),
        findings=tuple(findings),
    )


def _of_standard(book: Book, case: TrialCase, prepared: AssessedTrial) -> AssessedTrial:
    """Length, price, features, and what can be used on the day asked about."""
    trial = case.trial
    days = book.integer("guard.trial.days.standard")
    start = end = running = None
    if trial.start is not None:
        start = guard_trial_start(trial.start, trial.domain_verified_on, trial.first_used_on)
        end = guard_trial_end(start, days)
        running = guard_trial_runs(start, end, case.day) if case.day is not None else None
    return replace(
        prepared,
        start=start,
        end=end,
        days=days,
        running=running,
        price=book.integer("guard.trial.price"),
        features=book.texts("guard.trial.features"),
        features_available=_features_available(book, case, running),
        keep_guidance=book.guidance("guard.trial.keep"),
        annual_guidance=book.guidance("request.guidance.guard.trial"),
        annual_methods=_methods(book, "payment.methods.guard_annual", case.billing)
        + _methods(book, "guard.trial.net-terms", case.billing),
    )


def _features_available(book: Book, case: TrialCase, running: bool | None) -> bool | None:
    """Whether the features can be used: a domain is verified and the trial has begun."""
    verified = case.guard.verified_domains
    least = book.integer("guard.trial.least-verified-domains")
    if verified is not None and not domain_is_verified(verified, least):
        return False
    begun = True if running is None and "start_trial" in case.trial.completed_steps else running
    return None if verified is None else begun


def _after_trial(book: Book, case: TrialCase, end: date, payment_counts: bool | None) -> Continuation | Finding:
    trial = case.trial
    after = guard_after_trial(payment_stored=payment_counts, annual_quote_paid=trial.quote_purchased)
    if isinstance(after, Finding):
        return after
    if after == "annual":
        return Continuation("paid", "standard", Cycle.ANNUAL, end, working=True)
    if after == "unsubscribed":
        delay = book.integer("guard.trial.lapse-days") if trial.lapse_days is None else trial.lapse_days
        ended = unsubscribed_on(end, delay)
        effects = guard_end_effects(book, case.guard, ended, case.day)
        return Continuation("unsubscribed", effective=ended, working=False, effects=effects)
    term = first_charged_term(end)
    return Continuation(
        "paid",
        "standard",
        Cycle.MONTHLY,
        end,
        working=True,
        charge_date=term.start,
        charge_term=term,
        charge=_first_charge(case),
    )


def _payment_counts(book: Book, case: TrialCase) -> bool | None:
    """Whether a means of payment that the trial goes on with was on file."""
    method, on_file = case.trial.payment_method, case.trial.payment_on_file
    if method is None or not on_file:
        return on_file
    return trial_takes_method(method, _methods(book, "payment.methods.guard_monthly", case.billing))


def _methods(book: Book, key: str, billing: Billing | None) -> tuple[str, ...]:
    """Methods of a billing experience; those of the original one, which the Guard document knows, where it has none."""
    by_experience = f"{key}.{billing or Billing.ORIGINAL}"
    return book.texts(by_experience if book.prints(by_experience) else f"{key}.{Billing.ORIGINAL}")


def _first_charge(case: TrialCase) -> int | None:
    if case.price is None or case.users is None:
        return None
    return first_charge(case.users, case.price.unit, case.price.currency or "USD", half_up)
