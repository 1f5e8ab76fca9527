"""What a caller may ask to go wrong, named in the metadata of a call (``quotary-fault: drop; key=TEXT; times=N``).

The first N calls with a key suffer the fault and later ones pass, so that a client that repeats a call succeeds. Faults
"before" leave no effect; after the others the call has had its effect and only the answer is missing or late.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, Protocol

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from quotary_server.adapter.faults import build_status
from quotary_server.settings import Settings
from quotary_spec.register.reasons import REASON

HEADER = "quotary-fault"
DETAILS = "grpc-status-details-bin"

BEFORE = ("unavailable-before", "goaway", "exhausted", "contradiction", "broken-details")
AFTER = ("unavailable-after", "slow", "drop", "oversized")

OVERSIZED_BYTES = 5 * 1024 * 1024
"""More than the 4 MiB that gRPC libraries take by themselves, less than the server sends at most."""

_UNKNOWN_FIELD = 536_870_911
_MOST_KEYS = 100_000
_GIVEN = re.compile(r"[a-z-]+=[^;]*")


class FaultError(ValueError):
    """A fault that cannot be made, or a place where none may be made; says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, how many calls with the key suffer it, and milliseconds where it has a time."""

    name: str
    key: str
    times: int = 1
    ms: int = 0


class Connections(Protocol):
    """What breaks connections."""

    def drop(self, peer: str) -> None:
        """Close the connection of a peer without a word."""

    def goaway(self, peer: str) -> None:
        """Tell the peer by a GOAWAY frame that no call of this connection is answered, and close it."""


def require_alone(settings: Settings) -> None:
    """Check that a server may make faults: this machine alone reaches it, in clear text, which can be broken in frames.

    Raises:
        FaultError: it may not.
    """
    if not settings.is_loopback:
        raise FaultError(
            f"--test-faults lets every caller break calls, so it is refused on {settings.host}: "
            "listen on 127.0.0.1, or leave it out"
        )
    if settings.tls_certificate is not None:
        raise FaultError(
            "--test-faults stands between the frames of a connection, which TLS hides: leave one of them out"
        )


def parse(text: str) -> Fault:
    """The fault that a header names.

    Raises:
        FaultError: there is no such fault, or something is missing or no number.
    """
    name, *rest = (part.strip() for part in text.split(";"))
    if name not in BEFORE + AFTER:
        raise FaultError(f"there is no fault {name!r}: it is one of {', '.join(BEFORE + AFTER)}")
    if wrong := [each for each in rest if not _GIVEN.fullmatch(each)]:
        raise FaultError(f"{wrong[0]!r} is not written name=value")
    given = dict(each.split("=", 1) for each in rest)
    if unknown := set(given) - {"times", "key", "ms"}:
        raise FaultError(f"a fault has times, key and ms, no {', '.join(sorted(unknown))}")
    if not given.get("key"):
        raise FaultError("a fault needs a key of your own (key=TEXT), by which its calls are counted")
    numbers = {each: given[each] for each in ("times", "ms") if each in given}
    if wrong := [each for each, value in numbers.items() if re.fullmatch("[0-9]{1,6}", value) is None]:
        raise FaultError(f"{wrong[0]} is a whole number of at most six digits")
    return Fault(name, given["key"], **{each: int(value) for each, value in numbers.items()})


class FaultInterceptor(grpc.ServerInterceptor):
    """Makes the faults that callers name; a call that names none is left alone."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._suffered: Counter[str] = Counter()
        self._lock = threading.Lock()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of the method; for a call of the contract that names a fault, one that suffers it."""
        handler = continuation(handler_call_details)
        named = [value for key, value in handler_call_details.invocation_metadata or () if key == HEADER]
        if handler is None or not named or not handler_call_details.method.startswith("/quotary."):
            return handler
        return self._suffering(str(named[0]), handler)

    def _suffering(self, text: str, handler: grpc.RpcMethodHandler[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        kind = ("stream" if handler.request_streaming else "unary", "stream" if handler.response_streaming else "unary")
        behaviour: Any = getattr(handler, "_".join(kind))

        @wraps(behaviour)
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            fault = self._begin(text, context)
            response = behaviour(request, context)
            return response if fault is None else self._after(fault, response, context)

        @wraps(behaviour)
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            fault = self._begin(text, context)
            for response in behaviour(request, context):
                yield response if fault is None else self._after(fault, response, context)
                fault = None

        make: Any = getattr(grpc, f"{'_'.join(kind)}_rpc_method_handler")
        made: grpc.RpcMethodHandler[Any, Any] = make(
            stream if handler.response_streaming else call,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
        return made

    def _begin(self, text: str, context: grpc.ServicerContext) -> Fault | None:
        """Fail the call if its fault comes before the effect; otherwise the fault that is still to come, if any."""
        try:
            fault = parse(text)
        except FaultError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{HEADER}: {error}")
        if not self._counts(fault, context):
            return None
        match fault.name:
            case "unavailable-before":
                context.abort(grpc.StatusCode.UNAVAILABLE, "Test fault before the effect.")
            case "goaway":
                self._connections.goaway(context.peer())
                context.abort(grpc.StatusCode.UNAVAILABLE, "Test fault: the connection is closed.")
            case "exhausted":
                context.abort_with_status(rpc_status.to_status(_exhausted(fault.ms)))
            case "contradiction":
                _abort_with_details(context, _contradicting().SerializeToString())
            case "broken-details":
                _abort_with_details(context, b"\xff\xff\xffno protobuf")
        return fault

    def _after(self, fault: Fault, response: Message, context: grpc.ServicerContext) -> Message:
        """The answer as the fault lets it through; for a stream its first response."""
        match fault.name:
            case "unavailable-after":
                context.abort(grpc.StatusCode.UNAVAILABLE, "Test fault after the effect.")
            case "drop":
                self._connections.drop(context.peer())
                context.abort(grpc.StatusCode.UNAVAILABLE, "Test fault: the connection is closed.")
            case "slow":
                gone = threading.Event()
                context.add_callback(gone.set)
                gone.wait(fault.ms / 1000)
            case "oversized":
                # A field that nobody knows; its bytes are carried along.
                tag = _varint(_UNKNOWN_FIELD << 3 | 2)
                response.MergeFromString(tag + _varint(OVERSIZED_BYTES) + bytes(OVERSIZED_BYTES))
        return response

    def _counts(self, fault: Fault, context: grpc.ServicerContext) -> bool:
        with self._lock:
            if len(self._suffered) >= _MOST_KEYS and fault.key not in self._suffered:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{HEADER}: start the server anew: too many keys")
            self._suffered[fault.key] += 1
            return self._suffered[fault.key] <= fault.times


def _exhausted(ms: int) -> status_pb2.Status:
    retry = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=ms // 1000, nanos=ms % 1000 * 1_000_000))
    reason = "TOO_MANY_STREAMS"
    return build_status(code_pb2.RESOURCE_EXHAUSTED, REASON[reason].text, reason, {"streams": "0"}, retry)


def _contradicting() -> status_pb2.Status:
    """NOT_FOUND, which the status of the call is not."""
    return build_status(code_pb2.NOT_FOUND, "The details say this.", "QUOTE_NOT_FOUND", {})


def _abort_with_details(context: grpc.ServicerContext, details: bytes) -> NoReturn:
    context.set_trailing_metadata(((DETAILS, details),))
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The status says this.")


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
