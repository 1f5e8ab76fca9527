"""Where a tax is due (R-13): each tax finds its own place, and the taxes so found add up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from quotary_spec.model.order import Channel
from quotary_spec.model.party import Address, Party
from quotary_spec.outcome import Finding, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.tax.charge import TaxCase

BILLING = "deal.billing_party"
"""Path of the party whose billing address most taxes follow."""


SOLD_TO = "deal.sold_to_party"
"""Path of the end customer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where some lines are taxed, and the path of that address in the request."""

    address: Address
    lines: tuple[int, ...]
    path: str


@rule(
    "TAX-PLACE-BILLING", "002:456 002:608 003:124 004:165 000:448 000:452 000:635 000:657", rulings="R-13", general=True
)
def billing_place(billing_address: Address | None) -> Address | Finding:
    """Tax follows the billing address: the customer's on its own orders, the reseller's or partner's on theirs.

    Reading: at every date, although the sentence about the invoicing system begins on 4 January 2022.
    """
    if billing_address is None or billing_address.country is None:
        return undetermined("INPUT_MISSING", "deal.billing_party.address.region_code")
    return billing_address


@rule("TAX-PLACE-SOLD-TO", "002:469 000:466", rulings="R-13")
def sold_to_place(sold_to_address: Address | None, path: str) -> Address | Finding:
    """On orders of resellers and partners US sales tax follows the place of each end customer, not the reseller's."""
    if sold_to_address is None or sold_to_address.country is None:
        return undetermined("INPUT_MISSING", f"{path}.region_code")
    return sold_to_address


@rule("TAX-PLACE-PST", "002:589 000:637", rulings="R-13")
def pst_place(
    reseller: Address, customer: Address, ship_to: Address | None, technical: Address | None, provinces: Collection[str]
) -> Address | Finding:
    """On orders of resellers for customers billed in BC or SK, PST follows the ship-to or technical contact's address.

    Reading: the technical contact's only without a ship-to address; a place outside the two provinces bears none; for
    any other customer it follows the reseller, as other taxes do.
    """
    if customer.subdivision not in provinces:
        return reseller
    place = ship_to or technical
    if place is None or (place.country in (None, "CA") and place.subdivision is None):
        return undetermined("INPUT_MISSING", "deal.ship_to_party.address.administrative_area")
    return place


def is_resale(channel: Channel | None) -> bool | None:
    """Whether a reseller or partner buys for an end customer; None when the channel is not known."""
    return None if channel is None else channel is not Channel.DIRECT


def address_of(party: Party | None) -> Address | None:
    """The address of a party, if it is known at all."""
    return party.address if party is not None else None


def names_customer_in(case: TaxCase, country: str) -> bool:
    """True when the request names an end customer in that country."""
    sold_to = address_of(case.deal.sold_to)
    addresses = [sold_to, *{line.sold_to_address for line in case.lines if line.sold_to_address is not None}]
    return any(each is not None and each.country == country for each in addresses)


def customer_places(case: TaxCase) -> list[Place | Finding]:
    """Where the end customers are, each with its lines."""
    groups: dict[Address | None, list[int]] = {}
    for i, line in enumerate(case.lines):
        groups.setdefault(line.sold_to_address, []).append(i)
    places: list[Place | Finding] = []
    for own, lines in groups.items():
        path = "deal.sold_to_party.address" if own is None else f"lines[{lines[0]}].sold_to_address"
        address = sold_to_place(own or address_of(case.deal.sold_to), path)
        places.append(address if isinstance(address, Finding) else Place(address, tuple(lines), path))
    return places
