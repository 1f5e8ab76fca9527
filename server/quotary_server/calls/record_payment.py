"""OrderService.RecordPayment."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from quotary.v1 import entitlement_service_pb2, order_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_payment import read_instrument
from quotary_server.adapter.refusals import Refusal, not_found, refuse
from quotary_server.adapter.scalars import civil_date, decimal, instant, money, text
from quotary_server.adapter.writing import write_date
from quotary_server.records.order import Order
from quotary_server.records.settlement import receive_payment
from quotary_server.ruleset import Ruleset
from quotary_server.store.changes import Effect, Transaction, read_request_id, run_idempotent
from quotary_server.store.names import read_order_name
from quotary_server.store.orders import find_invoice, find_order
from quotary_server.store.store import Store
from quotary_spec.money import format_minor, is_currency

METHOD = "OrderService/RecordPayment"


def record_payment(
    ruleset: Ruleset, store: Store, request: order_service_pb2.RecordPaymentRequest
) -> order_service_pb2.RecordPaymentResponse:
    """Record money that was received for an order.

    Raises:
        CallError: INVALID_ARGUMENT with every violation; NOT_FOUND; FAILED_PRECONDITION with every reason.
        StoreError: the store failed.
    """
    faults = Faults()
    read_request_id(faults, request)
    number = read_order_name(faults, "name", request.name)
    if request.HasField("payment"):
        _read_payment(faults, store, request.payment)
    else:
        faults.add("payment", "REQUIRED")
    faults.raise_if_any()

    def decide(transaction: Transaction) -> Effect[order_service_pb2.RecordPaymentResponse]:
        stored = find_order(transaction.connection, transaction.caller.tenant, number)
        if stored is None:
            not_found("ORDER_NOT_FOUND", request.name)
        payment = _complete(store, request.payment, transaction.now)
        payment.created_by = transaction.caller.name
        _refuse_amount(stored.order, payment)
        _refuse_day(stored.order, payment)
        issued = find_invoice(transaction.connection, number)
        assert issued is not None  # made with the order
        settlement = receive_payment(
            ruleset, stored.order, stored.document, stored.quote, issued, payment, transaction.now
        )
        reply = order_service_pb2.RecordPaymentResponse(payment=settlement.payment, order=settlement.order)
        return Effect(reply, settlement.rows)

    return run_idempotent(store, METHOD, request, order_service_pb2.RecordPaymentResponse(), decide, unname=_unname)


def _unname(reply: order_service_pb2.RecordPaymentResponse) -> None:
    reply.payment.ClearField("name")
    reply.order.payments[-1].ClearField("name")


def _read_payment(faults: Faults, store: Store, payment: order_service_pb2.Payment) -> None:
    if not payment.HasField("amount"):
        faults.add("payment.amount", "REQUIRED")
    elif not is_currency(payment.amount.currency_code):
        faults.add("payment.amount.currency_code", "UNKNOWN_CURRENCY", repr(payment.amount.currency_code[:10]))
    elif money(faults, "payment.amount", payment.amount, payment.amount.currency_code) == 0:
        faults.add("payment.amount", "OUT_OF_RANGE", "a payment is above 0")
    if payment.HasField("payment_instrument"):
        read_instrument(faults, "payment.payment_instrument", payment.payment_instrument)
    else:
        faults.add("payment.payment_instrument", "REQUIRED")
    # A day may begin elsewhere before it begins here.
    latest = store.clock.day(store.clock.now()) + timedelta(days=1)
    day = civil_date(faults, "payment.payment_date", payment.payment_date) if payment.HasField("payment_date") else None
    if day is not None and day > latest:
        faults.add("payment.payment_date", "OUT_OF_RANGE", f"{day} is yet to come")
    if payment.HasField("payment_time"):
        moment = instant(faults, "payment.payment_time", payment.payment_time)
        if moment is not None and store.clock.day(moment) > latest:
            faults.add("payment.payment_time", "OUT_OF_RANGE", "it is yet to come")
    if payment.purpose not in entitlement_service_pb2.PaymentPurpose.values():
        faults.add("payment.purpose", "UNKNOWN_VALUE", str(payment.purpose))
    text(faults, "payment.reference", payment.reference)
    if payment.HasField("invoice_exchange_rate"):
        found = len(faults.found)
        rate = decimal(faults, "payment.invoice_exchange_rate", payment.invoice_exchange_rate)
        if rate == 0 and len(faults.found) == found:
            faults.add("payment.invoice_exchange_rate", "OUT_OF_RANGE", "an exchange rate is above 0")
    if payment.HasField("invoice_currency_code") and not is_currency(payment.invoice_currency_code):
        faults.add("payment.invoice_currency_code", "UNKNOWN_CURRENCY", repr(payment.invoice_currency_code[:10]))


def _complete(store: Store, requested: order_service_pb2.Payment, now: datetime) -> order_service_pb2.Payment:
    """The payment with the days and moments that were left out, by the server's clock."""
    payment = order_service_pb2.Payment(
        amount=requested.amount, payment_instrument=requested.payment_instrument, purpose=requested.purpose
    )
    payment.purpose = payment.purpose or entitlement_service_pb2.PAYMENT_PURPOSE_INVOICE
    for name in ("reference", "invoice_exchange_rate", "invoice_currency_code"):
        if requested.HasField(name):
            setattr(payment, name, getattr(requested, name))
    if requested.HasField("payment_time"):
        payment.payment_time.CopyFrom(requested.payment_time)
    elif not requested.HasField("payment_date"):
        # Of a payment whose day alone is given, the moment is not known.
        payment.payment_time.FromDatetime(now)
    if requested.HasField("payment_date"):
        payment.payment_date.CopyFrom(requested.payment_date)
    else:
        write_date(payment.payment_date, store.clock.day(payment.payment_time.ToDatetime(now.tzinfo)))
    payment.create_time.FromDatetime(now)
    return payment


def _refuse_amount(order: Order, payment: order_service_pb2.Payment) -> None:
    """A payment is in the currency of the order, and of no more than is outstanding.

    Raises:
        CallError: INVALID_ARGUMENT; FAILED_PRECONDITION.
    """
    faults = Faults()
    amount = money(faults, "payment.amount", payment.amount, order.currency)
    faults.raise_if_any()
    name, outstanding = f"orders/{order.number}", order.balance.outstanding
    if outstanding == 0:
        refuse([Refusal("ORDER_PAID", name)])
    if amount > outstanding:
        owed = format_minor(outstanding, order.currency)
        refuse([Refusal("PAYMENT_EXCEEDS_OUTSTANDING", name, f"{owed} is outstanding", (("outstanding", owed),))])


def _refuse_day(order: Order, payment: order_service_pb2.Payment) -> None:
    """A payment is made after its order was placed: windows of refunds are counted from its day.

    Raises:
        CallError: FAILED_PRECONDITION.
    """
    placed, paid = order.deal.order_date, payment.payment_date
    # A day may end elsewhere after it ended here.
    if placed is not None and date(paid.year, paid.month, paid.day) < placed - timedelta(days=1):
        fact = (("order_date", placed.isoformat()),)
        refuse([Refusal("PAYMENT_BEFORE_ORDER", f"orders/{order.number}", f"it was placed on {placed}", fact)])
