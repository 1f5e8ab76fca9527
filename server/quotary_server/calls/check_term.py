"""LicenceTierService.CheckTerm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import count_lines, read_deal, read_line
from quotary_server.adapter.scalars import civil_date
from quotary_server.adapter.writing import write_date, write_guidance, write_term
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal, Line
from quotary_spec.model.party import Party
from quotary_spec.outcome import Finding, weakest
from quotary_spec.rulebook import Book
from quotary_spec.rules.sales.terms import check_terms_of_sale
from quotary_spec.rules.terms_assessment import CheckedTerm, CoTerm, TermCheck

_REQUEST_CHANNELS = ("order_form", "assisted")


def check_term(ruleset: Ruleset, request: pb.CheckTermRequest) -> pb.CheckTermResponse:
    """Whether the lines of one quote may run as long as asked, and end together.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb.CheckTermResponse(), _read, _ask, _write, findings=_findings)


@dataclass(frozen=True, slots=True)
class _Case:
    deal: Deal
    lines: list[Line]
    co_terms: list[CoTerm]
    length_requested: bool
    channel: str | None


def _read(faults: Faults, request: pb.CheckTermRequest) -> _Case:
    deal = Deal(Party())
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
    count_lines(faults, "lines", len(request.lines))
    lines = [read_line(faults, f"lines[{i}]", each, deal.currency.code) for i, each in enumerate(request.lines)]
    co_terms = _read_co_terms(faults, request, len(lines))
    channel = request.request_channel if request.HasField("request_channel") else None
    if channel is not None and channel not in _REQUEST_CHANNELS:
        faults.add("request_channel", "UNKNOWN_VALUE", f"{channel[:40]!r} is none of {', '.join(_REQUEST_CHANNELS)}")
    requested = request.length_requested if request.HasField("length_requested") else True
    return _Case(deal, lines, co_terms, requested, channel)


def _ask(book: Book, case: _Case) -> TermCheck:
    return check_terms_of_sale(book, case.deal, case.lines, case.co_terms, case.length_requested, case.channel)


def _findings(checked: TermCheck) -> Iterator[Finding]:
    yield from checked.findings
    for i, term in enumerate(checked.terms):
        yield from (finding.about(f"lines[{i}]") for finding in term.findings)


def _write(response: pb.CheckTermResponse, checked: TermCheck) -> None:
    for i, term in enumerate(checked.terms):
        _write_term(response.terms.add(), i, term)
    response.manual_review = bool(checked.manual_review)
    if checked.guidance is not None:
        write_guidance(response.guidance, checked.guidance)


def _read_co_terms(faults: Faults, request: pb.CheckTermRequest, lines: int) -> list[CoTerm]:
    """Groups of lines that shall end together; no line is in two of them."""
    seen: set[int] = set()
    co_terms: list[CoTerm] = []
    for i, message in enumerate(request.co_terms):
        path = f"co_terms[{i}]"
        if not message.lines:
            faults.add(f"{path}.lines", "REQUIRED")
        for j, line in enumerate(message.lines):
            if not 0 <= line < lines:
                faults.add(f"{path}.lines[{j}]", "OUT_OF_RANGE", f"{line} is not the position of a line")
            elif line in seen:
                faults.add(f"{path}.lines[{j}]", "CONFLICTING_FIELDS", f"line {line} stands twice")
            seen.add(line)
        if not message.HasField("end_date"):
            faults.add(f"{path}.end_date", "REQUIRED")
            continue
        end = civil_date(faults, f"{path}.end_date", message.end_date)
        if end is not None:
            co_terms.append(CoTerm(tuple(message.lines), end))
    return co_terms


def _write_term(message: pb.CheckedTerm, position: int, checked: CheckedTerm) -> None:
    message.position = position
    message.outcome = OUTCOME.write(weakest(checked.findings))
    if checked.term is not None:
        write_term(message.term, checked.term)
    message.cut_short = checked.cut_short
    message.core_product = checked.core
    if checked.anchor is not None:
        message.anchor_line = checked.anchor
    if checked.earliest_end is not None:
        write_date(message.earliest_end_date, checked.earliest_end)
    if checked.latest_end is not None:
        write_date(message.latest_end_date, checked.latest_end)
