"""Around every call: errors become statuses, each call is logged and counted, and nothing crashes the server."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, NoReturn

import grpc
import structlog
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from prometheus_client import Counter, Gauge, Histogram

from quotary_server.adapter.faults import CallError, build_status
from quotary_server.adapter.limits import within_limits
from quotary_server.security.callers import REFUSED, Gate, Shown, calling
from quotary_server.store.database import StoreError
from quotary_server.store.failures import failure_status
from quotary_server.streams import Streams
from quotary_spec.rule import interruptible

CALLS = Counter("quotary_calls_total", "Calls answered, by method and status.", ["method", "status"])
SECONDS = Histogram("quotary_call_seconds", "Time to answer a call, by method.", ["method"])

_STATUS_NAME = {number: name for name, number in code_pb2.Code.items()}


class _Abandoned(Exception):
    """Nobody waits for the answer any more."""


def _go_on(context: grpc.ServicerContext) -> None:
    """Work for no caller who has gone, or whose time is over.

    Raises:
        _Abandoned: there is nobody to answer.
    """
    if not context.is_active():
        raise _Abandoned


class InFlight:
    """How many calls are being answered."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self.count -= 1


IN_FLIGHT = InFlight()
"""Of this process; a gauge shows it."""

Gauge("quotary_calls_in_flight", "Calls that are being answered.").set_function(lambda: IN_FLIGHT.count)


class CallInterceptor(grpc.ServerInterceptor):
    """Wraps every handler once."""

    def __init__(self, streams: Streams, gate: Gate | None = None) -> None:
        self._streams = streams
        self._gate = gate
        self._log = structlog.get_logger("quotary.call")
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of a method, wrapped; None for a method that is not there."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = continuation(handler_call_details)
            if handler is None or method.startswith("/grpc.health."):
                # Health answers without a worker: it must be told when all of them are busy.
                return handler
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: grpc.RpcMethodHandler[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        behaviour: Any = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        if handler.request_streaming:
            behaviour = self._within_limits(behaviour, handler.response_streaming)
        if not handler.request_streaming:
            behaviour = _limited(behaviour)
        if self._gate is not None:
            behaviour = _guarded(self._gate, method, behaviour, handler.response_streaming)
        seconds = SECONDS.labels(method)
        answered = CALLS.labels(method, "OK")

        def call(request: Any, context: grpc.ServicerContext) -> Any:
            started = perf_counter()
            try:
                with IN_FLIGHT, interruptible(lambda: _go_on(context)):
                    response = behaviour(request, context)
            except Exception as error:
                self._fail(method, context, error)
            seconds.observe(perf_counter() - started)
            answered.inc()
            return response

        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            started = perf_counter()
            try:
                with IN_FLIGHT:
                    yield from behaviour(request, context)
            except Exception as error:
                self._fail(method, context, error)
            seconds.observe(perf_counter() - started)
            answered.inc()

        wrapped: Any = stream if handler.response_streaming else call
        if handler.request_streaming:
            wrapped.experimental_thread_pool = self._streams.threads
        return make(
            wrapped,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _within_limits(self, behaviour: Any, answers_in_stream: bool) -> Any:
        """The handler of a stream of requests, which sees no more than the limits of streams allow."""

        def stream(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            with self._streams.admitted(requests) as admitted:
                yield from behaviour(admitted, context)

        def call(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
            with self._streams.admitted(requests) as admitted:
                return behaviour(admitted, context)

        return stream if answers_in_stream else call

    def _fail(self, method: str, context: grpc.ServicerContext, error: Exception) -> NoReturn:
        if isinstance(error, CallError):
            status = error.status
            if status.code in (code_pb2.UNAUTHENTICATED, code_pb2.PERMISSION_DENIED):
                REFUSED.labels(method, _STATUS_NAME[status.code]).inc()
            # Neither the message nor the metadata: they say what the caller gave.
            self._log.info("refused", method=method, status=_STATUS_NAME[status.code], **_reasons(status))
        elif isinstance(error, StoreError):
            status = failure_status(error)
            self._log.error("store failed", method=method, status=_STATUS_NAME[status.code], cause=_first_line(error))
        elif isinstance(error, _Abandoned):
            CALLS.labels(method, _STATUS_NAME[code_pb2.CANCELLED]).inc()
            self._log.info("abandoned", method=method)
            context.abort(grpc.StatusCode.CANCELLED, "The caller has gone.")
        elif context.code() is not None or not context.is_active():  # type: ignore[attr-defined]
            # The handler ended the call itself, or the caller has gone.
            raise error
        else:
            incident = secrets.token_hex(6)
            self._log.error("failed", method=method, incident=incident, exc_info=error)
            status = internal_error(incident)
        CALLS.labels(method, _STATUS_NAME[status.code]).inc()
        context.abort_with_status(rpc_status.to_status(status))


def _limited(behaviour: Any) -> Any:
    """The handler of a single request, which reads none beyond the limits of the contract."""

    def call(request: Any, context: grpc.ServicerContext) -> Any:
        with within_limits(request):
            return behaviour(request, context)

    return call


def _guarded(gate: Gate, method: str, behaviour: Any, answers_in_stream: bool) -> Any:
    """The handler, which answers only callers whom the gate lets in."""

    def call(request: Any, context: grpc.ServicerContext) -> Any:
        with calling(gate.admit(method, _shown(context))):
            return behaviour(request, context)

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        # No stream reads or keeps what belongs to a tenant.
        gate.admit(method, _shown(context))
        yield from behaviour(request, context)

    return stream if answers_in_stream else call


def _shown(context: grpc.ServicerContext) -> Shown:
    """What a caller showed over gRPC."""
    values = [value for key, value in context.invocation_metadata() or () if key == "authorization"]
    names: list[str] = []
    identities = context.auth_context()
    for kind in ("x509_common_name", "x509_subject_alternative_name"):
        names += (bytes(name).decode("utf-8", "replace") for name in identities.get(kind, ()))
    return Shown(str(values[0]) if len(values) == 1 else "", names)


def _reasons(status: status_pb2.Status) -> dict[str, object]:
    """What of a refusal may be logged: its catalogued reason, and those of its violations."""
    found: dict[str, object] = {}
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    failed = error_details_pb2.PreconditionFailure()
    for detail in status.details:
        if detail.Unpack(info):
            found["reason"] = info.reason
        elif detail.Unpack(bad):
            # Not their fields: the facts of a rule are named by the caller.
            found["reasons"] = sorted({each.reason for each in bad.field_violations})
        elif detail.Unpack(failed):
            found["reasons"] = sorted({each.type for each in failed.violations})
    return found


def _first_line(error: StoreError) -> str:
    """What the driver says in general; what follows can name the row."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def internal_error(incident: str) -> status_pb2.Status:
    """INTERNAL without anything of the inside, with a number to ask for."""
    return build_status(
        code_pb2.INTERNAL,
        f"The server failed on this call. Report incident {incident}.",
        "INTERNAL_ERROR",
        {"incident": incident},
    )
