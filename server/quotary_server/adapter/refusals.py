"""Changes that the rules, or where a thing stands, do not allow: FAILED_PRECONDITION with every reason at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from google.rpc import code_pb2, error_details_pb2

from quotary.v1 import common_pb2
from quotary_server.adapter.faults import MOST_SHOWN, CallError, build_status, shortened
from quotary_spec.outcome import Finding
from quotary_spec.register.reasons import REASON


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a change.

    Attributes:
        reason: Catalogued code.
        subject: What it concerns: the name of a resource, or a field path.
        detail: Facts of the reason's sentence.
        metadata: Facts by key, for programs; they go with the first refusal.
    """

    reason: str
    subject: str
    detail: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The reason's sentence with the facts."""
        sentence = REASON[self.reason].text
        return f"{sentence} ({self.detail})" if self.detail else sentence


def refusals_of(answer: common_pb2.Answer) -> list[Refusal]:
    """Why an answer is not granted, in its order; empty when it is."""
    if answer.outcome == common_pb2.OUTCOME_GRANTED:
        return []
    return [
        Refusal(
            each.code,
            each.subject,
            ", ".join((*(f"{key} {value}" for key, value in sorted(each.metadata.items())), *_missing(answer, each))),
            (
                ("edition", answer.edition),
                *((("rule", each.rule_id),) if each.rule_id else ()),
                *((("missing", ", ".join(answer.missing)),) if answer.missing else ()),
                *sorted(each.metadata.items()),
            ),
        )
        for each in answer.reasons
        if each.outcome != common_pb2.OUTCOME_GRANTED
    ]


def refusals_if_refused(answer: common_pb2.Answer) -> list[Refusal]:
    """Why an answer is a refusal; empty when it is none, be it decided or not."""
    return refusals_of(answer) if answer.outcome == common_pb2.OUTCOME_REFUSED else []


def _missing(answer: common_pb2.Answer, reason: common_pb2.Reason) -> Iterable[str]:
    """What would decide a reason: paths of its own subject, or of nothing in particular."""
    if reason.outcome == common_pb2.OUTCOME_UNDETERMINED:
        yield from (f"missing {path}" for path in answer.missing if path.startswith(reason.subject))


def refusal_of(finding: Finding, subject: str, edition: str) -> Refusal:
    """What a rule found against a change."""
    facts = {"edition": edition, "rule": finding.rule_id, "missing": ", ".join(finding.missing), **dict(finding.detail)}
    detail = ", ".join(f"{key} {value}" for key, value in (*finding.detail, *(("missing", m) for m in finding.missing)))
    return Refusal(finding.reason, subject, detail, tuple(facts.items()))


def refuse_if_any(refusals: Sequence[Refusal]) -> None:
    """Fail the call when something stands against it.

    Raises:
        CallError: FAILED_PRECONDITION, the first reason as ErrorInfo, all in PreconditionFailure.
    """
    if refusals:
        refuse(refusals)


def refuse(refusals: Sequence[Refusal]) -> NoReturn:
    """Fail the call.

    Raises:
        CallError: always.
    """
    first = refusals[0]
    failure = error_details_pb2.PreconditionFailure()
    for each in refusals[:MOST_SHOWN]:
        failure.violations.add(type=each.reason, subject=each.subject, description=shortened(each.text))
    more = f", and {len(refusals) - 1} more" if len(refusals) > 1 else ""
    raise CallError(
        build_status(
            code_pb2.FAILED_PRECONDITION,
            f"{first.text}{more}",
            first.reason,
            _metadata(first.metadata),
            failure,
            total=len(refusals),
        )
    )


def not_found(reason: str, name: str) -> NoReturn:
    """Fail the call because nothing has that name.

    Raises:
        CallError: NOT_FOUND.
    """
    missing = error_details_pb2.ResourceInfo(resource_name=name, description=REASON[reason].text)
    raise CallError(
        build_status(code_pb2.NOT_FOUND, f"{REASON[reason].text} ({name})", reason, {"name": name}, missing)
    )


def _metadata(facts: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {key: value for key, value in facts if value}
