"""Puts the services on a gRPC server with health, reflection, limits, and a stop that finishes what is in flight."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME
from prometheus_client import start_http_server

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
from quotary_server.health import Health
from quotary_server.interceptor import IN_FLIGHT, CallInterceptor
from quotary_server.reflection import Reflection
from quotary_server.ruleset import Ruleset, load_ruleset
from quotary_server.security.proofs import gate_of
from quotary_server.security.tls import Certificates, TlsFiles
from quotary_server.services.change import ChangeService
from quotary_server.services.entitlement import EntitlementService
from quotary_server.services.licence_tier import LicenceTierService
from quotary_server.services.order import OrderService
from quotary_server.services.quote import QuoteService
from quotary_server.services.refund import RefundService
from quotary_server.services.rulebook import RulebookService
from quotary_server.services.subscription import SubscriptionService
from quotary_server.services.tax import TaxService
from quotary_server.settings import Settings
from quotary_server.store.store import Store
from quotary_server.streams import StreamLimits, Streams
from quotary_server.testing.faults import FaultInterceptor, require_alone
from quotary_server.testing.front import Front

if TYPE_CHECKING:
    from quotary_server.web.door import Door

SERVICES = {
    "quotary.v1.QuoteService": (QuoteService, quote_service_pb2_grpc.add_QuoteServiceServicer_to_server),
    "quotary.v1.OrderService": (OrderService, order_service_pb2_grpc.add_OrderServiceServicer_to_server),
    "quotary.v1.TaxService": (TaxService, tax_service_pb2_grpc.add_TaxServiceServicer_to_server),
    "quotary.v1.RefundService": (RefundService, refund_service_pb2_grpc.add_RefundServiceServicer_to_server),
    "quotary.v1.LicenceTierService": (
        LicenceTierService,
        licence_tier_service_pb2_grpc.add_LicenceTierServiceServicer_to_server,
    ),
    "quotary.v1.SubscriptionService": (
        SubscriptionService,
        subscription_service_pb2_grpc.add_SubscriptionServiceServicer_to_server,
    ),
    "quotary.v1.EntitlementService": (
        EntitlementService,
        entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server,
    ),
    "quotary.v1.RulebookService": (
        RulebookService,
        rulebook_service_pb2_grpc.add_RulebookServiceServicer_to_server,
    ),
    "quotary.v1.ChangeService": (ChangeService, change_service_pb2_grpc.add_ChangeServiceServicer_to_server),
}
"""The services by full name: the class, and the generated function that adds it to a server."""

KEEPING = (QuoteService, OrderService, RefundService, ChangeService)
"""The services that need the store."""


@dataclass(slots=True)
class Running:
    """A started server."""

    server: grpc.Server
    health: Health
    address: str
    settings: Settings
    store: Store
    front: Front | None = None
    door: Door | None = None

    def stop(self) -> None:
        """Tell that no more calls are wanted, stop taking them, let those in flight finish within the grace, then end.

        During the lame-duck time the server still answers, so that callers who watch its health can go elsewhere, and
        every call that has arrived is taken up before the listener closes.
        """
        self.health.enter_graceful_shutdown()
        time.sleep(min(self.settings.lame_duck_seconds, self.settings.grace_seconds))
        self.health.end_watches()
        if self.door is not None:
            self.door.close()
        self.server.stop(self.settings.grace_seconds).wait()
        if self.front is not None:
            self.front.close()
        self.store.close()


def create(
    settings: Settings, ruleset: Ruleset, store: Store | None = None, front: Front | None = None
) -> tuple[grpc.Server, Health]:
    """A server with every service on it, not yet listening, and the servicer that tells its health.

    Behind a ``front`` callers may ask for faults.
    """
    store = store or Store(settings)
    limits = StreamLimits(settings.streams, settings.stream_idle_seconds, settings.stream_seconds)
    server = grpc.server(
        ThreadPoolExecutor(settings.workers, thread_name_prefix="call"),
        interceptors=[
            *([FaultInterceptor(front)] if front is not None else []),
            CallInterceptor(Streams(limits), gate_of(settings)),
        ],
        maximum_concurrent_rpcs=settings.concurrent_calls,
        options=[
            ("grpc.max_receive_message_length", settings.message_bytes),
            ("grpc.max_send_message_length", settings.message_bytes),
            # Without it a second server on the same port would silently share its calls.
            ("grpc.so_reuseport", 0),
        ],
    )
    for service, add in SERVICES.values():
        _add(service, add, (ruleset, store) if service in KEEPING else (ruleset,), server)
    standing = Health()
    health_pb2_grpc.add_HealthServicer_to_server(standing, server)
    if settings.reflection:
        Reflection((*SERVICES, SERVICE_NAME)).add_to(server)
    return server, standing


def start(
    settings: Settings, ruleset: Ruleset | None = None, store: Store | None = None, *, test_faults: bool = False
) -> Running:
    """Start serving; with ``test_faults`` on the loopback address alone, and callers may ask for faults.

    Raises:
        OSError: the address is taken or not ours.
        FaultError: faults may be asked for, and the address can be reached from elsewhere, or TLS hides the frames.
        ValueError: a price book or rates file has faults, or a certificate or key cannot be used.
        StoreMisconfigured: the settings of the store do not make sense.
    """
    if test_faults:
        require_alone(settings)
    store = store or Store(settings)
    front = Front() if test_faults else None
    server, standing = create(settings, ruleset or load_ruleset(settings), store, front)
    if front is None:
        port = _listen(server, settings)
    else:
        behind = _listen(server, settings.model_copy(update={"host": "127.0.0.1", "port": 0}))
        port = front.start(settings.host, settings.port, behind)
    inside = _inner_listener(server) if settings.web_port is not None else None
    server.start()
    for name in ("", *SERVICES):
        standing.set(name, health_pb2.HealthCheckResponse.SERVING)
    if settings.metrics_port is not None:
        _show_metrics(settings.metrics_port)
    door = None
    if inside is not None:
        try:
            door = _door(settings, inside)
        except OSError:
            server.stop(0)
            raise
    return Running(server, standing, settings.address(port), settings, store, front, door)


def _inner_listener(server: grpc.Server) -> str:
    """A socket that this user alone can open, for the web door; only the call of ``start`` makes it listen."""
    folder = tempfile.mkdtemp(prefix="quotary-door-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = f"unix:{folder}/inside"
    server.add_insecure_port(address)
    return address


def _door(settings: Settings, inside: str) -> Door:
    try:
        from quotary_server.web.door import Door
    except ImportError as error:
        raise ValueError(f"JSON over HTTP needs quotary[web]: pip install 'quotary[web]' ({error.name})") from error
    try:
        return Door(settings, inside)
    except OSError as error:
        where = settings.web_address(settings.web_port or 0)
        raise OSError(f"cannot listen on {where}: {(error.strerror or str(error)).lower()}") from error


def _listen(server: grpc.Server, settings: Settings) -> int:
    """Open the port, with TLS when there is a certificate.

    Raises:
        OSError: the address is taken or not ours, or a certificate cannot be read.
        ValueError: a certificate or key cannot be used.
    """
    address = settings.address(settings.port)
    try:
        if settings.tls_certificate is None or settings.tls_key is None:
            return server.add_insecure_port(address)
        files = TlsFiles(settings.tls_certificate, settings.tls_key, settings.client_ca)
        return server.add_secure_port(address, Certificates(files).credentials())
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {_why_not(settings)}") from error


def _why_not(settings: Settings) -> str:
    """Why an address cannot be listened on, as the system says it."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family[0], socket.SOCK_STREAM) as tried:
            tried.bind(family[4])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "is another server there?"
        return f"it is no address of this machine ({(error.strerror or str(error)).lower()})"
    return "is another server there?"


def _show_metrics(port: int) -> None:
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        raise OSError(f"cannot show metrics on 127.0.0.1:{port}: {(error.strerror or str(error)).lower()}") from error


def _add(service: Callable[..., object], add: Any, shared: tuple[Ruleset | Store, ...], server: grpc.Server) -> None:
    add(service(*shared), server)


def serve(settings: Settings, ready: Callable[[Running], None], *, test_faults: bool = False) -> None:
    """Open the store, start, call ``ready``, and run until SIGTERM or SIGINT; then stop in good order.

    Raises:
        StoreError: the store cannot be opened.
        FaultError: faults may be asked for, and the address can be reached from elsewhere.
    """
    if test_faults:
        require_alone(settings)
    store = Store(settings)
    store.open()
    running = start(settings, store=store, test_faults=test_faults)
    log = structlog.get_logger("quotary.server")
    stopping = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    ready(running)
    stopping.wait()
    log.info("stopping", grace_seconds=settings.grace_seconds)
    running.stop()
    log.info("stopped", abandoned=IN_FLIGHT.count)
    if IN_FLIGHT.count:
        # Python waits for every thread at its end; the callers of these have had their status already.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
