"""The vectors in a test runner of one's own, in the same process as the engine."""

import unittest
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from quotary.v1 import tax_service_pb2
from quotary_conformance.contract import Call, calls
from quotary_conformance.testing import check, vectors
from quotary_conformance.vectors import VectorError

CALL = "TaxService.ListTaxJurisdictions"


def generated(name: str) -> type[Message]:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


class Wrong(grpc.RpcError):
    """A failure that says no more than its code."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> Any:
        return self._code

    def details(self) -> str:
        return "no reason"

    def trailing_metadata(self) -> Any:
        return ()


def test_vectors_are_chosen() -> None:
    assert {each.call for each in vectors(calls=[CALL])} == {CALL}
    assert {each.area for each in vectors(areas=["tax"], editions=["2026"])} == {"tax"}
    with pytest.raises(VectorError, match="no vector has the name"):
        vectors(["no/such/**"])


@pytest.mark.parametrize("vector", vectors(calls=[CALL])[:3], ids=lambda vector: vector.name)
def test_a_right_engine_agrees_by_generated_types(channel: grpc.Channel, vector: Any) -> None:
    def answer(name: str, requests: list[Message]) -> Sequence[Message]:
        assert isinstance(requests[0], tax_service_pb2.ListTaxJurisdictionsRequest)
        call: Call = calls()[name]
        (answered,) = call.send(channel, requests, timeout=30)
        return [generated(answered.DESCRIPTOR.full_name).FromString(answered.SerializeToString())]

    check(vector, answer, generated)


def test_a_wrong_engine_is_told_so_in_the_words_of_the_kit() -> None:
    vector = next(each for each in vectors(calls=[CALL]) if each.error is None)
    with pytest.raises(AssertionError) as raised:
        check(vector, lambda call, requests: [generated(calls()[call].response.full_name)()])
    told = str(raised.value).splitlines()
    assert told[0] == f"{vector.name}: disagreed"
    assert any(": expected " in line for line in told)
    assert any(line.startswith(f"    passage {vector.cites[0]}") for line in told)
    with pytest.raises(AssertionError, match="expected 1 answer"):
        check(vector, lambda call, requests: [])


def test_invariants_can_be_left_out() -> None:
    vector = replace(vectors(calls=["TaxService.CalculateTax"])[0], expect={}, error=None, readings=())

    def empty(call: str, requests: list[Message]) -> Sequence[Message]:
        return [generated(calls()[call].response.full_name)()]

    check(vector, empty, invariants=False)
    with pytest.raises(AssertionError, match="invariant edition-asked"):
        check(vector, empty)


def test_what_is_not_there_is_skipped_and_what_fails_is_no_answer() -> None:
    vector = next(each for each in vectors(calls=[CALL]) if each.error is None)

    def failing(code: grpc.StatusCode) -> Any:
        def answer(call: str, requests: list[Message]) -> Sequence[Message]:
            raise Wrong(code)

        return answer

    with pytest.raises(unittest.SkipTest, match="is not implemented"):
        check(vector, failing(grpc.StatusCode.UNIMPLEMENTED))
    for code, says in ((grpc.StatusCode.UNAVAILABLE, "missing"), (grpc.StatusCode.INTERNAL, "disagreed")):
        with pytest.raises(AssertionError, match=says):
            check(vector, failing(code))
