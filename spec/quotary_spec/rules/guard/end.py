"""What the end of Guard brings, whether it was given up or a trial was not paid: what ends, and what can come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from quotary_spec.calendar import within_days
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.model.trial import GuardEndEffects
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book


@rule("GUARD-CANCEL-IMMEDIATE-EFFECT", "001:360 001:366")
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


@rule("GUARD-CANCEL-ORG-UNAFFECTED", "001:81 001:371")
def what_guard_leaves() -> Retained:
    """The organisation and its verified domains stay, and managed accounts can be viewed and updated as before."""
    return Retained(organisation=True, verified_domains=True, accounts_editable=True)


@rule(
    "GUARD-CANCEL-CONFIG-RETENTION",
    "001:371-373",
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
    rulings="R-04 R-29-GUARD-A17 R-29-GUARD-A19",
)
def last_day_of_reactivation(ended: date, days: int) -> date:
    """The fourteenth day after its end is the last on which Guard, taken up again, is sure of its configuration."""
    return ended + timedelta(days=days)


def guard_end_effects(
    book: Book, guard: GuardStanding, ended: date | None, day: date | None, ended_at: datetime | None = None
) -> GuardEndEffects:
    """What the end of Guard changes and leaves, after a cancellation as after an unpaid trial."""
    days = book.integer("guard.reactivation.days")
    login, two_step, retained = (
        login_without_guard(guard.own_password),
        two_step_without_guard(None),
        what_guard_leaves(),
    )
    return GuardEndEffects(
        security_end_time=ended_at,
        security_end=ended,
        single_sign_on=login.single_sign_on,
        login_method=login.method,
        password_reset=login.password_reset,
        two_step_enforced=two_step.enforced,
        two_step_releasable=two_step.releasable,
        organisation_retained=retained.organisation and retained.verified_domains,
        accounts_editable=retained.accounts_editable,
        config_retained=configuration_is_kept(ended, day, days) if ended and day else None,
        config_retention=last_day_of_reactivation(ended, days) if ended is not None else None,
    )
