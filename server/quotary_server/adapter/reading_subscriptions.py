"""What a customer holds, who asks, and how it stands with Guard, into nouns of the rule book."""

from __future__ import annotations

from datetime import date

from google.protobuf.message import Message

from quotary.v1 import common_pb2
from quotary_server.adapter.enums import CYCLE
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import GivenTerm, read_product, read_term
from quotary_server.adapter.scalars import civil_date, quantity, text, word
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription


def day(faults: Faults, path: str, message: Message, name: str) -> date | None:
    """The civil date in a field, if it is there."""
    return civil_date(faults, f"{path}{name}", getattr(message, name)) if message.HasField(name) else None


def flag(message: Message, name: str) -> bool | None:
    """The yes or no in a field, if it is there."""
    return bool(getattr(message, name)) if message.HasField(name) else None


def count(faults: Faults, path: str, message: Message, name: str) -> int | None:
    """The whole number from 0 on in a field, if it is there."""
    return quantity(faults, f"{path}{name}", getattr(message, name), least=0) if message.HasField(name) else None


def words(faults: Faults, path: str, values: list[str], vocabulary: str) -> list[str]:
    """Words of one of the registered open sets."""
    return [word(faults, f"{path}[{i}]", each, vocabulary) for i, each in enumerate(values)]


def read_subscription(faults: Faults, path: str, message: common_pb2.Subscription) -> Subscription:
    """A subscription or licence that is held."""
    product = read_product(faults, f"{path}.product", message.product) if message.HasField("product") else None
    term = read_term(faults, f"{path}.term", message.term) if message.HasField("term") else GivenTerm()
    return Subscription(
        product=product,
        cycle=CYCLE.read(faults, f"{path}.billing_cycle", message.billing_cycle),
        term=term.term,
        user_tier=quantity(faults, f"{path}.user_tier", message.user_tier) if message.HasField("user_tier") else None,
        licence_type=word(faults, f"{path}.licence_type", message.licence_type, "licence_type")
        if message.licence_type
        else None,
        state=word(faults, f"{path}.state", message.state, "subscription_state") if message.state else None,
        purchased_on=day(faults, f"{path}.", message, "purchase_date"),
        paid_on=day(faults, f"{path}.", message, "payment_date"),
        auto_renewal=flag(message, "auto_renewal"),
        maintenance_end=day(faults, f"{path}.", message, "maintenance_end_date"),
        term_start=term.start,
        term_end=term.end,
    )


def read_required_subscription(faults: Faults, message: Message) -> Subscription:
    """The subscription that a call is about."""
    if message.HasField("subscription"):
        return read_subscription(faults, "subscription", message.subscription)  # type: ignore[attr-defined]
    faults.add("subscription", "REQUIRED")
    return Subscription()


def read_actor(faults: Faults, path: str, message: common_pb2.Actor) -> Actor:
    """A person who asks or acts."""
    return Actor(
        roles=frozenset(words(faults, f"{path}.roles", list(message.roles), "role")),
        own_account=flag(message, "own_account"),
        billing_admins=count(faults, f"{path}.", message, "billing_admin_count"),
        organisation_admins=count(faults, f"{path}.", message, "organisation_admin_count"),
    )


def read_guard_standing(faults: Faults, path: str, message: common_pb2.GuardStanding) -> GuardStanding:
    """How an organisation stands with Guard."""

    def id(name: str) -> str | None:
        return text(faults, f"{path}.{name}", getattr(message, name)) if message.HasField(name) else None  # type: ignore[arg-type]

    return GuardStanding(
        state=word(faults, f"{path}.state", message.state, "guard_state") if message.state else None,
        organisation_exists=flag(message, "organisation_exists"),
        verified_domains=count(faults, f"{path}.", message, "verified_domain_count"),
        organisation=id("organisation_id"),
        site_organisation=id("site_organisation_id"),
        single_sign_on=flag(message, "single_sign_on_used"),
        two_step_verification=flag(message, "two_step_verification_enforced"),
        own_password=flag(message, "own_password_set"),
        premium_available=flag(message, "premium_generally_available"),
        premium_registered=flag(message, "premium_registered"),
        premium_selected=flag(message, "premium_selected"),
    )
