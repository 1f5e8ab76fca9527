"""The vectors as tests of your own runner: put to a server through your client, or to an engine in the same process.

With pytest::

    @pytest.mark.parametrize("vector", vectors(calls=["TaxService.CalculateTax"]), ids=lambda vector: vector.name)
    def test_my_engine_agrees(vector):
        check(vector, answer)

where ``answer`` takes the call ("TaxService.CalculateTax") and its requests, and returns the responses.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import grpc
from google.protobuf.message import Message

from quotary_conformance import contract, knowledge, reporting
from quotary_conformance.patterns import Pattern
from quotary_conformance.running import Manner, Result, Verdict, judge, judge_error
from quotary_conformance.vectors import Choice, Vector, choose, load

Answer = Callable[[str, list[Message]], Sequence[Message]]
"""Takes a call and its requests, and returns its responses; what fails raises grpc.RpcError, as a stub does."""


def vectors(
    run: Iterable[str] = (),
    *,
    calls: Iterable[str] = (),
    areas: Iterable[str] = (),
    editions: Iterable[str] = (),
) -> list[Vector]:
    """The vectors that are of these names (patterns such as ``tax/**``), calls, areas and editions; all without.

    Raises:
        VectorError: a pattern names no vector, or nothing is left to run.
    """
    choice = Choice(
        run=tuple(map(Pattern, run)), calls=frozenset(calls), areas=frozenset(areas), editions=frozenset(editions)
    )
    return choose(load(), choice)


def check(
    vector: Vector,
    answer: Answer,
    types: Callable[[str], type[Message]] = contract.message_class,
    *,
    invariants: bool = True,
) -> None:
    """Put one vector, and fail in the words of the kit's own runner unless the answer agrees.

    ``types`` gives the class of a message by its full name, so that requests are of your generated code and answers
    are read by it; without it they are dynamic messages. With ``invariants`` the answer must also keep what holds of
    every right answer: its edition, its rules, its sums.

    Raises:
        AssertionError: the answer disagrees, or none came.
        unittest.SkipTest: the call is not implemented; pytest skips the test.
    """
    result = _put(vector, answer, types, Manner(allowed=frozenset() if invariants else None, knowledge=_known()))
    if result.verdict is Verdict.UNSUPPORTED:
        raise unittest.SkipTest(f"{vector.call} is not implemented")
    if result.verdict is not Verdict.AGREED:
        raise AssertionError("\n".join(reporting.words(result, _known())))


def _put(vector: Vector, answer: Answer, types: Callable[[str], type[Message]], manner: Manner) -> Result:
    call = contract.call_of(vector)
    requests = [types(each.DESCRIPTOR.full_name).FromString(each.SerializeToString()) for each in call.requests(vector)]
    try:
        answers = list(answer(vector.call, requests))
    except grpc.RpcError as error:
        return judge_error(vector, error, known="")
    return judge(vector, call, answers, "", manner)


@cache
def _known() -> knowledge.Knowledge:
    return knowledge.load()
