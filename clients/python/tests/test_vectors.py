"""Every vector of the kit through the client, whose generated types read each answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import descriptor_pool, message_factory

from quotary.access import Access
from quotary.client import Client

if TYPE_CHECKING:
    from google.protobuf.message import Message

if "QUOTARY_TARGET" not in os.environ:
    pytest.skip("for a server of its own (check.sh)", allow_module_level=True)

from quotary_conformance.contract import calls
from quotary_conformance.testing import check, vectors

STUBS = {
    "EntitlementService": "entitlements",
    "LicenceTierService": "tiers",
    "OrderService": "orders",
    "QuoteService": "quotes",
    "RefundService": "refunds",
    "RulebookService": "rulebook",
    "SubscriptionService": "subscriptions",
    "TaxService": "taxes",
}


def generated(name: str) -> type[Message]:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


@pytest.fixture(scope="module")
def client(target: str) -> Iterator[Client]:
    with Client(target, Access()) as opened:
        yield opened


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.name)
def test_vector(client: Client, vector: Any) -> None:
    def answer(name: str, requests: list[Message]) -> Sequence[Message]:
        service, _, method = name.partition(".")
        stub = getattr(getattr(client, STUBS[service]), method)
        answered = stub(iter(requests) if calls()[name].streams_requests else requests[0])
        responses = list(answered) if calls()[name].streams_responses else [answered]
        assert all(type(each) is generated(each.DESCRIPTOR.full_name) for each in responses)
        return responses

    check(vector, answer, generated)
