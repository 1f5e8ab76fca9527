"""Guard: worked examples of the count, and single rules on users."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard_cases import ACME, AGENT, PORTAL, SETTINGS, count, external, managed, premium, standard
from quotary_spec.model.organisation import Access, User
from quotary_spec.rules.guard.users import (
    Membership,
    Profile,
    account_is_managed,
    counts_once,
    enterprise_covers_every_access,
    nonbillable_member_is_left_out,
    service_desk_role_counts,
)

# ---- the worked examples of the formal model


def test_worked_example_1_deduplication() -> None:
    people = [
        managed("u1", Access("jira", site="a"), Access("jira", site="b"), "trello"),
        managed("u2", "confluence"),
        managed("u3"),
    ]
    counted = count(people)
    assert standard(people) == 2
    assert counted.managed == 3


def test_worked_example_2_roles_of_the_service_desk() -> None:
    people = [
        managed("u1", AGENT),
        managed("u2", PORTAL),
        managed("u3", PORTAL, "confluence"),
        managed("u4", AGENT, "jira"),
        external("u5", AGENT),
    ]
    assert standard(people) == 3
    assert premium(people) == 2


@pytest.mark.parametrize(
    ("profile", "number"),
    [(Profile.CORE5, 1), (Profile.CORE5_STATUSPAGE, 2), (Profile.CORE5_JPD_COMPASS, 3), (Profile.UNION8, 4)],
)
def test_worked_example_3_lists(profile: Profile, number: int) -> None:
    products = ("jira-product-discovery", "compass", "statuspage", "bitbucket")
    people = [managed(f"u{i}", product) for i, product in enumerate(products)]
    assert standard(people, replace(SETTINGS, profile=profile)) == number
    assert premium(people) == 0


def test_worked_example_6_free_editions() -> None:
    people = [
        managed("u1", Access("confluence", plan="free")),
        managed("u2", Access("jira", plan="standard"), Access("jira", plan="free")),
        external("u3", Access("confluence", plan="free")),
    ]
    assert standard(people) == 2
    assert premium(people) == 3


# ---- single rules and readings


@pytest.mark.parametrize(
    ("domain", "sub_domains", "answer"),
    [
        ("acme.example", False, True),
        ("dev.acme.example", False, False),
        ("dev.acme.example", True, True),
        ("a.b.acme.example", True, True),
        ("notacme.example", True, False),
        ("example", True, False),
    ],
)
def test_a_domain_is_verified_itself_or_by_reading_above_it(domain: str, sub_domains: bool, answer: bool) -> None:
    assert account_is_managed(domain, {"acme.example"}, sub_domains) is answer


def test_a_stated_management_outranks_the_domain() -> None:
    assert standard([external("a", "jira", managed=True), managed("b", "jira", managed=False)]) == 1


def test_only_agents_count_on_a_service_desk() -> None:
    assert [service_desk_role_counts(role) for role in ("agent", "user", "portal_only", None)] == [
        True,
        False,
        False,
        None,
    ]


def test_one_access_is_enough_and_an_open_one_leaves_it_open() -> None:
    assert [counts_once(each) for each in ([], [False], [False, None], [None, True])] == [False, False, None, True]


def test_several_policies_free_by_one_or_by_all() -> None:
    assert not nonbillable_member_is_left_out([], every=True)
    both = replace(managed("a", "jira"), policy="default", other_policies=("freed",))
    assert standard([both], replace(SETTINGS, membership=Membership.SEVERAL_ANY)) == 0
    assert standard([both], replace(SETTINGS, membership=Membership.SEVERAL_ALL)) == 1
    assert standard([replace(both, policy="freed")], replace(SETTINGS, membership=Membership.SEVERAL_ALL)) == 0


def test_enterprise_cover_by_product_asks_for_every_supported_access() -> None:
    assert not enterprise_covers_every_access([])
    how = replace(SETTINGS, enterprise_by_product=True)
    enterprise, paid = Access("jira", plan="enterprise"), Access("trello", plan="standard")
    assert standard([managed("a", enterprise)], how) == 0
    assert standard([managed("a", enterprise, paid)], how) == 1
    assert standard([managed("a", enterprise, Access("loom", plan="standard"))], how) == 0
    assert standard([managed("a", paid, enterprise_covered=True)], how) == 1


def test_external_users_count_only_on_the_own_sites() -> None:
    how = replace(SETTINGS, organisation=replace(ACME, sites=frozenset({"here"})))
    here, away = Access("jira", site="here"), Access("jira", site="away")
    assert premium([external("a", here), external("b", away), external("c", "jira")], how) == 2
    assert premium([managed("a", away)], how) == standard([managed("a", away)], how) == 1


def test_a_user_of_unknown_kind_is_settled_where_both_kinds_agree() -> None:
    unknown = User("a", active=True, accesses=(Access("jira"),))
    counted = count([unknown])
    assert counted.premium is not None
    assert counted.premium.users == 1
    assert counted.covered is None
    assert (counted.managed, counted.external, counted.total) == (0, 0, 1)
    assert count([replace(unknown, active=False)]).findings == ()


def test_reasons_come_in_their_order() -> None:
    people = [
        external("a", "jira", active=False),
        managed("b", active=False, policy="freed"),
        managed("c", policy="freed"),
        managed("d", PORTAL),
        managed("e", "jira", policy="freed", enterprise_covered=True),
        managed("f", "jira", enterprise_covered=True),
    ]
    counted = count(people)
    assert counted.standard is not None
    assert [(each.reason, each.users) for each in counted.standard.exclusions] == [
        ("EXTERNAL", 1),
        ("DISABLED", 1),
        ("NO_SUPPORTED_PRODUCT", 1),
        ("PORTAL_ONLY", 1),
        ("NONBILLABLE_POLICY", 1),
        ("ENTERPRISE_COVERED", 1),
    ]
    assert counted.premium is not None
    assert [(each.reason, each.users) for each in counted.premium.exclusions] == [
        ("DISABLED", 2),
        ("NO_SUPPORTED_PRODUCT", 2),
        ("NONBILLABLE_POLICY", 1),
    ]
