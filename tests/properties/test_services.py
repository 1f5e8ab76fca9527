"""Services beside the products: what must hold for every service, edition and case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.calendar import Term
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.reasons import REASON
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.services_assessment import CheckedService, ServiceCase, check_service

editions = st.sampled_from(sorted(BOOK))
services = st.sampled_from(sorted(VOCABULARY["service"]))
flags = st.none() | st.booleans()
days = st.dates(date(2017, 1, 1), date(2030, 1, 1))
products = st.builds(
    Product,
    id=st.just("jira"),
    platform=st.none() | st.sampled_from(Platform),
    plan=st.sampled_from([None, "free", "standard", "premium", "enterprise"]),
    built_by_vendor=flags,
)
subscriptions = st.builds(
    Subscription,
    product=st.none() | products,
    cycle=st.none() | st.sampled_from(Cycle),
    licence_type=st.none() | st.sampled_from(sorted(VOCABULARY["licence_type"])),
    state=st.none() | st.sampled_from(sorted(VOCABULARY["subscription_state"])),
    maintenance_end=st.none() | days,
)
actors = st.builds(Actor, roles=st.frozensets(st.sampled_from(sorted(VOCABULARY["role"])), max_size=3))
cases = st.builds(
    ServiceCase,
    service=services,
    product=st.none() | products,
    subscription=subscriptions,
    actor=st.none() | actors,
    day=st.none() | days,
    support_number_known=flags,
    collection_permitted=flags,
    collection_blocked=flags,
    data_kind=st.none() | st.sampled_from(sorted(VOCABULARY["data_kind"])),
    disclosure=st.none() | st.sampled_from(sorted(VOCABULARY["disclosure"])),
    consented=flags,
    opted_out=flags,
    content_eligible=flags,
)


def reasons(checked: CheckedService) -> list[str]:
    return [finding.reason for finding in checked.findings]


@given(editions, cases)
def test_every_case_has_an_answer_with_catalogued_reasons(edition: str, case: ServiceCase) -> None:
    checked = check_service(BOOK[edition], case)
    outcome = weakest(checked.findings)
    assert all(REASON[finding.reason].outcome == finding.outcome.name for finding in checked.findings)
    assert (outcome is Outcome.UNDETERMINED) <= any(finding.missing for finding in checked.findings)
    if checked.provider == "vendor":
        assert outcome is Outcome.GRANTED
    if outcome is Outcome.GRANTED:
        assert BOOK[edition].prints(f"services.{case.service}")


@given(editions, cases)
def test_what_the_edition_does_not_name_is_not_covered(edition: str, case: ServiceCase) -> None:
    book = BOOK[edition]
    if not book.prints(f"services.{case.service}"):
        checked = check_service(book, case)
        assert reasons(checked) == ["EDITION_SILENT"]
        assert checked.guidance is None


KINDS = ("direct_feedback", "scrubbed_content", "clickstream")
data_center = st.builds(
    replace,
    cases,
    service=st.just("data_collection"),
    product=st.just(Product("jira", Platform.DATA_CENTER)),
    subscription=st.just(Subscription()),
    collection_permitted=st.just(True),
    collection_blocked=st.just(False),
    data_kind=st.sampled_from(KINDS),
)


@given(st.sampled_from(["2024", "2026"]), data_center)
def test_data_is_taken_of_data_center_alone_and_only_when_permitted(edition: str, case: ServiceCase) -> None:
    def outcome(case: ServiceCase) -> Outcome:
        return weakest(check_service(BOOK[edition], case).findings)

    assert outcome(case) is Outcome.GRANTED
    assert outcome(replace(case, product=Product("jira", Platform.CLOUD))) is not Outcome.GRANTED
    assert outcome(replace(case, collection_permitted=False)) is Outcome.REFUSED
    assert outcome(replace(case, collection_blocked=True)) is Outcome.REFUSED


enterprise = st.builds(
    replace,
    cases,
    service=st.just("data_residency"),
    product=st.just(Product("jira", Platform.CLOUD, "enterprise")),
    subscription=st.just(Subscription()),
    content_eligible=st.just(True),
    actor=st.none() | st.just(Actor(frozenset({"organisation_admin"}))),
)


@given(enterprise)
def test_place_is_guaranteed_to_enterprise_in_the_cloud_alone(case: ServiceCase) -> None:
    def guaranteed(case: ServiceCase) -> bool:
        checked = check_service(BOOK["2024"], case)
        assert not checked.guaranteed or weakest(checked.findings) is Outcome.GRANTED
        return checked.guaranteed is True

    assert guaranteed(case)
    assert not guaranteed(replace(case, product=Product("jira", Platform.DATA_CENTER, "enterprise")))
    assert not guaranteed(replace(case, product=Product("jira", Platform.CLOUD, "premium")))
    assert not guaranteed(replace(case, content_eligible=False))
    assert not guaranteed(replace(case, actor=Actor(frozenset({"site_admin"}))))


@given(st.sampled_from(["2024", "2026"]), cases)
def test_only_lists_do_without_consent(edition: str, case: ServiceCase) -> None:
    checked = check_service(BOOK[edition], replace(case, service="publicity"))
    if weakest(checked.findings) is Outcome.GRANTED:
        assert not case.opted_out
        assert case.disclosure == "customer_list" or case.consented


@given(editions, cases)
def test_nothing_lapsed_is_supported(edition: str, case: ServiceCase) -> None:
    lapsed = replace(case.subscription, state="expired")
    checked = check_service(BOOK[edition], replace(case, service="technical_support", subscription=lapsed))
    assert weakest(checked.findings) is not Outcome.GRANTED


@given(st.sampled_from(["2021", "2023", "2024"]), days)
def test_support_of_server_ends_on_the_printed_day(edition: str, day: date) -> None:
    case = ServiceCase(
        "technical_support",
        Product("jira", Platform.SERVER),
        Subscription(state="active", licence_type="commercial"),
        day=day,
    )
    end = date(2024, 2, 15) if edition == "2024" else date(2024, 2, 2)
    assert reasons(check_service(BOOK[edition], case)) == ([] if day < end else ["SERVER_UNSUPPORTED"])


@given(days, st.sampled_from([("gdpr", date(2018, 5, 25), None), ("privacy_shield", None, date(2020, 7, 16))]))
def test_laws_hold_from_and_to_their_days(day: date, law: tuple[str, date | None, date | None]) -> None:
    service, start, end = law
    checked = check_service(BOOK["2024"], ServiceCase(service, day=day))
    binding = (start is None or day >= start) and (end is None or day < end)
    assert reasons(checked) == ([] if binding else ["NOT_IN_FORCE"])
    assert (checked.start, checked.end) == (start, end)


def test_every_registered_service_is_answered_by_an_edition() -> None:
    printed = {key.removeprefix("services.") for rows in PARAMETERS.values() for key in rows}
    assert set(VOCABULARY["service"]) <= printed


@pytest.mark.parametrize(
    ("subscription", "expected"),
    [
        (Subscription(state="active", cycle=Cycle.MONTHLY), []),
        (Subscription(state="active", cycle=Cycle.ANNUAL), []),
        (Subscription(state="active"), ["INPUT_MISSING"]),
        (Subscription(state="trial", cycle=Cycle.MONTHLY), ["DATA_NOT_BACKED_UP"]),
        (Subscription(state="expired", cycle=Cycle.ANNUAL), ["DATA_NOT_BACKED_UP"]),
        (Subscription(), ["INPUT_MISSING"]),
    ],
)
def test_backups_are_for_who_pays(subscription: Subscription, expected: list[str]) -> None:
    case = ServiceCase("backup", Product("jira", Platform.CLOUD, "standard"), subscription)
    assert reasons(check_service(BOOK["2026"], case)) == expected


def test_the_free_plan_is_not_backed_up() -> None:
    free = ServiceCase("backup", Product("jira", Platform.CLOUD, "free"), Subscription(state="active"))
    assert reasons(check_service(BOOK["2026"], free)) == ["DATA_NOT_BACKED_UP"]


def test_data_on_own_servers_is_not_spoken_of() -> None:
    for service in ("backup", "financially_backed_sla"):
        case = ServiceCase(service, Product("jira", Platform.DATA_CENTER), Subscription(state="active"))
        assert reasons(check_service(BOOK["2026"], case)) == ["EDITION_SILENT"]


def test_a_service_level_names_all_that_is_missing() -> None:
    case = ServiceCase("financially_backed_sla", Product("jira", Platform.CLOUD))
    (finding,) = check_service(BOOK["2026"], case).findings
    assert finding.missing == ("product.plan", "subscription.state")


def test_the_term_of_a_subscription_counts_as_maintenance() -> None:
    held = Subscription(term=Term(date(2025, 1, 1), date(2026, 1, 1)), licence_type="commercial")
    case = ServiceCase("technical_support", Product("jira", Platform.DATA_CENTER), held)
    assert [finding.missing for finding in check_service(BOOK["2026"], case).findings] == [("assessment_date",)]
    assert reasons(check_service(BOOK["2026"], replace(case, day=date(2025, 12, 31)))) == []
    assert reasons(check_service(BOOK["2026"], replace(case, day=date(2026, 1, 1)))) == ["SUBSCRIPTION_NOT_ACTIVE"]


def test_other_licences_follow_their_subscription() -> None:
    held = Subscription(state="active", licence_type="community")
    case = ServiceCase("technical_support", Product("jira", Platform.DATA_CENTER), held)
    assert reasons(check_service(BOOK["2026"], case)) == []


def test_pinning_without_word_of_the_content_says_so() -> None:
    case = ServiceCase("data_residency", Product("jira", Platform.CLOUD, "enterprise"))
    checked = check_service(BOOK["2024"], case)
    assert reasons(checked) == ["MORE_WITH_FACT"]
    assert checked.guaranteed is None
