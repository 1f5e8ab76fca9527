"""Orders: invoiced, paid in parts or at once; races for one order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from lifecycle.order_cases import FULL, Order, get, parts, place
from lifecycle.world import (
    World,
    accept,
    cloud,
    create,
    data_center,
    minor,
    order,
    pay,
    reason_of,
    refund,
    request_id,
    world,
)
from quotary.errors import QuotaryError
from quotary.v1 import (
    common_pb2,
    entitlement_service_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
)

Invoice = order_service_pb2.Invoice


def invoice(kept: World, placed: Order) -> Invoice:
    return kept.clients[0].orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=placed.invoice))


# ---- paid


def test_an_order_is_paid_in_parts(kept: World) -> None:
    placed = place(kept, order(cloud(), data_center()))
    assert (placed.state, minor(placed.total)) == (Order.STATE_AWAITING_PAYMENT, 37170)
    assert parts(placed.paid_order.lines, "paid") == [0] * 6
    first = pay(kept.clients[0], placed, 10000)
    assert (first.order.state, minor(first.order.paid_amount)) == (Order.STATE_PARTLY_PAID, 10000)
    assert first.payment.name == f"{placed.name}/payments/1"
    # 100.00 of 371.70 are 26.9034... %: of net 100.00, VAT 18.00, net 200.00, fee 15.00 and VAT 38.70, largest
    # remainder gives 26.90 (26.9034), 0 (no fee), 4.84 (4.8426), 53.81 (53.8069), 4.04 (4.0355), 10.41 (10.4116).
    assert sorted(parts(first.order.paid_order.lines, "paid")) == sorted([2690, 0, 484, 5381, 404, 1041])
    assert get(kept, placed.name) == first.order
    kept.pass_days(1)
    last = pay(kept.clients[0], first.order)
    assert (last.order.state, minor(last.order.outstanding_amount)) == (Order.STATE_PAID, 0)
    assert sorted(parts(last.order.paid_order.lines, "paid")) == sorted([10000, 0, 1800, 20000, 1500, 3870])
    assert last.order.paid_order.payment_date.day == 3
    assert [minor(each.amount) for each in last.order.payments] == [10000, 27170]
    assert get(kept, placed.name) == last.order


def test_a_payment_keeps_what_the_rules_said(kept: World) -> None:
    paid = pay(kept.clients[0], place(kept))
    assert "PAYMENT-METHODS" in paid.payment.answer.rule_ids
    assert not paid.payment.answer.steps
    full = get(kept, paid.order.name, FULL)
    assert "PAYMENT-METHODS" in {step.id for step in full.payments[0].answer.steps}
    assert full.answer.steps


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payment_instrument": {"method": "purchase_order"}}, "PURCHASE_ORDER_IS_NO_PAYMENT"),
        ({"payment_instrument": {"method": "credit_card", "card_brand": "discover"}}, "CARD_BRAND_NOT_ACCEPTED"),
        ({"purpose": entitlement_service_pb2.PAYMENT_PURPOSE_QUOTE}, "PAY_AGAINST_INVOICE"),
        ({"amount": {"currency_code": "USD", "units": 118, "nanos": 10_000_000}}, "PAYMENT_EXCEEDS_OUTSTANDING"),
    ],
)
def test_a_payment_that_is_not_allowed(kept: World, changes: dict[str, Any], reason: str) -> None:
    placed = place(kept)
    request = order_service_pb2.RecordPaymentRequest(
        name=placed.name,
        payment={  # type: ignore[arg-type]
            "amount": {"currency_code": "USD", "units": 118},
            "payment_instrument": {"method": "bank_transfer"},
            **changes,
        },
    )
    with pytest.raises(grpc.RpcError) as refused:
        kept.clients[0].orders.RecordPayment(request)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.FAILED_PRECONDITION, reason)
    assert get(kept, placed.name) == placed


def test_a_payment_is_not_older_than_its_order(kept: World) -> None:
    placed = place(kept)
    day = placed.deal.order_date
    ordered = date(day.year, day.month, day.day)

    def paid_on(day: date) -> order_service_pb2.RecordPaymentResponse:
        return kept.clients[0].orders.RecordPayment(
            order_service_pb2.RecordPaymentRequest(
                name=placed.name,
                payment={  # type: ignore[arg-type]
                    "amount": {"currency_code": "USD", "units": 1},
                    "payment_instrument": {"method": "bank_transfer"},
                    "payment_date": {"year": day.year, "month": day.month, "day": day.day},
                },
            )
        )

    with pytest.raises(grpc.RpcError) as refused:
        paid_on(ordered - timedelta(days=2))
    assert (refused.value.code(), reason_of(refused.value)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "PAYMENT_BEFORE_ORDER",
    )
    assert get(kept, placed.name) == placed
    # In another time zone the day of the order may still be the day before.
    assert paid_on(ordered - timedelta(days=1)).payment.payment_date.day == (ordered - timedelta(days=1)).day


@pytest.mark.parametrize(("day", "refusal"), [("2029-03-27", ""), ("2029-03-28", "EOL_REACHED")])
def test_an_upgrade_that_starts_with_its_payment_is_not_paid_too_late(kept: World, day: str, refusal: str) -> None:
    kept.set_time(datetime(2028, 3, 15, 12, tzinfo=UTC))
    held = {"quantity": 100, "term": {"start_date": "2027-09-01", "end_date": "2028-09-01"}, "net_paid": "900.00 USD"}
    line = data_center("2000.00", action="upgrade", user_tier=500, prior=held)
    del line["term"]
    placed = place(kept, order(line, place="OR"))
    kept.set_time(datetime(2029, 3, 30, 12, tzinfo=UTC))
    late = date.fromisoformat(day)
    payment = {"payment_date": {"year": late.year, "month": late.month, "day": late.day}}
    if not refusal:
        assert pay(kept.clients[0], placed, payment=payment).order.state == Order.STATE_PAID
        return
    with pytest.raises(grpc.RpcError) as refused:
        pay(kept.clients[0], placed, payment=payment)
    assert reason_of(refused.value) == refusal
    assert get(kept, placed.name) == placed


def test_a_paid_order_takes_no_more(kept: World) -> None:
    paid = pay(kept.clients[0], place(kept)).order
    with pytest.raises(grpc.RpcError) as refused:
        pay(kept.clients[0], paid, 1)
    assert reason_of(refused.value) == "ORDER_PAID"


def test_every_violation_of_a_payment_is_named(kept: World) -> None:
    placed = place(kept)
    request = order_service_pb2.RecordPaymentRequest(
        name=placed.name,
        request_id="x",
        payment={  # type: ignore[arg-type]
            "amount": {"currency_code": "USD", "units": 0},
            "payment_instrument": {"method": "gold"},
            "payment_date": {"year": 2026, "month": 3, "day": 4},
            "invoice_exchange_rate": "one",
        },
    )
    with pytest.raises(grpc.RpcError) as malformed:
        kept.clients[0].orders.RecordPayment(request)
    assert [(each.field, each.reason) for each in QuotaryError.of(malformed.value).violations] == [
        ("request_id", "INVALID_REQUEST_ID"),
        ("payment.amount", "OUT_OF_RANGE"),
        ("payment.payment_instrument.method", "UNKNOWN_VALUE"),
        ("payment.payment_date", "OUT_OF_RANGE"),
        ("payment.invoice_exchange_rate", "NOT_A_DECIMAL"),
    ]
    request.payment.amount.currency_code = "EUR"
    request.payment.amount.units = 1
    for field in ("payment_date", "invoice_exchange_rate"):
        request.payment.ClearField(field)
    request.payment.payment_instrument.method = "bank_transfer"
    request.ClearField("request_id")
    with pytest.raises(grpc.RpcError) as malformed:
        kept.clients[0].orders.RecordPayment(request)
    assert [each.reason for each in QuotaryError.of(malformed.value).violations] == ["CURRENCY_MISMATCH"]


def test_a_card_is_charged_with_the_order(kept: World) -> None:
    card = common_pb2.PaymentInstrument(method="credit_card", card_brand="visa")
    placed = place(kept, payment_instrument=card, payment_reference="charge 1")
    assert (placed.state, minor(placed.paid_amount)) == (Order.STATE_PAID, 11800)
    (payment,) = placed.payments
    assert (payment.name, payment.reference) == (f"{placed.name}/payments/1", "charge 1")
    assert payment.purpose == entitlement_service_pb2.PAYMENT_PURPOSE_ORDER
    assert get(kept, placed.name) == placed
    assert invoice(kept, placed).state == Invoice.STATE_PAID


def test_a_means_of_payment_that_is_not_accepted(kept: World) -> None:
    made = create(kept.clients[0])
    card = common_pb2.PaymentInstrument(method="credit_card", card_brand="discover")
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made, payment_instrument=card)
    assert reason_of(refused.value) == "CARD_BRAND_NOT_ACCEPTED"
    assert accept(kept.clients[0], made).order.state == Order.STATE_AWAITING_PAYMENT


def test_net_terms_set_the_day_on_which_the_invoice_falls_due(kept: World) -> None:
    large = order(cloud("1000.00"), place="OR")
    net_14 = common_pb2.PaymentInstrument(method="net_14")
    placed = place(kept, large, payment_instrument=net_14)
    assert placed.state == Order.STATE_AWAITING_PAYMENT
    due = invoice(kept, placed).due_date
    assert (due.year, due.month, due.day) == (2026, 3, 16)
    assert not invoice(kept, place(kept, large)).HasField("due_date")
    with pytest.raises(grpc.RpcError) as refused:
        place(kept, order(cloud("999.99"), place="OR"), payment_instrument=net_14)
    assert reason_of(refused.value) == "NET_TERMS_AMOUNT"


def test_a_free_order_is_paid_at_once(kept: World) -> None:
    placed = place(kept, order(cloud("0.00")))
    assert (placed.state, minor(placed.total), list(placed.payments)) == (Order.STATE_PAID, 0, [])
    assert invoice(kept, placed).state == Invoice.STATE_PAID


def test_a_currency_without_decimals_is_paid_to_the_unit(kept: World) -> None:
    placed = place(kept, order(cloud("1005"), place="JP", currency="JPY"))
    # 1,005 and 10 % JCT, 100.5, rounded up.
    assert minor(placed.total) == 1106
    first = pay(kept.clients[0], placed, 553)
    assert sum(parts(first.order.paid_order.lines, "paid")) == 553
    assert pay(kept.clients[0], first.order).order.state == Order.STATE_PAID


def test_access_comes_with_the_order_and_keys_with_its_payment(kept: World) -> None:
    placed = place(kept, order(cloud(), data_center()))
    assert [(each.kind, each.available) for each in placed.fulfilments] == [
        ("site_access", True),
        ("licence_key", False),
    ]
    kept.pass_days(1)
    part = pay(kept.clients[0], placed, 10000).order
    assert [each.available for each in part.fulfilments] == [True, False]
    kept.pass_days(1)
    paid = pay(kept.clients[0], part).order
    assert [(each.available, each.available_date.day) for each in paid.fulfilments] == [(True, 2), (True, 4)]
    assert get(kept, paid.name).fulfilments == paid.fulfilments
    free = place(kept, order(data_center("0.00")))
    assert [each.available for each in free.fulfilments] == [True]


# ---- invoiced


def test_the_invoice_shows_what_was_charged_and_paid(kept: World) -> None:
    agreed = cloud(discount={"rate": "0.10"})
    placed = place(kept, order(agreed, data_center(), purchase_order_number="PO 5"))
    made = invoice(kept, placed)
    assert made.name.startswith(f"{placed.name}/invoices/IN-")
    assert (made.state, made.purchase_order_number) == (Invoice.STATE_OPEN, "PO 5")
    assert [(minor(line.list_amount), minor(line.discount_amount)) for line in made.lines] == [
        (10000, 1000),
        (20000, 0),
    ]
    assert sum(parts(made.lines, "amounts")) == minor(made.total) == minor(placed.total)
    half = pay(kept.clients[0], placed, 10000).order
    assert (minor(invoice(kept, half).paid_amount), invoice(kept, half).state) == (10000, Invoice.STATE_OPEN)
    paid = pay(kept.clients[0], half).order
    final = invoice(kept, paid)
    assert (final.state, minor(final.outstanding_amount)) == (Invoice.STATE_PAID, 0)
    assert final.lines == made.lines
    refund(kept.clients[0], paid)
    assert invoice(kept, paid) == final


def test_the_final_invoice_states_taxes_in_local_currency(kept: World) -> None:
    placed = place(kept, order(cloud(), place="JP", currency="USD"))
    rate = {"invoice_exchange_rate": "150.25", "invoice_currency_code": "JPY"}
    pay(kept.clients[0], placed, payment=rate)
    # 10 % of 100.00 USD are 10.00 USD, at 150.25 yen each 1,502.5, rounded up.
    (local,) = invoice(kept, placed).local_amounts
    assert (local.component, local.amount.currency_code, minor(local.amount)) == (0, "JPY", 1503)


def test_an_invoice_that_is_not_there(kept: World) -> None:
    placed = place(kept)
    with pytest.raises(grpc.RpcError) as missing:
        kept.clients[0].orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=f"{placed.name}/invoices/IN-1"))
    assert (missing.value.code(), reason_of(missing.value)) == (grpc.StatusCode.NOT_FOUND, "INVOICE_NOT_FOUND")


# ---- races


def test_sixteen_clients_race_to_refund_one_order(store_url: str, tmp_path: Path) -> None:
    """Half of them through another server; exactly one wins, the others are told that nothing is left."""
    with world(store_url, tmp_path, servers=2) as kept:
        paid = pay(kept.clients[0], place(kept, order(cloud(), data_center()))).order

        def race(i: int) -> str:
            try:
                return refund(kept.clients[i % 2], paid, request_id=request_id()).name
            except grpc.RpcError as error:
                return reason_of(error)

        with ThreadPoolExecutor(16) as clients:
            outcomes = sorted(clients.map(race, range(16)))
        assert outcomes == ["ORDER_REFUNDED"] * 15 + [f"{paid.name}/refunds/1"]
        assert minor(get(kept, paid.name).refunded_amount) == minor(paid.total)


def test_sixteen_clients_race_with_one_request(store_url: str, tmp_path: Path) -> None:
    """The same call sixteen times at once is one order, and every caller gets the same answer."""
    with world(store_url, tmp_path, servers=2) as kept:
        made = create(kept.clients[0])
        id = request_id()
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(lambda i: accept(kept.clients[i % 2], made, request_id=id), range(16)))
        assert all(answer == answers[0] for answer in answers)
        assert len(kept.clients[1].orders.ListOrders(order_service_pb2.ListOrdersRequest()).orders) == 1


def test_sixteen_clients_race_to_pay_one_order(store_url: str, tmp_path: Path) -> None:
    """Each pays a tenth: ten come through, six find the order paid, and nothing is paid twice."""
    with world(store_url, tmp_path, servers=2) as kept:
        placed = place(kept, order(cloud(), place="OR"))

        def race(i: int) -> str:
            try:
                return pay(kept.clients[i % 2], placed, 1000, request_id=request_id()).payment.name
            except grpc.RpcError as error:
                return reason_of(error)

        with ThreadPoolExecutor(16) as clients:
            outcomes = sorted(clients.map(race, range(16)))
        assert outcomes[:6] == ["ORDER_PAID"] * 6
        assert len(set(outcomes[6:])) == 10
        done = get(kept, placed.name)
        assert (done.state, len(done.payments)) == (Order.STATE_PAID, 10)


def test_two_servers_serve_one_store(store_url: str, tmp_path: Path) -> None:
    with world(store_url, tmp_path, servers=2) as kept:
        made = create(kept.clients[0])
        placed = accept(kept.clients[1], made).order
        kept.running[0].stop()
        assert pay(kept.clients[1], placed).order.state == Order.STATE_PAID
        assert (
            kept.clients[1].quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=made.name)).state
            == quote_service_pb2.Quote.STATE_ACCEPTED
        )


def test_a_page_ends_by_bytes_as_well(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of long entries is read to its end, however few of them a page holds."""
    client = kept.clients[0]
    names = []
    for _ in range(4):
        order = pay(client, accept(client, create(client)).order).order
        names.append(refund(client, order).name)
    quote = client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=1)).quotes[0]
    for most, pages in ((1, 4), (2 * quote.ByteSize() + 100, 2)):
        monkeypatch.setattr("quotary_server.store.pages.MOST_PAGE_BYTES", most)
        seen, token, count = [], "", 0
        while count == 0 or token:
            page = client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_token=token))
            seen += [each.name.removeprefix("quotes/") for each in page.quotes]
            token, count = page.next_page_token, count + 1
        assert (seen, count) == ([name.split("/")[1] for name in reversed(names)], pages)
    monkeypatch.setattr("quotary_server.store.pages.MOST_PAGE_BYTES", 1)
    orders = client.orders.ListOrders(order_service_pb2.ListOrdersRequest())
    refunds = client.refunds.ListRefunds(refund_service_pb2.ListRefundsRequest(parent="orders/-"))
    assert (len(orders.orders), len(refunds.refunds)) == (1, 1)
    rest = client.orders.ListOrders(order_service_pb2.ListOrdersRequest(page_token=orders.next_page_token))
    assert rest.orders[0].name == names[2].rpartition("/refunds/")[0]
    every = refund_service_pb2.ListRefundsRequest(parent="orders/-", page_token=refunds.next_page_token)
    assert client.refunds.ListRefunds(every).refunds[0].name == names[2]
