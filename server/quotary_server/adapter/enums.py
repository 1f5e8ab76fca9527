"""The contract's closed sets and the rule book's, mapped to each other by name. The order of members means nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from quotary.v1 import (
    common_pb2,
    entitlement_service_pb2,
    licence_tier_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
    rulebook_service_pb2,
    subscription_service_pb2,
    tax_service_pb2,
)
from quotary_server.adapter.faults import Faults
from quotary_server.records.order import OrderState
from quotary_spec.comparison import ChangeKind
from quotary_spec.model.application import VendorDecision
from quotary_spec.model.billing_account import Charging, EngineSupport, Grouping
from quotary_spec.model.order import Action, Billing, Channel, Cycle
from quotary_spec.model.party import PartyKind, Verdict
from quotary_spec.model.payment import PaymentPurpose
from quotary_spec.model.product import Platform
from quotary_spec.model.refund import RefundKind
from quotary_spec.model.request import RequestKind
from quotary_spec.model.trial import TrialKind
from quotary_spec.money import RoundingPolicy
from quotary_spec.outcome import Outcome
from quotary_spec.rules.guard.policies_assessment import PolicyAction
from quotary_spec.rules.guard.users import Membership, Profile
from quotary_spec.rules.price.change_price import UpgradeMethod
from quotary_spec.rules.source_code import SourceExtent
from quotary_spec.rules.tax.charge import RateOrigin
from quotary_spec.rules.tax.identifiers import Validity
from quotary_spec.rules.usage import Basis

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import _EnumTypeWrapper

T = TypeVar("T", bound="Enum | str")
D = TypeVar("D")
V = TypeVar("V", bound=int)


class EnumMap(Generic[T, V]):
    """One closed set: members of the rule book, numbers of the contract.

    ``Action.NEW`` is ``LINE_ACTION_NEW`` and the word ``mass_market`` is ``EXPORT_EXCEPTION_MASS_MARKET``; the number 0
    (``..._UNSPECIFIED``) is an absent value and has no member.
    """

    __slots__ = ("_member", "_number")

    def __init__(self, enum: _EnumTypeWrapper[V], members: Iterable[T], prefix: str) -> None:
        """Pair both sets.

        Raises:
            ValueError: one of them has a name that the other lacks.
        """
        ours = {f"{prefix}{member.name if isinstance(member, Enum) else member.upper()}": member for member in members}
        theirs = {name: number for name, number in enum.items() if number != 0}
        if ours.keys() != theirs.keys():
            differing = ", ".join(sorted(ours.keys() ^ theirs.keys()))
            raise ValueError(f"{enum.DESCRIPTOR.full_name}: contract and rule book differ in {differing}")
        self._member: dict[int, T] = {number: ours[name] for name, number in theirs.items()}
        self._number: dict[T, V] = {ours[name]: number for name, number in theirs.items()}

    @overload
    def read(self, faults: Faults, field: str, value: int) -> T | None: ...
    @overload
    def read(self, faults: Faults, field: str, value: int, absent: D) -> T | D: ...

    def read(self, faults: Faults, field: str, value: int, absent: object = None) -> object:
        """The member of a number; ``absent`` for 0, and for a number unknown to the contract, which is noted."""
        member = self._member.get(value)
        if member is None:
            if value != 0:
                faults.add(field, "UNKNOWN_VALUE", str(value))
            return absent
        return member

    def member(self, number: int) -> T:
        """The member of a number that this program wrote."""
        return self._member[number]

    def write(self, member: T) -> V:
        """The number of a member."""
        return self._number[member]

    def write_all(self, members: Iterable[T]) -> list[V]:
        """The numbers of several members, in the contract's order."""
        return sorted(self._number[member] for member in members)


ACTION = EnumMap(common_pb2.LineAction, Action, "LINE_ACTION_")
BILLING = EnumMap(common_pb2.BillingExperience, Billing, "BILLING_EXPERIENCE_")
CHANNEL = EnumMap(common_pb2.Channel, Channel, "CHANNEL_")
CYCLE = EnumMap(common_pb2.BillingCycle, Cycle, "BILLING_CYCLE_")
OUTCOME = EnumMap(common_pb2.Outcome, Outcome, "OUTCOME_")
PARTY_KIND = EnumMap(common_pb2.PartyKind, PartyKind, "PARTY_KIND_")
PLATFORM = EnumMap(common_pb2.Platform, Platform, "PLATFORM_")
RATE_ORIGIN = EnumMap(common_pb2.RateOrigin, RateOrigin, "RATE_ORIGIN_")
REGISTER_VERDICT = EnumMap(common_pb2.RegisterVerdict, Verdict, "REGISTER_VERDICT_")
ROUNDING_POLICY = EnumMap(common_pb2.RoundingPolicy, RoundingPolicy, "ROUNDING_POLICY_")

EXPORT_EXCEPTION = EnumMap(
    entitlement_service_pb2.ExportException, ("none", "mass_market", "enc_b1", "enc_b2"), "EXPORT_EXCEPTION_"
)
PAYMENT_PURPOSE = EnumMap(entitlement_service_pb2.PaymentPurpose, PaymentPurpose, "PAYMENT_PURPOSE_")
SOURCE_EXTENT = EnumMap(entitlement_service_pb2.SourceExtent, SourceExtent, "SOURCE_EXTENT_")
VENDOR_DECISION = EnumMap(entitlement_service_pb2.VendorDecision, VendorDecision, "VENDOR_DECISION_")

GUARD_PROFILE = EnumMap(licence_tier_service_pb2.GuardProductProfile, Profile, "GUARD_PRODUCT_PROFILE_")
POLICY_ACTION = EnumMap(licence_tier_service_pb2.PolicyAction, PolicyAction, "POLICY_ACTION_")
POLICY_MEMBERSHIP = EnumMap(licence_tier_service_pb2.GuardPolicyMembership, Membership, "GUARD_POLICY_MEMBERSHIP_")
UPGRADE_METHOD = EnumMap(licence_tier_service_pb2.UpgradeMethod, UpgradeMethod, "UPGRADE_METHOD_")
USAGE_BASIS = EnumMap(licence_tier_service_pb2.UsageBasis, Basis, "USAGE_BASIS_")

ORDER_STATE = EnumMap(order_service_pb2.Order.State, OrderState, "STATE_")

REFUND_KIND = EnumMap(refund_service_pb2.RefundKind, RefundKind, "REFUND_KIND_")
REQUEST_KIND = EnumMap(quote_service_pb2.RequestKind, RequestKind, "REQUEST_KIND_")

CHANGE_KIND = EnumMap(rulebook_service_pb2.EditionChangeKind, ChangeKind, "EDITION_CHANGE_KIND_")
RULE_CLASS = EnumMap(
    rulebook_service_pb2.RuleClass,
    ("rule", "restatement", "lookup", "permission", "statement", "not_modelled"),
    "RULE_CLASS_",
)

ENGINE_SUPPORT = EnumMap(subscription_service_pb2.EngineSupport, EngineSupport, "ENGINE_SUPPORT_")
GUARD_CHARGING = EnumMap(subscription_service_pb2.GuardCharging, Charging, "GUARD_CHARGING_")
INVOICE_GROUPING = EnumMap(subscription_service_pb2.InvoiceGrouping, Grouping, "INVOICE_GROUPING_")
TRIAL_KIND = EnumMap(subscription_service_pb2.TrialKind, TrialKind, "TRIAL_KIND_")

IDENTIFIER_STANDING = EnumMap(tax_service_pb2.TaxIdentifierStanding, Validity, "TAX_IDENTIFIER_STANDING_")
