"""Sales and resales that are asked about, into nouns of the rule book."""

from __future__ import annotations

from quotary.v1 import common_pb2, subscription_service_pb2
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import count_lines, read_line, read_party
from quotary_server.adapter.reading_subscriptions import flag
from quotary_spec.model.order import Line
from quotary_spec.model.sale import Resale


def read_resale(faults: Faults, path: str, message: subscription_service_pb2.ResaleFacts) -> Resale:
    """How a reseller or partner stands between vendor and end customer."""
    return Resale(
        declared=flag(message, "declared"),
        approved=flag(message, "approved"),
        intermediaries=tuple(
            read_party(faults, f"{path}.intermediaries[{i}]", each) for i, each in enumerate(message.intermediaries)
        ),
    )


def read_lines(faults: Faults, path: str, messages: list[common_pb2.Line], currency: str) -> tuple[Line, ...]:
    """The lines of an order; at least one."""
    count_lines(faults, path, len(messages))
    return tuple(read_line(faults, f"{path}[{i}]", each, currency) for i, each in enumerate(messages))
