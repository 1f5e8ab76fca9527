"""Licence tiers: which one, up to which number, and beside which host."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.tiers.apps import app_works, check_app_tier
from quotary_spec.rules.tiers.users import (
    TierQuestion,
    UserCount,
    free_plan_holds,
    is_priced_by_tier,
    is_within_limit,
    resolve_tier,
    smallest_tier,
)
from quotary_spec.rules.usage import (
    fits_tier,
)
from quotary_spec.supplements.price_book import PriceBook
from strategies import editions, known_or_not, loose_products
from tier_cases import APP, EDITIONS, GUARD, JIRA, JIRA_DC, check, numbers, outcome, resolve

ladders = st.lists(st.integers(1, 5_000), min_size=1, max_size=8, unique=True).map(sorted)

# ---- tiers


@given(numbers, ladders)
def test_the_smallest_tier_holds_the_users_and_the_one_below_does_not(users: int, ladder: list[int]) -> None:
    tier = smallest_tier(users, ladder)
    if isinstance(tier, Finding):
        assert tier.reason == "NO_TIER_HOLDS"
        assert users > ladder[-1]
    else:
        assert fits_tier(users, tier)
        below = [each for each in ladder if each < tier]
        assert not below or not fits_tier(users, below[-1])


@given(numbers, numbers, ladders)
def test_more_users_never_need_a_smaller_tier(users: int, more: int, ladder: list[int]) -> None:
    tiers = [smallest_tier(each, ladder) for each in (users, users + more)]
    if not isinstance(tiers[1], Finding):
        assert not isinstance(tiers[0], Finding)
        assert tiers[0] <= tiers[1]


@given(numbers, ladders, st.randoms())
def test_the_order_of_the_ladder_does_not_matter(users: int, ladder: list[int], random: Any) -> None:
    shuffled = list(ladder)
    random.shuffle(shuffled)
    assert smallest_tier(users, shuffled) == smallest_tier(users, ladder)


@pytest.mark.parametrize(
    ("platform", "cycle", "answer"),
    [
        (Platform.CLOUD, Cycle.MONTHLY, False),
        (Platform.CLOUD, Cycle.ANNUAL, True),
        (Platform.GOVERNMENT_CLOUD, Cycle.ANNUAL, True),
        (Platform.DATA_CENTER, None, True),
        (Platform.DATA_CENTER, Cycle.ANNUAL, True),
    ],
)
def test_what_is_priced_by_tier(platform: Platform, cycle: Cycle | None, answer: bool) -> None:
    assert is_priced_by_tier(platform, cycle) is answer


def test_what_is_not_known_to_be_priced_by_tier() -> None:
    cloud, server = is_priced_by_tier(Platform.CLOUD, None), is_priced_by_tier(Platform.SERVER, Cycle.ANNUAL)
    assert isinstance(cloud, Finding)
    assert cloud.missing == ("billing_cycle",)
    assert isinstance(server, Finding)
    assert server.outcome is Outcome.NOT_COVERED


def test_without_tiers_there_is_none_to_take() -> None:
    answer = resolve("2026", JIRA, UserCount(10), ceilings=())
    assert (answer.basis, answer.tier, outcome(answer)) == ("tier", 0, Outcome.UNDETERMINED)
    assert {"TIERS_NOT_KNOWN"} <= {finding.reason for finding in answer.findings}


def test_tiers_come_from_the_price_book_when_the_request_has_none() -> None:
    question = TierQuestion(JIRA, Cycle.ANNUAL, UserCount(101))
    assert resolve_tier(BOOK["2026"], question, PriceBook.demo()).tier == 250


@given(st.sampled_from(EDITIONS), numbers, ladders)
def test_resolving_agrees_with_the_ladder(edition: str, users: int, ladder: list[int]) -> None:
    answer = resolve(edition, JIRA_DC, UserCount(users), ceilings=tuple(ladder))
    tier = smallest_tier(users, ladder)
    assert answer.tier == (0 if isinstance(tier, Finding) else tier)
    assert answer.counted == users


@given(st.sampled_from(["2021", "2023", "2024", "2026"]), st.builds(UserCount, *[st.none() | numbers] * 4))
def test_every_count_is_answered_in_every_edition(edition: str, count: UserCount) -> None:
    for product in (JIRA, JIRA_DC, GUARD, Product("jira-service-management", Platform.CLOUD, "free")):
        for cycle in (None, *Cycle):
            answer = resolve(edition, product, count, cycle=cycle, login_sharers=2, combined=(5, 5))
            if edition in ("2021", "2023"):
                assert outcome(answer) in (Outcome.NOT_COVERED, Outcome.UNDETERMINED)
            assert answer.counted is not None or outcome(answer) is Outcome.UNDETERMINED


@pytest.mark.parametrize(("number", "maximum", "fits"), [(10, 10, True), (11, 10, False), (10**9, None, True)])
def test_a_limit_is_itself_allowed(number: int, maximum: int | None, fits: bool) -> None:
    assert is_within_limit(number, maximum) is fits
    if maximum is not None:
        assert free_plan_holds(number, maximum) is fits


def test_the_free_plan_of_a_service_desk_asks_for_agents() -> None:
    desk = Product("jira-service-management", Platform.CLOUD, "standard")
    answer = resolve("2024", desk, UserCount(agents=3))
    assert (answer.basis, answer.counted, answer.free_plan) == ("tier", 3, Outcome.GRANTED)
    assert resolve("2024", JIRA, UserCount(agents=3)).findings[0].missing == ("user_count.users",)


def test_any_number_fits_where_no_limit_exists_known_or_not() -> None:
    desk = Product("jira-service-management", Platform.CLOUD, "standard")
    limits = resolve("2024", desk, UserCount(agents=3)).limits
    assert [(each.unit, each.outcome) for each in limits] == [
        ("agent", Outcome.GRANTED),
        ("customer", Outcome.GRANTED),
    ]


@given(editions, loose_products, st.builds(UserCount, *[known_or_not(st.integers(1, 60_000))] * 3))
def test_a_tier_is_as_decided_as_its_weakest_limit(edition: str, product: Product, count: UserCount) -> None:
    answer = resolve(edition, product, count)
    assert all(each.outcome <= weakest(answer.findings) for each in answer.limits)


# ---- apps


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_apps_beside_their_host(app_tier: int, host_tier: int) -> None:
    for edition in EDITIONS:
        answer = check(edition, app_tier, host_tier)
        assert (answer.works is Outcome.GRANTED) is (app_tier >= host_tier)
        assert answer.sold is answer.works
        assert answer.smallest == host_tier
        assert app_works(answer.smallest, host_tier)
    first = check("2021", app_tier, host_tier)
    assert (first.sold is Outcome.GRANTED) is (app_tier == host_tier)
    assert first.works is Outcome.NOT_COVERED
    assert check("2023", app_tier, host_tier).sold is Outcome.NOT_COVERED


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(0, 50))
def test_a_higher_tier_of_the_app_never_stops_it(app_tier: int, host_tier: int, more: int) -> None:
    if check("2026", app_tier, host_tier).works is Outcome.GRANTED:
        assert check("2026", app_tier + more, host_tier).works is Outcome.GRANTED


@pytest.mark.parametrize(
    ("app_tier", "host_tier", "missing"),
    [
        (None, 500, ("app_user_tier",)),
        (500, None, ("host_user_tier",)),
        (None, None, ("app_user_tier", "host_user_tier")),
    ],
)
def test_a_tier_that_is_not_known_is_asked_for(
    app_tier: int | None, host_tier: int | None, missing: tuple[str, ...]
) -> None:
    answer = check("2026", app_tier, host_tier)
    assert {path for finding in answer.findings for path in finding.missing} == set(missing)
    assert answer.works is answer.sold is Outcome.UNDETERMINED


def test_a_remark_on_app_users_is_made_where_the_edition_makes_it() -> None:
    with_users = [check_app_tier(BOOK[edition], APP, 5, 5, 2).findings for edition in ("2021", "2026")]
    assert [[finding.reason for finding in findings] for findings in with_users] == [
        ["EDITION_SILENT"],
        ["APP_USERS_DO_NOT_MATTER"],
    ]
