"""The orders that are measured: taxed, discounted, half of their lines bear a fee."""

from __future__ import annotations

from quotary.messages import from_plain
from quotary.v1 import quote_service_pb2


def order_of(lines: int) -> quote_service_pb2.PriceQuoteRequest:
    """A Turkish order with this many lines, each with its own quantity and a discount of a tenth."""
    products = (
        {"id": "confluence", "platform": "cloud", "plan": "standard"},
        {"id": "jira", "platform": "data_center"},
    )
    return from_plain(
        {
            "order": {
                "deal": {
                    "order_date": "2026-03-01",
                    "channel": "direct",
                    "billing_party": {"kind": "business", "address": {"region_code": "TR"}},
                    "holds_data_center_subscription": True,
                },
                "lines": [
                    {
                        "product": products[i % 2],
                        "action": "renewal",
                        "billing_cycle": "annual",
                        "quantity": i % 97 + 1,
                        "price": {"unit_price": "12.35"},
                        "discount": {"rate": "0.10"},
                    }
                    for i in range(lines)
                ],
            }
        },
        quote_service_pb2.PriceQuoteRequest(),
    )
