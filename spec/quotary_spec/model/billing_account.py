"""What groups the subscriptions, payments and people of one customer, and how it is billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing
from quotary_spec.model.price import PriceBand
from quotary_spec.model.product import Product
from quotary_spec.model.renewal import Notice
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, Outcome, weakest


class Grouping(StrEnum):
    """What one invoice gathers."""

    ACCOUNT = "account"
    SITE = "site"


class EngineSupport(StrEnum):
    """Whether the new engine takes a product."""

    SUPPORTED = "supported"
    PLANNED = "planned"


class Charging(StrEnum):
    """When a month of Guard is charged, and on which count of users."""

    ADVANCE = "advance"
    ARREARS = "arrears"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class BilledSubscription:
    """A subscription as a billing account carries it.

    Attributes:
        subscription: What is held; its term is the billing period.
        site: Site it belongs to, in the caller's ids.
        billing: Engine that bills it; None for Guard: derived from the others.
        add_ons: Additional products billed on its statement.
    """

    subscription: Subscription
    site: str | None = None
    billing: Billing | None = None
    add_ons: tuple[Product, ...] = ()

    @property
    def product(self) -> Product:
        """What is held."""
        assert self.subscription.product is not None
        return self.subscription.product

    @property
    def is_guard(self) -> bool:
        """True for Guard."""
        return self.product.id == "guard"


@dataclass(frozen=True, slots=True)
class GuardUsage:
    """Billable users of Guard and their monthly prices.

    Attributes:
        standard_users: Users on the Standard line.
        covered_premium_users: Premium users whom Guard Standard or Cloud Enterprise covers.
        other_premium_users: All other Premium users.
        standard_bands: Monthly prices of Standard, lowest band first.
        premium_unit: Monthly price of one user of Premium.
        currency: Currency of the prices.
        charging: When a month is charged.
    """

    standard_users: int | None = None
    covered_premium_users: int = 0
    other_premium_users: int = 0
    standard_bands: tuple[PriceBand, ...] = ()
    premium_unit: Decimal | None = None
    currency: str = "USD"
    charging: Charging = Charging.ADVANCE

    @property
    def premium_users(self) -> int:
        """All users on the Premium line."""
        return self.covered_premium_users + self.other_premium_users


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """A billing account.

    Attributes:
        subscriptions: Subscriptions of the customer.
        grouping: How the customer wants its invoices.
        migrated: Whether the account was moved to the new engine.
        usage: Guard users and prices.
        day: Day for which states are asked.
    """

    subscriptions: tuple[BilledSubscription, ...]
    grouping: Grouping | None = None
    migrated: bool | None = None
    usage: GuardUsage | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionBilling:
    """How one subscription is billed.

    Attributes:
        position: Its position in the account.
        billing: Engine that bills it.
        support: Whether the new engine takes the product; None where the edition does not say.
        plan_supported: Whether it takes the plan.
        candidate: Whether the product puts the customer on the list of those to be moved.
        active: Whether an annual subscription is in force on the day asked about.
        invoice: Position of its invoice; None while that is not decided.
        methods: Methods of payment named for it.
        guidance: Where its billing is seen and managed.
        findings: What stays open.
    """

    position: int
    billing: Billing | None = None
    support: EngineSupport | None = None
    plan_supported: bool | None = None
    candidate: bool | None = None
    active: bool | None = None
    invoice: int | None = None
    methods: tuple[str, ...] = ()
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How decided it is."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an account's invoice: a subscription, one of Guard's two lines, or an addition.

    Attributes:
        subscription: Position of the subscription.
        product: What the line bills.
        kind: "subscription", "guard_standard", "guard_premium" or "add_on".
        users: Users that it bills.
        charge_date: Day on which it is charged.
        term: Time that the charge pays.
        amount: Amount in minor units, before fee and taxes.
        rule_id: Rule that makes the line.
    """

    subscription: int
    product: Product
    kind: str
    users: int | None = None
    charge_date: date | None = None
    term: Term | None = None
    amount: int | None = None
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class AccountInvoice:
    """One invoice of an account: what it gathers, of which sites, by which engine, and its lines."""

    grouping: Grouping
    sites: tuple[str, ...]
    billing: Billing
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """What the move to the new engine does; None where the edition does not say.

    Attributes:
        planned: Whether the customer is moved sooner or later.
        downtime: Whether systems stand still.
        access_changed: Whether access to sites changes.
        subscriptions_changed: Whether the set of subscriptions changes.
        prices_changed: Whether prices change.
        processes_changed: Whether billing processes and support contacts change.
        safeguards: How the data is protected.
        guidance: How to prepare for it.
    """

    planned: bool
    downtime: bool | None = None
    access_changed: bool | None = None
    subscriptions_changed: bool | None = None
    prices_changed: bool | None = None
    processes_changed: bool | None = None
    safeguards: tuple[str, ...] = ()
    guidance: Guidance | None = None


@dataclass(frozen=True, slots=True)
class AssessedBillingAccount:
    """What the rules say of a billing account; amounts of Guard in minor units, before fee and taxes."""

    subscriptions: tuple[SubscriptionBilling, ...] = ()
    invoices: tuple[AccountInvoice, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    guard_month: int | None = None
    guard_year: int | None = None
    capabilities: tuple[str, ...] = ()
    migration: Migration | None = None
    notices: tuple[Notice, ...] = ()
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()
