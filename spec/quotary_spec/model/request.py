"""What is asked of the vendor: a quote, a renewal, a change, an exemption, more time; and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.party import Evidence, Party, TaxIdentifier
from quotary_spec.model.sale import Resale
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.outcome import Finding, Outcome


class RequestKind(StrEnum):
    """What can be asked of the vendor."""

    QUOTE = "quote"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    ORDER = "order"
    REVISION = "revision"
    CO_TERM = "co_term"
    PURCHASE_ORDER_NUMBER = "purchase_order_number"
    TAX_EXEMPTION = "tax_exemption"
    TAX_ID = "tax_id"
    BILLING_ADDRESS = "billing_address"
    WITHHOLDING = "withholding"
    TRIAL_EXTENSION = "trial_extension"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or body named in a request.

    Attributes:
        name: Full name.
        given_name: First name, where it is asked for apart.
        family_name: Surname, where it is asked for apart.
        email: E-mail address.
        has_address: Whether a postal address with its country is there.
        roles: Roles on the site or licence.
        listed: Whether the person is listed on the site or licence now.
    """

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    has_address: bool = False
    roles: frozenset[str] = frozenset()
    listed: bool | None = None


@dataclass(frozen=True, slots=True)
class RequestCase:
    """A request and its circumstances.

    Attributes:
        kind: What is asked.
        actor: Who asks; None: permission is not examined.
        deal: Circumstances.
        billing: Person or body that is billed: the reseller, or the customer of a direct request.
        customer: End customer of a reseller.
        technical: Technical contact of the licence.
        lines: Products and tiers that are asked for.
        subscription: What is held.
        contact: Contact of the site or licence who is named.
        resale: The resale.
        guard: The organisation and Guard.
        site_uri: Address of the cloud site.
        site_exists: Whether the customer has a cloud site.
        site_live: Whether that site is in operation.
        entitlement_number: Support entitlement number of the licence or subscription.
        licence_edition: Edition of the licence that was chosen in the form.
        server_id: Id of the server on which a self-managed product runs.
        authenticated: Whether the person is signed in at the portal.
        quote_number: Number of the quote or order concerned.
        quote_open: Whether that quote is neither accepted nor expired.
        quote_origin: "online_form", "vendor" or "cart_screenshot".
        order_number: The customer's purchase order number.
        order_terms: Whether a purchase order with terms of its own comes with it.
        tax: Tax that it concerns.
        tax_identifier: Tax identifier that is handed in.
        evidence: Documents that are handed in.
        tax_withheld: Whether the customer withheld tax.
        address_complete: Whether the billing address is complete.
        address_updated: Moment at which it was changed.
        co_term_licences: Licences that shall end together.
        co_term_end: Day on which they shall end.
        note: Whether something is written in the notes of the form.
        vendor_assisted: Whether a person of the vendor prepares the quote.
        completed_steps: Steps of the form already done.
        terms_accepted: Whether the terms of use were accepted.
        payment_method: How it is paid at once; None: a quote is made to be paid later.
        proof_requested: Whether the vendor asked for proof of accreditation or affiliation.
        proof_supplied: Whether that proof was handed in.
        surface: Portal in which it is asked for; None: any that serves.
        day: Day of the request.
    """

    kind: RequestKind
    actor: Actor | None = None
    deal: Deal = field(default_factory=lambda: Deal(Party()))
    billing: Contact = Contact()
    customer: Contact = Contact()
    technical: Contact = Contact()
    lines: tuple[Line, ...] = ()
    subscription: Subscription = field(default_factory=Subscription)
    contact: Contact = Contact()
    resale: Resale = field(default_factory=Resale)
    guard: GuardStanding = field(default_factory=GuardStanding)
    site_uri: str | None = None
    site_exists: bool | None = None
    site_live: bool | None = None
    entitlement_number: str | None = None
    licence_edition: str | None = None
    server_id: str | None = None
    authenticated: bool | None = None
    quote_number: str | None = None
    quote_open: bool | None = None
    quote_origin: str | None = None
    order_number: str | None = None
    order_terms: bool | None = None
    tax: str | None = None
    tax_identifier: TaxIdentifier | None = None
    evidence: tuple[Evidence, ...] = ()
    tax_withheld: bool | None = None
    address_complete: bool | None = None
    address_updated: datetime | None = None
    co_term_licences: tuple[str, ...] = ()
    co_term_end: date | None = None
    note: bool = False
    vendor_assisted: bool | None = None
    completed_steps: tuple[str, ...] = ()
    terms_accepted: bool | None = None
    payment_method: str | None = None
    proof_requested: bool | None = None
    proof_supplied: bool | None = None
    surface: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class RequestItem:
    """Something that a request must contain.

    Attributes:
        item: Registered item.
        path: Where it stands in the request.
        supplied: Whether it is there, or one of its alternatives is.
        alternatives: Paths of what serves as well.
        party: Whose it is: "reseller", "end_customer", "site_contact", "licence_contact"; empty when nobody's.
        rule_id: Rule that asks for it.
    """

    item: str
    path: str
    supplied: bool
    alternatives: tuple[str, ...]
    party: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """What the rules say of a request.

    Attributes:
        items: What it must contain, in the order of the documents.
        allowed_roles: Roles that may make it; none when no role is named.
        guidance: Where and how it is made.
        self_service: Whether the customer does it alone.
        next_step: Step of the form that comes next.
        manual_review: Whether a person of the vendor reviews it first.
        cost: What asking costs, in minor units of US dollars.
        currencies: Currencies in which the quote can be made.
        delivery: How the quote reaches the customer.
        domain_verification: Whether the organisation must verify a domain first.
        valid_through: Last day on which a quote of that day can be accepted or paid, where the edition prints it.
        effective: Latest moment at which the vendor's systems follow a change of address.
        findings: What stands in the way, and remarks.
    """

    items: tuple[RequestItem, ...] = ()
    allowed_roles: tuple[str, ...] = ()
    guidance: Guidance | None = None
    self_service: bool | None = None
    next_step: str = ""
    manual_review: bool = False
    cost: int | None = None
    currencies: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    domain_verification: bool | None = None
    valid_through: date | None = None
    effective: datetime | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that it must contain is there; not so while it is open what that is."""
        if not self.items:
            return not any(finding.missing for finding in self.findings if finding.outcome is not Outcome.GRANTED)
        return all(item.supplied for item in self.items)
