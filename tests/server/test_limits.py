"""What comes from outside is bounded: statuses fit into headers, facts into limits, tokens into a line."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from prometheus_client import REGISTRY

from quotary.v1 import (
    licence_tier_service_pb2_grpc,
    order_service_pb2,
    order_service_pb2_grpc,
    quote_service_pb2,
    quote_service_pb2_grpc,
    refund_service_pb2,
    refund_service_pb2_grpc,
    rulebook_service_pb2,
    rulebook_service_pb2_grpc,
    subscription_service_pb2,
    subscription_service_pb2_grpc,
    tax_service_pb2,
    tax_service_pb2_grpc,
)
from quotary_server.adapter.faults import MOST_STATUS_BYTES, build_status
from quotary_server.app import start
from quotary_server.interceptor import IN_FLIGHT
from quotary_server.settings import Settings
from quotary_server.streams import StreamLimits, Streams
from server.failures import failure, violations

ORDINARY_HEADER_LIMIT = 8 * 1024


def _failed(call: Any, request: Any) -> tuple[grpc.StatusCode, error_details_pb2.ErrorInfo, int, int]:
    """Code, ErrorInfo, violations named, and the bytes that the status takes in the headers of the answer."""
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    error = raised.value
    status = rpc_status.from_call(error)
    assert status is not None, error
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    failed = error_details_pb2.PreconditionFailure()
    for packed in status.details:
        packed.Unpack(info) or packed.Unpack(bad) or packed.Unpack(failed)
    packed_status = base64.b64encode(status.SerializeToString())
    return (
        error.code(),
        info,
        len(bad.field_violations) + len(failed.violations),
        len(packed_status) + len(quote(status.message)),
    )


def _order(count: int, **line: Any) -> dict[str, Any]:
    return {"lines": [{"product": {"id": "jira", "platform": "PLATFORM_CLOUD"}, **line} for _ in range(count)]}


@pytest.mark.parametrize("lines", [1, 45, 100, 2_000])
@pytest.mark.parametrize(
    "line",
    [
        {"product": {"id": "nope"}, "price": {"unit_price": "-2"}},
        {"product": {"id": "jira", "platform": "PLATFORM_CLOUD", "plan": "Standard"}},
        {"product": {"id": "jira", "platform": "PLATFORM_CLOUD", "plan": "プラン" * 200}},
    ],
)
def test_a_long_list_of_violations_reaches_an_ordinary_client(
    channel: grpc.Channel, lines: int, line: dict[str, Any]
) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(channel)
    order = {"lines": [line] * lines}
    request = json_format.ParseDict({"order": order}, quote_service_pb2.PriceQuoteRequest())
    code, info, named, size = _failed(quotes.PriceQuote, request)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert named >= 1
    assert int(info.metadata["violations"]) == named + int(info.metadata.get("omitted", "0"))
    assert size <= MOST_STATUS_BYTES < ORDINARY_HEADER_LIMIT - 512


def test_a_long_list_of_refusals_reaches_an_ordinary_client(channel: grpc.Channel) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(channel)
    lines = [{"product": {"id": "jira", "platform": "PLATFORM_SERVER"}, "action": "LINE_ACTION_NEW"}] * 200
    deal = {"order_date": {"year": 2026, "month": 5, "day": 1}, "billing_party": {"address": {"region_code": "TR"}}}
    order = {"deal": deal, "lines": lines}
    request = json_format.ParseDict(
        {"quote": {"edition": "2026", "order": order}, "request_id": "2f0f2a2e-86a5-4b4f-9a4d-0d6c2f5f1c01"},
        quote_service_pb2.CreateQuoteRequest(),
    )
    code, info, named, size = _failed(quotes.CreateQuote, request)
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert named >= 10
    assert int(info.metadata["omitted"]) >= 200 - named
    assert size <= MOST_STATUS_BYTES


def test_facts_alone_do_not_make_a_status_too_long() -> None:
    status = build_status(code_pb2.ABORTED, "語" * 500, "INTERNAL_ERROR", {f"fact_{i}": "語" * 500 for i in range(12)})
    assert len(base64.b64encode(status.SerializeToString())) + len(quote(status.message)) <= MOST_STATUS_BYTES
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert len(info.metadata) == 12
    assert set(status.message) == {"語", "…"}


@pytest.mark.parametrize(
    ("stub", "call", "request_class"),
    [
        (quote_service_pb2_grpc.QuoteServiceStub, "ListQuotes", quote_service_pb2.ListQuotesRequest),
        (order_service_pb2_grpc.OrderServiceStub, "ListOrders", order_service_pb2.ListOrdersRequest),
        (refund_service_pb2_grpc.RefundServiceStub, "ListRefunds", refund_service_pb2.ListRefundsRequest),
        (rulebook_service_pb2_grpc.RulebookServiceStub, "ListRules", rulebook_service_pb2.ListRulesRequest),
        (
            tax_service_pb2_grpc.TaxServiceStub,
            "ListTaxJurisdictions",
            tax_service_pb2.ListTaxJurisdictionsRequest,
        ),
    ],
)
@pytest.mark.parametrize("depth", [200, 1_000, 100_000])
def test_a_token_of_nested_lists_is_no_token(
    channel: grpc.Channel, stub: Any, call: str, request_class: Any, depth: int
) -> None:
    token = base64.urlsafe_b64encode(b"[" * depth).decode()
    found = violations(getattr(stub(channel), call), request_class(page_token=token))
    assert ("page_token", "INVALID_PAGE_TOKEN" if depth == 200 else "TOO_LONG") in found


def _evaluate(channel: grpc.Channel, name: str, facts: dict[str, Any]) -> list[tuple[str, str]]:
    request = json_format.ParseDict(
        {"name": f"rules/{name}", "edition": "2026", "facts": facts}, rulebook_service_pb2.EvaluateRuleRequest()
    )
    return violations(rulebook_service_pb2_grpc.RulebookServiceStub(channel).EvaluateRule, request)


@pytest.mark.parametrize("digits", [-1, 10, 10**15])
def test_decimal_places_are_few(channel: grpc.Channel, digits: int) -> None:
    facts = {"rounding": "half_up", "rate": "1.5", "local_digits": 0, "digits": digits, "amount": 1000}
    assert _evaluate(channel, "TAX-LOCAL-CURRENCY-AMOUNT", facts) == [("facts.digits", "OUT_OF_RANGE")]


def test_a_word_of_the_caller_is_no_reason(channel: grpc.Channel) -> None:
    facts = {"standing": "", "provider": "", "refusal": "NOPE"}
    assert _evaluate(channel, "SERVICE-OFFERED", facts) == [("facts", "FACTS_DO_NOT_FIT")]


def test_a_moment_at_the_end_of_the_calendar_is_out_of_range(channel: grpc.Channel) -> None:
    request = json_format.ParseDict(
        {
            "edition": "2021",
            "deal": {
                "order_date": {"year": 2020, "month": 3, "day": 9},
                "billing_party": {"address": {"region_code": "FR"}},
            },
            "lines": [{"product": {"id": "jira", "platform": "PLATFORM_CLOUD"}, "action": "LINE_ACTION_NEW"}],
            "payment_time": "9999-12-31T23:59:59Z",
        },
        order_service_pb2.AssessFulfilmentRequest(),
    )
    orders = order_service_pb2_grpc.OrderServiceStub(channel)
    assert violations(orders.AssessFulfilment, request) == [("payment_time", "OUT_OF_RANGE")]


def test_a_customer_is_found_however_the_letters_are_composed(channel: grpc.Channel) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(channel)
    made = quotes.CreateQuote(
        json_format.ParseDict(
            {
                "quote": {
                    "customer_id": "Cafe\u0301",
                    "order": {
                        "deal": {"billing_party": {"address": {"region_code": "TR"}}},
                        "lines": [{"product": {"id": "jira", "platform": "PLATFORM_CLOUD"}}],
                    },
                },
                "request_id": "2f0f2a2e-86a5-4b4f-9a4d-0d6c2f5f1c02",
            },
            quote_service_pb2.CreateQuoteRequest(),
        )
    )
    for spelling in ("Cafe\u0301", "Caf\u00e9"):
        found = quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(customer_id=spelling))
        assert [each.name for each in found.quotes] == [made.name]


def test_failures_have_their_one_reason(channel: grpc.Channel) -> None:
    code, info = failure(
        subscription_service_pb2_grpc.SubscriptionServiceStub(channel).AssessTrial,
        subscription_service_pb2.AssessTrialRequest(edition="1999"),
    )
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_EDITION")


@pytest.fixture(scope="module")
def tight() -> Iterator[grpc.Channel]:
    """A server with room for eight streams, which it lets idle for half a second and live for two."""
    limits: dict[str, Any] = {"streams": 8, "stream_idle_seconds": 0.5, "stream_seconds": 2}
    running = start(Settings(port=0, grace_seconds=0, workers=2, log_level="warning", **limits))
    with grpc.insecure_channel(running.address) as opened:
        yield opened
    running.stop()


def _never() -> Iterator[Any]:
    """A caller who opens a stream and says nothing."""
    threading.Event().wait(20)
    yield from ()


def _reason(wait: Callable[[], Any]) -> str:
    with pytest.raises(grpc.RpcError) as raised:
        wait()
    status = rpc_status.from_call(raised.value)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return f"{raised.value.code().name} {info.reason}"


def test_idle_streams_are_ended_and_hold_up_nobody(tight: grpc.Channel) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(tight)
    tiers = licence_tier_service_pb2_grpc.LicenceTierServiceStub(tight)
    idle: list[Callable[[], Any]] = [quotes.BatchPriceQuotes(_never()).__next__ for _ in range(4)]
    idle += [tiers.CountBillableUsers.future(_never()).result for _ in range(4)]
    editions = rulebook_service_pb2_grpc.RulebookServiceStub(tight).ListEditions(
        rulebook_service_pb2.ListEditionsRequest(), timeout=10
    )
    assert editions.editions
    assert health_pb2_grpc.HealthStub(tight).Check(health_pb2.HealthCheckRequest(), timeout=10).status == 1
    assert {_reason(each) for each in idle} == {"DEADLINE_EXCEEDED STREAM_IDLE"}


def test_more_streams_than_there_is_room_for_are_turned_away_with_a_delay(tight: grpc.Channel) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(tight)
    found = [_reason(each.__next__) for each in [quotes.BatchPriceQuotes(_never()) for _ in range(10)]]
    assert found.count("RESOURCE_EXHAUSTED TOO_MANY_STREAMS") == 2
    assert found.count("DEADLINE_EXCEEDED STREAM_IDLE") == 8


def test_a_stream_that_never_ends_is_ended(tight: grpc.Channel) -> None:
    item = json_format.ParseDict(
        {"request": {"edition": "2026", "order": _order(1)}}, quote_service_pb2.BatchPriceQuotesRequest()
    )

    def drip() -> Iterator[quote_service_pb2.BatchPriceQuotesRequest]:
        while True:
            yield item
            time.sleep(0.1)

    answers = quote_service_pb2_grpc.QuoteServiceStub(tight).BatchPriceQuotes(drip())
    with pytest.raises(grpc.RpcError) as raised:
        assert len(list(answers)) > 3
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "STREAM_TOO_LONG" in str(rpc_status.from_call(raised.value))


def test_a_stream_within_its_limits_is_answered_in_full(tight: grpc.Channel) -> None:
    item = json_format.ParseDict(
        {"request": {"edition": "2026", "order": _order(1)}}, quote_service_pb2.BatchPriceQuotesRequest()
    )
    answers = quote_service_pb2_grpc.QuoteServiceStub(tight).BatchPriceQuotes(iter([item] * 200))
    assert len(list(answers)) == 200


@pytest.mark.parametrize("leaves", ["deadline", "cancel"])
def test_nothing_is_worked_out_for_a_caller_who_has_gone(tight: grpc.Channel, leaves: str) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(tight)
    deal = {"order_date": {"year": 2026, "month": 5, "day": 1}, "billing_party": {"address": {"region_code": "TR"}}}
    line = {"product": {"id": "jira", "platform": "PLATFORM_CLOUD"}, "price": {"unit_price": "100"}}
    request = json_format.ParseDict(
        {"order": {"deal": deal, "lines": [line] * 10_000}}, quote_service_pb2.PriceQuoteRequest()
    )
    before = IN_FLIGHT.count
    gone = [quotes.PriceQuote.future(request, timeout=0.4 if leaves == "deadline" else 60) for _ in range(4)]
    time.sleep(0.4)
    for each in gone:
        each.cancel()
    ends = time.monotonic() + 60
    while IN_FLIGHT.count > before and time.monotonic() < ends:
        time.sleep(0.01)
    left = REGISTRY.get_sample_value(
        "quotary_calls_total", {"method": "/quotary.v1.QuoteService/PriceQuote", "status": "CANCELLED"}
    )
    assert IN_FLIGHT.count == before
    assert left
    assert quotes.PriceQuote(
        json_format.ParseDict({"order": {"deal": deal, "lines": [line]}}, quote_service_pb2.PriceQuoteRequest()),
        timeout=10,
    ).lines


def test_a_stream_that_has_ended_has_ended_however_often_it_is_asked() -> None:
    with Streams(StreamLimits(1, idle_seconds=5, age_seconds=60)).admitted(iter([1, 2])) as messages:
        assert list(messages) == [1, 2]
        assert list(messages) == []
