"""Refunds: amounts, and what holds of every order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Action, Channel, Cycle, Deal, GivenDiscount, GivenPrice, Line, Order
from quotary_spec.model.party import Address, Evidence, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import (
    Amounts,
    PaidLine,
    PaidOrder,
    RefundKind,
    RefundRequest,
    RefundWindow,
    TaxPart,
)
from quotary_spec.outcome import Outcome
from quotary_spec.register.products import PRODUCT
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules import refunds as rules
from quotary_spec.rules.quote.total import PricedOrder, price_order
from quotary_spec.rules.refunds_assessment import assess_refund
from quotary_spec.rules.tax.rates import Rates
from quotary_spec.supplements.price_book import PriceBook
from refund_cases import GUARD, JIRA_CLOUD, JIRA_DC, PAID_ON, TAX, TEXAN, TURKISH, WHOLE, ask, codes, line, order, sole
from strategies import amounts, days, evidence, loose_products

# ---- amounts


def test_more_than_was_paid_cannot_have_gone_back() -> None:
    with pytest.raises(ValueError, match="net, fee, VAT TR"):
        line(paid=TURKISH, refunded=Amounts(180_01, 13_51, (TaxPart("VAT", "TR", "", 34_84),)))
    with pytest.raises(ValueError, match="QST CA-QC"):
        line(paid=TURKISH, refunded=Amounts(taxes=(TaxPart("QST", "CA-QC", "", 1),)))


def test_what_went_back_is_not_given_twice() -> None:
    first, second = line(paid=TEXAN), line(paid=Amounts(50_00))
    gone = replace(second, refunded=second.paid)
    answer = ask("2026", order(first, gone), PAID_ON)
    assert answer.amounts == TEXAN
    assert answer.lines[1].amounts is None
    assert answer.lines[1].outcome is Outcome.GRANTED
    named = ask("2026", order(first, gone), PAID_ON, RefundRequest(RefundKind.LINES, (1,)))
    assert sole(named) == (Outcome.REFUSED, "NOTHING_LEFT_TO_REFUND")
    assert named.findings[0].subject == "paid_order.lines[1]"
    everything = ask("2026", order(gone, gone), PAID_ON)
    assert sole(everything) == (Outcome.REFUSED, "NOTHING_LEFT_TO_REFUND")
    assert everything.findings[0].subject == "paid_order"
    untaxed = ask("2026", order(first, gone), PAID_ON, replace(TAX, lines=(1,)))
    assert codes(untaxed) == ["NOTHING_LEFT_TO_REFUND"]
    assert ask("2026", order(first, gone), PAID_ON, TAX).amounts == Amounts(taxes=TEXAN.taxes)


def test_one_line_refuses_the_whole_and_no_other() -> None:
    paid = order(line(), line(JIRA_DC, action=Action.RENEWAL))
    whole = ask("2026", paid, PAID_ON)
    assert whole.outcome is Outcome.REFUSED
    assert whole.amounts is None
    assert [each.outcome for each in whole.lines] == [Outcome.GRANTED, Outcome.REFUSED]
    assert whole.lines[0].amounts == Amounts(100_00)
    part = ask("2026", paid, PAID_ON, RefundRequest(RefundKind.LINES, (0,)))
    assert part.outcome is Outcome.GRANTED
    assert [each.position for each in part.lines] == [0]


RATES = Rates()
PRICES = PriceBook.demo()
CERTIFICATES = tuple(Evidence("exemption_certificate", region) for region in ("US-TX", "US-NY"))


def allotted_amounts(quote: PricedOrder) -> list[Amounts]:
    """What is paid on each line of a quote: its net amount, and its parts of the fee and of each tax."""
    fees = [0] * len(quote.lines)
    taxes: list[list[TaxPart]] = [[] for _ in quote.lines]
    if quote.fee is not None:
        for i, part in zip(quote.fee.lines, quote.fee.parts, strict=True):
            fees[i] = part
    for component in quote.components:
        for i, part in zip(component.lines, component.parts, strict=True):
            taxes[i].append(TaxPart(component.tax, component.region, component.locality, part))
    return [Amounts(line.net or 0, fees[i], tuple(taxes[i])) for i, line in enumerate(quote.lines)]


@st.composite
def quoted(draw: st.DrawFn, billing: Address) -> PaidOrder:
    """Discounted orders as the rule book quotes, taxes and (in Turkey) charges a fee on them; paid the same day."""
    products = st.sampled_from([JIRA_DC, JIRA_CLOUD, Product("confluence", Platform.DATA_CENTER), GUARD])
    lines = tuple(
        Line(
            product,
            cycle=Cycle.ANNUAL,
            price=GivenPrice(Decimal(price) / 100),
            discount=GivenDiscount(rate=Decimal(off) / 100),
        )
        for product, price, off in draw(
            st.lists(st.tuples(products, st.integers(0, 999_99), st.integers(0, 100)), min_size=1, max_size=6)
        )
    )
    deal = Deal(Party(address=billing), order_date=PAID_ON, channel=Channel.DIRECT)
    quote = price_order(BOOK["2026"], Order(deal, lines), PRICES, RATES)
    assert quote.total is not None
    allotted = allotted_amounts(quote)
    assert sum(each.total for each in allotted) == quote.total
    return order(
        *(
            PaidLine(bought.product, paid, action=Action.NEW, cycle=Cycle.ANNUAL)
            for bought, paid in zip(lines, allotted, strict=True)
        ),
        billing_party=deal.billing_party,
    )


def returned(paid: PaidOrder, requests: list[RefundRequest]) -> tuple[int, PaidOrder]:
    """All that goes back over a sequence of requests, and the order after them."""
    total = 0
    for request in requests:
        answer = ask("2026", paid, PAID_ON, request)
        if answer.amounts is None:
            assert set(codes(answer)) == {"NOTHING_LEFT_TO_REFUND"}
            continue
        assert answer.amounts.total == sum(each.amounts.total for each in answer.lines if each.amounts is not None)
        total += answer.amounts.total
        lines = list(paid.lines)
        for each in answer.lines:
            if each.amounts is not None:
                held = lines[each.position]
                left = held.paid.less(held.refunded).less(each.amounts)
                lines[each.position] = replace(held, refunded=held.paid.less(left))
        paid = replace(paid, lines=tuple(lines))
    return total, paid


@given(st.data())
def test_partial_refunds_that_return_everything_return_exactly_what_was_paid(data: st.DataObject) -> None:
    billing = data.draw(st.sampled_from([Address("TR"), Address("US", "US-TX"), Address("CA", "CA-QC")]))
    paid = data.draw(quoted(billing))
    everything = sum(each.paid.total for each in paid.lines)
    parts = [RefundRequest(RefundKind.LINES, (i,)) for i in range(len(paid.lines))]
    if billing.country == "US":
        parts += [RefundRequest(RefundKind.TAX, (i,), CERTIFICATES) for i in range(len(paid.lines))]
    one_way = data.draw(st.permutations([*parts, WHOLE]))
    other_way = data.draw(st.permutations([*parts, WHOLE]))
    assert returned(paid, one_way)[0] == returned(paid, other_way)[0] == returned(paid, [WHOLE])[0] == everything
    for each in returned(paid, one_way)[1].lines:
        assert each.paid.less(each.refunded).total == 0
        assert not list(each.refunded.exceeding(each.paid))


@given(st.data())
def test_lines_in_any_order_get_the_same(data: st.DataObject) -> None:
    paid = data.draw(quoted(Address("TR")))
    shuffled = data.draw(st.permutations(range(len(paid.lines))))
    straight = {each.position: each.amounts for each in ask("2026", paid, PAID_ON).lines}
    moved = ask("2026", replace(paid, lines=tuple(paid.lines[i] for i in shuffled)), PAID_ON)
    assert {shuffled[each.position]: each.amounts for each in moved.lines} == straight


# ---- the whole

paid_amounts = st.builds(
    lambda net, fee, tax, share: (
        Amounts(net, fee, (TaxPart("US_SALES", "US-TX", "", tax),)),
        Amounts(net * share // 4, fee * share // 4, (TaxPart("US_SALES", "US-TX", "", tax * share // 4),)),
    ),
    amounts,
    amounts,
    amounts,
    st.integers(0, 4),
)
paid_lines = st.builds(
    lambda product, both, action, cycle, kind, term_start, start, first: PaidLine(
        product, both[0], both[1], action, cycle, kind, term_start, start, first
    ),
    loose_products,
    paid_amounts,
    st.sampled_from([None, *Action]),
    st.sampled_from([None, *Cycle]),
    st.sampled_from([None, "commercial", "academic", "starter"]),
    st.none() | days,
    st.none() | days,
    st.none() | days,
)
paid_orders = st.builds(
    lambda lines, ordered, paid, channel: PaidOrder(tuple(lines), ordered, paid, channel),
    st.lists(paid_lines, min_size=1, max_size=4),
    st.none() | days,
    st.none() | days,
    st.sampled_from([None, *Channel]),
)
requests = st.builds(
    RefundRequest,
    st.sampled_from(RefundKind),
    st.sampled_from([(), (0,)]),
    st.lists(evidence, max_size=2).map(tuple),
    st.none() | loose_products,
)


@given(st.sampled_from(list(BOOK)), paid_orders, requests, st.none() | days, st.integers(0, 40))
def test_every_order_gets_an_answer_within_what_is_left(
    edition: str, paid: PaidOrder, request: RefundRequest, asked_on: date | None, later: int
) -> None:
    if asked_on is None and paid.paid_on is not None:
        asked_on = paid.paid_on + timedelta(days=later)
    answer = ask(edition, paid, asked_on, request)
    assert len(answer.lines) == len(request.lines or paid.lines)
    for each in answer.lines:
        left = paid.lines[each.position].paid.less(paid.lines[each.position].refunded)
        if each.amounts is not None:
            assert not list(each.amounts.exceeding(left))
            assert each.window is not None
            assert asked_on is not None
            assert each.window.start <= asked_on <= each.window.last
        assert each.outcome is not Outcome.REFUSED or each.amounts is None
    assert (answer.amounts is not None) == (
        answer.outcome is Outcome.GRANTED and request.kind is not RefundKind.EXCHANGE
    )
    if answer.amounts is not None:
        assert answer.amounts.total == sum(each.amounts.total for each in answer.lines if each.amounts is not None)
        assert answer.amounts.total > 0
        assert answer.payer == "vendor"


@given(st.sampled_from(list(BOOK)), paid_orders, days, st.integers(0, 60))
def test_a_window_once_closed_stays_closed(edition: str, paid: PaidOrder, asked_on: date, later: int) -> None:
    now, then = ask(edition, paid, asked_on), ask(edition, paid, asked_on + timedelta(days=later))
    for one, other in zip(now.lines, then.lines, strict=True):
        if "REFUND_WINDOW_CLOSED" in [finding.reason for finding in one.findings]:
            assert [finding.reason for finding in other.findings] == ["REFUND_WINDOW_CLOSED"]


# ---- rules by themselves


def test_what_a_rule_grants_is_a_plain_yes() -> None:
    window = RefundWindow(PAID_ON, PAID_ON)
    assert rules.is_asked_in_time(PAID_ON, window) is True
    assert rules.tax_refund_is_in_time(PAID_ON, PAID_ON, 0) is True
    assert rules.tax_is_refunded_alone("US_SALES", ["US_SALES"]) is True
    assert rules.products_are_exchangeable(Platform.SERVER, Platform.DATA_CENTER) is True
    assert rules.products_are_exchangeable(Platform.CLOUD, Platform.GOVERNMENT_CLOUD) is True


def test_only_a_data_center_downgrade_is_refused_as_one() -> None:
    for platform in Platform:
        for action in (None, *Action):
            found = rules.downgrade_is_refunded(platform, action)
            assert (found is not None) is (platform is Platform.DATA_CENTER and action is Action.DOWNGRADE)


def test_words_are_compared_by_what_they_say() -> None:
    plan, id = "".join(["prem", "ium"]), "".join(["gu", "ard"])
    answer = ask("2026", order(line(Product(id, Platform.CLOUD, plan))), PAID_ON)
    assert answer.lines[0].rule_id == "REFUND-CLOUD-ANNUAL"


@pytest.mark.parametrize("id", [id for id in PRODUCT if id != "guard"])
def test_only_guard_has_windows_of_its_own(id: str) -> None:
    annual = ask("2026", order(line(Product(id, Platform.CLOUD))), PAID_ON)
    assert annual.lines[0].rule_id == "REFUND-CLOUD-ANNUAL"
    assert ask("2026", order(line(Product(id))), PAID_ON).outcome is Outcome.UNDETERMINED


def test_guard_without_a_plan_is_guard() -> None:
    assert ask("2026", order(line(Product("guard", Platform.CLOUD))), PAID_ON).lines[0].rule_id == "REFUND-GUARD-ANNUAL"


def test_each_step_of_the_trace_is_about_its_line() -> None:
    paid = order(line(), line(JIRA_DC))
    with tracing() as trace:
        traced = assess_refund(BOOK["2026"], paid, WHOLE, PAID_ON)
    subjects = {step.info.id: step.subject for step in trace.steps() if isinstance(step, RuleStep)}
    assert subjects["REFUND-CLOUD-ANNUAL"] == "paid_order.lines[0]"
    assert subjects["REFUND-SELF-MANAGED"] == "paid_order.lines[1]"
    assert assess_refund(BOOK["2026"], paid, WHOLE, PAID_ON) == traced


@pytest.mark.parametrize("edition", ["2024", "2026"])
def test_a_tax_comes_back_with_documents_at_hand(edition: str) -> None:
    asked = RefundRequest(RefundKind.TAX)
    guidance = assess_refund(BOOK[edition], order(line()), asked, PAID_ON).guidance
    assert guidance is not None
    assert guidance.documents == ("exemption documents that cover the purchase",)
