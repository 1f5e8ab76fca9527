"""A person who wants to do something, what it touches, and what the documents say of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.outcome import Finding


@dataclass(frozen=True, slots=True)
class TargetAccount:
    """The person or account that an action touches.

    Attributes:
        managed: Whether the organisation manages it.
        domain_verified: Whether its address is on a domain that the organisation claimed or verified.
        enabled: Whether it is enabled.
        exists: Whether the person has an account at all.
        distribution_list: Whether the address is a distribution list.
        licences: Licences that still hang on it.
        administered_accounts: Billing accounts of which the person is billing admin already.
    """

    managed: bool | None = None
    domain_verified: bool | None = None
    enabled: bool | None = None
    exists: bool | None = None
    distribution_list: bool | None = None
    licences: int | None = None
    administered_accounts: int | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """A self-managed installation, or the places in which the key of one licence is used.

    Attributes:
        production: Production installations that use the key.
        servers: Servers on which the key is deployed.
        server_id_known: Whether the id of the server is known.
    """

    production: int | None = None
    servers: int | None = None
    server_id_known: bool | None = None


@dataclass(frozen=True, slots=True)
class PermissionCase:
    """Who wants to do what, and in which circumstances.

    Attributes:
        action: Registered action.
        actor: Who acts.
        product: Product concerned; None leaves it to the subscription.
        subscription: Subscription or licence concerned.
        billing: Engine that bills it.
        target: Person or account that the action touches.
        role: Role that is kept up.
        surface: Portal in which the person acts; None for any that serves.
        service: Service that is used.
        method: Means of payment that is added, changed or paid with.
        guard: The organisation and Guard.
        installation: The installation, for licence keys.
        active_site_admins: Site admins whose accounts are active.
        batch: People who are added or removed in one step.
        payment_processed: Whether the order behind the licence was paid in full and the payment processed.
        support_number_known: Whether the actor knows the support entitlement number.
        appointed: Whether an organisation admin appoints the person.
        succeeded: Whether the action went through; None stands for yes.
    """

    action: str
    actor: Actor = field(default_factory=Actor)
    product: Product | None = None
    subscription: Subscription = field(default_factory=Subscription)
    billing: Billing | None = None
    target: TargetAccount = field(default_factory=TargetAccount)
    role: str | None = None
    surface: str | None = None
    service: str | None = None
    method: str | None = None
    guard: GuardStanding = field(default_factory=GuardStanding)
    installation: Installation = field(default_factory=Installation)
    active_site_admins: int | None = None
    batch: int = 1
    payment_processed: bool | None = None
    support_number_known: bool | None = None
    appointed: bool | None = None
    succeeded: bool | None = None

    @property
    def what(self) -> Product | None:
        """The product that the action is about."""
        return self.product or self.subscription.product

    @property
    def engine(self) -> Billing | None:
        """The engine that bills: improved where there are billing admins, original for what is self-managed (R-24)."""
        if self.what is not None and self.what.platform is not None and not self.what.platform.hosted:
            return Billing.ORIGINAL
        return self.billing or (Billing.IMPROVED if "billing_admin" in self.actor.effective_roles else None)


@dataclass(frozen=True, slots=True)
class CheckedPermission:
    """What the documents say of an action.

    Attributes:
        allowed_roles: Roles that may; empty when none is named.
        equivalent_roles: Roles that the actor's roles become in this engine.
        effects: What the action brings about.
        details_required: Whether more must be told about the person first.
        recommended_billing_admins: Billing admins that an account should have at least; 0 when they are not touched.
        recommendation_met: Whether it has that many after the action.
        guidance: Where and how it is done.
        findings: What stands in the way, and remarks.
    """

    allowed_roles: tuple[str, ...] = ()
    equivalent_roles: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    details_required: bool | None = None
    recommended_billing_admins: int = 0
    recommendation_met: bool | None = None
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()
