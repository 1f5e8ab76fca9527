"""Licence tiers: how many users a licence must hold, up to which number it may, and what a period's use costs.

Editions 2021 and 2023 speak of tiers without saying how they are found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from quotary_spec.model.order import Cycle
from quotary_spec.model.price import PriceSchedule, TierPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, remark, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import BOOK, Book
from quotary_spec.supplements.price_book import PriceBook


@rule("TIER-NAMED-USERS", "000:981")
def named_users(accounts_with_permission: int) -> int:
    """A licence counts every account with permission to sign in, signed in or not; nothing is licensed concurrently."""
    return accounts_with_permission


@rule("TIER-LOGIN-NOT-SHARED", "000:981")
def login_may_be_used_by(persons: int, most: int) -> bool:
    """One named person may use a login; several may not share it."""
    return persons <= most


@rule("TIER-BY-AGENT", "002:877-879")
def is_licensed_by_agent(product: str, platform: Platform, by_agent: Collection[str]) -> bool:
    """A service desk in the cloud is licensed for its agents; those who only submit requests are not limited."""
    return platform.hosted and product in by_agent


@rule("TIER-PRICE-BASIS", "000:987-994 001:287 002:894-896", rulings="R-22")
def is_priced_by_tier(platform: Platform, cycle: Cycle | None) -> bool | Finding:
    """Monthly cloud is priced by the number of users; annual cloud and Data Center are priced by user tier."""
    if platform is Platform.DATA_CENTER:
        return True
    if not platform.hosted:
        return not_covered()
    return undetermined("INPUT_MISSING", "billing_cycle") if cycle is None else cycle is Cycle.ANNUAL


@rule("TIER-RESOLVE", "000:990 000:994 001:287 002:896", rulings="R-22")
def smallest_tier(users: int, ceilings: Sequence[int]) -> int | Finding:
    """Who is priced by tier takes the smallest tier that holds all users, its ceiling included."""
    ceilings_above = [ceiling for ceiling in ceilings if users <= ceiling]
    return min(ceilings_above) if ceilings_above else undetermined("NO_TIER_HOLDS", users=str(users))


@rule("TIER-USER-LIMIT", "000:977-978 002:875-877 002:885")
def is_within_limit(number: int | None, maximum: int | None) -> bool | Finding:
    """A licence holds no more users, agents or customers than is printed for the product and plan.

    Where no limit is said to exist, any number fits.
    """
    if maximum is None:
        return True
    return undetermined("INPUT_MISSING", "user_count") if number is None else number <= maximum


@rule("TIER-CLOUD-FREE", "002:47 002:879")
def free_plan_holds(number: int, maximum: int) -> bool:
    """The free cloud plan holds a few users, or fewer agents of a service desk."""
    return number <= maximum


@rule("TIER-NO-COMBINING", "000:1010")
def self_managed_may_be_combined(platform: Platform) -> bool | Finding:
    """Self-managed licences cannot be combined for more users of one environment; that takes a higher tier."""
    return not_covered() if platform.hosted else False


@rule("TIER-COMBINE-LICENCES", "002:1054", rulings="R-002-TIER-COMBINE-LICENCES")
def licences_may_be_combined(platform: Platform) -> bool | Finding:
    """Licences and subscriptions cannot be combined into a higher tier.

    Reading: said beside Data Center upgrades, of licences and subscriptions as a whole.
    """
    return False


may_be_combined = ByEdition(self_managed_may_be_combined, licences_may_be_combined)


@dataclass(frozen=True, slots=True)
class UserCount:
    """Numbers of people, as a licence counts them.

    Attributes:
        users: Accounts that may sign in.
        agents: Agents of a product that is licensed by agent.
        customers: Those who only submit requests.
        concurrent: Accounts signed in at one time, which no licence counts.
    """

    users: int | None = None
    agents: int | None = None
    customers: int | None = None
    concurrent: int | None = None

    def of(self, unit: str) -> int | None:
        """The number of that unit."""
        return {"user": self.users, "agent": self.agents, "customer": self.customers}[unit]


# ---- which tier


@dataclass(frozen=True, slots=True)
class Limit:
    """A printed limit, beside the number asked about."""

    unit: str
    maximum: int | None
    scope: str
    outcome: Outcome
    rule_id: str


@dataclass(frozen=True, slots=True)
class TierQuestion:
    """What is to be licensed, and what somebody wants to know besides.

    Attributes:
        product: What is licensed.
        cycle: How it is billed.
        count: People who must be held.
        ceilings: Tiers on sale; empty for those of the price book.
        combined: Tiers of licences that shall be added up.
        login_sharers: Largest number of people on one login.
    """

    product: Product
    cycle: Cycle | None
    count: UserCount
    ceilings: tuple[int, ...] = ()
    combined: tuple[int, ...] = ()
    login_sharers: int | None = None


@dataclass(frozen=True, slots=True)
class TierAnswer:
    """The tier that a number of users needs.

    Attributes:
        basis: "user", "agent" or "tier"; empty while not decided.
        counted: Users or agents that the licence counts.
        tier: Smallest tier that holds them; 0 where there is none or none is decided.
        limits: Printed limits of the product and plan.
        free_plan: Whether the free plan holds them.
        combination: Whether the licences may be added up; None when that was not asked.
        login_sharing: Whether a login may be shared so; None when that was not asked.
        findings: What stands in the way, and remarks.
    """

    basis: str = ""
    counted: int | None = None
    tier: int = 0
    limits: tuple[Limit, ...] = ()
    free_plan: Outcome = Outcome.NOT_COVERED
    combination: Outcome | None = None
    login_sharing: Outcome | None = None
    findings: tuple[Finding, ...] = ()


def resolve_tier(book: Book, question: TierQuestion, prices: PriceBook) -> TierAnswer:
    """The tier that a number of users needs, the limits printed for it, and whether the free plan is enough."""
    platform = question.product.platform
    if platform is None:
        return TierAnswer(findings=(undetermined("INPUT_MISSING", "product.platform"),))
    unit = counted_unit(book, question.product)
    counted = question.count.of(unit)
    if counted is None:
        return TierAnswer(findings=(undetermined("INPUT_MISSING", f"user_count.{unit}s"),))
    if book.serves(named_users):
        counted = named_users(counted)
    free = question.product.plan == "free"
    basis, tier, findings = (unit, 0, []) if free else _basis_and_tier(book, question, unit, counted, prices)
    limits, over = _limits(book, question.product, question.count)
    findings += over
    combination, sharing = _combination(book, question, platform), _sharing(book, question.login_sharers)
    findings += [each for each in (combination, sharing) if isinstance(each, Finding)]
    if question.count.concurrent is not None:
        known = book.serves(named_users)
        findings.append(remark("CONCURRENT_NOT_COUNTED") if known else _silent(book, "tier.lost.named-users"))
    return TierAnswer(
        basis=basis,
        counted=counted,
        tier=tier,
        limits=limits,
        free_plan=_free_plan(book, question.product, question.count),
        combination=_outcome(combination),
        login_sharing=_outcome(sharing),
        findings=tuple(dict.fromkeys(findings)),
    )


def counted_unit(book: Book, product: Product) -> str:
    """What a licence of the product counts: "user" or "agent"."""
    by_agent = book.texts("tier.by-agent", silent=())
    if by_agent and product.platform is not None and is_licensed_by_agent(product.id, product.platform, by_agent):
        return "agent"
    return "user"


def _basis_and_tier(
    book: Book, question: TierQuestion, unit: str, counted: int, prices: PriceBook
) -> tuple[str, int, list[Finding]]:
    assert question.product.platform is not None
    by_tier = book.ask(is_priced_by_tier, question.product.platform, question.cycle)
    if isinstance(by_tier, Finding):
        return "", 0, [by_tier]
    if not by_tier:
        return unit, 0, []
    tiers = tuple(map(TierPrice, question.ceilings)) or schedule_of(prices, question.product).tiers
    tier = needed_tier(counted, tiers, "tier_ceilings")
    return ("tier", 0, [tier]) if isinstance(tier, Finding) else ("tier", tier, [])


def schedule_of(prices: PriceBook, product: Product) -> PriceSchedule:
    """The product's prices in the price book; empty when it has none."""
    booked = prices.find(product)
    return booked.schedule if booked is not None else PriceSchedule()


def needed_tier(users: int, tiers: Sequence[TierPrice], path: str) -> int | Finding:
    """The tier that holds the users; one without limit is as large as need be. ``path`` is where tiers can be given."""
    if not tiers:
        return undetermined("TIERS_NOT_KNOWN", path)
    ceilings = [tier.users for tier in tiers if tier.users is not None]
    # A tier without limit is taken only where no other is large enough.
    if len(ceilings) < len(tiers):
        ceilings.append(max([users, *ceilings]))
    return smallest_tier(users, ceilings)


def _printed(book: Book, product: Product, *, free: bool) -> list[Mapping[str, Any]]:
    return [
        row
        for row in book.rows("tier.limits", silent=())
        if row["product"] == product.id
        and row["platform"] == product.platform
        and ("free" in row.get("plans", ())) is free
        and (product.plan is None or product.plan in row.get("plans", (product.plan,)) or free)
    ]


def _limits(book: Book, product: Product, count: UserCount) -> tuple[tuple[Limit, ...], list[Finding]]:
    limits: list[Limit] = []
    findings: list[Finding] = []
    for row in _printed(book, product, free=product.plan == "free"):
        finding = _against_limit(row, count.of(row["unit"]))
        outcome = Outcome.GRANTED if finding is None else finding.outcome
        limits.append(Limit(row["unit"], row.get("maximum"), row["scope"], outcome, is_within_limit.info.id))
        findings += [] if finding is None else [finding]
    if not limits:
        # A paid licence is found all the same; the free plan is nothing but its limit.
        silent = _silent(book, "tier.lost.cloud-limits")
        findings.append(silent if product.plan == "free" else remark("PART_NOT_STATED", part="user limit"))
    return tuple(limits), findings


_LIMITS = "tier.limits"
_LIMITED: Mapping[str, frozenset[tuple[str, str]]] = MappingProxyType(
    {
        edition: frozenset((row["product"], row["platform"]) for row in book.rows(_LIMITS, silent=()))
        for edition, book in BOOK.items()
    }
)
"""For each edition, the products on their platforms of which a limit, or the absence of one, is printed."""


def against_limits(book: Book, product: Product, number: int | None) -> list[Finding]:
    """What stands against licensing so many users, or agents where the product is licensed by them."""
    limited = _LIMITED[book.source(_LIMITS)]
    if number is None or product.platform is None or (product.id, product.platform) not in limited:
        return []
    unit = counted_unit(book, product)
    rows = [row for row in _printed(book, product, free=product.plan == "free") if row["unit"] == unit]
    return [finding for finding in (_against_limit(row, number) for row in rows) if finding is not None]


def _against_limit(row: Mapping[str, Any], number: int | None) -> Finding | None:
    """What stands against a number beside a printed limit; None when nothing does."""
    within = is_within_limit(number, row.get("maximum"))
    if isinstance(within, Finding):
        return within.rebased(lambda path: f"{path}.{row['unit']}s")
    if within:
        return None
    over = refused("USER_LIMIT_EXCEEDED", unit=row["unit"], maximum=str(row.get("maximum")))
    return over.by(is_within_limit.info.id)


def _free_plan(book: Book, product: Product, count: UserCount) -> Outcome:
    """Whether the free plan holds the people, by what it counts of them."""
    outcome = Outcome.NOT_COVERED
    for row in _printed(book, product, free=True):
        number = count.of(row["unit"])
        if "maximum" in row:
            if number is None:
                return Outcome.UNDETERMINED
            outcome = Outcome.GRANTED if free_plan_holds(number, row["maximum"]) else Outcome.REFUSED
    return outcome


def _combination(book: Book, question: TierQuestion, platform: Platform) -> Finding | None:
    if not question.combined:
        return None
    allowed = book.ask(may_be_combined, platform)
    if isinstance(allowed, Finding):
        return allowed
    rule_id = book.version(may_be_combined).info.id
    return replace(refused("LICENCES_NOT_COMBINABLE"), rule_id=rule_id)


def _sharing(book: Book, sharers: int | None) -> Outcome | Finding | None:
    if sharers is None:
        return None
    if not book.prints("tier.most-persons-a-login"):
        return _silent(book, "tier.lost.named-users")
    if login_may_be_used_by(sharers, book.integer("tier.most-persons-a-login")):
        return Outcome.GRANTED
    return replace(refused("LOGIN_SHARED", persons=str(sharers)), rule_id=login_may_be_used_by.info.id)


def _silent(book: Book, lost: str) -> Finding:
    return not_covered("PASSAGE_LOST") if book.if_printed(book.flag, lost) else not_covered(edition=book.edition)


def _outcome(answer: Outcome | Finding | None) -> Outcome | None:
    return answer.outcome if isinstance(answer, Finding) else answer
