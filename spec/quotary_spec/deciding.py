"""Which passages an answer rests on: those that decided it, the most telling first; its trace has all others.

Where rules found why the answer is not granted, it rests on them alone. Else the rules that were asked come first; then
rules that only compute with what others decide (``general``); last, rows of data that were read and given to no rule.
Among equals the one with the fewest passages says most of these facts, and of two such the one that was asked later. A
rule that was given rows rests, for these facts, on what it has in common with them, or else on theirs; so does one with
many passages on the rows that were read for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.passage import Passage
from quotary_spec.rule import DataRow, Trace

MOST = 4
"""So many passages an answer cites."""

_FOUND, _ASKED, _GENERAL, _READ = range(4)


def deciding_passages(trace: Trace, edition: str, findings: Iterable[Finding]) -> tuple[Passage, ...]:
    """The passages that decided an answer, the most telling first, at most ``MOST``."""
    findings = tuple(findings)
    outcome = weakest(findings)
    deciding = {
        finding.rule_id
        for finding in findings
        if finding.rule_id and finding.outcome is outcome and outcome is not Outcome.GRANTED
    }
    steps = tuple(_steps(trace, edition, deciding, outcome))
    narrowed = {each.rule for each in steps if each.rule and each.by_rows}
    ranked = sorted(
        (each for each in steps if each.by_rows or each.rule not in narrowed),
        key=lambda each: (each.kind, len(each.cited) if each.rule else 0, -each.place),
    )
    found = [each for each in ranked if each.kind is _FOUND]
    return tuple(dict.fromkeys(passage for each in found or ranked for passage in each.cited))[:MOST]


class _Step(NamedTuple):
    """What was asked, or a row that no rule was given.

    Attributes:
        kind: Its class among the steps.
        rule: Id of the rule; empty for a row.
        by_rows: Whether rows that it was given say what it rests on. A rule that was asked again without them says
            nothing more.
        place: Its place in the trace.
        cited: What it rests on.
    """

    kind: int
    rule: str
    by_rows: bool
    place: int
    cited: tuple[Passage, ...]


def _steps(trace: Trace, edition: str, deciding: set[str], outcome: Outcome) -> Iterator[_Step]:
    rows: list[tuple[int, DataRow]] = []
    for place, (what, _, args, kwargs, result) in enumerate(trace.raw):
        if isinstance(what, DataRow):
            rows.append((place, what))
            continue
        own = what.passages_in(edition)
        given = [row for _, row in rows if _is_given(row, (*args, *kwargs.values()))]
        if not given and len(own) > MOST:
            given = [row for _, row in rows if any(one.overlaps(other) for one in own for other in row.passages)]
        yield from (_Step(_READ, "", False, at, row.passages) for at, row in rows if row not in given)
        rows.clear()
        kind = _FOUND if what.id in deciding else _GENERAL if what.general else _ASKED
        # What was found against a part beside the question did not decide an answer that is granted.
        if outcome is Outcome.GRANTED and isinstance(result, Finding) and result.outcome is not outcome:
            kind = _READ
        yield _Step(kind, what.id, bool(given), place, _rests_on(own, given))
    yield from (_Step(_READ, "", False, at, row.passages) for at, row in rows)


def _rests_on(own: tuple[Passage, ...], rows: Sequence[DataRow]) -> tuple[Passage, ...]:
    """What a rule rests on that was given rows: for each, its own passages that the row cites too, or the row's."""
    cited: dict[Passage, None] = {}
    for row in rows:
        shared = [each for each in own if any(each.overlaps(passage) for passage in row.passages)]
        narrower = shared if shared and len(shared) <= len(row.passages) else row.passages
        cited.update(dict.fromkeys(narrower))
    return tuple(cited) or own


def _is_given(row: DataRow, facts: Iterable[object]) -> bool:
    """Whether a rule was given the value of a row, or a part of it."""
    parts = tuple(_parts(row.value))
    return any(
        type(fact) is type(part) and fact == part
        for fact in map(_plain, facts)
        for part in parts
        if part is not None and not isinstance(part, bool)
    )


def _parts(value: object) -> Iterator[object]:
    yield _plain(value)
    for each in value if isinstance(value, tuple) else ():
        if isinstance(each, Mapping):
            yield from map(_plain, each.values())


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, (list, tuple)) else value
