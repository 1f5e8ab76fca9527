"""Prices an order and explains its fee: ``python turkey.py``, with a server at QUOTARY_TARGET (``quotary serve``).

The order is that of ``examples/turkey.yaml``. Standard output is its receipt. Standard error has the rest: the whole
explanation with ``--explain``, a request with a fault, and a refusal.
"""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

from quotary.client import Client
from quotary.errors import QuotaryError
from quotary.explain import explain, reason_lines, receipt
from quotary.v1 import common_pb2, quote_service_pb2
from quotary.values import decimal_text, from_date


def line(product: str, platform: common_pb2.Platform.ValueType, price: Decimal) -> common_pb2.Line:
    """A line of the order, for a year, at ten percent discount."""
    return common_pb2.Line(
        product=common_pb2.Product(id=product, platform=platform),
        billing_cycle=common_pb2.BILLING_CYCLE_ANNUAL,
        price=common_pb2.GivenPrice(unit_price=decimal_text(price)),
        discount=common_pb2.GivenDiscount(rate="0.10"),
    )


def order() -> quote_service_pb2.OrderRequest:
    """Confluence in the cloud and a renewal of Jira Data Center for a business in Turkey."""
    buyer = common_pb2.Party(kind=common_pb2.PARTY_KIND_BUSINESS, address=common_pb2.PostalAddress(region_code="TR"))
    jira = line("jira", common_pb2.PLATFORM_DATA_CENTER, Decimal(200))
    jira.action = common_pb2.LINE_ACTION_RENEWAL
    return quote_service_pb2.OrderRequest(
        deal=common_pb2.Deal(
            order_date=from_date(date(2026, 3, 1)), channel=common_pb2.CHANNEL_DIRECT, billing_party=buyer
        ),
        lines=[line("confluence", common_pb2.PLATFORM_CLOUD, Decimal(100)), jira],
    )


def main() -> None:
    """Ask three times."""
    with Client() as client:
        asked = quote_service_pb2.PriceQuoteRequest(order=order(), view=common_pb2.VIEW_FULL)
        priced = client.quotes.PriceQuote(asked)
        sys.stdout.write(receipt(priced))
        if "--explain" in sys.argv:
            sys.stderr.write(explain(priced))

        asked.order.lines[0].product.id = "konfluence"
        try:
            client.quotes.PriceQuote(asked)
        except QuotaryError as error:
            for violation in error.violations:
                print(f"wrong: {violation.field}: {violation.description}", file=sys.stderr)

        asked.order.lines[0].product.id = "confluence"
        asked.order.lines[0].product.platform = common_pb2.PLATFORM_SERVER
        refused = client.quotes.PriceQuote(asked)
        for told in reason_lines(refused.answer):
            print(told, file=sys.stderr)


if __name__ == "__main__":
    main()
