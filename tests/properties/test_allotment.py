"""Amounts of an order by component: they add up, stay within, and are the same wherever an amount is split."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.reading_records import read_charges
from quotary_server.adapter.writing import MoneyWriter
from quotary_server.records.order import Balance, Order
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import Amounts, PaidLine, PaidOrder, RefundRequest, TaxPart, sum_of
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.allotment import Allotment, allot_amount
from quotary_spec.rules.refunds_assessment import assess_refund

JIRA = Product("jira", Platform.CLOUD)
MOST = 10**8
cents = st.integers(0, MOST)
paid_lines = st.builds(
    lambda net, fee, vat, pst, share: PaidLine(
        JIRA,
        Amounts(net, fee, (TaxPart("VAT", "DE", "", vat), TaxPart("PST", "CA-BC", "", pst))),
        Amounts(
            net * share // 4,
            fee * share // 4,
            (TaxPart("VAT", "DE", "", vat * share // 4), TaxPart("PST", "CA-BC", "", pst * share // 4)),
        ),
    ),
    cents,
    cents,
    cents,
    cents,
    st.integers(0, 4),
)
orders = st.lists(paid_lines, min_size=1, max_size=6).map(lambda lines: PaidOrder(tuple(lines)))


def left_of(line: PaidLine) -> Amounts:
    return line.paid.less(line.refunded)


def components(amounts: Amounts) -> list[int]:
    return [amounts.net, amounts.fee, *(part.amount for part in amounts.taxes)]


@given(orders, st.data())
def test_an_amount_is_its_parts_and_no_part_is_above_its_component(order: PaidOrder, data: st.DataObject) -> None:
    positions = data.draw(st.lists(st.integers(0, len(order.lines) - 1), unique=True))
    chosen = sorted(positions) or list(range(len(order.lines)))
    left = {i: left_of(order.lines[i]) for i in chosen}
    whole = sum(each.total for each in left.values())
    amount = data.draw(st.integers(0, whole))
    answer = allot_amount(order, amount, positions, "USD")
    assert [i for i, _ in answer.lines] == chosen
    assert (answer.total.total, answer.left, answer.findings) == (amount, whole - amount, ())
    for i, parts in answer.lines:
        for part, component in zip(components(parts), components(left[i]), strict=True):
            assert 0 <= part <= component
            # Within a cent of its share.
            assert abs(part * whole - amount * component) < max(whole, 1)


@given(orders)
def test_all_that_is_left_is_what_a_refund_returns(order: PaidOrder) -> None:
    whole = sum(left_of(line).total for line in order.lines)
    answer = allot_amount(order, whole, (), "USD")
    assert [amounts for _, amounts in answer.lines] == [left_of(line) for line in order.lines]
    refused = allot_amount(order, whole + 1, (), "USD")
    assert [finding.reason for finding in refused.findings] == ["AMOUNT_ABOVE_LEFT"]
    assert refused == Allotment(findings=refused.findings)
    refund = assess_refund(BOOK["2026"], order, RefundRequest(), None)
    for line in refund.lines:
        if line.amounts is not None:
            assert line.amounts == dict(answer.lines)[line.position]


@given(orders, st.data())
def test_two_amounts_one_after_the_other_leave_what_both_at_once_leave(order: PaidOrder, data: st.DataObject) -> None:
    whole = sum(left_of(line).total for line in order.lines)
    first = data.draw(st.integers(0, whole))
    second = data.draw(st.integers(0, whole - first))
    once = dict(allot_amount(order, first, (), "USD").lines)
    after = PaidOrder(
        tuple(PaidLine(line.product, line.paid, sum_of([line.refunded, once[i]])) for i, line in enumerate(order.lines))
    )
    answer = allot_amount(after, second, (), "USD")
    assert answer.left == whole - first - second
    for i, parts in answer.lines:
        assert not list(sum_of([once[i], parts]).exceeding(left_of(order.lines[i])))


@given(st.lists(st.tuples(cents, cents, cents), min_size=1, max_size=5), st.data())
def test_a_part_payment_is_kept_as_it_is_allotted(lines: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """What the store keeps of a payment is to the cent what the pure call answers of the same order."""
    write = MoneyWriter("USD")
    quote = quote_service_pb2.PriceQuoteResponse()
    vat = quote.tax_components.add(tax="VAT", region_code="TR")
    for i, (net, fee, tax) in enumerate(lines):
        line = quote.lines.add(position=i)
        write(line.net_amount, net)
        write(line.fee_amount, fee)
        vat.lines.append(i)
        write(vat.line_amounts.add(), tax)
    order = PaidOrder(
        tuple(PaidLine(JIRA, Amounts(net, fee, (TaxPart("VAT", "TR", "", tax),))) for net, fee, tax in lines)
    )
    amount = data.draw(st.integers(0, sum(map(sum, lines))))
    total = sum(map(sum, lines))
    placed = Order("AT-1", "2026", Deal(Party()), (), read_charges(quote), (), Balance(total, amount))
    kept = placed.paid_charges
    for i, parts in allot_amount(order, amount, (), "USD").lines:
        assert components(parts) == [kept[i, "net", "", ""], kept[i, "fee", "", ""], kept[i, "VAT", "TR", ""]]
