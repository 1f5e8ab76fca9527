"""RefundService.CreateRefund."""

from __future__ import annotations

from datetime import datetime, timedelta

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_records import read_history, read_refund
from quotary_server.adapter.reading_refunds import read_refund_request
from quotary_server.adapter.refusals import Refusal, not_found, refusals_of, refuse_if_any
from quotary_server.adapter.scalars import civil_date, text
from quotary_server.adapter.writing import write_date
from quotary_server.adapter.writing_records import write_refund_assessment
from quotary_server.records.asking import ask_refund
from quotary_server.records.order import Order, OrderLine, OrderState, ServiceHistory, give_refund
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Effect, Transaction, read_request_id, run_idempotent
from quotary_server.store.digest import split_trace
from quotary_server.store.names import read_order_name
from quotary_server.store.orders import find_order
from quotary_server.store.refunds import refund_rows
from quotary_server.store.store import Store
from quotary_spec.model.order import Action

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

    def decide(transaction: Transaction) -> Effect[refund_service_pb2.Refund]:
        stored = find_order(transaction.connection, transaction.caller.tenant, number)
        if stored is None:
            not_found("ORDER_NOT_FOUND", request.parent)
        refuse_if_any(_state_refusals(stored.order))
        refund = _complete(store, request.refund, transaction.now)
        refund.created_by = transaction.caller.name
        refund.customer_id = stored.document.customer_id
        refund.name = f"orders/{number}/refunds/{len(stored.order.refunds) + 1}"
        _assess(ruleset, stored.order, refund)
        trace = split_trace(refund.assessment.answer)
        after = give_refund(stored.order, read_refund(refund))
        return Effect(refund, refund_rows(after, refund, trace, transaction.now, transaction.caller.tenant))

    return run_idempotent(
        store, METHOD, request, refund_service_pb2.Refund(), decide, unname=lambda refund: refund.ClearField("name")
    )


def _read(faults: Faults, store: Store, refund: refund_service_pb2.Refund) -> None:
    """Faults of the request; kind, lines and evidence are read with the order."""
    if refund.kind == refund_service_pb2.REFUND_KIND_EXCHANGE:
        faults.add("refund.kind", "UNKNOWN_VALUE", "an exchange is assessed, and never made here")
    text(faults, "refund.note", refund.note)
    if refund.HasField("request_date"):
        day = civil_date(faults, "refund.request_date", refund.request_date)
        # A day may begin elsewhere before it begins here.
        if day is not None and day > store.clock.day(store.clock.now()) + timedelta(days=1):
            faults.add("refund.request_date", "OUT_OF_RANGE", f"{day} is yet to come")


def _read_histories(faults: Faults, order: Order, refund: refund_service_pb2.Refund) -> dict[int, ServiceHistory]:
    """What is told of the lines, by position; nothing that the order itself contradicts."""
    told: dict[int, ServiceHistory] = {}
    for i, each in enumerate(refund.histories):
        path = f"refund.histories[{i}]"
        history = read_history(faults, path, each)
        if not each.HasField("position"):
            faults.add(f"{path}.position", "REQUIRED")
        elif not 0 <= each.position < len(order.lines):
            faults.add(f"{path}.position", "OUT_OF_RANGE", f"{each.position} is not from 0 to {len(order.lines) - 1}")
        elif each.position in told:
            faults.add(f"{path}.position", "CONFLICTING_FIELDS", "a line is named twice")
        else:
            _contradict(faults, path, order, order.lines[each.position], history)
            told[each.position] = history
    return told


def _contradict(faults: Faults, path: str, order: Order, line: OrderLine, history: ServiceHistory) -> None:
    first, paid = line.action is Action.NEW, history.first_paid_on
    if first and paid is not None:
        faults.add(
            f"{path}.first_payment_date", "CONFLICTING_FIELDS", "the line is a first purchase: the order's payment"
        )
    elif paid is not None and order.last_paid_on is not None and paid > order.last_paid_on:
        faults.add(f"{path}.first_payment_date", "OUT_OF_RANGE", f"the order was paid on {order.last_paid_on}")
    start = history.service_start
    if not first and start is not None and line.term is not None and start > line.term.start:
        faults.add(f"{path}.service_start_date", "OUT_OF_RANGE", f"the term renewed begins on {line.term.start}")


def _state_refusals(order: Order) -> list[Refusal]:
    balance, name = order.balance, f"orders/{order.number}"
    if balance.outstanding:
        return [Refusal("ORDER_NOT_PAID", name)]
    if balance.state is OrderState.REFUNDED:
        return [Refusal("ORDER_REFUNDED", name)]
    return []


def _complete(store: Store, requested: refund_service_pb2.Refund, now: datetime) -> refund_service_pb2.Refund:
    refund = refund_service_pb2.Refund(
        kind=requested.kind or refund_service_pb2.REFUND_KIND_WHOLE,
        lines=requested.lines,
        evidence=requested.evidence,
        histories=requested.histories,
    )
    if requested.HasField("note"):
        refund.note = requested.note
    if requested.HasField("request_date"):
        refund.request_date.CopyFrom(requested.request_date)
    else:
        write_date(refund.request_date, store.clock.day(now))
    refund.create_time.FromDatetime(now)
    return refund


def _assess(ruleset: Ruleset, order: Order, refund: refund_service_pb2.Refund) -> None:
    """Ask the rules on refunds, and fill in what they answer.

    Raises:
        CallError: INVALID_ARGUMENT; FAILED_PRECONDITION with their reasons, also when they do not decide.
    """
    faults = Faults()
    request = read_refund_request(faults, "refund.", refund, len(order.lines))
    requested_on = civil_date(faults, "refund.request_date", refund.request_date)
    told = _read_histories(faults, order, refund)
    faults.raise_if_any()
    question = ask_refund(ruleset, order, request, requested_on, told)
    refuse_if_any(refusals_of(question.answer))
    write_refund_assessment(refund.assessment, question.result, order.currency)
    refund.assessment.answer.CopyFrom(question.answer)
    refund.total.CopyFrom(refund.assessment.total)
