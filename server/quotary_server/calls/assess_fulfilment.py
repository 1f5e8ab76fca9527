"""OrderService.AssessFulfilment."""

from __future__ import annotations

from quotary.v1 import order_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal
from quotary_server.adapter.reading_sales import read_lines
from quotary_server.adapter.reading_subscriptions import flag
from quotary_server.adapter.scalars import instant, money
from quotary_server.adapter.writing_records import write_fulfilment
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.fulfilment import FulfilmentCase
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.rules import fulfilment


def assess_fulfilment(
    ruleset: Ruleset, request: order_service_pb2.AssessFulfilmentRequest
) -> order_service_pb2.AssessFulfilmentResponse:
    """When each line of an order becomes available, what is mailed, and when a reviewed order is processed.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    response = order_service_pb2.AssessFulfilmentResponse()
    return answer(ruleset, request, response, _read_case, fulfilment.assess_fulfilment, write_fulfilment)


def _read_case(faults: Faults, request: order_service_pb2.AssessFulfilmentRequest) -> FulfilmentCase:
    deal = Deal(Party())
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
    currency = deal.currency.code
    paid = flag(request, "payment_processed")
    if paid is False and (request.HasField("payment_time") or request.deal.HasField("payment_date")):
        faults.add("payment_processed", "CONFLICTING_FIELDS", "a day or moment of payment is given")

    def amount(name: str) -> int | None:
        return money(faults, name, getattr(request, name), currency) if request.HasField(name) else None  # type: ignore[arg-type]

    return FulfilmentCase(
        deal=deal,
        lines=read_lines(faults, "lines", list(request.lines), currency),
        payment_time=instant(faults, "payment_time", request.payment_time)
        if request.HasField("payment_time")
        else None,
        payment_processed=paid,
        due=amount("due_amount"),
        paid=amount("paid_amount"),
        manual_review=request.manual_review,
    )
