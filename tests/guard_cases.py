"""People, settings and organisations that tests of Guard share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from quotary_spec.model.organisation import Access, AuthenticationPolicy, Organisation, User
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.users import Profile
from quotary_spec.rules.guard.users_assessment import GuardCount, count_billable_users
from quotary_spec.rules.guard.users_judge import CountSettings

ACME = Organisation(frozenset({"acme.example"}), guard_state="paid_monthly")
DEFAULT, FREED = AuthenticationPolicy("default", default=True), AuthenticationPolicy("freed", nonbillable=True)
SETTINGS = CountSettings(ACME, (DEFAULT, FREED))
JSM = "jira-service-management"
PRODUCTS = (
    "jira",
    JSM,
    "confluence",
    "bitbucket",
    "trello",
    "statuspage",
    "jira-product-discovery",
    "compass",
    "loom",
    "bamboo",
)


def count(users: Iterable[User], settings: CountSettings = SETTINGS, edition: str = "2026") -> GuardCount:
    return count_billable_users(BOOK[edition], settings, users)


def standard(users: Iterable[User], settings: CountSettings = SETTINGS) -> int:
    counted = count(users, settings).standard
    assert counted is not None
    assert counted.users is not None
    return counted.users


def premium(users: Iterable[User], settings: CountSettings = SETTINGS) -> int:
    counted = count(users, settings).premium
    assert counted is not None
    assert counted.users is not None
    return counted.users


def managed(id: str, *accesses: str | Access, **facts: Any) -> User:
    return _user(id, "acme.example", accesses, facts)


def external(id: str, *accesses: str | Access, **facts: Any) -> User:
    return _user(id, "other.example", accesses, facts)


def _user(id: str, domain: str, accesses: tuple[str | Access, ...], facts: dict[str, Any]) -> User:
    held = tuple(Access(each) if isinstance(each, str) else each for each in accesses)
    known: dict[str, Any] = {"domain": domain, "active": True, "accesses": held}
    return User(id, **(known | facts))


AGENT, PORTAL = Access(JSM, "agent"), Access(JSM, "portal_only")

# ---- strategies

access = st.builds(
    Access,
    st.sampled_from(PRODUCTS),
    st.sampled_from(["user", "agent", "portal_only"]),
    st.sampled_from([None, "here", "elsewhere"]),
    st.sampled_from([None, "free", "standard", "enterprise"]),
)


def users(known: bool = True) -> st.SearchStrategy[User]:
    maybe = st.booleans() if known else st.sampled_from([True, False, None])
    role = access if known else st.builds(replace, access, role=st.sampled_from(["agent", "portal_only", None]))
    return st.builds(
        User,
        id=st.just(""),
        domain=st.just("acme.example"),
        managed=maybe if not known else st.booleans(),
        active=maybe,
        accesses=st.lists(role, max_size=4).map(tuple),
        policy=st.sampled_from([None, "default", "freed"]),
        enterprise_covered=st.booleans(),
        synchronised=st.booleans(),
    )


def crowd(known: bool = True, least: int = 0, most: int = 12) -> st.SearchStrategy[list[User]]:
    def numbered(drawn: list[User]) -> list[User]:
        return [
            replace(user, id=f"u{i:03d}", domain=user.domain if user.managed is not None else None)
            for i, user in enumerate(drawn)
        ]

    return st.lists(users(known), min_size=least, max_size=most).map(numbered)


count_settings = st.builds(
    CountSettings,
    organisation=st.sampled_from([ACME, replace(ACME, sites=frozenset({"here"}))]),
    policies=st.just((DEFAULT, FREED)),
    profile=st.sampled_from(Profile),
    enterprise_by_product=st.booleans(),
    standard_covers_managed=st.booleans(),
    premium_counts_disabled=st.booleans(),
    premium_honours_nonbillable=st.booleans(),
)
