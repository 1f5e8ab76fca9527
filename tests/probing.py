"""Requests of the vectors with one fact altered or taken away, and what the server makes of them, in process.

A fact is a field that holds no message of the contract: a scalar, an enum, a date, an amount, a moment, or a list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message

from quotary_conformance import contract
from quotary_conformance.vectors import load
from quotary_server.adapter.faults import CallError
from quotary_server.ruleset import Ruleset
from quotary_server.services.entitlement import EntitlementService
from quotary_server.services.licence_tier import LicenceTierService
from quotary_server.services.subscription import SubscriptionService
from quotary_server.services.tax import TaxService
from quotary_spec.supplements.price_book import PriceBook

PACKAGE = "quotary.v1"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a vector asks: a call, and its request or stream of them in the classes of the server."""

    call: str
    requests: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a request as a vector gives it: its message and name, and the way to it."""

    key: str
    path: Path
    field: FieldDescriptor


def is_noun(field: FieldDescriptor) -> bool:
    """True for a field that holds messages of the contract, whose own fields are the facts."""
    return field.message_type is not None and field.message_type.full_name.startswith(f"{PACKAGE}.")


def key_of(field: FieldDescriptor) -> str:
    """A field by its message and its own name ("Deal.channel")."""
    assert field.containing_type is not None
    return f"{field.containing_type.name}.{field.name}"


def facts_of(asked: Asked) -> Iterator[Fact]:
    """Every fact that a request gives, and every noun, which is no fact of its own but can be taken away."""
    for i, message in enumerate(asked.requests):
        yield from _facts_of(message, (i,))


def _facts_of(message: Message, path: Path) -> Iterator[Fact]:
    for field, value in message.ListFields():
        yield Fact(key_of(field), (*path, field.name), field)
        if is_noun(field) and field.is_repeated:
            for i, each in enumerate(value):
                yield from _facts_of(each, (*path, field.name, i))
        elif is_noun(field):
            yield from _facts_of(value, (*path, field.name))


def _holder(asked: Asked, path: Path) -> Any:
    """The message that holds the last step of a path."""
    found: Any = asked.requests
    for step in path[:-1]:
        found = found[step] if isinstance(step, int) else getattr(found, step)
    return found


def without(asked: Asked, fact: Fact) -> Asked:
    """The same without the fact."""
    i = fact.path[0]
    assert isinstance(i, int)
    changed = type(asked.requests[i])()
    changed.CopyFrom(asked.requests[i])
    other = replace(asked, requests=(*asked.requests[:i], changed, *asked.requests[i + 1 :]))
    _holder(other, fact.path).ClearField(fact.path[-1])
    return other


def with_value(asked: Asked, fact: Fact, value: Any) -> Asked:
    """The same with another value of the fact."""
    other = without(asked, fact)
    into, name = _holder(other, fact.path), str(fact.path[-1])
    if fact.field.is_repeated:
        getattr(into, name).extend(value)
    elif fact.field.message_type is not None:
        getattr(into, name).CopyFrom(value)
    else:
        setattr(into, name, value)
    return other


def value_of(asked: Asked, fact: Fact) -> Any:
    """What the request gives."""
    value = getattr(_holder(asked, fact.path), str(fact.path[-1]))
    return list(value) if fact.field.is_repeated else value


def reachable() -> Iterator[FieldDescriptor]:
    """Every field that the request of a pure call with vectors can carry."""
    seen: set[str] = set()

    def walk(message: Descriptor) -> Iterator[FieldDescriptor]:
        if message.full_name in seen:
            return
        seen.add(message.full_name)
        for field in message.fields:
            yield field
            if is_noun(field):
                assert field.message_type is not None
                yield from walk(field.message_type)

    for call in sorted({each.call for each in asked().values()}):
        yield from walk(contract.calls()[call].request)


@cache
def comments() -> dict[str, str]:
    """The comment of every field, by message and name."""
    files = FileDescriptorSet.FromString(resources.files(PACKAGE).joinpath("contract.binpb").read_bytes()).file
    found: dict[str, str] = {}
    for file in files:
        for location in file.source_code_info.location:
            if len(location.path) == 4 and location.path[0] == 4 and location.path[2] == 2:
                message = file.message_type[location.path[1]]
                name = message.field[location.path[3]].name
                found[f"{message.name}.{name}"] = " ".join(location.leading_comments.split())
    return found


def says_what_absence_means(key: str) -> bool:
    """True when the comment of a field says what its absence stands for, other than that it is not known."""
    return re.search(r"\bAbsent\b[^:.]*: (?!not known\b)|\bEmpty: ", comments().get(key, "")) is not None


@cache
def asked() -> dict[str, Asked]:
    """What the vectors of pure calls on the rules ask, by their names; not those on the rule book itself, nor those
    whose answers are a stream of another call's."""
    pool = descriptor_pool.Default()
    found: dict[str, Asked] = {}
    for vector in load():
        call = contract.call_of(vector)
        if vector.error is None and not call.streams_responses and not call.name.startswith("RulebookService."):
            own = message_factory.GetMessageClass(pool.FindMessageTypeByName(call.request.full_name))
            messages = (own.FromString(each.SerializeToString()) for each in call.requests(vector))
            found[vector.name] = Asked(call.name, tuple(messages))
    return found


@cache
def values() -> dict[str, list[Any]]:
    """The values that vectors give a fact, by its key, each once."""
    found: defaultdict[str, dict[bytes, Any]] = defaultdict(dict)
    for each in asked().values():
        for fact in facts_of(each):
            if not is_noun(fact.field):
                value = value_of(each, fact)
                found[fact.key].setdefault(repr(value).encode(), value)
    return {key: list(each.values()) for key, each in found.items()}


def others(asked: Asked, fact: Fact, most: int) -> Iterator[Any]:
    """Other values of a fact, of those that vectors give it; of a noun none."""
    if is_noun(fact.field):
        return
    value, field = value_of(asked, fact), fact.field
    if not field.is_repeated:
        if field.type == FieldDescriptor.TYPE_BOOL:
            yield not value
            return
        if field.enum_type is not None:
            yield from (number for number in field.enum_type.values_by_number if number not in (0, value))
            return
    known = [each for each in values()[fact.key] if each != value]
    yield from known[:most]


@cache
def _calls() -> dict[str, Callable[[Any], Any]]:
    ruleset = Ruleset.assemble(PriceBook.demo())
    from quotary_server.calls.allot_amount import allot_amount
    from quotary_server.calls.assess_fulfilment import assess_fulfilment
    from quotary_server.calls.assess_refund import assess_refund
    from quotary_server.calls.check_request import check_request
    from quotary_server.calls.compare_editions import compare_editions
    from quotary_server.calls.price_quote import price_quote

    named: dict[str, Callable[[Any], Any]] = {
        "QuoteService.PriceQuote": lambda request: price_quote(ruleset, request),
        "QuoteService.CompareEditions": lambda request: compare_editions(ruleset, request),
        "QuoteService.CheckRequest": lambda request: check_request(ruleset, request),
        "OrderService.AssessFulfilment": lambda request: assess_fulfilment(ruleset, request),
        "RefundService.AssessRefund": lambda request: assess_refund(ruleset, request),
        "RefundService.AllotAmount": lambda request: allot_amount(ruleset, request),
    }
    for service in (EntitlementService, LicenceTierService, SubscriptionService, TaxService):
        for name in (name for name in vars(service) if name[0] != "_"):
            method = getattr(service(ruleset), name)
            named[f"{service.__name__}.{name}"] = lambda request, method=method: method(request, None)  # type: ignore[misc]
    return named


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request: the response without digests, or the fault."""

    response: Any = None
    fault: str = ""

    @property
    def content(self) -> bytes:
        """All of it, in a form that can be compared."""
        return b"" if self.response is None else self.response.SerializeToString(deterministic=True)

    @property
    def outcome(self) -> int | None:
        """How decided the answer is; None where there is none."""
        return getattr(getattr(self.response, "answer", None), "outcome", None)

    @property
    def missing(self) -> Sequence[str]:
        """What the answer says is missing."""
        return getattr(getattr(self.response, "answer", None), "missing", ())


def ask(asked: Asked) -> Said:
    """What the server says."""
    streams = contract.calls()[asked.call].streams_requests
    try:
        response = _calls()[asked.call](iter(asked.requests) if streams else asked.requests[0])
    except CallError as error:
        return Said(fault=error.status.message)
    if "answer" in response.DESCRIPTOR.fields_by_name:
        response.answer.ClearField("digests")
    return Said(response)


def text_of(path: Path) -> str:
    """A path as answers write it ("lines[0].product.id"): within its request."""
    found = ""
    for step in path[1:]:
        found += f"[{step}]" if isinstance(step, int) else f".{step}"
    return found.lstrip(".")
