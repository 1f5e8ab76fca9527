"""Guard: who is billable, and for which plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard_cases import (
    ACME,
    AGENT,
    DEFAULT,
    FREED,
    JSM,
    PORTAL,
    PRODUCTS,
    SETTINGS,
    access,
    count,
    count_settings,
    crowd,
    external,
    managed,
    premium,
    standard,
)
from quotary_spec.model.organisation import Access, User
from quotary_spec.outcome import Outcome
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.policies import (
    change_of_bill,
)
from quotary_spec.rules.guard.users import MOST_MISSING, Profile
from quotary_spec.rules.guard.users_assessment import UsersNotAscending
from quotary_spec.rules.guard.users_judge import CountSettings, Judge

EDITIONS = ("2024", "2026")


@pytest.mark.parametrize(
    ("profile", "beyond_the_five"),
    [
        (Profile.CORE5, set()),
        (Profile.CORE5_STATUSPAGE, {"statuspage"}),
        (Profile.CORE5_JPD_COMPASS, {"jira-product-discovery", "compass"}),
        (Profile.UNION8, {"statuspage", "jira-product-discovery", "compass"}),
    ],
)
def test_each_printed_list_bills_its_products(profile: Profile, beyond_the_five: set[str]) -> None:
    """001:23 and 001:130 name five, 001:220-225 one more, 001:163-169 two others."""
    judge = Judge(BOOK["2026"], CountSettings(ACME, profile=profile))
    standings = {each: judge(managed("a", Access(each, "agent"))) for each in PRODUCTS}
    billed = {each for each, standing in standings.items() if standing.standard}
    assert billed == {"jira", JSM, "confluence", "bitbucket", "trello"} | beyond_the_five
    assert {each for each, standing in standings.items() if standing.premium} == {"jira", "confluence"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_a_nonbillable_policy_withholds_are_settings(edition: str) -> None:
    """001:115-117 take three of the six of 001:95-99 away."""
    settings_of_policies = BOOK[edition].texts("guard.policy.settings")
    assert len(settings_of_policies) == 6
    assert set(BOOK[edition].texts("guard.policy.withheld-settings")) < set(settings_of_policies)


# ---- strategies


def model(user: User, how: CountSettings) -> tuple[bool, bool]:
    """Standard and Premium written down once more, as the formal model has them."""
    book = BOOK["2026"]
    supported = book.texts(f"guard.products.standard.{how.profile}")
    in_freed = user.policy == "freed"
    cover = user.enterprise_covered
    if how.enterprise_by_product:
        plans = [each.plan for each in user.accesses if each.product in supported]
        cover = bool(plans) and set(plans) == {"enterprise"}
    has = any(each.product in supported and (each.product != JSM or each.role == "agent") for each in user.accesses)
    own = [
        each
        for each in user.accesses
        if user.managed or not how.organisation.sites or each.site is None or each.site in how.organisation.sites
    ]
    for_premium = any(each.product in ("jira", "confluence") for each in own)
    freed = how.premium_honours_nonbillable and user.managed and in_freed
    return (
        bool(user.managed and user.active and has and not in_freed and not cover),
        bool((user.active or how.premium_counts_disabled) and for_premium and not freed),
    )


# ---- the count


@given(crowd(), count_settings, st.sampled_from(EDITIONS))
def test_both_counts_agree_with_the_formal_model(people: list[User], how: CountSettings, edition: str) -> None:
    counted = count(people, how, edition)
    assert counted.standard is not None
    assert counted.premium is not None
    assert counted.standard.users == sum(model(user, how)[0] for user in people)
    assert counted.premium.users == sum(model(user, how)[1] for user in people)
    assert counted.total == len(people)
    assert all(finding.outcome is Outcome.GRANTED for finding in counted.findings)


@given(crowd(), count_settings)
def test_standard_bills_managed_active_users_and_no_others(people: list[User], how: CountSettings) -> None:
    counted = count(people, how)
    assert counted.standard is not None
    assert counted.standard.most <= counted.managed
    eligible = [user for user in people if user.managed and user.active]
    assert standard(eligible, how) == counted.standard.users


@given(crowd(), count_settings)
def test_premium_bills_at_most_everyone(people: list[User], how: CountSettings) -> None:
    counted = count(people, how)
    assert counted.premium is not None
    assert counted.premium.most <= counted.managed + counted.external == len(people)


@given(crowd(), count_settings)
def test_a_longer_list_of_products_never_bills_fewer(people: list[User], how: CountSettings) -> None:
    numbers = {profile: standard(people, replace(how, profile=profile)) for profile in Profile}
    assert numbers[Profile.CORE5] <= min(numbers.values())
    assert numbers[Profile.UNION8] == max(numbers.values())
    counted = count(people, how).standard
    assert counted is not None
    assert (counted.narrowest, counted.widest) == (numbers[Profile.CORE5], numbers[Profile.UNION8])


PRINTED = {
    Profile.CORE5: ("001:23", "001:130", "001:293-297"),
    Profile.CORE5_STATUSPAGE: ("001:142", "001:195-200", "001:220-225"),
    Profile.CORE5_JPD_COMPASS: ("001:163-169", "001:277"),
}


def differing(people: list[User], how: CountSettings) -> dict[str, tuple[int, int]]:
    """What each printed list that is told makes of the users, with the remark checked against them."""
    counted = count(people, how)
    assert counted.standard is not None
    told = {str(each.at): (each.least, each.most) for each in counted.standard.differing}
    assert list(told) == sorted(told, key=lambda at: int(at.split(":")[1].split("-")[0]))
    said = [dict(each.detail)["lists"] for each in counted.findings if each.reason == "GUARD_LISTS_DIFFER"]
    assert len(said) == bool(told)
    assert all(at in said[0] for at in told)
    return told


@given(crowd(), count_settings)
def test_each_list_that_counts_otherwise_is_told_with_the_number_it_gives_when_asked_for(
    people: list[User], how: CountSettings
) -> None:
    given_number = standard(people, how)
    expected: dict[str, tuple[int, int]] = {}
    for profile, places in PRINTED.items():
        number = standard(people, replace(how, profile=profile))
        if number != given_number:
            expected |= dict.fromkeys(places, (number, number))
    assert differing(people, how) == expected


@given(crowd(), count_settings)
def test_no_list_bills_more_than_the_union(people: list[User], how: CountSettings) -> None:
    how = replace(how, profile=Profile.UNION8)
    most = standard(people, how)
    assert all(number < most for number, _ in differing(people, how).values())


@given(crowd(known=False), count_settings)
def test_lists_agree_on_users_of_products_that_all_of_them_have(people: list[User], how: CountSettings) -> None:
    shared = BOOK["2026"].texts("guard.products.standard.core5")
    kept = [replace(user, accesses=tuple(each for each in user.accesses if each.product in shared)) for user in people]
    assert differing(kept, how) == {}


def completed(user: User) -> Iterable[User]:
    """The user with its missing facts given, each way they can be."""
    roles = [(each.role,) if each.role else ("agent", "portal_only") for each in user.accesses]
    for is_managed, active, given_roles in product(
        (True, False) if user.managed is None else (user.managed,),
        (True, False) if user.active is None else (user.active,),
        product(*roles),
    ):
        accesses = tuple(replace(each, role=role) for each, role in zip(user.accesses, given_roles, strict=True))
        yield replace(user, managed=is_managed, active=active, accesses=accesses)


@given(crowd(known=False, most=5), count_settings)
def test_a_list_is_told_exactly_when_some_way_the_missing_facts_can_be_makes_it_count_otherwise(
    people: list[User], how: CountSettings
) -> None:
    expected: dict[str, tuple[int, int]] = {}
    for profile, places in PRINTED.items():
        other = replace(how, profile=profile)
        pairs = {(0, 0)}
        for user in people:
            one = {(model(known, how)[0], model(known, other)[0]) for known in completed(user)}
            pairs = {(base + this, by_list + that) for base, by_list in pairs for this, that in one}
        numbers = [number for _, number in pairs]
        if any(base != number for base, number in pairs):
            expected |= dict.fromkeys(places, (min(numbers), max(numbers)))
    assert differing(people, how) == expected


@given(crowd(least=1), count_settings, st.data())
def test_the_same_access_again_changes_nothing(people: list[User], how: CountSettings, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(people) - 1))
    user = people[i]
    again = [replace(each, site="third") for each in user.accesses if each.site is None]
    sites = how.organisation.sites | {"third"} if how.organisation.sites else frozenset()
    how = replace(how, organisation=replace(how.organisation, sites=sites))
    people[i] = replace(user, accesses=(*user.accesses, *user.accesses, *again))
    before = count([*people[:i], user, *people[i + 1 :]], how)
    assert count(people, how) == before


@given(crowd(least=1), count_settings, access, st.data())
def test_more_access_never_bills_fewer(
    people: list[User], how: CountSettings, more: Access, data: st.DataObject
) -> None:
    how = replace(how, enterprise_by_product=False)
    before = (standard(people, how), premium(people, how))
    i = data.draw(st.integers(0, len(people) - 1))
    people[i] = replace(people[i], accesses=(*people[i].accesses, more))
    assert standard(people, how) >= before[0]
    assert premium(people, how) >= before[1]


@given(crowd(least=1), st.data())
def test_deactivating_freeing_or_covering_never_bills_more(people: list[User], data: st.DataObject) -> None:
    before = standard(people)
    i = data.draw(st.integers(0, len(people) - 1))
    changes: tuple[dict[str, Any], ...] = ({"active": False}, {"policy": "freed"}, {"enterprise_covered": True})
    for change in changes:
        changed = [*people[:i], replace(people[i], **change), *people[i + 1 :]]
        assert standard(changed) <= before


@given(crowd(least=1), count_settings, st.data())
def test_portal_access_is_neutral_for_standard(people: list[User], how: CountSettings, data: st.DataObject) -> None:
    how = replace(how, enterprise_by_product=False)
    before = standard(people, how)
    i = data.draw(st.integers(0, len(people) - 1))
    people[i] = replace(people[i], accesses=(*people[i].accesses, PORTAL))
    assert standard(people, how) == before


@given(crowd(least=1), st.data())
def test_an_account_enabled_again_counts_again(people: list[User], data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(people) - 1))
    off = [*people[:i], replace(people[i], active=False), *people[i + 1 :]]
    on = [*people[:i], replace(people[i], active=True), *people[i + 1 :]]
    assert standard(off) + standard([on[i]]) == standard(on)


@given(crowd())
def test_billing_the_policy_again_adds_exactly_the_members_who_are_billable_otherwise(people: list[User]) -> None:
    billable = replace(SETTINGS, policies=(DEFAULT, replace(FREED, nonbillable=False)))
    back = [user for user in people if user.policy == "freed" and model(replace(user, policy=None), SETTINGS)[0]]
    assert (
        standard(people, billable) - standard(people)
        == len(back)
        == change_of_bill(len(back), was_nonbillable=True, is_nonbillable=False)
    )


@given(crowd(), count_settings)
def test_enterprise_users_are_on_no_standard_bill_and_pay_the_difference(
    people: list[User], how: CountSettings
) -> None:
    how = replace(how, enterprise_by_product=False)
    covered = [user for user in people if user.enterprise_covered]
    assert standard(covered, how) == 0
    counted = count(covered, how)
    assert counted.covered is not None
    assert counted.covered.enterprise == premium(covered, how)


@given(crowd())
def test_the_nonbillable_policy_frees_from_both_plans(people: list[User]) -> None:
    freed = [replace(user, policy="freed", managed=True) for user in people]
    assert standard(freed) == premium(freed) == 0


@given(crowd(), count_settings)
def test_everybody_is_counted_or_left_out_for_one_reason(people: list[User], how: CountSettings) -> None:
    counted = count(people, how)
    for plan in (counted.standard, counted.premium):
        assert plan is not None
        assert plan.least + sum(each.users for each in plan.exclusions) == len(people)


@given(crowd(known=False), count_settings)
def test_what_is_missing_lies_within_the_interval_whatever_it_is(people: list[User], how: CountSettings) -> None:
    open_count = count(people, how)
    for guess in (True, False):
        for role in ("agent", "portal_only"):
            filled = [
                replace(
                    user,
                    managed=guess if user.managed is None else user.managed,
                    active=True if user.active is None else user.active,
                    accesses=tuple(replace(each, role=each.role or role) for each in user.accesses),
                )
                for user in people
            ]
            closed = count(filled, how)
            for plan, known in ((open_count.standard, closed.standard), (open_count.premium, closed.premium)):
                assert plan is not None
                assert known is not None
                assert plan.least <= known.least == known.most <= plan.most
                assert plan.narrowest <= known.narrowest
                assert known.widest <= plan.widest


def test_missing_facts_are_named_up_to_a_hundred() -> None:
    nobody_knows = (User(f"u{i:04d}", domain="acme.example", accesses=(Access("jira"),)) for i in range(500))
    counted = count(nobody_knows)
    assert counted.standard is not None
    assert (counted.standard.least, counted.standard.most, counted.standard.users) == (0, 500, None)
    (finding,) = counted.findings
    assert finding.outcome is Outcome.UNDETERMINED
    assert finding.reason == "USER_FACTS_MISSING"
    assert len(finding.missing) == MOST_MISSING == 100
    assert finding.missing[0] == "users[u0000].active"


def test_each_kind_of_missing_fact_is_named() -> None:
    people = [
        User("a", active=True, accesses=(Access("jira"),)),
        managed("b", "jira", active=None),
        managed("c", "loom", Access(JSM)),
    ]
    (finding,) = count(people).findings
    assert finding.missing == ("users[a].email", "users[b].active", "users[c].accesses[1].role")


def test_a_fact_that_changes_nothing_is_not_asked_for() -> None:
    assert count([managed("a", Access(JSM), active=False), managed("b", AGENT, Access(JSM))]).findings == ()


def test_memory_and_trace_do_not_grow_with_the_users() -> None:
    with tracing() as small:
        count(managed(f"u{i:05d}", "jira") for i in range(10))
    with tracing() as large:
        count(managed(f"u{i:05d}", "jira") for i in range(1000))
    assert len(small.raw) == len(large.raw)
    assert "GUARD-BILLABLE-UNIQUE" in large.rule_ids()


def test_the_trace_says_what_each_rule_did_to_all() -> None:
    people = [
        managed("a", "jira"),
        managed("b", "jira", enterprise_covered=True),
        managed("c", PORTAL),
        external("d", "jira"),
        managed("e", "jira", active=False),
        managed("f", "jira", policy="freed"),
    ]
    with tracing() as trace:
        count(people)
    said = [(step.info.id, step.subject, step.result) for step in trace.steps() if isinstance(step, RuleStep)]
    assert said == [
        ("GUARD-BILLABLE-MANAGED-STATUS", "", "5 managed, 1 external"),
        ("GUARD-BILLABLE-STANDARD-MANAGED-ONLY", "standard", "1 left out: EXTERNAL"),
        ("GUARD-BILLABLE-DEACTIVATED-EXCLUSION", "standard", "1 left out: DISABLED"),
        ("GUARD-BILLABLE-JSM-AGENT", "standard", "1 left out: PORTAL_ONLY"),
        ("GUARD-BILLABLE-NONBILLABLE-POLICY-EXCLUSION", "standard", "1 left out: NONBILLABLE_POLICY"),
        ("GUARD-BILLABLE-STANDARD-ENTERPRISE-EXCLUSION", "standard", "1 left out: ENTERPRISE_COVERED"),
        ("GUARD-BILLABLE-UNIQUE", "standard", "1 billable"),
        ("GUARD-BILLABLE-DEACTIVATED-EXCLUSION", "premium", "1 left out: DISABLED"),
        ("GUARD-BILLABLE-STANDARD-ACCESS", "premium", "1 left out: NO_SUPPORTED_PRODUCT"),
        ("GUARD-BILLABLE-NONBILLABLE-POLICY-EXCLUSION", "premium", "1 left out: NONBILLABLE_POLICY"),
        ("GUARD-BILLABLE-PREMIUM-POPULATION", "premium", "3 billable"),
        ("GUARD-BILLING-PREMIUM-PRICE-DIFFERENCE", "premium", "2 at the difference"),
    ]


def test_the_trace_says_what_other_lists_count() -> None:
    with tracing() as trace:
        count([managed("a", "statuspage"), managed("b", "jira"), managed("c", "compass", active=None)])
    said = [step.result for step in trace.steps() if isinstance(step, RuleStep) and step.subject == "standard"]
    assert said[-1] == (
        "billable otherwise: 1 by 001:23, 001:130, 001:293-297; 2 by 001:142, 001:195-200, 001:220-225; "
        "1 to 2 by 001:163-169, 001:277"
    )


@pytest.mark.parametrize(("ids", "position"), [(["b", "a"], 1), (["a", "b", "b"], 2), (["a", "ä", "z"], 2)])
def test_ids_must_ascend_by_their_bytes(ids: list[str], position: int) -> None:
    with pytest.raises(UsersNotAscending) as raised:
        count(managed(id) for id in ids)
    assert raised.value.position == position
    assert (raised.value.previous, raised.value.id) == (ids[position - 1], ids[position])


@given(st.lists(st.text(max_size=5), unique=True, max_size=8))
def test_any_ids_sorted_by_their_bytes_are_taken(ids: list[str]) -> None:
    ordered = sorted(ids, key=lambda id: id.encode("utf-8", "surrogatepass"))
    assert count(managed(id, "jira") for id in ordered).total == len(ids)


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_editions_without_the_guard_document_do_not_count(edition: str) -> None:
    counted = count([managed("a", "jira")], edition=edition)
    assert (counted.total, counted.standard, counted.premium) == (1, None, None)
    assert [finding.outcome for finding in counted.findings] == [Outcome.NOT_COVERED]
