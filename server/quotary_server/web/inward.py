"""The way from the door to the calls: a gRPC channel over a socket that this process alone can open.

What comes through the door is a gRPC call like any other, so that limits, callers, deadlines, statuses, metrics, logs
and abandoned calls are those of gRPC, and there is one handler for all doors.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, status_pb2

from quotary_server.adapter.faults import CallError

_DETAILS = "grpc-status-details-bin"
SECONDS = 30.0
"""Time that a call may take whose caller names none, as in the contract's service config."""


class Inward:
    """The calls of this server, as bytes of messages."""

    def __init__(self, address: str, message_bytes: int) -> None:
        """Connect to ``address``; within an event loop."""
        options = [
            ("grpc.max_receive_message_length", message_bytes),
            ("grpc.max_send_message_length", message_bytes),
            ("grpc.enable_http_proxy", 0),
        ]
        self._channel = grpc.aio.insecure_channel(address, options)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def ask(self, path: str, request: bytes, headers: Mapping[str, str], seconds: float | None) -> bytes:
        """One request, one answer. A task that is cancelled cancels the call.

        Raises:
            CallError: the call failed.
        """
        call: Any = self._channel.unary_unary(path)
        try:
            answer: bytes = await call(request, timeout=seconds, metadata=_shown(headers))
        except grpc.aio.AioRpcError as error:
            raise CallError(_status(error)) from error
        return answer

    async def exchange(
        self, path: str, requests: AsyncIterator[bytes], headers: Mapping[str, str], seconds: float | None
    ) -> AsyncIterator[bytes]:
        """A stream of requests, and its answers.

        Raises:
            CallError: the call failed.
        """
        open_call: Any = self._channel.stream_stream(path)
        call = open_call(requests, timeout=seconds, metadata=_shown(headers))
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise CallError(_status(error)) from error
        finally:
            call.cancel()


def _shown(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    authorization = headers.get("authorization")
    return (("authorization", authorization),) if authorization else ()


def _status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """The whole status of a failed call."""
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break
    code = error.code().value[0] if error.code() is not None else code_pb2.UNKNOWN
    return status_pb2.Status(code=code, message=error.details() or "")
