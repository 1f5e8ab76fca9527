"""Who wants to do what into nouns of the rule book."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2
from quotary_server.adapter.enums import BILLING
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_payment import read_instrument
from quotary_server.adapter.reading_subscriptions import (
    count,
    flag,
    read_actor,
    read_guard_standing,
    read_subscription,
)
from quotary_server.adapter.scalars import quantity, word
from quotary_spec.model.permission import Installation, PermissionCase, TargetAccount
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription


def read_permission_case(faults: Faults, request: entitlement_service_pb2.CheckPermissionRequest) -> PermissionCase:
    """Who wants to do what, and in which circumstances."""
    for name in ("actor", "action"):
        if not request.HasField(name):
            faults.add(name, "REQUIRED")
    instrument = (
        read_instrument(faults, "payment_instrument", request.payment_instrument)
        if request.HasField("payment_instrument")
        else None
    )
    return PermissionCase(
        action=word(faults, "action", request.action, "permission_action") if request.HasField("action") else "",
        actor=read_actor(faults, "actor", request.actor) if request.HasField("actor") else Actor(),
        product=read_product(faults, "product", request.product) if request.HasField("product") else None,
        subscription=read_subscription(faults, "subscription", request.subscription)
        if request.HasField("subscription")
        else Subscription(),
        billing=BILLING.read(faults, "billing_experience", request.billing_experience),
        target=read_target(faults, "target", request.target) if request.HasField("target") else TargetAccount(),
        role=word(faults, "role", request.role, "role") if request.HasField("role") else None,
        surface=word(faults, "surface", request.surface, "request_surface") if request.HasField("surface") else None,
        service=word(faults, "service", request.service, "account_service") if request.HasField("service") else None,
        method=instrument.method if instrument is not None else None,
        guard=read_guard_standing(faults, "guard", request.guard) if request.HasField("guard") else GuardStanding(),
        installation=read_installation(faults, "installation", request.installation)
        if request.HasField("installation")
        else Installation(),
        active_site_admins=count(faults, "", request, "active_site_admin_count"),
        batch=quantity(faults, "batch_size", request.batch_size) if request.HasField("batch_size") else 1,
        payment_processed=flag(request, "payment_processed"),
        support_number_known=flag(request, "support_entitlement_number_known"),
        appointed=flag(request, "appointed"),
        succeeded=flag(request, "succeeded"),
    )


def read_target(faults: Faults, path: str, message: entitlement_service_pb2.TargetAccount) -> TargetAccount:
    """The person or account that an action touches."""
    return TargetAccount(
        managed=flag(message, "managed"),
        domain_verified=flag(message, "domain_verified"),
        enabled=flag(message, "enabled"),
        exists=flag(message, "exists"),
        distribution_list=flag(message, "distribution_list"),
        licences=count(faults, f"{path}.", message, "licence_count"),
        administered_accounts=count(faults, f"{path}.", message, "administered_account_count"),
    )


def read_installation(faults: Faults, path: str, message: entitlement_service_pb2.Installation) -> Installation:
    """A self-managed installation, or the places in which a key is used."""
    return Installation(
        production=count(faults, f"{path}.", message, "production_count"),
        servers=count(faults, f"{path}.", message, "server_count"),
        server_id_known=flag(message, "server_id_known"),
    )
