"""The Connect protocol: every call under /quotary.v1.Service/Method, in JSON or binary, streams included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from connectrpc.code import Code
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError, ErrorDetail
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2, status_pb2
from protobuf.wkt import Any as Packed

from quotary_server.adapter.faults import CallError
from quotary_server.web.inward import SECONDS, Inward
from quotary_server.web.routes import methods

Ask = RequestContext[Message, Message]
_packed: Any = Packed


class Connecting(ConnectASGIApplication[None]):
    """Every call of the contract for clients of Connect."""

    def __init__(self, inward: Callable[[], Inward], message_bytes: int) -> None:
        """Calls go ``inward``; a message may have so many bytes."""
        super().__init__(
            service=None,
            endpoints=lambda _: dict(_endpoint(method, inward) for method in methods()),
            read_max_bytes=message_bytes,
            codecs=[google_protobuf_binary_codec(), google_protobuf_json_codec(ignore_unknown_fields=False)],
        )

    @property
    def path(self) -> str:
        """Where it is mounted."""
        return ""


def _endpoint(method: MethodDescriptor, inward: Callable[[], Inward]) -> tuple[str, Any]:
    path = f"/{method.containing_service.full_name}/{method.name}"
    output: type[Message] = GetMessageClass(method.output_type)

    async def ask(request: Message, context: Ask) -> Message:
        try:
            answer = await inward().ask(path, request.SerializeToString(), *_circumstances(context, SECONDS))
        except CallError as error:
            raise _told(error.status) from error
        return output.FromString(answer)

    async def exchange(requests: AsyncIterator[Message], context: Ask) -> AsyncIterator[Message]:
        sent = (each.SerializeToString() async for each in requests)
        try:
            async for answer in inward().exchange(path, sent, *_circumstances(context, None)):
                yield output.FromString(answer)
        except CallError as error:
            raise _told(error.status) from error

    async def send(requests: AsyncIterator[Message], context: Ask) -> Message:
        async for answer in exchange(requests, context):
            return answer
        raise ConnectError(Code.INTERNAL, "The call ended without an answer.")

    async def tell(request: Message, context: Ask) -> AsyncIterator[Message]:
        async for answer in exchange(_alone(request), context):
            yield answer

    shape, endpoint, answering = _shape(method, ask, send, tell, exchange)
    is_pure = method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    info = MethodInfo(
        name=method.name,
        service_name=method.containing_service.full_name,
        input=GetMessageClass(method.input_type),
        output=output,
        idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS if is_pure else IdempotencyLevel.UNKNOWN,
        stream_type=shape,
    )
    return path, endpoint(info, answering)


def _shape(method: MethodDescriptor, ask: Any, send: Any, tell: Any, exchange: Any) -> tuple[StreamType, Any, Any]:
    """The shape of a call as Connect names it, how an endpoint of it is made, and what answers it."""
    return {
        (False, False): (StreamType.UNARY, Endpoint.unary, ask),
        (True, False): (StreamType.CLIENT_STREAM, Endpoint.client_stream, send),
        (False, True): (StreamType.SERVER_STREAM, Endpoint.server_stream, tell),
        (True, True): (StreamType.BIDI_STREAM, Endpoint.bidi_stream, exchange),
    }[method.client_streaming, method.server_streaming]


async def _alone(request: Message) -> AsyncIterator[Message]:
    yield request


def _circumstances(context: Ask, otherwise: float | None) -> tuple[Mapping[str, str], float | None]:
    left = context.timeout_ms
    headers = {"authorization": context.request_headers.get("authorization", "")}
    return headers, otherwise if left is None else max(left, 0) / 1000


def _told(status: status_pb2.Status) -> ConnectError:
    """The status with all its details, as Connect has it."""
    name = code_pb2.Code.Name(status.code)
    details = [ErrorDetail(_packed(type_url=each.type_url, value=each.value)) for each in status.details]
    return ConnectError(Code["CANCELED" if name == "CANCELLED" else name], status.message, details)
