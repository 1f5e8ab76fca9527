"""The things that a request may have to contain: where each stands, whose it is, and whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from quotary_spec.model.request import Contact, RequestCase, RequestItem


@dataclass(frozen=True, slots=True)
class Item:
    """A registered item.

    Attributes:
        path: Where it stands in the request.
        given: Whether a request has it.
        party: Whose it is; empty when nobody's.
    """

    path: str
    given: Callable[[RequestCase], bool]
    party: str = ""


def _has_tiers(case: RequestCase) -> bool:
    return bool(case.lines) and all(line.user_tier is not None for line in case.lines)


def _has_years(case: RequestCase) -> bool:
    return bool(case.lines) and all(line.names_length for line in case.lines)


def _fully_named(contact: Contact) -> bool:
    return bool(contact.name or (contact.given_name and contact.family_name))


ITEMS: Mapping[str, Item] = MappingProxyType(
    {
        "reseller_name": Item("deal.billing_party.display_name", lambda case: bool(case.billing.name), "reseller"),
        "reseller_email": Item("deal.billing_party.email", lambda case: bool(case.billing.email), "reseller"),
        "reseller_address": Item("deal.billing_party.address", lambda case: case.billing.has_address, "reseller"),
        "reseller_declaration": Item("resale.declared", lambda case: case.resale.declared is True, "reseller"),
        "customer_name": Item("deal.sold_to_party.display_name", lambda case: bool(case.customer.name), "end_customer"),
        "customer_email": Item("deal.sold_to_party.email", lambda case: bool(case.customer.email), "end_customer"),
        "customer_address": Item("deal.sold_to_party.address", lambda case: case.customer.has_address, "end_customer"),
        "technical_contact_name": Item(
            "deal.technical_contact.display_name", lambda case: bool(case.technical.name), "licence_contact"
        ),
        "technical_contact_email": Item(
            "deal.technical_contact.email", lambda case: bool(case.technical.email), "licence_contact"
        ),
        "technical_contact_address": Item(
            "deal.technical_contact.address", lambda case: case.technical.has_address, "licence_contact"
        ),
        "contact_name": Item("contact.display_name", lambda case: _fully_named(case.contact), "site_contact"),
        "contact_given_name": Item("contact.given_name", lambda case: bool(case.contact.given_name), "site_contact"),
        "contact_family_name": Item("contact.family_name", lambda case: bool(case.contact.family_name), "site_contact"),
        "contact_email": Item("contact.email", lambda case: bool(case.contact.email), "site_contact"),
        "site_uri": Item("site_uri", lambda case: bool(case.site_uri)),
        "support_entitlement_number": Item("support_entitlement_number", lambda case: bool(case.entitlement_number)),
        "products": Item("lines", lambda case: bool(case.lines)),
        "user_tiers": Item("lines.user_tier", _has_tiers),
        "maintenance_years": Item("lines.term.months", _has_years),
        "licence": Item("subscription.product", lambda case: case.subscription.product is not None),
        "licence_edition": Item("licence_edition", lambda case: bool(case.licence_edition)),
        "terms_accepted": Item("terms_accepted", lambda case: case.terms_accepted is True),
        "server_id": Item("server_id", lambda case: bool(case.server_id)),
        "signed_in": Item("authenticated", lambda case: case.authenticated is True),
        "co_term_licences": Item("co_term_licences", lambda case: bool(case.co_term_licences)),
        "co_term_end_date": Item("co_term_end_date", lambda case: case.co_term_end is not None),
        "request_note": Item("request_note", lambda case: case.note),
        "purchase_order_number": Item("deal.purchase_order_number", lambda case: bool(case.order_number)),
        "evidence": Item("evidence", lambda case: bool(case.evidence)),
        "tax_identifier": Item("tax_identifier", lambda case: case.tax_identifier is not None),
        "quote_number": Item("quote_number", lambda case: bool(case.quote_number)),
        "proof": Item("proof_supplied", lambda case: case.proof_supplied is True),
        "billing_address": Item("billing_address_complete", lambda case: case.address_complete is True),
    }
)
"""The items by name."""


def supplied(case: RequestCase) -> frozenset[str]:
    """Names of the items that a request has."""
    return frozenset(name for name, item in ITEMS.items() if item.given(case))


def missing_items(required: Sequence[str], given: frozenset[str]) -> tuple[str, ...]:
    """The required items of which neither one nor a named alternative is given; each by its first name."""
    return tuple(each.split("|")[0] for each in required if given.isdisjoint(each.split("|")))


def as_items(required: Sequence[str], missing: Sequence[str], rule_id: str) -> tuple[RequestItem, ...]:
    """The required items as an answer lists them."""
    items = []
    for each in required:
        name, *others = each.split("|")
        paths = tuple(ITEMS[other].path for other in others)
        items.append(RequestItem(name, ITEMS[name].path, name not in missing, paths, ITEMS[name].party, rule_id))
    return tuple(items)
