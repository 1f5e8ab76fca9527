"""What a caller is told when the store fails."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, status_pb2
from google.rpc.error_details_pb2 import RetryInfo

from quotary_server.adapter.faults import build_status
from quotary_server.store.database import (
    OutcomeUnknown,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTampered,
    StoreUnavailable,
)
from quotary_spec.register.reasons import REASON

_STATUS = {
    StoreFull: (code_pb2.RESOURCE_EXHAUSTED, "STORE_FULL"),
    StoreReadOnly: (code_pb2.FAILED_PRECONDITION, "STORE_READ_ONLY"),
    StoreUnavailable: (code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE"),
    StoreBusy: (code_pb2.ABORTED, "STORE_BUSY"),
    StoreTampered: (code_pb2.DATA_LOSS, "STORE_TAMPERED"),
    OutcomeUnknown: (code_pb2.UNKNOWN, "OUTCOME_UNKNOWN"),
}

_RETRY_HELPS = (code_pb2.UNAVAILABLE, code_pb2.ABORTED)


def failure_status(error: StoreError) -> status_pb2.Status:
    """The status of a call that the store failed; what the driver said stays in the server's log."""
    code, reason = _STATUS.get(type(error), (code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE"))
    details = (RetryInfo(retry_delay=Duration(seconds=1)),) if code in _RETRY_HELPS else ()
    # The name of a row is the caller's to know: it is a row of what was asked for.
    named = {"row": str(error)} if isinstance(error, StoreTampered) else {}
    return build_status(code, REASON[reason].text, reason, named, *details)
