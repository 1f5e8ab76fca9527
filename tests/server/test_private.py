"""Nothing that a caller gives is in a log line or a metric, whatever fails: every call is asked with a sentinel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
import pytest
import structlog
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from prometheus_client import generate_latest

from quotary_server.adapter.limits import fields_given
from quotary_server.app import start
from quotary_server.logs import set_up_logs
from quotary_server.settings import Settings
from quotary_server.store.database import StoreUnavailable
from server.test_contract_limits import FILES

SENTINEL = "Sentinel"

_NUMBERS = (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64)


def filled(message: Descriptor, depth: int = 0) -> Any:
    """A message with the sentinel in every text of it, and one entry in every list."""
    made: Any = GetMessageClass(message)()
    for field in fields_given(message):
        if field.message_type is not None:
            if field.message_type.full_name == "google.protobuf.Struct":
                getattr(made, field.name).update({SENTINEL: SENTINEL})
            if depth > 6 or not field.message_type.full_name.startswith("quotary."):
                continue
            value: Any = filled(field.message_type, depth + 1)
            getattr(made, field.name).append(value) if field.is_repeated else getattr(made, field.name).CopyFrom(value)
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            value = SENTINEL
        elif field.type in _NUMBERS:
            value = 1
        else:
            continue
        getattr(made, field.name).append(value) if field.is_repeated else setattr(made, field.name, value)
    return made


def methods() -> Iterator[MethodDescriptor]:
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def ask(channel: grpc.Channel, method: MethodDescriptor) -> None:
    request = filled(method.input_type)
    assert not request.ListFields() or SENTINEL in str(request)
    service = method.containing_service
    assert service is not None
    make: Callable[..., Any] = channel.stream_stream if method.client_streaming else channel.unary_unary
    call = make(f"/{service.full_name}/{method.name}", type(request).SerializeToString, bytes)
    metadata = (("authorization", f"Bearer {SENTINEL}"),)
    answer = call(iter([request]) if method.client_streaming else request, metadata=metadata)
    if method.client_streaming:
        assert [*answer]


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    set_up_logs("debug")
    yield lambda: capsys.readouterr().err
    structlog.reset_defaults()


@pytest.fixture
def channel(logged: Callable[[], str]) -> Iterator[grpc.Channel]:
    """A server of its own: the logger of one that has logged before keeps the set-up that it found then."""
    running = start(Settings(port=0, grace_seconds=0, log_level="debug"))
    with grpc.insecure_channel(running.address) as opened:
        yield opened
    running.stop()


@contextmanager
def _fails_inside(request: Message) -> Iterator[NoReturn]:
    raise KeyError(f"{request}")
    yield


@contextmanager
def _store_fails(request: Message) -> Iterator[NoReturn]:
    raise StoreUnavailable(f"duplicate key value violates unique constraint\nDETAIL: {request}")
    yield


@pytest.mark.parametrize("failing", [None, _fails_inside, _store_fails])
def test_no_log_line_and_no_metric_holds_what_was_given(
    channel: grpc.Channel, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch, failing: Any
) -> None:
    if failing is not None:
        for module in ("interceptor", "adapter.limits", "calls.price_quote"):
            monkeypatch.setattr(f"quotary_server.{module}.within_limits", failing)
    told: list[str] = []
    for method in methods():
        try:
            ask(channel, method)
        except grpc.RpcError as error:
            told.append(str(error))
    written = logged()
    assert SENTINEL not in written
    assert SENTINEL.encode() not in generate_latest()
    assert written.count('"method"') >= len(told) >= 40
    if failing is not None:
        # What is refused tells its caller what the caller gave; what fails inside tells nobody.
        assert SENTINEL not in "".join(told)
