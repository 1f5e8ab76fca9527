"""What the rules answer about a change: compositions asked with nouns; the answer goes into reply and record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, Protocol, TypeVar

from quotary.v1 import common_pb2
from quotary_server.adapter.refusals import Refusal, refusal_of, refusals_if_refused, refusals_of
from quotary_server.adapter.writing import write_answer
from quotary_server.records.order import Order, ServiceHistory
from quotary_server.ruleset import Ruleset
from quotary_spec.model.fulfilment import AssessedFulfilment, FulfilmentCase
from quotary_spec.model.order import Billing
from quotary_spec.model.payment import (
    CreditStanding,
    PayableLine,
    PaymentAssessment,
    PaymentCase,
    PaymentInstrument,
    PaymentPurpose,
)
from quotary_spec.model.permission import CheckedPermission, PermissionCase
from quotary_spec.model.refund import RefundAssessment, RefundRequest
from quotary_spec.model.sale import AssessedSale, Resale, SaleCase
from quotary_spec.model.subscription import Actor
from quotary_spec.outcome import Finding
from quotary_spec.rule import tracing
from quotary_spec.rulebook import Book
from quotary_spec.rules import fulfilment, permissions_assessment, refunds_assessment
from quotary_spec.rules.payment.assessment import assess_payment_options
from quotary_spec.rules.sales import assessment as sales
from quotary_spec.rules.sales.conditions import placed, refusals


class Assessed(Protocol):
    """What every composition gives."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...


A = TypeVar("A", bound=Assessed)


@dataclass(frozen=True, slots=True)
class Asked(Generic[A]):
    """What a composition gave, and the answer that goes into the reply and the record."""

    result: A
    answer: common_pb2.Answer


def _ask(ruleset: Ruleset, book: Book, composition: Callable[[], A], view: int = common_pb2.VIEW_FULL) -> Asked[A]:
    with tracing(book.edition) as trace:
        result = composition()
    answer = common_pb2.Answer()
    write_answer(answer, ruleset.digests, book, result.findings, trace, view)
    return Asked(result, answer)


def ask_permission(
    ruleset: Ruleset, book: Book, actor: Actor, action: str, billing: Billing | None
) -> Asked[CheckedPermission]:
    """Whether the person who makes a change may make it, in the billing system of the deal."""
    case = PermissionCase(action=action, actor=actor, billing=billing)
    return _ask(ruleset, book, lambda: permissions_assessment.check_permission(book, case))


def ask_sale(ruleset: Ruleset, order: Order, resale: Resale) -> Asked[AssessedSale]:
    """Whether the lines of an order are sold at its moment."""
    case = SaleCase(order.deal, tuple(line.ordered for line in order.lines), resale)
    return _ask(ruleset, order.book, lambda: sales.assess_sale(order.book, case))


def refusals_on_payment(order: Order, paid_on: date) -> list[Refusal]:
    """Why a condition of sale that hangs on the day of payment refuses an order that met the others when it was placed.

    A term that starts with its payment can start too late. What the order's day decides is not asked again.
    """
    lines = tuple(line.ordered for line in order.lines)

    def refused_if_paid(day: date | None) -> Iterator[Finding]:
        for i, found in enumerate(refusals(order.book, replace(order.deal, payment_date=day), lines)):
            yield from placed(found, f"lines[{i}]")

    at_order = set(refused_if_paid(order.deal.order_date))
    late = (each for each in refused_if_paid(paid_on) if each not in at_order)
    return [refusal_of(each, each.subject, order.edition) for each in late]


def ask_payment(
    ruleset: Ruleset,
    order: Order,
    instrument: PaymentInstrument,
    purpose: PaymentPurpose,
    credit: CreditStanding | None = None,
) -> Asked[PaymentAssessment]:
    """Whether an order that is placed and invoiced can be paid so."""
    in_dollars = order.currency == "USD"
    case = PaymentCase(
        deal=order.deal,
        lines=tuple(
            # What net terms compare is the amount before conversion, which other orders do not state.
            PayableLine(line.product, line.cycle, line.net if in_dollars else None)
            for line in order.lines
        ),
        instrument=instrument,
        purpose=purpose,
        order_placed=True,
        invoice_date=order.deal.order_date,
        credit=credit or CreditStanding(),
    )
    return _ask(ruleset, order.book, lambda: assess_payment_options(order.book, case))


def payment_refusals(question: Asked[PaymentAssessment], *, must_be_payable: bool) -> list[Refusal]:
    """Why money cannot be received so; net terms have to be granted, other methods must not be refused."""
    terms = any(option.net_terms is not None for option in question.result.options)
    refusals = refusals_of(question.answer) if terms else refusals_if_refused(question.answer)
    if must_be_payable and question.result.sending is not None and not question.result.sending.payable:
        reasons = (each for each in question.answer.reasons if each.code == "PAY_AGAINST_INVOICE")
        refusals += [Refusal(each.code, each.subject) for each in reasons]
    return refusals


def ask_fulfilment(ruleset: Ruleset, order: Order) -> Asked[AssessedFulfilment]:
    """What of an order is available after its latest payment, or before its first."""
    deal, payment_time, processed = order.deal, None, None
    if order.balance.outstanding:
        # A part is no payment of the order.
        processed = False
    elif not order.payments:
        # Nothing has to be paid: the order is its own payment.
        deal = replace(deal, payment_date=deal.order_date)
    else:
        latest = order.payments[-1]
        deal, payment_time = replace(deal, payment_date=latest.paid_on), latest.paid_at
    case = FulfilmentCase(
        deal=deal,
        lines=tuple(line.ordered for line in order.lines),
        payment_time=payment_time,
        payment_processed=processed,
        due=order.balance.total,
        paid=order.balance.paid,
    )
    return _ask(ruleset, order.book, lambda: fulfilment.assess_fulfilment(order.book, case), common_pb2.VIEW_BASIC)


def ask_refund(
    ruleset: Ruleset,
    order: Order,
    request: RefundRequest,
    requested_on: date | None,
    told: Mapping[int, ServiceHistory],
) -> Asked[RefundAssessment]:
    """What of an order goes back when it is requested on a day, with what is told of its lines."""
    paid = order.paid_order(told)
    return _ask(ruleset, order.book, lambda: refunds_assessment.assess_refund(order.book, paid, request, requested_on))
