"""Guard: which users of an organisation are billable for Standard and for Premium.

The count is a fold over the users: it remembers how many stand in which way, never who they are. What is not known of
a user leaves its status open, so that a count is then an interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple, TypeVar

from quotary_spec.model.organisation import AuthenticationPolicy, Organisation, User
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.passage import Passage
from quotary_spec.rule import RuleFunction, current_trace, rule, untraced
from quotary_spec.rulebook import Book

T = TypeVar("T")


MOST_MISSING = 100
"""Absent facts that an answer names, at most."""


class Profile(StrEnum):
    """The printed lists of products that make a user billable for Standard."""

    UNION8 = "union8"
    CORE5 = "core5"
    CORE5_STATUSPAGE = "core5_statuspage"
    CORE5_JPD_COMPASS = "core5_jpd_compass"


_PROFILES = tuple(Profile)


class Membership(StrEnum):
    """How many authentication policies a user may have, and which of them must be non-billable to free it."""

    EXACTLY_ONE = "exactly_one"
    SEVERAL_ANY = "several_any"
    SEVERAL_ALL = "several_all"


@rule("GUARD-BILLABLE-MANAGED-STATUS", "001:21 001:60", rulings="R-29 R-29-GUARD-A1")
def account_is_managed(domain: str, verified_domains: Collection[str], sub_domains: bool = False) -> bool:
    """An account is managed by the organisation that has verified the domain of its address, and external otherwise.

    Reading: sub-domains are not mentioned; the domain itself has to be verified unless they are let in.
    """
    if domain in verified_domains or not sub_domains:
        return domain in verified_domains
    parts = domain.split(".")
    return any(".".join(parts[i:]) in verified_domains for i in range(len(parts)))


@rule(
    "GUARD-BILLABLE-JSM-AGENT",
    "001:23 001:40 001:164 001:196 001:221 001:231 001:294",
    rulings="R-001-GUARD-BILLABLE-JSM-AGENT",
)
def service_desk_role_counts(role: str | None) -> bool | None:
    """On a service desk only agents count; who merely submits requests through the portal does not.

    Reading: one list and the sentence on free sign-ups leave the restriction out; the answers on it say "only".
    """
    return None if role is None else role == "agent"


@rule(
    "GUARD-BILLABLE-STANDARD-ACCESS",
    "001:23 001:130 001:138 001:148 001:161 001:193 001:210 001:277 001:291",
    rulings="R-29 R-29-GUARD-A5 R-001-GUARD-BILLABLE-FREE-EDITION",
)
def access_counts(
    product: str, role: str | None, supported: Collection[str], agents_only: Collection[str]
) -> bool | None:
    """Access to a product that the plan supports makes a user billable, used or not, on a free or a paid site.

    Reading: free plans are named for three products; no plan matters for any.
    """
    if product not in supported:
        return False
    return service_desk_role_counts(role) if product in agents_only else True


@rule("GUARD-BILLABLE-UNIQUE", "001:130 001:138 001:212 001:227 001:231 001:277 000:855")
def counts_once(accesses: Collection[bool | None]) -> bool | None:
    """A user counts once, over however many products, sites and plans; one access that counts is enough."""
    return True if True in accesses else None if None in accesses else False


@rule("GUARD-BILLABLE-STANDARD-MANAGED-ONLY", "001:143")
def standard_leaves_out_external(managed: bool) -> bool:
    """Standard bills managed users only."""
    return not managed


@rule("GUARD-BILLABLE-DEACTIVATED-EXCLUSION", "001:181 001:216 001:271", rulings="R-29 R-29-GUARD-A6")
def deactivated_is_left_out(active: bool) -> bool:
    """A deactivated account is not counted, and counts again once it is enabled; an idle one counts.

    Reading: said of Standard; Premium counts no deactivated account either unless that is asked for.
    """
    return not active


@rule(
    "GUARD-BILLABLE-NONBILLABLE-POLICY-EXCLUSION",
    "001:25 001:101 001:111 001:144 001:216",
    rulings="R-29 R-29-GUARD-A2 R-29-GUARD-A7",
)
def nonbillable_member_is_left_out(nonbillable: Collection[bool], every: bool = False) -> bool:
    """A managed user in the non-billable policy is not billed, for either plan.

    Reading: two passages free members from Guard as a whole, three name Standard. A user has one policy; where several
    are allowed, one non-billable policy frees, or all have to be.
    """
    return bool(nonbillable) and all(nonbillable) if every else any(nonbillable)


@rule("GUARD-BILLABLE-STANDARD-ENTERPRISE-EXCLUSION", "001:144", rulings="R-29 R-29-GUARD-A3")
def standard_leaves_out_enterprise(covered: bool) -> bool:
    """A user whom a Cloud Enterprise plan covers is not billed for Standard."""
    return covered


@rule("GUARD-ENTERPRISE-COVER-BY-PRODUCT", "001:144", rulings="R-29-GUARD-A3")
def enterprise_covers_every_access(enterprise: Collection[bool]) -> bool:
    """Read by product, a user is covered by Cloud Enterprise if each supported access is on an Enterprise plan."""
    return bool(enterprise) and all(enterprise)


@rule("GUARD-BILLABLE-PREMIUM-POPULATION", "001:138 001:148-149 000:855", rulings="R-29")
def premium_reaches(managed: bool, own_site: bool) -> bool:
    """Premium counts managed and external users alike, external ones by what they may use in this organisation."""
    return managed or own_site


@rule(
    "GUARD-BILLING-PREMIUM-PRICE-DIFFERENCE",
    "001:150 000:853-855",
    rulings="R-29 R-29-GUARD-A4",
)
def pays_difference_only(enterprise: bool, standard: bool) -> bool:
    """A Premium user whom Cloud Enterprise or Guard Standard covers pays the difference in price, others the whole."""
    return enterprise or standard


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
        self.supported = {profile: frozenset(book.texts(_list_of(profile))) for profile in _PROFILES}
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
        return tuple(self._standard(known, managed, profile)[0] is True for profile in _PROFILES)

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
            cover=_cover(self._enterprise(shape, self.supported[settings.profile]), covered),
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
        counted = [reach for reach in shape.reaches if premium_reaches(managed, reach.own_site)]
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


def _list_of(profile: Profile) -> str:
    return f"guard.products.standard.{profile}"


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


def _cover(enterprise: bool, standard: bool | None) -> Cover | None:
    if standard is None and not enterprise:
        return None
    if not pays_difference_only(enterprise, standard is True):
        return Cover.NOTHING
    return Cover.ENTERPRISE if enterprise else Cover.STANDARD


class UsersNotAscending(ValueError):
    """Users whose ids do not ascend, so that one could be counted twice."""

    def __init__(self, position: int, previous: str, id: str) -> None:
        super().__init__(f"user {position} is {id!r}, which does not come after {previous!r}")
        self.position = position
        self.previous = previous
        self.id = id


def ascending(users: Iterable[User]) -> Iterator[User]:
    """The users as they come, each after the one before by the UTF-8 bytes of its id.

    Raises:
        UsersNotAscending: an id is repeated or comes too late.
    """
    previous: str | None = None
    for position, user in enumerate(users):
        # Code points order as their UTF-8 bytes do.
        if previous is not None and user.id <= previous:
            raise UsersNotAscending(position, previous, user.id)
        previous = user.id
        yield user


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Users who are not billable, with the first reason that frees them and the rule behind it."""

    reason: str
    users: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class ListCount:
    """Users billable for Standard by one printed list.

    Attributes:
        at: Where the list is printed.
        profile: What it lists.
        least: Fewest that it can be while facts are missing.
        most: Most that it can be.
    """

    at: Passage
    profile: Profile
    least: int
    most: int

    @property
    def users(self) -> int | None:
        """The number; None while a missing fact can change it."""
        return self.least if self.least == self.most else None


@dataclass(frozen=True, slots=True)
class PlanCount:
    """Users billable for one plan.

    Attributes:
        plan: "standard" or "premium".
        least: Fewest that it can be while facts are missing.
        most: Most that it can be.
        narrowest: Fewest under the narrowest list of products.
        widest: Most under the widest.
        products: Products that count.
        exclusions: Everyone else, by reason.
        differing: Printed lists by which the number is another, or can be while facts are missing, as they are printed.
    """

    plan: str
    least: int
    most: int
    narrowest: int
    widest: int
    products: tuple[str, ...]
    exclusions: tuple[Exclusion, ...]
    differing: tuple[ListCount, ...] = ()

    @property
    def users(self) -> int | None:
        """The number; None while a missing fact can change it."""
        return self.least if self.least == self.most else None


@dataclass(frozen=True, slots=True)
class Covered:
    """The users billable for Premium, by what covers them already."""

    nothing: int
    standard: int
    enterprise: int


@dataclass(frozen=True, slots=True)
class GuardCount:
    """Who is billable for Guard.

    Attributes:
        total: Users counted over.
        managed: Managed accounts among them, as far as known.
        external: External accounts among them, as far as known.
        standard: Count for Standard; None where the edition does not speak of Guard.
        premium: Count for Premium, likewise.
        covered: Users of Premium by their cover; None while one of them is open.
        findings: What stands in the way, and what is worth saying.
    """

    total: int
    managed: int = 0
    external: int = 0
    standard: PlanCount | None = None
    premium: PlanCount | None = None
    covered: Covered | None = None
    findings: tuple[Finding, ...] = ()


_STANDARD_REASONS: tuple[tuple[str, RuleFunction[..., object]], ...] = (
    ("EXTERNAL", standard_leaves_out_external),
    ("DISABLED", deactivated_is_left_out),
    ("NO_SUPPORTED_PRODUCT", access_counts),
    ("PORTAL_ONLY", service_desk_role_counts),
    ("NONBILLABLE_POLICY", nonbillable_member_is_left_out),
    ("ENTERPRISE_COVERED", standard_leaves_out_enterprise),
)
_PREMIUM_REASONS: tuple[tuple[str, RuleFunction[..., object]], ...] = (
    ("DISABLED", deactivated_is_left_out),
    ("NO_SUPPORTED_PRODUCT", access_counts),
    ("NONBILLABLE_POLICY", nonbillable_member_is_left_out),
)


def count_billable_users(book: Book, settings: CountSettings, users: Iterable[User]) -> GuardCount:
    """Count the users billable for Guard in one pass, in memory that does not grow with their number.

    Raises:
        UsersNotAscending: an id is repeated or comes too late.
    """
    if not book.prints("guard.products.premium"):
        return GuardCount(sum(1 for _ in ascending(users)), findings=(not_covered(edition=book.edition),))
    book.row(_list_of(settings.profile))
    book.row("guard.products.premium")
    judge = Judge(book, settings)
    statuses: Counter[BillingStatus] = Counter()
    missing: dict[str, None] = {}
    with untraced():
        for user in ascending(users):
            status = judge(user)
            statuses[status] += 1
            if len(missing) < MOST_MISSING and _is_open(status):
                missing.update(dict.fromkeys(judge.missing(user)))
    return _counted(book, settings, statuses, list(missing)[:MOST_MISSING])


def _is_open(status: BillingStatus) -> bool:
    return status.standard is None or status.premium is None or (status.premium and status.cover is None)


def _counted(book: Book, settings: CountSettings, statuses: Counter[BillingStatus], missing: list[str]) -> GuardCount:
    def number(which: Callable[[BillingStatus], bool | None]) -> int:
        return sum(n for status, n in statuses.items() if which(status))

    narrowest, widest = (_interval(statuses, profile) for profile in (Profile.CORE5, Profile.UNION8))
    standard = PlanCount(
        plan="standard",
        least=number(lambda each: each.standard is True),
        most=number(lambda each: each.standard is not False),
        narrowest=narrowest[0],
        widest=widest[1],
        products=book.texts(_list_of(settings.profile)),
        exclusions=_exclusions(
            statuses, _STANDARD_REASONS, lambda each: each.standard_reason if each.standard is False else None
        ),
        differing=_differing(book, settings.profile, statuses),
    )
    least, most = number(lambda each: each.premium is True), number(lambda each: each.premium is not False)
    premium = PlanCount(
        plan="premium",
        least=least,
        most=most,
        narrowest=least,
        widest=most,
        products=book.texts("guard.products.premium"),
        exclusions=_exclusions(
            statuses, _PREMIUM_REASONS, lambda each: each.premium_reason if each.premium is False else None
        ),
    )

    def covered_by(cover: Cover) -> int:
        return number(lambda each: each.premium is True and each.cover is cover)

    covered = Covered(
        nothing=covered_by(Cover.NOTHING),
        standard=covered_by(Cover.STANDARD),
        enterprise=covered_by(Cover.ENTERPRISE),
    )
    count = GuardCount(
        total=statuses.total(),
        managed=number(lambda each: each.managed is True),
        external=number(lambda each: each.managed is False),
        standard=standard,
        premium=premium,
        covered=covered if covered.nothing + covered.standard + covered.enterprise == most else None,
        findings=(*((undetermined("USER_FACTS_MISSING", *missing),) if missing else ()), *_said(standard)),
    )
    _note(count, standard, premium)
    return count


def _interval(statuses: Counter[BillingStatus], profile: Profile) -> tuple[int, int]:
    """Fewest and most users billable for Standard under a profile."""
    i = _PROFILES.index(profile)
    least = sum(n for status, n in statuses.items() if all(way[i] for way in status.ways))
    return least, sum(n for status, n in statuses.items() if any(way[i] for way in status.ways))


def _differing(book: Book, given: Profile, statuses: Counter[BillingStatus]) -> tuple[ListCount, ...]:
    """The printed lists by which the count is, or can be, another than under the profile given.

    Users are independent of each other, so the difference is between the sums of the least and the most of each.
    """
    base = _PROFILES.index(given)
    lists: list[ListCount] = []
    for i, profile in enumerate(_PROFILES):
        less = sum(n * min(way[i] - way[base] for way in status.ways) for status, n in statuses.items())
        more = sum(n * max(way[i] - way[base] for way in status.ways) for status, n in statuses.items())
        if profile is not Profile.UNION8 and (less or more):
            interval = _interval(statuses, profile)
            lists += (ListCount(at, profile, *interval) for at in book.row(_list_of(profile)).passages)
    return tuple(sorted(lists, key=lambda each: each.at))


def _said(standard: PlanCount) -> tuple[Finding, ...]:
    """That printed lists would count otherwise, and how."""
    if not standard.differing:
        return ()
    given, lists = _number(standard), _by_list(standard)
    return (remark("GUARD_LISTS_DIFFER", given=given, lists=lists).by(access_counts.info.id),)


def _by_list(standard: PlanCount) -> str:
    by_number: dict[str, list[str]] = {}
    for each in standard.differing:
        by_number.setdefault(_number(each), []).append(str(each.at))
    return "; ".join(f"{number} by {', '.join(places)}" for number, places in by_number.items())


def _number(count: PlanCount | ListCount) -> str:
    return str(count.least) if count.least == count.most else f"{count.least} to {count.most}"


def _exclusions(
    statuses: Counter[BillingStatus],
    reasons: tuple[tuple[str, RuleFunction[..., object]], ...],
    freed_by: Callable[[BillingStatus], str | None],
) -> tuple[Exclusion, ...]:
    freed: Counter[str | None] = Counter()
    for status, n in statuses.items():
        freed[freed_by(status)] += n
    return tuple(Exclusion(reason, freed[reason], function.info.id) for reason, function in reasons if freed[reason])


def _note(count: GuardCount, standard: PlanCount, premium: PlanCount) -> None:
    """Leave in the trace one step for each rule, with what it did to all users, instead of one for each user."""
    trace = current_trace()
    if trace is None:
        return
    everyone = {"users": count.total}
    trace.raw.append((account_is_managed.info, "", (), everyone, f"{count.managed} managed, {count.external} external"))
    for plan, reasons in ((standard, _STANDARD_REASONS), (premium, _PREMIUM_REASONS)):
        info = {function.info.id: function.info for _, function in reasons}
        for each in plan.exclusions:
            result = f"{each.users} left out: {each.reason}"
            trace.raw.append((info[each.rule_id], plan.plan, (), everyone, result))
        rule_of_plan = counts_once if plan is standard else premium_reaches
        trace.raw.append((rule_of_plan.info, plan.plan, (), everyone, f"{_number(plan)} billable"))
    if standard.differing:
        trace.raw.append((access_counts.info, "standard", (), everyone, f"billable otherwise: {_by_list(standard)}"))
    if count.covered is not None and premium.most:
        covered = count.covered.standard + count.covered.enterprise
        trace.raw.append((pays_difference_only.info, "premium", (), everyone, f"{covered} at the difference"))
