"""The pure call and the keeping one agree: the question ``kept-sale`` of ``docs/agreement.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.world import World, accept, cloud, create, data_center, order, order_message, reason_of, world
from quotary.v1 import common_pb2, quote_service_pb2, subscription_service_pb2

REFUSED = common_pb2.OUTCOME_REFUSED

TURNS = [datetime(2026, 3, 31, 7, 59, tzinfo=UTC), datetime(2028, 3, 31, 7, 59, tzinfo=UTC)]
"""The moments at which Data Center closes to new customers and to those who hold it."""

moments = st.builds(
    lambda turn, minutes: turn + timedelta(minutes=minutes),
    st.sampled_from(TURNS),
    st.sampled_from([-1500, -1, 0, 1500]),
)
waits = st.sampled_from([timedelta(minutes=1), timedelta(days=1), timedelta(days=29), timedelta(days=31)])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("agreement")
    with world(f"sqlite:///{folder}/kept.db", folder) as made:
        yield made


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    users = draw(st.sampled_from([500, 30_001, 50_001]))
    if draw(st.booleans()):
        return cloud(user_tier=users, term={"months": draw(st.sampled_from([12, 25]))})
    product = {"id": draw(st.sampled_from(["jira", "bitbucket"])), "platform": "data_center"}
    action = draw(st.sampled_from(["new", "renewal", "expansion"]))
    return data_center(product=product, action=action, user_tier=users, held_user_tier=500, term={"months": 12})


def answers(kept: World, asked: Any, edition: str, at: datetime) -> tuple[Any, Any]:
    """What the pure calls say of an order at that moment."""
    order_now = quote_service_pb2.OrderRequest()
    order_now.CopyFrom(asked)
    order_now.deal.order_time.FromDatetime(at)
    day = at.date()
    for name in ("order_date", "quote_date"):
        field = getattr(order_now.deal, name)
        field.year, field.month, field.day = day.year, day.month, day.day
    client = kept.clients[0]
    price = client.quotes.PriceQuote(quote_service_pb2.PriceQuoteRequest(order=order_now, edition=edition))
    sale = client.subscriptions.AssessSale(
        subscription_service_pb2.AssessSaleRequest(deal=order_now.deal, lines=order_now.lines, edition=edition)
    )
    return price, sale


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["2024", "2026"]), lines(), st.booleans(), moments, waits)
def test_an_order_is_kept_and_accepted_as_its_pure_answers_allow(
    kept: World, edition: str, line: dict[str, Any], holds: bool, at: datetime, wait: timedelta
) -> None:
    kept.set_time(at)
    asked = order(line, place="OR", holds_data_center_subscription=holds)
    price, _ = answers(kept, order_message(asked), edition, at)
    quote, refusal = tried(lambda: create(kept.clients[0], asked, edition=edition))
    assert (refusal in refusals(price.answer)) == (quote is None)
    if quote is None:
        return
    assert price.answer.outcome != REFUSED
    assert (quote.priced_order.total, list(quote.priced_order.lines)) == (price.total, list(price.lines))
    kept.set_time(at + wait)
    later, sale = answers(kept, quote.order, edition, at + wait)
    accepted, refusal = tried(lambda: accept(kept.clients[0], quote))
    assert (accepted is None) == (refusal in {*refusals(sale.answer), "QUOTE_EXPIRED", "QUOTE_NOT_DECIDED"})
    if accepted is not None:
        assert REFUSED not in (sale.answer.outcome, later.answer.outcome)


cloud_lines = st.builds(
    lambda users, months: cloud(user_tier=users, term={"months": months}),
    st.sampled_from([500, 50_001]),
    st.sampled_from([11, 12, 24, 25]),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["2024", "2026"]), cloud_lines, waits)
def test_a_quote_is_revised_as_its_pure_answer_allows(
    kept: World, edition: str, line: dict[str, Any], wait: timedelta
) -> None:
    at = TURNS[0]
    kept.set_time(at)
    quote = create(kept.clients[0], order(cloud(), place="OR"), edition=edition)
    kept.set_time(at + wait)
    wanted = order_message(order(line, place="OR"))
    price, _ = answers(kept, wanted, edition, at + wait)
    request = quote_service_pb2.ReviseQuoteRequest(name=quote.name, order=wanted)
    revised, refusal = tried(lambda: kept.clients[0].quotes.ReviseQuote(request))
    assert (revised is None) == (refusal in {*refusals(price.answer), "QUOTE_EXPIRED"})
    if revised is not None:
        assert price.answer.outcome != REFUSED
        assert (revised.priced_order.total, list(revised.priced_order.lines)) == (price.total, list(price.lines))


def tried(change: Callable[[], Any]) -> tuple[Any, str]:
    """What a change gives, or the reason for which it is refused."""
    try:
        return change(), ""
    except grpc.RpcError as error:
        return None, reason_of(error)


def refusals(answer: common_pb2.Answer) -> set[str]:
    return {each.code for each in answer.reasons if each.outcome == REFUSED}
