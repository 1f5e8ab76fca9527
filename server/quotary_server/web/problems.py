"""Failures as problem details (RFC 9457): the status of a call with every violation that it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from google.rpc import code_pb2, error_details_pb2, status_pb2
from starlette.responses import Response

_HTTP: Mapping[int, int] = {
    code_pb2.CANCELLED: 499,
    code_pb2.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    code_pb2.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    code_pb2.OUT_OF_RANGE: HTTPStatus.BAD_REQUEST,
    code_pb2.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    code_pb2.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    code_pb2.NOT_FOUND: HTTPStatus.NOT_FOUND,
    code_pb2.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    code_pb2.ABORTED: HTTPStatus.CONFLICT,
    code_pb2.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    code_pb2.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
    code_pb2.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    code_pb2.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
}
"""As google.rpc.Code says; everything else is 500."""

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem of HTTP itself, or of a call."""
    told = {"type": "about:blank", "title": _title(status), "status": int(status), "detail": detail} | more
    text = json.dumps(told, ensure_ascii=False) + "\n"
    return Response(text, int(status), {**(headers or {}), "cache-control": "no-store"}, MEDIA_TYPE)


def of_status(status: status_pb2.Status) -> Response:
    """The problem of a call that failed."""
    http = _HTTP.get(status.code, HTTPStatus.INTERNAL_SERVER_ERROR)
    more: dict[str, Any] = {"code": code_pb2.Code.Name(status.code)}
    headers: dict[str, str] = {"www-authenticate": "Bearer"} if http == HTTPStatus.UNAUTHORIZED else {}
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        bad = error_details_pb2.BadRequest()
        refused = error_details_pb2.PreconditionFailure()
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            more |= {
                "type": f"urn:quotary:reason:{info.reason}",
                "reason": info.reason,
                "metadata": dict(sorted(info.metadata.items())),
            }
        elif detail.Unpack(bad):
            more["violations"] = [
                {"field": each.field, "reason": each.reason, "description": each.description}
                for each in bad.field_violations
            ]
        elif detail.Unpack(refused):
            more["violations"] = [
                {"field": each.subject, "reason": each.type, "description": each.description}
                for each in refused.violations
            ]
        elif detail.Unpack(retry):
            headers["retry-after"] = str(max(1, retry.retry_delay.seconds + bool(retry.retry_delay.nanos)))
    return problem(http, status.message, headers, **more)


def _title(status: int) -> str:
    return "Client Closed Request" if status == 499 else HTTPStatus(status).phrase
