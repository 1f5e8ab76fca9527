"""RefundService.AssessRefund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_refunds import paid_currency, read_paid_order, read_refund_request
from quotary_server.adapter.scalars import civil_date
from quotary_server.adapter.writing_records import write_refund_assessment
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.refund import PaidOrder, RefundAssessment, RefundRequest
from quotary_spec.rulebook import Book
from quotary_spec.rules import refunds_assessment


def assess_refund(
    ruleset: Ruleset, request: refund_service_pb2.AssessRefundRequest
) -> refund_service_pb2.AssessRefundResponse:
    """What of a paid order goes back, and until when.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(write_refund_assessment, currency=paid_currency(request.paid_order))
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
    product = (
        read_product(faults, "exchange_product", request.exchange_product)
        if request.HasField("exchange_product")
        else None
    )
    return _Case(
        order,
        read_refund_request(faults, "", request, len(order.lines), product),
        civil_date(faults, "request_date", request.request_date) if request.HasField("request_date") else None,
    )


def _ask(book: Book, case: _Case) -> RefundAssessment:
    return refunds_assessment.assess_refund(book, case.order, case.request, case.requested_on)
