"""What is offered, to whom and through whom.

The end of life of Data Center is in ``lifecycle.data_center``, the end of Server in ``lifecycle.server``, the trial
that a reseller's sale may need in ``trials``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Cycle
from quotary_spec.model.party import Party, PartyKind
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, rule

PUBLIC_BODIES = frozenset({PartyKind.FEDERAL_GOVERNMENT, PartyKind.STATE_GOVERNMENT, PartyKind.LOCAL_GOVERNMENT})


# ---- products that are no longer sold


@rule("ORDER-STACK-UNTIL-ANNOUNCED", "002:1263 002:1271", rulings="R-002-ORDER-STACK-DISCONTINUED")
def stack_is_sold_after_announcement(order_date: date | None, announced: date) -> bool | Finding:
    """No new licence of the Stack bundle is sold since its end was announced on 1 July 2019.

    Reading: from that day on; of the time before, nothing is said.
    """
    if order_date is None:
        return undetermined("INPUT_MISSING", "deal.order_date")
    return refused("BUNDLE_NO_LONGER_SOLD") if order_date >= announced else not_covered()


@rule("ORDER-STACK-DISCONTINUED", "000:1309 000:1315", rulings="R-000-ORDER-STACK-DISCONTINUED")
def stack_is_sold(order_date: date | None, announced: date) -> bool | Finding:
    """No new licence of the Stack bundle is sold any more.

    Reading: at any date of order; 1 July 2019 is the day of the announcement alone.
    """
    return refused("BUNDLE_NO_LONGER_SOLD")


STACK_IS_SOLD = ByEdition(stack_is_sold_after_announcement, stack_is_sold)


# ---- resale


@rule("ORDER-RESELLER-NO-APPROVAL", "003:14 004:12", rulings="R-38")
def may_resell(approved: bool | None) -> bool:
    """Anybody may resell, approved by the vendor or not."""
    return True


@rule("ORDER-NO-DISTRIBUTOR", "003:45 004:52", rulings="R-38 R-38-PARTNERS R-003-ORDER-NO-DISTRIBUTOR-003")
def buys_directly(intermediaries: int, most: int) -> bool | Finding:
    """A reseller buys for an end customer from the vendor directly; buying through a distributor is not allowed.

    Reading: exactly one party stands between vendor and end customer.
    """
    return True if intermediaries <= most else refused("TWO_TIER_RESALE", intermediaries=str(intermediaries))


@rule(
    "ORDER-RESELLER-DECLARATION",
    "000:178 002:264 003:33 004:21",
    rulings="R-38 R-000-ORDER-RESELLER-CHECKBOX R-002-ORDER-RESELLER-CHECKBOX",
)
def resale_is_declared(declared: bool | None) -> bool | Finding:
    """A reseller declares at checkout that it buys for its customer.

    Reading: without the declaration its order is not taken, since its taxes would follow the wrong party.
    """
    if declared is None:
        return undetermined("INPUT_MISSING", "resale.declared")
    return True if declared else refused("RESALE_NOT_DECLARED")


@rule("ORDER-CLOUD-ANNUAL-ONLY", "003:55 004:64", rulings="R-38 R-38-PARTNERS")
def reseller_may_buy(cycle: Cycle | None, cycles: Collection[str]) -> bool | Finding:
    """Resellers buy annual cloud subscriptions for their customers, never monthly ones."""
    if cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle")
    return True if cycle in cycles else refused("RESALE_ANNUAL_ONLY")


# ---- Data Center


@rule("ORDER-DC-ONLINE", "002:262 002:854 002:1054")
def data_center_is_bought_online(platform: Platform) -> bool:
    """Data Center is quoted, bought, renewed and changed in the online shopping cart."""
    return platform is Platform.DATA_CENTER


DATA_CENTER_IS_OFFERED = ByEdition(data_center_is_bought_online)


# ---- cloud


@rule("ORDER-CLOUD-CYCLES", "000:162 002:260", rulings="R-20")
def cloud_cycles(platform: Platform, cycles: Collection[str]) -> tuple[Cycle, ...]:
    """Cloud is sold by the month or by the year."""
    return tuple(Cycle(each) for each in cycles) if platform.hosted else ()


CLOUD_IS_OFFERED = ByEdition(cloud_cycles)


@rule("ORDER-US-GOVERNMENT-CLOUD", "000:84-85 000:98", rulings="R-31 R-000-ORDER-US-GOVERNMENT-CLOUD")
def government_cloud_stands_alone(
    kind: PartyKind | None, country: str | None, *, commercial: bool | None, academic: bool
) -> bool | Finding:
    """Public bodies of the United States and academic institutions buy government cloud.

    Federal, state and local bodies need no commercial licence beside it; to institutions it is discounted.

    Reading: the text says who may, not who may not; whether anybody else may is open.
    """
    if academic:
        return True
    if kind is None or (country is None and kind in PUBLIC_BODIES):
        return undetermined("INPUT_MISSING", "kind" if kind is None else "address.region_code")
    return True if kind in PUBLIC_BODIES and country == "US" else undetermined("GOVERNMENT_CLOUD_BUYER_NOT_NAMED")


@rule("ORDER-GOVERNMENT-COMMERCIAL", "002:201", rulings="R-31")
def government_buys_commercial(
    kind: PartyKind | None, country: str | None, *, commercial: bool | None, academic: bool
) -> bool | Finding:
    """Every public body buys commercial licences or subscriptions.

    Reading: government cloud comes beside them, and who is no public body is not spoken of.
    """
    if kind is None:
        return undetermined("INPUT_MISSING", "kind")
    if kind not in PUBLIC_BODIES:
        return not_covered()
    if commercial is None:
        return undetermined("INPUT_MISSING", "commercial_licence_held")
    return True if commercial else refused("COMMERCIAL_LICENCE_MISSING")


GOVERNMENT_CLOUD_IS_SOLD = ByEdition(government_cloud_stands_alone, government_buys_commercial)


# ---- Guard


@rule(
    "GUARD-BILLING-PREMIUM-LIMITED-ACCESS",
    "000:853 001:153",
    rulings="R-02 R-001-GUARD-BILLING-PREMIUM-LIMITED-ACCESS",
)
def guard_premium_is_sold(
    *, generally_available: bool, registered: bool | None, selected: bool | None
) -> bool | Finding:
    """While Guard Premium is of limited availability, it goes to customers who registered and were selected.

    Reading: edition 2024 counts as that time; edition 2026 speaks of Premium as something one simply chooses.
    """
    if generally_available:
        return True
    if registered is False or selected is False:
        return refused("GUARD_PREMIUM_LIMITED")
    facts = {"guard.premium_registered": registered, "guard.premium_selected": selected}
    missing = [path for path, fact in facts.items() if fact is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True


@rule("GUARD-PREMIUM-NEEDS-STANDARD", "000:853")
def guard_premium_has_its_base(standard_ordered: bool, state: str | None) -> bool | Finding:
    """Guard Premium is an addition to Guard Standard, which is held already or ordered with it."""
    if standard_ordered or state in ("paid_monthly", "paid_annual"):
        return True
    return undetermined("INPUT_MISSING", "guard.state") if state is None else refused("GUARD_STANDARD_MISSING")


# ---- Server licences, as they were ordered


@rule("ORDER-MAINTENANCE-YEARS", "004:19", rulings="R-05")
def ordered_maintenance(start: date, years: int) -> Term:
    """The order of a new self-managed licence states for how many years it is maintained.

    Reading: any whole number from one; the maintenance ends that many years after its start.
    """
    return Term(start, add_months(start, 12 * years))


def is_us_public_body(party: Party) -> bool:
    """True for a federal, state or local body of the United States."""
    return party.kind in PUBLIC_BODIES and party.country == "US"
