"""Puts vectors to a target, and says of each whether it agreed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message

from quotary_conformance.comparing import Difference, differences
from quotary_conformance.contract import Call, Headers, call_of, message_class
from quotary_conformance.invariants import Asked, Broken, broken
from quotary_conformance.knowledge import Knowledge
from quotary_conformance.patterns import KnownFailure
from quotary_conformance.vectors import Vector

_NO_ANSWER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


class Verdict(StrEnum):
    """What came of a vector."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    MISSING = "missing"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one vector.

    Attributes:
        differences: Where the answer is not what was expected; of a contested vector, from its first reading.
        broken: What holds of every right answer and not of this one.
        reading: Of a contested vector, ruling and id of the reading that agreed.
        known: Why it is known to fail; empty when it is not.
    """

    vector: Vector
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    reading: tuple[str, str] | None = None
    known: str = ""
    broken: tuple[Broken, ...] = ()

    @property
    def is_as_it_should_be(self) -> bool:
        """True for one that agreed or is not offered, or that disagreed and is known to."""
        return self.verdict in (Verdict.DISAGREED if self.known else Verdict.AGREED, Verdict.UNSUPPORTED)

    def faults(self) -> tuple[str, ...]:
        """What is wrong, each in a line."""
        return (*map(str, self.differences), *map(str, self.broken))


@dataclass(slots=True)
class Report:
    """All results of a run.

    Attributes:
        left_out: Vectors that were not chosen.
        out_of_scope: Vectors of which the target says that they are none of its business.
        not_asked: Vectors that were chosen, and not put since the run ended early.
        require: Whether a call that is not offered fails the run.
    """

    target: str
    results: list[Result] = field(default_factory=list)
    left_out: int = 0
    out_of_scope: int = 0
    not_asked: int = 0
    require: bool = False
    ended_early: str = ""

    def count(self, verdict: Verdict, known: bool = False) -> int:
        """How many came out so."""
        return sum(result.verdict is verdict and bool(result.known) is known for result in self.results)

    @property
    def exit_code(self) -> int:
        """0: all that was judged is as it should be; 1: one is not; 2: nothing was judged, or one is missing."""
        seen = {result.verdict for result in self.results}
        wrong = [each for each in self.results if not each.is_as_it_should_be and each.verdict is not Verdict.MISSING]
        if wrong or (self.require and Verdict.UNSUPPORTED in seen):
            return 1
        judged = Verdict.AGREED in seen or Verdict.DISAGREED in seen
        return 2 if Verdict.MISSING in seen or self.not_asked or not judged else 0

    def mixed_readings(self) -> dict[str, set[str]]:
        """Rulings of which the target takes different readings in different vectors."""
        taken: dict[str, set[str]] = {}
        for result in self.results:
            if result.reading is not None:
                ruling, reading = result.reading
                taken.setdefault(ruling, set()).add(reading)
        return {ruling: readings for ruling, readings in taken.items() if len(readings) > 1}


@dataclass(frozen=True, slots=True)
class Manner:
    """How vectors are put.

    Attributes:
        timeout: Seconds that a call may take.
        parallel: Calls at one time.
        give_up_after: Missing results in a row after which the rest is not asked; 0 never gives up.
        headers: Sent with each call.
        allowed: Invariants that may be broken; None when none is checked.
        knowledge: What answers' citations are checked against.
    """

    timeout: float = 30
    parallel: int = 1
    give_up_after: int = 0
    fail_fast: bool = False
    headers: Headers = ()
    allowed: frozenset[str] | None = frozenset()
    knowledge: Knowledge = field(default_factory=Knowledge)


def run(
    vectors: Iterable[Vector], channel: grpc.Channel, known: Iterable[KnownFailure] = (), manner: Manner | None = None
) -> Iterator[Result]:
    """Put each vector to the target, and judge the answers in the order of the vectors.

    Raises:
        ContractError: a vector asks for what the contract does not have.
    """
    known, manner = list(known), manner or Manner()

    def one(vector: Vector) -> Result:
        reason = next((each.reason for each in known if each.pattern.matches(vector.name)), "")
        return _run_one(vector, channel, reason, manner)

    missing = 0
    for result in _in_order(one, vectors, manner.parallel):
        yield result
        missing = missing + 1 if result.verdict is Verdict.MISSING else 0
        if 0 < manner.give_up_after <= missing or (manner.fail_fast and not result.is_as_it_should_be):
            return


def _in_order(one: Any, vectors: Iterable[Vector], parallel: int) -> Iterator[Result]:
    if parallel == 1:
        yield from map(one, vectors)
        return
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(parallel) as pool:
        try:
            for vector in vectors:
                waiting.append(pool.submit(one, vector))
                if len(waiting) > 2 * parallel:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _run_one(vector: Vector, channel: grpc.Channel, known: str, manner: Manner) -> Result:
    call = call_of(vector)
    requests = call.requests(vector)
    try:
        answers = call.send(channel, requests, manner.timeout, manner.headers)
    except grpc.RpcError as error:
        return judge_error(vector, error, known)
    return judge(vector, call, answers, known, manner, requests)


def judge(
    vector: Vector,
    call: Call,
    answers: list[Message],
    known: str,
    manner: Manner,
    requests: list[Message] | None = None,
) -> Result:
    """What comes of a vector that was answered so; its requests are made unless they are at hand."""
    if vector.error is not None:
        return Result(vector, Verdict.DISAGREED, (Difference("status", vector.error["code"], "OK"),), None, known)
    if not call.streams_responses and len(answers) != 1:
        return Result(vector, Verdict.DISAGREED, (Difference("", "1 answer", f"{len(answers)} answers"),), None, known)

    def differs(expect: object) -> tuple[Difference, ...]:
        if not call.streams_responses:
            return tuple(differences(expect, answers[0]))
        awaited = expect if isinstance(expect, list) else []
        if len(awaited) != len(answers):
            return (Difference("", f"{len(awaited)} answers", f"{len(answers)} answers"),)
        pairs = enumerate(zip(awaited, answers, strict=True))
        return tuple(each for i, (want, answer) in pairs for each in differences(want, answer, f"[{i}]"))

    faults: tuple[Broken, ...] = ()
    if manner.allowed is not None:
        request = None if call.streams_requests else (requests or call.requests(vector))[0]
        questions = [Asked(request, answer, vector.edition, vector.rules, manner.knowledge) for answer in answers]
        faults = tuple(each for one in questions for each in broken(one, manner.allowed))
    found = differs(vector.expect) if vector.expect is not None else ()
    reading = None
    if vector.readings:
        by_reading = {(each.ruling, each.id): differs(each.expect) for each in vector.readings}
        reading = next((reading for reading, differing in by_reading.items() if not differing), None)
        if reading is None or found:
            found = (*found, *next(iter(by_reading.values())))
            reading = None
    verdict = Verdict.DISAGREED if found or faults else Verdict.AGREED
    return Result(vector, verdict, found, reading if verdict is Verdict.AGREED else None, known, faults)


def judge_error(vector: Vector, error: grpc.RpcError, known: str) -> Result:
    """What comes of a vector whose call failed so."""
    code: grpc.StatusCode = error.code()
    expected = vector.error
    if expected is None or expected["code"] != code.name:
        if code in _NO_ANSWER:
            return Result(vector, Verdict.MISSING, (Difference("status", "an answer", code.name),), None, known)
        if code is grpc.StatusCode.UNIMPLEMENTED:
            return Result(vector, Verdict.UNSUPPORTED, (), None, known)
    if expected is None:
        status = f"{code.name} {error.details() or ''}".strip()
        return Result(vector, Verdict.DISAGREED, (Difference("status", "OK", status),), None, known)
    found = tuple(_error_differences(expected, code, error))
    return Result(vector, Verdict.DISAGREED if found else Verdict.AGREED, found, None, known)


def _error_differences(expected: Any, code: grpc.StatusCode, error: grpc.RpcError) -> Iterator[Difference]:
    if code.name != expected["code"]:
        yield Difference("status", expected["code"], code.name)
    details: list[Any] = []
    try:
        status = status_of(error)
        details = [_unpacked(each) for each in status.details] if status is not None else []
        if status is not None and status.code != code.value[0]:
            yield Difference("status details", f"code {code.value[0]} as in the status", f"code {status.code}")
    except DecodeError:
        yield Difference("status details", "a google.rpc.Status", "bytes that are none")
    if "reason" in expected:
        reasons = [each.reason for each in details if each is not None and each.DESCRIPTOR.name == "ErrorInfo"]
        if reasons != [expected["reason"]]:
            yield Difference("reason", expected["reason"], ", ".join(reasons) or "none")
    if "violations" in expected:
        bad = [each for each in details if each is not None and each.DESCRIPTOR.name == "BadRequest"]
        actual = sorted((each.field, each.reason) for one in bad for each in one.field_violations)
        awaited = sorted((each["field"], each["reason"]) for each in expected["violations"])
        if actual != awaited:
            yield Difference("violations", dict(awaited), dict(actual))


def status_of(error: grpc.RpcError) -> Any:
    """The google.rpc.Status that a failed call carries; None when it carries none.

    Raises:
        DecodeError: what it carries is none.
    """
    metadata: Any = error.trailing_metadata() or ()
    for key, value in metadata:
        if key == "grpc-status-details-bin":
            return message_class("google.rpc.Status").FromString(value if isinstance(value, bytes) else value.encode())
    return None


def _unpacked(detail: Any) -> Any:
    name = detail.type_url.rpartition("/")[2]
    return message_class(name).FromString(detail.value) if name.startswith("google.rpc.") else None
