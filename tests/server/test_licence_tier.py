"""LicenceTierService on a running server."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from quotary.v1 import common_pb2, licence_tier_service_pb2_grpc
from quotary.v1 import licence_tier_service_pb2 as pb
from server.failures import failure, violations

Service = licence_tier_service_pb2_grpc.LicenceTierServiceStub


@pytest.fixture
def service(channel: grpc.Channel) -> Service:
    return Service(channel)


def message(kind: type[Any], **fields: Any) -> Any:
    return json_format.ParseDict(fields, kind())


JIRA_DC = {"id": "jira", "platform": "PLATFORM_DATA_CENTER"}
ACME = {"organisation": {"verified_domains": ["acme.example"]}}


def stream(*messages: dict[str, Any]) -> Iterator[pb.CountBillableUsersRequest]:
    return iter([message(pb.CountBillableUsersRequest, **each) for each in messages])


def user(id: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "email": f"{id}@acme.example", "active": True, "accesses": [{"product_id": "jira"}]} | fields


# ---- answers


def test_a_tier_is_found_with_its_trace(service: Service) -> None:
    request = message(
        pb.ResolveTierRequest,
        product=JIRA_DC,
        user_count={"users": 501},
        tier_ceilings=[500, 1000],
        view="VIEW_FULL",
    )
    answer = service.ResolveTier(request)
    assert answer.user_tier == 1000
    assert answer.answer.outcome == common_pb2.OUTCOME_GRANTED
    assert {"TIER-NAMED-USERS", "TIER-PRICE-BASIS", "TIER-RESOLVE"} <= set(answer.answer.rule_ids)
    assert [str(each.document) for each in answer.answer.citations].count("002") == 0
    steps = {step.id: step for step in answer.answer.steps}
    assert {fact.name: fact.value for fact in steps["TIER-RESOLVE"].inputs} == {
        "users": "501",
        "ceilings": "500, 1000",
    }
    assert len(answer.answer.digests.rule_book) == 64


def test_the_newest_edition_answers_unless_another_is_named(service: Service) -> None:
    request = message(pb.ResolveTierRequest, product=JIRA_DC, user_count={"users": 1}, tier_ceilings=[5])
    assert service.ResolveTier(request).answer.edition == "2026"
    request.edition = "2024"
    assert service.ResolveTier(request).answer.edition == "2024"


def test_an_app_below_its_host_is_a_refusal_and_no_error(service: Service) -> None:
    request = message(
        pb.CheckAppTierRequest,
        app={"id": "marketplace-app", "platform": "PLATFORM_CLOUD"},
        app_user_tier=250,
        host_user_tier=500,
    )
    answer = service.CheckAppTier(request)
    assert answer.answer.outcome == common_pb2.OUTCOME_REFUSED
    assert {reason.rule_id for reason in answer.answer.reasons} == {"TIER-APP-WORKS", "TIER-APP-MATCH-PARENT"}
    assert answer.answer.reasons[0].metadata == {"app_user_tier": "250", "host_user_tier": "500"}


def test_records_come_in_any_order(service: Service) -> None:
    def amount(records: Iterable[tuple[int, int]]) -> int:
        request = message(
            pb.AssessUsageRequest,
            subscription={
                "product": {"id": "jira", "platform": "PLATFORM_CLOUD"},
                "billing_cycle": "BILLING_CYCLE_MONTHLY",
            },
            billing_period={"start_date": {"year": 2026, "month": 5, "day": 1}, "months": 1},
            price_schedule={"bands": [{"unit_price": "7"}]},
        )
        for day, users in records:
            record = request.usage_records.add()
            record.usage_date.year, record.usage_date.month, record.usage_date.day = 2026, 5, day
            record.user_count.users = users
        return int(service.AssessUsage(request).amount.units)

    assert amount([(1, 5), (9, 8), (20, 6)]) == amount([(20, 6), (9, 8), (1, 5)]) == 56


def test_the_messages_of_a_stream_can_be_cut_anywhere(service: Service) -> None:
    people = [user(f"u{i}", active=i % 3 > 0) for i in range(9)]
    settings = {"settings": ACME}
    whole = service.CountBillableUsers(stream(settings | {"users": people}))
    cut = service.CountBillableUsers(
        stream(settings, {"users": people[:1]}, {}, {"users": people[1:7]}, {"users": people[7:]})
    )
    assert whole == cut
    assert whole.standard.billable_users == 6


def test_a_later_message_may_repeat_edition_and_view(service: Service) -> None:
    said = {"edition": "2024", "view": "VIEW_FULL"}
    answer = service.CountBillableUsers(
        stream({"settings": ACME, "users": [user("a")]} | said, {"users": [user("b")]} | said)
    )
    assert (answer.answer.edition, answer.standard.billable_users) == ("2024", 2)


def test_the_trace_is_by_rule_and_not_by_user(service: Service) -> None:
    def steps(number: int) -> list[str]:
        people = [user(f"u{i:03d}") for i in range(number)]
        request = {"settings": ACME, "view": "VIEW_FULL", "users": people}
        return [step.id for step in service.CountBillableUsers(stream(request)).answer.steps]

    assert steps(2) == steps(200)


def test_prices_that_nobody_gave_leave_the_count_as_it_is(service: Service) -> None:
    settings = ACME | {"standard_prices": {"bands": [{"upper_user_count": 1, "unit_price": "4"}]}}
    answer = service.CountBillableUsers(stream({"settings": settings, "users": [user("a"), user("b")]}))
    assert answer.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert list(answer.answer.missing) == ["settings.standard_prices.bands"]
    assert answer.standard.billable_users == 2
    assert not answer.HasField("total")


def test_many_users_are_counted_in_memory_that_does_not_grow(service: Service) -> None:
    def messages(number: int) -> Iterator[pb.CountBillableUsersRequest]:
        yield message(pb.CountBillableUsersRequest, settings=ACME)
        for start in range(0, number, 1000):
            part = pb.CountBillableUsersRequest()
            for i in range(start, start + 1000):
                part.users.add(id=f"u{i:07d}", managed=True, active=True).accesses.add(product_id="jira")
            yield part

    service.CountBillableUsers(messages(5_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert service.CountBillableUsers(messages(50_000)).standard.billable_users == 50_000
    # A kilobyte a user, were they kept, would be 50 MiB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


def test_each_command_has_its_own_reasons(service: Service) -> None:
    request = message(
        pb.CheckAuthenticationPoliciesRequest,
        organisation={"guard": {"state": "trial"}},
        policies=[{"id": "default", "default_policy": True}],
        users=[{"id": "a"}],
        commands=[
            {"action": "POLICY_ACTION_MAKE_NONBILLABLE", "policy_id": "default"},
            {"action": "POLICY_ACTION_MAKE_NONBILLABLE", "policy_id": "default"},
            {"action": "POLICY_ACTION_ADD_MEMBER", "policy_id": "default", "user_id": "a"},
        ],
    )
    answer = service.CheckAuthenticationPolicies(request)
    assert [[reason.code for reason in each.reasons] for each in answer.results] == [
        ["DEFAULT_POLICY_IS_BILLABLE"],
        ["DEFAULT_POLICY_IS_BILLABLE"],
        ["INPUT_MISSING"],
    ]
    # The whole says each reason once, with the first command that has it.
    assert [(reason.code, reason.subject) for reason in answer.answer.reasons] == [
        ("DEFAULT_POLICY_IS_BILLABLE", "commands[0]"),
        ("INPUT_MISSING", "commands[2]"),
    ]
    assert list(answer.answer.missing) == ["users[0].email"]
    assert answer.answer.outcome == common_pb2.OUTCOME_REFUSED


def test_a_session_keeps_its_length(service: Service) -> None:
    policy = {"id": "default", "default_policy": True, "session_duration": "5400.250s", "password_expiry_days": 0}
    request = message(pb.CheckAuthenticationPoliciesRequest, organisation={}, policies=[policy])
    (answered,) = service.CheckAuthenticationPolicies(request).policies
    assert (answered.session_duration.seconds, answered.session_duration.nanos) == (5400, 250_000_000)
    assert answered.HasField("password_expiry_days")
    assert not answered.HasField("password_strength")


# ---- malformed requests


def test_a_tier_question_with_many_faults(service: Service) -> None:
    request = pb.ResolveTierRequest(
        edition="2025",
        billing_cycle=7,  # type: ignore[arg-type]
        tier_ceilings=[0, 5, 4],
        combined_user_tiers=[0],
        login_sharers=0,
        view=9,  # type: ignore[arg-type]
    )
    assert violations(service.ResolveTier, request) == [
        ("edition", "UNKNOWN_EDITION"),
        ("product", "REQUIRED"),
        ("user_count", "REQUIRED"),
        ("billing_cycle", "UNKNOWN_VALUE"),
        ("tier_ceilings[0]", "OUT_OF_RANGE"),
        ("tier_ceilings[2]", "CONFLICTING_FIELDS"),
        ("combined_user_tiers[0]", "OUT_OF_RANGE"),
        ("login_sharers", "OUT_OF_RANGE"),
        ("view", "UNKNOWN_VALUE"),
    ]


def test_an_app_question_with_many_faults(service: Service) -> None:
    request = pb.CheckAppTierRequest(
        host=common_pb2.Product(id="nothing"),
        app_user_tier=0,
        host_user_tier=-3,
        app_users=-1,
    )
    assert violations(service.CheckAppTier, request) == [
        ("app", "REQUIRED"),
        ("host.id", "UNKNOWN_PRODUCT"),
        ("app_user_tier", "OUT_OF_RANGE"),
        ("host_user_tier", "OUT_OF_RANGE"),
        ("app_users", "OUT_OF_RANGE"),
    ]


def test_settings_and_users_with_many_faults(service: Service) -> None:
    first = message(
        pb.CountBillableUsersRequest,
        settings={
            "policies": [{"id": "p"}, {"id": "p"}, {}],
            "premium_taken": True,
            "standard_prices": {"currency_code": "EUR", "bands": [{}]},
            "enterprise_difference_price": "-1",
        },
        users=[
            {"email": "nobody", "policy_id": "q"},
            {"id": "b", "accesses": [{"product_id": "jirra", "role": "king"}, {}], "other_policy_ids": ["p"]},
        ],
    )
    first.settings.profile = 9
    assert violations(service.CountBillableUsers, iter([first])) == [
        ("settings.organisation", "REQUIRED"),
        ("settings.policies[1].id", "CONFLICTING_FIELDS"),
        ("settings.policies[2].id", "REQUIRED"),
        ("settings.profile", "UNKNOWN_VALUE"),
        ("settings.standard_prices.bands[0].unit_price", "REQUIRED"),
        ("settings.premium_prices.currency_code", "CURRENCY_MISMATCH"),
        ("settings.enterprise_difference_price", "NEGATIVE_AMOUNT"),
        ("users[0].id", "REQUIRED"),
        ("users[0].email", "INVALID_TEXT"),
        ("users[0].policy_id", "UNKNOWN_VALUE"),
        ("users[1].accesses[0].product_id", "UNKNOWN_PRODUCT"),
        ("users[1].accesses[0].role", "UNKNOWN_VALUE"),
        ("users[1].accesses[1].product_id", "REQUIRED"),
        ("users[1].other_policy_ids", "CONFLICTING_FIELDS"),
    ]


def test_a_fault_is_found_in_a_later_message_at_its_place_in_the_stream(service: Service) -> None:
    messages = stream({"settings": ACME, "users": [user("a"), user("b")]}, {"users": [user("c"), user("d", email="")]})
    assert violations(service.CountBillableUsers, messages) == [("users[3].email", "INVALID_TEXT")]


@pytest.mark.parametrize(
    ("later", "field"),
    [({"settings": ACME}, "settings"), ({"edition": "2026"}, "edition"), ({"view": "VIEW_FULL"}, "view")],
)
def test_what_belongs_into_the_first_message(service: Service, later: dict[str, Any], field: str) -> None:
    messages = stream({"settings": ACME, "edition": "2024"}, later)
    assert violations(service.CountBillableUsers, messages) == [(field, "SETTINGS_MISPLACED")]


def test_an_empty_stream_has_no_settings(service: Service) -> None:
    assert violations(service.CountBillableUsers, stream()) == [("settings", "SETTINGS_MISPLACED")]


@pytest.mark.parametrize(("ids", "position"), [(["b", "a"], 1), (["a", "b", "b"], 2), (["z", "é", "e"], 2)])
def test_ids_that_do_not_ascend_are_told_with_their_place(service: Service, ids: list[str], position: int) -> None:
    messages = stream({"settings": ACME}, *({"users": [user(id)]} for id in ids))
    code, info = failure(service.CountBillableUsers, messages)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert info.reason == "USERS_NOT_ASCENDING"
    assert dict(info.metadata) == {
        "field": f"users[{position}].id",
        "violations": "1",
        "position": str(position),
        "previous_id": ids[position - 1],
        "id": ids[position],
    }


def test_too_many_users_in_one_message(service: Service) -> None:
    request = message(pb.CountBillableUsersRequest, settings=ACME)
    for i in range(10_001):
        request.users.add(id=f"u{i:06d}", managed=True)
    assert violations(service.CountBillableUsers, iter([request])) == [("users", "TOO_MANY")]


def test_commands_with_many_faults(service: Service) -> None:
    request = message(
        pb.CheckAuthenticationPoliciesRequest,
        organisation={"guard": {"state": "happy"}},
        actor={"roles": ["king"]},
        users=[{"id": "a"}, {"id": "a", "policy_id": "nowhere"}],
        commands=[
            {},
            {"action": "POLICY_ACTION_CREATE"},
            {"action": "POLICY_ACTION_ADD_MEMBER", "policy_id": "p"},
            {"action": "POLICY_ACTION_SYNCHRONISE_USER"},
            {"action": "POLICY_ACTION_PROVISION_USER"},
            {"action": "POLICY_ACTION_PROVISION_USER", "user": {"id": "b", "policy_id": "p"}},
            {
                "action": "POLICY_ACTION_CONFIGURE",
                "policy_id": "p",
                "settings": {"password_expiry_days": -1, "session_duration": "-3s"},
            },
        ],
    )
    assert violations(service.CheckAuthenticationPolicies, request) == [
        ("organisation.guard.state", "UNKNOWN_VALUE"),
        ("actor.roles[0]", "UNKNOWN_VALUE"),
        ("policies", "REQUIRED"),
        ("users[1].id", "CONFLICTING_FIELDS"),
        ("users[1].policy_id", "UNKNOWN_VALUE"),
        ("commands[0].action", "REQUIRED"),
        ("commands[1].policy_id", "REQUIRED"),
        ("commands[2].user_id", "REQUIRED"),
        ("commands[3].user_id", "REQUIRED"),
        ("commands[4].user", "REQUIRED"),
        ("commands[5].user.policy_id", "CONFLICTING_FIELDS"),
        ("commands[6].settings.password_expiry_days", "OUT_OF_RANGE"),
        ("commands[6].settings.session_duration", "OUT_OF_RANGE"),
    ]


@pytest.mark.parametrize(
    ("call", "request_class"),
    [
        ("ResolveTier", pb.ResolveTierRequest),
        ("CheckAppTier", pb.CheckAppTierRequest),
        ("AssessUsage", pb.AssessUsageRequest),
        ("CheckAuthenticationPolicies", pb.CheckAuthenticationPoliciesRequest),
    ],
)
def test_an_empty_request_names_what_no_rule_can_do_without(
    service: Service, call: str, request_class: Callable[[], Any]
) -> None:
    found = violations(getattr(service, call), request_class())
    assert {reason for _, reason in found} == {"REQUIRED"}
