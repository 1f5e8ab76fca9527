"""The billing address that taxes are computed from: what is asked of the customer, and how long it takes."""

from __future__ import annotations

from datetime import datetime, timedelta

from quotary_spec.rule import rule


@rule("TAX-ADDRESS-INCOMPLETE", "000:663 000:665")
def address_has_to_be_updated(complete: bool) -> bool:
    """A customer who is told that its address is incomplete has to log in and update it."""
    return not complete


@rule("TAX-ADDRESS-MESSAGE", "000:671")
def message_is_shown(address_is_right: bool) -> bool:
    """The message that asks for the billing address stays until the address is right in the vendor's systems."""
    return not address_is_right


@rule(
    "TAX-ADDRESS-24H",
    "002:620 000:673 000:675",
    rulings="R-000-TAX-ADMIN-ADDRESS-24H R-002-TAX-ADMIN-ADDRESS-24H",
)
def update_may_be_under_way(updated_at: datetime, now: datetime, hours: int) -> bool:
    """An updated address takes up to 24 hours to reach the invoicing system; until then the message may stay.

    Reading: the last moment of the 24 hours is included.
    """
    return timedelta(0) <= now - updated_at <= timedelta(hours=hours)


@rule("TAX-ADDRESS-EFFECTIVE", "000:673 002:620")
def address_is_known_by(updated: datetime, hours: int) -> datetime:
    """The vendor's systems follow a change of the billing address within 24 hours."""
    return updated + timedelta(hours=hours)
