"""A client's calls: what they add, how they fail, and what they do when a connection, an answer or time is lost."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from quotary import aio
from quotary.access import Access
from quotary.address import Address, read_address
from quotary.client import Client
from quotary.errors import QuotaryError, Violation
from quotary.streams import count_requests
from quotary.v1 import change_service_pb2, common_pb2, licence_tier_service_pb2, quote_service_pb2

OPEN = Access()
SETTINGS = licence_tier_service_pb2.BillableUserSettings(organisation=licence_tier_service_pb2.Organisation(id="org-1"))


def order(*products: str) -> quote_service_pb2.OrderRequest:
    lines = [
        common_pb2.Line(
            product=common_pb2.Product(id=product, platform=common_pb2.PLATFORM_DATA_CENTER),
            billing_cycle=common_pb2.BILLING_CYCLE_ANNUAL,
            price=common_pb2.GivenPrice(unit_price="200"),
        )
        for product in products
    ]
    buyer = common_pb2.Party(address=common_pb2.PostalAddress(region_code="TR"))
    return quote_service_pb2.OrderRequest(deal=common_pb2.Deal(billing_party=buyer), lines=lines)


def priced(*products: str) -> quote_service_pb2.PriceQuoteRequest:
    return quote_service_pb2.PriceQuoteRequest(order=order(*products))


def kept(customer: str) -> quote_service_pb2.CreateQuoteRequest:
    return quote_service_pb2.CreateQuoteRequest(
        quote=quote_service_pb2.Quote(order=order("jira"), customer_id=customer)
    )


def fault(name: str, times: int = 1, ms: int = 0) -> tuple[tuple[str, str], ...]:
    return (("quotary-fault", f"{name}; key={uuid.uuid4()}; times={times}; ms={ms}"),)


def batch(count: int) -> Iterator[quote_service_pb2.BatchPriceQuotesRequest]:
    for place in range(count):
        yield quote_service_pb2.BatchPriceQuotesRequest(correlation_id=str(place), request=priced("jira"))


def users(count: int) -> Iterator[licence_tier_service_pb2.User]:
    for number in range(count):
        yield licence_tier_service_pb2.User(id=f"{number:08d}", active=True)


@pytest.fixture
def client(target: str) -> Iterator[Client]:
    with Client(target, OPEN) as opened:
        yield opened


def test_a_refusal_is_an_answer(client: Client) -> None:
    request = priced("jira")
    request.order.lines[0].product.platform = common_pb2.PLATFORM_SERVER
    assert client.quotes.PriceQuote(request).answer.outcome == common_pb2.OUTCOME_REFUSED


def test_every_violation_is_told(client: Client) -> None:
    with pytest.raises(QuotaryError) as raised:
        client.quotes.PriceQuote(priced("nope", "jira", "nope"))
    error = raised.value
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (error.reason, error.omitted, error.retry_delay, error.request_id) == ("UNKNOWN_PRODUCT", 0, None, "")
    assert [each.field for each in error.violations] == ["order.lines[0].product.id", "order.lines[2].product.id"]
    assert all(each.description for each in error.violations)
    assert "order.lines[2].product.id: UNKNOWN_PRODUCT: " in str(error)


def test_a_long_list_of_violations_says_how_many_it_leaves_out(client: Client) -> None:
    with pytest.raises(QuotaryError) as raised:
        client.quotes.PriceQuote(priced(*["nope"] * 500))
    error = raised.value
    assert 0 < len(error.violations) < 500 == len(error.violations) + error.omitted
    assert str(error).endswith(f"and {error.omitted} more")


@pytest.mark.parametrize("name", ["unavailable-before", "unavailable-after", "drop", "goaway"])
def test_a_lost_answer_is_one_effect(target: str, name: str) -> None:
    customer = f"python-{uuid.uuid4()}"
    with Client(target, OPEN) as client:
        made = client.quotes.CreateQuote(kept(customer), metadata=fault(name, times=2))
    with Client(target, OPEN) as client:
        found = client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(customer_id=customer)).quotes
    assert [each.name for each in found] == [made.name]


def test_a_change_that_fails_for_good_can_be_asked_after_by_its_id(target: str) -> None:
    request = kept(f"python-{uuid.uuid4()}")
    with Client(target, OPEN) as client:
        with pytest.raises(QuotaryError) as raised:
            client.quotes.CreateQuote(request, metadata=fault("unavailable-after", times=10))
        request_id = raised.value.request_id
        assert uuid.UUID(request_id).version == 4
        assert request.request_id == "", "the caller's message is left as it was"
        change = client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{request_id}"))
        request.request_id = request_id
        assert client.quotes.CreateQuote(request).name == change.quote.name


def test_an_id_of_the_caller_is_kept(client: Client) -> None:
    request = kept(f"python-{uuid.uuid4()}")
    request.request_id = str(uuid.uuid4())
    made = client.quotes.CreateQuote(request)
    assert client.quotes.CreateQuote(request).name == made.name


def test_deadlines(target: str) -> None:
    with Client(target, OPEN, deadline=0.2) as client:
        started = time.monotonic()
        with pytest.raises(QuotaryError) as raised:
            client.quotes.PriceQuote(priced("jira"), metadata=fault("slow", ms=20_000))
        assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - started < 10
        assert client.quotes.PriceQuote(priced("jira"), timeout=30, metadata=fault("slow", ms=300)).answer.outcome


def test_a_delay_is_told(client: Client) -> None:
    with pytest.raises(QuotaryError) as raised:
        client.quotes.PriceQuote(priced("jira"), metadata=fault("exhausted", ms=1250))
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert raised.value.retry_delay == timedelta(seconds=1.25)


@pytest.mark.parametrize("name", ["contradiction", "broken-details"])
def test_details_that_say_nothing_are_left_aside(client: Client, name: str) -> None:
    with pytest.raises(QuotaryError) as raised:
        client.quotes.PriceQuote(priced("jira"), metadata=fault(name))
    error = raised.value
    assert (error.code(), error.reason, error.violations) == (grpc.StatusCode.INVALID_ARGUMENT, "", ())
    assert error.message == "The status says this."


def test_a_large_answer_is_taken(client: Client) -> None:
    assert client.quotes.PriceQuote(priced("jira"), metadata=fault("oversized")).answer.outcome


def test_a_stream_of_quotes(client: Client) -> None:
    answers = list(client.quotes.BatchPriceQuotes(batch(50)))
    assert [each.correlation_id for each in answers] == [str(place) for place in range(50)]
    with pytest.raises(QuotaryError, match="UNAVAILABLE"):
        list(client.quotes.BatchPriceQuotes(batch(3), metadata=fault("unavailable-after", times=9)))


def test_a_stream_is_held_back_and_can_be_left(client: Client) -> None:
    sent = 0

    def endless() -> Iterator[quote_service_pb2.BatchPriceQuotesRequest]:
        nonlocal sent
        for each in batch(1_000_000):
            sent += 1
            yield each

    call: Any = client.quotes.BatchPriceQuotes(endless())
    assert next(call).correlation_id == "0"
    call.cancel()
    with pytest.raises(QuotaryError) as raised:
        for _ in call:
            pass
    assert raised.value.code() is grpc.StatusCode.CANCELLED
    assert sent < 100_000


def test_a_count_of_users_can_be_left(client: Client) -> None:
    sent = 0
    many = threading.Event()

    def endless() -> Iterator[licence_tier_service_pb2.User]:
        nonlocal sent
        for sent, each in enumerate(users(100_000_000)):
            yield each
            if sent > 5_000:
                many.set()

    call = client.tiers.CountBillableUsers.future(count_requests(SETTINGS, endless()))
    assert many.wait(20)
    call.cancel()
    with pytest.raises(grpc.FutureCancelledError):
        call.result()
    time.sleep(0.1)
    before = sent
    time.sleep(0.1)
    assert sent == before, "nobody takes users any more"


@pytest.mark.skipif("QUOTARY_TARGET" not in os.environ, reason="takes a while: for a server of its own")
def test_a_hundred_thousand_users_are_counted(client: Client) -> None:
    counted = client.tiers.CountBillableUsers(count_requests(SETTINGS, users(100_000)))
    assert counted.total_users == 100_000


def test_asyncio_has_the_same(target: str) -> None:
    customer = f"python-aio-{uuid.uuid4()}"

    async def stream() -> AsyncIterator[quote_service_pb2.BatchPriceQuotesRequest]:
        for each in batch(20):
            yield each

    async def calls() -> None:
        async with aio.Client(target, OPEN) as client:
            made = await client.quotes.CreateQuote(kept(customer), metadata=fault("unavailable-after", times=2))
            found = await client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(customer_id=customer))
            assert [each.name for each in found.quotes] == [made.name]
            with pytest.raises(QuotaryError) as raised:
                await client.quotes.PriceQuote(priced("nope"))
            assert [each.reason for each in raised.value.violations] == ["UNKNOWN_PRODUCT"]
            with pytest.raises(QuotaryError) as raised:
                await client.quotes.CreateQuote(kept(customer), metadata=fault("unavailable-before", times=9))
            assert uuid.UUID(raised.value.request_id)
            answers = [each.correlation_id async for each in client.quotes.BatchPriceQuotes(stream())]
            assert answers == [str(place) for place in range(20)]
            assert (await client.tiers.CountBillableUsers(count_requests(SETTINGS, users(10)))).answer.outcome
            with pytest.raises(QuotaryError) as raised:
                async for _ in client.quotes.BatchPriceQuotes(stream(), metadata=fault("unavailable-before", times=9)):
                    pass
            # grpc.aio calls it INTERNAL when the stream ends while a message is being written.
            assert raised.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL)

    asyncio.run(calls())


def test_an_asyncio_call_ends_with_its_task(target: str) -> None:
    async def calls() -> None:
        async with aio.Client(target, OPEN) as client:
            slow = client.quotes.PriceQuote(priced("jira"), metadata=fault("slow", ms=20_000))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(slow, 0.2)
            with pytest.raises(QuotaryError) as raised:
                await client.quotes.PriceQuote(priced("jira"), timeout=0.2, metadata=fault("slow", ms=20_000))
            assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED

    asyncio.run(calls())


class Failed(grpc.RpcError):
    """What a foreign interceptor might raise."""

    def __init__(self, code: grpc.StatusCode, details: bytes | None) -> None:
        self._code, self._details = code, details

    def code(self) -> Any:
        return self._code

    def details(self) -> str:
        return "words"

    def trailing_metadata(self) -> Any:
        return None if self._details is None else (("grpc-status-details-bin", self._details),)


def test_any_status_becomes_an_error() -> None:
    status = status_pb2.Status(code=9, message="other words")
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="QUOTE_REVISED", metadata={"omitted": "many"}))
    failure = error_details_pb2.PreconditionFailure()
    failure.violations.add(type="QUOTE_REVISED", subject="revision", description="What to do.")
    status.details.add().Pack(failure)
    status.details.add().Pack(Duration(seconds=1))
    status.details.add(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\xff")
    status.details.add(type_url="type.googleapis.com/not.Known", value=b"x")
    error = QuotaryError.of(Failed(grpc.StatusCode.FAILED_PRECONDITION, status.SerializeToString()))
    assert error.violations == (Violation("revision", "QUOTE_REVISED", "What to do."),)
    assert (error.reason, error.omitted, error.retry_delay) == ("QUOTE_REVISED", 0, None)
    for details in (None, b"", b"\xff"):
        error = QuotaryError.of(Failed(grpc.StatusCode.ABORTED, details))
        assert (error.code(), error.reason, error.message) == (grpc.StatusCode.ABORTED, "", "words")
    assert QuotaryError.of(grpc.RpcError("plain")).code() is grpc.StatusCode.UNKNOWN
    assert QuotaryError.of(error) is error


def test_addresses() -> None:
    assert read_address("127.0.0.1:50051") == Address("127.0.0.1:50051")
    assert read_address("http://[::1]:8080") == Address("[::1]:8080", tls=False)
    assert read_address("https://quotary.example") == Address("quotary.example:443", tls=True)
    assert read_address("unix:/run/q.sock").is_loopback
    assert read_address(None, {"QUOTARY_TARGET": "localhost:1"}) == Address("localhost:1")
    for wrong in ("quotary.example", "ftp://quotary.example:1", "http://quotary.example/path"):
        with pytest.raises(ValueError, match=r"has no port|is not http"):
            read_address(wrong)
    with pytest.raises(ValueError, match="QUOTARY_TARGET"):
        read_address(None, {})
    assert [read_address(each).is_loopback for each in ("127.9.9.9:1", "[::1]:1", "localhost:1", "example.org:1")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_token_is_shown_to_this_machine_or_by_tls(target: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret\n", "ascii")
    access = Access.from_environment({"QUOTARY_TOKEN_FILE": str(file)})
    source = access.token_source()
    assert source is not None
    assert source() == "secret"
    file.write_text("changed\n", "ascii")
    assert source() == "changed"
    assert access.wants_tls(Address("quotary.example:1"))
    assert not access.wants_tls(Address("127.0.0.1:1"))
    assert Access(token="own").wants_tls(Address("quotary.example:1", tls=True))
    assert "own" not in repr(Access(token="own"))
    with pytest.raises(ValueError, match="not sent in clear text"):
        Client("http://quotary.example:1", access)
    with pytest.raises(ValueError, match="http:// has no TLS"):
        Client("http://127.0.0.1:1", Access(ca=file))
    with Client(target, access) as client:
        assert client.quotes.PriceQuote(priced("jira")).answer.outcome
