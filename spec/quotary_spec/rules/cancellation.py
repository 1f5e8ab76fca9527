"""Giving up a subscription: who may, how it is confirmed, what ends at once, and how long it can be undone.

The documents describe it for Guard Standard; of other cloud subscriptions they say who may cancel them in the improved
billing experience. Editions 2021 and 2023 are silent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from quotary_spec.calendar import within_days
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.model.trial import GuardEndEffects
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book

_GUARD_EDITIONS = "2024 2026"


@rule("GUARD-CANCEL-ROLE", "001:353-358", editions=_GUARD_EDITIONS, rulings="R-001-GUARD-CANCEL-ROLE")
def may_cancel_guard(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """Guard Standard, tried or paid, is given up by the organisation admin.

    Reading: and by a billing admin where the improved billing experience bills it.
    """
    return any(role in roles_that_may for role in roles)


@rule("CANCEL-BILLING-ADMIN", "000:1143-1150 002:1024-1029", editions=_GUARD_EDITIONS)
def may_cancel_subscription(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """In the improved billing experience a billing admin cancels the subscriptions of the billing account."""
    return any(role in roles_that_may for role in roles)


@rule("GUARD-CANCEL-CONFIRMATION", "001:358", editions=_GUARD_EDITIONS, rulings="R-001-GUARD-CANCEL-CONFIRMATION")
def cancellation_is_confirmed(typed: str, word: str) -> bool:
    """The word that confirms is typed in the language of the console, AFMELDEN in Dutch.

    Reading: exactly, capitals included.
    """
    return typed == word


@rule("GUARD-CANCEL-IMMEDIATE-EFFECT", "001:360 001:366", editions=_GUARD_EDITIONS)
def security_ends(cancelled: datetime | date, period_end: date | None) -> datetime | date:
    """Single sign-on and enforced two-step verification end at once, not with the time that was paid."""
    return cancelled


@dataclass(frozen=True, slots=True)
class Login:
    """How managed users log in, and whether a new password comes first; None while that is not known."""

    single_sign_on: bool
    method: str
    password_reset: bool | None


@rule(
    "GUARD-CANCEL-LOGIN-FALLBACK",
    "001:78 001:362 001:368",
    editions=_GUARD_EDITIONS,
    rulings="R-001-GUARD-CANCEL-LOGIN-FALLBACK R-001-GUARD-TRIAL-LAPSE-EFFECTS",
)
def login_without_guard(own_password: bool | None) -> Login:
    """Managed users log in with their own account then, and some set a new password first.

    Reading: those without a password of their own.
    """
    return Login(False, "own_account", None if own_password is None else not own_password)


@dataclass(frozen=True, slots=True)
class TwoStep:
    """Whether two-step verification is enforced, whether users may switch it off, and how the user has set it."""

    enforced: bool
    releasable: bool
    user_setting: bool | None


@rule(
    "GUARD-CANCEL-2SV-RELEASED",
    "001:79 001:363 001:369",
    editions=_GUARD_EDITIONS,
    rulings="R-001-GUARD-CANCEL-2SV-RELEASED",
)
def two_step_without_guard(user_setting: bool | None) -> TwoStep:
    """Two-step verification is no longer enforced; it stays as each user has set it until the user switches it off."""
    return TwoStep(False, True, user_setting)


@dataclass(frozen=True, slots=True)
class Retained:
    """What the end of Guard leaves as it was."""

    organisation: bool
    verified_domains: bool
    accounts_editable: bool


@rule("GUARD-CANCEL-ORG-UNAFFECTED", "001:81 001:371", editions=_GUARD_EDITIONS)
def what_guard_leaves() -> Retained:
    """The organisation and its verified domains stay, and managed accounts can be viewed and updated as before."""
    return Retained(organisation=True, verified_domains=True, accounts_editable=True)


@rule(
    "GUARD-CANCEL-CONFIG-RETENTION",
    "001:371-373",
    editions=_GUARD_EDITIONS,
    rulings="R-04 R-29-GUARD-A17 R-29-GUARD-A19",
)
def configuration_is_kept(ended: date, day: date, days: int) -> bool:
    """The configuration of single sign-on and provisioning comes back when Guard is taken up again within 14 days.

    Reading: counted from the day on which Guard ended, day 14 included; after an unpaid trial as after a cancellation.
    """
    return within_days(ended, day, days)


@rule(
    "GUARD-CANCEL-REACTIVATION-END",
    "001:373",
    editions=_GUARD_EDITIONS,
    rulings="R-04 R-29-GUARD-A17 R-29-GUARD-A19",
)
def last_day_of_reactivation(ended: date, days: int) -> date:
    """The fourteenth day after its end is the last on which Guard, taken up again, is sure of its configuration."""
    return ended + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class CancellationCase:
    """A cancellation, and the circumstances in which it is asked about.

    Attributes:
        subscription: What is cancelled.
        actor: Who cancels; None: permission is not examined.
        billing: Billing system of the subscription.
        cancelled_at: Moment of the cancellation.
        cancelled_on: Day of the cancellation.
        word: Word typed to confirm; None: confirmation is not examined.
        language: Language of the console (BCP 47).
        reactivated_on: Day on which it was, or would be, taken up again.
        guard: How the organisation stood with Guard.
        day: Day for which retention is asked.
    """

    subscription: Subscription
    actor: Actor | None = None
    billing: Billing | None = None
    cancelled_at: datetime | None = None
    cancelled_on: date | None = None
    word: str | None = None
    language: str | None = None
    reactivated_on: date | None = None
    guard: GuardStanding = field(default_factory=GuardStanding)
    day: date | None = None


@dataclass(frozen=True, slots=True)
class AssessedCancellation:
    """What the rules say of a cancellation.

    Attributes:
        allowed_roles: Roles that may cancel; empty when none is named.
        confirmed: Whether the typed word confirms.
        expected_word: Word to type; empty when it is not printed.
        deferred: Whether the effects wait for the end of the paid time.
        effects: What ends and what stays, for Guard.
        reactivation_deadline: Last day on which it can be taken up again without loss.
        config_restored: Whether the reactivation asked about brings the configuration back.
        guidance: Where and how it is cancelled.
        reactivation_guidance: Where and how it is taken up again.
        findings: What stands in the way, and remarks.
    """

    allowed_roles: tuple[str, ...] = ()
    confirmed: bool | None = None
    expected_word: str = ""
    deferred: bool | None = None
    effects: GuardEndEffects | None = None
    reactivation_deadline: date | None = None
    config_restored: bool | None = None
    guidance: Guidance | None = None
    reactivation_guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()


def assess_cancellation(book: Book, case: CancellationCase) -> AssessedCancellation:
    """Whether a subscription or trial may be cancelled so, what ends and what stays, and how long it can be undone."""
    product = case.subscription.product or Product("")
    if not book.prints("guard.cancel.roles"):
        return AssessedCancellation(findings=(not_covered(edition=book.edition),))
    if product.id != "guard":
        return _of_any_subscription(book, case, product.platform)
    if product.plan is None:
        return AssessedCancellation(findings=(undetermined("INPUT_MISSING", "subscription.product.plan"),))
    if product.plan == "standard":
        return _of_guard(book, case)
    return _of_any_subscription(book, case, Platform.CLOUD)


def _of_any_subscription(book: Book, case: CancellationCase, platform: Platform | None) -> AssessedCancellation:
    """Of a subscription of which only the roles of the improved billing experience are said."""
    if platform is None:
        return AssessedCancellation(findings=(undetermined("INPUT_MISSING", "subscription.product.platform"),))
    if not platform.hosted or case.billing is Billing.ORIGINAL:
        return AssessedCancellation(findings=(not_covered(edition=book.edition),))
    if case.billing is None:
        return AssessedCancellation(findings=(undetermined("INPUT_MISSING", "billing_experience"),))
    roles = book.texts("cancel.roles.improved")
    if case.actor is None or may_cancel_subscription(sorted(case.actor.held), roles):
        return AssessedCancellation(roles)
    return AssessedCancellation(roles, findings=(_no_role(roles),))


def _of_guard(book: Book, case: CancellationCase) -> AssessedCancellation:
    roles = _roles_for_guard(book, case.billing)
    word, confirmed, unconfirmed = _confirmation(book, case)
    days = book.integer("guard.reactivation.days")
    ended = case.cancelled_on
    reactivated = case.reactivated_on
    return AssessedCancellation(
        allowed_roles=roles,
        confirmed=confirmed,
        expected_word=word,
        deferred=_is_deferred(case),
        effects=guard_end_effects(book, case.guard, ended, case.day or reactivated, case.cancelled_at),
        reactivation_deadline=last_day_of_reactivation(ended, days) if ended is not None else None,
        config_restored=configuration_is_kept(ended, reactivated, days) if ended and reactivated else None,
        guidance=book.guidance("guard.cancel.guidance"),
        reactivation_guidance=book.guidance("guard.reactivation.guidance"),
        findings=(*_barred(book, case, roles), *unconfirmed),
    )


def _roles_for_guard(book: Book, billing: Billing | None) -> tuple[str, ...]:
    roles = book.texts("guard.cancel.roles")
    return roles + book.texts("cancel.roles.improved") if billing is Billing.IMPROVED else roles


def _barred(book: Book, case: CancellationCase, roles: tuple[str, ...]) -> list[Finding]:
    """What stands against the person who cancels."""
    if case.actor is None:
        return []
    held = sorted(case.actor.held)
    if may_cancel_guard(held, roles):
        return []
    if case.billing is None and may_cancel_guard(held, _roles_for_guard(book, Billing.IMPROVED)):
        return [undetermined("INPUT_MISSING", "billing_experience")]
    return [_no_role(roles)]


def _no_role(roles: Collection[str]) -> Finding:
    return replace(refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)), subject="actor")


def _confirmation(book: Book, case: CancellationCase) -> tuple[str, bool | None, list[Finding]]:
    """The word to type, whether the typed one confirms, and what stands in the way."""
    if case.language is None:
        return "", None, [] if case.word is None else [undetermined("INPUT_MISSING", "language_code")]
    key = f"guard.cancel.word.{case.language.partition('-')[0].lower()}"
    if not book.prints(key):
        unknown = undetermined("CONFIRMATION_WORD_NOT_PRINTED", language=case.language)
        return "", None, [] if case.word is None else [unknown]
    word = book.text(key)
    if case.word is None:
        return word, None, []
    if cancellation_is_confirmed(case.word, word):
        return word, True, []
    return word, False, [refused("CONFIRMATION_WORD_WRONG", expected=word).about("confirmation_word")]


def _is_deferred(case: CancellationCase) -> bool | None:
    cancelled = case.cancelled_at or case.cancelled_on
    if cancelled is None:
        return None
    term = case.subscription.term
    return security_ends(cancelled, term.end if term is not None else None) != cancelled


def guard_end_effects(
    book: Book, guard: GuardStanding, ended: date | None, day: date | None, ended_at: datetime | None = None
) -> GuardEndEffects:
    """What the end of Guard changes and leaves, after a cancellation as after an unpaid trial."""
    days = book.integer("guard.reactivation.days")
    login, two_step, kept = login_without_guard(guard.own_password), two_step_without_guard(None), what_guard_leaves()
    return GuardEndEffects(
        security_end_time=ended_at,
        security_end=ended,
        single_sign_on=login.single_sign_on,
        login_method=login.method,
        password_reset=login.password_reset,
        two_step_enforced=two_step.enforced,
        two_step_releasable=two_step.releasable,
        organisation_retained=kept.organisation and kept.verified_domains,
        accounts_editable=kept.accounts_editable,
        config_retained=configuration_is_kept(ended, day, days) if ended and day else None,
        config_retention=last_day_of_reactivation(ended, days) if ended is not None else None,
    )
