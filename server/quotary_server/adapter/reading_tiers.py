"""Numbers of people, prices by number of users, organisations and accounts, into nouns of the rule book."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from quotary.v1 import common_pb2
from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_subscriptions import count, read_guard_standing
from quotary_server.adapter.scalars import MOST_QUANTITY, decimal, text, word
from quotary_spec.model.organisation import Access, AuthenticationPolicy, Organisation, User
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.money import is_currency
from quotary_spec.register.products import find_product
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rules.tiers.users import UserCount

MOST_PRICE = Decimal(10**12)

_ROLES = VOCABULARY["product_role"]


def name(faults: Faults, path: str, value: str) -> str:
    """An id of the caller's choice, kept as it is: it is compared with others."""
    text(faults, path, value)
    return value


def read_user_count(faults: Faults, path: str, message: pb.UserCount) -> UserCount:
    """Numbers of people."""

    def number(name: str) -> int | None:
        return count(faults, f"{path}.", message, name)

    return UserCount(number("users"), number("agents"), number("customers"), number("concurrent_users"))


def read_ceilings(faults: Faults, path: str, values: Sequence[int]) -> tuple[int, ...]:
    """Numbers of users, ascending, each once."""
    for i, value in enumerate(values):
        if not 1 <= value <= MOST_QUANTITY:
            faults.add(f"{path}[{i}]", "OUT_OF_RANGE", f"{value} is not from 1 to {MOST_QUANTITY}")
        elif i and value <= values[i - 1]:
            faults.add(f"{path}[{i}]", "CONFLICTING_FIELDS", f"{value} does not come after {values[i - 1]}")
    return tuple(values)


def read_price_schedule(faults: Faults, path: str, message: pb.PriceSchedule) -> PriceSchedule:
    """Prices by number of users."""
    currency = message.currency_code if message.HasField("currency_code") else "USD"
    if not is_currency(currency):
        faults.add(f"{path}.currency_code", "UNKNOWN_CURRENCY", repr(currency[:10]))
        currency = "USD"
    return PriceSchedule(
        read_bands(faults, f"{path}.bands", message.bands),
        _read_tiers(faults, f"{path}.tiers", message.tiers),
        currency,
    )


def _price(faults: Faults, path: str, value: str) -> Decimal:
    return decimal(faults, path, value, MOST_PRICE)


def read_bands(faults: Faults, path: str, messages: Sequence[common_pb2.PriceBand]) -> tuple[PriceBand, ...]:
    """Prices by user, the bands ascending and only the last without end."""
    bands: list[PriceBand] = []
    for i, each in enumerate(messages):
        upper = each.upper_user_count if each.HasField("upper_user_count") else None
        before = bands[-1].upper if bands else 0
        if before is None:
            faults.add(f"{path}[{i}]", "CONFLICTING_FIELDS", "the band before has no end")
        elif upper is not None and not before < upper <= MOST_QUANTITY:
            faults.add(f"{path}[{i}].upper_user_count", "OUT_OF_RANGE", f"{upper} does not come after {before}")
        if not each.HasField("unit_price"):
            faults.add(f"{path}[{i}].unit_price", "REQUIRED")
        bands.append(PriceBand(_price(faults, f"{path}[{i}].unit_price", each.unit_price or "0"), upper))
    return tuple(bands)


def _read_tiers(faults: Faults, path: str, messages: Sequence[pb.TierPrice]) -> tuple[TierPrice, ...]:
    read_ceilings(faults, path, [each.user_tier for each in messages])
    tiers: list[TierPrice] = []
    for i, each in enumerate(messages):
        months = each.months if each.HasField("months") else 12
        if not 1 <= months <= 1200:
            faults.add(f"{path}[{i}].months", "OUT_OF_RANGE", f"{months} is not from 1 to 1200")
        price = _price(faults, f"{path}[{i}].price", each.price) if each.HasField("price") else None
        tiers.append(TierPrice(each.user_tier, price, months))
    return tuple(tiers)


def read_organisation(faults: Faults, path: str, message: pb.Organisation) -> Organisation:
    """A customer's organisation."""
    text(faults, f"{path}.id", message.id)
    state = None
    if message.HasField("guard"):
        state = read_guard_standing(faults, f"{path}.guard", message.guard).state
    domains = [text(faults, f"{path}.verified_domains[{i}]", each) for i, each in enumerate(message.verified_domains)]
    sites = [name(faults, f"{path}.sites[{i}]", each) for i, each in enumerate(message.sites)]
    return Organisation(frozenset(each.lower() for each in domains), frozenset(sites), state)


def read_policies(
    faults: Faults, path: str, messages: Sequence[pb.AuthenticationPolicy]
) -> tuple[AuthenticationPolicy, ...]:
    """Authentication policies, each id once."""
    policies: dict[str, AuthenticationPolicy] = {}
    for i, each in enumerate(messages):
        if not each.id:
            faults.add(f"{path}[{i}].id", "REQUIRED")
        elif each.id in policies:
            faults.add(f"{path}[{i}].id", "CONFLICTING_FIELDS", f"{each.id[:40]!r} stands twice")
        settings = read_policy_settings(faults, f"{path}[{i}]", each)
        policies[each.id] = AuthenticationPolicy(
            name(faults, f"{path}[{i}].id", each.id), each.default_policy, each.nonbillable, **settings
        )
    return tuple(policies.values())


_FLAGS = {
    "single_sign_on_enforced": "single_sign_on",
    "two_step_verification_required": "two_step_verification",
    "api_tokens_blocked": "api_tokens_blocked",
}


def read_policy_settings(faults: Faults, path: str, message: pb.AuthenticationPolicy) -> dict[str, Any]:
    """The settings of a policy that are given, by the names of the rule book."""
    settings: dict[str, Any] = {
        ours: getattr(message, theirs)
        for theirs, ours in _FLAGS.items()
        if message.HasField(theirs)  # type: ignore[arg-type]
    }
    if message.HasField("password_strength"):
        settings["password_strength"] = text(faults, f"{path}.password_strength", message.password_strength)
    expiry = count(faults, f"{path}.", message, "password_expiry_days")
    if expiry is not None:
        settings["password_expiry_days"] = expiry
    if message.HasField("session_duration"):
        duration = message.session_duration
        if not 0 <= duration.seconds <= 10**10 or not 0 <= duration.nanos <= 999_999_999 or duration.nanos % 1000:
            faults.add(f"{path}.session_duration", "OUT_OF_RANGE", "from 0 on, in whole microseconds")
        else:
            settings["session_duration"] = timedelta(seconds=duration.seconds, microseconds=duration.nanos // 1000)
    return settings


def read_account(faults: Faults, path: str, message: pb.User, policies: Collection[str]) -> User:
    """An account. Made for streams: a path is put together only where something is wrong."""
    id = message.id
    if not id:
        faults.add(f"{path}.id", "REQUIRED")
    domain = None
    if message.HasField("email"):
        _, at, domain = message.email.rpartition("@")
        domain = domain.lower()
        if not at or not domain or len(message.email) > 500:
            faults.add(f"{path}.email", "INVALID_TEXT", "an e-mail address ends in @ and a domain")
    policy = message.policy_id if message.HasField("policy_id") else None
    others = tuple(message.other_policy_ids)
    for name, each in (("policy_id", policy), *(("other_policy_ids", other) for other in others)):
        if each is not None and each not in policies:
            faults.add(f"{path}.{name}", "UNKNOWN_VALUE", f"{each[:40]!r} is no policy of the request")
    return User(
        id,
        domain,
        message.managed if message.HasField("managed") else None,
        message.active if message.HasField("active") else None,
        tuple([_access(faults, path, i, each) for i, each in enumerate(message.accesses)]),
        policy,
        others,
        message.enterprise_covered,
        message.identity_provider_synchronised,
    )


def _access(faults: Faults, path: str, i: int, message: pb.ProductAccess) -> Access:
    product = find_product(message.product_id)
    if product is None:
        reason = "UNKNOWN_PRODUCT" if message.product_id else "REQUIRED"
        faults.add(f"{path}.accesses[{i}].product_id", reason, repr(message.product_id[:60]))
    role = message.role if message.HasField("role") else None
    if role is not None and role not in _ROLES:
        word(faults, f"{path}.accesses[{i}].role", role, "product_role")
    return Access(
        product.id if product is not None else "",
        role,
        message.site if message.HasField("site") else None,
        message.plan or None,
    )
