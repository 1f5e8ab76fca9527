"""Requests to the vendor that are asked about, into nouns of the rule book."""

from __future__ import annotations

from collections.abc import Sequence

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.enums import REQUEST_KIND
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal, read_evidence, read_line, read_tax_identifier
from quotary_server.adapter.reading_payment import read_instrument
from quotary_server.adapter.reading_sales import read_resale
from quotary_server.adapter.reading_subscriptions import (
    flag,
    read_actor,
    read_guard_standing,
    read_subscription,
    words,
)
from quotary_server.adapter.scalars import civil_date, instant, text, word
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.party import Evidence, Party
from quotary_spec.model.request import Contact, RequestCase, RequestKind
from quotary_spec.model.sale import Resale
from quotary_spec.model.subscription import GuardStanding, Subscription


def read_request_case(faults: Faults, request: quote_service_pb2.CheckRequestRequest) -> RequestCase:
    """A request and its circumstances."""
    has, deal = request.HasField, Deal(Party())
    if not request.kind:
        faults.add("kind", "REQUIRED")
    if has("deal"):
        deal = read_deal(faults, "deal", request.deal)

    def written(name: str) -> str | None:
        return text(faults, name, getattr(request, name)) or None if has(name) else None  # type: ignore[arg-type]

    def registered(name: str, vocabulary: str) -> str | None:
        value: str = getattr(request, name)
        return word(faults, name, value, vocabulary) if value else None

    return RequestCase(
        kind=REQUEST_KIND.read(faults, "kind", request.kind, RequestKind.QUOTE),
        actor=read_actor(faults, "actor", request.actor) if has("actor") else None,
        deal=deal,
        billing=_contact_of(request.deal.billing_party),
        customer=_contact_of(request.deal.sold_to_party),
        technical=_contact_of(request.deal.technical_contact),
        lines=_read_lines(faults, request.lines, deal.currency.code),
        subscription=read_subscription(faults, "subscription", request.subscription)
        if has("subscription")
        else Subscription(),
        contact=_read_contact(faults, request.contact) if has("contact") else Contact(),
        resale=read_resale(faults, "resale", request.resale) if has("resale") else Resale(),
        guard=read_guard_standing(faults, "guard", request.guard) if has("guard") else GuardStanding(),
        site_uri=written("site_uri"),
        site_exists=flag(request, "site_exists"),
        site_live=flag(request, "site_live"),
        entitlement_number=written("support_entitlement_number"),
        licence_edition=written("licence_edition"),
        server_id=written("server_id"),
        authenticated=flag(request, "authenticated"),
        quote_number=written("quote_number"),
        quote_open=flag(request, "quote_open"),
        quote_origin=registered("quote_origin", "quote_origin"),
        order_number=request.deal.purchase_order_number or None,
        order_terms=flag(request, "purchase_order_terms_attached"),
        tax=registered("tax", "tax"),
        tax_identifier=read_tax_identifier(faults, "tax_identifier", request.tax_identifier)
        if has("tax_identifier")
        else None,
        evidence=_read_evidence(faults, request.evidence),
        tax_withheld=flag(request, "tax_withheld"),
        address_complete=flag(request, "billing_address_complete"),
        address_updated=instant(faults, "address_update_time", request.address_update_time)
        if has("address_update_time")
        else None,
        co_term_licences=_read_licences(faults, request.co_term_licences),
        co_term_end=civil_date(faults, "co_term_end_date", request.co_term_end_date)
        if has("co_term_end_date")
        else None,
        note=bool(written("request_note")),
        vendor_assisted=flag(request, "vendor_assisted"),
        completed_steps=tuple(words(faults, "completed_steps", list(request.completed_steps), "order_form_step")),
        terms_accepted=flag(request, "terms_accepted"),
        payment_method=read_instrument(faults, "payment_instrument", request.payment_instrument).method
        if has("payment_instrument")
        else None,
        proof_requested=flag(request, "proof_requested"),
        proof_supplied=flag(request, "proof_supplied"),
        surface=registered("surface", "request_surface"),
        day=civil_date(faults, "request_date", request.request_date) if has("request_date") else None,
    )


def _contact_of(message: common_pb2.Party) -> Contact:
    """A party of the deal as a request names it; the deal's reader has judged its texts."""
    return Contact(
        name=message.display_name or None,
        email=message.email or None,
        has_address=bool(message.address.region_code),
    )


def _read_contact(faults: Faults, message: quote_service_pb2.Contact) -> Contact:
    def written(name: str) -> str | None:
        return text(faults, f"contact.{name}", getattr(message, name)) or None

    return Contact(
        name=written("display_name"),
        given_name=written("given_name"),
        family_name=written("family_name"),
        email=written("email"),
        roles=frozenset(words(faults, "contact.roles", list(message.roles), "role")),
        listed=flag(message, "listed"),
    )


def _read_lines(faults: Faults, messages: Sequence[common_pb2.Line], currency: str) -> tuple[Line, ...]:
    return tuple(read_line(faults, f"lines[{i}]", each, currency) for i, each in enumerate(messages))


def _read_evidence(faults: Faults, messages: Sequence[common_pb2.Evidence]) -> tuple[Evidence, ...]:
    return tuple(read_evidence(faults, f"evidence[{i}]", each) for i, each in enumerate(messages))


def _read_licences(faults: Faults, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(text(faults, f"co_term_licences[{i}]", each) for i, each in enumerate(values))
