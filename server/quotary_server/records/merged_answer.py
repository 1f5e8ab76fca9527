"""Answers of several questions that one change rests on, as one."""

from __future__ import annotations

from quotary.v1 import common_pb2


def merge_answer(into: common_pb2.Answer, part: common_pb2.Answer) -> None:
    """Add the answer of another question under the same edition; the whole is as decided as its weakest part."""
    into.outcome = max(into.outcome, part.outcome)
    into.edition = part.edition
    into.reasons.extend(part.reasons)
    into.steps.extend(part.steps)
    into.steps_omitted += part.steps_omitted
    into.rule_ids.extend(each for each in part.rule_ids if each not in into.rule_ids)
    into.missing.extend(each for each in part.missing if each not in into.missing)
    into.citations.extend(each for each in part.citations if each not in into.citations)
    if part.HasField("digests"):
        into.digests.CopyFrom(part.digests)
