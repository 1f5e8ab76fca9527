"""QuoteService.AcceptQuote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from quotary.v1 import entitlement_service_pb2, order_service_pb2, quote_service_pb2
from quotary_server.adapter.amounts import to_minor_units
from quotary_server.adapter.comparing import quote_figures
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_payment import read_credit, read_instrument
from quotary_server.adapter.reading_records import read_stored_order
from quotary_server.adapter.reading_sales import read_resale
from quotary_server.adapter.reading_subscriptions import read_actor
from quotary_server.adapter.refusals import Refusal, not_found, refusals_if_refused, refusals_of, refuse_if_any
from quotary_server.adapter.scalars import text
from quotary_server.adapter.writing import write_date
from quotary_server.adapter.writing_records import fill_order, write_invoice
from quotary_server.records.asking import Asked, ask_payment, ask_permission, ask_sale, payment_refusals
from quotary_server.records.invoice import Invoice
from quotary_server.records.merged_answer import merge_answer
from quotary_server.records.order import Balance, Order
from quotary_server.records.settlement import fulfilment_of, receive_payment
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Effect, Transaction, read_request_id, run_idempotent
from quotary_server.store.digest import split_trace
from quotary_server.store.names import invoice_number, read_plain_quote_name
from quotary_server.store.orders import order_rows
from quotary_server.store.quotes import ACCEPTED, EXPIRED, StoredQuote, find_quote
from quotary_server.store.store import Store
from quotary_spec.model.payment import CreditStanding, PaymentAssessment, PaymentInstrument, PaymentPurpose
from quotary_spec.model.sale import Resale
from quotary_spec.model.subscription import Actor
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
    acceptance = _read(faults, request)
    faults.raise_if_any()

    def decide(transaction: Transaction) -> Effect[quote_service_pb2.AcceptQuoteResponse]:
        stored = find_quote(transaction.connection, transaction.caller.tenant, number, None, transaction.now)
        if stored is None:
            not_found("QUOTE_NOT_FOUND", request.name)
        quote = stored.document
        refuse_if_any(_state_refusals(transaction, stored, request))
        document = _make_order(store, quote, request, transaction.now)
        document.created_by = transaction.caller.name
        order = read_stored_order(number, document, quote, Balance(to_minor_units(document.total)))
        on_payment = _ask_rules(ruleset, order, document, acceptance)
        return _place(ruleset, quote, order, document, on_payment, request.payment_reference, transaction)

    return run_idempotent(store, METHOD, request, quote_service_pb2.AcceptQuoteResponse(), decide, unname=_unname)


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """Who accepts a quote, for whom, and how it will be paid."""

    actor: Actor | None
    resale: Resale
    instrument: PaymentInstrument | None
    credit: CreditStanding


def _read(faults: Faults, request: quote_service_pb2.AcceptQuoteRequest) -> _Acceptance:
    read_request_id(faults, request)
    for name in ("revision", "digest"):
        if not request.HasField(name):
            faults.add(name, "REQUIRED")
    if request.HasField("revision") and request.revision < 1:
        faults.add("revision", "OUT_OF_RANGE", f"{request.revision} is below 1")
    for name in ("digest", "purchase_order_number", "payment_reference"):
        text(faults, name, getattr(request, name))
    has = request.HasField
    return _Acceptance(
        actor=read_actor(faults, "actor", request.actor) if has("actor") else None,
        resale=read_resale(faults, "resale", request.resale) if has("resale") else Resale(),
        instrument=read_instrument(faults, "payment_instrument", request.payment_instrument)
        if has("payment_instrument")
        else None,
        credit=read_credit(faults, "credit", request.credit),
    )


def _unname(reply: quote_service_pb2.AcceptQuoteResponse) -> None:
    reply.quote.ClearField("accepted_order")
    reply.order.ClearField("name")
    reply.order.ClearField("invoice")
    for payment in reply.order.payments:
        payment.ClearField("name")


def _state_refusals(
    transaction: Transaction, stored: StoredQuote, request: quote_service_pb2.AcceptQuoteRequest
) -> list[Refusal]:
    """What stands against it in the quote itself."""
    quote = stored.document
    if quote.state == ACCEPTED:
        return [Refusal("QUOTE_ACCEPTED", quote.name, metadata=(("order", quote.accepted_order),))]
    refusals = []
    if quote.state == EXPIRED:
        day = quote.valid_through_date
        last = f"{day.year:04d}-{day.month:02d}-{day.day:02d}"
        refusals.append(Refusal("QUOTE_EXPIRED", quote.name, last, (("valid_through_date", last),)))
    if request.revision != quote.revision or request.digest != quote.digest:
        refusals += _differences(transaction, stored, request)
    if not quote.priced_order.HasField("total"):
        refusals += [Refusal("QUOTE_NOT_DECIDED", quote.name), *refusals_of(quote.priced_order.answer)]
    return refusals


def _differences(
    transaction: Transaction, stored: StoredQuote, request: quote_service_pb2.AcceptQuoteRequest
) -> list[Refusal]:
    """That another revision was seen, and each figure in which it differs from the newest."""
    newest = stored.document
    facts = (("revision", str(newest.revision)), ("digest", newest.digest))
    same = request.revision == newest.revision
    detail = "its digest is another" if same else f"the newest is revision {newest.revision}"
    refusals = [Refusal("QUOTE_REVISED", newest.name, detail, facts)]
    caller = transaction.caller
    seen = find_quote(transaction.connection, caller.tenant, stored.number, request.revision, transaction.now)
    if seen is None or seen.document.revision == newest.revision:
        return refusals
    before, after = (dict(quote_figures(each.document.priced_order)) for each in (seen, stored))
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
    ruleset: Ruleset, order: Order, document: order_service_pb2.Order, acceptance: _Acceptance
) -> Asked[PaymentAssessment] | None:
    """Ask whether the lines are sold at this moment, who may accept, and whether it can be paid as is meant.

    The answers are kept with the order; that on payment is given, if one was asked.

    Raises:
        CallError: FAILED_PRECONDITION with every reason.
    """
    sale = ask_sale(ruleset, order, acceptance.resale)
    merge_answer(document.answer, sale.answer)
    refusals = refusals_if_refused(sale.answer)
    if acceptance.actor is not None:
        permitted = ask_permission(ruleset, order.book, acceptance.actor, "pay_quote", order.deal.billing)
        merge_answer(document.answer, permitted.answer)
        refusals += refusals_if_refused(permitted.answer)
    on_payment = None
    if acceptance.instrument is not None:
        on_payment = ask_payment(ruleset, order, acceptance.instrument, PaymentPurpose.ORDER, acceptance.credit)
        merge_answer(document.answer, on_payment.answer)
        refusals += payment_refusals(on_payment, must_be_payable=False)
    refuse_if_any(refusals)
    return on_payment


def _place(
    ruleset: Ruleset,
    quote: quote_service_pb2.Quote,
    order: Order,
    document: order_service_pb2.Order,
    on_payment: Asked[PaymentAssessment] | None,
    reference: str,
    transaction: Transaction,
) -> Effect[quote_service_pb2.AcceptQuoteResponse]:
    """The order with its invoice and, when it is charged at once, its payment."""
    now = transaction.now
    invoice = order_service_pb2.Invoice()
    issued = Invoice(invoice_number(order.number), _due_on(on_payment))
    write_invoice(invoice, order, document, quote, issued, now)
    fulfilment = fulfilment_of(ruleset, order)
    trace = split_trace(document.answer)
    rows = order_rows(order, document, trace, fulfilment.SerializeToString(), invoice, now, transaction.caller.tenant)
    shown = order_service_pb2.Order()
    shown.CopyFrom(document)
    shown.fulfilments.extend(fulfilment.fulfilments)
    fill_order(shown, order, quote)
    if order.balance.total and _is_charged_at_once(on_payment, document.payment_instrument.method):
        settlement = receive_payment(ruleset, order, shown, quote, invoice, _charge(document, reference, now), now)
        shown = settlement.order
        rows += settlement.rows
    reply = quote_service_pb2.AcceptQuoteResponse(quote=quote, order=shown)
    reply.quote.state = ACCEPTED
    reply.quote.accepted_order = document.name
    reply.quote.accept_time.FromDatetime(now)
    reply.quote.update_time.FromDatetime(now)
    reply.quote.updated_by = document.created_by
    return Effect(reply, rows)


def _due_on(on_payment: Asked[PaymentAssessment] | None) -> date | None:
    """The last day of the net terms that were granted; None for at once."""
    options = on_payment.result.options if on_payment is not None else ()
    days = [option.net_terms.due_on for option in options if option.net_terms is not None]
    return days[-1] if days else None


def _is_charged_at_once(on_payment: Asked[PaymentAssessment] | None, method: str) -> bool:
    sending = on_payment.result.sending if on_payment is not None else None
    return sending is not None and sending.payable and method in INSTANT


def _charge(order: order_service_pb2.Order, reference: str, now: datetime) -> order_service_pb2.Payment:
    """The whole amount, charged with the order."""
    payment = order_service_pb2.Payment(
        amount=order.total,
        payment_instrument=order.payment_instrument,
        payment_date=order.deal.order_date,
        purpose=entitlement_service_pb2.PAYMENT_PURPOSE_ORDER,
        created_by=order.created_by,
    )
    if reference:
        payment.reference = reference
    payment.payment_time.FromDatetime(now)
    payment.create_time.FromDatetime(now)
    return payment
