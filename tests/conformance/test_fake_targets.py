"""A yardstick must fail those who answer everything alike: the always-granted and the always-refused engine."""

import grpc

from conformance.fakes import answering, serving
from quotary_conformance.running import Manner, Report, Verdict, run
from quotary_conformance.vectors import Vector, load
from sampling import every

VECTORS = load()
OUTCOMES = {"granted": 1, "not covered": 2, "undetermined": 3, "refused": 4}


def passed_by(outcome: int) -> tuple[Report, list[str]]:
    """A run against an engine that gives this outcome to everything, and the vectors that it passes."""
    with serving(answering(outcome)) as target, grpc.insecure_channel(target) as channel:
        report = Report(target, list(run(every(8, VECTORS), channel)))
    return report, [result.vector.name for result in report.results if result.verdict is Verdict.AGREED]


def test_an_engine_that_answers_alike_fails_over_the_wire_too() -> None:
    report, passed = passed_by(OUTCOMES["granted"])
    assert report.exit_code == 1
    assert passed == [], "not even the edition that was asked is named"


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
