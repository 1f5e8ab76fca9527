"""Servers of the contract that answer everything alike."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.message import Message

from quotary_conformance.contract import Call, calls

Engine = Callable[[Call, Any], Message]
"""What answers a call, given its context."""


def answering(outcome: int) -> Engine:
    """An answer with the same outcome for everything and nothing else."""

    def answer(call: Call, context: Any) -> Message:
        message = message_factory.GetMessageClass(call.response)()
        if "answer" in call.response.fields_by_name:
            message.answer.outcome = outcome  # type: ignore[attr-defined]
        return message

    return answer


@contextmanager
def serving(
    answer: Engine, port: int = 0, address: str = "", credentials: grpc.ServerCredentials | None = None
) -> Iterator[str]:
    """A server whose every call gives ``answer``; the address it listens on."""
    server = grpc.server(ThreadPoolExecutor(4))
    by_service: dict[str, dict[str, Any]] = {}
    for call in calls().values():
        _, service, method = call.path.split("/")
        by_service.setdefault(service, {})[method] = _handler(call, answer)
    for service, handlers in by_service.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    listen = address or f"127.0.0.1:{port}"
    port = server.add_insecure_port(listen) if credentials is None else server.add_secure_port(listen, credentials)
    server.start()
    try:
        yield address or f"127.0.0.1:{port}"
    finally:
        server.stop(0)


def _handler(call: Call, answer: Engine) -> Any:
    def one(request: object, context: grpc.ServicerContext) -> Message:
        return answer(call, context)

    def many(request: object, context: grpc.ServicerContext) -> Iterator[Message]:
        yield answer(call, context)

    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[call.streams_requests, call.streams_responses]
    return make(
        many if call.streams_responses else one,
        request_deserializer=message_factory.GetMessageClass(call.request).FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
