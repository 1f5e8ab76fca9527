"""Quotes and taxes on a running server: the printed orders, bad requests, batches, comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest

from quotary.messages import from_plain, read_file
from quotary.v1 import common_pb2, quote_service_pb2, quote_service_pb2_grpc, tax_service_pb2, tax_service_pb2_grpc
from server.failures import violations

EXAMPLES = Path(__file__).parents[2] / "examples"
GRANTED, NOT_COVERED, UNDETERMINED = (
    common_pb2.OUTCOME_GRANTED,
    common_pb2.OUTCOME_NOT_COVERED,
    common_pb2.OUTCOME_UNDETERMINED,
)


@pytest.fixture
def quotes(channel: grpc.Channel) -> quote_service_pb2_grpc.QuoteServiceStub:
    return quote_service_pb2_grpc.QuoteServiceStub(channel)


@pytest.fixture
def taxes(channel: grpc.Channel) -> tax_service_pb2_grpc.TaxServiceStub:
    return tax_service_pb2_grpc.TaxServiceStub(channel)


Quotes = quote_service_pb2_grpc.QuoteServiceStub


def example(name: str, edition: str, view: int = 0) -> quote_service_pb2.PriceQuoteRequest:
    order = read_file(EXAMPLES / f"{name}.yaml", quote_service_pb2.OrderRequest())
    return quote_service_pb2.PriceQuoteRequest(order=order, edition=edition, view=view)  # type: ignore[arg-type]


def cents(money: Any) -> int:
    assert money.nanos % 10_000_000 == 0
    return int(money.units * 100 + money.nanos // 10_000_000)


def order(
    country: str = "US", currency: str = "USD", area: str = "OR", **line: Any
) -> quote_service_pb2.PriceQuoteRequest:
    """One line for a direct customer; Oregon is a state without a tax of the documents."""
    address = {"region_code": country} | ({"administrative_area": area} if country == "US" else {})
    return from_plain(
        {
            "order": {
                "deal": {
                    "order_date": "2026-03-01",
                    "channel": "direct",
                    "billing_experience": "improved",
                    "currency": {"currency_code": currency},
                    "billing_party": {"kind": "business", "address": address},
                },
                "lines": [
                    {"product": {"id": "jira", "platform": "cloud", "plan": "standard"}, "price": {"unit_price": "10"}}
                    | line
                ],
            }
        },
        quote_service_pb2.PriceQuoteRequest(),
    )


@pytest.mark.parametrize(
    ("name", "edition", "net", "fee", "taxes", "total"),
    [
        ("turkey", "2026", 27000, 1350, [5103], 33453),
        ("turkey", "2024", 27000, 1350, [5103], 33453),
        ("india", "2024", 27000, 540, [4957], 32497),
        ("india", "2026", 27000, None, [4860], 31860),
        ("quebec", "2026", 14000, None, [700, 1397], 16097),
        ("quebec", "2024", 14000, None, [700, 1397], 16097),
    ],
)
def test_printed_orders(
    quotes: Quotes, name: str, edition: str, net: int, fee: int | None, taxes: list[int], total: int
) -> None:
    quote = quotes.PriceQuote(example(name, edition))
    assert quote.answer.outcome == GRANTED
    assert quote.answer.edition == edition
    assert cents(quote.net_total) == net
    assert quote.HasField("fee") == (fee is not None)
    assert fee is None or cents(quote.fee.amount) == fee
    assert [cents(each.amount) for each in quote.tax_components] == taxes
    assert cents(quote.total) == total == net + (fee or 0) + sum(taxes)


def test_parts_of_lines_add_up(quotes: Quotes) -> None:
    quote = quotes.PriceQuote(example("turkey", "2026"))
    assert [cents(line.fee_amount) for line in quote.lines] == [0, 1350]
    assert sum(cents(line.tax_amount) for line in quote.lines) == 5103
    component = quote.tax_components[0]
    assert [cents(part) for part in component.line_amounts] == [cents(line.tax_amount) for line in quote.lines]


def test_full_view_names_passages_and_rows_of_data(quotes: Quotes) -> None:
    basic = quotes.PriceQuote(example("turkey", "2026"))
    assert not basic.answer.steps
    assert not basic.answer.citations
    full = quotes.PriceQuote(example("turkey", "2026", common_pb2.VIEW_FULL))
    steps = {step.id: step for step in full.answer.steps}
    assert steps["fee.rate.TR"].result == "0.075"
    fee = steps["FEE-RATE"]
    assert {(fact.name, fact.value) for fact in fee.inputs} >= {("net_base", "18000"), ("rate", "0.075")}
    assert fee.result == "1350"
    assert all(citation.document in ("000", "001", "003") for step in full.answer.steps for citation in step.citations)
    assert {step.id for step in full.answer.steps} >= set(basic.answer.rule_ids)
    assert len(full.answer.digests.rule_book) == 64


def test_yen_have_no_decimals(quotes: Quotes) -> None:
    quote = quotes.PriceQuote(order("JP", "JPY", price={"unit_price": "1005"}))
    assert quote.currency_code == "JPY"
    assert (quote.net_total.units, quote.net_total.nanos) == (1005, 0)
    # 10 % of 1005 is 100.5: a tie, rounded away from zero to whole yen.
    assert [(each.tax, each.amount.units, each.amount.nanos) for each in quote.tax_components] == [("JCT", 101, 0)]
    assert quote.total.units == 1106


def test_free_line_costs_nothing_and_is_granted(quotes: Quotes) -> None:
    quote = quotes.PriceQuote(order(price={"unit_price": "0"}))
    assert quote.answer.outcome == GRANTED
    assert cents(quote.total) == 0
    assert quote.lines[0].HasField("net_amount")
    discounted = quotes.PriceQuote(order(discount={"rate": "1"}))
    assert cents(discounted.total) == 0


def test_line_without_a_price_is_open_and_says_what_is_missing(quotes: Quotes) -> None:
    quote = quotes.PriceQuote(order(price=None, product={"id": "jira-align", "platform": "cloud"}))
    assert quote.answer.outcome == UNDETERMINED
    assert [reason.code for reason in quote.answer.reasons] == ["PRICE_NOT_KNOWN"]
    assert "order.lines[0].price.unit_price" in quote.answer.missing
    assert not quote.HasField("total")


def test_price_of_the_demonstration_book_says_that_it_is_invented(quotes: Quotes) -> None:
    booked = quotes.PriceQuote(order(price=None, billing_cycle="monthly", quantity=25))
    assert booked.answer.outcome == GRANTED
    assert booked.lines[0].price_source.startswith("price:")
    assert [reason.code for reason in booked.answer.reasons] == ["DEMONSTRATION_PRICE"]
    given = quotes.PriceQuote(order())
    assert [reason.code for reason in given.answer.reasons] == []


def test_country_the_edition_does_not_name_is_not_covered(quotes: Quotes) -> None:
    quote = quotes.PriceQuote(order("BR"))
    assert quote.answer.outcome == NOT_COVERED
    assert cents(quote.net_total) == 1000
    assert not quote.HasField("tax_total")
    assert not quote.HasField("total")


def test_five_faults_are_five_violations(quotes: Quotes) -> None:
    request = order(product={"id": "jirra"}, price={"unit_price": "-1"}, quantity=0)
    request.edition = "2025"
    request.order.deal.billing_party.address.region_code = "XX"
    request.order.deal.billing_party.address.ClearField("administrative_area")
    assert violations(quotes.PriceQuote, request) == [
        ("edition", "UNKNOWN_EDITION"),
        ("order.deal.billing_party.address.region_code", "UNKNOWN_COUNTRY"),
        ("order.lines[0].product.id", "UNKNOWN_PRODUCT"),
        ("order.lines[0].quantity", "OUT_OF_RANGE"),
        ("order.lines[0].price.unit_price", "NEGATIVE_AMOUNT"),
    ]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"deal": {"currency": {"currency_code": "XXQ"}}}, "deal.currency.currency_code", "UNKNOWN_CURRENCY"),
        ({"deal": {"currency": {"exchange_rate": "1e3"}}}, "deal.currency.exchange_rate", "NOT_A_DECIMAL"),
        ({"deal": {"currency": {"margin": "1.5"}}}, "deal.currency.margin", "OUT_OF_RANGE"),
        ({"deal": {"programme": "loyalty"}}, "deal.programme", "UNKNOWN_VALUE"),
        ({"deal": {"order_date": {"year": 2026, "month": 2, "day": 30}}}, "deal.order_date", "NOT_A_DATE"),
        ({"deal": {"order_date": {"year": 2026, "month": 2}}}, "deal.order_date", "NOT_A_DATE"),
        (
            {"deal": {"billing_party": {"address": {"region_code": "CA", "administrative_area": "ZZ"}}}},
            "deal.billing_party.address.administrative_area",
            "UNKNOWN_SUBDIVISION",
        ),
        (
            {"deal": {"billing_party": {"display_name": "a\u202eb"}}},
            "deal.billing_party.display_name",
            "INVALID_TEXT",
        ),
        ({"deal": {"billing_party": {"display_name": "x" * 501}}}, "deal.billing_party.display_name", "TOO_LONG"),
        (
            {"deal": {"billing_party": {"tax_identifiers": [{"kind": "vat"}]}}},
            "deal.billing_party.tax_identifiers[0].value",
            "REQUIRED",
        ),
        (
            {"lines": [{"discount": {"amount": "1.00 EUR"}}]},
            "lines[0].discount.amount.currency_code",
            "CURRENCY_MISMATCH",
        ),
        ({"lines": [{"discount": {"amount": "1.001 USD"}}]}, "lines[0].discount.amount", "TOO_PRECISE"),
        (
            {"lines": [{"term": {"start_date": "2026-05-01", "end_date": "2026-05-01"}}]},
            "lines[0].term.end_date",
            "CONFLICTING_FIELDS",
        ),
        ({"lines": [{"product": {"plan": "gold"}}]}, "lines[0].product.plan", "UNKNOWN_VALUE"),
    ],
)
def test_each_fault_has_its_own_reason(quotes: Quotes, change: Any, field: str, reason: str) -> None:
    request = order()
    changed = from_plain(change, quote_service_pb2.OrderRequest())
    for number, line in enumerate(changed.lines):
        request.order.lines[number].MergeFrom(line)
    changed.ClearField("lines")
    if changed.deal.billing_party.HasField("address"):
        request.order.deal.billing_party.address.Clear()
    if changed.deal.HasField("order_date"):
        request.order.deal.order_date.Clear()
    request.order.MergeFrom(changed)
    assert violations(quotes.PriceQuote, request) == [(f"order.{field}", reason)]


def test_empty_request_names_what_is_required(quotes: Quotes) -> None:
    assert violations(quotes.PriceQuote, quote_service_pb2.PriceQuoteRequest()) == [
        ("order.deal", "REQUIRED"),
        ("order.lines", "REQUIRED"),
    ]


def test_too_many_lines(quotes: Quotes) -> None:
    request = order()
    line = common_pb2.Line.FromString(request.order.lines[0].SerializeToString())
    request.order.lines.extend([line] * 10_000)
    assert violations(quotes.PriceQuote, request) == [("order.lines", "TOO_MANY")]


def test_batch_goes_on_after_a_malformed_item(quotes: Quotes) -> None:
    bad = order(quantity=0)
    items = [
        quote_service_pb2.BatchPriceQuotesRequest(correlation_id=id, request=request)
        for id, request in (("a", example("turkey", "2026")), ("b", bad), ("c", example("quebec", "2026")))
    ]
    answers = list(quotes.BatchPriceQuotes(iter(items)))
    assert [each.correlation_id for each in answers] == ["a", "b", "c"]
    assert [each.WhichOneof("result") for each in answers] == ["response", "status", "response"]
    assert answers[0].response == quotes.PriceQuote(example("turkey", "2026"))
    assert "quantity" in answers[1].status.message


def test_comparison_equals_two_quotes_and_names_the_rule(quotes: Quotes) -> None:
    request = quote_service_pb2.CompareEditionsRequest(
        order=example("india", "2024").order, editions=["2024", "2026"], view=common_pb2.VIEW_FULL
    )
    comparison = quotes.CompareEditions(request)
    for quote, edition in zip(comparison.quotes, ("2024", "2026"), strict=True):
        assert quote == quotes.PriceQuote(example("india", edition, common_pb2.VIEW_FULL))
    fee = next(each for each in comparison.differences if each.path == "fee.amount")
    assert (fee.base_value, fee.value) == ("5.40 USD", "")
    listed = ["fee.countries", "fee.products.IN.data_center", "fee.products.IN.cloud", "FEE-BEARING-INDIA"]
    assert (list(fee.base_rule_ids), list(fee.rule_ids)) == (listed, ["fee.countries"])
    total = next(each for each in comparison.differences if each.path == "total")
    assert (total.base_value, total.value) == ("324.97 USD", "318.60 USD")


def test_same_edition_twice_is_a_fault(quotes: Quotes) -> None:
    request = quote_service_pb2.CompareEditionsRequest(
        order=example("india", "2024").order, editions=["2024", "1999", "2024"]
    )
    assert violations(quotes.CompareEditions, request) == [
        ("editions[1]", "UNKNOWN_EDITION"),
        ("editions[2]", "CONFLICTING_FIELDS"),
    ]


@pytest.mark.parametrize("name", ["turkey", "india", "quebec"])
@pytest.mark.parametrize("edition", ["2021", "2023", "2024", "2026"])
def test_tax_of_a_quote_is_the_tax_of_the_tax_call(
    quotes: Quotes, taxes: tax_service_pb2_grpc.TaxServiceStub, name: str, edition: str
) -> None:
    request = example(name, edition)
    quote = quotes.PriceQuote(request)
    alone = tax_service_pb2.CalculateTaxRequest(deal=request.order.deal, edition=edition)
    for line in quote.lines:
        assert line.HasField("net_amount")
        alone.lines.add(product=line.product, net_amount=line.net_amount)
    tax = taxes.CalculateTax(alone)
    assert list(tax.tax_components) == list(quote.tax_components)
    assert tax.tax_total == quote.tax_total
    assert tax.HasField("total") == quote.HasField("total")
    assert tax.total == quote.total


def test_rounding_policy_is_named_and_its_difference_told(quotes: Quotes) -> None:
    # The 23 % case of four lines of 2.50, with a rate the documents have: QST 9.975 % and GST 5 % on 0.50 each.
    request = order("CA", price={"unit_price": "0.50"})
    request.order.deal.billing_party.address.administrative_area = "QC"
    request.order.lines.extend([request.order.lines[0]] * 3)
    whole = quotes.PriceQuote(request)
    # 2.00: GST 0.10, QST 0.1995 -> 0.20.
    assert [cents(each.amount) for each in whole.tax_components] == [10, 20]
    assert cents(whole.answer.rounding_difference) == 0
    request.order.deal.rounding_policy = common_pb2.ROUNDING_POLICY_LINE_HALF_UP
    by_line = quotes.PriceQuote(request)
    # By line 0.025 -> 0.03 and 0.049875 -> 0.05, four times each.
    assert [cents(each.amount) for each in by_line.tax_components] == [12, 20]
    assert by_line.answer.rounding_policy == common_pb2.ROUNDING_POLICY_LINE_HALF_UP
    assert cents(by_line.answer.rounding_difference) == 2
