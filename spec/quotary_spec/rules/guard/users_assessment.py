"""The count of the users of an organisation who are billed for Guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from quotary_spec.model.organisation import User
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.passage import Passage
from quotary_spec.rule import RuleFunction, current_trace, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.users import (
    MOST_MISSING,
    Profile,
    access_counts,
    account_is_managed,
    counts_once,
    deactivated_is_left_out,
    nonbillable_member_is_left_out,
    pays_difference_only,
    premium_reaches,
    service_desk_role_counts,
    standard_leaves_out_enterprise,
    standard_leaves_out_external,
)
from quotary_spec.rules.guard.users_judge import PROFILES, BillingStatus, CountSettings, Cover, Judge, list_of


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
    book.row(list_of(settings.profile))
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
        products=book.texts(list_of(settings.profile)),
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
    i = PROFILES.index(profile)
    least = sum(n for status, n in statuses.items() if all(way[i] for way in status.ways))
    return least, sum(n for status, n in statuses.items() if any(way[i] for way in status.ways))


def _differing(book: Book, given: Profile, statuses: Counter[BillingStatus]) -> tuple[ListCount, ...]:
    """The printed lists by which the count is, or can be, another than under the profile given.

    Users are independent of each other, so the difference is between the sums of the least and the most of each.
    """
    base = PROFILES.index(given)
    lists: list[ListCount] = []
    for i, profile in enumerate(PROFILES):
        less = sum(n * min(way[i] - way[base] for way in status.ways) for status, n in statuses.items())
        more = sum(n * max(way[i] - way[base] for way in status.ways) for status, n in statuses.items())
        if profile is not Profile.UNION8 and (less or more):
            interval = _interval(statuses, profile)
            lists += (ListCount(at, profile, *interval) for at in book.row(list_of(profile)).passages)
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
