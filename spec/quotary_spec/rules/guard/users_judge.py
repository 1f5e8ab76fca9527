"""What one user is to the bill of Guard: the rules asked of a user, of an interval of facts where some are unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from quotary_spec.model.organisation import AuthenticationPolicy, Organisation, User
from quotary_spec.register.parameters import Keys
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.users import (
    Membership,
    Profile,
    T,
    access_counts,
    account_is_managed,
    counts_once,
    deactivated_is_left_out,
    enterprise_covers_every_access,
    nonbillable_member_is_left_out,
    pays_difference_only,
    premium_reaches,
    standard_leaves_out_enterprise,
    standard_leaves_out_external,
)

_STANDARD_PRODUCTS = Keys("guard.products.standard.*")


PROFILES = tuple(Profile)


@dataclass(frozen=True, slots=True)
class CountSettings:
    """What a count rests on; every assumption has the default of R-29.

    Attributes:
        organisation: The organisation that is billed.
        policies: Its authentication policies; empty for one default policy that is billable.
        profile: List of products for Standard.
        sub_domains: Whether a sub-domain of a verified domain counts as verified.
        membership: How many policies a user may have.
        enterprise_by_product: Whether Cloud Enterprise covers a user by the plans of the products, not as a person.
        standard_covers_managed: Whether Standard covers every managed user, not only those on its bill.
        premium_counts_disabled: Whether deactivated accounts count for Premium.
        premium_honours_nonbillable: Whether the non-billable policy frees from Premium as well.
    """

    organisation: Organisation = field(default_factory=Organisation)
    policies: tuple[AuthenticationPolicy, ...] = ()
    profile: Profile = Profile.UNION8
    sub_domains: bool = False
    membership: Membership = Membership.EXACTLY_ONE
    enterprise_by_product: bool = False
    standard_covers_managed: bool = False
    premium_counts_disabled: bool = False
    premium_honours_nonbillable: bool = True


class Cover(StrEnum):
    """What covers a Premium user already."""

    NOTHING = "nothing"
    STANDARD = "standard"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class BillingStatus:
    """How a user stands; None where a missing fact can still decide it.

    Attributes:
        managed: Whether the organisation manages the account.
        standard: Whether it is billable for Standard under the list asked for.
        standard_reason: What frees it, if it is not.
        ways: Whether it is billable for Standard under each profile, in their order: one way, or each that the missing
            facts leave possible.
        premium: Whether it is billable for Premium.
        premium_reason: What frees it, if it is not.
        cover: What covers it, for a user of Premium.
    """

    managed: bool | None
    standard: bool | None
    standard_reason: str
    ways: frozenset[tuple[bool, ...]]
    premium: bool | None
    premium_reason: str
    cover: Cover | None


class _Reach(NamedTuple):
    """One access, as far as the count looks at it.

    Attributes:
        product: A product that some list has.
        role: The role, where it matters for the product.
        own_site: Whether it is on a site of the organisation; True where the site does not matter.
        enterprise: Whether it is on an Enterprise plan; False where cover is a fact of the person.
    """

    product: str
    role: str | None
    own_site: bool
    enterprise: bool


class _Shape(NamedTuple):
    """What decides the status of a user. Many users share one."""

    managed: bool | None
    active: bool | None
    reaches: frozenset[_Reach]
    nonbillable: frozenset[bool]
    enterprise: bool


_MOST_SHAPES = 4096


class Judge:
    """Says how a user stands under one edition and one set of settings.

    Users of one shape stand alike, so the rules are asked once for each of the shapes met of late.
    """

    def __init__(self, book: Book, settings: CountSettings) -> None:
        self.settings = settings
        self.supported = {profile: frozenset(book.texts(list_of(profile))) for profile in PROFILES}
        self.premium_products = frozenset(book.texts("guard.products.premium"))
        self.agents_only = frozenset(book.texts("guard.agents-only"))
        self.listed = self.premium_products.union(*self.supported.values())
        self.bound = self.premium_products if settings.organisation.sites else frozenset[str]()
        self.nonbillable = {policy.id: policy.nonbillable for policy in settings.policies}
        self._default = frozenset(policy.nonbillable for policy in settings.policies if policy.default)
        self._status = lru_cache(_MOST_SHAPES)(self._decide)

    def __call__(self, user: User) -> BillingStatus:
        """How the user stands."""
        return self._status(self._shape(user))

    def missing(self, user: User) -> Iterator[str]:
        """Paths of the user's absent facts that a count asks for."""
        if self.managed(user) is None:
            yield f"users[{user.id}].email"
        if user.active is None:
            yield f"users[{user.id}].active"
        for i, access in enumerate(user.accesses):
            if access.role is None and access.product in self.agents_only:
                yield f"users[{user.id}].accesses[{i}].role"

    def managed(self, user: User) -> bool | None:
        """Whether the organisation manages the account."""
        if user.managed is not None:
            return user.managed
        if user.domain is None:
            return None
        return account_is_managed(user.domain, self.settings.organisation.verified_domains, self.settings.sub_domains)

    def _shape(self, user: User) -> _Shape:
        sites, by_product = self.settings.organisation.sites, self.settings.enterprise_by_product
        reaches = [
            _Reach(
                access.product,
                access.role if access.product in self.agents_only else None,
                access.product not in self.bound or access.site is None or access.site in sites,
                by_product and access.plan == "enterprise",
            )
            for access in user.accesses
            if access.product in self.listed
        ]
        policies = (user.policy, *user.other_policies) if user.policy is not None else user.other_policies
        flags = frozenset(self.nonbillable[policy] for policy in policies) if policies else self._default
        return _Shape(self.managed(user), user.active, frozenset(reaches), flags, user.enterprise_covered)

    def _decide(self, shape: _Shape) -> BillingStatus:
        ways = frozenset(self._by_profile(known) for known in self._completed(shape))
        if shape.managed is not None:
            return self._of_kind(shape, shape.managed, ways)
        # Not known whether managed: what both cases agree on stands all the same.
        managed, external = self._of_kind(shape, True, ways), self._of_kind(shape, False, ways)
        return BillingStatus(
            managed=None,
            standard=_agreed(managed.standard, external.standard),
            standard_reason=managed.standard_reason,
            ways=ways,
            premium=_agreed(managed.premium, external.premium),
            premium_reason=managed.premium_reason,
            cover=_agreed(managed.cover, external.cover),
        )

    def _completed(self, shape: _Shape) -> Iterator[_Shape]:
        """The shape with its missing facts given, each way they can be.

        Missing roles are given alike: one agent is enough, and every list has the products where the role matters.
        """
        open_role = any(reach.role is None and reach.product in self.agents_only for reach in shape.reaches)
        for managed, active, role in product(
            _either(shape.managed), _either(shape.active), ("agent", "portal_only") if open_role else (None,)
        ):
            reaches = frozenset(reach._replace(role=reach.role or role) for reach in shape.reaches)
            yield shape._replace(managed=managed, active=active, reaches=reaches)

    def _by_profile(self, known: _Shape) -> tuple[bool, ...]:
        managed = known.managed is True
        return tuple(self._standard(known, managed, profile)[0] is True for profile in PROFILES)

    def _of_kind(self, shape: _Shape, managed: bool, ways: frozenset[tuple[bool, ...]]) -> BillingStatus:
        settings = self.settings
        standard, standard_reason = self._standard(shape, managed, settings.profile)
        premium, premium_reason = self._premium(shape, managed)
        covered = managed if settings.standard_covers_managed else standard
        return BillingStatus(
            managed=managed,
            standard=standard,
            standard_reason=standard_reason,
            ways=ways,
            premium=premium,
            premium_reason=premium_reason,
            cover=_cover(enterprise=self._enterprise(shape, self.supported[settings.profile]), standard=covered),
        )

    def _enterprise(self, shape: _Shape, supported: Collection[str]) -> bool:
        if not self.settings.enterprise_by_product:
            return shape.enterprise
        return enterprise_covers_every_access(
            [reach.enterprise for reach in shape.reaches if reach.product in supported]
        )

    def _standard(self, shape: _Shape, managed: bool, profile: Profile) -> tuple[bool | None, str]:
        supported = self.supported[profile]
        return _first_reason(
            ("EXTERNAL", standard_leaves_out_external(managed)),
            ("DISABLED", None if shape.active is None else deactivated_is_left_out(shape.active)),
            (self._access_reason(shape, supported), self._no_access(shape.reaches, supported)),
            ("NONBILLABLE_POLICY", self._nonbillable(shape)),
            ("ENTERPRISE_COVERED", standard_leaves_out_enterprise(self._enterprise(shape, supported))),
        )

    def _premium(self, shape: _Shape, managed: bool) -> tuple[bool | None, str]:
        counted = [reach for reach in shape.reaches if premium_reaches(managed=managed, own_site=reach.own_site)]
        disabled: bool | None = False
        if not self.settings.premium_counts_disabled:
            disabled = None if shape.active is None else deactivated_is_left_out(shape.active)
        honoured = self.settings.premium_honours_nonbillable and managed
        return _first_reason(
            ("DISABLED", disabled),
            (self._access_reason(shape, self.premium_products), self._no_access(counted, self.premium_products)),
            ("NONBILLABLE_POLICY", honoured and self._nonbillable(shape)),
        )

    def _nonbillable(self, shape: _Shape) -> bool:
        return nonbillable_member_is_left_out(shape.nonbillable, self.settings.membership is Membership.SEVERAL_ALL)

    def _no_access(self, reaches: Iterable[_Reach], supported: Collection[str]) -> bool | None:
        counts = counts_once(
            [access_counts(reach.product, reach.role, supported, self.agents_only) for reach in reaches]
        )
        return None if counts is None else not counts

    def _access_reason(self, shape: _Shape, supported: Collection[str]) -> str:
        portal = any(
            reach.role == "portal_only" and reach.product in self.agents_only and reach.product in supported
            for reach in shape.reaches
        )
        return "PORTAL_ONLY" if portal else "NO_SUPPORTED_PRODUCT"


def list_of(profile: Profile) -> str:
    """The key of the products that Standard covers, by the list of an edition."""
    return _STANDARD_PRODUCTS[profile]


def _either(fact: bool | None) -> tuple[bool, ...]:
    return (True, False) if fact is None else (fact,)


def _agreed(left: T | None, right: T | None) -> T | None:
    return left if left == right else None


def _first_reason(*frees: tuple[str, bool | None]) -> tuple[bool | None, str]:
    """Whether a user is billable when these may free it, and the first that does."""
    for reason, free in frees:
        if free:
            return False, reason
    return (None if any(free is None for _, free in frees) else True), ""


def _cover(*, enterprise: bool, standard: bool | None) -> Cover | None:
    if standard is None and not enterprise:
        return None
    if not pays_difference_only(enterprise=enterprise, standard=standard is True):
        return Cover.NOTHING
    return Cover.ENTERPRISE if enterprise else Cover.STANDARD
