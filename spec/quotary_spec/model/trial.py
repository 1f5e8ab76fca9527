"""A trial: wanted, running or ended, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing, Cycle, GivenPrice
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.outcome import Finding


class TrialKind(StrEnum):
    """What a trial is for."""

    PRODUCT = "product"
    MIGRATION = "migration"


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial, wanted, running or ended.

    Attributes:
        product: What is tried.
        kind: To get to know it, or to move to cloud.
        start: Day on which it starts; for Guard the day on which the trial button is pressed.
        domain_verified_on: Day on which the organisation's domain was verified.
        first_used_on: Day on which a feature was first used.
        host_cycle: Cycle in which the subscription that hosts the app is billed.
        source: What the customer holds and moves from.
        self_managed_customer: Whether the customer holds a Data Center subscription or Server licence.
        payment_stored: Whether a means of payment was on file when the trial ended.
        payment_method: That means of payment.
        deactivated: Whether somebody switched the app off before the trial ended.
        quote_purchased: Whether an annual quote for the product was bought and paid.
        completed_steps: Steps already done to start a Guard trial.
        lapse_days: Days between the end of an unpaid Guard trial and the loss of Guard.
    """

    product: Product
    kind: TrialKind = TrialKind.PRODUCT
    start: date | None = None
    domain_verified_on: date | None = None
    first_used_on: date | None = None
    host_cycle: Cycle | None = None
    source: Subscription | None = None
    self_managed_customer: bool | None = None
    payment_stored: bool | None = None
    payment_method: str | None = None
    deactivated: bool | None = None
    quote_purchased: bool | None = None
    completed_steps: tuple[str, ...] = ()
    lapse_days: int | None = None

    @property
    def payment_on_file(self) -> bool | None:
        """Whether a means of payment was on file; naming one says so."""
        return True if self.payment_stored is None and self.payment_method is not None else self.payment_stored


@dataclass(frozen=True, slots=True)
class TrialCase:
    """A trial and the circumstances in which it is asked about.

    Attributes:
        trial: The trial.
        actor: Who wants to start it; None: permission is not examined.
        billing: Billing system of the customer.
        guard: How the organisation stands with Guard.
        price: Price of the first paid month by user.
        users: Billable users at the end of the trial.
        day: Day for which the state is asked.
    """

    trial: Trial
    actor: Actor | None = None
    billing: Billing | None = None
    guard: GuardStanding = field(default_factory=GuardStanding)
    price: GivenPrice | None = None
    users: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class GuardEndEffects:
    """What the end of Guard, by cancellation or by an unpaid trial, changes and leaves.

    Attributes:
        security_end_time: Moment from which single sign-on and enforced two-step verification are off.
        security_end: Day on which they are off.
        single_sign_on: Whether managed users can still log in by SAML single sign-on.
        login_method: How they log in: "single_sign_on" or "own_account".
        password_reset: Whether the user has to set a new password first.
        two_step_enforced: Whether two-step verification is still enforced.
        two_step_releasable: Whether each managed user may switch it off.
        organisation_retained: Whether the organisation and its verified domains stay.
        accounts_editable: Whether managed accounts can still be viewed and updated.
        config_retained: Whether the SAML and SCIM configuration is kept on the day asked about.
        config_retention: Last day on which taking Guard up again is sure to bring the configuration back.
    """

    security_end_time: datetime | None
    security_end: date | None
    single_sign_on: bool
    login_method: str
    password_reset: bool | None
    two_step_enforced: bool
    two_step_releasable: bool
    organisation_retained: bool
    accounts_editable: bool
    config_retained: bool | None
    config_retention: date | None


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a trial becomes when it ends.

    Attributes:
        state: "paid", "free_plan", "expired" or "unsubscribed".
        plan: Plan in force afterwards; empty when there is none.
        cycle: Cycle in which it is billed afterwards.
        effective: Day from which that holds.
        working: Whether the product keeps working.
        charged_automatically: Whether an app is put on the next invoice without anybody's doing.
        charge_date: Day of the first charge.
        charge_term: Time that the first charge pays.
        charge: First charge in minor units, before fee and taxes.
        effects: What the end does to security, for Guard.
    """

    state: str
    plan: str = ""
    cycle: Cycle | None = None
    effective: date | None = None
    working: bool | None = None
    charged_automatically: bool | None = None
    charge_date: date | None = None
    charge_term: Term | None = None
    charge: int | None = None
    effects: GuardEndEffects | None = None


@dataclass(frozen=True, slots=True)
class AssessedTrial:
    """What the rules say of a trial.

    Attributes:
        start: First day.
        end: Day on which it is over; None where no length is printed.
        days: Length in days; None where it is not a number of days.
        running: Whether it runs on the day asked about.
        user_tier: Users that it holds; None where no number is fixed.
        price: Price in minor units; None where the edition prints none.
        full_functionality: Whether it has every feature of the product.
        features: Features that are named for it.
        included: Services that come with it.
        excluded: Services that do not.
        terms_basis: Whose conditions it follows.
        allowed_roles: Roles that may start it; empty when none is named.
        next_step: Step to do next, for Guard.
        features_available: Whether features can be used already, for Guard.
        site_covered: Whether it reaches the site asked about, for Guard.
        continuation: What it becomes.
        start_guidance: How it is started.
        extension_guidance: How more time is asked for.
        keep_guidance: How the product is kept after it.
        annual_guidance: How an annual subscription is asked for meanwhile.
        annual_methods: Methods of payment for the annual quote.
        findings: What stands in the way, and remarks.
    """

    start: date | None = None
    end: date | None = None
    days: int | None = None
    running: bool | None = None
    user_tier: int | None = None
    price: int | None = None
    full_functionality: bool | None = None
    features: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    terms_basis: str = ""
    allowed_roles: tuple[str, ...] = ()
    next_step: str = ""
    features_available: bool | None = None
    site_covered: bool | None = None
    continuation: Continuation | None = None
    start_guidance: Guidance | None = None
    extension_guidance: Guidance | None = None
    keep_guidance: Guidance | None = None
    annual_guidance: Guidance | None = None
    annual_methods: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
