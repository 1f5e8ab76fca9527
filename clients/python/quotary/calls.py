"""What a client adds to every call: token, deadline, the id of a change; and its errors as a type."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import grpc
from google.protobuf.message import Message

from quotary.errors import QuotaryError


class _Details(NamedTuple):
    method: Any
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: Any
    compression: Any = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How calls are made.

    Attributes:
        token: Gives the bearer token that is shown; None: none is.
        deadline: Seconds that a call may take which names no timeout; None: as long as the service config says.
    """

    token: Callable[[], str] | None = None
    deadline: float | None = None

    def details(self, given: Any) -> Any:
        """The details of a call with what the client adds."""
        metadata = tuple(given.metadata or ())
        if self.token is not None:
            metadata = (*metadata, ("authorization", f"Bearer {self.token()}"))
        return _Details(
            given.method,
            self.deadline if given.timeout is None else given.timeout,
            metadata,
            given.credentials,
            given.wait_for_ready,
            getattr(given, "compression", None),
        )


def with_request_id(request: Any) -> tuple[Any, str]:
    """The request and the id of the change it asks for: its own, or a new one; empty where it changes nothing.

    The message that was given is left as it is.
    """
    if not isinstance(request, Message) or "request_id" not in request.DESCRIPTOR.fields_by_name:
        return request, ""
    changing: Any = request
    if not changing.request_id:
        changing = type(request)()
        changing.CopyFrom(request)
        changing.request_id = str(uuid.uuid4())
    return changing, str(changing.request_id)


class CallInterceptor(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """The calls of a blocking client. Retries happen below it, so that a request id is kept over them."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    def _one(self, continuation: Any, details: Any, request: Any) -> Any:
        request, request_id = with_request_id(request)
        call = continuation(self._manner.details(details), request)
        # A future that is not done yet is waited for by its owner.
        if isinstance(call, grpc.RpcError) and call.done() and call.code() is not grpc.StatusCode.OK:  # type: ignore[attr-defined]
            raise QuotaryError.of(call, request_id) from call
        return call

    def _many(self, continuation: Any, details: Any, request: Any) -> Any:
        return _Responses(continuation(self._manner.details(details), request))

    intercept_unary_unary: Any = _one
    intercept_stream_unary: Any = _one
    intercept_unary_stream: Any = _many
    intercept_stream_stream: Any = _many


class _Responses:
    """The responses of a stream, whose failure is a QuotaryError; in all else the call itself."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise QuotaryError.of(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class AsyncUnaryInterceptor(grpc.aio.UnaryUnaryClientInterceptor):
    """The calls of an asyncio client that take one message and give one."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Make the call, and wait for it."""
        request, request_id = with_request_id(request)
        return await _awaited(await continuation(_aio(self._manner, client_call_details), request), request_id)


class AsyncStreamUnaryInterceptor(grpc.aio.StreamUnaryClientInterceptor):
    """The calls of an asyncio client that take a stream and give one message."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    async def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        """Make the call, and wait for it."""
        return await _awaited(await continuation(_aio(self._manner, client_call_details), request_iterator), "")


class AsyncStreamStreamInterceptor(grpc.aio.StreamStreamClientInterceptor):
    """The calls of an asyncio client that take a stream and give one."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner

    async def intercept_stream_stream(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        """Make the call, and pass on its responses."""
        return _passed_on(await continuation(_aio(self._manner, client_call_details), request_iterator))


def _aio(manner: Manner, given: Any) -> grpc.aio.ClientCallDetails:
    made = manner.details(given)
    metadata = grpc.aio.Metadata(*made.metadata)
    return grpc.aio.ClientCallDetails(made.method, made.timeout, metadata, made.credentials, made.wait_for_ready)


async def _awaited(call: Any, request_id: str) -> Any:
    try:
        await call
    except grpc.RpcError as error:
        raise QuotaryError.of(error, request_id) from error
    return call


async def _passed_on(call: Any) -> AsyncIterator[Any]:
    try:
        async for response in call:
            yield response
    except grpc.RpcError as error:
        raise QuotaryError.of(error) from error
