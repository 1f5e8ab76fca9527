"""An order as a noun: whatever is paid and refunded in whichever parts, no minor unit is lost or made."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from quotary_server.records.invoice import Invoice, settle
from quotary_server.records.order import Balance, Charges, Order, OrderState, Payment, Refund, by_line, give_refund, pay
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.model.payment import PaymentInstrument, PaymentPurpose
from quotary_spec.model.refund import Amounts, TaxPart

amounts = st.integers(0, 10**9)
charged = st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=5)


def order_of(lines: list[tuple[int, int, int]]) -> Order:
    charges: Charges = {
        key: amount
        for i, (net, fee, tax) in enumerate(lines)
        for key, amount in (((i, "net", "", ""), net), ((i, "fee", "", ""), fee), ((i, "VAT", "TR", ""), tax))
    }
    return Order("AT-1", "2026", Deal(Party()), (), charges, (), Balance(sum(charges.values())))


def payment(amount: int, day: int = 1) -> Payment:
    return Payment(amount, PaymentInstrument("bank_transfer"), PaymentPurpose.INVOICE, date(2026, 3, day))


@given(charged, st.lists(st.integers(0, 100), max_size=4))
def test_payments_in_parts_are_allotted_whole(lines: list[tuple[int, int, int]], shares: list[int]) -> None:
    order = order_of(lines)
    for share in shares:
        before = order.balance
        order = pay(order, payment(order.balance.outstanding * share // 100))
        assert order.balance.paid >= before.paid
        assert sum(order.paid_charges.values()) == order.balance.paid
        assert all(0 <= amount <= order.charges[key] for key, amount in order.paid_charges.items())
    order = pay(order, payment(order.balance.outstanding))
    assert order.paid_charges == order.charges
    assert order.balance.outstanding == 0
    assert order.balance.state is OrderState.PAID
    assert settle(Invoice("IN-1"), order) == Invoice("IN-1"), "no exchange rate, no local amounts"


@given(charged)
def test_what_goes_back_line_by_line_is_the_order(lines: list[tuple[int, int, int]]) -> None:
    order = order_of(lines)
    order = pay(order, payment(order.balance.total))
    for i, each in enumerate(by_line(order.charges, len(lines))):
        order = give_refund(order, Refund(((i, each),)))
        assert sum(order.refunded_charges.values()) == order.balance.refunded
    assert order.refunded_charges == order.charges
    assert order.balance.state is (OrderState.REFUNDED if order.balance.total else OrderState.PAID)


def test_states_follow_from_the_balance() -> None:
    states = [Balance(10, paid, refunded).state for paid, refunded in ((0, 0), (9, 0), (10, 0), (10, 9), (10, 10))]
    assert states == list(OrderState)
    assert Balance(0).state is OrderState.PAID, "an order of nothing is paid"


def test_the_day_of_payment_is_the_latest_whenever_it_was_recorded() -> None:
    order = order_of([(100, 0, 0)])
    order = pay(pay(order, payment(50, day=9)), payment(50, day=4))
    assert order.last_paid_on == date(2026, 3, 9)


def test_components_of_a_line_stand_together() -> None:
    (line,) = by_line({(0, "net", "", ""): 100, (0, "VAT", "TR", ""): 18}, 1)
    assert line == Amounts(100, 0, (TaxPart("VAT", "TR", "", 18),))
