"""Everything that a request may hold has a limit in the contract; what is beyond is refused before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2

from quotary.v1 import (
    change_service_pb2,
    entitlement_service_pb2,
    licence_tier_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    quote_service_pb2_grpc,
    refund_service_pb2,
    rulebook_service_pb2,
    subscription_service_pb2,
    tax_service_pb2,
)
from quotary_server.adapter.faults import CallError, Faults
from quotary_server.adapter.limits import fields_given, limit_of, within_limits
from server.failures import violations

Path = tuple[FieldDescriptor, ...]

FILES = (
    change_service_pb2,
    entitlement_service_pb2,
    licence_tier_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
    rulebook_service_pb2,
    subscription_service_pb2,
    tax_service_pb2,
)


def requests() -> list[Descriptor]:
    services = (service for file in FILES for service in file.DESCRIPTOR.services_by_name.values())
    return [method.input_type for service in services for method in service.methods]


def paths(message: Descriptor, seen: set[str]) -> Iterator[Path]:
    """A way to each field of what a request can hold; each message is entered once."""
    if message.full_name in seen:
        return
    seen.add(message.full_name)
    for field in fields_given(message):
        yield (field,)
        if field.message_type is not None:
            yield from ((field, *rest) for rest in paths(field.message_type, seen))


def limited() -> list[Path]:
    seen: set[str] = set()
    return [
        path
        for request in requests()
        for path in paths(request, seen)
        if any(each is not None for each in limit_of(path[-1]))
    ]


def holding(path: Path, value: Any) -> tuple[Message, str]:
    """A request with this value at the end of the path, and the path as a violation names it."""
    holder = path[0].containing_type
    assert holder is not None
    request = GetMessageClass(holder)()
    into: Any = request
    names = []
    for field in path[:-1]:
        names.append(f"{field.name}[0]" if field.is_repeated else field.name)
        into = getattr(into, field.name).add() if field.is_repeated else getattr(into, field.name)
    last = path[-1]
    names.append(last.name)
    if last.is_repeated:
        if last.message_type is not None:
            made = GetMessageClass(last.message_type)()
            getattr(into, last.name).extend([made] * len(value))
        else:
            getattr(into, last.name).extend(value)
    else:
        setattr(into, last.name, value)
    return request, ".".join(names)


def told(request: Message) -> list[tuple[str, str]]:
    try:
        with within_limits(request):
            Faults().raise_if_any()
    except CallError as error:
        status = error.status
    else:
        return []
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status.details)
    return [(each.field, each.reason) for each in bad.field_violations]


def beyond(path: Path) -> Iterator[tuple[Any, Any, str, str]]:
    """What just fits a field, what does not, where it is told, and the reason."""
    field = path[-1]
    limit = limit_of(field)
    one: Any = "x" if limit.characters is not None else limit.numbers[1] if limit.numbers is not None else 1
    if limit.entries is not None:
        yield [one] * limit.entries, [one] * (limit.entries + 1), "", "TOO_MANY"

    def wrap(value: Any) -> Any:
        return [value] if field.is_repeated else value

    element = "[0]" if field.is_repeated else ""
    if limit.characters is not None:
        yield wrap("ä" * limit.characters), wrap("ä" * (limit.characters + 1)), element, "TOO_LONG"
    if limit.numbers is not None:
        least, most = limit.numbers
        yield wrap(least), wrap(least - 1), element, "OUT_OF_RANGE"
        if most < 2**31 - 1:
            yield wrap(most), wrap(most + 1), element, "OUT_OF_RANGE"


def test_every_number_text_and_list_of_a_request_has_a_limit_in_the_contract() -> None:
    without = [
        ".".join(field.name for field in path)
        for path in limited()
        for limit in [limit_of(path[-1])]
        if limit.entries == 0 or limit.characters == 0 or (limit.numbers is not None and limit.numbers[1] <= 0)
    ]
    assert without == []
    assert len(limited()) > 200


def test_what_is_beyond_a_limit_is_named_and_what_is_at_it_passes() -> None:
    for path in limited():
        for fits, not_fits, element, reason in beyond(path):
            request, name = holding(path, fits)
            assert told(request) == [], name
            request, name = holding(path, not_fits)
            assert told(request) == [(f"{name}{element}", reason)]


def test_every_place_is_named_at_once() -> None:
    order = quote_service_pb2.OrderRequest()
    order.deal.other_programmes.extend(["x" * 501, "academic", "y" * 502])
    order.lines.add(quantity=-1)
    order.lines.add(quantity=100_000_001)
    assert told(quote_service_pb2.PriceQuoteRequest(order=order, edition="2" * 501)) == [
        ("order.deal.other_programmes[0]", "TOO_LONG"),
        ("order.deal.other_programmes[2]", "TOO_LONG"),
        ("order.lines[0].quantity", "OUT_OF_RANGE"),
        ("order.lines[1].quantity", "OUT_OF_RANGE"),
        ("edition", "TOO_LONG"),
    ]


def test_what_only_answers_hold_is_no_part_of_a_request() -> None:
    quote = quote_service_pb2.Quote(digest="x" * 100_000)
    assert told(quote_service_pb2.CreateQuoteRequest(quote=quote)) == []


@pytest.mark.parametrize("count", [101, 400_000])
def test_a_server_reads_no_list_beyond_its_limit(channel: grpc.Channel, count: int) -> None:
    order = quote_service_pb2.OrderRequest()
    order.deal.other_programmes.extend(["academic"] * count)
    request = quote_service_pb2.PriceQuoteRequest(order=order)
    found = violations(quote_service_pb2_grpc.QuoteServiceStub(channel).PriceQuote, request)
    assert ("order.deal.other_programmes", "TOO_MANY") in found
    assert (len(found) == 1) == (count > 101), "a long request is not read on"


def test_every_call_refuses_numbers_beyond_their_limits(channel: grpc.Channel) -> None:
    """Also where its reader looks at none: with the numbers go no effects."""
    seen: set[str] = set()
    for service in (service for file in FILES for service in file.DESCRIPTOR.services_by_name.values()):
        for method in service.methods:
            for path in paths(method.input_type, set()):
                limit = limit_of(path[-1])
                if method.client_streaming or limit.numbers is None or path[-1].full_name in seen:
                    continue
                seen.add(path[-1].full_name)
                beyond_it = limit.numbers[0] - 1
                request, name = holding(path, [beyond_it] if path[-1].is_repeated else beyond_it)
                call = channel.unary_unary(
                    f"/{service.full_name}/{method.name}", type(request).SerializeToString, lambda _: None
                )
                named = f"{name}[0]" if path[-1].is_repeated else name
                assert (named, "OUT_OF_RANGE") in violations(call, request)
    assert len(seen) > 40


def test_an_item_beyond_a_limit_does_not_end_its_stream(channel: grpc.Channel) -> None:
    order = quote_service_pb2.OrderRequest()
    order.lines.add(quantity=100_000_001)
    items = [
        quote_service_pb2.BatchPriceQuotesRequest(request=quote_service_pb2.PriceQuoteRequest(order=order)),
        quote_service_pb2.BatchPriceQuotesRequest(correlation_id="x" * 501),
        quote_service_pb2.BatchPriceQuotesRequest(correlation_id="last"),
    ]
    answers = [*quote_service_pb2_grpc.QuoteServiceStub(channel).BatchPriceQuotes(iter(items))]
    for answer, field in zip(answers, ("order.lines[0].quantity", "correlation_id"), strict=False):
        bad = error_details_pb2.BadRequest()
        assert any(detail.Unpack(bad) for detail in answer.status.details)
        assert field in {each.field for each in bad.field_violations}
    assert answers[2].correlation_id == "last"
