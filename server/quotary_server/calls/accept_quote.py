"""QuoteService.AcceptQuote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from quotary.v1 import (
    common_pb2,
    entitlement_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    subscription_service_pb2,
)
from quotary_server.adapter.comparing import quote_figures
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import text
from quotary_server.adapter.reading_payment import read_instrument
from quotary_server.adapter.refusals import Refusal, not_found, refusals_if_refused, refusals_of, refuse_if_any
from quotary_server.adapter.writing import write_date
from quotary_server.calls.assess_sale import assess_sale
from quotary_server.records.invoice import make_invoice
from quotary_server.records.merged_answer import merge_answer
from quotary_server.records.permission import ask_permission
from quotary_server.records.settlement import (
    Payable,
    ask_fulfilment_rules,
    ask_payment_rules,
    keep_receipt,
    payment_refusals,
    receive,
)
from quotary_server.ruleset import Ruleset
from quotary_server.store.amounts import to_minor_units
from quotary_server.store.changes import Keep, make_change, read_request_id
from quotary_server.store.digest import split_trace
from quotary_server.store.names import invoice_number, read_plain_quote_name
from quotary_server.store.orders import Standing, add_order, fill_order
from quotary_server.store.quotes import ACCEPTED, EXPIRED, KeptQuote, find_quote
from quotary_server.store.store import Store
from quotary_spec.rules.payment.methods import INSTANT

METHOD = "QuoteService/AcceptQuote"


def accept_quote(
    ruleset: Ruleset, store: Store, request: quote_service_pb2.AcceptQuoteRequest
) -> quote_service_pb2.AcceptQuoteResponse:
    """Turn the revision that the customer saw into an order, at its prices.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; NOT_FOUND; FAILED_PRECONDITION with every reason.
        StoreError: the store failed.
    """
    faults = Faults()
    number = read_plain_quote_name(faults, "name", request.name)
    _read(faults, request)
    faults.raise_if_any()

    def decide(connection: Connection, now: datetime) -> tuple[quote_service_pb2.AcceptQuoteResponse, Keep]:
        kept = find_quote(connection, number, None, now)
        if kept is None:
            not_found("QUOTE_NOT_FOUND", request.name)
        refuse_if_any(_standing_refusals(connection, kept, request, now))
        order = _make_order(store, kept.message, request, now)
        asked = _ask_rules(ruleset, order, kept.message, request)
        return _place(ruleset, store, kept.message, order, asked, request.payment_reference, now)

    return make_change(store, METHOD, request, quote_service_pb2.AcceptQuoteResponse(), decide)


def _read(faults: Faults, request: quote_service_pb2.AcceptQuoteRequest) -> None:
    read_request_id(faults, request)
    for name in ("revision", "digest"):
        if not request.HasField(name):
            faults.add(name, "REQUIRED")
    if request.HasField("revision") and request.revision < 1:
        faults.add("revision", "OUT_OF_RANGE", f"{request.revision} is below 1")
    for name in ("digest", "purchase_order_number", "payment_reference"):
        text(faults, name, getattr(request, name))
    if request.HasField("payment_instrument"):
        read_instrument(faults, "payment_instrument", request.payment_instrument)


def _standing_refusals(
    connection: Connection, kept: KeptQuote, request: quote_service_pb2.AcceptQuoteRequest, now: datetime
) -> list[Refusal]:
    """What stands against it in the quote itself."""
    quote = kept.message
    if quote.state == ACCEPTED:
        return [Refusal("QUOTE_ACCEPTED", quote.name, metadata=(("order", quote.accepted_order),))]
    refusals = []
    if quote.state == EXPIRED:
        day = quote.valid_through_date
        last = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"
        refusals.append(Refusal("QUOTE_EXPIRED", quote.name, last, (("valid_through_date", last),)))
    if request.revision != quote.revision or request.digest != quote.digest:
        refusals += _differences(connection, kept, request, now)
    if not quote.priced_order.HasField("total"):
        refusals += [Refusal("QUOTE_NOT_DECIDED", quote.name), *refusals_of(quote.priced_order.answer)]
    return refusals


def _differences(
    connection: Connection, kept: KeptQuote, request: quote_service_pb2.AcceptQuoteRequest, now: datetime
) -> list[Refusal]:
    """That another revision was seen, and each figure in which it differs from the newest."""
    newest = kept.message
    facts = (("revision", str(newest.revision)), ("digest", newest.digest))
    refusals = [Refusal("QUOTE_REVISED", newest.name, f"the newest is revision {newest.revision}", facts)]
    seen = find_quote(connection, kept.number, request.revision, now)
    if seen is None or seen.message.revision == newest.revision:
        return refusals
    before, after = (dict(quote_figures(each.message.priced_order)) for each in (seen, kept))
    for path in dict.fromkeys((*before, *after)):
        old, new = before.get(path, "nothing"), after.get(path, "nothing")
        if old != new:
            detail = f"{old} in revision {request.revision}, {new} in revision {newest.revision}"
            refusals.append(Refusal("QUOTE_REVISED", f"priced_order.{path}", detail))
    return refusals


def _make_order(
    store: Store, quote: quote_service_pb2.Quote, request: quote_service_pb2.AcceptQuoteRequest, now: datetime
) -> order_service_pb2.Order:
    """The order as it is made: the quote's prices, on the day and at the moment of the server's clock."""
    priced = quote.priced_order
    number = quote.name.removeprefix("quotes/")
    order = order_service_pb2.Order(
        name=f"orders/{number}",
        invoice=f"orders/{number}/invoices/{invoice_number(number)}",
        quote=f"{quote.name}@{quote.revision}",
        quote_digest=quote.digest,
        customer_id=quote.customer_id,
        edition=quote.edition,
        deal=quote.order.deal,
        net_total=priced.net_total,
        tax_total=priced.tax_total,
        total=priced.total,
    )
    if priced.HasField("fee"):
        order.fee_amount.CopyFrom(priced.fee.amount)
    deal = order.deal
    write_date(deal.order_date, store.clock.day(now))
    deal.order_time.FromDatetime(now)
    deal.ClearField("payment_date")
    deal.purchase_order_number = request.purchase_order_number or quote.purchase_order_number
    if request.HasField("payment_instrument"):
        order.payment_instrument.CopyFrom(request.payment_instrument)
    order.create_time.FromDatetime(now)
    order.update_time.FromDatetime(now)
    return order


def _ask_rules(
    ruleset: Ruleset,
    order: order_service_pb2.Order,
    quote: quote_service_pb2.Quote,
    request: quote_service_pb2.AcceptQuoteRequest,
) -> entitlement_service_pb2.AssessPaymentOptionsResponse | None:
    """Ask who may accept, whether the lines are sold at this moment, and whether it can be paid as is meant.

    Raises:
        CallError: FAILED_PRECONDITION with every reason.
    """
    sale = assess_sale(
        ruleset,
        subscription_service_pb2.AssessSaleRequest(
            deal=order.deal,
            lines=quote.order.lines,
            resale=request.resale if request.HasField("resale") else None,
            edition=order.edition,
            view=common_pb2.VIEW_FULL,
        ),
    )
    merge_answer(order.answer, sale.answer)
    refusals = refusals_if_refused(sale.answer)
    if request.HasField("actor"):
        permitted = ask_permission(ruleset, request.actor, "pay_quote", order.deal, order.edition)
        merge_answer(order.answer, permitted)
        refusals += refusals_if_refused(permitted)
    asked = None
    if request.HasField("payment_instrument"):
        credit = request.credit if request.HasField("credit") else None
        purpose = entitlement_service_pb2.PAYMENT_PURPOSE_ORDER
        asked = ask_payment_rules(ruleset, order, quote, request.payment_instrument, purpose, credit)
        merge_answer(order.answer, asked.answer)
        refusals += payment_refusals(asked, must_be_payable=False)
    refuse_if_any(refusals)
    return asked


def _place(
    ruleset: Ruleset,
    store: Store,
    quote: quote_service_pb2.Quote,
    order: order_service_pb2.Order,
    asked: entitlement_service_pb2.AssessPaymentOptionsResponse | None,
    reference: str,
    now: datetime,
) -> tuple[quote_service_pb2.AcceptQuoteResponse, Keep]:
    """The order with its invoice and, when it is charged at once, its payment; and what keeps them."""
    number = order.name.removeprefix("orders/")
    invoice = make_invoice(order, quote, now)
    for option in asked.options if asked is not None else ():
        if option.net_terms.HasField("due_date"):
            invoice.due_date.CopyFrom(option.net_terms.due_date)
    fulfilment = ask_fulfilment_rules(ruleset, order, quote, 0, None)
    trace = split_trace(order.answer)
    unpaid = Standing(to_minor_units(order.total), 0, 0)
    shown = order_service_pb2.Order()
    shown.CopyFrom(order)
    for name in ("name", "invoice"):
        shown.ClearField(name)
    shown.fulfilments.extend(fulfilment.fulfilments)
    fill_order(shown, unpaid, quote, ())
    receipt = None
    if unpaid.total and asked is not None and asked.payable and order.payment_instrument.method in INSTANT:
        payable = Payable(number, unpaid, quote, (), shown, invoice)
        receipt = receive(ruleset, store, payable, _charge(order, reference, now), unpaid.total, now)
        shown = receipt.response.order
    response = quote_service_pb2.AcceptQuoteResponse(quote=quote, order=shown)
    response.quote.state = ACCEPTED
    response.quote.accept_time.FromDatetime(now)
    response.quote.update_time.FromDatetime(now)

    def keep(connection: Connection) -> None:
        response.order.name = response.quote.accepted_order = order.name
        response.order.invoice = order.invoice
        add_order(connection, order, trace, fulfilment.SerializeToString(), invoice, now)
        if receipt is not None:
            keep_receipt(connection, receipt, now)
            response.order.payments[0].name = receipt.response.payment.name

    return response, keep


def _charge(order: order_service_pb2.Order, reference: str, now: datetime) -> order_service_pb2.Payment:
    """The whole amount, charged with the order."""
    payment = order_service_pb2.Payment(
        amount=order.total,
        payment_instrument=order.payment_instrument,
        payment_date=order.deal.order_date,
        purpose=entitlement_service_pb2.PAYMENT_PURPOSE_ORDER,
    )
    if reference:
        payment.reference = reference
    payment.payment_time.FromDatetime(now)
    payment.create_time.FromDatetime(now)
    return payment
