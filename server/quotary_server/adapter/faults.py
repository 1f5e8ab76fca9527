"""Violations of a request: all of them at once, each with its field and a catalogued reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from quotary_spec.register.reasons import REASON

DOMAIN = "quotary.dev"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One violation: the field's path, a reason of the catalogue, and the facts of its text."""

    field: str
    reason: str
    detail: str

    @property
    def text(self) -> str:
        """The reason's sentence with the facts."""
        sentence = REASON[self.reason].text
        return f"{sentence} ({self.detail})" if self.detail else sentence


class CallError(Exception):
    """A call that fails with a gRPC status; carries the whole ``google.rpc.Status``."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status


class Faults:
    """Collects the violations of one request."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, field: str, reason: str, detail: str = "") -> None:
        """Note a violation; ``detail`` is short and holds no more than the caller sent."""
        self.found.append(Fault(field, reason, detail))

    def raise_if_any(self) -> None:
        """Fail the call when something was found.

        Raises:
            CallError: INVALID_ARGUMENT with every violation.
        """
        if self.found:
            raise CallError(invalid_argument(self.found))


def invalid_argument(faults: list[Fault]) -> status_pb2.Status:
    """INVALID_ARGUMENT: the first reason as ErrorInfo, every violation as BadRequest."""
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    bad_request = error_details_pb2.BadRequest()
    for fault in faults[:MOST_SHOWN]:
        bad_request.field_violations.add(field=fault.field, description=fault.text, reason=fault.reason)
    return build_status(
        code_pb2.INVALID_ARGUMENT,
        f"{first.field}: {first.text}{more}",
        first.reason,
        {"field": first.field, "violations": str(len(faults))},
        bad_request,
    )


def build_status(
    code: int,
    message: str,
    reason: str,
    metadata: dict[str, str],
    *details: error_details_pb2.BadRequest
    | error_details_pb2.PreconditionFailure
    | error_details_pb2.RetryInfo
    | error_details_pb2.ResourceInfo,
) -> status_pb2.Status:
    """A status with exactly one ErrorInfo of this domain, and further details."""
    status = status_pb2.Status(code=code, message=message)
    for detail in (error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata), *details):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def fail(
    code: int,
    reason: str,
    detail: str = "",
    **metadata: str,
) -> NoReturn:
    """Fail the call with a catalogued reason.

    Raises:
        CallError: always.
    """
    sentence = REASON[reason].text
    raise CallError(build_status(code, f"{sentence} ({detail})" if detail else sentence, reason, metadata))
