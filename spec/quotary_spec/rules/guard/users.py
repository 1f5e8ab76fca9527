"""Guard: which users of an organisation are billable for Standard and for Premium.

The count is a fold over the users: it remembers how many stand in which way, never who they are. What is not known of
a user leaves its status open, so that a count is then an interval.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from quotary_spec.rule import rule

T = TypeVar("T")


MOST_MISSING = 100
"""Absent facts that an answer names, at most."""


class Profile(StrEnum):
    """The printed lists of products that make a user billable for Standard."""

    UNION8 = "union8"
    CORE5 = "core5"
    CORE5_STATUSPAGE = "core5_statuspage"
    CORE5_JPD_COMPASS = "core5_jpd_compass"


class Membership(StrEnum):
    """How many authentication policies a user may have, and which of them must be non-billable to free it."""

    EXACTLY_ONE = "exactly_one"
    SEVERAL_ANY = "several_any"
    SEVERAL_ALL = "several_all"


@rule("GUARD-BILLABLE-MANAGED-STATUS", "001:21 001:60", rulings="R-29 R-29-GUARD-A1")
def account_is_managed(domain: str, verified_domains: Collection[str], sub_domains: bool = False) -> bool:
    """An account is managed by the organisation that has verified the domain of its address, and external otherwise.

    Reading: sub-domains are not mentioned; the domain itself has to be verified unless they are let in.
    """
    if domain in verified_domains or not sub_domains:
        return domain in verified_domains
    parts = domain.split(".")
    return any(".".join(parts[i:]) in verified_domains for i in range(len(parts)))


@rule(
    "GUARD-BILLABLE-JSM-AGENT",
    "001:23 001:40 001:164 001:196 001:221 001:231 001:294",
    rulings="R-001-GUARD-BILLABLE-JSM-AGENT",
)
def service_desk_role_counts(role: str | None) -> bool | None:
    """On a service desk only agents count; who merely submits requests through the portal does not.

    Reading: one list and the sentence on free sign-ups leave the restriction out; the answers on it say "only".
    """
    return None if role is None else role == "agent"


@rule(
    "GUARD-BILLABLE-STANDARD-ACCESS",
    "001:23 001:130 001:138 001:148 001:161 001:193 001:210 001:277 001:291",
    rulings="R-29 R-29-GUARD-A5 R-001-GUARD-BILLABLE-FREE-EDITION",
)
def access_counts(
    product: str, role: str | None, supported: Collection[str], agents_only: Collection[str]
) -> bool | None:
    """Access to a product that the plan supports makes a user billable, used or not, on a free or a paid site.

    Reading: free plans are named for three products; no plan matters for any.
    """
    if product not in supported:
        return False
    return service_desk_role_counts(role) if product in agents_only else True


@rule("GUARD-BILLABLE-UNIQUE", "001:130 001:138 001:212 001:227 001:231 001:277 000:855")
def counts_once(accesses: Collection[bool | None]) -> bool | None:
    """A user counts once, over however many products, sites and plans; one access that counts is enough."""
    return True if True in accesses else None if None in accesses else False


@rule("GUARD-BILLABLE-STANDARD-MANAGED-ONLY", "001:143")
def standard_leaves_out_external(managed: bool) -> bool:
    """Standard bills managed users only."""
    return not managed


@rule("GUARD-BILLABLE-DEACTIVATED-EXCLUSION", "001:181 001:216 001:271", rulings="R-29 R-29-GUARD-A6")
def deactivated_is_left_out(active: bool) -> bool:
    """A deactivated account is not counted, and counts again once it is enabled; an idle one counts.

    Reading: said of Standard; Premium counts no deactivated account either unless that is asked for.
    """
    return not active


@rule(
    "GUARD-BILLABLE-NONBILLABLE-POLICY-EXCLUSION",
    "001:25 001:101 001:111 001:144 001:216",
    rulings="R-29 R-29-GUARD-A2 R-29-GUARD-A7",
)
def nonbillable_member_is_left_out(nonbillable: Collection[bool], every: bool = False) -> bool:
    """A managed user in the non-billable policy is not billed, for either plan.

    Reading: two passages free members from Guard as a whole, three name Standard. A user has one policy; where several
    are allowed, one non-billable policy frees, or all have to be.
    """
    return bool(nonbillable) and all(nonbillable) if every else any(nonbillable)


@rule("GUARD-BILLABLE-STANDARD-ENTERPRISE-EXCLUSION", "001:144", rulings="R-29 R-29-GUARD-A3")
def standard_leaves_out_enterprise(covered: bool) -> bool:
    """A user whom a Cloud Enterprise plan covers is not billed for Standard."""
    return covered


@rule("GUARD-ENTERPRISE-COVER-BY-PRODUCT", "001:144", rulings="R-29-GUARD-A3")
def enterprise_covers_every_access(enterprise: Collection[bool]) -> bool:
    """Read by product, a user is covered by Cloud Enterprise if each supported access is on an Enterprise plan."""
    return bool(enterprise) and all(enterprise)


@rule("GUARD-BILLABLE-PREMIUM-POPULATION", "001:138 001:148-149 000:855", rulings="R-29")
def premium_reaches(*, managed: bool, own_site: bool) -> bool:
    """Premium counts managed and external users alike, external ones by what they may use in this organisation."""
    return managed or own_site


@rule(
    "GUARD-BILLING-PREMIUM-PRICE-DIFFERENCE",
    "001:150 000:853-855",
    rulings="R-29 R-29-GUARD-A4",
)
def pays_difference_only(*, enterprise: bool, standard: bool) -> bool:
    """A Premium user whom Cloud Enterprise or Guard Standard covers pays the difference in price, others the whole."""
    return enterprise or standard
