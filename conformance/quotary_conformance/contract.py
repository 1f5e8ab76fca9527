"""The contract as the runner needs it: calls by name, requests of vectors, and the check that both name real fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from quotary_conformance import data
from quotary_conformance.vectors import Vector

PACKAGE = "quotary.v1"
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONEY = re.compile(r"(-?)(\d{1,18})(?:\.(\d{1,9}))? ([A-Z]{3})")


Headers = tuple[tuple[str, str], ...]


class ContractError(ValueError):
    """A vector names a call, a field or a value that the contract does not have."""


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one service."""

    name: str
    path: str
    request: Descriptor
    response: Descriptor
    streams_requests: bool
    streams_responses: bool

    def requests(self, vector: Vector) -> list[Message]:
        """The messages to send.

        Raises:
            ContractError: a field is not there or cannot hold its value.
        """
        bodies = vector.request if self.streams_requests else [vector.request]
        if not isinstance(bodies, list):
            raise ContractError(f"{self.name} takes a stream: request is a list")
        return [self._request(vector, body) for body in bodies]

    def _request(self, vector: Vector, body: Any) -> Message:
        if not isinstance(body, dict):
            raise ContractError(f"a request of {self.name} is an object, not {body!r}")
        body = expand(body, self.request)
        if "edition" in self.request.fields_by_name:
            body.setdefault("edition", vector.edition)
        if vector.view:
            body["view"] = vector.view
        try:
            return json_format.ParseDict(body, message_factory.GetMessageClass(self.request)())
        except json_format.ParseError as error:
            raise ContractError(str(error)) from error

    def send(
        self, channel: grpc.Channel, messages: list[Message], timeout: float, headers: Headers = ()
    ) -> list[Message]:
        """Make the call and wait for all its responses.

        Raises:
            grpc.RpcError: the call failed.
        """
        open_call: Callable[..., Any] = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }[self.streams_requests, self.streams_responses]
        response_class = message_factory.GetMessageClass(self.response)
        call = open_call(
            self.path,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response_class.FromString,
        )
        answer = call(iter(messages) if self.streams_requests else messages[0], timeout=timeout, metadata=headers)
        return list(answer) if self.streams_responses else [answer]


@cache
def _pool() -> tuple[descriptor_pool.DescriptorPool, tuple[str, ...]]:
    """The contract in a pool of its own, so that no generated code is needed, and the names of its files."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(data.descriptors()).file
    for file in files:
        pool.Add(file)
    return pool, tuple(file.name for file in files if file.package == PACKAGE)


def message_class(name: str) -> type[Message]:
    """The class of a message by its full name ("google.rpc.Status")."""
    return message_factory.GetMessageClass(_pool()[0].FindMessageTypeByName(name))


@cache
def calls() -> Mapping[str, Call]:
    """Every call of the contract by service and method ("QuoteService.PriceQuote")."""
    pool, files = _pool()
    services = (each for name in files for each in pool.FindFileByName(name).services_by_name.values())
    return {call.name: call for service in services for call in map(_call, service.methods)}


def _call(method: MethodDescriptor) -> Call:
    service = method.containing_service
    return Call(
        name=f"{service.name}.{method.name}",
        path=f"/{service.full_name}/{method.name}",
        request=method.input_type,
        response=method.output_type,
        streams_requests=method.client_streaming,
        streams_responses=method.server_streaming,
    )


def call_of(vector: Vector) -> Call:
    """The call that a vector is about.

    Raises:
        ContractError: there is none of this name.
    """
    try:
        return calls()[vector.call]
    except KeyError:
        raise ContractError(f"the contract has no call {vector.call}") from None


def expand(value: Any, descriptor: Descriptor) -> Any:
    """A message in proto3 JSON form from one that may use the short forms of dates and amounts."""
    if isinstance(value, str) and descriptor.full_name == "google.type.Date":
        match = _DATE.fullmatch(value)
        if match is None:
            raise ContractError(f"{value!r} is not a date such as 2021-10-12")
        return dict(zip(("year", "month", "day"), map(int, match.groups()), strict=True))
    if isinstance(value, str) and descriptor.full_name == "google.type.Money":
        match = _MONEY.fullmatch(value)
        if match is None:
            raise ContractError(f"{value!r} is not an amount such as 13.50 USD")
        sign, units, fraction, code = match.groups()
        nanos = int((fraction or "").ljust(9, "0"))
        return {"currency_code": code, "units": str(int(f"{sign}{units}")), "nanos": -nanos if sign else nanos}
    if not isinstance(value, dict) or descriptor.full_name.startswith("google.protobuf."):
        return value
    return {name: _expand_field(each, descriptor.fields_by_name.get(name)) for name, each in value.items()}


def _expand_field(value: Any, field: FieldDescriptor | None) -> Any:
    if field is None or field.message_type is None:
        return value
    if field.message_type.GetOptions().map_entry:
        of = field.message_type.fields_by_name["value"]
        return {key: _expand_field(each, of) for key, each in value.items()} if isinstance(value, dict) else value
    if isinstance(value, list):
        return [expand(each, field.message_type) for each in value]
    return expand(value, field.message_type)


def problems(vector: Vector) -> Iterator[str]:
    """What a vector asks or expects that the contract does not have."""
    try:
        call = call_of(vector)
        call.requests(vector)
    except ContractError as error:
        yield str(error)
        return
    if vector.error is not None:
        if vector.error["code"] not in grpc.StatusCode.__members__:
            yield f"no status is called {vector.error['code']}"
        return
    for expect in (vector.expect, *(reading.expect for reading in vector.readings)):
        if expect is None:
            continue
        if call.streams_responses:
            if not isinstance(expect, list):
                yield f"{call.name} answers with a stream: expect is a list"
                continue
            for place, each in enumerate(expect):
                yield from _problems_of(each, call.response, f"[{place}]")
        else:
            yield from _problems_of(expect, call.response, "")


def _problems_of(expect: Any, descriptor: Descriptor, path: str) -> Iterator[str]:
    if expect is None or descriptor.full_name.startswith("google.protobuf."):
        return
    try:
        expect = expand(expect, descriptor)
    except ContractError as error:
        yield f"{path}: {error}"
        return
    if not isinstance(expect, dict):
        yield f"{path}: {descriptor.name} is expected as an object, not {expect!r}"
        return
    for name, each in expect.items():
        here = f"{path}.{name}".lstrip(".")
        field = descriptor.fields_by_name.get(name)
        if field is None:
            yield f"{here}: {descriptor.name} has no such field"
        elif field.is_repeated:
            yield from _problems_of_list(each, field, here)
        else:
            yield from _problems_of_one(each, field, here)


def _problems_of_list(expect: Any, field: FieldDescriptor, path: str) -> Iterator[str]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        if not isinstance(expect, dict):
            yield f"{path}: a map is expected as an object"
        return
    entries = entries_of(expect)
    if entries is None:
        yield f"{path}: a list is expected as a list, or under any_order or contains"
        return
    for place, each in enumerate(entries):
        yield from _problems_of_one(each, field, f"{path}[{place}]")


def _problems_of_one(expect: Any, field: FieldDescriptor, path: str) -> Iterator[str]:
    if field.message_type is not None:
        yield from _problems_of(expect, field.message_type, path)
    elif field.enum_type is not None and expect is not None and expect not in field.enum_type.values_by_name:
        yield f"{path}: {field.enum_type.name} has no value {expect}"


def entries_of(expect: Any) -> list[Any] | None:
    """The entries of an expected list, in whichever of its three forms; None when it is none of them."""
    match expect:
        case [*entries] | {"any_order": [*entries]} | {"contains": [*entries]} if (
            isinstance(expect, list) or len(expect) == 1
        ):
            return entries
        case _:
            return None
