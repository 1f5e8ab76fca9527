"""What tests read out of a call that failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


def failure(call: Callable[..., Any], request: Any) -> tuple[grpc.StatusCode, error_details_pb2.ErrorInfo]:
    """Status code and the one ErrorInfo of a call that must fail."""
    code, infos, _ = _details(call, request)
    return code, infos


def violations(call: Callable[..., Any], request: Any) -> list[tuple[str, str]]:
    """Field and reason of every violation of a request that must be malformed."""
    code, info, found = _details(call, request)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert found, "a malformed request names its violations"
    assert info.reason == found[0][1]
    assert info.metadata["violations"] == str(len(found))
    return found


def violation_set(call: Callable[..., Any], request: Any) -> set[tuple[str, str]]:
    """The same, where their order does not matter."""
    return set(violations(call, request))


def _details(
    call: Callable[..., Any], request: Any
) -> tuple[grpc.StatusCode, error_details_pb2.ErrorInfo, list[tuple[str, str]]]:
    with pytest.raises(grpc.RpcError) as raised:
        call(request)
    status = rpc_status.from_call(raised.value)
    assert status is not None, raised.value
    infos = []
    found: list[tuple[str, str]] = []
    for packed in status.details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if packed.Unpack(info):
            infos.append(info)
        elif packed.Unpack(bad):
            found += [(each.field, each.reason) for each in bad.field_violations]
    assert len(infos) == 1, "exactly one ErrorInfo"
    assert infos[0].domain == "quotary.dev"
    return raised.value.code(), infos[0], found
