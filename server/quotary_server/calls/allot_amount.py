"""RefundService.AllotAmount."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from quotary.v1 import refund_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_refunds import paid_currency, read_paid_order, read_positions
from quotary_server.adapter.scalars import money
from quotary_server.adapter.writing import MoneyWriter, write_line_amounts
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.refund import PaidOrder
from quotary_spec.money import is_currency
from quotary_spec.rulebook import Book
from quotary_spec.rules import allotment


def allot_amount(
    ruleset: Ruleset, request: refund_service_pb2.AllotAmountRequest
) -> refund_service_pb2.AllotAmountResponse:
    """How an amount of a paid order belongs to net, fee and each tax of its lines.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(_write, currency=paid_currency(request.paid_order))
    return answer(ruleset, request, refund_service_pb2.AllotAmountResponse(), _read, _ask, write)


@dataclass(frozen=True, slots=True)
class _Case:
    order: PaidOrder
    amount: int
    lines: tuple[int, ...]
    currency: str


def _read(faults: Faults, request: refund_service_pb2.AllotAmountRequest) -> _Case:
    order, currency = PaidOrder(()), paid_currency(request.paid_order)
    if request.HasField("paid_order"):
        order = read_paid_order(faults, "paid_order", request.paid_order)
    else:
        faults.add("paid_order", "REQUIRED")
    amount = 0
    if request.HasField("amount"):
        amount = money(faults, "amount", request.amount, currency if is_currency(currency) else "USD")
    else:
        faults.add("amount", "REQUIRED")
    return _Case(order, amount, read_positions(faults, "lines", request.lines, len(order.lines)), currency)


def _ask(book: Book, case: _Case) -> allotment.Allotment:
    return allotment.allot_amount(case.order, case.amount, case.lines, case.currency)


def _write(response: refund_service_pb2.AllotAmountResponse, allotted: allotment.Allotment, currency: str) -> None:
    """Fill an allotment, all but its answer."""
    if allotted.left is None:
        return
    write = MoneyWriter(currency)
    for position, amounts in allotted.lines:
        line = response.lines.add(position=position)
        write_line_amounts(line.amounts, amounts, write)
    total = allotted.total
    write(response.net_total, total.net)
    write(response.fee_total, total.fee)
    write(response.tax_total, total.tax)
    write(response.total, total.total)
    write(response.left_total, allotted.left)
