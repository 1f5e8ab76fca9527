"""The client for asyncio: the same stubs, whose calls are awaited::

async with Client("127.0.0.1:50051") as client:
    quote = await client.quotes.PriceQuote(request)
"""

from __future__ import annotations

from types import TracebackType

import grpc

from quotary.access import Access
from quotary.address import read_address
from quotary.calls import AsyncStreamStreamInterceptor, AsyncStreamUnaryInterceptor, AsyncUnaryInterceptor, Manner
from quotary.client import channel_options
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


class Client:
    """A connection to a server. Close it, or use it in an ``async with`` block.

    Its calls raise ``quotary.errors.QuotaryError``. A changing call without a request id is given one.
    """

    def __init__(
        self, target: str | None = None, access: Access | None = None, *, deadline: float | None = None
    ) -> None:
        """Connect as ``quotary.client.Client`` does; within a running event loop.

        Raises:
            OSError: a file cannot be read.
            ValueError: the address is none, or does not go with the access.
        """
        address = read_address(target)
        access = Access.from_environment() if access is None else access
        manner = Manner(access.token_source(), deadline)
        options = channel_options(address)
        around = [
            AsyncUnaryInterceptor(manner),
            AsyncStreamUnaryInterceptor(manner),
            AsyncStreamStreamInterceptor(manner),
        ]
        channel = (
            grpc.aio.secure_channel(address.target, access.credentials(), options, interceptors=around)
            if access.wants_tls(address)
            else grpc.aio.insecure_channel(address.target, options, interceptors=around)
        )
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

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls in flight are cancelled."""
        await self.channel.close()
