"""Puts vectors to a target, and says of each whether it agreed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from quotary_conformance.comparing import Difference, differences
from quotary_conformance.contract import call_of
from quotary_conformance.patterns import KnownFailure
from quotary_conformance.vectors import Vector

_NO_ANSWER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


class Verdict(StrEnum):
    """What came of a vector."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one vector.

    Attributes:
        differences: Where the answer is not what was expected; of a contested vector, from its first reading.
        reading: Of a contested vector, ruling and id of the reading that agreed.
        known: Why it is known to fail; empty when it is not.
    """

    vector: Vector
    verdict: Verdict
    differences: tuple[str, ...] = ()
    reading: tuple[str, str] | None = None
    known: str = ""

    @property
    def is_as_it_should_be(self) -> bool:
        """True for one that agreed, or that disagreed and is known to."""
        return self.verdict is (Verdict.DISAGREED if self.known else Verdict.AGREED)


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a run."""

    target: str
    results: list[Result] = field(default_factory=list)
    left_out: int = 0

    def count(self, verdict: Verdict, known: bool = False) -> int:
        """How many came out so."""
        return sum(each.verdict is verdict and bool(each.known) is known for each in self.results)

    @property
    def exit_code(self) -> int:
        """0 when all is as it should be, 1 when something is not, 2 when a result is missing."""
        if any(not each.is_as_it_should_be and each.verdict is not Verdict.MISSING for each in self.results):
            return 1
        return 2 if any(each.verdict is Verdict.MISSING for each in self.results) or not self.results else 0

    def mixed_readings(self) -> dict[str, set[str]]:
        """Rulings of which the target takes different readings in different vectors."""
        taken: dict[str, set[str]] = {}
        for result in self.results:
            if result.reading is not None:
                ruling, reading = result.reading
                taken.setdefault(ruling, set()).add(reading)
        return {ruling: readings for ruling, readings in taken.items() if len(readings) > 1}


def run(
    vectors: Iterable[Vector], channel: grpc.Channel, known: Iterable[KnownFailure] = (), timeout: float = 30
) -> Iterator[Result]:
    """Put each vector to the target.

    Raises:
        ContractError: a vector asks for what the contract does not have.
    """
    known = list(known)
    for vector in vectors:
        reason = next((each.reason for each in known if each.pattern.matches(vector.name)), "")
        yield _run_one(vector, channel, reason, timeout)


def _run_one(vector: Vector, channel: grpc.Channel, known: str, timeout: float) -> Result:
    call = call_of(vector)
    requests = call.requests(vector)
    try:
        answers = call.send(channel, requests, timeout)
    except grpc.RpcError as error:
        return _judge_error(vector, error, known)
    if vector.error is not None:
        return Result(vector, Verdict.DISAGREED, (f"expected {vector.error['code']}, got an answer",), None, known)

    def differs(expect: object) -> tuple[str, ...]:
        if not call.streams_responses:
            return tuple(map(str, differences(expect, answers[0])))
        wanted = expect if isinstance(expect, list) else []
        if len(wanted) != len(answers):
            return (f"expected {len(wanted)} answers, got {len(answers)}",)
        pairs = enumerate(zip(wanted, answers, strict=True))
        return tuple(str(each) for i, (want, answer) in pairs for each in differences(want, answer, f"[{i}]"))

    found = differs(vector.expect) if vector.expect is not None else ()
    if not vector.readings:
        return Result(vector, Verdict.DISAGREED if found else Verdict.AGREED, found, None, known)
    by_reading = {(each.ruling, each.id): differs(each.expect) for each in vector.readings}
    agreed = next((reading for reading, differing in by_reading.items() if not differing), None)
    if agreed is not None and not found:
        return Result(vector, Verdict.AGREED, (), agreed, known)
    return Result(vector, Verdict.DISAGREED, (*found, *next(iter(by_reading.values()))), None, known)


def _judge_error(vector: Vector, error: grpc.RpcError, known: str) -> Result:
    code: grpc.StatusCode = error.code()
    expected = vector.error
    if code in _NO_ANSWER and (expected is None or expected["code"] != code.name):
        return Result(vector, Verdict.MISSING, (f"no answer: {code.name}",), None, known)
    if expected is None:
        said = error.details()
        return Result(vector, Verdict.DISAGREED, (f"expected an answer, got {code.name}: {said}",), None, known)
    found = tuple(map(str, _error_differences(vector, code, error)))
    return Result(vector, Verdict.DISAGREED if found else Verdict.AGREED, found, None, known)


def _error_differences(vector: Vector, code: grpc.StatusCode, error: grpc.RpcError) -> Iterator[Difference]:
    expected = vector.error or {}
    if code.name != expected["code"]:
        yield Difference("status", expected["code"], code.name)
    status = rpc_status.from_call(error)
    details = list(status.details) if status is not None else []
    if "reason" in expected:
        infos = [error_details_pb2.ErrorInfo.FromString(each.value) for each in details if _is(each, "ErrorInfo")]
        reasons = [each.reason for each in infos]
        if reasons != [expected["reason"]]:
            yield Difference("reason", expected["reason"], ", ".join(reasons) or "none")
    if "violations" in expected:
        bad = [error_details_pb2.BadRequest.FromString(each.value) for each in details if _is(each, "BadRequest")]
        actual = sorted((each.field, each.reason) for one in bad for each in one.field_violations)
        wanted = sorted((each["field"], each["reason"]) for each in expected["violations"])
        if actual != wanted:
            yield Difference("violations", wanted, actual)


def _is(detail: object, name: str) -> bool:
    return str(getattr(detail, "type_url", "")).endswith(f"google.rpc.{name}")
