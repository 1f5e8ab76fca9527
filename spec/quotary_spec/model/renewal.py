"""The renewal of what is held: what is asked, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from quotary_spec.calendar import Term
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Deal, Line
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Finding


@dataclass(frozen=True, slots=True)
class RenewalCase:
    """A renewal and the circumstances in which it is asked about; amounts in minor units of the deal's currency.

    Attributes:
        subscription: What is held.
        line: What is wanted for the further time; None: the same again.
        deal: Circumstances of the order.
        actor: Who renews; None: permission is not examined.
        quote_exists: Whether a renewal quote is on file.
        quote_paid: Whether that quote was paid.
        automatic_chosen: Whether automatic renewal was chosen.
        model_available: Whether the licensing model under which the product was bought is still sold.
        current_price: Renewal price in force for a full term.
        former_price: Renewal price under the withdrawn licensing model.
        licence_changed: Whether the vendor changed the licence.
        transition_offered: What the vendor decided on a transition price.
        expected_amount: Amount expected at the next billing date.
        previous_amount: Amount of the invoice before.
        day: Day for which notices and windows are asked.
    """

    subscription: Subscription
    deal: Deal
    line: Line | None = None
    actor: Actor | None = None
    quote_exists: bool | None = None
    quote_paid: bool | None = None
    automatic_chosen: bool | None = None
    model_available: bool | None = None
    current_price: int | None = None
    former_price: int | None = None
    licence_changed: bool | None = None
    transition_offered: bool | None = None
    expected_amount: int | None = None
    previous_amount: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class AutomaticRenewal:
    """How a subscription renews by itself.

    Attributes:
        default_on: Whether it does so unless somebody changes it.
        available: Whether it can be switched on under the facts given.
        enabled: Whether it is on.
        processed: Day on which it is carried out.
        allowed_roles: Roles that may switch it on; empty when none is named.
        methods: Methods of payment named for it.
        guidance: Where and how it is switched on.
    """

    default_on: bool | None = None
    available: bool | None = None
    enabled: bool | None = None
    processed: date | None = None
    allowed_roles: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    guidance: Guidance | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that the vendor sends, or a talk that it may seek.

    Attributes:
        kind: "renewal_quote", "representative_contact", "amount_increase", "purchase_confirmation" ...
        rule_id: Rule that sends it.
        sent: Whether it is sent under the facts given.
        send_date: Day on which it is sent.
        window: Days within which it may come, instead of one day.
        window_open: Whether the day asked about lies in that window.
        recipients: Roles that get it.
    """

    kind: str
    rule_id: str
    sent: bool | None = None
    send_date: date | None = None
    window: Term | None = None
    window_open: bool | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessedRenewal:
    """What the rules say of a renewal.

    Attributes:
        action: What the order is by the rules.
        term: Time that is bought, cut where sales end.
        latest_end: Last end that a renewal may have, where there is one.
        amount: Price of that time in minor units, before discounts, fee and taxes.
        price_basis: "line" or "current_renewal_price"; empty without a price.
        effective: Day on which the renewal or change takes effect.
        transition: Whether a transition price is open.
        automatic: Renewal without anybody's doing.
        notices: Quotes and mails around the renewal.
        allowed_roles: Roles that may renew; empty when none is named.
        guidance: Where and how it is renewed.
        findings: What stands in the way, and remarks.
    """

    action: Action = Action.RENEWAL
    term: Term | None = None
    latest_end: date | None = None
    amount: int | None = None
    price_basis: str = ""
    effective: date | None = None
    transition: bool | None = None
    automatic: AutomaticRenewal | None = None
    notices: tuple[Notice, ...] = ()
    allowed_roles: tuple[str, ...] = ()
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()
