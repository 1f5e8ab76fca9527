"""The faults that a client is measured with: each as it is described, and only for who asks and as often as asked."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from quotary.messages import from_plain
from quotary.v1 import licence_tier_service_pb2 as tier
from quotary.v1 import licence_tier_service_pb2_grpc, quote_service_pb2_grpc
from quotary.v1 import quote_service_pb2 as pb
from quotary_server.app import Running, serve, start
from quotary_server.settings import Settings
from quotary_server.testing.faults import AFTER, BEFORE, Fault, FaultError, parse, require_alone

RETRIED = '{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "0.01s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}'  # noqa: E501


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    running = start(Settings(port=0, grace_seconds=0, log_level="warning"), test_faults=True)
    running.store.open()
    yield running
    running.stop()


@pytest.fixture
def channel(running: Running) -> Iterator[grpc.Channel]:
    """A connection of its own, since faults break it; nothing is repeated by itself."""
    options = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(running.address, options) as opened:
        yield opened


@pytest.fixture
def repeating(running: Running) -> Iterator[grpc.Channel]:
    options: list[tuple[str, Any]] = [("grpc.service_config", RETRIED), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(running.address, options) as opened:
        yield opened


def order() -> pb.OrderRequest:
    plain = {
        "deal": {"billing_party": {"address": {"region_code": "TR"}}},
        "lines": [{"product": {"id": "jira", "platform": "data_center"}, "price": {"unit_price": "200"}}],
    }
    return from_plain(plain, pb.OrderRequest())


def price(channel: grpc.Channel, fault: str, **given: Any) -> pb.PriceQuoteResponse:
    stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
    return stub.PriceQuote(pb.PriceQuoteRequest(order=order()), metadata=(("quotary-fault", fault),), **given)


def create(channel: grpc.Channel, fault: str, request_id: str) -> pb.Quote:
    stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
    quote = pb.Quote(order=order(), customer_id="faults")
    request = pb.CreateQuoteRequest(quote=quote, request_id=request_id)
    return stub.CreateQuote(request, metadata=(("quotary-fault", fault),))


def created(channel: grpc.Channel) -> int:
    stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
    return len(stub.ListQuotes(pb.ListQuotesRequest(customer_id="faults", page_size=100)).quotes)


def failed(call: Any, *given: Any, **named: Any) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as raised:
        call(*given, **named)
    error: Any = raised.value
    return error  # type: ignore[no-any-return]


def details(error: grpc.Call) -> Any:
    return dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")


def test_the_first_calls_of_a_key_suffer_and_the_next_passes(channel: grpc.Channel) -> None:
    for _ in range(2):
        error = failed(price, channel, "unavailable-before; times=2; key=twice")
        assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert price(channel, "unavailable-before; times=2; key=twice").answer.outcome
    assert price(channel, "unavailable-before; times=0; key=never").answer.outcome


@pytest.mark.parametrize(
    ("name", "effects"), [("unavailable-before", 0), ("goaway", 0), ("unavailable-after", 1), ("drop", 1)]
)
def test_a_lost_answer_has_its_effect_or_has_not(
    running: Running, channel: grpc.Channel, repeating: grpc.Channel, name: str, effects: int
) -> None:
    request_id = f"00000000-0000-4000-8000-{(BEFORE + AFTER).index(name):012d}"
    before = created(channel)
    with grpc.insecure_channel(running.address, [("grpc.enable_retries", 0)]) as once:
        code = failed(create, once, f"{name}; key=once-{name}", request_id).code()
    assert code is grpc.StatusCode.UNAVAILABLE
    assert created(channel) == before + effects
    made = create(repeating, f"{name}; key=again-{name}", request_id)
    assert made.name
    assert created(channel) == before + 1


def test_a_connection_that_was_told_to_go_is_left_without_a_repetition(repeating: grpc.Channel) -> None:
    assert price(repeating, "goaway; key=leaves").answer.outcome


def test_a_slow_answer_comes_when_it_was_asked_to_and_is_not_waited_for(channel: grpc.Channel) -> None:
    started = time.monotonic()
    assert price(channel, "slow; ms=120; key=slow").answer.outcome
    assert time.monotonic() - started >= 0.12
    started = time.monotonic()
    error = failed(price, channel, "slow; ms=60000; key=slower", timeout=0.2)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - started < 5


def test_exhausted_names_the_delay(channel: grpc.Channel) -> None:
    error = failed(price, channel, "exhausted; ms=1250; key=exhausted")
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for each in status_pb2.Status.FromString(details(error)).details:
        each.Unpack(info) or each.Unpack(retry)
    assert info.reason == "TOO_MANY_STREAMS"
    assert (retry.retry_delay.seconds, retry.retry_delay.nanos) == (1, 250_000_000)


def test_an_oversized_answer_is_more_than_a_client_takes(channel: grpc.Channel, running: Running) -> None:
    assert failed(price, channel, "oversized; key=big").code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    with grpc.insecure_channel(running.address, [("grpc.max_receive_message_length", -1)]) as wide:
        response = price(wide, "oversized; key=bigger")
    assert response.answer.outcome
    assert response.ByteSize() > 4 * 1024 * 1024


def test_details_contradict_or_are_none(channel: grpc.Channel) -> None:
    error = failed(price, channel, "contradiction; key=contradicts")
    said = status_pb2.Status.FromString(details(error))
    assert (error.code(), said.code) == (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND.value[0])
    assert error.details() != said.message
    error = failed(price, channel, "broken-details; key=broken")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(DecodeError):
        status_pb2.Status.FromString(details(error))


def test_streams_suffer_too(channel: grpc.Channel) -> None:
    quotes = quote_service_pb2_grpc.QuoteServiceStub(channel)
    tiers = licence_tier_service_pb2_grpc.LicenceTierServiceStub(channel)
    items = [pb.BatchPriceQuotesRequest(request=pb.PriceQuoteRequest(order=order()))] * 3
    for name in ("unavailable-before", "unavailable-after", "drop"):
        metadata = (("quotary-fault", f"{name}; key=batch-{name}"),)
        error = failed(lambda given: list(quotes.BatchPriceQuotes(iter(items), metadata=given)), metadata)
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert len(list(quotes.BatchPriceQuotes(iter(items), metadata=metadata))) == 3
    request = tier.CountBillableUsersRequest()
    metadata = (("quotary-fault", "unavailable-before; key=count"),)
    error = failed(tiers.CountBillableUsers, iter([request]), metadata=metadata)
    assert error.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense; key=a", "there is no fault 'nonsense'"),
        ("drop", "needs a key"),
        ("drop; key=", "needs a key"),
        ("drop; key=a; times=many", "times is a whole number"),
        ("slow; key=a; ms=-1", "ms is a whole number"),
        ("drop; key=a; often=2", "no often"),
        ("drop; key=a; 2", "'2' is not written"),
    ],
)
def test_a_fault_that_cannot_be_made_is_told(channel: grpc.Channel, text: str, says: str) -> None:
    error = failed(price, channel, text)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert says in str(error.details())


def test_a_fault_is_read() -> None:
    assert parse("slow;times=3; key=a b;ms=20") == Fault("slow", "a b", times=3, ms=20)
    assert parse("drop; key=k=1") == Fault("drop", "k=1")


def test_nobody_else_can_ask_for_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "file.pem"
    for settings, says in (
        (Settings(host="0.0.0.0", port=0, allow_clear_text=True, allow_anyone=True), "refused on 0.0.0.0"),
        (Settings(host="192.0.2.7", port=0, allow_clear_text=True, allow_anyone=True), "refused on 192.0.2.7"),
        (Settings(port=0, tls_certificate=file, tls_key=file), "TLS hides"),
    ):
        with pytest.raises(FaultError, match=says):
            start(settings, test_faults=True)
        with pytest.raises(FaultError, match=says):
            serve(settings, lambda running: None, test_faults=True)
    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        require_alone(Settings(host=host))
    assert not any("fault" in name for name in Settings.model_fields), "only the flag turns faults on"


def test_a_server_makes_no_faults_by_itself() -> None:
    plain = start(Settings(port=0, grace_seconds=0, log_level="warning"))
    try:
        with grpc.insecure_channel(plain.address) as channel:
            assert price(channel, "unavailable-before; key=plain").answer.outcome
    finally:
        plain.stop()
