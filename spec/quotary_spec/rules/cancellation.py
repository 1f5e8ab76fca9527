"""Giving up a subscription: who may, how it is confirmed, what ends at once, and how long it can be undone.

Who may is a question of permission, and answered as one. Of the rest the documents tell for Guard Standard alone.
Editions 2021 and 2023 are silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.permission import CheckedPermission, PermissionCase
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.model.trial import GuardEndEffects
from quotary_spec.outcome import Finding, Outcome, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.end import (
    configuration_is_kept,
    guard_end_effects,
    last_day_of_reactivation,
    security_ends,
)
from quotary_spec.rules.permissions_assessment import check_permission, check_permission_of_anyone

_WORD = Keys("guard.cancel.word.*")


@rule("GUARD-CANCEL-CONFIRMATION", "001:358", rulings="R-001-GUARD-CANCEL-CONFIRMATION")
def cancellation_is_confirmed(typed: str, word: str) -> bool:
    """The word that confirms is typed in the language of the console, AFMELDEN in Dutch.

    Reading: exactly, capitals included.
    """
    return typed == word


@dataclass(frozen=True, slots=True)
class CancellationCase:
    """A cancellation, and the circumstances in which it is asked about.

    Attributes:
        subscription: What is cancelled.
        actor: Who cancels; None: it is asked whether anyone may.
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
    checked = _permission(book, case)
    if product.id != "guard" or not book.prints("guard.cancel.roles"):
        return AssessedCancellation(checked.allowed_roles, guidance=checked.guidance, findings=checked.findings)
    if product.plan == "standard":
        return _of_guard(book, case, checked)
    findings = checked.findings
    if product.plan is None:
        refusals = (each for each in findings if each.outcome is Outcome.REFUSED)
        findings = (*refusals, undetermined("INPUT_MISSING", "subscription.product.plan"))
    return AssessedCancellation(checked.allowed_roles, guidance=checked.guidance, findings=findings)


def _permission(book: Book, case: CancellationCase) -> CheckedPermission:
    """Whether the actor may cancel; without one, whether anyone may."""
    permission = PermissionCase(
        "cancel_subscription",
        case.actor or Actor(),
        subscription=case.subscription,
        billing=case.billing,
        guard=case.guard,
    )
    check = check_permission_of_anyone if case.actor is None else check_permission
    checked = check(book, permission)
    return replace(checked, findings=tuple(each.rebased(_in_subscription) for each in checked.findings))


def _in_subscription(path: str) -> str:
    """Where a cancellation has what a permission asks for: the product is the subscription's."""
    return f"subscription.{path}" if path.partition(".")[0] == "product" else path


def _of_guard(book: Book, case: CancellationCase, checked: CheckedPermission) -> AssessedCancellation:
    word, confirmed, unconfirmed = _confirmation(book, case)
    days = book.integer("guard.reactivation.days")
    ended = case.cancelled_on
    reactivated = case.reactivated_on
    return AssessedCancellation(
        allowed_roles=checked.allowed_roles,
        confirmed=confirmed,
        expected_word=word,
        deferred=_is_deferred(case),
        effects=guard_end_effects(book, case.guard, ended, case.day or reactivated, case.cancelled_at),
        reactivation_deadline=last_day_of_reactivation(ended, days) if ended is not None else None,
        config_restored=configuration_is_kept(ended, reactivated, days) if ended and reactivated else None,
        guidance=checked.guidance,
        reactivation_guidance=book.guidance("guard.reactivation.guidance"),
        findings=(*checked.findings, *unconfirmed),
    )


def _confirmation(book: Book, case: CancellationCase) -> tuple[str, bool | None, list[Finding]]:
    """The word to type, whether the typed one confirms, and what stands in the way."""
    if case.language is None:
        return "", None, [] if case.word is None else [undetermined("INPUT_MISSING", "language_code")]
    key = _WORD[case.language.partition("-")[0].lower()]
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
    return security_ends(cancelled, case.subscription.current_end) != cancelled
