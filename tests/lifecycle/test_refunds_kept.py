"""Refunds of stored orders: whole, by line, of a tax, and listed."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.type import date_pb2

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
)
from quotary.errors import QuotaryError
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
    refund_service_pb2,
)


def test_partial_refunds_return_exactly_what_was_paid(kept: World) -> None:
    client = kept.clients[0]
    lines = [cloud("33.33", discount={"rate": "0.15"}), data_center("77.77"), cloud("0.05"), data_center("11.11")]
    paid = pay(client, place(kept, order(*lines))).order
    charged = parts(paid.paid_order.lines, "paid")
    returned = [refund(client, paid, [3, 0]), refund(client, paid, [1]), refund(client, paid)]
    assert [each.name for each in returned] == [f"{paid.name}/refunds/{i}" for i in (1, 2, 3)]
    assert sum(minor(each.total) for each in returned) == minor(paid.total)
    done = get(kept, paid.name)
    assert done.state == Order.STATE_REFUNDED
    assert [each for each in parts(done.paid_order.lines, "refunded") if each] == [each for each in charged if each]
    with pytest.raises(grpc.RpcError) as refused:
        refund(client, paid)
    assert reason_of(refused.value) == "ORDER_REFUNDED"


def test_a_refund_keeps_what_the_rules_said(kept: World) -> None:
    client = kept.clients[0]
    paid = pay(client, place(kept)).order
    id = request_id()
    made = refund(client, paid, refund={"note": "as agreed"}, request_id=id)
    assert (made.note, made.customer_id, minor(made.total)) == ("as agreed", "customer-1", 11800)
    assert "REFUND-CLOUD-ANNUAL" in made.assessment.answer.rule_ids
    assert refund(client, paid, refund={"note": "as agreed"}, request_id=id) == made
    assert client.refunds.GetRefund(refund_service_pb2.GetRefundRequest(name=made.name)) == made
    full = client.refunds.GetRefund(refund_service_pb2.GetRefundRequest(name=made.name, view=FULL))
    assert "REFUND-CLOUD-ANNUAL" in {step.id for step in full.assessment.answer.steps}


@pytest.mark.parametrize(
    ("days", "changes", "reason"),
    [
        (31, {}, "REFUND_WINDOW_CLOSED"),
        (0, {"request_date": date_pb2.Date(year=2026, month=3, day=1)}, "REFUND_WINDOW_NOT_OPEN"),
        (0, {"kind": refund_service_pb2.REFUND_KIND_TAX}, "TAX_NOT_REFUNDED_ALONE"),
    ],
)
def test_a_refund_that_the_rules_refuse(kept: World, days: int, changes: dict[str, Any], reason: str) -> None:
    paid = pay(kept.clients[0], place(kept)).order
    kept.pass_days(days)
    with pytest.raises(grpc.RpcError) as refused:
        refund(kept.clients[0], paid, refund=changes)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.FAILED_PRECONDITION, reason)
    assert get(kept, paid.name) == paid


def test_the_thirtieth_day_after_payment_is_the_last_for_a_refund(kept: World) -> None:
    paid = pay(kept.clients[0], place(kept)).order
    kept.pass_days(30)
    assert minor(refund(kept.clients[0], paid).total) == 11800


def monthly_renewal(kept: World, edition: str = "2026") -> Order:
    """A paid order of a first monthly line, and of one that renews from its own day."""
    first = cloud("10.00", billing_cycle="monthly", term={"start_date": "2026-03-02", "months": 1})
    placed = place(kept, order(first, {**first, "action": "renewal"}), edition=edition)
    return pay(kept.clients[0], placed, method="credit_card").order


def test_a_monthly_renewal_is_refunded_in_its_first_paid_month(kept: World) -> None:
    """Of a renewal the order does not keep since when it is paid for: it is asked for, taken, and kept."""
    client, paid = kept.clients[0], monthly_renewal(kept)
    with pytest.raises(grpc.RpcError) as undetermined:
        refund(client, paid)
    assert reason_of(undetermined.value) == "INPUT_MISSING"
    assert "service_start_date" in str(undetermined.value)
    assert "service_start_date" not in str(refund(client, paid, [0]))
    told = refund_service_pb2.ServiceHistory(position=1, service_start_date=date_pb2.Date(year=2026, month=2, day=2))
    with pytest.raises(grpc.RpcError) as late:
        refund(client, paid, refund={"histories": [told]})
    assert reason_of(late.value) == "REFUND_WINDOW_CLOSED"
    told.service_start_date.day = 3
    made = refund(client, paid, refund={"histories": [told]})
    assert list(made.histories) == [told]
    assert [line.position for line in made.assessment.lines if line.HasField("amounts")] == [1]
    done = get(kept, paid.name)
    assert done.state == Order.STATE_REFUNDED
    assert done.paid_order.lines[1].service_start_date == told.service_start_date
    assert not done.paid_order.lines[0].HasField("service_start_date")


def test_in_2024_the_month_also_waits_for_the_first_payment(kept: World) -> None:
    client, paid = kept.clients[0], monthly_renewal(kept, "2024")
    started = date_pb2.Date(year=2026, month=1, day=20)
    told = refund_service_pb2.ServiceHistory(position=1, service_start_date=started)
    with pytest.raises(grpc.RpcError) as undetermined:
        refund(client, paid, [1], refund={"histories": [told]})
    assert "first_payment_date" in str(undetermined.value)
    told.first_payment_date.CopyFrom(date_pb2.Date(year=2026, month=2, day=2))
    with pytest.raises(grpc.RpcError) as late:
        refund(client, paid, [1], refund={"histories": [told]})
    assert reason_of(late.value) == "REFUND_WINDOW_CLOSED"
    told.first_payment_date.day = 3
    assert minor(refund(client, paid, [1], refund={"histories": [told]}).total) == minor(paid.total) // 2


@pytest.mark.parametrize(
    ("history", "field", "reason"),
    [
        ({}, "position", "REQUIRED"),
        ({"position": 2}, "position", "OUT_OF_RANGE"),
        ({"position": 1, "service_start_date": (2026, 3, 3)}, "service_start_date", "OUT_OF_RANGE"),
        ({"position": 1, "first_payment_date": (2026, 3, 3)}, "first_payment_date", "OUT_OF_RANGE"),
        ({"position": 0, "first_payment_date": (2026, 3, 2)}, "first_payment_date", "CONFLICTING_FIELDS"),
        ({"position": 1, "service_start_date": (2026, 2, 30)}, "service_start_date", "NOT_A_DATE"),
    ],
)
def test_a_history_that_the_order_contradicts(kept: World, history: dict[str, Any], field: str, reason: str) -> None:
    paid = monthly_renewal(kept)
    told = refund_service_pb2.ServiceHistory()
    for name, value in history.items():
        if isinstance(value, int):
            told.position = value
        else:
            getattr(told, name).CopyFrom(date_pb2.Date(year=value[0], month=value[1], day=value[2]))
    with pytest.raises(grpc.RpcError) as refused:
        refund(kept.clients[0], paid, refund={"histories": [told]})
    assert [(each.field, each.reason) for each in QuotaryError.of(refused.value).violations] == [
        (f"refund.histories[0].{field}", reason)
    ]


def test_tax_alone_is_refunded_where_the_rules_give_it_back(kept: World) -> None:
    client = kept.clients[0]
    placed = place(kept, order(cloud(), billing_party={"kind": "business", "address": TEXAS}))
    tax = minor(placed.tax_total)
    assert tax > 0
    paid = pay(client, placed).order
    certificate = common_pb2.Evidence(kind="exemption_certificate", region_code="US-TX")
    asked = {"kind": refund_service_pb2.REFUND_KIND_TAX, "evidence": [certificate]}
    assert minor(refund(client, paid, refund=asked).total) == tax
    assert minor(refund(client, paid).total) == 10000
    assert get(kept, paid.name).state == Order.STATE_REFUNDED


TEXAS = {"region_code": "US", "administrative_area": "TX"}


def test_a_refund_that_is_not_there(kept: World) -> None:
    with pytest.raises(grpc.RpcError) as missing:
        kept.clients[0].refunds.GetRefund(refund_service_pb2.GetRefundRequest(name="orders/AT-0000000/refunds/1"))
    assert (missing.value.code(), reason_of(missing.value)) == (grpc.StatusCode.NOT_FOUND, "REFUND_NOT_FOUND")


def test_an_order_that_is_not_paid_is_not_refunded(kept: World) -> None:
    placed = place(kept)
    for awaiting in (placed, pay(kept.clients[0], placed, 1).order):
        with pytest.raises(grpc.RpcError) as refused:
            refund(kept.clients[0], awaiting)
        assert reason_of(refused.value) == "ORDER_NOT_PAID"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"kind": refund_service_pb2.REFUND_KIND_EXCHANGE}, "refund.kind", "UNKNOWN_VALUE"),
        ({"request_date": date_pb2.Date(year=2026, month=3, day=4)}, "refund.request_date", "OUT_OF_RANGE"),
        ({"kind": refund_service_pb2.REFUND_KIND_LINES, "lines": [1]}, "refund.lines[0]", "OUT_OF_RANGE"),
        ({"lines": [0]}, "refund.lines", "CONFLICTING_FIELDS"),
    ],
)
def test_a_malformed_refund(kept: World, changes: dict[str, Any], field: str, reason: str) -> None:
    paid = pay(kept.clients[0], place(kept)).order
    with pytest.raises(grpc.RpcError) as malformed:
        refund(kept.clients[0], paid, refund=changes)
    assert [(each.field, each.reason) for each in QuotaryError.of(malformed.value).violations] == [(field, reason)]


def test_orders_and_refunds_are_listed(kept: World) -> None:
    client = kept.clients[0]
    placed = [accept(client, create(client, customer=f"customer-{i % 2}")).order.name for i in range(5)]
    for name in placed[1:4]:
        pay(client, get(kept, name))
    returned = [refund(client, name).name for name in placed[2:4]]

    def orders(*states: int, customer: str | None = None) -> list[str]:
        request = order_service_pb2.ListOrdersRequest(states=states, page_size=2)  # type: ignore[arg-type]
        if customer:
            request.customer_id = customer
        names: list[str] = []
        while True:
            page = client.orders.ListOrders(request)
            for each in page.orders:
                assert each == get(kept, each.name)
                names.append(each.name)
            request.page_token = page.next_page_token
            if not request.page_token:
                return names

    assert orders() == placed[::-1]
    assert orders(Order.STATE_REFUNDED) == placed[3:1:-1]
    assert orders(Order.STATE_PAID, Order.STATE_AWAITING_PAYMENT) == [placed[4], placed[1], placed[0]]
    assert orders(customer="customer-1") == [placed[3], placed[1]]
    assert orders(Order.STATE_REFUNDED, customer="customer-1") == [placed[3]]

    def refunds(parent: str, **more: Any) -> list[str]:
        request = refund_service_pb2.ListRefundsRequest(parent=parent, page_size=1, **more)
        page = client.refunds.ListRefunds(request)
        names = [each.name for each in page.refunds]
        while page.next_page_token:
            request.page_token = page.next_page_token
            page = client.refunds.ListRefunds(request)
            names += [each.name for each in page.refunds]
        return names

    assert refunds("orders/-") == returned[::-1]
    assert refunds(placed[2]) == returned[:1]
    assert refunds("orders/-", customer_id="customer-1") == returned[1:]
    with pytest.raises(grpc.RpcError) as missing:
        refunds("orders/AT-0000000")
    assert reason_of(missing.value) == "ORDER_NOT_FOUND"
