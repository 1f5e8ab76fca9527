"""A yardstick must fail those who answer everything alike: the always-granted and the always-refused engine."""

import grpc
import pytest

from conformance.fakes import answering, serving
from quotary_conformance.running import Manner, Report, Verdict, run
from quotary_conformance.vectors import Vector, load

VECTORS = load()
OUTCOMES = {"granted": 1, "not covered": 2, "undetermined": 3, "refused": 4}


def passed_by(outcome: int) -> tuple[Report, list[str]]:
    """A run against an engine that gives this outcome to everything, and the vectors that it passes."""
    with serving(answering(outcome)) as target, grpc.insecure_channel(target) as channel:
        report = Report(target, list(run(VECTORS, channel)))
    return report, [result.vector.name for result in report.results if result.verdict is Verdict.AGREED]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_engine_that_always_answers_alike_fails(outcome: str) -> None:
    """A yes can be the whole answer to who may do something; few vectors may expect no more than an outcome."""
    report, passed = passed_by(OUTCOMES[outcome])
    assert report.exit_code == 1
    assert len(passed) <= len(report.results) // 20, f"expect too little: {passed}"
    assert not [name for name in passed if name.startswith("fees/")]


def test_an_engine_that_answers_with_nothing_passes_nothing() -> None:
    report, passed = passed_by(0)
    assert report.exit_code == 1
    assert passed == []


def test_an_engine_that_never_answers_does_not_pass() -> None:
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        report = Report("nobody", list(run(one_of_each(), channel, manner=Manner(timeout=1))))
    assert {result.verdict for result in report.results} == {Verdict.MISSING}
    assert report.exit_code == 2


def one_of_each() -> list[Vector]:
    """A vector that expects an answer, and one that expects an error."""
    return [
        next(each for each in VECTORS if each.error is None),
        next(each for each in VECTORS if each.error is not None),
    ]
