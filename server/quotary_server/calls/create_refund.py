"""RefundService.CreateRefund."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from quotary.v1 import common_pb2, refund_service_pb2
from quotary_server.adapter.faults import CallError, Faults, invalid_argument
from quotary_server.adapter.reading import civil_date, text
from quotary_server.adapter.reading_refunds import read_refund_request
from quotary_server.adapter.refusals import Refusal, not_found, refusals_of, refuse_if_any
from quotary_server.adapter.writing import write_date
from quotary_server.calls.assess_refund import assess_refund
from quotary_server.ruleset import Ruleset
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.changes import Keep, make_change, read_request_id
from quotary_server.store.digest import split_trace
from quotary_server.store.names import read_order_name
from quotary_server.store.orders import KeptOrder, Standing, find_order
from quotary_server.store.refunds import add_refund
from quotary_server.store.store import Store

METHOD = "RefundService/CreateRefund"


def create_refund(
    ruleset: Ruleset, store: Store, request: refund_service_pb2.CreateRefundRequest
) -> refund_service_pb2.Refund:
    """Refund an order whole, by line, or its tax alone.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; NOT_FOUND; FAILED_PRECONDITION with every reason.
        StoreError: the store failed.
    """
    faults = Faults()
    read_request_id(faults, request)
    number = read_order_name(faults, "parent", request.parent)
    if request.HasField("refund"):
        _read(faults, store, request.refund)
    else:
        faults.add("refund", "REQUIRED")
    faults.raise_if_any()

    def decide(connection: Connection, now: datetime) -> tuple[refund_service_pb2.Refund, Keep]:
        kept = find_order(connection, number)
        if kept is None:
            not_found("ORDER_NOT_FOUND", request.parent)
        refuse_if_any(_standing_refusals(kept))
        refund = _complete(store, request.refund, now)
        refund.customer_id = kept.message.customer_id
        _assess(ruleset, kept, refund)
        trace = split_trace(refund.assessment.answer)
        amount = to_minor_units(refund.total)
        paid = kept.standing
        standing = Standing(paid.total, paid.paid, paid.refunded + amount)

        def keep(connection: Connection) -> None:
            refund.name = f"orders/{number}/refunds/{len(kept.refunds) + 1}"
            add_refund(connection, number, refund, trace, standing, now)

        return refund, keep

    return make_change(store, METHOD, request, refund_service_pb2.Refund(), decide)


def _read(faults: Faults, store: Store, refund: refund_service_pb2.Refund) -> None:
    """Faults of the request; kind, lines and evidence are read with the order, by AssessRefund."""
    if refund.kind == refund_service_pb2.REFUND_KIND_EXCHANGE:
        faults.add("refund.kind", "UNKNOWN_VALUE", "an exchange is assessed, and never made here")
    text(faults, "refund.note", refund.note)
    if refund.HasField("request_date"):
        day = civil_date(faults, "refund.request_date", refund.request_date)
        # A day may begin elsewhere before it begins here.
        if day is not None and day > store.clock.day(store.clock.now()) + timedelta(days=1):
            faults.add("refund.request_date", "OUT_OF_RANGE", f"{day} is yet to come")


def _standing_refusals(kept: KeptOrder) -> list[Refusal]:
    standing, name = kept.standing, kept.message.name
    if standing.outstanding:
        return [Refusal("ORDER_NOT_PAID", name)]
    if standing.paid and standing.refunded == standing.paid:
        return [Refusal("ORDER_REFUNDED", name)]
    return []


def _complete(store: Store, asked: refund_service_pb2.Refund, now: datetime) -> refund_service_pb2.Refund:
    refund = refund_service_pb2.Refund(
        kind=asked.kind or refund_service_pb2.REFUND_KIND_WHOLE, lines=asked.lines, evidence=asked.evidence
    )
    if asked.HasField("note"):
        refund.note = asked.note
    if asked.HasField("request_date"):
        refund.request_date.CopyFrom(asked.request_date)
    else:
        write_date(refund.request_date, store.clock.day(now))
    refund.create_time.FromDatetime(now)
    return refund


def _assess(ruleset: Ruleset, kept: KeptOrder, refund: refund_service_pb2.Refund) -> None:
    """Ask AssessRefund, and fill in what it answers.

    Raises:
        CallError: INVALID_ARGUMENT; FAILED_PRECONDITION with its reasons, also when it does not decide.
    """
    asked = refund_service_pb2.AssessRefundRequest(
        paid_order=kept.message.paid_order,
        kind=refund.kind,
        lines=refund.lines,
        request_date=refund.request_date,
        evidence=refund.evidence,
        edition=kept.message.edition,
        view=common_pb2.VIEW_FULL,
    )
    faults = Faults()
    read_refund_request(faults, asked, len(asked.paid_order.lines))
    if faults.found:
        raise CallError(invalid_argument([replace(each, field=f"refund.{each.field}") for each in faults.found]))
    assessment = assess_refund(ruleset, asked)
    refuse_if_any(refusals_of(assessment.answer))
    refund.assessment.CopyFrom(assessment)
    refund.total.CopyFrom(assessment.total)
