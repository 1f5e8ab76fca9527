"""Quotes that are kept: made, read, listed, revised, accepted, expired; one effect a request id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

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
    request_id,
    world,
)
from quotary.errors import QuotaryError
from quotary.v1 import change_service_pb2, common_pb2, order_service_pb2, quote_service_pb2

Quote = quote_service_pb2.Quote
FULL = common_pb2.VIEW_FULL


def get(kept: World, name: str, view: int = 0) -> Quote:
    return kept.clients[0].quotes.GetQuote(quote_service_pb2.GetQuoteRequest(name=name, view=view))  # type: ignore[arg-type]


def listed(kept: World, *states: int, customer: str | None = None) -> list[str]:
    """Names of all quotes found, page by page, two at a time."""
    names: list[str] = []
    token = ""
    while True:
        request = quote_service_pb2.ListQuotesRequest(states=states, page_size=2, page_token=token)  # type: ignore[arg-type]
        if customer is not None:
            request.customer_id = customer
        page = kept.clients[0].quotes.ListQuotes(request)
        assert len(page.quotes) <= 2
        names += [quote.name for quote in page.quotes]
        token = page.next_page_token
        if not token:
            return names


def details(error: grpc.RpcError) -> list[tuple[str, str]]:
    """Every violation of a refused change: its reason and its subject."""
    from google.rpc import error_details_pb2
    from grpc_status import rpc_status

    failure = error_details_pb2.PreconditionFailure()
    status = rpc_status.from_call(error)
    assert status is not None
    assert any(packed.Unpack(failure) for packed in status.details)
    return [(each.type, each.subject) for each in failure.violations]


# ---- made and read


def test_a_quote_is_kept_as_it_was_answered(kept: World) -> None:
    made = create(kept.clients[0], order(cloud(), data_center()))
    # 100.00 + 200.00; fee of 7.5 % on 200.00 is 15.00; VAT of 18 % on 315.00 is 56.70.
    assert minor(made.priced_order.total) == 37170
    assert (made.state, made.revision, made.customer_id, made.edition) == (Quote.STATE_OPEN, 1, "customer-1", "2026")
    assert made.name.startswith("quotes/AT-")
    assert len(made.name) == len("quotes/AT-1234567")
    assert get(kept, made.name) == made
    assert get(kept, f"{made.name}@1") == made
    full = get(kept, made.name, FULL)
    assert {step.id for step in full.priced_order.answer.steps} >= {"FEE-RATE", "fee.rate.TR"}
    assert full.priced_order.answer.digests.rule_book
    full.priced_order.answer.ClearField("steps")
    full.priced_order.answer.ClearField("citations")
    assert full == made


def test_the_numbers_of_2024_have_nine_digits(kept: World) -> None:
    made = create(kept.clients[0], edition="2024")
    assert len(made.name) == len("quotes/AT-123456789")


def test_the_server_fills_in_the_days_that_are_absent(kept: World) -> None:
    kept.set_time(datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC))
    deal = create(kept.clients[0]).order.deal
    assert (deal.order_date.month, deal.order_date.day) == (3, 5)
    assert (deal.quote_date.month, deal.quote_date.day) == (3, 5)
    assert deal.order_time.ToDatetime(UTC) == kept.now


def test_civil_days_begin_in_the_operators_time_zone(store_url: str, tmp_path: Path) -> None:
    with world(store_url, tmp_path, time_zone="Asia/Tokyo") as kept:
        kept.set_time(datetime(2026, 3, 5, 15, 0, tzinfo=UTC))
        made = create(kept.clients[0])
        assert made.order.deal.order_date.day == 6
        # The last of 30 days is 5 April, which ends in Tokyo at 15:00 UTC.
        assert made.expire_time.ToDatetime(UTC) == datetime(2026, 4, 5, 15, 0, tzinfo=UTC)


def test_what_is_not_decided_is_kept_and_cannot_be_accepted(kept: World) -> None:
    no_price = cloud()
    no_price["price"] = {"unit_price": "7", "currency_code": "USD"}
    made = create(kept.clients[0], order(no_price, currency="JPY", place="JP"))
    assert made.priced_order.answer.outcome == common_pb2.OUTCOME_UNDETERMINED
    assert not made.priced_order.HasField("total")
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made)
    assert reason_of(refused.value) == "QUOTE_NOT_DECIDED"
    assert "INPUT_MISSING" in {reason for reason, _ in details(refused.value)}


def test_what_the_rules_refuse_is_not_kept(kept: World) -> None:
    new = order(data_center(), holds_data_center_subscription=False)
    kept.set_time(datetime(2026, 4, 2, tzinfo=UTC))
    with pytest.raises(grpc.RpcError) as refused:
        create(kept.clients[0], new)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert listed(kept) == []


def test_every_violation_is_named_with_its_field(kept: World) -> None:
    request = quote_service_pb2.CreateQuoteRequest(request_id="one")
    request.quote.edition = "1999"
    request.quote.order.lines.add().quantity = -1
    with pytest.raises(grpc.RpcError) as malformed:
        kept.clients[0].quotes.CreateQuote(request)
    assert {(each.field, each.reason) for each in QuotaryError.of(malformed.value).violations} >= {
        ("request_id", "INVALID_REQUEST_ID"),
        ("quote.edition", "UNKNOWN_EDITION"),
        ("quote.order.deal.billing_party", "REQUIRED"),
        ("quote.order.lines[0].product", "REQUIRED"),
        ("quote.order.lines[0].quantity", "OUT_OF_RANGE"),
    }


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("quotes/AT-0000000", grpc.StatusCode.NOT_FOUND, "QUOTE_NOT_FOUND"),
        ("quotes/at-1", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_NAME"),
        ("", grpc.StatusCode.INVALID_ARGUMENT, "REQUIRED"),
        ("quotes/AT-0000000@0", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_NAME"),
    ],
)
def test_a_quote_that_is_not_there(kept: World, name: str, code: grpc.StatusCode, reason: str) -> None:
    with pytest.raises(grpc.RpcError) as missing:
        get(kept, name)
    assert (missing.value.code(), reason_of(missing.value)) == (code, reason)


# ---- one effect a request id


def test_the_same_request_gets_the_same_answer(kept: World) -> None:
    id = request_id()
    first = create(kept.clients[0], request_id=id)
    kept.pass_days(3)
    assert create(kept.clients[0], request_id=id) == first
    assert create(kept.clients[0], request_id=id.upper()) == first
    assert listed(kept) == [first.name]
    assert create(kept.clients[0]).name != create(kept.clients[0]).name


def test_an_id_stands_for_one_request(kept: World) -> None:
    id = request_id()
    made = create(kept.clients[0], request_id=id)
    with pytest.raises(grpc.RpcError) as reused:
        create(kept.clients[0], customer="another", request_id=id)
    assert (reused.value.code(), reason_of(reused.value)) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    with pytest.raises(grpc.RpcError) as reused:
        accept(kept.clients[0], made, request_id=id)
    assert reason_of(reused.value) == "REQUEST_ID_REUSED"
    assert get(kept, made.name) == made


def test_a_refused_request_leaves_its_id_free(kept: World) -> None:
    id = request_id()
    made = create(kept.clients[0])
    with pytest.raises(grpc.RpcError):
        accept(kept.clients[0], made, digest="0" * 64, request_id=id)
    with pytest.raises(grpc.RpcError) as unknown:
        kept.clients[0].changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{id}"))
    assert (unknown.value.code(), reason_of(unknown.value)) == (grpc.StatusCode.NOT_FOUND, "CHANGE_NOT_FOUND")
    assert accept(kept.clients[0], made, request_id=id).order.name


def test_an_outcome_is_looked_up_by_its_id(kept: World) -> None:
    ids = [request_id() for _ in range(3)]
    made = create(kept.clients[0], request_id=ids[0])
    accepted = accept(kept.clients[0], made, request_id=ids[1])
    paid = pay(kept.clients[0], accepted.order, request_id=ids[2])

    def change(id: str) -> change_service_pb2.Change:
        return kept.clients[0].changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{id}"))

    assert change(ids[0]).quote == made
    assert change(ids[0]).method == "quotary.v1.QuoteService/CreateQuote"
    assert change(ids[1]).accepted_quote == accepted
    assert change(ids[2]).recorded_payment == paid


def test_validate_only_checks_everything_and_keeps_nothing(kept: World) -> None:
    client = kept.clients[0]
    id = request_id()
    would_be = create(client, request_id=id, validate_only=True)
    assert (would_be.name, would_be.digest) == ("", "")
    assert minor(would_be.priced_order.total) == 11800
    assert listed(kept) == []
    made = create(client, request_id=id)
    would = accept(client, made, validate_only=True)
    assert (would.order.name, would.order.state) == ("", order_service_pb2.Order.STATE_AWAITING_PAYMENT)
    assert get(kept, made.name) == made
    with pytest.raises(grpc.RpcError) as refused:
        accept(client, made, digest="0" * 64, validate_only=True)
    assert reason_of(refused.value) == "QUOTE_REVISED"
    accepted = accept(client, made)
    paid = pay(client, accepted.order, validate_only=True)
    assert (paid.payment.name, paid.order.state) == ("", order_service_pb2.Order.STATE_PAID)
    assert client.orders.GetOrder(order_service_pb2.GetOrderRequest(name=accepted.order.name)) == accepted.order


# ---- lists


def test_quotes_are_listed_by_state_and_customer_newest_first(kept: World) -> None:
    client = kept.clients[0]
    old = [create(client, customer=f"customer-{i % 2}") for i in range(5)]
    taken = accept(client, old[1]).quote.name
    kept.pass_days(20)
    new = [create(client, customer=f"customer-{i % 2}") for i in range(4)]
    kept.pass_days(15)
    every = [quote.name for quote in reversed(old + new)]
    assert listed(kept) == every
    still_open = [quote.name for quote in reversed(new)]
    expired = [quote.name for quote in reversed(old) if quote.name != taken]
    for _ in range(2):  # the first list notes what has expired, which must not change the second
        assert listed(kept, Quote.STATE_OPEN) == still_open
        assert listed(kept, Quote.STATE_EXPIRED) == expired
        assert listed(kept, Quote.STATE_ACCEPTED) == [taken]
        assert listed(kept, Quote.STATE_OPEN, Quote.STATE_ACCEPTED) == [*still_open, taken]
        assert listed(kept, customer="customer-1") == [quote.name for quote in reversed(old[1::2] + new[1::2])]
        assert listed(kept, Quote.STATE_EXPIRED, customer="customer-1") == [old[3].name]
        assert listed(kept, customer="nobody") == []


def test_a_list_that_grows_shows_each_entry_once(kept: World) -> None:
    client = kept.clients[0]
    made = [create(client).name for _ in range(3)]
    first = client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=2))
    create(client)
    rest = client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=2, page_token=first.next_page_token))
    assert [quote.name for quote in (*first.quotes, *rest.quotes)] == made[::-1]
    with pytest.raises(grpc.RpcError) as malformed:
        client.quotes.ListQuotes(
            quote_service_pb2.ListQuotesRequest(page_token=first.next_page_token, customer_id="customer-1")
        )
    assert [(each.field, each.reason) for each in QuotaryError.of(malformed.value).violations] == [
        ("page_token", "INVALID_PAGE_TOKEN")
    ]


# ---- validity


@pytest.mark.parametrize(
    ("edition", "origin"), [("2024", Quote.VALIDITY_ORIGIN_EDITION), ("2026", Quote.VALIDITY_ORIGIN_OPERATOR)]
)
def test_a_quote_is_accepted_on_its_thirtieth_day_and_not_after(
    kept: World, edition: str, origin: Quote.ValidityOrigin.ValueType
) -> None:
    made = [create(kept.clients[0], edition=edition) for _ in range(2)]
    assert made[0].validity_origin == origin
    last_moment = made[0].expire_time.ToDatetime(UTC)
    assert last_moment == datetime(2026, 4, 2, tzinfo=UTC)  # day 30 after 2 March is 1 April
    kept.set_time(last_moment - timedelta(microseconds=1))
    accept(kept.clients[0], made[0])
    kept.set_time(last_moment)
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made[1])
    assert reason_of(refused.value) == "QUOTE_EXPIRED"
    assert get(kept, made[1].name).state == Quote.STATE_EXPIRED
    assert get(kept, made[0].name).state == Quote.STATE_ACCEPTED


def test_a_quote_of_undetermined_validity_stays_open(store_url: str, tmp_path: Path) -> None:
    with world(store_url, tmp_path, quote_validity_days=0) as kept:
        made = create(kept.clients[0])
        assert not made.HasField("valid_through_date")
        assert made.validity_origin == Quote.VALIDITY_ORIGIN_UNSPECIFIED
        printed = create(kept.clients[0], edition="2024")
        kept.pass_days(1000)
        assert listed(kept, Quote.STATE_OPEN) == [made.name]
        assert listed(kept, Quote.STATE_EXPIRED) == [printed.name]
        assert accept(kept.clients[0], made).order.name


# ---- accepted


def test_an_accepted_quote_is_an_order_at_its_prices(kept: World) -> None:
    made = create(kept.clients[0], order(cloud(), purchase_order_number="PO 7"))
    kept.pass_days(2)
    accepted = accept(kept.clients[0], made)
    placed = accepted.order
    assert placed.name == made.name.replace("quotes/", "orders/")
    assert (placed.quote, placed.quote_digest) == (f"{made.name}@1", made.digest)
    assert placed.total == made.priced_order.total
    assert (placed.deal.order_date.day, placed.deal.purchase_order_number) == (4, "PO 7")
    assert accepted.quote.state == Quote.STATE_ACCEPTED
    assert accepted.quote.accepted_order == placed.name
    assert get(kept, made.name) == accepted.quote
    assert kept.clients[0].orders.GetOrder(order_service_pb2.GetOrderRequest(name=placed.name)) == placed
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made)
    assert reason_of(refused.value) == "QUOTE_ACCEPTED"


def test_what_another_revision_changed_is_shown(kept: World) -> None:
    client = kept.clients[0]
    seen = create(client)
    revised = client.quotes.ReviseQuote(
        quote_service_pb2.ReviseQuoteRequest(name=seen.name, order=order_message(order(cloud("120.00"))))
    )
    assert (revised.revision, minor(revised.priced_order.total)) == (2, 14160)
    with pytest.raises(grpc.RpcError) as refused:
        accept(client, seen)
    assert reason_of(refused.value) == "QUOTE_REVISED"
    subjects = {subject for _, subject in details(refused.value)}
    assert subjects >= {seen.name, "priced_order.total", "priced_order.tax_components[VAT:TR].amount"}
    with pytest.raises(grpc.RpcError) as refused:
        accept(client, revised, digest=seen.digest)
    assert reason_of(refused.value) == "QUOTE_REVISED"
    assert get(kept, f"{seen.name}@1").priced_order == seen.priced_order
    assert minor(accept(client, revised).order.total) == 14160


def test_a_line_that_is_no_longer_sold_cannot_be_accepted(kept: World) -> None:
    """Data Center is sold to new customers until 23:59 on 30 March 2026 at UTC-8 (R-19), whatever the quote says."""
    new = order(data_center(), holds_data_center_subscription=False)
    made = [create(kept.clients[0], new) for _ in range(2)]
    kept.set_time(datetime(2026, 3, 31, 7, 58, 59, tzinfo=UTC))
    accept(kept.clients[0], made[0])
    kept.set_time(datetime(2026, 3, 31, 7, 59, 0, tzinfo=UTC))
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made[1])
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "lines[0]" in {subject for _, subject in details(refused.value)}
    assert get(kept, made[1].name).state == Quote.STATE_OPEN


def test_who_may_accept_and_who_may_not(kept: World) -> None:
    made = create(kept.clients[0])
    site_admin, billing_admin = (common_pb2.Actor(roles=[role]) for role in ("site_admin", "billing_admin"))
    with pytest.raises(grpc.RpcError) as refused:
        accept(kept.clients[0], made, actor=site_admin)
    assert reason_of(refused.value) == "ROLE_NOT_ALLOWED"
    with pytest.raises(grpc.RpcError) as malformed:
        accept(kept.clients[0], made, actor=common_pb2.Actor(roles=["emperor"]))
    assert [each.field for each in QuotaryError.of(malformed.value).violations] == ["actor.roles[0]"]
    assert accept(kept.clients[0], made, actor=billing_admin).order.answer.rule_ids


# ---- revised


def test_who_may_set_a_purchase_order_number(kept: World) -> None:
    made = create(kept.clients[0])
    for role, allowed in (("site_admin", False), ("billing_admin", True)):
        request = quote_service_pb2.ReviseQuoteRequest(
            name=made.name, purchase_order_number="PO", actor=common_pb2.Actor(roles=[role])
        )
        if allowed:
            assert kept.clients[0].quotes.ReviseQuote(request).purchase_order_number == "PO"
        else:
            with pytest.raises(grpc.RpcError) as refused:
                kept.clients[0].quotes.ReviseQuote(request)
            assert reason_of(refused.value) == "ROLE_NOT_ALLOWED"


def test_a_revision_has_todays_prices_and_a_validity_of_its_own(kept: World) -> None:
    client = kept.clients[0]
    seen = create(client, order(cloud(), purchase_order_number="PO 1"))
    kept.pass_days(29)
    revised = client.quotes.ReviseQuote(
        quote_service_pb2.ReviseQuoteRequest(name=seen.name, revision=1, order=order_message(order(cloud("50.00"))))
    )
    assert (revised.revision, revised.purchase_order_number) == (2, "PO 1")
    assert revised.digest != seen.digest
    assert revised.create_time == seen.create_time
    assert revised.expire_time.ToDatetime(UTC) == datetime(2026, 5, 1, tzinfo=UTC)
    kept.pass_days(10)
    assert get(kept, seen.name) == revised
    with pytest.raises(grpc.RpcError) as refused:
        client.quotes.ReviseQuote(
            quote_service_pb2.ReviseQuoteRequest(name=seen.name, revision=1, order=order_message(order()))
        )
    assert reason_of(refused.value) == "QUOTE_REVISED"


@pytest.mark.parametrize(
    ("plain", "edition", "reason"),
    [
        (order(cloud(), data_center()), "2026", "QUOTE_NOT_EDITABLE"),
        (order(cloud(), billing_experience="original"), "2024", "QUOTE_NOT_EDITABLE"),
        (order(cloud(), place="OR"), "2021", "EDITION_SILENT"),
        (order(cloud(), billing_experience=None), "2026", "INPUT_MISSING"),
    ],
)
def test_a_quote_that_the_edition_does_not_let_be_edited(
    kept: World, plain: dict[str, object], edition: str, reason: str
) -> None:
    made = create(kept.clients[0], plain, edition=edition)
    request = quote_service_pb2.ReviseQuoteRequest(name=made.name, order=order_message(plain))
    with pytest.raises(grpc.RpcError) as refused:
        kept.clients[0].quotes.ReviseQuote(request)
    assert reason_of(refused.value) == reason
    numbered = kept.clients[0].quotes.ReviseQuote(
        quote_service_pb2.ReviseQuoteRequest(name=made.name, purchase_order_number="PO 9")
    )
    assert (numbered.revision, numbered.digest, numbered.purchase_order_number) == (1, made.digest, "PO 9")
    assert get(kept, made.name) == numbered


def test_an_accepted_or_expired_quote_is_not_revised(kept: World) -> None:
    client = kept.clients[0]
    taken, forgotten = create(client), create(client)
    accept(client, taken)
    kept.pass_days(31)
    for quote, reason in ((taken, "QUOTE_ACCEPTED"), (forgotten, "QUOTE_EXPIRED")):
        for request in (
            quote_service_pb2.ReviseQuoteRequest(name=quote.name, order=order_message(order())),
            quote_service_pb2.ReviseQuoteRequest(name=quote.name, purchase_order_number="PO 3"),
        ):
            with pytest.raises(grpc.RpcError) as refused:
                client.quotes.ReviseQuote(request)
            assert reason_of(refused.value) == reason
