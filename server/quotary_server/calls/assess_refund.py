"""RefundService.AssessRefund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.enums import OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import civil_date
from quotary_server.adapter.reading_refunds import paid_currency, read_paid_order, read_refund_request
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance, write_line_amounts
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.refund import LineRefund, PaidOrder, RefundAssessment, RefundRequest
from quotary_spec.rulebook import Book
from quotary_spec.rules import refunds


def assess_refund(
    ruleset: Ruleset, request: refund_service_pb2.AssessRefundRequest
) -> refund_service_pb2.AssessRefundResponse:
    """What of a paid order goes back, and until when.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(
        _write,
        currency=paid_currency(request.paid_order),
    )
    return answer(ruleset, request, refund_service_pb2.AssessRefundResponse(), _read, _ask, write)


@dataclass(frozen=True, slots=True)
class _Case:
    order: PaidOrder
    request: RefundRequest
    requested_on: date | None


def _read(faults: Faults, request: refund_service_pb2.AssessRefundRequest) -> _Case:
    order = PaidOrder(())
    if request.HasField("paid_order"):
        order = read_paid_order(faults, "paid_order", request.paid_order)
    else:
        faults.add("paid_order", "REQUIRED")
    return _Case(
        order,
        read_refund_request(faults, request, len(order.lines)),
        civil_date(faults, "request_date", request.request_date) if request.HasField("request_date") else None,
    )


def _ask(book: Book, case: _Case) -> RefundAssessment:
    return refunds.assess_refund(book, case.order, case.request, case.requested_on)


def _write(response: refund_service_pb2.AssessRefundResponse, assessment: RefundAssessment, currency: str) -> None:
    """Fill an assessment, all but its answer."""
    write = MoneyWriter(currency)
    for line in assessment.lines:
        _write_line(response.lines.add(), line, write)
    if assessment.amounts is not None:
        write(response.net_total, assessment.amounts.net)
        write(response.fee_total, assessment.amounts.fee)
        write(response.tax_total, assessment.amounts.tax)
        write(response.total, assessment.amounts.total)
    response.payer = assessment.payer
    if assessment.guidance is not None:
        write_guidance(response.guidance, assessment.guidance)


def _write_line(message: refund_service_pb2.LineRefund, line: LineRefund, write: MoneyWriter) -> None:
    message.position = line.position
    message.outcome = OUTCOME.write(line.outcome)
    if line.window is not None:
        write_date(message.window_start_date, line.window.start)
        write_date(message.window_last_date, line.window.last)
    if line.amounts is not None:
        write_line_amounts(message.amounts, line.amounts, write)
    message.rule_id = line.rule_id
