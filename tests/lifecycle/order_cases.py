"""What tests of stored orders and refunds share."""

from __future__ import annotations

from typing import Any

from lifecycle.world import (
    World,
    accept,
    create,
    minor,
)
from quotary.v1 import (
    common_pb2,
    order_service_pb2,
)

Order = order_service_pb2.Order
FULL = common_pb2.VIEW_FULL


def get(kept: World, name: str, view: int = 0) -> Order:
    return kept.clients[0].orders.GetOrder(order_service_pb2.GetOrderRequest(name=name, view=view))  # type: ignore[arg-type]


def place(kept: World, plain: dict[str, Any] | None = None, *, edition: str = "2026", **request: Any) -> Order:
    """An order that waits for its payment."""
    return accept(kept.clients[0], create(kept.clients[0], plain, edition=edition), **request).order


def parts(lines: Any, which: str) -> list[int]:
    """Every amount of every line: net, fee, and each tax."""
    return [
        each
        for line in lines
        for amounts in (getattr(line, which),)
        for each in (
            minor(amounts.net_amount),
            minor(amounts.fee_amount),
            *(minor(tax.amount) for tax in amounts.taxes),
        )
    ]
