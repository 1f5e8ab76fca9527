"""A client of a Quotary server: one object with a stub for each service.

Every stub is typed, so an editor shows what a call takes::

    with Client("127.0.0.1:50051") as client:
        quote = client.quotes.PriceQuote(request)
"""

from __future__ import annotations

from importlib import resources
from types import TracebackType
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from quotary.access import Access, WithToken
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

D = TypeVar("D", bound=Message)

SERVICE_CONFIG = resources.files("quotary.v1").joinpath("service_config.json").read_text()
"""The contract's service config: only UNAVAILABLE is repeated, which is safe, since pure calls change nothing and
changing calls carry a request id."""


class Client:
    """A connection to a server. Close it, or use it in a ``with`` block."""

    def __init__(self, target: str, access: Access | None = None) -> None:
        """Connect to ``target`` ("host:port").

        With a file of TLS in ``access``, and always beyond the loopback address when a token is shown, the connection
        is TLS; otherwise it is in the clear.

        Raises:
            OSError: a file cannot be read.
        """
        access = access or Access()
        options = [
            ("grpc.service_config", SERVICE_CONFIG),
            ("grpc.max_receive_message_length", 64 * 1024 * 1024),
            # A proxy of the environment leads outwards; nobody's loopback is there.
            ("grpc.enable_http_proxy", int(not _is_loopback(target))),
        ]
        self.channel = (
            grpc.secure_channel(target, access.credentials(), options)
            if access.speaks_tls or (access.token_file is not None and not _is_loopback(target))
            else grpc.insecure_channel(target, options)
        )
        if access.token_file is not None:
            self.channel = grpc.intercept_channel(self.channel, WithToken(access.token_file))
        self.quotes = quote_service_pb2_grpc.QuoteServiceStub(self.channel)
        self.orders = order_service_pb2_grpc.OrderServiceStub(self.channel)
        self.taxes = tax_service_pb2_grpc.TaxServiceStub(self.channel)
        self.refunds = refund_service_pb2_grpc.RefundServiceStub(self.channel)
        self.tiers = licence_tier_service_pb2_grpc.LicenceTierServiceStub(self.channel)
        self.subscriptions = subscription_service_pb2_grpc.SubscriptionServiceStub(self.channel)
        self.entitlements = entitlement_service_pb2_grpc.EntitlementServiceStub(self.channel)
        self.changes = change_service_pb2_grpc.ChangeServiceStub(self.channel)
        self.rulebook = rulebook_service_pb2_grpc.RulebookServiceStub(self.channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()


def _is_loopback(target: str) -> bool:
    host = target.rsplit(":", 1)[0].strip("[]")
    return host in ("localhost", "::1") or host.startswith(("127.", "unix"))


def reason(error: grpc.RpcError) -> error_details_pb2.ErrorInfo | None:
    """The catalogued reason of a failed call, if the server gave one."""
    return _detail(error, error_details_pb2.ErrorInfo())


def violations(error: grpc.RpcError) -> list[error_details_pb2.BadRequest.FieldViolation]:
    """Every violation of a malformed request, with its field."""
    found = _detail(error, error_details_pb2.BadRequest())
    return list(found.field_violations) if found is not None else []


def refusals(error: grpc.RpcError) -> list[error_details_pb2.PreconditionFailure.Violation]:
    """Every reason against a change that was refused, with what it concerns."""
    found = _detail(error, error_details_pb2.PreconditionFailure())
    return list(found.violations) if found is not None else []


def _detail(error: grpc.RpcError, into: D) -> D | None:
    try:
        status: status_pb2.Status | None = rpc_status.from_call(error)
    except ValueError:
        # Details that contradict the status of the call belong to no answer of ours: there is none to read.
        return None
    for packed in status.details if status is not None else ():
        if packed.Unpack(into):
            return into
    return None
