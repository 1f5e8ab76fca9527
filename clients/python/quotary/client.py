"""A client of a Quotary server: one object with a stub for each service.

Every stub is typed, so an editor shows what a call takes::

    with Client("127.0.0.1:50051") as client:
        quote = client.quotes.PriceQuote(request)

``quotary.aio`` has the same for asyncio.
"""

from __future__ import annotations

from importlib import resources
from types import TracebackType

import grpc

from quotary.access import Access
from quotary.address import Address, read_address
from quotary.calls import CallInterceptor, Manner
from quotary.v1 import (
    change_service_pb2_grpc,
    entitlement_service_pb2_grpc,
    licence_tier_service_pb2_grpc,
    order_service_pb2_grpc,
    quote_service_pb2_grpc,
    refund_service_pb2_grpc,
    rulebook_service_pb2_grpc,
    subscription_service_pb2_grpc,
    tax_service_pb2_grpc,
)

SERVICE_CONFIG = resources.files("quotary.v1").joinpath("service_config.json").read_text()
"""The contract's service config: only UNAVAILABLE is repeated, which is safe, since pure calls change nothing and
changing calls carry a request id."""


class Client:
    """A connection to a server. Close it, or use it in a ``with`` block.

    Its calls raise ``quotary.errors.QuotaryError``. A changing call without a request id is given one.
    """

    def __init__(
        self, target: str | None = None, access: Access | None = None, *, deadline: float | None = None
    ) -> None:
        """Connect to ``target`` (host:port, a URL, unix:/path; by default QUOTARY_TARGET).

        With a file of TLS in ``access`` (by default what the environment names), and always beyond the loopback
        address when a token is shown, the connection is TLS; otherwise it is in the clear. ``deadline`` is the time in
        seconds of calls that name no timeout, by default 30, and 600 for streams.

        Raises:
            OSError: a file cannot be read.
            ValueError: the address is none, or does not go with the access.
        """
        address = read_address(target)
        access = Access.from_environment() if access is None else access
        options = channel_options(address)
        plain = (
            grpc.secure_channel(address.target, access.credentials(), options)
            if access.wants_tls(address)
            else grpc.insecure_channel(address.target, options)
        )
        channel = grpc.intercept_channel(plain, CallInterceptor(Manner(access.token_source(), deadline)))
        self.channel = channel
        self.quotes = quote_service_pb2_grpc.QuoteServiceStub(channel)
        self.orders = order_service_pb2_grpc.OrderServiceStub(channel)
        self.taxes = tax_service_pb2_grpc.TaxServiceStub(channel)
        self.refunds = refund_service_pb2_grpc.RefundServiceStub(channel)
        self.tiers = licence_tier_service_pb2_grpc.LicenceTierServiceStub(channel)
        self.subscriptions = subscription_service_pb2_grpc.SubscriptionServiceStub(channel)
        self.entitlements = entitlement_service_pb2_grpc.EntitlementServiceStub(channel)
        self.changes = change_service_pb2_grpc.ChangeServiceStub(channel)
        self.rulebook = rulebook_service_pb2_grpc.RulebookServiceStub(channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()


def channel_options(address: Address) -> list[tuple[str, str | int]]:
    """Options of a channel to an address."""
    return [
        ("grpc.service_config", SERVICE_CONFIG),
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        # A proxy of the environment leads outwards; nobody's loopback is there.
        ("grpc.enable_http_proxy", int(not address.is_loopback)),
    ]
