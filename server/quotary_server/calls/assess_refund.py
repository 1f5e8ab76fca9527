"""RefundService.AssessRefund."""

from __future__ import annotations

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.enums import OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import civil_date, read_edition, read_view
from quotary_server.adapter.reading_refunds import read_paid_order, read_refund_request
from quotary_server.adapter.writing import MoneyWriter, write_answer, write_date, write_guidance
from quotary_server.ruleset import Ruleset
from quotary_spec.model.refund import Amounts, LineRefund, PaidOrder, RefundAssessment
from quotary_spec.rule import tracing
from quotary_spec.rules.refunds import assess_refund as assess


def assess_refund(
    ruleset: Ruleset, request: refund_service_pb2.AssessRefundRequest
) -> refund_service_pb2.AssessRefundResponse:
    """What of a paid order goes back, and until when.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    order, currency = PaidOrder(()), "USD"
    if request.HasField("paid_order"):
        order, currency = read_paid_order(faults, "paid_order", request.paid_order)
    else:
        faults.add("paid_order", "REQUIRED")
    asked = read_refund_request(faults, request, len(order.lines))
    asked_on = civil_date(faults, "request_date", request.request_date) if request.HasField("request_date") else None
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        assessment = assess(book, order, asked, asked_on)
    response = refund_service_pb2.AssessRefundResponse()
    write_refund(response, assessment, currency)
    write_answer(response.answer, ruleset.digests, book, assessment.findings, trace, view)
    return response


def write_refund(
    response: refund_service_pb2.AssessRefundResponse, assessment: RefundAssessment, currency: str
) -> None:
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


def write_line_amounts(message: refund_service_pb2.LineAmounts, amounts: Amounts, write: MoneyWriter) -> None:
    """Fill the amounts of a line by component."""
    write(message.net_amount, amounts.net)
    if amounts.fee:
        write(message.fee_amount, amounts.fee)
    for part in amounts.taxes:
        tax = message.taxes.add(tax=part.tax)
        if part.region:
            tax.region_code = part.region
        if part.locality:
            tax.locality = part.locality
        write(tax.amount, part.amount)


def _write_line(message: refund_service_pb2.LineRefund, line: LineRefund, write: MoneyWriter) -> None:
    message.position = line.position
    message.outcome = OUTCOME.write(line.outcome)
    if line.window is not None:
        write_date(message.window_start_date, line.window.start)
        write_date(message.window_last_date, line.window.last)
    if line.amounts is not None:
        write_line_amounts(message.amounts, line.amounts, write)
    message.rule_id = line.rule_id
