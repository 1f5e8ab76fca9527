"""An answer cites what decided it, at most four passages; the trace has the rest."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import grpc
import pytest
import yaml

from quotary.v1 import common_pb2
from quotary_conformance.contract import call_of
from quotary_conformance.vectors import Vector, load
from quotary_spec.deciding import MOST, deciding_passages
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.passage import Passage, passages
from quotary_spec.rule import DataRow, RuleInfo, Trace
from sampling import every

VECTORS = {vector.id: vector for vector in load()}
DECIDING: dict[str, str] = yaml.safe_load(Path(__file__).with_name("deciding.yaml").read_text("utf-8"))


def answer_of(vector: Vector, channel: grpc.Channel) -> common_pb2.Answer | None:
    """The answer of a vector's call with its whole trace; None where the call has no such answer."""
    call = call_of(vector)
    if vector.error is not None or call.streams_requests or "view" not in call.request.fields_by_name:
        return None
    (response,) = call.send(channel, call.requests(replace(vector, view="VIEW_FULL")), 30)
    return getattr(response, "answer", None)


def cited(citations: object) -> list[Passage]:
    return [Passage(each.document, each.first_line, each.last_line) for each in citations]  # type: ignore[attr-defined]


@pytest.mark.parametrize("id", DECIDING)
def test_the_deciding_line_is_cited_among_at_most_four(id: str, channel: grpc.Channel) -> None:
    answer = answer_of(VECTORS[id], channel)
    assert answer is not None
    here = cited(answer.citations)
    assert len(here) <= MOST
    assert any(Passage.parse(DECIDING[id]).overlaps(each) for each in here), list(map(str, here))


def test_the_set_takes_areas_and_editions_across() -> None:
    asked = [VECTORS[id] for id in DECIDING]
    assert len(asked) >= 50
    assert {vector.edition for vector in asked} == {"2021", "2023", "2024", "2026"}
    assert len({vector.topic.partition("/")[0] for vector in asked}) >= 20
    assert len({vector.call for vector in asked}) >= 15


def test_vectors_cite_what_their_answers_cite(channel: grpc.Channel) -> None:
    """Of all vectors one of whose passages took part at all, the answer cites it in nine of ten."""
    told = among = 0
    asked = every(4, list(VECTORS.values()))
    for vector in asked:
        answer = answer_of(vector, channel)
        if answer is None:
            continue
        wanted = [Passage.parse(text) for text in vector.cites]
        here, everything = cited(answer.citations), [each for step in answer.steps for each in cited(step.citations)]
        assert len(here) <= MOST, vector.id
        if any(one.overlaps(other) for one in wanted for other in everything):
            told += 1
            among += any(one.overlaps(other) for one in wanted for other in here)
    assert told > 0.7 * len(asked)
    assert among >= told * 9 // 10


@cache
def info(id: str, cites: str, general: bool = False) -> RuleInfo:
    return RuleInfo(id, "area", ("2026",), passages(cites), (), ("fact",), "It is.", "", general)


def row(key: str, value: object, cites: str) -> DataRow:
    return DataRow(key, value, "2026", passages(cites))


def decided(*steps: tuple[RuleInfo | DataRow, tuple[object, ...]], findings: tuple[Finding, ...] = ()) -> list[str]:
    trace = Trace()
    trace.raw.extend((what, "", args, {}, None) for what, args in steps)
    return list(map(str, deciding_passages(trace, "2026", findings)))


def test_a_rule_that_found_the_reason_is_cited_alone() -> None:
    asked: list[tuple[RuleInfo | DataRow, tuple[object, ...]]] = [
        (info("A", "000:1"), ()),
        (info("B", "000:2"), ()),
        (info("C", "000:3"), ()),
    ]
    assert decided(*asked, findings=(refused("NO").by("B"),)) == ["000:2"]
    assert decided(*asked, findings=(not_covered().by("A"), refused("NO").by("B"))) == ["000:2"]
    assert decided(*asked, findings=(refused("NO"),)) == ["000:3", "000:2", "000:1"]


def test_rules_come_before_general_ones_and_rows_that_no_rule_was_given() -> None:
    steps: list[tuple[RuleInfo | DataRow, tuple[object, ...]]] = [
        (row("r", 7, "000:9"), ()),
        (info("GENERAL", "000:1", general=True), ()),
        (info("WIDE", "000:2 000:3"), ()),
        (info("NARROW", "000:4"), ()),
    ]
    assert decided(*steps) == ["000:4", "000:2", "000:3", "000:1"]
    assert decided(*steps[:2]) == ["000:1", "000:9"]


def test_a_rule_rests_on_the_rows_that_it_was_given() -> None:
    wide = info("WIDE", "000:1 000:20 000:30")
    roles = row("roles", ({"roles": ("admin",), "channel": "site"},), "000:18-22")
    assert decided((roles, ()), (wide, (("admin",),))) == ["000:20"]
    assert decided((roles, ()), (wide, (["admin"],))) == ["000:20"]
    assert decided((roles, ()), (wide, ("nobody",))) == ["000:1", "000:20", "000:30", "000:18-22"]
    assert decided((row("days", 30, "000:7"), ()), (wide, (30,))) == ["000:7"]
    assert decided((row("flag", True, "000:7"), ()), (wide, (True,))) == ["000:1", "000:20", "000:30", "000:7"]


def test_a_rule_that_was_asked_again_without_a_row_says_no_more() -> None:
    wide = info("WIDE", "000:1 000:20 000:30")
    days = row("days", 30, "000:20")
    assert decided((days, ()), (wide, (30,)), (wide, (9,))) == ["000:20"]
    assert decided((days, ()), (wide, (30,)), (wide, (9,)), findings=(refused("NO").by("WIDE"),)) == ["000:20"]


def test_a_wide_rule_rests_on_the_rows_that_were_read_for_it() -> None:
    wide = info("WIDE", "000:1 000:2 000:3 000:20 000:30")
    assert decided((row("where", "identity site", "000:20"), ()), (wide, ((),))) == ["000:20"]
    assert decided((row("where", "identity site", "000:40"), ()), (wide, ((),))) == [
        "000:1",
        "000:2",
        "000:3",
        "000:20",
    ]


def test_what_was_found_beside_a_granted_question_is_cited_last() -> None:
    trace = Trace()
    trace.raw.append((info("A", "000:1"), "", (), {}, True))
    trace.raw.append((info("B", "000:2"), "", (), {}, undetermined("INPUT_MISSING", "deal.order_date")))
    assert list(map(str, deciding_passages(trace, "2026", ()))) == ["000:1", "000:2"]
