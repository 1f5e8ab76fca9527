"""What stands between a question and its answer: refused, undetermined, or not covered, each with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NoReturn


class Outcome(IntEnum):
    """How decided an answer is; the higher, the weaker. A composite answer takes the highest of its parts."""

    GRANTED = 1
    NOT_COVERED = 2
    UNDETERMINED = 3
    REFUSED = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason why a rule did not give the plain value that was asked for.

    A rule's result is either an ordinary value or a finding. A finding has no truth value, so that an unchecked one
    cannot pass for a yes.

    Attributes:
        outcome: Refused, undetermined or not covered; granted for a remark that changes nothing.
        reason: Catalogued code.
        missing: Paths of absent inputs that would decide it, relative to the request's order or call.
        detail: Facts of the reason's text, by key.
        subject: What it concerns ("lines[3]"); filled in by the composition.
        rule_id: Rule that found it; filled in by the rule's decorator.
    """

    outcome: Outcome
    reason: str
    missing: tuple[str, ...] = ()
    detail: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    rule_id: str = ""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a finding ({self.reason}) has no truth value: check for it first")

    def about(self, subject: str) -> Finding:
        """The same finding, naming what it concerns, unless it names something already."""
        return self if self.subject else replace(self, subject=subject)

    def rebased(self, where: Callable[[str], str]) -> Finding:
        """The same finding, where the fields that it misses stand elsewhere: ``where`` turns each path into another."""
        return replace(self, missing=tuple(map(where, self.missing)))

    def by(self, rule_id: str) -> Finding:
        """The same finding, naming the rule that found it, unless it names one already."""
        return self if self.rule_id else replace(self, rule_id=rule_id)


def refused(reason: str, **detail: str) -> Finding:
    """The rules decide, and do not allow it."""
    return Finding(Outcome.REFUSED, reason, (), tuple(detail.items()))


def undetermined(reason: str, *missing: str, **detail: str) -> Finding:
    """The documents speak, but a fact or number is missing (R-03)."""
    return Finding(Outcome.UNDETERMINED, reason, missing, tuple(detail.items()))


def not_covered(reason: str = "EDITION_SILENT", **detail: str) -> Finding:
    """The documents of the edition say nothing on it (R-03)."""
    return Finding(Outcome.NOT_COVERED, reason, (), tuple(detail.items()))


def remark(reason: str, **detail: str) -> Finding:
    """Something worth saying about a granted answer; it changes nothing."""
    return Finding(Outcome.GRANTED, reason, (), tuple(detail.items()))


def weakest(findings: Iterable[Finding]) -> Outcome:
    """The outcome of an answer with these findings: granted when there are none."""
    return max((finding.outcome for finding in findings), default=Outcome.GRANTED)


def as_remark(finding: Finding, part: str) -> Finding:
    """What keeps a part beside the question open, as a remark: the answer to the question stays as decided as it is."""
    reason = "MORE_WITH_FACT" if finding.missing else "PART_NOT_STATED"
    return Finding(Outcome.GRANTED, reason, finding.missing, (*finding.detail, ("part", part)), "", finding.rule_id)
