"""Billing accounts: which engine bills what, on which invoice, and what the move to the new engine changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from quotary_spec.model.billing_account import (
    EngineSupport,
    Grouping,
)
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, not_covered, undetermined
from quotary_spec.rule import rule

# ---- the engine


@rule(
    "BILLING-ACCOUNT-GUARD-ENGINE",
    "000:831 002:795-797",
    rulings="R-000-BILLING-ACCOUNT-GUARD-ENGINE R-002-BILLING-ACCOUNT-GUARD-ROUTING",
)
def guard_engine(others: Sequence[Billing]) -> Billing:
    """Guard is billed by the old engine while all other products are, and by the new one as soon as any of them is.

    Reading: without other products, by the new one.
    """
    return Billing.ORIGINAL if others and Billing.IMPROVED not in others else Billing.IMPROVED


@rule("BILLING-ACCOUNT-ENGINE-SUPPORTED", "000:768-783 002:736-752")
def engine_support(product: str, supported: Collection[str], planned: Collection[str]) -> EngineSupport | None:
    """The new engine takes eight products now and a few more later; of any other nothing is said."""
    if product in supported:
        return EngineSupport.SUPPORTED
    return EngineSupport.PLANNED if product in planned else None


@rule(
    "BILLING-ACCOUNT-ENGINE-PLANS",
    "000:786 002:756-758",
    rulings="R-000-BILLING-ACCOUNT-ENGINE-EDITIONS R-002-BILLING-ACCOUNT-EDITIONS",
)
def plan_is_supported(plan: str, supported: Collection[str], coming: Collection[str]) -> bool | Finding:
    """At the move the new engine takes the plans that the edition lists; one that is to come is not taken yet.

    Reading: of a plan in neither list nothing is said, Premium in edition 2026 included.
    """
    if plan in supported:
        return True
    return False if plan in coming else not_covered("PLAN_NOT_LISTED", plan=plan)


@rule("BILLING-ACCOUNT-CANDIDATE", "000:768 002:736")
def is_candidate(paid: bool, support: EngineSupport | None) -> bool:
    """A paid cloud subscription to one of the products that are taken puts the customer on the list for the move."""
    return paid and support is EngineSupport.SUPPORTED


@rule("BILLING-ACCOUNT-CONSOLE", "000:752", rulings="R-000-BILLING-ACCOUNT-CONSOLE-LOCATION")
def billing_is_managed_in_console(platform: Platform, billing: Billing) -> bool:
    """Once a cloud site was moved, its billing is managed in the billing console, not in the account portal.

    Reading: Data Center stays in the account portal.
    """
    return platform.hosted and billing is Billing.IMPROVED


# ---- invoices


@rule(
    "BILLING-ACCOUNT-GROUPING",
    "000:792 000:804-807 002:762 002:773",
    rulings="R-000-BILLING-ACCOUNT-INVOICE-CHOICE R-002-BILLING-ACCOUNT-UNIT",
)
def groupings(billing: Billing) -> tuple[Grouping, ...]:
    """The old engine bills site by site; in the new one the customer chooses between one invoice and one for each site.

    Reading: the choice is between the two that are printed; groups in between are not described.
    """
    return (Grouping.SITE,) if billing is Billing.ORIGINAL else (Grouping.ACCOUNT, Grouping.SITE)


@rule("BILLING-ACCOUNT-INVOICES", "000:804-807 002:773")
def number_of_invoices(grouping: Grouping, sites: int) -> int:
    """Grouped by account there is one invoice, otherwise one for each site."""
    return min(sites, 1) if grouping is Grouping.ACCOUNT else sites


@rule("BILLING-ACCOUNT-GUARD-GROUP", "000:829 002:793", rulings="R-000-BILLING-ACCOUNT-GUARD-GROUP")
def guard_invoice(invoices_of_engine: Sequence[int]) -> int | Finding:
    """Guard is billed in the same group as the subscriptions that the customer already has.

    Reading: where each site has an invoice of its own, the account has to say with which of them.
    """
    invoices = set(invoices_of_engine)
    return invoices.pop() if len(invoices) == 1 else undetermined("INPUT_MISSING", "site_id")


@rule("BILLING-ACCOUNT-GUARD-LINES", "000:853")
def guard_lines(*, standard: bool, premium: bool) -> tuple[str, ...]:
    """Guard Standard has a line of its own, and Guard Premium, which stands on top of it, a second one."""
    lines = ("guard_standard",) if standard or premium else ()
    return (*lines, "guard_premium") if premium else lines


@rule("BILLING-ACCOUNT-PREMIUM-ADDON", "000:861-867")
def statement_lines(add_ons: int) -> int:
    """Additional features that were chosen are lines of their own on the statement of the product they belong to."""
    return 1 + add_ons


# ---- the move


@rule("BILLING-ACCOUNT-ALL-CLOUD-MOVED", "000:764 002:732")
def is_moved_eventually(has_cloud_subscription: bool) -> bool:
    """Every customer with a cloud subscription is moved to the new engine sooner or later; no day is printed."""
    return has_cloud_subscription


@rule("BILLING-ACCOUNT-NO-DOWNTIME", "000:749")
def systems_stand_still(event: Literal["migration"]) -> bool:
    """No system stands still during the move."""
    return False


@rule("BILLING-ACCOUNT-UNCHANGED", "000:756 002:725")
def move_changes(what: Literal["access", "subscriptions", "prices"]) -> bool:
    """The move changes neither access to sites, nor the subscriptions, nor prices."""
    return False


@rule(
    "BILLING-ACCOUNT-ENTERPRISE-UNCHANGED",
    "000:871",
    rulings="R-000-BILLING-ACCOUNT-ENTERPRISE-UNCHANGED",
)
def move_changes_processes(plan: str) -> bool | Finding:
    """For Cloud Enterprise the billing processes and the contacts of support stay as they are.

    Reading: the contacts at the vendor, not the customer's roles.
    """
    return False if plan == "enterprise" else not_covered()


@rule("GUARD-BILLING-MONTHLY-DOCUMENTS", "001:134", rulings="R-001-GUARD-BILLING-MONTHLY-DOCUMENTS")
def documents_after_charge(cycle: Cycle) -> tuple[str, ...]:
    """After a monthly charge of Guard the registered contacts get a purchase confirmation and a paid invoice.

    Reading: all billing and technical contacts.
    """
    return ("purchase_confirmation", "paid_invoice") if cycle is Cycle.MONTHLY else ()
