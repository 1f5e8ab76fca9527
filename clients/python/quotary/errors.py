"""A call that failed, as a type: code, reason, every violation with what to do about it, and when to try again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

D = TypeVar("D", bound=Message)

_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a request, or one reason against a change.

    Attributes:
        field: Path in the request ("order.lines[3].product.id"); of a refused change, what it concerns.
        reason: Catalogued code ("UNKNOWN_PRODUCT").
        description: The reason as a sentence, with what to do.
    """

    field: str
    reason: str
    description: str


class QuotaryError(grpc.RpcError):
    """What every call of a client raises when it fails. A refusal of a pure call is an answer and raises nothing.

    It is made of any status. Details that are missing, are no protobuf, or contradict the status of the call say
    nothing: then ``reason`` is empty and there are no violations.

    Attributes:
        message: The status in words.
        reason: Catalogued code of the reason ("UNKNOWN_PRODUCT"); empty when the server gave none.
        metadata: Facts of the reason, by name.
        violations: Every violation that the status names.
        omitted: How many more there are, which did not fit into the status.
        retry_delay: How long to wait before the call is made again; None when the server did not say.
        request_id: Of a changing call the id that it was made with: the call can be repeated with it without a second
            effect, and GetChange tells what came of it. Empty for other calls.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: bytes | None = None, request_id: str = "") -> None:
        self._code = code
        self._status_details = details
        self.message = message
        self.request_id = request_id
        unpacked = tuple(_unpacked(code, details))
        info = _first(unpacked, error_details_pb2.ErrorInfo) or error_details_pb2.ErrorInfo()
        self.reason = info.reason
        self.metadata: Mapping[str, str] = dict(info.metadata)
        self.violations = tuple(_violations(unpacked))
        omitted = info.metadata.get("omitted", "")
        self.omitted = int(omitted) if omitted.isascii() and omitted.isdigit() else 0
        retry = _first(unpacked, error_details_pb2.RetryInfo)
        self.retry_delay: timedelta | None = None if retry is None else _delay(retry)
        super().__init__(self._text())

    @classmethod
    def of(cls, error: grpc.RpcError, request_id: str = "") -> QuotaryError:
        """The same failure as this type, whatever raised it."""
        if isinstance(error, cls):
            return error
        told: Any = error
        try:
            code, message = told.code(), told.details()
            sent = dict(told.trailing_metadata() or ())
        except AttributeError:
            return cls(grpc.StatusCode.UNKNOWN, str(error), None, request_id)
        details = sent.get(_DETAILS)
        return cls(code, message or "", details if isinstance(details, bytes) else None, request_id)

    def code(self) -> grpc.StatusCode:
        """The code of the status."""
        return self._code

    def details(self) -> str:
        """The status in words, as gRPC's own errors give it."""
        return self.message

    def trailing_metadata(self) -> Any:
        """The details of the status as they came."""
        return () if self._status_details is None else ((_DETAILS, self._status_details),)

    def _text(self) -> str:
        lines = [f"{self._code.name} {self.reason}".rstrip() + f": {self.message}"]
        lines += [f"  {each.field}: {each.reason}: {each.description}" for each in self.violations]
        if self.omitted:
            lines.append(f"  and {self.omitted} more")
        return "\n".join(lines)


def _unpacked(code: grpc.StatusCode, details: bytes | None) -> Iterator[Message]:
    """The details of a status that belong to it and can be read."""
    try:
        status = status_pb2.Status.FromString(details or b"")
    except DecodeError:
        return
    if status.code != code.value[0]:
        return
    for packed in status.details:
        for kind in (
            error_details_pb2.ErrorInfo,
            error_details_pb2.BadRequest,
            error_details_pb2.PreconditionFailure,
            error_details_pb2.RetryInfo,
        ):
            message: Message = kind()
            try:
                if packed.Unpack(message):
                    yield message
            except DecodeError:
                continue


def _first(unpacked: Iterable[Message], kind: type[D]) -> D | None:
    return next((each for each in unpacked if isinstance(each, kind)), None)


def _violations(unpacked: Iterable[Message]) -> Iterator[Violation]:
    for each in unpacked:
        if isinstance(each, error_details_pb2.BadRequest):
            yield from (Violation(one.field, one.reason, one.description) for one in each.field_violations)
        elif isinstance(each, error_details_pb2.PreconditionFailure):
            yield from (Violation(one.subject, one.type, one.description) for one in each.violations)


def _delay(retry: error_details_pb2.RetryInfo) -> timedelta:
    return timedelta(seconds=retry.retry_delay.seconds, microseconds=retry.retry_delay.nanos // 1000)
