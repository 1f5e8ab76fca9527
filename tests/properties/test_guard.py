"""Guard: who is billable, what it costs, and what authentication policies allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from quotary_spec.model.order import Cycle
from quotary_spec.model.organisation import Access, AuthenticationPolicy, Organisation, User
from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.model.subscription import Actor
from quotary_spec.money import half_up
from quotary_spec.outcome import Outcome
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.bill import GuardBill, GuardPrices, price_count
from quotary_spec.rules.guard.policies import (
    CommandResult,
    PolicyAction,
    PolicyCheck,
    PolicyCommand,
    PolicySettings,
    change_of_bill,
    check_policies,
)
from quotary_spec.rules.guard.users import (
    MOST_MISSING,
    CountSettings,
    GuardCount,
    Judge,
    Membership,
    Profile,
    UsersNotAscending,
    account_is_managed,
    count_billable_users,
    counts_once,
    enterprise_covers_every_access,
    nonbillable_member_is_left_out,
    service_desk_role_counts,
)
from quotary_spec.supplements.price_book import PriceBook

EDITIONS = ("2024", "2026")
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
    assert standard(people, billable) - standard(people) == len(back) == change_of_bill(len(back), True, False)


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


# ---- the bill


def flat(price: str) -> PriceSchedule:
    return PriceSchedule((PriceBand(Decimal(price)),))


FLAT = GuardPrices(premium_taken=True, standard=flat("4.00"), premium=flat("7.00"))


def bill(people: Iterable[User], prices: GuardPrices = FLAT, how: CountSettings = SETTINGS) -> GuardBill:
    return price_count(BOOK["2026"], count(people, how), prices, PriceBook.empty())


EXAMPLE_7 = [managed("u1", "jira", enterprise_covered=True), managed("u2", "jira"), external("u3", "jira")]


def test_worked_example_7_enterprise_and_premium() -> None:
    lines, total = bill(EXAMPLE_7).lines, bill(EXAMPLE_7).total
    assert [line.amount for line in lines] == [400, 1300]
    assert (lines[1].full_price_users, lines[1].difference_users) == (1, 2)
    assert (lines[1].full_unit, lines[1].difference_unit) == (Decimal(7), Decimal(3))
    assert total == 1700


def test_enterprise_may_have_a_difference_of_its_own() -> None:
    own = replace(FLAT, enterprise_difference=Decimal("1.50"))
    # u1 1.50, u2 7.00 - 4.00 = 3.00, u3 7.00
    assert bill(EXAMPLE_7, own).lines[1].amount == 1150
    assert bill(EXAMPLE_7, own).lines[1].difference_unit is None


def test_standard_may_cover_every_managed_user() -> None:
    freed = [managed("u1", "jira", policy="freed")]
    how = replace(SETTINGS, premium_honours_nonbillable=False)
    assert bill(freed, how=how).lines[1].amount == 700
    assert bill(freed, how=replace(how, standard_covers_managed=True)).lines[1].amount == 300


@given(crowd(), count_settings, st.integers(0, 1000), st.integers(0, 1000))
def test_the_premium_line_lies_between_the_difference_and_the_whole_price(
    people: list[User], how: CountSettings, low: int, more: int
) -> None:
    cents = [Decimal(each).scaleb(-2) for each in (low, low + more)]
    given_prices = replace(FLAT, standard=flat(str(cents[0])), premium=flat(str(cents[1])))
    answer = bill(people, given_prices, how)
    number = premium(people, how)
    line = answer.lines[1]
    assert line.amount is not None
    assert number * more <= line.amount <= number * (low + more)
    assert line.full_price_users + line.difference_users == number
    assert line.amount == line.full_price_users * (low + more) + line.difference_users * more
    assert answer.total == standard(people, how) * low + line.amount


@given(crowd())
def test_standard_costs_the_same_with_premium_or_without(people: list[User]) -> None:
    assert bill(people).lines[0] == bill(people, replace(FLAT, premium_taken=False)).lines[0]


GRADUATED = PriceSchedule((PriceBand(Decimal("4.00"), 2), PriceBand(Decimal("2.50"))))


def test_graduated_prices_take_each_user_at_the_price_of_its_band() -> None:
    people = [managed(f"u{i}", "jira") for i in range(5)]
    line = bill(people, GuardPrices(standard=GRADUATED)).lines[0]
    # 2 x 4.00 + 3 x 2.50
    assert line.amount == 1550
    assert line.full_unit is None


YEARLY = PriceSchedule((PriceBand(Decimal("4.00")),), (TierPrice(2), TierPrice(5, Decimal("150.00"))))


@pytest.mark.parametrize(
    ("number", "tier", "amount", "month"), [(0, 0, 0, None), (2, 2, 8000, 800), (3, 5, 15000, None)]
)
def test_a_year_costs_ten_months_of_its_tier(number: int, tier: int, amount: int, month: int | None) -> None:
    people = [managed(f"u{i}", "jira") for i in range(number)]
    line = bill(people, GuardPrices(cycle=Cycle.ANNUAL, standard=YEARLY)).lines[0]
    assert (line.tier, line.amount, line.month) == (tier, amount, month)


def test_worked_example_12_a_tier_of_400_a_month_costs_4000_a_year() -> None:
    tier = PriceSchedule(tiers=(TierPrice(100, Decimal("400.00"), 1),))
    people = [managed(f"u{i:03d}", "jira") for i in range(100)]
    line = bill(people, GuardPrices(cycle=Cycle.ANNUAL, standard=tier)).lines[0]
    assert (line.tier, line.month, line.amount) == (100, 400_00, 4000_00)
    more = [*people, managed("u100", "jira")]
    assert bill(more, GuardPrices(cycle=Cycle.ANNUAL, standard=tier)).lines[0].outcome is Outcome.UNDETERMINED


def test_prices_that_are_not_known_leave_the_line_open() -> None:
    answer = bill([managed("u1", "jira")], GuardPrices(premium_taken=True))
    assert [line.outcome for line in answer.lines] == [Outcome.UNDETERMINED] * 2
    assert answer.total is None
    assert {path for finding in answer.findings for path in finding.missing} == {
        "settings.standard_prices",
        "settings.premium_prices",
    }


def test_an_open_count_leaves_the_lines_open() -> None:
    answer = bill([managed("u1", "jira", active=None)])
    assert [finding.reason for finding in answer.findings] == ["USER_FACTS_MISSING"] * 2


def test_premium_below_standard_has_no_difference() -> None:
    upside_down = GuardPrices(premium_taken=True, standard=flat("7"), premium=flat("4"))
    assert [each.reason for each in bill([managed("u1", "jira")], upside_down).findings] == ["PREMIUM_BELOW_STANDARD"]


def test_the_bill_rounds_once_half_up() -> None:
    people = [managed(f"u{i}", "jira") for i in range(3)]
    # 3 x 0.335 = 1.005
    assert bill(people, GuardPrices(standard=flat("0.335"))).total == half_up(1005, 10) == 101


# ---- authentication policies


def run(
    *commands: PolicyCommand,
    policies: tuple[AuthenticationPolicy, ...] = (DEFAULT,),
    people: Iterable[User] = (),
    state: str | None = "paid_monthly",
    edition: str = "2026",
    **options: Any,
) -> PolicyCheck:
    how = PolicySettings(replace(ACME, guard_state=state), **options)
    return check_policies(BOOK[edition], how, policies, list(people), commands)


def reasons(result: CommandResult) -> list[str]:
    return [finding.reason for finding in result.findings]


def do(action: PolicyAction, policy: str = "", **facts: Any) -> PolicyCommand:
    return PolicyCommand(action, policy, **facts)


CREATE, NB, BILL = PolicyAction.CREATE, PolicyAction.MAKE_NONBILLABLE, PolicyAction.MAKE_BILLABLE
CONFIGURE, ADD = PolicyAction.CONFIGURE, PolicyAction.ADD_MEMBER
SSO = {"single_sign_on": True}


def test_worked_example_9_commands() -> None:
    answer = run(
        do(CREATE, "p2"),
        do(NB, "p2"),
        do(NB, "default"),
        do(CREATE, "p3"),
        do(NB, "p3"),
        do(CONFIGURE, "p2", settings=SSO),
        do(ADD, "p2", user="okta1"),
        do(CONFIGURE, "p2", settings={"session_duration": None}),
        do(BILL, "p2"),
        do(NB, "p3"),
        do(CONFIGURE, "p2", settings=SSO),
        do(NB, "p2"),
        people=[managed("okta1", "jira", synchronised=True)],
        state="trial",
    )
    assert [reasons(result) for result in answer.results] == [
        [],
        [],
        ["ONE_NONBILLABLE_POLICY", "DEFAULT_POLICY_IS_BILLABLE", "SYNCHRONISED_MEMBER"],
        [],
        ["ONE_NONBILLABLE_POLICY"],
        ["SETTING_WITHHELD"],
        ["SYNCHRONISED_MEMBER"],
        [],
        [],
        [],
        [],
        ["ONE_NONBILLABLE_POLICY", "SETTING_WITHHELD"],
    ]
    assert answer.policies == (
        DEFAULT,
        AuthenticationPolicy("p2", single_sign_on=True),
        AuthenticationPolicy("p3", nonbillable=True),
    )
    assert answer.free_settings == ("password_strength", "password_expiry", "session_duration")


P2 = AuthenticationPolicy("p2")


@pytest.mark.parametrize(
    ("policies", "people", "expected"),
    [
        ((DEFAULT,), [], []),
        ((DEFAULT, FREED), [], []),
        ((P2,), [], ["ONE_DEFAULT_POLICY"]),
        ((DEFAULT, replace(P2, default=True)), [], ["ONE_DEFAULT_POLICY"]),
        ((DEFAULT, FREED, replace(P2, nonbillable=True)), [], ["ONE_NONBILLABLE_POLICY"]),
        ((replace(DEFAULT, nonbillable=True),), [], ["DEFAULT_POLICY_IS_BILLABLE"]),
        ((DEFAULT, replace(FREED, single_sign_on=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(FREED, two_step_verification=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(FREED, api_tokens_blocked=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(P2, single_sign_on=True, two_step_verification=True)), [], []),
        ((DEFAULT, FREED), [managed("a", policy="freed", synchronised=True)], ["SYNCHRONISED_MEMBER"]),
        ((DEFAULT, P2), [managed("a", policy="p2", synchronised=True)], []),
        ((DEFAULT, P2), [external("a", policy="p2")], ["MEMBER_NOT_MANAGED"]),
        ((DEFAULT, P2), [external("a")], []),
        ((DEFAULT, P2), [User("a", policy="p2")], ["INPUT_MISSING"]),
    ],
)
def test_what_is_sound_and_what_is_not(
    policies: tuple[AuthenticationPolicy, ...], people: list[User], expected: list[str]
) -> None:
    assert [finding.reason for finding in run(policies=policies, people=people).initial_findings] == expected


@pytest.mark.parametrize(
    ("state", "several", "nonbillable", "paid_only"),
    [
        ("none", False, False, False),
        ("trial", True, True, False),
        ("paid_monthly", True, True, True),
        ("paid_annual", True, True, True),
        ("unsubscribed", True, False, False),
    ],
)
def test_what_guard_allows(state: str, several: bool, nonbillable: bool, paid_only: bool) -> None:
    answer = run(do(NB, "p2"), policies=(DEFAULT, P2), state=state)
    assert (answer.initial is Outcome.GRANTED) is several
    assert (answer.results[0].outcome is Outcome.GRANTED) is nonbillable
    paid = run(do(NB, "p2"), policies=(DEFAULT, P2), state=state, trial_counts=False)
    assert (paid.results[0].outcome is Outcome.GRANTED) is paid_only


def test_an_unknown_standing_with_guard_leaves_it_open() -> None:
    answer = run(do(CREATE, "p3"), do(NB, "p2"), policies=(DEFAULT, P2), state=None)
    assert answer.initial is Outcome.UNDETERMINED
    assert [result.outcome for result in answer.results] == [Outcome.UNDETERMINED] * 2
    assert answer.results[0].findings[0].missing == ("organisation.guard.state",)
    assert run(policies=(DEFAULT,), state=None).initial is Outcome.GRANTED


@pytest.mark.parametrize("roles", [set(), {"site_admin"}, {"billing_admin"}])
def test_only_organisation_admins_change_policies(roles: set[str]) -> None:
    actor = Actor(frozenset(roles))
    answer = run(do(CREATE, "p2"), actor=actor)
    assert reasons(answer.results[0]) == ["ROLE_NOT_ALLOWED"]
    assert answer.policies == (DEFAULT,)
    admin = Actor(frozenset({"organisation_admin"}))
    assert run(do(CREATE, "p2"), actor=admin).results[0].outcome is Outcome.GRANTED


def test_accounts_come_and_are_synchronised_without_an_admin() -> None:
    nobody = Actor(frozenset())
    new = managed("new", "jira")
    answer = run(
        do(PolicyAction.PROVISION_USER, account=new),
        do(PolicyAction.SYNCHRONISE_USER, user="new"),
        actor=nobody,
    )
    assert [result.outcome for result in answer.results] == [Outcome.GRANTED] * 2
    assert answer.results[0].new_policies == {"new": "default"}
    assert answer.results[0].billable_change == 1


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (do(CREATE, "default"), ["POLICY_EXISTS"]),
        (do(NB, "nowhere"), ["POLICY_UNKNOWN"]),
        (do(ADD, "p2", user="nobody"), ["ACCOUNT_UNKNOWN"]),
        (do(PolicyAction.SYNCHRONISE_USER, user="nobody"), ["ACCOUNT_UNKNOWN"]),
        (do(PolicyAction.PROVISION_USER, account=managed("a")), ["ACCOUNT_EXISTS"]),
        (do(PolicyAction.PROVISION_USER, account=external("b")), ["MEMBER_NOT_MANAGED"]),
        (do(PolicyAction.PROVISION_USER, account=User("b")), ["INPUT_MISSING"]),
        (do(ADD, "p2", user="x"), ["MEMBER_NOT_MANAGED"]),
        (do(ADD, "p2", user="y"), ["INPUT_MISSING"]),
        (do(PolicyAction.DELETE, "default"), ["ONE_DEFAULT_POLICY"]),
        (do(PolicyAction.DELETE, "p2"), ["EDITION_SILENT"]),
        (do(PolicyAction.MAKE_DEFAULT, "p2"), ["EDITION_SILENT"]),
        (do(PolicyAction.MAKE_DEFAULT, "freed"), ["DEFAULT_POLICY_IS_BILLABLE"]),
    ],
)
def test_commands_that_change_nothing(command: PolicyCommand, expected: list[str]) -> None:
    policies = (DEFAULT, P2, FREED)
    people = [managed("a", "jira"), external("x", "jira"), User("y", active=True)]
    answer = run(command, policies=policies, people=people)
    assert reasons(answer.results[0]) == expected
    assert answer.results[0].billable_change == 0
    assert answer.policies == policies


def test_a_new_account_needs_a_default_policy_to_join() -> None:
    answer = run(do(PolicyAction.PROVISION_USER, account=managed("a")), policies=(P2,))
    assert reasons(answer.results[0]) == ["ONE_DEFAULT_POLICY"]


def test_members_leave_the_bill_and_return() -> None:
    people = [managed("a", "jira", policy="p2"), managed("b", policy="p2"), managed("c", "jira")]
    answer = run(
        do(NB, "p2"), do(ADD, "p2", user="c"), do(BILL, "p2"), do(BILL, "p2"), policies=(DEFAULT, P2), people=people
    )
    assert [result.billable_change for result in answer.results] == [-1, -1, 2, 0]
    assert answer.results[1].new_policies == {"c": "p2"}


def test_a_member_synchronised_later_moves_to_the_default_policy() -> None:
    answer = run(
        do(PolicyAction.SYNCHRONISE_USER, user="a"),
        do(PolicyAction.SYNCHRONISE_USER, user="b"),
        policies=(DEFAULT, FREED, P2),
        people=[managed("a", "jira", policy="freed"), managed("b", "jira", policy="p2")],
    )
    assert [(result.billable_change, dict(result.new_policies), result.findings) for result in answer.results] == [
        (1, {"a": "default"}, ()),
        (0, {}, ()),
    ]


def test_by_the_other_reading_conflicts_are_cleared() -> None:
    held = replace(P2, single_sign_on=True, two_step_verification=True, api_tokens_blocked=True)
    people = [managed("a", "jira", policy="p2", synchronised=True), managed("b", "jira", policy="p2")]
    refused = run(do(NB, "p2"), policies=(DEFAULT, held), people=people)
    assert reasons(refused.results[0]) == ["SETTING_WITHHELD"] * 3 + ["SYNCHRONISED_MEMBER"]
    answer = run(do(NB, "p2"), policies=(DEFAULT, held), people=people, clear_conflicts=True)
    assert answer.results[0].outcome is Outcome.GRANTED
    assert answer.results[0].billable_change == -1
    assert answer.results[0].new_policies == {"a": "default"}
    assert answer.policies[1] == replace(P2, nonbillable=True)


def test_the_nonbillable_policy_outlives_the_subscription_unless_it_is_dropped() -> None:
    people = [managed("a", "jira", policy="freed")]
    kept = run(do(BILL, "freed"), policies=(DEFAULT, FREED), people=people, state="unsubscribed")
    assert kept.initial is Outcome.GRANTED
    assert kept.results[0].billable_change == 1
    dropped = run(
        do(BILL, "freed"), policies=(DEFAULT, FREED), people=people, state="unsubscribed", drop_without_guard=True
    )
    assert dropped.policies == (DEFAULT,)
    assert reasons(dropped.results[0]) == ["POLICY_UNKNOWN"]


def test_a_first_policy_needs_no_guard() -> None:
    """Several do (001:91); the contract asks for one at least."""
    assert run(do(CREATE, "p1"), policies=(), state="none").results[0].outcome is Outcome.GRANTED
    assert run(do(CREATE, "p2"), policies=(DEFAULT,), state="none").results[0].outcome is Outcome.REFUSED


def test_a_change_of_the_bill_says_what_it_leaves_out() -> None:
    people = [managed("a", "jira", policy="p2", active=None), managed("b", "jira", policy="p2")]
    answer = run(do(NB, "p2"), policies=(DEFAULT, P2), people=people)
    assert answer.results[0].outcome is Outcome.GRANTED
    assert answer.results[0].billable_change == -1
    (finding,) = answer.results[0].findings
    assert (finding.reason, finding.detail) == ("CHANGE_OF_BILL_PARTLY_KNOWN", (("accounts", "1"),))


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_editions_without_the_guard_document_know_no_policies(edition: str) -> None:
    answer = run(do(CREATE, "p2"), edition=edition)
    assert answer.initial is Outcome.NOT_COVERED
    assert [result.outcome for result in answer.results] == [Outcome.NOT_COVERED]
    assert answer.policies == (DEFAULT,)


POLICY_IDS = ("default", "p1", "p2", "p3")
ACCOUNT_IDS = ("a", "b", "c", "d")


class Policies(RuleBasedStateMachine):
    """The policies of one organisation under any commands, each run replayed from the beginning.

    The bill is counted anew from the state that the commands are said to have led to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.people = {
            "a": managed("a", "jira"),
            "b": managed("b", AGENT),
            "c": managed("c"),
            "d": managed("d", "trello", synchronised=True),
        }
        self.first = list(self.people.values())
        self.commands: list[PolicyCommand] = []
        self.policies: tuple[AuthenticationPolicy, ...] = (DEFAULT,)
        self.last: CommandResult | None = None

    def bill(self) -> int:
        return standard(self.people.values(), CountSettings(ACME, self.policies))

    def step(self, command: PolicyCommand) -> None:
        before, policies = self.bill(), self.policies
        self.commands.append(command)
        answer = run(*self.commands, people=self.first)
        result = self.last = answer.results[-1]
        self.policies = answer.policies
        if result.outcome is not Outcome.GRANTED:
            assert self.policies == policies
            assert (result.billable_change, result.new_policies) == (0, {})
            return
        if command.account is not None:
            self.people[command.account.id] = command.account
        if command.action is PolicyAction.SYNCHRONISE_USER:
            self.people[command.user] = replace(self.people[command.user], synchronised=True)
        for user, policy in result.new_policies.items():
            self.people[user] = replace(self.people[user], policy=policy)
        self.people = dict(sorted(self.people.items()))
        assert result.billable_change == self.bill() - before
        assert result.findings == (), "every fact is known, so that nothing is left to say"

    @rule(policy=st.sampled_from(POLICY_IDS), action=st.sampled_from([CREATE, NB, BILL, *list(PolicyAction)[3:4]]))
    def change_policy(self, policy: str, action: PolicyAction) -> None:
        self.step(do(action, policy))

    @rule(
        policy=st.sampled_from(POLICY_IDS),
        setting=st.sampled_from(["single_sign_on", "two_step_verification", "api_tokens_blocked"]),
        on=st.booleans(),
    )
    def configure(self, policy: str, setting: str, on: bool) -> None:
        self.step(do(CONFIGURE, policy, settings={setting: on}))

    @rule(policy=st.sampled_from(POLICY_IDS), user=st.sampled_from(ACCOUNT_IDS))
    def add_member(self, policy: str, user: str) -> None:
        self.step(do(ADD, policy, user=user))

    @rule(user=st.sampled_from(ACCOUNT_IDS))
    def synchronise(self, user: str) -> None:
        self.step(do(PolicyAction.SYNCHRONISE_USER, user=user))

    @precondition(lambda self: len(self.people) < 7)
    @rule(synchronised=st.booleans())
    def provision(self, synchronised: bool) -> None:
        id = f"n{len(self.people)}"
        self.step(do(PolicyAction.PROVISION_USER, account=managed(id, "jira", synchronised=synchronised)))

    @invariant()
    def policies_stay_sound(self) -> None:
        again = run(policies=self.policies, people=self.people.values())
        assert again.initial_findings == ()
        assert sum(policy.default for policy in self.policies) == 1
        assert sum(policy.nonbillable for policy in self.policies) <= 1
        for policy in self.policies:
            if policy.nonbillable:
                assert not policy.default
                assert not policy.single_sign_on
                assert not policy.two_step_verification
                assert not policy.api_tokens_blocked
                members = [user for user in self.people.values() if user.policy == policy.id]
                assert not any(user.synchronised for user in members)


Policies.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestPolicies = Policies.TestCase
