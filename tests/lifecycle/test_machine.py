"""Clients on two servers do what they like, days go by, and the store agrees with the model at every step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from lifecycle import model
from lifecycle.world import (
    World,
    accept,
    cloud,
    create,
    data_center,
    minor,
    order,
    order_message,
    pay,
    reason_of,
    refund,
    request_id,
    world,
)
from quotary.client import Client
from quotary.v1 import order_service_pb2, quote_service_pb2
from sampling import WHOLE

Quote = quote_service_pb2.Quote
Order = order_service_pb2.Order

prices = st.sampled_from(["0.01", "0.05", "1.00", "33.33", "99.99", "1234.56"])
lines = st.lists(st.tuples(st.booleans(), prices), min_size=1, max_size=3).map(
    lambda drawn: [cloud(price) if hosted else data_center(price) for hosted, price in drawn]
)
orders = st.tuples(lines, st.sampled_from(["TR", "QC", "OR"])).map(lambda drawn: order(*drawn[0], place=drawn[1]))
customers = st.sampled_from(["customer-1", "customer-2"])
servers = st.integers(0, 1)


def components(quote: Quote) -> dict[model.Component, int]:
    """What a quote charges, by line and component."""
    found: dict[model.Component, int] = {}
    for line in quote.priced_order.lines:
        found[line.position, "net"] = minor(line.net_amount)
        found[line.position, "fee"] = minor(line.fee_amount)
    for tax in quote.priced_order.tax_components:
        for position, amount in zip(tax.lines, tax.line_amounts, strict=True):
            found[position, f"{tax.tax} {tax.region_code} {tax.locality}"] = minor(amount)
    return {component: amount for component, amount in found.items() if amount}


def amounts(lines: Any, which: str) -> dict[model.Component, int]:
    """What was paid or returned of an order, by line and component."""
    found: dict[model.Component, int] = {}
    for position, line in enumerate(lines):
        each = getattr(line, which)
        found[position, "net"] = minor(each.net_amount)
        found[position, "fee"] = minor(each.fee_amount)
        for tax in each.taxes:
            found[position, f"{tax.tax} {tax.region_code} {tax.locality}"] = minor(tax.amount)
    return {component: amount for component, amount in found.items() if amount}


class Machine(RuleBasedStateMachine):
    """The steps that clients take; ``make_url`` is set for each database."""

    make_url: Callable[[], str]

    quote_names = Bundle("quote_names")
    order_names = Bundle("order_names")

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.quotes: dict[str, model.Quote] = {}
        self.orders: dict[str, model.Order] = {}
        self.answers: list[tuple[Callable[[Client], Any], Any]] = []
        self.kept: World | None = None

    @initialize()
    def start(self) -> None:
        folder = Path(self.open.enter_context(tempfile.TemporaryDirectory()))
        self.kept = self.open.enter_context(world(type(self).make_url(), folder, servers=2))

    def teardown(self) -> None:
        self.open.close()

    @property
    def now(self) -> Any:
        assert self.kept is not None
        return self.kept.now

    def ask(self, server: int, call: Callable[[Client], Any], against: str | None) -> Any:
        """Make a call: it fails for the reason the model gives, or is remembered so that it can be repeated."""
        assert self.kept is not None
        client = self.kept.clients[server]
        if against is not None:
            with pytest.raises(grpc.RpcError) as refused:
                call(client)
            assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
            assert reason_of(refused.value) == against
            return None
        answer = call(client)
        self.answers.append((call, answer))
        return answer

    # ---- quotes

    @rule(target=quote_names, server=servers, plain=orders, customer=customers)
    def create_quote(self, server: int, plain: dict[str, Any], customer: str) -> Any:
        id = request_id()
        made = self.ask(server, lambda client: create(client, plain, customer=customer, request_id=id), None)
        assert made.name not in self.quotes, "a number is given once"
        hosted = all(line["product"]["platform"] == "cloud" for line in plain["lines"])
        self.quotes[made.name] = model.Quote(customer, components(made), [made.digest], self.now.date(), hosted)
        assert minor(made.priced_order.total) == self.quotes[made.name].total
        return made.name

    @rule(server=servers, name=quote_names, price=prices, stale=st.booleans())
    def revise_quote(self, server: int, name: str, price: str, stale: bool) -> None:
        quote = self.quotes[name]
        revision = len(quote.seen) - (1 if stale else 0)
        request = quote_service_pb2.ReviseQuoteRequest(
            name=name, order=order_message(order(cloud(price))), revision=revision, request_id=request_id()
        )
        against = quote.against_revising(revision, self.now)
        made = self.ask(server, lambda client: client.quotes.ReviseQuote(request), against)
        if made is not None:
            quote.seen.append(made.digest)
            quote.charged, quote.made_on = components(made), self.now.date()
            assert made.revision == len(quote.seen)

    @rule(server=servers, name=quote_names, number=st.sampled_from(["PO 1", "PO 2"]))
    def set_purchase_order_number(self, server: int, name: str, number: str) -> None:
        quote = self.quotes[name]
        against = quote.against_revising(None, self.now)
        request = quote_service_pb2.ReviseQuoteRequest(name=name, purchase_order_number=number, request_id=request_id())
        numbered = self.ask(
            server,
            lambda client: client.quotes.ReviseQuote(request),
            None if against == "QUOTE_NOT_EDITABLE" else against,
        )
        if numbered is not None:
            quote.purchase_order_number = number
            assert numbered.digest == quote.seen[-1], "a purchase order number is no edit"

    @rule(
        target=order_names,
        server=servers,
        name=quote_names,
        behind=st.sampled_from([0, 0, 0, 1]),
        forged=st.sampled_from([False, False, False, True]),
    )
    def accept_quote(self, server: int, name: str, behind: int, forged: bool) -> Any:
        quote = self.quotes[name]
        revision = max(1, len(quote.seen) - behind)
        digest = "0" * 64 if forged else quote.seen[revision - 1]
        seen = Quote(name=name, revision=revision, digest=digest)
        id = request_id()
        against = quote.against_accepting(revision, digest, self.now)
        accepted = self.ask(server, lambda client: accept(client, seen, request_id=id), against)
        if accepted is None:
            return multiple()
        quote.accepted = True
        placed = accepted.order
        assert minor(placed.total) == quote.total, "what was accepted is what is charged"
        self.orders[placed.name] = model.Order(quote.customer, dict(quote.charged))
        return placed.name

    # ---- orders

    @rule(target=order_names, server=servers, plain=orders, customer=customers)
    def buy(self, server: int, plain: dict[str, Any], customer: str) -> Any:
        """The straight way to an order that is paid, so that refunds are reached often."""
        name = self.create_quote(server, plain, customer)
        placed = self.accept_quote(1 - server, name, 0, False)
        self.record_payment(server, placed, 10)
        return placed

    @rule(server=servers, name=order_names, tenths=st.sampled_from([1, 5, 10, 11]))
    def record_payment(self, server: int, name: str, tenths: int) -> None:
        placed = self.orders[name]
        amount = max(1, (placed.total - placed.paid) * tenths // 10)
        at = Order(name=name, total={"currency_code": "USD"})  # type: ignore[arg-type]
        id = request_id()
        against = placed.against_paying(amount)
        paid = self.ask(server, lambda client: pay(client, at, amount, request_id=id), against)
        if paid is not None:
            placed.payments.append((amount, self.now.date()))
            assert paid.payment.name == f"{name}/payments/{len(placed.payments)}"

    @rule(server=servers, name=order_names, chosen=st.none() | st.sets(st.integers(0, 2), min_size=1))
    def create_refund(self, server: int, name: str, chosen: set[int] | None) -> None:
        placed = self.orders[name]
        if chosen is not None:
            chosen &= {position for position, _ in placed.charged}
        asked = chosen or None
        id = request_id()
        against = placed.against_refunding(asked, self.now.date())
        positions = sorted(asked) if asked is not None else None
        made = self.ask(server, lambda client: refund(client, name, positions, request_id=id), against)
        if made is not None:
            assert minor(made.total) == placed.refund(asked)
            assert made.name == f"{name}/refunds/{placed.refunds}"

    # ---- repeated and tried

    @rule(server=servers, choice=st.integers(0))
    def repeat_a_call(self, server: int, choice: int) -> None:
        """Whoever repeats a call, through whichever server, gets the first answer again."""
        assert self.kept is not None
        if self.answers:
            call, answer = self.answers[choice % len(self.answers)]
            assert call(self.kept.clients[server]) == answer

    @rule(server=servers, name=quote_names)
    def try_to_accept(self, server: int, name: str) -> None:
        assert self.kept is not None
        quote = self.quotes[name]
        seen = Quote(name=name, revision=len(quote.seen), digest=quote.seen[-1])
        against = quote.against_accepting(seen.revision, seen.digest, self.now)
        would = self.ask(server, lambda client: accept(client, seen, validate_only=True), against)
        if would is not None:
            # Nothing was kept, so that it is no answer to be repeated.
            self.answers.pop()
            assert minor(would.order.total) == quote.total

    @rule(days=st.sampled_from([1, 2, 2, 14, 29, 30, 31]))
    def pass_days(self, days: int) -> None:
        assert self.kept is not None
        self.kept.pass_days(days)

    # ---- agreement

    @invariant()
    def every_quote_stands_where_the_model_says(self) -> None:
        if self.kept is None:
            return
        found = self.kept.clients[0].quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=1000)).quotes
        assert [quote.name for quote in found] == list(self.quotes)[::-1]
        for quote in found:
            expected = self.quotes[quote.name]
            assert Quote.State.Name(quote.state) == expected.state(self.now)
            assert (quote.revision, quote.digest) == (len(expected.seen), expected.seen[-1])
            assert quote.purchase_order_number == expected.purchase_order_number
            assert components(quote) == expected.charged

    @invariant()
    def every_order_stands_where_the_model_says(self) -> None:
        if self.kept is None:
            return
        found = self.kept.clients[1].orders.ListOrders(order_service_pb2.ListOrdersRequest(page_size=1000)).orders
        assert {placed.name for placed in found} == set(self.orders)
        for placed in found:
            expected = self.orders[placed.name]
            assert Order.State.Name(placed.state) == expected.state
            assert (minor(placed.total), minor(placed.paid_amount)) == (expected.total, expected.paid)
            assert minor(placed.outstanding_amount) == expected.total - expected.paid
            assert minor(placed.refunded_amount) == expected.refunded
            paid = amounts(placed.paid_order.lines, "paid")
            returned = amounts(placed.paid_order.lines, "refunded")
            assert sum(paid.values()) == expected.paid, "nothing of a payment is lost between the lines"
            assert all(amount <= expected.charged[component] for component, amount in paid.items())
            assert returned == expected.returned
            assert all(amount <= paid[component] for component, amount in returned.items())

    @invariant()
    def lists_by_state_and_customer_hold_what_they_should(self) -> None:
        if self.kept is None or not self.quotes:
            return
        state = Quote.STATE_EXPIRED if len(self.answers) % 2 else Quote.STATE_OPEN
        found = self.kept.clients[1].quotes.ListQuotes(
            quote_service_pb2.ListQuotesRequest(page_size=1000, states=[state], customer_id="customer-1")
        )
        assert [quote.name for quote in found.quotes] == [
            name
            for name, quote in reversed(self.quotes.items())
            if quote.customer == "customer-1" and quote.state(self.now) == Quote.State.Name(state)
        ]


def test_the_store_agrees_with_the_model(fresh_stores: Callable[[], str]) -> None:
    machine = type("Machine", (Machine,), {"make_url": staticmethod(fresh_stores)})
    longer = settings().max_examples > 100
    chosen = settings(max_examples=500 if longer else 15 if WHOLE else 8, stateful_step_count=60 if longer else 30)
    run_state_machine_as_test(machine, settings=chosen)
