"""A result told whole: what was asked, what is wrong, and what the vector rests on. Every report is made of it."""

from __future__ import annotations

from typing import Any

from quotary_conformance import __version__, data
from quotary_conformance.contract import call_of
from quotary_conformance.forms import text
from quotary_conformance.knowledge import Knowledge
from quotary_conformance.lines import bodies, buf_curl, grpcurl
from quotary_conformance.running import Report, Result, Verdict
from quotary_conformance.targets import Target
from quotary_conformance.vectors import Vector


def question(vector: Vector, target: Target | None, knowledge: Knowledge) -> dict[str, Any]:
    """A vector: its question, as lines for a shell too, and what its answer rests on."""
    call, requests = call_of(vector), bodies(vector)
    where, tls = (target.address, target.tls) if target is not None else ("127.0.0.1:50051", False)
    rules = vector.rules or tuple(knowledge.resting_on(vector.cites, vector.edition))
    rulings = dict.fromkeys((*vector.rulings, *(reading.ruling for reading in vector.readings)))
    return {
        "name": vector.name,
        "id": vector.id,
        "area": vector.area,
        "title": vector.title,
        "call": vector.call,
        "edition": vector.edition,
        "level": str(vector.level),
        "requests": requests,
        "grpcurl": grpcurl(call, requests, where, tls),
        "buf_curl": buf_curl(call, requests, where, tls),
        "working": vector.working,
        "rules": [{"id": id, "statement": knowledge.statement(id)} for id in rules],
        "passages": [{"passage": each, "heading": knowledge.heading(each)} for each in vector.cites],
        "rulings": [{"id": id, "title": knowledge.rulings.get(id, {}).get("title", "")} for id in rulings],
    }


def result(result: Result, target: Target | None, knowledge: Knowledge) -> dict[str, Any]:
    """A result with its question."""
    return question(result.vector, target, knowledge) | {
        "verdict": str(result.verdict),
        "known": result.known,
        "reading": list(result.reading) if result.reading is not None else None,
        "as_it_should_be": result.is_as_it_should_be,
        "differences": [
            {"path": each.path, "expected": text(each.expected), "got": text(each.actual)}
            for each in result.differences
        ],
        "broken": [{"invariant": each.invariant, "path": each.path, "said": each.fault} for each in result.broken],
    }


COLUMNS = ("agreed", "disagreed", "missing", "unsupported", "known to fail", "agreed though known to fail")


def counts(results: list[Result]) -> tuple[int, ...]:
    """How many results fall into each of the columns."""
    report = Report("", results)
    return (
        report.count(Verdict.AGREED),
        report.count(Verdict.DISAGREED),
        report.count(Verdict.MISSING) + report.count(Verdict.MISSING, known=True),
        report.count(Verdict.UNSUPPORTED) + report.count(Verdict.UNSUPPORTED, known=True),
        report.count(Verdict.DISAGREED, known=True),
        report.count(Verdict.AGREED, known=True),
    )


def kit() -> dict[str, str]:
    """Which kit measured."""
    return {"version": __version__, "content": data.content()}


def report(report: Report, target: Target, knowledge: Knowledge) -> dict[str, Any]:
    """A whole run, in words that JSON has."""
    areas = sorted({each.vector.area for each in report.results})
    calls = sorted({each.vector.call for each in report.results})
    return {
        "kit": kit(),
        "target": report.target,
        "exit_status": report.exit_code,
        "ended_early": report.ended_early,
        "left_out": report.left_out,
        "out_of_scope": report.out_of_scope,
        "not_asked": report.not_asked,
        "counts": _named(report.results),
        "areas": {area: _named([each for each in report.results if each.vector.area == area]) for area in areas},
        "calls": {call: _named([each for each in report.results if each.vector.call == call]) for call in calls},
        "mixed_readings": {ruling: sorted(readings) for ruling, readings in report.mixed_readings().items()},
        "results": [
            result(each, target, knowledge)
            if not each.is_as_it_should_be
            else {"name": each.vector.name, "verdict": str(each.verdict), "known": each.known}
            for each in report.results
        ],
    }


def _named(results: list[Result]) -> dict[str, int]:
    return dict(zip(COLUMNS, counts(results), strict=True))
