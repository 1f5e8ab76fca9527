"""Violations of a request: all of them at once, each with its field and a catalogued reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias
from urllib.parse import quote

from google.rpc import code_pb2, error_details_pb2, status_pb2

from quotary_spec.register.reasons import REASON

DOMAIN = "quotary.dev"

MOST_SHOWN = 100
"""Violations that one status names at most; the rest is counted in the metadata of its ErrorInfo."""

MOST_STATUS_BYTES = 6 * 1024
"""Bytes that a status may take on the wire, details in base64 and message together: ordinary clients refuse a call
whose headers are over 8 KiB, and then the caller reads nothing of why it failed."""

MOST_TEXT_BYTES = 600
"""Bytes of UTF-8 of the message of a status, of a violation's field and sentence, and of a fact in the metadata."""

Detail: TypeAlias = (
    error_details_pb2.BadRequest
    | error_details_pb2.PreconditionFailure
    | error_details_pb2.RetryInfo
    | error_details_pb2.ResourceInfo
)


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


_NOTED: ContextVar[tuple[Fault, ...]] = ContextVar("noted", default=())


@contextmanager
def noted(faults: Iterable[Fault]) -> Iterator[None]:
    """Give these to the first ``Faults`` that is made within: they are told with what a reader finds."""
    token = _NOTED.set(tuple(faults))
    try:
        yield
    finally:
        _NOTED.reset(token)


class Faults:
    """Collects the violations of one request; those that were noted before it was read stand at the end."""

    __slots__ = ("_before", "found")

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._before = _NOTED.get()
        if self._before:
            _NOTED.set(())

    def add(self, field: str, reason: str, detail: str = "") -> None:
        """Note a violation; ``detail`` is short and holds no more than the caller sent."""
        self.found.append(Fault(field, reason, detail))

    def raise_if_any(self) -> None:
        """Fail the call when something was found.

        Raises:
            CallError: INVALID_ARGUMENT with every violation.
        """
        if self._before:
            told = {(each.field, each.reason) for each in self.found}
            self.found += (each for each in self._before if (each.field, each.reason) not in told)
        if self.found:
            raise CallError(invalid_argument(self.found))


def invalid_argument(faults: Sequence[Fault]) -> status_pb2.Status:
    """INVALID_ARGUMENT: the first reason as ErrorInfo, every violation as BadRequest."""
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    bad_request = error_details_pb2.BadRequest()
    for fault in faults[:MOST_SHOWN]:
        bad_request.field_violations.add(
            field=shortened(fault.field), description=shortened(fault.text), reason=fault.reason
        )
    return build_status(
        code_pb2.INVALID_ARGUMENT,
        f"{first.field}: {first.text}{more}",
        first.reason,
        {"field": first.field, "violations": str(len(faults))},
        bad_request,
        total=len(faults),
    )


def build_status(
    code: int, message: str, reason: str, metadata: Mapping[str, str], *details: Detail, total: int = 0
) -> status_pb2.Status:
    """A status with exactly one ErrorInfo of this domain, and further details.

    Violations that do not fit into ``MOST_STATUS_BYTES`` are left out, the last ones first; ``omitted`` in the metadata
    then says how many of the ``total`` are not named.
    """
    listed = [each for detail in details for each in (_violations(detail),) if each is not None]

    def packed(most: int = MOST_TEXT_BYTES) -> status_pb2.Status:
        left_out = total - sum(map(len, listed))
        facts = {key: shortened(value, most) for key, value in metadata.items()}
        info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=facts)
        if left_out > 0:
            info.metadata["omitted"] = str(left_out)
        status = status_pb2.Status(code=code, message=shortened(message, most))
        for detail in (info, *details):
            status.details.add().Pack(detail)
        return status

    status = packed()
    while any(listed) and (over := _wire_bytes(status) - MOST_STATUS_BYTES) > 0:
        violations = next(each for each in listed if each)
        while violations and over > 0:
            over -= _base64_bytes(violations[-1].ByteSize())
            del violations[-1]
        status = packed()
    return status if _wire_bytes(status) <= MOST_STATUS_BYTES else packed(MOST_TEXT_BYTES // 8)


def shortened(text: str, most: int = MOST_TEXT_BYTES) -> str:
    """A text that is cut where it is too long for a status, and says so."""
    written = text.encode("utf-8", "replace")
    return text if len(written) <= most else f"{written[: most - 3].decode('utf-8', 'ignore')}…"


def _violations(detail: Detail) -> Any:
    """The list of a detail that names several violations, to be shortened in place; None for another detail."""
    if isinstance(detail, error_details_pb2.BadRequest):
        return detail.field_violations
    return detail.violations if isinstance(detail, error_details_pb2.PreconditionFailure) else None


def _wire_bytes(status: status_pb2.Status) -> int:
    """What the two headers of a status take: its details in base64, and its message in percent-encoding."""
    return _base64_bytes(status.ByteSize()) + len(quote(status.message))


def _base64_bytes(size: int) -> int:
    return -(-size // 3) * 4


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
